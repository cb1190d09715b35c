//! Why a server could not be listed, in words a person can act on.

use hub_model::{Blame, ErrorCode, Retry};
use hub_net::NetError;
use std::time::Duration;

/// Why no surface was obtained. `step` is the MCP method, or what was being done, when it happened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No connection: forbidden address, unknown host, refused, TLS.
    #[error(transparent)]
    Net(#[from] NetError),
    #[error("no answer to {step} within {} s; check that the server is up and that the endpoint path is right", limit.as_secs_f32())]
    TimedOut { step: String, limit: Duration },
    #[error("the server answered {step} with HTTP {status}; try again later, or look at the server's log")]
    ServerFailed { step: String, status: u16 },
    #[error("the server limits requests (HTTP 429 to {step}); try again later")]
    RateLimited { step: String },
    #[error("nothing is served at this path (HTTP {status} to {step}); check the endpoint path, often `/mcp` or `/sse`")]
    NotFound { step: String, status: u16 },
    #[error(
        "the server answered {step} with HTTP {status}{}; check the endpoint path and transport",
        shown_detail(detail)
    )]
    HttpStatus { step: String, status: u16, detail: String },
    #[error("the server redirects {step} to `{to}`; scan that URL if you trust it (credentials are never sent across a redirect)")]
    Redirected { step: String, to: String },
    #[error("the server wants credentials (HTTP {status} to {step}){hint}; add an auth_config that it accepts")]
    CredentialsRequired { step: String, status: u16, hint: String },
    #[error("the server refused the {auth_type} credentials (HTTP {status} to {step}){hint}; check the secret, its expiry and its rights")]
    CredentialsRefused {
        step: String,
        status: u16,
        auth_type: &'static str,
        hint: String,
    },
    #[error("the credentials cannot be used: {0}")]
    UnusableCredentials(String),
    #[error("no access token from `{token_url}`: {why}; check token_url, client_id, client_secret and scope")]
    TokenRefused { token_url: String, why: String },
    #[error("the token endpoint `{token_url}` could not be asked: {source}")]
    TokenUnreachable { token_url: String, source: NetError },
    #[error("this is no MCP server: {what} in answer to {step}; check the endpoint path, often `/mcp` or `/sse`")]
    NotMcp { step: String, what: String },
    #[error("the answer to {step} is not valid JSON-RPC: {why}; the server must be repaired")]
    Malformed { step: String, why: String },
    #[error("the server answered {step} with error {code}: {message}")]
    RpcError { step: String, code: i64, message: String },
    #[error("the server speaks only protocol versions that are not supported ({offered}); supported: 2024-11-05 to 2026-07-28")]
    UnsupportedProtocol { offered: String },
    #[error("the answer to {step} is larger than {limit} bytes; an operator can raise {setting}")]
    TooLarge { step: String, limit: usize, setting: &'static str },
    #[error("the answer to {step} nests deeper than {limit} levels")]
    TooDeep { step: String, limit: usize },
    #[error("the answer to {step} holds more than {limit} JSON values; an operator can raise HUB_CONNECT_MAX_JSON_NODES")]
    TooManyValues { step: String, limit: usize },
    #[error("the scan's {limit} requests are used up at {step}; an operator can raise {setting}")]
    RequestsUsedUp { step: String, limit: usize, setting: &'static str },
    #[error("the server's session id is not made of visible ASCII characters; the server must be repaired")]
    UnsafeSessionId,
    #[error("the server closed the connection during {step}; look at the server's log")]
    Closed { step: String },
    #[error("the event stream names an endpoint on another origin (`{to}`); the server must name one on its own")]
    ForeignEndpoint { to: String },
    #[error("{}", both(streamable, sse))]
    NeitherTransport {
        streamable: Box<ConnectError>,
        sse: Box<ConnectError>,
    },
    #[error("the command `{command}` does not start: {why}; check that it is installed and on the PATH")]
    CommandNotStarted { command: String, why: String },
    #[error("the command ended during {step} ({status}); its last words: {stderr}")]
    CommandEnded { step: String, status: String, stderr: String },
    #[error("not a saved listing: {0}; expected the answer of tools/list as JSON")]
    NotAListing(String),
    #[error("the connection could not be set up: {0}")]
    Setup(String),
}

fn shown_detail(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        format!(" (`{detail}`)")
    }
}

fn both(streamable: &ConnectError, sse: &ConnectError) -> String {
    if streamable.code() == sse.code() {
        return format!("{streamable} (the same over HTTP+SSE)");
    }
    format!("neither transport works. Streamable HTTP: {streamable}. HTTP+SSE: {sse}")
}

