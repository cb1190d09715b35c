#![doc = include_str!("../README.md")]

mod auth;
mod code;
mod finish;
mod hot_status;
mod metrics;
mod problem;
mod query;
mod request_id;
mod validated;

pub use auth::{Auth, AuthSettings, Authenticated, FindKey, KnownKey, Managing};
pub use code::Code;
pub use finish::{HttpSettings, finish, method_label, note};
pub use hot_status::status_response;
pub use problem::{PROBLEM_JSON, ProblemBuilder};
pub use query::QueryReader;
pub use request_id::{REQUEST_ID, RequestId};
pub use validated::ValidatedJson;
