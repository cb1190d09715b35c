//! JavaScript and TypeScript: oxc's tree becomes [`Module`].

mod class;
mod docs;
mod expr;
mod json;
mod lower;
mod module;
mod pattern;
pub(crate) mod scan;
mod stmt;
#[cfg(test)]
mod tests;

pub use json::{json_value, parse_json};

use crate::ir::{Language, Module};
use crate::parse::ParseError;
use hub_model::{Budget, RelPath};
use lower::Lowerer;
use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;
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
    let cuts = check_nesting(path, text, budget)?;
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
    // parse by itself, the cuts were wrong, or the file is broken: then it is read as a whole.
    let whole: &[usize] = &[];
    let in_parts = attempts.iter().take(1).map(|t| (*t, &*cuts)).filter(|(_, cuts)| !cuts.is_empty());
    let mut best: Option<Module> = None;
    for (source_type, cuts) in in_parts.chain(attempts.iter().map(|t| (*t, whole))) {
        let Some(module) = parse_parts(source_type, cuts, Module::empty(base, path.clone(), text.clone())) else {
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

/// Parses the module's source, cut at these offsets, part by part. None when a part has no tree; of a source in several parts, also
/// when one has errors.
fn parse_parts(source_type: SourceType, cuts: &[usize], module: Module) -> Option<Module> {
    let source = module.source.clone();
    let mut lowerer = Lowerer::new(module);
    lowerer.module.reserve();
    let mut body = Vec::new();
    let mut errors = 0;
    let mut allocator = Allocator::default();
    for (start, end) in std::iter::once(0)
        .chain(cuts.iter().copied())
        .zip(cuts.iter().copied().chain([source.len()]))
    {
        let options = ParseOptions {
            preserve_parens: false,
            allow_return_outside_function: true,
            enable_ident_hashes: false,
            ..ParseOptions::default()
        };
        let parsed = Parser::new(&allocator, source.get(start..end)?, source_type)
            .with_options(options)
            .parse();
        errors += parsed.diagnostics.len() as u32;
        if parsed.panicked && parsed.program.body.is_empty() || errors > 0 && !cuts.is_empty() {
            return None;
        }
        lowerer.part(&parsed.program, start as u32, &mut body);
        allocator.reset();
    }
    let mut module = lowerer.module;
    module.body = body.into();
    module.syntax_errors = errors;
    module.shrink();
    Some(module)
}

/// Whether a text is nested too deeply for the parser; if not, where a large one may be cut into parts.
pub(crate) fn check_nesting(path: &RelPath, text: &str, budget: &Budget) -> Result<Vec<usize>, ParseError> {
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
    Ok(nesting.cuts)
}
