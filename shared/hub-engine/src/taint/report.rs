//! What the run found, in words that rules use.

use super::api::canonical;
use super::engine::{Engine, Hit, Source};
use super::value::{Kinds, Root, Seg, TraceId, Weak, What};
use crate::FunctionRef;
use hub_model::{FlowStep, Location};
use hub_syntax::ir::{ExprId, FnId, Module, Span, byte_of_column};
use hub_syntax::{ModuleId, Program};

/// Everything that attacker-chosen data reaches.
#[derive(Clone, Debug, Default)]
pub struct Flows {
    /// In order of place.
    pub reaches: Vec<Reach>,
    /// Shell texts built from a parameter that no entry point is known to fill with outside data.
    pub possible: Vec<Reach>,
    /// Bounds that cut something short, in plain words.
    pub limits_hit: Vec<String>,
    /// Functions of the program that some entry point runs.
    pub reached: Vec<FunctionRef>,
    /// Who calls whom among them, in order.
    pub edges: Vec<(FunctionRef, FunctionRef)>,
    /// Calls of functions of the program: the function called, and where; in order.
    pub sites: Vec<(FunctionRef, ModuleId, ExprId)>,
    /// What each call seen on the way calls outside the program, as the tables spell it; `*.name` for a method of something unknown.
    pub made: Vec<((ModuleId, ExprId), String)>,
    /// Calls of outside functions that rules ask about, reached or not.
    pub calls: Vec<super::outside::OutsideCall>,
}

/// A dangerous operation that one origin reaches.
#[derive(Clone, Debug)]
pub struct Reach {
    pub kind: Kinds,
    /// The operation, as the tables call it: `child_process.exec`.
    pub api: String,
    /// Documentation of the operation, or of the weakness.
    pub cite: &'static str,
    /// Index into [`CodeFacts::entry_points`](crate::CodeFacts::entry_points).
    pub entry: Option<usize>,
    /// What the data comes from, in words: ``tool `ping` ``.
    pub source: String,
    /// Dotted path of the argument below its source: `host`, `files.*`; empty for all of it.
    pub argument: String,
    /// Checks passed on the way that are not enough.
    pub weak: Weak,
    /// The operand is the caller's text alone.
    pub whole: bool,
    pub unknown_program: bool,
    pub program: Option<String>,
    /// The operation.
    pub sink: Sunk,
    /// Where the data was last joined to a folder, if it was.
    pub joined: Option<Sunk>,
    /// Helpers that gave the data back on its way, outermost last: where a check for all their users belongs.
    pub helpers: Vec<Sunk>,
    /// Where the data was handed to an object that kept it.
    pub kept: Option<Sunk>,
    /// From the source to the operation.
    pub steps: Vec<FlowStep>,
}

/// A place and the function around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sunk {
    pub at: Location,
    pub module: ModuleId,
    pub span: Span,
    pub function: Option<FnId>,
    /// Name of the function; empty at module level or without a name.
    pub function_name: String,
    /// The line of code.
    pub code: String,
}

/// Most steps shown.
const MAX_STEPS: usize = 16;

