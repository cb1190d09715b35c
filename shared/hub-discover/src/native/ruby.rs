//! Ruby: the official gem (`MCP::Tool` classes, `MCP::Tool.define`, `define_tool`) and fast-mcp (`FastMcp::Tool`).

use super::cx::{Cx, schema_of, set_text};
use super::eval::At;
use super::index::last_name;
use super::schema::{Field, object};
use super::value::{Env, Val, snake};
use hub_engine::EntryKind;
use hub_model::PromptArgument;
use hub_syntax::ModuleId;
use hub_syntax::ir::{Class, ExprId, ExprKind, FnId, Language, MemberKind, Module, StmtKind};
use serde_json::{Value as Json, json};

/// The last name of a base class, and what a class of it is.
const BASES: &[(&str, &str, Kind)] = &[
    ("MCP", "Tool", Kind::Tool),
    ("MCP", "Prompt", Kind::Prompt),
    ("FastMcp", "Tool", Kind::FastTool),
    ("FastMcp", "Resource", Kind::FastResource),
    ("ActionTool", "Base", Kind::FastTool),
    ("ActionResource", "Base", Kind::FastResource),
    ("", "ApplicationTool", Kind::FastTool),
    ("", "ApplicationResource", Kind::FastResource),
    ("", "ApplicationMCPTool", Kind::Tool),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tool,
    Prompt,
    FastTool,
    FastResource,
}

pub(super) fn discover(cx: &mut Cx<'_>) {
    let modules = cx.of(Language::Ruby);
    for module in modules {
        let m = cx.eval.module(module);
        for class in &m.classes {
            if let Some(kind) = kind_of(cx, module, class, 0) {
                cx.eval.new_site();
                // A class that others are made of, with nothing of its own, is no item.
                if is_base(cx, m, class) && statements(m, class).is_empty() {
                    continue;
                }
                read_class(cx, module, class, kind);
            }
        }
    }
    sites(cx);
}

fn kind_of(cx: &Cx<'_>, module: ModuleId, class: &Class, depth: usize) -> Option<Kind> {
    let m = cx.eval.module(module);
    let base = *class.bases.first()?;
    let last = last_name(m, base)?;
    let first = match &m.expr(base).kind {
        ExprKind::Member { object, .. } => last_name(m, *object).unwrap_or(""),
        _ => "",
    };
    let known = BASES
        .iter()
        .find(|(outer, name, _)| *name == last && (*outer == first || outer.is_empty()));
    let rails = matches!(last, "ApplicationTool" | "ApplicationResource" | "ApplicationMCPTool");
    if let Some((outer, _, kind)) = known.filter(|_| !first.is_empty() || rails)
        && (!outer.is_empty() || depth == 0 && cx.eval.index.classes(cx.eval.program, module, last).is_empty())
    {
        return Some(*kind);
    }
    if depth > 8 {
        return None;
    }
    // A class of the program's own that is one.
    let found = cx.eval.index.classes(cx.eval.program, module, last);
    found.into_iter().find_map(|(m, _, c)| kind_of(cx, m, c, depth + 1))
}

fn is_base(cx: &Cx<'_>, m: &Module, class: &Class) -> bool {
    let Some(name) = class.name.map(|n| m.str(n)) else { return false };
    cx.of(Language::Ruby).into_iter().any(|module| {
        let m = cx.eval.module(module);
        m.classes
            .iter()
            .any(|c| c.bases.first().is_some_and(|b| last_name(m, *b) == Some(name)))
    })
}

/// The calls of a class body: name and arguments.
fn statements<'m>(m: &'m Module, class: &Class) -> Vec<(&'m str, Vec<ExprId>, ExprId)> {
    let mut out = Vec::new();
    for member in &class.members {
        let MemberKind::Block(block) = &member.kind else { continue };
        for stmt in block.iter() {
            let StmtKind::Expr(e) = m.stmt(*stmt).kind else { continue };
            if let ExprKind::Call { callee, args, .. } = &m.expr(e).kind
                && let ExprKind::Ident(name) = m.expr(*callee).kind
            {
                let known = [
                    "tool_name",
                    "title",
                    "description",
                    "input_schema",
                    "output_schema",
                    "annotations",
                    "arguments",
                    "prompt_name",
                    "uri",
                    "resource_name",
                    "mime_type",
                    "property",
                ];
                if known.contains(&m.str(name)) {
                    out.push((m.str(name), args.iter().map(|a| a.value).collect(), e));
                }
            }
        }
    }
    out
}

