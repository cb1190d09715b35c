//! A report in the light of an earlier one of the same server.

use crate::{check, worst_first};
use hub_engine::history::Earlier;
use hub_engine::text::Texts;
use hub_engine::{Beside, Context, Findings, Needs};
use hub_model::{Budget, Report};

/// Adds what changed since the earlier scan to a report that was made without it, and recounts: what
/// [`analyze_after`](crate::analyze_after) finds, without analysing again. Pure.
pub fn compare_with_earlier(report: &mut Report, earlier: &Earlier, budget: &Budget) {
    let texts = Texts::default();
    let mut out = Findings::new(budget);
    let mut coverage = std::mem::take(&mut report.coverage);
    let cx = Context {
        inventory: &report.inventory,
        texts: &texts,
        snapshot: None,
        surface: None,
        program: None,
        facts: None,
        flows: None,
        conduct: None,
        dependencies: None,
        beside: Beside {
            earlier: Some(earlier),
            artifact_digest: Some(report.artifact_digest),
            version: &report.source_version,
            origin: report.origin.as_deref(),
            package: report.package.as_ref(),
            ..Beside::default()
        },
        budget,
    };
    for rule in hub_rules::all().iter().filter(|r| r.meta().needs() == Needs::EarlierScan) {
        coverage.rules_not_run.retain(|r| r.rule_id != rule.meta().id);
        check(*rule, &cx, &mut out, &mut coverage);
    }
    for (rule, more) in out.overflow() {
        coverage.limits_hit.push(format!("{more} more findings of {rule} are not listed"));
    }
    report.coverage = coverage;
    report.findings.extend(out.into_vec());
    report.findings.sort_by(worst_first);
    report.recount();
}

/// A report as what a later one is compared with; `name` is what the report is called.
#[must_use]
pub fn earlier_of(report: Report, name: &str) -> Earlier {
    Earlier {
        name: name.to_owned(),
        inventory: report.inventory,
        source_version: report.source_version,
        artifact_digest: Some(report.artifact_digest),
        origin: report.origin,
        package: report.package,
    }
}
