//! What the analyzer reads from its environment; each part says which variables.

use hub_artifacts::{ArtifactSettings, CodecLimits};
use hub_model::{Lookup, SettingError};
use hub_queue::QueueSettings;
use hub_runtime::sandbox::SandboxSettings;
use std::path::PathBuf;

hub_model::settings! {
    /// The analyzer's own.
    pub struct AnalyzerSettings {
        /// The program started as the analysing child; this program itself when empty.
        pub child: Option<PathBuf> = "HUB_ANALYZER_CHILD", None;
    }
}

/// Everything the analyzer needs to know. The analysis' own limits (`HUB_MAX_…`) are read by the child.
#[derive(Clone, Debug)]
pub struct Config {
    pub queue: QueueSettings,
    pub artifacts: ArtifactSettings,
    pub codec: CodecLimits,
    pub sandbox: SandboxSettings,
    pub analyzer: AnalyzerSettings,
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
            sandbox: SandboxSettings::read(lookup)?,
            analyzer: AnalyzerSettings::read(lookup)?,
        })
    }
}
