//! Where rules report: one builder that fills what every finding owes its reader.

use crate::RuleMeta;
use crate::catalogue::find_class;
use crate::text::{Hit, Text, classes_at, redact, visible};
use hub_model::{Budget, Confidence, EvidenceLevel, Finding, FixCode, Flow, FlowStep, Location, Severity, Subject};
use std::collections::BTreeMap;

/// Longest evidence kept, in characters.
const MAX_EVIDENCE_CHARS: usize = 400;
/// Longest code of a fix, in bytes.
const MAX_FIX_BYTES: usize = 2_000;

/// Collects findings, a bounded number per rule.
#[derive(Debug)]
pub struct Findings {
    list: Vec<Finding>,
    per_rule: BTreeMap<&'static str, usize>,
    max_per_rule: usize,
}

impl Default for Findings {
    fn default() -> Self {
        Self::new(&Budget::default())
    }
}

impl Findings {
    /// An empty list under the budget's bounds.
    #[must_use]
    pub fn new(budget: &Budget) -> Self {
        Self {
            list: Vec::new(),
            per_rule: BTreeMap::new(),
            max_per_rule: budget.max_findings_per_rule,
        }
    }

    /// Starts a finding of the rule; nothing is reported until [`Draft::add`].
    pub fn report(&mut self, meta: &'static RuleMeta) -> Draft<'_> {
        let mapped = |own: &[&'static str], of: fn(&crate::catalogue::Class) -> &'static [&'static str]| {
            let mut list: Vec<String> = own.iter().map(|s| (*s).to_owned()).collect();
            if list.is_empty() {
                for item in meta.classes.iter().filter_map(|id| find_class(id)).flat_map(of) {
                    if !list.iter().any(|l| l == item) {
                        list.push((*item).to_owned());
                    }
                }
            }
            list
        };
        let mut cwe = meta.cwe.to_vec();
        if cwe.is_empty() {
            for number in meta.classes.iter().filter_map(|id| find_class(id)).flat_map(|c| c.cwe) {
                if !cwe.contains(number) {
                    cwe.push(*number);
                }
            }
        }
        let finding = Finding {
            fingerprint: String::new(),
            rule_id: meta.id.to_owned(),
            title: meta.title.to_owned(),
            category: meta.category,
            classes: meta.classes.iter().map(|s| (*s).to_owned()).collect(),
            severity: meta.severity,
            confidence: Confidence::Medium,
            evidence_level: EvidenceLevel::Signal,
            subject: Subject::Server,
            description: meta.section("Why it matters"),
            evidence: String::new(),
            remediation: meta.section("How to fix it"),
            fix: None,
            location: None,
            field: None,
            flow: Flow::default(),
            cwe,
            owasp_mcp: mapped(meta.owasp_mcp, |c| c.owasp_mcp),
            owasp_llm: mapped(meta.owasp_llm, |c| c.owasp_llm),
            references: meta.references.iter().map(|s| (*s).to_owned()).collect(),
        };
        Draft {
            findings: self,
            meta,
            finding,
            key: Vec::new(),
        }
    }

    /// How many were reported beyond the bound, by rule.
    #[must_use]
    pub fn overflow(&self) -> Vec<(&'static str, usize)> {
        self.per_rule
            .iter()
            .filter(|(_, n)| **n > self.max_per_rule)
            .map(|(id, n)| (*id, n - self.max_per_rule))
            .collect()
    }

    /// All, in order of reporting.
    #[must_use]
    pub fn into_vec(self) -> Vec<Finding> {
        self.list
    }
}

/// A finding being written. Everything has a default from the rule's declaration; texts are redacted and made visible on [`Draft::add`].
#[must_use = "a draft reports nothing until `.add()`"]
pub struct Draft<'f> {
    findings: &'f mut Findings,
    meta: &'static RuleMeta,
    finding: Finding,
    key: Vec<String>,
}

impl Draft<'_> {
    /// What it is about; the server when not said.
    pub fn on(mut self, subject: Subject) -> Self {
        self.finding.subject = subject;
        self
    }

