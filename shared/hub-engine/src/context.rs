//! What a rule may ask, and where it reports.

use crate::CodeFacts;
use hub_model::{Budget, Finding, Inventory, Snapshot, Surface};
use hub_syntax::Program;

/// Everything known about one artifact. Source parts are absent in a hosted scan, the surface in a source scan.
pub struct Context<'a> {
    pub inventory: &'a Inventory,
    pub snapshot: Option<&'a Snapshot>,
    pub surface: Option<&'a Surface>,
    pub program: Option<&'a Program>,
    pub facts: Option<&'a CodeFacts>,
    pub budget: &'a Budget,
}

/// Collects findings.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// All, in order of reporting.
    #[must_use]
    pub fn into_vec(self) -> Vec<Finding> {
        self.list
    }
}