impl ErrorCode for ConnectError {
    fn code(&self) -> &'static str {
        match self {
            Self::Net(e) => e.code(),
            Self::TimedOut { .. } => "timed_out",
            Self::ServerFailed { .. } => "server_failed",
            Self::RateLimited { .. } => "rate_limited",
            Self::NotFound { .. } => "endpoint_not_found",
            Self::HttpStatus { .. } => "http_status",
            Self::Redirected { .. } => "redirected",
            Self::CredentialsRequired { .. } => "credentials_required",
            Self::CredentialsRefused { .. } => "credentials_refused",
            Self::UnusableCredentials(_) => "credentials_unusable",
            Self::TokenRefused { .. } => "token_refused",
            Self::TokenUnreachable { .. } => "token_endpoint_unreachable",
            Self::NotMcp { .. } => "not_an_mcp_server",
            Self::Malformed { .. } => "malformed_answer",
            Self::RpcError { .. } => "server_error_answer",
            Self::UnsupportedProtocol { .. } => "unsupported_protocol_version",
            Self::TooLarge { .. } | Self::TooManyValues { .. } => "answer_too_large",
            Self::TooDeep { .. } => "answer_too_deep",
            Self::RequestsUsedUp { .. } => "requests_used_up",
            Self::UnsafeSessionId => "unsafe_session_id",
            Self::Closed { .. } => "connection_closed",
            Self::ForeignEndpoint { .. } => "foreign_endpoint",
            Self::NeitherTransport { streamable, sse } => telling(streamable, sse).code(),
            Self::CommandNotStarted { .. } => "command_not_started",
            Self::CommandEnded { .. } => "command_ended",
            Self::NotAListing(_) => "not_a_listing",
            Self::Setup(_) => "connect_setup",
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Net(e) => e.retry(),
            Self::TimedOut { .. } | Self::ServerFailed { .. } | Self::RateLimited { .. } | Self::Closed { .. } => Retry::Later,
            Self::TokenUnreachable { source, .. } => source.retry(),
            Self::NeitherTransport { streamable, sse } => telling(streamable, sse).retry(),
            _ => Retry::Never,
        }
    }

    fn blame(&self) -> Blame {
        match self {
            Self::Net(e) => e.blame(),
            Self::Setup(_) => Blame::Hub,
            _ if self.retry() == Retry::Later => Blame::World,
            _ => Blame::User,
        }
    }
}

/// Of two failures, the one that says more: what the server said about the transport it half understood.
fn telling<'a>(streamable: &'a ConnectError, sse: &'a ConnectError) -> &'a ConnectError {
    let says_little = |e: &ConnectError| {
        matches!(
            e,
            ConnectError::NotFound { .. } | ConnectError::HttpStatus { .. } | ConnectError::NotMcp { .. }
        )
    };
    if says_little(streamable) && !says_little(sse) {
        sse
    } else {
        streamable
    }
}

impl ConnectError {
    /// Names the step where the place of the failure could not know it.
    pub(crate) fn at(mut self, waiting_for: &str) -> Self {
        if let Self::Closed { step }
        | Self::Malformed { step, .. }
        | Self::TooLarge { step, .. }
        | Self::TooDeep { step, .. }
        | Self::TooManyValues { step, .. } = &mut self
            && step.is_empty()
        {
            waiting_for.clone_into(step);
        }
        self
    }

    /// A refusal with what the server said about it: "Invalid Host header" is no matter of credentials.
    pub(crate) fn with_words(mut self, said: &str) -> Self {
        if let Self::CredentialsRequired { hint, .. } | Self::CredentialsRefused { hint, .. } = &mut self
            && !said.is_empty()
        {
            hint.push_str(&format!("; it says `{said}`"));
        }
        self
    }

    /// Whether the other HTTP transport might still work after this one failed in its handshake.
    pub(crate) fn other_transport_may_work(&self) -> bool {
        matches!(
            self,
            Self::TimedOut { .. }
                | Self::ServerFailed { .. }
                | Self::NotFound { .. }
                | Self::HttpStatus { .. }
                | Self::Redirected { .. }
                | Self::NotMcp { .. }
                | Self::Malformed { .. }
                | Self::RpcError { .. }
                | Self::TooLarge { .. }
                | Self::TooManyValues { .. }
                | Self::Closed { .. }
                | Self::Net(NetError::BrokenOff { .. } | NetError::NotHttp { .. } | NetError::Timeout { .. })
        )
    }
}
