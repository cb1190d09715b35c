//! Go: the official SDK (`github.com/modelcontextprotocol/go-sdk`), mcp-go (`github.com/mark3labs/mcp-go`) and two others.

use super::cx::{Cx, schema_of, set_text, why};
use super::eval::At;
use super::schema::describe;
use super::value::{Call, Val};
use hub_engine::EntryKind;
use hub_model::{PromptArgument, Tool, Unknown};
use hub_syntax::ModuleId;
use hub_syntax::ir::{ClassId, ExprId, ExprKind, FnId, Key, Language, MemberKind, PatKind, Prop, Span};
use serde_json::{Value as Json, json};

/// Import paths of the SDKs, as they appear in a path.
const SDKS: &[&str] = &["mcp-go/", "go-sdk/mcp", "mcp-golang", "go-mcp/"];

/// `WithString("x", …)` of mcp-go and the type it declares.
const PROPERTIES: &[(&str, &str)] = &[
    ("WithString", "string"),
    ("WithNumber", "number"),
    ("WithInteger", "integer"),
    ("WithBoolean", "boolean"),
    ("WithArray", "array"),
    ("WithObject", "object"),
    ("WithAny", ""),
];

/// Hints of mcp-go: the option and the annotation.
const HINTS: &[(&str, &str)] = &[
    ("WithTitleAnnotation", "title"),
    ("WithReadOnlyHintAnnotation", "readOnlyHint"),
    ("WithDestructiveHintAnnotation", "destructiveHint"),
    ("WithIdempotentHintAnnotation", "idempotentHint"),
    ("WithOpenWorldHintAnnotation", "openWorldHint"),
];

/// Options of a property of mcp-go: the option, the keyword, and its value where the option has none.
const KEYWORDS: &[(&str, &str)] = &[
    ("Description", "description"),
    ("Title", "title"),
    ("DefaultString", "default"),
    ("DefaultNumber", "default"),
    ("DefaultBool", "default"),
    ("DefaultArray", "default"),
    ("Min", "minimum"),
    ("Max", "maximum"),
    ("MinLength", "minLength"),
    ("MaxLength", "maxLength"),
    ("MinItems", "minItems"),
    ("MaxItems", "maxItems"),
    ("UniqueItems", "uniqueItems"),
    ("MultipleOf", "multipleOf"),
    ("Pattern", "pattern"),
    ("Items", "items"),
    ("Properties", "properties"),
    ("AdditionalProperties", "additionalProperties"),
];

/// The last part of a call's name, when it is an SDK's.
fn sdk(call: &Call) -> Option<&str> {
    let (path, name) = call.name.rsplit_once('.')?;
    SDKS.iter().any(|s| format!("{path}/").contains(s)).then_some(name)
}

fn sdk_call<'v>(value: &'v Val, names: &[&str]) -> Option<&'v Call> {
    match value {
        Val::Call(call) if sdk(call).is_some_and(|n| names.contains(&n)) => Some(call),
        _ => None,
    }
}

fn arg(call: &Call, n: usize) -> Option<&Val> {
    call.args.get(n).map(|(_, v)| v)
}

/// The name in a tool, prompt or resource value.
fn name_of(value: &Val) -> Val {
    match value {
        Val::Call(call) if call.new => value.entry("Name").cloned().unwrap_or(Val::Null),
        Val::Call(call) => arg(call, 0).cloned().unwrap_or(Val::Null),
        other => other.clone(),
    }
}

pub(super) fn discover(cx: &mut Cx<'_>) {
    servers(cx);
    registrations(cx);
    constructions(cx);
}

fn is_go(cx: &Cx<'_>, module: ModuleId) -> bool {
    cx.eval.module(module).language == Language::Go
}

