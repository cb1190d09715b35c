use super::answers_network;
use crate::own::{is_own, own_calls, own_modules};
use hub_engine::capability::words_of;
use hub_engine::code::{Named, function_around, named_values};
use hub_engine::taint::line_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{ExprKind, Language, Module, Span};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A token, password, one-time code or session id that is made with a random number generator that is not meant for secrets
    /// (`Math.random`, Python's `random`), or of the time alone.
    /// ## Why it matters
    /// Such generators can be predicted from a few of their values, and the time is known: whoever guesses the token is let in.
    /// ## How to fix it
    /// Use `crypto.randomUUID()` or `crypto.randomBytes(32)` in JavaScript, `secrets.token_urlsafe(32)` in Python.
    /// ```ts vulnerable
    /// function makeToken() { return Math.random().toString(36).slice(2); }
    /// server.tool("invite", "Invites someone.", {}, async () => ({ content: [{ type: "text", text: makeToken() }] }));
    /// ```
    /// ```ts vulnerable
    /// server.tool("add_user", "Adds a user.", { name: z.string() }, async ({ name }) => {
    ///   const user = { name, apiKey: "k_" + Math.floor(Math.random() * 1e9) };
    ///   return { content: [{ type: "text", text: JSON.stringify(user) }] };
    /// });
    /// ```
    /// ```py vulnerable
    /// import random, string
    ///
    /// @mcp.tool()
    /// def reset_password(user: str) -> str:
    ///     """Resets a password."""
    ///     password = "".join(random.choice(string.ascii_letters) for _ in range(12))
    ///     return password
    /// ```
    /// ```py vulnerable
    /// import hashlib, time
    ///
    /// @mcp.tool()
    /// def login(user: str) -> str:
    ///     """Logs a user in."""
    ///     access_token = hashlib.md5(f"{user}{time.time()}".encode()).hexdigest()
    ///     return access_token
    /// ```
    /// ```py vulnerable
    /// import hashlib, time
    ///
    /// @mcp.tool()
    /// def authenticate(user: str) -> str:
    ///     """Logs a user in."""
    ///     stamp = int(time.time())
    ///     data = f"{user}:{stamp}"
    ///     token = hashlib.md5(data.encode()).hexdigest()
    ///     return token
    /// ```
    /// ```ts safe
    /// import { randomUUID } from "node:crypto";
    /// const jitter = Math.random() * 100;
    /// const maxTokens = Math.floor(Math.random() * 10);
    /// async function refreshToken() { const delay = 100 * Math.random(); return { token: randomUUID(), delay }; }
    /// server.tool("roll", "Rolls a die.", {}, async () => {
    ///   const requestId = Math.random().toString(36);
    ///   return { content: [{ type: "text", text: String(Math.random()) + requestId }] };
    /// });
    /// ```
    /// ```py safe
    /// import random, secrets, time
    ///
    /// @mcp.tool()
    /// def reset_password(user: str) -> dict:
    ///     """Resets a password."""
    ///     password = secrets.token_urlsafe(12)
    ///     return {"password": password, "expires": time.time() + 60, "greeting": random.choice(["hi", "hello"])}
    /// ```
    pub struct GuessableSecret {
        id: "guessable-secret",
        title: "A secret can be guessed",
        category: Access,
        severity: Medium,
        classes: &["S25", "S22"],
        cwe: &[338, 330],
        references: &["https://cwe.mitre.org/data/definitions/338.html"],
    }
}

const WEAK: &[&str] = &[
    "Math.random",
    "random.random",
    "random.choice",
    "random.choices",
    "random.randint",
    "random.randrange",
    "random.getrandbits",
];
/// Made of the time and of nothing that cannot be known.
static TIME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"Date\.now\(|\btime\.time\(|datetime\.(?:now|utcnow)\(|\buuid1\(|\bgetTime\(\)").ok());
static UNKNOWN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)random|uuid4|uuidv4|secrets\.|crypto|urandom|nanoid|ulid|hmac|\bsign").ok());

