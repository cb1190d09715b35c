use crate::support::{get, npm_context, paths, skipped, target, text, with_limits};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get as route;
use hub_fetch::{FetchContext, FetchError, NpmConfig, acquire};
use hub_model::{ErrorCode, OriginKind, Retry, SkipReason};
use hub_net::NetError;
use hub_testing::archives::{npm_tarball, tar_gz};
use hub_testing::registries::NpmRegistry;
use std::time::Duration;

async fn registry() -> NpmRegistry {
    let npm = NpmRegistry::start().await;
    npm.publish("pkg", "1.0.0", &[("package.json", "{}"), ("index.js", "one")]);
    npm.publish("pkg", "2.0.0", &[("package.json", "{}"), ("index.js", "two")]);
    npm
}

#[tokio::test]
async fn a_version_a_tag_a_range_and_nothing_at_all_each_lead_to_one_exact_version() {
    let npm = registry().await;
    npm.tag("pkg", "old", "1.0.0");
    let cx = npm_context(&npm);
    for (wanted, version, content) in [
        (None, "2.0.0", "two"),
        (Some("1.0.0"), "1.0.0", "one"),
        (Some("old"), "1.0.0", "one"),
        (Some("^1"), "1.0.0", "one"),
        (Some("latest"), "2.0.0", "two"),
    ] {
        let snapshot = get(&cx, "pkg", wanted).await.unwrap();
        assert_eq!(
            (
                snapshot.origin.kind,
                snapshot.origin.name.as_str(),
                snapshot.origin.resolved_version.as_str()
            ),
            (OriginKind::Npm, "pkg", version)
        );
        assert_eq!(paths(&snapshot), ["index.js", "package.json"]);
        assert_eq!(text(&snapshot, "index.js"), content);
        assert!(snapshot.warnings.is_empty(), "{:?}", snapshot.warnings);
    }
}

#[tokio::test]
async fn a_scoped_package_is_asked_for_at_its_scopes_registry_with_its_token() {
    let npm = NpmRegistry::start().await;
    npm.publish("@acme/tools", "1.0.0", &[("package.json", "{}")]);
    npm.require_token("t0ken");
    let place = npm.url().trim_start_matches("http:").to_owned();
    let folder = tempfile::tempdir().unwrap();
    let npmrc = folder.path().join("npmrc");
    std::fs::write(&npmrc, format!("@acme:registry={}\n{place}:_authToken=${{TOKEN}}\n", npm.url())).unwrap();
    let read = |token: Option<&'static str>| {
        NpmConfig::read(&|name| match name {
            "NPM_CONFIG_USERCONFIG" | "NPM_CONFIG_GLOBALCONFIG" => Some(npmrc.display().to_string()),
            "TOKEN" => token.map(str::to_owned),
            _ => None,
        })
    };
    let cx = |token| {
        FetchContext::new(hub_fetch::FetchConfig {
            npm: read(token),
            ..Default::default()
        })
        .unwrap()
    };
    let snapshot = get(&cx(Some("t0ken")), "@acme/tools", None).await.unwrap();
    assert_eq!(snapshot.origin.name, "@acme/tools");
    let error = get(&cx(Some("wrong")), "@acme/tools", None).await.unwrap_err();
    assert!(matches!(error, FetchError::RegistryRefused { status: 401, .. }), "{error}");
    assert!(error.to_string().contains("_authToken"), "{error}");
    let error = get(&cx(None), "unscoped", None).await.unwrap_err();
    assert!(error.to_string().contains("NPM_CONFIG_REGISTRY"), "{error}");
}

#[tokio::test]
async fn what_does_not_exist_is_said_and_not_tried_again() {
    let npm = registry().await;
    let cx = npm_context(&npm);
    let error = get(&cx, "no-such-thing", None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("no_such_package", Retry::Never));
    let error = get(&cx, "pkg", Some("^9")).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("no_such_version", Retry::Never));
    assert_eq!(error.to_string(), "no version of `pkg` matches `^9`; newest is `2.0.0`");
}

#[tokio::test]
async fn a_registry_in_trouble_is_worth_a_retry_and_then_answers() {
    let npm = registry().await;
    let cx = npm_context(&npm);
    npm.fail_next(&[503]);
    let error = get(&cx, "pkg", None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("bad_status", Retry::Later));
    assert!(get(&cx, "pkg", None).await.is_ok());
}

#[tokio::test]
async fn a_registry_without_the_short_form_is_asked_for_the_long_one() {
    let npm = registry().await;
    npm.fail_next(&[406]);
    assert!(get(&npm_context(&npm), "pkg", None).await.is_ok());
}

