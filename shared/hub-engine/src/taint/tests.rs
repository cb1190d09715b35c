//! Small sources, one flow each: every way data moves, every check that holds, and every check that does not.

use super::{Flows, Kinds, Weak};
use crate::{ArgumentShape, CodeFacts, EntryKind, EntryPoint, FunctionRef};
use hub_model::{Budget, Inventory, RelPath};
use hub_syntax::ir::{FnId, Language};
use hub_syntax::{ModuleId, Program};
use std::sync::Arc;

/// The flows of these files; every function named `tool` is a handler.
fn flows(files: &[(&str, &str)]) -> Flows {
    let budget = Budget::default();
    let mut modules = Vec::new();
    for (path, text) in files {
        let path: RelPath = path.parse().unwrap();
        modules.push(hub_syntax::parse(&path, &Arc::from(*text), &budget).unwrap());
    }
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    let program = Program::new(modules);
    let mut facts = CodeFacts::default();
    for (id, module) in program.iter() {
        for (i, f) in module.functions.iter().enumerate() {
            if f.name.is_some_and(|n| module.str(n) == "tool") {
                facts.entry_points.push(entry(id, FnId(i as u32), module.language));
            }
        }
    }
    Flows::of(&program, &facts, &Inventory::default(), &budget)
}

fn entry(module: ModuleId, function: FnId, language: Language) -> EntryPoint {
    let arguments = if language == Language::Python {
        ArgumentShape::EachParameter { except: Vec::new() }
    } else {
        ArgumentShape::FirstParameter
    };
    EntryPoint {
        kind: EntryKind::Tool,
        name: "t".to_owned(),
        handler: FunctionRef { module, function },
        arguments,
    }
}

fn py(text: &str) -> Vec<Kinds> {
    flows(&[("a.py", text)]).reaches.iter().map(|r| r.kind).collect()
}
fn js(text: &str) -> Vec<Kinds> {
    flows(&[("a.ts", text)]).reaches.iter().map(|r| r.kind).collect()
}

#[test]
fn data_follows_assignments_templates_members_and_destructuring() {
    assert_eq!(
        js(
            "import { exec } from 'child_process'; function tool({ a }) { const o = { x: { y: `ls ${a}` } }; const { x: { y } } = o; exec(y); }"
        ),
        [Kinds::SHELL]
    );
    assert_eq!(
        js("import { exec } from 'child_process'; function tool(args) { const o = { x: args.a, y: 'fine' }; exec('ls ' + o.y); }"),
        []
    );
    assert_eq!(
        py("import os\ndef tool(a):\n    d = {'k': a}\n    os.system('ls ' + d['k'])\n"),
        [Kinds::SHELL]
    );
    assert_eq!(py("import os\ndef tool(a):\n    x, y = a, 'fine'\n    os.system(y)\n"), []);
}

#[test]
fn data_follows_callbacks_promises_and_closures() {
    assert_eq!(
        js("import { exec } from 'child_process'; async function tool({ list }) { list.forEach(x => exec('ls ' + x)); }"),
        [Kinds::SHELL]
    );
    assert_eq!(
        js(
            "import { exec } from 'child_process'; function later(v) { return new Promise((ok) => ok(v)); } async function tool({ a }) { const b = await later(a); exec(b); }"
        ),
        [Kinds::SHELL]
    );
    assert_eq!(
        js(
            "import { exec } from 'child_process'; async function guard(work) { return await work(); } async function tool({ a }) { await guard(async () => { exec(`ls ${a}`); }); }"
        ),
        [Kinds::SHELL]
    );
}

