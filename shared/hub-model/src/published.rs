//! What a live server says it is published as, and what its list is held against.

use crate::{EndpointFact, SourceTarget, Surface};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The name of the check, as coverage and settings have it.
pub const PUBLISHED_SOURCE_CHECK: &str = "published_source";

/// A live server's own word on where it is published. Nobody else vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedClaim {
    /// Which part of `serverInfo` says so: `websiteUrl`.
    pub said_in: String,
    pub target: SourceTarget,
    /// The version that the server gives as its own, where it can be one of a package: `1.2.0`.
    pub version: Option<String>,
}

/// What a live list is held against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedSource {
    /// As in [`PublishedClaim`].
    pub said_in: String,
    /// Package name or repository URL.
    pub name: String,
    /// The version or commit that was read.
    pub version: String,
    /// Whether that is the version which the server gives as its own.
    pub is_own_version: bool,
    /// The names of the tools that it declares.
    #[serde(default)]
    pub tools: Vec<String>,
}

impl Surface {
    /// Names of the tools, as listed.
    pub fn tool_names(&self) -> impl Iterator<Item = &str> {
        self.tools.iter().filter_map(|t| t.get("name").and_then(Value::as_str))
    }

    /// Writes down how a check of the endpoint ended.
    pub fn note_check(&mut self, check: &str, outcome: impl Into<String>) {
        let outcome = Value::String(outcome.into());
        match self.facts.iter_mut().find(|f| f.name == "checks") {
            Some(checks) => drop(checks.details.insert(check.to_owned(), outcome)),
            None => self.facts.push(EndpointFact {
                name: "checks".to_owned(),
                details: [(check.to_owned(), outcome)].into(),
            }),
        }
    }

    /// Holds the list against the source that the server names: the names of the tools that it declares, or why those are not known. A source that declares none of the tools is
    /// hardly the server's, whatever it says, so nothing follows from the difference.
    pub fn hold_against(&mut self, source: PublishedSource, declared: Result<Vec<String>, String>) {
        let outcome = match declared {
            Err(why) => format!("not done: {why}"),
            Ok(tools) => {
                let known: BTreeSet<&str> = tools.iter().map(String::as_str).collect();
                let (mut any, mut shared) = (false, false);
                for name in self.tool_names() {
                    any = true;
                    shared |= known.contains(name);
                }
                if any && !shared {
                    format!(
                        "not done: `{}` {}, which the server names as its source, declares none of the tools that it lists",
                        source.name, source.version
                    )
                } else {
                    self.published = Some(PublishedSource { tools, ..source });
                    "done".to_owned()
                }
            }
        };
        self.note_check(PUBLISHED_SOURCE_CHECK, outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn held(live: &[&str], declared: Result<Vec<String>, String>) -> Surface {
        let tools: Vec<Value> = live.iter().map(|name| json!({ "name": name })).collect();
        let surface = json!({
            "endpoint": "https://mcp.example.com/", "transport": "streamable_http", "tools": tools, "prompts": [], "resources": [],
            "resource_templates": [], "facts": [{ "name": "checks", "details": { "origin": "done" } }], "warnings": [],
        });
        let mut surface: Surface = serde_json::from_value(surface).expect("a surface");
        let source = PublishedSource {
            said_in: "name".to_owned(),
            name: "@acme/files".to_owned(),
            version: "1.0.0".to_owned(),
            is_own_version: true,
            tools: Vec::new(),
        };
        surface.hold_against(source, declared);
        surface
    }

    #[test]
    fn a_list_is_held_only_against_a_source_that_shares_something_with_it() {
        let tools = |names: &[&str]| Ok(names.iter().map(|n| (*n).to_owned()).collect());
        for (live, declared, is_held) in [
            (vec!["read", "more"], tools(&["read", "write"]), true),
            (vec![], tools(&["read"]), true),
            (vec!["read"], tools(&["other"]), false),
            (vec!["read"], tools(&[]), false),
            (vec!["read"], Err("it is gone".to_owned()), false),
        ] {
            let surface = held(&live, declared);
            assert_eq!(surface.published.is_some(), is_held, "{live:?}");
            assert_eq!(surface.facts.len(), 1);
            let details = &surface.facts[0].details;
            assert_eq!(details["origin"], "done");
            let outcome = details[PUBLISHED_SOURCE_CHECK].as_str().expect("an outcome");
            assert_eq!(outcome == "done", is_held, "{outcome}");
            assert!(is_held || outcome.starts_with("not done: "), "{outcome}");
        }
    }
}
