//! Low-level servers: `setRequestHandler(ListToolsRequestSchema, …)` and, since SDK 2, `setRequestHandler("tools/list", …)`.

use super::Reader;
use hub_engine::eval::js::{Event, Term, Value};
use hub_engine::{ArgumentShape, EntryKind};

impl Reader<'_, '_> {
    pub(super) fn read_handler(&mut self, event: &Event) {
        let (Some(schema), Some(handler)) = (
            event.args.first().cloned(),
            event.args.iter().skip(1).find(|a| self.is_function(a)).cloned(),
        ) else {
            return;
        };
        let Some(method) = self.request_method(&schema) else { return };
        let at = self.call_location(event.module, event.expr);
        match method.as_str() {
            "tools/call" => self.entry(EntryKind::Tool, "*", &handler, ArgumentShape::Request),
            "prompts/get" => self.entry(EntryKind::Prompt, "*", &handler, ArgumentShape::Request),
            "resources/read" => self.entry(EntryKind::Resource, "*", &handler, ArgumentShape::Request),
            "tools/list" | "prompts/list" | "resources/list" | "resources/templates/list" => {
                let args = self.eval.unknown_args(&handler);
                let events = self.eval.events.len();
                let result = self.eval.call(&handler, Value::Undefined, args);
                // What the handler itself calls is no registration.
                self.eval.events.truncate(events);
                let key = match method.as_str() {
                    "tools/list" => "tools",
                    "prompts/list" => "prompts",
                    "resources/list" => "resources",
                    _ => "resourceTemplates",
                };
                let list = if self.eval.array(&result).is_some() {
                    Some(result.clone())
                } else {
                    self.prop(&result, key)
                };
                let Some(list) = list else {
                    let reason = self.eval.why(&result);
                    self.gap(at, &format!("a handler of {method} whose answer is not known"), reason);
                    return;
                };
                match key {
                    "tools" => {
                        self.rule = "js-list-tools-handler";
                        self.read_tool_list(&list, &at);
                    }
                    "prompts" => {
                        self.rule = "js-list-prompts-handler";
                        self.read_prompt_list(&list, &at);
                    }
                    "resources" => {
                        self.rule = "js-list-resources-handler";
                        self.read_resource_list(&list, false, &at);
                    }
                    _ => {
                        self.rule = "js-list-resource-templates-handler";
                        self.read_resource_list(&list, true, &at);
                    }
                }
            }
            _ => {}
        }
    }

    /// The protocol method that a request schema stands for.
    pub(super) fn request_method(&mut self, schema: &Value) -> Option<String> {
        if let Some(text) = schema.as_str() {
            return Some(text.to_owned());
        }
        let name = match self.eval.term(schema)? {
            Term::Import { name, .. } | Term::Member { name, .. } => name.to_string(),
            _ => String::new(),
        };
        let known = match name.as_str() {
            "ListToolsRequestSchema" => "tools/list",
            "CallToolRequestSchema" => "tools/call",
            "ListPromptsRequestSchema" => "prompts/list",
            "GetPromptRequestSchema" => "prompts/get",
            "ListResourcesRequestSchema" => "resources/list",
            "ListResourceTemplatesRequestSchema" => "resources/templates/list",
            "ReadResourceRequestSchema" => "resources/read",
            _ => {
                // The SDK inside a bundle: a zod object with `method: z.literal("tools/list")`.
                let json = self.zod(schema)?;
                let method = json.json.get("properties")?.get("method")?;
                return method
                    .get("const")
                    .or_else(|| method.get("enum").and_then(|e| e.get(0)))?
                    .as_str()
                    .map(str::to_owned);
            }
        };
        Some(known.to_owned())
    }
}
