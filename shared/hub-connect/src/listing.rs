//! Asks a connected server for everything it shows, page by page, and puts together the surface.

use crate::tap::{Answer, Tap};
use crate::{ConnectError, ConnectLimits};
use hub_model::{EndpointFact, Retry, Surface, Transport};
use rmcp::RoleClient;
use rmcp::model::{
    ClientRequest, ListPromptsRequest, ListResourceTemplatesRequest, ListResourcesRequest, ListToolsRequest, PaginatedRequestParams,
};
use rmcp::service::Peer;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

const METHOD_NOT_FOUND: i64 = -32601;
/// A cursor longer than this is sent back to nobody.
const MAX_CURSOR: usize = 64 << 10;

/// How often lists are read again because the server says that they changed.
const MAX_RELISTINGS: usize = 3;
/// Names that one difference shows.
const MAX_NAMES: usize = 20;

/// One of the four lists.
#[derive(Clone, Copy, PartialEq, Eq)]
struct List {
    method: &'static str,
    /// Key of the elements in the answer.
    key: &'static str,
    /// Capability that announces it.
    capability: &'static str,
}

const TOOLS: List = List {
    method: "tools/list",
    key: "tools",
    capability: "tools",
};
const PROMPTS: List = List {
    method: "prompts/list",
    key: "prompts",
    capability: "prompts",
};
const RESOURCES: List = List {
    method: "resources/list",
    key: "resources",
    capability: "resources",
};
const TEMPLATES: List = List {
    method: "resources/templates/list",
    key: "resourceTemplates",
    capability: "resources",
};

impl List {
    fn request(self, cursor: Option<String>) -> ClientRequest {
        let params = cursor.map(|c| PaginatedRequestParams::default().with_cursor(Some(c)));
        macro_rules! request {
            ($variant:ident, $request:ident) => {{
                let mut request = $request::default();
                request.params = params;
                ClientRequest::$variant(request)
            }};
        }
        match self.method {
            "prompts/list" => request!(ListPromptsRequest, ListPromptsRequest),
            "resources/list" => request!(ListResourcesRequest, ListResourcesRequest),
            "resources/templates/list" => request!(ListResourceTemplatesRequest, ListResourceTemplatesRequest),
            _ => request!(ListToolsRequest, ListToolsRequest),
        }
    }
}

/// What one server may take.
pub(crate) struct Asking<'a> {
    pub(crate) tap: &'a Tap,
    pub(crate) limits: &'a ConnectLimits,
    pub(crate) deadline: Instant,
    /// Longest wait for the handshake.
    pub(crate) handshake_time: Duration,
    /// How much is asked for.
    pub(crate) extent: Extent,
    /// Who we say we are.
    pub(crate) client_name: &'static str,
}

/// How much of what a server shows is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    Tools,
    /// Only the handshake.
    Nothing,
}

/// What the handshake said, taken from the tap.
pub(crate) struct Greeting {
    pub(crate) protocol_version: Option<String>,
    pub(crate) server_info: Option<Value>,
    pub(crate) instructions: Option<String>,
    pub(crate) capabilities: Option<Value>,
}

/// Reads the answer to the handshake that succeeded.
pub(crate) fn greeting(tap: &Tap) -> Greeting {
    let (raw, version) = match (tap.take_answer("initialize"), tap.take_answer("server/discover")) {
        (Some(Answer::Result(raw)), _) => {
            let version = raw
                .get("protocolVersion")
                .and_then(Value::as_str)
                .map(|v| crate::text::plain(v, 40));
            (raw, version)
        }
        (_, Some(Answer::Result(raw))) => (raw, Some("2026-07-28".to_owned())),
        _ => (Value::Null, None),
    };
    // Since 2026-07-28 serverInfo is response metadata.
    let server_info = raw
        .get("serverInfo")
        .or_else(|| raw.get("_meta")?.get("io.modelcontextprotocol/serverInfo"));
    Greeting {
        protocol_version: version,
        server_info: server_info.cloned(),
        instructions: raw.get("instructions").and_then(Value::as_str).map(str::to_owned),
        capabilities: raw.get("capabilities").cloned(),
    }
}

