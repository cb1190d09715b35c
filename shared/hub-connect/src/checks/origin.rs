//! Would a foreign web page be let in? One handshake and one preflight as a browser would send them.
//!
//! A page of a stranger reaches a server on the visitor's own machine in two ways: by DNS rebinding, where both `Host` and `Origin` are
//! the stranger's, or straight across origins, where the server's CORS headers decide. For a server on a public address the first way
//! gains nothing, so there only `Origin` is foreign.

use super::{Checked, Looking, Outcome, address_word, is_refusal};
use crate::ledger::Purpose;
use crate::listing::{Extent, fact};
use crate::wire::Manner;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST,
    ORIGIN,
};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;

/// An origin that is nobody's (RFC 6761) and says whose request it is.
const FOREIGN_HOST: &str = "mcp-hub-origin-check.invalid";
const FOREIGN_ORIGIN: &str = "https://mcp-hub-origin-check.invalid";

impl Looking<'_> {
    pub(super) async fn origin(&mut self) -> Checked {
        let is_local = address_word(self.wire) != "public";
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static(FOREIGN_ORIGIN));
        if is_local {
            headers.insert(HOST, HeaderValue::from_static(FOREIGN_HOST));
        }
        let manner = Manner {
            headers,
            ..Manner::of(Purpose::Origin)
        };
        let (wire, _guard) = self.wire.in_manner(manner).attempt();
        let accepted = match self.again_over(&wire, Extent::Nothing).await {
            Ok(_) => true,
            Err(error) if is_refusal(&error) => false,
            Err(error) => return Err(error),
        };
        if accepted {
            self.facts.push(fact(
                "foreign_origin_accepted",
                [("address", json!(address_word(self.wire))), ("foreign_host", json!(is_local))],
            ));
        }
        let preflight = self.preflight().await?;
        let answer = wire.headers_seen();
        for (headers, preflight) in [(preflight, true), (answer, false)] {
            let Some(allowed) = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN).and_then(|v| v.to_str().ok()) else {
                continue;
            };
            let allow_origin = match allowed {
                "*" => "any",
                FOREIGN_ORIGIN => "reflected",
                _ => continue,
            };
            let allow_credentials = headers.get(ACCESS_CONTROL_ALLOW_CREDENTIALS).is_some_and(|v| v == "true");
            self.facts.push(fact(
                "permissive_cors",
                [
                    ("allow_origin", json!(allow_origin)),
                    ("allow_credentials", json!(allow_credentials)),
                    ("preflight", json!(preflight)),
                    ("address", json!(address_word(self.wire))),
                ],
            ));
            break;
        }
        Ok(Outcome::Done)
    }

    /// What the server answers to a browser that asks before it posts JSON. Browsers send no credentials here.
    async fn preflight(&self) -> Result<HeaderMap, crate::ConnectError> {
        let manner = Manner {
            dress: Some(Self::bare()),
            ..Manner::of(Purpose::Origin)
        };
        let (wire, _guard) = self.wire.in_manner(manner).attempt();
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static(FOREIGN_ORIGIN));
        headers.insert(ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("POST"));
        headers.insert(
            ACCESS_CONTROL_REQUEST_HEADERS,
            HeaderValue::from_static("content-type,mcp-protocol-version,mcp-session-id"),
        );
        let target = wire.target().clone();
        let asked = wire.send("a preflight", Method::OPTIONS, &target, headers, None);
        match tokio::time::timeout_at(self.until, asked).await {
            Ok(Ok(response)) if response.status().is_success() => Ok(response.headers().clone()),
            Ok(Err(error)) if !is_refusal(&error) => Err(error),
            // No answer in time is no permission either.
            Ok(_) | Err(_) => Ok(HeaderMap::new()),
        }
    }
}
