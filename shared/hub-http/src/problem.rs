//! Saying what went wrong. A handler returns a [`ProblemBuilder`]; [`crate::finish`] writes the document, because only there
//! path and request id are known.

use crate::Code;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hub_wire::api::{FieldError, FieldErrors, Problem};
use std::time::Duration;

/// The media type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A problem on its way out.
#[derive(Clone, Debug)]
pub struct ProblemBuilder {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ProblemBuilder {
    /// A problem; `detail` says what was wrong here and what to do.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// The request's fields are wrong.
    #[must_use]
    pub fn invalid(errors: FieldErrors) -> Self {
        let detail = match errors.0.as_slice() {
            [one] => format!("{} {}", if one.pointer.is_empty() { "the body" } else { &one.pointer }, one.detail),
            many => format!("{} fields are wrong; `errors` names each of them", many.len()),
        };
        Self {
            errors: errors.0,
            ..Self::new(Code::ValidationFailed, detail)
        }
    }

    /// A fault of ours: the cause goes to the log, never to the client.
    #[must_use]
    pub fn internal(doing: &str, cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %chain(cause), "failed while {doing}");
        Self::new(
            Code::Internal,
            format!("something failed while {doing}; it has been logged; try again, and report the request id if it stays"),
        )
    }

    /// Something we need is away for now: the cause goes to the log.
    #[must_use]
    pub fn unavailable(doing: &str, cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::warn!(error = %chain(cause), "a part is away while {doing}");
        Self::new(
            Code::Unavailable,
            format!("a part of the service is away while {doing}; nothing was done; try again in a few seconds"),
        )
        .retry_after(Duration::from_secs(5))
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// When to try again.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        // Rounded up, so that a client who waits exactly as long is not too early.
        let secs = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, &secs.max(1).to_string())
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// Writes the document.
    pub(crate) fn render(self, instance: &str, request_id: &str) -> Response {
        let document = Problem {
            kind: format!("/mcp-hub/problems/{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: self.code.status().as_u16(),
            detail: self.detail,
            instance: instance.to_owned(),
            code: self.code.as_str().to_owned(),
            errors: self.errors,
            request_id: request_id.to_owned(),
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.code.status();
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if self.code.status() == axum::http::StatusCode::UNAUTHORIZED {
            // RFC 9110, section 11.6.1: a 401 names how to authenticate.
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("ApiKey header=\"apikey\""));
        }
        response
    }
}

/// An error and its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl From<FieldErrors> for ProblemBuilder {
    fn from(errors: FieldErrors) -> Self {
        Self::invalid(errors)
    }
}

/// A bare status with the problem beside it; [`crate::finish`] writes the body.
impl IntoResponse for ProblemBuilder {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
