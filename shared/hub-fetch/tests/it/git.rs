use crate::support::{get, git, git_config, paths, skipped, target, text, with_limits};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get as route;
use hub_fetch::{FetchContext, FetchError, GitAccess, acquire};
use hub_model::{ErrorCode, FromSetting, OrgId, OriginKind, Retry, SkipReason};
use hub_net::NetError;
use hub_testing::git_server::{Change, GitServer};

#[tokio::test]
async fn every_way_to_name_a_commit_leads_to_it() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/tools");
    let first = repo.commit("main", &[("index.js", "first")]);
    repo.annotated_tag("v1");
    repo.tag("light");
    let second = repo.commit("main", &[("index.js", "second")]);
    repo.branch("feature/x", &first);
    let third = repo.commit("feature/x", &[("index.js", "third")]);
    let head = repo.commit("main", &[("index.js", "head")]);

    for (wanted, id, content) in [
        (None, &head, "head"),
        (Some("main"), &head, "head"),
        (Some("refs/heads/main"), &head, "head"),
        (Some("feature/x"), &third, "third"),
        (Some("v1"), &first, "first"),
        (Some("light"), &first, "first"),
        (Some(head.as_str()), &head, "head"),
        (Some(&head[..7]), &head, "head"),
        // No reference points at this one, and a plain server does not give it by its name.
        (Some(second.as_str()), &second, "second"),
        (Some(&second[..10]), &second, "second"),
    ] {
        let snapshot = git(repo.url(), wanted).await.unwrap_or_else(|e| panic!("{wanted:?}: {e}"));
        assert_eq!(
            (snapshot.origin.kind, snapshot.origin.name.as_str()),
            (OriginKind::Git, "acme/tools")
        );
        assert_eq!(&snapshot.origin.resolved_version, id, "{wanted:?}");
        assert_eq!(text(&snapshot, "index.js"), content, "{wanted:?}");
    }
}

#[tokio::test]
async fn a_server_that_gives_any_commit_is_asked_for_it_directly() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/tools");
    let first = repo.commit("main", &[("a.js", "1")]);
    repo.commit("main", &[("a.js", "2")]);
    repo.allow_any_commit();
    assert_eq!(text(&git(repo.url(), Some(&first)).await.unwrap(), "a.js"), "1");
    let error = git(repo.url(), Some(&"1".repeat(40))).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("no_such_ref", Retry::Never));
}

#[tokio::test]
async fn a_page_address_is_split_into_reference_and_folder() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/tools");
    repo.commit(
        "main",
        &[("package.json", "{}"), ("servers/a/index.js", "a"), ("servers/b/index.js", "b")],
    );
    repo.branch("release/1.x", "main");
    for page in ["tree/main/servers/a", "tree/release/1.x/servers/a", "blob/main/servers/a/index.js"] {
        let snapshot = git(&format!("{}/{page}", repo.url()), None)
            .await
            .unwrap_or_else(|e| panic!("{page}: {e}"));
        assert_eq!(paths(&snapshot), ["package.json", "servers/a/index.js"], "{page}");
    }
    let cx = FetchContext::new(git_config()).unwrap();
    let snapshot = acquire(&target(repo.url(), Some("main"), Some("servers/b")), &cx).await.unwrap();
    assert_eq!(paths(&snapshot), ["package.json", "servers/b/index.js"]);
    let error = acquire(&target(repo.url(), None, Some("server/b")), &cx).await.unwrap_err();
    assert_eq!(error.code(), "no_such_base_path");
    assert!(error.to_string().contains("servers"), "{error}");
}

#[tokio::test]
async fn links_submodules_pointers_and_other_peoples_code_are_left_out() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/tools");
    repo.commit_changes(
        "main",
        &[
            Change::File("src/index.ts", b"export {}"),
            Change::File("node_modules/x/index.js", b"x"),
            Change::File("model.json", b"version https://git-lfs.example/spec/v1\noid sha256:0000\nsize 9\n"),
            Change::File("data.yaml", b"a\0b"),
            Change::File("logo.png", b"png"),
            Change::Link("passwd.js", "/etc/passwd"),
            Change::Submodule("vendor/sub"),
        ],
    );
    let snapshot = git(repo.url(), None).await.unwrap();
    assert_eq!(paths(&snapshot), ["src/index.ts"]);
    let mut found = skipped(&snapshot);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("data.yaml", SkipReason::Binary),
            ("logo.png", SkipReason::NotSource),
            ("model.json", SkipReason::LfsPointer),
            ("node_modules", SkipReason::SetApart),
            ("passwd.js", SkipReason::Link),
            ("vendor/sub", SkipReason::Submodule),
        ]
    );
}