fn read_class(cx: &mut Cx<'_>, module: ModuleId, class: &Class, kind: Kind) {
    let m = cx.eval.module(module);
    let calls = statements(m, class);
    let at = At {
        module,
        function: None,
        env: Env::default(),
    };
    let value = |name: &str| {
        let (_, args, _) = calls.iter().find(|(n, args, _)| *n == name && !args.is_empty())?;
        Some(cx.eval.in_class(&at, class, args[0]))
    };
    // `input_schema(properties: …)`: the arguments by name are the object.
    let named = |name: &str| {
        let (_, args, call) = calls.iter().find(|(n, ..)| *n == name)?;
        let ExprKind::Call { args: all, .. } = &m.expr(*call).kind else {
            return None;
        };
        if all.iter().any(|a| a.name.is_some()) {
            let entries = all
                .iter()
                .filter_map(|a| Some((m.str(a.name?).to_owned(), cx.eval.in_class(&at, class, a.value).json(0)?)));
            return Some(Json::Object(entries.collect()));
        }
        schema_of(&cx.eval.in_class(&at, class, *args.first()?))
    };
    let own = class.name.map(|n| m.str(n));
    match kind {
        Kind::Tool | Kind::FastTool => {
            cx.rule = if kind == Kind::Tool {
                "ruby-tool-class"
            } else {
                "ruby-fast-mcp-tool-class"
            };
            let default = own.map(|n| Val::text(if kind == Kind::Tool { snake(n) } else { n.to_owned() }));
            let name = value("tool_name").or(default).unwrap_or(Val::Null);
            let (text, title) = (value("description"), value("title"));
            let schema = match calls.iter().find(|(n, ..)| *n == "arguments").and_then(|(_, args, _)| args.first()) {
                Some(block) => dry_block(cx, module, *block).map(object),
                None => named("input_schema").map(with_type),
            };
            let annotations = named("annotations");
            let output = named("output_schema").map(with_type);
            let Some(mut tool) = cx.tool(&name, module, class.span) else {
                return;
            };
            cx.handle(EntryKind::Tool, &tool.name, method(m, class, "call").map(|f| (module, f)));
            cx.describe(&mut tool, text.as_ref());
            cx.title(&mut tool, title.as_ref());
            tool.input_schema = schema;
            tool.output_schema = output;
            tool.annotations = annotations.map(hints);
            cx.add(tool);
        }
        Kind::Prompt => {
            cx.rule = "ruby-prompt-class";
            let name = value("prompt_name")
                .or_else(|| own.map(|n| Val::text(snake(n))))
                .unwrap_or(Val::Null);
            let (text, title, arguments) = (value("description"), value("title"), value("arguments"));
            let Some(mut prompt) = cx.prompt(&name, module, class.span) else {
                return;
            };
            cx.handle(EntryKind::Prompt, &prompt.name, method(m, class, "template").map(|f| (module, f)));
            set_text(&mut prompt.description, "description", text.as_ref(), &mut prompt.unknowns);
            set_text(&mut prompt.title, "title", title.as_ref(), &mut prompt.unknowns);
            if let Some(Val::List(items)) = arguments {
                prompt.arguments = items.iter().filter_map(argument).collect();
            }
            cx.found.prompt(prompt);
        }
        Kind::FastResource => {
            cx.rule = "ruby-fast-mcp-resource-class";
            let (uri, name, text, mime) = (value("uri"), value("resource_name"), value("description"), value("mime_type"));
            let Some(mut resource) = cx.resource(&uri.unwrap_or(Val::Null), module, class.span) else {
                return;
            };
            set_text(&mut resource.name, "name", name.as_ref(), &mut resource.unknowns);
            set_text(&mut resource.description, "description", text.as_ref(), &mut resource.unknowns);
            set_text(&mut resource.mime_type, "mime_type", mime.as_ref(), &mut resource.unknowns);
            cx.found.resource(resource);
        }
    }
}

