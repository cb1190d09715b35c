//! Limits of the analysing stages, passed as a value so that pure crates need neither clock nor configuration.

use serde::{Deserialize, Serialize};

/// What one analysis may spend. Counted in units of work rather than time, so the same input always ends the same way.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    /// Largest source file that is parsed, in bytes. `HUB_MAX_PARSE_BYTES`, default 12 MiB.
    pub max_parse_bytes: usize,
    /// Largest sum of parsed source, in bytes. `HUB_MAX_TOTAL_PARSE_BYTES`, default 64 MiB.
    pub max_total_parse_bytes: usize,
    /// Deepest bracket nesting handed to a parser. `HUB_MAX_NESTING`, default 400.
    pub max_nesting: usize,
    /// Evaluation steps for constants over a whole scan. `HUB_MAX_EVAL_STEPS`, default 20 million.
    pub max_eval_steps: u64,
    /// Data flow steps over a whole scan. `HUB_MAX_FLOW_STEPS`, default 20 million.
    pub max_flow_steps: u64,
    /// Tools, prompts and resources kept, each. `HUB_MAX_ITEMS`, default 10,000.
    pub max_items: usize,
    /// Text analysed in full per field, in bytes. `HUB_MAX_TEXT_BYTES`, default 16 MiB.
    pub max_text_bytes: usize,
    /// Findings kept per rule. `HUB_MAX_FINDINGS_PER_RULE`, default 200.
    pub max_findings_per_rule: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            max_parse_bytes: 12 << 20,
            max_total_parse_bytes: 64 << 20,
            max_nesting: 400,
            max_eval_steps: 20_000_000,
            max_flow_steps: 20_000_000,
            max_items: 10_000,
            max_text_bytes: 16 << 20,
            max_findings_per_rule: 200,
        }
    }
}
