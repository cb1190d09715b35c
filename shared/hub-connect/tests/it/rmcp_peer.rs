//! A server that is built with rmcp, behind whatever door a test puts before it, over plain http or TLS of a test authority.

use crate::support::Server;
use axum::Router;
pub(crate) use hub_testing::tls::Authority;
use rcgen::KeyPair;
use rmcp::model::{Implementation, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::StreamableHttpService;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use std::sync::Arc;

/// Lists one tool, `ping`, as [`crate::support::tool`] writes it.
#[derive(Clone)]
struct Ping;

impl ServerHandler for Ping {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build()).with_server_info(Implementation::new("ping", "1"))
    }

    async fn list_tools(&self, _: Option<PaginatedRequestParams>, _: RequestContext<RoleServer>) -> Result<ListToolsResult, ErrorData> {
        let schema = serde_json::Map::from_iter([("type".to_owned(), "object".into())]);
        Ok(ListToolsResult::with_all_items(vec![Tool::new("ping", "A tool", schema)]))
    }
}

/// The server at `/mcp`.
pub(crate) fn mcp() -> Router {
    let sessions = Arc::new(LocalSessionManager::default());
    Router::new().nest_service("/mcp", StreamableHttpService::new(|| Ok(Ping), sessions, Default::default()))
}

impl Server {
    /// Serves over TLS with a certificate of `authority`.
    pub(crate) async fn start_tls(authority: &Authority, app: impl FnOnce(&str) -> Router) -> Self {
        Self::start_with_certificate(authority.issue(), None, app).await
    }

    /// Serves over TLS; with `clients`, only to holders of its certificates. `app` is told the origin.
    pub(crate) async fn start_with_certificate(
        certificate: (rcgen::Certificate, KeyPair),
        clients: Option<&Authority>,
        app: impl FnOnce(&str) -> Router,
    ) -> Self {
        let (address, task) = hub_testing::tls::serve(certificate, clients, app).await;
        Self { address, task }
    }

    pub(crate) fn https(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }
}