/// The method of a class that answers calls.
fn method(m: &Module, class: &Class, name: &str) -> Option<FnId> {
    class.members.iter().find_map(|member| match member.kind {
        MemberKind::Method(f) if super::index::member_name(m, member.key) == name => Some(f),
        _ => None,
    })
}

/// The gem adds the type of an input schema.
fn with_type(mut schema: Json) -> Json {
    if let Some(map) = schema.as_object_mut() {
        map.entry("type").or_insert_with(|| json!("object"));
    }
    schema
}

/// `read_only_hint: true` as the protocol names it.
fn hints(value: Json) -> Json {
    match value {
        Json::Object(map) => Json::Object(map.into_iter().map(|(k, v)| (super::value::small(&k), v)).collect()),
        other => other,
    }
}

fn argument(value: &Val) -> Option<PromptArgument> {
    Some(PromptArgument {
        name: value.entry("name")?.as_str()?.to_owned(),
        description: value.entry("description").and_then(Val::as_str).map(str::to_owned),
        required: value.entry("required").and_then(Val::as_bool).unwrap_or(false),
    })
}

/// `required(:name).filled(:string).description("…")` of dry-schema, line by line.
fn dry_block(cx: &Cx<'_>, module: ModuleId, block: ExprId) -> Option<Vec<Field>> {
    let m = cx.eval.module(module);
    match m.expr(block).kind {
        ExprKind::Function(f) => Some(dry_fields(cx, module, f, 0)),
        _ => None,
    }
}

fn dry_fields(cx: &Cx<'_>, module: ModuleId, f: FnId, depth: usize) -> Vec<Field> {
    let m = cx.eval.module(module);
    let mut out = Vec::new();
    if depth > 16 {
        return out;
    }
    for stmt in m.function(f).body.iter() {
        let (StmtKind::Expr(e) | StmtKind::Return(Some(e))) = m.stmt(*stmt).kind else {
            continue;
        };
        let mut at = e;
        let mut schema = json!({});
        // From the last call of the chain to `required(:name)`.
        for _ in 0..32 {
            let ExprKind::Call { callee, args, .. } = &m.expr(at).kind else {
                break;
            };
            let first = args.first().map(|a| (a, cx.eval.eval(&cx.eval.place(module, a.value), a.value)));
            let text = first.as_ref().and_then(|(_, v)| v.as_str()).map(str::to_owned);
            match &m.expr(*callee).kind {
                ExprKind::Member { object, property } => {
                    match m.str(*property) {
                        "description" => super::schema::describe(&mut schema, text),
                        "filled" | "value" | "maybe" => {
                            if let Some(kind) = text.as_deref().and_then(dry_type) {
                                schema["type"] = json!(kind);
                            }
                        }
                        "array" => {
                            schema["type"] = json!("array");
                            if let Some(kind) = text.as_deref().and_then(dry_type) {
                                schema["items"] = json!({ "type": kind });
                            }
                        }
                        "hash" => {
                            schema["type"] = json!("object");
                            if let Some(inner) = args.iter().find_map(|a| match m.expr(a.value).kind {
                                ExprKind::Function(f) => Some(f),
                                _ => None,
                            }) {
                                let description = schema.get("description").cloned();
                                schema = super::schema::object(dry_fields(cx, module, inner, depth + 1));
                                if let Some(text) = description {
                                    schema["description"] = text;
                                }
                            }
                        }
                        _ => {}
                    }
                    // `included_in?: %w[a b]`
                    for arg in args.iter() {
                        if arg.name.is_some_and(|n| m.str(n).starts_with("included_in"))
                            && let Some(values) = cx.eval.eval(&cx.eval.place(module, arg.value), arg.value).json(0)
                        {
                            schema["enum"] = values;
                        }
                    }
                    at = *object;
                }
                ExprKind::Ident(word) => {
                    if let (Some(name), required @ ("required" | "optional")) = (text, m.str(*word)) {
                        out.push(Field {
                            name,
                            schema: std::mem::take(&mut schema),
                            required: required == "required",
                        });
                    }
                    break;
                }
                _ => break,
            }
        }
    }
    out
}

