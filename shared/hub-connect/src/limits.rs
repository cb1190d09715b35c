//! What one look at a live server may cost.

use std::time::Duration;

hub_model::settings! {
    /// Bounds of one connection, and of everything received over it.
    pub struct ConnectLimits {
        /// Longest time for the whole listing, in seconds.
        pub total_time: Duration = "HUB_CONNECT_TOTAL_SECS", Duration::from_secs(120);
        /// Longest wait for the answer to one call, in seconds.
        pub call_time: Duration = "HUB_CONNECT_CALL_SECS", Duration::from_secs(30);
        /// Longest wait for the server to introduce itself, for each transport tried, in seconds.
        pub handshake_time: Duration = "HUB_CONNECT_HANDSHAKE_SECS", Duration::from_secs(15);
        /// Longest wait for `server/discover` before the older `initialize` is tried, in seconds; at most 9.
        pub discover_time: Duration = "HUB_CONNECT_DISCOVER_SECS", Duration::from_secs(5);
        /// Longest wait for a TCP and TLS connection, in seconds.
        pub connect_time: Duration = "HUB_CONNECT_CONNECT_SECS", Duration::from_secs(10);
        /// Longest wait for a local command to start and introduce itself, in seconds; it may have to be installed first.
        pub start_time: Duration = "HUB_CONNECT_START_SECS", Duration::from_secs(60);
        /// HTTP requests one scan may send to the server, or messages for stdio.
        pub max_requests: usize = "HUB_CONNECT_MAX_REQUESTS", 400;
        /// Pages read of one list.
        pub max_pages: usize = "HUB_CONNECT_MAX_PAGES", 100;
        /// Elements kept of one list.
        pub max_items: usize = "HUB_CONNECT_MAX_ITEMS", 10_000;
        /// Largest single response body, server-sent event or line, in bytes after decompression.
        pub max_message_bytes: usize = "HUB_CONNECT_MAX_MESSAGE_BYTES", 16 << 20;
        /// Largest sum of everything received in one scan, in bytes after decompression.
        pub max_total_bytes: usize = "HUB_CONNECT_MAX_TOTAL_BYTES", 64 << 20;
        /// Deepest nesting of JSON arrays and objects; at most 120.
        pub max_json_depth: usize = "HUB_CONNECT_MAX_JSON_DEPTH", 64;
        /// JSON values (elements, members, names) in one response body, event or line: each takes many times its text in memory.
        pub max_json_nodes: usize = "HUB_CONNECT_MAX_JSON_NODES", 500_000;
        /// Standard error kept of a local command, in bytes.
        pub max_stderr_bytes: usize = "HUB_CONNECT_MAX_STDERR_BYTES", 16 << 10;
    }
}
