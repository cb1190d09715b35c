use super::{Told, capital, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// Data that a client or caller chooses and that is put into HTML without escaping.
    /// ## Why it matters
    /// A script in the value runs in the browser of whoever opens the page, with the page's rights.
    /// ## How to fix it
    /// Escape the value for HTML, or let a template engine with automatic escaping do it.
    /// ```py vulnerable
    /// from mcp.server.fastmcp import FastMCP
    /// from starlette.responses import HTMLResponse
    /// mcp = FastMCP("page")
    ///
    /// @mcp.tool()
    /// def page(title: str) -> object:
    ///     """Makes a page."""
    ///     return HTMLResponse(f"<h1>{title}</h1>")
    /// ```
    /// ```py safe
    /// import html
    /// from mcp.server.fastmcp import FastMCP
    /// from starlette.responses import HTMLResponse
    /// mcp = FastMCP("page")
    ///
    /// @mcp.tool()
    /// def page(title: str) -> object:
    ///     """Makes a page."""
    ///     return HTMLResponse(f"<h1>{html.escape(title)}</h1>")
    /// ```
    /// ```ts safe
    /// import http from "node:http";
    /// const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
    /// server.tool("ping", "Answers", {}, async () => ({ content: [] }));
    /// http.createServer((req, res) => {
    ///   const error = new URL(req.url!, "http://localhost:3334").searchParams.get("error");
    ///   res.writeHead(400, { "Content-Type": "text/html" });
    ///   res.end(`<h1>Failed</h1><p>${escapeHtml(error)}</p>`);
    /// }).listen(3334, "127.0.0.1");
    /// ```
    pub struct HtmlInjection {
        id: "html-injection",
        title: "Argument is put into a page unescaped",
        category: Injection,
        severity: Medium,
        classes: &["S27"],
        references: &["https://cwe.mitre.org/data/definitions/79.html"],
    }
}

impl Rule for HtmlInjection {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::MARKUP, |cause, _, _| {
            let reach = cause.shown;
            Some(Told {
                title: format!("{} is put into a page unescaped", capital(&reach.origin())),
                because: format!("{} becomes markup in `{}`.", capital(&reach.origin()), reach.operation()),
                fix: "Escape it (`html.escape`, `textContent` instead of `innerHTML`) or use a template with automatic escaping.",
                severity: Severity::Medium,
                by_design: false,
                confidence: Confidence::Medium,
            })
        });
    }
}
