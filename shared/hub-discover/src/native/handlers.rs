//! The functions that answer calls: where data that a client chooses enters the program. A handler is told by the type of the
//! request it takes, by its attribute, by its class, or by the call that it is handed to.

use super::attributes::{FORMS, What, is_context};
use super::cx::Cx;
use super::index::{decorator, last_name};
use hub_engine::{ArgumentShape, EntryKind, EntryPoint, FunctionRef};
use hub_syntax::ModuleId;
use hub_syntax::ir::{ExprId, ExprKind, FnId, Language, Module, ParamKind, PatKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// A function that a registration names, with what it serves.
pub(super) type Handle = (EntryKind, String, ModuleId, FnId);

/// Words in the type of a parameter that make it a request of the protocol (the SDKs agree on them).
const REQUESTS: &[(&str, EntryKind)] = &[
    ("CallToolRequest", EntryKind::Tool),
    ("CallToolParams", EntryKind::Tool),
    ("GetPromptRequest", EntryKind::Prompt),
    ("GetPromptParams", EntryKind::Prompt),
    ("ReadResourceRequest", EntryKind::Resource),
    ("ReadResourceParams", EntryKind::Resource),
];

/// Types of parameters that carry no data of the client's.
const GIVEN: &[&str] = &[
    "Context",
    "ServerSession",
    "RequestContext",
    "Peer",
    "RoleServer",
    "Extension",
    "Extensions",
    "Meta",
    "McpServer",
    "State",
];

/// Calls that a function is handed to, to answer requests of a kind.
const CALLBACKS: &[(&[Language], &str, EntryKind)] = &[
    (JVM, "SyncToolSpecification", EntryKind::Tool),
    (JVM, "AsyncToolSpecification", EntryKind::Tool),
    (JVM, "toolCall", EntryKind::Tool),
    (JVM, "callHandler", EntryKind::Tool),
    (JVM, "tool", EntryKind::Tool),
    (JVM, "addTool", EntryKind::Tool),
    (JVM, "RegisteredTool", EntryKind::Tool),
    (JVM, "SyncPromptSpecification", EntryKind::Prompt),
    (JVM, "AsyncPromptSpecification", EntryKind::Prompt),
    (JVM, "addPrompt", EntryKind::Prompt),
    (JVM, "SyncResourceSpecification", EntryKind::Resource),
    (JVM, "AsyncResourceSpecification", EntryKind::Resource),
    (JVM, "SyncResourceTemplateSpecification", EntryKind::Resource),
    (JVM, "addResource", EntryKind::Resource),
    (&[Language::CSharp], "WithCallToolHandler", EntryKind::Tool),
    (&[Language::CSharp], "WithGetPromptHandler", EntryKind::Prompt),
    (&[Language::CSharp], "WithReadResourceHandler", EntryKind::Resource),
    (&[Language::Ruby], "define_tool", EntryKind::Tool),
    (&[Language::Ruby], "define_prompt", EntryKind::Prompt),
    (&[Language::Ruby], "resources_read_handler", EntryKind::Resource),
];
const JVM: &[Language] = &[Language::Java, Language::Kotlin];

/// Writes down every handler of the modules that count, in order of place; each once.
pub(super) fn discover(cx: &mut Cx<'_>) {
    let names = Names::of(cx);
    let mut entries: Vec<(EntryKind, Option<String>, ModuleId, FnId)> = std::mem::take(&mut cx.handles)
        .into_iter()
        .map(|(kind, name, module, f)| (kind, Some(name), module, f))
        .collect();
    entries.extend(callbacks(cx));
    for module in cx.modules.clone() {
        let m = cx.eval.module(module);
        for i in 0..m.functions.len() {
            let f = FnId(i as u32);
            if let Some(kind) = by_mark(cx, module, f).or_else(|| by_type(m, f)) {
                entries.push((kind, None, module, f));
            }
        }
    }
    let mut seen: FxHashSet<(ModuleId, FnId)> = FxHashSet::default();
    let mut points = Vec::new();
    for (kind, name, module, f) in entries {
        if !seen.insert((module, f)) {
            continue;
        }
        let name = name.or_else(|| names.find(cx, kind, module, f)).unwrap_or_else(|| "*".to_owned());
        points.push(EntryPoint {
            kind,
            name,
            handler: FunctionRef { module, function: f },
            arguments: shape(cx, module, f),
        });
    }
    points.sort_by_key(|p| p.handler);
    cx.found.facts.entry_points.extend(points);
}

fn by_mark(cx: &Cx<'_>, module: ModuleId, f: FnId) -> Option<EntryKind> {
    let m = cx.eval.module(module);
    let marks = &m.function(f).decorators;
    if marks.is_empty() {
        return None;
    }
    if m.language == Language::Rust {
        return [("tool", EntryKind::Tool), ("prompt", EntryKind::Prompt)]
            .into_iter()
            .find_map(|(mark, kind)| decorator(m, marks, &[mark]).map(|_| kind));
    }
    let form = FORMS.iter().find(|form| {
        form.languages.contains(&m.language)
            && (form.imports.is_empty() || cx.imports(module, form.imports))
            && decorator(m, marks, &[form.mark]).is_some()
    })?;
    Some(match form.what {
        What::Tool => EntryKind::Tool,
        What::Prompt => EntryKind::Prompt,
        What::Resource => EntryKind::Resource,
    })
}

fn by_type(m: &Module, f: FnId) -> Option<EntryKind> {
    m.function(f).params.iter().find_map(|p| request_of(m, p.annotation?))
}

/// What kind of request a type is.
fn request_of(m: &Module, ty: ExprId) -> Option<EntryKind> {
    let text = m.text(m.expr(ty).span);
    // A type of a few words, not a function that takes one.
    if text.len() > 120 || text.contains("func(") || text.contains("fn(") || text.contains("->") {
        return None;
    }
    REQUESTS.iter().find(|(word, _)| text.contains(word)).map(|(_, kind)| *kind)
}

/// Functions that are arguments of a call which is known to register them.
fn callbacks(cx: &Cx<'_>) -> Vec<(EntryKind, Option<String>, ModuleId, FnId)> {
    let names: Vec<&str> = CALLBACKS.iter().map(|(_, name, _)| *name).collect();
    let mut out = Vec::new();
    for (module, id) in cx.calls(&names) {
        let m = cx.eval.module(module);
        let called = cx.called(module, id);
        let Some((_, _, kind)) = CALLBACKS.iter().find(|(l, name, _)| *name == called && l.contains(&m.language)) else {
            continue;
        };
        let ExprKind::Call { args, .. } = &m.expr(id).kind else { continue };
        for arg in args.iter() {
            let f = match &m.expr(arg.value).kind {
                ExprKind::Function(f) => Some((module, *f)),
                // `this::handle`, the name of a function.
                ExprKind::Member { .. } | ExprKind::Ident(_) => {
                    let name = last_name(m, arg.value).unwrap_or("");
                    let own = m.functions.iter().position(|f| f.name.is_some_and(|n| m.str(n) == name));
                    own.filter(|_| matches!(m.expr(arg.value).kind, ExprKind::Member { .. }))
                        .map(|i| (module, FnId(i as u32)))
                }
                _ => None,
            };
            if let Some((module, f)) = f.filter(|(m, f)| !cx.eval.module(*m).function(*f).params.is_empty()) {
                out.push((*kind, None, module, f));
            }
        }
    }
    out
}

/// How the client's data arrives.
fn shape(cx: &Cx<'_>, module: ModuleId, f: FnId) -> ArgumentShape {
    let m = cx.eval.module(module);
    let params = &m.function(f).params;
    let requests = |m: &Module| -> Vec<usize> {
        let is = |i: &usize| params[*i].annotation.is_some_and(|t| request_of(m, t).is_some());
        (0..params.len()).filter(is).collect()
    };
    let parameters = match m.language {
        // What stands before a request is the server's own: what it works with.
        Language::Go | Language::Rust => (requests(m).first().copied().unwrap_or(0)..params.len())
            .filter(|i| {
                let given = params[*i]
                    .annotation
                    .is_some_and(|t| request_of(m, t).is_none() && last_name(m, t).is_some_and(|n| GIVEN.contains(&n)));
                params[*i].kind != ParamKind::Receiver && !given
            })
            .collect(),
        // `(exchange, request) -> …`, `{ request -> … }`.
        Language::Java | Language::Kotlin if m.function(f).is_arrow => params.len().checked_sub(1).into_iter().collect(),
        Language::Java | Language::Kotlin | Language::CSharp if !requests(m).is_empty() => requests(m),
        Language::CSharp if m.function(f).is_arrow && handed_a_request(m, f) => vec![0],
        _ => {
            let except = params
                .iter()
                .filter(|p| is_context(cx, module, p))
                .filter_map(|p| match m.pat(p.pattern).kind {
                    PatKind::Ident(name) => Some(m.str(name).to_owned()),
                    _ => None,
                });
            return ArgumentShape::EachParameter {
                except: except.chain(["server_context".to_owned()]).collect(),
            };
        }
    };
    ArgumentShape::Objects { parameters }
}

/// `(request, cancellation) => …` of `With…Handler`: a delegate whose parameters bear no types.
fn handed_a_request(m: &Module, f: FnId) -> bool {
    m.function(f).params.iter().all(|p| p.annotation.is_none())
}

/// The items found, by file: which one a function stands in or beside.
struct Names(FxHashMap<String, Vec<(EntryKind, u32, u32, String)>>);

impl Names {
    fn of(cx: &Cx<'_>) -> Self {
        let mut out: FxHashMap<String, Vec<_>> = FxHashMap::default();
        let inventory = &cx.found.inventory;
        let tools = inventory.tools.iter().map(|t| (EntryKind::Tool, &t.declared_at, &t.name));
        let prompts = inventory.prompts.iter().map(|p| (EntryKind::Prompt, &p.declared_at, &p.name));
        let resources = inventory.resources.iter().map(|r| (EntryKind::Resource, &r.declared_at, &r.uri));
        for (kind, at, name) in tools.chain(prompts).chain(resources) {
            if let Some(at) = at {
                let place = (kind, at.line, at.column, name.clone());
                out.entry(at.file.as_str().to_owned()).or_default().push(place);
            }
        }
        Self(out)
    }

    fn find(&self, cx: &Cx<'_>, kind: EntryKind, module: ModuleId, f: FnId) -> Option<String> {
        let m = cx.eval.module(module);
        let items = self.0.get(m.path.as_str())?;
        let own = m.location(m.function(f).span);
        let items = items.iter().filter(|i| i.0 == kind);
        if let Some(exact) = items.clone().find(|i| (i.1, i.2) == (own.line, own.column)) {
            return Some(exact.3.clone());
        }
        // The function around, outward: what was declared last before the handler, or the only one in it.
        let mut at = Some(f);
        for _ in 0..8 {
            let Some(function) = at else { break };
            let span = m.location(m.function(function).span);
            let within: Vec<_> = items.clone().filter(|i| (span.line..=span.end_line).contains(&i.1)).collect();
            if let [only] = within.as_slice() {
                return Some(only.3.clone());
            }
            if !within.is_empty() {
                let before = within.iter().filter(|i| i.1 <= own.line).max_by_key(|i| (i.1, i.2));
                return before.map(|i| i.3.clone());
            }
            at = m.function(function).parent;
        }
        // At the top of a file, as in a script: on the lines of the statement that hands it over.
        let near = items.filter(|i| m.function(f).parent.is_none() && i.1 <= own.line && own.line - i.1 <= 40);
        near.max_by_key(|i| (i.1, i.2)).map(|i| i.3.clone())
    }
}
