//! Tar, read block by block. By hand, because the choices matter: an unpacker that disagrees with us about where an entry
//! begins would install files that we never saw.

use super::guard::explain;
use super::{Entry, EntryKind, Visit};
use crate::error::FetchError;
use std::io::{self, Read};
use tar::Header;

const BLOCK: usize = 512;
/// Longest name or extended header. Real ones are a few hundred bytes.
const MAX_META_BYTES: u64 = 1 << 20;

/// What an extended header says about the entry after it.
#[derive(Default)]
struct Meta {
    path: Option<String>,
    bytes: Option<u64>,
}

/// Reads all entries of an uncompressed stream.
pub(super) fn walk(mut reader: impl Read, what: &str, warnings: &mut Vec<String>, visit: &mut Visit<'_>) -> Result<(), FetchError> {
    let damaged = |why: &str| FetchError::NotAnArchive {
        what: what.to_owned(),
        why: why.to_owned(),
    };
    let io = |e: io::Error| explain(what, e);
    let mut meta = Meta::default();
    let (mut entries, mut bad_blocks, mut zero_blocks) = (0_u64, 0_u64, 0_u8);
    let mut block = [0_u8; BLOCK];
    while fill(&mut reader, &mut block).map_err(io)? {
        // One block of zeros ends an archive for some unpackers, two for others: go on as long as any would.
        if block.iter().all(|b| *b == 0) {
            zero_blocks += 1;
            if zero_blocks == 2 {
                break;
            }
            continue;
        }
        zero_blocks = 0;
        let header = Header::from_byte_slice(&block);
        if !checksum_holds(header) {
            bad_blocks += 1;
            if entries == 0 && bad_blocks > 8 {
                return Err(damaged("it is not a tar file"));
            }
            continue;
        }
        entries += 1;
        let declared = header.entry_size().map_err(|_| damaged("an entry has no readable size"))?;
        let kind = header.entry_type();
        if kind.is_gnu_longname() || kind.is_gnu_longlink() || kind.is_pax_local_extensions() || kind.is_pax_global_extensions() {
            if declared > MAX_META_BYTES {
                return Err(damaged("a header in it is larger than 1 MiB"));
            }
            let mut text = vec![0; usize::try_from(declared).unwrap_or(0)];
            reader.read_exact(&mut text).map_err(io)?;
            skip(&mut reader, padding(declared)).map_err(io)?;
            if kind.is_gnu_longname() {
                meta.path = Some(lossy(text.split(|b| *b == 0).next().unwrap_or(&[])));
            } else if kind.is_pax_local_extensions() {
                read_pax(&text, &mut meta);
            }
            continue;
        }
        let Meta { path, bytes } = std::mem::take(&mut meta);
        let path = path.unwrap_or_else(|| lossy(&header.path_bytes()));
        let folder = kind.is_dir() || (kind.is_file() && path.ends_with('/'));
        let bytes = if folder { 0 } else { bytes.unwrap_or(declared) };
        let kind = match () {
            () if folder => EntryKind::Folder,
            () if kind.is_file() || kind.is_contiguous() => EntryKind::File,
            () if kind.is_symlink() || kind.is_hard_link() => EntryKind::Link,
            () => EntryKind::Other,
        };
        let mut body = (&mut reader).take(bytes);
        visit(Entry { path, kind, bytes }, &mut body)?;
        let unread = body.limit();
        let rest = unread
            .checked_add(padding(bytes))
            .ok_or_else(|| damaged("an entry has an impossible size"))?;
        skip(&mut reader, rest).map_err(io)?;
    }
    if bad_blocks > 0 {
        warnings.push(format!("the archive is damaged: {bad_blocks} blocks of it are no valid entries"));
    }
    if entries == 0 {
        return Err(damaged("it holds no entries"));
    }
    Ok(())
}

/// Fills `block`; `false` at the end of the stream.
fn fill(reader: &mut impl Read, block: &mut [u8; BLOCK]) -> io::Result<bool> {
    let mut read = 0;
    while read < BLOCK {
        match reader.read(&mut block[read..])? {
            0 if read == 0 => return Ok(false),
            0 => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle of an entry")),
            n => read += n,
        }
    }
    Ok(true)
}

fn skip(reader: &mut impl Read, bytes: u64) -> io::Result<()> {
    let skipped = io::copy(&mut reader.take(bytes), &mut io::sink())?;
    if skipped < bytes {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle of an entry"));
    }
    Ok(())
}

fn padding(bytes: u64) -> u64 {
    bytes.wrapping_neg() % BLOCK as u64
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The sum of the header's bytes with the checksum field counted as spaces (POSIX ustar); old writers summed signed bytes.
fn checksum_holds(header: &Header) -> bool {
    let Ok(stated) = header.cksum() else { return false };
    let bytes = header.as_bytes();
    let field = 148..156;
    let unsigned: u32 = bytes
        .iter()
        .enumerate()
        .map(|(i, b)| if field.contains(&i) { 32 } else { u32::from(*b) })
        .sum();
    let signed: i64 = bytes
        .iter()
        .enumerate()
        .map(|(i, b)| if field.contains(&i) { 32 } else { i64::from(b.cast_signed()) })
        .sum();
    stated == unsigned || i64::from(stated) == signed
}

/// Records `LENGTH KEY=VALUE\n` (POSIX pax). Of two with one key the later counts.
fn read_pax(mut text: &[u8], meta: &mut Meta) {
    while let Some(space) = text.iter().position(|b| *b == b' ') {
        let Some(length) = std::str::from_utf8(&text[..space]).ok().and_then(|n| n.parse::<usize>().ok()) else {
            return;
        };
        if length <= space + 1 || length > text.len() {
            return;
        }
        let record = &text[space + 1..length];
        text = &text[length..];
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        let Some(equals) = record.iter().position(|b| *b == b'=') else {
            continue;
        };
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        match key {
            b"path" => meta.path = Some(lossy(value)),
            b"size" => meta.bytes = std::str::from_utf8(value).ok().and_then(|n| n.parse().ok()).or(meta.bytes),
            _ => {}
        }
    }
}
