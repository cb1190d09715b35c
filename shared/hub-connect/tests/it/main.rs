//! The connector against real servers, and against servers that do everything wrong.

mod auth;
mod checks;
mod conformance;
mod everything;
mod hostile;
mod listing;
mod oauth;
mod peers;
mod rmcp_peer;
mod stdio;
mod support;
mod tls;
