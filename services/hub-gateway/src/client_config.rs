//! Reading the configuration of an MCP client: which servers it names, and how each would be reached.
//!
//! Known dialects: Claude Desktop, Claude Code, Cursor (`mcpServers`, `url`, `command`), VS Code (`servers`, also below `mcp`),
//! Windsurf (`serverUrl`), Gemini (`httpUrl`). Facts: each product's documentation of its configuration file.

use hub_model::TransportChoice;
use hub_wire::api::{AuthConfig, FieldErrors};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One server of a configuration.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// JSON pointer of the entry.
    pub(crate) at: String,
    pub(crate) kind: EntryKind,
}

/// How it is reached.
#[derive(Clone, Debug)]
pub(crate) enum EntryKind {
    /// A live endpoint.
    Hosted {
        url: String,
        url_at: String,
        transport: TransportChoice,
        auth: Box<AuthConfig>,
    },
    /// A local command that only fetches and starts a package: the package is scanned instead.
    Package {
        source: String,
        /// Branch, tag or commit of a repository.
        version: Option<String>,
        base_path: Option<String>,
        command: String,
    },
}

/// The entries of `config`, in its order; everything that is wrong goes to `errors`.
pub(crate) fn read_client_config(config: &Value, max_entries: usize, errors: &mut FieldErrors) -> Vec<Entry> {
    let Some((servers, at)) = find_servers(config) else {
        errors.push(
            "/mcp_config",
            "names no servers; expected an object `mcpServers` (or `servers`) of name to entry",
        );
        return Vec::new();
    };
    if servers.is_empty() {
        errors.push(at, "is empty; there is nothing to scan");
    }
    if servers.len() > max_entries {
        errors.push(
            at,
            format!("has {} entries; at most {max_entries} are taken at a time", servers.len()),
        );
        return Vec::new();
    }
    servers
        .iter()
        .filter_map(|(name, entry)| {
            let at = format!("{at}/{}", FieldErrors::step(name));
            let kind = read_entry(entry, &at, errors)?;
            // A name is shown in lists; what cannot be shown is replaced.
            let name = name
                .chars()
                .take(200)
                .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                .collect();
            Some(Entry { name, at, kind })
        })
        .collect()
}

/// The object of name to entry, wherever this dialect keeps it.
fn find_servers(config: &Value) -> Option<(&Map<String, Value>, &'static str)> {
    for (pointer, at) in [
        ("/mcpServers", "/mcp_config/mcpServers"),
        ("/servers", "/mcp_config/servers"),
        ("/mcp/servers", "/mcp_config/mcp/servers"),
        ("/mcp/mcpServers", "/mcp_config/mcp/mcpServers"),
    ] {
        if let Some(Value::Object(servers)) = config.pointer(pointer) {
            return Some((servers, at));
        }
    }
    // The inner object alone.
    let Value::Object(servers) = config else { return None };
    let is_entry = |v: &Value| ["url", "serverUrl", "httpUrl", "command"].iter().any(|k| v.get(k).is_some());
    (!servers.is_empty() && servers.values().any(is_entry)).then_some((servers, "/mcp_config"))
}

fn read_entry(entry: &Value, at: &str, errors: &mut FieldErrors) -> Option<EntryKind> {
    let Value::Object(entry) = entry else {
        errors.push(at, "is no object; expected one with `url` or `command`");
        return None;
    };
    let urls: Vec<(&str, &Value)> = ["url", "serverUrl", "httpUrl"]
        .into_iter()
        .filter_map(|k| member(entry, k).map(|v| (k, v)))
        .collect();
    match (urls.as_slice(), member(entry, "command")) {
        ([], None) => {
            errors.push(at, "has neither `url` nor `command`; there is nothing to reach");
            None
        }
        ([], Some(command)) => read_command(entry, command, at, errors),
        ([_, ..], Some(_)) => {
            errors.push(at, "has both a URL and a `command`; keep the one that is meant");
            None
        }
        ([(key, url)], None) => read_endpoint(entry, key, url, at, errors),
        ([..], None) => {
            errors.push(at, "has more than one URL; keep the one that is meant");
            None
        }
    }
}

