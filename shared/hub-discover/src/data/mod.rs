//! Documents in the tree that become tools.

pub(crate) mod manifests;
pub(crate) mod openapi;
