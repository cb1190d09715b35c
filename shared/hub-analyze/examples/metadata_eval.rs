//! Scores the metadata rules on a labelled set: `cargo run -p hub-analyze --example metadata_eval -- metadata-dev.jsonl detection-classes.json [-v]`.
//!
//! The measures are those of the corpus' README: a case is flagged when a finding of M01–M19 with severity medium or above
//! points at it; the class is right when one of the finding's classes is accepted for the label.

use hub_analyze::testing::scan_listing;
use hub_model::Severity;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let cases = std::fs::read_to_string(args.next().ok_or("first argument: the cases, one JSON object a line")?)?;
    let classes: Value = serde_json::from_str(&std::fs::read_to_string(args.next().ok_or("second argument: the class table")?)?)?;
    let verbose = args.next().is_some();
    let mut out = std::io::stdout().lock();
    let mut tally: BTreeMap<String, (u32, u32, u32)> = BTreeMap::new();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line)?;
        let text = |key: &str| case[key].as_str().unwrap_or_default();
        let listing = match text("kind") {
            "prompt" => json!({ "prompts": [case["tool"]] }),
            "resource" => json!({ "resources": [case["tool"]] }),
            "instructions" => json!({ "instructions": case["tool"]["description"] }),
            _ => {
                let mut tools = case["siblings"].as_array().cloned().unwrap_or_default();
                tools.insert(0, case["tool"].clone());
                json!({ "tools": tools })
            }
        };
        let report = scan_listing(&listing);
        let hits: Vec<_> = report
            .findings
            .iter()
            .filter(|f| f.severity >= Severity::Medium && f.classes.iter().any(|c| c.starts_with('M') && c.as_str() <= "M19"))
            .collect();
        let class = text("class");
        let accept = &classes["metadata"][class]["accept"];
        let right = hits.iter().any(|f| {
            f.classes
                .iter()
                .any(|c| accept.as_array().is_some_and(|a| a.iter().any(|x| x == c)))
        });
        let malicious = text("label") == "malicious";
        let hard = case["hard"].as_bool().unwrap_or(false);
        let mut keys = vec![
            if malicious { format!("class {class}") } else { "benign".to_owned() },
            format!("source {} {}", text("label"), text("source")),
        ];
        if hard {
            keys.push("benign, hard".to_owned());
        }
        if malicious && class != "overt-malicious-capability" {
            keys.push("malicious without overt".to_owned());
        }
        for key in keys {
            let t = tally.entry(key).or_default();
            t.0 += 1;
            t.1 += u32::from(!hits.is_empty());
            t.2 += u32::from(right);
        }
        if verbose && (malicious && class != "overt-malicious-capability" && !right || !malicious && !hits.is_empty()) {
            writeln!(
                out,
                "{} {} {} {} {}",
                if malicious {
                    if hits.is_empty() { "MISSED" } else { "WRONG CLASS" }
                } else {
                    "FALSE ALARM"
                },
                text("id"),
                class,
                text("source"),
                case["tool"]["name"]
            )?;
            for f in &hits {
                writeln!(
                    out,
                    "    {} {} {:?} | {} | {}",
                    f.severity,
                    f.rule_id,
                    f.field,
                    f.evidence,
                    f.description.chars().take(80).collect::<String>()
                )?;
            }
            if malicious {
                writeln!(
                    out,
                    "    {}",
                    case["tool"]["description"]
                        .as_str()
                        .unwrap_or_default()
                        .chars()
                        .take(500)
                        .collect::<String>()
                )?;
            }
        }
    }
    writeln!(
        out,
        "{:60} {:>5} {:>8} {:>6} {:>11}",
        "", "cases", "flagged", "share", "right class"
    )?;
    for (key, (cases, flagged, right)) in &tally {
        if key.starts_with("source benign") && *flagged == 0 {
            continue;
        }
        writeln!(
            out,
            "{key:60} {cases:5} {flagged:8} {:6.3} {right:11}",
            f64::from(*flagged) / f64::from(*cases)
        )?;
    }
    Ok(())
}
