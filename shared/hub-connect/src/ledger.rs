//! The account of one scan: what was asked for which purpose, within which budget, and what was noticed in passing.

use crate::ConnectError;
use http::HeaderMap;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Session ids that are remembered.
const MAX_SESSIONS: usize = 16;
/// Header names that tell a client how much it may ask (RFC 9110, section 10.2.3; the IETF draft on rate limit headers, and what came before it).
const RATE_HEADERS: [&str; 6] = [
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-policy",
    "x-ratelimit-limit",
    "x-rate-limit-limit",
    "retry-after",
];
/// Header names that tell who is behind.
const BANNERS: [&str; 5] = ["server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator"];

/// Why a request is made: the report says how many were made for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Handshake and lists: what the scan is for.
    Listing,
    /// Getting an access token.
    Token,
    /// Do the credentials matter?
    Credentials,
    /// Documents about the authorization.
    AuthorizationMetadata,
    /// Is a foreign web page let in?
    Origin,
    /// Are session ids worth something?
    Sessions,
    /// What do error answers give away?
    Errors,
    /// Does everybody see the same?
    Cloaking,
    /// Is more served than MCP?
    DebugPaths,
}

impl Purpose {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::Token => "token",
            Self::Credentials => "credentials",
            Self::AuthorizationMetadata => "authorization_metadata",
            Self::Origin => "origin",
            Self::Sessions => "sessions",
            Self::Errors => "errors",
            Self::Cloaking => "cloaking",
            Self::DebugPaths => "debug_paths",
        }
    }

    /// Whether it counts towards the smaller budget of the checks.
    fn is_check(self) -> bool {
        !matches!(self, Self::Listing | Self::Token)
    }
}

/// A session that the server opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) id: String,
    /// The server agreed to end it.
    pub(crate) ended: bool,
}

/// Shared by everything that asks on behalf of one scan.
pub(crate) struct Ledger {
    max_requests: usize,
    max_check_requests: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sent: BTreeMap<Purpose, usize>,
    answers: usize,
    rate_headers: BTreeSet<&'static str>,
    banners: BTreeMap<&'static str, String>,
    sessions: Vec<Session>,
    peer: Option<IpAddr>,
}

impl Ledger {
    pub(crate) fn new(max_requests: usize, max_check_requests: usize) -> Self {
        Self {
            max_requests,
            max_check_requests,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing below panics between two related changes.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one request out of the budget.
    ///
    /// # Errors
    /// [`ConnectError::RequestsUsedUp`].
    pub(crate) fn spend(&self, purpose: Purpose, step: &str) -> Result<(), ConnectError> {
        let mut state = self.state();
        let all: usize = state.sent.values().sum();
        let checks: usize = state.sent.iter().filter(|(p, _)| p.is_check()).map(|(_, n)| n).sum();
        let used_up = |limit, setting| {
            Err(ConnectError::RequestsUsedUp {
                step: step.to_owned(),
                limit,
                setting,
            })
        };
        if all >= self.max_requests {
            return used_up(self.max_requests, "HUB_CONNECT_MAX_REQUESTS");
        }
        if purpose.is_check() && checks >= self.max_check_requests {
            return used_up(self.max_check_requests, "HUB_CONNECT_MAX_CHECK_REQUESTS");
        }
        *state.sent.entry(purpose).or_default() += 1;
        Ok(())
    }

    /// How many requests were made for what.
    pub(crate) fn sent(&self) -> BTreeMap<&'static str, usize> {
        self.state().sent.iter().map(|(p, n)| (p.as_str(), *n)).collect()
    }

    /// Notes what the headers of an answer say in passing.
    pub(crate) fn answered(&self, headers: &HeaderMap) {
        let mut state = self.state();
        state.answers += 1;
        state
            .rate_headers
            .extend(RATE_HEADERS.into_iter().filter(|name| headers.contains_key(*name)));
        for name in BANNERS {
            if let Some(value) = headers.get(name) {
                let value = crate::text::plain(&String::from_utf8_lossy(value.as_bytes()), 80);
                state.banners.entry(name).or_insert(value);
            }
        }
    }

    /// How many answers came, and which headers among them speak of limits.
    pub(crate) fn rate_headers(&self) -> (usize, BTreeSet<&'static str>) {
        let state = self.state();
        (state.answers, state.rate_headers.clone())
    }

    pub(crate) fn banners(&self) -> BTreeMap<&'static str, String> {
        self.state().banners.clone()
    }

    pub(crate) fn connected_to(&self, peer: IpAddr) {
        self.state().peer.get_or_insert(peer);
    }

    /// The address that answered first.
    pub(crate) fn peer(&self) -> Option<IpAddr> {
        self.state().peer
    }

    pub(crate) fn session_opened(&self, id: &str) {
        let mut state = self.state();
        if state.sessions.len() < MAX_SESSIONS {
            state.sessions.push(Session {
                id: id.to_owned(),
                ended: false,
            });
        }
    }

    pub(crate) fn session_ended(&self, id: &str) {
        let mut state = self.state();
        for session in state.sessions.iter_mut().filter(|s| s.id == id) {
            session.ended = true;
        }
    }

    pub(crate) fn sessions(&self) -> Vec<Session> {
        self.state().sessions.clone()
    }
}
