//! Sending a ready status.

use crate::{Code, ProblemBuilder};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use hub_model::Viewer;
use hub_wire::api::HotStatus;

/// The answer of `GET status` for `viewer`, with the scalar facts mirrored as headers.
///
/// # Errors
/// 403 when the scan is private and another org's.
pub fn status_response(viewer: &Viewer, status: HotStatus) -> Result<Response, ProblemBuilder> {
    if !status.visible_to(viewer) {
        return Err(ProblemBuilder::new(
            Code::ForeignScan,
            "this scan is private and belongs to another org",
        ));
    }
    let mut response = Response::new(Body::from(status.body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in &status.meta.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}
