//! A linear model of how orders to a model are worded, over hashed words, pairs of words and pairs of concepts of one sentence.
//!
//! It generalises where arrangements of concepts (`phrase.rs`) are too narrow: every weight is one feature that can be named,
//! so a score can be explained by the words behind it. The weights are trained by `hub-analyze`'s example `metadata_train`
//! and shipped beside this file; `wording.md` is their card. Cost is linear in the text.

use super::clause::ClauseKind;
use super::fields::{Fields, field, field_name, fields_of};
use super::layers::{Layer, Origin};
use super::lexicon::{Concepts, Form, bits, concept_names};
use super::phrase::{is_denied, mood};
use super::search::speaks_of_detection;
use super::surface::{Field, Owner, Text};
use super::words::{Kind, Token, Words, named};
use crate::capability::words_of;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
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
pub const MAX_SENTENCES: usize = 4000;

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
    /// Of a field of meaning; such a feature names no word.
    Field(u32),
}

/// What a text is about by the name and title of its owner, and by these and the first sentence of the description: an honest
/// sentence stays with its subject, an order to the model brings its own.
#[derive(Clone, Debug, Default)]
pub struct Purpose {
    name: Scope,
    lead: Scope,
}

#[derive(Clone, Debug, Default)]
struct Scope {
    fields: Fields,
    stems: FxHashSet<u64>,
}

impl Scope {
    fn take(&mut self, text: &str, token: &Token) {
        let hash = word_hash(text, token);
        self.fields |= fields_of(hash, token.concepts);
        if token.kind == Kind::Word && token.end - token.start >= 4 {
            self.stems.insert(hash);
        }
    }
}

impl Purpose {
    /// The purpose of the owner of these texts.
    #[must_use]
    pub(super) fn of<'t>(texts: impl Iterator<Item = &'t Text>) -> Self {
        let (mut name, mut lead) = (Scope::default(), Vec::new());
        for text in texts {
            match text.field {
                Field::Name | Field::Title if !text.path.contains("chema") => {
                    let spaced = words_of(&text.plain().normal.text).join(" ");
                    let words = Words::of(&spaced);
                    for token in &words.tokens {
                        name.take(&spaced, token);
                    }
                }
                Field::Description => lead.push(text.plain()),
                _ => {}
            }
        }
        let mut all = name.clone();
        for layer in lead {
            if let Some(first) = layer.words.sentences.first() {
                for token in &layer.words.tokens[first.clone()] {
                    all.take(&layer.normal.text, token);
                }
            }
        }
        Self { name, lead: all }
    }

    /// Whether another owner is about the same, judged by the words of both names and first sentences.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.lead.stems, &other.lead.stems);
        let shared = mine.intersection(theirs).count();
        shared >= 2 && shared * 3 >= mine.len().min(theirs.len()) * 2
    }

    fn scope(&self, field: Field, sentence: usize) -> &Scope {
        if field == Field::Description && sentence == 0 {
            &self.name
        } else {
            &self.lead
        }
    }
}

/// The features of one sentence: bucket and what it stands for, no bucket twice.
#[must_use]
pub fn features(text: &Text, layer: &Layer, sentence: usize) -> Vec<(u32, Feature)> {
    let mut out: Vec<(u32, Feature)> = Vec::new();
    each_feature(text, layer, sentence, |bucket, feature| out.push((bucket, feature)));
    out.sort_by_key(|(b, _)| *b);
    out.dedup_by_key(|(b, _)| *b);
    out
}

/// What is known of one word of a sentence.
struct Word {
    at: usize,
    hash: u64,
    token: Token,
    fields: Fields,
}

