//! Where npm packages come from: npm's own configuration, so that what `npm install` would fetch is what is scanned.

use crate::env_file::expand;
use base64::Engine as _;
use hub_model::{Lookup, NpmName};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use url::Url;

/// Registries and their credentials, as npm is configured with them.
#[derive(Clone, Default)]
pub struct NpmConfig {
    /// The registry of names without a scope, and of scopes that have none of their own. Ends with `/`.
    pub registry: Option<Url>,
    /// Registries by scope, `@scope`.
    pub scopes: BTreeMap<String, Url>,
    /// `Authorization` values by npm's key: `//host/path/`.
    auth: BTreeMap<String, String>,
    /// `replace-registry-host=never`: tarballs are fetched from where the registry says they lie.
    pub keep_tarball_host: bool,
}

// By hand: the values of `auth` are secrets.
impl std::fmt::Debug for NpmConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NpmConfig")
            .field("registry", &self.registry.as_ref().map(Url::as_str))
            .field("scopes", &self.scopes.keys().collect::<Vec<_>>())
            .field("auth", &self.auth.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl NpmConfig {
    /// One registry and nothing else.
    #[must_use]
    pub fn with_registry(registry: &Url) -> Self {
        Self {
            registry: Some(folder(registry.clone())),
            ..Self::default()
        }
    }

    /// Reads npm's configuration: the environment (`NPM_CONFIG_REGISTRY`, `NPM_CONFIG_USERCONFIG`, `NPM_CONFIG_GLOBALCONFIG`,
    /// in either case), then the user's, then the machine's `npmrc`. Keys: `registry`, `@scope:registry`,
    /// `//host/:_authToken`, `:_auth`, `:username` with `:_password`, with `${VARIABLE}` in values.
    ///
    /// A project's own `.npmrc` is not read: it belongs to whoever wrote the project, and naming a registry there would
    /// open the egress guard for it.
    #[must_use]
    pub fn read(lookup: Lookup<'_>) -> Self {
        let env = |name: &str| {
            lookup(&format!("npm_config_{name}"))
                .or_else(|| lookup(&format!("NPM_CONFIG_{}", name.to_uppercase())))
                .filter(|v| !v.is_empty())
        };
        let mut pairs = BTreeMap::new();
        let home = lookup("HOME").map(PathBuf::from);
        let user = env("userconfig").map(PathBuf::from).or_else(|| home.map(|h| h.join(".npmrc")));
        let prefix = env("prefix").or_else(|| lookup("PREFIX")).map(PathBuf::from);
        let global = env("globalconfig").map(PathBuf::from).or_else(|| {
            let usual = [prefix, Some("/usr".into()), Some("/usr/local".into())]
                .into_iter()
                .flatten()
                .map(|p: PathBuf| p.join("etc/npmrc"));
            usual.chain([PathBuf::from("/etc/npmrc")]).find(|p| p.is_file())
        });
        // Later ones win: machine, user, environment.
        for file in [global, user].into_iter().flatten() {
            read_file(&file, lookup, &mut pairs);
        }
        if let Some(registry) = env("registry") {
            pairs.insert("registry".to_owned(), registry);
        }
        Self::from_pairs(&pairs)
    }

    fn from_pairs(pairs: &BTreeMap<String, String>) -> Self {
        let mut config = Self::default();
        let url = |text: &str| Url::parse(text).ok().filter(|u| matches!(u.scheme(), "http" | "https")).map(folder);
        for (key, value) in pairs {
            if key == "registry" {
                config.registry = url(value);
            } else if let Some(scope) = key.strip_suffix(":registry").filter(|s| s.starts_with('@')) {
                config.scopes.extend(url(value).map(|u| (scope.to_owned(), u)));
            } else if key == "replace-registry-host" {
                config.keep_tarball_host = value == "never";
            } else if let Some(place) = key.strip_suffix(":_authToken") {
                config.auth.insert(slash(place), format!("Bearer {value}"));
            } else if let Some(place) = key.strip_suffix(":_auth") {
                config.auth.entry(slash(place)).or_insert_with(|| format!("Basic {value}"));
            } else if let Some(place) = key.strip_suffix(":username")
                && let Some(password) = pairs
                    .get(&format!("{place}:_password"))
                    .and_then(|p| base64::engine::general_purpose::STANDARD.decode(p.trim()).ok())
            {
                let pair = [value.as_bytes(), b":", &password].concat();
                config
                    .auth
                    .entry(slash(place))
                    .or_insert_with(|| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)));
            }
        }
        config
    }

    /// The registry that serves `name`.
    #[must_use]
    pub fn registry_of(&self, name: &NpmName) -> Option<&Url> {
        let scope = name.as_str().split_once('/').map(|(scope, _)| scope);
        scope.and_then(|s| self.scopes.get(s)).or(self.registry.as_ref())
    }

    /// The `Authorization` value for a URL: that of the longest configured place that holds it.
    pub(crate) fn authorization(&self, url: &Url) -> Option<&str> {
        let host = url.host_str()?;
        let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
        let mut path = url.path();
        while let Some((parent, _)) = path.rsplit_once('/') {
            if let Some(found) = self.auth.get(&format!("//{host}{port}{parent}/")) {
                return Some(found);
            }
            path = parent;
        }
        None
    }

    /// All the registries, which the operator vouches for.
    pub(crate) fn origins(&self) -> impl Iterator<Item = &Url> {
        self.registry.iter().chain(self.scopes.values())
    }
}

