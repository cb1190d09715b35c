#![doc = include_str!("../README.md")]

mod connect;
mod keys;
mod limit;
mod status;
mod wakeups;

pub use connect::{Cache, CacheError, CacheSettings};
pub use limit::{Allowance, Policy};
pub use wakeups::{Wakeup, Wakeups};
