//! Terms of zod (3 and 4, its mini form, and copies inside bundles) as JSON Schema.

use super::Reader;
use hub_engine::eval::js::{Args, Kind, ObjId, Term, Value};
use serde_json::{Map, Value as Json, json};

/// A schema and whether its property may be left out.
#[derive(Clone, Debug)]
pub(super) struct Zod {
    pub(super) json: Json,
    pub(super) optional: bool,
}

const MAX_DEPTH: usize = 60;

/// Constructors of zod by name.
const CONSTRUCTORS: &[&str] = &[
    "object",
    "strictObject",
    "looseObject",
    "interface",
    "string",
    "number",
    "int",
    "int32",
    "float32",
    "float64",
    "uint32",
    "bigint",
    "boolean",
    "stringbool",
    "date",
    "enum",
    "nativeEnum",
    "literal",
    "array",
    "tuple",
    "set",
    "union",
    "discriminatedUnion",
    "xor",
    "intersection",
    "record",
    "partialRecord",
    "map",
    "any",
    "unknown",
    "never",
    "null",
    "undefined",
    "void",
    "optional",
    "nullable",
    "nullish",
    "preprocess",
    "lazy",
    "coerce",
    "custom",
    "instanceof",
    "effect",
    "transform",
    "pipe",
    "pipeline",
    "promise",
    "function",
    "email",
    "url",
    "uuid",
    "guid",
    "cuid",
    "cuid2",
    "ulid",
    "nanoid",
    "ipv4",
    "ipv6",
    "base64",
    "iso",
    "datetime",
    "templateLiteral",
    "json",
    "file",
    "symbol",
    "nan",
    "readonly",
    "default",
    "_default",
    "prefault",
    "catch",
    "brand",
    "check",
    "httpUrl",
    "hostname",
    "jwt",
    "e164",
    "emoji",
    "date",
    "time",
    "duration",
    "codec",
    "extend",
    "merge",
    "pick",
    "omit",
    "partial",
    "required",
];

fn plain(json: Json) -> Zod {
    Zod { json, optional: false }
}

impl Reader<'_, '_> {
    /// The schema of a zod term; none when it is none.
    pub(super) fn zod(&mut self, value: &Value) -> Option<Zod> {
        self.zod_at(value, 0)
    }

    /// Whether a value is a zod schema, by its root.
    pub(super) fn zod_like(&self, value: &Value) -> Option<()> {
        let mut at = value.id()?;
        let mut called = false;
        for _ in 0..200 {
            match &self.eval.object(at).kind {
                Kind::Opaque(Term::Call { callee, .. }) => {
                    called = true;
                    at = *callee;
                }
                Kind::Opaque(Term::Member { base, name }) => {
                    // `Schema.shape` is no schema but a shape; it serves as one.
                    let _ = name;
                    at = *base;
                }
                Kind::Opaque(Term::Import { specifier, name }) => return (called && is_zod_import(specifier, name)).then_some(()),
                Kind::Opaque(Term::Class(name)) => return name.starts_with("Zod").then_some(()),
                _ => return None,
            }
        }
        None
    }

