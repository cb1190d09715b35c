//! What is proven about origins, and what a condition would prove.

use super::kinds::{Kinds, Weak};
use super::labels::LabelId;
use smallvec::SmallVec;

/// What is proven about labels: sorted, unique.
pub type Facts = SmallVec<[(LabelId, Kinds); 2]>;

/// Facts that hold if a value turns out true, or false. `None`: it cannot turn out so.
#[derive(Clone, Debug, Default)]
pub struct Cond {
    pub yes: Option<Facts>,
    pub no: Option<Facts>,
    /// Weak checks passed if true, or if false.
    pub weak_yes: WeakFacts,
    pub weak_no: WeakFacts,
}

pub fn add_fact(facts: &mut Facts, label: LabelId, kinds: Kinds) {
    if kinds.is_empty() {
        return;
    }
    match facts.binary_search_by_key(&label, |f| f.0) {
        Ok(i) => facts[i].1 = facts[i].1.or(kinds),
        Err(i) => facts.insert(i, (label, kinds)),
    }
}

pub fn add_facts(facts: &mut Facts, more: &Facts) {
    for (label, kinds) in more {
        add_fact(facts, *label, *kinds);
    }
}

pub fn common_facts(a: &Facts, b: &Facts) -> Facts {
    a.iter()
        .filter_map(|(label, kinds)| {
            let i = b.binary_search_by_key(label, |f| f.0).ok()?;
            let both = kinds.and(b[i].1);
            (!both.is_empty()).then_some((*label, both))
        })
        .collect()
}

/// Checks that are not enough, each with the label and the kinds it was made for.
pub type WeakFacts = SmallVec<[(LabelId, Kinds, Weak); 1]>;

/// Most weak checks that one condition carries. They name a finding's partial protection, so that a lost one costs a word.
const MAX_WEAK: usize = 16;

/// The weak checks of both, each once: a loop joins a condition with itself again and again.
#[must_use]
pub fn weak_of_both(a: &WeakFacts, b: &WeakFacts) -> WeakFacts {
    let mut all = a.clone();
    for w in b {
        if all.len() >= MAX_WEAK {
            break;
        }
        if !all.contains(w) {
            all.push(*w);
        }
    }
    all
}

/// What holds either way. `None` stands for "cannot happen" and gives way.
pub fn either(a: Option<Facts>, b: Option<Facts>) -> Option<Facts> {
    match (a, b) {
        (Some(a), Some(b)) => Some(common_facts(&a, &b)),
        (a, b) => a.or(b),
    }
}
