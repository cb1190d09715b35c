//! One request, its redirects, and an answer read under a bound.

use crate::address::{EgressPolicy, host_of, url_shape};
use crate::guard::{Trust, build, builder};
use crate::{NetError, NetLimits, redirect};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::de::DeserializeOwned;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::{Origin, Url};

/// The guarded client. Cheap to clone; one per process is enough.
#[derive(Clone, Debug)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    policy: EgressPolicy,
    limits: NetLimits,
    public: reqwest::Client,
    trusted: reqwest::Client,
    origins: HashSet<Origin>,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    /// All of them but `accept`, `accept-encoding`, `accept-language` and `range` stay behind when a redirect leaves the origin.
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
}

impl Request {
    /// GET `url`.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: None,
        }
    }

    /// POST `body` to `url`.
    #[must_use]
    pub fn post(url: Url, body: impl Into<Bytes>) -> Self {
        Self {
            method: Method::POST,
            url,
            headers: HeaderMap::new(),
            body: Some(body.into()),
        }
    }

    /// Sets a header whose value is fixed in the source.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Sets a header that may hold a secret.
    #[must_use]
    pub fn secret_header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self
    }
}

/// Bounds for one request; what is `None` is taken from [`NetLimits`].
#[derive(Clone, Copy, Debug, Default)]
pub struct FetchOptions {
    /// Largest answer, in bytes after decompression.
    pub max_bytes: Option<u64>,
    /// Most redirects.
    pub max_redirects: Option<u32>,
    /// Longest time over all redirects until the last byte.
    pub total_timeout: Option<Duration>,
}

impl FetchOptions {
    /// The defaults, but at most `max_bytes`.
    #[must_use]
    pub fn max_bytes(max_bytes: u64) -> Self {
        Self {
            max_bytes: Some(max_bytes),
            ..Self::default()
        }
    }
}

impl HttpClient {
    /// A client that reaches what `policy` allows.
    ///
    /// # Errors
    /// [`NetError::Client`] when TLS cannot be set up.
    pub fn new(policy: EgressPolicy, limits: NetLimits) -> Result<Self, NetError> {
        Self::trusting(policy, limits, [])
    }

