//! A live stream of deliveries from one queue.

use crate::broker::{Broker, Pause, Use};
use crate::{QueueError, topology};
use futures::StreamExt as _;
use hub_runtime::CancellationToken;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Consumer};

pub(crate) struct Subscription {
    queue: String,
    channel: Channel,
    consumer: Consumer,
}

impl Subscription {
    async fn open(broker: &Broker, queue: &str, prefetch: u16) -> Result<Self, QueueError> {
        let channel = broker.channel(Use::Consume).await?;
        let classify = |source| topology::classify(queue.to_owned(), source);
        channel.basic_qos(prefetch, BasicQosOptions::default()).await.map_err(classify)?;
        let consumer = channel
            .basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
            .await
            .map_err(classify)?;
        Ok(Self {
            queue: queue.to_owned(),
            channel,
            consumer,
        })
    }

    /// Tries until it works; `None` when told to stop.
    pub(crate) async fn open_until(broker: &Broker, queue: &str, prefetch: u16, shutdown: &CancellationToken) -> Option<Self> {
        let mut pause = Pause::new();
        while !shutdown.is_cancelled() {
            match Self::open(broker, queue, prefetch).await {
                Ok(subscription) => return Some(subscription),
                Err(e) => tracing::warn!(queue, error = crate::error::chain(&e), "cannot consume yet"),
            }
            pause.wait_unless(shutdown).await;
        }
        None
    }

    /// The next delivery; `None` when the subscription is lost.
    pub(crate) async fn next(&mut self) -> Option<Delivery> {
        match self.consumer.next().await {
            Some(Ok(delivery)) => Some(delivery),
            Some(Err(e)) => {
                tracing::warn!(queue = self.queue, error = %e, "lost the broker; what was in hand will be delivered again");
                None
            }
            None => {
                tracing::warn!(queue = self.queue, "the broker ended the subscription");
                None
            }
        }
    }

    /// No more deliveries; those in hand can still be acknowledged.
    pub(crate) async fn stop(&self) {
        // Fails only when the channel is gone, and then nothing comes any more either.
        let _ = self.channel.basic_cancel(self.consumer.tag(), BasicCancelOptions::default()).await;
    }

    /// Gives back everything that is not acknowledged.
    pub(crate) async fn close(self) {
        topology::close(&self.channel).await;
    }
}

/// Acknowledges a delivery. A failure means that the channel is gone and the message comes again.
pub(crate) async fn ack(delivery: &Delivery) {
    if let Err(e) = delivery.acker.ack(BasicAckOptions::default()).await {
        tracing::warn!(error = %e, "could not acknowledge; the message will be delivered again");
    }
}

/// Acknowledges a delivery and all before it on its channel.
pub(crate) async fn ack_up_to(delivery: &Delivery) {
    if let Err(e) = delivery.acker.ack(BasicAckOptions { multiple: true }).await {
        tracing::warn!(error = %e, "could not acknowledge; the messages will be delivered again");
    }
}

/// Gives a delivery back; it counts against its delivery limit.
pub(crate) async fn give_back(delivery: &Delivery) {
    if let Err(e) = delivery.acker.reject(BasicRejectOptions { requeue: true }).await {
        tracing::debug!(error = %e, "could not give back; the channel's end does it");
    }
}
