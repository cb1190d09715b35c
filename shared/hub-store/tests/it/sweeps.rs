use crate::{a_scan, change, create, private};
use hub_model::{JobStatus, Role};
use hub_store::testing::TestDatabase;
use hub_store::{ChangeKind, DispatchLimits, MaintenanceSettings, SweepSettings};

#[tokio::test]
async fn a_stuck_scan_is_driven_again_and_fails_with_a_reason_in_the_end() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let id = create(&db, &acme, a_scan("one")).await;
    let settings = SweepSettings {
        max_attempts: 2,
        ..SweepSettings::default()
    };
    for attempt in 1..=2 {
        let claim = db.store.claim(&DispatchLimits::default()).await.unwrap();
        assert_eq!(claim.scans.iter().map(|s| (s.id, s.attempt)).collect::<Vec<_>>(), [(id, attempt)]);
        claim.commit(&[id]).await.unwrap();
        db.store
            .apply(vec![change(id, attempt, ChangeKind::Entered(JobStatus::ScanningTools))])
            .await
            .unwrap();
        let swept = db.store.sweep(&settings).await.unwrap();
        assert!(swept.redriven.is_empty() && swept.failed.is_empty(), "it has just moved");
        db.execute("update scans set moved_at = now() - interval '40 minutes'").await;
        let swept = db.store.sweep(&settings).await.unwrap();
        if attempt == 1 {
            assert_eq!(
                swept.redriven.iter().map(|s| (s.status, s.attempt)).collect::<Vec<_>>(),
                [(JobStatus::Initializing, 2)]
            );
        } else {
            assert_eq!(swept.failed[0].status, JobStatus::Failed);
            let reason = swept.failed[0].error_message.clone().unwrap();
            assert!(reason.contains("scanning tools") && reason.contains("2 attempts"), "{reason}");
        }
    }
    db.drop_database().await;
}

#[tokio::test]
async fn a_scan_that_waits_in_a_full_queue_is_not_stuck() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let id = create(&db, &acme, a_scan("one")).await;
    db.store
        .claim(&DispatchLimits::default())
        .await
        .unwrap()
        .commit(&[id])
        .await
        .unwrap();
    db.execute("update scans set moved_at = now() - interval '30 minutes'").await;
    assert!(db.store.sweep(&SweepSettings::default()).await.unwrap().redriven.is_empty());
    db.execute("update scans set moved_at = now() - interval '2 hours'").await;
    assert_eq!(db.store.sweep(&SweepSettings::default()).await.unwrap().redriven.len(), 1);
    db.drop_database().await;
}

#[tokio::test]
async fn a_scan_that_waits_to_be_analysed_is_not_stuck() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let id = create(&db, &acme, a_scan("one")).await;
    let resolved = ChangeKind::Resolved {
        source_version: "1".into(),
        artifact: hub_model::Digest::of(b"a"),
    };
    let fetched = vec![change(id, 1, ChangeKind::Entered(JobStatus::Fetching)), change(id, 1, resolved)];
    db.store.apply(fetched).await.unwrap();
    db.execute("update scans set moved_at = now() - interval '40 minutes'").await;
    assert!(db.store.sweep(&SweepSettings::default()).await.unwrap().redriven.is_empty());
    db.execute("update scans set moved_at = now() - interval '2 hours'").await;
    assert_eq!(db.store.sweep(&SweepSettings::default()).await.unwrap().redriven.len(), 1);
    db.drop_database().await;
}

#[tokio::test]
async fn a_redrive_wakes_whoever_listens() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let id = create(&db, &acme, private(a_scan("one"))).await;
    let mut wake = db.store.listen().await.unwrap();
    db.store.cancel_scan(&acme.viewer, id).await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(20), wake.next())
        .await
        .expect("woken")
        .unwrap();
    drop(wake);
    db.drop_database().await;
}

#[tokio::test]
async fn old_months_are_dropped_and_new_ones_are_ready() {
    let db = TestDatabase::create().await;
    db.execute("select ensure_partitions('2020-01-01', 1)").await;
    assert_eq!(
        db.execute("select 1 from pg_class where relname in ('scans_202001', 'reports_202001', 'scan_tools_202001')")
            .await,
        3
    );
    db.store
        .maintain(&MaintenanceSettings {
            retention_days: 90,
            ..MaintenanceSettings::default()
        })
        .await
        .unwrap();
    assert_eq!(db.execute("select 1 from pg_class where relname = 'scans_202001'").await, 0);
    let acme = db.org("acme", Role::Member).await;
    create(&db, &acme, a_scan("one")).await;
    assert_eq!(
        db.execute("select 1 from scans_default").await,
        0,
        "this month has its own partition"
    );
    db.drop_database().await;
}
