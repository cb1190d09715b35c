//! A linear look over the bytes before parsing: the JavaScript parser recurses once per bracket, prefix operator, arrow or
//! `else`, and a stack overflow cannot be caught. Counts are upper estimates of that recursion. On the way it notes where a large text
//! may be taken apart, so that the parser's tree of it is never there as a whole.

use std::ops::Range;

/// The deepest recursion a parser would need for a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Nesting {
    /// Deepest bracket nesting, template holes included.
    pub(crate) brackets: usize,
    /// Longest run of operators and prefix words without a `,` or `;` at one bracket level.
    pub(crate) run: usize,
    /// Ends of top-level statements, at least [`PART`] bytes apart.
    pub(crate) cuts: Vec<usize>,
    /// Bodies of functions, what is between the braces: the outermost of at most [`PART`] bytes, in order. Of a small source, none.
    pub(crate) bodies: Vec<Range<usize>>,
}

/// What the last token says about whether a function's body follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Before {
    #[default]
    Other,
    /// What may name a function: a word that is no keyword with a bracket, a text, a computed key.
    Name,
    /// The closing bracket of `name(…)`, or `=>`: a brace opens a body.
    Head,
}

/// Parts into which a large source is cut, in bytes: what is small is read as a whole.
pub(super) const PART: usize = 64 << 10;

/// Smallest body of a function that is read apart, in bytes.
const MIN_BODY: usize = 256;

const PREFIX_WORDS: &[&str] = &[
    "await", "typeof", "void", "delete", "new", "yield", "keyof", "else", "if", "for", "while", "do", "async", "readonly", "unique",
    "infer", "extends", "with",
];

/// Measures a text. Strings, comments, templates and regular expressions are skipped.
pub(crate) fn nesting(text: &str) -> Nesting {
    Scanner {
        bytes: text.as_bytes(),
        at: 0,
        open: Vec::new(),
        run: 0,
        most: Nesting::default(),
        operand_before: false,
        before: Before::Other,
        heritage: None,
    }
    .scan()
}

/// An open bracket.
struct Open {
    bracket: u8,
    at: usize,
    /// The run of the level it interrupted.
    run: usize,
    before: Before,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open>,
    run: usize,
    most: Nesting,
    /// Whether the last token ends an operand: then `/` divides, else it starts a regular expression.
    operand_before: bool,
    /// What the last token was.
    before: Before,
    /// How many brackets were open at an `extends`: the next brace there opens a class.
    heritage: Option<usize>,
}

