//! Rust.

use super::branch::matching;
use super::form::{Form, Table};
use super::text::{self, Escapes, Quoted};
use super::walk::{self, field, param, plain};
use super::{Lowering, child, child_of_kind, named, span};
use crate::ir::{Arg, ExprId, ExprKind, Key, LetKind, Member, Param, ParamKind, Prop, Span, StmtKind};
use tree_sitter::Node;

pub(super) static TABLE: Table = Table {
    language: crate::ir::Language::Rust,
    grammar: || tree_sitter_rust::LANGUAGE.into(),
    forms: FORMS,
    param: param_of,
    member,
    decorators: |_, _| Vec::new(),
    quotes,
    interpolations: &[],
    named_args: &[],
};

const FORMS: &[(&str, Form)] = &[
    ("use_declaration", Form::Special(import)),
    ("mod_item", Form::Special(module)),
    ("foreign_mod_item", Form::Skip),
    ("macro_definition", Form::Skip),
    ("inner_attribute_item", Form::Skip),
    ("visibility_modifier", Form::Skip),
    ("mutable_specifier", Form::Skip),
    ("function_modifiers", Form::Skip),
    ("lifetime", Form::Skip),
    ("label", Form::Skip),
    ("function_item", Form::Function("name", "parameters", "body", "return_type")),
    ("function_signature_item", Form::Function("name", "parameters", "", "return_type")),
    ("struct_item", Form::Class("name", "", "body")),
    ("enum_item", Form::Special(enumeration)),
    ("impl_item", Form::Class("type", "trait", "body")),
    ("trait_item", Form::Class("name", "", "body")),
    ("const_item", Form::Let("name", "value", "type", LetKind::Const)),
    ("static_item", Form::Let("name", "value", "type", LetKind::Const)),
    ("let_declaration", Form::Let("pattern", "value", "type", LetKind::Let)),
    ("let_condition", Form::Special(let_condition)),
    ("expression_statement", Form::ExprStmt),
    ("empty_statement", Form::Skip),
    ("call_expression", Form::Call("function", "arguments")),
    ("generic_function", Form::Special(turbofish)),
    ("field_expression", Form::Member("value", "field")),
    ("scoped_identifier", Form::Member("path", "name")),
    ("macro_invocation", Form::Special(macro_call)),
    ("struct_expression", Form::New("name", "", "body")),
    ("base_field_initializer", Form::Through),
    ("reference_expression", Form::Through),
    ("try_expression", Form::Through),
    ("parenthesized_expression", Form::Through),
    ("type_cast_expression", Form::Through),
    ("await_expression", Form::Await),
    ("unary_expression", Form::Unary),
    ("negative_literal", Form::Unary),
    ("binary_expression", Form::Binary("left", "right")),
    ("assignment_expression", Form::Assign("left", "right")),
    ("compound_assignment_expr", Form::Assign("left", "right")),
    ("closure_expression", Form::Lambda("parameters", "body")),
    ("block", Form::Block),
    ("unsafe_block", Form::Scope),
    ("async_block", Form::Scope),
    ("else_clause", Form::Scope),
    ("if_expression", Form::If("condition", "consequence", "alternative")),
    ("match_expression", Form::Special(matching)),
    ("while_expression", Form::While("condition", "body")),
    ("loop_expression", Form::While("", "body")),
    ("for_expression", Form::ForEach("pattern", "value", "body")),
    ("return_expression", Form::Return),
    ("break_expression", Form::Skip),
    ("continue_expression", Form::Skip),
    ("string_literal", Form::Str),
    ("raw_string_literal", Form::Str),
    ("char_literal", Form::Str),
    ("integer_literal", Form::Number),
    ("float_literal", Form::Number),
    ("boolean_literal", Form::Special(boolean)),
    ("unit_expression", Form::Null),
    ("array_expression", Form::Array),
    ("tuple_expression", Form::Array),
    ("index_expression", Form::Index("#0", "#1")),
    ("self", Form::This),
    ("identifier", Form::Ident),
    ("super", Form::Ident),
    ("crate", Form::Ident),
    ("type_identifier", Form::Type),
    ("primitive_type", Form::Type),
    ("scoped_type_identifier", Form::Type),
    ("generic_type", Form::Type),
    ("reference_type", Form::Type),
    ("bracketed_type", Form::Type),
    ("tuple_type", Form::Type),
    ("array_type", Form::Type),
    ("pointer_type", Form::Type),
    ("function_type", Form::Type),
    ("dynamic_type", Form::Type),
    ("abstract_type", Form::Type),
    ("type_arguments", Form::Skip),
    ("type_parameters", Form::Skip),
    ("where_clause", Form::Skip),
    ("type_item", Form::Special(alias)),
];

