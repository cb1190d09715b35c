//! Rust: the official SDK (`rmcp`: `#[tool]`, `#[prompt]`, `Tool::new`), and `#[mcp_tool]` of rust-mcp-sdk.

use super::cx::{Cx, arguments_of, schema_of, set_text};
use super::index::{decorator, last_name};
use super::schema::{clean_doc, describe, object};
use super::value::{Call, Val, small};
use hub_model::PromptArgument;
use hub_syntax::ModuleId;
use hub_syntax::ir::{ClassId, ExprId, ExprKind, Function, Language, ParamKind, Span};
use serde_json::{Value as Json, json};

/// Hints of `annotations(…)` and `#[mcp_tool(…)]`.
const HINTS: &[&str] = &["title", "read_only_hint", "destructive_hint", "idempotent_hint", "open_world_hint"];

/// Words in a `use` that tell that a file speaks to an SDK.
const SDKS: &[&str] = &["rmcp", "rust_mcp", "mcp_", "mcpr", "mcp::", "model::"];

pub(super) fn discover(cx: &mut Cx<'_>) {
    for module in cx.of(Language::Rust) {
        let m = cx.eval.module(module);
        for function in &m.functions {
            if decorator(m, &function.decorators, &["tool"]).is_some() {
                tool_function(cx, module, function);
            }
            if decorator(m, &function.decorators, &["prompt"]).is_some() {
                prompt_function(cx, module, function);
            }
        }
        for (i, class) in m.classes.iter().enumerate() {
            if decorator(m, &class.decorators, &["mcp_tool"]).is_some() {
                tool_class(cx, module, ClassId(i as u32));
            }
            if let Some((mark, _)) = decorator(m, &class.decorators, &["tool_handler"]) {
                let text = |name: &str| cx.eval.mark(module, &[mark], &["tool_handler"], name, 9);
                let (name, version, instructions) = (text("name"), text("version"), text("instructions"));
                cx.server(name.as_ref(), version.as_ref(), None, instructions.as_ref());
            }
        }
    }
    sites(cx);
}

fn doc_of(cx: &Cx<'_>, module: ModuleId, function: &Function) -> Option<Val> {
    let m = cx.eval.module(module);
    function.doc.map(|d| Val::text(clean_doc(Language::Rust, m.str(d))))
}

/// `#[tool(name = "…", description = "…", annotations(…))] fn`.
fn tool_function(cx: &mut Cx<'_>, module: ModuleId, function: &Function) {
    cx.rule = "rust-tool-attribute";
    let m = cx.eval.module(module);
    let marks = &function.decorators;
    let own = function.name.map_or(Val::Null, |n| Val::text(m.str(n).trim_start_matches("r#")));
    let mark = |name: &str| cx.eval.mark(module, marks, &["tool"], name, 99);
    // `#[tool]` of other libraries has other arguments; so has `#[tool(tool_box)]` on a block.
    let name = mark("name").unwrap_or(own);
    let description = mark("description").or_else(|| doc_of(cx, module, function));
    let (title, input, output, annotations) = (mark("title"), mark("input_schema"), mark("output_schema"), hints(cx, module, marks));
    let Some(mut tool) = cx.tool(&name, module, function.span) else {
        return;
    };
    cx.describe(&mut tool, description.as_ref());
    cx.title(&mut tool, title.as_ref());
    tool.annotations = annotations;
    tool.input_schema = input
        .as_ref()
        .and_then(schema_of)
        .or_else(|| Some(parameters(cx, module, function)));
    tool.output_schema = output.as_ref().and_then(schema_of).or_else(|| structured(cx, module, function));
    cx.add(tool);
}

/// `annotations(title = "…", read_only_hint = true)` of an attribute.
fn hints(cx: &Cx<'_>, module: ModuleId, marks: &[ExprId]) -> Option<Json> {
    let m = cx.eval.module(module);
    let (_, args) = decorator(m, marks, &["tool", "mcp_tool"])?;
    let nested = args.iter().find_map(|a| match &m.expr(a.value).kind {
        ExprKind::Call { callee, .. } if last_name(m, *callee) == Some("annotations") => Some(a.value),
        _ => None,
    });
    let marks: Vec<ExprId> = nested.into_iter().chain(marks.iter().copied()).collect();
    let mut out = json!({});
    for hint in HINTS {
        if let Some(value) = cx
            .eval
            .mark(module, &marks, &["annotations", "mcp_tool"], hint, 99)
            .and_then(|v| v.json(0))
        {
            out[small(hint)] = value;
        }
    }
    out.as_object().is_some_and(|o| !o.is_empty()).then_some(out)
}

