//! Servers that do everything wrong: each ends in its own clear error, or in a surface that says what was odd.

use crate::support::*;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use futures::StreamExt as _;
use hub_connect::{ConnectError, connect};
use hub_model::{ErrorCode as _, Retry, Transport, TransportChoice};
use hub_net::EgressPolicy;
use hub_secrets::Credentials;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const EVENT_STREAM: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/event-stream")];

fn is(error: &ConnectError, code: &str, retry: Retry) {
    assert_eq!((error.code(), error.retry()), (code, retry), "{error}");
    assert!(!error.to_string().chars().any(char::is_control), "{error:?}");
}

/// A stream that begins with `first` and then never ends.
fn hanging(first: &'static str) -> Body {
    Body::from_stream(futures::stream::iter([Ok::<_, Infallible>(first)]).chain(futures::stream::pending()))
}

/// A stream that says the same for ever, with pauses so that it is slow.
fn dripping(chunk: &'static [u8]) -> Body {
    Body::from_stream(futures::stream::unfold((), move |()| async move {
        tokio::time::sleep(Duration::from_millis(5)).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(chunk)), ()))
    }))
}

fn everywhere(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Router {
    Router::new().fallback(move || {
        let answer = answer.clone();
        async move { answer() }
    })
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_worth_another_try() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address")
        .port();
    let outcome = connect(
        &target(&format!("http://127.0.0.1:{port}/mcp")),
        &Credentials::None,
        &context(short()),
    )
    .await;
    is(&refused(outcome), "unreachable", Retry::Later);
}

#[tokio::test]
async fn a_private_address_is_refused_unless_the_operator_opens_it() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let server = Server::start(everywhere(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Html("hello").into_response()
    }))
    .await;
    let closed = hub_connect::ConnectContext {
        egress: EgressPolicy::public_only(),
        ..context(short())
    };
    let port = server.address.port();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
        "10.0.0.1",
        "169.254.169.254",
    ] {
        let error = refused(connect(&target(&format!("http://{host}:{port}/mcp")), &Credentials::None, &closed).await);
        is(&error, "forbidden_address", Retry::Never);
        assert!(error.to_string().contains("EGRESS_ALLOW"), "{error}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_server_that_never_answers_times_out() {
    let app = Router::new().fallback(|| async { std::future::pending::<Response>().await });
    let error = refused(Server::start(app).await.scan_over(TransportChoice::Auto, impatient()).await);
    is(&error, "timed_out", Retry::Later);
    assert!(error.to_string().contains("HTTP+SSE"), "{error}");
}

#[tokio::test]
async fn a_silent_socket_times_out() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    is(
        &refused(connect(&target(&url), &Credentials::None, &context(impatient())).await),
        "timed_out",
        Retry::Later,
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_let_go_when_the_scan_ends() {
    use tokio::io::AsyncReadExt as _;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    let (ended, mut ends) = tokio::sync::mpsc::unbounded_channel();
    let (began, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let accepting = tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = began.send(());
            let ended = ended.clone();
            tokio::spawn(async move {
                let _ = socket.read_to_end(&mut Vec::new()).await;
                let _ = ended.send(());
            });
        }
    });
    refused(connect(&target(&url), &Credentials::None, &context(impatient())).await);
    let mut open = 0;
    while begins.try_recv().is_ok() {
        open += 1;
    }
    assert!(open >= 2);
    for _ in 0..open {
        let closed = tokio::time::timeout(Duration::from_secs(30), ends.recv()).await;
        assert_eq!(closed, Ok(Some(())), "a connection stayed open");
    }
    accepting.abort();
}

#[tokio::test]
async fn an_odd_message_on_a_stream_is_remarked_on_and_skipped() {
    let app = server_with(|method, m| {
        (method == "tools/list").then(|| {
            let answer = json!({"jsonrpc": "2.0", "id": m["id"], "result": {"tools": [tool("ping")]}});
            let text = format!("data: {{\"hello\":1}}\n\ndata: {{\"id\":99,\"result\":{{}}}}\n\ndata: {answer}\n\n");
            (EVENT_STREAM, text).into_response()
        })
    });
    let surface = Server::start(app).await.scan().await.expect("a surface");
    assert_eq!(surface.tools, [tool("ping")]);
    assert_eq!(
        surface.warnings.iter().filter(|w| w.contains("ignored")).count(),
        2,
        "{:?}",
        surface.warnings
    );
}

