//! `POST /scan`: what a client writes about source becomes a [`NewScan`].

use hub_model::{CodeHosts, ScanId, SourceTarget, TargetError};
use hub_store::{NewScan, ScanTarget};
use hub_wire::api::FieldErrors;

/// What is said about a source target, with the pointers of its fields.
pub(crate) struct SourceFields<'a> {
    pub(crate) source_url: &'a str,
    pub(crate) version: Option<&'a str>,
    pub(crate) base_path: Option<&'a str>,
    pub(crate) is_private: bool,
    /// Pointers of the three.
    pub(crate) at: [&'a str; 3],
}

/// The scan these fields describe; what is wrong goes to `errors`.
pub(crate) fn read_source(fields: &SourceFields<'_>, hosts: &CodeHosts, official: &[String], errors: &mut FieldErrors) -> Option<NewScan> {
    let before = errors.0.len();
    for (text, at) in [
        (Some(fields.source_url), fields.at[0]),
        (fields.version, fields.at[1]),
        (fields.base_path, fields.at[2]),
    ] {
        if text.is_some_and(|t| t.chars().any(char::is_control)) {
            errors.push(at, "holds a control character");
        }
    }
    if errors.0.len() > before {
        return None;
    }
    let target = match SourceTarget::parse(fields.source_url, fields.version, fields.base_path, hosts) {
        Ok(target) => target,
        Err(e) => {
            let at = match &e {
                TargetError::BasePath(_) => fields.at[2],
                TargetError::TwoVersions(..) => fields.at[1],
                // The version may stand in either field: it is the target's if the target alone is refused too.
                TargetError::Version(_) if SourceTarget::parse(fields.source_url, None, None, hosts).is_ok() => fields.at[1],
                _ => fields.at[0],
            };
            errors.push(at, e.to_string());
            return None;
        }
    };
    let name = target.name().to_owned();
    Some(NewScan {
        id: ScanId::new(),
        is_private: fields.is_private,
        is_official: official
            .iter()
            .any(|o| name == *o || name.starts_with(o.as_str()) && o.ends_with('/')),
        source_url: Some(shown(fields.source_url)),
        registry_name: match &target {
            SourceTarget::Git(t) => t.clone_url.host_str().map(str::to_owned),
            SourceTarget::Npm(_) => Some("npm".to_owned()),
            SourceTarget::Pypi(_) => Some("pypi".to_owned()),
        },
        version_or_commit: fields
            .version
            .map(str::trim)
            .filter(|v| !v.is_empty())
            .or(target.requested_version())
            .map(str::to_owned),
        repo_name: Some(name),
        auth_type: None,
        sealed_credentials: None,
        traceparent: None,
        target: ScanTarget::Source(target),
    })
}

/// As written, without what follows `?` or `#` in a URL: it means nothing to us and may hold a token.
fn shown(source_url: &str) -> String {
    let text = source_url.trim();
    if text.contains("://") {
        text.split(['?', '#']).next().unwrap_or(text).to_owned()
    } else {
        text.to_owned()
    }
}
