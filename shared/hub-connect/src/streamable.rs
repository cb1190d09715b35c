//! Streamable HTTP: rmcp runs the protocol, sessions and resumption; this is the HTTP client under it.
//!
//! Whatever the server answers to `server/discover` that is not a usable answer (an error status, a page, a hanging
//! stream) is turned into the refusal that makes rmcp fall back to `initialize` on the same connection.

use crate::ConnectError;
use crate::ledger::Purpose;
use crate::tap::{Heard, Sent};
use crate::wire::{Wire, media_type, name_of_type};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use reqwest::Response;
use rmcp::model::{ClientJsonRpcMessage, ErrorCode, NumberOrString, RequestId, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_client::{SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse};
use sse_stream::Sse;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");
const DISCOVER: &str = "server/discover";
/// Streams (the standing one and resumed ones) that one scan opens.
const MAX_STREAMS: usize = 12;
/// rmcp's own bound is 10 s.
const MAX_DISCOVER_TIME: Duration = Duration::from_secs(9);
/// A session id longer than this is no id.
const MAX_SESSION_ID: usize = 1024;

/// The cause has been filed in the tap, where the scan finds it; rmcp only needs to know that it is over.
#[derive(Debug, thiserror::Error)]
#[error("the exchange failed")]
pub(crate) struct Over;

/// The HTTP client that rmcp's transport drives.
#[derive(Clone)]
pub(crate) struct StreamableClient {
    wire: Wire,
    streams: Arc<AtomicUsize>,
    /// A failed `server/discover` is followed by `initialize`.
    falls_back: bool,
    /// The session was dropped once and opened anew; a server that drops the next one too is let go.
    reopened: Arc<AtomicBool>,
}

type Posted = Result<StreamableHttpPostResponse, StreamableHttpError<Over>>;

impl StreamableClient {
    pub(crate) fn new(wire: Wire, falls_back: bool) -> Self {
        Self {
            wire,
            falls_back,
            streams: Arc::new(AtomicUsize::new(0)),
            reopened: Arc::default(),
        }
    }

    /// Whether a dropped session would be replaced by a new one: once, and not where a check looks at sessions.
    fn could_reopen(&self) -> bool {
        self.wire.manner().purpose == Purpose::Listing && !self.reopened.load(Ordering::Relaxed)
    }

    /// The same, and with that it has been.
    fn may_reopen(&self) -> bool {
        self.could_reopen() && !self.reopened.swap(true, Ordering::Relaxed)
    }

    fn over<T>(&self, error: ConnectError) -> Result<T, StreamableHttpError<Over>> {
        self.wire.tap().fail(error);
        Err(StreamableHttpError::Client(Over))
    }

    /// Posts one message and reads what comes back.
    async fn exchange(
        &self,
        message: &ClientJsonRpcMessage,
        headers: HeaderMap,
        deadline: Option<Instant>,
    ) -> (Sent, Result<StreamableHttpPostResponse, ConnectError>) {
        let sent = self.wire.tap().sent(message);
        let step = step_of(&sent).to_owned();
        let in_session = headers.contains_key(SESSION);
        let response = match serde_json::to_vec(message) {
            Ok(body) => self.wire.send(&step, Method::POST, self.wire.target(), headers, Some(body)).await,
            Err(e) => Err(ConnectError::Setup(e.to_string())),
        };
        let result = match (&sent, response) {
            (_, Err(error)) => Err(error),
            (Sent::Request { id, method }, Ok(response)) => self.answer(id, method, response, in_session, deadline).await,
            (Sent::Other, Ok(response)) => match self.wire.judge(&step, &response) {
                Err(refused @ (ConnectError::CredentialsRequired { .. } | ConnectError::CredentialsRefused { .. })) => Err(refused),
                Err(error) => {
                    self.wire.tap().warn(format!("a notification or reply was not accepted: {error}"));
                    Ok(StreamableHttpPostResponse::Accepted)
                }
                // Nothing in the body matters to us.
                Ok(()) => Ok(StreamableHttpPostResponse::Accepted),
            },
        };
        (sent, result)
    }

    /// The answer to a request of ours.
    async fn answer(
        &self,
        id: &RequestId,
        method: &str,
        response: Response,
        in_session: bool,
        deadline: Option<Instant>,
    ) -> Result<StreamableHttpPostResponse, ConnectError> {
        let session = session_id(&response)?;
        let kind = media_type(&response);
        if let Err(refusal) = self.wire.judge(method, &response) {
            // A JSON-RPC error under a 4xx or 5xx says more than its status; not so where credentials are at stake.
            if matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                let said = if kind == "application/json" || kind == "text/plain" {
                    self.wire.error_body(method, response).await
                } else {
                    Vec::new()
                };
                return Err(refusal.with_words(&self.wire.tap().quote(&String::from_utf8_lossy(&said), 160)));
            }
            if response.status() == StatusCode::TOO_MANY_REQUESTS || kind != "application/json" {
                return Err(refusal);
            }
            let status = response.status().as_u16();
            let body = self.wire.error_body(method, response).await;
            return match self.wire.tap().hear(&body, method, Some(id)) {
                Ok(heard) => match one(heard, method)? {
                    // The official SDKs say in JSON-RPC, too, that they know no such session.
                    ServerJsonRpcMessage::Error(said)
                        if in_session && status == 404 && said.error.code != ErrorCode::METHOD_NOT_FOUND && self.could_reopen() =>
                    {
                        Err(refusal)
                    }
                    message => Ok(StreamableHttpPostResponse::Json(message, session)),
                },
                Err(_) if matches!(refusal, ConnectError::HttpStatus { .. }) => {
                    let detail = self.wire.tap().quote(&String::from_utf8_lossy(&body), 160);
                    Err(ConnectError::HttpStatus {
                        step: method.to_owned(),
                        status,
                        detail,
                    })
                }
                Err(_) => Err(refusal),
            };
        }
        match kind.as_str() {
            "application/json" => {
                self.opened(method, session.as_deref());
                let body = self.wire.body(method, response).await?;
                let heard = self.wire.tap().hear(&body, method, Some(id))?;
                one(heard, method).map(|m| StreamableHttpPostResponse::Json(m, session))
            }
            "text/event-stream" => {
                self.opened(method, session.as_deref());
                let events = Box::pin(self.wire.events(method, response));
                Ok(StreamableHttpPostResponse::Sse(
                    self.told(events, Some((id.clone(), method.to_owned())), deadline),
                    session,
                ))
            }
            _ if response.status() == StatusCode::ACCEPTED || response.status() == StatusCode::NO_CONTENT => Err(ConnectError::Malformed {
                step: method.to_owned(),
                why: format!("HTTP {} without an answer", response.status().as_u16()),
            }),
            other => Err(ConnectError::NotMcp {
                step: method.to_owned(),
                what: name_of_type(other),
            }),
        }
    }

    /// Notes the session that a handshake opened.
    fn opened(&self, method: &str, session: Option<&str>) {
        if let Some(id) = session.filter(|_| method == "initialize") {
            self.wire.ledger().session_opened(id);
        }
    }

    /// Events as rmcp may see them. For the stream of one request: a failure or an end without its answer is filed.
    fn told(
        &self,
        events: impl Stream<Item = Result<Sse, ConnectError>> + Send + Unpin + 'static,
        of: Option<(RequestId, String)>,
        deadline: Option<Instant>,
    ) -> BoxStream<'static, Result<Sse, SseError>> {
        struct Telling<S> {
            events: S,
            wire: Wire,
            of: Option<(RequestId, String)>,
            deadline: Option<Instant>,
            ready: VecDeque<Sse>,
            answered: bool,
            resumable: bool,
        }
        let start = Telling {
            events,
            wire: self.wire.clone(),
            of,
            deadline,
            ready: VecDeque::new(),
            answered: false,
            resumable: false,
        };
        futures::stream::unfold(start, |mut t| async move {
            loop {
                if let Some(event) = t.ready.pop_front() {
                    return Some((Ok(event), t));
                }
                let step = t.of.as_ref().map_or("the event stream", |(_, method)| method).to_owned();
                let next = match t.deadline.filter(|_| !t.answered) {
                    // Out of time is the same as out of events.
                    Some(deadline) => tokio::time::timeout_at(deadline, t.events.next()).await.unwrap_or_default(),
                    None => t.events.next().await,
                };
                let failure = match next {
                    Some(Ok(event)) => {
                        t.resumable |= event.id.is_some();
                        let text = event.data.clone().unwrap_or_default();
                        if text.trim().is_empty() {
                            // Only an id or a retry time: rmcp keeps both for resuming.
                            t.ready.push_back(Sse {
                                data: Some(String::new()),
                                event: None,
                                ..event
                            });
                            continue;
                        }
                        match t.wire.tap().hear(text.as_bytes(), &step, None) {
                            Ok(heard) => {
                                if let Some((NumberOrString::Number(id), _)) = &t.of {
                                    t.answered |= heard.answered.contains(id);
                                }
                                let texts = heard.for_rmcp.iter().filter_map(|m| serde_json::to_string(m).ok());
                                t.ready.extend(texts.map(|data| Sse {
                                    data: Some(data),
                                    id: event.id.clone(),
                                    event: None,
                                    retry: event.retry,
                                }));
                                continue;
                            }
                            Err(error) => Some(error),
                        }
                    }
                    Some(Err(error)) => Some(error),
                    None => None,
                };
                let Some((id, method)) = t.of.as_ref().filter(|_| !t.answered) else {
                    if let Some(error) = failure {
                        t.wire.tap().warn(format!("a stream of the server broke: {error}"));
                    }
                    return None;
                };
                if method == DISCOVER {
                    let refused = t.wire.tap().discover_refused(id);
                    t.answered = true;
                    t.deadline = None;
                    t.ready.extend(serde_json::to_string(&refused).ok().map(|data| Sse {
                        data: Some(data),
                        ..Sse::default()
                    }));
                    continue;
                }
                match failure {
                    // rmcp resumes with Last-Event-ID.
                    None if t.resumable => {}
                    None => t.wire.tap().fail(match t.wire.tap().stray() {
                        Some(why) => ConnectError::Malformed { step, why },
                        None => ConnectError::Closed { step },
                    }),
                    Some(error) => t.wire.tap().fail(error),
                }
                return None;
            }
        })
        .take_until(self.wire.over().clone().cancelled_owned())
        .boxed()
    }
}

