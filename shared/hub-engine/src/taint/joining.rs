//! Texts and paths put together: what the whole can still do.

use super::engine::Engine;
use super::value::{Atom, Entity, Facet, Head, Kinds, Lit, Value, What};
use crate::FunctionRef;
use hub_syntax::ir::{ExprId, ExprKind, PatKind, Span};
use std::rc::Rc;

impl Engine<'_> {
    /// Texts put together. What begins with something no attacker controls cannot choose a host or be an option.
    pub fn concat(&mut self, parts: &[Value]) -> Value {
        let mut out = Value::default();
        let mut literal = String::new();
        let mut all_literal = true;
        let mut fixed = false;
        let mut started = false;
        let mut seen_atom = false;
        let marked = parts
            .iter()
            .any(|p| p.text().is_some_and(is_markup) || matches!(&p.head, Head::Literal(l) if is_markup(l)));
        for part in parts {
            let text = match &part.lit {
                Lit::Str(s) => Some(s.to_string()),
                Lit::Number(n) => Some(n.to_string()),
                _ => None,
            };
            let atoms = part.any_atom();
            if let (Some(text), false) = (&text, atoms) {
                if !seen_atom && !all_literal && text.starts_with("://") {
                    // `${scheme}://${host}`: the host is still open.
                    fixed = fixes_host(text);
                } else if (seen_atom || !all_literal) && text.contains(['/', '?', '#']) && !text.starts_with("://") {
                    fixed = true;
                }
                if all_literal {
                    literal.push_str(text);
                    fixed = fixed || fixes_host(&literal);
                }
                started |= !text.is_empty();
                continue;
            }
            if all_literal && !started && part.head != Head::Open && parts.len() > 1 {
                match &part.head {
                    Head::Literal(l) => {
                        literal.push_str(l);
                        fixed |= fixes_host(&literal);
                        started = true;
                    }
                    Head::Fixed => fixed = true,
                    Head::Open => {}
                }
            }
            if all_literal && !started && !atoms {
                fixed = true;
            }
            all_literal = false;
            let gone = if fixed { Kinds::URL.or(Kinds::SCHEME) } else { Kinds::NONE }.or(if started || seen_atom || fixed {
                Kinds::ARGUMENT
            } else {
                Kinds::NONE
            });
            // After a scheme the address is no longer of any scheme.
            let gone = if started { gone.or(Kinds::SCHEME) } else { gone };
            let at = self.here;
            out.absorb(part, &mut |a| {
                let kinds = a.kinds.without(gone);
                if let (true, Some(function)) = (marked && kinds.has(Kinds::MARKUP), self.frame().function) {
                    let f = FunctionRef {
                        module: self.module_id(),
                        function,
                    };
                    self.marks.insert(f, at);
                }
                if marked && kinds.has(Kinds::MARKUP) && !kinds.has(Kinds::PAGE) {
                    return Some(Atom {
                        kinds: kinds.or(Kinds::PAGE),
                        trace: self.trace(Some(a.trace), at, What::Marked),
                        ..a
                    });
                }
                Some(Atom { kinds, ..a })
            });
            fixed |= part.anchored;
            seen_atom |= atoms;
            started = true;
        }
        if all_literal {
            out.lit = Lit::Str(Rc::from(literal.as_str()));
        } else if asks_for_plan(parts) {
            // The statement as a whole, asked for how it would run.
            out.head = Head::Open;
        } else if !literal.is_empty() {
            out.head = Head::Literal(Rc::from(literal.as_str()));
        } else if fixed && !seen_atom {
            out.head = Head::Fixed;
        } else if let Some(first) = parts.first() {
            out.head = first.head.clone();
            if !first.any_atom() {
                out.head = Head::Fixed;
            }
        }
        out.anchored = fixed;
        // A folder and a separator: the right thing to compare a prefix with.
        if let Some(last) = parts.last() {
            let separator = last.text().is_some_and(|t| t.ends_with('/') || t.ends_with('\\'))
                || last
                    .refs
                    .iter()
                    .any(|r| matches!(r, Entity::External(n) if super::guards::is_separator(self.names.text(*n))));
            if separator {
                out.facet = Facet::FolderWithSeparator;
            }
        }
        out
    }

    /// A parameter that has a text of the program's own when it is not given.
    pub fn is_stand_in(&self, e: ExprId) -> bool {
        let module = self.module();
        let (ExprKind::Ident(name), Some(function)) = (&module.expr(e).kind, self.frame().function) else {
            return false;
        };
        module.function(function).params.iter().any(|p| {
            matches!(module.pat(p.pattern).kind, PatKind::Ident(n) if n == *name)
                && p.default.is_some_and(|d| matches!(module.expr(d).kind, ExprKind::Str(_)))
        })
    }

    pub fn path_join(&mut self, parts: &[Value], facet: Facet, span: Span) -> Value {
        let mut out = Value { facet, ..Value::default() };
        let mut any_before = false;
        // Joined to a folder that the caller names too, or only where it is not absolute anyway: nothing is meant to be confined.
        let mut confined = self.frame().relative == 0;
        for part in parts {
            let stepped = if any_before && confined && part.any_atom() {
                self.stepped(part, span, What::Joined)
            } else {
                part.clone()
            };
            let gone = if any_before { Kinds::ARGUMENT } else { Kinds::NONE };
            out.absorb(&stepped, &mut |a| {
                Some(Atom {
                    kinds: a.kinds.without(gone),
                    ..a
                })
            });
            for r in &part.refs {
                if let Entity::External(n) = r
                    && self.names.text(*n).contains("Path()")
                {
                    out.add_ref(r);
                }
            }
            any_before = true;
            confined &= !part.any_atom();
        }
        if !out.any_atom() {
            out.head = Head::Fixed;
        }
        out
    }

    pub fn tagged(&mut self, tag: ExprId, quasis: &[hub_syntax::ir::Sym], values: &[ExprId], id: ExprId) -> Value {
        let module = self.module();
        let tag_value = self.eval(tag);
        let values: Vec<Value> = values.iter().map(|v| self.eval(*v)).collect();
        let name = tag_value.refs.iter().find_map(|r| match r {
            Entity::External(n) => Some(self.names.text(*n).clone()),
            _ => None,
        });
        match name.as_deref() {
            Some("String.raw") | None => {
                let mut parts = Vec::new();
                for (i, q) in quasis.iter().enumerate() {
                    parts.push(self.lit_of(*q));
                    if let Some(v) = values.get(i) {
                        parts.push(v.clone());
                    }
                }
                self.concat(&parts)
            }
            // zx, execa's $, sql tags: values are escaped or bound.
            Some(name) => {
                let _ = (module, id, name);
                Value::default()
            }
        }
    }

    /// `"… %s …" % values`.
    pub fn percent(&mut self, format: &Value, values: &Value) -> Value {
        let text = format.text().map(str::to_owned);
        let mut parts = Vec::new();
        if let Some(text) = text {
            let mut pieces = text.split('%');
            parts.push(Value::str(pieces.next().unwrap_or("")));
            if let Some(first) = pieces.next() {
                parts.push(values.clone());
                // What stands behind the first value is one text: the others are among the same values.
                let mut behind = first.get(1..).unwrap_or("").to_owned();
                pieces.for_each(|p| behind.push_str(p.get(1..).unwrap_or("")));
                parts.push(Value::str(&behind));
            }
        } else {
            parts.push(format.clone());
            parts.push(values.clone());
        }
        self.concat(&parts)
    }
}

