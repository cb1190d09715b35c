//! Counts that were costly to make are given again for a while: asking often takes no more than a small part of the database.

use hub_model::{OrgId, Viewer};
use hub_store::{Stats, Store, StoreError};
use moka::Expiry;
use moka::future::Cache;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Counting that takes no longer is done anew each time.
const QUICK: Duration = Duration::from_millis(100);
/// How many times as long as it took to make it, a count is given again.
const TIMES: u32 = 20;
/// Orgs whose counts are remembered.
const MAX_ORGS: u64 = 1_000;

/// What `GET stats` answered last, by org.
pub(crate) struct Counted {
    last: Cache<OrgId, (Arc<Stats>, Duration)>,
}

/// Each count lives as long as it says.
struct AsItSays {
    most: Duration,
}

impl Expiry<OrgId, (Arc<Stats>, Duration)> for AsItSays {
    fn expire_after_create(&self, _: &OrgId, (_, took): &(Arc<Stats>, Duration), _: Instant) -> Option<Duration> {
        let quick = *took < QUICK;
        Some(if quick { Duration::ZERO } else { (*took * TIMES).min(self.most) })
    }

    // A count that is over and still lies there counts as updated.
    fn expire_after_update(&self, org: &OrgId, made: &(Arc<Stats>, Duration), at: Instant, _: Option<Duration>) -> Option<Duration> {
        self.expire_after_create(org, made, at)
    }
}

impl Counted {
    pub(crate) fn new(most: Duration) -> Self {
        Self {
            last: Cache::builder().max_capacity(MAX_ORGS).expire_after(AsItSays { most }).build(),
        }
    }

    /// The counts over what the viewer may see; calls of one org that come together share one count.
    pub(crate) async fn stats(&self, store: &Store, viewer: &Viewer) -> Result<Arc<Stats>, Arc<StoreError>> {
        let counting = async {
            let started = Instant::now();
            let stats = store.stats(viewer).await?;
            Ok((Arc::new(stats), started.elapsed()))
        };
        Ok(self.last.try_get_with(viewer.org_id, counting).await?.0)
    }
}
