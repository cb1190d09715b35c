//! Every client's sample is read, and nothing secret is left in what rules see.

use hub_clients::{ClientLimits, Clients, DIALECTS, FoundSecret, Reach, SecretFormats};
use hub_model::{LaunchedFrom, TransportChoice};

fn read(file: &str, text: &str) -> Clients {
    match Clients::read(file, text, &ClientLimits::default()) {
        Ok(clients) => clients,
        Err(e) => panic!("{e}"),
    }
}

fn masked(clients: &Clients) -> hub_model::ClientConfig {
    clients.masked(&SecretFormats {
        find: &|_| Vec::<FoundSecret>::new(),
        redact: &str::to_owned,
    })
}

#[test]
fn the_sample_of_every_client_names_its_servers() {
    for dialect in DIALECTS {
        let (file, text) = dialect.sample;
        let clients = read(file, text);
        assert_eq!(clients.client, dialect.client, "{file}");
        assert!(!clients.entries.is_empty(), "{file}");
        for entry in &clients.entries {
            let builtin = dialect.client == "Goose" && entry.name == "developer";
            assert_eq!(matches!(entry.reach, Reach::Nothing), builtin, "{file}: {}", entry.name);
            assert!(entry.line > 0, "{file}: {} has no line", entry.name);
            let line = text.lines().nth(entry.line as usize - 1).unwrap_or_default();
            assert!(line.contains(&entry.name), "{file}: {} is said to be on `{line}`", entry.name);
        }
        // A sample is how it should be done: nothing secret, everything pinned.
        let config = masked(&clients);
        for entry in &config.entries {
            assert!(entry.secrets.is_empty(), "{file}: {:?}", entry.secrets);
            assert!(
                entry.package.as_ref().is_none_or(hub_model::LaunchedPackage::is_pinned),
                "{file}: {:?}",
                entry.package
            );
        }
    }
}

#[test]
fn the_members_of_each_dialect_mean_the_same() {
    let sample = |client: &str| {
        let dialect = DIALECTS.iter().find(|d| d.client == client).unwrap_or_else(|| panic!("{client}"));
        read(dialect.sample.0, dialect.sample.1)
    };
    let package = |client: &str, name: &str| {
        let clients = sample(client);
        let config = masked(&clients);
        let entry = config
            .entries
            .iter()
            .find(|e| e.name == name)
            .unwrap_or_else(|| panic!("{client} {name}"));
        entry.package.clone().map(|p| (p.from, p.name))
    };
    assert_eq!(package("Zed", "older"), Some((LaunchedFrom::Pypi, "mcp-server-fetch".to_owned())));
    assert_eq!(
        package("OpenCode", "everything"),
        Some((LaunchedFrom::Npm, "@modelcontextprotocol/server-everything".to_owned()))
    );
    assert_eq!(
        package("Goose", "github"),
        Some((LaunchedFrom::Npm, "@modelcontextprotocol/server-github".to_owned()))
    );
    assert_eq!(
        package("Codex", "context"),
        Some((LaunchedFrom::Npm, "@upstash/context7-mcp".to_owned()))
    );
    for (client, transport) in [
        ("VS Code", TransportChoice::Http),
        ("Windsurf", TransportChoice::Auto),
        ("Cline", TransportChoice::Http),
        ("Gemini CLI", TransportChoice::Http),
        ("Goose", TransportChoice::Http),
        ("Codex", TransportChoice::Auto),
        ("Continue", TransportChoice::Http),
    ] {
        let clients = sample(client);
        let docs = clients
            .entries
            .iter()
            .find(|e| e.name == "docs")
            .unwrap_or_else(|| panic!("{client}"));
        assert!(
            matches!(&docs.reach, Reach::Endpoint { url, transport: t } if url == "https://mcp.example.com/mcp" && *t == transport),
            "{client}"
        );
    }
    assert!(sample("Goose").entries.iter().any(|e| e.name == "docs" && e.disabled));
    assert!(
        sample("Cline")
            .entries
            .iter()
            .any(|e| e.name == "docs" && e.unasked == ["search_docs"])
    );
    assert!(
        sample("Codex")
            .entries
            .iter()
            .any(|e| e.name == "docs" && e.headers == [("X-Region".to_owned(), "eu".to_owned())])
    );
    assert!(
        sample("Continue")
            .entries
            .iter()
            .any(|e| e.name == "docs" && e.headers == [("X-Team".to_owned(), "docs".to_owned())])
    );
}

#[test]
fn nothing_secret_is_left_in_what_rules_see() {
    let secret = "Zq7kX2mVb81LpTw9"; // no known format: hidden by where it stands
    let text = format!(
        r#"{{"mcpServers": {{
            "a": {{"command": "x", "args": ["--api-key", "{secret}", "--token={secret}", "-e", "MY_SECRET={secret}"], "env": {{"API_TOKEN": "{secret}"}}}},
            "b": {{"url": "https://user:{secret}@h.example/mcp?api_key={secret}", "headers": {{"Authorization": "Bearer {secret}", "Cookie": "{secret}"}}}},
            "c": {{"url": "https://h.example/mcp", "oauth": {{"clientSecret": "{secret}"}}, "apiKey": "{secret}"}}
        }}}}"#
    );
    let config = masked(&read("x.json", &text));
    let shown = format!("{config:?}");
    assert!(!shown.contains(secret) && !shown.contains(&secret[..5]), "{shown}");
    let places: Vec<(&str, Vec<&str>)> = config
        .entries
        .iter()
        .map(|e| (e.name.as_str(), e.secrets.iter().map(|s| s.place.as_str()).collect()))
        .collect();
    assert_eq!(
        places,
        [
            ("a", vec!["args[1]", "args[2]", "args[4]", "env.API_TOKEN"]),
            ("b", vec!["url", "url", "headers.Authorization", "headers.Cookie"]),
            ("c", vec!["oauth.clientSecret", "apiKey"]),
        ]
    );
}

#[test]
fn a_file_that_is_no_configuration_says_so() {
    for (file, text) in [
        ("a.json", "{}"),
        ("a.json", "[1, 2"),
        ("a.toml", "x = 1"),
        ("a.yaml", "x: 1"),
        ("package.json", r#"{"name": "x", "servers": [1], "extensions": {"a": 1}}"#),
    ] {
        assert!(Clients::read(file, text, &ClientLimits::default()).is_err(), "{file} {text}");
    }
    let many = ClientLimits {
        max_config_entries: 1,
        ..ClientLimits::default()
    };
    let error = Clients::read("a.json", r#"{"mcpServers": {"a": {"url": "x"}, "b": {"url": "y"}}}"#, &many);
    assert!(error.is_err_and(|e| e.to_string().contains("HUB_MAX_CLIENT_CONFIG_ENTRIES")));
}
