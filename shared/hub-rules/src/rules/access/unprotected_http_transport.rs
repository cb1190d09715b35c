use super::{ASKS_WHO, checks_host, program_says, starts};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Confidence;

declare_rule! {
    /// ## What it finds
    /// An HTTP transport that is started while nothing in the program asks clients who they are and nothing checks the `Host` or
    /// `Origin` header.
    /// ## Why it matters
    /// Any page open in the user's browser can call a server on `localhost` by DNS rebinding, and any machine that reaches the
    /// port can call its tools.
    /// ## How to fix it
    /// Check `Host` and `Origin` against a list (the SDK's DNS rebinding protection does), and require a token.
    /// ```py vulnerable
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    ///
    /// mcp.run(transport="sse")
    /// ```
    /// ```py vulnerable
    /// import httpx
    /// from flask import Flask
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    /// app = Flask(__name__)
    ///
    /// def ask(token: str) -> str:
    ///     headers = {}
    ///     headers["Authorization"] = "Bearer " + token
    ///     return httpx.get("https://api.example.com/notes", headers=headers).text
    ///
    /// @app.route("/notes", methods=["POST"])
    /// def notes():
    ///     return ask("x")
    ///
    /// app.run(host="127.0.0.1", port=8000)
    /// ```
    /// ```py safe
    /// from flask import Flask, abort, request
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    /// app = Flask(__name__)
    ///
    /// @app.before_request
    /// def check_host():
    ///     if request.host not in {"127.0.0.1:8000", "localhost:8000"}:
    ///         abort(403)
    ///
    /// app.run(host="127.0.0.1", port=8000)
    /// ```
    /// ```py safe
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    ///
    /// mcp.run(transport="stdio")
    /// ```
    pub struct UnprotectedHttpTransport {
        id: "unprotected-http-transport",
        title: "HTTP transport without authentication or Host check",
        category: Access,
        severity: Medium,
        classes: &["S23", "S18"],
        references: &["https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#security-warning", "https://cwe.mitre.org/data/definitions/346.html"],
    }
}

impl Rule for UnprotectedHttpTransport {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let starts = starts(cx);
        if starts.is_empty() || program_says(cx, &ASKS_WHO) || checks_host(cx) {
            return;
        }
        let mut seen = std::collections::BTreeSet::new();
        for s in starts {
            if seen.insert((s.call.module, s.call.function)) {
                out.report(Self::META)
                    .at(s.call.at.clone())
                    .evidence(s.call.code.clone())
                    .title("The HTTP transport answers anyone: no authentication, no Host or Origin check")
                    .confidence(Confidence::Medium)
                    .key(s.call.last().to_owned())
                    .add();
            }
        }
    }
}
