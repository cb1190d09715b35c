#![doc = include_str!("../README.md")]

mod auth;
mod connect;
mod error;
mod events;
mod handler;
mod limits;
mod listing;
mod oauth;
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
pub use limits::ConnectLimits;
pub use saved::surface_from_listing;
pub use stdio::connect_stdio;
