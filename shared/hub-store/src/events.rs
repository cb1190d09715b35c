//! Applying facts to scans: monotone, idempotent, in batches.

use crate::error::Doing;
use crate::scan::scan_columns;
use crate::{ScanRecord, Store, StoreError};
use chrono::{DateTime, Utc};
use hub_model::{Digest, Grade, JobStatus, ScanId, Severity};
use serde::Serialize;
use sqlx::types::Json;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// A fact about one scan.
#[derive(Clone, Debug)]
pub struct Change {
    pub scan_id: ScanId,
    pub attempt: u32,
    pub at: DateTime<Utc>,
    pub kind: ChangeKind,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum ChangeKind {
    /// A worker took the scan into this stage.
    Entered(JobStatus),
    /// The target was obtained and pinned.
    Resolved { source_version: String, artifact: Digest },
    /// The tools are known by name.
    Discovered { tools: Vec<String> },
    /// Done, with a report.
    Completed(Box<Outcome>),
    /// Over, without one.
    Failed { code: String, message: String },
}

/// What a completed scan leaves.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub report_digest: Digest,
    /// The report document: JSON, compressed with zstd, as the artifact store holds it.
    pub report_zst: Vec<u8>,
    pub scan_version: String,
    pub source_version: String,
    pub overall_severity: Severity,
    pub score: u8,
    pub grade: Grade,
    pub tools: Vec<ToolRow>,
    pub severity_counts: BTreeMap<String, u32>,
    pub category_counts: BTreeMap<String, u32>,
}

/// One tool of an [`Outcome`].
#[derive(Clone, Debug)]
pub struct ToolRow {
    pub tool_name: String,
    pub severity: Severity,
}

/// A scan as it stands after [`Store::apply`].
#[derive(Clone, Debug)]
pub struct Applied {
    pub scan: ScanRecord,
    /// The batch brought it to its end.
    pub ended: bool,
}

/// All of a batch about one scan, folded.
#[derive(Default)]
struct Patch {
    attempt: u32,
    status: Option<(JobStatus, DateTime<Utc>)>,
    first_seen: Option<DateTime<Utc>>,
    resolved: Option<(String, Digest)>,
    tools: Option<Vec<String>>,
    outcome: Option<Box<Outcome>>,
    failure: Option<(String, String)>,
}

impl Patch {
    fn take(&mut self, change: Change) {
        if change.attempt > self.attempt {
            if self.outcome.is_some() {
                // An earlier attempt has reached the goal: there is nothing left to try.
                return;
            }
            *self = Self {
                attempt: change.attempt,
                ..Self::default()
            };
        } else if change.attempt < self.attempt {
            let ended = self.status.is_some_and(|(s, _)| s.is_final());
            if ended || !matches!(change.kind, ChangeKind::Completed(_)) {
                return;
            }
            *self = Self {
                attempt: change.attempt,
                ..Self::default()
            };
        }
        self.first_seen = Some(self.first_seen.map_or(change.at, |seen| seen.min(change.at)));
        let ended = self.status.is_some_and(|(s, _)| s.is_final());
        match change.kind {
            ChangeKind::Entered(status) => self.reach(status, change.at),
            ChangeKind::Resolved { source_version, artifact } => self.resolved = Some((source_version, artifact)),
            ChangeKind::Discovered { tools } => self.tools = Some(tools),
            // The first end counts.
            ChangeKind::Completed(outcome) if !ended => {
                self.reach(JobStatus::Completed, change.at);
                self.outcome = Some(outcome);
            }
            ChangeKind::Failed { code, message } if !ended => {
                self.reach(JobStatus::Failed, change.at);
                self.failure = Some((code, message));
            }
            ChangeKind::Completed(_) | ChangeKind::Failed { .. } => {}
        }
    }

    fn reach(&mut self, status: JobStatus, at: DateTime<Utc>) {
        if self.status.is_none_or(|(have, _)| have.may_become(status)) {
            self.status = Some((status, at));
        }
    }
}

/// A patch in the shape `jsonb_to_recordset` reads. `None` leaves the column alone.
#[derive(Serialize)]
struct PatchRow<'a> {
    id: Uuid,
    attempt: u32,
    status: Option<&'static str>,
    rank: Option<u8>,
    first_seen: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    source_version: Option<&'a str>,
    artifact_digest: Option<String>,
    report_digest: Option<String>,
    scan_version: Option<&'a str>,
    overall_severity: Option<Severity>,
    score: Option<u8>,
    grade: Option<Grade>,
    total_tools: Option<usize>,
    tools_ok: Option<usize>,
    severity_counts: Option<&'a BTreeMap<String, u32>>,
    category_counts: Option<&'a BTreeMap<String, u32>>,
    error_code: Option<&'a str>,
    error_message: Option<&'a str>,
}

