//! Functions of the program, summarised once for each way they are called, and seen from one call.

use super::engine::{Engine, Hit, MAX_CONTEXTS, Summary};
use super::value::{Atom, Entity, Facts, Head, Kinds, LabelId, Lit, Root, Seg, Value, Weak, What, add_fact};
use crate::FunctionRef;
use hub_syntax::ir::Span;
use rustc_hash::FxHasher;
use smallvec::SmallVec;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

impl Engine<'_> {
    pub fn run_summary(&mut self, f: FunctionRef, this: &Value, params: Vec<Value>, span: Option<Span>) -> (Value, Value) {
        let mut key = shape_key(this, &params);
        let symbolic: (Value, Vec<Value>);
        if !self.summaries.contains_key(&(f, key)) && !self.running.contains_key(&(f, key)) {
            let seen = self.contexts.entry(f).or_default();
            *seen += 1;
            if *seen > MAX_CONTEXTS {
                // Too many ways to call it: from now on only whether an argument is the attacker's is told apart.
                self.limits.contexts += 1;
                let plain: Vec<Value> = params.iter().map(bare).collect();
                key = shape_key(&bare_this(this), &plain) ^ 0x9e37_79b9_7f4a_7c15;
                symbolic = self.symbolic_all(&bare_this(this), &plain);
            } else {
                symbolic = self.symbolic_all(this, &params);
            }
        } else {
            symbolic = self.symbolic_all(this, &params);
        }
        let summary = if let Some(s) = self.summaries.get(&(f, key)) {
            s.clone()
        } else if let Some(hit) = self.running.get_mut(&(f, key)) {
            *hit = true;
            self.limits.recursion += 1;
            return (Value::default(), this.clone());
        } else {
            self.running.insert((f, key), false);
            let s = Rc::new(self.summarise(f, &symbolic.0, symbolic.1));
            self.running.remove(&(f, key));
            self.summaries.insert((f, key), s.clone());
            s
        };
        self.apply(&summary, f, this, &params, span)
    }

    pub fn summarise(&mut self, f: FunctionRef, this: &Value, params: Vec<Value>) -> Summary {
        let base = std::mem::replace(&mut self.group_base, self.frames.len());
        let outer_hits = self.swap_group(Vec::new());
        let outer_kept = std::mem::take(&mut self.group_kept);
        let outer_inlined = std::mem::take(&mut self.inlined);
        let frame = self.push_frame(f.module, Some(f.function), this.clone());
        frame.quiet = false;
        self.run_body(f, params);
        let frame = self.frames.pop();
        let hits = self.swap_group(outer_hits);
        let kept = std::mem::replace(&mut self.group_kept, outer_kept);
        self.inlined = outer_inlined;
        self.group_base = base;
        let Some(frame) = frame else { return Summary::default() };
        Summary {
            ret: frame.ret.unwrap_or_default(),
            facts: frame.ret_facts.unwrap_or_default(),
            weak: frame.ret_weak,
            hits,
            this: frame.this,
            kept,
        }
    }

    /// A summary seen from one call.
    fn apply(&mut self, s: &Summary, f: FunctionRef, this: &Value, params: &[Value], span: Option<Span>) -> (Value, Value) {
        let name = {
            let function = self.program.module(f.module).function(f.function);
            match function.name {
                Some(sym) => self.name_of(f.module, sym),
                None => self.names.intern("callback"),
            }
        };
        for hit in &s.hits {
            for atom in self.instantiate_label(hit.atom.label, this, params) {
                let kinds = atom.kinds.through(hit.atom.kinds);
                let goes_on = hit.detail.follows && kinds.has(Kinds::HOP);
                if !(kinds.has(hit.kind.needed()) || goes_on || hit.kind == Kinds::PAGE && self.is_symbolic(atom.label)) {
                    continue;
                }
                let trace = match span {
                    Some(span) => self.trace(Some(atom.trace), span, What::Passed(name)),
                    None => atom.trace,
                };
                let mut chain = SmallVec::new();
                chain.push(trace);
                chain.extend(hit.chain.iter().copied());
                if chain.len() > 16 {
                    continue;
                }
                let weak = hit.atom.weak.or(atom.weak);
                self.record(Hit {
                    atom: Atom {
                        label: atom.label,
                        kinds,
                        weak,
                        trace,
                    },
                    chain,
                    ..hit.clone()
                });
            }
        }
        for (class, name, part) in &s.kept {
            let part = self.instantiate(part, this, params, 0);
            if part.any_atom() {
                self.keep_field(*class, *name, &part);
            }
        }
        let mut proven: Vec<(LabelId, Kinds)> = Vec::new();
        for (label, kinds) in &s.facts {
            for atom in self.instantiate_label(*label, this, params) {
                proven.push((atom.label, *kinds));
            }
        }
        let mut weak: Vec<(LabelId, Kinds, Weak)> = Vec::new();
        for (label, kinds, w) in &s.weak {
            for atom in self.instantiate_label(*label, this, params) {
                weak.push((atom.label, *kinds, *w));
            }
        }
        if span.is_some() {
            let frame = self.frame_mut();
            for (l, k) in proven {
                add_fact(&mut frame.facts, l, k);
            }
            for w in weak {
                if frame.weak.len() < 24 && !frame.weak.contains(&w) {
                    frame.weak.push(w);
                }
            }
        }
        let mut ret = self.instantiate(&s.ret, this, params, 0);
        if let Some(span) = span
            && ret.any_atom()
        {
            ret = self.stepped(&ret, span, What::Returned(name, f));
        }
        let after = if s.this.shape.is_some() {
            self.instantiate(&s.this, this, params, 0)
        } else {
            this.clone()
        };
        (ret, after)
    }

    fn instantiate(&mut self, v: &Value, this: &Value, params: &[Value], depth: u32) -> Value {
        let mut out = Value {
            refs: v.refs.clone(),
            lit: v.lit.clone(),
            facet: v.facet,
            head: v.head.clone(),
            ..Value::default()
        };
        for a in &v.atoms {
            if let Root::Source(_) = self.labels.root_of(a.label) {
                out.add_atom(*a);
                continue;
            }
            for atom in self.instantiate_label(a.label, this, params) {
                out.add_atom(Atom {
                    kinds: atom.kinds.through(a.kinds),
                    weak: atom.weak.or(a.weak),
                    ..atom
                });
            }
        }
        if let Some(shape) = &v.shape {
            if depth < 4 {
                let shape = super::value::Shape {
                    fields: shape
                        .fields
                        .iter()
                        .map(|(n, p)| (*n, self.instantiate(p, this, params, depth + 1)))
                        .collect(),
                    items: shape.items.iter().map(|p| self.instantiate(p, this, params, depth + 1)).collect(),
                    rest: shape.rest.as_ref().map(|p| self.instantiate(p, this, params, depth + 1)),
                    ended: shape.ended,
                };
                out.shape = Some(Rc::new(shape));
            } else {
                self.labels.cut += 1;
            }
        }
        if let Some(c) = &v.cond {
            let facts = |e: &mut Self, f: &Option<Facts>| {
                f.as_ref().map(|f| {
                    let mut out = Facts::new();
                    for (label, kinds) in f {
                        for atom in e.instantiate_label(*label, this, params) {
                            add_fact(&mut out, atom.label, *kinds);
                        }
                    }
                    out
                })
            };
            let (yes, no) = (facts(self, &c.yes), facts(self, &c.no));
            let mut weak = |list: &SmallVec<[(LabelId, Kinds, Weak); 1]>| {
                let mut out: SmallVec<[(LabelId, Kinds, Weak); 1]> = SmallVec::new();
                for (label, kinds, w) in list.iter().take(8) {
                    for atom in self.instantiate_label(*label, this, params) {
                        out.push((atom.label, *kinds, *w));
                    }
                }
                out
            };
            let (weak_yes, weak_no) = (weak(&c.weak_yes), weak(&c.weak_no));
            out.cond = Some(Rc::new(super::value::Cond {
                yes,
                no,
                weak_yes,
                weak_no,
            }));
        }
        out
    }

    /// The caller's origins behind a label of the callee.
    fn instantiate_label(&mut self, label: LabelId, this: &Value, params: &[Value]) -> SmallVec<[Atom; 2]> {
        let root = match self.labels.root_of(label) {
            Root::Param(i) => params.get(i as usize),
            Root::This => Some(this),
            Root::Source(_) => {
                // A source inside the callee: it stands for itself.
                let mut out = SmallVec::new();
                out.push(Atom {
                    label,
                    kinds: Kinds::ALL,
                    weak: Weak::default(),
                    trace: super::value::TraceId(0),
                });
                return out;
            }
        };
        let Some(root) = root else { return SmallVec::new() };
        let mut at = root.clone();
        for seg in self.labels.path(label) {
            at = match seg {
                Seg::Field(n) => match at.field(n) {
                    Some(v) => v.clone(),
                    None => {
                        let mut v = at.shape.as_ref().and_then(|s| s.rest.clone()).unwrap_or_default();
                        self.extend_atoms(&at, seg, &mut v);
                        v
                    }
                },
                Seg::Elem => self.element(&at),
                Seg::Part => {
                    let mut v = at.any_part();
                    self.extend_atoms(&at, seg, &mut v);
                    v
                }
                Seg::Host => {
                    let mut v = Value::default();
                    self.extend_atoms(&at, seg, &mut v);
                    v
                }
            };
        }
        let mut out: SmallVec<[Atom; 2]> = SmallVec::new();
        at.each_atom(0, &mut |a| {
            if out.len() < 12 && !out.iter().any(|o| o.label == a.label) {
                out.push(*a);
            }
        });
        out
    }

    fn extend_atoms(&mut self, from: &Value, seg: Seg, out: &mut Value) {
        for a in &from.atoms {
            let label = self.labels.extend(a.label, seg);
            out.add_atom(Atom { label, ..*a });
        }
    }

    fn symbolic_all(&mut self, this: &Value, params: &[Value]) -> (Value, Vec<Value>) {
        let this_label = self.labels.root(Root::This);
        let t = self.symbolic(this, this_label, 0);
        let p = params
            .iter()
            .enumerate()
            .map(|(i, v)| {
                let label = self.labels.root(Root::Param(i.min(250) as u8));
                self.symbolic(v, label, 0)
            })
            .collect();
        (t, p)
    }

    /// The same shape with the origins named after the parameter.
    fn symbolic(&mut self, v: &Value, label: LabelId, depth: u32) -> Value {
        let mut out = Value {
            refs: v.refs.clone(),
            lit: v.lit.clone(),
            facet: v.facet,
            head: v.head.clone(),
            ..Value::default()
        };
        if v.has_atoms() || depth >= 3 && v.any_atom() {
            let trace = self.trace(None, Span::default(), What::Entry);
            out.add_atom(Atom {
                label,
                kinds: Kinds::ALL,
                weak: Weak::default(),
                trace,
            });
        }
        if let Some(shape) = &v.shape
            && depth < 3
        {
            let fields = shape
                .fields
                .iter()
                .map(|(n, p)| {
                    let l = self.labels.extend(label, Seg::Field(*n));
                    (*n, self.symbolic(p, l, depth + 1))
                })
                .collect();
            let elem = self.labels.extend(label, Seg::Elem);
            let items = shape.items.iter().map(|p| self.symbolic(p, elem, depth + 1)).collect();
            let rest = shape.rest.as_ref().map(|p| self.symbolic(p, elem, depth + 1));
            let ended = shape.ended;
            out.shape = Some(Rc::new(super::value::Shape {
                fields,
                items,
                rest,
                ended,
            }));
        }
        out
    }
}

