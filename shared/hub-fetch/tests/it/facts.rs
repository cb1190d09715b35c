//! What a registry says of a package, and the package against its repository.

use crate::support::{get, git_config, npm_config, npm_context, pypi_context};
use hub_fetch::{CompareSettings, FetchConfig, FetchContext, GitAccess, GitTokens, compare_with_named};
use hub_model::{CodeHosts, FromSetting, OrgId};
use hub_testing::git_server::GitServer;
use hub_testing::registries::{NpmRegistry, PypiIndex};
use serde_json::json;

#[tokio::test]
async fn an_npm_package_comes_with_what_its_registry_says() {
    let registry = NpmRegistry::start().await;
    registry.publish("p", "1.0.0", &[("package.json", "{}")]);
    registry.publish("p", "1.1.0", &[("package.json", "{}")]);
    registry.edit("p", |d| {
        d["time"] = json!({ "1.0.0": "2024-01-01T00:00:00Z", "1.1.0": "2024-06-01T00:00:00Z" });
        d["repository"] = json!("github:o/r");
        d["versions"]["1.0.0"]["_npmUser"] = json!({ "name": "ann" });
        d["versions"]["1.1.0"]["_npmUser"] = json!({ "name": "eve" });
        d["versions"]["1.1.0"]["deprecated"] = json!("use q");
    });
    let snapshot = get(&npm_context(&registry), "p", None).await.unwrap();
    let facts = snapshot.package.unwrap();
    assert_eq!(
        (facts.repository.as_deref(), facts.deprecated.as_deref()),
        (Some("github:o/r"), Some("use q"))
    );
    assert_eq!(
        (facts.publisher.as_deref(), facts.earlier_publishers),
        (Some("eve"), vec!["ann".to_owned()])
    );
    assert_eq!(facts.published_on.as_deref(), Some("2024-06-01"));
    assert_eq!(facts.asked_on.len(), 10);
}

#[tokio::test]
async fn a_python_package_comes_with_what_its_index_says() {
    let index = PypiIndex::start().await;
    let wheel = hub_testing::archives::zip(&[("p/__init__.py", b"")]);
    index.publish_file("p", "p-1.0-py3-none-any.whl", wheel.clone(), |f| {
        f["upload-time"] = json!("2024-01-01T10:00:00Z");
        f["provenance"] = json!("https://example.com/p");
    });
    index.publish_file("p", "p-1.1-py3-none-any.whl", wheel, |f| {
        f["upload-time"] = json!("2025-01-01T10:00:00Z");
        f["yanked"] = json!("security");
    });
    let cx = pypi_context(&index);
    let facts = get(&cx, "pypi:p", Some("1.1")).await.unwrap().package.unwrap();
    assert_eq!(
        (facts.yanked.as_deref(), facts.published_on.as_deref()),
        (Some("security"), Some("2025-01-01"))
    );
    assert_eq!((facts.has_provenance, facts.provenance_before.as_deref()), (false, Some("1.0")));
    assert!(get(&cx, "pypi:p", Some("1.0")).await.unwrap().package.unwrap().has_provenance);
}

#[tokio::test]
async fn a_package_is_held_against_the_repository_it_names_at_its_tag() {
    let server = GitServer::start().await;
    let repository = server.repo("acme/p");
    repository.commit("main", &[("package.json", r#"{"name": "p"}"#), ("index.js", "one();\n")]);
    repository.tag("v1.0.0");
    repository.commit("main", &[("package.json", r#"{"name": "p"}"#), ("index.js", "two();\n")]);
    let registry = NpmRegistry::start().await;
    let manifest = json!({ "name": "p", "version": "1.0.0", "repository": { "url": format!("git+{}", repository.url()) } }).to_string();
    registry.publish(
        "p",
        "1.0.0",
        &[("package.json", &manifest), ("index.js", "one();"), ("extra.js", "more();")],
    );
    let config = FetchConfig {
        npm: npm_config(&registry).npm,
        compare: CompareSettings { enabled: true },
        hosts: CodeHosts {
            hosts: vec!["127.0.0.1".to_owned()],
            allow_http_loopback: true,
        },
        ..git_config()
    };
    let mut snapshot = get(&FetchContext::new(config.clone()).unwrap(), "p", None).await.unwrap();
    let facts = snapshot.package.clone().unwrap();
    assert_eq!(facts.not_compared, None);
    let found = facts.comparison.unwrap();
    assert_eq!((found.chosen_by.as_str(), found.is_release), ("the tag v1.0.0", true));
    assert_eq!(
        (found.only_in_package, found.changed.len(), found.same),
        (vec!["extra.js".to_owned()], 0, 1)
    );

    // Without a tag: the default branch, and said to be that.
    registry.publish("p", "2.0.0", &[("package.json", &manifest), ("index.js", "one();")]);
    let other = get(&FetchContext::new(config.clone()).unwrap(), "p", Some("2.0.0")).await.unwrap();
    let facts = other.package.unwrap();
    assert_eq!(facts.not_compared, None);
    let found = facts.comparison.unwrap();
    assert_eq!((found.chosen_by.as_str(), found.is_release), ("the default branch", false));
    assert_eq!(found.changed, ["index.js"]);

    // A host that is no code host is not asked.
    let closed = FetchConfig {
        hosts: CodeHosts::default(),
        ..config
    };
    compare_with_named(&mut snapshot, None, &FetchContext::new(closed).unwrap()).await;
    assert!(snapshot.package.unwrap().not_compared.is_some());
}

#[tokio::test]
async fn no_tenant_reads_a_private_repository_by_naming_it_in_a_package() {
    let server = GitServer::start_private("s3cret").await;
    let repository = server.repo("acme/secret");
    repository.commit("main", &[("package.json", r#"{"name": "p"}"#), ("index.js", "one();\n")]);
    let registry = NpmRegistry::start().await;
    let manifest = json!({ "name": "p", "version": "1.0.0", "repository": { "url": format!("git+{}", repository.url()) } }).to_string();
    registry.publish("p", "1.0.0", &[("package.json", &manifest), ("index.js", "one();")]);
    let acme = OrgId::new();
    let context = |tokens: String| {
        let config = FetchConfig {
            npm: npm_config(&registry).npm,
            git: GitAccess {
                tokens: GitTokens::from_setting(&tokens).unwrap(),
            },
            compare: CompareSettings { enabled: true },
            hosts: CodeHosts {
                hosts: vec!["127.0.0.1".to_owned()],
                allow_http_loopback: true,
            },
            ..git_config()
        };
        FetchContext::new(config).unwrap()
    };
    let host = server.host();
    for (tokens, user, opens) in [
        (format!("{host}=s3cret"), Some(None), false),
        (format!("{host}=s3cret"), Some(Some(acme)), false),
        (format!("{acme}@{host}=s3cret"), Some(Some(acme)), false),
        (format!("*@{host}=s3cret"), Some(Some(acme)), true),
        (format!("{host}=s3cret"), None, true),
    ] {
        let cx = context(tokens);
        let cx = user.map_or(cx.clone(), |org| cx.for_org(org));
        let facts = get(&cx, "p", None).await.unwrap().package.unwrap();
        assert_eq!(facts.comparison.is_some(), opens, "{user:?}: {:?}", facts.not_compared);
        assert_eq!(facts.not_compared.is_none(), opens, "{user:?}");
    }
}
