use crate::ir::{ExprId, ExprKind, ForEach, Key, Loop, MemberKind, Module, PatId, PatKind, Prop, StmtId, StmtKind};
use hub_model::Budget;
use std::sync::Arc;

fn parse(path: &str, text: &str) -> Module {
    crate::parse(&path.parse().unwrap(), &Arc::from(text), &Budget::default()).unwrap()
}

/// A module as one line per statement: enough to see what became what.
struct Print<'m>(&'m Module);

impl Print<'_> {
    fn e(&self, id: ExprId) -> String {
        let m = self.0;
        let all = |ids: &[ExprId]| ids.iter().map(|i| self.e(*i)).collect::<Vec<_>>().join(", ");
        match &m.expr(id).kind {
            ExprKind::Null => "null".into(),
            ExprKind::Undefined => "undefined".into(),
            ExprKind::Bool(b) => b.to_string(),
            ExprKind::Number(n) => n.to_string(),
            ExprKind::Str(s) => format!("{:?}", m.str(*s)),
            ExprKind::Template(parts) => format!("join({})", all(parts)),
            ExprKind::Ident(s) => m.str(*s).into(),
            ExprKind::This => "self".into(),
            ExprKind::Member { object, property } => format!("{}.{}", self.e(*object), m.str(*property)),
            ExprKind::Index { object, index } => format!("{}<{}>", self.e(*object), self.e(*index)),
            ExprKind::Call { callee, args, new } => {
                let args: Vec<String> = args
                    .iter()
                    .map(|a| {
                        let name = a.name.map(|n| format!("{}=", m.str(n))).unwrap_or_default();
                        format!("{name}{}{}", if a.spread { "..." } else { "" }, self.e(a.value))
                    })
                    .collect();
                format!("{}{}({})", if *new { "new " } else { "" }, self.e(*callee), args.join(", "))
            }
            ExprKind::Array(items) => format!("[{}]", all(items)),
            ExprKind::Object(props) => {
                let props: Vec<String> = props
                    .iter()
                    .map(|p| match p {
                        Prop::KeyValue { key, value } => format!("{}: {}", self.key(*key), self.e(*value)),
                        Prop::Spread(v) => format!("...{}", self.e(*v)),
                        _ => "?".into(),
                    })
                    .collect();
                format!("{{{}}}", props.join(", "))
            }
            ExprKind::Function(f) => self.f(*f),
            ExprKind::Class(c) => self.c(*c),
            ExprKind::Binary { op, left, right } => format!("({} {op:?} {})", self.e(*left), self.e(*right)),
            ExprKind::Unary { op, operand } => format!("{op:?} {}", self.e(*operand)),
            ExprKind::Conditional { test, yes, no } => format!("{} ? {} : {}", self.e(*test), self.e(*yes), self.e(*no)),
            ExprKind::Assign { target, value, .. } => format!("{} := {}", self.p(*target), self.e(*value)),
            ExprKind::Await(v) => format!("await {}", self.e(*v)),
            ExprKind::Unknown(parts) => format!("?({})", all(parts)),
            other => format!("{other:?}"),
        }
    }

    fn key(&self, key: Key) -> String {
        match key {
            Key::Name(s) => self.0.str(s).into(),
            Key::Computed(e) => format!("<{}>", self.e(e)),
        }
    }

    fn p(&self, id: PatId) -> String {
        match &self.0.pat(id).kind {
            PatKind::Ident(s) => self.0.str(*s).into(),
            PatKind::Target(e) => self.e(*e),
            PatKind::Array { elements, .. } => {
                let all: Vec<String> = elements.iter().map(|e| e.map_or("_".into(), |e| self.p(e))).collect();
                format!("[{}]", all.join(", "))
            }
            PatKind::Object { props, .. } => {
                let all: Vec<String> = props.iter().map(|(k, p)| format!("{}: {}", self.key(*k), self.p(*p))).collect();
                format!("{{{}}}", all.join(", "))
            }
            _ => "_".into(),
        }
    }

    fn marks(&self, marks: &[ExprId]) -> String {
        marks.iter().map(|d| format!("@{} ", self.e(*d))).collect()
    }

    fn f(&self, id: crate::ir::FnId) -> String {
        let f = self.0.function(id);
        let params: Vec<String> = f
            .params
            .iter()
            .map(|p| {
                let ty = p.annotation.map(|a| format!(": {}", self.e(a))).unwrap_or_default();
                let default = p.default.map(|d| format!(" = {}", self.e(d))).unwrap_or_default();
                format!("{}{}{ty}{default}", self.marks(&p.decorators), self.p(p.pattern))
            })
            .collect();
        let name = f.name.map(|n| self.0.str(n)).unwrap_or("");
        let doc = f.doc.map(|d| format!("/* {} */ ", self.0.str(d))).unwrap_or_default();
        format!(
            "{doc}{}fn {name}({}) {{ {} }}",
            self.marks(&f.decorators),
            params.join(", "),
            self.block(&f.body)
        )
    }

    fn c(&self, id: crate::ir::ClassId) -> String {
        let c = self.0.class(id);
        let members: Vec<String> = c
            .members
            .iter()
            .map(|m| match &m.kind {
                MemberKind::Method(f) => self.f(*f),
                MemberKind::Field { value, annotation } => {
                    let ty = annotation.map(|a| format!(": {}", self.e(a))).unwrap_or_default();
                    let value = value.map(|v| format!(" = {}", self.e(v))).unwrap_or_default();
                    format!("{}{}{ty}{value}", self.marks(&m.decorators), self.key(m.key))
                }
                MemberKind::Block(b) => self.block(b),
                _ => "?".into(),
            })
            .collect();
        let bases: Vec<String> = c.bases.iter().map(|b| self.e(*b)).collect();
        let doc = c.doc.map(|d| format!("/* {} */ ", self.0.str(d))).unwrap_or_default();
        format!(
            "{doc}{}class {}({}) {{ {} }}",
            self.marks(&c.decorators),
            c.name.map(|n| self.0.str(n)).unwrap_or(""),
            bases.join(", "),
            members.join("; ")
        )
    }

    fn block(&self, block: &[StmtId]) -> String {
        block.iter().map(|s| self.s(*s)).collect::<Vec<_>>().join("; ")
    }

    fn s(&self, id: StmtId) -> String {
        match &self.0.stmt(id).kind {
            StmtKind::Expr(e) => self.e(*e),
            StmtKind::Let {
                pattern, init, annotation, ..
            } => {
                let ty = annotation.map(|a| format!(": {}", self.e(a))).unwrap_or_default();
                let init = init.map(|a| format!(" = {}", self.e(a))).unwrap_or_default();
                format!("let {}{ty}{init}", self.p(*pattern))
            }
            StmtKind::Function(f) => self.f(*f),
            StmtKind::Class(c) => self.c(*c),
            StmtKind::Return(e) => format!("return {}", e.map(|e| self.e(e)).unwrap_or_default()),
            StmtKind::If { test, then, otherwise } => {
                format!(
                    "if {} {{ {} }} else {{ {} }}",
                    self.e(*test),
                    self.block(then),
                    self.block(otherwise)
                )
            }
            StmtKind::Loop(each) => {
                let Loop { test, body, .. } = &**each;
                format!("while {} {{ {} }}", test.map(|t| self.e(t)).unwrap_or_default(), self.block(body))
            }
            StmtKind::ForEach(each) => {
                let ForEach {
                    pattern, iterable, body, ..
                } = &**each;
                format!("for {} in {} {{ {} }}", self.p(*pattern), self.e(*iterable), self.block(body))
            }
            StmtKind::Switch { subject, cases } => {
                let cases: Vec<String> = cases
                    .iter()
                    .map(|c| format!("{} -> {}", c.test.map(|t| self.e(t)).unwrap_or("_".into()), self.block(&c.body)))
                    .collect();
                format!("switch {} {{ {} }}", self.e(*subject), cases.join(", "))
            }
            StmtKind::Block(b) => format!("{{ {} }}", self.block(b)),
            StmtKind::Import(i) => format!("import {}", self.0.str(self.0.imports[*i as usize].specifier)),
            StmtKind::Throw(e) => format!("throw {}", e.map(|e| self.e(e)).unwrap_or_default()),
            other => format!("{other:?}"),
        }
    }
}

