//! How each kind of fault is mended, in the language it stands in: in words, and as code that parses.

mod parts;
mod patterns;
mod place;
mod words;

pub(super) use words::fix;

use hub_engine::taint::{Kinds, Sunk};
use hub_model::{Budget, FixCode};
use hub_syntax::Program;
use hub_syntax::ir::Language;

/// The mended operation with the names of its place, or else the pattern of the language.
pub(super) fn code(kind: Kinds, sink: &Sunk, program: &Program, language: Language) -> Option<FixCode> {
    let module = program.module(sink.module);
    let written = place::mended(kind, module, sink.span).filter(|mended| {
        // Whatever stands at the place, what is shown is code.
        let parsed = hub_syntax::parse(&module.path, &mended.code.as_str().into(), &Budget::default());
        parsed.is_ok_and(|m| m.syntax_errors == 0)
    });
    written.or_else(|| {
        Some(FixCode {
            language: language.name().to_owned(),
            code: patterns::pattern(kind, language)?.to_owned(),
            replaces: None,
        })
    })
}
