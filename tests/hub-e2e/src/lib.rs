#![doc = include_str!("../README.md")]
#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

mod broker;
mod hub;
mod org;
mod programs;

pub use hub::TestHub;
pub use org::{Org, Scan, scan_of};
pub use programs::{mcp_hub, program};
