//! Do the credentials matter? One listing without any, one with wrong ones, and what a token says about itself.

use super::{Checked, Looking, Outcome, is_refusal};
use crate::ConnectError;
use crate::auth::Dress;
use crate::ledger::Purpose;
use crate::listing::{Difference, Extent, fact};
use crate::text::random_word;
use crate::wire::Manner;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use hub_model::registrable;
use hub_secrets::AuthType;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use url::Url;

impl Looking<'_> {
    pub(super) async fn credentials(&mut self) -> Checked {
        if !self.has_credentials() {
            return Ok(Outcome::NotApplicable("no credentials were given"));
        }
        let manner = Manner {
            dress: Some(Self::bare()),
            ..Manner::of(Purpose::Credentials)
        };
        let mutual_tls = self.wire.dress().auth_type == AuthType::Mtls;
        match self.again(manner, Extent::Tools).await {
            Ok(seen) if shows(&seen.tools, &self.surface.tools) => {
                let same = Difference::between(&self.surface.tools, &seen.tools).is_empty();
                self.bare_is_refused = Some(false);
                self.facts.push(fact(
                    "listed_without_credentials",
                    [("tools", json!(seen.tools.len())), ("same", json!(same))],
                ));
                // What does not matter cannot be wrong.
                return Ok(Outcome::Done);
            }
            Ok(_) => {}
            Err(error) if is_refusal(&error) || (mutual_tls && matches!(error, ConnectError::Net(_) | ConnectError::Closed { .. })) => {}
            Err(error) => return Err(error),
        }
        self.bare_is_refused = Some(true);
        self.token_claims();
        let Some((wrong, how)) = spoiled(&self.wire.dress()) else {
            return Ok(Outcome::Done);
        };
        let manner = Manner {
            dress: Some(wrong),
            ..Manner::of(Purpose::Credentials)
        };
        match self.again(manner, Extent::Tools).await {
            Ok(seen) if shows(&seen.tools, &self.surface.tools) => {
                self.facts.push(fact(
                    "wrong_credentials_accepted",
                    [("tools", json!(seen.tools.len())), ("how", json!(how))],
                ));
            }
            Ok(_) => {}
            Err(error) if is_refusal(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(Outcome::Done)
    }

    /// What the accepted token says about itself: for whom it was made, and until when.
    fn token_claims(&mut self) {
        let dress = self.wire.dress();
        let Some(claims) = bearer(&dress).and_then(claims) else { return };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if let Some(end) = claims.get("exp").and_then(Value::as_u64).filter(|end| end + 300 < now) {
            self.facts
                .push(fact("expired_token_accepted", [("expired_for_secs", json!(now - end))]));
        }
        let audiences: Vec<&str> = match claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !audiences.is_empty() && audiences.iter().all(|a| is_elsewhere(a, self.wire.target())) {
            let shown: Vec<String> = audiences.iter().take(4).map(|a| self.wire.tap().quote(a, 120)).collect();
            self.facts
                .push(fact("token_of_other_audience_accepted", [("audience", json!(shown))]));
        }
    }
}

/// Whether an answer shows tools (or as many as there are).
fn shows(seen: &[Value], all: &[Value]) -> bool {
    !seen.is_empty() || all.is_empty()
}

/// An audience that is a URL of somebody else: neither the host nor its parent domain is the target's.
fn is_elsewhere(audience: &str, target: &Url) -> bool {
    let Ok(audience) = Url::parse(audience) else { return false };
    let (Some(theirs), Some(ours)) = (audience.host_str(), target.host_str()) else {
        return false;
    };
    matches!(audience.scheme(), "http" | "https") && registrable(theirs) != registrable(ours)
}

fn bearer(dress: &Dress) -> Option<&str> {
    let value = dress.headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")
}

/// The claims of a JWT; the signature is not ours to check.
fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, body, _) = (parts.next()?, parts.next()?, parts.next()?);
    let body = URL_SAFE_NO_PAD.decode(body.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The same kind of credentials, wrong: a token with another signature, or of the same length and nobody's. No account name of the
/// user is tried, so that none can be locked.
fn spoiled(dress: &Dress) -> Option<(Dress, &'static str)> {
    let mut wrong = dress.clone();
    let mut how = "a random value";
    for (name, value) in &mut wrong.headers {
        let text = value.to_str().ok()?;
        let new = match text.split_once(' ') {
            Some(("Bearer", token)) if claims(token).is_some() => {
                how = "the token with another signature";
                let (signed, signature) = token.rsplit_once('.')?;
                format!("Bearer {signed}.{}", random_word(signature.len()))
            }
            Some(("Basic", _)) => format!("Basic {}", STANDARD.encode(format!("mcp-hub-check:{}", random_word(16)))),
            Some((scheme, rest)) if name == AUTHORIZATION => format!("{scheme} {}", random_word(rest.len())),
            _ => random_word(text.len()),
        };
        *value = HeaderValue::from_str(&new).ok()?;
    }
    for (_, value) in &mut wrong.query {
        *value = random_word(value.len());
    }
    (!wrong.headers.is_empty() || !wrong.query.is_empty()).then_some((wrong, how))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hub_secrets::Credentials;

    #[test]
    fn an_audience_is_elsewhere_only_under_another_domain() {
        let target: Url = "https://mcp.acme.example/mcp".parse().expect("a URL");
        for (audience, elsewhere) in [
            ("https://mcp.acme.example", false),
            ("https://api.acme.example/v1", false),
            ("https://graph.other.example", true),
            ("api://0000-1111", false),
            ("acme-mcp", false),
        ] {
            assert_eq!(is_elsewhere(audience, &target), elsewhere, "{audience}");
        }
    }

    #[test]
    fn wrong_credentials_keep_their_shape_and_nothing_of_their_value() {
        let token = format!(
            "{}.{}.c2lnbmF0dXJl",
            URL_SAFE_NO_PAD.encode("{}"),
            URL_SAFE_NO_PAD.encode("{\"aud\":\"x\"}")
        );
        let dress = Dress::of(&Credentials::Bearer {
            bearer_token: token.clone().into(),
        })
        .expect("usable");
        let (wrong, how) = spoiled(&dress).expect("spoiled");
        let text = wrong.headers[AUTHORIZATION].to_str().expect("text");
        assert_eq!(text.len(), token.len() + "Bearer ".len());
        assert!(text.starts_with("Bearer e30.") && !text.ends_with("c2lnbmF0dXJl"));
        assert_eq!(how, "the token with another signature");
        let dress = Dress::of(&Credentials::Basic {
            username: "alice".into(),
            password: "correct horse".to_owned().into(),
        })
        .expect("usable");
        let (wrong, _) = spoiled(&dress).expect("spoiled");
        let text = wrong.headers[AUTHORIZATION].to_str().expect("text");
        let pair = STANDARD.decode(&text["Basic ".len()..]).expect("base64");
        assert!(pair.starts_with(b"mcp-hub-check:"), "no account of the user is tried");
    }
}
