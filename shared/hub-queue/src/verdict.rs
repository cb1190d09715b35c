//! What a handler says should happen; the queue crate does it.

use crate::Outgoing;

/// The outcome of handling one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Publish these, in this order, then acknowledge.
    Done(Vec<Outgoing>),
    /// The scan ends here and its user can act on it: publish this, then acknowledge.
    Failed(Outgoing),
    /// A passing reason: try again after the next step of the retry ladder, or publish `exhausted` when there is none left.
    Retry { why: String, exhausted: Outgoing },
    /// A fault of ours: to the dead letters, with an alert. `why` may be shown to the user.
    Bury { why: String },
}

impl Verdict {
    /// The word for metrics and logs.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::Retry { .. } => "retry",
            Self::Bury { .. } => "bury",
        }
    }
}
