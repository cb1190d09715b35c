//! The tap between the wire and rmcp: every message is read raw here first, kept exactly as received, and only what
//! rmcp needs to run the protocol is passed on.
//!
//! rmcp's typed models drop fields they do not know, refuse whole answers for one bad field, and its 2026-07-28
//! transport leaves out tools with unusable annotations. A scanner must see all of that. So an answer's raw `result` is
//! filed here under its method, and rmcp gets a plain stand-in: the negotiated version for a handshake, an empty
//! result for a listing. What a server asks of us is recorded and refused.

use crate::text::plain;
use crate::{ConnectError, ConnectLimits};
use rmcp::model::{
    ClientJsonRpcMessage, CustomRequest, DiscoverResult, ErrorCode, ErrorData, Implementation, InitializeResult, NumberOrString,
    ProtocolVersion, RequestId, ServerCapabilities, ServerJsonRpcMessage, ServerRequest, ServerResult,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The method name under which requests of the server reach rmcp, which answers every one with "method not found".
const REFUSED: &str = "hub/refused";
/// Messages of one batch (2025-03-26) that are looked at.
const MAX_BATCH: usize = 1000;
const MAX_WARNINGS: usize = 50;
/// Deepest nesting that is ever kept: a surface goes to the analysing process as JSON, whose parser stops at 128 levels.
pub(crate) const MAX_DEPTH: usize = 120;
/// Characters of a server's words that are looked at for a quotation.
const MAX_QUOTED: usize = 64 << 10;

/// A server's answer, as received.
#[derive(Debug)]
pub(crate) enum Answer {
    Result(Value),
    Error { code: i64, message: String },
}

/// What a message of ours is.
pub(crate) enum Sent {
    Request { id: RequestId, method: String },
    Other,
}

/// What came out of one received text.
#[derive(Default)]
pub(crate) struct Heard {
    /// What rmcp is told.
    pub(crate) for_rmcp: Vec<ServerJsonRpcMessage>,
    /// Requests of ours that were answered.
    pub(crate) answered: Vec<i64>,
}

pub(crate) struct Tap {
    state: Mutex<State>,
    failed: Notify,
    max_depth: usize,
    max_nodes: usize,
    list_changed: Notify,
}

#[derive(Default)]
struct State {
    asked: HashMap<i64, String>,
    answers: HashMap<String, Answer>,
    server_requests: BTreeMap<String, u64>,
    strays: Option<String>,
    warnings: Vec<String>,
    failure: Option<ConnectError>,
    secrets: Vec<String>,
    changed_lists: BTreeSet<String>,
}

impl Tap {
    /// `secrets` are hidden wherever a server's words are shown.
    pub(crate) fn new(limits: &ConnectLimits, secrets: Vec<String>) -> Self {
        Self {
            state: Mutex::new(State {
                secrets,
                ..State::default()
            }),
            failed: Notify::new(),
            list_changed: Notify::new(),
            max_depth: limits.max_json_depth.min(MAX_DEPTH),
            max_nodes: limits.max_json_nodes,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing below panics between two related changes, so a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Words of the server, fit for a message.
    pub(crate) fn quote(&self, text: &str, max: usize) -> String {
        // Secrets go before the text is cut or cleaned, or a part of one could stay.
        let mut text: String = text.chars().take(MAX_QUOTED).collect();
        for secret in self.secrets() {
            text = text.replace(&secret, "***");
        }
        plain(&text, max)
    }

    pub(crate) fn secrets(&self) -> Vec<String> {
        self.state().secrets.clone()
    }

    /// Hides further secrets from now on.
    pub(crate) fn also_hide(&self, secrets: &[String]) {
        let mut state = self.state();
        for secret in secrets {
            if !state.secrets.contains(secret) {
                state.secrets.push(secret.clone());
            }
        }
    }

    /// Waits until the server says that a list has changed; then which, each once.
    pub(crate) async fn changed_lists(&self) -> BTreeSet<String> {
        loop {
            let notified = self.list_changed.notified();
            let changed = self.take_changed_lists();
            if !changed.is_empty() {
                return changed;
            }
            notified.await;
        }
    }

    /// Lists of which the server has said that they changed, by the method that reads them.
    pub(crate) fn take_changed_lists(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.state().changed_lists)
    }

    /// Ends the scan with this error, unless one came before.
    pub(crate) fn fail(&self, error: ConnectError) {
        self.state().failure.get_or_insert(error);
        self.failed.notify_waiters();
    }

    pub(crate) fn take_failure(&self) -> Option<ConnectError> {
        self.state().failure.take()
    }

    /// Waits until something failed for good.
    pub(crate) async fn failure(&self) -> ConnectError {
        loop {
            let notified = self.failed.notified();
            if let Some(error) = self.take_failure() {
                return error;
            }
            notified.await;
        }
    }

    pub(crate) fn warn(&self, warning: String) {
        let mut state = self.state();
        if state.warnings.len() < MAX_WARNINGS && !state.warnings.contains(&warning) {
            state.warnings.push(warning);
        }
    }

    pub(crate) fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.state().warnings)
    }

    /// What the server asked of us, with how often.
    pub(crate) fn server_requests(&self) -> BTreeMap<String, u64> {
        self.state().server_requests.clone()
    }

    /// The newest answer to `method`.
    pub(crate) fn take_answer(&self, method: &str) -> Option<Answer> {
        self.state().answers.remove(method)
    }

    /// An answer that carried an id nobody had asked with, in words.
    pub(crate) fn stray(&self) -> Option<String> {
        self.state().strays.clone()
    }

    /// Notes what goes out, so that its answer is recognised.
    pub(crate) fn sent(&self, message: &ClientJsonRpcMessage) -> Sent {
        let ClientJsonRpcMessage::Request(request) = message else {
            return Sent::Other;
        };
        let method = serde_json::to_value(&request.request)
            .ok()
            .and_then(|v| v.get("method").and_then(Value::as_str).map(str::to_owned));
        let method = method.unwrap_or_default();
        if let NumberOrString::Number(id) = &request.id {
            let mut state = self.state();
            state.answers.remove(&method);
            state.asked.insert(*id, method.clone());
        }
        Sent::Request {
            id: request.id.clone(),
            method,
        }
    }

    /// What rmcp is told where `server/discover` got no usable answer: it then tries `initialize` on the same connection.
    pub(crate) fn discover_refused(&self, id: &RequestId) -> ServerJsonRpcMessage {
        if let NumberOrString::Number(n) = id {
            self.state().asked.remove(n);
        }
        ServerJsonRpcMessage::error(
            ErrorData::invalid_request("no usable answer to server/discover", None),
            Some(id.clone()),
        )
    }

    /// Reads one received text. With `expect`, the text is the direct answer to that request and nothing else will come.
    ///
    /// # Errors
    /// The text is no JSON, holds too many values, nests too deep, or does not answer what it must.
    pub(crate) fn hear(&self, text: &[u8], step: &str, expect: Option<&RequestId>) -> Result<Heard, ConnectError> {
        let value = parse(text, step, self.max_nodes, self.max_depth)?;
        let mut heard = Heard::default();
        match value {
            Value::Array(batch) => {
                if batch.len() > MAX_BATCH {
                    self.warn(format!("a batch of {} messages was read only up to {MAX_BATCH}", batch.len()));
                }
                for message in batch.into_iter().take(MAX_BATCH) {
                    self.hear_one(message, step, expect, &mut heard)?;
                }
            }
            message => self.hear_one(message, step, expect, &mut heard)?,
        }
        if let Some(NumberOrString::Number(id)) = expect
            && !heard.answered.contains(id)
        {
            let why = self.stray().unwrap_or_else(|| "it holds no result and no error".to_owned());
            return Err(ConnectError::Malformed {
                step: step.to_owned(),
                why,
            });
        }
        Ok(heard)
    }

    fn hear_one(&self, message: Value, step: &str, expect: Option<&RequestId>, heard: &mut Heard) -> Result<(), ConnectError> {
        let Value::Object(mut message) = message else {
            return Err(ConnectError::Malformed {
                step: step.to_owned(),
                why: "a message is no object".to_owned(),
            });
        };
        if let Some(method) = message.get("method").and_then(Value::as_str) {
            if let Some(id) = message.get("id").filter(|id| !id.is_null()) {
                heard.for_rmcp.extend(self.refuse(method, id));
            } else if let Some(list) = method.strip_prefix("notifications/").and_then(|m| m.strip_suffix("/list_changed"))
                && matches!(list, "tools" | "prompts" | "resources")
            {
                self.state().changed_lists.insert(format!("{list}/list"));
                self.list_changed.notify_waiters();
            }
            return Ok(());
        }
        let (result, error) = (message.remove("result"), message.remove("error"));
        if result.is_none() && error.is_none() {
            // The right answer may still come on a stream; when it does not, this is why.
            self.stray_came("a message has neither method, result nor error".to_owned());
            return Ok(());
        }
        if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            self.warn("the server leaves out or misstates `jsonrpc`: `2.0` in its answers".to_owned());
        }
        let id = message.get("id").unwrap_or(&Value::Null);
        let Some((id, method)) = self.recognise(id, error.is_some(), expect) else {
            let stray = format!(
                "an answer carries the id {}, with which nothing was asked",
                self.quote(&id.to_string(), 40)
            );
            self.stray_came(stray);
            return Ok(());
        };
        heard.answered.push(id);
        let id = NumberOrString::Number(id);
        let told = match (result, error) {
            (_, Some(error)) => self.hear_error(&method, &error, id),
            (Some(result), None) => self.hear_result(&method, result, id)?,
            (None, None) => return Ok(()),
        };
        heard.for_rmcp.push(told);
        Ok(())
    }

    fn stray_came(&self, stray: String) {
        self.warn(format!("{stray}; it was ignored"));
        self.state().strays.get_or_insert(stray);
    }

    /// The request that an id answers. A string of digits counts as the number; an error without id belongs to the only
    /// request that it can mean.
    fn recognise(&self, id: &Value, is_error: bool, expect: Option<&RequestId>) -> Option<(i64, String)> {
        let mut state = self.state();
        let number = match id {
            Value::Number(n) => n.as_i64(),
            Value::String(s) => s.parse().ok(),
            _ => None,
        };
        let number = number.filter(|n| state.asked.contains_key(n)).or_else(|| match expect {
            // Middleware that refuses a call before reading it cannot repeat its id.
            Some(NumberOrString::Number(n)) if is_error => Some(*n),
            None if is_error && id.is_null() && state.asked.len() == 1 => state.asked.keys().next().copied(),
            _ => None,
        })?;
        state.asked.remove(&number).map(|method| (number, method))
    }

    fn hear_error(&self, method: &str, error: &Value, id: RequestId) -> ServerJsonRpcMessage {
        let code = error.get("code").and_then(Value::as_i64).unwrap_or(0);
        let message = self.quote(error.get("message").and_then(Value::as_str).unwrap_or("no message"), 300);
        self.state().answers.insert(
            method.to_owned(),
            Answer::Error {
                code,
                message: message.clone(),
            },
        );
        if method == "server/discover" {
            let offered = error.get("data").and_then(|d| d.get("supported"));
            if code == i64::from(ErrorCode::UNSUPPORTED_PROTOCOL_VERSION.0) && offers_stateless(offered) {
                // A server of today that asks to be asked again: rmcp does so once.
                let data = json!({"supported": [ProtocolVersion::V_2026_07_28]});
                let error = ErrorData::new(ErrorCode::UNSUPPORTED_PROTOCOL_VERSION, message, Some(data));
                return ServerJsonRpcMessage::error(error, Some(id));
            }
            // Whatever the reason, `initialize` is worth a try.
            return self.discover_refused(&id);
        }
        let code = ErrorCode(i32::try_from(code).unwrap_or(-32603));
        ServerJsonRpcMessage::error(ErrorData::new(code, message, None), Some(id))
    }

    fn hear_result(&self, method: &str, result: Value, id: RequestId) -> Result<ServerJsonRpcMessage, ConnectError> {
        let told = match method {
            "initialize" => {
                if !result.is_object() {
                    return Err(ConnectError::Malformed {
                        step: method.to_owned(),
                        why: "its result is no object".to_owned(),
                    });
                }
                let version = result.get("protocolVersion").and_then(Value::as_str);
                if version.is_none() {
                    self.warn("the server names no protocolVersion in its answer to initialize; 2024-11-05 is assumed".to_owned());
                }
                let mut told = InitializeResult::new(ServerCapabilities::default()).with_server_info(Implementation::new("server", "0"));
                told.protocol_version = version_of(version.unwrap_or("2024-11-05"));
                ServerResult::InitializeResult(told)
            }
            "server/discover" => {
                if !offers_stateless(result.get("supportedVersions")) {
                    return Ok(self.discover_refused(&id));
                }
                ServerResult::DiscoverResult(DiscoverResult::new(
                    vec![ProtocolVersion::V_2026_07_28],
                    ServerCapabilities::default(),
                ))
            }
            _ => ServerResult::empty(()),
        };
        self.state().answers.insert(method.to_owned(), Answer::Result(result));
        Ok(ServerJsonRpcMessage::response(told, id))
    }

    /// Records what the server asks of us. A ping is answered; anything else is refused by rmcp as an unknown method.
    fn refuse(&self, method: &str, id: &Value) -> Option<ServerJsonRpcMessage> {
        let id: RequestId = serde_json::from_value(id.clone()).ok()?;
        if method == "ping" {
            return Some(ServerJsonRpcMessage::request(ServerRequest::PingRequest(Default::default()), id));
        }
        let mut state = self.state();
        let method = plain(method, 80);
        if state.server_requests.len() < 32 || state.server_requests.contains_key(&method) {
            *state.server_requests.entry(method).or_default() += 1;
        }
        Some(ServerJsonRpcMessage::request(
            ServerRequest::CustomRequest(CustomRequest::new(REFUSED, None)),
            id,
        ))
    }
}

