//! Hostile shapes cost a warning, never the scan.

use hub_analyze::testing::{scan_listing, scan_snapshot, snapshot};
use serde_json::{Value, json};

#[test]
fn a_snapshot_without_a_server_says_what_was_looked_for() {
    let message = scan_snapshot(&snapshot(&[("README.md", "hello")]))
        .map(|_| ())
        .map_err(|e| e.to_string());
    let message = message.err().unwrap_or_default();
    assert!(message.starts_with("no MCP server found in `example`"), "{message}");
    assert!(message.contains("registers tools"), "{message}");
}

#[test]
fn a_server_that_may_lie_in_source_that_was_not_read_is_said_to() {
    let deep = format!("x = {}{}", "[".repeat(5_000), "]".repeat(5_000));
    let message = scan_snapshot(&snapshot(&[("dist/bundle.js", &deep), ("a.js", "1")]))
        .map(|_| ())
        .map_err(|e| e.to_string());
    let message = message.err().unwrap_or_default();
    assert!(
        message.contains("source that was not read: `dist/bundle.js` (too deep)"),
        "{message}"
    );
}

#[test]
fn a_handler_that_is_not_found_is_said() {
    let code = "package main\nimport \"github.com/mark3labs/mcp-go/mcp\"\nfunc main() { s.AddTool(mcp.NewTool(\"run\"), nil) }\n";
    let report = scan_snapshot(&snapshot(&[("go.mod", "module example.org/a\n"), ("main.go", code)])).expect("a server");
    assert_eq!(report.inventory.tools.len(), 1);
    assert_eq!(report.coverage.languages.get("go"), Some(&1));
    let says = |words: &[&str]| report.coverage.limits_hit.iter().any(|l| words.iter().all(|w| l.contains(w)));
    assert!(says(&["as far as names tell", "1 go"]), "{:?}", report.coverage.limits_hit);
    assert!(
        says(&["handlers of 1 tool(s) were not found", "run"]),
        "{:?}",
        report.coverage.limits_hit
    );
}

#[test]
fn wrong_shapes_cost_a_warning_each() {
    let report = scan_listing(&json!({ "tools": [
        7, null, "x",
        { "description": "no name" },
        { "name": "ok", "description": ["not", "text"], "inputSchema": "nope", "annotations": 3 },
        { "name": "\u{0}\u{1b}[2J", "inputSchema": { "properties": [1, 2] } },
    ], "prompts": [{ "name": 3 }], "resources": [{}] }));
    assert_eq!(report.inventory.tools.len(), 3);
    assert!(report.warnings.len() >= 7, "{:?}", report.warnings);
    assert!(
        report.warnings.iter().all(|w| !w.chars().any(char::is_control)),
        "{:?}",
        report.warnings
    );
}

#[test]
fn a_deep_schema_is_read_as_far_as_the_bound_and_the_rest_is_reported() {
    let mut schema = json!({ "description": "end" });
    for _ in 0..100 {
        schema = json!({ "type": "object", "properties": { "a": schema } });
    }
    let report = scan_listing(&json!({ "tools": [{ "name": "deep", "inputSchema": schema }] }));
    assert!(
        report.coverage.limits_hit.iter().any(|l| l.contains("schema levels")),
        "{:?}",
        report.coverage.limits_hit
    );
}

#[test]
fn ten_thousand_tools_and_a_megabyte_description_are_analysed() {
    let tools: Vec<Value> = (0..10_000)
        .map(|i| json!({ "name": format!("tool_{i}"), "description": "Returns a number." }))
        .collect();
    assert_eq!(scan_listing(&json!({ "tools": tools })).inventory.tools.len(), 10_000);
    let long = "Returns the value of the field. ".repeat(40_000);
    assert_eq!(
        scan_listing(&json!({ "tools": [{ "name": "long", "description": long }] }))
            .inventory
            .tools
            .len(),
        1
    );
}

#[test]
fn texts_made_to_cost_time_are_analysed_like_any_other() {
    // Each would take minutes if any step looked again and again over the same bytes.
    for unit in [
        "aB/",
        "ab ",
        "ff ",
        "%ff",
        "\\\\u0000",
        "<!--",
        "a.",
        "ignore all ",
        "\u{200b}a",
        "\"",
        "\u{1b}[",
        "不",
        "- ",
        "a@b",
        "sk-",
    ] {
        let text = unit.repeat(40_000 / unit.len());
        let report = scan_listing(&json!({ "tools": [{ "name": "slow", "description": text }] }));
        assert_eq!(report.inventory.tools.len(), 1, "{unit:?}");
    }
}