#[tokio::test]
async fn what_is_missing_is_said_and_not_tried_again() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/tools");
    repo.commit("main", &[("a.js", "a")]);
    let _ = server.repo("acme/empty");
    let base = server.base();
    for (url, wanted, code) in [
        (format!("{base}/acme/nothing"), None, "no_such_repository"),
        (format!("{base}/acme/empty"), None, "empty_repository"),
        (repo.url().to_owned(), Some("develop"), "no_such_ref"),
        (repo.url().to_owned(), Some("abcdef1"), "no_such_ref"),
        (
            repo.url().to_owned(),
            Some("1111111111111111111111111111111111111111"),
            "no_such_ref",
        ),
    ] {
        let error = git(&url, wanted).await.unwrap_err();
        assert_eq!((error.code(), error.retry()), (code, Retry::Never), "{url} {wanted:?}: {error}");
    }
    let error = git(repo.url(), Some("develop")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`acme/tools` has no branch, tag or commit `develop`; its default branch is `main`"
    );
}

#[tokio::test]
async fn a_repository_served_only_with_its_suffix_is_found_without_it() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/tools.git");
    repo.commit("main", &[("a.js", "a")]);
    let snapshot = git(&format!("{}/acme/tools", server.base()), None).await.unwrap();
    assert_eq!(paths(&snapshot), ["a.js"]);
}

fn with(tokens: String) -> FetchContext {
    let tokens = hub_fetch::GitTokens::from_setting(&tokens).unwrap();
    let config = hub_fetch::FetchConfig {
        git: GitAccess { tokens },
        ..git_config()
    };
    FetchContext::new(config).unwrap()
}

#[tokio::test]
async fn a_token_opens_private_repositories_to_its_own_org_only() {
    let server = GitServer::start_private("s3cret").await;
    let repo = server.repo("acme/secret");
    repo.commit("main", &[("a.js", "a")]);
    let (acme, rival) = (OrgId::new(), OrgId::new());
    let cx = with(format!("{acme}@{}=s3cret", server.host()));
    assert!(get(&cx.for_org(Some(acme)), repo.url(), None).await.is_ok());
    for other in [Some(rival), None] {
        let error = get(&cx.for_org(other), repo.url(), None).await.unwrap_err();
        assert_eq!(error.code(), "no_such_repository");
    }
    let of_command_line = with(format!("{}=s3cret", server.host()));
    for of_platform in [Some(acme), None] {
        assert!(get(&of_command_line.for_org(of_platform), repo.url(), None).await.is_err());
    }
    let of_all = with(format!("*@{}=s3cret", server.host()));
    assert!(get(&of_all.for_org(Some(rival)), repo.url(), None).await.is_ok());
}

#[test]
fn a_malformed_list_of_tokens_is_refused_without_showing_it() {
    for bad in ["ghp_secret", "acme@host=ghp_secret"] {
        let why = hub_fetch::GitTokens::from_setting(bad).unwrap_err();
        assert!(!why.contains("ghp_"), "{why}");
    }
}

#[tokio::test]
async fn a_private_repository_opens_with_the_operators_token_for_its_host() {
    let server = GitServer::start_private("s3cret").await;
    let repo = server.repo("acme/secret");
    repo.commit("main", &[("a.js", "a")]);
    assert!(
        get(&with(format!("other=x, {}=s3cret", server.host())), repo.url(), None)
            .await
            .is_ok()
    );
    let error = get(&with(format!("{}=wrong", server.host())), repo.url(), None).await.unwrap_err();
    assert_eq!(error.code(), "token_refused");
    let error = git(repo.url(), None).await.unwrap_err();
    assert_eq!(error.code(), "no_such_repository");
    assert!(error.to_string().contains("HUB_GIT_TOKENS"), "{error}");
}

#[tokio::test]
async fn a_repository_larger_than_the_bound_is_refused() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/big");
    // Numbers hashed over and over do not compress.
    let mut noise = Vec::new();
    let mut x = 1_u64;
    while noise.len() < 1 << 20 {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise.extend_from_slice(&x.to_le_bytes());
    }
    repo.commit_changes("main", &[Change::File("noise.bin", &noise)]);
    let cx = with_limits(git_config(), |l| l.max_download_bytes = 100_000);
    let error = get(&cx, repo.url(), None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("too_large", Retry::Never), "{error}");
    assert!(git(repo.url(), None).await.is_ok());
}

