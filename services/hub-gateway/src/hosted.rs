//! `POST /scan/hosted`: what a client writes about a live endpoint becomes a [`NewScan`] and its credentials.

use hub_model::{HostedTarget, ScanId, TransportChoice, is_secret_name};
use hub_net::EgressPolicy;
use hub_secrets::{Credentials, KeyPlace};
use hub_store::{NewScan, ScanTarget};
use hub_wire::api::FieldErrors;
use url::Url;

const MAX_URL_CHARS: usize = 2048;
const MAX_NAME_CHARS: usize = 200;
const MAX_EXPECTED_TOOLS: usize = 10_000;

/// What is said about a live endpoint. Credentials come apart, as they are never stored in clear.
pub(crate) struct HostedFields<'a> {
    pub(crate) endpoint_url: &'a str,
    pub(crate) server_name: Option<&'a str>,
    pub(crate) expected_tools: Option<&'a [String]>,
    pub(crate) transport: TransportChoice,
    pub(crate) is_private: bool,
    /// Pointer of the URL.
    pub(crate) at: &'a str,
    /// Pointer of the object the fields stand in.
    pub(crate) within: &'a str,
}

/// The scan these fields describe, and the credentials to seal for it; what is wrong goes to `errors`.
pub(crate) fn read_hosted(
    fields: &HostedFields<'_>,
    credentials: Credentials,
    egress: &EgressPolicy,
    errors: &mut FieldErrors,
) -> Option<(NewScan, Credentials)> {
    let before = errors.0.len();
    let url = read_url(fields, egress, errors);
    if let Some(name) = fields.server_name
        && (name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control))
    {
        errors.push(
            format!("{}/server_name", fields.within),
            format!("must be at most {MAX_NAME_CHARS} characters, none of them a control character"),
        );
    }
    let tools = fields.expected_tools.unwrap_or_default();
    if tools.len() > MAX_EXPECTED_TOOLS {
        errors.push(
            format!("{}/expected_tools", fields.within),
            format!("has more than {MAX_EXPECTED_TOOLS} entries"),
        );
    }
    for (n, tool) in tools.iter().enumerate().take(MAX_EXPECTED_TOOLS) {
        if tool.is_empty() || tool.chars().count() > MAX_NAME_CHARS || tool.chars().any(char::is_control) {
            errors.push(
                format!("{}/expected_tools/{n}", fields.within),
                format!("must be 1 to {MAX_NAME_CHARS} characters, none of them a control character"),
            );
        }
    }
    let mut url = url?;
    let credentials = keep_secrets_out(&mut url, credentials, fields.at, errors)?;
    if errors.0.len() > before {
        return None;
    }
    let server_name = fields.server_name.map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned);
    let scan = NewScan {
        id: ScanId::new(),
        is_private: fields.is_private,
        is_official: false,
        source_url: None,
        repo_name: server_name.clone(),
        registry_name: None,
        version_or_commit: None,
        auth_type: Some(credentials.auth_type()),
        sealed_credentials: None,
        traceparent: None,
        target: ScanTarget::Hosted(HostedTarget {
            endpoint_url: url,
            server_name,
            expected_tools: fields.expected_tools.map(<[String]>::to_vec),
            transport: fields.transport,
        }),
    };
    Some((scan, credentials))
}

fn read_url(fields: &HostedFields<'_>, egress: &EgressPolicy, errors: &mut FieldErrors) -> Option<Url> {
    let text = fields.endpoint_url.trim();
    let mut wrong = |why: String| {
        errors.push(fields.at, why);
        None
    };
    if text.is_empty() {
        return wrong("is empty; give the endpoint's URL, http or https".to_owned());
    }
    if text.chars().count() > MAX_URL_CHARS {
        return wrong(format!("is longer than {MAX_URL_CHARS} characters"));
    }
    if text.chars().any(char::is_control) {
        return wrong("holds a control character".to_owned());
    }
    let mut url = match Url::parse(text) {
        Ok(url) => url,
        Err(e) => return wrong(format!("is not a valid URL: {e}")),
    };
    // Scheme, credentials, and literal addresses in any spelling. Names are judged when the connector resolves them.
    if let Err(e) = egress.check_url(&url) {
        return wrong(e.to_string());
    }
    url.set_fragment(None);
    Some(url)
}

/// A key written into the URL's query would be shown to everyone in lists: it is taken out and sealed like any other.
fn keep_secrets_out(url: &mut Url, credentials: Credentials, at: &str, errors: &mut FieldErrors) -> Option<Credentials> {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut secrets: Vec<_> = pairs
        .iter()
        .filter(|(name, value)| is_secret_name(name) && !value.is_empty())
        .cloned()
        .collect();
    match (secrets.len(), &credentials) {
        (0, _) => Some(credentials),
        (1, Credentials::None) => {
            let (name, value) = secrets.pop()?;
            let rest: Vec<_> = pairs.iter().filter(|(n, _)| !is_secret_name(n)).collect();
            if rest.is_empty() {
                url.set_query(None);
            } else {
                url.query_pairs_mut().clear().extend_pairs(rest);
            }
            Some(Credentials::ApiKey {
                place: KeyPlace::Query(name),
                api_key: value.into(),
            })
        }
        _ => {
            errors.push(
                at,
                "carries a secret in its query, which lists would show; give it in `auth_config` (`api_key` with `api_key_query`)",
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(url: &str) -> (Url, Option<Credentials>, usize) {
        let (mut url, mut errors): (Url, _) = (url.parse().expect("a URL"), FieldErrors::default());
        let credentials = keep_secrets_out(&mut url, Credentials::None, "/endpoint_url", &mut errors);
        (url, credentials, errors.0.len())
    }

    #[test]
    fn a_secret_in_the_query_is_sealed_whatever_its_name() {
        for name in ["tavilyApiKey", "apiToken", "auth_token", "client_secret", "jwt", "api-key"] {
            let (url, credentials, _) = kept(&format!("https://x.example/mcp?tenant=a&{name}=s3cr3t"));
            assert_eq!(url.as_str(), "https://x.example/mcp?tenant=a");
            assert!(
                matches!(credentials, Some(Credentials::ApiKey { place: KeyPlace::Query(n), .. }) if n == name),
                "{name}"
            );
        }
        let (url, credentials, _) = kept("https://x.example/mcp?author=a&keywords=b");
        assert_eq!(url.as_str(), "https://x.example/mcp?author=a&keywords=b");
        assert!(matches!(credentials, Some(Credentials::None)));
    }

    #[test]
    fn two_secrets_in_the_query_are_refused() {
        let (_, credentials, errors) = kept("https://x.example/mcp?client_id_token=a&client_secret=b");
        assert!(credentials.is_none());
        assert_eq!(errors, 1);
    }
}
