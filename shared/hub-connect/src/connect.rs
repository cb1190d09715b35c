//! A live endpoint becomes a surface.

use crate::auth::Dress;
use crate::checks::Checks;
use crate::handler::Scanner;
use crate::ledger::{Ledger, Purpose};
use crate::listing::{Asking, Extent, fact, greeting, requests_as_facts};
use crate::raw::LinkWorker;
use crate::sse::SseLink;
use crate::streamable::StreamableClient;
use crate::tap::Tap;
use crate::text::shown_url;
use crate::wire::{Proof, Wire, needs_no_credentials};
use crate::{ConnectError, ConnectLimits, EndpointChecks};
use hub_model::{HostedTarget, Surface, Transport, TransportChoice, is_secret_name};
use hub_net::{EgressPolicy, NetError, NetLimits};
use hub_secrets::Credentials;
use rmcp::RoleClient;
use rmcp::model::ProtocolVersion;
use rmcp::service::{ClientInitializeError, ClientLifecycleMode, ClientServiceExt as _, RunningService};
use rmcp::transport::IntoTransport;
use rmcp::transport::streamable_http_client::{StreamableHttpClientTransport, StreamableHttpClientTransportConfig};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Revisions in which tools have annotations and results have schemas; what is older is worth a remark.
const OLD_REVISIONS: [&str; 2] = ["2024-10-07", "2024-11-05"];
const KNOWN_REVISIONS: [&str; 6] = ["2024-10-07", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];
/// Characters of the shortest key that is looked for in a URL.
const SHORTEST_KEY: usize = 16;
/// Time for saying goodbye.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// What a connection may reach and cost.
#[derive(Clone, Debug, Default)]
pub struct ConnectContext {
    /// Which addresses may be connected to.
    pub egress: EgressPolicy,
    /// User agent and header bounds of the guarded client.
    pub net: NetLimits,
    /// Bounds of the exchange.
    pub limits: ConnectLimits,
    /// What is looked at beside the listing.
    pub checks: EndpointChecks,
}

/// Lists everything that the MCP server at `target` shows.
///
/// With `auto`, streamable HTTP is tried first (`server/discover` of 2026-07-28, then `initialize`), then HTTP+SSE; the
/// other way round when the path ends in `/sse`. [`Surface::transport`] and [`Surface::protocol_version`] say what was
/// negotiated. Tools, prompts and resources are the JSON objects as received. Nothing is ever called.
///
/// A server whose certificate proves nothing (expired, self-signed, for another name) gets no credentials: the connection fails with
/// [`NetError::Tls`], as it does where a key may stand in the URL itself or an authority was given to trust. Where nothing of that kind
/// is sent it is listed all the same, with the fact `certificate_fault`.
///
/// # Errors
/// One [`ConnectError`] per kind of failure; see its messages.
pub async fn connect(target: &HostedTarget, credentials: &Credentials, cx: &ConnectContext) -> Result<Surface, ConnectError> {
    let deadline = Instant::now() + cx.limits.total_time;
    let limit = cx.limits.total_time;
    let scan = scan(target, credentials, cx, deadline);
    // Every call inside ends before the deadline; this catches what is not a call.
    match tokio::time::timeout_at(deadline + CLOSE_TIME + CLOSE_TIME, scan).await {
        Ok(done) => done,
        Err(_) => Err(ConnectError::TimedOut {
            step: "the scan as a whole".to_owned(),
            limit,
        }),
    }
}

