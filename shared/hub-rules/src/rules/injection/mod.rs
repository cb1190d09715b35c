//! Arguments that reach a dangerous operation (S01–S08, S16, S17, S27).

use hub_engine::capability::words_of;
use hub_engine::taint::{Cause, Kinds};
use hub_engine::{Context, Findings, Rule, RuleMeta};
use hub_model::{Confidence, EvidenceLevel, Flow, Severity, Tool};
use hub_syntax::ir::Language;

mod argument_injection;
mod code_injection;
mod fixes;
mod html_injection;
mod path_traversal;
mod query_injection;
mod redirect_past_check;
mod shell_injection;
mod ssrf;
mod system_prompt_injection;
mod template_injection;
mod unmarked_outside_content;
mod unsafe_deserialisation;
mod url_scheme;
mod xml_external_entity;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &shell_injection::ShellInjection,
    &argument_injection::ArgumentInjection,
    &code_injection::CodeInjection,
    &template_injection::TemplateInjection,
    &path_traversal::PathTraversal,
    &ssrf::Ssrf,
    &redirect_past_check::RedirectPastCheck,
    &url_scheme::UrlScheme,
    &query_injection::QueryInjection,
    &unsafe_deserialisation::UnsafeDeserialisation,
    &xml_external_entity::XmlExternalEntity,
    &html_injection::HtmlInjection,
    &system_prompt_injection::SystemPromptInjection,
    &unmarked_outside_content::UnmarkedOutsideContent,
];

/// How a rule of this folder words one cause.
struct Told {
    title: String,
    because: String,
    fix: &'static str,
    severity: Severity,
    /// The tool says that it does just this: told as a fact, not as a fault.
    by_design: bool,
    confidence: Confidence,
}

/// Reports every cause of a kind, worded by `tell`; `None` skips it.
fn report_flows(
    cx: &Context<'_>,
    out: &mut Findings,
    meta: &'static RuleMeta,
    kind: Kinds,
    tell: impl Fn(&Cause<'_>, Option<&Tool>, Language) -> Option<Told>,
) {
    let (Some(flows), Some(program)) = (cx.flows, cx.program) else {
        return;
    };
    for (n, cause) in flows.causes(program, kind).into_iter().enumerate() {
        let language = program.module(cause.place.module).language;
        let tool = cause.tool(cx.facts, cx.inventory);
        let Some(mut told) = tell(&cause, tool, language) else { continue };
        let weak = cause.weak.words();
        if !weak.is_empty() {
            told.because
                .push_str(&format!(" On the way stands {}, which does not stop it.", weak.join(", and ")));
            told.confidence = Confidence::Low;
            // Something stands in the way, and how much passes it nobody has shown: a fault to look at, not an alarm.
            told.severity = told.severity.min(Severity::Medium);
        }
        let also = cause.also();
        if !also.is_empty() {
            let shown: Vec<&str> = also.iter().take(8).copied().collect();
            let more = also.len().saturating_sub(shown.len());
            told.because.push_str(&format!(
                " The same place is reached from {}{}.",
                shown.join(", "),
                if more > 0 { format!(" and {more} more") } else { String::new() }
            ));
        }
        let draft = out
            .report(meta)
            .on(cause.subject(cx.facts))
            .at(cause.place.at.clone())
            .title(told.title)
            .because(told.because)
            .fix(told.fix)
            .fix_code(if n < cx.budget.max_findings_per_rule {
                fixes::code(kind, &cause.shown.sink, program, language)
            } else {
                None
            })
            .evidence(cause.place.code.clone())
            .key(cause.place.function_name.clone())
            .key(cause.shown.operation().to_owned())
            .confidence(told.confidence);
        if told.by_design {
            draft.severity(told.severity.min(Severity::Low)).level(EvidenceLevel::Signal).add();
        } else {
            draft.severity(told.severity).flow(Flow(cause.shown.steps.clone())).add();
        }
    }
}

/// Whether the tool's own name or description says one of these words.
fn says(tool: Option<&Tool>, words: &[&str]) -> bool {
    let Some(tool) = tool else { return false };
    let text = format!("{} {}", tool.name, tool.description.as_deref().unwrap_or("")).to_ascii_lowercase();
    let tokens: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|t| !t.is_empty()).collect();
    words.iter().any(|w| tokens.iter().any(|t| t == w))
}

/// Whether the last name of an argument path, or the last word of it, is one of these words: `savePath` is a path.
fn argument_is(argument: &str, words: &[&str]) -> bool {
    let name = argument.rsplit('.').find(|s| *s != "*").unwrap_or(argument);
    let lower = name.to_ascii_lowercase();
    let last = words_of(name).pop().unwrap_or_default();
    words.iter().any(|w| lower == *w || last == *w)
}

/// Whether the tool's schema says in so many words that the argument is such a thing: "Path to the bundle", `format: uri`.
fn described_as(tool: Option<&Tool>, argument: &str, words: &[&str]) -> bool {
    let schema = tool.and_then(|t| t.input_schema.as_ref());
    let Some(declared) = schema.and_then(|s| s.get("properties")?.get(argument.split('.').next()?)) else {
        return false;
    };
    let said = ["description", "format"].iter().filter_map(|key| declared.get(key)?.as_str());
    said.flat_map(words_of).any(|w| words.contains(&w.as_str()))
}

/// With a capital first letter.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
