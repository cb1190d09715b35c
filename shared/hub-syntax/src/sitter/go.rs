//! Go.

use super::form::{Form, Table};
use super::text::{self, Escapes, Quoted};
use super::walk::{field, param, plain};
use super::{Lowering, child, child_of_kind, named, span};
use crate::ir::{
    Arg, Case, ExprId, ExprKind, Import, ImportName, Imported, Key, LetKind, List, Member, MemberKind, Param, ParamKind, PatKind, Prop,
    StmtKind,
};
use tree_sitter::Node;

pub(super) static TABLE: Table = Table {
    language: crate::ir::Language::Go,
    grammar: || tree_sitter_go::LANGUAGE.into(),
    forms: FORMS,
    param: param_of,
    member,
    decorators: |_, _| Vec::new(),
    quotes,
    interpolations: &[],
    named_args: &[],
};

const FORMS: &[(&str, Form)] = &[
    ("package_clause", Form::Skip),
    ("import_declaration", Form::Special(import)),
    ("const_declaration", Form::Scope),
    ("var_declaration", Form::Scope),
    ("var_spec_list", Form::Scope),
    ("const_spec", Form::Special(spec)),
    ("var_spec", Form::Special(spec)),
    ("type_declaration", Form::Scope),
    ("type_spec", Form::Special(type_spec)),
    ("type_alias", Form::Special(type_spec)),
    ("function_declaration", Form::Function("name", "parameters", "body", "result")),
    ("method_declaration", Form::Special(method)),
    ("short_var_declaration", Form::Special(short_var)),
    ("assignment_statement", Form::Assign("left", "right")),
    ("inc_statement", Form::Skip),
    ("dec_statement", Form::Skip),
    ("expression_statement", Form::ExprStmt),
    ("go_statement", Form::ExprStmt),
    ("defer_statement", Form::ExprStmt),
    ("return_statement", Form::Return),
    ("expression_list", Form::Special(list)),
    ("if_statement", Form::Special(if_statement)),
    ("for_statement", Form::Special(for_statement)),
    ("expression_switch_statement", Form::Special(switch)),
    ("type_switch_statement", Form::Special(switch)),
    ("select_statement", Form::Special(switch)),
    ("block", Form::Block),
    ("statement_list", Form::Scope),
    ("labeled_statement", Form::Scope),
    ("call_expression", Form::Special(call)),
    ("type_conversion_expression", Form::Special(conversion)),
    ("type_instantiation_expression", Form::Special(instantiation)),
    ("selector_expression", Form::Member("operand", "field")),
    ("index_expression", Form::Index("operand", "index")),
    ("type_assertion_expression", Form::Through),
    ("parenthesized_expression", Form::Through),
    ("literal_element", Form::Through),
    ("composite_literal", Form::Special(composite)),
    ("literal_value", Form::Special(elided)),
    ("func_literal", Form::Lambda("parameters", "body")),
    ("unary_expression", Form::Unary),
    ("binary_expression", Form::Binary("left", "right")),
    ("variadic_argument", Form::Spread),
    ("identifier", Form::Ident),
    ("package_identifier", Form::Ident),
    ("field_identifier", Form::Ident),
    ("blank_identifier", Form::Ident),
    ("iota", Form::Ident),
    ("nil", Form::Null),
    ("true", Form::Bool(true)),
    ("false", Form::Bool(false)),
    ("int_literal", Form::Number),
    ("float_literal", Form::Number),
    ("interpreted_string_literal", Form::Str),
    ("raw_string_literal", Form::Str),
    ("rune_literal", Form::Str),
    ("type_identifier", Form::Type),
    ("qualified_type", Form::Type),
    ("pointer_type", Form::Type),
    ("slice_type", Form::Type),
    ("array_type", Form::Type),
    ("map_type", Form::Type),
    ("generic_type", Form::Type),
    ("struct_type", Form::Type),
    ("function_type", Form::Type),
    ("interface_type", Form::Type),
    ("channel_type", Form::Type),
    ("label_name", Form::Skip),
    ("break_statement", Form::Skip),
    ("continue_statement", Form::Skip),
    ("goto_statement", Form::Skip),
];

fn quotes<'s>(text: &'s str, _: &str) -> Quoted<'s> {
    if text.starts_with('`') {
        text::plain(text, "`", "`", Escapes::None)
    } else if text.starts_with('\'') {
        text::plain(text, "'", "'", Escapes::C)
    } else {
        text::plain(text, "\"", "\"", Escapes::C)
    }
}

