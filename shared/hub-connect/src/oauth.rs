//! Tokens for `oauth2` credentials: client credentials (RFC 6749, section 4.4), a refresh token (section 6) or an assertion of
//! somebody else (RFC 7523, section 2.1), at a token
//! endpoint that was given or is found through the target's metadata (RFC 9728, RFC 8414); again when a token expires.
//!
//! Client secrets go to the token endpoint only, in a request that follows no redirect.

use crate::auth::Dress;
use crate::client_assertion::sign;
use crate::ledger::{Ledger, Purpose};
use crate::metadata::{Documents, authorization_metadata_places, challenges_of, covers, parameter};
use crate::text::{plain, shown_url};
use crate::{ConnectContext, ConnectError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use hub_net::{NetError, Request};
use hub_secrets::{Credentials, ExposeSecret as _, Oauth2};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;
use url::Url;

/// Tokens that one scan asks for after its first.
const MAX_RENEWALS: usize = 3;
/// Grant of RFC 7523, section 2.1.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Fetches a token where the credentials need one, and puts it on the requests. What comes back can fetch further ones.
///
/// # Errors
/// [`ConnectError::TokenRefused`], [`ConnectError::TokenUnreachable`], [`ConnectError::UnusableCredentials`].
pub(crate) async fn fetch_token(
    dress: &mut Dress,
    credentials: &Credentials,
    target: &Url,
    cx: &ConnectContext,
    ledger: &Arc<Ledger>,
) -> Result<Option<Renewal>, ConnectError> {
    let Some(oauth) = oauth2_of(credentials) else { return Ok(None) };
    for secret in [&oauth.client_secret, &oauth.refresh_token, &oauth.private_key, &oauth.assertion]
        .into_iter()
        .flatten()
    {
        dress.hide(secret.expose_secret());
    }
    let mut state = State {
        oauth: oauth.clone(),
        ca_cert: credentials.ca_cert().map(str::to_owned),
        endpoint: None,
        left: MAX_RENEWALS,
        asked_scope: None,
    };
    let can_ask = [&oauth.client_secret, &oauth.refresh_token, &oauth.private_key, &oauth.assertion]
        .into_iter()
        .any(Option::is_some);
    let renewal = |state| Renewal {
        cx: cx.clone(),
        target: target.clone(),
        ledger: ledger.clone(),
        state: Mutex::new(state),
        has_worked: AtomicBool::new(false),
    };
    if oauth.access_token.is_some() {
        // It may still expire before we are done.
        return Ok(can_ask.then(|| renewal(state)));
    }
    let token = state.fetch(target, cx, ledger, &dress.secrets, None).await?;
    dress.bearer(&token.into())?;
    Ok(Some(renewal(state)))
}

fn oauth2_of(credentials: &Credentials) -> Option<&Oauth2> {
    match credentials {
        Credentials::Oauth2(oauth) => Some(oauth),
        Credentials::Mtls(mtls) => mtls.also.as_ref().and_then(oauth2_of),
        Credentials::OwnAuthority(own) => oauth2_of(&own.with),
        _ => None,
    }
}

/// Fetches further tokens for one scan.
pub(crate) struct Renewal {
    cx: ConnectContext,
    target: Url,
    ledger: Arc<Ledger>,
    state: Mutex<State>,
    /// The token at hand was accepted once: what is refused later has expired.
    has_worked: AtomicBool,
}

impl Renewal {
    pub(crate) fn worked(&self) {
        self.has_worked.store(true, Ordering::Release);
    }

    /// After a request that carried `worn` was refused: new credentials, or `None` where those are not the matter.
    /// `current` is what the scan carries by now; another request may have brought a new token meanwhile.
    ///
    /// # Errors
    /// The authorization server refuses, or cannot be asked.
    pub(crate) async fn after_refusal(
        &self,
        status: StatusCode,
        headers: &http::HeaderMap,
        worn: &Dress,
        current: impl Fn() -> Arc<Dress>,
    ) -> Result<Option<Dress>, ConnectError> {
        let challenges = challenges_of(headers);
        let wanted = challenges.iter().find_map(|c| parameter(c, "scope"));
        let lacks_scope = challenges
            .iter()
            .any(|c| parameter(c, "error").as_deref() == Some("insufficient_scope"));
        let expired = status == StatusCode::UNAUTHORIZED && self.has_worked.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let now = current();
        if now.headers.get(AUTHORIZATION) != worn.headers.get(AUTHORIZATION) {
            return Ok(Some(now.as_ref().clone()));
        }
        // A broader token is asked for only where the user left the scope open, and not twice for the same.
        let broader = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            && (lacks_scope || status == StatusCode::UNAUTHORIZED)
            && state.oauth.scope.is_none()
            && wanted.is_some()
            && state.asked_scope != wanted;
        let ready = status == StatusCode::UNAUTHORIZED && state.oauth.access_token.is_some() && state.left == MAX_RENEWALS;
        if state.left == 0 || !(expired || broader || ready) {
            return Ok(None);
        }
        state.left -= 1;
        let scope = if broader { wanted } else { state.asked_scope.clone() };
        let token = state.fetch(&self.target, &self.cx, &self.ledger, &now.secrets, scope).await?;
        let mut fresh = now.as_ref().clone();
        fresh.bearer(&token.into())?;
        self.has_worked.store(false, Ordering::Release);
        Ok(Some(fresh))
    }
}

/// What is known on the way from one token to the next.
struct State {
    oauth: Oauth2,
    /// The authority that the user names, as PEM.
    ca_cert: Option<String>,
    endpoint: Option<Endpoint>,
    left: usize,
    /// The scope last asked for that the user did not give.
    asked_scope: Option<String>,
}

impl State {
    async fn fetch(
        &mut self,
        target: &Url,
        cx: &ConnectContext,
        ledger: &Ledger,
        secrets: &[String],
        scope: Option<String>,
    ) -> Result<String, ConnectError> {
        let mut asking = Asking {
            documents: Documents::new(cx, ledger, Purpose::Token, self.ca_cert.as_deref())?,
            oauth: &self.oauth,
            secrets,
            scope: None,
        };
        let endpoint = match self.endpoint.take() {
            Some(known) => known,
            None => asking.endpoint(target).await?,
        };
        asking.scope = scope.or_else(|| endpoint.scope.clone());
        let answer = asking.token(&endpoint).await?;
        self.asked_scope = asking.scope.take();
        self.endpoint = Some(endpoint);
        if let Some(next) = answer.refresh_token.filter(|_| self.oauth.refresh_token.is_some()) {
            // Refresh tokens may hold only once.
            self.oauth.refresh_token = Some(next.into());
        }
        Ok(answer.access_token)
    }
}

/// Where tokens are had, and how its owner says one has to ask.
struct Endpoint {
    url: Url,
    /// Who a client assertion is meant for.
    audience: String,
    /// `token_endpoint_auth_methods_supported`; empty when unknown.
    methods: Vec<String>,
    /// The resource to name (RFC 8707).
    resource: Option<String>,
    /// What the target says one needs, where the user does not.
    scope: Option<String>,
}

struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
}

