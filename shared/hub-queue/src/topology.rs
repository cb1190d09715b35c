//! What must exist on the broker.

use crate::broker::{Broker, Use};
use crate::{QueueError, QueueSettings};
use hub_wire::Topic;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, ErrorKind, ExchangeKind};
use std::time::Duration;

/// The fanout exchange of cancellations.
pub(crate) const CONTROL: &str = "scan.control";

/// Topics whose jobs climb the retry ladder. Events do not: results keeps a batch in hand until the database takes it.
const LADDER: [Topic; 4] = [Topic::Fetch, Topic::Connect, Topic::Published, Topic::Analyze];

pub(crate) fn control_exchange(settings: &QueueSettings) -> String {
    format!("{}{CONTROL}", settings.prefix)
}

/// Routing key, within a topic's exchange, of the ladder's step of this length.
pub(crate) fn retry_key(delay: Duration) -> String {
    format!("retry.{}", delay.as_millis())
}

fn retry_queue(broker: &Broker, topic: Topic, delay: Duration) -> String {
    format!("{}.{}", broker.name_of(topic), retry_key(delay))
}

/// The broker closed the channel over a name: say which, and what to do.
pub(crate) fn classify(name: String, source: lapin::Error) -> QueueError {
    const NOT_FOUND: u16 = 404;
    const PRECONDITION_FAILED: u16 = 406;
    match source.kind() {
        ErrorKind::ProtocolError(e) if e.get_id() == NOT_FOUND => QueueError::Missing { name, source },
        ErrorKind::ProtocolError(e) if e.get_id() == PRECONDITION_FAILED => QueueError::OtherArguments { name, source },
        _ => QueueError::Refused { what: name, source },
    }
}

#[derive(Default)]
struct Arguments(FieldTable);

impl Arguments {
    /// Dead-lettering at least once needs `reject-publish`: a full target holds the source back instead of losing messages.
    fn quorum() -> Self {
        Self::default().text("x-queue-type", "quorum")
    }
    fn safe_dead_letters(self, exchange: &str) -> Self {
        self.text("x-dead-letter-exchange", exchange)
            .text("x-dead-letter-strategy", "at-least-once")
            .text("x-overflow", "reject-publish")
    }
    fn text(mut self, name: &str, value: &str) -> Self {
        self.0
            .insert(ShortString::from(name), AMQPValue::LongString(LongString::from(value)));
        self
    }
    fn number(mut self, name: &str, value: i64) -> Self {
        self.0.insert(ShortString::from(name), AMQPValue::LongLongInt(value));
        self
    }
}

/// Creates everything; what exists already stays.
pub(crate) async fn declare(broker: &Broker) -> Result<(), QueueError> {
    let settings = broker.settings();
    let channel = broker.channel(Use::Consume).await?;
    let dead = broker.name_of(Topic::Dead);
    exchange(&channel, &control_exchange(settings), ExchangeKind::Fanout).await?;
    exchange(&channel, &dead, ExchangeKind::Fanout).await?;
    queue(&channel, &dead, Arguments::quorum()).await?;
    bind(&channel, &dead, &dead, "").await?;
    for topic in Topic::ALL.into_iter().filter(|t| *t != Topic::Dead) {
        let name = broker.name_of(topic);
        let limit = if topic == Topic::Events {
            settings.event_delivery_limit
        } else {
            settings.delivery_limit
        };
        let arguments = Arguments::quorum()
            .safe_dead_letters(&dead)
            .number("x-delivery-limit", limit.into())
            .number("x-max-length", settings.max_length.into());
        exchange(&channel, &name, ExchangeKind::Direct).await?;
        queue(&channel, &name, arguments).await?;
        bind(&channel, &name, &name, topic.as_str()).await?;
    }
    for topic in LADDER {
        let exchange = broker.name_of(topic);
        for delay in &settings.retry_delays {
            let name = retry_queue(broker, topic, *delay);
            let ttl = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
            let arguments = Arguments::quorum()
                .safe_dead_letters(&exchange)
                .text("x-dead-letter-routing-key", topic.as_str())
                .number("x-message-ttl", ttl);
            queue(&channel, &name, arguments).await?;
            bind(&channel, &name, &exchange, &retry_key(*delay)).await?;
        }
    }
    close(&channel).await;
    Ok(())
}

/// Checks that every queue and the control exchange exist, whatever their arguments.
pub(crate) async fn check(broker: &Broker) -> Result<(), QueueError> {
    let channel = broker.channel(Use::Consume).await?;
    for name in queues(broker) {
        channel
            .queue_declare(
                name.as_str().into(),
                QueueDeclareOptions::durable().passive(),
                FieldTable::default(),
            )
            .await
            .map_err(|source| classify(name, source))?;
    }
    let control = control_exchange(broker.settings());
    let options = ExchangeDeclareOptions {
        passive: true,
        durable: true,
        ..Default::default()
    };
    channel
        .exchange_declare(control.as_str().into(), ExchangeKind::Fanout, options, FieldTable::default())
        .await
        .map_err(|source| classify(control, source))?;
    close(&channel).await;
    Ok(())
}

/// Names of all durable queues.
pub(crate) fn queues(broker: &Broker) -> Vec<String> {
    let delays = &broker.settings().retry_delays;
    let ladder = LADDER.iter().flat_map(|t| delays.iter().map(|d| retry_queue(broker, *t, *d)));
    Topic::ALL.iter().map(|t| broker.name_of(*t)).chain(ladder).collect()
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> Result<(), QueueError> {
    let options = ExchangeDeclareOptions {
        durable: true,
        ..Default::default()
    };
    channel
        .exchange_declare(name.into(), kind, options, FieldTable::default())
        .await
        .map_err(|source| classify(name.to_owned(), source))
}

async fn queue(channel: &Channel, name: &str, arguments: Arguments) -> Result<(), QueueError> {
    let declared = channel
        .queue_declare(name.into(), QueueDeclareOptions::durable(), arguments.0)
        .await;
    declared.map(drop).map_err(|source| classify(name.to_owned(), source))
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> Result<(), QueueError> {
    channel
        .queue_bind(
            queue.into(),
            exchange.into(),
            key.into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .map_err(|source| classify(format!("{queue} (binding)"), source))
}

pub(crate) async fn close(channel: &Channel) {
    // A channel that does not close is closed with its connection.
    let _ = channel.close(200, "done".into()).await;
}
