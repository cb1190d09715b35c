//! hub-testing
pub mod archives;
pub mod git_server;
pub mod npm_server;
pub mod registries;
