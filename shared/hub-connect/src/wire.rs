//! One scan's HTTP: every request to the server goes through here, and with it the guard, the credentials and the bounds.

use crate::auth::Dress;
use crate::events::EventDecoder;
use crate::tap::Tap;
use crate::text::shown_url;
use crate::{ConnectContext, ConnectError};
use futures::{Stream, StreamExt as _, stream};
use http::header::{CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};
use hub_net::NetError;
use hub_secrets::{AuthType, Credentials, Mtls};
use reqwest::Response;
use sse_stream::Sse;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

const MAX_REDIRECTS: usize = 3;
/// Of an error page only this much is read, to see whether it is a JSON-RPC error.
const MAX_ERROR_BODY: usize = 64 << 10;

/// One scan's HTTP, as one attempt at one transport sees it: budget and credentials are the scan's, the tap its own.
#[derive(Clone)]
pub(crate) struct Wire {
    scan: Arc<Scan>,
    tap: Arc<Tap>,
    over: CancellationToken,
}

struct Scan {
    client: reqwest::Client,
    target: Url,
    dress: Dress,
    cx: ConnectContext,
    requests: AtomicUsize,
    bytes: AtomicUsize,
}

impl Wire {
    pub(crate) fn new(target: Url, dress: Dress, credentials: &Credentials, cx: &ConnectContext) -> Result<Self, ConnectError> {
        cx.egress.check_url(&target)?;
        let mut builder = hub_net::guarded_builder(&cx.egress, &cx.net).connect_timeout(cx.limits.connect_time);
        if let Credentials::Mtls(mtls) = credentials {
            builder = identify(builder, mtls)?;
        }
        let client = builder.build().map_err(|e| ConnectError::Setup(e.to_string()))?;
        let tap = Tap::new(&cx.limits, dress.secrets.clone());
        let scan = Scan {
            client,
            target,
            dress,
            cx: cx.clone(),
            requests: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
        };
        Ok(Self {
            scan: Arc::new(scan),
            tap: Arc::new(tap),
            over: CancellationToken::new(),
        })
    }

    /// The same scan for another attempt, and what ends it: once the guard is dropped, nothing of the attempt goes on.
    /// (rmcp's worker cannot be stopped while it waits for the first answer; its HTTP client can.)
    pub(crate) fn attempt(&self) -> (Self, DropGuard) {
        let over = CancellationToken::new();
        let tap = Tap::new(&self.scan.cx.limits, self.scan.dress.secrets.clone());
        let wire = Self {
            scan: self.scan.clone(),
            tap: Arc::new(tap),
            over: over.clone(),
        };
        (wire, over.drop_guard())
    }

    pub(crate) fn over(&self) -> &CancellationToken {
        &self.over
    }

    pub(crate) fn target(&self) -> &Url {
        &self.scan.target
    }

    pub(crate) fn tap(&self) -> &Arc<Tap> {
        &self.tap
    }

    pub(crate) fn cx(&self) -> &ConnectContext {
        &self.scan.cx
    }

    pub(crate) fn is_bare(&self) -> bool {
        self.scan.dress.is_bare()
    }