#[tokio::test]
async fn an_object_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/zeros");
    repo.commit_changes("main", &[Change::File("zeros.bin", &vec![0; 4 << 20])]);
    let cx = with_limits(git_config(), |l| l.max_git_object_bytes = 1 << 20);
    let error = get(&cx, repo.url(), None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("too_large", Retry::Never), "{error}");
    assert!(error.to_string().contains("HUB_FETCH_MAX_GIT_OBJECT_BYTES"), "{error}");
    let cx = with_limits(git_config(), |l| l.max_git_objects = 2);
    assert_eq!(get(&cx, repo.url(), None).await.unwrap_err().code(), "too_many_objects");
}

#[tokio::test]
async fn a_tree_that_holds_itself_many_times_over_is_bounded() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/bomb");
    // Few objects, many paths: identical folders are one object in git.
    let paths: Vec<String> = (0..10_000)
        .map(|n| format!("{}/{}/{}/{}/a.js", n / 1000, n / 100 % 10, n / 10 % 10, n % 10))
        .collect();
    let changes: Vec<Change<'_>> = paths.iter().map(|p| Change::File(p, b"x")).collect();
    repo.commit_changes("main", &changes);
    let cx = with_limits(git_config(), |l| l.max_entries = 5_000);
    assert_eq!(get(&cx, repo.url(), None).await.unwrap_err().code(), "too_many_entries");
}

async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/acme/tools", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

#[tokio::test]
async fn a_server_that_is_no_git_server_is_told_apart_from_one_in_trouble() {
    let html = serve(Router::new().fallback(route(|| async { ([(header::CONTENT_TYPE, "text/html")], "<html>") }))).await;
    let error = git(&html, None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("not_git", Retry::Never));
    let broken = serve(Router::new().fallback(route(|| async { StatusCode::BAD_GATEWAY }))).await;
    let error = git(&broken, None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("bad_status", Retry::Later));
    let listing = [(header::CONTENT_TYPE, "application/x-git-upload-pack-advertisement")];
    let garbage = serve(Router::new().fallback(route(move || async move { (listing, "zzzz what?") }))).await;
    assert_eq!(git(&garbage, None).await.unwrap_err().code(), "git_failed");
}

#[tokio::test]
async fn a_repository_that_moves_elsewhere_is_followed_within_its_host_and_never_past_the_guard() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/renamed");
    repo.commit("main", &[("a.js", "a")]);
    // Another origin of the same host, as a redirect from http to https would be.
    let to = format!("{}/info/refs?service=git-upload-pack", repo.url());
    let moved = serve(Router::new().fallback(route(
        move || async move { (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, to)]) },
    )))
    .await;
    assert_eq!(paths(&git(&moved, None).await.unwrap()), ["a.js"]);
    let to = "http://[::ffff:10.0.0.1]/acme/tools/info/refs?service=git-upload-pack";
    let inward = serve(Router::new().fallback(route(move || async move { (StatusCode::FOUND, [(header::LOCATION, to)]) }))).await;
    let error = git(&inward, None).await.unwrap_err();
    assert!(matches!(error, FetchError::Net(NetError::Forbidden { .. })), "{error}");
}

#[tokio::test]
async fn a_code_host_is_never_trusted_like_a_registry() {
    let server = GitServer::start().await;
    let repo = server.repo("acme/tools");
    repo.commit("main", &[("a.js", "a")]);
    // The very origin is a configured registry, and still no repository is fetched from it past the guard.
    let npm = hub_fetch::NpmConfig::with_registry(&server.base().parse().unwrap());
    let cx = FetchContext::new(hub_fetch::FetchConfig { npm, ..Default::default() }).unwrap();
    let error = get(&cx, repo.url(), None).await.unwrap_err();
    assert!(matches!(error, FetchError::Net(NetError::Forbidden { .. })), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_repositories_are_fetched_at_once_without_mixing_them_up() {
    let server = GitServer::start().await;
    let repos: Vec<_> = (0..8).map(|n| server.repo(&format!("acme/r{n}"))).collect();
    for (n, repo) in repos.iter().enumerate() {
        repo.commit("main", &[("a.js", &n.to_string())]);
    }
    let cx = FetchContext::new(git_config()).unwrap();
    let all: Vec<_> = repos
        .iter()
        .map(|repo| {
            let (cx, url) = (cx.clone(), repo.url().to_owned());
            tokio::spawn(async move { get(&cx, &url, None).await })
        })
        .collect();
    for (n, done) in all.into_iter().enumerate() {
        assert_eq!(text(&done.await.unwrap().unwrap(), "a.js"), n.to_string());
    }
}
