//! A linear model of how orders to a model are worded, over hashed words, pairs of words and pairs of concepts of one sentence.
//!
//! It generalises where arrangements of concepts (`phrase.rs`) are too narrow: every weight is one feature that can be named,
//! so a score can be explained by the words behind it. The weights are trained by `hub-analyze`'s example `metadata_train`
//! and shipped beside this file; `wording.md` is their card. Cost is linear in the text.

use super::clause::ClauseKind;
use super::layers::{Layer, Origin};
use super::lexicon::{Form, concept_names};
use super::phrase::{is_denied, mood};
use super::search::speaks_of_detection;
use super::surface::{Field, Owner, Text};
use super::words::{Kind, Token};
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// Number of weights, a power of two.
pub const BUCKETS: usize = 1 << 18;
/// Tokens looked ahead for pairs.
const REACH: usize = 6;
/// Tokens of a sentence that are looked at.
const MAX_TOKENS: usize = 80;
/// A sentence with fewer features than this is scored as if it had so many: few words prove little.
const FEW: usize = 48;
/// Sentences looked at in one layer of a text: megabytes of prose cost no more than this.
const MAX_SENTENCES: usize = 4000;

/// What a feature is made of, so that it can be named again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    Word(usize),
    Pair(usize, usize),
    Concept(u32, Form),
    Ordered(u32, u32),
    Together(u32, u32),
    ConceptWord(u32, usize),
    First(usize),
    FirstConcept(u32, Form),
    Place(&'static str),
    PlaceConcept(&'static str, u32),
    Denied(u32),
}

/// The features of one sentence: bucket and what it stands for, no bucket twice.
#[must_use]
pub fn features(text: &Text, layer: &Layer, sentence: usize) -> Vec<(u32, Feature)> {
    let all = &layer.words.tokens;
    let range = layer.words.sentences[sentence].clone();
    let tokens: Vec<(usize, Token)> = range
        .map(|i| (i, all[i]))
        .filter(|(_, t)| t.kind != Kind::Punctuation)
        .take(MAX_TOKENS)
        .collect();
    let hashes: Vec<u64> = tokens.iter().map(|(_, t)| word_hash(&layer.normal.text, t)).collect();
    let concepts: Vec<Vec<u32>> = tokens.iter().map(|(_, t)| bits(t.concepts)).collect();
    let mut out: Vec<(u32, Feature)> = Vec::with_capacity(tokens.len() * 12);
    let mut add = |kind: u64, a: u64, b: u64, feature: Feature| out.push((bucket(kind, a, b), feature));
    let names = concept_hashes();
    for i in 0..tokens.len() {
        add(1, hashes[i], 0, Feature::Word(tokens[i].0));
        if i + 1 < tokens.len() {
            add(2, hashes[i], hashes[i + 1], Feature::Pair(tokens[i].0, tokens[i + 1].0));
        }
        if i + 2 < tokens.len() {
            add(3, hashes[i], hashes[i + 2], Feature::Pair(tokens[i].0, tokens[i + 2].0));
        }
        let form = tokens[i].1.form;
        for &c in &concepts[i] {
            add(4, names[c as usize], form as u64, Feature::Concept(c, form));
            for j in i + 1..tokens.len().min(i + 1 + REACH) {
                for &d in &concepts[j] {
                    add(5, names[c as usize], names[d as usize], Feature::Ordered(c, d));
                }
                if j <= i + 2 {
                    add(6, names[c as usize], hashes[j], Feature::ConceptWord(c, tokens[j].0));
                }
            }
            for k in i.saturating_sub(2)..i {
                add(7, names[c as usize], hashes[k], Feature::ConceptWord(c, tokens[k].0));
            }
        }
    }
    let mut have: Vec<u32> = concepts.iter().flatten().copied().collect();
    have.sort_unstable();
    have.dedup();
    for (n, &c) in have.iter().enumerate() {
        for &d in &have[n + 1..] {
            add(8, names[c as usize], names[d as usize], Feature::Together(c, d));
        }
    }
    for (at, token) in &tokens {
        if token.concepts != 0 && is_denied(&layer.normal.text, all, *at) {
            for c in bits(token.concepts) {
                add(13, names[c as usize], 0, Feature::Denied(c));
            }
        }
    }
    if let Some((first, token)) = tokens.first() {
        add(9, hashes[0], 0, Feature::First(*first));
        for &c in &concepts[0] {
            add(10, names[c as usize], token.form as u64, Feature::FirstConcept(c, token.form));
        }
    }
    for place in places(text, layer, sentence, &tokens) {
        let h = str_hash(place);
        add(11, h, 0, Feature::Place(place));
        for &c in &have {
            add(12, h, names[c as usize], Feature::PlaceConcept(place, c));
        }
    }
    out.sort_by_key(|(b, _)| *b);
    out.dedup_by_key(|(b, _)| *b);
    out
}

/// What the value of every feature of a sentence with so many is.
#[must_use]
pub fn value(features: usize) -> f32 {
    1.0 / (features.max(FEW) as f32).sqrt()
}

/// Log-odds from which a text counts as giving orders: chosen on sources left out of training, see `wording.md`.
pub const ORDER: f32 = 1.0;
/// A sentence of ASCII letters with fewer words says too little to be judged.
pub const FEWEST_WORDS: usize = 4;

/// The score of a text from those of its two worst sentences: orders seldom come alone.
#[must_use]
pub fn together(top: f32, second: f32) -> f32 {
    top + 0.5 * (second + 0.5).clamp(0.0, 2.0)
}

/// A text that gives orders to the model: the layer and index of its worst sentence.
#[must_use]
pub fn find_order(text: &Text) -> Option<(&Layer, usize)> {
    let (mut top, mut second, mut found) = (f32::MIN, f32::MIN, None);
    for layer in &text.layers {
        for sentence in 0..layer.words.sentences.len().min(MAX_SENTENCES) {
            let score = judge(text, layer, sentence);
            if score > top {
                second = top;
                (top, found) = (score, Some((layer, sentence)));
            } else {
                second = second.max(score);
            }
        }
    }
    found.filter(|_| together(top, second) >= ORDER)
}

/// The score of one sentence; cited words and sentences about detecting such orders are none.
fn judge(text: &Text, layer: &Layer, sentence: usize) -> f32 {
    let range = layer.words.sentences[sentence].clone();
    if layer.words.concepts[sentence] == 0 {
        return f32::MIN;
    }
    let span = layer.words.tokens[range.start].start as usize..layer.words.tokens[range.end - 1].end as usize;
    let words = &layer.normal.text[span];
    if words.is_ascii() && words.split_whitespace().take(FEWEST_WORDS).count() < FEWEST_WORDS {
        return f32::MIN;
    }
    let score = weights().score(&features(text, layer, sentence));
    if score < -0.5 {
        return score;
    }
    let mood = mood(&layer.normal.text, &layer.words, sentence, &range);
    // A security tool may show in quotation marks what it detects.
    let shown = speaks_of_detection(text) && words.matches('"').count() >= 2;
    if mood.cited || mood.guarded || mood.looked_for || shown {
        f32::MIN
    } else {
        score
    }
}

/// Where the sentence stands and how.
fn places(text: &Text, layer: &Layer, sentence: usize, tokens: &[(usize, Token)]) -> Vec<&'static str> {
    let mut out = Vec::new();
    if layer.origin != Origin::Plain {
        out.push("decoded");
    }
    match (text.owner, text.field) {
        (Owner::Server, _) => out.push("server"),
        (Owner::Prompt(_) | Owner::Resource(_), _) => out.push("prompt"),
        (Owner::Tool(_), Field::ParameterDescription) => out.push("parameter"),
        (Owner::Tool(_), Field::Description) if sentence == 0 => out.push("first"),
        (Owner::Tool(_), Field::Description) => out.push("later"),
        (Owner::Tool(_), Field::Name | Field::ParameterName) => out.push("name"),
        _ => out.push("value"),
    }
    if tokens.iter().any(|(_, t)| t.quoted) {
        out.push("quotes");
    }
    let clauses = &layer.words.clauses[sentence];
    if clauses.asked {
        out.push("asked");
    }
    if clauses.guarded {
        out.push("guarded");
    }
    if clauses.list.iter().any(|c| c.orders && c.to_model) {
        out.push("told");
    }
    if clauses.list.iter().any(|c| c.kind == ClauseKind::Condition) {
        out.push("condition");
    }
    out
}

