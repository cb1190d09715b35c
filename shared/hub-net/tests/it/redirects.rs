use crate::server::{guarded, open, serve};
use axum::Router;
use axum::extract::Request as Incoming;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{any, get};
use hub_net::{AddressClass, FetchOptions, HeaderName, HeaderValue, NetError, Request, Url, header};

/// A server whose `/to?STATUS=TARGET` redirects, and whose `/show` tells what it was asked.
async fn redirector() -> Url {
    let show = |method: axum::http::Method, headers: HeaderMap, body: String| async move {
        let has = |n: &str| headers.get(n).and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
        format!(
            "{method} auth={} key={} accept={} body={body}",
            has("authorization"),
            has("x-api-key"),
            has("accept")
        )
    };
    let to = |request: Incoming| async move {
        let query = request.uri().query().unwrap_or("").to_owned();
        let (status, target) = query.split_once('=').unwrap();
        (
            StatusCode::from_u16(status.parse().unwrap()).unwrap(),
            [(header::LOCATION, target.to_owned())],
        )
    };
    serve(
        Router::new()
            .route("/show", any(show))
            .route("/to", any(to))
            .route("/loop", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/loop")]) })),
    )
    .await
}

fn with_secrets(request: Request) -> Request {
    request
        .header(header::ACCEPT, "text/plain")
        .secret_header(header::AUTHORIZATION, HeaderValue::from_static("Bearer s3cret"))
        .secret_header(HeaderName::from_static("x-api-key"), HeaderValue::from_static("k3y"))
}

async fn text(request: Request) -> Result<String, NetError> {
    let body = open().send(request, FetchOptions::default()).await?.bytes().await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn a_redirect_to_a_closed_address_is_refused_at_its_hop() {
    let own = redirector().await;
    let other = redirector().await;
    let client = guarded(&[&own]);
    for target in [
        format!("{other}show"),
        "http://2130706433/".to_owned(),
        "http://[::ffff:127.0.0.1]/".to_owned(),
        "http://localhost:1/".to_owned(),
    ] {
        let error = client.get(own.join(&format!("/to?302={target}")).unwrap()).await.unwrap_err();
        assert!(
            matches!(
                error,
                NetError::Forbidden {
                    class: AddressClass::Loopback,
                    ..
                }
            ),
            "{target}: {error}"
        );
    }
    let error = client
        .get(own.join("/to?301=http://169.254.169.254/latest/meta-data").unwrap())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            NetError::Forbidden {
                class: AddressClass::CloudMetadata,
                ..
            }
        ),
        "{error}"
    );
    let error = client.get(own.join("/to?302=file:///etc/passwd").unwrap()).await.unwrap_err();
    assert!(matches!(error, NetError::Scheme { .. }), "{error}");
}

#[tokio::test]
async fn secrets_stay_with_their_origin() {
    let (one, other) = (redirector().await, redirector().await);
    let within = text(with_secrets(Request::get(one.join("/to?302=/show").unwrap()))).await.unwrap();
    assert_eq!(within, "GET auth=Bearer s3cret key=k3y accept=text/plain body=");
    let across = text(with_secrets(Request::get(one.join(&format!("/to?302={other}show")).unwrap())))
        .await
        .unwrap();
    assert_eq!(across, "GET auth=- key=- accept=text/plain body=");
    // Another name of the same address is another origin.
    let renamed = format!("http://localhost:{}/show", one.port().unwrap());
    let across = text(with_secrets(Request::get(one.join(&format!("/to?302={renamed}")).unwrap())))
        .await
        .unwrap();
    assert_eq!(across, "GET auth=- key=- accept=text/plain body=");
}

#[tokio::test]
async fn a_body_follows_only_where_the_status_says_so_and_never_to_another_origin() {
    let (one, other) = (redirector().await, redirector().await);
    let post = |target: &str| Request::post(one.join(target).unwrap(), "payload");
    assert_eq!(
        text(post("/to?307=/show")).await.unwrap(),
        "POST auth=- key=- accept=*/* body=payload"
    );
    assert_eq!(text(post("/to?303=/show")).await.unwrap(), "GET auth=- key=- accept=*/* body=");
    let error = text(post(&format!("/to?307={other}show"))).await.unwrap_err();
    assert!(matches!(error, NetError::BadRedirect { .. }), "{error}");
}

#[tokio::test]
async fn a_loop_ends() {
    let url = redirector().await;
    let error = open().get(url.join("/loop").unwrap()).await.unwrap_err();
    assert!(matches!(error, NetError::TooManyRedirects { limit: 5, .. }), "{error}");
}

#[tokio::test]
async fn a_redirect_without_a_target_is_unusable() {
    let url = serve(Router::new().route("/", get(|| async { StatusCode::FOUND }))).await;
    assert!(matches!(open().get(url).await, Err(NetError::BadRedirect { .. })));
}
