use crate::hub::{Client, Hub, problem};
use hub_model::{Discovered, Finding, Report, Role, ScanId, Tool};
use reqwest::Method;
use serde_json::{Value, json};

/// A report of one tool with one finding.
fn report(description: &str) -> Report {
    let finding: Finding = serde_json::from_value(json!({
        "fingerprint": "f00d", "rule_id": "shell-injection", "title": "An argument reaches a shell", "category": "injection",
        "classes": ["S01"], "severity": "Critical", "confidence": "high", "evidence_level": "reachable",
        "subject": { "kind": "tool", "name": "ping" }, "description": "d", "evidence": "exec(host)", "remediation": "r",
        "location": { "file": "src/index.js", "line": 3, "column": 1, "end_line": 3 }, "field": null, "flow": [], "cwe": [78],
        "owasp_mcp": [], "owasp_llm": [], "references": [],
    }))
    .unwrap();
    let mut report = Hub::report();
    report.inventory.tools = vec![Tool {
        description: Some(description.to_owned()),
        ..Tool::named("ping", Discovered::Static, "test")
    }];
    report.findings = vec![finding];
    report.recount();
    report
}

fn decision() -> Value {
    json!({ "rule": "shell-injection", "tool": "ping", "reason": "checked before", "owner": "me@acme.example", "expires": "2999-12-31" })
}

async fn completed(hub: &Hub, org: &Client<'_>, body: Value, report: Report) -> ScanId {
    let id = org.submit("/scan", body).await;
    hub.complete_with(id, 1, report).await;
    org.until(id, "completed").await;
    id
}

#[tokio::test]
async fn a_suppression_is_applied_to_what_its_own_org_reads_and_leaves_a_trail() {
    let hub = Hub::start().await;
    let (acme, rival) = (hub.org("acme").await, hub.org("rival").await);
    let member = hub.org_as("acme", Role::Member).await;
    let id = completed(&hub, &acme, json!({ "source_url": "pkg" }), report("Pings.")).await;
    let path = format!("/scan/{id}/results");
    let made = acme.post("/suppressions", &decision()).await;
    assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    let made: Value = made.json().await.unwrap();
    assert_eq!(
        (&made["state"], &made["created_by"]),
        (&json!("active"), &json!("user@acme.example"))
    );

    let own = acme.json(&path).await["complete_result"].clone();
    assert_eq!(own["vulnerabilities"], json!([]));
    assert_eq!(own["scan_metadata"]["total_suppressed"], 1);
    assert_eq!(own["suppressed"][0]["reason"], "checked before");
    assert_eq!(own["suppressed"][0]["vulnerability"]["evidence"], "exec(host)");
    let sarif = acme.get(&format!("{path}?format=sarif")).await.text().await.unwrap();
    assert!(sarif.contains("\"suppressions\"") && sarif.contains("checked before"));
    let other = rival.json(&path).await["complete_result"].clone();
    assert_eq!(other["vulnerabilities"][0]["rule_id"], "shell-injection");
    assert_eq!(rival.json("/suppressions").await["suppressions"], json!([]));

    // Who may only scan may see it, and not change it.
    assert_eq!(member.json("/suppressions").await["suppressions"][0]["decision"]["tool"], "ping");
    assert_eq!(member.post("/suppressions", &decision()).await.status(), 403);
    let end = |client: &Client<'_>| {
        let path = format!("/suppressions/{}", made["suppression_id"].as_str().unwrap());
        hub.request(Method::DELETE, &path).header("apikey", client.key()).send()
    };
    assert_eq!(end(&member).await.unwrap().status(), 403);
    assert_eq!(end(&rival).await.unwrap().status(), 404);
    assert_eq!(end(&acme).await.unwrap().status(), 204);
    assert_eq!(problem(end(&acme).await.unwrap()).await["code"], "suppression_not_found");
    assert_eq!(acme.json("/suppressions").await["suppressions"], json!([]));
    let trail = acme.json("/suppressions?all=true").await["suppressions"][0].clone();
    assert_eq!(
        (&trail["state"], &trail["ended_by"]),
        (&json!("ended"), &json!("user@acme.example"))
    );
    assert_eq!(
        acme.json(&path).await["complete_result"]["vulnerabilities"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    hub.stop().await;
}

#[tokio::test]
async fn an_expired_suppression_does_not_suppress_and_the_results_say_so() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let id = completed(&hub, &acme, json!({ "source_url": "pkg" }), report("Pings.")).await;
    let mut past = decision();
    past["expires"] = json!("2001-01-01");
    assert_eq!(acme.post("/suppressions", &past).await.status(), 201);
    let result = acme.json(&format!("/scan/{id}/results")).await["complete_result"].clone();
    assert_eq!(result["vulnerabilities"].as_array().unwrap().len(), 1);
    assert!(
        result["scan_metadata"]["warnings"].to_string().contains("expired on 2001-01-01"),
        "{result}"
    );
    assert_eq!(acme.json("/suppressions").await["suppressions"][0]["state"], "expired");
    hub.stop().await;
}

