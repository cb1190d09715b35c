//! Flows grouped by what one would fix.

use super::report::{Flows, Reach, Sunk};
use super::value::{Kinds, Weak};
use crate::{CodeFacts, EntryKind};
use hub_model::{Inventory, Subject, Tool};
use hub_syntax::Program;
use hub_syntax::ir::FnId;
use std::collections::{BTreeMap, BTreeSet};

/// A function longer than this is a dispatcher: faults in it are told apart by place.
const LONG_FUNCTION_LINES: u32 = 150;
/// Lines of a long function that count as one place.
const NEAR_LINES: u32 = 12;

/// A function of a module.
type Place = (u32, Option<FnId>);

/// Everything that one change would stop.
#[derive(Clone, Debug)]
pub struct Cause<'f> {
    /// Where one would fix it.
    pub place: Sunk,
    /// The flow shown: the shortest.
    pub shown: &'f Reach,
    /// All of them.
    pub reaches: Vec<&'f Reach>,
    /// Weak checks that every way passes.
    pub weak: Weak,
}

impl Flows {
    /// The causes behind all flows of one kind, in order of place.
    #[must_use]
    pub fn causes<'f>(&'f self, program: &Program, kind: Kinds) -> Vec<Cause<'f>> {
        // A path is made in one helper and used in many places: the helper is the place.
        let mut users: BTreeMap<Place, BTreeSet<Place>> = BTreeMap::new();
        let here = |s: &Sunk| (s.module.0, s.function);
        for r in self.reaches.iter().filter(|r| r.kind == kind) {
            for h in r.helpers.iter().chain(&r.joined) {
                users.entry(here(h)).or_default().insert(here(&r.sink));
            }
        }
        let shared = |h: &Sunk| {
            users
                .get(&here(h))
                .is_some_and(|s| s.iter().filter(|f| **f != here(h)).count() >= 2)
        };
        type Member<'a> = (&'a Sunk, &'a Reach);
        let mut groups: BTreeMap<(Place, u32), Vec<Member<'_>>> = BTreeMap::new();
        for r in self.reaches.iter().filter(|r| r.kind == kind) {
            let helper = match kind {
                // The check belongs after the join, wherever the result is used.
                Kinds::MARKUP => r.joined.as_ref(),
                Kinds::PATH => r.joined.as_ref().or_else(|| r.helpers.iter().rev().find(|h| shared(h))),
                Kinds::URL | Kinds::HOP => r.joined.iter().chain(r.helpers.iter().rev()).find(|h| shared(h)),
                _ => None,
            };
            let place = match (helper, &r.kept) {
                (Some(h), _) => h,
                (None, Some(k)) if matches!(kind, Kinds::URL | Kinds::HOP) => k,
                _ => &r.sink,
            };
            let lines = place.function.map_or(u32::MAX, |f| {
                let m = program.module(place.module);
                let span = m.function(f).span;
                m.line(span.end) - m.line(span.start)
            });
            let near = if lines > LONG_FUNCTION_LINES {
                place.at.line / NEAR_LINES + 1
            } else {
                0
            };
            groups.entry((here(place), near)).or_default().push((place, r));
        }
        let mut out: Vec<Cause<'f>> = groups
            .into_values()
            .filter_map(|all| {
                let (place, _) = all.iter().min_by_key(|(p, r)| (p.at.line, r.steps.len()))?;
                let (_, shown) = all
                    .iter()
                    .filter(|(p, _)| (p.at.line, &p.code) == (place.at.line, &place.code))
                    .min_by_key(|(_, r)| (r.weak.0.count_ones(), r.steps.len()))?;
                let weak = all.iter().fold(Weak(u8::MAX), |w, (_, r)| Weak(w.0 & r.weak.0));
                Some(Cause {
                    place: (*place).clone(),
                    shown,
                    reaches: all.iter().map(|(_, r)| *r).collect(),
                    weak,
                })
            })
            .collect();
        out.sort_by(|a, b| a.place.at.cmp(&b.place.at));
        out
    }
}

impl Cause<'_> {
    /// What the finding is about.
    #[must_use]
    pub fn subject(&self, facts: Option<&CodeFacts>) -> Subject {
        match self.shown.entry.and_then(|e| facts?.entry_points.get(e)) {
            Some(e) if e.name == "*" => Subject::Server,
            Some(e) => match e.kind {
                EntryKind::Tool => Subject::Tool(e.name.clone()),
                EntryKind::Prompt => Subject::Prompt(e.name.clone()),
                EntryKind::Resource => Subject::Resource(e.name.clone()),
                EntryKind::HttpRoute => Subject::Server,
            },
            None => Subject::Server,
        }
    }

    /// The tool it is about, when that is in the inventory.
    #[must_use]
    pub fn tool<'i>(&self, facts: Option<&CodeFacts>, inventory: &'i Inventory) -> Option<&'i Tool> {
        match self.subject(facts) {
            Subject::Tool(name) => inventory.tools.iter().find(|t| t.name == name),
            _ => None,
        }
    }

    /// Names of the tools and other entries that lead here, sorted, without the one shown.
    #[must_use]
    pub fn also(&self) -> Vec<&str> {
        let mut out: Vec<&str> = self
            .reaches
            .iter()
            .map(|r| r.source.as_str())
            .filter(|s| *s != self.shown.source)
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

impl Reach {
    /// ``argument `host` of tool `ping` ``.
    #[must_use]
    pub fn origin(&self) -> String {
        if self.entry.is_none() && !self.argument.is_empty() {
            format!("`{}` of {}", self.argument, self.source)
        } else if self.entry.is_none() {
            self.source.clone()
        } else if self.argument.is_empty() {
            format!("the arguments of {}", self.source)
        } else {
            format!("argument `{}` of {}", self.argument, self.source)
        }
    }
    /// The operation's name for people.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.api.trim_start_matches("*.")
    }
}
