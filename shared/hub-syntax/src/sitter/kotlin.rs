//! Kotlin. Its grammar names few fields: children are told apart by their kinds.

use super::branch::switch;
use super::form::{Form, Table};
use super::text::{self, Escapes, Quoted};
use super::walk::{field, import_text, param, plain, try_form};
use super::{Lowering, child, child_of_kind, named, span};
use crate::ir::{ExprId, ExprKind, LetKind, Member, Param, ParamKind, PatKind, Span, StmtKind, UnaryOp};
use tree_sitter::Node;

pub(super) static TABLE: Table = Table {
    language: crate::ir::Language::Kotlin,
    grammar: || tree_sitter_kotlin_ng::LANGUAGE.into(),
    forms: FORMS,
    param: param_of,
    member,
    decorators,
    quotes,
    interpolations: &["interpolation"],
    named_args: &[("value_argument", "#0", "#-1")],
};

const FORMS: &[(&str, Form)] = &[
    ("package_header", Form::Skip),
    ("import", Form::Special(import_text)),
    ("file_annotation", Form::Skip),
    ("modifiers", Form::Skip),
    ("label", Form::Skip),
    ("type_parameters", Form::Skip),
    ("type_constraints", Form::Skip),
    ("class_declaration", Form::Special(class)),
    ("object_declaration", Form::Class("name", "<delegation_specifiers", "<class_body")),
    ("object_literal", Form::Class("", "<delegation_specifiers", "<class_body")),
    ("companion_object", Form::Scope),
    ("anonymous_initializer", Form::Scope),
    ("secondary_constructor", Form::Skip),
    ("type_alias", Form::Skip),
    (
        "function_declaration",
        Form::Function("name", "<function_value_parameters", "<function_body", ""),
    ),
    ("anonymous_function", Form::Lambda("<function_value_parameters", "<function_body")),
    ("function_body", Form::Scope),
    ("property_declaration", Form::Special(property)),
    ("block", Form::Block),
    ("return_expression", Form::Return),
    ("throw_expression", Form::Throw),
    ("if_expression", Form::If("condition", "#1", "#2")),
    ("when_expression", Form::Special(switch)),
    ("for_statement", Form::ForEach("#0", "#1", "#-1")),
    ("while_statement", Form::While("condition", "#-1")),
    ("do_while_statement", Form::While("condition", "<block")),
    ("try_expression", Form::Special(try_form)),
    ("call_expression", Form::Special(call)),
    ("navigation_expression", Form::Special(navigation)),
    ("index_expression", Form::Index("#0", "#1")),
    ("callable_reference", Form::Special(reference)),
    ("annotated_lambda", Form::Through),
    ("lambda_literal", Form::Special(lambda)),
    ("binary_expression", Form::Binary("left", "right")),
    ("in_expression", Form::Binary("#0", "#-1")),
    ("infix_expression", Form::Special(infix)),
    ("unary_expression", Form::Unary),
    ("assignment", Form::Assign("left", "right")),
    ("as_expression", Form::Special(as_expression)),
    ("parenthesized_expression", Form::Through),
    ("labeled_expression", Form::Through),
    ("annotated_expression", Form::Through),
    ("collection_literal", Form::Array),
    ("spread_expression", Form::Spread),
    ("identifier", Form::Special(name)),
    ("qualified_identifier", Form::Ident),
    ("this_expression", Form::This),
    ("super_expression", Form::Super),
    ("number_literal", Form::Number),
    ("float_literal", Form::Number),
    ("string_literal", Form::Special(string)),
    ("multiline_string_literal", Form::Special(string)),
    ("character_literal", Form::Str),
    ("user_type", Form::Type),
    ("nullable_type", Form::Type),
    ("function_type", Form::Type),
    ("type_arguments", Form::Skip),
];