/// The schema of a handler: of its `Parameters<T>`, or, in older versions, of each parameter marked for it.
fn parameters(cx: &Cx<'_>, module: ModuleId, function: &Function) -> Json {
    let m = cx.eval.module(module);
    let mut fields = Vec::new();
    for param in function.params.iter().filter(|p| p.kind != ParamKind::Receiver) {
        let Some(ty) = param.annotation else { continue };
        let marked = |what: &str| {
            decorator(m, &param.decorators, &["tool"]).is_some_and(|(_, a)| a.iter().any(|a| last_name(m, a.value) == Some(what)))
        };
        let wrapped = matches!(&m.expr(ty).kind, ExprKind::Index { object, .. } if last_name(m, *object) == Some("Parameters"));
        if wrapped || marked("aggr") {
            return match cx.eval.class_of_type(module, ty) {
                Some((module, class)) => cx.eval.class_schema(module, class, 0),
                None => json!({ "type": "object" }),
            };
        }
        if marked("param")
            && let hub_syntax::ir::PatKind::Ident(name) = m.pat(param.pattern).kind
        {
            let (mut schema, missing) = cx.eval.type_schema(module, ty, 0);
            describe(
                &mut schema,
                cx.eval.mark_text(module, &param.decorators, &["schemars"], "description", 9),
            );
            fields.push(super::schema::Field {
                name: m.str(name).to_owned(),
                schema,
                required: !missing,
            });
        }
    }
    object(fields)
}

/// `Json<T>` in what a handler returns.
fn structured(cx: &Cx<'_>, module: ModuleId, function: &Function) -> Option<Json> {
    let m = cx.eval.module(module);
    let mut ty = function.returns?;
    for _ in 0..4 {
        let ExprKind::Index { object, index } = &m.expr(ty).kind else {
            return None;
        };
        let inner = match &m.expr(*index).kind {
            ExprKind::Array(all) => *all.first()?,
            _ => *index,
        };
        if last_name(m, *object) == Some("Json") {
            let (module, class) = cx.eval.class_of_type(module, inner)?;
            return Some(cx.eval.class_schema(module, class, 0));
        }
        ty = inner;
    }
    None
}

fn prompt_function(cx: &mut Cx<'_>, module: ModuleId, function: &Function) {
    cx.rule = "rust-prompt-attribute";
    let m = cx.eval.module(module);
    let mark = |name: &str| cx.eval.mark(module, &function.decorators, &["prompt"], name, 99);
    let own = function.name.map_or(Val::Null, |n| Val::text(m.str(n)));
    let name = mark("name").unwrap_or(own);
    let description = mark("description").or_else(|| doc_of(cx, module, function));
    let title = mark("title");
    let arguments = arguments_of(&parameters(cx, module, function));
    let Some(mut prompt) = cx.prompt(&name, module, function.span) else {
        return;
    };
    set_text(&mut prompt.description, "description", description.as_ref(), &mut prompt.unknowns);
    set_text(&mut prompt.title, "title", title.as_ref(), &mut prompt.unknowns);
    prompt.arguments = arguments;
    cx.found.prompt(prompt);
}

/// `#[mcp_tool(name = "…", description = "…")] struct`: its fields are the parameters.
fn tool_class(cx: &mut Cx<'_>, module: ModuleId, id: ClassId) {
    cx.rule = "rust-mcp-tool-attribute";
    let m = cx.eval.module(module);
    let class = m.class(id);
    let mark = |name: &str| cx.eval.mark(module, &class.decorators, &["mcp_tool"], name, 99);
    let (name, description, title) = (mark("name").unwrap_or(Val::Null), mark("description"), mark("title"));
    let annotations = hints(cx, module, &class.decorators);
    let schema = cx.eval.class_schema(module, id, 0);
    let Some(mut tool) = cx.tool(&name, module, class.span) else {
        return;
    };
    cx.describe(&mut tool, description.as_ref());
    cx.title(&mut tool, title.as_ref());
    tool.annotations = annotations;
    tool.input_schema = Some(schema);
    cx.add(tool);
}

fn arg(call: &Call, n: usize) -> Option<&Val> {
    call.args.get(n).map(|(_, v)| v)
}

/// The item that a chain of `with_…` calls is made on, and the texts given on the way.
pub(super) fn unchained(value: &Val) -> (Val, Vec<(String, Val)>) {
    let mut with = Vec::new();
    let mut at = value.clone();
    for _ in 0..64 {
        let Val::Call(call) = &at else { break };
        let Some(on) = call.on.clone() else { break };
        if let Some(first) = arg(call, 0) {
            with.push((call.name.to_string(), first.clone()));
        }
        at = on;
    }
    (at, with)
}

