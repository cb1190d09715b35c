use hub_fetch::{AdvisorySettings, FetchLimits, acquire_local, look_up_advisories};
use hub_model::Snapshot;
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

fn looked_up(tree: &Path, dir: &str) -> Snapshot {
    let mut snapshot = acquire_local(tree, None, &FetchLimits::default()).unwrap();
    let settings = AdvisorySettings {
        dir: dir.to_owned(),
        ..AdvisorySettings::default()
    };
    look_up_advisories(&mut snapshot, &settings);
    snapshot
}

#[test]
fn advisories_about_the_packages_of_a_tree_are_kept_with_the_age_of_the_data() {
    let (tree, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(tree.path().join("package-lock.json"), LOCK).unwrap();
    let npm = data.path().join("npm");
    fs::create_dir(&npm).unwrap();
    fs::write(npm.join("A-1.json"), advisory("A-1", "npm", "left", "2026-01-05T00:00:00Z")).unwrap();
    fs::write(npm.join("A-2.json"), advisory("A-2", "npm", "other", "2026-03-07T10:00:00Z")).unwrap();
    fs::write(npm.join("A-3.json"), advisory("A-3", "PyPI", "left", "2026-01-01T00:00:00Z")).unwrap();
    fs::write(npm.join("broken.json"), "{").unwrap();

    let snapshot = looked_up(tree.path(), data.path().to_str().unwrap());
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
    let again = looked_up(tree.path(), data.path().to_str().unwrap()).advisories.unwrap();
    assert_eq!(again.list.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["A-1", "A-4"]);
}

#[test]
fn without_data_nothing_is_known_and_that_is_said() {
    let (tree, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(tree.path().join("package-lock.json"), LOCK).unwrap();
    assert!(looked_up(tree.path(), "").advisories.is_none());
    for dir in [data.path().to_str().unwrap(), "/nowhere/at/all"] {
        let snapshot = looked_up(tree.path(), dir);
        assert!(snapshot.advisories.is_none());
        assert!(snapshot.warnings[0].ends_with("were not looked at"), "{:?}", snapshot.warnings);
    }
}
