//! Does the server say where it is published? Its `serverInfo` may name a package or repository in ways that leave no doubt which one:
//!
//! - `name` is a scoped npm name. Any other name is a title: `files` may be a hundred packages, and who publishes as
//!   `io.github.acme/files` need not have a repository of that name.
//! - `websiteUrl` is the page of a package, known by its path as everywhere here, or of a repository on an allowed code host.
//! - `repository` is such a repository, `packages` names one package of npm or PyPI, in the form of the MCP registry's `server.json`;
//!   also inside an entry of `_meta`, where publishers put that document.
//!
//! A package is preferred to a repository, being what is run. Two different ones are none.

use crate::EndpointChecks;
use crate::text::plain;
use hub_model::{CodeHosts, PUBLISHED_SOURCE_CHECK, PublishedClaim, SourceTarget, Surface};
use serde_json::{Map, Value};

/// Entries of a list or object that are looked at.
const MAX_ENTRIES: usize = 20;
/// Characters of the longest version that is believed.
const MAX_VERSION: usize = 64;

/// The published source that the server names and its list should be held against; `None` with the reason in the fact `checks`. What the
/// user says about the tools to expect makes the server's word needless.
#[must_use]
pub fn take_claim(surface: &mut Surface, checks: &EndpointChecks, hosts: &CodeHosts) -> Option<PublishedClaim> {
    let outcome = if !checks.published_source {
        "switched off".to_owned()
    } else if surface.expected_tools.is_some() {
        "not applicable: the tools to expect were given".to_owned()
    } else {
        match claim_of(surface.server_info.as_ref(), hosts) {
            Ok(Some(claim)) => return Some(claim),
            Ok(None) => "not applicable: the server does not say as which package or repository it is published".to_owned(),
            Err(why) => format!("not done: {why}"),
        }
    };
    surface.note_check(PUBLISHED_SOURCE_CHECK, outcome);
    None
}

/// What is named, where, and in which version.
struct Named {
    said_in: String,
    target: SourceTarget,
    version: Option<String>,
}

fn claim_of(server_info: Option<&Value>, hosts: &CodeHosts) -> Result<Option<PublishedClaim>, String> {
    let Some(info) = server_info.and_then(Value::as_object) else {
        return Ok(None);
    };
    let mut named = Vec::new();
    if let Some(name) = text(info, "name").filter(|n| n.starts_with('@') && n.contains('/')) {
        add(&mut named, "name", name, None, hosts);
    }
    if let Some(url) = text(info, "websiteUrl").filter(|u| u.starts_with("https://") || u.starts_with("http://")) {
        add(&mut named, "websiteUrl", url, None, hosts);
    }
    entry(&mut named, "", info, hosts);
    let meta = info.get("_meta").and_then(Value::as_object);
    for (key, value) in meta.into_iter().flatten().take(MAX_ENTRIES) {
        if let Some(value) = value.as_object() {
            let within = format!("_meta.{}.", plain(key, 80));
            entry(&mut named, &within, value, hosts);
            // Publishers may put the whole document there, under the name that it has in answers of the registry.
            if let Some(server) = value.get("server").and_then(Value::as_object) {
                entry(&mut named, &format!("{within}server."), server, hosts);
            }
        }
    }
    let (repositories, packages): (Vec<Named>, Vec<Named>) = named.into_iter().partition(|n| matches!(n.target, SourceTarget::Git(_)));
    let mut of_one_kind = if packages.is_empty() { repositories } else { packages }.into_iter();
    let Some(first) = of_one_kind.next() else {
        return Ok(None);
    };
    if let Some(other) = of_one_kind.find(|n| n.target.canonical_url() != first.target.canonical_url()) {
        return Err(format!(
            "the server names both `{}` and `{}` as its source",
            first.target.canonical_url(),
            other.target.canonical_url()
        ));
    }
    let version = first.version.or_else(|| text(info, "version").and_then(version_of));
    Ok(Some(PublishedClaim {
        said_in: first.said_in,
        target: first.target,
        version,
    }))
}

/// What a `server.json` of the MCP registry says: `packages` and `repository`.
fn entry(named: &mut Vec<Named>, within: &str, document: &Map<String, Value>, hosts: &CodeHosts) {
    let packages = document.get("packages").and_then(Value::as_array);
    for package in packages.into_iter().flatten().take(MAX_ENTRIES).filter_map(Value::as_object) {
        let any = |keys: &[&str]| keys.iter().find_map(|key| text(package, key));
        let Some(name) = any(&["identifier", "name"]) else { continue };
        let spelled = match any(&["registryType", "registry_type", "registry_name"]) {
            Some("npm") => format!("npm:{name}"),
            Some("pypi") => format!("pypi:{name}"),
            _ => continue,
        };
        let version = text(package, "version").and_then(version_of);
        add(named, &format!("{within}packages"), &spelled, version, hosts);
    }
    let repository = document.get("repository");
    let address = repository.and_then(|r| r.as_str().or_else(|| r.get("url")?.as_str()));
    if let Some(address) = address.map(str::trim).filter(|a| a.contains("://")) {
        let folder = repository.and_then(|r| r.get("subfolder")?.as_str());
        if let Ok(target @ SourceTarget::Git(_)) = SourceTarget::parse(address, None, folder, hosts) {
            named.push(Named {
                said_in: format!("{within}repository"),
                target,
                version: None,
            });
        }
    }
}

