//! PHP.

use super::branch::switch;
use super::form::{Form, Table};
use super::text::{self, Escapes, Quoted};
use super::walk::{cast, field, import_text, param, plain, try_form};
use super::{Lowering, child, child_of_kind, named, span};
use crate::ir::{ExprId, ExprKind, Member, Param, ParamKind, StmtKind};
use tree_sitter::Node;

pub(super) static TABLE: Table = Table {
    language: crate::ir::Language::Php,
    grammar: || tree_sitter_php::LANGUAGE_PHP.into(),
    forms: FORMS,
    param: param_of,
    member,
    decorators,
    quotes,
    interpolations: &[
        "variable_name",
        "dynamic_variable_name",
        "member_access_expression",
        "nullsafe_member_access_expression",
        "subscript_expression",
        "member_call_expression",
        "scoped_property_access_expression",
    ],
    named_args: &[("argument", "name", "#-1")],
};

const FORMS: &[(&str, Form)] = &[
    ("php_tag", Form::Skip),
    ("php_end_tag", Form::Skip),
    ("text", Form::Skip),
    ("text_interpolation", Form::Skip),
    ("namespace_definition", Form::Special(namespace)),
    ("namespace_use_declaration", Form::Special(import_text)),
    ("declare_statement", Form::Skip),
    (
        "class_declaration",
        Form::Class("name", "<base_clause|<class_interface_clause", "body"),
    ),
    ("trait_declaration", Form::Class("name", "", "body")),
    ("interface_declaration", Form::Class("name", "<base_clause", "body")),
    ("enum_declaration", Form::Special(enumeration)),
    ("method_declaration", Form::Function("name", "parameters", "body", "return_type")),
    ("function_definition", Form::Function("name", "parameters", "body", "return_type")),
    ("anonymous_function", Form::Lambda("parameters", "body")),
    ("arrow_function", Form::Lambda("parameters", "body")),
    ("expression_statement", Form::ExprStmt),
    ("echo_statement", Form::ExprStmt),
    ("return_statement", Form::Return),
    ("throw_expression", Form::Throw),
    ("break_statement", Form::Skip),
    ("continue_statement", Form::Skip),
    ("use_declaration", Form::Skip),
    ("compound_statement", Form::Block),
    ("colon_block", Form::Block),
    ("else_clause", Form::Scope),
    ("if_statement", Form::If("condition", "body", "alternative")),
    ("else_if_clause", Form::If("condition", "body", "")),
    ("while_statement", Form::While("condition", "body")),
    ("do_statement", Form::While("condition", "body")),
    ("for_statement", Form::While("condition", "body")),
    ("foreach_statement", Form::Special(for_each)),
    ("try_statement", Form::Special(try_form)),
    ("switch_statement", Form::Special(switch)),
    ("match_expression", Form::Special(switch)),
    ("function_call_expression", Form::Call("function", "arguments")),
    ("member_call_expression", Form::Method("object", "name", "arguments")),
    ("nullsafe_member_call_expression", Form::Method("object", "name", "arguments")),
    ("scoped_call_expression", Form::Method("scope", "name", "arguments")),
    ("member_access_expression", Form::Member("object", "name")),
    ("nullsafe_member_access_expression", Form::Member("object", "name")),
    ("scoped_property_access_expression", Form::Member("scope", "name")),
    ("class_constant_access_expression", Form::Member("#0", "#1")),
    ("object_creation_expression", Form::New("#0", "<arguments", "")),
    ("variadic_unpacking", Form::Spread),
    ("variadic_placeholder", Form::Skip),
    ("array_creation_expression", Form::Object),
    ("array_element_initializer", Form::Through),
    ("list_literal", Form::Array),
    ("assignment_expression", Form::Assign("left", "right")),
    ("reference_assignment_expression", Form::Assign("left", "right")),
    ("augmented_assignment_expression", Form::Assign("left", "right")),
    ("binary_expression", Form::Binary("left", "right")),
    ("unary_op_expression", Form::Unary),
    ("update_expression", Form::Skip),
    ("conditional_expression", Form::Conditional("condition", "body", "alternative")),
    ("subscript_expression", Form::Index("#0", "#1")),
    ("parenthesized_expression", Form::Through),
    ("error_suppression_expression", Form::Through),
    ("clone_expression", Form::Through),
    ("cast_expression", Form::Special(cast)),
    ("cast_type", Form::Skip),
    ("variable_name", Form::Ident),
    ("name", Form::Ident),
    ("relative_scope", Form::Ident),
    ("qualified_name", Form::Type),
    ("integer", Form::Number),
    ("float", Form::Number),
    ("boolean", Form::Special(boolean)),
    ("null", Form::Null),
    ("string", Form::Str),
    ("encapsed_string", Form::Str),
    ("shell_command_expression", Form::Special(shell)),
    ("include_expression", Form::Special(include)),
    ("include_once_expression", Form::Special(include)),
    ("require_expression", Form::Special(include)),
    ("require_once_expression", Form::Special(include)),
    ("exit_statement", Form::Special(exit)),
    ("heredoc", Form::Special(heredoc)),
    ("nowdoc", Form::Special(heredoc)),
    ("attribute_list", Form::Skip),
    ("visibility_modifier", Form::Skip),
    ("static_modifier", Form::Skip),
    ("final_modifier", Form::Skip),
    ("abstract_modifier", Form::Skip),
    ("readonly_modifier", Form::Skip),
];

