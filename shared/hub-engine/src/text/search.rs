//! Finding orders in texts: arrangements of concepts, the mood they must have, and what they say.

use super::clause::SETS;
use super::layers::{Layer, Origin};
use super::lexicon::{Concepts, Form, bits};
use super::phrase::{Mood, Phrase, mood};
use super::surface::{Field, Owner, Text, Texts};
use hub_model::Severity;
use std::ops::Range;

/// What mood a match must have to count. Cited and guarded text (a scanner that names what it blocks) never counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// An order that is not negated.
    Order,
    /// Any statement that is not negated.
    Statement,
    /// The arrangement brings its own negation.
    Negation,
    /// The arrangement asks for facts about a clause and brings its own mood.
    Clause,
}

/// One thing a text can say.
#[derive(Debug)]
struct Says {
    phrase: Phrase,
    take: Take,
    severity: Severity,
    /// What it does to the model, as the end of "these words …".
    why: &'static str,
}

impl Says {
    /// Compiles one; see [`Phrase::new`].
    fn new(take: Take, severity: Severity, phrase: &'static str, why: &'static str) -> Self {
        let phrase = Phrase::new(phrase);
        // Above Medium the malice must be plain from the quoted words (DETECTION.md, trust rule 1). Words that stand anywhere in
        // a clause are no such proof: on 104 published servers they spoke eight times, each time of an honest text.
        let severity = if phrase.is_of_clause() {
            severity.min(Severity::Medium)
        } else {
            severity
        };
        Self {
            phrase,
            take,
            severity,
            why,
        }
    }
}

/// Things that a text can say, so arranged that a sentence is held only against those whose concepts it has.
#[derive(Debug)]
pub struct Sayings {
    list: Vec<Says>,
    /// Of 64 each.
    index: Vec<Needed>,
    /// One of them looks at the next sentence too.
    of_pairs: bool,
}

/// So many concepts that a phrase needs are looked at together; the rest is left to the phrase.
const LOOKED_AT: usize = 3;

/// Which of 64 phrases a sentence has the concepts for, a bit for each phrase.
#[derive(Debug)]
struct Needed {
    /// By concept: the phrases whose first, second and third need it satisfies.
    by_concept: Box<[[u64; LOOKED_AT]]>,
    /// The phrases that have no such need.
    none: [u64; LOOKED_AT],
}

impl Needed {
    fn of(says: &[Says]) -> Self {
        let mut out = Self {
            by_concept: vec![[0; LOOKED_AT]; Concepts::BITS as usize].into(),
            none: [0; LOOKED_AT],
        };
        for (i, say) in says.iter().enumerate() {
            for n in 0..LOOKED_AT {
                match say.phrase.needs().get(n) {
                    Some(concepts) => bits(*concepts).for_each(|c| out.by_concept[c as usize][n] |= 1 << i),
                    None => out.none[n] |= 1 << i,
                }
            }
        }
        out
    }

    fn met_by(&self, concepts: Concepts) -> u64 {
        let mut met = self.none;
        for c in bits(concepts) {
            for (met, more) in met.iter_mut().zip(self.by_concept[c as usize]) {
                *met |= more;
            }
        }
        met.iter().fold(u64::MAX, |all, m| all & m)
    }
}

impl Sayings {
    /// Compiles them.
    #[must_use]
    pub fn new(rows: &[(Take, Severity, &'static str, &'static str)]) -> Self {
        let list: Vec<Says> = rows
            .iter()
            .map(|(take, severity, phrase, why)| Says::new(*take, *severity, phrase, why))
            .collect();
        Self {
            index: list.chunks(u64::BITS as usize).map(Needed::of).collect(),
            of_pairs: list.iter().any(|s| s.phrase.is_of_pair()),
            list,
        }
    }

    /// Those that the sentence may say, in their order.
    fn candidates(&self, layer: &Layer, sentence: usize) -> impl Iterator<Item = &Says> {
        let mut have = layer.words.concepts[sentence];
        if self.of_pairs {
            have |= layer.words.concepts.get(sentence + 1).copied().unwrap_or(0);
        }
        let groups = self.list.chunks(u64::BITS as usize).zip(&self.index);
        groups.flat_map(move |(group, needed)| bits(needed.met_by(have).into()).map(|i| &group[i as usize]))
    }
}

/// A text that says it.
#[derive(Debug)]
pub struct Hit<'t> {
    pub text: &'t Text,
    pub layer: &'t Layer,
    /// Index of the sentence.
    pub sentence: usize,
    /// Tokens that matched.
    pub tokens: Range<usize>,
    pub mood: Mood,
    pub severity: Severity,
    pub why: &'static str,
}

