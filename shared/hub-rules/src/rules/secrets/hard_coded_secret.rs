use crate::apart::is_apart;
use hub_engine::capability::words_of;
use hub_engine::code::stand_in;
use hub_engine::text::{Worth, find_secrets, worth_of_token};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};
use hub_syntax::ir::{ExprId, ExprKind, Key, Module, PatKind, Prop, StmtKind, Sym};
use std::collections::{BTreeMap, BTreeSet};

declare_rule! {
    /// ## What it finds
    /// A live-looking key, token or password written into the code: by its format (vendor prefixes, key blocks), or because a
    /// variable named like a secret holds a random-looking text. Placeholders and examples are ignored. Keys that are made to be known
    /// (keys of analytics, of browser apps and of search-only indexes, anonymous roles, demo accounts) are told as a fact, at Low.
    /// ## Why it matters
    /// Whoever can read the package or the repository can use it, and it cannot be changed without a release.
    /// ## How to fix it
    /// Revoke the secret, and read the new one from the environment or a secret store.
    /// ```py vulnerable
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("mail")
    /// DB_PASSWORD = "t7Kq9zXv2LmB4wRd"
    ///
    /// @mcp.tool()
    /// def send() -> str:
    ///     """Sends."""
    ///     return DB_PASSWORD[:0]
    /// ```
    /// ```ts vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// const server = new McpServer({ name: "weather", version: "1.0.0" });
    /// const API_KEY = process.env.WEATHER_KEY || "9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c";
    /// server.tool("weather", "Shows the weather", {}, async () => ({ content: [{ type: "text", text: await ask(API_KEY) }] }));
    /// ```
    /// ```py safe
    /// import os
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("mail")
    /// DB_PASSWORD = os.environ["DB_PASSWORD"]
    /// API_KEY = os.environ.get("API_KEY", "your-api-key-here")
    ///
    /// @mcp.tool()
    /// def send() -> str:
    ///     """Sends."""
    ///     return DB_PASSWORD[:0]
    /// ```
    /// ```ts vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// const server = new McpServer({ name: "search", version: "1.0.0" });
    /// const service = { host: "search.internal", apiKey: "e97714a64e2b4b8b8fe0b01cd8592870" };
    /// server.tool("find", "Finds", {}, async () => ({ content: [{ type: "text", text: service.host }] }));
    /// ```
    /// ```py safe
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("tokens")
    /// SESSION = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
    ///
    /// @mcp.tool()
    /// def parts() -> int:
    ///     """Counts the parts of the token that every handbook shows."""
    ///     return len(SESSION.split("."))
    /// ```
    /// ```ts vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// const server = new McpServer({ name: "repos", version: "1.0.0" });
    /// const SHOWN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", DB_PASSWORD = "t7Kq9zXv2LmB4wRd";
    /// server.tool("find", "Finds", {}, async () => ({ content: [{ type: "text", text: SHOWN.slice(0, 0) + DB_PASSWORD.slice(0, 0) }] }));
    /// ```
    pub struct HardCodedSecret {
        id: "hard-coded-secret",
        title: "Secret written into the code",
        category: Secrets,
        severity: High,
        classes: &["S09"],
        needs: Some(Needs::Source),
        references: &["https://cwe.mitre.org/data/definitions/798.html"],
    }
}

impl Rule for HardCodedSecret {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(program) = cx.program else { return };
        for (_, module) in program.iter() {
            if is_apart(module.path.as_str()) || module.path.extension() == Some("json") {
                continue;
            }
            let mut seen = Seen::default();
            let named = named_texts(module);
            for (i, expr) in module.exprs.iter().enumerate() {
                let ExprKind::Str(sym) = expr.kind else { continue };
                let text = module.str(sym);
                if text.len() < 16 || text.len() > 8_000 || !looks_dense(text) {
                    continue;
                }
                let at = ExprId(i as u32);
                if let Some(secret) = find_secrets(text)
                    .into_iter()
                    .find(|s| s.by_format && !is_placeholder(&text[s.span.clone()]))
                {
                    let worth = worth(secret.kind, &text[secret.span.clone()], named.get(&at));
                    report(out, module, at, secret.kind, worth, Confidence::High, &mut seen);
                }
            }
            for (value, name) in &named {
                let ExprKind::Str(sym) = module.expr(*value).kind else { continue };
                let text = module.str(sym);
                if is_secret_name(name.name) && is_random(text) {
                    report(
                        out,
                        module,
                        *value,
                        "secret",
                        worth("secret", text, Some(name)),
                        Confidence::Medium,
                        &mut seen,
                    );
                }
            }
        }
    }
}

