//! Where the entries of a tree or archive are counted, judged and kept. Every source of files goes through here, so that the
//! same bounds and the same choice hold for all.

use crate::beside;
use crate::config::FetchLimits;
use crate::decode::decode;
use crate::error::{FetchError, shown};
use crate::select::{Choice, TextKind, choose, is_manifest, is_script_map, set_apart_folder};
use hub_model::{Origin, RelPath, SkipReason, Skipped, Snapshot, SourceFile};
use std::collections::{BTreeMap, BTreeSet};

/// Gathers a snapshot under bounds.
pub(crate) struct Collector {
    limits: FetchLimits,
    /// What it is that is read, for messages: "the package `x` 1.0.0".
    what: String,
    base: Option<RelPath>,
    base_seen: bool,
    /// Folders at the top, to suggest one when the base path is missing.
    top: BTreeSet<String>,
    files: BTreeMap<RelPath, String>,
    source_bytes: u64,
    /// Files beside the base path: what lies below it may be built from some of them.
    beside: BTreeMap<RelPath, String>,
    beside_bytes: u64,
    /// Not all that lies beside the base path was looked at.
    beside_is_cut: bool,
    entries: u64,
    skipped: Vec<Skipped>,
    unnamed: u64,
    apart: BTreeSet<String>,
    replaced: u64,
    limit_hit: bool,
    warnings: Vec<String>,
}

/// Permission to read one file.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) path: RelPath,
    /// Read no more than this; one byte more means it is too large.
    pub(crate) max_bytes: u64,
    kind: TextKind,
    sniff: bool,
    /// It lies beside the base path.
    beside: bool,
}

impl Collector {
    pub(crate) fn new(limits: &FetchLimits, what: String, base: Option<RelPath>) -> Self {
        Self {
            limits: limits.clone(),
            what,
            base_seen: base.is_none(),
            base,
            top: BTreeSet::new(),
            files: BTreeMap::new(),
            source_bytes: 0,
            beside: BTreeMap::new(),
            beside_bytes: 0,
            beside_is_cut: false,
            entries: 0,
            skipped: Vec::new(),
            unnamed: 0,
            apart: BTreeSet::new(),
            replaced: 0,
            limit_hit: false,
            warnings: Vec::new(),
        }
    }

    pub(crate) fn limits(&self) -> &FetchLimits {
        &self.limits
    }

    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    pub(crate) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// Counts one entry, whatever it is.
    ///
    /// # Errors
    /// [`FetchError::TooManyEntries`].
    pub(crate) fn count(&mut self) -> Result<(), FetchError> {
        self.entries += 1;
        if self.entries > self.limits.max_entries {
            return Err(FetchError::TooManyEntries {
                what: self.what.clone(),
                limit: self.limits.max_entries,
            });
        }
        Ok(())
    }

    /// Notes what was left out. `path` is as found.
    pub(crate) fn skip(&mut self, path: &str, reason: SkipReason, bytes: Option<u64>) {
        if self.skipped.len() < self.limits.max_skipped_named {
            self.skipped.push(Skipped {
                path: shown(path),
                reason,
                bytes,
            });
        } else {
            self.unnamed += 1;
        }
    }

    /// Notes a folder that is left out as a whole, once.
    pub(crate) fn skip_folder(&mut self, path: &str, reason: SkipReason) {
        if self.apart.insert(path.to_owned()) {
            self.skip(path, reason, None);
        }
    }

    /// Parses a path as found, or notes it as unsafe.
    pub(crate) fn path(&mut self, found: &str, bytes: Option<u64>) -> Option<RelPath> {
        match found.parse::<RelPath>() {
            Ok(path) => Some(path),
            Err(_) => {
                self.skip(found, SkipReason::UnsafePath, bytes);
                None
            }
        }
    }

    /// Whether the folder `path` is worth entering: it leads to the base path, or lies below it, or beside it while there is room.
    pub(crate) fn enters(&mut self, path: &RelPath) -> bool {
        let Some(base) = &self.base else { return true };
        if path == base || path.strip_base(base).is_some() || base.strip_base(path).is_some() {
            return true;
        }
        let has_room = self.beside_bytes < self.limits.max_beside_bytes && self.entries < self.limits.max_entries / 2;
        self.beside_is_cut |= !has_room;
        has_room
    }

