//! The time one acquisition has, for the parts of it that run on a blocking thread.

use crate::error::FetchError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A deadline that can also be brought forward to now, when nobody waits for the result any more.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    until: Instant,
    limit: Duration,
    abandoned: Arc<AtomicBool>,
}

/// A time as a day in UTC, `2026-11-24`.
pub(crate) fn day(time: std::time::SystemTime) -> String {
    chrono::DateTime::<chrono::Utc>::from(time).format("%Y-%m-%d").to_string()
}

/// Abandons the work when it is dropped: held by the future that waits for it.
pub(crate) struct Waiting(Arc<AtomicBool>);

impl Clock {
    pub(crate) fn start(limit: Duration) -> Self {
        Self {
            until: Instant::now() + limit,
            limit,
            abandoned: Arc::default(),
        }
    }

    /// # Errors
    /// [`FetchError::Timeout`] when the time is up or nobody waits.
    pub(crate) fn check(&self) -> Result<(), FetchError> {
        if self.abandoned.load(Ordering::Relaxed) || Instant::now() >= self.until {
            return Err(self.timeout());
        }
        Ok(())
    }

    pub(crate) fn timeout(&self) -> FetchError {
        FetchError::Timeout { limit: self.limit }
    }

    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    pub(crate) fn waiting(&self) -> Waiting {
        Waiting(self.abandoned.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `work` on a blocking thread; it stops at its next check of the clock when this future is dropped.
pub(crate) async fn blocking<T: Send + 'static>(
    clock: &Clock,
    what: &'static str,
    work: impl FnOnce() -> Result<T, FetchError> + Send + 'static,
) -> Result<T, FetchError> {
    let _waiting = clock.waiting();
    tokio::task::spawn_blocking(work).await.map_err(|_| FetchError::Crashed { what })?
}