fn quotes<'s>(text: &'s str, _: &str) -> Quoted<'s> {
    if text.starts_with("\"\"\"") {
        text::plain(text, "\"\"\"", "\"\"\"", Escapes::None)
    } else if text.starts_with('\'') {
        text::plain(text, "'", "'", Escapes::C)
    } else {
        text::plain(text, "\"", "\"", Escapes::C)
    }
}

/// `$name` inside a string is an expression; the grammar leaves it in the text.
fn string(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let id = l.string_node(node);
    let at = span(node);
    let raw = l.text(node);
    if !has_short_template(raw) {
        return Some(id);
    }
    let texts: Vec<ExprId> = match &l.module.expr(id).kind {
        ExprKind::Template(parts) => parts.to_vec(),
        _ => vec![id],
    };
    let mut parts = Vec::new();
    for part in texts {
        let ExprKind::Str(sym) = l.module.expr(part).kind else {
            parts.push(part);
            continue;
        };
        let text = l.module.str(sym).to_owned();
        let mut rest = text.as_str();
        while let Some((before, name, after)) = short_template(rest) {
            if !before.is_empty() {
                parts.push(l.string(at, before));
            }
            parts.push(l.ident(at, name));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(l.string(at, rest));
        }
    }
    Some(l.push_expr(at, ExprKind::Template(parts.into())))
}

fn has_short_template(raw: &str) -> bool {
    !raw.contains("\\$") && short_template(raw).is_some()
}

fn short_template(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(at) = text[from..].find('$') {
        let at = from + at;
        let rest = &text[at + 1..];
        if rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            return Some((&text[..at], &rest[..end], &rest[end..]));
        }
        from = at + 1;
    }
    None
}

fn name(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let kind = match l.text(node) {
        "null" => ExprKind::Null,
        "true" => ExprKind::Bool(true),
        "false" => ExprKind::Bool(false),
        "this" => ExprKind::This,
        other => ExprKind::Ident(l.sym(other.trim_matches('`'))),
    };
    Some(l.push_expr(span(node), kind))
}

fn class(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let body = if child_of_kind(node, &["enum_class_body"]).is_some() {
        "<enum_class_body"
    } else {
        "<class_body"
    };
    let class = l.class(node, "name", "<delegation_specifiers", body);
    if body == "<enum_class_body" {
        l.mark_enum(class, span(node));
    }
    l.push_stmt(span(node), StmtKind::Class(class));
    None
}

fn is_type(node: &Node<'_>) -> bool {
    matches!(
        node.kind(),
        "user_type" | "nullable_type" | "function_type" | "parenthesized_type" | "non_nullable_type"
    )
}

/// The declared variable's name, type and value.
fn declared<'t>(node: Node<'t>) -> (Option<Node<'t>>, Option<Node<'t>>, Option<Node<'t>>) {
    let variable = child_of_kind(node, &["variable_declaration", "multi_variable_declaration"]);
    let ty = variable.and_then(|v| named(v).into_iter().find(is_type));
    let value = named(node).into_iter().rfind(|n| {
        !matches!(
            n.kind(),
            "modifiers"
                | "variable_declaration"
                | "multi_variable_declaration"
                | "getter"
                | "setter"
                | "type_parameters"
                | "type_constraints"
        ) && !is_type(n)
    });
    (variable, ty, value)
}

/// The value of a property; `by lazy { … }` is the closure's.
fn property_value(l: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let inner = if node.kind() == "property_delegate" {
        child(node, "#0").unwrap_or(node)
    } else {
        node
    };
    l.expr(inner)
}

fn property(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let (variable, ty, value) = declared(node);
    let annotation = ty.map(|n| l.ty(n));
    let init = value.map(|n| property_value(l, n));
    let pattern = l.pattern(variable?);
    let is_const = child_of_kind(node, &["modifiers"]).is_some_and(|m| l.text(m).contains("const"));
    let kind = StmtKind::Let {
        kind: if is_const { LetKind::Const } else { LetKind::Let },
        pattern,
        init,
        annotation,
    };
    l.push_stmt(span(node), kind);
    None
}

