//! `POST /scan/{job_id}/cancel`.

use super::{not_found, scan_id, store_problem};
use crate::app::App;
use crate::events::note_ends;
use crate::status::status_of;
use axum::extract::{Path, State};
use axum::response::Response;
use hub_http::{Authenticated, Code, ProblemBuilder, status_response};
use hub_store::{Applied, Cancelled};
use hub_wire::Control;
use hub_wire::api::{Problem, ScanStatus};

/// Stop a scan that has not ended
///
/// Idempotent: a scan that has ended stays as it is. Answers the status.
#[utoipa::path(post, path = "/mcp-hub/scan/{job_id}/cancel", tag = "submit", params(("job_id" = String, Path, description = "As the submission answered")),
    responses(
        (status = 200, description = "How it ended", body = ScanStatus),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Another org's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such scan", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot read what it stores now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn cancel_scan(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    Path(job_id): Path<String>,
) -> Result<Response, ProblemBuilder> {
    let id = scan_id(&job_id)?;
    match app
        .store
        .cancel_scan(&viewer, id)
        .await
        .map_err(store_problem("cancelling the scan"))?
    {
        Cancelled::Unknown => Err(not_found(id)),
        Cancelled::NotYours => Err(ProblemBuilder::new(
            Code::ForeignScan,
            "this scan belongs to another org; only keys of that org may cancel it",
        )),
        Cancelled::Ended { scan, by_this_call } => {
            if by_this_call {
                // Workers that do not hear of it finish in vain: their events are ignored.
                if let Err(e) = app.publisher.control(&Control::Cancel { scan_id: id }).await {
                    tracing::warn!(scan.id = %id, error = %e, "the workers could not be told of a cancelled scan");
                }
                note_ends(
                    &app,
                    vec![Applied {
                        scan: (*scan).clone(),
                        ended: true,
                    }],
                )
                .await;
            }
            let tools = app.store.list_tools(id).await.map_err(store_problem("reading the status"))?;
            status_response(&viewer, status_of(&scan, tools))
        }
    }
}
