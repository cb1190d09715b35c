//! Annotations become JSON Schema, as pydantic would have it.

use super::dialect::class::{all_fields, is_dataclass, is_enum};
use super::dialect::run::{Frame, Interp};
use super::dialect::value::{Class, Env, Func, Made, Name, Value, last, root};
use super::docstring;
use super::server::Kind;
use hub_syntax::ir::{ExprId, ParamKind};
use serde_json::{Map, Value as Json, json};
use std::rc::Rc;

/// Deepest nesting of types.
const MAX_DEPTH: usize = 24;

/// Definitions referred to by `$ref`.
pub(super) type Defs = Map<String, Json>;

/// A function's parameters as a schema.
pub(super) struct Signature {
    pub(super) schema: Json,
    /// Parameters that the framework fills itself, and `self`.
    pub(super) except: Vec<String>,
    pub(super) unknowns: Vec<(String, String)>,
    /// Each parameter served: name, description, required.
    pub(super) parameters: Vec<(String, Option<String>, bool)>,
}

impl<'a> Interp<'a> {
    /// What a framework makes of a function's signature. `bound`: the first parameter is given already.
    pub(super) fn signature(&mut self, func: &Rc<Func>, bound: bool, kind: Kind, given: &[Name], docs: &docstring::Parsed) -> Signature {
        let only = self.replaced_parameters(func);
        let inner = super::dialect::attr::innermost(func);
        let function = self.machine.program.module(inner.module).function(inner.id);
        let kinds: Vec<ParamKind> = function.params.iter().map(|param| param.kind).collect();
        let annotations: Vec<Option<ExprId>> = function.params.iter().map(|param| param.annotation).collect();
        let mut frame = self.frame_of(&inner);
        let (mut properties, mut required, mut defs) = (Map::new(), Vec::new(), Defs::new());
        let mut out = Signature {
            schema: Json::Null,
            except: Vec::new(),
            unknowns: Vec::new(),
            parameters: Vec::new(),
        };
        let sdk = kind != Kind::FastMcp;
        for (at, (name, default, annotation)) in self.parameters(func).into_iter().enumerate() {
            let is_self = at == 0 && (bound || inner.class.borrow().is_some() && matches!(&*name, "self" | "cls"));
            let variadic = matches!(kinds.get(at), Some(ParamKind::Rest | ParamKind::KwRest));
            let dropped = only.as_ref().is_some_and(|only| !only.contains(&name));
            if is_self || given.contains(&name) || dropped || variadic && !sdk || self.is_injected(annotation.as_ref(), default.as_ref()) {
                out.except.push(name.to_string());
                continue;
            }
            let mut schema = match (&annotation, annotations.get(at)) {
                (Some(annotation), _) => self.type_schema(annotation, &mut frame, &mut defs, 0),
                (None, _) if sdk => json!({"type": "string"}),
                (None, _) => json!({}),
            };
            if annotation.as_ref().is_some_and(Value::is_unknown) {
                out.unknowns
                    .push((format!("input_schema.{name}"), "its type is not in the source".to_owned()));
            }
            let mut has_default = default.is_some();
            let mut shown = name.to_string();
            match &default {
                Some(Value::Made(field)) if matches!(field.name(), "Field" | "Param" | "Query" | "Body") => {
                    has_default = self.apply_field(field, &mut schema, true);
                    if let Some(alias) = field.args.kw("alias").and_then(Value::as_str) {
                        shown = alias.to_string();
                    }
                }
                Some(value) => {
                    if let Some(value) = self.json(value, 0) {
                        put(&mut schema, "default", value);
                    }
                }
                None => {}
            }
            if let Some(alias) = annotation.as_ref().and_then(annotated_alias) {
                shown = alias.to_string();
            }
            if let Some(value) = annotation.as_ref().and_then(|a| self.annotated_default(a)) {
                has_default |= value;
            }
            if sdk {
                put_first(&mut schema, "title", Json::String(title(&shown)));
            }
            if let Some((_, text)) = docs.parameters.iter().find(|(n, _)| **n == *name)
                && schema.get("description").is_none()
            {
                put(&mut schema, "description", Json::String(text.clone()));
            }
            let needed = !has_default && !variadic || variadic && sdk;
            let description = schema.get("description").and_then(Json::as_str).map(str::to_owned);
            out.parameters.push((shown.clone(), description, needed));
            if needed {
                required.push(Json::String(shown.clone()));
            }
            properties.insert(shown, schema);
        }
        let mut schema = Map::new();
        if !defs.is_empty() {
            schema.insert("$defs".into(), Json::Object(defs));
        }
        schema.insert("properties".into(), Json::Object(properties));
        if !required.is_empty() {
            schema.insert("required".into(), Json::Array(required));
        }
        if sdk && let Some(name) = self.function_name(func) {
            schema.insert("title".into(), Json::String(format!("{name}Arguments")));
        }
        schema.insert("type".into(), "object".into());
        out.schema = Json::Object(schema);
        out
    }

