use super::{flow_finding, is_of_client};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// A redirect to an address that the request names, without a comparison with those that are registered or allowed. In an
    /// authorization endpoint (`redirect_uri`) the code goes along.
    /// ## Why it matters
    /// A link to the server sends its user, and with it the authorization code, to whoever made the link.
    /// ## How to fix it
    /// Compare the whole address with the list registered for the client, and answer an error where it is not in it.
    /// ```ts vulnerable
    /// import express from "express";
    /// const app = express();
    /// app.get("/authorize", (req, res) => {
    ///   const { redirect_uri, state } = req.query;
    ///   res.redirect(`${redirect_uri}?code=${issueCode(req.query.client_id)}&state=${state}`);
    /// });
    /// ```
    /// ```py vulnerable
    /// from fastapi import FastAPI
    /// from fastapi.responses import RedirectResponse
    /// app = FastAPI()
    ///
    /// @app.get("/login")
    /// async def login(next: str):
    ///     return RedirectResponse(next)
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    /// ```
    /// ```ts safe
    /// import express from "express";
    /// const app = express();
    /// app.get("/authorize", async (req, res) => {
    ///   const client = await clients.get(req.query.client_id);
    ///   const redirectUri = req.query.redirect_uri;
    ///   if (!client.redirect_uris.includes(redirectUri)) return res.status(400).send("unknown redirect_uri");
    ///   res.redirect(`${redirectUri}?code=${issueCode(client)}`);
    /// });
    /// app.get("/plain", (req, res) => res.redirect(301, `https://${req.get("host") || ""}${req.originalUrl}`));
    /// app.get("/home", (req, res) => res.redirect(`/app?tab=${req.query.tab}`));
    /// app.get("/auth", (req, res) => res.redirect(`https://issuer.example.com/authorize?state=${req.query.state}`));
    /// ```
    /// ```py safe
    /// from fastapi import FastAPI, HTTPException
    /// from fastapi.responses import RedirectResponse
    /// app = FastAPI()
    /// ALLOWED = {"https://app.example.com/done"}
    ///
    /// @app.get("/login")
    /// async def login(next: str):
    ///     if next not in ALLOWED:
    ///         raise HTTPException(400)
    ///     return RedirectResponse(next)
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    /// ```
    pub struct UncheckedRedirect {
        id: "unchecked-redirect",
        title: "The request decides where the browser is sent",
        category: Access,
        severity: High,
        classes: &["S21"],
        cwe: &[601],
        references: &["https://cwe.mitre.org/data/definitions/601.html", "https://www.rfc-editor.org/rfc/rfc9700#section-4.1"],
    }
}

impl Rule for UncheckedRedirect {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(flows), Some(program)) = (cx.flows, cx.program) else {
            return;
        };
        for cause in flows.causes(program, Kinds::REDIRECT) {
            // A link cannot set headers (`https://${host}${url}` leads back here), and the SDK compares the address before it calls
            // a provider's `authorize`.
            let compared = cause.shown.steps.first().is_some_and(|s| s.code.contains("AuthorizationParams"));
            if !is_of_client(cause.shown) || cause.reaches.iter().any(|r| r.argument.starts_with("headers")) || compared {
                continue;
            }
            // The code of an authorization goes where the redirect goes.
            let oauth = cause.shown.argument.to_ascii_lowercase().replace('_', "").contains("redirecturi");
            let weak = cause.weak.words();
            let mut because = format!("{} decides where the browser goes", cause.shown.origin());
            if oauth {
                because.push_str(", and the authorization code with it");
            }
            because.push('.');
            if !weak.is_empty() {
                because.push_str(&format!(" On the way stands {}, which does not stop it.", weak.join(", and ")));
            }
            flow_finding(out, Self::META, cx, &cause)
                .because(because)
                .title(if oauth {
                    "The request's `redirect_uri` is used without a comparison with the registered ones"
                } else {
                    "The request decides where the browser is sent"
                })
                .severity(if oauth && weak.is_empty() {
                    Severity::High
                } else {
                    Severity::Medium
                })
                .confidence(if weak.is_empty() { Confidence::High } else { Confidence::Low })
                .add();
        }
    }
}
