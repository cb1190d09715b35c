use crate::{PING_SERVER, finding_ids, names, set};
use hub_e2e::{TestHub, mcp_hub};
use hub_testing::git_server::GitServer;
use hub_testing::npm_server::{EVERYTHING, NpmPackage};
use serde_json::json;

const FILESYSTEM: NpmPackage = NpmPackage {
    name: "@modelcontextprotocol/server-filesystem",
    version: "2026.8.31",
    entry: "dist/index.js",
    beside: &[],
};

/// The address that npm itself is configured with.
pub(crate) fn npm_registry() -> String {
    if let Ok(url) = std::env::var("NPM_CONFIG_REGISTRY") {
        return url;
    }
    let asked = std::process::Command::new("npm")
        .args(["config", "get", "registry"])
        .output()
        .unwrap();
    String::from_utf8(asked.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_npm_server_is_scanned_with_every_tool_that_it_really_lists() {
    let registry = npm_registry();
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", &registry)]).await.unwrap();
    let acme = hub.org("acme").unwrap();
    let spec = format!("{}@{}", FILESYSTEM.name, FILESYSTEM.version);
    let scan = acme.scan(&json!({ "source_url": spec })).await.unwrap();
    let result = acme.completed(&scan).await.unwrap();

    let script = tokio::task::spawn_blocking(|| FILESYSTEM.install()).await.unwrap().unwrap();
    let command = format!("node {} /tmp", script.display());
    let (status, live, said) = mcp_hub(&["discover", "--stdio", &command, "--format", "json"], &[]).unwrap();
    assert_eq!(status, 0, "{said}");
    let real = names(&live["tools_scanned"], "name");
    assert!(!real.is_empty());
    assert_eq!(names(&result["tools_scanned"], "name"), real);

    let status = acme.get_json(&format!("/scan/{}/status", scan.0)).await.unwrap();
    assert_eq!(status["source_version"], FILESYSTEM.version);
    assert_eq!(status["total_tools_scanned"], real.len());

    // The same target on the command line gives the same findings.
    let (_, alone, said) = mcp_hub(&["scan", &spec, "--format", "json"], &[("NPM_CONFIG_REGISTRY", &registry)]).unwrap();
    assert_eq!(finding_ids(&alone), finding_ids(&result), "{said}");
    assert_eq!(
        alone["scan_metadata"]["artifact_digest"],
        result["scan_metadata"]["artifact_digest"]
    );
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_server_s_source_lists_what_the_running_one_does() {
    let registry = npm_registry();
    let hub = TestHub::start_with(&[("NPM_CONFIG_REGISTRY", &registry)]).await.unwrap();
    let acme = hub.org("acme").unwrap();
    let scan = acme
        .scan(&json!({ "source_url": EVERYTHING.name, "version_or_commit": EVERYTHING.version }))
        .await
        .unwrap();
    let result = acme.completed(&scan).await.unwrap();
    let script = tokio::task::spawn_blocking(|| EVERYTHING.install()).await.unwrap().unwrap();
    let (status, live, said) = mcp_hub(
        &[
            "discover",
            "--stdio",
            &format!("node {} stdio", script.display()),
            "--format",
            "json",
        ],
        &[],
    )
    .unwrap();
    assert_eq!(status, 0, "{said}");
    let missed = &names(&live["tools_scanned"], "name") - &names(&result["tools_scanned"], "name");
    assert!(missed.is_empty(), "missed {missed:?}");
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_scan_of_a_repository_is_invisible_to_another_org() {
    let git = GitServer::start().await;
    let repo = git.repo("acme/ping");
    let commit = repo.commit("main", PING_SERVER);
    let hub = TestHub::start().await.unwrap();
    let (acme, rival) = (hub.org("acme").unwrap(), hub.org("rival").unwrap());
    let scan = acme.scan(&json!({ "source_url": repo.url(), "is_private": true })).await.unwrap();
    let result = acme.completed(&scan).await.unwrap();
    assert_eq!(names(&result["tools_scanned"], "name"), set(&["ping"]));
    let found = result["vulnerabilities"].as_array().unwrap();
    let shell = found.iter().find(|v| v["rule_id"] == "shell-injection").unwrap();
    assert_eq!(
        (&shell["location"]["file"], &shell["location"]["line"]),
        (&json!("index.js"), &json!(8))
    );
    assert_eq!(
        (&shell["tool_name"], &shell["evidence_level"]),
        (&json!("ping"), &json!("reachable"))
    );

    let status = acme.get_json(&format!("/scan/{}/status", scan.0)).await.unwrap();
    assert_eq!((&status["source_version"], &status["is_private"]), (&json!(commit), &json!(true)));
    for path in ["status", "results"] {
        let answer = rival.get(&format!("/scan/{}/{path}", scan.0)).await.unwrap();
        assert_eq!(answer.status(), 403, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(rival.get_json("/scans").await.unwrap()["scans"], json!([]));
    assert_eq!(acme.get_json("/scans").await.unwrap()["total"], 1);
    assert_eq!(
        rival
            .get("/scan/01890a5d-ac96-774b-bcce-b302099a8057/status")
            .await
            .unwrap()
            .status(),
        404
    );
    hub.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_a_tag_a_commit_and_a_subdirectory_each_name_what_is_scanned() {
    let git = GitServer::start().await;
    let repo = git.repo("acme/mono");
    let nested: Vec<(String, &str)> = PING_SERVER
        .iter()
        .map(|(path, text)| (format!("servers/ping/{path}"), *text))
        .collect();
    let first: Vec<(&str, &str)> = nested.iter().map(|(p, t)| (p.as_str(), *t)).collect();
    let old = repo.commit("main", &first);
    repo.tag("v1");
    let renamed = PING_SERVER[1].1.replace("\"ping\"", "\"pong\"");
    let new = repo.commit(
        "next",
        &[("servers/ping/package.json", PING_SERVER[0].1), ("servers/ping/index.js", &renamed)],
    );
    repo.allow_any_commit();
    let hub = TestHub::start().await.unwrap();
    let acme = hub.org("acme").unwrap();
    for (version, commit, tool) in [
        ("v1", &old, "ping"),
        ("next", &new, "pong"),
        (&old, &old, "ping"),
        (&new[..10], &new, "pong"),
    ] {
        let scan = acme
            .scan(&json!({ "source_url": repo.url(), "version_or_commit": version, "base_path": "servers/ping" }))
            .await
            .unwrap();
        let result = acme.completed(&scan).await.unwrap();
        assert_eq!(names(&result["tools_scanned"], "name"), set(&[tool]), "{version}");
        let status = acme.get_json(&format!("/scan/{}/status", scan.0)).await.unwrap();
        assert_eq!(&status["source_version"], commit, "{version}");
    }
    hub.finish().await.unwrap();
}