async fn scan(target: &HostedTarget, credentials: &Credentials, cx: &ConnectContext, deadline: Instant) -> Result<Surface, ConnectError> {
    cx.egress.check_url(&target.endpoint_url)?;
    let mut dress = Dress::of(credentials)?;
    let mut url = target.endpoint_url.clone();
    url.set_fragment(None);
    let ledger = Arc::new(Ledger::new(cx.limits.max_requests, cx.limits.max_check_requests));
    let renewal = crate::oauth::fetch_token(&mut dress, credentials, &url, cx, &ledger).await?;
    let wire = Wire::new(url.clone(), dress, credentials, renewal, cx, ledger.clone(), Proof::Wanted)?;
    let error = match list(target, &wire, deadline).await {
        Err(ConnectError::Net(error)) if matches!(credentials, Credentials::None) && needs_no_credentials(&wire) && !may_hold_key(&url) => {
            error
        }
        done => return done,
    };
    let NetError::Tls { fault, why, .. } = &error else {
        return Err(error.into());
    };
    if !fault.is_of_certificate() {
        return Err(error.into());
    }
    // Nothing secret is at stake on our side, and that the certificate is no proof is what the report has to say.
    let wire = Wire::new(url, Dress::of(credentials)?, credentials, None, cx, ledger, Proof::Waived)?;
    let mut surface = list(target, &wire, deadline).await?;
    surface.warnings.push(format!(
        "the server did not prove who it is ({why}); it was listed all the same, since no credentials were sent"
    ));
    let details = [("fault", json!(fault.as_str())), ("why", json!(why))];
    surface.facts.push(fact("certificate_fault", details));
    Ok(surface)
}

/// Whether a part of the path or a value of the query looks like a key, as many services write theirs into the URL.
fn may_hold_key(url: &Url) -> bool {
    let like_key = |text: &str| {
        text.chars().count() >= SHORTEST_KEY && text.chars().any(|c| c.is_ascii_digit()) && text.chars().any(char::is_alphabetic)
    };
    url.path_segments().into_iter().flatten().any(like_key)
        || url.query_pairs().any(|(name, value)| is_secret_name(&name) || like_key(&value))
}

/// Lists over the transports that may work, in their order, and says what was learnt on the way.
async fn list(target: &HostedTarget, wire: &Wire, deadline: Instant) -> Result<Surface, ConnectError> {
    let sse_first = wire.target().path().trim_end_matches('/').ends_with("/sse");
    let order: &[Transport] = match target.transport {
        TransportChoice::Http => &[Transport::StreamableHttp],
        TransportChoice::Sse => &[Transport::Sse],
        TransportChoice::Auto if sse_first => &[Transport::Sse, Transport::StreamableHttp],
        TransportChoice::Auto => &[Transport::StreamableHttp, Transport::Sse],
    };
    let checks = Checks { wire, deadline };
    let (mut surface, tap) = one_of(order, wire, deadline, &checks).await?;
    if needs_no_credentials(wire) {
        surface
            .facts
            .push(fact("no_credentials_needed", [("tools", json!(surface.tools.len()))]));
    }
    if wire.target().scheme() == "http" {
        surface.facts.push(fact("plain_http", []));
    }
    surface.expected_tools = target.expected_tools.clone();
    checks.conclude(&mut surface);
    finish(&mut surface, &tap);
    Ok(surface)
}

/// Tries transports in order, the next one only where the one before failed in a way that leaves hope.
async fn one_of(order: &[Transport], wire: &Wire, deadline: Instant, checks: &Checks<'_>) -> Result<(Surface, Arc<Tap>), ConnectError> {
    let mut first: Option<(Transport, ConnectError)> = None;
    for transport in order {
        let mut in_handshake = true;
        let (wire, _guard) = wire.attempt();
        let tap = wire.tap().clone();
        let outcome = match transport {
            Transport::Sse => over_sse(&wire, deadline, &mut in_handshake, Some(checks)).await,
            _ => over_streamable(&wire, deadline, &mut in_handshake, checks).await,
        };
        let error = match outcome {
            Ok(surface) => {
                if let Some((other, error)) = &first {
                    tap.warn(format!("{} did not work ({error}), {} did", name_of(*other), name_of(*transport)));
                }
                return Ok((surface, tap));
            }
            Err(error) => error,
        };
        match first.take() {
            None if order.len() > 1 && in_handshake && error.other_transport_may_work() => first = Some((*transport, error)),
            None => return Err(error),
            // Both were tried; the second failure counts alone when it is about more than the transport.
            Some((Transport::Sse, sse)) if error.other_transport_may_work() => {
                return Err(ConnectError::NeitherTransport {
                    streamable: Box::new(error),
                    sse: Box::new(sse),
                });
            }
            Some((_, streamable)) if error.other_transport_may_work() => {
                return Err(ConnectError::NeitherTransport {
                    streamable: Box::new(streamable),
                    sse: Box::new(error),
                });
            }
            Some(_) => return Err(error),
        }
    }
    // `order` is never empty, so `first` is set when the loop ends without an answer.
    Err(first.map_or_else(|| ConnectError::Setup("no transport to try".to_owned()), |(_, error)| error))
}

