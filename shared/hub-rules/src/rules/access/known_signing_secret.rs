use super::weak_cipher::argument;
use crate::own::{is_own, own_calls, own_modules};
use hub_engine::code::{Named, named_values, stand_in};
use hub_engine::taint::{Known, OutsideCall, line_of};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Location, Severity};
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, Module};
use regex::Regex;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A key that signs or checks tokens, cookies or messages, or that clients have to show, and that everybody knows: a word
    /// written into the code (also one that an argument is compared with), or one that stands in when the environment does not set it.
    /// ## Why it matters
    /// Who knows the key makes tokens for any user. A word in a published package is known, and nobody notices that the setting is missing.
    /// ## How to fix it
    /// Read the key from the environment and refuse to start without it.
    /// ```ts vulnerable
    /// import jwt from "jsonwebtoken";
    /// const JWT_SECRET = process.env.JWT_SECRET || "change-me";
    /// server.tool("login", "Logs in.", { user: z.string() }, async ({ user }) => ({ content: [{ type: "text", text: jwt.sign({ user }, JWT_SECRET) }] }));
    /// ```
    /// ```py vulnerable
    /// import jwt
    ///
    /// @mcp.tool()
    /// def login(user: str) -> str:
    ///     """Logs in."""
    ///     return jwt.encode({"user": user}, "secret", algorithm="HS256")
    /// ```
    /// ```py vulnerable
    /// import os
    /// API_KEY = os.getenv("MCP_API_KEY", "dev-key")
    ///
    /// def check(key: str) -> None:
    ///     if key != API_KEY:
    ///         raise PermissionError("no")
    ///
    /// @mcp.tool()
    /// def wipe(key: str) -> str:
    ///     """Wipes everything."""
    ///     check(key)
    ///     return "wiped"
    /// ```
    /// ```py vulnerable
    /// @mcp.tool()
    /// def diagnostics(admin_key: str = "") -> str:
    ///     """Shows diagnostics."""
    ///     if admin_key != "admin123":
    ///         return "no"
    ///     return "all"
    /// ```
    /// ```ts vulnerable
    /// server.tool("wipe", "Wipes everything.", { password: z.string() }, async ({ password }) => {
    ///   if (password !== "Tr0ub4dor&3xKz9!qLw") throw new Error("no");
    ///   return wipe();
    /// });
    /// ```
    /// ```py safe
    /// @mcp.tool()
    /// def price(token: str, key: str, password: str = "") -> str:
    ///     """Shows the price of a token."""
    ///     if token == "ETH" or key == "price" or password == "":
    ///         return "1"
    ///     return "2"
    /// ```
    /// ```ts safe
    /// import jwt from "jsonwebtoken";
    /// const JWT_SECRET = process.env.JWT_SECRET;
    /// if (!JWT_SECRET) throw new Error("set JWT_SECRET");
    /// const API_KEY = process.env.SEARCH_API_KEY || "demo";
    /// server.tool("login", "Logs in.", { user: z.string() }, async ({ user }) => {
    ///   await fetch("https://search.example.com", { headers: { "x-api-key": API_KEY } });
    ///   return { content: [{ type: "text", text: jwt.sign({ user }, JWT_SECRET) }] };
    /// });
    /// ```
    /// ```py safe
    /// import os
    /// SECRET_KEY = os.environ["SECRET_KEY"]
    /// OPENAI_API_KEY = os.getenv("OPENAI_API_KEY", "not-needed")
    ///
    /// @mcp.tool()
    /// def ask() -> str:
    ///     """Asks."""
    ///     if OPENAI_API_KEY == "not-needed":
    ///         return "local"
    ///     return SECRET_KEY[:0]
    /// ```
    pub struct KnownSigningSecret {
        id: "known-signing-secret",
        title: "A key that lets clients in is known to everybody",
        category: Access,
        severity: Medium,
        classes: &["S25", "S09", "S20"],
        cwe: &[1394, 321, 798],
        references: &["https://cwe.mitre.org/data/definitions/1394.html", "https://cwe.mitre.org/data/definitions/321.html"],
    }
}

/// Names of keys that sign and encrypt.
static SIGNS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:\w+_)?(?:jwt|session|cookie|signing|hmac|encryption|token|csrf|flask|app|auth)_?(?:secret|secret_?key|key)$|^secret_?key$|^(?:jwt|session|cookie)secret$").ok()
});
/// Names of what a client has to show.
static SHOWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:\w+_)?(?:api_?key|auth_?token|access_?token|bearer_?token|admin_?(?:token|password|key)|password|server_?token|mcp_?token)$").ok()
});