    /// Notes that a folder exists.
    pub(crate) fn saw_folder(&mut self, path: &RelPath) {
        if self.base.is_some() {
            self.base_seen |= self.base.as_ref() == Some(path);
            self.note_top(path, true);
        }
    }

    fn note_top(&mut self, path: &RelPath, folder: bool) {
        let first = match path.as_str().split_once('/') {
            Some((first, _)) => first,
            None if folder => path.as_str(),
            None => return,
        };
        if self.top.len() < 20 {
            self.top.insert(first.to_owned());
        }
    }

    /// Judges a regular file by its path and size before it is read.
    pub(crate) fn want(&mut self, path: RelPath, bytes: u64) -> Option<Wanted> {
        if let Some(base) = &self.base {
            let below = path == *base || path.strip_base(base).is_some();
            self.base_seen |= below;
            // The manifests of the folders above say how the part is built and what it needs.
            let above = path.parent().is_empty() || base.as_str().strip_prefix(path.parent()).is_some_and(|rest| rest.starts_with('/'));
            if !(below || above && is_manifest(&path.file_name().to_ascii_lowercase())) {
                self.note_top(&path, false);
                return self.want_beside(path, bytes);
            }
        }
        if let Some((folder, reason)) = set_apart_folder(&path) {
            let folder = folder.to_owned();
            self.skip_folder(&folder, reason);
            return None;
        }
        let (max_bytes, kind, sniff) = match choose(&path, self.limits.max_file_bytes) {
            Choice::Read { max_bytes, kind } => (max_bytes, kind, false),
            Choice::Sniff { max_bytes } => (max_bytes, TextKind::Code, true),
            Choice::Skip(reason) => {
                self.skip(path.as_str(), reason, Some(bytes));
                return None;
            }
        };
        if bytes > max_bytes {
            let reason = if sniff { SkipReason::NotSource } else { SkipReason::TooLarge };
            self.skip(path.as_str(), reason, Some(bytes));
            return None;
        }
        // A map says where code was written: it must not take the room of code.
        if is_script_map(&path.file_name().to_ascii_lowercase()) && self.source_bytes + bytes > self.limits.max_source_bytes / 2 {
            self.skip(path.as_str(), SkipReason::LimitReached, Some(bytes));
            return None;
        }
        let replaces = self.files.contains_key(&path);
        if !replaces && self.files.len() as u64 >= self.limits.max_files || self.source_bytes + bytes > self.limits.max_source_bytes {
            self.limit_hit = true;
            self.skip(path.as_str(), SkipReason::LimitReached, Some(bytes));
            return None;
        }
        Some(Wanted {
            path,
            max_bytes,
            kind,
            sniff,
            beside: false,
        })
    }

    /// Code and manifests beside the base path are looked at while there is room.
    fn want_beside(&mut self, path: RelPath, bytes: u64) -> Option<Wanted> {
        let Choice::Read { max_bytes, kind } = choose(&path, self.limits.max_file_bytes) else {
            return None;
        };
        if bytes > max_bytes {
            return None;
        }
        if self.beside_bytes + bytes > self.limits.max_beside_bytes || self.beside.len() as u64 >= self.limits.max_files {
            self.beside_is_cut = true;
            return None;
        }
        Some(Wanted {
            path,
            max_bytes,
            kind,
            sniff: false,
            beside: true,
        })
    }

