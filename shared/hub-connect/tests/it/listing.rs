//! Pages, caps, cursors, capabilities, and objects exactly as received.

use crate::support::*;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use hub_connect::ConnectLimits;
use hub_model::{ErrorCode as _, Transport, TransportChoice};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A server whose tool list has `pages` pages of ten; page numbers are the cursors.
fn pages(pages: usize) -> axum::Router {
    server_with(move |method, m| {
        (method == "tools/list").then(|| {
            let page: usize = m["params"]["cursor"].as_str().map_or(0, |c| c.parse().expect("a cursor of ours"));
            let tools: Vec<Value> = (0..10).map(|i| tool(&format!("t{page}-{i}"))).collect();
            let mut answer = json!({"tools": tools});
            if page + 1 < pages {
                answer["nextCursor"] = json!((page + 1).to_string());
            }
            result(m, answer)
        })
    })
}

#[tokio::test]
async fn all_pages_are_read_in_order() {
    let surface = Server::start(pages(7)).await.scan().await.expect("a surface");
    assert_eq!(surface.tools.len(), 70);
    assert_eq!(
        (&surface.tools[0]["name"], &surface.tools[69]["name"]),
        (&json!("t0-0"), &json!("t6-9"))
    );
    assert!(
        fact(&surface, "listing_incomplete").is_none() && surface.warnings.is_empty(),
        "{:?}",
        surface.warnings
    );
}

#[tokio::test]
async fn caps_on_pages_items_and_requests_cut_the_list_and_say_so() {
    for (limits, read, why) in [
        (ConnectLimits { max_pages: 3, ..short() }, 30, "HUB_CONNECT_MAX_PAGES"),
        (ConnectLimits { max_items: 25, ..short() }, 25, "HUB_CONNECT_MAX_ITEMS"),
        // server/discover, initialize, initialized, then three pages
        (
            ConnectLimits {
                max_requests: 6,
                ..short()
            },
            30,
            "HUB_CONNECT_MAX_REQUESTS",
        ),
    ] {
        let surface = Server::start(pages(1000))
            .await
            .scan_over(TransportChoice::Auto, limits)
            .await
            .expect("a surface");
        assert_eq!(surface.tools.len(), read, "{why}");
        let fact = fact(&surface, "listing_incomplete").unwrap_or_else(|| panic!("{why}: {:?}", surface.warnings));
        assert_eq!((&fact.details["list"], &fact.details["read"]), (&json!("tools/list"), &json!(read)));
        assert!(surface.warnings.iter().any(|w| w.contains(why)), "{:?}", surface.warnings);
    }
}

#[tokio::test]
async fn a_repeating_cursor_ends_the_list() {
    let app = server_with(|method, m| (method == "tools/list").then(|| result(m, json!({"tools": [tool("again")], "nextCursor": "same"}))));
    let surface = Server::start(app).await.scan().await.expect("a surface");
    assert_eq!(surface.tools.len(), 2);
    assert!(fact(&surface, "repeating_cursor").is_some(), "{:?}", surface.facts);
}

