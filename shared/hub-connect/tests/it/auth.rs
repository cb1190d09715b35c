//! Credentials: taken to the target only, checked there by an rmcp server's door, never shown.

use crate::rmcp_peer::{Authority, mcp};
use crate::support::*;
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use hub_connect::{ConnectError, connect};
use hub_model::{ErrorCode as _, Retry, Surface};
use hub_secrets::{Credentials, Headers, KeyPlace, Oauth2, OwnAuthority};
use serde_json::json;
use std::collections::HashMap;

const SECRET: &str = "c0rrect-horse-battery";

fn secret(text: &str) -> hub_secrets::SecretString {
    text.to_owned().into()
}

type Door = fn(&HeaderMap, &HashMap<String, String>) -> bool;

/// A good server behind a door.
fn guarded(lets_in: Door, status: StatusCode, challenge: &'static str) -> axum::Router {
    let door = move |headers: HeaderMap, Query(query): Query<HashMap<String, String>>, request: Request, next: Next| async move {
        if lets_in(&headers, &query) {
            return next.run(request).await;
        }
        let mut response: Response = (status, axum::Json(json!({"error": "denied"}))).into_response();
        if !challenge.is_empty() {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge.parse().expect("a header"));
        }
        response
    };
    mcp().layer(middleware::from_fn(door))
}

async fn scan(server: &Server, credentials: &Credentials) -> Result<Surface, ConnectError> {
    connect(&server.target("/mcp"), credentials, &context(short())).await
}

fn custom(name: &str, value: &str) -> Credentials {
    Credentials::CustomHeaders {
        headers: Headers([(name.to_owned(), secret(value))].into()),
    }
}

#[tokio::test]
async fn every_kind_of_credentials_opens_its_door_and_a_wrong_one_does_not() {
    let authority = Authority::new();
    let cases: Vec<(Door, Credentials, Credentials)> = vec![
        (
            |h, _| h.get("x-api-key").is_some_and(|v| v == SECRET),
            Credentials::ApiKey {
                place: KeyPlace::Header("X-API-Key".into()),
                api_key: secret(SECRET),
            },
            Credentials::ApiKey {
                place: KeyPlace::Header("X-API-Key".into()),
                api_key: secret("wr0ng-secret"),
            },
        ),
        (
            |_, q| q.get("key").is_some_and(|v| v == SECRET),
            Credentials::ApiKey {
                place: KeyPlace::Query("key".into()),
                api_key: secret(SECRET),
            },
            Credentials::ApiKey {
                place: KeyPlace::Query("key".into()),
                api_key: secret("wr0ng-secret"),
            },
        ),
        (
            |h, _| h.get("authorization").is_some_and(|v| v == "Bearer c0rrect-horse-battery"),
            Credentials::Bearer {
                bearer_token: secret(SECRET),
            },
            Credentials::Bearer {
                bearer_token: secret("wr0ng-secret"),
            },
        ),
        (
            |h, _| {
                h.get("authorization")
                    .is_some_and(|v| v == "Basic bWU6YzBycmVjdC1ob3JzZS1iYXR0ZXJ5")
            },
            Credentials::Basic {
                username: "me".into(),
                password: secret(SECRET),
            },
            Credentials::Basic {
                username: "me".into(),
                password: secret("wr0ng-secret"),
            },
        ),
        (
            |h, _| h.get("x-team").is_some_and(|v| v == SECRET),
            custom("X-Team", SECRET),
            custom("X-Team", "wr0ng-secret"),
        ),
        (
            |h, _| h.get("authorization").is_some_and(|v| v == "Bearer c0rrect-horse-battery"),
            Credentials::Oauth2(Box::new(Oauth2 {
                access_token: Some(secret(SECRET)),
                ..Oauth2::default()
            })),
            Credentials::Oauth2(Box::new(Oauth2 {
                access_token: Some(secret("wr0ng-secret")),
                ..Oauth2::default()
            })),
        ),
    ];
    for (door, right, wrong) in cases {
        let challenge = "Bearer realm=\"x\", error=\"invalid_token\", error_description=\"got wr0ng-secret\"";
        let server = Server::start_tls(&authority, |_| guarded(door, StatusCode::UNAUTHORIZED, challenge)).await;
        let scan = async |credentials: &Credentials| {
            let trusting = Credentials::OwnAuthority(Box::new(OwnAuthority {
                ca_cert: authority.pem(),
                with: credentials.clone(),
            }));
            connect(&target(&server.https("/mcp")), &trusting, &context(short())).await
        };
        let surface = scan(&right).await.unwrap_or_else(|e| panic!("{right:?}: {e}"));
        assert_eq!(surface.protocol_version.as_deref(), Some("2026-07-28"), "rmcp needs no handshake");
        assert_eq!(surface.tools, [tool("ping")]);
        assert!(fact(&surface, "no_credentials_needed").is_none());
        assert!(!serde_json::to_string(&surface).expect("JSON").contains(SECRET));

        let error = refused(scan(&wrong).await);
        assert_eq!((error.code(), error.retry()), ("credentials_refused", Retry::Never), "{error}");
        let text = format!("{error} {error:?}");
        assert!(
            text.contains(wrong.auth_type().as_str()) && text.contains("invalid_token") && !text.contains("wr0ng-secret"),
            "{text}"
        );

        let error = refused(scan(&Credentials::None).await);
        assert_eq!(error.code(), "credentials_required");
    }
}