fn print(path: &str, text: &str) -> Vec<String> {
    let module = parse(path, text);
    let printer = Print(&module);
    module.body.iter().map(|s| printer.s(*s)).collect()
}

#[test]
fn go_structs_tags_methods_and_literals_are_classes_decorators_members_and_calls() {
    let printed = print(
        "a.go",
        "package a\nimport m \"x/mcp\"\ntype In struct {\n\tName string `json:\"name\" jsonschema:\"the \\\"name\\\"\"`\n\tBase\n}\nfunc (s *Srv) Do(a, b int) {\n\tt := []m.Tool{{Name: \"x\"}}\n}\n",
    );
    assert_eq!(
        printed,
        [
            "import x/mcp",
            "class In() { @json(\"name\") @jsonschema(\"the \\\"name\\\"\") Name: string; @embedded() Base: Base }",
            "class Srv() { fn Do(s: Srv, a: int, b: int) { let t = [new m.Tool({Name: \"x\"})] } }",
        ]
    );
}

#[test]
fn rust_attributes_and_documentation_belong_to_what_they_stand_before() {
    let printed = print(
        "a.rs",
        "/// Doc.\n#[tool(name = \"x\", annotations(read_only_hint = true))]\nfn f(&self) { json!({\"a\": [1, B]}) }\n#[cfg(test)]\nmod tests { fn hidden() {} }\nfn plain() {}",
    );
    assert_eq!(
        printed,
        [
            "/* Doc. */ @tool(name=\"x\", annotations(read_only_hint=true)) fn f(self) { return {a: [1, B]} }",
            "fn plain() {  }",
        ]
    );
}

