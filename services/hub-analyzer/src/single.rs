//! One at a time per artifact.

use hub_model::Digest;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// Locks by digest: whoever comes second waits for the first, and then finds its report.
#[derive(Default)]
pub(crate) struct Single(Mutex<HashMap<Digest, Arc<tokio::sync::Mutex<()>>>>);

impl Single {
    /// Waits for its turn; held until the guard is dropped.
    pub(crate) async fn turn(&self, digest: Digest) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // What only this map still holds is nobody's turn.
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(locks.entry(digest).or_default())
        };
        lock.lock_owned().await
    }
}
