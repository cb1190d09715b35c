use hub_model::Role;
use hub_secrets::{ApiKey, ExposeSecret};
use hub_store::testing::TestDatabase;

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
