//! OpenAPI documents (2.0 and 3.x): their operations, and the tools that `fastmcp` makes of them.

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value as Json, json};

/// Most operations read from one document.
const MAX_OPERATIONS: usize = 5_000;
/// Most definitions carried along with one schema.
const MAX_DEFINITIONS: usize = 60;
/// Deepest nesting that references are looked for in.
const MAX_DEPTH: usize = 60;
/// Longest tool name, in characters.
const MAX_NAME: usize = 56;

/// One operation of a document.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// Upper case.
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) id: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) parameters: Vec<Parameter>,
    /// Schema of the body and whether it is required.
    pub(crate) body: Option<(Json, bool)>,
}

/// A parameter in path, query, header or cookie.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) required: bool,
    pub(crate) schema: Json,
}

/// Whether a value looks like an OpenAPI document.
pub(crate) fn is_document(data: &Json) -> bool {
    (data.get("openapi").is_some() || data.get("swagger").is_some()) && data.get("paths").is_some_and(Json::is_object)
}

/// Follows local references; gives up on long or circular chains.
fn resolve<'d>(spec: &'d Json, mut value: &'d Json) -> &'d Json {
    for _ in 0..16 {
        let Some(target) = value.get("$ref").and_then(Json::as_str).and_then(|r| r.strip_prefix('#')) else {
            return value;
        };
        match spec.pointer(target) {
            Some(next) => value = next,
            None => return value,
        }
    }
    value
}

fn text(value: &Json, key: &str) -> Option<String> {
    value
        .get(key)
        .and_then(Json::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// All operations, in document order.
pub(crate) fn operations(spec: &Json) -> Vec<Operation> {
    const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    let mut out = Vec::new();
    let Some(paths) = spec.get("paths").and_then(Json::as_object) else {
        return out;
    };
    for (path, item) in paths {
        let item = resolve(spec, item);
        let Some(methods) = item.as_object() else { continue };
        for (method, operation) in methods {
            if !METHODS.contains(&method.as_str()) || !operation.is_object() || out.len() >= MAX_OPERATIONS {
                continue;
            }
            let mut parameters: Vec<Parameter> = Vec::new();
            let mut body = None;
            for source in [item.get("parameters"), operation.get("parameters")]
                .into_iter()
                .flatten()
                .filter_map(Json::as_array)
            {
                for parameter in source {
                    read_parameter(spec, resolve(spec, parameter), &mut parameters, &mut body);
                }
            }
            if let Some(request) = operation.get("requestBody").map(|body| resolve(spec, body)) {
                let content = request
                    .get("content")
                    .and_then(Json::as_object)
                    .and_then(|content| content.values().next());
                let required = request.get("required").and_then(Json::as_bool).unwrap_or(false);
                if let Some(schema) = content.and_then(|media| media.get("schema")) {
                    body = Some((resolve(spec, schema).clone(), required));
                }
            }
            out.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                id: text(operation, "operationId"),
                summary: text(operation, "summary"),
                description: text(operation, "description"),
                tags: operation
                    .get("tags")
                    .and_then(Json::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Json::as_str)
                    .map(str::to_owned)
                    .collect(),
                parameters,
                body,
            });
        }
    }
    out
}

