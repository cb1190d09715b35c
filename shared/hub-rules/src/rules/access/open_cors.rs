use crate::apart::is_apart;
use crate::own::own_modules;
use hub_engine::code::named_values;
use hub_engine::taint::{Known, line_of};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{ExprId, ExprKind, Module, Span};

declare_rule! {
    /// ## What it finds
    /// Cross-origin access for every web page (`*`, or the caller's origin sent back), by value or by default.
    /// ## Why it matters
    /// Any page the user opens can read the server's answers; with credentials allowed it does so in the user's name.
    /// ## How to fix it
    /// List the origins that need access, and do not combine credentials with a star.
    /// ```py vulnerable
    /// from fastapi import FastAPI
    /// from fastapi.middleware.cors import CORSMiddleware
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    /// app = FastAPI()
    /// app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    /// ```
    /// ```go vulnerable
    /// package main
    ///
    /// import (
    ///     "net/http"
    ///
    ///     "github.com/mark3labs/mcp-go/mcp"
    ///     "github.com/mark3labs/mcp-go/server"
    /// )
    ///
    /// func main() {
    ///     s := server.NewMCPServer("notes", "1.0.0")
    ///     s.AddTool(mcp.NewTool("note"), note)
    ///     http.HandleFunc("/mcp", func(w http.ResponseWriter, r *http.Request) {
    ///         w.Header().Set("Access-Control-Allow-Origin", "*")
    ///         server.NewStreamableHTTPServer(s).ServeHTTP(w, r)
    ///     })
    ///     http.ListenAndServe("127.0.0.1:8080", nil)
    /// }
    /// ```
    /// ```py safe
    /// from fastapi import FastAPI
    /// from fastapi.middleware.cors import CORSMiddleware
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    /// app = FastAPI()
    /// app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_credentials=True)
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    /// ```
    pub struct OpenCors {
        id: "open-cors",
        title: "Every web page may read the server's answers",
        category: Access,
        severity: Medium,
        classes: &["S23"],
        references: &["https://cwe.mitre.org/data/definitions/942.html"],
    }
}

/// Headers that a program writes itself: `w.Header().Set(name, "*")`, `{ "Access-Control-Allow-Origin": "*" }`.
fn written_stars(module: &Module) -> Vec<Span> {
    let is = |e: ExprId, test: &dyn Fn(&str) -> bool| matches!(&module.expr(e).kind, ExprKind::Str(s) if test(module.str(*s)));
    let header = |t: &str| t.eq_ignore_ascii_case(HEADER);
    let star = |t: &str| t == "*";
    let calls = module.exprs.iter().filter_map(|e| match &e.kind {
        ExprKind::Call { args, .. } if args.len() == 2 && is(args[0].value, &header) && is(args[1].value, &star) => Some(e.span),
        _ => None,
    });
    let named = named_values(module)
        .into_iter()
        .filter(|v| header(v.name) && is(v.value, &star))
        .map(|v| v.span);
    calls.chain(named).collect()
}

const HEADER: &str = "access-control-allow-origin";

fn is_star(k: Option<&Known>) -> bool {
    match k {
        Some(Known::Text(t)) => t == "*",
        Some(Known::List(items)) => items.iter().any(|i| matches!(i, Known::Text(t) if t == "*")),
        _ => false,
    }
}

impl Rule for OpenCors {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(flows) = cx.flows else { return };
        for call in flows.calls.iter().filter(|c| !is_apart(c.at.file.as_str())) {
            let cors_class = call
                .args
                .iter()
                .any(|(_, v)| matches!(v, Known::Named(n) if n.ends_with("CORSMiddleware")));
            let (open, credentials) = match call.last() {
                "add_middleware" | "Middleware" if cors_class => (
                    is_star(call.named("allow_origins")),
                    call.named("allow_credentials") == Some(&Known::Flag(true)),
                ),
                "CORSMiddleware" => (
                    is_star(call.named("allow_origins")),
                    call.named("allow_credentials") == Some(&Known::Flag(true)),
                ),
                "cors" if call.name == "cors" && !call.args.is_empty() => (
                    is_star(call.named("origin")) || call.named("origin") == Some(&Known::Flag(true)),
                    call.named("credentials") == Some(&Known::Flag(true)),
                ),
                // By default for every origin.
                "CORS" if call.name.starts_with("flask_cors") => (
                    call.named("origins").is_none_or(|o| is_star(Some(o))) && call.named("resources").is_none(),
                    call.named("supports_credentials") == Some(&Known::Flag(true)),
                ),
                "cors" if call.name.ends_with("cors") && call.args.is_empty() => (true, false),
                _ => continue,
            };
            if open {
                out.report(Self::META)
                    .at(call.at.clone())
                    .evidence(call.code.clone())
                    .title(if credentials {
                        "Every web page may call the server with the user's credentials"
                    } else {
                        "Every web page may read the server's answers"
                    })
                    .severity(if credentials { Severity::Medium } else { Severity::Low })
                    .confidence(Confidence::High)
                    .key(call.last().to_owned())
                    .add();
            }
        }
        for (_, module) in own_modules(cx) {
            if !module.source.to_ascii_lowercase().contains(HEADER) {
                continue;
            }
            // One server, one finding: the answer to a preflight repeats what the others say.
            if let Some(span) = written_stars(module).into_iter().min_by_key(|s| s.start) {
                let at = module.location(span);
                out.report(Self::META)
                    .evidence(line_of(module, &at))
                    .at(at)
                    .severity(Severity::Low)
                    .confidence(Confidence::High)
                    .key(HEADER.to_owned())
                    .add();
            }
        }
    }
}
