//! C#, Java, Kotlin and PHP: tools, prompts and resources that code makes and hands to a server.

use super::attributes::{parameters, php_summary};
use super::cx::{Cx, schema_of, set_text};
use super::eval::At;
use super::index::last_name;
use super::schema::object;
use super::value::{Call, Env, Val};
use hub_engine::EntryKind;
use hub_model::PromptArgument;
use hub_syntax::ModuleId;
use hub_syntax::ir::{ExprId, ExprKind, FnId, Key, Language, PatKind, Prop, Span, StmtKind};
use serde_json::{Value as Json, json};

/// Words in an import that tell that a file speaks to an SDK.
fn sdks(language: Language) -> &'static [&'static str] {
    match language {
        Language::CSharp => &["ModelContextProtocol"],
        Language::Java | Language::Kotlin => &["modelcontextprotocol"],
        Language::Php => &["Mcp"],
        _ => &[],
    }
}

pub(super) fn discover(cx: &mut Cx<'_>) {
    let makers = [
        "Tool",
        "Prompt",
        "Resource",
        "ResourceTemplate",
        "Implementation",
        "builder",
        "addTool",
        "withTool",
        "addPrompt",
        "withPrompt",
        "addResource",
        "withResource",
        "addResourceTemplate",
        "withResourceTemplate",
        "Create",
        "serverInfo",
        "setServerInfo",
        "withServerInfo",
        "instructions",
        "setInstructions",
        "Server",
    ];
    for (module, id) in cx.calls(&makers) {
        let m = cx.eval.module(module);
        let family = matches!(m.language, Language::CSharp | Language::Java | Language::Kotlin | Language::Php);
        if !family || !speaks(cx, module) {
            continue;
        }
        let called = cx.called(module, id);
        let ExprKind::Call { callee, .. } = &m.expr(id).kind else {
            continue;
        };
        let on = match &m.expr(*callee).kind {
            ExprKind::Member { object, .. } => last_name(m, *object).unwrap_or(""),
            _ => "",
        };
        match (called, on) {
            ("builder", "Tool" | "Prompt" | "Resource" | "ResourceTemplate") => built(cx, module, id, on),
            ("builder", _) => {}
            ("Create", "McpServerTool" | "McpServerPrompt") => created(cx, module, id, on),
            ("Create", _) => {}
            _ => site(cx, module, id, called),
        }
    }
    assigned_instructions(cx);
}

/// Files of a namespace that a project imports everywhere (C# global usings, same package) count by the words they use.
fn speaks(cx: &Cx<'_>, module: ModuleId) -> bool {
    let m = cx.eval.module(module);
    cx.imports(module, sdks(m.language)) || m.language == Language::CSharp && m.source.contains("ListToolsResult")
}

fn args_named<'v>(call: &'v Call, name: &str) -> Option<&'v Val> {
    call.args.iter().find(|(k, _)| k.as_deref() == Some(name)).map(|(_, v)| v)
}

fn placed(call: &Call, n: usize) -> Option<&Val> {
    call.args.iter().filter(|(k, _)| k.is_none()).nth(n).map(|(_, v)| v)
}

/// Items whose fields are named: `new Tool { Name = … }`, `Tool(name = …)`, `addTool(name = …)`, PHP's named arguments.
fn entry<'v>(value: &'v Val, names: &[&str]) -> Option<&'v Val> {
    names.iter().find_map(|n| value.entry(n)).filter(|v| !matches!(v, Val::Null))
}

