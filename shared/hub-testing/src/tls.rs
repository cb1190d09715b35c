//! Servers over TLS with certificates of an authority of the test's own, for clients with certificates too.

use crate::npm_server::install_tls_provider;
use axum::Router;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A certificate authority for one test.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// A new one, known to nobody.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("params");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"))
    }

    /// Its certificate.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for 127.0.0.1 and its key.
    #[must_use]
    pub fn issue(&self) -> (rcgen::Certificate, KeyPair) {
        self.issue_as(CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("params"))
    }

    /// A certificate of these properties and its key.
    #[must_use]
    pub fn issue_as(&self, params: CertificateParams) -> (rcgen::Certificate, KeyPair) {
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

/// Serves on loopback over TLS; with `clients`, only to holders of its certificates. `app` is told the origin.
pub async fn serve(
    (certificate, key): (rcgen::Certificate, KeyPair),
    clients: Option<&Authority>,
    app: impl FnOnce(&str) -> Router,
) -> (SocketAddr, JoinHandle<()>) {
    install_tls_provider();
    let builder = ServerConfig::builder();
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
    (
        address,
        tokio::spawn(async move { axum::serve(listener, app).await.expect("serving") }),
    )
}