/// Whether literal text holds a tag of markup.
pub fn is_markup(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr_lt(bytes).any(|i| {
        let rest = &bytes[i + 1..];
        let rest = rest.strip_prefix(b"/").unwrap_or(rest);
        rest.first().is_some_and(|c| c.is_ascii_alphabetic() || *c == b'!')
    })
}

pub fn memchr_lt(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    bytes.iter().take(20_000).enumerate().filter(|(_, b)| **b == b'<').map(|(i, _)| i)
}

/// Whether literal text at the beginning of an address settles the host (or is no address at all).
pub fn fixes_host(literal: &str) -> bool {
    match literal.find("://") {
        Some(i) => literal[i + 3..].contains(['/', '?', '#']),
        None if literal.starts_with("//") => literal[2..].contains('/'),
        None => {
            let l = literal.trim_start();
            !(l.is_empty() || "https://".starts_with(l) || "http://".starts_with(l) || "https".starts_with(l))
        }
    }
}

/// Made of the caller's text, and no way out of a folder.
pub fn is_clean_name(value: &Value) -> bool {
    let mut leads_out = false;
    value.each_atom(0, &mut |a| leads_out |= a.kinds.has(Kinds::PATH));
    value.any_atom() && !leads_out
}

/// `EXPLAIN ` and a whole statement: nothing beside the statement but words and switches that ask for its plan.
pub fn asks_for_plan(parts: &[Value]) -> bool {
    const WORDS: [&str; 20] = [
        "EXPLAIN",
        "ANALYZE",
        "ANALYSE",
        "VERBOSE",
        "QUERY",
        "PLAN",
        "FOR",
        "EXTENDED",
        "FORMAT",
        "JSON",
        "TEXT",
        "XML",
        "TREE",
        "PROFILE",
        "SET",
        "STATISTICS",
        "SHOWPLAN_TEXT",
        "SHOWPLAN_XML",
        "SHOWPLAN_ALL",
        "ON",
    ];
    let mut asks = false;
    let mut statements = 0;
    for part in parts {
        if part.any_atom() {
            // One that the program put together stays put together.
            if part.head != Head::Open || part.shape.is_some() {
                return false;
            }
            statements += 1;
            continue;
        }
        let Some(text) = part.text() else { continue };
        for word in text.split(|c: char| !c.is_ascii_alphabetic() && c != '_').filter(|w| !w.is_empty()) {
            let word = word.to_ascii_uppercase();
            if !WORDS.contains(&word.as_str()) && word != "OFF" {
                return false;
            }
            asks |= word == "EXPLAIN" || word.starts_with("SHOWPLAN") || word == "STATISTICS";
        }
        // A quote or a name: the value is put into something.
        if text.contains(['\'', '"', '`', '.']) {
            return false;
        }
    }
    asks && statements == 1
}
