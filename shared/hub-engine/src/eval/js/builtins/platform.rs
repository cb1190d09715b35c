//! Node: paths, files of the snapshot, the environment.

use crate::eval::MAX_TEXT;
use crate::eval::data::from_json;
use crate::eval::js::value::{Env, Kind, Native, ObjId, Term, Value};
use crate::eval::js::{Args, Eval};
use crate::eval::path;
use std::rc::Rc;

impl Eval<'_> {
    pub(super) fn platform_function(&mut self, env: Env, called: &str, args: &Args) -> Option<Value> {
        let first = args.get(0);
        let name = called.rsplit('.').next().unwrap_or(called);
        let module = called.split('.').next().unwrap_or(called);
        Some(match (module, name) {
            ("path" | "path/posix", "join" | "resolve" | "normalize") => {
                // An absolute part makes those before it idle, known or not.
                let absolute = |v: &Value| v.as_str().is_some_and(|s| s.starts_with('/'));
                let start = if name == "resolve" {
                    args.pos.iter().rposition(absolute).unwrap_or(0)
                } else {
                    0
                };
                let parts = args.pos[start..].iter().map(Value::as_str).collect::<Option<Vec<&str>>>()?;
                if parts.iter().map(|part| part.len()).sum::<usize>() > MAX_TEXT {
                    return None;
                }
                Value::str(&format!("/{}", path::join("", &parts.join("/"))))
            }
            ("path" | "path/posix", "dirname") => {
                let p = first.as_str()?;
                Value::str(match p.rsplit_once('/') {
                    Some(("", _)) => "/",
                    Some((dir, _)) => dir,
                    None => ".",
                })
            }
            ("path" | "path/posix", "basename") => {
                let base = path::file_name(first.as_str()?);
                let suffix = args.get(1);
                Value::str(suffix.as_str().and_then(|s| base.strip_suffix(s)).unwrap_or(base))
            }
            ("path" | "path/posix", "extname") => Value::str(path::extension(first.as_str()?)),
            ("path", "relative") | ("path", "isAbsolute") => return None,
            ("url", "fileURLToPath") => {
                let text = self.url_text(&first)?;
                Value::str(text.strip_prefix("file://").unwrap_or(&text))
            }
            ("url", "pathToFileURL") => {
                let url = format!("file://{}", first.as_str()?);
                let id = self.new_object();
                self.set(&Value::Ref(id), "href", Value::str(&url));
                Value::Ref(id)
            }
            ("module", "createRequire") => Value::Ref(self.alloc(Kind::Native(Native::Require(env.module)))),
            ("fs" | "fs/promises" | "fs-extra", "readFileSync" | "readFile" | "readJsonSync" | "readJSONSync" | "readJson") => {
                let path = self.url_text(&first)?;
                let text = self.world.read(inside(&path)?)?;
                if text.len() > MAX_TEXT * 8 {
                    return None;
                }
                let value = Value::str(text);
                if name.to_ascii_lowercase().contains("json") {
                    let json: serde_json::Value = serde_json::from_str(value.as_str()?).ok()?;
                    return Some(from_json(self, &json));
                }
                value
            }
            ("fs" | "fs-extra", "existsSync" | "pathExistsSync") => {
                let path = self.url_text(&first)?;
                let path = inside(&path)?;
                // Only what is there is known: a file may be made at run time.
                if self.world.read(path).is_some() || self.world.list(path).is_some() {
                    Value::Bool(true)
                } else {
                    return None;
                }
            }
            ("fs" | "fs/promises" | "fs-extra", "readdirSync" | "readdir") => {
                let path = self.url_text(&first)?;
                let path = inside(&path)?.to_owned();
                let names = self.world.list(&path)?;
                let options = args.get(1);
                let typed = if self.has_property(&options, "withFileTypes") {
                    self.get(&options, "withFileTypes")
                } else {
                    Value::Undefined
                };
                let items = names
                    .into_iter()
                    .map(|n| {
                        if !matches!(typed, Value::Bool(true)) {
                            return Value::str(&n);
                        }
                        let id = self.new_object();
                        self.set(&Value::Ref(id), "name", Value::str(&n));
                        self.set(&Value::Ref(id), "path", Value::str(&format!("/{path}")));
                        self.set(&Value::Ref(id), "parentPath", Value::str(&format!("/{path}")));
                        let below = if path.is_empty() { n.clone() } else { format!("{path}/{n}") };
                        let is_file = self.world.read(&below).is_some();
                        for (question, answer) in [("isFile", is_file), ("isDirectory", !is_file), ("isSymbolicLink", false)] {
                            let method = Value::Ref(self.alloc(Kind::Native(Native::Always(answer))));
                            self.set(&Value::Ref(id), question, method);
                        }
                        Value::Ref(id)
                    })
                    .collect();
                self.new_array(items)
            }
            ("js-yaml" | "yaml" | "yamljs", "load" | "parse" | "safeLoad") => {
                let json = self.world.yaml(first.as_str()?)?;
                from_json(self, &json)
            }
            // Readers of OpenAPI documents: a path of the tree, or a document that was read already.
            (
                "@apidevtools/swagger-parser" | "@apidevtools/json-schema-ref-parser" | "@readme/openapi-parser" | "swagger-parser",
                "bundle" | "dereference" | "parse" | "validate" | "resolve",
            ) => {
                if matches!(first, Value::Ref(_)) && self.object_of(&first).is_some_and(|o| matches!(o.kind, Kind::Plain)) {
                    return Some(first);
                }
                let path = self.url_text(&first)?;
                let json = self.world.yaml(self.world.read(inside(&path)?)?)?;
                from_json(self, &json)
            }
            ("process", "exit") => Value::Undefined,
            ("dedent" | "outdent" | "ts-dedent" | "common-tags", _) => return None,
            _ => return None,
        })
    }

    /// A path or `file:` URL as text.
    fn url_text(&mut self, value: &Value) -> Option<String> {
        if let Some(s) = value.as_str() {
            return Some(s.strip_prefix("file://").unwrap_or(s).to_owned());
        }
        if value.id().is_some() && self.has_property(value, "href") {
            let href = self.get(value, "href");
            return href.as_str().map(|s| s.strip_prefix("file://").unwrap_or(s).to_owned());
        }
        None
    }

    pub(super) fn new_url(&mut self, url: &Value, base: &Value) -> Option<Value> {
        let url = url.as_str()?;
        let base = match base {
            Value::Undefined => None,
            other => Some(self.url_text(other)?),
        };
        let full = match base {
            Some(base) if !url.contains("://") => {
                let dir = base.rsplit_once('/').map_or("", |(d, _)| d);
                format!("file:///{}", path::join(dir, url))
            }
            Some(_) => return None,
            None if url.starts_with("file://") => url.to_owned(),
            None => return None,
        };
        let id = self.new_object();
        let this = Value::Ref(id);
        self.set(&this, "pathname", Value::str(full.strip_prefix("file://").unwrap_or(&full)));
        self.set(&this, "href", Value::str(&full));
        Some(this)
    }

    /// A property of something from outside that is known.
    pub(crate) fn known_member(&mut self, at: ObjId, name: &str) -> Option<Value> {
        if let Some(value) = self.option_default(at, name) {
            return Some(value);
        }
        let path = self.path_of(at)?;
        Some(match path.as_str() {
            "process.env" | "import.meta.env" | "Bun.env" | "os.environ" => self.opaque(Term::Env(Rc::from(name))),
            "process" => match name {
                "platform" => Value::str("linux"),
                "version" => Value::str("v20.20.2"),
                "arch" => Value::str("x64"),
                "argv" | "execArgv" => self.opaque(Term::Param(Rc::from("process.argv"))),
                _ => return None,
            },
            "path" | "path/posix" if name == "sep" => Value::str("/"),
            "path" if name == "delimiter" => Value::str(":"),
            "os" if name == "EOL" => Value::str("\n"),
            "Number" => match name {
                "MAX_SAFE_INTEGER" => Value::Num(9_007_199_254_740_991.0),
                "MIN_SAFE_INTEGER" => Value::Num(-9_007_199_254_740_991.0),
                "POSITIVE_INFINITY" => Value::Num(f64::INFINITY),
                _ => return None,
            },
            _ => return None,
        })
    }
}

/// `/a/../b` as `/b`.
/// A path of the evaluator's world as a path inside the snapshot.
fn inside(path: &str) -> Option<&str> {
    path.strip_prefix('/')
}
