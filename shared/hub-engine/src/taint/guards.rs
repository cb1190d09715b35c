//! Checks: what a condition proves about attacker-chosen data, and what only looks like proof.

use super::engine::Engine;
use super::value::{Cond, Facet, Facts, Head, Kinds, LabelId, Lit, Value, Weak, add_fact};
use hub_syntax::ir::BinaryOp;
use smallvec::SmallVec;
use std::rc::Rc;

/// Everything the value is made of.
pub fn labels_of(value: &Value) -> SmallVec<[LabelId; 4]> {
    let mut out = SmallVec::new();
    value.each_atom(0, &mut |a| {
        if !out.contains(&a.label) {
            out.push(a.label);
        }
    });
    out
}

pub fn facts_for(value: &Value, kinds: Kinds) -> Facts {
    let mut out = Facts::new();
    for l in labels_of(value) {
        add_fact(&mut out, l, kinds);
    }
    out
}

/// True proves these kinds gone.
pub fn proves_if_true(value: &Value, kinds: Kinds) -> Value {
    Value {
        cond: Some(Rc::new(Cond {
            yes: Some(facts_for(value, kinds)),
            no: Some(Facts::new()),
            ..Cond::default()
        })),
        ..Value::default()
    }
}
/// False proves these kinds gone.
pub fn proves_if_false(value: &Value, kinds: Kinds) -> Value {
    Value {
        cond: Some(Rc::new(Cond {
            yes: Some(Facts::new()),
            no: Some(facts_for(value, kinds)),
            ..Cond::default()
        })),
        ..Value::default()
    }
}
/// A check that is not enough, passed when it comes out `when`.
pub fn weak_check(value: &Value, kinds: Kinds, weak: Weak, when: bool) -> Value {
    let list: SmallVec<[_; 1]> = labels_of(value).into_iter().map(|l| (l, kinds, weak)).collect();
    let mut cond = Cond {
        yes: Some(Facts::new()),
        no: Some(Facts::new()),
        ..Cond::default()
    };
    if when {
        cond.weak_yes = list;
    } else {
        cond.weak_no = list;
    }
    Value {
        cond: Some(Rc::new(cond)),
        ..Value::default()
    }
}

/// The addresses whose scheme a value is: checking the scheme settles that of the whole.
fn with_scheme_of(engine: &Engine<'_>, value: &Value, facts: &mut Facts) {
    if value.facet != Facet::Scheme {
        return;
    }
    for l in labels_of(value) {
        if let Some((whole, _)) = engine.labels.parent(l) {
            add_fact(facts, whole, Kinds::SCHEME.or(Kinds::ARGUMENT));
        }
    }
}

/// True proves these kinds gone, and the scheme of the address that this is the scheme of.
fn proves_scheme(engine: &Engine<'_>, value: &Value) -> Value {
    let mut facts = facts_for(value, Kinds::ALL);
    with_scheme_of(engine, value, &mut facts);
    Value {
        cond: Some(Rc::new(Cond {
            yes: Some(facts),
            no: Some(Facts::new()),
            ..Cond::default()
        })),
        ..Value::default()
    }
}

pub fn equals_literal(_engine: &mut Engine<'_>, subject: &Value) -> Option<Rc<Cond>> {
    subject.any_atom().then(|| {
        Rc::new(Cond {
            yes: Some(facts_for(subject, Kinds::ALL)),
            no: Some(Facts::new()),
            ..Cond::default()
        })
    })
}

pub fn swapped(v: Value) -> Value {
    Value {
        cond: v.cond.map(|c| {
            Rc::new(Cond {
                yes: c.no.clone(),
                no: c.yes.clone(),
                weak_yes: c.weak_no.clone(),
                weak_no: c.weak_yes.clone(),
            })
        }),
        ..Value::default()
    }
}