impl Rule for KnownSigningSecret {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let mut seen: BTreeSet<(u32, u32)> = BTreeSet::new();
        let mut report = |module: &Module, id: u32, e: ExprId, word: ExprId, title: String, confidence: Confidence| {
            let at = module.location(module.expr(e).span);
            if seen.insert((id, at.line)) {
                out.report(KnownSigningSecret::META)
                    .evidence(masked(module, &at, word))
                    .at(at)
                    .key(title.clone())
                    .title(title)
                    .severity(Severity::Medium)
                    .confidence(confidence)
                    .add();
            }
        };
        let mut named: BTreeMap<u32, Vec<Named<'_>>> = BTreeMap::new();
        for (id, module) in own_modules(cx) {
            let values = named_values(module);
            let compared = OnceCell::new();
            for v in &values {
                let Some((at, word)) = stand_in(module, v.value) else { continue };
                let signs = SIGNS.as_ref().is_some_and(|s| s.is_match(v.name));
                let shown = || {
                    SHOWN.as_ref().is_some_and(|s| s.is_match(v.name)) && compared.get_or_init(|| compared_names(module)).contains(v.name)
                };
                if is_known(word) && (signs || shown()) {
                    report(
                        module,
                        id.0,
                        v.value,
                        at,
                        format!("`{}` is {} when the environment does not set it", v.name, called(word)),
                        Confidence::High,
                    );
                }
            }
            named.insert(id.0, values);
        }
        if let Some(conduct) = cx.conduct {
            for f in conduct.functions() {
                let module = conduct.program().module(f.module);
                if !is_own(cx, f.module, module) {
                    continue;
                }
                for (at, expr) in conduct.exprs_in(f) {
                    let ExprKind::Binary {
                        op: BinaryOp::Eq | BinaryOp::Ne | BinaryOp::StrictEq | BinaryOp::StrictNe,
                        left,
                        right,
                    } = &expr.kind
                    else {
                        continue;
                    };
                    let (given, literal, word) = match (&module.expr(*left).kind, &module.expr(*right).kind) {
                        (_, ExprKind::Str(s)) => (*left, *right, module.str(*s)),
                        (ExprKind::Str(s), _) => (*right, *left, module.str(*s)),
                        _ => continue,
                    };
                    let name = match &module.expr(given).kind {
                        ExprKind::Ident(n) => module.str(*n),
                        ExprKind::Member { property, .. } => module.str(*property),
                        _ => continue,
                    };
                    if is_password(name, word) && conduct.argument(f.module, given).is_some() {
                        report(
                            module,
                            f.module.0,
                            at,
                            literal,
                            format!("The `{name}` that lets a caller in is written into the code"),
                            Confidence::High,
                        );
                    }
                }
            }
        }
        for (call, module) in own_calls(cx) {
            let Some(key) = key_of(module, call) else { continue };
            let values = named.get(&call.module.0).map_or(&[][..], Vec::as_slice);
            let (e, name) = match &module.expr(key).kind {
                ExprKind::Ident(n) => {
                    let name = module.str(*n);
                    let mut all = values.iter().filter(|v| v.name == name);
                    match (all.next(), all.next()) {
                        (Some(v), None) => (v.value, Some(name)),
                        _ => continue,
                    }
                }
                _ => (key, None),
            };
            let word = match &module.expr(e).kind {
                ExprKind::Str(s) => Some((e, module.str(*s))),
                _ => stand_in(module, e),
            };
            if let Some((at, word)) = word.filter(|(_, word)| is_known(word)) {
                let called = called(word);
                let title = match name {
                    Some(n) => format!("`{n}`, the key of `{}`, is {called}", call.last()),
                    None => format!("The key of `{}` is {called}", call.last()),
                };
                report(module, call.module.0, e, at, title, Confidence::High);
            }
        }
    }
}

/// The key argument of what signs, checks or encrypts.
fn key_of(module: &Module, call: &OutsideCall) -> Option<ExprId> {
    let (place, name) = match call.name.as_str() {
        "jsonwebtoken.sign" | "jsonwebtoken.verify" | "jwt.encode" | "jwt.decode" | "jose.jwt.encode" | "jose.jwt.decode" => (1, "key"),
        "crypto.createHmac" => (1, ""),
        "hmac.new" | "cryptography.fernet.Fernet" => (0, "key"),
        "crypto.createCipheriv" => (1, ""),
        "starlette.middleware.sessions.SessionMiddleware" => (9, "secret_key"),
        // `app.add_middleware(SessionMiddleware, secret_key=…)`
        _ if matches!(call.last(), "add_middleware" | "Middleware")
            && matches!(call.positional(0), Some(Known::Named(n)) if n.ends_with("SessionMiddleware")) =>
        {
            (9, "secret_key")
        }
        n if n.starts_with("crypto-js.AES") && call.last() == "encrypt" => (1, ""),
        _ => return None,
    };
    argument(module, call, place, name)
}

/// A word, and no random text: that one is told as a secret of the code.
fn is_known(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let lower = word.to_ascii_lowercase();
    let plain = [
        "secret", "key", "change", "default", "dev", "test", "password", "token", "your", "example",
    ]
    .iter()
    .any(|w| lower.contains(w));
    !word.is_empty() && word.len() < 100 && !word.contains("://") && (plain || digits < 2 || word.len() < 12)
}

