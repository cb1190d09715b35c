//! The snapshot's files become modules, within the budget.

use crate::reach::{Reach, waits};
use hub_model::{Budget, Coverage, DependencyRef, RelPath, SkipReason, Skipped, Snapshot};
use hub_syntax::ir::{ExprKind, Module};
use hub_syntax::{ParseError, Program};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Parses what has a parser; everything left out is named in the coverage, bounds in the warnings.
pub(crate) fn parse(snapshot: &Snapshot, budget: &Budget, warnings: &mut Vec<String>) -> (Program, Coverage) {
    let mut coverage = Coverage {
        skipped: snapshot.skipped.clone(),
        ..Coverage::default()
    };
    let mut modules = Vec::new();
    let mut total = 0_usize;
    let mut cut = 0_usize;
    let own = snapshot
        .files
        .iter()
        .filter(|f| !waits(&f.path))
        .map(|f| (f.path.clone(), f.text.clone()));
    let mut queue: VecDeque<(RelPath, Arc<str>)> = own.collect();
    let mut reach = Reach::of(snapshot, budget);
    while let Some((path, text)) = queue.pop_front() {
        if let Some(dependency) = DependencyRef::of(path.as_str()) {
            *coverage.dependencies.entry(dependency.to_string()).or_default() += 1;
        }
        coverage.files_read += 1;
        coverage.bytes_read += text.len() as u64;
        if hub_syntax::language_of_file(&path, &text).is_none() {
            if let Some(language) = not_understood(path.extension()) {
                *coverage.languages_not_understood.entry(language.to_owned()).or_default() += 1;
            }
            continue;
        }
        let mut skip = |reason| {
            coverage.skipped.push(Skipped {
                path: path.as_str().chars().take(300).collect(),
                reason,
                bytes: Some(text.len() as u64),
            });
        };
        if total + text.len() > budget.max_total_parse_bytes {
            skip(SkipReason::LimitReached);
            cut += 1;
            continue;
        }
        total += text.len();
        match hub_syntax::parse(&path, &text, budget) {
            Ok(module) => {
                *coverage.languages.entry(module.language.name().to_owned()).or_default() += 1;
                if let Some(reach) = &mut reach {
                    queue.extend(reach.imports_of(&module));
                }
                modules.push(module);
            }
            Err(error) => {
                skip(match error {
                    ParseError::TooLarge { .. } => SkipReason::TooLarge,
                    ParseError::TooDeep { .. } => SkipReason::TooDeep,
                    ParseError::Steps { .. } => SkipReason::LimitReached,
                    ParseError::Language { .. } => SkipReason::UnknownLanguage,
                    _ => SkipReason::ParserFailed,
                });
                warnings.push(error.to_string());
            }
        }
    }
    if cut > 0 {
        coverage.limits_hit.push(format!(
            "{cut} files were not parsed: more than {} bytes of source (HUB_MAX_TOTAL_PARSE_BYTES)",
            budget.max_total_parse_bytes
        ));
    }
    let json = imported_json(&modules);
    for file in &snapshot.files {
        if json.contains(file.path.file_name())
            && total + file.text.len() <= budget.max_total_parse_bytes
            && let Ok(module) = hub_syntax::parse_json(&file.path, &file.text, budget)
        {
            total += file.text.len();
            modules.push(module);
        }
    }
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    (Program::new(modules), coverage)
}

/// Names of JSON files that some module imports or requires: they become modules as well.
fn imported_json(modules: &[Module]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for module in modules.iter().filter(|m| m.language.is_script()) {
        let imported = module.imports.iter().map(|i| module.str(i.specifier));
        let required = module.exprs.iter().filter_map(|e| match e.kind {
            ExprKind::Str(s) => Some(module.str(s)),
            _ => None,
        });
        for text in imported.chain(required) {
            if text.ends_with(".json") && text.len() < 300 {
                names.insert(text.rsplit('/').next().unwrap_or(text).to_owned());
            }
        }
    }
    names
}

/// Languages that MCP servers are written in and that have no parser here.
fn not_understood(extension: Option<&str>) -> Option<&'static str> {
    Some(match extension? {
        "swift" => "swift",
        "ex" | "exs" => "elixir",
        "dart" => "dart",
        "c" | "cc" | "cpp" | "h" | "hpp" => "c++",
        _ => return None,
    })
}
