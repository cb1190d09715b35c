//! Registration calls: `server.tool(…)`, `registerTool`, `addTool`, prompts, resources, and the server's own constructor.

use super::Reader;
use hub_engine::eval::js::{Event, Term, Value};
use hub_engine::{ArgumentShape, EntryKind};
use hub_model::{DependencyRef, Location, Resource};

/// Toolkits in toolkits, and what is said of a tool one after another.
const MAX_TOOLKITS: usize = 16;

impl Reader<'_, '_> {
    pub(super) fn read_event(&mut self, event: &Event) {
        let at = self.call_location(event.module, event.expr);
        // `registerTool(server, name, …)` of helper libraries.
        let with_server =
            event.receiver.is_none() && event.args.len() > 2 && event.args[0].as_str().is_none() && event.args[1].as_str().is_some();
        let tool_args = &event.args[usize::from(with_server)..];
        match &*event.method {
            "McpServer" | "Server" | "FastMCP" | "MCPServer" | "MCP" | "LiteMCP" | "McpAgent" if event.new => self.read_server(event),
            "createMcpServer" | "createMCPServer" | "defineMcpServer" if !event.ran => self.read_server(event),
            "createServer" | "layerStdio" | "layerHttp" | "layerHttpRouter" if self.names_a_server(&event.args) => self.read_server(event),
            // A wrapper of the program's own: what it calls is an event of its own.
            _ if event.ran || event.new => {}
            "tool" => self.read_tool_call("js-tool-call", tool_args, &at),
            "registerTool" | "registerToolTask" | "defineTool" => self.read_tool_call("js-register-tool", tool_args, &at),
            "addTool" => self.read_tool_call("js-add-tool", &event.args, &at),
            "registerAppTool" => self.read_tool_call("js-register-app-tool", event.args.get(1..).unwrap_or_default(), &at),
            // Effect: `McpServer.toolkit(Toolkit.make(…))`.
            "toolkit" | "registerToolkit" => {
                self.rule = "js-effect-toolkit";
                for toolkit in event.args.clone() {
                    self.read_toolkit(&toolkit, &at, 0);
                }
            }
            "addTools" | "registerTools" => {
                self.rule = "js-add-tools";
                for value in event.args.clone() {
                    self.read_tool_list(&value, &at);
                }
            }
            "prompt" | "registerPrompt" | "addPrompt" => self.read_prompt_call(&event.args, &at),
            "addPrompts" => {
                for item in event
                    .args
                    .first()
                    .and_then(|v| self.eval.array(v))
                    .map(<[Value]>::to_vec)
                    .unwrap_or_default()
                {
                    self.read_prompt_call(&[item], &at);
                }
            }
            "resource" | "registerResource" | "addResource" | "addResourceTemplate" | "resourceTemplate" => {
                self.read_resource_call(&event.args, &at)
            }
            // tmcp: `server.template({ name, uri, … }, list, read)`.
            "template" => {
                if let Some(first) = event.args.first().filter(|v| self.is_object(v)).cloned()
                    && let Some(resource) = self.resource_object(&first, true, Some(at.clone()))
                {
                    self.rule = "js-resource";
                    self.found.resource(resource);
                }
            }
            "registerAppResource" => self.read_resource_call(event.args.get(1..).unwrap_or_default(), &at),
            _ => {}
        }
    }

    /// `{ name, version }` as first argument: of an MCP server, not of a web server.
    fn names_a_server(&mut self, args: &[Value]) -> bool {
        let Some(info) = args.first().filter(|v| self.is_object(v)).cloned() else {
            return false;
        };
        ["name", "version"].iter().all(|key| self.prop(&info, key).is_some())
    }

