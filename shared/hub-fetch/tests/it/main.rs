//! Acquisition from the front door: local registries and git servers, good and hostile.

#![allow(clippy::unwrap_used)] // a test may stop where it stands

mod advisories;
mod bounds;
mod dependencies;
mod facts;
mod git;
mod hostile;
mod local;
mod npm;
mod pypi;
mod real;
mod support;
