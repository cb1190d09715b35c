//! What a manifest says of its package beside name and needs: where its source lies, under which licence, whether it is still kept.

use crate::Ecosystem;
use hub_model::RelPath;
use serde_json::Value;

/// One manifest's word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub file: Option<RelPath>,
    pub ecosystem: Option<Ecosystem>,
    pub name: String,
    pub version: Option<String>,
    /// As written.
    pub repository: Option<String>,
    pub licence: Option<String>,
    /// The publisher says that it is no longer kept.
    pub is_inactive: bool,
    /// Not meant to be published.
    pub is_private: bool,
}

/// npm's `repository`: text, or an object with `url`.
#[must_use]
pub fn npm_repository(manifest: &Value) -> Option<String> {
    let of = |v: &Value| v.as_str().or_else(|| v.get("url").and_then(Value::as_str)).map(str::to_owned);
    manifest.get("repository").and_then(of).filter(|r| !r.trim().is_empty())
}

/// npm's `license`: text, an object with `type`, or the old list `licenses`. The word for "none" is none.
#[must_use]
pub fn npm_licence(manifest: &Value) -> Option<String> {
    let of = |v: &Value| v.as_str().or_else(|| v.get("type").and_then(Value::as_str)).map(str::to_owned);
    let one = manifest.get("license").and_then(of);
    let first = || manifest.get("licenses").and_then(|l| l.as_array()?.first().and_then(of));
    one.or_else(first)
        .filter(|l| !matches!(l.trim(), "" | "UNLICENSED" | "none" | "NONE"))
}

/// Whether a link of a Python project, by its label and address, leads to its source.
pub(super) fn is_source_link(label: &str, url: &str) -> bool {
    let label = label.to_ascii_lowercase();
    let said = ["source", "repo", "code", "github", "gitlab", "git"]
        .iter()
        .any(|w| label.contains(w));
    let host = url.split("://").nth(1).and_then(|r| r.split('/').next()).unwrap_or_default();
    let is_code_host = ["github", "gitlab", "bitbucket", "codeberg", "gitea", "git."]
        .iter()
        .any(|w| host.contains(w));
    let has_path = url
        .split("://")
        .nth(1)
        .is_some_and(|r| r.trim_end_matches('/').split('/').count() >= 3);
    has_path && (is_code_host || said && !label.contains("issue") && !label.contains("tracker"))
}
