//! Hostile text made fit to show: no control character, no direction override, nothing invisible.

use std::fmt::Write as _;

/// The text with every control, format, invisible and direction character written as `\u{…}`; line ends and tabs as `\n`, `\t`.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_invisible(c) => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

/// Characters that change what a human sees without being seen: C0 and C1 controls, zero-width and joining characters,
/// bidirectional controls, fillers, variation selectors, tag characters, private use, non-characters.
#[must_use]
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e
            | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a
            | 0xe000..=0xf8ff | 0xe0000..=0xe0fff | 0xf0000..=0x10ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_survives() {
        assert_eq!(visible("a\u{202e}b\u{1b}[31m\n\u{e0041}"), "a\\u{202e}b\\u{1b}[31m\\n\\u{e0041}");
        assert_eq!(visible("déjà 日本 🎉"), "déjà 日本 🎉");
    }
}
