//! What an org decided about findings.

use crate::error::Doing;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use hub_model::{OrgId, Viewer};
use serde_json::Value;
use sqlx::Row;
use sqlx::types::Json;
use uuid::Uuid;

/// Most decisions of one org that hold at a time.
pub const MAX_SUPPRESSIONS_PER_ORG: i64 = 1_000;
/// Most rows of a list, those that were ended included.
const MAX_LISTED: i64 = 2_000;

/// A decision as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct SuppressionRecord {
    pub id: Uuid,
    /// `rule`, the place, `reason`, `owner`, `expires`.
    pub decision: Value,
    pub created_at: DateTime<Utc>,
    pub created_by: String,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by: Option<String>,
}

impl Store {
    /// Stores a decision of the viewer's org. `None` when the org has as many as it may.
    ///
    /// # Errors
    /// The database failed.
    pub async fn create_suppression(&self, viewer: &Viewer, decision: &Value) -> Result<Option<SuppressionRecord>, StoreError> {
        let row = sqlx::query(
            "insert into suppressions (id, org_id, decision, created_by)
             select $1, $2, $3, $4 where (select count(*) from suppressions where org_id = $2 and ended_at is null) < $5
             returning id, decision, created_at, created_by, ended_at, ended_by",
        )
        .bind(Uuid::now_v7())
        .bind(viewer.org_id.0)
        .bind(Json(decision))
        .bind(&viewer.user_email)
        .bind(MAX_SUPPRESSIONS_PER_ORG)
        .fetch_optional(&self.pool)
        .await
        .doing("storing a suppression")?;
        row.as_ref().map(record).transpose().doing("reading a suppression")
    }

    /// The decisions of an org, newest first; those that were ended too when `all`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_suppressions(&self, org: OrgId, all: bool) -> Result<Vec<SuppressionRecord>, StoreError> {
        let rows = sqlx::query(
            "select id, decision, created_at, created_by, ended_at, ended_by from suppressions
             where org_id = $1 and ($2 or ended_at is null) order by id desc limit $3",
        )
        .bind(org.0)
        .bind(all)
        .bind(MAX_LISTED)
        .fetch_all(&self.pool)
        .await
        .doing("listing suppressions")?;
        rows.iter().map(record).collect::<Result<_, _>>().doing("reading suppressions")
    }

    /// Ends a decision of the viewer's org. False when there is none that holds.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_suppression(&self, viewer: &Viewer, id: Uuid) -> Result<bool, StoreError> {
        let done =
            sqlx::query("update suppressions set ended_at = now(), ended_by = $3 where id = $1 and org_id = $2 and ended_at is null")
                .bind(id)
                .bind(viewer.org_id.0)
                .bind(&viewer.user_email)
                .execute(&self.pool)
                .await
                .doing("ending a suppression")?;
        Ok(done.rows_affected() > 0)
    }
}

fn record(row: &sqlx::postgres::PgRow) -> Result<SuppressionRecord, sqlx::Error> {
    Ok(SuppressionRecord {
        id: row.try_get("id")?,
        decision: row.try_get::<Json<Value>, _>("decision")?.0,
        created_at: row.try_get("created_at")?,
        created_by: row.try_get("created_by")?,
        ended_at: row.try_get("ended_at")?,
        ended_by: row.try_get("ended_by")?,
    })
}
