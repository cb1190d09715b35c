//! What a person wrote becomes what is scanned.

use crate::args::{TargetArgs, TransportArg};
use crate::run::Failure;
use hub_model::{CodeHosts, HostedTarget, SourceTarget, TargetError, TransportChoice};
use hub_secrets::{Credentials, ExposeSecret as _, Headers, KeyPlace, OwnAuthority, SecretString};
use hub_wire::api::{AuthConfig, FieldErrors};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use url::Url;

/// Largest saved listing, in bytes.
const MAX_LISTING_BYTES: u64 = 256 << 20;

/// Something to scan.
pub(crate) enum Input {
    Source(SourceTarget),
    Local(PathBuf),
    Hosted(HostedTarget, Credentials),
    Stdio { command: Vec<String>, env: Vec<(String, String)> },
    Listing { text: Vec<u8>, name: String },
}

impl Input {
    /// Reads the arguments. `hosts` are the code hosts that a URL may name; any other http(s) URL is an endpoint.
    pub(crate) fn read(args: &TargetArgs, hosts: &CodeHosts) -> Result<Self, Failure> {
        let input = Self::named(args, hosts)?;
        let Some(repository) = &args.repository else { return Ok(input) };
        if !matches!(input, Self::Source(_) | Self::Local(_)) {
            return Err(Failure::usage(
                "--repository: only a package or its archive is held against a repository",
            ));
        }
        if is_path(repository) && !std::path::Path::new(repository).is_dir() {
            return Err(Failure::usage(format!("--repository: there is no folder `{repository}`")));
        }
        Ok(input)
    }

    fn named(args: &TargetArgs, hosts: &CodeHosts) -> Result<Self, Failure> {
        if let Some(command) = &args.stdio {
            let command = shlex::split(command).filter(|c| !c.is_empty());
            let command = command.ok_or_else(|| Failure::usage("--stdio: the command is empty or has an unclosed quote"))?;
            return Ok(Self::Stdio {
                command,
                env: environment(&args.env)?,
            });
        }
        if let Some(file) = &args.tools {
            let name = file.display().to_string();
            return Ok(Self::Listing {
                text: listing(file)?,
                name,
            });
        }
        let target = args.target.as_deref().unwrap_or_default().trim();
        if args.hosted {
            return hosted(target, args);
        }
        if is_path(target) {
            return Ok(Self::Local(PathBuf::from(target)));
        }
        match SourceTarget::parse(target, args.version_or_commit.as_deref(), args.base_path.as_deref(), hosts) {
            Ok(source) => Ok(Self::Source(source)),
            // Nobody serves MCP under a name that ends in `.git`: this is a repository that was not meant to be talked to.
            Err(e @ TargetError::Host { .. }) if names_a_repository(target) => Err(Failure::usage(e.to_string())),
            // A URL that is neither on a code host nor a registry page is a server to talk to.
            Err(TargetError::Host { .. }) if target.starts_with("http://") || target.starts_with("https://") => hosted(target, args),
            Err(e) => Err(Failure::usage(format!("{e}{}", or_folder(target)))),
        }
    }

    /// What to call it in the report: of an endpoint without its query and user, where secrets travel.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Source(target) => target.canonical_url(),
            Self::Local(path) => path.display().to_string(),
            Self::Hosted(target, _) => without_secrets(&target.endpoint_url),
            Self::Stdio { command, .. } => command.join(" "),
            Self::Listing { name, .. } => name.clone(),
        }
    }
}

/// A path by its form, or because it is there: `./x`, `/x`, `~`-expanded by the shell, or an existing file or folder whose
/// name cannot be an npm package on its own (it has a slash or an archive's ending) or that is a folder: a package of the same name
/// is asked for with its registry, `npm:NAME`.
fn is_path(target: &str) -> bool {
    if target.starts_with("./") || target.starts_with("../") || target.starts_with('/') || target == "." || target == ".." {
        return true;
    }
    let path = std::path::Path::new(target);
    let archive = [".tgz", ".tar.gz", ".whl", ".zip", ".js", ".ts", ".mjs", ".cjs", ".py"]
        .iter()
        .any(|e| target.ends_with(e));
    path.exists() && (archive || target.contains('/') && !target.starts_with('@') || path.is_dir() && !target.starts_with('@'))
}

/// What to say where a bare word was taken for the name of a package: it may have been meant for a folder.
pub(crate) fn or_folder(target: &str) -> String {
    let bare = !target.is_empty() && !target.contains(['/', ':', '@', ' ']);
    if bare {
        format!("; for a folder or file of that name write `./{target}`")
    } else {
        String::new()
    }
}

