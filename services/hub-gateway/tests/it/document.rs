use crate::hub::Hub;
use reqwest::Method;
use serde_json::Value;

#[test]
fn the_document_in_docs_is_what_the_code_says() {
    let mut document = hub_gateway::openapi();
    document.merge(hub_results::openapi());
    let generated = document.to_pretty_json().unwrap();
    let kept = include_str!("../../../../docs/openapi.json");
    assert!(kept.trim() == generated.trim(), "docs/openapi.json is stale: run `make generate`");
}

#[tokio::test]
async fn the_document_and_its_page_need_no_key_and_nothing_from_elsewhere() {
    let hub = Hub::start().await;
    let answer = hub.request(Method::GET, "/openapi.json").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let document: Value = answer.json().await.unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for (path, method) in [
        ("/mcp-hub/scan", "post"),
        ("/mcp-hub/scan/hosted", "post"),
        ("/mcp-hub/scan/hosted/config", "post"),
        ("/mcp-hub/scan/{job_id}/status", "get"),
        ("/mcp-hub/scan/{job_id}/results", "get"),
        ("/mcp-hub/scan/{job_id}/events", "get"),
        ("/mcp-hub/scan/{job_id}/cancel", "post"),
        ("/mcp-hub/scans", "get"),
        ("/mcp-hub/stats", "get"),
        ("/mcp-hub/usage", "get"),
    ] {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
    let page = hub.request(Method::GET, "/docs/").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let html = page.text().await.unwrap();
    assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
    for asset in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert_eq!(
            hub.request(Method::GET, &format!("/docs/{asset}")).send().await.unwrap().status(),
            200,
            "{asset}"
        );
    }
    let code = hub.request(Method::GET, "/problems/rate_limited").send().await.unwrap();
    assert!(code.text().await.unwrap().contains("Retry-After"));
    assert_eq!(hub.request(Method::GET, "/problems/nonsense").send().await.unwrap().status(), 404);
    hub.stop().await;
}
