use crate::hub::{Hub, Options, id_of, problem};
use hub_model::SourceTarget;
use hub_secrets::{Credentials, open};
use hub_wire::{ConnectJob, FetchJob};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_source_scan_is_accepted_and_becomes_a_job_for_the_fetcher() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let answer = acme
        .post(
            "/scan",
            &json!({"source_url": "@scope/pkg@^2", "base_path": "src", "org_id": "ignored"}),
        )
        .await;
    assert_eq!(answer.status(), 202);
    let answer: Value = answer.json().await.unwrap();
    let keys: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["job_id", "source_url", "user_email", "job_status", "message"]);
    assert_eq!(
        (&answer["source_url"], &answer["user_email"], &answer["job_status"]),
        (&json!("@scope/pkg@^2"), &json!("user@acme.example"), &json!("initializing"))
    );
    let job: FetchJob = hub.take().await;
    assert_eq!((job.scan_id, job.attempt), (id_of(&answer), 1));
    let SourceTarget::Npm(target) = job.target else { panic!("{job:?}") };
    assert_eq!((target.name.as_str(), target.version.as_deref()), ("@scope/pkg", Some("^2")));
    hub.stop().await;
}

#[tokio::test]
async fn a_hosted_scan_becomes_a_job_whose_credentials_only_the_connector_can_open() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let body = json!({
        "endpoint_url": "https://mcp.example.com/mcp", "server_name": "demo", "expected_tools": ["a"], "transport": "sse",
        "auth_config": {"auth_type": "bearer", "bearer_token": "s3cr3t-token"},
    });
    let answer = acme.post("/scan/hosted", &body).await;
    assert_eq!(answer.status(), 202);
    let text = answer.text().await.unwrap();
    assert!(!text.contains("s3cr3t"));
    let answer: Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["job_id", "endpoint_url", "user_email", "job_status", "message"]);
    let job: ConnectJob = hub.take().await;
    let credentials = open(&hub.opening_key, job.scan_id, job.sealed_credentials.as_deref().unwrap()).unwrap();
    assert!(matches!(credentials, Credentials::Bearer { .. }));
    assert_eq!(
        hub.db.execute("select 1 from scans s where s::text like '%s3cr3t%'").await,
        0,
        "the database sees ciphertext"
    );
    let status = acme.json(&format!("/scan/{}/status", job.scan_id)).await;
    assert_eq!(
        (&status["auth_type"], &status["repo_name"], &status["scan_type"]),
        (&json!("bearer"), &json!("demo"), &json!("hosted"))
    );
    hub.stop().await;
}

#[tokio::test]
async fn a_key_in_the_endpoints_query_is_sealed_and_not_shown() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let answer = acme
        .post(
            "/scan/hosted",
            &json!({"endpoint_url": "https://mcp.example.com/mcp?api_key=s3cr3t&tenant=x"}),
        )
        .await;
    assert_eq!(answer.status(), 202);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["endpoint_url"], "https://mcp.example.com/mcp?tenant=x");
    let job: ConnectJob = hub.take().await;
    assert!(job.sealed_credentials.is_some());
    hub.stop().await;
}

#[tokio::test]
async fn a_client_configuration_becomes_one_scan_per_entry_in_its_order() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let config = json!({"mcpServers": {
        "zeta": {"url": "https://z.example.com/mcp", "headers": {"Authorization": "Bearer t0ken"}},
        "alpha": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/tmp"]},
        "middle": {"command": "uvx", "args": ["mcp-server-git"]},
        "sse": {"type": "sse", "url": "https://s.example.com/sse"},
    }});
    let answer = acme
        .post("/scan/hosted/config", &json!({"mcp_config": config, "is_private": true}))
        .await;
    assert_eq!(answer.status(), 202);
    let answers: Vec<Value> = answer.json().await.unwrap();
    let targets: Vec<&Value> = answers.iter().map(|a| a.get("endpoint_url").unwrap_or(&a["source_url"])).collect();
    assert_eq!(
        targets,
        [
            "https://z.example.com/mcp",
            "@modelcontextprotocol/server-filesystem",
            "pypi:mcp-server-git",
            "https://s.example.com/sse"
        ]
    );
    assert!(
        answers[1]["message"].as_str().unwrap().contains("source of the package"),
        "{}",
        answers[1]["message"]
    );
    let list = acme.json("/scans?visibility=private").await;
    assert_eq!(list["total"], 4);
    assert_eq!(
        list["scans"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| &s["auth_type"])
            .collect::<Vec<_>>(),
        [&json!("none"), &Value::Null, &Value::Null, &json!("bearer")]
    );
    hub.stop().await;
}

