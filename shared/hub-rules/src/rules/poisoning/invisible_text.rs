use hub_engine::text::{Sign, SignKind, Text, Words, normalise};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{High, Low, Medium};
use hub_model::{Confidence, EvidenceLevel};

declare_rule! {
    /// ## What it finds
    /// Characters that hide or disguise text: zero-width characters inside words, direction overrides, tag characters and variation selectors that spell hidden text, look-alike letters of other scripts, marks drawn over letters.
    /// ## Why it matters
    /// The model reads what the human who approved the tool cannot see.
    /// ## How to fix it
    /// Remove the characters; write names and texts in plain letters.
    /// ```json vulnerable
    /// {"tools": [{"name": "helper", "description": "Utility helper with hidden\u200bcharacter"}]}
    /// ```
    /// ```json vulnerable
    /// {"tools": [{"name": "file", "description": "Opens \u202egpj.exe"}]}
    /// ```
    /// ```json safe
    /// {"tools": [{"name": "emoji", "description": "Sends 👩\u200d💻 and ✔\ufe0f; متن فارسی می\u200cخواهم; 日本語の説明; Ωmega and 10 µm."}]}
    /// ```
    pub struct InvisibleText { id: "invisible-text", title: "Text holds characters that hide or disguise words", category: Poisoning, severity: Medium, classes: &["M12", "M01"] }
}

impl Rule for InvisibleText {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for text in &cx.texts.list {
            let signs: Vec<&Sign> = text
                .signs
                .iter()
                .filter(|s| !matches!(s.kind, SignKind::Ansi | SignKind::Control))
                .collect();
            let Some(worst) = signs.iter().max_by_key(|s| (rank(s, text), std::cmp::Reverse(s.span.start))) else {
                continue;
            };
            let hidden = text
                .layers
                .iter()
                .find(|l| l.origin.is_decoded() && !l.normal.text.trim().is_empty());
            let smuggled = matches!(worst.kind, SignKind::Tags | SignKind::VariationSelectors);
            let severity = match rank(worst, text) {
                3 => High,
                2 => Medium,
                _ => Low,
            };
            let shown = match hidden.filter(|_| smuggled) {
                Some(layer) => format!("(in {}) {}", layer.origin.as_words(), layer.normal.text),
                None => around(&text.raw, worst),
            };
            out.report(Self::META)
                .text(text)
                .evidence(shown)
                .title(format!("{} in the text", name(worst.kind)))
                .because(format!(
                    "{} ({} in all). {}",
                    why(worst.kind),
                    signs.len(),
                    Self::META.section("Why it matters")
                ))
                .severity(severity)
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
    }
}

/// 3: spells hidden text; 2: disguises words; 1: odd but harmless by itself.
fn rank(sign: &Sign, text: &Text) -> u8 {
    match sign.kind {
        SignKind::Tags | SignKind::VariationSelectors => 3,
        SignKind::Bidi => 2,
        SignKind::ZeroWidth => {
            let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let inside = letter(text.raw[..sign.span.start].chars().next_back()) && letter(text.raw[sign.span.end..].chars().next());
            if inside || text.signs.len() >= 3 { 2 } else { 1 }
        }
        // A word that means something to a rule once its letters are folded was disguised for a reason; a symbol in a formula was not.
        SignKind::MixedScript => {
            let word = normalise(text.raw.get(sign.span.clone()).unwrap_or_default()).normal.text;
            let known = Words::of(&word).concepts.iter().any(|c| *c != 0);
            if known && word.chars().count() >= 3 || word.chars().count() >= 6 {
                2
            } else {
                1
            }
        }
        SignKind::Overlay => {
            if text.signs.len() >= 3 {
                2
            } else {
                1
            }
        }
        SignKind::Styled => 1,
        SignKind::Ansi | SignKind::Control => 0,
    }
}

fn name(kind: SignKind) -> &'static str {
    match kind {
        SignKind::ZeroWidth => "Invisible characters",
        SignKind::Bidi => "Characters that turn the direction of text",
        SignKind::Tags => "Hidden text in tag characters",
        SignKind::VariationSelectors => "Hidden bytes in variation selectors",
        SignKind::MixedScript => "Look-alike letters of another script",
        SignKind::Overlay => "Marks drawn over letters",
        SignKind::Styled => "Words in mathematical letters",
        SignKind::Ansi | SignKind::Control => "Control characters",
    }
}

fn why(kind: SignKind) -> &'static str {
    match kind {
        SignKind::ZeroWidth => "Invisible characters break words, so that a filter or a human reads something else than the model",
        SignKind::Bidi => "A human sees the characters in another order than the model",
        SignKind::Tags => "Tag characters spell text that no human sees",
        SignKind::VariationSelectors => "Runs of variation selectors carry bytes that no human sees",
        SignKind::MixedScript => "Letters of another script stand in for Latin ones, so that a filter does not know the word",
        SignKind::Overlay => "Combining marks break words, so that a filter does not know them",
        SignKind::Styled => "Mathematical letters spell words that a filter does not know",
        SignKind::Ansi | SignKind::Control => "Control characters",
    }
}

/// The sign with thirty characters on either side.
fn around(raw: &str, sign: &Sign) -> String {
    let start = raw[..sign.span.start].char_indices().rev().nth(29).map_or(0, |(i, _)| i);
    let end = raw[sign.span.end..]
        .char_indices()
        .nth(30)
        .map_or(raw.len(), |(i, _)| sign.span.end + i);
    raw[start..end].to_owned()
}
