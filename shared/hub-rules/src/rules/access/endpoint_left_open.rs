use crate::own::own_modules;
use crate::routes::{Route, names_guard, routes};
use hub_engine::capability::words_of;
use hub_engine::taint::line_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Confidence;
use hub_syntax::ir::{ExprKind, Module};
use std::collections::BTreeMap;

declare_rule! {
    /// ## What it finds
    /// A web endpoint that changes something and does not ask who is calling, where the other endpoints registered beside it do.
    /// ## Why it matters
    /// Whoever reaches the port may use it; the checks of the others show that it was meant for few.
    /// ## How to fix it
    /// Put the same guard before it, or one for all of them before the router.
    /// ```ts vulnerable
    /// import express from "express";
    /// const app = express();
    /// app.get("/jobs", requireAuth, (req, res) => res.json(jobs.list(req.user)));
    /// app.post("/jobs", requireAuth, (req, res) => res.json(jobs.add(req.user, req.body)));
    /// app.post("/jobs/:id/restart", (req, res) => res.json(jobs.restart(req.params.id)));
    /// server.tool("ping", "Answers", {}, async () => ({ content: [] }));
    /// app.listen(3000, "127.0.0.1");
    /// ```
    /// ```py vulnerable
    /// from fastapi import APIRouter, Depends
    /// router = APIRouter()
    ///
    /// @mcp.tool()
    /// def ping() -> str:
    ///     """Answers."""
    ///     return "pong"
    ///
    /// @router.get("/documents")
    /// async def documents(user: User = Depends(current_user)):
    ///     return await store.all(user)
    ///
    /// @router.post("/documents")
    /// async def add(document: Document, user: User = Depends(current_user)):
    ///     return await store.add(user, document)
    ///
    /// @router.delete("/documents/{id}")
    /// async def remove(id: str):
    ///     return await store.remove(id)
    /// ```
    /// ```ts safe
    /// import express from "express";
    /// const app = express();
    /// app.post("/login", (req, res) => res.json(login(req.body)));
    /// app.post("/webhook", (req, res) => { if (!signed(req)) return res.sendStatus(401); run(req.body); });
    /// app.get("/jobs", requireAuth, (req, res) => res.json(jobs.list(req.user)));
    /// app.post("/jobs", requireAuth, (req, res) => res.json(jobs.add(req.user, req.body)));
    /// server.tool("ping", "Answers", {}, async () => ({ content: [] }));
    /// app.listen(3000, "127.0.0.1");
    /// ```
    /// ```ts safe
    /// import express from "express";
    /// const app = express();
    /// app.use("/jobs", requireAuth);
    /// app.get("/jobs", requireAuth, (req, res) => res.json(jobs.list(req.user)));
    /// app.put("/jobs", requireAuth, (req, res) => res.json(jobs.add(req.user, req.body)));
    /// app.post("/jobs/:id/restart", (req, res) => res.json(jobs.restart(req.params.id)));
    /// server.tool("ping", "Answers", {}, async () => ({ content: [] }));
    /// app.listen(3000, "127.0.0.1");
    /// ```
    pub struct EndpointLeftOpen {
        id: "endpoint-left-open",
        title: "One endpoint does not ask who is calling",
        category: Access,
        severity: Medium,
        classes: &["S18", "S19"],
        needs: Some(Needs::Source),
        cwe: &[306, 862],
        references: &["https://cwe.mitre.org/data/definitions/306.html"],
    }
}

/// Words of paths that let people in, that others sign, or that nobody needs rights for.
const OPEN: &[&str] = &[
    "login",
    "logout",
    "signin",
    "signup",
    "signout",
    "register",
    "auth",
    "oauth",
    "oauth2",
    "authorize",
    "token",
    "tokens",
    "refresh",
    "callback",
    "webhook",
    "webhooks",
    "hook",
    "hooks",
    "health",
    "healthz",
    "ping",
    "status",
    "version",
    "known",
    "verify",
    "forgot",
    "password",
    "public",
    "setup",
    "consent",
    "csp",
    "telemetry",
    "revoke",
    "introspect",
];

impl Rule for EndpointLeftOpen {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let own = own_modules(cx);
        if own.iter().any(|(_, m)| guards_all(m)) {
            return;
        }
        for (_, module) in own {
            let mut beside: BTreeMap<&str, Vec<Route<'_>>> = BTreeMap::new();
            for r in routes(module) {
                beside.entry(r.on).or_default().push(r);
            }
            for (_, all) in beside {
                let guards: Vec<&str> = all.iter().filter_map(Route::guard).collect();
                let bare: Vec<&Route<'_>> = all.iter().filter(|r| r.changes() && is_bare(r)).collect();
                // Most ask: otherwise it is no rule of the house.
                if guards.len() < 2 || bare.len() * 2 > guards.len() {
                    continue;
                }
                for r in bare {
                    let at = module.location(r.span);
                    let what = format!("{} {}", r.verb.to_uppercase(), r.path);
                    out.report(Self::META)
                        .evidence(line_of(module, &at))
                        .at(at)
                        .title(format!("`{what}` does not ask who is calling"))
                        .because(format!(
                            "{} endpoints beside it stand behind `{}` or the like.",
                            guards.len(),
                            guards[0]
                        ))
                        .fix(format!("Put `{}` before the handler of `{what}`.", guards[0]))
                        .confidence(Confidence::Medium)
                        .key(what)
                        .add();
                }
            }
        }
    }
}

/// Nothing before the handler asks, and nothing in it looks as if it did.
fn is_bare(r: &Route<'_>) -> bool {
    let asks = ["401", "403", "nauthorized", "orbidden", "signature", "hmac", "secret"]
        .iter()
        .any(|w| r.body.contains(w));
    r.guard().is_none() && !asks && !names_guard(r.body) && !words_of(r.path).iter().any(|w| OPEN.contains(&w.as_str()))
}

/// A guard for every endpoint behind it: `app.use(requireAuth)`, `APIRouter(dependencies=[Depends(current_user)])`, a middleware.
fn guards_all(module: &Module) -> bool {
    /// A registration longer than this is a handler of its own.
    const MAX_READ: usize = 2_000;
    module.exprs.iter().any(|e| {
        let ExprKind::Call { callee, args, .. } = &e.kind else {
            return false;
        };
        let name = match &module.expr(*callee).kind {
            ExprKind::Ident(n) => module.str(*n),
            ExprKind::Member { property, .. } => module.str(*property),
            _ => return false,
        };
        let text = || module.text(e.span).get(..MAX_READ).unwrap_or_else(|| module.text(e.span));
        match name {
            "use" | "add_middleware" | "before_request" | "addHook" | "middleware" => names_guard(text()),
            "APIRouter" | "FastAPI" | "include_router" | "Mount" => args.iter().any(|a| {
                a.name.is_some_and(|n| matches!(module.str(n), "dependencies" | "middleware"))
                    && names_guard(module.text(module.expr(a.value).span))
            }),
            _ => false,
        }
    }) || module.functions.iter().flat_map(|f| &f.decorators).any(|d| {
        ["middleware(", "before_request"]
            .iter()
            .any(|w| module.text(module.expr(*d).span).contains(w))
    })
}
