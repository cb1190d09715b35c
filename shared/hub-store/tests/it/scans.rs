use crate::{a_scan, create, private};
use hub_model::{HostedTarget, JobStatus, Role, ScanId, TransportChoice};
use hub_secrets::AuthType;
use hub_store::testing::TestDatabase;
use hub_store::{Born, Cancelled, Idempotency, NewScan, ScanTarget, ScanType};

#[tokio::test]
async fn a_scan_is_read_back_as_it_was_created() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let hosted = NewScan {
        target: ScanTarget::Hosted(HostedTarget {
            endpoint_url: "https://mcp.example.com/mcp".parse().unwrap(),
            server_name: Some("demo".into()),
            expected_tools: None,
            transport: TransportChoice::Auto,
        }),
        source_url: None,
        repo_name: Some("demo".into()),
        registry_name: None,
        auth_type: Some(AuthType::Bearer),
        sealed_credentials: Some("sealed".into()),
        ..a_scan("x")
    };
    let id = create(&db, &acme, hosted).await;
    let scan = db.store.find_scan(id).await.unwrap().unwrap();
    assert_eq!(
        (scan.scan_type, scan.status, scan.attempt),
        (ScanType::Hosted, JobStatus::Initializing, 1)
    );
    assert_eq!(
        (scan.endpoint_url.as_deref(), scan.auth_type.as_deref()),
        (Some("https://mcp.example.com/mcp"), Some("bearer"))
    );
    assert_eq!((scan.org_id, scan.user_email), (acme.viewer.org_id, acme.viewer.user_email.clone()));
    assert!(db.store.find_scan(ScanId::new()).await.unwrap().is_none());
    db.drop_database().await;
}

#[tokio::test]
async fn a_repeat_with_the_same_idempotency_key_creates_nothing_and_gets_the_first_answer() {
    let db = TestDatabase::create().await;
    let (acme, rival) = (db.org("acme", Role::Member).await, db.org("rival", Role::Member).await);
    let idem = |hash: u8, response| Idempotency {
        key: "k-1",
        request_hash: [hash; 32],
        response,
    };
    let first = a_scan("one");
    assert_eq!(
        db.store
            .create_scans(&acme.viewer, std::slice::from_ref(&first), Some(&idem(1, "first")))
            .await
            .unwrap(),
        Born::Created
    );
    let repeat = a_scan("one");
    let born = db
        .store
        .create_scans(&acme.viewer, std::slice::from_ref(&repeat), Some(&idem(1, "second")))
        .await
        .unwrap();
    assert_eq!(born, Born::Repeated { response: "first".into() });
    assert!(db.store.find_scan(repeat.id).await.unwrap().is_none());
    assert_eq!(
        db.store
            .create_scans(&acme.viewer, &[a_scan("two")], Some(&idem(2, "x")))
            .await
            .unwrap(),
        Born::KeyReused
    );
    assert_eq!(
        db.store
            .create_scans(&rival.viewer, &[a_scan("one")], Some(&idem(1, "theirs")))
            .await
            .unwrap(),
        Born::Created,
        "keys are per user"
    );

    db.execute("update idempotency_keys set created_at = now() - interval '25 hours'")
        .await;
    assert_eq!(
        db.store
            .create_scans(&acme.viewer, &[a_scan("two")], Some(&idem(2, "x")))
            .await
            .unwrap(),
        Born::Created,
        "forgotten after a day"
    );
    db.drop_database().await;
}

#[tokio::test]
async fn repeats_that_arrive_together_create_one_scan() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let idem = Idempotency {
        key: "together",
        request_hash: [7; 32],
        response: "answer",
    };
    let scans: Vec<_> = (0..6).map(|_| [a_scan("one")]).collect();
    let calls = scans.iter().map(|scan| db.store.create_scans(&acme.viewer, scan, Some(&idem)));
    let outcomes = futures_join(calls).await;
    assert_eq!(outcomes.iter().filter(|o| **o == Born::Created).count(), 1, "{outcomes:?}");
    db.drop_database().await;
}

async fn futures_join(calls: impl Iterator<Item = impl Future<Output = hub_store::Birth>>) -> Vec<Born> {
    let mut calls: Vec<_> = calls.map(Box::pin).collect();
    let mut done: Vec<Option<Born>> = vec![None; calls.len()];
    std::future::poll_fn(|cx| {
        for (call, slot) in calls.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(outcome) = call.as_mut().poll(cx)
            {
                *slot = Some(outcome.unwrap());
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_scan_is_cancelled_by_its_own_org_only_and_once() {
    let db = TestDatabase::create().await;
    let (acme, rival) = (db.org("acme", Role::Member).await, db.org("rival", Role::Member).await);
    let id = create(
        &db,
        &acme,
        private(NewScan {
            sealed_credentials: Some("sealed".into()),
            ..a_scan("one")
        }),
    )
    .await;
    assert!(matches!(
        db.store.cancel_scan(&rival.viewer, id).await.unwrap(),
        Cancelled::NotYours
    ));
    let Cancelled::Ended { scan, by_this_call: true } = db.store.cancel_scan(&acme.viewer, id).await.unwrap() else {
        panic!()
    };
    assert_eq!(scan.status, JobStatus::Cancelled);
    assert!(scan.completed_at.is_some());
    assert!(matches!(
        db.store.cancel_scan(&acme.viewer, id).await.unwrap(),
        Cancelled::Ended { by_this_call: false, .. }
    ));
    assert!(matches!(
        db.store.cancel_scan(&acme.viewer, ScanId::new()).await.unwrap(),
        Cancelled::Unknown
    ));
    assert_eq!(
        db.execute("select 1 from scans where sealed_credentials is not null").await,
        0,
        "an ended scan keeps no credentials"
    );
    db.drop_database().await;
}

#[tokio::test]
async fn scans_of_the_same_moment_are_stored_together_and_one_that_cannot_be_leaves_the_others_alone() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let births = hub_store::Births::start(&db.store);
    let mut scans: Vec<NewScan> = (0..40).map(|n| a_scan(&format!("pkg-{n}"))).collect();
    // The id of another: its row is refused.
    scans[7].id = scans[6].id;
    let outcomes = futures::future::join_all(scans.iter().map(|s| births.create(&acme.viewer, std::slice::from_ref(s)))).await;
    assert_eq!(outcomes.iter().filter(|o| o.is_err()).count(), 1);
    for (scan, outcome) in scans.iter().zip(&outcomes) {
        assert!(db.store.find_scan(scan.id).await.unwrap().is_some() || outcome.is_err());
    }
    db.drop_database().await;
}
