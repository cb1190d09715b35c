//! C#, Java, Kotlin and PHP: methods that an attribute or annotation makes a tool, a prompt or a resource. The SDKs are data.

use super::cx::{Cx, set_text};
use super::index::{decorator, last_name};
use super::schema::{Field, clean_doc, describe, object};
use super::value::{Val, small, snake};
use hub_model::PromptArgument;
use hub_syntax::ModuleId;
use hub_syntax::ir::{ExprId, ExprKind, Function, Language, MemberKind, Param, ParamKind, PatKind};
use serde_json::{Value as Json, json};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Tool,
    Prompt,
    Resource,
}

/// One attribute of one SDK.
pub(super) struct Form {
    pub(super) languages: &'static [Language],
    pub(super) mark: &'static str,
    /// Words of an import, one of which must be there where the attribute's name is common.
    pub(super) imports: &'static [&'static str],
    pub(super) what: What,
    rule: &'static str,
    /// Names of the arguments: name, title, description, URI, media type.
    arguments: [&'static str; 5],
}

const C: [&str; 5] = ["Name", "Title", "", "UriTemplate", "MimeType"];
const J: [&str; 5] = ["name", "title", "description", "uri", "mimeType"];
const T: [&str; 5] = ["name", "title", "description", "uriTemplate", "mimeType"];
const JVM: &[Language] = &[Language::Java, Language::Kotlin];

/// ModelContextProtocol for .NET; Spring AI, Quarkus and Micronaut for the JVM; the official SDK and php-mcp/server for PHP.
pub(super) const FORMS: &[Form] = &[
    form(&[Language::CSharp], "McpServerTool", &[], What::Tool, "csharp-tool-attribute", C),
    form(
        &[Language::CSharp],
        "McpServerPrompt",
        &[],
        What::Prompt,
        "csharp-prompt-attribute",
        C,
    ),
    form(
        &[Language::CSharp],
        "McpServerResource",
        &[],
        What::Resource,
        "csharp-resource-attribute",
        C,
    ),
    form(JVM, "McpTool", &[], What::Tool, "java-mcp-tool-annotation", J),
    form(JVM, "McpPrompt", &[], What::Prompt, "java-mcp-prompt-annotation", J),
    form(JVM, "McpResource", &[], What::Resource, "java-mcp-resource-annotation", J),
    form(
        JVM,
        "Tool",
        &["springframework.ai", "quarkiverse.mcp", "micronaut.mcp"],
        What::Tool,
        "java-tool-annotation",
        J,
    ),
    form(
        JVM,
        "Prompt",
        &["quarkiverse.mcp", "micronaut.mcp"],
        What::Prompt,
        "java-prompt-annotation",
        J,
    ),
    form(
        JVM,
        "Resource",
        &["quarkiverse.mcp", "micronaut.mcp"],
        What::Resource,
        "java-resource-annotation",
        J,
    ),
    form(
        JVM,
        "ResourceTemplate",
        &["quarkiverse.mcp", "micronaut.mcp"],
        What::Resource,
        "java-resource-annotation",
        T,
    ),
    form(&[Language::Php], "McpTool", &[], What::Tool, "php-tool-attribute", J),
    form(&[Language::Php], "McpPrompt", &[], What::Prompt, "php-prompt-attribute", J),
    form(&[Language::Php], "McpResource", &[], What::Resource, "php-resource-attribute", J),
    form(
        &[Language::Php],
        "McpResourceTemplate",
        &[],
        What::Resource,
        "php-resource-attribute",
        T,
    ),
];

const fn form(
    languages: &'static [Language],
    mark: &'static str,
    imports: &'static [&'static str],
    what: What,
    rule: &'static str,
    arguments: [&'static str; 5],
) -> Form {
    Form {
        languages,
        mark,
        imports,
        what,
        rule,
        arguments,
    }
}

