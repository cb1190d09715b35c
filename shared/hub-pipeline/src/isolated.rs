//! The parent's side: analyses in child processes, and what to do when one dies.

use crate::child::{Answer, CHILD_COMMAND, Depth, Note, Request};
use hub_analyze::{Earlier, Subject};
use hub_model::{Blame, Digest, ErrorCode, Report, Retry, SkipReason, Skipped, Snapshot};
use hub_runtime::sandbox::{Sandbox, SandboxError, SandboxSettings};
use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

/// Most files of one snapshot that may each kill a child before the whole snapshot is given up.
const MAX_DEADLY_FILES: usize = 8;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// The analysis itself says no; the message is for the user.
    #[error("{message}")]
    Refused {
        code: String,
        message: String,
        blame: Blame,
        retry: Retry,
    },
    #[error("the analysis took longer than {0:?} and was stopped; narrow it with a base path")]
    TooSlow(Duration),
    #[error("the analysis ended unexpectedly")]
    Broken(#[source] SandboxError),
    #[error("the analysing process answered something unreadable")]
    Garbled(#[source] serde_json::Error),
}

impl ErrorCode for AnalysisError {
    fn code(&self) -> &'static str {
        match self {
            // Codes of the stage are a closed set; this one stands for what crossed the process boundary as text.
            Self::Refused { code, .. } if code == "no_server" => "no_server",
            Self::Refused { code, .. } if code == "server_not_readable" => "server_not_readable",
            Self::Refused { .. } => "analysis_refused",
            Self::TooSlow(_) => "analysis_too_slow",
            Self::Broken(_) | Self::Garbled(_) => "analysis_broken",
        }
    }
    fn retry(&self) -> Retry {
        match self {
            Self::Refused { retry, .. } => *retry,
            // The same input ends the same way.
            Self::TooSlow(_) | Self::Garbled(_) => Retry::Never,
            Self::Broken(SandboxError::Start { .. }) => Retry::Later,
            Self::Broken(_) => Retry::Never,
        }
    }
    fn blame(&self) -> Blame {
        match self {
            Self::Refused { blame, .. } => *blame,
            Self::TooSlow(_) => Blame::User,
            Self::Broken(_) | Self::Garbled(_) => Blame::Hub,
        }
    }
}

/// Analyses in child processes. Cheap to clone; bound the number of concurrent calls, each of which holds a child.
#[derive(Clone, Debug)]
pub struct IsolatedAnalyzer {
    sandbox: Sandbox,
    /// Longest time for one analysis with everything that is tried again after a death.
    deadline: Duration,
}

impl IsolatedAnalyzer {
    /// Children are `executable` with [`CHILD_COMMAND`] as first argument. Of the environment they get the analysis' own limits (`HUB_MAX_*`) only.
    #[must_use]
    pub fn new(executable: PathBuf, settings: SandboxSettings) -> Self {
        let env = std::env::vars().filter(|(name, _)| name.starts_with("HUB_MAX_")).collect();
        Self {
            deadline: settings.timeout.saturating_mul(2),
            sandbox: Sandbox::new(executable, vec![CHILD_COMMAND.into()], env, settings),
        }
    }

    /// Discovery, rules and score. `on_discovered` gets the tools' names as soon as they are known.
    ///
    /// # Errors
    /// [`AnalysisError`].
    pub async fn analyze(
        &self,
        subject: Subject<'_>,
        digest: Digest,
        on_discovered: impl FnMut(Vec<String>),
    ) -> Result<Report, AnalysisError> {
        self.analyze_after(subject, digest, None, on_discovered).await
    }

    /// The same in the light of an earlier scan of the server: what was redefined since is a finding.
    ///
    /// # Errors
    /// [`AnalysisError`].
    pub async fn analyze_after(
        &self,
        subject: Subject<'_>,
        digest: Digest,
        earlier: Option<&Earlier>,
        mut on_discovered: impl FnMut(Vec<String>),
    ) -> Result<Report, AnalysisError> {
        self.run(subject, digest, Depth::Full, earlier, &mut on_discovered).await
    }

    /// Discovery alone.
    ///
    /// # Errors
    /// [`AnalysisError`].
    pub async fn take_inventory(&self, subject: Subject<'_>, digest: Digest) -> Result<Report, AnalysisError> {
        self.run(subject, digest, Depth::Inventory, None, &mut |_| {}).await
    }

    async fn run(
        &self,
        subject: Subject<'_>,
        digest: Digest,
        depth: Depth,
        earlier: Option<&Earlier>,
        on_discovered: &mut impl FnMut(Vec<String>),
    ) -> Result<Report, AnalysisError> {
        // Each question has its own time-out; together, with one death per deadly file, they could take ten of them.
        tokio::time::timeout(self.deadline, self.attempts(subject, digest, depth, earlier, on_discovered))
            .await
            .unwrap_or(Err(AnalysisError::TooSlow(self.deadline)))
    }

    async fn attempts(
        &self,
        subject: Subject<'_>,
        digest: Digest,
        depth: Depth,
        earlier: Option<&Earlier>,
        on_discovered: &mut impl FnMut(Vec<String>),
    ) -> Result<Report, AnalysisError> {
        let request = request_of(subject, digest, depth, earlier)?;
        match (self.ask(&request, on_discovered).await, subject) {
            (Err(AnalysisError::Broken(SandboxError::Died { .. })), Subject::Snapshot(snapshot)) => {
                let harmless = self.without_deadly_files(snapshot).await?;
                let request = request_of(Subject::Snapshot(&harmless), digest, depth, earlier)?;
                self.ask(&request, on_discovered).await
            }
            (outcome, _) => outcome,
        }
    }

