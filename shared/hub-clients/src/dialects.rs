//! The clients, as data: where each keeps its servers. Facts: each product's documentation of its configuration file.

use serde_json::Value;

/// One client's way to write its configuration.
#[derive(Debug)]
pub struct Dialect {
    pub client: &'static str,
    /// Ends of the usual file names.
    pub files: &'static [&'static str],
    /// JSON pointers of the objects (name → entry) or lists (entries with a `name`); `*` stands for any member.
    pub places: &'static [&'static str],
    /// A file of this dialect, with the name it has there.
    pub sample: (&'static str, &'static str),
}

macro_rules! sample {
    ($name:literal, $file:literal) => {
        ($name, include_str!(concat!("../samples/", $file)))
    };
}

/// Every dialect. Members (`command`, `cmd`, `url`, `serverUrl`, …) are read the same everywhere: see [`crate::Entry`].
pub const DIALECTS: &[Dialect] = &[
    Dialect {
        client: "Claude Desktop",
        files: &["claude_desktop_config.json"],
        places: &["/mcpServers"],
        sample: sample!("claude_desktop_config.json", "claude-desktop.json"),
    },
    Dialect {
        client: "Claude Code",
        files: &[".mcp.json", ".claude.json"],
        places: &["/mcpServers", "/projects/*/mcpServers"],
        sample: sample!(".claude.json", "claude-code.json"),
    },
    Dialect {
        client: "Cursor",
        files: &[".cursor/mcp.json"],
        places: &["/mcpServers"],
        sample: sample!(".cursor/mcp.json", "cursor.json"),
    },
    Dialect {
        client: "VS Code",
        files: &[
            ".vscode/mcp.json",
            ".vscode/settings.json",
            "Code/User/mcp.json",
            "Code/User/settings.json",
        ],
        places: &["/servers", "/mcp/servers", "/mcp/mcpServers"],
        sample: sample!(".vscode/mcp.json", "vscode.json"),
    },
    Dialect {
        client: "Windsurf",
        files: &["mcp_config.json"],
        places: &["/mcpServers"],
        sample: sample!("windsurf/mcp_config.json", "windsurf.json"),
    },
    Dialect {
        client: "Cline",
        files: &["cline_mcp_settings.json"],
        places: &["/mcpServers"],
        sample: sample!("cline_mcp_settings.json", "cline.json"),
    },
    Dialect {
        client: "Gemini CLI",
        files: &[".gemini/settings.json"],
        places: &["/mcpServers"],
        sample: sample!(".gemini/settings.json", "gemini.json"),
    },
    Dialect {
        client: "Zed",
        files: &["zed/settings.json", ".zed/settings.json"],
        places: &["/context_servers"],
        sample: sample!("zed/settings.json", "zed.json"),
    },
    Dialect {
        client: "Goose",
        files: &["goose/config.yaml"],
        places: &["/extensions"],
        sample: sample!("goose/config.yaml", "goose.yaml"),
    },
    Dialect {
        client: "Codex",
        files: &[".codex/config.toml"],
        places: &["/mcp_servers"],
        sample: sample!(".codex/config.toml", "codex.toml"),
    },
    Dialect {
        client: "Continue",
        files: &[".continue/config.yaml", ".continue/config.json"],
        places: &["/mcpServers", "/experimental/modelContextProtocolServers"],
        sample: sample!(".continue/config.yaml", "continue.yaml"),
    },
    Dialect {
        client: "OpenCode",
        files: &["opencode.json", "opencode.jsonc"],
        places: &["/mcp"],
        sample: sample!("opencode.json", "opencode.json"),
    },
];

/// Where an entry stands.
#[derive(Debug)]
pub struct Place<'v> {
    pub name: String,
    /// JSON pointer of the entry.
    pub at: String,
    /// JSON pointer of what holds it, `*` for a member that may be any.
    pub within: &'static str,
    pub entry: &'v Value,
}

/// The entries of a configuration in any dialect, in its order. Also takes the inner object alone.
#[must_use]
pub fn find_servers(config: &Value) -> Vec<Place<'_>> {
    let mut found = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for place in DIALECTS.iter().flat_map(|d| d.places).copied() {
        if !seen.contains(&place) {
            seen.push(place);
            at(config, place, "", place, &mut found);
        }
    }
    if found.is_empty()
        && let Value::Object(servers) = config
        && servers.values().any(is_entry)
    {
        collect(config, "", "", &mut found);
    }
    found
}

fn at<'v>(value: &'v Value, rest: &'static str, pointer: &str, place: &'static str, found: &mut Vec<Place<'v>>) {
    let Some(rest) = rest.strip_prefix('/') else {
        // `/mcp` and `/extensions` are common names of other things.
        if place != "/mcp" && place != "/extensions" && place != "/servers" || members(value).any(|(_, v)| is_entry(v)) {
            collect(value, pointer, place, found);
        }
        return;
    };
    let (step, rest) = match rest.find('/') {
        Some(end) => (&rest[..end], &rest[end..]),
        None => (rest, ""),
    };
    if step == "*" {
        for (name, member) in members(value) {
            at(member, rest, &format!("{pointer}/{}", escape(name)), place, found);
        }
    } else if let Some(member) = value.get(step) {
        at(member, rest, &format!("{pointer}/{step}"), place, found);
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(k, v)| (k.as_str(), v))
}

fn collect<'v>(container: &'v Value, pointer: &str, within: &'static str, found: &mut Vec<Place<'v>>) {
    match container {
        Value::Object(map) => found.extend(map.iter().map(|(name, entry)| Place {
            name: name.clone(),
            at: format!("{pointer}/{}", escape(name)),
            within,
            entry,
        })),
        Value::Array(list) => found.extend(list.iter().enumerate().map(|(n, entry)| {
            Place {
                name: entry
                    .get("name")
                    .and_then(Value::as_str)
                    .map_or_else(|| format!("#{}", n + 1), str::to_owned),
                at: format!("{pointer}/{n}"),
                within,
                entry,
            }
        })),
        _ => {}
    }
}

/// Members that only a server's entry has.
const OF_AN_ENTRY: [&str; 7] = ["url", "serverUrl", "httpUrl", "uri", "command", "cmd", "transport"];

fn is_entry(value: &Value) -> bool {
    OF_AN_ENTRY.iter().any(|k| value.get(k).is_some_and(|v| !v.is_null()))
}

/// RFC 6901.
pub(crate) fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

/// The client by the file's name, else those that keep servers there.
pub(crate) fn client_of(file: &str, places: &[Place<'_>]) -> &'static str {
    let file = file.replace('\\', "/").to_ascii_lowercase();
    if let Some(dialect) = DIALECTS
        .iter()
        .find(|d| d.files.iter().any(|f| file.ends_with(&f.to_ascii_lowercase())))
    {
        return dialect.client;
    }
    match places.first().map(|p| p.within) {
        Some("/mcpServers") | None | Some("") => "an MCP client",
        Some(within) => DIALECTS
            .iter()
            .find(|d| d.places.contains(&within))
            .map_or("an MCP client", |d| d.client),
    }
}
