use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::Low;
use hub_model::{Confidence, EvidenceLevel, Subject};

declare_rule! {
    /// ## What it finds
    /// Private data, untrusted content and a way out together in the tools of several servers, though none of them has all three.
    /// ## Why it matters
    /// Text in the untrusted content can order the model to read the private data of one server and send it out through another; each server alone is harmless.
    /// ## How to fix it
    /// Do not enable these servers together, or have the user confirm every call that sends something out.
    /// ```servers vulnerable
    /// {"mail": {"tools": [{"name": "read_email", "description": "Reads an email from the inbox."}]}, "web": {"tools": [{"name": "scrape_page", "description": "Scrapes a web page.", "inputSchema": {"type": "object", "properties": {"url": {"type": "string"}}}}]}}
    /// ```
    /// ```servers vulnerable
    /// {"crm": {"tools": [{"name": "get_customer", "description": "Gets a customer's record."}]}, "tracker": {"tools": [{"name": "list_issues", "description": "Lists issues."}]}, "chat": {"tools": [{"name": "send_message", "description": "Sends a message to a channel."}]}}
    /// ```
    /// ```servers safe
    /// {"crm": {"tools": [{"name": "get_customer", "description": "Gets a customer's record."}]}, "calc": {"tools": [{"name": "add", "description": "Adds two numbers."}]}}
    /// ```
    pub struct CrossServerFlow { id: "cross-server-flow", title: "Private data, untrusted content and a way out meet in servers that are used together", category: Contract, severity: Low, classes: &["P09"], needs: Some(Needs::OtherServers) }
}

impl Rule for CrossServerFlow {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let servers = cx.beside.servers;
        let of = |n: usize, kinds: &[&str]| {
            let tools = servers[n].inventory.tools.iter();
            tools
                .into_iter()
                .find(|t| t.capabilities.iter().any(|c| kinds.contains(&c.kind.as_str())))
        };
        let kinds: [&[&str]; 3] = [
            &["reads_private_data", "reads_files"],
            &["reads_untrusted_content"],
            &["sends_messages", "network_any_host"],
        ];
        let has: Vec<[bool; 3]> = (0..servers.len()).map(|n| kinds.map(|k| of(n, k).is_some())).collect();
        // A server with all three is told on its own, and with it every set that holds it.
        if has.iter().any(|h| h.iter().all(|x| *x)) {
            return;
        }
        let found: Vec<_> = kinds
            .iter()
            .map_while(|k| (0..servers.len()).find_map(|n| of(n, k).map(|t| (servers[n].name, t.name.as_str()))))
            .collect();
        let [private, untrusted, way_out] = found.as_slice() else { return };
        let tool = |(server, tool): &(&str, &str)| format!("`{tool}` of `{server}`");
        out.report(Self::META)
            .on(Subject::ConfigEntry(way_out.0.to_owned()))
            .field("tools")
            .evidence(format!(
                "private data: {}; untrusted content: {}; way out: {}",
                tool(private),
                tool(untrusted),
                tool(way_out)
            ))
            .severity(Low)
            .confidence(Confidence::Low)
            .level(EvidenceLevel::Signal)
            .add();
    }
}
