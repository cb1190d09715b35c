//! Problem documents (RFC 9457).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong, as `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A page that explains the code.
    #[serde(rename = "type")]
    #[schema(example = "/mcp-hub/problems/validation_failed")]
    pub kind: String,
    /// The kind of problem, in words that do not change.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong here, and what to do.
    pub detail: String,
    /// The path of the request.
    pub instance: String,
    /// Stable and machine-readable.
    #[schema(example = "validation_failed")]
    pub code: String,
    /// With 422: each field that is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The same as the answer's `x-request-id`; name it when asking for help.
    pub request_id: String,
}

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body; `?name` for a query parameter.
    #[schema(example = "/source_url")]
    pub pointer: String,
    /// What is wrong with it, and what to write instead.
    pub detail: String,
}

/// All that is wrong with one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// Notes that the field at `pointer` is wrong.
    pub fn push(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.0.push(FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        });
    }

    /// Keeps the value, or notes the error and keeps nothing.
    pub fn check<T, E: std::fmt::Display>(&mut self, pointer: &str, outcome: Result<T, E>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(e) => {
                self.push(pointer, e.to_string());
                None
            }
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `name` as one step of a JSON pointer: `~` and `/` are escaped (RFC 6901, section 3).
    #[must_use]
    pub fn step(name: &str) -> String {
        name.replace('~', "~0").replace('/', "~1")
    }
}
