//! Handing undispatched scans to a dispatcher.

use crate::error::Doing;
use crate::{ScanTarget, Store, StoreError};
use hub_model::{Digest, OrgId, ScanId};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Postgres, Row, Transaction};
use uuid::Uuid;

hub_model::settings! {
    /// How scans are handed out.
    pub struct DispatchLimits {
        /// Scans of one org that may be between dispatch and end at a time.
        pub max_in_flight_per_org: u32 = "HUB_MAX_IN_FLIGHT_PER_ORG", 200;
        /// Scans of all orgs together that may be between dispatch and end at a time; the others wait in their rows, where the orgs
        /// take turns. More than the workers hold at a time, and far fewer than they end within HUB_UNTAKEN_SECS: a scan that lies in
        /// a queue for longer than that counts as lost.
        pub max_in_flight: u32 = "HUB_MAX_IN_FLIGHT", 1000;
        /// Scans published per round, over all orgs.
        pub batch: u32 = "HUB_DISPATCH_BATCH", 64;
    }
}

/// A scan to be published.
#[derive(Clone, Debug)]
pub struct ClaimedScan {
    pub id: ScanId,
    pub org_id: OrgId,
    pub attempt: u32,
    pub target: ScanTarget,
    pub sealed_credentials: Option<String>,
    pub traceparent: Option<String>,
    /// The newest completed scan of the same target before this one, with its report's digest: a public one, or for a
    /// private scan one of the same org too. Whoever reads this scan may read that one.
    pub earlier: Option<(ScanId, Digest)>,
}

/// Scans locked for this dispatcher until [`Claim::commit`]; dropping it gives them back.
#[derive(Debug)]
pub struct Claim {
    tx: Transaction<'static, Postgres>,
    /// Round robin over orgs, oldest first within each.
    pub scans: Vec<ClaimedScan>,
    /// Rows that cannot be read any more; they are failed on commit, so that they do not block the queue for ever.
    unreadable: Vec<Uuid>,
}

