//! Clauses and what is known of each: whether it orders or describes, whom it tells, whether it denies, on what condition it holds.
//!
//! A sentence is cut at marks, at subordinating words and where a conjunction brings a new verb. That is all the grammar the
//! rules need: who is told to do what, said of what, and whether a wish of the user stands before it.

use super::lexicon::{Concepts, Form};
use super::words::{Kind, Token, named};
use std::ops::Range;
use std::sync::LazyLock;

/// What a clause is to its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClauseKind {
    Main,
    /// `if`, `when`, `once`, `before`.
    Condition,
    /// `unless`, `until`, `only if`.
    Exception,
    /// `because`, `since`, `so that`.
    Reason,
}

/// A clause and the facts about it.
#[derive(Clone, Debug)]
pub struct Clause {
    pub tokens: Range<usize>,
    pub kind: ClauseKind,
    /// A word in it denies: `not`, `never`, `nicht`.
    pub denies: bool,
    /// It orders: its verb is in the base form or follows `must`, `is to`, `please`, or its subject is the model. A verb whose
    /// form is not known (any language but English) counts as an order.
    pub orders: bool,
    /// It names the model or says `you`.
    pub to_model: bool,
    /// All its words stand in quotation marks.
    pub cited: bool,
}

/// The clauses of one sentence, and what holds for the sentence as a whole.
#[derive(Clone, Debug, Default)]
pub struct Clauses {
    pub list: Vec<Clause>,
    /// What it says holds only when the user wants or confirms it, or with an exception: `if the user asks`, `unless`, `only when`.
    pub asked: bool,
    /// It speaks of detecting, blocking or refusing such things.
    pub guarded: bool,
}

/// The concepts that the grammar of a sentence turns on, looked up once.
pub(super) struct Sets {
    pub neg: Concepts,
    pub without: Concepts,
    pub must: Concepts,
    pub always: Concepts,
    pub you: Concepts,
    pub model: Concepts,
    user: Concepts,
    ask: Concepts,
    consent: Concepts,
    wish: Concepts,
    condition: Concepts,
    exception: Concepts,
    reason: Concepts,
    pub detect: Concepts,
    pub example: Concepts,
    pub lookfor: Concepts,
    pub first: Concepts,
    pub silent: Concepts,
}

pub(super) static SETS: LazyLock<Sets> = LazyLock::new(|| Sets {
    neg: named("neg"),
    without: named("without"),
    must: named("must"),
    always: named("always"),
    you: named("you"),
    model: named("model"),
    user: named("user"),
    ask: named("ask"),
    consent: named("consent"),
    wish: named("wish"),
    condition: named("condition"),
    exception: named("exception"),
    reason: named("reason"),
    detect: named("detect"),
    example: named("example"),
    lookfor: named("lookfor"),
    first: named("first"),
    silent: named("silent"),
});

/// Words before a comma or conjunction ends a clause: a row of words is no row of clauses.
const FEWEST_WORDS: usize = 3;

