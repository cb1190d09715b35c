#![doc = include_str!("../README.md")]

mod causes;
mod history;
mod listing;
mod originals;
#[cfg(test)]
mod score;
pub mod testing;
mod together;

pub use history::{compare_with_earlier, earlier_of};
pub use hub_model::{SCORING, score};
pub use together::{analyze_together, masked};

pub use hub_engine::Sibling;
pub use hub_engine::history::Earlier;

use hub_discover::{Discovery, discover};
use hub_engine::conduct::Conduct;
use hub_engine::taint::Flows;
use hub_engine::text::Texts;
use hub_engine::{Beside, CodeFacts, Context, EntryKind, Findings, Needs, Rule};
use hub_model::{
    Blame, Budget, Coverage, Digest, ErrorCode, Finding, Grade, Inventory, Report, Retry, RuleSkipped, Severity, Snapshot, Surface,
    Transport,
};
use hub_syntax::Program;

/// Version of the report document's shape.
pub const SCHEMA_VERSION: u32 = 1;

/// What is analysed.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    Snapshot(&'a Snapshot),
    Surface(&'a Surface),
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    /// Nothing that registers tools, prompts or resources was found.
    #[error("no MCP server found in `{name}`: {looked_for}")]
    NoServer { name: String, looked_for: String },
    /// There is a server, and nothing of it is source: a report would call clean what nobody looked at.
    #[error("the MCP server in `{name}` cannot be read: {why}; scan its repository, or the running server")]
    Unreadable { name: String, why: String },
}

impl ErrorCode for AnalyzeError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoServer { .. } => "no_server",
            Self::Unreadable { .. } => "server_not_readable",
        }
    }
    fn retry(&self) -> Retry {
        Retry::Never
    }
    fn blame(&self) -> Blame {
        Blame::User
    }
}

/// What happens on the way, for status and progress.
pub enum Progress<'a> {
    Discovered { tools: Vec<&'a str> },
}

/// Engine and rule set, as reports name them: `0.1.0+rules.<8 hex>`. With the artifact's digest it is a report's cache key.
#[must_use]
pub fn scan_version() -> &'static str {
    hub_rules::VERSION
}

