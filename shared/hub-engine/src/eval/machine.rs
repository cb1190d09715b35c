//! What every run has, whatever its language: the bounds, and where it stands within them.

use super::{MAX_DEPTH, MAX_REGEXES, MAX_TEXT};
use crate::FunctionRef;
use hub_model::Budget;
use hub_syntax::ir::{ExprId, Sym};
use hub_syntax::{ModuleId, Program};
use regex::Regex;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Bytes granted for reading what a run left behind.
const MAX_GRANTED_BYTES: usize = 32 << 20;

/// A compiled pattern; none for one that needs what linear-time matching cannot do.
type Compiled = Option<Regex>;

/// What one function may use of the steps under conditions that are not known: one part in this many.
const DOUBTFUL_SHARE: u64 = 64;
/// Longest condition that is shown.
const MAX_CONDITION: usize = 120;

/// What a piece of code runs only under, as it is not known or not likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    pub module: ModuleId,
    pub test: ExprId,
    /// Whether it is to hold, or not to hold.
    pub holds: bool,
}

/// Bounds and state of a run over one program.
pub struct Machine<'p> {
    pub program: &'p Program,
    /// Steps that the budget still has: about one for each expression, statement and copied element.
    pub steps_left: u64,
    /// Steps of the budget.
    max_steps: u64,
    /// Bytes that may still be built.
    bytes_left: usize,
    /// Something was left out as no steps or bytes were left for it.
    pub ran_out: bool,
    depth: u32,
    /// Conditions around that are not known, through calls: then nothing is taken away.
    pub uncertain: u32,
    /// Conditions around, through calls, that do not hold as far as is known: from the outside in.
    pub conditions: Vec<Condition>,
    /// Counts abrupt ends that were passed over because a condition was not known.
    pub passed_over: u64,
    pub calls: Calls,
    /// Names and texts of each module as shared strings, made on demand.
    names: Vec<Vec<Option<Rc<str>>>>,
    /// By pattern and flags: a loop uses the same one each time.
    regexes: FxHashMap<(Rc<str>, Rc<str>), Compiled>,
}

impl<'p> Machine<'p> {
    /// A run that has done nothing yet.
    #[must_use]
    pub fn new(program: &'p Program, budget: &Budget) -> Self {
        Self {
            program,
            steps_left: budget.max_eval_steps,
            max_steps: budget.max_eval_steps,
            bytes_left: budget.max_eval_bytes,
            ran_out: false,
            depth: 0,
            uncertain: 0,
            conditions: Vec::new(),
            passed_over: 0,
            calls: Calls::default(),
            names: program.modules.iter().map(|_| Vec::new()).collect(),
            regexes: FxHashMap::default(),
        }
    }

    /// A condition in words, as it is written.
    #[must_use]
    pub fn words(&self, condition: Condition) -> String {
        let module = self.program.module(condition.module);
        let text = module.text(module.expr(condition.test).span);
        let mut shown = String::new();
        for word in text
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
        {
            if shown.len() + word.len() > MAX_CONDITION {
                shown.push('…');
                break;
            }
            if !shown.is_empty() {
                shown.push(' ');
            }
            shown.push_str(word);
        }
        let holds = if condition.holds { "holds" } else { "does not hold" };
        format!("only where `{shown}` {holds}, which is known at run time")
    }

    /// Takes one step off the budget; false when there is none left.
    pub fn step(&mut self) -> bool {
        match self.steps_left.checked_sub(1) {
            Some(left) => {
                self.steps_left = left;
                true
            }
            None => {
                self.ran_out = true;
                false
            }
        }
    }

    /// Takes steps off, down to none.
    pub fn spend(&mut self, steps: usize) {
        self.steps_left = self.steps_left.saturating_sub(steps as u64);
    }

    /// Spends a step for each element that is copied: what the steps cannot pay for is not copied.
    pub fn afford(&mut self, elements: usize) -> bool {
        let cost = elements as u64;
        if self.steps_left <= cost {
            self.steps_left = 0;
            self.ran_out = true;
            return false;
        }
        self.steps_left -= cost;
        true
    }