#[test]
fn data_follows_functions_classes_and_fields_across_files() {
    let f = flows(&[
        (
            "run.ts",
            "import cp from 'node:child_process'; import { promisify } from 'util'; const run = promisify(cp.exec); export class Shell { constructor(private cmd) { this.cmd = cmd; } go() { return run(this.cmd); } }",
        ),
        (
            "main.ts",
            "import { Shell } from './run.js'; export async function tool({ a }) { const s = new Shell('ls ' + a); await s.go(); }",
        ),
    ]);
    assert_eq!(f.reaches.len(), 1, "{:?}", f.reaches);
    assert_eq!(f.reaches[0].sink.at.file.as_str(), "run.ts");
    assert!(f.reaches[0].steps.len() >= 2);
    let f = flows(&[
        (
            "pkg/helper.py",
            "import subprocess\ndef run(c):\n    subprocess.run(c, shell=True)\n",
        ),
        ("pkg/main.py", "from .helper import run\ndef tool(a):\n    run(f'ls {a}')\n"),
    ]);
    assert_eq!(f.reaches.len(), 1);
}

#[test]
fn arguments_without_a_shell_and_quoted_ones_are_safe() {
    assert_eq!(
        js("import { execFile } from 'child_process'; function tool({ a }) { execFile('ping', ['-c', '1', a]); }"),
        []
    );
    assert_eq!(
        py("import subprocess, shlex\ndef tool(a):\n    subprocess.run(f'ls {shlex.quote(a)}', shell=True)\n"),
        []
    );
    assert_eq!(
        js("import { execFile } from 'child_process'; function tool({ a }) { execFile('sh', ['-c', a]); }"),
        [Kinds::SHELL]
    );
    assert_eq!(
        js("import { execFile } from 'child_process'; function tool({ a }) { execFile('git', ['clone', a]); }"),
        [Kinds::ARGUMENT]
    );
    assert_eq!(
        js("import { execFile } from 'child_process'; function tool({ a }) { execFile('git', ['clone', '--', a]); }"),
        []
    );
}

#[test]
fn a_guard_counts_only_where_it_stands_before_the_use() {
    let guarded = "import { exec } from 'child_process'; const OK = new Set(['a']); function tool({ a }) { if (!OK.has(a)) throw new Error('no'); exec(a); }";
    assert_eq!(js(guarded), []);
    let late = "import { exec } from 'child_process'; const OK = new Set(['a']); function tool({ a }) { exec(a); if (!OK.has(a)) throw new Error('no'); }";
    assert_eq!(js(late), [Kinds::SHELL]);
    let unheeded = "import { exec } from 'child_process'; const OK = new Set(['a']); function tool({ a }) { if (!OK.has(a)) console.log('no'); exec(a); }";
    assert_eq!(js(unheeded), [Kinds::SHELL]);
    assert_eq!(
        js("import { exec } from 'child_process'; function tool({ a }) { if (!/^[a-z0-9]+$/.test(a)) return; exec('ls ' + a); }"),
        []
    );
    assert_eq!(
        js(
            "import { exec } from 'child_process'; function tool({ a }) { const first = a.split(' ')[0]; if (!['ls'].includes(first)) return; exec(a); }"
        ),
        [Kinds::SHELL]
    );
}

#[test]
fn a_guard_in_a_helper_counts_through_its_exception_result_and_returned_value() {
    assert_eq!(
        py(
            "import os\nOK = {'a'}\ndef check(x):\n    if x not in OK:\n        raise ValueError(x)\ndef tool(a):\n    check(a)\n    os.system(a)\n"
        ),
        []
    );
    assert_eq!(
        py(
            "import os\nOK = {'a'}\ndef is_ok(x):\n    return x in OK\ndef tool(a):\n    if not is_ok(a):\n        return 'no'\n    os.system(a)\n"
        ),
        []
    );
    assert_eq!(
        py(
            "import os\nOK = {'a'}\ndef check(x):\n    if x in OK:\n        return True, ''\n    return False, 'no'\ndef tool(a):\n    ok, why = check(a)\n    if not ok:\n        return why\n    os.system(a)\n"
        ),
        []
    );
    assert_eq!(
        py("import os\ndef check(x):\n    if x == '':\n        raise ValueError(x)\ndef tool(a):\n    check(a)\n    os.system(a)\n"),
        [Kinds::SHELL]
    );
}