/// Analyses an artifact. Pure: the same artifact, engine and rule set give the same report, apart from `durations`
/// (which the caller fills in).
///
/// # Errors
/// [`AnalyzeError::NoServer`] when a snapshot holds no MCP server.
pub fn analyze(
    subject: Subject<'_>,
    digest: Digest,
    budget: &Budget,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, AnalyzeError> {
    analyze_after(subject, digest, None, budget, progress)
}

/// Analyses an artifact in the light of an earlier scan of the same server: what was redefined since is a finding.
///
/// # Errors
/// As [`analyze`].
pub fn analyze_after(
    subject: Subject<'_>,
    digest: Digest,
    earlier: Option<&Earlier>,
    budget: &Budget,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, AnalyzeError> {
    report(subject, digest, budget, Depth::Full, earlier, progress)
}

/// The inventory alone: a report whose rules did not run, and say so.
///
/// # Errors
/// As [`analyze`].
pub fn take_inventory(subject: Subject<'_>, digest: Digest, budget: &Budget) -> Result<Report, AnalyzeError> {
    report(subject, digest, budget, Depth::Inventory, None, &mut |_| {})
}

/// How far to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Depth {
    #[default]
    Full,
    Inventory,
}

fn report(
    subject: Subject<'_>,
    digest: Digest,
    budget: &Budget,
    depth: Depth,
    earlier: Option<&Earlier>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, AnalyzeError> {
    match subject {
        Subject::Snapshot(snapshot) => {
            let found = discover(snapshot, budget);
            if is_no_server(&found) {
                return Err(no_server(snapshot, &found));
            }
            if let Some(why) = only_machine_code(&found.inventory) {
                let name = hub_engine::text::visible(&snapshot.origin.name);
                return Err(AnalyzeError::Unreadable { name, why });
            }
            let Discovery {
                inventory,
                program,
                facts,
                mut coverage,
                mut warnings,
            } = found;
            coverage.skipped.extend(snapshot.skipped.iter().cloned());
            coverage.skipped.sort_by(|a, b| (&a.path, a.reason).cmp(&(&b.path, b.reason)));
            coverage.skipped.dedup();
            warnings.extend(snapshot.warnings.iter().cloned());
            let parts = Parts {
                snapshot: Some(snapshot),
                program: Some(&program),
                facts: Some(&facts),
                depth,
                earlier,
                ..Parts::default()
            };
            Ok(run(
                inventory,
                parts,
                coverage,
                warnings,
                digest,
                &snapshot.origin.resolved_version,
                budget,
                progress,
            ))
        }
        Subject::Surface(surface) => {
            let (inventory, mut warnings) = listing::inventory_of(surface, budget);
            warnings.extend(surface.warnings.iter().cloned());
            let version = inventory.server.version.clone().unwrap_or_default();
            let parts = Parts {
                surface: Some(surface),
                depth,
                earlier,
                ..Parts::default()
            };
            Ok(run(
                inventory,
                parts,
                coverage_of(surface),
                warnings,
                digest,
                &version,
                budget,
                progress,
            ))
        }
    }
}

/// What was asked of a live server, and what could not be looked at.
fn coverage_of(surface: &Surface) -> Coverage {
    let mut coverage = Coverage::default();
    for fact in &surface.facts {
        for (name, detail) in &fact.details {
            match fact.name.as_str() {
                "requests_sent" => {
                    coverage.requests_sent.insert(name.clone(), detail.as_u64().unwrap_or_default());
                }
                "checks" => {
                    let outcome = hub_engine::text::visible(detail.as_str().unwrap_or_default());
                    if outcome.starts_with("not done") || outcome == "switched off" {
                        coverage.limits_hit.push(format!("the endpoint check `{name}` was {outcome}"));
                    }
                    coverage.endpoint_checks.insert(name.clone(), outcome);
                }
                _ => {}
            }
        }
    }
    coverage
}

/// What a rule may look at beside the inventory.
#[derive(Clone, Copy, Default)]
struct Parts<'a> {
    snapshot: Option<&'a Snapshot>,
    surface: Option<&'a Surface>,
    program: Option<&'a Program>,
    facts: Option<&'a CodeFacts>,
    depth: Depth,
    earlier: Option<&'a Earlier>,
}

impl<'a> Parts<'a> {
    fn package(&self) -> Option<&'a hub_model::PackageFacts> {
        self.snapshot.and_then(|s| s.package.as_ref())
    }

    fn satisfy(&self, needs: Needs) -> bool {
        match needs {
            Needs::Metadata => true,
            Needs::Source => self.snapshot.is_some(),
            Needs::Endpoint => self
                .surface
                .is_some_and(|s| matches!(s.transport, Transport::StreamableHttp | Transport::Sse)),
            Needs::ExpectedTools => self.surface.is_some_and(|s| s.expected_tools.is_some()),
            Needs::PublishedSource => self.surface.is_some_and(|s| s.published.is_some()),
            Needs::EarlierScan => self.earlier.is_some(),
            Needs::Advisories => self.snapshot.is_some_and(|s| s.advisories.is_some()),
            Needs::Registry => self.package().is_some_and(|p| !p.asked_on.is_empty()),
            Needs::Repository => self.package().is_some_and(|p| p.comparison.is_some()),
            Needs::ClientConfig | Needs::OtherServers => false,
        }
    }
}

