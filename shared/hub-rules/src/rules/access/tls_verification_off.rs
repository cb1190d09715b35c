use crate::apart::is_apart;
use hub_engine::taint::Known;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Confidence;

declare_rule! {
    /// ## What it finds
    /// A client that does not check the certificate of the server it talks to.
    /// ## Why it matters
    /// Whoever sits between reads and changes everything, credentials included.
    /// ## How to fix it
    /// Leave verification on; name a private authority with `verify="/path/ca.pem"` or `ca:`.
    /// ```py vulnerable
    /// import requests
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("web")
    ///
    /// @mcp.tool()
    /// def status() -> str:
    ///     """Shows the status."""
    ///     return requests.get("https://status.example.com", verify=False).text
    /// ```
    /// ```py safe
    /// import requests
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("web")
    ///
    /// @mcp.tool()
    /// def status() -> str:
    ///     """Shows the status."""
    ///     return requests.get("https://status.example.com").text
    /// ```
    pub struct TlsVerificationOff {
        id: "tls-verification-off",
        title: "Certificates are not checked",
        category: Access,
        severity: Medium,
        classes: &["S24"],
        references: &["https://cwe.mitre.org/data/definitions/295.html"],
    }
}

impl Rule for TlsVerificationOff {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(flows) = cx.flows else { return };
        for call in flows.calls.iter().filter(|c| !is_apart(c.at.file.as_str())) {
            let off = call.named("verify") == Some(&Known::Flag(false)) && call.name.starts_with("requests")
                || call.named("rejectUnauthorized") == Some(&Known::Flag(false))
                || call.last() == "_create_unverified_context";
            if off {
                out.report(Self::META)
                    .at(call.at.clone())
                    .evidence(call.code.clone())
                    .confidence(Confidence::High)
                    .key(call.last().to_owned())
                    .add();
            }
        }
    }
}