#[test]
fn paths_are_safe_when_resolved_and_compared_with_a_separator() {
    let with = |check: &str| {
        js(&format!(
            "import fs from 'fs'; import path from 'path'; const BASE = '/srv'; function tool({{ a }}) {{ const p = path.resolve(BASE, a); {check} fs.readFileSync(p); }}"
        ))
    };
    assert_eq!(with("if (!p.startsWith(BASE + path.sep)) throw new Error('no');"), []);
    assert_eq!(with(""), [Kinds::PATH]);
    let weak = flows(&[(
        "a.ts",
        "import fs from 'fs'; import path from 'path'; function tool({ a }) { const p = path.resolve('/srv', a); if (!p.startsWith('/srv')) throw new Error('no'); fs.readFileSync(p); }",
    )]);
    assert_eq!(weak.reaches[0].weak, Weak::PREFIX_WITHOUT_SEPARATOR);
    assert_eq!(
        py(
            "from pathlib import Path\nB = Path('/srv')\ndef tool(a):\n    p = (B / a).resolve()\n    p.relative_to(B)\n    return p.read_text()\n"
        ),
        []
    );
    assert_eq!(
        py(
            "import os\ndef tool(a):\n    p = os.path.realpath(os.path.join('/srv', a))\n    if os.path.commonpath([p, '/srv']) != '/srv':\n        raise ValueError()\n    return open(p)\n"
        ),
        []
    );
    assert_eq!(
        py("import os\ndef tool(a):\n    return open(os.path.join('/srv', os.path.basename(a)))\n"),
        []
    );
}

#[test]
fn an_address_is_dangerous_only_where_the_host_is_open() {
    assert_eq!(
        js("async function tool({ a }) { await fetch(`https://api.example.com/x/${a}`); }"),
        []
    );
    assert_eq!(
        js("async function tool({ a }) { await fetch(`https://${a}.example.com/`); }"),
        [Kinds::URL]
    );
    assert_eq!(
        js("async function tool({ a }) { const u = new URL(a); if (u.hostname !== 'example.com') throw new Error('no'); await fetch(a); }"),
        []
    );
    assert_eq!(
        py("import requests, os\nBASE = os.environ['BASE']\ndef tool(a):\n    requests.get(f'{BASE}/x/{a}')\n"),
        []
    );
}

#[test]
fn numbers_literals_and_checked_types_carry_nothing() {
    assert_eq!(
        py("import os\nfrom typing import Literal\ndef tool(a: int, b: Literal['x', 'y']):\n    os.system(f'ls {a} {b}')\n"),
        []
    );
    assert_eq!(
        js(
            "import { exec } from 'child_process'; import { z } from 'zod'; const S = z.object({ n: z.number(), s: z.string() }); function tool(args) { const { n } = S.parse(args); exec('ls ' + n); }"
        ),
        []
    );
    assert_eq!(
        js(
            "import { exec } from 'child_process'; import { z } from 'zod'; const S = z.object({ n: z.number(), s: z.string() }); function tool(args) { const { s } = S.parse(args); exec('ls ' + s); }"
        ),
        [Kinds::SHELL]
    );
}

#[test]
fn a_property_of_a_base_class_in_another_file_is_read_there() {
    let base = format!(
        "{}class Base:\n    @property\n    def cmd(self):\n        return 'ls ' + self.a\n",
        "def f():\n    pass\n".repeat(30)
    );
    let f = flows(&[
        ("base.py", base.as_str()),
        (
            "main.py",
            "import os\nfrom base import Base\nclass Sub(Base):\n    def __init__(self, a):\n        self.a = a\ndef tool(a):\n    os.system(Sub(a).cmd)\n",
        ),
    ]);
    assert_eq!(f.reaches.len(), 1);
}

