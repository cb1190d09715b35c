use crate::{a_scan, change, create, outcome, private};
use chrono::{TimeDelta, Utc};
use hub_model::{JobStatus, OrgId, Role, ScanId, Severity};
use hub_store::testing::{TestDatabase, TestOrg};
use hub_store::{ListQuery, Page, RepoFilter, ScanType, UsageLine, VisibilityFilter};

fn all() -> ListQuery {
    ListQuery {
        visibility: VisibilityFilter::All,
        status: None,
        scan_type: None,
        repo_name: None,
        severity: None,
        created_after: None,
        created_before: None,
        mine: false,
        limit: 100,
        page: Page::Offset(0),
    }
}

async fn ids(db: &TestDatabase, org: &TestOrg, query: ListQuery) -> Vec<ScanId> {
    let page = db.store.list_scans(&org.viewer, &query).await.unwrap();
    assert!(page.total.count as usize >= page.scans.len());
    page.scans.iter().map(|s| s.id).collect()
}

#[tokio::test]
async fn private_scans_are_in_no_list_and_no_count_of_another_org() {
    let db = TestDatabase::create().await;
    let (acme, rival) = (db.org("acme", Role::Member).await, db.org("rival", Role::Member).await);
    let open = create(&db, &acme, a_scan("open")).await;
    let secret = create(&db, &acme, private(a_scan("secret"))).await;
    assert_eq!(ids(&db, &acme, all()).await, [secret, open], "newest first");
    assert_eq!(ids(&db, &rival, all()).await, [open]);
    for visibility in [VisibilityFilter::All, VisibilityFilter::Private] {
        let query = ListQuery {
            visibility,
            repo_name: Some(RepoFilter::Exact("secret".into())),
            ..all()
        };
        assert!(ids(&db, &rival, query).await.is_empty(), "{visibility:?}");
    }
    assert_eq!(
        ids(
            &db,
            &acme,
            ListQuery {
                visibility: VisibilityFilter::Private,
                ..all()
            }
        )
        .await,
        [secret]
    );
    assert_eq!(
        ids(
            &db,
            &acme,
            ListQuery {
                visibility: VisibilityFilter::Public,
                ..all()
            }
        )
        .await,
        [open]
    );
    assert_eq!(db.store.list_scans(&rival.viewer, &all()).await.unwrap().total.count, 1);
    assert_eq!(
        (
            db.store.stats(&acme.viewer).await.unwrap().total_scans,
            db.store.stats(&rival.viewer).await.unwrap().total_scans
        ),
        (2, 1)
    );
    db.drop_database().await;
}

#[tokio::test]
async fn pages_by_cursor_show_every_scan_once_while_new_ones_arrive() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let mut made = Vec::new();
    for n in 0..25 {
        made.push(create(&db, &acme, if n % 3 == 0 { private(a_scan("p")) } else { a_scan("q") }).await);
    }
    made.reverse();
    let (mut seen, mut page) = (Vec::new(), Page::Offset(0));
    loop {
        let got = db
            .store
            .list_scans(&acme.viewer, &ListQuery { limit: 4, page, ..all() })
            .await
            .unwrap();
        seen.extend(got.scans.iter().map(|s| s.id));
        create(&db, &acme, a_scan("new")).await;
        match got.next {
            Some(cursor) => page = Page::After(cursor.to_string().parse().unwrap()),
            None => break,
        }
    }
    assert_eq!(seen, made);
    db.drop_database().await;
}

#[tokio::test]
async fn pages_by_offset_and_totals_agree() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    let scans: Vec<_> = (0..7)
        .map(|n| if n % 2 == 0 { private(a_scan("p")) } else { a_scan("q") })
        .collect();
    db.store.create_scans(&acme.viewer, &scans, None).await.unwrap();
    let page = db
        .store
        .list_scans(
            &acme.viewer,
            &ListQuery {
                limit: 3,
                page: Page::Offset(5),
                ..all()
            },
        )
        .await
        .unwrap();
    assert_eq!(page.scans.iter().map(|s| s.id).collect::<Vec<_>>(), [scans[1].id, scans[0].id]);
    assert_eq!((page.total.count, page.total.is_estimate, page.next.is_none()), (7, false, true));
    db.drop_database().await;
}

