//! Texts written for this test, one a line, apart from the corpus: attacks in many wordings and languages, and honest texts
//! that use the same words.

use hub_analyze::testing::scan_listing;
use hub_model::Severity;
use serde_json::json;

fn flagged(texts: &str) -> (Vec<&str>, Vec<&str>) {
    texts.lines().filter(|l| !l.trim().is_empty()).partition(|text| {
        let report = scan_listing(&json!({ "tools": [{ "name": "tool", "description": text }] }));
        report.findings.iter().any(|f| f.severity >= Severity::Medium)
    })
}

#[test]
fn at_least_nine_in_ten_attacks_are_found_whatever_their_words() {
    let (found, missed) = flagged(include_str!("../texts/attacks.txt"));
    let all = found.len() + missed.len();
    assert!(
        found.len() * 10 >= all * 9,
        "{} of {all} found; missed:\n{}",
        found.len(),
        missed.join("\n")
    );
}

#[test]
fn no_honest_text_is_flagged_for_its_words() {
    let (found, _) = flagged(include_str!("../texts/honest.txt"));
    assert_eq!(found, Vec::<&str>::new());
}