fn read_parameter(spec: &Json, parameter: &Json, parameters: &mut Vec<Parameter>, body: &mut Option<(Json, bool)>) {
    let Some(name) = text(parameter, "name") else { return };
    let location = text(parameter, "in").unwrap_or_default();
    let required = parameter.get("required").and_then(Json::as_bool).unwrap_or(false);
    if location == "body" {
        let schema = parameter
            .get("schema")
            .map_or_else(|| json!({}), |schema| resolve(spec, schema).clone());
        *body = Some((schema, required));
        return;
    }
    let mut schema = match parameter
        .get("schema")
        .or_else(|| parameter.pointer("/content/application~1json/schema"))
    {
        Some(schema) => schema.clone(),
        // Version 2 has the type beside the name.
        None => {
            let fields = parameter
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(key, _)| !matches!(key.as_str(), "name" | "in" | "required" | "description"));
            Json::Object(fields.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
    };
    if let (Some(description), Some(map)) = (text(parameter, "description"), schema.as_object_mut()) {
        map.entry("description").or_insert(Json::String(description));
    }
    parameters.retain(|known| known.name != name || known.location != location);
    parameters.push(Parameter {
        name,
        location,
        required,
        schema,
    });
}

/// Names that `fastmcp` gives to the operations of one document.
#[derive(Default)]
pub(crate) struct Names {
    used: FxHashMap<String, usize>,
}

impl Names {
    /// The name of an operation, or the one given for it; made unique.
    pub(crate) fn name(&mut self, operation: &Operation, given: Option<&str>) -> String {
        let fallback = format!("{}_{}", operation.method, operation.path);
        let base = match (given, &operation.id) {
            (Some(given), _) => given.to_owned(),
            (None, Some(id)) => id.split("__").next().unwrap_or(id).to_owned(),
            (None, None) => operation.summary.clone().unwrap_or_else(|| fallback.clone()),
        };
        let mut name = slug(&base);
        if name.is_empty() {
            name = slug(&fallback);
        }
        name.truncate(MAX_NAME);
        let count = self.used.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 {
            return name;
        }
        let mut n = *count;
        while self.used.contains_key(&format!("{name}_{n}")) {
            n += 1;
        }
        self.used.insert(name.clone(), n);
        let unique = format!("{name}_{n}");
        self.used.insert(unique.clone(), 1);
        unique
    }
}

/// Letters, digits and single underscores.
fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_whitespace() || matches!(c, '-' | '.') { '_' } else { c };
        if (c.is_ascii_alphanumeric() || c == '_') && !(c == '_' && out.ends_with('_')) {
            out.push(c);
        }
    }
    out.trim_matches('_').to_owned()
}

impl Operation {
    /// What the tool's description says.
    pub(crate) fn tool_description(&self) -> String {
        self.description
            .clone()
            .or_else(|| self.summary.clone())
            .unwrap_or_else(|| format!("Executes {} {}", self.method, self.path))
    }

    /// Parameters and body properties in one schema; a name that several places use carries its place.
    pub(crate) fn tool_schema(&self, spec: &Json) -> Json {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        let body = self.body.as_ref().map(|(schema, needed)| (merged(spec, schema), *needed));
        let body_properties = body
            .as_ref()
            .and_then(|(schema, _)| schema.get("properties"))
            .and_then(Json::as_object)
            .filter(|p| !p.is_empty());
        for parameter in &self.parameters {
            let twice = self.parameters.iter().filter(|other| other.name == parameter.name).count() > 1;
            let collides = twice || body_properties.is_some_and(|body| body.contains_key(&parameter.name));
            let name = if collides {
                format!("{}__{}", parameter.name, parameter.location)
            } else {
                parameter.name.clone()
            };
            if parameter.required {
                required.push(Json::String(name.clone()));
            }
            properties.insert(name, parameter.schema.clone());
        }
        if let Some((schema, needed)) = &body {
            match body_properties {
                Some(body) => {
                    properties.extend(body.iter().map(|(name, schema)| (name.clone(), schema.clone())));
                    if *needed {
                        required.extend(schema.get("required").and_then(Json::as_array).into_iter().flatten().cloned());
                    }
                }
                None => {
                    let title = schema.get("title").and_then(Json::as_str).unwrap_or("body").to_lowercase();
                    let name: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
                    let name = if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                        "body_data".to_owned()
                    } else {
                        name
                    };
                    if *needed {
                        required.push(Json::String(name.clone()));
                    }
                    properties.insert(name, schema.clone());
                }
            }
        }
        let mut properties = Json::Object(properties);
        let definitions = definitions(spec, &mut properties);
        let mut out = Map::new();
        if !definitions.is_empty() {
            out.insert("$defs".into(), Json::Object(definitions));
        }
        out.insert("properties".into(), properties);
        out.insert("required".into(), Json::Array(required));
        out.insert("type".into(), "object".into());
        Json::Object(out)
    }
}

