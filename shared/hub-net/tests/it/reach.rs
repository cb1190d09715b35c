use crate::server::{guarded, limits, open, serve, serve_raw};
use axum::Router;
use axum::routing::get;
use hub_model::{ErrorCode, Retry};
use hub_net::{AddressClass, EgressPolicy, FetchOptions, HttpClient, NetError, NetLimits, Request, Url};
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test]
async fn no_spelling_of_loopback_gets_a_connection() {
    let (url, connections) = serve_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b"").await;
    let port = url.port().unwrap();
    let client = guarded(&[]);
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "localhost",
        "0.0.0.0",
        "[::]",
    ] {
        let error = client.get(format!("http://{host}:{port}/").parse().unwrap()).await.unwrap_err();
        assert!(matches!(error, NetError::Forbidden { .. }), "{host}: {error}");
        assert_eq!(error.retry(), Retry::Never, "{host}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    assert!(open().get(url).await.unwrap().status().is_success());
}

#[tokio::test]
async fn an_operators_own_origin_is_reached_and_its_neighbour_port_is_not() {
    let own = serve(Router::new().route("/", get(|| async { "own" }))).await;
    let neighbour = serve(Router::new().route("/", get(|| async { "neighbour" }))).await;
    let client = guarded(&[&own]);
    assert_eq!(client.get(own).await.unwrap().bytes().await.unwrap(), "own");
    assert!(matches!(
        client.get(neighbour).await,
        Err(NetError::Forbidden {
            class: AddressClass::Loopback,
            ..
        })
    ));
}

#[tokio::test]
async fn an_operators_own_name_may_be_private_but_never_cloud_metadata() {
    let metadata: Url = "http://169.254.169.254/latest".parse().unwrap();
    let client = guarded(&[&metadata]);
    assert!(matches!(
        client.get(metadata).await,
        Err(NetError::Forbidden {
            class: AddressClass::CloudMetadata,
            ..
        })
    ));
    let own = serve(Router::new().route("/", get(|| async { "by name" }))).await;
    let by_name: Url = format!("http://localhost:{}/", own.port().unwrap()).parse().unwrap();
    assert_eq!(guarded(&[&by_name]).get(by_name).await.unwrap().bytes().await.unwrap(), "by name");
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_worth_a_retry() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = open().get(url).await.unwrap_err();
    assert!(matches!(error, NetError::Connect { .. }), "{error}");
    assert_eq!((error.code(), error.retry()), ("unreachable", Retry::Later));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_a_tls_error_and_one_that_speaks_no_http_is_no_http() {
    let (url, _) = serve_raw(b"SSH-2.0-OpenSSH_9.6\r\n", b"").await;
    let error = open().get(url.clone()).await.unwrap_err();
    assert!(matches!(error, NetError::NotHttp { .. }), "{error}");
    let mut secure = url;
    secure.set_scheme("https").unwrap();
    let error = open().get(secure).await.unwrap_err();
    assert!(matches!(error, NetError::Tls { .. }), "{error}");
    assert_eq!(error.retry(), Retry::Never);
}

#[tokio::test]
async fn a_silent_server_is_a_time_out_and_worth_a_retry() {
    // Bound but never accepted: the kernel completes the handshake and nobody answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let limits = NetLimits {
        idle_timeout: Duration::from_millis(100),
        ..limits()
    };
    let client = HttpClient::new(EgressPolicy::with_loopback(), limits).unwrap();
    let error = client.send(Request::get(url), FetchOptions::default()).await.unwrap_err();
    assert!(matches!(error, NetError::Timeout { .. }), "{error}");
    assert_eq!(error.retry(), Retry::Later);
}

#[tokio::test]
async fn a_status_says_by_itself_whether_to_try_again() {
    use axum::http::StatusCode;
    let url = serve(
        Router::new()
            .route("/500", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
            .route("/429", get(|| async { StatusCode::TOO_MANY_REQUESTS })),
    )
    .await;
    for (path, retry) in [("500", Retry::Later), ("429", Retry::Later), ("404", Retry::Never)] {
        let error = open().get(url.join(path).unwrap()).await.unwrap().success().unwrap_err();
        assert_eq!(error.retry(), retry, "{error}");
    }
}