fn dry_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" | "symbol" | "date" | "date_time" | "time" => "string",
        "integer" => "integer",
        "float" | "decimal" => "number",
        "bool" => "boolean",
        "array" => "array",
        "hash" => "object",
        _ => return None,
    })
}

/// `MCP::Tool.define(name: …)`, `server.define_tool(name: …)`, prompts, resources and the server itself.
fn sites(cx: &mut Cx<'_>) {
    for (module, id) in cx.calls(&["define", "define_tool", "define_prompt", "new"]) {
        let m = cx.eval.module(module);
        if m.language != Language::Ruby {
            continue;
        }
        let ExprKind::Call { callee, .. } = &m.expr(id).kind else {
            continue;
        };
        let ExprKind::Member { object, .. } = &m.expr(*callee).kind else {
            continue;
        };
        let on = m.dotted(*object).unwrap_or_default();
        let span = m.expr(id).span;
        let called = cx.called(module, id);
        let at = cx.eval.place(module, id);
        let key = |v: &Val| v.entry("name").or_else(|| v.entry("uri")).cloned().unwrap_or(Val::Null);
        let wanted = match (called, on.as_str()) {
            ("define_tool" | "define_prompt", _) => true,
            ("define", on) => on.ends_with("MCP.Tool") || on.ends_with("MCP.Prompt"),
            ("new", on) => on.contains("MCP.") || on.contains("FastMcp."),
            _ => false,
        };
        if !wanted {
            continue;
        }
        for (_, value) in cx.ways(&at, id, &key) {
            let field = |name: &str| value.entry(name).filter(|v| !matches!(v, Val::Null));
            let is_prompt = called == "define_prompt" || called == "define" && on.ends_with("Prompt");
            if called == "new" {
                if on.ends_with("Server") {
                    cx.server(field("name"), field("version"), field("title"), field("instructions"));
                } else if on.ends_with("MCP.Resource") || on.ends_with("MCP.ResourceTemplate") {
                    cx.rule = "ruby-resource-new";
                    let uri = field("uri").or_else(|| field("uri_template")).cloned().unwrap_or(Val::Null);
                    let Some(mut resource) = cx.resource(&uri, module, span) else {
                        continue;
                    };
                    resource.is_template |= on.ends_with("Template");
                    set_text(&mut resource.name, "name", field("name"), &mut resource.unknowns);
                    set_text(&mut resource.title, "title", field("title"), &mut resource.unknowns);
                    set_text(
                        &mut resource.description,
                        "description",
                        field("description"),
                        &mut resource.unknowns,
                    );
                    set_text(&mut resource.mime_type, "mime_type", field("mime_type"), &mut resource.unknowns);
                    cx.found.resource(resource);
                }
            } else if is_prompt {
                cx.rule = "ruby-prompt-define";
                let Some(mut prompt) = cx.prompt(&key(&value), module, span) else {
                    continue;
                };
                set_text(&mut prompt.description, "description", field("description"), &mut prompt.unknowns);
                if let Some(Val::List(items)) = field("arguments") {
                    prompt.arguments = items.iter().filter_map(argument).collect();
                }
                cx.found.prompt(prompt);
            } else {
                cx.rule = "ruby-tool-define";
                let Some(mut tool) = cx.tool(&key(&value), module, span) else {
                    continue;
                };
                cx.describe(&mut tool, field("description"));
                cx.title(&mut tool, field("title"));
                tool.input_schema = field("input_schema").and_then(schema_of).map(with_type);
                tool.annotations = field("annotations").and_then(|v| v.json(0)).map(hints);
                cx.add(tool);
            }
        }
    }
}
