use crate::own::own_modules;
use hub_engine::code::named_values;
use hub_engine::taint::line_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{ExprKind, Span};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A check of the `Origin` or `Host` header by a part of its text (`origin.includes("localhost")`), and a protection against DNS
    /// rebinding that is switched off by value.
    /// ## Why it matters
    /// `https://localhost.attacker.example` holds the part as well: the check lets the page in that it is there to keep out.
    /// ## How to fix it
    /// Compare the whole header with a list: `allowed.includes(origin)`, or parse it and compare the host name.
    /// ```ts vulnerable
    /// import express from "express";
    /// const app = express();
    /// app.use((req, res, next) => {
    ///   const origin = req.headers.origin;
    ///   if (origin && !origin.includes("localhost")) return res.status(403).end();
    ///   next();
    /// });
    /// ```
    /// ```py vulnerable
    /// async def check(request):
    ///     origin = request.headers.get("origin", "")
    ///     return origin.startswith("http://localhost")
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    /// ```
    /// ```ts safe
    /// import express from "express";
    /// const app = express();
    /// const allowed = ["http://localhost:3000"];
    /// app.use((req, res, next) => {
    ///   const origin = req.headers.origin;
    ///   if (origin && !allowed.includes(origin) && !origin.startsWith("http://localhost:") && !origin.endsWith(".example.com")) return res.status(403).end();
    ///   next();
    /// });
    /// server.tool("push", "Pushes.", { remote: z.string() }, async ({ remote }) => ({ content: [{ type: "text", text: String(remote.includes("origin")) }] }));
    /// ```
    /// ```py safe
    /// ALLOWED = {"http://localhost:3000"}
    ///
    /// async def check(request):
    ///     return request.headers.get("origin", "") in ALLOWED
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    /// ```
    /// ```ts safe
    /// import { simpleGit } from "simple-git";
    /// server.tool("issues", "Lists the issues of this repository.", {}, async () => {
    ///   const origin = await simpleGit().remote(["get-url", "origin"]) ?? "";
    ///   if (!origin.includes("github.com")) throw new Error("not on GitHub");
    ///   const res = await fetch("https://api.example.com/issues", { headers: { accept: "application/json" } });
    ///   return { content: [{ type: "text", text: await res.text() }] };
    /// });
    /// ```
    pub struct WeakOriginCheck {
        id: "weak-origin-check",
        title: "The Origin or Host is checked by a part of its text",
        category: Access,
        severity: Medium,
        classes: &["S23"],
        cwe: &[346, 1385],
        references: &["https://cwe.mitre.org/data/definitions/346.html", "https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#security-warning"],
    }
}

static PART: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        \b(?:origin|originHeader|origin_header|hostHeader|host_header)["'\])]*(?:\s*\|\|\s*["']{2}\))?\s*\??\.\s*(?:
            (?:includes|indexOf)\(\s*["'`](?:https?://)?[\w.-]+(?::\d+)?["'`]
          | (?:startsWith|startswith)\(\s*["'`]https?://[\w.-]+["'`]
          | (?:endsWith|endswith)\(\s*["'`]\w[\w-]*(?:\.\w+)*["'`]
        )
        | ["'](?:localhost|127\.0\.0\.1|(?:[\w-]+\.)+(?:com|net|org|io|dev|ai))["']\s+in\s+(?:origin|origin_header|host_header)\b"#,
    )
    .ok()
});

/// The header is read, or the function is what a CORS middleware asks.
static OF_REQUEST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)headers?\b[^;\n]{0,40}\b(?:origin|host)\b|\borigin\s*:\s*(?:async\s+)?(?:\(|function\b|\w+\s*=>)|\borigin\b[^)\n]{0,40},\s*(?:callback|cb|done)\b"#,
    )
    .ok()
});

impl Rule for WeakOriginCheck {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(part) = PART.as_ref() else { return };
        for (_, module) in own_modules(cx) {
            let source = &module.source;
            let mut lines: BTreeSet<u32> = BTreeSet::new();
            // A header of a request: not a git remote, not the origin of an axis.
            if OF_REQUEST.as_ref().is_some_and(|r| r.is_match(source)) {
                for found in part.find_iter(source).take(20) {
                    let at = module.location(Span {
                        start: found.start() as u32,
                        end: found.end() as u32,
                    });
                    let evidence = line_of(module, &at);
                    if evidence.starts_with(['#', '*']) || evidence.starts_with("//") || !lines.insert(at.line) {
                        continue;
                    }
                    out.report(Self::META)
                        .evidence(evidence)
                        .at(at)
                        .title("The Origin is checked by a part of its text: another site's address can hold it too")
                        .severity(Severity::Medium)
                        .confidence(Confidence::Medium)
                        .key("part")
                        .add();
                }
            }
            if !source.contains("ebinding") {
                continue;
            }
            for v in named_values(module) {
                let off = matches!(v.name, "enableDnsRebindingProtection" | "enable_dns_rebinding_protection")
                    && matches!(module.expr(v.value).kind, ExprKind::Bool(false));
                let at = module.location(v.span);
                if off && lines.insert(at.line) {
                    out.report(Self::META)
                        .evidence(line_of(module, &at))
                        .at(at)
                        .title("The protection against DNS rebinding is switched off")
                        .fix("Leave it on and name the hosts under which the server is reached (`allowedHosts`, `allowed_hosts`).")
                        .severity(Severity::Low)
                        .confidence(Confidence::High)
                        .key("off")
                        .add();
                }
            }
        }
    }
}
