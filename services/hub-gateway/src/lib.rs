#![doc = include_str!("../README.md")]

mod admit;
mod app;
mod backlog;
mod client_config;
mod config;
mod dispatch;
mod docs;
mod forward;
mod hosted;
mod limit;
mod run;
mod source;
mod status;
mod submit;
mod usage;

pub use config::{Config, GatewaySettings};
pub use docs::openapi;
pub use run::{run, serve};
