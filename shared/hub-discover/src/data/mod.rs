//! Documents in the tree that become tools, and those that say where servers start.

pub(crate) mod bundles;
pub(crate) mod manifests;
pub(crate) mod openapi;