#[tokio::test]
async fn a_refusal_says_at_which_step_and_what_the_server_asks_for() {
    let challenge = "Bearer resource_metadata=\"http://h.example/.well-known/oauth-protected-resource\"";
    let server = Server::start(guarded(|_, _| false, StatusCode::UNAUTHORIZED, challenge)).await;
    let error = refused(scan(&server, &Credentials::None).await).to_string();
    assert!(
        error.contains("HTTP 401 to server/discover") && error.contains("OAuth 2") && error.contains("resource_metadata"),
        "{error}"
    );
    let server = Server::start(guarded(|_, _| false, StatusCode::FORBIDDEN, "")).await;
    let error = refused(scan(&server, &custom("x-a", "abcdefgh")).await).to_string();
    assert!(
        error.contains("custom_headers") && error.contains("HTTP 403") && error.contains("denied"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_repeats_the_secret_is_quoted_without_it_and_the_fact_is_kept() {
    let app = server_with(|method, m| {
        (method == "tools/list").then(|| {
            let mut tool = tool("leak");
            tool["description"] = json!(format!("your key is {SECRET}"));
            tool["inputSchema"]["properties"] = json!({SECRET: {"default": [SECRET]}});
            result(m, json!({"tools": [tool]}))
        })
    });
    let surface = scan(
        &Server::start(app).await,
        &Credentials::Bearer {
            bearer_token: secret(SECRET),
        },
    )
    .await
    .expect("a surface");
    let text = serde_json::to_string(&surface).expect("JSON");
    assert!(!text.contains(SECRET) && text.contains("your key is ***"), "{text}");
    assert!(fact(&surface, "credential_reflected").is_some());

    let app = server_with(|method, m| (method == "initialize").then(|| error(m, -32001, &format!("bad key {SECRET}"))));
    let error = refused(
        scan(
            &Server::start(app).await,
            &Credentials::Bearer {
                bearer_token: secret(SECRET),
            },
        )
        .await,
    );
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
}

#[tokio::test]
async fn a_query_key_is_in_no_url_that_is_shown() {
    let key = Credentials::ApiKey {
        place: KeyPlace::Query("key".into()),
        api_key: secret(SECRET),
    };
    let server = Server::start(server_with(|_, _| None)).await;
    assert_eq!(
        scan(&server, &key).await.expect("a surface").endpoint,
        format!("http://{}/mcp", server.address)
    );
    let mut target = server.target(&format!("/mcp?api_key={SECRET}&team=a"));
    target.endpoint_url.set_fragment(Some("x"));
    let surface = connect(&target, &Credentials::None, &context(short())).await.expect("a surface");
    assert_eq!(surface.endpoint, format!("http://{}/mcp?api_key=***&team=a", server.address));
    assert!(fact(&surface, "no_credentials_needed").is_none());
    let gone = format!("http://127.0.0.1:9/mcp?api_key={SECRET}");
    let error = refused(connect(&crate::support::target(&gone), &key, &context(short())).await);
    assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
}
