use hub_engine::conduct::ActKind;
use hub_engine::{Context, EntryKind, Findings, Rule, declare_rule};
use hub_model::Severity::Info;
use hub_model::{Confidence, EvidenceLevel, Subject, registrable};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

declare_rule! {
    /// ## What it finds
    /// Tools of one server that work with the domains of different owners, one of them with private data: by the addresses in their schemas, in resources and, where there is source, in their code. A fact about the server, told once.
    /// ## Why it matters
    /// Content of one domain can order the model to carry data of the other there; a user who trusts the server's own domain does not know of the second one.
    /// ## How to fix it
    /// Say in each tool's description which domain it works with, or put the tools of each domain into a server of its own.
    /// ```json vulnerable
    /// {"tools": [{"name": "read_email", "description": "Reads an email from the inbox.", "inputSchema": {"type": "object", "properties": {"base": {"type": "string", "default": "https://mail.acme.com/api"}}}}, {"name": "enrich", "description": "Looks up a company.", "inputSchema": {"type": "object", "properties": {"endpoint": {"type": "string", "enum": ["https://api.leadfinder.io/v1", "https://eu.leadfinder.io/v1"]}}}}]}
    /// ```
    /// ```py vulnerable
    /// import requests
    ///
    /// @mcp.tool()
    /// def get_customer(id: str) -> str:
    ///     """Gets a customer's record."""
    ///     return requests.get("https://crm.acme.com/customers/" + id).text
    ///
    /// @mcp.tool()
    /// def shorten(url: str) -> str:
    ///     """Shortens a link."""
    ///     return requests.get("https://tiny.short.io/new", params={"u": url}).text
    /// ```
    /// ```json safe
    /// {"tools": [{"name": "read_email", "description": "Reads an email from the inbox.", "inputSchema": {"type": "object", "properties": {"base": {"type": "string", "default": "https://mail.acme.com/api"}}}}, {"name": "search", "description": "Searches. See https://docs.other.org/query for the syntax.", "inputSchema": {"type": "object", "properties": {"base": {"type": "string", "default": "https://search.acme.com"}}}}]}
    /// ```
    /// ```json safe
    /// {"tools": [{"name": "weather", "description": "Weather.", "inputSchema": {"type": "object", "properties": {"base": {"type": "string", "default": "https://api.weather.gov"}}}}, {"name": "tides", "description": "Tides.", "inputSchema": {"type": "object", "properties": {"base": {"type": "string", "default": "https://tides.noaa.gov"}}}}]}
    /// ```
    pub struct CrossOriginMix { id: "cross-origin-mix", title: "Tools of one server work with the domains of different owners", category: Contract, severity: Info, classes: &["P10"], needs: Some(Needs::Metadata) }
}

/// Deepest schema level whose addresses are read.
const MAX_DEPTH: usize = 32;
/// Domains and tools named in the finding.
const MAX_NAMED: usize = 6;

impl Rule for CrossOriginMix {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        // The tools of each domain.
        let mut domains: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let mut take = |address: &str, tool| {
            if let Some(domain) = domain_of(address) {
                domains.entry(domain).or_default().insert(tool);
            }
        };
        for tool in &cx.inventory.tools {
            for schema in [&tool.input_schema, &tool.output_schema].into_iter().flatten() {
                addresses(schema, false, 0, &mut |address| take(address, tool.name.as_str()));
            }
        }
        for resource in &cx.inventory.resources {
            take(&resource.uri, resource.uri.as_str());
        }
        if let Some(conduct) = cx.conduct {
            for (entry, runs) in conduct.entries() {
                let Some(tool) = entry.tool(cx.inventory).filter(|_| entry.kind == EntryKind::Tool) else {
                    continue;
                };
                for act in conduct
                    .acts(runs)
                    .filter(|a| matches!(a.kind, ActKind::Fetches | ActKind::SendsData))
                {
                    for text in &act.texts {
                        take(text, tool.name.as_str());
                    }
                }
            }
        }
        let private = |name: &&str| {
            let tool = cx.inventory.tools.iter().find(|t| t.name == **name);
            tool.is_some_and(|t| t.capabilities.iter().any(|c| c.kind == "reads_private_data"))
        };
        let Some(home) = domains.iter().find(|(_, tools)| tools.iter().any(private)).map(|(d, _)| d.clone()) else {
            return;
        };
        // A tool that works with both is one that was made to join them.
        let apart = domains
            .iter()
            .any(|(domain, tools)| *domain != home && tools.iter().any(|t| !domains[&home].contains(t)));
        if !apart {
            return;
        }
        let shown: Vec<String> = domains
            .iter()
            .take(MAX_NAMED)
            .map(|(domain, tools)| format!("{domain}: {}", tools.iter().take(MAX_NAMED).copied().collect::<Vec<_>>().join(", ")))
            .collect();
        out.report(Self::META)
            .on(Subject::Server)
            .field("tools")
            .title(format!("The tools work with {} domains, private data among them", domains.len()))
            .evidence(shown.join("; "))
            .severity(Info)
            .confidence(Confidence::Medium)
            .level(EvidenceLevel::Signal)
            .add();
    }
}

/// The addresses that a schema fixes: defaults, constants and the values to choose from.
fn addresses<'v>(schema: &'v Value, fixed: bool, depth: usize, take: &mut impl FnMut(&'v str)) {
    match schema {
        _ if depth > MAX_DEPTH => {}
        Value::String(text) if fixed => take(text),
        Value::Array(items) => items.iter().for_each(|i| addresses(i, fixed, depth + 1, take)),
        Value::Object(map) => {
            for (key, value) in map {
                addresses(value, matches!(key.as_str(), "default" | "const" | "enum"), depth + 1, take);
            }
        }
        _ => {}
    }
}

/// The registrable domain of an address on the public web; names that stand for any host have none.
fn domain_of(address: &str) -> Option<String> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let host = rest.split(['/', ':', '?', '#', '*', '{', '$']).next()?.to_ascii_lowercase();
    let host = host.rsplit('@').next()?;
    let made_up = [
        "localhost",
        "example.com",
        "example.org",
        "example.net",
        "json-schema.org",
        "w3.org",
        "schema.org",
    ];
    let top = host.rsplit('.').next()?;
    let public = host.contains('.')
        && top.bytes().all(|b| b.is_ascii_alphabetic())
        && !matches!(top, "example" | "test" | "local" | "internal" | "invalid");
    let domain = registrable(host);
    (public && !made_up.contains(&domain)).then(|| domain.to_owned())
}
