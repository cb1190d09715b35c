//! Many hosted scans at once against servers that take their time: what they cost in memory, and whether one waits for another.

use anyhow::{Context as _, ensure};
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hub_connect::{ConnectContext, ConnectLimits, connect};
use hub_model::{HostedTarget, TransportChoice};
use hub_net::EgressPolicy;
use hub_secrets::Credentials;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};

const TOOLS: usize = 50;
/// One scan in so many goes to a server that answers at once.
const ONE_FAST_IN: usize = 10;

/// An MCP server that answers each request after `delay`; prints its URL.
pub(crate) async fn serve(delay: Duration) -> anyhow::Result<()> {
    let app = axum::Router::new().route(
        "/mcp",
        axum::routing::any(move |headers: HeaderMap, body: Bytes| async move {
            tokio::time::sleep(delay).await;
            answer(&headers, &body)
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/mcp", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

fn answer(headers: &HeaderMap, body: &[u8]) -> Response {
    let Ok(message) = serde_json::from_slice::<Value>(body) else {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    };
    let result = match message["method"].as_str().unwrap_or_default() {
        "initialize" => {
            json!({"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "slow", "version": "1"}})
        }
        "tools/list" => {
            let schema = json!({"type": "object", "properties": {"path": {"type": "string", "description": "Where. ".repeat(20)}}});
            let tool =
                |n: usize| json!({"name": format!("tool_{n}"), "description": "Does something slowly. ".repeat(20), "inputSchema": schema});
            json!({"tools": (0..TOOLS).map(tool).collect::<Vec<_>>()})
        }
        _ if message.get("id").is_none() => return StatusCode::ACCEPTED.into_response(),
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    let answer = json!({"jsonrpc": "2.0", "id": message["id"], "result": result});
    let session = headers.get("mcp-session-id").cloned();
    let mut response = axum::Json(answer).into_response();
    if let Some(session) = session {
        response.headers_mut().insert("mcp-session-id", session);
    }
    response
}

/// Such a server in a process of its own, and its URL.
async fn start(delay: Duration) -> anyhow::Result<(tokio::process::Child, String)> {
    let mut server = tokio::process::Command::new(std::env::current_exe()?)
        .args(["serve-slow", "--delay-ms", &delay.as_millis().to_string()])
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = server.stdout.take().context("the server has no output")?;
    let url = BufReader::new(output)
        .lines()
        .next_line()
        .await?
        .context("the server says nothing")?;
    Ok((server, url))
}

/// `scans` at once, most of them against a slow server and some against a fast one, and one of each alone before.
pub(crate) async fn scan_many(scans: usize, delay: Duration) -> anyhow::Result<()> {
    let (_slow, url) = start(delay).await?;
    let (_fast, fast_url) = start(Duration::ZERO).await?;
    let cx = Arc::new(ConnectContext {
        egress: EgressPolicy::with_loopback(),
        limits: ConnectLimits::default(),
        ..ConnectContext::default()
    });
    let one = |cx: Arc<ConnectContext>, url: String| async move {
        let target = HostedTarget {
            endpoint_url: url.parse()?,
            server_name: None,
            expected_tools: None,
            transport: TransportChoice::Auto,
        };
        let start = Instant::now();
        let surface = connect(&target, &Credentials::None, &cx).await?;
        ensure!(surface.tools.len() == TOOLS, "{} tools were listed", surface.tools.len());
        let checks = surface.facts.iter().find(|f| f.name == "checks").context("no checks")?;
        ensure!(!json!(checks.details).to_string().contains("not done"), "{:?}", checks.details);
        let fact = surface.facts.iter().find(|f| f.name == "requests_sent").context("no count")?;
        let requests: u64 = fact.details.values().filter_map(Value::as_u64).sum();
        anyhow::Ok((start.elapsed().as_secs_f64(), requests))
    };
    let (alone, requests) = one(cx.clone(), url.clone()).await?;
    let (fast_alone, _) = one(cx.clone(), fast_url.clone()).await?;
    let before = resident("VmHWM")?;
    let is_fast = |n: usize| n.is_multiple_of(ONE_FAST_IN);
    let running: Vec<_> = (0..scans)
        .map(|n| tokio::spawn(one(cx.clone(), if is_fast(n) { fast_url.clone() } else { url.clone() })))
        .collect();
    let (mut took, mut fast) = (Vec::with_capacity(scans), Vec::new());
    for (n, scan) in running.into_iter().enumerate() {
        let seconds = scan.await??.0;
        if is_fast(n) { &mut fast } else { &mut took }.push(seconds);
    }
    let peak = resident("VmHWM")?;
    let slowest = took.iter().copied().fold(0.0, f64::max);
    let median = crate::median(&mut took);
    println!(
        "hosted scans: {scans} at once, {requests} requests each, answered after {} ms",
        delay.as_millis()
    );
    println!(
        "hosted scans: alone {alone:.2} s; at once: median {median:.2} s ({:.2}×), slowest {slowest:.2} s ({:.2}×)",
        median / alone,
        slowest / alone
    );
    let slowest_fast = fast.iter().copied().fold(0.0, f64::max);
    println!(
        "hosted scans: {} of them against a server that answers at once: alone {fast_alone:.2} s; among the slow ones: median {:.2} s, slowest {slowest_fast:.2} s",
        fast.len(),
        crate::median(&mut fast)
    );
    println!("hosted scans: peak resident {peak:.1} MB (before {before:.1} MB; goal under 300)");
    ensure!(peak < 300.0, "the scans took {peak:.1} MB");
    // They share this machine's processors, but nobody waits for somebody else's server.
    ensure!(
        slowest_fast < alone,
        "a scan of the fast server took {slowest_fast:.2} s among slow ones, which take {alone:.2} s alone"
    );
    Ok(())
}

fn resident(what: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix(what)?.strip_prefix(':'))
        .context("no such line")?;
    let kib: f64 = line.split_whitespace().next().context("no number")?.parse()?;
    Ok(kib / 1024.0)
}
