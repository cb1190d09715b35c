//! Who we say we are, and our answer to everything a server asks: no.

use rmcp::ClientHandler;
use rmcp::model::{ClientCapabilities, ClientConfig, CustomRequest, CustomResult, ErrorCode, ErrorData, Implementation, ProtocolVersion};
use rmcp::service::{RequestContext, RoleClient};
use serde_json::json;

/// The client side of one scan.
#[derive(Clone)]
pub(crate) struct Scanner {
    /// What `initialize` offers.
    pub(crate) offer: ProtocolVersion,
    /// Who we say we are; servers may answer differently to different clients, which is worth knowing.
    pub(crate) name: &'static str,
}

impl ClientHandler for Scanner {
    fn get_info(&self) -> ClientConfig {
        // Servers hide tools from clients that lack a capability, so all are announced, to see all that users would see;
        // using one is refused. The value is fixed and known to be good.
        let capabilities: ClientCapabilities =
            serde_json::from_value(json!({"roots": {}, "sampling": {}, "elicitation": {"form": {}, "url": {}}})).unwrap_or_default();
        let about = Implementation::new(self.name, env!("CARGO_PKG_VERSION")).with_title("MCP Hub security scanner");
        ClientConfig::new(capabilities, about).with_protocol_version(self.offer.clone())
    }

    async fn on_custom_request(&self, _: CustomRequest, _: RequestContext<RoleClient>) -> Result<CustomResult, ErrorData> {
        Err(ErrorData::new(
            ErrorCode::METHOD_NOT_FOUND,
            "this client only lists what a server shows",
            None,
        ))
    }
}
