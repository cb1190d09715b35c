//! Paths inside an artifact.

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;

/// A relative path with `/` separators that stays inside its tree: no empty, `.` or `..` segment, no leading `/`, no
/// backslash, no NUL or other control character, at most [`RelPath::MAX_BYTES`] bytes and [`RelPath::MAX_DEPTH`] segments.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RelPath(String);

/// Why a text is no [`RelPath`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadPath {
    #[error("the path is empty")]
    Empty,
    #[error("the path `{0}` is absolute; give it relative to the root of the tree")]
    Absolute(String),
    #[error("the path `{0}` leaves the tree (`..`)")]
    Escapes(String),
    #[error("the path `{0}` holds a control character or a backslash")]
    Character(String),
    #[error("the path is longer than {max} bytes")]
    TooLong { max: usize },
    #[error("the path is deeper than {max} folders")]
    TooDeep { max: usize },
}

impl RelPath {
    /// Longest path, in bytes.
    pub const MAX_BYTES: usize = 1024;
    /// Most segments.
    pub const MAX_DEPTH: usize = 64;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Everything before the last `/`, or "" at the root.
    #[must_use]
    pub fn parent(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(dir, _)| dir)
    }

    /// What follows the last `.` of the file name, if anything does.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.file_name().rsplit_once('.').map(|(_, e)| e).filter(|e| !e.is_empty())
    }

    /// The path below `base`, or `None` when it does not lie there.
    #[must_use]
    pub fn strip_base(&self, base: &RelPath) -> Option<RelPath> {
        let rest = self.0.strip_prefix(&base.0)?.strip_prefix('/')?;
        Some(Self(rest.to_owned()))
    }
}

impl FromStr for RelPath {
    type Err = BadPath;

    /// `./` in front, doubled slashes and a trailing `/` are forgiven; everything else must hold.
    fn from_str(s: &str) -> Result<Self, BadPath> {
        let shown = || {
            s.chars()
                .take(120)
                .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                .collect::<String>()
        };
        if s.len() > Self::MAX_BYTES {
            return Err(BadPath::TooLong { max: Self::MAX_BYTES });
        }
        if s.chars().any(|c| c.is_control() || c == '\\') {
            return Err(BadPath::Character(shown()));
        }
        if s.starts_with('/') || s.as_bytes().get(1) == Some(&b':') && s.as_bytes().get(2) == Some(&b'/') {
            return Err(BadPath::Absolute(shown()));
        }
        let mut segments = Vec::new();
        for segment in s.split('/') {
            match segment {
                "" | "." => {}
                ".." => return Err(BadPath::Escapes(shown())),
                other => segments.push(other),
            }
        }
        if segments.is_empty() {
            return Err(BadPath::Empty);
        }
        if segments.len() > Self::MAX_DEPTH {
            return Err(BadPath::TooDeep { max: Self::MAX_DEPTH });
        }
        Ok(Self(segments.join("/")))
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for RelPath {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_the_tree_is_refused() {
        for bad in ["../x", "a/../../b", "/etc/passwd", "a\\..\\b", "a\0b", "", ".", "C:/x"] {
            assert!(bad.parse::<RelPath>().is_err(), "{bad:?}");
        }
        assert_eq!("./a//b/".parse::<RelPath>().map(|p| p.to_string()), Ok("a/b".to_owned()));
    }
}
