//! Which values are secrets, and what of them may be shown.

use crate::launch::find_placeholder;
use hub_model::{ConfigSecret, is_secret_name};
use std::ops::Range;

/// A secret known by its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSecret {
    pub kind: &'static str,
    pub span: Range<usize>,
    /// Its look alone says what it is.
    pub certain: bool,
}

/// The formats of secrets, which the engine knows.
#[derive(Clone, Copy)]
pub struct SecretFormats<'f> {
    /// Live-looking secrets in a text.
    pub find: &'f dyn Fn(&str) -> Vec<FoundSecret>,
    /// The text with every possible secret masked.
    pub redact: &'f dyn Fn(&str) -> String,
}

/// A secret of `value`, and the value as it may be shown. `named`: its name says that it is one.
pub(crate) fn judge(place: &str, named: bool, value: &str, formats: &SecretFormats<'_>) -> (Option<ConfigSecret>, String) {
    let found = (formats.find)(value).into_iter().max_by_key(|f| f.certain);
    if let Some(found) = found.filter(|f| f.certain || !is_stand_in(value)) {
        let secret = ConfigSecret {
            place: place.to_owned(),
            kind: found.kind.to_owned(),
            certain: found.certain,
            shown: shown(&value[found.span.clone()]),
        };
        let masked = if named { "***".to_owned() } else { mask(value, formats) };
        return (Some(secret), masked);
    }
    if !named {
        return (None, mask(value, formats));
    }
    let switch = matches!(
        value.to_ascii_lowercase().as_str(),
        "0" | "1" | "true" | "false" | "on" | "off" | "yes" | "no"
    );
    if switch || is_stand_in(value) {
        return (None, mask(value, formats));
    }
    let secret = is_secret_value(value).then(|| ConfigSecret {
        place: place.to_owned(),
        kind: "value under a secret's name".to_owned(),
        certain: false,
        shown: shown(value),
    });
    (secret, "***".to_owned())
}

/// The start, for recognition, when enough stays hidden.
pub(crate) fn shown(secret: &str) -> String {
    let start: String = if secret.chars().count() >= 16 {
        secret.chars().take(4).collect()
    } else {
        String::new()
    };
    format!("{start}***")
}

/// The text with whatever has the look of a secret masked.
pub(crate) fn mask(text: &str, formats: &SecretFormats<'_>) -> String {
    let text = (formats.redact)(text);
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !is_token_char(c)) {
        let end = word.trim_end_matches(|c| !is_token_char(c)).len();
        if is_random(&word[..end]) {
            out.push_str("***");
        } else {
            out.push_str(&word[..end]);
        }
        out.push_str(&word[end..]);
    }
    out
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+')
}

/// Long, with letters and digits that change places often: no word, version or date does.
pub(crate) fn is_random(word: &str) -> bool {
    if word.len() < 20 {
        return false;
    }
    let kind = |c: char| match c {
        '0'..='9' => 1,
        'a'..='z' => 2,
        'A'..='Z' => 3,
        _ => 0,
    };
    let kinds: Vec<u8> = word.chars().map(kind).collect();
    let digits = kinds.iter().filter(|k| **k == 1).count();
    let letters = kinds.iter().filter(|k| **k > 1).count();
    let changes = kinds.windows(2).filter(|w| w[0] != w[1] && w[0] != 0 && w[1] != 0).count();
    digits >= 3 && letters >= 4 && changes * 4 >= word.len()
}

/// What stands for a value: a placeholder, a reference to a vault, an example.
pub(crate) fn is_stand_in(value: &str) -> bool {
    let lower = value.trim().to_ascii_lowercase();
    let bare = lower
        .strip_prefix("bearer ")
        .or_else(|| lower.strip_prefix("basic "))
        .or_else(|| lower.strip_prefix("token "))
        .unwrap_or(&lower)
        .trim();
    let words = [
        "your",
        "xxx",
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "example",
        "dummy",
        "redacted",
        "insert",
        "replace",
        "todo",
        "<",
        "***",
        "...",
        "…",
        "here",
    ];
    bare.is_empty()
        || find_placeholder(value).is_some()
        || bare
            .strip_prefix('$')
            .is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        || bare.len() > 2 && bare.starts_with('%') && bare.ends_with('%')
        || [
            "op://",
            "vault:",
            "vault://",
            "keyring:",
            "env:",
            "file:",
            "aws-sm:",
            "secret://",
            "$(",
            "`",
        ]
        .iter()
        .any(|p| bare.starts_with(p))
        || words.iter().any(|w| bare.contains(w))
}

