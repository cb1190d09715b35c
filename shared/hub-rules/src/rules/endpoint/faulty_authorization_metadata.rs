use super::{facts, text};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// Faults in the documents by which a live server tells clients how to be let in: protected resource metadata (RFC 9728) and authorization server metadata (RFC 8414).
    /// ## Why it matters
    /// Clients follow these documents without asking a person: a wrong issuer, a plain or private address or a missing PKCE method sends tokens and codes where others can take them.
    /// ## How to fix it
    /// Serve documents that name this resource and its true issuer, over https, with `S256` among `code_challenge_methods_supported`.
    /// ```json vulnerable
    /// {"facts": [{"name": "authorization_metadata_fault", "fault": "pkce_not_announced", "detail": "code_challenge_methods_supported is missing"}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "authorization_metadata_fault", "fault": "wrong_issuer", "detail": "the document speaks for https://evil.example"}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "checks", "authorization_metadata": "done"}], "tools": []}
    /// ```
    pub struct FaultyAuthorizationMetadata { id: "faulty-authorization-metadata", title: "The authorization metadata are at fault", category: Endpoint, severity: High, classes: &["L03"] }
}

/// Fault, severity, what is wrong, why it matters here.
const FAULTS: [(&str, Severity, &str, &str); 20] = [
    (
        "dangerous_scheme",
        Severity::High,
        "A URL of the authorization metadata would run something on the client",
        "Clients open these URLs: one that is not http can start a program or a script.",
    ),
    (
        "shell_in_url",
        Severity::High,
        "A URL of the authorization metadata holds shell syntax",
        "Clients that hand the URL to a shell to open it run what it holds.",
    ),
    (
        "private_address",
        Severity::High,
        "The authorization metadata point into private networks",
        "Clients ask that address from inside their own network, which an outsider could not reach.",
    ),
    (
        "plain_http",
        Severity::High,
        "The authorization metadata name a plain http URL",
        "Codes, tokens and secrets travel in the clear, or the key set can be exchanged on the way.",
    ),
    (
        "unsigned_tokens",
        Severity::High,
        "Unsigned tokens are allowed",
        "Whoever can write JSON can make a token.",
    ),
    (
        "wildcard_redirect",
        Severity::High,
        "Redirects to any host of a pattern are allowed",
        "One page under the pattern that can be taken over gets the authorization codes.",
    ),
    (
        "wrong_issuer",
        Severity::Medium,
        "The authorization server's document speaks for another issuer",
        "Clients must refuse it (RFC 8414, section 3.3); one that does not can be sent to a stranger's server.",
    ),
    (
        "metadata_of_another_resource",
        Severity::Medium,
        "The resource metadata are about another resource",
        "Clients must refuse it (RFC 9728, section 3.3), or get tokens for the wrong server.",
    ),
    (
        "token_in_query",
        Severity::Medium,
        "Tokens may be sent in the URL",
        "URLs are kept in logs, histories and referrers.",
    ),
    (
        "pkce_without_s256",
        Severity::Medium,
        "PKCE is offered without S256",
        "A stolen authorization code can be exchanged by the thief.",
    ),
    (
        "pkce_not_announced",
        Severity::Low,
        "PKCE is not announced",
        "Clients that follow the MCP specification must refuse to go on; others go on without protection of the code.",
    ),
    (
        "pkce_plain_allowed",
        Severity::Low,
        "PKCE is allowed without hashing",
        "With `plain`, who sees the first request can use the code.",
    ),
    (
        "implicit_grant",
        Severity::Low,
        "The implicit grant is offered",
        "Tokens in the URL of a redirect leak by history and referrer (OAuth 2.1 removed it).",
    ),
    (
        "password_grant",
        Severity::Low,
        "The password grant is offered",
        "Clients get to see the user's password (OAuth 2.1 removed it).",
    ),
    (
        "unusable_url",
        Severity::Low,
        "A URL of the authorization metadata is none",
        "Clients cannot follow it.",
    ),
    (
        "no_authorization_server",
        Severity::Low,
        "The resource metadata name no authorization server",
        "Clients have to guess where to get a token.",
    ),
    (
        "no_token_endpoint",
        Severity::Low,
        "The authorization server names no token endpoint",
        "Clients have to guess where to get a token.",
    ),
    (
        "challenge_names_no_metadata",
        Severity::Info,
        "The refusal does not say where the metadata are",
        "Clients have to try well-known places (RFC 9728, section 5.1).",
    ),
    (
        "protected_resource_metadata_missing",
        Severity::Low,
        "There are no protected resource metadata",
        "Clients cannot tell which authorization server is the right one.",
    ),
    (
        "authorization_server_metadata_missing",
        Severity::Low,
        "There are no authorization server metadata",
        "Clients have to guess its endpoints.",
    ),
];

impl Rule for FaultyAuthorizationMetadata {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for found in facts(cx, "authorization_metadata_fault") {
            let name = text(found, "fault");
            let Some((_, severity, title, why)) = FAULTS.iter().find(|(fault, ..)| *fault == name) else {
                continue;
            };
            out.report(Self::META)
                .key(name)
                .title(*title)
                .because(*why)
                .evidence(text(found, "detail"))
                .severity(*severity)
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
    }
}
