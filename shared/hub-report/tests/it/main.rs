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
