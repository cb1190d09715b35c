//! The score is defined in `hub_model::score`; here it is shown to be what it promises.

#[cfg(test)]
mod tests {
    use hub_engine::{Findings, RuleMeta};
    use hub_model::{Confidence, Finding, Severity, score};

    static META: RuleMeta = RuleMeta {
        id: "a-rule",
        title: "A rule",
        ..RuleMeta::BLANK
    };

    fn finding(severity: Severity, confidence: Confidence) -> Finding {
        let mut out = Findings::default();
        out.report(&META)
            .severity(severity)
            .confidence(confidence)
            .level(hub_model::EvidenceLevel::Reachable)
            .add();
        out.into_vec().remove(0)
    }

    #[test]
    fn another_finding_never_raises_the_score() {
        // Every multiset of up to four findings, each extended by every kind.
        let kinds: Vec<Finding> = Severity::ALL
            .into_iter()
            .flat_map(|s| [Confidence::Low, Confidence::High].map(|c| finding(s, c)))
            .collect();
        let mut sets = vec![Vec::new()];
        for _ in 0..3 {
            let mut longer = Vec::new();
            for set in &sets {
                for kind in &kinds {
                    let mut next: Vec<Finding> = set.clone();
                    next.push(kind.clone());
                    assert!(score(&next) <= score(set));
                    longer.push(next);
                }
            }
            sets = longer;
        }
    }

    #[test]
    fn nothing_found_is_a_hundred_and_one_critical_is_a_d_at_best() {
        assert_eq!(score(&[]), 100);
        assert!(score(&[finding(Severity::Critical, Confidence::High)]) < 50);
        assert!(score(&vec![finding(Severity::Low, Confidence::High); 100]) >= 75);
    }
}