    pub(super) fn zod_at(&mut self, value: &Value, depth: usize) -> Option<Zod> {
        if depth > MAX_DEPTH || self.eval.is_spent() {
            return None;
        }
        let id = value.id()?;
        // A schema made by running zod itself, where its class was not recognised.
        if matches!(self.eval.object(id).kind, Kind::Plain) {
            let def = self.prop(value, "_def").or_else(|| {
                let internals = self.prop(value, "_zod")?;
                self.prop(&internals, "def")
            })?;
            return self.zod_def(&def, depth + 1);
        }
        match self.eval.term(value)?.clone() {
            Term::Call { callee, args, new } => {
                let callee_value = Value::Ref(callee);
                match self.eval.term(&callee_value)?.clone() {
                    Term::Class(name) if name.starts_with("Zod") => {
                        let def = args.first()?.clone();
                        self.zod_def(&def, depth + 1)
                    }
                    Term::Import { specifier, name }
                        if is_zod_import(&specifier, &name) || CONSTRUCTORS.contains(&&*name) && is_zod_package(&specifier) =>
                    {
                        match CONSTRUCTORS.contains(&&*name) {
                            true if !new => self.zod_constructor(&name, &args, depth),
                            // `toJSONSchema(X)` and the like hand their argument on.
                            _ => self.zod_at(args.first()?, depth + 1),
                        }
                    }
                    Term::Member { base, name } => {
                        let base_value = Value::Ref(base);
                        if self.is_zod_namespace(base) && CONSTRUCTORS.contains(&&*name) {
                            return self.zod_constructor(&name, &args, depth);
                        }
                        if self.zod_like(&base_value).is_some() {
                            return self.zod_method(&base_value, &name, &args, depth);
                        }
                        None
                    }
                    _ => None,
                }
            }
            Term::Member { base, name } => {
                let base = Value::Ref(base);
                self.zod_like(&base)?;
                match &*name {
                    "shape" | "unwrap" | "innerType" | "element" | "options" | "_def" => self.zod_at(&base, depth + 1),
                    field => {
                        // `Schema.shape.field`.
                        let Some(Term::Member { name: shape, .. }) = self.eval.term(&base) else {
                            return None;
                        };
                        if &**shape != "shape" {
                            return None;
                        }
                        let whole = self.zod_at(&base, depth + 1)?;
                        let json = whole.json.get("properties")?.get(field)?.clone();
                        let required = whole
                            .json
                            .get("required")
                            .and_then(Json::as_array)
                            .is_some_and(|r| r.iter().any(|x| x.as_str() == Some(field)));
                        Some(Zod { json, optional: !required })
                    }
                }
            }
            _ => None,
        }
    }

    /// `z`, `z.coerce`, `z.iso`, `* as z`.
    fn is_zod_namespace(&self, id: ObjId) -> bool {
        match &self.eval.object(id).kind {
            Kind::Opaque(Term::Import { specifier, name }) => is_zod_import(specifier, name),
            Kind::Opaque(Term::Member { base, name }) => {
                matches!(&**name, "coerce" | "iso" | "z" | "default" | "core" | "string" | "strings") && self.is_zod_namespace(*base)
            }
            _ => false,
        }
    }

