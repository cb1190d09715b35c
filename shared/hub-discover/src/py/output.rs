//! What a function returns becomes the schema of a tool's structured result, as its framework has it.

use super::dialect::run::Interp;
use super::dialect::value::{Func, Value, last};
use super::server::Kind;
use serde_json::{Map, Value as Json, json};
use std::rc::Rc;

/// Types that are content already: the framework makes no structured result of them.
const CONTENT: &[&str] = &[
    "CallToolResult",
    "CreateTaskResult",
    "InputRequiredResult",
    "ToolResult",
    "Image",
    "Audio",
    "File",
];
/// Blocks of content, which `fastmcp` leaves out and the official SDK describes like any other model.
const BLOCKS: &[&str] = &[
    "TextContent",
    "ImageContent",
    "AudioContent",
    "ResourceLink",
    "EmbeddedResource",
    "ContentBlock",
];

impl Interp<'_> {
    /// The schema of what a tool returns; none when its framework would give none, or the type is not in the source.
    pub(super) fn output_schema(&mut self, func: &Rc<Func>, kind: Kind) -> Option<Json> {
        let inner = super::dialect::attr::innermost(func);
        let returns = self.machine.program.module(inner.module).function(inner.id).returns?;
        let mut frame = self.frame_of(&inner);
        let mut ty = self.eval(&mut frame, returns);
        // `from __future__ import annotations` and forward references.
        if let Value::Str(name) = &ty {
            ty = self.lookup(&frame, &name.clone());
        }
        if let Value::Generic(generic) = &ty
            && matches!(&generic.0, Value::External(path) if last(path) == "Annotated")
            && generic.1.first().is_some_and(|t| is_named(t, &["CallToolResult"]))
        {
            ty = generic.1.get(1)?.clone();
        }
        let fastmcp = kind == Kind::FastMcp;
        if kind == Kind::LowLevel || !self.is_describable(&ty, fastmcp, 0) {
            return None;
        }
        let mut defs = Map::new();
        let mut schema = match &ty {
            Value::Class(class) if !super::dialect::class::is_enum(class) => self.class_schema(class),
            other => self.type_schema(other, &mut frame, &mut defs, 0),
        };
        let object = schema.get("type").and_then(Json::as_str) == Some("object");
        // The official SDK takes a bare `dict` for any value.
        let bare = !fastmcp && matches!(&ty, Value::External(path) if matches!(last(path), "dict" | "Dict"));
        if !object || bare {
            schema = if fastmcp {
                json!({"properties": {"result": schema}, "required": ["result"], "type": "object", "x-fastmcp-wrap-result": true})
            } else {
                let name = self.function_name(func).unwrap_or_else(|| "".into());
                if let Some(map) = schema.as_object_mut() {
                    map.insert("title".into(), "Result".into());
                }
                json!({"properties": {"result": schema}, "required": ["result"], "title": format!("{name}Output"), "type": "object"})
            };
        }
        if let (false, Some(map)) = (defs.is_empty(), schema.as_object_mut()) {
            map.insert("$defs".into(), Json::Object(defs));
        }
        Some(schema)
    }

    /// Whether a schema can be told from the type.
    fn is_describable(&mut self, ty: &Value, fastmcp: bool, depth: usize) -> bool {
        if depth > 16 {
            return false;
        }
        match ty {
            Value::None => !fastmcp,
            Value::External(path) => {
                let name = last(path);
                let known = matches!(
                    name,
                    "str"
                        | "int"
                        | "float"
                        | "bool"
                        | "bytes"
                        | "dict"
                        | "Dict"
                        | "list"
                        | "List"
                        | "set"
                        | "tuple"
                        | "Tuple"
                        | "Mapping"
                        | "datetime"
                        | "date"
                        | "UUID"
                        | "Decimal"
                        | "Path"
                );
                known || depth > 0 && matches!(name, "Any" | "object") || !fastmcp && BLOCKS.contains(&name) && depth > 0
            }
            Value::Class(class) => {
                let bases = &class.libraries;
                let model = |b: &Rc<str>| matches!(last(b), "BaseModel" | "RootModel" | "TypedDict" | "SQLModel");
                bases.iter().any(model) || super::dialect::class::is_dataclass(class) || super::dialect::class::is_enum(class)
            }
            Value::Union(all) => all
                .iter()
                .all(|one| matches!(one, Value::None) || self.is_describable(one, fastmcp, depth + 1)),
            Value::Generic(generic) => match &generic.0 {
                Value::External(path) if matches!(last(path), "Literal") => true,
                Value::External(path) if CONTENT.contains(&last(path)) => false,
                Value::External(path) if matches!(last(path), "Annotated") => {
                    generic.1.first().is_some_and(|one| self.is_describable(one, fastmcp, depth))
                }
                Value::External(_) => generic.1.iter().all(|one| {
                    matches!(one, Value::None | Value::Ellipsis | Value::List(_)) || self.is_describable(one, fastmcp, depth + 1)
                }),
                _ => false,
            },
            Value::Likely(inner) => self.is_describable(&inner.clone(), fastmcp, depth + 1),
            _ => false,
        }
    }
}

fn is_named(ty: &Value, names: &[&str]) -> bool {
    matches!(ty, Value::External(path) if names.contains(&last(path)))
}
