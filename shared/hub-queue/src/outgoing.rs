//! A message ready to be published, as a value.

use crate::PublishError;
use async_trait::async_trait;
use hub_model::ScanId;
use hub_wire::{Message, Topic};

/// A message with everything the broker needs to know of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub topic: Topic,
    pub schema: u32,
    pub scan_id: ScanId,
    pub attempt: u32,
    /// JSON.
    pub body: Vec<u8>,
}

impl Outgoing {
    /// Wraps a message.
    ///
    /// # Errors
    /// [`PublishError::Encode`] when it cannot be written as JSON.
    pub fn of<M: Message>(message: &M) -> Result<Self, PublishError> {
        Ok(Self {
            topic: M::TOPIC,
            schema: M::SCHEMA,
            scan_id: message.scan_id(),
            attempt: message.attempt(),
            body: serde_json::to_vec(message).map_err(PublishError::Encode)?,
        })
    }

    /// The message again, when it is one of type `M`. Topics carry one type each.
    #[must_use]
    pub fn read<M: Message>(&self) -> Option<M> {
        (self.topic == M::TOPIC).then(|| serde_json::from_slice(&self.body).ok()).flatten()
    }
}

/// Shows the body too: nothing that travels is secret in clear.
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing({} {})", self.topic.as_str(), String::from_utf8_lossy(&self.body))
    }
}

/// Where a worker sends what must be known before its work is done: the publisher, or in tests a list.
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// Sends one message and waits until it is safe.
    ///
    /// # Errors
    /// When it is not known to be safe; it may have been sent all the same.
    async fn send(&self, message: Outgoing) -> Result<(), PublishError>;
}
