//! Documents in the tree that become tools.

pub(crate) mod openapi;