impl Rule for GuessableSecret {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let network = answers_network(cx);
        let mut seen: BTreeSet<(u32, u32)> = BTreeSet::new();
        let mut report = |module: &Module, id: u32, span: Span, what: &str, how: &str| {
            let at = module.location(span);
            if seen.insert((id, at.line)) {
                out.report(GuessableSecret::META)
                    .evidence(line_of(module, &at))
                    .at(at)
                    .title(format!("`{what}` can be guessed: it is made {how}"))
                    .fix(if module.language.is_script() {
                        "Use `crypto.randomUUID()` or `crypto.randomBytes(32).toString(\"base64url\")` of `node:crypto`."
                    } else if module.language == Language::Go {
                        "Use `rand.Text()` or `rand.Read` of `crypto/rand`."
                    } else if module.language != Language::Python {
                        "Draw it from the language's generator for secrets (`SecureRandom`, `RandomNumberGenerator`, `random_bytes`, `OsRng`)."
                    } else {
                        "Use `secrets.token_urlsafe(32)`, or `secrets.choice` where letters are drawn."
                    })
                    .severity(Severity::Medium)
                    .confidence(Confidence::Medium)
                    .key(what.to_owned())
                    .add();
            }
        };
        let mut named: BTreeMap<u32, Vec<Named<'_>>> = BTreeMap::new();
        for (call, module) in own_calls(cx) {
            // `math/rand`; `crypto/rand` has no such functions.
            let go = module.language == Language::Go && matches!(call.last(), "Intn" | "Int63" | "Int31n");
            if !go && !WEAK.contains(&call.name.as_str()) {
                continue;
            }
            let span = module.expr(call.expr).span;
            let values = named.entry(call.module.0).or_insert_with(|| named_values(module));
            if let Some(name) = becomes(module, values, span).filter(|n| is_secret(n, network)) {
                report(module, call.module.0, span, name, &format!("with `{}`", call.name));
            }
        }
        if let Some(conduct) = cx.conduct {
            for f in conduct.functions() {
                let module = conduct.program().module(f.module);
                if !is_own(cx, f.module, module) {
                    continue;
                }
                let span = module.function(f.function).span;
                let values = named.entry(f.module.0).or_insert_with(|| named_values(module));
                for v in values.iter().filter(|v| span.start <= v.span.start && v.span.end <= span.end) {
                    if !is_secret(v.name, network) || !matches!(module.expr(v.value).kind, ExprKind::Call { .. } | ExprKind::Template(_)) {
                        continue;
                    }
                    let made = conduct.made_by(f.module, v.value);
                    if made.iter().any(|m| is_time(m))
                        && made
                            .iter()
                            .any(|m| m.contains("md5") || m.contains("sha") || m.contains("createHash"))
                        && made.iter().all(|m| is_known(m))
                    {
                        report(module, f.module.0, v.span, v.name, "of the time");
                    }
                }
            }
        }
        for (id, module) in own_modules(cx) {
            if !TIME.as_ref().is_some_and(|t| t.is_match(&module.source)) {
                continue;
            }
            for v in named_values(module) {
                let text = module.text(v.span);
                let composed = matches!(
                    module.expr(v.value).kind,
                    ExprKind::Template(_) | ExprKind::Binary { .. } | ExprKind::Call { .. }
                );
                if composed
                    && text.len() < 300
                    && is_secret(v.name, network)
                    && TIME.as_ref().is_some_and(|t| t.is_match(text))
                    && !UNKNOWN.as_ref().is_some_and(|u| u.is_match(text))
                    && makes_text(text)
                {
                    report(module, id.0, v.span, v.name, "of the time");
                }
            }
        }
    }
}

fn is_time(call: &str) -> bool {
    matches!(
        call,
        "time.time" | "time.time_ns" | "Date.now" | "Date" | "datetime.datetime.now" | "datetime.datetime.utcnow"
    )
}

