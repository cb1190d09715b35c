//! `GET /stats` and `GET /usage`.

use super::{problem_of, store_problem};
use crate::app::App;
use axum::Json;
use axum::extract::{RawQuery, State};
use chrono::{TimeDelta, Utc};
use hub_http::{Authenticated, Managing, ProblemBuilder, QueryReader};
use hub_store::Stats;
use hub_wire::api::{OrgUsage, Problem, ScanStats, UsageDay};
use std::collections::BTreeMap;

const DEFAULT_DAYS: u32 = 30;
const MAX_DAYS: u32 = 366;

/// Counts over what the caller may see
#[utoipa::path(get, path = "/mcp-hub/stats", tag = "read",
    responses(
        (status = 200, description = "By status, type, severity, category and day", body = ScanStats),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot read what it stores now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get_stats(State(app): State<App>, Authenticated(viewer): Authenticated) -> Result<Json<ScanStats>, ProblemBuilder> {
    let stats = app.counted.stats(&app.store, &viewer).await;
    let Stats {
        total_scans,
        by_status,
        by_type,
        by_severity,
        findings_by_severity,
        by_category,
        by_day,
    } = stats.map_err(|e| problem_of("counting scans", &e))?.as_ref().clone();
    Ok(Json(ScanStats {
        total_scans,
        by_status,
        by_type,
        by_severity,
        by_category,
        vulnerabilities_by_severity: findings_by_severity,
        by_day,
    }))
}

/// Aggregate use of the caller's org
///
/// Needs a key with the role owner or admin.
#[utoipa::path(get, path = "/mcp-hub/usage", tag = "read", params(("days" = Option<u32>, Query, description = "1 to 366, default 30")),
    responses(
        (status = 200, description = "Calls and scans", body = OrgUsage),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow this", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`errors` names the wrong number of days", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot read what it stores now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get_usage(
    State(app): State<App>,
    Managing(viewer): Managing,
    RawQuery(query): RawQuery,
) -> Result<Json<OrgUsage>, ProblemBuilder> {
    let mut query = QueryReader::new(query.as_deref());
    let days = query.number("days", DEFAULT_DAYS, 1, MAX_DAYS);
    if !query.errors.is_empty() {
        return Err(query.errors.into());
    }
    let since = Utc::now() - TimeDelta::days(i64::from(days));
    let usage = app.store.usage(&viewer, since).await.map_err(store_problem("reading usage"))?;
    let (mut by_call, mut by_outcome, mut by_day) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::<_, (u64, u64)>::new());
    for line in &usage.lines {
        *by_call.entry(line.call.clone()).or_default() += line.calls;
        *by_outcome.entry(line.outcome.clone()).or_default() += line.calls;
        let day = by_day.entry(line.day).or_default();
        day.0 += line.calls;
        day.1 += if line.outcome == "ok" { 0 } else { line.calls };
    }
    Ok(Json(OrgUsage {
        org_id: viewer.org_id.0,
        days,
        total_calls: by_outcome.values().sum(),
        by_call,
        by_outcome,
        by_day: by_day
            .into_iter()
            .rev()
            .map(|(day, (calls, failed_calls))| UsageDay {
                day: day.to_string(),
                calls,
                failed_calls,
            })
            .collect(),
        scans_submitted: usage.scans_submitted,
        scans_completed: usage.scans_completed,
        scans_failed: usage.scans_failed,
        active_keys: usage.active_keys,
    }))
}
