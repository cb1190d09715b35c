use hub_e2e::TestHub;
use hub_testing::registries::NpmRegistry;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn lists_counts_and_usage_tell_what_was_done() {
    let registry = NpmRegistry::start().await;
    registry.publish("ping-server", "1.0.0", crate::PING_SERVER);
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", registry.url())]).await.unwrap();
    let (acme, rival) = (hub.org("acme").unwrap(), hub.org("rival").unwrap());
    for private in [false, true] {
        let scan = acme
            .scan(&json!({ "source_url": "ping-server", "is_private": private }))
            .await
            .unwrap();
        acme.completed(&scan).await.unwrap();
    }
    for (org, filter, total) in [
        (&acme, "", 2),
        (&rival, "", 1),
        (&acme, "?visibility=private", 1),
        (&acme, "?visibility=public", 1),
        (&rival, "?visibility=private", 0),
        (&acme, "?scan_type=hosted", 0),
        (&acme, "?repo_name=ping*", 2),
        (&acme, "?repo_name=other", 0),
        (&acme, "?job_status=completed&severity=Critical", 2),
        (&acme, "?created_after=2999-01-01T00:00:00Z", 0),
    ] {
        assert_eq!(org.get_json(&format!("/scans{filter}")).await.unwrap()["total"], total, "{filter}");
    }
    let page = acme.get_json("/scans?limit=1").await.unwrap();
    assert_eq!(page["scans"].as_array().unwrap().len(), 1);
    let next = acme
        .get_json(&format!("/scans?limit=1&cursor={}", page["next_cursor"].as_str().unwrap()))
        .await
        .unwrap();
    assert_ne!(page["scans"][0]["job_id"], next["scans"][0]["job_id"]);

    let stats = acme.get_json("/stats").await.unwrap();
    assert!(stats.to_string().contains("completed"), "{stats}");
    let usage = acme.get_json("/usage").await.unwrap();
    assert!(usage.is_object(), "{usage}");
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_carries_its_facts_as_headers_too() {
    let registry = NpmRegistry::start().await;
    registry.publish("ping-server", "1.0.0", crate::PING_SERVER);
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", registry.url())]).await.unwrap();
    let acme = hub.org("acme").unwrap();
    let scan = acme.scan(&json!({ "source_url": "ping-server" })).await.unwrap();
    acme.completed(&scan).await.unwrap();
    let answer = acme.get(&format!("/scan/{}/status", scan.0)).await.unwrap();
    let headers = answer.headers().clone();
    assert_eq!(headers["x-mcp-hub-scan-type"], "source");
    assert_eq!(headers["x-mcp-hub-is-private"], "false");
    assert_eq!(headers["x-mcp-hub-repo-name"], "ping-server");
    let status: Value = answer.json().await.unwrap();
    assert_eq!(status["overall_severity"], "Critical");
    // A public job belongs to nobody in particular.
    for field in ["org_id", "user_id", "project_name", "registry_name"] {
        assert_eq!(status[field], Value::Null, "{field}");
    }
    assert_eq!(status["scanned_tools"][0]["tool_name"], "ping");
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_docs_page_loads_nothing_from_elsewhere_and_needs_no_key() {
    let hub = TestHub::start().await.unwrap();
    let nobody = hub.org("acme").unwrap().with_key("");
    let document = nobody.get_json("/openapi.json").await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in [
        "/scan",
        "/scan/hosted",
        "/scan/hosted/config",
        "/scan/{job_id}/status",
        "/scan/{job_id}/results",
        "/scans",
        "/stats",
        "/usage",
    ] {
        assert!(
            document["paths"].as_object().unwrap().keys().any(|p| p.ends_with(path)),
            "{path} is not in the document"
        );
    }
    let page = nobody.get("/docs/").await.unwrap();
    assert_eq!(page.status(), 200);
    let html = page.text().await.unwrap();
    assert!(!html.contains("https://") && !html.contains("http://"), "{html}");
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_gives_the_same_job_and_another_body_is_refused() {
    let hub = TestHub::start().await.unwrap();
    let acme = hub.org("acme").unwrap();
    let (first, again) = (json!({ "source_url": "pkg-a" }), json!({ "source_url": "pkg-b" }));
    let answer = |body: Value| {
        let acme = acme.clone();
        async move { acme.post_with("/scan", &body, &[("idempotency-key", "once")]).await.unwrap() }
    };
    let one: Value = answer(first.clone()).await.json().await.unwrap();
    let two: Value = answer(first).await.json().await.unwrap();
    assert_eq!(one["job_id"], two["job_id"]);
    assert_eq!(answer(again).await.status(), 422);
    acme.ended(&hub_e2e::scan_of(&one).unwrap()).await.unwrap();
    hub.finish().await.unwrap();
}
