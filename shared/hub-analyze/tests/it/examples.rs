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
