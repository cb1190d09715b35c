//! Envelopes for credentials: sealed by whoever takes them in, opened by the connector alone.

use crate::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use hub_model::{FromSetting, ScanId};
use secrecy::zeroize::Zeroizing;
use std::fmt;
use std::str::FromStr;

/// First byte of an envelope.
const VERSION: u8 = 1;
/// HPKE `info`: binds an envelope to its purpose and version.
const INFO: &[u8] = b"mcp-hub/credentials/v1";
/// Length of an encapsulated X25519 key.
const ENC_BYTES: usize = 32;
/// Plaintexts are filled up to a multiple of this, so that the length of an envelope does not tell the length of a token.
const PAD_BYTES: usize = 512;
/// Longest envelope that is looked at, in base64 characters: far above any certificate chain with its key.
const MAX_ENVELOPE_CHARS: usize = 1 << 20;

type Suite = X25519HkdfSha256;
type PublicKey = <Suite as Kem>::PublicKey;
type PrivateKey = <Suite as Kem>::PrivateKey;

hub_model::settings! {
    /// The half of the key pair that whoever accepts credentials holds.
    #[derive(PartialEq, Eq)]
    pub struct SealingSettings {
        /// X25519 public key, base64, to which target credentials are sealed; without it targets that need credentials are refused.
        pub public_key: Option<SealingKey> = "HUB_SEALING_PUBLIC_KEY", None;
    }
}
hub_model::settings! {
    /// The half of the key pair that the connector alone holds.
    pub struct OpeningSettings {
        /// X25519 private key, base64, that opens sealed target credentials.
        pub private_key: Option<OpeningKey> = "HUB_SEALING_PRIVATE_KEY", None;
    }
}

/// The public key that seals.
#[derive(Clone, PartialEq, Eq)]
pub struct SealingKey(PublicKey);

/// The private key that opens. Never shown by `Debug`.
#[derive(Clone)]
pub struct OpeningKey(PrivateKey);

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the sealing key is not usable; make a new pair")]
    Key,
    #[error("the credentials could not be written: {0}")]
    Write(#[source] serde_json::Error),
}

/// Why an envelope stays closed. Says nothing of what is inside.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OpenError {
    #[error("the sealed credentials are malformed")]
    Malformed,
    #[error("the sealed credentials have version {found}, this build knows {VERSION}; update the connector")]
    Version { found: u8 },
    #[error("the sealed credentials were not sealed to this key, or not for this scan")]
    Refused,
    #[error("the opened credentials have a shape this build does not know; update the connector")]
    Shape,
}

impl OpeningKey {
    /// A new key from the system's random numbers.
    #[must_use]
    pub fn generate() -> Self {
        Self(Suite::gen_keypair().0)
    }

    /// Its public half.
    #[must_use]
    pub fn sealing_key(&self) -> SealingKey {
        SealingKey(Suite::sk_to_pk(&self.0))
    }

    /// The text for `HUB_SEALING_PRIVATE_KEY`. Show it once, to whoever keeps it.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.0.to_bytes()))
    }
}

impl fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpeningKey(***)")
    }
}
impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({self})")
    }
}
/// The text for `HUB_SEALING_PUBLIC_KEY`.
impl fmt::Display for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0.to_bytes()))
    }
}

fn key<K: Deserializable>(text: &str) -> Result<K, String> {
    let bytes = BASE64
        .decode(text.trim())
        .map(Zeroizing::new)
        .map_err(|_| "expected base64".to_owned())?;
    K::from_bytes(&bytes).map_err(|_| "expected the 32 bytes of an X25519 key in base64".to_owned())
}

impl FromStr for SealingKey {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        key(s).map(Self)
    }
}
impl FromStr for OpeningKey {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        key(s).map(Self)
    }
}
impl FromSetting for SealingKey {
    fn from_setting(text: &str) -> Result<Self, String> {
        text.parse()
    }
}
impl FromSetting for OpeningKey {
    const SECRET: bool = true;
    fn from_setting(text: &str) -> Result<Self, String> {
        text.parse()
    }
}

/// Seals credentials for one scan: base64 of version byte, encapsulated key, ciphertext. Two calls never give the same text.
///
/// # Errors
/// [`SealError::Key`] when the key is a point no secret can be agreed with.
pub fn seal(key: &SealingKey, scan_id: ScanId, credentials: &Credentials) -> Result<String, SealError> {
    let mut plain = Zeroizing::new(serde_json::to_vec(credentials).map_err(SealError::Write)?);
    // Trailing blanks are no part of a JSON value.
    let padded = plain.len().next_multiple_of(PAD_BYTES);
    plain.resize(padded, b' ');
    let (enc, sealed) =
        hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, Suite>(&OpModeS::Base, &key.0, INFO, &plain, scan_id.0.as_bytes())
            .map_err(|_| SealError::Key)?;
    let mut out = Vec::with_capacity(1 + ENC_BYTES + sealed.len());
    out.push(VERSION);
    out.extend_from_slice(&enc.to_bytes());
    out.extend_from_slice(&sealed);
    Ok(BASE64.encode(out))
}

