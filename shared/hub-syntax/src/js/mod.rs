//! JavaScript and TypeScript: oxc's tree becomes [`Module`].

mod class;
mod docs;
mod expr;
mod json;
mod lower;
mod module;
mod parts;
mod pattern;
pub(crate) mod scan;
mod stmt;
#[cfg(test)]
mod tests;

pub use json::{json_value, parse_json};

use crate::ir::{Language, Module};
use crate::parse::ParseError;
use hub_model::{Budget, RelPath};
use oxc_span::SourceType;
use parts::Parts;
use scan::Nesting;
use std::sync::Arc;

/// Longest run of operators handed to the parser: its recursion then fits the stack of [`crate::on_big_stack`].
const MAX_RUN: usize = 20_000;

/// The language of a file by its extension, if it is one of ours.
pub(crate) fn language(extension: &str) -> Option<Language> {
    match extension {
        "js" | "mjs" | "cjs" | "jsx" => Some(Language::JavaScript),
        "ts" | "mts" | "cts" | "tsx" => Some(Language::TypeScript),
        _ => None,
    }
}

/// Parses and lowers one file. Runs on whatever stack it is called on: see [`crate::parse`].
pub(crate) fn parse(path: &RelPath, text: &Arc<str>, budget: &Budget) -> Result<Module, ParseError> {
    let nesting = check_nesting(path, text, budget)?;
    let extension = path.extension().unwrap_or("js");
    let base = language(extension).unwrap_or(Language::JavaScript);
    let attempts: &[SourceType] = match extension {
        "ts" | "mts" | "cts" => &[SourceType::ts(), SourceType::tsx()],
        "tsx" => &[SourceType::tsx()],
        "jsx" => &[SourceType::jsx(), SourceType::tsx()],
        "cjs" => &[SourceType::cjs(), SourceType::jsx()],
        // Type annotations in a `.js` file (Flow, or a build that forgot to strip them) still parse as TypeScript.
        _ => &[SourceType::jsx().with_unambiguous(true), SourceType::tsx(), SourceType::ts()],
    };
    // The parser's tree is several times larger than ours: of a bundle, only a part of it is held at a time. Where a part does not
    // parse by itself, the look over the bytes was wrong, or the file is broken: then it is read as a whole.
    let parts = Parts::of(nesting);
    let whole = Parts::default();
    let in_parts = attempts.iter().take(1).map(|t| (*t, &parts)).filter(|(_, parts)| !parts.are_one());
    let mut best: Option<Module> = None;
    for (source_type, parts) in in_parts.chain(attempts.iter().map(|t| (*t, &whole))) {
        let Some(module) = parts.parse(source_type, Module::empty(base, path.clone(), text.clone())) else {
            continue;
        };
        if module.syntax_errors == 0 {
            return Ok(module);
        }
        if best.as_ref().is_none_or(|b| b.syntax_errors > module.syntax_errors) {
            best = Some(module);
        }
    }
    best.ok_or_else(|| ParseError::Syntax { path: path.clone() })
}

/// Whether a text is nested too deeply for the parser; if not, what the look over it found.
pub(crate) fn check_nesting(path: &RelPath, text: &str, budget: &Budget) -> Result<Nesting, ParseError> {
    let nesting = scan::nesting(text);
    if nesting.brackets > budget.max_nesting {
        return Err(ParseError::TooDeep {
            path: path.clone(),
            depth: nesting.brackets,
            max: budget.max_nesting,
        });
    }
    if nesting.run > MAX_RUN {
        return Err(ParseError::TooDeep {
            path: path.clone(),
            depth: nesting.run,
            max: MAX_RUN,
        });
    }
    Ok(nesting)
}
