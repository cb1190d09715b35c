//! Text as a model and as a human would see it: normalisation, secrets, what may be shown.

mod clause;
mod concepts;
mod fields;
mod layers;
mod lexicon;
mod normal;
mod patterns;
mod phrase;
mod search;
mod secrets;
mod surface;
mod visible;
pub mod wording;
mod words;

pub use clause::{Clause, ClauseKind, Clauses};
pub use layers::{Layer, Origin};
pub use lexicon::{Concepts, Form, concept};
pub use normal::{Normal, Normalised, Sign, SignKind, Smuggled, normalise};
pub use patterns::Patterns;
pub use phrase::{Mood, Phrase, mood};
pub use search::{Hit, Sayings, Take, classes_at, quote};
pub use secrets::{Secret, Worth, find_secrets, redact, worth_of_token};
pub use surface::{Field, Owner, Text, Texts};
pub use visible::visible;
pub use words::{Kind, Token, Words};