fn site(cx: &mut Cx<'_>, module: ModuleId, id: ExprId, called: &str) {
    let language = cx.eval.module(module).language;
    let at = cx.eval.place(module, id);
    let span = cx.eval.module(module).expr(id).span;
    let key = |v: &Val| match v {
        Val::Call(_) => entry(v, &["Name", "name", "uri", "Uri"]).cloned().unwrap_or(Val::Null),
        _ => Val::Null,
    };
    for (_, value) in cx.ways(&at, id, &key) {
        let Val::Call(call) = &value else { continue };
        if call.class.is_some() {
            continue;
        }
        match called {
            "Implementation" => {
                let field = |n: usize, names: &[&str]| entry(&value, names).or_else(|| placed(call, n));
                cx.server(
                    field(0, &["Name", "name"]),
                    field(1, &["Version", "version"]),
                    entry(&value, &["Title", "title"]),
                    None,
                );
            }
            "serverInfo" | "setServerInfo" | "withServerInfo" => {
                let field = |n: usize, name: &str| args_named(call, name).or_else(|| placed(call, n));
                cx.server(field(0, "name"), field(1, "version"), args_named(call, "title"), None);
            }
            "instructions" | "setInstructions" => cx.server(None, None, None, placed(call, 0)),
            "Server" => cx.server(None, None, None, args_named(call, "instructions")),
            _ if language == Language::Php => php(cx, call, called, module, span),
            "Tool" | "addTool" => tool(cx, call, &value, module, span),
            "Prompt" | "addPrompt" => prompt(cx, call, &value, module, span),
            "Resource" | "ResourceTemplate" | "addResource" | "addResourceTemplate" => resource(cx, call, &value, called, module, span),
            _ => {}
        }
    }
}

fn rule(cx: &Cx<'_>, module: ModuleId, kinds: [&'static str; 4]) -> &'static str {
    match cx.eval.module(module).language {
        Language::CSharp => kinds[0],
        Language::Java => kinds[1],
        Language::Kotlin => kinds[2],
        _ => kinds[3],
    }
}

fn tool(cx: &mut Cx<'_>, call: &Call, value: &Val, module: ModuleId, span: Span) {
    cx.rule = rule(cx, module, ["csharp-tool", "java-tool", "kotlin-tool", "php-tool"]);
    let language = cx.eval.module(module).language;
    let by_name = entry(value, &["Name", "name"]);
    // `addTool(tool)`: the tool is found where it is made.
    let Some(first) =
        by_name.or_else(|| placed(call, 0).filter(|v| language == Language::Java || v.as_str().is_some() || v.open().is_some()))
    else {
        return;
    };
    let registers = call.name.ends_with("addTool");
    if by_name.is_none() && registers && (language == Language::Java || first.as_str().is_none() && first.open().is_none()) {
        return;
    }
    let count = call.args.len();
    // Java's constructors: (name, description, schema[, annotations]) and, with a title, of six and more.
    let titled = count >= 6;
    let place = |n: usize| if by_name.is_none() { placed(call, n) } else { None };
    let Some(mut tool) = cx.tool(first, module, span) else { return };
    cx.describe(
        &mut tool,
        entry(value, &["Description", "description"]).or_else(|| place(if titled { 2 } else { 1 })),
    );
    cx.title(&mut tool, entry(value, &["Title", "title"]).or_else(|| place(1).filter(|_| titled)));
    let schema = entry(value, &["InputSchema", "inputSchema"]).or_else(|| place(if titled { 3 } else { 2 }));
    read_schema(cx, &mut tool, schema);
    let annotations = entry(value, &["Annotations", "annotations", "toolAnnotations"]).or_else(|| place(if titled { 5 } else { 3 }));
    tool.annotations = annotations.and_then(annotations_of);
    cx.add(tool);
}

fn read_schema(cx: &Cx<'_>, tool: &mut hub_model::Tool, value: Option<&Val>) {
    let Some(value) = value else { return };
    match schema_value(cx, value, 0) {
        Some(schema) => tool.input_schema = Some(schema),
        None => cx.schema(tool, Some(value)),
    }
}

