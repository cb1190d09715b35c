//! Java.

use super::branch::switch;
use super::form::{Form, Table};
use super::text::{self, Escapes, Quoted};
use super::walk::{cast, field, import_text, param, try_form};
use super::{Lowering, child, child_of_kind, named, span};
use crate::ir::{ExprId, ExprKind, LetKind, Member, Param, ParamKind, StmtKind};
use tree_sitter::Node;

pub(super) static TABLE: Table = Table {
    language: crate::ir::Language::Java,
    grammar: || tree_sitter_java::LANGUAGE.into(),
    forms: FORMS,
    param: param_of,
    member,
    decorators,
    quotes,
    interpolations: &["string_interpolation"],
    named_args: &[("element_value_pair", "key", "value")],
};

const FORMS: &[(&str, Form)] = &[
    ("package_declaration", Form::Skip),
    ("import_declaration", Form::Special(import_text)),
    ("modifiers", Form::Skip),
    ("dimensions", Form::Skip),
    ("type_parameters", Form::Skip),
    ("throws", Form::Skip),
    ("class_declaration", Form::Class("name", "superclass|interfaces", "body")),
    ("record_declaration", Form::Class("name", "interfaces", "body")),
    ("interface_declaration", Form::Class("name", "<extends_interfaces", "body")),
    ("enum_declaration", Form::Special(enumeration)),
    ("annotation_type_declaration", Form::Skip),
    ("method_declaration", Form::Function("name", "parameters", "body", "type")),
    ("constructor_declaration", Form::Function("name", "parameters", "body", "")),
    ("compact_constructor_declaration", Form::Skip),
    ("static_initializer", Form::Scope),
    ("enum_body_declarations", Form::Scope),
    ("local_variable_declaration", Form::Special(local)),
    ("expression_statement", Form::ExprStmt),
    ("return_statement", Form::Return),
    ("yield_statement", Form::ExprStmt),
    ("throw_statement", Form::Throw),
    ("break_statement", Form::Skip),
    ("continue_statement", Form::Skip),
    ("assert_statement", Form::Skip),
    ("block", Form::Block),
    ("constructor_body", Form::Block),
    ("synchronized_statement", Form::Scope),
    ("labeled_statement", Form::Scope),
    ("if_statement", Form::If("condition", "consequence", "alternative")),
    ("while_statement", Form::While("condition", "body")),
    ("do_statement", Form::While("condition", "body")),
    ("for_statement", Form::While("condition", "body")),
    ("enhanced_for_statement", Form::ForEach("name", "value", "body")),
    ("try_statement", Form::Special(try_form)),
    ("try_with_resources_statement", Form::Special(try_form)),
    ("resource_specification", Form::Scope),
    ("resource", Form::Let("name", "value", "type", LetKind::Const)),
    ("catch_formal_parameter", Form::Skip),
    ("switch_expression", Form::Special(switch)),
    ("method_invocation", Form::Method("object", "name", "arguments")),
    ("explicit_constructor_invocation", Form::Call("constructor", "arguments")),
    ("field_access", Form::Member("object", "field")),
    ("object_creation_expression", Form::New("type", "arguments", "")),
    ("method_reference", Form::Member("#0", "#-1")),
    ("class_literal", Form::Special(class_literal)),
    ("lambda_expression", Form::Lambda("parameters", "body")),
    ("binary_expression", Form::Binary("left", "right")),
    ("assignment_expression", Form::Assign("left", "right")),
    ("unary_expression", Form::Unary),
    ("update_expression", Form::Skip),
    ("ternary_expression", Form::Conditional("condition", "consequence", "alternative")),
    ("parenthesized_expression", Form::Through),
    ("cast_expression", Form::Special(cast)),
    ("array_access", Form::Index("array", "index")),
    ("array_creation_expression", Form::Through),
    ("dimensions_expr", Form::Skip),
    ("array_initializer", Form::Array),
    ("element_value_array_initializer", Form::Array),
    ("annotation", Form::Special(annotation)),
    ("marker_annotation", Form::Special(annotation)),
    ("identifier", Form::Ident),
    ("scoped_identifier", Form::Member("scope", "name")),
    ("this", Form::This),
    ("super", Form::Super),
    ("null_literal", Form::Null),
    ("true", Form::Bool(true)),
    ("false", Form::Bool(false)),
    ("decimal_integer_literal", Form::Number),
    ("hex_integer_literal", Form::Number),
    ("decimal_floating_point_literal", Form::Number),
    ("string_literal", Form::Str),
    ("character_literal", Form::Str),
    ("type_identifier", Form::Type),
    ("scoped_type_identifier", Form::Type),
    ("generic_type", Form::Type),
    ("array_type", Form::Type),
    ("integral_type", Form::Type),
    ("floating_point_type", Form::Type),
    ("boolean_type", Form::Type),
    ("void_type", Form::Type),
    ("type_arguments", Form::Skip),
];

