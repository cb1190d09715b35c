//! One report, every format: what people see is compared with `tests/golden/`. Run with `UPDATE_GOLDEN=1` to write the files anew.

use hub_model::Report;
use hub_report::{AnswerFormat, Format, complete_result};
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// A report over hostile texts, as the analysis stored it.
fn report() -> Report {
    let text = std::fs::read_to_string(golden("report.json")).unwrap_or_else(|e| panic!("tests/golden/report.json: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("tests/golden/report.json is no report: {e}"))
}

#[test]
fn every_format_prints_the_same_report_as_before() {
    let report = report();
    for format in Format::ALL {
        let printed = format.write(&report, "https://example.com/mcp");
        let path = golden(&format!("hostile.{}", format.as_str()));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &printed).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(printed == expected, "{} differs:\n{printed}", path.display());
    }
}

#[test]
fn the_table_is_no_answer_of_the_api() {
    for format in Format::ALL {
        let read = format.as_str().parse::<AnswerFormat>();
        assert_eq!(read.is_ok(), format != Format::Table, "{}", format.as_str());
    }
}

#[test]
fn resources_and_prompts_have_the_fields_that_tools_have() {
    let document = complete_result(&report());
    for list in ["resources_scanned", "prompts_scanned"] {
        let item = &document[list][0];
        for key in [
            "name",
            "description",
            "file",
            "line",
            "definition_hash",
            "capabilities",
            "severity",
            "vulnerability_ids",
            "discovered",
        ] {
            assert!(item.get(key).is_some(), "{list}[0].{key}");
        }
    }
    assert!(document["resources_scanned"][0].get("annotations").is_some());
}

#[test]
fn no_format_prints_a_control_direction_or_invisible_character() {
    let report = report();
    for format in Format::ALL {
        let printed = format.write(&report, "a\u{1b}[2J\u{202e}b");
        let bad = printed.chars().find(|c| {
            c.is_control() && !matches!(c, '\n' | '\r') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}')
        });
        assert_eq!(bad, None, "{}", format.as_str());
    }
}

#[test]
fn the_html_page_holds_no_markup_of_the_server() {
    let page = Format::Html.write(&report(), "<script>alert(1)</script>");
    assert!(!page.contains("<script"), "{page}");
    assert!(!page.contains("<img"), "{page}");
    assert!(page.contains("&lt;script&gt;"), "{page}");
}

#[test]
fn a_cell_that_looks_like_a_formula_is_quoted_as_text() {
    let csv = Format::Csv.write(&report(), "x");
    assert!(
        csv.lines()
            .skip(1)
            .all(|l| !l.split(',').any(|c| c.trim_matches('"').starts_with(['=', '@']))),
        "{csv}"
    );
}

#[test]
fn the_complete_result_has_the_fields_that_the_api_promises() {
    let document = complete_result(&report());
    for key in [
        "schema_version",
        "coverage",
        "scan_metadata",
        "tools_scanned",
        "resources_scanned",
        "prompts_scanned",
        "vulnerabilities",
    ] {
        assert!(document.get(key).is_some(), "{key}");
    }
    let metadata = &document["scan_metadata"];
    for key in [
        "overall_severity",
        "total_vulnerabilities",
        "severity_counts",
        "score",
        "grade",
        "scan_version",
        "source_version",
        "artifact_digest",
        "duration_ms",
        "languages",
        "files_scanned",
        "server_info",
        "protocol_version",
        "warnings",
    ] {
        assert!(metadata.get(key).is_some(), "scan_metadata.{key}");
    }
    let finding = &document["vulnerabilities"][0];
    for key in [
        "id",
        "rule_id",
        "title",
        "category",
        "detection_classes",
        "severity",
        "confidence",
        "evidence_level",
        "flow",
        "description",
        "evidence",
        "remediation",
        "tool_name",
        "location",
        "cwe",
        "owasp_mcp",
        "owasp_llm",
        "references",
    ] {
        assert!(finding.get(key).is_some(), "vulnerabilities[0].{key}");
    }
    let tool = &document["tools_scanned"][0];
    for key in [
        "name",
        "description",
        "input_schema",
        "annotations",
        "file",
        "line",
        "definition_hash",
        "capabilities",
        "severity",
        "vulnerability_ids",
        "discovered",
    ] {
        assert!(tool.get(key).is_some(), "tools_scanned[0].{key}");
    }
    let ids = &tool["vulnerability_ids"];
    assert!(ids.as_array().is_some_and(|l| l.contains(&finding["id"])) || finding["tool_name"] != tool["name"]);
}

mod decisions {
    use super::report;
    use chrono::NaiveDate;
    use hub_model::{Report, Subject, SuppressedBy};
    use hub_report::{Diff, Format, Policy, ReadReport, complete_result};

    const TODAY: &str = "2026-11-24";