/// Whether a list of versions holds the one that needs no handshake.
fn offers_stateless(versions: Option<&Value>) -> bool {
    let versions = versions.and_then(Value::as_array);
    versions.is_some_and(|list| list.iter().any(|v| v.as_str() == Some(ProtocolVersion::V_2026_07_28.as_str())))
}

fn version_of(text: &str) -> ProtocolVersion {
    serde_json::from_value(Value::String(plain(text, 40))).unwrap_or(ProtocolVersion::V_2024_11_05)
}

/// JSON of whoever it may be, within bounds: its values are counted before they are made, its levels before they are kept.
///
/// # Errors
/// [`ConnectError::TooManyValues`], [`ConnectError::TooDeep`], or [`ConnectError::Malformed`] where it is no JSON.
pub(crate) fn parse(text: &[u8], step: &str, max_nodes: usize, max_depth: usize) -> Result<Value, ConnectError> {
    let step = || step.to_owned();
    let too_deep = || ConnectError::TooDeep {
        step: step(),
        limit: max_depth,
    };
    // A byte order mark is wrong here (RFC 8259, section 8.1), but common enough.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if nodes(text) > max_nodes {
        return Err(ConnectError::TooManyValues {
            step: step(),
            limit: max_nodes,
        });
    }
    let read = serde_json::from_slice(text).or_else(|e| mended(text).map_or(Err(e), |text| serde_json::from_str(&text)));
    let value: Value = read.map_err(|e| match e.to_string() {
        why if why.contains("recursion limit") => too_deep(),
        why => ConnectError::Malformed {
            step: step(),
            why: plain(&why, 120),
        },
    })?;
    if depth(&value) > max_depth { Err(too_deep()) } else { Ok(value) }
}

