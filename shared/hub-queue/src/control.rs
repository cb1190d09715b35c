//! Cancellations: every process hears of them, each job asks.

use crate::QueueError;
use crate::broker::{Broker, Pause, Use};
use crate::topology;
use futures::StreamExt as _;
use hub_model::ScanId;
use hub_runtime::CancellationToken;
use hub_wire::Control;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Consumer};
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Scans remembered as cancelled. A job that outlives this many cancellations runs to its end, and its result is ignored.
const REMEMBERED: usize = 10_000;

/// The scans that were cancelled. Cheap to clone; clones share one set.
#[derive(Clone)]
pub struct Cancelled {
    inner: Arc<Mutex<Remembered>>,
    changes: Arc<watch::Sender<()>>,
}

#[derive(Default)]
struct Remembered {
    set: HashSet<ScanId>,
    order: VecDeque<ScanId>,
}

impl Default for Cancelled {
    fn default() -> Self {
        Self {
            inner: Arc::default(),
            changes: Arc::new(watch::Sender::new(())),
        }
    }
}

impl Cancelled {
    /// Remembers a cancelled scan, forgetting the oldest when there are too many.
    pub fn insert(&self, scan_id: ScanId) {
        {
            let mut known = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            if !known.set.insert(scan_id) {
                return;
            }
            known.order.push_back(scan_id);
            if known.order.len() > REMEMBERED
                && let Some(oldest) = known.order.pop_front()
            {
                known.set.remove(&oldest);
            }
        }
        self.changes.send_replace(());
    }

    /// Whether the scan was cancelled.
    #[must_use]
    pub fn contains(&self, scan_id: ScanId) -> bool {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).set.contains(&scan_id)
    }

    /// Resolves when the scan is cancelled; for a `select!` beside the work.
    pub async fn of(&self, scan_id: ScanId) {
        let mut changes = self.changes.subscribe();
        while !self.contains(scan_id) {
            if changes.changed().await.is_err() {
                // The sender lives in `self`, so this cannot happen; never resolving is the safe answer.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Listens to `scan.control` until told to stop, filling `cancelled`. What is said while the broker is away is missed: a
/// cancelled job then runs to its end and its result is ignored.
pub async fn follow_control(broker: &Broker, cancelled: &Cancelled, shutdown: CancellationToken) {
    let mut pause = Pause::new();
    while !shutdown.is_cancelled() {
        match listen(broker).await {
            Ok((_channel, mut consumer)) => {
                pause = Pause::new();
                loop {
                    let delivery = tokio::select! {
                        () = shutdown.cancelled() => return,
                        delivery = consumer.next() => delivery,
                    };
                    let Some(Ok(delivery)) = delivery else { break };
                    match serde_json::from_slice(&delivery.data) {
                        Ok(Control::Cancel { scan_id }) => cancelled.insert(scan_id),
                        Err(e) => tracing::debug!(error = %e, "a control message this build does not know"),
                    }
                }
            }
            Err(e) => tracing::warn!(error = crate::error::chain(&e), "cannot listen for cancellations yet"),
        }
        pause.wait_unless(&shutdown).await;
    }
}

/// An exclusive queue of our own, gone with its connection.
async fn listen(broker: &Broker) -> Result<(Channel, Consumer), QueueError> {
    let exchange = topology::control_exchange(broker.settings());
    let classify = |source| topology::classify(exchange.clone(), source);
    let channel = broker.channel(Use::Consume).await?;
    // Named, so that a broker user can be given rights by pattern.
    let name = format!("{exchange}.{}", uuid::Uuid::new_v4().simple());
    let options = QueueDeclareOptions::exclusive().auto_delete();
    channel
        .queue_declare(name.as_str().into(), options, FieldTable::default())
        .await
        .map_err(classify)?;
    channel
        .queue_bind(
            name.as_str().into(),
            exchange.as_str().into(),
            "".into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .map_err(classify)?;
    let options = BasicConsumeOptions {
        no_ack: true,
        exclusive: true,
        ..Default::default()
    };
    let consumer = channel
        .basic_consume(name.as_str().into(), "".into(), options, FieldTable::default())
        .await
        .map_err(classify)?;
    Ok((channel, consumer))
}
