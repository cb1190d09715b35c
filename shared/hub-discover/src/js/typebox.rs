//! Terms of other schema libraries: TypeBox, valibot, arktype (its strings: `arktype.rs`), Effect Schema.

use super::Reader;
use super::arktype;
use hub_engine::eval::js::{Term, Value};
use serde_json::{Map, Value as Json, json};

pub(super) const MAX_DEPTH: usize = 40;

/// Words of JSON Schema that TypeBox takes as options.
const OPTIONS: &[&str] = &[
    "description",
    "title",
    "default",
    "examples",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
];

impl Reader<'_, '_> {
    /// `Type.Object({ a: Type.String() })`, `v.object({ a: v.string() })`, `type({ a: "string" })`, `Schema.Struct({ a: Schema.String })`.
    pub(super) fn typebox(&mut self, value: &Value, depth: usize) -> Option<Json> {
        self.library_schema(value, depth).map(|s| s.0)
    }

    /// Texts in a list, or the literals of a schema that names several.
    fn texts_of(&mut self, value: &Value, depth: usize) -> Vec<String> {
        if let Some(items) = self.eval.iterate(value) {
            return items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
        }
        let schema = self.library_schema(value, depth).map_or(Json::Null, |schema| schema.0);
        let several = schema.get("enum").and_then(Json::as_array).into_iter().flatten();
        let ways = schema.get("anyOf").and_then(Json::as_array).into_iter().flatten();
        several
            .chain(ways.chain([&schema]).filter_map(|way| way.get("const")))
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect()
    }