fn name_of(transport: Transport) -> &'static str {
    match transport {
        Transport::StreamableHttp => "streamable HTTP",
        Transport::Sse => "HTTP+SSE",
        Transport::Stdio => "stdio",
        Transport::File => "the file",
    }
}

/// Discovery first. Where that and the handshake after it both fail, the handshake alone, on a connection that has seen nothing
/// else: a server of one session takes the first request for its client's.
async fn over_streamable(wire: &Wire, deadline: Instant, in_handshake: &mut bool, checks: &Checks<'_>) -> Result<Surface, ConnectError> {
    let first = ask_streamable(wire, auto(), deadline, in_handshake, Extent::All, Some(checks)).await;
    let Err(error) = first else { return first };
    let spoiled = matches!(
        error,
        ConnectError::RpcError { .. }
            | ConnectError::Malformed { .. }
            | ConnectError::Closed { .. }
            | ConnectError::HttpStatus { .. }
            | ConnectError::ServerFailed { .. }
            | ConnectError::Net(NetError::BrokenOff { .. })
    );
    if !*in_handshake || !spoiled {
        return Err(error);
    }
    let (wire, _guard) = wire.attempt();
    let second = ask_streamable(
        &wire,
        ClientLifecycleMode::Initialize,
        deadline,
        in_handshake,
        Extent::All,
        Some(checks),
    )
    .await;
    // The first refusal says more than a second one.
    second.map_err(|second| if *in_handshake { error } else { second })
}

/// One attempt over streamable HTTP.
pub(crate) async fn ask_streamable(
    wire: &Wire,
    lifecycle: ClientLifecycleMode,
    deadline: Instant,
    in_handshake: &mut bool,
    extent: Extent,
    checks: Option<&Checks<'_>>,
) -> Result<Surface, ConnectError> {
    let limits = &wire.cx().limits;
    let falls_back = matches!(lifecycle, ClientLifecycleMode::Auto { .. });
    // Specification of the transport, "Session Management": who is told 404 in a session starts a new one.
    let reopens = wire.manner().purpose == Purpose::Listing;
    let mut config = StreamableHttpClientTransportConfig::with_uri(wire.target().as_str()).reinit_on_expired_session(reopens);
    config.max_sse_event_size = limits.max_message_bytes;
    config.max_json_response_size = limits.max_message_bytes;
    let transport = StreamableHttpClientTransport::with_client(StreamableClient::new(wire.clone(), falls_back), config);
    let task = Task {
        lifecycle,
        offer: ProtocolVersion::V_2025_11_25,
        endpoint: shown_url(wire.target()),
        kind: Transport::StreamableHttp,
        wire: Some(wire),
        checks,
    };
    survey(transport, task, asking(wire, deadline, extent), in_handshake).await
}

fn asking(wire: &Wire, deadline: Instant, extent: Extent) -> Asking<'_> {
    let limits = &wire.cx().limits;
    Asking {
        tap: wire.tap(),
        limits,
        deadline,
        handshake_time: limits.handshake_time.min(limits.call_time),
        extent,
        client_name: wire.manner().client_name,
    }
}