impl Clauses {
    /// Cuts the sentence `range` of `tokens`.
    #[must_use]
    pub fn of(text: &str, tokens: &[Token], range: Range<usize>) -> Self {
        let sets = &*SETS;
        let mut out = Self::default();
        let mut start = range.start;
        let mut kind = ClauseKind::Main;
        let mut words = 0;
        let word = |i: usize| &text[tokens[i].start as usize..tokens[i].end as usize];
        for i in range.clone() {
            let t = tokens[i];
            let next = (i + 1 < range.end).then(|| tokens[i + 1]);
            if t.kind == Kind::Punctuation {
                let ends = match word(i) {
                    ";" | ":" | "—" | "–" | "(" | ")" | "[" | "]" | "|" | "{" | "}" | "<" | ">" | "#" | "*" => true,
                    "," | "、" => kind != ClauseKind::Main || words >= FEWEST_WORDS && next.is_some_and(|n| opens(n, sets)),
                    _ => false,
                };
                if ends {
                    out.push(text, tokens, start..i + 1, kind);
                    (start, kind, words) = (i + 1, ClauseKind::Main, 0);
                }
                continue;
            }
            let subordinate = if t.concepts & sets.exception != 0 {
                Some(ClauseKind::Exception)
            } else if t.concepts & sets.condition != 0 {
                Some(ClauseKind::Condition)
            } else if t.concepts & sets.reason != 0 {
                Some(ClauseKind::Reason)
            } else {
                None
            };
            let joins = matches!(word(i), "and" | "but" | "or" | "und" | "y" | "et" | "e" | "и")
                && words >= FEWEST_WORDS
                && next.is_some_and(|n| opens(n, sets) && n.form != Form::Third);
            if subordinate.is_some() || joins {
                if i > start {
                    out.push(text, tokens, start..i, kind);
                }
                (start, kind, words) = (i, subordinate.unwrap_or(ClauseKind::Main), 0);
            }
            words += 1;
        }
        if start < range.end {
            out.push(text, tokens, start..range.end, kind);
        }
        let all = &tokens[range];
        let has = |set: Concepts| all.iter().any(|t| t.concepts & set != 0);
        out.asked = out.list.iter().any(|c| match c.kind {
            ClauseKind::Exception => true,
            ClauseKind::Condition => {
                let inside = &tokens[c.tokens.clone()];
                // `even if the user objects` is no wish of his.
                let even = c.tokens.start > 0 && word(c.tokens.start - 1).eq_ignore_ascii_case("even");
                let of = |set: Concepts| inside.iter().any(|t| t.concepts & set != 0);
                !even && of(sets.user) && of(sets.ask | sets.wish | sets.consent)
            }
            _ => false,
        }) || has(sets.wish) && has(sets.user) && has(sets.condition);
        // What the sentence does first decides: `Blocks texts that …`, `Detects …`. `Deny it` at the end of an order is no defence.
        let first = all.iter().find(|t| t.form != Form::Other);
        out.guarded = first.is_some_and(|t| t.concepts & sets.detect != 0 && !t.quoted && t.form != Form::Base);
        out
    }

    fn push(&mut self, text: &str, tokens: &[Token], range: Range<usize>, kind: ClauseKind) {
        let sets = &*SETS;
        let inside = &tokens[range.clone()];
        let words = || inside.iter().filter(|t| t.kind != Kind::Punctuation);
        if words().next().is_none() {
            return;
        }
        let has = |set: Concepts| words().any(|t| t.concepts & set != 0);
        let verb = words().position(|t| t.form != Form::Other);
        let subject = words().take(verb.unwrap_or(0)).fold(0, |all, t| all | t.concepts);
        let model_first = subject & (sets.model | sets.you) != 0;
        let user_first = subject & sets.user != 0;
        let form = verb.and_then(|v| words().nth(v)).map(|t| t.form);
        let is = |t: &Token, word: &str| text[t.start as usize..t.end as usize].eq_ignore_ascii_case(word);
        let is_to = words()
            .zip(words().skip(1))
            .any(|(a, b)| is(b, "to") && (is(a, "is") || is(a, "are")));
        let modal = has(sets.must | sets.always) || is_to;
        // `If not mentioned by the user, make one` orders the making.
        let supposed = kind == ClauseKind::Condition && words().next().is_some_and(|t| is(t, "if"));
        let denies = words().any(|t| t.concepts & sets.neg != 0 && t.concepts & sets.without == 0);
        let orders = match form {
            _ if supposed => false,
            None => true,
            // `The user must click` tells the user; `the user must not learn` tells the model.
            Some(Form::Base) => !user_first || modal && denies,
            Some(_) => modal || model_first,
        };
        self.list.push(Clause {
            denies,
            orders,
            to_model: has(sets.model | sets.you),
            cited: words().all(|t| t.quoted),
            tokens: range,
            kind,
        });
    }
}

/// What can begin a clause: a verb, somebody who acts, an order, a denial.
fn opens(t: Token, sets: &Sets) -> bool {
    matches!(t.form, Form::Base | Form::Third)
        || t.concepts & (sets.you | sets.model | sets.user | sets.neg | sets.must | sets.always | sets.without) != 0
}
