use crate::{a_scan, change, create, outcome};
use hub_model::{JobStatus, Role, ScanId, Severity};
use hub_store::testing::TestDatabase;
use hub_store::{ChangeKind, DispatchLimits};

fn limits(max_in_flight_per_org: u32, batch: u32) -> DispatchLimits {
    DispatchLimits {
        max_in_flight_per_org,
        batch,
        ..DispatchLimits::default()
    }
}

#[tokio::test]
async fn one_scan_of_a_small_org_is_not_behind_the_thousand_of_a_big_one() {
    let db = TestDatabase::create().await;
    let (big, small) = (db.org("big", Role::Member).await, db.org("small", Role::Member).await);
    let flood: Vec<_> = (0..50).map(|_| a_scan("flood")).collect();
    db.store.create_scans(&big.viewer, &flood, None).await.unwrap();
    let one = create(&db, &small, a_scan("one")).await;
    let claim = db.store.claim(&limits(100, 4)).await.unwrap();
    assert_eq!(claim.scans.len(), 4);
    assert!(
        claim.scans[..2].iter().any(|s| s.id == one),
        "the first round has the first scan of each org"
    );
    drop(claim);
    db.drop_database().await;
}

#[tokio::test]
async fn an_org_never_has_more_in_flight_than_its_cap() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let flood: Vec<_> = (0..10).map(|_| a_scan("flood")).collect();
    db.store.create_scans(&acme.viewer, &flood, None).await.unwrap();
    let claim = db.store.claim(&limits(3, 64)).await.unwrap();
    let ids: Vec<ScanId> = claim.scans.iter().map(|s| s.id).collect();
    assert_eq!(ids, flood.iter().take(3).map(|s| s.id).collect::<Vec<_>>(), "oldest first");
    claim.commit(&ids).await.unwrap();
    assert!(db.store.claim(&limits(3, 64)).await.unwrap().scans.is_empty());
    db.store
        .apply(vec![change(
            ids[0],
            1,
            ChangeKind::Failed {
                code: "x".into(),
                message: "y".into(),
            },
        )])
        .await
        .unwrap();
    let room = db.store.claim(&limits(3, 64)).await.unwrap();
    assert_eq!(
        room.scans.iter().map(|s| s.id).collect::<Vec<_>>(),
        vec![flood[3].id],
        "an end makes room for one"
    );
    drop(room);
    db.drop_database().await;
}

#[tokio::test]
async fn all_orgs_together_never_have_more_in_flight_than_the_queues_are_meant_to_hold() {
    let db = TestDatabase::create().await;
    let limits = DispatchLimits {
        max_in_flight: 3,
        ..DispatchLimits::default()
    };
    let mut first = Vec::new();
    for name in ["one", "two", "three", "four"] {
        let org = db.org(name, Role::Member).await;
        first.push(create(&db, &org, a_scan(name)).await);
        create(&db, &org, a_scan(name)).await;
    }
    let claim = db.store.claim(&limits).await.unwrap();
    let ids: Vec<ScanId> = claim.scans.iter().map(|s| s.id).collect();
    assert_eq!(ids, first[..3], "the first of each org, as many as there is room for");
    claim.commit(&ids).await.unwrap();
    assert!(db.store.claim(&limits).await.unwrap().scans.is_empty());
    let failed = ChangeKind::Failed {
        code: "x".into(),
        message: "y".into(),
    };
    db.store.apply(vec![change(ids[0], 1, failed)]).await.unwrap();
    let room = db.store.claim(&limits).await.unwrap();
    assert_eq!(room.scans.len(), 1, "an end makes room for one");
    drop(room);
    db.drop_database().await;
}

#[tokio::test]
async fn two_dispatchers_never_hold_the_same_scan() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let id = create(&db, &acme, a_scan("one")).await;
    let first = db.store.claim(&limits(10, 10)).await.unwrap();
    let second = db.store.claim(&limits(10, 10)).await.unwrap();
    assert_eq!((first.scans.len(), second.scans.len()), (1, 0));
    drop(first);
    drop(second);
    // What a dispatcher dropped, for instance because the broker was away, is handed out again.
    let again = loop {
        let claim = db.store.claim(&limits(10, 10)).await.unwrap();
        if !claim.scans.is_empty() {
            break claim;
        }
        tokio::task::yield_now().await;
    };
    again.commit(&[id]).await.unwrap();
    assert!(db.store.claim(&limits(10, 10)).await.unwrap().scans.is_empty());
    assert_eq!(db.store.find_scan(id).await.unwrap().unwrap().status, JobStatus::Initializing);
    db.drop_database().await;
}

#[tokio::test]
async fn a_stored_target_that_nobody_can_read_fails_its_scan_and_blocks_no_other() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let bad = create(&db, &acme, a_scan("bad")).await;
    let good = create(&db, &acme, a_scan("good")).await;
    db.execute(&format!("update scans set target = '{{\"kind\":\"martian\"}}' where id = '{bad}'"))
        .await;
    let claim = db.store.claim(&limits(10, 10)).await.unwrap();
    assert_eq!(claim.scans.iter().map(|s| s.id).collect::<Vec<_>>(), vec![good]);
    claim.commit(&[good]).await.unwrap();
    let scan = db.store.find_scan(bad).await.unwrap().unwrap();
    assert_eq!(scan.status, JobStatus::Failed);
    assert!(scan.error_message.unwrap().contains("submit it again"));
    db.drop_database().await;
}

#[tokio::test]
async fn a_scan_is_handed_out_with_the_newest_one_before_it_that_its_readers_may_read() {
    let db = TestDatabase::create().await;
    let (acme, rival) = (db.org("acme", Role::Member).await, db.org("rival", Role::Member).await);
    let private = |package: &str| hub_store::NewScan {
        is_private: true,
        ..a_scan(package)
    };
    let first = create(&db, &acme, a_scan("one")).await;
    let hidden = create(&db, &acme, private("one")).await;
    let other = create(&db, &acme, a_scan("two")).await;
    let failed = create(&db, &acme, a_scan("one")).await;
    let early: Vec<ScanId> = vec![first, hidden, other, failed];
    let claim = db.store.claim(&limits(10, 10)).await.unwrap();
    assert!(claim.scans.iter().all(|s| s.earlier.is_none()), "none had completed");
    claim.commit(&early).await.unwrap();
    for id in [first, hidden, other] {
        db.store.apply(vec![change(id, 1, outcome(Severity::Low))]).await.unwrap();
    }
    let end = ChangeKind::Failed {
        code: "x".into(),
        message: "y".into(),
    };
    db.store.apply(vec![change(failed, 1, end)]).await.unwrap();
    let public = create(&db, &rival, a_scan("one")).await;
    let own = create(&db, &acme, private("one")).await;
    let foreign = create(&db, &rival, private("one")).await;
    let claim = db.store.claim(&limits(10, 10)).await.unwrap();
    let before = |id: ScanId| claim.scans.iter().find(|s| s.id == id).unwrap().earlier.map(|(id, _)| id);
    assert_eq!(
        (before(public), before(own), before(foreign)),
        (Some(first), Some(hidden), Some(first))
    );
    drop(claim);
    db.drop_database().await;
}