    #[allow(clippy::too_many_lines)]
    fn zod_constructor(&mut self, name: &str, args: &[Value], depth: usize) -> Option<Zod> {
        let first = args.first().cloned().unwrap_or(Value::Undefined);
        let mut out = match name {
            "object" | "strictObject" | "looseObject" | "interface" => {
                let shape = if self.is_function(&first) {
                    self.eval.call(&first, Value::Undefined, Args::default())
                } else {
                    first
                };
                plain(self.zod_shape(&shape, depth))
            }
            "string" => plain(json!({ "type": "string" })),
            "email" | "url" | "uuid" | "guid" | "cuid" | "cuid2" | "ulid" | "nanoid" | "ipv4" | "ipv6" | "base64" | "datetime" | "time"
            | "duration" | "httpUrl" | "hostname" | "jwt" | "e164" | "emoji" | "templateLiteral" => {
                let format = match name {
                    "url" | "httpUrl" => "uri",
                    "datetime" => "date-time",
                    other => other,
                };
                plain(json!({ "type": "string", "format": format }))
            }
            "number" | "float32" | "float64" => plain(json!({ "type": "number" })),
            "int" | "int32" | "uint32" | "bigint" => plain(json!({ "type": "integer" })),
            "boolean" | "stringbool" => plain(json!({ "type": "boolean" })),
            "date" => plain(json!({ "type": "string", "format": "date-time" })),
            "enum" => plain(self.zod_enum(&first)),
            "nativeEnum" => plain(self.zod_enum(&first)),
            "literal" => {
                let json = self.schema_data(&first);
                match json {
                    Some(Json::Array(values)) => plain(json!({ "enum": values })),
                    Some(value) => {
                        let kind = json_type(&value);
                        plain(json!({ "type": kind, "const": value }))
                    }
                    None => plain(json!({})),
                }
            }
            "array" | "set" => {
                let items = self.zod_at(&first, depth + 1).map_or_else(|| json!({}), |z| z.json);
                plain(json!({ "type": "array", "items": items }))
            }
            "tuple" => {
                let items = self.zod_all(&first, depth);
                plain(json!({ "type": "array", "prefixItems": items }))
            }
            "union" | "xor" => {
                let options = self.zod_all(&first, depth);
                plain(json!({ "anyOf": options }))
            }
            "discriminatedUnion" => {
                let options = self.zod_all(&args.get(1).cloned().unwrap_or(Value::Undefined), depth);
                plain(json!({ "anyOf": options }))
            }
            "intersection" => {
                let a = self.zod_at(&first, depth + 1).map_or_else(|| json!({}), |z| z.json);
                let b = args
                    .get(1)
                    .and_then(|b| self.zod_at(b, depth + 1))
                    .map_or_else(|| json!({}), |z| z.json);
                plain(merge_objects(a, &b))
            }
            "record" | "partialRecord" | "map" => {
                let of = args.get(1).filter(|v| self.zod_like(v).is_some()).cloned().unwrap_or(first);
                let of = self.zod_at(&of, depth + 1).map_or_else(|| json!({}), |z| z.json);
                plain(json!({ "type": "object", "additionalProperties": of }))
            }
            "optional" => Zod {
                optional: true,
                ..self.zod_at(&first, depth + 1)?
            },
            "nullable" => self.zod_at(&first, depth + 1).map(nullable)?,
            "nullish" => Zod {
                optional: true,
                ..self.zod_at(&first, depth + 1).map(nullable)?
            },
            "preprocess" => self.zod_at(args.get(1)?, depth + 1)?,
            "pipe" | "pipeline" | "codec" => self.zod_at(&first, depth + 1)?,
            "default" | "_default" | "prefault" | "catch" => {
                let mut inner = self.zod_at(&first, depth + 1)?;
                inner.optional = true;
                self.set_default(&mut inner, args.get(1));
                inner
            }
            "extend" | "merge" | "pick" | "omit" | "partial" | "required" | "readonly" | "brand" | "check"
                if self.zod_like(&first).is_some() =>
            {
                return self.zod_method(&first, name, args.get(1..).unwrap_or_default(), depth);
            }
            "null" => plain(json!({ "type": "null" })),
            "undefined" | "void" => Zod {
                json: json!({}),
                optional: true,
            },
            "any" | "unknown" => Zod {
                json: json!({}),
                optional: true,
            },
            _ => plain(json!({})),
        };
        // `z.string({ description: "…" })`, `z.enum([...], { description })`.
        for arg in args {
            if self.is_object(arg)
                && let Some(text) = self.prop(arg, "description").filter(|d| d.as_str().is_some())
                && !matches!(name, "object" | "strictObject" | "looseObject")
            {
                describe(&mut out.json, text.as_str().unwrap_or_default());
            }
        }
        Some(out)
    }

    fn zod_shape(&mut self, shape: &Value, depth: usize) -> Json {
        if self.is_object(shape) {
            return self.shape_schema(shape, depth + 1, &mut Vec::new());
        }
        // `z.object(Other.shape)`.
        match self.zod_at(shape, depth + 1) {
            Some(schema) => schema.json,
            None => json!({ "type": "object", "properties": {} }),
        }
    }

    fn zod_all(&mut self, list: &Value, depth: usize) -> Vec<Json> {
        let items = self.eval.iterate(list).unwrap_or_default();
        items.iter().filter_map(|i| self.zod_at(i, depth + 1)).map(|z| z.json).collect()
    }

    fn zod_enum(&mut self, values: &Value) -> Json {
        let values: Vec<Json> = match self.eval.iterate(values) {
            Some(items) => items.iter().filter_map(|v| self.schema_data(v)).collect(),
            None => self.eval.entries(values).iter().filter_map(|(_, v)| self.schema_data(v)).collect(),
        };
        let kind = if !values.is_empty() && values.iter().all(Json::is_number) {
            "number"
        } else {
            "string"
        };
        if values.is_empty() {
            json!({ "type": "string" })
        } else {
            json!({ "type": kind, "enum": values })
        }
    }

