//! Live-looking secrets in text: what they look like, and how they are masked.

use super::patterns::Patterns;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use std::ops::Range;
use std::sync::LazyLock;

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// `GitHub token`.
    pub kind: &'static str,
    /// The bytes to mask.
    pub span: Range<usize>,
    /// True when its look alone (a vendor's prefix, a key block) says what it is; false for `password=…`.
    pub by_format: bool,
}

/// A kind of secret.
struct Format {
    kind: &'static str,
    /// Group 1, where there is one, is the part to mask.
    pattern: &'static str,
    /// Every match has one of these.
    has: &'static [&'static str],
    /// Whether the look alone says what it is.
    by_format: bool,
}

const fn format(kind: &'static str, has: &'static [&'static str], pattern: &'static str) -> Format {
    Format {
        kind,
        pattern,
        has,
        by_format: true,
    }
}

const fn assigned(kind: &'static str, has: &'static [&'static str], pattern: &'static str) -> Format {
    Format {
        by_format: false,
        ..format(kind, has, pattern)
    }
}

const FORMATS: &[Format] = &[
    format(
        "private key",
        &["-----BEGIN "],
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{16,}",
    ),
    format("AWS access key", &["AKIA", "ASIA"], r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    format(
        "GitHub token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b",
    ),
    format("GitLab token", &["glpat-"], r"\bglpat-[A-Za-z0-9_-]{20,64}"),
    format("Slack token", &["xox"], r"\bxox[abeoprs]-[A-Za-z0-9-]{10,200}"),
    format(
        "Slack webhook",
        &["hooks.slack.com/services/"],
        r"\bhooks\.slack\.com/services/(T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,})",
    ),
    format("Stripe key", &["k_live_"], r"\b[rs]k_live_[A-Za-z0-9]{16,200}\b"),
    format("Anthropic key", &["sk-ant-"], r"\bsk-ant-[A-Za-z0-9_-]{20,200}"),
    format("OpenAI key", &["sk-"], r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{20,220}"),
    format("Google API key", &["AIza"], r"\bAIza[A-Za-z0-9_-]{35}\b"),
    format("Google OAuth secret", &["GOCSPX-"], r"\bGOCSPX-[A-Za-z0-9_-]{28}\b"),
    format("npm token", &["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
    format("PyPI token", &["pypi-"], r"\bpypi-[A-Za-z0-9_-]{50,250}"),
    format("Hugging Face token", &["hf_"], r"\bhf_[A-Za-z0-9]{34,40}\b"),
    format("SendGrid key", &["SG."], r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b"),
    format("Twilio key", &["SK"], r"\bSK[0-9a-f]{32}\b"),
    format(
        "JSON Web Token",
        &["eyJ"],
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    ),
    format(
        "password in a URL",
        &["://"],
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@'\x22]+:([^\s/@'\x22<>{}$*\[\]]{3,})@[\w.-]",
    ),
    assigned(
        "assigned secret",
        &["apikey", "api_key", "api-key", "\u{17f}", "\u{212a}", "secret", "token", "passw"],
        r#"(?i)\b(?:api[_-]?key|secret(?:[_-]?key)?|access[_-]?token|auth[_-]?token|client[_-]?secret|password|passwd)["']?\s{0,3}[:=]\s{0,3}["']?([A-Za-z0-9+/_.~!@#%^&-]{12,200}=*)"#,
    ),
    assigned("bearer token", &["bearer"], r"(?i)\bbearer\s{1,3}([A-Za-z0-9._~+/-]{24,}=*)"),
];

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(FORMATS.iter().map(|f| (f.pattern, f.has))));

/// Secrets of a text, in order, not overlapping. Placeholders (`YOUR_API_KEY`, `xxxx`, `<token>`, `example`) are not secrets.
#[must_use]
pub fn find_secrets(text: &str) -> Vec<Secret> {
    let mut found = spans(text);
    found.retain(|s| !is_placeholder(&text[s.span.clone()]) && (s.by_format || looks_random(&text[s.span.clone()])));
    found
}

fn spans(text: &str) -> Vec<Secret> {
    let mut found: Vec<Secret> = Vec::new();
    for (i, regex) in PATTERNS.candidates(text) {
        let format = &FORMATS[i];
        for captures in regex.captures_iter(text) {
            let Some(m) = captures.get(1).or_else(|| captures.get(0)) else {
                continue;
            };
            found.push(Secret {
                kind: format.kind,
                span: m.range(),
                by_format: format.by_format,
            });
        }
    }
    found.sort_by_key(|s| (s.span.start, std::cmp::Reverse(s.span.end)));
    let mut end = 0;
    found.retain(|s| {
        let keep = s.span.start >= end;
        if keep {
            end = s.span.end;
        }
        keep
    });
    found
}

/// The text with every secret masked: its first four characters stay, for recognition, when it is long enough.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for Secret { span, .. } in spans(text) {
        out.push_str(&text[done..span.start]);
        let secret = &text[span.clone()];
        if secret.len() >= 16 && !secret.starts_with("-----") {
            out.extend(secret.chars().take(4));
        }
        out.push_str("***");
        done = span.end;
    }
    out.push_str(&text[done..]);
    out
}

/// What a secret that anyone can read is still worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worth {
    /// An example out of a handbook: opens nothing.
    Nothing,
    /// Made to be known, or long over.
    Little,
    Full,
}

/// Longest life, in seconds, of a token that is over by the time anyone reads a published package: 30 days.
const SHORT_LIFE: i64 = 30 * 24 * 60 * 60;

/// What a JSON Web Token is worth by what its own header and payload say (RFC 7519, section 4.1): the payload of the handbooks and tokens
/// without a signature open nothing; an anonymous role is meant for browsers; a short life is over. A text that is no such token has its
/// full worth.
#[must_use]
pub fn worth_of_token(token: &str) -> Worth {
    let mut parts = token.split('.').map(|p| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(p.trim_end_matches('=')).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    });
    let (Some(Some(header)), Some(Some(payload))) = (parts.next(), parts.next()) else {
        return Worth::Full;
    };
    let text = |v: &Value, name: &str| v[name].as_str().unwrap_or_default().to_ascii_lowercase();
    let unsigned = text(&header, "alg") == "none";
    let handbook = text(&payload, "sub") == "1234567890" || text(&payload, "name") == "john doe";
    if unsigned || handbook {
        return Worth::Nothing;
    }
    let life = payload["exp"]
        .as_i64()
        .zip(payload["iat"].as_i64())
        .map(|(end, start)| end.saturating_sub(start));
    let is_over = life.is_some_and(|l| (0..=SHORT_LIFE).contains(&l));
    if is_over || matches!(text(&payload, "role").as_str(), "anon" | "anonymous" | "public") {
        return Worth::Little;
    }
    Worth::Full
}

