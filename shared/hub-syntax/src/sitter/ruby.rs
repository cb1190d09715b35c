//! Ruby.

use super::branch::switch;
use super::form::{Form, Table};
use super::text::{self, Escapes, Quoted};
use super::walk::{field, param, plain, try_form};
use super::{Lowering, child, child_of_kind, named, span};
use crate::ir::{ExprId, ExprKind, Import, LetKind, List, Member, Param, ParamKind, PatKind, StmtKind};
use rustc_hash::FxHashMap;
use tree_sitter::Node;

pub(super) static TABLE: Table = Table {
    language: crate::ir::Language::Ruby,
    grammar: || tree_sitter_ruby::LANGUAGE.into(),
    forms: FORMS,
    param: param_of,
    member,
    decorators: |_, _| Vec::new(),
    quotes,
    interpolations: &["interpolation"],
    named_args: &[("pair", "key", "value")],
};

const FORMS: &[(&str, Form)] = &[
    ("module", Form::Special(module)),
    ("class", Form::Class("name", "superclass", "body")),
    ("singleton_class", Form::Special(module)),
    ("method", Form::Function("name", "parameters", "body", "")),
    ("singleton_method", Form::Function("name", "parameters", "body", "")),
    ("body_statement", Form::Scope),
    ("block_body", Form::Scope),
    ("then", Form::Scope),
    ("else", Form::Scope),
    ("do", Form::Scope),
    ("begin", Form::Special(try_form)),
    ("begin_block", Form::Scope),
    ("parenthesized_statements", Form::Through),
    ("alias", Form::Skip),
    ("undef", Form::Skip),
    ("uninterpreted", Form::Skip),
    ("empty_statement", Form::Skip),
    ("if", Form::If("condition", "consequence", "alternative")),
    ("elsif", Form::If("condition", "consequence", "alternative")),
    ("unless", Form::If("condition", "alternative", "consequence")),
    ("if_modifier", Form::If("condition", "body", "")),
    ("unless_modifier", Form::If("condition", "", "body")),
    ("while", Form::While("condition", "body")),
    ("until", Form::While("condition", "body")),
    ("for", Form::ForEach("pattern", "value", "body")),
    ("case", Form::Special(switch)),
    ("case_match", Form::Special(switch)),
    ("rescue_modifier", Form::Through),
    ("return", Form::Return),
    ("next", Form::Return),
    ("break", Form::Skip),
    ("redo", Form::Skip),
    ("retry", Form::Skip),
    ("yield", Form::Special(other)),
    ("call", Form::Special(call)),
    ("argument_list", Form::Special(list)),
    ("assignment", Form::Special(assignment)),
    ("operator_assignment", Form::Assign("left", "right")),
    ("element_reference", Form::Index("object", "#1")),
    ("scope_resolution", Form::Member("scope", "name")),
    ("conditional", Form::Conditional("condition", "consequence", "alternative")),
    ("binary", Form::Binary("left", "right")),
    ("unary", Form::Unary),
    ("array", Form::Array),
    ("string_array", Form::Array),
    ("symbol_array", Form::Array),
    ("hash", Form::Object),
    ("lambda", Form::Lambda("parameters", "body")),
    ("block", Form::Lambda("parameters", "body")),
    ("do_block", Form::Lambda("parameters", "body")),
    ("splat_argument", Form::Spread),
    ("hash_splat_argument", Form::Spread),
    ("block_argument", Form::Through),
    ("identifier", Form::Ident),
    ("constant", Form::Ident),
    ("instance_variable", Form::Special(own)),
    ("class_variable", Form::Ident),
    ("global_variable", Form::Ident),
    ("self", Form::This),
    ("super", Form::Super),
    ("nil", Form::Null),
    ("true", Form::Bool(true)),
    ("false", Form::Bool(false)),
    ("integer", Form::Number),
    ("float", Form::Number),
    ("string", Form::Str),
    ("bare_string", Form::Str),
    ("bare_symbol", Form::Symbol),
    ("chained_string", Form::Special(chained)),
    ("subshell", Form::Special(subshell)),
    ("regex", Form::Special(regex)),
    ("heredoc_beginning", Form::Special(heredoc)),
    ("heredoc_body", Form::Skip),
    ("simple_symbol", Form::Symbol),
    ("delimited_symbol", Form::Symbol),
    ("hash_key_symbol", Form::Symbol),
];

