//! TLS with certificates of a test authority: trusted, not trusted, and for the client too.

use crate::support::*;
use hub_connect::{ConnectError, connect};
use hub_model::{ErrorCode as _, Retry, Surface};
use hub_secrets::{Credentials, Mtls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A certificate authority for one test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("params");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"))
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for 127.0.0.1 and its key.
    fn issue(&self) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("params");
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

/// A good server behind TLS; with `clients`, only for holders of its certificates.
async fn serve(authority: &Authority, clients: Option<&Authority>) -> (String, tokio::task::JoinHandle<()>) {
    hub_testing::npm_server::install_tls_provider();
    let (certificate, key) = authority.issue();
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
    let url = format!("https://{}/mcp", tcp.local_addr().expect("an address"));
    let listener = TlsListener {
        tcp,
        acceptor: TlsAcceptor::from(Arc::new(config)),
    };
    let task = tokio::spawn(async move { axum::serve(listener, server_with(|_, _| None)).await.expect("serving") });
    (url, task)
}

async fn scan(url: &str, credentials: &Credentials) -> Result<Surface, ConnectError> {
    connect(&target(url), credentials, &context(short())).await
}

fn client(of: &Authority, trusting: &Authority) -> Mtls {
    let (certificate, key) = of.issue();
    Mtls {
        client_cert: certificate.pem(),
        client_key: key.serialize_pem().into(),
        ca_cert: Some(trusting.pem()),
        also: None,
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_a_tls_error() {
    let authority = Authority::new();
    let (url, task) = serve(&authority, None).await;
    let error = refused(scan(&url, &Credentials::None).await);
    assert_eq!((error.code(), error.retry()), ("tls_failed", Retry::Never), "{error}");
    task.abort();
}

#[tokio::test]
async fn a_client_certificate_opens_the_door_and_a_strange_one_does_not() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let (url, task) = serve(&authority, Some(&clients)).await;
    let surface = scan(&url, &Credentials::Mtls(Box::new(client(&clients, &authority))))
        .await
        .expect("a surface");
    assert_eq!(surface.tools, [tool("ping")]);
    assert!(fact(&surface, "no_credentials_needed").is_none() && fact(&surface, "plain_http").is_none());

    let with_token = Mtls {
        also: Some(Credentials::Bearer {
            bearer_token: "abcdefgh".to_owned().into(),
        }),
        ..client(&clients, &authority)
    };
    assert!(scan(&url, &Credentials::Mtls(Box::new(with_token))).await.is_ok());

    let stranger = Credentials::Mtls(Box::new(client(&Authority::new(), &authority)));
    let error = refused(scan(&url, &stranger).await);
    assert!(
        ["tls_failed", "credentials_refused"].contains(&error.code()),
        "{}: {error}",
        error.code()
    );
    task.abort();
}

#[tokio::test]
async fn unusable_pem_is_refused_without_being_shown() {
    let authority = Authority::new();
    let good = client(&authority, &authority);
    for bad in [
        Mtls {
            client_cert: "hunter2".into(),
            ..good.clone()
        },
        Mtls {
            client_key: "hunter2".to_owned().into(),
            ..good.clone()
        },
        Mtls {
            ca_cert: Some("hunter2".into()),
            ..good.clone()
        },
    ] {
        let error = refused(scan("https://127.0.0.1:9/mcp", &Credentials::Mtls(Box::new(bad))).await);
        assert_eq!(error.code(), "credentials_unusable", "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
