use crate::{PING_SERVER, names, set};
use hub_e2e::mcp_hub;
use serde_json::json;
use std::fs;
use tempfile::TempDir;

#[test]
fn what_was_decided_about_is_not_counted_by_the_exit_status_and_still_told() {
    let folder = TempDir::new().unwrap();
    let server = folder.path().join("server");
    fs::create_dir(&server).unwrap();
    for (path, text) in PING_SERVER {
        fs::write(server.join(path), text).unwrap();
    }
    let at = |name: &str| folder.path().join(name).display().to_string();
    let server = at("server");
    let (status, first, _) = mcp_hub(&["scan", &server, "--output", &at("first.json")], &[]).unwrap();
    assert_eq!((status, first.is_null()), (1, true));
    // What was there before is not new.
    let (status, result, said) = mcp_hub(&["scan", &server, "--baseline", &at("first.json")], &[]).unwrap();
    assert_eq!(status, 0, "{said}");
    assert_eq!(result["vulnerabilities"], json!([]));
    assert!(result["scan_metadata"]["total_suppressed"].as_u64().unwrap() > 0);
    assert_eq!(result["suppressed"][0]["by"], "baseline");
    // A decision holds until its day.
    for (expires, expected) in [("2999-12-31", 0), ("2001-01-01", 1)] {
        let config = format!(
            "[[suppress]]\nrule = 'shell-injection'\ntool = 'ping'\nreason = 'an allow-list stands before it'\nowner = 'me'\nexpires = '{expires}'\n"
        );
        fs::write(at("hub.toml"), config).unwrap();
        let (status, result, said) = mcp_hub(&["scan", &server, "--config", &at("hub.toml")], &[]).unwrap();
        assert_eq!(status, expected, "{said}");
        assert_eq!(
            names(&result["vulnerabilities"], "rule_id").contains("shell-injection"),
            expected == 1
        );
    }
    // What cannot be a decision is wrong usage.
    for config in [
        "[[suppress]]\nrule = 'shell-injection'\n",
        "[rules.no-such-rule]\nseverity = 'low'\nreason = 'x'\n",
    ] {
        fs::write(at("hub.toml"), config).unwrap();
        let (status, _, said) = mcp_hub(&["scan", &server, "--config", &at("hub.toml")], &[]).unwrap();
        assert_eq!(status, 64, "{said}");
    }
}

#[test]
fn a_definition_that_changed_since_the_baseline_is_a_finding_and_a_difference() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let listing = |description: &str, more: bool| {
        let mut tools = vec![
            json!({ "name": "add", "description": description, "inputSchema": { "type": "object", "properties": {
            "a": { "type": "number", "description": "First" } } } }),
        ];
        if more {
            tools.push(
                json!({ "name": "run_command", "description": "Runs a command.", "inputSchema": { "type": "object",
                "properties": { "command": { "type": "string", "description": "Command", "maxLength": 100 } } } }),
            );
        }
        json!({ "serverInfo": { "name": "x", "version": "1.0.0" }, "tools": tools }).to_string()
    };
    fs::write(at("old-list.json"), listing("Adds two numbers.", false)).unwrap();
    fs::write(at("new-list.json"), listing("Adds three numbers.", true)).unwrap();
    for name in ["old", "new"] {
        let list = at(&format!("{name}-list.json"));
        mcp_hub(&["scan", "--tools", &list, "--output", &at(&format!("{name}.json"))], &[]).unwrap();
    }
    let args = [
        "scan",
        "--tools",
        &at("new-list.json"),
        "--baseline",
        &at("old.json"),
        "--fail-on",
        "medium",
    ];
    let (status, result, said) = mcp_hub(&args, &[]).unwrap();
    assert_eq!(status, 1, "{said}");
    let rules = names(&result["vulnerabilities"], "rule_id");
    assert!(set(&["redefined-item", "grown-surface"]).is_subset(&rules), "{rules:?}");
    let evidence = names(&result["vulnerabilities"], "evidence");
    assert!(evidence.contains("description: Adds [-two-] {+three+} numbers."), "{evidence:?}");

    let (status, diff, said) = mcp_hub(&["diff", &at("old.json"), &at("new.json")], &[]).unwrap();
    assert_eq!(status, 1, "{said}");
    assert_eq!(diff["added"][0]["name"], "run_command");
    assert_eq!(diff["redefined"][0]["changes"][0]["diff"], "Adds [-two-] {+three+} numbers.");
    let (status, diff, _) = mcp_hub(&["diff", &at("old.json"), &at("old.json")], &[]).unwrap();
    assert_eq!((status, diff["redefined"].clone()), (0, json!([])));
    assert_eq!(mcp_hub(&["diff", &at("old.json"), &at("old-list.json")], &[]).unwrap().0, 64);
}

#[test]
fn a_live_list_is_held_against_the_published_source() {
    let folder = TempDir::new().unwrap();
    let server = folder.path().join("server");
    fs::create_dir(&server).unwrap();
    for (path, text) in PING_SERVER {
        fs::write(server.join(path), text).unwrap();
    }
    let list = folder.path().join("list.json");
    fs::write(
        &list,
        json!({ "tools": [{ "name": "ping", "description": "Pings." }, { "name": "upload", "description": "Uploads." }] }).to_string(),
    )
    .unwrap();
    let args = ["scan", "--tools", list.to_str().unwrap(), "--published", server.to_str().unwrap()];
    let (_, result, said) = mcp_hub(&args, &[]).unwrap();
    let shadow: Vec<_> = result["vulnerabilities"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|v| v["rule_id"] == "shadow-tool")
        .map(|v| v["tool_name"].clone())
        .collect();
    assert_eq!(shadow, ["upload"], "{said}");
}
