//! Tokens from an authorization server, named or found, and never a secret to the wrong place.

use crate::rmcp_peer::{Authority, mcp};
use crate::support::*;
use axum::Router;
use axum::extract::Form;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use hub_connect::{ConnectError, connect};
use hub_model::{ErrorCode as _, Retry, Surface};
use hub_secrets::{Credentials, Oauth2, OwnAuthority};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

const SECRET: &str = "cl1ent-secret-value";
const BASIC: &str = "Basic bWU6Y2wxZW50LXNlY3JldC12YWx1ZQ==";

type Forms = Arc<Mutex<Vec<HashMap<String, String>>>>;

/// A token endpoint that takes the secret one way only, and remembers what it was asked.
fn token_endpoint(basic: bool, forms: &Forms) -> axum::routing::MethodRouter {
    let forms = forms.clone();
    post(move |headers: HeaderMap, Form(form): Form<HashMap<String, String>>| {
        forms.lock().expect("no panic").push(form.clone());
        async move {
            let by_header = headers.get(header::AUTHORIZATION).is_some_and(|v| v == BASIC);
            let by_form = form.get("client_id").is_some_and(|v| v == "me") && form.get("client_secret").is_some_and(|v| v == SECRET);
            let refresh = form.get("refresh_token").is_some_and(|v| v == "refresh-me-please");
            if if basic { by_header } else { by_form } || refresh {
                return axum::Json(json!({"access_token": "acc3ss-token", "token_type": "Bearer", "expires_in": 60})).into_response();
            }
            let said = format!("no client {SECRET} here");
            (
                StatusCode::UNAUTHORIZED,
                axum::Json(json!({"error": "invalid_client", "error_description": said})),
            )
                .into_response()
        }
    })
}

/// An rmcp server that wants the token, with whatever else it serves.
fn protected(challenge: Option<String>) -> Router {
    let door = move |headers: HeaderMap, request: axum::extract::Request, next: axum::middleware::Next| {
        let challenge = challenge.clone();
        async move {
            let inside = headers.get(header::AUTHORIZATION).is_some_and(|v| v == "Bearer acc3ss-token");
            if inside || request.uri().path() != "/mcp" {
                return next.run(request).await;
            }
            let mut response: Response = StatusCode::UNAUTHORIZED.into_response();
            if let Some(challenge) = challenge {
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, challenge.parse().expect("a header"));
            }
            response
        }
    };
    mcp().layer(axum::middleware::from_fn(door))
}

fn oauth(token_url: Option<String>) -> Oauth2 {
    Oauth2 {
        token_url,
        client_id: Some("me".into()),
        client_secret: Some(SECRET.to_owned().into()),
        ..Oauth2::default()
    }
}

async fn scan(server: &Server, oauth: Oauth2) -> Result<Surface, ConnectError> {
    connect(&server.target("/mcp"), &Credentials::Oauth2(Box::new(oauth)), &context(short())).await
}

#[tokio::test]
async fn client_credentials_open_the_door_however_the_endpoint_takes_them() {
    for basic in [true, false] {
        let forms = Forms::default();
        let authorization = Server::start(Router::new().route("/token", token_endpoint(basic, &forms))).await;
        let server = Server::start(protected(None)).await;
        let token_url = format!("http://{}/token", authorization.address);
        let wanted = Oauth2 {
            scope: Some("read".into()),
            audience: Some("api".into()),
            resource: Some("https://r.example/".into()),
            ..oauth(Some(token_url.clone()))
        };
        let surface = scan(&server, wanted).await.expect("a surface");
        assert_eq!(surface.tools, [tool("ping")]);
        assert!(fact(&surface, "no_credentials_needed").is_none());
        let form = forms.lock().expect("no panic")[0].clone();
        for (name, value) in [
            ("grant_type", "client_credentials"),
            ("scope", "read"),
            ("audience", "api"),
            ("resource", "https://r.example/"),
        ] {
            assert_eq!(form.get(name).map(String::as_str), Some(value));
        }
        let method = if basic { "client_secret_basic" } else { "client_secret_post" };
        let other = if basic { "client_secret_post" } else { "client_secret_basic" };
        let set = |m: &str| Oauth2 {
            token_endpoint_auth_method: Some(m.into()),
            ..oauth(Some(token_url.clone()))
        };
        assert!(scan(&server, set(method)).await.is_ok());
        assert_eq!(refused(scan(&server, set(other)).await).code(), "token_refused");
    }
}

