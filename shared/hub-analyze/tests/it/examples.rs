//! Every fenced example of every rule file is run: `vulnerable` must be found, `safe` must not.

use hub_analyze::testing::{scan_change, scan_clients, scan_listing, scan_source, scan_together};
use hub_engine::{Example, Level};

fn rules_found(example: &Example) -> Result<Vec<String>, String> {
    let json = || serde_json::from_str::<serde_json::Value>(&example.code).map_err(|e| format!("the example is no JSON: {e}"));
    let report = match example.language {
        "json" => scan_listing(&json()?),
        // A client configuration, or an object `files` of several.
        "config" => match json().ok().as_ref().and_then(|v| v.get("files")).and_then(|v| v.as_object()) {
            Some(files) => {
                let texts: Vec<(String, String)> = files.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
                let files: Vec<(&str, &str)> = texts.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
                scan_clients(&files).map_err(|e| e.to_string())?
            }
            None => scan_clients(&[("mcp.json", &example.code)]).map_err(|e| e.to_string())?,
        },
        // Servers that are used together: name to listing.
        "servers" => scan_together(&json()?),
        // One server, `before` and `after`.
        "change" => {
            let both = json()?;
            scan_change(&both["before"], &both["after"])
        }
        language => scan_source(language, &example.code).map_err(|e| e.to_string())?,
    };
    Ok(report.findings.into_iter().map(|f| f.rule_id).collect())
}

#[test]
fn every_vulnerable_example_is_found_and_no_safe_one_is() {
    let mut wrong = Vec::new();
    for rule in hub_rules::all() {
        let meta = rule.meta();
        for (i, example) in meta.examples().iter().enumerate() {
            let place = format!("{} example {} ({:?}, {})", meta.id, i + 1, example.level, example.language);
            match (rules_found(example), example.level) {
                (Err(why), _) => wrong.push(format!("{place}: {why}")),
                (Ok(found), Level::Vulnerable) if !found.iter().any(|r| r == meta.id) => {
                    wrong.push(format!("{place}: only found {found:?}\n{}", example.code))
                }
                (Ok(found), Level::Safe) if found.iter().any(|r| r == meta.id) => wrong.push(format!("{place}: found\n{}", example.code)),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples are wrong:\n\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_example_is_code_of_its_language() {
    let mut wrong = Vec::new();
    for rule in hub_rules::all() {
        for example in rule.meta().examples() {
            let Ok(path) = format!("Example.{}", example.language).parse() else {
                continue;
            };
            if hub_syntax::language_of(&path).is_none() {
                continue;
            }
            match hub_syntax::parse(&path, &example.code.as_str().into(), &hub_model::Budget::default()) {
                Ok(module) if module.syntax_errors == 0 => {}
                _ => wrong.push(format!("{} ({})\n{}", rule.meta().id, example.language, example.code)),
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples do not parse:\n\n{}", wrong.len(), wrong.join("\n"));
}

/// What the checklist of false alarms calls a trigger, the rule that has it as a `safe` example, and words of that example.
const TRIGGERS: &[(&str, &str, &str)] = &[
    ("call X before this tool", "tool-shadowing", "first to obtain the ID"),
    ("call X before this tool", "steering-wording", "before get_docs"),
    ("call X before this tool", "tool-preference", "before 'get-library-docs'"),
    ("lifecycle text", "overlapping-tool", "Deprecated: use query_v2"),
    ("lifecycle text", "instruction-override", "do not alter foundational directives"),
    ("negations", "exfiltration-order", "ever stored or transmitted"),
    ("negations", "sensitive-file-order", "never reads a private key"),
    ("docs about keys", "sensitive-file-order", "Configure API keys in .env"),
    ("docs about keys", "secret-in-metadata", "Set OPENAI_API_KEY"),
    ("docs about keys", "secret-asking-parameter", "max_tokens"),
    ("high entropy", "encoded-text", "https://example.com/a%20b"),
    ("high entropy", "secret-in-metadata", "550e8400"),
    ("non-Latin prose", "colliding-name", "获取用户"),
    ("`location` as a place", "context-harvesting-parameter", "\"location\""),
    ("`location` as a place", "personal-data-handling", "\"location\""),
    ("plural tool families", "colliding-name", "get_users"),
    ("plural tool families", "imitated-name", "list_items"),
    ("attack strings", "instruction-override", "ignore previous instructions"),
    ("attack strings", "deception-order", "attackers trick users"),
    ("doc strings", "exfiltration-order", "Args:"),
    ("env reads", "sensitive-file-order", ".env"),
    ("env reads", "environment-handed-out", "process.env.AWS_REGION"),
    ("stdio servers", "unprotected-http-transport", "transport=\"stdio\""),
    ("MUST, CRITICAL, NEVER", "steering-wording", "You MUST call"),
    ("MUST, CRITICAL, NEVER", "concealment-order", "Never return more than"),
    ("MUST, CRITICAL, NEVER", "tool-preference", "Never call other write tools"),
    ("one long line", "exfiltration-order", "credentials, message logs"),
    ("one long line", "tool-shadowing", "Set up a partner account"),
];

#[test]
fn every_trigger_of_the_checklist_stands_as_a_safe_example_where_the_documentation_says() {
    let documentation = include_str!("../../../../docs/detection/metadata.md");
    let (_, table) = documentation.split_once("| trigger |").expect("the table of triggers");
    for row in table.lines().skip(2).filter(|l| l.starts_with('|')) {
        let (trigger, rules) = row.trim_matches('|').split_once('|').expect("two columns");
        for rule in rules.split('`').skip(1).step_by(2).filter(|r| !r.contains('/')) {
            let known = TRIGGERS.iter().any(|(t, r, _)| trigger.contains(t) && *r == rule);
            assert!(known, "{trigger}: `{rule}` is not looked at");
        }
    }
    for (trigger, rule, words) in TRIGGERS {
        assert!(
            table.lines().any(|l| l.contains(trigger) && l.contains(&format!("`{rule}`"))),
            "{trigger}: {rule}"
        );
        let metas: Vec<_> = hub_rules::all().iter().map(|r| r.meta()).filter(|m| m.id == *rule).collect();
        let safe = metas.iter().flat_map(|m| m.examples()).filter(|e| e.level == Level::Safe);
        assert!(
            safe.into_iter().any(|e| e.code.contains(words)),
            "{trigger}: `{rule}` has no safe example with {words}"
        );
    }
}
