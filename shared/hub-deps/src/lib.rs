#![doc = include_str!("../README.md")]

mod advisory;
mod names;
mod package;
mod read;
mod version;

pub use advisory::{AdvisoryError, Judges, MAX_ADVISORY_BYTES};
pub use names::{Lookalike, lookalike};
pub use package::{Ecosystem, Package, Requirement, normal_name};
pub use read::{Resolved, resolve};
pub use version::compare;
