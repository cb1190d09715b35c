#![doc = include_str!("../README.md")]

mod api_key;
mod credentials;
mod sealing;

pub use api_key::{ApiKey, ApiKeyHash, BadApiKey};
pub use credentials::{AuthType, Credentials, Headers, KeyPlace, Mtls, Oauth2, OwnAuthority};
pub use sealing::{OpenError, OpeningKey, OpeningSettings, SealError, SealingKey, SealingSettings, open, seal};
pub use secrecy::{ExposeSecret, SecretString};
