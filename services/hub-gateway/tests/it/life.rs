use crate::hub::{Hub, Options, problem};
use hub_model::{Digest, JobStatus, ScanId};
use hub_wire::{EventKind, FetchJob};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_scan_lives_from_submission_to_results() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let id = acme.submit("/scan", json!({"source_url": "pkg"})).await;
    let before = acme.json(&format!("/scan/{id}/results")).await;
    assert_eq!(
        (&before["complete_result"], &before["job_status"]),
        (&Value::Null, &json!("initializing"))
    );
    hub.say(
        id,
        1,
        EventKind::Entered {
            status: JobStatus::Fetching,
        },
    )
    .await;
    acme.until(id, "fetching").await;
    hub.say(
        id,
        1,
        EventKind::Resolved {
            source_version: "1.2.3".into(),
            artifact: Digest::of(b"artifact"),
        },
    )
    .await;
    hub.say(
        id,
        1,
        EventKind::Discovered {
            tools: vec!["ping".into()],
        },
    )
    .await;
    hub.say(
        id,
        1,
        EventKind::Entered {
            status: JobStatus::ScanningTools,
        },
    )
    .await;
    let scanning = acme.until(id, "scanning_tools").await;
    assert_eq!(
        scanning["scanned_tools"],
        json!([{"tool_name": "ping", "scan_status": "pending", "severity": null}])
    );
    hub.complete(id, 1).await;
    let streamed = acme.until(id, "completed").await;

    let answer = acme.get(&format!("/scan/{id}/status")).await;
    assert_eq!(answer.headers()["x-mcp-hub-job-status"], "completed");
    assert_eq!(answer.headers()["x-mcp-hub-is-private"], "false");
    assert_eq!(answer.headers()["x-mcp-hub-repo-name"], "pkg");
    assert!(!answer.headers().contains_key("x-mcp-hub-org-id"));
    let status: Value = answer.json().await.unwrap();
    assert_eq!(status, streamed, "the stream tells the same facts");
    insta::assert_json_snapshot!("status", status, {".job_id" => "[id]", ".created_at" => "[time]", ".started_at" => "[time]", ".completed_at" => "[time]"});
    let direct: Value = hub
        .request(Method::GET, &format!("{}/scan/{id}/status", hub.results))
        .header("apikey", acme.key())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(direct, status);
    let results = acme.json(&format!("/scan/{id}/results")).await;
    assert_eq!(results["complete_result"]["scan_metadata"]["overall_severity"], "High");
    assert_eq!(results["complete_result"]["scan_metadata"]["warnings"], json!(["a warning"]));
    for (format, kind) in [
        ("sarif", "application/sarif+json"),
        ("markdown", "text/markdown; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
        ("csv", "text/csv; charset=utf-8"),
    ] {
        let answer = acme.get(&format!("/scan/{id}/results?format={format}")).await;
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
            (200, kind)
        );
    }
    for format in ["pdf", "table"] {
        assert_eq!(
            acme.get(&format!("/scan/{id}/results?format={format}")).await.status(),
            422,
            "{format}"
        );
    }
    let stats = acme.json("/stats").await;
    assert_eq!(
        (&stats["by_status"]["completed"], &stats["by_category"]["injection"]),
        (&json!(1), &json!(1))
    );
    hub.stop().await;
}

#[tokio::test]
async fn a_failed_scan_says_what_to_do() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let id = acme.submit("/scan", json!({"source_url": "no-such-pkg"})).await;
    hub.fail(id, "there is no package `no-such-pkg`").await;
    let status = acme.until(id, "failed").await;
    assert_eq!(status["error_message"], "there is no package `no-such-pkg`");
    let results = acme.json(&format!("/scan/{id}/results")).await;
    assert_eq!(
        (&results["complete_result"], &results["error_message"]),
        (&Value::Null, &status["error_message"])
    );
    let answer = problem(acme.get(&format!("/scan/{id}/results?format=sarif")).await).await;
    assert_eq!(answer["code"], "wrong_state");
    hub.stop().await;
}

