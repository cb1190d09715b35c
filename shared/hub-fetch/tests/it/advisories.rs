use hub_fetch::{AdvisorySettings, FetchConfig, FetchContext, FetchLimits, acquire_local, look_up_advisories};
use hub_model::Snapshot;
use hub_testing::osv::OsvService;
use std::fs;
use std::path::Path;

const LOCK: &str = r#"{"lockfileVersion": 3, "packages": {
    "": {"name": "mine", "version": "1.0.0"},
    "node_modules/left": {"version": "1.0.0"},
    "node_modules/right": {"version": "1.0.0"}
}}"#;

fn advisory(id: &str, ecosystem: &str, name: &str, modified: &str) -> String {
    format!(
        r#"{{"id": "{id}", "modified": "{modified}", "details": "long", "affected": [
            {{"package": {{"ecosystem": "{ecosystem}", "name": "{name}"}}, "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}]}}]}},
            {{"package": {{"ecosystem": "npm", "name": "elsewhere"}}}}
        ]}}"#
    )
}

async fn looked_up(tree: &Path, dir: &str) -> Snapshot {
    look_up(
        tree,
        AdvisorySettings {
            dir: dir.to_owned(),
            ..AdvisorySettings::default()
        },
    )
    .await
}

async fn look_up(tree: &Path, advisories: AdvisorySettings) -> Snapshot {
    let config = FetchConfig {
        advisories,
        ..FetchConfig::default()
    };
    look_up_with(tree, &FetchContext::new(config).unwrap()).await
}

async fn look_up_with(tree: &Path, cx: &FetchContext) -> Snapshot {
    let mut snapshot = acquire_local(tree, None, &FetchLimits::default()).unwrap();
    look_up_advisories(&mut snapshot, cx).await;
    snapshot
}

#[tokio::test]
async fn advisories_about_the_packages_of_a_tree_are_kept_with_the_age_of_the_data() {
    let (tree, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(tree.path().join("package-lock.json"), LOCK).unwrap();
    let npm = data.path().join("npm");
    fs::create_dir(&npm).unwrap();
    fs::write(npm.join("A-1.json"), advisory("A-1", "npm", "left", "2026-01-05T00:00:00Z")).unwrap();
    fs::write(npm.join("A-2.json"), advisory("A-2", "npm", "other", "2026-03-07T10:00:00Z")).unwrap();
    fs::write(npm.join("A-3.json"), advisory("A-3", "PyPI", "left", "2026-01-01T00:00:00Z")).unwrap();
    fs::write(npm.join("broken.json"), "{").unwrap();

    let snapshot = looked_up(tree.path(), data.path().to_str().unwrap()).await;
    let known = snapshot.advisories.as_ref().unwrap();
    assert_eq!(known.list.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["A-1"]);
    assert_eq!(known.list[0].affected.len(), 1, "what is about other packages is not kept");
    assert_eq!(known.as_of, "2026-03-07");
    assert!(
        snapshot.warnings.iter().any(|w| w.starts_with("1 files")),
        "{:?}",
        snapshot.warnings
    );

    // New data is seen without a restart.
    let more = data.path().join("more");
    fs::create_dir(&more).unwrap();
    fs::write(more.join("A-4.json"), advisory("A-4", "npm", "right", "2026-04-01T00:00:00Z")).unwrap();
    let again = looked_up(tree.path(), data.path().to_str().unwrap()).await.advisories.unwrap();
    assert_eq!(again.list.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["A-1", "A-4"]);
    // However deep it comes in.
    let deep = more.join("2026/04/05");
    fs::create_dir_all(&deep).unwrap();
    assert_eq!(ids(&looked_up(tree.path(), data.path().to_str().unwrap()).await), ["A-1", "A-4"]);
    fs::write(deep.join("A-5.json"), advisory("A-5", "npm", "right", "2026-04-05T00:00:00Z")).unwrap();
    assert_eq!(
        ids(&looked_up(tree.path(), data.path().to_str().unwrap()).await),
        ["A-1", "A-4", "A-5"]
    );
}

#[tokio::test]
async fn without_data_nothing_is_known_and_that_is_said() {
    let (tree, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(tree.path().join("package-lock.json"), LOCK).unwrap();
    assert!(looked_up(tree.path(), "").await.advisories.is_none());
    for dir in [data.path().to_str().unwrap(), "/nowhere/at/all"] {
        let snapshot = looked_up(tree.path(), dir).await;
        assert!(snapshot.advisories.is_none());
        assert!(snapshot.warnings[0].ends_with("were not looked at"), "{:?}", snapshot.warnings);
    }
}

fn asking(service: &OsvService) -> AdvisorySettings {
    AdvisorySettings {
        url: Some(service.url().parse().unwrap()),
        ..AdvisorySettings::default()
    }
}

fn ids(snapshot: &Snapshot) -> Vec<&str> {
    let known = snapshot.advisories.as_ref().unwrap();
    known.list.iter().map(|a| a.id.as_str()).collect()
}

#[tokio::test]
async fn a_service_is_asked_once_for_all_packages_and_its_answers_are_used_again() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("package-lock.json"), LOCK).unwrap();
    let service = OsvService::start().await;
    service.publish(&advisory("A-1", "npm", "left", "2026-01-05T00:00:00Z"));
    service.publish(&advisory("A-2", "npm", "right", "2026-01-05T00:00:00Z"));
    service.publish(&advisory("A-3", "PyPI", "left", "2026-01-05T00:00:00Z"));
    let config = FetchConfig {
        advisories: asking(&service),
        ..FetchConfig::default()
    };
    let cx = FetchContext::new(config).unwrap();
    let snapshot = look_up_with(tree.path(), &cx).await;
    assert_eq!(ids(&snapshot), ["A-1", "A-2"]);
    let known = snapshot.advisories.as_ref().unwrap();
    assert_eq!(known.list[0].affected.len(), 1, "what is about other packages is not kept");
    assert!(known.source.starts_with("the advisory service 127.0.0.1:"), "{}", known.source);
    assert_eq!(known.as_of.len(), 10);
    let asked = service.asked();
    assert_eq!(asked, ["/v1/querybatch", "/v1/vulns/A-1", "/v1/vulns/A-2"]);
    assert_eq!(ids(&look_up_with(tree.path(), &cx).await), ["A-1", "A-2"]);
    assert_eq!(service.asked().len(), asked.len(), "nothing is asked twice");
}

