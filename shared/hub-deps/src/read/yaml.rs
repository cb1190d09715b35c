//! pnpm-lock.yaml and yarn.lock, line by line: both are written by their tool in one shape, and lines give the place.

use super::Reader;
use crate::Ecosystem::Npm;

/// `packages:` of pnpm: `/name/1.2.3:`, `/name@1.2.3(peer):`, `name@1.2.3:`.
pub(super) fn pnpm(r: &mut Reader<'_>) -> Result<bool, String> {
    let mut inside = false;
    let mut last: Option<usize> = None;
    for (i, line) in r.text.lines().enumerate() {
        let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
        if !line.starts_with(' ') && !line.trim().is_empty() {
            inside = line.trim_end() == "packages:";
            last = None;
            continue;
        }
        if !inside {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        let text = line.trim();
        if depth == 2 && text.ends_with(':') {
            last = None;
            let key = text.trim_end_matches(':').trim_matches(['\'', '"']);
            let key = key.split('(').next().unwrap_or(key);
            let key = key.strip_prefix('/').unwrap_or(key);
            // Before version 6: name and version parted by a slash, peers after an underscore.
            let slash = key
                .match_indices('/')
                .map(|(i, _)| i)
                .find(|i| key[i + 1..].starts_with(|c: char| c.is_ascii_digit()));
            let split = match (slash, key.rfind('@').filter(|i| *i > 0)) {
                (Some(i), _) => Some((&key[..i], key[i + 1..].split('_').next().unwrap_or_default())),
                (None, Some(i)) => Some((&key[..i], &key[i + 1..])),
                (None, None) => None,
            };
            let Some((name, version)) = split else { continue };
            if version.contains([':', '/']) {
                continue; // a tarball, git or local package
            }
            if r.package(Npm, name, version, number).is_some() {
                last = Some(r.out.packages.len() - 1);
            }
        } else if depth == 4
            && let Some(p) = last.and_then(|i| r.out.packages.get_mut(i))
        {
            match text {
                "dev: true" => p.is_dev = true,
                "requiresBuild: true" => p.has_install_script = true,
                _ => {}
            }
        }
    }
    Ok(true)
}

/// `"name@^1.0.0", name@^1.1.0:` and below it `version "1.2.3"` (yarn 1) or `version: 1.2.3` (later).
pub(super) fn yarn(r: &mut Reader<'_>) -> Result<bool, String> {
    let mut head: Option<(String, u32)> = None;
    for (i, line) in r.text.lines().enumerate() {
        let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
        if !line.starts_with([' ', '#']) && line.trim_end().ends_with(':') {
            let first = line.trim_end().trim_end_matches(':').split(", ").next().unwrap_or_default();
            let first = first.trim_matches('"');
            let split = first.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(i, _)| i);
            head = split.map(|at| {
                let (name, range) = (&first[..at], &first[at + 1..]);
                // An alias: `mine@npm:real@1.0.0`.
                let real = range
                    .strip_prefix("npm:")
                    .and_then(|v| v.rsplit_once('@'))
                    .map(|(n, _)| n)
                    .filter(|n| !n.is_empty());
                let local = ["workspace:", "link:", "portal:", "file:"].iter().any(|p| range.starts_with(p));
                (if local { String::new() } else { real.unwrap_or(name).to_owned() }, number)
            });
            continue;
        }
        let text = line.trim();
        if let Some(version) = text.strip_prefix("version ").or_else(|| text.strip_prefix("version: "))
            && line.len() - line.trim_start().len() == 2
            && let Some((name, at)) = head.take()
        {
            r.package(Npm, &name, version.trim_matches('"'), at);
        }
    }
    Ok(true)
}
