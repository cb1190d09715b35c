use crate::own::own_modules;
use hub_engine::code::named_values;
use hub_engine::taint::line_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{ExprKind, Span};
use regex::Regex;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// An authorization server in the code that gives tokens for a code without PKCE: it never looks at a `code_verifier`, or it
    /// announces the method `plain`.
    /// ## Why it matters
    /// A code that leaks (by a log, a redirect, another program on the machine) is enough to get the user's token. The MCP
    /// specification asks for PKCE with S256.
    /// ## How to fix it
    /// Keep the `code_challenge` with the code, and compare it with the SHA-256 of the `code_verifier` before a token is given; announce `S256` only.
    /// ```ts vulnerable
    /// import express from "express";
    /// const app = express();
    /// app.post("/token", (req, res) => {
    ///   if (req.body.grant_type !== "authorization_code") return res.status(400).end();
    ///   const user = codes.get(req.body.code);
    ///   res.json({ access_token: issue(user) });
    /// });
    /// ```
    /// ```py vulnerable
    /// METADATA = {"issuer": "https://mcp.example.com", "code_challenge_methods_supported": ["plain", "S256"]}
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return METADATA["issuer"]
    /// ```
    /// ```ts safe
    /// import express from "express";
    /// const app = express();
    /// const metadata = { code_challenge_methods_supported: ["S256"] };
    /// app.post("/token", (req, res) => {
    ///   if (req.body.grant_type !== "authorization_code") return res.status(400).end();
    ///   const grant = codes.get(req.body.code);
    ///   if (sha256(req.body.code_verifier) !== grant.challenge) return res.status(400).end();
    ///   res.json({ access_token: issue(grant.user) });
    /// });
    /// ```
    /// ```py safe
    /// import httpx
    ///
    /// @mcp.tool()
    /// def login(code: str) -> str:
    ///     """Logs in."""
    ///     return httpx.post("https://issuer.example.com/token", data={"grant_type": "authorization_code", "code": code}).text
    /// ```
    /// ```ts safe
    /// server.tool("token_request", "Builds the body of a token request.", { grant_type: z.string(), code: z.string() }, async ({ grant_type, code }) => {
    ///   const body = new URLSearchParams({ grant_type });
    ///   if (grant_type === "authorization_code") body.set("code", code);
    ///   return { content: [{ type: "text", text: body.toString() }] };
    /// });
    /// ```
    pub struct CodeGrantWithoutPkce {
        id: "code-grant-without-pkce",
        title: "A code is exchanged for a token without PKCE",
        category: Access,
        severity: Medium,
        classes: &["S21"],
        cwe: &[345],
        references: &["https://modelcontextprotocol.io/specification/2025-06-18/basic/authorization#authorization-code-protection", "https://www.rfc-editor.org/rfc/rfc7636#section-4.6"],
    }
}

static GRANTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"grant_?[tT]ype["'\])]*\s*(?:===?|!==?)\s*["']authorization_code["']|case\s+["']authorization_code["']\s*:"#).ok()
});
static GIVES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?i)\baccess_?token["'\]]*\s*[:=,]"#).ok());
static PROVES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)code_?verifier|code_?challenge|pkce").ok());

impl Rule for CodeGrantWithoutPkce {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(grants), Some(proves)) = (GRANTS.as_ref(), PROVES.as_ref()) else {
            return;
        };
        let own = own_modules(cx);
        let proven = own.iter().any(|(_, m)| proves.is_match(&m.source));
        for (_, module) in own {
            // A client asks for a token; who grants one writes it into the answer.
            let gives = GIVES.as_ref().is_some_and(|g| g.is_match(&module.source));
            if !proven
                && gives
                && let Some(found) = grants.find(&module.source)
            {
                let at = module.location(Span {
                    start: found.start() as u32,
                    end: found.end() as u32,
                });
                out.report(Self::META)
                    .evidence(line_of(module, &at))
                    .at(at)
                    .title("Tokens are given for a code without PKCE")
                    .confidence(Confidence::Medium)
                    .add();
            }
            if !module.source.contains("code_challenge_methods_supported") {
                continue;
            }
            for v in named_values(module) {
                let ExprKind::Array(items) = &module.expr(v.value).kind else {
                    continue;
                };
                let plain = items
                    .iter()
                    .any(|i| matches!(&module.expr(*i).kind, ExprKind::Str(s) if module.str(*s) == "plain"));
                if v.name == "code_challenge_methods_supported" && plain {
                    let at = module.location(v.span);
                    out.report(Self::META)
                        .evidence(line_of(module, &at))
                        .at(at)
                        .title("The PKCE method `plain` is announced")
                        .severity(Severity::Low)
                        .confidence(Confidence::High)
                        .key("plain")
                        .add();
                }
            }
        }
    }
}
