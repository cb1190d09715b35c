//! What is in an artifact: the tools, resources and prompts a model would be shown.

use crate::{Digest, Location};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Everything an MCP server offers, found statically or listed live.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Inventory {
    /// Who the server says it is.
    pub server: ServerInfo,
    /// Tools, in order of discovery.
    pub tools: Vec<Tool>,
    /// Resources and resource templates.
    pub resources: Vec<Resource>,
    /// Prompts.
    pub prompts: Vec<Prompt>,
    /// Registration sites that were seen but not understood: never counted as clean.
    pub gaps: Vec<Gap>,
}

impl Inventory {
    /// The names of the tools that a source declares, for a live list to be held against.
    ///
    /// # Errors
    /// The first registration that is not understood: what it leaves open would make every live tool look like one that nobody published.
    pub fn declared_tools(&self) -> Result<Vec<String>, &Gap> {
        match self.gaps.first() {
            Some(gap) => Err(gap),
            None => Ok(self.tools.iter().map(|t| t.name.clone()).collect()),
        }
    }
}

/// `serverInfo` and `instructions`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ServerInfo {
    pub name: Option<String>,
    pub title: Option<String>,
    pub version: Option<String>,
    pub instructions: Option<String>,
    /// MCP protocol revision, when live.
    pub protocol_version: Option<String>,
}

/// How an item came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discovered {
    /// Read from source.
    Static,
    /// Listed by the running server.
    Live,
}

/// How, and by which discovery rule (`js-register-tool`, `py-tool-decorator`, `live`), so that a wrong one can be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveredBy {
    pub method: Discovered,
    pub rule: String,
}

/// A field whose value could not be known without running the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// `name`, `description`, `input_schema`, `input_schema.path`, …
    pub field: String,
    /// Why: `computed at run time from process.env`, …
    pub reason: String,
}

/// A tool, as the model sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    /// JSON Schema of the arguments.
    pub input_schema: Option<Value>,
    /// JSON Schema of the structured result.
    pub output_schema: Option<Value>,
    /// `readOnlyHint` and so on, as declared.
    pub annotations: Option<Value>,
    /// Fields beyond the specification, `_meta` included.
    pub extra: Option<Value>,
    /// Where it is declared.
    pub declared_at: Option<Location>,
    pub discovered_by: DiscoveredBy,
    pub unknowns: Vec<Unknown>,
    /// Facts about what it can do; never vulnerabilities.
    pub capabilities: Vec<Capability>,
}

/// What a tool can do by design, with why we think so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Capability {
    /// `runs_commands`, `reads_files`, `writes_files`, `network_any_host`, `network_fixed_host`, `database`,
    /// `sends_messages`, `moves_money`, `destructive`, `reads_private_data`, `reads_untrusted_content`, …
    pub kind: String,
    /// The words or the code that show it, redacted.
    pub evidence: String,
}

/// A resource or resource template.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resource {
    /// URI, or RFC 6570 template when `is_template`.
    pub uri: String,
    pub is_template: bool,
    pub name: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub mime_type: Option<String>,
    /// `audience`, `priority` and so on, as a live server lists them; not read from source.
    pub annotations: Option<Value>,
    pub declared_at: Option<Location>,
    pub discovered_by: DiscoveredBy,
    pub unknowns: Vec<Unknown>,
}

/// A prompt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prompt {
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub arguments: Vec<PromptArgument>,
    /// The prompt's text, when it stands in the source.
    pub text: Option<String>,
    pub declared_at: Option<Location>,
    pub discovered_by: DiscoveredBy,
    pub unknowns: Vec<Unknown>,
}

/// One argument of a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptArgument {
    pub name: String,
    pub description: Option<String>,
    pub required: bool,
}

/// A registration site seen and not understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub at: Location,
    /// What stands there: `registerTool with a computed name`.
    pub what: String,
    /// Why it could not be resolved.
    pub reason: String,
}