#[test]
fn annotations_of_java_kotlin_csharp_and_php_are_calls() {
    assert_eq!(
        print(
            "A.java",
            "class A { static final String N = \"a\" + \"b\"; @Tool(name = N) String f(@P(\"x\") List<String> q) { return q; } }"
        ),
        ["class A() { N: String = (\"a\" Add \"b\"); @Tool(name=N) fn f(@P(\"x\") q: List<String>) { return q } }"]
    );
    assert_eq!(
        print(
            "a.kt",
            "class A { @Tool(\"a\") fun f(@P(x = \"y\") q: String?): String { return \"$q!\" } }"
        ),
        ["class A() { @Tool(\"a\") fn f(@P(x=\"y\") q: ?<String>) { return join(q, \"!\") } }"]
    );
    assert_eq!(
        print(
            "a.cs",
            "namespace N;\nclass A { [Tool(Name = \"x\"), Description(\"d\")] string F([Description(\"p\")] int? q = 3) => $\"a{q}\"; }"
        ),
        ["class A() { @Tool(Name=\"x\") @Description(\"d\") fn F(@Description(\"p\") q: ?<int> = 3) { return join(\"a\", q) } }"]
    );
    assert_eq!(
        print(
            "a.php",
            "<?php class A { const N = 'x'; #[McpTool(name: 'add')] function f(#[S(minimum: 0)] int $a = 1) { return ['k' => $a . self::N]; } }"
        ),
        ["class A() { N = \"x\"; @McpTool(name=\"add\") fn f(@S(minimum=0) a: int = 1) { return {k: (a Add self.N)} } }"]
    );
}

#[test]
fn ruby_blocks_are_last_arguments_and_heredocs_stand_where_they_are_wanted() {
    let printed = print(
        "a.rb",
        "class T < MCP::Tool\n  description <<~D\n    One\n      two\n  D\n  arguments do\n    required(:a)\n  end\nend\n",
    );
    assert_eq!(
        printed,
        ["class T(MCP.Tool) { description(\"One\\n  two\\n\"); arguments(fn () { return required(\"a\") }) }"]
    );
}

#[test]
fn text_made_to_be_deep_or_broken_costs_the_file_at_most() {
    for path in ["a.go", "a.rs", "a.java", "a.kt", "a.cs", "a.php", "a.rb"] {
        for text in [
            "(".repeat(3_000),
            format!("x = {}1{}", "[".repeat(3_000), "]".repeat(3_000)),
            format!("fn f() {{ {} }}", "a.b(".repeat(2_000)),
            "if (a) { ".repeat(2_000),
            format!("x = {}\"a\"", "\"a\" + ".repeat(3_000)),
            "\"".repeat(1_001),
            "\u{0}\u{1}\u{feff}<<~A #{".repeat(500),
        ] {
            let text = if path == "a.php" { format!("<?php {text}") } else { text };
            let parsed = crate::parse(&path.parse().unwrap(), &Arc::from(text.as_str()), &Budget::default());
            if let Ok(module) = parsed {
                assert!(module.exprs.len() < 2_000_000, "{path}");
            }
        }
    }
}

#[test]
fn a_parse_that_costs_too_many_steps_is_refused_with_the_setting_that_allows_more() {
    let budget = Budget {
        max_parse_steps: 3,
        ..Budget::default()
    };
    let text = "package a\nvar x = f(1)\n".repeat(1_000);
    let error = crate::parse(&"a.go".parse().unwrap(), &Arc::from(text.as_str()), &budget).unwrap_err();
    assert!(error.to_string().contains("HUB_MAX_PARSE_STEPS"), "{error}");
}
