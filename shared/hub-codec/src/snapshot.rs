//! Snapshots as compressed archives.

use crate::{CodecError, CodecLimits, LEVEL, check_stored, too_large_unpacked};
use hub_model::{Advisories, Origin, PackageFacts, RelPath, Skipped, Snapshot, SourceFile};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Version of the archive's layout.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const FILES: &str = "files/";

/// The first entry of the archive: all of a snapshot but its texts.
#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    origin: Origin,
    files: usize,
    skipped: Vec<Skipped>,
    warnings: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    advisories: Option<Advisories>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    package: Option<PackageFacts>,
}

/// Packs a snapshot; the same snapshot gives the same bytes.
///
/// # Errors
/// [`CodecError::Write`], [`CodecError::WriteJson`].
pub fn encode_snapshot(snapshot: &Snapshot) -> Result<Vec<u8>, CodecError> {
    let manifest = Manifest {
        format: FORMAT,
        origin: snapshot.origin.clone(),
        files: snapshot.files.len(),
        skipped: snapshot.skipped.clone(),
        warnings: snapshot.warnings.clone(),
        advisories: snapshot.advisories.clone(),
        package: snapshot.package.clone(),
    };
    let manifest = serde_json::to_vec(&manifest).map_err(CodecError::WriteJson)?;
    let compressed = zstd::stream::write::Encoder::new(Vec::new(), LEVEL).map_err(CodecError::Write)?;
    let mut archive = tar::Builder::new(compressed);
    append(&mut archive, MANIFEST, &manifest)?;
    for file in &snapshot.files {
        append(&mut archive, &format!("{FILES}{}", file.path), file.text.as_bytes())?;
    }
    archive
        .into_inner()
        .and_then(zstd::stream::write::Encoder::finish)
        .map_err(CodecError::Write)
}

fn append<W: Write>(archive: &mut tar::Builder<W>, name: &str, bytes: &[u8]) -> Result<(), CodecError> {
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    archive.append_data(&mut header, name, bytes).map_err(CodecError::Write)
}

/// Unpacks what [`encode_snapshot`] packed, within limits; paths and their order are checked again.
///
/// # Errors
/// [`CodecError`] names the bound or what is wrong.
pub fn decode_snapshot(bytes: &[u8], limits: &CodecLimits) -> Result<Snapshot, CodecError> {
    check_stored(bytes, limits)?;
    let decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(CodecError::Damaged)?;
    let mut archive = tar::Archive::new(Bounded {
        inner: decoder,
        left: limits.max_unpacked_bytes,
    });
    let mut entries = archive.entries().map_err(|e| damaged(e, limits))?;
    let first = entries
        .next()
        .ok_or_else(|| CodecError::Shape("the archive is empty".to_owned()))?
        .map_err(|e| damaged(e, limits))?;
    let (name, text) = read(first, limits)?;
    if name != MANIFEST {
        return Err(CodecError::Shape(format!("the first entry is not {MANIFEST}")));
    }
    let format = serde_json::from_str::<Versioned>(&text).map_err(CodecError::NotJson)?.format;
    if format > FORMAT {
        return Err(CodecError::Newer {
            found: format,
            known: FORMAT,
        });
    }
    let manifest: Manifest = serde_json::from_str(&text).map_err(CodecError::NotJson)?;
    if manifest.files > limits.max_files {
        let limit = u64::try_from(limits.max_files).unwrap_or(u64::MAX);
        return Err(CodecError::TooLarge {
            limit,
            unit: "files",
            setting: "HUB_ARTIFACT_MAX_FILES",
        });
    }
    let mut files: Vec<SourceFile> = Vec::new();
    for entry in entries {
        let (name, text) = read(entry.map_err(|e| damaged(e, limits))?, limits)?;
        let path = name.strip_prefix(FILES).and_then(|p| p.parse::<RelPath>().ok());
        let path = path.ok_or_else(|| CodecError::Shape("an entry has a path that no snapshot holds".to_owned()))?;
        if files.last().is_some_and(|last| last.path >= path) {
            return Err(CodecError::Shape("the files are not in order".to_owned()));
        }
        if files.len() == manifest.files {
            return Err(CodecError::Shape("the archive holds more files than its manifest says".to_owned()));
        }
        files.push(SourceFile { path, text: text.into() });
    }
    if files.len() != manifest.files {
        return Err(CodecError::Shape("the archive holds fewer files than its manifest says".to_owned()));
    }
    Ok(Snapshot {
        origin: manifest.origin,
        files,
        skipped: manifest.skipped,
        warnings: manifest.warnings,
        advisories: manifest.advisories,
        package: manifest.package,
    })
}

