//! What a launcher's command line would fetch and start. Nothing is run.

use hub_model::{LaunchedFrom, LaunchedPackage};

/// Which registry a launcher takes its package from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launcher {
    Npm,
    Pypi,
    Container,
    Deno,
}

/// What would be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launched {
    pub launcher: Launcher,
    /// The package as written: `@scope/pkg@1.2.3`, `mcp-thing==1.0`, `git+https://…`, `image:tag`.
    pub spec: String,
    /// In the words of `POST /scan`; `None` where it cannot be scanned as source.
    pub source: Option<Source>,
}

/// A source target, in the words of `POST /scan`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub source_url: String,
    /// Branch, tag or commit of a repository.
    pub version: Option<String>,
    pub base_path: Option<String>,
}

/// What the words of a command line start, if they are a launcher's. The inner `Option` is empty when the launcher names no package.
#[must_use]
pub fn find_launched(words: &[&str]) -> Option<(Launcher, Option<Launched>)> {
    let (launcher, rest) = find_launcher(words)?;
    let spec = match launcher {
        Launcher::Container => find_image(rest),
        Launcher::Deno => rest
            .iter()
            .copied()
            .find(|w| w.contains("://") || w.starts_with("npm:") || w.starts_with("jsr:")),
        Launcher::Npm | Launcher::Pypi => find_package(launcher, rest),
    };
    let launched = spec.map(|spec| Launched {
        launcher,
        spec: spec.to_owned(),
        source: match launcher {
            Launcher::Npm | Launcher::Pypi => Some(source(launcher, spec)),
            Launcher::Deno => spec.strip_prefix("npm:").map(|s| source(Launcher::Npm, s)),
            Launcher::Container => None,
        },
    });
    Some((launcher, launched))
}

impl Launched {
    /// Name and version apart, without credentials.
    #[must_use]
    pub fn package(&self) -> LaunchedPackage {
        let spec = self.spec.strip_prefix("npm:").unwrap_or(&self.spec);
        if self.launcher == Launcher::Container {
            let (name, version) = match spec.split_once('@') {
                Some((name, digest)) => (name, Some(digest)),
                None => match spec.rsplit_once(':') {
                    Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
                    _ => (spec, None),
                },
            };
            return package(LaunchedFrom::Image, name, version);
        }
        // `name @ URL` (PEP 508) starts the URL.
        if spec.contains("://") || spec.starts_with("github:") || spec.starts_with("git@") {
            let (launcher, source) = (self.launcher, self.source.as_ref());
            let url = source.map_or(spec, |s| s.source_url.as_str());
            let version = source.and_then(|s| s.version.as_deref());
            let _ = launcher;
            return package(LaunchedFrom::Url, &without_user(url), version);
        }
        match self.launcher {
            Launcher::Pypi => {
                let end = spec.find(['@', '=', '<', '>', '~', '!', '[', ' ', ';']).unwrap_or(spec.len());
                let version =
                    spec[end..].trim_start_matches(|c: char| c != '=' && c != '<' && c != '>' && c != '~' && c != '!' && c != '@');
                let version = version
                    .strip_prefix("==")
                    .or_else(|| version.strip_prefix('@'))
                    .unwrap_or(version)
                    .trim();
                package(LaunchedFrom::Pypi, &spec[..end], (!version.is_empty()).then_some(version))
            }
            _ => {
                let at = spec.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
                let (name, version) = at.map_or((spec, None), |at| (&spec[..at], Some(&spec[at + 1..])));
                package(LaunchedFrom::Npm, name, version)
            }
        }
    }
}

fn package(from: LaunchedFrom, name: &str, version: Option<&str>) -> LaunchedPackage {
    LaunchedPackage {
        from,
        name: name.to_owned(),
        version: version.map(str::to_owned),
    }
}

