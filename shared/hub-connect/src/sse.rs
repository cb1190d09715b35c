//! HTTP+SSE, the transport of protocol revision 2024-11-05, of which rmcp has no client any more: one event stream for
//! everything the server says, and an endpoint named on it to which messages are posted.

use crate::ConnectError;
use crate::raw::Link;
use crate::text::shown_url;
use crate::wire::{Wire, media_type, name_of_type};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use sse_stream::Sse;
use url::Url;

/// An open event stream and the endpoint it named.
pub(crate) struct SseLink {
    wire: Wire,
    events: BoxStream<'static, Result<Sse, ConnectError>>,
    endpoint: Url,
}

impl SseLink {
    /// Opens the stream and waits for its `endpoint` event, which must name an URL on the target's own origin.
    pub(crate) async fn open(wire: Wire) -> Result<Self, ConnectError> {
        let step = "opening the event stream";
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        let response = wire.send(step, Method::GET, wire.target(), headers, None).await?;
        wire.judge(step, &response)?;
        let kind = media_type(&response);
        if kind != "text/event-stream" {
            return Err(ConnectError::NotMcp {
                step: step.to_owned(),
                what: name_of_type(&kind),
            });
        }
        let mut events = wire.events("", response).boxed();
        loop {
            let Some(event) = events.next().await.transpose()? else {
                return Err(ConnectError::NotMcp {
                    step: step.to_owned(),
                    what: "an event stream that names no endpoint".to_owned(),
                });
            };
            if event.event.as_deref() != Some("endpoint") {
                continue;
            }
            let named = event.data.unwrap_or_default();
            let endpoint = wire.target().join(named.trim()).map_err(|_| ConnectError::NotMcp {
                step: step.to_owned(),
                what: format!("an endpoint event with the unusable URL `{}`", wire.tap().quote(&named, 120)),
            })?;
            if endpoint.origin() != wire.target().origin() {
                return Err(ConnectError::ForeignEndpoint {
                    to: wire.tap().quote(&shown_url(&endpoint), 200),
                });
            }
            return Ok(Self { wire, events, endpoint });
        }
    }
}

impl Link for SseLink {
    fn send(&mut self, step: String, message: Vec<u8>) -> BoxFuture<'static, Result<(), ConnectError>> {
        let (wire, endpoint) = (self.wire.clone(), self.endpoint.clone());
        Box::pin(async move {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let response = wire.send(&step, Method::POST, &endpoint, headers, Some(message)).await?;
            // The answer comes on the stream; a body here ("Accepted") says nothing.
            wire.judge(&step, &response)
        })
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, ConnectError> {
        while let Some(event) = self.events.next().await.transpose()? {
            let is_message = event.event.as_deref().is_none_or(|name| name == "message");
            match event.data {
                Some(data) if is_message && !data.trim().is_empty() => return Ok(Some(data.into_bytes())),
                _ => {}
            }
        }
        Ok(None)
    }
}
