//! C#.

use super::branch::switch;
use super::form::{Form, Table};
use super::text::{self, Escapes, Quoted};
use super::walk::{cast, field, import_text, param, try_form};
use super::{Lowering, child_of_kind, named, span};
use crate::ir::{BinaryOp, ExprId, ExprKind, LetKind, Member, Param, ParamKind, StmtKind, UnaryOp};
use tree_sitter::Node;

pub(super) static TABLE: Table = Table {
    language: crate::ir::Language::CSharp,
    grammar: || tree_sitter_c_sharp::LANGUAGE.into(),
    forms: FORMS,
    param: param_of,
    member,
    decorators,
    quotes,
    interpolations: &["interpolation"],
    named_args: &[("argument", "name", "#-1"), ("attribute_argument", "name", "#-1")],
};

const FORMS: &[(&str, Form)] = &[
    ("is_pattern_expression", Form::Special(is_pattern)),
    ("using_directive", Form::Special(import_text)),
    ("extern_alias_directive", Form::Skip),
    ("namespace_declaration", Form::Special(namespace)),
    ("file_scoped_namespace_declaration", Form::Special(namespace)),
    ("global_statement", Form::Scope),
    ("global_attribute", Form::Skip),
    ("attribute_list", Form::Skip),
    ("modifier", Form::Skip),
    ("type_parameter_list", Form::Skip),
    ("type_parameter_constraints_clause", Form::Skip),
    ("preproc_define", Form::Skip),
    ("preproc_region", Form::Skip),
    ("preproc_endregion", Form::Skip),
    ("preproc_pragma", Form::Skip),
    ("preproc_nullable", Form::Skip),
    ("preproc_line", Form::Skip),
    ("preproc_arg", Form::Skip),
    ("class_declaration", Form::Class("name", "<base_list", "body")),
    ("record_declaration", Form::Class("name", "<base_list", "body")),
    ("struct_declaration", Form::Class("name", "<base_list", "body")),
    ("interface_declaration", Form::Class("name", "<base_list", "body")),
    ("enum_declaration", Form::Special(enumeration)),
    ("delegate_declaration", Form::Skip),
    ("method_declaration", Form::Function("name", "parameters", "body", "returns")),
    ("local_function_statement", Form::Function("name", "parameters", "body", "type")),
    ("constructor_declaration", Form::Function("name", "parameters", "body", "")),
    ("arrow_expression_clause", Form::Through),
    ("local_declaration_statement", Form::Scope),
    ("variable_declaration", Form::Special(variables)),
    ("expression_statement", Form::ExprStmt),
    ("return_statement", Form::Return),
    ("yield_statement", Form::ExprStmt),
    ("throw_statement", Form::Throw),
    ("throw_expression", Form::Throw),
    ("break_statement", Form::Skip),
    ("continue_statement", Form::Skip),
    ("empty_statement", Form::Skip),
    ("block", Form::Block),
    ("using_statement", Form::Scope),
    ("lock_statement", Form::Scope),
    ("checked_statement", Form::Scope),
    ("unsafe_statement", Form::Scope),
    ("if_statement", Form::If("condition", "consequence", "alternative")),
    ("while_statement", Form::While("condition", "body")),
    ("do_statement", Form::While("condition", "body")),
    ("for_statement", Form::While("condition", "body")),
    ("foreach_statement", Form::ForEach("left", "right", "body")),
    ("try_statement", Form::Special(try_form)),
    ("catch_declaration", Form::Skip),
    ("switch_statement", Form::Special(switch)),
    ("switch_expression", Form::Special(switch)),
    ("invocation_expression", Form::Call("function", "arguments")),
    ("member_access_expression", Form::Special(member_access)),
    ("member_binding_expression", Form::Ident),
    ("conditional_access_expression", Form::Special(conditional_access)),
    ("generic_name", Form::Special(generic)),
    ("element_access_expression", Form::Index("expression", "subscript")),
    ("bracketed_argument_list", Form::Through),
    ("argument", Form::Through),
    ("object_creation_expression", Form::New("type", "arguments", "initializer")),
    (
        "implicit_object_creation_expression",
        Form::New("", "<argument_list", "<initializer_expression"),
    ),
    ("anonymous_object_creation_expression", Form::Special(anonymous)),
    ("initializer_expression", Form::Object),
    ("collection_expression", Form::Array),
    ("collection_element", Form::Through),
    ("expression_element", Form::Through),
    ("spread_element", Form::Spread),
    ("array_creation_expression", Form::Through),
    ("implicit_array_creation_expression", Form::Through),
    ("lambda_expression", Form::Lambda("parameters", "body")),
    ("anonymous_method_expression", Form::Lambda("parameters", "<block")),
    ("binary_expression", Form::Binary("left", "right")),
    ("assignment_expression", Form::Assign("left", "right")),
    (
        "conditional_expression",
        Form::Conditional("condition", "consequence", "alternative"),
    ),
    ("parenthesized_expression", Form::Through),
    ("checked_expression", Form::Through),
    ("cast_expression", Form::Special(cast)),
    ("as_expression", Form::Special(as_expression)),
    ("await_expression", Form::Await),
    ("prefix_unary_expression", Form::Unary),
    ("postfix_unary_expression", Form::Through),
    ("typeof_expression", Form::Special(type_of)),
    ("tuple_expression", Form::Array),
    ("identifier", Form::Ident),
    ("qualified_name", Form::Type),
    ("this", Form::This),
    ("base", Form::Super),
    ("null_literal", Form::Null),
    ("boolean_literal", Form::Special(boolean)),
    ("integer_literal", Form::Number),
    ("real_literal", Form::Number),
    ("string_literal", Form::Str),
    ("verbatim_string_literal", Form::Str),
    ("raw_string_literal", Form::Str),
    ("interpolated_string_expression", Form::Str),
    ("character_literal", Form::Str),
    ("predefined_type", Form::Type),
    ("nullable_type", Form::Type),
    ("array_type", Form::Type),
    ("implicit_type", Form::Type),
];

