//! Normalisation: what a model reads when it reads a text, with a way back to the bytes the server wrote.
//!
//! One linear pass. Compatibility forms are folded (NFKD), accents are dropped from Latin letters, look-alike letters in words
//! of mixed scripts become Latin, and what cannot be seen is taken out; each thing taken out or replaced leaves a [`Sign`],
//! and text that was smuggled in it (tag characters, variation selectors) becomes a hidden layer.

use super::visible::is_invisible;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Text with offsets that lead back to the original.
#[derive(Clone, Debug, Default)]
pub struct Normal {
    /// Folded text, in its original case.
    pub text: String,
    map: Map,
}

#[derive(Clone, Debug)]
enum Map {
    /// (offset here, offset there): from the first on, both count alike until the next run.
    Runs(Vec<(u32, u32)>),
    /// Everything comes from this span: a decoded layer.
    Whole(Range<usize>),
}

impl Default for Map {
    fn default() -> Self {
        Self::Runs(Vec::new())
    }
}

impl Normal {
    /// Text decoded from `span` of the original.
    #[must_use]
    pub fn decoded(text: String, span: Range<usize>) -> Self {
        Self {
            text,
            map: Map::Whole(span),
        }
    }

    /// The original bytes that `span` of this text comes from.
    #[must_use]
    pub fn original(&self, span: Range<usize>) -> Range<usize> {
        match &self.map {
            Map::Whole(whole) => whole.clone(),
            Map::Runs(runs) => self.back(runs, span.start)..self.back(runs, span.end).max(self.back(runs, span.start)),
        }
    }

    fn back(&self, runs: &[(u32, u32)], at: usize) -> usize {
        match runs.partition_point(|r| r.0 as usize <= at) {
            0 => at,
            n => runs[n - 1].1 as usize + (at - runs[n - 1].0 as usize),
        }
    }
}

/// Something that hides or disguises text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignKind {
    /// An invisible character inside or right beside visible text.
    ZeroWidth,
    /// A character that turns the direction of text.
    Bidi,
    /// Unicode tag characters, which spell ASCII invisibly.
    Tags,
    /// Variation selectors in runs, which can carry bytes.
    VariationSelectors,
    /// A terminal escape sequence.
    Ansi,
    /// Another control character.
    Control,
    /// A word of Latin letters with look-alikes of another script.
    MixedScript,
    /// Marks drawn over or under ASCII letters.
    Overlay,
    /// Mathematical or enclosed letters that spell words.
    Styled,
}

/// One sign, where it stands in the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    pub kind: SignKind,
    pub span: Range<usize>,
}

/// Text that was smuggled in characters nobody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smuggled {
    pub kind: SignKind,
    pub text: String,
    pub span: Range<usize>,
}

/// What [`normalise`] gives.
#[derive(Clone, Debug, Default)]
pub struct Normalised {
    pub normal: Normal,
    pub signs: Vec<Sign>,
    pub smuggled: Vec<Smuggled>,
}

/// Most signs kept of one text.
const MAX_SIGNS: usize = 256;

/// Normalises a text.
#[must_use]
pub fn normalise(raw: &str) -> Normalised {
    if raw.bytes().all(|b| (0x20..0x7f).contains(&b) || matches!(b, b'\n' | b'\t' | b'\r')) {
        return Normalised {
            normal: Normal {
                text: raw.to_owned(),
                map: Map::default(),
            },
            ..Normalised::default()
        };
    }
    let mut pass = Pass {
        raw,
        out: String::with_capacity(raw.len()),
        runs: Vec::new(),
        found: Normalised::default(),
        word: Vec::new(),
    };
    pass.run();
    let Pass { out, runs, mut found, .. } = pass;
    found.normal = Normal {
        text: out,
        map: Map::Runs(runs),
    };
    found.signs.truncate(MAX_SIGNS);
    found
}

struct Pass<'a> {
    raw: &'a str,
    out: String,
    runs: Vec<(u32, u32)>,
    found: Normalised,
    /// Letters of the word being read: folded character, offset in the original.
    word: Vec<(char, usize)>,
}

