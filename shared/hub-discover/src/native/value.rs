//! What an expression is, as far as it can be known without running it.

use hub_syntax::ModuleId;
use hub_syntax::ir::{ClassId, ExprId, FnId, Span, Sym};
use serde_json::{Map, Value as Json};
use std::rc::Rc;

/// A local name of a function or module.
pub(super) type Local = (ModuleId, Option<FnId>, Sym);

#[derive(Clone, Debug)]
pub(super) enum Val {
    Null,
    Bool(bool),
    Num(f64),
    Str(Rc<str>),
    List(Rc<Vec<Val>>),
    Map(Rc<Vec<(Rc<str>, Val)>>),
    /// What a call to code outside the program gives, or a literal of a type.
    Call(Rc<Call>),
    Function(ModuleId, FnId, Env),
    Class(ModuleId, ClassId),
    /// A name from outside, with its import's path.
    Name(Rc<str>),
    /// It depends on who calls, or on which element a loop is at.
    Open(Local),
    /// Not known, and why.
    Unknown(Rc<str>),
}

/// A call that is not looked into.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// What is called, without its receiver: `github.com/mark3labs/mcp-go/mcp.NewTool`, `Tool.builder`, `description`.
    pub(super) name: Rc<str>,
    /// What it is called on, when that is a value.
    pub(super) on: Option<Val>,
    pub(super) types: Vec<(ModuleId, ExprId)>,
    pub(super) args: Vec<(Option<Rc<str>>, Val)>,
    pub(super) new: bool,
    pub(super) at: (ModuleId, Span),
    /// The program's own class that it makes, if it is one.
    pub(super) class: Option<(ModuleId, ClassId)>,
}

/// What names are bound to, innermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Env(Option<Rc<Frame>>);

#[derive(Debug)]
struct Frame {
    bindings: Vec<(Local, Val)>,
    next: Env,
}

impl Env {
    pub(super) fn with(&self, bindings: Vec<(Local, Val)>) -> Self {
        Self(Some(Rc::new(Frame {
            bindings,
            next: self.clone(),
        })))
    }

    /// All values bound, innermost first.
    pub(super) fn values(&self) -> Vec<Val> {
        let mut out = Vec::new();
        let mut at = self;
        while let Some(frame) = &at.0 {
            out.extend(frame.bindings.iter().map(|(_, v)| v.clone()));
            at = &frame.next;
        }
        out
    }

    pub(super) fn get(&self, local: Local) -> Option<&Val> {
        let mut at = self;
        while let Some(frame) = &at.0 {
            if let Some((_, value)) = frame.bindings.iter().find(|(l, _)| *l == local) {
                return Some(value);
            }
            at = &frame.next;
        }
        None
    }
}

impl Val {
    pub(super) fn text(s: impl AsRef<str>) -> Self {
        Self::Str(Rc::from(s.as_ref()))
    }

    pub(super) fn unknown(why: impl AsRef<str>) -> Self {
        Self::Unknown(Rc::from(why.as_ref()))
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            _ => None,
        }
    }

    pub(super) fn open(&self) -> Option<Local> {
        match self {
            Self::Open(local) => Some(*local),
            _ => None,
        }
    }

    /// The entries of an object, of a literal of a type, or of a call's named arguments.
    pub(super) fn entry(&self, name: &str) -> Option<&Val> {
        match self {
            Self::Map(entries) => entries.iter().find(|(k, _)| &**k == name).map(|(_, v)| v),
            Self::Call(call) => {
                let by_name = call.args.iter().find(|(k, _)| k.as_deref() == Some(name)).map(|(_, v)| v);
                by_name.or_else(|| {
                    call.args
                        .last()
                        .filter(|(k, v)| k.is_none() && matches!(v, Self::Map(_)))
                        .and_then(|(_, v)| v.entry(name))
                })
            }
            _ => None,
        }
    }

    /// As JSON; literals of types give their fields with the first letter made small (`ReadOnlyHint` is `readOnlyHint`).
    /// None where a part is not known.
    pub(super) fn json(&self, depth: usize) -> Option<Json> {
        if depth > 64 {
            return None;
        }
        Some(match self {
            Self::Null => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Num(n) if n.fract() == 0.0 && n.abs() < 9e15 => Json::from(*n as i64),
            Self::Num(n) => serde_json::Number::from_f64(*n).map_or(Json::Null, Json::Number),
            Self::Str(s) => Json::String(s.to_string()),
            Self::List(items) => Json::Array(items.iter().filter_map(|v| v.json(depth + 1)).collect()),
            Self::Map(entries) => {
                let entries = entries.iter().filter_map(|(k, v)| Some((k.to_string(), v.json(depth + 1)?)));
                Json::Object(entries.collect())
            }
            Self::Call(call) => {
                let mut out = Map::new();
                match call.args.as_slice() {
                    [(None, Self::Map(entries))] if call.new => {
                        for (k, v) in entries.iter() {
                            if let Some(v) = v.json(depth + 1).filter(|v| !v.is_null()) {
                                out.insert(small(k), v);
                            }
                        }
                    }
                    args if !args.is_empty() && args.iter().all(|(k, _)| k.is_some()) => {
                        for (k, v) in args {
                            if let (Some(k), Some(v)) = (k, v.json(depth + 1)) {
                                out.insert(small(k), v);
                            }
                        }
                    }
                    // `Ptr(1)`, `RawMessage("…")`: what they hold.
                    [(None, one)] => return one.json(depth + 1),
                    _ => return None,
                }
                Json::Object(out)
            }
            Self::Function(..) | Self::Class(..) | Self::Name(_) | Self::Open(_) | Self::Unknown(_) => return None,
        })
    }
}

/// `ReadOnlyHint` and `read_only_hint` as `readOnlyHint`; names like `$defs` stay.
pub(super) fn small(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut up = false;
    for (i, c) in name.chars().enumerate() {
        match c {
            '_' if i > 0 => up = true,
            c if up => {
                out.extend(c.to_uppercase());
                up = false;
            }
            c if i == 0 => out.extend(c.to_lowercase()),
            c => out.push(c),
        }
    }
    out
}

/// `get_weather` of `GetWeather`, as `JsonNamingPolicy.SnakeCaseLower` and `heck` do.
pub(super) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 8);
    for (i, c) in chars.iter().enumerate() {
        if c.is_uppercase() && i > 0 {
            let before = chars[i - 1];
            let after_small = chars.get(i + 1).is_some_and(|n| n.is_lowercase());
            if before.is_lowercase() || before.is_ascii_digit() || (before.is_uppercase() && after_small) {
                out.push('_');
            }
        }
        match c {
            '-' | ' ' | '.' => out.push('_'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_their_case_as_the_sdks_do() {
        assert_eq!(
            (snake("GetHTTPUrl"), snake("Echo2Text"), snake("x")),
            ("get_http_url".into(), "echo2_text".into(), "x".into())
        );
        assert_eq!(
            (small("ReadOnlyHint"), small("read_only_hint"), small("$defs")),
            ("readOnlyHint".into(), "readOnlyHint".into(), "$defs".into())
        );
    }
}
