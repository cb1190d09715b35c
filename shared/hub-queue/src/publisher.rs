//! Publishing with confirms, many in flight, across reconnects.

use crate::broker::{Broker, Pause, Use};
use crate::headers::{self, Headers};
use crate::topology;
use crate::{Outbox, Outgoing, PublishError, metrics};
use async_trait::async_trait;
use hub_wire::{Control, Message, Topic};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, ErrorKind};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

/// Publishes. Cheap to clone; clones share one channel and one window of unconfirmed messages.
#[derive(Clone)]
pub struct Publisher {
    inner: Arc<Inner>,
}

struct Inner {
    broker: Broker,
    /// The channel in use and its number; replaced when it fails.
    channel: RwLock<Option<(u64, Channel)>>,
    /// Held while a channel is made, so that a crowd makes one.
    opening: tokio::sync::Mutex<u64>,
    window: Semaphore,
}

/// One try.
enum Try {
    Confirmed,
    Unroutable,
    /// Try again on the same channel.
    Refused,
    /// Try again on a new channel.
    Lost(u64, String),
}

impl Publisher {
    /// A publisher on this broker; its channel is opened at the first message.
    #[must_use]
    pub fn new(broker: &Broker) -> Self {
        let window = usize::try_from(broker.settings().publish_window.max(1)).unwrap_or(1);
        let inner = Inner {
            broker: broker.clone(),
            channel: RwLock::default(),
            opening: tokio::sync::Mutex::default(),
            window: Semaphore::new(window),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Publishes one message; resolves when the broker has it on disk. Call it from many tasks at once: up to
    /// `HUB_QUEUE_PUBLISH_WINDOW` messages wait for their confirm together.
    ///
    /// The current span's trace context travels with it.
    ///
    /// # Errors
    /// [`PublishError::Unroutable`] at once; [`PublishError::Unconfirmed`] when reconnecting did not help within
    /// `HUB_QUEUE_PUBLISH_WAIT_SECS`. The message may be with the broker all the same.
    pub async fn publish<M: Message>(&self, message: &M) -> Result<(), PublishError> {
        self.publish_outgoing(&Outgoing::of(message)?).await
    }

    /// As [`Publisher::publish`], for a message that is already a value.
    ///
    /// # Errors
    /// As [`Publisher::publish`].
    pub async fn publish_outgoing(&self, message: &Outgoing) -> Result<(), PublishError> {
        let headers = describe(message).traced();
        self.put(message.topic, message.topic.as_str(), &message.body, headers).await
    }

    /// Publishes several, in order, waiting for their confirms together.
    ///
    /// # Errors
    /// The first failure; later messages may have been published.
    pub async fn publish_all(&self, messages: &[Outgoing]) -> Result<(), PublishError> {
        match messages {
            [] => Ok(()),
            [one] => self.publish_outgoing(one).await,
            many => futures::future::try_join_all(many.iter().map(|m| self.publish_outgoing(m)))
                .await
                .map(drop),
        }
    }

    /// Tells every running process something. Nobody listening is no error.
    ///
    /// # Errors
    /// As [`Publisher::publish`], without `Unroutable`.
    pub async fn control(&self, control: &Control) -> Result<(), PublishError> {
        let body = serde_json::to_vec(control).map_err(PublishError::Encode)?;
        let exchange = topology::control_exchange(self.inner.broker.settings());
        self.deliver(
            &exchange,
            "",
            false,
            topology::CONTROL,
            &body,
            Headers::default().traced().into_properties(),
        )
        .await
    }

    /// Puts a message that failed onto the next step of the ladder.
    pub(crate) async fn delay(&self, message: &Outgoing, retry: u32, delay: Duration) -> Result<(), PublishError> {
        let headers = describe(message).number(headers::RETRY, retry).traced();
        self.put(message.topic, &topology::retry_key(delay), &message.body, headers).await
    }

    /// Puts a message among the dead letters.
    pub(crate) async fn bury(&self, topic: Topic, body: &[u8], known: Headers, why: &str) -> Result<(), PublishError> {
        let headers = known.text(headers::TOPIC, topic.as_str()).text(headers::REASON, why).traced();
        self.put(Topic::Dead, Topic::Dead.as_str(), body, headers).await
    }

    async fn put(&self, topic: Topic, key: &str, body: &[u8], headers: Headers) -> Result<(), PublishError> {
        let exchange = self.inner.broker.name_of(topic);
        self.deliver(&exchange, key, true, topic.as_str(), body, headers.into_properties())
            .await
    }

    async fn deliver(
        &self,
        exchange: &str,
        key: &str,
        mandatory: bool,
        label: &str,
        body: &[u8],
        properties: BasicProperties,
    ) -> Result<(), PublishError> {
        let started = Instant::now();
        let outcome = self.deliver_within(exchange, key, mandatory, body, properties).await;
        metrics::PUBLISH_SECONDS
            .with_label_values(&[label])
            .observe(started.elapsed().as_secs_f64());
        metrics::PUBLISHED
            .with_label_values(&[label, if outcome.is_ok() { "confirmed" } else { "failed" }])
            .inc();
        outcome
    }

    /// Tries until confirmed or out of time.
    async fn deliver_within(
        &self,
        exchange: &str,
        key: &str,
        mandatory: bool,
        body: &[u8],
        properties: BasicProperties,
    ) -> Result<(), PublishError> {
        let limit = self.inner.broker.settings().publish_wait;
        let until = Instant::now() + limit;
        let mut last = "no answer".to_owned();
        let mut pause = Pause::new();
        let unconfirmed = |last: &str| PublishError::Unconfirmed {
            limit,
            last: last.to_owned(),
        };
        // Never closed, so this fails only by time.
        let Ok(Ok(_permit)) = timeout_at(until, self.inner.window.acquire()).await else {
            return Err(unconfirmed("too many messages wait for their confirm"));
        };
        loop {
            let attempt = self.try_once(exchange, key, mandatory, body, properties.clone());
            match timeout_at(until, attempt).await {
                Ok(Try::Confirmed) => return Ok(()),
                Ok(Try::Unroutable) => {
                    return Err(PublishError::Unroutable {
                        exchange: exchange.to_owned(),
                    });
                }
                Ok(Try::Refused) => last = "the broker refused the message; the queue may be full".to_owned(),
                Ok(Try::Lost(number, why)) => {
                    self.discard(number);
                    last = why;
                }
                Err(_) => return Err(unconfirmed(&last)),
            }
            if timeout_at(until, pause.wait()).await.is_err() {
                return Err(unconfirmed(&last));
            }
        }
    }

    async fn try_once(&self, exchange: &str, key: &str, mandatory: bool, body: &[u8], properties: BasicProperties) -> Try {
        let (number, channel) = match self.channel().await {
            Ok(open) => open,
            Err(e) => return Try::Lost(0, crate::error::chain(&e)),
        };
        let id = properties.message_id().clone();
        let options = BasicPublishOptions {
            mandatory,
            ..Default::default()
        };
        let sent = channel.basic_publish(exchange.into(), key.into(), options, body, properties).await;
        let confirmed = match sent {
            Ok(confirm) => confirm.await,
            Err(e) => Err(e),
        };
        match confirmed {
            Ok(Confirmation::Ack(None) | Confirmation::NotRequested) => Try::Confirmed,
            // Known quirk: the driver hands a returned message to whichever confirm comes next, so it may be another's.
            // Then this message is safe, and the other one is found by the sweeper.
            Ok(Confirmation::Ack(Some(returned))) if *returned.properties.message_id() != id => {
                tracing::error!(exchange, "the broker returned another message as unroutable");
                Try::Confirmed
            }
            Ok(Confirmation::Ack(Some(_))) => Try::Unroutable,
            Ok(Confirmation::Nack(_)) => Try::Refused,
            Err(e) => match e.kind() {
                ErrorKind::ProtocolError(p) if p.get_id() == 404 => {
                    self.discard(number);
                    Try::Unroutable
                }
                _ => Try::Lost(number, e.to_string()),
            },
        }
    }

    /// The channel in use, or a new one.
    async fn channel(&self) -> Result<(u64, Channel), crate::QueueError> {
        if let Some(open) = self.current() {
            return Ok(open);
        }
        let mut opening = self.inner.opening.lock().await;
        if let Some(open) = self.current() {
            return Ok(open);
        }
        let channel = self.inner.broker.channel(Use::Publish).await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .map_err(|source| crate::QueueError::Refused {
                what: "confirms".to_owned(),
                source,
            })?;
        *opening += 1;
        let open = (*opening, channel);
        *self.inner.channel.write().unwrap_or_else(PoisonError::into_inner) = Some(open.clone());
        Ok(open)
    }

    fn current(&self) -> Option<(u64, Channel)> {
        self.inner
            .channel
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .filter(|(_, c)| c.status().connected())
    }

    fn discard(&self, number: u64) {
        let mut slot = self.inner.channel.write().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().is_some_and(|(n, _)| *n == number) {
            *slot = None;
        }
    }
}

fn describe(message: &Outgoing) -> Headers {
    Headers::default()
        .number(headers::SCHEMA, message.schema)
        .text(headers::SCAN_ID, &message.scan_id.to_string())
        .number(headers::ATTEMPT, message.attempt)
}

#[async_trait]
impl Outbox for Publisher {
    async fn send(&self, message: Outgoing) -> Result<(), PublishError> {
        self.publish_outgoing(&message).await
    }
}
