//! What every error of a stage can answer: its code, whether to try again, whose fault it is.

use serde::{Deserialize, Serialize};

/// Whether trying again may help. A property of the error, decided where the error is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The same again will fail the same way.
    Never,
    /// The world may have changed in a while: time-outs, 5xx, refused connections.
    Later,
}

/// Whose fault an error is: decides whether it is shown, retried or raised as an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// The request or the target: tell the user what to do.
    User,
    /// The outside world.
    World,
    /// A fault of ours.
    Hub,
}

/// What a stage's error enum answers.
pub trait ErrorCode: std::error::Error {
    /// Stable, machine-readable, `snake_case`: `no_such_version`.
    fn code(&self) -> &'static str;
    /// Whether to try again.
    fn retry(&self) -> Retry;
    /// Whose fault it is.
    fn blame(&self) -> Blame {
        match self.retry() {
            Retry::Never => Blame::User,
            Retry::Later => Blame::World,
        }
    }
}