impl Pass<'_> {
    fn run(&mut self) {
        let mut chars = self.raw.char_indices().peekable();
        let mut previous = None;
        let mut styled = 0..0;
        while let Some((at, c)) = chars.next() {
            let code = u32::from(c);
            match code {
                0x1b | 0x9b => {
                    let end = escape_end(self.raw, at);
                    while chars.next_if(|(i, _)| *i < end).is_some() {}
                    self.sign(
                        if end > at + c.len_utf8() {
                            SignKind::Ansi
                        } else {
                            SignKind::Control
                        },
                        at..end,
                    );
                }
                0xe0000..=0xe007f | 0xfe00..=0xfe0f | 0xe0100..=0xe01ef => {
                    let tags = (0xe0000..=0xe007f).contains(&code);
                    let mut end = at + c.len_utf8();
                    let mut values = vec![code];
                    while let Some((i, next)) = chars.next_if(|(_, n)| {
                        let n = u32::from(*n);
                        if tags {
                            (0xe0000..=0xe007f).contains(&n)
                        } else {
                            matches!(n, 0xfe00..=0xfe0f | 0xe0100..=0xe01ef)
                        }
                    }) {
                        values.push(u32::from(next));
                        end = i + next.len_utf8();
                    }
                    self.smuggle(tags, &values, at..end, previous);
                }
                0x202a..=0x202e | 0x2066..=0x2069 => self.sign(SignKind::Bidi, at..at + c.len_utf8()),
                _ if c == '\n' || c == '\t' || c == '\r' => {
                    self.flush();
                    self.push(c, at);
                }
                _ if is_invisible(c) => {
                    let kind = if c.is_control() { SignKind::Control } else { SignKind::ZeroWidth };
                    let next = chars.peek().map(|(_, n)| *n);
                    if kind == SignKind::Control || hides(c, previous, next) {
                        self.sign(kind, at..at + c.len_utf8());
                    }
                }
                _ if is_combining_mark(c) => {
                    // Over an ASCII letter a mark is an accent (folded away) or an overlay that breaks the word for a filter.
                    let base = self.word.last().map(|w| w.0);
                    match base {
                        Some(base) if base.is_ascii_alphabetic() => {
                            if [base, c].into_iter().nfc().count() > 1 {
                                self.sign(SignKind::Overlay, at..at + c.len_utf8());
                            }
                        }
                        Some(_) => self.word.push((c, at)),
                        None => self.sign(SignKind::Overlay, at..at + c.len_utf8()),
                    }
                }
                _ if c.is_ascii() => {
                    if c.is_ascii_alphanumeric() {
                        self.word.push((c, at));
                    } else {
                        self.flush();
                        self.push(c, at);
                    }
                }
                _ => {
                    let mut letters = 0;
                    // Latin letters lose their accents; other scripts keep theirs, composed, for there a mark is part of the letter.
                    let folds: smallvec::SmallVec<[char; 4]> = if let Some(plain) = plain_letter(c) {
                        smallvec::smallvec![plain]
                    } else if is_latin_base(c) {
                        c.nfkd().filter(|f| !is_combining_mark(*f)).collect()
                    } else {
                        c.nfkc().collect()
                    };
                    for folded in folds {
                        letters += 1;
                        if folded.is_alphanumeric() || is_combining_mark(folded) {
                            self.word.push((folded, at));
                        } else {
                            self.flush();
                            self.push(folded, at);
                        }
                    }
                    if letters > 0 && matches!(code, 0x1d400..=0x1d7ff | 0x24b6..=0x24e9 | 0x1f130..=0x1f189) {
                        if styled.end != at {
                            styled = at..at;
                        }
                        styled.end = at + c.len_utf8();
                        if styled.len() >= 16 && !self.found.signs.iter().any(|s| s.kind == SignKind::Styled) {
                            self.sign(SignKind::Styled, styled.clone());
                        }
                    }
                }
            }
            if !is_invisible(c) {
                previous = Some(c);
            }
        }
        self.flush();
    }

    fn sign(&mut self, kind: SignKind, span: Range<usize>) {
        if self.found.signs.len() < MAX_SIGNS {
            self.found.signs.push(Sign { kind, span });
        }
    }

    fn smuggle(&mut self, tags: bool, values: &[u32], span: Range<usize>, previous: Option<char>) {
        if tags {
            // A flag emoji spells its region in tags; nothing else may.
            if previous == Some('\u{1f3f4}') && values.len() <= 8 {
                return;
            }
            self.sign(SignKind::Tags, span.clone());
            let text: String = values
                .iter()
                .filter_map(|v| char::from_u32(v - 0xe0000))
                .filter(|c| !c.is_control())
                .collect();
            self.found.smuggled.push(Smuggled {
                kind: SignKind::Tags,
                text,
                span,
            });
        } else if values.len() >= 4 {
            self.sign(SignKind::VariationSelectors, span.clone());
            let bytes: Vec<u8> = values
                .iter()
                .map(|v| {
                    if *v <= 0xfe0f {
                        (*v - 0xfe00) as u8
                    } else {
                        (*v - 0xe0100 + 16).min(255) as u8
                    }
                })
                .collect();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            self.found.smuggled.push(Smuggled {
                kind: SignKind::VariationSelectors,
                text,
                span,
            });
        }
    }

    /// Ends the word being read: look-alikes in a word that also has Latin letters become Latin.
    fn flush(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let latin = word.iter().any(|(c, _)| c.is_ascii_alphabetic());
        let alike = latin && word.iter().any(|(c, _)| look_alike(*c).is_some());
        if alike {
            let last = word.len() - 1;
            self.sign(SignKind::MixedScript, word[0].1..word[last].1 + word[last].0.len_utf8());
        }
        for (c, at) in &word {
            let c = if alike { look_alike(*c).unwrap_or(*c) } else { *c };
            self.push(c, *at);
        }
        self.word = word;
        self.word.clear();
    }

    fn push(&mut self, c: char, at: usize) {
        let here = self.out.len() as u32;
        let expected = self.runs.last().map_or(here, |r| r.1 + (here - r.0));
        if expected != at as u32 {
            self.runs.push((here, at as u32));
        }
        self.out.push(c);
    }
}