/// Postgres text cannot hold U+0000.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[derive(Serialize)]
struct ToolsRow {
    scan_id: Uuid,
    ordinal: usize,
    tool_name: String,
    scan_status: &'static str,
    severity: Option<Severity>,
}

impl Store {
    /// Applies a batch of facts in one transaction and returns the scans that changed. Facts of an older attempt (but
    /// for its success, which was only late), facts about ended or unknown scans and backward steps change nothing.
    ///
    /// # Errors
    /// The database failed; nothing was applied.
    pub async fn apply(&self, changes: Vec<Change>) -> Result<Vec<Applied>, StoreError> {
        let mut patches: BTreeMap<ScanId, Patch> = BTreeMap::new();
        for change in changes {
            patches.entry(change.scan_id).or_default().take(change);
        }
        if patches.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<PatchRow<'_>> = patches.iter().map(|(id, patch)| patch_row(*id, patch)).collect();
        // serde_json escapes U+0000, which jsonb refuses: texts of hostile origin are cleaned before.
        let rows = serde_json::to_string(&rows)
            .map_err(|e| StoreError::Corrupt {
                what: "change",
                why: e.to_string(),
            })?
            .replace("\\u0000", "\\ufffd");

        let mut tx = self.pool.begin().await.doing("applying events")?;
        // Rows are locked in id order first, so that two batches cannot wait for each other.
        let changed: Vec<ScanRecord> = sqlx::query_as(concat!(
            "with p as materialized (
                 select * from jsonb_to_recordset($1::jsonb) as p(id uuid, attempt int, status text, rank smallint, first_seen timestamptz,
                     ended_at timestamptz, source_version text, artifact_digest text, report_digest text, scan_version text,
                     overall_severity text, score smallint, grade text, total_tools int, tools_ok int, severity_counts jsonb,
                     category_counts jsonb, error_code text, error_message text)),
             locked as materialized (select s.id from scans s join p on p.id = s.id order by s.id for update of s)
             update scans s set
                 status = case when p.rank > s.rank then p.status else s.status end,
                 rank = greatest(s.rank, p.rank),
                 started_at = coalesce(s.started_at, p.first_seen),
                 completed_at = coalesce(s.completed_at, p.ended_at),
                 source_version = coalesce(p.source_version, s.source_version),
                 artifact_digest = coalesce(p.artifact_digest, s.artifact_digest),
                 report_digest = coalesce(p.report_digest, s.report_digest),
                 scan_version = coalesce(p.scan_version, s.scan_version),
                 overall_severity = coalesce(p.overall_severity, s.overall_severity),
                 score = coalesce(p.score, s.score),
                 grade = coalesce(p.grade, s.grade),
                 total_tools = coalesce(p.total_tools, s.total_tools),
                 tools_ok = coalesce(p.tools_ok, s.tools_ok),
                 severity_counts = coalesce(p.severity_counts, s.severity_counts),
                 category_counts = coalesce(p.category_counts, s.category_counts),
                 error_code = coalesce(p.error_code, s.error_code),
                 error_message = coalesce(p.error_message, s.error_message),
                 sealed_credentials = case when p.rank = 4 then null else s.sealed_credentials end,
                 dispatched_at = coalesce(s.dispatched_at, now()),
                 moved_at = now(),
                 version = s.version + 1
             from p, locked l
             where s.id = p.id and l.id = s.id and s.rank < 4
               and (s.attempt = p.attempt or (p.attempt < s.attempt and p.status = 'completed'))
             returning ",
            scan_columns!()
        ))
        .bind(&rows)
        .fetch_all(&mut *tx)
        .await
        .doing("applying events")?;