/// Calls `take` with every feature of a sentence, some of them more than once.
fn each_feature(text: &Text, layer: &Layer, sentence: usize, mut take: impl FnMut(u32, Feature)) {
    let all = &layer.words.tokens;
    let written = &layer.normal.text;
    let words: SmallVec<[Word; 40]> = layer.words.sentences[sentence]
        .clone()
        .map(|i| (i, all[i]))
        .filter(|(_, t)| t.kind != Kind::Punctuation)
        .take(MAX_TOKENS)
        .map(|(at, token)| {
            let hash = word_hash(written, &token);
            Word {
                at,
                hash,
                token,
                fields: fields_of(hash, token.concepts),
            }
        })
        .collect();
    let mut add = |kind: u64, a: u64, b: u64, feature: Feature| take(bucket(kind, a, b), feature);
    let names = concept_hashes();
    let fields = field_hashes();
    // What follows each concept and field within reach, gathered before it is hashed.
    let mut after = [0u128; 128];
    let mut fields_after = [0u64; 64];
    let (mut have, mut have_fields, mut denied_fields) = (0u128, 0u64, 0u64);
    for (i, word) in words.iter().enumerate() {
        add(1, word.hash, 0, Feature::Word(word.at));
        for (kind, next) in [(2, i + 1), (3, i + 2)] {
            if let Some(next) = words.get(next) {
                add(kind, word.hash, next.hash, Feature::Pair(word.at, next.at));
            }
        }
        let ahead = &words[i + 1..words.len().min(i + 1 + REACH)];
        let reached = ahead.iter().fold(0, |all, w| all | w.token.concepts);
        let form = word.token.form;
        for c in bits(word.token.concepts) {
            add(4, names[c as usize], form as u64, Feature::Concept(c, form));
            after[c as usize] |= reached;
            for near in ahead.iter().take(2) {
                add(6, names[c as usize], near.hash, Feature::ConceptWord(c, near.at));
            }
            for near in &words[i.saturating_sub(2)..i] {
                add(7, names[c as usize], near.hash, Feature::ConceptWord(c, near.at));
            }
        }
        let reached = ahead.iter().fold(0, |all, w| all | w.fields);
        for f in field_bits(word.fields) {
            add(14, fields[f as usize], form as u64, Feature::Field(f));
            fields_after[f as usize] |= reached;
        }
        have |= word.token.concepts;
        have_fields |= word.fields;
        if (word.token.concepts != 0 || word.fields != 0) && is_denied(written, all, word.at) {
            denied_fields |= word.fields;
            for c in bits(word.token.concepts) {
                add(13, names[c as usize], 0, Feature::Denied(c));
            }
        }
    }
    for c in bits(have) {
        for d in bits(after[c as usize]) {
            add(5, names[c as usize], names[d as usize], Feature::Ordered(c, d));
        }
        for d in bits(have & (u128::MAX << c) & !(1 << c)) {
            add(8, names[c as usize], names[d as usize], Feature::Together(c, d));
        }
    }
    let scope = text.purpose.scope(text.field, sentence);
    for f in field_bits(have_fields) {
        let name = fields[f as usize];
        for g in field_bits(fields_after[f as usize]) {
            add(15, name, fields[g as usize], Feature::Field(f));
        }
        for g in field_bits(have_fields & (u64::MAX << f) & !(1 << f)) {
            add(16, name, fields[g as usize], Feature::Field(f));
        }
        if denied_fields & 1 << f != 0 {
            add(17, name, 0, Feature::Field(f));
        }
        add(18, name, u64::from(scope.fields & 1 << f != 0), Feature::Field(f));
    }
    if let Some(first) = words.first() {
        add(9, first.hash, 0, Feature::First(first.at));
        for c in bits(first.token.concepts) {
            add(
                10,
                names[c as usize],
                first.token.form as u64,
                Feature::FirstConcept(c, first.token.form),
            );
        }
        for f in field_bits(first.fields) {
            add(19, fields[f as usize], 0, Feature::Field(f));
        }
    }
    // How many of its longer words the subject has too.
    let long = words
        .iter()
        .filter(|w| w.token.kind == Kind::Word && w.token.end - w.token.start >= 4);
    let akin = match long.filter(|w| scope.stems.contains(&w.hash)).count() {
        0 => "alien",
        1 => "akin",
        _ => "close",
    };
    let tokens: SmallVec<[Token; 40]> = words.iter().map(|w| w.token).collect();
    for place in places(text, layer, sentence, &tokens).into_iter().chain([akin]) {
        let h = str_hash(place);
        add(11, h, 0, Feature::Place(place));
        for c in bits(have) {
            add(12, h, names[c as usize], Feature::PlaceConcept(place, c));
        }
        for f in field_bits(have_fields) {
            add(20, h, fields[f as usize], Feature::Place(place));
        }
    }
    for manner in manners(layer, sentence, &tokens) {
        add(21, str_hash(manner), 0, Feature::Place(manner));
    }
}

