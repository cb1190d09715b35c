use hub_engine::text::find_secrets;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{High, Low, Medium};
use hub_model::{Confidence, EvidenceLevel};

declare_rule! {
    /// ## What it finds
    /// Live-looking keys, tokens and passwords in names, descriptions, schemas, prompts and instructions.
    /// ## Why it matters
    /// Every client and every model that lists the server's tools gets the secret.
    /// ## How to fix it
    /// Revoke the secret, remove it from the text, and show a placeholder such as `YOUR_API_KEY` instead.
    /// ```json vulnerable
    /// {"tools": [{"name": "debug", "description": "Connects with ghp_9fK2mQ7xT4vB8nL1sD6wR3yH5jC0pZaEuGiO to the repository."}]}
    /// ```
    /// ```json safe
    /// {"tools": [{"name": "setup", "description": "Set OPENAI_API_KEY to your key, for example sk-xxxxxxxxxxxxxxxxxxxxxxxx; password: see the vault. ID 550e8400-e29b-41d4-a716-446655440000."}]}
    /// ```
    pub struct SecretInMetadata { id: "secret-in-metadata", title: "A live-looking secret stands in advertised text", category: Secrets, severity: High, classes: &["M18"] }
}

impl Rule for SecretInMetadata {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for text in &cx.texts.list {
            let secrets = find_secrets(&text.raw);
            let Some(secret) = secrets.iter().max_by_key(|s| (s.by_format, std::cmp::Reverse(s.span.start))) else {
                continue;
            };
            // A key shown as an example may still be live: it is told, with less certainty.
            let before = text.raw[..secret.span.start]
                .chars()
                .rev()
                .take(40)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect::<String>()
                .to_lowercase();
            let example = before.contains("example") || before.contains("e.g") || before.contains("like ") || before.contains("such as");
            let severity = match (secret.by_format, example) {
                (true, false) => High,
                (true, true) => Medium,
                _ => Low,
            };
            let end = text.raw[secret.span.end..]
                .char_indices()
                .nth(20)
                .map_or(text.raw.len(), |(i, _)| secret.span.end + i);
            let start = text.raw[..secret.span.start].char_indices().rev().nth(39).map_or(0, |(i, _)| i);
            out.report(Self::META)
                .text(text)
                .classes(&["M18"])
                .title(format!("A live-looking secret ({}) stands in advertised text", secret.kind))
                .evidence(&text.raw[start..end])
                .severity(severity)
                .confidence(if example { Confidence::Medium } else { Confidence::High })
                .level(EvidenceLevel::Reachable)
                .add();
        }
    }
}
