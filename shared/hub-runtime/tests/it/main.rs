//! The runtime from outside: child processes, probes, traces.
#![allow(clippy::unwrap_used)]

mod probes;
mod sandbox;
