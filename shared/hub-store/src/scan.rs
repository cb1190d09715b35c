//! The scan's row: its birth (with its idempotency row), reading it, cancelling it.

use crate::error::Doing;
use crate::identity::corrupt;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use hub_model::{Digest, Grade, HostedTarget, JobStatus, OrgId, ProjectId, ScanId, Severity, SourceTarget, UserId, Viewer};
use hub_secrets::AuthType;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// What kind of scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanType {
    Source,
    Hosted,
}

impl ScanType {
    /// The word in API and database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Hosted => "hosted",
        }
    }
}

/// Not one of the scan types.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a scan type; use source or hosted")]
pub struct BadScanType(String);

impl FromStr for ScanType {
    type Err = BadScanType;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s {
            "source" => Ok(Self::Source),
            "hosted" => Ok(Self::Hosted),
            _ => Err(BadScanType(s.chars().take(40).collect())),
        }
    }
}

/// What a scan is about, as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "scan_type", content = "target", rename_all = "snake_case")]
pub enum ScanTarget {
    Source(SourceTarget),
    Hosted(HostedTarget),
}

impl ScanTarget {
    /// Source or hosted.
    #[must_use]
    pub fn scan_type(&self) -> ScanType {
        match self {
            Self::Source(_) => ScanType::Source,
            Self::Hosted(_) => ScanType::Hosted,
        }
    }
}

/// A scan about to be born. The owner is the [`Viewer`] it is created for.
#[derive(Clone, Debug)]
pub struct NewScan {
    pub id: ScanId,
    pub target: ScanTarget,
    pub is_private: bool,
    pub is_official: bool,
    /// As the client wrote it; `None` for a hosted scan.
    pub source_url: Option<String>,
    pub repo_name: Option<String>,
    pub registry_name: Option<String>,
    pub version_or_commit: Option<String>,
    pub auth_type: Option<AuthType>,
    /// Ciphertext for the connector's key.
    pub sealed_credentials: Option<String>,
    /// W3C trace context of the request, so that the trace goes on behind the queue.
    pub traceparent: Option<String>,
}

/// What makes a repeated POST recognisable.
#[derive(Clone, Debug)]
pub struct Idempotency<'a> {
    pub key: &'a str,
    /// SHA-256 over call and body.
    pub request_hash: [u8; 32],
    /// The answer a repeat gets.
    pub response: &'a str,
}

/// How long a repeat is recognised.
const IDEMPOTENCY_HOURS: i32 = 24;

/// What became of [`Store::create_scans`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Born {
    /// The scans exist now.
    Created,
    /// The same request came before: this was its answer.
    Repeated { response: String },
    /// The idempotency key came before with another request.
    KeyReused,
}

/// Alias that reads well in signatures: the outcome of a birth.
pub type Birth = Result<Born, StoreError>;

/// A scan's row.
#[derive(Clone, Debug)]
pub struct ScanRecord {
    pub id: ScanId,
    pub org_id: OrgId,
    pub user_id: UserId,
    pub project_id: ProjectId,
    pub user_email: String,
    pub project_name: String,
    pub scan_type: ScanType,
    pub is_private: bool,
    pub is_official: bool,
    pub source_url: Option<String>,
    pub repo_name: Option<String>,
    pub registry_name: Option<String>,
    pub version_or_commit: Option<String>,
    pub endpoint_url: Option<String>,
    pub auth_type: Option<String>,
    pub status: JobStatus,
    pub attempt: u32,
    /// Grows with every change.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub source_version: Option<String>,
    pub scan_version: Option<String>,
    pub artifact_digest: Option<Digest>,
    pub report_digest: Option<Digest>,
    pub overall_severity: Option<Severity>,
    pub score: Option<u8>,
    pub grade: Option<Grade>,
    pub total_tools: Option<u32>,
    pub tools_ok: Option<u32>,
    pub severity_counts: BTreeMap<String, u32>,
}

/// One tool of a scan, in the report's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolRecord {
    pub tool_name: String,
    /// `pending`, `completed` or `failed`.
    pub scan_status: String,
    pub severity: Option<Severity>,
}

/// What became of a wish to cancel.
#[derive(Clone, Debug)]
pub enum Cancelled {
    /// It ends now (the first call), or had ended before (any way).
    Ended { scan: Box<ScanRecord>, by_this_call: bool },
    /// It belongs to another org.
    NotYours,
    /// There is no such scan.
    Unknown,
}

