use super::{fact, facts, number, text};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// Answers of a live server that give away its inside: stack traces and file paths in errors, exact versions in headers, or the caller's own credential repeated in a listing.
    /// ## Why it matters
    /// Traces and versions tell an attacker which known faults to try; a credential in a listing is shown to the model and kept in its context.
    /// ## How to fix it
    /// Turn debug mode off, answer errors with a short message and a number of your own, and leave versions out of headers.
    /// ```json vulnerable
    /// {"facts": [{"name": "error_answer", "to": "a message that is cut off", "status": 500, "text": "Traceback (most recent call last): File \"/app/server.py\", line 12, in handle"}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "error_answer", "to": "a message that is cut off", "status": 400, "text": "SyntaxError: Unexpected end of JSON input at JSON.parse (<anonymous>) at parse (/srv/app/node_modules/body-parser/lib/types/json.js:92:19)"}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "version_banner", "header": "server", "value": "uvicorn/0.30.1"}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "credential_reflected", "places": 2}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "error_answer", "to": "a message that is cut off", "status": 400, "text": "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"Parse error at line 1, column 36\"}}"}, {"name": "version_banner", "header": "server", "value": "cloudflare"}], "tools": []}
    /// ```
    pub struct LeakingError { id: "leaking-error", title: "Answers give away the server's inside", category: Endpoint, severity: Medium, classes: &["L08"] }
}

/// What only a trace holds, in order to be looked for: the words, and what must also follow them.
const TRACES: [(&str, &str, &str); 11] = [
    ("Traceback (most recent call last)", "", "Python"),
    ("File \"/", "\", line ", "Python"),
    ("/node_modules/", ".js:", "Node.js"),
    (" at ", ".js:", "Node.js"),
    (" at ", ".ts:", "Node.js"),
    (" at ", ".java:", "Java"),
    (" at ", ".cs:line ", ".NET"),
    ("goroutine ", " [running]", "Go"),
    ("panicked at ", ".rs:", "Rust"),
    (".php", "Stack trace: #0", "PHP"),
    (".rb:", ":in `", "Ruby"),
];
/// A sign and its second half stand at most this far apart, in bytes.
const REACH: usize = 300;

/// The runtime whose trace the text holds, and where.
fn trace(text: &str) -> Option<(&'static str, usize)> {
    TRACES.iter().find_map(|(sign, then, runtime)| {
        text.match_indices(sign).take(200).find_map(|(at, _)| {
            let rest = &text[at + sign.len()..];
            let end = (0..=REACH.min(rest.len())).rev().find(|i| rest.is_char_boundary(*i)).unwrap_or(0);
            let near = &rest[..end];
            let found = then.is_empty()
                || near.find(then).is_some_and(|i| {
                    // A place in a file is `name.js:12`, not the words "at … .js: …".
                    !then.ends_with(':') || near[i + then.len()..].starts_with(|c: char| c.is_ascii_digit())
                });
            found.then_some((*runtime, at))
        })
    })
}

impl Rule for LeakingError {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for found in facts(cx, "error_answer") {
            let said = text(found, "text");
            let Some((runtime, at)) = trace(said) else { continue };
            out.report(Self::META)
                .key(runtime)
                .title(format!("An error answer shows a stack trace of {runtime}"))
                .evidence(said[at..].chars().take(300).collect::<String>())
                .severity(Severity::Medium)
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
            break;
        }
        for found in facts(cx, "version_banner") {
            let value = text(found, "value");
            let exact = value.split_whitespace().any(|word| {
                let version = word.rsplit('/').next().unwrap_or_default();
                version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.')
            });
            if exact {
                out.report(Self::META)
                    .key(text(found, "header"))
                    .title(format!("The header `{}` tells an exact version", text(found, "header")))
                    .evidence(value)
                    .severity(Severity::Info)
                    .confidence(Confidence::High)
                    .level(EvidenceLevel::Confirmed)
                    .add();
            }
        }
        if let Some(found) = fact(cx, "credential_reflected") {
            out.report(Self::META)
                .key("credential")
                .title("The listing repeats the caller's credential")
                .evidence(format!("at {} places of the listing", number(found, "places")))
                .severity(Severity::High)
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .classes(&["L08", "S10"])
                .add();
        }
    }
}
