//! `GET /scan/{job_id}/results`.

use super::suppressions::policy_of;
use super::{foreign, not_found, scan_id, store_problem};
use crate::app::App;
use crate::status::facts_of;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use hub_http::{Authenticated, Code, ProblemBuilder, QueryReader};
use hub_model::{JobStatus, Report};
use hub_report::{AnswerFormat, Format, Policy, complete_result};
use hub_store::{ScanRecord, StoredReport};
use hub_wire::api::{Problem, ScanFacts, ScanResults};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// How long a call waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Complete output of a scan
///
/// `complete_result` is null until the scan is completed. Other formats than `json` are the report alone.
#[utoipa::path(get, path = "/mcp-hub/scan/{job_id}/results", tag = "read",
    params(
        ("job_id" = String, Path, description = "As the submission answered"),
        ("format" = Option<String>, Query, description = "`json` (default), `sarif`, `html`, `markdown` or `csv`")),
    responses(
        (status = 200, description = "What was found", body = ScanResults),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Private, and another org's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such scan", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another format than json before the scan is completed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`errors` names the wrong format", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many results are being written, or the store is away; try again", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn get_results(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    Path(job_id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ProblemBuilder> {
    let id = scan_id(&job_id)?;
    let mut query = QueryReader::new(query.as_deref());
    let format = query.parsed::<AnswerFormat>("format").map_or(Format::Json, |f| f.0);
    if !query.errors.is_empty() {
        return Err(query.errors.into());
    }
    let scan = app
        .store
        .find_scan(id)
        .await
        .map_err(store_problem("reading the scan"))?
        .ok_or_else(|| not_found(id))?;
    if !viewer.may_read(scan.is_private, scan.org_id) {
        return Err(foreign());
    }
    let turn = turn(&app).await?;
    let report = match scan.status {
        JobStatus::Completed => app.store.find_report(id).await.map_err(store_problem("reading the report"))?,
        _ => None,
    };
    if format != Format::Json && report.is_none() {
        let why = match &scan.error_message {
            Some(message) => format!("the scan is {} and has no report: {message}", scan.status),
            None => format!(
                "the scan is {} and has no report yet; poll its status until it is completed",
                scan.status
            ),
        };
        return Err(ProblemBuilder::new(Code::WrongState, why));
    }
    let policy = match report {
        Some(_) => policy_of(&app, viewer.org_id).await?,
        None => Policy::default(),
    };
    let facts = facts_of(&scan);
    let headers = facts.headers();
    // Large reports take a while to read and write.
    let written = tokio::task::spawn_blocking(move || {
        // Held here, since this goes on when the client has left.
        let _turn = turn;
        write(&scan, facts, report, &policy, format)
    })
    .await;
    let (media_type, body) = match written {
        Ok(Ok(written)) => written,
        Ok(Err(e)) => return Err(ProblemBuilder::internal("writing the results", &e)),
        Err(e) => return Err(ProblemBuilder::internal("writing the results", &e)),
    };
    let mut response = ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-store")], body).into_response();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    if format == Format::Html {
        // The page is made of what a scanned server wrote.
        response.headers_mut().insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        );
    }
    Ok(response)
}

/// Waits for the turn to hold a report in memory: unpacked and written, it takes many times its stored size.
pub(super) async fn turn(app: &App) -> Result<OwnedSemaphorePermit, ProblemBuilder> {
    match tokio::time::timeout(LONGEST_WAIT, app.renderings.clone().acquire_owned()).await {
        Ok(Ok(turn)) => Ok(turn),
        Ok(Err(_)) | Err(_) => Err(ProblemBuilder::new(
            Code::Unavailable,
            "too many results are being written at this moment; try again as `Retry-After` says",
        )
        .retry_after(LONGEST_WAIT)),
    }
}

fn write(
    scan: &ScanRecord,
    facts: ScanFacts,
    report: Option<StoredReport>,
    policy: &Policy,
    format: Format,
) -> Result<(&'static str, String), serde_json::Error> {
    let mut report: Option<Report> = report.map(|stored| serde_json::from_slice(&stored.json)).transpose()?;
    if let Some(report) = &mut report {
        policy.apply(report, Utc::now().date_naive());
    }
    match (format, report) {
        (Format::Json, report) => {
            let results = ScanResults {
                facts,
                complete_result: report.as_ref().map(complete_result),
            };
            Ok((format.media_type(), serde_json::to_string(&results)?))
        }
        (_, Some(report)) => {
            let name = scan.source_url.as_deref().or(scan.endpoint_url.as_deref()).unwrap_or_default();
            Ok((format.media_type(), format.write(&report, name)))
        }
        // Refused before.
        (_, None) => Ok((format.media_type(), String::new())),
    }
}
