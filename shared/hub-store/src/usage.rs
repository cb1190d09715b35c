//! How often an org called what.

use crate::error::Doing;
use crate::{Store, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use hub_model::{OrgId, Viewer};
use serde::Serialize;
use sqlx::Row;
use sqlx::types::Json;
use uuid::Uuid;

/// Calls of one kind on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageLine {
    pub org_id: OrgId,
    pub day: NaiveDate,
    /// Method and route: `POST /scan`.
    pub call: String,
    /// `ok`, `client_error`, `rate_limited` or `server_error`.
    pub outcome: String,
    pub calls: u64,
}

/// An org's usage.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Newest day first.
    pub lines: Vec<UsageLine>,
    /// Scans submitted in the period.
    pub scans_submitted: u64,
    pub scans_completed: u64,
    pub scans_failed: u64,
    pub active_keys: u64,
}

#[derive(Serialize)]
struct CallsRow<'a> {
    org_id: Uuid,
    day: NaiveDate,
    call: &'a str,
    outcome: &'a str,
    calls: u64,
}

impl Store {
    /// Adds to the counters.
    ///
    /// # Errors
    /// The database failed; nothing was added.
    pub async fn add_usage(&self, lines: &[UsageLine]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let rows: Vec<CallsRow<'_>> = lines
            .iter()
            .map(|l| CallsRow {
                org_id: l.org_id.0,
                day: l.day,
                call: &l.call,
                outcome: &l.outcome,
                calls: l.calls,
            })
            .collect();
        sqlx::query(
            "insert into api_usage (org_id, day, call, outcome, calls)
             select org_id, day, call, outcome, sum(calls) from jsonb_to_recordset($1) as n(org_id uuid, day date, call text, outcome text, calls bigint)
             group by org_id, day, call, outcome order by org_id, day, call, outcome
             on conflict (org_id, day, call, outcome) do update set calls = api_usage.calls + excluded.calls",
        )
        .bind(Json(&rows))
        .execute(&self.pool)
        .await
        .doing("adding usage")?;
        Ok(())
    }

    /// Usage of the viewer's org since `since`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn usage(&self, viewer: &Viewer, since: DateTime<Utc>) -> Result<Usage, StoreError> {
        let org = viewer.org_id;
        let rows = sqlx::query(
            "select day, call, outcome, calls from api_usage where org_id = $1 and day >= $2 order by day desc, call, outcome limit 10000",
        )
        .bind(org.0)
        .bind(since.date_naive())
        .fetch_all(&self.pool)
        .await
        .doing("reading usage")?;
        let lines = rows
            .iter()
            .map(|row| {
                Ok(UsageLine {
                    org_id: org,
                    day: row.try_get("day")?,
                    call: row.try_get("call")?,
                    outcome: row.try_get("outcome")?,
                    calls: row.try_get::<i64, _>("calls")?.unsigned_abs(),
                })
            })
            .collect::<Result<Vec<_>, sqlx::Error>>()
            .doing("reading usage")?;
        let counts = sqlx::query(
            "select count(*) as submitted, count(*) filter (where status = 'completed') as completed, count(*) filter (where status = 'failed') as failed,
                    (select count(*) from api_keys where org_id = $1 and revoked_at is null) as keys
             from scans where org_id = $1 and id >= uuid_floor($2)",
        )
        .bind(org.0)
        .bind(since)
        .fetch_one(&self.pool)
        .await
        .doing("counting an org's scans")?;
        let count = |column| counts.try_get::<i64, _>(column).map(i64::unsigned_abs).doing("reading usage");
        Ok(Usage {
            lines,
            scans_submitted: count("submitted")?,
            scans_completed: count("completed")?,
            scans_failed: count("failed")?,
            active_keys: count("keys")?,
        })
    }
}