/// Schemas that builders and constructors make.
fn schema_value(cx: &Cx<'_>, value: &Val, depth: usize) -> Option<Json> {
    if depth > 32 {
        return None;
    }
    match value {
        Val::Call(call) => {
            let name = call.name.rsplit('.').next().unwrap_or("");
            match name {
                "JsonSchema" => {
                    // (type, properties, required, …)
                    let part = |n: usize, k: &str| args_named(call, k).or_else(|| placed(call, n));
                    let mut out = json!({ "type": part(0, "type").and_then(Val::as_str).unwrap_or("object") });
                    out["properties"] = part(1, "properties")
                        .and_then(|v| schema_value(cx, v, depth + 1))
                        .unwrap_or(json!({}));
                    if let Some(required) = part(2, "required").and_then(|v| v.json(0)).filter(Json::is_array) {
                        out["required"] = required;
                    }
                    Some(out)
                }
                "ToolSchema" | "Input" | "Output" => {
                    let properties = args_named(call, "properties").or_else(|| placed(call, 0));
                    let mut out = json!({ "type": "object", "properties": {} });
                    if let Some(p) = properties.and_then(|v| schema_value(cx, v, depth + 1)) {
                        out["properties"] = p;
                    }
                    let required = args_named(call, "required").or_else(|| placed(call, 1));
                    if let Some(required) = required.and_then(|v| v.json(0)).filter(Json::is_array) {
                        out["required"] = required;
                    }
                    Some(out)
                }
                "buildJsonObject" | "buildJsonArray" => match placed(call, 0) {
                    Some(Val::Function(m, f, env)) => kotlin_json(cx, *m, *f, env, name == "buildJsonArray", depth + 1),
                    _ => None,
                },
                "JsonObject" | "JsonArray" | "JsonPrimitive" => placed(call, 0).and_then(|v| schema_value(cx, v, depth + 1)),
                _ => schema_of(value),
            }
        }
        Val::Map(entries) => {
            let entries = entries
                .iter()
                .filter_map(|(k, v)| Some((k.to_string(), schema_value(cx, v, depth + 1)?)));
            Some(Json::Object(entries.collect()))
        }
        Val::Str(text) if depth == 0 => serde_json::from_str(text).ok(),
        other => other.json(depth),
    }
}

/// `put`, `putJsonObject`, `putJsonArray` and `add` of a closure of Kotlin's JSON builders.
fn kotlin_json(cx: &Cx<'_>, module: ModuleId, f: FnId, env: &Env, array: bool, depth: usize) -> Option<Json> {
    if depth > 32 {
        return None;
    }
    let m = cx.eval.module(module);
    let at = At {
        module,
        function: Some(f),
        env: env.clone(),
    };
    let mut map = serde_json::Map::new();
    let mut list = Vec::new();
    for stmt in m.function(f).body.iter() {
        let (StmtKind::Expr(e) | StmtKind::Return(Some(e))) = m.stmt(*stmt).kind else {
            continue;
        };
        let ExprKind::Call { callee, args, .. } = &m.expr(e).kind else {
            continue;
        };
        let value = |n: usize| args.get(n).map(|a| cx.eval.eval(&at, a.value));
        let nested = |n: usize, array: bool| match value(n) {
            Some(Val::Function(m, f, env)) => kotlin_json(cx, m, f, &env, array, depth + 1),
            _ => None,
        };
        let key = value(0).and_then(|v| v.as_str().map(str::to_owned));
        match (last_name(m, *callee).unwrap_or(""), key) {
            ("put", Some(key)) => {
                if let Some(v) = value(1).and_then(|v| schema_value(cx, &v, depth + 1)) {
                    map.insert(key, v);
                }
            }
            ("putJsonObject", Some(key)) => {
                map.insert(key, nested(1, false).unwrap_or(json!({})));
            }
            ("putJsonArray", Some(key)) => {
                map.insert(key, nested(1, true).unwrap_or(json!([])));
            }
            ("add", _) => list.extend(value(0).and_then(|v| schema_value(cx, &v, depth + 1))),
            ("addJsonObject", _) => list.extend(nested(0, false)),
            _ => {}
        }
    }
    Some(if array { Json::Array(list) } else { Json::Object(map) })
}

/// `ToolAnnotations(title, readOnly, destructive, idempotent, openWorld)`, by name or by place.
fn annotations_of(value: &Val) -> Option<Json> {
    let Val::Call(call) = value else { return None };
    let named = value.json(0).filter(|j| j.as_object().is_some_and(|o| !o.is_empty()));
    if named.is_some() {
        return named;
    }
    let mut out = json!({});
    for (i, hint) in ["title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"]
        .into_iter()
        .enumerate()
    {
        if let Some(value) = placed(call, i).and_then(|v| v.json(0)).filter(|v| !v.is_null()) {
            out[hint] = value;
        }
    }
    out.as_object().is_some_and(|o| !o.is_empty()).then_some(out)
}