/// What a caller shows, compared with a word that looks like one of those.
fn is_password(name: &str, word: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace('_', "");
    let value = word.to_ascii_lowercase();
    let shown = [
        "password",
        "passwd",
        "passcode",
        "apikey",
        "adminkey",
        "authtoken",
        "accesstoken",
        "admintoken",
        "secretkey",
        "secret",
    ]
    .iter()
    .any(|e| lower.ends_with(e));
    let open = matches!(lower.as_str(), "token" | "key" | "code" | "pin")
        && ["secret", "passw", "admin", "letmein", "123"].iter().any(|w| value.contains(w));
    let placeholder =
        value.starts_with("your") || value.contains("changeme") || matches!(value.as_str(), "none" | "null" | "undefined" | "string");
    (shown || open) && word.len() >= 4 && !placeholder && !word.contains(char::is_whitespace)
}

/// What the title calls it. The code may hold a word that everybody guesses, or a text that looks made by chance: that one is known only
/// to who reads the code.
fn called(word: &str) -> &'static str {
    if is_random(word) {
        "a fixed text of the code"
    } else {
        "a word of the code"
    }
}

/// Letters and digits in turns, and no word of keys spelt with digits (`p4ssw0rd`).
fn is_random(word: &str) -> bool {
    let spelt: String = word
        .chars()
        .map(|c| match c.to_ascii_lowercase() {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            c => c,
        })
        .collect();
    let plain: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
    let turns = plain
        .as_bytes()
        .windows(2)
        .filter(|w| w[0].is_ascii_digit() != w[1].is_ascii_digit())
        .count();
    let is_spelt = word.len() < 16
        && ["secret", "password", "passw", "admin", "default"]
            .iter()
            .any(|w| spelt.contains(w));
    plain.len() >= 10 && turns >= 4 && !is_spelt
}

/// The line with the word hidden: a report is passed on, and who reads it is not to be let in by it.
fn masked(module: &Module, at: &Location, word: ExprId) -> String {
    const HIDDEN: &str = "***";
    let literal = module.text(module.expr(word).span);
    let inner = literal.trim_matches(['"', '\'', '`']);
    let shown = line_of(module, at);
    let is_here = module.location(module.expr(word).span).line == at.line;
    if is_here && (inner.is_empty() || !shown.contains(literal)) {
        // Cut off within.
        return format!("a text of {} characters", inner.chars().count());
    }
    // A short word may be part of a name that stands beside it.
    if inner.len() < 6 {
        shown.replace(literal, &literal.replace(inner, HIDDEN))
    } else {
        shown.replace(inner, HIDDEN)
    }
}

static COMPARES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[!=]==?|compare_digest\(|timingSafeEqual\(").ok());
/// `!== `Bearer ${NAME}``, `!= f"Bearer {NAME}"`.
static INSIDE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"^f?[`"'][^`"'\n]{0,20}\$?\{\s*(\w+)"#).ok());

/// Names that something is compared with, and not only with a word: read in one pass.
fn compared_names(module: &Module) -> BTreeSet<&str> {
    /// Most bytes of a line that are looked at behind a comparison.
    const MAX_BEHIND: usize = 200;
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    let mut out = BTreeSet::new();
    let (Some(compares), Some(inside)) = (COMPARES.as_ref(), INSIDE.as_ref()) else {
        return out;
    };
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let source: &str = &module.source;
    for found in compares.find_iter(source) {
        let after = source[found.end()..].trim_start();
        let first = &after[..after.find(|c| !is_part(c)).unwrap_or(after.len())];
        if found.as_str().ends_with('(') {
            out.insert(first);
            continue;
        }
        let before = source[..found.start()].trim_end();
        let near = &after[..after.floor_char_boundary(MAX_BEHIND)];
        let line = near.lines().next().unwrap_or("");
        if !after.starts_with(QUOTES) && !line.contains("undefined") {
            out.insert(&before[before.rfind(|c| !is_part(c)).map_or(0, |i| before.ceil_char_boundary(i + 1))..]);
        }
        if !before.ends_with(QUOTES) {
            out.insert(first);
        }
        out.extend(inside.captures(line).and_then(|c| c.get(1)).map(|m| m.as_str()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_made_by_chance_is_not_called_a_word_and_a_password_spelt_with_digits_is() {
        for word in ["prod-key-9f8e7d6c5b4a3f2e1d0c", "x8Kq2mZp4L7", "Tr0ub4dor&3xKz9!qLw"] {
            assert!(is_random(word), "{word}");
        }
        for word in ["change-me", "secret", "admin123", "p4ssw0rd123", "change-me-in-production-2024"] {
            assert!(!is_random(word), "{word}");
        }
    }
}
