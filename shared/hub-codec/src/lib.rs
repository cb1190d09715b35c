#![doc = include_str!("../README.md")]

mod json;
mod snapshot;

pub use json::{decode_json, encode_json};
pub use snapshot::{decode_snapshot, encode_snapshot};

hub_model::settings! {
    /// What decoding may cost.
    pub struct CodecLimits {
        /// Largest artifact as stored, in bytes.
        pub max_stored_bytes: u64 = "HUB_ARTIFACT_MAX_STORED_BYTES", 256 << 20;
        /// Largest artifact once unpacked, in bytes.
        pub max_unpacked_bytes: u64 = "HUB_ARTIFACT_MAX_UNPACKED_BYTES", 512 << 20;
        /// Most files in a snapshot.
        pub max_files: usize = "HUB_ARTIFACT_MAX_FILES", 200_000;
    }
}

/// Why bytes are no artifact, or a value cannot become one.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    #[error("the artifact cannot be written: {0}")]
    Write(#[source] std::io::Error),
    #[error("the artifact cannot be written as JSON: {0}")]
    WriteJson(#[source] serde_json::Error),
    #[error("the artifact is damaged: {0}")]
    Damaged(#[source] std::io::Error),
    #[error("the artifact is not what it should be: {0}")]
    NotJson(#[source] serde_json::Error),
    #[error("the artifact is not what it should be: {0}")]
    Shape(String),
    #[error("the artifact has format {found}, this build knows {known}; update this service")]
    Newer { found: u32, known: u32 },
    #[error("the artifact is larger than the bound of {limit} {unit} ({setting})")]
    TooLarge {
        limit: u64,
        unit: &'static str,
        setting: &'static str,
    },
}

/// zstd level: the default; higher ones cost more time than the bytes they save.
const LEVEL: i32 = 3;

fn check_stored(bytes: &[u8], limits: &CodecLimits) -> Result<(), CodecError> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits.max_stored_bytes {
        return Err(CodecError::TooLarge {
            limit: limits.max_stored_bytes,
            unit: "bytes",
            setting: "HUB_ARTIFACT_MAX_STORED_BYTES",
        });
    }
    Ok(())
}

fn too_large_unpacked(limits: &CodecLimits) -> CodecError {
    CodecError::TooLarge {
        limit: limits.max_unpacked_bytes,
        unit: "bytes unpacked",
        setting: "HUB_ARTIFACT_MAX_UNPACKED_BYTES",
    }
}
