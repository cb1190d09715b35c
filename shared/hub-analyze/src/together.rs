//! Servers that are used together, and the configuration that names them.

use crate::{causes, check, scan_version, score, worst_first};
use hub_clients::{Clients, FoundSecret, SecretFormats};
use hub_engine::text::{Texts, find_secrets, redact};
use hub_engine::{Beside, Context, Findings, Needs, Sibling};
use hub_model::{Budget, ClientConfig, Coverage, Digest, Grade, Inventory, Report, RuleSkipped, Severity, StageDurations};

/// What rules may see of a configuration: every secret masked.
#[must_use]
pub fn masked(clients: &Clients) -> ClientConfig {
    let find = |text: &str| {
        find_secrets(text)
            .into_iter()
            .map(|s| FoundSecret {
                kind: s.kind,
                span: s.span,
                certain: s.by_format,
            })
            .collect()
    };
    clients.masked(&SecretFormats {
        find: &find,
        redact: &redact,
    })
}

/// Judges configurations and the servers they name as a whole; each server's own faults are in its own report. The digest
/// is over what was looked at, secrets masked. Pure, like [`crate::analyze`].
#[must_use]
pub fn analyze_together(clients: &[ClientConfig], servers: &[Sibling<'_>], budget: &Budget) -> Report {
    let (inventory, texts) = (Inventory::default(), Texts::default());
    let cx = Context {
        inventory: &inventory,
        texts: &texts,
        snapshot: None,
        surface: None,
        program: None,
        facts: None,
        flows: None,
        conduct: None,
        dependencies: None,
        beside: Beside {
            clients,
            servers,
            ..Beside::default()
        },
        budget,
    };
    let (mut out, mut coverage) = (Findings::new(budget), Coverage::default());
    for rule in hub_rules::all() {
        let needs = rule.meta().needs();
        let why_not = match needs {
            Needs::ClientConfig if clients.is_empty() => Some(needs.reason_not_run()),
            Needs::OtherServers if servers.len() < 2 => Some("fewer than two of the servers could be scanned"),
            Needs::ClientConfig | Needs::OtherServers => None,
            _ => Some("it looks at each server on its own"),
        };
        match why_not {
            None => check(*rule, &cx, &mut out, &mut coverage),
            Some(reason) => coverage.rules_not_run.push(RuleSkipped {
                rule_id: rule.meta().id.to_owned(),
                reason: reason.to_owned(),
            }),
        }
    }
    for (rule, more) in out.overflow() {
        coverage.limits_hit.push(format!("{more} more findings of {rule} are not listed"));
    }
    let mut findings = causes::one_per_cause(out.into_vec());
    findings.sort_by(worst_first);
    let score = score(&findings);
    Report {
        schema_version: crate::SCHEMA_VERSION,
        scan_version: scan_version().to_owned(),
        source_version: String::new(),
        artifact_digest: digest(clients, servers),
        origin: None,
        package: None,
        inventory,
        overall_severity: findings.iter().map(|f| f.severity).max().unwrap_or(Severity::None),
        findings,
        suppressed: Vec::new(),
        score,
        grade: Grade::of(score),
        coverage,
        warnings: Vec::new(),
        transport: None,
        durations: StageDurations::new(),
    }
}

fn digest(clients: &[ClientConfig], servers: &[Sibling<'_>]) -> Digest {
    // Types of the house that always serialise.
    let mut bytes = serde_json::to_vec(clients).unwrap_or_default();
    for server in servers {
        bytes.extend_from_slice(server.name.as_bytes());
        bytes.extend(serde_json::to_vec(server.inventory).unwrap_or_default());
    }
    Digest::of(&bytes)
}
