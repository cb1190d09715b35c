//! The list of references that a server opens with (gitprotocol-http and gitprotocol-pack, version 0).
//!
//! Read here and not by libgit2's binding, which panics at a name that is not UTF-8.

use std::collections::BTreeMap;

/// What a server advertises.
#[derive(Debug, Default)]
pub(super) struct Advertisement {
    /// Reference name to object id (40 hex digits). `NAME^{}` is what an annotated tag points at.
    pub(super) refs: BTreeMap<String, String>,
    /// What HEAD points to: `refs/heads/main`.
    pub(super) head: Option<String>,
    /// Whether it hands out commits that no reference points at.
    pub(super) serves_any_commit: bool,
}

/// Reads an answer to `/info/refs?service=git-upload-pack`.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn parse(mut bytes: &[u8]) -> Result<Advertisement, String> {
    let mut found = Advertisement::default();
    let mut first = true;
    let mut flushes = 0;
    while let Some(line) = packet(&mut bytes)? {
        let Some(line) = line else {
            // One flush ends the service line, the second the list.
            flushes += 1;
            if flushes == 2 {
                break;
            }
            continue;
        };
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if line.starts_with(b"# service=") || line.starts_with(b"version ") || line.starts_with(b"shallow ") {
            continue;
        }
        if let Some(words) = line.strip_prefix(b"ERR ") {
            return Err(String::from_utf8_lossy(words).into_owned());
        }
        let mut parts = line.splitn(2, |b| *b == 0);
        let entry = parts.next().unwrap_or(line);
        if let Some(capabilities) = parts.next().filter(|_| first) {
            read_capabilities(&String::from_utf8_lossy(capabilities), &mut found)?;
        }
        first = false;
        let (Some((id, rest)), true) = (entry.split_at_checked(40), entry.len() > 41) else {
            return Err("its list of references is malformed".to_owned());
        };
        // A name that is no text can be neither asked for nor shown.
        let (Ok(id), Ok(name)) = (std::str::from_utf8(id), std::str::from_utf8(&rest[1..])) else {
            continue;
        };
        if !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err("its list of references is malformed".to_owned());
        }
        if name != "capabilities^{}" {
            found.refs.insert(name.to_owned(), id.to_ascii_lowercase());
        }
    }
    Ok(found)
}

fn read_capabilities(text: &str, found: &mut Advertisement) -> Result<(), String> {
    for word in text.split_whitespace() {
        match word.split_once('=') {
            Some(("symref", pair)) => {
                if let Some(target) = pair.strip_prefix("HEAD:") {
                    found.head = Some(target.to_owned());
                }
            }
            Some(("object-format", format)) if format != "sha1" => {
                return Err(format!(
                    "its objects are named by {}, which is not supported yet",
                    crate::error::shown(format)
                ));
            }
            _ => found.serves_any_commit |= matches!(word, "allow-reachable-sha1-in-want" | "allow-any-sha1-in-want"),
        }
    }
    Ok(())
}

/// The next packet line: `None` at the end, `Some(None)` for a flush.
#[allow(clippy::option_option)] // the three cases are exactly these
fn packet<'a>(bytes: &mut &'a [u8]) -> Result<Option<Option<&'a [u8]>>, String> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let broken = || "its list of references is cut off or malformed".to_owned();
    let (length, rest) = bytes.split_at_checked(4).ok_or_else(broken)?;
    let length = std::str::from_utf8(length)
        .ok()
        .and_then(|t| usize::from_str_radix(t, 16).ok())
        .ok_or_else(broken)?;
    if length == 0 {
        *bytes = rest;
        return Ok(Some(None));
    }
    let (line, rest) = length.checked_sub(4).and_then(|n| rest.split_at_checked(n)).ok_or_else(broken)?;
    *bytes = rest;
    Ok(Some(Some(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &[u8]) -> Vec<u8> {
        [format!("{:04x}", text.len() + 4).as_bytes(), text].concat()
    }

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn references_head_and_capabilities_are_read() {
        let bytes = [
            line(b"# service=git-upload-pack\n"),
            b"0000".to_vec(),
            line(format!("{ID} HEAD\0multi_ack symref=HEAD:refs/heads/main allow-reachable-sha1-in-want\n").as_bytes()),
            line(format!("{ID} refs/heads/main\n").as_bytes()),
            line(&[ID.as_bytes(), b" refs/heads/\xff\n"].concat()),
            line(format!("{ID} refs/tags/v1^{{}}\n").as_bytes()),
            b"0000".to_vec(),
        ]
        .concat();
        let found = parse(&bytes).unwrap();
        assert_eq!(
            found.refs.keys().collect::<Vec<_>>(),
            ["HEAD", "refs/heads/main", "refs/tags/v1^{}"]
        );
        assert_eq!((found.head.as_deref(), found.serves_any_commit), (Some("refs/heads/main"), true));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, at in 0_usize..200, to: u8) {
            let _ = parse(&bytes);
            let mut valid = [line(format!("{ID} HEAD\0symref=HEAD:x\n").as_bytes()), line(format!("{ID} refs/heads/x\n").as_bytes()), b"0000".to_vec()].concat();
            if let Some(byte) = valid.get_mut(at) {
                *byte = to;
            }
            let _ = parse(&valid);
        }
    }

    #[test]
    fn what_is_malformed_is_an_error_and_never_a_panic() {
        for bad in [
            &b"00"[..],
            b"zzzz",
            b"0003",
            b"ffff....",
            b"000dERR nope\n",
            &line(b"short"),
            &line(ID.as_bytes()),
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(parse(&line(format!("{ID} capabilities^{{}}\0object-format=sha256\n").as_bytes())).is_err());
        assert!(
            parse(&line(format!("{ID} capabilities^{{}}\0agent=x\n").as_bytes()))
                .unwrap()
                .refs
                .is_empty()
        );
    }
}