/// Puts back the time at which the answers in a folder were asked for.
fn make_older(dir: &Path, secs: u64) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        if let Some(at) = json.get_mut("asked_at") {
            at["secs_since_epoch"] = (at["secs_since_epoch"].as_u64().unwrap() - secs).into();
            fs::write(&path, json.to_string()).unwrap();
        }
    }
}

#[tokio::test]
async fn answers_in_a_folder_outlive_the_process_until_they_are_too_old() {
    let (tree, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(tree.path().join("package-lock.json"), LOCK).unwrap();
    let service = OsvService::start().await;
    service.publish(&advisory("A-1", "npm", "left", "2026-01-05T00:00:00Z"));
    let settings = AdvisorySettings {
        cache_dir: kept.path().to_str().unwrap().to_owned(),
        ..asking(&service)
    };
    assert_eq!(ids(&look_up(tree.path(), settings.clone()).await), ["A-1"]);
    let asked = service.asked().len();
    assert_eq!(ids(&look_up(tree.path(), settings.clone()).await), ["A-1"]);
    assert_eq!(service.asked().len(), asked);
    // An answer is as old as its question, whenever its file was written.
    let aged = settings.cache_ttl.as_secs() - 60;
    make_older(kept.path(), aged);
    assert_eq!(ids(&look_up(tree.path(), settings.clone()).await), ["A-1"]);
    assert_eq!(service.asked().len(), asked);
    make_older(kept.path(), 61);
    assert_eq!(ids(&look_up(tree.path(), settings.clone()).await), ["A-1"]);
    assert_eq!(service.asked().len(), asked + 1);
    let asked = service.asked().len();
    let old = AdvisorySettings {
        cache_ttl: std::time::Duration::ZERO,
        ..settings
    };
    assert_eq!(ids(&look_up(tree.path(), old).await), ["A-1"]);
    assert!(service.asked().len() > asked);
}

#[tokio::test]
async fn a_service_that_fails_is_not_looked_at_and_never_clean() {
    let (tree, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(tree.path().join("package-lock.json"), LOCK).unwrap();
    let service = OsvService::start().await;
    service.publish(&advisory("A-1", "npm", "left", "2026-01-05T00:00:00Z"));
    service.fail("/v1/querybatch");
    let snapshot = look_up(tree.path(), asking(&service)).await;
    assert!(snapshot.advisories.is_none());
    assert!(
        snapshot.warnings[0].ends_with("known faults of packages were not looked at"),
        "{:?}",
        snapshot.warnings
    );

    // The folder still counts, and the report says what is missing.
    fs::write(data.path().join("A-9.json"), advisory("A-9", "npm", "left", "2026-01-05T00:00:00Z")).unwrap();
    let both = AdvisorySettings {
        dir: data.path().to_str().unwrap().to_owned(),
        ..asking(&service)
    };
    let snapshot = look_up(tree.path(), both.clone()).await;
    assert_eq!(ids(&snapshot), ["A-9"]);
    assert!(snapshot.advisories.as_ref().unwrap().gaps[0].contains("only the folder"));

    // Both together.
    let service = OsvService::start().await;
    service.publish(&advisory("A-1", "npm", "left", "2026-01-05T00:00:00Z"));
    let both = AdvisorySettings {
        dir: both.dir,
        ..asking(&service)
    };
    let snapshot = look_up(tree.path(), both).await;
    assert_eq!(ids(&snapshot), ["A-1", "A-9"]);
    let known = snapshot.advisories.as_ref().unwrap();
    assert!(
        known
            .source
            .starts_with("a folder of 1 advisories, as of 2026-01-05; the advisory service"),
        "{}",
        known.source
    );

    // One advisory that cannot be read is a gap, not an absence.
    let service = OsvService::start().await;
    service.publish(&advisory("A-1", "npm", "left", "2026-01-05T00:00:00Z"));
    service.fail("/v1/vulns/A-1");
    let snapshot = look_up(tree.path(), asking(&service)).await;
    assert!(ids(&snapshot).is_empty());
    assert!(snapshot.advisories.as_ref().unwrap().gaps[0].contains("A-1"));
}

#[tokio::test]
async fn a_page_of_an_answer_is_followed() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("package-lock.json"), LOCK).unwrap();
    let service = OsvService::start().await;
    for n in 1..=5 {
        service.publish(&advisory(&format!("A-{n}"), "npm", "left", "2026-01-05T00:00:00Z"));
    }
    service.page_after(2);
    assert_eq!(
        ids(&look_up(tree.path(), asking(&service)).await),
        ["A-1", "A-2", "A-3", "A-4", "A-5"]
    );
}