    /// Sends one request to the target's origin. Redirects are followed only where method and origin stay the same.
    pub(crate) async fn send(
        &self,
        step: &str,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Response, ConnectError> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let limit = self.scan.cx.limits.max_requests;
            if self.scan.requests.fetch_add(1, Ordering::Relaxed) >= limit {
                return Err(ConnectError::RequestsUsedUp {
                    step: step.to_owned(),
                    limit,
                });
            }
            // Checked where the URL came from; checked again because credentials depend on it.
            if url.origin() != self.scan.target.origin() {
                return Err(ConnectError::ForeignEndpoint {
                    to: self.tap.quote(&shown_url(&url), 200),
                });
            }
            self.scan.cx.egress.check_url(&url)?;
            let mut full = url.clone();
            if !self.scan.dress.query.is_empty() {
                full.query_pairs_mut().extend_pairs(&self.scan.dress.query);
            }
            let mut request = self
                .scan
                .client
                .request(method.clone(), full)
                .headers(headers.clone())
                .headers(self.scan.dress.headers.clone());
            if let Some(body) = &body {
                request = request.body(body.clone());
            }
            let response = request.send().await.map_err(|e| self.net_error(e))?;
            if let Some(peer) = response.remote_addr()
                && let Err(class) = self.scan.cx.egress.check_ip(peer.ip())
            {
                let host = url.host_str().unwrap_or_default().to_owned();
                return Err(NetError::Forbidden { host, class }.into());
            }
            let Some(to) = redirect_of(&response, &url) else {
                return Ok(response);
            };
            let same_method =
                matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) || method == Method::GET;
            if to.origin() != self.scan.target.origin() || !same_method {
                return Err(ConnectError::Redirected {
                    step: step.to_owned(),
                    to: self.tap.quote(&shown_url(&to), 300),
                });
            }
            url = to;
        }
        Err(ConnectError::Redirected {
            step: step.to_owned(),
            to: self.tap.quote(&shown_url(&url), 300),
        })
    }

    fn net_error(&self, error: reqwest::Error) -> ConnectError {
        let host = self.scan.target.host_str().unwrap_or_default();
        NetError::from_reqwest(error.without_url(), host, self.scan.cx.limits.connect_time).into()
    }

    /// What a status says, when it says no.
    pub(crate) fn judge(&self, step: &str, response: &Response) -> Result<(), ConnectError> {
        let status = response.status();
        let step = step.to_owned();
        match status.as_u16() {
            200..=299 => Ok(()),
            code @ (401 | 403) => {
                let hint = self.hint(response);
                if self.is_bare() {
                    Err(ConnectError::CredentialsRequired { step, status: code, hint })
                } else {
                    Err(ConnectError::CredentialsRefused {
                        step,
                        status: code,
                        auth_type: self.scan.dress.auth_type.as_str(),
                        hint,
                    })
                }
            }
            // Some servers want a client certificate and say so only in words.
            code @ (495 | 496) => Err(ConnectError::CredentialsRequired {
                step,
                status: code,
                hint: "; it asks for a client certificate".to_owned(),
            }),
            429 => Err(ConnectError::RateLimited { step }),
            code @ (404 | 410) => Err(ConnectError::NotFound { step, status: code }),
            code @ (408 | 425 | 500..=599) => Err(ConnectError::ServerFailed { step, status: code }),
            code => Err(ConnectError::HttpStatus {
                step,
                status: code,
                detail: String::new(),
            }),
        }
    }

    /// What a refusal asks for, from its `WWW-Authenticate` headers (RFC 9110, section 11.6.1; RFC 9728, section 5.1).
    fn hint(&self, response: &Response) -> String {
        let challenges: Vec<String> = response
            .headers()
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .take(4)
            .map(|v| self.tap.quote(&String::from_utf8_lossy(v.as_bytes()), 200))
            .collect();
        if challenges.is_empty() {
            return String::new();
        }
        let oauth = challenges.iter().any(|c| c.contains("resource_metadata"));
        format!(
            "; it asks for `{}`{}",
            challenges.join("`, `"),
            if oauth { ", that is OAuth 2" } else { "" }
        )
    }

    fn spend(&self, step: &str, bytes: usize) -> Result<(), ConnectError> {
        let limit = self.scan.cx.limits.max_total_bytes;
        if self.scan.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > limit {
            return Err(ConnectError::TooLarge {
                step: step.to_owned(),
                limit,
                setting: "HUB_CONNECT_MAX_TOTAL_BYTES",
            });
        }
        Ok(())
    }

    /// Reads a whole body, bounded after decompression.
    pub(crate) async fn body(&self, step: &str, response: Response) -> Result<Vec<u8>, ConnectError> {
        let limit = self.scan.cx.limits.max_message_bytes;
        let too_large = || ConnectError::TooLarge {
            step: step.to_owned(),
            limit,
            setting: "HUB_CONNECT_MAX_MESSAGE_BYTES",
        };
        if response.content_length().is_some_and(|n| n > limit as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|e| self.net_error(e))?;
            self.spend(step, chunk.len())?;
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The beginning of a refusal's body; whatever goes wrong with it does not matter.
    pub(crate) async fn error_body(&self, step: &str, response: Response) -> Vec<u8> {
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(Ok(chunk)) = chunks.next().await {
            if self.spend(step, chunk.len()).is_err() {
                break;
            }
            let room = MAX_ERROR_BODY.saturating_sub(body.len());
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() >= MAX_ERROR_BODY {
                break;
            }
        }
        body
    }

    /// The events of a stream, bounded one by one and in sum.
    pub(crate) fn events(&self, step: &str, response: Response) -> impl Stream<Item = Result<Sse, ConnectError>> + Send + 'static {
        struct Reading<S> {
            chunks: S,
            decoder: EventDecoder,
            ready: VecDeque<Sse>,
            wire: Wire,
            step: String,
        }
        let start = Reading {
            chunks: response.bytes_stream(),
            decoder: EventDecoder::new(self.scan.cx.limits.max_message_bytes),
            ready: VecDeque::new(),
            wire: self.clone(),
            step: step.to_owned(),
        };
        stream::try_unfold(start, |mut r| async move {
            loop {
                if let Some(event) = r.ready.pop_front() {
                    return Ok(Some((event, r)));
                }
                let Some(chunk) = r.chunks.next().await else { return Ok(None) };
                let chunk = chunk.map_err(|e| r.wire.net_error(e))?;
                r.wire.spend(&r.step, chunk.len())?;
                r.decoder.feed(&chunk, &mut r.ready).map_err(|_| ConnectError::TooLarge {
                    step: r.step.clone(),
                    limit: r.wire.cx().limits.max_message_bytes,
                    setting: "HUB_CONNECT_MAX_MESSAGE_BYTES",
                })?;
            }
        })
    }
}

