use super::{flow_finding, is_credential_of_client};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// The credential that a client shows to the server (its `Authorization` header, the token of its session) and that the server
    /// sends on to another service.
    /// ## Why it matters
    /// The service cannot tell the server from the client: limits, logs and audience checks are passed by, and a token stolen
    /// anywhere is good everywhere. The MCP specification forbids it.
    /// ## How to fix it
    /// Check that the token was made for this server, and use a token of the server's own, or one exchanged for it (RFC 8693), towards the other service.
    /// ```ts vulnerable
    /// import express from "express";
    /// const app = express();
    /// app.post("/mcp", async (req, res) => {
    ///   const answer = await fetch("https://api.example.com/me", { headers: { Authorization: req.headers.authorization } });
    ///   res.json(await answer.json());
    /// });
    /// ```
    /// ```ts vulnerable
    /// server.registerTool("me", { description: "Shows who I am.", inputSchema: {} }, async (args, extra) => {
    ///   const answer = await fetch("https://api.example.com/me", { headers: { Authorization: `Bearer ${extra.authInfo.token}` } });
    ///   return { content: [{ type: "text", text: await answer.text() }] };
    /// });
    /// ```
    /// ```py vulnerable
    /// import httpx
    /// from fastmcp.server.dependencies import get_http_headers
    ///
    /// @mcp.tool()
    /// async def me() -> str:
    ///     """Shows who I am."""
    ///     headers = get_http_headers()
    ///     async with httpx.AsyncClient() as client:
    ///         answer = await client.get("https://api.example.com/me", headers={"Authorization": headers["authorization"]})
    ///     return answer.text
    /// ```
    /// ```ts safe
    /// import express from "express";
    /// const app = express();
    /// app.post("/mcp", async (req, res) => {
    ///   const answer = await fetch("https://api.example.com/me", { headers: { Authorization: `Bearer ${process.env.API_TOKEN}`, "Accept-Language": req.headers["accept-language"] } });
    ///   res.json(await answer.json());
    /// });
    /// ```
    /// ```py safe
    /// import os, httpx
    /// from fastmcp.server.dependencies import get_http_headers
    ///
    /// @mcp.tool()
    /// async def me() -> str:
    ///     """Shows who I am."""
    ///     trace = get_http_headers().get("traceparent", "")
    ///     async with httpx.AsyncClient() as client:
    ///         answer = await client.get("https://api.example.com/me", headers={"Authorization": os.environ["API_TOKEN"], "traceparent": trace})
    ///     return answer.text
    /// ```
    pub struct TokenPassthrough {
        id: "token-passthrough",
        title: "The client's token is sent on to another service",
        category: Access,
        severity: Medium,
        classes: &["S20"],
        cwe: &[441],
        references: &["https://modelcontextprotocol.io/specification/2025-06-18/basic/security_best_practices#token-passthrough", "https://cwe.mitre.org/data/definitions/441.html"],
    }
}

impl Rule for TokenPassthrough {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(flows), Some(program)) = (cx.flows, cx.program) else {
            return;
        };
        for cause in flows.causes(program, Kinds::HEADER) {
            let Some(shown) = cause.reaches.iter().find(|r| is_credential_of_client(r)) else {
                continue;
            };
            let cause = hub_engine::taint::Cause { shown, ..cause.clone() };
            flow_finding(out, Self::META, cx, &cause)
                .title(format!(
                    "The client's credential (`{}`) is sent on by `{}`",
                    shown.argument,
                    shown.operation()
                ))
                .severity(Severity::Medium)
                .confidence(Confidence::Medium)
                .add();
        }
    }
}