    fn set_default(&mut self, schema: &mut Zod, value: Option<&Value>) {
        let Some(value) = value else { return };
        let value = if self.is_function(value) {
            self.eval.call(value, Value::Undefined, Args::default())
        } else {
            value.clone()
        };
        if let (Some(json), Some(map)) = (self.schema_data(&value), schema.json.as_object_mut()) {
            map.insert("default".to_owned(), json);
        }
    }

    #[allow(clippy::too_many_lines)]
    fn zod_method(&mut self, base: &Value, name: &str, args: &[Value], depth: usize) -> Option<Zod> {
        let first = args.first().cloned().unwrap_or(Value::Undefined);
        let mut schema = self.zod_at(base, depth + 1)?;
        let bound = |schema: &mut Zod, key: &str, value: Option<f64>| {
            if let (Some(n), Some(map)) = (value, schema.json.as_object_mut()) {
                map.insert(key.to_owned(), number(n));
            }
        };
        let kind = schema.json.get("type").and_then(Json::as_str).unwrap_or_default().to_owned();
        match name {
            "describe" => {
                if let Some(text) = self.text(&first) {
                    describe(&mut schema.json, &text);
                }
            }
            "meta" | "openapi" | "register" => {
                let meta = if name == "register" {
                    args.get(1).cloned().unwrap_or(Value::Undefined)
                } else {
                    first
                };
                if let Some(text) = self.prop(&meta, "description").and_then(|d| self.text(&d)) {
                    describe(&mut schema.json, &text);
                }
            }
            "optional" | "nullish" | "exactOptional" => {
                if name == "nullish" {
                    schema = nullable(schema);
                }
                schema.optional = true;
            }
            "nullable" => schema = nullable(schema),
            "default" | "prefault" | "catch" => {
                schema.optional = true;
                self.set_default(&mut schema, args.first());
            }
            "min" | "gte" | "nonempty" => {
                let n = if name == "nonempty" { Some(1.0) } else { first.as_num() };
                let key = match kind.as_str() {
                    "string" => "minLength",
                    "array" => "minItems",
                    _ => "minimum",
                };
                bound(&mut schema, key, n);
            }
            "max" | "lte" => {
                let key = match kind.as_str() {
                    "string" => "maxLength",
                    "array" => "maxItems",
                    _ => "maximum",
                };
                bound(&mut schema, key, first.as_num());
            }
            "length" => {
                let (low, high) = if kind == "array" {
                    ("minItems", "maxItems")
                } else {
                    ("minLength", "maxLength")
                };
                bound(&mut schema, low, first.as_num());
                bound(&mut schema, high, first.as_num());
            }
            "gt" => bound(&mut schema, "exclusiveMinimum", first.as_num()),
            "lt" => bound(&mut schema, "exclusiveMaximum", first.as_num()),
            "positive" => bound(&mut schema, "exclusiveMinimum", Some(0.0)),
            "nonnegative" => bound(&mut schema, "minimum", Some(0.0)),
            "negative" => bound(&mut schema, "exclusiveMaximum", Some(0.0)),
            "int" | "safe" => {
                if kind == "number"
                    && let Some(map) = schema.json.as_object_mut()
                {
                    map.insert("type".to_owned(), json!("integer"));
                }
            }
            "email" | "url" | "uuid" | "datetime" | "date" | "time" | "ip" | "cuid" | "ulid" | "base64" => {
                let format = match name {
                    "url" => "uri",
                    "datetime" => "date-time",
                    other => other,
                };
                if let Some(map) = schema.json.as_object_mut() {
                    map.insert("format".to_owned(), json!(format));
                }
            }
            "regex" => {
                if let (Some(Kind::Regex { pattern, .. }), Some(map)) =
                    (self.eval.object_of(&first).map(|o| o.kind.clone()), schema.json.as_object_mut())
                {
                    map.insert("pattern".to_owned(), json!(pattern.to_string()));
                }
            }
            "array" => schema = plain(json!({ "type": "array", "items": schema.json })),
            "or" => {
                let other = self.zod_at(&first, depth + 1).map_or_else(|| json!({}), |z| z.json);
                schema = plain(json!({ "anyOf": [schema.json, other] }));
            }
            "and" | "merge" => {
                let other = self.zod_at(&first, depth + 1).map_or_else(|| json!({}), |z| z.json);
                schema.json = merge_objects(schema.json, &other);
            }
            "extend" | "safeExtend" | "augment" | "setKey" => {
                let other = self.zod_shape(&first, depth);
                schema.json = merge_objects(schema.json, &other);
            }
            "pick" | "omit" => {
                let keys = self.mask(&first);
                keep(&mut schema.json, |k| keys.iter().any(|m| m == k) == (name == "pick"));
            }
            "partial" | "deepPartial" => {
                let keys = self.mask(&first);
                relax(&mut schema.json, |k| keys.is_empty() || keys.iter().any(|m| m == k));
            }
            "required" => {
                let keys = self.mask(&first);
                demand(&mut schema.json, |k| keys.is_empty() || keys.iter().any(|m| m == k));
            }
            "catchall" => {
                let of = self.zod_at(&first, depth + 1).map_or_else(|| json!({}), |z| z.json);
                if let Some(map) = schema.json.as_object_mut() {
                    map.insert("additionalProperties".to_owned(), of);
                }
            }
            "passthrough" | "loose" => {
                if let Some(map) = schema.json.as_object_mut() {
                    map.insert("additionalProperties".to_owned(), json!(true));
                }
            }
            "strict" => {
                if let Some(map) = schema.json.as_object_mut() {
                    map.insert("additionalProperties".to_owned(), json!(false));
                }
            }
            "unwrap" | "removeDefault" | "nonoptional" => schema.optional = false,
            "keyof" => {
                let keys: Vec<String> = schema
                    .json
                    .get("properties")
                    .and_then(Json::as_object)
                    .map(|p| p.keys().cloned().collect())
                    .unwrap_or_default();
                schema = plain(json!({ "type": "string", "enum": keys }));
            }
            "exclude" | "extract" => {
                let listed: Vec<Json> = self
                    .eval
                    .iterate(&first)
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|v| self.schema_data(v))
                    .collect();
                if let Some(values) = schema.json.get_mut("enum").and_then(Json::as_array_mut) {
                    values.retain(|v| listed.contains(v) == (name == "extract"));
                }
            }
            // Parsing and the like do not give a schema.
            "parse" | "safeParse" | "parseAsync" | "safeParseAsync" | "spa" => return None,
            // refine, transform, superRefine, trim, brand, readonly, pipe, …: the input stays as it is.
            _ => {}
        }
        Some(schema)
    }

    /// Keys of `{ a: true, b: true }`.
    fn mask(&mut self, value: &Value) -> Vec<String> {
        self.eval
            .entries(value)
            .into_iter()
            .filter(|(_, v)| !matches!(v, Value::Bool(false) | Value::Undefined))
            .map(|(k, _)| k.to_string())
            .collect()
    }

    /// A schema by the definition zod itself keeps: `typeName` in 3, `type` in 4.
    #[allow(clippy::too_many_lines)]
    fn zod_def(&mut self, def: &Value, depth: usize) -> Option<Zod> {
        if depth > MAX_DEPTH {
            return None;
        }
        let kind = match self.prop(def, "typeName") {
            Some(name) => {
                let name = name.as_str()?.trim_start_matches("Zod").to_owned();
                let mut chars = name.chars();
                chars
                    .next()
                    .map(|c| c.to_ascii_lowercase())
                    .into_iter()
                    .chain(chars)
                    .collect::<String>()
            }
            None => self.prop(def, "type")?.as_str()?.to_owned(),
        };
        let inner = |r: &mut Self, key: &str| r.prop(def, key).and_then(|v| r.zod_at(&v, depth + 1));
        let mut out = match kind.as_str() {
            "object" => {
                let shape = self.prop(def, "shape").unwrap_or(Value::Undefined);
                let shape = if self.is_function(&shape) {
                    self.eval.call(&shape, Value::Undefined, Args::default())
                } else {
                    shape
                };
                plain(self.zod_shape(&shape, depth))
            }
            "string" => {
                let mut json = json!({ "type": "string" });
                if let Some(format) = self.prop(def, "format").and_then(|f| f.as_str().map(str::to_owned)) {
                    json["format"] = json!(format);
                }
                plain(json)
            }
            "number" => plain(json!({ "type": "number" })),
            "int" | "bigInt" | "bigint" => plain(json!({ "type": "integer" })),
            "boolean" => plain(json!({ "type": "boolean" })),
            "date" => plain(json!({ "type": "string", "format": "date-time" })),
            "array" | "set" => {
                // zod 3 keeps the element under `type`, zod 4 under `element`.
                let items = inner(self, "element")
                    .or_else(|| inner(self, "type"))
                    .or_else(|| inner(self, "valueType"));
                plain(json!({ "type": "array", "items": items.map_or_else(|| json!({}), |z| z.json) }))
            }
            "enum" | "nativeEnum" => {
                let values = self.first_prop(def, &["values", "entries"]).unwrap_or(Value::Undefined);
                plain(self.zod_enum(&values))
            }
            "literal" => {
                let value = self.first_prop(def, &["value", "values"]).and_then(|v| self.schema_data(&v));
                match value {
                    Some(Json::Array(values)) if values.len() == 1 => plain(json!({ "type": json_type(&values[0]), "const": values[0] })),
                    Some(Json::Array(values)) => plain(json!({ "enum": values })),
                    Some(value) => plain(json!({ "type": json_type(&value), "const": value })),
                    None => plain(json!({})),
                }
            }
            "union" | "discriminatedUnion" => {
                let options = self.prop(def, "options").map(|o| self.zod_all(&o, depth)).unwrap_or_default();
                plain(json!({ "anyOf": options }))
            }
            "intersection" => {
                let a = inner(self, "left").map_or_else(|| json!({}), |z| z.json);
                let b = inner(self, "right").map_or_else(|| json!({}), |z| z.json);
                plain(merge_objects(a, &b))
            }
            "record" | "map" => {
                let of = inner(self, "valueType").map_or_else(|| json!({}), |z| z.json);
                plain(json!({ "type": "object", "additionalProperties": of }))
            }
            "tuple" => {
                let items = self.prop(def, "items").map(|o| self.zod_all(&o, depth)).unwrap_or_default();
                plain(json!({ "type": "array", "prefixItems": items }))
            }
            "optional" => Zod {
                optional: true,
                ..inner(self, "innerType")?
            },
            "nullable" => nullable(inner(self, "innerType")?),
            "default" | "prefault" | "catch" => {
                let mut schema = inner(self, "innerType")?;
                schema.optional = true;
                let value = self.prop(def, "defaultValue");
                self.set_default(&mut schema, value.as_ref());
                schema
            }
            "readonly" | "branded" | "nonoptional" | "promise" | "success" => inner(self, "innerType").or_else(|| inner(self, "type"))?,
            "effects" | "transformer" => inner(self, "schema")?,
            "pipe" | "pipeline" => {
                // A preprocessing pipe has its schema on the far side.
                let near = inner(self, "in");
                match near {
                    Some(z) if z.json.as_object().is_some_and(|m| !m.is_empty()) => z,
                    near => inner(self, "out").or(near)?,
                }
            }
            "lazy" => {
                let getter = self.prop(def, "getter")?;
                if depth > 12 {
                    return Some(plain(json!({})));
                }
                let value = self.eval.call(&getter, Value::Undefined, Args::default());
                self.zod_at(&value, depth + 20).unwrap_or_else(|| plain(json!({})))
            }
            "null" => plain(json!({ "type": "null" })),
            "any" | "unknown" | "undefined" | "void" => Zod {
                json: json!({}),
                optional: true,
            },
            _ => plain(json!({})),
        };
        if let Some(text) = self.prop(def, "description").and_then(|d| self.text(&d)) {
            describe(&mut out.json, &text);
        }
        Some(out)
    }
}