    /// A client that also reaches the origins (scheme, host and port) of `operators_own` URLs, wherever they resolve to:
    /// for addresses out of the operator's configuration, never out of a request. Redirects that leave these origins are
    /// judged by `policy` alone.
    ///
    /// # Errors
    /// [`NetError::Client`] when TLS cannot be set up.
    pub fn trusting<'a>(
        policy: EgressPolicy,
        limits: NetLimits,
        operators_own: impl IntoIterator<Item = &'a Url>,
    ) -> Result<Self, NetError> {
        let public = build(&policy, &limits, Trust::Policy)?;
        let trusted = build(&policy, &limits, Trust::Operator)?;
        let origins = operators_own.into_iter().map(Url::origin).filter(Origin::is_tuple).collect();
        Ok(Self {
            inner: Arc::new(Inner {
                policy,
                limits,
                public,
                trusted,
                origins,
            }),
        })
    }

    /// A client for one scan of a server whose operator runs an authority of their own: certificates of `authorities` are
    /// accepted beside those of the public ones.
    ///
    /// # Errors
    /// [`NetError::Client`] when TLS cannot be set up.
    pub fn accepting(policy: EgressPolicy, limits: NetLimits, authorities: Vec<reqwest::Certificate>) -> Result<Self, NetError> {
        let client = builder(&policy, &limits, Trust::Policy)
            .read_timeout(limits.idle_timeout)
            .tls_certs_merge(authorities)
            .build()
            .map_err(|e| NetError::Client { why: e.to_string() })?;
        Ok(Self {
            inner: Arc::new(Inner {
                policy,
                limits,
                public: client.clone(),
                trusted: client,
                origins: HashSet::new(),
            }),
        })
    }

    /// The same client, which trusts the origin of one more URL: for an address that a trusted origin itself hands out, as a
    /// package index names the host of its files. Never for an address out of a request.
    #[must_use]
    pub fn also_trusting(&self, url: &Url) -> Self {
        let mut origins = self.inner.origins.clone();
        origins.extend(Some(url.origin()).filter(Origin::is_tuple));
        Self {
            inner: Arc::new(Inner {
                policy: self.inner.policy.clone(),
                limits: self.inner.limits.clone(),
                public: self.inner.public.clone(),
                trusted: self.inner.trusted.clone(),
                origins,
            }),
        }
    }

    /// The bounds it was made with.
    #[must_use]
    pub fn limits(&self) -> &NetLimits {
        &self.inner.limits
    }

    /// The policy it was made with.
    #[must_use]
    pub fn policy(&self) -> &EgressPolicy {
        &self.inner.policy
    }

    fn trust(&self, url: &Url) -> Trust {
        if self.inner.origins.contains(&url.origin()) {
            Trust::Operator
        } else {
            Trust::Policy
        }
    }

    /// Checks a URL as far as it can be without a look-up. [`HttpClient::send`] does it for every hop.
    ///
    /// # Errors
    /// As [`EgressPolicy::check_url`].
    pub fn check_url(&self, url: &Url) -> Result<(), NetError> {
        let trust = self.trust(url);
        let ip = match url_shape(url)? {
            url::Host::Domain(_) => return Ok(()),
            url::Host::Ipv4(ip) => ip.into(),
            url::Host::Ipv6(ip) => ip.into(),
        };
        trust
            .check_ip(&self.inner.policy, ip)
            .map_err(|class| NetError::Forbidden { host: host_of(url), class })
    }

    /// Sends a request and follows its redirects. The answer may have any status; its body has not been read yet.
    ///
    /// # Errors
    /// Any [`NetError`] but [`NetError::Status`] and [`NetError::Unreadable`].
    pub async fn send(&self, mut request: Request, options: FetchOptions) -> Result<Response, NetError> {
        let Inner { policy, limits, .. } = &*self.inner;
        let total = options.total_timeout.unwrap_or(limits.total_timeout);
        let max_bytes = options.max_bytes.unwrap_or(limits.max_bytes);
        let max_redirects = options.max_redirects.unwrap_or(limits.max_redirects);
        let first_host = host_of(&request.url);
        let deadline = Instant::now() + total;
        for _ in 0..=max_redirects {
            self.check_url(&request.url)?;
            let trust = self.trust(&request.url);
            let host = host_of(&request.url);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(NetError::Timeout { host, limit: total });
            }
            let client = if trust == Trust::Operator {
                &self.inner.trusted
            } else {
                &self.inner.public
            };
            let mut outgoing = client
                .request(request.method.clone(), request.url.clone())
                .headers(request.headers.clone())
                .timeout(left);
            if let Some(body) = &request.body {
                outgoing = outgoing.body(body.clone());
            }
            let limit = total.min(limits.idle_timeout);
            let response = outgoing.send().await.map_err(|e| {
                let limit = if e.is_connect() { limit.min(limits.connect_timeout) } else { limit };
                NetError::from_reqwest(e, &host, limit)
            })?;
            if let Some(peer) = response.remote_addr() {
                trust
                    .check_ip(policy, peer.ip())
                    .map_err(|class| NetError::Forbidden { host: host.clone(), class })?;
            }
            if let Some(to) = redirect::location(&request.url, response.status(), response.headers())? {
                request = redirect::next(request, response.status(), to)?;
                continue;
            }
            let declared = response.content_length();
            if let Some(declared) = declared.filter(|d| *d > max_bytes) {
                return Err(NetError::TooLarge {
                    host,
                    limit: max_bytes,
                    declared: Some(declared),
                });
            }
            return Ok(Response {
                url: request.url,
                host,
                inner: response,
                max_bytes,
                received: 0,
                limit,
            });
        }
        Err(NetError::TooManyRedirects {
            host: first_host,
            limit: max_redirects,
        })
    }

    /// GETs `url` with the default bounds.
    ///
    /// # Errors
    /// As [`HttpClient::send`].
    pub async fn get(&self, url: Url) -> Result<Response, NetError> {
        self.send(Request::get(url), FetchOptions::default()).await
    }
}

/// An answer whose body is read under a bound.
#[derive(Debug)]
pub struct Response {
    url: Url,
    host: String,
    inner: reqwest::Response,
    max_bytes: u64,
    received: u64,
    limit: Duration,
}

impl Response {
    /// Status of the last hop.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// Headers of the last hop.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// Where the answer came from, after redirects.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The media type without parameters, lower case; "" if there is none.
    #[must_use]
    pub fn media_type(&self) -> String {
        let value = self.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
    }

    /// The response itself when its status is 2xx.
    ///
    /// # Errors
    /// [`NetError::Status`].
    pub fn success(self) -> Result<Self, NetError> {
        if self.status().is_success() {
            Ok(self)
        } else {
            Err(NetError::Status {
                host: self.host,
                status: self.inner.status().as_u16(),
            })
        }
    }

    /// The next piece of the body, `None` at its end.
    ///
    /// # Errors
    /// [`NetError::TooLarge`] once the bound is passed, [`NetError::Timeout`], [`NetError::BrokenOff`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, NetError> {
        let piece = self
            .inner
            .chunk()
            .await
            .map_err(|e| NetError::from_reqwest(e, &self.host, self.limit))?;
        if let Some(piece) = &piece {
            self.received = self.received.saturating_add(piece.len() as u64);
            if self.received > self.max_bytes {
                return Err(NetError::TooLarge {
                    host: self.host.clone(),
                    limit: self.max_bytes,
                    declared: None,
                });
            }
        }
        Ok(piece)
    }

    /// The whole body.
    ///
    /// # Errors
    /// As [`Response::chunk`].
    pub async fn bytes(mut self) -> Result<Bytes, NetError> {
        let mut body = BytesMut::new();
        while let Some(piece) = self.chunk().await? {
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }

    /// The whole body as JSON.
    ///
    /// # Errors
    /// As [`Response::chunk`], and [`NetError::Unreadable`].
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, NetError> {
        let host = self.host.clone();
        let body = self.bytes().await?;
        serde_json::from_slice(&body).map_err(|e| NetError::Unreadable {
            host,
            what: "JSON",
            source: e.into(),
        })
    }
}
