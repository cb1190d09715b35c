//! Connections: one that publishes, one that consumes, each made again when it is lost.

use crate::settings::QueueSettings;
use crate::{QueueError, metrics, topology};
use hub_runtime::CancellationToken;
use hub_wire::Topic;
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

/// Longest time one try to connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Between looks at the queues' depth.
const DEPTH_INTERVAL: Duration = Duration::from_secs(15);

/// RabbitMQ. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Broker {
    inner: Arc<Inner>,
}

struct Inner {
    settings: QueueSettings,
    name: String,
    /// A publisher that the broker holds back (memory alarm) must not hold back acknowledgements, hence two.
    publishing: Mutex<Option<Connection>>,
    consuming: Mutex<Option<Connection>>,
}

/// Which of the two connections.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    Publish,
    Consume,
}

/// How full a queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Messages waiting.
    pub ready: u32,
    /// Processes that consume.
    pub consumers: u32,
}

impl Broker {
    /// Connects, waiting up to `HUB_QUEUE_CONNECT_WAIT_SECS` for a broker that is still starting. `name` shows in the broker's
    /// list of connections.
    ///
    /// # Errors
    /// [`QueueError::Unreachable`] or [`QueueError::Silent`] when the time is over.
    pub async fn connect(settings: QueueSettings, name: &str) -> Result<Self, QueueError> {
        let until = Instant::now() + settings.connect_wait;
        let broker = Self {
            inner: Arc::new(Inner {
                settings,
                name: name.to_owned(),
                publishing: Mutex::default(),
                consuming: Mutex::default(),
            }),
        };
        let mut pause = Pause::new();
        loop {
            match broker.channel(Use::Consume).await {
                Ok(_) => return Ok(broker),
                Err(e) if Instant::now() + pause.next > until => return Err(e),
                Err(e) => tracing::debug!(error = %e, "waiting for the broker"),
            }
            pause.wait().await;
        }
    }

    /// Creates the topology, or with `HUB_QUEUE_DECLARE=false` checks that it is there (waiting as long as for the broker
    /// itself, since another service may be about to create it).
    ///
    /// # Errors
    /// [`QueueError::OtherArguments`], [`QueueError::Missing`], [`QueueError::Refused`].
    pub async fn declare(&self) -> Result<(), QueueError> {
        if self.settings().declare {
            return topology::declare(self).await;
        }
        let until = Instant::now() + self.settings().connect_wait;
        let mut pause = Pause::new();
        loop {
            match topology::check(self).await {
                Err(QueueError::Missing { name, .. }) if Instant::now() + pause.next < until => {
                    tracing::debug!(queue = %name, "waiting for the topology");
                }
                outcome => return outcome,
            }
            pause.wait().await;
        }
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &QueueSettings {
        &self.inner.settings
    }

    /// Whether the broker answers now.
    ///
    /// # Errors
    /// Says in words what is wrong; made for readiness checks.
    pub async fn ready(&self) -> Result<(), String> {
        match self.channel(Use::Consume).await {
            Ok(_) => Ok(()),
            Err(e) => Err(e.to_string()),
        }
    }

    /// Messages waiting and processes consuming, from the broker itself.
    ///
    /// # Errors
    /// When the queue does not exist or the broker does not answer.
    pub async fn depth(&self, topic: Topic) -> Result<Depth, QueueError> {
        let name = self.name_of(topic);
        let channel = self.channel(Use::Consume).await?;
        let queue = channel
            .queue_declare(
                name.as_str().into(),
                QueueDeclareOptions::durable().passive(),
                FieldTable::default(),
            )
            .await
            .map_err(|source| topology::classify(name, source))?;
        Ok(Depth {
            ready: queue.message_count(),
            consumers: queue.consumer_count(),
        })
    }

    /// Keeps the gauge `hub_queue_depth` fresh until told to stop.
    pub async fn watch_depths(&self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            for topic in Topic::ALL {
                if let Ok(depth) = self.depth(topic).await {
                    metrics::DEPTH.with_label_values(&[topic.as_str()]).set(i64::from(depth.ready));
                }
            }
            tokio::select! { () = shutdown.cancelled() => {}, () = sleep(DEPTH_INTERVAL) => {} }
        }
    }

    /// Closes both connections; what is not acknowledged goes back to its queue.
    pub async fn close(&self) {
        for slot in [&self.inner.consuming, &self.inner.publishing] {
            if let Some(connection) = slot.lock().await.take() {
                // It is going away either way.
                let _ = timeout(CONNECT_TIMEOUT, connection.close(200, "bye".into())).await;
            }
        }
    }

    /// Queue and exchange name of a topic on this broker.
    pub(crate) fn name_of(&self, topic: Topic) -> String {
        format!("{}{}", self.settings().prefix, topic.as_str())
    }

    /// A new channel; connects again when the connection is gone.
    pub(crate) async fn channel(&self, purpose: Use) -> Result<Channel, QueueError> {
        let slot = match purpose {
            Use::Publish => &self.inner.publishing,
            Use::Consume => &self.inner.consuming,
        };
        let mut slot = slot.lock().await;
        if let Some(connection) = slot.as_ref().filter(|c| c.status().connected())
            && let Ok(Ok(channel)) = timeout(CONNECT_TIMEOUT, connection.create_channel()).await
        {
            return Ok(channel);
        }
        *slot = None;
        let connection = self.open(purpose).await?;
        let channel = timeout(CONNECT_TIMEOUT, connection.create_channel())
            .await
            .map_err(|_| self.silent())?
            .map_err(|source| self.unreachable(source))?;
        *slot = Some(connection);
        Ok(channel)
    }

    async fn open(&self, purpose: Use) -> Result<Connection, QueueError> {
        hub_runtime::install_crypto();
        let suffix = match purpose {
            Use::Publish => "publish",
            Use::Consume => "consume",
        };
        let properties = ConnectionProperties::default().with_connection_name(format!("{} {suffix}", self.inner.name).into());
        timeout(CONNECT_TIMEOUT, Connection::connect(&self.settings().url.0, properties))
            .await
            .map_err(|_| self.silent())?
            .map_err(|source| self.unreachable(source))
    }

    fn silent(&self) -> QueueError {
        QueueError::Silent {
            address: self.address(),
            limit: CONNECT_TIMEOUT,
        }
    }

    fn unreachable(&self, source: lapin::Error) -> QueueError {
        QueueError::Unreachable {
            address: self.address(),
            source,
        }
    }

    /// Host and port, without user and password.
    fn address(&self) -> String {
        let rest = self.settings().url.0.split_once("://").map_or("?", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or(rest);
        authority.rsplit('@').next().unwrap_or(authority).to_owned()
    }
}

/// Growing pauses between tries, from 50 ms to 2 s.
pub(crate) struct Pause {
    next: Duration,
}

impl Pause {
    pub(crate) fn new() -> Self {
        Self {
            next: Duration::from_millis(50),
        }
    }
    pub(crate) async fn wait(&mut self) {
        sleep(self.next).await;
        self.next = (self.next * 2).min(Duration::from_secs(2));
    }
    /// As [`Pause::wait`], but returns at once when told to stop.
    pub(crate) async fn wait_unless(&mut self, shutdown: &CancellationToken) {
        tokio::select! { () = shutdown.cancelled() => {}, () = self.wait() => {} }
    }
}
