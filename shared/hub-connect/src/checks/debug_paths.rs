//! Is more served on this origin than MCP? A few paths where frameworks put what was meant for their operators, asked for once each
//! and without credentials. A status says nothing, since many servers answer every path with a page: only an answer that is in form
//! what its path promises counts. Of its content only names are kept, never values.

use super::{Checked, Looking, Outcome, RAW_TIME};
use crate::ConnectError;
use crate::ledger::Purpose;
use crate::listing::fact;
use crate::wire::Manner;
use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue, Method};
use hub_secrets::AuthType;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

/// What is asked for, in this order, and what may be there: a server that answers every path alike has one such page, not ten.
const PATHS: [(&str, &[&str]); 10] = [
    ("/metrics", &["metrics"]),
    ("/actuator", &["actuator"]),
    ("/actuator/env", &["environment"]),
    ("/debug/pprof/", &["profiler"]),
    ("/debug/vars", &["process_variables"]),
    ("/debug", &["environment", "profiler", "process_variables", "debugger_console"]),
    ("/console", &["debugger_console"]),
    ("/inspector", &["inspector"]),
    ("/openapi.json", &["admin_api"]),
    ("/server-status", &["server_status"]),
];
/// Path segments of an API that is not for everybody.
const ADMIN_SEGMENTS: [&str; 6] = ["admin", "_admin", "debug", "internal", "actuator", "management"];
/// Names of variables and paths that are kept as evidence.
const MAX_NAMES: usize = 8;
/// As many paths without an answer in time, and the rest is not asked for.
const MAX_SILENT: usize = 2;

impl Looking<'_> {
    pub(super) async fn debug_paths(&mut self) -> Checked {
        let mutual_tls = self.wire.dress().auth_type == AuthType::Mtls;
        let (mut silent, mut seen) = (0, Vec::new());
        for (path, forms) in PATHS {
            let text = match self.served_at(path).await {
                Ok(text) => text,
                Err(ConnectError::Net(_) | ConnectError::Closed { .. }) if mutual_tls => {
                    return Ok(Outcome::NotApplicable("nobody without a client certificate is let in"));
                }
                // Elsewhere is not on this origin.
                Err(ConnectError::Redirected { .. } | ConnectError::ForeignEndpoint { .. }) => continue,
                Err(error @ ConnectError::TimedOut { .. }) => {
                    silent += 1;
                    if silent == MAX_SILENT {
                        return Err(error);
                    }
                    continue;
                }
                Err(error) => return Err(error),
            };
            if let Some((what, names)) = recognise(&text).filter(|(what, _)| forms.contains(what) && !seen.contains(what)) {
                seen.push(what);
                let shown = self.wire.tap().quote(&names.join(", "), 300);
                self.facts.push(fact(
                    "debug_path_open",
                    [("path", json!(path)), ("what", json!(what)), ("names", json!(shown))],
                ));
            }
        }
        Ok(Outcome::Done)
    }

    /// The beginning of what anybody gets there; empty where that is a refusal.
    async fn served_at(&self, path: &str) -> Result<String, ConnectError> {
        let manner = Manner {
            dress: Some(Self::bare()),
            ..Manner::of(Purpose::DebugPaths)
        };
        let (wire, _guard) = self.wire.in_manner(manner).attempt();
        let mut url = wire.target().clone();
        url.set_path(path);
        url.set_query(None);
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        let step = format!("GET {path}");
        let limit = RAW_TIME.min(wire.cx().limits.call_time);
        let exchange = async {
            let response = wire.send(&step, Method::GET, &url, headers, None).await?;
            if !response.status().is_success() {
                return Ok(String::new());
            }
            Ok(String::from_utf8_lossy(&wire.error_body(&step, response).await).into_owned())
        };
        let until = self.until.min(Instant::now() + limit);
        tokio::time::timeout_at(until, exchange)
            .await
            .unwrap_or_else(|_| Err(ConnectError::TimedOut { step: step.clone(), limit }))
    }
}

/// What an answer is by its form, and the names in it that show so.
fn recognise(text: &str) -> Option<(&'static str, Vec<String>)> {
    if let Some(names) = metrics(text) {
        return Some(("metrics", names));
    }
    if let Ok(Value::Object(document)) = serde_json::from_str::<Value>(text)
        && let Some(found) = of_document(&document)
    {
        return Some(found);
    }
    // A long document is cut off, and then no JSON any more.
    if let Some(names) = admin_paths(text) {
        return Some(("admin_api", names));
    }
    let title = title(text).unwrap_or_default();
    let page = [
        ("inspector", title.contains("MCP Inspector")),
        ("debugger_console", title.contains("Werkzeug Debugger") && text.contains("EVALEX")),
        ("server_status", title.contains("Apache Status") && text.contains("Server uptime")),
        (
            "profiler",
            title.contains("/debug/pprof") && text.contains("goroutine") && text.contains("heap"),
        ),
    ];
    let (what, _) = page.into_iter().find(|(_, is)| *is)?;
    Some((what, vec![title.to_owned()]))
}