/// Asks npm itself which registry it uses, its built-in default included. For the command line and development: it runs a
/// program of the machine, never anything of a target. `None` when there is no npm or it does not say.
pub async fn ask_npm_for_registry() -> Option<Url> {
    // Away from the working folder, whose own configuration is a stranger's.
    let run = tokio::process::Command::new("npm")
        .args(["config", "get", "registry", "--global"])
        .current_dir("/")
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(std::time::Duration::from_secs(30), run).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Url::parse(text.trim())
        .ok()
        .filter(|u| matches!(u.scheme(), "http" | "https"))
        .map(folder)
}

/// A URL under which others can be joined.
pub(crate) fn folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

fn slash(place: &str) -> String {
    if place.ends_with('/') {
        place.to_owned()
    } else {
        format!("{place}/")
    }
}

fn read_file(path: &Path, lookup: Lookup<'_>, pairs: &mut BTreeMap<String, String>) {
    let Ok(text) = std::fs::read_to_string(path) else { return };
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';', '[']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim().trim_matches(['"', '\'']);
        pairs.insert(expand(key.trim(), lookup), expand(value, lookup));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(user: &str, vars: &[(&str, &str)]) -> NpmConfig {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("npmrc");
        std::fs::write(&file, user).unwrap();
        let nowhere = dir.path().join("none");
        NpmConfig::read(&|name| match name {
            "NPM_CONFIG_USERCONFIG" => Some(file.display().to_string()),
            "NPM_CONFIG_GLOBALCONFIG" => Some(nowhere.display().to_string()),
            _ => vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()),
        })
    }

    #[test]
    fn registries_and_tokens_are_read_as_npm_reads_them() {
        let config = config(
            "; ours\nregistry = https://npm.corp.example/repo\n@acme:registry=\"https://acme.example:8443/npm/\"\n//acme.example:8443/npm/:_authToken=${ACME_TOKEN}\n//npm.corp.example/:_auth=dXNlcjpwYXNz\n",
            &[("ACME_TOKEN", "t0ken")],
        );
        let acme = config.registry_of(&"@acme/x".parse().unwrap()).unwrap();
        assert_eq!(acme.as_str(), "https://acme.example:8443/npm/");
        assert_eq!(
            config.registry_of(&"x".parse().unwrap()).unwrap().as_str(),
            "https://npm.corp.example/repo/"
        );
        assert_eq!(config.authorization(&acme.join("@acme%2fx").unwrap()), Some("Bearer t0ken"));
        assert_eq!(
            config.authorization(&"https://npm.corp.example/repo/x".parse().unwrap()),
            Some("Basic dXNlcjpwYXNz")
        );
        assert_eq!(config.authorization(&"https://other.example/x".parse().unwrap()), None);
        assert_eq!(config.authorization(&"https://acme.example:8443/other/x".parse().unwrap()), None);
        assert!(!format!("{config:?}").contains("t0ken"));
    }

    #[test]
    fn the_environment_wins_in_either_case() {
        for name in ["NPM_CONFIG_REGISTRY", "npm_config_registry"] {
            let config = config("registry=https://file.example/", &[(name, "http://127.0.0.1:4873")]);
            assert_eq!(config.registry.unwrap().as_str(), "http://127.0.0.1:4873/");
        }
    }

    #[test]
    fn nothing_configured_is_no_registry() {
        assert!(config("", &[]).registry.is_none());
        assert!(config("registry=file:///etc", &[]).registry.is_none());
    }
}