#[tokio::test]
async fn statuses_and_pages_have_their_own_errors() {
    let page = || Html("<h1>Welcome</h1>");
    is(
        &refused(Server::start(everywhere(move || page().into_response())).await.scan().await),
        "not_an_mcp_server",
        Retry::Never,
    );
    for (status, code, retry) in [
        (404, "endpoint_not_found", Retry::Never),
        (410, "endpoint_not_found", Retry::Never),
        (418, "http_status", Retry::Never),
        (405, "http_status", Retry::Never),
        (429, "rate_limited", Retry::Later),
        (500, "server_failed", Retry::Later),
        (503, "server_failed", Retry::Later),
    ] {
        let status = StatusCode::from_u16(status).expect("a status");
        let server = Server::start(everywhere(move || (status, page()).into_response())).await;
        is(&refused(server.scan().await), code, retry);
    }
}

#[tokio::test]
async fn an_endless_event_stream_ends_at_the_byte_limit() {
    let flood: &[u8] = b"data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}}\n\n";
    let app = everywhere(move || {
        let endless = futures::stream::repeat_with(move || Ok::<_, Infallible>(Bytes::from_static(flood)));
        (EVENT_STREAM, Body::from_stream(endless)).into_response()
    });
    is(&refused(Server::start(app).await.scan().await), "answer_too_large", Retry::Never);
}

#[tokio::test]
async fn one_event_without_end_is_refused() {
    let app = everywhere(move || {
        let endless = futures::stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(b"data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n")));
        (EVENT_STREAM, Body::from_stream(endless)).into_response()
    });
    is(&refused(Server::start(app).await.scan().await), "answer_too_large", Retry::Never);
}

#[tokio::test]
async fn a_drip_of_comments_or_of_json_times_out() {
    for (kind, drip) in [("text/event-stream", b": wait\n" as &[u8]), ("application/json", b" ")] {
        let app = everywhere(move || ([(header::CONTENT_TYPE, kind)], dripping(drip)).into_response());
        is(
            &refused(Server::start(app).await.scan_over(TransportChoice::Auto, impatient()).await),
            "timed_out",
            Retry::Later,
        );
    }
}

#[tokio::test]
async fn malformed_answers_are_named_as_such() {
    for text in [
        "not json",
        "",
        "{}",
        "[]",
        "null",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "[1,2]",
        "{\"result\":",
    ] {
        let app = server_with(move |method, _| (method == "tools/list").then(|| raw_json(text)));
        let error = refused(Server::start(app).await.scan().await);
        is(&error, "malformed_answer", Retry::Never);
        assert!(error.to_string().contains("tools/list"), "{error}");
    }
    for listing in [
        json!({}),
        json!({"tools": "many"}),
        json!({"tools": {"a": 1}}),
        json!("x"),
        json!(null),
    ] {
        let app = server_with(move |method, m| (method == "tools/list").then(|| result(m, listing.clone())));
        is(&refused(Server::start(app).await.scan().await), "malformed_answer", Retry::Never);
    }
}

#[tokio::test]
async fn an_answer_with_a_foreign_id_is_not_taken() {
    let wrong = json!({"jsonrpc": "2.0", "id": 4711, "result": {"tools": [tool("injected")]}}).to_string();
    let text = wrong.clone();
    let app = server_with(move |method, _| (method == "tools/list").then(|| raw_json(&text)));
    let error = refused(Server::start(app).await.scan().await);
    is(&error, "malformed_answer", Retry::Never);
    assert!(error.to_string().contains("4711"), "{error}");
    // On a stream the right answer may still come; when it does not, the odd one is the reason given.
    let event = format!("data: {wrong}\n\n");
    let app = server_with(move |method, _| (method == "tools/list").then(|| (EVENT_STREAM, event.clone()).into_response()));
    let error = refused(Server::start(app).await.scan().await);
    is(&error, "malformed_answer", Retry::Never);
    assert!(error.to_string().contains("4711"), "{error}");
}

