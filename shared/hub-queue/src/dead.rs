//! Dead letters: what no worker could finish.

use crate::broker::{Broker, Pause};
use crate::headers::{self, Incoming};
use crate::subscription::{Subscription, ack};
use hub_model::ScanId;
use hub_runtime::CancellationToken;
use hub_wire::Topic;
use std::future::Future;

/// Dead letters in hand at once.
const PREFETCH: u16 = 16;

/// One message that ended in `scan.dead`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// `None` for a message that was never ours.
    pub scan_id: Option<ScanId>,
    pub attempt: u32,
    /// Where it was meant for, when that is known.
    pub topic: Option<Topic>,
    /// `delivery_limit` (workers died on it), or what whoever buried it wrote.
    pub reason: String,
    /// Whether a worker buried it knowing why; then `reason` is words that may be shown.
    pub buried: bool,
    pub body: Vec<u8>,
    /// W3C trace context, when it carried one.
    pub traceparent: Option<String>,
}

/// Consumes dead letters one by one until told to stop. An error keeps the letter in hand and calls again after a pause.
pub async fn consume_dead<F, Fut>(broker: &Broker, handler: F, shutdown: CancellationToken)
where
    F: Fn(DeadLetter) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), String>> + Send,
{
    let queue = broker.name_of(Topic::Dead);
    while let Some(mut subscription) = Subscription::open_until(broker, &queue, PREFETCH, &shutdown).await {
        loop {
            let delivery = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                delivery = subscription.next() => delivery,
            };
            let Some(delivery) = delivery else { break };
            let letter = read(broker, &Incoming::of(&delivery.properties), &delivery.data);
            tracing::warn!(scan.id = ?letter.scan_id.map(|s| s.to_string()), reason = letter.reason, topic = letter.topic.map(Topic::as_str), "dead letter");
            let mut pause = Pause::new();
            let handled = loop {
                match handler(letter.clone()).await {
                    Ok(()) => break true,
                    Err(why) => tracing::warn!(why, "keeping the dead letter in hand"),
                }
                if shutdown.is_cancelled() {
                    break false;
                }
                pause.wait_unless(&shutdown).await;
            };
            if handled {
                ack(&delivery).await;
            }
        }
        subscription.close().await;
    }
}

fn read(broker: &Broker, incoming: &Incoming<'_>, body: &[u8]) -> DeadLetter {
    let death = incoming.death();
    let named = incoming.text(headers::TOPIC).map(str::to_owned);
    let from = named.or_else(|| death.map(|(queue, _)| queue.strip_prefix(&broker.settings().prefix).unwrap_or(queue).to_owned()));
    let reason = incoming
        .text(headers::REASON)
        .or(death.map(|(_, reason)| reason))
        .unwrap_or("unknown");
    DeadLetter {
        scan_id: incoming.scan_id(),
        attempt: incoming.attempt(),
        // A letter from a retry queue belongs to that queue's topic.
        topic: from.and_then(|name| {
            Topic::ALL
                .into_iter()
                .find(|t| name == t.as_str() || name.starts_with(&format!("{}.", t.as_str())))
        }),
        reason: reason.to_owned(),
        buried: incoming.text(headers::REASON).is_some(),
        body: body.to_vec(),
        traceparent: incoming.traceparent().map(str::to_owned),
    }
}
