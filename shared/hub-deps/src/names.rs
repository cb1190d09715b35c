//! Names that look like well-known ones. Which names those are is data: `well_known.txt`.

use crate::{Ecosystem, normal_name};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A name near a well-known one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookalike {
    pub known: String,
    /// How they differ, in words.
    pub how: &'static str,
    /// A slip of the hand or a trick of the eye; else it may as well be a word of its own.
    pub is_likely: bool,
}

/// One list of names, with what they are compared by.
#[derive(Default)]
struct Names {
    all: BTreeSet<String>,
    squeezed: BTreeMap<String, String>,
    folded: BTreeMap<String, String>,
    by_length: BTreeMap<usize, Vec<String>>,
}

impl Names {
    fn of(all: BTreeSet<String>) -> Self {
        let mut names = Self::default();
        for name in &all {
            names.squeezed.entry(squeezed(name)).or_insert_with(|| name.clone());
            if !name.starts_with('@') {
                names.folded.entry(folded(name)).or_insert_with(|| name.clone());
                names.by_length.entry(name.len()).or_default().push(name.clone());
            }
        }
        Self { all, ..names }
    }

    fn has(&self, name: &str) -> bool {
        self.all.contains(name)
    }

    /// The name without a scope that this one is near to, with how they differ and whether that is a likely slip.
    fn near(&self, name: &str) -> Option<(&str, &'static str, bool)> {
        if name.len() + 1 < SHORTEST {
            return None;
        }
        let as_long = |known: &&String| known.len() >= SHORTEST && !known.starts_with('@');
        if let Some(known) = self.squeezed.get(&squeezed(name)).filter(as_long) {
            return Some((known, "only its punctuation differs", true));
        }
        if let Some(known) = self.folded.get(&folded(name)).filter(as_long) {
            return Some((known, "a letter is replaced by one that looks like it", true));
        }
        let lengths = name.len().saturating_sub(1).max(SHORTEST)..=name.len() + 1;
        let models = self.by_length.range(lengths).flat_map(|(_, models)| models);
        let slips = models.filter_map(|model| slip(name.as_bytes(), model.as_bytes()).map(|(how, likely)| (model.as_str(), how, likely)));
        // The first likely one, else the first.
        slips.reduce(|best, next| if next.2 && !best.2 { next } else { best })
    }
}

/// Shorter names lie near each other by chance.
const SHORTEST: usize = 6;

type Lists = BTreeMap<&'static str, Names>;

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut lists: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    let mut section = "";
    for line in include_str!("well_known.txt").lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = head;
        } else if !line.is_empty() && !line.starts_with('#') {
            let name = match section.starts_with("pypi") {
                true => normal_name(Ecosystem::PyPI, line),
                false => line.to_owned(),
            };
            lists.entry(section).or_default().insert(name);
        }
    }
    lists.into_iter().map(|(section, all)| (section, Names::of(all))).collect()
});

/// The well-known name that this one is one slip away from, if any.
#[must_use]
pub fn lookalike(ecosystem: Ecosystem, name: &str) -> Option<Lookalike> {
    if name.len() > 200 {
        return None;
    }
    let name = normal_name(ecosystem, &name.to_ascii_lowercase());
    let list = |section: &str| LISTS.get(section);
    let (known, honest) = match ecosystem {
        Ecosystem::Npm => (list("npm")?, list("npm-near")?),
        Ecosystem::PyPI => (list("pypi")?, list("pypi-near")?),
        Ecosystem::Crates | Ecosystem::Go => return None,
    };
    if known.has(&name) || honest.has(&name) {
        return None;
    }
    if ecosystem == Ecosystem::Npm {
        let scopes = list("npm-scope")?;
        if let Some((scope, rest)) = name.strip_prefix('@').and_then(|n| n.split_once('/')) {
            // Whatever stands below a well-known scope is its owner's.
            if scopes.has(scope) {
                return None;
            }
            if let Some((model, how, true)) = scopes.near(scope) {
                return Some(Lookalike {
                    known: format!("@{model}/{rest}"),
                    how,
                    is_likely: true,
                });
            }
        } else {
            // The scope as a part of the name: anyone can register that.
            for scope in scopes.all.iter().filter(|s| s.len() >= 12) {
                if let Some(rest) = name.strip_prefix(scope.as_str()).and_then(|r| r.strip_prefix(['-', '_', '.'])) {
                    return Some(Lookalike {
                        known: format!("@{scope}/{rest}"),
                        how: "the scope is missing",
                        is_likely: true,
                    });
                }
            }
        }
    }
    if name.starts_with('@') {
        // Below another's scope stands another's package.
        return None;
    }
    if let Some(model) = known.squeezed.get(&squeezed(&name)).filter(|model| model.starts_with('@')) {
        return Some(Lookalike {
            known: model.clone(),
            how: "the scope is missing",
            is_likely: true,
        });
    }
    let (model, how, is_likely) = known.near(&name)?;
    Some(Lookalike {
        known: model.to_owned(),
        how,
        is_likely,
    })
}

