use crate::{a_scan, change, create, outcome, private};
use chrono::Utc;
use hub_model::{Role, Severity};
use hub_secrets::{ApiKey, ExposeSecret};
use hub_store::testing::TestDatabase;
use hub_store::{Departed, Idempotency, UsageLine};
use serde_json::json;
use std::collections::BTreeMap;

#[tokio::test]
async fn a_key_is_found_by_its_public_part_and_matches_only_its_own_secret() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Owner).await;
    let record = db.store.find_key(acme.key.id()).await.unwrap().unwrap();
    assert!(record.matches(&acme.key));
    assert_eq!(
        (
            record.viewer.role,
            record.viewer.user_email.as_str(),
            record.viewer.project_name.as_str()
        ),
        (Role::Owner, "user@acme.example", "main")
    );
    let forged: ApiKey = format!("mh_{}_{}", acme.key.id().0.simple(), "0".repeat(48)).parse().unwrap();
    assert!(!record.matches(&forged));
    assert!(db.store.find_key(ApiKey::generate().id()).await.unwrap().is_none());
    db.drop_database().await;
}

#[tokio::test]
async fn a_key_is_revoked_by_its_own_org_only() {
    let db = TestDatabase::create().await;
    let (acme, rival) = (db.org("acme", Role::Owner).await, db.org("rival", Role::Owner).await);
    assert!(!db.store.revoke_key(rival.viewer.org_id, acme.key.id()).await.unwrap());
    assert!(db.store.find_key(acme.key.id()).await.unwrap().is_some());
    assert!(db.store.revoke_key(acme.viewer.org_id, acme.key.id()).await.unwrap());
    assert!(db.store.find_key(acme.key.id()).await.unwrap().is_none());
    assert_eq!(
        db.store.list_keys(rival.viewer.org_id).await.unwrap().len(),
        1,
        "lists show the own org's keys"
    );
    db.drop_database().await;
}

#[tokio::test]
async fn bootstrapping_twice_changes_nothing() {
    let db = TestDatabase::create().await;
    let once = db.store.bootstrap("acme", "a@acme.example", "main").await.unwrap();
    let again = db.store.bootstrap("acme", "a@acme.example", "main").await.unwrap();
    assert_eq!(
        (once.org_id, once.user_id, once.project_id),
        (again.org_id, again.user_id, again.project_id)
    );
    db.drop_database().await;
}

#[tokio::test]
async fn the_table_holds_no_secret() {
    let db = TestDatabase::create().await;
    let acme = db.org("acme", Role::Owner).await;
    let secret = acme.key.reveal().expose_secret().rsplit('_').next().unwrap().to_owned();
    let found = db
        .execute(&format!("select 1 from api_keys k where k::text like '%{secret}%'"))
        .await;
    assert_eq!(found, 0);
    db.drop_database().await;
}

/// How many rows each table has.
async fn rows(db: &TestDatabase) -> BTreeMap<&'static str, u64> {
    let mut out = BTreeMap::new();
    for table in [
        "orgs",
        "users",
        "projects",
        "api_keys",
        "scans",
        "scan_tools",
        "reports",
        "idempotency_keys",
        "api_usage",
        "suppressions",
    ] {
        out.insert(table, db.execute(&format!("select 1 from {table}")).await);
    }
    out
}

#[tokio::test]
async fn an_org_that_leaves_leaves_nothing_behind_and_takes_nothing_of_others() {
    let db = TestDatabase::create().await;
    let (acme, rival) = (db.org("acme", Role::Owner).await, db.org("rival", Role::Owner).await);
    let idempotency = Idempotency {
        key: "once",
        request_hash: [0; 32],
        response: "{}",
    };
    for org in [&acme, &rival] {
        let id = create(&db, org, private(a_scan("secret"))).await;
        db.store.apply(vec![change(id, 1, outcome(Severity::High))]).await.unwrap();
        db.store
            .create_scans(&org.viewer, &[a_scan("waiting")], Some(&idempotency))
            .await
            .unwrap();
        db.store.create_suppression(&org.viewer, &json!({"rule": "x"})).await.unwrap();
        let line = UsageLine {
            org_id: org.viewer.org_id,
            day: Utc::now().date_naive(),
            call: "GET /scans".into(),
            outcome: "ok".into(),
            calls: 1,
        };
        db.store.add_usage(&[line]).await.unwrap();
    }
    let before = rows(&db).await;
    assert_eq!(db.store.revoke_keys_of(acme.viewer.org_id).await.unwrap(), 1);
    let gone = db.store.delete_org(acme.viewer.org_id).await.unwrap();
    assert_eq!(gone, Departed { keys: 1, scans: 2 });
    for ((table, before), after) in before.iter().zip(rows(&db).await.values()) {
        assert!(*before > 0 && after * 2 == *before, "{table}: {before} before, {after} after");
    }
    assert!(db.store.find_key(rival.key.id()).await.unwrap().is_some());
    assert!(db.store.get_org("acme").await.is_err());
    db.drop_database().await;
}
