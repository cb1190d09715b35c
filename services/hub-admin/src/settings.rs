//! The settings reference, printed from the declarations.

use hub_model::Setting;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Each part of the house with its settings, in the order a reader would look.
fn sections() -> Vec<(&'static str, Vec<&'static [Setting]>)> {
    vec![
        (
            "Every service",
            vec![
                hub_runtime::RuntimeSettings::SETTINGS,
                hub_runtime::sandbox::SandboxSettings::SETTINGS,
            ],
        ),
        (
            "HTTP and keys (gateway, results)",
            vec![hub_http::HttpSettings::SETTINGS, hub_http::AuthSettings::SETTINGS],
        ),
        (
            "Gateway",
            vec![
                hub_gateway::GatewaySettings::SETTINGS,
                hub_model::CodeHosts::SETTINGS,
                hub_store::DispatchLimits::SETTINGS,
            ],
        ),
        (
            "Results",
            vec![
                hub_results::ResultsSettings::SETTINGS,
                hub_store::SweepSettings::SETTINGS,
                hub_store::MaintenanceSettings::SETTINGS,
            ],
        ),
        ("Postgres (gateway, results)", vec![hub_store::StoreSettings::SETTINGS]),
        ("Redis (gateway, results)", vec![hub_cache::CacheSettings::SETTINGS]),
        ("RabbitMQ (every service)", vec![hub_queue::QueueSettings::SETTINGS]),
        (
            "Artifacts (workers, results)",
            vec![
                hub_artifacts::ArtifactSettings::SETTINGS,
                hub_artifacts::RetentionSettings::SETTINGS,
                hub_artifacts::CodecLimits::SETTINGS,
            ],
        ),
        (
            "Sealed credentials",
            vec![hub_secrets::SealingSettings::SETTINGS, hub_secrets::OpeningSettings::SETTINGS],
        ),
        (
            "Outbound connections",
            vec![hub_net::EgressPolicy::SETTINGS, hub_net::NetLimits::SETTINGS],
        ),
        (
            "Fetcher",
            vec![
                hub_fetch::FetchLimits::SETTINGS,
                hub_fetch::GitAccess::SETTINGS,
                hub_fetch::AdvisorySettings::SETTINGS,
            ],
        ),
        (
            "Connector",
            vec![hub_connect::ConnectLimits::SETTINGS, hub_connect::EndpointChecks::SETTINGS],
        ),
        ("Client configurations (command line)", vec![hub_clients::ClientLimits::SETTINGS]),
        (
            "Analyzer",
            vec![hub_analyzer::AnalyzerSettings::SETTINGS, hub_model::Budget::SETTINGS],
        ),
    ]
}

/// Variables that other software defines and that are read as it reads them: name and what they do here.
const STANDARD: [(&str, &str); 13] = [
    (
        "NPM_CONFIG_REGISTRY",
        "npm registry to fetch packages from; `npm_config_registry` and `.npmrc` files are read as npm does",
    ),
    ("NPM_CONFIG_USERCONFIG", "path of the user's `.npmrc`"),
    ("NPM_CONFIG_GLOBALCONFIG", "path of the global `npmrc`"),
    ("PIP_INDEX_URL", "Python package index (simple API) to fetch packages from"),
    ("PIP_CONFIG_FILE", "path of pip's configuration file, read for `index-url`"),
    (
        "SSL_CERT_FILE",
        "PEM file of the trusted certificate authorities, in place of the system's",
    ),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTLP over HTTP collector; traces are exported only when this or the next is set",
    ),
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "the same for traces alone, as a full URL"),
    ("OTEL_TRACES_EXPORTER", "`none` turns the export off"),
    ("OTEL_SDK_DISABLED", "`true` turns the export off"),
    ("OTEL_SERVICE_NAME", "service name in traces, in place of the service's own"),
    ("OTEL_BSP_SCHEDULE_DELAY", "milliseconds between two exports"),
    (
        "HUB_BOOTSTRAP_KEY",
        "`hub-admin bootstrap` only: the API key to create, in place of a generated one",
    ),
];

