use super::{entries, place};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{High, Low, Medium};
use hub_model::{Confidence, ConfigEntry, EvidenceLevel, Severity, Subject};

declare_rule! {
    /// ## What it finds
    /// A server reached over plain HTTP on another machine, and variables that switch the check of certificates off.
    /// ## Why it matters
    /// Whoever sits on the way reads every call with its credentials, and can change the tools that the model is shown.
    /// ## How to fix it
    /// Use `https`; for a private authority, give its certificate (`NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`) instead of switching the check off.
    /// ```config vulnerable
    /// {"mcpServers": {"docs": {"url": "http://mcp.example.net/sse"}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"docs": {"command": "npx", "args": ["mcp-remote@0.1.29", "http://203.0.113.7:8080/mcp", "--allow-http"]}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"x": {"command": "node", "args": ["x.js"], "env": {"NODE_TLS_REJECT_UNAUTHORIZED": "0"}}}}
    /// ```
    /// ```config safe
    /// {"mcpServers": {"a": {"url": "https://mcp.example.net/sse"}, "b": {"url": "http://localhost:3000/mcp"}, "c": {"url": "http://[::1]:3000/mcp"}, "d": {"command": "npx", "args": ["mcp-remote@0.1.29", "http://127.0.0.1:8080/mcp"], "env": {"NODE_TLS_REJECT_UNAUTHORIZED": "1"}}}}
    /// ```
    pub struct PlainHttpServer { id: "plain-http-server", title: "The server is reached without a protected connection", category: Configuration, severity: Medium, classes: &["L04", "S24"] }
}

impl Rule for PlainHttpServer {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for (config, entry) in entries(cx) {
            let in_args = entry.args.iter().enumerate().map(|(n, a)| (format!("args[{n}]"), a.as_str()));
            for (at, url) in entry.url.iter().map(|u| ("url".to_owned(), u.as_str())).chain(in_args) {
                let Some(host) = plain_host(url) else { continue };
                let Some(severity) = severity_of(host, entry) else { continue };
                // Any other argument may name something that is no server of MCP.
                if at != "url" && !speaks_mcp(entry) {
                    continue;
                }
                out.report(Self::META)
                    .on(Subject::ConfigEntry(entry.name.clone()))
                    .at(place(config, entry))
                    .field(format!("{}.{at}", entry.at))
                    .title(format!("`{}` is reached over plain HTTP", entry.name))
                    .evidence(url)
                    .severity(severity)
                    .confidence(Confidence::High)
                    .level(EvidenceLevel::Confirmed)
                    .add();
            }
            for value in entry
                .values
                .iter()
                .filter(|v| v.place == "env" && switches_checks_off(&v.name, &v.value))
            {
                out.report(Self::META)
                    .on(Subject::ConfigEntry(entry.name.clone()))
                    .at(place(config, entry))
                    .field(format!("{}.env.{}", entry.at, value.name))
                    .title(format!("`{}` switches the check of certificates off", value.name))
                    .evidence(format!("{}={}", value.name, value.value))
                    .classes(&["S24"])
                    .confidence(Confidence::High)
                    .level(EvidenceLevel::Confirmed)
                    .add();
            }
        }
    }
}

fn speaks_mcp(entry: &ConfigEntry) -> bool {
    let package = entry.package.as_ref().map_or("", |p| p.name.as_str());
    let words = [package, entry.command.as_deref().unwrap_or_default()];
    words.iter().any(|w| {
        ["remote", "proxy", "bridge", "gateway", "supergateway"]
            .iter()
            .any(|k| w.contains(k))
    })
}

fn plain_host(url: &str) -> Option<&str> {
    let rest = url.get(..7).filter(|s| s.eq_ignore_ascii_case("http://")).map(|_| &url[7..])?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => host.split(':').next(),
    }
}

/// Nothing for this machine; less within a private network; more with credentials.
fn severity_of(host: &str, entry: &ConfigEntry) -> Option<Severity> {
    let host = host.to_ascii_lowercase();
    if host == "localhost" || host.ends_with(".localhost") || host == "::1" || host.starts_with("127.") || host == "0.0.0.0" {
        return None;
    }
    let private = host.starts_with("10.")
        || host.starts_with("192.168.")
        || host.starts_with("172.")
            && host
                .split('.')
                .nth(1)
                .and_then(|n| n.parse::<u8>().ok())
                .is_some_and(|n| (16..32).contains(&n))
        || host == "host.docker.internal"
        || host.ends_with(".local")
        || host.ends_with(".internal")
        || !host.contains('.') && !host.contains(':');
    let credentials = entry.values.iter().any(|v| v.place == "headers" && v.value.contains("***"))
        || entry
            .values
            .iter()
            .any(|v| v.place == "headers" && v.name.eq_ignore_ascii_case("authorization"))
        || !entry.secrets.is_empty();
    Some(match (private, credentials) {
        (true, false) => Low,
        (true, true) | (false, false) => Medium,
        (false, true) => High,
    })
}

fn switches_checks_off(name: &str, value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    match name.to_ascii_uppercase().as_str() {
        "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" => value == "0",
        "GIT_SSL_NO_VERIFY" | "NPM_CONFIG_STRICT_SSL" | "UV_INSECURE_NO_ZIP_VALIDATION" => match name {
            "NPM_CONFIG_STRICT_SSL" => value == "false",
            _ => matches!(value.as_str(), "1" | "true"),
        },
        "VERIFY_SSL" | "SSL_VERIFY" | "TLS_VERIFY" | "VERIFY_TLS" => matches!(value.as_str(), "0" | "false" | "no" | "off"),
        _ => false,
    }
}
