#![doc = include_str!("../README.md")]

mod acquire;
mod advisories;
mod archive;
mod beside;
mod clock;
mod collect;
mod config;
mod context;
mod decode;
mod dependencies;
mod download;
mod env_file;
mod error;
mod git;
mod local;
mod npm;
mod osv;
mod published;
mod pypi;
mod repository;
mod select;
mod shelf;

pub use acquire::acquire;
pub use advisories::{AdvisorySettings, look_up_advisories};
pub use config::{CompareSettings, FetchLimits, GitAccess, GitTokens};
pub use context::{ContextError, FetchConfig, FetchContext};
pub use dependencies::{add_dependencies, wants_dependencies};
pub use error::FetchError;
pub use local::acquire_local;
pub use npm::config::{NpmConfig, ask_npm_for_registry};
pub use published::acquire_published;
pub use pypi::config::{PypiConfig, ask_pip_for_index};
pub use repository::{compare_with, compare_with_named};