/// As [`unchained`], with the last argument of each call: `inputSchema(mapper, text)`.
pub(super) fn unchained_last(value: &Val) -> (Val, Vec<(String, Val)>) {
    let mut with = Vec::new();
    let mut at = value.clone();
    for _ in 0..64 {
        let Val::Call(call) = &at else { break };
        let Some(on) = call.on.clone() else { break };
        if let Some((_, last)) = call.args.last() {
            with.push((call.name.to_string(), last.clone()));
        }
        at = on;
    }
    (at, with)
}

pub(super) fn given<'v>(with: &'v [(String, Val)], names: &[&str]) -> Option<&'v Val> {
    with.iter().find(|(n, _)| names.contains(&n.as_str())).map(|(_, v)| v)
}

/// Items made by hand, in `list_tools` and elsewhere.
fn sites(cx: &mut Cx<'_>) {
    const MAKERS: &[&str] = &[
        "new",
        "new_with_raw",
        "Tool",
        "Prompt",
        "RawResource",
        "RawResourceTemplate",
        "Resource",
        "ResourceTemplate",
        "Implementation",
        "ServerInfo",
        "InitializeResult",
        "with_instructions",
    ];
    for (module, id) in cx.calls(MAKERS) {
        let m = cx.eval.module(module);
        if m.language != Language::Rust || !cx.imports(module, SDKS) {
            continue;
        }
        let ExprKind::Call { callee, new, .. } = &m.expr(id).kind else {
            continue;
        };
        // `Tool::new(…)`, `Tool { … }`.
        let what = match &m.expr(*callee).kind {
            ExprKind::Member { object, .. } if !*new => last_name(m, *object).unwrap_or(""),
            _ => cx.called(module, id),
        };
        if cx.called(module, id) == "with_instructions" {
            let value = cx.eval.eval(&cx.eval.place(module, id), id);
            let (_, with) = unchained(&value);
            cx.server(None, None, None, given(&with, &["with_instructions"]));
            continue;
        }
        if !matches!(
            what,
            "Tool"
                | "Prompt"
                | "RawResource"
                | "RawResourceTemplate"
                | "Resource"
                | "ResourceTemplate"
                | "Implementation"
                | "ServerInfo"
                | "InitializeResult"
        ) {
            continue;
        }
        let whole = chain_end(cx, module, id);
        let at = cx.eval.place(module, whole);
        let span = m.expr(id).span;
        let key = |v: &Val| {
            let (item, _) = unchained(v);
            ["name", "uri", "uri_template"]
                .iter()
                .find_map(|k| item.entry(k))
                .cloned()
                .unwrap_or_else(|| match &item {
                    Val::Call(call) => arg(call, 0).cloned().unwrap_or(Val::Null),
                    other => other.clone(),
                })
        };
        for (_, value) in cx.ways(&at, whole, &key) {
            let (item, with) = unchained(&value);
            if !matches!(&item, Val::Call(c) if c.class.is_none()) {
                continue;
            }
            item_of(cx, what, &item, &with, module, span);
        }
    }
}

/// The outermost call of a chain that begins with a call.
pub(super) fn chain_end(cx: &Cx<'_>, module: ModuleId, id: ExprId) -> ExprId {
    let m = cx.eval.module(module);
    let start = m.expr(id).span.start;
    let mut at = id;
    // Parents are written after their parts.
    for next in at.0 + 1..(at.0 + 4_000).min(m.exprs.len() as u32) {
        let e = m.expr(ExprId(next));
        if e.span.start != start {
            continue;
        }
        if let ExprKind::Call { callee, .. } = &e.kind
            && let ExprKind::Member { object, .. } = &m.expr(*callee).kind
            && *object == at
        {
            at = ExprId(next);
        }
    }
    at
}