macro_rules! scan_columns {
    () => {
        "s.id, s.org_id, s.user_id, s.project_id, s.user_email, s.project_name, s.scan_type, s.is_private, s.is_official, s.source_url, \
         s.repo_name, s.registry_name, s.version_or_commit, s.endpoint_url, s.auth_type, s.status, s.attempt, s.version, s.created_at, \
         s.started_at, s.completed_at, s.error_code, s.error_message, s.source_version, s.scan_version, s.artifact_digest, s.report_digest, \
         s.overall_severity, s.score, s.grade, s.total_tools, s.tools_ok, s.severity_counts"
    };
}
pub(crate) use scan_columns;

fn parsed<T>(row: &PgRow, column: &'static str) -> Result<Option<T>, sqlx::Error>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    row.try_get::<Option<String>, _>(column)?
        .map(|text| text.parse().map_err(|e| corrupt(column, e)))
        .transpose()
}

fn unsigned(row: &PgRow, column: &'static str) -> Result<Option<u32>, sqlx::Error> {
    row.try_get::<Option<i32>, _>(column)?
        .map(|n| u32::try_from(n).map_err(|e| corrupt(column, e)))
        .transpose()
}

/// A required text column.
#[derive(Debug)]
struct Empty;
impl fmt::Display for Empty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is empty")
    }
}
impl std::error::Error for Empty {}

fn required<T>(row: &PgRow, column: &'static str) -> Result<T, sqlx::Error>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    parsed(row, column)?.ok_or_else(|| corrupt(column, Empty))
}

impl<'r> sqlx::FromRow<'r, PgRow> for ScanRecord {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: ScanId(row.try_get("id")?),
            org_id: OrgId(row.try_get("org_id")?),
            user_id: UserId(row.try_get("user_id")?),
            project_id: ProjectId(row.try_get("project_id")?),
            user_email: row.try_get("user_email")?,
            project_name: row.try_get("project_name")?,
            scan_type: required(row, "scan_type")?,
            is_private: row.try_get("is_private")?,
            is_official: row.try_get("is_official")?,
            source_url: row.try_get("source_url")?,
            repo_name: row.try_get("repo_name")?,
            registry_name: row.try_get("registry_name")?,
            version_or_commit: row.try_get("version_or_commit")?,
            endpoint_url: row.try_get("endpoint_url")?,
            auth_type: row.try_get("auth_type")?,
            status: required(row, "status")?,
            attempt: unsigned(row, "attempt")?.unwrap_or(1),
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            started_at: row.try_get("started_at")?,
            completed_at: row.try_get("completed_at")?,
            error_code: row.try_get("error_code")?,
            error_message: row.try_get("error_message")?,
            source_version: row.try_get("source_version")?,
            scan_version: row.try_get("scan_version")?,
            artifact_digest: parsed(row, "artifact_digest")?,
            report_digest: parsed(row, "report_digest")?,
            overall_severity: parsed(row, "overall_severity")?,
            score: row.try_get::<Option<i16>, _>("score")?.and_then(|n| u8::try_from(n).ok()),
            grade: row
                .try_get::<Option<String>, _>("grade")?
                .map(|g| serde_json::from_value(Value::String(g)).map_err(|e| corrupt("grade", e)))
                .transpose()?,
            total_tools: unsigned(row, "total_tools")?,
            tools_ok: unsigned(row, "tools_ok")?,
            severity_counts: row
                .try_get::<Option<Json<BTreeMap<String, u32>>>, _>("severity_counts")?
                .map(|j| j.0)
                .unwrap_or_default(),
        })
    }
}

fn read_tool(row: &PgRow) -> Result<(ScanId, ToolRecord), sqlx::Error> {
    let tool = ToolRecord {
        tool_name: row.try_get("tool_name")?,
        scan_status: row.try_get("scan_status")?,
        severity: parsed(row, "severity")?,
    };
    Ok((ScanId(row.try_get("scan_id")?), tool))
}

/// The moment inside a version 7 id; the present for any other.
fn birth_of(id: ScanId) -> DateTime<Utc> {
    id.0.get_timestamp()
        .and_then(|t| DateTime::from_timestamp(i64::try_from(t.to_unix().0).ok()?, t.to_unix().1))
        .unwrap_or_else(Utc::now)
}

