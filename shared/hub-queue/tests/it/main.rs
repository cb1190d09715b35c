//! The queue on a real RabbitMQ (`HUB_TEST_AMQP_URL`, `HUB_TEST_AMQP_ADMIN_URL`).
#![allow(clippy::unwrap_used)]

mod consuming;
mod publishing;
mod support;
mod tracing_context;