#[allow(clippy::too_many_arguments)] // the one place where all that makes a report comes together
fn run(
    mut inventory: Inventory,
    parts: Parts<'_>,
    mut coverage: Coverage,
    mut warnings: Vec<String>,
    digest: Digest,
    source_version: &str,
    budget: &Budget,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Report {
    progress(Progress::Discovered {
        tools: inventory.tools.iter().map(|t| t.name.as_str()).collect(),
    });
    let texts = surviving(|| Texts::of(&inventory, budget)).unwrap_or_else(|| Texts {
        limits_hit: vec!["reading the texts failed on this input: no rule has seen them".to_owned()],
        ..Texts::default()
    });
    coverage.limits_hit.extend(texts.limits_hit.iter().cloned());
    let mended = texts.list.iter().filter(|t| t.raw.contains(char::REPLACEMENT_CHARACTER)).count();
    if mended > 0 {
        coverage.limits_hit.push(format!(
            "{mended} texts hold bytes that are no Unicode text: U+FFFD was read in their place"
        ));
    }
    for tool in &mut inventory.tools {
        match surviving(|| hub_engine::capability::capabilities(tool)) {
            Some(capabilities) => tool.capabilities.extend(capabilities),
            None => coverage.limits_hit.push(format!(
                "the capabilities of tool `{}` failed on this input",
                hub_engine::text::visible(&tool.name)
            )),
        }
        tool.capabilities.sort();
        tool.capabilities.dedup_by(|a, b| a.kind == b.kind);
    }
    let flows = match (parts.program, parts.facts) {
        (Some(program), Some(facts)) if parts.depth == Depth::Full => {
            let followed = surviving(|| Flows::of(program, facts, &inventory, budget));
            Some(followed.unwrap_or_else(|| Flows {
                limits_hit: vec!["data flow failed on this input: it was not followed".to_owned()],
                ..Flows::default()
            }))
        }
        _ => None,
    };
    coverage.limits_hit.extend(flows.iter().flat_map(|f| f.limits_hit.iter().cloned()));
    if let (Some(program), Some(facts), Some(_)) = (parts.program, parts.facts, &flows) {
        coverage.limits_hit.extend(not_followed(program, facts, &inventory));
    }
    let dependencies = match parts.snapshot {
        Some(snapshot) if parts.depth == Depth::Full => surviving(|| hub_deps::resolve(&snapshot.files)),
        _ => None,
    };
    if let Some(dependencies) = &dependencies {
        warnings.extend(dependencies.problems.iter().cloned());
    }
    coverage.advisory_data = parts
        .snapshot
        .and_then(|s| s.advisories.as_ref())
        .map(|a| hub_engine::text::visible(&format!("{}, as of {}", a.source, a.as_of)));
    coverage.limits_hit.extend(
        parts
            .snapshot
            .iter()
            .filter_map(|s| s.advisories.as_ref())
            .flat_map(|a| a.gaps.iter().cloned()),
    );
    if let Some(why) = parts.package().and_then(|p| p.not_compared.as_ref()) {
        coverage
            .limits_hit
            .push(format!("the package was not held against its repository: {why}"));
    }
    let conduct = match (parts.program, parts.facts, flows.as_ref()) {
        (Some(program), Some(facts), Some(flows)) => {
            let read = surviving(|| Conduct::of(program, facts, flows));
            if read.is_none() {
                coverage
                    .limits_hit
                    .push("what the tools' code does could not be read on this input".to_owned());
            }
            read
        }
        _ => None,
    };
    if let Some(conduct) = &conduct {
        for (entry, runs) in conduct.entries().filter(|(e, _)| e.kind == EntryKind::Tool) {
            let Some(tool) = inventory.tools.iter_mut().find(|t| t.name == entry.name) else {
                continue;
            };
            for capability in conduct.capabilities(runs) {
                if !tool.capabilities.iter().any(|c| c.kind == capability.kind) {
                    tool.capabilities.push(capability);
                }
            }
            tool.capabilities.sort();
        }
    }
    let cx = Context {
        inventory: &inventory,
        texts: &texts,
        flows: flows.as_ref(),
        conduct: conduct.as_ref(),
        dependencies: dependencies.as_ref(),
        snapshot: parts.snapshot,
        surface: parts.surface,
        program: parts.program,
        facts: parts.facts,
        beside: Beside {
            earlier: parts.earlier,
            artifact_digest: Some(digest),
            version: source_version,
            origin: parts.snapshot.map(|s| s.origin.source_url.as_str()),
            package: parts.package(),
            ..Beside::default()
        },
        budget,
    };
    let mut out = Findings::new(budget);
    for rule in hub_rules::all() {
        let meta = rule.meta();
        if parts.depth == Depth::Inventory {
            coverage.rules_not_run.push(RuleSkipped {
                rule_id: meta.id.to_owned(),
                reason: "only the inventory was asked for".to_owned(),
            });
        } else if parts.satisfy(meta.needs()) {
            check(*rule, &cx, &mut out, &mut coverage);
        } else {
            coverage.rules_not_run.push(RuleSkipped {
                rule_id: meta.id.to_owned(),
                reason: meta.needs().reason_not_run().to_owned(),
            });
        }
    }
    for (rule, more) in out.overflow() {
        coverage.limits_hit.push(format!("{more} more findings of {rule} are not listed"));
    }

    let mut findings = causes::one_per_cause(out.into_vec());
    findings.sort_by(worst_first);
    if let Some(snapshot) = parts.snapshot {
        originals::show(snapshot, &mut inventory, &mut findings, &mut coverage, budget);
    }
    for gap in &inventory.gaps {
        warnings.push(hub_engine::text::visible(&format!(
            "{}: {} was not understood: {}",
            gap.at, gap.what, gap.reason
        )));
    }
    for warning in &mut warnings {
        *warning = hub_engine::text::visible(warning);
    }
    let mut seen = std::collections::BTreeSet::new();
    warnings.retain(|w| seen.insert(w.clone()));
    let overall_severity = findings.iter().map(|f| f.severity).max().unwrap_or(Severity::None);
    let score = score(&findings);
    Report {
        schema_version: SCHEMA_VERSION,
        scan_version: scan_version().to_owned(),
        source_version: source_version.to_owned(),
        artifact_digest: digest,
        origin: parts.snapshot.map(|s| s.origin.source_url.clone()),
        package: parts.package().cloned(),
        inventory,
        findings,
        suppressed: Vec::new(),
        overall_severity,
        score,
        grade: Grade::of(score),
        coverage,
        warnings,
        transport: parts.surface.map(|s| s.transport),
        durations: hub_model::StageDurations::new(),
    }
}

/// What data flow does not see in the languages that are read by their names alone: said, never counted as clean.
fn not_followed(program: &Program, facts: &CodeFacts, inventory: &Inventory) -> Vec<String> {
    let mut files: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let mut paths: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    for (_, module) in program.iter().filter(|(_, m)| m.language.is_native()) {
        *files.entry(module.language.name()).or_default() += 1;
        paths.insert(module.path.as_str());
    }
    if files.is_empty() {
        return Vec::new();
    }
    let files: Vec<String> = files.iter().map(|(language, n)| format!("{n} {language}")).collect();
    let mut out = vec![format!(
        "data flow goes as far as names tell in these languages, and not through interfaces or inferred types: {} files",
        files.join(", ")
    )];
    // A handler that serves many may serve each of them.
    let entries = facts.entry_points.iter().filter(|e| e.kind == EntryKind::Tool);
    let served: std::collections::BTreeSet<&str> = entries.map(|e| e.name.as_str()).collect();
    let lost: Vec<&str> = inventory
        .tools
        .iter()
        .filter(|t| t.declared_at.as_ref().is_some_and(|at| paths.contains(at.file.as_str())))
        .map(|t| t.name.as_str())
        .filter(|name| !served.contains(name) && !served.contains("*"))
        .collect();
    if !lost.is_empty() {
        let shown: Vec<&str> = lost.iter().take(8).copied().collect();
        out.push(format!(
            "the handlers of {} tool(s) were not found, so that their data was not followed: {}{}",
            lost.len(),
            shown.join(", "),
            if lost.len() > shown.len() { ", …" } else { "" }
        ));
    }
    out
}

/// What `work` answers, or nothing when it panics: one fault of ours, on input that an attacker may have chosen, must not
/// cost the rest of the report. Whoever calls this says in the report what is missing.
fn surviving<T>(work: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).ok()
}