    /// Names left by a `__signature__` that the program set itself.
    fn replaced_parameters(&mut self, func: &Rc<Func>) -> Option<Vec<Name>> {
        let signature = func.attrs.borrow().get("__signature__").cloned()?;
        let mut names = Vec::new();
        // Where several are possible, all that any of them has.
        for signature in signature.alternatives() {
            let Value::Made(made) = signature else { return None };
            let parameters = made.args.kw("parameters")?.clone();
            for list in parameters.alternatives() {
                let (items, open) = self.iterate(&list);
                if open {
                    return None;
                }
                names.extend(items.iter().filter_map(|item| match item.plain() {
                    Value::Made(parameter) => parameter.args.arg(0, "name").and_then(Value::as_str),
                    _ => None,
                }));
            }
        }
        Some(names)
    }

    /// A parameter that the framework fills: a context, a dependency.
    fn is_injected(&mut self, annotation: Option<&Value>, default: Option<&Value>) -> bool {
        let by_default = default.is_some_and(|default| match default {
            Value::Made(made) => matches!(
                made.name(),
                "Depends"
                    | "CurrentContext"
                    | "CurrentFastMCP"
                    | "CurrentRequest"
                    | "CurrentHeaders"
                    | "CurrentAccessToken"
                    | "Progress"
                    | "CurrentDocket"
                    | "CurrentWorker"
                    | "TokenClaim"
                    | "Resolve"
            ),
            _ => false,
        });
        by_default || annotation.is_some_and(|annotation| is_context(annotation, 0))
    }

    /// The schema of a type.
    pub(super) fn type_schema(&mut self, ty: &Value, frame: &mut Frame, defs: &mut Defs, depth: usize) -> Json {
        if depth > MAX_DEPTH || !self.machine.step() {
            return json!({});
        }
        match ty {
            Value::External(path) => external_schema(path),
            Value::None => json!({"type": "null"}),
            Value::Class(class) => self.class_ref(class, defs, depth),
            Value::Union(all) => self.union_schema(all, frame, defs, depth),
            Value::Generic(generic) => self.generic_schema(&generic.0, &generic.1, frame, defs, depth),
            Value::Str(name) if name.chars().all(|c| c.is_alphanumeric() || c == '_') => match self.lookup(frame, name) {
                Value::Str(_) | Value::Unknown(_) => json!({}),
                found => self.type_schema(&found, frame, defs, depth + 1),
            },
            Value::Likely(inner) => self.type_schema(inner, frame, defs, depth + 1),
            Value::Choice(all) => all
                .first()
                .map_or_else(|| json!({}), |first| self.type_schema(first, frame, defs, depth + 1)),
            Value::Made(made) => match made.name() {
                "constr" => json!({"type": "string"}),
                "conint" => json!({"type": "integer"}),
                "confloat" => json!({"type": "number"}),
                "conlist" => json!({"type": "array"}),
                _ => json!({}),
            },
            _ => json!({}),
        }
    }

    fn union_schema(&mut self, all: &[Value], frame: &mut Frame, defs: &mut Defs, depth: usize) -> Json {
        let mut options: Vec<Json> = Vec::new();
        for one in all {
            let schema = self.type_schema(one, frame, defs, depth + 1);
            match schema.get("anyOf").and_then(Json::as_array) {
                Some(inner) if schema.as_object().is_some_and(|map| map.len() == 1) => options.extend(inner.iter().cloned()),
                _ if !options.contains(&schema) => options.push(schema),
                _ => {}
            }
        }
        if options.len() == 1 {
            options.swap_remove(0)
        } else {
            json!({"anyOf": options})
        }
    }