fn item_of(cx: &mut Cx<'_>, what: &str, item: &Val, with: &[(String, Val)], module: ModuleId, span: Span) {
    let Val::Call(call) = item else { return };
    let field = |name: &str, place: usize| item.entry(name).or_else(|| if call.new { None } else { arg(call, place) });
    match what {
        "Tool" => {
            cx.rule = "rust-tool-new";
            let Some(mut tool) = cx.tool(&field("name", 0).cloned().unwrap_or(Val::Null), module, span) else {
                return;
            };
            let description = field("description", 1).or_else(|| given(with, &["with_description"]));
            cx.describe(&mut tool, description);
            cx.title(&mut tool, item.entry("title").or_else(|| given(with, &["with_title"])));
            let typed = with_type(cx, item, with);
            match typed {
                Some(schema) => tool.input_schema = Some(schema),
                None => cx.schema(&mut tool, field("input_schema", 2).or_else(|| given(with, &["with_input_schema"]))),
            }
            let annotations = item.entry("annotations").or_else(|| given(with, &["annotate", "with_annotations"]));
            tool.annotations = annotations.and_then(annotations_of);
            cx.add(tool);
        }
        "Prompt" => {
            cx.rule = "rust-prompt-new";
            let Some(mut prompt) = cx.prompt(&field("name", 0).cloned().unwrap_or(Val::Null), module, span) else {
                return;
            };
            set_text(
                &mut prompt.description,
                "description",
                field("description", 1),
                &mut prompt.unknowns,
            );
            if let Some(Val::List(items)) = field("arguments", 2) {
                prompt.arguments = items.iter().filter_map(argument).collect();
            }
            cx.found.prompt(prompt);
        }
        "RawResource" | "RawResourceTemplate" | "Resource" | "ResourceTemplate" => {
            cx.rule = "rust-resource-new";
            let template = what.contains("Template");
            let uri = item.entry("uri").or_else(|| field("uri_template", 0));
            // `Resource { raw: RawResource { … } }` is found at its inner literal.
            if item.entry("raw").is_some() {
                return;
            }
            let Some(mut resource) = cx.resource(&uri.cloned().unwrap_or(Val::Null), module, span) else {
                return;
            };
            resource.is_template |= template;
            set_text(&mut resource.name, "name", field("name", 1), &mut resource.unknowns);
            let text = |name: &str| {
                item.entry(name)
                    .or_else(|| with.iter().find(|(n, _)| *n == format!("with_{name}")).map(|(_, v)| v))
            };
            set_text(
                &mut resource.description,
                "description",
                text("description"),
                &mut resource.unknowns,
            );
            set_text(&mut resource.title, "title", text("title"), &mut resource.unknowns);
            set_text(&mut resource.mime_type, "mime_type", text("mime_type"), &mut resource.unknowns);
            cx.found.resource(resource);
        }
        "Implementation" => cx.server(field("name", 0), field("version", 1), item.entry("title"), None),
        _ => cx.server(
            None,
            None,
            None,
            item.entry("instructions").or_else(|| given(with, &["with_instructions"])),
        ),
    }
}

/// `Tool::new(name, description, schema_for_type::<T>())` and `.with_input_schema::<T>()`.
fn with_type(cx: &Cx<'_>, item: &Val, with: &[(String, Val)]) -> Option<Json> {
    let Val::Call(call) = item else { return None };
    let values = call
        .args
        .iter()
        .map(|(_, v)| v)
        .chain(with.iter().map(|(_, v)| v))
        .chain(item.entry("input_schema"));
    let ty = values.filter_map(schema_call).next()?;
    let (module, class) = cx.eval.class_of_type(ty.0, ty.1)?;
    Some(cx.eval.class_schema(module, class, 0))
}

fn schema_call(value: &Val) -> Option<(ModuleId, ExprId)> {
    let Val::Call(call) = value else { return None };
    let name = call.name.rsplit('.').next().unwrap_or("");
    if name.starts_with("schema_for") || name == "cached_schema_for_type" {
        return call.types.first().copied();
    }
    call.args
        .iter()
        .find_map(|(_, v)| schema_call(v))
        .or_else(|| call.on.as_ref().and_then(schema_call))
}

/// `ToolAnnotations { … }`, `ToolAnnotations::with_title("…").read_only(true)`.
fn annotations_of(value: &Val) -> Option<Json> {
    if let Some(json) = value.json(0).filter(|j| j.as_object().is_some_and(|o| !o.is_empty())) {
        return Some(json);
    }
    let (start, with) = unchained(value);
    let mut out = json!({});
    if let Val::Call(call) = &start
        && call.name.ends_with("with_title")
        && let Some(title) = arg(call, 0).and_then(|v| v.json(0))
    {
        out["title"] = title;
    }
    for (name, value) in &with {
        let hint = match name.as_str() {
            "read_only" => "readOnlyHint",
            "destructive" => "destructiveHint",
            "idempotent" => "idempotentHint",
            "open_world" => "openWorldHint",
            "title" => "title",
            _ => continue,
        };
        if let Some(value) = value.json(0) {
            out[hint] = value;
        }
    }
    out.as_object().is_some_and(|o| !o.is_empty()).then_some(out)
}

fn argument(value: &Val) -> Option<PromptArgument> {
    let (item, with) = unchained(value);
    let name = match &item {
        Val::Call(call) if !call.new => arg(call, 0).cloned(),
        _ => item.entry("name").cloned(),
    }?;
    let text = item.entry("description").or_else(|| given(&with, &["with_description"]));
    let required = item.entry("required").or_else(|| given(&with, &["with_required"]));
    Some(PromptArgument {
        name: name.as_str()?.to_owned(),
        description: text.and_then(Val::as_str).map(str::to_owned),
        required: required.and_then(Val::as_bool).unwrap_or(false),
    })
}
