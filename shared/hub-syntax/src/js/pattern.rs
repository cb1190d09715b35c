//! Patterns: bindings and assignment targets.

use super::lower::Lowerer;
use crate::ir::*;
use oxc_ast::ast;
use oxc_span::GetSpan;

impl Lowerer {
    pub(super) fn binding(&mut self, p: &ast::BindingPattern<'_>) -> PatId {
        self.deeper(|l| l.binding_inner(p))
            .unwrap_or_else(|| self.push_pat(p.span(), PatKind::Unknown))
    }

    fn binding_inner(&mut self, p: &ast::BindingPattern<'_>) -> PatId {
        use ast::BindingPattern as B;
        let kind = match p {
            B::BindingIdentifier(id) => PatKind::Ident(self.sym(id.name.as_str())),
            B::ObjectPattern(o) => {
                let props = o
                    .properties
                    .iter()
                    .map(|prop| {
                        let key = self.key(&prop.key, prop.computed);
                        (key, self.binding(&prop.value))
                    })
                    .collect();
                let rest = o.rest.as_ref().map(|r| self.binding(&r.argument));
                PatKind::Object { props, rest }
            }
            B::ArrayPattern(a) => {
                let elements = a.elements.iter().map(|el| el.as_ref().map(|el| self.binding(el))).collect();
                let rest = a.rest.as_ref().map(|r| self.binding(&r.argument));
                PatKind::Array { elements, rest }
            }
            B::AssignmentPattern(a) => {
                let pattern = self.binding(&a.left);
                let default = self.expr(&a.right);
                PatKind::Default { pattern, default }
            }
        };
        self.push_pat(p.span(), kind)
    }

    pub(super) fn assignment_target(&mut self, t: &ast::AssignmentTarget<'_>) -> PatId {
        self.deeper(|l| l.assignment_target_inner(t))
            .unwrap_or_else(|| self.push_pat(t.span(), PatKind::Unknown))
    }

    fn assignment_target_inner(&mut self, t: &ast::AssignmentTarget<'_>) -> PatId {
        use ast::AssignmentTarget as T;
        let span = t.span();
        let kind = match t {
            T::ArrayAssignmentTarget(a) => {
                let elements = a
                    .elements
                    .iter()
                    .map(|el| el.as_ref().map(|el| self.target_maybe_default(el)))
                    .collect();
                let rest = a.rest.as_ref().map(|r| self.assignment_target(&r.target));
                PatKind::Array { elements, rest }
            }
            T::ObjectAssignmentTarget(o) => {
                let props = o.properties.iter().map(|p| self.target_property(p)).collect();
                let rest = o.rest.as_ref().map(|r| self.assignment_target(&r.target));
                PatKind::Object { props, rest }
            }
            T::AssignmentTargetIdentifier(id) => PatKind::Ident(self.sym(id.name.as_str())),
            other => match other.as_simple_assignment_target() {
                Some(simple) => PatKind::Target(self.simple_target_expr(simple)),
                None => PatKind::Unknown,
            },
        };
        self.push_pat(span, kind)
    }

    fn target_maybe_default(&mut self, t: &ast::AssignmentTargetMaybeDefault<'_>) -> PatId {
        match t {
            ast::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(d) => {
                let pattern = self.assignment_target(&d.binding);
                let default = self.expr(&d.init);
                self.push_pat(d.span, PatKind::Default { pattern, default })
            }
            other => match other.as_assignment_target() {
                Some(target) => self.assignment_target(target),
                None => self.push_pat(other.span(), PatKind::Unknown),
            },
        }
    }

    fn target_property(&mut self, p: &ast::AssignmentTargetProperty<'_>) -> (Key, PatId) {
        match p {
            ast::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(id) => {
                let name = self.sym(id.binding.name.as_str());
                let mut pattern = self.push_pat(id.span, PatKind::Ident(name));
                if let Some(init) = &id.init {
                    let default = self.expr(init);
                    pattern = self.push_pat(id.span, PatKind::Default { pattern, default });
                }
                (Key::Name(name), pattern)
            }
            ast::AssignmentTargetProperty::AssignmentTargetPropertyProperty(p) => {
                let key = self.key(&p.name, p.computed);
                (key, self.target_maybe_default(&p.binding))
            }
        }
    }

    /// A simple target (`x`, `a.b`, `a[b]`) as the expression that reads it.
    pub(super) fn simple_target_expr(&mut self, t: &ast::SimpleAssignmentTarget<'_>) -> ExprId {
        use ast::SimpleAssignmentTarget as S;
        match t {
            S::AssignmentTargetIdentifier(id) => self.ident(id.span, id.name.as_str()),
            S::TSAsExpression(x) => self.expr(&x.expression),
            S::TSSatisfiesExpression(x) => self.expr(&x.expression),
            S::TSNonNullExpression(x) => self.expr(&x.expression),
            S::TSTypeAssertion(x) => self.expr(&x.expression),
            S::ComputedMemberExpression(m) => self.computed_member(m),
            S::StaticMemberExpression(m) => self.static_member(m),
            S::PrivateFieldExpression(m) => self.private_member(m),
        }
    }
}