#[tokio::test]
async fn a_refresh_token_is_exchanged() {
    let forms = Forms::default();
    let authorization = Server::start(Router::new().route("/token", token_endpoint(true, &forms))).await;
    let server = Server::start(protected(None)).await;
    let oauth = Oauth2 {
        token_url: Some(format!("http://{}/token", authorization.address)),
        client_id: Some("public".into()),
        refresh_token: Some("refresh-me-please".to_owned().into()),
        ..Oauth2::default()
    };
    assert!(scan(&server, oauth).await.is_ok());
    assert_eq!(forms.lock().expect("no panic")[0]["grant_type"], "refresh_token");
}

#[tokio::test]
async fn a_refused_client_says_so_without_the_secret() {
    let authorization = Server::start(Router::new().route("/token", token_endpoint(true, &Forms::default()))).await;
    let server = Server::start(protected(None)).await;
    let wrong = Oauth2 {
        client_id: Some("you".into()),
        ..oauth(Some(format!("http://{}/token", authorization.address)))
    };
    let error = refused(scan(&server, wrong).await);
    assert_eq!((error.code(), error.retry()), ("token_refused", Retry::Never));
    assert!(error.to_string().contains("invalid_client no client *** here"), "{error}");
    assert!(!format!("{error:?}").contains(SECRET));

    let error = refused(scan(&server, oauth(Some("http://127.0.0.1:9/token".into()))).await);
    assert_eq!((error.code(), error.retry()), ("token_endpoint_unreachable", Retry::Later));
    let closed = hub_connect::ConnectContext {
        egress: hub_net::EgressPolicy::public_only(),
        ..context(short())
    };
    let credentials = Credentials::Oauth2(Box::new(oauth(Some("http://169.254.169.254/latest/meta-data".into()))));
    let error = refused(connect(&target("https://93.184.215.14/mcp"), &credentials, &closed).await);
    assert!(
        error.to_string().contains("169.254.169.254") && error.retry() == Retry::Never,
        "{error}"
    );
}

#[tokio::test]
async fn a_token_endpoint_may_not_pass_the_secret_on_by_redirect() {
    let forms = Forms::default();
    let thief = Server::start(Router::new().route("/token", token_endpoint(false, &forms))).await;
    let to = format!("http://{}/token", thief.address);
    let authorization = Server::start(Router::new().route("/token", post(move || async move { Redirect::temporary(&to) }))).await;
    let server = Server::start(protected(None)).await;
    let set = Oauth2 {
        token_endpoint_auth_method: Some("client_secret_post".into()),
        ..oauth(Some(format!("http://{}/token", authorization.address)))
    };
    assert_eq!(refused(scan(&server, set).await).code(), "token_endpoint_unreachable");
    assert!(forms.lock().expect("no panic").is_empty());
}

/// Serves `documents` by path.
fn documents(documents: Vec<(&'static str, Value)>) -> Router {
    documents.into_iter().fold(Router::new(), |app, (path, document)| {
        app.route(path, get(|| async move { axum::Json(document) }))
    })
}

#[tokio::test]
async fn the_token_endpoint_is_found_through_the_refusal_or_the_well_known_places() {
    for pointed in [true, false] {
        let forms = Forms::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}/tenant", listener.local_addr().expect("an address"));
        let metadata = json!({"issuer": issuer, "token_endpoint": format!("{issuer}/token"), "token_endpoint_auth_methods_supported": ["client_secret_post"]});
        let authorization = documents(vec![("/.well-known/oauth-authorization-server/tenant", metadata)])
            .route("/tenant/token", token_endpoint(false, &forms));
        let serving = tokio::spawn(async move { axum::serve(listener, authorization).await.expect("serving") });

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let place = if pointed {
            "/metadata/here"
        } else {
            "/.well-known/oauth-protected-resource/mcp"
        };
        let resource = json!({"resource": format!("{origin}/mcp"), "authorization_servers": [issuer]});
        let challenge = pointed.then(|| format!("Bearer resource_metadata=\"{origin}{place}\""));
        let app = protected(challenge).merge(documents(vec![(place, resource)]));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("serving") });

        let outcome = connect(
            &target(&format!("{origin}/mcp")),
            &Credentials::Oauth2(Box::new(oauth(None))),
            &context(short()),
        )
        .await;
        assert_eq!(outcome.expect("a surface").tools, [tool("ping")]);
        let forms = forms.lock().expect("no panic");
        assert_eq!((forms.len(), forms[0]["resource"].clone()), (1, format!("{origin}/mcp")));
        task.abort();
        serving.abort();
    }
}

