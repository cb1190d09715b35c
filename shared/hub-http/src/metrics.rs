//! How many requests, how long.

use prometheus::{HistogramVec, IntGauge, histogram_opts, register_histogram_vec, register_int_gauge};
use std::sync::LazyLock;

fn registered<T>(outcome: Result<T, prometheus::Error>) -> Option<T> {
    outcome
        .inspect_err(|e| tracing::error!(error = %e, "a metric could not be registered"))
        .ok()
}

pub(crate) static REQUESTS: LazyLock<Option<HistogramVec>> = LazyLock::new(|| {
    registered(register_histogram_vec!(
        histogram_opts!(
            "hub_http_request_seconds",
            "Time to the first byte of an answer, by route and status.",
            vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]
        ),
        &["method", "route", "status"]
    ))
});

pub(crate) static IN_FLIGHT: LazyLock<Option<IntGauge>> =
    LazyLock::new(|| registered(register_int_gauge!("hub_http_in_flight", "Requests being answered.")));

/// Counts a request as in flight while it lives.
pub(crate) struct InFlight;

impl InFlight {
    pub(crate) fn begin() -> Self {
        if let Some(gauge) = IN_FLIGHT.as_ref() {
            gauge.inc();
        }
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(gauge) = IN_FLIGHT.as_ref() {
            gauge.dec();
        }
    }
}