pub(super) fn flows(engine: &mut Engine<'_>) -> Flows {
    let mut reaches = Vec::new();
    for hit in std::mem::take(&mut engine.hits) {
        let Root::Source(source) = engine.labels.root_of(hit.atom.label) else {
            continue;
        };
        if let Some(origin) = engine.sources.get(source as usize).cloned() {
            reaches.push(reach_of(engine, &hit, &origin));
        }
    }
    let mut possible = Vec::new();
    for (hit, origin) in std::mem::take(&mut engine.possible) {
        // Where data is known to arrive there is nothing to suppose.
        if !reaches
            .iter()
            .any(|r: &Reach| r.kind == hit.kind && r.sink.module == hit.module && r.sink.function == hit.function)
        {
            possible.push(reach_of(engine, &hit, &origin));
        }
    }
    reaches.sort_by(|a, b| (&a.sink.at, a.kind, &a.source, &a.argument, &a.api).cmp(&(&b.sink.at, b.kind, &b.source, &b.argument, &b.api)));
    let l = &engine.limits;
    let mut limits_hit = Vec::new();
    for (n, text) in [
        (l.steps, "data flow stopped at its budget of steps"),
        (l.depth, "expressions nested too deep for data flow"),
        (l.calls, "calls nested too deep for data flow"),
        (l.contexts, "functions called in too many ways to tell apart"),
        (engine.labels.cut, "object paths longer than data flow tells apart"),
    ] {
        if n > 0 {
            limits_hit.push(text.to_owned());
        }
    }
    let calls = engine.outside_calls();
    let mut reached: Vec<FunctionRef> = engine.reached.iter().copied().collect();
    reached.sort_unstable();
    let mut edges: Vec<_> = engine.edges.iter().copied().collect();
    edges.sort_unstable();
    let mut sites: Vec<_> = engine.sites.iter().copied().collect();
    sites.sort_unstable();
    let mut made: Vec<_> = engine
        .made
        .iter()
        .map(|((m, e), n)| ((*m, *e), canonical(engine.program.module(*m).language, engine.names.text(*n))))
        .collect();
    made.sort_unstable();
    Flows {
        reaches,
        possible,
        limits_hit,
        reached,
        edges,
        sites,
        made,
        calls,
    }
}

fn reach_of(engine: &mut Engine<'_>, hit: &Hit, origin: &Source) -> Reach {
    let mut steps = Vec::new();
    let mut joined = None;
    let mut marked = None;
    let mut helpers: Vec<Sunk> = Vec::new();
    let mut kept = None;
    let mut last_call = None;
    for trace in &hit.chain {
        let mut nodes: Vec<TraceId> = Vec::new();
        let mut at = Some(*trace);
        while let Some(t) = at {
            nodes.push(t);
            at = engine.traces[t.0 as usize].parent;
            if nodes.len() > 200 {
                break;
            }
        }
        for t in nodes.into_iter().rev() {
            let node = engine.traces[t.0 as usize];
            let what = match node.what {
                What::Source(_) if origin.entry.is_none() => format!("enters here: {}", origin.what),
                What::Source(_) => format!("enters here: argument of {}", origin.what),
                What::Entry => continue,
                What::Assigned(n) => format!("held by `{}`", engine.names.text(n)),
                What::Passed(n) => {
                    last_call = Some((node.module, node.span));
                    format!("passed to `{}`", engine.names.text(n))
                }
                What::Returned(n, f) => {
                    if let Some(span) = engine.marks.get(&f) {
                        marked = marked.or_else(|| Some(place(engine.program, f.module, *span)));
                    }
                    last_call = Some((node.module, node.span));
                    if let Some(span) = engine.returns.get(&f) {
                        helpers.push(place(engine.program, f.module, *span));
                    }
                    format!("comes back from `{}`", engine.names.text(n))
                }
                What::Joined => {
                    joined = Some(place(engine.program, node.module, node.span));
                    "joined to a folder".to_owned()
                }
                What::Marked => {
                    marked = marked.or_else(|| Some(place(engine.program, node.module, node.span)));
                    "put into a page".to_owned()
                }
                What::Through(n) => format!("goes through `{}`", engine.names.text(n)),
                What::Stored(n) => {
                    let (m, s) = last_call.unwrap_or((node.module, node.span));
                    kept = kept.or_else(|| Some(place(engine.program, m, s)));
                    format!("stored in `{}`", engine.names.text(n))
                }
            };
            let module = engine.program.module(node.module);
            push_step(&mut steps, module, node.span, what);
        }
    }
    // One kind for the reader: markup. Where it was put in is where it has to be escaped.
    let kind = if hit.kind == Kinds::PAGE { Kinds::MARKUP } else { hit.kind };
    if kind == Kinds::MARKUP {
        joined = marked;
    }
    let module = engine.program.module(hit.module);
    let api = engine.names.text(hit.api).to_string();
    push_step(&mut steps, module, hit.span, format!("reaches `{}`", api.trim_start_matches("*.")));
    if steps.len() > MAX_STEPS {
        // Beginning and end say most.
        let tail = steps.split_off(steps.len() - MAX_STEPS / 2);
        steps.truncate(MAX_STEPS / 2);
        steps.extend(tail);
    }
    let argument = engine
        .labels
        .path(hit.atom.label)
        .iter()
        .filter_map(|s| match s {
            Seg::Field(n) => Some(engine.names.text(*n).to_string()),
            Seg::Elem => Some("*".to_owned()),
            Seg::Part | Seg::Host => None,
        })
        .collect::<Vec<_>>()
        .join(".");
    let mut sink = place(engine.program, hit.module, hit.span);
    sink.function = hit.function;
    Reach {
        kind,
        api,
        cite: hit.source,
        entry: origin.entry.map(|e| e as usize),
        source: origin.what.clone(),
        argument,
        weak: hit.atom.weak,
        whole: hit.detail.whole,
        unknown_program: hit.detail.unknown_program,
        program: hit.detail.program.map(|p| engine.names.text(p).to_string()),
        sink,
        joined,
        helpers,
        kept,
        steps,
    }
}

