//! What every worker does the same way: come up, be cancelled, report on a scan.

use crate::broker::Broker;
use crate::consumer::{ConsumerOptions, DeliveryFacts, Handler, consume};
use crate::control::{Cancelled, follow_control};
use crate::{Outbox, Outgoing, PublishError, Publisher, QueueError, QueueSettings, Verdict, metrics};
use chrono::Utc;
use hub_model::{Blame, ErrorCode, JobStatus, Retry, ScanId};
use hub_runtime::Service;
use hub_wire::{EventKind, Message, ScanEvent};

/// Runs a worker until its service is told to stop: connects, declares or checks the topology, joins the readiness checks,
/// listens for cancellations, consumes `M`. `handler` is given the publisher for what it says before its work is done.
///
/// A cancelled scan's job is dropped, also in the middle.
///
/// # Errors
/// Only at the start, when the broker does not come or its topology is not there.
pub async fn run_worker<M, H>(settings: QueueSettings, service: &Service, handler: impl FnOnce(Publisher) -> H) -> Result<(), QueueError>
where
    M: Message,
    H: Handler<M>,
{
    let options = ConsumerOptions::new(&settings, service.drain());
    let broker = Broker::connect(settings, service.name()).await?;
    broker.declare().await?;
    let publisher = Publisher::new(&broker);
    let cancelled = Cancelled::default();
    service.ready_when("broker", broker.clone(), |broker| async move { broker.ready().await });
    let listening = follow_control(&broker, &cancelled, service.shutdown());
    let handler = Cancellable {
        handler: handler(publisher.clone()),
        cancelled: cancelled.clone(),
    };
    let consuming = consume::<M, _>(&broker, &publisher, handler, options, service.shutdown());
    tokio::join!(listening, consuming);
    broker.close().await;
    Ok(())
}

struct Cancellable<H> {
    handler: H,
    cancelled: Cancelled,
}

impl<M: Message, H: Handler<M>> Handler<M> for Cancellable<H> {
    async fn handle(&self, message: M, facts: DeliveryFacts) -> Verdict {
        let scan_id = message.scan_id();
        tokio::select! {
            biased;
            () = self.cancelled.of(scan_id) => {
                tracing::info!("the scan was cancelled; its job is dropped");
                Verdict::Done(Vec::new())
            }
            verdict = self.handler.handle(message, facts) => verdict,
        }
    }
}

/// Says what happens to one scan in one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reporter {
    pub scan_id: ScanId,
    pub attempt: u32,
}

impl Reporter {
    /// For the scan that a message belongs to.
    #[must_use]
    pub fn of<M: Message>(message: &M) -> Self {
        Self {
            scan_id: message.scan_id(),
            attempt: message.attempt(),
        }
    }

    /// An event of this scan, now.
    ///
    /// # Errors
    /// [`PublishError::Encode`], in theory: events are made of what JSON can say.
    pub fn event(&self, kind: EventKind) -> Result<Outgoing, PublishError> {
        Outgoing::of(&ScanEvent {
            scan_id: self.scan_id,
            attempt: self.attempt,
            at: Utc::now(),
            kind,
        })
    }

    /// Tells that a stage was entered. A failure is logged and no more: the stage goes on, and what it publishes at its end
    /// says the same again.
    pub async fn entered(&self, outbox: &dyn Outbox, status: JobStatus) {
        self.tell(outbox, EventKind::Entered { status }).await;
    }

    /// Tells something before the work is done; as [`Reporter::entered`].
    pub async fn tell(&self, outbox: &dyn Outbox, kind: EventKind) {
        let sent = match self.event(kind) {
            Ok(event) => outbox.send(event).await,
            Err(e) => Err(e),
        };
        if let Err(e) = sent {
            tracing::warn!(error = crate::error::chain(&e), "could not tell how far the scan is");
        }
    }

    /// What should follow an error, by what the error says of itself: a passing one is retried and in the end told to the
    /// user, one that is the user's or the world's ends the scan, one of ours is buried.
    #[must_use]
    pub fn verdict(&self, error: &dyn ErrorCode) -> Verdict {
        let why = crate::error::chain(error);
        metrics::FAILURES.with_label_values(&[error.code(), word(error.blame())]).inc();
        let failed = EventKind::Failed {
            code: error.code().to_owned(),
            message: error.to_string(),
            blame: error.blame(),
        };
        let failed = match self.event(failed) {
            Ok(event) => event,
            Err(e) => {
                return Verdict::Bury {
                    why: format!("{why}; and it cannot be told: {e}"),
                };
            }
        };
        match (error.retry(), error.blame()) {
            (Retry::Later, _) => Verdict::Retry { why, exhausted: failed },
            (Retry::Never, Blame::Hub) => {
                tracing::error!(code = error.code(), error = why, "a fault of ours ends the scan");
                // Without its causes: what is buried may be shown.
                Verdict::Bury { why: error.to_string() }
            }
            (Retry::Never, blame) => {
                tracing::info!(code = error.code(), blame = word(blame), error = why, "the scan fails");
                Verdict::Failed(failed)
            }
        }
    }
}

fn word(blame: Blame) -> &'static str {
    match blame {
        Blame::User => "user",
        Blame::World => "world",
        Blame::Hub => "hub",
    }
}
