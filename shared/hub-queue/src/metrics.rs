//! What the queue counts.

use prometheus::{HistogramVec, IntCounterVec, IntGaugeVec, register_histogram_vec, register_int_counter_vec, register_int_gauge_vec};
use std::sync::LazyLock;

const SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0];

// Registration fails only when a name is taken or malformed; names are literals, each registered once.
#[allow(clippy::expect_used)]
fn registered<T>(outcome: prometheus::Result<T>) -> T {
    outcome.expect("metric names are literals, each registered once")
}

pub(crate) static DELIVERIES: LazyLock<IntCounterVec> = LazyLock::new(|| {
    registered(register_int_counter_vec!(
        "hub_queue_deliveries_total",
        "Deliveries handled, by what became of them",
        &["topic", "outcome"]
    ))
});
pub(crate) static HANDLE_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    registered(register_histogram_vec!(
        "hub_queue_handle_seconds",
        "Time to handle a delivery",
        &["topic"],
        SECONDS.to_vec()
    ))
});
pub(crate) static IN_HAND: LazyLock<IntGaugeVec> =
    LazyLock::new(|| registered(register_int_gauge_vec!("hub_queue_in_hand", "Deliveries being handled", &["topic"])));
pub(crate) static PUBLISHED: LazyLock<IntCounterVec> = LazyLock::new(|| {
    registered(register_int_counter_vec!(
        "hub_queue_published_total",
        "Messages published, by outcome",
        &["topic", "outcome"]
    ))
});
pub(crate) static PUBLISH_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    registered(register_histogram_vec!(
        "hub_queue_publish_seconds",
        "Time until a message is confirmed",
        &["topic"],
        SECONDS.to_vec()
    ))
});
pub(crate) static DEPTH: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    registered(register_int_gauge_vec!(
        "hub_queue_depth",
        "Messages ready in the queue",
        &["topic"]
    ))
});
pub(crate) static FAILURES: LazyLock<IntCounterVec> = LazyLock::new(|| {
    registered(register_int_counter_vec!(
        "hub_scan_failures_total",
        "Jobs that failed, each try counted, by error code",
        &["code", "blame"]
    ))
});
