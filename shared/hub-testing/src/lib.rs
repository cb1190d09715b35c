//! hub-testing
pub mod archives;
pub mod git_server;
pub mod npm_server;
pub mod osv;
mod process;
pub mod pypi_server;
pub mod registries;
pub mod tls;

pub use process::ServerProcess;
