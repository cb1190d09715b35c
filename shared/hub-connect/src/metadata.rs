//! The documents that say how one is let in: protected resource metadata (RFC 9728) and authorization server metadata
//! (RFC 8414, OpenID Connect Discovery).

use crate::ledger::{Ledger, Purpose};
use crate::text::shown_url;
use crate::wire::authorities;
use crate::{ConnectContext, ConnectError};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, WWW_AUTHENTICATE};
use hub_net::{FetchOptions, HttpClient, NetError, Request, Response};
use serde_json::Value;
use url::Url;

/// Token answers and metadata documents are small.
const MAX_DOCUMENT: u64 = 256 << 10;
/// What a client without a session asks first; its refusal says where the documents are.
const HELLO: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"mcp-hub","version":"1"}}}"#;

/// A document, where it was found, and what led there.
#[derive(Debug, Default)]
pub(crate) struct ProtectedResource {
    pub(crate) document: Option<(Url, Value)>,
    /// The challenges of the refusal, as received.
    pub(crate) challenges: Vec<String>,
    /// The status of an unauthenticated request; `None` when it got no answer.
    pub(crate) status: Option<u16>,
    /// A challenge names the document.
    pub(crate) is_named: bool,
}

/// Asks for documents without any credentials, and follows no redirect.
pub(crate) struct Documents<'a> {
    http: HttpClient,
    cx: &'a ConnectContext,
    ledger: &'a Ledger,
    purpose: Purpose,
}

impl<'a> Documents<'a> {
    /// `ca_cert`: the authority that vouches for the target; whoever runs it may have issued the certificates of these documents' hosts too.
    pub(crate) fn new(cx: &'a ConnectContext, ledger: &'a Ledger, purpose: Purpose, ca_cert: Option<&str>) -> Result<Self, ConnectError> {
        Ok(Self {
            http: HttpClient::accepting(cx.egress.clone(), cx.net.clone(), authorities(ca_cert)?)?,
            cx,
            ledger,
            purpose,
        })
    }

    pub(crate) fn check_url(&self, url: &Url) -> Result<(), NetError> {
        self.http.check_url(url)
    }

    /// One request, counted.
    pub(crate) async fn send(&self, step: &str, request: Request) -> Result<Result<Response, NetError>, ConnectError> {
        self.ledger.spend(self.purpose, step)?;
        let mut options = FetchOptions::max_bytes(MAX_DOCUMENT);
        options.max_redirects = Some(0);
        options.total_timeout = Some(self.cx.limits.call_time);
        Ok(self.http.send(request, options).await)
    }

    /// The target's protected resource metadata (RFC 9728): where its refusal points, else at the well-known places.
    pub(crate) async fn protected_resource(&self, target: &Url) -> Result<ProtectedResource, ConnectError> {
        let mut found = ProtectedResource::default();
        let mut places = Vec::new();
        let bare = Request::post(without_secrets(target), HELLO)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream");
        if let Ok(refusal) = self.send("an unauthenticated request", bare).await? {
            found.status = Some(refusal.status().as_u16());
            found.challenges = challenges_of(refusal.headers());
            places.extend(
                found
                    .challenges
                    .iter()
                    .filter_map(|c| parameter(c, "resource_metadata"))
                    .filter_map(|u| Url::parse(&u).ok())
                    .take(1),
            );
            found.is_named = !places.is_empty();
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
                found.document = Some((place, document));
                break;
            }
        }
        Ok(found)
    }

    /// A JSON object, or `None` where there is none.
    pub(crate) async fn document(&self, place: &Url) -> Result<Option<Value>, ConnectError> {
        let unreachable = |source: NetError| ConnectError::TokenUnreachable {
            token_url: shown_url(place),
            source,
        };
        let request = Request::get(place.clone()).header(ACCEPT, "application/json");
        let response = match self.send("a metadata document", request).await? {
            Ok(response) if response.status().is_success() => response,
            Ok(_) | Err(NetError::TooManyRedirects { .. }) => return Ok(None),
            Err(e) => return Err(unreachable(e)),
        };
        let bytes = response.bytes().await.map_err(unreachable)?;
        Ok(serde_json::from_slice(&bytes).ok().filter(Value::is_object))
    }
}

/// The first `WWW-Authenticate` challenges.
pub(crate) fn challenges_of(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(WWW_AUTHENTICATE).iter().take(4);
    all.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()).collect()
}

/// The target as somebody without credentials would write it.
pub(crate) fn without_secrets(target: &Url) -> Url {
    let mut bare = target.clone();
    let kept: Vec<(String, String)> = target
        .query_pairs()
        .filter(|(name, _)| !hub_model::is_secret_name(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    bare.set_query(None);
    if !kept.is_empty() {
        bare.query_pairs_mut().extend_pairs(kept);
    }
    bare
}

/// RFC 8414, section 3.1, and OpenID Connect Discovery: the well-known part goes before the issuer's path, or after it.
pub(crate) fn authorization_metadata_places(issuer: &Url) -> Vec<Url> {
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
pub(crate) fn covers(resource: &str, target: &Url) -> bool {
    let Ok(resource) = Url::parse(resource) else { return false };
    let above = resource.path().trim_end_matches('/');
    let path = target.path().trim_end_matches('/');
    resource.origin() == target.origin() && (path == above || path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/')))
}

/// A parameter of a `WWW-Authenticate` challenge.
pub(crate) fn parameter(challenge: &str, name: &str) -> Option<String> {
    let needle = format!("{name}=");
    let (at, _) = challenge.match_indices(&needle).find(|(at, _)| {
        // `error` is not `x_error`.
        challenge[..*at]
            .chars()
            .next_back()
            .is_none_or(|c| c == ' ' || c == ',' || c == '\t')
    })?;
    let value = &challenge[at + needle.len()..];
    match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().map(str::to_owned),
        None => value.split([',', ' ']).next().map(str::to_owned),
    }
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
        assert_eq!(parameter(challenge, "scope").as_deref(), Some("a b"));
        assert_eq!(
            parameter("Bearer resource_metadata=https://h.example/m, x=1", "resource_metadata").as_deref(),
            Some("https://h.example/m")
        );
        assert_eq!(parameter("Bearer x_scope=\"a\"", "scope"), None);
        assert_eq!(parameter("Basic", "resource_metadata"), None);
    }

    #[test]
    fn a_target_without_its_secrets_keeps_the_rest() {
        let target: Url = "https://h.example/mcp?api_key=s3cret&team=a".parse().expect("a URL");
        assert_eq!(without_secrets(&target).as_str(), "https://h.example/mcp?team=a");
    }
}
