//! Values as compressed JSON.

use crate::{CodecError, CodecLimits, LEVEL, check_stored, too_large_unpacked};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Read as _;

/// Writes a value as zstd-compressed JSON; the same value gives the same bytes.
///
/// # Errors
/// [`CodecError::WriteJson`], [`CodecError::Write`].
pub fn encode_json<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let json = serde_json::to_vec(value).map_err(CodecError::WriteJson)?;
    zstd::bulk::compress(&json, LEVEL).map_err(CodecError::Write)
}

/// Reads what [`encode_json`] wrote, within limits. JSON nests at most 128 deep.
///
/// # Errors
/// [`CodecError`] names the bound or what is wrong.
pub fn decode_json<T: DeserializeOwned>(bytes: &[u8], limits: &CodecLimits) -> Result<T, CodecError> {
    check_stored(bytes, limits)?;
    let decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(CodecError::Damaged)?;
    let mut json = Vec::new();
    decoder
        .take(limits.max_unpacked_bytes.saturating_add(1))
        .read_to_end(&mut json)
        .map_err(CodecError::Damaged)?;
    if u64::try_from(json.len()).unwrap_or(u64::MAX) > limits.max_unpacked_bytes {
        return Err(too_large_unpacked(limits));
    }
    serde_json::from_slice(&json).map_err(CodecError::NotJson)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn json_survives_and_is_always_the_same_bytes() {
        let value = json!({"b": [1, 2.5, null], "a": "ü"});
        let bytes = encode_json(&value).unwrap();
        assert_eq!(bytes, encode_json(&value).unwrap());
        assert_eq!(decode_json::<Value>(&bytes, &CodecLimits::default()).unwrap(), value);
    }

    #[test]
    fn a_bomb_is_not_unpacked_beyond_the_bound() {
        let bytes = encode_json(&"a".repeat(10 << 20)).unwrap();
        assert!(bytes.len() < 10_000);
        let limits = CodecLimits {
            max_unpacked_bytes: 1 << 20,
            ..CodecLimits::default()
        };
        assert!(matches!(decode_json::<String>(&bytes, &limits), Err(CodecError::TooLarge { .. })));
    }

    #[test]
    fn what_is_no_artifact_says_so() {
        let limits = CodecLimits::default();
        assert!(matches!(
            decode_json::<Value>(b"", &limits),
            Err(CodecError::Damaged(_) | CodecError::NotJson(_))
        ));
        assert!(matches!(
            decode_json::<Value>(b"not zstd at all", &limits),
            Err(CodecError::Damaged(_))
        ));
        let bytes = encode_json(&json!({"a": 1})).unwrap();
        assert!(matches!(
            decode_json::<Value>(&bytes[..bytes.len() - 3], &limits),
            Err(CodecError::Damaged(_))
        ));
        assert!(matches!(decode_json::<Vec<u8>>(&bytes, &limits), Err(CodecError::NotJson(_))));
        let small = CodecLimits {
            max_stored_bytes: 4,
            ..CodecLimits::default()
        };
        assert!(matches!(decode_json::<Value>(&bytes, &small), Err(CodecError::TooLarge { .. })));
    }
}
