//! JSON with comments, TOML and YAML as one value.

use crate::ClientsError;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;

/// A file's syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// With comments and trailing commas, as editors take it.
    Json,
    Toml,
    Yaml,
}

impl Syntax {
    /// By the end of the file's name; JSON when it says nothing.
    #[must_use]
    pub fn of(file: &str) -> Self {
        let file = file.to_ascii_lowercase();
        if file.ends_with(".toml") {
            Self::Toml
        } else if file.ends_with(".yaml") || file.ends_with(".yml") {
            Self::Yaml
        } else {
            Self::Json
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }
}

/// A file, read.
pub struct Document {
    pub value: Value,
    /// Names that stand twice in one object, as `mcpServers.github`.
    pub repeated: Vec<String>,
    text: String,
}

impl Document {
    /// Reads a file. Nesting is bounded by the parsers (128 levels).
    ///
    /// # Errors
    /// [`ClientsError::Syntax`] with the place, without the content.
    pub fn read(file: &str, text: &str) -> Result<Self, ClientsError> {
        let text = text.trim_start_matches('\u{feff}');
        let syntax = Syntax::of(file);
        let repeated = RefCell::new(Vec::new());
        let seed = Noting {
            at: String::new(),
            repeated: &repeated,
        };
        let wrong = |why: String| ClientsError::Syntax {
            file: file.to_owned(),
            syntax: syntax.name(),
            why,
        };
        // The readers' own bounds on nesting come after work that grows with its square.
        if syntax != Syntax::Json && nests_deeply(text) {
            return Err(wrong(format!("it nests deeper than {MAX_NESTING} levels")));
        }
        let value = match syntax {
            Syntax::Json => {
                let plain = plain_json(text);
                let mut reader = serde_json::Deserializer::from_str(&plain);
                seed.deserialize(&mut reader)
                    .and_then(|v| reader.end().map(|()| v))
                    .map_err(|e| wrong(format!("fault at line {} column {}", e.line(), e.column())))?
            }
            Syntax::Toml => {
                let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
                    let line = e.span().map_or(0, |s| line_at(text, s.start));
                    wrong(format!("fault at line {line}"))
                })?;
                serde_json::to_value(table).map_err(|_| wrong("it holds what JSON cannot".to_owned()))?
            }
            Syntax::Yaml => seed.deserialize(serde_yaml_ng::Deserializer::from_str(text)).map_err(|e| {
                let at = e.location().map_or(0, |l| l.line());
                wrong(format!("fault at line {at}"))
            })?,
        };
        Ok(Self {
            value,
            repeated: repeated.into_inner(),
            text: text.to_owned(),
        })
    }

    /// The line on which the entry of this name begins: the next one, from byte `from` on, that has the name as a key.
    pub(crate) fn line_of(&self, name: &str, from: &mut usize) -> u32 {
        let mut start = *from;
        while let Some(at) = self.text.get(start..).and_then(|rest| rest.find(name)).map(|at| start + at) {
            let end = at + name.len();
            let before = self.text[..at].trim_end_matches(['"', '\'']).chars().next_back();
            let after = self.text[end..]
                .trim_start_matches(['"', '\''])
                .trim_start_matches([' ', '\t'])
                .chars()
                .next();
            let is_key = matches!(after, Some(':' | ']')) && before.is_none_or(|c| c.is_whitespace() || matches!(c, '{' | ',' | '.'));
            let is_item = before.is_some_and(|_| self.text[..at].trim_end_matches(['"', '\'', ' ']).ends_with("name:"));
            if is_key || is_item {
                *from = end;
                return line_at(&self.text, at) as u32;
            }
            start = end.max(start + 1);
        }
        0
    }
}

const MAX_NESTING: usize = 128;

