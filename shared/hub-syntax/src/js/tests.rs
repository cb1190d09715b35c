use super::parts::Parts;
use super::{check_nesting, scan};
use crate::ir::*;
use crate::{ParseError, parse, parse_json};
use hub_model::Budget;
use oxc_span::SourceType;
use std::sync::Arc;

fn module(path: &str, text: &str) -> Result<Module, ParseError> {
    parse(&path.parse().expect("a path"), &Arc::from(text), &Budget::default())
}

fn ok(path: &str, text: &str) -> Module {
    module(path, text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn first_init(m: &Module) -> &ExprKind {
    match &m.stmt(m.body[0]).kind {
        StmtKind::Let { init: Some(init), .. } => &m.expr(*init).kind,
        other => panic!("no declaration: {other:?}"),
    }
}

const EVERYTHING: &str = r#"
import def, { a as b, type T } from "./x.js";
import * as ns from "./y";
export * from "./z";
export { a as c } from "./w";
/** Adds. */
export async function add({ x, y = 2 }: { x: number; y?: number }, ...rest: string[]) { return x + y; }
export const one = 1, [two, { three = 3 }] = [2, {}] as const;
enum Color { Red = "red", Green = "green" }
namespace N { export const inner = `t${one}`; }
@decorate({ a: 1 })
class Tool extends Base<string> {
  static id = "x"; #secret = 1;
  constructor(private readonly client: Client) { super(); }
  /** Runs. */
  @method() async run(args?: any) { for (const k in args) { switch (k) { case "a": break; default: continue; } } }
  get name() { return "n"; }
  static { Tool.id = "y"; }
}
label: for (let i = 0; i < 3; i++) try { if (i) throw new Error(`x${i}`); else while (!i) i++; } catch (e) { } finally { }
const view = <Panel title="t" {...props}>{one}<br/></Panel>;
export default async () => a?.b?.[one]?.(await import("./lazy.js"), /re+/g, tag`x${1}y`, one ?? two ? 1 : 2, void 0);
"#;

#[test]
fn every_kind_of_statement_lowers() {
    let m = ok("a.tsx", EVERYTHING);
    assert_eq!(m.syntax_errors, 0);
    assert_eq!(m.imports.len(), 2);
    let exported: Vec<&str> = m.exports.iter().map(|e| e.exported.map_or("*", |s| m.str(s))).collect();
    assert_eq!(exported, ["*", "c", "add", "one", "two", "three", "default"]);
    let add = m.functions.iter().find(|f| f.name.is_some_and(|n| m.str(n) == "add")).expect("add");
    assert_eq!(add.doc.map(|d| m.str(d)), Some("Adds."));
    assert!(add.is_async && add.params.len() == 2);
    let class = &m.classes[0];
    assert_eq!(class.decorators.len(), 1);
    assert!(class.members.iter().any(|x| matches!(x.kind, MemberKind::Getter(_))));
    // A parameter property is an assignment in the constructor.
    let constructor = m
        .functions
        .iter()
        .find(|f| f.name.is_some_and(|n| m.str(n) == "constructor"))
        .expect("constructor");
    assert_eq!(constructor.body.len(), 2);
}

#[test]
fn an_enum_is_a_constant_object() {
    let m = ok("a.ts", "enum E { A, B = 4, C, D = \"d\" }");
    let ExprKind::Object(props) = first_init(&m) else {
        panic!("no object")
    };
    let values: Vec<String> = props
        .iter()
        .map(|p| match p {
            Prop::KeyValue { value, .. } => format!("{:?}", m.expr(*value).kind),
            _ => panic!("no value"),
        })
        .collect();
    assert_eq!(values[..3], ["Number(0.0)", "Number(4.0)", "Number(5.0)"]);
}

#[test]
fn casts_and_parentheses_leave_their_operand() {
    let m = ok("a.ts", "const x = (<any>((y as unknown)!)) satisfies T;");
    assert!(matches!(first_init(&m), ExprKind::Ident(_)));
}

#[test]
fn types_in_a_js_file_and_commonjs_parse_all_the_same() {
    assert_eq!(ok("a.js", "const f = (x: string): number => 1;").functions.len(), 1);
    assert_eq!(ok("a.cjs", "if (x) return; module.exports = { a: require('b') };").body.len(), 2);
    assert_eq!(ok("a.js", "return; const await = 1;").body.len(), 2);
    assert_eq!(ok("a.ts", "export = class {}; import fs = require('fs');").body.len(), 2);
}

#[test]
fn deep_nesting_is_refused_and_long_chains_are_not() {
    for text in [
        "(".repeat(100_000),
        "[".repeat(5_000),
        "!".repeat(1_000_000),
        "a=>".repeat(300_000),
        "if(a)b;else ".repeat(100_000),
        "`${".repeat(9_000),
        "<a>".repeat(200_000),
        "a:".repeat(400_000),
    ] {
        assert!(module("a.tsx", &text).is_err(), "{}", &text[..12]);
    }
    for text in [
        format!("x = {}1", "a + ".repeat(15_000)),
        format!("x{}", ".a()".repeat(15_000)),
        format!("x = [{}]", "[],".repeat(100_000)),
        format!("{}c", "!".repeat(15_000)),
        "a=>".repeat(9_000) + "1",
        "if(a)b;else ".repeat(4_000) + "c",
    ] {
        let parsed = module("a.ts", &text);
        assert!(parsed.is_ok(), "{} {:?}", &text[..12], parsed.err());
    }
}

#[test]
fn ambiguous_arrows_do_not_take_exponential_time() {
    for text in [
        "(".repeat(300) + "x" + &")".repeat(300),
        "(a = ".repeat(200) + "1" + &")".repeat(200),
        "a ? (b) : ".repeat(300) + "c",
        "f<".repeat(200) + ">",
        "a ? (b, c) => ".repeat(100) + "d" + &" : e".repeat(100),
        "async (".repeat(150) + &")".repeat(150),
    ] {
        let _ = module("a.ts", &text);
        let _ = module("a.js", &text);
    }
}

#[test]
fn any_prefix_of_a_source_gives_a_module_or_an_error() {
    for end in (0..EVERYTHING.len()).filter(|i| EVERYTHING.is_char_boundary(*i)) {
        let _ = module("a.tsx", &EVERYTHING[..end]);
        let _ = module("a.js", &EVERYTHING[end..]);
    }
}

#[test]
fn json_is_a_default_export_at_its_true_place() {
    let path = "package.json".parse().expect("a path");
    let text = "{\n  // comment\n  \"name\": \"x\", \"n\": [-1, 2.5, null,],\n}";
    let m = parse_json(&path, &Arc::from(text), &Budget::default()).expect("json");
    let Exported::Expr(value) = m.exports[0].what else {
        panic!("no value")
    };
    assert_eq!(m.text(m.expr(value).span), text);
    assert_eq!(
        crate::json_value(&m, value),
        Some(serde_json::json!({ "name": "x", "n": [-1, 2.5, null] }))
    );
    assert!(parse_json(&path, &Arc::from("{a"), &Budget::default()).is_err());
}

#[test]
fn declaration_files_and_other_languages_are_not_parsed() {
    assert!(matches!(module("a.d.ts", "declare const x: 1"), Err(ParseError::Language { .. })));
    assert!(matches!(module("a.swift", "x"), Err(ParseError::Language { .. })));
}

#[test]
fn a_large_source_is_read_in_parts_to_the_same_tree_and_places() {
    let statements = "/** Adds. */ export function add(a, b) { return /[;'\"]/.test(a) ? `${a};` : a / b / 2; }
        if (x) a(); else b();
        do step(); while (more)
        const t = { name: 'äö', run: async () => { for (let i = 0; i < 3; i++) await go(i); } }; class K { m() { return this.x; } };
        export const v_add = t.name;\n";
    let count = 3 * scan::PART / statements.len() + 1;
    let text: String = (0..count).map(|i| statements.replace("add", &format!("add{i}"))).collect();
    let path = "a.js".parse().expect("a path");
    let text: Arc<str> = text.into();
    let nesting = check_nesting(&path, &text, &Budget::default()).expect("not nested");
    assert!(nesting.cuts.len() >= 2, "{:?}", nesting.cuts);
    same_tree_in_parts(&text);
}

/// Reads a text as a whole and in parts, and gives the tree of both.
fn same_tree_in_parts(text: &str) -> Module {
    let path = "a.js".parse().expect("a path");
    let text: Arc<str> = text.into();
    let nesting = check_nesting(&path, &text, &Budget::default()).expect("not nested");
    let empty = || Module::empty(Language::JavaScript, path.clone(), text.clone());
    let whole = Parts::default().parse(SourceType::jsx(), empty()).expect("a tree");
    let parts = Parts::of(nesting).parse(SourceType::jsx(), empty()).expect("a tree");
    assert_eq!(whole.syntax_errors, 0);
    assert!(format!("{whole:?}") == format!("{parts:?}"), "the trees differ");
    assert_eq!(
        parse(&path, &text, &Budget::default()).expect("a tree").functions.len(),
        whole.functions.len()
    );
    whole
}

#[test]
fn a_bundle_that_is_one_expression_is_read_body_by_body_to_the_same_tree_and_places() {
    let body = "'use strict'; /** Doubles. */ function twice(n) { return n * 2; }
        const f = async ({ a = 1, ...rest }) => { for await (const x of rest.list) yield_(x); return `${await a} }`; };
        class K extends e { constructor() { super(); this.g = () => { super.go(); return new.target; }; } *all() { yield* this; } }
        if (n(1)) { return /[}'\"]/g.test('ö') ? void 0 : arguments[0]; } module.exports = { twice, f, K, t };\n";
    let modules: String = (0..900)
        .map(|i| match i % 4 {
            0 if i % 8 == 0 => format!("{i}: class extends e('x')(t) {{ constructor() {{ super(); new.target; {body}{body}{body} }} static async *m(e, n) {{ yield await e; super.m(); {body}{body}{body} }} }},\n"),
            0 => format!("{i}: (e, t, n) => {{ {body}{body}{body} }},\n"),
            1 => format!("{i}: function (e, t, n) {{ {body}{body}{body} }},\n"),
            2 => format!("{i}: async e => {{ await e; {body}{body}{body} }},\n"),
            _ => format!("'m{i}'(e, t, n) {{ if (e) {{ {body} }} t(function* () {{ yield 1; {body} }}); t(n => {{ {body}{body}{body} }}) }},\n"),
        })
        .collect();
    let text = format!("(() => {{ var m = {{ {modules} }}; var c = {{}}; run(m[0], c); }})()");
    let path = "a.js".parse().expect("a path");
    let nesting = check_nesting(&path, &text, &Budget::default()).expect("not nested");
    assert_eq!(nesting.cuts.len(), 0);
    assert!(nesting.bodies.len() >= 900, "{}", nesting.bodies.len());
    same_tree_in_parts(&text);
}

#[test]
fn what_only_looks_like_the_body_of_a_function_is_not_lost() {
    let filler = "f('x', 1);\n".repeat(200);
    let text = format!(
        "const text = {{ a: 'a', b: [`=> {{ {filler} }}`, () => {{ {filler} }}] }};\nif (a) /'=>{{/.test(b);\n g(() => {{ {filler} }});\n"
    )
    .repeat(60);
    let m = same_tree_in_parts_or_whole(&text);
    assert_eq!((m.syntax_errors, m.functions.len()), (0, 120));
}

fn same_tree_in_parts_or_whole(text: &str) -> Module {
    let path = "a.js".parse().expect("a path");
    let text: Arc<str> = text.into();
    let whole = Parts::default()
        .parse(SourceType::jsx(), Module::empty(Language::JavaScript, path, text.clone()))
        .expect("a tree");
    let read = module("a.js", &text).expect("a tree");
    assert!(format!("{whole:?}") == format!("{read:?}"), "the trees differ");
    read
}

#[test]
fn a_large_source_that_does_not_parse_in_parts_is_read_as_a_whole() {
    // A regular expression that looks like a division hides a quote from the look over the bytes.
    let text = format!("if (a) /'/.test(b);\n{}", "f('x;y'); g(\"it's\");\n".repeat(20_000));
    let m = module("a.js", &text).expect("a tree");
    assert_eq!((m.syntax_errors, m.body.len()), (0, 40_001));
}
