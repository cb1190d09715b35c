//! Regular expressions, as far as they need neither look-around nor back-references.

use super::run::Interp;
use super::value::{Args, Entries, Made, Value};
use hub_engine::eval::MAX_TEXT;
use regex::Regex;
use std::rc::Rc;

/// Longest pattern that is compiled, in bytes.
const MAX_PATTERN: usize = 2_000;

impl<'a> Interp<'a> {
    /// A function of `re`, or a method of a compiled pattern: the pattern first, then the call's own arguments.
    pub(in crate::py) fn call_re(&mut self, name: &str, pattern: &Value, args: &Args) -> Value {
        let unknown = || Value::unknown(format!("the result of `re.{name}`"));
        let flags = args.kw("flags").is_some();
        let pattern = match pattern.plain() {
            Value::Str(text) => Some(text),
            Value::Made(made) if made.name() == "compile" && made.args.pos.len() == 1 => made.args.pos.first().and_then(Value::as_str),
            _ => None,
        };
        let Some(pattern) = pattern.filter(|_| !flags) else {
            return unknown();
        };
        let Some(regex) = self.regex(&pattern) else { return unknown() };
        let text_at = usize::from(matches!(name, "sub" | "subn"));
        let subject = args.pos.get(text_at).or_else(|| args.kw("string")).cloned();
        let Some(subject) = subject else { return unknown() };
        let likely = subject.is_likely();
        let Some(text) = subject.as_str().filter(|text| self.machine.afford(text.len() / 16)) else {
            return unknown();
        };
        let result = match name {
            "sub" => {
                let Some(with) = args.pos.first().and_then(Value::as_str) else {
                    return unknown();
                };
                match replaced(&regex, &text, &replacement(&with)) {
                    Some(text) => Value::str(text),
                    None => return unknown(),
                }
            }
            "match" | "search" | "fullmatch" => {
                let found = regex.captures(&text).filter(|found| match (name, found.get(0)) {
                    ("match", Some(whole)) => whole.start() == 0,
                    ("fullmatch", Some(whole)) => whole.start() == 0 && whole.end() == text.len(),
                    _ => true,
                });
                match found {
                    None => Value::None,
                    Some(found) => {
                        let groups = found
                            .iter()
                            .map(|group| group.map_or(Value::None, |m| Value::str(m.as_str())))
                            .collect();
                        let mut named = Entries::default();
                        for name in regex.capture_names().flatten() {
                            named.set(Value::str(name), found.name(name).map_or(Value::None, |m| Value::str(m.as_str())));
                        }
                        self.made(
                            "re.Match",
                            Args {
                                pos: groups,
                                kw: vec![("named".into(), Value::dict(named, false))],
                                open: false,
                            },
                            None,
                        )
                    }
                }
            }
            "split" => Value::list(regex.split(&text).map(Value::str).collect()),
            "findall" if regex.captures_len() <= 2 => {
                let group = regex.captures_len() - 1;
                Value::list(
                    regex
                        .captures_iter(&text)
                        .take(10_000)
                        .map(|found| Value::str(found.get(group).map_or("", |m| m.as_str())))
                        .collect(),
                )
            }
            _ => return unknown(),
        };
        if likely { Value::likely(result) } else { result }
    }

    /// `match.group(1)`, `match.groups()`.
    pub(in crate::py) fn match_method(&mut self, found: &Made, name: &str, args: &Args) -> Value {
        match (name, args.pos.first().map(Value::plain)) {
            ("group", None) => found.args.pos.first().cloned().unwrap_or(Value::None),
            ("group", Some(Value::Num(n))) => found.args.pos.get(n as usize).cloned().unwrap_or(Value::None),
            ("group", Some(key @ Value::Str(_))) => {
                let named = found.args.kw("named").cloned().unwrap_or(Value::None);
                self.get_index(&named, &key)
            }
            ("groups", _) => Value::tuple(found.args.pos.iter().skip(1).cloned().collect()),
            ("groupdict", _) => found.args.kw("named").cloned().unwrap_or(Value::None),
            _ => Value::unknown("a match's method"),
        }
    }

    fn regex(&mut self, pattern: &Rc<str>) -> Option<Regex> {
        self.machine.regex(pattern, &Rc::from(""), || {
            (pattern.len() <= MAX_PATTERN).then(|| Regex::new(pattern).ok()).flatten()
        })
    }
}

/// All matches replaced; none when the text becomes too long.
fn replaced(regex: &Regex, text: &str, with: &str) -> Option<String> {
    let mut out = String::new();
    let mut last = 0;
    for found in regex.captures_iter(text) {
        let whole = found.get(0)?;
        // The replacement may name groups as often as it is long.
        let longest = with.len().saturating_mul(1 + whole.len());
        if out.len() + (whole.start() - last) > MAX_TEXT || longest > MAX_TEXT * 8 {
            return None;
        }
        out.push_str(&text[last..whole.start()]);
        found.expand(with, &mut out);
        last = whole.end();
    }
    out.push_str(&text[last..]);
    (out.len() <= MAX_TEXT).then_some(out)
}

/// `\1` and `\g<name>` as the crate writes them; a `$` stands for itself.
fn replacement(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('$', _) => out.push_str("$$"),
            ('\\', Some(digit)) if digit.is_ascii_digit() => {
                out.push_str(&format!("${{{digit}}}"));
                chars.next();
            }
            ('\\', Some('g')) => {
                chars.next();
                let name: String = chars.by_ref().skip_while(|c| *c == '<').take_while(|c| *c != '>').collect();
                out.push_str(&format!("${{{name}}}"));
            }
            ('\\', Some('n')) => {
                out.push('\n');
                chars.next();
            }
            ('\\', Some('\\')) => {
                out.push('\\');
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}
