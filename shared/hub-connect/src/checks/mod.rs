//! Checks of the endpoint itself. Each asks again with one thing changed and says as a fact what came of it; what a fact means is
//! for the rules. No tool is ever called, nothing is tried twice, and all of it stays within a budget of its own.

mod authorization;
mod cloaking;
mod credentials;
mod debug_paths;
mod errors;
mod origin;
mod sessions;

use crate::ConnectError;
use crate::auth::Dress;
use crate::connect::{ask_sse, ask_streamable};
use crate::ledger::Purpose;
use crate::listing::{Extent, fact};
use crate::wire::{Manner, Wire, media_type, needs_no_credentials};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use hub_model::{EndpointFact, Surface, Transport};
use hub_net::{AddressClass, EgressPolicy};
use hub_secrets::AuthType;
use rmcp::model::ProtocolVersion;
use rmcp::service::ClientLifecycleMode;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// Longest wait for one raw answer.
const RAW_TIME: Duration = Duration::from_secs(5);
/// Characters kept of a raw answer.
const MAX_SAID: usize = 2_000;

/// The checks of one scan.
pub(crate) struct Checks<'a> {
    pub(crate) wire: &'a Wire,
    pub(crate) deadline: Instant,
}

/// How a check ended.
enum Outcome {
    Done,
    /// There is nothing to look at, in words.
    NotApplicable(&'static str),
}

type Checked = Result<Outcome, ConnectError>;

/// Where the checks stand.
struct Looking<'a> {
    wire: &'a Wire,
    surface: &'a Surface,
    until: Instant,
    facts: Vec<EndpointFact>,
    /// Whether a request without credentials was refused; `None`: not known.
    bare_is_refused: Option<bool>,
}

impl Checks<'_> {
    /// Looks at the endpoint whose listing is `surface`. What could not be looked at is said in the fact `checks`.
    ///
    /// Boxed, because a check lists again, and listing may lead to checks.
    pub(crate) fn run<'s>(&'s self, surface: &'s Surface) -> BoxFuture<'s, Vec<EndpointFact>> {
        Box::pin(async move {
            let on = &self.wire.cx().checks;
            let mut looking = Looking {
                wire: self.wire,
                surface,
                until: self.deadline.min(Instant::now() + self.wire.cx().limits.check_time),
                facts: Vec::new(),
                bare_is_refused: None,
            };
            let mut said = Map::new();
            macro_rules! check {
                ($name:ident) => {
                    let outcome = if !on.$name {
                        "switched off".to_owned()
                    } else if Instant::now() >= looking.until {
                        "not done: the time for checks was over; an operator can raise HUB_CONNECT_CHECK_SECS".to_owned()
                    } else {
                        match looking.$name().await {
                            Ok(Outcome::Done) => "done".to_owned(),
                            Ok(Outcome::NotApplicable(why)) => format!("not applicable: {why}"),
                            Err(error) => format!("not done: {error}"),
                        }
                    };
                    said.insert(stringify!($name).to_owned(), Value::String(outcome));
                };
            }
            check!(credentials);
            check!(authorization_metadata);
            check!(origin);
            check!(sessions);
            check!(errors);
            check!(cloaking);
            check!(debug_paths);
            let mut facts = looking.facts;
            facts.push(EndpointFact {
                name: "checks".to_owned(),
                details: said.into_iter().collect(),
            });
            facts
        })
    }

    /// What all answers of the scan together say, and what the scan cost.
    pub(crate) fn conclude(&self, surface: &mut Surface) {
        let ledger = self.wire.ledger();
        let (answers, found) = ledger.rate_headers();
        if self.wire.cx().checks.rate_limit_headers {
            surface
                .facts
                .push(fact("rate_limit_headers", [("answers", json!(answers)), ("found", json!(found))]));
        }
        if self.wire.cx().checks.errors {
            for (header, value) in ledger.banners() {
                surface
                    .facts
                    .push(fact("version_banner", [("header", json!(header)), ("value", json!(value))]));
            }
        }
        surface.facts.push(fact(
            "connection",
            [
                ("address", json!(address_word(self.wire))),
                ("scheme", json!(self.wire.target().scheme())),
                ("auth_type", json!(self.wire.dress().auth_type.as_str())),
                ("needs_credentials", json!(!needs_no_credentials(self.wire))),
            ],
        ));
        surface.facts.push(EndpointFact {
            name: "requests_sent".to_owned(),
            details: ledger.sent().into_iter().map(|(k, n)| (k.to_owned(), json!(n))).collect(),
        });
    }
}