#[tokio::test]
async fn a_download_that_is_not_what_the_registry_promised_is_refused() {
    let npm = registry().await;
    npm.edit("pkg", |d| {
        d["versions"]["2.0.0"]["dist"]["integrity"] = d["versions"]["1.0.0"]["dist"]["integrity"].clone()
    });
    let error = get(&npm_context(&npm), "pkg", None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("integrity_mismatch", Retry::Never));
    assert!(error.to_string().contains("sha512"), "{error}");
    npm.edit("pkg", |d| d["versions"]["2.0.0"]["dist"]["integrity"] = "sha999-AAAA".into());
    assert_eq!(get(&npm_context(&npm), "pkg", None).await.unwrap_err().code(), "integrity_mismatch");
}

#[tokio::test]
async fn an_old_release_is_checked_by_its_sha1_and_one_without_any_digest_says_so() {
    let npm = registry().await;
    let dist = |shasum: Option<&'static str>| {
        npm.edit("pkg", |d| {
            let dist = d["versions"]["2.0.0"]["dist"].as_object_mut().unwrap();
            dist.remove("integrity");
            dist.remove("shasum");
            dist.extend(shasum.map(|s| ("shasum".to_owned(), s.into())));
        });
    };
    dist(Some("0000000000000000000000000000000000000000"));
    assert!(get(&npm_context(&npm), "pkg", None).await.unwrap_err().to_string().contains("sha1"));
    dist(None);
    let snapshot = get(&npm_context(&npm), "pkg", None).await.unwrap();
    assert!(snapshot.warnings.iter().any(|w| w.contains("no digest")), "{:?}", snapshot.warnings);
}

#[tokio::test]
async fn a_tarball_address_on_another_host_is_rewritten_to_the_configured_registry() {
    let npm = registry().await;
    npm.edit("pkg", |d| {
        d["versions"]["2.0.0"]["dist"]["tarball"] = "https://upstream.invalid/pkg/-/pkg-2.0.0.tgz".into()
    });
    assert!(get(&npm_context(&npm), "pkg", None).await.is_ok());
    // With nothing there, the stated address is tried, and the guard judges it.
    npm.edit("pkg", |d| {
        d["versions"]["2.0.0"]["dist"]["tarball"] = "http://127.0.0.2:1/elsewhere.tgz".into()
    });
    let error = get(&npm_context(&npm), "pkg", None).await.unwrap_err();
    assert!(matches!(error, FetchError::Net(NetError::Forbidden { .. })), "{error}");
}