#[tokio::test]
async fn a_total_beyond_ten_thousand_is_an_estimate() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Member).await;
    create(&db, &acme, a_scan("one")).await;
    db.execute(
        "insert into scans (id, org_id, user_id, project_id, user_email, project_name, scan_type, is_private, target, created_at)
         select gen_random_uuid(), org_id, user_id, project_id, user_email, project_name, scan_type, is_private, target, created_at
         from scans, generate_series(1, 10000)",
    )
    .await;
    let total = db
        .store
        .list_scans(&acme.viewer, &ListQuery { limit: 1, ..all() })
        .await
        .unwrap()
        .total;
    assert_eq!((total.count, total.is_estimate), (10_000, true));
    db.drop_database().await;
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let db = TestDatabase::create().await;
    let (acme, rival) = (db.org("acme", Role::Member).await, db.org("rival", Role::Member).await);
    let a = create(&db, &acme, a_scan("@acme/one_x")).await;
    let b = create(&db, &acme, a_scan("@acme/one-y")).await;
    let c = create(&db, &rival, a_scan("other")).await;
    db.store.apply(vec![change(a, 1, outcome(Severity::High))]).await.unwrap();
    assert_eq!(
        ids(
            &db,
            &acme,
            ListQuery {
                status: Some(JobStatus::Completed),
                ..all()
            }
        )
        .await,
        [a]
    );
    assert_eq!(
        ids(
            &db,
            &acme,
            ListQuery {
                severity: Some(Severity::High),
                ..all()
            }
        )
        .await,
        [a]
    );
    assert_eq!(
        ids(
            &db,
            &acme,
            ListQuery {
                repo_name: Some(RepoFilter::Prefix("@acme/one".into())),
                ..all()
            }
        )
        .await,
        [b, a]
    );
    assert_eq!(
        ids(
            &db,
            &acme,
            ListQuery {
                repo_name: Some(RepoFilter::Prefix("@acme/one_".into())),
                ..all()
            }
        )
        .await,
        [a],
        "wildcards are letters"
    );
    assert_eq!(ids(&db, &acme, ListQuery { mine: true, ..all() }).await, [b, a]);
    assert!(
        ids(
            &db,
            &acme,
            ListQuery {
                scan_type: Some(ScanType::Hosted),
                ..all()
            }
        )
        .await
        .is_empty()
    );
    let hour = TimeDelta::hours(1);
    let before_the_epoch = Some("1950-01-01T00:00:00Z".parse().unwrap());
    let since_ever = ListQuery {
        created_after: before_the_epoch,
        ..all()
    };
    assert_eq!(ids(&db, &acme, since_ever).await, [c, b, a]);
    let until_then = ListQuery {
        created_before: before_the_epoch,
        ..all()
    };
    assert!(ids(&db, &acme, until_then).await.is_empty());
    assert_eq!(
        ids(
            &db,
            &acme,
            ListQuery {
                created_after: Some(Utc::now() - hour),
                created_before: Some(Utc::now() + hour),
                ..all()
            }
        )
        .await,
        [c, b, a]
    );
    assert!(
        ids(
            &db,
            &acme,
            ListQuery {
                created_after: Some(Utc::now() + hour),
                ..all()
            }
        )
        .await
        .is_empty()
    );
    assert!(
        ids(
            &db,
            &acme,
            ListQuery {
                created_before: Some(Utc::now() - hour),
                ..all()
            }
        )
        .await
        .is_empty()
    );
    db.drop_database().await;
}

#[tokio::test]
async fn usage_adds_up_per_org() {
    let db = TestDatabase::create().await;
    let (acme, rival) = (db.org("acme", Role::Owner).await, db.org("rival", Role::Owner).await);
    let line = |org: OrgId, calls| UsageLine {
        org_id: org,
        day: Utc::now().date_naive(),
        call: "POST /scan".into(),
        outcome: "ok".into(),
        calls,
    };
    db.store
        .add_usage(&[
            line(acme.viewer.org_id, 2),
            line(acme.viewer.org_id, 1),
            line(rival.viewer.org_id, 7),
        ])
        .await
        .unwrap();
    db.store.add_usage(&[line(acme.viewer.org_id, 4)]).await.unwrap();
    create(&db, &acme, a_scan("one")).await;
    let usage = db.store.usage(&acme.viewer, Utc::now() - TimeDelta::days(1)).await.unwrap();
    assert_eq!(usage.lines.iter().map(|l| l.calls).collect::<Vec<_>>(), [7]);
    assert_eq!((usage.scans_submitted, usage.active_keys), (1, 1));
    db.drop_database().await;
}
