//! Through the front door: artifacts in, reports out.

mod bad_input;
mod examples;
mod flows;
mod listings;
mod same_report;
mod texts;