#[tokio::test]
async fn one_bad_entry_and_no_scan_is_made() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let config = json!({"mcpServers": {
        "good": {"url": "https://z.example.com/mcp"},
        "local": {"command": "node", "args": ["server.js"]},
        "placeholder": {"url": "https://z.example.com/mcp", "headers": {"Authorization": "Bearer ${TOKEN}"}},
        "inside": {"url": "http://127.0.0.1:9000/mcp"},
        "name/with~signs": {"url": "ftp://z.example.com"},
        "bad package": {"command": "npx", "args": ["Not A Package"]},
    }});
    insta::assert_json_snapshot!(
        "bad_config",
        problem(acme.post("/scan/hosted/config", &json!({"mcp_config": config})).await).await
    );
    assert_eq!(acme.json("/scans").await["total"], 0);
    let many: serde_json::Map<String, Value> = (0..101)
        .map(|n| (format!("s{n}"), json!({"url": "https://z.example.com/"})))
        .collect();
    let answer = problem(acme.post("/scan/hosted/config", &json!({"mcp_config": {"mcpServers": many}})).await).await;
    assert!(answer["errors"][0]["detail"].as_str().unwrap().contains("101"), "{answer}");
    hub.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_named_by_its_field() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    for (path, body, pointer) in [
        ("/scan", json!({}), "/source_url"),
        ("/scan", json!({"source_url": 5}), "/source_url"),
        ("/scan", json!({"source_url": "pkg", "is_private": "yes"}), "/is_private"),
        ("/scan", json!({"source_url": "https://evil.example/a/b"}), "/source_url"),
        ("/scan", json!({"source_url": "ht tp://"}), "/source_url"),
        ("/scan", json!({"source_url": "https://github.com/o/r?\u{0}"}), "/source_url"),
        (
            "/scan",
            json!({"source_url": "pkg", "version_or_commit": "--upload-pack"}),
            "/version_or_commit",
        ),
        (
            "/scan",
            json!({"source_url": "pkg@1", "version_or_commit": "2"}),
            "/version_or_commit",
        ),
        ("/scan", json!({"source_url": "pkg", "base_path": "../.."}), "/base_path"),
        ("/scan/hosted", json!({"endpoint_url": "not a url"}), "/endpoint_url"),
        (
            "/scan/hosted",
            json!({"endpoint_url": "https://user:pw@mcp.example.com/"}),
            "/endpoint_url",
        ),
        (
            "/scan/hosted",
            json!({"endpoint_url": "http://169.254.169.254/latest"}),
            "/endpoint_url",
        ),
        ("/scan/hosted", json!({"endpoint_url": "http://2130706433/"}), "/endpoint_url"),
        (
            "/scan/hosted",
            json!({"endpoint_url": "http://[::ffff:10.0.0.1]/"}),
            "/endpoint_url",
        ),
        (
            "/scan/hosted",
            json!({"endpoint_url": "https://mcp.example.com/", "transport": "pigeon"}),
            "/transport",
        ),
        (
            "/scan/hosted",
            json!({"endpoint_url": "https://mcp.example.com/", "auth_config": {"auth_type": "bearer"}}),
            "/auth_config/bearer_token",
        ),
        (
            "/scan/hosted",
            json!({"endpoint_url": "https://mcp.example.com/", "expected_tools": ["a", ""]}),
            "/expected_tools/1",
        ),
        (
            "/scan/hosted/config",
            json!({"mcp_config": {"mcpServers": {}}}),
            "/mcp_config/mcpServers",
        ),
        ("/scan/hosted/config", json!({}), "/mcp_config"),
    ] {
        let answer = problem(acme.post(path, &body).await).await;
        assert_eq!(
            (&answer["code"], &answer["errors"][0]["pointer"]),
            (&json!("validation_failed"), &json!(pointer)),
            "{body}: {answer}"
        );
    }
    let both = problem(
        acme.post(
            "/scan/hosted",
            &json!({"endpoint_url": "ftp://x", "auth_config": {"auth_type": "basic"}}),
        )
        .await,
    )
    .await;
    insta::assert_json_snapshot!("several_fields", both);
    for (body, kind, code) in [
        ("", "application/json", "malformed_json"),
        ("{", "application/json", "malformed_json"),
        ("{\"source_url\":\"pkg\"}x", "application/json", "malformed_json"),
        ("a=b", "application/x-www-form-urlencoded", "unsupported_media_type"),
    ] {
        let answer = hub
            .request(Method::POST, "/scan")
            .header("apikey", acme.key())
            .header("content-type", kind)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(problem(answer).await["code"], code, "{body}");
    }
    let huge = json!({"source_url": "x".repeat(3 << 20)});
    assert_eq!(problem(acme.post("/scan", &huge).await).await["code"], "body_too_large");
    assert_eq!(acme.json("/scans").await["total"], 0);
    hub.stop().await;
}

#[tokio::test]
async fn a_repeat_with_the_same_idempotency_key_is_answered_as_the_first_time() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let key = [("idempotency-key", "order-1")];
    let body = json!({"source_url": "pkg"});
    let first = acme.post_with("/scan", &body, &key).await.text().await.unwrap();
    let again = acme.post_with("/scan", &body, &key).await;
    assert_eq!(
        (again.status().as_u16(), again.headers()["idempotency-replayed"].to_str().unwrap()),
        (202, "true")
    );
    assert_eq!(again.text().await.unwrap(), first);
    insta::assert_json_snapshot!(
        "key_reused",
        problem(acme.post_with("/scan", &json!({"source_url": "other"}), &key).await).await
    );
    assert_eq!(
        problem(acme.post_with("/scan", &body, &[("idempotency-key", &"x".repeat(256))]).await).await["code"],
        "validation_failed"
    );
    assert_eq!(acme.json("/scans").await["total"], 1);
    hub.stop().await;
}

#[tokio::test]
async fn without_a_sealing_key_credentials_are_refused_and_other_scans_accepted() {
    let hub = Hub::start_with(Options {
        no_sealing_key: true,
        ..Options::default()
    })
    .await;
    let acme = hub.org("acme").await;
    acme.submit("/scan/hosted", json!({"endpoint_url": "https://mcp.example.com/"}))
        .await;
    let body = json!({"endpoint_url": "https://mcp.example.com/", "auth_config": {"auth_type": "bearer", "bearer_token": "t"}});
    assert_eq!(problem(acme.post("/scan/hosted", &body).await).await["code"], "unavailable");
    hub.stop().await;
}
