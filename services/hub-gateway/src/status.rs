//! `GET status` from the cache; what it does not have, results answers.

use crate::app::App;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use hub_http::{Authenticated, ProblemBuilder, status_response};
use hub_model::ScanId;
use hub_wire::api::HotStatus;

pub(crate) async fn get_status(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    Path(job_id): Path<String>,
    request: Request,
) -> Result<Response, ProblemBuilder> {
    if let Ok(id) = job_id.parse::<ScanId>()
        && let Some(status) = app.cache.find_status(id).await.and_then(|bytes| HotStatus::from_bytes(&bytes))
    {
        return status_response(&viewer, status);
    }
    crate::forward::forward(State(app), request).await
}