/// Calls that add nothing which others could not know.
fn is_known(call: &str) -> bool {
    let last = call.trim_end_matches("()").rsplit('.').next().unwrap_or(call);
    is_time(call)
        || call.contains("md5")
        || call.contains("sha")
        || call.contains("createHash")
        || call.starts_with("datetime.")
        || matches!(
            last,
            "int"
                | "str"
                | "String"
                | "encode"
                | "hexdigest"
                | "digest"
                | "isoformat"
                | "strftime"
                | "timestamp"
                | "format"
                | "upper"
                | "lower"
                | "update"
                | "toString"
                | "join"
                | "replace"
                | "slice"
                | "floor"
                | "getTime"
        )
}

/// A text is made of it, not an instant or a span of time.
fn makes_text(text: &str) -> bool {
    text.contains(['"', '\'', '`']) || ["md5", "sha", "toString", "str(", "uuid1", "hex"].iter().any(|w| text.contains(w))
}

/// Names of pieces: what they become stands further out.
const PIECES: &[&str] = &[
    "result", "res", "out", "output", "str", "s", "value", "val", "char", "chars", "c", "ch", "i", "idx", "index", "r", "rand", "random",
    "ret", "text", "bytes", "buf", "arr", "array", "x", "v", "n", "num", "letters", "part", "suffix", "length",
];
const MAKES: &[&str] = &[
    "generate", "gen", "create", "make", "new", "random", "build", "mint", "issue", "get", "reset",
];

/// What a value at a place becomes: the nearest name around it, or the function that makes it.
fn becomes<'m>(module: &'m Module, named: &[Named<'m>], span: Span) -> Option<&'m str> {
    let mut around: Vec<&Named<'m>> = named
        .iter()
        .filter(|n| n.span.start <= span.start && span.end <= n.span.end && n.span.end - n.span.start < 600)
        .collect();
    around.sort_by_key(|n| n.span.end - n.span.start);
    let function = function_around(module, span).map(|f| module.function(f));
    for n in around {
        // A function in between makes the name the function's.
        if function.is_some_and(|f| f.span.start > n.span.start && f.span.end <= n.span.end) {
            break;
        }
        if !PIECES.contains(&n.name.to_ascii_lowercase().as_str()) {
            return Some(n.name);
        }
    }
    let name = function.and_then(|f| f.name).map(|n| module.str(n))?;
    let words = words_of(name);
    words.first().is_some_and(|w| MAKES.contains(&w.as_str())).then_some(name)
}

/// `token`, `password`, `resetCode`; `sessionId` where sessions are the network's.
fn is_secret(name: &str, network: bool) -> bool {
    let words = words_of(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    const NOT: &[&str] = &[
        "count",
        "counts",
        "max",
        "min",
        "limit",
        "length",
        "len",
        "size",
        "num",
        "tokens",
        "index",
        "usage",
        "progress",
        "cancel",
        "cancellation",
        "continuation",
        "page",
        "next",
        "mock",
        "fake",
        "dummy",
        "test",
        "example",
        "sample",
        "type",
        "name",
        "color",
        "expires",
        "expiry",
        "expiration",
        "at",
        "time",
        "ttl",
        "created",
        "updated",
        "date",
        "file",
        "path",
        "timestamp",
        "refreshed",
    ];
    if words.iter().any(|w| NOT.contains(w)) {
        return false;
    }
    let pair = |a: &str, b: &str| words.windows(2).any(|w| w[0] == a && w[1] == b);
    words
        .iter()
        .any(|w| matches!(*w, "password" | "passwd" | "passphrase" | "otp" | "csrf" | "apikey" | "passcode"))
        || words.last().is_some_and(|w| matches!(*w, "token" | "secret"))
        || pair("api", "key")
        || [
            "reset",
            "verification",
            "auth",
            "authorization",
            "access",
            "invite",
            "confirmation",
            "login",
            "pairing",
        ]
        .iter()
        .any(|w| pair(w, "code"))
        || network && (pair("session", "id") || pair("session", "key") || words == ["sid"] || words == ["sessionid"])
}
