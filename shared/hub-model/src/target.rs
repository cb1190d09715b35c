//! What was asked for: parsed once into a value that cannot be wrong.

use crate::RelPath;
use crate::path::BadPath;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;
use url::Url;

/// A source target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SourceTarget {
    Git(GitTarget),
    Npm(NpmTarget),
    Pypi(PypiTarget),
}

/// A git repository on an allowed code host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitTarget {
    /// Where to fetch from, http or https, without credentials, query or fragment.
    pub clone_url: Url,
    /// `owner/repo`.
    pub repo_name: String,
    pub reference: GitReference,
    pub base_path: Option<RelPath>,
}

/// Which commit is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum GitReference {
    /// What the remote's HEAD points to.
    Default,
    /// Branch, tag, or commit (full, or at least 7 hex digits).
    Named(String),
    /// What followed `/tree/` or `/blob/` in a page URL: a reference, then perhaps a path. Only the remote's list of
    /// references tells where one ends and the other begins (branch names may hold `/`).
    TreePath(String),
}

/// An npm package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NpmTarget {
    pub name: NpmName,
    /// Exact version, dist-tag or range; `None` means `latest`.
    pub version: Option<String>,
    pub base_path: Option<RelPath>,
}

/// A PyPI project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PypiTarget {
    pub name: PypiName,
    /// Exact version or PEP 440 specifier; `None` means the newest.
    pub version: Option<String>,
    pub base_path: Option<RelPath>,
}

/// A live endpoint. Credentials travel apart from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostedTarget {
    pub endpoint_url: Url,
    pub server_name: Option<String>,
    pub expected_tools: Option<Vec<String>>,
    pub transport: TransportChoice,
}

/// Which transport to try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportChoice {
    /// Streamable HTTP, then HTTP+SSE.
    #[default]
    Auto,
    /// Streamable HTTP only.
    Http,
    /// HTTP+SSE (2024-11-05) only.
    Sse,
}

/// Why a text is no target. The message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("the target is empty; give a repository URL, an npm package name or `pypi:NAME`")]
    Empty,
    #[error("the target is longer than {max} characters")]
    TooLong { max: usize },
    #[error("`{0}` is not a valid URL: {1}")]
    BadUrl(String, String),
    #[error("the scheme `{0}` is not supported; use https")]
    Scheme(String),
    #[error("plain http is not allowed for `{0}`; use https")]
    PlainHttp(String),
    #[error("the URL carries a user name or password; remove it")]
    CredentialsInUrl,
    #[error("`{host}` is not an allowed code host (allowed: {allowed}); an operator can add it with HUB_CODE_HOSTS")]
    Host { host: String, allowed: String },
    #[error("`{0}` does not name a repository; write https://HOST/OWNER/REPO")]
    NoRepository(String),
    #[error("`{0}` is not an npm package name (lower case letters, digits, `-`, `_`, `.`, at most 214 characters, perhaps `@scope/`)")]
    NpmName(String),
    #[error("`{0}` is not a PyPI project name (letters, digits, `-`, `_`, `.`, at most 200 characters)")]
    PypiName(String),
    #[error("`{0}` is not a usable version, tag, branch or commit")]
    Version(String),
    #[error("two versions are given, `{0}` in the target and `{1}` beside it; give one")]
    TwoVersions(String, String),
    #[error("base path: {0}")]
    BasePath(String),
}

crate::settings! {
    /// The code hosts that may be fetched from.
    #[derive(PartialEq, Eq)]
    pub struct CodeHosts {
        /// Hosts that repositories may be fetched from, comma-separated `HOST` or `HOST:PORT`.
        pub hosts: Vec<String> = "HUB_CODE_HOSTS", vec!["github.com".to_owned()];
        /// Whether plain http is accepted for code hosts that are loopback names or addresses (tests, self-hosting).
        pub allow_http_loopback: bool = "HUB_ALLOW_HTTP_LOOPBACK", false;
    }
}

