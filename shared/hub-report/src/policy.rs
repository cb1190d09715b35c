//! What a team decided about findings: suppressions, rule settings, and a baseline. Narrow, owned, dated, and counted openly.

use chrono::NaiveDate;
use hub_model::{Finding, Report, Severity, Subject, Suppressed, SuppressedBy};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Most suppressions of one policy.
const MAX_SUPPRESSIONS: usize = 10_000;
/// How deep a baseline's document is looked through for reports: a fleet holds reports of servers.
const MAX_DEPTH: usize = 8;

/// One decision: this rule, at this place, until this day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    pub rule: String,
    /// The finding's stable id: the narrowest place.
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    pub tool: Option<String>,
    #[serde(default)]
    pub resource: Option<String>,
    #[serde(default)]
    pub prompt: Option<String>,
    #[serde(default)]
    pub dependency: Option<String>,
    #[serde(default)]
    pub config_entry: Option<String>,
    /// File, with `*`, `?` and `**` as in `.gitignore`.
    #[serde(default)]
    pub path: Option<String>,
    /// Why it is no fault here.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub expires: NaiveDate,
}

/// What is set about a rule as a whole: it may count for less, with a reason, never for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSetting {
    /// The most its findings count for.
    pub severity: String,
    pub reason: String,
}

/// All decisions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(default)]
    pub suppress: Vec<Suppression>,
    #[serde(default)]
    pub rules: BTreeMap<String, RuleSetting>,
    /// Ids of findings that were there before, with their severity then.
    #[serde(skip)]
    pub baseline: BTreeMap<String, Severity>,
}

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("the configuration is not usable: {0}")]
    Syntax(String),
    #[error("suppression {number} (`{rule}`): {why}")]
    Suppression { number: usize, rule: String, why: &'static str },
    #[error("rules.{rule}: {why}")]
    Rule { rule: String, why: String },
    #[error("the configuration has {count} suppressions; at most {max} are taken")]
    TooMany { count: usize, max: usize },
    #[error("the baseline is no report of mcp-hub: it has no `vulnerabilities`")]
    Baseline,
}

impl Suppression {
    /// What is missing or too wide, in words.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), &'static str> {
        let named = [
            &self.id,
            &self.tool,
            &self.resource,
            &self.prompt,
            &self.dependency,
            &self.config_entry,
            &self.path,
        ];
        let blank = |text: &str| text.trim().is_empty();
        if blank(&self.rule) || self.rule.contains('*') {
            return Err("names no single rule; give the rule's id");
        }
        if named.iter().all(|n| n.as_deref().is_none_or(blank)) {
            return Err("names no place; give one of id, tool, resource, prompt, dependency, config_entry, path");
        }
        let is_all = |n: &&Option<String>| matches!(n.as_deref(), Some("*" | "**" | "**/*" | "/**"));
        if named.iter().any(is_all) {
            return Err("stands for every place; name the one that is meant");
        }
        if blank(&self.reason) {
            return Err("gives no reason");
        }
        if blank(&self.owner) {
            return Err("names no owner");
        }
        Ok(())
    }

    /// Whether it still holds on this day.
    #[must_use]
    pub fn holds(&self, today: NaiveDate) -> bool {
        today <= self.expires
    }

    /// Whether every part that is given fits.
    #[must_use]
    pub fn fits(&self, finding: &Finding) -> bool {
        let subject = |wanted: &Option<String>, kind: &str| match (wanted, &finding.subject) {
            (None, _) => true,
            (Some(name), Subject::Tool(n)) => kind == "tool" && name == n,
            (Some(name), Subject::Resource(n)) => kind == "resource" && name == n,
            (Some(name), Subject::Prompt(n)) => kind == "prompt" && name == n,
            (Some(name), Subject::Dependency(n)) => {
                kind == "dependency" && (name == n || n.strip_prefix(name.as_str()).is_some_and(|r| r.starts_with('@')))
            }
            (Some(name), Subject::ConfigEntry(n)) => kind == "config_entry" && name == n,
            (Some(_), Subject::Server) => false,
        };
        let path = || {
            self.path.as_ref().is_none_or(|pattern| {
                let at = finding.location.as_ref();
                at.is_some_and(|at| path_fits(pattern.trim_start_matches("./"), at.file.as_str()))
            })
        };
        // The pattern last: it costs the most.
        self.rule == finding.rule_id
            && self.id.as_ref().is_none_or(|id| *id == finding.fingerprint)
            && subject(&self.tool, "tool")
            && subject(&self.resource, "resource")
            && subject(&self.prompt, "prompt")
            && subject(&self.dependency, "dependency")
            && subject(&self.config_entry, "config_entry")
            && path()
    }

    /// In words, for warnings: `shell-injection` of tool `ping`.
    fn shown(&self) -> String {
        let parts = [
            ("id", &self.id),
            ("tool", &self.tool),
            ("resource", &self.resource),
            ("prompt", &self.prompt),
            ("dependency", &self.dependency),
            ("config entry", &self.config_entry),
            ("path", &self.path),
        ];
        let place: Vec<String> = parts.iter().filter_map(|(k, v)| v.as_ref().map(|v| format!("{k} `{v}`"))).collect();
        format!("`{}` at {}", self.rule, place.join(", "))
    }
}