/// A new row in the shape `jsonb_to_recordset` reads.
#[derive(Serialize)]
struct NewRow<'a> {
    id: Uuid,
    org_id: Uuid,
    user_id: Uuid,
    project_id: Uuid,
    user_email: &'a str,
    project_name: &'a str,
    scan_type: &'static str,
    is_private: bool,
    is_official: bool,
    source_url: Option<&'a str>,
    repo_name: Option<&'a str>,
    registry_name: Option<&'a str>,
    version_or_commit: Option<&'a str>,
    endpoint_url: Option<&'a str>,
    auth_type: Option<&'static str>,
    target: Value,
    sealed_credentials: Option<&'a str>,
    traceparent: Option<&'a str>,
    created_at: DateTime<Utc>,
}

/// The rows of new scans.
pub(crate) fn new_rows(viewer: &Viewer, scans: &[NewScan]) -> Result<Vec<Value>, StoreError> {
    let corrupt = |e: serde_json::Error| StoreError::Corrupt {
        what: "target",
        why: e.to_string(),
    };
    let mut rows = Vec::with_capacity(scans.len());
    for scan in scans {
        let (target, endpoint_url) = match &scan.target {
            ScanTarget::Source(t) => (serde_json::to_value(t), None),
            ScanTarget::Hosted(t) => (serde_json::to_value(t), Some(t.endpoint_url.as_str())),
        };
        let row = NewRow {
            id: scan.id.0,
            org_id: viewer.org_id.0,
            user_id: viewer.user_id.0,
            project_id: viewer.project_id.0,
            user_email: &viewer.user_email,
            project_name: &viewer.project_name,
            scan_type: scan.target.scan_type().as_str(),
            is_private: scan.is_private,
            is_official: scan.is_official,
            source_url: scan.source_url.as_deref(),
            repo_name: scan.repo_name.as_deref(),
            registry_name: scan.registry_name.as_deref(),
            version_or_commit: scan.version_or_commit.as_deref(),
            endpoint_url,
            auth_type: scan.auth_type.map(AuthType::as_str),
            target: target.map_err(corrupt)?,
            sealed_credentials: scan.sealed_credentials.as_deref(),
            traceparent: scan.traceparent.as_deref(),
            created_at: birth_of(scan.id),
        };
        rows.push(serde_json::to_value(row).map_err(corrupt)?);
    }
    Ok(rows)
}

macro_rules! insert_scans {
    ($condition:literal) => {
        concat!(
            "insert into scans (id, org_id, user_id, project_id, user_email, project_name, scan_type, is_private, is_official, source_url, \
             repo_name, registry_name, version_or_commit, endpoint_url, auth_type, target, sealed_credentials, traceparent, created_at) \
             select id, org_id, user_id, project_id, user_email, project_name, scan_type, is_private, is_official, source_url, repo_name, \
             registry_name, version_or_commit, endpoint_url, auth_type, target, sealed_credentials, traceparent, created_at \
             from jsonb_to_recordset($1) as n(id uuid, org_id uuid, user_id uuid, project_id uuid, user_email text, project_name text, \
             scan_type text, is_private boolean, is_official boolean, source_url text, repo_name text, registry_name text, \
             version_or_commit text, endpoint_url text, auth_type text, target jsonb, sealed_credentials text, traceparent text, \
             created_at timestamptz) ",
            $condition
        )
    };
}

impl Store {
    pub(crate) async fn insert_rows(&self, rows: &[Value]) -> Result<(), StoreError> {
        sqlx::query(insert_scans!(""))
            .bind(Json(rows))
            .execute(&self.pool)
            .await
            .doing("creating scans")?;
        Ok(())
    }

