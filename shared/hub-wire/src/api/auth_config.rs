//! `auth_config`: read once, checked field by field, turned into [`Credentials`]. Nothing of it is ever written back.

use super::FieldErrors;
use hub_secrets::{Credentials, ExposeSecret, Headers, KeyPlace, Mtls, Oauth2, OwnAuthority, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a target wants to see. `auth_type` selects which other fields are read.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct AuthConfig {
    /// `none`, `api_key`, `bearer`, `basic`, `oauth2`, `custom_headers` or `mtls`.
    #[schema(example = "bearer", required)]
    pub auth_type: Option<String>,
    /// `api_key`: the key.
    #[schema(value_type = Option<String>, format = Password)]
    pub api_key: Option<SecretString>,
    /// `api_key`: the header it goes in; `X-API-Key` if absent.
    pub api_key_header: Option<String>,
    /// `api_key`: the query parameter it goes in, instead of a header.
    pub api_key_query: Option<String>,
    /// `bearer`: the token.
    #[schema(value_type = Option<String>, format = Password)]
    pub bearer_token: Option<SecretString>,
    /// `basic`.
    pub username: Option<String>,
    /// `basic`.
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<SecretString>,
    /// `oauth2`: the token endpoint; found by RFC 9728 and RFC 8414 metadata if absent.
    pub token_url: Option<String>,
    /// `oauth2`.
    pub client_id: Option<String>,
    /// `oauth2`.
    #[schema(value_type = Option<String>, format = Password)]
    pub client_secret: Option<SecretString>,
    /// `oauth2`.
    pub scope: Option<String>,
    /// `oauth2`.
    pub audience: Option<String>,
    /// `oauth2`: RFC 8707 resource indicator.
    pub resource: Option<String>,
    /// `oauth2`: `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`; found out if absent.
    pub token_endpoint_auth_method: Option<String>,
    /// `oauth2`: grant `refresh_token`.
    #[schema(value_type = Option<String>, format = Password)]
    pub refresh_token: Option<SecretString>,
    /// `oauth2`: a ready token.
    #[schema(value_type = Option<String>, format = Password)]
    pub access_token: Option<SecretString>,
    /// `oauth2`: PEM of the key that signs the client's assertions (`private_key_jwt`, RFC 7523): RSA, P-256, P-384 or Ed25519.
    #[schema(value_type = Option<String>, format = Password)]
    pub private_key: Option<SecretString>,
    /// `oauth2`: a JWT that is exchanged for a token (grant `jwt-bearer`, RFC 7523), as workload identities have.
    #[schema(value_type = Option<String>, format = Password)]
    pub assertion: Option<SecretString>,
    /// `custom_headers`: name to value.
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    pub headers: Option<BTreeMap<String, SecretString>>,
    /// `mtls`: PEM chain.
    pub client_cert: Option<String>,
    /// `mtls`: PEM.
    #[schema(value_type = Option<String>, format = Password)]
    pub client_key: Option<SecretString>,
    /// PEM of the authority that vouches for the server, with any `auth_type`; the public roots if absent.
    pub ca_cert: Option<String>,
    /// `mtls`: another method beside the certificate.
    #[schema(no_recursion)]
    pub also: Option<Box<AuthConfig>>,
}

const MAX_SECRET_BYTES: usize = 16 * 1024;
const MAX_PEM_BYTES: usize = 64 * 1024;
const MAX_HEADERS: usize = 32;

/// Headers that the transport itself sets, or that would smuggle.
const RESERVED_HEADERS: [&str; 14] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "accept",
    "accept-encoding",
    "content-type",
    "expect",
    "last-event-id",
    "mcp-session-id",
    "mcp-protocol-version",
];

/// Whether `name` is a header name (RFC 9110, section 5.1: a token) that a target may be sent.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_header_name(name: &str) -> Result<(), String> {
    let token = !name.is_empty() && name.len() <= 200 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !token {
        return Err("is no HTTP header name; use letters, digits and `-`".to_owned());
    }
    if RESERVED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err("is a header that the transport sets itself; leave it out".to_owned());
    }
    Ok(())
}

fn check_header_value(value: &str) -> Result<(), String> {
    match value {
        v if v.len() > MAX_SECRET_BYTES => Err(format!("is longer than {MAX_SECRET_BYTES} bytes")),
        v if v.bytes().any(|b| b < 0x20 && b != b'\t' || b == 0x7f) => {
            Err("holds a control character, which no header value may".to_owned())
        }
        _ => Ok(()),
    }
}

