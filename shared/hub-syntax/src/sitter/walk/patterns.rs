//! What a pattern becomes.

use crate::ir::{Key, PatId, PatKind};
use crate::sitter::form::Form;
use crate::sitter::{Lowering, named, span};
use tree_sitter::Node;

impl Lowering<'_> {
    pub(crate) fn pattern(&mut self, node: Node<'_>) -> PatId {
        let at = span(node);
        if self.depth >= self.max_depth {
            return self.push_pat(at, PatKind::Unknown);
        }
        self.depth += 1;
        let kind = self.pattern_here(node);
        self.depth -= 1;
        self.push_pat(at, kind)
    }

    fn pattern_here(&mut self, node: Node<'_>) -> PatKind {
        let parts = named(node);
        match node.kind() {
            "identifier"
            | "variable_name"
            | "constant"
            | "name"
            | "simple_identifier"
            | "global_variable"
            | "class_variable"
            | "shorthand_field_identifier" => {
                let text = self.text(node);
                PatKind::Ident(self.sym(text.trim_start_matches(['$', '@'])))
            }
            // `a, b = …`; one alone is itself.
            "expression_list"
            | "left_assignment_list"
            | "tuple_pattern"
            | "list_literal"
            | "multi_variable_declaration"
            | "destructured_left_assignment"
            | "tuple_expression"
            | "parenthesized_variable_designation"
                if parts.len() != 1 || node.kind() != "expression_list" =>
            {
                let elements = parts.into_iter().map(|n| Some(self.pattern(n))).collect();
                PatKind::Array { elements, rest: None }
            }
            // The one name within: `mut x`, `Some(x)`, `Parameters(x)`, a typed variable.
            "expression_list"
            | "mut_pattern"
            | "ref_pattern"
            | "reference_pattern"
            | "variable_declaration"
            | "variable_declarator"
            | "captured_pattern"
            | "match_pattern"
            | "declaration_pattern" => match parts.first() {
                Some(inner) => self.pattern_here(*inner),
                None => PatKind::Unknown,
            },
            "tuple_struct_pattern" => match parts.as_slice() {
                [_, inner] => self.pattern_here(*inner),
                [_, inner @ ..] => {
                    let elements = inner.iter().map(|n| Some(self.pattern(*n))).collect();
                    PatKind::Array { elements, rest: None }
                }
                [] => PatKind::Unknown,
            },
            "struct_pattern" => {
                let mut props = Vec::new();
                for part in parts.iter().skip(1) {
                    let name = part.child_by_field_name("name").unwrap_or(*part);
                    let key = Key::Name(self.name_of(name));
                    let inner = part.child_by_field_name("pattern").unwrap_or(name);
                    props.push((key, self.pattern(inner)));
                }
                PatKind::Object {
                    props: props.into(),
                    rest: None,
                }
            }
            _ => match self.form(node) {
                Some(Form::Member(..) | Form::Index(..) | Form::Method(..) | Form::Special(_) | Form::Call(..)) => {
                    PatKind::Target(self.expr(node))
                }
                _ => PatKind::Unknown,
            },
        }
    }

    pub(crate) fn name_pattern(&mut self, node: Node<'_>) -> PatId {
        let name = self.name_of(node);
        self.push_pat(span(node), PatKind::Ident(name))
    }
}
