//! Data flow: from what an attacker chooses (arguments of tools, prompts, resources and routes) to dangerous operations.
//!
//! An abstract interpreter over the common tree. A value is where it comes from (labels: a source, or a parameter of the
//! function at hand, and the path below it), what it may name (functions, instances, things outside), and what it is made of.
//! Functions are summarised once for each way they are called; a summary says what comes back, what reaches a dangerous
//! operation, and what is proven of the arguments once the function has returned. Conditions prove things of labels on the
//! branch where they hold, so a guard counts exactly where it stands before the use, also when it stands in a helper.
//!
//! Every bound that cuts a flow is counted: [`Flows::limits_hit`].

#![allow(unreachable_pub)] // the files of this folder are private; `pub` in them means: used by their siblings

mod annotations;
mod api;
mod arguments;
mod bindings;
mod branches;
mod calls;
mod cause;
mod engine;
mod eval;
mod exec;
mod guards;
mod idioms;
mod imports;
mod instances;
mod joining;
mod kinds;
mod labels;
mod members;
mod methods;
mod native;
mod outside;
mod outward;
mod packages;
mod patterns;
mod programs;
mod proofs;
mod remote;
mod replacing;
mod report;
mod routes;
mod schemas;
mod sinks;
mod sources;
mod special;
mod summaries;
mod value;
mod web;
mod writes;

pub use cause::Cause;
pub use outside::{Known, OutsideCall};
pub use report::{Flows, Reach, Sunk, line_of};
pub use value::{Kinds, Weak};

#[cfg(test)]
mod tests;