impl Asking<'_> {
    /// Waits for a part of the handshake; see [`Asking::wait`].
    pub(crate) async fn handshake<T>(&self, step: &str, future: impl Future<Output = T>) -> Result<T, ConnectError> {
        self.wait(step, self.handshake_time, future).await
    }

    /// Waits for one call; see [`Asking::wait`].
    async fn within<T>(&self, step: &str, future: impl Future<Output = T>) -> Result<T, ConnectError> {
        self.wait(step, self.limits.call_time, future).await
    }

    /// Waits for `future`, but no longer than allowed, and not after something failed for good.
    async fn wait<T>(&self, step: &str, limit: Duration, future: impl Future<Output = T>) -> Result<T, ConnectError> {
        let limit = limit.min(self.deadline.saturating_duration_since(Instant::now()));
        tokio::select! {
            biased;
            error = self.tap.failure() => Err(error.at(step)),
            done = future => match self.tap.take_failure() {
                Some(error) => Err(error.at(step)),
                None => Ok(done),
            },
            () = tokio::time::sleep(limit) => Err(match self.tap.stray() {
                Some(why) => ConnectError::Malformed { step: step.to_owned(), why },
                None => ConnectError::TimedOut { step: step.to_owned(), limit },
            }),
        }
    }

    /// One request and its raw answer.
    async fn call(&self, peer: &Peer<RoleClient>, list: List, cursor: Option<String>) -> Result<Answer, ConnectError> {
        // What rmcp makes of the answer is beside the point: the tap has it as received.
        let _ = self.within(list.method, peer.send_request(list.request(cursor))).await?;
        self.tap.take_answer(list.method).ok_or_else(|| ConnectError::Closed {
            step: list.method.to_owned(),
        })
    }

    /// All pages of one list. `Err` only when not even the first page came.
    async fn read(&self, peer: &Peer<RoleClient>, list: List, facts: &mut Vec<EndpointFact>) -> Result<Vec<Value>, ConnectError> {
        let mut items = Vec::new();
        let mut seen = HashSet::new();
        let mut cursor = None;
        let mut cut = |why: String, items: &Vec<Value>| {
            self.tap.warn(format!(
                "{} is not complete ({} elements were read): {why}",
                list.method,
                items.len()
            ));
            facts.push(fact(
                "listing_incomplete",
                [("list", json!(list.method)), ("why", json!(why)), ("read", json!(items.len()))],
            ));
        };
        for page in 0.. {
            if page >= self.limits.max_pages {
                cut(
                    format!("it has more than {page} pages; an operator can raise HUB_CONNECT_MAX_PAGES"),
                    &items,
                );
                break;
            }
            let result = match self.call(peer, list, cursor.take()).await {
                Ok(Answer::Result(result)) => result,
                Ok(Answer::Error {
                    code: METHOD_NOT_FOUND, ..
                }) if page == 0 => break,
                Ok(Answer::Error { code, message }) => {
                    let error = ConnectError::RpcError {
                        step: list.method.to_owned(),
                        code,
                        message,
                    };
                    if page == 0 {
                        return Err(error);
                    }
                    cut(error.to_string(), &items);
                    break;
                }
                Err(error) if page == 0 => return Err(error),
                Err(error) => {
                    cut(error.to_string(), &items);
                    break;
                }
            };
            let (elements, next) = elements_of(result, list);
            let Some(elements) = elements else {
                let error = ConnectError::Malformed {
                    step: list.method.to_owned(),
                    why: format!("its result has no array `{}`", list.key),
                };
                if page == 0 {
                    return Err(error);
                }
                cut(error.to_string(), &items);
                break;
            };
            let room = self.limits.max_items.saturating_sub(items.len());
            let too_many = elements.len() > room;
            items.extend(elements.into_iter().take(room));
            if too_many {
                cut(
                    format!(
                        "it has more than {} elements; an operator can raise HUB_CONNECT_MAX_ITEMS",
                        self.limits.max_items
                    ),
                    &items,
                );
                break;
            }
            let Some(next) = next else { break };
            if next.len() > MAX_CURSOR {
                cut("its cursor is too long".to_owned(), &items);
                break;
            }
            if !seen.insert(next.clone()) {
                facts.push(fact("repeating_cursor", [("list", json!(list.method)), ("page", json!(page))]));
                self.tap.warn(format!(
                    "{} repeats a cursor and would never end; what came until then was kept",
                    list.method
                ));
                break;
            }
            cursor = Some(next);
        }
        Ok(items)
    }

    /// Everything the server lists.
    ///
    /// # Errors
    /// The tools could not be listed. The other lists then only cost a warning.
    pub(crate) async fn survey(
        &self,
        peer: &Peer<RoleClient>,
        greeting: Greeting,
        endpoint: String,
        transport: Transport,
    ) -> Result<Surface, ConnectError> {
        let announced = |name: &str| match &greeting.capabilities {
            Some(Value::Object(c)) => c.get(name).is_some_and(|v| !v.is_null() && v != &Value::Bool(false)),
            _ => false,
        };
        let mut facts = Vec::new();
        let tools = match self.extent {
            Extent::Nothing => Vec::new(),
            _ => self.read(peer, TOOLS, &mut facts).await?,
        };
        if !tools.is_empty() && !announced(TOOLS.capability) {
            self.tap
                .warn("the server lists tools although it does not announce the capability `tools`".to_owned());
        }
        let mut rest = BTreeMap::new();
        for list in [PROMPTS, RESOURCES, TEMPLATES] {
            if !announced(list.capability) || self.extent != Extent::All {
                continue;
            }
            match self.read(peer, list, &mut facts).await {
                Ok(items) => {
                    rest.insert(list.key, items);
                }
                Err(error) => {
                    let retry = error.retry_word();
                    self.tap.warn(format!("{} could not be read: {error}", list.method));
                    facts.push(fact(
                        "listing_incomplete",
                        [
                            ("list", json!(list.method)),
                            ("why", json!(error.to_string())),
                            ("read", json!(0)),
                            ("retry", json!(retry)),
                        ],
                    ));
                }
            }
        }
        let mut take = |list: List| rest.remove(list.key).unwrap_or_default();
        Ok(Surface {
            endpoint,
            transport,
            protocol_version: greeting.protocol_version,
            server_info: greeting.server_info,
            instructions: greeting.instructions,
            capabilities: greeting.capabilities,
            tools,
            prompts: take(PROMPTS),
            resources: take(RESOURCES),
            resource_templates: take(TEMPLATES),
            expected_tools: None,
            published: None,
            facts,
            warnings: Vec::new(),
        })
    }
}

