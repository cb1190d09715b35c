//! Live endpoint behaviour (L01–L10). What was observed comes as facts; the rules say what it means.
//! Severity goes by cause: what harm the observation allows at this address, with these credentials and these tools.

use hub_engine::{Context, Rule};
use hub_model::{EndpointFact, Severity};
use serde_json::Value;

mod cloaked_listing;
mod credentials_not_checked;
mod faulty_authorization_metadata;
mod faulty_certificate;
mod foreign_page_let_in;
mod foreign_token_accepted;
mod leaking_error;
mod no_announced_rate_limit;
mod open_debug_path;
mod open_endpoint;
mod outdated_transport;
mod plaintext_transport;
mod shadow_tool;
mod unpublished_tool;
mod weak_session;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &open_endpoint::OpenEndpoint,
    &credentials_not_checked::CredentialsNotChecked,
    &foreign_token_accepted::ForeignTokenAccepted,
    &faulty_authorization_metadata::FaultyAuthorizationMetadata,
    &plaintext_transport::PlaintextTransport,
    &faulty_certificate::FaultyCertificate,
    &outdated_transport::OutdatedTransport,
    &foreign_page_let_in::ForeignPageLetIn,
    &weak_session::WeakSession,
    &no_announced_rate_limit::NoAnnouncedRateLimit,
    &leaking_error::LeakingError,
    &open_debug_path::OpenDebugPath,
    &cloaked_listing::CloakedListing,
    &shadow_tool::ShadowTool,
    &unpublished_tool::UnpublishedTool,
];

/// The observations of this name.
fn facts<'a>(cx: &Context<'a>, name: &'a str) -> impl Iterator<Item = &'a EndpointFact> + use<'a> {
    let all = cx.surface.map(|s| s.facts.as_slice()).unwrap_or_default();
    all.iter().filter(move |f| f.name == name)
}

fn fact<'a>(cx: &Context<'a>, name: &'a str) -> Option<&'a EndpointFact> {
    facts(cx, name).next()
}

fn text<'a>(fact: &'a EndpointFact, key: &str) -> &'a str {
    fact.details.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(fact: &EndpointFact, key: &str) -> u64 {
    fact.details.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn flag(fact: &EndpointFact, key: &str) -> bool {
    fact.details.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// Who can reach the server, and how it is let in.
struct Connection<'a> {
    /// `public`, `loopback` or `private`.
    address: &'a str,
    auth_type: &'a str,
    needs_credentials: bool,
}

impl<'a> Connection<'a> {
    fn of(cx: &Context<'a>) -> Self {
        let fact = fact(cx, "connection");
        let word = |key, default| fact.map(|f| text(f, key)).filter(|t| !t.is_empty()).unwrap_or(default);
        Self {
            address: word("address", "public"),
            auth_type: word("auth_type", "none"),
            needs_credentials: fact.is_some_and(|f| flag(f, "needs_credentials")),
        }
    }

    fn is_public(&self) -> bool {
        self.address == "public"
    }

    /// Credentials that a browser adds by itself to requests of any page.
    fn is_ambient(&self) -> bool {
        matches!(self.auth_type, "basic" | "mtls")
    }
}

/// What a stranger who may call the tools gains: the worst of their capabilities, and the tools that have it.
fn at_stake(cx: &Context<'_>) -> Option<(Severity, Vec<String>)> {
    let worth = |kind: &str| match kind {
        "runs_commands" | "runs_code" | "moves_money" | "destructive" | "writes_files" | "reads_private_data" | "database" => {
            Some(Severity::High)
        }
        "reads_files" | "sends_messages" | "network_any_host" => Some(Severity::Medium),
        _ => None,
    };
    let mut worst = None;
    let mut tools = Vec::new();
    for tool in &cx.inventory.tools {
        let Some((severity, kind)) = tool
            .capabilities
            .iter()
            .filter_map(|c| Some((worth(&c.kind)?, c.kind.as_str())))
            .max()
        else {
            continue;
        };
        if worst < Some(severity) {
            worst = Some(severity);
            tools.clear();
        }
        if worst == Some(severity) {
            tools.push(format!("{} ({})", tool.name, kind.replace('_', " ")));
        }
    }
    worst.map(|severity| (severity, tools))
}

/// The first few of a list, as evidence.
fn some_of(list: &[String]) -> String {
    let shown = list.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    match list.len().saturating_sub(5) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