/// A body schema with the parts of an `allOf` put together.
fn merged(spec: &Json, schema: &Json) -> Json {
    let Some(parts) = schema.get("allOf").and_then(Json::as_array) else {
        return schema.clone();
    };
    let mut out = schema.clone();
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in parts.iter().map(|part| resolve(spec, part)).chain([schema]) {
        properties.extend(
            part.get("properties")
                .and_then(Json::as_object)
                .into_iter()
                .flatten()
                .map(|(k, v)| (k.clone(), v.clone())),
        );
        required.extend(part.get("required").and_then(Json::as_array).into_iter().flatten().cloned());
    }
    if let Some(map) = out.as_object_mut() {
        map.remove("allOf");
        map.insert("properties".into(), Json::Object(properties));
        map.insert("required".into(), Json::Array(required));
    }
    out
}

/// Turns references of a schema into `#/$defs/…` and collects what they lead to, within bounds.
fn definitions(spec: &Json, schema: &mut Json) -> Map<String, Json> {
    let mut out = Map::new();
    let mut wanted: Vec<String> = Vec::new();
    rewrite(schema, &mut wanted, 0);
    let mut seen: FxHashSet<String> = FxHashSet::default();
    while let Some(target) = wanted.pop() {
        if out.len() >= MAX_DEFINITIONS || !seen.insert(target.clone()) {
            continue;
        }
        if let Some(found) = spec.pointer(&target) {
            let mut found = found.clone();
            rewrite(&mut found, &mut wanted, 0);
            let name = target.rsplit('/').next().unwrap_or(&target).to_owned();
            out.insert(name, found);
        }
    }
    out
}

fn rewrite(value: &mut Json, wanted: &mut Vec<String>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Json::Object(map) => {
            if let Some(Json::String(reference)) = map.get_mut("$ref")
                && let Some(target) = reference.strip_prefix('#')
            {
                wanted.push(target.to_owned());
                *reference = format!("#/$defs/{}", target.rsplit('/').next().unwrap_or(target));
            }
            for inner in map.values_mut() {
                rewrite(inner, wanted, depth + 1);
            }
        }
        Json::Array(items) => {
            for inner in items {
                rewrite(inner, wanted, depth + 1);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, is_document, operations};
    use serde_json::json;

    #[test]
    fn operations_become_tools_with_flat_parameters() {
        let spec = json!({
            "openapi": "3.0.0",
            "paths": {
                "/pets/{id}": {
                    "parameters": [{"$ref": "#/components/parameters/Id"}],
                    "get": {"operationId": "get-pet__v1", "summary": "One pet", "parameters": [{"name": "fields", "in": "query", "schema": {"type": "string"}}]},
                    "put": {"summary": "Change it!", "description": "Changes a pet.", "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}},
                },
                "/pets": {"get": {"operationId": "get_pet"}, "x-note": 1},
            },
            "components": {
                "parameters": {"Id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}, "description": "Which"}},
                "schemas": {"Pet": {"type": "object", "required": ["name"], "properties": {"id": {}, "name": {"type": "string"}, "owner": {"$ref": "#/components/schemas/Owner"}}}, "Owner": {"type": "object"}},
            },
        });
        assert!(is_document(&spec));
        let found = operations(&spec);
        let mut names = Names::default();
        let shown: Vec<String> = found.iter().map(|operation| names.name(operation, None)).collect();
        assert_eq!(shown, ["get_pet", "Change_it", "get_pet_2"]);
        assert_eq!(found[0].tool_description(), "One pet");
        assert_eq!(found[2].tool_description(), "Executes GET /pets");
        let schema = found[1].tool_schema(&spec);
        assert_eq!(
            schema["properties"].as_object().unwrap().keys().collect::<Vec<_>>(),
            ["id__path", "id", "name", "owner"]
        );
        assert_eq!(schema["required"], json!(["id__path", "name"]));
        assert_eq!(schema["properties"]["owner"]["$ref"], "#/$defs/Owner");
        assert_eq!(schema["$defs"]["Owner"], json!({"type": "object"}));
    }

    #[test]
    fn circular_references_end() {
        let spec = json!({"swagger": "2.0", "paths": {"/a": {"post": {"parameters": [{"name": "b", "in": "body", "schema": {"$ref": "#/definitions/A"}}, {"name": "q", "in": "query", "type": "integer"}]}}}, "definitions": {"A": {"$ref": "#/definitions/B"}, "B": {"$ref": "#/definitions/A"}}});
        let found = operations(&spec);
        assert_eq!(found[0].tool_schema(&spec)["properties"]["q"], json!({"type": "integer"}));
    }
}