impl CodeHosts {
    /// Whether the URL's host (with its port, when it names one) is listed. A listed bare host admits every port of a
    /// loopback host and only the scheme's default port of any other.
    #[must_use]
    pub fn allows(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().map(|h| h.trim_end_matches('.').to_ascii_lowercase()) else {
            return false;
        };
        let bare = host.strip_prefix("www.").unwrap_or(&host);
        match url.port() {
            Some(port) => self
                .hosts
                .iter()
                .any(|h| *h == format!("{host}:{port}") || (is_loopback(&host) && *h == host)),
            None => self.hosts.iter().any(|h| h == &host || h == bare),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || literal.parse::<std::net::IpAddr>().is_ok_and(|a| a.is_loopback())
}

const MAX_TARGET_CHARS: usize = 2048;

/// `text` cut and cleaned for an error message.
fn shown(text: &str) -> String {
    text.chars()
        .take(120)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

impl SourceTarget {
    /// Reads `source_url` in any of the forms of `API.md`: repository URL (also `.git`, `/tree/REF/SUB`, `/blob/…`,
    /// `git@HOST:OWNER/REPO.git`), npm name (`pkg`, `@scope/pkg`, `pkg@1.2.3`, `npm:pkg`), `pypi:name`, and registry page
    /// URLs, recognised by their path (`/package/NAME`, `/project/NAME`).
    ///
    /// # Errors
    /// [`TargetError`], whose text says what was wrong and what to write instead.
    pub fn parse(source_url: &str, version: Option<&str>, base_path: Option<&str>, hosts: &CodeHosts) -> Result<Self, TargetError> {
        let text = source_url.trim();
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        if text.chars().count() > MAX_TARGET_CHARS {
            return Err(TargetError::TooLong { max: MAX_TARGET_CHARS });
        }
        let version = version.map(str::trim).filter(|v| !v.is_empty()).map(check_version).transpose()?;
        let base_path = match base_path.map(str::trim).filter(|b| !b.is_empty()) {
            None | Some("." | "./" | "/") => None,
            Some(b) => Some(b.parse::<RelPath>().map_err(|e: BadPath| TargetError::BasePath(e.to_string()))?),
        };
        if let Some(name) = text.strip_prefix("pypi:") {
            return pypi(name, version, base_path);
        }
        if let Some(name) = text.strip_prefix("npm:") {
            return npm(name, version, base_path);
        }
        if let Some(rest) = text.strip_prefix("git@") {
            let (host, path) = rest.split_once(':').ok_or_else(|| TargetError::NoRepository(shown(text)))?;
            return git(&format!("https://{host}/{path}"), version, base_path, hosts);
        }
        let url_text = text.strip_prefix("git+").unwrap_or(text);
        if url_text.contains("://") {
            return from_url(url_text, version, base_path, hosts);
        }
        // `github.com/owner/repo` without a scheme: a person's shorthand, unambiguous because npm names hold no dot-slash pair.
        if let Some((host, _)) = text.split_once('/')
            && hosts.hosts.iter().any(|h| h == &host.to_ascii_lowercase())
        {
            return git(&format!("https://{text}"), version, base_path, hosts);
        }
        npm(text, version, base_path)
    }

    /// The version, tag, branch or commit asked for, if any. `None` for `/tree/…` pages until the reference is resolved.
    #[must_use]
    pub fn requested_version(&self) -> Option<&str> {
        match self {
            Self::Git(t) => match &t.reference {
                // A tree path is no version: only the remote tells where its reference ends.
                GitReference::Default | GitReference::TreePath(_) => None,
                GitReference::Named(s) => Some(s),
            },
            Self::Npm(t) => t.version.as_deref(),
            Self::Pypi(t) => t.version.as_deref(),
        }
    }

    /// `owner/repo` or the package name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Git(t) => &t.repo_name,
            Self::Npm(t) => t.name.as_str(),
            Self::Pypi(t) => t.name.as_str(),
        }
    }

    /// One spelling per target, without version: the repository URL, the npm name, or `pypi:name`.
    #[must_use]
    pub fn canonical_url(&self) -> String {
        match self {
            Self::Git(t) => t.clone_url.as_str().trim_end_matches(".git").to_owned(),
            Self::Npm(t) => t.name.to_string(),
            Self::Pypi(t) => format!("pypi:{}", t.name),
        }
    }

    /// The subdirectory asked for.
    #[must_use]
    pub fn base_path(&self) -> Option<&RelPath> {
        match self {
            Self::Git(t) => t.base_path.as_ref(),
            Self::Npm(t) => t.base_path.as_ref(),
            Self::Pypi(t) => t.base_path.as_ref(),
        }
    }
}

/// References, tags, versions and ranges: printable, no leading `-`, nothing that git or a URL would read as syntax.
fn check_version(v: &str) -> Result<String, TargetError> {
    let bad = v.chars().count() > 256
        || v.starts_with('-')
        || v.contains("..")
        || v.contains("@{")
        || v.chars().any(|c| c.is_control() || matches!(c, '\\' | '?' | '[' | ':' | '\u{7f}'));
    if bad {
        Err(TargetError::Version(shown(v)))
    } else {
        Ok(v.to_owned())
    }
}

fn one_version(inside: Option<String>, beside: Option<String>) -> Result<Option<String>, TargetError> {
    match (inside, beside) {
        (Some(a), Some(b)) if a != b => Err(TargetError::TwoVersions(a, b)),
        (a, b) => Ok(a.or(b)),
    }
}

fn npm(spec: &str, version: Option<String>, base_path: Option<RelPath>) -> Result<SourceTarget, TargetError> {
    // The version follows the last `@` that is not the scope's.
    let (name, inside) = match spec.char_indices().skip(1).find(|(_, c)| *c == '@') {
        Some((at, _)) => (&spec[..at], Some(check_version(&spec[at + 1..])?).filter(|v| !v.is_empty())),
        None => (spec, None),
    };
    Ok(SourceTarget::Npm(NpmTarget {
        name: name.parse()?,
        version: one_version(inside, version)?,
        base_path,
    }))
}

fn pypi(spec: &str, version: Option<String>, base_path: Option<RelPath>) -> Result<SourceTarget, TargetError> {
    let (name, inside) = match spec.find(['@', '=', '<', '>', '~', '!']) {
        Some(at) => {
            let v = spec[at..].trim_start_matches('@');
            let v = v.strip_prefix("==").unwrap_or(v);
            (&spec[..at], Some(check_version(v)?).filter(|v| !v.is_empty()))
        }
        None => (spec, None),
    };
    // `name[extra]` installs the same distribution.
    let name = name.split('[').next().unwrap_or(name).trim();
    Ok(SourceTarget::Pypi(PypiTarget {
        name: name.parse()?,
        version: one_version(inside, version)?,
        base_path,
    }))
}

fn parse_url(text: &str) -> Result<Url, TargetError> {
    let url = Url::parse(text).map_err(|e| TargetError::BadUrl(shown(text), e.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(TargetError::Scheme(shown(url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(TargetError::CredentialsInUrl);
    }
    Ok(url)
}

fn from_url(text: &str, version: Option<String>, base_path: Option<RelPath>, hosts: &CodeHosts) -> Result<SourceTarget, TargetError> {
    let text = match text.strip_prefix("ssh://git@") {
        Some(rest) => format!("https://{rest}"),
        None => text.to_owned(),
    };
    let url = parse_url(&text)?;
    if hosts.allows(&url) {
        return git(&text, version, base_path, hosts);
    }
    let decoded = url.path().replace("%2f", "/").replace("%2F", "/").replace("%40", "@");
    let parts: Vec<&str> = decoded.split('/').filter(|s| !s.is_empty()).collect();
    // Any host may be a registry, so only the exact shapes of its pages count: `/project/abc/mcp` is somebody's endpoint.
    match parts.as_slice() {
        ["package", scope, name] if scope.starts_with('@') => npm_page(&format!("{scope}/{name}"), None, version, base_path),
        ["package", scope, name, "v", v] if scope.starts_with('@') => npm_page(&format!("{scope}/{name}"), Some(v), version, base_path),
        ["package", name] if !name.starts_with('@') => npm_page(name, None, version, base_path),
        ["package", name, "v", v] => npm_page(name, Some(v), version, base_path),
        ["project", name] => pypi_page(name, None, version, base_path),
        ["project", name, v] if v.starts_with(|c: char| c.is_ascii_digit()) => pypi_page(name, Some(v), version, base_path),
        _ => Err(TargetError::Host {
            host: shown(url.host_str().unwrap_or("")),
            allowed: hosts.hosts.join(", "),
        }),
    }
}

fn npm_page(name: &str, inside: Option<&str>, version: Option<String>, base_path: Option<RelPath>) -> Result<SourceTarget, TargetError> {
    let inside = inside.map(check_version).transpose()?;
    Ok(SourceTarget::Npm(NpmTarget {
        name: name.parse()?,
        version: one_version(inside, version)?,
        base_path,
    }))
}

fn pypi_page(name: &str, inside: Option<&str>, version: Option<String>, base_path: Option<RelPath>) -> Result<SourceTarget, TargetError> {
    let inside = inside.map(check_version).transpose()?;
    Ok(SourceTarget::Pypi(PypiTarget {
        name: name.parse()?,
        version: one_version(inside, version)?,
        base_path,
    }))
}

fn git(text: &str, version: Option<String>, base_path: Option<RelPath>, hosts: &CodeHosts) -> Result<SourceTarget, TargetError> {
    let mut url = parse_url(text)?;
    if !hosts.allows(&url) {
        return Err(TargetError::Host {
            host: shown(url.host_str().unwrap_or("")),
            allowed: hosts.hosts.join(", "),
        });
    }
    if url.scheme() == "http" && !(hosts.allow_http_loopback && url.host_str().is_some_and(is_loopback)) {
        return Err(TargetError::PlainHttp(shown(url.host_str().unwrap_or(""))));
    }
    url.set_query(None);
    url.set_fragment(None);
    let no_repo = || TargetError::NoRepository(shown(text));
    let path = url.path().to_owned();
    let parts: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let [owner, repo, rest @ ..] = parts.as_slice() else {
        return Err(no_repo());
    };
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    let good = |s: &str| {
        !s.is_empty()
            && s.len() <= 100
            && s.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            && s != "."
            && s != ".."
    };
    if !good(owner) || !good(repo) {
        return Err(no_repo());
    }
    let inside = match rest {
        [] => GitReference::Default,
        ["tree" | "blob", reference @ ..] if !reference.is_empty() => {
            let decoded = reference.join("/").replace("%20", " ").replace("%23", "#");
            GitReference::TreePath(check_version(&decoded)?)
        }
        ["commit" | "commits", sha, ..] => GitReference::Named(check_version(sha)?),
        ["releases", "tag", tag, ..] => GitReference::Named(check_version(tag)?),
        _ => return Err(no_repo()),
    };
    let reference = match (inside, version) {
        (GitReference::Default, Some(v)) => GitReference::Named(v),
        (GitReference::Named(a), Some(b)) if a != b => return Err(TargetError::TwoVersions(a, b)),
        // With both, the tree path must begin with the version; what follows it is the path.
        (GitReference::TreePath(path), Some(v)) if path != v && !path.starts_with(&format!("{v}/")) => {
            return Err(TargetError::TwoVersions(path, v));
        }
        (GitReference::TreePath(path), Some(v)) => {
            let below = path[v.len()..].trim_start_matches('/').to_owned();
            let base_path = match (base_path, below.as_str()) {
                (b, "") => b,
                (Some(b), _) => Some(b),
                (None, b) => Some(b.parse().map_err(|e: BadPath| TargetError::BasePath(e.to_string()))?),
            };
            url.set_path(&format!("/{owner}/{repo}"));
            return Ok(SourceTarget::Git(GitTarget {
                clone_url: url,
                repo_name: format!("{owner}/{repo}"),
                reference: GitReference::Named(v),
                base_path,
            }));
        }
        (inside, _) => inside,
    };
    let repo_name = format!("{owner}/{repo}");
    url.set_path(&format!("/{repo_name}"));
    if url.host_str() == Some("www.github.com") {
        url.set_host(Some("github.com")).map_err(|_| no_repo())?;
    }
    Ok(SourceTarget::Git(GitTarget {
        clone_url: url,
        repo_name,
        reference,
        base_path,
    }))
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
name!(
    /// An npm package name, `pkg` or `@scope/pkg`. Old names in upper case exist and are accepted.
    NpmName
);
name!(
    /// A PyPI project name, normalised as PEP 503 says (lower case, runs of `-_.` become `-`).
    PypiName
);

impl FromStr for NpmName {
    type Err = TargetError;
    fn from_str(s: &str) -> Result<Self, TargetError> {
        let bad = || TargetError::NpmName(shown(s));
        let part = |p: &str| {
            !p.is_empty()
                && !p.starts_with(['.', '_'])
                && p.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~'))
        };
        let good = match s.strip_prefix('@') {
            Some(scoped) => scoped.split_once('/').is_some_and(|(scope, name)| part(scope) && part(name)),
            None => part(s),
        };
        if good && s.len() <= 214 {
            Ok(Self(s.to_owned()))
        } else {
            Err(bad())
        }
    }
}

impl FromStr for PypiName {
    type Err = TargetError;
    fn from_str(s: &str) -> Result<Self, TargetError> {
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let good = s.len() <= 200
            && ends(s.chars().next())
            && ends(s.chars().last())
            && s.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !good {
            return Err(TargetError::PypiName(shown(s)));
        }
        let mut out = String::with_capacity(s.len());
        for c in s.chars() {
            match c {
                '-' | '_' | '.' if out.ends_with('-') => {}
                '-' | '_' | '.' => out.push('-'),
                c => out.push(c.to_ascii_lowercase()),
            }
        }
        Ok(Self(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(s: &str) -> Result<SourceTarget, TargetError> {
        SourceTarget::parse(s, None, None, &CodeHosts::default())
    }

    #[test]
    fn every_spelling_of_a_repository_is_the_same_target() {
        for s in [
            "https://github.com/owner/repo",
            "https://github.com/owner/repo.git",
            "https://github.com/owner/repo/",
            "git@github.com:owner/repo.git",
            "ssh://git@github.com/owner/repo.git",
            "git+https://github.com/owner/repo.git",
            "github.com/owner/repo",
            "https://www.github.com/owner/repo?tab=readme#top",
        ] {
            let t = parse(s).unwrap_or_else(|e| panic!("{s}: {e}"));
            assert_eq!(t.canonical_url(), "https://github.com/owner/repo", "{s}");
        }
    }

    #[test]
    fn a_page_below_a_repository_keeps_its_reference_and_path() {
        let Ok(SourceTarget::Git(t)) = parse("https://github.com/o/r/tree/feature/x/src") else {
            panic!()
        };
        assert_eq!(t.reference, GitReference::TreePath("feature/x/src".into()));
        let t = SourceTarget::parse(
            "https://github.com/o/r/tree/feature/x/src",
            Some("feature/x"),
            None,
            &CodeHosts::default(),
        );
        let Ok(SourceTarget::Git(t)) = t else { panic!("{t:?}") };
        assert_eq!(
            (t.reference, t.base_path.map(|b| b.to_string())),
            (GitReference::Named("feature/x".into()), Some("src".into()))
        );
    }

    #[test]
    fn package_names_and_pages_are_read() {
        for (s, name, version) in [
            ("pkg", "pkg", None),
            ("pkg@1.2.3", "pkg", Some("1.2.3")),
            ("@scope/pkg", "@scope/pkg", None),
            ("@scope/pkg@^2", "@scope/pkg", Some("^2")),
            ("npm:pkg@next", "pkg", Some("next")),
            ("https://registry.example/package/@scope/pkg/v/1.0.0", "@scope/pkg", Some("1.0.0")),
        ] {
            let Ok(SourceTarget::Npm(t)) = parse(s) else {
                panic!("{s}: {:?}", parse(s))
            };
            assert_eq!((t.name.as_str(), t.version.as_deref()), (name, version), "{s}");
        }
        for (s, name, version) in [
            ("pypi:My_Pkg", "my-pkg", None),
            ("pypi:a.b==1.0", "a-b", Some("1.0")),
            ("https://index.example/project/x/2.0/", "x", Some("2.0")),
        ] {
            let Ok(SourceTarget::Pypi(t)) = parse(s) else {
                panic!("{s}: {:?}", parse(s))
            };
            assert_eq!((t.name.as_str(), t.version.as_deref()), (name, version), "{s}");
        }
    }

    #[test]
    fn only_the_exact_shape_of_a_registry_page_is_one() {
        for s in [
            "https://registry.example/package/x/",
            "https://registry.example/package/x/v/1.0.0",
            "https://index.example/project/x",
        ] {
            assert!(parse(s).is_ok(), "{s}: {:?}", parse(s));
        }
        for s in [
            "https://mcp.example.com/project/abc/mcp",
            "https://mcp.example.com/project/abc/1.0/mcp",
            "https://mcp.example.com/project",
            "https://mcp.example.com/package/abc/mcp",
            "https://mcp.example.com/package/abc/v/1.0/mcp",
            "https://mcp.example.com/package/@scope/abc/mcp",
            "https://mcp.example.com/package/@scope",
        ] {
            assert!(matches!(parse(s), Err(TargetError::Host { .. })), "{s}: {:?}", parse(s));
        }
    }

    #[test]
    fn a_tree_path_is_no_version() {
        let tree = parse("https://github.com/o/r/tree/main/packages/a").unwrap();
        assert_eq!(tree.requested_version(), None);
        let commit = parse("https://github.com/o/r/commit/0123abc").unwrap();
        assert_eq!(commit.requested_version(), Some("0123abc"));
    }

    #[test]
    fn what_is_no_target_says_why() {
        use TargetError as E;
        assert_eq!(parse(""), Err(E::Empty));
        assert!(matches!(parse("https://evil.example/owner/repo"), Err(E::Host { .. })));
        assert!(matches!(parse("http://github.com/owner/repo"), Err(E::PlainHttp(_))));
        assert!(matches!(parse("https://user:pw@github.com/owner/repo"), Err(E::CredentialsInUrl)));
        assert!(matches!(parse("https://github.com/owner"), Err(E::NoRepository(_))));
        assert!(matches!(parse("file:///etc/passwd"), Err(E::Scheme(_))));
        assert!(matches!(parse("not a package"), Err(E::NpmName(_))));
        assert!(matches!(
            SourceTarget::parse("pkg", Some("--upload-pack=x"), None, &CodeHosts::default()),
            Err(E::Version(_))
        ));
        assert!(matches!(
            SourceTarget::parse("pkg", None, Some("../x"), &CodeHosts::default()),
            Err(E::BasePath(_))
        ));
        assert!(matches!(
            SourceTarget::parse("pkg@1", Some("2"), None, &CodeHosts::default()),
            Err(E::TwoVersions(..))
        ));
    }
}