    fn generic_schema(&mut self, base: &Value, args: &[Value], frame: &mut Frame, defs: &mut Defs, depth: usize) -> Json {
        let Value::External(path) = base else {
            return self.type_schema(base, frame, defs, depth + 1);
        };
        let mut inner = |this: &mut Self, at: usize| {
            args.get(at)
                .map_or_else(|| json!({}), |ty| this.type_schema(ty, frame, defs, depth + 1))
        };
        match last(path) {
            "Optional" => {
                let mut all = args.to_vec();
                all.push(Value::None);
                self.union_schema(&all, frame, defs, depth)
            }
            "Union" => self.union_schema(args, frame, defs, depth),
            "Literal" => {
                let mut values = Vec::new();
                let mut flat = args.to_vec();
                while let Some(value) = (!flat.is_empty()).then(|| flat.remove(0)) {
                    match value {
                        Value::Generic(nested) if flat.len() < 500 => flat.splice(0..0, nested.1.iter().cloned()).for_each(drop),
                        other => values.extend(self.json(&other, 0)),
                    }
                }
                literal_schema(values)
            }
            "list" | "List" | "Sequence" | "Iterable" | "MutableSequence" | "deque" | "Collection" => {
                json!({"items": inner(self, 0), "type": "array"})
            }
            "set" | "Set" | "frozenset" | "FrozenSet" | "AbstractSet" => {
                json!({"items": inner(self, 0), "type": "array", "uniqueItems": true})
            }
            "tuple" | "Tuple" => {
                if let Some(Value::Ellipsis) = args.get(1) {
                    return json!({"items": inner(self, 0), "type": "array"});
                }
                let items: Vec<Json> = (0..args.len()).map(|at| inner(self, at)).collect();
                json!({"maxItems": items.len(), "minItems": items.len(), "prefixItems": items, "type": "array"})
            }
            "dict" | "Dict" | "Mapping" | "MutableMapping" | "OrderedDict" | "defaultdict" => {
                let value = inner(self, 1);
                let value = if value.as_object().is_some_and(Map::is_empty) {
                    Json::Bool(true)
                } else {
                    value
                };
                json!({"additionalProperties": value, "type": "object"})
            }
            "Annotated" => {
                let mut schema = inner(self, 0);
                for meta in args.iter().skip(1) {
                    match meta.plain() {
                        Value::Made(field) => {
                            self.apply_field(&field, &mut schema, false);
                        }
                        // A lone text is a description to `fastmcp`; harmless elsewhere.
                        Value::Str(text) if args.len() == 2 => put(&mut schema, "description", Json::String(text.to_string())),
                        _ => {}
                    }
                }
                schema
            }
            "Required" | "NotRequired" | "Final" | "ClassVar" | "ReadOnly" | "SkipValidation" | "Optional_" => inner(self, 0),
            _ => external_schema(path),
        }
    }

