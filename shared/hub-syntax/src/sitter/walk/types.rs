//! What a type becomes: an expression that names it.

use crate::ir::{ExprId, ExprKind};
use crate::sitter::{Lowering, child_of_kind, named, span};
use tree_sitter::Node;

impl Lowering<'_> {
    /// A type as an expression; see the module's documentation.
    pub(crate) fn ty(&mut self, node: Node<'_>) -> ExprId {
        if self.depth >= self.max_depth {
            return self.unknown(span(node), Vec::new());
        }
        self.depth += 1;
        let id = self.ty_here(node);
        self.depth -= 1;
        id
    }

    fn ty_here(&mut self, node: Node<'_>) -> ExprId {
        let at = span(node);
        let kinds = named(node);
        let wrap = |l: &mut Self, name: &str, inner: Option<Node<'_>>| {
            let object = l.ident(at, name);
            let index = match inner {
                Some(inner) => l.ty(inner),
                None => l.unknown(at, Vec::new()),
            };
            l.push_expr(at, ExprKind::Index { object, index })
        };
        match node.kind() {
            "pointer_type" | "reference_type" | "parenthesized_type" | "non_nullable_type" | "type_elem" | "type_annotation" | "type"
            | "lifetime_type" | "named_type" | "dynamic_type" | "ref_type" | "scoped_type" | "type_projection" | "annotated_type" => {
                let inner = kinds
                    .into_iter()
                    .rfind(|n| !matches!(n.kind(), "lifetime" | "mutable_specifier" | "annotation"));
                match inner {
                    Some(inner) => self.ty(inner),
                    None => self.ident(at, self.text(node)),
                }
            }
            "slice_type" | "array_type" | "implicit_length_array_type" => {
                let inner = ["element", "type"].iter().find_map(|f| node.child_by_field_name(f));
                wrap(self, "[]", inner.or_else(|| kinds.into_iter().next()))
            }
            "nullable_type" | "optional_type" => wrap(self, "?", kinds.into_iter().next()),
            "map_type" => {
                let parts: Vec<ExprId> = kinds.into_iter().map(|n| self.ty(n)).collect();
                let object = self.ident(at, "map");
                let index = self.push_expr(at, ExprKind::Array(parts.into()));
                self.push_expr(at, ExprKind::Index { object, index })
            }
            "generic_type" | "generic_name" | "user_type" | "generic_type_with_turbofish" => {
                let args = child_of_kind(node, &["type_arguments", "type_argument_list"]);
                let names: Vec<Node<'_>> = kinds.iter().copied().filter(|n| Some(n.id()) != args.map(|a| a.id())).collect();
                let mut object = None;
                for name in names {
                    object = Some(match object {
                        None => self.ty(name),
                        Some(object) => {
                            let property = self.name_of(name);
                            self.push_expr(at, ExprKind::Member { object, property })
                        }
                    });
                }
                let object = object.unwrap_or_else(|| self.ident(at, self.text(node)));
                let Some(args) = args else { return object };
                let parts: Vec<ExprId> = named(args)
                    .into_iter()
                    .filter(|n| n.kind() != "lifetime")
                    .map(|n| self.ty(n))
                    .collect();
                let Some(index) = self.one_of(at, parts) else { return object };
                self.push_expr(at, ExprKind::Index { object, index })
            }
            "qualified_type"
            | "scoped_type_identifier"
            | "scoped_identifier"
            | "qualified_name"
            | "scope_resolution"
            | "member_access_expression"
            | "selector_expression" => match kinds.as_slice() {
                [path, name] => {
                    let object = self.ty(*path);
                    let property = self.name_of(*name);
                    self.push_expr(at, ExprKind::Member { object, property })
                }
                _ => self.ident(at, self.text(node).trim_start_matches('\\')),
            },
            "struct_type" => {
                let class = self.class(node, "", "", "#0");
                self.push_expr(at, ExprKind::Class(class))
            }
            "function_type" | "tuple_type" | "interface_type" | "union_type" | "intersection_type" | "func_type" => {
                let parts = kinds.into_iter().map(|n| self.ty(n)).collect();
                self.unknown(at, parts)
            }
            _ => {
                let text = self.text(node);
                if text.len() <= 300 && !text.contains(['(', '{', ' ', '\n']) {
                    self.ident(at, text.trim_start_matches('\\'))
                } else {
                    self.unknown(at, Vec::new())
                }
            }
        }
    }
}