fn quotes<'s>(text: &'s str, kind: &str) -> Quoted<'s> {
    if kind == "bare_string" {
        return text::plain(text, "", "", Escapes::None);
    }
    if let Some(rest) = text.strip_prefix('%') {
        // `%q(…)`, `%Q[…]`, `%(…)`.
        let escapes = if rest.starts_with('q') { Escapes::None } else { Escapes::C };
        let rest = rest.trim_start_matches(['q', 'Q']);
        let open = rest.chars().next().map_or(0, char::len_utf8);
        let inner = &rest[open..];
        let close = inner.chars().next_back().map_or(0, char::len_utf8);
        return Quoted {
            inner: &inner[..inner.len() - close],
            escapes,
            dedent: false,
        };
    }
    if text.starts_with('\'') {
        text::plain(text, "'", "'", Escapes::Quote)
    } else {
        text::plain(text, "\"", "\"", Escapes::C)
    }
}

fn module(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    if let Some(body) = node.child_by_field_name("body") {
        l.docs.clear();
        l.statements(body);
    }
    None
}

fn other(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let parts = l.parts(node);
    Some(l.unknown(span(node), parts))
}

fn list(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let parts = l.parts(node);
    l.one_of(span(node), parts)
}

fn call(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let at = span(node);
    let receiver = node.child_by_field_name("receiver").map(|n| l.expr(n));
    let property = match node.child_by_field_name("method") {
        Some(name) => l.name_of(name),
        // `f.(x)`
        None => l.sym("call"),
    };
    let mut args = node.child_by_field_name("arguments").map(|n| l.args(n)).unwrap_or_default();
    if let Some(block) = node.child_by_field_name("block") {
        let value = l.expr(block);
        args.push(plain(value));
    }
    if receiver.is_none()
        && matches!(l.module.str(property), "require" | "require_relative")
        && let Some(first) = args.first()
        && let ExprKind::Str(specifier) = l.module.expr(first.value).kind
    {
        let index = l.module.imports.len() as u32;
        l.module.imports.push(Import {
            span: at,
            specifier,
            names: List::default(),
            type_only: false,
        });
        l.push_stmt(at, StmtKind::Import(index));
        return None;
    }
    let callee = match receiver {
        Some(object) => l.push_expr(at, ExprKind::Member { object, property }),
        None => l.push_expr(at, ExprKind::Ident(property)),
    };
    let kind = ExprKind::Call {
        callee,
        args: args.into(),
        new: false,
    };
    Some(l.push_expr(at, kind))
}

/// An assignment to a constant declares it.
fn assignment(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let (left, right) = (node.child_by_field_name("left")?, node.child_by_field_name("right")?);
    let value = l.expr(right);
    let mut target = l.pattern(left);
    // `http.verify_mode = …` writes what reading it calls.
    if let PatKind::Target(e) = l.module.pat(target).kind
        && let ExprKind::Call { callee, args, .. } = &l.module.expr(e).kind
        && args.is_empty()
        && let ExprKind::Member { .. } = l.module.expr(*callee).kind
    {
        let attribute = *callee;
        target = l.push_pat(span(left), PatKind::Target(attribute));
    }
    if left.kind() == "constant" {
        let kind = StmtKind::Let {
            kind: LetKind::Const,
            pattern: target,
            init: Some(value),
            annotation: None,
        };
        l.push_stmt(span(node), kind);
        return None;
    }
    Some(l.push_expr(span(node), ExprKind::Assign { target, op: None, value }))
}

fn chained(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let parts = l.parts(node);
    Some(l.push_expr(span(node), ExprKind::Template(parts.into())))
}

/// `` `command` `` is the call it stands for.
fn subshell(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let text = l.string_node(node);
    Some(l.call_of(span(node), "`", vec![plain(text)]))
}

/// `@name` is a field of the object at hand.
fn own(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let object = l.push_expr(span(node), ExprKind::This);
    let property = l.name_of(node);
    Some(l.push_expr(span(node), ExprKind::Member { object, property }))
}

/// `/pattern/flags`; one with a hole is known only when it runs.
fn regex(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    if child_of_kind(node, &["interpolation"]).is_some() {
        return other(l, node);
    }
    let text = l.text(node).trim_start_matches("%r");
    let end = text.rfind(|c: char| !c.is_ascii_alphabetic())?;
    let (body, flags) = text.split_at(end);
    let pattern = l.sym(body.get(1..).unwrap_or(""));
    let flags = l.sym(flags.get(1..).unwrap_or(""));
    Some(l.push_expr(span(node), ExprKind::Regex { pattern, flags }))
}

/// `<<~TEXT` stands where its text is wanted; the text follows somewhere after the line.
fn heredoc(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let id = l.string(span(node), "");
    let mut root = node;
    while let Some(parent) = root.parent() {
        root = parent;
    }
    if l.heredocs.is_empty() {
        l.heredocs = bodies(root);
    }
    let (start, end) = l.heredocs.get(&node.start_byte()).copied()?;
    let body = root.descendant_for_byte_range(start, end)?;
    heredoc_body(l, body, id);
    Some(id)
}

