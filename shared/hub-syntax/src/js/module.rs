//! Imports, exports and namespaces.

use super::lower::Lowerer;
use crate::ir::*;
use oxc_ast::ast;
use oxc_span::GetSpan;

impl Lowerer {
    pub(super) fn module_declaration(&mut self, d: &ast::ModuleDeclaration<'_>, out: &mut Vec<StmtId>) {
        use ast::ModuleDeclaration as M;
        match d {
            M::ImportDeclaration(i) => self.import(i, out),
            M::ExportAllDeclaration(e) => {
                if e.export_kind == ast::ImportOrExportKind::Type {
                    return;
                }
                let specifier = self.sym(e.source.value.as_str());
                let exported = e.exported.as_ref().map(|n| self.export_name(n));
                self.export(e.span, exported, Exported::From { specifier, imported: None }, out);
            }
            M::ExportDefaultDeclaration(e) => self.export_default(e, out),
            M::ExportDeclaration(e) => {
                let first = out.len();
                self.docs_of_export(e.span, e.declaration.span());
                self.declaration(&e.declaration, out);
                let mut names = Vec::new();
                for id in out[first..].iter().copied() {
                    self.declared_names(id, &mut names);
                }
                for name in names {
                    self.export(e.span, Some(name), Exported::Local(name), out);
                }
            }
            M::ExportNamedDeclaration(e) => {
                for s in &e.specifiers {
                    if e.export_kind == ast::ImportOrExportKind::Type || s.export_kind == ast::ImportOrExportKind::Type {
                        continue;
                    }
                    let local = self.export_name(&s.local);
                    let exported = self.export_name(&s.exported);
                    self.export(s.span, Some(exported), Exported::Local(local), out);
                }
            }
            M::ExportFromDeclaration(e) => {
                let specifier = self.sym(e.source.value.as_str());
                for s in &e.specifiers {
                    if e.export_kind == ast::ImportOrExportKind::Type || s.export_kind == ast::ImportOrExportKind::Type {
                        continue;
                    }
                    let imported = self.export_name(&s.local);
                    let exported = self.export_name(&s.exported);
                    self.export(
                        s.span,
                        Some(exported),
                        Exported::From {
                            specifier,
                            imported: Some(imported),
                        },
                        out,
                    );
                }
            }
            M::TSExportAssignment(e) => {
                // `export = x` is `module.exports = x`.
                let object = self.ident(e.span, "module");
                let property = self.sym("exports");
                let member = self.push_expr(e.span, ExprKind::Member { object, property });
                let target = self.push_pat(e.span, PatKind::Target(member));
                let value = self.expr(&e.expression);
                let assign = self.push_expr(e.span, ExprKind::Assign { target, op: None, value });
                out.push(self.push_stmt(e.span, StmtKind::Expr(assign)));
            }
            M::TSNamespaceExportDeclaration(_) => {}
        }
    }

    fn docs_of_export(&mut self, export: oxc_span::Span, inner: oxc_span::Span) {
        if let Some(doc) = self.docs.get(&export.start).copied() {
            self.docs.entry(inner.start).or_insert(doc);
        }
    }

    fn export(&mut self, span: oxc_span::Span, exported: Option<Sym>, what: Exported, out: &mut Vec<StmtId>) {
        let index = self.module.exports.len() as u32;
        self.module.exports.push(Export {
            span: self.place(span),
            exported,
            what,
        });
        out.push(self.push_stmt(span, StmtKind::Export(index)));
    }

    fn export_name(&mut self, name: &ast::ModuleExportName<'_>) -> Sym {
        match name {
            ast::ModuleExportName::IdentifierName(n) => self.sym(n.name.as_str()),
            ast::ModuleExportName::IdentifierReference(n) => self.sym(n.name.as_str()),
            ast::ModuleExportName::StringLiteral(s) => self.sym(s.value.as_str()),
        }
    }