/// The text with what no Unicode text has replaced by U+FFFD: bytes that are no UTF-8, escapes of half a surrogate pair. Clients in
/// JavaScript and Python read over both, so a server could hide behind them what it tells a model. `None` where there is neither.
fn mended(text: &[u8]) -> Option<String> {
    let lossy = String::from_utf8_lossy(text);
    let mut changed = matches!(lossy, std::borrow::Cow::Owned(_));
    let unit = |rest: &str| {
        let digits = rest.strip_prefix("\\u")?.get(..4)?;
        digits
            .bytes()
            .all(|b| b.is_ascii_hexdigit())
            .then(|| u16::from_str_radix(digits, 16).ok())
            .flatten()
    };
    let mut out = String::with_capacity(lossy.len());
    let mut rest = &*lossy;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let take = match unit(rest) {
            Some(0xd800..=0xdbff) if rest.get(6..).and_then(unit).is_some_and(|u| (0xdc00..=0xdfff).contains(&u)) => 12,
            Some(0xd800..=0xdfff) => {
                changed = true;
                out.push('\u{fffd}');
                rest = &rest[6..];
                continue;
            }
            Some(_) => 6,
            None => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..take]);
        rest = &rest[take..];
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// An upper bound, within a factor of two, of the JSON values that parsing makes of the text: separators and brackets outside
/// strings. Sixteen megabytes of `[0,0,…` would become some hundred.
fn nodes(text: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (1, false, false);
    for byte in text {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b',' | b'[' | b'{' | b':') => count += 1,
            _ => {}
        }
    }
    count
}

