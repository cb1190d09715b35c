//! What do error answers give away? One message that is cut off and one method that nobody has.

use super::{Checked, Looking, MAX_SAID, Outcome};
use crate::ConnectError;
use crate::ledger::Purpose;
use crate::listing::fact;
use http::HeaderMap;
use hub_model::Transport;
use serde_json::json;

/// What is sent, and what it is called.
const REQUESTS: [(&str, &str); 2] = [
    ("a message that is cut off", r#"{"jsonrpc":"2.0","id":1,"method":"#),
    (
        "a method that does not exist",
        r#"{"jsonrpc":"2.0","id":1,"method":"mcp-hub/no-such-method","params":{"a":[1]}}"#,
    ),
];

impl Looking<'_> {
    pub(super) async fn errors(&mut self) -> Checked {
        if self.surface.transport == Transport::Sse {
            return Ok(Outcome::NotApplicable("over HTTP+SSE answers do not come back to who posts"));
        }
        let mut silent = None;
        for (what, body) in REQUESTS {
            match self.post(Purpose::Errors, what, body, HeaderMap::new()).await {
                Ok(said) => {
                    // What is kept is for the rules to read; white space is folded, so that nothing in it forges lines.
                    let text = self.wire.tap().quote(&said.text, MAX_SAID);
                    self.facts.push(fact(
                        "error_answer",
                        [("to", json!(what)), ("status", json!(said.status)), ("text", json!(text))],
                    ));
                }
                Err(error @ ConnectError::RequestsUsedUp { .. }) => return Err(error),
                Err(error) => silent = Some(error),
            }
        }
        silent.map_or(Ok(Outcome::Done), Err)
    }
}
