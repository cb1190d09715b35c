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
        /// Of these, how many may be spent on checks of the endpoint itself.
        pub max_check_requests: usize = "HUB_CONNECT_MAX_CHECK_REQUESTS", 70;
        /// Longest time for all checks of the endpoint itself, in seconds.
        pub check_time: Duration = "HUB_CONNECT_CHECK_SECS", Duration::from_secs(30);
        /// How long to listen for news of changed lists after listing, in seconds, where the server says that it sends such news.
        pub listen_time: Duration = "HUB_CONNECT_LISTEN_SECS", Duration::from_secs(2);
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

hub_model::settings! {
    /// Which checks of a live endpoint are made beside listing it. Each costs a few requests; none calls a tool.
    pub struct EndpointChecks {
        /// Whether to ask once without credentials and once with wrong ones, where credentials were given.
        pub credentials: bool = "HUB_CHECK_CREDENTIALS", true;
        /// Whether to read the documents that describe the authorization.
        pub authorization_metadata: bool = "HUB_CHECK_AUTHORIZATION_METADATA", true;
        /// Whether to send one handshake and one preflight as a foreign web page would.
        pub origin: bool = "HUB_CHECK_ORIGIN", true;
        /// Whether to compare session ids, and to use one without credentials, after its end, and an invented one.
        pub sessions: bool = "HUB_CHECK_SESSIONS", true;
        /// Whether to send one malformed and one unknown request and read what the answers give away.
        pub errors: bool = "HUB_CHECK_ERRORS", true;
        /// Whether to look in the answers' headers for request limits.
        pub rate_limit_headers: bool = "HUB_CHECK_RATE_LIMIT_HEADERS", true;
        /// Whether to list the tools again under the names of common clients, and at the end, and to compare.
        pub cloaking: bool = "HUB_CHECK_CLOAKING", true;
        /// Whether to ask, once each and without credentials, for ten paths where frameworks put metrics, profilers, debuggers and descriptions of admin APIs.
        pub debug_paths: bool = "HUB_CHECK_DEBUG_PATHS", true;
        /// Whether to hold the list against the published source that the server names as its own: that package or repository is then fetched.
        pub published_source: bool = "HUB_CHECK_PUBLISHED_SOURCE", true;
    }
}

impl EndpointChecks {
    /// Only list.
    #[must_use]
    pub fn none() -> Self {
        Self {
            credentials: false,
            authorization_metadata: false,
            origin: false,
            sessions: false,
            errors: false,
            rate_limit_headers: false,
            cloaking: false,
            debug_paths: false,
            published_source: false,
        }
    }
}
