//! What can go wrong between us and the broker.

use hub_model::{Blame, ErrorCode, Retry};
use std::time::Duration;

/// The broker could not be used.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("the broker at {address} cannot be reached; check AMQP_URL")]
    Unreachable {
        address: String,
        #[source]
        source: lapin::Error,
    },
    #[error("the broker at {address} did not answer within {limit:?}; check AMQP_URL")]
    Silent { address: String, limit: Duration },
    #[error("`{name}` exists on the broker with other arguments than these settings ask for; delete it or set another HUB_QUEUE_PREFIX")]
    OtherArguments {
        name: String,
        #[source]
        source: lapin::Error,
    },
    #[error("`{name}` does not exist on the broker; run `hub-admin declare-queues`, or set HUB_QUEUE_DECLARE=true")]
    Missing {
        name: String,
        #[source]
        source: lapin::Error,
    },
    #[error("the broker refused {what}")]
    Refused {
        what: String,
        #[source]
        source: lapin::Error,
    },
}

/// A message is not known to be safe with the broker.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("the message cannot be written as JSON")]
    Encode(#[source] serde_json::Error),
    #[error("no queue takes messages for `{exchange}`; is the topology declared?")]
    Unroutable { exchange: String },
    #[error("the broker did not confirm within {limit:?}: {last}")]
    Unconfirmed { limit: Duration, last: String },
}

impl ErrorCode for PublishError {
    fn code(&self) -> &'static str {
        "queue_unavailable"
    }
    fn retry(&self) -> Retry {
        Retry::Later
    }
    fn blame(&self) -> Blame {
        Blame::Hub
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut cause = error.source();
    while let Some(c) = cause {
        out.push_str(": ");
        out.push_str(&c.to_string());
        cause = c.source();
    }
    out
}
