//! Transports of our own on rmcp's worker trait: whole messages go out one by one and come in one by one.

use crate::ConnectError;
use crate::streamable::Over;
use crate::tap::{Sent, Tap};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use rmcp::RoleClient;
use rmcp::model::RequestId;
use rmcp::transport::worker::{Worker, WorkerContext, WorkerQuitReason};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A connection that carries whole JSON-RPC messages.
pub(crate) trait Link: Send + 'static {
    /// Sends one message; several may be under way at once.
    fn send(&mut self, step: String, message: Vec<u8>) -> BoxFuture<'static, Result<(), ConnectError>>;
    /// The next message; `None` when the peer has closed. Must be safe to drop before it is ready.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, ConnectError>> + Send;
}

/// Runs a [`Link`] under rmcp, with the tap in between. Which call a failure ends is not known here: its `step` stays empty and is
/// filled in by who waits ([`ConnectError::at`]).
pub(crate) struct LinkWorker<L> {
    pub(crate) link: L,
    pub(crate) tap: Arc<Tap>,
    /// Longest wait for an answer to `server/discover`.
    pub(crate) discover_time: Duration,
}

impl<L: Link> Worker for LinkWorker<L> {
    type Error = Over;
    type Role = RoleClient;

    fn err_closed() -> Over {
        Over
    }

    fn err_join(_: tokio::task::JoinError) -> Over {
        Over
    }

    async fn run(mut self, mut context: WorkerContext<Self>) -> Result<(), WorkerQuitReason<Over>> {
        let mut sending = FuturesUnordered::new();
        let mut discovering: Option<(RequestId, Instant)> = None;
        let over = |tap: &Tap, error: ConnectError| {
            tap.fail(error);
            Err(WorkerQuitReason::fatal(Over, "the exchange failed"))
        };
        loop {
            let discover_deadline = discovering.as_ref().map(|(_, at)| *at);
            tokio::select! {
                () = context.cancellation_token.cancelled() => return Err(WorkerQuitReason::Cancelled),
                message = context.from_handler_rx.recv() => {
                    let Some(message) = message else { return Err(WorkerQuitReason::HandlerTerminated) };
                    let sent = self.tap.sent(&message.message);
                    let is_request = matches!(sent, Sent::Request { .. });
                    let step = match &sent {
                        Sent::Request { method, .. } => method.clone(),
                        Sent::Other => "a notification".to_owned(),
                    };
                    if let Sent::Request { id, method } = sent && method == "server/discover" {
                        discovering = Some((id, Instant::now() + self.discover_time));
                    }
                    let text = match serde_json::to_vec(&message.message) {
                        Ok(text) => text,
                        Err(e) => return over(&self.tap, ConnectError::Setup(e.to_string())),
                    };
                    let send = self.link.send(step, text);
                    sending.push(async move { (send.await, message.responder, is_request) });
                }
                Some((result, responder, is_request)) = sending.next(), if !sending.is_empty() => match result {
                    Err(error) if is_request || !error.other_transport_may_work() => {
                        // Whoever asked may have stopped waiting: no matter, here and below.
                        let _ = responder.send(Err(Over));
                        return over(&self.tap, error);
                    }
                    result => {
                        if let Err(error) = result {
                            self.tap.warn(format!("a notification or reply was not accepted: {error}"));
                        }
                        let _ = responder.send(Ok(()));
                    }
                },
                text = self.link.next() => {
                    let text = match text {
                        Ok(Some(text)) => text,
                        Ok(None) => return over(&self.tap, ConnectError::Closed { step: String::new() }),
                        Err(error) => return over(&self.tap, error),
                    };
                    let heard = match self.tap.hear(&text, "", None) {
                        Ok(heard) => heard,
                        Err(error) => return over(&self.tap, error),
                    };
                    if discovering.as_ref().is_some_and(|(id, _)| heard.answered.iter().any(|n| RequestId::Number(*n) == *id)) {
                        discovering = None;
                    }
                    for message in heard.for_rmcp {
                        context.send_to_handler(message).await?;
                    }
                }
                () = tokio::time::sleep_until(discover_deadline.unwrap_or_else(Instant::now)), if discover_deadline.is_some() => {
                    if let Some((id, _)) = discovering.take() {
                        context.send_to_handler(self.tap.discover_refused(&id)).await?;
                    }
                }
            }
        }
    }
}
