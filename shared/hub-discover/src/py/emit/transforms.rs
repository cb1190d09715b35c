//! Transforms of fastmcp 3: classes of the program that change the list of tools before it is answered.

use super::{Emitter, reason};
use crate::py::dialect::class::class_lookup;
use crate::py::dialect::value::{Args, Value};
use hub_model::{Tool, Unknown};
use serde_json::Value as Json;
use std::rc::Rc;

/// Hints of `ToolAnnotations`, and the names that newer versions of the SDK give them.
const HINTS: &[(&str, &str)] = &[
    ("readOnlyHint", "read_only_hint"),
    ("destructiveHint", "destructive_hint"),
    ("idempotentHint", "idempotent_hint"),
    ("openWorldHint", "open_world_hint"),
    ("title", "title"),
];

impl Emitter<'_, '_> {
    /// What `Namespace("x")` puts before the names of a server's tools.
    pub(super) fn namespaces(transforms: &[Value]) -> Vec<Rc<str>> {
        let namespace = |transform: &Value| match transform {
            Value::Made(made) if made.name() == "Namespace" => made.args.arg(0, "prefix").and_then(Value::as_str),
            _ => None,
        };
        transforms.iter().rev().filter_map(namespace).collect()
    }

    /// Has the program's own transforms change the descriptions of the tools listed from `first` on.
    pub(super) fn apply_transforms(&mut self, transforms: &[Value], first: usize) {
        for transform in transforms {
            let Value::Instance(instance) = transform.plain() else { continue };
            if class_lookup(&instance.class, "list_tools").is_none() {
                continue;
            }
            let listed: Vec<Value> = self.found.inventory.tools[first..]
                .iter()
                .map(|tool| self.as_object(tool))
                .collect();
            let args = Args::of(vec![Value::list(listed)]);
            let answer = self.interp.call_method(transform, "list_tools", args);
            for item in self.interp.iterate(&answer).0 {
                self.redescribe(&item, first);
            }
        }
    }

    /// A listed tool as the object that a transform is given.
    fn as_object(&self, tool: &Tool) -> Value {
        let text = |text: Option<&str>| text.map_or(Value::None, Value::str);
        let annotations = tool.annotations.as_ref().map_or(Value::None, |annotations| {
            let mut kw = Vec::new();
            for (name, other) in HINTS {
                let value = match annotations.get(*name) {
                    Some(Json::Bool(hint)) => Value::Bool(*hint),
                    Some(Json::String(title)) => Value::str(&**title),
                    _ => Value::None,
                };
                kw.extend([((*name).into(), value.clone()), ((*other).into(), value)]);
            }
            self.interp.made("mcp.types.ToolAnnotations", Args { kw, ..Args::default() }, None)
        });
        let kw = vec![
            ("name".into(), Value::str(&*tool.name)),
            ("title".into(), text(tool.title.as_deref())),
            ("description".into(), text(tool.description.as_deref())),
            ("annotations".into(), annotations),
        ];
        self.interp.made("fastmcp.tools.Tool", Args { kw, ..Args::default() }, None)
    }

    fn redescribe(&mut self, item: &Value, first: usize) {
        let Value::Made(made) = item.plain() else { return };
        let (Some(name), Some(description)) = (made.args.kw("name").and_then(Value::as_str), made.args.kw("description")) else {
            return;
        };
        let text = self.interp.text_of(description).filter(|_| !matches!(description, Value::None));
        let unread = text.is_none() && !matches!(description.plain(), Value::None);
        let Some(tool) = self.found.inventory.tools[first..].iter_mut().find(|tool| *tool.name == *name) else {
            return;
        };
        if unread {
            tool.unknowns.push(Unknown {
                field: "description".into(),
                reason: reason(description),
            });
        } else {
            tool.description = text.map(|text| text.to_string());
        }
    }
}
