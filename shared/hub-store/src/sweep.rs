//! Scans that stopped moving: driven again, a bounded number of times, then failed with a reason.

use crate::error::Doing;
use crate::scan::scan_columns;
use crate::{ScanRecord, Store, StoreError};
use hub_model::ScanId;
use std::time::Duration;

hub_model::settings! {
    /// When a scan counts as stuck, and what is tried.
    pub struct SweepSettings {
        /// Seconds without a sign of life after which a scan inside a stage is driven again; more than a worker may take
        /// (HUB_QUEUE_HANDLER_TIMEOUT_SECS).
        pub stuck_after: Duration = "HUB_STUCK_SECS", Duration::from_secs(1800);
        /// Seconds after which a scan that waits for a worker, to be fetched or to be analysed, is driven again; longer, because
        /// a full queue is no fault.
        pub untaken_after: Duration = "HUB_UNTAKEN_SECS", Duration::from_secs(3600);
        /// Attempts of a whole scan before it fails.
        pub max_attempts: u32 = "HUB_MAX_ATTEMPTS", 3;
        /// Seconds between two sweeps.
        pub every: Duration = "HUB_SWEEP_EVERY_SECS", Duration::from_secs(15);
    }
}

/// The error code of a scan whose message became a dead letter.
pub const GIVEN_UP: &str = "given_up";

/// Scans one sweep handles at most; the next goes on.
const BATCH: i64 = 200;

/// What a sweep did.
#[derive(Clone, Debug, Default)]
pub struct Swept {
    /// Back to `initializing`, to be published again under the next attempt.
    pub redriven: Vec<ScanRecord>,
    /// Failed for good.
    pub failed: Vec<ScanRecord>,
}

impl Store {
    /// Scans that were given up because their message became a dead letter, newest first: an operator's list over all orgs.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_given_up(&self, limit: u32) -> Result<Vec<ScanRecord>, StoreError> {
        sqlx::query_as(concat!(
            "select ",
            scan_columns!(),
            " from scans s where s.status = 'failed' and s.error_code = $1 order by s.id desc limit $2"
        ))
        .bind(GIVEN_UP)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .doing("listing given-up scans")
    }

    /// Drives a failed scan again under the next attempt. `None` if it is not failed, or needed credentials, which are gone.
    ///
    /// # Errors
    /// The database failed.
    pub async fn redrive(&self, id: ScanId) -> Result<Option<ScanRecord>, StoreError> {
        let scan = sqlx::query_as(concat!(
            "with woken as (select pg_notify('hub_dispatch', ''))
             update scans s set status = 'initializing', rank = 0, attempt = s.attempt + 1, dispatched_at = null, moved_at = now(),
               version = s.version + 1, completed_at = null, error_code = null, error_message = null
             from woken where s.id = $1 and s.status = 'failed' and coalesce(s.auth_type, 'none') = 'none' returning ",
            scan_columns!()
        ))
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await
        .doing("driving a scan again")?;
        Ok(scan)
    }

    /// Looks for stuck scans. Several processes may sweep at once: each takes other rows.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sweep(&self, settings: &SweepSettings) -> Result<Swept, StoreError> {
        let mut tx = self.pool.begin().await.doing("sweeping")?;
        let stuck = "with stuck as (
                 select id from scans where dispatched_at is not null and rank < 4
                   and moved_at < now() - case when rank = 0 or (rank = 1 and artifact_digest is not null) then make_interval(secs => $1) else make_interval(secs => $2) end";
        let failed: Vec<ScanRecord> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{stuck} and attempt >= $3 order by moved_at limit $4 for update skip locked)
             update scans s set status = 'failed', rank = 4, completed_at = now(), moved_at = now(), version = s.version + 1, sealed_credentials = null,
               error_code = 'scan_stuck', error_message = 'the scan stopped moving while ' || replace(s.status, '_', ' ') || ' and ' || s.attempt ||
               ' attempts did not finish it; submit it again, and report it if it happens again'
             from stuck where s.id = stuck.id returning {columns}",
            columns = scan_columns!()
        )))
        .bind(settings.untaken_after.as_secs_f64())
        .bind(settings.stuck_after.as_secs_f64())
        .bind(i32::try_from(settings.max_attempts).unwrap_or(i32::MAX))
        .bind(BATCH)
        .fetch_all(&mut *tx)
        .await
        .doing("failing stuck scans")?;
        let redriven: Vec<ScanRecord> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{stuck} and attempt < $3 order by moved_at limit $4 for update skip locked)
             update scans s set status = 'initializing', rank = 0, attempt = s.attempt + 1, dispatched_at = null, moved_at = now(), version = s.version + 1
             from stuck where s.id = stuck.id returning {columns}",
            columns = scan_columns!()
        )))
        .bind(settings.untaken_after.as_secs_f64())
        .bind(settings.stuck_after.as_secs_f64())
        .bind(i32::try_from(settings.max_attempts).unwrap_or(i32::MAX))
        .bind(BATCH)
        .fetch_all(&mut *tx)
        .await
        .doing("driving stuck scans again")?;
        if !redriven.is_empty() || !failed.is_empty() {
            sqlx::query("select pg_notify('hub_dispatch', '')")
                .execute(&mut *tx)
                .await
                .doing("waking dispatchers")?;
        }
        tx.commit().await.doing("committing a sweep")?;
        Ok(Swept { redriven, failed })
    }
}
