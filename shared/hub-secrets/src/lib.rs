//! Sealed values: credentials for targets, API keys, and what may be shown of either.
mod credentials;

pub use credentials::{AuthType, Credentials, Headers, KeyPlace, Mtls, Oauth2};
pub use secrecy::{ExposeSecret, SecretString};
