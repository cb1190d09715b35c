//! Documents in the tree that become tools, and those that say where servers start.

pub(crate) mod bundles;
pub(crate) mod manifests;
pub(crate) mod openapi;

/// A YAML document as JSON, with what `<<` merges in its place.
pub(crate) fn yaml(text: &str) -> Option<serde_json::Value> {
    let mut document: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).ok()?;
    // A `<<` that is no mapping stays as it is.
    document.apply_merge().ok();
    serde_json::to_value(document).ok()
}