/// Runs one rule. What it reported before it failed is kept, and the coverage says that it failed.
fn check(rule: &dyn Rule, cx: &Context<'_>, out: &mut Findings, coverage: &mut Coverage) {
    let rule_id = rule.meta().id.to_owned();
    match surviving(|| rule.check(cx, out)) {
        Some(()) => coverage.rules_run.push(rule_id),
        None => coverage.rules_not_run.push(RuleSkipped {
            rule_id,
            reason: "the rule failed on this input: what it would have found is not known".to_owned(),
        }),
    }
}

/// Worst first, then surest, then by rule and place: a total order, so that equal input prints equally.
fn worst_first(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    (b.severity, b.evidence_level, b.confidence)
        .cmp(&(a.severity, a.evidence_level, a.confidence))
        .then_with(|| a.rule_id.cmp(&b.rule_id))
        .then_with(|| a.subject.cmp(&b.subject))
        .then_with(|| a.location.cmp(&b.location))
        .then_with(|| a.field.cmp(&b.field))
        .then_with(|| a.fingerprint.cmp(&b.fingerprint))
}

/// Nothing registers anything, and no site looks as if it wanted to. An unknown registration style or a live entry point is a server.
fn is_no_server(found: &Discovery) -> bool {
    let Inventory {
        tools,
        resources,
        prompts,
        gaps,
        ..
    } = &found.inventory;
    tools.is_empty() && resources.is_empty() && prompts.is_empty() && gaps.is_empty() && found.facts.entry_points.is_empty()
}