fn is_placeholder(secret: &str) -> bool {
    let lower = secret.to_lowercase();
    let words = [
        "example",
        "your",
        "placeholder",
        "changeme",
        "change_me",
        "dummy",
        "sample",
        "redacted",
        "xxxx",
        "0000000",
        "1234567890abcdef",
        "...",
        "insert",
        "replace",
        "process.env",
        "os.environ",
        "getenv",
    ];
    let mut letters: Vec<char> = lower.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    words.iter().any(|w| lower.contains(w)) || letters.len() < 6
}

/// Letters and digits mixed, and no word-like rhythm: `correct-horse` is not random, `8f3kd0aX7q` is.
fn looks_random(secret: &str) -> bool {
    let digits = secret.chars().filter(char::is_ascii_digit).count();
    let letters = secret.chars().filter(char::is_ascii_alphabetic).count();
    digits >= 2 && letters >= 4 && secret.len() >= 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        let words: String = FORMATS.iter().flat_map(|f| f.has).copied().collect();
        assert_eq!(PATTERNS.candidates(&words).count(), FORMATS.len());
    }

    #[test]
    fn a_password_in_a_url_is_masked_and_the_rest_stays() {
        assert_eq!(redact("postgres://app:s3cr3tpw@db/x"), "postgres://app:***@db/x");
    }

    #[test]
    fn a_web_token_is_worth_what_it_says() {
        let token = |header: &str, payload: &str| {
            let part = |t: &str| BASE64_URL_SAFE_NO_PAD.encode(t);
            format!("{}.{}.c2lnbmF0dXJlc2lnbmF0dXJl", part(header), part(payload))
        };
        let signed = r#"{"alg":"HS256"}"#;
        assert_eq!(worth_of_token(&token(signed, r#"{"sub":"1234567890"}"#)), Worth::Nothing);
        assert_eq!(worth_of_token(&token(r#"{"alg":"none"}"#, r#"{"sub":"u1"}"#)), Worth::Nothing);
        assert_eq!(worth_of_token(&token(signed, r#"{"iss":"supabase","role":"anon"}"#)), Worth::Little);
        assert_eq!(
            worth_of_token(&token(signed, r#"{"iat":1700000000,"exp":1700003600}"#)),
            Worth::Little
        );
        assert_eq!(
            worth_of_token(&token(signed, r#"{"iat":1700000000,"exp":2000000000}"#)),
            Worth::Full
        );
        assert_eq!(worth_of_token("eyJx.eyJy.z"), Worth::Full);
    }

    #[test]
    fn a_placeholder_is_no_secret() {
        assert!(find_secrets("api_key = YOUR_API_KEY_12345").is_empty());
        assert!(find_secrets("sk-xxxxxxxxxxxxxxxxxxxxxxxx").is_empty());
        assert_eq!(find_secrets("use AKIAQ7NVL2ZPDK4MXW3T here")[0].kind, "AWS access key");
    }
}
