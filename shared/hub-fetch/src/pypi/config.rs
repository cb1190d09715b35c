//! Where Python packages come from: pip's own configuration.

use crate::env_file::expand;
use base64::Engine as _;
use hub_model::Lookup;
use std::path::{Path, PathBuf};
use url::Url;

/// The package index, as pip is configured with it.
#[derive(Clone, Default)]
pub struct PypiConfig {
    /// Base of the simple API (PEP 503, PEP 691), without credentials. Ends with `/`.
    pub index: Option<Url>,
    /// `Authorization` value for the index.
    authorization: Option<String>,
}

// By hand: the authorization is a secret.
impl std::fmt::Debug for PypiConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PypiConfig")
            .field("index", &self.index.as_ref().map(Url::as_str))
            .finish_non_exhaustive()
    }
}

impl PypiConfig {
    /// An index by its address, perhaps with `user:password@`.
    #[must_use]
    pub fn with_index(index: &Url) -> Self {
        let mut index = index.clone();
        let decode = |s: &str| percent_encoding::percent_decode_str(s).decode_utf8_lossy().into_owned();
        let authorization = (!index.username().is_empty() || index.password().is_some()).then(|| {
            let pair = format!("{}:{}", decode(index.username()), decode(index.password().unwrap_or("")));
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
        });
        // Both fail only for URLs that cannot have credentials, and those have none.
        let _ = index.set_username("");
        let _ = index.set_password(None);
        if !index.path().ends_with('/') {
            let path = format!("{}/", index.path());
            index.set_path(&path);
        }
        Self {
            index: Some(index),
            authorization,
        }
    }

    /// Reads pip's configuration: `PIP_INDEX_URL`, else `index-url` of the file that `PIP_CONFIG_FILE` names, the user's or
    /// the machine's. Extra indexes are not asked: which of two indexes a name comes from would be anybody's guess.
    #[must_use]
    pub fn read(lookup: Lookup<'_>) -> Self {
        let set = |name: &str| lookup(name).filter(|v| !v.is_empty());
        let home = set("HOME").map(PathBuf::from);
        let user = set("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| home.as_ref().map(|h| h.join(".config")));
        let files = [
            set("PIP_CONFIG_FILE").map(PathBuf::from),
            user.map(|c| c.join("pip/pip.conf")),
            home.map(|h| h.join(".pip/pip.conf")),
            Some("/etc/pip.conf".into()),
            Some("/etc/xdg/pip/pip.conf".into()),
        ];
        let named = set("PIP_INDEX_URL").or_else(|| files.into_iter().flatten().find_map(|f| index_url(&f, lookup)));
        named
            .and_then(|n| Url::parse(n.trim()).ok())
            .filter(|u| matches!(u.scheme(), "http" | "https"))
            .map(|u| Self::with_index(&u))
            .unwrap_or_default()
    }

    /// The `Authorization` value for a URL, if it has the index's origin.
    pub(crate) fn authorization(&self, url: &Url) -> Option<&str> {
        self.authorization
            .as_deref()
            .filter(|_| self.index.as_ref().is_some_and(|i| i.origin() == url.origin()))
    }
}

/// `index-url` in one of pip's files.
fn index_url(path: &Path, lookup: Lookup<'_>) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut ours = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            ours = matches!(section.trim_end_matches(']'), "global" | "install" | "download");
        } else if ours
            && let Some((key, value)) = line.split_once(['=', ':'])
            && matches!(key.trim(), "index-url" | "index_url")
        {
            found = Some(expand(value.trim(), lookup));
        }
    }
    found
}

/// Asks pip itself which index it uses by default; its help text says so. For the command line and development: it runs a
/// program of the machine, never anything of a target. `None` when there is no pip or it does not say.
pub async fn ask_pip_for_index() -> Option<Url> {
    // Isolated and away from the working folder, where a stranger's `pip.py` may lie.
    let run = tokio::process::Command::new("python3")
        .args(["-I", "-m", "pip", "install", "--help"])
        .current_dir("/")
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(std::time::Duration::from_secs(30), run).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout)
        .ok()?
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let (_, after) = text.split_once("Base URL of the Python Package Index (default ")?;
    let url = Url::parse(after.split(')').next()?.trim()).ok()?;
    PypiConfig::with_index(&url).index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_read_as_pip_reads_it_and_its_password_is_kept_apart() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pip.conf");
        std::fs::write(
            &file,
            "[list]\nindex-url = https://no.example/\n[global]\nindex-url = https://user:p%40ss@py.example:8080/simple\n",
        )
        .unwrap();
        let config = PypiConfig::read(&|name| (name == "PIP_CONFIG_FILE").then(|| file.display().to_string()));
        let index = config.index.clone().unwrap();
        assert_eq!(index.as_str(), "https://py.example:8080/simple/");
        assert_eq!(config.authorization(&index), Some("Basic dXNlcjpwQHNz"));
        assert_eq!(config.authorization(&"https://files.example/x".parse().unwrap()), None);
        assert!(!format!("{config:?}").contains("p@ss"));
        let config = PypiConfig::read(&|name| (name == "PIP_INDEX_URL").then(|| "http://127.0.0.1:1/simple".to_owned()));
        assert_eq!(config.index.unwrap().as_str(), "http://127.0.0.1:1/simple/");
    }
}
