//! What is old goes: the source of a private repository is no longer kept than it is of use.

use crate::{ArtifactError, ArtifactStore};
use futures::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use std::time::{Duration, SystemTime};

hub_model::settings! {
    /// How long artifacts are kept.
    pub struct RetentionSettings {
        /// Days that snapshots and listings are kept after a scan obtained them last; they serve that scan alone, and the next obtains
        /// them anew. 0 keeps them for ever.
        pub artifact_days: u32 = "HUB_ARTIFACT_RETENTION_DAYS", 30;
        /// Days that reports are kept in the artifact store, where later scans are compared with them; what clients read lies in the
        /// database (HUB_RETENTION_DAYS). 0 keeps them for ever.
        pub report_days: u32 = "HUB_REPORT_RETENTION_DAYS", 0;
        /// Seconds between two looks for what is past its time.
        pub every: Duration = "HUB_RETENTION_EVERY_SECS", Duration::from_secs(3600);
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl ArtifactStore {
    /// Deletes what was written longer ago than it is kept. Several processes may do so at once. The number of blobs that went.
    ///
    /// # Errors
    /// [`ArtifactError::Store`]: the next run goes on.
    pub async fn forget_old(&self, keep: &RetentionSettings, now: SystemTime) -> Result<u64, ArtifactError> {
        let days = |days: u32| (days > 0).then(|| DAY * days);
        let reports = days(keep.report_days);
        let mut gone = 0;
        for (folder, kept) in [
            ("snapshots", days(keep.artifact_days)),
            ("surfaces", days(keep.artifact_days)),
            ("analysed", reports),
            // After the notes that lead to them, so that no scan is led to one that is about to go.
            ("reports", reports.map(|kept| kept + DAY)),
        ] {
            let Some(before) = kept.and_then(|kept| now.checked_sub(kept)) else {
                continue;
            };
            let folder = self.prefix.clone().join(folder);
            let mut listed = self.store.list(Some(&folder));
            while let Some(blob) = listed.try_next().await.map_err(ArtifactError::Store)? {
                if SystemTime::from(blob.last_modified) >= before {
                    continue;
                }
                match self.store.delete(&blob.location).await {
                    Ok(()) => gone += 1,
                    Err(object_store::Error::NotFound { .. }) => {}
                    Err(e) => return Err(ArtifactError::Store(e)),
                }
            }
        }
        Ok(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ArtifactSettings, CodecLimits, Kind};
    use hub_model::{Digest, Surface, Transport};

    fn listing() -> Surface {
        Surface {
            endpoint: "https://private.example/mcp".into(),
            transport: Transport::File,
            protocol_version: None,
            server_info: None,
            instructions: None,
            capabilities: None,
            tools: Vec::new(),
            prompts: Vec::new(),
            resources: Vec::new(),
            resource_templates: Vec::new(),
            expected_tools: None,
            published: None,
            facts: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[tokio::test]
    async fn what_is_past_its_time_is_gone_and_the_rest_stays() {
        let dir = tempfile::tempdir().unwrap();
        let local = format!("file://{}", dir.path().display());
        for url in [local.as_str(), "memory:///some/prefix"] {
            let store = ArtifactStore::open(&ArtifactSettings { url: url.to_owned() }, CodecLimits::default()).unwrap();
            let (listing, report) = (store.put_surface(listing()).await.unwrap(), Digest::of(b"report"));
            store.remember_report(listing, "1", report).await.unwrap();
            let keep = RetentionSettings::default();
            let later = |days: u32| SystemTime::now() + DAY * days;
            assert_eq!(store.forget_old(&keep, later(29)).await.unwrap(), 0);
            store.get(Kind::Surface, listing).await.unwrap();
            assert_eq!(store.forget_old(&keep, later(31)).await.unwrap(), 1);
            assert!(matches!(
                store.get(Kind::Surface, listing).await,
                Err(ArtifactError::Missing { .. })
            ));
            assert_eq!(
                store.find_report(listing, "1").await.unwrap(),
                Some(report),
                "reports are kept for ever unless told otherwise"
            );
            let keep = RetentionSettings { report_days: 40, ..keep };
            assert_eq!(store.forget_old(&keep, later(41)).await.unwrap(), 1);
            assert_eq!(store.find_report(listing, "1").await.unwrap(), None);
        }
    }
}
