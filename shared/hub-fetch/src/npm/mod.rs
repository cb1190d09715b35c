//! npm packages: a name and a wish become one exact version, its tarball checked against the registry's digest.

pub(crate) mod config;
mod versions;

use crate::FetchContext;
use crate::archive::{self, Root};
use crate::clock::{Clock, blocking, day};
use crate::collect::Collector;
use crate::download::{Expected, download};
use crate::error::{FetchError, shown};
use hub_model::{NpmTarget, Origin, OriginKind, Snapshot};
use hub_net::{FetchOptions, HeaderValue, NetError, Request, Response, StatusCode, Url, header};
use versions::{Dist, Package};

/// The short form of a package document: a tenth of the full one. Registries that do not know it answer with the full one.
const ABBREVIATED: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";

/// Obtains a package.
pub(crate) async fn acquire(target: &NpmTarget, cx: &FetchContext, clock: &Clock) -> Result<Snapshot, FetchError> {
    let name = target.name.as_str();
    let registry = cx.npm().registry_of(&target.name).ok_or(FetchError::NoRegistry {
        kind: "npm",
        variable: "NPM_CONFIG_REGISTRY",
    })?;
    let package = describe(name, registry, cx, clock).await?;
    let (version, release) = package.choose(name, target.version.as_deref())?;
    let what = format!("the package `{name}` {version}");
    let expected = expected_digest(&release.dist, name, version)?;
    let undigested = expected.is_none();
    let deprecation = release.deprecation();
    let facts = cx.facts().then(|| package.facts(version, day(std::time::SystemTime::now())));
    let file = fetch_tarball(&release.dist, name, version, registry, expected, cx, clock).await?;

    let mut collector = Collector::new(cx.limits(), what, target.base_path.clone());
    if let Some(note) = deprecation {
        collector.warn(format!("version {version} is deprecated: {note}"));
    }
    if undigested {
        collector.warn("the registry names no digest for this version, so the download could not be checked".to_owned());
    }
    let origin = Origin {
        kind: OriginKind::Npm,
        name: name.to_owned(),
        source_url: name.to_owned(),
        resolved_version: version.to_owned(),
        base_path: target.base_path.clone(),
    };
    let time = clock.clone();
    blocking(clock, "unpacking a package", move || {
        archive::read(file, Root::StripFirst, &mut collector, &time)?;
        let mut snapshot = collector.finish(origin)?;
        snapshot.package = facts;
        Ok(snapshot)
    })
    .await
}

/// Asks the registry what it has of `name`.
async fn describe(name: &str, registry: &Url, cx: &FetchContext, clock: &Clock) -> Result<Package, FetchError> {
    let url = registry.join(&name.replace('/', "%2f")).map_err(|e| FetchError::RegistryAnswer {
        host: shown(registry.as_str()),
        why: e.to_string(),
    })?;
    let ask = |accept: &'static str| {
        let request = authorized(Request::get(url.clone()), cx).header(header::ACCEPT, accept);
        let options = FetchOptions {
            max_bytes: Some(cx.limits().max_metadata_bytes),
            total_timeout: Some(clock.left()),
            ..FetchOptions::default()
        };
        cx.registries().send(request, options)
    };
    // The full form alone says when and by whom something was published; it may be too large where the short one is not.
    let mut response = match cx.facts() {
        true => match ask("application/json").await {
            Err(NetError::TooLarge { .. }) => ask(ABBREVIATED).await?,
            answer => answer?,
        },
        false => ask(ABBREVIATED).await?,
    };
    if matches!(
        response.status(),
        StatusCode::NOT_ACCEPTABLE | StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE
    ) {
        response = ask("application/json").await?;
    }
    if response.status() == StatusCode::NOT_FOUND {
        return Err(FetchError::NoSuchPackage { package: name.to_owned() });
    }
    let host = shown(registry.host_str().unwrap_or(""));
    refused(&response, &host)?;
    response.success()?.json().await.map_err(|e| match e {
        NetError::Unreadable { source, .. } => FetchError::RegistryAnswer {
            host,
            why: shown(&source.to_string()),
        },
        NetError::TooLarge { limit, .. } => FetchError::TooLarge {
            what: format!("the registry's description of `{name}`"),
            limit,
            setting: "HUB_FETCH_MAX_METADATA_BYTES",
        },
        other => other.into(),
    })
}

/// The registry wants credentials, or other ones.
fn refused(response: &Response, host: &str) -> Result<(), FetchError> {
    match response.status().as_u16() {
        status @ (401 | 403) => Err(FetchError::RegistryRefused {
            host: host.to_owned(),
            status,
            how: "`//HOST/:_authToken=…` in its .npmrc",
        }),
        _ => Ok(()),
    }
}

