//! Reading the configuration of an MCP client: which servers it names, and how each would be reached.
//!
//! Where each client keeps its servers, and what a launcher would start, is `hub-clients`' business.

use hub_clients::{Place, find_launched, find_placeholder, find_servers, program};
use hub_model::TransportChoice;
use hub_wire::api::{AuthConfig, FieldErrors};
use serde_json::{Map, Value, json};
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
    let places = find_servers(config);
    if places.is_empty() {
        let at = match ["mcpServers", "servers", "mcp_servers", "context_servers"]
            .iter()
            .find(|k| config[*k].is_object())
        {
            Some(key) => {
                errors.push(format!("/mcp_config/{key}"), "is empty; there is nothing to scan");
                return Vec::new();
            }
            None => "/mcp_config",
        };
        errors.push(
            at,
            "names no servers; expected an object `mcpServers` (or where another client keeps them) of name to entry",
        );
        return Vec::new();
    }
    if places.len() > max_entries {
        errors.push(
            format!("/mcp_config{}", within(&places[0])),
            format!("has {} entries; at most {max_entries} are taken at a time", places.len()),
        );
        return Vec::new();
    }
    places
        .iter()
        .filter_map(|place| {
            let at = format!("/mcp_config{}", place.at);
            let kind = read_entry(place.entry, &at, errors)?;
            // A name is shown in lists; what cannot be shown is replaced.
            let name = place
                .name
                .chars()
                .take(200)
                .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                .collect();
            Some(Entry { name, at, kind })
        })
        .collect()
}

/// The pointer of what holds an entry.
fn within<'p>(place: &'p Place<'_>) -> &'p str {
    place.at.rfind('/').map_or("", |end| &place.at[..end])
}

fn read_entry(entry: &Value, at: &str, errors: &mut FieldErrors) -> Option<EntryKind> {
    let Value::Object(entry) = entry else {
        errors.push(at, "is no object; expected one with `url` or `command`");
        return None;
    };
    let urls: Vec<(&str, &Value)> = ["url", "serverUrl", "httpUrl", "uri"]
        .into_iter()
        .filter_map(|k| member(entry, k).map(|v| (k, v)))
        .collect();
    match (urls.as_slice(), member(entry, "command").or_else(|| member(entry, "cmd"))) {
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
        ["headers", "http_headers"].iter().find_map(|k| member(entry, k)).or_else(|| {
            let options = ["requestInit", "requestOptions"].iter().find_map(|k| member(entry, k));
            options.and_then(|o| o.get("headers"))
        }),
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
                "auto" | "remote" => return TransportChoice::Auto,
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

fn read_command(entry: &Map<String, Value>, command: &Value, at: &str, errors: &mut FieldErrors) -> Option<EntryKind> {
    let command_at = format!("{at}/command");
    let mut words: Vec<String> = Vec::new();
    let nothing = json!([]);
    let args = match (command, entry.get("args")) {
        (Value::String(_), args) => {
            let command = text_without_placeholder(command, &command_at, errors)?;
            match args {
                // The whole command line in one string.
                None | Some(Value::Null) => words.extend(command.split_whitespace().map(str::to_owned)),
                Some(_) => words.push(command),
            }
            args.filter(|a| !a.is_null()).unwrap_or(&nothing)
        }
        // OpenCode: program and arguments in one list; Zed, once: `path` and `args`.
        (Value::Array(list), _) => {
            words.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
            &nothing
        }
        (Value::Object(inner), _) => {
            words.extend(inner.get("path").and_then(Value::as_str).map(str::to_owned));
            inner.get("args").unwrap_or(&nothing)
        }
        _ => {
            errors.push(command_at, "must be a string");
            return None;
        }
    };
    match args {
        Value::Array(args) => {
            for (n, arg) in args.iter().enumerate() {
                match arg {
                    Value::String(arg) => words.push(arg.clone()),
                    _ => errors.push(format!("{at}/args/{n}"), "must be a string"),
                }
            }
        }
        _ => errors.push(format!("{at}/args"), "must be an array of strings"),
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let shown: String = program(words.first().copied().unwrap_or_default())
        .chars()
        .take(60)
        .filter(|c| !c.is_control())
        .collect();
    let Some((_, launched)) = find_launched(&words) else {
        errors.push(
            command_at,
            format!("starts the local command `{shown}`, which has no endpoint and is never run here; submit its package or repository to /scan, or use `mcp-hub scan --stdio`"),
        );
        return None;
    };
    let Some(launched) = launched else {
        errors.push(format!("{at}/args"), format!("names no package that `{shown}` would start"));
        return None;
    };
    if let Some(placeholder) = find_placeholder(&launched.spec) {
        errors.push(
            format!("{at}/args"),
            format!("the package holds the unresolved placeholder `{placeholder}`; put the value in its place"),
        );
        return None;
    }
    if launched.spec.starts_with(['.', '/', '~', '\\']) || launched.spec.starts_with("file:") {
        errors.push(
            format!("{at}/args"),
            "starts a package from a local path, which is not reachable here; use `mcp-hub scan PATH`",
        );
        return None;
    }
    let Some(source) = launched.source else {
        errors.push(
            command_at,
            format!("starts a container or script with `{shown}`, whose source is not known here; submit its repository to /scan"),
        );
        return None;
    };
    Some(EntryKind::Package {
        source: source.source_url,
        version: source.version,
        base_path: source.base_path,
        command: shown,
    })
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
            json!({"context_servers": {"demo": entry}}),
            json!({"mcp_servers": {"demo": entry}}),
            json!({"extensions": {"demo": {"type": "streamable_http", "uri": "https://mcp.example.com/mcp"}}}),
            json!({"mcpServers": [{"name": "demo", "url": "https://mcp.example.com/mcp"}]}),
            json!({"mcp": {"demo": {"type": "remote", "url": "https://mcp.example.com/mcp"}}}),
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
