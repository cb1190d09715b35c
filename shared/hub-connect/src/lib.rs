#![doc = include_str!("../README.md")]

mod auth;
mod checks;
mod client_assertion;
mod connect;
mod error;
mod events;
mod handler;
mod ledger;
mod limits;
mod listing;
mod metadata;
mod oauth;
mod published;
mod raw;
mod saved;
mod sse;
mod stdio;
mod streamable;
mod tap;
mod text;
mod wire;

pub use connect::{ConnectContext, connect};
pub use error::ConnectError;
pub use limits::{ConnectLimits, EndpointChecks};
pub use published::take_claim;
pub use saved::surface_from_listing;
pub use stdio::connect_stdio;
