//! Local servers that misbehave on request.

use axum::Router;
use hub_net::{EgressPolicy, HttpClient, NetLimits, Url};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves `router` on a free loopback port until the test's runtime ends.
pub(crate) async fn serve(router: Router) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Answers every connection with raw bytes: `head`, then `forever` again and again while the peer reads. Counts connections.
pub(crate) async fn serve_raw(head: &'static [u8], forever: &'static [u8]) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    tokio::spawn(async move {
        while let Ok((mut peer, _)) = listener.accept().await {
            seen.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move { answer(&mut peer, head, forever).await });
        }
    });
    (url, count)
}

async fn answer(peer: &mut TcpStream, head: &[u8], forever: &[u8]) -> std::io::Result<()> {
    let mut request = [0; 4096];
    let _ = peer.read(&mut request).await?;
    peer.write_all(head).await?;
    while !forever.is_empty() {
        peer.write_all(forever).await?;
    }
    peer.shutdown().await
}

/// Time-outs short enough for a test, long enough for a busy machine where none is expected.
pub(crate) fn limits() -> NetLimits {
    NetLimits {
        total_timeout: Duration::from_secs(60),
        ..NetLimits::default()
    }
}

/// A client that may reach loopback.
pub(crate) fn open() -> HttpClient {
    HttpClient::new(EgressPolicy::with_loopback(), limits()).unwrap()
}

/// A client that may reach public addresses, and one operator's own origin.
pub(crate) fn guarded(own: &[&Url]) -> HttpClient {
    HttpClient::trusting(EgressPolicy::public_only(), limits(), own.iter().copied()).unwrap()
}