/// Puts the operator's token on a request, if there is one for its place.
fn authorized(request: Request, cx: &FetchContext) -> Request {
    match cx.npm().authorization(&request.url).and_then(|v| HeaderValue::from_str(v).ok()) {
        Some(value) => request.secret_header(header::AUTHORIZATION, value),
        None => request,
    }
}

async fn fetch_tarball(
    dist: &Dist,
    name: &str,
    version: &str,
    registry: &Url,
    expected: Option<Expected>,
    cx: &FetchContext,
    clock: &Clock,
) -> Result<std::fs::File, FetchError> {
    let host = shown(registry.host_str().unwrap_or(""));
    let no_url = |why: String| FetchError::RegistryAnswer { host: host.clone(), why };
    let stated = dist
        .tarball
        .as_deref()
        .ok_or_else(|| no_url(format!("it names no tarball for {version}")))?;
    let stated = registry
        .join(stated)
        .map_err(|e| no_url(format!("the tarball's address is no URL: {e}")))?;
    let mut places = tarball_places(&stated, registry, cx.npm().keep_tarball_host).into_iter().peekable();
    while let Some(url) = places.next() {
        // The digest is that of the bytes as they lie there.
        let request = authorized(Request::get(url), cx).header(header::ACCEPT_ENCODING, "identity");
        let response = cx
            .registries()
            .send(request, download_options(cx, clock))
            .await
            .map_err(|e| too_large(e, name, version))?;
        if response.status() == StatusCode::NOT_FOUND && places.peek().is_some() {
            continue;
        }
        refused(&response, &host)?;
        return download(
            response.success()?,
            expected,
            |e| too_large(e, name, version),
            |algorithm| FetchError::Integrity {
                package: name.to_owned(),
                version: version.to_owned(),
                algorithm,
            },
        )
        .await;
    }
    Err(no_url(format!("it names no tarball for {version}")))
}

fn download_options(cx: &FetchContext, clock: &Clock) -> FetchOptions {
    FetchOptions {
        max_bytes: Some(cx.limits().max_download_bytes),
        total_timeout: Some(clock.left()),
        ..FetchOptions::default()
    }
}

/// The message for a package that is too large to download.
fn too_large(error: NetError, name: &str, version: &str) -> FetchError {
    match error {
        NetError::TooLarge { limit, .. } => FetchError::TooLarge {
            what: format!("the package `{name}` {version}"),
            limit,
            setting: "HUB_FETCH_MAX_DOWNLOAD_BYTES",
        },
        other => other.into(),
    }
}

/// Where to look for a tarball, best first. A mirror may pass on the address of the registry behind it, which may be out of
/// reach or out of the operator's wish, so the configured registry comes first (npm's `replace-registry-host`). Whichever
/// answers, the digest decides.
fn tarball_places(stated: &Url, registry: &Url, keep_host: bool) -> Vec<Url> {
    if keep_host || stated.origin() == registry.origin() {
        return vec![stated.clone()];
    }
    let below = registry.join(stated.path().trim_start_matches('/')).ok();
    let beside = registry.join(stated.path()).ok();
    let mut places: Vec<Url> = [below, beside].into_iter().flatten().chain([stated.clone()]).collect();
    places.dedup();
    places
}

/// The strongest digest that the registry names.
fn expected_digest(dist: &Dist, package: &str, version: &str) -> Result<Option<Expected>, FetchError> {
    if let Some(integrity) = dist.integrity.as_deref().filter(|i| !i.trim().is_empty()) {
        // Named but unreadable is not the same as absent.
        let expected = Expected::from_sri(integrity).ok_or(FetchError::Integrity {
            package: package.to_owned(),
            version: version.to_owned(),
            algorithm: "integrity",
        })?;
        return Ok(Some(expected));
    }
    Ok(dist.shasum.as_deref().and_then(Expected::from_sha1_hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tarball_is_sought_at_the_configured_registry_first() {
        let url = |s: &str| Url::parse(s).unwrap();
        let places = |stated: &str, registry: &str| {
            tarball_places(&url(stated), &url(registry), false)
                .iter()
                .map(Url::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            places("https://up.example/x/-/x-1.tgz", "https://mirror.example/npm/"),
            [
                "https://mirror.example/npm/x/-/x-1.tgz",
                "https://mirror.example/x/-/x-1.tgz",
                "https://up.example/x/-/x-1.tgz"
            ]
        );
        assert_eq!(places("https://up.example/x/-/x-1.tgz", "http://127.0.0.1:4873/").len(), 2);
        assert_eq!(
            places("https://same.example/a/x.tgz", "https://same.example/npm/"),
            ["https://same.example/a/x.tgz"]
        );
    }
}
