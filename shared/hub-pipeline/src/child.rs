//! What travels between the parent and the analysing child, and the child's side of it.

use hub_analyze::{Earlier, Progress, Subject, analyze_after, take_inventory};
use hub_model::{Blame, Budget, Digest, ErrorCode, Report, Retry, Snapshot, SourceFile, Surface};
use hub_runtime::sandbox::{Notes, serve};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// First argument of the executable when it is started as a child.
pub const CHILD_COMMAND: &str = "analyze-child";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Depth {
    Full,
    Inventory,
}

#[derive(Serialize, Deserialize)]
#[allow(clippy::large_enum_variant)] // one at a time, moved once
pub(crate) enum Request<'a> {
    Snapshot {
        snapshot: Cow<'a, Snapshot>,
        digest: Digest,
        depth: Depth,
        earlier: Option<Cow<'a, Earlier>>,
    },
    Surface {
        surface: Cow<'a, Surface>,
        digest: Digest,
        depth: Depth,
        earlier: Option<Cow<'a, Earlier>>,
    },
    /// Parse each file and say its index before; whatever is said last before death is the culprit.
    Probe { files: Cow<'a, [SourceFile]> },
}

#[derive(Serialize, Deserialize)]
pub(crate) enum Note {
    Discovered { tools: Vec<String> },
    Parsing { index: usize },
}

#[derive(Serialize, Deserialize)]
pub(crate) enum Answer {
    Report(Box<Report>),
    Failed {
        code: String,
        message: String,
        blame: Blame,
        retry: Retry,
    },
    Probed,
}

/// Serves analyses on standard input and output until the parent closes them. The budget is read from the environment.
///
/// # Errors
/// When the pipes break or a setting is unusable.
pub fn serve_child() -> std::io::Result<()> {
    let budget = Budget::read(&|v| std::env::var(v).ok()).map_err(std::io::Error::other)?;
    serve(|request, notes| {
        let answer = match serde_json::from_slice::<Request<'_>>(request) {
            Ok(request) => answer(request, &budget, notes),
            Err(e) => Answer::Failed {
                code: "bad_request".to_owned(),
                message: e.to_string(),
                blame: Blame::Hub,
                retry: Retry::Never,
            },
        };
        // The types of an answer hold nothing that cannot be JSON.
        serde_json::to_vec(&answer).unwrap_or_default()
    })
}

fn answer(request: Request<'_>, budget: &Budget, notes: &mut Notes<'_>) -> Answer {
    let (subject, digest, depth, earlier) = match &request {
        Request::Snapshot {
            snapshot,
            digest,
            depth,
            earlier,
        } => (Subject::Snapshot(snapshot), *digest, *depth, earlier),
        Request::Surface {
            surface,
            digest,
            depth,
            earlier,
        } => (Subject::Surface(surface), *digest, *depth, earlier),
        Request::Probe { files } => {
            for (index, file) in files.iter().enumerate() {
                note(notes, &Note::Parsing { index });
                let _ = hub_syntax::parse(&file.path, &file.text, budget);
            }
            return Answer::Probed;
        }
    };
    let outcome = match depth {
        Depth::Inventory => take_inventory(subject, digest, budget),
        Depth::Full => analyze_after(subject, digest, earlier.as_deref(), budget, &mut |progress| match progress {
            Progress::Discovered { tools } => note(
                notes,
                &Note::Discovered {
                    tools: tools.into_iter().map(str::to_owned).collect(),
                },
            ),
        }),
    };
    match outcome {
        Ok(report) => Answer::Report(Box::new(report)),
        Err(e) => Answer::Failed {
            code: e.code().to_owned(),
            message: e.to_string(),
            blame: e.blame(),
            retry: e.retry(),
        },
    }
}

fn note(notes: &mut Notes<'_>, note: &Note) {
    if let Ok(bytes) = serde_json::to_vec(note) {
        notes.send(&bytes);
    }
}