#[tokio::test]
async fn an_id_given_back_as_a_string_still_counts() {
    let app = server_with(|method, m| {
        (method == "tools/list")
            .then(|| raw_json(&json!({"jsonrpc": "2.0", "id": m["id"].to_string(), "result": {"tools": [tool("ping")]}}).to_string()))
    });
    assert_eq!(Server::start(app).await.scan().await.expect("a surface").tools, [tool("ping")]);
}

#[tokio::test]
async fn what_the_server_asks_of_us_is_refused_and_recorded() {
    let replies = Arc::new(Mutex::new(Vec::new()));
    let heard = replies.clone();
    let app = server_with(move |method, m| {
        if method.is_empty() {
            heard.lock().expect("no panic").push(m.clone());
        }
        (method == "tools/list").then(|| {
            let asks = ["sampling/createMessage", "elicitation/create", "roots/list", "shell/run"];
            let mut text: String = asks
                .iter()
                .enumerate()
                .map(|(i, ask)| {
                    format!(
                        "data: {}\n\n",
                        json!({"jsonrpc": "2.0", "id": format!("s{i}"), "method": ask, "params": {"messages": 3}})
                    )
                })
                .collect();
            text += &format!("data: {}\n\n", json!({"jsonrpc": "2.0", "id": "p", "method": "ping"}));
            // The answer comes only after all replies, so every refusal has been sent when the scan ends.
            let (heard, id) = (heard.clone(), m["id"].clone());
            let rest = futures::stream::once(async move {
                while heard.lock().expect("no panic").len() < 5 {
                    tokio::task::yield_now().await;
                }
                Ok::<_, Infallible>(format!(
                    "data: {}\n\n",
                    json!({"jsonrpc": "2.0", "id": id, "result": {"tools": []}})
                ))
            });
            (EVENT_STREAM, Body::from_stream(futures::stream::iter([Ok(text)]).chain(rest))).into_response()
        })
    });
    let surface = Server::start(app).await.scan().await.expect("a surface");
    for name in ["sampling", "elicitation", "roots", "other"] {
        assert!(
            fact(&surface, &format!("server_requested_{name}")).is_some(),
            "{name}: {:?}",
            surface.facts
        );
    }
    let said = surface.warnings.join("; ");
    assert!(
        said.contains("asked its client for `sampling/createMessage`") && said.contains("refused"),
        "{said}"
    );
    let replies = replies.lock().expect("no panic");
    for reply in replies.iter() {
        if reply["id"] == "p" {
            assert_eq!(reply["result"], json!({}));
        } else {
            assert_eq!(reply["error"]["code"], -32601, "{reply}");
        }
    }
}

#[tokio::test]
async fn a_compressed_bomb_costs_no_more_than_the_limit() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..4 {
        gzip.write_all(&vec![b' '; 1 << 20]).expect("memory");
    }
    let bomb = Bytes::from(gzip.finish().expect("memory"));
    assert!(bomb.len() < short().max_message_bytes * 2);
    let app = server_with(move |method, _| {
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, "gzip")];
        (method == "tools/list").then(|| (headers, bomb.clone()).into_response())
    });
    is(&refused(Server::start(app).await.scan().await), "answer_too_large", Retry::Never);
}

#[tokio::test]
async fn an_answer_declared_or_found_too_large_is_refused() {
    let app = server_with(|method, m| (method == "tools/list").then(|| result(m, json!({"tools": [], "padding": "x".repeat(100 << 10)}))));
    is(&refused(Server::start(app).await.scan().await), "answer_too_large", Retry::Never);
}

