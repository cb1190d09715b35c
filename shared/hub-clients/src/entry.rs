//! One entry, in whatever dialect.

use crate::dialects::Place;
use crate::launch::{Launched, find_launched};
use crate::mask::{SecretFormats, judge, judge_args, judge_url, mask, secrets_of_url};
use hub_model::{ConfigEntry, ConfigValue, TransportChoice, is_secret_name};
use serde_json::{Map, Value};

/// How deep members that nobody knows are looked through for secrets.
const MAX_DEPTH: usize = 6;
/// Most such members of one entry.
const MAX_OTHERS: usize = 200;

/// One server of a configuration, with its secrets in clear: it has no `Debug`, is not serialised, and is dropped as soon as
/// the server has been reached. What may be shown is [`Entry::masked`].
pub struct Entry {
    pub name: String,
    /// JSON pointer of the entry.
    pub at: String,
    pub line: u32,
    pub reach: Reach,
    pub env: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub cwd: Option<String>,
    /// Tools that are called without asking; `*` stands for all.
    pub unasked: Vec<String>,
    pub disabled: bool,
    /// String members that are none of the above, by their path.
    others: Vec<(String, String)>,
}

/// How it is reached.
pub enum Reach {
    Endpoint {
        url: String,
        transport: TransportChoice,
    },
    /// Program and arguments.
    Command(Vec<String>),
    /// A client's own extension, or nothing that is understood.
    Nothing,
}

/// Spellings of the members, the first one found counts.
const URL: [&str; 4] = ["url", "serverUrl", "httpUrl", "uri"];
const COMMAND: [&str; 2] = ["command", "cmd"];
const ENV: [&str; 3] = ["env", "envs", "environment"];
const HEADERS: [&str; 2] = ["headers", "http_headers"];
const UNASKED: [&str; 3] = ["autoApprove", "alwaysAllow", "always_allow"];
const TYPE: [&str; 3] = ["type", "transport", "transportType"];

impl Entry {
    pub(crate) fn read(place: &Place<'_>, line: u32) -> Self {
        let empty = Map::new();
        let map = place.entry.as_object().unwrap_or(&empty);
        // Older Continue: everything below `transport`.
        let inner = map.get("transport").and_then(Value::as_object);
        let get = |names: &[&str]| {
            names
                .iter()
                .find_map(|n| inner.and_then(|i| i.get(*n)).or_else(|| map.get(*n)).filter(|v| !v.is_null()))
        };
        let mut env = strings(get(&ENV));
        let reach = match (get(&URL).and_then(Value::as_str), get(&COMMAND)) {
            (Some(url), _) => Reach::Endpoint {
                url: url.to_owned(),
                transport: transport(map, inner),
            },
            (None, Some(command)) => {
                env.extend(strings(command.get("env")));
                words(command, get(&["args"])).map_or(Reach::Nothing, Reach::Command)
            }
            (None, None) => Reach::Nothing,
        };
        let mut headers = strings(get(&HEADERS));
        for within in ["requestInit", "requestOptions"] {
            headers.extend(strings(map.get(within).and_then(|r| r.get("headers"))));
        }
        let mut unasked: Vec<String> = UNASKED
            .iter()
            .filter_map(|n| map.get(*n))
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let is = |name: &str, wanted: bool| map.get(name).and_then(Value::as_bool) == Some(wanted);
        if is("trust", true) || UNASKED.iter().any(|n| is(n, true)) {
            unasked.push("*".to_owned());
        }
        let mut others = Vec::new();
        for (name, value) in map {
            let known = URL
                .iter()
                .chain(&COMMAND)
                .chain(&ENV)
                .chain(&HEADERS)
                .chain(&["args", "name", "description"]);
            if !known.into_iter().any(|k| k == name) {
                gather(name, value, 0, &mut others);
            }
        }
        Self {
            name: place.name.clone(),
            at: place.at.clone(),
            line,
            reach,
            env,
            headers,
            cwd: get(&["cwd", "workingDirectory"]).and_then(Value::as_str).map(str::to_owned),
            unasked,
            disabled: is("disabled", true) || is("enabled", false),
            others,
        }
    }

    /// What a launcher would fetch and start.
    #[must_use]
    pub fn launched(&self) -> Option<Launched> {
        let Reach::Command(words) = &self.reach else { return None };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        find_launched(&words)?.1
    }

    /// What must not be seen in anything that is said about reaching this server: values of headers, and whatever may be
    /// secret in its URL or package.
    #[must_use]
    pub fn secrets_in_clear(&self) -> Vec<String> {
        let mut out: Vec<String> = self.headers.iter().map(|(_, v)| strip_scheme(v).to_owned()).collect();
        let url = match &self.reach {
            Reach::Endpoint { url, .. } => Some(url.clone()),
            Reach::Command(_) => self.launched().map(|l| l.spec),
            Reach::Nothing => None,
        };
        if let Some(url) = url.as_deref() {
            out.extend(secrets_of_url(url));
        }
        out.retain(|s| s.len() >= 6);
        out.sort_by_key(|s| std::cmp::Reverse(s.len()));
        out.dedup();
        out
    }

