use super::{at_stake, fact, number, text};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// A live server that answers just the same to wrong credentials, to a token whose signature was changed, to an expired token, or to none at all.
    /// ## Why it matters
    /// Credentials that are not checked keep nobody out: whoever sends anything of the right shape is let in.
    /// ## How to fix it
    /// Check signature, issuer, audience and expiry of every token on every request, and answer 401 to whatever fails.
    /// ```json vulnerable
    /// {"facts": [{"name": "wrong_credentials_accepted", "tools": 1, "how": "the token with another signature"}], "tools": [{"name": "a", "description": "A."}]}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "listed_without_credentials", "tools": 1, "same": true}], "tools": [{"name": "a", "description": "A."}]}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "expired_token_accepted", "expired_for_secs": 86400}], "tools": [{"name": "a", "description": "A."}]}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "checks", "credentials": "done"}, {"name": "no_credentials_needed", "tools": 1}], "tools": [{"name": "a", "description": "A."}]}
    /// ```
    pub struct CredentialsNotChecked { id: "credentials-not-checked", title: "The server does not check credentials", category: Endpoint, severity: Critical, classes: &["L02"] }
}

impl Rule for CredentialsNotChecked {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        if let Some(found) = fact(cx, "wrong_credentials_accepted") {
            let forged = text(found, "how").contains("signature");
            out.report(Self::META)
                .key("wrong")
                .title(if forged {
                    "The signature of tokens is not checked: anybody can make one"
                } else {
                    "Wrong credentials are accepted"
                })
                .evidence(format!("{} tools were listed with {}", number(found, "tools"), text(found, "how")))
                .severity(if forged { Severity::Critical } else { Severity::High })
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
        if let Some(found) = fact(cx, "listed_without_credentials") {
            let severity = at_stake(cx).map_or(Severity::Low, |_| Severity::Medium);
            out.report(Self::META)
                .key("none")
                .title("Tools are listed without the credentials that were given")
                .because("What the tools are and how they are called is open to everybody. Whether a call is refused was not tried: tools are never called.")
                .evidence(format!("{} tools were listed without any credentials", number(found, "tools")))
                .severity(severity)
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
        if fact(cx, "expired_token_accepted").is_some() {
            out.report(Self::META)
                .key("expired")
                .title("An expired token is accepted")
                .because("A token that leaked once opens the server for ever.")
                .evidence("the accepted token says of itself that it has expired")
                .severity(Severity::High)
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
    }
}