/// Why nothing of the server can be read, where all that is known of it is that it is a binary.
fn only_machine_code(inventory: &Inventory) -> Option<String> {
    let listed = inventory.tools.len() + inventory.resources.len() + inventory.prompts.len();
    let all = listed == 0 && inventory.gaps.iter().all(|gap| gap.what == hub_discover::MACHINE_CODE);
    inventory.gaps.first().filter(|_| all).map(|gap| gap.reason.clone())
}

/// The largest source files that were left out, with why: the server may be one of them.
fn unparsed_sources(coverage: &Coverage) -> Vec<String> {
    let mut left_out: Vec<&hub_model::Skipped> = coverage
        .skipped
        .iter()
        .filter(|s| s.path.parse().is_ok_and(|p| hub_syntax::language_of(&p).is_some()))
        .collect();
    left_out.sort_by_key(|s| std::cmp::Reverse(s.bytes));
    let shown = left_out.iter().take(3).map(|s| {
        let reason = serde_json::to_value(s.reason).ok();
        let reason = reason.as_ref().and_then(|r| r.as_str()).unwrap_or("skipped");
        format!("`{}` ({})", hub_engine::text::visible(&s.path), reason.replace('_', " "))
    });
    shown.collect()
}

fn no_server(snapshot: &Snapshot, found: &Discovery) -> AnalyzeError {
    let languages: Vec<String> = found.coverage.languages.iter().map(|(l, n)| format!("{n} {l}")).collect();
    let unread: Vec<String> = found
        .coverage
        .languages_not_understood
        .iter()
        .map(|(l, n)| format!("{n} {l}"))
        .collect();
    let mut looked_for = "nothing in it registers tools, prompts or resources with an MCP SDK or answers `tools/list`".to_owned();
    if languages.is_empty() {
        looked_for.push_str(
            "; no file in a language that can be read (JavaScript, TypeScript, Python, Go, Rust, Java, Kotlin, C#, PHP, Ruby) was found",
        );
    } else {
        looked_for.push_str(&format!("; files read: {}", languages.join(", ")));
    }
    if !unread.is_empty() {
        looked_for.push_str(&format!("; files in languages not understood yet: {}", unread.join(", ")));
    }
    let unparsed = unparsed_sources(&found.coverage);
    if !unparsed.is_empty() {
        looked_for.push_str(&format!("; source that was not read: {}", unparsed.join(", ")));
    }
    if let Some(base) = &snapshot.origin.base_path {
        looked_for.push_str(&format!("; only `{base}` was looked at, as asked"));
    }
    AnalyzeError::NoServer {
        name: hub_engine::text::visible(&snapshot.origin.name),
        looked_for,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hub_engine::{Declared, RuleMeta};

    struct Faulty;

    static META: RuleMeta = RuleMeta {
        id: "faulty",
        title: "A rule with a fault",
        ..RuleMeta::BLANK
    };

    impl Declared for Faulty {
        fn meta(&self) -> &'static RuleMeta {
            &META
        }
    }

    impl Rule for Faulty {
        fn check(&self, cx: &Context<'_>, out: &mut Findings) {
            out.report(&META).add();
            assert!(cx.texts.list.len() > 1, "an index too far");
        }
    }

    #[test]
    fn a_rule_that_panics_is_named_and_keeps_what_it_found() {
        let (budget, inventory, texts) = (Budget::default(), Inventory::default(), Texts::default());
        let cx = Context {
            inventory: &inventory,
            texts: &texts,
            snapshot: None,
            surface: None,
            program: None,
            facts: None,
            flows: None,
            beside: Beside::default(),
            conduct: None,
            dependencies: None,
            budget: &budget,
        };
        let (mut out, mut coverage) = (Findings::new(&budget), Coverage::default());
        check(&Faulty, &cx, &mut out, &mut coverage);
        assert_eq!(out.into_vec().len(), 1);
        assert!(coverage.rules_run.is_empty());
        assert_eq!(coverage.rules_not_run[0].rule_id, "faulty");
        assert!(coverage.rules_not_run[0].reason.contains("failed"));
    }
}
