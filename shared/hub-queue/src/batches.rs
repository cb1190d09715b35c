//! Consuming many messages at a time, for whoever writes them to a store in one go.

use crate::broker::{Broker, Pause};
use crate::consumer::{decode, delivery_span, known_headers};
use crate::headers::Incoming;
use crate::subscription::{Subscription, ack, ack_up_to};
use crate::{DeliveryFacts, Publisher, metrics};
use hub_runtime::CancellationToken;
use hub_wire::Message;
use lapin::message::Delivery;
use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How batches are made.
#[derive(Clone, Copy, Debug)]
pub struct BatchOptions {
    /// Most messages in one batch.
    pub max: usize,
    /// How long the first message of a batch waits for company.
    pub linger: Duration,
}

/// One message of a batch.
#[derive(Clone, Debug)]
pub struct Received<M> {
    pub message: M,
    pub facts: DeliveryFacts,
    /// W3C trace context of whoever published it.
    pub traceparent: Option<String>,
}

impl<M: Message> Received<M> {
    /// A new span for handling this message, child of the span that published it.
    #[must_use]
    pub fn span(&self) -> tracing::Span {
        let span = tracing::info_span!(
            "event",
            otel.name = format!("process {}", M::TOPIC.as_str()),
            otel.kind = "consumer",
            messaging.system = "rabbitmq",
            scan.id = %self.message.scan_id(),
            attempt = self.message.attempt(),
        );
        if let Some(traceparent) = &self.traceparent {
            hub_runtime::trace::continue_from_traceparent(&span, traceparent);
        }
        span
    }
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchVerdict {
    /// All of it is safe: acknowledge.
    Done,
    /// A passing reason, such as a database that is away: keep the batch in hand and call again after a pause.
    Again { why: String },
    /// These (by position) can never be handled: to the dead letters. The handler is called again with the others.
    Bury { positions: Vec<usize>, why: String },
}

/// Consumes in batches until told to stop: collects up to `max` messages or until `linger` has passed, calls the handler, and
/// acknowledges once it says [`BatchVerdict::Done`]. One batch at a time, in the order of the queue; the next is already on
/// its way meanwhile. Messages that cannot be read are buried.
pub async fn consume_batches<M, F, Fut>(
    broker: &Broker,
    publisher: &Publisher,
    options: BatchOptions,
    handler: F,
    shutdown: CancellationToken,
) where
    M: Message + Clone,
    F: Fn(Vec<Received<M>>) -> Fut + Send + Sync,
    Fut: Future<Output = BatchVerdict> + Send,
{
    let queue = broker.name_of(M::TOPIC);
    let max = options.max.max(1);
    let prefetch = u16::try_from(max.saturating_mul(2)).unwrap_or(u16::MAX);
    let mut pause = Pause::new();
    while let Some(mut subscription) = Subscription::open_until(broker, &queue, prefetch, &shutdown).await {
        tracing::info!(queue, max, "consuming in batches");
        loop {
            let (batch, live) = collect(&mut subscription, max, options.linger, &shutdown).await;
            if let Some(last) = batch.last() {
                if !settle(publisher, &batch, &handler, &shutdown).await {
                    // The next batch would acknowledge up to its last message, and this one with it: only closing the channel
                    // brings it back.
                    pause.wait_unless(&shutdown).await;
                    break;
                }
                pause = Pause::new();
                if batch.len() == 1 { ack(last).await } else { ack_up_to(last).await }
            }
            if !live || shutdown.is_cancelled() {
                break;
            }
        }
        if shutdown.is_cancelled() {
            subscription.stop().await;
        }
        subscription.close().await;
    }
}

/// The next batch, and whether the subscription still lives.
async fn collect(subscription: &mut Subscription, max: usize, linger: Duration, shutdown: &CancellationToken) -> (Vec<Delivery>, bool) {
    let mut batch = Vec::new();
    let first = tokio::select! {
        biased;
        () = shutdown.cancelled() => return (batch, true),
        first = subscription.next() => first,
    };
    let Some(first) = first else { return (batch, false) };
    batch.push(first);
    let until = Instant::now() + linger;
    while batch.len() < max {
        match timeout_at(until, subscription.next()).await {
            Ok(Some(delivery)) => batch.push(delivery),
            // What was collected cannot be acknowledged any more and comes again.
            Ok(None) => return (Vec::new(), false),
            Err(_) => break,
        }
    }
    (batch, true)
}

/// Whether everything in the batch is done with, so that it may be acknowledged.
async fn settle<M, F, Fut>(publisher: &Publisher, batch: &[Delivery], handler: &F, shutdown: &CancellationToken) -> bool
where
    M: Message + Clone,
    F: Fn(Vec<Received<M>>) -> Fut + Send + Sync,
    Fut: Future<Output = BatchVerdict> + Send,
{
    let started = Instant::now();
    let mut good: Vec<(&Delivery, Received<M>)> = Vec::with_capacity(batch.len());
    for delivery in batch {
        let incoming = Incoming::of(&delivery.properties);
        match decode(&incoming, &delivery.data) {
            Ok(message) => {
                let facts = DeliveryFacts {
                    retry: incoming.retry(),
                    lost_deliveries: incoming.lost_deliveries(),
                };
                good.push((
                    delivery,
                    Received {
                        message,
                        facts,
                        traceparent: incoming.traceparent().map(str::to_owned),
                    },
                ));
            }
            Err(why) => {
                if !bury::<M>(publisher, delivery, &why).await {
                    return false;
                }
            }
        }
    }
    let mut pause = Pause::new();
    while !good.is_empty() {
        match handler(good.iter().map(|(_, r)| r.clone()).collect()).await {
            BatchVerdict::Done => {
                let count = u64::try_from(good.len()).unwrap_or(u64::MAX);
                metrics::DELIVERIES.with_label_values(&[M::TOPIC.as_str(), "done"]).inc_by(count);
                metrics::HANDLE_SECONDS
                    .with_label_values(&[M::TOPIC.as_str()])
                    .observe(started.elapsed().as_secs_f64());
                return true;
            }
            BatchVerdict::Again { why } => {
                tracing::warn!(why, messages = good.len(), "keeping the batch in hand");
                if shutdown.is_cancelled() {
                    return false;
                }
                pause.wait_unless(shutdown).await;
            }
            BatchVerdict::Bury { positions, why } => {
                let positions: BTreeSet<usize> = positions.into_iter().filter(|p| *p < good.len()).collect();
                if positions.is_empty() {
                    tracing::error!(why, "the handler buries nothing; trying again");
                    pause.wait_unless(shutdown).await;
                }
                for position in positions.into_iter().rev() {
                    let (delivery, _) = good.remove(position);
                    if !bury::<M>(publisher, delivery, &why).await {
                        return false;
                    }
                }
            }
        }
        if shutdown.is_cancelled() && !good.is_empty() {
            // One more try was made above; what is left goes back to the queue.
            tracing::debug!(messages = good.len(), "stopping with a batch in hand");
        }
    }
    true
}

async fn bury<M: Message>(publisher: &Publisher, delivery: &Delivery, why: &str) -> bool {
    let incoming = Incoming::of(&delivery.properties);
    let _entered = delivery_span(M::TOPIC.as_str(), &incoming).entered();
    tracing::error!(why, "buried: this message goes to the dead letters");
    drop(_entered);
    metrics::DELIVERIES.with_label_values(&[M::TOPIC.as_str(), "bury"]).inc();
    match publisher.bury(M::TOPIC, &delivery.data, known_headers(&incoming), why).await {
        Ok(()) => true,
        Err(e) => {
            tracing::error!(error = crate::error::chain(&e), "could not bury; the batch will be delivered again");
            false
        }
    }
}
