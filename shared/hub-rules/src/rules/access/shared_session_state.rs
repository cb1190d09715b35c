use super::answers_network;
use crate::own::own_modules;
use hub_engine::capability::words_of;
use hub_engine::taint::line_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Confidence;
use hub_syntax::ir::{FnId, Module};
use hub_syntax::{BindingId, Scopes, Written};
use regex::Regex;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A server on the network that keeps what belongs to one client (its transport, user, token or tenant) in one variable for all:
    /// a request handler writes it, and the next client's request writes over it.
    /// ## Why it matters
    /// Answers and rights of one client go to another: whoever connected last, or in between, is taken for everybody.
    /// ## How to fix it
    /// Keep it in a map under the session's id, or pass it along with the request.
    /// ```ts vulnerable
    /// import express from "express";
    /// import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// const server = new McpServer({ name: "x", version: "1.0.0" });
    /// const app = express();
    /// let transport;
    /// app.get("/sse", async (req, res) => {
    ///   transport = new SSEServerTransport("/messages", res);
    ///   await server.connect(transport);
    /// });
    /// app.post("/messages", async (req, res) => { await transport.handlePostMessage(req, res); });
    /// app.listen(3000, "127.0.0.1");
    /// ```
    /// ```py vulnerable
    /// import uvicorn
    /// from fastapi import FastAPI, Request
    /// app = FastAPI()
    /// current_user = None
    ///
    /// @app.middleware("http")
    /// async def who(request: Request, call_next):
    ///     global current_user
    ///     current_user = request.headers.get("x-user")
    ///     return await call_next(request)
    ///
    /// @mcp.tool()
    /// def whoami() -> str:
    ///     """Shows who I am."""
    ///     return current_user
    ///
    /// uvicorn.run(app, host="127.0.0.1")
    /// ```
    /// ```ts safe
    /// import express from "express";
    /// import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// const server = new McpServer({ name: "x", version: "1.0.0" });
    /// const app = express();
    /// const transports = {};
    /// let lastSeen;
    /// app.get("/sse", async (req, res) => {
    ///   const transport = new SSEServerTransport("/messages", res);
    ///   transports[transport.sessionId] = transport;
    ///   lastSeen = Date.now();
    ///   await server.connect(transport);
    /// });
    /// app.listen(3000, "127.0.0.1");
    /// ```
    /// ```py safe
    /// from contextvars import ContextVar
    /// import uvicorn
    /// from fastapi import FastAPI, Request
    /// app = FastAPI()
    /// current_user = ContextVar("current_user")
    ///
    /// @app.middleware("http")
    /// async def who(request: Request, call_next):
    ///     current_user.set(request.headers.get("x-user"))
    ///     return await call_next(request)
    ///
    /// @mcp.tool()
    /// def whoami() -> str:
    ///     """Shows who I am."""
    ///     return current_user.get()
    ///
    /// uvicorn.run(app, host="127.0.0.1")
    /// ```
    pub struct SharedSessionState {
        id: "shared-session-state",
        title: "One variable holds what belongs to each client",
        category: Access,
        severity: Medium,
        classes: &["S22"],
        cwe: &[488],
        references: &["https://cwe.mitre.org/data/definitions/488.html"],
    }
}

/// What comes with a request.
static OF_REQUEST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:req|request|_req|_request|ctx|c)\.\w|\bheaders\s*(?:\?\.|\.|\[)|\bauthInfo\b").ok());
static TRANSPORT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^new\s+(?:\w+\.)?(?:SSE|StreamableHTTP)ServerTransport\(").ok());

impl Rule for SharedSessionState {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        if !answers_network(cx) {
            return;
        }
        for (_, module) in own_modules(cx) {
            if !module.source.contains("req") {
                continue;
            }
            let scopes = module.scopes();
            for (id, binding) in scopes.iter() {
                let Some((what, definition)) = shared(module, scopes, id, binding.function) else {
                    continue;
                };
                let at = module.location(definition);
                let name = module.str(binding.name);
                out.report(Self::META)
                    .evidence(line_of(module, &at))
                    .at(at)
                    .title(format!("`{name}` holds {what} of whichever client came last"))
                    .confidence(Confidence::Medium)
                    .key(name.to_owned())
                    .add();
            }
        }
    }
}

/// A binding that a request handler inside its own scope writes something of the client to.
fn shared(module: &Module, scopes: &Scopes, id: BindingId, outer: Option<FnId>) -> Option<(&'static str, hub_syntax::ir::Span)> {
    let definitions = scopes.definitions(id);
    let name = module.str(scopes.binding(id).name);
    definitions.iter().find_map(|d| {
        let Written::Value { value, op: None } = d.value else { return None };
        let inner = d.function.filter(|f| Some(*f) != outer)?;
        if !answers_requests(module, inner, outer) {
            return None;
        }
        let text = module.text(module.expr(value).span);
        if text.len() > 600 {
            return None;
        }
        if TRANSPORT.as_ref()?.is_match(text) {
            return Some(("the transport", module.expr(value).span));
        }
        let words = words_of(name);
        let personal = words.iter().any(|w| {
            matches!(
                w.as_str(),
                "user" | "token" | "session" | "tenant" | "credential" | "credentials" | "account" | "auth" | "apikey" | "client"
            )
        }) && !words.iter().any(|w| {
            matches!(
                w.as_str(),
                "count" | "last" | "time" | "at" | "sessions" | "users" | "agent" | "total" | "id"
            )
        });
        (personal && OF_REQUEST.as_ref()?.is_match(text)).then_some(("what belongs to the user", module.expr(value).span))
    })
}

/// The function, or one around it below the variable's own, takes a request.
fn answers_requests(module: &Module, function: FnId, outer: Option<FnId>) -> bool {
    let mut at = Some(function);
    for _ in 0..8 {
        let Some(f) = at.filter(|f| Some(*f) != outer) else { return false };
        let f = module.function(f);
        let request = f.params.iter().take(3).any(|p| {
            let text = module.text(module.pat(p.pattern).span);
            matches!(text, "req" | "request" | "_req" | "_request") || text.starts_with("req:") || text.starts_with("request:")
        });
        if request {
            return true;
        }
        at = f.parent;
    }
    false
}