/// Where the server is: `public`, `loopback`, or `private` for any other address that is not public.
fn address_word(wire: &Wire) -> &'static str {
    match wire.ledger().peer().map(|ip| EgressPolicy::public_only().check_ip(ip)) {
        Some(Err(AddressClass::Loopback)) => "loopback",
        Some(Err(_)) => "private",
        Some(Ok(())) | None => "public",
    }
}

/// A raw answer to a request that no client would send.
struct Said {
    status: u16,
    /// As received, bounded.
    text: String,
}

impl Said {
    /// A JSON-RPC result, whatever is in it.
    fn is_result(&self) -> bool {
        let answer = serde_json::from_str::<Value>(&self.text);
        (200..300).contains(&self.status) && answer.is_ok_and(|a| a.get("result").is_some())
    }
}

impl Looking<'_> {
    /// Asks again in another manner, over the transport that worked.
    async fn again(&self, manner: Manner, extent: Extent) -> Result<Surface, ConnectError> {
        let (wire, _guard) = self.wire.in_manner(manner).attempt();
        self.again_over(&wire, extent).await
    }

    async fn again_over(&self, wire: &Wire, extent: Extent) -> Result<Surface, ConnectError> {
        let mut in_handshake = true;
        match self.surface.transport {
            Transport::Sse => {
                let offer = match self.surface.protocol_version.as_deref() {
                    Some("2024-11-05") => ProtocolVersion::V_2024_11_05,
                    _ => ProtocolVersion::V_2025_11_25,
                };
                ask_sse(wire, offer, self.until, &mut in_handshake, extent, None).await
            }
            _ => {
                let lifecycle = if self.is_stateless() {
                    ClientLifecycleMode::Discover {
                        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
                    }
                } else {
                    ClientLifecycleMode::Initialize
                };
                ask_streamable(wire, lifecycle, self.until, &mut in_handshake, extent, None).await
            }
        }
    }

    fn is_stateless(&self) -> bool {
        self.surface.protocol_version.as_deref() == Some(ProtocolVersion::V_2026_07_28.as_str())
    }

    /// Whether the scan carries credentials at all.
    fn has_credentials(&self) -> bool {
        !needs_no_credentials(self.wire)
    }

    fn bare() -> Dress {
        Dress {
            headers: HeaderMap::new(),
            query: Vec::new(),
            auth_type: AuthType::None,
            secrets: Vec::new(),
        }
    }

    /// Posts a body of our own making to the endpoint.
    async fn post(&self, purpose: Purpose, step: &str, body: &str, more: HeaderMap) -> Result<Said, ConnectError> {
        let (wire, _guard) = self.wire.in_manner(Manner::of(purpose)).attempt();
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(version) = self.surface.protocol_version.as_deref().and_then(|v| HeaderValue::from_str(v).ok()) {
            headers.insert(HeaderName::from_static("mcp-protocol-version"), version);
        }
        headers.extend(more);
        let target = wire.target().clone();
        let limit = RAW_TIME.min(wire.cx().limits.call_time);
        let exchange = async {
            let response = wire
                .send(step, Method::POST, &target, headers, Some(body.as_bytes().to_vec()))
                .await?;
            let status = response.status().as_u16();
            let text = if media_type(&response) == "text/event-stream" {
                let mut events = Box::pin(wire.events(step, response));
                let mut said = String::new();
                while let Some(event) = events.next().await.transpose()? {
                    said = event.data.unwrap_or_default();
                    if !said.trim().is_empty() {
                        break;
                    }
                }
                said
            } else {
                String::from_utf8_lossy(&wire.error_body(step, response).await).into_owned()
            };
            Ok(Said { status, text })
        };
        let until = self.until.min(Instant::now() + limit);
        tokio::time::timeout_at(until, exchange).await.unwrap_or_else(|_| {
            Err(ConnectError::TimedOut {
                step: step.to_owned(),
                limit,
            })
        })
    }
}

/// Whether an attempt ended because the server said no (and not because it could not be reached, or we had to stop).
fn is_refusal(error: &ConnectError) -> bool {
    matches!(
        error,
        ConnectError::CredentialsRequired { .. }
            | ConnectError::CredentialsRefused { .. }
            | ConnectError::HttpStatus { .. }
            | ConnectError::NotFound { .. }
            | ConnectError::NotMcp { .. }
            | ConnectError::RpcError { .. }
            | ConnectError::Redirected { .. }
    )
}
