//! The client under test of the protocol's conformance suite: lists what the server at the last argument shows.
//!
//! The suite says which credentials to use in `MCP_CONFORMANCE_CONTEXT` (JSON). Standard output gets the surface.

use hub_connect::{ConnectContext, EndpointChecks, connect};
use hub_model::{HostedTarget, TransportChoice};
use hub_net::EgressPolicy;
use hub_secrets::{Credentials, Oauth2};
use serde_json::Value;
use std::io::Write as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().next_back().unwrap_or_default();
    let context = std::env::var("MCP_CONFORMANCE_CONTEXT").unwrap_or_else(|_| "{}".to_owned());
    let context: Value = serde_json::from_str(&context)?;
    let text = |name: &str| context.get(name).and_then(Value::as_str).map(str::to_owned);
    // Without a context, what somebody would give who has registered a client by hand.
    // A workload's statement about itself, for which it is let in; the suite gives bad ones besides.
    let assertion = text("valid_jwt");
    let by_hand = std::env::var("MCP_CONFORMANCE_SCENARIO").is_ok_and(|s| s.starts_with("auth/") && context.get("client_id").is_none());
    let credentials = match text("client_id").or(by_hand.then(|| "mcp-hub-conformance".to_owned())) {
        Some(client_id) => Credentials::Oauth2(Box::new(Oauth2 {
            client_id: Some(client_id),
            client_secret: text("client_secret")
                .or(by_hand.then(|| "no-secret-at-all".to_owned()))
                .map(Into::into),
            private_key: text("private_key_pem").map(Into::into),
            assertion: assertion.map(Into::into),
            ..Oauth2::default()
        })),
        None => Credentials::None,
    };
    let target = HostedTarget {
        endpoint_url: url.parse()?,
        server_name: None,
        expected_tools: None,
        transport: TransportChoice::Auto,
    };
    let cx = ConnectContext {
        egress: EgressPolicy::with_loopback(),
        // The suite checks the protocol of one client, not what a server answers to others.
        checks: EndpointChecks::none(),
        ..ConnectContext::default()
    };
    let surface = connect(&target, &credentials, &cx).await?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&surface)?)?;
    Ok(())
}
