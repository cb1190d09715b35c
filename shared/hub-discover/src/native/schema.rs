//! Types of the languages as the JSON Schema that the SDKs make of them.

use super::eval::{At, Eval};
use super::index::{Def, decorator, last_name, member_name};
use super::value::{Env, Val, small, snake};
use hub_syntax::ModuleId;
use hub_syntax::ir::{Class, ClassId, ExprId, ExprKind, Language, Member, MemberKind};
use serde_json::{Map, Value as Json, json};

/// Deepest nesting of types.
const MAX_DEPTH: usize = 12;

/// One field, or parameter, as the schema shows it.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) schema: Json,
    pub(super) required: bool,
}

/// The object of these fields.
pub(super) fn object(fields: Vec<Field>) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields {
        if field.required {
            required.push(Json::String(field.name.clone()));
        }
        properties.insert(field.name, field.schema);
    }
    let mut out = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        out["required"] = Json::Array(required);
    }
    out
}

/// Adds a description to a schema that has none of its own from outside.
pub(super) fn describe(schema: &mut Json, text: Option<String>) {
    if let (Some(text), Some(map)) = (text, schema.as_object_mut())
        && !text.is_empty()
    {
        map.insert("description".to_owned(), Json::String(text));
    }
}

impl Eval<'_> {
    fn at(&self, module: ModuleId) -> At {
        At {
            module,
            function: None,
            env: Env::default(),
        }
    }

    /// The value of a decorator's argument, by name or place.
    pub(super) fn mark(&self, module: ModuleId, decorators: &[ExprId], marks: &[&str], name: &str, place: usize) -> Option<Val> {
        let (_, args) = decorator(self.module(module), decorators, marks)?;
        let by_name = args.iter().find(|a| a.name.is_some_and(|n| self.module(module).str(n) == name));
        let arg = by_name.or_else(|| args.iter().filter(|a| a.name.is_none()).nth(place))?;
        let at = self.place(module, arg.value);
        Some(match self.class_of_place(module, arg.value) {
            Some(class) => self.in_class(&at, class, arg.value),
            None => self.eval(&at, arg.value),
        })
    }

    /// The innermost class whose text holds an expression.
    fn class_of_place(&self, module: ModuleId, id: ExprId) -> Option<&Class> {
        let m = self.module(module);
        let at = m.expr(id).span.start;
        m.classes
            .iter()
            .filter(|c| c.span.start <= at && at < c.span.end)
            .min_by_key(|c| c.span.end - c.span.start)
    }

    pub(super) fn mark_text(&self, module: ModuleId, decorators: &[ExprId], marks: &[&str], name: &str, place: usize) -> Option<String> {
        self.mark(module, decorators, marks, name, place)?.as_str().map(str::to_owned)
    }

    /// The documentation comment kept as a decorator.
    pub(super) fn doc_of(&self, module: ModuleId, decorators: &[ExprId]) -> Option<String> {
        let text = self.mark_text(module, decorators, &["doc"], "", 0)?;
        Some(clean_doc(self.module(module).language, &text))
    }

    /// The schema of a type, and whether a value of it may be missing.
    pub(super) fn type_schema(&self, module: ModuleId, ty: ExprId, depth: usize) -> (Json, bool) {
        let m = self.module(module);
        if depth > MAX_DEPTH {
            return (json!({}), false);
        }
        match &m.expr(ty).kind {
            ExprKind::Index { object, index } => {
                let inner: Vec<ExprId> = match &m.expr(*index).kind {
                    ExprKind::Array(all) => all.to_vec(),
                    _ => vec![*index],
                };
                let first = inner.first().copied().unwrap_or(*index);
                match last_name(m, *object).unwrap_or("") {
                    "?" | "Option" | "Nullable" | "Optional" | "JsonNullable" => (self.type_schema(module, first, depth + 1).0, true),
                    "[]" if matches!(last_name(m, first), Some("byte" | "u8" | "Byte")) => (json!({ "type": "string" }), false),
                    "[]"
                    | "Vec"
                    | "List"
                    | "IList"
                    | "IEnumerable"
                    | "IReadOnlyList"
                    | "ICollection"
                    | "IReadOnlyCollection"
                    | "Collection"
                    | "Set"
                    | "HashSet"
                    | "BTreeSet"
                    | "ISet"
                    | "Array"
                    | "MutableList"
                    | "ArrayList"
                    | "Iterable"
                    | "Sequence"
                    | "VecDeque"
                    | "Seq"
                    | "LinkedHashSet" => {
                        let items = self.type_schema(module, first, depth + 1).0;
                        (json!({ "type": "array", "items": items }), false)
                    }
                    "map"
                    | "Map"
                    | "HashMap"
                    | "BTreeMap"
                    | "Dictionary"
                    | "IDictionary"
                    | "IReadOnlyDictionary"
                    | "MutableMap"
                    | "LinkedHashMap"
                    | "IndexMap" => {
                        let value = inner.get(1).map(|v| self.type_schema(module, *v, depth + 1).0);
                        let mut out = json!({ "type": "object" });
                        if let Some(value) = value.filter(|v| v.as_object().is_some_and(|o| !o.is_empty())) {
                            out["additionalProperties"] = value;
                        }
                        (out, false)
                    }
                    "Arc" | "Box" | "Rc" | "Cow" | "Task" | "ValueTask" | "Mono" | "CompletableFuture" | "Parameters" | "Json" | "Lazy"
                    | "CallToolParamsFor" | "Result" => self.type_schema(module, first, depth + 1),
                    _ => self.type_schema(module, *object, depth + 1),
                }
            }
            ExprKind::Class(class) => (self.class_schema(module, *class, depth + 1), false),
            ExprKind::Ident(_) | ExprKind::Member { .. } => {
                let Some(name) = last_name(m, ty) else { return (json!({}), false) };
                if let Some(known) = primitive(m.language, name) {
                    return (known, false);
                }
                let folder = match &m.expr(ty).kind {
                    ExprKind::Member { object, .. } if m.language == Language::Go => {
                        let package = self.eval(&self.at(module), *object);
                        match package {
                            Val::Name(path) => self.index.folder_of(&path).map(str::to_owned),
                            _ => None,
                        }
                    }
                    _ => None,
                };
                let defs = match &folder {
                    Some(folder) => self.index.find_in_folder(folder, name).to_vec(),
                    None if matches!(m.expr(ty).kind, ExprKind::Member { .. }) && m.language == Language::Go => Vec::new(),
                    None => self.index.find(module, name),
                };
                // A type may have several blocks: the one with fields is its shape.
                let class = defs.iter().filter_map(|d| match d {
                    Def::Class(m, c) => Some((*m, *c)),
                    _ => None,
                });
                let shape = class.max_by_key(|(m, c)| {
                    let class = self.module(*m).class(*c);
                    let fields = class.members.iter().filter(|f| matches!(f.kind, MemberKind::Field { .. })).count();
                    (class.bases.is_empty(), fields)
                });
                if let Some((module, class)) = shape {
                    return (self.class_schema(module, class, depth + 1), false);
                }
                if let Some(Def::Alias(module, ty)) = defs.first() {
                    return self.type_schema(*module, *ty, depth + 1);
                }
                (json!({}), false)
            }
            _ => (json!({}), false),
        }
    }

    /// The class a type names, when it is the program's own.
    pub(super) fn class_of_type(&self, module: ModuleId, ty: ExprId) -> Option<(ModuleId, ClassId)> {
        let m = self.module(module);
        let mut ty = ty;
        for _ in 0..8 {
            match &m.expr(ty).kind {
                ExprKind::Index { object, index } => {
                    let wraps = last_name(m, *object).unwrap_or("");
                    ty = if matches!(wraps, "?" | "Option" | "Parameters" | "CallToolParamsFor" | "Arc" | "Box" | "Json") {
                        *index
                    } else {
                        *object
                    };
                }
                ExprKind::Class(c) => return Some((module, *c)),
                ExprKind::Ident(_) => {
                    let name = last_name(m, ty)?;
                    let found = self.index.classes(self.program, module, name);
                    return found.into_iter().max_by_key(|(_, _, c)| c.members.len()).map(|(m, c, _)| (m, c));
                }
                ExprKind::Member { .. } => {
                    let name = last_name(m, ty)?;
                    if m.language != Language::Go {
                        let found = self.index.classes(self.program, module, name);
                        return found.into_iter().max_by_key(|(_, _, c)| c.members.len()).map(|(m, c, _)| (m, c));
                    }
                    let ExprKind::Member { object, .. } = &m.expr(ty).kind else {
                        return None;
                    };
                    let Val::Name(path) = self.eval(&self.at(module), *object) else {
                        return None;
                    };
                    let folder = self.index.folder_of(&path)?;
                    return self.index.find_in_folder(folder, name).iter().find_map(|d| match d {
                        Def::Class(m, c) => Some((*m, *c)),
                        _ => None,
                    });
                }
                _ => return None,
            }
        }
        None
    }

    pub(super) fn class_schema(&self, module: ModuleId, class: ClassId, depth: usize) -> Json {
        let m = self.module(module);
        let c = m.class(class);
        if depth > MAX_DEPTH {
            return json!({ "type": "object" });
        }
        if c.keywords.iter().any(|(k, _)| m.str(*k) == "enum") {
            return self.enum_schema(module, c, depth);
        }
        object(self.fields(module, class, depth))
    }

    fn enum_schema(&self, module: ModuleId, c: &Class, depth: usize) -> Json {
        let m = self.module(module);
        let case = self.mark_text(module, &c.decorators, &["serde"], "rename_all", 9);
        let mut values = Vec::new();
        let mut variants = Vec::new();
        for member in &c.members {
            let MemberKind::Field { value, annotation } = &member.kind else {
                continue;
            };
            let name = member_name(m, member.key);
            let shown = self
                .mark_text(module, &member.decorators, &["serde", "schemars"], "rename", 9)
                .or_else(|| {
                    self.mark_text(
                        module,
                        &member.decorators,
                        &["JsonStringEnumMemberName", "JsonPropertyName", "SerialName"],
                        "value",
                        0,
                    )
                })
                .unwrap_or_else(|| cased(name, case.as_deref()));
            if m.language == Language::Rust && annotation.is_some() {
                variants.push(annotation.map_or(json!({}), |a| self.type_schema(module, a, depth + 1).0));
                continue;
            }
            // PHP's backed cases are their values.
            let backed = value
                .filter(|_| m.language == Language::Php)
                .map(|v| self.eval(&self.at(module), v));
            values.push(backed.and_then(|v| v.json(0)).unwrap_or(Json::String(shown)));
        }
        if !variants.is_empty() {
            return json!({ "oneOf": variants });
        }
        let mut out = json!({ "type": "string", "enum": values });
        describe(
            &mut out,
            c.doc
                .map(|d| clean_doc(m.language, m.str(d)))
                .filter(|_| m.language == Language::Rust),
        );
        out
    }

    /// The fields of a class as they are sent.
    pub(super) fn fields(&self, module: ModuleId, class: ClassId, depth: usize) -> Vec<Field> {
        let m = self.module(module);
        let c = m.class(class);
        let mut out = Vec::new();
        if depth > MAX_DEPTH {
            return out;
        }
        let case = self.mark_text(module, &c.decorators, &["serde", "schemars"], "rename_all", 9);
        let all_default = decorator(m, &c.decorators, &["serde"])
            .is_some_and(|(_, a)| a.iter().any(|a| a.name.is_none() && last_name(m, a.value) == Some("default")));
        for member in &c.members {
            let MemberKind::Field { value, annotation } = &member.kind else {
                continue;
            };
            let Some(ty) = *annotation else { continue };
            let field = match m.language {
                Language::Go => self.go_field(module, member, ty, depth, &mut out),
                Language::Rust => self.rust_field(module, member, ty, case.as_deref(), depth, &mut out).map(|mut f| {
                    f.required &= !all_default;
                    f
                }),
                _ => self.plain_field(module, member, ty, value.is_some(), depth),
            };
            out.extend(field);
        }
        out
    }

    /// encoding/json and jsonschema tags.
    fn go_field(&self, module: ModuleId, member: &Member, ty: ExprId, depth: usize, out: &mut Vec<Field>) -> Option<Field> {
        let m = self.module(module);
        let tag = |key: &str| self.mark_text(module, &member.decorators, &[key], "", 0);
        let own = member_name(m, member.key);
        let json_tag = tag("json").unwrap_or_default();
        let mut parts = json_tag.split(',');
        let name = parts.next().unwrap_or("").to_owned();
        let options: Vec<&str> = parts.collect();
        let embedded = decorator(m, &member.decorators, &["embedded"]).is_some();
        if embedded && name.is_empty() {
            if let Some((module, class)) = self.class_of_type(module, ty) {
                out.extend(self.fields(module, class, depth + 1));
            }
            return None;
        }
        if name == "-" || own.starts_with(|c: char| c.is_lowercase() || c == '_') {
            return None;
        }
        let (mut schema, missing) = self.type_schema(module, ty, depth + 1);
        let mut required = !missing && !options.iter().any(|o| matches!(*o, "omitempty" | "omitzero"));
        if let Some(text) = tag("jsonschema") {
            let mut rest = text.as_str();
            let is_list = [
                "required",
                "description=",
                "title=",
                "enum=",
                "default=",
                "example=",
                "minimum=",
                "maximum=",
                "minLength=",
                "maxLength=",
                "pattern=",
                "format=",
                "nullable",
                "oneof_",
            ]
            .iter()
            .any(|w| text.starts_with(w) || text.contains(&format!(",{w}")));
            if !is_list {
                // github.com/google/jsonschema-go: the tag is the description.
                describe(&mut schema, Some(text.clone()));
                rest = "";
            }
            let mut values = Vec::new();
            let mut pieces: Vec<String> = Vec::new();
            for piece in rest.split(',') {
                // `\,` is no end; nor is a comma before what is no keyword.
                match pieces.last_mut() {
                    Some(last) if last.ends_with('\\') => {
                        last.pop();
                        last.push(',');
                        last.push_str(piece);
                    }
                    _ => pieces.push(piece.to_owned()),
                }
            }
            for piece in &pieces {
                let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
                match key.trim() {
                    "required" => required = true,
                    "description" => describe(&mut schema, Some(value.to_owned())),
                    "title" | "format" | "pattern" | "default" => schema[key.trim()] = Json::String(value.to_owned()),
                    "enum" => values.push(Json::String(value.to_owned())),
                    "minimum" | "maximum" | "minLength" | "maxLength" => {
                        if let Ok(n) = value.parse::<f64>() {
                            schema[key.trim()] = Val::Num(n).json(0).unwrap_or_default();
                        }
                    }
                    _ => {}
                }
            }
            if !values.is_empty() {
                schema["enum"] = Json::Array(values);
            }
        }
        if let Some(text) = tag("jsonschema_description").or_else(|| tag("description")) {
            describe(&mut schema, Some(text));
        }
        if tag("required").is_some_and(|r| r == "true") || tag("validate").is_some_and(|v| v.split(',').any(|v| v == "required")) {
            required = true;
        }
        let name = if name.is_empty() { own.to_owned() } else { name };
        Some(Field { name, schema, required })
    }

    /// serde and schemars attributes.
    fn rust_field(
        &self,
        module: ModuleId,
        member: &Member,
        ty: ExprId,
        case: Option<&str>,
        depth: usize,
        out: &mut Vec<Field>,
    ) -> Option<Field> {
        let m = self.module(module);
        let marks = &member.decorators;
        let has = |what: &str| {
            marks.iter().any(|d| match &m.expr(*d).kind {
                ExprKind::Call { callee, args, .. } if matches!(last_name(m, *callee), Some("serde" | "schemars")) => {
                    args.iter().any(|a| match a.name {
                        Some(n) => m.str(n) == what,
                        None => last_name(m, a.value) == Some(what),
                    })
                }
                _ => false,
            })
        };
        if has("skip") || has("skip_deserializing") {
            return None;
        }
        if has("flatten") {
            if let Some((module, class)) = self.class_of_type(module, ty) {
                out.extend(self.fields(module, class, depth + 1));
            }
            return None;
        }
        // Each attribute may be written more than once.
        let text = |name: &str| {
            marks
                .iter()
                .find_map(|d| self.mark_text(module, &[*d], &["serde", "schemars"], name, 9))
        };
        let (mut schema, missing) = self.type_schema(module, ty, depth + 1);
        let description = text("description").or_else(|| self.doc_of(module, marks));
        describe(&mut schema, description);
        if let Some(title) = text("title") {
            schema["title"] = Json::String(title);
        }
        let name = text("rename").unwrap_or_else(|| cased(member_name(m, member.key).trim_start_matches("r#"), case));
        Some(Field {
            name,
            schema,
            required: !missing && !has("default"),
        })
    }

    /// Fields of Java records, Kotlin data classes, C# records and PHP objects.
    fn plain_field(&self, module: ModuleId, member: &Member, ty: ExprId, has_default: bool, depth: usize) -> Option<Field> {
        let m = self.module(module);
        let marks = &member.decorators;
        if decorator(m, marks, &["JsonIgnore", "Transient", "Inject", "Autowired"]).is_some()
            || member.is_static && m.language == Language::Java
        {
            return None;
        }
        let (mut schema, missing) = self.type_schema(module, ty, depth + 1);
        let description = self.parameter_text(module, marks);
        describe(&mut schema, description);
        let own = member_name(m, member.key);
        let name = self
            .mark_text(module, marks, &["JsonPropertyName", "JsonProperty", "SerialName"], "value", 0)
            .unwrap_or_else(|| {
                if m.language == Language::CSharp {
                    small(own)
                } else {
                    own.to_owned()
                }
            });
        let marked = decorator(m, marks, &["Required", "required"]).is_some();
        let required = marked || !missing && !has_default && m.language != Language::CSharp;
        Some(Field { name, schema, required })
    }

    /// The text that says what a parameter or field is.
    pub(super) fn parameter_text(&self, module: ModuleId, marks: &[ExprId]) -> Option<String> {
        const TEXTS: &[(&[&str], &str)] = &[
            (&["Description"], "value"),
            (
                &[
                    "ToolParam",
                    "McpToolParam",
                    "McpToolArg",
                    "ToolArg",
                    "PromptArg",
                    "McpArg",
                    "ResourceTemplateArg",
                    "JsonPropertyDescription",
                    "LLMDescription",
                    "Schema",
                    "Parameter",
                    "P",
                ],
                "description",
            ),
            (&["JsonPropertyDescription", "P", "Display"], "value"),
        ];
        TEXTS.iter().find_map(|(marks_of, name)| {
            let place = if matches!(*name, "value") || marks_of.contains(&"P") {
                0
            } else {
                9
            };
            self.mark_text(module, marks, marks_of, name, place).filter(|t| !t.is_empty())
        })
    }
}

