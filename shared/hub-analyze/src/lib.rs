//! An artifact becomes a report: discovery, then the rules, then the score.

use hub_model::{Budget, Digest, Report, Snapshot, Surface};

/// What is analysed.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    Snapshot(&'a Snapshot),
    Surface(&'a Surface),
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    /// Nothing that registers tools, prompts or resources was found.
    #[error("no MCP server found in `{name}`: {looked_for}")]
    NoServer { name: String, looked_for: String },
}

/// What happens on the way, for status and progress.
pub enum Progress<'a> {
    Discovered { tools: Vec<&'a str> },
}

/// Analyses an artifact. Pure: the same artifact, engine and rule set give the same report, apart from `durations`
/// (which the caller fills in).
///
/// # Errors
/// [`AnalyzeError::NoServer`] when a snapshot holds no MCP server.
pub fn analyze(_subject: Subject<'_>, _digest: Digest, _budget: &Budget, _progress: &mut dyn FnMut(Progress<'_>)) -> Result<Report, AnalyzeError> {
    Err(AnalyzeError::NoServer { name: String::new(), looked_for: "nothing is looked for yet".to_owned() })
}