#[tokio::test]
async fn a_later_page_that_fails_leaves_the_earlier_ones_and_a_fact() {
    let app = server_with(|method, m| {
        (method == "tools/list").then(|| match m["params"]["cursor"].as_str() {
            None => result(m, json!({"tools": [tool("first")], "nextCursor": "2"})),
            Some(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        })
    });
    let surface = Server::start(app).await.scan().await.expect("a surface");
    assert_eq!(surface.tools, [tool("first")]);
    assert!(fact(&surface, "listing_incomplete").is_some());
}

#[tokio::test]
async fn objects_are_kept_exactly_as_received() {
    // Unknown fields, missing ones, wrong types: no typed model would let them all through.
    let odd = json!([
        {"name": "bare"},
        {"name": "x", "description": null, "inputSchema": "none", "_meta": {"ui/resourceUri": "ui://x", "n": 1.50}, "zeta": 1, "alpha": [null, {"deep": true}]},
        {"title": "no name", "annotations": {"readOnlyHint": "yes"}},
        {"name": "header", "inputSchema": {"type": "object", "properties": {"a": {"type": "object", "x-mcp-header": "Bad Header!"}}}},
        "a string",
        null
    ]);
    let listed = odd.clone();
    let app = server_with(move |method, m| (method == "tools/list").then(|| result(m, json!({"tools": listed}))));
    let surface = Server::start(app).await.scan().await.expect("a surface");
    assert_eq!(Value::Array(surface.tools.clone()), odd);
    assert_eq!(serde_json::to_string(&surface.tools).expect("JSON"), odd.to_string());
}

#[tokio::test]
async fn only_announced_lists_are_asked_for_but_tools_always() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    for (capabilities, want) in [
        (json!({}), vec!["tools/list"]),
        (json!({"prompts": {}}), vec!["tools/list", "prompts/list"]),
        (
            json!({"tools": {}, "resources": {"subscribe": true}}),
            vec!["tools/list", "resources/list", "resources/templates/list"],
        ),
    ] {
        asked.lock().expect("no panic").clear();
        let heard = asked.clone();
        let app = server_with(move |method, m| {
            if method.ends_with("/list") {
                heard.lock().expect("no panic").push(method.to_owned());
            }
            match method {
                "initialize" => Some(result(
                    m,
                    json!({"protocolVersion": "2025-03-26", "capabilities": capabilities, "serverInfo": {"name": "s", "version": "1"}}),
                )),
                // Announced or not: a method that does not exist is no error.
                _ => None,
            }
        });
        let surface = Server::start(app).await.scan().await.expect("a surface");
        assert_eq!(*asked.lock().expect("no panic"), want);
        assert_eq!(surface.tools, [tool("ping")]);
        assert!(fact(&surface, "listing_incomplete").is_none(), "{:?}", surface.warnings);
    }
}

#[tokio::test]
async fn a_server_without_tools_is_a_server() {
    let app = server_with(|method, m| match method {
        "initialize" => Some(result(
            m,
            json!({"protocolVersion": "2025-06-18", "capabilities": {"prompts": {}}, "serverInfo": {"name": "p", "version": "1"}}),
        )),
        "tools/list" => Some(error(m, -32601, "Method not found")),
        "prompts/list" => Some(result(m, json!({"prompts": [{"name": "greet"}]}))),
        _ => None,
    });
    let surface = Server::start(app).await.scan().await.expect("a surface");
    assert_eq!((surface.tools.len(), surface.prompts.len()), (0, 1));
}

#[tokio::test]
async fn a_failing_side_list_costs_a_warning_not_the_scan() {
    let app = server_with(|method, m| match method {
        "initialize" => Some(result(
            m,
            json!({"protocolVersion": "2025-06-18", "capabilities": {"prompts": {}, "tools": {}}, "serverInfo": {"name": "p", "version": "1"}}),
        )),
        "prompts/list" => Some(StatusCode::BAD_GATEWAY.into_response()),
        _ => None,
    });
    let surface = Server::start(app).await.scan().await.expect("a surface");
    assert_eq!(surface.tools, [tool("ping")]);
    assert_eq!(
        fact(&surface, "listing_incomplete").expect("a fact").details["list"],
        "prompts/list"
    );
}

#[tokio::test]
async fn a_poor_greeting_is_enough_and_an_unknown_version_is_remarked_on() {
    let app = server_with(|method, m| {
        (method == "initialize").then(|| result(m, json!({"protocolVersion": "2031-01-01", "capabilities": [], "extra": true})))
    });
    let surface = Server::start(app).await.scan().await.expect("a surface");
    assert_eq!(surface.protocol_version.as_deref(), Some("2031-01-01"));
    assert_eq!((surface.server_info, surface.capabilities), (None, Some(json!([]))));
    assert!(surface.warnings.iter().any(|w| w.contains("2031-01-01")), "{:?}", surface.warnings);
}

