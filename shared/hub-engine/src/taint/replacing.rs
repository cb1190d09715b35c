//! Replacements in a text: which clean, and which only look so.

use super::calls::ArgVal;
use super::engine::Engine;
use super::patterns;
use super::value::{Atom, Entity, Facet, Head, Kinds, Value, Weak};

impl Engine<'_> {
    /// `x.replace(…)`: an allow-list of characters cleans, the rest only looks so.
    pub fn replaced(&mut self, recv: &Value, name: &str, args: &[ArgVal]) -> Value {
        let arg = |i: usize| Self::positional(args, i).cloned().unwrap_or_default();
        let (subject, pattern, with) = if name == "sub" && recv.facet == Facet::Pattern {
            (arg(1), recv.clone(), arg(0))
        } else {
            (recv.clone(), arg(0), arg(1))
        };
        let p = pattern.text().unwrap_or("").to_owned();
        let regex = pattern.facet == Facet::Pattern;
        let mut out = Value {
            facet: subject.facet,
            head: subject.head.clone(),
            ..Value::default()
        };
        if let Some(class) = p
            .strip_prefix("[^")
            .and_then(|r| r.split_once(']'))
            .filter(|(_, t)| regex && t.trim_end_matches(['+', '*']).is_empty())
        {
            let kinds = patterns::class_kinds(class.0);
            out.absorb(&subject, &mut |a| {
                Some(Atom {
                    kinds: a.kinds.without(kinds),
                    ..a
                })
            });
            return out;
        }
        // Every separator taken out: what is left names something in the folder it is joined to.
        let everywhere = name != "replace" || pattern.anchored || self.is_python() && !regex;
        if everywhere && refuses_separators(&p, regex) {
            out.absorb(&subject, &mut |a| {
                Some(Atom {
                    kinds: a.kinds.without(Kinds::PATH),
                    ..a
                })
            });
            return out;
        }
        // `x.replace(/[&<>"']/g, c => ENTITIES[c])`, `x.replace(/</g, "&lt;")`: no markup is left.
        let by_function = with.refs.iter().any(|r| matches!(r, Entity::Function(_)));
        if everywhere && (regex && by_function && opens_markup(&p) || p == "<" && with.text().is_some_and(|t| !t.contains('<'))) {
            out.absorb(&subject, &mut |a| {
                Some(Atom {
                    kinds: a.kinds.without(Kinds::MARKUP),
                    ..a
                })
            });
            return out;
        }
        if let (Some(s), false) = (subject.text(), subject.any_atom()) {
            // A constant with a gap: `"/users/{id}".replace("{id}", x)`.
            let cut = s.find(p.as_str()).filter(|_| !p.is_empty()).unwrap_or(s.len());
            let parts = [Value::str(&s[..cut]), with];
            return self.concat(&parts);
        }
        // `folder.replace(/\\?$/, "\\")`: a separator is put at its end.
        if regex && p.ends_with('$') && matches!(with.text(), Some("/" | "\\")) {
            return Value {
                facet: Facet::FolderWithSeparator,
                ..subject
            };
        }
        let (weak, kinds) = match p.as_str() {
            "'" | "\"" | "\\\"" | "`" | "[\"']" | "['\"]" => (Weak::QUOTES_ONLY, Kinds::SHELL.or(Kinds::QUERY)),
            ".." | "../" | r"\.\." | r"\.\.\/" | r"\.\./" => (Weak::DENY_LIST, Kinds::PATH),
            _ if regex && p.starts_with('[') => (Weak::DENY_LIST, Kinds::ALL),
            _ => (Weak::default(), Kinds::NONE),
        };
        // In single quotes, `'` doubled or written `'\''` is right for that shell and for SQL.
        let right_quote = p == "'" && with.text().is_some_and(|t| t == r"'\''" || t == "'\"'\"'");
        let gone = if right_quote {
            Kinds::SHELL
        } else if p == "'" && with.text() == Some("''") {
            Kinds::QUERY
        } else {
            Kinds::NONE
        };
        out.absorb(&subject, &mut |a| {
            let weak = if kinds.is_empty() { a.weak } else { a.weak.or(weak) };
            Some(Atom {
                kinds: a.kinds.without(gone),
                weak,
                ..a
            })
        });
        out.absorb(&with, &mut |a| {
            Some(Atom {
                kinds: a.kinds.without(Kinds::ARGUMENT),
                ..a
            })
        });
        if subject.head == Head::Fixed || !subject.any_atom() {
            out = out.without(Kinds::URL);
        }
        out
    }
}

/// Whether a class of characters that is replaced holds those that open a tag and an entity.
fn opens_markup(pattern: &str) -> bool {
    pattern
        .strip_prefix('[')
        .and_then(|r| r.strip_suffix(']'))
        .is_some_and(|class| !class.starts_with('^') && class.contains('<') && class.contains('&'))
}

/// Whether a pattern that is taken out, or a text, holds the path separator.
fn refuses_separators(pattern: &str, regex: bool) -> bool {
    if !regex {
        return pattern == "/";
    }
    pattern.starts_with('[')
        && !pattern.starts_with("[^")
        && pattern
            .split_once(']')
            .is_some_and(|(class, tail)| class.contains('/') && tail.trim_end_matches(['+', '*']).is_empty())
}