fn quotes<'s>(text: &'s str, kind: &str) -> Quoted<'s> {
    let text = text.strip_suffix("u8").unwrap_or(text);
    let signs = text.len() - text.trim_start_matches(['$', '@']).len();
    let (prefix, rest) = text.split_at(signs);
    if rest.starts_with("\"\"\"") {
        return Quoted {
            inner: rest.trim_start_matches('"').trim_end_matches('"'),
            escapes: Escapes::None,
            dedent: rest.contains('\n'),
        };
    }
    if kind == "character_literal" {
        return text::plain(rest, "'", "'", Escapes::C);
    }
    let escapes = if prefix.contains('@') { Escapes::Doubled } else { Escapes::C };
    text::plain(rest, "\"", "\"", escapes)
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

/// The value of a declarator: what stands after its name.
fn declared<'t>(declarator: Node<'t>) -> (Option<Node<'t>>, Option<Node<'t>>) {
    let name = declarator.child_by_field_name("name");
    let value = named(declarator)
        .into_iter()
        .rfind(|n| Some(n.id()) != name.map(|n| n.id()) && n.kind() != "bracketed_argument_list");
    (name, value)
}

fn variables(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
    for declarator in named(node).into_iter().filter(|n| n.kind() == "variable_declarator") {
        let (name, value) = declared(declarator);
        let init = value.map(|n| l.expr(n));
        let Some(name) = name else { continue };
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

fn generic(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    Some(l.ty(node))
}

/// `a.B<C>` is `a.B` of the types.
fn member_access(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let at = span(node);
    let object_node = node.child_by_field_name("expression")?;
    let object = l.expr(object_node);
    let name = node.child_by_field_name("name")?;
    let property = l.name_of(name);
    let member = l.push_expr(at, ExprKind::Member { object, property });
    let Some(types) = child_of_kind(name, &["type_argument_list"]) else {
        return Some(member);
    };
    let types = named(types).into_iter().map(|n| l.ty(n)).collect();
    match l.one_of(at, types) {
        Some(index) => Some(l.push_expr(at, ExprKind::Index { object: member, index })),
        None => Some(member),
    }
}

/// `a?.b(c)`: as without the question mark, where that is simple.
fn conditional_access(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let at = span(node);
    let parts = named(node);
    let object = l.expr(*parts.first()?);
    let rest = *parts.last()?;
    let binding = |n: Node<'_>| n.kind() == "member_binding_expression";
    if binding(rest) {
        let property = l.name_of(rest.child_by_field_name("name")?);
        return Some(l.push_expr(at, ExprKind::Member { object, property }));
    }
    if rest.kind() == "invocation_expression"
        && let Some(function) = rest.child_by_field_name("function").filter(|n| binding(*n))
    {
        let property = l.name_of(function.child_by_field_name("name")?);
        let callee = l.push_expr(at, ExprKind::Member { object, property });
        let args = rest.child_by_field_name("arguments").map(|n| l.args(n)).unwrap_or_default();
        let kind = ExprKind::Call {
            callee,
            args: args.into(),
            new: false,
        };
        return Some(l.push_expr(at, kind));
    }
    let value = l.expr(rest);
    Some(l.unknown(at, vec![object, value]))
}

/// `new { A = 1 }`: names and values alternate.
fn anonymous(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let parts = named(node);
    let mut props = Vec::new();
    let mut i = 0;
    while i < parts.len() {
        let assigned = parts.get(i + 1).filter(|next| {
            let between = l.source.get(parts[i].end_byte()..next.start_byte()).unwrap_or("");
            between.trim() == "="
        });
        let key = crate::ir::Key::Name(l.name_of(parts[i]));
        let value = l.expr(*assigned.unwrap_or(&parts[i]));
        i += if assigned.is_some() { 2 } else { 1 };
        props.push(crate::ir::Prop::KeyValue { key, value });
    }
    Some(l.push_expr(span(node), ExprKind::Object(props.into())))
}

fn as_expression(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    Some(l.expr(node.child_by_field_name("left")?))
}

fn type_of(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    Some(l.ty(node.child_by_field_name("type")?))
}

fn boolean(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let value = l.text(node) == "true";
    Some(l.push_expr(span(node), ExprKind::Bool(value)))
}

fn decorators(l: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let mut out = Vec::new();
    for list in named(node).into_iter().filter(|n| n.kind() == "attribute_list") {
        for attribute in named(list).into_iter().filter(|n| n.kind() == "attribute") {
            let Some(name) = attribute.child_by_field_name("name") else {
                continue;
            };
            let callee = l.ty(name);
            let args = child_of_kind(attribute, &["attribute_argument_list"])
                .map(|n| l.args(n))
                .unwrap_or_default();
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
    // `params T[] x` stands in the list itself.
    let rest = node.kind() != "parameter" && node.kind() != "implicit_parameter";
    if rest {
        return;
    }
    let name = node.child_by_field_name("name").unwrap_or(node);
    let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
    let default = named(node)
        .into_iter()
        .rfind(|n| n.start_byte() > name.end_byte())
        .map(|n| l.expr(n));
    let pattern = l.name_pattern(name);
    let mut one = param(pattern, annotation, default);
    one.decorators = decorators(l, node).into();
    one.decorators.extend(l.doc_decorator(span(node)));
    if l.text(node).starts_with("params ") {
        one.kind = ParamKind::Rest;
    }
    list.push(one);
}

fn member(l: &mut Lowering<'_>, node: Node<'_>, members: &mut Vec<Member>) -> bool {
    let at = span(node);
    match node.kind() {
        "field_declaration" => {
            let Some(variable) = child_of_kind(node, &["variable_declaration"]) else {
                return true;
            };
            let annotation = variable.child_by_field_name("type").map(|n| l.ty(n));
            let mut marks = decorators(l, node);
            marks.extend(l.doc_decorator(at));
            for declarator in named(variable).into_iter().filter(|n| n.kind() == "variable_declarator") {
                let (name, value) = declared(declarator);
                let value = value.map(|n| l.expr(n));
                let Some(name) = name else { continue };
                let name = l.name_of(name);
                members.push(field(at, name, value, annotation, true, marks.clone()));
            }
            true
        }
        "property_declaration" => {
            let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
            let mut marks = decorators(l, node);
            marks.extend(l.doc_decorator(at));
            if l.text(node).contains("required ") {
                marks.push(l.call_of(at, "required", Vec::new()));
            }
            let value = node.child_by_field_name("value").map(|n| l.expr(n));
            let Some(name) = node.child_by_field_name("name") else {
                return true;
            };
            let name = l.name_of(name);
            members.push(field(at, name, value, annotation, false, marks));
            true
        }
        "enum_member_declaration" => {
            let marks = decorators(l, node);
            let value = node.child_by_field_name("value").map(|n| l.expr(n));
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

/// `host is "a" or "b"`: the comparisons that it stands for.
fn is_pattern(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let subject = l.expr(node.child_by_field_name("expression")?);
    let pattern = node.child_by_field_name("pattern")?;
    Some(tested(l, subject, pattern, 0))
}

fn tested(l: &mut Lowering<'_>, subject: ExprId, pattern: Node<'_>, depth: u32) -> ExprId {
    /// Deepest pattern that is read; what lies deeper is not known.
    const MAX_PATTERN: u32 = 64;
    let at = span(pattern);
    let parts = named(pattern);
    if depth > MAX_PATTERN {
        return l.unknown(at, vec![subject]);
    }
    let kind = match (pattern.kind(), parts.as_slice()) {
        ("constant_pattern", [one]) => {
            let right = l.expr(*one);
            ExprKind::Binary {
                op: BinaryOp::Eq,
                left: subject,
                right,
            }
        }
        ("or_pattern", [left, right]) | ("and_pattern", [left, right]) => {
            let op = if pattern.kind() == "or_pattern" {
                BinaryOp::Or
            } else {
                BinaryOp::And
            };
            let (left, right) = (tested(l, subject, *left, depth + 1), tested(l, subject, *right, depth + 1));
            ExprKind::Binary { op, left, right }
        }
        ("negated_pattern", [one]) => {
            let operand = tested(l, subject, *one, depth + 1);
            ExprKind::Unary { op: UnaryOp::Not, operand }
        }
        ("parenthesized_pattern", [one]) => return tested(l, subject, *one, depth + 1),
        _ => {
            let mut all = vec![subject];
            all.extend(parts.into_iter().filter(|p| p.kind().ends_with("expression")).map(|p| l.expr(p)));
            return l.unknown(at, all);
        }
    };
    l.push_expr(at, kind)
}
