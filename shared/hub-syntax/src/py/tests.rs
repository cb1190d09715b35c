use super::{clean_doc, lower};
use crate::ir::{BinaryOp, ExprKind, Imported, MemberKind, Module, ParamKind, PatKind, StmtKind};
use hub_model::Budget;

fn module(source: &str) -> Module {
    lower("pkg/mod.py".parse().unwrap(), source.into(), &Budget::default())
}

/// An expression, in a short notation of our own.
fn show(module: &Module, id: crate::ir::ExprId) -> String {
    let list = |ids: &[crate::ir::ExprId]| ids.iter().map(|id| show(module, *id)).collect::<Vec<_>>().join(" ");
    match &module.expr(id).kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(n) => n.to_string(),
        ExprKind::Str(s) => format!("{:?}", module.str(*s)),
        ExprKind::Ident(s) => module.str(*s).into(),
        ExprKind::Template(parts) => format!("f({})", list(parts)),
        ExprKind::Array(items) => format!("[{}]", list(items)),
        ExprKind::Unknown(parts) => format!("?({})", list(parts)),
        ExprKind::Member { object, property } => format!("{}.{}", show(module, *object), module.str(*property)),
        ExprKind::Index { object, index } => format!("{}[{}]", show(module, *object), show(module, *index)),
        ExprKind::Binary { op, left, right } => format!("({op:?} {} {})", show(module, *left), show(module, *right)),
        ExprKind::Call { callee, args, .. } => {
            let args: Vec<_> = args
                .iter()
                .map(|arg| {
                    let stars = if arg.spread {
                        "*"
                    } else if arg.kw_spread {
                        "**"
                    } else {
                        ""
                    };
                    let name = arg.name.map(|name| format!("{}=", module.str(name))).unwrap_or_default();
                    format!("{stars}{name}{}", show(module, arg.value))
                })
                .collect();
            format!("{}({})", show(module, *callee), args.join(" "))
        }
        ExprKind::Assign { target, op, value } => format!(
            "{} ={} {}",
            pat(module, *target),
            op.map(|op| format!("{op:?}")).unwrap_or_default(),
            show(module, *value)
        ),
        ExprKind::Spread(inner) => format!("*{}", show(module, *inner)),
        ExprKind::Comprehension(comprehension) => {
            let crate::ir::Comprehension { key, element, clauses } = &**comprehension;
            let key = key.map(|key| format!("{}: ", show(module, key))).unwrap_or_default();
            let clauses: Vec<_> = clauses
                .iter()
                .map(|c| {
                    format!(
                        "{} in {} if {}",
                        pat(module, c.pattern),
                        show(module, c.iterable),
                        list(&c.conditions)
                    )
                })
                .collect();
            format!("{{{key}{} for {}}}", show(module, *element), clauses.join(" for "))
        }
        other => format!("{other:?}"),
    }
}

fn pat(module: &Module, id: crate::ir::PatId) -> String {
    match &module.pat(id).kind {
        PatKind::Ident(name) => module.str(*name).into(),
        PatKind::Target(expr) => show(module, *expr),
        PatKind::Array { elements, rest } => {
            let elements: Vec<_> = elements.iter().flatten().map(|p| pat(module, *p)).collect();
            format!(
                "[{}{}]",
                elements.join(" "),
                rest.map(|rest| format!(" *{}", pat(module, rest))).unwrap_or_default()
            )
        }
        PatKind::Object { props, rest } => format!(
            "{{{} **{}}}",
            props.iter().map(|(_, p)| pat(module, *p)).collect::<Vec<_>>().join(" "),
            rest.map(|r| pat(module, r)).unwrap_or_default()
        ),
        other => format!("{other:?}"),
    }
}

fn first(source: &str) -> String {
    let module = module(source);
    let StmtKind::Expr(id) = module.stmt(module.body[0]).kind else {
        panic!("{source} is no expression")
    };
    show(&module, id)
}