#[tokio::test]
async fn a_redirect_from_the_registry_to_a_closed_address_is_refused() {
    let secret = NpmRegistry::start().await;
    let to = format!("{}private", secret.url());
    let app = Router::new().fallback(route(move || async move { (StatusCode::FOUND, [(header::LOCATION, to)]) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let config = hub_fetch::FetchConfig {
        npm: NpmConfig::with_registry(&url.parse().unwrap()),
        ..Default::default()
    };
    let error = get(&FetchContext::new(config).unwrap(), "pkg", None).await.unwrap_err();
    assert!(matches!(error, FetchError::Net(NetError::Forbidden { .. })), "{error}");
    assert!(secret.asked().is_empty());
}

#[tokio::test]
async fn a_silent_registry_is_a_time_out_and_worth_a_retry() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let config = hub_fetch::FetchConfig {
        npm: NpmConfig::with_registry(&url.parse().unwrap()),
        ..Default::default()
    };
    let cx = with_limits(config, |l| l.total_timeout = Duration::from_millis(200));
    let error = get(&cx, "pkg", None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("timeout", Retry::Later));
}

#[tokio::test]
async fn an_answer_that_is_no_package_document_is_the_registrys_fault() {
    let npm = NpmRegistry::start().await;
    npm.edit("pkg", |d| *d = serde_json::json!(["what?"]));
    assert_eq!(get(&npm_context(&npm), "pkg", None).await.unwrap_err().code(), "registry_answer");
    npm.edit("pkg", |d| *d = serde_json::json!({ "name": "pkg" }));
    assert_eq!(get(&npm_context(&npm), "pkg", None).await.unwrap_err().code(), "no_versions");
}

#[tokio::test]
async fn bundled_dependencies_and_media_are_set_apart() {
    let npm = NpmRegistry::start().await;
    npm.publish(
        "pkg",
        "1.0.0",
        &[
            ("package.json", "{}"),
            ("node_modules/dep/index.js", "x"),
            ("node_modules/dep/package.json", "{}"),
            ("logo.png", "x"),
            ("src/a.ts", "a"),
            ("bin/run", "#!/bin/sh"),
            ("LICENSE", "MIT"),
        ],
    );
    let snapshot = get(&npm_context(&npm), "pkg", None).await.unwrap();
    assert_eq!(paths(&snapshot), ["bin/run", "package.json", "src/a.ts"]);
    assert_eq!(
        skipped(&snapshot),
        [
            ("LICENSE", SkipReason::NotSource),
            ("logo.png", SkipReason::NotSource),
            ("node_modules", SkipReason::SetApart)
        ]
    );
}

#[tokio::test]
async fn a_base_path_keeps_what_is_below_it_and_the_manifests_above() {
    let npm = NpmRegistry::start().await;
    npm.publish(
        "pkg",
        "1.0.0",
        &[
            ("package.json", "{}"),
            ("index.js", ""),
            ("packages/package.json", "{}"),
            ("packages/a/src/x.ts", "x"),
            ("packages/a/tsconfig.json", "{}"),
            ("packages/ab/y.ts", "y"),
        ],
    );
    let cx = npm_context(&npm);
    let snapshot = acquire(&target("pkg", None, Some("packages/a")), &cx).await.unwrap();
    assert_eq!(
        paths(&snapshot),
        [
            "package.json",
            "packages/a/src/x.ts",
            "packages/a/tsconfig.json",
            "packages/package.json"
        ]
    );
    assert_eq!(snapshot.origin.base_path.unwrap().as_str(), "packages/a");
    let error = acquire(&target("pkg", None, Some("servers/x")), &cx).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("no_such_base_path", Retry::Never));
    assert!(error.to_string().contains("packages"), "{error}");
}

#[tokio::test]
async fn paths_that_leave_the_package_are_counted_and_never_read() {
    let npm = NpmRegistry::start().await;
    let files: &[(&str, &[u8])] = &[
        ("package/../../etc/passwd.js", b"bad"),
        ("../up.js", b"bad"),
        ("/abs/x.js", b"bad"),
        ("package/a/../b.js", b"bad"),
        ("package/ok.js", b"good"),
    ];
    npm.publish_tarball("pkg", "1.0.0", tar_gz(files));
    let snapshot = get(&npm_context(&npm), "pkg", None).await.unwrap();
    assert_eq!(paths(&snapshot), ["ok.js"]);
    assert!(
        snapshot.skipped.iter().all(|s| s.reason == SkipReason::UnsafePath) && snapshot.skipped.len() == 4,
        "{:?}",
        snapshot.skipped
    );
    assert!(
        snapshot.warnings.iter().any(|w| w.starts_with("4 entries")),
        "{:?}",
        snapshot.warnings
    );
}

#[tokio::test]
async fn of_two_entries_with_one_path_the_last_is_read_as_an_unpacker_would_leave_it() {
    let npm = NpmRegistry::start().await;
    npm.publish_tarball("pkg", "1.0.0", tar_gz(&[("package/a.js", b"decoy"), ("package/a.js", b"real")]));
    let snapshot = get(&npm_context(&npm), "pkg", None).await.unwrap();
    assert_eq!(text(&snapshot, "a.js"), "real");
    assert!(
        snapshot.warnings.iter().any(|w| w.contains("more than once")),
        "{:?}",
        snapshot.warnings
    );
}

#[tokio::test]
async fn many_packages_are_obtained_at_once() {
    let npm = registry().await;
    let cx = npm_context(&npm);
    let all = (0..20).map(|n| {
        let cx = cx.clone();
        tokio::spawn(async move { get(&cx, "pkg", Some(if n % 2 == 0 { "1.0.0" } else { "2.0.0" })).await })
    });
    for (n, done) in all.collect::<Vec<_>>().into_iter().enumerate() {
        let snapshot = done.await.unwrap().unwrap();
        assert_eq!(text(&snapshot, "index.js"), if n % 2 == 0 { "one" } else { "two" });
    }
}

#[tokio::test]
async fn what_is_no_archive_is_said_to_be_none() {
    let npm = NpmRegistry::start().await;
    npm.publish_tarball("pkg", "1.0.0", b"<html>not found</html>".to_vec());
    let error = get(&npm_context(&npm), "pkg", None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("not_an_archive", Retry::Never));
    let mut cut = npm_tarball(&[("index.js", &"x".repeat(5000))]);
    cut.truncate(cut.len() / 2);
    npm.publish_tarball("pkg", "1.0.1", cut);
    assert_eq!(get(&npm_context(&npm), "pkg", None).await.unwrap_err().code(), "not_an_archive");
}
