//! `GET /scan/{job_id}/events`.

use super::{foreign, not_found, scan_id, store_problem};
use crate::app::App;
use crate::streams::OpenStream;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use hub_http::{Authenticated, ProblemBuilder};
use hub_model::{ScanId, Viewer};
use hub_wire::api::{HotStatus, Problem};
use std::convert::Infallible;
use tokio::sync::broadcast::Receiver;

/// Follow a scan
///
/// Server-sent events: `data` is what the status answers, the event's name its `job_status`. Ends with `completed`, `failed` or `cancelled`.
#[utoipa::path(get, path = "/mcp-hub/scan/{job_id}/events", tag = "read", params(("job_id" = String, Path, description = "As the submission answered")),
    responses(
        (status = 200, description = "A stream", body = String, content_type = "text/event-stream"),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Private, and another org's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such scan", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot read what it stores now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn follow_scan(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    Path(job_id): Path<String>,
) -> Result<Response, ProblemBuilder> {
    let id = scan_id(&job_id)?;
    // From before the first look, so that nothing falls between.
    let wakeups = app.wakeups.listen();
    let now = app
        .find_status(id)
        .await
        .map_err(store_problem("reading the status"))?
        .ok_or_else(|| not_found(id))?;
    if !now.visible_to(&viewer) {
        return Err(foreign());
    }
    let open = app.streams.open(viewer.org_id)?;
    let mut response = Sse::new(follow(app, viewer, id, now, wakeups, open))
        .keep_alive(KeepAlive::default())
        .into_response();
    // Proxies on the way must not collect it.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

struct Following {
    app: App,
    viewer: Viewer,
    id: ScanId,
    wakeups: Receiver<ScanId>,
    /// What was told last; `None` ends the stream.
    last: Option<HotStatus>,
    told: bool,
    _open: OpenStream,
}

fn follow(
    app: App,
    viewer: Viewer,
    id: ScanId,
    now: HotStatus,
    wakeups: Receiver<ScanId>,
    open: OpenStream,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let state = Following {
        app,
        viewer,
        id,
        wakeups,
        last: Some(now),
        told: false,
        _open: open,
    };
    futures::stream::unfold(state, |mut s| async move {
        let status = if s.told {
            let last = s.last.take()?;
            if last.meta.is_final {
                return None;
            }
            s.next_after(&last).await?
        } else {
            s.last.take()?
        };
        let event = event_of(&status);
        s.told = true;
        s.last = Some(status);
        Some((Ok(event), s))
    })
}

impl Following {
    /// The next status that differs; `None` when the process stops or the scan is gone.
    async fn next_after(&mut self, last: &HotStatus) -> Option<HotStatus> {
        loop {
            tokio::select! {
                () = self.app.shutdown.cancelled() => return None,
                () = tokio::time::sleep(self.app.stream_poll) => {}
                () = woken(&mut self.wakeups, self.id) => {}
            }
            match self.app.find_status(self.id).await {
                Ok(Some(status)) if !status.visible_to(&self.viewer) => return None,
                Ok(Some(status)) if status != *last => return Some(status),
                Ok(Some(_)) => {}
                Ok(None) => return None,
                // Passing: looks again later.
                Err(e) => tracing::debug!(error = %e, "an event stream cannot look"),
            }
        }
    }
}

/// Until this scan is named, or too much was missed to know.
async fn woken(wakeups: &mut Receiver<ScanId>, id: ScanId) {
    loop {
        match wakeups.recv().await {
            Ok(who) if who != id => {}
            Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => return,
            Err(tokio::sync::broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

fn event_of(status: &HotStatus) -> Event {
    let name = status
        .meta
        .headers
        .iter()
        .find(|(n, _)| n == "x-mcp-hub-job-status")
        .map_or("status", |(_, v)| v.as_str());
    Event::default().event(name).data(String::from_utf8_lossy(&status.body))
}
