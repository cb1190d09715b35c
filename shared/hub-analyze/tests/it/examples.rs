//! Every fenced example of every rule file is run: `vulnerable` must be found, `safe` must not.

use hub_analyze::testing::{scan_listing, scan_source};
use hub_engine::{Example, Level};

fn rules_found(example: &Example) -> Result<Vec<String>, String> {
    let report = if example.language == "json" {
        let listing = serde_json::from_str(&example.code).map_err(|e| format!("the example is no JSON: {e}"))?;
        scan_listing(&listing)
    } else {
        scan_source(example.language, &example.code).map_err(|e| e.to_string())?
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
