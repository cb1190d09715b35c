//! Python packages: a name and a wish become one wheel, or one sdist where there is no wheel, checked against the index's digest.

pub(crate) mod config;
mod html;
mod releases;

use crate::FetchContext;
use crate::archive::{self, Root};
use crate::clock::{Clock, blocking, day};
use crate::collect::Collector;
use crate::download::{Expected, download};
use crate::error::{FetchError, shown};
use hub_model::{Origin, OriginKind, PypiTarget, Snapshot};
use hub_net::{FetchOptions, HeaderValue, NetError, Request, StatusCode, header};
use releases::{Format, Project};

/// The JSON form of the simple API (PEP 691), or else the HTML form (PEP 503).
const SIMPLE: &str = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

/// Obtains a package.
pub(crate) async fn acquire(target: &PypiTarget, cx: &FetchContext, clock: &Clock) -> Result<Snapshot, FetchError> {
    let name = target.name.as_str();
    let index = cx.pypi().index.as_ref().ok_or(FetchError::NoRegistry {
        kind: "PyPI",
        variable: "PIP_INDEX_URL",
    })?;
    let host = shown(index.host_str().unwrap_or(""));
    let unusable = |why: String| FetchError::RegistryAnswer { host: host.clone(), why };
    let url = index.join(&format!("{name}/")).map_err(|e| unusable(e.to_string()))?;

    let request = authorized(Request::get(url), cx).header(header::ACCEPT, SIMPLE);
    let options = FetchOptions {
        max_bytes: Some(cx.limits().max_metadata_bytes),
        total_timeout: Some(clock.left()),
        ..FetchOptions::default()
    };
    let response = cx.registries().send(request, options).await?;
    match response.status() {
        StatusCode::NOT_FOUND => return Err(FetchError::NoSuchPackage { package: name.to_owned() }),
        s @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            return Err(FetchError::RegistryRefused {
                host,
                status: s.as_u16(),
                how: "a user and password in PIP_INDEX_URL",
            });
        }
        _ => {}
    }
    let response = response.success()?;
    let is_html = matches!(response.media_type().as_str(), "text/html" | "application/vnd.pypi.simple.v1+html");
    let page = response.url().clone();
    let body = response.bytes().await.map_err(|e| match e {
        NetError::TooLarge { limit, .. } => FetchError::TooLarge {
            what: format!("the index's description of `{name}`"),
            limit,
            setting: "HUB_FETCH_MAX_METADATA_BYTES",
        },
        other => other.into(),
    })?;
    let project = if is_html {
        Project {
            files: html::read(&String::from_utf8_lossy(&body)),
        }
    } else {
        serde_json::from_slice(&body).map_err(|e| unusable(shown(&e.to_string())))?
    };
    drop(body);
    let chosen = project.choose(name, target.version.as_deref())?;
    let version = chosen.version.to_string();
    let facts = cx
        .facts()
        .then(|| project.facts(name, &chosen.version, day(std::time::SystemTime::now())));
    let what = format!("the package `{name}` {version} ({})", shown(&chosen.file.filename));

    // Files lie elsewhere as a rule; a relative address is meant from the page.
    let file_url = page
        .join(&chosen.file.url)
        .map_err(|e| unusable(format!("the address of {} is no URL: {e}", shown(&chosen.file.filename))))?;
    let expected = match chosen.file.sha256() {
        Some(text) => Some(Expected::from_sha256_hex(text).ok_or_else(|| unusable("it names a sha256 digest that is none".to_owned()))?),
        None => None,
    };
    let mut collector = Collector::new(cx.limits(), what.clone(), target.base_path.clone());
    if expected.is_none() {
        collector.warn("the index names no sha256 digest for this file, so the download could not be checked".to_owned());
    }
    if chosen.file.is_yanked() {
        collector.warn(format!("version {version} was yanked by its publisher"));
    }
    let options = FetchOptions {
        max_bytes: Some(cx.limits().max_download_bytes),
        total_timeout: Some(clock.left()),
        ..FetchOptions::default()
    };
    let net = |e| match e {
        NetError::TooLarge { limit, .. } => FetchError::TooLarge {
            what: what.clone(),
            limit,
            setting: "HUB_FETCH_MAX_DOWNLOAD_BYTES",
        },
        other => other.into(),
    };
    // pip trusts the index with the place of its files, and so does the operator who configured it (a mirror in a private
    // network has both there). What comes back must have the digest that the index states; without one, the guard judges.
    let client = match &expected {
        Some(_) => cx.registries().also_trusting(&file_url),
        None => cx.registries().clone(),
    };
    let response = client
        .send(
            authorized(Request::get(file_url), cx).header(header::ACCEPT_ENCODING, "identity"),
            options,
        )
        .await
        .map_err(net)?
        .success()?;
    let file = download(response, expected, net, |algorithm| FetchError::Integrity {
        package: name.to_owned(),
        version: version.clone(),
        algorithm,
    })
    .await?;

    let root = match chosen.format {
        Format::Wheel { .. } => Root::Keep,
        Format::Sdist => Root::StripCommon,
    };
    let origin = Origin {
        kind: OriginKind::Pypi,
        name: name.to_owned(),
        source_url: format!("pypi:{name}"),
        resolved_version: version,
        base_path: target.base_path.clone(),
    };
    let time = clock.clone();
    blocking(clock, "unpacking a package", move || {
        archive::read(file, root, &mut collector, &time)?;
        let mut snapshot = collector.finish(origin)?;
        snapshot.package = facts;
        Ok(snapshot)
    })
    .await
}

fn authorized(request: Request, cx: &FetchContext) -> Request {
    match cx.pypi().authorization(&request.url).and_then(|v| HeaderValue::from_str(v).ok()) {
        Some(value) => request.secret_header(header::AUTHORIZATION, value),
        None => request,
    }
}
