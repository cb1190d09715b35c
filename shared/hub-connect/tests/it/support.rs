//! Local servers and short limits.

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub_connect::{ConnectContext, ConnectError, ConnectLimits, EndpointChecks};
use hub_model::{HostedTarget, Surface, TransportChoice};
use hub_net::EgressPolicy;
use hub_secrets::Credentials;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A server that lives as long as the test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(app: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("serving") });
        Self { address, task }
    }

    pub(crate) fn target(&self, path: &str) -> HostedTarget {
        target(&format!("http://{}{path}", self.address))
    }

    pub(crate) async fn scan(&self) -> Result<Surface, ConnectError> {
        hub_connect::connect(&self.target("/mcp"), &Credentials::None, &context(short())).await
    }

    pub(crate) async fn scan_over(&self, transport: TransportChoice, limits: ConnectLimits) -> Result<Surface, ConnectError> {
        let target = HostedTarget {
            transport,
            ..self.target("/mcp")
        };
        hub_connect::connect(&target, &Credentials::None, &context(limits)).await
    }
}

pub(crate) fn target(url: &str) -> HostedTarget {
    HostedTarget {
        endpoint_url: url.parse().expect("a URL"),
        server_name: None,
        expected_tools: None,
        transport: TransportChoice::Auto,
    }
}

/// Loopback is open, as an operator opens it. Only the listing: what is looked at beside it has tests of its own.
pub(crate) fn context(limits: ConnectLimits) -> ConnectContext {
    ConnectContext {
        egress: EgressPolicy::with_loopback(),
        limits,
        checks: EndpointChecks::none(),
        ..ConnectContext::default()
    }
}

/// For servers that never answer: what has to time out does so soon. Nothing that works is near these.
pub(crate) fn impatient() -> ConnectLimits {
    ConnectLimits {
        call_time: Duration::from_millis(400),
        handshake_time: Duration::from_millis(400),
        discover_time: Duration::from_millis(200),
        start_time: Duration::from_millis(800),
        ..short()
    }
}

/// Small enough for tests to reach.
pub(crate) fn short() -> ConnectLimits {
    ConnectLimits {
        max_pages: 20,
        max_items: 100,
        max_message_bytes: 64 << 10,
        max_total_bytes: 512 << 10,
        max_requests: 60,
        ..ConnectLimits::default()
    }
}

pub(crate) fn names(items: &[Value]) -> BTreeSet<String> {
    items.iter().map(|t| t["name"].as_str().unwrap_or("?").to_owned()).collect()
}

pub(crate) fn fact<'a>(surface: &'a Surface, name: &str) -> Option<&'a hub_model::EndpointFact> {
    surface.facts.iter().find(|f| f.name == name)
}

type Behaviour = dyn Fn(&str, &Value) -> Option<Response> + Send + Sync;

/// A well-behaved streamable HTTP server (2025-06-18, no sessions) except where `behaviour` answers a method itself.
pub(crate) fn server_with(behaviour: impl Fn(&str, &Value) -> Option<Response> + Send + Sync + 'static) -> Router {
    let behaviour: Arc<Behaviour> = Arc::new(behaviour);
    let post = move |body: Bytes| {
        let behaviour = behaviour.clone();
        async move {
            let message: Value = serde_json::from_slice(&body).expect("the client sends JSON");
            let method = message["method"].as_str().unwrap_or_default().to_owned();
            behaviour(&method, &message).unwrap_or_else(|| usual(&method, &message))
        }
    };
    Router::new().route("/mcp", axum::routing::post(post))
}

/// What a good server says.
pub(crate) fn usual(method: &str, message: &Value) -> Response {
    match method {
        "initialize" => result(
            message,
            json!({"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "good", "version": "1"}, "instructions": "hello"}),
        ),
        "tools/list" => result(message, json!({"tools": [tool("ping")]})),
        m if m.starts_with("notifications/") || m.is_empty() => StatusCode::ACCEPTED.into_response(),
        _ => error(message, -32601, "Method not found"),
    }
}

pub(crate) fn tool(name: &str) -> Value {
    json!({"name": name, "description": "A tool", "inputSchema": {"type": "object"}})
}

pub(crate) fn result(message: &Value, result: Value) -> Response {
    raw_json(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}).to_string())
}

pub(crate) fn error(message: &Value, code: i64, text: &str) -> Response {
    raw_json(&json!({"jsonrpc": "2.0", "id": message["id"], "error": {"code": code, "message": text}}).to_string())
}

pub(crate) fn raw_json(text: &str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.to_owned()).into_response()
}

/// The error of a scan that must fail.
pub(crate) fn refused(outcome: Result<Surface, ConnectError>) -> ConnectError {
    match outcome {
        Ok(surface) => panic!("the scan succeeded: {surface:?}"),
        Err(error) => error,
    }
}
