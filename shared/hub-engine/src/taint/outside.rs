//! Calls of outside functions with what is known of their arguments, anywhere in the program: for rules about how a server is
//! set up and not about data that flows.

use super::api::canonical;
use super::engine::Engine;
use super::value::{Entity, Lit, Value};
use hub_model::Location;
use hub_syntax::ModuleId;
use hub_syntax::ir::{ExprId, ExprKind, FnId, Module};

/// Last names of the functions that rules ask about.
const ASKED: &[&str] = &[
    "run",
    "run_async",
    "run_http_async",
    "run_sse_async",
    "run_streamable_http_async",
    "listen",
    "serve",
    "Config",
    "FastMCP",
    "Middleware",
    "CORSMiddleware",
    "add_middleware",
    "CORS",
    "cors",
    "sse_app",
    "streamable_http_app",
    "http_app",
    "StreamableHTTPServerTransport",
    "SSEServerTransport",
    "SseServerTransport",
    "HTTPServer",
    "ThreadingHTTPServer",
    "TCPSite",
    "run_app",
    "createServer",
    "get",
    "post",
    "put",
    "delete",
    "patch",
    "request",
    "Client",
    "AsyncClient",
    "create_connection",
    "_create_unverified_context",
    "setHeader",
    "header",
    "Agent",
    "info",
    "debug",
    "warning",
    "error",
    "log",
    "system",
    "Popen",
    "exec",
    // What describes the machine.
    "release",
    "version",
    "machine",
    "processor",
    "node",
    "platform",
    "python_version",
    "cpu_count",
    "gethostname",
    "uname",
    "getuser",
    "hostname",
    "arch",
    "cpus",
    "userInfo",
    "networkInterfaces",
    "getcwd",
    "getlogin",
    "cwd",
    "virtual_memory",
    "disk_usage",
    "sendmail",
    "send_message",
    "urlopen",
    "Request",
    "random",
    "choice",
    "choices",
    "randint",
    "randrange",
    "getrandbits",
    "createHash",
    "createHmac",
    "createCipher",
    "createCipheriv",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "ECB",
    "ARC4",
    "TripleDES",
    "Blowfish",
    "Fernet",
    "jwtVerify",
    "SessionMiddleware",
    "session",
    "TransportSecuritySettings",
    "Intn",
    "Int63",
    "Int31n",
    "NewCipher",
    "NewTripleDESCipher",
];
/// The same of languages whose names are not those of JavaScript and Python.
const ASKED_NATIVE: &[&str] = &[
    "ListenAndServe",
    "ListenAndServeTLS",
    "Listen",
    "Start",
    "bind",
    "Run",
    "RunAsync",
    "UseUrls",
    "ListenAnyIP",
    "embeddedServer",
    "InetSocketAddress",
    "StreamableHttpServerTransport",
    "HttpServerTransport",
    "StreamableHttpTransport",
];
/// Last names that are common words: asked only of an object that is called like this.
const ASKED_OF: &[(&str, &[&str])] = &[
    ("new", &["aes", "des", "arc", "blowfish", "hmac", "hashlib"]),
    ("sign", &["jwt", "jsonwebtoken"]),
    ("verify", &["jwt", "jsonwebtoken"]),
    ("encode", &["jwt"]),
    ("decode", &["jwt", "jsonwebtoken"]),
    ("encrypt", &["cryptojs", "aes", "des", "rc4"]),
];

fn is_asked(module: &Module, callee: ExprId, last: &str) -> bool {
    if ASKED.contains(&last) || module.language.is_native() && ASKED_NATIVE.contains(&last) {
        return true;
    }
    let Some((_, of)) = ASKED_OF.iter().find(|(name, _)| *name == last) else {
        return false;
    };
    let ExprKind::Member { object, .. } = module.expr(callee).kind else {
        return false;
    };
    let text = module.text(module.expr(object).span);
    text.len() < 60 && of.iter().any(|w| text.to_ascii_lowercase().contains(w))
}

/// What is known of an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    Text(String),
    Number(f64),
    Flag(bool),
    Nothing,
    /// Something outside, by its dotted path.
    Named(String),
    Object(Vec<(String, Known)>),
    List(Vec<Known>),
    Unknown,
}

