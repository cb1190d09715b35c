//! What a rule may ask.

use crate::CodeFacts;
use crate::taint::Flows;
use crate::text::Texts;
use hub_model::{Budget, Inventory, Snapshot, Surface};
use hub_syntax::Program;

/// Everything known about one artifact. Source parts are absent in a hosted scan, the surface in a source scan.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub inventory: &'a Inventory,
    /// Every text of the inventory that a model is shown, normalised once for all rules.
    pub texts: &'a Texts,
    pub snapshot: Option<&'a Snapshot>,
    pub surface: Option<&'a Surface>,
    pub program: Option<&'a Program>,
    pub facts: Option<&'a CodeFacts>,
    /// What attacker-chosen data reaches; there whenever the program is.
    pub flows: Option<&'a Flows>,
    pub budget: &'a Budget,
}