fn quotes<'s>(text: &'s str, _: &str) -> Quoted<'s> {
    if text.starts_with('`') {
        return text::plain(text, "`", "`", Escapes::C);
    }
    if text.starts_with('\'') {
        text::plain(text, "'", "'", Escapes::Quote)
    } else {
        text::plain(text, "\"", "\"", Escapes::C)
    }
}

/// `` `command` `` is the call it stands for.
fn shell(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let text = l.string_node(node);
    Some(l.call_of(span(node), "`", vec![plain(text)]))
}

fn include(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let file = l.expr(child(node, "#0")?);
    Some(l.call_of(span(node), "include", vec![plain(file)]))
}

fn exit(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let args = l.parts(node).into_iter().map(plain).collect();
    Some(l.call_of(span(node), "exit", args))
}

/// `<<<TEXT … TEXT`: the lines between, without the closing line's indentation.
fn heredoc(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let whole = l.text(node);
    let inner = whole.split_once('\n').map_or("", |(_, rest)| rest);
    let close = inner.rfind('\n').map_or(0, |at| at + 1);
    let indent = inner[close..].len() - inner[close..].trim_start_matches([' ', '\t']).len();
    let lines: Vec<&str> = inner[..close.saturating_sub(1)]
        .split('\n')
        .map(|line| line.get(indent..).unwrap_or(""))
        .collect();
    let text = lines.join("\n");
    let holes = node.child_by_field_name("value").map(named).unwrap_or_default();
    let holes: Vec<Node<'_>> = holes.into_iter().filter(|n| TABLE.interpolations.contains(&n.kind())).collect();
    if holes.is_empty() || node.kind() == "nowdoc" {
        let text = if node.kind() == "nowdoc" {
            text
        } else {
            text::unescape(&text, Escapes::C)
        };
        return Some(l.string(span(node), &text));
    }
    // The text between the holes, each where it stands.
    let source = l.source;
    let margin = format!("\n{}", " ".repeat(indent));
    let mut parts = Vec::new();
    let mut from = node.start_byte() + (whole.len() - inner.len());
    let end = node.start_byte() + (whole.len() - inner.len()) + close.saturating_sub(1);
    for hole in holes {
        let (start, stop) = (hole.start_byte(), hole.end_byte());
        let between = source.get(from..start).unwrap_or("").trim_end_matches('{').replace(&margin, "\n");
        parts.push(l.string(span(node), &text::unescape(&between, Escapes::C)));
        parts.push(l.expr(hole));
        from = stop + usize::from(source.get(stop..).is_some_and(|rest| rest.starts_with('}')));
    }
    let last = source.get(from..end).unwrap_or("").replace(&margin, "\n");
    parts.push(l.string(span(node), &text::unescape(&last, Escapes::C)));
    Some(l.push_expr(span(node), ExprKind::Template(parts.into())))
}

