//! What the fetcher reads from its environment; each part says which variables.

use hub_artifacts::{ArtifactSettings, CodecLimits, RetentionSettings};
use hub_fetch::FetchConfig;
use hub_model::{Lookup, SettingError};
use hub_queue::QueueSettings;

/// Everything the fetcher needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    pub queue: QueueSettings,
    pub artifacts: ArtifactSettings,
    pub codec: CodecLimits,
    pub retention: RetentionSettings,
    pub fetch: FetchConfig,
}

impl Config {
    /// Reads it.
    ///
    /// # Errors
    /// Names the variable whose value is unusable.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, SettingError> {
        Ok(Self {
            queue: QueueSettings::read(lookup)?,
            artifacts: ArtifactSettings::read(lookup)?,
            codec: CodecLimits::read(lookup)?,
            retention: RetentionSettings::read(lookup)?,
            fetch: FetchConfig::read(lookup)?,
        })
    }
}
