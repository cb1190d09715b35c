//! The guard, seen from outside: real sockets on loopback, hostile answers.

#![allow(clippy::unwrap_used)] // a test may stop where it stands

mod bounds;
mod reach;
mod redirects;
mod server;
