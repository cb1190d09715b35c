//! The dispatcher: rows become messages. It may run in every replica, stop anywhere, and repeat.

use futures::StreamExt;
use hub_model::ScanId;
use hub_queue::{PublishError, Publisher};
use hub_runtime::CancellationToken;
use hub_runtime::trace::continue_from_traceparent;
use hub_store::{ClaimedScan, DispatchLimits, ScanTarget, Store, StoreError};
use hub_wire::{ConnectJob, EarlierScan, FetchJob};
use prometheus::{IntCounterVec, register_int_counter_vec};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Notify;
use tracing::Instrument;

/// Scans published, and those the broker did not take.
static DISPATCHED: LazyLock<Option<IntCounterVec>> = LazyLock::new(|| {
    register_int_counter_vec!(
        "hub_scans_dispatched_total",
        "Scans handed to the broker, by outcome.",
        &["outcome"]
    )
    .ok()
});

/// The least time between two rounds: under load, rows gather and go out together.
const BREATH: Duration = Duration::from_millis(5);
/// The same after a round that found nothing, for instance because an org is at its cap.
const LONG_BREATH: Duration = Duration::from_millis(50);
/// Longest pause after failures.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// Publishes rows until told to stop: a full round is followed by the next at once, otherwise it waits to be woken.
pub(crate) async fn run(
    store: Store,
    publisher: Publisher,
    limits: DispatchLimits,
    wake: Arc<Notify>,
    poll: Duration,
    shutdown: CancellationToken,
) {
    let mut pause = Duration::from_millis(250);
    while !shutdown.is_cancelled() {
        let (breath, wait) = match round(&store, &publisher, &limits).await {
            Ok(0) => (LONG_BREATH, poll),
            Ok(n) if n >= limits.batch as usize => continue,
            Ok(_) => (BREATH, poll),
            Err(why) => {
                tracing::warn!(error = %why, "dispatching failed; the scans stay in their rows and go out later");
                let waited = pause;
                pause = (pause * 2).min(MAX_PAUSE);
                (waited, Duration::ZERO)
            }
        };
        if wait > Duration::ZERO {
            pause = Duration::from_millis(250);
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(breath) => {}
        }
        if wait > Duration::ZERO {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = wake.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// Hands the database's wake-ups on; connects again when the connection is lost.
pub(crate) async fn listen(store: Store, wake: Arc<Notify>, shutdown: CancellationToken) {
    let listening = async {
        loop {
            match store.listen().await {
                Ok(mut listener) => {
                    while listener.next().await.is_ok() {
                        wake.notify_one();
                    }
                }
                Err(e) => tracing::debug!(error = %e, "cannot listen for wake-ups; polling meanwhile"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = listening => {}
    }
}

#[derive(Debug, thiserror::Error)]
enum DispatchError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the broker took none of {0} scans")]
    Broker(usize, #[source] PublishError),
}

/// Claims, publishes, marks what was confirmed. A crash in between publishes again.
async fn round(store: &Store, publisher: &Publisher, limits: &DispatchLimits) -> Result<usize, DispatchError> {
    let claim = store.claim(limits).await?;
    if claim.scans.is_empty() {
        claim.commit(&[]).await?;
        return Ok(0);
    }
    let scans = claim.scans.clone();
    let count = scans.len();
    let outcomes: Vec<(ScanId, Result<(), PublishError>)> = futures::stream::iter(scans)
        .map(|scan| async {
            let id = scan.id;
            (id, publish(publisher, scan).await)
        })
        .buffer_unordered(count)
        .collect()
        .await;
    let (mut published, mut failure) = (Vec::with_capacity(count), None);
    for (id, outcome) in outcomes {
        match outcome {
            Ok(()) => published.push(id),
            Err(e) => {
                tracing::debug!(scan.id = %id, error = %e, "not published");
                failure = Some(e);
            }
        }
    }
    if let Some(dispatched) = DISPATCHED.as_ref() {
        dispatched.with_label_values(&["published"]).inc_by(published.len() as u64);
        dispatched.with_label_values(&["refused"]).inc_by((count - published.len()) as u64);
    }
    claim.commit(&published).await?;
    match failure {
        Some(e) if published.is_empty() => Err(DispatchError::Broker(count, e)),
        _ => Ok(published.len()),
    }
}

async fn publish(publisher: &Publisher, scan: ClaimedScan) -> Result<(), PublishError> {
    let span = tracing::info_span!("dispatch", otel.kind = "producer", scan.id = %scan.id, org.id = %scan.org_id, attempt = scan.attempt);
    if let Some(traceparent) = &scan.traceparent {
        continue_from_traceparent(&span, traceparent);
    }
    let earlier = scan.earlier.map(|(scan_id, report)| EarlierScan { scan_id, report });
    async {
        match scan.target {
            ScanTarget::Source(target) => {
                publisher
                    .publish(&FetchJob {
                        scan_id: scan.id,
                        attempt: scan.attempt,
                        org_id: Some(scan.org_id),
                        target,
                        earlier,
                    })
                    .await
            }
            ScanTarget::Hosted(target) => {
                let job = ConnectJob {
                    scan_id: scan.id,
                    attempt: scan.attempt,
                    target,
                    sealed_credentials: scan.sealed_credentials,
                    earlier,
                };
                publisher.publish(&job).await
            }
        }
    }
    .instrument(span)
    .await
}
