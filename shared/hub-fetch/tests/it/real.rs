//! Against the package registry that this machine is configured with.

use crate::support::{get, text};
use hub_fetch::{FetchConfig, FetchContext};

#[tokio::test]
async fn a_real_package_is_obtained_from_the_configured_registry() {
    let lookup = |name: &str| std::env::var(name).ok();
    let config = FetchConfig::read(&lookup).unwrap().or_ask_package_managers(None).await;
    let cx = FetchContext::new(config).unwrap();
    let snapshot = get(&cx, "@modelcontextprotocol/server-filesystem", Some("^2025")).await.unwrap();
    assert!(text(&snapshot, "package.json").contains("server-filesystem"));
    assert!(text(&snapshot, "dist/index.js").contains("read_text_file"));
    assert!(snapshot.warnings.is_empty(), "{:?}", snapshot.warnings);
}

#[tokio::test]
async fn real_registries_say_when_a_package_was_published_and_where_its_source_lies() {
    let lookup = |name: &str| std::env::var(name).ok();
    let config = FetchConfig::read(&lookup).unwrap().or_ask_package_managers(None).await;
    let cx = FetchContext::new(config).unwrap();
    // Mirrors pass on what they please; these stand in every package's document.
    let facts = get(&cx, "request", Some("2.88.2")).await.unwrap().package.unwrap();
    assert!(facts.published_on.is_some() && facts.licence.is_some(), "{facts:?}");
    assert!(facts.repository.is_some_and(|r| r.contains("request/request")));
    let snapshot = get(&cx, "pypi:mcp-server-fetch", Some("2025.4.7")).await.unwrap();
    assert!(snapshot.package.is_some_and(|f| !f.asked_on.is_empty() && f.yanked.is_none()));
}
