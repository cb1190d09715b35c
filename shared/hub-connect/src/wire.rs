//! One scan's HTTP: every request to the server goes through here, and with it the guard, the credentials and the bounds.

use crate::auth::Dress;
use crate::events::EventDecoder;
use crate::ledger::{Ledger, Purpose};
use crate::metadata::{challenges_of, without_secrets};
use crate::oauth::Renewal;
use crate::tap::Tap;
use crate::text::shown_url;
use crate::{ConnectContext, ConnectError};
use futures::{Stream, StreamExt as _, stream};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use hub_net::NetError;
use hub_secrets::{AuthType, Credentials, Mtls};
use reqwest::Response;
use sse_stream::Sse;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

const MAX_REDIRECTS: usize = 3;
/// Of an error page only this much is read, to see whether it is a JSON-RPC error.
const MAX_ERROR_BODY: usize = 64 << 10;

/// One scan's HTTP, as one attempt at one transport sees it: budget and credentials are the scan's, the tap its own.
#[derive(Clone)]
pub(crate) struct Wire {
    scan: Arc<Scan>,
    manner: Arc<Manner>,
    progress: Arc<Progress>,
    tap: Arc<Tap>,
    over: CancellationToken,
}

struct Scan {
    client: reqwest::Client,
    /// The same without a client certificate, where there is one.
    plain_client: Option<reqwest::Client>,
    target: Url,
    dress: RwLock<Arc<Dress>>,
    /// The authority that the user names, as PEM.
    ca_cert: Option<String>,
    /// Gets a fresh access token, where that can be done.
    renewal: Option<Renewal>,
    cx: ConnectContext,
    ledger: Arc<Ledger>,
    bytes: AtomicUsize,
}

/// In which way an attempt asks, where it differs from the scan itself: each check of the endpoint changes one thing.
pub(crate) struct Manner {
    pub(crate) purpose: Purpose,
    /// Other credentials than the scan's; none at all when they are bare.
    pub(crate) dress: Option<Dress>,
    /// Sent besides; `host` may be among them.
    pub(crate) headers: HeaderMap,
    /// Who we say we are in the handshake; the user agent stays ours.
    pub(crate) client_name: &'static str,
    /// Go on without credentials once the handshake is done.
    pub(crate) bare_after_handshake: bool,
}

/// What one attempt has come to.
#[derive(Default)]
struct Progress {
    is_bare: AtomicBool,
    headers: Mutex<HeaderMap>,
}

impl Manner {
    pub(crate) fn of(purpose: Purpose) -> Self {
        Self {
            purpose,
            dress: None,
            headers: HeaderMap::new(),
            client_name: "mcp-hub",
            bare_after_handshake: false,
        }
    }
}

/// Whether the server must prove who it is before it is talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Wanted,
    /// Only where nothing secret is sent: what an impostor would show is then listed in its place, and the report says so.
    Waived,
}

impl Wire {
    pub(crate) fn new(
        target: Url,
        dress: Dress,
        credentials: &Credentials,
        renewal: Option<Renewal>,
        cx: &ConnectContext,
        ledger: Arc<Ledger>,
        proof: Proof,
    ) -> Result<Self, ConnectError> {
        cx.egress.check_url(&target)?;
        let ca_cert = credentials.ca_cert();
        let builder = || {
            hub_net::guarded_builder(&cx.egress, &cx.net)
                .connect_timeout(cx.limits.connect_time)
                .tls_danger_accept_invalid_certs(proof == Proof::Waived)
        };
        let set_up = |builder: reqwest::ClientBuilder| builder.build().map_err(|e| ConnectError::Setup(e.to_string()));
        let (client, plain_client) = match credentials {
            Credentials::Mtls(mtls) => {
                let anonymous = trust(builder(), ca_cert)?;
                (set_up(identify(trust(builder(), ca_cert)?, mtls)?)?, Some(set_up(anonymous)?))
            }
            _ => (set_up(trust(builder(), ca_cert)?)?, None),
        };
        let tap = Tap::new(&cx.limits, dress.secrets.clone());
        let scan = Scan {
            client,
            plain_client,
            target,
            dress: RwLock::new(Arc::new(dress)),
            ca_cert: ca_cert.map(str::to_owned),
            renewal,
            cx: cx.clone(),
            ledger,
            bytes: AtomicUsize::new(0),
        };
        Ok(Self {
            scan: Arc::new(scan),
            manner: Arc::new(Manner::of(Purpose::Listing)),
            progress: Arc::default(),
            tap: Arc::new(tap),
            over: CancellationToken::new(),
        })
    }

    /// The same scan for another attempt, and what ends it: once the guard is dropped, nothing of the attempt goes on.
    /// (rmcp's worker cannot be stopped while it waits for the first answer; its HTTP client can.)
    pub(crate) fn attempt(&self) -> (Self, DropGuard) {
        let over = CancellationToken::new();
        let tap = Tap::new(&self.scan.cx.limits, self.dress().secrets.clone());
        let wire = Self {
            scan: self.scan.clone(),
            manner: self.manner.clone(),
            progress: Arc::default(),
            tap: Arc::new(tap),
            over: over.clone(),
        };
        (wire, over.drop_guard())
    }

    /// The same scan, asked in another manner.
    pub(crate) fn in_manner(&self, manner: Manner) -> Self {
        Self {
            manner: Arc::new(manner),
            ..self.clone()
        }
    }

