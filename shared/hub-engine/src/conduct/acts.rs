//! Outside operations by name: what they do, and where their operand stands.

use super::{Conduct, receiver_of};
use crate::FunctionRef;
use crate::taint::line_of;
use hub_model::Location;
use hub_syntax::ModuleId;
use hub_syntax::ir::{Arg, ExprId, ExprKind, Language, Module};

/// What an outside operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActKind {
    ReadsFile,
    ListsFolder,
    WritesFile,
    DeletesFile,
    MovesFile,
    ChangesMode,
    RunsProgram,
    RunsCode,
    /// Sends a request that carries data.
    SendsData,
    /// Asks an address for something.
    Fetches,
    /// Sends mail or a chat message.
    SendsMessage,
    Queries,
    ReadsEnvironment,
    SetsEnvironment,
    ReadsClipboard,
    CapturesScreen,
    Waits,
    StartsThread,
    Forks,
    Unpacks,
    Encrypts,
    Encodes,
    Digests,
    CompilesPattern,
    Logs,
}

/// One operation in the code.
#[derive(Clone, Debug)]
pub struct Act {
    pub kind: ActKind,
    /// As the tables spell it.
    pub api: String,
    pub module: ModuleId,
    pub expr: ExprId,
    pub function: FunctionRef,
    pub at: Location,
    /// The line of code.
    pub code: String,
    /// Path, address or command, where there is one.
    pub operand: Option<ExprId>,
    /// Constant values the operand may have; `*` stands for what is not known.
    pub texts: Vec<String>,
}

impl Conduct<'_> {
    pub(super) fn act(&self, id: ModuleId, at: ExprId, function: FunctionRef) -> Option<Act> {
        let module = self.program.module(id);
        let (kind, api, operand) = match &module.expr(at).kind {
            ExprKind::Call { callee, args, .. } => {
                let known = self.callee(id, at).map(str::to_owned);
                let api = known.or_else(|| module.dotted(*callee))?;
                let (kind, operand) = kind_of(module, &api, *callee, args)?;
                (kind, api, operand)
            }
            ExprKind::Assign { target, value, .. } => {
                // os.environ["X"] = "…", process.env.X = "…"
                let hub_syntax::ir::PatKind::Target(target) = module.pat(*target).kind else {
                    return None;
                };
                let object = match module.expr(target).kind {
                    ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => object,
                    _ => return None,
                };
                if !is_environment(module, object) {
                    return None;
                }
                (ActKind::SetsEnvironment, "environment".to_owned(), Some(*value))
            }
            _ => return None,
        };
        let location = module.location(module.expr(at).span);
        Some(Act {
            kind,
            api,
            module: id,
            expr: at,
            function,
            code: line_of(module, &location),
            at: location,
            operand,
            texts: operand.map(|o| self.texts(id, o)).unwrap_or_default(),
        })
    }
}

/// `os.environ`, `process.env`.
pub(crate) fn is_environment(module: &Module, e: ExprId) -> bool {
    matches!(module.dotted(e).as_deref(), Some("os.environ" | "process.env" | "environ"))
}

fn arg(args: &[Arg], i: usize) -> Option<ExprId> {
    args.iter()
        .filter(|a| a.name.is_none() && !a.spread && !a.kw_spread)
        .nth(i)
        .map(|a| a.value)
}
fn named(module: &Module, args: &[Arg], names: &[&str]) -> Option<ExprId> {
    args.iter()
        .find(|a| a.name.is_some_and(|n| names.contains(&module.str(n))))
        .map(|a| a.value)
}