/// What the value of every feature of a sentence with so many is.
#[must_use]
pub fn value(features: usize) -> f32 {
    1.0 / (features.max(FEW) as f32).sqrt()
}

/// Log-odds from which a text counts as giving orders: chosen on sources left out of training, see `wording.md`.
pub const ORDER: f32 = 0.5;
/// A sentence of ASCII letters with fewer words says too little to be judged.
pub const FEWEST_WORDS: usize = 4;

/// The score of a text from those of its two worst sentences: orders seldom come alone.
#[must_use]
pub fn together(top: f32, second: f32) -> f32 {
    top + 0.5 * (second + 0.5).clamp(0.0, 2.0)
}

/// Judges texts with the shipped weights; keeps its memory from one to the next.
pub struct Judge {
    /// Buckets that the sentence has had already, one bit each.
    seen: Vec<u64>,
    buckets: Vec<u32>,
}

impl Default for Judge {
    fn default() -> Self {
        Self {
            seen: vec![0; BUCKETS / 64],
            buckets: Vec::new(),
        }
    }
}

impl Judge {
    /// A text that gives orders to the model: the layer and index of its worst sentence.
    #[must_use]
    pub fn find_order<'t>(&mut self, text: &'t Text) -> Option<(&'t Layer, usize)> {
        let (mut top, mut second, mut found) = (f32::MIN, f32::MIN, None);
        for layer in &text.layers {
            for sentence in 0..layer.words.sentences.len().min(MAX_SENTENCES) {
                let score = self.score(text, layer, sentence);
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

    /// The log-odds of one sentence; cited words and sentences about detecting such orders have none.
    #[must_use]
    pub fn score(&mut self, text: &Text, layer: &Layer, sentence: usize) -> f32 {
        judge_sentence(self, text, layer, sentence)
    }

    fn log_odds(&mut self, text: &Text, layer: &Layer, sentence: usize) -> f32 {
        let Self { seen, buckets } = self;
        each_feature(text, layer, sentence, |bucket, _| {
            let (word, bit) = (bucket as usize / 64, 1 << (bucket % 64));
            if seen[word] & bit == 0 {
                seen[word] |= bit;
                buckets.push(bucket);
            }
        });
        let weights = weights();
        let sum = buckets.iter().map(|b| i64::from(weights.by_bucket[*b as usize])).sum();
        let score = weights.of_sum(sum, buckets.len());
        for bucket in buckets.drain(..) {
            seen[bucket as usize / 64] = 0;
        }
        score
    }
}

/// What a sentence says of the choice between tools.
#[derive(Clone, Copy, Debug)]
pub struct Rivalry {
    /// It speaks of other tools than this.
    pub of_others: bool,
    /// It speaks of tools at all, or of others.
    pub of_tools: bool,
    /// It speaks of taking a place, of choosing, or of being worse.
    pub of_choice: bool,
}

/// What a sentence says of the choice between tools, by the fields of its words.
#[must_use]
pub fn rivalry(layer: &Layer, sentence: usize) -> Rivalry {
    let fields = layer.words.sentences[sentence].clone().fold(0, |all, i| {
        let token = &layer.words.tokens[i];
        all | fields_of(word_hash(&layer.normal.text, token), token.concepts)
    });
    let has = |names: &[&str]| names.iter().any(|n| fields & field(n) != 0);
    Rivalry {
        of_others: has(&["rival"]),
        of_tools: has(&["tool", "rival"]),
        of_choice: has(&["replace", "prefer", "scorn"]),
    }
}

fn judge_sentence(judge: &mut Judge, text: &Text, layer: &Layer, sentence: usize) -> f32 {
    if !says_enough(layer, sentence) {
        return f32::MIN;
    }
    let score = judge.log_odds(text, layer, sentence);
    if score >= -0.5 && is_shown(text, layer, sentence) {
        f32::MIN
    } else {
        score
    }
}

/// Whether a sentence has words enough to be judged.
#[must_use]
pub fn says_enough(layer: &Layer, sentence: usize) -> bool {
    let words = layer.sentence(sentence);
    layer.words.concepts[sentence] != 0 && !(words.is_ascii() && words.split_whitespace().take(FEWEST_WORDS).count() < FEWEST_WORDS)
}

/// Whether a sentence only shows an order: cites it, looks for it or speaks of keeping it out.
#[must_use]
pub fn is_shown(text: &Text, layer: &Layer, sentence: usize) -> bool {
    let mood = mood(&layer.normal.text, &layer.words, sentence, &layer.words.sentences[sentence]);
    // A security tool may show in quotation marks what it detects.
    mood.cited || mood.guarded || mood.looked_for || speaks_of_detection(text) && layer.sentence(sentence).matches('"').count() >= 2
}

/// Where the sentence stands and how.
fn places(text: &Text, layer: &Layer, sentence: usize, tokens: &[Token]) -> SmallVec<[&'static str; 8]> {
    let mut out = SmallVec::new();
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
    if tokens.iter().any(|t| t.quoted) {
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

/// How the sentence treats the user: what speaks for an honest text more than its single words do.
fn manners(layer: &Layer, sentence: usize, tokens: &[Token]) -> SmallVec<[&'static str; 4]> {
    struct Sets {
        user: Concepts,
        informs: Concepts,
        neg: Concepts,
    }
    static SETS: LazyLock<Sets> = LazyLock::new(|| Sets {
        user: named("user"),
        informs: named("tell") | named("show") | named("ask") | named("consent"),
        neg: named("neg") | named("without"),
    });
    let sets = &*SETS;
    let mut out = SmallVec::new();
    if tokens.first().is_some_and(|t| t.concepts & sets.neg != 0) {
        out.push("ban");
    }
    if tokens.len() < 8 {
        out.push("short");
    }
    let all = &layer.words.tokens;
    for clause in &layer.words.clauses[sentence].list {
        let inside = &all[clause.tokens.clone()];
        let user = inside.iter().position(|t| t.concepts & sets.user != 0);
        let Some(user) = user else { continue };
        let informs = inside.iter().any(|t| t.concepts & sets.informs != 0);
        let denied = inside.iter().any(|t| t.concepts & sets.neg != 0);
        out.push(match (informs, denied) {
            (true, false) if clause.orders => "consults",
            (true, true) => "keeps",
            _ if inside[..user].iter().all(|t| t.form == Form::Other) => "user acts",
            _ => continue,
        });
    }
    out.sort_unstable();
    out.dedup();
    out
}

fn field_bits(fields: Fields) -> impl Iterator<Item = u32> {
    bits(u128::from(fields))
}

fn str_hash(text: &str) -> u64 {
    fnv(text.as_bytes())
}

fn concept_hashes() -> &'static [u64] {
    static HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| concept_names().map(str_hash).collect());
    &HASHES
}

fn field_hashes() -> &'static [u64] {
    static HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| (0..Fields::BITS).map(|f| str_hash(field_name(f))).collect());
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
        Kind::Url => "<url>",
        Kind::Email => "<email>",
        Kind::Path => "<path>",
        Kind::Number => "<number>",
        Kind::Identifier => "<name>",
        _ if raw.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) => stem(raw),
        _ => return fnv(stem(&raw.to_lowercase()).as_bytes()),
    };
    fnv(word.as_bytes())
}

pub(super) fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

/// An English word without its regular ending.
pub(super) fn stem(word: &str) -> &str {
    let word = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word);
    if !word.ends_with(['g', 'd', 's', 'e', 'y']) || !word.is_ascii() || word.len() < 4 {
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

    /// The log-odds that a sentence whose weights have this sum over so many features is an order to the model.
    fn of_sum(&self, sum: i64, features: usize) -> f32 {
        self.bias + self.scale * sum as f32 * value(features)
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
