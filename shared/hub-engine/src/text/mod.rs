//! Text as a model and as a human would see it: normalisation, secrets, what may be shown.

mod secrets;
mod surface;
mod visible;

pub use secrets::{Secret, find_secrets, redact};
pub use surface::{Field, Owner, Text, Texts};
pub use visible::visible;
