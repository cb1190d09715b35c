//! Texts that are built, within [`MAX_TEXT`].

use super::MAX_TEXT;
use serde::Serialize as _;
use serde_json::ser::PrettyFormatter;
use std::io::{self, Write};

/// Longest JSON document that is printed, in bytes: it may be whole data files.
const MAX_JSON: usize = 8 * MAX_TEXT;

/// A text in which one or all occurrences of a part are replaced; none when it becomes too long.
#[must_use]
pub fn replaced_text(text: &str, part: &str, with: &str, all: bool) -> Option<String> {
    let times = if all { text.matches(part).count() } else { 1 };
    let longest = times.checked_mul(with.len())?.checked_add(text.len())?;
    // Only where it grows may it become too long: the part itself goes.
    if longest.saturating_sub(times * part.len()) > MAX_TEXT.max(text.len()) {
        return None;
    }
    Some(if all {
        text.replace(part, with)
    } else {
        text.replacen(part, with, 1)
    })
}

/// JSON as `JSON.stringify(value, null, indent)` prints it, on one line without an indent; none when it becomes too long.
#[must_use]
pub fn json_text(value: &serde_json::Value, indent: usize) -> Option<String> {
    let mut out = Bounded(Vec::new());
    if indent == 0 {
        serde_json::to_writer(&mut out, value).ok()?;
    } else {
        let spaces = " ".repeat(indent.min(10));
        let mut serializer = serde_json::Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(spaces.as_bytes()));
        value.serialize(&mut serializer).ok()?;
    }
    String::from_utf8(out.0).ok()
}

/// Bytes, as long as they are not too many.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_JSON {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