    /// `new McpServer({ name, version }, { instructions })`.
    fn read_server(&mut self, event: &Event) {
        let Some(info) = event.args.first().cloned() else { return };
        if !self.is_object(&info) {
            return;
        }
        let options = event.args.get(1).cloned().unwrap_or(Value::Undefined);
        let text = |r: &mut Self, object: &Value, key: &str| r.prop(object, key).and_then(|v| r.text(&v));
        let name = text(self, &info, "name").or_else(|| text(self, &info, "title"));
        let version = text(self, &info, "version");
        let title = text(self, &info, "title");
        let instructions = text(self, &options, "instructions").or_else(|| text(self, &info, "instructions"));
        let server = &mut self.found.inventory.server;
        server.name = server.name.take().or(name);
        server.version = server.version.take().or(version);
        server.title = server.title.take().or(title);
        server.instructions = server.instructions.take().or(instructions);
        // Frameworks that take everything at once.
        self.rule = "js-server-options";
        let at = self.call_location(event.module, event.expr);
        for holder in [info, options] {
            if let Some(mut tools) = self.prop(&holder, "tools") {
                if self.is_function(&tools) {
                    let args = self.eval.unknown_args(&tools);
                    tools = self.eval.call(&tools, Value::Undefined, args);
                }
                self.read_tool_list(&tools, &at);
            }
            if let Some(prompts) = self.prop(&holder, "prompts") {
                match self.answer(&prompts, "listPrompts") {
                    Some(listed) => self.read_prompt_list(&listed, &at),
                    None => self.read_prompt_list(&prompts, &at),
                }
            }
            if let Some(resources) = self.prop(&holder, "resources") {
                let templates = self.answer(&resources, "resourceTemplates");
                match self.answer(&resources, "listResources") {
                    Some(listed) => self.read_resource_list(&listed, false, &at),
                    None if templates.is_none() => self.read_resource_list(&resources, false, &at),
                    None => {}
                }
                if let Some(templates) = templates {
                    self.read_resource_list(&templates, true, &at);
                }
            }
        }
    }

    /// What a method of an object answers to nobody in particular (`prompts: { listPrompts: async () => […] }` of Mastra).
    fn answer(&mut self, object: &Value, method: &str) -> Option<Value> {
        let method = self.prop(object, method).filter(|m| self.is_function(m))?;
        let args = self.eval.unknown_args(&method);
        Some(self.eval.call(&method, object.clone(), args))
    }

    /// Tools in a list, or in an object whose keys are names.
    pub(super) fn read_tool_list(&mut self, value: &Value, at: &Location) {
        if let Some(items) = self.eval.iterate(value) {
            for item in items {
                match self.tool_value(&item, None, at) {
                    Some(tool) => self.found.tool(tool),
                    None => self.unread(&item, at),
                }
            }
            return;
        }
        if self.is_object(value) {
            for (key, item) in self.eval.entries(value) {
                if let Some(tool) = self.tool_value(&item, Some(&key), at) {
                    self.found.tool(tool);
                }
            }
            return;
        }
        self.unread(value, at);
    }

    /// A tool described by an object, or by a call that makes one (`createTool({…})`, `tool({…})`).
    pub(super) fn tool_value(&mut self, item: &Value, key: Option<&str>, at: &Location) -> Option<hub_model::Tool> {
        if self.is_object(item) {
            return self.tool_object(item, key, Some(at.clone()));
        }
        if let Some(Term::Call { args, .. }) = self.eval.term(item) {
            let args = args.clone();
            let place = self.location(item);
            let described = args.iter().find(|a| self.is_object(a))?.clone();
            let name = args.first().and_then(|n| self.name_of(n));
            return self.tool_object(&described, name.as_deref().or(key), place.or(Some(at.clone())));
        }
        None
    }

    /// `Toolkit.make(Tool.make("name", {…}), …)`, `Toolkit.merge(a, b)`.
    fn read_toolkit(&mut self, toolkit: &Value, at: &Location, depth: usize) {
        let Some(Term::Call { callee, args, .. }) = self.eval.term(toolkit).cloned() else {
            self.unread(toolkit, at);
            return;
        };
        let called = self.last_name(&Value::Ref(callee));
        for arg in args {
            match called.as_deref() {
                Some("merge") if depth < MAX_TOOLKITS => self.read_toolkit(&arg, at, depth + 1),
                Some("make") => match self.effect_tool(&arg, at) {
                    Some(tool) => self.found.tool(tool),
                    None => self.unread(&arg, at),
                },
                _ => {}
            }
        }
    }