/// A body's media type, lower case, without parameters.
pub(crate) fn media_type(response: &Response) -> String {
    let value = response
        .headers()
        .get(CONTENT_TYPE)
        .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
        .unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What a media type that is neither JSON nor events is called in a message.
pub(crate) fn name_of_type(media_type: &str) -> String {
    match media_type {
        "" => "an answer without a media type".to_owned(),
        "text/html" | "application/xhtml+xml" => "an HTML page".to_owned(),
        other => format!("`{}`", crate::text::plain(other, 60)),
    }
}

fn redirect_of(response: &Response, at: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to = at.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()?;
    matches!(to.scheme(), "http" | "https").then_some(to)
}

fn identify(mut builder: reqwest::ClientBuilder, mtls: &Mtls) -> Result<reqwest::ClientBuilder, ConnectError> {
    use hub_secrets::ExposeSecret as _;
    let bad = |what: &str, e: reqwest::Error| {
        ConnectError::UnusableCredentials(format!("{what} is not usable PEM ({})", crate::text::plain(&e.to_string(), 120)))
    };
    let pem = format!("{}\n{}", mtls.client_cert, mtls.client_key.expose_secret());
    let identity = reqwest::Identity::from_pem(pem.as_bytes()).map_err(|e| bad("the client certificate with its key", e))?;
    builder = builder.identity(identity);
    if let Some(ca) = &mtls.ca_cert {
        let ca = reqwest::Certificate::from_pem_bundle(ca.as_bytes()).map_err(|e| bad("ca_cert", e))?;
        if ca.is_empty() {
            return Err(ConnectError::UnusableCredentials("ca_cert holds no certificate in PEM".to_owned()));
        }
        builder = builder.tls_certs_only(ca);
    }
    Ok(builder)
}

/// Whether the target shows anybody what it shows us.
pub(crate) fn needs_no_credentials(wire: &Wire) -> bool {
    wire.is_bare()
        && wire.scan.dress.auth_type != AuthType::Mtls
        && !wire.target().query_pairs().any(|(k, _)| hub_model::is_secret_name(&k))
}