fn servers(cx: &mut Cx<'_>) {
    for (module, id) in cx.calls(&["NewMCPServer", "NewServer", "NewDefaultServer"]) {
        if !is_go(cx, module) {
            continue;
        }
        let at = cx.eval.place(module, id);
        for (_, value) in cx.ways(&at, id, &|v| server_name(v)) {
            if let Some(call) = sdk_call(&value, &["NewMCPServer"]) {
                let instructions = call
                    .args
                    .iter()
                    .find_map(|(_, v)| sdk_call(v, &["WithInstructions"]).and_then(|c| arg(c, 0)));
                cx.server(arg(call, 0), arg(call, 1), None, instructions);
            } else if let Some(call) = sdk_call(&value, &["NewServer"]) {
                let field = |n: usize, name: &str| arg(call, n).and_then(|v| v.entry(name));
                cx.server(field(0, "Name"), field(0, "Version"), field(0, "Title"), field(1, "Instructions"));
            }
        }
    }
}

fn server_name(value: &Val) -> Val {
    let Some(first) = sdk_call(value, &["NewServer", "NewMCPServer"]).and_then(|c| arg(c, 0)) else {
        return Val::Null;
    };
    first.entry("Name").unwrap_or(first).clone()
}

/// Sites that hand a tool and its handler to a server.
fn registrations(cx: &mut Cx<'_>) {
    for (module, id) in cx.calls(&["AddTool", "NewServerTool", "RegisterTool", "ToolFunc", "NewToolHandler"]) {
        if !is_go(cx, module) {
            continue;
        }
        let called = cx.called(module, id);
        let at = cx.eval.place(module, id);
        let key = |v: &Val| match v {
            Val::Call(call) => tool_in(call).map(|t| name_of(&t)).unwrap_or(Val::Null),
            _ => Val::Null,
        };
        for (at, value) in cx.ways(&at, id, &key) {
            let Val::Call(call) = &value else { continue };
            cx.rule = "go-add-tool";
            let handler = call.args.iter().rev().find_map(|(_, v)| match v {
                Val::Function(m, f, _) => Some((*m, *f)),
                _ => None,
            });
            let span = cx.eval.module(module).expr(id).span;
            if matches!(called, "RegisterTool" | "NewServerTool") {
                // `RegisterTool("name", "description", handler)`.
                let (Some(name @ Val::Str(_)), Some(description)) = (arg(call, 0), arg(call, 1)) else {
                    continue;
                };
                if !cx.imports(module, SDKS) {
                    continue;
                }
                if let Some(mut tool) = cx.tool(name, module, span) {
                    cx.handle(EntryKind::Tool, &tool.name, handler);
                    cx.describe(&mut tool, Some(description));
                    with_handler(cx, &mut tool, handler, &call.types);
                    cx.add(tool);
                }
                continue;
            }
            let Some(made) = tool_in(call) else { continue };
            if let Some(tool) = read_tool(cx, &at, &made, handler, &call.types) {
                cx.handle(EntryKind::Tool, &tool.name, handler.or_else(|| wrapped(call)));
                cx.add(tool);
            }
        }
    }
}

/// `NewTypedToolHandler(handle)`: the handler within what makes another of it.
fn wrapped(call: &Call) -> Option<(ModuleId, FnId)> {
    call.args.iter().rev().find_map(|(_, v)| match v {
        Val::Call(inner) if !inner.new => inner.args.iter().rev().find_map(|(_, v)| match v {
            Val::Function(m, f, _) => Some((*m, *f)),
            _ => None,
        }),
        _ => None,
    })
}

/// The tool among the arguments of a call.
fn tool_in(call: &Call) -> Option<Val> {
    let is_tool = |v: &Val| sdk_call(v, &["Tool", "NewTool", "NewToolWithRawSchema"]).is_some();
    call.args.iter().map(|(_, v)| v).find(|v| is_tool(v)).cloned()
}