fn shape_key(this: &Value, params: &[Value]) -> u64 {
    let mut h = FxHasher::default();
    shape_hash(this, 0, &mut h);
    for p in params {
        h.write_u8(7);
        shape_hash(p, 0, &mut h);
    }
    h.finish()
}

fn shape_hash(v: &Value, depth: u32, h: &mut FxHasher) {
    v.has_atoms().hash(h);
    v.refs.hash(h);
    match &v.lit {
        Lit::Str(s) if s.len() < 80 => s.hash(h),
        Lit::Bool(b) => b.hash(h),
        Lit::Null => h.write_u8(3),
        _ => h.write_u8(4),
    }
    v.facet.hash(h);
    v.anchored.hash(h);
    match &v.head {
        Head::Open => h.write_u8(1),
        Head::Fixed => h.write_u8(2),
        Head::Literal(l) => l.hash(h),
    }
    if depth >= 3 {
        v.any_atom().hash(h);
    } else if let Some(s) = &v.shape {
        for (n, p) in &s.fields {
            n.hash(h);
            shape_hash(p, depth + 1, h);
        }
        for p in s.items.iter().chain(&s.rest) {
            h.write_u8(9);
            shape_hash(p, depth + 1, h);
        }
    }
}

/// Only whether the attacker has a hand in it.
fn bare(v: &Value) -> Value {
    let mut out = Value {
        refs: v.refs.iter().filter(|r| matches!(r, Entity::Instance(_))).cloned().collect(),
        ..Value::default()
    };
    v.each_atom(0, &mut |a| out.add_atom(*a));
    out
}

fn bare_this(v: &Value) -> Value {
    bare(v)
}
