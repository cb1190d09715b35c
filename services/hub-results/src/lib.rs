#![doc = include_str!("../README.md")]

mod api;
mod app;
mod config;
mod counted;
mod dead;
mod events;
mod run;
mod status;
mod streams;
mod sweep;

pub use api::openapi;
pub use config::{Config, ResultsSettings};
pub use run::{run, serve};