impl StreamableHttpClient for StreamableClient {
    type Error = Over;

    async fn post_message(
        &self,
        _uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Posted {
        let headers = headers_of(custom_headers, session_id.as_deref(), None);
        // rmcp waits 10 s for discovery and cannot take its answer later.
        let deadline = is_discover(&message).then(|| Instant::now() + self.wire.cx().limits.discover_time.min(MAX_DISCOVER_TIME));
        let exchange = self.exchange(&message, headers, deadline);
        let (sent, result) = tokio::select! {
            () = self.wire.over().cancelled() => return Err(StreamableHttpError::Client(Over)),
            done = exchange => done,
            () = sleep_until(deadline) => {
                let ClientJsonRpcMessage::Request(request) = &message else {
                    return Err(StreamableHttpError::Client(Over));
                };
                return Ok(StreamableHttpPostResponse::Json(self.wire.tap().discover_refused(&request.id), None));
            }
        };
        match (sent, result) {
            (_, Ok(answer)) => Ok(answer),
            (Sent::Request { id, method }, Err(error)) if method == DISCOVER && self.falls_back && initialize_may_work(&error) => {
                tracing::debug!(%error, "server/discover got no usable answer; trying initialize");
                Ok(StreamableHttpPostResponse::Json(self.wire.tap().discover_refused(&id), None))
            }
            (Sent::Request { method, .. }, Err(ConnectError::NotFound { status: 404, .. }))
                if session_id.is_some() && self.may_reopen() =>
            {
                self.wire
                    .tap()
                    .warn(format!("the server dropped the session before {method}; a new one was opened"));
                Err(StreamableHttpError::SessionExpired)
            }
            (_, Err(error)) => self.over(error),
        }
    }

    async fn delete_session(
        &self,
        _uri: Arc<str>,
        session_id: Arc<str>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), StreamableHttpError<Over>> {
        // Good manners only: a server that will not end a session does no harm.
        let headers = headers_of(custom_headers, Some(&session_id), None);
        let ended = self
            .wire
            .send("ending the session", Method::DELETE, self.wire.target(), headers, None)
            .await;
        if ended.is_ok_and(|response| response.status().is_success()) {
            self.wire.ledger().session_ended(&session_id);
        }
        Ok(())
    }

    async fn get_stream(
        &self,
        _uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, StreamableHttpError<Over>> {
        // "Not supported" is the one answer after which rmcp does not ask again.
        let never_mind = || Err(StreamableHttpError::ServerDoesNotSupportSse);
        if self.wire.manner().purpose != Purpose::Listing {
            // A check looks at answers only.
            return never_mind();
        }
        if self.streams.fetch_add(1, Ordering::Relaxed) >= MAX_STREAMS {
            self.wire
                .tap()
                .warn(format!("the server ended its streams {MAX_STREAMS} times; no more were opened"));
            return never_mind();
        }
        let mut headers = headers_of(custom_headers, session_id.as_deref(), last_event_id.as_deref());
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        let opening = self.wire.send("opening a stream", Method::GET, self.wire.target(), headers, None);
        let opened = tokio::select! {
            () = self.wire.over().cancelled() => return never_mind(),
            opened = opening => opened,
        };
        match opened {
            Ok(response) if response.status().is_success() && media_type(&response) == "text/event-stream" => {
                let events = Box::pin(self.wire.events("the event stream", response));
                Ok(self.told(events, None, None))
            }
            _ => never_mind(),
        }
    }
}

/// Never, without a deadline.
async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn step_of(sent: &Sent) -> &str {
    match sent {
        Sent::Request { method, .. } => method,
        Sent::Other => "a notification",
    }
}

fn is_discover(message: &ClientJsonRpcMessage) -> bool {
    matches!(message, ClientJsonRpcMessage::Request(r) if matches!(r.request, rmcp::model::ClientRequest::DiscoverRequest(_)))
}

/// Whether a failed `server/discover` leaves hope for `initialize`: the server is there, and credentials are not the matter.
fn initialize_may_work(error: &ConnectError) -> bool {
    error.other_transport_may_work() && !matches!(error, ConnectError::Redirected { .. })
        || matches!(error, ConnectError::TooDeep { .. } | ConnectError::UnsafeSessionId)
}

fn headers_of(custom: HashMap<HeaderName, HeaderValue>, session: Option<&str>, last_event: Option<&str>) -> HeaderMap {
    let mut headers: HeaderMap = custom.into_iter().collect();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // Both were checked when they were received.
    for (name, value) in [(SESSION, session), (LAST_EVENT, last_event)] {
        if let Some(value) = value.and_then(|v| HeaderValue::from_str(v).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// The session id of an answer: visible ASCII only (specification of the transport, "Session Management").
fn session_id(response: &Response) -> Result<Option<String>, ConnectError> {
    let Some(value) = response.headers().get(SESSION) else {
        return Ok(None);
    };
    let bytes = value.as_bytes();
    if bytes.is_empty() || bytes.len() > MAX_SESSION_ID || !bytes.iter().all(|b| (0x21..=0x7e).contains(b)) {
        return Err(ConnectError::UnsafeSessionId);
    }
    Ok(Some(String::from_utf8_lossy(bytes).into_owned()))
}

/// The one message that answers the request; what else came with it in a batch has been filed.
fn one(heard: Heard, method: &str) -> Result<ServerJsonRpcMessage, ConnectError> {
    let is_answer = |m: &ServerJsonRpcMessage| matches!(m, ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_));
    let answer = heard.for_rmcp.into_iter().find(is_answer);
    answer.ok_or_else(|| ConnectError::Malformed {
        step: method.to_owned(),
        why: "it answers nothing that was asked".to_owned(),
    })
}
