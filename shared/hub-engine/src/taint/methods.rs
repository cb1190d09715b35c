//! Methods of texts, lists, maps and promises, and the outside functions that need more than a table.

use super::calls::ArgVal;
use super::engine::Engine;
use super::guards;
use super::patterns;
use super::value::{Atom, Entity, Facet, Head, Kinds, Lit, Seg, Value};
use hub_syntax::ir::{ExprId, ExprKind, Span};
use std::rc::Rc;

impl Engine<'_> {
    /// A method that values of the language itself have. None: no such method is known.
    pub fn builtin_method(&mut self, at: ExprId, recv: &Value, name: &str, args: &[ArgVal], span: Span) -> Option<Value> {
        let arg = |i: usize| Self::positional(args, i).cloned().unwrap_or_default();
        let callback = args.first().is_some_and(|a| {
            a.value
                .refs
                .iter()
                .any(|r| matches!(r, Entity::Function(_) | Entity::Class(_) | Entity::Resolver(_)))
        });
        let outside = args
            .first()
            .is_some_and(|a| a.value.refs.iter().any(|r| matches!(r, Entity::External(_))));
        let python = self.is_python();
        let first = arg(0);
        Some(match name {
            // The same text.
            "trim" | "trimStart" | "trimEnd" | "toLowerCase" | "toUpperCase" | "toString" | "valueOf" | "normalize" | "strip"
            | "lstrip" | "rstrip" | "lower" | "upper" | "casefold" | "title" | "capitalize" | "encode" | "decode" | "padStart"
            | "padEnd" | "repeat" | "toLocaleLowerCase" | "expandtabs" | "as_posix" | "expanduser" | "toJSON" | "copy" | "flat"
            | "sort" | "reverse" | "toSorted" | "model_dump" | "dict" | "to_dict" | "removesuffix" | "zfill" | "with_suffix"
            | "asPosix" | "unwrap" | "value_or" => {
                let mut v = recv.clone();
                if name == "removesuffix" || name == "with_suffix" {
                    v.lit = Lit::Unknown;
                }
                if v.facet == Facet::Pattern {
                    v.facet = Facet::Plain;
                }
                v
            }
            "range" | "toNormalizedString" if recv.facet == Facet::Ip => recv.clone(),
            "absolute" => Value {
                facet: Facet::Resolved,
                ..recv.clone()
            },
            "resolve" | "realpath" if python => Value {
                facet: Facet::Real,
                ..recv.clone()
            },
            "lstrip_prefix" | "removeprefix" => recv.without(Kinds::NONE),
            // Pieces.
            "split" if recv.text().is_some() && !recv.any_atom() => {
                let mut out = Value::default();
                let text = recv.text().unwrap_or("").to_owned();
                match arg(0).text().filter(|s| !s.is_empty()) {
                    Some(sep) => text.split(sep).take(32).for_each(|p| out.push_item(Value::str(p.trim()))),
                    None => text.split_whitespace().take(32).for_each(|p| out.push_item(Value::str(p))),
                }
                out
            }
            "split" | "rsplit" | "splitlines" | "partition" | "rpartition" | "match" | "matchAll" | "group" | "groups" | "groupdict"
            | "slice" | "substring" | "substr" | "charAt" | "at" | "findall" => {
                if name == "match" && (arg(0).facet == Facet::Pattern || arg(0).lit != Lit::Unknown) && recv.any_atom() {
                    let p = arg(0).text().unwrap_or("").to_owned();
                    let mut v = patterns::matched(recv, &p, false, false);
                    let piece = self.part(recv).without(patterns::piece_of(&p));
                    v.atoms = piece.atoms;
                    return Some(v);
                }
                if matches!(name, "match" | "findall") && recv.facet == Facet::Pattern {
                    let p = recv.text().unwrap_or("").to_owned();
                    let x = arg(0);
                    let mut v = patterns::matched(&x, &p, name == "match", false);
                    let piece = self.part(&x).without(patterns::piece_of(&p));
                    v.atoms = piece.atoms;
                    return Some(v);
                }
                if matches!(name, "slice") && recv.shape.is_some() {
                    return Some(recv.clone());
                }
                self.part(recv)
            }
            // Tests.
            "startsWith" | "startswith" => match first.items() {
                [] => guards::starts_with(self, recv, &arg(0)),
                many => {
                    let mut out: Option<Value> = None;
                    for p in many {
                        let v = guards::starts_with(self, recv, p);
                        out = Some(match out {
                            Some(o) => o.joined(&v),
                            None => v,
                        });
                    }
                    out.unwrap_or_default()
                }
            },
            "endsWith" | "endswith" => guards::ends_with(recv, &arg(0)),
            "includes" | "has" | "__contains__" | "hasOwnProperty" | "contains" | "isdisjoint" => guards::contains(self, recv, &arg(0)),
            "indexOf" | "find" | "rfind" | "index" | "lastIndexOf" | "search" if !callback => {
                if recv.facet == Facet::Pattern {
                    let p = recv.text().unwrap_or("").to_owned();
                    return Some(patterns::matched(&arg(0), &p, false, false));
                }
                if !recv.refs.is_empty() && name == "find" {
                    return None;
                }
                let v = guards::contains(self, recv, &arg(0));
                Value {
                    facet: Facet::Position,
                    ..v
                }
            }
            "test" | "fullmatch" if recv.facet == Facet::Pattern => {
                let p = recv.text().unwrap_or("").to_owned();
                let mut v = patterns::matched(&arg(0), &p, false, name == "fullmatch");
                if name == "fullmatch" {
                    v.atoms = self.part(&arg(0)).without(patterns::piece_of(&p)).atoms;
                }
                v
            }
            "exec" if recv.facet == Facet::Pattern => {
                let p = recv.text().unwrap_or("").to_owned();
                let mut v = patterns::matched(&arg(0), &p, false, false);
                // What matched is made of what the pattern lets through, wherever it stood.
                v.atoms = self.part(&arg(0)).without(patterns::piece_of(&p)).atoms;
                v
            }
            "isalnum" | "isdigit" | "isalpha" | "isnumeric" | "isidentifier" | "isdecimal" => guards::proves_if_true(recv, Kinds::ALL),
            "is_relative_to" => guards::proves_if_true(recv, Kinds::PATH),
            "relative_to" => {
                // Raises when it is not so.
                let mut labels = Vec::new();
                recv.each_atom(0, &mut |a| labels.push(a.label));
                for l in labels {
                    super::value::add_fact(&mut self.frame_mut().facts, l, Kinds::PATH);
                }
                Value::default()
            }
            // Joining.
            "join" => {
                if python {
                    let mut list = arg(0);
                    let sep = recv.clone();
                    let mut parts: Vec<Value> = Vec::new();
                    for (i, item) in list.items().iter().enumerate() {
                        if i > 0 {
                            parts.push(sep.clone());
                        }
                        parts.push(item.clone());
                    }
                    if list.has_atoms() || list.shape.as_ref().is_some_and(|s| s.rest.is_some()) {
                        let e = self.element(&list);
                        if !parts.is_empty() {
                            parts.push(sep);
                        }
                        parts.push(e);
                    }
                    list.shape = None;
                    self.concat(&parts)
                } else {
                    let sep = arg(0);
                    let mut parts: Vec<Value> = Vec::new();
                    for (i, item) in recv.items().iter().enumerate() {
                        if i > 0 {
                            parts.push(sep.clone());
                        }
                        parts.push(item.clone());
                    }
                    if recv.has_atoms() || recv.shape.as_ref().is_some_and(|s| s.rest.is_some()) {
                        let e = self.element(recv);
                        if !parts.is_empty() {
                            parts.push(sep);
                        }
                        parts.push(e);
                    }
                    self.concat(&parts)
                }
            }
            "joinpath" => {
                let mut parts = vec![recv.clone()];
                parts.extend(args.iter().map(|a| a.value.clone()));
                self.path_join(&parts, Facet::Plain, span)
            }
            "concat" => {
                let mut parts = vec![recv.clone()];
                parts.extend(args.iter().map(|a| a.value.clone()));
                if recv.shape.is_some() {
                    let mut out = recv.clone();
                    for a in &parts[1..] {
                        let e = self.element(a);
                        out.add_rest(&e);
                    }
                    out
                } else {
                    self.concat(&parts)
                }
            }
            "format" | "format_map" if recv.text().is_some() || recv.head != Head::Open || recv.any_atom() => {
                let mut parts: Vec<Value> = Vec::new();
                match recv.text() {
                    Some(t) => {
                        let open = t.find('{').unwrap_or(t.len());
                        parts.push(Value::str(&t[..open]));
                        for a in args {
                            parts.push(a.value.clone());
                            parts.push(Value::str(" "));
                        }
                    }
                    None => {
                        parts.push(recv.clone());
                        parts.extend(args.iter().map(|a| a.value.clone()));
                    }
                }
                let mut out = self.concat(&parts);
                if let Some(t) = recv.text() {
                    let open = t.find('{').unwrap_or(t.len());
                    if open > 0 {
                        out.head = Head::Literal(Rc::from(&t[..open]));
                    }
                }
                out
            }
            "replace" | "replaceAll" | "sub" | "translate" => self.replaced(recv, name, args),
            // Lists and maps.
            "get" if callback => return None,
            "get" | "getlist" | "pop" | "setdefault" | "getAll" => {
                let key = arg(0);
                if matches!(name, "get")
                    && recv.refs.iter().any(|r| matches!(r, Entity::External(_)))
                    && !recv.has_atoms()
                    && recv.shape.is_none()
                    && !self.is_own_table(recv)
                {
                    return None;
                }
                let mut v = match &key.lit {
                    Lit::Str(t) => {
                        let t = t.clone();
                        let n = self.names.intern(&t);
                        self.member(recv, n, Some(span))
                    }
                    _ => {
                        let found = self.element(recv);
                        if name == "get" && args.len() == 1 {
                            self.looked_up(recv, &key, found)
                        } else {
                            found
                        }
                    }
                };
                if name != "pop" && args.len() > 1 {
                    let d = arg(1);
                    if v.is_bottom() {
                        v = d;
                    } else {
                        let lit = v.lit.clone();
                        v.join(&d);
                        let _ = lit;
                    }
                }
                v
            }
            "items" | "entries" => {
                let e = self.element(recv);
                let mut key = Value::default();
                // Keys of an attacker's object are the attacker's.
                for a in &recv.atoms {
                    let label = self.labels.extend(a.label, Seg::Elem);
                    key.add_atom(Atom { label, ..*a });
                }
                let mut pair = Value::default();
                pair.push_item(key);
                pair.push_item(e);
                let mut out = Value::default();
                out.add_rest(&pair);
                out
            }
            "values" => {
                let e = self.element(recv);
                let mut out = Value::default();
                out.add_rest(&e);
                out
            }
            "keys" => {
                let mut out = Value::default();
                for a in &recv.atoms {
                    let label = self.labels.extend(a.label, Seg::Elem);
                    out.add_atom(Atom { label, ..*a });
                }
                out
            }
            "push" | "append" | "unshift" | "add" | "insert" | "extend" | "update" | "set" | "appendleft" | "put" | "write"
                if !callback || name == "push" =>
            {
                if !recv.refs.is_empty()
                    && recv.shape.is_none()
                    && !recv
                        .refs
                        .iter()
                        .all(|r| matches!(r, Entity::External(n) if &**self.names.text(*n) == "Set()" || &**self.names.text(*n) == "Map()"))
                {
                    return None;
                }
                let mut list = recv.clone();
                // What is added to an address's query neither chooses its host nor its path.
                let query = matches!(&self.module().expr(at).kind, ExprKind::Member { property, .. } if self.module().str(*property) == "searchParams");
                let stripped: Vec<ArgVal>;
                let args = if query {
                    stripped = args
                        .iter()
                        .map(|a| ArgVal {
                            value: a.value.without(Kinds::URL.or(Kinds::SCHEME).or(Kinds::PATH).or(Kinds::ARGUMENT)),
                            ..a.clone()
                        })
                        .collect();
                    &stripped[..]
                } else {
                    args
                };
                for a in args
                    .iter()
                    .skip(usize::from(matches!(name, "insert") || name == "set" && args.len() > 1))
                {
                    if a.spread || matches!(name, "extend") {
                        if a.value.atoms.is_empty() && !a.value.items().is_empty() {
                            for i in a.value.items().to_vec() {
                                list.push_item(i);
                            }
                            if let Some(r) = a.value.shape.as_ref().and_then(|s| s.rest.clone()) {
                                list.add_rest(&r);
                            }
                        } else {
                            let e = self.element(&a.value);
                            list.add_rest(&e);
                        }
                    } else if name == "update" {
                        if let Some(n) = a.name {
                            list.set_field(n, a.value.clone(), true);
                        } else {
                            list.join_atoms(&a.value);
                            if let Some(s) = &a.value.shape {
                                for (n, v) in &s.fields {
                                    list.set_field(*n, v.clone(), true);
                                }
                            }
                        }
                    } else if name == "set" && args.len() > 1 && arg(0).text().is_some() {
                        let key = arg(0).text().unwrap_or("").to_owned();
                        let n = self.names.intern(&key);
                        list.set_field(n, a.value.clone(), true);
                    } else {
                        list.push_word(a.value.clone());
                    }
                }
                self.update_receiver(at, list);
                Value::default()
            }
            "map" | "flatMap" if callback || outside => {
                let e = self.element(recv);
                let v = self.call_back(&arg(0), &[e]);
                let mut out = Value::default();
                if name == "flatMap" && v.shape.is_some() {
                    let inner = self.element(&v);
                    out.add_rest(&inner);
                } else {
                    out.add_rest(&v);
                }
                out
            }
            "forEach" if callback => {
                let e = self.element(recv);
                self.call_back(&arg(0), &[e]);
                Value::default()
            }
            "filter" if outside && !callback => recv.clone(),
            "filter" if callback => {
                let e = self.element(recv);
                let (facts, weak) = (self.frame().facts.clone(), self.frame().weak.clone());
                let t = self.call_back(&arg(0), std::slice::from_ref(&e));
                self.assume(t.cond.as_ref(), true);
                let kept = self.cleansed(&e);
                self.frame_mut().facts = facts;
                self.frame_mut().weak = weak;
                let mut out = Value::default();
                out.add_rest(&kept);
                out
            }
            "find" | "findLast" if callback => {
                let e = self.element(recv);
                self.call_back(&arg(0), std::slice::from_ref(&e));
                e
            }
            "some" | "every" if callback => {
                let e = self.element(recv);
                let t = self.call_back(&arg(0), std::slice::from_ref(&e));
                Value {
                    cond: t.cond,
                    ..Value::default()
                }
            }
            "reduce" if callback => {
                let e = self.element(recv);
                let start = arg(1);
                let v = self.call_back(&arg(0), &[start.clone(), e]);
                v.joined(&start)
            }
            "then" | "finally" if callback => {
                let v = self.call_back(&arg(0), std::slice::from_ref(recv));
                if name == "finally" { recv.clone() } else { v }
            }
            "catch" if callback => {
                self.call_back(&arg(0), &[]);
                recv.clone()
            }
            "call" if !recv.refs.is_empty() => {
                let rest: Vec<Value> = args.iter().skip(1).map(|a| a.value.clone()).collect();
                self.call_back(recv, &rest)
            }
            "apply" if !recv.refs.is_empty() => {
                let list = arg(1);
                let rest: Vec<Value> = if list.items().is_empty() {
                    vec![self.element(&list)]
                } else {
                    list.items().to_vec()
                };
                self.call_back(recv, &rest)
            }
            "bind" if !recv.refs.is_empty() => recv.clone(),
            "run_in_executor" | "submit" | "run_sync" => {
                let skip = usize::from(name == "run_in_executor");
                let f = arg(skip);
                let rest: Vec<Value> = args.iter().skip(skip + 1).map(|a| a.value.clone()).collect();
                self.call_back(&f, &rest)
            }
            "shift" | "popleft" | "popitem" => self.element(recv),
            "json" | "text" | "form" | "body" if recv.has_atoms() => recv.clone(),
            "getTime" | "toFixed" | "charCodeAt" | "codePointAt" | "localeCompare" | "count" | "hexdigest" | "digest" | "bit_length" => {
                Value::default()
            }
            _ => return None,
        })
    }
}