    /// `Tool.make("name", {…})`, with what is said of it after that: `.annotate(…)`, `.addDependency(…)`.
    fn effect_tool(&mut self, value: &Value, at: &Location) -> Option<hub_model::Tool> {
        let mut made = value.clone();
        for _ in 0..MAX_TOOLKITS {
            let Some(Term::Call { callee, args, .. }) = self.eval.term(&made).cloned() else {
                return None;
            };
            let Some(Term::Member { base, name }) = self.eval.term(&Value::Ref(callee)).cloned() else {
                break;
            };
            if &*name == "make" || args.first().is_some_and(|a| a.as_str().is_some()) {
                break;
            }
            made = Value::Ref(base);
        }
        let Some(Term::Call { args, .. }) = self.eval.term(&made).cloned() else {
            return None;
        };
        let name = args.first().and_then(|n| self.name_of(n))?;
        match args.get(1).filter(|a| self.is_object(a)).cloned() {
            Some(options) => self.tool_object(&options, Some(&name), Some(at.clone())),
            None => Some(self.build_tool(name, None, None, None, Some(at.clone()))),
        }
    }

    fn unread(&mut self, value: &Value, at: &Location) {
        if let Some(Term::Unknown(_) | Term::Param(_) | Term::Member { .. } | Term::Call { .. } | Term::Import { .. }) =
            self.eval.term(value)
        {
            let reason = self.eval.why(value);
            self.gap(at.clone(), "tools that are not known", reason);
        }
    }

    /// All overloads of `tool` and `registerTool`, and object forms.
    fn read_tool_call(&mut self, rule: &'static str, args: &[Value], at: &Location) {
        self.rule = rule;
        let Some(first) = args.first().cloned() else { return };
        if self.is_object(&first) {
            let handler = args.iter().skip(1).find(|a| self.is_function(a)).cloned();
            let named = self.prop(&first, "name").is_some()
                || self.prop(&first, "definition").is_some()
                || rule == "js-add-tool"
                || handler.is_some();
            if named && let Some(tool) = self.tool_object(&first, None, Some(at.clone())) {
                if let Some(handler) = handler {
                    self.entry(EntryKind::Tool, &tool.name, &handler, ArgumentShape::FirstParameter);
                }
                self.found.tool(tool);
            }
            return;
        }
        if let Some(Term::Call { .. }) = self.eval.term(&first)
            && rule == "js-add-tool"
        {
            if let Some(tool) = self.tool_value(&first, None, at) {
                self.found.tool(tool);
            }
            return;
        }
        let rest = &args[1..];
        // Where a loop of the target registers what a dependency describes, the tool lives in the dependency.
        let described = || rest.iter().filter_map(|a| self.location(a)).find(lies_in_dependency);
        let elsewhere = if lies_in_dependency(at) { None } else { described() };
        let at = elsewhere.as_ref().unwrap_or(at);
        let handler = rest.iter().rev().find(|a| self.is_function(a)).cloned();
        let Some(name) = self.name_of(&first) else {
            let plausible = handler.is_some() || rest.iter().any(|a| self.is_object(a));
            let known_text = first.as_str().is_some();
            if plausible && !known_text && self.eval.term(&first).is_some() {
                let reason = self.eval.why(&first);
                self.gap(at.clone(), "a tool whose name is not known", reason);
            }
            return;
        };
        if rest.is_empty() {
            return;
        }
        let mut tool = if rule == "js-tool-call" {
            // name, description?, schema or annotations…, handler.
            let mut description = None;
            let mut objects = Vec::new();
            for (i, arg) in rest.iter().enumerate() {
                if self.is_function(arg) {
                    continue;
                }
                let textual = arg.as_str().is_some() || matches!(self.eval.term(arg), Some(Term::Template(_)));
                // The last argument is the handler, whatever is known of it.
                let last = i + 1 == rest.len() && handler.is_none() && rest.len() > 1;
                if description.is_none() && (textual || i == 0 && rest.len() >= 3 && !self.is_object(arg) && self.zod_like(arg).is_none()) {
                    description = Some(arg.clone());
                } else if !last && !arg.is_nothing() {
                    objects.push(arg.clone());
                }
            }
            let (input, annotations) = match objects.as_slice() {
                [] => (None, None),
                [one] if self.looks_like_annotations(one) => (None, Some(one.clone())),
                // `tool(name, { description, inputSchema }, handler)` of other libraries.
                [one] if self.looks_like_config(one) => {
                    let config = one.clone();
                    let mut tool = self.config_tool(name, &config, at);
                    if tool.description.is_none() {
                        tool.description = description.and_then(|d| self.text(&d));
                    }
                    if let Some(handler) = handler {
                        self.entry(EntryKind::Tool, &tool.name, &handler, ArgumentShape::FirstParameter);
                    }
                    self.found.tool(tool);
                    return;
                }
                [one] => (Some(one.clone()), None),
                [one, two, ..] => (Some(one.clone()), Some(two.clone())),
            };
            let mut tool = self.build_tool(name, description, input, None, Some(at.clone()));
            if let Some(annotations) = annotations {
                tool.annotations = self.schema_data(&annotations).filter(serde_json::Value::is_object);
            }
            tool
        } else {
            let config = rest.iter().find(|a| self.is_object(a)).cloned();
            match config {
                Some(config) => self.config_tool(name, &config, at),
                None => {
                    let description = rest.iter().find(|a| a.as_str().is_some()).cloned();
                    self.build_tool(name, description, None, None, Some(at.clone()))
                }
            }
        };
        if tool.input_schema.is_none() && tool.unknowns.is_empty() {
            tool.input_schema = Some(serde_json::json!({ "type": "object", "properties": {} }));
        }
        if let Some(handler) = handler {
            self.entry(EntryKind::Tool, &tool.name, &handler, ArgumentShape::FirstParameter);
        }
        self.found.tool(tool);
    }

