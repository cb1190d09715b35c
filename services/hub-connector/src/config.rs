//! What the connector reads from its environment; each part says which variables.

use hub_artifacts::{ArtifactSettings, CodecLimits};
use hub_connect::{ConnectContext, ConnectLimits, EndpointChecks};
use hub_model::{CodeHosts, Lookup, SettingError};
use hub_net::{EgressPolicy, NetLimits};
use hub_queue::QueueSettings;
use hub_secrets::OpeningSettings;

/// Everything the connector needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    pub queue: QueueSettings,
    pub artifacts: ArtifactSettings,
    pub codec: CodecLimits,
    pub connect: ConnectContext,
    pub hosts: CodeHosts,
    pub opening: OpeningSettings,
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
            connect: ConnectContext {
                egress: EgressPolicy::read(lookup)?,
                net: NetLimits::read(lookup)?,
                limits: ConnectLimits::read(lookup)?,
                checks: EndpointChecks::read(lookup)?,
            },
            hosts: CodeHosts::read(lookup)?,
            opening: OpeningSettings::read(lookup)?,
        })
    }
}