    /// Constraints and texts of `Field(…)` and its kind onto a schema; whether it brings a default.
    fn apply_field(&mut self, field: &Rc<Made>, schema: &mut Json, positional_default: bool) -> bool {
        let mut has_default = false;
        let array = schema.get("type").and_then(Json::as_str) == Some("array");
        if positional_default
            && let Some(value) = field.args.pos.first()
            && !matches!(value, Value::Ellipsis)
        {
            has_default = true;
            if let Some(value) = self.json(&value.clone(), 0) {
                put(schema, "default", value);
            }
        }
        for (name, value) in &field.args.kw {
            let key = match &**name {
                "description" => "description",
                "title" => "title",
                "ge" => "minimum",
                "gt" => "exclusiveMinimum",
                "le" => "maximum",
                "lt" => "exclusiveMaximum",
                "multiple_of" => "multipleOf",
                "pattern" | "regex" => "pattern",
                "min_length" | "min_items" if array => "minItems",
                "max_length" | "max_items" if array => "maxItems",
                "min_length" => "minLength",
                "max_length" => "maxLength",
                "examples" => "examples",
                "deprecated" => "deprecated",
                "default" if matches!(value, Value::Ellipsis) => continue,
                "default" => {
                    has_default = true;
                    "default"
                }
                "default_factory" => {
                    has_default = true;
                    continue;
                }
                "json_schema_extra" => {
                    if let Some(Json::Object(extra)) = self.json(&value.clone(), 0) {
                        for (key, value) in extra {
                            put(schema, &key, value);
                        }
                    }
                    continue;
                }
                _ => continue,
            };
            if let Some(value) = self.json(&value.clone(), 0)
                && !value.is_null() | (key == "default")
            {
                // Constraints of an optional value belong to its first alternative.
                let constraint = key.starts_with("min")
                    || key.starts_with("max")
                    || key.starts_with("exclusive")
                    || matches!(key, "pattern" | "multipleOf");
                match schema.get_mut("anyOf").and_then(Json::as_array_mut).and_then(|all| all.first_mut()) {
                    Some(first) if constraint => put(first, key, value),
                    _ => put(schema, key, value),
                }
            }
        }
        match field.name() {
            "Doc" | "WithDescription" => {
                if let Some(Value::Str(text)) = field.args.pos.first() {
                    put(schema, "description", Json::String(text.to_string()));
                }
            }
            "Ge" | "Gt" | "Le" | "Lt" | "MinLen" | "MaxLen" => {
                let key = match (field.name(), array) {
                    ("Ge", _) => "minimum",
                    ("Gt", _) => "exclusiveMinimum",
                    ("Le", _) => "maximum",
                    ("Lt", _) => "exclusiveMaximum",
                    ("MinLen", true) => "minItems",
                    ("MaxLen", true) => "maxItems",
                    ("MinLen", false) => "minLength",
                    _ => "maxLength",
                };
                if let Some(value) = field.args.pos.first().cloned().and_then(|v| self.json(&v, 0)) {
                    put(schema, key, value);
                }
            }
            "WithJsonSchema" => {
                if let Some(value) = field.args.pos.first().cloned().and_then(|v| self.json(&v, 0)) {
                    *schema = value;
                }
            }
            _ => {}
        }
        has_default
    }

    /// `Annotated[…, Field(default=…)]`.
    fn annotated_default(&mut self, annotation: &Value) -> Option<bool> {
        let Value::Generic(generic) = annotation else { return None };
        let Value::External(path) = &generic.0 else { return None };
        if last(path) != "Annotated" {
            return None;
        }
        Some(generic.1.iter().skip(1).any(|meta| match meta {
            Value::Made(field) => {
                field.name() == "Field"
                    && (field.args.kw("default").is_some_and(|d| !matches!(d, Value::Ellipsis))
                        || field.args.kw("default_factory").is_some())
            }
            _ => false,
        }))
    }

    fn class_ref(&mut self, class: &Rc<Class>, defs: &mut Defs, depth: usize) -> Json {
        let Some(name) = self.machine.program.module(class.module).class(class.id).name else {
            return json!({});
        };
        let name = self.text(class.module, name).to_owned();
        let bases = &class.libraries;
        let described = is_enum(class)
            || is_dataclass(class)
            || bases.iter().any(|base| {
                matches!(
                    last(base),
                    "BaseModel" | "TypedDict" | "NamedTuple" | "RootModel" | "SQLModel" | "BaseSettings"
                )
            });
        if !described {
            // `class Id(str)`.
            return bases
                .iter()
                .map(|base| external_schema(base))
                .find(|schema| schema.as_object().is_some_and(|map| !map.is_empty()))
                .unwrap_or_else(|| json!({}));
        }
        if !defs.contains_key(&name) {
            defs.insert(name.clone(), json!({}));
            let schema = self.class_body(class, defs, depth + 1);
            defs.insert(name.clone(), schema);
        }
        json!({"$ref": format!("#/$defs/{name}")})
    }

    /// `Model.model_json_schema()`.
    pub(super) fn class_schema(&mut self, class: &Rc<Class>) -> Json {
        let mut defs = Defs::new();
        let mut schema = self.class_body(class, &mut defs, 0);
        if let (false, Some(map)) = (defs.is_empty(), schema.as_object_mut()) {
            map.insert("$defs".into(), Json::Object(defs));
        }
        schema
    }

