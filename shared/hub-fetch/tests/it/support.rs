//! Targets, contexts and what tests look at.

use hub_fetch::{FetchConfig, FetchContext, FetchError, FetchLimits, NpmConfig, PypiConfig, acquire};
use hub_model::{CodeHosts, SkipReason, Snapshot, SourceTarget};
use hub_net::EgressPolicy;
use hub_testing::registries::{NpmRegistry, PypiIndex};

/// Nothing but the registry is reachable: what the deployed fetcher has.
pub(crate) fn npm_config(registry: &NpmRegistry) -> FetchConfig {
    FetchConfig {
        npm: NpmConfig::with_registry(&registry.url().parse().unwrap()),
        ..FetchConfig::default()
    }
}

pub(crate) fn npm_context(registry: &NpmRegistry) -> FetchContext {
    FetchContext::new(npm_config(registry)).unwrap()
}

/// The files lie on another origin, which the operator opens as a range.
pub(crate) fn pypi_context(index: &PypiIndex) -> FetchContext {
    let pypi = PypiConfig::with_index(&index.url().parse().unwrap());
    FetchContext::new(FetchConfig {
        pypi,
        egress: EgressPolicy::with_loopback(),
        ..FetchConfig::default()
    })
    .unwrap()
}

pub(crate) fn git_config() -> FetchConfig {
    FetchConfig {
        egress: EgressPolicy::with_loopback(),
        ..FetchConfig::default()
    }
}

pub(crate) fn with_limits(config: FetchConfig, change: impl FnOnce(&mut FetchLimits)) -> FetchContext {
    let mut config = config;
    change(&mut config.limits);
    FetchContext::new(config).unwrap()
}

/// Parses a target as the gateway does, with loopback allowed as a code host.
pub(crate) fn target(source: &str, version: Option<&str>, base_path: Option<&str>) -> SourceTarget {
    let hosts = CodeHosts {
        hosts: vec!["127.0.0.1".to_owned()],
        allow_http_loopback: true,
    };
    SourceTarget::parse(source, version, base_path, &hosts).unwrap()
}

pub(crate) async fn get(cx: &FetchContext, source: &str, version: Option<&str>) -> Result<Snapshot, FetchError> {
    acquire(&target(source, version, None), cx).await
}

pub(crate) async fn git(source: &str, version: Option<&str>) -> Result<Snapshot, FetchError> {
    get(&FetchContext::new(git_config()).unwrap(), source, version).await
}

pub(crate) fn paths(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.files.iter().map(|f| f.path.as_str()).collect()
}

pub(crate) fn text<'a>(snapshot: &'a Snapshot, path: &str) -> &'a str {
    snapshot
        .files
        .iter()
        .find(|f| f.path.as_str() == path)
        .map(|f| &*f.text)
        .unwrap_or_else(|| panic!("no `{path}` in {:?}", paths(snapshot)))
}

pub(crate) fn skipped(snapshot: &Snapshot) -> Vec<(&str, SkipReason)> {
    snapshot.skipped.iter().map(|s| (s.path.as_str(), s.reason)).collect()
}