/// Comparisons and membership.
pub fn compared(engine: &mut Engine<'_>, op: BinaryOp, left: &Value, right: &Value) -> Value {
    let equal = match op {
        BinaryOp::Eq | BinaryOp::StrictEq => true,
        BinaryOp::Ne | BinaryOp::StrictNe => false,
        BinaryOp::In => return contains(engine, right, left),
        BinaryOp::NotIn => return swapped(contains(engine, right, left)),
        BinaryOp::InstanceOf => return Value::default(),
        // `indexOf(x) >= 0`, `> -1`, `< 0`.
        BinaryOp::Ge | BinaryOp::Gt => return left_position(left, right, true),
        BinaryOp::Lt | BinaryOp::Le => return left_position(left, right, false),
        _ => return Value::default(),
    };
    if let (Facet::Position, Lit::Number(at), Some(cond)) = (left.facet, &right.lit, &left.cond)
        && !left.any_atom()
    {
        // Found at the very beginning: found. Found elsewhere says nothing of what is not there.
        let found = if *at < 0.0 {
            swapped(Value {
                cond: Some(cond.clone()),
                ..Value::default()
            })
        } else {
            Value {
                cond: Some(Rc::new(Cond {
                    yes: cond.yes.clone(),
                    no: Some(Facts::new()),
                    ..Cond::default()
                })),
                ..Value::default()
            }
        };
        return if equal { found } else { swapped(found) };
    }
    if let (Lit::Str(a), Lit::Str(b)) = (&left.lit, &right.lit)
        && !left.any_atom()
        && !right.any_atom()
    {
        // Both known: a constant of the program.
        return Value::literal(Lit::Bool((a == b) == equal));
    }
    let (subject, other) = if left.any_atom() { (left, right) } else { (right, left) };
    let out = if subject.facet == Facet::Position {
        let found_when = matches!(other.lit, Lit::Number(n) if n < 0.0);
        // `indexOf(x) === -1`: not found.
        if found_when {
            swapped(Value {
                cond: subject.cond.clone(),
                ..Value::default()
            })
        } else {
            Value {
                cond: subject.cond.clone(),
                ..Value::default()
            }
        }
    } else if subject.facet == Facet::TypeOf {
        match other.text() {
            Some("number" | "boolean" | "undefined" | "bigint" | "function") => proves_if_true(subject, Kinds::ALL),
            _ => Value::default(),
        }
    } else if !subject.any_atom() {
        // `check(x) === true`.
        match other.lit {
            Lit::Bool(true) => Value {
                cond: subject.cond.clone(),
                ..Value::default()
            },
            Lit::Bool(false) | Lit::Null => swapped(Value {
                cond: subject.cond.clone(),
                ..Value::default()
            }),
            _ => {
                let (s, o) = (left.cond.clone(), &right.lit);
                match o {
                    Lit::Bool(true) => Value {
                        cond: s,
                        ..Value::default()
                    },
                    Lit::Bool(false) | Lit::Null => swapped(Value {
                        cond: s,
                        ..Value::default()
                    }),
                    _ => Value::default(),
                }
            }
        }
    } else if subject.facet == Facet::CommonPath {
        proves_if_true(subject, Kinds::PATH)
    } else if matches!(other.lit, Lit::Str(_) | Lit::Number(_)) && !other.any_atom() {
        if subject.facet == Facet::Scheme {
            proves_scheme(engine, subject)
        } else if subject.facet == Facet::Ip && other.text() == Some("unicast") {
            // The range that public addresses lie in.
            proves_if_true(subject, Kinds::HOST)
        } else if subject.text_is_whole() {
            proves_if_true(subject, Kinds::ALL)
        } else {
            Value::default()
        }
    } else if matches!(other.lit, Lit::Null | Lit::Bool(_)) {
        // `re.match(p, x) is None`, `validate(x) == False`: what the check proved, the other way round.
        match other.lit {
            Lit::Bool(true) => Value {
                cond: subject.cond.clone(),
                ..Value::default()
            },
            _ => swapped(Value {
                cond: subject.cond.clone(),
                ..Value::default()
            }),
        }
    } else if matches!(
        (left.facet, right.facet),
        (Facet::Resolved | Facet::Real, Facet::Resolved | Facet::Real)
    ) && right.any_atom()
        && left.any_atom()
    {
        // The folder itself: what the folder is made of is not confined by that.
        proves_what_is_added(left, right)
    } else if !other.any_atom() && matches!(subject.facet, Facet::Resolved | Facet::Real | Facet::Host) {
        // Equal to something the program made: `resolved === base`, `url.host === expected`.
        let kind = if subject.facet == Facet::Host {
            Kinds::URL.or(Kinds::SCHEME)
        } else {
            Kinds::PATH
        };
        proves_if_true(subject, kind)
    } else if !other.any_atom() && (other.head == Head::Fixed || !other.refs.is_empty()) {
        // Equal to a value no attacker chose.
        proves_if_true(subject, Kinds::ALL)
    } else {
        Value::default()
    };
    if equal { out } else { swapped(out) }
}

