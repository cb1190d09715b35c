//! bun's lock file: JSON with commas after the last member (version 1 of its text form).

use super::Reader;
use crate::Ecosystem::Npm;
use serde_json::{Map, Value};

/// How far up a nested package's needs are looked for; real ones are nested twice or three times.
const MAX_LEVELS: usize = 16;
const OF_PROJECT: [(&str, bool); 3] = [("dependencies", false), ("optionalDependencies", false), ("devDependencies", true)];
const OF_PACKAGE: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

pub(super) fn lock(r: &mut Reader<'_>) -> Result<bool, String> {
    let json: Value = serde_json::from_str(&without_last_commas(r.text)).map_err(|e| e.to_string())?;
    let all = |key: &str| json.get(key).and_then(Value::as_object).into_iter().flatten();
    let mut taken = Vec::new();
    for (path, entry) in all("packages") {
        let Some(entry) = entry.as_array() else { continue };
        let called = entry.first().and_then(Value::as_str).unwrap_or_default();
        // `name@1.0.0`, `name@github:owner/repo#sha`, `name@workspace:packages/x`.
        let Some((name, version)) = called
            .match_indices('@')
            .find(|(at, _)| *at > 0)
            .map(|(at, _)| (&called[..at], &called[at + 1..]))
        else {
            continue;
        };
        if ["workspace:", "file:", "link:"].iter().any(|own| version.starts_with(own)) {
            continue;
        }
        let line = r.line_of(&format!("\"{path}\": ["));
        let is_git = version.starts_with("git") && version.contains(':');
        let Some(package) = r.package(Npm, name, version, line) else {
            continue;
        };
        package.source = is_git.then(|| version.to_owned());
        let at = r.out.packages.len() - 1;
        r.graph.key(path.as_str(), at);
        taken.push((path.as_str(), at, entry.iter().find_map(Value::as_object)));
    }
    for (_, workspace) in all("workspaces") {
        for (key, is_dev) in OF_PROJECT {
            for name in names(workspace.as_object(), key) {
                if !r.graph.root_of_known([name.clone()], is_dev) {
                    return Ok(true);
                }
            }
        }
    }
    for (path, at, info) in taken {
        for name in OF_PACKAGE.iter().flat_map(|key| names(info, key)) {
            if !r.graph.need_of_known(at, places(path, name)) {
                return Ok(true);
            }
        }
    }
    Ok(true)
}

fn names<'v>(entry: Option<&'v Map<String, Value>>, key: &str) -> impl Iterator<Item = &'v String> {
    entry
        .and_then(|e| e.get(key))
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys)
}

/// Keys under which what `path` needs as `name` may stand, nearest first: `a/b/name`, `a/name`, `name`.
fn places<'p>(path: &'p str, name: &'p str) -> impl Iterator<Item = String> {
    let up = |at: &&'p str| (!at.is_empty()).then(|| at.rfind('/').map_or("", |i| &at[..i]));
    std::iter::successors(Some(path), up).take(MAX_LEVELS).map(move |at| match at {
        "" => name.to_owned(),
        at => format!("{at}/{name}"),
    })
}

/// The text without commas before a closing bracket; what stands in strings stays.
fn without_last_commas(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if !in_string && matches!(c, '}' | ']') {
            let kept = out.trim_end().len();
            if out[..kept].ends_with(',') {
                out.truncate(kept - 1);
            }
        }
        if c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && c == '\\' && !escaped;
        out.push(c);
    }
    out
}
