//! Why an artifact could not be stored or read.

use hub_codec::CodecError;
use hub_model::{Blame, Digest, ErrorCode, Retry};

/// Why an artifact could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    #[error("HUB_ARTIFACTS_URL=`{url}` is not usable: {why}; write file:///DIRECTORY, s3://BUCKET/PREFIX, gs://… or az://…")]
    Url { url: String, why: String },
    #[error("the artifact {digest} is not in the store; it was removed, or this service looks into another store")]
    Missing { digest: Digest },
    #[error("the artifact {digest} is damaged in the store: its bytes have digest {found}")]
    Damaged { digest: Digest, found: Digest },
    #[error("the artifact {digest} has {bytes} bytes, more than the bound of {limit} (HUB_ARTIFACT_MAX_STORED_BYTES)")]
    TooLarge { digest: Digest, bytes: u64, limit: u64 },
    #[error("the artifact store failed")]
    Store(#[source] object_store::Error),
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error("packing or unpacking an artifact ended unexpectedly")]
    Crashed,
}

impl ErrorCode for ArtifactError {
    fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "artifact_store_url",
            Self::Missing { .. } => "artifact_missing",
            Self::Damaged { .. } => "artifact_damaged",
            Self::TooLarge { .. } | Self::Codec(CodecError::TooLarge { .. }) => "artifact_too_large",
            Self::Store(_) => "artifact_store_unavailable",
            Self::Codec(_) => "artifact_unreadable",
            Self::Crashed => "artifact_crashed",
        }
    }
    fn retry(&self) -> Retry {
        match self {
            Self::Store(_) => Retry::Later,
            _ => Retry::Never,
        }
    }
    fn blame(&self) -> Blame {
        match self {
            Self::TooLarge { .. } | Self::Codec(CodecError::TooLarge { .. }) => Blame::User,
            _ => Blame::Hub,
        }
    }
}