fn call(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let at = span(node);
    let parts = named(node);
    let (mut callee, negated) = without_not(l, *parts.first()?);
    if let Some(types) = child_of_kind(node, &["type_arguments"]) {
        let types = named(types).into_iter().map(|n| l.ty(n)).collect();
        if let Some(index) = l.one_of(at, types) {
            callee = l.push_expr(at, ExprKind::Index { object: callee, index });
        }
    }
    let mut args = Vec::new();
    for part in &parts[1..] {
        match part.kind() {
            "value_arguments" => args.extend(l.args(*part)),
            "annotated_lambda" | "lambda_literal" => {
                let value = l.expr(*part);
                args.push(plain(value));
            }
            _ => {}
        }
    }
    // `f(x) { … }` is one call, whose callee the grammar reads as a call.
    if parts.len() == 2
        && parts[1].kind() == "annotated_lambda"
        && let ExprKind::Call {
            callee: inner,
            args: first,
            new,
        } = l.module.expr(callee).kind.clone()
    {
        let mut all = first;
        all.extend(args);
        let kind = ExprKind::Call {
            callee: inner,
            args: all,
            new,
        };
        return Some(with_not(l, at, kind, negated));
    }
    let kind = ExprKind::Call {
        callee,
        args: args.into(),
        new: false,
    };
    Some(with_not(l, at, kind, negated))
}

fn navigation(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let property = l.name_of(child(node, "#-1")?);
    let (object, negated) = without_not(l, child(node, "#0")?);
    Some(with_not(l, span(node), ExprKind::Member { object, property }, negated))
}

/// The grammar binds `!` closer than `.` and calls, the language does not: `!path.startsWith(base)` negates the answer.
fn without_not(l: &mut Lowering<'_>, node: Node<'_>) -> (ExprId, bool) {
    let whole = l.expr(node);
    match l.module.expr(whole).kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } if node.kind() != "parenthesized_expression" => (operand, true),
        _ => (whole, false),
    }
}

fn with_not(l: &mut Lowering<'_>, at: Span, kind: ExprKind, negated: bool) -> ExprId {
    let operand = l.push_expr(at, kind);
    if !negated {
        return operand;
    }
    let op = UnaryOp::Not;
    l.push_expr(at, ExprKind::Unary { op, operand })
}

fn reference(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let parts = named(node);
    match parts.as_slice() {
        [one] => Some(l.ty(*one)),
        [object, name] => {
            let object = l.ty(*object);
            let property = l.name_of(*name);
            Some(l.push_expr(span(node), ExprKind::Member { object, property }))
        }
        _ => None,
    }
}

fn lambda(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let id = l.open_function(span(node), None);
    let mut list = Vec::new();
    if let Some(params) = child_of_kind(node, &["lambda_parameters"]) {
        l.params(params, &mut list);
    } else {
        let it = l.sym("it");
        let pattern = l.push_pat(span(node), PatKind::Ident(it));
        list.push(param(pattern, None, None));
    }
    let statements: Vec<Node<'_>> = named(node).into_iter().filter(|n| n.kind() != "lambda_parameters").collect();
    let body = l.in_block(|l| {
        for (i, statement) in statements.iter().enumerate() {
            l.statement(*statement);
            if i + 1 == statements.len()
                && let Some(last) = l.out.last().copied()
                && let StmtKind::Expr(value) = l.module.stmt(last).kind
            {
                l.module.stmts[last.index()].kind = StmtKind::Return(Some(value));
            }
        }
    });
    l.close_function();
    let f = &mut l.module.functions[id.index()];
    f.is_arrow = true;
    f.params = list.into();
    f.body = body;
    Some(l.push_expr(span(node), ExprKind::Function(id)))
}