fn quotes<'s>(text: &'s str, _: &str) -> Quoted<'s> {
    if text.starts_with("\"\"\"") {
        return Quoted {
            inner: text::between(text, "\"\"\"", "\"\"\""),
            escapes: Escapes::C,
            dedent: true,
        };
    }
    if text.starts_with('\'') {
        return text::plain(text, "'", "'", Escapes::C);
    }
    text::plain(text, "\"", "\"", Escapes::C)
}

fn enumeration(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let class = l.class(node, "name", "interfaces", "body");
    l.mark_enum(class, span(node));
    l.push_stmt(span(node), StmtKind::Class(class));
    None
}

fn local(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
    for declarator in named(node).into_iter().filter(|n| n.kind() == "variable_declarator") {
        let init = declarator.child_by_field_name("value").map(|n| l.expr(n));
        let Some(name) = declarator.child_by_field_name("name") else {
            continue;
        };
        let pattern = l.name_pattern(name);
        let kind = StmtKind::Let {
            kind: LetKind::Let,
            pattern,
            init,
            annotation,
        };
        l.push_stmt(span(node), kind);
    }
    None
}

/// `Foo.class` is the type.
fn class_literal(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    Some(l.ty(child(node, "#0")?))
}

/// `@Name(a = 1)` as a call, `@Name` as a call without arguments.
fn annotation(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let callee = l.ty(node.child_by_field_name("name")?);
    let args = node.child_by_field_name("arguments").map(|n| l.args(n)).unwrap_or_default();
    let kind = ExprKind::Call {
        callee,
        args: args.into(),
        new: false,
    };
    Some(l.push_expr(span(node), kind))
}

fn decorators(l: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let Some(modifiers) = child_of_kind(node, &["modifiers"]) else {
        return Vec::new();
    };
    let annotations = named(modifiers).into_iter().filter(|n| n.kind().contains("annotation"));
    annotations.filter_map(|n| annotation(l, n)).collect()
}

fn param_of(l: &mut Lowering<'_>, node: Node<'_>, list: &mut Vec<Param>) {
    let name = match node.kind() {
        "identifier" => Some(node),
        "spread_parameter" => child_of_kind(node, &["variable_declarator"]).and_then(|d| d.child_by_field_name("name")),
        "formal_parameter" => node.child_by_field_name("name"),
        _ => None,
    };
    let Some(name) = name else { return };
    let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
    let pattern = l.name_pattern(name);
    let mut one = param(pattern, annotation, None);
    one.decorators = decorators(l, node).into();
    if node.kind() == "spread_parameter" {
        one.kind = ParamKind::Rest;
    }
    list.push(one);
}

fn member(l: &mut Lowering<'_>, node: Node<'_>, members: &mut Vec<Member>) -> bool {
    let at = span(node);
    match node.kind() {
        "field_declaration" | "constant_declaration" => {
            let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
            let mut marks = decorators(l, node);
            marks.extend(l.doc_decorator(at));
            let is_static = child_of_kind(node, &["modifiers"]).is_none_or(|m| l.text(m).contains("static"));
            for declarator in named(node).into_iter().filter(|n| n.kind() == "variable_declarator") {
                let value = declarator.child_by_field_name("value").map(|n| l.expr(n));
                let Some(name) = declarator.child_by_field_name("name") else {
                    continue;
                };
                let name = l.name_of(name);
                members.push(field(at, name, value, annotation, is_static, marks.clone()));
            }
            true
        }
        "enum_constant" => {
            let marks = decorators(l, node);
            let value = node.child_by_field_name("arguments").map(|n| {
                let args = l.args(n).into_iter().map(|a| a.value).collect();
                l.push_expr(span(n), ExprKind::Array(args))
            });
            let Some(name) = node.child_by_field_name("name") else {
                return true;
            };
            let name = l.name_of(name);
            members.push(field(at, name, value, None, false, marks));
            true
        }
        _ => false,
    }
}