#[test]
fn expressions_keep_their_shape() {
    for (source, expected) in [
        ("'a' 'b' \"c\"", "\"abc\""),
        ("f'x{y}' 'z'", "f(\"x\" y \"z\")"),
        ("f'{y!r}{z:.2f}{w=}'", "f(?(y) ?(z) \"w=\" ?(w))"),
        ("a + b + 'c'", "(Add (Add a b) \"c\")"),
        ("a < b <= c", "(And (Lt a b) (Le b c))"),
        ("a is not None", "(StrictNe a null)"),
        ("a and b and c", "(And (And a b) c)"),
        ("f(*a, k=1, **o)", "f(*a k=1 **o)"),
        ("x[1:2]", "x[?(1 2)]"),
        ("Optional[int, str]", "Optional[[int str]]"),
        ("...", "Ellipsis"),
        ("b'raw'", "\"raw\""),
        ("a = b = 1", "a = b = 1"),
        ("a.b[c] += 1", "a.b[c] =Add 1"),
        ("a, *b = v", "[a *b] = v"),
        ("a, *b, c = v", "[a *{c **b}] = v"),
        ("(n := 10)", "n = 10"),
        ("[x for x in y if x for z in w]", "{x for x in y if x for z in w if }"),
        ("{k: v for k, v in d.items()}", "{k: v for [k v] in d.items() if }"),
        ("1_000", "1000"),
        ("2j", "?()"),
    ] {
        assert_eq!(first(source), expected, "{source}");
    }
}