fn names_a_repository(target: &str) -> bool {
    Url::parse(target).is_ok_and(|url| url.path().trim_end_matches('/').ends_with(".git"))
}

fn without_secrets(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // These fail only for URLs that cannot carry a user, which then have none to remove.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

fn hosted(target: &str, args: &TargetArgs) -> Result<Input, Failure> {
    let endpoint_url = Url::parse(target).map_err(|e| Failure::usage(format!("`{target}` is not an endpoint URL: {e}")))?;
    if !matches!(endpoint_url.scheme(), "http" | "https") {
        return Err(Failure::usage(format!("`{target}`: an endpoint is reached over http or https")));
    }
    let target = HostedTarget {
        endpoint_url,
        server_name: None,
        expected_tools: args.expected_tools.clone(),
        transport: match args.transport {
            TransportArg::Auto => TransportChoice::Auto,
            TransportArg::Http => TransportChoice::Http,
            TransportArg::Sse => TransportChoice::Sse,
        },
    };
    Ok(Input::Hosted(target, credentials(args)?))
}

/// Secrets come from the environment or are at least not echoed.
fn credentials(args: &TargetArgs) -> Result<Credentials, Failure> {
    let given = [
        args.bearer_token_env.is_some(),
        args.api_key_env.is_some(),
        !args.header.is_empty(),
        args.auth_config.is_some(),
        args.auth_config_env.is_some(),
    ];
    if given.into_iter().filter(|is| *is).count() > 1 {
        return Err(Failure::usage(
            "give one of --bearer-token-env, --api-key-env, --header, --auth-config, --auth-config-env; several headers may be repeated --header",
        ));
    }
    let credentials = plain_credentials(args)?;
    let Some(file) = &args.ca_cert else { return Ok(credentials) };
    if credentials.ca_cert().is_some() || matches!(credentials, Credentials::Mtls(_)) {
        return Err(Failure::usage(
            "--ca-cert: give the authority as `ca_cert` inside the auth_config (it is there already, or the auth_type is mtls), and leave --ca-cert out",
        ));
    }
    let ca_cert = std::fs::read_to_string(file).map_err(|e| Failure::input(file, &e))?;
    Ok(Credentials::OwnAuthority(Box::new(OwnAuthority {
        ca_cert,
        with: credentials,
    })))
}

fn plain_credentials(args: &TargetArgs) -> Result<Credentials, Failure> {
    if let Some(file) = &args.auth_config {
        let text = std::fs::read_to_string(file).map_err(|e| Failure::input(file, &e))?;
        return auth_config(&text, &file.display().to_string());
    }
    if let Some(variable) = &args.auth_config_env {
        return auth_config(secret(variable)?.expose_secret(), variable);
    }
    if let Some(variable) = &args.bearer_token_env {
        return Ok(Credentials::Bearer {
            bearer_token: secret(variable)?,
        });
    }
    if let Some(variable) = &args.api_key_env {
        return Ok(Credentials::ApiKey {
            place: KeyPlace::Header(args.api_key_header.clone()),
            api_key: secret(variable)?,
        });
    }
    let mut headers = BTreeMap::new();
    for header in &args.header {
        let Some((name, value)) = header.split_once(':') else {
            return Err(Failure::usage("--header: write `Name: value`"));
        };
        let value = with_variables(value.trim(), &|variable| std::env::var(variable).ok())?;
        headers.insert(name.trim().to_owned(), SecretString::from(value));
    }
    Ok(if headers.is_empty() {
        Credentials::None
    } else {
        Credentials::CustomHeaders { headers: Headers(headers) }
    })
}

/// The API's `auth_config`, from where it was read. The messages name fields, never values.
fn auth_config(text: &str, whence: &str) -> Result<Credentials, Failure> {
    let config: AuthConfig = serde_json::from_str(text).map_err(|e| {
        Failure::usage(format!(
            "{whence} is no auth_config in JSON (line {}, column {})",
            e.line(),
            e.column()
        ))
    })?;
    let mut errors = FieldErrors::default();
    config.into_credentials("", &mut errors).ok_or_else(|| {
        let wrong: Vec<String> = errors
            .0
            .iter()
            .map(|e| format!("{} {}", e.pointer.trim_start_matches('/'), e.detail))
            .collect();
        Failure::usage(format!("{whence}: {}", wrong.join("; ")))
    })
}

fn secret(variable: &str) -> Result<SecretString, Failure> {
    match std::env::var(variable) {
        Ok(value) if !value.is_empty() => Ok(SecretString::from(value)),
        _ => Err(not_set(variable)),
    }
}

fn not_set(variable: &str) -> Failure {
    Failure::usage(format!("the environment variable {variable} is not set"))
}

/// `value` with each space-separated word `$NAME` (ASCII letters, digits, `_`) replaced by that variable of the environment.
fn with_variables(value: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, Failure> {
    let words = value.split(' ').map(|word| match word.strip_prefix('$') {
        Some(name) if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
            lookup(name).filter(|v| !v.is_empty()).ok_or_else(|| not_set(name))
        }
        _ => Ok(word.to_owned()),
    });
    Ok(words.collect::<Result<Vec<_>, _>>()?.join(" "))
}

fn environment(pairs: &[String]) -> Result<Vec<(String, String)>, Failure> {
    pairs
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => std::env::var(pair)
                .map(|value| (pair.clone(), value))
                .map_err(|_| Failure::usage(format!("--env {pair}: the environment variable {pair} is not set"))),
        })
        .collect()
}

