//! Wake-ups for event streams: which scan has changed. Lossy by nature; whoever waits also looks now and then.

use crate::Cache;
use futures::StreamExt;
use hub_model::ScanId;
use std::time::Duration;
use tokio::sync::broadcast;

/// A scan has changed.
pub type Wakeup = ScanId;

/// Wake-ups kept for a slow listener.
const BACKLOG: usize = 1024;

/// Hands wake-ups to everyone in this process who listens.
#[derive(Clone, Debug)]
pub struct Wakeups {
    sender: broadcast::Sender<Wakeup>,
}

impl Wakeups {
    /// From now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Wakeup> {
        self.sender.subscribe()
    }
}

pub(crate) fn channel(prefix: &str) -> String {
    format!("{prefix}:wakeups")
}

impl Cache {
    /// Subscribes once for this process. The returned future carries the messages and comes back only when dropped;
    /// it connects again after a failure.
    pub fn wakeups(&self) -> (Wakeups, impl Future<Output = ()> + Send + use<>) {
        let (sender, _) = broadcast::channel(BACKLOG);
        let (wakeups, cache) = (Wakeups { sender: sender.clone() }, self.clone());
        let carry = async move {
            loop {
                if let Err(e) = carry(&cache, &sender).await {
                    tracing::debug!(error = %e, "the subscription to wake-ups ended; trying again");
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        (wakeups, carry)
    }
}

async fn carry(cache: &Cache, sender: &broadcast::Sender<Wakeup>) -> Result<(), redis::RedisError> {
    let mut pubsub = cache.inner.client.get_async_pubsub().await?;
    pubsub.subscribe(channel(&cache.inner.settings.prefix)).await?;
    let mut messages = pubsub.on_message();
    while let Some(message) = messages.next().await {
        if let Ok(text) = message.get_payload::<String>()
            && let Ok(id) = text.parse::<ScanId>()
        {
            // No listener at the moment is no failure.
            let _ = sender.send(id);
        }
    }
    Ok(())
}
