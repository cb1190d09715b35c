//! A server that is built with rmcp, behind whatever door a test puts before it, over plain http or TLS of a test authority.

use crate::support::Server;
use axum::Router;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rmcp::model::{Implementation, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::StreamableHttpService;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig as TlsConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

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

/// A certificate authority for one test.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("params");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for 127.0.0.1 and its key.
    pub(crate) fn issue(&self) -> (rcgen::Certificate, KeyPair) {
        self.issue_as(CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("params"))
    }

    pub(crate) fn issue_as(&self, params: CertificateParams) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        (params.signed_by(&key, &self.0).expect("a certificate"), key)
    }
}

/// Hands axum the connections whose handshake succeeds.
struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            if let Ok((socket, peer)) = self.tcp.accept().await
                && let Ok(stream) = self.acceptor.accept(socket).await
            {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

impl Server {
    /// Serves over TLS with a certificate of `authority`.
    pub(crate) async fn start_tls(authority: &Authority, app: impl FnOnce(&str) -> Router) -> Self {
        Self::start_with_certificate(authority.issue(), None, app).await
    }

    /// Serves over TLS; with `clients`, only to holders of its certificates. `app` is told the origin.
    pub(crate) async fn start_with_certificate(
        (certificate, key): (rcgen::Certificate, KeyPair),
        clients: Option<&Authority>,
        app: impl FnOnce(&str) -> Router,
    ) -> Self {
        hub_testing::npm_server::install_tls_provider();
        let builder = TlsConfig::builder();
        let builder = match clients {
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(clients.0.der().clone()).expect("a root");
                builder.with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().expect("a verifier"))
            }
            None => builder.with_no_client_auth(),
        };
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = builder
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a configuration");
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = tcp.local_addr().expect("an address");
        let listener = TlsListener {
            tcp,
            acceptor: TlsAcceptor::from(Arc::new(config)),
        };
        let app = app(&format!("https://{address}"));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("serving") });
        Self { address, task }
    }

    pub(crate) fn https(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }
}
