//! What hub-results reads from its environment.

use hub_artifacts::{ArtifactSettings, CodecLimits};
use hub_cache::CacheSettings;
use hub_http::{AuthSettings, HttpSettings};
use hub_model::{Lookup, Setting, SettingError};
use hub_queue::QueueSettings;
use hub_store::{MaintenanceSettings, StoreSettings, SweepSettings};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

hub_model::settings! {
    /// The service's own settings.
    pub struct ResultsSettings {
        /// Where reads are served to the gateway.
        pub addr: SocketAddr = "HUB_RESULTS_ADDR", SocketAddr::from((Ipv4Addr::LOCALHOST, 8081));
        /// Events written in one transaction, at most.
        pub event_batch: usize = "HUB_EVENT_BATCH", 100;
        /// Seconds that the first event of a batch waits for company.
        pub event_linger: Duration = "HUB_EVENT_LINGER_SECS", Duration::from_millis(20);
        /// Reports read and written at a time for `GET results`; further ones wait a little, then are told to come again.
        pub renderings: usize = "HUB_RESULTS_RENDERINGS", 4;
        /// Event streams that one org may have open at a time, at each process.
        pub max_streams_per_org: usize = "HUB_MAX_STREAMS_PER_ORG", 200;
        /// Most seconds that the counts of `GET stats` are given again; counts that were quick are made anew each time.
        pub stats_memory: Duration = "HUB_STATS_MEMORY_SECS", Duration::from_secs(60);
        /// Seconds after which an event stream looks for itself, should a wake-up be lost.
        pub stream_poll: Duration = "HUB_STREAM_POLL_SECS", Duration::from_secs(2);
    }
}

/// Everything hub-results needs.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub results: ResultsSettings,
    pub http: HttpSettings,
    pub auth: AuthSettings,
    pub store: StoreSettings,
    pub cache: CacheSettings,
    pub queue: QueueSettings,
    pub artifacts: ArtifactSettings,
    pub codec: CodecLimits,
    pub sweep: SweepSettings,
    pub maintenance: MaintenanceSettings,
}

impl Config {
    /// Reads all of it.
    ///
    /// # Errors
    /// Names the first variable that is not usable.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, SettingError> {
        Ok(Self {
            results: ResultsSettings::read(lookup)?,
            http: HttpSettings::read(lookup)?,
            auth: AuthSettings::read(lookup)?,
            store: StoreSettings::read(lookup)?,
            cache: CacheSettings::read(lookup)?,
            queue: QueueSettings::read(lookup)?,
            artifacts: ArtifactSettings::read(lookup)?,
            codec: CodecLimits::read(lookup)?,
            sweep: SweepSettings::read(lookup)?,
            maintenance: MaintenanceSettings::read(lookup)?,
        })
    }

    /// The service's own variables, for the settings reference.
    pub const SETTINGS: &'static [Setting] = ResultsSettings::SETTINGS;
}
