//! Patterns: what a text that matches can no longer do.

use super::guards::{facts_for, labels_of, proves_if_false, proves_if_true, weak_check};
use super::value::{Kinds, Value, Weak};
use std::rc::Rc;

/// A pattern tested against `x`. `from_start`: the function itself anchors the beginning; `whole`: both ends.
pub fn matched(x: &Value, pattern: &str, from_start: bool, whole: bool) -> Value {
    if !x.any_atom() {
        return Value::default();
    }
    let kinds = allowed_only(pattern, from_start, whole);
    if !kinds.is_empty() {
        return proves_if_true(x, kinds);
    }
    // `/[;&|`$]/.test(x)` is asked to refuse; `/^https:/.test(x)` to accept.
    let refuses = pattern.starts_with('[') && !pattern.starts_with("[^") && !whole;
    if let Some(rest) = pattern.strip_prefix("[^")
        && !whole
        && !from_start
    {
        // `/[^a-z0-9]/.test(x)`: something besides the allowed characters.
        if let Some((class, tail)) = rest.split_once(']')
            && tail.trim_end_matches(['+', '*']).is_empty()
        {
            return proves_if_false(x, class_kinds(class));
        }
    }
    let all = Kinds::ALL.without(Kinds::OBJECT);
    if refuses || pattern.contains(r"\.\.") {
        return weak_check(x, all, Weak::DENY_LIST, false);
    }
    let mut v = weak_check(x, all, Weak::UNANCHORED_PATTERN, true);
    if let Some(c) = &v.cond {
        let mut c = (**c).clone();
        c.weak_no = labels_of(x).into_iter().map(|l| (l, all, Weak::DENY_LIST)).collect();
        if pattern.starts_with("^https?:") || pattern.starts_with("^https:") || pattern.starts_with("^http") {
            c.yes = Some(facts_for(x, Kinds::SCHEME.or(Kinds::ARGUMENT)));
        }
        v.cond = Some(Rc::new(c));
    }
    v
}

/// Kinds that what a pattern matched cannot have, wherever in the text it stood; none for a pattern that is not known.
pub fn piece_of(pattern: &str) -> Kinds {
    if pattern.is_empty() {
        Kinds::NONE
    } else {
        allowed_only(pattern, true, true)
    }
}

/// Kinds that a text matching the pattern from end to end cannot have.
pub fn allowed_only(pattern: &str, from_start: bool, whole: bool) -> Kinds {
    let mut p = pattern;
    let mut start = from_start || whole;
    let mut end = whole;
    // Inline flags.
    if let Some(rest) = p.strip_prefix("(?i)") {
        p = rest;
    }
    if let Some(rest) = p.strip_prefix('^').or_else(|| p.strip_prefix(r"\A")) {
        start = true;
        p = rest;
    }
    if let Some(rest) = p
        .strip_suffix('$')
        .filter(|r| !r.ends_with('\\'))
        .or_else(|| p.strip_suffix(r"\Z"))
        .or_else(|| p.strip_suffix(r"\z"))
    {
        end = true;
        p = rest;
    }
    if !start || !end || has_top_level_or(p) {
        return Kinds::NONE;
    }
    let mut kinds = Kinds::ALL;
    let mut chars = p.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '.' => return Kinds::NONE,
            '[' => {
                let mut class = String::new();
                let mut escaped = false;
                for c in chars.by_ref() {
                    if c == ']' && !escaped {
                        break;
                    }
                    escaped = c == '\\' && !escaped;
                    class.push(c);
                }
                if class.starts_with('^') {
                    return Kinds::NONE;
                }
                let mut k = class_kinds(&class);
                if !first {
                    k = k.or(Kinds::ARGUMENT);
                }
                kinds = kinds.and(k);
                first = false;
            }
            '\\' => match chars.next() {
                Some('w' | 'd') => first = false,
                Some('s') => kinds = kinds.without(Kinds::SHELL.or(Kinds::CODE)),
                Some('S' | 'W' | 'D') => return Kinds::NONE,
                Some('/') => {
                    kinds = kinds.without(Kinds::URL);
                    first = false;
                }
                Some('.') => {
                    if chars.peek() == Some(&'\\') {
                        kinds = kinds.without(Kinds::PATH);
                    }
                    first = false;
                }
                _ => first = false,
            },
            '{' => {
                for c in chars.by_ref() {
                    if c == '}' {
                        break;
                    }
                }
            }
            '?' | '*' | '+' | '(' | ')' | '|' | ':' | '^' | '$' => {}
            '/' => {
                kinds = kinds.without(Kinds::NONE);
                first = false;
            }
            '-' if first => kinds = kinds.without(Kinds::ARGUMENT),
            _ => first = false,
        }
    }
    kinds
}

/// `a|b` outside brackets and groups.
fn has_top_level_or(p: &str) -> bool {
    let mut depth = 0i32;
    let mut escaped = false;
    let mut in_class = false;
    for c in p.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => depth -= 1,
            '|' if !in_class && depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// Kinds that a text of only these characters cannot have.
pub fn class_kinds(class: &str) -> Kinds {
    let mut kinds = Kinds::ALL;
    let has = |c: char| class.contains(c);
    let shell = ['$', '`', ';', '|', '&', '<', '>', '(', '\n'];
    if shell.iter().any(|c| has(*c)) || class.contains(r"\s") || class.contains(r"\S") || class.contains(r"\W") || has('"') || has('\'') {
        kinds = kinds.without(Kinds::SHELL.or(Kinds::CODE));
    }
    if has('\'') || has('"') || has(';') || class.contains(r"\S") {
        kinds = kinds.without(Kinds::QUERY.or(Kinds::MARKUP));
    }
    if has('{') || has('%') {
        kinds = kinds.without(Kinds::TEMPLATE);
    }
    if has('.') && (has('/') || has('\\') && class.contains(r"\\")) {
        kinds = kinds.without(Kinds::PATH);
    }
    if has('/') || has(':') || has('.') && has('-') && class.contains("a-z") && has(':') {
        kinds = kinds.without(Kinds::URL.or(Kinds::SCHEME));
    }
    // A hyphen that is no range lets an option through.
    if class.starts_with('-')
        || class.ends_with('-')
        || class.contains(r"\-")
        || class.contains("_-")
        || class.contains(".-")
        || class.contains("w-")
    {
        kinds = kinds.without(Kinds::ARGUMENT);
    }
    kinds
}