fn namespace(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    if let Some(body) = node.child_by_field_name("body") {
        l.docs.clear();
        l.statements(body);
    }
    None
}

fn enumeration(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let class = l.class(node, "name", "", "body");
    l.mark_enum(class, span(node));
    l.push_stmt(span(node), StmtKind::Class(class));
    None
}

fn for_each(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let iterable = l.expr(child(node, "#0")?);
    let variable = child(node, "#1")?;
    let variable = if variable.kind() == "pair" {
        child(variable, "#-1")?
    } else {
        variable
    };
    let pattern = l.pattern(variable);
    let body = node.child_by_field_name("body").map(|n| l.branch(n)).unwrap_or_default();
    l.push_each(span(node), pattern, iterable, body);
    None
}

fn boolean(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let value = l.text(node).eq_ignore_ascii_case("true");
    Some(l.push_expr(span(node), ExprKind::Bool(value)))
}

fn decorators(l: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let mut out = Vec::new();
    let Some(list) = node.child_by_field_name("attributes") else {
        return out;
    };
    for group in named(list) {
        for attribute in named(group).into_iter().filter(|n| n.kind() == "attribute") {
            let Some(name) = child(attribute, "#0") else { continue };
            let callee = l.ty(name);
            let args = attribute.child_by_field_name("parameters").map(|n| l.args(n)).unwrap_or_default();
            let kind = ExprKind::Call {
                callee,
                args: args.into(),
                new: false,
            };
            out.push(l.push_expr(span(attribute), kind));
        }
    }
    out
}

fn param_of(l: &mut Lowering<'_>, node: Node<'_>, list: &mut Vec<Param>) {
    let Some(name) = node.child_by_field_name("name") else { return };
    let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
    let default = node.child_by_field_name("default_value").map(|n| l.expr(n));
    let pattern = l.name_pattern(name);
    let mut one = param(pattern, annotation, default);
    one.decorators = decorators(l, node).into();
    if node.kind() == "variadic_parameter" {
        one.kind = ParamKind::Rest;
    }
    list.push(one);
}

fn member(l: &mut Lowering<'_>, node: Node<'_>, members: &mut Vec<Member>) -> bool {
    let at = span(node);
    match node.kind() {
        "const_declaration" => {
            for element in named(node).into_iter().filter(|n| n.kind() == "const_element") {
                let (Some(name), Some(value)) = (child(element, "#0"), child(element, "#1")) else {
                    continue;
                };
                let value = l.expr(value);
                let name = l.name_of(name);
                members.push(field(at, name, Some(value), None, true, Vec::new()));
            }
            true
        }
        "property_declaration" => {
            let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
            let mut marks = decorators(l, node);
            marks.extend(l.doc_decorator(at));
            let is_static = child_of_kind(node, &["static_modifier"]).is_some();
            for element in named(node).into_iter().filter(|n| n.kind() == "property_element") {
                let value = element.child_by_field_name("default_value").map(|n| l.expr(n));
                let Some(name) = element.child_by_field_name("name") else {
                    continue;
                };
                let name = l.name_of(name);
                members.push(field(at, name, value, annotation, is_static, marks.clone()));
            }
            true
        }
        // Parameters that the constructor keeps are fields.
        "method_declaration" => {
            let params = node.child_by_field_name("parameters").map(named).unwrap_or_default();
            for promoted in params.into_iter().filter(|n| n.kind() == "property_promotion_parameter") {
                let Some(name) = promoted.child_by_field_name("name") else {
                    continue;
                };
                let annotation = promoted.child_by_field_name("type").map(|n| l.ty(n));
                let name = l.name_of(name);
                members.push(field(span(promoted), name, None, annotation, false, Vec::new()));
            }
            false
        }
        "enum_case" => {
            let value = node.child_by_field_name("value").map(|n| l.expr(n));
            let Some(name) = node.child_by_field_name("name") else {
                return true;
            };
            let name = l.name_of(name);
            members.push(field(at, name, value, None, false, Vec::new()));
            true
        }
        _ => false,
    }
}