/// Opens what [`seal`] made, with the same scan id.
///
/// # Errors
/// [`OpenError`]; a wrong key, a wrong scan and a changed envelope look the same.
pub fn open(key: &OpeningKey, scan_id: ScanId, envelope: &str) -> Result<Credentials, OpenError> {
    if envelope.len() > MAX_ENVELOPE_CHARS {
        return Err(OpenError::Malformed);
    }
    let bytes = BASE64.decode(envelope.trim()).map_err(|_| OpenError::Malformed)?;
    let (&found, rest) = bytes.split_first().ok_or(OpenError::Malformed)?;
    if found != VERSION {
        return Err(OpenError::Version { found });
    }
    let (enc, sealed) = rest.split_at_checked(ENC_BYTES).ok_or(OpenError::Malformed)?;
    let enc = <Suite as Kem>::EncappedKey::from_bytes(enc).map_err(|_| OpenError::Malformed)?;
    let plain =
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Suite>(&OpModeR::Base, &key.0, &enc, INFO, sealed, scan_id.0.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| OpenError::Refused)?;
    serde_json::from_slice(&plain).map_err(|_| OpenError::Shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    fn bearer(token: &str) -> Credentials {
        Credentials::Bearer {
            bearer_token: token.into(),
        }
    }

    #[test]
    fn what_is_sealed_for_a_scan_opens_for_that_scan_only() {
        let key = OpeningKey::generate();
        let (scan, other) = (ScanId::new(), ScanId::new());
        let sealed = seal(&key.sealing_key(), scan, &bearer("s3cret-token")).unwrap();
        let Credentials::Bearer { bearer_token } = open(&key, scan, &sealed).unwrap() else {
            panic!()
        };
        assert_eq!(bearer_token.expose_secret(), "s3cret-token");
        assert_eq!(open(&key, other, &sealed).unwrap_err(), OpenError::Refused);
        assert_eq!(open(&OpeningKey::generate(), scan, &sealed).unwrap_err(), OpenError::Refused);
    }

    #[test]
    fn a_changed_envelope_does_not_open() {
        let key = OpeningKey::generate();
        let scan = ScanId::new();
        let sealed = BASE64.decode(seal(&key.sealing_key(), scan, &bearer("t")).unwrap()).unwrap();
        for at in [1, 20, 40, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(
                open(&key, scan, &BASE64.encode(changed)).unwrap_err(),
                OpenError::Refused,
                "byte {at}"
            );
        }
        let mut newer = sealed.clone();
        newer[0] = 9;
        assert_eq!(
            open(&key, scan, &BASE64.encode(newer)).unwrap_err(),
            OpenError::Version { found: 9 }
        );
        for bad in ["", "AQ==", "no base64!", "AQID"] {
            assert_eq!(open(&key, scan, bad).unwrap_err(), OpenError::Malformed, "{bad}");
        }
    }

    #[test]
    fn an_envelope_tells_neither_the_token_nor_its_length() {
        let key = OpeningKey::generate();
        let scan = ScanId::new();
        let seal = |t: &str| seal(&key.sealing_key(), scan, &bearer(t)).unwrap();
        assert_eq!(seal("a").len(), seal(&"b".repeat(200)).len());
        assert_ne!(seal("a"), seal("a"));
    }

    #[test]
    fn keys_travel_as_settings_and_never_show() {
        let key = OpeningKey::generate();
        let text = key.to_base64();
        let again: OpeningKey = text.parse().unwrap();
        assert_eq!(again.sealing_key(), key.sealing_key());
        assert_eq!(key.sealing_key().to_string().parse::<SealingKey>().unwrap(), key.sealing_key());
        assert!(!format!("{key:?}").contains(text.as_str()));
        let settings = OpeningSettings::read(&|_| Some(text.to_string())).unwrap();
        assert!(!format!("{settings:?}").contains(text.as_str()));
        let bad = OpeningSettings::read(&|_| Some("secret-but-malformed".to_owned()))
            .unwrap_err()
            .to_string();
        assert!(
            bad.contains("HUB_SEALING_PRIVATE_KEY") && !bad.contains("secret-but-malformed"),
            "{bad}"
        );
    }
}
