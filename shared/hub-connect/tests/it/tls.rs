//! TLS with certificates of a test authority: trusted, not trusted, faulty, and for the client too.

use crate::rmcp_peer::{Authority, mcp};
use crate::support::*;
use hub_connect::{ConnectError, connect};
use hub_model::{ErrorCode as _, Retry, Surface};
use hub_secrets::{Credentials, Mtls, OwnAuthority};
use rcgen::{CertificateParams, KeyPair};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn scan(url: &str, credentials: &Credentials) -> Result<Surface, ConnectError> {
    connect(&target(url), credentials, &context(short())).await
}

fn bearer() -> Credentials {
    Credentials::Bearer {
        bearer_token: "abcdefgh".to_owned().into(),
    }
}

fn trusting(authority: &Authority, with: Credentials) -> Credentials {
    Credentials::OwnAuthority(Box::new(OwnAuthority {
        ca_cert: authority.pem(),
        with,
    }))
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

fn for_this_machine() -> CertificateParams {
    CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("params")
}

fn self_signed() -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().expect("a key");
    let mut params = for_this_machine();
    // The test authority has rcgen's own name; this one shall be nobody's.
    params.distinguished_name.push(rcgen::DnType::CommonName, "nobody in particular");
    (params.self_signed(&key).expect("a certificate"), key)
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_is_a_fact_where_nothing_secret_is_sent_and_the_end_where_there_is() {
    let authority = Authority::new();
    let valid_in = |year: i32| {
        let mut params = for_this_machine();
        params.not_before = rcgen::date_time_ymd(year, 1, 1);
        params.not_after = rcgen::date_time_ymd(year + 1, 1, 1);
        params
    };
    let elsewhere = CertificateParams::new(vec!["elsewhere.example".to_owned()]).expect("params");
    // Without `ca_cert` the authority is unknown; with it, the second column is what remains to be said.
    let cases = [
        (authority.issue(), None),
        (self_signed(), Some("unknown_issuer")),
        (authority.issue_as(valid_in(2020)), Some("expired")),
        (authority.issue_as(valid_in(2040)), Some("not_yet_valid")),
        (authority.issue_as(elsewhere), Some("wrong_name")),
    ];
    for (certificate, fault) in cases {
        let (requests, elsewhere) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, counted_elsewhere) = (requests.clone(), elsewhere.clone());
        let server = Server::start_with_certificate(certificate, None, |_| {
            mcp().layer(axum::middleware::from_fn(
                move |request: axum::extract::Request, next: axum::middleware::Next| {
                    counted.fetch_add(1, Ordering::SeqCst);
                    counted_elsewhere.fetch_add(usize::from(request.uri() != "/mcp"), Ordering::SeqCst);
                    next.run(request)
                },
            ))
        })
        .await;
        let url = server.https("/mcp");

        let error = refused(scan(&url, &bearer()).await);
        assert_eq!((error.code(), error.retry()), ("tls_failed", Retry::Never), "{error}");
        assert!(error.to_string().contains("its certificate"), "{error}");
        assert_eq!(requests.load(Ordering::SeqCst), 0, "no credentials go to who may be anybody");

        let surface = scan(&url, &Credentials::None).await.expect("a surface");
        assert_eq!(surface.tools, [tool("ping")]);
        let found = &fact(&surface, "certificate_fault").expect("the fault is a fact").details;
        let why = found["why"].as_str().expect("a reason");
        assert!(why.contains("its certificate"), "{why}");
        if fault == Some("wrong_name") {
            assert!(!why.contains(['(', '"']), "{why}");
        }
        assert!(
            surface.warnings.iter().any(|w| w.contains("did not prove who it is")),
            "{:?}",
            surface.warnings
        );

        // Many services write the key into the URL.
        for keyed in ["/s/a1b2c3d4e5f6a7b8/mcp", "/mcp?profile=a1b2c3d4e5f6a7b8", "/mcp?token=abc"] {
            let error = refused(scan(&server.https(keyed), &Credentials::None).await);
            assert_eq!(error.code(), "tls_failed", "{keyed}: {error}");
        }
        assert_eq!(elsewhere.load(Ordering::SeqCst), 0, "no key goes to who may be anybody");

        let outcome = scan(&url, &trusting(&authority, bearer())).await;
        match fault {
            None => assert!(fact(&outcome.expect("a surface"), "certificate_fault").is_none()),
            Some(fault) => {
                let ConnectError::Net(hub_net::NetError::Tls { fault: said, why, .. }) = refused(outcome) else {
                    panic!("{fault}: another error")
                };
                assert_eq!(said.as_str(), fault, "{why}");
                assert!(fault != "wrong_name" || why.contains(" but for elsewhere.example;"), "{why}");
            }
        }
    }
}

#[tokio::test]
async fn a_server_of_old_tls_versions_only_is_told_apart() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}/mcp", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut hello = [0; 2048];
            let _ = socket.read(&mut hello).await;
            // A fatal alert `protocol_version` in a record of TLS 1.0 (RFC 5246, section 7.2).
            let _ = socket.write_all(&[21, 3, 1, 0, 2, 2, 70]).await;
        }
    });
    let error = refused(scan(&url, &Credentials::None).await);
    assert_eq!((error.code(), error.retry()), ("tls_failed", Retry::Never), "{error}");
    assert!(error.to_string().contains("TLS 1.2 or 1.3 must be switched on"), "{error}");
    task.abort();
}

#[tokio::test]
async fn a_client_certificate_opens_the_door_and_a_strange_one_does_not() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let server = Server::start_with_certificate(authority.issue(), Some(&clients), |_| mcp()).await;
    let url = server.https("/mcp");
    let surface = scan(&url, &Credentials::Mtls(Box::new(client(&clients, &authority))))
        .await
        .expect("a surface");
    assert_eq!(surface.tools, [tool("ping")]);
    assert!(fact(&surface, "no_credentials_needed").is_none() && fact(&surface, "plain_http").is_none());

    let with_token = Mtls {
        also: Some(bearer()),
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
}

#[tokio::test]
async fn unusable_pem_is_refused_without_being_shown() {
    let authority = Authority::new();
    let good = client(&authority, &authority);
    for (also, why) in [
        (Credentials::Mtls(Box::new(good.clone())), "second mtls"),
        (trusting(&authority, Credentials::None), "ca_cert may not stand inside `also`"),
    ] {
        let twice = Mtls {
            also: Some(also),
            ..good.clone()
        };
        let error = refused(scan("https://127.0.0.1:9/mcp", &Credentials::Mtls(Box::new(twice))).await);
        assert!(error.to_string().contains(why), "{error}");
    }
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
