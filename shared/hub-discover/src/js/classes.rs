//! Last resort: classes that look like tools of a server whose own way of registering them was not understood.

use super::Reader;
use hub_engine::eval::js::{Args, Kind};
use hub_syntax::ModuleId;
use hub_syntax::ir::{Class, ExprKind, Module};

/// Methods by which such classes do their work.
const HANDLERS: &[&str] = &["execute", "run", "handle", "handler", "call", "invoke"];
/// Where a class or its instance keeps the name that a client sees.
const NAMES: &[&str] = &["toolName", "tool_name", "name", "id"];
/// Methods that make the schema.
const SCHEMAS: &[&str] = &["argsShape", "getInputSchema", "getSchema", "inputSchema", "schema", "parameters"];
/// Most classes that are made.
const MAX_CLASSES: usize = 2_000;

impl Reader<'_, '_> {
    /// Takes the concrete classes under a base called `…Tool` or `…ToolBase` for tools, in a program that speaks to the SDK.
    pub(super) fn loose_classes(&mut self) {
        self.rule = "js-tool-class";
        let program = self.eval.program();
        let imports_sdk = |m: &Module| m.imports.iter().any(|i| m.str(i.specifier).starts_with("@modelcontextprotocol/"));
        if !program.modules.iter().any(imports_sdk) {
            return;
        }
        let mut made = 0;
        for (id, module) in program.iter() {
            if !module.language.is_script() || super::entry::is_test_path(crate::inside(self.snapshot, module.path.as_str())) {
                continue;
            }
            for class in module.classes.iter().filter(|c| c.parent.is_none() && is_tool(module, c)) {
                if made >= MAX_CLASSES || self.eval.is_spent() {
                    return;
                }
                made += 1;
                self.tool_class(id, module, class);
            }
        }
    }

    fn tool_class(&mut self, id: ModuleId, module: &Module, class: &Class) {
        let Some(name) = class.name.map(|n| module.str(n)) else { return };
        let Some(value) = self.eval.global(id, name) else { return };
        if !matches!(self.eval.object_of(&value).map(|o| &o.kind), Some(Kind::Class(_))) {
            return;
        }
        let instance = self.eval.construct_unknown(&value);
        let works = HANDLERS
            .iter()
            .any(|h| self.prop(&instance, h).is_some_and(|m| self.is_function(&m)));
        let text = |this: &mut Self, names: &[&str]| {
            let of_instance = this.first_prop(&instance, names).and_then(|v| v.as_str().map(str::to_owned));
            // A class has a `name` of its own that is none of a tool.
            let own: Vec<&str> = names.iter().copied().filter(|n| *n != "name").collect();
            of_instance.or_else(|| this.first_prop(&value, &own).and_then(|v| v.as_str().map(str::to_owned)))
        };
        let Some(tool_name) = text(self, NAMES).filter(|_| works) else {
            return;
        };
        let description = self
            .first_prop(&instance, &["description"])
            .or_else(|| self.prop(&value, "description"));
        let input = SCHEMAS.iter().find_map(|name| {
            let found = self.prop(&instance, name)?;
            Some(if self.is_function(&found) {
                self.eval.call(&found, instance.clone(), Args::default())
            } else {
                found
            })
        });
        if description.is_none() && input.is_none() {
            return;
        }
        let at = module.location(class.span);
        let tool = self.build_tool(tool_name, description, input, Some(&instance), Some(at));
        self.found.tool(tool);
    }
}

fn is_tool(module: &Module, class: &Class) -> bool {
    class.bases.iter().any(|base| {
        let name = match module.expr(*base).kind {
            ExprKind::Ident(name) | ExprKind::Member { property: name, .. } => module.str(name),
            _ => return false,
        };
        ["Tool", "ToolBase", "BaseTool"].iter().any(|end| name.ends_with(end))
    })
}
