use super::{Told, capital, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::Language;

declare_rule! {
    /// ## What it finds
    /// An address of the caller's choosing whose host is checked not to be internal, requested by a client that then follows redirects.
    /// ## Why it matters
    /// The check is made of the first address only: a public host of the caller's answers `302 Location: http://169.254.169.254/…`, and the
    /// client goes there.
    /// ## How to fix it
    /// Switch redirects off, or follow them by hand and check each address. A list of known hosts needs neither, as long as none of them
    /// redirects elsewhere.
    /// ```ts vulnerable
    /// import dns from "node:dns/promises";
    /// import ipaddr from "ipaddr.js";
    /// server.tool("page", "Shows a page", { url: z.string() }, async ({ url }) => {
    ///   const { address } = await dns.lookup(new URL(url).hostname);
    ///   if (ipaddr.parse(address).range() !== "unicast") throw new Error("not a public address");
    ///   const page = await fetch(url);
    ///   return { content: [{ type: "text", text: await page.text() }] };
    /// });
    /// ```
    /// ```py vulnerable
    /// import ipaddress, socket
    /// from urllib.parse import urlparse
    /// import requests
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("web")
    ///
    /// def check(url: str) -> None:
    ///     host = urlparse(url).hostname
    ///     if ipaddress.ip_address(socket.gethostbyname(host)).is_private:
    ///         raise ValueError("private address")
    ///
    /// @mcp.tool()
    /// def page(url: str) -> str:
    ///     """Shows a page."""
    ///     check(url)
    ///     return requests.get(url, timeout=5).text
    /// ```
    /// ```ts safe
    /// import dns from "node:dns/promises";
    /// import ipaddr from "ipaddr.js";
    /// server.tool("page", "Shows a page", { url: z.string() }, async ({ url }) => {
    ///   const { address } = await dns.lookup(new URL(url).hostname);
    ///   if (ipaddr.parse(address).range() !== "unicast") throw new Error("not a public address");
    ///   const page = await fetch(url, { redirect: "manual" });
    ///   return { content: [{ type: "text", text: await page.text() }] };
    /// });
    /// ```
    /// ```ts safe
    /// const HOSTS = new Set(["api.example.com", "docs.example.com"]);
    /// server.tool("page", "Shows a page", { url: z.string() }, async ({ url }) => {
    ///   if (!HOSTS.has(new URL(url).hostname)) throw new Error("unknown host");
    ///   const page = await fetch(url);
    ///   return { content: [{ type: "text", text: await page.text() }] };
    /// });
    /// ```
    /// ```py safe
    /// import ipaddress, socket
    /// from urllib.parse import urlparse
    /// import httpx
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("web")
    ///
    /// @mcp.tool()
    /// def page(url: str) -> str:
    ///     """Shows a page."""
    ///     if ipaddress.ip_address(socket.gethostbyname(urlparse(url).hostname)).is_private:
    ///         raise ValueError("private address")
    ///     return httpx.get(url, timeout=5).text
    /// ```
    pub struct RedirectPastCheck {
        id: "redirect-past-check",
        title: "A redirect leads around the check of an address",
        category: Injection,
        severity: Medium,
        classes: &["S06"],
        cwe: &[918, 601],
        references: &["https://cwe.mitre.org/data/definitions/918.html", "https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html"],
    }
}

impl Rule for RedirectPastCheck {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::HOP, |cause, _, language| {
            let reach = cause.shown;
            Some(Told {
                title: format!("`{}` follows redirects away from the address that was checked", reach.operation()),
                because: format!(
                    "{} names the first host, which is checked; where its answer sends the request is not.",
                    capital(&reach.origin())
                ),
                fix: match language {
                    Language::Python => {
                        "Pass `allow_redirects=False` (`follow_redirects=False` in httpx), and check the `Location` before it is followed."
                    }
                    Language::Go => {
                        "Set `CheckRedirect` of an `http.Client` to a function that checks each address, or refuse private addresses in the `Control` of its `net.Dialer`."
                    }
                    _ => "Pass `redirect: \"manual\"` (`maxRedirects: 0` in axios), and check the `Location` before it is followed.",
                },
                severity: Severity::Medium,
                by_design: false,
                confidence: Confidence::Medium,
            })
        });
    }
}
