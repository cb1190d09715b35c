//! One cause, one finding.

use hub_model::{Category, Finding};
use std::collections::BTreeMap;

/// Merges findings that tell of one cause: those with one fingerprint, and those of several poisoning rules that quote the
/// very same words of the same field. The worst stays; the classes of the others are added to it.
pub(crate) fn one_per_cause(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut by_fingerprint: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_words: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for finding in findings {
        if by_fingerprint.contains_key(&finding.fingerprint) {
            continue;
        }
        if finding.category == Category::Poisoning
            && let Some(field) = &finding.field
        {
            let words = (format!("{:?}", finding.subject), field.clone(), finding.evidence.clone());
            if let Some(&at) = by_words.get(&words) {
                by_fingerprint.insert(finding.fingerprint.clone(), at);
                merge(&mut kept[at], finding);
                continue;
            }
            by_words.insert(words, kept.len());
        }
        by_fingerprint.insert(finding.fingerprint.clone(), kept.len());
        kept.push(finding);
    }
    kept
}

fn merge(kept: &mut Finding, mut other: Finding) {
    if other.severity > kept.severity {
        std::mem::swap(kept, &mut other);
    }
    kept.confidence = kept.confidence.max(other.confidence);
    for class in other.classes {
        if !kept.classes.contains(&class) {
            kept.classes.push(class);
        }
    }
}