impl AuthConfig {
    /// The credentials this describes; what is wrong goes to `errors`, below the pointer `at`.
    pub fn into_credentials(self, at: &str, errors: &mut FieldErrors) -> Option<Credentials> {
        self.read(at, errors, true)
    }

    fn read(mut self, at: &str, errors: &mut FieldErrors, may_combine: bool) -> Option<Credentials> {
        let before = errors.0.len();
        let own_authority = match (&self.ca_cert, self.auth_type.as_deref()) {
            (None, _) | (_, Some("mtls")) => None,
            (Some(_), _) => self.ca_cert.take(),
        };
        let mut read = Reader { at, errors };
        if let Some(pem) = &own_authority {
            if may_combine {
                read.check_pem("ca_cert", pem, "CERTIFICATE-----");
            } else {
                read.wrong("ca_cert", "may not stand inside `also`; give it beside the certificate");
            }
        }
        let credentials = match self.auth_type.as_deref() {
            None => {
                read.wrong(
                    "auth_type",
                    "is required; use one of none, api_key, bearer, basic, oauth2, custom_headers, mtls",
                );
                return None;
            }
            Some("none") => Credentials::None,
            Some("api_key") => {
                let place = match (self.api_key_query.take(), self.api_key_header.take()) {
                    (Some(_), Some(_)) => {
                        read.wrong("api_key_query", "stands beside `api_key_header`; give one place for the key");
                        return None;
                    }
                    (Some(query), None) => {
                        if query.is_empty() || query.len() > 200 || query.chars().any(char::is_control) {
                            read.wrong("api_key_query", "is no usable name of a query parameter");
                        }
                        KeyPlace::Query(query)
                    }
                    (None, header) => {
                        let header = header.unwrap_or_else(|| "X-API-Key".to_owned());
                        if let Err(why) = check_header_name(&header) {
                            read.wrong("api_key_header", &why);
                        }
                        KeyPlace::Header(header)
                    }
                };
                Credentials::ApiKey {
                    place,
                    api_key: read.secret("api_key", self.api_key.take())?,
                }
            }
            Some("bearer") => Credentials::Bearer {
                bearer_token: read.secret("bearer_token", self.bearer_token.take())?,
            },
            Some("basic") => {
                let username = self.username.take().filter(|u| !u.is_empty());
                match &username {
                    None => read.wrong("username", "is required with auth_type `basic`"),
                    Some(u) if u.contains(':') || u.chars().any(char::is_control) => {
                        read.wrong("username", "holds a colon or control character, which RFC 7617 does not allow");
                    }
                    Some(_) => {}
                }
                Credentials::Basic {
                    username: username.unwrap_or_default(),
                    password: read.secret("password", self.password.take())?,
                }
            }
            Some("oauth2") => self.oauth2(&mut read),
            Some("custom_headers") => self.headers(&mut read)?,
            Some("mtls") if may_combine => return self.mtls(at, errors, before),
            Some("mtls") => {
                read.wrong("auth_type", "may not be `mtls` inside `also`");
                return None;
            }
            Some(other) => {
                let other: String = other.chars().take(40).filter(|c| !c.is_control()).collect();
                read.wrong(
                    "auth_type",
                    &format!("`{other}` is unknown; use one of none, api_key, bearer, basic, oauth2, custom_headers, mtls"),
                );
                return None;
            }
        };
        (errors.0.len() == before).then_some(match own_authority {
            Some(ca_cert) => Credentials::OwnAuthority(Box::new(OwnAuthority {
                ca_cert,
                with: credentials,
            })),
            None => credentials,
        })
    }

