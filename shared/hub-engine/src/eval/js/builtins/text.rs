//! Methods of texts, numbers and regular expressions.

use super::array::slice_index;
use crate::eval::js::truth::number_text;
use crate::eval::js::value::{Kind, ObjId, Slot, Value};
use crate::eval::js::{Args, Eval};
use crate::eval::text::replaced_text;
use crate::eval::{MAX_ELEMENTS, MAX_TEXT, PIECE_BYTES};
use std::rc::Rc;

impl Eval<'_> {
    pub(super) fn number_method(&mut self, n: f64, name: &str, args: &Args) -> Option<Value> {
        Some(match name {
            "toString" => match args.get(0) {
                Value::Undefined => Value::str(&number_text(n)),
                Value::Num(10.0) => Value::str(&number_text(n)),
                Value::Num(16.0) if n.fract() == 0.0 && n >= 0.0 => Value::str(&format!("{:x}", n as u64)),
                _ => return None,
            },
            "toFixed" => Value::str(&format!(
                "{:.*}",
                self.number(&args.get(0)).filter(|d| d.is_finite()).unwrap_or(0.0).clamp(0.0, 20.0) as usize,
                n
            )),
            "toLocaleString" => {
                let digits = format!("{:.0}", n.abs());
                let mut out = String::new();
                for (i, c) in digits.chars().enumerate() {
                    if i > 0 && (digits.len() - i) % 3 == 0 {
                        out.push(',');
                    }
                    out.push(c);
                }
                if n.fract() != 0.0 {
                    return None;
                }
                Value::str(&if n < 0.0 { format!("-{out}") } else { out })
            }
            _ => return None,
        })
    }

    #[allow(clippy::too_many_lines)]
    pub(super) fn text_method(&mut self, s: &Rc<str>, name: &str, args: &Args) -> Option<Value> {
        let first = args.get(0);
        let text = |v: &Value| v.as_str().map(str::to_owned);
        self.spend(s.len() / 64);
        Some(match name {
            "toLowerCase" | "toLocaleLowerCase" => Value::str(&s.to_lowercase()),
            "toUpperCase" | "toLocaleUpperCase" => Value::str(&s.to_uppercase()),
            "trim" => Value::str(s.trim()),
            "trimStart" | "trimLeft" => Value::str(s.trim_start()),
            "trimEnd" | "trimRight" => Value::str(s.trim_end()),
            "toString" | "valueOf" | "normalize" => Value::Str(s.clone()),
            "concat" => {
                let mut parts = vec![Value::Str(s.clone())];
                parts.extend(args.pos.iter().cloned());
                self.concat(parts)
            }
            "startsWith" => Value::Bool(s.starts_with(&text(&first)?)),
            "endsWith" => Value::Bool(s.ends_with(&text(&first)?)),
            "includes" => Value::Bool(s.contains(&text(&first)?)),
            "indexOf" | "search" if first.as_str().is_some() => {
                let needle = text(&first)?;
                Value::Num(s.find(&needle).map_or(-1.0, |i| s[..i].encode_utf16().count() as f64))
            }
            "lastIndexOf" => {
                let needle = text(&first)?;
                Value::Num(s.rfind(&needle).map_or(-1.0, |i| s[..i].encode_utf16().count() as f64))
            }
            "slice" | "substring" | "substr" => {
                let chars: Vec<char> = s.chars().collect();
                let start_number = if first.is_nothing() { 0.0 } else { self.number(&first)? };
                let start_number = if name == "substring" { start_number.max(0.0) } else { start_number };
                let start = slice_index(start_number, chars.len());
                let end = match args.get(1) {
                    Value::Undefined => chars.len(),
                    v => {
                        let n = self.number(&v)?;
                        match name {
                            "substr" => start.saturating_add(n.max(0.0) as usize).min(chars.len()),
                            "substring" => slice_index(n.max(0.0), chars.len()),
                            _ => slice_index(n, chars.len()),
                        }
                    }
                };
                let (start, end) = if name == "substring" && start > end {
                    (end, start)
                } else {
                    (start, end)
                };
                Value::str(&chars.get(start..end).unwrap_or_default().iter().collect::<String>())
            }
            "charAt" | "at" => {
                let i = if first.is_nothing() { 0.0 } else { self.number(&first)? };
                let chars: Vec<char> = s.chars().collect();
                let i = if i < 0.0 { chars.len() as f64 + i } else { i };
                chars
                    .get(i.max(0.0) as usize)
                    .map_or(Value::str(""), |c| Value::str(c.encode_utf8(&mut [0; 4])))
            }
            "charCodeAt" | "codePointAt" => {
                let i = if first.is_nothing() { 0.0 } else { self.number(&first)? };
                s.encode_utf16()
                    .nth(i.max(0.0) as usize)
                    .map_or(Value::Num(f64::NAN), |c| Value::Num(f64::from(c)))
            }
            "split" => {
                // One more than is kept says that there are too many.
                let most = MAX_ELEMENTS + 1;
                let parts: Vec<Value> = match &first {
                    Value::Undefined | Value::Null => s.split_whitespace().take(most).map(Value::str).collect(),
                    Value::Str(sep) if sep.is_empty() => s.chars().take(most).map(|c| Value::str(c.encode_utf8(&mut [0; 4]))).collect(),
                    Value::Str(sep) => s.split(&**sep).take(most).map(Value::str).collect(),
                    other => {
                        let regex = self.regex(other)?;
                        regex.split(s).take(most).map(Value::str).collect()
                    }
                };
                if parts.len() > MAX_ELEMENTS || !self.machine.build(s.len() + parts.len() * PIECE_BYTES) {
                    return None;
                }
                self.new_array(parts)
            }
            "repeat" => {
                let n = self.number(&first)?.max(0.0);
                if n * s.len() as f64 > MAX_TEXT as f64 {
                    return None;
                }
                Value::str(&s.repeat(n as usize))
            }
            "padStart" | "padEnd" => {
                let n = self.number(&first)?.clamp(0.0, 10_000.0) as usize;
                let fill = args.get(1).as_str().unwrap_or(" ").to_owned();
                let missing = n.saturating_sub(s.chars().count());
                let pad: String = fill.chars().cycle().take(if fill.is_empty() { 0 } else { missing }).collect();
                Value::str(&if name == "padStart" { pad + s } else { s.to_string() + &pad })
            }
            "replace" | "replaceAll" => self.replace(s, &first, &args.get(1), name == "replaceAll")?,
            "match" | "matchAll" => {
                let regex = self.regex(&first)?;
                let all = name == "matchAll" || self.regex_flags(&first).contains('g');
                if all && name == "match" {
                    let found: Vec<Value> = regex.find_iter(s).take(10_000).map(|m| Value::str(m.as_str())).collect();
                    self.machine.build(s.len() + found.len() * PIECE_BYTES);
                    return Some(if found.is_empty() { Value::Null } else { self.new_array(found) });
                }
                let mut lists = Vec::new();
                for captures in regex.captures_iter(s).take(if all { 10_000 } else { 1 }) {
                    let groups = self.groups(&captures)?;
                    lists.push(self.new_array(groups));
                }
                if all {
                    self.new_array(lists)
                } else {
                    lists.pop().unwrap_or(Value::Null)
                }
            }
            "search" => {
                let regex = self.regex(&first)?;
                Value::Num(regex.find(s).map_or(-1.0, |m| s[..m.start()].encode_utf16().count() as f64))
            }
            "localeCompare" => Value::Num(match s.as_ref().cmp(first.as_str()?) {
                std::cmp::Ordering::Less => -1.0,
                std::cmp::Ordering::Equal => 0.0,
                std::cmp::Ordering::Greater => 1.0,
            }),
            _ => return None,
        })
    }

    fn replace(&mut self, s: &Rc<str>, pattern: &Value, with: &Value, all: bool) -> Option<Value> {
        if self.is_opaque(with) {
            return None;
        }
        let function = matches!(self.object_of(with).map(|o| &o.kind), Some(Kind::Function(_) | Kind::Native(_)));
        if let Value::Str(needle) = pattern {
            if function {
                let replaced = self.call(with, Value::Undefined, Args::from(vec![Value::Str(needle.clone())]));
                let replaced = self.text_of(&replaced)?;
                return replaced_text(s, needle, &replaced, all).map(|out| Value::str(&out));
            }
            let with = self.text_of(with)?;
            return replaced_text(s, needle, &with, all).map(|out| Value::str(&out));
        }
        let regex = self.regex(pattern)?;
        let all = all || self.regex_flags(pattern).contains('g');
        let mut out = String::new();
        let mut last = 0;
        let template = if function { None } else { Some(self.text_of(with)?) };
        for captures in regex.captures_iter(s).take(if all { 10_000 } else { 1 }) {
            let Some(whole) = captures.get(0) else { continue };
            out.push_str(&s[last..whole.start()]);
            match &template {
                Some(template) => expand(template, &captures, &mut out)?,
                None => {
                    let groups = self.groups(&captures)?;
                    let replaced = self.call(with, Value::Undefined, Args::from(groups));
                    push_bounded(&mut out, &self.text_of(&replaced)?)?;
                }
            }
            last = whole.end();
        }
        push_bounded(&mut out, &s[last..])?;
        Some(Value::str(&out))
    }

    /// The groups of a match as texts; none when they cannot be paid for.
    fn groups(&mut self, captures: &regex::Captures<'_>) -> Option<Vec<Value>> {
        let size: usize = captures
            .iter()
            .map(|group| group.map_or(0, |group| group.len() + PIECE_BYTES))
            .sum();
        self.machine.build(size).then(|| {
            let groups = captures.iter();
            groups
                .map(|group| group.map_or(Value::Undefined, |group| Value::str(group.as_str())))
                .collect()
        })
    }

    fn regex_flags(&self, value: &Value) -> Rc<str> {
        match self.object_of(value).map(|o| &o.kind) {
            Some(Kind::Regex { flags, .. }) => flags.clone(),
            _ => Rc::from(""),
        }
    }

    /// The compiled form of a regular expression; none when it needs what linear-time matching cannot do.
    fn regex(&mut self, value: &Value) -> Option<regex::Regex> {
        let Some(Kind::Regex { pattern, flags }) = self.object_of(value).map(|o| &o.kind) else {
            return None;
        };
        let (pattern, flags) = (pattern.clone(), flags.clone());
        self.machine.regex(&pattern, &flags, || {
            regex::RegexBuilder::new(&pattern)
                .case_insensitive(flags.contains('i'))
                .multi_line(flags.contains('m'))
                .dot_matches_new_line(flags.contains('s'))
                .size_limit(1 << 20)
                .build()
                .ok()
        })
    }

    pub(super) fn regex_method(&mut self, id: ObjId, name: &str, args: &Args) -> Option<Value> {
        let this = Value::Ref(id);
        let subject = args.get(0);
        let subject = subject.as_str()?.to_owned();
        let regex = self.regex(&this)?;
        self.spend(subject.len() / 16);
        Some(match name {
            "test" => Value::Bool(regex.is_match(&subject)),
            "exec" => match regex.captures(&subject) {
                Some(c) => {
                    let groups = self.groups(&c)?;
                    // A loop over `exec` of a global expression would never end: its matches come once.
                    if self.regex_flags(&this).contains('g') {
                        return None;
                    }
                    let list = self.new_array(groups);
                    if let (Some(list_id), Some(whole)) = (list.id(), c.get(0)) {
                        self.heap[list_id.0 as usize]
                            .props
                            .insert(Rc::from("index"), Slot::Value(Value::Num(whole.start() as f64)));
                    }
                    list
                }
                None => Value::Null,
            },
            _ => return None,
        })
    }
}

/// A text with what `$1` and `$&` mean in a replacement; none when it becomes too long.
fn expand(with: &str, groups: &regex::Captures<'_>, out: &mut String) -> Option<()> {
    let mut chars = with.chars().peekable();
    while let Some(c) = chars.next() {
        let group = match (c, chars.peek()) {
            ('$', Some('$')) => None,
            ('$', Some('&')) => Some(0),
            ('$', Some(digit)) if digit.is_ascii_digit() => digit.to_digit(10),
            _ => {
                out.push(c);
                continue;
            }
        };
        chars.next();
        match group {
            Some(at) => push_bounded(out, groups.get(at as usize).map_or("", |group| group.as_str()))?,
            None => out.push('$'),
        }
    }
    (out.len() <= MAX_TEXT).then_some(())
}

/// Appends; none when the text becomes too long.
fn push_bounded(out: &mut String, more: &str) -> Option<()> {
    if out.len() + more.len() > MAX_TEXT {
        return None;
    }
    out.push_str(more);
    Some(())
}
