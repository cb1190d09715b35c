use crate::server::{limits, open, serve, serve_raw};
use axum::Router;
use axum::body::Body;
use axum::http::header;
use axum::routing::get;
use futures::stream;
use hub_net::{Bytes, EgressPolicy, FetchOptions, HttpClient, NetError, NetLimits, Request};
use std::io::Write;
use std::time::Duration;

fn endless() -> Body {
    Body::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 8192]))))
}

#[tokio::test]
async fn an_endless_body_ends_at_the_bound() {
    let url = serve(Router::new().route("/", get(|| async { endless() }))).await;
    let response = open().send(Request::get(url), FetchOptions::max_bytes(100_000)).await.unwrap();
    let error = response.bytes().await.unwrap_err();
    assert!(
        matches!(
            error,
            NetError::TooLarge {
                limit: 100_000,
                declared: None,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_declared_size_over_the_bound_is_refused_before_the_body_is_read() {
    let (url, _) = serve_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5368709120\r\n\r\n", b"x").await;
    let error = open().send(Request::get(url), FetchOptions::max_bytes(1 << 20)).await.unwrap_err();
    assert!(
        matches!(
            error,
            NetError::TooLarge {
                declared: Some(5_368_709_120),
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("5368709120"), "{error}");
}

#[tokio::test]
async fn a_compressed_bomb_is_counted_after_decompression() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(&vec![0; 8 << 20]).unwrap();
    let small = gz.finish().unwrap();
    assert!(small.len() < 1 << 16);
    let url = serve(Router::new().route("/", get(move || async move { ([(header::CONTENT_ENCODING, "gzip")], small) }))).await;
    let response = open().send(Request::get(url), FetchOptions::max_bytes(1 << 20)).await.unwrap();
    assert!(matches!(response.bytes().await, Err(NetError::TooLarge { .. })));
}

#[tokio::test]
async fn a_body_that_drips_is_cut_off_by_the_total_time() {
    let drip = || {
        Body::from_stream(stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b".")), ()))
        }))
    };
    let url = serve(Router::new().route("/", get(move || async move { drip() }))).await;
    let options = FetchOptions {
        total_timeout: Some(Duration::from_millis(300)),
        ..FetchOptions::default()
    };
    // Where the machine is slow, the time may be up before the headers are here: the same error then.
    let error = match open().send(Request::get(url), options).await {
        Ok(response) => response.bytes().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, NetError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn a_body_that_stops_is_cut_off_by_the_idle_time() {
    let stops = || {
        Body::from_stream(stream::unfold(0, |n| async move {
            if n == 0 {
                Some((Ok::<_, std::io::Error>(Bytes::from_static(b"start")), 1))
            } else {
                std::future::pending().await
            }
        }))
    };
    let url = serve(Router::new().route("/", get(move || async move { stops() }))).await;
    let limits = NetLimits {
        idle_timeout: Duration::from_millis(300),
        ..limits()
    };
    let client = HttpClient::new(EgressPolicy::with_loopback(), limits).unwrap();
    let error = match client.get(url).await {
        Ok(response) => response.bytes().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, NetError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn endless_headers_are_refused() {
    let (one_line, _) = serve_raw(b"HTTP/1.1 200 OK\r\nx: ", &[b'a'; 4096]).await;
    let (many_lines, _) = serve_raw(b"HTTP/1.1 200 OK\r\n", b"x-more: and more\r\n").await;
    for url in [one_line, many_lines] {
        let error = open().get(url).await.unwrap_err();
        assert!(matches!(error, NetError::NotHttp { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_body_shorter_than_declared_is_broken_off() {
    let (url, _) = serve_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", b"").await;
    let error = open().get(url).await.unwrap().bytes().await.unwrap_err();
    assert!(matches!(error, NetError::BrokenOff { .. }), "{error}");
}

#[tokio::test]
async fn what_is_no_json_is_unreadable() {
    let url = serve(Router::new().route("/", get(|| async { "<html>" }))).await;
    let error = open().get(url).await.unwrap().json::<serde_json::Value>().await.unwrap_err();
    assert!(matches!(error, NetError::Unreadable { what: "JSON", .. }), "{error}");
}
