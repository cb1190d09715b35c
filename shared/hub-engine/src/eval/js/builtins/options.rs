//! Options and variables that libraries read: what nobody gave is its declared default.

use crate::eval::js::value::{Kind, ObjId, Term, Value};
use crate::eval::js::{Args, Eval};

/// Longest chain of calls that is followed.
const MAX_CHAIN: usize = 256;

impl Eval<'_> {
    /// `argv.name`, where `argv` is what a parser of the command line made: the default that the parser was told.
    pub(super) fn option_default(&mut self, at: ObjId, name: &str) -> Option<Value> {
        let mut at = at;
        for _ in 0..MAX_CHAIN {
            let (callee, args) = match self.term_by_id(at)? {
                // `….argv`, `parseArgs(…).values`.
                Term::Member { base, name } if matches!(&**name, "argv" | "values" | "flags") => {
                    at = *base;
                    continue;
                }
                Term::Call { callee, args, new: false } => (*callee, args),
                _ => return None,
            };
            let declared = match self.term_by_id(callee)? {
                Term::Member { base, name: method } => match &**method {
                    method @ ("option" | "options" | "default" | "defaults" | "parseArgs") => {
                        let (method, args) = (method.to_owned(), args.clone());
                        at = *base;
                        match method.as_str() {
                            "option" => self.declared_in_option(&args, name),
                            "parseArgs" => self.declared_in_config(&args, name),
                            _ => self.declared_in_table(args.first()?, name),
                        }
                    }
                    _ => {
                        at = *base;
                        None
                    }
                },
                Term::Import { name: function, specifier } => {
                    let args = args.clone();
                    return match (&**specifier, &**function) {
                        ("util", "parseArgs") => self.declared_in_config(&args, name),
                        ("minimist" | "mri" | "yargs-parser", _) => {
                            let table = self.field(args.get(1)?, "default")?;
                            self.declared_in_table(&table, name)
                        }
                        _ => None,
                    }
                    .and_then(|v| self.as_default(v));
                }
                _ => return None,
            };
            if let Some(declared) = declared {
                return self.as_default(declared);
            }
        }
        None
    }

    /// `env.get("NAME").default("x").asString()`.
    pub(super) fn variable_default(&mut self, callee: ObjId, args: &Args) -> Option<Value> {
        let Term::Member { base, name } = self.term_by_id(callee)?.clone() else {
            return None;
        };
        if !name.starts_with("as") || !name[2..].starts_with(char::is_uppercase) {
            return None;
        }
        let mut at = base;
        for _ in 0..8 {
            let Term::Call { callee, args: given, .. } = self.term_by_id(at)?.clone() else {
                return None;
            };
            let Term::Member { base, name: method } = self.term_by_id(callee)?.clone() else {
                return None;
            };
            if &*method == "default" {
                let default = given.first()?.clone();
                return match &name[2..] {
                    "Array" => {
                        let by = args.get(0);
                        let text = default.as_str()?;
                        let parts = text.split(by.as_str().unwrap_or(",")).filter(|p| !p.is_empty());
                        let items = parts.map(Value::str).collect();
                        Some(self.new_array(items))
                    }
                    "Bool" | "BoolStrict" => Some(self.condition(Some(default.as_str() == Some("true")))),
                    _ => self.as_default(default),
                };
            }
            at = base;
        }
        None
    }

    /// A default as a value: a switch may be thrown all the same, so it only leans one way.
    fn as_default(&mut self, default: Value) -> Option<Value> {
        match default {
            Value::Bool(on) => Some(self.condition(Some(on))),
            Value::Undefined | Value::Null => None,
            other => Some(other),
        }
    }

    /// `.option("name", { default })` of yargs; `.option("-n, --name <x>", "…", default)` of commander.
    fn declared_in_option(&mut self, args: &[Value], wanted: &str) -> Option<Value> {
        let declared = args.first()?.as_str()?;
        let long = declared
            .split([',', ' ', '|'])
            .find_map(|w| w.strip_prefix("--"))
            .unwrap_or(declared);
        if !same_option(long, wanted) {
            return None;
        }
        match args.get(1) {
            Some(options @ Value::Ref(_)) => self.field(options, "default"),
            _ => args.get(2).filter(|v| self.closure(v).is_none()).cloned(),
        }
    }

    /// `{ name: { default } }`, `{ name: default }`.
    fn declared_in_table(&mut self, table: &Value, wanted: &str) -> Option<Value> {
        let (_, entry) = self.entries(table).into_iter().find(|(key, _)| same_option(key, wanted))?;
        match entry {
            Value::Ref(_) if self.array(&entry).is_none() => self.field(&entry, "default"),
            plain => Some(plain),
        }
    }

    /// `{ options: { name: { default } } }`.
    fn declared_in_config(&mut self, args: &[Value], wanted: &str) -> Option<Value> {
        let options = self.field(args.first()?, "options")?;
        self.declared_in_table(&options, wanted)
    }

    fn field(&mut self, object: &Value, name: &str) -> Option<Value> {
        self.has_property(object, name).then(|| self.get(object, name))
    }

    fn term_by_id(&self, id: ObjId) -> Option<&Term> {
        match &self.object(id).kind {
            Kind::Opaque(term) => Some(term),
            _ => None,
        }
    }
}

/// Whether two spellings mean one option: `enable-toolsets`, `enableToolsets`.
fn same_option(declared: &str, wanted: &str) -> bool {
    declared == wanted || declared.contains('-') && camel(declared) == wanted
}

fn camel(name: &str) -> String {
    let mut out = String::new();
    for (i, word) in name.split('-').enumerate() {
        match word.chars().next() {
            Some(first) if i > 0 => {
                out.extend(first.to_uppercase());
                out.push_str(&word[first.len_utf8()..]);
            }
            _ => out.push_str(word),
        }
    }
    out
}