    /// Takes what is built off the bytes of the budget. When they do not suffice the run is over, as what it holds is given back
    /// only at its end.
    pub fn build(&mut self, bytes: usize) -> bool {
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => {
                self.bytes_left = left;
                true
            }
            None => {
                self.steps_left = 0;
                self.ran_out = true;
                false
            }
        }
    }

    /// Whether a text of so many bytes may be built; what reading it costs is spent.
    pub fn build_text(&mut self, bytes: usize) -> bool {
        self.spend(bytes / 64);
        bytes <= MAX_TEXT && self.build(bytes)
    }

    /// Sets all but one part in `share` of the budget aside, so that what follows cannot use up what others need.
    pub fn keep_back(&mut self, share: u64) -> Kept {
        let steps = self.steps_left - self.steps_left / share;
        let bytes = self.bytes_left - self.bytes_left / usize::try_from(share).unwrap_or(usize::MAX);
        self.steps_left -= steps;
        self.bytes_left -= bytes;
        Kept { steps, bytes }
    }

    /// Sets a part aside for what follows a call. Calls lie in calls: it is a small part of the bytes, as what is built is little.
    pub fn keep_for_callers(&mut self) -> Kept {
        let (steps, bytes) = (self.steps_left / 4, self.bytes_left / 16);
        self.steps_left -= steps;
        self.bytes_left -= bytes;
        Kept { steps, bytes }
    }

    pub fn give_back(&mut self, kept: Kept) {
        self.steps_left += kept.steps;
        self.bytes_left += kept.bytes;
    }

    /// Grants further steps, and bytes for what they build, for reading what a run left behind even when it used up its own.
    pub fn grant(&mut self, steps: u64) {
        self.steps_left = self.steps_left.max(steps);
        self.bytes_left = self.bytes_left.max(MAX_GRANTED_BYTES);
    }

    pub(super) fn begin_call(&mut self, function: FunctionRef) -> Begun {
        self.calls.enter(function);
        Begun {
            steps_left: self.steps_left,
            within: std::mem::take(&mut self.calls.within),
        }
    }

    pub(super) fn end_call(&mut self, function: FunctionRef, begun: Begun) {
        self.calls.leave(function);
        let all = begun.steps_left.saturating_sub(self.steps_left);
        if self.uncertain > 0 {
            *self.calls.doubtful.entry(function).or_insert(0) += all.saturating_sub(self.calls.within);
        }
        self.calls.within = begun.within + all;
    }

    /// Whether a function has had its share of the budget under conditions that are not known, and is to be called under one again.
    #[must_use]
    pub fn is_worn(&self, function: FunctionRef) -> bool {
        let spent = || self.calls.doubtful.get(&function).copied().unwrap_or(0);
        self.uncertain > 0 && spent() > self.max_steps / DOUBTFUL_SHARE
    }

    /// Whether the budget is used up: everything evaluated from here on is unknown.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.steps_left == 0
    }

    pub(super) fn is_too_deep(&self) -> bool {
        self.depth >= MAX_DEPTH
    }

    /// Goes one level deeper, for a step; false when that is too deep or there is no step left.
    pub(super) fn descend(&mut self) -> bool {
        let may = !self.is_too_deep() && self.step();
        self.depth += u32::from(may);
        may
    }

    pub(super) fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// The text of an interned string of a module.
    pub fn name(&mut self, module: ModuleId, sym: Sym) -> Rc<str> {
        let source = self.program.module(module);
        let names = &mut self.names[module.0 as usize];
        if names.is_empty() {
            names.resize(source.strings.len(), None);
        }
        names[sym.index()].get_or_insert_with(|| source.str(sym).into()).clone()
    }

    /// The compiled form of a pattern with flags, kept for the next time.
    pub fn regex(&mut self, pattern: &Rc<str>, flags: &Rc<str>, compile: impl FnOnce() -> Option<Regex>) -> Option<Regex> {
        let key = (pattern.clone(), flags.clone());
        if let Some(compiled) = self.regexes.get(&key) {
            return compiled.clone();
        }
        self.spend(pattern.len() * 8);
        let compiled = compile();
        if self.regexes.len() >= MAX_REGEXES {
            self.regexes.clear();
        }
        self.regexes.insert(key, compiled.clone());
        compiled
    }
}

/// A part of the budget that was set aside.
#[must_use]
pub struct Kept {
    steps: u64,
    bytes: usize,
}

/// Calls under way and done.
#[derive(Debug, Default)]
pub struct Calls {
    /// Nesting of calls.
    pub depth: usize,
    active: FxHashMap<FunctionRef, u32>,
    runs: FxHashMap<FunctionRef, u32>,
    /// Steps that a function took under conditions that are not known, without those of the functions it called.
    doubtful: FxHashMap<FunctionRef, u64>,
    /// Steps of the calls that ended within the one under way.
    within: u64,
}

/// Where a call stood when it began.
pub(super) struct Begun {
    steps_left: u64,
    within: u64,
}

impl Calls {
    /// How many runs of a function are under way.
    #[must_use]
    pub fn under_way(&self, function: FunctionRef) -> u32 {
        self.active.get(&function).copied().unwrap_or(0)
    }

    /// How often a function was run.
    #[must_use]
    pub fn runs(&self, function: FunctionRef) -> u32 {
        self.runs.get(&function).copied().unwrap_or(0)
    }

    fn enter(&mut self, function: FunctionRef) {
        self.depth += 1;
        *self.active.entry(function).or_insert(0) += 1;
        *self.runs.entry(function).or_insert(0) += 1;
    }

    fn leave(&mut self, function: FunctionRef) {
        self.depth -= 1;
        if let Some(n) = self.active.get_mut(&function) {
            *n -= 1;
        }
    }
}
