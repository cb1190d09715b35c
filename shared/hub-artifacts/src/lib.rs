#![doc = include_str!("../README.md")]

mod error;
mod retention;
mod store;

pub use error::ArtifactError;
pub use hub_codec::CodecLimits;
pub use retention::RetentionSettings;
pub use store::{ArtifactSettings, ArtifactStore, Kind};