/// Brackets or `- ` of one line, or indentation, deeper than any configuration.
fn nests_deeply(text: &str) -> bool {
    let (mut open, mut deepest) = (0_usize, 0_usize);
    text.lines().any(|line| {
        for b in line.bytes() {
            match b {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(open);
        }
        deepest > MAX_NESTING || line.bytes().take_while(|b| matches!(b, b' ' | b'-' | b'?' | b':')).count() > 2 * MAX_NESTING
    })
}

fn line_at(text: &str, byte: usize) -> usize {
    1 + text.as_bytes().iter().take(byte).filter(|b| **b == b'\n').count()
}

/// Comments and trailing commas as spaces, so that lines stay where they are.
fn plain_json(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    let (mut i, mut comma) = (0, None);
    while i < out.len() {
        match out[i] {
            b'"' => {
                comma = None;
                i += 1;
                while i < out.len() && out[i] != b'"' {
                    i += if out[i] == b'\\' { 2 } else { 1 };
                }
            }
            b'/' if out.get(i + 1) == Some(&b'/') => {
                while i < out.len() && out[i] != b'\n' {
                    out[i] = b' ';
                    i += 1;
                }
            }
            b'/' if out.get(i + 1) == Some(&b'*') => {
                while i < out.len() {
                    let ends = out[i] == b'*' && out.get(i + 1) == Some(&b'/');
                    if out[i] != b'\n' {
                        out[i] = b' ';
                    }
                    if ends {
                        out[i + 1] = b' ';
                        i += 1;
                        break;
                    }
                    i += 1;
                }
            }
            b',' => comma = Some(i),
            b'}' | b']' => {
                if let Some(at) = comma.take() {
                    out[at] = b' ';
                }
            }
            b if b.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        i += 1;
    }
    // Only whole comments and single ASCII bytes were replaced, so it is still UTF-8.
    String::from_utf8(out).unwrap_or_default()
}

/// Builds a value and notes names that stand twice in one object; the last one counts, as in most readers.
#[derive(Clone)]
struct Noting<'r> {
    at: String,
    repeated: &'r RefCell<Vec<String>>,
}

impl Noting<'_> {
    fn step(&self, name: &str) -> Self {
        let at = if self.at.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.at)
        };
        Self {
            at,
            repeated: self.repeated,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Noting<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Noting<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a configuration value")
    }
    fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
        Ok(Number::from_f64(v).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = seq.next_element_seed(self.clone())? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let inner = self.step(&name);
            let value = map.next_value_seed(inner.clone())?;
            if out.insert(name, value).is_some() {
                self.repeated.borrow_mut().push(inner.at);
            }
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn comments_and_trailing_commas_are_no_content() {
        let text = "{ // a \"comment\"\n \"a\": \"b // no comment, \\\" }\", /* x , */ \"list\": [1, 2, ],\n}";
        let document = Document::read("x.json", text).unwrap();
        assert_eq!(document.value, json!({"a": "b // no comment, \" }", "list": [1, 2]}));
    }

    #[test]
    fn a_name_that_stands_twice_is_noted() {
        let document = Document::read("x.json", r#"{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}"#).unwrap();
        assert_eq!(document.repeated, ["mcpServers.a"]);
        let document = Document::read("x.yaml", "mcpServers:\n  a: {command: x}\n  a: {command: y}\n").unwrap();
        assert_eq!(document.repeated, ["mcpServers.a"]);
    }

    #[test]
    fn a_fault_is_told_by_its_place_and_never_by_its_content() {
        for (file, text) in [
            ("x.json", "{\n\"k\": s3cr3t"),
            ("x.toml", "a = 1\nk = s3cr3t !"),
            ("x.yaml", "a: 1\nk: [s3cr3t"),
            ("x.json", "{\"k\": \"s3cr3t\" // }"),
        ] {
            let Err(error) = Document::read(file, text) else { panic!("{text}") };
            assert!(!error.to_string().contains("s3cr3t"), "{error}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Document::read("x.json", &deep).is_err());
        assert!(Document::read("x.yaml", &deep).is_err());
        assert!(Document::read("x.toml", &format!("a = {deep}")).is_err());
    }
}