fn quotes<'s>(text: &'s str, kind: &str) -> Quoted<'s> {
    if kind == "raw_string_literal" {
        let text = text.trim_start_matches(['b', 'c', 'r']);
        let inner = text.trim_matches('#');
        return text::plain(inner, "\"", "\"", Escapes::None);
    }
    let text = text.trim_start_matches(['b', 'c']);
    if text.starts_with('\'') {
        return text::plain(text, "'", "'", Escapes::C);
    }
    text::plain(text, "\"", "\"", Escapes::C)
}

fn import(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    walk::import(l, node, child(node, "argument").map_or("", |n| l.text(n)))
}

/// A module in the file is read through, unless it holds tests.
fn module(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let attributes = std::mem::take(&mut l.attributes);
    let of_tests = attributes.iter().any(|a| {
        let at = l.module.expr(*a).span;
        let text = l.source.get(at.start as usize..at.end as usize).unwrap_or("");
        text.starts_with("cfg") && text.contains("test")
    });
    if let Some(body) = node.child_by_field_name("body").filter(|_| !of_tests) {
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

fn alias(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
    let pattern = l.name_pattern(node.child_by_field_name("name")?);
    let kind = StmtKind::Let {
        kind: LetKind::Const,
        pattern,
        init: None,
        annotation,
    };
    l.push_stmt(span(node), kind);
    None
}

fn let_condition(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let value = l.expr(node.child_by_field_name("value")?);
    let pattern = l.pattern(node.child_by_field_name("pattern")?);
    let kind = StmtKind::Let {
        kind: LetKind::Let,
        pattern,
        init: Some(value),
        annotation: None,
    };
    l.push_stmt(span(node), kind);
    Some(value)
}

fn turbofish(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let object = l.expr(node.child_by_field_name("function")?);
    let types = named(node.child_by_field_name("type_arguments")?);
    let parts = types.into_iter().map(|n| l.ty(n)).collect();
    let index = l.one_of(span(node), parts)?;
    Some(l.push_expr(span(node), ExprKind::Index { object, index }))
}

fn boolean(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let value = l.text(node) == "true";
    Some(l.push_expr(span(node), ExprKind::Bool(value)))
}

fn param_of(l: &mut Lowering<'_>, node: Node<'_>, list: &mut Vec<Param>) {
    match node.kind() {
        "self_parameter" => {
            let name = l.sym("self");
            let pattern = l.push_pat(span(node), crate::ir::PatKind::Ident(name));
            let mut receiver = param(pattern, None, None);
            receiver.kind = ParamKind::Receiver;
            list.push(receiver);
        }
        "parameter" => {
            let annotation = node.child_by_field_name("type").map(|n| l.ty(n));
            if let Some(pattern) = node.child_by_field_name("pattern") {
                let pattern = l.pattern(pattern);
                let mut one = param(pattern, annotation, None);
                one.decorators = std::mem::take(&mut l.attributes).into();
                list.push(one);
            }
        }
        "attribute_item" => {}
        // A closure's: the pattern alone.
        _ => {
            let pattern = l.pattern(node);
            list.push(param(pattern, None, None));
        }
    }
}

fn member(l: &mut Lowering<'_>, node: Node<'_>, members: &mut Vec<Member>) -> bool {
    let at = span(node);
    match node.kind() {
        "field_declaration" | "enum_variant" => {
            let mut decorators = std::mem::take(&mut l.attributes);
            decorators.extend(l.doc_decorator(at));
            let annotation = ["type", "body"]
                .iter()
                .find_map(|f| node.child_by_field_name(f))
                .map(|n| match n.kind() {
                    "ordered_field_declaration_list" => match child(n, "#-1") {
                        Some(n) => l.ty(n),
                        None => l.unknown(at, Vec::new()),
                    },
                    "field_declaration_list" => {
                        let class = l.class(node, "", "", "body");
                        l.push_expr(at, ExprKind::Class(class))
                    }
                    _ => l.ty(n),
                });
            let Some(name) = node.child_by_field_name("name") else {
                return true;
            };
            let name = l.name_of(name);
            members.push(field(at, name, None, annotation, false, decorators));
            true
        }
        "const_item" => {
            l.attributes.clear();
            let value = node.child_by_field_name("value").map(|n| l.expr(n));
            let Some(name) = node.child_by_field_name("name") else {
                return true;
            };
            let name = l.name_of(name);
            members.push(field(at, name, value, None, true, Vec::new()));
            true
        }
        "attribute_item" => true,
        _ => false,
    }
}

/// An attribute: `#[tool(name = "x")]` is the call `tool(name: "x")`, `#[tool]` the name, `#[doc = "x"]` the call `doc("x")`.
pub(super) fn attribute(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let attribute = child_of_kind(node, &["attribute"])?;
    let at = span(attribute);
    let path = child(attribute, "#0")?;
    let name = l.text(path).rsplit("::").next().unwrap_or("").to_owned();
    if let Some(arguments) = attribute.child_by_field_name("arguments") {
        let args = token_args(l, arguments);
        return Some(l.call_of(at, &name, args));
    }
    if let Some(value) = attribute.child_by_field_name("value") {
        let value = l.expr(value);
        return Some(l.call_of(at, &name, vec![plain(value)]));
    }
    Some(l.ident(at, &name))
}

/// The tokens of a tree, with the signs between them.
fn tokens<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    let all: Vec<Node<'t>> = node.children(&mut cursor).filter(|n| !n.kind().contains("comment")).collect();
    // Without the brackets around.
    all.get(1..all.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

fn token_args(l: &mut Lowering<'_>, tree: Node<'_>) -> Vec<Arg> {
    if l.depth >= l.max_depth {
        return Vec::new();
    }
    l.depth += 1;
    let all = tokens(tree);
    let args = all
        .split(|n| n.kind() == ",")
        .filter(|part| !part.is_empty())
        .map(|part| match part {
            [name, sign, value @ ..] if name.kind() == "identifier" && sign.kind() == "=" && !value.is_empty() => Arg {
                name: Some(l.name_of(*name)),
                value: token_value(l, value),
                spread: false,
                kw_spread: false,
            },
            _ => plain(token_value(l, part)),
        })
        .collect();
    l.depth -= 1;
    args
}

/// What a run of tokens is, as far as it is a literal, a name, a call, or an object or array of such.
fn token_value(l: &mut Lowering<'_>, part: &[Node<'_>]) -> ExprId {
    let first = part[0];
    let at = Span {
        start: span(first).start,
        end: span(part[part.len() - 1]).end,
    };
    let opens = |n: &Node<'_>, c: char| n.kind() == "token_tree" && l.text(*n).starts_with(c);
    match part {
        [one] if opens(one, '{') => object_tokens(l, *one, false),
        [one] if opens(one, '[') => {
            let values = token_args(l, *one).into_iter().map(|a| a.value).collect();
            l.push_expr(at, ExprKind::Array(values))
        }
        [one] if opens(one, '(') => match token_args(l, *one).as_slice() {
            [inner] => inner.value,
            many => {
                let values = many.iter().map(|a| a.value).collect();
                l.push_expr(at, ExprKind::Array(values))
            }
        },
        [one] => match one.kind() {
            "identifier" if l.text(*one) == "null" => l.push_expr(at, ExprKind::Null),
            // A keyword: `default` of `#[serde(default)]`.
            _ if !one.is_named() => l.ident(at, l.text(*one)),
            _ => l.expr(*one),
        },
        // `&x`, `*x`, `!x` of a value.
        [sign, rest @ ..] if matches!(sign.kind(), "&" | "*" | "::") => token_value(l, rest),
        // `name!(…)`.
        [name, sign, tree] if name.kind() == "identifier" && sign.kind() == "!" && tree.kind() == "token_tree" => {
            let name = l.text(*name).to_owned();
            macro_value(l, at, &name, *tree)
        }
        _ => {
            // `a::b.c(d)`: a chain of names and calls; anything else keeps its parts.
            let mut value = None;
            let mut parts = Vec::new();
            for (i, token) in part.iter().enumerate() {
                match (token.kind(), value) {
                    // `path::name!(…)`.
                    ("token_tree", Some(callee)) if i > 0 && part[i - 1].kind() == "!" => {
                        let name = l.last_name(callee).map_or("", |n| l.module.str(n)).to_owned();
                        value = Some(macro_value(l, at, &name, *token));
                    }
                    ("!", Some(_)) => {}
                    ("identifier" | "self" | "metavariable" | "crate" | "super", None) => value = Some(l.expr(*token)),
                    ("identifier", Some(object)) => {
                        let property = l.name_of(*token);
                        value = Some(l.push_expr(at, ExprKind::Member { object, property }));
                    }
                    ("string_literal" | "raw_string_literal", None) => value = Some(l.expr(*token)),
                    ("token_tree", Some(callee)) if l.text(*token).starts_with('(') => {
                        let args = token_args(l, *token);
                        let kind = ExprKind::Call {
                            callee,
                            args: args.into(),
                            new: false,
                        };
                        value = Some(l.push_expr(at, kind));
                    }
                    // A literal of a type.
                    ("token_tree", Some(callee)) if l.text(*token).starts_with('{') && names_type(l, callee) => {
                        let object = object_tokens(l, *token, true);
                        let kind = ExprKind::Call {
                            callee,
                            args: [plain(object)].into(),
                            new: true,
                        };
                        value = Some(l.push_expr(at, kind));
                    }
                    ("." | "::" | "?" | "await", _) => {}
                    _ => {
                        parts.extend(value.take());
                        if token.is_named() {
                            let inner = if token.kind() == "token_tree" {
                                token_args(l, *token).into_iter().map(|a| a.value).collect()
                            } else {
                                vec![l.expr(*token)]
                            };
                            parts.extend(inner);
                        }
                    }
                }
            }
            match value {
                Some(value) if parts.is_empty() => value,
                value => {
                    parts.extend(value);
                    l.unknown(at, parts)
                }
            }
        }
    }
}

fn names_type(l: &Lowering<'_>, callee: ExprId) -> bool {
    let name = l.last_name(callee).map_or("", |n| l.module.str(n));
    name.starts_with(char::is_uppercase)
}

/// `{ "key": value, … }` of `json!`; with `fields`, `{ name: value, … }` of a literal of a type.
fn object_tokens(l: &mut Lowering<'_>, tree: Node<'_>, fields: bool) -> ExprId {
    let at = span(tree);
    if l.depth >= l.max_depth {
        return l.unknown(at, Vec::new());
    }
    l.depth += 1;
    let all = tokens(tree);
    let mut props = Vec::new();
    for part in all.split(|n| n.kind() == ",") {
        let Some(colon) = part.iter().position(|n| n.kind() == ":") else {
            continue;
        };
        let (key, value) = (&part[..colon], &part[colon + 1..]);
        if key.is_empty() || value.is_empty() {
            continue;
        }
        let value = token_value(l, value);
        if let ([name], true) = (key, fields) {
            let key = Key::Name(l.name_of(*name));
            props.push(Prop::KeyValue { key, value });
            continue;
        }
        let key = token_value(l, key);
        let key = match l.module.expr(key).kind {
            ExprKind::Str(sym) => Key::Name(sym),
            _ => Key::Computed(key),
        };
        props.push(Prop::KeyValue { key, value });
    }
    l.depth -= 1;
    l.push_expr(at, ExprKind::Object(props.into()))
}

fn macro_call(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let name = l
        .text(node.child_by_field_name("macro")?)
        .rsplit("::")
        .next()
        .unwrap_or("")
        .to_owned();
    let tree = child_of_kind(node, &["token_tree"])?;
    Some(macro_value(l, span(node), &name, tree))
}

/// A macro as the value it makes, for those that make data; otherwise a call of `name!`.
fn macro_value(l: &mut Lowering<'_>, at: Span, name: &str, tree: Node<'_>) -> ExprId {
    match name {
        "json" | "json_internal" => {
            let all = tokens(tree);
            if all.is_empty() {
                return l.unknown(at, Vec::new());
            }
            token_value(l, &all)
        }
        // `object!({…})` of rmcp.
        "object" if tokens(tree).len() == 1 => token_value(l, &tokens(tree)),
        "vec" => {
            let values = token_args(l, tree).into_iter().map(|a| a.value).collect();
            l.push_expr(at, ExprKind::Array(values))
        }
        "format" | "format_args" => {
            let args = token_args(l, tree);
            formatted(l, at, &args)
        }
        "concat" => {
            let values = token_args(l, tree).into_iter().map(|a| a.value).collect();
            l.push_expr(at, ExprKind::Template(values))
        }
        _ => {
            let args = token_args(l, tree);
            l.call_of(at, &format!("{name}!"), args)
        }
    }
}

/// `format!("a {} {name}", x)` as a template: the text with the values in its places.
fn formatted(l: &mut Lowering<'_>, at: Span, args: &[Arg]) -> ExprId {
    let text = args.first().map(|a| &l.module.expr(a.value).kind);
    let Some(&ExprKind::Str(text)) = text else {
        return l.call_of(at, "format!", args.to_vec());
    };
    let text = l.module.str(text).to_owned();
    let mut values = args.iter().skip(1).filter(|a| a.name.is_none()).map(|a| a.value);
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text.as_str();
    while let Some(open) = rest.find(['{', '}']) {
        literal.push_str(&rest[..open]);
        let hole = &rest[open..];
        if hole.starts_with("{{") || hole.starts_with("}}") {
            literal.push_str(&hole[..1]);
            rest = &hole[2..];
            continue;
        }
        let Some(close) = hole.find('}').filter(|_| hole.starts_with('{')) else {
            rest = &hole[1..];
            continue;
        };
        let name = hole[1..close].split(':').next().unwrap_or("").trim();
        let named = args
            .iter()
            .find(|a| a.name.is_some_and(|n| l.module.str(n) == name))
            .map(|a| a.value);
        let value = match (named, name.parse::<usize>()) {
            (Some(value), _) => Some(value),
            (None, Ok(n)) => args.get(n + 1).map(|a| a.value),
            (None, Err(_)) if name.is_empty() => values.next(),
            (None, Err(_)) => Some(l.ident(at, name)),
        };
        if !literal.is_empty() {
            parts.push(l.string(at, &literal));
            literal.clear();
        }
        parts.extend(value);
        rest = &hole[close + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() || parts.is_empty() {
        parts.push(l.string(at, &literal));
    }
    l.push_expr(at, ExprKind::Template(parts.into()))
}
