//! `private_key_jwt`: a client shows that it holds a key by signing a short-lived statement (RFC 7523, section 2.2).

use crate::ConnectError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

/// How long an assertion holds, in seconds.
const LIFETIME_SECS: u64 = 300;
/// Signature schemes with their JWS names (RFC 7518, section 3.1; RFC 8037).
const SCHEMES: [(SignatureScheme, &str, Option<usize>); 4] = [
    (SignatureScheme::RSA_PKCS1_SHA256, "RS256", None),
    (SignatureScheme::ECDSA_NISTP256_SHA256, "ES256", Some(32)),
    (SignatureScheme::ECDSA_NISTP384_SHA384, "ES384", Some(48)),
    (SignatureScheme::ED25519, "EdDSA", None),
];

/// A signed statement that we are `client_id`, meant for `audience`.
///
/// # Errors
/// The key is no PEM private key of RSA, P-256, P-384 or Ed25519. The message never shows it.
pub(crate) fn sign(client_id: &str, audience: &str, private_key: &str) -> Result<String, ConnectError> {
    let bad = |why: &str| ConnectError::UnusableCredentials(format!("private_key {why}; give a PEM key of RSA, P-256, P-384 or Ed25519"));
    let key = PrivateKeyDer::from_pem_slice(private_key.as_bytes()).map_err(|_| bad("is no PEM private key"))?;
    let key = rustls::crypto::ring::sign::any_supported_type(&key).map_err(|_| bad("is of a kind that cannot sign here"))?;
    let offered = SCHEMES.map(|(scheme, ..)| scheme);
    let signer = key
        .choose_scheme(&offered)
        .ok_or_else(|| bad("is of a kind that cannot sign here"))?;
    let (_, algorithm, half) = SCHEMES
        .into_iter()
        .find(|(scheme, ..)| *scheme == signer.scheme())
        .ok_or_else(|| bad("is of a kind that cannot sign here"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let head = json!({"alg": algorithm, "typ": "JWT"});
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": now,
        "exp": now + LIFETIME_SECS,
        "jti": crate::text::random_word(24),
    });
    let said = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(head.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let signature = signer.sign(said.as_bytes()).map_err(|_| bad("does not sign"))?;
    let signature = match half {
        // JWS wants both numbers at full length, one after the other (RFC 7518, section 3.4).
        Some(half) => fixed_length(&signature, half).ok_or_else(|| bad("signs in a form that is not understood"))?,
        None => signature,
    };
    Ok(format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// From the DER sequence of two integers to both at `half` bytes each.
fn fixed_length(der: &[u8], half: usize) -> Option<Vec<u8>> {
    let [0x30, _, rest @ ..] = der else { return None };
    let (r, rest) = integer(rest)?;
    let (s, _) = integer(rest)?;
    let mut out = Vec::with_capacity(half * 2);
    for number in [r, s] {
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        out.extend(std::iter::repeat_n(0, half.checked_sub(number.len())?));
        out.extend_from_slice(number);
    }
    Some(out)
}

fn integer(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x02, length, rest @ ..] = der else { return None };
    rest.split_at_checked(usize::from(*length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_signature_have_their_full_length() {
        let der = [0x30, 9, 2, 3, 0, 0x81, 7, 2, 2, 1, 5];
        assert_eq!(fixed_length(&der, 4).as_deref(), Some(&[0, 0, 0x81, 7, 0, 0, 1, 5][..]));
        assert_eq!(fixed_length(&der, 1), None);
        assert_eq!(fixed_length(&[1, 2], 4), None);
    }

    #[test]
    fn a_key_that_cannot_sign_is_not_shown() {
        let error = sign("me", "https://as.example", "-----BEGIN hunter2-----").expect_err("no key");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