/// A name in the case that serde's `rename_all` asks for.
fn cased(name: &str, case: Option<&str>) -> String {
    let snaked = snake(name);
    match case {
        Some("camelCase") => small(&snaked),
        Some("snake_case") => snaked,
        Some("kebab-case") => snaked.replace('_', "-"),
        Some("SCREAMING_SNAKE_CASE") => snaked.to_uppercase(),
        Some("SCREAMING-KEBAB-CASE") => snaked.to_uppercase().replace('_', "-"),
        Some("lowercase") => name.to_lowercase(),
        Some("UPPERCASE") => name.to_uppercase(),
        Some("PascalCase") => {
            let small = small(&snaked);
            let mut chars = small.chars();
            chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
        }
        _ => name.to_owned(),
    }
}

/// The text of a documentation comment as the SDKs show it.
pub(super) fn clean_doc(language: Language, text: &str) -> String {
    match language {
        // schemars joins the lines of a paragraph.
        Language::Rust => {
            let paragraphs: Vec<String> = text
                .split("\n\n")
                .map(|p| p.lines().map(str::trim).collect::<Vec<_>>().join(" "))
                .collect();
            paragraphs.join("\n\n").trim().to_owned()
        }
        Language::CSharp => summary(text),
        _ => text.trim().to_owned(),
    }
}

