//! Where the broker is and what it may cost.

use hub_model::Hidden;
use std::time::Duration;

hub_model::settings! {
    /// RabbitMQ and how it is used.
    pub struct QueueSettings {
        /// Broker address, with user and password: `amqp://USER:PASSWORD@HOST:5672/%2f`, or `amqps:`.
        pub url: Hidden = "AMQP_URL", Hidden("amqp://127.0.0.1:5672/%2f".to_owned());
        /// Put before every queue and exchange name, so that several hubs can share one broker.
        pub prefix: String = "HUB_QUEUE_PREFIX", String::new();
        /// Whether to create what is missing on the broker. False where a service's broker user may not: then it only checks.
        pub declare: bool = "HUB_QUEUE_DECLARE", true;
        /// Waits between tries of a job that failed for a passing reason, in seconds; as many retries as entries.
        pub retry_delays: Vec<Duration> = "HUB_QUEUE_RETRY_SECS", vec![Duration::from_secs(2), Duration::from_secs(15), Duration::from_secs(60)];
        /// How often a job is delivered again after a worker died on it, before it is given up as poison.
        pub delivery_limit: u32 = "HUB_QUEUE_DELIVERY_LIMIT", 5;
        /// The same for events, whose consumer restarts more often than it dies of them.
        pub event_delivery_limit: u32 = "HUB_QUEUE_EVENT_DELIVERY_LIMIT", 50;
        /// Longest queue, in messages; publishers are refused beyond it.
        pub max_length: u32 = "HUB_QUEUE_MAX_LENGTH", 1_000_000;
        /// Jobs a worker handles at once.
        pub prefetch: u16 = "HUB_QUEUE_PREFETCH", 4;
        /// Longest a job may be handled before it is given back, in seconds. Stays below the broker's `consumer_timeout` (30 minutes).
        pub handler_timeout: Duration = "HUB_QUEUE_HANDLER_TIMEOUT_SECS", Duration::from_secs(900);
        /// Messages that may wait for their confirm at once.
        pub publish_window: u32 = "HUB_QUEUE_PUBLISH_WINDOW", 256;
        /// Longest wait for a confirm, reconnecting included, in seconds.
        pub publish_wait: Duration = "HUB_QUEUE_PUBLISH_WAIT_SECS", Duration::from_secs(10);
        /// Longest wait for the broker at start, in seconds.
        pub connect_wait: Duration = "HUB_QUEUE_CONNECT_WAIT_SECS", Duration::from_secs(30);
    }
}
