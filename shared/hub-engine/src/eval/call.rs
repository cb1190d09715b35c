//! Arguments, parameters, and bodies of functions.

use super::expr::eval;
use super::pattern::assign;
use super::stmt::block;
use super::{Dialect, Flow};
use crate::FunctionRef;
use hub_syntax::ir::{Arg, ParamKind, PatKind};
use std::rc::Rc;

/// A keyword and its value.
pub type Named<V> = (Rc<str>, V);

/// Arguments of a call.
#[derive(Clone, Debug)]
pub struct Args<V> {
    pub pos: Vec<V>,
    /// By keyword.
    pub kw: Vec<Named<V>>,
    /// Something that is not known was spread into it.
    pub open: bool,
}

impl<V> Default for Args<V> {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl<V> From<Vec<V>> for Args<V> {
    fn from(pos: Vec<V>) -> Self {
        Self::of(pos)
    }
}

impl<V> Args<V> {
    /// Positional arguments only.
    #[must_use]
    pub fn of(pos: Vec<V>) -> Self {
        Self {
            pos,
            kw: Vec::new(),
            open: false,
        }
    }

    /// By keyword.
    #[must_use]
    pub fn kw(&self, name: &str) -> Option<&V> {
        self.kw.iter().find(|(n, _)| &**n == name).map(|(_, v)| v)
    }

    /// By keyword or position.
    #[must_use]
    pub fn arg(&self, at: usize, name: &str) -> Option<&V> {
        self.kw(name).or_else(|| self.pos.get(at))
    }
}

/// Evaluates the arguments of a call.
pub fn arguments<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, args: &[Arg]) -> Args<D::Value> {
    let mut out = Args::default();
    for arg in args {
        let value = eval(d, frame, arg.value);
        if arg.spread {
            let (items, open) = d.spread(&value);
            out.pos.extend(items);
            out.open |= open;
        } else if arg.kw_spread {
            let (named, open) = d.spread_keywords(&value);
            out.kw.extend(named);
            out.open |= open;
        } else if let Some(name) = arg.name {
            out.kw.push((d.machine_mut().name(D::module_of(frame), name), value));
        } else {
            out.pos.push(value);
        }
    }
    out
}

/// Runs a function's body in its own frame.
pub fn run<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, function: FunctionRef, args: Args<D::Value>) -> Flow<D::Value> {
    let body = &d.machine().program.module(function.module).function(function.function).body;
    let begun = d.machine_mut().begin_call(function);
    bind_parameters(d, frame, function, args);
    let flow = block(d, frame, body);
    d.machine_mut().end_call(function, begun);
    flow
}

fn bind_parameters<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, function: FunctionRef, args: Args<D::Value>) {
    let module = d.machine().program.module(function.module);
    let Args { pos, mut kw, open } = args;
    let mut pos = pos.into_iter();
    for (at, param) in module.function(function.function).params.iter().enumerate() {
        let value = match param.kind {
            ParamKind::Rest => {
                let rest = pos.by_ref().collect();
                d.rest(rest, open, true)
            }
            ParamKind::KwRest => d.keywords(std::mem::take(&mut kw), open),
            kind => {
                d.machine_mut().spend(kw.len() / 16);
                let by_place = if kind == ParamKind::KeywordOnly { None } else { pos.next() };
                let given = by_place.or_else(|| match module.pat(param.pattern).kind {
                    PatKind::Ident(name) => {
                        let name = module.str(name);
                        kw.iter().position(|(n, _)| &**n == name).map(|i| kw.remove(i).1)
                    }
                    _ => None,
                });
                d.argument(frame, function.function, at, given)
            }
        };
        assign(d, frame, param.pattern, value);
    }
}