fn is_zod_package(specifier: &str) -> bool {
    specifier == "zod"
        || specifier.starts_with("zod/")
        || specifier.starts_with("zod@")
        || specifier.contains("/zod")
        || specifier.ends_with(":zod")
        || specifier.contains("zod-openapi")
}

/// Whether an imported name is zod itself, or one of its parts.
fn is_zod_import(specifier: &str, name: &str) -> bool {
    if is_zod_package(specifier) {
        return true;
    }
    // Frameworks hand zod on under its usual name.
    matches!(name, "z" | "zod")
}

fn describe(json: &mut Json, text: &str) {
    if let Some(map) = json.as_object_mut() {
        map.insert("description".to_owned(), json!(text));
    }
}

fn nullable(schema: Zod) -> Zod {
    let mut json = schema.json;
    match json.get("type").and_then(Json::as_str).map(str::to_owned) {
        Some(kind) => json["type"] = json!([kind, "null"]),
        None => json = json!({ "anyOf": [json, { "type": "null" }] }),
    }
    Zod {
        json,
        optional: schema.optional,
    }
}

fn json_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn number(n: f64) -> Json {
    if n.fract() == 0.0 && n.abs() < 9e15 {
        json!(n as i64)
    } else {
        json!(n)
    }
}

/// The properties of `b` over those of `a`.
pub(super) fn merge_objects(mut a: Json, b: &Json) -> Json {
    let Some(new) = b.get("properties").and_then(Json::as_object) else {
        return a;
    };
    let Some(map) = a.as_object_mut() else { return b.clone() };
    if map.contains_key("anyOf") && !map.contains_key("properties") {
        return json!({ "allOf": [a, b] });
    }
    let old_required: Vec<Json> = map.get("required").and_then(Json::as_array).cloned().unwrap_or_default();
    let mut required: Vec<Json> = old_required
        .into_iter()
        .filter(|r| r.as_str().is_none_or(|r| !new.contains_key(r)))
        .collect();
    required.extend(b.get("required").and_then(Json::as_array).cloned().unwrap_or_default());
    map.entry("type").or_insert_with(|| json!("object"));
    let properties = map.entry("properties").or_insert_with(|| Json::Object(Map::new()));
    if let Some(properties) = properties.as_object_mut() {
        properties.extend(new.clone());
    }
    map.remove("required");
    if !required.is_empty() {
        map.insert("required".to_owned(), Json::Array(required));
    }
    a
}

fn keep(json: &mut Json, wanted: impl Fn(&str) -> bool) {
    if let Some(properties) = json.get_mut("properties").and_then(Json::as_object_mut) {
        properties.retain(|k, _| wanted(k));
    }
    if let Some(required) = json.get_mut("required").and_then(Json::as_array_mut) {
        required.retain(|r| r.as_str().is_some_and(&wanted));
    }
}

fn relax(json: &mut Json, which: impl Fn(&str) -> bool) {
    if let Some(required) = json.get_mut("required").and_then(Json::as_array_mut) {
        required.retain(|r| r.as_str().is_some_and(|r| !which(r)));
    }
}

fn demand(json: &mut Json, which: impl Fn(&str) -> bool) {
    let names: Vec<String> = json
        .get("properties")
        .and_then(Json::as_object)
        .map(|p| p.keys().cloned().collect())
        .unwrap_or_default();
    let Some(map) = json.as_object_mut() else { return };
    let required = map.entry("required").or_insert_with(|| json!([]));
    if let Some(required) = required.as_array_mut() {
        for name in names.iter().filter(|n| which(n)) {
            if !required.iter().any(|r| r.as_str() == Some(name)) {
                required.push(json!(name));
            }
        }
    }
}
