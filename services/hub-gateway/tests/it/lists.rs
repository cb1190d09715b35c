use crate::hub::{Hub, id_of, problem};
use serde_json::json;

#[tokio::test]
async fn pages_follow_each_other_by_cursor_and_by_number() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let mut made = Vec::new();
    for n in 0..7 {
        made.push(
            acme.submit("/scan", json!({"source_url": format!("pkg-{n}"), "is_private": n % 2 == 0}))
                .await,
        );
    }
    made.reverse();
    let (mut seen, mut path) = (Vec::new(), "/scans?limit=3".to_owned());
    loop {
        let page = acme.json(&path).await;
        assert_eq!((&page["limit"], &page["total_is_estimate"]), (&json!(3), &json!(false)));
        seen.extend(page["scans"].as_array().unwrap().iter().map(id_of));
        acme.submit("/scan", json!({"source_url": "pkg-new"})).await;
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/scans?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, made);
    let page = acme.json("/scans?limit=2&offset=4").await;
    assert_eq!((&page["offset"], id_of(&page["scans"][0])), (&json!(4), made[1]));
    assert!(page["scans"][0].get("scanned_tools").is_none());
    let by_name = acme
        .json("/scans?repo_name=pkg-n*&visibility=public&scan_type=source&job_status=initializing&mine=true")
        .await;
    assert_eq!(by_name["total"], 3);
    hub.stop().await;
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let hub = Hub::start().await;
    let acme = hub.org("acme").await;
    let path =
        "/scans?visibility=secret&job_status=done&scan_type=x&severity=Bad&created_after=yesterday&limit=0&offset=-1&mine=maybe&cursor=zzz";
    insta::assert_json_snapshot!("wrong_parameters", problem(acme.get(path).await).await);
    assert_eq!(
        acme.json("/scans?created_after=2020-01-01&created_before=2020-01-02T00:00:00%2B01:00&limit=&severity=high")
            .await["total"],
        0
    );
    hub.stop().await;
}