/// What was told of a module.
#[derive(Default)]
struct Seen {
    values: BTreeSet<ExprId>,
    /// How many were told of each line.
    lines: BTreeMap<u32, usize>,
}

/// What a text is called where it stands.
#[derive(Clone, Copy)]
struct Called<'a> {
    name: &'a str,
    /// What the object around says that its keys are for: to be sent to browsers.
    for_browsers: bool,
}

/// Texts that a variable, a member or a field holds.
fn named_texts(module: &Module) -> BTreeMap<ExprId, Called<'_>> {
    let mut out = BTreeMap::new();
    let mut add = |name: Sym, value: ExprId, for_browsers: bool| {
        // `env.KEY || "text"`: the text is what most run with.
        let value = stand_in(module, value).map_or(value, |(text, _)| text);
        if matches!(module.expr(value).kind, ExprKind::Str(_)) {
            out.entry(value).or_insert(Called {
                name: module.str(name),
                for_browsers,
            });
        }
    };
    for stmt in &module.stmts {
        if let StmtKind::Let {
            pattern,
            init: Some(value),
            ..
        } = stmt.kind
            && let PatKind::Ident(name) = module.pat(pattern).kind
        {
            add(name, value, false);
        }
    }
    for expr in &module.exprs {
        match &expr.kind {
            ExprKind::Assign { target, value, op: None } => {
                let name: Option<Sym> = match module.pat(*target).kind {
                    PatKind::Ident(n) => Some(n),
                    PatKind::Target(e) => match module.expr(e).kind {
                        ExprKind::Member { property, .. } => Some(property),
                        _ => None,
                    },
                    _ => None,
                };
                if let Some(n) = name {
                    add(n, *value, false);
                }
            }
            ExprKind::Object(props) => {
                let fields = || {
                    props.iter().filter_map(|p| match p {
                        Prop::KeyValue { key: Key::Name(n), value } => Some((*n, *value)),
                        _ => None,
                    })
                };
                let for_browsers = is_for_browsers(&fields().map(|(n, _)| flat(module.str(n))).collect::<Vec<_>>());
                for (n, value) in fields() {
                    add(n, value, for_browsers);
                }
            }
            _ => {}
        }
    }
    out
}

/// A name without its case and hyphens.
fn flat(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '-'], "")
}

/// Settings of a hosted search index (application, index and key), and of an app in a browser (Firebase): their keys name the project, and
/// rules on the server say what may be done.
fn is_for_browsers(fields: &[String]) -> bool {
    let has = |names: &[&str]| fields.iter().any(|f| names.contains(&f.as_str()));
    let search = has(&["appid", "applicationid"]) && has(&["indexname", "index", "indexid"]);
    let app = has(&["projectid", "appid"]) && has(&["authdomain", "messagingsenderid", "storagebucket", "measurementid"]);
    search || app
}

/// What a secret is worth by its own text and by what it is called.
fn worth(kind: &str, text: &str, called: Option<&Called<'_>>) -> Worth {
    let own = if kind == "JSON Web Token" || text.starts_with("eyJ") {
        worth_of_token(text)
    } else if ["phc_", "pk_live_", "pk_test_", "pk.eyJ"].iter().any(|p| text.starts_with(p)) {
        Worth::Little
    } else {
        Worth::Full
    };
    let Some(called) = called else { return own };
    let words = words_of(called.name);
    let says = |list: &[&str]| words.iter().any(|w| list.contains(&w.to_ascii_lowercase().as_str()));
    // A vendor's prefix opens an account, whatever it is called; a web token and a text known by its name are what they are called.
    let by_name = matches!(kind, "secret" | "JSON Web Token");
    let known = by_name && says(&["demo", "example", "sample", "placeholder", "dummy"])
        || matches!(kind, "secret" | "Google API key")
            && (called.for_browsers
                || says(&[
                    "public",
                    "publishable",
                    "anon",
                    "analytics",
                    "telemetry",
                    "firebase",
                    "posthog",
                    "segment",
                    "amplitude",
                    "mixpanel",
                    "rudderstack",
                    "docsearch",
                ]));
    if known { own.min(Worth::Little) } else { own }
}