async fn over_sse(wire: &Wire, deadline: Instant, in_handshake: &mut bool, checks: Option<&Checks<'_>>) -> Result<Surface, ConnectError> {
    let mut offer = ProtocolVersion::V_2025_11_25;
    loop {
        match ask_sse(wire, offer.clone(), deadline, in_handshake, Extent::All, checks).await {
            Ok(mut surface) => {
                surface.facts.push(fact("legacy_sse_transport", []));
                return Ok(surface);
            }
            // A server of the first revision may refuse a version that it does not know instead of naming its own.
            Err(ConnectError::RpcError { .. }) if *in_handshake && offer != ProtocolVersion::V_2024_11_05 => {
                offer = ProtocolVersion::V_2024_11_05
            }
            Err(error) => return Err(error),
        }
    }
}

/// One attempt over HTTP+SSE.
pub(crate) async fn ask_sse(
    wire: &Wire,
    offer: ProtocolVersion,
    deadline: Instant,
    in_handshake: &mut bool,
    extent: Extent,
    checks: Option<&Checks<'_>>,
) -> Result<Surface, ConnectError> {
    let asking = asking(wire, deadline, extent);
    let link = asking
        .handshake("opening the event stream", SseLink::open(wire.clone()))
        .await?
        .map_err(|e| e.at("opening the event stream"))?;
    let worker = LinkWorker {
        link,
        tap: wire.tap().clone(),
        discover_time: wire.cx().limits.discover_time,
    };
    let task = Task {
        lifecycle: ClientLifecycleMode::Initialize,
        offer,
        endpoint: shown_url(wire.target()),
        kind: Transport::Sse,
        wire: Some(wire),
        checks,
    };
    survey(worker, task, asking, in_handshake).await
}

/// Discovery first, the handshake if that does not work.
fn auto() -> ClientLifecycleMode {
    ClientLifecycleMode::Auto {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        legacy_version: Some(ProtocolVersion::V_2025_11_25),
    }
}

/// How a server is to be asked, whatever the transport.
pub(crate) struct Task<'a> {
    pub(crate) lifecycle: ClientLifecycleMode,
    pub(crate) offer: ProtocolVersion,
    pub(crate) endpoint: String,
    pub(crate) kind: Transport,
    /// Of HTTP.
    pub(crate) wire: Option<&'a Wire>,
    /// What else to look at while the connection is open; nothing when this attempt is part of such a look.
    pub(crate) checks: Option<&'a Checks<'a>>,
}

/// Handshake, listing and goodbye over any transport. `in_handshake` turns false when the server has introduced itself.
pub(crate) async fn survey<T, E, A>(
    transport: T,
    task: Task<'_>,
    asking: Asking<'_>,
    in_handshake: &mut bool,
) -> Result<Surface, ConnectError>
where
    T: IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let scanner = Scanner {
        offer: task.offer,
        name: asking.client_name,
    };
    let serving = scanner.serve_with_lifecycle(transport, task.lifecycle);
    let service = match asking.handshake("initialize", serving).await? {
        Ok(service) => service,
        Err(error) => return Err(handshake_error(asking.tap, &error)),
    };
    *in_handshake = false;
    if let Some(wire) = task.wire {
        wire.handshake_done();
    }
    let greeting = greeting(asking.tap);
    let mut surface = asking.survey(service.peer(), greeting, task.endpoint, task.kind).await;
    if let (Ok(surface), Extent::All) = (&mut surface, asking.extent) {
        remark_on_version(surface, asking.tap);
        let listening_until = Instant::now() + listen_time(surface, asking.limits);
        if let Some(checks) = task.checks {
            let facts = checks.run(surface).await;
            surface.facts.extend(facts);
        }
        asking.listen(service.peer(), surface, listening_until).await;
    }
    if let Some(wire) = task.wire {
        wire.leaving();
    }
    close(service).await;
    surface
}

/// How long to listen for changed lists: not at all, where the server does not say that it sends such news.
fn listen_time(surface: &Surface, limits: &ConnectLimits) -> Duration {
    let announces = surface.capabilities.iter().filter_map(Value::as_object).flat_map(|c| c.values());
    if announces.into_iter().any(|c| c.get("listChanged") == Some(&Value::Bool(true))) {
        limits.listen_time
    } else {
        Duration::ZERO
    }
}

