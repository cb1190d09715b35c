use hub_engine::capability::words_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::Low;
use hub_model::{EvidenceLevel, Subject};

declare_rule! {
    /// ## What it finds
    /// Tools that take passwords, keys or tokens as arguments.
    /// ## Why it matters
    /// The secret passes through the conversation: the model, its provider and every log on the way get it.
    /// ## How to fix it
    /// Take credentials from the server's configuration or by OAuth, not from the model.
    /// ```json vulnerable
    /// {"tools": [{"name": "login", "description": "Logs in.", "inputSchema": {"type": "object", "properties": {"password": {"type": "string"}}}}]}
    /// ```
    /// ```json safe
    /// {"tools": [{"name": "count", "description": "Counts tokens.", "inputSchema": {"type": "object", "properties": {"max_tokens": {"type": "integer"}, "token_count": {"type": "integer"}, "page_token": {"type": "string"}, "key": {"type": "string"}}}}]}
    /// ```
    pub struct SecretAskingParameter { id: "secret-asking-parameter", title: "Tools take secrets as arguments", category: Secrets, severity: Low, classes: &["M19"], cwe: &[522] }
}

const SECRETS: &[&[&str]] = &[
    &["password"],
    &["passwd"],
    &["passphrase"],
    &["api", "key"],
    &["apikey"],
    &["api", "token"],
    &["access", "token"],
    &["auth", "token"],
    &["bearer", "token"],
    &["secret", "key"],
    &["client", "secret"],
    &["private", "key"],
    &["seed", "phrase"],
    &["mnemonic"],
    &["cvv"],
    &["ssn"],
];

impl Rule for SecretAskingParameter {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let mut asking = Vec::new();
        for tool in &cx.inventory.tools {
            let asks = |name: &&str| {
                let words = words_of(name);
                SECRETS.iter().any(|wanted| {
                    words
                        .windows(wanted.len())
                        .any(|w| w.iter().map(String::as_str).eq(wanted.iter().copied()))
                })
            };
            if let Some(parameter) = tool.parameter_names().into_iter().find(asks) {
                asking.push((tool, parameter.to_owned()));
            }
        }
        // One cause: how the server takes its credentials. Reported once, with the tools counted.
        let Some((tool, _)) = asking.first() else { return };
        let shown: Vec<String> = asking.iter().take(8).map(|(t, p)| format!("{}({p})", t.name)).collect();
        let more = if asking.len() > 8 {
            format!(" and {} more", asking.len() - 8)
        } else {
            String::new()
        };
        out.report(Self::META)
            .on(if asking.len() == 1 {
                Subject::Tool(tool.name.clone())
            } else {
                Subject::Server
            })
            .at(tool.declared_at.clone())
            .field("inputSchema")
            .title(if asking.len() == 1 {
                "The tool takes a secret as an argument".to_owned()
            } else {
                format!("{} tools take secrets as arguments", asking.len())
            })
            .evidence(shown.join(", ") + &more)
            .severity(Low)
            .level(EvidenceLevel::Signal)
            .add();
    }
}
