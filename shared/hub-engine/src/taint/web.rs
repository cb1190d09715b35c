//! The server's own web endpoints: which functions answer requests, and what of a request its sender chooses.
//!
//! A request is the outside thing `$request`; a framework's context that holds one is `$context`. Their fields and methods that
//! give what the client sent are sources wherever they are read, also in helpers and middleware.

use super::engine::{Engine, Source, class_of};
use super::value::{Atom, ClassRef, Entity, Kinds, Root, Seg, Value, What};
use crate::{CodeFacts, FunctionRef};
use hub_syntax::ModuleId;
use hub_syntax::ir::{Arg, ExprId, ExprKind, FnId, Key, Language, MemberKind, Module, ParamKind, PatKind, Prop, Span};
use std::collections::BTreeSet;

/// Outside things that stand for the request being answered.
pub const REQUEST: &str = "$request";
/// A framework's context: `c` of Hono, `ctx` of Koa.
pub const CONTEXT: &str = "$context";
/// What the answer is written to.
pub const RESPONSE: &str = "$response";

/// What the TypeScript SDK hands to a handler beside the arguments.
pub const EXTRA: &str = "$extra";

/// Fields of a request that hold what the client sent.
const FIELDS: &[&str] = &[
    "query",
    "params",
    "body",
    "rawBody",
    "headers",
    "rawHeaders",
    "cookies",
    "signedCookies",
    "url",
    "originalUrl",
    "path",
    "files",
    "file",
    "query_params",
    "path_params",
    "match_info",
    "rel_url",
    "query_string",
    "args",
    "form",
    "json",
    "values",
    "data",
    "view_args",
    "nextUrl",
];
/// Methods of a request that give what the client sent.
const METHODS: &[&str] = &[
    "query",
    "queries",
    "param",
    "params",
    "header",
    "get",
    "json",
    "text",
    "form",
    "formData",
    "parseBody",
    "body",
    "arrayBuffer",
    "blob",
    "get_json",
    "get_data",
    "post",
    "read",
    "stream",
    "multipart",
    "valid",
];
/// Parts of a request or context that are the request again.
const AGAIN: &[&str] = &["req", "request", "raw", "rawRequest", "nodeRequest", "clone", "incoming"];
/// Methods that register a function for requests.
const VERBS: &[&str] = &[
    "get", "post", "put", "delete", "patch", "options", "head", "all", "use", "del", "route", "on",
];
/// Python decorators that do.
const DECORATORS: &[&str] = &[
    "get",
    "post",
    "put",
    "delete",
    "patch",
    "options",
    "head",
    "route",
    "api_route",
    "websocket",
    "custom_route",
];
/// Python calls that do, with a path and a function.
const CALLS: &[&str] = &[
    "Route",
    "WebSocketRoute",
    "add_route",
    "add_api_route",
    "add_url_rule",
    "add_get",
    "add_post",
    "add_put",
    "add_patch",
    "add_delete",
    "get",
    "post",
    "put",
    "patch",
    "delete",
];
/// Makers of applications and routers, as the bindings name them.
const MAKERS: &[&str] = &[
    "express",
    "hono",
    "@hono/",
    "fastify",
    "koa",
    "@koa/",
    "polka",
    "restify",
    "connect",
    "router",
    "itty-router",
    "elysia",
    "h3",
    "@fastify/",
    "find-my-way",
    "flask.",
    "fastapi.",
    "starlette.",
    "quart.",
    "sanic.",
    "aiohttp.web",
    "fastmcp",
    "mcp.server",
    "bottle",
    "litestar",
    "falcon",
];
/// Names under which a function takes a request.
const REQUEST_NAMES: &[&str] = &["req", "request", "_req", "_request", "incomingmessage"];
const CONTEXT_NAMES: &[&str] = &["c", "ctx", "context", "_ctx", "_c"];

/// A function that answers requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handler {
    pub function: FunctionRef,
    pub shape: Shape,
}