    fn apply(toml: &str, baseline: Option<&Report>) -> Report {
        let mut policy = Policy::from_toml(toml).unwrap_or_else(|e| panic!("{e}"));
        if let Some(baseline) = baseline {
            policy.add_baseline(&complete_result(baseline)).unwrap_or_else(|e| panic!("{e}"));
        }
        let mut report = report();
        policy.apply(&mut report, TODAY.parse::<NaiveDate>().unwrap_or_default());
        report
    }

    /// A suppression of the report's first finding about a tool.
    fn suppression(expires: &str) -> (String, String) {
        let report = report();
        let finding = report.findings.iter().find(|f| matches!(f.subject, Subject::Tool(_)));
        let finding = finding.unwrap_or_else(|| panic!("the report has a finding about a tool"));
        let Subject::Tool(tool) = &finding.subject else { panic!("a tool") };
        let text = format!(
            "[[suppress]]\nrule = '{}'\ntool = {}\nreason = 'checked by hand'\nowner = 'me@acme.example'\nexpires = '{expires}'\n",
            finding.rule_id,
            serde_json::Value::String(tool.clone())
        );
        (text, finding.fingerprint.clone())
    }

    #[test]
    fn a_suppressed_finding_is_not_counted_and_shown_in_every_format() {
        let (toml, id) = suppression(TODAY);
        let suppressed = apply(&toml, None);
        assert!(suppressed.findings.iter().all(|f| f.fingerprint != id));
        assert!(
            suppressed
                .suppressed
                .iter()
                .any(|s| s.fingerprint == id && s.by == SuppressedBy::Suppression)
        );
        assert!(suppressed.score >= report().score);
        for format in Format::ALL {
            let text = format.write(&suppressed, "x");
            assert!(text.contains("checked by hand"), "{}: {text}", format.as_str());
        }
        let document = complete_result(&suppressed);
        assert_eq!(document["scan_metadata"]["total_suppressed"], suppressed.suppressed.len());
        assert_eq!(document["suppressed"][0]["owner"], "me@acme.example");
        let sarif: serde_json::Value = serde_json::from_str(&Format::Sarif.write(&suppressed, "x")).unwrap_or_default();
        let results = sarif["runs"][0]["results"].as_array().cloned().unwrap_or_default();
        assert_eq!(results.len(), report().findings.len());
        assert!(results.iter().any(|r| r["suppressions"][0]["justification"] == "checked by hand"));
    }

    #[test]
    fn an_expired_suppression_does_not_suppress_and_says_so() {
        let (toml, id) = suppression("2026-11-23");
        let report = apply(&toml, None);
        assert!(report.findings.iter().any(|f| f.fingerprint == id));
        assert!(report.suppressed.is_empty());
        assert!(
            report
                .warnings
                .iter()
                .any(|w| w.contains("expired on 2026-11-23") && w.contains("me@acme.example")),
            "{:?}",
            report.warnings
        );
    }

    #[test]
    fn a_suppression_that_is_not_narrow_owned_and_dated_is_refused() {
        let good = "rule = 'a'\ntool = 't'\nreason = 'r'\nowner = 'o'\nexpires = '2026-12-31'\n";
        assert!(Policy::from_toml(&format!("[[suppress]]\n{good}")).is_ok());
        for (from, to) in [
            ("tool = 't'\n", ""),
            ("tool = 't'", "path = '**'"),
            ("rule = 'a'", "rule = '*'"),
            ("reason = 'r'", "reason = ' '"),
            ("owner = 'o'\n", ""),
            ("expires = '2026-12-31'\n", ""),
            ("expires = '2026-12-31'", "expires = 'never'"),
            ("tool = 't'", "tools = 't'"),
        ] {
            assert!(
                Policy::from_toml(&format!("[[suppress]]\n{}", good.replace(from, to))).is_err(),
                "{to}"
            );
        }
        assert!(Policy::from_toml("[rules.a]\nseverity = 'low'\nreason = ''\n").is_err());
        assert!(Policy::from_toml("[rules.a]\nseverity = 'tiny'\nreason = 'r'\n").is_err());
    }

    #[test]
    fn a_rule_may_count_for_less_and_the_report_says_so() {
        let rule = report().findings[0].rule_id.clone();
        let report = apply(&format!("[rules.{rule}]\nseverity = 'low'\nreason = 'not ours'\n"), None);
        assert!(
            report
                .findings
                .iter()
                .filter(|f| f.rule_id == rule)
                .all(|f| f.severity <= hub_model::Severity::Low)
        );
        assert!(report.warnings.iter().any(|w| w.contains("not ours")));
    }

