use crate::ir::{ExprId, ExprKind, Key, MemberKind, Module, PatId, PatKind, Prop, StmtId, StmtKind};
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
        format!("{doc}{}fn {name}({}) {{ {} }}", self.marks(&f.decorators), params.join(", "), self.block(&f.body))
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
                format!("if {} {{ {} }} else {{ {} }}", self.e(*test), self.block(then), self.block(otherwise))
            }
            StmtKind::Loop { test, body, .. } => format!("while {} {{ {} }}", test.map(|t| self.e(t)).unwrap_or_default(), self.block(body)),
            StmtKind::ForEach {
                pattern, iterable, body, ..
            } => {
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
fn dump() {
    if let Ok(path) = std::env::var("DUMP") {
        for line in print(path.rsplit('/').next().unwrap(), &std::fs::read_to_string(&path).unwrap()) {
            println!("{line}");
        }
    }
}
