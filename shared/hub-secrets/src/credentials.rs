//! What a target wants to see before it answers.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// The `auth_config` of the API in its validated form. `Debug` shows the type only; it serialises in clear because the
/// only place it is serialised to is the sealed envelope and the CLI's own memory.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "auth_type", rename_all = "snake_case")]
pub enum Credentials {
    None,
    /// A key in a header, or in a query parameter.
    ApiKey {
        place: KeyPlace,
        #[serde(serialize_with = "clear")]
        api_key: SecretString,
    },
    Bearer {
        #[serde(serialize_with = "clear")]
        bearer_token: SecretString,
    },
    Basic {
        username: String,
        #[serde(serialize_with = "clear")]
        password: SecretString,
    },
    Oauth2(Box<Oauth2>),
    CustomHeaders {
        headers: Headers,
    },
    Mtls(Box<Mtls>),
    /// Any of the others, at a server that shows a certificate of the user's own authority.
    OwnAuthority(Box<OwnAuthority>),
}

/// Where an API key goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPlace {
    Header(String),
    Query(String),
}

/// Header values, in clear inside, never shown.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Headers(pub BTreeMap<String, SecretString>);

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|(k, v)| (k, v.expose_secret())))
    }
}

/// OAuth 2 client: RFC 6749 client credentials or refresh token, or a ready access token.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Oauth2 {
    pub token_url: Option<String>,
    pub client_id: Option<String>,
    #[serde(serialize_with = "clear_opt")]
    pub client_secret: Option<SecretString>,
    pub scope: Option<String>,
    /// RFC 8707 resource indicator, or the `audience` some servers want.
    pub resource: Option<String>,
    pub audience: Option<String>,
    pub token_endpoint_auth_method: Option<String>,
    #[serde(serialize_with = "clear_opt")]
    pub refresh_token: Option<SecretString>,
    #[serde(serialize_with = "clear_opt")]
    pub access_token: Option<SecretString>,
    /// PEM, for `private_key_jwt` (RFC 7523).
    #[serde(serialize_with = "clear_opt")]
    pub private_key: Option<SecretString>,
    /// A signed statement of somebody else about the client, exchanged for a token (RFC 7523, section 2.1).
    #[serde(serialize_with = "clear_opt")]
    pub assertion: Option<SecretString>,
}

/// A client certificate, alone or beside another method.
#[derive(Clone, Serialize, Deserialize)]
pub struct Mtls {
    /// PEM chain.
    pub client_cert: String,
    #[serde(serialize_with = "clear")]
    pub client_key: SecretString,
    /// PEM; the public roots when absent.
    pub ca_cert: Option<String>,
    pub also: Option<Credentials>,
}

/// Another method, and the authority that vouches for the server.
#[derive(Clone, Serialize, Deserialize)]
pub struct OwnAuthority {
    /// PEM; it alone is trusted to vouch for the target.
    pub ca_cert: String,
    pub with: Credentials,
}

/// What answers may show of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthType {
    None,
    ApiKey,
    Bearer,
    Basic,
    Oauth2,
    CustomHeaders,
    Mtls,
}

impl AuthType {
    /// The word of the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ApiKey => "api_key",
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::Oauth2 => "oauth2",
            Self::CustomHeaders => "custom_headers",
            Self::Mtls => "mtls",
        }
    }
}

impl Credentials {
    /// The type, which is all that is ever shown.
    #[must_use]
    pub fn auth_type(&self) -> AuthType {
        match self {
            Self::None => AuthType::None,
            Self::ApiKey { .. } => AuthType::ApiKey,
            Self::Bearer { .. } => AuthType::Bearer,
            Self::Basic { .. } => AuthType::Basic,
            Self::Oauth2(_) => AuthType::Oauth2,
            Self::CustomHeaders { .. } => AuthType::CustomHeaders,
            Self::Mtls(_) => AuthType::Mtls,
            Self::OwnAuthority(own) => own.with.auth_type(),
        }
    }

    /// The authority that the user names for the server, as PEM.
    #[must_use]
    pub fn ca_cert(&self) -> Option<&str> {
        match self {
            Self::Mtls(mtls) => mtls.ca_cert.as_deref(),
            Self::OwnAuthority(own) => Some(&own.ca_cert),
            _ => None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({})", self.auth_type().as_str())
    }
}

fn clear<S: Serializer>(secret: &SecretString, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(secret.expose_secret())
}

fn clear_opt<S: Serializer>(secret: &Option<SecretString>, s: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(v) => s.serialize_some(v.expose_secret()),
        None => s.serialize_none(),
    }
}
