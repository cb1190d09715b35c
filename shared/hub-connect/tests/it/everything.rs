//! The reference server, over both HTTP transports and stdio: what we list is what it lists to a plain client.

use crate::support::{context, fact, names, target};
use hub_connect::{ConnectLimits, connect, connect_stdio};
use hub_model::{Surface, Transport};
use hub_secrets::Credentials;
use hub_testing::npm_server::{EVERYTHING, NpmServer};
use serde_json::{Value, json};

/// Asks a streamable HTTP server by hand, as curl would.
async fn ask_by_hand(url: &str, methods: &[&str]) -> Vec<Value> {
    hub_testing::npm_server::install_tls_provider();
    let client = plain_client();
    let mut session = None;
    let mut answers = Vec::new();
    let capabilities = json!({"roots": {}, "sampling": {}, "elicitation": {"form": {}, "url": {}}});
    let hello = json!({"protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": {"name": "hand", "version": "1"}});
    let calls = std::iter::once(("initialize", hello)).chain(std::iter::once(("notifications/initialized", json!({}))));
    for (id, (method, params)) in calls.chain(methods.iter().map(|m| (*m, json!({})))).enumerate() {
        let mut message = json!({"jsonrpc": "2.0", "method": method, "params": params});
        if !method.starts_with("notifications/") {
            message["id"] = json!(id);
        }
        let mut request = client
            .post(url)
            .header("accept", "application/json, text/event-stream")
            .json(&message);
        if let Some(session) = &session {
            request = request.header("mcp-session-id", session);
        }
        let response = request.send().await.expect("an answer");
        if let Some(id) = response.headers().get("mcp-session-id") {
            session = Some(id.to_str().expect("an id").to_owned());
        }
        let text = response.text().await.expect("a body");
        let data = text
            .lines()
            .find_map(|l| l.strip_prefix("data: ").filter(|d| d.contains("\"result\"")));
        if methods.contains(&method) {
            let answer: Value = serde_json::from_str(data.expect("a result")).expect("JSON");
            answers.push(answer["result"].clone());
        }
    }
    answers
}

fn plain_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

const LISTS: [&str; 4] = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"];

fn assert_same(surface: &Surface, by_hand: &[Value]) {
    assert!(surface.tools.len() >= 12, "{:?}", names(&surface.tools));
    assert_eq!(surface.tools, *by_hand[0]["tools"].as_array().expect("tools"));
    assert_eq!(surface.prompts, *by_hand[1]["prompts"].as_array().expect("prompts"));
    assert_eq!(surface.resources, *by_hand[2]["resources"].as_array().expect("resources"));
    assert_eq!(
        surface.resource_templates,
        *by_hand[3]["resourceTemplates"].as_array().expect("templates")
    );
    assert_eq!(surface.server_info.as_ref().expect("server info")["name"], "mcp-servers/everything");
    assert!(surface.instructions.as_ref().is_some_and(|i| i.len() > 20));
}

#[tokio::test]
async fn a_streamable_http_server_is_listed_exactly_as_it_answers_a_plain_client() {
    let server = NpmServer::start(EVERYTHING, &["streamableHttp"]).await.expect("the server");
    let url = server.url("/mcp");
    let surface = connect(&target(&url), &Credentials::None, &context(ConnectLimits::default()))
        .await
        .expect("a surface");
    assert_eq!(surface.transport, Transport::StreamableHttp);
    assert_eq!(surface.protocol_version.as_deref(), Some("2025-11-25"));
    assert_eq!(surface.endpoint, url);
    assert_same(&surface, &ask_by_hand(&url, &LISTS).await);
    assert!(fact(&surface, "no_credentials_needed").is_some() && fact(&surface, "plain_http").is_some());
    assert!(fact(&surface, "legacy_sse_transport").is_none() && fact(&surface, "old_protocol_revision").is_none());
    assert!(fact(&surface, "listing_incomplete").is_none(), "{:?}", surface.warnings);
}

#[tokio::test]
async fn an_sse_server_shows_the_same_as_its_streamable_sibling() {
    let streamable = NpmServer::start(EVERYTHING, &["streamableHttp"]).await.expect("the server");
    let server = NpmServer::start(EVERYTHING, &["sse"]).await.expect("the server");
    let surface = connect(&target(&server.url("/sse")), &Credentials::None, &context(ConnectLimits::default()))
        .await
        .expect("a surface");
    assert_eq!(surface.transport, Transport::Sse);
    assert!(fact(&surface, "legacy_sse_transport").is_some());
    assert_same(&surface, &ask_by_hand(&streamable.url("/mcp"), &LISTS).await);
}

#[tokio::test]
async fn a_local_command_shows_the_same_over_stdio() {
    let streamable = NpmServer::start(EVERYTHING, &["streamableHttp"]).await.expect("the server");
    let script = EVERYTHING.install().expect("installed").display().to_string();
    let command = ["node".to_owned(), script, "stdio".to_owned()];
    let surface = connect_stdio(&command, &[], &ConnectLimits::default()).await.expect("a surface");
    assert_eq!(surface.transport, Transport::Stdio);
    assert_same(&surface, &ask_by_hand(&streamable.url("/mcp"), &LISTS).await);
}