fn import(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let mut specs = Vec::new();
    for part in named(node) {
        match part.kind() {
            "import_spec" => specs.push(part),
            _ => specs.extend(named(part)),
        }
    }
    for spec in specs {
        let Some(path) = spec.child_by_field_name("path") else { continue };
        let path = l.text(path).trim_matches(['"', '`']);
        let alias = spec.child_by_field_name("name").map(|n| l.text(n));
        // The package's name, as far as its path shows: the last segment that is no version.
        let mut segments = path.rsplit('/');
        let mut last = segments.next().unwrap_or(path);
        if last.len() > 1 && last.starts_with('v') && last[1..].bytes().all(|b| b.is_ascii_digit()) {
            last = segments.next().unwrap_or(last);
        }
        let local = l.sym(alias.unwrap_or(last.trim_start_matches("go-")));
        let specifier = l.sym(path);
        let imported = if alias == Some(".") { Imported::All } else { Imported::Namespace };
        let index = l.module.imports.len() as u32;
        l.module.imports.push(Import {
            span: span(spec),
            specifier,
            names: [ImportName { imported, local }].into(),
            type_only: false,
        });
        l.push_stmt(span(spec), StmtKind::Import(index));
    }
    None
}

/// `A, B = 1, 2` of a constant or variable declaration.
fn spec(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let kind = if node.kind() == "const_spec" {
        LetKind::Const
    } else {
        LetKind::Var
    };
    let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
    let mut cursor = node.walk();
    let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).filter(Node::is_named).collect();
    let values = node.child_by_field_name("value").map(named).unwrap_or_default();
    let unpacked = names.len() != values.len() && !values.is_empty();
    if unpacked {
        let value = l.expr(values[0]);
        let elements = names.iter().map(|n| Some(l.name_pattern(*n))).collect();
        let pattern = l.push_pat(span(node), PatKind::Array { elements, rest: None });
        l.push_stmt(
            span(node),
            StmtKind::Let {
                kind,
                pattern,
                init: Some(value),
                annotation,
            },
        );
        return None;
    }
    for (i, name) in names.into_iter().enumerate() {
        let init = values.get(i).map(|v| l.expr(*v));
        let pattern = l.name_pattern(name);
        l.push_stmt(
            span(node),
            StmtKind::Let {
                kind,
                pattern,
                init,
                annotation,
            },
        );
    }
    None
}

fn short_var(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let (left, right) = (named(node.child_by_field_name("left")?), named(node.child_by_field_name("right")?));
    if left.len() == right.len() {
        for (name, value) in left.into_iter().zip(right) {
            let value = l.expr(value);
            let pattern = l.pattern(name);
            let kind = StmtKind::Let {
                kind: LetKind::Let,
                pattern,
                init: Some(value),
                annotation: None,
            };
            l.push_stmt(span(node), kind);
        }
        return None;
    }
    let value = right.first().map(|n| l.expr(*n));
    let elements = left.into_iter().map(|n| Some(l.pattern(n))).collect();
    let pattern = l.push_pat(span(node), PatKind::Array { elements, rest: None });
    let kind = StmtKind::Let {
        kind: LetKind::Let,
        pattern,
        init: value,
        annotation: None,
    };
    l.push_stmt(span(node), kind);
    None
}

fn type_spec(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let ty = node.child_by_field_name("type")?;
    let name = node.child_by_field_name("name")?;
    if ty.kind() == "struct_type" {
        let class = l.class(ty, "", "", "#0");
        let name = l.name_of(name);
        l.module.classes[class.index()].name = Some(name);
        l.push_stmt(span(node), StmtKind::Class(class));
        return None;
    }
    let annotation = Some(l.ty(ty));
    let pattern = l.name_pattern(name);
    let kind = StmtKind::Let {
        kind: LetKind::Const,
        pattern,
        init: None,
        annotation,
    };
    l.push_stmt(span(node), kind);
    None
}

/// A method: a member of a class of its receiver's name.
fn method(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let receiver = child_of_kind(node.child_by_field_name("receiver")?, &["parameter_declaration"])?;
    let ty = l.ty(receiver.child_by_field_name("type")?);
    let class_name = l.last_name(ty);
    let class = l.open_class(span(node), class_name);
    let around = l.class.replace(class);
    let f = l.function(node, "name", "parameters", "body", "result");
    l.class = around;
    let pattern = match receiver.child_by_field_name("name") {
        Some(name) => l.name_pattern(name),
        None => l.push_pat(span(receiver), PatKind::Unknown),
    };
    let mut first = param(pattern, Some(ty), None);
    first.kind = ParamKind::Receiver;
    l.module.functions[f.index()].params.insert(0, first);
    let name = l.module.function(f).name?;
    l.module.classes[class.index()].members.push(Member {
        span: span(node),
        key: Key::Name(name),
        kind: MemberKind::Method(f),
        is_static: false,
        decorators: List::default(),
    });
    l.push_stmt(span(node), StmtKind::Class(class));
    None
}