fn left_position(left: &Value, right: &Value, greater: bool) -> Value {
    if left.facet != Facet::Position || !matches!(right.lit, Lit::Number(_)) {
        return Value::default();
    }
    let v = Value {
        cond: left.cond.clone(),
        ..Value::default()
    };
    if greater { v } else { swapped(v) }
}

/// `collection.includes(x)`, `set.has(x)`, `x in collection`.
pub fn contains(engine: &mut Engine<'_>, collection: &Value, x: &Value) -> Value {
    if collection.any_atom() && !x.any_atom() {
        // A text searched for something: a deny-list when it is about what must not be there.
        let kinds = match x.text() {
            Some(t) if t.contains("..") => Kinds::PATH,
            Some(t) if t.contains("://") => Kinds::URL,
            Some(t) if t.len() <= 3 && t.chars().all(|c| !c.is_alphanumeric()) => Kinds::SHELL.or(Kinds::PATH),
            _ => Kinds::SHELL.or(Kinds::QUERY).or(Kinds::CODE),
        };
        if collection.facet == Facet::Relative && kinds == Kinds::PATH {
            return proves_if_false(collection, Kinds::PATH);
        }
        if collection.facet == Facet::Parents {
            return proves_if_true(collection, Kinds::PATH);
        }
        if x.text() == Some("/") {
            // Without a separator it names something in the folder it is joined to, and no other.
            return proves_if_false(collection, Kinds::PATH);
        }
        if x.text() == Some("..") {
            // Without `..` a path can still be absolute; inside a folder it cannot leave it.
            return weak_check(collection, kinds, Weak::DENY_LIST, false);
        }
        return weak_check(collection, kinds, Weak::DENY_LIST, false);
    }
    if collection.facet == Facet::Parents {
        // `base in path.parents`.
        return proves_if_true(collection, Kinds::PATH);
    }
    if !x.any_atom() || collection.any_atom() {
        return Value::default();
    }
    if let Some(text) = collection.text() {
        // `"abc".includes(x)`: x is a piece of a constant.
        let _ = text;
        return proves_if_true(x, Kinds::ALL);
    }
    if x.facet == Facet::TypeOf {
        // `type(node) in ALLOWED`: closed when the types are those of a syntax tree; any text is a `str`.
        return if are_syntax_nodes(engine, collection) {
            proves_if_true(x, Kinds::ALL)
        } else {
            Value::default()
        };
    }
    if x.facet == Facet::Scheme {
        return proves_scheme(engine, x);
    }
    if x.facet == Facet::Ip && collection.items().iter().any(|i| i.text() == Some("private")) {
        // The range an address lies in, looked up in those that are refused.
        return proves_if_false(x, Kinds::HOST);
    }
    if x.facet == Facet::Host {
        let mut facts = Facts::new();
        for l in labels_of(x) {
            add_fact(&mut facts, l, Kinds::ALL);
        }
        let list = labels_of(x).into_iter().map(|l| (l, Kinds::URL, Weak::DENY_LIST)).collect();
        return Value {
            cond: Some(Rc::new(Cond {
                yes: Some(facts),
                no: Some(Facts::new()),
                weak_no: list,
                ..Cond::default()
            })),
            ..Value::default()
        };
    }
    proves_if_true(x, Kinds::ALL)
}

