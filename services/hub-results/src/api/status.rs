//! `GET /scan/{job_id}/status`.

use super::{not_found, scan_id, store_problem};
use crate::app::App;
use axum::extract::{Path, State};
use axum::response::Response;
use hub_http::{Authenticated, ProblemBuilder, status_response};
use hub_wire::api::{Problem, ScanStatus};

/// Progress of a scan
///
/// The scalar facts are mirrored as `x-mcp-hub-*` headers.
#[utoipa::path(get, path = "/mcp-hub/scan/{job_id}/status", tag = "read", params(("job_id" = String, Path, description = "As the submission answered")),
    responses(
        (status = 200, description = "How far it is", body = ScanStatus),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Private, and another org's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such scan", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot read what it stores now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get_status(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    Path(job_id): Path<String>,
) -> Result<Response, ProblemBuilder> {
    let id = scan_id(&job_id)?;
    let status = app
        .find_status(id)
        .await
        .map_err(store_problem("reading the status"))?
        .ok_or_else(|| not_found(id))?;
    status_response(&viewer, status)
}