#[tokio::test]
async fn a_stateless_server_is_listed_without_a_handshake() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heard = seen.clone();
    let app = server_with(move |method, m| {
        heard.lock().expect("no panic").push((
            method.to_owned(),
            m["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].clone(),
        ));
        match method {
            "server/discover" => Some(result(
                m,
                json!({"resultType": "complete", "supportedVersions": ["2026-07-28", "2025-11-25"], "capabilities": {"tools": {}}, "instructions": "be brief",
                    "ttlMs": 60000, "cacheScope": "public", "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "modern", "version": "3", "extra": 1}}}),
            )),
            // The second tool is one that the transport of this revision leaves out; the cache time must not matter.
            "tools/list" => Some(result(
                m,
                json!({"resultType": "complete", "ttlMs": 60000, "cacheScope": "public", "tools": [tool("seen"),
                    {"name": "dropped", "inputSchema": {"type": "object", "properties": {"a": {"type": "object", "x-mcp-header": "no good"}}}}]}),
            )),
            "initialize" => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
            _ => None,
        }
    });
    let surface = Server::start(app).await.scan().await.expect("a surface");
    assert_eq!(
        (surface.transport, surface.protocol_version.as_deref()),
        (Transport::StreamableHttp, Some("2026-07-28"))
    );
    assert_eq!(names(&surface.tools), ["dropped".to_owned(), "seen".to_owned()].into());
    assert_eq!(surface.instructions.as_deref(), Some("be brief"));
    assert_eq!(surface.server_info, Some(json!({"name": "modern", "version": "3", "extra": 1})));
    let version = json!("2026-07-28");
    assert_eq!(
        *seen.lock().expect("no panic"),
        [("server/discover".to_owned(), version.clone()), ("tools/list".to_owned(), version)]
    );
}

#[tokio::test]
async fn expected_tools_travel_with_the_surface() {
    let server = Server::start(server_with(|_, _| None)).await;
    let mut target = server.target("/mcp");
    target.expected_tools = Some(vec!["ping".into()]);
    let surface = hub_connect::connect(&target, &hub_secrets::Credentials::None, &context(short()))
        .await
        .expect("a surface");
    assert_eq!(surface.expected_tools, Some(vec!["ping".to_owned()]));
}

#[tokio::test]
async fn a_listing_refused_at_its_first_page_fails_the_scan_at_that_step() {
    let app = server_with(|method, _| (method == "tools/list").then(|| StatusCode::UNAUTHORIZED.into_response()));
    let error = refused(Server::start(app).await.scan().await);
    assert_eq!(error.code(), "credentials_required");
    assert!(error.to_string().contains("tools/list"), "{error}");
}

#[tokio::test]
async fn a_stateless_server_that_asks_to_be_asked_again_is() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = asked.clone();
    let app = server_with(move |method, m| {
        let mut heard = heard.lock().expect("no panic");
        heard.push(method.to_owned());
        match method {
            "server/discover" if heard.len() == 1 => Some(raw_json(
                &json!({"jsonrpc": "2.0", "id": m["id"], "error": {"code": -32022, "message": "no", "data": {"supported": ["2026-07-28"]}}}).to_string(),
            )),
            "server/discover" => Some(result(m, json!({"supportedVersions": ["2026-07-28"], "capabilities": {}, "ttlMs": 0, "cacheScope": "private"}))),
            _ => None,
        }
    });
    let surface = Server::start(app).await.scan().await.expect("a surface");
    assert_eq!(surface.protocol_version.as_deref(), Some("2026-07-28"));
    assert_eq!(
        *asked.lock().expect("no panic"),
        ["server/discover", "server/discover", "tools/list"]
    );
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_resumed() {
    let events = [(header::CONTENT_TYPE, "text/event-stream")];
    let answer = Arc::new(Mutex::new(String::new()));
    let kept = answer.clone();
    let app = server_with(move |method, m| {
        (method == "tools/list").then(|| {
            *kept.lock().expect("no panic") = format!(
                "id: e2\ndata: {}\n\n",
                json!({"jsonrpc": "2.0", "id": m["id"], "result": {"tools": [tool("late")]}})
            );
            (events.clone(), "id: e1\nretry: 5\ndata:\n\n").into_response()
        })
    });
    let events = [(header::CONTENT_TYPE, "text/event-stream")];
    let resume = move |headers: HeaderMap| async move {
        match headers.get("last-event-id") {
            Some(id) if id == "e1" => (events, answer.lock().expect("no panic").clone()).into_response(),
            _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        }
    };
    let app = app.merge(axum::Router::new().route("/mcp", axum::routing::get(resume)));
    assert_eq!(Server::start(app).await.scan().await.expect("a surface").tools, [tool("late")]);
}

/// A server that forgets its first sessions after the first page, and says so in these words.
fn forgetting(forgets: usize, words: Option<Value>) -> axum::Router {
    use axum::http::{HeaderMap, StatusCode};
    use std::sync::atomic::{AtomicUsize, Ordering};
    let opened = Arc::new(AtomicUsize::new(0));
    let answer = move |headers: HeaderMap, body: axum::body::Bytes| {
        let (opened, words) = (opened.clone(), words.clone());
        async move {
            let message: Value = serde_json::from_slice(&body).expect("the client sends JSON");
            let method = message["method"].as_str().unwrap_or_default();
            if method == "initialize" {
                let session = opened.fetch_add(1, Ordering::SeqCst) + 1;
                let mut response = usual(method, &message);
                response
                    .headers_mut()
                    .insert("mcp-session-id", session.to_string().parse().expect("a value"));
                return response;
            }
            let session: usize = headers
                .get("mcp-session-id")
                .and_then(|v| v.to_str().ok())
                .and_then(|v| v.parse().ok())
                .unwrap_or(0);
            let second_page = message["params"]["cursor"] == "2";
            if method == "tools/list" && second_page && session <= forgets {
                return match words {
                    Some(words) => (StatusCode::NOT_FOUND, axum::Json(words)).into_response(),
                    None => StatusCode::NOT_FOUND.into_response(),
                };
            }
            match method {
                "tools/list" if second_page => result(&message, json!({"tools": [tool("b")]})),
                "tools/list" => result(&message, json!({"tools": [tool("a")], "nextCursor": "2"})),
                _ => usual(method, &message),
            }
        }
    };
    axum::Router::new().route("/mcp", axum::routing::post(answer))
}

#[tokio::test]
async fn a_dropped_session_is_opened_anew_once_and_the_list_goes_on() {
    // With no body, and as the official SDKs for TypeScript and Python say it.
    let words = |id: &str, code: i64| Some(json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": "Session not found"}}));
    let typescript = Some(json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32001, "message": "Session not found"}}));
    for said in [None, typescript, words("server-error", -32600)] {
        let surface = Server::start(forgetting(1, said.clone())).await.scan().await.expect("a surface");
        assert_eq!(names(&surface.tools), ["a", "b"].map(str::to_owned).into(), "{said:?}");
        assert!(
            surface.warnings.iter().any(|w| w.contains("dropped the session")),
            "{:?}",
            surface.warnings
        );
        assert!(fact(&surface, "listing_incomplete").is_none());

        let surface = Server::start(forgetting(usize::MAX, said.clone()))
            .await
            .scan()
            .await
            .expect("a surface");
        assert_eq!(names(&surface.tools), ["a"].map(str::to_owned).into(), "{said:?}");
        assert!(fact(&surface, "listing_incomplete").is_some(), "{:?}", surface.warnings);
    }
}
