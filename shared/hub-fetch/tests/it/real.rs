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
