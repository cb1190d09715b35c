//! For tests: a list in place of a broker, and a topology that is removed afterwards.

use crate::broker::{Broker, Use};
use crate::{Outbox, Outgoing, PublishError, QueueError, QueueSettings, topology};
use async_trait::async_trait;
use hub_model::Hidden;
use hub_wire::{Message, Topic};
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use std::sync::{Mutex, PoisonError};

/// An outbox that only remembers.
#[derive(Default)]
pub struct Recorded(Mutex<Vec<Outgoing>>);

impl Recorded {
    /// Everything sent so far.
    #[must_use]
    pub fn all(&self) -> Vec<Outgoing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// The messages of one type, in order.
    #[must_use]
    pub fn of<M: Message>(&self) -> Vec<M> {
        self.all().iter().filter_map(Outgoing::read).collect()
    }
}

#[async_trait]
impl Outbox for Recorded {
    async fn send(&self, message: Outgoing) -> Result<(), PublishError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        Ok(())
    }
}

/// Settings for the test broker (`HUB_TEST_AMQP_URL`) with a prefix of their own.
///
/// # Errors
/// When the variable is missing.
pub fn settings() -> Result<QueueSettings, String> {
    let url = std::env::var("HUB_TEST_AMQP_URL").map_err(|_| "HUB_TEST_AMQP_URL is not set; run the tests with `make test`".to_owned())?;
    let prefix = format!("t{}.", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    Ok(QueueSettings {
        url: Hidden(url),
        prefix,
        ..QueueSettings::default()
    })
}

/// Removes every queue and exchange with the broker's prefix, saying which topics still held messages.
///
/// # Errors
/// When the broker refuses.
pub async fn remove_topology(broker: &Broker) -> Result<Vec<(Topic, u32)>, QueueError> {
    let mut left = Vec::new();
    for topic in Topic::ALL {
        if let Ok(depth) = broker.depth(topic).await
            && depth.ready > 0
        {
            left.push((topic, depth.ready));
        }
    }
    for name in topology::queues(broker) {
        let channel = broker.channel(Use::Consume).await?;
        channel
            .queue_delete(name.as_str().into(), QueueDeleteOptions::default())
            .await
            .map_err(|source| topology::classify(name, source))?;
    }
    let exchanges = Topic::ALL
        .map(|t| broker.name_of(t))
        .into_iter()
        .chain([topology::control_exchange(broker.settings())]);
    for name in exchanges {
        let channel = broker.channel(Use::Consume).await?;
        channel
            .exchange_delete(name.as_str().into(), ExchangeDeleteOptions::default())
            .await
            .map_err(|source| topology::classify(name, source))?;
    }
    Ok(left)
}