impl Store {
    /// Scans of this org that wait to be dispatched, counted up to `most`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_waiting(&self, org: OrgId, most: u64) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "select count(*) from (select 1 from scans where org_id = $1 and dispatched_at is null and rank < 4 limit $2) t",
        )
        .bind(org.0)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_one(&self.pool)
        .await
        .doing("counting waiting scans")?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Locks the next scans to publish: the first of each org, then the second of each, … while the org has room under its
    /// cap, and all together under theirs. Another dispatcher skips what this one holds.
    ///
    /// # Errors
    /// The database failed.
    pub async fn claim(&self, limits: &DispatchLimits) -> Result<Claim, StoreError> {
        let mut tx = self.pool.begin().await.doing("claiming scans")?;
        // `waiting` walks the pending index from org to org instead of over all pending rows.
        let rows = sqlx::query(
            "with recursive waiting as (
                 (select org_id from scans where dispatched_at is null and rank < 4 order by org_id limit 1)
                 union all
                 select (select s.org_id from scans s where s.dispatched_at is null and s.rank < 4 and s.org_id > w.org_id order by s.org_id limit 1)
                 from waiting w where w.org_id is not null),
             room as (
                 select org_id, $1 - (select count(*) from scans s where s.org_id = w.org_id and s.dispatched_at is not null and s.rank < 4) as free
                 from waiting w where org_id is not null),
             free as (
                 select greatest(0, least($2, $3 - (select count(*) from (
                     select 1 from scans s where s.dispatched_at is not null and s.rank < 4 limit $3) t))) as turns),
             picked as (
                 select p.id, p.turn from room r cross join lateral (
                     select id, row_number() over (order by id) as turn from scans s
                     where s.org_id = r.org_id and s.dispatched_at is null and s.rank < 4
                     order by id limit greatest(0, least(r.free, $2))) p
                 order by p.turn, p.id limit (select turns from free))
             select s.id, s.org_id, s.attempt, s.scan_type, s.target, s.sealed_credentials, s.traceparent,
                 before.id as earlier_id, before.report_digest as earlier_report
             from picked p join scans s on s.id = p.id
             left join lateral (
                 (select e.id, e.report_digest from scans e
                  where s.endpoint_url is null and e.repo_name = s.repo_name and e.source_url = s.source_url and e.id < s.id
                      and e.status = 'completed' and e.report_digest is not null and (not e.is_private or s.is_private and e.org_id = s.org_id)
                  order by e.id desc limit 1)
                 union all
                 (select e.id, e.report_digest from scans e
                  where e.endpoint_url = s.endpoint_url and e.id < s.id
                      and e.status = 'completed' and e.report_digest is not null and (not e.is_private or s.is_private and e.org_id = s.org_id)
                  order by e.id desc limit 1)
                 order by id desc limit 1) before on true
             where s.dispatched_at is null and s.rank < 4
             order by p.turn, p.id
             for update of s skip locked",
        )
        .bind(i64::from(limits.max_in_flight_per_org))
        .bind(i64::from(limits.batch))
        .bind(i64::from(limits.max_in_flight))
        .fetch_all(&mut *tx)
        .await
        .doing("claiming scans")?;
        let (mut scans, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows {
            let id: Uuid = row.try_get("id").doing("reading a claimed scan")?;
            let scan_type: String = row.try_get("scan_type").doing("reading a claimed scan")?;
            let target: Json<Value> = row.try_get("target").doing("reading a claimed scan")?;
            let attempt: i32 = row.try_get("attempt").doing("reading a claimed scan")?;
            match serde_json::from_value::<ScanTarget>(serde_json::json!({ "scan_type": scan_type, "target": target.0 })) {
                Ok(target) => scans.push(ClaimedScan {
                    id: ScanId(id),
                    org_id: OrgId(row.try_get("org_id").doing("reading a claimed scan")?),
                    attempt: u32::try_from(attempt).unwrap_or(1),
                    target,
                    sealed_credentials: row.try_get("sealed_credentials").doing("reading a claimed scan")?,
                    traceparent: row.try_get("traceparent").doing("reading a claimed scan")?,
                    earlier: earlier(&row).doing("reading a claimed scan")?,
                }),
                Err(why) => {
                    tracing::error!(scan.id = %id, error = %why, "a stored target cannot be read; its scan fails");
                    unreadable.push(id);
                }
            }
        }
        Ok(Claim { tx, scans, unreadable })
    }
}

/// A digest that cannot be read costs the comparison only.
fn earlier(row: &PgRow) -> Result<Option<(ScanId, Digest)>, sqlx::Error> {
    let id: Option<Uuid> = row.try_get("earlier_id")?;
    let report: Option<String> = row.try_get("earlier_report")?;
    Ok(id.map(ScanId).zip(report.and_then(|r| r.parse().ok())))
}

impl Claim {
    /// Marks what the broker confirmed and gives the rest back.
    ///
    /// # Errors
    /// The database failed: the scans will be published again, which does no harm.
    pub async fn commit(mut self, published: &[ScanId]) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = published.iter().map(|id| id.0).collect();
        if !ids.is_empty() {
            sqlx::query("update scans set dispatched_at = now(), moved_at = now() where id = any($1)")
                .bind(&ids)
                .execute(&mut *self.tx)
                .await
                .doing("marking scans as dispatched")?;
        }
        if !self.unreadable.is_empty() {
            sqlx::query(
                "update scans set status = 'failed', rank = 4, completed_at = now(), version = version + 1, sealed_credentials = null,
                 error_code = 'unreadable_target', error_message = 'the target was stored by another version and cannot be read; submit it again'
                 where id = any($1)",
            )
            .bind(&self.unreadable)
            .execute(&mut *self.tx)
            .await
            .doing("failing unreadable scans")?;
        }
        self.tx.commit().await.doing("committing dispatched scans")
    }
}
