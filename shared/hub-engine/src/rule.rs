//! The rule contract: one rule is one file that says what it finds, why that matters, how to fix it, and proves it by examples.

use crate::{Context, Findings};
use hub_model::{Category, Severity};

/// A check over one analysed artifact.
pub trait Rule: Sync {
    /// What the rule book prints.
    fn meta(&self) -> &'static RuleMeta;
    /// Looks, and reports into `out`. Must be deterministic and linear in its input.
    fn check(&self, cx: &Context<'_>, out: &mut Findings);
}

/// A rule's description, printed into `docs/rules/` and `mcp-hub rules`.
#[derive(Debug)]
pub struct RuleMeta {
    /// States the fault, never the cure; never reused: `shell-injection`.
    pub id: &'static str,
    /// What is wrong, as a sentence without a full stop.
    pub title: &'static str,
    pub category: Category,
    /// Default severity; a finding may carry a lower one, with its reason.
    pub severity: Severity,
    /// Ids of the class catalogue, primary first.
    pub classes: &'static [&'static str],
    pub cwe: &'static [u32],
    pub owasp_mcp: &'static [&'static str],
    pub owasp_llm: &'static [&'static str],
    /// Version of the rule set that brought it.
    pub since: &'static str,
    /// The doc comment: `## What it finds`, `## Why it matters`, `## How to fix it`, in markdown, without the examples.
    pub doc: &'static str,
    pub examples: &'static [Example],
    pub references: &'static [&'static str],
}

/// What an example is proof of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The rule must report it.
    Vulnerable,
    /// The rule must stay silent.
    Safe,
}

/// A case that the test suite runs: source code, or a tool listing as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    pub level: Level,
    /// `ts`, `js`, `py` (a whole source file) or `json` (an object with `tools`, `prompts`, `resources`, `instructions`, `serverInfo`).
    pub language: &'static str,
    pub code: &'static str,
}
