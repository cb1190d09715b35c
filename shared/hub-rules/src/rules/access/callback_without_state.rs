use crate::own::own_modules;
use hub_engine::taint::line_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use regex::Regex;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// An OAuth callback that takes the `code` of a request and exchanges it for tokens without looking at `state`, while nothing
    /// else (PKCE) ties the answer to the login that was started.
    /// ## Why it matters
    /// An attacker has the victim's browser open the callback with the attacker's code: the victim then works in the attacker's account.
    /// ## How to fix it
    /// Make a random `state` for each login, keep it, and refuse a callback that brings another one; use PKCE as well.
    /// ```ts vulnerable
    /// import express from "express";
    /// const app = express();
    /// app.get("/oauth/callback", async (req, res) => {
    ///   const { tokens } = await oauth2Client.getToken(req.query.code);
    ///   save(tokens);
    ///   res.send("done");
    /// });
    /// ```
    /// ```py vulnerable
    /// import httpx
    /// from starlette.responses import PlainTextResponse
    ///
    /// async def callback(request):
    ///     code = request.query_params["code"]
    ///     answer = httpx.post("https://issuer.example.com/token", data={"grant_type": "authorization_code", "code": code})
    ///     save(answer.json())
    ///     return PlainTextResponse("done")
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    /// ```
    /// ```py vulnerable
    /// import httpx
    /// from fastapi import FastAPI, Request
    /// app = FastAPI()
    ///
    /// @app.get("/callback")
    /// async def oauth_callback(request: Request, code: str):
    ///     answer = httpx.post("https://issuer.example.com/token", data={"grant_type": "authorization_code", "code": code})
    ///     request.session["token"] = answer.json()["access_token"]
    ///     return {"ok": True}
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    /// ```
    /// ```ts safe
    /// import express from "express";
    /// const app = express();
    /// app.get("/oauth/callback", async (req, res) => {
    ///   if (req.query.state !== pending.state) return res.status(400).send("no");
    ///   const { tokens } = await oauth2Client.getToken(req.query.code);
    ///   save(tokens);
    ///   res.send("done");
    /// });
    /// ```
    /// ```py safe
    /// import httpx
    /// from starlette.responses import PlainTextResponse
    ///
    /// async def callback(request):
    ///     answer = httpx.post("https://issuer.example.com/token", data={"grant_type": "authorization_code", "code": request.query_params["code"], "code_verifier": verifier()})
    ///     save(answer.json())
    ///     return PlainTextResponse("done")
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    /// ```
    pub struct CallbackWithoutState {
        id: "oauth-callback-without-state",
        title: "An OAuth callback takes any answer",
        category: Access,
        severity: Medium,
        classes: &["S21"],
        cwe: &[352],
        references: &["https://www.rfc-editor.org/rfc/rfc9700#section-4.7", "https://cwe.mitre.org/data/definitions/352.html"],
    }
}

static TAKES_CODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:\bquery|query_params|searchParams|\bargs|\bparams|\bqs|query_components)\s*(?:\?\.|\.)?\s*(?:get\(\s*|\[\s*|\.)?["']?code\b["']?|\{[^{}]*\bcode\b[^{}]*\}\s*=\s*(?:await\s+)?(?:req|request|ctx|c)\.|\bdef\s+\w*(?i:callback|oauth|redirect)\w*\([^)]*\bcode\s*:\s*(?:str|Optional)"#).ok()
});
static EXCHANGES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"authorization_code|\.getToken\(|exchange_?[cC]ode|exchangeCode|fetch_token\(|acquire_?[tT]oken_?[bB]y_?(?:auth|[cC]ode)")
        .ok()
});
static TIED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)code_?verifier|pkce|\bstate\b|oauth_?state|checkState|nonce").ok());

impl Rule for CallbackWithoutState {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(takes), Some(exchanges), Some(tied)) = (TAKES_CODE.as_ref(), EXCHANGES.as_ref(), TIED.as_ref()) else {
            return;
        };
        for (_, module) in own_modules(cx) {
            if !takes.is_match(&module.source) || !exchanges.is_match(&module.source) {
                continue;
            }
            // A verifier of PKCE anywhere in the file ties the answer to the login.
            let verifier = tied.is_match(&module.source) && module.source.to_ascii_lowercase().contains("verifier");
            // The innermost function that does both.
            let mut places: Vec<(u32, u32)> = module
                .functions
                .iter()
                .map(|f| (f.span.start, f.span.end))
                .filter(|(s, e)| e - s < 8_000)
                .filter(|(s, e)| {
                    let text = module.source.get(*s as usize..*e as usize).unwrap_or("");
                    takes.is_match(text) && exchanges.is_match(text)
                })
                .collect();
            let all = places.clone();
            places.retain(|(s, e)| !all.iter().any(|(a, b)| (a, b) != (s, e) && a >= s && b <= e));
            for (start, end) in places {
                let text = module.source.get(start as usize..end as usize).unwrap_or("");
                if verifier || tied.is_match(text) {
                    continue;
                }
                let offset = takes.find(text).map_or(0, |m| m.start() as u32);
                let span = hub_syntax::ir::Span {
                    start: start + offset,
                    end: start + offset + 1,
                };
                let at = module.location(span);
                // A listener on the user's own machine, open only while a login runs.
                let local = ["localhost", "127.0.0.1"].iter().any(|h| module.source.contains(h));
                out.report(Self::META)
                    .evidence(line_of(module, &at))
                    .key(line_of(module, &module.location(hub_syntax::ir::Span { start, end })))
                    .at(at)
                    .severity(if local { Severity::Low } else { Severity::Medium })
                    .confidence(Confidence::Medium)
                    .add();
            }
        }
    }
}