/// Deepest nesting; the parser has bounded it to 128 before.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(a) => 1 + a.iter().map(depth).max().unwrap_or(0),
        Value::Object(o) => 1 + o.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_too_many_values_is_refused_before_it_is_parsed() {
        let limits = ConnectLimits {
            max_json_nodes: 20,
            ..ConnectLimits::default()
        };
        let tap = Tap::new(&limits, Vec::new());
        let many = format!("[{}0]", "0,".repeat(30));
        assert!(matches!(
            tap.hear(many.as_bytes(), "tools/list", None),
            Err(ConnectError::TooManyValues { limit: 20, .. })
        ));
        let text = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "[{,:\"\\,".repeat(30)}});
        assert!(
            tap.hear(text.to_string().as_bytes(), "tools/list", None).is_ok(),
            "what stands in strings is no value"
        );
    }

    #[test]
    fn halves_of_surrogate_pairs_and_bytes_that_are_no_utf8_hide_nothing() {
        let read = |text: &[u8]| parse(text, "tools/list", 100, 10).expect("JSON");
        assert_eq!(
            read(br#"{"a": "x\ud800y \udc00 \ud83d\ude00"}"#)["a"],
            "x\u{fffd}y \u{fffd} \u{1f600}"
        );
        assert_eq!(read(b"{\"a\": \"x\xff\xfey\"}")["a"], "x\u{fffd}\u{fffd}y");
        assert_eq!(read(br#"{"a": "\\ud800 stays", "b\ud800": 1}"#)["a"], "\\ud800 stays");
        assert!(parse(b"{\"a\": \xff}", "tools/list", 100, 10).is_err());
    }
}
