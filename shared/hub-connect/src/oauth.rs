//! Tokens for `oauth2` credentials: client credentials (RFC 6749, section 4.4) or a refresh token (section 6), at a token
//! endpoint that was given or is found through the target's metadata (RFC 9728, RFC 8414).
//!
//! Client secrets go to the token endpoint only, in a request that follows no redirect.

use crate::auth::Dress;
use crate::text::{plain, shown_url};
use crate::{ConnectContext, ConnectError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use hub_net::{FetchOptions, HttpClient, NetError, Request};
use hub_secrets::{Credentials, ExposeSecret as _, Oauth2};
use serde_json::Value;
use url::Url;

/// Token answers and metadata documents are small.
const MAX_DOCUMENT: u64 = 256 << 10;

/// Fetches a token where the credentials need one, and puts it on the requests.
///
/// # Errors
/// [`ConnectError::TokenRefused`], [`ConnectError::TokenUnreachable`], [`ConnectError::UnusableCredentials`].
pub(crate) async fn fetch_token(
    dress: &mut Dress,
    credentials: &Credentials,
    target: &Url,
    cx: &ConnectContext,
) -> Result<(), ConnectError> {
    let Some(oauth) = oauth2_of(credentials) else { return Ok(()) };
    if oauth.access_token.is_some() {
        return Ok(());
    }
    for secret in [&oauth.client_secret, &oauth.refresh_token, &oauth.private_key]
        .into_iter()
        .flatten()
    {
        dress.hide(secret.expose_secret());
    }
    let asking = Asking {
        http: HttpClient::new(cx.egress.clone(), cx.net.clone())?,
        cx,
        oauth,
        secrets: dress.secrets.clone(),
    };
    let endpoint = asking.endpoint(target).await?;
    let token = asking.token(&endpoint).await?;
    dress.bearer(&token.into())
}

fn oauth2_of(credentials: &Credentials) -> Option<&Oauth2> {
    match credentials {
        Credentials::Oauth2(oauth) => Some(oauth),
        Credentials::Mtls(mtls) => mtls.also.as_ref().and_then(oauth2_of),
        _ => None,
    }
}

/// Where tokens are had, and how its owner says one has to ask.
struct Endpoint {
    url: Url,
    /// `token_endpoint_auth_methods_supported`; empty when unknown.
    methods: Vec<String>,
    /// The resource to name (RFC 8707).
    resource: Option<String>,
}

struct Asking<'a> {
    http: HttpClient,
    cx: &'a ConnectContext,
    oauth: &'a Oauth2,
    secrets: Vec<String>,
}