/// Types of parameters that the SDKs fill in themselves.
const CONTEXT: &[&str] = &[
    "CancellationToken",
    "IServiceProvider",
    "McpServer",
    "IMcpServer",
    "RequestContext",
    "IProgress",
    "ClaimsPrincipal",
    "HttpClient",
    "McpSyncServerExchange",
    "McpAsyncServerExchange",
    "McpSyncRequestContext",
    "McpAsyncRequestContext",
    "McpTransportContext",
    "ToolContext",
    "CallToolRequest",
    "GetPromptRequest",
    "ReadResourceRequest",
    "McpMeta",
    "McpConnection",
    "McpLog",
    "Progress",
    "RequestId",
    "RequestUri",
    "Cancellation",
    "Sampling",
    "Elicitation",
    "Roots",
    "ClientGateway",
    "Context",
];

pub(super) fn discover(cx: &mut Cx<'_>) {
    for form in FORMS {
        cx.rule = form.rule;
        for language in form.languages {
            for module in cx.of(*language) {
                if !form.imports.is_empty() && !cx.imports(module, form.imports) {
                    continue;
                }
                let m = cx.eval.module(module);
                for function in &m.functions {
                    if decorator(m, &function.decorators, &[form.mark]).is_some() && is_registered(cx, module, function) {
                        cx.eval.new_site();
                        read(cx, form, module, function, &function.decorators);
                    }
                }
                // An invokable class (PHP), or a property (C#), that bears the attribute.
                for class in &m.classes {
                    for member in &class.members {
                        match &member.kind {
                            MemberKind::Method(f)
                                if *language == Language::Php
                                    && super::index::member_name(m, member.key) == "__invoke"
                                    && decorator(m, &class.decorators, &[form.mark]).is_some() =>
                            {
                                read(cx, form, module, m.function(*f), &class.decorators);
                            }
                            MemberKind::Field { .. }
                                if form.what == What::Resource && decorator(m, &member.decorators, &[form.mark]).is_some() =>
                            {
                                property(cx, form, module, member);
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
    }
}

/// A class of C# is served when it bears the attribute for that, or when it is named where tools are added.
fn is_registered(cx: &Cx<'_>, module: ModuleId, function: &Function) -> bool {
    let m = cx.eval.module(module);
    if m.language != Language::CSharp {
        return true;
    }
    let Some(class) = function.class else { return true };
    let Some(name) = m.class(class).name.map(|n| m.str(n)) else {
        return true;
    };
    let types = ["McpServerToolType", "McpServerPromptType", "McpServerResourceType"];
    let blocks = cx.eval.index.classes(cx.eval.program, module, name);
    if blocks
        .iter()
        .any(|(m, _, c)| decorator(cx.eval.module(*m), &c.decorators, &types).is_some())
    {
        return true;
    }
    let adds = [
        "WithTools",
        "WithPrompts",
        "WithResources",
        "Create",
        "GetMethods",
        "GetMethod",
        "WithTool",
        "AddTool",
    ];
    cx.calls(&adds).iter().any(|(module, call)| {
        let m = cx.eval.module(*module);
        let text = m.text(m.expr(*call).span);
        let adds = cx.called(*module, *call).starts_with("With") || text.contains("McpServer");
        m.language == Language::CSharp && adds && text.contains(name)
    })
}

fn mark(cx: &Cx<'_>, form: &Form, module: ModuleId, marks: &[ExprId], nth: usize) -> Option<Val> {
    let name = form.arguments[nth];
    if name.is_empty() {
        return None;
    }
    let value = cx.eval.mark(module, marks, &[form.mark], name, 99)?;
    (value.as_str() != Some("")).then_some(value)
}

/// The text that describes a method: an argument, an attribute of its own, or its documentation where the SDK reads it.
fn description(cx: &Cx<'_>, form: &Form, module: ModuleId, function: Option<&Function>, marks: &[ExprId]) -> Option<Val> {
    let m = cx.eval.module(module);
    let own = mark(cx, form, module, marks, 2).or_else(|| cx.eval.mark(module, marks, &["Description"], "value", 0));
    own.or_else(|| {
        let function = function?;
        let doc = m.str(function.doc?);
        match m.language {
            Language::Php => Some(Val::text(php_summary(doc))),
            // The SDK's generator reads comments of partial methods.
            Language::CSharp if m.text(function.span).contains("partial ") => Some(Val::text(clean_doc(Language::CSharp, doc))),
            _ => None,
        }
        .filter(|v| v.as_str() != Some(""))
    })
}

/// The name a method has without one of its own.
fn own_name(cx: &Cx<'_>, module: ModuleId, function: &Function) -> Val {
    let m = cx.eval.module(module);
    let Some(name) = function.name.map(|n| m.str(n)) else {
        return Val::Null;
    };
    match m.language {
        Language::CSharp => {
            let asynchronous = function
                .returns
                .and_then(|r| last_name(m, r))
                .is_some_and(|t| matches!(t, "Task" | "ValueTask" | "IAsyncEnumerable"));
            let short = name.strip_suffix("Async").filter(|s| asynchronous && !s.is_empty());
            Val::text(snake(short.unwrap_or(name)).trim_matches('_'))
        }
        // The name of an invokable class stands for its one method.
        Language::Php if name == "__invoke" => {
            let class = function.class.and_then(|c| m.class(c).name);
            class.map_or(Val::Null, |n| Val::text(m.str(n)))
        }
        _ => Val::text(name),
    }
}

fn read(cx: &mut Cx<'_>, form: &Form, module: ModuleId, function: &Function, marks: &[ExprId]) {
    let span = function.span;
    let name = mark(cx, form, module, marks, 0).unwrap_or_else(|| own_name(cx, module, function));
    let title = mark(cx, form, module, marks, 1);
    let text = description(cx, form, module, Some(function), marks);
    match form.what {
        What::Tool => {
            let schema = object(parameters(cx, module, function));
            let annotations = hints(cx, form, module, marks);
            let Some(mut tool) = cx.tool(&name, module, span) else { return };
            cx.describe(&mut tool, text.as_ref());
            cx.title(&mut tool, title.as_ref());
            tool.input_schema = Some(schema);
            tool.annotations = annotations;
            cx.add(tool);
        }
        What::Prompt => {
            let arguments = parameters(cx, module, function);
            let Some(mut prompt) = cx.prompt(&name, module, span) else { return };
            set_text(&mut prompt.description, "description", text.as_ref(), &mut prompt.unknowns);
            set_text(&mut prompt.title, "title", title.as_ref(), &mut prompt.unknowns);
            prompt.arguments = arguments
                .into_iter()
                .map(|f| PromptArgument {
                    name: f.name,
                    description: f.schema["description"].as_str().map(str::to_owned),
                    required: f.required,
                })
                .collect();
            cx.found.prompt(prompt);
        }
        What::Resource => {
            let mime = mark(cx, form, module, marks, 4);
            let uri = mark(cx, form, module, marks, 3).unwrap_or_else(|| default_uri(cx, module, function, &name));
            let Some(mut resource) = cx.resource(&uri, module, span) else {
                return;
            };
            set_text(&mut resource.name, "name", Some(&name), &mut resource.unknowns);
            set_text(&mut resource.title, "title", title.as_ref(), &mut resource.unknowns);
            set_text(&mut resource.description, "description", text.as_ref(), &mut resource.unknowns);
            set_text(&mut resource.mime_type, "mime_type", mime.as_ref(), &mut resource.unknowns);
            cx.found.resource(resource);
        }
    }
}

/// The URI that the .NET SDK gives a resource without one: its name, and its parameters as a query.
fn default_uri(cx: &Cx<'_>, module: ModuleId, function: &Function, name: &Val) -> Val {
    let Some(name) = name.as_str().filter(|_| cx.eval.module(module).language == Language::CSharp) else {
        return Val::Null;
    };
    let names: Vec<String> = parameters(cx, module, function).into_iter().map(|f| f.name).collect();
    if names.is_empty() {
        return Val::text(format!("resource://mcp/{name}"));
    }
    Val::text(format!("resource://mcp/{name}{{?{}}}", names.join(",")))
}

fn property(cx: &mut Cx<'_>, form: &Form, module: ModuleId, member: &hub_syntax::ir::Member) {
    let m = cx.eval.module(module);
    let marks = &member.decorators;
    let own = Val::text(snake(super::index::member_name(m, member.key)));
    let name = mark(cx, form, module, marks, 0).unwrap_or(own);
    let uri = mark(cx, form, module, marks, 3).unwrap_or_else(|| Val::text(format!("resource://mcp/{}", name.as_str().unwrap_or(""))));
    let (text, mime) = (description(cx, form, module, None, marks), mark(cx, form, module, marks, 4));
    let Some(mut resource) = cx.resource(&uri, module, member.span) else {
        return;
    };
    set_text(&mut resource.name, "name", Some(&name), &mut resource.unknowns);
    set_text(&mut resource.description, "description", text.as_ref(), &mut resource.unknowns);
    set_text(&mut resource.mime_type, "mime_type", mime.as_ref(), &mut resource.unknowns);
    cx.found.resource(resource);
}

/// `ReadOnly = true` of C#, `annotations = @McpAnnotations(readOnlyHint = true)`, `annotations: new ToolAnnotations(readOnlyHint: true)`.
fn hints(cx: &Cx<'_>, form: &Form, module: ModuleId, marks: &[ExprId]) -> Option<Json> {
    let m = cx.eval.module(module);
    let mut out = json!({});
    let (_, args) = decorator(m, marks, &[form.mark])?;
    for arg in args {
        let Some(name) = arg.name.map(|n| m.str(n)) else { continue };
        let hint = match name {
            "ReadOnly" => "readOnlyHint",
            "Destructive" => "destructiveHint",
            "Idempotent" => "idempotentHint",
            "OpenWorld" => "openWorldHint",
            "annotations" => {
                if let ExprKind::Call { args, .. } = &m.expr(arg.value).kind {
                    for a in args {
                        let value = cx.eval.eval(&cx.eval.place(module, a.value), a.value).json(0);
                        if let (Some(name), Some(value)) = (a.name, value.filter(|v| !v.is_null())) {
                            out[m.str(name)] = value;
                        }
                    }
                }
                continue;
            }
            _ => continue,
        };
        if let Some(value) = cx.eval.eval(&cx.eval.place(module, arg.value), arg.value).as_bool() {
            out[hint] = Json::Bool(value);
        }
    }
    out.as_object().is_some_and(|o| !o.is_empty()).then_some(out)
}

/// The parameters of a method that a client gives.
pub(super) fn parameters(cx: &Cx<'_>, module: ModuleId, function: &Function) -> Vec<Field> {
    let m = cx.eval.module(module);
    let doc = function.doc.map(|d| m.str(d)).unwrap_or("");
    let mut out = Vec::new();
    for param in &function.params {
        let PatKind::Ident(name) = m.pat(param.pattern).kind else {
            continue;
        };
        if matches!(param.kind, ParamKind::Receiver | ParamKind::KwRest) || is_context(cx, module, param) {
            continue;
        }
        let name = m.str(name);
        let (mut schema, missing) = match param.annotation {
            Some(ty) => cx.eval.type_schema(module, ty, 0),
            None => (json!({}), false),
        };
        let marks = &param.decorators;
        let written = cx.eval.parameter_text(module, marks).or_else(|| match m.language {
            Language::Php => php_param(doc, name),
            Language::CSharp if m.text(function.span).contains("partial ") => xml_param(doc, name),
            _ => None,
        });
        describe(&mut schema, written);
        if m.language == Language::Php {
            php_schema(cx, module, marks, &mut schema);
        }
        let default = param.default.map(|d| cx.eval.eval(&cx.eval.place(module, d), d));
        if let Some(value) = default.as_ref().and_then(|d| d.json(0)).filter(|d| !d.is_null()) {
            schema["default"] = value;
        }
        let told = cx.eval.mark(
            module,
            marks,
            &["ToolParam", "McpToolParam", "ToolArg", "McpArg", "PromptArg"],
            "required",
            99,
        );
        let optional = decorator(m, marks, &["Nullable"]).is_some() || missing && m.language != Language::CSharp;
        let required = told.and_then(|v| v.as_bool()).unwrap_or(!optional) && param.default.is_none() && param.kind != ParamKind::Rest;
        let shown = cx
            .eval
            .mark_text(
                module,
                marks,
                &["ToolArg", "PromptArg", "McpArg", "McpToolParam", "JsonPropertyName"],
                "name",
                99,
            )
            .filter(|n| !n.is_empty())
            .unwrap_or_else(|| name.to_owned());
        out.push(Field {
            name: shown,
            schema,
            required,
        });
    }
    out
}

/// Whether the SDK or the container fills a parameter in.
pub(super) fn is_context(cx: &Cx<'_>, module: ModuleId, param: &Param) -> bool {
    let m = cx.eval.module(module);
    let marks = &param.decorators;
    if decorator(m, marks, &["FromKeyedServices", "FromServices", "McpProgressToken"]).is_some() {
        return true;
    }
    let Some(ty) = param.annotation else { return false };
    let Some(name) = last_name(m, ty) else { return false };
    if CONTEXT.contains(&name) {
        return true;
    }
    if m.language != Language::CSharp || cx.eval.parameter_text(module, marks).is_some() {
        return false;
    }
    // What the container gives: interfaces that are no collections, and classes that are registered as services.
    let mut chars = name.chars();
    let interface = chars.next() == Some('I') && chars.next().is_some_and(char::is_uppercase);
    let collection = [
        "IList",
        "IEnumerable",
        "IReadOnlyList",
        "ICollection",
        "IDictionary",
        "IReadOnlyDictionary",
        "IReadOnlyCollection",
        "ISet",
    ];
    if interface && !collection.contains(&name) {
        return true;
    }
    let adds = [
        "AddSingleton",
        "AddScoped",
        "AddTransient",
        "AddHttpClient",
        "AddKeyedSingleton",
        "AddDbContext",
    ];
    cx.calls(&adds).iter().any(|(module, call)| {
        let m = cx.eval.module(*module);
        let ExprKind::Call { callee, args, .. } = &m.expr(*call).kind else {
            return false;
        };
        let typed = match &m.expr(*callee).kind {
            ExprKind::Index { index, .. } => match &m.expr(*index).kind {
                ExprKind::Array(all) => all.iter().any(|t| last_name(m, *t) == Some(name)),
                _ => last_name(m, *index) == Some(name),
            },
            _ => false,
        };
        typed
            || args
                .iter()
                .any(|a| matches!(&m.expr(a.value).kind, ExprKind::Call { callee, new: true, .. } if last_name(m, *callee) == Some(name)))
    })
}

/// `#[Schema(minimum: 0, …)]` of PHP.
fn php_schema(cx: &Cx<'_>, module: ModuleId, marks: &[ExprId], schema: &mut Json) {
    let m = cx.eval.module(module);
    let Some((_, args)) = decorator(m, marks, &["Schema"]) else {
        return;
    };
    for arg in args {
        let value = cx.eval.eval(&cx.eval.place(module, arg.value), arg.value).json(0);
        let Some(value) = value.filter(|v| !v.is_null()) else { continue };
        match arg.name.map(|n| m.str(n)) {
            Some("definition") | None => *schema = value,
            Some(name) => schema[small(name)] = value,
        }
    }
}

/// The lines before the tags of a PHP documentation comment: the summary is what SDKs show.
pub(super) fn php_summary(doc: &str) -> String {
    let lines: Vec<&str> = doc.lines().map(str::trim).take_while(|l| !l.starts_with('@')).collect();
    let summary: Vec<&str> = lines
        .into_iter()
        .skip_while(|l| l.is_empty())
        .take_while(|l| !l.is_empty())
        .collect();
    summary.join("\n")
}

/// `@param type $name text`.
pub(super) fn php_param(doc: &str, name: &str) -> Option<String> {
    let mut lines = doc.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some(rest) = line.strip_prefix("@param") else { continue };
        let sign = format!("${name}");
        let Some((_, text)) = rest
            .split_once(&sign)
            .filter(|(_, t)| t.is_empty() || t.starts_with(char::is_whitespace))
        else {
            continue;
        };
        let mut text = text.trim().to_owned();
        while let Some(more) = lines.next_if(|l| !l.is_empty() && !l.starts_with('@')) {
            text.push(' ');
            text.push_str(more);
        }
        return (!text.is_empty()).then_some(text);
    }
    None
}

/// `<param name="x">text</param>`.
fn xml_param(doc: &str, name: &str) -> Option<String> {
    let (_, rest) = doc.split_once(&format!("<param name=\"{name}\">"))?;
    let (text, _) = rest.split_once("</param>")?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
