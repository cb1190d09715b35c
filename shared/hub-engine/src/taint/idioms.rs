//! Idioms of the languages that are read by their names: what the tables say that others have no need of.

use super::api::Gives;
use super::calls::ArgVal;
use super::engine::Engine;
use super::guards;
use super::value::{Entity, Facet, Head, Kinds, Lit, Value};
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, Language, Span};
use std::rc::Rc;

impl Engine<'_> {
    /// What the tables of native languages say that others have no need of.
    pub fn give_natively(&mut self, gives: Gives, name: &str, receiver: Option<&(ExprId, Value)>, args: &[ArgVal], span: Span) -> Value {
        let arg = |i: usize| Self::positional(args, i).cloned().unwrap_or_default();
        let recv = receiver.map(|(_, v)| v.clone()).unwrap_or_default();
        match gives {
            Gives::Receiver => recv,
            Gives::Field | Gives::FieldOf => {
                let (object, key) = if matches!(gives, Gives::Field) {
                    (recv, arg(0))
                } else {
                    (arg(0), arg(1))
                };
                match key.text().map(str::to_owned) {
                    Some(key) => {
                        let key = self.names.intern(&key);
                        self.member(&object, key, Some(span))
                    }
                    None => self.element(&object),
                }
            }
            Gives::Format => self.formatted(args),
            Gives::Joined => {
                let (list, between) = (arg(0), arg(1));
                let mut parts: Vec<Value> = Vec::new();
                let rest = self.element(&list);
                let items: Vec<Value> = if list.items().is_empty() {
                    vec![rest]
                } else {
                    list.items().to_vec()
                };
                for item in items {
                    if !parts.is_empty() {
                        parts.push(between.clone());
                    }
                    parts.push(item);
                }
                self.concat(&parts)
            }
            Gives::Appended => {
                let mut list = arg(0);
                for a in args.iter().skip(1) {
                    if a.spread {
                        for i in a.value.items().to_vec() {
                            list.push_word(i);
                        }
                        if a.value.items().is_empty() {
                            let e = self.element(&a.value);
                            list.add_rest(&e);
                        }
                    } else {
                        list.push_word(a.value.clone());
                    }
                }
                list
            }
            Gives::Method(method) => {
                let rest: Vec<ArgVal> = args.iter().skip(1).cloned().collect();
                let subject = arg(0);
                match method {
                    "startsWith" => guards::starts_with(self, &subject, &arg(1)),
                    "endsWith" => guards::ends_with(&subject, &arg(1)),
                    "includes" => guards::contains(self, &subject, &arg(1)),
                    _ => self.replaced_natively(&subject, "replace", &rest),
                }
            }
            Gives::In => guards::contains(self, &arg(1), &arg(0)),
            // `strpos($path, $folder) !== 0`: found at the beginning.
            Gives::Prefix => {
                let v = guards::starts_with(self, &arg(0), &arg(1));
                let inside = guards::contains(self, &arg(0), &arg(1));
                Value {
                    facet: Facet::Position,
                    cond: if arg(1).text().is_some_and(|t| t.contains("..") || t.len() <= 3) {
                        inside.cond
                    } else {
                        v.cond
                    },
                    ..Value::default()
                }
            }
            Gives::Equal => guards::compared(self, BinaryOp::Eq, &arg(0), &arg(1)),
            Gives::Matches => {
                let pattern = arg(0);
                self.tested(&arg(1), &pattern, false)
            }
            Gives::MatchesWhole => {
                let pattern = arg(0);
                self.tested(&arg(1), &pattern, true)
            }
            Gives::MatchesIn => {
                let pattern = arg(1);
                self.tested(&arg(0), &pattern, false)
            }
            // `matches!(x, "a" | "b")`.
            Gives::Matched => {
                let subject = arg(0);
                let literal = args.len() == 2 && self.only_literals(args);
                if literal {
                    guards::proves_if_true(&subject, Kinds::ALL)
                } else {
                    Value::default()
                }
            }
            Gives::Pattern => Value {
                facet: Facet::Pattern,
                ..arg(0)
            },
            Gives::Relative => {
                let to = args.last().map(|a| a.value.clone()).unwrap_or_default();
                let mut v = Value {
                    facet: Facet::Relative,
                    ..Value::default()
                };
                v.absorb(&to, &mut Some);
                v
            }
            Gives::Expanded => {
                let parts: Vec<Value> = args.iter().rev().map(|a| a.value.clone()).collect();
                self.path_join(&parts, Facet::Resolved, span)
            }
            Gives::Proves(kinds) => guards::proves_if_true(&arg(0), kinds),
            Gives::Words => {
                let made = self.names.intern(&format!("{name}()"));
                let mut v = Value::entity(Entity::External(made));
                v.push_item(arg(0));
                v
            }
            Gives::Word => {
                let mut v = recv;
                for a in args {
                    if name.ends_with("args") {
                        if a.value.items().is_empty() {
                            let e = self.element(&a.value);
                            v.add_rest(&e);
                        }
                        for i in a.value.items().to_vec() {
                            v.push_word(i);
                        }
                    } else {
                        v.push_word(a.value.clone());
                    }
                }
                if let Some((at, _)) = receiver {
                    self.update_receiver(*at, v.clone());
                }
                v
            }
            Gives::List => {
                let mut v = Value {
                    shape: Some(Rc::default()),
                    ..Value::default()
                };
                for a in args {
                    v.push_word(a.value.clone());
                }
                v
            }
            Gives::Everywhere => {
                let mut v = Value::default();
                v.add_rest(&arg(0));
                v
            }
            Gives::Fields(fields) => {
                let made = self.names.intern(&format!("{name}()"));
                let mut v = Value::entity(Entity::External(made));
                let mut next = fields.iter();
                for a in args {
                    match &a.value.shape {
                        Some(shape) if a.name.is_none() && !shape.fields.is_empty() => {
                            for (n, part) in &shape.fields {
                                v.set_field(*n, part.clone(), true);
                            }
                        }
                        _ => {
                            if let Some(field) = next.next() {
                                let field = self.names.intern(field);
                                v.set_field(field, a.value.clone(), true);
                            }
                        }
                    }
                }
                v
            }
            Gives::Assert => {
                let v = arg(0);
                self.assume(v.cond.as_ref(), true);
                Value::default()
            }
            Gives::ReplacedIn => {
                let (pattern, with, subject) = (arg(0), arg(1), arg(2));
                let pattern = if name.starts_with("preg") {
                    super::native::php_pattern(pattern)
                } else {
                    pattern
                };
                let list = [ArgVal::plain(pattern), ArgVal::plain(with)];
                self.replaced(&subject, "replaceAll", &list)
            }
            Gives::Empty => Value::str(""),
            Gives::There => Value {
                cond: arg(0).cond,
                ..Value::default()
            },
            Gives::UrlPart => {
                let parsed = Value {
                    facet: Facet::ParsedUrl,
                    ..arg(0)
                };
                let part = arg(1).refs.iter().find_map(|r| match r {
                    Entity::External(n) => match &**self.names.text(*n) {
                        "PHP_URL_HOST" => Some("hostname"),
                        "PHP_URL_SCHEME" => Some("protocol"),
                        "PHP_URL_PORT" => Some("port"),
                        _ => Some("pathname"),
                    },
                    _ => None,
                });
                match part {
                    Some(part) => {
                        let part = self.names.intern(part);
                        self.member(&parsed, part, Some(span))
                    }
                    None => parsed,
                }
            }
            Gives::Filtered => {
                let text = self.module().text(span).to_owned();
                let says = |word: &str| text.contains(word);
                let subject = arg(0);
                if ["FILTER_VALIDATE_INT", "FILTER_VALIDATE_FLOAT", "FILTER_VALIDATE_BOOL"]
                    .iter()
                    .any(|w| says(w))
                {
                    return Value {
                        cond: guards::proves_if_true(&subject, Kinds::ALL).cond,
                        ..Value::default()
                    };
                }
                let public = says("FILTER_FLAG_NO_PRIV_RANGE") && says("FILTER_FLAG_NO_RES_RANGE") || says("FILTER_FLAG_GLOBAL_RANGE");
                let checked = public && matches!(subject.facet, Facet::Host | Facet::Ip);
                Value {
                    cond: guards::proves_if_true(&subject, Kinds::HOST).cond.filter(|_| checked),
                    ..subject
                }
            }
            _ => Value::default(),
        }
    }

    pub fn only_literals(&self, args: &[ArgVal]) -> bool {
        args.iter()
            .skip(1)
            .all(|a| !a.value.any_atom() && !a.value.refs.iter().any(|r| matches!(r, Entity::External(_))))
    }

    /// Data decoded into a variable: `json.Unmarshal(data, &args)`, `request.BindArguments(&args)`.
    pub fn decoded_into(&mut self, target: ExprId, data: &Value) {
        let old = self.eval(target);
        let mut v = Value {
            refs: old.refs.clone(),
            ..Value::default()
        };
        v.absorb(data, &mut Some);
        self.update_receiver(target, v);
    }

    /// `x, err := f()` of Go: what a single value, or a look-up in a map, gives to several names.
    pub fn several(&mut self, value: Value, init: ExprId, names: usize) -> Value {
        if !value.items().is_empty() || names < 2 {
            return value;
        }
        let mut test = value.cond.clone();
        if let ExprKind::Index { object, index } = self.module().expr(init).kind {
            let (object, key) = (self.eval(object), self.eval(index));
            test = guards::contains(self, &object, &key).cond;
        }
        let mut out = Value::default();
        out.push_item(Value { cond: None, ..value });
        for _ in 1..names {
            out.push_item(Value {
                cond: test.clone(),
                ..Value::default()
            });
        }
        out
    }

    /// Returns of an error are what other languages throw: what follows a call of the function does not run then, by habit.
    pub fn returns_an_error(&self, value: ExprId) -> bool {
        let m = self.module();
        let called = |e: ExprId| match &m.expr(e).kind {
            ExprKind::Call { callee, .. } => m.dotted(*callee),
            _ => None,
        };
        match m.language {
            Language::Rust => called(value).is_some_and(|c| c == "Err"),
            Language::Go => {
                let (last, others) = match &m.expr(value).kind {
                    ExprKind::Array(items) => match items.split_last() {
                        Some((last, others)) => (*last, others),
                        None => return false,
                    },
                    _ => (value, &[][..]),
                };
                let zero = others.iter().all(|e| match &m.expr(*e).kind {
                    ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => true,
                    ExprKind::Str(s) => m.str(*s).is_empty(),
                    ExprKind::Call { new: true, args, .. } => args
                        .iter()
                        .all(|a| matches!(&m.expr(a.value).kind, ExprKind::Object(p) if p.is_empty())),
                    _ => false,
                });
                let error = called(last).is_some_and(|c| {
                    let name = c.rsplit('.').next().unwrap_or("");
                    c == "errors.New" || matches!(name, "Errorf" | "Wrap" | "Wrapf" | "NewError")
                });
                let named = m.dotted(last).is_some_and(|n| {
                    let n = n.rsplit('.').next().unwrap_or("");
                    n == "err" || n.starts_with("Err") || n.starts_with("err")
                });
                error || named && zero && !others.is_empty()
            }
            _ => false,
        }
    }

    /// A table of the program's own: an object of its, or a map that it made.
    pub fn is_own_table(&self, v: &Value) -> bool {
        let made = |r: &Entity| matches!(r, Entity::External(n) if matches!(&**self.names.text(*n), "Map()" | "WeakMap()" | "dict()"));
        !v.any_atom() && (v.refs.is_empty() && v.shape.is_some() || !v.refs.is_empty() && v.refs.iter().all(made))
    }

    /// What a look-up in a table of the program's own tells of the key: what is not there is not found.
    pub fn looked_up(&mut self, object: &Value, key: &Value, found: Value) -> Value {
        if !key.any_atom() || found.any_atom() || found.cond.is_some() || !self.is_own_table(object) {
            return found;
        }
        Value {
            cond: guards::contains(self, object, key).cond,
            lit: Lit::Unknown,
            ..found
        }
    }

    /// Every path of a rooted text that is cleaned stays below the root: `filepath.Clean("/" + name)`.
    pub fn cleaned_from_root(&mut self, name: &str, value: Value, of: &Value) -> Value {
        let rooted = matches!(&of.head, Head::Literal(l) if l.starts_with('/')) && of.any_atom();
        if rooted && name.ends_with(".Clean") {
            value.without(Kinds::PATH)
        } else {
            value
        }
    }

    /// The words of a program's start as C# gives them: a file, and one text of arguments or a list.
    pub fn start_info(&mut self, recv: Option<&Value>, args: &[ArgVal]) -> Vec<Value> {
        let field = |e: &mut Self, v: &Value, name: &str| {
            let name = e.names.intern(name);
            v.field(name).cloned()
        };
        let mut info = match recv {
            Some(process) => match field(self, process, "StartInfo") {
                Some(info) => info,
                None => return Vec::new(),
            },
            None => Self::positional(args, 0).cloned().unwrap_or_default(),
        };
        // `new ProcessStartInfo("file", "arguments") { … }`.
        for a in args.iter().filter(|a| a.value.shape.is_some()) {
            if field(self, &a.value, "FileName").is_some() || field(self, &a.value, "Arguments").is_some() {
                info = a.value.clone();
            }
        }
        let mut words = Vec::new();
        let texts: Vec<Value> = args
            .iter()
            .filter(|a| a.value.shape.is_none() && recv.is_none())
            .map(|a| a.value.clone())
            .collect();
        words.extend(field(self, &info, "FileName").or_else(|| texts.first().cloned()));
        words.extend(field(self, &info, "Arguments").or_else(|| texts.get(1).cloned()));
        if let Some(list) =
            field(self, &info, "ArgumentList").or_else(|| args.get(1).filter(|a| a.value.shape.is_some()).map(|a| a.value.clone()))
        {
            words.extend(list.items().iter().cloned());
            words.extend(list.shape.as_ref().and_then(|s| s.rest.clone()));
        }
        words
    }
}
