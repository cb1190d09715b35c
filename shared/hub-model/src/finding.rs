//! One rule at one place.

use crate::{Category, Digest, RelPath, Severity};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in a file that was read. Lines and columns count from 1; columns are in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    pub file: RelPath,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    /// Where this was written, when the file was made from others and its source map says so. For reading only: fingerprints,
    /// baselines and suppressions go by `file`, so that a map, which whoever publishes it may write freely, moves nothing.
    #[serde(default)]
    pub original: Option<Box<Original>>,
}

/// A place in a file that another was made from (ECMA-426), as the source map of the published file tells it: a claim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Original {
    /// A path inside the tree, or what the map calls the file where that is none (`https://…`, `../../lib/x.ts`). Never opened.
    pub file: String,
    pub line: u32,
    pub column: u32,
    /// The line of code, redacted, at most 200 characters; "" when neither the map nor the tree holds the file, or it may hold a secret.
    pub excerpt: String,
    /// The file stands in what was scanned.
    pub shipped: bool,
}

impl Location {
    /// The whole line.
    #[must_use]
    pub const fn of_line(file: RelPath, line: u32) -> Self {
        Self {
            file,
            line,
            column: 1,
            end_line: line,
            original: None,
        }
    }
}

impl fmt::Display for Location {
    /// `src/index.ts:12`; of a file made from others, what was written and then what was read: `src/index.ts:12 (dist/index.js:1:4810)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.original {
            Some(o) => write!(f, "{}:{} ({}:{}:{})", o.file, o.line, self.file, self.line, self.column),
            None => write!(f, "{}:{}", self.file, self.line),
        }
    }
}

/// How sure we are; apart from how bad it would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// What the finding rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceLevel {
    /// A pattern worth a look.
    Signal,
    /// A flow from a tool argument, prompt, resource or network input to the dangerous operation, each step shown; or
    /// metadata whose malice is plain from the quoted words.
    Reachable,
    /// A version match with an advisory, a decoded payload, or something observed on the live server.
    Confirmed,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum Subject {
    /// The server as a whole.
    Server,
    Tool(String),
    Resource(String),
    Prompt(String),
    /// An entry of a client configuration.
    ConfigEntry(String),
    /// A dependency, `name@version`.
    Dependency(String),
}

/// A step of a flow, from source to sink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowStep {
    pub at: Location,
    /// What happens here: `argument "host" of tool "ping"`, `passed to run()`, `reaches child_process.exec`.
    pub what: String,
    /// The line of code, redacted, at most 200 characters.
    pub code: String,
}

/// A flow of data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow(pub Vec<FlowStep>);

/// A mended piece of code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixCode {
    /// Of the code: `python`.
    pub language: String,
    /// Lines that parse as they stand: imports, checks that belong before the statement, and last the mended expression.
    pub code: String,
    /// The expression, at the finding's place or the last step of its flow, that the last line of `code` takes the place of;
    /// `None`: `code` is a pattern to follow.
    pub replaces: Option<String>,
}

/// One rule at one place. The API calls it a vulnerability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable across scans: from rule, subject, place's file and enclosing function or field, and normalised evidence; never from line numbers.
    pub fingerprint: String,
    /// `shell-injection`.
    pub rule_id: String,
    /// What is wrong here, in one sentence.
    pub title: String,
    pub category: Category,
    /// Ids of the class catalogue, most specific first: `S01`.
    pub classes: Vec<String>,
    pub severity: Severity,
    pub confidence: Confidence,
    pub evidence_level: EvidenceLevel,
    pub subject: Subject,
    /// Why it is a fault, for this case.
    pub description: String,
    /// What shows it, redacted; control characters made visible.
    pub evidence: String,
    /// What to do, as a command.
    pub remediation: String,
    /// The same as code, where that is known.
    #[serde(default)]
    pub fix: Option<FixCode>,
    pub location: Option<Location>,
    /// The tool or surface field, when it is about text: `description`, `inputSchema.properties.path.description`.
    pub field: Option<String>,
    pub flow: Flow,
    pub cwe: Vec<u32>,
    /// `MCP05`.
    pub owasp_mcp: Vec<String>,
    /// `LLM01`.
    pub owasp_llm: Vec<String>,
    pub references: Vec<String>,
}

impl Finding {
    /// A stable id from what does not change when lines move. Parts are length-prefixed so that no two lists collide.
    #[must_use]
    pub fn fingerprint_of(parts: &[&str]) -> String {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Digest::of(&bytes).hex()[..24].to_owned()
    }
}
