//! What a server that this program connects to chooses. A client that is sent to log in opens the address that the remote side
//! names in its authorization metadata (CVE-2025-6514): the SDKs hand it to `redirectToAuthorization`, or to `redirect_handler`.

use super::engine::{Engine, Source, class_of};
use super::value::{Atom, ClassRef, Entity, Kinds, Root, Value, Weak, What};
use crate::{CodeFacts, FunctionRef};
use hub_syntax::ir::{ExprId, ExprKind, FnId, Language, ParamKind};

/// In words, for the finding.
const SOURCE: &str = "the authorization server of a remote server";

/// What such an address can do: it is meant to be opened, and what opens it may be a shell.
const KINDS: Kinds = Kinds::SCHEME.or(Kinds::SHELL).or(Kinds::ARGUMENT).or(Kinds::CODE);

/// Names under which bundles hold a function that opens an address with the system.
const OPENERS: &[&str] = &["open", "open_default", "open2", "openBrowser", "openUrl", "openURL"];

impl Engine<'_> {
    /// Functions that the SDKs hand an authorization address to, in order of place, each with the parameter it comes in.
    pub fn authorization_handlers(&mut self, facts: &CodeFacts) -> Vec<(FunctionRef, usize)> {
        let mut out = Vec::new();
        for (id, module) in self.program.iter() {
            if !facts.live_modules.is_empty() && !facts.live_modules.contains(&id) {
                continue;
            }
            match module.language {
                Language::JavaScript | Language::TypeScript if module.source.contains("redirectToAuthorization") => {
                    for (i, f) in module.functions.iter().enumerate() {
                        if f.name.is_some_and(|n| module.str(n) == "redirectToAuthorization") && !f.params.is_empty() {
                            let function = FunctionRef {
                                module: id,
                                function: FnId(i as u32),
                            };
                            out.push((function, 0));
                        }
                    }
                }
                Language::Python if module.source.contains("redirect_handler") => {
                    let info = self.info(id);
                    for (i, expr) in module.exprs.iter().enumerate() {
                        let ExprKind::Call { args, .. } = &expr.kind else { continue };
                        let around = info.scopes.function_of_expr(ExprId(i as u32));
                        for arg in args.iter().filter(|a| a.name.is_some_and(|n| module.str(n) == "redirect_handler")) {
                            let v = self.in_static(id, around, |e| e.eval(arg.value));
                            for r in &v.refs {
                                if let Entity::Function(f) = r {
                                    out.push((*f, self.first_parameter(*f)));
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// After `self`.
    fn first_parameter(&self, f: FunctionRef) -> usize {
        let m = self.program.module(f.module);
        let params = &m.function(f.function).params;
        let own = params
            .first()
            .is_some_and(|p| matches!(m.text(m.pat(p.pattern).span), "self" | "cls"));
        usize::from(own)
    }

    /// Runs one of them with an address of the remote side's choosing.
    pub fn enter_authorization(&mut self, (f, at): (FunctionRef, usize)) {
        let m = self.program.module(f.module);
        let function = m.function(f.function);
        let Some(param) = function.params.get(at).filter(|p| p.kind != ParamKind::Rest) else {
            return;
        };
        let source = self.authorization_source();
        let this = class_of(m, f.function).map_or_else(Value::default, |class| {
            Value::entity(Entity::Instance(ClassRef { module: f.module, class }))
        });
        self.group_base = self.frames.len();
        self.inlined.clear();
        self.push_frame(f.module, Some(f.function), this.clone());
        let label = self.labels.root(Root::Source(source));
        let trace = self.trace(None, m.pat(param.pattern).span, What::Source(source));
        let mut params = vec![Value::default(); function.params.len()];
        if at == 1 {
            params[0] = this;
        }
        params[at].add_atom(Atom {
            label,
            kinds: KINDS,
            weak: Weak::default(),
            trace,
        });
        self.run_entry(f, params);
        self.frames.pop();
        self.group_base = 0;
    }

    fn authorization_source(&mut self) -> u32 {
        match self.sources.iter().position(|s| s.what == SOURCE) {
            Some(known) => known as u32,
            None => {
                self.sources.push(Source {
                    entry: None,
                    what: SOURCE.to_owned(),
                });
                self.sources.len() as u32 - 1
            }
        }
    }

    /// Whether a call opens an address that a remote side chose, by a function that a bundle holds.
    pub fn opens_remote_address(&self, name: &str, value: &Value) -> bool {
        OPENERS.contains(&name)
            && value.atoms.iter().any(|a| match self.labels.root_of(a.label) {
                Root::Source(s) => self.sources.get(s as usize).is_some_and(|s| s.what == SOURCE),
                _ => false,
            })
    }
}
