//! What words mean, as far as rules need it: a word has concepts, whatever its form and language.
//!
//! A rule never matches a word; it matches an arrangement of concepts (see `phrase.rs`). The lists are data: a word that is
//! missing is added here once and every rule and every arrangement knows it.

use super::concepts::ENTRIES;
use super::normal::fold_letters;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// A set of concepts.
pub type Concepts = u128;

/// The form of a verb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Not a verb, or not inflected.
    #[default]
    Other,
    /// `send`: an order, an infinitive, or a plural present.
    Base,
    /// `sends`: what something does.
    Third,
    /// `sent`.
    Past,
    /// `sending`.
    Ing,
}

/// What the lexicon knows of a word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meaning {
    pub concepts: Concepts,
    pub form: Form,
}

/// All concepts by name.
static INDEX: LazyLock<FxHashMap<&'static str, u32>> =
    LazyLock::new(|| ENTRIES.iter().enumerate().map(|(i, e)| (e.name, i as u32)).collect());

/// The concept of this name.
#[must_use]
pub fn concept(name: &str) -> Option<Concepts> {
    INDEX.get(name).map(|i| 1 << i)
}

/// The bits of a set, lowest first.
pub(super) fn bits(mut set: Concepts) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = set.trailing_zeros();
        set &= set.wrapping_sub(1);
        (bit < Concepts::BITS).then_some(bit)
    })
}

/// The names of all concepts, in the order of their bits.
pub(super) fn concept_names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|e| e.name)
}

/// Single words, and for every first word of a phrase its rests, longest first.
pub(super) struct Lexicon {
    words: FxHashMap<String, Meaning>,
    phrases: FxHashMap<String, Vec<(Vec<String>, Concepts)>>,
    /// Words written without spaces (Han, Kana, Hangul), by first character, longest first.
    unspaced: FxHashMap<char, Vec<(Vec<char>, Concepts)>>,
}

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

impl Lexicon {
    fn new() -> Self {
        let mut lexicon = Self {
            words: FxHashMap::default(),
            phrases: FxHashMap::default(),
            unspaced: FxHashMap::default(),
        };
        for (i, entry) in ENTRIES.iter().enumerate() {
            let bit: Concepts = 1 << i;
            for verb in entry.verbs.split_whitespace() {
                for (form, word) in inflect(verb) {
                    lexicon.add(&word, bit, form);
                }
            }
            for noun in entry.nouns.split_whitespace() {
                lexicon.add(noun, bit, Form::Other);
                lexicon.add(&plural(noun), bit, Form::Other);
            }
            for word in entry.words.split(',').map(str::trim).filter(|w| !w.is_empty()) {
                let word = fold_letters(word);
                let word = word.as_str();
                if word.chars().next().is_some_and(is_unspaced) {
                    let chars: Vec<char> = word.chars().filter(|c| *c != ' ').collect();
                    lexicon.unspaced.entry(chars[0]).or_default().push((chars, bit));
                } else if word.contains(' ') {
                    let mut parts = word.split(' ').map(str::to_owned);
                    let first = parts.next().unwrap_or_default();
                    lexicon.phrases.entry(first).or_default().push((parts.collect(), bit));
                } else {
                    let form = if IRREGULAR_PAST.contains(&word) { Form::Past } else { Form::Other };
                    lexicon.add(word, bit, form);
                }
            }
        }
        for rests in lexicon.phrases.values_mut() {
            rests.sort_by(|a, b| (b.0.len(), &a.0).cmp(&(a.0.len(), &b.0)));
        }
        for words in lexicon.unspaced.values_mut() {
            words.sort_by(|a, b| (b.0.len(), &a.0).cmp(&(a.0.len(), &b.0)));
        }
        lexicon
    }

    fn add(&mut self, word: &str, bit: Concepts, form: Form) {
        let meaning = self.words.entry(word.to_owned()).or_default();
        meaning.concepts |= bit;
        if meaning.form == Form::Other {
            meaning.form = form;
        }
    }

    /// What a lower-case word means.
    pub(super) fn word(&self, word: &str) -> Meaning {
        self.words.get(word).copied().unwrap_or_default()
    }

