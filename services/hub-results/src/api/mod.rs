//! Every read, and the one change that is not a submission: cancelling.

mod cancel;
mod counts;
mod diff;
mod list;
mod results;
mod status;
mod stream;
mod suppressions;

use crate::app::App;
use axum::Router;
use hub_http::{Code, HttpSettings, ProblemBuilder, finish, note};
use hub_model::ScanId;
use hub_store::StoreError;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(status::get_status))
        .routes(routes!(results::get_results))
        .routes(routes!(diff::diff_scans))
        .routes(routes!(stream::follow_scan))
        .routes(routes!(suppressions::create_suppression, suppressions::list_suppressions))
        .routes(routes!(suppressions::end_suppression))
        .routes(routes!(cancel::cancel_scan))
        .routes(routes!(list::list_scans))
        .routes(routes!(counts::get_stats))
        .routes(routes!(counts::get_usage))
}

/// This service's part of the API document.
#[must_use]
pub fn openapi() -> OpenApi {
    documented().into_openapi()
}

pub(crate) fn router(app: App, settings: &HttpSettings) -> Router {
    let (router, _) = documented().split_for_parts();
    finish(router.with_state(app), settings)
}

/// The id in a path. A text that is no id names no scan.
fn scan_id(text: &str) -> Result<ScanId, ProblemBuilder> {
    let id = text.parse().map_err(|_| {
        ProblemBuilder::new(
            Code::ScanNotFound,
            "the job id in the path is no UUID; use the `job_id` that the submission answered",
        )
    })?;
    note("scan.id", id);
    Ok(id)
}

fn not_found(id: ScanId) -> ProblemBuilder {
    ProblemBuilder::new(
        Code::ScanNotFound,
        format!("there is no scan {id}; it may never have existed or be past its retention"),
    )
}

fn foreign() -> ProblemBuilder {
    ProblemBuilder::new(Code::ForeignScan, "this scan is private and belongs to another org")
}

fn store_problem(doing: &'static str) -> impl Fn(StoreError) -> ProblemBuilder {
    move |e| problem_of(doing, &e)
}

fn problem_of(doing: &str, e: &StoreError) -> ProblemBuilder {
    if e.is_transient() {
        ProblemBuilder::unavailable(doing, e)
    } else {
        ProblemBuilder::internal(doing, e)
    }
}
