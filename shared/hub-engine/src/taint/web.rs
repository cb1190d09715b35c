//! The server's own web endpoints: which functions answer requests, and what of a request its sender chooses.
//!
//! A request is the outside thing `$request`; a framework's context that holds one is `$context`. Their fields and methods that
//! give what the client sent are sources wherever they are read, also in helpers and middleware.

use super::engine::{Engine, Source, class_of};
use super::value::{Atom, ClassRef, Entity, Kinds, Root, Seg, Value, What};
use crate::FunctionRef;
use hub_syntax::ir::{ExprId, ExprKind, Language, Module, ParamKind, PatKind, Span};

/// Outside things that stand for the request being answered.
pub const REQUEST: &str = "$request";
/// A framework's context: `c` of Hono, `ctx` of Koa.
pub const CONTEXT: &str = "$context";
/// What the answer is written to.
pub const RESPONSE: &str = "$response";

/// What the TypeScript SDK hands to a handler beside the arguments.
pub const EXTRA: &str = "$extra";

/// Fields of a request that hold what the client sent.
pub const FIELDS: &[&str] = &[
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
pub const METHODS: &[&str] = &[
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
pub const AGAIN: &[&str] = &["req", "request", "raw", "rawRequest", "nodeRequest", "clone", "incoming"];
/// Methods that register a function for requests.
pub const VERBS: &[&str] = &[
    "get", "post", "put", "delete", "patch", "options", "head", "all", "use", "del", "route", "on",
];
/// Python decorators that do.
pub const DECORATORS: &[&str] = &[
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
pub const CALLS: &[&str] = &[
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
pub const MAKERS: &[&str] = &[
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
pub const REQUEST_NAMES: &[&str] = &["req", "request", "_req", "_request", "incomingmessage"];
pub const CONTEXT_NAMES: &[&str] = &["c", "ctx", "context", "_ctx", "_c"];

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
    /// Runs a handler with a request.
    pub fn enter_web(&mut self, handler: Handler) {
        let f = handler.function;
        let m = self.program.module(f.module);
        let function = m.function(f.function);
        let mut this = class_of(m, f.function).map_or_else(Value::default, |class| {
            Value::entity(Entity::Instance(ClassRef { module: f.module, class }))
        });
        self.group_base = self.frames.len();
        self.inlined.clear();
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
    pub fn answers_with_pages(&mut self, f: FunctionRef) -> bool {
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
    pub fn request_source(&mut self) -> u32 {
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

/// `= Depends(…)`, `= Security(…)`.
pub fn is_injected(m: &Module, default: ExprId) -> bool {
    matches!(&m.expr(default).kind, ExprKind::Call { callee, .. }
        if m.dotted(*callee).is_some_and(|d| matches!(d.rsplit('.').next(), Some("Depends" | "Security" | "Inject"))))
}
