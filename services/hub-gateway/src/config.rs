//! What the gateway reads from its environment.

use hub_cache::CacheSettings;
use hub_http::{AuthSettings, HttpSettings};
use hub_model::{CodeHosts, Lookup, Setting, SettingError};
use hub_net::EgressPolicy;
use hub_queue::QueueSettings;
use hub_secrets::SealingSettings;
use hub_store::{DispatchLimits, StoreSettings};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

hub_model::settings! {
    /// The gateway's own settings.
    pub struct GatewaySettings {
        /// Where the public API is served.
        pub addr: SocketAddr = "HUB_GATEWAY_ADDR", SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        /// Where hub-results answers.
        pub results_url: String = "HUB_RESULTS_URL", "http://127.0.0.1:8081".to_owned();
        /// Calls per minute and API key; a quarter of it may come at once.
        pub rate_limit_per_minute: u32 = "HUB_RATE_LIMIT_PER_MINUTE", 1200;
        /// Names, or beginnings of names, of repositories and packages shown as official.
        pub official_names: Vec<String> = "HUB_OFFICIAL_NAMES", vec!["@modelcontextprotocol/".to_owned(), "modelcontextprotocol/".to_owned()];
        /// Entries one client configuration may have.
        pub max_config_entries: usize = "HUB_MAX_CONFIG_ENTRIES", 100;
        /// Reports read at a time for `published_scan`; further calls wait.
        pub published_reads: usize = "HUB_GATEWAY_PUBLISHED_READS", 2;
        /// Scans of one org that may wait to be dispatched; a submission beyond it is refused.
        pub max_waiting_per_org: u32 = "HUB_MAX_WAITING_PER_ORG", 250_000;
        /// Seconds between two looks for scans to dispatch when nothing wakes the dispatcher.
        pub dispatch_poll: Duration = "HUB_DISPATCH_POLL_SECS", Duration::from_secs(1);
        /// Seconds between two writes of the usage counters.
        pub usage_flush: Duration = "HUB_USAGE_FLUSH_SECS", Duration::from_secs(5);
    }
}

/// Everything the gateway needs.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub gateway: GatewaySettings,
    pub code_hosts: CodeHosts,
    pub http: HttpSettings,
    pub auth: AuthSettings,
    pub store: StoreSettings,
    pub cache: CacheSettings,
    pub queue: QueueSettings,
    pub dispatch: DispatchLimits,
    pub egress: EgressPolicy,
    pub sealing: SealingSettings,
}

impl Config {
    /// Reads all of it.
    ///
    /// # Errors
    /// Names the first variable that is not usable.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, SettingError> {
        Ok(Self {
            gateway: GatewaySettings::read(lookup)?,
            code_hosts: CodeHosts::read(lookup)?,
            http: HttpSettings::read(lookup)?,
            auth: AuthSettings::read(lookup)?,
            store: StoreSettings::read(lookup)?,
            cache: CacheSettings::read(lookup)?,
            queue: QueueSettings::read(lookup)?,
            dispatch: DispatchLimits::read(lookup)?,
            egress: EgressPolicy::read(lookup)?,
            sealing: SealingSettings::read(lookup)?,
        })
    }

    /// The gateway's own variables, for the settings reference.
    pub const SETTINGS: &'static [Setting] = GatewaySettings::SETTINGS;
}
