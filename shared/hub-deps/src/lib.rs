#![doc = include_str!("../README.md")]

mod advisory;
mod causes;
mod comparison;
mod names;
mod package;
mod read;
mod version;

pub use advisory::{AdvisoryError, Judges, MAX_ADVISORY_BYTES};
pub use causes::{Cause, causes};
pub use comparison::compare_with_repository;
pub use names::{Lookalike, lookalike};
pub use package::{Ecosystem, Package, Requirement, normal_name};
pub use read::{About, Resolved, is_read, npm_licence, npm_repository, resolve};
pub use version::compare;
