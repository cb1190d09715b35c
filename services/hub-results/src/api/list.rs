//! `GET /scans`.

use super::store_problem;
use crate::app::App;
use crate::status::facts_of;
use axum::Json;
use axum::extract::{RawQuery, State};
use chrono::{DateTime, NaiveDate, Utc};
use hub_http::{Authenticated, ProblemBuilder, QueryReader};
use hub_store::{Cursor, ListQuery, Page, RepoFilter, VisibilityFilter};
use hub_wire::api::{Problem, ScanList};
use std::str::FromStr;

const DEFAULT_LIMIT: u32 = 20;
const MAX_LIMIT: u32 = 100;
/// Beyond this, pages by number cost too much.
const MAX_OFFSET: u32 = 10_000;

/// List scans of both types, newest first
///
/// Page with `next_cursor` (stable while new scans arrive), or by `offset`.
#[utoipa::path(get, path = "/mcp-hub/scans", tag = "read",
    params(
        ("visibility" = Option<String>, Query, description = "`public`, `private` or `all` (default: public and the own org's private)"),
        ("job_status" = Option<String>, Query, description = "One of the job statuses"),
        ("scan_type" = Option<String>, Query, description = "`source` or `hosted`"),
        ("repo_name" = Option<String>, Query, description = "Exact, or a prefix with `*` at its end"),
        ("severity" = Option<String>, Query, description = "Overall severity"),
        ("created_after" = Option<String>, Query, description = "RFC 3339 time or date, inclusive"),
        ("created_before" = Option<String>, Query, description = "RFC 3339 time or date, exclusive"),
        ("mine" = Option<bool>, Query, description = "Only what the key's user submitted"),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 20"),
        ("offset" = Option<u32>, Query, description = "0 to 10,000"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before")),
    responses(
        (status = 200, description = "One page", body = ScanList),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`errors` names each wrong parameter", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot read what it stores now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list_scans(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    RawQuery(query): RawQuery,
) -> Result<Json<ScanList>, ProblemBuilder> {
    let query = read_query(query.as_deref())?;
    let page = app
        .store
        .list_scans(&viewer, &query)
        .await
        .map_err(store_problem("listing scans"))?;
    Ok(Json(ScanList {
        scans: page.scans.iter().map(facts_of).collect(),
        total: page.total.count,
        total_is_estimate: page.total.is_estimate,
        limit: query.limit,
        offset: match query.page {
            Page::Offset(n) => n,
            Page::After(_) => 0,
        },
        next_cursor: page.next.map(|c| c.to_string()),
    }))
}

/// A moment: RFC 3339, or a date for its beginning (UTC).
struct Moment(DateTime<Utc>);

impl FromStr for Moment {
    type Err = &'static str;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        // An unescaped `+` of an offset arrives as a space.
        let text = s.replace(' ', "+");
        if let Ok(at) = DateTime::parse_from_rfc3339(&text) {
            return Ok(Self(at.to_utc()));
        }
        NaiveDate::from_str(s)
            .ok()
            .and_then(|d| d.and_hms_opt(0, 0, 0))
            .map(|t| Self(t.and_utc()))
            .ok_or("must be an RFC 3339 time, like 2026-11-24T12:00:00Z, or a date")
    }
}

fn read_query(query: Option<&str>) -> Result<ListQuery, ProblemBuilder> {
    let mut q = QueryReader::new(query);
    let visibility = match q.text("visibility") {
        None | Some("all") => VisibilityFilter::All,
        Some("public") => VisibilityFilter::Public,
        Some("private") => VisibilityFilter::Private,
        Some(_) => {
            q.errors.push("?visibility", "must be public, private or all");
            VisibilityFilter::All
        }
    };
    let repo_name = q.text("repo_name").map(|name| match name.strip_suffix('*') {
        Some(prefix) => RepoFilter::Prefix(prefix.to_owned()),
        None => RepoFilter::Exact(name.to_owned()),
    });
    if q.text("repo_name").is_some_and(|n| n.contains('\0')) {
        q.errors.push("?repo_name", "holds a control character");
    }
    let page = match (q.parsed::<Cursor>("cursor"), q.text("offset").is_some()) {
        (Some(_), true) => {
            q.errors.push("?offset", "stands beside `cursor`; page by one of them");
            Page::Offset(0)
        }
        (Some(cursor), false) => Page::After(cursor),
        (None, _) => Page::Offset(q.number("offset", 0, 0, MAX_OFFSET)),
    };
    let query = ListQuery {
        visibility,
        status: q.parsed("job_status"),
        scan_type: q.parsed("scan_type"),
        repo_name,
        severity: q.parsed("severity"),
        created_after: q.parsed::<Moment>("created_after").map(|m| m.0),
        created_before: q.parsed::<Moment>("created_before").map(|m| m.0),
        mine: q.flag("mine"),
        limit: q.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
        page,
    };
    if q.errors.is_empty() { Ok(query) } else { Err(q.errors.into()) }
}
