//! Bytes to text, or the reason why not.

use crate::select::TextKind;
use hub_model::SkipReason;

/// Decodes a file: UTF-8, or UTF-16 by its byte order mark; invalid sequences become U+FFFD. The mark itself is dropped.
///
/// # Errors
/// [`SkipReason::Binary`], [`SkipReason::LfsPointer`].
pub(crate) fn decode(bytes: Vec<u8>, kind: TextKind) -> Result<String, SkipReason> {
    if is_lfs_pointer(&bytes) {
        return Err(SkipReason::LfsPointer);
    }
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => Ok(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Ok(utf16(rest, u16::from_be_bytes)),
        [0xef, 0xbb, 0xbf, rest @ ..] => text(rest.to_vec(), kind),
        _ => text(bytes, kind),
    }
}

fn text(bytes: Vec<u8>, kind: TextKind) -> Result<String, SkipReason> {
    if is_binary(&bytes, kind) {
        return Err(SkipReason::Binary);
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// A NUL makes data binary. A program with one stray NUL still runs, so it takes more to hide one from the scan.
fn is_binary(bytes: &[u8], kind: TextKind) -> bool {
    if !bytes.contains(&0) {
        return false;
    }
    match kind {
        TextKind::Data => true,
        TextKind::Code => {
            let odd = bytes.iter().filter(|b| **b < 9 || (14..32).contains(*b) || **b == 127).count();
            odd * 10 > bytes.len()
        }
    }
}

fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.len() <= 1024 && bytes.starts_with(b"version https://git-lfs.") && bytes.windows(12).any(|w| w == b"\noid sha256:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_whatever_its_encoding() {
        let code = |b: &[u8]| decode(b.to_vec(), TextKind::Code);
        assert_eq!(code(b"\xef\xbb\xbfa"), Ok("a".to_owned()));
        assert_eq!(code(b"\xff\xfea\0\xe4\0"), Ok("aä".to_owned()));
        assert_eq!(code(b"\xfe\xff\0a\xd8\0"), Ok("a\u{fffd}".to_owned()));
        assert_eq!(code(b"caf\xe9"), Ok("caf\u{fffd}".to_owned()));
    }

    #[test]
    fn a_nul_in_a_comment_does_not_hide_a_program() {
        let program = b"/* \0 */ require('child_process').exec(process.argv[2]) // and so on".to_vec();
        assert!(decode(program.clone(), TextKind::Code).is_ok());
        assert_eq!(decode(program, TextKind::Data), Err(SkipReason::Binary));
        assert_eq!(decode(vec![0; 64], TextKind::Code), Err(SkipReason::Binary));
    }

    #[test]
    fn a_large_file_pointer_is_named_as_such() {
        let pointer = b"version https://git-lfs.example/spec/v1\noid sha256:abc\nsize 5\n".to_vec();
        assert_eq!(decode(pointer, TextKind::Data), Err(SkipReason::LfsPointer));
    }
}