/// Where the text of each heredoc of a file lies: the first announced comes first.
fn bodies(root: Node<'_>) -> FxHashMap<usize, (usize, usize)> {
    let (mut starts, mut texts) = (Vec::new(), Vec::new());
    let mut cursor = root.walk();
    'walk: loop {
        let node = cursor.node();
        match node.kind() {
            "heredoc_beginning" => starts.push(node.start_byte()),
            "heredoc_body" => texts.push((node.start_byte(), node.end_byte())),
            _ => {}
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'walk;
            }
        }
    }
    starts.sort_unstable();
    texts.sort_unstable();
    starts.into_iter().zip(texts).collect()
}

fn heredoc_body(l: &mut Lowering<'_>, node: Node<'_>, target: ExprId) -> Option<ExprId> {
    let opening = l.module.expr(target).span;
    let squiggly = l
        .source
        .get(opening.start as usize..opening.end as usize)
        .unwrap_or("")
        .starts_with("<<~");
    let raw = l
        .source
        .get(opening.start as usize..opening.end as usize)
        .unwrap_or("")
        .contains('\'');
    let end = child_of_kind(node, &["heredoc_end"]).map_or(node.end_byte(), |n| n.start_byte());
    let holes: Vec<Node<'_>> = named(node).into_iter().filter(|n| n.kind() == "interpolation").collect();
    let whole = l.source.get(node.start_byte()..end).unwrap_or("");
    let whole = whole.strip_prefix('\n').unwrap_or(whole);
    // Up to the line of the closing word.
    let whole = &whole[..whole.rfind('\n').map_or(0, |at| at + 1)];
    let indent = if squiggly {
        let lines = whole.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0)
    } else {
        0
    };
    let clean = |text: &str| -> String {
        let cut: String = text.split_inclusive('\n').map(|line| line.get(indent..).unwrap_or("\n")).collect();
        if raw { cut } else { text::unescape(&cut, Escapes::C) }
    };
    if holes.is_empty() || raw {
        let text = clean(whole);
        let sym = l.sym(&text);
        l.module.exprs[target.index()].kind = ExprKind::Str(sym);
        return None;
    }
    let mut parts = Vec::new();
    let mut from = node.start_byte() + 1;
    for hole in holes {
        let text = l.source.get(from..hole.start_byte()).unwrap_or("").to_owned();
        // Indentation counts only at a line's start.
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let first_is_start = from == node.start_byte() + 1;
        let mut piece = String::new();
        for (i, line) in lines.iter().enumerate() {
            piece.push_str(if i > 0 || first_is_start {
                line.get(indent..).unwrap_or("\n")
            } else {
                line
            });
        }
        parts.push(l.string(span(node), &piece));
        if let Some(inner) = child(hole, "#0") {
            parts.push(l.expr(inner));
        }
        from = hole.end_byte();
    }
    let tail = l.source.get(from..end).unwrap_or("");
    let tail = tail[..tail.rfind('\n').map_or(0, |at| at + 1)].to_owned();
    parts.push(l.string(span(node), &tail));
    l.module.exprs[target.index()].kind = ExprKind::Template(parts.into());
    None
}

fn param_of(l: &mut Lowering<'_>, node: Node<'_>, list: &mut Vec<Param>) {
    let kind = match node.kind() {
        "identifier" | "optional_parameter" => ParamKind::Positional,
        "keyword_parameter" => ParamKind::KeywordOnly,
        "splat_parameter" => ParamKind::Rest,
        "hash_splat_parameter" => ParamKind::KwRest,
        "destructured_parameter" => {
            let elements = named(node).into_iter().map(|n| Some(l.name_pattern(n))).collect();
            let pattern = l.push_pat(span(node), PatKind::Array { elements, rest: None });
            list.push(param(pattern, None, None));
            return;
        }
        _ => return,
    };
    let name = node.child_by_field_name("name").unwrap_or(node);
    let default = node.child_by_field_name("value").map(|n| l.expr(n));
    let pattern = l.name_pattern(name);
    let mut one = param(pattern, None, default);
    one.kind = kind;
    list.push(one);
}

fn member(l: &mut Lowering<'_>, node: Node<'_>, members: &mut Vec<Member>) -> bool {
    match node.kind() {
        "assignment" if node.child_by_field_name("left").is_some_and(|n| n.kind() == "constant") => {
            let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
                return true;
            };
            let value = l.expr(right);
            let name = l.name_of(left);
            members.push(field(span(node), name, Some(value), None, true, Vec::new()));
            true
        }
        "singleton_class" => {
            if let Some(body) = node.child_by_field_name("body") {
                l.members(body, members);
            }
            true
        }
        "heredoc_body" => true,
        _ => false,
    }
}