    /// The longest phrase that starts with `first` and goes on with words of which `follows(i, word)` is true: how many words follow, its
    /// concepts.
    pub(super) fn phrase(&self, first: &str, follows: impl Fn(usize, &str) -> bool) -> Option<(usize, Concepts)> {
        let rests = self.phrases.get(first)?;
        let mut best: Option<(usize, Concepts)> = None;
        for (rest, bit) in rests {
            if best.is_some_and(|(n, _)| rest.len() < n) {
                break;
            }
            if rest.iter().enumerate().all(|(i, word)| follows(i, word)) {
                best = Some((rest.len(), best.map_or(0, |(_, b)| b) | bit));
            }
        }
        best
    }

    /// The longest word without spaces at the start of `chars`: its length in characters, its concepts.
    pub(super) fn unspaced(&self, chars: &[char]) -> Option<(usize, Concepts)> {
        let mut best: Option<(usize, Concepts)> = None;
        for (word, bit) in self.unspaced.get(chars.first()?)? {
            if best.is_some_and(|(n, _)| word.len() < n) {
                break;
            }
            if chars.starts_with(word) {
                best = Some((word.len(), best.map_or(0, |(_, b)| b) | bit));
            }
        }
        best
    }
}

const IRREGULAR_PAST: &[&str] = &[
    "forgot",
    "forgotten",
    "overridden",
    "told",
    "sent",
    "hidden",
    "shown",
    "said",
    "found",
    "ran",
    "chose",
    "given",
    "gave",
    "preferred",
    "caught",
];

/// Scripts that put no space between words.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0x1100..=0x11ff | 0xf900..=0xfaff | 0x20000..=0x2fa1f)
}

fn plural(noun: &str) -> String {
    if noun.ends_with('s') || noun.ends_with("ch") || noun.ends_with("sh") || noun.ends_with('x') {
        format!("{noun}es")
    } else if let Some(stem) = noun.strip_suffix('y').filter(|s| !s.ends_with(['a', 'e', 'o', 'u'])) {
        format!("{stem}ies")
    } else {
        format!("{noun}s")
    }
}

/// The regular forms of an English verb.
pub(super) fn inflect(verb: &str) -> Vec<(Form, String)> {
    let third = plural(verb);
    let (past, ing) = if let Some(stem) = verb.strip_suffix('e').filter(|s| !s.ends_with('e')) {
        (format!("{stem}ed"), format!("{stem}ing"))
    } else if let Some(stem) = verb.strip_suffix('y').filter(|s| !s.ends_with(['a', 'e', 'o', 'u'])) {
        (format!("{stem}ied"), format!("{verb}ing"))
    } else if doubles(verb) {
        let last = &verb[verb.len() - 1..];
        (format!("{verb}{last}ed"), format!("{verb}{last}ing"))
    } else {
        (format!("{verb}ed"), format!("{verb}ing"))
    };
    vec![
        (Form::Base, verb.to_owned()),
        (Form::Third, third),
        (Form::Past, past),
        (Form::Ing, ing),
    ]
}

/// A short verb that ends in one consonant after one vowel doubles it: `run`, `skip`; so do those stressed at the end.
fn doubles(verb: &str) -> bool {
    let bytes = verb.as_bytes();
    let vowel = |b: u8| b"aeiou".contains(&b);
    let n = bytes.len();
    let cvc = n >= 3 && !vowel(bytes[n - 1]) && !b"wxy".contains(&bytes[n - 1]) && vowel(bytes[n - 2]) && !vowel(bytes[n - 3]);
    cvc && (n <= 4 || matches!(verb, "submit" | "transfer" | "permit" | "prefer" | "admit" | "omit"))
        && !matches!(verb, "open" | "alter" | "list")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concepts_fit_their_set_and_have_one_name_each() {
        assert!(ENTRIES.len() <= Concepts::BITS as usize);
        assert_eq!(INDEX.len(), ENTRIES.len());
    }

    #[test]
    fn a_verb_is_known_in_every_form() {
        for (word, form) in [
            ("ignore", Form::Base),
            ("ignores", Form::Third),
            ("skipping", Form::Ing),
            ("bypassed", Form::Past),
            ("bccing", Form::Ing),
            ("relies", Form::Third),
        ] {
            assert_eq!(LEXICON.word(word).form, form, "{word}");
        }
    }
}
