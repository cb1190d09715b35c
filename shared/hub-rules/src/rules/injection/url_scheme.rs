use super::{Told, capital, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// An address that the caller chooses and that is opened by the system or a device without a check of its scheme.
    /// ## Why it matters
    /// `file:`, `intent:`, `tel:` and custom schemes open files and start other programs; some openers pass the text to a shell.
    /// ## How to fix it
    /// Parse the address and open it only if its protocol is `https:` (or `http:`).
    /// ```ts vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import open from "open";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "desk", version: "1.0.0" });
    /// server.tool("show", "Shows a page", { url: z.string() }, async ({ url }) => {
    ///   await open(url);
    ///   return { content: [] };
    /// });
    /// ```
    /// ```ts safe
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import open from "open";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "desk", version: "1.0.0" });
    /// server.tool("show", "Shows a page", { url: z.string() }, async ({ url }) => {
    ///   if (!url.startsWith("https://")) throw new Error("https only");
    ///   await open(url);
    ///   return { content: [] };
    /// });
    /// ```
    pub struct UrlScheme {
        id: "unchecked-url-scheme",
        title: "Address of any scheme is opened",
        category: Injection,
        severity: Medium,
        classes: &["S06", "S01"],
        references: &["https://cwe.mitre.org/data/definitions/939.html"],
    }
}

impl Rule for UrlScheme {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::SCHEME, |cause, _, _| {
            let reach = cause.shown;
            Some(Told {
                title: format!(
                    "{} is opened by `{}` whatever its scheme",
                    capital(&reach.origin()),
                    reach.operation()
                ),
                because: format!(
                    "{} is handed to `{}`; `file:`, `intent:` and custom schemes pass as well as `https:`.",
                    capital(&reach.origin()),
                    reach.operation()
                ),
                fix: "Parse it and refuse every protocol but `https:` and `http:` before opening it.",
                severity: Severity::Medium,
                by_design: false,
                confidence: Confidence::Medium,
            })
        });
    }
}