fn push_step(steps: &mut Vec<FlowStep>, module: &Module, span: Span, what: String) {
    if span == Span::default() {
        return;
    }
    let at = module.location(span);
    let code = line_of(module, &at);
    // Several steps on one line are one line to the reader; the last says most.
    if let Some(last) = steps.last_mut()
        && (&last.at.file, last.at.line, &last.code) == (&at.file, at.line, &code)
        && !last.what.starts_with("enters")
    {
        last.what = what;
        return;
    }
    steps.push(FlowStep { at, what, code });
}

/// Longest line that is shown, in characters.
const MAX_LINE_CHARS: usize = 200;
/// A place further into a longer line than this, in bytes, is where what is shown begins.
const MAX_LEAD_BYTES: usize = 120;

/// The line of source at a place, trimmed. Of a line that is too long to show, as minified files are made of, what stands at the place.
pub fn line_of(module: &Module, at: &Location) -> String {
    let line = at.line as usize;
    let start = module.line_starts.get(line - 1).copied().unwrap_or(0) as usize;
    let end = module.line_starts.get(line).map_or(module.source.len(), |e| *e as usize);
    let whole = module.source.get(start..end).unwrap_or("").trim_end();
    let line = whole.trim_start();
    let place = byte_of_column(whole, at.column);
    if line.len() > MAX_LINE_CHARS && place > whole.len() - line.len() + MAX_LEAD_BYTES {
        return std::iter::once('…')
            .chain(whole[place..].chars().take(MAX_LINE_CHARS - 1))
            .collect();
    }
    line.chars().take(MAX_LINE_CHARS).collect()
}

fn place(program: &Program, module: ModuleId, span: Span) -> Sunk {
    let m = program.module(module);
    let at = m.location(span);
    let mut inner: Option<(u32, FnId)> = None;
    for (i, f) in m.functions.iter().enumerate() {
        if f.span.start <= span.start && span.end <= f.span.end && inner.is_none_or(|(len, _)| f.span.end - f.span.start <= len) {
            inner = Some((f.span.end - f.span.start, FnId(i as u32)));
        }
    }
    let function = inner.map(|(_, f)| f);
    let function_name = function
        .and_then(|f| m.function(f).name)
        .map(|s| m.str(s).to_owned())
        .unwrap_or_default();
    Sunk {
        code: line_of(m, &at),
        at,
        module,
        span,
        function,
        function_name,
    }
}
