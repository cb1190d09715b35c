//! Types of arktype: shapes of strings (`type({ url: "string.url", "n?": "number" })`), read as the JSON Schema that its
//! `toJsonSchema` gives for the simple ones: keywords, their subtypes, ranges, literals, unions, arrays, defaults.

use super::Reader;
use super::typebox::MAX_DEPTH;
use hub_engine::eval::js::Value;
use serde_json::{Map, Value as Json, json};

impl Reader<'_, '_> {
    /// `type({ name: "string", "age?": "number" })`: an object of definitions.
    pub(super) fn arktype_object(&mut self, shape: &Value, depth: usize) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (key, item) in self.eval.entries(shape) {
            let (name, mut optional) = match key.strip_suffix('?') {
                Some(name) => (name.to_owned(), true),
                None => (key.to_string(), false),
            };
            let schema = if let Some(text) = item.as_str() {
                let (text, default) = with_default(text);
                let mut schema = expression(text, 0);
                if let (Some(default), Some(map)) = (default, schema.as_object_mut()) {
                    map.insert("default".to_owned(), default);
                    optional = true;
                }
                schema
            } else if self.is_object(&item) {
                self.arktype_object(&item, depth + 1).unwrap_or_else(|| json!({}))
            } else {
                let (schema, may_miss) = self.library_schema(&item, depth + 1).unwrap_or((json!({}), false));
                optional |= may_miss;
                schema
            };
            if !optional {
                required.push(Json::String(name.clone()));
            }
            properties.insert(name, schema);
        }
        Some(json!({ "type": "object", "properties": properties, "required": required }))
    }
}

/// `number = 5`: the definition, and the default where it is a literal. Comparisons (`<=`) are no default.
fn with_default(text: &str) -> (&str, Option<Json>) {
    text.split_once(" = ")
        .and_then(|(definition, value)| Some((definition, Some(literal(value.trim())?))))
        .unwrap_or((text, None))
}

/// A literal: `'a'`, `"a"`, `5`, `true`, `null`.
fn literal(text: &str) -> Option<Json> {
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return (!inner.contains(quote)).then(|| json!(inner));
        }
    }
    match text {
        "true" => Some(json!(true)),
        "false" => Some(json!(false)),
        "null" => Some(Json::Null),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// An expression in arktype's own words; what is not simple is a schema that says nothing.
pub(super) fn expression(text: &str, depth: usize) -> Json {
    let text = text.trim();
    if depth > MAX_DEPTH {
        return json!({});
    }
    if let Some(value) = literal(text) {
        return json!({ "const": value });
    }
    let options = split(text, b'|');
    if options.len() > 1 {
        let literals: Option<Vec<Json>> = options.iter().map(|o| literal(o.trim())).collect();
        return match literals {
            Some(literals) => json!({ "enum": literals }),
            None => json!({ "anyOf": options.iter().map(|o| expression(o, depth + 1)).collect::<Vec<_>>() }),
        };
    }
    if let Some(items) = text.strip_suffix("[]") {
        return json!({ "type": "array", "items": expression(items, depth + 1) });
    }
    if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        return expression(inner, depth + 1);
    }
    // Of an intersection or a range (`0 < number <= 10`) the keyword says the type.
    text.split([' ', '&', '<', '>', '='])
        .find_map(|word| match word.split(['.', '%']).next().unwrap_or_default() {
            "string" => Some(json!({ "type": "string" })),
            "number" if word.starts_with("number.integer") => Some(json!({ "type": "integer" })),
            "number" => Some(json!({ "type": "number" })),
            "boolean" => Some(json!({ "type": "boolean" })),
            "object" | "Record" => Some(json!({ "type": "object" })),
            _ => None,
        })
        .unwrap_or_else(|| json!({}))
}

/// The parts between `mark`s that stand outside quotation marks and brackets.
fn split(text: &str, mark: u8) -> Vec<&str> {
    let (mut parts, mut start, mut open, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (i, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(q), _) if q == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(' | b'<') => open += 1,
            (None, b')' | b'>') => open = open.saturating_sub(1),
            (None, _) if byte == mark && open == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
