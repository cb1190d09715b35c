//! Bodies that are JSON of the right shape, or a 422 that points at the field.

use crate::{Code, ProblemBuilder};
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use bytes::Bytes;
use hub_wire::api::FieldErrors;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

/// A body of shape `T`, with its bytes (to recognise a repeat).
#[derive(Clone, Debug)]
pub struct ValidatedJson<T> {
    pub value: T,
    pub bytes: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ValidatedJson<T> {
    type Rejection = ProblemBuilder;

    async fn from_request(request: Request, state: &S) -> Result<Self, ProblemBuilder> {
        // No media type at all is forgiven; another one is not, as it is how a browser form would arrive.
        if let Some(kind) = request.headers().get(header::CONTENT_TYPE) {
            let kind = kind
                .to_str()
                .unwrap_or("")
                .split(';')
                .next()
                .unwrap_or("")
                .trim()
                .to_ascii_lowercase();
            if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
                return Err(ProblemBuilder::new(
                    Code::UnsupportedMediaType,
                    "send the body as `Content-Type: application/json`",
                ));
            }
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|e| match e.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                ProblemBuilder::new(Code::BodyTooLarge, "the body is larger than this service reads; send less")
            }
            _ => ProblemBuilder::new(Code::MalformedJson, "the body could not be read to its end"),
        })?;
        Ok(Self {
            value: parse(&bytes)?,
            bytes,
        })
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ProblemBuilder> {
    if bytes.is_empty() {
        return Err(ProblemBuilder::new(Code::MalformedJson, "the body is empty; send a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(explain)?;
    json.end().map_err(malformed)?;
    Ok(value)
}

fn malformed(e: serde_json::Error) -> ProblemBuilder {
    ProblemBuilder::new(Code::MalformedJson, format!("the body is not JSON: {}", printable(&e.to_string())))
}

fn explain(error: serde_path_to_error::Error<serde_json::Error>) -> ProblemBuilder {
    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", FieldErrors::step(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let inner = error.into_inner();
    if inner.is_syntax() || inner.is_eof() || inner.is_io() {
        return malformed(inner);
    }
    // serde_json appends the place; the pointer says it better.
    let text = inner.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(t, _)| t);
    let mut errors = FieldErrors::default();
    match text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
        Some((field, _)) => errors.push(format!("{pointer}/{}", FieldErrors::step(field)), "is required"),
        None => errors.push(pointer, format!("is not what is expected here: {}", printable(text))),
    }
    ProblemBuilder::invalid(errors)
}

/// Cut, and without control characters: parts of it come from the client.
fn printable(text: &str) -> String {
    text.chars()
        .take(300)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