    fn class_body(&mut self, class: &Rc<Class>, defs: &mut Defs, depth: usize) -> Json {
        let source = self.machine.program.module(class.module).class(class.id);
        let name = source.name.map(|name| self.text(class.module, name).to_owned()).unwrap_or_default();
        let mut schema = Map::new();
        if let Some(doc) = source.doc {
            schema.insert("description".into(), Json::String(self.text(class.module, doc).to_owned()));
        }
        if is_enum(class) {
            let (members, _) = self.iterate(&Value::Class(class.clone()));
            let values: Vec<Json> = members.iter().filter_map(|member| self.json(member, 0)).collect();
            let Json::Object(mut literal) = literal_schema(values.clone()) else {
                return json!({});
            };
            if literal.remove("const").is_some() {
                schema.insert("const".into(), values.first().cloned().unwrap_or(Json::Null));
            }
            schema.extend(literal);
            schema.insert("title".into(), Json::String(name));
            return Json::Object(schema);
        }
        let bases = &class.libraries;
        let typed_dict = bases.iter().any(|base| last(base) == "TypedDict");
        let total = !source.keywords.iter().any(|(keyword, value)| {
            self.text(class.module, *keyword) == "total"
                && matches!(
                    self.machine.program.module(class.module).expr(*value).kind,
                    hub_syntax::ir::ExprKind::Bool(false)
                )
        });
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (field, owner) in all_fields(class) {
            if field.starts_with('_') || &*field == "model_config" {
                continue;
            }
            let Some(annotation) = owner.fields.iter().find(|(n, _)| *n == field).map(|(_, annotation)| *annotation) else {
                continue;
            };
            let mut frame = self.class_frame(&owner);
            let ty = self.eval(&mut frame, annotation);
            if is_wrapped(&ty, "ClassVar") || is_wrapped(&ty, "PrivateAttr") {
                continue;
            }
            let mut schema = self.type_schema(&ty, &mut frame, defs, depth + 1);
            let mut shown = field.to_string();
            let mut has_default = typed_dict && (!total && !is_wrapped(&ty, "Required") || is_wrapped(&ty, "NotRequired"));
            match owner.get(&field) {
                Some(Value::Made(made)) if matches!(made.name(), "Field" | "field") => {
                    has_default |= self.apply_field(&made, &mut schema, made.name() == "Field");
                    for alias in ["validation_alias", "alias"] {
                        if let Some(alias) = made.args.kw(alias).and_then(Value::as_str) {
                            shown = alias.to_string();
                        }
                    }
                }
                Some(value) if !typed_dict => {
                    has_default = true;
                    if let Some(value) = self.json(&value, 0) {
                        put(&mut schema, "default", value);
                    }
                }
                _ => {}
            }
            has_default |= self.annotated_default(&ty).unwrap_or(false);
            if let Some(alias) = annotated_alias(&ty) {
                shown = alias.to_string();
            }
            if schema.get("$ref").is_none() {
                put_first(&mut schema, "title", Json::String(title(&shown)));
            }
            if !has_default {
                required.push(Json::String(shown.clone()));
            }
            properties.insert(shown, schema);
        }
        schema.insert("properties".into(), Json::Object(properties));
        if !required.is_empty() {
            schema.insert("required".into(), Json::Array(required));
        }
        schema.insert("title".into(), Json::String(name));
        schema.insert("type".into(), "object".into());
        Json::Object(schema)
    }

    /// A frame that sees what the class's body sees.
    fn class_frame(&mut self, class: &Rc<Class>) -> Frame {
        let globals = self.globals(class.module);
        let env = Env {
            parent: class.env.clone(),
            ..Env::default()
        };
        {
            let mut vars = env.vars.borrow_mut();
            for (name, value) in class.attrs.borrow().iter() {
                if matches!(value, Value::Class(_)) {
                    vars.insert(name.clone(), value.clone());
                }
            }
        }
        Frame::new(class.module, Rc::new(env), globals, None)
    }
}

fn annotated_alias(ty: &Value) -> Option<Rc<str>> {
    let Value::Generic(generic) = ty else { return None };
    generic.1.iter().skip(1).find_map(|meta| match meta {
        Value::Made(field) if field.name() == "Field" => field.args.kw("alias").and_then(Value::as_str),
        _ => None,
    })
}

fn is_wrapped(ty: &Value, name: &str) -> bool {
    match ty {
        Value::Generic(generic) => matches!(&generic.0, Value::External(path) if last(path) == name),
        Value::External(path) => last(path) == name,
        _ => false,
    }
}

