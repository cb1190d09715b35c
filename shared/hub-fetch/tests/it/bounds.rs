use crate::support::{get, npm_config, npm_context, paths, pypi_context, skipped, with_limits};
use axum::Router;
use axum::body::Body;
use axum::http::header;
use axum::routing::get as route;
use hub_fetch::{FetchConfig, FetchContext, NpmConfig};
use hub_model::{ErrorCode, Retry, SkipReason};
use hub_testing::archives::{gzip, npm_tarball, tar_gz, zip};
use hub_testing::registries::{NpmRegistry, PypiIndex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn a_tarball_too_large_by_its_header_is_refused_before_it_is_read() {
    // A server that declares 5 GB and then sends nothing: only the header can be the reason.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let big = format!("http://{}/pkg.tgz", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut peer, _)) = listener.accept().await {
            let mut request = [0; 2048];
            let _ = peer.read(&mut request).await;
            let _ = peer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5368709120\r\n\r\n").await;
            let _ = peer.read(&mut request).await;
        }
    });
    let npm = NpmRegistry::start().await;
    npm.publish("pkg", "1.0.0", &[("package.json", "{}")]);
    npm.edit("pkg", |d| d["versions"]["1.0.0"]["dist"]["tarball"] = big.clone().into());
    let mut config = npm_config(&npm);
    config.egress = hub_net::EgressPolicy::with_loopback();
    config.npm.keep_tarball_host = true;
    let error = get(&FetchContext::new(config).unwrap(), "pkg", None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("too_large", Retry::Never));
    assert!(error.to_string().contains("HUB_FETCH_MAX_DOWNLOAD_BYTES"), "{error}");
}

#[tokio::test]
async fn an_endless_package_description_ends_at_its_bound() {
    let endless = || Body::from_stream(tokio_stream());
    let app = Router::new().fallback(route(
        move || async move { ([(header::CONTENT_TYPE, "application/json")], endless()) },
    ));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let config = FetchConfig {
        npm: NpmConfig::with_registry(&url.parse().unwrap()),
        ..FetchConfig::default()
    };
    let cx = with_limits(config, |l| l.max_metadata_bytes = 1 << 20);
    let error = get(&cx, "pkg", None).await.unwrap_err();
    assert!(
        error.code() == "too_large" && error.to_string().contains("HUB_FETCH_MAX_METADATA_BYTES"),
        "{error}"
    );
}

fn tokio_stream() -> impl futures::Stream<Item = Result<hub_net::Bytes, std::io::Error>> {
    futures::stream::repeat_with(|| Ok(hub_net::Bytes::from_static(&[b' '; 16384])))
}

#[tokio::test]
async fn a_gzip_bomb_is_recognised_by_its_ratio() {
    let npm = NpmRegistry::start().await;
    let zeros = vec![0; 23 << 20];
    npm.publish_tarball("pkg", "1.0.0", tar_gz(&[("package/index.js", b"x"), ("package/zeros.bin", &zeros)]));
    let error = get(&npm_context(&npm), "pkg", None).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("archive_bomb", Retry::Never));
}

#[tokio::test]
async fn what_unpacks_to_too_much_is_refused() {
    let npm = NpmRegistry::start().await;
    npm.publish("pkg", "1.0.0", &[("index.js", &"let x = 1;\n".repeat(20_000))]);
    let cx = with_limits(npm_config(&npm), |l| l.max_unpacked_bytes = 100_000);
    let error = get(&cx, "pkg", None).await.unwrap_err();
    assert!(
        error.code() == "too_large" && error.to_string().contains("HUB_FETCH_MAX_UNPACKED_BYTES"),
        "{error}"
    );
}

#[tokio::test]
async fn a_zip_bomb_is_recognised_by_its_ratio() {
    let index = PypiIndex::start().await;
    let zeros = vec![b' '; 3 << 20];
    let names: Vec<String> = (0..8).map(|n| format!("tool/part{n}.py")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), zeros.as_slice())).collect();
    index.publish_file("tool", "tool-1.0-py3-none-any.whl", zip(&files), |_| {});
    let error = get(&pypi_context(&index), "pypi:tool", None).await.unwrap_err();
    assert_eq!(error.code(), "archive_bomb", "{error}");
}

#[tokio::test]
async fn an_oversized_archive_header_is_refused() {
    let npm = NpmRegistry::start().await;
    let mut tar = tar::Builder::new(Vec::new());
    let name = vec![b'a'; 2 << 20];
    let mut header = tar::Header::new_gnu();
    header.set_path("././@LongLink").unwrap();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(name.len() as u64);
    header.set_cksum();
    tar.append(&header, name.as_slice()).unwrap();
    npm.publish_tarball("pkg", "1.0.0", gzip(&tar.into_inner().unwrap()));
    let error = get(&npm_context(&npm), "pkg", None).await.unwrap_err();
    assert!(error.code() == "not_an_archive" && error.to_string().contains("header"), "{error}");
}