#[tokio::test]
async fn deep_nesting_is_refused_before_it_costs_the_stack() {
    for levels in [70, 127, 20_000] {
        let app = server_with(move |method, m| {
            let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            let text = format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{{\"tools\":[{{\"name\":\"a\",\"x\":{deep}}}]}}}}",
                m["id"]
            );
            (method == "tools/list").then(|| raw_json(&text))
        });
        is(&refused(Server::start(app).await.scan().await), "answer_too_deep", Retry::Never);
    }
}

#[tokio::test]
async fn a_session_id_that_could_smuggle_headers_is_refused() {
    for id in [b"caf\xe9" as &[u8], b"a b", b"", &[b'x'; 5000]] {
        let app = server_with(move |method, m| {
            let mut response = usual(method, m);
            let value = HeaderValue::from_bytes(id).expect("a header");
            (method == "initialize").then(|| {
                response.headers_mut().insert("mcp-session-id", value);
                response
            })
        });
        let error = refused(Server::start(app).await.scan_over(TransportChoice::Http, short()).await);
        is(&error, "unsafe_session_id", Retry::Never);
    }
}

#[tokio::test]
async fn plain_http_behind_an_https_url_is_a_tls_error() {
    let server = Server::start(server_with(|_, _| None)).await;
    let outcome = connect(
        &target(&format!("https://{}/mcp", server.address)),
        &Credentials::None,
        &context(short()),
    )
    .await;
    is(&refused(outcome), "tls_failed", Retry::Never);
}

#[tokio::test]
async fn a_redirect_is_followed_only_on_the_same_origin() {
    let app = server_with(|_, _| None).route("/old", any(|| async { Redirect::temporary("/mcp") }));
    let server = Server::start(app).await;
    let surface = connect(&server.target("/old"), &Credentials::None, &context(short()))
        .await
        .expect("a surface");
    assert_eq!(surface.tools, [tool("ping")]);

    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let elsewhere = Server::start(everywhere(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        StatusCode::OK.into_response()
    }))
    .await;
    let to = format!("http://{}/mcp?token=abc", elsewhere.address);
    let server = Server::start(Router::new().fallback(move || async move { Redirect::temporary(&to) })).await;
    let key = Credentials::Bearer {
        bearer_token: "s3cret-token".to_owned().into(),
    };
    let error = refused(connect(&server.target("/mcp"), &key, &context(short())).await);
    is(&error, "redirected", Retry::Never);
    assert!(
        error.to_string().contains(&elsewhere.address.to_string()) && !error.to_string().contains("abc"),
        "{error}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    let circle = Server::start(Router::new().fallback(|| async { Redirect::temporary("/again") })).await;
    is(&refused(circle.scan().await), "redirected", Retry::Never);
}

#[tokio::test]
async fn an_error_answer_is_quoted_whatever_its_status() {
    for status in [200, 400, 500] {
        let status = StatusCode::from_u16(status).expect("a status");
        let app = server_with(move |method, m| {
            let mut response = error(m, -32050, "database\r\nis \u{202e}down");
            *response.status_mut() = status;
            (method == "tools/list").then_some(response)
        });
        let error = refused(Server::start(app).await.scan().await);
        is(&error, "server_error_answer", Retry::Never);
        assert!(
            error.to_string().contains("tools/list") && error.to_string().contains("database is down"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn whatever_a_server_makes_of_discovery_the_old_handshake_follows() {
    let answers: Vec<fn(&Value) -> Option<Response>> = vec![
        |_| Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        |_| Some((StatusCode::BAD_REQUEST, "no session").into_response()),
        |_| Some(StatusCode::NOT_FOUND.into_response()),
        |_| Some(Html("<p>what?").into_response()),
        |_| Some(raw_json("{}")),
        |_| Some(raw_json("[[[")),
        |_| Some(StatusCode::ACCEPTED.into_response()),
        |_| {
            Some(raw_json(
                &json!({"jsonrpc": "2.0", "id": "server-error", "error": {"code": -32600, "message": "no"}}).to_string(),
            ))
        },
        |m| Some(error(m, -32022, "unsupported")),
        |m| Some(result(m, json!({"supportedVersions": ["2025-06-18"]}))),
        |m| Some(result(m, json!({"hello": "there"}))),
        |_| Some((EVENT_STREAM, Body::empty()).into_response()),
        |_| Some((EVENT_STREAM, hanging(": wait\n\n")).into_response()),
        |_| Some((EVENT_STREAM, hanging("id: 7\nretry: 1\ndata:\n\n")).into_response()),
        |_| Some(([(header::CONTENT_TYPE, "application/json")], hanging("{")).into_response()),
    ];
    for (case, answer) in answers.into_iter().enumerate() {
        let app = server_with(move |method, m| if method == "server/discover" { answer(m) } else { None });
        let limits = hub_connect::ConnectLimits {
            discover_time: Duration::from_millis(100),
            ..short()
        };
        let surface = Server::start(app)
            .await
            .scan_over(TransportChoice::Auto, limits)
            .await
            .unwrap_or_else(|e| panic!("case {case}: {e}"));
        assert_eq!(
            (surface.transport, surface.protocol_version.as_deref()),
            (Transport::StreamableHttp, Some("2025-06-18")),
            "case {case}"
        );
        assert_eq!(surface.tools, [tool("ping")], "case {case}");
    }
}

/// A server of 2024-11-05: one stream, one endpoint for messages.
fn sse_server(endpoint: &'static str, greeting: Value) -> Router {
    let (to_client, _) = tokio::sync::broadcast::channel::<String>(64);
    let speaker = to_client.clone();
    let stream = move || {
        let receiver = to_client.subscribe();
        async move {
            let first = futures::stream::iter([Ok::<_, Infallible>(format!("event: endpoint\ndata: {endpoint}\n\n"))]);
            let rest = futures::stream::unfold(receiver, |mut receiver| async move {
                receiver.recv().await.ok().map(|text| (Ok(text), receiver))
            });
            (EVENT_STREAM, Body::from_stream(first.chain(rest)))
        }
    };
    let message = move |body: Bytes| async move {
        let m: Value = serde_json::from_slice(&body).expect("JSON");
        let answer = match m["method"].as_str() {
            Some("initialize") if greeting.get("code").is_some() && m["params"]["protocolVersion"] != "2024-11-05" => {
                json!({"jsonrpc": "2.0", "id": m["id"], "error": greeting})
            }
            Some("initialize") => {
                json!({"jsonrpc": "2.0", "id": m["id"], "result": {"protocolVersion": "2024-11-05", "capabilities": {"tools": {}}, "serverInfo": {"name": "old", "version": "0"}}})
            }
            Some("tools/list") => json!({"jsonrpc": "2.0", "id": m["id"], "result": {"tools": [tool("old")]}}),
            _ => return StatusCode::ACCEPTED,
        };
        let _ = speaker.send(format!("event: message\ndata: {answer}\n\n"));
        StatusCode::ACCEPTED
    };
    Router::new()
        .route("/mcp", get(stream.clone()))
        .route("/sse", get(stream))
        .route("/messages", post(message))
}

#[tokio::test]
async fn an_old_server_is_found_after_streamable_http_was_refused() {
    for path in ["/mcp", "/sse"] {
        for greeting in [json!({}), json!({"code": -32602, "message": "unsupported version"})] {
            let server = Server::start(sse_server("/messages?session=1", greeting)).await;
            let surface = connect(&server.target(path), &Credentials::None, &context(short()))
                .await
                .expect("a surface");
            assert_eq!(
                (surface.transport, surface.protocol_version.as_deref()),
                (Transport::Sse, Some("2024-11-05"))
            );
            assert_eq!(surface.tools, [tool("old")]);
            assert!(fact(&surface, "legacy_sse_transport").is_some() && fact(&surface, "old_protocol_revision").is_some());
            let said = surface
                .warnings
                .iter()
                .any(|w| w.contains("streamable HTTP did not work") && w.contains("405"));
            assert_eq!(said, path == "/mcp", "{:?}", surface.warnings);
        }
    }
}

#[tokio::test]
async fn an_old_server_that_refuses_notifications_is_still_listed() {
    let app = sse_server("/messages", json!({})).layer(axum::middleware::from_fn(
        |request: axum::extract::Request, next: axum::middleware::Next| async move {
            let (parts, body) = request.into_parts();
            let bytes = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
            if String::from_utf8_lossy(&bytes).contains("notifications/initialized") {
                return StatusCode::BAD_REQUEST.into_response();
            }
            next.run(axum::extract::Request::from_parts(parts, Body::from(bytes))).await
        },
    ));
    let surface = Server::start(app)
        .await
        .scan_over(TransportChoice::Sse, short())
        .await
        .expect("a surface");
    assert_eq!(surface.tools, [tool("old")]);
    assert!(
        surface.warnings.iter().any(|w| w.contains("not accepted")),
        "{:?}",
        surface.warnings
    );
}

#[tokio::test]
async fn an_event_stream_may_not_send_us_to_another_origin() {
    for endpoint in ["http://127.0.0.1:1/messages", "//evil.example/messages", "https://evil.example/"] {
        let server = Server::start(sse_server(endpoint, json!({}))).await;
        is(
            &refused(server.scan_over(TransportChoice::Sse, short()).await),
            "foreign_endpoint",
            Retry::Never,
        );
    }
}

#[tokio::test]
async fn an_event_stream_that_says_nothing_is_no_old_server() {
    let silent = || (EVENT_STREAM, hanging(": hello\n\n")).into_response();
    let server = Server::start(everywhere(silent)).await;
    is(
        &refused(server.scan_over(TransportChoice::Sse, impatient()).await),
        "timed_out",
        Retry::Later,
    );
    let ending = || (EVENT_STREAM, "data: bye\n\n").into_response();
    let server = Server::start(everywhere(ending)).await;
    is(
        &refused(server.scan_over(TransportChoice::Sse, short()).await),
        "not_an_mcp_server",
        Retry::Never,
    );
}

#[tokio::test]
async fn a_connection_broken_in_the_middle_is_worth_another_try() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"jsonrpc\"")
                .await;
        }
    });
    let error = refused(connect(&target(&url), &Credentials::None, &context(short())).await);
    task.abort();
    is(&error, "broken_off", Retry::Later);
}

