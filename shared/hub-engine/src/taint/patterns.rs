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
    // Whether what stands before can be repeated: only there is a brace a count.
    let mut repeatable = false;
    while let Some(c) = chars.next() {
        let counts = repeatable && chars.peek().is_some_and(char::is_ascii_digit);
        repeatable = !matches!(c, '?' | '*' | '+' | '(' | '|' | '^');
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
                // An empty one: where a bracket at the beginning is a character of the class, the rest is not read.
                if class.is_empty() || class.starts_with('^') {
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
            '{' if !counts => {
                kinds = kinds.without(Kinds::TEMPLATE);
                first = false;
            }
            '{' => {
                repeatable = false;
                for c in chars.by_ref() {
                    if c == '}' {
                        break;
                    }
                }
            }
            '?' | '*' | '+' | '(' | ')' | '|' | ':' | '^' | '$' => {}
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

/// Kinds that a text of only these characters cannot have. `class`: what stands between the brackets.
pub fn class_kinds(class: &str) -> Kinds {
    let mut kinds = Kinds::ALL;
    let class = Class::of(class);
    let any = |wanted: &[char]| wanted.iter().any(|c| class.lets_through(*c));
    if any(&['$', '`', ';', '|', '&', '<', '>', '(', '\n', '"', '\'']) {
        kinds = kinds.without(Kinds::SHELL.or(Kinds::CODE));
    }
    if any(&['\'', '"', ';']) {
        kinds = kinds.without(Kinds::QUERY.or(Kinds::MARKUP));
    }
    if any(&['{', '%']) {
        kinds = kinds.without(Kinds::TEMPLATE);
    }
    if any(&['.']) && any(&['/', '\\']) {
        kinds = kinds.without(Kinds::PATH);
    }
    if any(&['/', ':']) {
        kinds = kinds.without(Kinds::URL.or(Kinds::SCHEME));
    }
    if any(&['-']) {
        kinds = kinds.without(Kinds::ARGUMENT);
    }
    kinds
}

/// The characters of a class, as far as it can be read.
struct Class {
    ranges: Vec<(char, char)>,
    /// `\w`, `\D`, …
    sets: Vec<char>,
    /// Something in it is not understood: it may let anything through.
    open: bool,
}

/// One step of a class.
enum Item {
    Char(char),
    Set(char),
    /// Letters or digits of some script.
    Letters,
    Unknown,
}

impl Class {
    fn of(text: &str) -> Self {
        let mut class = Self {
            ranges: Vec::new(),
            sets: Vec::new(),
            // Set operations of Java and of JavaScript's `v`.
            open: text.contains("&&") || text.contains("--") || text.contains("[^"),
        };
        let mut rest = text;
        while let Some((item, after)) = next_item(rest) {
            rest = after;
            match item {
                Item::Set(set) => class.sets.push(set),
                Item::Letters => {}
                Item::Unknown => class.open = true,
                Item::Char(from) => {
                    let end = rest.strip_prefix('-').and_then(next_item);
                    match end {
                        Some((Item::Char(to), after)) => {
                            class.ranges.push((from, to));
                            rest = after;
                        }
                        // A hyphen at the end, or before a set, is itself.
                        Some(_) | None => class.ranges.push((from, from)),
                    }
                }
            }
        }
        class
    }

    fn lets_through(&self, wanted: char) -> bool {
        let is_word = wanted.is_ascii_alphanumeric() || wanted == '_';
        self.open
            || self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&wanted))
            || self.sets.iter().any(|set| match set {
                'w' => is_word,
                'd' => wanted.is_ascii_digit(),
                's' => wanted.is_whitespace(),
                'W' => !is_word,
                'D' => !wanted.is_ascii_digit(),
                _ => !wanted.is_whitespace(),
            })
    }
}

/// The first step of what is left of a class, and what follows it.
fn next_item(text: &str) -> Option<(Item, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let rest = chars.as_str();
    if first == '['
        && let Some(name) = rest.strip_prefix(':')
    {
        // `[:alnum:]`; the bracket at its end is taken for the end of the class.
        let known = ["alnum:", "alpha:", "digit:", "lower:", "upper:", "xdigit:"]
            .iter()
            .find(|n| name.starts_with(**n));
        return Some(known.map_or((Item::Unknown, name), |n| (Item::Letters, &name[n.len()..])));
    }
    if first != '\\' {
        return Some((Item::Char(first), rest));
    }
    let Some(escaped) = chars.next() else {
        return Some((Item::Unknown, rest));
    };
    let rest = chars.as_str();
    let code = |digits: usize| {
        // `\x7E`, `\u007E`, `\x{7E}`.
        let (number, after) = match rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}')?,
            None => rest.split_at_checked(digits)?,
        };
        Some((char::from_u32(u32::from_str_radix(number, 16).ok()?)?, after))
    };
    let number = |digits| code(digits).map_or((Item::Unknown, rest), |(c, after)| (Item::Char(c), after));
    Some(match escaped {
        'w' | 'd' | 's' | 'W' | 'D' | 'S' => (Item::Set(escaped), rest),
        'n' => (Item::Char('\n'), rest),
        'r' => (Item::Char('\r'), rest),
        't' => (Item::Char('\t'), rest),
        'x' => number(2),
        'u' => number(4),
        // `\p{L}`, `\p{Alnum}`
        'p' => {
            let (name, after) = rest.strip_prefix('{').and_then(|r| r.split_once('}')).unwrap_or(("", rest));
            let letters = matches!(
                name,
                "L" | "Lu" | "Ll" | "Lo" | "Letter" | "N" | "Nd" | "Number" | "M" | "Mn" | "Alpha" | "Alnum" | "Digit" | "Lower" | "Upper"
            ) || name.starts_with("Script=")
                || matches!(name, "IsAlphabetic" | "IsDigit" | "Han" | "IsHan" | "IsLatin" | "Latin");
            (if letters { Item::Letters } else { Item::Unknown }, after)
        }
        c if c.is_ascii_alphanumeric() => (Item::Unknown, rest),
        c => (Item::Char(c), rest),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_what_it_lets_through_and_not_how_it_is_written() {
        for open in [
            r"^[\x20-\x7E]+$",
            "^[ -~]+$",
            r"^[\d\D]+$",
            r"^[\u0020-\u007e]*$",
            r"^[!-\x{7E}]+$",
            "^[]-~;]+$",
            "^{.*}$",
        ] {
            let kinds = allowed_only(open, false, false);
            assert!(
                !kinds.has(Kinds::SHELL) && !kinds.has(Kinds::PATH) && !kinds.has(Kinds::URL),
                "{open}"
            );
        }
        for closed in [
            "^[a-z]+$",
            r"^[\w.-]+$",
            "^[A-Za-z0-9_-]{1,40}$",
            "^[0-9a-fA-F]{8}$",
            r"^\d{4}-\d{2}$",
            r"^[\p{L}\p{N}]+$",
        ] {
            let kinds = allowed_only(closed, false, false);
            assert!(
                kinds.has(Kinds::SHELL) && kinds.has(Kinds::PATH) && kinds.has(Kinds::URL),
                "{closed}"
            );
        }
        assert!(!class_kinds("a-z+--").has(Kinds::ARGUMENT));
        assert!(class_kinds("a-z_").has(Kinds::ARGUMENT));
        assert!(!allowed_only("^{[a-z]+}$", false, false).has(Kinds::TEMPLATE));
    }
}
