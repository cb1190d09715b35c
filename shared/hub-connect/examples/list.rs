//! Prints what a server on this machine or elsewhere lists: `cargo run -p hub-connect --example list -- URL`, or
//! `-- --stdio COMMAND ARGUMENT…`. Loopback is open. `MCP_BEARER_TOKEN` is sent when set; `MCP_CLIENT_ID` and
//! `MCP_CLIENT_SECRET` are exchanged for a token.

use hub_connect::{ConnectContext, ConnectLimits, connect, connect_stdio};
use hub_model::{ErrorCode as _, HostedTarget, TransportChoice};
use hub_net::EgressPolicy;
use hub_secrets::{Credentials, Oauth2};
use std::io::Write as _;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((flag, command)) if flag == "--stdio" => connect_stdio(command, &[], &ConnectLimits::default()).await,
        Some((url, _)) if url.parse::<url::Url>().is_ok() => {
            let Ok(endpoint_url) = url.parse() else { return 64.into() };
            let target = HostedTarget {
                endpoint_url,
                server_name: None,
                expected_tools: None,
                transport: TransportChoice::Auto,
            };
            let set = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
            let credentials = match (set("MCP_BEARER_TOKEN"), set("MCP_CLIENT_ID")) {
                (Some(token), _) => Credentials::Bearer {
                    bearer_token: token.into(),
                },
                (None, Some(id)) => Credentials::Oauth2(Box::new(Oauth2 {
                    client_id: Some(id),
                    client_secret: set("MCP_CLIENT_SECRET").map(Into::into),
                    ..Oauth2::default()
                })),
                (None, None) => Credentials::None,
            };
            let cx = ConnectContext {
                egress: EgressPolicy::with_loopback(),
                ..ConnectContext::default()
            };
            connect(&target, &credentials, &cx).await
        }
        _ => return 64.into(),
    };
    let (text, code) = match outcome {
        Ok(surface) => (serde_json::to_string_pretty(&surface).unwrap_or_default(), 0),
        Err(error) => (format!("{}: {error}", error.code()), 2),
    };
    // A closed pipe is the reader's choice.
    let _ = writeln!(std::io::stdout(), "{text}");
    code.into()
}