/// Where the escape sequence that starts at `at` ends (ECMA-48: CSI … final byte; OSC … BEL or ST; two characters otherwise).
fn escape_end(raw: &str, at: usize) -> usize {
    let bytes = raw.as_bytes();
    let mut i = at + if bytes[at] == 0x1b { 1 } else { 2 };
    let csi = bytes[at] != 0x1b || bytes.get(i) == Some(&b'[');
    if csi {
        if bytes[at] == 0x1b {
            i += 1;
        }
        while i < bytes.len() && i < at + 64 && (0x20..=0x3f).contains(&bytes[i]) {
            i += 1;
        }
        return if i < bytes.len() && (0x40..=0x7e).contains(&bytes[i]) {
            i + 1
        } else {
            floor(raw, i)
        };
    }
    if bytes.get(i) == Some(&b']') {
        let limit = bytes.len().min(at + 2048);
        while i < limit {
            if bytes[i] == 0x07 {
                return i + 1;
            }
            if bytes[i] == 0x1b && bytes.get(i + 1) == Some(&b'\\') {
                return i + 2;
            }
            i += 1;
        }
        return floor(raw, limit);
    }
    i
}

fn floor(raw: &str, mut at: usize) -> usize {
    at = at.min(raw.len());
    while !raw.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Whether an invisible character hides something here: joiners are at home in emoji, Arabic and Indic scripts, and a byte
/// order mark at the very start, but none belongs between Latin letters or punctuation.
fn hides(c: char, previous: Option<char>, next: Option<char>) -> bool {
    let plain = |o: Option<char>| o.is_some_and(|c| c.is_ascii_graphic());
    match c {
        '\u{feff}' if previous.is_none() => false,
        // Soft hyphens and direction marks are honest typography.
        '\u{ad}' => matches!((previous, next), (Some(a), Some(b)) if a.is_ascii_alphabetic() && b.is_ascii_alphabetic()),
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}' | '\u{2029}' => false,
        '\u{200c}' | '\u{200d}' => plain(previous) && plain(next),
        _ => plain(previous) || plain(next) || next.is_some_and(is_invisible),
    }
}

/// Letters whose accents are folded away: Latin ones. In other scripts marks are part of the letter.
fn is_latin_base(c: char) -> bool {
    matches!(u32::from(c), 0xc0..=0x24f | 0x1e00..=0x1eff)
}

/// Letters of Latin alphabets that are no base letter with a mark: the base letter a reader takes them for.
fn plain_letter(c: char) -> Option<char> {
    Some(match c {
        'ı' => 'i',
        'ł' => 'l',
        'Ł' => 'L',
        'ø' => 'o',
        'Ø' => 'O',
        'đ' => 'd',
        'Đ' => 'D',
        _ => return None,
    })
}

