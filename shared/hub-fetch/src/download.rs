//! A download into a nameless temporary file, checked against a digest on the way.

use crate::error::FetchError;
use base64::Engine as _;
use hub_net::{NetError, Response};
use sha2::Digest as _;
use std::fs::File;
use std::io::Write as _;

/// What a download must hash to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    algorithm: Algorithm,
    /// Any of them will do.
    digests: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl Expected {
    /// Subresource integrity: `ALGORITHM-BASE64` words, of which those with the strongest algorithm count (W3C SRI).
    pub(crate) fn from_sri(text: &str) -> Option<Self> {
        let mut best: Option<Self> = None;
        for word in text.split_whitespace() {
            let Some((name, digest)) = word.split_once('-') else { continue };
            let algorithm = match name.to_ascii_lowercase().as_str() {
                "sha1" => Algorithm::Sha1,
                "sha256" => Algorithm::Sha256,
                "sha384" => Algorithm::Sha384,
                "sha512" => Algorithm::Sha512,
                _ => continue,
            };
            let digest = digest.split('?').next().unwrap_or(digest);
            let Ok(digest) = base64::engine::general_purpose::STANDARD.decode(digest) else {
                continue;
            };
            if digest.len() != algorithm.bytes() {
                continue;
            }
            match &mut best {
                Some(best) if best.algorithm > algorithm => {}
                Some(best) if best.algorithm == algorithm => best.digests.push(digest),
                _ => {
                    best = Some(Self {
                        algorithm,
                        digests: vec![digest],
                    })
                }
            }
        }
        best
    }

    pub(crate) fn from_sha1_hex(text: &str) -> Option<Self> {
        Self::from_hex(Algorithm::Sha1, text)
    }

    pub(crate) fn from_sha256_hex(text: &str) -> Option<Self> {
        Self::from_hex(Algorithm::Sha256, text)
    }

    fn from_hex(algorithm: Algorithm, text: &str) -> Option<Self> {
        let digest = hex::decode(text.trim()).ok().filter(|d| d.len() == algorithm.bytes())?;
        Some(Self {
            algorithm,
            digests: vec![digest],
        })
    }
}

enum Hasher {
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(Box<sha2::Sha512>),
}

impl Hasher {
    fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(sha1::Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(sha2::Sha256::new()),
            Algorithm::Sha384 => Self::Sha384(sha2::Sha384::new()),
            Algorithm::Sha512 => Self::Sha512(Box::default()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(h) => h.update(bytes),
            Self::Sha256(h) => h.update(bytes),
            Self::Sha384(h) => h.update(bytes),
            Self::Sha512(h) => h.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha1(h) => h.finalize().to_vec(),
            Self::Sha256(h) => h.finalize().to_vec(),
            Self::Sha384(h) => h.finalize().to_vec(),
            Self::Sha512(h) => h.finalize().to_vec(),
        }
    }
}

/// Streams a body to a temporary file that has no name and goes when it is closed.
///
/// # Errors
/// What `net` makes of a network error, what `mismatch` makes of a wrong digest, [`FetchError::Io`].
pub(crate) async fn download(
    mut response: Response,
    expected: Option<Expected>,
    net: impl Fn(NetError) -> FetchError,
    mismatch: impl FnOnce(&'static str) -> FetchError,
) -> Result<File, FetchError> {
    let io = |source| FetchError::Io {
        what: "writing a temporary file",
        source,
    };
    let mut file = tempfile::tempfile().map_err(io)?;
    let mut hasher = expected.as_ref().map(|e| Hasher::new(e.algorithm));
    while let Some(piece) = response.chunk().await.map_err(&net)? {
        if let Some(hasher) = &mut hasher {
            hasher.update(&piece);
        }
        // Pieces of a few kilobytes into the page cache: shorter than handing them to another thread.
        file.write_all(&piece).map_err(io)?;
    }
    if let (Some(hasher), Some(expected)) = (hasher, expected)
        && !expected.digests.contains(&hasher.finish())
    {
        return Err(mismatch(expected.algorithm.name()));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_digest_counts() {
        let sha1 = base64::engine::general_purpose::STANDARD.encode([1; 20]);
        let sha512 = base64::engine::general_purpose::STANDARD.encode([2; 64]);
        let expected = Expected::from_sri(&format!("sha1-{sha1} sha512-{sha512}?opt md5-xyz")).unwrap();
        assert_eq!((expected.algorithm, expected.digests), (Algorithm::Sha512, vec![vec![2; 64]]));
        assert_eq!(Expected::from_sri("sha512-short md5-x"), None);
        assert_eq!(Expected::from_sha1_hex("zz"), None);
    }
}
