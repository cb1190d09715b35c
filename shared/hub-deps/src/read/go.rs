//! go.mod: since Go 1.17 it names every module of the build, with the version that is used (go.dev/ref/mod).

use super::Reader;
use crate::Ecosystem::Go;
use crate::Package;
use std::collections::BTreeMap;

/// A module, at one version or at any.
type Replaced<'m> = (&'m str, Option<&'m str>);
/// The module and version that stand for it; none for a folder.
type Replacement<'m> = Option<(&'m str, &'m str)>;

pub(super) fn module(r: &mut Reader<'_>) -> Result<bool, String> {
    let mut block = String::new();
    let first = r.out.packages.len();
    let mut replaced: BTreeMap<Replaced<'_>, Replacement<'_>> = BTreeMap::new();
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
            ("replace", Some(name)) => {
                // `a => b v1.2.3`, `a v1.0.0 => b v1.2.3`, `a => ../b`: the last is code of one's own.
                let (old, new): (Vec<&str>, Vec<&str>) = {
                    let mut sides = words.collect::<Vec<_>>();
                    let at = sides.iter().position(|w| *w == "=>").unwrap_or(sides.len());
                    let new = sides.split_off(at);
                    (sides, new.into_iter().skip(1).collect())
                };
                let by = match new.as_slice() {
                    [module, version] => Some((module.trim_matches('"'), *version)),
                    _ => None,
                };
                replaced.insert((name.trim_matches('"'), old.first().copied()), by);
            }
            _ => {}
        }
    }
    let replacement = |p: &Package| {
        let exact = replaced.get(&(p.name.as_str(), Some(p.version.as_str())));
        exact.or_else(|| replaced.get(&(p.name.as_str(), None))).copied()
    };
    let read = r.out.packages.split_off(first);
    r.out.packages.extend(read.into_iter().filter_map(|p| match replacement(&p) {
        None => Some(p),
        Some(by) => by.map(|(name, version)| Package {
            name: name.to_owned(),
            version: version.to_owned(),
            ..p
        }),
    }));
    Ok(true)
}