fn prompt(cx: &mut Cx<'_>, call: &Call, value: &Val, module: ModuleId, span: Span) {
    cx.rule = rule(cx, module, ["csharp-prompt", "java-prompt", "kotlin-prompt", "php-prompt"]);
    let by_name = entry(value, &["Name", "name"]);
    let Some(first) = by_name.or_else(|| placed(call, 0).filter(|v| v.as_str().is_some() || v.open().is_some())) else {
        return;
    };
    let Some(mut prompt) = cx.prompt(first, module, span) else { return };
    let place = |n: usize| if by_name.is_none() { placed(call, n) } else { None };
    let titled = call.args.len() == 4 && cx.eval.module(module).language == Language::Java;
    let text = entry(value, &["Description", "description"]).or_else(|| place(1 + usize::from(titled)));
    set_text(&mut prompt.description, "description", text, &mut prompt.unknowns);
    set_text(
        &mut prompt.title,
        "title",
        entry(value, &["Title", "title"]).or_else(|| place(1).filter(|_| titled)),
        &mut prompt.unknowns,
    );
    if let Some(Val::List(items)) = entry(value, &["Arguments", "arguments"]).or_else(|| place(2 + usize::from(titled))) {
        prompt.arguments = items.iter().filter_map(argument).collect();
    }
    cx.found.prompt(prompt);
}

fn argument(value: &Val) -> Option<PromptArgument> {
    let Val::Call(call) = value else { return None };
    let titled = usize::from(call.args.len() == 4);
    let name = entry(value, &["Name", "name"]).or_else(|| placed(call, 0))?;
    let text = entry(value, &["Description", "description"]).or_else(|| placed(call, 1 + titled));
    let required = entry(value, &["Required", "required"]).or_else(|| placed(call, 2 + titled));
    Some(PromptArgument {
        name: name.as_str()?.to_owned(),
        description: text.and_then(Val::as_str).map(str::to_owned),
        required: required.and_then(Val::as_bool).unwrap_or(false),
    })
}

fn resource(cx: &mut Cx<'_>, call: &Call, value: &Val, called: &str, module: ModuleId, span: Span) {
    cx.rule = rule(cx, module, ["csharp-resource", "java-resource", "kotlin-resource", "php-resource"]);
    let by_name = entry(value, &["Uri", "uri", "UriTemplate", "uriTemplate"]);
    let Some(uri) = by_name.or_else(|| placed(call, 0).filter(|v| v.as_str().is_some() || v.open().is_some())) else {
        return;
    };
    let Some(mut resource) = cx.resource(uri, module, span) else {
        return;
    };
    resource.is_template |= called.contains("Template");
    let place = |n: usize| if by_name.is_none() { placed(call, n) } else { None };
    // Java's older constructor: (uri, name, description, mimeType, annotations).
    let text = |names: &[&str], n: usize| entry(value, names).or_else(|| place(n));
    set_text(&mut resource.name, "name", text(&["Name", "name"], 1), &mut resource.unknowns);
    set_text(
        &mut resource.description,
        "description",
        text(&["Description", "description"], 2),
        &mut resource.unknowns,
    );
    set_text(
        &mut resource.mime_type,
        "mime_type",
        text(&["MimeType", "mimeType"], 3),
        &mut resource.unknowns,
    );
    set_text(
        &mut resource.title,
        "title",
        entry(value, &["Title", "title"]),
        &mut resource.unknowns,
    );
    cx.found.resource(resource);
}

/// `Tool.builder().name("…").description("…").inputSchema(…).build()`.
fn built(cx: &mut Cx<'_>, module: ModuleId, id: ExprId, what: &str) {
    let whole = super::rust::chain_end(cx, module, id);
    let at = cx.eval.place(module, whole);
    let span = cx.eval.module(module).expr(id).span;
    let key = |v: &Val| {
        let (item, with) = super::rust::unchained(v);
        super::rust::given(&with, &["name", "uri", "uriTemplate"])
            .cloned()
            .unwrap_or(match &item {
                Val::Call(c) => placed(c, 0).cloned().unwrap_or(Val::Null),
                _ => Val::Null,
            })
    };
    for (_, value) in cx.ways(&at, whole, &key) {
        let name = key(&value);
        let (_, with) = super::rust::unchained_last(&value);
        let given = |names: &[&str]| super::rust::given(&with, names);
        match what {
            "Tool" => {
                cx.rule = "java-tool-builder";
                let Some(mut tool) = cx.tool(&name, module, span) else { continue };
                cx.describe(&mut tool, given(&["description"]));
                cx.title(&mut tool, given(&["title"]));
                read_schema(cx, &mut tool, given(&["inputSchema"]));
                tool.annotations = given(&["annotations"]).and_then(annotations_of);
                cx.add(tool);
            }
            "Prompt" => {
                cx.rule = "java-prompt-builder";
                let Some(mut prompt) = cx.prompt(&name, module, span) else {
                    continue;
                };
                set_text(
                    &mut prompt.description,
                    "description",
                    given(&["description"]),
                    &mut prompt.unknowns,
                );
                if let Some(Val::List(items)) = given(&["arguments"]) {
                    prompt.arguments = items.iter().filter_map(argument).collect();
                }
                cx.found.prompt(prompt);
            }
            _ => {
                cx.rule = "java-resource-builder";
                let uri = given(&["uri", "uriTemplate"]).cloned().unwrap_or(name);
                let Some(mut resource) = cx.resource(&uri, module, span) else {
                    continue;
                };
                resource.is_template |= what == "ResourceTemplate";
                set_text(&mut resource.name, "name", given(&["name"]), &mut resource.unknowns);
                set_text(
                    &mut resource.description,
                    "description",
                    given(&["description"]),
                    &mut resource.unknowns,
                );
                set_text(&mut resource.mime_type, "mime_type", given(&["mimeType"]), &mut resource.unknowns);
                cx.found.resource(resource);
            }
        }
    }
}