/// A call of an outside function.
#[derive(Clone, Debug)]
pub struct OutsideCall {
    pub module: ModuleId,
    pub expr: ExprId,
    pub function: Option<FnId>,
    /// Dotted path as the tables spell it.
    pub name: String,
    pub at: Location,
    pub code: String,
    pub args: Vec<(Option<String>, Known)>,
}

impl OutsideCall {
    /// A keyword, or a field of an object argument.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Known> {
        self.args
            .iter()
            .find(|(n, _)| n.as_deref() == Some(name))
            .map(|(_, v)| v)
            .or_else(|| {
                self.args.iter().find_map(|(_, v)| match v {
                    Known::Object(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, v)| v),
                    _ => None,
                })
            })
    }
    #[must_use]
    pub fn positional(&self, i: usize) -> Option<&Known> {
        self.args.iter().filter(|(n, _)| n.is_none()).nth(i).map(|(_, v)| v)
    }
    /// The last part of its name.
    #[must_use]
    pub fn last(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

impl Engine<'_> {
    /// All calls of functions that rules ask about, in order of place.
    pub fn outside_calls(&mut self) -> Vec<OutsideCall> {
        let mut out = Vec::new();
        for (id, module) in self.program.iter() {
            let info = self.info(id);
            for (i, expr) in module.exprs.iter().enumerate() {
                let ExprKind::Call { callee, args, .. } = &expr.kind else {
                    continue;
                };
                let last = match &module.expr(*callee).kind {
                    ExprKind::Member { property, .. } => module.str(*property),
                    ExprKind::Ident(name) => module.str(*name),
                    _ => continue,
                };
                if !is_asked(module, *callee, last) {
                    continue;
                }
                let function = info.scopes.function_of_expr(ExprId(i as u32));
                let (callee, args) = (*callee, args.clone());
                let call = self.in_static(id, function, |e| {
                    let target = e.eval(callee);
                    let name = target.refs.iter().find_map(|r| match r {
                        Entity::External(n) => Some(e.names.text(*n).to_string()),
                        _ => None,
                    });
                    // Not resolved to anything: the method's own name.
                    let name = match name {
                        Some(n) => canonical(module.language, &n),
                        None if target.refs.is_empty() => format!("?.{last}"),
                        None => return None,
                    };
                    let args = args
                        .iter()
                        .map(|a| {
                            let v = e.eval(a.value);
                            (a.name.map(|n| module.str(n).to_owned()), e.known(&v, 0))
                        })
                        .collect();
                    Some((name, args))
                });
                if let Some((name, args)) = call {
                    let at = module.location(expr.span);
                    let code = super::report::line_of(module, &at);
                    out.push(OutsideCall {
                        module: id,
                        expr: ExprId(i as u32),
                        function,
                        name,
                        at,
                        code,
                        args,
                    });
                }
                if out.len() >= 20_000 {
                    self.limits.calls += 1;
                    break;
                }
            }
        }
        out.sort_by(|a, b| a.at.cmp(&b.at));
        out
    }

    fn known(&self, v: &Value, depth: u32) -> Known {
        match &v.lit {
            Lit::Str(s) => return Known::Text(s.to_string()),
            Lit::Number(n) => return Known::Number(*n),
            Lit::Bool(b) => return Known::Flag(*b),
            Lit::Null => return Known::Nothing,
            Lit::Unknown => {}
        }
        if let (Some(shape), true) = (&v.shape, depth < 3) {
            if !shape.fields.is_empty() {
                return Known::Object(
                    shape
                        .fields
                        .iter()
                        .map(|(n, p)| (self.names.text(*n).to_string(), self.known(p, depth + 1)))
                        .collect(),
                );
            }
            return Known::List(shape.items.iter().chain(&shape.rest).map(|p| self.known(p, depth + 1)).collect());
        }
        v.refs
            .iter()
            .find_map(|r| match r {
                Entity::External(n) => Some(Known::Named(self.names.text(*n).to_string())),
                _ => None,
            })
            .unwrap_or(Known::Unknown)
    }
}