    /// A schema, and whether its property may be left out.
    pub(super) fn library_schema(&mut self, value: &Value, depth: usize) -> Option<(Json, bool)> {
        if depth > MAX_DEPTH {
            return None;
        }
        let (name, args, base) = match self.eval.term(value)?.clone() {
            Term::Call { callee, args, .. } => {
                let callee_value = Value::Ref(callee);
                match self.eval.term(&callee_value)?.clone() {
                    // `Schema.String.pipe(…)`, `.annotations({ description })`.
                    Term::Member { base, name } => (name.to_string(), args, Some(Value::Ref(base))),
                    Term::Import { name, .. } => (name.to_string(), args, None),
                    // `Schema.optional(X).annotations(…)(…)`, `Schema.NonEmptyString({…})`.
                    _ => return None,
                }
            }
            // `Schema.String`.
            Term::Member { name, .. } => (name.to_string(), Vec::new(), None),
            _ => return None,
        };
        let first = args.first().cloned().unwrap_or(Value::Undefined);
        let options = args
            .iter()
            .skip(usize::from(!matches!(&*name, "String" | "Number" | "Integer" | "Boolean")))
            .rev()
            .find(|a| self.is_object(a))
            .cloned();
        let inner = |r: &mut Self, v: &Value| r.library_schema(v, depth + 1).map_or_else(|| json!({}), |s| s.0);
        let mut optional = false;
        let mut json = match &*name {
            "Object" | "object" | "Struct" | "looseObject" | "strictObject" if self.is_object(&first) => {
                let mut properties = Map::new();
                let mut required = Vec::new();
                for (key, item) in self.eval.entries(&first) {
                    let (schema, optional) = self.library_schema(&item, depth + 1).unwrap_or((json!({}), false));
                    if !optional {
                        required.push(Json::String(key.to_string()));
                    }
                    properties.insert(key.to_string(), schema);
                }
                json!({ "type": "object", "properties": properties, "required": required })
            }
            "type" if self.is_object(&first) => self.arktype_object(&first, depth + 1)?,
            "type" if base.is_none() => arktype::expression(first.as_str()?, 0),
            // arktype: `type("string").describe("…")`.
            "describe" => {
                let (mut schema, was_optional) = self.library_schema(&base?, depth + 1)?;
                optional = was_optional;
                if let (Some(text), Some(map)) = (self.text(&first), schema.as_object_mut()) {
                    map.insert("description".to_owned(), json!(text));
                }
                schema
            }
            "String" | "string" | "NonEmptyString" | "Trim" => json!({ "type": "string" }),
            "Number" | "number" | "Positive" | "NonNegative" => json!({ "type": "number" }),
            "Integer" | "Int" | "integer" => json!({ "type": "integer" }),
            "Boolean" | "boolean" => json!({ "type": "boolean" }),
            "Null" | "null_" => json!({ "type": "null" }),
            "Array" | "array" | "NonEmptyArray" | "ArrayEnsure" => {
                let items = inner(self, &first);
                json!({ "type": "array", "items": items })
            }
            "Optional" | "optional" | "OptionalWith" | "optionalWith" | "nullish" => {
                optional = true;
                inner(self, &first)
            }
            "Union" | "union" | "Enum" | "picklist" | "enum_" | "Literal" | "literal" => {
                // A text is one literal, not a list of its letters.
                let several = if first.as_str().is_none() {
                    self.eval.iterate(&first)
                } else {
                    None
                };
                let items = several.unwrap_or_else(|| args.clone());
                let literals: Vec<Json> = items
                    .iter()
                    .filter(|i| i.as_str().is_some() || i.as_num().is_some())
                    .filter_map(|i| self.schema_data(i))
                    .collect();
                if literals.is_empty() {
                    let mut options = Vec::new();
                    for item in &items {
                        if self.eval.term(item).is_some() {
                            options.push(inner(self, item));
                        }
                    }
                    json!({ "anyOf": options })
                } else if let ("Literal" | "literal", [one]) = (&*name, &literals[..]) {
                    json!({ "const": one })
                } else {
                    json!({ "enum": literals })
                }
            }
            "Intersect" | "intersect" => {
                let items = self.eval.iterate(&first).unwrap_or_else(|| args.clone());
                let parts: Vec<Json> = items.iter().map(|item| inner(self, item)).collect();
                json!({ "allOf": parts })
            }
            "Composite" => {
                let items = self.eval.iterate(&first).unwrap_or_else(|| args.clone());
                let parts: Vec<Json> = items.iter().map(|item| inner(self, item)).collect();
                merged(parts)
            }
            "Pick" | "pick" | "Omit" | "omit" | "Partial" | "partial" | "Required" | "required"
                if base.is_none() || !self.is_object(&first) =>
            {
                let mut schema = self.library_schema(&first, depth + 1)?.0;
                let keys = args.get(1).map(|keys| self.texts_of(keys, depth + 1)).unwrap_or_default();
                reshape(&mut schema, &name.to_ascii_lowercase(), &keys);
                schema
            }
            "Const" | "const" => json!({ "const": self.schema_data(&first)? }),
            "Unsafe" => self.schema_data(&first).filter(Json::is_object)?,
            "Record" | "record" => json!({ "type": "object" }),
            "Any" | "Unknown" | "any" | "unknown" => json!({}),
            // valibot: `v.pipe(v.string(), v.description("…"))`.
            "pipe"
                if base
                    .as_ref()
                    .is_none_or(|b| self.eval.term(b).is_some_and(|t| matches!(t, Term::Import { .. }))) =>
            {
                let mut schema = self.library_schema(&first, depth + 1)?.0;
                for action in args.iter().skip(1) {
                    if let Some(Term::Call { callee, args, .. }) = self.eval.term(action).cloned()
                        && self.last_name(&Value::Ref(callee)).as_deref() == Some("description")
                        && let Some(text) = args.first().and_then(|a| self.text(a))
                        && let Some(map) = schema.as_object_mut()
                    {
                        map.insert("description".to_owned(), json!(text));
                    }
                }
                schema
            }
            // Effect: `Schema.String.annotations({ description })`, `.pipe(…)`.
            "annotations" | "annotate" | "pipe" | "withDefaults" => {
                let (schema, was_optional) = self.library_schema(&base?, depth + 1)?;
                optional = was_optional;
                schema
            }
            _ => return None,
        };
        if let Some(options) = options
            && let Some(map) = json.as_object_mut()
        {
            for word in OPTIONS {
                if let Some(value) = self.prop(&options, word).and_then(|v| self.schema_data(&v)) {
                    map.entry(*word).or_insert(value);
                }
            }
        }
        if name == "annotations"
            && let Some(text) = self.prop(&first, "description").and_then(|d| self.text(&d))
            && let Some(map) = json.as_object_mut()
        {
            map.insert("description".to_owned(), json!(text));
        }
        Some((json, optional))
    }
}

/// Several schemas of objects as one.
fn merged(parts: Vec<Json>) -> Json {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in parts {
        let Json::Object(mut part) = part else { continue };
        if let Some(Json::Object(more)) = part.remove("properties") {
            properties.extend(more);
        }
        if let Some(Json::Array(more)) = part.remove("required") {
            required.extend(more);
        }
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

/// Some properties of an object, or all of them made optional or required.
fn reshape(schema: &mut Json, how: &str, keys: &[String]) {
    let Some(map) = schema.as_object_mut() else { return };
    let listed = |key: &str| keys.iter().any(|k| k == key);
    let keeps = |key: &str| match how {
        "pick" => listed(key),
        "omit" => !listed(key),
        _ => true,
    };
    if let Some(Json::Object(properties)) = map.get_mut("properties") {
        properties.retain(|key, _| keeps(key));
    }
    let names: Vec<Json> = match map.get("properties") {
        Some(Json::Object(properties)) => properties.keys().cloned().map(Json::String).collect(),
        _ => Vec::new(),
    };
    if let Some(Json::Array(required)) = map.get_mut("required") {
        match how {
            "partial" => required.clear(),
            "required" => *required = names,
            _ => required.retain(|key| key.as_str().is_some_and(keeps)),
        }
    }
}