fn kind_of(module: &Module, api: &str, callee: ExprId, args: &[Arg]) -> Option<(ActKind, Option<ExprId>)> {
    use ActKind::*;
    let last = api.rsplit('.').next().unwrap_or(api);
    let path = || arg(args, 0).or_else(|| named(module, args, &["file", "path", "filename"]));
    let recv = || receiver_of(module, callee);
    if module.language == Language::Python {
        let on_path = api.starts_with("pathlib.Path") || api.starts_with("*.");
        return Some(match api {
            "open" | "io.open" | "aiofiles.open" | "codecs.open" | "pathlib.Path().open" => {
                let at = if api.starts_with("pathlib") { 0 } else { 1 };
                let mode = arg(args, at).or_else(|| named(module, args, &["mode"]));
                let writes = mode.is_some_and(|m| match module.expr(m).kind {
                    ExprKind::Str(s) => module.str(s).contains(['w', 'a', 'x', '+']),
                    _ => false,
                });
                let operand = if at == 0 { recv() } else { path() };
                (if writes { WritesFile } else { ReadsFile }, operand)
            }
            _ if on_path && matches!(last, "read_text" | "read_bytes") => (ReadsFile, recv()),
            _ if on_path && matches!(last, "write_text" | "write_bytes") => (WritesFile, recv()),
            _ if on_path && matches!(last, "unlink" | "rmdir") => (DeletesFile, recv()),
            _ if api.starts_with("pathlib.Path") && matches!(last, "iterdir" | "glob" | "rglob") => (ListsFolder, recv()),
            _ if api.starts_with("pathlib.Path") && matches!(last, "rename" | "replace") => (MovesFile, recv()),
            _ if api.starts_with("pathlib.Path") && last == "chmod" => (ChangesMode, recv()),
            "os.remove" | "os.unlink" | "os.rmdir" | "shutil.rmtree" | "os.removedirs" | "send2trash.send2trash" => (DeletesFile, path()),
            "os.rename" | "os.replace" | "shutil.move" | "os.renames" => (MovesFile, path()),
            "shutil.copy" | "shutil.copy2" | "shutil.copyfile" | "shutil.copytree" => (WritesFile, arg(args, 1)),
            "os.makedirs" | "os.mkdir" | "os.symlink" | "os.truncate" => (WritesFile, path()),
            "os.chmod" | "os.chown" => (ChangesMode, path()),
            "os.listdir" | "os.scandir" | "os.walk" | "glob.glob" | "glob.iglob" => (ListsFolder, path()),
            "os.system" | "os.popen" | "subprocess.getoutput" | "subprocess.getstatusoutput" | "pty.spawn" => (RunsProgram, path()),
            "asyncio.create_subprocess_shell" | "asyncio.create_subprocess_exec" => (RunsProgram, path()),
            _ if api.starts_with("subprocess.") && matches!(last, "run" | "call" | "check_call" | "check_output" | "Popen") => {
                (RunsProgram, arg(args, 0).or_else(|| named(module, args, &["args"])))
            }
            _ if api.starts_with("os.exec") || api.starts_with("os.spawn") => (RunsProgram, path()),
            "eval" | "exec" | "runpy.run_path" | "runpy.run_module" => (RunsCode, path()),
            "marshal.loads" | "pickle.loads" => (RunsCode, path()),
            _ if api.starts_with("requests.") && matches!(last, "post" | "put" | "patch") => {
                (SendsData, arg(args, 0).or_else(|| named(module, args, &["url"])))
            }
            _ if api.starts_with("requests.") && matches!(last, "get" | "head" | "delete" | "request" | "stream" | "options") => {
                let carries = named(module, args, &["json", "data", "params", "files", "content"]).is_some();
                let url = if matches!(last, "request" | "stream") {
                    arg(args, 1)
                } else {
                    arg(args, 0)
                };
                (
                    if carries { SendsData } else { Fetches },
                    url.or_else(|| named(module, args, &["url"])),
                )
            }
            "urllib.request.urlopen" | "urllib.request.urlretrieve" | "urllib.request.Request" => (Fetches, path()),
            "socket.create_connection" => (SendsData, path()),
            _ if api.starts_with("smtplib.") && matches!(last, "sendmail" | "send_message") => (SendsMessage, None),
            _ if matches!(last, "execute" | "executemany" | "executescript" | "fetchall" | "fetchrow")
                && (api.contains("connect(") || api.contains("cursor(") || api.contains("sql") || api.contains("psycopg")) =>
            {
                (Queries, path())
            }
            "os.getenv" | "os.environ.get" => (ReadsEnvironment, path()),
            "os.putenv" | "os.environ.setdefault" | "os.environ.update" => (SetsEnvironment, arg(args, 1).or_else(path)),
            "pyperclip.paste" | "clipboard.paste" => (ReadsClipboard, None),
            "PIL.ImageGrab.grab" | "pyautogui.screenshot" | "mss.mss().grab" => (CapturesScreen, None),
            "time.sleep" | "asyncio.sleep" => (Waits, path()),
            "threading.Thread" | "_thread.start_new_thread" | "multiprocessing.Process" => (StartsThread, None),
            "os.fork" => (Forks, None),
            "shutil.unpack_archive"
            | "zlib.decompress"
            | "gzip.decompress"
            | "bz2.decompress"
            | "lzma.decompress"
            | "gzip.open"
            | "bz2.open"
            | "lzma.open"
            | "zipfile.ZipFile"
            | "tarfile.open" => (Unpacks, path()),
            _ if last.starts_with("encrypt")
                || api.starts_with("cryptography.")
                || api.starts_with("Crypto.")
                || api.starts_with("nacl.") =>
            {
                (Encrypts, None)
            }
            "base64.b64encode"
            | "base64.b64decode"
            | "base64.urlsafe_b64encode"
            | "base64.b32encode"
            | "codecs.encode"
            | "binascii.hexlify" => (Encodes, path()),
            _ if api.starts_with("hashlib.") || api.starts_with("hmac.") => (Digests, path()),
            "re.compile" | "re.search" | "re.match" | "re.fullmatch" | "re.findall" | "re.finditer" | "re.sub" | "re.split" => {
                (CompilesPattern, arg(args, 0).or_else(|| named(module, args, &["pattern"])))
            }
            _ if is_log(module, callee, last) => (Logs, path()),
            _ => return None,
        });
    }
    Some(match api {
        _ if api.starts_with("fs.") => match last {
            "readFile" | "createReadStream" => (ReadsFile, path()),
            "readdir" | "opendir" | "readJson" | "readJSON" => (if last.starts_with("readJ") { ReadsFile } else { ListsFolder }, path()),
            "writeFile" | "appendFile" | "createWriteStream" | "mkdir" | "outputFile" | "writeJson" | "ensureDir" | "symlink" => {
                (WritesFile, path())
            }
            "copyFile" | "cp" | "copy" => (WritesFile, arg(args, 1)),
            "unlink" | "rm" | "rmdir" | "remove" => (DeletesFile, path()),
            "rename" | "move" => (MovesFile, path()),
            "chmod" | "chown" => (ChangesMode, path()),
            _ => return None,
        },
        "rimraf" | "rimraf.rimraf" | "del" => (DeletesFile, path()),
        "child_process.exec"
        | "child_process.execSync"
        | "child_process.spawn"
        | "child_process.execFile"
        | "child_process.fork"
        | "child_process.spawnSync"
        | "child_process.execFileSync"
        | "execa"
        | "execa.execa"
        | "shelljs.exec" => (RunsProgram, path()),
        "eval" | "Function" | "vm.runInNewContext" | "vm.runInThisContext" | "vm.runInContext" | "vm.Script" => (RunsCode, path()),
        "fetch" | "axios" | "got" | "ky" | "axios.request" | "https.request" | "http.request" | "undici.request" => {
            let sends = args.iter().any(|a| has_field(module, a.value, &["body", "data", "json", "form"]));
            (if sends { SendsData } else { Fetches }, path())
        }
        "axios.post" | "axios.put" | "axios.patch" | "got.post" | "got.put" | "ky.post" => (SendsData, path()),
        "axios.get" | "got.get" | "ky.get" | "https.get" | "http.get" | "axios.delete" => (Fetches, path()),
        "navigator.sendBeacon" => (SendsData, path()),
        "sendMail" | "*.sendMail" => (SendsMessage, None),
        "clipboardy.read" | "clipboardy.default.read" => (ReadsClipboard, None),
        "setTimeout" => (Waits, arg(args, 1)),
        "zlib.gunzip" | "zlib.inflate" | "zlib.unzip" | "zlib.brotliDecompress" | "zlib.inflateRaw" => (Unpacks, path()),
        "crypto.createCipheriv" | "crypto.publicEncrypt" | "crypto.subtle.encrypt" | "crypto.webcrypto.subtle.encrypt" => (Encrypts, None),
        "crypto.createHash" | "crypto.createHmac" => (Digests, path()),
        "btoa" | "atob" => (Encodes, path()),
        "RegExp" => (CompilesPattern, path()),
        _ if is_log(module, callee, last) => (Logs, path()),
        _ if matches!(last, "query" | "execute") && ["pg", "mysql", "sqlite", "knex", "mssql"].iter().any(|p| api.starts_with(p)) => {
            (Queries, path())
        }
        _ => return None,
    })
}

/// An object literal with one of these fields.
fn has_field(module: &Module, e: ExprId, names: &[&str]) -> bool {
    let ExprKind::Object(props) = &module.expr(e).kind else {
        return false;
    };
    props.iter().any(|p| match p {
        hub_syntax::ir::Prop::KeyValue {
            key: hub_syntax::ir::Key::Name(n),
            ..
        } => names.contains(&module.str(*n)),
        _ => false,
    })
}

/// `logger.info`, `logging.error`, `console.log`, `print`.
fn is_log(module: &Module, callee: ExprId, last: &str) -> bool {
    let Some(name) = module.dotted(callee) else { return false };
    let Some((object, _)) = name.rsplit_once('.') else {
        return name == "print";
    };
    let object = object.to_ascii_lowercase();
    (object.ends_with("logger") || object.ends_with("logging") || object.ends_with("log") || object == "console")
        && matches!(
            last,
            "info" | "debug" | "warning" | "warn" | "error" | "log" | "critical" | "exception" | "trace" | "fatal"
        )
}