struct Asking<'a> {
    documents: Documents<'a>,
    oauth: &'a Oauth2,
    secrets: &'a [String],
    scope: Option<String>,
}

impl Asking<'_> {
    async fn endpoint(&self, target: &Url) -> Result<Endpoint, ConnectError> {
        let resource = self.oauth.resource.clone();
        match &self.oauth.token_url {
            Some(text) => {
                let url = Url::parse(text).map_err(|e| ConnectError::UnusableCredentials(format!("token_url is no URL ({e})")))?;
                self.documents.check_url(&url).map_err(|source| ConnectError::TokenUnreachable {
                    token_url: shown_url(&url),
                    source,
                })?;
                Ok(Endpoint {
                    audience: url.to_string(),
                    url,
                    methods: Vec::new(),
                    resource,
                    scope: None,
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
        let protected = self.documents.protected_resource(target).await?;
        let mut scope = protected.challenges.iter().find_map(|c| parameter(c, "scope"));
        let (issuer, resource) = match &protected.document {
            Some((_, metadata)) => {
                let named = metadata.get("resource").and_then(Value::as_str).unwrap_or_default();
                if !covers(named, target) {
                    return Err(nothing(&format!(
                        "the target's metadata is about another resource (`{}`)",
                        plain(named, 120)
                    )));
                }
                let issuer = metadata.get("authorization_servers").and_then(|l| l.get(0)).and_then(Value::as_str);
                let issuer = issuer.ok_or_else(|| nothing("the target's metadata names no authorization server"))?;
                // MCP specification, "Scope Selection Strategy".
                let supported = words(metadata, "scopes_supported").join(" ");
                scope = scope.or(Some(supported)).filter(|s| !s.is_empty());
                (issuer.to_owned(), resource.or_else(|| Some(named.to_owned())))
            }
            // Before RFC 9728 came to MCP (2025-03-26), the server was its own authorization server.
            None => (target.origin().ascii_serialization(), resource),
        };
        let issuer_url = Url::parse(&issuer).map_err(|_| nothing("the target's metadata names an authorization server that is no URL"))?;
        for place in authorization_metadata_places(&issuer_url) {
            let Some(metadata) = self.documents.document(&place).await? else {
                continue;
            };
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
            return Ok(Endpoint {
                url,
                audience: speaks_for.to_owned(),
                methods: words(&metadata, "token_endpoint_auth_methods_supported"),
                resource,
                scope,
            });
        }
        if protected.document.is_none() {
            // 2025-03-26, "Fallbacks for Servers without Metadata Discovery".
            let mut url = issuer_url;
            url.set_path("/token");
            return Ok(Endpoint {
                audience: issuer,
                url,
                methods: Vec::new(),
                resource,
                scope,
            });
        }
        Err(nothing("no token endpoint was found through the target's metadata"))
    }

    async fn token(&self, endpoint: &Endpoint) -> Result<Tokens, ConnectError> {
        let chosen = self.oauth.token_endpoint_auth_method.as_deref();
        let offered = |method: &str| endpoint.methods.is_empty() || endpoint.methods.iter().any(|m| m == method);
        let method = match chosen {
            Some(method) => method,
            None if self.oauth.private_key.is_some() => "private_key_jwt",
            None if self.oauth.client_secret.is_none() => "none",
            // Who takes no secret is not sent one.
            None if !endpoint.methods.is_empty() && endpoint.methods.iter().all(|m| m == "none") => "none",
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

    async fn ask(&self, endpoint: &Endpoint, method: &str) -> Result<Tokens, ConnectError> {
        let oauth = self.oauth;
        let client_id = oauth.client_id.as_deref().unwrap_or_default();
        let mut form: Vec<(&str, &str)> = Vec::new();
        match (&oauth.refresh_token, &oauth.assertion) {
            (Some(token), _) => form.extend([("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())]),
            (None, Some(assertion)) => form.extend([("grant_type", JWT_BEARER), ("assertion", assertion.expose_secret().trim())]),
            (None, None) => form.push(("grant_type", "client_credentials")),
        }
        let scope = oauth.scope.clone().or_else(|| self.scope.clone());
        let optional = [("scope", &scope), ("audience", &oauth.audience), ("resource", &endpoint.resource)];
        form.extend(optional.into_iter().filter_map(|(name, value)| value.as_deref().map(|v| (name, v))));
        let secret = oauth.client_secret.as_ref().map(|s| s.expose_secret().trim()).unwrap_or_default();
        let mut authorization = None;
        let assertion;
        match method {
            "client_secret_basic" => {
                // RFC 6749, section 2.3.1: both parts are form-encoded first.
                let pair = format!("{}:{}", form_encoded(client_id), form_encoded(secret));
                authorization = Some(format!("Basic {}", STANDARD.encode(pair)));
            }
            "client_secret_post" => form.extend([("client_id", client_id), ("client_secret", secret)]),
            "private_key_jwt" => {
                let key = oauth
                    .private_key
                    .as_ref()
                    .ok_or_else(|| ConnectError::UnusableCredentials("private_key_jwt needs private_key; give it as PEM".to_owned()))?;
                assertion = sign(client_id, &endpoint.audience, key.expose_secret())?;
                form.extend([
                    ("client_id", client_id),
                    ("client_assertion_type", ASSERTION_TYPE),
                    ("client_assertion", &assertion),
                ]);
            }
            "none" => form.extend((!client_id.is_empty()).then_some(("client_id", client_id))),
            other => {
                let other = plain(other, 60);
                return Err(ConnectError::UnusableCredentials(format!(
                    "token_endpoint_auth_method `{other}` is not supported; use client_secret_basic, client_secret_post, private_key_jwt or none"
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
        let response = self.documents.send("the token request", request).await?.map_err(unreachable)?;
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
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        match text("access_token") {
            Some(access_token) => Ok(Tokens {
                access_token,
                refresh_token: text("refresh_token"),
            }),
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

/// The strings of a list in a document.
fn words(document: &Value, name: &str) -> Vec<String> {
    let list = document.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
