#![doc = include_str!("../README.md")]

mod api;
mod app;
mod config;
mod dead;
mod events;
mod run;
mod status;
mod sweep;

pub use api::openapi;
pub use config::{Config, ResultsSettings};
pub use run::{run, serve};
