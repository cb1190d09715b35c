use super::*;
use crate::eval::NoWorld;
use hub_syntax::JsResolver;
use std::sync::Arc;

struct Js(JsResolver);

impl World for Js {
    fn resolve(&self, program: &Program, from: &Module, specifier: &str) -> Option<ModuleId> {
        self.0.resolve(program, &from.path, specifier)
    }
    fn read(&self, path: &str) -> Option<&str> {
        (path == "data/t.json").then_some(r#"{"name":"from-file"}"#)
    }
    fn list(&self, path: &str) -> Option<Vec<String>> {
        (path == "data").then(|| vec!["t.json".to_owned()])
    }
}

/// The JSON of `out`, exported by the first file.
fn out(files: &[(&str, &str)]) -> serde_json::Value {
    hub_syntax::on_big_stack(|| {
        let budget = Budget::default();
        let files: Vec<(RelPath, &str)> = files.iter().map(|(p, t)| (p.parse().expect("a path"), *t)).collect();
        let modules = files
            .iter()
            .map(|(p, t)| hub_syntax::parse(p, &Arc::from(*t), &budget).expect("parses"))
            .collect();
        let program = Program::new(modules);
        let world = Js(JsResolver::new(files.iter().map(|(p, t)| (p, *t)), &budget));
        let mut eval = Eval::new(&program, &world, &budget);
        let first = program.find_path(files[0].0.as_str()).expect("a module");
        let value = eval.export(first, "out").expect("out");
        eval.to_json(&value).value
    })
    .expect("a stack")
}

fn js(text: &str) -> serde_json::Value {
    out(&[("a.ts", text)])
}

#[test]
fn literals_spreads_and_templates() {
    assert_eq!(
        js("const p = 'x_'; const base = { a: 1 }; export const out = { ...base, n: `${p}get`, l: [...[1, 2], 3], c: 'a' + 'b' + 1 };"),
        serde_json::json!({"a":1,"n":"x_get","l":[1,2,3],"c":"ab1"})
    );
}

#[test]
fn functions_loops_and_builtins_run() {
    assert_eq!(
        js("const out = []; function make(n) { return { name: `t_${n}` }; }
            for (const [k, v] of Object.entries({ a: 1, b: 2 })) { if (v > 1) continue; out.push(make(k)); }
            ['x', 'y'].filter(s => s !== 'x').map(make).forEach(t => out.push(t));
            for (let i = 0; i < 2; i++) out.push({ name: String(i) });
            export { out };"),
        serde_json::json!([{"name":"t_a"},{"name":"t_y"},{"name":"0"},{"name":"1"}])
    );
}

#[test]
fn classes_inherit_and_keep_fields() {
    assert_eq!(
        js("class A { kind = 'a'; static all = new Map(); constructor(public name: string) {} get title() { return this.name.toUpperCase(); } describe() { return `${this.kind}:${this.title}`; } }
            class B extends A { kind = 'b'; constructor() { super('bee'); A.all.set(this.name, this); } describe() { return super.describe() + '!'; } }
            new B(); export const out = [...A.all.values()].map(x => x.describe());"),
        serde_json::json!(["b:BEE!"])
    );
}

#[test]
fn modules_reexport_and_require_each_other() {
    let files = [
        (
            "a.ts",
            "import { x, y as z } from './barrel'; import * as ns from './n'; import cjs from './c.cjs'; export const out = [x, z, Object.keys(ns), cjs.k, cjs.w];",
        ),
        ("barrel.ts", "export * from './n'; export { default as y } from './d.js';"),
        ("n.ts", "export const x = 'X'; export enum E { A = 'a' }"),
        ("d.ts", "export default 'D';"),
        (
            "c.cjs",
            "exports.k = require('./e.cjs').v; Object.defineProperty(exports, 'w', { enumerable: true, get: function () { return 'W'; } });",
        ),
        ("e.cjs", "module.exports = { v: 'V' };"),
    ];
    assert_eq!(out(&files), serde_json::json!(["X", "D", ["x", "E"], "V", "W"]));
}

#[test]
fn bundler_wrappers_run() {
    let text = r#"
var __defProp = Object.defineProperty; var __getOwnPropNames = Object.getOwnPropertyNames; var __hasOwnProp = Object.prototype.hasOwnProperty;
var __commonJS = (cb, mod) => function __require() { return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports; };
var __export = (target, all) => { for (var name in all) __defProp(target, name, { get: all[name], enumerable: true }); };
var __esm = (fn, res) => function __init() { return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res; };
var require_x = __commonJS({ "x.js"(exports, module) { module.exports = { a: "A" }; } });
var late; var init_late = __esm({ "late.js"() { late = "L"; } });
var ns = {}; __export(ns, { b: () => b }); var b = "B";
init_late();
var pack = { 7: (module, exports, require) => { require.d(exports, { q: () => q }); const q = require(8); }, 8: (module) => { module.exports = "Q"; } };
var cache = {}; function req(id) { var m = cache[id]; if (m !== undefined) return m.exports; var module = cache[id] = { exports: {} }; pack[id](module, module.exports, req); return module.exports; }
req.d = (exports, definition) => { for (var key in definition) if (Object.prototype.hasOwnProperty.call(definition, key) && !Object.prototype.hasOwnProperty.call(exports, key)) Object.defineProperty(exports, key, { enumerable: true, get: definition[key] }); };
export const out = [require_x().a, ns.b, late, req(7).q];
"#;
    assert_eq!(js(text), serde_json::json!(["A", "B", "L", "Q"]));
}

#[test]
fn unknown_conditions_run_both_sides_and_options_stay_unset() {
    assert_eq!(
        js(
            "const out = ['a']; if (process.env.X) { out.push('b'); } if (!process.env.KEY) { process.exit(1); throw new Error(); }
            const name = process.env.NAME || 'default'; out.push(name);
            function pick(o) { if (o.short) return ['s']; return ['t']; } out.push(...pick(JSON.parse(process.argv[2])));
            export { out };"
        ),
        serde_json::json!(["a", "b", "default", "s", "t"])
    );
}

#[test]
fn what_is_not_known_is_a_named_hole() {
    hub_syntax::on_big_stack(|| {
        let budget = Budget::default();
        let text = "import { z } from 'zod'; export const out = { name: `x_${process.env.A}`, s: z.string() };";
        let program = Program::new(vec![
            hub_syntax::parse(&"a.ts".parse().expect("a path"), &Arc::from(text), &budget).expect("parses"),
        ]);
        let mut eval = Eval::new(&program, &NoWorld, &budget);
        let value = eval.export(ModuleId(0), "out").expect("out");
        let json = eval.to_json(&value);
        assert_eq!(json.value, serde_json::json!({"name": "x_{…}"}));
        assert_eq!(
            json.holes[0],
            ("name".to_owned(), "comes from the environment variable `A`".to_owned())
        );
        assert!(json.holes[1].1.contains("zod"));
    })
    .expect("a stack");
}

#[test]
fn files_of_the_artifact_can_be_read_and_nothing_else() {
    assert_eq!(
        js(
            "import fs from 'node:fs'; import { join, dirname } from 'path'; import { fileURLToPath } from 'url';
            const here = dirname(fileURLToPath(import.meta.url));
            const list = fs.readdirSync(join(here, 'data')).map(f => JSON.parse(fs.readFileSync(join(here, 'data', f), 'utf8')).name);
            export const out = [list, typeof fs.readFileSync('/etc/passwd')];"
        )[0],
        serde_json::json!(["from-file"])
    );
}

#[test]
fn endless_code_ends() {
    for text in [
        "function f() { return f() + f(); } export const out = f();",
        "while (true) {} export const out = 1;",
        "let s = 'x'; for (;;) s += s; export const out = s;",
        "const a = []; for (;;) a.push(a); export const out = 1;",
        "export const out = { get x() { return this.x; } }.x;",
        "const o = {}; o.o = o; export const out = o;",
        "const p = {}; p.__proto__ = p; export const out = p.q;",
        "class A extends A {} export const out = new A();",
        "export const out = out + 1;",
        "function* g() { while (true) yield 1; } export const out = [...g()].length;",
    ] {
        let _ = js(text);
    }
}

#[test]
fn compiled_async_functions_run() {
    assert_eq!(
        js("var __awaiter = (this && this.__awaiter) || function (t, a, P, g) { return new (P || (P = Promise))(function (resolve, reject) {}); };
            function f() { return __awaiter(this, void 0, void 0, function* () { const x = yield g(); return x + 1; }); }
            async function g() { return new Promise(r => setTimeout(() => r(1), 10)); }
            export const out = f();"),
        serde_json::json!(2)
    );
}

#[test]
fn counts_beyond_every_length_end_at_the_length() {
    assert_eq!(
        js(
            "const a = [1, 2, 3]; const cut = a.splice(1, Infinity); const b = [1, 2, 3]; b.splice(2, 1e300);
            export const out = [a, cut, b, 'abc'.substr(1, Infinity), 'abc'.slice(1, 1e300), ''.repeat(Infinity), 'abc'.charAt(Infinity)];"
        ),
        serde_json::json!([[1], [2, 3], [1, 2], "bc", "bc", "", ""])
    );
}

#[test]
fn one_step_is_never_a_megabyte_of_work() {
    let prepared = "let s = '1'.repeat(100000), f = () => 1; const o = {}, p = {};
        for (let i = 0; i < 400; i++) { o['k' + i] = i; p['k' + i] = i; f = f.bind(null, i); }";
    let spends_a_million = |work: &str| {
        let text = format!("{prepared} let n; for (let i = 0; i < 5000; i++) {{ n = {work}; }} export const out = n;");
        let budget = Budget {
            max_eval_steps: 1_000_000,
            ..Budget::default()
        };
        hub_syntax::on_big_stack(|| {
            let path: RelPath = "a.ts".parse().expect("a path");
            let module = hub_syntax::parse(&path, &Arc::from(text.as_str()), &budget).expect("parses");
            let program = Program::new(vec![module]);
            let world = Js(JsResolver::new(std::iter::empty(), &budget));
            let mut eval = Eval::new(&program, &world, &budget);
            let first = program.find_path("a.ts").expect("a module");
            eval.run_module(first);
            eval.is_spent()
        })
        .expect("a stack")
    };
    assert!(!spends_a_million("1 + 1"));
    for work in [
        "s.length",
        "s[5]",
        "+s",
        "Number(s)",
        "s === s",
        "unknown() ? o : p",
        "f()",
        "Object.keys(o)",
        "[...s]",
    ] {
        assert!(spends_a_million(work), "{work}");
    }
}
