//! All of it: what one scan found, and what it did not look at.

use crate::{Digest, Finding, Inventory, PackageFacts, RelPath, Severity, Skipped, Transport};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The outcome of an analysis: a pure function of (artifact digest, engine version, rule set version), apart from durations.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// Engine and rule set: `0.1.0+rules.<8 hex>`.
    pub scan_version: String,
    /// Commit SHA, package version, or what the live server calls its version.
    pub source_version: String,
    pub artifact_digest: Digest,
    /// Where its source came from; `None` for a live server.
    #[serde(default)]
    pub origin: Option<String>,
    /// Of a published package.
    #[serde(default)]
    pub package: Option<PackageFacts>,
    pub inventory: Inventory,
    /// Worst first, then by rule and place.
    pub findings: Vec<Finding>,
    pub suppressed: Vec<Suppressed>,
    pub overall_severity: Severity,
    /// 0 (worst) to 100.
    pub score: u8,
    pub grade: Grade,
    pub coverage: Coverage,
    /// What could not be read, in plain words.
    pub warnings: Vec<String>,
    /// For a hosted scan.
    pub transport: Option<Transport>,
    pub durations: StageDurations,
}

/// Milliseconds by stage.
pub type StageDurations = BTreeMap<String, u64>;

/// A finding that a suppression or baseline took out of the count. It stays in every answer, counted openly.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Suppressed {
    pub fingerprint: String,
    pub rule_id: String,
    #[serde(default)]
    pub by: SuppressedBy,
    pub reason: String,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// The last day on which it holds, `2026-12-31`.
    #[serde(default)]
    pub expires: Option<String>,
    /// What was found.
    #[serde(default)]
    pub finding: Option<Box<Finding>>,
}

/// What took a finding out of the count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressedBy {
    /// A person's decision about one rule at one place.
    #[default]
    Suppression,
    /// It was there before.
    Baseline,
}

impl Report {
    /// Sets what follows from the findings: worst severity, score and grade.
    pub fn recount(&mut self) {
        self.overall_severity = self.findings.iter().map(|f| f.severity).max().unwrap_or(Severity::None);
        self.score = crate::score(&self.findings);
        self.grade = Grade::of(self.score);
    }
}

/// What was looked at and what was not: nothing looked at is never "clean".
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Coverage {
    pub files_read: u64,
    pub bytes_read: u64,
    pub skipped: Vec<Skipped>,
    /// Files read by language.
    pub languages: BTreeMap<String, u64>,
    /// Languages present that have no parser here, with their number of files.
    pub languages_not_understood: BTreeMap<String, u64>,
    pub rules_run: Vec<String>,
    pub rules_not_run: Vec<RuleSkipped>,
    /// Bounds that cut something short, in plain words.
    pub limits_hit: Vec<String>,
    /// What advisory data was used and how old it is; `None`: not looked at.
    pub advisory_data: Option<String>,
    /// Of a hosted scan: requests that were sent, by purpose.
    #[serde(default)]
    pub requests_sent: BTreeMap<String, u64>,
    /// Of a hosted scan: how each check of the endpoint itself ended.
    #[serde(default)]
    pub endpoint_checks: BTreeMap<String, String>,
    /// Dependencies read along with the target, as targets are written (`npm:NAME@VERSION`), with the number of files read of each.
    #[serde(default)]
    pub dependencies: BTreeMap<String, u64>,
    /// Files made from others in which something was found, and what became of their source maps; by file.
    #[serde(default)]
    pub source_maps: Vec<SourceMapUse>,
}

/// A file made from others, and its source map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMapUse {
    pub file: RelPath,
    /// As the file names it, cut to 300 characters; `inline` when it stands in the file itself.
    pub map: String,
    pub outcome: SourceMapOutcome,
    /// What was not shown by it and why; "" when everything was.
    pub reason: String,
}

/// What became of a source map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceMapOutcome {
    /// Places are shown where they were written.
    Used,
    /// It is not in what was scanned.
    NotShipped,
    /// It cannot be used: places are shown in the generated file.
    NotUsable,
}

/// A rule that did not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSkipped {
    pub rule_id: String,
    pub reason: String,
}

/// The score in a letter: A 90–100, B 75–89, C 50–74, D 25–49, F 0–24.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grade {
    A,
    B,
    C,
    D,
    F,
}

impl Grade {
    /// The grade of a score.
    #[must_use]
    pub fn of(score: u8) -> Self {
        match score {
            90.. => Self::A,
            75..=89 => Self::B,
            50..=74 => Self::C,
            25..=49 => Self::D,
            _ => Self::F,
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::F => "F",
        })
    }
}
