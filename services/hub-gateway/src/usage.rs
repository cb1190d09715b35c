//! Counting calls per org in memory, written now and then.

use axum::http::StatusCode;
use chrono::{NaiveDate, Utc};
use hub_model::OrgId;
use hub_store::{Store, UsageLine};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Org, day, call, outcome.
type Slot = (OrgId, NaiveDate, String, &'static str);

/// Counters since the last write.
#[derive(Debug, Default)]
pub(crate) struct UsageCounter {
    counts: Mutex<HashMap<Slot, u64>>,
}

impl UsageCounter {
    /// Counts one call.
    pub(crate) fn count(&self, org: OrgId, call: &str, status: StatusCode) {
        let outcome = match status {
            StatusCode::TOO_MANY_REQUESTS => "rate_limited",
            s if s.is_client_error() => "client_error",
            s if s.is_server_error() => "server_error",
            _ => "ok",
        };
        let slot = (org, Utc::now().date_naive(), call.to_owned(), outcome);
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(slot).or_default() += 1;
    }

    /// Writes what was counted; on failure it is counted again next time.
    pub(crate) async fn flush(&self, store: &Store) {
        let counts = std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        if counts.is_empty() {
            return;
        }
        let lines: Vec<_> = counts
            .iter()
            .map(|((org_id, day, call, outcome), calls)| UsageLine {
                org_id: *org_id,
                day: *day,
                call: call.clone(),
                outcome: (*outcome).to_owned(),
                calls: *calls,
            })
            .collect();
        if let Err(e) = store.add_usage(&lines).await {
            tracing::warn!(error = %e, "usage could not be written; trying again later");
            let mut kept = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            for (slot, calls) in counts {
                *kept.entry(slot).or_default() += calls;
            }
        }
    }
}
