//! Handing a call on to hub-results, body and answer streamed. Identity is not handed on: results checks the key itself.

use crate::app::App;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use futures::StreamExt;
use hub_http::{Code, ProblemBuilder, REQUEST_ID, RequestId};
use hub_runtime::CancellationToken;
use opentelemetry_http::HeaderInjector;
use std::time::Duration;
use url::Url;

/// Request headers that results may see.
const TO_RESULTS: [HeaderName; 6] = [
    header::ACCEPT,
    header::CONTENT_TYPE,
    header::IF_NONE_MATCH,
    HeaderName::from_static("apikey"),
    HeaderName::from_static("last-event-id"),
    HeaderName::from_static("idempotency-key"),
];

/// Answer headers that belong to the connection, or that this service sets itself.
const NOT_BACK: [HeaderName; 6] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::CONTENT_LENGTH,
    header::DATE,
    HeaderName::from_static("keep-alive"),
    REQUEST_ID,
];

/// A client of hub-results.
#[derive(Clone, Debug)]
pub(crate) struct Forward {
    client: reqwest::Client,
    base: Url,
    max_body_bytes: usize,
    shutdown: CancellationToken,
}

impl Forward {
    /// Prepares a client; connects on first use.
    pub(crate) fn to(base: &str, max_body_bytes: usize, shutdown: CancellationToken) -> anyhow::Result<Self> {
        hub_runtime::install_crypto();
        let base = Url::parse(base).map_err(|e| anyhow::anyhow!("HUB_RESULTS_URL=`{base}` is no URL: {e}"))?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(2))
            .pool_max_idle_per_host(64)
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            client,
            base,
            max_body_bytes,
            shutdown,
        })
    }

    async fn send(&self, request: Request) -> Result<Response, ProblemBuilder> {
        let (parts, body) = request.into_parts();
        let mut url = self.base.clone();
        url.set_path(parts.uri.path());
        url.set_query(parts.uri.query());
        let mut headers = HeaderMap::new();
        for name in &TO_RESULTS {
            if let Some(value) = parts.headers.get(name) {
                headers.insert(name, value.clone());
            }
        }
        // `api_key` is the same key under its other name.
        if let Some(key) = parts.headers.get("api_key")
            && !headers.contains_key("apikey")
        {
            headers.insert(HeaderName::from_static("apikey"), key.clone());
        }
        if let Some(value) = parts.extensions.get::<RequestId>().and_then(|id| HeaderValue::from_str(&id.0).ok()) {
            headers.insert(REQUEST_ID, value);
        }
        hub_runtime::trace::inject_current(&mut HeaderInjector(&mut headers));
        let body = to_bytes(body, self.max_body_bytes)
            .await
            .map_err(|_| ProblemBuilder::new(Code::BodyTooLarge, "the body is larger than this service reads; send less"))?;
        let answer = self
            .client
            .request(parts.method, url)
            .headers(headers)
            .body(body)
            .send()
            .await
            .map_err(|e| ProblemBuilder::unavailable("reading from hub-results", &e))?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        for (name, value) in answer.headers() {
            if !NOT_BACK.contains(name) {
                response.headers_mut().append(name.clone(), value.clone());
            }
        }
        // An event stream has no end of its own and must not hold up a stop.
        let endless = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|t| t.as_bytes().starts_with(b"text/event-stream"));
        let bytes = answer.bytes_stream();
        *response.body_mut() = if endless {
            Body::from_stream(bytes.take_until(self.shutdown.clone().cancelled_owned()))
        } else {
            Body::from_stream(bytes)
        };
        Ok(response)
    }
}

/// Whatever this service does not answer itself.
pub(crate) async fn forward(State(app): State<App>, request: Request) -> Result<Response, ProblemBuilder> {
    app.forward.send(request).await
}