    /// Creates scans for `viewer`, all or none, together with the idempotency row: one statement, one round trip.
    ///
    /// # Errors
    /// The database failed; nothing was created.
    pub async fn create_scans(&self, viewer: &Viewer, scans: &[NewScan], idempotency: Option<&Idempotency<'_>>) -> Birth {
        let rows = new_rows(viewer, scans)?;
        let Some(idem) = idempotency else {
            self.insert_rows(&rows).await?;
            return Ok(Born::Created);
        };
        let created: i64 = sqlx::query_scalar(concat!(
            "with key as ( \
               insert into idempotency_keys (user_id, key, request_hash, response) values ($2, $3, $4, $5) \
               on conflict (user_id, key) do update \
                 set request_hash = excluded.request_hash, response = excluded.response, created_at = now() \
                 where idempotency_keys.created_at < now() - make_interval(hours => $6) \
               returning 1), \
             born as (",
            insert_scans!("where exists (select 1 from key) returning 1"),
            ") select count(*) from born"
        ))
        .bind(Json(&rows))
        .bind(viewer.user_id.0)
        .bind(idem.key)
        .bind(idem.request_hash.to_vec())
        .bind(idem.response)
        .bind(IDEMPOTENCY_HOURS)
        .fetch_one(&self.pool)
        .await
        .doing("creating scans")?;
        if created > 0 || scans.is_empty() {
            return Ok(Born::Created);
        }
        // Whoever was first has committed: only then does the statement above find its row in the way.
        self.find_repeated(viewer, idem).await.map(|born| born.unwrap_or(Born::KeyReused))
    }

    /// What became of the request that came before with this idempotency key, if one did within the last 24 hours.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_repeated(&self, viewer: &Viewer, idem: &Idempotency<'_>) -> Result<Option<Born>, StoreError> {
        let row = sqlx::query(
            "select request_hash, response from idempotency_keys
             where user_id = $1 and key = $2 and created_at >= now() - make_interval(hours => $3)",
        )
        .bind(viewer.user_id.0)
        .bind(idem.key)
        .bind(IDEMPOTENCY_HOURS)
        .fetch_optional(&self.pool)
        .await
        .doing("finding an idempotency key")?;
        let Some(row) = row else { return Ok(None) };
        let hash: Vec<u8> = row.try_get("request_hash").doing("reading an idempotency key")?;
        Ok(Some(if hash == idem.request_hash {
            Born::Repeated {
                response: row.try_get("response").doing("reading an idempotency key")?,
            }
        } else {
            Born::KeyReused
        }))
    }

    /// The scan with this id, whoever owns it. The caller still has to ask [`Viewer::may_read`]: "not yours" and "unknown"
    /// are different answers.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_scan(&self, id: ScanId) -> Result<Option<ScanRecord>, StoreError> {
        sqlx::query_as(concat!("select ", scan_columns!(), " from scans s where s.id = $1"))
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await
            .doing("finding a scan")
    }

    /// The scan's tools, in the report's order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_tools(&self, id: ScanId) -> Result<Vec<ToolRecord>, StoreError> {
        Ok(self.list_tools_of(&[id]).await?.remove(&id).unwrap_or_default())
    }

    /// The tools of several scans in one query.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_tools_of(&self, ids: &[ScanId]) -> Result<BTreeMap<ScanId, Vec<ToolRecord>>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query(
            "select scan_id, tool_name, scan_status, severity from scan_tools where scan_id = any($1) order by scan_id, ordinal",
        )
        .bind(&ids)
        .fetch_all(&self.pool)
        .await
        .doing("listing tools")?;
        let mut tools: BTreeMap<ScanId, Vec<ToolRecord>> = BTreeMap::new();
        for row in &rows {
            let (id, tool) = read_tool(row).doing("reading tools")?;
            tools.entry(id).or_default().push(tool);
        }
        Ok(tools)
    }

    /// Ends a scan of the viewer's org as `cancelled`, unless it has ended already. Idempotent.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cancel_scan(&self, viewer: &Viewer, id: ScanId) -> Result<Cancelled, StoreError> {
        let ended: Option<ScanRecord> = sqlx::query_as(concat!(
            "with woken as (select pg_notify('hub_dispatch', '')) \
             update scans s set status = 'cancelled', rank = 4, completed_at = now(), moved_at = now(), version = s.version + 1, \
             sealed_credentials = null from woken where s.id = $1 and s.org_id = $2 and s.rank < 4 returning ",
            scan_columns!()
        ))
        .bind(id.0)
        .bind(viewer.org_id.0)
        .fetch_optional(&self.pool)
        .await
        .doing("cancelling a scan")?;
        if let Some(scan) = ended {
            return Ok(Cancelled::Ended {
                scan: Box::new(scan),
                by_this_call: true,
            });
        }
        Ok(match self.find_scan(id).await? {
            None => Cancelled::Unknown,
            Some(scan) if viewer.may_change(scan.org_id) => Cancelled::Ended {
                scan: Box::new(scan),
                by_this_call: false,
            },
            Some(_) => Cancelled::NotYours,
        })
    }
}
