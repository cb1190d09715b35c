//! What is put on each request, made from the credentials; refused here when it could not be sent as given.

use crate::ConnectError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use hub_secrets::{AuthType, Credentials, ExposeSecret, KeyPlace, Mtls, SecretString};

/// Headers that belong to the protocol or to HTTP itself.
const RESERVED: [&str; 12] = [
    "accept",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "last-event-id",
    "mcp-protocol-version",
    "mcp-session-id",
    "te",
    "transfer-encoding",
    "upgrade",
];
/// Shorter values are words like `1` or `true`: hiding them would garble what the server says.
pub(crate) const SHORTEST_SECRET: usize = 6;

/// What every request to the target's origin carries. It is never sent anywhere else.
#[derive(Clone)]
pub(crate) struct Dress {
    pub(crate) headers: HeaderMap,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) auth_type: AuthType,
    /// Values that must not be shown, should the server repeat them.
    pub(crate) secrets: Vec<String>,
}

impl Dress {
    /// What can be made without asking anybody. `Oauth2` needs a token first (see [`crate::oauth`]).
    ///
    /// # Errors
    /// [`ConnectError::UnusableCredentials`]; the message names the place, never the value.
    pub(crate) fn of(credentials: &Credentials) -> Result<Self, ConnectError> {
        let mut dress = Self {
            headers: HeaderMap::new(),
            query: Vec::new(),
            auth_type: credentials.auth_type(),
            secrets: Vec::new(),
        };
        match credentials {
            Credentials::None => {}
            Credentials::ApiKey {
                place: KeyPlace::Header(name),
                api_key,
            } => dress.header(name, api_key)?,
            Credentials::ApiKey {
                place: KeyPlace::Query(name),
                api_key,
            } => {
                dress.hide(api_key.expose_secret());
                dress.query.push((name.clone(), api_key.expose_secret().trim().to_owned()));
            }
            Credentials::Bearer { bearer_token } => dress.bearer(bearer_token)?,
            Credentials::Basic { username, password } => {
                if username.contains(':') {
                    return Err(ConnectError::UnusableCredentials(
                        "the user name holds a colon, which basic authentication cannot carry".to_owned(),
                    ));
                }
                let encoded = STANDARD.encode(format!("{username}:{}", password.expose_secret()));
                dress.hide(password.expose_secret());
                dress.hide(&encoded);
                dress.put(AUTHORIZATION, &format!("Basic {encoded}"), "the basic authentication")?;
            }
            Credentials::CustomHeaders { headers } => {
                for (name, value) in &headers.0 {
                    dress.header(name, value)?;
                }
            }
            Credentials::Oauth2(oauth) => {
                if let Some(token) = &oauth.access_token {
                    dress.bearer(token)?;
                }
            }
            Credentials::OwnAuthority(own) => {
                if matches!(own.with, Credentials::Mtls(_) | Credentials::OwnAuthority(_)) {
                    return Err(ConnectError::UnusableCredentials(
                        "ca_cert is given twice; give it once, beside the client certificate where there is one".to_owned(),
                    ));
                }
                dress = Self::of(&own.with)?;
            }
            Credentials::Mtls(mtls) => {
                let Mtls { also, .. } = mtls.as_ref();
                if let Some(also) = also {
                    let wrong = match also {
                        Credentials::Mtls(_) => Some("mtls cannot be combined with a second mtls"),
                        Credentials::OwnAuthority(_) => Some("ca_cert may not stand inside `also`; give it beside the certificate"),
                        _ => None,
                    };
                    if let Some(wrong) = wrong {
                        return Err(ConnectError::UnusableCredentials(wrong.to_owned()));
                    }
                    dress = Self {
                        auth_type: AuthType::Mtls,
                        ..Self::of(also)?
                    };
                }
            }
        }
        Ok(dress)
    }

    /// Whether a request carries anything that could let it in.
    pub(crate) fn is_bare(&self) -> bool {
        self.headers.is_empty() && self.query.is_empty() && self.auth_type != AuthType::Mtls
    }

    pub(crate) fn bearer(&mut self, token: &SecretString) -> Result<(), ConnectError> {
        let token = token.expose_secret().trim();
        // People paste the whole header value.
        let token = token
            .strip_prefix("Bearer ")
            .or_else(|| token.strip_prefix("bearer "))
            .unwrap_or(token)
            .trim();
        if token.is_empty() {
            return Err(ConnectError::UnusableCredentials("the bearer token is empty".to_owned()));
        }
        self.hide(token);
        self.put(AUTHORIZATION, &format!("Bearer {token}"), "the bearer token")
    }

    fn header(&mut self, name: &str, value: &SecretString) -> Result<(), ConnectError> {
        let shown = crate::text::plain(name, 80);
        let header = HeaderName::from_bytes(name.trim().as_bytes())
            .map_err(|_| ConnectError::UnusableCredentials(format!("`{shown}` is not a header name")))?;
        if RESERVED.contains(&header.as_str()) {
            return Err(ConnectError::UnusableCredentials(format!(
                "the header `{shown}` belongs to the protocol and cannot be set"
            )));
        }
        self.hide(value.expose_secret());
        self.put(header, value.expose_secret().trim(), &format!("the header `{shown}`"))
    }

    fn put(&mut self, name: HeaderName, value: &str, what: &str) -> Result<(), ConnectError> {
        let mut value = HeaderValue::from_str(value).map_err(|_| {
            ConnectError::UnusableCredentials(format!(
                "{what} holds characters that a header cannot carry (line breaks, controls)"
            ))
        })?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(())
    }

    pub(crate) fn hide(&mut self, secret: &str) {
        let secret = secret.trim();
        if secret.len() >= SHORTEST_SECRET {
            self.secrets.push(secret.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hub_secrets::Headers;

    fn secret(s: &str) -> SecretString {
        s.to_owned().into()
    }

    #[test]
    fn credentials_become_headers_or_query() {
        let d = Dress::of(&Credentials::Bearer {
            bearer_token: secret("Bearer abcdef\n"),
        })
        .expect("usable");
        assert_eq!(d.headers["authorization"], "Bearer abcdef");
        let d = Dress::of(&Credentials::Basic {
            username: "u".into(),
            password: secret("pässword"),
        })
        .expect("usable");
        assert_eq!(d.headers["authorization"], "Basic dTpww6Rzc3dvcmQ=");
        let d = Dress::of(&Credentials::ApiKey {
            place: KeyPlace::Query("k".into()),
            api_key: secret("abcdef"),
        })
        .expect("usable");
        assert_eq!(d.query, [("k".to_owned(), "abcdef".to_owned())]);
        assert!(Dress::of(&Credentials::None).expect("usable").is_bare());
    }

    #[test]
    fn what_would_break_the_request_is_refused_without_showing_the_value() {
        let headers = |n: &str, v: &str| Credentials::CustomHeaders {
            headers: Headers([(n.to_owned(), secret(v))].into()),
        };
        for bad in [
            headers("Mcp-Session-Id", "hunter2"),
            headers("x y", "hunter2"),
            headers("x", "hunter2\r\nHost: evil"),
            headers("Host", "hunter2"),
        ] {
            let Err(error) = Dress::of(&bad) else { panic!("accepted {bad:?}") };
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