/// A name without its punctuation.
fn squeezed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// A name with letters for the signs that look like them.
fn folded(name: &str) -> String {
    name.replace('0', "o")
        .replace(['1', 'l', '|'], "i")
        .replace("rn", "m")
        .replace(['5'], "s")
        .replace('3', "e")
}

/// How a name differs from a model by one slip, and whether that is likely one: two letters swapped, one doubled or left out. A letter that
/// merely makes another word (`gist` for `git`) counts in long words only, and as unlikely.
fn slip(a: &[u8], b: &[u8]) -> Option<(&'static str, bool)> {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let end = a[start..]
        .iter()
        .rev()
        .zip(b[start..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let word = word_around(b, start);
    let long = b.len() >= 7;
    match (&a[start..a.len() - end], &b[start..b.len() - end]) {
        ([p, q], [r, s]) if p == s && q == r => Some(("two letters are swapped", true)),
        ([], [_]) if long && word >= 5 && start > 0 && end > 0 => Some(("a letter is missing", true)),
        ([p], []) if long && p.is_ascii_alphabetic() && (start > 0 && a[start - 1] == *p || a.get(start + 1) == Some(p)) => {
            // An `s` more at the end makes another honest name.
            (end > 0 || *p != b's').then_some(("a letter is doubled", true))
        }
        ([p], []) if word >= 7 && start > 0 && end > 0 && p.is_ascii_alphabetic() => Some(("a letter is added", false)),
        ([p], [q]) if word >= 7 && start > 0 && p.is_ascii_alphabetic() && q.is_ascii_alphabetic() => Some(("one letter differs", false)),
        _ => None,
    }
}

/// The length of the word in which a place lies.
fn word_around(name: &[u8], at: usize) -> usize {
    let is_break = |c: &u8| !c.is_ascii_alphanumeric();
    let at = at.min(name.len());
    let from = name[..at].iter().rposition(is_break).map_or(0, |i| i + 1);
    let to = name[at..].iter().position(is_break).map_or(name.len(), |i| at + i);
    to - from.min(to)
}

#[cfg(test)]
mod tests {
    use super::lookalike;
    use crate::Ecosystem::{Npm, PyPI};

    #[test]
    fn slips_are_found_and_honest_names_are_not() {
        for bad in [
            "lodahs",
            "crossenv",
            "m0ngoose",
            "typesrcipt",
            "puppeter",
            "modelcontextprotocol-sdk",
            "@modelcontextprotoco1/sdk",
            "@modelcontextprotocl/server-filesystem",
            "jsonwebtokken",
            "mcp-remtoe",
        ] {
            assert!(lookalike(Npm, bad).is_some_and(|l| l.is_likely), "{bad}");
        }
        for bad in ["reqeusts", "crypt0graphy", "python-dotevn", "matplotlb", "mcp_sever_git"] {
            assert!(lookalike(PyPI, bad).is_some_and(|l| l.is_likely), "{bad}");
        }
        assert!(lookalike(PyPI, "beautifulsoop4").is_some_and(|l| !l.is_likely));
        for good in [
            "express",
            "preact",
            "axios",
            "zod",
            "cors",
            "lodash-es",
            "@types/express",
            "@acme/express",
            "playwright-core",
            "langchain4j",
            "@modelcontextprotocol/server-gitea",
            "my-mcp-remote-server",
        ] {
            assert_eq!(lookalike(Npm, good), None, "{good}");
        }
        for good in [
            "requests",
            "httpx",
            "numpy",
            "flask-cors",
            "pandas-stubs",
            "discord.py",
            "mcp-server-gist",
        ] {
            assert_eq!(lookalike(PyPI, good), None, "{good}");
        }
    }
}