    fn export_default(&mut self, e: &ast::ExportDefaultDeclaration<'_>, out: &mut Vec<StmtId>) {
        use ast::ExportDefaultDeclarationKind as K;
        let default = self.sym("default");
        self.docs_of_export(e.span, e.declaration.span());
        match &e.declaration {
            K::FunctionDeclaration(f) => {
                if f.body.is_none() {
                    return;
                }
                let id = self.function(f, None);
                match self.module.function(id).name {
                    Some(name) => {
                        out.push(self.push_stmt(f.span, StmtKind::Function(id)));
                        self.export(e.span, Some(default), Exported::Local(name), out);
                    }
                    None => {
                        let value = self.push_expr(f.span, ExprKind::Function(id));
                        self.export(e.span, Some(default), Exported::Expr(value), out);
                    }
                }
            }
            K::ClassDeclaration(c) => {
                let id = self.class(c);
                match self.module.class(id).name {
                    Some(name) => {
                        out.push(self.push_stmt(c.span, StmtKind::Class(id)));
                        self.export(e.span, Some(default), Exported::Local(name), out);
                    }
                    None => {
                        let value = self.push_expr(c.span, ExprKind::Class(id));
                        self.export(e.span, Some(default), Exported::Expr(value), out);
                    }
                }
            }
            K::TSInterfaceDeclaration(_) => {}
            other => {
                if let Some(value) = other.as_expression() {
                    let value = self.expr(value);
                    self.export(e.span, Some(default), Exported::Expr(value), out);
                }
            }
        }
    }

    fn import(&mut self, i: &ast::ImportDeclaration<'_>, out: &mut Vec<StmtId>) {
        use ast::ImportDeclarationSpecifier as S;
        let specifier = self.sym(i.source.value.as_str());
        let type_only = i.import_kind == ast::ImportOrExportKind::Type;
        let mut names = Vec::new();
        for s in i.specifiers.iter().flatten() {
            names.push(match s {
                S::ImportSpecifier(s) => {
                    if s.import_kind == ast::ImportOrExportKind::Type {
                        continue;
                    }
                    let imported = self.export_name(&s.imported);
                    let imported = if self.module.str(imported) == "default" {
                        Imported::Default
                    } else {
                        Imported::Name(imported)
                    };
                    ImportName {
                        imported,
                        local: self.sym(s.local.name.as_str()),
                    }
                }
                S::ImportDefaultSpecifier(s) => ImportName {
                    imported: Imported::Default,
                    local: self.sym(s.local.name.as_str()),
                },
                S::ImportNamespaceSpecifier(s) => ImportName {
                    imported: Imported::Namespace,
                    local: self.sym(s.local.name.as_str()),
                },
            });
        }
        let index = self.module.imports.len() as u32;
        self.module.imports.push(Import {
            span: self.place(i.span),
            specifier,
            names: names.into(),
            type_only,
        });
        out.push(self.push_stmt(i.span, StmtKind::Import(index)));
    }

    /// `import x = require("y")` and `import x = A.B`.
    pub(super) fn import_equals(&mut self, i: &ast::TSImportEqualsDeclaration<'_>, out: &mut Vec<StmtId>) {
        if i.import_kind == ast::ImportOrExportKind::Type {
            return;
        }
        let value = match &i.module_reference {
            ast::TSModuleReference::ExternalModuleReference(r) => {
                let callee = self.ident(r.span, "require");
                let value = self.str_expr(r.span, r.expression.value.as_str());
                let args = List::from([Arg {
                    name: None,
                    value,
                    spread: false,
                    kw_spread: false,
                }]);
                self.push_expr(r.span, ExprKind::Call { callee, args, new: false })
            }
            ast::TSModuleReference::IdentifierReference(id) => self.ident(id.span, id.name.as_str()),
            ast::TSModuleReference::QualifiedName(q) => self.qualified_name(q),
        };
        self.constant(i.span, i.id.name.as_str(), value, out);
    }

