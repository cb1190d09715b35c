//! Lists of scans: newest first, only what the viewer may see.

use crate::error::Doing;
use crate::scan::scan_columns;
use crate::{ScanRecord, ScanType, Store, StoreError};
use chrono::{DateTime, Utc};
use hub_model::{JobStatus, ScanId, Severity, Viewer};
use sqlx::{Postgres, QueryBuilder};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Counts are exact up to here, then estimated as "at least".
pub(crate) const MAX_EXACT_TOTAL: i64 = 10_000;

/// Which scans, by who may see them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VisibilityFilter {
    /// Everyone's public ones.
    Public,
    /// The viewer's org's private ones.
    Private,
    /// Both.
    #[default]
    All,
}

/// A filter on the repository's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepoFilter {
    Exact(String),
    Prefix(String),
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// After this many rows; shifts when scans are added.
    Offset(u32),
    /// After this scan; stable when scans are added.
    After(Cursor),
}

/// The last scan of the page before. Its text is opaque to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(ScanId);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c1{}", self.0.0.simple())
    }
}

/// The text is no cursor.
#[derive(Debug, thiserror::Error)]
#[error("this is no cursor; pass back `next_cursor` of the page before, unchanged")]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let id = s.strip_prefix("c1").filter(|id| id.len() == 32).ok_or(BadCursor)?;
        Uuid::try_parse(id).map(|id| Self(ScanId(id))).map_err(|_| BadCursor)
    }
}

/// What to list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    pub visibility: VisibilityFilter,
    pub status: Option<JobStatus>,
    pub scan_type: Option<ScanType>,
    pub repo_name: Option<RepoFilter>,
    pub severity: Option<Severity>,
    pub created_after: Option<DateTime<Utc>>,
    pub created_before: Option<DateTime<Utc>>,
    /// Only those the viewer's user submitted.
    pub mine: bool,
    pub limit: u32,
    pub page: Page,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    pub count: u64,
    /// There are more than [`MAX_EXACT_TOTAL`].
    pub is_estimate: bool,
}

/// One page.
#[derive(Clone, Debug)]
pub struct ScanPage {
    pub scans: Vec<ScanRecord>,
    pub total: Total,
    /// `None` on the last page.
    pub next: Option<Cursor>,
}

impl Store {
    /// One page of the scans that `viewer` may see.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_scans(&self, viewer: &Viewer, query: &ListQuery) -> Result<ScanPage, StoreError> {
        let limit = i64::from(query.limit);
        let offset = match query.page {
            Page::Offset(n) => i64::from(n),
            Page::After(_) => 0,
        };
        let mut sql = QueryBuilder::new(concat!("select ", scan_columns!(), " from ("));
        visible(&mut sql, viewer, query, "s.*", limit + offset + 1, true);
        sql.push(") s order by s.id desc limit ")
            .push_bind(limit + 1)
            .push(" offset ")
            .push_bind(offset);
        let mut count = QueryBuilder::new("select least(count(*), ");
        count.push_bind(MAX_EXACT_TOTAL + 1).push(") from (");
        visible(&mut count, viewer, query, "s.id", MAX_EXACT_TOTAL + 1, false);
        count.push(") s");

        let (scans, count) = tokio_join(
            sql.build_query_as::<ScanRecord>().fetch_all(&self.pool),
            count.build_query_scalar::<i64>().fetch_one(&self.pool),
        )
        .await;
        let (mut scans, count) = (scans.doing("listing scans")?, count.doing("counting scans")?);
        let more = scans.len() > query.limit as usize;
        scans.truncate(query.limit as usize);
        Ok(ScanPage {
            next: scans.last().filter(|_| more).map(|s| Cursor(s.id)),
            scans,
            total: Total {
                count: u64::try_from(count.min(MAX_EXACT_TOTAL)).unwrap_or(0),
                is_estimate: count > MAX_EXACT_TOTAL,
            },
        })
    }
}

/// Both at once, on two connections.
async fn tokio_join<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    tokio::join!(a, b)
}

/// The rows a viewer may see, as up to two branches, each of which is one walk down its own index. The rule itself is
/// [`Viewer::may_read`]; this is its only other form.
fn visible(sql: &mut QueryBuilder<Postgres>, viewer: &Viewer, query: &ListQuery, columns: &'static str, limit: i64, paged: bool) {
    let mut first = true;
    for is_private in [false, true] {
        let wanted = match query.visibility {
            VisibilityFilter::All => true,
            VisibilityFilter::Public => !is_private,
            VisibilityFilter::Private => is_private,
        };
        if !wanted {
            continue;
        }
        if !first {
            sql.push(" union all ");
        }
        first = false;
        sql.push("(select ").push(columns).push(" from scans s where ");
        if is_private {
            sql.push("s.is_private and s.org_id = ").push_bind(viewer.org_id.0);
        } else {
            sql.push("not s.is_private");
        }
        filters(sql, viewer, query, paged);
        sql.push(" order by s.id desc limit ").push_bind(limit).push(")");
    }
}

fn filters(sql: &mut QueryBuilder<Postgres>, viewer: &Viewer, query: &ListQuery, paged: bool) {
    if query.mine {
        sql.push(" and s.user_id = ").push_bind(viewer.user_id.0);
    }
    if let Some(status) = query.status {
        sql.push(" and s.status = ").push_bind(status.as_str());
    }
    if let Some(scan_type) = query.scan_type {
        sql.push(" and s.scan_type = ").push_bind(scan_type.as_str());
    }
    match &query.repo_name {
        Some(RepoFilter::Exact(name)) => {
            sql.push(" and s.repo_name = ").push_bind(name.clone());
        }
        Some(RepoFilter::Prefix(prefix)) => {
            let escaped = prefix.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            sql.push(" and s.repo_name like ").push_bind(escaped + "%");
        }
        None => {}
    }
    if let Some(severity) = query.severity {
        sql.push(" and s.overall_severity = ").push_bind(severity.as_str());
    }
    // Ids are ordered by time: a bound on the id lets the walk down the index begin or end there.
    if let Some(after) = query.created_after.map(|t| t.max(DateTime::UNIX_EPOCH)) {
        sql.push(" and s.created_at >= ")
            .push_bind(after)
            .push(" and s.id >= uuid_floor(")
            .push_bind(after)
            .push(")");
    }
    if let Some(before) = query.created_before.map(|t| t.max(DateTime::UNIX_EPOCH)) {
        sql.push(" and s.created_at < ")
            .push_bind(before)
            .push(" and s.id < uuid_floor(")
            .push_bind(before + chrono::TimeDelta::milliseconds(1))
            .push(")");
    }
    if let (true, Page::After(cursor)) = (paged, query.page) {
        sql.push(" and s.id < ").push_bind(cursor.0.0);
    }
}
