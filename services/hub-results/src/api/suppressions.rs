//! `/suppressions`: what an org decided about findings.

use super::store_problem;
use crate::app::App;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use chrono::{NaiveDate, Utc};
use hub_http::{Authenticated, Code, Managing, ProblemBuilder, QueryReader, ValidatedJson};
use hub_model::OrgId;
use hub_report::{Policy, Suppression};
use hub_store::{MAX_SUPPRESSIONS_PER_ORG, SuppressionRecord};
use hub_wire::api::{FieldErrors, Problem, SuppressionList, SuppressionRequest, SuppressionView};

/// Longest text of a field, in characters.
const MAX_TEXT_CHARS: usize = 2_000;
/// Longest pattern of a path, in characters: it is held against every finding that the org reads.
const MAX_PATH_CHARS: usize = 300;

/// Take a finding out of the count
///
/// One rule at one place, with reason, owner and expiry. Applied whenever the org reads results; other orgs see nothing of it.
/// Needs a key with the role owner or admin.
#[utoipa::path(post, path = "/mcp-hub/suppressions", tag = "decide", request_body = SuppressionRequest,
    responses(
        (status = 201, description = "Stored", body = SuppressionView),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow this", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The org has as many as it may", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`errors` names each wrong field", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot store it now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create_suppression(
    State(app): State<App>,
    Managing(viewer): Managing,
    ValidatedJson { value: request, .. }: ValidatedJson<SuppressionRequest>,
) -> Result<(StatusCode, Json<SuppressionView>), ProblemBuilder> {
    let decision = serde_json::to_value(&request).map_err(|e| ProblemBuilder::internal("reading a suppression", &e))?;
    let mut errors = FieldErrors::default();
    for (name, value) in decision.as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        let longest = if name == "path" { MAX_PATH_CHARS } else { MAX_TEXT_CHARS };
        if text.chars().count() > longest || text.chars().any(char::is_control) {
            errors.push(
                format!("/{name}"),
                format!("must be at most {longest} characters, none of them a control character"),
            );
        }
    }
    if request.expires.parse::<NaiveDate>().is_err() {
        errors.push("/expires", "must be a date like 2026-12-31");
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    if let Err(why) = read(&decision) {
        errors.push("", why);
        return Err(errors.into());
    }
    let stored = app.store.create_suppression(&viewer, &decision).await;
    match stored.map_err(store_problem("storing a suppression"))? {
        Some(record) => Ok((StatusCode::CREATED, Json(view(record, Utc::now().date_naive())))),
        None => Err(ProblemBuilder::new(
            Code::WrongState,
            format!("the org has {MAX_SUPPRESSIONS_PER_ORG} suppressions, which is as many as it may; end some first"),
        )),
    }
}

/// The org's suppressions, newest first
#[utoipa::path(get, path = "/mcp-hub/suppressions", tag = "decide",
    params(("all" = Option<bool>, Query, description = "Also those that were ended")),
    responses(
        (status = 200, description = "The decisions with their trail", body = SuppressionList),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`errors` names the wrong parameter", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot read what it stores now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list_suppressions(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    RawQuery(query): RawQuery,
) -> Result<Json<SuppressionList>, ProblemBuilder> {
    let mut query = QueryReader::new(query.as_deref());
    let all = query.flag("all");
    if !query.errors.is_empty() {
        return Err(query.errors.into());
    }
    let records = app.store.list_suppressions(viewer.org_id, all).await;
    let today = Utc::now().date_naive();
    let records = records.map_err(store_problem("listing suppressions"))?;
    Ok(Json(SuppressionList {
        suppressions: records.into_iter().map(|r| view(r, today)).collect(),
    }))
}

/// End a suppression
///
/// It stays on record with who ended it. Needs a key with the role owner or admin.
#[utoipa::path(delete, path = "/mcp-hub/suppressions/{suppression_id}", tag = "decide",
    params(("suppression_id" = String, Path, description = "As the list answers")),
    responses(
        (status = 204, description = "It does not hold any more"),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key's role does not allow this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The org has no such suppression that holds", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot store it now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end_suppression(
    State(app): State<App>,
    Managing(viewer): Managing,
    Path(id): Path<String>,
) -> Result<StatusCode, ProblemBuilder> {
    let ended = match id.parse() {
        Ok(id) => app
            .store
            .end_suppression(&viewer, id)
            .await
            .map_err(store_problem("ending a suppression"))?,
        Err(_) => false,
    };
    if ended {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ProblemBuilder::new(
            Code::SuppressionNotFound,
            "your org has no suppression with this id that holds; `GET /mcp-hub/suppressions` lists them",
        ))
    }
}

/// The org's decisions, to be applied to what it reads. One that cannot be read any more does not suppress.
pub(crate) async fn policy_of(app: &App, org: OrgId) -> Result<Policy, ProblemBuilder> {
    let records = app.store.list_suppressions(org, false).await;
    let records = records.map_err(store_problem("reading suppressions"))?;
    Ok(Policy {
        suppress: records
            .into_iter()
            .filter_map(|record| {
                read(&record.decision)
                    .inspect_err(|why| tracing::warn!(suppression.id = %record.id, why, "a suppression cannot be read and does not hold"))
                    .ok()
            })
            .collect(),
        ..Policy::default()
    })
}

/// The decision as it is applied.
fn read(decision: &serde_json::Value) -> Result<Suppression, String> {
    let suppression: Suppression = serde_json::from_value(decision.clone()).map_err(|e| e.to_string())?;
    suppression.check()?;
    Ok(suppression)
}

fn view(record: SuppressionRecord, today: NaiveDate) -> SuppressionView {
    let state = match record.ended_at {
        Some(_) => "ended",
        None if read(&record.decision).is_ok_and(|s| s.holds(today)) => "active",
        None => "expired",
    };
    SuppressionView {
        suppression_id: record.id,
        decision: record.decision,
        state: state.to_owned(),
        created_at: record.created_at,
        created_by: record.created_by,
        ended_at: record.ended_at,
        ended_by: record.ended_by,
    }
}