/// Whether a list holds several types of syntax nodes, and nothing else.
pub fn are_syntax_nodes(engine: &Engine<'_>, list: &Value) -> bool {
    let is_node = |v: &Value| {
        v.refs
            .iter()
            .any(|r| matches!(r, super::value::Entity::External(n) if engine.names.text(*n).starts_with("ast.")))
    };
    list.items().len() > 1 && list.items().iter().all(is_node)
}

/// `x.startsWith(prefix)`.
pub fn starts_with(engine: &mut Engine<'_>, x: &Value, prefix: &Value) -> Value {
    if !x.any_atom() {
        return Value::default();
    }
    let separator = prefix.facet == Facet::FolderWithSeparator || prefix.text().is_some_and(|t| t.ends_with('/') || t.ends_with('\\'));
    if x.facet == Facet::Relative {
        let up = prefix.text().is_some_and(|t| t.starts_with("..")) || matches!(&prefix.head, Head::Literal(t) if t.starts_with(".."));
        return if up { proves_if_false(x, Kinds::PATH) } else { Value::default() };
    }
    if let Some(text) = prefix.text() {
        match text {
            "-" | "--" => return proves_if_false(x, Kinds::ARGUMENT),
            // What begins so is no address of a host's own choosing.
            "/" => {
                let mut v = weak_check(x, Kinds::PATH, Weak::DENY_LIST, false);
                if let Some(c) = &v.cond {
                    let mut c = (**c).clone();
                    c.yes = Some(facts_for(x, Kinds::URL.or(Kinds::SCHEME).or(Kinds::ARGUMENT)));
                    v.cond = Some(Rc::new(c));
                }
                return v;
            }
            ".." | "~" | "\\" | "../" => return weak_check(x, Kinds::PATH, Weak::DENY_LIST, false),
            _ => {}
        }
        if let Some(i) = text.find("://") {
            let host = &text[i + 3..];
            let mut kinds = Kinds::SCHEME.or(Kinds::ARGUMENT);
            if host.contains('/') {
                kinds = kinds.or(Kinds::URL);
                return proves_if_true(x, kinds);
            }
            let mut v = proves_if_true(x, kinds);
            if !host.is_empty()
                && let Some(c) = &v.cond
            {
                let mut c = (**c).clone();
                c.weak_yes = labels_of(x).into_iter().map(|l| (l, Kinds::URL, Weak::URL_PREFIX)).collect();
                v.cond = Some(Rc::new(c));
            }
            return v;
        }
    }
    if prefix.any_atom() {
        return below(x, prefix);
    }
    // The separator alone: the root itself is allowed by the operator.
    let is_root = prefix
        .refs
        .iter()
        .any(|r| matches!(r, super::value::Entity::External(n) if is_separator(engine.names.text(*n))));
    if is_root && matches!(x.facet, Facet::Resolved | Facet::Real) {
        return proves_if_true(x, Kinds::PATH);
    }
    match x.facet {
        Facet::Resolved | Facet::Real if separator => proves_if_true(x, Kinds::PATH),
        Facet::Resolved | Facet::Real => {
            let _ = engine;
            weak_check(x, Kinds::PATH, Weak::PREFIX_WITHOUT_SEPARATOR, true)
        }
        Facet::Host => proves_if_true(x, Kinds::NONE),
        _ if prefix.text().is_some_and(|t| t.len() > 1 && !t.contains('/')) => {
            // A fixed word at the beginning: no option, no scheme of the caller's.
            proves_if_true(x, Kinds::ARGUMENT)
        }
        _ => {
            // An address of the program's own, or one that only begins alike.
            let mut v = weak_check(x, Kinds::PATH, Weak::PREFIX_WITHOUT_SEPARATOR, true);
            if let Some(c) = &v.cond {
                let mut c = (**c).clone();
                if separator {
                    c.yes = Some(facts_for(x, Kinds::URL.or(Kinds::SCHEME).or(Kinds::ARGUMENT)));
                } else {
                    c.weak_yes
                        .extend(labels_of(x).into_iter().map(|l| (l, Kinds::URL, Weak::URL_PREFIX)));
                }
                v.cond = Some(Rc::new(c));
            }
            v
        }
    }
}