#[tokio::test]
async fn metadata_that_speaks_for_somebody_else_is_not_followed() {
    for (resource, issuer, why) in [
        ("http://bank.example/mcp", "", "another resource"),
        ("", "http://bank.example", "another issuer"),
        ("", "", "no token endpoint"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let or = |text: &str, usual: String| if text.is_empty() { usual } else { text.to_owned() };
        let app = documents(vec![
            (
                "/.well-known/oauth-protected-resource",
                json!({"resource": or(resource, origin.clone()), "authorization_servers": [origin]}),
            ),
            (
                "/.well-known/oauth-authorization-server",
                json!({"issuer": or(issuer, origin.clone())}),
            ),
        ]);
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("serving") });
        let error = refused(
            connect(
                &target(&format!("{origin}/mcp")),
                &Credentials::Oauth2(Box::new(oauth(None))),
                &context(short()),
            )
            .await,
        );
        assert_eq!(error.code(), "token_refused");
        assert!(
            error.to_string().contains(why) && error.to_string().contains("give token_url"),
            "{error}"
        );
        task.abort();
    }
}

/// An authorization server whose tokens and refresh tokens are numbered, and a target that takes each token for `uses` requests.
async fn forgetful(uses: usize, forms: &Forms) -> (Server, Server) {
    let (issued, remembered) = (Arc::new(Mutex::new(0_usize)), forms.clone());
    let newest = issued.clone();
    let token = post(move |Form(form): Form<HashMap<String, String>>| {
        let mut issued = newest.lock().expect("no panic");
        let expected = if *issued == 0 {
            "refresh-me-please".to_owned()
        } else {
            format!("refresh-{issued}")
        };
        remembered.lock().expect("no panic").push(form.clone());
        let known = form.get("refresh_token").is_none_or(|t| *t == expected);
        *issued += 1;
        let answer = if known {
            json!({"access_token": format!("token-{issued}"), "refresh_token": format!("refresh-{issued}"), "token_type": "Bearer"})
        } else {
            json!({"error": "invalid_grant"})
        };
        async move { axum::Json(answer) }
    });
    let used = Arc::new(Mutex::new((0_usize, 0_usize)));
    let door = move |headers: HeaderMap, request: axum::extract::Request, next: axum::middleware::Next| {
        let newest = *issued.lock().expect("no panic");
        let mut used = used.lock().expect("no panic");
        if used.0 != newest {
            *used = (newest, 0);
        }
        let let_in = headers
            .get(header::AUTHORIZATION)
            .is_some_and(|v| *v == format!("Bearer token-{newest}"))
            && used.1 < uses;
        used.1 += 1;
        async move {
            if let_in {
                next.run(request).await
            } else {
                (
                    StatusCode::UNAUTHORIZED,
                    [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")],
                )
                    .into_response()
            }
        }
    };
    let pages = server_with(|method, message| {
        let page = message["params"]["cursor"]
            .as_str()
            .and_then(|c| c.parse::<usize>().ok())
            .unwrap_or(0);
        (method == "tools/list").then(|| {
            let mut list = json!({"tools": [tool(&format!("t{page}"))]});
            if page < 5 {
                list["nextCursor"] = json!((page + 1).to_string());
            }
            result(message, list)
        })
    });
    let authorization = Server::start(Router::new().route("/token", token)).await;
    (Server::start(pages.layer(axum::middleware::from_fn(door))).await, authorization)
}

#[tokio::test]
async fn a_token_that_expires_during_the_scan_is_replaced_and_a_refresh_token_used_once() {
    let forms = Forms::default();
    let (server, authorization) = forgetful(6, &forms).await;
    let surface = scan(&server, oauth(Some(format!("http://{}/token", authorization.address))))
        .await
        .expect("a surface");
    assert_eq!(surface.tools.len(), 6, "{:?}", surface.warnings);
    assert_eq!(
        forms.lock().expect("no panic").len(),
        2,
        "one token for the start, one after it expired"
    );

    let forms = Forms::default();
    let (server, authorization) = forgetful(4, &forms).await;
    let refreshing = Oauth2 {
        token_url: Some(format!("http://{}/token", authorization.address)),
        client_id: Some("public".into()),
        refresh_token: Some("refresh-me-please".to_owned().into()),
        ..Oauth2::default()
    };
    let surface = scan(&server, refreshing).await.expect("a surface");
    assert_eq!(surface.tools.len(), 6, "{:?}", surface.warnings);
    let used: Vec<String> = forms.lock().expect("no panic").iter().map(|f| f["refresh_token"].clone()).collect();
    assert_eq!(
        used[..2],
        ["refresh-me-please", "refresh-1"],
        "the new refresh token replaces the old"
    );
}

#[tokio::test]
async fn a_server_that_lets_no_token_live_ends_the_scan_and_not_the_patience_of_its_authorization_server() {
    let forms = Forms::default();
    let (server, authorization) = forgetful(1, &forms).await;
    let outcome = scan(&server, oauth(Some(format!("http://{}/token", authorization.address)))).await;
    if let Err(error) = outcome {
        assert!(matches!(error, ConnectError::CredentialsRefused { .. }), "{error}");
    }
    assert!(forms.lock().expect("no panic").len() <= 4, "a bounded number of tokens");
}

/// Everything as the specification has it, over TLS of the same test authority: the refusal names the resource's metadata, that the
/// authorization server, that its token endpoint.
#[tokio::test]
async fn every_kind_of_client_finds_its_way_through_the_metadata_over_tls() {
    let authority = Authority::new();
    let key = rcgen::KeyPair::generate().expect("a key").serialize_pem();
    let client = Oauth2 {
        client_id: Some("me".into()),
        ..Oauth2::default()
    };
    let with_secret = |method: &str| Oauth2 {
        client_secret: Some(SECRET.to_owned().into()),
        token_endpoint_auth_method: Some(method.to_owned()),
        ..client.clone()
    };
    let kinds: [(&str, &str, Oauth2); 5] = [
        ("client_secret_basic", "client_credentials", with_secret("client_secret_basic")),
        ("client_secret_post", "client_credentials", with_secret("client_secret_post")),
        (
            "private_key_jwt",
            "client_credentials",
            Oauth2 {
                private_key: Some(key.into()),
                ..client.clone()
            },
        ),
        (
            "none",
            "refresh_token",
            Oauth2 {
                refresh_token: Some("refresh-me-please".to_owned().into()),
                ..client.clone()
            },
        ),
        (
            "none",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Oauth2 {
                assertion: Some("e30.e30.c2lnbmF0dXJl".to_owned().into()),
                ..Oauth2::default()
            },
        ),
    ];
    for (method, grant, oauth) in kinds {
        let forms = Forms::default();
        let remembered = forms.clone();
        let token = post(
            move |headers: HeaderMap, Form(mut form): Form<HashMap<String, String>>| async move {
                let by_header = headers.get(header::AUTHORIZATION).is_some_and(|v| v == BASIC);
                form.insert("by header".to_owned(), by_header.to_string());
                remembered.lock().expect("no panic").push(form);
                axum::Json(json!({"access_token": "acc3ss-token", "token_type": "Bearer", "expires_in": 60}))
            },
        );
        let authorization = Server::start_tls(&authority, |origin| {
            let metadata =
                json!({"issuer": origin, "token_endpoint": format!("{origin}/token"), "token_endpoint_auth_methods_supported": [method]});
            documents(vec![("/.well-known/oauth-authorization-server", metadata)]).route("/token", token)
        })
        .await;
        let server = Server::start_tls(&authority, |origin| {
            let place = "/.well-known/oauth-protected-resource/mcp";
            let resource = json!({"resource": format!("{origin}/mcp"), "authorization_servers": [authorization.https("")]});
            protected(Some(format!("Bearer resource_metadata=\"{origin}{place}\""))).merge(documents(vec![(place, resource)]))
        })
        .await;
        let credentials = Credentials::OwnAuthority(Box::new(OwnAuthority {
            ca_cert: authority.pem(),
            with: Credentials::Oauth2(Box::new(oauth)),
        }));
        let surface = connect(&target(&server.https("/mcp")), &credentials, &context(short())).await;
        assert_eq!(surface.unwrap_or_else(|e| panic!("{method}: {e}")).tools, [tool("ping")]);
        let form = forms.lock().expect("no panic")[0].clone();
        assert_eq!(
            (form["grant_type"].as_str(), form["resource"].as_str()),
            (grant, server.https("/mcp").as_str())
        );
        assert_eq!(form["by header"] == "true", method == "client_secret_basic");
        assert_eq!(form.contains_key("client_secret"), method == "client_secret_post");
        assert_eq!(form.contains_key("client_assertion"), method == "private_key_jwt");
    }
}

#[tokio::test]
async fn a_client_shows_its_key_by_a_signed_assertion() {
    use base64::Engine as _;
    let key = rcgen::KeyPair::generate().expect("a key");
    let forms = Forms::default();
    let remembered = forms.clone();
    let token = post(move |Form(form): Form<HashMap<String, String>>| {
        remembered.lock().expect("no panic").push(form);
        async { axum::Json(json!({"access_token": "acc3ss-token", "token_type": "Bearer"})) }
    });
    let authorization = Server::start(Router::new().route("/token", token)).await;
    let server = Server::start(protected(None)).await;
    let token_url = format!("http://{}/token", authorization.address);
    let with_key = |pem: String| Oauth2 {
        token_url: Some(token_url.clone()),
        client_id: Some("me".into()),
        private_key: Some(pem.into()),
        ..Oauth2::default()
    };
    assert!(scan(&server, with_key(key.serialize_pem())).await.is_ok());
    let form = forms.lock().expect("no panic")[0].clone();
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let parts: Vec<&str> = form["client_assertion"].split('.').collect();
    let read = |part: &str| -> Value {
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    assert_eq!(read(parts[0])["alg"], "ES256");
    let claims = read(parts[1]);
    assert_eq!(
        (&claims["iss"], &claims["sub"], &claims["aud"]),
        (&json!("me"), &json!("me"), &json!(token_url))
    );
    assert!(claims["exp"].as_u64() > claims["iat"].as_u64());
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(parts[2]).expect("base64");
    assert_eq!(signature.len(), 64, "both numbers at full length");
    let error = refused(scan(&server, with_key("no key at all".to_owned())).await);
    assert_eq!(error.code(), "credentials_unusable");
}

#[tokio::test]
async fn metadata_leads_to_no_forbidden_address() {
    const INSIDE: &str = "http://169.254.169.254";
    for (challenge, issuer, token_endpoint) in [(INSIDE, "", ""), ("", INSIDE, ""), ("", "", INSIDE)] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let or = |text: &str| if text.is_empty() { origin.clone() } else { text.to_owned() };
        let place = "/.well-known/oauth-protected-resource";
        let app = protected(Some(format!("Bearer resource_metadata=\"{}{place}\"", or(challenge)))).merge(documents(vec![
            (place, json!({"resource": origin, "authorization_servers": [or(issuer)]})),
            (
                "/.well-known/oauth-authorization-server",
                json!({"issuer": origin, "token_endpoint": format!("{}/token", or(token_endpoint))}),
            ),
        ]));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("serving") });
        let credentials = Credentials::Oauth2(Box::new(oauth(None)));
        let error = refused(connect(&target(&format!("{origin}/mcp")), &credentials, &context(short())).await);
        assert_eq!(error.retry(), Retry::Never, "{error}");
        assert!(
            error.to_string().contains("169.254.169.254") && error.to_string().contains("not a public one"),
            "{error}"
        );
        task.abort();
    }
}