/// How the request arrives in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// `(request, response, next)`, `(context)`, `(request)`.
    Request,
    /// `(error, request, response, next)`.
    AfterError,
    /// Python: parameters are filled from the request by name (FastAPI, Flask), except the request itself.
    Named,
    /// A method of a handler class: the request is `self`.
    SelfIsRequest,
}

impl Engine<'_> {
    /// Every function that answers web requests, in order of place.
    pub fn web_handlers(&mut self, facts: &CodeFacts) -> Vec<Handler> {
        let mut out: BTreeSet<Handler> = BTreeSet::new();
        let known: BTreeSet<FunctionRef> = facts.entry_points.iter().map(|e| e.handler).collect();
        for (id, module) in self.program.iter() {
            if !facts.live_modules.is_empty() && !facts.live_modules.contains(&id) {
                continue;
            }
            match module.language {
                Language::Python => self.python_handlers(id, module, &mut out),
                Language::JavaScript | Language::TypeScript => self.script_handlers(id, module, &mut out),
                // Routes of these are not known yet.
                _ => {}
            }
        }
        out.into_iter().filter(|h| !known.contains(&h.function)).collect()
    }

    /// The name a callee's object resolves to outside the program; empty when it resolves to nothing.
    fn maker(&mut self, id: ModuleId, function: Option<FnId>, object: ExprId) -> Option<String> {
        let v = self.in_static(id, function, |e| e.eval(object));
        if v.refs.is_empty() {
            return Some(String::new());
        }
        let mut own = false;
        for r in &v.refs {
            match r {
                Entity::External(n) => {
                    let text = self.names.text(*n).to_string();
                    // A bare name nobody defines here is a parameter or global.
                    return Some(if text.contains(['.', '(', '/']) { text } else { String::new() });
                }
                Entity::Instance(_) => own = true,
                _ => {}
            }
        }
        own.then(String::new)
    }

    fn functions_in(&mut self, id: ModuleId, function: Option<FnId>, arg: ExprId) -> Vec<FunctionRef> {
        let module = self.program.module(id);
        match &module.expr(arg).kind {
            ExprKind::Function(f) => return vec![FunctionRef { module: id, function: *f }],
            ExprKind::Ident(_) | ExprKind::Member { .. } | ExprKind::Array(_) | ExprKind::Call { .. } => {}
            _ => return Vec::new(),
        }
        let v = self.in_static(id, function, |e| e.eval(arg));
        let mut out = Vec::new();
        for r in v.refs.iter().chain(v.items().iter().flat_map(|i| &i.refs)) {
            if let Entity::Function(f) = r {
                out.push(*f);
            }
        }
        // `wrap(async (req, res) => …)`, `this.handle.bind(this)`.
        if out.is_empty()
            && let ExprKind::Call { args, .. } = &module.expr(arg).kind
        {
            for a in args.iter().take(3) {
                if let ExprKind::Function(f) = &module.expr(a.value).kind {
                    out.push(FunctionRef { module: id, function: *f });
                }
            }
        }
        out
    }

    fn script_handlers(&mut self, id: ModuleId, module: &Module, out: &mut BTreeSet<Handler>) {
        let info = self.info(id);
        for (i, expr) in module.exprs.iter().enumerate() {
            let function = || info.scopes.function_of_expr(ExprId(i as u32));
            match &expr.kind {
                ExprKind::Call { callee, args, .. } => {
                    let (name, object) = match &module.expr(*callee).kind {
                        ExprKind::Member { object, property } => (module.str(*property), Some(*object)),
                        ExprKind::Ident(n) => (module.str(*n), None),
                        _ => continue,
                    };
                    let made = matches!(name, "createServer" | "serve");
                    if !(made || object.is_some() && VERBS.contains(&name)) || args.is_empty() || args.len() > 12 {
                        continue;
                    }
                    let function = function();
                    if made {
                        for a in args.iter() {
                            for f in self.functions_in(id, function, a.value) {
                                if self.takes_request(f) {
                                    add(out, f, Shape::Request);
                                }
                            }
                            self.fetch_property(id, module, a.value, out);
                        }
                        continue;
                    }
                    let Some(object) = object else { continue };
                    let first = &module.expr(args[0].value).kind;
                    let has_path = match first {
                        ExprKind::Str(s) => module.str(*s).starts_with(['/', '*']),
                        ExprKind::Regex { .. } | ExprKind::Template(_) => true,
                        ExprKind::Ident(_) | ExprKind::Member { .. } | ExprKind::Array(_) | ExprKind::Binary { .. } => args.len() > 1,
                        _ => false,
                    };
                    if !has_path && !matches!(name, "use" | "all" | "route") || matches!(name, "on") && args.len() != 3 {
                        continue;
                    }
                    let handlers: Vec<FunctionRef> = args
                        .iter()
                        .skip(usize::from(has_path && args.len() > 1))
                        .flat_map(|a| self.functions_in(id, function, a.value))
                        .collect();
                    let options = name == "route" && matches!(first, ExprKind::Object(_));
                    if handlers.is_empty() && !options {
                        continue;
                    }
                    let Some(maker) = self.maker(id, function, object) else { continue };
                    let is_app = MAKERS.iter().any(|m| maker.starts_with(m)) || maker.to_ascii_lowercase().contains("router");
                    if !maker.is_empty() && !is_app {
                        continue;
                    }
                    if options && is_app {
                        self.handler_property(id, module, args, out);
                    }
                    for f in handlers {
                        let count = self.program.module(f.module).function(f.function).params.len();
                        if is_app && (1..=4).contains(&count) || self.takes_request(f) {
                            let error_first = count == 4 && !self.takes_request(f);
                            add(out, f, if error_first { Shape::AfterError } else { Shape::Request });
                        }
                    }
                }
                // A worker: `export default { fetch(request, env) { … } }`.
                ExprKind::Object(_) => self.fetch_property(id, module, ExprId(i as u32), out),
                _ => {}
            }
        }
        let names: Vec<(FunctionRef, bool)> = module
            .classes
            .iter()
            .flat_map(|c| &c.members)
            .filter_map(|m| match (m.key, &m.kind) {
                (Key::Name(k), MemberKind::Method(f)) if module.str(k) == "fetch" => Some((FunctionRef { module: id, function: *f }, true)),
                _ => None,
            })
            .collect();
        for (f, _) in names {
            if self.takes_request(f) {
                add(out, f, Shape::Request);
            }
        }
    }

    /// `fetch` of an object literal, when it takes a request.
    fn fetch_property(&mut self, id: ModuleId, module: &Module, object: ExprId, out: &mut BTreeSet<Handler>) {
        let ExprKind::Object(props) = &module.expr(object).kind else {
            return;
        };
        for p in props.iter().take(24) {
            let Prop::KeyValue { key: Key::Name(k), value } = p else { continue };
            if let (true, ExprKind::Function(f)) = (module.str(*k) == "fetch", &module.expr(*value).kind) {
                let f = FunctionRef { module: id, function: *f };
                if self.takes_request(f) {
                    add(out, f, Shape::Request);
                }
            }
        }
    }

    /// `fastify.route({ method, url, handler })`.
    fn handler_property(&mut self, id: ModuleId, module: &Module, args: &[Arg], out: &mut BTreeSet<Handler>) {
        let Some(ExprKind::Object(props)) = args.first().map(|a| &module.expr(a.value).kind) else {
            return;
        };
        for p in props.iter() {
            if let Prop::KeyValue { key: Key::Name(k), value } = p
                && matches!(module.str(*k), "handler" | "preHandler" | "onRequest" | "preValidation")
            {
                for f in self.functions_in(id, None, *value) {
                    add(out, f, Shape::Request);
                }
            }
        }
    }

    /// Whether a function's first parameter (or its second, after an error) is named like a request.
    fn takes_request(&self, f: FunctionRef) -> bool {
        let m = self.program.module(f.module);
        let params = &m.function(f.function).params;
        params.first().is_some_and(|p| match &m.pat(p.pattern).kind {
            PatKind::Ident(s) => {
                let name = m.str(*s).to_ascii_lowercase();
                REQUEST_NAMES.contains(&name.as_str()) || CONTEXT_NAMES.contains(&name.as_str()) && params.len() <= 2
            }
            PatKind::Object { props, .. } => props.iter().any(
                |(k, _)| matches!(k, Key::Name(k) if matches!(m.str(*k), "req" | "request" | "query" | "body" | "params" | "headers")),
            ),
            _ => false,
        })
    }

    fn python_handlers(&mut self, id: ModuleId, module: &Module, out: &mut BTreeSet<Handler>) {
        let info = self.info(id);
        for (i, f) in module.functions.iter().enumerate() {
            let function = FunctionRef {
                module: id,
                function: FnId(i as u32),
            };
            for d in &f.decorators {
                let ExprKind::Call { callee, args, .. } = &module.expr(*d).kind else {
                    continue;
                };
                let ExprKind::Member { object, property } = &module.expr(*callee).kind else {
                    continue;
                };
                let name = module.str(*property);
                if !DECORATORS.contains(&name) {
                    continue;
                }
                let path = args
                    .iter()
                    .find(|a| a.name.is_none_or(|n| matches!(module.str(n), "path" | "rule")))
                    .is_some_and(|a| match &module.expr(a.value).kind {
                        ExprKind::Str(s) => module.str(*s).is_empty() || module.str(*s).starts_with('/'),
                        ExprKind::Template(_) | ExprKind::Ident(_) | ExprKind::Member { .. } | ExprKind::Binary { .. } => true,
                        _ => false,
                    });
                if !path {
                    continue;
                }
                let Some(maker) = self.maker(id, f.parent, *object) else { continue };
                if maker.is_empty() || MAKERS.iter().any(|m| maker.starts_with(m)) || name == "custom_route" {
                    add(out, function, Shape::Named);
                }
            }
            // `class X(BaseHTTPMiddleware): async def dispatch(self, request, call_next)`, `BaseHTTPRequestHandler.do_GET`.
            let Some(class) = f.class else { continue };
            let name = f.name.map_or("", |n| module.str(n));
            let based = |end: &str| {
                module.class(class).bases.iter().any(|b| {
                    module
                        .dotted(*b)
                        .is_some_and(|d| d.rsplit('.').next().is_some_and(|l| l.ends_with(end)))
                })
            };
            // What an OAuth client registers and asks for is its own word: the SDK hands it over parsed, not checked.
            if matches!(name, "authorize" | "register_client") && (based("OAuthProvider") || based("AuthorizationServerProvider")) {
                add(out, function, Shape::Named);
            }
            if name == "dispatch" && based("HTTPMiddleware") || matches!(name, "get" | "post" | "put" | "delete") && based("HTTPEndpoint") {
                add(out, function, Shape::Named);
            } else if name.starts_with("do_") && based("HTTPRequestHandler") {
                add(out, function, Shape::SelfIsRequest);
            }
        }
        for (i, expr) in module.exprs.iter().enumerate() {
            let ExprKind::Call { callee, args, .. } = &expr.kind else {
                continue;
            };
            let (name, object) = match &module.expr(*callee).kind {
                ExprKind::Member { property, object } => (module.str(*property), Some(*object)),
                ExprKind::Ident(n) => (module.str(*n), None),
                _ => continue,
            };
            if !CALLS.contains(&name) || args.len() < 2 {
                continue;
            }
            let verb = name.chars().all(|c| c.is_ascii_lowercase());
            if verb && object.is_none_or(|o| module.dotted(o).is_none_or(|d| !d.ends_with("web"))) {
                continue;
            }
            if !matches!(&module.expr(args[0].value).kind, ExprKind::Str(s) if module.str(*s).starts_with('/'))
                && !matches!(
                    &module.expr(args[0].value).kind,
                    ExprKind::Template(_) | ExprKind::Ident(_) | ExprKind::Member { .. }
                )
            {
                continue;
            }
            let function = info.scopes.function_of_expr(ExprId(i as u32));
            for a in args.iter().skip(1) {
                if a.name.is_none_or(|n| matches!(module.str(n), "endpoint" | "view_func" | "handler")) {
                    for f in self.functions_in(id, function, a.value) {
                        add(out, f, Shape::Named);
                    }
                }
            }
        }
    }

    /// Runs a handler with a request.
    pub fn enter_web(&mut self, handler: Handler) {
        let f = handler.function;
        let m = self.program.module(f.module);
        let function = m.function(f.function);
        let mut this = class_of(m, f.function).map_or_else(Value::default, |class| {
            Value::entity(Entity::Instance(ClassRef { module: f.module, class }))
        });
        self.group_base = self.frames.len();
        self.push_frame(f.module, Some(f.function), this.clone());
        if handler.shape == Shape::SelfIsRequest {
            for field in ["path", "headers", "rfile"] {
                let name = self.names.intern(field);
                let v = self.sent(field, function.span);
                this.set_field(name, v, true);
            }
            self.frame_mut().this = this.clone();
        }
        let python = m.language == Language::Python;
        let mut params = vec![Value::default(); function.params.len()];
        let skip = usize::from(handler.shape == Shape::AfterError);
        let mut given = false;
        for (i, p) in function.params.iter().enumerate() {
            let name = match &m.pat(p.pattern).kind {
                PatKind::Ident(s) => m.str(*s).to_owned(),
                _ => String::new(),
            };
            if python && i == 0 && function.class.is_some() && matches!(name.as_str(), "self" | "cls") {
                params[i] = this.clone();
                continue;
            }
            if python {
                let annotation = p.annotation.and_then(|a| m.dotted(a)).unwrap_or_default();
                let kind = annotation.rsplit('.').next().unwrap_or("");
                let lower = name.to_ascii_lowercase();
                if matches!(
                    kind,
                    "Request" | "WebSocket" | "HTTPConnection" | "StarletteRequest" | "BaseRequest"
                ) || kind.is_empty() && REQUEST_NAMES.contains(&lower.as_str())
                {
                    params[i] = self.external(REQUEST);
                    given = true;
                    continue;
                }
                if handler.shape != Shape::Named || matches!(p.kind, ParamKind::Rest | ParamKind::KwRest) || lower == "call_next" {
                    continue;
                }
                // What a dependency gives is the program's.
                let injected = p.default.is_some_and(|d| is_injected(m, d))
                    || p.annotation.is_some_and(|a| m.text(m.expr(a).span).contains("Depends("));
                if injected || matches!(kind, "Response" | "BackgroundTasks" | "Session" | "AsyncSession") {
                    continue;
                }
                let gone = p.annotation.map_or(Kinds::NONE, |a| self.annotation_kinds(f.module, a));
                let v = self.sent(&name, m.pat(p.pattern).span);
                params[i] = v.without(gone);
            } else if i == skip {
                let context = CONTEXT_NAMES.contains(&name.to_ascii_lowercase().as_str());
                params[i] = self.external(if context { CONTEXT } else { REQUEST });
                given = true;
            } else if i == skip + 1 && given {
                params[i] = self.external(RESPONSE);
            }
        }
        self.run_entry(f, params);
        // Frameworks that send what the handler gives back as a page.
        if let (true, Some(ret)) = (python && self.answers_with_pages(f), self.frame().ret.clone()) {
            self.check_sinks("$answer", None, &[super::calls::ArgVal::plain(ret)], function.span);
        }
        self.frames.pop();
        self.group_base = 0;
    }

    /// Flask, Quart and Bottle send a text that a handler gives back as HTML.
    fn answers_with_pages(&mut self, f: FunctionRef) -> bool {
        let m = self.program.module(f.module);
        let function = m.function(f.function);
        function.decorators.iter().any(|d| {
            let ExprKind::Call { callee, .. } = &m.expr(*d).kind else {
                return false;
            };
            let ExprKind::Member { object, .. } = &m.expr(*callee).kind else {
                return false;
            };
            self.maker(f.module, function.parent, *object)
                .is_some_and(|maker| ["flask.", "quart.", "bottle"].iter().any(|w| maker.starts_with(w)))
        })
    }

    /// The source of everything clients send.
    fn request_source(&mut self) -> u32 {
        match self.sources.iter().position(|s| s.entry.is_none() && s.what == "a web request") {
            Some(known) => known as u32,
            None => {
                self.sources.push(Source {
                    entry: None,
                    what: "a web request".to_owned(),
                });
                self.sources.len() as u32 - 1
            }
        }
    }

    /// What the client sent under a name.
    pub fn sent(&mut self, field: &str, span: Span) -> Value {
        let source = self.request_source();
        let root = self.labels.root(Root::Source(source));
        let name = self.names.intern(field);
        let label = self.labels.extend(root, Seg::Field(name));
        let trace = self.trace(None, span, What::Source(source));
        let mut v = Value::default();
        v.add_atom(Atom {
            label,
            kinds: Kinds::ALL,
            weak: Default::default(),
            trace,
        });
        v
    }

    /// A field of a request: what the client sent, or the request again.
    pub fn request_field(&mut self, path: &str, field: &str, at: Option<Span>) -> Option<Value> {
        match path {
            EXTRA if matches!(field, "authInfo" | "requestInfo") => Some(self.credential(field, at?)),
            REQUEST if field == "auth" => Some(self.credential(field, at?)),
            REQUEST | CONTEXT if AGAIN.contains(&field) => Some(self.external(REQUEST)),
            CONTEXT if !matches!(field, "query" | "params" | "headers" | "cookies" | "url" | "originalUrl" | "path") => None,
            REQUEST | CONTEXT | "flask.request" | "quart.request" | "bottle.request" if FIELDS.contains(&field) => {
                Some(self.sent(field, at?))
            }
            _ => None,
        }
    }

    /// What a client's credential comes as, apart from plain requests: what the SDKs hand to tools. Followed only as far as
    /// requests that send it on.
    pub fn credential(&mut self, field: &str, span: Span) -> Value {
        let all = self.sent(field, span);
        all.without(Kinds::ALL.without(Kinds::HEADER))
    }

    /// A method of a request that gives what the client sent; `None` when it is another.
    pub fn request_call(&mut self, name: &str, args: &[super::calls::ArgVal], span: Span) -> Option<Value> {
        let (head, method) = name.rsplit_once('.')?;
        if !(matches!(head, REQUEST | "flask.request" | "quart.request" | "$context.req") || head == CONTEXT && method == "param") {
            return None;
        }
        if matches!(method, "on" | "once" | "addListener") {
            // `req.on("data", chunk => …)`.
            let event = Self::positional(args, 0).and_then(Value::text).unwrap_or("").to_owned();
            if let Some(f) = Self::positional(args, 1).cloned() {
                let data = if event == "data" {
                    self.sent("body", span)
                } else {
                    Value::default()
                };
                self.call_back(&f, &[data]);
            }
            return Some(Value::default());
        }
        if !METHODS.contains(&method) {
            return None;
        }
        let field = match method {
            "query" | "queries" => "query",
            "param" | "params" => "params",
            "header" | "get" => "headers",
            _ => "body",
        };
        let whole = self.sent(field, span);
        match Self::positional(args, 0).and_then(Value::text).map(str::to_owned) {
            Some(key) => {
                let key = self.names.intern(&key);
                Some(self.member(&whole, key, None))
            }
            None => Some(whole),
        }
    }
}

fn add(out: &mut BTreeSet<Handler>, function: FunctionRef, shape: Shape) {
    if !out.iter().any(|h| h.function == function) {
        out.insert(Handler { function, shape });
    }
}

/// `= Depends(…)`, `= Security(…)`.
fn is_injected(m: &Module, default: ExprId) -> bool {
    matches!(&m.expr(default).kind, ExprKind::Call { callee, .. }
        if m.dotted(*callee).is_some_and(|d| matches!(d.rsplit('.').next(), Some("Depends" | "Security" | "Inject"))))
}