/// A type by which the frameworks know their own context.
fn is_context(ty: &Value, depth: usize) -> bool {
    if depth > 4 {
        return false;
    }
    match ty {
        Value::External(path) => matches!(last(path), "Context" | "FastMCPContext") && matches!(root(path), "mcp" | "fastmcp"),
        Value::Generic(generic) => {
            is_context(&generic.0, depth + 1)
                || matches!(&generic.0, Value::External(path) if matches!(last(path), "Optional" | "Union" | "Annotated"))
                    && generic.1.iter().any(|arg| {
                        is_context(arg, depth + 1) || matches!(arg, Value::Made(made) if matches!(made.name(), "Resolve" | "Depends" | "CurrentContext") && matches!(root(&made.path), "mcp" | "fastmcp"))
                    })
        }
        Value::Union(all) => all.iter().any(|one| is_context(one, depth + 1)),
        Value::Class(class) => class.libraries.iter().any(|base| last(base) == "Context" && matches!(root(base), "mcp" | "fastmcp")),
        Value::Choice(all) => all.iter().any(|one| is_context(one, depth + 1)),
        Value::Str(name) => &**name == "Context",
        _ => false,
    }
}

fn literal_schema(values: Vec<Json>) -> Json {
    let kind = |value: &Json| match value {
        Json::String(_) => "string",
        Json::Bool(_) => "boolean",
        Json::Number(n) if n.is_i64() => "integer",
        Json::Number(_) => "number",
        _ => "null",
    };
    let mut map = Map::new();
    if let [one] = &values[..] {
        map.insert("const".into(), one.clone());
        map.insert("type".into(), kind(one).into());
        return Json::Object(map);
    }
    let first = values.first().map(kind);
    if let Some(first) = first.filter(|first| values.iter().all(|value| kind(value) == *first)) {
        map.insert("type".into(), first.into());
    }
    map.insert("enum".into(), Json::Array(values));
    Json::Object(map)
}

fn external_schema(path: &str) -> Json {
    match last(path) {
        "str" | "AnyStr" | "Text" | "LiteralString" | "StrictStr" => json!({"type": "string"}),
        "int" | "StrictInt" => json!({"type": "integer"}),
        "PositiveInt" => json!({"exclusiveMinimum": 0, "type": "integer"}),
        "NonNegativeInt" => json!({"minimum": 0, "type": "integer"}),
        "float" | "StrictFloat" => json!({"type": "number"}),
        "bool" | "StrictBool" => json!({"type": "boolean"}),
        "bytes" => json!({"format": "binary", "type": "string"}),
        "NoneType" => json!({"type": "null"}),
        "dict" | "Dict" | "Mapping" | "MutableMapping" | "OrderedDict" => json!({"additionalProperties": true, "type": "object"}),
        "list" | "List" | "Sequence" | "Iterable" | "tuple" | "Tuple" | "Collection" => json!({"items": {}, "type": "array"}),
        "set" | "Set" | "frozenset" | "FrozenSet" => json!({"items": {}, "type": "array", "uniqueItems": true}),
        "datetime" => json!({"format": "date-time", "type": "string"}),
        "date" => json!({"format": "date", "type": "string"}),
        "time" => json!({"format": "time", "type": "string"}),
        "timedelta" => json!({"format": "duration", "type": "string"}),
        "UUID" | "UUID4" | "UUID1" => json!({"format": "uuid", "type": "string"}),
        "Path" | "PurePath" => json!({"format": "path", "type": "string"}),
        "FilePath" => json!({"format": "file-path", "type": "string"}),
        "DirectoryPath" => json!({"format": "directory-path", "type": "string"}),
        "Decimal" => json!({"anyOf": [{"type": "number"}, {"type": "string"}]}),
        "AnyUrl" | "HttpUrl" | "AnyHttpUrl" => json!({"format": "uri", "minLength": 1, "type": "string"}),
        "EmailStr" => json!({"format": "email", "type": "string"}),
        _ => json!({}),
    }
}

/// `some_name` as `Some Name`.
fn title(name: &str) -> String {
    name.split('_')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let mut chars = part.chars();
            chars
                .next()
                .map_or(String::new(), |c| c.to_uppercase().collect::<String>() + chars.as_str())
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn put(schema: &mut Json, key: &str, value: Json) {
    if let Some(map) = schema.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

/// Sets what is not set yet; a bare reference stays bare.
fn put_first(schema: &mut Json, key: &str, value: Json) {
    if let Some(map) = schema.as_object_mut() {
        if map.contains_key("$ref") {
            return;
        }
        map.entry(key.to_owned()).or_insert(value);
    }
}
