//! The public API through the front door: gateway and results on real Postgres, Redis and RabbitMQ.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod decisions;
mod document;
mod hub;
mod keys;
mod life;
mod lists;
mod submissions;
mod trouble;
