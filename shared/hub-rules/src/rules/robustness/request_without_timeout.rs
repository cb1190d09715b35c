use hub_engine::conduct::ActKind;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{ExprKind, Language};

declare_rule! {
    /// ## What it finds
    /// Requests to other servers with a Python client that waits for ever unless told otherwise (`requests`, `urllib`), made by a tool
    /// without a time limit. All such places of a server are one finding.
    /// ## Why it matters
    /// A peer that accepts the connection and says nothing holds the call, and its thread, for ever.
    /// ## How to fix it
    /// Give every request a `timeout`.
    /// ```py vulnerable
    /// import requests
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("weather")
    ///
    /// @mcp.tool()
    /// def weather() -> str:
    ///     """Shows the weather."""
    ///     return requests.get("https://api.example.com/weather").text
    /// ```
    /// ```py safe
    /// import requests
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("weather")
    ///
    /// @mcp.tool()
    /// def weather() -> str:
    ///     """Shows the weather."""
    ///     return requests.get("https://api.example.com/weather", timeout=10).text
    /// ```
    pub struct RequestWithoutTimeout {
        id: "request-without-timeout",
        title: "Requests without a time limit",
        category: Robustness,
        severity: Low,
        classes: &["S26"],
        references: &["https://cwe.mitre.org/data/definitions/1088.html"],
    }
}

impl Rule for RequestWithoutTimeout {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(conduct) = cx.conduct else { return };
        let functions = conduct.functions();
        let mut places: Vec<_> = conduct
            .acts(&functions)
            .filter(|a| matches!(a.kind, ActKind::Fetches | ActKind::SendsData))
            .filter(|a| {
                let module = conduct.program().module(a.module);
                if module.language != Language::Python {
                    return false;
                }
                let ExprKind::Call { callee, args, .. } = &module.expr(a.expr).kind else {
                    return false;
                };
                // As written: `httpx` has a limit of its own, and sessions may have been given one.
                let written = module.dotted(*callee).unwrap_or_default();
                let waits =
                    written.starts_with("requests.") && written.matches('.').count() == 1 || written.ends_with("urllib.request.urlopen");
                waits
                    && !args
                        .iter()
                        .any(|a| a.kw_spread || a.name.is_some_and(|n| module.str(n) == "timeout"))
            })
            .collect();
        places.sort_by(|a, b| a.at.cmp(&b.at));
        let Some(first) = places.first() else { return };
        let more = places.len() - 1;
        out.report(Self::META)
            .at(first.at.clone())
            .evidence(first.code.clone())
            .title(match more {
                0 => "A request has no time limit".to_owned(),
                n => format!("Requests have no time limit, here and in {n} more places"),
            })
            .severity(Severity::Low)
            .confidence(Confidence::High)
            .add();
    }
}