#[derive(Deserialize)]
struct Versioned {
    format: u32,
}

/// Name and text of a regular entry.
fn read<R: Read>(mut entry: tar::Entry<'_, R>, limits: &CodecLimits) -> Result<(String, String), CodecError> {
    if !entry.header().entry_type().is_file() {
        return Err(CodecError::Shape("an entry is no file".to_owned()));
    }
    let name =
        String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| CodecError::Shape("an entry's path is no text".to_owned()))?;
    let mut text = String::new();
    entry.read_to_string(&mut text).map_err(|e| damaged(e, limits))?;
    Ok((name, text))
}

fn damaged(error: io::Error, limits: &CodecLimits) -> CodecError {
    if error.get_ref().is_some_and(|e| e.is::<OverBound>()) {
        too_large_unpacked(limits)
    } else {
        CodecError::Damaged(error)
    }
}

/// Reads no more than so many bytes.
struct Bounded<R> {
    inner: R,
    left: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("over the bound")]
struct OverBound;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        if most == 0 {
            // Exactly at the bound the archive may have ended.
            return if self.inner.read(&mut [0])? == 0 {
                Ok(0)
            } else {
                Err(io::Error::other(OverBound))
            };
        }
        let n = self.inner.read(&mut buf[..most])?;
        self.left -= u64::try_from(n).unwrap_or(u64::MAX).min(self.left);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hub_model::{OriginKind, SkipReason};
    use proptest::prelude::*;

    fn snapshot(files: &[(String, String)]) -> Snapshot {
        let mut files: Vec<SourceFile> = files
            .iter()
            .map(|(p, t)| SourceFile {
                path: p.parse().unwrap(),
                text: t.as_str().into(),
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        Snapshot {
            origin: Origin {
                kind: OriginKind::Npm,
                name: "pkg".into(),
                source_url: "npm:pkg".into(),
                resolved_version: "1.2.3".into(),
                base_path: None,
            },
            files,
            skipped: vec![Skipped {
                path: "logo.png".into(),
                reason: SkipReason::NotSource,
                bytes: Some(9),
            }],
            warnings: vec!["one warning".into()],
            advisories: None,
            package: None,
        }
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn a_snapshot_survives_and_is_always_the_same_bytes() {
        let long = format!("{}/x.ts", "d".repeat(90).repeat(3));
        let s = snapshot(&pairs(&[("src/a.ts", "let a = 'ü';\n"), ("b.py", ""), (&long, "x")]));
        let bytes = encode_snapshot(&s).unwrap();
        assert_eq!(bytes, encode_snapshot(&s).unwrap());
        let back = decode_snapshot(&bytes, &CodecLimits::default()).unwrap();
        assert_eq!(serde_json::to_value(&back).unwrap(), serde_json::to_value(&s).unwrap());
    }

    #[test]
    fn bounds_hold_whatever_the_archive_claims() {
        let s = snapshot(&pairs(&[("a.js", &"a".repeat(8 << 20)), ("b.js", "b")]));
        let bytes = encode_snapshot(&s).unwrap();
        assert!(bytes.len() < 64 << 10);
        for limits in [
            CodecLimits {
                max_unpacked_bytes: 1 << 20,
                ..CodecLimits::default()
            },
            CodecLimits {
                max_files: 1,
                ..CodecLimits::default()
            },
            CodecLimits {
                max_stored_bytes: 100,
                ..CodecLimits::default()
            },
        ] {
            let outcome = decode_snapshot(&bytes, &limits);
            assert!(matches!(outcome, Err(CodecError::TooLarge { .. })), "{limits:?}: {outcome:?}");
        }
    }

    /// An archive with these entries, compressed.
    fn archive(entries: &[(&str, &str, tar::EntryType)]) -> Vec<u8> {
        let mut tar = tar::Builder::new(zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap());
        for (name, text, kind) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_entry_type(*kind);
            // `append_data` refuses the paths an attacker would write.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tar.append(&header, text.as_bytes()).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn an_archive_that_no_fetcher_writes_is_refused() {
        use tar::EntryType as E;
        let manifest = |files: usize| {
            format!(
                r#"{{"format":1,"origin":{{"kind":"npm","name":"p","source_url":"p","resolved_version":"1","base_path":null}},"files":{files},"skipped":[],"warnings":[]}}"#
            )
        };
        let (one, two) = (manifest(1), manifest(2));
        let newer = one.replace("\"format\":1", "\"format\":7");
        for (what, entries) in [
            (
                "leaves the tree",
                vec![(MANIFEST, one.as_str(), E::Regular), ("files/../x", "", E::Regular)],
            ),
            ("outside files/", vec![(MANIFEST, &one, E::Regular), ("x", "", E::Regular)]),
            ("a link", vec![(MANIFEST, &one, E::Regular), ("files/x", "", E::Symlink)]),
            ("no manifest", vec![("files/x", "", E::Regular)]),
            (
                "out of order",
                vec![
                    (MANIFEST, &two, E::Regular),
                    ("files/b", "", E::Regular),
                    ("files/a", "", E::Regular),
                ],
            ),
            (
                "twice",
                vec![
                    (MANIFEST, &two, E::Regular),
                    ("files/a", "", E::Regular),
                    ("files/a", "", E::Regular),
                ],
            ),
            ("too few", vec![(MANIFEST, &two, E::Regular), ("files/a", "", E::Regular)]),
            (
                "too many",
                vec![
                    (MANIFEST, &one, E::Regular),
                    ("files/a", "", E::Regular),
                    ("files/b", "", E::Regular),
                ],
            ),
            ("empty", vec![]),
            ("newer", vec![(MANIFEST, newer.as_str(), E::Regular)]),
        ] {
            let outcome = decode_snapshot(&archive(&entries), &CodecLimits::default());
            assert!(
                matches!(outcome, Err(CodecError::Shape(_) | CodecError::Newer { .. })),
                "{what}: {outcome:?}"
            );
        }
        assert!(decode_snapshot(b"junk", &CodecLimits::default()).is_err());
        let good = archive(&[(MANIFEST, &one, E::Regular), ("files/a", "x", E::Regular)]);
        assert!(decode_snapshot(&good, &CodecLimits::default()).is_ok());
        assert!(decode_snapshot(&good[..good.len() - 4], &CodecLimits::default()).is_err());
    }

    proptest! {
        #[test]
        fn any_texts_survive(files in proptest::collection::vec(("[a-z]{1,8}(/[a-z.]{1,8}[a-z]){0,3}", ".{0,200}"), 0..8)) {
            let s = snapshot(&files);
            let back = decode_snapshot(&encode_snapshot(&s).unwrap(), &CodecLimits::default()).unwrap();
            prop_assert_eq!(back.files, s.files);
        }

        #[test]
        fn damaged_bytes_never_panic(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
            let mut bytes = encode_snapshot(&snapshot(&pairs(&[("a.js", "hello"), ("b.js", "world")]))).unwrap();
            for (at, value) in flips {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let _ = decode_snapshot(&bytes, &CodecLimits { max_unpacked_bytes: 1 << 20, ..CodecLimits::default() });
        }
    }
}
