//! Tokens for `oauth2` credentials. Only a ready access token works so far; the grants come here.

use crate::auth::Dress;
use crate::{ConnectContext, ConnectError};
use hub_secrets::{Credentials, Oauth2};

/// Fetches a token where the credentials need one, and puts it on the requests.
#[expect(clippy::unused_async, reason = "the grants ask a token endpoint")]
pub(crate) async fn fetch_token(_dress: &mut Dress, credentials: &Credentials, _cx: &ConnectContext) -> Result<(), ConnectError> {
    match oauth2_of(credentials) {
        None => Ok(()),
        Some(oauth) if oauth.access_token.is_some() => Ok(()),
        Some(_) => Err(ConnectError::UnusableCredentials(
            "oauth2 needs an access_token; the token grants are not built yet".to_owned(),
        )),
    }
}

fn oauth2_of(credentials: &Credentials) -> Option<&Oauth2> {
    match credentials {
        Credentials::Oauth2(oauth) => Some(oauth),
        Credentials::Mtls(mtls) => mtls.also.as_ref().and_then(oauth2_of),
        _ => None,
    }
}