    /// Where one would fix it.
    pub fn at(mut self, location: impl Into<Option<Location>>) -> Self {
        self.finding.location = location.into();
        self
    }

    /// The field of the surface: `description`, `inputSchema.properties.path.description`.
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.finding.field = Some(field.into());
        self
    }

    /// The words or the line that show it, as found: masking and escaping happen here.
    pub fn evidence(mut self, evidence: impl Into<String>) -> Self {
        self.finding.evidence = evidence.into();
        self
    }

    /// What is wrong here, in one sentence; the rule's title when not said.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.finding.title = title.into();
        self
    }

    /// Why it is a fault in this case; the rule's `Why it matters` when not said.
    pub fn because(mut self, description: impl Into<String>) -> Self {
        self.finding.description = description.into();
        self
    }

    /// What to do, as a command; the rule's `How to fix it` when not said.
    pub fn fix(mut self, remediation: impl Into<String>) -> Self {
        self.finding.remediation = remediation.into();
        self
    }

    /// What to do, as code. Left out when a line of it may not be shown as it is: masked, it would be no code.
    pub fn fix_code(mut self, fix: Option<FixCode>) -> Self {
        self.finding.fix = fix.filter(|fix| {
            let old = fix.replaces.as_deref().unwrap_or_default();
            fix.code.len() <= MAX_FIX_BYTES && fix.code.lines().chain(old.lines()).all(|line| shown(line, MAX_FIX_BYTES) == line)
        });
        self
    }

    /// The rule's severity when not said.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// `Medium` when not said.
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.finding.confidence = confidence;
        self
    }

    /// `Signal` when not said. A `High` or `Critical` finding needs more than a signal and becomes `Medium` without it.
    pub fn level(mut self, level: EvidenceLevel) -> Self {
        self.finding.evidence_level = level;
        self
    }

    /// The classes of this case, primary first, when they differ from the rule's.
    pub fn classes(mut self, classes: &[&str]) -> Self {
        self.finding.classes = classes.iter().map(|s| (*s).to_owned()).collect();
        self
    }

    /// The flow from source to sink; it makes the finding `Reachable` unless it is already more.
    pub fn flow(mut self, flow: Flow) -> Self {
        if !flow.0.is_empty() {
            self.finding.evidence_level = self.finding.evidence_level.max(EvidenceLevel::Reachable);
        }
        self.finding.flow = flow;
        self
    }

    /// About a text that says something: subject, place, quotation, severity, and classes by where it stands.
    pub fn hit(self, hit: &Hit<'_>) -> Self {
        let decoded = hit.layer.origin.is_decoded();
        let why = format!("The words quoted {}. {}", hit.why, self.finding.description);
        self.text(hit.text)
            .evidence(hit.quote())
            .because(why)
            .severity(hit.severity)
            .confidence(if hit.mood.order || decoded {
                Confidence::High
            } else {
                Confidence::Medium
            })
            .level(if decoded {
                EvidenceLevel::Confirmed
            } else {
                EvidenceLevel::Reachable
            })
    }

    /// About a text: subject, field, place, and classes by where it stands.
    pub fn text(mut self, text: &Text) -> Self {
        let own: Vec<String> = std::mem::take(&mut self.finding.classes);
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        self.finding.classes = classes_at(text, &own).into_iter().map(str::to_owned).collect();
        self.on(text.subject.clone()).at(text.location.clone()).field(text.path.clone())
    }

    /// A further part of the fingerprint that survives moved lines: the enclosing function, the sink's name.
    pub fn key(mut self, part: impl Into<String>) -> Self {
        self.key.push(part.into());
        self
    }

    /// Reports it: fills the fingerprint, masks secrets, makes control characters visible, applies the bounds.
    pub fn add(self) {
        let Draft {
            findings,
            meta,
            mut finding,
            key,
        } = self;
        let count = findings.per_rule.entry(meta.id).or_default();
        *count += 1;
        if *count > findings.max_per_rule {
            return;
        }
        if finding.evidence_level == EvidenceLevel::Signal && finding.severity > Severity::Medium {
            finding.severity = Severity::Medium;
        }
        finding.fingerprint = fingerprint(&finding, &key);
        if finding.fix.is_none() {
            finding.fix = finding.location.as_ref().and_then(|at| meta.fix_in(&at.file));
        }
        finding.evidence = shown(&finding.evidence, MAX_EVIDENCE_CHARS);
        finding.title = shown(&finding.title, 300);
        finding.description = shown(&finding.description, 2_000);
        finding.remediation = shown(&finding.remediation, 2_000);
        finding.field = finding.field.map(|f| shown(&f, 300));
        // The subject's name stays as the server wrote it: it is how a finding is matched with its tool. Writers escape it.
        for FlowStep { what, code, .. } in &mut finding.flow.0 {
            *what = shown(what, 200);
            *code = shown(code, 200);
        }
        findings.list.push(finding);
    }
}