/// The first metrics of a page in Prometheus' text format: a `# TYPE` line and a sample of that name.
fn metrics(text: &str) -> Option<Vec<String>> {
    let names: Vec<String> = text
        .lines()
        .take(2_000)
        .filter_map(|line| {
            let (name, kind) = line.strip_prefix("# TYPE ")?.trim_end().split_once(' ')?;
            let known = ["counter", "gauge", "histogram", "summary", "untyped", "unknown", "info"].contains(&kind);
            (known && !name.is_empty()).then(|| name.to_owned())
        })
        .take(MAX_NAMES)
        .collect();
    let sampled = names.iter().any(|name| text.lines().any(|line| line.starts_with(name.as_str())));
    sampled.then_some(names)
}

fn of_document(document: &Map<String, Value>) -> Option<(&'static str, Vec<String>)> {
    let object = |name: &str| document.get(name).and_then(Value::as_object);
    if let Some(links) = object("_links").filter(|links| links.contains_key("self"))
        && links
            .keys()
            .any(|k| ["health", "env", "beans", "heapdump", "metrics"].contains(&k.as_str()))
    {
        return Some(("actuator", links.keys().take(MAX_NAMES).cloned().collect()));
    }
    if document.get("cmdline").is_some_and(Value::is_array) && object("memstats").is_some() {
        return Some(("process_variables", document.keys().take(MAX_NAMES).cloned().collect()));
    }
    if document.get("propertySources").is_some_and(Value::is_array) && document.contains_key("activeProfiles") {
        return Some(("environment", vec!["propertySources".to_owned()]));
    }
    let nested = document.values().filter_map(Value::as_object);
    let environment = std::iter::once(document).chain(nested).find(|variables| {
        let is_text = |name: &str| variables.get(name).is_some_and(Value::is_string);
        is_text("PATH") && ["HOME", "PWD", "HOSTNAME"].into_iter().any(is_text)
    });
    environment.map(|variables| ("environment", variables.keys().take(MAX_NAMES).cloned().collect()))
}

/// The paths of an OpenAPI document that are not for everybody.
fn admin_paths(text: &str) -> Option<Vec<String>> {
    let start = text.trim_start();
    let is_description =
        start.starts_with('{') && (text.contains("\"openapi\"") || text.contains("\"swagger\"")) && text.contains("\"paths\"");
    if !is_description {
        return None;
    }
    let mut names = Vec::new();
    for (at, _) in text.match_indices("\"/") {
        let rest = &text[at + 1..];
        let Some(end) = rest.find('"') else { break };
        let (path, after) = (&rest[..end], rest[end + 1..].trim_start());
        let is_key = after.strip_prefix(':').is_some_and(|value| value.trim_start().starts_with('{'));
        let closed = path.split('/').any(|segment| ADMIN_SEGMENTS.contains(&segment));
        if is_key && closed && path.len() <= 200 && !names.iter().any(|n| n == path) {
            names.push(path.to_owned());
        }
        if names.len() == MAX_NAMES {
            break;
        }
    }
    (!names.is_empty()).then_some(names)
}

/// The title of an HTML page.
fn title(text: &str) -> Option<&str> {
    let rest = &text[text.find("<title>")? + "<title>".len()..];
    Some(rest[..rest.find("</title>")?].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> Option<&'static str> {
        recognise(text).map(|(what, _)| what)
    }

    #[test]
    fn an_answer_is_taken_for_what_it_is_in_form() {
        for (text, expected) in [
            ("# HELP up Whether.\n# TYPE up gauge\nup 1\n", "metrics"),
            (
                r#"{"_links":{"self":{"href":"/actuator"},"health":{"href":"/actuator/health"}}}"#,
                "actuator",
            ),
            (r#"{"activeProfiles":[],"propertySources":[]}"#, "environment"),
            (r#"{"env":{"PATH":"/bin","HOME":"/root","API_KEY":"k-123"}}"#, "environment"),
            (r#"{"cmdline":["/srv"],"memstats":{"Alloc":1}}"#, "process_variables"),
            (
                "<html><head><title>/debug/pprof/</title></head><a href='heap'>heap</a> goroutine",
                "profiler",
            ),
            ("<title>MCP Inspector</title>", "inspector"),
            (
                "<title>Console // Werkzeug Debugger</title><script>EVALEX = true</script>",
                "debugger_console",
            ),
            ("<title>Apache Status</title><dl>Server uptime: 1 day</dl>", "server_status"),
            (
                r#"{"openapi":"3.1.0","paths":{"/mcp":{},"/api/admin/users":{"get":{}},"/too-long-and-cut-o"#,
                "admin_api",
            ),
        ] {
            assert_eq!(what(text), Some(expected), "{text}");
        }
        let (_, names) = recognise(r#"{"PATH":"/bin","HOME":"/root","API_KEY":"k-123"}"#).expect("an environment");
        assert!(
            !names.join(" ").contains("k-123") && names.contains(&"API_KEY".to_owned()),
            "{names:?}"
        );
    }

    #[test]
    fn a_page_for_everything_is_nothing() {
        for text in [
            "",
            "<!doctype html><title>Acme</title><div id=root></div>",
            "<title>Acme</title> see /debug/pprof/ for goroutine and heap, # TYPE x gauge",
            "# TYPE of page: metrics",
            r#"{"status":"ok"}"#,
            r#"{"path":"/metrics","method":"GET"}"#,
            r#"{"_links":{"self":{"href":"/"}}}"#,
            r#"{"openapi":"3.1.0","paths":{"/mcp":{"post":{}},"/health":{"get":{"summary":"not /admin"}}}}"#,
            "<title>How to use the MCP inspector safely</title>",
        ] {
            assert_eq!(what(text), None, "{text}");
        }
    }
}
