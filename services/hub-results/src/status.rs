//! A scan's row as the API tells it, and keeping it hot.

use crate::app::App;
use hub_model::ScanId;
use hub_store::{ScanRecord, StoreError, ToolRecord};
use hub_wire::api::{HotStatus, ScanFacts, ScanStatus, ScannedTool};

/// The facts. What tells who is behind a scan is told for private scans only, and those are seen by their own org only.
pub(crate) fn facts_of(scan: &ScanRecord) -> ScanFacts {
    let private = scan.is_private;
    ScanFacts {
        job_id: scan.id.0,
        source_url: scan.source_url.clone(),
        user_email: scan.user_email.clone(),
        version_or_commit: scan.version_or_commit.clone(),
        source_version: scan.source_version.clone(),
        scan_version: scan.scan_version.clone(),
        job_status: scan.status,
        created_at: scan.created_at,
        started_at: scan.started_at,
        completed_at: scan.completed_at,
        error_message: scan.error_message.clone(),
        is_official: scan.is_official,
        is_private: scan.is_private,
        scan_type: scan.scan_type.as_str().to_owned(),
        repo_name: scan.repo_name.clone(),
        endpoint_url: scan.endpoint_url.clone(),
        auth_type: scan.auth_type.clone(),
        org_id: private.then_some(scan.org_id.0),
        user_id: private.then_some(scan.user_id.0),
        project_name: private.then(|| scan.project_name.clone()),
        registry_name: scan.registry_name.clone().filter(|_| private),
        overall_severity: scan.overall_severity,
        total_tools_scanned: scan.total_tools.unwrap_or(0),
        tools_scanned_successfully: scan.tools_ok.unwrap_or(0),
    }
}

/// The answer of `GET status`.
pub(crate) fn status_of(scan: &ScanRecord, tools: Vec<ToolRecord>) -> HotStatus {
    let scanned_tools = tools
        .into_iter()
        .map(|t| ScannedTool {
            tool_name: t.tool_name,
            scan_status: t.scan_status,
            severity: t.severity,
        })
        .collect();
    HotStatus::new(
        scan.org_id,
        &ScanStatus {
            facts: facts_of(scan),
            scanned_tools,
        },
    )
}

impl App {
    /// The status of a scan: from the cache, else from the database, which then fills the cache.
    pub(crate) async fn find_status(&self, id: ScanId) -> Result<Option<HotStatus>, StoreError> {
        if let Some(hot) = self.cache.find_status(id).await.and_then(|bytes| HotStatus::from_bytes(&bytes)) {
            return Ok(Some(hot));
        }
        let Some(scan) = self.store.find_scan(id).await? else {
            return Ok(None);
        };
        let status = status_of(&scan, self.store.list_tools(id).await?);
        self.cache
            .put_status(id, scan.version, scan.status.is_final(), &status.to_bytes(), false)
            .await;
        Ok(Some(status))
    }

    /// Puts scans that have just changed into the cache and wakes those who wait for them. Failures cost freshness for
    /// seconds, so they are not errors.
    pub(crate) async fn refresh(&self, scans: &[ScanRecord]) {
        let ids: Vec<ScanId> = scans.iter().map(|s| s.id).collect();
        let mut tools = match self.store.list_tools_of(&ids).await {
            Ok(tools) => tools,
            Err(e) => return tracing::warn!(error = %e, "the cache is not refreshed"),
        };
        let puts = scans.iter().map(|scan| {
            let status = status_of(scan, tools.remove(&scan.id).unwrap_or_default()).to_bytes();
            async move {
                self.cache
                    .put_status(scan.id, scan.version, scan.status.is_final(), &status, true)
                    .await
            }
        });
        futures::future::join_all(puts).await;
    }
}