/// Text of what was scanned as a report may show it: secrets masked, control characters made visible, at most `max_chars` long.
#[must_use]
pub fn shown(text: &str, max_chars: usize) -> String {
    // Cut before the work is done: evidence may be a line of a minified file. The margin keeps a secret at the cut whole.
    let end = text.char_indices().nth(max_chars * 2).map_or(text.len(), |(i, _)| i);
    let clean = visible(&redact(&text[..end]));
    match clean.char_indices().nth(max_chars) {
        Some((i, _)) => format!("{}…", &clean[..i]),
        None if end < text.len() => format!("{clean}…"),
        None => clean,
    }
}

/// Rule, subject, file, field, what the rule added, and the evidence with white space folded; never a line number.
fn fingerprint(finding: &Finding, key: &[String]) -> String {
    let (kind, name) = match &finding.subject {
        Subject::Server => ("server", ""),
        Subject::Tool(n) => ("tool", n.as_str()),
        Subject::Resource(n) => ("resource", n.as_str()),
        Subject::Prompt(n) => ("prompt", n.as_str()),
        Subject::ConfigEntry(n) => ("config", n.as_str()),
        Subject::Dependency(n) => ("dependency", n.as_str()),
    };
    let evidence = finding.evidence.split_whitespace().collect::<Vec<_>>().join(" ");
    let file = finding.location.as_ref().map_or("", |l| l.file.as_str());
    let mut parts = vec![
        finding.rule_id.as_str(),
        kind,
        name,
        file,
        finding.field.as_deref().unwrap_or(""),
        &evidence,
    ];
    parts.extend(key.iter().map(String::as_str));
    Finding::fingerprint_of(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    static META: RuleMeta = RuleMeta {
        id: "a-rule",
        title: "A rule",
        severity: Severity::High,
        classes: &["M06"],
        ..RuleMeta::BLANK
    };

    #[test]
    fn a_mere_signal_is_never_high_and_a_secret_is_never_shown() {
        let mut out = Findings::default();
        out.report(&META)
            .evidence("key ghp_abcdefghijklmnopqrstuvwxyz0123456789 \u{1b}[8m")
            .add();
        let list = out.into_vec();
        assert_eq!(list[0].severity, Severity::Medium);
        assert_eq!(list[0].owasp_mcp, ["MCP03", "MCP10"]);
        assert!(!list[0].evidence.contains("mnopqrstuvwxyz"), "{}", list[0].evidence);
        assert!(!list[0].evidence.contains('\u{1b}'));
    }

    #[test]
    fn findings_beyond_the_bound_are_counted_and_not_kept() {
        let mut out = Findings::new(&Budget {
            max_findings_per_rule: 2,
            ..Budget::default()
        });
        for i in 0..5 {
            out.report(&META).evidence(format!("{i}")).add();
        }
        assert_eq!(out.overflow(), [("a-rule", 3)]);
        assert_eq!(out.into_vec().len(), 2);
    }
}