/// `McpServerTool.Create(method, new() { Name = … })` of C#: a delegate's parameters are the tool's.
fn created(cx: &mut Cx<'_>, module: ModuleId, id: ExprId, on: &str) {
    let at = cx.eval.place(module, id);
    let span = cx.eval.module(module).expr(id).span;
    let Val::Call(call) = cx.eval.eval(&at, id) else { return };
    let handler = call.args.iter().find_map(|(_, v)| match v {
        Val::Function(m, f, _) => Some((*m, *f)),
        _ => None,
    });
    let options = call
        .args
        .iter()
        .skip(1)
        .map(|(_, v)| v)
        .find(|v| matches!(v, Val::Call(_) | Val::Map(_)));
    let named = options.and_then(|o| o.entry("Name")).cloned();
    // A method looked up by reflection bears the attribute, and is found there.
    if handler.is_none() && named.is_none() {
        return;
    }
    let name = named.or_else(|| {
        let (m, f) = handler?;
        let m = cx.eval.module(m);
        m.function(f).name.map(|n| Val::text(super::value::snake(m.str(n))))
    });
    let text = options.and_then(|o| o.entry("Description"));
    let fields = handler
        .map(|(m, f)| parameters(cx, m, cx.eval.module(m).function(f)))
        .unwrap_or_default();
    if on == "McpServerPrompt" {
        cx.rule = "csharp-prompt-create";
        let Some(mut prompt) = cx.prompt(&name.unwrap_or(Val::Null), module, span) else {
            return;
        };
        set_text(&mut prompt.description, "description", text, &mut prompt.unknowns);
        prompt.arguments = super::cx::arguments_of(&object(fields));
        cx.found.prompt(prompt);
        return;
    }
    cx.rule = "csharp-tool-create";
    let Some(mut tool) = cx.tool(&name.unwrap_or(Val::Null), module, span) else {
        return;
    };
    cx.handle(EntryKind::Tool, &tool.name, handler);
    cx.describe(&mut tool, text);
    if handler.is_some() {
        tool.input_schema = Some(object(fields));
    }
    cx.add(tool);
}

