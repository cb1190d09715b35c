#![doc = include_str!("../README.md")]

mod private_http;
pub mod sandbox;
mod service;
mod settings;
mod telemetry;
pub mod trace;

pub use prometheus;
pub use service::{Service, StartError, run};
pub use settings::{LogFormat, RuntimeSettings, env};
pub use telemetry::install_crypto;
pub use tokio_util::sync::CancellationToken;