    fn config_tool(&mut self, name: String, config: &Value, at: &Location) -> hub_model::Tool {
        let description = self.prop(config, "description");
        let input = self.first_prop(config, &["inputSchema", "parameters", "paramsSchema", "schema", "input", "args"]);
        self.build_tool(name, description, input, Some(config), Some(at.clone()))
    }

    /// Annotations: only hints and a title.
    fn looks_like_annotations(&mut self, value: &Value) -> bool {
        let keys = self.eval.keys(value);
        !keys.is_empty()
            && self.is_object(value)
            && keys.iter().all(|k| k.ends_with("Hint") || &**k == "title")
            && keys.iter().all(|k| {
                let v = self.eval.get(value, k);
                self.zod_like(&v).is_none()
            })
    }

    fn looks_like_config(&mut self, value: &Value) -> bool {
        let described = self.prop(value, "description").is_some_and(|d| d.as_str().is_some());
        described
            && ["inputSchema", "parameters", "annotations", "title", "outputSchema"]
                .iter()
                .any(|k| self.prop(value, k).is_some())
    }

    pub(super) fn read_prompt_call(&mut self, args: &[Value], at: &Location) {
        self.rule = "js-prompt";
        let Some(first) = args.first().cloned() else { return };
        if self.is_object(&first) {
            if let Some(prompt) = self.prompt_object(&first, Some(at.clone())) {
                self.entry_handler(EntryKind::Prompt, &prompt.name, &first);
                self.found.prompt(prompt);
            }
            return;
        }
        let rest = &args[1..];
        let handler = rest.iter().rev().find(|a| self.is_function(a)).cloned();
        if handler.is_none() && rest.len() < 2 {
            return;
        }
        let Some(name) = first.as_str().map(str::to_owned).filter(|n| n.len() <= 200) else {
            if handler.is_some() && self.eval.term(&first).is_some() {
                let reason = self.eval.why(&first);
                self.gap(at.clone(), "a prompt whose name is not known", reason);
            }
            return;
        };
        let description = rest.iter().find(|a| a.as_str().is_some()).cloned();
        let config = rest.iter().find(|a| self.is_object(a) || self.zod_like(a).is_some()).cloned();
        let prompt = match config {
            Some(config)
                if self
                    .first_prop(&config, &["argsSchema", "title", "description", "arguments"])
                    .is_some_and(|v| self.zod_like(&v).is_none()) =>
            {
                let description = self.prop(&config, "description").or(description);
                let arguments = self.first_prop(&config, &["argsSchema", "arguments", "args"]);
                let title = self.prop(&config, "title");
                self.build_prompt(name, description, arguments, title, Some(at.clone()))
            }
            config => self.build_prompt(name, description, config, None, Some(at.clone())),
        };
        if let Some(handler) = handler {
            self.entry(EntryKind::Prompt, &prompt.name, &handler, ArgumentShape::FirstParameter);
        }
        self.found.prompt(prompt);
    }

