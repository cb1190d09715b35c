//! The store against a real Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod dispatch;
mod events;
mod keys;
mod lists;
mod scans;
mod sweeps;

use chrono::Utc;
use hub_model::{CodeHosts, Digest, Grade, ScanId, Severity, SourceTarget};
use hub_store::testing::{TestDatabase, TestOrg};
use hub_store::{Born, Change, ChangeKind, NewScan, Outcome, ScanTarget, ToolRow};

/// A source scan of a package.
fn a_scan(package: &str) -> NewScan {
    let target = SourceTarget::parse(package, None, None, &CodeHosts::default()).unwrap();
    NewScan {
        id: ScanId::new(),
        is_private: false,
        is_official: false,
        source_url: Some(package.to_owned()),
        repo_name: Some(target.name().to_owned()),
        registry_name: Some("npm".to_owned()),
        version_or_commit: None,
        auth_type: None,
        sealed_credentials: None,
        traceparent: None,
        target: ScanTarget::Source(target),
    }
}

fn private(scan: NewScan) -> NewScan {
    NewScan { is_private: true, ..scan }
}

async fn create(db: &TestDatabase, org: &TestOrg, scan: NewScan) -> ScanId {
    let id = scan.id;
    assert_eq!(db.store.create_scans(&org.viewer, &[scan], None).await.unwrap(), Born::Created);
    id
}

fn change(scan_id: ScanId, attempt: u32, kind: ChangeKind) -> Change {
    Change {
        scan_id,
        attempt,
        at: Utc::now(),
        kind,
    }
}

fn outcome(severity: Severity) -> ChangeKind {
    let json = br#"{"report":true}"#.to_vec();
    ChangeKind::Completed(Box::new(Outcome {
        report_digest: Digest::of(&json),
        report_zst: zstd::encode_all(json.as_slice(), 3).unwrap(),
        scan_version: "0.1.0+rules.00000000".into(),
        source_version: "1.2.3".into(),
        overall_severity: severity,
        score: 40,
        grade: Grade::D,
        tools: vec![
            ToolRow {
                tool_name: "ping".into(),
                severity,
            },
            ToolRow {
                tool_name: "ping".into(),
                severity: Severity::None,
            },
        ],
        severity_counts: [("High".to_owned(), 2)].into(),
        category_counts: [("injection".to_owned(), 2)].into(),
    }))
}