#[tokio::test]
async fn a_private_scan_is_closed_to_every_other_org() {
    let hub = Hub::start().await;
    let (acme, rival) = (hub.org("acme").await, hub.org("rival").await);
    let secret = acme.submit("/scan", json!({"source_url": "pkg", "is_private": true})).await;
    let open = acme.submit("/scan", json!({"source_url": "pkg"})).await;
    // Twice: from the database, then from the cache.
    for _ in 0..2 {
        for path in ["status", "results", "events"] {
            let answer = problem(rival.get(&format!("/scan/{secret}/{path}")).await).await;
            assert_eq!(
                (&answer["status"], &answer["code"]),
                (&json!(403), &json!("foreign_scan")),
                "{path}"
            );
            assert_eq!(rival.get(&format!("/scan/{open}/{path}")).await.status(), 200, "{path}");
        }
        assert_eq!(acme.get(&format!("/scan/{secret}/status")).await.status(), 200);
    }
    assert_eq!(rival.json("/scans").await["total"], 1);
    assert_eq!(rival.json("/stats").await["total_scans"], 1);
    for scan in [secret, open] {
        assert_eq!(
            rival.post(&format!("/scan/{scan}/cancel"), &json!({})).await.status(),
            403,
            "only the own org cancels"
        );
    }
    let own = acme.json(&format!("/scan/{secret}/status")).await;
    assert_eq!(own["org_id"], json!(acme.org.viewer.org_id));
    let public = acme.json(&format!("/scan/{open}/status")).await;
    for field in ["org_id", "user_id", "project_name", "registry_name"] {
        assert_eq!(public[field], Value::Null, "{field} of a public scan");
    }
    insta::assert_json_snapshot!("foreign_scan", problem(rival.get(&format!("/scan/{secret}/status")).await).await, {".instance" => "[path]"});
    hub.stop().await;
}

#[tokio::test]
async fn an_unknown_scan_is_not_found() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    for id in [ScanId::new().to_string(), "nonsense".to_owned()] {
        for path in ["status", "results", "events"] {
            assert_eq!(
                problem(acme.get(&format!("/scan/{id}/{path}")).await).await["code"],
                "scan_not_found",
                "{id}/{path}"
            );
        }
        assert_eq!(acme.post(&format!("/scan/{id}/cancel"), &json!({})).await.status(), 404);
    }
    assert_eq!(problem(acme.get("/nothing/here").await).await["code"], "no_such_path");
    let wrong = acme.get("/scan").await;
    assert_eq!(wrong.headers()["allow"], "POST");
    assert_eq!(problem(wrong).await["code"], "method_not_allowed");
    hub.stop().await;
}

#[tokio::test]
async fn cancelling_ends_a_scan_once_and_for_all() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let id = acme.submit("/scan", json!({"source_url": "pkg"})).await;
    for _ in 0..2 {
        let answer = acme.post(&format!("/scan/{id}/cancel"), &json!({})).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.json::<Value>().await.unwrap()["job_status"], "cancelled");
    }
    let other = acme.submit("/scan", json!({"source_url": "pkg"})).await;
    hub.complete(id, 1).await;
    hub.complete(other, 1).await;
    // Events are applied in order: when the later one shows, the earlier one was ignored.
    acme.until(other, "completed").await;
    assert_eq!(acme.json(&format!("/scan/{id}/status")).await["job_status"], "cancelled");
    hub.stop().await;
}

#[tokio::test]
async fn a_scan_that_stops_moving_is_driven_again_and_fails_in_the_end() {
    let hub = Hub::start_with(Options {
        stuck_secs: Some(0.5),
        ..Options::default()
    })
    .await;
    let acme = hub.org("acme").await;
    let id = acme.submit("/scan", json!({"source_url": "pkg"})).await;
    for attempt in 1..=3 {
        // A worker takes it and dies with it.
        let job: FetchJob = hub.take().await;
        assert_eq!((job.scan_id, job.attempt), (id, attempt));
        hub.say(
            id,
            attempt,
            EventKind::Entered {
                status: JobStatus::Fetching,
            },
        )
        .await;
    }
    let status = acme.until(id, "failed").await;
    assert!(status["error_message"].as_str().unwrap().contains("3 attempts"), "{status}");
    hub.stop().await;
}

#[tokio::test]
async fn a_dead_letter_fails_its_scan_with_a_reason() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let id = acme.submit("/scan", json!({"source_url": "pkg"})).await;
    hub.bury(id).await;
    let status = acme.until(id, "failed").await;
    assert!(status["error_message"].as_str().unwrap().contains("given up"), "{status}");
    hub.stop().await;
}