/// The reference as Markdown.
#[must_use]
pub fn settings_markdown() -> String {
    let mut out = String::from(
        "# Settings\n\nEvery setting is an environment variable. Printed by `hub-admin settings` from the code; do not edit.\n",
    );
    let mut seen = BTreeSet::new();
    for (title, groups) in sections() {
        let settings: Vec<&Setting> = groups.into_iter().flatten().filter(|s| seen.insert(s.variable)).collect();
        if settings.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = write!(out, "\n## {title}\n\n| variable | default | meaning |\n|---|---|---|\n");
        for s in settings {
            let _ = writeln!(
                out,
                "| `{}` | {} | {} |",
                s.variable,
                readable(s.default),
                s.doc.trim().replace('|', "\\|")
            );
        }
    }
    out.push_str("\n## Standard variables that are read too\n\n| variable | meaning |\n|---|---|\n");
    for (variable, meaning) in STANDARD {
        let _ = writeln!(out, "| `{variable}` | {meaning} |");
    }
    out
}

/// The default as an operator would write it, where the expression is one of the usual forms.
fn readable(expression: &str) -> String {
    let text: String = expression.split_whitespace().collect::<Vec<_>>().join(" ");
    let inner = |prefix: &str, suffix: &str| text.strip_prefix(prefix).and_then(|t| t.strip_suffix(suffix)).map(str::to_owned);
    if ["None", "String::new()", "Vec::new()", "Hidden::default()", "vec![]"].contains(&text.as_str()) {
        return "(none)".to_owned();
    }
    if let Some(wrapped) = inner("Hidden(", ")") {
        return readable(&wrapped);
    }
    if let Some(list) = inner("vec![", "]") {
        let items: Vec<String> = list.split(", ").map(|item| readable(item).trim_matches('`').to_owned()).collect();
        return format!("`{}`", items.join(","));
    }
    if let Some(secs) = inner("Duration::from_secs(", ")") {
        return format!("`{secs}`");
    }
    if let Some(millis) = inner("Duration::from_millis(", ")").and_then(|ms| ms.replace('_', "").parse::<f64>().ok()) {
        return format!("`{}`", millis / 1000.0);
    }
    if let Some(string) = inner("\"", "\".to_owned()") {
        return format!("`{string}`");
    }
    if let Some((_, variant)) = text.split_once("::")
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && variant.chars().all(char::is_alphanumeric)
    {
        return format!("`{}`", variant.to_ascii_lowercase());
    }
    if text.starts_with("concat!(") {
        // Made of parts that only the compiler knows.
        return "(built in)".to_owned();
    }
    if let Some((number, shift)) = text.split_once(" << ")
        && let (Ok(number), Ok(shift)) = (number.parse::<u64>(), shift.parse::<u32>())
    {
        return format!("`{}`", number << shift);
    }
    if let Some(address) = inner("SocketAddr::from((Ipv4Addr::LOCALHOST, ", "))") {
        return format!("`127.0.0.1:{address}`");
    }
    format!("`{}`", text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::{STANDARD, readable, settings_markdown};

    #[test]
    fn the_standard_variables_are_listed_once() {
        let page = settings_markdown();
        for (variable, _) in STANDARD {
            assert_eq!(page.matches(&format!("| `{variable}` |")).count(), 1, "{variable}");
        }
    }

    #[test]
    fn defaults_read_as_an_operator_would_write_them() {
        for (expression, wanted) in [
            ("1 << 20", "`1048576`"),
            ("Duration::from_secs(30)", "`30`"),
            ("Duration::from_millis(300)", "`0.3`"),
            ("\"hub\".to_owned()", "`hub`"),
            ("vec![\"a\".to_owned(), \"b\".to_owned()]", "`a,b`"),
            ("Hidden(\"redis://x\".to_owned())", "`redis://x`"),
            ("SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))", "`127.0.0.1:8080`"),
            ("20_000_000", "`20000000`"),
            ("None", "(none)"),
            ("LogFormat::Auto", "`auto`"),
        ] {
            assert_eq!(readable(expression), wanted);
        }
    }
}