impl Hit<'_> {
    /// The words that say it, with the rest of their sentence as far as it fits; decoded text says from what.
    #[must_use]
    pub fn quote(&self) -> String {
        quote(
            self.text,
            self.layer,
            self.tokens.clone(),
            self.layer.words.sentences[self.sentence].clone(),
        )
    }
}

/// Longest quotation, in characters.
const MAX_QUOTE: usize = 240;

/// Quotes the original bytes under `tokens`, widened to `sentence` while that stays short.
#[must_use]
pub fn quote(text: &Text, layer: &Layer, tokens: Range<usize>, sentence: Range<usize>) -> String {
    let all = &layer.words.tokens;
    let bytes = |r: &Range<usize>| all[r.start].start as usize..all[r.end - 1].end as usize;
    let whole = bytes(&sentence);
    let narrow = bytes(&tokens);
    let here = &layer.normal.text;
    let span = if here[whole.clone()].chars().count() <= MAX_QUOTE {
        whole
    } else {
        // About 80 characters of what stands before and after, cut at spaces.
        let mut start = narrow.start.saturating_sub(80).max(whole.start);
        while !here.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = (narrow.end + 80).min(whole.end);
        while !here.is_char_boundary(end) {
            end += 1;
        }
        start..end
    };
    if layer.origin == Origin::Plain {
        let original = layer.normal.original(span);
        text.raw.get(original).map(str::to_owned).unwrap_or_default()
    } else {
        format!("(in {}) {}", layer.origin.as_words(), &here[span])
    }
}

impl Texts {
    /// The worst hit of each text, in order; texts without one are left out.
    #[must_use]
    pub fn search<'t>(&'t self, says: &Sayings, wanted: impl Fn(&Text) -> bool) -> Vec<Hit<'t>> {
        self.search_where(says, wanted, |_| true)
    }

    /// The same, of hits that hold up.
    #[must_use]
    pub fn search_where<'t>(&'t self, says: &Sayings, wanted: impl Fn(&Text) -> bool, holds: impl Fn(&Hit) -> bool) -> Vec<Hit<'t>> {
        self.list
            .iter()
            .filter(|t| wanted(t))
            .filter_map(|t| search_text(t, says, &holds))
            .collect()
    }
}

/// The worst hit of one text.
fn search_text<'t>(text: &'t Text, says: &Sayings, holds: &impl Fn(&Hit) -> bool) -> Option<Hit<'t>> {
    let mut best: Option<Hit<'t>> = None;
    for layer in &text.layers {
        for sentence in 0..layer.words.sentences.len() {
            for say in says.candidates(layer, sentence) {
                if best
                    .as_ref()
                    .is_some_and(|b| b.severity >= say.severity && !(layer.origin != Origin::Plain && b.layer.origin == Origin::Plain))
                {
                    continue;
                }
                let Some(tokens) = say.phrase.find(&layer.normal.text, &layer.words, sentence) else {
                    continue;
                };
                let mood = mood(&layer.normal.text, &layer.words, sentence, &tokens);
                let guarded = mood.looked_for || mood.guarded && say.take != Take::Clause;
                let about = mood.cited || guarded || in_quotes(layer, sentence, &tokens) && speaks_of_detection(text);
                let counts = !about
                    && match say.take {
                        Take::Order => mood.order && !mood.negated,
                        Take::Statement => !mood.negated,
                        Take::Negation | Take::Clause => true,
                    };
                let hit = Hit {
                    text,
                    layer,
                    sentence,
                    tokens,
                    mood,
                    severity: say.severity,
                    why: say.why,
                };
                if counts && holds(&hit) {
                    best = Some(hit);
                }
            }
        }
    }
    best
}

/// A text of a security tool: it says that something is detected, blocked or flagged.
pub(super) fn speaks_of_detection(text: &Text) -> bool {
    let plain = &text.plain().words;
    plain.tokens.iter().any(|t| t.concepts & SETS.detect != 0 && t.form != Form::Other)
}

/// Whether a match stands between double quotation marks of its sentence, the value of a key included.
fn in_quotes(layer: &Layer, sentence: usize, found: &Range<usize>) -> bool {
    let all = &layer.words.tokens;
    let start = all[layer.words.sentences[sentence].start].start as usize;
    layer.normal.text[start..all[found.start].start as usize].matches('"').count() % 2 == 1
}

/// The classes of a finding in a text: where the same order stands in a schema, a prompt or the instructions, that class comes first.
#[must_use]
pub fn classes_at<'c>(text: &Text, own: &[&'c str]) -> Vec<&'c str> {
    let place = match (text.owner, text.field) {
        (Owner::Server | Owner::Prompt(_) | Owner::Resource(_), _) => Some("M03"),
        (_, Field::Description) => None,
        _ => Some("M02"),
    };
    let mut out = own.to_vec();
    if let Some(place) = place.filter(|p| !own.contains(p)) {
        out.push(place);
    }
    out
}