fn listing(file: &std::path::Path) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().take(MAX_LISTING_BYTES).read_to_end(&mut text)
    } else {
        std::fs::File::open(file).and_then(|f| f.take(MAX_LISTING_BYTES).read_to_end(&mut text))
    };
    read.map_err(|e| Failure::input(file, &e))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn read(arguments: &[&str]) -> Result<Input, Failure> {
        let all = ["mcp-hub", "scan"].iter().chain(arguments);
        let Command::Scan(scan) = Cli::try_parse_from(all).unwrap().command else {
            panic!("scan was asked for")
        };
        Input::read(&scan.what, &CodeHosts::default())
    }

    #[test]
    fn an_endpoint_is_shown_without_what_may_be_secret() {
        let input = read(&["https://user:pw@mcp.example.com/project/abc/mcp?key=s3cr3t#x", "--hosted"]).unwrap();
        assert_eq!(input.name(), "https://mcp.example.com/project/abc/mcp");
    }

    #[test]
    fn a_bare_word_that_is_no_package_may_be_meant_for_a_folder() {
        let why = read(&["my+server"]).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(why.contains("write `./my+server`"), "{why}");
        assert_eq!(or_folder("@scope/name"), "");
    }

    #[test]
    fn a_bare_word_that_is_a_folder_here_is_the_folder() {
        // The tests run in the folder of their crate.
        assert!(is_path("src"));
        assert!(!is_path("surely-no-folder-here"));
        assert!(!is_path("npm:src"));
    }

    #[test]
    fn options_may_stand_beside_a_target_but_not_two_targets() {
        for arguments in [
            &["pkg", "--version-or-commit", "1.2.3", "--base-path", "src"][..],
            &[
                "https://mcp.example.com/mcp",
                "--header",
                "X-A: 1",
                "--header",
                "X-B: 2",
                "--transport",
                "sse",
            ],
            &["--stdio", "server", "--env", "A=1", "--expected-tools", "a,b"],
        ] {
            if let Err(why) = read(arguments) {
                panic!("{arguments:?}: {why}");
            }
        }
        for arguments in [&["mcp-hub", "scan"][..], &["mcp-hub", "scan", "pkg", "--tools", "x.json"]] {
            assert!(Cli::try_parse_from(arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn a_url_on_an_unlisted_host_is_an_endpoint_unless_it_ends_like_a_repository() {
        assert!(matches!(read(&["https://mcp.example.com/project/abc/mcp"]), Ok(Input::Hosted(..))));
        for url in ["https://git.example.com/o/r.git", "https://git.example.com/o/r.git/"] {
            match read(&[url]) {
                Err(Failure::Usage(why)) => assert!(why.contains("HUB_CODE_HOSTS"), "{why}"),
                other => panic!("{url}: {:?}", other.map(|i| i.name())),
            }
        }
    }

    #[test]
    fn variables_of_a_header_are_replaced_wherever_they_stand() {
        let lookup = |name: &str| (name == "TOKEN_1").then(|| "t0k".to_owned());
        assert_eq!(with_variables("Bearer $TOKEN_1", &lookup).unwrap(), "Bearer t0k");
        assert_eq!(with_variables("$TOKEN_1", &lookup).unwrap(), "t0k");
        assert_eq!(with_variables("a$TOKEN_1 $ $a-b", &lookup).unwrap(), "a$TOKEN_1 $ $a-b");
        assert!(matches!(with_variables("Bearer $MISSING", &lookup), Err(Failure::Usage(why)) if why.contains("MISSING")));
    }
}
