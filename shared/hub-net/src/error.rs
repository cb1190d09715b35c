//! Why an exchange did not happen, in words a user can act on.

use crate::address::{AddressClass, shown};
use crate::tls::{TlsFault, tls_cause};
use hub_model::{Blame, ErrorCode, Retry};
use std::error::Error as StdError;
use std::time::Duration;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    #[error("the scheme `{scheme}` is not supported; use an http or https URL")]
    Scheme { scheme: String },
    #[error("the URL for `{host}` carries a user name or password; give credentials apart from the URL")]
    CredentialsInUrl { host: String },
    #[error("`{host}` is {class}, not a public one; an operator can open its range with EGRESS_ALLOW")]
    Forbidden { host: String, class: AddressClass },
    #[error("no host is named `{host}`; check the spelling")]
    NoSuchHost { host: String },
    #[error("the name `{host}` could not be looked up just now")]
    Lookup {
        host: String,
        #[source]
        source: Cause,
    },
    #[error("`{host}` did not accept a connection; check that it is up and the port is right")]
    Connect {
        host: String,
        #[source]
        source: Cause,
    },
    #[error("no secure connection to `{host}`: {why}")]
    Tls { host: String, fault: TlsFault, why: String },
    #[error("`{host}` did not answer within {}", secs(.limit))]
    Timeout { host: String, limit: Duration },
    #[error("`{host}` broke off the exchange: {why}")]
    BrokenOff { host: String, why: String },
    #[error("`{host}` does not speak proper HTTP: {why}")]
    NotHttp { host: String, why: String },
    #[error("the answer of `{host}` is larger than {limit} bytes{}", .declared.map(|d| format!(" (it declares {d})")).unwrap_or_default())]
    TooLarge { host: String, limit: u64, declared: Option<u64> },
    #[error("`{host}` redirected more than {limit} times")]
    TooManyRedirects { host: String, limit: u32 },
    #[error("`{host}` redirected to something unusable: {why}")]
    BadRedirect { host: String, why: String },
    #[error("`{host}` redirected from https to plain http; that is refused")]
    Downgrade { host: String },
    #[error("`{host}` answered {status}")]
    Status { host: String, status: u16 },
    #[error("the answer of `{host}` could not be read as {what}")]
    Unreadable {
        host: String,
        what: &'static str,
        #[source]
        source: Cause,
    },
    #[error("the HTTP client could not be built: {why}")]
    Client { why: String },
}

/// A cause from a library below.
pub type Cause = Box<dyn StdError + Send + Sync>;

fn secs(limit: &Duration) -> String {
    format!("{} s", limit.as_secs_f64())
}

impl ErrorCode for NetError {
    fn code(&self) -> &'static str {
        match self {
            Self::Scheme { .. } => "unsupported_scheme",
            Self::CredentialsInUrl { .. } => "credentials_in_url",
            Self::Forbidden { .. } => "forbidden_address",
            Self::NoSuchHost { .. } => "no_such_host",
            Self::Lookup { .. } => "lookup_failed",
            Self::Connect { .. } => "unreachable",
            Self::Tls { .. } => "tls_failed",
            Self::Timeout { .. } => "timeout",
            Self::BrokenOff { .. } => "broken_off",
            Self::NotHttp { .. } => "not_http",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyRedirects { .. } => "too_many_redirects",
            Self::BadRedirect { .. } => "bad_redirect",
            Self::Downgrade { .. } => "https_downgrade",
            Self::Status { .. } => "bad_status",
            Self::Unreadable { .. } => "unreadable_answer",
            Self::Client { .. } => "http_client",
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Lookup { .. } | Self::Connect { .. } | Self::Timeout { .. } | Self::BrokenOff { .. } => Retry::Later,
            Self::Status {
                status: 408 | 425 | 429 | 500..=599,
                ..
            } => Retry::Later,
            _ => Retry::Never,
        }
    }

    fn blame(&self) -> Blame {
        match (self, self.retry()) {
            (Self::Client { .. }, _) => Blame::Hub,
            (_, Retry::Later) => Blame::World,
            (_, Retry::Never) => Blame::User,
        }
    }
}

/// What the resolver hook says; found again in the cause chain of reqwest's error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("the name leads to {0}")]
    Forbidden(AddressClass),
    #[error("no such host")]
    NoSuchHost,
    #[error("the name could not be looked up")]
    Failed(#[source] std::io::Error),
}

impl NetError {
    /// Finds out what an error of reqwest means. `limit` is the time that was allowed.
    pub fn from_reqwest(error: reqwest::Error, host: &str, limit: Duration) -> Self {
        let host = shown(host);
        let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
        let mut last = String::new();
        let mut transport = false;
        while let Some(e) = cause {
            if let Some(lookup) = e.downcast_ref::<LookupError>() {
                return match lookup {
                    LookupError::Forbidden(class) => Self::Forbidden { host, class: *class },
                    LookupError::NoSuchHost => Self::NoSuchHost { host },
                    LookupError::Failed(io) => Self::Lookup {
                        host,
                        source: io.to_string().into(),
                    },
                };
            }
            if let Some(tls) = tls_cause(e) {
                let (fault, why) = TlsFault::of(tls);
                return Self::Tls {
                    host,
                    fault,
                    why: shown(&why),
                };
            }
            let hyper = e.downcast_ref::<hyper::Error>();
            transport |= hyper.is_some();
            if let Some(hyper) = hyper.filter(|h| h.is_parse() || h.is_parse_too_large()) {
                let why = if hyper.is_parse_too_large() {
                    "its headers are too large".to_owned()
                } else {
                    shown(&hyper.to_string())
                };
                return Self::NotHttp { host, why };
            }
            last = shown(&e.to_string());
            cause = e.source();
        }
        if error.is_timeout() {
            Self::Timeout { host, limit }
        } else if error.is_connect() {
            Self::Connect { host, source: last.into() }
        } else if error.is_decode() && !transport {
            Self::NotHttp { host, why: last }
        } else if error.is_builder() {
            Self::BadRedirect { host, why: last }
        } else {
            Self::BrokenOff { host, why: last }
        }
    }
}