    fn oauth2(&mut self, read: &mut Reader<'_>) -> Credentials {
        if let Some(url) = &self.token_url {
            match url::Url::parse(url) {
                Ok(u) if !matches!(u.scheme(), "http" | "https") => read.wrong("token_url", "must be an http or https URL"),
                Ok(u) if !u.username().is_empty() || u.password().is_some() => {
                    read.wrong("token_url", "carries a user name or password; use client_id and client_secret")
                }
                Ok(_) => {}
                Err(e) => read.wrong("token_url", &format!("is not a valid URL: {e}")),
            }
        }
        let ready = self.access_token.is_some() || self.refresh_token.is_some() || self.assertion.is_some();
        if !ready && self.client_id.as_deref().is_none_or(str::is_empty) {
            read.wrong(
                "client_id",
                "is required, unless `access_token`, `refresh_token` or `assertion` is given",
            );
        }
        if !ready && self.client_secret.is_none() && self.private_key.is_none() {
            read.wrong(
                "client_secret",
                "is required for the client credentials grant; or `private_key`, where the client signs",
            );
        }
        if let Some(key) = &self.private_key {
            read.check_pem("private_key", key.expose_secret(), "PRIVATE KEY-----");
            if self.client_id.as_deref().is_none_or(str::is_empty) {
                read.wrong("client_id", "is required with `private_key`: the client signs as itself");
            }
        }
        match self.token_endpoint_auth_method.as_deref() {
            Some("private_key_jwt") if self.private_key.is_none() => {
                read.wrong("private_key", "is required with `private_key_jwt`: PEM of the client's key");
            }
            None | Some("client_secret_basic" | "client_secret_post" | "private_key_jwt" | "none") => {}
            Some(_) => read.wrong(
                "token_endpoint_auth_method",
                "is unknown; use client_secret_basic, client_secret_post, private_key_jwt or none",
            ),
        }
        for (name, secret) in [
            ("client_secret", &self.client_secret),
            ("refresh_token", &self.refresh_token),
            ("access_token", &self.access_token),
            ("assertion", &self.assertion),
        ] {
            if let Some(secret) = secret {
                read.check_secret(name, secret);
            }
        }
        Credentials::Oauth2(Box::new(Oauth2 {
            token_url: self.token_url.take(),
            client_id: self.client_id.take(),
            client_secret: self.client_secret.take(),
            scope: self.scope.take(),
            resource: self.resource.take(),
            audience: self.audience.take(),
            token_endpoint_auth_method: self.token_endpoint_auth_method.take(),
            refresh_token: self.refresh_token.take(),
            access_token: self.access_token.take(),
            private_key: self.private_key.take(),
            assertion: self.assertion.take(),
        }))
    }

    fn headers(&mut self, read: &mut Reader<'_>) -> Option<Credentials> {
        let Some(headers) = self.headers.take().filter(|h| !h.is_empty()) else {
            read.wrong("headers", "is required with auth_type `custom_headers`: an object of name to value");
            return None;
        };
        if headers.len() > MAX_HEADERS {
            read.wrong("headers", &format!("has more than {MAX_HEADERS} entries"));
        }
        for (name, value) in &headers {
            let field = format!("headers/{}", FieldErrors::step(name));
            if let Err(why) = check_header_name(name).and_then(|()| check_header_value(value.expose_secret())) {
                read.wrong(&field, &why);
            }
        }
        Some(Credentials::CustomHeaders { headers: Headers(headers) })
    }

    fn mtls(mut self, at: &str, errors: &mut FieldErrors, before: usize) -> Option<Credentials> {
        let also = match self.also.take() {
            Some(also) => also.read(&format!("{at}/also"), errors, false),
            None => None,
        };
        let mut read = Reader { at, errors };
        let client_cert = self.client_cert.take().unwrap_or_default();
        let client_key = self.client_key.take().unwrap_or_else(|| String::new().into());
        let pems = [
            ("client_cert", client_cert.as_str(), "CERTIFICATE-----"),
            ("client_key", client_key.expose_secret(), "PRIVATE KEY-----"),
            (
                "ca_cert",
                self.ca_cert.as_deref().unwrap_or("-----BEGIN CERTIFICATE-----"),
                "CERTIFICATE-----",
            ),
        ];
        for (name, pem, kind) in pems {
            read.check_pem(name, pem, kind);
        }
        (errors.0.len() == before).then(|| {
            Credentials::Mtls(Box::new(Mtls {
                client_cert,
                client_key,
                ca_cert: self.ca_cert,
                also,
            }))
        })
    }
}

struct Reader<'a> {
    at: &'a str,
    errors: &'a mut FieldErrors,
}

