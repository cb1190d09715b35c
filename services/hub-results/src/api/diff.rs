//! `GET /scan/{job_id}/diff/{other_job_id}`.

use super::{foreign, not_found, scan_id, store_problem};
use crate::app::App;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use hub_http::{Authenticated, Code, ProblemBuilder};
use hub_model::{Report, ScanId, Viewer};
use hub_report::{Diff, ReadReport};
use hub_store::ScanRecord;
use hub_wire::api::{Problem, ScanDiff};
use tokio::sync::OwnedSemaphorePermit;

/// What changed between two scans of one server
///
/// From the first to the second: tools, resources and prompts added, removed and redefined, findings new and fixed.
#[utoipa::path(get, path = "/mcp-hub/scan/{job_id}/diff/{other_job_id}", tag = "read",
    params(
        ("job_id" = String, Path, description = "The scan before"),
        ("other_job_id" = String, Path, description = "The scan after")),
    responses(
        (status = 200, description = "What changed", body = ScanDiff),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "One is private, and another org's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such scan", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "One is not completed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot read what it stores now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn diff_scans(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    Path((old, new)): Path<(String, String)>,
) -> Result<([(HeaderName, &'static str); 1], Json<ScanDiff>), ProblemBuilder> {
    let (old_id, new_id) = (scan_id(&old)?, scan_id(&new)?);
    let old = find(&app, &viewer, old_id).await?;
    let new = find(&app, &viewer, new_id).await?;
    let turn = super::results::turn(&app).await?;
    // One after the other: a stored report takes many times its size while it is read.
    let (old_report, turn) = unpack(&app, &old, turn).await?;
    let (new_report, turn) = unpack(&app, &new, turn).await?;
    let changes = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        Diff::between(&old_report, &new_report).document()
    })
    .await
    .map_err(|e| ProblemBuilder::internal("comparing reports", &e))?;
    let same_target = old.source_url == new.source_url && old.endpoint_url == new.endpoint_url;
    let diff = ScanDiff {
        old_job_id: old_id.0,
        new_job_id: new_id.0,
        same_target,
        reference_moved: same_target
            && old.version_or_commit.is_some()
            && old.version_or_commit == new.version_or_commit
            && old.source_version != new.source_version,
        changes,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(diff)))
}

async fn find(app: &App, viewer: &Viewer, id: ScanId) -> Result<ScanRecord, ProblemBuilder> {
    let scan = app.store.find_scan(id).await.map_err(store_problem("reading the scan"))?;
    let scan = scan.ok_or_else(|| not_found(id))?;
    if viewer.may_read(scan.is_private, scan.org_id) {
        Ok(scan)
    } else {
        Err(foreign())
    }
}

/// What is compared of the scan's report. The turn goes along, since reading goes on when the client has left.
async fn unpack(app: &App, scan: &ScanRecord, turn: OwnedSemaphorePermit) -> Result<(ReadReport, OwnedSemaphorePermit), ProblemBuilder> {
    let report = app.store.find_report(scan.id).await.map_err(store_problem("reading the report"))?;
    let report = report.ok_or_else(|| {
        let why = format!("scan {} is {} and has no report to compare", scan.id, scan.status);
        ProblemBuilder::new(Code::WrongState, why)
    })?;
    let read = tokio::task::spawn_blocking(move || {
        let report: Report = serde_json::from_slice(&report.json)?;
        Ok::<_, serde_json::Error>((ReadReport::from(&report), turn))
    });
    match read.await {
        Ok(read) => read.map_err(|e| ProblemBuilder::internal("comparing reports", &e)),
        Err(e) => Err(ProblemBuilder::internal("comparing reports", &e)),
    }
}