/// PHP's builders: `addTool(handler, name: …)` (official), `withTool(handler, name, description)` (php-mcp/server).
fn php(cx: &mut Cx<'_>, call: &Call, called: &str, module: ModuleId, span: Span) {
    let official = called.starts_with("add");
    let handler = args_named(call, "handler").or_else(|| placed(call, 0));
    let (method, doc) = handler.and_then(|h| php_handler(cx, h)).map_or((None, None), |(m, f)| {
        let module = cx.eval.module(m);
        (Some((m, f)), module.function(f).doc.map(|d| php_summary(module.str(d))))
    });
    let own = method.and_then(|(m, f)| {
        let m = cx.eval.module(m);
        let f = m.function(f);
        let name = f.name.map(|n| m.str(n))?;
        if name == "__invoke" {
            return f.class.and_then(|c| m.class(c).name).map(|n| Val::text(m.str(n)));
        }
        Some(Val::text(name))
    });
    let is_resource = called.contains("Resource");
    let shift = usize::from(is_resource);
    let name = args_named(call, "name")
        .or_else(|| placed(call, 1 + shift))
        .filter(|v| !matches!(v, Val::Null))
        .cloned()
        .or(own);
    let text = args_named(call, "description").or_else(|| placed(call, if official { 3 } else { 2 } + shift));
    let text = text.filter(|v| !matches!(v, Val::Null)).cloned().or_else(|| doc.map(Val::text));
    let title = args_named(call, "title").cloned();
    let fields = method.map(|(m, f)| parameters(cx, m, cx.eval.module(m).function(f)));
    if called.ends_with("Tool") {
        cx.rule = "php-add-tool";
        let Some(mut tool) = cx.tool(&name.unwrap_or(Val::Null), module, span) else {
            return;
        };
        cx.handle(EntryKind::Tool, &tool.name, method);
        cx.describe(&mut tool, text.as_ref());
        cx.title(&mut tool, title.as_ref());
        tool.input_schema = fields.map(object);
        if let Some(schema) = args_named(call, "inputSchema") {
            cx.schema(&mut tool, Some(schema));
        }
        tool.annotations = args_named(call, "annotations").and_then(annotations_of);
        cx.add(tool);
    } else if called.ends_with("Prompt") {
        cx.rule = "php-add-prompt";
        let Some(mut prompt) = cx.prompt(&name.unwrap_or(Val::Null), module, span) else {
            return;
        };
        set_text(&mut prompt.description, "description", text.as_ref(), &mut prompt.unknowns);
        prompt.arguments = super::cx::arguments_of(&object(fields.unwrap_or_default()));
        cx.found.prompt(prompt);
    } else {
        cx.rule = "php-add-resource";
        let uri = args_named(call, "uri")
            .or_else(|| args_named(call, "uriTemplate"))
            .or_else(|| placed(call, 1));
        let Some(mut resource) = cx.resource(&uri.cloned().unwrap_or(Val::Null), module, span) else {
            return;
        };
        resource.is_template |= called.ends_with("Template");
        set_text(&mut resource.name, "name", name.as_ref(), &mut resource.unknowns);
        set_text(&mut resource.description, "description", text.as_ref(), &mut resource.unknowns);
        set_text(
            &mut resource.mime_type,
            "mime_type",
            args_named(call, "mimeType"),
            &mut resource.unknowns,
        );
        cx.found.resource(resource);
    }
}

/// `[Class::class, 'method']`, `Class::class`, a closure.
fn php_handler(cx: &Cx<'_>, handler: &Val) -> Option<(ModuleId, FnId)> {
    let method = |class: &str, name: &str| {
        let class = class.strip_suffix(".class")?;
        let class = class.rsplit(['\\', '.']).next().unwrap_or(class);
        cx.of(Language::Php).into_iter().find_map(|module| {
            let found = cx.eval.index.classes(cx.eval.program, module, class);
            found.into_iter().find_map(|(m, c, _)| match cx.eval.static_member(m, c, name) {
                Some(Val::Function(m, f, _)) => Some((m, f)),
                _ => None,
            })
        })
    };
    match handler {
        Val::Function(m, f, _) => Some((*m, *f)),
        Val::List(pair) => match pair.as_slice() {
            [Val::Name(class), Val::Str(name)] => method(class, name),
            _ => None,
        },
        Val::Name(class) => method(class, "__invoke"),
        _ => None,
    }
}

/// `options.ServerInstructions = "…"` of C#, and the same in an initializer.
fn assigned_instructions(cx: &mut Cx<'_>) {
    for module in cx.of(Language::CSharp) {
        let m = cx.eval.module(module);
        let mut values: Vec<ExprId> = Vec::new();
        for e in &m.exprs {
            match &e.kind {
                ExprKind::Assign { target, value, .. } => {
                    if let PatKind::Target(t) = m.pat(*target).kind
                        && last_name(m, t) == Some("ServerInstructions")
                    {
                        values.push(*value);
                    }
                }
                ExprKind::Object(props) => values.extend(props.iter().filter_map(|p| match p {
                    Prop::KeyValue { key: Key::Name(k), value } if m.str(*k) == "ServerInstructions" => Some(*value),
                    _ => None,
                })),
                _ => {}
            }
        }
        for value in values {
            let text = cx.eval.eval(&cx.eval.place(module, value), value);
            cx.server(None, None, None, Some(&text));
        }
    }
}
