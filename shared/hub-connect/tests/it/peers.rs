//! Servers of other people's making: Python's FastMCP and low-level SDK, and what was there in early 2025.

use crate::support::{context, fact, names, target};
use hub_connect::{ConnectContext, ConnectLimits, EndpointChecks, connect, connect_stdio};
use hub_model::{Surface, Transport};
use hub_secrets::Credentials;
use hub_testing::ServerProcess;
use hub_testing::npm_server::{EVERYTHING_OF_EARLY_2025, EVERYTHING_OF_MAY_2025, NpmServer};
use hub_testing::pypi_server::{FASTMCP, LOWLEVEL, OLD_SDK};
use serde_json::json;

/// Lists a peer with all checks on, and says which transport and revision were negotiated.
async fn look(server: &ServerProcess, path: &str, expected: (Transport, &str)) -> Surface {
    let cx = ConnectContext {
        checks: EndpointChecks::default(),
        ..context(ConnectLimits::default())
    };
    let surface = connect(&target(&server.url(path)), &Credentials::None, &cx)
        .await
        .expect("a surface");
    let negotiated = (surface.transport, surface.protocol_version.as_deref().unwrap_or_default());
    assert_eq!(negotiated, expected, "{:?}", surface.warnings);
    assert!(fact(&surface, "listing_incomplete").is_none(), "{:?}", surface.warnings);
    let checks = json!(fact(&surface, "checks").expect("the checks are accounted for").details).to_string();
    assert!(!checks.contains("not done"), "{checks}");
    for name in ["listing_differs_by_client", "listing_differs_on_repeat", "weak_session_id"] {
        assert!(fact(&surface, name).is_none(), "{name}: {:#?}", surface.facts);
    }
    surface
}

#[tokio::test]
async fn a_fastmcp_server_is_listed_over_both_transports() {
    for (transport, path, negotiated) in [("http", "/mcp", Transport::StreamableHttp), ("sse", "/sse", Transport::Sse)] {
        let server = FASTMCP.start(&[transport]).await.expect("the server");
        let surface = look(&server, path, (negotiated, "2025-11-25")).await;
        assert_eq!(names(&surface.tools), ["add", "shout"].map(str::to_owned).into());
        assert_eq!(names(&surface.prompts), ["greet"].map(str::to_owned).into());
        assert_eq!(surface.resources[0]["uri"], "memo://today");
        assert_eq!(surface.resource_templates[0]["uriTemplate"], "memo://{name}");
        assert_eq!(surface.server_info.as_ref().expect("server info")["version"], "7.1");
        assert_eq!(surface.instructions.as_deref(), Some("Adds numbers."));
        let shout = surface.tools.iter().find(|t| t["name"] == "shout").expect("the tool");
        assert_eq!(shout["annotations"]["readOnlyHint"], true);
        assert!(shout["_meta"].to_string().contains("words"), "what FastMCP adds is kept: {shout}");
    }
}

#[tokio::test]
async fn a_fastmcp_server_is_listed_as_a_local_command_too() {
    let python = tokio::task::spawn_blocking(|| FASTMCP.install())
        .await
        .expect("no panic")
        .expect("installed");
    let command = [
        python.display().to_string(),
        FASTMCP.path().display().to_string(),
        "stdio".to_owned(),
    ];
    let surface = connect_stdio(&command, &[], &ConnectLimits::default()).await.expect("a surface");
    assert_eq!(surface.transport, Transport::Stdio);
    assert_eq!(names(&surface.tools), ["add", "shout"].map(str::to_owned).into());
    assert_eq!(surface.resource_templates[0]["uriTemplate"], "memo://{name}");
}

#[tokio::test]
async fn a_low_level_server_is_read_page_by_page_over_both_transports() {
    for (transport, path, negotiated) in [
        ("http", "/mcp", (Transport::StreamableHttp, "2026-07-28")),
        ("sse", "/sse", (Transport::Sse, "2025-11-25")),
    ] {
        let server = LOWLEVEL.start(&[transport]).await.expect("the server");
        let surface = look(&server, path, negotiated).await;
        let tools: Vec<&str> = surface.tools.iter().filter_map(|t| t["name"].as_str()).collect();
        assert_eq!(tools, ["first", "second", "third"]);
        assert_eq!(surface.tools[2]["inputSchema"]["properties"]["x"]["x-of-our-own"], true);
        assert_eq!(names(&surface.prompts), ["ask"].map(str::to_owned).into());
    }
}

#[tokio::test]
async fn servers_of_early_2025_are_listed_as_they_are() {
    let server = OLD_SDK.start(&[]).await.expect("the server");
    let surface = look(&server, "/sse", (Transport::Sse, "2024-11-05")).await;
    assert_eq!(names(&surface.tools), ["remember"].map(str::to_owned).into());
    assert_eq!(names(&surface.prompts), ["recall"].map(str::to_owned).into());
    assert!(fact(&surface, "old_protocol_revision").is_some() && fact(&surface, "legacy_sse_transport").is_some());

    let server = NpmServer::start(EVERYTHING_OF_MAY_2025, &[]).await.expect("the server");
    let surface = look(&server, "/mcp", (Transport::StreamableHttp, "2025-03-26")).await;
    assert!(
        names(&surface.tools).contains("echo") && surface.resources.len() > 50,
        "every page: {}",
        surface.resources.len()
    );
}

/// It has one server for all who connect, and ends when anybody leaves: what came before that counts.
#[tokio::test]
async fn a_server_of_one_connection_is_listed_in_that_one() {
    let server = NpmServer::start(EVERYTHING_OF_EARLY_2025, &[]).await.expect("the server");
    let surface = connect(&target(&server.url("/sse")), &Credentials::None, &context(ConnectLimits::default()))
        .await
        .expect("a surface");
    assert_eq!(
        (surface.transport, surface.protocol_version.as_deref()),
        (Transport::Sse, Some("2024-11-05"))
    );
    assert!(
        names(&surface.tools).contains("echo") && surface.resources.len() > 50,
        "every page: {}",
        surface.resources.len()
    );
}