impl Policy {
    /// Reads a configuration file (TOML): `[[suppress]]` with `rule`, a place, `reason`, `owner`, `expires`; `[rules.ID]` with `severity`, `reason`.
    ///
    /// # Errors
    /// [`PolicyError`], naming the entry.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = toml::from_str(text).map_err(|e| PolicyError::Syntax(e.message().to_owned()))?;
        policy.checked()
    }

    /// The same from suppressions kept elsewhere.
    ///
    /// # Errors
    /// [`PolicyError`], naming the entry.
    pub fn checked(self) -> Result<Self, PolicyError> {
        if self.suppress.len() > MAX_SUPPRESSIONS {
            return Err(PolicyError::TooMany {
                count: self.suppress.len(),
                max: MAX_SUPPRESSIONS,
            });
        }
        for (n, suppression) in self.suppress.iter().enumerate() {
            suppression.check().map_err(|why| PolicyError::Suppression {
                number: n + 1,
                rule: suppression.rule.clone(),
                why,
            })?;
        }
        for (rule, setting) in &self.rules {
            let wrong = |why: String| PolicyError::Rule { rule: rule.clone(), why };
            setting.severity.parse::<Severity>().map_err(|e| wrong(e.to_string()))?;
            if setting.reason.trim().is_empty() {
                return Err(wrong("gives no reason".to_owned()));
            }
        }
        Ok(self)
    }

    /// Adds a report as the baseline: `complete_result`, an answer that holds one, or a report on several servers.
    ///
    /// # Errors
    /// It holds no findings list.
    pub fn add_baseline(&mut self, document: &Value) -> Result<(), PolicyError> {
        if add_findings(document, 0, &mut self.baseline) {
            Ok(())
        } else {
            Err(PolicyError::Baseline)
        }
    }

    /// Takes out of the count what was decided about, and recounts. `today` decides which suppressions still hold. What does
    /// not hold any more is said in the report's warnings.
    pub fn apply(&self, report: &mut Report, today: NaiveDate) {
        if self.suppress.is_empty() && self.rules.is_empty() && self.baseline.is_empty() {
            return;
        }
        let suppressed_before = report.suppressed.len();
        let mut kept = Vec::with_capacity(report.findings.len());
        let mut lowered: BTreeMap<&str, usize> = BTreeMap::new();
        let mut expired: BTreeMap<usize, usize> = BTreeMap::new();
        for mut finding in std::mem::take(&mut report.findings) {
            let fitting = self.suppress.iter().enumerate().filter(|(_, s)| s.fits(&finding));
            let (mut holding, mut past) = (None, None);
            for (n, suppression) in fitting {
                if suppression.holds(today) {
                    holding = holding.or(Some(suppression));
                } else {
                    past = past.or(Some(n));
                }
            }
            if let Some(suppression) = holding {
                report.suppressed.push(Suppressed {
                    fingerprint: finding.fingerprint.clone(),
                    rule_id: finding.rule_id.clone(),
                    by: SuppressedBy::Suppression,
                    reason: suppression.reason.clone(),
                    owner: Some(suppression.owner.clone()),
                    expires: Some(suppression.expires.to_string()),
                    finding: Some(Box::new(finding)),
                });
                continue;
            }
            if let Some(n) = past {
                *expired.entry(n).or_default() += 1;
            }
            // What was there before and has become worse is new.
            if self
                .baseline
                .get(&finding.fingerprint)
                .is_some_and(|before| finding.severity <= *before)
            {
                report.suppressed.push(Suppressed {
                    fingerprint: finding.fingerprint.clone(),
                    rule_id: finding.rule_id.clone(),
                    by: SuppressedBy::Baseline,
                    reason: "it is in the baseline".to_owned(),
                    owner: None,
                    expires: None,
                    finding: Some(Box::new(finding)),
                });
                continue;
            }
            if let Some(most) = self.rules.get(&finding.rule_id).and_then(|s| s.severity.parse::<Severity>().ok())
                && finding.severity > most
                && most > Severity::None
            {
                finding.severity = most;
                *lowered
                    .entry(self.rules.get_key_value(&finding.rule_id).map_or("", |(k, _)| k))
                    .or_default() += 1;
            }
            kept.push(finding);
        }
        let changed = report.suppressed.len() > suppressed_before || !lowered.is_empty();
        kept.sort_by_key(|f| std::cmp::Reverse(f.severity));
        report.findings = kept;
        for (n, count) in expired {
            let s = &self.suppress[n];
            report.warnings.push(format!(
                "the suppression of {} expired on {} and does not suppress {count} finding{} any more; its owner is {}",
                s.shown(),
                s.expires,
                if count == 1 { "" } else { "s" },
                s.owner
            ));
        }
        for (rule, count) in lowered {
            let setting = &self.rules[rule];
            report.warnings.push(format!(
                "{count} finding{} of `{rule}` count as {} at most: {}",
                if count == 1 { "" } else { "s" },
                setting.severity,
                setting.reason
            ));
        }
        if changed {
            report.recount();
        }
    }
}

