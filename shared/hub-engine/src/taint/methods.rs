//! Methods of texts, lists, maps and promises, and the outside functions that need more than a table.

use super::calls::ArgVal;
use super::engine::Engine;
use super::guards;
use super::value::{Atom, Entity, Facet, Head, Kinds, Lit, Seg, Value, Weak};
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
                    let mut v = guards::matched(recv, &p, false, false);
                    let piece = self.part(recv).without(guards::piece_of(&p));
                    v.atoms = piece.atoms;
                    return Some(v);
                }
                if matches!(name, "match" | "findall") && recv.facet == Facet::Pattern {
                    let p = recv.text().unwrap_or("").to_owned();
                    let x = arg(0);
                    let mut v = guards::matched(&x, &p, name == "match", false);
                    let piece = self.part(&x).without(guards::piece_of(&p));
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
                    return Some(guards::matched(&arg(0), &p, false, false));
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
                let mut v = guards::matched(&arg(0), &p, false, name == "fullmatch");
                if name == "fullmatch" {
                    v.atoms = self.part(&arg(0)).without(guards::piece_of(&p)).atoms;
                }
                v
            }
            "exec" if recv.facet == Facet::Pattern => {
                let p = recv.text().unwrap_or("").to_owned();
                let mut v = guards::matched(&arg(0), &p, false, false);
                // What matched is made of what the pattern lets through, wherever it stood.
                v.atoms = self.part(&arg(0)).without(guards::piece_of(&p)).atoms;
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
                {
                    return None;
                }
                let mut v = match &key.lit {
                    Lit::Str(t) => {
                        let t = t.clone();
                        let n = self.names.intern(&t);
                        self.member(recv, n, Some(span))
                    }
                    _ => self.element(recv),
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

    /// `x.replace(…)`: an allow-list of characters cleans, the rest only looks so.
    fn replaced(&mut self, recv: &Value, name: &str, args: &[ArgVal]) -> Value {
        let arg = |i: usize| Self::positional(args, i).cloned().unwrap_or_default();
        let (subject, pattern, with) = if name == "sub" && recv.facet == Facet::Pattern {
            (arg(1), recv.clone(), arg(0))
        } else {
            (recv.clone(), arg(0), arg(1))
        };
        let p = pattern.text().unwrap_or("").to_owned();
        let regex = pattern.facet == Facet::Pattern;
        let mut out = Value {
            facet: subject.facet,
            head: subject.head.clone(),
            ..Value::default()
        };
        if let Some(class) = p
            .strip_prefix("[^")
            .and_then(|r| r.split_once(']'))
            .filter(|(_, t)| regex && t.trim_end_matches(['+', '*']).is_empty())
        {
            let kinds = guards::class_kinds(class.0);
            out.absorb(&subject, &mut |a| {
                Some(Atom {
                    kinds: a.kinds.without(kinds),
                    ..a
                })
            });
            return out;
        }
        // Every separator taken out: what is left names something in the folder it is joined to.
        let everywhere = name != "replace" || pattern.anchored || self.is_python() && !regex;
        if everywhere && refuses_separators(&p, regex) {
            out.absorb(&subject, &mut |a| {
                Some(Atom {
                    kinds: a.kinds.without(Kinds::PATH),
                    ..a
                })
            });
            return out;
        }
        if let (Some(s), false) = (subject.text(), subject.any_atom()) {
            // A constant with a gap: `"/users/{id}".replace("{id}", x)`.
            let cut = s.find(p.as_str()).filter(|_| !p.is_empty()).unwrap_or(s.len());
            let parts = [Value::str(&s[..cut]), with];
            return self.concat(&parts);
        }
        // `folder.replace(/\\?$/, "\\")`: a separator is put at its end.
        if regex && p.ends_with('$') && matches!(with.text(), Some("/" | "\\")) {
            return Value {
                facet: Facet::FolderWithSeparator,
                ..subject
            };
        }
        let (weak, kinds) = match p.as_str() {
            "'" | "\"" | "\\\"" | "`" | "[\"']" | "['\"]" => (Weak::QUOTES_ONLY, Kinds::SHELL.or(Kinds::QUERY)),
            ".." | "../" | r"\.\." | r"\.\.\/" | r"\.\./" => (Weak::DENY_LIST, Kinds::PATH),
            _ if regex && p.starts_with('[') => (Weak::DENY_LIST, Kinds::ALL),
            _ => (Weak::default(), Kinds::NONE),
        };
        // In single quotes, `'` doubled or written `'\''` is right for that shell and for SQL.
        let right_quote = p == "'" && with.text().is_some_and(|t| t == r"'\''" || t == "'\"'\"'");
        let gone = if right_quote {
            Kinds::SHELL
        } else if p == "'" && with.text() == Some("''") {
            Kinds::QUERY
        } else {
            Kinds::NONE
        };
        out.absorb(&subject, &mut |a| {
            let weak = if kinds.is_empty() { a.weak } else { a.weak.or(weak) };
            Some(Atom {
                kinds: a.kinds.without(gone),
                weak,
                ..a
            })
        });
        out.absorb(&with, &mut |a| {
            Some(Atom {
                kinds: a.kinds.without(Kinds::ARGUMENT),
                ..a
            })
        });
        if subject.head == Head::Fixed || !subject.any_atom() {
            out = out.without(Kinds::URL);
        }
        out
    }

    /// Functions outside the program that need more than a table.
    pub fn special_call(&mut self, name: &str, receiver: Option<&(ExprId, Value)>, args: &[ArgVal], span: Span) -> Option<Value> {
        let arg = |i: usize| Self::positional(args, i).cloned().unwrap_or_default();
        Some(match name {
            "Promise" => {
                self.resolvers.push(Value::default());
                let id = (self.resolvers.len() - 1) as u32;
                let resolve = Value::entity(Entity::Resolver(id));
                self.call_back(&arg(0), &[resolve, Value::default()]);
                self.resolvers[id as usize].clone()
            }
            "require" | "createRequire()" | "module.createRequire()" => {
                let text = arg(0).text()?.to_owned();
                self.required(&text)
            }
            "RegExp" | "re.compile" => {
                let p = arg(0);
                if !p.any_atom() && p.text().is_some() {
                    Value {
                        facet: Facet::Pattern,
                        ..p
                    }
                } else {
                    Value::default()
                }
            }
            "re.match" | "re.fullmatch" | "re.search" => {
                let p = arg(0).text().unwrap_or("").to_owned();
                let x = arg(1);
                let mut v = guards::matched(&x, &p, name == "re.match", name == "re.fullmatch");
                v.atoms = self.part(&x).without(guards::piece_of(&p)).atoms;
                v
            }
            "re.sub" => {
                let p = Value {
                    facet: Facet::Pattern,
                    ..arg(0)
                };
                let list = [ArgVal::plain(arg(1)), ArgVal::plain(arg(2))];
                self.replaced(&p, "sub", &list)
            }
            // What the operator did not set has the default.
            "os.environ.get" | "os.getenv" => Value {
                refs: Default::default(),
                ..arg(1)
            },
            "re.split" => self.part(&arg(1)),
            "setTimeout" | "setImmediate" | "setInterval" | "process.nextTick" | "queueMicrotask" => {
                let rest: Vec<Value> = args.iter().skip(2).map(|a| a.value.clone()).collect();
                self.call_back(&arg(0), &rest);
                Value::default()
            }
            "map" if self.is_python() => {
                let e = self.element(&arg(1));
                let v = self.call_back(&arg(0), &[e]);
                let mut out = Value::default();
                out.add_rest(&v);
                out
            }
            // Whether it is so stays what it was.
            "bool" | "Boolean" => Value {
                cond: arg(0).cond,
                ..Value::default()
            },
            // The lesser of a text and a number cannot be had.
            "min" | "max" if args.iter().any(|a| matches!(a.value.lit, Lit::Number(_))) => Value::default(),
            "getattr" => {
                let object = arg(0);
                let key = arg(1);
                match key.text() {
                    Some(t) => {
                        let t = t.to_owned();
                        let n = self.names.intern(&t);
                        self.member(&object, n, Some(span))
                    }
                    None => object.any_part(),
                }
            }
            "super" => self.frame().this.clone(),
            "enumerate" => {
                let e = self.element(&arg(0));
                let mut pair = Value::default();
                pair.push_item(Value::default());
                pair.push_item(e);
                let mut out = Value::default();
                out.add_rest(&pair);
                out
            }
            "zip" => {
                let mut pair = Value::default();
                for a in args {
                    let e = self.element(&a.value);
                    pair.push_item(e);
                }
                let mut out = Value::default();
                out.add_rest(&pair);
                out
            }
            "Object.entries" => {
                let (at, _) = receiver?;
                let object = arg(0);
                return self.builtin_method(*at, &object, "entries", &[], span);
            }
            "Object.keys" => {
                let (at, _) = receiver?;
                let object = arg(0);
                let mut v = self.builtin_method(*at, &object, "keys", &[], span).unwrap_or_default();
                v.refs.clear();
                v
            }
            "Object.hasOwn" | "Object.prototype.hasOwnProperty.call" => guards::contains(self, &arg(0), &arg(1)),
            "fnmatch.fnmatch" => Value::default(),
            "os.path.commonprefix" => Value::default(),
            "os.path.samefile" => guards::proves_if_true(&arg(0), Kinds::PATH),
            "isinstance" => {
                let class = arg(1);
                let safe = class
                    .refs
                    .iter()
                    .any(|r| matches!(r, Entity::External(n) if matches!(&**self.names.text(*n), "int" | "float" | "bool")));
                if safe {
                    guards::proves_if_true(&arg(0), Kinds::ALL)
                } else {
                    Value::default()
                }
            }
            "any" | "all" => {
                // `all(c in ALLOWED for c in x)`: what holds of each element.
                let e = arg(0).any_part();
                Value {
                    cond: e.cond,
                    ..Value::default()
                }
            }
            "Number.isInteger" | "Number.isFinite" | "Number.isSafeInteger" => guards::proves_if_true(&arg(0), Kinds::ALL),
            "isNaN" | "Number.isNaN" => Value::default(),
            "assert" | "assert.ok" | "invariant" | "tiny-invariant" => {
                let v = arg(0);
                self.assume(v.cond.as_ref(), true);
                Value::default()
            }
            _ if name.starts_with("zod") || name.starts_with("@hapi/joi") || name.starts_with("valibot") => {
                return self.schema_made(name, args);
            }
            _ => return None,
        })
    }
}

/// Whether a pattern that is taken out, or a text, holds the path separator.
fn refuses_separators(pattern: &str, regex: bool) -> bool {
    if !regex {
        return pattern == "/";
    }
    pattern.starts_with('[')
        && !pattern.starts_with("[^")
        && pattern
            .split_once(']')
            .is_some_and(|(class, tail)| class.contains('/') && tail.trim_end_matches(['+', '*']).is_empty())
}