/// Places that make a tool, a prompt or a resource, wherever it goes.
fn constructions(cx: &mut Cx<'_>) {
    let names = [
        "Tool",
        "NewTool",
        "NewToolWithRawSchema",
        "Prompt",
        "NewPrompt",
        "Resource",
        "NewResource",
        "ResourceTemplate",
        "NewResourceTemplate",
    ];
    for (module, id) in cx.calls(&names) {
        if !is_go(cx, module) || !cx.imports(module, SDKS) {
            continue;
        }
        let at = cx.eval.place(module, id);
        let span = cx.eval.module(module).expr(id).span;
        let key = |v: &Val| match sdk_call(v, &names) {
            Some(_) => name_of(v),
            None => Val::Null,
        };
        for (at, value) in cx.ways(&at, id, &key) {
            let Some(call) = sdk_call(&value, &names) else { continue };
            if call.new && name_of(&value).open().is_some() && own_type(cx, module, id, sdk(call).unwrap_or("")) {
                continue;
            }
            // An empty literal is a zero value, not a tool.
            if call.new && matches!(call.args.as_slice(), [(_, Val::Map(m))] if m.is_empty()) {
                continue;
            }
            match sdk(call).unwrap_or("") {
                "Tool" | "NewTool" | "NewToolWithRawSchema" => {
                    cx.rule = "go-tool";
                    if let Some(tool) = read_tool(cx, &at, &value, None, &[]) {
                        cx.add(tool);
                    }
                }
                "Prompt" | "NewPrompt" => read_prompt(cx, &value, module, span),
                kind => read_resource(cx, &value, kind.contains("Template"), module, span),
            }
        }
    }
}

/// Items that are copied from literals of a type of the program's own: `mcp.Tool{Name: t.Tool.Name}`. True when there are such.
fn own_type(cx: &mut Cx<'_>, module: ModuleId, id: ExprId, kind: &str) -> bool {
    let m = cx.eval.module(module);
    let ExprKind::Call { args, .. } = &m.expr(id).kind else {
        return false;
    };
    let Some(ExprKind::Object(props)) = args.last().map(|a| &m.expr(a.value).kind) else {
        return false;
    };
    let source = props.iter().find_map(|p| match p {
        Prop::KeyValue { key: Key::Name(k), value } if matches!(m.str(*k), "Name" | "URI" | "URITemplate") => Some(*value),
        _ => None,
    });
    let Some((source, ExprKind::Member { object, property })) = source.map(|s| (s, &m.expr(s).kind)) else {
        return false;
    };
    let field = m.str(*property).to_owned();
    let at = cx.eval.place(module, source);
    let Some((owner, class)) = class_of_path(cx, &at, *object, 0) else {
        return false;
    };
    let Some(name) = cx.eval.module(owner).class(class).name.map(|n| cx.eval.module(owner).str(n)) else {
        return false;
    };
    let mut any = false;
    for (module, id) in cx.calls(&[name]) {
        if !is_go(cx, module) {
            continue;
        }
        let at = cx.eval.place(module, id);
        let span = cx.eval.module(module).expr(id).span;
        let key = |v: &Val| v.entry(&field).cloned().unwrap_or(Val::Null);
        for (_, value) in cx.ways(&at, id, &key) {
            let Val::Call(call) = &value else { continue };
            if call.class != Some((owner, class)) || value.entry(&field).is_none() {
                continue;
            }
            any = true;
            match kind {
                "Tool" => {
                    cx.rule = "go-own-tool-type";
                    let Some(mut tool) = cx.tool(&key(&value), module, span) else {
                        continue;
                    };
                    cx.describe(&mut tool, value.entry("Description"));
                    cx.title(&mut tool, value.entry("Title"));
                    cx.schema(
                        &mut tool,
                        ["InputSchema", "Schema", "Parameters"].iter().find_map(|f| value.entry(f)),
                    );
                    tool.annotations = value.entry("Annotations").and_then(|v| v.json(0)).filter(Json::is_object);
                    cx.add(tool);
                }
                "Prompt" => read_prompt(cx, &value, module, span),
                other => read_resource(cx, &value, other.contains("Template"), module, span),
            }
        }
    }
    any
}

/// The program's own type of `parameter.field.field`.
fn class_of_path(cx: &Cx<'_>, at: &At, id: ExprId, depth: usize) -> Option<(ModuleId, ClassId)> {
    let m = cx.eval.module(at.module);
    match &m.expr(id).kind {
        ExprKind::Ident(name) if depth < 8 => {
            let f = m.function(at.function?);
            let param = f
                .params
                .iter()
                .find(|p| matches!(m.pat(p.pattern).kind, PatKind::Ident(n) if n == *name))?;
            cx.eval.class_of_type(at.module, param.annotation?)
        }
        ExprKind::Member { object, property } if depth < 8 => {
            let (module, class) = class_of_path(cx, at, *object, depth + 1)?;
            let wanted = m.str(*property);
            let owner = cx.eval.module(module);
            let field = owner
                .class(class)
                .members
                .iter()
                .find(|f| super::index::member_name(owner, f.key) == wanted)?;
            match &field.kind {
                MemberKind::Field { annotation: Some(ty), .. } => cx.eval.class_of_type(module, *ty),
                _ => None,
            }
        }
        _ => None,
    }
}

