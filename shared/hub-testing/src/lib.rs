//! hub-testing
pub mod npm_server;