    fn qualified_name(&mut self, q: &ast::TSQualifiedName<'_>) -> ExprId {
        let object = match &q.left {
            ast::TSTypeName::IdentifierReference(id) => self.ident(id.span, id.name.as_str()),
            ast::TSTypeName::QualifiedName(inner) => self
                .deeper(|l| l.qualified_name(inner))
                .unwrap_or_else(|| self.push_expr(q.span, ExprKind::Unknown(List::default()))),
            ast::TSTypeName::ThisExpression(t) => self.push_expr(t.span, ExprKind::This),
        };
        let property = self.sym(q.right.name.as_str());
        self.push_expr(q.span, ExprKind::Member { object, property })
    }

    /// `namespace N { … export const a … }` is `const N = (() => { …; return { a } })()`.
    pub(super) fn namespace(&mut self, n: &ast::TSNamespaceDeclaration<'_>, out: &mut Vec<StmtId>) {
        let function = self.reserve_function(n.span, None);
        self.functions.push(function);
        let mut body = Vec::new();
        let mut exported = Vec::new();
        match &n.body {
            ast::TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                self.deeper(|l| l.namespace(inner, &mut body));
                exported.push(self.sym(inner.id.name.as_str()));
            }
            ast::TSNamespaceDeclarationBody::TSModuleBlock(block) => {
                for s in &block.body {
                    let ast::Statement::ExportDeclaration(e) = s else {
                        self.statements(std::slice::from_ref(s), &mut body);
                        continue;
                    };
                    let first = body.len();
                    self.docs_of_export(e.span, e.declaration.span());
                    self.declaration(&e.declaration, &mut body);
                    for id in body[first..].iter().copied() {
                        self.declared_names(id, &mut exported);
                    }
                }
            }
        }
        let mut props = Vec::new();
        for name in exported {
            let value = self.push_expr(n.span, ExprKind::Ident(name));
            props.push(Prop::KeyValue {
                key: Key::Name(name),
                value,
            });
        }
        let object = self.push_expr(n.span, ExprKind::Object(props.into()));
        body.push(self.push_stmt(n.span, StmtKind::Return(Some(object))));
        self.functions.pop();
        let slot = &mut self.module.functions[function.index()];
        slot.body = body.into();
        slot.is_arrow = true;
        let callee = self.push_expr(n.span, ExprKind::Function(function));
        let call = self.push_expr(
            n.span,
            ExprKind::Call {
                callee,
                args: List::default(),
                new: false,
            },
        );
        self.constant(n.span, n.id.name.as_str(), call, out);
    }

    /// Names that a declaration statement binds.
    fn declared_names(&self, id: StmtId, names: &mut Vec<Sym>) {
        match &self.module.stmt(id).kind {
            StmtKind::Let { pattern, .. } => self.bound_names(*pattern, names),
            StmtKind::Function(f) => names.extend(self.module.function(*f).name),
            StmtKind::Class(c) => names.extend(self.module.class(*c).name),
            StmtKind::With { items, .. } => items.iter().filter_map(|i| i.1).for_each(|p| self.bound_names(p, names)),
            _ => {}
        }
    }

    fn bound_names(&self, pattern: PatId, names: &mut Vec<Sym>) {
        // Patterns are as deep as the lowering made them: bounded.
        match &self.module.pat(pattern).kind {
            PatKind::Ident(name) => names.push(*name),
            PatKind::Array { elements, rest } => elements.iter().flatten().chain(rest).for_each(|p| self.bound_names(*p, names)),
            PatKind::Object { props, rest } => props.iter().map(|p| &p.1).chain(rest).for_each(|p| self.bound_names(*p, names)),
            PatKind::Default { pattern, .. } => self.bound_names(*pattern, names),
            PatKind::Target(_) | PatKind::Unknown => {}
        }
    }
}
