#![doc = include_str!("../README.md")]

mod apart;
pub mod book;
mod own;
mod routes;
mod rules;

pub use rules::all;

/// Version of the rule set: this crate's version and eight hex digits over the source of everything that decides what is
/// found. With the artifact's digest it is a report's cache key.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+rules.", env!("HUB_RULES_SOURCE_HASH"));