fn bits(mut concepts: u128) -> Vec<u32> {
    let mut out = Vec::new();
    while concepts != 0 {
        let bit = concepts.trailing_zeros();
        out.push(bit);
        concepts &= concepts - 1;
    }
    out
}

fn str_hash(text: &str) -> u64 {
    fnv(text.as_bytes())
}

fn concept_hashes() -> &'static [u64] {
    static HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| concept_names().map(str_hash).collect());
    &HASHES
}

fn bucket(kind: u64, a: u64, b: u64) -> u32 {
    // FNV-like mixing: the same on every platform.
    let mut h = kind.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in [a, b] {
        h = (h ^ part).wrapping_mul(0xff51_afd7_ed55_8ccd);
        h ^= h >> 32;
    }
    (h as usize & (BUCKETS - 1)) as u32
}

/// A word as the model knows it: its stem, or what kind of name it is.
fn word_hash(text: &str, token: &Token) -> u64 {
    let raw = &text[token.start as usize..token.end as usize];
    let word = match token.kind {
        Kind::Url => "<url>".to_owned(),
        Kind::Email => "<email>".to_owned(),
        Kind::Path => "<path>".to_owned(),
        Kind::Number => "<number>".to_owned(),
        Kind::Identifier => "<name>".to_owned(),
        _ => stem(&raw.to_lowercase()).to_owned(),
    };
    fnv(word.as_bytes())
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

/// An English word without its regular ending.
fn stem(word: &str) -> &str {
    let word = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word);
    if !word.is_ascii() || word.len() < 4 {
        return word;
    }
    for (ending, least) in [
        ("ing", 6),
        ("ied", 5),
        ("ies", 5),
        ("ed", 5),
        ("es", 5),
        ("s", 4),
        ("e", 5),
        ("y", 5),
    ] {
        if word.len() >= least && word.ends_with(ending) && !word.ends_with("ss") {
            return &word[..word.len() - ending.len()];
        }
    }
    word
}