#[test]
fn functions_and_classes_carry_what_frameworks_look_at() {
    let m = module(
        r#"
"""Module
   text."""
import a.b, c.d as e
from ..x import y as z, w
from .m import *

@app.tool(name="n")
async def f(a, /, b: "int | None" = 2, *rest: str, c: Annotated[int, "d"], **kw) -> "str":
    """First.

        Indented.
    Last.
    """
    global g
    yield a

class C(Base, metaclass=M, total=False):
    """Doc."""
    x: int = 1
    y = z = "s"
    class Inner: pass
    @property
    def p(self): return lambda q: q
    @staticmethod
    def s(): pass
    if True:
        k = 1
"#,
    );
    assert_eq!(m.syntax_errors, 0);
    assert_eq!(m.doc.map(|d| m.str(d)), Some("Module\ntext."));
    let imports: Vec<_> = m
        .imports
        .iter()
        .map(|i| {
            (
                m.str(i.specifier),
                i.names
                    .iter()
                    .map(|n| (m.str(n.local), matches!(n.imported, Imported::Namespace | Imported::All)))
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        imports,
        [
            ("a.b", vec![("a", true)]),
            ("c.d", vec![("e", true)]),
            ("..x", vec![("z", false), ("w", false)]),
            (".m", vec![("*", true)])
        ]
    );
    let f = &m.functions[0];
    assert!(f.is_async && f.is_generator && !f.is_arrow);
    assert_eq!(f.doc.map(|d| m.str(d)), Some("First.\n\n    Indented.\nLast."));
    assert_eq!(
        f.decorators.iter().map(|d| show(&m, *d)).collect::<Vec<_>>(),
        ["app.tool(name=\"n\")"]
    );
    assert_eq!(
        f.params.iter().map(|p| p.kind).collect::<Vec<_>>(),
        [
            ParamKind::PositionalOnly,
            ParamKind::Positional,
            ParamKind::Rest,
            ParamKind::KeywordOnly,
            ParamKind::KwRest
        ]
    );
    assert_eq!(f.params[1].annotation.map(|a| show(&m, a)).as_deref(), Some("(BitOr int null)"));
    assert_eq!(
        f.params[3].annotation.map(|a| show(&m, a)).as_deref(),
        Some("Annotated[[int \"d\"]]")
    );
    assert_eq!(f.returns.map(|a| show(&m, a)).as_deref(), Some("str"));
    let c = &m.classes[0];
    assert_eq!(
        c.keywords.iter().map(|(k, v)| (m.str(*k), show(&m, *v))).collect::<Vec<_>>(),
        [("metaclass", "M".into()), ("total", "false".into())]
    );
    let kinds: Vec<_> = c
        .members
        .iter()
        .map(|member| match &member.kind {
            MemberKind::Method(_) => "method",
            MemberKind::Getter(_) => "getter",
            MemberKind::Setter(_) => "setter",
            MemberKind::Field { .. } => "field",
            MemberKind::Block(_) => "block",
        })
        .collect();
    assert_eq!(kinds, ["field", "field", "field", "field", "getter", "method", "block"]);
    let lambda = m.functions.iter().find(|f| f.is_arrow).unwrap();
    let parent = lambda.parent.unwrap();
    assert_eq!(m.function(parent).name.map(|n| m.str(n)), Some("p"));
    assert!(m.function(parent).class.is_some() && lambda.class.is_none());
}

#[test]
fn statements_become_the_common_ones() {
    let m = module(
        "match v:\n case 'a' | 'b': r = 1\n case {'k': x, **rest}: r = 2\n case str() as s if s: r = 3\n case other: r = 4\n\
         try:\n  pass\nexcept (A, B) as e:\n  raise X from e\nelse:\n  pass\nfinally:\n  pass\n\
         with a() as b, c: pass\n\
         if p:\n  pass\nelif q:\n  pass\nelse:\n  pass\n\
         while t:\n  break\nelse:\n  continue\nfor i in j: pass\ndel a\nx: int = 3\n",
    );
    assert_eq!(m.syntax_errors, 0);
    let StmtKind::Switch { cases, .. } = &m.stmt(m.body[0]).kind else {
        panic!("no switch")
    };
    assert_eq!(cases.iter().map(|c| c.test.map(|t| show(&m, t))).collect::<Vec<_>>().len(), 4);
    assert!(cases[3].test.is_none());
    assert_eq!(cases.iter().map(|c| c.body.len()).collect::<Vec<_>>(), [1, 3, 2, 2]);
    assert!(matches!(&m.stmt(m.body[1]).kind, StmtKind::Try(t) if t.handlers.len() == 1 && t.handlers[0].pattern.is_some()));
    assert!(matches!(&m.stmt(m.body[2]).kind, StmtKind::With { items, .. } if items.len() == 2 && items[0].1.is_some()));
    let StmtKind::If { otherwise, .. } = &m.stmt(m.body[3]).kind else {
        panic!("no if")
    };
    assert!(matches!(&m.stmt(otherwise[0]).kind, StmtKind::If { otherwise, .. } if otherwise.len() == 1));
    assert!(matches!(m.stmt(m.body[4]).kind, StmtKind::Loop(_)));
    assert!(matches!(&m.stmt(m.body[5]).kind, StmtKind::ForEach(each) if !each.keys));
    assert!(matches!(m.stmt(m.body[7]).kind, StmtKind::Let { .. }));
}

#[test]
fn docstrings_lose_the_indentation_of_their_code() {
    for (raw, expected) in [
        ("One line.", "One line."),
        ("  One.  ", "One.  "),
        ("\n    A\n      B\n\n    C\n    ", "A\n  B\n\nC"),
        ("A\n\tB\n\t\tC", "A\nB\n        C"),
        ("", ""),
        ("\n\n", ""),
        ("A\n \u{a0}B\n  C", "A\nB\nC"),
    ] {
        assert_eq!(clean_doc(raw), expected, "{raw:?}");
    }
}

#[test]
fn spans_are_byte_offsets_of_the_source() {
    let m = module("é = 'ü'\nfoo(bar)\n");
    let StmtKind::Expr(call) = m.stmt(m.body[1]).kind else {
        panic!("no call")
    };
    assert_eq!(m.text(m.expr(call).span), "foo(bar)");
    assert_eq!(m.location(m.expr(call).span).line, 2);
}

#[test]
fn long_chains_do_not_cost_depth_and_deep_nesting_ends_as_unknown() {
    let chain = vec!["'x'"; 5_000].join(" + ");
    let m = module(&chain);
    assert_eq!(
        m.exprs
            .iter()
            .filter(|e| matches!(e.kind, ExprKind::Binary { op: BinaryOp::Add, .. }))
            .count(),
        4_999
    );
    let branches = format!("if a:\n  pass\n{}", "elif b:\n  pass\n".repeat(2_000));
    assert_eq!(module(&branches).syntax_errors, 0);
    let deep = format!("{}1{}", "[".repeat(900), "]".repeat(900));
    let m = module(&deep);
    assert!(m.exprs.iter().any(|e| matches!(e.kind, ExprKind::Unknown(_))));
}

#[test]
fn cut_and_garbled_files_never_panic() {
    let source = include_str!("tests.rs").to_owned()
        + "\n@mcp.tool(name=f\"a{b!r:>{w}}\")\nasync def t(x: 'int', *, y=[i for i in (1, 2)]):\n    '''doc'''\n    match x:\n        case {'a': [b, *c]}:\n            return lambda: (yield)\nclass K(A, m=B):\n    x: int = 1\n    @property\n    def y(self): ...\n";
    let tail: Vec<usize> = source.char_indices().map(|(i, _)| i).rev().take(400).collect();
    for cut in tail {
        let text = &source[cut..];
        module(text);
        module(&source[source.len() - 400..cut.max(source.len() - 400)]);
        module(&text.replace('(', "[").replace(':', ";"));
        module(&text.replace('\n', "\u{0}\r"));
    }
}