    #[test]
    fn a_baseline_leaves_what_is_new_or_worse() {
        let mut before = report();
        assert!(apply("", Some(&before)).findings.is_empty());
        let gone = before.findings.remove(0);
        let milder = &mut before.findings[0];
        let worse = milder.fingerprint.clone();
        milder.severity = hub_model::Severity::Info;
        let left: Vec<String> = apply("", Some(&before)).findings.into_iter().map(|f| f.fingerprint).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(left.contains(&gone.fingerprint) && left.contains(&worse));
    }

    #[test]
    fn a_report_reads_back_as_it_was_and_differs_in_nothing_from_itself() {
        let report = report();
        let read = ReadReport::from_json(&complete_result(&report)).unwrap_or_else(|e| panic!("{e}"));
        let same = Diff::between(&ReadReport::from(&report), &read);
        assert!(
            same.items.is_empty() && same.findings_new.is_empty() && same.findings_fixed.is_empty(),
            "{}",
            same.table()
        );
        assert!(same.table().contains("nothing changed"));
        let mut other = report.clone();
        other.inventory.tools[0].description = Some("Says something else.".to_owned());
        other.inventory.tools.remove(1);
        other.findings.remove(0);
        let diff = Diff::between(&read, &ReadReport::from(&other));
        assert_eq!(
            (diff.items.redefined.len(), diff.items.removed.len(), diff.findings_fixed.len()),
            (1, 1, 1)
        );
        let bad = |text: &str| {
            text.chars()
                .any(|c| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}'))
        };
        assert!(!bad(&diff.table()) && !bad(&diff.json()));
        assert!(ReadReport::from_json(&serde_json::json!({"tools": []})).is_err());
    }
}

/// `docs/report.schema.json` says what stands in a report: each value fits, and no member stands there that it does not name.
mod schema {
    use super::report;
    use hub_report::{Fleet, FleetServer, Policy, complete_result};
    use serde_json::Value;

    const SCHEMA: &str = include_str!("../../../../docs/report.schema.json");

    fn faults(root: &Value, schema: &Value, value: &Value, at: &str, out: &mut Vec<String>) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = root.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
            return faults(root, target, value, at, out);
        }
        if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
            let fits = choices.iter().any(|choice| {
                let mut found = Vec::new();
                faults(root, choice, value, at, &mut found);
                found.is_empty()
            });
            if !fits {
                out.push(format!("{at} fits none of the choices"));
            }
            return;
        }
        if schema.get("const").is_some_and(|c| c != value) {
            out.push(format!("{at} is not the constant"));
        }
        if schema
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(|list| !list.contains(value))
        {
            out.push(format!("{at} is {value}, which is not in the list"));
        }
        if let Some(wanted) = schema.get("type") {
            let is = match value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(n) if n.is_i64() || n.is_u64() => "integer",
                Value::Number(_) => "number",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            let fits = wanted == is || wanted.as_array().is_some_and(|l| l.iter().any(|w| w == is));
            if !fits {
                out.push(format!("{at} is of type {is}, not {wanted}"));
            }
        }
        if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
            for (n, item) in list.iter().enumerate() {
                faults(root, items, item, &format!("{at}/{n}"), out);
            }
        }
        let Some(members) = value.as_object() else { return };
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !members.contains_key(name.as_str().unwrap_or_default()) {
                out.push(format!("{at} has no {name}"));
            }
        }
        let known = schema.get("properties").and_then(Value::as_object);
        for (name, member) in members {
            let at = format!("{at}/{name}");
            match known.and_then(|k| k.get(name)).or_else(|| schema.get("additionalProperties")) {
                Some(schema) => faults(root, schema, member, &at, out),
                None if known.is_some() => out.push(format!("{at} is not documented")),
                None => {}
            }
        }
    }

    #[test]
    fn every_report_is_as_the_schema_says_and_names_nothing_beyond() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap_or_else(|e| panic!("docs/report.schema.json: {e}"));
        let plain = report();
        let mut decided = report();
        let mut policy = Policy::default();
        policy.add_baseline(&complete_result(&plain)).unwrap_or_else(|e| panic!("{e}"));
        policy.apply(&mut decided, chrono::NaiveDate::default());
        let fleet = Fleet {
            together: decided.clone(),
            servers: vec![
                FleetServer {
                    name: "a".to_owned(),
                    target: "pkg".to_owned(),
                    outcome: Ok(plain.clone()),
                },
                FleetServer {
                    name: "b".to_owned(),
                    target: "x".to_owned(),
                    outcome: Err("not there".to_owned()),
                },
            ],
        };
        for document in [complete_result(&plain), complete_result(&decided), fleet.document()] {
            let mut found = Vec::new();
            faults(&schema, &schema, &document, "", &mut found);
            assert!(found.is_empty(), "{}", found.join("\n"));
        }
        let mut broken = complete_result(&plain);
        broken["vulnerabilities"][0]["severity"] = "Huge".into();
        broken["surprise"] = true.into();
        let mut found = Vec::new();
        faults(&schema, &schema, &broken, "", &mut found);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