type Handler = Option<(ModuleId, FnId)>;

fn read_tool(cx: &mut Cx<'_>, at: &At, value: &Val, handler: Handler, types: &[(ModuleId, ExprId)]) -> Option<Tool> {
    let Val::Call(call) = value else { return None };
    let mut tool = cx.tool(&name_of(value), call.at.0, call.at.1)?;
    if call.new {
        cx.describe(&mut tool, value.entry("Description"));
        cx.title(&mut tool, value.entry("Title"));
        let schema = ["InputSchema", "RawInputSchema"]
            .iter()
            .find_map(|f| value.entry(f))
            .filter(|v| !matches!(v, Val::Null));
        cx.schema(&mut tool, schema);
        tool.output_schema = ["OutputSchema", "RawOutputSchema"]
            .iter()
            .find_map(|f| value.entry(f))
            .and_then(schema_of);
        tool.annotations = value.entry("Annotations").and_then(|v| v.json(0)).filter(Json::is_object);
    } else {
        let raw = sdk(call) == Some("NewToolWithRawSchema");
        if raw || matches!(arg(call, 1), Some(Val::Str(_))) {
            cx.describe(&mut tool, arg(call, 1));
        }
        if raw {
            cx.schema(&mut tool, arg(call, 2));
        }
        let options: Vec<Val> = call.args.iter().skip(1).map(|(_, v)| v.clone()).collect();
        apply_options(cx, &mut tool, &options);
    }
    // Options that a helper of the program's own was given for this tool.
    let given: Vec<Val> = at
        .env
        .values()
        .into_iter()
        .flat_map(flat)
        .filter(|v| sdk_call(v, ALL_OPTIONS).is_some())
        .collect();
    apply_options(cx, &mut tool, &given);
    let handler = handler.or_else(|| {
        at.env.values().into_iter().find_map(|v| match v {
            Val::Function(m, f, _) => Some((m, f)),
            _ => None,
        })
    });
    // What a helper computes from the handler's type is that type's schema.
    let computed = tool
        .input_schema
        .as_ref()
        .is_none_or(|s| s["properties"].as_object().is_none_or(serde_json::Map::is_empty));
    if computed {
        with_handler(cx, &mut tool, handler, types);
    }
    Some(tool)
}

fn flat(value: Val) -> Vec<Val> {
    match value {
        Val::List(items) => items.to_vec(),
        other => vec![other],
    }
}

/// Options that may be found apart from their tool.
const ALL_OPTIONS: &[&str] = &[
    "WithDescription",
    "WithTitleAnnotation",
    "WithReadOnlyHintAnnotation",
    "WithDestructiveHintAnnotation",
    "WithIdempotentHintAnnotation",
    "WithOpenWorldHintAnnotation",
    "WithToolAnnotation",
    "WithString",
    "WithNumber",
    "WithBoolean",
    "WithArray",
    "WithObject",
    "WithInputSchema",
];

/// The type of the arguments that a handler takes is the schema.
fn with_handler(cx: &Cx<'_>, tool: &mut Tool, handler: Handler, types: &[(ModuleId, ExprId)]) {
    let from_types = types.first().copied();
    let ty = from_types.or_else(|| {
        let (module, f) = handler?;
        let m = cx.eval.module(module);
        let typed = |p: &&hub_syntax::ir::Param| p.annotation.is_some_and(|t| cx.eval.class_of_type(module, t).is_some());
        let param = m
            .function(f)
            .params
            .iter()
            .filter(|p| p.kind != hub_syntax::ir::ParamKind::Receiver)
            .rev()
            .find(typed)?;
        Some((module, param.annotation?))
    });
    let Some((module, ty)) = ty else { return };
    let Some((module, class)) = cx.eval.class_of_type(module, ty) else {
        return;
    };
    tool.unknowns.retain(|u| u.field != "input_schema");
    tool.input_schema = Some(cx.eval.class_schema(module, class, 0));
}