fn param_of(l: &mut Lowering<'_>, node: Node<'_>, list: &mut Vec<Param>) {
    let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
    let mut cursor = node.walk();
    let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).filter(Node::is_named).collect();
    if names.is_empty() {
        let pattern = l.push_pat(span(node), PatKind::Unknown);
        list.push(param(pattern, annotation, None));
    }
    for name in names {
        let pattern = l.name_pattern(name);
        let mut one = param(pattern, annotation, None);
        if node.kind() == "variadic_parameter_declaration" {
            one.kind = ParamKind::Rest;
        }
        list.push(one);
    }
}

fn member(l: &mut Lowering<'_>, node: Node<'_>, members: &mut Vec<Member>) -> bool {
    if node.kind() != "field_declaration" {
        return false;
    }
    let Some(ty) = node.child_by_field_name("type") else { return true };
    let annotation = l.ty(ty);
    let mut decorators = node.child_by_field_name("tag").map(|n| tags(l, n)).unwrap_or_default();
    let mut cursor = node.walk();
    let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).filter(Node::is_named).collect();
    if names.is_empty() {
        // An embedded struct: its fields are this one's.
        decorators.push(l.call_of(span(node), "embedded", Vec::new()));
        let name = l.last_name(annotation).unwrap_or_else(|| l.sym(""));
        members.push(field(span(node), name, None, Some(annotation), false, decorators));
        return true;
    }
    for name in names {
        let name = l.name_of(name);
        members.push(field(span(node), name, None, Some(annotation), false, decorators.clone()));
    }
    true
}

/// `json:"a" jsonschema:"b"`: one call per key.
fn tags(l: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let at = span(node);
    let quoted = quotes(l.text(node), node.kind());
    let text = text::unescape(quoted.inner, quoted.escapes);
    let mut out = Vec::new();
    let mut rest = text.trim();
    while let Some((key, after)) = rest.split_once(":\"") {
        // The value ends at a quote that no backslash precedes.
        let mut end = 0;
        let bytes = after.as_bytes();
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let value = text::unescape(after.get(..end).unwrap_or(after), Escapes::C);
        let value = l.string(at, &value);
        out.push(l.call_of(at, key.trim(), vec![plain(value)]));
        rest = after.get(end + 1..).unwrap_or("").trim_start();
    }
    out
}

fn list(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let values = l.parts(node);
    l.one_of(span(node), values)
}

fn if_statement(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    if let Some(first) = node.child_by_field_name("initializer") {
        l.statement(first);
    }
    let test = node.child_by_field_name("condition").map(|n| l.expr(n));
    let test = test.unwrap_or_else(|| l.unknown(span(node), Vec::new()));
    let then = node.child_by_field_name("consequence").map(|n| l.branch(n)).unwrap_or_default();
    let otherwise = node.child_by_field_name("alternative").map(|n| l.branch(n)).unwrap_or_default();
    l.push_stmt(span(node), StmtKind::If { test, then, otherwise });
    None
}

fn for_statement(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let body = node.child_by_field_name("body");
    let Some(range) = child_of_kind(node, &["range_clause"]) else {
        let clause = child_of_kind(node, &["for_clause"]);
        if let Some(first) = clause.and_then(|c| c.child_by_field_name("initializer")) {
            l.statement(first);
        }
        let test = clause.and_then(|c| c.child_by_field_name("condition")).map(|n| l.expr(n));
        let body = body.map(|n| l.branch(n)).unwrap_or_default();
        l.push_loop(span(node), test, body);
        return None;
    };
    let iterable = l.expr(child(range, "right")?);
    let names = child(range, "left").map(named).unwrap_or_default();
    // `for i, x := range`: the element is the second.
    let elements = names.into_iter().map(|n| Some(l.pattern(n))).collect();
    let pattern = l.push_pat(span(range), PatKind::Array { elements, rest: None });
    let body = body.map(|n| l.branch(n)).unwrap_or_default();
    l.push_each(span(node), pattern, iterable, body);
    None
}

fn switch(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    if let Some(first) = node.child_by_field_name("initializer") {
        l.statement(first);
    }
    let subject = node.child_by_field_name("value").map(|n| l.expr(n));
    let subject = subject.unwrap_or_else(|| l.push_expr(span(node), ExprKind::Bool(true)));
    let mut cases = Vec::new();
    for part in named(node) {
        if !part.kind().ends_with("_case") {
            continue;
        }
        let test_node = ["value", "communication"].iter().find_map(|f| part.child_by_field_name(f));
        let test = test_node.and_then(|n| l.value(n));
        let body = l.in_block(|l| {
            for statement in named(part).into_iter().filter(|n| n.kind() == "statement_list") {
                l.statements(statement);
            }
        });
        cases.push(Case { test, body });
    }
    let kind = StmtKind::Switch {
        subject,
        cases: cases.into(),
    };
    l.push_stmt(span(node), kind);
    None
}