impl Asking<'_> {
    /// Listens until `until` for news of changed lists, and lists those again.
    pub(crate) async fn listen(&self, peer: &Peer<RoleClient>, surface: &mut Surface, until: Instant) {
        let until = until.min(self.deadline);
        let mut left = MAX_RELISTINGS;
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut changed = BTreeMap::new();
        while left > 0 {
            let Ok(lists) = tokio::time::timeout_at(until, self.tap.changed_lists()).await else {
                break;
            };
            left -= 1;
            for list in [TOOLS, PROMPTS, RESOURCES].into_iter().filter(|l| lists.contains(l.method)) {
                *counts.entry(list.method.to_owned()).or_default() += 1;
                let Ok(items) = self.read(peer, list, &mut Vec::new()).await else {
                    continue;
                };
                let before = match list {
                    PROMPTS => &mut surface.prompts,
                    RESOURCES => &mut surface.resources,
                    _ => &mut surface.tools,
                };
                let difference = Difference::between(before, &items);
                if !difference.is_empty() {
                    changed.insert(list.method.to_owned(), difference.shown(self.tap));
                    *before = items;
                }
            }
        }
        if !changed.is_empty() {
            surface.facts.push(fact(
                "list_changed_during_scan",
                [("lists", json!(changed)), ("announced", json!(counts))],
            ));
        }
    }
}

