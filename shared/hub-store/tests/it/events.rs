use crate::{a_scan, change, create, outcome};
use hub_model::{Digest, Grade, JobStatus, Role, ScanId, Severity};
use hub_store::testing::TestDatabase;
use hub_store::{ChangeKind, NewScan};

fn entered(status: JobStatus) -> ChangeKind {
    ChangeKind::Entered(status)
}

#[tokio::test]
async fn a_whole_life_leaves_status_report_and_tools() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let id = create(
        &db,
        &acme,
        NewScan {
            sealed_credentials: Some("s".into()),
            ..a_scan("one")
        },
    )
    .await;
    let seen = |applied: Vec<hub_store::Applied>| applied.into_iter().map(|a| (a.scan.status, a.ended)).collect::<Vec<_>>();
    assert_eq!(
        seen(db.store.apply(vec![change(id, 1, entered(JobStatus::Fetching))]).await.unwrap()),
        [(JobStatus::Fetching, false)]
    );
    let resolved = ChangeKind::Resolved {
        source_version: "1.2.3".into(),
        artifact: Digest::of(b"a"),
    };
    let discovered = ChangeKind::Discovered {
        tools: vec!["ping".into(), "pong\0".into()],
    };
    db.store
        .apply(vec![
            change(id, 1, resolved),
            change(id, 1, entered(JobStatus::Discovering)),
            change(id, 1, discovered),
        ])
        .await
        .unwrap();
    let tools = db.store.list_tools(id).await.unwrap();
    assert_eq!(
        tools
            .iter()
            .map(|t| (t.tool_name.as_str(), t.scan_status.as_str()))
            .collect::<Vec<_>>(),
        [("ping", "pending"), ("pong\u{fffd}", "pending")]
    );
    assert_eq!(
        seen(db.store.apply(vec![change(id, 1, outcome(Severity::High))]).await.unwrap()),
        [(JobStatus::Completed, true)]
    );

    let scan = db.store.find_scan(id).await.unwrap().unwrap();
    assert_eq!(
        (scan.overall_severity, scan.score, scan.grade),
        (Some(Severity::High), Some(40), Some(Grade::D))
    );
    assert_eq!((scan.total_tools, scan.tools_ok), (Some(2), Some(2)));
    assert_eq!(scan.artifact_digest, Some(Digest::of(b"a")));
    assert!(scan.started_at.is_some() && scan.completed_at.is_some());
    assert_eq!(db.store.list_tools(id).await.unwrap()[0].severity, Some(Severity::High));
    assert_eq!(db.store.find_report(id).await.unwrap().unwrap().json, br#"{"report":true}"#);
    assert_eq!(
        db.execute("select 1 from scans where sealed_credentials is not null").await,
        0,
        "an ended scan keeps no credentials"
    );
    db.drop_database().await;
}

#[tokio::test]
async fn events_that_arrive_twice_late_or_out_of_order_change_nothing() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let id = create(&db, &acme, a_scan("one")).await;
    db.store
        .apply(vec![change(id, 1, entered(JobStatus::ScanningTools))])
        .await
        .unwrap();
    db.store.apply(vec![change(id, 1, entered(JobStatus::Fetching))]).await.unwrap();
    assert_eq!(
        db.store.find_scan(id).await.unwrap().unwrap().status,
        JobStatus::ScanningTools,
        "no backward step"
    );

    db.store
        .apply(vec![change(id, 1, outcome(Severity::Low)), change(id, 1, outcome(Severity::Low))])
        .await
        .unwrap();
    let before = db.store.find_scan(id).await.unwrap().unwrap();
    let late = vec![
        change(id, 1, outcome(Severity::Critical)),
        change(
            id,
            1,
            ChangeKind::Failed {
                code: "late".into(),
                message: "late".into(),
            },
        ),
        change(id, 1, entered(JobStatus::Discovering)),
    ];
    assert!(db.store.apply(late).await.unwrap().is_empty());
    let after = db.store.find_scan(id).await.unwrap().unwrap();
    assert_eq!(
        (before.version, before.status, before.overall_severity),
        (after.version, after.status, after.overall_severity)
    );
    assert!(
        db.store
            .apply(vec![change(ScanId::new(), 1, outcome(Severity::Low))])
            .await
            .unwrap()
            .is_empty(),
        "unknown scans are ignored"
    );
    db.drop_database().await;
}