/// The member, unless it is null: clients write null for what is not set.
fn member<'a>(entry: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    entry.get(key).filter(|v| !v.is_null())
}

fn read_endpoint(entry: &Map<String, Value>, key: &str, url: &Value, at: &str, errors: &mut FieldErrors) -> Option<EntryKind> {
    let before = errors.0.len();
    let url_at = format!("{at}/{key}");
    let url = text_without_placeholder(url, &url_at, errors);
    let transport = read_transport(entry, key, at, errors);
    let auth = read_headers(
        member(entry, "headers").or_else(|| entry.get("requestInit").and_then(|r| r.get("headers"))),
        at,
        errors,
    );
    if errors.0.len() > before {
        return None;
    }
    Some(EntryKind::Hosted {
        url: url?,
        url_at,
        transport,
        auth: Box::new(auth),
    })
}

fn read_transport(entry: &Map<String, Value>, key: &str, at: &str, errors: &mut FieldErrors) -> TransportChoice {
    for field in ["type", "transport", "transportType"] {
        match entry.get(field) {
            None | Some(Value::Null) => {}
            Some(Value::String(word)) => match word.to_ascii_lowercase().replace(['-', '_', ' '], "").as_str() {
                "http" | "streamablehttp" => return TransportChoice::Http,
                "sse" => return TransportChoice::Sse,
                "auto" => return TransportChoice::Auto,
                _ => errors.push(
                    format!("{at}/{field}"),
                    "is not a transport of a URL; use http (streamable HTTP) or sse",
                ),
            },
            Some(_) => errors.push(format!("{at}/{field}"), "must be a string"),
        }
    }
    if key == "httpUrl" {
        TransportChoice::Http
    } else {
        TransportChoice::Auto
    }
}

/// Headers that clients write and the transport sets itself.
const SET_BY_TRANSPORT: [&str; 4] = ["accept", "content-type", "accept-encoding", "connection"];

fn read_headers(headers: Option<&Value>, at: &str, errors: &mut FieldErrors) -> AuthConfig {
    let typed = |auth_type: &str| AuthConfig {
        auth_type: Some(auth_type.to_owned()),
        ..AuthConfig::default()
    };
    let headers = match headers {
        None | Some(Value::Null) => return typed("none"),
        Some(Value::Object(headers)) => headers,
        Some(_) => {
            errors.push(format!("{at}/headers"), "must be an object of name to value");
            return typed("none");
        }
    };
    let mut kept = BTreeMap::new();
    for (name, value) in headers {
        if SET_BY_TRANSPORT.contains(&name.to_ascii_lowercase().as_str()) {
            continue;
        }
        if let Some(value) = text_without_placeholder(value, &format!("{at}/headers/{}", FieldErrors::step(name)), errors) {
            if name.eq_ignore_ascii_case("authorization") && value.trim().eq_ignore_ascii_case("bearer") {
                errors.push(
                    format!("{at}/headers/{}", FieldErrors::step(name)),
                    "holds no token after `Bearer`; put it there or leave the header out",
                );
                continue;
            }
            kept.insert(name.clone(), value);
        }
    }
    match kept.iter().next() {
        None => typed("none"),
        Some((name, value)) if kept.len() == 1 && name.eq_ignore_ascii_case("authorization") && is_bearer(value) => AuthConfig {
            bearer_token: Some(value["bearer ".len()..].trim().to_owned().into()),
            ..typed("bearer")
        },
        Some(_) => AuthConfig {
            headers: Some(kept.into_iter().map(|(n, v)| (n, v.into())).collect()),
            ..typed("custom_headers")
        },
    }
}

