//! Bounds on one exchange.

use std::time::Duration;

hub_model::settings! {
    /// What one outbound request may take.
    pub struct NetLimits {
        /// Longest wait for a connection (name look-up, TCP and TLS), in seconds.
        pub connect_timeout: Duration = "HUB_NET_CONNECT_SECS", Duration::from_secs(10);
        /// Longest silence while an answer is awaited or read, in seconds.
        pub idle_timeout: Duration = "HUB_NET_IDLE_SECS", Duration::from_secs(30);
        /// Longest time for one request over all its redirects until its last byte, in seconds.
        pub total_timeout: Duration = "HUB_NET_TOTAL_SECS", Duration::from_secs(300);
        /// Largest answer where the caller names no bound of its own, in bytes after decompression.
        pub max_bytes: u64 = "HUB_NET_MAX_BYTES", 64 << 20;
        /// Most redirects that are followed.
        pub max_redirects: u32 = "HUB_NET_MAX_REDIRECTS", 5;
        /// Largest HTTP/2 header block of an answer, in bytes.
        pub max_header_bytes: u32 = "HUB_NET_MAX_HEADER_BYTES", 64 << 10;
        /// How the hub names itself to the servers it asks.
        pub user_agent: String = "HUB_USER_AGENT", concat!("MCP-Hub/", env!("CARGO_PKG_VERSION"), " (MCP server security scan)").to_owned();
    }
}
