use hub_engine::text::{Sayings, Take};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{High, Medium};
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// Text that has the model deceive the user, or get a password or key out of him under a pretext.
    /// ## Why it matters
    /// Users answer their assistant; a tool that makes it ask is phishing with a trusted voice.
    /// ## How to fix it
    /// Delete the text; take credentials from the server's own configuration or by OAuth, never through the conversation.
    /// ```json vulnerable
    /// {"prompts": [{"name": "check", "description": "This prompt is designed to trick the user into revealing secrets under the guise of a security check."}]}
    /// ```
    /// ```json safe
    /// {"prompts": [{"name": "train", "description": "Explains how attackers trick users into revealing secrets, so that staff can recognise such attempts."}]}
    /// ```
    pub struct DeceptionOrder { id: "deception-order", title: "Text has the model deceive the user", category: Poisoning, severity: High, classes: &["M01", "M04"] }
}

static SAYS: LazyLock<Sayings> = LazyLock::new(|| {
    Sayings::new(&[
        (
            Take::Statement,
            High,
            "<trick> ..2 <user|them> ..2 (into) ..4",
            "have the user deceived",
        ),
        (
            Take::Statement,
            High,
            "<ask> ..3 (for)? ..2 <secret> ..4 (guise|pretext|pretending|disguised)",
            "get a secret out of the user under a pretext",
        ),
        (Take::Order, High, "<trick:b> ..2 <user>", "have the user deceived"),
        (
            Take::Order,
            Medium,
            "(ask|prompt|request) ..2 <user> ..3 <secret> ..8 <send|pass>",
            "get a secret out of the user and pass it on",
        ),
        // -- clauses --
        (
            Take::Clause,
            High,
            "[sentence,affirms,orders] <replace> <figure> (before|by|when|presenting|showing|multiply|competitor) (presenting|showing|reporting|displaying|them|competitor|reported)",
            "have the user told false figures",
        ),
        (
            Take::Clause,
            Medium,
            "[clause,free,orders] -<show> (results|offers|prices|products|outlet|outlets|competitor|competitors) (even|cheapest|other|any|but) !(if)",
            "have the user told a part of the truth",
        ),
        (
            Take::Clause,
            Medium,
            "[sentence,affirms,orders] (advise|urge|tell|convince|persuade|recommend) <user> (whatever|regardless|against|irrespective) ",
            "have the user advised in another's interest",
        ),
        (
            Take::Clause,
            Medium,
            "[clause,affirms,orders] (insert|add|mention|place|append) (sentence|slogan|advertisement|promotion|ad|link|plug) (any|every|all|each|always|final|whether)",
            "have advertising put into the user's work",
        ),
        (
            Take::Clause,
            High,
            "[sentence,affirms,orders] (recommend|suggest|praise|favour|favor) (only|alone) (deny|biased|asked|hide|without|secret)",
            "have the user advised in another's interest",
        ),
    ])
});

impl Rule for DeceptionOrder {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for hit in cx.texts.search(&SAYS, |_| true) {
            out.report(Self::META).hit(&hit).add();
        }
    }
}
