//! One folder per category, one file per rule. A rule is added by two lines in its folder's `mod.rs`: its `mod` and its place in `RULES`.

use hub_engine::Rule;
use std::sync::LazyLock;

mod access;
mod configuration;
mod contract;
mod endpoint;
mod history;
mod injection;
mod malware;
mod poisoning;
mod relations;
mod robustness;
mod secrets;
mod supply;

static ALL: LazyLock<Vec<&'static dyn Rule>> = LazyLock::new(|| {
    [
        poisoning::RULES,
        relations::POISONING,
        injection::RULES,
        secrets::RULES,
        contract::RULES,
        relations::CONTRACT,
        access::RULES,
        malware::RULES,
        endpoint::RULES,
        configuration::RULES,
        history::RULES,
        robustness::RULES,
        supply::RULES,
    ]
    .concat()
});

/// Every rule, in the order of the rule book.
#[must_use]
pub fn all() -> &'static [&'static dyn Rule] {
    &ALL
}

#[cfg(test)]
mod tests {
    use super::all;
    use hub_engine::catalogue::find_class;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_its_own_id_known_classes_and_a_page() {
        let mut ids = BTreeSet::new();
        for rule in all() {
            let meta = rule.meta();
            assert!(ids.insert(meta.id), "{} is used twice", meta.id);
            assert!(
                meta.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{}: ids are words with hyphens",
                meta.id
            );
            assert!(!meta.classes.is_empty(), "{} names no class", meta.id);
            for class in meta.classes {
                assert!(find_class(class).is_some(), "{}: unknown class {class}", meta.id);
            }
            for heading in ["What it finds", "Why it matters", "How to fix it"] {
                assert!(!meta.section(heading).is_empty(), "{} has no `## {heading}`", meta.id);
            }
            assert!(meta.examples().len() >= 2, "{} needs a vulnerable and a safe example", meta.id);
        }
    }
}