/// Trained weights.
#[derive(Clone, Debug)]
pub struct Weights {
    scale: f32,
    bias: f32,
    by_bucket: Vec<i8>,
}

impl Weights {
    /// From their file: a magic, bias and scale as little-endian floats, one byte a bucket.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(b"MHW1")?;
        let (bias, rest) = rest.split_first_chunk::<4>()?;
        let (scale, rest) = rest.split_first_chunk::<4>()?;
        (rest.len() == BUCKETS).then(|| Self {
            bias: f32::from_le_bytes(*bias),
            scale: f32::from_le_bytes(*scale),
            by_bucket: rest.iter().map(|b| *b as i8).collect(),
        })
    }

    /// The log-odds that a sentence with these features is an order to the model.
    #[must_use]
    pub fn score(&self, features: &[(u32, Feature)]) -> f32 {
        let sum: i64 = features.iter().map(|(b, _)| i64::from(self.by_bucket[*b as usize])).sum();
        self.bias + self.scale * sum as f32 * value(features.len())
    }

    /// The words and pairs that weigh most for it, strongest first, each once.
    #[must_use]
    pub fn reasons(&self, layer: &Layer, features: &[(u32, Feature)], most: usize) -> Vec<String> {
        let mut weighed: Vec<(i8, Feature)> = features
            .iter()
            .map(|(b, f)| (self.by_bucket[*b as usize], *f))
            .filter(|(w, _)| *w > 0)
            .collect();
        weighed.sort_by_key(|(w, _)| -i16::from(*w));
        let mut seen: FxHashMap<String, ()> = FxHashMap::default();
        let mut out = Vec::new();
        for (_, feature) in weighed {
            let Some(named) = name(layer, feature) else { continue };
            if seen.insert(named.clone(), ()).is_none() {
                out.push(named);
            }
            if out.len() >= most {
                break;
            }
        }
        out
    }
}

/// The feature in words; places have none.
fn name(layer: &Layer, feature: Feature) -> Option<String> {
    let word = |i: usize| layer.words.lower(&layer.normal.text, i);
    // A word of the lexicon says something; an article does not.
    let telling = |i: &usize| layer.words.tokens[*i].concepts != 0;
    let says = match &feature {
        Feature::Word(i) | Feature::First(i) | Feature::ConceptWord(_, i) => telling(i),
        Feature::Pair(i, j) => telling(i) && telling(j),
        _ => false,
    };
    if !says {
        return None;
    }
    Some(match feature {
        Feature::Word(i) | Feature::First(i) => format!("“{}”", word(i)),
        Feature::Pair(i, j) => format!("“{} … {}”", word(i), word(j)),
        Feature::ConceptWord(_, j) => format!("“{}”", word(j)),
        _ => return None,
    })
}

/// The weights that ship with the engine.
#[must_use]
pub fn weights() -> &'static Weights {
    static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| {
        Weights::parse(include_bytes!("wording.bin")).unwrap_or_else(|| Weights {
            scale: 0.0,
            bias: f32::MIN,
            by_bucket: vec![0; BUCKETS],
        })
    });
    &WEIGHTS
}