impl Reader<'_> {
    fn wrong(&mut self, field: &str, why: &str) {
        self.errors.push(format!("{}/{field}", self.at), why);
    }

    fn check_pem(&mut self, field: &str, pem: &str, kind: &str) {
        if pem.len() > MAX_PEM_BYTES {
            self.wrong(field, &format!("is longer than {MAX_PEM_BYTES} bytes"));
        } else if !(pem.contains("-----BEGIN ") && pem.contains(kind)) {
            self.wrong(field, &format!("must be PEM text with a block that ends in `{kind}`"));
        }
    }

    fn check_secret(&mut self, field: &str, secret: &SecretString) {
        if let Err(why) = check_header_value(secret.expose_secret()) {
            self.wrong(field, &why);
        }
    }

    fn secret(&mut self, field: &str, secret: Option<SecretString>) -> Option<SecretString> {
        match secret.filter(|s| !s.expose_secret().is_empty()) {
            Some(secret) => {
                self.check_secret(field, &secret);
                Some(secret)
            }
            None => {
                self.wrong(field, "is required with this auth_type");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hub_secrets::AuthType;
    use serde_json::{Value, json};

    fn read(config: Value) -> Result<Credentials, Vec<(String, String)>> {
        let mut errors = FieldErrors::default();
        let config: AuthConfig = serde_json::from_value(config).unwrap();
        config
            .into_credentials("/auth_config", &mut errors)
            .ok_or_else(|| errors.0.into_iter().map(|e| (e.pointer, e.detail)).collect())
    }

    #[test]
    fn every_auth_type_of_the_contract_is_read() {
        let pem = "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----";
        let key = "-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----";
        for (config, wanted) in [
            (json!({"auth_type": "none"}), AuthType::None),
            (json!({"auth_type": "api_key", "api_key": "k"}), AuthType::ApiKey),
            (
                json!({"auth_type": "api_key", "api_key": "k", "api_key_query": "key"}),
                AuthType::ApiKey,
            ),
            (json!({"auth_type": "bearer", "bearer_token": "t"}), AuthType::Bearer),
            (json!({"auth_type": "basic", "username": "u", "password": "p"}), AuthType::Basic),
            (
                json!({"auth_type": "oauth2", "client_id": "c", "client_secret": "s"}),
                AuthType::Oauth2,
            ),
            (json!({"auth_type": "oauth2", "access_token": "t"}), AuthType::Oauth2),
            (json!({"auth_type": "oauth2", "assertion": "a.b.c"}), AuthType::Oauth2),
            (
                json!({"auth_type": "oauth2", "client_id": "c", "private_key": key, "token_endpoint_auth_method": "private_key_jwt"}),
                AuthType::Oauth2,
            ),
            (
                json!({"auth_type": "bearer", "bearer_token": "t", "ca_cert": pem}),
                AuthType::Bearer,
            ),
            (json!({"auth_type": "none", "ca_cert": pem}), AuthType::None),
            (
                json!({"auth_type": "custom_headers", "headers": {"X-A": "1"}}),
                AuthType::CustomHeaders,
            ),
            (
                json!({"auth_type": "mtls", "client_cert": pem, "client_key": key, "also": {"auth_type": "bearer", "bearer_token": "t"}}),
                AuthType::Mtls,
            ),
        ] {
            assert_eq!(read(config.clone()).map(|c| c.auth_type()), Ok(wanted), "{config}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        for (config, pointer) in [
            (json!({}), "/auth_config/auth_type"),
            (json!({"auth_type": "magic"}), "/auth_config/auth_type"),
            (json!({"auth_type": "bearer"}), "/auth_config/bearer_token"),
            (
                json!({"auth_type": "bearer", "bearer_token": "a\r\nX-Evil: 1"}),
                "/auth_config/bearer_token",
            ),
            (
                json!({"auth_type": "api_key", "api_key": "k", "api_key_header": "Host"}),
                "/auth_config/api_key_header",
            ),
            (
                json!({"auth_type": "custom_headers", "headers": {"bad name": "x"}}),
                "/auth_config/headers/bad name",
            ),
            (
                json!({"auth_type": "custom_headers", "headers": {"a/b": "x"}}),
                "/auth_config/headers/a~1b",
            ),
            (json!({"auth_type": "oauth2"}), "/auth_config/client_id"),
            (
                json!({"auth_type": "oauth2", "client_id": "c", "private_key": "no key"}),
                "/auth_config/private_key",
            ),
            (
                json!({"auth_type": "bearer", "bearer_token": "t", "ca_cert": "no certificate"}),
                "/auth_config/ca_cert",
            ),
            (
                json!({"auth_type": "oauth2", "client_id": "c", "client_secret": "s", "token_endpoint_auth_method": "private_key_jwt"}),
                "/auth_config/private_key",
            ),
            (
                json!({"auth_type": "mtls", "client_cert": "x", "client_key": "y"}),
                "/auth_config/client_cert",
            ),
        ] {
            let errors = read(config.clone()).map(|c| c.auth_type()).unwrap_err();
            assert_eq!(errors[0].0, pointer, "{config}: {errors:?}");
        }
    }

    #[test]
    fn no_secret_shows_in_debug_or_errors() {
        let config: AuthConfig =
            serde_json::from_value(json!({"auth_type": "bearer", "bearer_token": "s3cr3t\n", "password": "s3cr3t"})).unwrap();
        assert!(!format!("{config:?}").contains("s3cr3t"));
        assert!(!format!("{:?}", read(json!({"auth_type": "bearer", "bearer_token": "s3cr3t\n"})).map(|_| ())).contains("s3cr3t"));
    }
}