fn call(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let at = span(node);
    let function = node.child_by_field_name("function")?;
    let mut callee = l.expr(function);
    if let Some(types) = child_of_kind(node, &["type_arguments"]) {
        callee = with_types(l, callee, types);
    }
    let args: Vec<Arg> = match node.child_by_field_name("arguments") {
        // `make([]T, 0)`, `new(T)`: the type is an argument like others.
        Some(list) => named(list)
            .into_iter()
            .filter_map(|n| {
                if matches!(l.form(n), Some(Form::Type)) {
                    let ty = l.ty(n);
                    return Some(plain(ty));
                }
                l.arg(n)
            })
            .collect(),
        None => Vec::new(),
    };
    let kind = ExprKind::Call {
        callee,
        args: args.into(),
        new: false,
    };
    Some(l.push_expr(at, kind))
}

/// `callee[A, B]`.
fn with_types(l: &mut Lowering<'_>, object: ExprId, types: Node<'_>) -> ExprId {
    let parts = named(types).into_iter().map(|n| l.ty(n)).collect();
    match l.one_of(span(types), parts) {
        Some(index) => l.push_expr(span(types), ExprKind::Index { object, index }),
        None => object,
    }
}

/// `[]byte(x)` is `x`; `f[T](x)`, which the grammar cannot tell from it, is a call.
fn conversion(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let ty = node.child_by_field_name("type")?;
    let operand = l.expr(node.child_by_field_name("operand")?);
    if ty.kind() != "generic_type" {
        return Some(operand);
    }
    let callee = l.ty(ty);
    let kind = ExprKind::Call {
        callee,
        args: [plain(operand)].into(),
        new: false,
    };
    Some(l.push_expr(span(node), kind))
}

fn instantiation(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let mut parts = named(node).into_iter();
    let object = l.ty(parts.next()?);
    let types = parts.map(|n| l.ty(n)).collect();
    let index = l.one_of(span(node), types)?;
    Some(l.push_expr(span(node), ExprKind::Index { object, index }))
}

fn composite(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let body = node.child_by_field_name("body")?;
    literal(l, node.child_by_field_name("type"), body, node)
}

fn elided(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    literal(l, None, node, node)
}

/// A literal of a type, which elements without a type of their own may inherit.
fn literal(l: &mut Lowering<'_>, ty: Option<Node<'_>>, body: Node<'_>, whole: Node<'_>) -> Option<ExprId> {
    let at = span(whole);
    let kind = ty.map_or("", |t| t.kind());
    if matches!(kind, "slice_type" | "array_type" | "implicit_length_array_type") {
        let element = ty.and_then(|t| t.child_by_field_name("element"));
        let items = named(body)
            .into_iter()
            .map(|n| {
                // `[…]T{3: x}`: the place does not matter here.
                let n = n.child_by_field_name("value").unwrap_or(n);
                inherited(l, element, n)
            })
            .collect();
        return Some(l.push_expr(at, ExprKind::Array(items)));
    }
    if kind == "map_type" {
        let element = ty.and_then(|t| t.child_by_field_name("value"));
        let mut props = Vec::new();
        for entry in named(body) {
            let (Some(key), Some(value)) = (entry.child_by_field_name("key"), entry.child_by_field_name("value")) else {
                continue;
            };
            let value = inherited(l, element, value);
            let key = l.expr(key);
            let key = match l.module.expr(key).kind {
                ExprKind::Str(sym) => Key::Name(sym),
                _ => Key::Computed(key),
            };
            props.push(Prop::KeyValue { key, value });
        }
        return Some(l.push_expr(at, ExprKind::Object(props.into())));
    }
    let object = l.object(body);
    // `*T` of an element type is `T` here.
    let ty = match ty {
        Some(t) if t.kind() == "pointer_type" => child(t, "#0"),
        other => other,
    };
    let Some(ty) = ty else { return Some(object) };
    let callee = l.ty(ty);
    let kind = ExprKind::Call {
        callee,
        args: [plain(object)].into(),
        new: true,
    };
    Some(l.push_expr(at, kind))
}

fn inherited(l: &mut Lowering<'_>, ty: Option<Node<'_>>, node: Node<'_>) -> ExprId {
    let inner = match node.kind() {
        "literal_element" => child(node, "#0").unwrap_or(node),
        _ => node,
    };
    let at = span(inner);
    if inner.kind() == "literal_value" && l.depth < l.max_depth {
        l.depth += 1;
        let id = literal(l, ty, inner, inner);
        l.depth -= 1;
        return id.unwrap_or_else(|| l.unknown(at, Vec::new()));
    }
    l.expr(inner)
}