/// A value that can be a secret at all: no switch, number, path, address or plain word.
fn is_secret_value(value: &str) -> bool {
    let value = value.trim();
    let digits = value.chars().any(|c| c.is_ascii_digit());
    let letters = value.chars().any(|c| c.is_ascii_alphabetic());
    let is_path = value.starts_with(['/', '.', '~']) || value.contains('\\') || value.get(1..3) == Some(":\\");
    let file = [".json", ".pem", ".key", ".txt", ".env", ".crt", ".yaml", ".yml"]
        .iter()
        .any(|e| value.ends_with(e));
    let host = value.contains("://") || value.ends_with(".com") || value.ends_with(".local");
    value.len() >= 8 && digits && letters && !is_path && !file && !host && !value.contains(' ')
}

/// Secrets of command line words, and the words as they may be shown.
pub(crate) fn judge_args(args: &[String], formats: &SecretFormats<'_>) -> (Vec<ConfigSecret>, Vec<String>) {
    let (mut secrets, mut out) = (Vec::new(), Vec::new());
    let mut option: Option<&str> = None;
    for (n, arg) in args.iter().enumerate() {
        let place = format!("args[{n}]");
        let (secret, masked) = match pair(arg) {
            // `--api-key=…`, `TOKEN=…`, `Authorization: …`.
            Some((name, sep, value)) if is_secret_name(name) => {
                let (secret, value) = judge(&place, true, value.trim_start(), formats);
                (secret, format!("{name}{sep}{value}"))
            }
            Some(_) => judge(&place, false, arg, formats),
            None => judge(&place, option.is_some_and(is_secret_name) && !arg.starts_with('-'), arg, formats),
        };
        secrets.extend(secret);
        out.push(masked);
        option = arg.starts_with('-').then_some(arg.as_str()).filter(|a| !a.contains('='));
    }
    (secrets, out)
}

fn pair(arg: &str) -> Option<(&str, &str, &str)> {
    let name_end = arg.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
    let (name, rest) = arg.split_at(name_end);
    if name.trim_start_matches('-').is_empty() {
        return None;
    }
    let sep_len = if rest.starts_with('=') {
        1
    } else if rest.starts_with(": ") || rest.starts_with(':') && !rest.starts_with("://") && !rest.starts_with(":\\") {
        if rest.starts_with(": ") { 2 } else { 1 }
    } else {
        return None;
    };
    Some((name, &rest[..sep_len], &rest[sep_len..]))
}

/// Secrets of a URL (user, query, path), and the URL as it may be shown.
pub(crate) fn judge_url(text: &str, formats: &SecretFormats<'_>) -> (Vec<ConfigSecret>, String) {
    let mut secrets = Vec::new();
    let secret = |kind: &str, certain: bool, value: &str| ConfigSecret {
        place: "url".to_owned(),
        kind: kind.to_owned(),
        certain,
        shown: shown(value),
    };
    let Ok(mut url) = url::Url::parse(text.trim()) else {
        return (secrets, mask(text, formats));
    };
    if let Some(password) = url.password().map(str::to_owned) {
        if !is_stand_in(&percent_decoded(&password)) {
            secrets.push(secret("password in a URL", true, &password));
        }
        let _ = url.set_password(Some("***"));
    }
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if !pairs.is_empty() {
        let shown_pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| {
                let (found, masked) = judge("url", is_secret_name(name), value, formats);
                let random = found.is_none() && is_random(value);
                secrets.extend(found);
                if random {
                    secrets.push(secret("random value in the query", false, value));
                }
                format!("{name}={masked}")
            })
            .collect();
        url.set_query(Some(&shown_pairs.join("&")));
    }
    let segments: Vec<String> = url.path().split('/').map(str::to_owned).collect();
    let masked: Vec<String> = segments
        .iter()
        .map(|segment| {
            let (found, masked) = judge("url", false, segment, formats);
            let random = found.is_none() && is_random(segment) && !is_uuid(segment);
            secrets.extend(found);
            if random {
                secrets.push(secret("random part of the path", false, segment));
            }
            masked
        })
        .collect();
    url.set_path(&masked.join("/"));
    url.set_fragment(None);
    let shown_url = url.to_string().replace("%2A", "*");
    (secrets, shown_url)
}

