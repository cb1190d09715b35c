//! Score and grade: the one place where they are defined.

use crate::{Confidence, Finding, Severity};

/// How the score is made, for the docs and the rule book.
pub const SCORING: &str = "\
The score starts at 100. Each finding takes a share of what is left: Critical 65 %, High 40 %, Medium 12 %, Low 3 %, Info nothing; \
half of that when its confidence is low. All Low findings together never take more than 15 %, all Medium ones never more than 60 %. \
Every factor is at most one, so another finding never raises the score. Capabilities are facts, not findings, and cost nothing. \
Grades: A from 90, B from 75, C from 50, D from 25, F below.";

/// The score of these findings, 0 (worst) to 100; see [`SCORING`].
#[must_use]
pub fn score(findings: &[Finding]) -> u8 {
    let product = |severity: Severity, share: f64| -> f64 {
        findings
            .iter()
            .filter(|f| f.severity == severity)
            .map(|f| 1.0 - if f.confidence == Confidence::Low { share / 2.0 } else { share })
            .product()
    };
    let critical = product(Severity::Critical, 0.65);
    let high = product(Severity::High, 0.40);
    let medium = product(Severity::Medium, 0.12).max(0.40);
    let low = product(Severity::Low, 0.03).max(0.85);
    // Between 0 and 100, so the cast keeps its value; rounding is monotone too.
    (100.0 * critical * high * medium * low).round() as u8
}
