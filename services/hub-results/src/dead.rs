//! Dead letters: the scan fails with a reason.

use crate::app::App;
use crate::events::{chain, note_ends};
use chrono::Utc;
use hub_queue::DeadLetter;
use hub_store::{Change, ChangeKind, GIVEN_UP};
use hub_wire::Topic;

/// Fails the letter's scan, unless it has ended or is being driven under a later attempt.
pub(crate) async fn bury(app: App, letter: DeadLetter) -> Result<(), String> {
    let Some(scan_id) = letter.scan_id else {
        tracing::error!(
            reason = letter.reason,
            bytes = letter.body.len(),
            "a dead letter belongs to no scan; it is dropped"
        );
        return Ok(());
    };
    let step = match letter.topic {
        Some(Topic::Fetch) => "fetching the source",
        Some(Topic::Connect) => "talking to the endpoint",
        Some(Topic::Published) => "fetching the source that the server names",
        Some(Topic::Analyze) => "analysing what was fetched",
        Some(Topic::Events) => "storing the outcome",
        Some(Topic::Dead) | None => "working on it",
    };
    let message = if letter.buried {
        format!(
            "the scan was given up over a fault of this hub, not of the target: {}",
            letter.reason
        )
    } else {
        format!(
            "the scan was given up: {step} ended abnormally again and again; the target may hold something that breaks the scanner; please report it with the job id"
        )
    };
    let change = Change {
        scan_id,
        attempt: letter.attempt,
        at: Utc::now(),
        kind: ChangeKind::Failed {
            code: GIVEN_UP.to_owned(),
            message,
        },
    };
    match app.store.apply(vec![change]).await {
        Ok(applied) => note_ends(&app, applied).await,
        Err(e) if e.is_transient() => return Err(e.to_string()),
        // Trying again would hold up every letter behind this one; the sweep fails the scan in time.
        Err(e) => tracing::error!(scan.id = %scan_id, error = %chain(&e), "a dead letter's scan cannot be failed; the letter is dropped"),
    }
    Ok(())
}