/// Whatever of a URL may be secret: user, password, values of secret names, random parts.
pub(crate) fn secrets_of_url(text: &str) -> Vec<String> {
    let text = text.strip_prefix("git+").unwrap_or(text);
    let Ok(url) = url::Url::parse(text.trim()) else {
        return Vec::new();
    };
    let mut out = vec![url.username().to_owned(), url.password().unwrap_or_default().to_owned()];
    for pair in url.query().unwrap_or_default().split('&') {
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        if is_secret_name(name) || is_random(value) {
            out.push(value.to_owned());
        }
    }
    // Decoded too, as it may be told either way.
    out.extend(
        url.query_pairs()
            .filter(|(n, v)| is_secret_name(n) || is_random(v))
            .map(|(_, v)| v.into_owned()),
    );
    out.extend(url.path().split('/').filter(|s| is_random(s)).map(str::to_owned));
    out.retain(|s| !s.is_empty());
    out
}

fn percent_decoded(text: &str) -> String {
    text.replace("%24", "$").replace("%7B", "{").replace("%7D", "}").replace("%3C", "<")
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.chars().enumerate().all(|(i, c)| {
            if matches!(i, 8 | 13 | 18 | 23) {
                c == '-'
            } else {
                c.is_ascii_hexdigit()
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formats<T>(work: impl FnOnce(&SecretFormats<'_>) -> T) -> T {
        let find = |_: &str| Vec::new();
        let redact = str::to_owned;
        work(&SecretFormats {
            find: &find,
            redact: &redact,
        })
    }

    #[test]
    fn random_words_are_told_from_names_versions_and_dates() {
        for word in ["8f3kd0aX7qLm29sKw0Zb", "MzU2N2I0ZTktYWJjZC0xMjM0"] {
            assert!(is_random(word), "{word}");
        }
        for word in [
            "modelcontextprotocol-server-filesystem2025",
            "my-long-server-name-2025-11-24",
            "aaaaaaaaaaaaaaaaaaaaaaaaa",
            "short1a2b",
        ] {
            assert!(!is_random(word), "{word}");
        }
    }

    #[test]
    fn what_stands_for_a_value_is_no_secret() {
        for value in [
            "${TOKEN}",
            "$TOKEN",
            "%TOKEN%",
            "Bearer ${input:x}",
            "<your token>",
            "YOUR_API_KEY",
            "op://vault/x",
            "{env:T}",
            "",
        ] {
            assert!(is_stand_in(value), "{value}");
        }
        assert!(!is_stand_in("s3cr3t-p4ss"));
    }

    #[test]
    fn secrets_on_a_command_line_are_masked_in_every_spelling() {
        let args: Vec<String> = [
            "--api-key",
            "abc123def456",
            "--token=abc123def456",
            "-e",
            "API_TOKEN=abc123def456",
            "--header",
            "Authorization: Bearer abc123def456",
            "--port",
            "8080",
            "C:\\x",
            "https://h/p",
        ]
        .iter()
        .map(|s| (*s).to_owned())
        .collect();
        let (secrets, shown) = formats(|f| judge_args(&args, f));
        assert_eq!(
            secrets.len(),
            3 + usize::from(secrets.iter().any(|s| s.place == "args[6]")),
            "{secrets:?}"
        );
        assert!(!shown.join(" ").contains("abc123def456"), "{shown:?}");
        assert!(shown.contains(&"8080".to_owned()) && shown.contains(&"https://h/p".to_owned()));
    }

    #[test]
    fn secrets_in_a_url_are_masked_wherever_they_stand() {
        let (secrets, shown) = formats(|f| {
            judge_url(
                "https://u:pw12345678@h.example/s/8f3kd0aX7qLm29sKw0Zb/mcp?apiKey=abc123def&q=docs&k=${K}",
                f,
            )
        });
        assert!(secrets.len() >= 3, "{secrets:?}");
        for hidden in ["pw12345678", "8f3kd0aX7qLm29sKw0Zb", "abc123def"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert!(shown.contains("q=docs") && shown.contains("h.example"), "{shown}");
    }
}