/// A path below a folder that is itself made of something given: what is added to the folder is confined, the folder is not.
fn below(x: &Value, folder: &Value) -> Value {
    let confined = matches!(x.facet, Facet::Resolved | Facet::Real) && folder.facet == Facet::FolderWithSeparator;
    if confined {
        proves_what_is_added(x, folder)
    } else {
        Value::default()
    }
}

/// True proves that what `x` has beside the folder's own parts leads nowhere else.
fn proves_what_is_added(x: &Value, folder: &Value) -> Value {
    let base = labels_of(folder);
    let mut facts = Facts::new();
    for l in labels_of(x).into_iter().filter(|l| !base.contains(l)) {
        add_fact(&mut facts, l, Kinds::PATH);
    }
    Value {
        cond: Some(Rc::new(Cond {
            yes: Some(facts),
            no: Some(Facts::new()),
            ..Cond::default()
        })),
        ..Value::default()
    }
}

/// The character between names of a path, as the languages call it.
pub fn is_separator(name: &str) -> bool {
    matches!(
        name,
        "path.sep"
            | "os.sep"
            | "os.path.sep"
            | "os.PathSeparator"
            | "path/filepath.Separator"
            | "Path.DirectorySeparatorChar"
            | "File.separator"
            | "File.separatorChar"
            | "File.SEPARATOR"
            | "DIRECTORY_SEPARATOR"
    )
}

/// `x.endsWith(suffix)`.
pub fn ends_with(x: &Value, suffix: &Value) -> Value {
    if x.facet == Facet::Host && suffix.text().is_some_and(|t| t.starts_with('.') && t.len() > 2) {
        return proves_if_true(x, Kinds::URL);
    }
    Value::default()
}

impl Value {
    /// Whether its origins are the text itself and not merely in it.
    pub fn text_is_whole(&self) -> bool {
        self.shape.is_none() && self.head == Head::Open
    }
}

impl Engine<'_> {
    /// A test by something outside: `isPrivate(host)`, `validator.isURL(x)`.
    pub fn unknown_test(&mut self, name: &str, x: &Value) -> Value {
        let last = name.rsplit(['.', '/']).next().unwrap_or(name).to_ascii_lowercase();
        if !x.any_atom() {
            return Value::default();
        }
        let is_host = matches!(x.facet, Facet::Host | Facet::Ip);
        if last.contains("private") || last.contains("loopback") || last.contains("reserved") || last.contains("internal") {
            return if is_host {
                proves_if_false(x, Kinds::HOST)
            } else {
                weak_check(x, Kinds::URL, Weak::UNKNOWN_CHECK, false)
            };
        }
        if matches!(
            last.as_str(),
            "isuuid"
                | "isint"
                | "isnumeric"
                | "isalphanumeric"
                | "isalpha"
                | "isdigit"
                | "isalnum"
                | "isidentifier"
                | "isdecimal"
                | "isinteger"
        ) {
            return proves_if_true(x, Kinds::ALL);
        }
        if last.contains("inside") || last == "is_relative_to" || last.contains("within") || last.contains("subpath") {
            return proves_if_true(x, Kinds::PATH);
        }
        Value::default()
    }
}