    fn entry_handler(&mut self, kind: EntryKind, name: &str, object: &Value) {
        if let Some(handler) = self.first_prop(object, &["load", "handler", "execute", "read", "callback", "cb", "get"])
            && self.is_function(&handler)
        {
            self.entry(kind, name, &handler, ArgumentShape::FirstParameter);
        }
    }

    pub(super) fn read_prompt_list(&mut self, value: &Value, at: &Location) {
        let items = match self.eval.iterate(value) {
            Some(items) => items,
            None if self.is_object(value) => self.eval.entries(value).into_iter().map(|e| e.1).collect(),
            None => Vec::new(),
        };
        for item in items {
            if let Some(prompt) = self.prompt_object(&item, Some(at.clone())) {
                self.found.prompt(prompt);
            }
        }
    }

    pub(super) fn read_resource_list(&mut self, value: &Value, templates: bool, at: &Location) {
        let items = match self.eval.iterate(value) {
            Some(items) => items,
            None if self.is_object(value) => self.eval.entries(value).into_iter().map(|e| e.1).collect(),
            None => Vec::new(),
        };
        for item in items {
            if let Some(resource) = self.resource_object(&item, templates, Some(at.clone())) {
                self.found.resource(resource);
            }
        }
    }

    /// `resource(name, uri or template, metadata?, handler)` and object forms.
    fn read_resource_call(&mut self, args: &[Value], at: &Location) {
        self.rule = "js-resource";
        let Some(first) = args.first().cloned() else { return };
        if self.is_object(&first) {
            if let Some(resource) = self.resource_object(&first, false, Some(at.clone())) {
                self.entry_handler(EntryKind::Resource, &resource.uri, &first);
                self.found.resource(resource);
            }
            return;
        }
        let rest = &args[1..];
        let handler = rest.iter().rev().find(|a| self.is_function(a)).cloned();
        let name = first.as_str().map(str::to_owned);
        let Some((uri, is_template)) = rest.first().and_then(|u| self.uri_of(u)) else {
            if handler.is_some() && rest.len() >= 2 && rest.first().is_some_and(|u| self.eval.term(u).is_some()) {
                let reason = rest.first().map(|u| self.eval.why(u)).unwrap_or_default();
                self.gap(at.clone(), "a resource whose URI is not known", reason);
            }
            return;
        };
        let config = rest.iter().skip(1).find(|a| self.is_object(a)).cloned().unwrap_or(Value::Undefined);
        let text = |r: &mut Self, key: &str| r.prop(&config, key).and_then(|v| r.text(&v));
        let resource = Resource {
            is_template,
            name,
            title: text(self, "title"),
            description: text(self, "description"),
            mime_type: text(self, "mimeType"),
            annotations: None,
            declared_at: Some(at.clone()),
            discovered_by: self.by(),
            unknowns: Vec::new(),
            uri,
        };
        if let Some(handler) = handler {
            // The address, and what stands in the places of its template.
            let arguments = if is_template {
                ArgumentShape::Objects { parameters: vec![0, 1] }
            } else {
                ArgumentShape::FirstParameter
            };
            self.entry(EntryKind::Resource, &resource.uri, &handler, arguments);
        }
        self.found.resource(resource);
    }
}

fn lies_in_dependency(at: &Location) -> bool {
    DependencyRef::of(at.file.as_str()).is_some()
}