async fn close(mut service: RunningService<RoleClient, Scanner>) {
    // A server that does not let go is let go.
    let _ = service.close_with_timeout(CLOSE_TIME).await;
}

/// Why the handshake failed: the server's own words where the tap has them.
fn handshake_error(tap: &Tap, error: &ClientInitializeError) -> ConnectError {
    use crate::tap::Answer;
    if let Some(failure) = tap.take_failure() {
        return failure.at("initialize");
    }
    for method in ["initialize", "server/discover"] {
        if let Some(Answer::Error { code, message }) = tap.take_answer(method) {
            let step = method.to_owned();
            return ConnectError::RpcError { step, code, message };
        }
    }
    let step = "initialize".to_owned();
    match error {
        ClientInitializeError::NoCompatibleProtocolVersion { server_supported, .. } => {
            let offered: Vec<&str> = server_supported.iter().map(ProtocolVersion::as_str).collect();
            ConnectError::UnsupportedProtocol {
                offered: tap.quote(&offered.join(", "), 200),
            }
        }
        ClientInitializeError::ConnectionClosed(_) | ClientInitializeError::TransportError { .. } => ConnectError::Closed { step },
        other => ConnectError::Malformed {
            step,
            why: tap.quote(&other.to_string(), 200),
        },
    }
}

fn remark_on_version(surface: &mut Surface, tap: &Tap) {
    let Some(version) = surface.protocol_version.clone() else { return };
    if OLD_REVISIONS.contains(&version.as_str()) {
        surface
            .facts
            .push(fact("old_protocol_revision", [("protocol_version", json!(version))]));
    }
    if !KNOWN_REVISIONS.contains(&version.as_str()) {
        tap.warn(format!(
            "the server speaks protocol version `{}`, which this scanner does not know",
            tap.quote(&version, 40)
        ));
    }
}

/// What is the same for every transport: requests of the server, its warnings, and no secret in any of it.
pub(crate) fn finish(surface: &mut Surface, tap: &Tap) {
    surface.facts.extend(requests_as_facts(tap));
    for (method, times) in tap.server_requests() {
        tap.warn(format!(
            "the server asked its client for `{method}` (how often: {times}); a scan does nothing for a server, so it was refused"
        ));
    }
    surface.warnings.extend(tap.take_warnings());
    let secrets = tap.secrets();
    if secrets.is_empty() {
        return;
    }
    let secrets = secrets.as_slice();
    let mut hidden = 0;
    let lists = [
        &mut surface.tools,
        &mut surface.prompts,
        &mut surface.resources,
        &mut surface.resource_templates,
    ];
    let values = lists
        .into_iter()
        .flatten()
        .chain(&mut surface.server_info)
        .chain(&mut surface.capabilities);
    for value in values {
        hide(value, secrets, &mut hidden);
    }
    if let Some(text) = &mut surface.instructions {
        hide_text(text, secrets, &mut hidden);
    }
    if hidden > 0 {
        surface.facts.push(fact("credential_reflected", [("places", json!(hidden))]));
    }
}

/// Depth is bounded by the parser.
fn hide(value: &mut Value, secrets: &[String], hidden: &mut usize) {
    match value {
        Value::String(text) => hide_text(text, secrets, hidden),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, secrets, hidden)),
        Value::Object(map) => {
            if map.keys().any(|k| secrets.iter().any(|s| k.contains(s))) {
                let old = std::mem::take(map);
                map.extend(old.into_iter().map(|(mut key, value)| {
                    hide_text(&mut key, secrets, hidden);
                    (key, value)
                }));
            }
            map.values_mut().for_each(|item| hide(item, secrets, hidden));
        }
        _ => {}
    }
}

fn hide_text(text: &mut String, secrets: &[String], hidden: &mut usize) {
    for secret in secrets {
        if text.contains(secret.as_str()) {
            *text = text.replace(secret.as_str(), "***");
            *hidden += 1;
        }
    }
}
