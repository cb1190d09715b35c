use crate::apart::is_apart;
use hub_engine::taint::Known;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

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
                "cors" if call.name == "cors" => (
                    is_star(call.named("origin")) || call.named("origin") == Some(&Known::Flag(true)),
                    call.named("credentials") == Some(&Known::Flag(true)),
                ),
                "setHeader" | "header" => (
                    matches!(call.positional(0), Some(Known::Text(t)) if t.eq_ignore_ascii_case("access-control-allow-origin"))
                        && is_star(call.positional(1)),
                    false,
                ),
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
    }
}