impl Asking<'_> {
    fn options(&self) -> FetchOptions {
        let mut options = FetchOptions::max_bytes(MAX_DOCUMENT);
        options.max_redirects = Some(0);
        options.total_timeout = Some(self.cx.limits.call_time);
        options
    }

    async fn endpoint(&self, target: &Url) -> Result<Endpoint, ConnectError> {
        let resource = self.oauth.resource.clone();
        match &self.oauth.token_url {
            Some(text) => {
                let url = Url::parse(text).map_err(|e| ConnectError::UnusableCredentials(format!("token_url is no URL ({e})")))?;
                self.http.check_url(&url).map_err(|source| ConnectError::TokenUnreachable {
                    token_url: shown_url(&url),
                    source,
                })?;
                Ok(Endpoint {
                    url,
                    methods: Vec::new(),
                    resource,
                })
            }
            None => self.discover(target, resource).await,
        }
    }

    /// From the target to its authorization server to the token endpoint, as the MCP specification ("Authorization") has it.
    async fn discover(&self, target: &Url, resource: Option<String>) -> Result<Endpoint, ConnectError> {
        let nothing = |why: &str| ConnectError::TokenRefused {
            token_url: shown_url(target),
            why: format!("{why}; give token_url"),
        };
        let protected = self.protected_resource(target).await?;
        let (issuer, resource) = match &protected {
            Some(metadata) => {
                let named = metadata.get("resource").and_then(Value::as_str).unwrap_or_default();
                if !covers(named, target) {
                    return Err(nothing(&format!(
                        "the target's metadata is about another resource (`{}`)",
                        plain(named, 120)
                    )));
                }
                let issuer = metadata.get("authorization_servers").and_then(|l| l.get(0)).and_then(Value::as_str);
                let issuer = issuer.ok_or_else(|| nothing("the target's metadata names no authorization server"))?;
                (issuer.to_owned(), resource.or_else(|| Some(named.to_owned())))
            }
            // Before RFC 9728 came to MCP (2025-03-26), the server was its own authorization server.
            None => (target.origin().ascii_serialization(), resource),
        };
        let issuer_url = Url::parse(&issuer).map_err(|_| nothing("the target's metadata names an authorization server that is no URL"))?;
        for place in authorization_metadata_places(&issuer_url) {
            let Some(metadata) = self.document(&place).await? else { continue };
            // RFC 8414, section 3.3: a document that speaks for another issuer must not be used.
            let speaks_for = metadata.get("issuer").and_then(Value::as_str).unwrap_or_default();
            if speaks_for.trim_end_matches('/') != issuer.trim_end_matches('/') {
                return Err(nothing(&format!(
                    "the metadata at `{}` speaks for another issuer",
                    shown_url(&place)
                )));
            }
            let Some(url) = metadata
                .get("token_endpoint")
                .and_then(Value::as_str)
                .and_then(|t| Url::parse(t).ok())
            else {
                return Err(nothing(&format!("the metadata at `{}` names no token endpoint", shown_url(&place))));
            };
            if url.scheme() != "https" && target.scheme() == "https" {
                return Err(nothing(
                    "the token endpoint found is plain http; the client secret is not sent there",
                ));
            }
            let methods = metadata.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
            let methods = methods.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            return Ok(Endpoint { url, methods, resource });
        }
        Err(nothing("no token endpoint was found through the target's metadata"))
    }

    /// The target's protected resource metadata (RFC 9728): where its refusal points, else at the well-known places.
    async fn protected_resource(&self, target: &Url) -> Result<Option<Value>, ConnectError> {
        let mut places = Vec::new();
        let bare = Request::get(target.clone()).header(ACCEPT, "application/json, text/event-stream");
        if let Ok(refusal) = self.http.send(bare, self.options()).await {
            let challenges = refusal.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|v| v.to_str().ok());
            places.extend(
                challenges
                    .filter_map(|c| parameter(c, "resource_metadata"))
                    .filter_map(|u| Url::parse(&u).ok())
                    .take(1),
            );
        }
        let path = target.path().trim_end_matches('/');
        for suffix in [path, ""] {
            let mut place = target.clone();
            place.set_query(None);
            place.set_fragment(None);
            place.set_path(&format!("/.well-known/oauth-protected-resource{suffix}"));
            if !places.contains(&place) {
                places.push(place);
            }
        }
        for place in places {
            if let Some(document) = self.document(&place).await? {
                return Ok(Some(document));
            }
        }
        Ok(None)
    }

    /// A JSON object, or `None` where there is none.
    async fn document(&self, place: &Url) -> Result<Option<Value>, ConnectError> {
        let unreachable = |source: NetError| ConnectError::TokenUnreachable {
            token_url: shown_url(place),
            source,
        };
        let request = Request::get(place.clone()).header(ACCEPT, "application/json");
        let response = match self.http.send(request, self.options()).await {
            Ok(response) if response.status().is_success() => response,
            Ok(_) | Err(NetError::TooManyRedirects { .. }) => return Ok(None),
            Err(e) => return Err(unreachable(e)),
        };
        let bytes = response.bytes().await.map_err(unreachable)?;
        Ok(serde_json::from_slice(&bytes).ok().filter(Value::is_object))
    }

    async fn token(&self, endpoint: &Endpoint) -> Result<String, ConnectError> {
        let chosen = self.oauth.token_endpoint_auth_method.as_deref();
        let offered = |method: &str| endpoint.methods.is_empty() || endpoint.methods.iter().any(|m| m == method);
        let method = match chosen {
            Some(method) => method,
            None if self.oauth.client_secret.is_none() => "none",
            None if offered("client_secret_basic") => "client_secret_basic",
            None => "client_secret_post",
        };
        match self.ask(endpoint, method).await {
            // Many servers know only the other way and do not say so.
            Err(ConnectError::TokenRefused { why, .. })
                if chosen.is_none() && method == "client_secret_basic" && why.contains("invalid_client") =>
            {
                self.ask(endpoint, "client_secret_post").await
            }
            answer => answer,
        }
    }

    async fn ask(&self, endpoint: &Endpoint, method: &str) -> Result<String, ConnectError> {
        let oauth = self.oauth;
        let client_id = oauth.client_id.as_deref().unwrap_or_default();
        let mut form: Vec<(&str, &str)> = Vec::new();
        match &oauth.refresh_token {
            Some(token) => form.extend([("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())]),
            None => form.push(("grant_type", "client_credentials")),
        }
        let optional = [
            ("scope", &oauth.scope),
            ("audience", &oauth.audience),
            ("resource", &endpoint.resource),
        ];
        form.extend(optional.into_iter().filter_map(|(name, value)| value.as_deref().map(|v| (name, v))));
        let secret = oauth.client_secret.as_ref().map(|s| s.expose_secret().trim()).unwrap_or_default();
        let mut authorization = None;
        match method {
            "client_secret_basic" => {
                // RFC 6749, section 2.3.1: both parts are form-encoded first.
                let pair = format!("{}:{}", form_encoded(client_id), form_encoded(secret));
                authorization = Some(format!("Basic {}", STANDARD.encode(pair)));
            }
            "client_secret_post" => form.extend([("client_id", client_id), ("client_secret", secret)]),
            "none" => form.push(("client_id", client_id)),
            other => {
                let other = plain(other, 60);
                return Err(ConnectError::UnusableCredentials(format!(
                    "token_endpoint_auth_method `{other}` is not supported; use client_secret_basic, client_secret_post or none"
                )));
            }
        }
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::post(endpoint.url.clone(), body)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        if let Some(value) = authorization {
            let value = HeaderValue::from_str(&value).map_err(|e| ConnectError::Setup(e.to_string()))?;
            request = request.secret_header(AUTHORIZATION, value);
        }
        let token_url = shown_url(&endpoint.url);
        let unreachable = |source| ConnectError::TokenUnreachable {
            token_url: token_url.clone(),
            source,
        };
        let response = self.http.send(request, self.options()).await.map_err(unreachable)?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            let host = endpoint.url.host_str().unwrap_or_default().to_owned();
            return Err(unreachable(NetError::Status {
                host,
                status: status.as_u16(),
            }));
        }
        let bytes = response.bytes().await.map_err(unreachable)?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let refused = |why: String| ConnectError::TokenRefused {
            token_url: token_url.clone(),
            why,
        };
        if let Some(error) = answer.get("error").and_then(Value::as_str) {
            let more = answer.get("error_description").and_then(Value::as_str).unwrap_or_default();
            return Err(refused(self.quote(&format!("{error} {more}"))));
        }
        if !status.is_success() {
            return Err(refused(format!("HTTP {}", status.as_u16())));
        }
        let kind = answer.get("token_type").and_then(Value::as_str).unwrap_or("bearer");
        if !kind.eq_ignore_ascii_case("bearer") {
            return Err(refused(format!(
                "it gives a `{}` token, only bearer tokens are supported",
                self.quote(kind)
            )));
        }
        match answer.get("access_token").and_then(Value::as_str) {
            Some(token) => Ok(token.to_owned()),
            None => Err(refused("its answer holds no access_token".to_owned())),
        }
    }

    fn quote(&self, text: &str) -> String {
        plain(
            &self
                .secrets
                .iter()
                .fold(text.to_owned(), |text, secret| text.replace(secret, "***")),
            200,
        )
    }
}

/// RFC 8414, section 3.1, and OpenID Connect Discovery: the well-known part goes before the issuer's path, or after it.
fn authorization_metadata_places(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/').to_owned();
    let at = |path: String| {
        let mut place = issuer.clone();
        place.set_query(None);
        place.set_fragment(None);
        place.set_path(&path);
        place
    };
    let mut places = vec![
        at(format!("/.well-known/oauth-authorization-server{path}")),
        at(format!("/.well-known/openid-configuration{path}")),
    ];
    if !path.is_empty() {
        places.push(at(format!("{path}/.well-known/openid-configuration")));
    }
    places
}

/// Whether metadata for `resource` speaks for `target` (RFC 9728, section 3.3): same origin, and a path at or above it.
fn covers(resource: &str, target: &Url) -> bool {
    let Ok(resource) = Url::parse(resource) else { return false };
    let above = resource.path().trim_end_matches('/');
    let path = target.path().trim_end_matches('/');
    resource.origin() == target.origin() && (path == above || path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/')))
}

/// A parameter of a `WWW-Authenticate` challenge.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    let at = challenge.find(&format!("{name}="))? + name.len() + 1;
    let value = &challenge[at..];
    match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().map(str::to_owned),
        None => value.split([',', ' ']).next().map(str::to_owned),
    }
}

fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_speaks_for_its_own_resource_only() {
        let target: Url = "https://h.example/a/mcp".parse().expect("a URL");
        for (resource, ok) in [
            ("https://h.example/a/mcp", true),
            ("https://h.example/a/mcp/", true),
            ("https://h.example", true),
            ("https://h.example/a", true),
            ("https://h.example/a/m", false),
            ("https://evil.example/a/mcp", false),
            ("http://h.example/a/mcp", false),
            ("", false),
        ] {
            assert_eq!(covers(resource, &target), ok, "{resource}");
        }
    }

    #[test]
    fn a_challenge_says_where_the_metadata_is() {
        let challenge = "Bearer error=\"x\", resource_metadata=\"https://h.example/m\", scope=\"a b\"";
        assert_eq!(parameter(challenge, "resource_metadata").as_deref(), Some("https://h.example/m"));
        assert_eq!(
            parameter("Bearer resource_metadata=https://h.example/m, x=1", "resource_metadata").as_deref(),
            Some("https://h.example/m")
        );
        assert_eq!(parameter("Basic", "resource_metadata"), None);
    }
}