fn add_findings(document: &Value, depth: usize, out: &mut BTreeMap<String, Severity>) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let mut found = false;
    if let Some(list) = document.get("vulnerabilities").and_then(Value::as_array) {
        found = true;
        let hidden = document.get("suppressed").and_then(Value::as_array).into_iter().flatten();
        let hidden = hidden.filter_map(|s| {
            Some((
                s.get("fingerprint")?.as_str()?,
                s.get("severity").or_else(|| s.pointer("/finding/severity"))?.as_str()?,
            ))
        });
        let open = list
            .iter()
            .filter_map(|f| Some((f.get("id")?.as_str()?, f.get("severity")?.as_str()?)));
        for (id, severity) in open.chain(hidden) {
            let severity = severity.parse().unwrap_or(Severity::None);
            let entry = out.entry(id.to_owned()).or_insert(severity);
            *entry = (*entry).max(severity);
        }
    }
    for inner in document
        .get("complete_result")
        .into_iter()
        .chain(document.get("servers").and_then(Value::as_array).into_iter().flatten())
    {
        found |= add_findings(inner, depth + 1, out);
    }
    found
}

/// `*` and `?` within one step of the path, `**` over any number; a pattern without `/` is a file's name anywhere. The work is
/// bounded by pattern times path.
fn path_fits(pattern: &str, path: &str) -> bool {
    let steps: Vec<&str> = path.split('/').collect();
    if !pattern.contains('/') && !pattern.contains("**") {
        return steps.last().is_some_and(|name| step_fits(pattern.as_bytes(), name.as_bytes()));
    }
    let wanted: Vec<&str> = pattern.trim_start_matches('/').split('/').collect();
    // reach[j]: the first i steps of the pattern fit the first j of the path.
    let mut reach = vec![false; steps.len() + 1];
    reach[0] = true;
    for want in wanted {
        let mut next = vec![false; steps.len() + 1];
        if want == "**" {
            let mut any = false;
            for j in 0..=steps.len() {
                any |= reach[j];
                next[j] = any;
            }
        } else {
            for j in 0..steps.len() {
                next[j + 1] = reach[j] && step_fits(want.as_bytes(), steps[j].as_bytes());
            }
        }
        reach = next;
    }
    reach[steps.len()]
}

fn step_fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == name[n] || *c == b'?' => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((sp, sn)) => {
                    p = sp + 1;
                    n = sn + 1;
                    star = Some((sp, sn + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::path_fits;

    #[test]
    fn a_path_fits_as_in_a_gitignore() {
        for (pattern, path, fits) in [
            ("src/a.ts", "src/a.ts", true),
            ("src/*.ts", "src/a.ts", true),
            ("src/*.ts", "src/b/a.ts", false),
            ("src/**", "src/b/a.ts", true),
            ("**/a.ts", "a.ts", true),
            ("**/legacy/**", "src/legacy/x/a.ts", true),
            ("a.ts", "src/a.ts", true),
            ("?.ts", "src/ab.ts", false),
            ("src/**/a.ts", "src/a.ts", true),
        ] {
            assert_eq!(path_fits(pattern, path), fits, "{pattern} {path}");
        }
        // No blow-up.
        assert!(!path_fits(&format!("{}b", "*a".repeat(200)), &"a".repeat(5_000)));
    }
}
