//! Local commands: kept on a short leash.

use crate::support::{impatient, refused, short};
use hub_connect::connect_stdio;
use hub_model::{ErrorCode as _, Transport};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;

/// What makes a node program a server.
const SERVE: &str = r#"
    const say = (m) => process.stdout.write(JSON.stringify(m) + "\n");
    const greeting = { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "n", version: "1" } };
    require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
        const m = JSON.parse(line);
        const tool = { name: "env", description: Object.keys(process.env).join(" "), secret: process.env.MY_TOKEN };
        if (m.method === "initialize") say({ jsonrpc: "2.0", id: m.id, result: greeting });
        else if (m.method === "tools/list") say({ jsonrpc: "2.0", id: m.id, result: { tools: [tool] } });
        else if (m.id !== undefined) say({ jsonrpc: "2.0", id: m.id, error: { code: -32601, message: "no" } });
    });"#;

fn node(program: &str) -> Vec<String> {
    vec!["node".to_owned(), "-e".to_owned(), program.to_owned()]
}

/// A server that first does something else.
fn server(first: &str) -> Vec<String> {
    node(&format!("{first}\n{SERVE}"))
}

#[tokio::test]
async fn the_command_sees_only_a_minimal_environment_and_what_is_given() {
    let env = [
        ("MY_TOKEN".to_owned(), "t0p-secret-value".to_owned()),
        ("PLAIN".to_owned(), "x".to_owned()),
    ];
    let mut command = server("");
    command.extend([
        "--".to_owned(),
        "--api-key".to_owned(),
        "hunter2".to_owned(),
        "--token=hunter2".to_owned(),
    ]);
    let surface = connect_stdio(&command, &env, &short()).await.expect("a surface");
    assert!(!serde_json::to_string(&surface).expect("JSON").contains("hunter2"));
    assert_eq!(surface.transport, Transport::Stdio);
    let seen: Vec<&str> = surface.tools[0]["description"].as_str().expect("text").split(' ').collect();
    let allowed = [
        "PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "TERM", "SHELL", "MY_TOKEN", "PLAIN",
    ];
    assert!(
        seen.contains(&"PATH") && seen.contains(&"PLAIN") && seen.iter().all(|name| allowed.contains(name)),
        "{seen:?}"
    );
    assert_eq!(surface.tools[0]["secret"], "***");
}

#[tokio::test]
async fn the_whole_process_group_is_gone_when_the_scan_ends() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    // The grandchild ignores polite signals and holds a connection to us for as long as it lives. The server serves only
    // when the connection stands.
    let grandchild = format!(
        "process.on('SIGTERM', () => {{}}); process.on('SIGHUP', () => {{}});
         require('net').connect({port}, '127.0.0.1', () => console.log('up')); setInterval(() => {{}}, 1000)"
    );
    let program = format!(
        "require('child_process').spawn(process.execPath, ['-e', {}], {{ stdio: ['ignore', 'pipe', 'ignore'] }}).stdout.once('data', () => {{ {SERVE} }});",
        serde_json::json!(grandchild)
    );
    let surface = connect_stdio(&node(&program), &[], &short()).await.expect("a surface");
    assert_eq!(surface.tools.len(), 1);
    let (mut socket, _) = listener.accept().await.expect("the grandchild has called");
    let end = tokio::time::timeout(Duration::from_secs(30), socket.read(&mut [0; 8]))
        .await
        .expect("the grandchild is killed");
    assert!(matches!(end, Ok(0) | Err(_)));
}

#[tokio::test]
async fn what_is_no_message_on_standard_output_is_remarked_on_and_skipped() {
    let surface = connect_stdio(&server("console.log('Welcome!');"), &[], &short())
        .await
        .expect("a surface");
    assert!(surface.warnings.iter().any(|w| w.contains("Welcome!")), "{:?}", surface.warnings);
}

#[tokio::test]
async fn a_server_that_knows_no_handshake_is_started_again_and_asked_without_one() {
    let modern = r#"
        const say = (m) => process.stdout.write(JSON.stringify(m) + "\n");
        const found = { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: { tools: {} }, ttlMs: 0, cacheScope: "private" };
        require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
            const m = JSON.parse(line);
            if (m.method === "server/discover") say({ jsonrpc: "2.0", id: m.id, result: found });
            else if (m.method === "tools/list") say({ jsonrpc: "2.0", id: m.id, result: { tools: [{ name: "modern" }] } });
            else { say({ jsonrpc: "2.0", id: m.id, error: { code: -32601, message: "no handshake here" } }); process.exit(1); }
        });"#;
    let surface = connect_stdio(&node(modern), &[], &short()).await.expect("a surface");
    assert_eq!(surface.protocol_version.as_deref(), Some("2026-07-28"));
    assert_eq!(surface.tools[0]["name"], "modern");
}

#[tokio::test]
async fn failures_of_a_command_have_their_own_errors() {
    let sh = |script: &str| vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()];
    let error = refused(connect_stdio(&["no-such-program-here".to_owned()], &[], &short()).await);
    assert_eq!(error.code(), "command_not_started");
    let error = refused(connect_stdio(&[], &[], &short()).await);
    assert_eq!(error.code(), "command_not_started");
    let error = refused(connect_stdio(&sh("echo 'cannot find module x' >&2; exit 7"), &[], &short()).await);
    assert_eq!(error.code(), "command_ended");
    assert!(
        error.to_string().contains("cannot find module x") && error.to_string().contains("during initialize (exit status: 7)"),
        "{error}"
    );
    let error = refused(connect_stdio(&sh("while read x; do :; done"), &[], &impatient()).await);
    assert_eq!(error.code(), "timed_out");
    let error = refused(connect_stdio(&sh("read x; exec tr '\\0' '{' </dev/zero"), &[], &short()).await);
    assert_eq!(error.code(), "answer_too_large");
    let error = refused(connect_stdio(&sh("read x; echo '{nonsense'; while read x; do :; done"), &[], &short()).await);
    assert_eq!(error.code(), "malformed_answer");
}
