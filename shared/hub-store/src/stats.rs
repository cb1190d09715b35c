//! Counts over what a viewer may see.

use crate::error::Doing;
use crate::{Store, StoreError};
use hub_model::Viewer;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use std::collections::BTreeMap;

/// Days that `by_day` reaches back.
const DAYS: i32 = 30;

/// Counts over the scans a viewer may see.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Stats {
    pub total_scans: u64,
    pub by_status: BTreeMap<String, u64>,
    pub by_type: BTreeMap<String, u64>,
    /// Completed scans by their overall severity.
    pub by_severity: BTreeMap<String, u64>,
    /// Findings by severity.
    pub findings_by_severity: BTreeMap<String, u64>,
    /// Findings by category.
    pub by_category: BTreeMap<String, u64>,
    /// Scans by the day (UTC) they were submitted, the last 30 days.
    pub by_day: BTreeMap<String, u64>,
}

impl Store {
    /// Counts over everyone's public scans and the private ones of the viewer's org.
    ///
    /// # Errors
    /// The database failed.
    pub async fn stats(&self, viewer: &Viewer) -> Result<Stats, StoreError> {
        let Json(stats): Json<Stats> = sqlx::query_scalar(
            "with v as materialized (
                 select status, scan_type, overall_severity, severity_counts, category_counts, created_at from scans where not is_private
                 union all
                 select status, scan_type, overall_severity, severity_counts, category_counts, created_at from scans where is_private and org_id = $1)
             select jsonb_build_object(
                 'total_scans', (select count(*) from v),
                 'by_status', (select coalesce(jsonb_object_agg(k, n), '{}') from (select status k, count(*) n from v group by 1) t),
                 'by_type', (select coalesce(jsonb_object_agg(k, n), '{}') from (select scan_type k, count(*) n from v group by 1) t),
                 'by_severity', (select coalesce(jsonb_object_agg(k, n), '{}') from
                     (select overall_severity k, count(*) n from v where overall_severity is not null group by 1) t),
                 'findings_by_severity', (select coalesce(jsonb_object_agg(k, n), '{}') from
                     (select e.key k, sum(e.value::bigint) n from v, jsonb_each_text(v.severity_counts) e group by 1) t),
                 'by_category', (select coalesce(jsonb_object_agg(k, n), '{}') from
                     (select e.key k, sum(e.value::bigint) n from v, jsonb_each_text(v.category_counts) e group by 1) t),
                 'by_day', (select coalesce(jsonb_object_agg(k, n), '{}') from
                     (select to_char(created_at at time zone 'utc', 'YYYY-MM-DD') k, count(*) n from v
                      where created_at >= now() - make_interval(days => $2) group by 1) t))",
        )
        .bind(viewer.org_id.0)
        .bind(DAYS)
        .fetch_one(&self.pool)
        .await
        .doing("counting scans")?;
        Ok(stats)
    }
}
