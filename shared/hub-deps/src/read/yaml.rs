//! pnpm-lock.yaml and yarn.lock, line by line: both are written by their tool in one shape, and lines give the place.

use super::Reader;
use crate::Ecosystem::Npm;
use std::collections::BTreeMap;

/// Name and version of pnpm's keys: `/name/1.2.3`, `/name@1.2.3(peer)`, `name@1.2.3`.
fn pnpm_key(key: &str) -> Option<(&str, &str)> {
    let key = key.split('(').next().unwrap_or(key);
    let key = key.strip_prefix('/').unwrap_or(key);
    // Before version 6: name and version parted by a slash, peers after an underscore.
    let slash = key
        .match_indices('/')
        .map(|(i, _)| i)
        .find(|i| key[i + 1..].starts_with(|c: char| c.is_ascii_digit()));
    let (name, version) = match (slash, key.rfind('@').filter(|i| *i > 0)) {
        (Some(i), _) => (&key[..i], key[i + 1..].split('_').next().unwrap_or_default()),
        (None, Some(i)) => (&key[..i], &key[i + 1..]),
        (None, None) => return None,
    };
    // A tarball, git or local package has an address for a version.
    (!version.contains([':', '/'])).then_some((name, version))
}

/// The key of `name: version`; an alias names another package's key as its version.
fn pnpm_need(name: &str, version: &str) -> Vec<String> {
    let version = unquoted(version);
    let plain = version.split(['(', '_']).next().unwrap_or(version);
    let real = pnpm_key(version).map(|(n, v)| format!("{n}@{v}"));
    std::iter::once(format!("{}@{plain}", unquoted(name))).chain(real).collect()
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['\'', '"'])
}

/// `packages:` with, by version of the format, `snapshots:`, `importers:` and groups of dependencies at the top.
pub(super) fn pnpm(r: &mut Reader<'_>) -> Result<bool, String> {
    let (mut section, mut entry, mut group, mut name) = ("", None::<usize>, "", "");
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let is_group = |g: &str| matches!(g, "dependencies" | "optionalDependencies" | "devDependencies");
    for (i, line) in r.text.lines().enumerate() {
        let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        let (key, value) = match text.strip_suffix(':') {
            Some(key) => (key, ""),
            None => text.split_once(": ").unwrap_or((text, "")),
        };
        if depth == 0 {
            (section, entry, group) = (key, None, "");
            continue;
        }
        // What the project needs: in `importers:` two levels further in.
        let inner = match section {
            "importers" => depth.checked_sub(4),
            s if is_group(s) => depth.checked_sub(2).map(|d| d + 2),
            _ => None,
        };
        if let Some(inner) = inner {
            let of = if section == "importers" { group } else { section };
            match inner {
                0 => group = key,
                2 => {
                    name = key;
                    if is_group(of) && !value.is_empty() {
                        r.graph.root(pnpm_need(name, value), of == "devDependencies");
                    }
                }
                4 if key == "version" && is_group(of) => r.graph.root(pnpm_need(name, value), of == "devDependencies"),
                _ => {}
            }
            continue;
        }
        if !matches!(section, "packages" | "snapshots") {
            continue;
        }
        match depth {
            2 => {
                (entry, group) = (None, "");
                let Some((name, version)) = pnpm_key(unquoted(key)) else { continue };
                let known = format!("{name}@{version}");
                if section == "snapshots" {
                    entry = places.get(&known).copied();
                } else if r.package(Npm, name, version, number).is_some() {
                    let i = r.out.packages.len() - 1;
                    r.graph.key(known.as_str(), i);
                    places.insert(known, i);
                    entry = Some(i);
                }
            }
            4 => {
                group = key;
                if let Some(p) = entry.and_then(|i| r.out.packages.get_mut(i)) {
                    match text {
                        "dev: true" => p.is_dev = true,
                        "requiresBuild: true" => p.has_install_script = true,
                        _ if key == "deprecated" => p.deprecated = Some(unquoted(value).to_owned()),
                        _ => {}
                    }
                }
            }
            6 if matches!(group, "dependencies" | "optionalDependencies") => {
                if let Some(i) = entry {
                    r.graph.need(i, pnpm_need(key, value));
                }
            }
            _ => {}
        }
    }
    Ok(true)
}

/// `"name@^1.0.0", name@^1.1.0:` and below it `version "1.2.3"` (yarn 1) or `version: 1.2.3` (later).
pub(super) fn yarn(r: &mut Reader<'_>) -> Result<bool, String> {
    let mut head: Option<(String, Vec<String>, u32)> = None;
    let (mut entry, mut group) = (None::<usize>, "");
    for (i, line) in r.text.lines().enumerate() {
        let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
        if !line.starts_with([' ', '#']) && line.trim_end().ends_with(':') {
            (entry, group) = (None, "");
            let heads = line.trim_end().trim_end_matches(':').trim_matches('"');
            let first = heads.split(", ").next().unwrap_or_default().trim_matches('"');
            head = asked(first).map(|(name, range)| {
                // An alias: `mine@npm:real@1.0.0`.
                let real = range
                    .strip_prefix("npm:")
                    .and_then(|v| v.rsplit_once('@'))
                    .map(|(n, _)| n)
                    .filter(|n| !n.is_empty());
                let local = ["workspace:", "link:", "portal:", "file:"].iter().any(|p| range.starts_with(p));
                let keys = heads
                    .split(", ")
                    .filter_map(|h| asked(h.trim_matches('"')))
                    .map(|(n, r)| yarn_key(n, r));
                (
                    if local { String::new() } else { real.unwrap_or(name).to_owned() },
                    keys.collect(),
                    number,
                )
            });
            continue;
        }
        let text = line.trim();
        let depth = line.len() - line.trim_start().len();
        if depth == 2 {
            group = text.trim_end_matches(':');
            if let Some(version) = text.strip_prefix("version ").or_else(|| text.strip_prefix("version: "))
                && let Some((name, keys, at)) = head.take()
                && r.package(Npm, &name, version.trim_matches('"'), at).is_some()
            {
                let i = r.out.packages.len() - 1;
                entry = Some(i);
                for key in keys {
                    r.graph.key(key, i);
                }
            }
        } else if depth == 4
            && matches!(group, "dependencies" | "optionalDependencies")
            && let Some(i) = entry
            && let Some((name, range)) = text.split_once([' ', ':'])
        {
            let (name, range) = match name.starts_with('"') {
                // `"@a/b" "^1"`: the name's own quotes.
                true => text[1..].split_once('"').unwrap_or((name, range)),
                false => (name, range),
            };
            let range = range.trim_start_matches(':').trim().trim_matches('"');
            r.graph.need(i, vec![yarn_key(unquoted(name), range)]);
        }
    }
    Ok(true)
}

/// Name and range of `name@range`.
fn asked(head: &str) -> Option<(&str, &str)> {
    let at = head.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(i, _)| i)?;
    Some((&head[..at], &head[at + 1..]))
}

/// Later versions of yarn write `npm:` before a range, in one place and not in another.
fn yarn_key(name: &str, range: &str) -> String {
    format!("{name}@{}", range.strip_prefix("npm:").unwrap_or(range))
}
