//! Regular expressions that are compiled and run only where a text has one of the words that every match has.
//!
//! One pass over the text tells which of them may match: nearly none in nearly every text, and compiling them would cost more than
//! reading a small server's texts.

use aho_corasick::AhoCorasick;
use regex::Regex;
use std::sync::OnceLock;

/// A row of patterns.
#[derive(Debug)]
pub struct Patterns {
    rows: Vec<(&'static str, OnceLock<Regex>)>,
    words: AhoCorasick,
    /// By the number of a word: the word, and whose it is.
    of: Vec<(&'static str, usize)>,
}

impl Patterns {
    /// Of patterns and the words of which every match has one, in any case where the pattern starts with `(?i)`. All are constants: the
    /// tests run each.
    ///
    /// # Panics
    /// When all words together take more memory than an automaton can have, which constants do not.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = (&'static str, &'static [&'static str])>) -> Self {
        let (mut patterns, mut of) = (Vec::new(), Vec::new());
        for (i, (pattern, words)) in rows.into_iter().enumerate() {
            patterns.push((pattern, OnceLock::new()));
            of.extend(words.iter().map(|word| (*word, i)));
        }
        let words = of.iter().map(|(word, _)| word);
        #[allow(clippy::expect_used)] // constants, compiled by every test that reads a text
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(words)
            .expect("constant words");
        Self { rows: patterns, words, of }
    }

    /// The patterns that may match in the text, in their order, each with its number.
    ///
    /// # Panics
    /// On a pattern that is none.
    pub fn candidates(&self, text: &str) -> impl Iterator<Item = (usize, &Regex)> {
        let mut may = smallvec::SmallVec::<[bool; 32]>::from_elem(false, self.rows.len());
        for found in self.words.find_overlapping_iter(text) {
            let (word, row) = self.of[found.pattern().as_usize()];
            may[row] |= text.get(found.range()) == Some(word) || self.rows[row].0.starts_with("(?i");
        }
        self.rows
            .iter()
            .enumerate()
            .filter(move |(i, _)| may[*i])
            .map(|(i, (pattern, compiled))| {
                #[allow(clippy::expect_used)] // constants, each run by a test
                let regex = compiled.get_or_init(|| Regex::new(pattern).expect("constant pattern"));
                (i, regex)
            })
    }
}