#[tokio::test]
async fn a_suppression_that_is_too_wide_or_not_owned_is_refused() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    for (field, value) in [
        ("tool", Value::Null),
        ("owner", json!("")),
        ("reason", json!(" ")),
        ("rule", json!("*")),
        ("expires", json!("never")),
        ("reason", json!("a\u{7}b")),
        ("path", json!("a".repeat(301))),
        ("everything", json!(true)),
    ] {
        let mut body = decision();
        body[field] = value;
        let answer = acme.post("/suppressions", &body).await;
        assert_eq!(answer.status(), 422, "{body}");
        if field == "path" {
            let problem = problem(answer).await;
            assert_eq!(problem["errors"][0]["pointer"], "/path", "{problem}");
        }
    }
    let mut longest = decision();
    longest["path"] = json!("a".repeat(300));
    assert_eq!(acme.post("/suppressions", &longest).await.status(), 201);
    hub.stop().await;
}

#[tokio::test]
async fn two_scans_of_a_server_are_compared() {
    let hub = Hub::start().await;
    let (acme, rival) = (hub.org("acme").await, hub.org("rival").await);
    let body = json!({ "source_url": "pkg", "version_or_commit": "latest" });
    let old = completed(&hub, &acme, body.clone(), report("Pings a host.")).await;
    let mut after = report("Pings any host.");
    after.findings.clear();
    after.recount();
    let new = completed(&hub, &acme, body, after).await;
    let answer = acme.get(&format!("/scan/{old}/diff/{new}")).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    let diff: Value = answer.json().await.unwrap();
    assert_eq!(
        (&diff["same_target"], &diff["added"], &diff["removed"]),
        (&json!(true), &json!([]), &json!([]))
    );
    assert_eq!(diff["redefined"][0]["name"], "ping");
    assert_eq!(diff["redefined"][0]["changes"][0]["diff"], "Pings [-a-] {+any+} host.");
    assert_eq!(diff["findings_fixed"][0]["rule_id"], "shell-injection");
    assert_eq!(diff["findings_new"], json!([]));

    let private = completed(&hub, &acme, json!({ "source_url": "pkg", "is_private": true }), report("Pings.")).await;
    assert_eq!(rival.get(&format!("/scan/{old}/diff/{private}")).await.status(), 403);
    assert_eq!(acme.get(&format!("/scan/{old}/diff/{private}")).await.status(), 200);
    let waiting = acme.submit("/scan", json!({ "source_url": "pkg" })).await;
    assert_eq!(acme.get(&format!("/scan/{old}/diff/{waiting}")).await.status(), 409);
    assert_eq!(acme.get(&format!("/scan/{old}/diff/{}", ScanId::new())).await.status(), 404);
    hub.stop().await;
}

#[tokio::test]
async fn a_live_list_is_held_only_against_a_published_scan_that_understood_every_registration() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let hosted = |published: ScanId| json!({ "endpoint_url": "https://mcp.example.com/mcp", "published_scan": published });
    let mut unclear = report("Pings.");
    unclear.inventory.gaps = vec![
        serde_json::from_value(json!({
            "at": { "file": "src/index.js", "line": 3, "column": 1, "end_line": 3 }, "what": "registerTool with a computed name",
            "reason": "computed at run time",
        }))
        .unwrap(),
    ];
    let unclear = completed(&hub, &acme, json!({ "source_url": "pkg" }), unclear).await;
    let refused = problem(acme.post("/scan/hosted", &hosted(unclear)).await).await;
    assert_eq!(
        (&refused["status"], &refused["errors"][0]["pointer"]),
        (&json!(422), &json!("/published_scan"))
    );
    let why = refused["errors"][0]["detail"].as_str().unwrap();
    assert!(
        why.contains("registerTool with a computed name") && why.contains("expected_tools"),
        "{why}"
    );

    // What the source declares was not written by this client, so no field of its is at fault.
    let mut odd = report("Pings.");
    odd.inventory.tools.push(Tool::named("x".repeat(500), Discovered::Static, "test"));
    let odd = completed(&hub, &acme, json!({ "source_url": "pkg" }), odd).await;
    acme.submit("/scan/hosted", hosted(odd)).await;
    hub.stop().await;
}
