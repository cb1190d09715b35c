//! What goes round every router: one layer, so that the order is plain and the hot path short.

use crate::metrics::{InFlight, REQUESTS};
use crate::problem::PROBLEM_JSON;
use crate::request_id::{REQUEST_ID, RequestId};
use crate::{Code, ProblemBuilder};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use futures::FutureExt;
use opentelemetry_http::HeaderExtractor;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

hub_model::settings! {
    /// Bounds of every HTTP service.
    pub struct HttpSettings {
        /// Largest request body, in bytes.
        pub max_body_bytes: usize = "HUB_HTTP_MAX_BODY_BYTES", 2 << 20;
        /// Seconds until a request must have begun to be answered.
        pub timeout: Duration = "HUB_HTTP_TIMEOUT_SECS", Duration::from_secs(30);
    }
}

/// Puts the router inside request ids, trace, metrics, time and body limits, caught panics and problem documents, and gives
/// unknown paths and methods theirs.
pub fn finish(router: Router, settings: &HttpSettings) -> Router {
    router
        .fallback(async || ProblemBuilder::new(Code::NoSuchPath, "there is no such path; the paths are listed in /mcp-hub/docs"))
        .method_not_allowed_fallback(async |method: Method| {
            ProblemBuilder::new(
                Code::MethodNotAllowed,
                format!("this path does not know the method {method}; `allow` lists those it knows"),
            )
        })
        .layer(DefaultBodyLimit::max(settings.max_body_bytes))
        .layer(from_fn_with_state(settings.timeout, outermost))
}

async fn outermost(State(timeout): State<Duration>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let _in_flight = InFlight::begin();
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |m| m.as_str().to_owned());
    // Few fields: each is formatted for the log of every request. The rest are attributes of the exported span.
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        url.path = %path,
        request.id = %id.0,
    );
    if !span.is_disabled() {
        // Before the span is entered, else its own trace has begun. Fails only when tracing is off.
        let parent = opentelemetry::global::get_text_map_propagator(|p| p.extract(&HeaderExtractor(request.headers())));
        let _ = span.set_parent(parent);
    }
    request.extensions_mut().insert(id.clone());

    let answer = AssertUnwindSafe(tokio::time::timeout(timeout, next.run(request)))
        .catch_unwind()
        .instrument(span.clone())
        .await;
    let mut response = match answer {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => ProblemBuilder::new(Code::TimedOut, "the service did not finish in time; try again").render(&path, &id.0),
        // The panic hook has logged it.
        Err(_) => ProblemBuilder::new(
            Code::Internal,
            "something failed; it has been logged; try again, and report the request id if it stays",
        )
        .render(&path, &id.0),
    };
    if let Some(problem) = response.extensions_mut().remove::<ProblemBuilder>() {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = problem.render(&path, &id.0);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    } else if is_bare_error(&response) {
        let code = Code::of_status(response.status());
        response = ProblemBuilder::new(code, code.explanation()).render(&path, &id.0);
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response.headers_mut().insert(
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );

    let status = response.status();
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    span.set_attribute("http.request.method", method.to_string());
    span.set_attribute("http.route", route.clone());
    if let Some(requests) = REQUESTS.as_ref() {
        requests
            .with_label_values(&[method_label(&method), &route, status.as_str()])
            .observe(begun.elapsed().as_secs_f64());
    }
    span.in_scope(|| {
        tracing::debug!(
            http.status = status.as_u16(),
            elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "answered"
        )
    });
    response
}

/// The method as a metric or a usage line names it: a client may send any token as a method, and each name would be kept for ever.
#[must_use]
pub fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// An error that a library answered in its own words.
fn is_bare_error(response: &Response) -> bool {
    let status = response.status();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|t| t.as_bytes().starts_with(PROBLEM_JSON.as_bytes()));
    (status.is_client_error() || status.is_server_error()) && status != StatusCode::SWITCHING_PROTOCOLS && !is_problem
}

/// Adds a fact to the exported span of the request in hand; costs nothing when no span is exported.
pub fn note(name: &'static str, value: impl std::fmt::Display) {
    tracing::Span::current().set_attribute(name, value.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invented_method_makes_no_label_of_its_own() {
        assert_eq!(method_label(&Method::POST), "POST");
        for invented in ["FROB", "get", "GETT", "CONNECT"] {
            let method = Method::from_bytes(invented.as_bytes()).expect("a token is a method");
            assert_eq!(method_label(&method), "other");
        }
    }
}