    async fn ask(&self, request: &[u8], on_discovered: &mut impl FnMut(Vec<String>)) -> Result<Report, AnalysisError> {
        let answer = self
            .sandbox
            .call(request, |note| {
                if let Ok(Note::Discovered { tools }) = serde_json::from_slice(note) {
                    on_discovered(tools);
                }
            })
            .await
            .map_err(|e| match e {
                SandboxError::TimedOut { limit, .. } => AnalysisError::TooSlow(limit),
                e => AnalysisError::Broken(e),
            })?;
        match serde_json::from_slice(&answer).map_err(AnalysisError::Garbled)? {
            Answer::Report(report) => Ok(*report),
            Answer::Failed {
                code,
                message,
                blame,
                retry,
            } => Err(AnalysisError::Refused {
                code,
                message,
                blame,
                retry,
            }),
            Answer::Probed => Err(AnalysisError::Broken(SandboxError::Panicked(
                "an answer to another question".to_owned(),
            ))),
        }
    }

    /// Finds the files that kill a parser, one death each, and sets them apart.
    async fn without_deadly_files(&self, snapshot: &Snapshot) -> Result<Snapshot, AnalysisError> {
        let mut harmless = snapshot.clone();
        let mut from = 0;
        for _ in 0..MAX_DEADLY_FILES {
            let request = Request::Probe {
                files: Cow::Borrowed(&harmless.files[from..]),
            };
            let request = serde_json::to_vec(&request).map_err(AnalysisError::Garbled)?;
            let mut last = None;
            let outcome = self
                .sandbox
                .call(&request, |note| {
                    if let Ok(Note::Parsing { index }) = serde_json::from_slice(note) {
                        last = Some(index);
                    }
                })
                .await;
            match (outcome, last) {
                (Ok(_), _) => return Ok(harmless),
                (Err(SandboxError::Died { .. } | SandboxError::TimedOut { .. } | SandboxError::Panicked(_)), Some(index)) => {
                    let file = harmless.files.remove(from + index);
                    from += index;
                    harmless
                        .warnings
                        .push(format!("{}: the parser failed on this file; it was set apart", file.path));
                    harmless.skipped.push(Skipped {
                        path: file.path.to_string(),
                        reason: SkipReason::ParserFailed,
                        bytes: Some(file.text.len() as u64),
                    });
                }
                (Err(e), _) => return Err(AnalysisError::Broken(e)),
            }
        }
        Ok(harmless)
    }
}

/// What [`IsolatedAnalyzer::take_inventory`] of a published source says about its tools: their names, for a live list to be held
/// against, or why those are not known.
///
/// # Errors
/// In words: the source could not be analysed, or not every registration in it is understood.
pub fn declared_tools(report: Result<Report, AnalysisError>) -> Result<Vec<String>, String> {
    let report = report.map_err(|e| e.to_string())?;
    report.inventory.declared_tools().map_err(|gap| {
        let what = &gap.what;
        format!("not every registration of a tool in the source that the server names is understood ({what})")
    })
}

fn request_of(subject: Subject<'_>, digest: Digest, depth: Depth, earlier: Option<&Earlier>) -> Result<Vec<u8>, AnalysisError> {
    let earlier = earlier.map(Cow::Borrowed);
    let request = match subject {
        Subject::Snapshot(snapshot) => Request::Snapshot {
            snapshot: Cow::Borrowed(snapshot),
            digest,
            depth,
            earlier,
        },
        Subject::Surface(surface) => Request::Surface {
            surface: Cow::Borrowed(surface),
            digest,
            depth,
            earlier,
        },
    };
    serde_json::to_vec(&request).map_err(AnalysisError::Garbled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// Dies of its first request; of every later one it names the first file and says nothing more.
    const DIES_THEN_DAWDLES: &str = r#"#!/bin/sh
mkdir "$0.died" 2>/dev/null && exit 1
printf '\031\000\000\000N{"Parsing":{"index":0}}  '
exec sleep 1000
"#;

    #[tokio::test]
    async fn all_attempts_together_end_at_the_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let child = folder.path().join("child");
        std::fs::write(&child, DIES_THEN_DAWDLES).unwrap();
        std::fs::set_permissions(&child, std::fs::Permissions::from_mode(0o755)).unwrap();
        let timeout = Duration::from_millis(500);
        let analyzer = IsolatedAnalyzer::new(
            child,
            SandboxSettings {
                timeout,
                ..SandboxSettings::default()
            },
        );
        let names: Vec<String> = (0..9).map(|i| format!("{i}.js")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), "x()")).collect();
        let snapshot = hub_analyze::testing::snapshot(&files);
        let outcome = analyzer.analyze(Subject::Snapshot(&snapshot), Digest::of(b"x"), |_| {}).await;
        // Eight files that each take a whole time-out would be 4 seconds.
        assert!(matches!(outcome, Err(AnalysisError::TooSlow(d)) if d == 2 * timeout), "{outcome:?}");
    }
}