#[test]
fn recursion_and_huge_functions_end() {
    assert_eq!(
        py("import os\ndef f(x):\n    return g(x)\ndef g(x):\n    return f(x + 'a')\ndef tool(a):\n    f(a)\n    os.system(a)\n"),
        [Kinds::SHELL]
    );
    let mut text = String::from("import os\ndef tool(a):\n    x = 'b'\n");
    for i in 0..2_000 {
        text.push_str(&format!("    if a == {i}:\n        x = x + 'c'\n"));
    }
    text.push_str("    os.system(a)\n");
    assert_eq!(py(&text), [Kinds::SHELL]);
    let chain = format!(
        "import {{ exec }} from 'child_process'; function tool({{ a }}) {{ exec(a{}); }}",
        " + 'x'".repeat(3_000)
    );
    assert_eq!(js(&chain), [Kinds::SHELL]);
}

#[test]
fn garbled_input_never_panics() {
    let text = "import os, subprocess\ndef tool(a, *b, **c):\n    with open(a) as f, g() as (x, [y, *z]):\n        for i, (j, k) in enumerate({**c, 'a': b}.items()):\n            try:\n                lambda q=a: [w for w in q if (v := w)]\n            except (A, B) as e:\n                continue\n            finally:\n                del x[a]\n    return subprocess.run([*b, a], **c)\n";
    for cut in 0..text.len() {
        let path: RelPath = "a.py".parse().unwrap();
        if let Ok(module) = hub_syntax::parse(&path, &Arc::from(&text[..cut]), &Budget::default()) {
            let handlers = (0..module.functions.len())
                .map(|i| entry(ModuleId(0), FnId(i as u32), Language::Python))
                .collect();
            let facts = CodeFacts {
                entry_points: handlers,
                ..CodeFacts::default()
            };
            let _ = Flows::of(&Program::new(vec![module]), &facts, &Inventory::default(), &Budget::default());
        }
    }
}

#[test]
fn a_spent_budget_is_said() {
    let path: RelPath = "a.py".parse().unwrap();
    let module = hub_syntax::parse(&path, &Arc::from("import os\ndef tool(a):\n    os.system(a)\n"), &Budget::default()).unwrap();
    let facts = CodeFacts {
        entry_points: vec![entry(ModuleId(0), FnId(0), Language::Python)],
        ..CodeFacts::default()
    };
    let budget = Budget {
        max_flow_steps: 1,
        ..Budget::default()
    };
    let flows = Flows::of(&Program::new(vec![module]), &facts, &Inventory::default(), &budget);
    assert!(flows.limits_hit.iter().any(|l| l.contains("budget")), "{:?}", flows.limits_hit);
}

#[test]
fn the_plan_of_a_statement_is_asked_with_the_statement_whole() {
    let whole = |query: &str| {
        let text =
            format!("import pg from 'pg'; const pool = new pg.Pool(); async function tool({{ q, o }}) {{ await pool.query({query}); }}");
        let flows = flows(&[("a.ts", &text)]);
        flows
            .reaches
            .iter()
            .filter(|r| r.kind == Kinds::QUERY)
            .map(|r| r.whole)
            .collect::<Vec<_>>()
    };
    assert_eq!(whole("q"), [true]);
    assert_eq!(whole("`EXPLAIN (ANALYZE, FORMAT JSON) ${q}`"), [true]);
    assert_eq!(whole("`SET SHOWPLAN_TEXT ON; ${q}; SET SHOWPLAN_TEXT OFF;`"), [true]);
    assert_eq!(whole("`EXPLAIN SELECT * FROM t WHERE a = ${q}`"), [false]);
    assert_eq!(whole("`EXPLAIN ${q} WHERE a = 1`"), [false]);
    assert_eq!(whole("'EXPLAIN ' + ('SELECT * FROM t WHERE a = ' + q)"), [false]);
    assert_eq!(whole("`EXPLAIN ${'SELECT * FROM t WHERE a = ' + q}`"), [false]);
}
