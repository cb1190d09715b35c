use hub_engine::text::SignKind;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{High, Medium};
use hub_model::{Confidence, EvidenceLevel};

declare_rule! {
    /// ## What it finds
    /// Terminal escape sequences and control characters in names and texts.
    /// ## Why it matters
    /// In a terminal they recolour, overwrite or erase what a human reads before he approves the tool, while the model reads all of it.
    /// ## How to fix it
    /// Remove the control characters.
    /// ```json vulnerable
    /// {"tools": [{"name": "status", "description": "Returns status \u001b[8mhidden\u001b[0m."}]}
    /// ```
    /// ```json safe
    /// {"tools": [{"name": "strip", "description": "Strips ANSI codes such as \\x1b[31m from text.\n\tTabs and line ends\r\nare fine."}]}
    /// ```
    pub struct TerminalEscape { id: "terminal-escape", title: "Text holds terminal escapes or control characters", category: Poisoning, severity: Medium, classes: &["M13"] }
}

impl Rule for TerminalEscape {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for text in &cx.texts.list {
            let mut signs = text.signs.iter().filter(|s| matches!(s.kind, SignKind::Ansi | SignKind::Control));
            let Some(first) = signs.next() else { continue };
            // Concealed text, cursor movement and erasing hide; colours only dress up.
            let hides = |sequence: &str| {
                sequence.ends_with(['A', 'B', 'C', 'D', 'H', 'J', 'K', 'f', 's', 'u']) || sequence.contains("[8m") || sequence.contains(']')
            };
            let hiding = std::iter::once(first)
                .chain(signs)
                .filter_map(|s| text.raw.get(s.span.clone()))
                .any(hides);
            let end = text.raw[first.span.end..]
                .char_indices()
                .nth(60)
                .map_or(text.raw.len(), |(i, _)| first.span.end + i);
            let start = text.raw[..first.span.start].char_indices().rev().nth(29).map_or(0, |(i, _)| i);
            out.report(Self::META)
                .text(text)
                .evidence(&text.raw[start..end])
                .severity(if hiding { High } else { Medium })
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
    }
}