/// A word of the lexicon as the words of a normalised text are: Latin letters without their marks.
pub(super) fn fold_letters(word: &str) -> String {
    word.chars()
        .flat_map(|c| -> smallvec::SmallVec<[char; 4]> {
            match plain_letter(c) {
                Some(plain) => smallvec::smallvec![plain],
                None if is_latin_base(c) => c.nfkd().filter(|f| !is_combining_mark(*f)).collect(),
                None => smallvec::smallvec![c],
            }
        })
        .collect()
}

/// The Latin letter that a Cyrillic, Greek or Armenian letter passes for.
fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' | 'ɑ' => 'a',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'с' | 'ϲ' => 'c',
        'С' | 'Ϲ' => 'C',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'Е' | 'Ε' => 'E',
        'ɡ' | 'ց' => 'g',
        'һ' | 'հ' => 'h',
        'Н' | 'Η' => 'H',
        'і' | 'ι' => 'i',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'ј' => 'j',
        'Ј' => 'J',
        'к' | 'κ' => 'k',
        'К' | 'Κ' => 'K',
        'ӏ' | 'ⅼ' => 'l',
        'м' => 'm',
        'М' | 'Μ' => 'M',
        'ո' | 'п' => 'n',
        'Ν' => 'N',
        'о' | 'ο' | 'օ' | 'σ' => 'o',
        'О' | 'Ο' | 'Օ' => 'O',
        'р' | 'ρ' => 'p',
        'Р' | 'Ρ' => 'P',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'Ѕ' => 'S',
        'т' | 'τ' => 't',
        'Т' | 'Τ' => 'T',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'Х' | 'Χ' => 'X',
        'у' | 'γ' => 'y',
        'У' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(raw: &str) -> Vec<SignKind> {
        normalise(raw).signs.into_iter().map(|s| s.kind).collect()
    }

    #[test]
    fn words_broken_by_what_cannot_be_seen_are_read_whole() {
        for (raw, read) in [
            ("ig\u{200b}nore", "ignore"),
            ("NΟΤΕ TO", "NOTE TO"),
            ("D\u{332}o n\u{332}ot", "Do not"),
            ("𝐈𝐠𝐧𝐨𝐫𝐞", "Ignore"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("ｉｇｎｏｒｅ", "ignore"),
            ("configuración Bestätigung", "configuracion Bestatigung"),
        ] {
            assert_eq!(normalise(raw).normal.text, read);
        }
    }

    #[test]
    fn offsets_lead_back_to_the_original_bytes() {
        let raw = "é ig\u{200b}nore this";
        let n = normalise(raw).normal;
        let at = n.text.find("ignore").unwrap_or_default();
        assert_eq!(&raw[n.original(at..at + 6)], "ig\u{200b}nore");
        let at = n.text.find("this").unwrap_or_default();
        assert_eq!(&raw[n.original(at..at + 4)], "this");
    }

    #[test]
    fn smuggled_text_is_decoded() {
        let tags: String = "obey".chars().filter_map(|c| char::from_u32(0xe0000 + u32::from(c))).collect();
        assert_eq!(normalise(&format!("hi{tags}")).smuggled[0].text, "obey");
        let selectors: String = b"obey"
            .iter()
            .filter_map(|b| char::from_u32(0xe0100 + u32::from(*b) - 16))
            .collect();
        assert_eq!(normalise(&format!("x{selectors}")).smuggled[0].text, "obey");
    }

    #[test]
    fn letters_of_a_latin_alphabet_are_no_look_alikes() {
        for text in ["Dosyayı siler", "łączy się", "Sletter på øya", "Đọc tệp"] {
            assert!(kinds(text).is_empty(), "{text}");
        }
        assert_eq!(fold_letters("Bestätigung łączy"), "Bestatigung laczy");
    }

    #[test]
    fn honest_typography_leaves_no_sign() {
        for raw in [
            "👩\u{200d}💻 done ✔\u{fe0f}",
            "\u{feff}Start",
            "می\u{200c}خواهم",
            "日本語のテキスト",
            "Ωμέγα и кириллица",
            "naïve café",
            "नमस्ते",
            "10 µm, Ωhm",
        ] {
            assert_eq!(kinds(raw), [], "{raw}");
        }
    }
}