fn apply_options(cx: &Cx<'_>, tool: &mut Tool, options: &[Val]) {
    for option in options.iter().cloned().flat_map(flat) {
        let Val::Call(call) = &option else {
            if !matches!(option, Val::Str(_) | Val::Null | Val::Function(..)) {
                let unknown = Unknown {
                    field: "input_schema".to_owned(),
                    reason: format!("an option of the tool: {}", why(&option)),
                };
                if !tool.unknowns.contains(&unknown) {
                    tool.unknowns.push(unknown);
                }
            }
            continue;
        };
        let Some(name) = sdk(call) else { continue };
        let first = arg(call, 0);
        if let Some((_, hint)) = HINTS.iter().find(|(n, _)| *n == name) {
            let value = first.and_then(|v| v.json(0)).unwrap_or(Json::Bool(true));
            if *hint == "title" {
                tool.title = value.as_str().map(str::to_owned).or(tool.title.take());
            }
            tool.annotations.get_or_insert_with(|| json!({}))[*hint] = value;
        } else if let Some((_, kind)) = PROPERTIES.iter().find(|(n, _)| *n == name) {
            property(tool, first, kind, &call.args[1.min(call.args.len())..]);
        } else {
            match name {
                "WithDescription" => cx.describe(tool, first),
                "WithTitle" => cx.title(tool, first),
                "WithToolAnnotation" => tool.annotations = first.and_then(|v| v.json(0)).filter(Json::is_object),
                "WithRawInputSchema" => cx.schema(tool, first),
                "WithRawOutputSchema" => tool.output_schema = first.and_then(schema_of),
                "WithInputSchema" | "WithOutputSchema" => {
                    let schema = call.types.first().map(|(m, t)| cx.eval.type_schema(*m, *t, 0).0);
                    if name == "WithInputSchema" {
                        tool.input_schema = schema;
                    } else {
                        tool.output_schema = schema;
                    }
                }
                _ => {}
            }
        }
    }
}

/// `WithString("name", Required(), Description("…"))`.
fn property(tool: &mut Tool, name: Option<&Val>, kind: &str, options: &[(Option<std::rc::Rc<str>>, Val)]) {
    let Some(Val::Str(name)) = name else {
        tool.unknowns.push(Unknown {
            field: "input_schema".to_owned(),
            reason: format!("a parameter's name: {}", name.map_or_else(String::new, why)),
        });
        return;
    };
    let mut schema = if kind.is_empty() { json!({}) } else { json!({ "type": kind }) };
    let mut required = false;
    for option in options.iter().map(|(_, v)| v.clone()).flat_map(flat) {
        let Val::Call(call) = &option else { continue };
        let Some(option) = sdk(call) else { continue };
        let first = arg(call, 0);
        match option {
            "Required" => required = true,
            "Description" => match first {
                Some(Val::Str(text)) => describe(&mut schema, Some(text.to_string())),
                Some(value) => tool.unknowns.push(Unknown {
                    field: format!("input_schema.{name}.description"),
                    reason: why(value),
                }),
                None => {}
            },
            "Enum" => {
                schema["enum"] = Json::Array(
                    call.args
                        .iter()
                        .cloned()
                        .flat_map(|(_, v)| flat(v))
                        .filter_map(|v| v.json(0))
                        .collect(),
                )
            }
            "WithStringItems" => schema["items"] = json!({ "type": "string" }),
            "WithNumberItems" => schema["items"] = json!({ "type": "number" }),
            "WithBooleanItems" => schema["items"] = json!({ "type": "boolean" }),
            _ => {
                if let Some((_, keyword)) = KEYWORDS.iter().find(|(n, _)| *n == option)
                    && let Some(value) = first.and_then(|v| v.json(0))
                {
                    schema[*keyword] = value;
                }
            }
        }
    }
    let input = tool
        .input_schema
        .get_or_insert_with(|| json!({ "type": "object", "properties": {} }));
    input["properties"][&**name] = schema;
    if required {
        match input.get_mut("required").and_then(Json::as_array_mut) {
            Some(list) => list.push(Json::String(name.to_string())),
            None => input["required"] = json!([&**name]),
        }
    }
}

