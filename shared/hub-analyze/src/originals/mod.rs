//! A published file may be made from others: places in it are shown where they were written, by the source map it comes with.
//!
//! Done last, and only for files in which something is to be shown: nothing that is found, and no fingerprint, depends on a map.

mod map;
mod reference;
mod tree;

use crate::surviving;
use hub_model::{Budget, Coverage, Finding, FlowStep, Inventory, Location, RelPath, Snapshot, SourceMapOutcome, SourceMapUse};
use hub_syntax::ir::{Language, byte_of_column};
use reference::{Reference, Refused};
use std::collections::BTreeMap;
use tree::Tree;

/// How far from a place, or from the beginning of its line, the code that a report shows of it ends, in bytes.
const NEAR_BYTES: usize = 2_000;

/// A place that a report shows.
struct Shown<'r> {
    at: &'r mut Location,
    /// What the report shows of it.
    code: Option<&'r str>,
}

/// Fills in [`Location::original`] of all that was found; the coverage says which maps were used, and which could not be and why.
pub(crate) fn show(snapshot: &Snapshot, inventory: &mut Inventory, findings: &mut [Finding], coverage: &mut Coverage, budget: &Budget) {
    let mut by_file: BTreeMap<RelPath, Vec<Shown<'_>>> = BTreeMap::new();
    for shown in places(inventory, &mut *findings) {
        if hub_syntax::language_of(&shown.at.file).is_some_and(Language::is_script) {
            by_file.entry(shown.at.file.clone()).or_default().push(shown);
        }
    }
    let tree = Tree(snapshot);
    let mut left = budget.max_total_source_map_bytes;
    for (file, mut shown) in by_file {
        let Some((text, reference)) = tree
            .read(file.as_str())
            .and_then(|text| Some((text, Reference::of(&file, text, &tree)?)))
        else {
            continue;
        };
        shown.sort_by_key(|s| (s.at.line, s.at.column));
        let found = surviving(|| {
            let (json, folder) = reference.read(&file, &tree, budget, &mut left)?;
            let places = positions(text, &shown);
            let wanted: Vec<(u32, u32)> = places.iter().map(|p| p.at).collect();
            let originals = map::originals(&json, &folder, &wanted, &tree).map_err(Refused::NotUsable)?;
            Ok((places, originals))
        });
        let (outcome, reason) = match found.unwrap_or_else(|| Err(Refused::NotUsable("reading it failed".to_owned()))) {
            Ok((places, originals)) => {
                for ((shown, place), mut original) in shown.iter_mut().zip(places).zip(originals.places) {
                    if let Some(original) = original.as_mut().filter(|_| !place.is_shown) {
                        original.excerpt.clear();
                    }
                    shown.at.original = original.map(Box::new);
                }
                (SourceMapOutcome::Used, originals.missed)
            }
            Err(Refused::NotShipped) => (SourceMapOutcome::NotShipped, "it is not in what was scanned".to_owned()),
            Err(Refused::NotUsable(why)) => (SourceMapOutcome::NotUsable, why),
        };
        let map = reference.name();
        if outcome == SourceMapOutcome::NotUsable {
            coverage.limits_hit.push(format!(
                "places in `{file}` are shown as published: its source map `{map}` cannot be used: {reason}"
            ));
        }
        coverage.source_maps.push(SourceMapUse {
            file,
            map,
            outcome,
            reason,
        });
    }
    for finding in findings {
        // A fix is shown for what was written: one that is made of a bundle's names would not fit it.
        if let (Some(original), Some(fix)) = (finding.location.as_ref().and_then(|at| at.original.as_deref()), &finding.fix)
            && fix.replaces.as_ref().is_some_and(|old| !original.excerpt.contains(old.as_str()))
        {
            finding.fix = None;
        }
    }
}

/// Every place that the report will show.
fn places<'r>(inventory: &'r mut Inventory, findings: &'r mut [Finding]) -> Vec<Shown<'r>> {
    let Inventory {
        tools,
        resources,
        prompts,
        gaps,
        ..
    } = inventory;
    let declared = tools.iter_mut().filter_map(|t| t.declared_at.as_mut());
    let declared = declared.chain(resources.iter_mut().filter_map(|r| r.declared_at.as_mut()));
    let declared = declared.chain(prompts.iter_mut().filter_map(|p| p.declared_at.as_mut()));
    let declared = declared.chain(gaps.iter_mut().map(|g| &mut g.at));
    let mut all: Vec<Shown<'r>> = declared.map(|at| Shown { at, code: None }).collect();
    for finding in findings {
        let code = Some(finding.evidence.as_str());
        all.extend(finding.location.iter_mut().map(|at| Shown { at, code }));
        all.extend(
            finding
                .flow
                .0
                .iter_mut()
                .map(|FlowStep { at, code, .. }| Shown { at, code: Some(code) }),
        );
    }
    all
}

/// A place as source maps count, and whether the report shows the code that stands there.
struct Position {
    /// Line and column from 0, the column in UTF-16 units.
    at: (u32, u32),
    is_shown: bool,
}

/// Positions of places that are sorted. One walk over the text.
fn positions(text: &str, shown: &[Shown<'_>]) -> Vec<Position> {
    let mut lines = text.split('\n').zip(1..);
    let (mut line, mut number) = ("", 0);
    let (mut byte, mut units) = (0, 0);
    let mut out = Vec::with_capacity(shown.len());
    for Shown { at, code } in shown {
        while number < at.line {
            let Some(next) = lines.next() else { break };
            ((line, number), (byte, units)) = (next, (0, 0));
        }
        let place = byte_of_column(line, at.column).max(byte);
        units += line[byte..place].encode_utf16().count();
        byte = place;
        out.push(Position {
            at: (at.line.saturating_sub(1), u32::try_from(units).unwrap_or(u32::MAX)),
            is_shown: code.is_none_or(|code| stands_at(code, line, place)),
        });
    }
    out
}

/// Whether what a report shows is the code of a line, word for word. Where it masks a secret or says something else instead, the
/// line as it was written would tell what is left out.
fn stands_at(code: &str, line: &str, place: usize) -> bool {
    let code = code.trim_matches('…').trim();
    let part = |from: usize| &line[from..line.floor_char_boundary(from.saturating_add(NEAR_BYTES))];
    !code.is_empty() && (part(0).contains(code) || part(place).contains(code))
}