fn without_user(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rsplit('@').next().unwrap_or_default();
            let path = rest[end..].split(['?', '#']).next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

/// npm writes a repository's reference behind `#`; pip behind `@` in the path (PEP 508), with `subdirectory=` in the fragment.
fn source(launcher: Launcher, spec: &str) -> Source {
    let plain = |source_url: String| Source {
        source_url,
        version: None,
        base_path: None,
    };
    let spec = match spec.split_once(" @ ") {
        Some((_, url)) if launcher == Launcher::Pypi => url.trim(),
        _ => spec,
    };
    let url = match spec.strip_prefix("github:") {
        Some(path) => format!("https://github.com/{path}"),
        None if spec.contains("://") => spec.to_owned(),
        None if launcher == Launcher::Pypi => return plain(format!("pypi:{spec}")),
        None => return plain(spec.to_owned()),
    };
    let (mut source_url, fragment) = match url.split_once('#') {
        Some((source, fragment)) => (source.to_owned(), Some(fragment)),
        None => (url, None),
    };
    let (mut version, mut base_path) = (None, None);
    match launcher {
        Launcher::Pypi => {
            base_path = fragment
                .and_then(|f| f.split('&').find_map(|p| p.strip_prefix("subdirectory=")))
                .map(str::to_owned);
            let path = source_url
                .find("://")
                .map(|at| at + 3)
                .and_then(|from| source_url[from..].find('/').map(|at| from + at));
            if let Some(at) = path.and_then(|path| source_url[path..].find('@').map(|at| path + at)) {
                version = Some(source_url.split_off(at)[1..].to_owned());
            }
        }
        _ => version = fragment.map(str::to_owned),
    }
    Source {
        source_url,
        version,
        base_path,
    }
}

/// `C:\…\npx.cmd` is `npx`.
#[must_use]
pub fn program(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let stem = name.len().saturating_sub(4);
    match name.get(stem..) {
        Some(end) if [".cmd", ".exe", ".bat"].contains(&end.to_ascii_lowercase().as_str()) => &name[..stem],
        _ => name,
    }
}

/// The launcher and what follows it, behind a shell's `cmd /c` and `env NAME=value` too.
fn find_launcher<'a>(words: &'a [&'a str]) -> Option<(Launcher, &'a [&'a str])> {
    let (first, rest) = words.split_first()?;
    let second = rest.first().copied().unwrap_or_default();
    match (program(first).to_ascii_lowercase().as_str(), second) {
        ("cmd", "/c" | "/C") => find_launcher(rest.get(1..)?),
        ("env", _) => find_launcher(&rest[rest.iter().take_while(|w| w.contains('=')).count()..]),
        ("npx" | "bunx" | "pnpx", _) => Some((Launcher::Npm, rest)),
        ("pnpm" | "yarn", "dlx") | ("bun", "x") | ("npm", "exec" | "x") => Some((Launcher::Npm, &rest[1..])),
        ("uvx", _) => Some((Launcher::Pypi, rest)),
        ("pipx", "run") => Some((Launcher::Pypi, &rest[1..])),
        ("uv", "tool") if rest.get(1) == Some(&"run") => Some((Launcher::Pypi, &rest[2..])),
        ("uv", "x") => Some((Launcher::Pypi, &rest[1..])),
        ("docker" | "podman" | "nerdctl", "run") => Some((Launcher::Container, &rest[1..])),
        ("docker" | "podman", "container") if rest.get(1) == Some(&"run") => Some((Launcher::Container, &rest[2..])),
        ("deno", "run") => Some((Launcher::Deno, &rest[1..])),
        _ => None,
    }
}

/// Options that are followed by a value, beside the one that names the package.
const NPM_VALUED: [&str; 8] = [
    "--registry",
    "--cache",
    "-c",
    "--call",
    "--userconfig",
    "--prefix",
    "--loglevel",
    "-w",
];
const PYPI_VALUED: [&str; 18] = [
    "--python",
    "-p",
    "--with",
    "--with-editable",
    "--with-requirements",
    "--index-url",
    "-i",
    "--index",
    "--default-index",
    "--extra-index-url",
    "--find-links",
    "--refresh-package",
    "--upgrade-package",
    "--directory",
    "--project",
    "--env-file",
    "--constraints",
    "--python-preference",
];

/// Options of `docker run` that stand alone; every other one takes a value, unless it carries it behind `=`.
const CONTAINER_FLAGS: [&str; 14] = [
    "--rm",
    "--init",
    "--privileged",
    "--read-only",
    "--detach",
    "--interactive",
    "--tty",
    "--no-healthcheck",
    "--oom-kill-disable",
    "--publish-all",
    "--quiet",
    "--sig-proxy",
    "--disable-content-trust",
    "--help",
];

fn find_image<'a>(words: &[&'a str]) -> Option<&'a str> {
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let bundle = word.strip_prefix('-').filter(|f| !f.starts_with('-'));
        match (word, bundle) {
            // `-i`, `-it`, `-d`: letters that take nothing.
            (_, Some(letters)) if letters.chars().all(|c| matches!(c, 'i' | 't' | 'd' | 'q' | 'P')) => {}
            // `-eNAME=x` carries its value.
            (_, Some(letters)) if letters.len() > 1 && letters.starts_with(['e', 'v', 'p', 'u', 'w']) => {}
            (_, Some(_)) => {
                words.next();
            }
            (w, None) if w.starts_with("--") => {
                if !w.contains('=') && !CONTAINER_FLAGS.contains(&w) {
                    words.next();
                }
            }
            (w, None) => return Some(w).filter(|w| !w.is_empty()),
        }
    }
    None
}

