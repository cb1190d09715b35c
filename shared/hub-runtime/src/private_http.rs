//! The private port: is it alive, is it ready, what does it count.

use crate::Service;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use prometheus::{Encoder as _, TextEncoder};
use serde_json::json;

pub(crate) fn router(service: Service) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(service)
}

/// The process turns.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Every check holds, and nobody asked to stop.
async fn readyz(State(service): State<Service>) -> Response {
    let checks = service.check_ready().await;
    let ready = checks.values().all(Result::is_ok);
    let checks: serde_json::Map<_, _> = checks
        .into_iter()
        .map(|(name, outcome)| (name.to_owned(), json!(outcome.err().unwrap_or_else(|| "ok".to_owned()))))
        .collect();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": ready, "checks": checks }))).into_response()
}

/// The default Prometheus registry, in the text format.
async fn metrics() -> Response {
    let mut out = Vec::new();
    let encoder = TextEncoder::new();
    match encoder.encode(&prometheus::gather(), &mut out) {
        Ok(()) => ([(header::CONTENT_TYPE, encoder.format_type().to_owned())], out).into_response(),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    }
}