    /// Takes a file that was wanted.
    pub(crate) fn keep(&mut self, wanted: Wanted, bytes: Vec<u8>) {
        if wanted.beside {
            if bytes.len() as u64 <= wanted.max_bytes
                && let Ok(text) = decode(bytes, wanted.kind)
            {
                self.beside_bytes += text.len() as u64;
                self.beside.insert(wanted.path, text);
            }
            return;
        }
        let size = bytes.len() as u64;
        let skip = |this: &mut Self, reason| this.skip(wanted.path.as_str(), reason, Some(size));
        if size > wanted.max_bytes {
            return skip(self, SkipReason::TooLarge);
        }
        if wanted.sniff && !bytes.starts_with(b"#!") {
            return skip(self, SkipReason::NotSource);
        }
        let text = match decode(bytes, wanted.kind) {
            Ok(text) => text,
            Err(reason) => return skip(self, reason),
        };
        // Decoding can triple a size (U+FFFD for a byte), so the bound is checked on the text too.
        let grown = self.source_bytes + text.len() as u64;
        if grown > self.limits.max_source_bytes {
            self.limit_hit = true;
            return skip(self, SkipReason::LimitReached);
        }
        self.source_bytes = grown;
        // Of two entries with one path the later one is what an unpacker leaves on disk.
        if let Some(old) = self.files.insert(wanted.path, text) {
            self.source_bytes -= old.len() as u64;
            self.replaced += 1;
        }
    }

    /// Adds what the part below the base path is built from, within the bounds of all.
    fn add_beside(&mut self, origin: &Origin) {
        let Some(base) = &origin.base_path else { return };
        let needed = beside::needed(base, &self.files, std::mem::take(&mut self.beside));
        if self.beside_is_cut || needed.is_cut {
            self.warnings.push(format!(
                "not all that lies beside `{base}` was looked at (HUB_FETCH_MAX_BESIDE_BYTES and HUB_FETCH_MAX_FILES bound it): what it is built from may be missing in part"
            ));
        }
        for (path, text) in needed.files {
            let grown = self.source_bytes + text.len() as u64;
            if grown > self.limits.max_source_bytes || self.files.len() as u64 >= self.limits.max_files {
                self.limit_hit = true;
                break;
            }
            self.source_bytes = grown;
            self.files.insert(path, text);
        }
    }

    /// The snapshot.
    ///
    /// # Errors
    /// [`FetchError::NoSuchBasePath`] when nothing lay there.
    pub(crate) fn finish(mut self, origin: Origin) -> Result<Snapshot, FetchError> {
        if let Some(base_path) = self.base.take().filter(|_| !self.base_seen) {
            let hint = match self.top.len() {
                0 => String::new(),
                _ => format!(
                    " (at the top there are: {})",
                    self.top.iter().take(10).map(|t| shown(t)).collect::<Vec<_>>().join(", ")
                ),
            };
            return Err(FetchError::NoSuchBasePath {
                base_path,
                place: self.what,
                hint,
            });
        }
        self.add_beside(&origin);
        let unsafe_paths = self.skipped.iter().filter(|s| s.reason == SkipReason::UnsafePath).count();
        if unsafe_paths > 0 {
            self.warnings.push(format!(
                "{unsafe_paths} entries have paths that would leave the tree or are too long or deep; they were not read"
            ));
        }
        let links = self.skipped.iter().filter(|s| s.reason == SkipReason::Link).count();
        if links > 0 {
            self.warnings.push(format!("{links} symbolic or hard links were not followed"));
        }
        if self.limit_hit {
            self.warnings.push(format!(
                "only the first {} source files ({} bytes) were read; HUB_FETCH_MAX_FILES and HUB_FETCH_MAX_SOURCE_BYTES bound them",
                self.files.len(),
                self.source_bytes
            ));
        }
        if self.replaced > 0 {
            self.warnings.push(format!(
                "{} paths occur more than once; the last one of each was read",
                self.replaced
            ));
        }
        if self.unnamed > 0 {
            self.warnings
                .push(format!("{} more files were left out than are named", self.unnamed));
        }
        if self.files.is_empty() {
            self.warnings.push("there is no source file to read".to_owned());
        }
        self.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        let files = self
            .files
            .into_iter()
            .map(|(path, text)| SourceFile { path, text: text.into() })
            .collect();
        Ok(Snapshot {
            origin,
            files,
            skipped: self.skipped,
            warnings: self.warnings,
            advisories: None,
            package: None,
        })
    }
}