/// `a to b` is a pair; other infix calls keep their parts.
fn infix(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let parts = named(node);
    if let [left, word, right] = parts.as_slice() {
        let is_pair = l.text(*word) == "to";
        let values = vec![l.expr(*left), l.expr(*right)];
        return Some(if is_pair {
            l.push_expr(span(node), ExprKind::Array(values.into()))
        } else {
            l.unknown(span(node), values)
        });
    }
    None
}

fn as_expression(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    Some(l.expr(node.child_by_field_name("left")?))
}

fn annotation(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let inner = named(node).into_iter().rfind(|n| n.kind() != "use_site_target")?;
    let (ty, args) = match inner.kind() {
        "constructor_invocation" => (child(inner, "#0")?, child_of_kind(inner, &["value_arguments"])),
        _ => (inner, None),
    };
    let callee = l.ty(ty);
    let args = args.map(|n| l.args(n)).unwrap_or_default();
    let kind = ExprKind::Call {
        callee,
        args: args.into(),
        new: false,
    };
    Some(l.push_expr(span(node), kind))
}

fn decorators(l: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let Some(modifiers) = child_of_kind(node, &["modifiers", "parameter_modifiers"]) else {
        return Vec::new();
    };
    let annotations = named(modifiers).into_iter().filter(|n| n.kind() == "annotation");
    annotations.filter_map(|n| annotation(l, n)).collect()
}

fn param_of(l: &mut Lowering<'_>, node: Node<'_>, list: &mut Vec<Param>) {
    match node.kind() {
        "parameter_modifiers" => {
            let marks: Vec<ExprId> = named(node)
                .into_iter()
                .filter(|n| n.kind() == "annotation")
                .filter_map(|n| annotation(l, n))
                .collect();
            l.attributes.extend(marks);
        }
        "parameter" | "variable_declaration" | "class_parameter" => {
            let parts = named(node);
            let Some(name) = parts.iter().find(|n| n.kind() == "identifier") else {
                return;
            };
            let pattern = l.name_pattern(*name);
            let annotation = parts.iter().find(|n| is_type(n)).map(|n| l.ty(*n));
            let default = parts
                .iter()
                .rfind(|n| n.start_byte() > name.start_byte() && !is_type(n) && n.kind() != "modifiers")
                .map(|n| l.expr(*n));
            let mut one = param(pattern, annotation, default);
            one.decorators = std::mem::take(&mut l.attributes).into();
            one.decorators.extend(decorators(l, node));
            if l.text(node).starts_with("vararg") {
                one.kind = ParamKind::Rest;
            }
            list.push(one);
        }
        // The default of the parameter before.
        _ => {
            let value = l.expr(node);
            if let Some(last) = list.last_mut() {
                last.default = Some(value);
            }
        }
    }
}

fn member(l: &mut Lowering<'_>, node: Node<'_>, members: &mut Vec<Member>) -> bool {
    let at = span(node);
    match node.kind() {
        "property_declaration" => {
            let (variable, ty, value) = declared(node);
            let mut marks = decorators(l, node);
            marks.extend(l.doc_decorator(at));
            let annotation = ty.map(|n| l.ty(n));
            let value = value.map(|n| property_value(l, n));
            let name = variable.and_then(|v| child_of_kind(v, &["identifier"]));
            if let Some(name) = name {
                let name = l.name_of(name);
                members.push(field(at, name, value, annotation, true, marks));
            }
            true
        }
        "enum_entry" => {
            let marks = decorators(l, node);
            let value = child_of_kind(node, &["value_arguments"]).map(|n| {
                let args = l.args(n).into_iter().map(|a| a.value).collect();
                l.push_expr(span(n), ExprKind::Array(args))
            });
            if let Some(name) = child_of_kind(node, &["identifier"]) {
                let name = l.name_of(name);
                members.push(field(at, name, value, None, false, marks));
            }
            true
        }
        "companion_object" => {
            if let Some(body) = child_of_kind(node, &["class_body"]) {
                l.members(body, members);
            }
            true
        }
        "getter" | "setter" | "modifiers" | "secondary_constructor" => true,
        _ => false,
    }
}
