use crate::own::own_calls;
use hub_engine::code::function_around;
use hub_engine::taint::Known;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::Module;
use regex::Regex;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A password that is stored or compared as the bare value of a fast hash (MD5, SHA-1, SHA-256).
    /// ## Why it matters
    /// Billions of guesses a second can be tried against such a value; MD5 and SHA-1 are broken besides.
    /// ## How to fix it
    /// Use `scrypt`, `bcrypt` or `argon2`, each with a salt of its own.
    /// ```py vulnerable
    /// import hashlib
    /// USERS = {}
    ///
    /// @mcp.tool()
    /// def create_user(name: str, password: str) -> str:
    ///     """Creates a user."""
    ///     USERS[name] = hashlib.md5(password.encode()).hexdigest()
    ///     return "created"
    /// ```
    /// ```ts vulnerable
    /// import { createHash } from "node:crypto";
    /// const users = new Map();
    /// function hashPassword(password: string) { return createHash("sha1").update(password).digest("hex"); }
    /// server.tool("register", "Registers a user.", { name: z.string(), password: z.string() }, async ({ name, password }) => {
    ///   users.set(name, hashPassword(password));
    ///   return { content: [] };
    /// });
    /// ```
    /// ```py safe
    /// import hashlib, os
    /// USERS = {}
    ///
    /// @mcp.tool()
    /// def create_user(name: str, password: str) -> str:
    ///     """Creates a user."""
    ///     salt = os.urandom(16)
    ///     USERS[name] = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
    ///     etag = hashlib.md5(name.encode()).hexdigest()
    ///     return etag
    /// ```
    /// ```ts safe
    /// import { createHash } from "node:crypto";
    /// // HTTP digest authentication asks for it (RFC 7616).
    /// function digest(user: string, realm: string, password: string) { return createHash("md5").update(`${user}:${realm}:${password}`).digest("hex"); }
    /// function cacheKey(url: string) { return createHash("md5").update(url).digest("hex"); }
    /// server.tool("key", "Shows a key.", { url: z.string() }, async ({ url }) => ({ content: [{ type: "text", text: cacheKey(url) + digest("a", "b", "c") }] }));
    /// ```
    /// ```ts safe
    /// import { createHash } from "node:crypto";
    /// function projectId(user: string) { return createHash("sha1").update(user + process.env.PWD).digest("hex"); }
    /// server.tool("id", "Shows the id of this project.", {}, async () => ({ content: [{ type: "text", text: projectId("users") }] }));
    /// ```
    pub struct WeakPasswordHash {
        id: "weak-password-hash",
        title: "Password kept as a fast hash",
        category: Access,
        severity: Medium,
        classes: &["S25"],
        cwe: &[916, 328],
        references: &["https://cwe.mitre.org/data/definitions/916.html", "https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html"],
    }
}

static PASSWORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\b\w*(?:password|passwd|passphrase|pwd)\b").ok());
/// The hash is kept or compared, and not a protocol's or a look-up's.
static KEPT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)hash_?passw|passw\w*_?hash|hashed|\busers?\b|\baccounts?\b|register|login|log_in|authenticate|verify|stored|create_?user|check_?passw|INSERT").ok()
});
/// Answers to a protocol or to a service that asks for this hash, and proper key derivation beside it.
static ASKED_FOR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\brealm\b|digest_?auth|pwned|hibp|haveibeen|ntlm|mysql_native|subsonic|ecma|workbook|worksheet|pbkdf2|scrypt|bcrypt|argon2",
    )
    .ok()
});

impl Rule for WeakPasswordHash {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for (call, module) in own_calls(cx) {
            let script = module.language.is_script();
            let algorithm = match call.name.as_str() {
                "hashlib.new" | "crypto.createHash" => match call.positional(0) {
                    Some(Known::Text(t)) => t.to_ascii_lowercase().replace('-', ""),
                    _ => continue,
                },
                "hashlib.md5" | "hashlib.sha1" | "hashlib.sha256" | "hashlib.sha512" => call.last().to_owned(),
                _ => continue,
            };
            if !matches!(algorithm.as_str(), "md5" | "sha1" | "sha256" | "sha512") {
                continue;
            }
            let span = module.expr(call.expr).span;
            let hashed = hashed(module, span.start as usize, span.end as usize, script);
            // `PWD` of the environment is the folder at hand.
            let hashed = hashed.replace("env.PWD", "").replace("$PWD", "").replace("env[\"PWD\"]", "");
            if !PASSWORD.as_ref().is_some_and(|p| p.is_match(&hashed)) {
                continue;
            }
            let around = function_around(module, span).map_or("", |f| module.text(module.function(f).span));
            let around: &str = around.get(..around.len().min(6_000)).unwrap_or(around);
            let line = call.code.as_str();
            // The hash that a document's format asks for.
            let of_format = module.path.as_str().contains("protect");
            let kept = !of_format && KEPT.as_ref().is_some_and(|k| k.is_match(around) || k.is_match(line));
            if !kept || ASKED_FOR.as_ref().is_some_and(|a| a.is_match(around)) {
                continue;
            }
            let broken = matches!(algorithm.as_str(), "md5" | "sha1");
            out.report(Self::META)
                .at(call.at.clone())
                .evidence(call.code.clone())
                .title(format!("A password is kept as its {} hash", algorithm.to_ascii_uppercase()))
                .fix(if script {
                    "Use `crypto.scrypt(password, crypto.randomBytes(16), 64)` and compare with `crypto.timingSafeEqual`."
                } else {
                    "Use `hashlib.scrypt` with `os.urandom(16)` as salt, or the `argon2-cffi` package, and compare with `hmac.compare_digest`."
                })
                .severity(if broken { Severity::Medium } else { Severity::Low })
                .confidence(Confidence::Medium)
                .key(algorithm)
                .add();
        }
    }
}

/// The text of what is hashed: the arguments of the call, and of `.update(…)` after it.
fn hashed(module: &Module, start: usize, end: usize, script: bool) -> &str {
    let to = if script {
        module.source[end..].find([';', '\n']).map_or(module.source.len(), |i| end + i)
    } else {
        end
    };
    let text = module.source.get(start..to.min(start + 400)).unwrap_or("");
    text.find('(').map_or("", |i| &text[i..])
}