#[tokio::test]
async fn what_does_not_speak_http_says_so() {
    use tokio::io::AsyncWriteExt as _;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.write_all(b"SSH-2.0-OpenSSH_9.9\r\n\r\n").await;
        }
    });
    let error = refused(connect(&target(&url), &Credentials::None, &context(short())).await);
    task.abort();
    is(&error, "not_http", Retry::Never);
}

#[tokio::test]
async fn a_stream_that_ends_without_the_answer_is_a_closed_connection() {
    let app = server_with(|method, _| {
        (method == "tools/list").then(|| (EVENT_STREAM, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n").into_response())
    });
    is(&refused(Server::start(app).await.scan().await), "connection_closed", Retry::Later);
}

#[tokio::test]
async fn an_answer_that_comes_before_its_question_is_not_taken_for_it() {
    let server = Server::start(server_with(|method, message| {
        let id = message["id"].as_i64()?;
        let early = json!({"jsonrpc": "2.0", "id": id + 1, "result": {"tools": [tool("early")]}});
        let own = match method {
            "initialize" => {
                json!({"protocolVersion": "2025-03-26", "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}})
            }
            "tools/list" => json!({"tools": [tool("asked")]}),
            _ => return None,
        };
        // The answer to what will be asked next comes first, in one batch (2025-03-26).
        Some(raw_json(&json!([early, {"jsonrpc": "2.0", "id": id, "result": own}]).to_string()))
    }))
    .await;
    let surface = server.scan().await.expect("a surface");
    assert_eq!(names(&surface.tools), ["asked"].map(str::to_owned).into());
    assert!(
        surface.warnings.iter().any(|w| w.contains("nothing was asked")),
        "{:?}",
        surface.warnings
    );
}
