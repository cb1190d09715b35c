//! JSON Schemas from whatever a tool was given: zod shapes, schema libraries' terms, literals, and mixtures.

use super::Reader;
use hub_engine::eval::js::{Kind, Term, Value};
use serde_json::{Map, Value as Json, json};

/// A schema, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) value: Option<Json>,
    /// Paths that are not known, with reasons.
    pub(super) unknowns: Vec<(String, String)>,
}

const MAX_DEPTH: usize = 40;
/// Share of the evaluation's budget that one schema may use: one part in this many.
const SCHEMA_SHARE: u64 = 16;
const MAX_UNKNOWNS: usize = 16;

impl Reader<'_, '_> {
    /// The schema of a tool's arguments.
    pub(super) fn schema(&mut self, value: &Value) -> Read {
        let mut unknowns = Vec::new();
        let kept = self.eval.keep_back(SCHEMA_SHARE);
        let json = self.schema_at(value, "", 0, &mut unknowns);
        self.eval.give_back(kept);
        let json = json.map(|mut json| {
            // `{ jsonSchema: {…} }` and `{ schema: {…} }` of wrappers.
            for key in ["jsonSchema", "json_schema"] {
                if json.get("properties").is_none()
                    && let Some(inner) = json.get(key).filter(|i| i.is_object()).cloned()
                {
                    json = inner;
                }
            }
            json
        });
        Read {
            value: json.filter(Json::is_object),
            unknowns,
        }
    }

    /// A value as plain JSON (annotations, `_meta`): an object is never the shape of a schema, but schema terms in it are converted.
    pub(super) fn schema_data(&mut self, value: &Value) -> Option<Json> {
        let kept = self.eval.keep_back(SCHEMA_SHARE);
        let json = self.schema_at(value, "", 1, &mut Vec::new());
        self.eval.give_back(kept);
        json
    }

