use crate::support::{get, paths, pypi_context, text};
use hub_fetch::{FetchConfig, FetchContext, FetchError, PypiConfig};
use hub_model::{ErrorCode, OriginKind};
use hub_net::NetError;
use hub_testing::registries::PypiIndex;

#[tokio::test]
async fn a_wheel_is_read_with_its_own_paths() {
    let index = PypiIndex::start().await;
    index.publish_sdist("my-pkg", "1.0", &[("my_pkg/server.py", "from sdist")]);
    index.publish_wheel(
        "my-pkg",
        "1.0",
        &[
            ("my_pkg/server.py", "from wheel"),
            ("my_pkg-1.0.dist-info/METADATA", "Name: my-pkg"),
            ("my_pkg-1.0.dist-info/entry_points.txt", "x"),
        ],
    );
    let snapshot = get(&pypi_context(&index), "pypi:My_Pkg", None).await.unwrap();
    assert_eq!(
        (
            snapshot.origin.kind,
            snapshot.origin.name.as_str(),
            snapshot.origin.resolved_version.as_str()
        ),
        (OriginKind::Pypi, "my-pkg", "1.0")
    );
    assert_eq!(snapshot.origin.source_url, "pypi:my-pkg");
    assert_eq!(text(&snapshot, "my_pkg/server.py"), "from wheel");
    assert_eq!(
        paths(&snapshot),
        [
            "my_pkg-1.0.dist-info/METADATA",
            "my_pkg-1.0.dist-info/entry_points.txt",
            "my_pkg/server.py"
        ]
    );
}

#[tokio::test]
async fn an_sdist_is_read_without_its_folder_where_there_is_no_wheel() {
    let index = PypiIndex::start().await;
    index.publish_sdist("tool", "0.3.1", &[("pyproject.toml", "[project]"), ("src/tool/app.py", "app")]);
    let snapshot = get(&pypi_context(&index), "pypi:tool==0.3.1", None).await.unwrap();
    assert_eq!(paths(&snapshot), ["pyproject.toml", "src/tool/app.py"]);
}

#[tokio::test]
async fn an_index_that_speaks_only_html_will_do() {
    let index = PypiIndex::start().await;
    index.publish_wheel("tool", "1.0", &[("tool.py", "x")]);
    index.serve_html("tool");
    let snapshot = get(&pypi_context(&index), "pypi:tool", None).await.unwrap();
    assert_eq!(
        (paths(&snapshot), snapshot.origin.resolved_version.as_str()),
        (vec!["tool.py"], "1.0")
    );
    assert!(snapshot.warnings.is_empty(), "{:?}", snapshot.warnings);
}

#[tokio::test]
async fn a_yanked_version_is_read_only_when_it_is_named() {
    let index = PypiIndex::start().await;
    index.publish_wheel("tool", "1.0", &[("tool.py", "old")]);
    index.publish_file(
        "tool",
        "tool-1.1-py3-none-any.whl",
        hub_testing::archives::zip(&[("tool.py", b"yanked")]),
        |f| f["yanked"] = "broken".into(),
    );
    let cx = pypi_context(&index);
    assert_eq!(text(&get(&cx, "pypi:tool", None).await.unwrap(), "tool.py"), "old");
    let snapshot = get(&cx, "pypi:tool", Some("1.1")).await.unwrap();
    assert_eq!(text(&snapshot, "tool.py"), "yanked");
    assert!(snapshot.warnings.iter().any(|w| w.contains("yanked")), "{:?}", snapshot.warnings);
    assert_eq!(get(&cx, "pypi:tool", Some(">1.0")).await.unwrap_err().code(), "no_such_version");
}

#[tokio::test]
async fn a_wrong_digest_a_missing_project_and_a_missing_version_are_told_apart() {
    let index = PypiIndex::start().await;
    index.publish_file(
        "tool",
        "tool-1.0-py3-none-any.whl",
        hub_testing::archives::zip(&[("tool.py", b"x")]),
        |f| f["hashes"]["sha256"] = "0".repeat(64).into(),
    );
    let cx = pypi_context(&index);
    assert_eq!(get(&cx, "pypi:tool", None).await.unwrap_err().code(), "integrity_mismatch");
    assert_eq!(get(&cx, "pypi:nothing", None).await.unwrap_err().code(), "no_such_package");
    assert_eq!(get(&cx, "pypi:tool", Some("2.0")).await.unwrap_err().code(), "no_such_version");
    let wheel = hub_testing::archives::zip(&[("gone.py", b"x")]);
    index.publish_file("gone", "gone-1.0-py3-none-any.whl", wheel, |f| f["yanked"] = true.into());
    let error = get(&cx, "pypi:gone", None).await.unwrap_err();
    assert!(error.code() == "all_yanked" && error.to_string().contains("`1.0`"), "{error}");
    index.publish_file("old", "old-1.0.win32.exe", vec![0], |_| {});
    assert_eq!(get(&cx, "pypi:old", None).await.unwrap_err().code(), "no_usable_file");
    let error = get(&FetchContext::new(FetchConfig::default()).unwrap(), "pypi:tool", None)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("PIP_INDEX_URL"), "{error}");
}

#[tokio::test]
async fn files_on_another_private_host_are_trusted_only_with_the_digest_that_the_index_states() {
    let index = PypiIndex::start().await;
    index.publish_wheel("tool", "1.0", &[("tool.py", "x")]);
    index.publish_file(
        "bare",
        "bare-1.0-py3-none-any.whl",
        hub_testing::archives::zip(&[("bare.py", b"x")]),
        |file| {
            file["hashes"] = serde_json::json!({});
        },
    );
    let pypi = PypiConfig::with_index(&index.url().parse().unwrap());
    let cx = FetchContext::new(FetchConfig {
        pypi,
        ..FetchConfig::default()
    })
    .unwrap();
    assert_eq!(get(&cx, "pypi:tool", None).await.unwrap().files.len(), 1);
    let error = get(&cx, "pypi:bare", None).await.unwrap_err();
    assert!(matches!(error, FetchError::Net(NetError::Forbidden { .. })), "{error}");
    assert!(error.to_string().contains("EGRESS_ALLOW"), "{error}");
}
