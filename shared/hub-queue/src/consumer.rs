//! Workers: a delivery is handled, its verdict carried out, then acknowledged.

use crate::broker::Broker;
use crate::headers::{self, Headers, Incoming};
use crate::subscription::{Subscription, ack, give_back};
use crate::{Outgoing, PublishError, Publisher, QueueSettings, Verdict, metrics};
use futures::FutureExt as _;
use hub_runtime::CancellationToken;
use hub_wire::Message;
use lapin::message::Delivery;
use rand::RngExt as _;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

/// How a worker consumes.
#[derive(Clone, Copy, Debug)]
pub struct ConsumerOptions {
    /// Jobs in hand at once.
    pub prefetch: u16,
    /// Longest a job may be handled before it is given back.
    pub handler_timeout: Duration,
    /// How long jobs in hand may take after the stop signal, before they are given back.
    pub drain: Duration,
}

impl ConsumerOptions {
    /// From the settings, with time to drain from the service.
    #[must_use]
    pub fn new(settings: &QueueSettings, drain: Duration) -> Self {
        Self {
            prefetch: settings.prefetch.max(1),
            handler_timeout: settings.handler_timeout,
            drain,
        }
    }
}

/// What the broker knows of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFacts {
    /// Retries behind it.
    pub retry: u32,
    /// Deliveries before this one that nobody answered for.
    pub lost_deliveries: u32,
}

/// Handles one kind of job.
pub trait Handler<M: Message>: Send + Sync + 'static {
    /// Does the work and says what should follow. May run again for the same job, and beside others.
    fn handle(&self, message: M, facts: DeliveryFacts) -> impl Future<Output = Verdict> + Send;
}

/// Consumes until told to stop: handles up to `prefetch` jobs at once, publishes what each verdict asks for, waits for the
/// confirms, acknowledges. A lost broker is waited for. A handler that panics or takes too long gives its job back, which
/// counts against the job's delivery limit; beyond it the job is a dead letter.
///
/// After the stop signal nothing new is taken; what is in hand has `drain` to end and is then given back.
pub async fn consume<M, H>(broker: &Broker, publisher: &Publisher, handler: H, options: ConsumerOptions, shutdown: CancellationToken)
where
    M: Message,
    H: Handler<M>,
{
    let hand = Arc::new(Hand {
        handler,
        publisher: publisher.clone(),
        delays: broker.settings().retry_delays.clone(),
        timeout: options.handler_timeout,
    });
    let queue = broker.name_of(M::TOPIC);
    while let Some(mut subscription) = Subscription::open_until(broker, &queue, options.prefetch, &shutdown).await {
        tracing::info!(queue, prefetch = options.prefetch, "consuming");
        let mut in_hand = JoinSet::new();
        let stopping = loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break true,
                Some(_) = in_hand.join_next() => {}
                delivery = subscription.next() => match delivery {
                    Some(delivery) => { in_hand.spawn(take::<M, H>(Arc::clone(&hand), delivery)); }
                    None => break false,
                },
            }
        };
        if stopping {
            subscription.stop().await;
            let all = async { while in_hand.join_next().await.is_some() {} };
            if timeout(options.drain, all).await.is_err() {
                tracing::warn!(queue, jobs = in_hand.len(), "out of time; giving back what is in hand");
            }
        }
        // On a lost connection the same jobs are delivered again: running both would hold twice the memory.
        in_hand.shutdown().await;
        subscription.close().await;
    }
}

struct Hand<H> {
    handler: H,
    publisher: Publisher,
    delays: Vec<Duration>,
    timeout: Duration,
}

/// What became of a delivery.
enum Outcome {
    Settled(&'static str),
    GiveBack(&'static str),
}

async fn take<M: Message, H: Handler<M>>(hand: Arc<Hand<H>>, delivery: Delivery) {
    let incoming = Incoming::of(&delivery.properties);
    let span = delivery_span(M::TOPIC.as_str(), &incoming);
    let topic = [M::TOPIC.as_str()];
    let started = Instant::now();
    let in_hand = metrics::IN_HAND.with_label_values(&topic);
    in_hand.inc();
    // Also on abort.
    let _guard = Guard(|| in_hand.dec());
    async {
        let outcome = settle::<M, H>(&hand, &delivery).await;
        let word = match outcome {
            Outcome::Settled(word) => {
                ack(&delivery).await;
                word
            }
            Outcome::GiveBack(word) => {
                give_back(&delivery).await;
                word
            }
        };
        metrics::DELIVERIES.with_label_values(&[M::TOPIC.as_str(), word]).inc();
        metrics::HANDLE_SECONDS
            .with_label_values(&topic)
            .observe(started.elapsed().as_secs_f64());
    }
    .instrument(span)
    .await;
}

/// A span for handling a message, child of the span that published it.
pub(crate) fn delivery_span(topic: &'static str, incoming: &Incoming<'_>) -> tracing::Span {
    let span = tracing::info_span!(
        "delivery",
        otel.name = format!("process {topic}"),
        otel.kind = "consumer",
        messaging.system = "rabbitmq",
        messaging.destination.name = topic,
        scan.id = incoming.text(headers::SCAN_ID),
        attempt = incoming.attempt(),
        retry = incoming.retry(),
    );
    hub_runtime::trace::continue_from(&span, incoming);
    span
}

/// Decodes, handles, publishes what follows.
async fn settle<M: Message, H: Handler<M>>(hand: &Hand<H>, delivery: &Delivery) -> Outcome {
    let incoming = Incoming::of(&delivery.properties);
    let message: M = match decode(&incoming, &delivery.data) {
        Ok(message) => message,
        Err(why) => return bury::<M>(hand, delivery, &why).await,
    };
    let facts = DeliveryFacts {
        retry: incoming.retry(),
        lost_deliveries: incoming.lost_deliveries(),
    };
    let work = AssertUnwindSafe(hand.handler.handle(message, facts)).catch_unwind();
    let verdict = match timeout(hand.timeout, work).await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(_panic)) => {
            tracing::error!("the handler panicked; the job is given back");
            return Outcome::GiveBack("panicked");
        }
        Err(_) => {
            tracing::error!(limit = ?hand.timeout, "the handler took too long; the job is given back");
            return Outcome::GiveBack("timed_out");
        }
    };
    let word = verdict.as_str();
    let published = match verdict {
        Verdict::Done(next) => hand.publisher.publish_all(&next).await,
        Verdict::Failed(event) => hand.publisher.publish_outgoing(&event).await,
        Verdict::Retry { why, exhausted } => retry::<M, H>(hand, delivery, facts.retry, &why, &exhausted).await,
        Verdict::Bury { why } => return bury::<M>(hand, delivery, &why).await,
    };
    settled(word, published)
}

