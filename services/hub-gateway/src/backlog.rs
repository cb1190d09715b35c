//! How many scans an org has waiting: a bound on what one tenant may pile up.

use hub_http::{Code, ProblemBuilder};
use hub_model::OrgId;
use hub_store::Store;
use moka::future::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a count is good; in between, what this process accepts is added to it.
const GOOD_FOR: Duration = Duration::from_secs(2);
/// When a refused client may try again.
const COME_BACK: Duration = Duration::from_secs(30);
/// Orgs whose count is remembered.
const MAX_ORGS: u64 = 10_000;

/// The waiting scans of every org that submits.
pub(crate) struct Backlog {
    most: u64,
    waiting: Cache<OrgId, Arc<AtomicU64>>,
}

impl Backlog {
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most: most.into(),
            waiting: Cache::builder().max_capacity(MAX_ORGS).time_to_live(GOOD_FOR).build(),
        }
    }

    /// Room for so many more scans of this org, or the answer that there is none.
    pub(crate) async fn admit(&self, store: &Store, org: OrgId, more: usize) -> Result<(), ProblemBuilder> {
        let counting = async { store.count_waiting(org, self.most).await.map(|n| Arc::new(AtomicU64::new(n))) };
        let waiting = self.waiting.try_get_with(org, counting).await;
        let waiting = waiting.map_err(|e| ProblemBuilder::unavailable("counting the waiting scans", e.as_ref()))?;
        let more = more as u64;
        let taken = waiting.fetch_add(more, Ordering::Relaxed);
        if taken.saturating_add(more) <= self.most {
            return Ok(());
        }
        waiting.fetch_sub(more, Ordering::Relaxed);
        let detail = format!(
            "your org has {taken} scans waiting and may have {}; submit more when some of them have been started",
            self.most
        );
        Err(ProblemBuilder::new(Code::TooManyWaiting, detail).retry_after(COME_BACK))
    }
}
