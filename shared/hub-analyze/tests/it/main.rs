//! Through the front door: artifacts in, reports out.

mod across_files;
mod bad_input;
mod disguises;
mod examples;
mod fixes;
mod flows;
mod listings;
mod same_report;
mod source_maps;
mod texts;