fn read_prompt(cx: &mut Cx<'_>, value: &Val, module: ModuleId, span: Span) {
    cx.rule = "go-prompt";
    let Some(mut prompt) = cx.prompt(&name_of(value), module, span) else {
        return;
    };
    let Val::Call(call) = value else { return };
    if call.new {
        set_text(
            &mut prompt.description,
            "description",
            value.entry("Description"),
            &mut prompt.unknowns,
        );
        set_text(&mut prompt.title, "title", value.entry("Title"), &mut prompt.unknowns);
        if let Some(Val::List(items)) = value.entry("Arguments") {
            prompt.arguments = items
                .iter()
                .filter_map(|a| {
                    Some(PromptArgument {
                        name: a.entry("Name")?.as_str()?.to_owned(),
                        description: a.entry("Description").and_then(Val::as_str).map(str::to_owned),
                        required: a.entry("Required").and_then(Val::as_bool).unwrap_or(false),
                    })
                })
                .collect();
        }
    } else {
        for option in call.args.iter().skip(1).map(|(_, v)| v.clone()).flat_map(flat) {
            let Val::Call(option) = &option else { continue };
            match sdk(option) {
                Some("WithPromptDescription") => set_text(&mut prompt.description, "description", arg(option, 0), &mut prompt.unknowns),
                Some("WithPromptTitle") => set_text(&mut prompt.title, "title", arg(option, 0), &mut prompt.unknowns),
                Some("WithArgument") => {
                    let Some(Val::Str(name)) = arg(option, 0) else { continue };
                    let mut argument = PromptArgument {
                        name: name.to_string(),
                        description: None,
                        required: false,
                    };
                    for (_, part) in option.args.iter().skip(1) {
                        if let Some(text) = sdk_call(part, &["ArgumentDescription"]).and_then(|c| arg(c, 0)) {
                            argument.description = text.as_str().map(str::to_owned);
                        }
                        argument.required |= sdk_call(part, &["RequiredArgument"]).is_some();
                    }
                    prompt.arguments.push(argument);
                }
                _ => {}
            }
        }
    }
    cx.found.prompt(prompt);
}

fn read_resource(cx: &mut Cx<'_>, value: &Val, template: bool, module: ModuleId, span: Span) {
    cx.rule = "go-resource";
    let Val::Call(call) = value else { return };
    let uri = if call.new {
        ["URI", "URITemplate"].iter().find_map(|f| value.entry(f)).cloned()
    } else {
        arg(call, 0).cloned()
    };
    let Some(mut resource) = cx.resource(&uri.unwrap_or(Val::Null), module, span) else {
        return;
    };
    resource.is_template |= template;
    if call.new {
        set_text(&mut resource.name, "name", value.entry("Name"), &mut resource.unknowns);
        set_text(&mut resource.title, "title", value.entry("Title"), &mut resource.unknowns);
        set_text(
            &mut resource.description,
            "description",
            value.entry("Description"),
            &mut resource.unknowns,
        );
        set_text(
            &mut resource.mime_type,
            "mime_type",
            value.entry("MIMEType"),
            &mut resource.unknowns,
        );
    } else {
        set_text(&mut resource.name, "name", arg(call, 1), &mut resource.unknowns);
        for option in call.args.iter().skip(2).map(|(_, v)| v.clone()).flat_map(flat) {
            let Val::Call(option) = &option else { continue };
            match sdk(option).unwrap_or("") {
                "WithResourceDescription" | "WithTemplateDescription" => {
                    set_text(&mut resource.description, "description", arg(option, 0), &mut resource.unknowns);
                }
                "WithMIMEType" | "WithTemplateMIMEType" => {
                    set_text(&mut resource.mime_type, "mime_type", arg(option, 0), &mut resource.unknowns);
                }
                _ => {}
            }
        }
    }
    cx.found.resource(resource);
}
