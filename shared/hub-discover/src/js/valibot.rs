//! Schemas that valibot made where it lies inside the program: plain objects `{ kind: "schema", type, … }`.

use super::Reader;
use hub_engine::eval::js::Value;
use serde_json::{Map, Value as Json, json};

const MAX_DEPTH: usize = 40;

impl Reader<'_, '_> {
    /// The JSON Schema, and whether the value may be left out.
    pub(super) fn valibot_at(&mut self, value: &Value, depth: usize) -> Option<(Json, bool)> {
        if depth > MAX_DEPTH || !self.is_object(value) || self.eval.is_spent() {
            return None;
        }
        let text = |r: &mut Self, key: &str| r.prop(value, key).and_then(|v| v.as_str().map(str::to_owned));
        if text(self, "kind").as_deref() != Some("schema") {
            return None;
        }
        let kind = text(self, "type")?;
        let inner = |r: &mut Self, key: &str| {
            let inner = r.prop(value, key)?;
            r.valibot_at(&inner, depth + 1)
        };
        let mut optional = false;
        let mut schema = match kind.as_str() {
            "object" | "loose_object" | "strict_object" | "object_with_rest" => self.valibot_object(value, depth),
            "string" => json!({ "type": "string" }),
            "number" => json!({ "type": "number" }),
            "bigint" => json!({ "type": "integer" }),
            "boolean" => json!({ "type": "boolean" }),
            "null" => json!({ "type": "null" }),
            "array" => json!({ "type": "array", "items": inner(self, "item").map_or_else(|| json!({}), |i| i.0) }),
            "record" => json!({ "type": "object" }),
            "picklist" | "enum" => {
                let options = self
                    .prop(value, "options")
                    .and_then(|o| self.schema_data(&o))
                    .unwrap_or_else(|| json!([]));
                json!({ "enum": options })
            }
            "literal" => json!({ "const": self.prop(value, "literal").and_then(|l| self.schema_data(&l)) }),
            "optional" | "exact_optional" | "nullish" | "undefinedable" => {
                optional = true;
                let mut schema = inner(self, "wrapped").map_or_else(|| json!({}), |i| i.0);
                let default = self.prop(value, "default").filter(|d| !self.is_function(d));
                if let (Some(default), Some(map)) = (default.and_then(|d| self.schema_data(&d)), schema.as_object_mut()) {
                    map.insert("default".to_owned(), default);
                }
                schema
            }
            "nullable" | "non_nullable" | "non_optional" | "non_nullish" | "lazy" => {
                inner(self, "wrapped").map_or_else(|| json!({}), |i| i.0)
            }
            "union" | "variant" | "intersect" => {
                let options = self.prop(value, "options").and_then(|o| self.eval.iterate(&o)).unwrap_or_default();
                let options: Vec<Json> = options.iter().filter_map(|o| self.valibot_at(o, depth + 1).map(|s| s.0)).collect();
                let word = if kind == "intersect" { "allOf" } else { "anyOf" };
                json!({ word: options })
            }
            _ => json!({}),
        };
        let actions = self.prop(value, "pipe").and_then(|p| self.eval.iterate(&p)).unwrap_or_default();
        for action in actions {
            let Some(Value::Str(word)) = self.prop(&action, "type") else {
                continue;
            };
            if matches!(&*word, "description" | "title")
                && let Some(text) = self.prop(&action, &word).and_then(|t| self.text(&t))
                && let Some(map) = schema.as_object_mut()
            {
                map.insert(word.to_string(), json!(text));
            }
        }
        Some((schema, optional))
    }

    fn valibot_object(&mut self, value: &Value, depth: usize) -> Json {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        let entries = self.prop(value, "entries").map(|e| self.eval.entries(&e)).unwrap_or_default();
        for (key, entry) in entries {
            let (schema, optional) = self.valibot_at(&entry, depth + 1).unwrap_or_else(|| (json!({}), false));
            if !optional {
                required.push(json!(&*key));
            }
            properties.insert(key.to_string(), schema);
        }
        let mut out = Map::new();
        out.insert("type".to_owned(), json!("object"));
        out.insert("properties".to_owned(), Json::Object(properties));
        if !required.is_empty() {
            out.insert("required".to_owned(), Json::Array(required));
        }
        Json::Object(out)
    }
}
