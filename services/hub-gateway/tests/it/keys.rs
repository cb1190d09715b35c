use crate::hub::{Hub, Options, problem};
use hub_model::Role;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn without_a_key_or_with_an_unknown_one_nothing_is_answered() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    insta::assert_json_snapshot!("no_key", problem(hub.request(Method::GET, "/scans").send().await.unwrap()).await);
    let forged = format!("mh_{}_{}", acme.org.key.id().0.simple(), "0".repeat(48));
    for key in ["", "nonsense", forged.as_str()] {
        for base in [&hub.base, &hub.results] {
            let answer = hub
                .request(Method::GET, &format!("{base}/scans"))
                .header("apikey", key)
                .send()
                .await
                .unwrap();
            assert_eq!(problem(answer).await["code"], "unknown_api_key", "{key} at {base}");
        }
    }
    let answer = hub.request(Method::GET, &format!("{}/scans", hub.results)).send().await.unwrap();
    assert_eq!(answer.status(), 401, "results trusts no one in front of it");
    let answer = hub
        .request(Method::GET, "/scans")
        .header("api_key", acme.key())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "both names of the header are known");
    hub.stop().await;
}

#[tokio::test]
async fn a_revoked_key_stops_working_when_the_caches_have_forgotten_it() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    // Revoked before its first use: no cache knows it.
    assert!(hub.db.store.revoke_key(acme.org.viewer.org_id, acme.org.key.id()).await.unwrap());
    assert_eq!(acme.get("/scans").await.status(), 401);
    hub.stop().await;
}

#[tokio::test]
async fn usage_needs_the_role_of_owner_or_admin_and_counts_the_own_org_only() {
    let hub = Hub::start().await;
    let (member, admin, rival) = (
        hub.org_as("acme", Role::Member).await,
        hub.org_as("acme", Role::Admin).await,
        hub.org("rival").await,
    );
    insta::assert_json_snapshot!("role_required", problem(member.get("/usage").await).await);
    member.submit("/scan", json!({"source_url": "pkg"})).await;
    member.post("/scan", &json!({"source_url": ""})).await;
    member.get("/scan/1/diff/2").await;
    hub.request(reqwest::Method::DELETE, "/suppressions/1")
        .header("apikey", admin.key())
        .send()
        .await
        .unwrap();
    // Counters are written now and then.
    let usage = loop {
        let usage = admin.json("/usage").await;
        let forwarded = ["GET /scan/{job_id}/diff/{other_job_id}", "DELETE /suppressions/{suppression_id}"];
        if usage["by_call"]["POST /scan"] == 2 && forwarded.iter().all(|call| usage["by_call"][call] == 1) {
            break usage;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(usage["scans_submitted"], 1);
    assert!(usage["by_outcome"]["client_error"].as_u64().unwrap() >= 2, "{usage}");
    assert_eq!(rival.json("/usage").await["by_call"].get("POST /scan"), None);
    assert_eq!(rival.get("/usage?days=0").await.status(), 422);
    hub.stop().await;
}

#[tokio::test]
async fn too_many_calls_are_told_when_to_come_back() {
    let hub = Hub::start_with(Options {
        per_minute: Some(8),
        ..Options::default()
    })
    .await;
    let (acme, rival) = (hub.org("acme").await, hub.org("rival").await);
    let first = acme.get("/scans").await;
    assert_eq!(
        (first.status().as_u16(), first.headers()["ratelimit-policy"].to_str().unwrap()),
        (200, "\"calls\";q=2;w=15")
    );
    assert_eq!(acme.get("/scans").await.status(), 200);
    let refused = acme.get("/scans").await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=8).contains(&wait), "{wait}");
    assert!(refused.headers()["ratelimit"].to_str().unwrap().contains("r=0"));
    insta::assert_json_snapshot!("rate_limited", problem(refused).await);
    assert_eq!(rival.get("/scans").await.status(), 200, "each key has its own bucket");
    hub.stop().await;
}

#[tokio::test]
async fn an_org_piles_up_no_more_scans_than_it_may_and_is_nobody_else_s_trouble() {
    let hub = Hub::start_with(Options {
        waiting: Some(3),
        ..Options::default()
    })
    .await;
    let (acme, colleague, rival) = (hub.org("acme").await, hub.org("acme").await, hub.org("rival").await);
    let (package, once) = (json!({"source_url": "pkg"}), [("idempotency-key", "once")]);
    let first = acme.post_with("/scan", &package, &once).await.text().await.unwrap();
    let scan = acme.submit("/scan", json!({"source_url": "pkg"})).await;
    let two = json!({"mcp_config": {"mcpServers": {"a": {"url": "https://a.example/mcp"}, "b": {"url": "https://b.example/mcp"}}}});
    let refused = acme.post("/scan/hosted/config", &two).await;
    assert_eq!(
        (refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()),
        (429, "30")
    );
    assert_eq!(problem(refused).await["code"], "too_many_waiting");
    colleague.submit("/scan", json!({"source_url": "pkg"})).await;
    let full = colleague.post("/scan", &json!({"source_url": "pkg"})).await;
    assert_eq!(
        problem(full).await["code"],
        "too_many_waiting",
        "all keys of an org share its bound"
    );
    let repeat = acme.post_with("/scan", &package, &once).await.text().await.unwrap();
    assert_eq!(repeat, first, "a repeat is answered as the first time, however much is waiting");
    rival.submit("/scan", json!({"source_url": "pkg"})).await;
    assert_eq!(
        acme.json("/scans?mine=true").await["total"],
        3,
        "a configuration is taken whole or not at all"
    );
    assert_eq!(acme.post(&format!("/scan/{scan}/cancel"), &json!({})).await.status(), 200);
    // What has ended waits no more; the counts are made anew now and then.
    while acme.post("/scan", &json!({"source_url": "pkg"})).await.status() == 429 {
        tokio::task::yield_now().await;
    }
    hub.stop().await;
}

#[tokio::test]
async fn an_org_follows_no_more_scans_at_once_than_it_may() {
    let hub = Hub::start_with(Options {
        streams: Some(1),
        ..Options::default()
    })
    .await;
    let (acme, rival) = (hub.org("acme").await, hub.org("rival").await);
    let (first, second) = (
        acme.submit("/scan", json!({"source_url": "pkg"})).await,
        acme.submit("/scan", json!({"source_url": "pkg"})).await,
    );
    let following = acme.get(&format!("/scan/{first}/events")).await;
    assert_eq!(following.status(), 200);
    let refused = acme.get(&format!("/scan/{second}/events")).await;
    assert_eq!(
        (refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()),
        (429, "10")
    );
    assert_eq!(problem(refused).await["code"], "too_many_streams");
    assert_eq!(
        rival.get(&format!("/scan/{second}/events")).await.status(),
        200,
        "each org has its own"
    );
    hub.fail(first, "gone").await;
    assert!(following.text().await.unwrap().contains("event: failed"));
    // The server notices the end of a stream a moment later than the client.
    while acme.get(&format!("/scan/{second}/events")).await.status() == 429 {
        tokio::task::yield_now().await;
    }
    hub.stop().await;
}