        let mut tools = Vec::new();
        let mut retold: HashSet<Uuid> = HashSet::new();
        let mut reports: HashMap<Uuid, (String, Vec<u8>)> = HashMap::new();
        let mut applied = Vec::with_capacity(changed.len());
        for scan in changed {
            let ended = scan.status.is_final();
            if let Some(patch) = patches.get_mut(&scan.id) {
                if let Some(outcome) = patch.outcome.take() {
                    retold.insert(scan.id.0);
                    tools.extend(outcome.tools.iter().enumerate().map(|(ordinal, tool)| ToolsRow {
                        scan_id: scan.id.0,
                        ordinal,
                        tool_name: clean(&tool.tool_name),
                        scan_status: "completed",
                        severity: Some(tool.severity),
                    }));
                    reports.insert(scan.id.0, (outcome.report_digest.to_string(), outcome.report_zst));
                } else if let Some(names) = patch.tools.take() {
                    retold.insert(scan.id.0);
                    let status = if ended { "failed" } else { "pending" };
                    tools.extend(names.iter().enumerate().map(|(ordinal, name)| ToolsRow {
                        scan_id: scan.id.0,
                        ordinal,
                        tool_name: clean(name),
                        scan_status: status,
                        severity: None,
                    }));
                } else if ended {
                    // Failed after its tools were known: none of them was finished.
                    sqlx::query("update scan_tools set scan_status = 'failed' where scan_id = $1 and scan_status = 'pending'")
                        .bind(scan.id.0)
                        .execute(&mut *tx)
                        .await
                        .doing("closing tools")?;
                }
            }
            applied.push(Applied { ended, scan });
        }
        if !retold.is_empty() {
            let ids: Vec<Uuid> = retold.into_iter().collect();
            sqlx::query("delete from scan_tools where scan_id = any($1)")
                .bind(&ids)
                .execute(&mut *tx)
                .await
                .doing("replacing tools")?;
            sqlx::query(
                "insert into scan_tools (scan_id, ordinal, tool_name, scan_status, severity)
                 select scan_id, ordinal, tool_name, scan_status, severity
                 from jsonb_to_recordset($1) as t(scan_id uuid, ordinal int, tool_name text, scan_status text, severity text)",
            )
            .bind(Json(&tools))
            .execute(&mut *tx)
            .await
            .doing("storing tools")?;
        }
        if !reports.is_empty() {
            let (mut ids, mut digests, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
            for (id, (digest, body)) in reports {
                ids.push(id);
                digests.push(digest);
                bodies.push(body);
            }
            sqlx::query(
                "insert into reports (scan_id, digest, body) select * from unnest($1::uuid[], $2::text[], $3::bytea[])
                 on conflict (scan_id) do update set digest = excluded.digest, body = excluded.body",
            )
            .bind(&ids)
            .bind(&digests)
            .bind(&bodies)
            .execute(&mut *tx)
            .await
            .doing("storing reports")?;
        }
        if applied.iter().any(|a| a.ended) {
            // Room under some org's cap.
            sqlx::query("select pg_notify('hub_dispatch', '')")
                .execute(&mut *tx)
                .await
                .doing("waking dispatchers")?;
        }
        tx.commit().await.doing("committing events")?;
        Ok(applied)
    }
}

fn patch_row(id: ScanId, patch: &Patch) -> PatchRow<'_> {
    let outcome = patch.outcome.as_deref();
    let tools = outcome.map(|o| o.tools.len());
    PatchRow {
        id: id.0,
        attempt: patch.attempt,
        status: patch.status.map(|(s, _)| s.as_str()),
        rank: patch.status.map(|(s, _)| s.rank()),
        first_seen: patch.first_seen,
        ended_at: patch.status.filter(|(s, _)| s.is_final()).map(|(_, at)| at),
        source_version: outcome
            .map(|o| o.source_version.as_str())
            .or(patch.resolved.as_ref().map(|(v, _)| v.as_str()))
            .filter(|v| !v.is_empty()),
        artifact_digest: patch.resolved.as_ref().map(|(_, d)| d.to_string()),
        report_digest: outcome.map(|o| o.report_digest.to_string()),
        scan_version: outcome.map(|o| o.scan_version.as_str()),
        overall_severity: outcome.map(|o| o.overall_severity),
        score: outcome.map(|o| o.score),
        grade: outcome.map(|o| o.grade),
        total_tools: tools.or(patch.tools.as_ref().map(Vec::len)),
        tools_ok: tools,
        severity_counts: outcome.map(|o| &o.severity_counts),
        category_counts: outcome.map(|o| &o.category_counts),
        error_code: patch.failure.as_ref().map(|(c, _)| c.as_str()),
        error_message: patch.failure.as_ref().map(|(_, m)| m.as_str()),
    }
}