    /// The headers of this attempt's last answer.
    pub(crate) fn headers_seen(&self) -> HeaderMap {
        self.progress.headers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From here on requests may be sent otherwise.
    pub(crate) fn handshake_done(&self) {
        self.progress.is_bare.store(self.manner.bare_after_handshake, Ordering::Release);
    }

    /// A session is ended as who opened it, or it would stay open.
    pub(crate) fn leaving(&self) {
        self.progress.is_bare.store(false, Ordering::Release);
    }

    pub(crate) fn manner(&self) -> &Manner {
        &self.manner
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.scan.ledger
    }

    /// The scan's credentials as they are now.
    pub(crate) fn dress(&self) -> Arc<Dress> {
        // A value is only ever replaced whole.
        self.scan.dress.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the next request carries; `None`: nothing.
    fn worn(&self) -> Option<Arc<Dress>> {
        match &self.manner.dress {
            _ if self.progress.is_bare.load(Ordering::Acquire) => None,
            Some(other) => (!other.is_bare()).then(|| Arc::new(other.clone())),
            None => Some(self.dress()),
        }
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

    /// The authority that the user names for this server, as PEM.
    pub(crate) fn ca_cert(&self) -> Option<&str> {
        self.scan.ca_cert.as_deref()
    }

    pub(crate) fn is_bare(&self) -> bool {
        self.worn().is_none_or(|dress| dress.is_bare())
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
        let mut renewed = false;
        let mut redirects = 0;
        while redirects <= MAX_REDIRECTS {
            self.scan.ledger.spend(self.manner.purpose, step)?;
            // Checked where the URL came from; checked again because credentials depend on it.
            if url.origin() != self.scan.target.origin() {
                return Err(ConnectError::ForeignEndpoint {
                    to: self.tap.quote(&shown_url(&url), 200),
                });
            }
            self.scan.cx.egress.check_url(&url)?;
            let worn = self.worn();
            // Who asks without credentials has none in the URL either.
            let mut full = if worn.is_none() && url.path() == self.scan.target.path() {
                without_secrets(&url)
            } else {
                url.clone()
            };
            if let Some(dress) = worn.as_ref().filter(|d| !d.query.is_empty()) {
                full.query_pairs_mut().extend_pairs(&dress.query);
            }
            let client = match (&worn, &self.scan.plain_client) {
                (None, Some(plain)) => plain,
                _ => &self.scan.client,
            };
            let mut request = client.request(method.clone(), full).headers(headers.clone());
            if let Some(dress) = &worn {
                request = request.headers(dress.headers.clone());
            }
            request = request.headers(self.manner.headers.clone());
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
            if let Some(peer) = response.remote_addr() {
                self.scan.ledger.connected_to(peer.ip());
            }
            self.scan.ledger.answered(response.headers());
            *self.progress.headers.lock().unwrap_or_else(PoisonError::into_inner) = response.headers().clone();
            if !renewed && self.renew(&response, worn.as_deref()).await? {
                renewed = true;
                continue;
            }
            let Some(to) = redirect_of(&response, &url) else {
                return Ok(response);
            };
            redirects += 1;
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

    /// Where an access token was refused that we can replace: gets another, as often as a scan may.
    ///
    /// # Errors
    /// The authorization server refuses.
    async fn renew(&self, response: &Response, worn: Option<&Dress>) -> Result<bool, ConnectError> {
        let (Some(renewal), Some(worn), None) = (&self.scan.renewal, worn, &self.manner.dress) else {
            return Ok(false);
        };
        let status = response.status();
        if status.is_success() {
            renewal.worked();
            return Ok(false);
        }
        let Some(fresh) = renewal.after_refusal(status, response.headers(), worn, || self.dress()).await? else {
            return Ok(false);
        };
        *self.scan.dress.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        self.tap.also_hide(&self.dress().secrets);
        Ok(true)
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
                        auth_type: self.dress().auth_type.as_str(),
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
        let challenges = challenges_of(response.headers());
        let challenges: Vec<String> = challenges.iter().map(|c| self.tap.quote(c, 200)).collect();
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

fn unusable(what: &str, e: &reqwest::Error) -> ConnectError {
    ConnectError::UnusableCredentials(format!("{what} is not usable PEM ({})", crate::text::plain(&e.to_string(), 120)))
}

fn identify(builder: reqwest::ClientBuilder, mtls: &Mtls) -> Result<reqwest::ClientBuilder, ConnectError> {
    use hub_secrets::ExposeSecret as _;
    let pem = format!("{}\n{}", mtls.client_cert, mtls.client_key.expose_secret());
    let identity = reqwest::Identity::from_pem(pem.as_bytes()).map_err(|e| unusable("the client certificate with its key", &e))?;
    Ok(builder.identity(identity))
}

fn trust(builder: reqwest::ClientBuilder, ca_cert: Option<&str>) -> Result<reqwest::ClientBuilder, ConnectError> {
    Ok(match authorities(ca_cert)? {
        none if none.is_empty() => builder,
        own => builder.tls_certs_only(own),
    })
}

/// The certificates of the user's own authority, of which there may be none.
pub(crate) fn authorities(ca_cert: Option<&str>) -> Result<Vec<reqwest::Certificate>, ConnectError> {
    let Some(pem) = ca_cert else { return Ok(Vec::new()) };
    let authorities = reqwest::Certificate::from_pem_bundle(pem.as_bytes()).map_err(|e| unusable("ca_cert", &e))?;
    if authorities.is_empty() {
        return Err(ConnectError::UnusableCredentials("ca_cert holds no certificate in PEM".to_owned()));
    }
    Ok(authorities)
}

/// Whether the target shows anybody what it shows us.
pub(crate) fn needs_no_credentials(wire: &Wire) -> bool {
    wire.is_bare() && wire.dress().auth_type != AuthType::Mtls && !wire.target().query_pairs().any(|(k, _)| hub_model::is_secret_name(&k))
}