fn report(out: &mut Findings, module: &Module, value: ExprId, kind: &str, worth: Worth, confidence: Confidence, seen: &mut Seen) {
    if worth == Worth::Nothing || !seen.values.insert(value) {
        return;
    }
    let at = module.location(module.expr(value).span);
    let before = seen.lines.entry(at.line).or_default();
    *before += 1;
    let before = *before - 1;
    let (severity, level) = if worth == Worth::Full {
        (Severity::High, EvidenceLevel::Reachable)
    } else {
        (Severity::Low, EvidenceLevel::Signal)
    };
    let mut draft = out
        .report(HardCodedSecret::META)
        .title(format!("A {kind} is written into the code"))
        // The line itself would show it.
        .evidence(format!(
            "{kind} of {} characters",
            module.text(module.expr(value).span).len().saturating_sub(2)
        ))
        .severity(severity)
        .level(level)
        .confidence(confidence)
        .key(kind.to_owned())
        .at(at);
    if before > 0 {
        // Another one of the line: a finding of its own.
        draft = draft.key(before.to_string());
    }
    if worth == Worth::Little {
        draft = draft.because(
            "By its kind, its name or the settings around it, it is made to be known, or over: see that it opens no more than that.",
        );
    }
    draft.add();
}

/// No sentence, no markup: one word without spaces, or a key block.
fn looks_dense(text: &str) -> bool {
    text.contains("-----BEGIN") || !text.contains(char::is_whitespace)
}

fn is_secret_name(name: &str) -> bool {
    let n = name.to_ascii_lowercase().replace('-', "_");
    const ENDS: [&str; 14] = [
        "github_token",
        "bot_token",
        "api_key",
        "apikey",
        "secret",
        "secret_key",
        "secretkey",
        "password",
        "passwd",
        "access_token",
        "auth_token",
        "private_key",
        "client_secret",
        "clientsecret",
    ];
    ENDS.iter().any(|e| n == *e || n.ends_with(&format!("_{e}")))
        || name.ends_with("ApiKey")
        || name.ends_with("Secret")
        || name.ends_with("Password")
}

fn is_placeholder(text: &str) -> bool {
    let t = text.to_ascii_lowercase();
    [
        "example",
        "your",
        "xxxx",
        "placeholder",
        "changeme",
        "change_me",
        "dummy",
        "sample",
        "test",
        "<",
        "${",
        "{{",
        "...",
        "todo",
        "redacted",
        "****",
        "fake",
        "insert",
    ]
    .iter()
    .any(|w| t.contains(w))
}

/// Random by its characters: long enough, of several kinds, and of high entropy; no placeholder, path, address or name.
fn is_random(text: &str) -> bool {
    if text.len() < 12 || text.len() > 200 || is_placeholder(text) || text.contains(['/', ' ', ':', '$', '{', '<']) {
        return false;
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    if digits < 2 || letters < 4 {
        return false;
    }
    let mut counts = [0u32; 256];
    text.bytes().for_each(|b| counts[b as usize] += 1);
    let n = text.len() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|c| **c > 0)
        .map(|c| {
            let p = f64::from(*c) / n;
            -p * p.log2()
        })
        .sum();
    entropy >= 3.2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called<'a>(name: &'a str, fields: &[&str]) -> Called<'a> {
        let fields: Vec<String> = fields.iter().map(|f| flat(f)).collect();
        Called {
            name,
            for_browsers: is_for_browsers(&fields),
        }
    }

    #[test]
    fn keys_made_to_be_known_are_worth_little_and_the_rest_all() {
        let key = "e97714a64e2b4b8b8fe0b01cd8592870";
        let google = "AIzaSyB4v9Lw2Qx7Rk3Tn8Zp1Hm6Jd5Cf0Gs2Ye";
        let of = |kind: &str, text: &str, name: &str, fields: &[&str]| worth(kind, text, Some(&called(name, fields)));
        assert_eq!(of("secret", key, "apiKey", &["appId", "apiKey", "indexName"]), Worth::Little);
        assert_eq!(of("secret", key, "apiKey", &["host", "apiKey"]), Worth::Full);
        assert_eq!(of("secret", key, "ANALYTICS_API_KEY", &[]), Worth::Little);
        assert_eq!(of("secret", "phc_4Hn2kQz8Xv6Lm1Rt9Bw3Yd7", "apiKey", &[]), Worth::Little);
        assert_eq!(
            of("Google API key", google, "apiKey", &["apiKey", "authDomain", "projectId"]),
            Worth::Little
        );
        assert_eq!(of("Google API key", google, "GEMINI_API_KEY", &[]), Worth::Full);
        assert_eq!(of("secret", "t7Kq9zXv2LmB4wRd", "DEMO_PASSWORD", &[]), Worth::Little);
        assert_eq!(of("GitHub token", "ghp_x", "DEMO_TOKEN", &[]), Worth::Full);
    }
}