    pub(super) fn schema_at(&mut self, value: &Value, path: &str, depth: usize, unknowns: &mut Vec<(String, String)>) -> Option<Json> {
        if depth > MAX_DEPTH || !self.eval.may_make_json() {
            return None;
        }
        let Value::Ref(id) = value else {
            let json = self.eval.to_json(value).value;
            return (!matches!(value, Value::Undefined)).then_some(json);
        };
        match &self.eval.object(*id).kind {
            Kind::Array(_) | Kind::Set(_) => {
                let items = self.eval.iterate(value)?;
                let mut out = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    match self.schema_at(item, &join(path, &i.to_string()), depth + 1, unknowns) {
                        Some(json) => out.push(json),
                        // A list of known and unknown parts: the known ones.
                        None => continue,
                    }
                }
                Some(Json::Array(out))
            }
            Kind::Plain | Kind::Namespace(_) | Kind::Map(_) => self.object_schema(value, path, depth, unknowns),
            Kind::Opaque(_) => {
                if let Some(schema) = self.zod_at(value, depth) {
                    return Some(schema.json);
                }
                if let Some(json) = self.typebox(value, depth) {
                    return Some(json);
                }
                match self.eval.term(value).cloned()? {
                    // `zodToJsonSchema(X).properties`, `Schema.shape.field`.
                    Term::Member { base, name } => {
                        let base = Value::Ref(base);
                        let json = self.schema_at(&base, path, depth + 1, &mut Vec::new());
                        if let Some(found) = json.as_ref().and_then(|j| j.get(&*name)) {
                            return Some(found.clone());
                        }
                        // `zodToJsonSchema(X, "Name").definitions.Name` is the schema of X itself.
                        if let Some(Term::Member { base: whole, name: holder }) = self.eval.term(&base).cloned()
                            && matches!(&*holder, "definitions" | "$defs")
                            && matches!(self.eval.term(&Value::Ref(whole)), Some(Term::Call { .. }))
                        {
                            return self.schema_at(&Value::Ref(whole), path, depth + 1, unknowns);
                        }
                        self.hole(value, path, unknowns)
                    }
                    Term::Call { callee, args, .. } => {
                        let name = self.last_name(&Value::Ref(callee)).unwrap_or_default();
                        let passes = converts(&name) || args.len() == 1 && self.zod_like(&args[0]).is_some();
                        if passes && let Some(arg) = args.first().cloned() {
                            return self.schema_at(&arg, path, depth + 1, unknowns);
                        }
                        // `schema.toJSONSchema()`, `JSON.parse(JSON.stringify(schema))`.
                        if let Some(Term::Member { base, .. }) = self.eval.term(&Value::Ref(callee)).cloned()
                            && converts(&name)
                        {
                            return self.schema_at(&Value::Ref(base), path, depth + 1, unknowns);
                        }
                        self.hole(value, path, unknowns)
                    }
                    Term::Template(_) => {
                        self.note(value, path, unknowns);
                        Some(Json::String(self.eval.shown_text(value)))
                    }
                    _ => self.hole(value, path, unknowns),
                }
            }
            Kind::Class(_) => None,
            _ => None,
        }
    }

    fn hole(&mut self, value: &Value, path: &str, unknowns: &mut Vec<(String, String)>) -> Option<Json> {
        self.note(value, path, unknowns);
        None
    }

    fn note(&mut self, value: &Value, path: &str, unknowns: &mut Vec<(String, String)>) {
        if unknowns.len() < MAX_UNKNOWNS {
            unknowns.push((path.to_owned(), self.eval.why(value)));
        }
    }

    fn object_schema(&mut self, value: &Value, path: &str, depth: usize, unknowns: &mut Vec<(String, String)>) -> Option<Json> {
        if depth == 0 && self.is_raw_shape(value) {
            return Some(self.shape_schema(value, depth, unknowns));
        }
        // A schema object kept in a wrapper class of ours.
        if self
            .eval
            .object_of(value)
            .is_some_and(|o| o.props.contains_key("_def") || o.props.contains_key("_zod"))
            && let Some(schema) = self.zod_at(value, depth)
        {
            return Some(schema.json);
        }
        if let Some((json, _)) = self.valibot_at(value, depth) {
            return Some(json);
        }
        // Names with parts that are not known, and no word of JSON Schema: a shape whose schemas were not understood.
        const WORDS: &[&str] = &[
            "type",
            "properties",
            "anyOf",
            "oneOf",
            "allOf",
            "$ref",
            "$schema",
            "$defs",
            "enum",
            "const",
            "additionalProperties",
            "jsonSchema",
            "description",
        ];
        let keys = if depth == 0 { self.eval.keys(value) } else { Vec::new() };
        if !keys.is_empty() && !keys.iter().any(|k| WORDS.contains(&&**k)) {
            return Some(self.shape_schema(value, depth, unknowns));
        }
        let mut map = Map::new();
        if let Some(id) = value.id() {
            for part in self.eval.unknown_spreads(id) {
                if let Some(Json::Object(known)) = self.schema_at(&part, path, depth + 1, unknowns) {
                    map.extend(known);
                }
            }
        }
        for (key, item) in self.eval.entries(value) {
            if let Some(json) = self.schema_at(&item, &join(path, &key), depth + 1, unknowns) {
                map.insert(key.to_string(), json);
            }
        }
        Some(Json::Object(map))
    }

    /// Whether an object is a zod shape (`{ a: z.string() }`), not a JSON Schema.
    pub(super) fn is_raw_shape(&mut self, value: &Value) -> bool {
        let entries = self.eval.entries(value);
        let spreads = value.id().map(|id| self.eval.unknown_spreads(id)).unwrap_or_default();
        if entries.is_empty() && spreads.is_empty() {
            return true;
        }
        let zod = entries.iter().filter(|(_, v)| self.zod_like(v).is_some()).count();
        if zod > 0 {
            // `{ type: "object", properties: {…z…} }` is neither.
            return !entries.iter().any(|(k, v)| &**k == "type" && v.as_str() == Some("object"));
        }
        entries.is_empty()
            && spreads.iter().all(|s| {
                matches!(self.eval.term(s), Some(Term::Member { name, .. }) if &**name == "shape" || &**name == "[]")
                    || self.zod_like(s).is_some()
            })
    }

    /// `{ a: z.string(), b: z.number().optional() }` as an object schema.
    pub(super) fn shape_schema(&mut self, value: &Value, depth: usize, unknowns: &mut Vec<(String, String)>) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        if let Some(id) = value.id() {
            for part in self.eval.unknown_spreads(id) {
                if let Some(schema) = self.zod_at(&part, depth + 1) {
                    if let Some(known) = schema.json.get("properties").and_then(Json::as_object) {
                        properties.extend(known.clone());
                    }
                    required.extend(schema.json.get("required").and_then(Json::as_array).cloned().unwrap_or_default());
                } else {
                    self.note(&part, "properties", unknowns);
                }
            }
        }
        for (key, item) in self.eval.entries(value) {
            match self.zod_at(&item, depth + 1) {
                Some(schema) => {
                    required.retain(|r| r.as_str() != Some(&key));
                    if !schema.optional {
                        required.push(Json::String(key.to_string()));
                    }
                    properties.insert(key.to_string(), schema.json);
                }
                None if self.is_function(&item) => {}
                None if let Some((schema, optional)) = self.described(&item, depth + 1) => {
                    required.retain(|r| r.as_str() != Some(&key));
                    if !optional {
                        required.push(Json::String(key.to_string()));
                    }
                    properties.insert(key.to_string(), schema);
                }
                None => {
                    // A parameter with a schema that is not known is a parameter all the same.
                    let known = self
                        .schema_at(&item, &join("properties", &key), depth + 1, unknowns)
                        .filter(Json::is_object);
                    required.retain(|r| r.as_str() != Some(&key));
                    properties.insert(key.to_string(), known.unwrap_or_else(|| json!({})));
                }
            }
        }
        let mut out = Map::new();
        out.insert("type".to_owned(), json!("object"));
        out.insert("properties".to_owned(), Json::Object(properties));
        if !required.is_empty() {
            out.insert("required".to_owned(), Json::Array(required));
        }
        Json::Object(out)
    }

    /// A parameter by a schema of another library, or by an object that holds its schema (`{ type: z.string(), description: "…" }`);
    /// and whether it may be left out.
    fn described(&mut self, item: &Value, depth: usize) -> Option<(Json, bool)> {
        if !self.is_object(item) {
            return self.library_schema(item, depth);
        }
        let held = self.prop(item, "type")?;
        let schema = self.zod_at(&held, depth)?;
        let (mut json, optional) = (schema.json, schema.optional);
        if let Some(text) = self.prop(item, "description").and_then(|d| self.text(&d))
            && let Some(map) = json.as_object_mut()
        {
            map.insert("description".to_owned(), json!(text));
        }
        let left_out = self.prop(item, "required").is_some_and(|r| matches!(r, Value::Bool(false)));
        Some((json, optional || left_out))
    }

    /// The last name of a term's path: `c` of `a.b.c`.
    pub(super) fn last_name(&self, value: &Value) -> Option<String> {
        match self.eval.term(value)? {
            Term::Import { name, specifier } => Some(if matches!(&**name, "default" | "*") {
                specifier.to_string()
            } else {
                name.to_string()
            }),
            Term::Global(name) | Term::Member { name, .. } | Term::Class(name) => Some(name.to_string()),
            _ => None,
        }
    }
}

/// Names of functions that turn a schema into JSON Schema, or pass it through.
fn converts(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("jsonschema")
        || lower.contains("json-schema")
        || lower.contains("zodto")
        || matches!(lower.as_str(), "schema" | "normalizeobjectschema" | "tojson" | "parse" | "json")
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