/// Adds what `spelled` names, if that is anything.
fn add(named: &mut Vec<Named>, said_in: &str, spelled: &str, version: Option<String>, hosts: &CodeHosts) {
    if let Ok(target) = SourceTarget::parse(spelled, None, None, hosts) {
        named.push(Named {
            said_in: said_in.to_owned(),
            target,
            version,
        });
    }
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty())
}

/// A version as packages have it, not a word or a range: `v1.2.0` is `1.2.0`, `latest` and `1` are nothing.
fn version_of(text: &str) -> Option<String> {
    let number = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let is_version = number.starts_with(|c: char| c.is_ascii_digit())
        && number.contains('.')
        && !number.contains("..")
        && number.len() <= MAX_VERSION
        && number
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_'));
    is_version.then(|| number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claimed(info: &Value) -> Result<Option<(String, String, Option<String>)>, String> {
        let claim = claim_of(Some(info), &CodeHosts::default())?;
        Ok(claim.map(|c| (c.target.canonical_url(), c.said_in, c.version)))
    }

    #[test]
    fn only_what_leaves_no_doubt_names_a_source() {
        let version = Some("1.2.0".to_owned());
        for (info, expected) in [
            (
                json!({"name": "@acme/files", "version": "1.2.0"}),
                Some(("@acme/files", "name", version.clone())),
            ),
            (
                json!({"name": "files", "version": "v1.2.0", "websiteUrl": "https://registry.example/package/@acme/files"}),
                Some(("@acme/files", "websiteUrl", version.clone())),
            ),
            (
                json!({"name": "files", "version": "latest", "websiteUrl": "https://index.example/project/files/"}),
                Some(("pypi:files", "websiteUrl", None)),
            ),
            (
                json!({"name": "files", "version": "1", "websiteUrl": "https://github.com/acme/files#readme"}),
                Some(("https://github.com/acme/files", "websiteUrl", None)),
            ),
            (
                json!({"name": "f", "repository": {"url": "https://github.com/acme/files.git", "source": "github"}}),
                Some(("https://github.com/acme/files", "repository", None)),
            ),
            (
                json!({"name": "f", "version": "9.9.9", "packages": [{"registryType": "pypi", "identifier": "acme-files", "version": "1.2.0"}]}),
                Some(("pypi:acme-files", "packages", version.clone())),
            ),
            (
                json!({"name": "f", "_meta": {"x.example/entry": {"server": {"packages": [{"registryType": "npm", "identifier": "files"}]}}}}),
                Some(("files", "_meta.x.example/entry.server.packages", None)),
            ),
            // A package is preferred to a repository, and may be named twice.
            (
                json!({"name": "@acme/files", "websiteUrl": "https://github.com/acme/files", "packages": [{"registryType": "npm", "identifier": "@acme/files"}]}),
                Some(("@acme/files", "name", None)),
            ),
            (json!({"name": "my-server", "version": "1.2.0"}), None),
            (json!({"name": "io.github.acme/files", "version": "1.2.0"}), None),
            (json!({"name": "acme/files", "title": "@acme/files"}), None),
            (json!({"name": "@acme", "websiteUrl": "https://acme.example/"}), None),
            (json!({"name": "f", "websiteUrl": "https://acme.example/docs/package/files"}), None),
            (json!({"name": "f", "websiteUrl": "https://github.com/acme"}), None),
            (json!({"name": "f", "websiteUrl": "files"}), None),
            (json!({"name": "f", "websiteUrl": "https://git.acme.example/acme/files"}), None),
            (json!({"name": "f", "repository": "acme/files"}), None),
            (json!({"name": "f", "repository": "https://127.0.0.1/acme/files"}), None),
            (
                json!({"name": "f", "packages": [{"registryType": "oci", "identifier": "acme/files"}, {"identifier": "files"}, 7]}),
                None,
            ),
            (json!({"name": "@acme/../etc", "packages": {}, "_meta": [], "repository": []}), None),
            (json!(["@acme/files"]), None),
        ] {
            let expected = expected.map(|(target, said_in, version)| (target.to_owned(), said_in.to_owned(), version));
            assert_eq!(claimed(&info), Ok(expected), "{info}");
        }
    }

    #[test]
    fn two_sources_are_none() {
        for info in [
            json!({"name": "@acme/files", "websiteUrl": "https://registry.example/package/other"}),
            json!({"name": "f", "packages": [{"registryType": "npm", "identifier": "files"}, {"registryType": "pypi", "identifier": "files"}]}),
            json!({"name": "f", "repository": "https://github.com/acme/a", "websiteUrl": "https://github.com/acme/b"}),
        ] {
            let why = claimed(&info).expect_err("two sources");
            assert!(why.contains("both"), "{why}");
        }
    }
}
