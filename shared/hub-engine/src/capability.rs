//! What a tool can do by design: facts with their evidence, never findings.
//!
//! Read from the words of its name, its parameters and the first sentence of its description; code adds more where there is source.

use hub_model::{Capability, Tool};
use std::collections::BTreeSet;

/// One inference: any of `verbs` in name or lead, with any of `things` in name, lead or parameters (an empty list asks nothing).
struct Row {
    kind: &'static str,
    verbs: &'static [&'static str],
    things: &'static [&'static str],
    parameters: &'static [&'static str],
}

const READ: &[&str] = &[
    "read",
    "get",
    "list",
    "search",
    "find",
    "fetch",
    "open",
    "view",
    "show",
    "retrieve",
    "download",
    "query",
    "export",
    "cat",
    "summarize",
];
const WRITE: &[&str] = &[
    "write", "create", "edit", "update", "append", "save", "move", "rename", "copy", "patch", "upload", "put", "set", "modify", "insert",
    "add",
];
const DESTROY: &[&str] = &[
    "delete",
    "remove",
    "drop",
    "purge",
    "destroy",
    "wipe",
    "truncate",
    "kill",
    "terminate",
    "revoke",
    "uninstall",
    "erase",
    "reset",
];
const FILES: &[&str] = &["file", "files", "directory", "folder", "filesystem", "path", "paths"];

const ROWS: &[Row] = &[
    Row {
        kind: "runs_commands",
        verbs: &["run", "execute", "exec", "shell", "bash", "terminal", "powershell", "eval", "start"],
        things: &[],
        parameters: &["command", "cmd", "shell", "commands", "args"],
    },
    Row {
        kind: "runs_code",
        verbs: &["run", "execute", "exec", "eval", "evaluate"],
        things: &[],
        parameters: &["code", "script", "javascript", "python", "source"],
    },
    Row {
        kind: "reads_files",
        verbs: READ,
        things: FILES,
        parameters: &[],
    },
    Row {
        kind: "writes_files",
        verbs: WRITE,
        things: FILES,
        parameters: &[],
    },
    Row {
        kind: "network_any_host",
        verbs: &[
            "fetch",
            "get",
            "scrape",
            "crawl",
            "request",
            "download",
            "navigate",
            "open",
            "browse",
            "http",
            "curl",
            "post",
            "screenshot",
            "read",
            "extract",
            "visit",
            "call",
        ],
        things: &[],
        parameters: &["url", "urls", "uri", "endpoint", "host", "hostname", "webhook", "website"],
    },
    Row {
        kind: "database",
        verbs: &["query", "execute", "run", "select", "sql", "read", "write", "insert"],
        things: &[
            "sql", "database", "postgres", "mysql", "sqlite", "mongo", "mongodb", "bigquery", "db", "cypher",
        ],
        parameters: &["sql", "query", "statement", "pipeline", "cypher"],
    },
    Row {
        kind: "sends_messages",
        verbs: &["send", "post", "reply", "publish", "forward", "share", "create", "add"],
        things: &[
            "email",
            "emails",
            "mail",
            "message",
            "messages",
            "sms",
            "notification",
            "tweet",
            "comment",
            "dm",
            "whatsapp",
            "slack",
            "telegram",
        ],
        parameters: &[],
    },
    Row {
        kind: "moves_money",
        verbs: &[
            "pay", "transfer", "charge", "refund", "payout", "purchase", "buy", "withdraw", "swap", "trade", "checkout", "deposit",
        ],
        things: &[],
        parameters: &[],
    },
    Row {
        kind: "destructive",
        verbs: DESTROY,
        things: &[],
        parameters: &[],
    },
    Row {
        kind: "reads_private_data",
        verbs: READ,
        things: &[
            "email",
            "emails",
            "mail",
            "inbox",
            "calendar",
            "contact",
            "contacts",
            "messages",
            "chats",
            "drive",
            "notes",
            "secret",
            "secrets",
            "credential",
            "credentials",
            "password",
            "passwords",
            "vault",
            "bank",
            "transactions",
            "medical",
            "patient",
            "customer",
            "customers",
            "private",
        ],
        parameters: &[],
    },
    Row {
        kind: "reads_untrusted_content",
        verbs: &[
            "fetch", "scrape", "crawl", "browse", "navigate", "read", "get", "list", "search", "extract", "open",
        ],
        things: &[
            "web", "webpage", "website", "page", "url", "internet", "issue", "issues", "comments", "email", "emails", "inbox", "reviews",
            "feed", "rss", "tweets", "ticket", "tickets", "html",
        ],
        parameters: &[],
    },
];

