//! The cache against a real Redis, and without one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use hub_cache::{Cache, CacheSettings, Policy};
use hub_model::{ApiKeyId, Hidden, ScanId};
use std::time::Duration;
use uuid::Uuid;

fn settings() -> CacheSettings {
    let url = std::env::var("HUB_TEST_REDIS_URL").expect("HUB_TEST_REDIS_URL is not set: run `make test`, which starts the servers");
    CacheSettings {
        url: Hidden(url),
        prefix: format!("t{}", Uuid::now_v7().simple()),
        timeout: Duration::from_secs(10),
        ..CacheSettings::default()
    }
}

fn absent() -> CacheSettings {
    // Bound and dropped: nothing listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    CacheSettings {
        url: Hidden(format!("redis://127.0.0.1:{port}/0")),
        timeout: Duration::from_millis(500),
        ..CacheSettings::default()
    }
}

#[tokio::test]
async fn a_key_is_remembered_until_it_is_forgotten() {
    let cache = Cache::open(settings()).unwrap();
    let id = ApiKeyId(Uuid::new_v4());
    assert_eq!(cache.find_key(id).await, None);
    cache.put_key(id, b"record").await;
    assert_eq!(cache.find_key(id).await.as_deref(), Some(b"record".as_slice()));
    cache.forget_key(id).await;
    assert_eq!(cache.find_key(id).await, None);
}

#[tokio::test]
async fn an_older_status_never_replaces_a_newer_one() {
    let cache = Cache::open(settings()).unwrap();
    let id = ScanId::new();
    cache.put_status(id, 5, false, b"five", false).await;
    cache.put_status(id, 4, false, b"four", false).await;
    assert_eq!(cache.find_status(id).await.as_deref(), Some(b"five".as_slice()));
    cache.put_status(id, 10, true, b"ten", false).await;
    assert_eq!(cache.find_status(id).await.as_deref(), Some(b"ten".as_slice()));
    assert!(cache.forget_status(id).await);
    assert_eq!(cache.find_status(id).await, None);
}

#[tokio::test]
async fn a_bucket_empties_refuses_and_says_when_to_come_back() {
    let cache = Cache::open(settings()).unwrap();
    // Fills so slowly that the test's own time does not count.
    let policy = Policy {
        name: "calls",
        burst: 3,
        per_second: 0.001,
    };
    for left in [2, 1, 0] {
        let allowance = cache.take(&policy, "key", 1).await.unwrap();
        assert_eq!((allowance.allowed, allowance.remaining), (true, left));
    }
    let refused = cache.take(&policy, "key", 1).await.unwrap();
    assert!(
        !refused.allowed && refused.retry_after > Duration::from_secs(900) && refused.retry_after <= Duration::from_secs(1000),
        "{refused:?}"
    );
    assert!(cache.take(&policy, "another", 1).await.unwrap().allowed);
}

#[tokio::test]
async fn who_listens_is_woken_by_an_announced_status() {
    let cache = Cache::open(settings()).unwrap();
    let (wakeups, carrying) = cache.wakeups();
    let carrying = tokio::spawn(carrying);
    let mut listener = wakeups.listen();
    let id = ScanId::new();
    // The subscription takes a moment; what is announced before it is lost, as documented.
    let woken = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            cache.put_status(id, 1, false, b"x", true).await;
            if let Ok(Ok(who)) = tokio::time::timeout(Duration::from_millis(50), listener.recv()).await {
                return who;
            }
        }
    })
    .await
    .expect("woken");
    assert_eq!(woken, id);
    carrying.abort();
}

#[tokio::test]
async fn without_redis_every_call_answers_nothing() {
    let cache = Cache::open(absent()).unwrap();
    let (id, key) = (ScanId::new(), ApiKeyId(Uuid::new_v4()));
    assert!(!cache.answers().await);
    cache.put_key(key, b"x").await;
    cache.put_status(id, 1, true, b"x", true).await;
    assert_eq!((cache.find_key(key).await, cache.find_status(id).await), (None, None));
    assert_eq!(
        cache
            .take(
                &Policy {
                    name: "calls",
                    burst: 1,
                    per_second: 1.0
                },
                "key",
                1
            )
            .await,
        None
    );
}