/// In what two listings differ, by name and field.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    added: Vec<String>,
    removed: Vec<String>,
    /// Name, and the fields that are not the same.
    changed: Vec<(String, Vec<String>)>,
}

impl Difference {
    pub(crate) fn between(before: &[Value], after: &[Value]) -> Self {
        let by_name = |items: &[Value]| -> BTreeMap<String, Value> {
            let name = |item: &Value| ["name", "uri"].iter().find_map(|k| item.get(k)?.as_str().map(str::to_owned));
            items.iter().map(|item| (name(item).unwrap_or_default(), item.clone())).collect()
        };
        let (before, after) = (by_name(before), by_name(after));
        let changed = before.iter().filter_map(|(name, old)| {
            let new = after.get(name).filter(|new| *new != old)?;
            let none = Map::new();
            let (old, new) = (old.as_object().unwrap_or(&none), new.as_object().unwrap_or(&none));
            let fields = old.keys().chain(new.keys()).filter(|k| old.get(*k) != new.get(*k));
            let fields: std::collections::BTreeSet<String> = fields.cloned().collect();
            Some((name.clone(), fields.into_iter().collect()))
        });
        Self {
            changed: changed.collect(),
            added: after.keys().filter(|k| !before.contains_key(*k)).cloned().collect(),
            removed: before.keys().filter(|k| !after.contains_key(*k)).cloned().collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As the details of a fact: bounded, and fit to be shown.
    pub(crate) fn shown(&self, tap: &Tap) -> Value {
        let names = |list: &[String]| -> Vec<String> { list.iter().take(MAX_NAMES).map(|n| tap.quote(n, 100)).collect() };
        let changed: Vec<Value> = self
            .changed
            .iter()
            .take(MAX_NAMES)
            .map(|(name, fields)| json!({"name": tap.quote(name, 100), "fields": names(fields)}))
            .collect();
        json!({"added": names(&self.added), "removed": names(&self.removed), "changed": changed})
    }
}

impl ConnectError {
    fn retry_word(&self) -> &'static str {
        match hub_model::ErrorCode::retry(self) {
            Retry::Later => "later",
            Retry::Never => "never",
        }
    }
}

/// Elements and next cursor of one page. An empty or null cursor ends the list.
fn elements_of(result: Value, list: List) -> (Option<Vec<Value>>, Option<String>) {
    let Value::Object(mut result) = result else { return (None, None) };
    let next = match result.remove("nextCursor") {
        Some(Value::String(s)) if !s.is_empty() => Some(s),
        _ => None,
    };
    match result.remove(list.key) {
        Some(Value::Array(elements)) => (Some(elements), next),
        _ => (None, None),
    }
}

/// An observation with its details.
pub(crate) fn fact<const N: usize>(name: &str, details: [(&str, Value); N]) -> EndpointFact {
    EndpointFact {
        name: name.to_owned(),
        details: details.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
    }
}

/// What the tap saw the server ask of us, as facts.
pub(crate) fn requests_as_facts(tap: &Tap) -> Vec<EndpointFact> {
    let mut by_name: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (method, times) in tap.server_requests() {
        let name = match method.as_str() {
            "sampling/createMessage" => "server_requested_sampling",
            "elicitation/create" => "server_requested_elicitation",
            "roots/list" => "server_requested_roots",
            _ => "server_requested_other",
        };
        by_name.entry(name).or_default().insert(method, json!(times));
    }
    // `announced`: we say that we could, so that servers show everything, and then refuse.
    by_name
        .into_iter()
        .map(|(name, methods)| fact(name, [("methods", Value::Object(methods)), ("answered", json!("method not found"))]))
        .collect()
}
