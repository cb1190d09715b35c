//! What every service reads from its environment.

use hub_model::FromSetting;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

hub_model::settings! {
    /// What every service has in common.
    pub struct RuntimeSettings {
        /// Where `/healthz`, `/readyz` and `/metrics` are served. Port 0 takes a free port and logs it.
        pub private_addr: SocketAddr = "HUB_PRIVATE_ADDR", SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        /// `json`, `text`, or `auto`: text on a terminal, JSON elsewhere.
        pub log_format: LogFormat = "HUB_LOG_FORMAT", LogFormat::Auto;
        /// What is logged, as `tracing` filter directives.
        pub log_filter: String = "RUST_LOG", "info,lapin=warn,hyper=warn,sqlx=warn,rmcp=off".to_owned();
        /// How long work in hand may take after a stop signal, in seconds.
        pub drain: Duration = "HUB_DRAIN_SECS", Duration::from_secs(25);
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    Json,
    Text,
}

impl FromSetting for LogFormat {
    fn from_setting(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" | "auto" => Ok(Self::Auto),
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err("expected auto, json or text".to_owned()),
        }
    }
}

/// The value of an environment variable; an unset one, and one that is no UTF-8, is `None`. The look-up for every `read` of
/// a settings struct: `QueueSettings::read(&hub_runtime::env)?`.
#[must_use]
pub fn env(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}
