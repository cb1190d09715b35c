//! A large source is taken apart before it is parsed: at the ends of its top-level statements, and around the bodies of its
//! functions, each of which is parsed when the lowering comes to it. The module is the same, the parser's tree a fraction.

use super::lower::Lowerer;
use super::scan::{Nesting, PART};
use crate::ir::{Module, StmtId};
use oxc_allocator::Allocator;
use oxc_ast::ast;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::SourceType;
use std::borrow::Cow;
use std::ops::Range;

/// Where a source is taken apart; by default nowhere.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Ends of statements.
    cuts: Vec<usize>,
    /// Bodies of functions, without their braces, in order.
    bodies: Vec<Range<usize>>,
}

impl Parts {
    pub(super) fn of(nesting: Nesting) -> Self {
        Self {
            cuts: nesting.cuts,
            bodies: nesting.bodies,
        }
    }

    pub(super) fn are_one(&self) -> bool {
        self.cuts.is_empty() && self.bodies.is_empty()
    }

    /// Parses the module's source part by part. None when a part has no tree; of a source in several parts, also when one has errors
    /// or is not what it was taken for.
    pub(super) fn parse(&self, source_type: SourceType, module: Module) -> Option<Module> {
        let source = module.source.clone();
        let mut lowerer = Lowerer::new(module, source_type);
        lowerer.module.reserve();
        let mut body = Vec::new();
        let mut errors = 0;
        let mut allocator = Allocator::default();
        let starts = std::iter::once(0).chain(self.cuts.iter().copied());
        for (start, end) in starts.zip(self.cuts.iter().copied().chain([source.len()])) {
            let apart = self.bodies_within(start..end);
            let text = without(source.get(start..end)?, start, apart)?;
            let parsed = parse(&allocator, &text, source_type);
            errors += parsed.diagnostics.len() as u32;
            if parsed.panicked && parsed.program.body.is_empty() || errors > 0 && !self.are_one() {
                return None;
            }
            lowerer.apart = Apart {
                bodies: apart.to_vec(),
                ..Apart::default()
            };
            lowerer.part(&parsed.program, start as u32, &mut body);
            if lowerer.apart.read != apart.len() {
                return None;
            }
            allocator.reset();
        }
        let mut module = lowerer.module;
        module.body = body.into();
        module.syntax_errors = errors;
        module.shrink();
        Some(module)
    }

    /// The bodies to be read apart from the rest of a part; none where the part is small.
    fn bodies_within(&self, part: Range<usize>) -> &[Range<usize>] {
        if part.len() <= PART {
            return &[];
        }
        let first = self.bodies.partition_point(|b| b.start < part.start);
        let after = self.bodies.partition_point(|b| b.end <= part.end);
        self.bodies.get(first..after).unwrap_or(&[])
    }
}

/// Bodies that are read apart from what is around them.
#[derive(Default)]
pub(super) struct Apart {
    bodies: Vec<Range<usize>>,
    /// How many of them were found and parsed.
    read: usize,
    /// Room for the tree of the next.
    allocator: Option<Allocator>,
}

impl Lowerer {
    /// The statements of a function's body, which may have to be parsed first.
    pub(super) fn function_body(&mut self, body: &ast::FunctionBody<'_>, is_async: bool, is_generator: bool, out: &mut Vec<StmtId>) {
        let start = self.place(body.span).start + 1;
        let Ok(index) = self.apart.bodies.binary_search_by_key(&(start as usize), |b| b.start) else {
            return self.statements(&body.statements, out);
        };
        // `await`, `yield` and `new.target` mean what they mean in a function of its kind.
        let head = match (is_async, is_generator) {
            (false, false) => "(function(){",
            (false, true) => "(function*(){",
            (true, false) => "(async function(){",
            (true, true) => "(async function*(){",
        };
        let text = [
            head,
            self.module.source.get(self.apart.bodies[index].clone()).unwrap_or_default(),
            "})",
        ]
        .concat();
        let mut allocator = self.apart.allocator.take().unwrap_or_default();
        let parsed = parse(&allocator, &text, self.source_type);
        let around = (self.base, std::mem::take(&mut self.docs));
        self.base = start.wrapping_sub(head.len() as u32);
        self.collect_docs(&parsed.program);
        match parsed.program.body.as_slice() {
            [ast::Statement::ExpressionStatement(only)] if parsed.diagnostics.is_empty() => {
                if let ast::Expression::FunctionExpression(function) = &only.expression
                    && let Some(body) = &function.body
                {
                    self.apart.read += 1;
                    self.statements(&body.statements, out);
                }
            }
            _ => {}
        }
        (self.base, self.docs) = around;
        allocator.reset();
        self.apart.allocator = Some(allocator);
    }
}

/// The text with blanks for these places of the source, where it starts at `base`.
fn without<'t>(text: &'t str, base: usize, places: &[Range<usize>]) -> Option<Cow<'t, str>> {
    if places.is_empty() {
        return Some(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    for place in places {
        out.push_str(text.get(out.len()..place.start - base)?);
        out.extend(std::iter::repeat_n(' ', place.len()));
    }
    out.push_str(text.get(out.len()..)?);
    Some(Cow::Owned(out))
}

fn parse<'a>(allocator: &'a Allocator, text: &'a str, source_type: SourceType) -> ParserReturn<'a> {
    let options = ParseOptions {
        preserve_parens: false,
        allow_return_outside_function: true,
        enable_ident_hashes: false,
        ..ParseOptions::default()
    };
    Parser::new(allocator, text, source_type).with_options(options).parse()
}