fn settled(word: &'static str, published: Result<(), PublishError>) -> Outcome {
    match published {
        Ok(()) => Outcome::Settled(word),
        Err(e) => {
            tracing::error!(
                error = crate::error::chain(&e),
                "could not publish what follows; the job is given back"
            );
            Outcome::GiveBack("unpublished")
        }
    }
}

async fn retry<M: Message, H>(
    hand: &Hand<H>,
    delivery: &Delivery,
    behind: u32,
    why: &str,
    exhausted: &Outgoing,
) -> Result<(), PublishError> {
    let Some(delay) = step(&hand.delays, behind) else {
        tracing::info!(why, "no retry left");
        return hand.publisher.publish_outgoing(exhausted).await;
    };
    tracing::info!(why, ?delay, "trying again later");
    let incoming = Incoming::of(&delivery.properties);
    let again = Outgoing {
        topic: M::TOPIC,
        schema: incoming.number(headers::SCHEMA).unwrap_or(M::SCHEMA),
        scan_id: exhausted.scan_id,
        attempt: incoming.attempt(),
        body: delivery.data.clone(),
    };
    hand.publisher.delay(&again, behind + 1, delay).await
}

/// The wait before retry number `behind + 1`; `None` when the ladder ends. Jitter by choosing the step: one in four takes the
/// next longer one, so that what failed together does not come back together.
fn step(delays: &[Duration], behind: u32) -> Option<Duration> {
    let at = usize::try_from(behind).ok().filter(|at| *at < delays.len())?;
    let longer = usize::from(rand::rng().random_ratio(1, 4));
    delays.get(at + longer).or_else(|| delays.get(at)).copied()
}

async fn bury<M: Message>(hand: &Hand<impl Sized>, delivery: &Delivery, why: &str) -> Outcome {
    tracing::error!(why, "buried: this job goes to the dead letters");
    let known = known_headers(&Incoming::of(&delivery.properties));
    settled("bury", hand.publisher.bury(M::TOPIC, &delivery.data, known, why).await)
}

/// What a dead letter keeps of the original's headers.
pub(crate) fn known_headers(incoming: &Incoming<'_>) -> Headers {
    let mut out = Headers::default()
        .number(headers::ATTEMPT, incoming.attempt())
        .number(headers::RETRY, incoming.retry());
    if let Some(id) = incoming.text(headers::SCAN_ID) {
        out = out.text(headers::SCAN_ID, id);
    }
    if let Some(schema) = incoming.number(headers::SCHEMA) {
        out = out.number(headers::SCHEMA, schema);
    }
    out
}

/// Reads a body, refusing shapes from the future.
pub(crate) fn decode<M: Message>(incoming: &Incoming<'_>, body: &[u8]) -> Result<M, String> {
    let schema = incoming.number(headers::SCHEMA).unwrap_or(1);
    if schema > M::SCHEMA {
        return Err(format!(
            "schema {schema} is newer than {}, the newest this build knows; update this service",
            M::SCHEMA
        ));
    }
    serde_json::from_slice(body).map_err(|e| {
        format!(
            "the body is no {}: {e}",
            std::any::type_name::<M>().rsplit("::").next().unwrap_or("message")
        )
    })
}

struct Guard<F: FnMut()>(F);
impl<F: FnMut()> Drop for Guard<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_has_as_many_steps_as_delays_and_never_a_shorter_one() {
        let delays: Vec<_> = [2, 15, 60].map(Duration::from_secs).into();
        for _ in 0..100 {
            for (behind, floor) in [(0, 2), (1, 15), (2, 60)] {
                assert!(step(&delays, behind).is_some_and(|d| d >= Duration::from_secs(floor)));
            }
            assert_eq!(step(&delays, 3), None);
            assert_eq!(step(&[], 0), None);
        }
    }
}
