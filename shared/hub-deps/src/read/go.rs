//! go.mod: since Go 1.17 it names every module of the build, with the version that is used.

use super::Reader;
use crate::Ecosystem::Go;

pub(super) fn module(r: &mut Reader<'_>) -> Result<bool, String> {
    let mut block = String::new();
    for (i, raw) in r.text.lines().enumerate() {
        let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
        let (line, comment) = raw.split_once("//").unwrap_or((raw, ""));
        let line = line.trim();
        if line == ")" {
            block.clear();
            continue;
        }
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        if line.ends_with('(') {
            block = first.to_owned();
            continue;
        }
        let (verb, name) = if block.is_empty() {
            (first, words.next())
        } else {
            (block.as_str(), Some(first))
        };
        match (verb, name) {
            ("module", Some(name)) => r.out.own.push((Go, name.trim_matches('"').to_owned(), String::new())),
            ("require", Some(name)) => {
                let Some(version) = words.next() else { continue };
                if let Some(p) = r.package(Go, name.trim_matches('"'), version, number) {
                    p.is_direct = !comment.contains("indirect");
                }
            }
            _ => {}
        }
    }
    Ok(true)
}