/// The package that the launcher would start: the one named by an option, else the first word that is no option.
fn find_package<'a>(launcher: Launcher, words: &[&'a str]) -> Option<&'a str> {
    let (named, valued): (&[&str], &[&str]) = match launcher {
        Launcher::Npm => (&["--package", "-p"], &NPM_VALUED),
        _ => (&["--from", "--spec"], &PYPI_VALUED),
    };
    let mut words = words.iter().copied();
    let mut first = None;
    while let Some(word) = words.next() {
        if named.contains(&word) {
            return words.next();
        }
        if let Some((option, value)) = word.split_once('=')
            && named.contains(&option)
        {
            return Some(value);
        }
        match word {
            "--" => {
                first = words.next();
                break;
            }
            w if valued.contains(&w) => {
                words.next();
            }
            w if w.starts_with('-') => {}
            w => {
                first = Some(w);
                break;
            }
        }
    }
    first.filter(|w| !w.is_empty())
}

/// `${…}`, `{{…}}`, `{env:…}`; also `$NAME` and `%NAME%` when they are all of it.
#[must_use]
pub fn find_placeholder(text: &str) -> Option<String> {
    for (open, close) in [("${", "}"), ("{{", "}}"), ("{env:", "}"), ("{file:", "}")] {
        // What does not close is no placeholder, and may be a part of a secret.
        if let Some(from) = text.find(open)
            && let rest = &text[from..]
            && let Some(to) = rest.find(close).map(|at| at + close.len())
        {
            return Some(
                rest[..to]
                    .chars()
                    .take(60)
                    .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                    .collect(),
            );
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package_of(words: &[&str]) -> LaunchedPackage {
        find_launched(words).unwrap().1.unwrap().package()
    }

    #[test]
    fn name_and_version_come_apart() {
        for (words, from, name, version) in [
            (&["npx", "-y", "@a/b@1.2.3"][..], LaunchedFrom::Npm, "@a/b", Some("1.2.3")),
            (&["npx", "-y", "b"], LaunchedFrom::Npm, "b", None),
            (&["uvx", "mcp-x==1.0"], LaunchedFrom::Pypi, "mcp-x", Some("1.0")),
            (&["uvx", "mcp-x[cli]@latest"], LaunchedFrom::Pypi, "mcp-x", Some("latest")),
            (&["uvx", "mcp-x>=1"], LaunchedFrom::Pypi, "mcp-x", Some(">=1")),
            (
                &["uvx", "--from", "git+https://tok@github.com/o/r@main", "x"],
                LaunchedFrom::Url,
                "git+https://github.com/o/r",
                Some("main"),
            ),
            (
                &["npx", "github:o/r#v1.0.0"],
                LaunchedFrom::Url,
                "https://github.com/o/r",
                Some("v1.0.0"),
            ),
            (
                &["docker", "run", "-i", "--rm", "-e", "TOKEN", "ghcr.io/o/i:1.2", "stdio"],
                LaunchedFrom::Image,
                "ghcr.io/o/i",
                Some("1.2"),
            ),
            (
                &["docker", "run", "-v", "/a:/b", "--network=host", "host:5000/i"],
                LaunchedFrom::Image,
                "host:5000/i",
                None,
            ),
            (
                &["docker", "run", "-it", "i@sha256:00"],
                LaunchedFrom::Image,
                "i",
                Some("sha256:00"),
            ),
            (&["deno", "run", "-A", "npm:@a/b@1.2.3"], LaunchedFrom::Npm, "@a/b", Some("1.2.3")),
            (&["env", "A=b", "npx", "c"], LaunchedFrom::Npm, "c", None),
        ] {
            let found = package_of(words);
            assert_eq!(
                (found.from, found.name.as_str(), found.version.as_deref()),
                (from, name, version),
                "{words:?}"
            );
        }
    }

    #[test]
    fn what_is_no_launcher_starts_no_package() {
        for words in [
            &["node", "x.js"][..],
            &["python", "-m", "x"],
            &["docker", "ps"],
            &["sh", "-c", "npx x"],
        ] {
            assert!(find_launched(words).is_none(), "{words:?}");
        }
        assert_eq!(find_launched(&["npx", "-y"]).unwrap().1, None);
    }
}