#[tokio::test]
async fn too_many_entries_are_refused() {
    let npm = NpmRegistry::start().await;
    let names: Vec<String> = (0..50).map(|n| format!("f{n}.js")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), "x")).collect();
    npm.publish_tarball("pkg", "1.0.0", npm_tarball(&files));
    let cx = with_limits(npm_config(&npm), |l| l.max_entries = 49);
    assert_eq!(get(&cx, "pkg", None).await.unwrap_err().code(), "too_many_entries");
    let cx = with_limits(npm_config(&npm), |l| l.max_files = 10);
    let snapshot = get(&cx, "pkg", None).await.unwrap();
    assert_eq!(snapshot.files.len(), 10);
    assert!(snapshot.skipped.iter().all(|s| s.reason == SkipReason::LimitReached) && snapshot.skipped.len() == 40);
    assert!(
        snapshot.warnings.iter().any(|w| w.contains("HUB_FETCH_MAX_FILES")),
        "{:?}",
        snapshot.warnings
    );
}

#[tokio::test]
async fn a_large_file_is_left_out_and_named() {
    let npm = NpmRegistry::start().await;
    npm.publish("pkg", "1.0.0", &[("big.js", &"x".repeat(2000)), ("small.js", "x")]);
    let cx = with_limits(npm_config(&npm), |l| l.max_file_bytes = 1000);
    let snapshot = get(&cx, "pkg", None).await.unwrap();
    assert_eq!(
        (paths(&snapshot), skipped(&snapshot)),
        (vec!["small.js"], vec![("big.js", SkipReason::TooLarge)])
    );
    assert_eq!(snapshot.skipped[0].bytes, Some(2000));
}

#[tokio::test]
async fn links_and_devices_in_an_archive_are_left_out() {
    let npm = NpmRegistry::start().await;
    let mut tar = tar::Builder::new(Vec::new());
    for (path, kind) in [
        ("package/soft.js", tar::EntryType::Symlink),
        ("package/hard.js", tar::EntryType::Link),
        ("package/pipe.js", tar::EntryType::Fifo),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_path(path).unwrap();
        header.set_entry_type(kind);
        header.set_link_name("/etc/passwd").unwrap();
        header.set_size(0);
        header.set_cksum();
        tar.append(&header, &[][..]).unwrap();
    }
    npm.publish_tarball("pkg", "1.0.0", gzip(&tar.into_inner().unwrap()));
    let snapshot = get(&npm_context(&npm), "pkg", None).await.unwrap();
    assert_eq!(
        skipped(&snapshot),
        [
            ("hard.js", SkipReason::Link),
            ("pipe.js", SkipReason::NotSource),
            ("soft.js", SkipReason::Link)
        ]
    );
    assert!(
        snapshot.warnings.iter().any(|w| w.starts_with("2 symbolic or hard links")),
        "{:?}",
        snapshot.warnings
    );
}

#[tokio::test]
async fn an_entry_after_one_block_of_zeros_or_behind_an_extended_size_does_not_hide() {
    // An unpacker that goes on after one empty block, or that believes the extended header, would install `hidden.js`.
    let entry = |path: &str, body: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_path(path).unwrap();
        header.set_size(body.len() as u64);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend_from_slice(body);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    };
    let mut tar = entry("package/a.js", b"a");
    tar.extend_from_slice(&[0; 512]);
    tar.extend(entry("package/hidden.js", b"hidden"));
    // A pax record that says the next entry has 1024 bytes although its header says 0: what follows is its body, not an entry.
    let mut pax = tar::Header::new_ustar();
    pax.set_path("pax").unwrap();
    pax.set_entry_type(tar::EntryType::XHeader);
    pax.set_size(13);
    pax.set_cksum();
    tar.extend_from_slice(pax.as_bytes());
    let mut record = b"13 size=1024\n".to_vec();
    record.resize(512, 0);
    tar.extend(record);
    let mut lying = tar::Header::new_ustar();
    lying.set_path("package/b.js").unwrap();
    lying.set_size(0);
    lying.set_cksum();
    tar.extend_from_slice(lying.as_bytes());
    tar.extend(entry("package/decoy.js", b"decoy"));
    tar.extend_from_slice(&[0; 1024]);
    let npm = NpmRegistry::start().await;
    npm.publish_tarball("pkg", "1.0.0", gzip(&tar));
    let snapshot = get(&npm_context(&npm), "pkg", None).await.unwrap();
    assert_eq!(paths(&snapshot), ["a.js", "hidden.js"]);
    assert_eq!(
        (skipped(&snapshot), snapshot.skipped[0].bytes),
        (vec![("b.js", SkipReason::Binary)], Some(1024))
    );
}
