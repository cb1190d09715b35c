//! Through the front door: artifacts in, reports out.

mod bad_input;
mod examples;
mod listings;
mod texts;