    /// What rules and people may see.
    #[must_use]
    pub fn masked(&self, formats: &SecretFormats<'_>) -> ConfigEntry {
        let mut secrets = Vec::new();
        let (mut command, mut args, mut url) = (None, Vec::new(), None);
        match &self.reach {
            Reach::Endpoint { url: raw, .. } => {
                let (found, shown) = judge_url(raw, formats);
                secrets.extend(found);
                url = Some(shown);
            }
            Reach::Command(words) => {
                command = words.first().map(|c| mask(c, formats));
                let (found, shown) = judge_args(words.get(1..).unwrap_or_default(), formats);
                secrets.extend(found);
                args = shown;
            }
            Reach::Nothing => {}
        }
        let mut values = Vec::new();
        for (place, list) in [("env", &self.env), ("headers", &self.headers), ("", &self.others)] {
            for (name, value) in list {
                let at = if place.is_empty() {
                    name.clone()
                } else {
                    format!("{place}.{name}")
                };
                // A header's value is shown only when its name is one that never carries a secret.
                let named = is_secret_name(name) || place == "headers" && is_credential_header(name);
                let (secret, shown) = judge(&at, named, strip_scheme(value), formats);
                secrets.extend(secret);
                if !place.is_empty() {
                    values.push(ConfigValue {
                        place: place.to_owned(),
                        name: name.clone(),
                        value: shown,
                    });
                }
            }
        }
        ConfigEntry {
            name: self.name.clone(),
            at: self
                .at
                .trim_start_matches('/')
                .replace('/', ".")
                .replace("~1", "/")
                .replace("~0", "~"),
            line: self.line,
            command,
            args,
            url,
            values,
            secrets,
            package: self.launched().map(|l| l.package()),
            unasked: self.unasked.clone(),
            disabled: self.disabled,
        }
    }
}

fn is_credential_header(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "cookie" || lower.contains("session") || lower.contains("access")
}

/// Without `Bearer` or the like: the scheme is no part of the secret.
fn strip_scheme(value: &str) -> &str {
    let value = value.trim();
    match value.split_once(' ') {
        Some((scheme, rest)) if ["bearer", "basic", "token", "apikey"].contains(&scheme.to_ascii_lowercase().as_str()) => rest.trim(),
        _ => value,
    }
}

/// The command line: program and arguments, however they are written.
fn words(command: &Value, args: Option<&Value>) -> Option<Vec<String>> {
    let list = |value: Option<&Value>| -> Vec<String> { value.and_then(Value::as_array).into_iter().flatten().filter_map(text).collect() };
    let words = match command {
        // The whole command line in one string.
        Value::String(line) if args.is_none() => line.split_whitespace().map(str::to_owned).collect(),
        Value::String(program) => {
            let mut words = vec![program.clone()];
            words.extend(list(args));
            words
        }
        Value::Array(_) => {
            let mut words = list(Some(command));
            words.extend(list(args));
            words
        }
        Value::Object(map) => {
            let mut words: Vec<String> = map.get("path").or_else(|| map.get("command")).and_then(text).into_iter().collect();
            words.extend(list(map.get("args")));
            words
        }
        _ => Vec::new(),
    };
    (!words.is_empty()).then_some(words)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// An object of name to value, or a list of `{name, value}` or `NAME=value`.
fn strings(value: Option<&Value>) -> Vec<(String, String)> {
    match value {
        Some(Value::Object(map)) => map.iter().filter_map(|(k, v)| Some((k.clone(), text(v)?))).collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|item| match item {
                Value::String(s) => s.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())),
                item => Some((item.get("name").and_then(text)?, item.get("value").and_then(text)?)),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn transport(map: &Map<String, Value>, inner: Option<&Map<String, Value>>) -> TransportChoice {
    let word = TYPE
        .iter()
        .find_map(|n| inner.and_then(|i| i.get(*n)).or_else(|| map.get(*n)).and_then(Value::as_str));
    match word.map(|w| w.to_ascii_lowercase().replace(['-', '_', ' '], "")).as_deref() {
        Some("http" | "streamablehttp") => TransportChoice::Http,
        Some("sse") => TransportChoice::Sse,
        _ if map.contains_key("httpUrl") => TransportChoice::Http,
        _ => TransportChoice::Auto,
    }
}

fn gather(path: &str, value: &Value, depth: usize, out: &mut Vec<(String, String)>) {
    if depth > MAX_DEPTH || out.len() >= MAX_OTHERS {
        return;
    }
    match value {
        Value::String(s) => out.push((path.to_owned(), s.clone())),
        Value::Object(map) => {
            for (name, value) in map {
                if !(ENV.contains(&name.as_str()) || HEADERS.contains(&name.as_str())) {
                    gather(&format!("{path}.{name}"), value, depth + 1, out);
                }
            }
        }
        _ => {}
    }
}