#[tokio::test]
async fn an_older_attempt_is_ignored_and_a_cancelled_scan_stays_cancelled() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let redriven = create(&db, &acme, a_scan("one")).await;
    db.execute(&format!("update scans set attempt = 2 where id = '{redriven}'")).await;
    let failed = || ChangeKind::Failed {
        code: "old".into(),
        message: "old".into(),
    };
    for old in [entered(JobStatus::Fetching), failed()] {
        assert!(db.store.apply(vec![change(redriven, 1, old)]).await.unwrap().is_empty());
    }
    let mixed = vec![
        change(redriven, 1, failed()),
        change(redriven, 2, entered(JobStatus::Fetching)),
        change(redriven, 1, entered(JobStatus::ScanningTools)),
    ];
    assert_eq!(db.store.apply(mixed).await.unwrap().len(), 1);
    assert_eq!(db.store.find_scan(redriven).await.unwrap().unwrap().status, JobStatus::Fetching);

    let cancelled = create(&db, &acme, a_scan("two")).await;
    db.store.cancel_scan(&acme.viewer, cancelled).await.unwrap();
    assert!(
        db.store
            .apply(vec![change(cancelled, 1, outcome(Severity::Low))])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(db.store.find_report(cancelled).await.unwrap().is_none());
    db.drop_database().await;
}

#[tokio::test]
async fn a_late_success_of_an_earlier_attempt_ends_the_scan() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let success = |id, attempt| change(id, attempt, outcome(Severity::Low));
    let next = |id| change(id, 2, entered(JobStatus::Fetching));
    for case in 0..3 {
        let id = create(&db, &acme, a_scan("one")).await;
        db.execute(&format!("update scans set attempt = 2 where id = '{id}'")).await;
        let batch = match case {
            0 => vec![success(id, 1)],
            1 => vec![success(id, 1), next(id)],
            _ => vec![next(id), success(id, 1)],
        };
        let applied = db.store.apply(batch).await.unwrap();
        assert_eq!(
            applied.iter().map(|a| (a.scan.status, a.ended)).collect::<Vec<_>>(),
            [(JobStatus::Completed, true)]
        );
        assert!(db.store.find_report(id).await.unwrap().is_some());
        assert!(
            db.store.apply(vec![success(id, 2)]).await.unwrap().is_empty(),
            "the first end counts"
        );
    }
    let id = create(&db, &acme, a_scan("one")).await;
    assert!(
        db.store.apply(vec![success(id, 2)]).await.unwrap().is_empty(),
        "an attempt that was never made"
    );
    db.drop_database().await;
}

#[tokio::test]
async fn a_batch_about_many_scans_is_applied_as_one() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let scans: Vec<_> = (0..40).map(|_| a_scan("one")).collect();
    db.store.create_scans(&acme.viewer, &scans, None).await.unwrap();
    let mut batch = Vec::new();
    for (n, scan) in scans.iter().enumerate() {
        batch.push(change(scan.id, 1, entered(JobStatus::Fetching)));
        let end = if n % 2 == 0 {
            outcome(Severity::Low)
        } else {
            ChangeKind::Failed {
                code: "no_such_package".into(),
                message: "there is none".into(),
            }
        };
        batch.push(change(scan.id, 1, end));
    }
    let applied = db.store.apply(batch).await.unwrap();
    assert_eq!(applied.len(), 40);
    assert!(applied.iter().all(|a| a.ended));
    let stats = db.store.stats(&acme.viewer).await.unwrap();
    assert_eq!((stats.by_status["completed"], stats.by_status["failed"]), (20, 20));
    assert_eq!(
        (
            stats.findings_by_severity["High"],
            stats.by_category["injection"],
            stats.by_severity["Low"]
        ),
        (40, 40, 20)
    );
    assert_eq!(stats.by_day.values().sum::<u64>(), 40);
    db.drop_database().await;
}
