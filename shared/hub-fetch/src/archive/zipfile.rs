//! Zip, by its central directory, as Python and every wheel installer reads it.

use super::guard::{Meter, explain};
use super::{Entry, EntryKind, Visit};
use crate::FetchLimits;
use crate::clock::Clock;
use crate::error::{FetchError, shown};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::result::ZipError;

pub(super) fn walk(
    file: &mut File,
    limits: &FetchLimits,
    what: &str,
    clock: &Clock,
    warnings: &mut Vec<String>,
    visit: &mut Visit<'_>,
) -> Result<(), FetchError> {
    let damaged = |e: ZipError| FetchError::NotAnArchive {
        what: what.to_owned(),
        why: shown(&e.to_string()),
    };
    let io = |e: io::Error| explain(what, e);
    check_entry_count(file, limits, what)?;
    let total = file.metadata().map_err(io)?.len();
    let mut archive = ZipArchive::new(BufReader::with_capacity(64 << 10, file)).map_err(damaged)?;
    let mut meter = Meter::new(limits, clock);
    let mut unreadable = 0_u64;
    for index in 0..archive.len() {
        let mut entry = match archive.by_index(index) {
            Ok(entry) => entry,
            // Encrypted, or packed in a way that we do not have: an installer might read it, so it is said.
            Err(ZipError::UnsupportedArchive(_) | ZipError::InvalidPassword) => {
                unreadable += 1;
                continue;
            }
            Err(e) => return Err(damaged(e)),
        };
        let path = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let kind = if entry.is_dir() {
            EntryKind::Folder
        } else if entry.is_symlink() {
            EntryKind::Link
        } else {
            EntryKind::File
        };
        let bytes = entry.size();
        let mut body = Metered {
            inner: &mut entry,
            meter: &mut meter,
            compressed: total,
        };
        visit(Entry { path, kind, bytes }, &mut body)?;
    }
    if unreadable > 0 {
        warnings.push(format!(
            "{unreadable} files of the archive are encrypted or packed in an unknown way; they were not read"
        ));
    }
    Ok(())
}

struct Metered<'a, R> {
    inner: R,
    meter: &'a mut Meter,
    compressed: u64,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.meter.add(n as u64, Some(self.compressed))?;
        Ok(n)
    }
}

/// Counts the signatures of directory entries before the directory is read into memory: there are at least as many as entries.
fn check_entry_count(file: &mut File, limits: &FetchLimits, what: &str) -> Result<(), FetchError> {
    let io = |source| FetchError::Io {
        what: "reading a download",
        source,
    };
    let mut count = 0_u64;
    let mut state = 0_usize;
    const SIGNATURE: [u8; 4] = *b"PK\x01\x02";
    let mut buffer = vec![0; 256 << 10];
    loop {
        let n = file.read(&mut buffer).map_err(io)?;
        if n == 0 {
            break;
        }
        for byte in &buffer[..n] {
            state = if *byte == SIGNATURE[state] {
                state + 1
            } else {
                usize::from(*byte == SIGNATURE[0])
            };
            if state == SIGNATURE.len() {
                count += 1;
                state = 0;
            }
        }
    }
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    if count > limits.max_entries {
        return Err(FetchError::TooManyEntries {
            what: what.to_owned(),
            limit: limits.max_entries,
        });
    }
    Ok(())
}