/// The capabilities of a tool, in a fixed order.
#[must_use]
pub fn capabilities(tool: &Tool) -> Vec<Capability> {
    let name = words_of(&tool.name);
    let lead: String = tool.description.as_deref().unwrap_or_default().chars().take(160).collect();
    let lead = lead.split(['.', '\n']).next().unwrap_or_default().to_owned();
    let lead_words = words_of(&lead);
    let first = lead_words.first().cloned().unwrap_or_default();
    let parameters: Vec<&str> = tool.parameter_names();
    let parameter_words: BTreeSet<String> = parameters.iter().flat_map(|p| words_of(p)).collect();
    let lead_set: BTreeSet<&str> = lead_words.iter().map(String::as_str).collect();
    let mut out = Vec::new();
    for row in ROWS {
        let verb = name.iter().find(|w| row.verbs.contains(&w.as_str())).cloned().or_else(|| {
            let is_form = |v: &&&str| first.strip_prefix(**v).is_some_and(|ending| matches!(ending, "" | "s" | "es"));
            let stem = row.verbs.iter().find(is_form);
            stem.map(|v| (*v).to_owned())
        });
        let Some(verb) = verb else { continue };
        let parameter = row.parameters.iter().find(|p| parameter_words.contains(**p));
        let thing = row
            .things
            .iter()
            .find(|t| name.iter().any(|w| w == *t) || lead_set.contains(**t) || parameter_words.contains(**t));
        let evidence = match (row.things.is_empty(), row.parameters.is_empty()) {
            (true, true) => Some(format!("`{verb}` in its name or first sentence")),
            (true, false) => parameter.map(|p| format!("`{verb}` with the parameter `{p}`")),
            (false, true) => thing.map(|t| format!("`{verb}` with `{t}`")),
            (false, false) => thing.and(parameter).map(|p| format!("`{verb}` with the parameter `{p}`")),
        };
        if let Some(evidence) = evidence {
            out.push(Capability {
                kind: row.kind.to_owned(),
                evidence,
            });
        }
    }
    out
}

/// The words of a name or sentence, lower case: `getUserFiles`, `get_user-files` and `get user files` alike.
#[must_use]
pub fn words_of(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in text.chars().take(400) {
        if c.is_alphanumeric() {
            if c.is_uppercase() && lower && !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
            lower = c.is_lowercase();
            if c.is_ascii() {
                word.push(c.to_ascii_lowercase());
            } else {
                word.extend(c.to_lowercase());
            }
        } else if !word.is_empty() {
            out.push(std::mem::take(&mut word));
            lower = false;
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use hub_model::Discovered;
    use serde_json::json;

    fn kinds(name: &str, description: &str, parameters: &[&str]) -> Vec<String> {
        let properties: serde_json::Map<String, serde_json::Value> =
            parameters.iter().map(|p| ((*p).to_owned(), json!({ "type": "string" }))).collect();
        let tool = Tool {
            description: Some(description.to_owned()),
            input_schema: Some(json!({ "type": "object", "properties": properties })),
            ..Tool::named(name, Discovered::Live, "live")
        };
        capabilities(&tool).into_iter().map(|c| c.kind).collect()
    }

    #[test]
    fn capabilities_follow_from_names_and_parameters() {
        assert_eq!(kinds("runCommand", "Runs a command.", &["command"]), ["runs_commands"]);
        assert_eq!(kinds("read_file", "Reads a file.", &["path"]), ["reads_files"]);
        assert_eq!(
            kinds("fetch", "Fetches a page.", &["url"]),
            ["network_any_host", "reads_untrusted_content"]
        );
        assert_eq!(kinds("delete_user", "Deletes a user.", &["id"]), ["destructive"]);
        assert_eq!(kinds("add", "Adds two numbers.", &["a", "b"]), Vec::<String>::new());
    }
}
