//! The stored report document.

use crate::error::Doing;
use crate::{Store, StoreError};
use hub_model::ScanId;
use sqlx::Row;
use std::io::Read;

/// Largest report document that is unpacked, in bytes: a bound against a damaged row, far above what a scan can produce.
const MAX_REPORT_BYTES: u64 = 256 << 20;

/// A report as stored: JSON, unpacked.
#[derive(Clone, Debug)]
pub struct StoredReport {
    pub digest: String,
    pub json: Vec<u8>,
}

impl Store {
    /// The report of a completed scan.
    ///
    /// # Errors
    /// The database failed, or the row is damaged.
    pub async fn find_report(&self, id: ScanId) -> Result<Option<StoredReport>, StoreError> {
        let Some(row) = sqlx::query("select digest, body from reports where scan_id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await
            .doing("finding a report")?
        else {
            return Ok(None);
        };
        let body: Vec<u8> = row.try_get("body").doing("reading a report")?;
        let damaged = |why: std::io::Error| StoreError::Corrupt {
            what: "report",
            why: why.to_string(),
        };
        let mut json = Vec::new();
        zstd::Decoder::new(body.as_slice())
            .map_err(damaged)?
            .take(MAX_REPORT_BYTES)
            .read_to_end(&mut json)
            .map_err(damaged)?;
        Ok(Some(StoredReport {
            digest: row.try_get("digest").doing("reading a report")?,
            json,
        }))
    }
}
