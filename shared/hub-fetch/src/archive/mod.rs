//! Archives, read as a stream of entries and never unpacked to disk.

mod guard;
mod tarball;
mod zipfile;

use crate::clock::Clock;
use crate::collect::Collector;
use crate::error::FetchError;
use guard::Guard;
use hub_model::SkipReason;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// What the paths inside an archive are relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// As they stand (wheels).
    Keep,
    /// Without their first folder, whatever its name (npm).
    StripFirst,
    /// Without the one folder that all of them share, if there is one (sdists, downloads of a code host).
    StripCommon,
}

/// An entry as found.
pub(crate) struct Entry {
    path: String,
    kind: EntryKind,
    bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryKind {
    File,
    Folder,
    Link,
    /// Devices, pipes, and what is encrypted.
    Other,
}

/// Takes entries one by one.
type Visit<'a> = dyn FnMut(Entry, &mut dyn Read) -> Result<(), FetchError> + 'a;

/// Reads the archive in `file` into `collector`. The format is told by its first bytes.
///
/// # Errors
/// [`FetchError::NotAnArchive`], [`FetchError::ArchiveBomb`], [`FetchError::TooLarge`], [`FetchError::TooManyEntries`],
/// [`FetchError::Timeout`], [`FetchError::Io`].
pub(crate) fn read(mut file: File, root: Root, collector: &mut Collector, clock: &Clock) -> Result<(), FetchError> {
    let prefix = match root {
        Root::StripCommon => common_folder(&mut file, collector, clock)?,
        Root::Keep | Root::StripFirst => None,
    };
    let (limits, what) = (collector.limits().clone(), collector.what().to_owned());
    let mut warnings = Vec::new();
    walk(&mut file, &limits, &what, clock, &mut warnings, &mut |entry, body| {
        collector.count()?;
        let found = entry.path.trim_start_matches("./");
        let shortened = match (root, &prefix) {
            (Root::StripFirst, _) => found.split_once('/').map(|(_, rest)| rest).filter(|rest| !rest.is_empty()),
            (_, Some(prefix)) => found
                .strip_prefix(prefix.as_str())
                .and_then(|rest| rest.strip_prefix('/'))
                .filter(|rest| !rest.is_empty()),
            (_, None) => Some(found),
        };
        // A path that is unsafe as found is unsafe, whatever is cut off in front.
        let unsafe_as_found = entry.path.starts_with('/') || entry.path.split(['/', '\\']).any(|segment| segment == "..");
        let Some(path) = shortened.filter(|_| !unsafe_as_found) else {
            if unsafe_as_found {
                collector.skip(&entry.path, SkipReason::UnsafePath, Some(entry.bytes));
            }
            return Ok(());
        };
        match entry.kind {
            EntryKind::Folder => {
                if let Ok(path) = path.parse() {
                    collector.saw_folder(&path);
                }
            }
            EntryKind::Link => collector.skip(path, SkipReason::Link, None),
            EntryKind::Other => collector.skip(path, SkipReason::NotSource, Some(entry.bytes)),
            EntryKind::File => {
                let Some(path) = collector.path(path, Some(entry.bytes)) else {
                    return Ok(());
                };
                if let Some(wanted) = collector.want(path, entry.bytes) {
                    let bytes = read_up_to(body, wanted.max_bytes).map_err(|e| guard::explain(collector.what(), e))?;
                    collector.keep(wanted, bytes);
                }
            }
        }
        Ok(())
    })?;
    warnings.into_iter().for_each(|w| collector.warn(w));
    Ok(())
}

/// Whether these first bytes are those of an archive that [`read`] reads.
pub(crate) fn is_archive(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b]) || head.starts_with(b"PK\x03\x04") || head.get(257..262) == Some(b"ustar")
}

fn walk(
    file: &mut File,
    limits: &crate::FetchLimits,
    what: &str,
    clock: &Clock,
    warnings: &mut Vec<String>,
    visit: &mut Visit<'_>,
) -> Result<(), FetchError> {
    let io = |source| FetchError::Io {
        what: "reading a download",
        source,
    };
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut head = [0; 262];
    let read = read_head(file, &mut head).map_err(io)?;
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let head = &head[..read];
    if head.starts_with(&[0x1f, 0x8b]) {
        let compressed = guard::Counted::new(std::io::BufReader::with_capacity(64 << 10, file));
        let count = compressed.count();
        // Several members one after the other are one stream, as every unpacker has it.
        let decoder = flate2::bufread::MultiGzDecoder::new(std::io::BufReader::with_capacity(64 << 10, compressed));
        tarball::walk(Guard::new(decoder, Some(count), limits, clock), what, warnings, visit)
    } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        zipfile::walk(file, limits, what, clock, warnings, visit)
    } else if head.get(257..262) == Some(b"ustar") {
        tarball::walk(
            Guard::new(std::io::BufReader::with_capacity(64 << 10, file), None, limits, clock),
            what,
            warnings,
            visit,
        )
    } else {
        Err(FetchError::NotAnArchive {
            what: what.to_owned(),
            why: "it is neither a tar.gz nor a zip file".to_owned(),
        })
    }
}

/// The folder in which every entry lies.
fn common_folder(file: &mut File, collector: &Collector, clock: &Clock) -> Result<Option<String>, FetchError> {
    let mut common: Option<String> = None;
    let mut differ = false;
    let mut entries = 0;
    let limit = collector.limits().max_entries;
    walk(
        file,
        collector.limits(),
        collector.what(),
        clock,
        &mut Vec::new(),
        &mut |entry, _| {
            entries += 1;
            if entries > limit {
                return Err(FetchError::TooManyEntries {
                    what: collector.what().to_owned(),
                    limit,
                });
            }
            let path = entry.path.trim_start_matches("./").trim_end_matches('/');
            if path.is_empty() {
                return Ok(());
            }
            match path.split_once('/') {
                None if entry.kind != EntryKind::Folder => differ = true,
                first => {
                    let first = first.map_or(path, |(first, _)| first);
                    match &common {
                        None => common = Some(first.to_owned()),
                        Some(common) => differ |= common != first,
                    }
                }
            }
            Ok(())
        },
    )?;
    Ok(common.filter(|c| !differ && c != ".."))
}

/// At most `max` bytes and one, so that the caller sees when it was too long.
fn read_up_to(body: &mut dyn Read, max: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    body.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_head(file: &mut File, head: &mut [u8]) -> std::io::Result<usize> {
    let mut read = 0;
    while read < head.len() {
        match file.read(&mut head[read..])? {
            0 => break,
            n => read += n,
        }
    }
    Ok(read)
}
