#![doc = include_str!("../README.md")]

mod batches;
mod broker;
mod consumer;
mod control;
mod dead;
mod error;
mod headers;
mod metrics;
mod outgoing;
mod publisher;
mod rights;
mod settings;
mod subscription;
pub mod testing;
mod topology;
mod verdict;
mod worker;

pub use batches::{BatchOptions, BatchVerdict, Received, consume_batches};
pub use broker::{Broker, Depth};
pub use consumer::{ConsumerOptions, DeliveryFacts, Handler, consume};
pub use control::{Cancelled, follow_control};
pub use dead::{DeadLetter, consume_dead};
pub use error::{PublishError, QueueError};
pub use outgoing::{Outbox, Outgoing};
pub use publisher::Publisher;
pub use rights::{Rights, definitions, rights};
pub use settings::QueueSettings;
pub use verdict::Verdict;
pub use worker::{Reporter, run_worker};