/// `<summary>` of a C# documentation comment.
fn summary(text: &str) -> String {
    let inner = text
        .split_once("<summary>")
        .and_then(|(_, rest)| rest.split_once("</summary>"))
        .map_or("", |(inner, _)| inner);
    inner
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Types that every program has.
fn primitive(language: Language, name: &str) -> Option<Json> {
    Some(match name {
        "string" | "String" | "str" | "char" | "Guid" | "DateTime" | "DateTimeOffset" | "DateOnly" | "TimeSpan" | "Uri" | "Url"
        | "UUID" | "Uuid" | "Path" | "PathBuf" | "LocalDate" | "LocalDateTime" | "Instant" | "OffsetDateTime" | "CharSequence" | "Time"
        | "Duration" | "Char" | "OsString" => json!({ "type": "string" }),
        "bool" | "boolean" | "Boolean" => json!({ "type": "boolean" }),
        "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32" | "uint64" | "i8" | "i16" | "i32" | "i64"
        | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "Integer" | "Long" | "Short" | "long" | "short" | "byte"
        | "Int" | "BigInteger" | "Byte" | "ulong" | "ushort" | "sbyte" | "nint" | "rune" => json!({ "type": "integer" }),
        "float" | "double" | "f32" | "f64" | "float32" | "float64" | "decimal" | "Double" | "Float" | "BigDecimal" | "Number" => {
            json!({ "type": "number" })
        }
        "array" if language == Language::Php => json!({ "type": "array" }),
        "any" | "object" | "Object" | "Value" | "JsonElement" | "mixed" | "JsonNode" | "Any" | "RawMessage" | "dynamic" => json!({}),
        "JsonObject" | "stdClass" => json!({ "type": "object" }),
        _ => return None,
    })
}
