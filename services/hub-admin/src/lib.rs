#![doc = include_str!("../README.md")]

mod command;
mod identity;
mod openapi;
mod settings;

pub use command::Command;
pub use openapi::openapi_json;
pub use settings::settings_markdown;
