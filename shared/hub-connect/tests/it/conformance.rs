//! The list of what the protocol's own suite may see failing: in order, used, and nothing more than there is. `make conformance` runs
//! the suite itself, and compares its scenarios with `scenarios.tsv` and what fails with `exceptions.tsv`, both in both directions.

use std::collections::{BTreeMap, BTreeSet};

const EXCEPTIONS: &str = include_str!("../../../../tests/conformance/exceptions.tsv");
const SCENARIOS: &str = include_str!("../../../../tests/conformance/scenarios.tsv");

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

/// Each scenario with the revisions that the suite runs it at.
fn scenarios() -> BTreeMap<&'static str, Vec<&'static str>> {
    rows(SCENARIOS)
        .map(|row| match row[..] {
            [name, revisions] => (name, revisions.split(',').collect()),
            _ => panic!("scenarios.tsv: expected scenario and revisions: {row:?}"),
        })
        .collect()
}

#[test]
fn every_exception_names_a_scenario_of_the_suite_its_checks_and_a_reason_in_words() {
    let scenarios = scenarios();
    let (mut reasons, mut used, mut seen) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    for row in rows(EXCEPTIONS) {
        let [first, second, third] = row[..] else {
            panic!("exceptions.tsv: expected three fields: {row:?}")
        };
        if first == "reason" {
            assert!(third.split_whitespace().count() >= 5, "the reason `{second}` says nothing");
            assert!(reasons.insert(second, third).is_none(), "the reason `{second}` is given twice");
            continue;
        }
        assert!(scenarios.contains_key(first), "the suite has no scenario `{first}`");
        for check in second.split(',') {
            assert!(
                !check.trim().is_empty() && check != "*",
                "`{first}` is excepted as a whole: name its checks"
            );
            assert!(seen.insert((first, check)), "{first}: {check} is excepted twice");
        }
        used.insert(third);
    }
    let given: BTreeSet<&str> = reasons.keys().copied().collect();
    assert_eq!(used, given, "each reason used is given, and each given is used");
}

#[test]
fn the_handshake_and_the_listing_pass_as_a_whole_at_every_revision() {
    let (scenarios, excepted) = (scenarios(), rows(EXCEPTIONS).map(|row| row[0]).collect::<BTreeSet<_>>());
    assert!(scenarios.len() >= 48, "only {} scenarios", scenarios.len());
    for name in [
        "initialize",
        "auth/client-credentials-basic",
        "auth/client-credentials-jwt",
        "auth/wif-jwt-bearer",
        "http-standard-headers",
    ] {
        assert!(scenarios.contains_key(name) && !excepted.contains(name), "{name} must pass whole");
    }
}