/// `Bearer` with something printable after it. Anything else stays a header, so that errors about it name the header.
fn is_bearer(value: &str) -> bool {
    value.get(.."bearer ".len()).is_some_and(|p| p.eq_ignore_ascii_case("bearer ")) && !value.chars().any(char::is_control)
}

/// A string in which nothing is left to fill in.
fn text_without_placeholder(value: &Value, at: &str, errors: &mut FieldErrors) -> Option<String> {
    let Value::String(text) = value else {
        errors.push(at, "must be a string");
        return None;
    };
    if let Some(placeholder) = find_placeholder(text) {
        errors.push(
            at,
            format!("holds the unresolved placeholder `{placeholder}`; put the value in its place"),
        );
        return None;
    }
    Some(text.clone())
}

/// `${…}` or `{{…}}`.
fn find_placeholder(text: &str) -> Option<String> {
    for (open, close) in [("${", "}"), ("{{", "}}")] {
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

/// Which registry a launcher takes its package from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Launcher {
    Npm,
    Pypi,
}

fn read_command(entry: &Map<String, Value>, command: &Value, at: &str, errors: &mut FieldErrors) -> Option<EntryKind> {
    let command_at = format!("{at}/command");
    let command = text_without_placeholder(command, &command_at, errors)?;
    let mut words: Vec<String> = Vec::new();
    match entry.get("args") {
        // The whole command line in one string.
        None | Some(Value::Null) => words.extend(command.split_whitespace().map(str::to_owned)),
        Some(Value::Array(args)) => {
            words.push(command.clone());
            for (n, arg) in args.iter().enumerate() {
                match arg {
                    Value::String(arg) => words.push(arg.clone()),
                    _ => errors.push(format!("{at}/args/{n}"), "must be a string"),
                }
            }
        }
        Some(_) => errors.push(format!("{at}/args"), "must be an array of strings"),
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let shown: String = program(words.first().copied().unwrap_or_default())
        .chars()
        .take(60)
        .filter(|c| !c.is_control())
        .collect();
    let Some((launcher, rest)) = find_launcher(&words) else {
        errors.push(
            command_at,
            format!("starts the local command `{shown}`, which has no endpoint and is never run here; submit its package or repository to /scan, or use `mcp-hub scan --stdio`"),
        );
        return None;
    };
    let Some(package) = find_package(launcher, rest) else {
        errors.push(format!("{at}/args"), format!("names no package that `{shown}` would start"));
        return None;
    };
    if let Some(placeholder) = find_placeholder(package) {
        errors.push(
            format!("{at}/args"),
            format!("the package holds the unresolved placeholder `{placeholder}`; put the value in its place"),
        );
        return None;
    }
    if package.starts_with(['.', '/', '~', '\\']) || package.starts_with("file:") {
        errors.push(
            format!("{at}/args"),
            "starts a package from a local path, which is not reachable here; use `mcp-hub scan PATH`",
        );
        return None;
    }
    let Wanted {
        source,
        version,
        base_path,
    } = wanted(launcher, package);
    Some(EntryKind::Package {
        source,
        version,
        base_path,
        command: shown,
    })
}

/// What a package specification asks for, in the words of `POST /scan`.
struct Wanted {
    source: String,
    version: Option<String>,
    base_path: Option<String>,
}

/// npm writes a repository's reference behind `#`; pip behind `@` in the path (PEP 508), with `subdirectory=` in the fragment.
fn wanted(launcher: Launcher, package: &str) -> Wanted {
    let repository = match package.strip_prefix("github:") {
        Some(path) => Some(format!("https://github.com/{path}")),
        None if package.contains("://") => Some(package.to_owned()),
        None => None,
    };
    let Some(url) = repository else {
        let prefix = if launcher == Launcher::Pypi { "pypi:" } else { "" };
        return Wanted {
            source: format!("{prefix}{package}"),
            version: None,
            base_path: None,
        };
    };
    let (mut source, fragment) = match url.split_once('#') {
        Some((source, fragment)) => (source.to_owned(), Some(fragment)),
        None => (url, None),
    };
    let (mut version, mut base_path) = (None, None);
    match launcher {
        Launcher::Npm => version = fragment,
        Launcher::Pypi => base_path = fragment.and_then(|f| f.split('&').find_map(|p| p.strip_prefix("subdirectory="))),
    }
    let (version, base_path) = (version.map(str::to_owned), base_path.map(str::to_owned));
    let path = source
        .find("://")
        .map(|at| at + 3)
        .and_then(|from| source[from..].find('/').map(|at| from + at));
    if launcher == Launcher::Pypi
        && let Some(at) = path.and_then(|path| source[path..].find('@').map(|at| path + at))
    {
        let reference = source.split_off(at)[1..].to_owned();
        return Wanted {
            source,
            version: Some(reference),
            base_path,
        };
    }
    Wanted {
        source,
        version,
        base_path,
    }
}

/// `C:\…\npx.cmd` is `npx`.
fn program(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let stem = name.len().saturating_sub(4);
    match name.get(stem..) {
        Some(end) if [".cmd", ".exe", ".bat"].contains(&end.to_ascii_lowercase().as_str()) => &name[..stem],
        _ => name,
    }
}

/// The launcher and what follows it, behind a shell's `cmd /c` too.
fn find_launcher<'a>(words: &'a [&'a str]) -> Option<(Launcher, &'a [&'a str])> {
    let (first, rest) = words.split_first()?;
    let second = rest.first().copied().unwrap_or_default();
    match (program(first).to_ascii_lowercase().as_str(), second) {
        ("cmd", "/c" | "/C") => find_launcher(rest.get(1..)?),
        ("npx" | "bunx" | "pnpx", _) => Some((Launcher::Npm, rest)),
        ("pnpm" | "yarn", "dlx") | ("bun", "x") | ("npm", "exec" | "x") => Some((Launcher::Npm, &rest[1..])),
        ("uvx", _) => Some((Launcher::Pypi, rest)),
        ("pipx", "run") => Some((Launcher::Pypi, &rest[1..])),
        ("uv", "tool") if rest.get(1) == Some(&"run") => Some((Launcher::Pypi, &rest[2..])),
        ("uv", "x") => Some((Launcher::Pypi, &rest[1..])),
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

/// The package that the launcher would start: the one named by an option, else the first word that is no option.
fn find_package<'a>(launcher: Launcher, words: &[&'a str]) -> Option<&'a str> {
    let (named, valued): (&[&str], &[&str]) = match launcher {
        Launcher::Npm => (&["--package", "-p"], &NPM_VALUED),
        Launcher::Pypi => (&["--from", "--spec"], &PYPI_VALUED),
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(config: Value) -> Result<Vec<Entry>, Vec<(String, String)>> {
        let mut errors = FieldErrors::default();
        let entries = read_client_config(&config, 100, &mut errors);
        if errors.is_empty() {
            Ok(entries)
        } else {
            Err(errors.0.into_iter().map(|e| (e.pointer, e.detail)).collect())
        }
    }

    fn one(entry: Value) -> Result<EntryKind, Vec<(String, String)>> {
        read(json!({"mcpServers": {"demo": entry}})).map(|mut e| e.remove(0).kind)
    }

    #[test]
    fn every_dialect_names_its_servers() {
        let entry = json!({"url": "https://mcp.example.com/mcp"});
        for config in [
            json!({"mcpServers": {"demo": entry}}),
            json!({"servers": {"demo": entry}, "inputs": []}),
            json!({"mcp": {"servers": {"demo": entry}}}),
            json!({"demo": entry}),
            json!({"mcpServers": {"demo": {"serverUrl": "https://mcp.example.com/mcp"}}}),
            json!({"mcpServers": {"demo": {"httpUrl": "https://mcp.example.com/mcp"}}}),
        ] {
            let entries = read(config.clone()).unwrap();
            assert_eq!(entries[0].name, "demo");
            assert!(
                matches!(&entries[0].kind, EntryKind::Hosted { url, .. } if url == "https://mcp.example.com/mcp"),
                "{config}"
            );
        }
        for config in [json!({}), json!([]), json!("x"), json!({"mcpServers": 1})] {
            assert_eq!(read(config.clone()).unwrap_err()[0].0, "/mcp_config", "{config}");
        }
    }

    #[test]
    fn every_spelling_of_a_transport_is_understood() {
        for (spelling, wanted) in [
            ("http", TransportChoice::Http),
            ("streamable-http", TransportChoice::Http),
            ("streamableHttp", TransportChoice::Http),
            ("streamable_http", TransportChoice::Http),
            ("sse", TransportChoice::Sse),
        ] {
            for key in ["type", "transport"] {
                let Ok(EntryKind::Hosted { transport, .. }) = one(json!({"url": "https://x.example/", key: spelling})) else {
                    panic!("{spelling}")
                };
                assert_eq!(transport, wanted, "{spelling}");
            }
        }
        assert_eq!(
            one(json!({"url": "https://x.example/", "type": "websocket"})).unwrap_err()[0].0,
            "/mcp_config/mcpServers/demo/type"
        );
    }

    #[test]
    fn headers_become_the_auth() {
        let auth = |headers| match one(json!({"url": "https://x.example/", "headers": headers})) {
            Ok(EntryKind::Hosted { auth, .. }) => auth.auth_type.clone().unwrap(),
            other => panic!("{other:?}"),
        };
        assert_eq!(auth(json!({"Authorization": "Bearer t0ken"})), "bearer");
        assert_eq!(auth(json!({"X-API-Key": "k"})), "custom_headers");
        assert_eq!(auth(json!({"Authorization": "Bearer t", "X-Org": "a"})), "custom_headers");
        assert_eq!(auth(json!({"Accept": "application/json"})), "none");
        assert_eq!(auth(json!(null)), "none");
    }

    #[test]
    fn launchers_become_source_scans_of_their_package() {
        for (command, args, wanted) in [
            (
                "npx",
                json!(["-y", "@modelcontextprotocol/server-filesystem", "/tmp"]),
                "@modelcontextprotocol/server-filesystem",
            ),
            ("npx", json!(["--package=@a/b@1.2.3", "b"]), "@a/b@1.2.3"),
            ("npx", json!(["-p", "@a/b", "b"]), "@a/b"),
            ("C:\\Program Files\\nodejs\\npx.cmd", json!(["-y", "pkg"]), "pkg"),
            ("cmd", json!(["/c", "npx", "-y", "pkg@latest"]), "pkg@latest"),
            ("bunx", json!(["pkg"]), "pkg"),
            ("pnpm", json!(["dlx", "pkg"]), "pkg"),
            ("npm", json!(["exec", "--yes", "--", "pkg"]), "pkg"),
            ("uvx", json!(["mcp-server-git", "--repository", "x"]), "pypi:mcp-server-git"),
            ("uvx", json!(["--from", "mcp-thing==1.0", "thing"]), "pypi:mcp-thing==1.0"),
            ("uvx", json!(["--python", "3.12", "mcp-thing"]), "pypi:mcp-thing"),
            (
                "uvx",
                json!(["--from", "git+https://github.com/o/r", "thing"]),
                "git+https://github.com/o/r",
            ),
            ("uv", json!(["tool", "run", "x"]), "pypi:x"),
            ("pipx", json!(["run", "x"]), "pypi:x"),
            ("npx", json!(["github:owner/repo"]), "https://github.com/owner/repo"),
            ("npx -y pkg", json!(null), "pkg"),
        ] {
            match one(json!({"command": command, "args": args, "env": {"TOKEN": "${TOKEN}"}})) {
                Ok(EntryKind::Package { source, .. }) => assert_eq!(source, wanted),
                other => panic!("{command} {args}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_repository_keeps_its_reference_as_the_version() {
        for (command, package, wanted) in [
            ("npx", "github:o/r#v2", ("https://github.com/o/r", Some("v2"), None)),
            (
                "npx",
                "git+https://github.com/o/r.git#v2",
                ("git+https://github.com/o/r.git", Some("v2"), None),
            ),
            ("npx", "github:o/r", ("https://github.com/o/r", None, None)),
            (
                "uvx",
                "git+https://github.com/o/r@v1",
                ("git+https://github.com/o/r", Some("v1"), None),
            ),
            (
                "uvx",
                "git+ssh://git@github.com/o/r.git@feature/x#subdirectory=a/b",
                ("git+ssh://git@github.com/o/r.git", Some("feature/x"), Some("a/b")),
            ),
            ("uvx", "git+ssh://git@github.com/o/r", ("git+ssh://git@github.com/o/r", None, None)),
        ] {
            match one(
                json!({"command": command, "args": if command == "npx" { json!([package]) } else { json!(["--from", package, "x"]) }}),
            ) {
                Ok(EntryKind::Package {
                    source,
                    version,
                    base_path,
                    ..
                }) => assert_eq!((source.as_str(), version.as_deref(), base_path.as_deref()), wanted, "{package}"),
                other => panic!("{package}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_null_member_counts_as_absent() {
        assert!(matches!(
            one(json!({"url": "https://x.example/", "command": null, "serverUrl": null})),
            Ok(EntryKind::Hosted { .. })
        ));
        assert!(matches!(
            one(json!({"url": null, "command": "npx", "args": ["pkg"]})),
            Ok(EntryKind::Package { .. })
        ));
    }

    #[test]
    fn what_cannot_be_scanned_says_why_and_where() {
        for (entry, pointer, word) in [
            (json!({"command": "node", "args": ["server.js"]}), "/command", "--stdio"),
            (json!({"command": "/usr/bin/python3", "args": ["-m", "x"]}), "/command", "python3"),
            (json!({"command": "npx", "args": ["-y"]}), "/args", "no package"),
            (json!({"command": "npx", "args": ["./server"]}), "/args", "local path"),
            (json!({"command": "npx", "args": ["${input:pkg}"]}), "/args", "${input:pkg}"),
            (json!({"url": "https://x.example/${PATH}"}), "/url", "${PATH}"),
            (
                json!({"url": "https://x.example/", "headers": {"Authorization": "Bearer ${input:token}"}}),
                "/headers/Authorization",
                "${input:token}",
            ),
            (json!({"url": "https://x.example/", "headers": {"X": 1}}), "/headers/X", "string"),
            (
                json!({"url": "https://x.example/", "headers": {"Authorization": "Bearer "}}),
                "/headers/Authorization",
                "no token",
            ),
            (json!({"url": "https://x.example/", "command": "npx"}), "", "both"),
            (json!({"url": 5}), "/url", "string"),
            (json!({}), "", "neither"),
            (json!(null), "", "no object"),
        ] {
            let errors = one(entry.clone()).unwrap_err();
            assert_eq!(errors[0].0, format!("/mcp_config/mcpServers/demo{pointer}"), "{entry}");
            assert!(errors[0].1.contains(word), "{entry}: {}", errors[0].1);
        }
    }

    #[test]
    fn a_placeholder_that_does_not_close_is_a_value() {
        for value in ["pa${ss", "{{word", "$}{", "}}{{"] {
            assert_eq!(find_placeholder(value), None, "{value}");
        }
        assert_eq!(find_placeholder("a {{b ${c}").as_deref(), Some("${c}"));
    }

    #[test]
    fn every_bad_entry_is_named() {
        let errors = read(json!({"mcpServers": {"a": {"command": "node"}, "good": {"url": "https://x.example/"}, "b/c": {}}})).unwrap_err();
        assert_eq!(
            errors.iter().map(|e| e.0.as_str()).collect::<Vec<_>>(),
            ["/mcp_config/mcpServers/a/command", "/mcp_config/mcpServers/b~1c"]
        );
    }
}