impl Scanner<'_> {
    fn scan(mut self) -> Nesting {
        while let Some(&b) = self.bytes.get(self.at) {
            let before = std::mem::take(&mut self.before);
            match b {
                b'"' | b'\'' => {
                    self.string(b);
                    self.operand_before = true;
                    self.before = Before::Name;
                }
                b'`' => {
                    self.at += 1;
                    self.template();
                }
                b'/' => self.slash(before),
                b'(' | b'[' | b'{' => {
                    self.push(b, before);
                    self.at += 1;
                }
                b')' | b']' | b'}' => {
                    self.at += 1;
                    let opener = self.open.pop();
                    self.run = opener.as_ref().map_or(0, |o| o.run);
                    self.operand_before = true;
                    if opener.as_ref().is_some_and(|o| o.bracket == b'`') {
                        self.template();
                    } else if b == b'}' {
                        self.operand_before = false;
                    }
                    if let Some(opener) = opener {
                        self.closed(b, &opener);
                    }
                }
                b',' => {
                    self.run = 0;
                    self.at += 1;
                    self.operand_before = false;
                }
                b';' => {
                    self.at += 1;
                    self.operand_before = false;
                    if !self.next_word_is("else") {
                        self.run = 0;
                        self.cut();
                    }
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | b'#' | b'@' | 0x80.. => self.word(),
                b'+' | b'-' | b'*' | b'%' | b'&' | b'|' | b'^' | b'!' | b'~' | b'?' | b':' | b'=' | b'<' | b'>' => {
                    self.count();
                    self.at += 1;
                    self.operand_before = false;
                    if b == b'=' && self.bytes.get(self.at) == Some(&b'>') {
                        self.count();
                        self.at += 1;
                        self.before = Before::Head;
                    }
                }
                b'.' => {
                    self.at += 1;
                    self.operand_before = false;
                }
                _ => {
                    self.at += 1;
                    self.before = before;
                }
            }
        }
        self.most
    }

    /// What the end of a bracket says about what follows or what it held.
    fn closed(&mut self, bracket: u8, opener: &Open) {
        match (bracket, opener.bracket, opener.before) {
            (b')', b'(', Before::Name) => self.before = Before::Head,
            (b']', b'[', _) => self.before = Before::Name,
            (b'}', b'{', Before::Head) => self.body(opener.at + 1..self.at - 1),
            _ => {}
        }
    }

    /// Notes the body of a function, instead of those inside of it.
    fn body(&mut self, body: Range<usize>) {
        if self.bytes.len() < 2 * PART || !(MIN_BODY..=PART).contains(&body.len()) {
            return;
        }
        while self.most.bodies.last().is_some_and(|inner| inner.start > body.start) {
            self.most.bodies.pop();
        }
        self.most.bodies.push(body);
    }

    fn count(&mut self) {
        self.run += 1;
        self.most.run = self.most.run.max(self.run);
    }

    fn push(&mut self, bracket: u8, mut before: Before) {
        if bracket == b'{' && self.heritage == Some(self.open.len()) {
            self.heritage = None;
            before = Before::Other;
        }
        self.open.push(Open {
            bracket,
            at: self.at,
            run: self.run,
            before,
        });
        self.run = 0;
        self.most.brackets = self.most.brackets.max(self.open.len());
        self.operand_before = false;
    }

    fn string(&mut self, quote: u8) {
        self.at += 1;
        while let Some(&b) = self.bytes.get(self.at) {
            self.at += 1;
            match b {
                b'\\' => self.at += 1,
                b'\n' => return,
                _ if b == quote => return,
                _ => {}
            }
        }
    }

    /// From inside a template up to its end, or to the next hole (which is pushed like a bracket).
    fn template(&mut self) {
        while let Some(&b) = self.bytes.get(self.at) {
            self.at += 1;
            match b {
                b'\\' => self.at += 1,
                b'`' => {
                    self.operand_before = true;
                    return;
                }
                b'$' if self.bytes.get(self.at) == Some(&b'{') => {
                    self.at += 1;
                    self.push(b'`', Before::Other);
                    return;
                }
                _ => {}
            }
        }
    }

    fn slash(&mut self, before: Before) {
        match self.bytes.get(self.at + 1) {
            Some(b'/') => {
                self.before = before;
                while self.bytes.get(self.at).is_some_and(|b| *b != b'\n') {
                    self.at += 1;
                }
            }
            Some(b'*') => {
                self.before = before;
                self.at += 2;
                while self.at < self.bytes.len() && !self.bytes[self.at..].starts_with(b"*/") {
                    self.at += 1;
                }
                self.at += 2;
            }
            _ if self.operand_before => {
                self.count();
                self.at += 1;
                self.operand_before = false;
            }
            _ => self.regex(),
        }
    }

    fn regex(&mut self) {
        let start = self.at;
        let mut in_class = false;
        self.at += 1;
        while let Some(&b) = self.bytes.get(self.at) {
            self.at += 1;
            match b {
                b'\\' => self.at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.operand_before = true;
                    return;
                }
                // No regular expression after all: it was a division.
                b'\n' => {
                    self.at = start + 1;
                    self.operand_before = false;
                    return;
                }
                _ => {}
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    fn word(&mut self) {
        let start = self.at;
        while self
            .bytes
            .get(self.at)
            .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'#' | b'@' | 0x80..))
        {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        if word == b"extends" {
            self.heritage = Some(self.open.len());
        }
        if !matches!(word, b"if" | b"for" | b"await" | b"while" | b"switch" | b"catch" | b"with") {
            self.before = Before::Name;
        }
        let prefix = PREFIX_WORDS.iter().any(|w| w.as_bytes() == word);
        if prefix {
            self.count();
        }
        self.operand_before = !(prefix || matches!(word, b"return" | b"case" | b"in" | b"of" | b"instanceof" | b"throw" | b"default"));
    }

    /// Notes the end of a statement of the top level; `do x(); while (y)` has not ended there.
    fn cut(&mut self) {
        let last = self.most.cuts.last().copied().unwrap_or(0);
        if self.open.is_empty() && self.at - last >= PART && self.bytes.len() - self.at >= PART && !self.next_word_is("while") {
            self.most.cuts.push(self.at);
        }
    }

    fn next_word_is(&self, word: &str) -> bool {
        let rest = &self.bytes[self.at..];
        let skip = rest.iter().take(64).take_while(|b| b.is_ascii_whitespace()).count();
        rest[skip..].starts_with(word.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_comments_templates_and_regular_expressions_do_not_count() {
        for text in ["'(((('", "// ((((\n", "/* (((( */", "`((((`", "/[(({]/.test(x)", "return /\\(\\(/"] {
            assert!(nesting(text).brackets <= 1, "{text}");
        }
        assert_eq!(nesting("f([{a: `x${g(1)}y`}])").brackets, 5);
    }

    #[test]
    fn chains_without_brackets_count_as_runs() {
        assert_eq!(nesting(&"!".repeat(900)).run, 900);
        assert!(nesting(&"a=>".repeat(300)).run >= 300);
        assert!(nesting(&"if(a)b;else ".repeat(300)).run >= 300);
        assert!(nesting(&"a+b;".repeat(300)).run < 3);
    }
}
