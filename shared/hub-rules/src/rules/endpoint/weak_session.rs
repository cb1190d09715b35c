use super::{Connection, fact, facts, number, text};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// Sessions of a live server that can be guessed, shared, invented, used after their end, or used instead of credentials.
    /// ## Why it matters
    /// Whoever knows or guesses the id of a session goes on in the name of the user who opened it; the MCP specification forbids sessions as authentication.
    /// ## How to fix it
    /// Draw session ids from a secure random generator (UUIDs will do), bind them to the user, check credentials on every request, and forget ids that were ended.
    /// ```json vulnerable
    /// {"facts": [{"name": "weak_session_id", "why": "sequential", "detail": "one id follows the other, at a distance of 1"}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "session_replaces_credentials", "tools": 3}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "session_survives_its_end"}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "checks", "sessions": "done"}], "tools": []}
    /// ```
    pub struct WeakSession { id: "weak-session", title: "Sessions can be taken over", category: Endpoint, severity: High, classes: &["L06", "S22"] }
}

impl Rule for WeakSession {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let connection = Connection::of(cx);
        let replaces = fact(cx, "session_replaces_credentials");
        let mut add = |key: &str, title: &str, evidence: String, severity: Severity| {
            out.report(Self::META)
                .key(key)
                .title(title)
                .evidence(evidence)
                .severity(severity)
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        };
        for found in facts(cx, "weak_session_id") {
            // The id is the only lock where no credentials are asked for, or where it stands for them.
            let only_lock = replaces.is_some() || !connection.needs_credentials;
            let (title, severity) = match text(found, "why") {
                "shared" => ("All clients share one session", Severity::Medium),
                "sequential" => (
                    "Session ids follow each other",
                    if only_lock { Severity::High } else { Severity::Medium },
                ),
                _ => (
                    "Session ids are short enough to guess",
                    if only_lock { Severity::Medium } else { Severity::Low },
                ),
            };
            add(text(found, "why"), title, text(found, "detail").to_owned(), severity);
        }
        if let Some(found) = replaces {
            let shown = format!("{} tools were listed with a session id and no credentials", number(found, "tools"));
            add(
                "replaces",
                "A session id is enough to be let in without credentials",
                shown,
                Severity::High,
            );
        }
        if fact(cx, "invented_session_accepted").is_some() {
            let shown = "a list was answered in a session that was never opened".to_owned();
            add("invented", "Invented session ids are accepted", shown, Severity::Low);
        } else if fact(cx, "session_survives_its_end").is_some() {
            let shown = "a list was answered in a session after the server had agreed to end it".to_owned();
            add("survives", "Sessions go on after their end", shown, Severity::Low);
        }
    }
}