impl Tool {
    /// A tool with nothing but a name.
    #[must_use]
    pub fn named(name: impl Into<String>, method: Discovered, rule: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            title: None,
            description: None,
            input_schema: None,
            output_schema: None,
            annotations: None,
            extra: None,
            declared_at: None,
            discovered_by: DiscoveredBy { method, rule: rule.into() },
            unknowns: Vec::new(),
            capabilities: Vec::new(),
        }
    }

    /// Digest over name, title, description, schemas and annotations with sorted keys: changes exactly when what the model sees does.
    #[must_use]
    pub fn definition_hash(&self) -> Digest {
        let seen = json!({
            "name": self.name, "title": self.title, "description": self.description,
            "inputSchema": self.input_schema, "outputSchema": self.output_schema, "annotations": self.annotations,
        });
        Digest::of(canonical(&seen).as_bytes())
    }

    /// Names of the declared parameters, in declaration order.
    #[must_use]
    pub fn parameter_names(&self) -> Vec<&str> {
        self.input_schema
            .as_ref()
            .and_then(|s| s.get("properties"))
            .and_then(Value::as_object)
            .map(|p| p.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }
}

impl Resource {
    /// Digest over URI, name, title, description, media type and annotations with sorted keys: as [`Tool::definition_hash`].
    #[must_use]
    pub fn definition_hash(&self) -> Digest {
        let seen = json!({
            "uri": self.uri, "isTemplate": self.is_template, "name": self.name, "title": self.title,
            "description": self.description, "mimeType": self.mime_type, "annotations": self.annotations,
        });
        Digest::of(canonical(&seen).as_bytes())
    }
}

impl Prompt {
    /// Digest over name, title, description and arguments (in their order) with sorted keys: as [`Tool::definition_hash`].
    /// The text is left out: a live server does not list it, and the same prompt shall have one hash either way.
    #[must_use]
    pub fn definition_hash(&self) -> Digest {
        let seen = json!({
            "name": self.name, "title": self.title, "description": self.description, "arguments": self.arguments,
        });
        Digest::of(canonical(&seen).as_bytes())
    }
}

/// JSON with object keys sorted, so that equal values print equally. Depth is bounded by what serde_json could parse.
fn canonical(value: &Value) -> String {
    fn write(value: &Value, depth: usize, out: &mut String) {
        match value {
            Value::Object(map) if depth < 256 => {
                let mut keys: Vec<_> = map.iter().collect();
                keys.sort_by(|a, b| a.0.cmp(b.0));
                out.push('{');
                for (i, (k, v)) in keys.into_iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    out.push_str(&Value::String(k.clone()).to_string());
                    out.push(':');
                    write(v, depth + 1, out);
                }
                out.push('}');
            }
            Value::Array(items) if depth < 256 => {
                out.push('[');
                for (i, v) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write(v, depth + 1, out);
                }
                out.push(']');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by() -> DiscoveredBy {
        DiscoveredBy {
            method: Discovered::Live,
            rule: "live".to_owned(),
        }
    }

    #[test]
    fn the_hash_of_a_resource_changes_with_what_a_model_sees_and_not_with_key_order() {
        let resource = Resource {
            uri: "file:///a".to_owned(),
            is_template: false,
            name: None,
            title: None,
            description: Some("A".to_owned()),
            mime_type: None,
            annotations: Some(json!({"priority": 1, "audience": ["user"]})),
            declared_at: None,
            discovered_by: by(),
            unknowns: Vec::new(),
        };
        let hash = resource.definition_hash();
        let mut same = resource.clone();
        same.annotations = Some(json!({"audience": ["user"], "priority": 1}));
        same.discovered_by.rule = "other".to_owned();
        assert_eq!(same.definition_hash(), hash);
        let mut other = resource;
        other.annotations = None;
        assert_ne!(other.definition_hash(), hash);
    }

    #[test]
    fn the_hash_of_a_prompt_changes_with_its_arguments_and_not_with_its_text() {
        let prompt = Prompt {
            name: "p".to_owned(),
            title: None,
            description: None,
            arguments: Vec::new(),
            text: None,
            declared_at: None,
            discovered_by: by(),
            unknowns: Vec::new(),
        };
        let hash = prompt.definition_hash();
        let mut same = prompt.clone();
        same.text = Some("t".to_owned());
        assert_eq!(same.definition_hash(), hash);
        let mut other = prompt;
        other.arguments.push(PromptArgument {
            name: "a".to_owned(),
            description: None,
            required: true,
        });
        assert_ne!(other.definition_hash(), hash);
    }
}
