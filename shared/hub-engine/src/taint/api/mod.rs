//! What is known of functions outside the program, as data: what they do with their arguments, and who says so.
//!
//! A name is the dotted path from an import or global: `child_process.exec`, `os.path.join`. `()` stands for what a call
//! gives back: `sqlite3.connect().cursor().execute`. `*.name` is a method of something unknown.

mod js;
mod native;
mod python;

use super::value::{Facet, Kinds};
use hub_syntax::ir::Language;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// Which arguments of a call are dangerous.
#[derive(Clone, Copy, Debug)]
pub enum At {
    /// Position, counted from 0; a Python keyword or option-object field of this name counts too.
    Arg(u8, &'static str),
    /// A Python keyword, or a field of an object argument, only.
    Named(&'static str),
    Any,
    Receiver,
}

/// Under which condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    /// Runs a program with a list of arguments: see `program` in `calls.rs`.
    Program,
    /// Unless a keyword (or positional name) mentions a safe loader.
    UnsafeLoader,
    /// With this keyword true.
    Flag(&'static str),
    /// Without this keyword true.
    NoFlag(&'static str),
    /// With this keyword false.
    Off(&'static str),
    /// The messages of a list that speak as the system.
    SystemRole,
    /// When literal text around the argument reads like a query, or the receiver is a known data base.
    QueryText,
    /// When the argument stands inside markup that the program writes.
    Markup,
    /// When the argument is a whole object or text chosen by the caller.
    Whole,
    /// A text is run by a shell, or split into words without quoting; a list is a program and its arguments.
    CommandLine,
    /// One text alone is run by a shell; several are a program and its arguments.
    OneText,
    /// What C# starts a program with.
    StartInfo,
    /// When it is a text that the program has put together.
    Composed,
    /// Unless this keyword is given, and not as true.
    Unless(&'static str),
    /// When this keyword is one of these names.
    Chosen(&'static str, &'static [&'static str]),
    /// When the argument before it is this name: `curl_setopt($ch, CURLOPT_URL, $url)`.
    After(&'static str),
    /// When it is an address that was parsed.
    Address,
    /// Where the file says one of these: what switches on something that is off by itself.
    FileSays(&'static [&'static str]),
    /// Unless the file says one of these: what switches off something that is on by itself.
    FileSilent(&'static [&'static str]),
}

/// A dangerous operation.
#[derive(Clone, Copy, Debug)]
pub struct Sink {
    pub api: &'static str,
    pub kind: Kinds,
    pub at: At,
    pub when: When,
    /// Documentation, or the weakness that names it.
    pub source: &'static str,
}

/// What an outside function makes of its arguments.
#[derive(Clone, Copy, Debug)]
pub enum Gives {
    /// Nothing of them: a number, a flag, fetched content.
    Clean,
    /// The same text, shaped so.
    Same(Facet),
    /// Without these kinds.
    Without(Kinds),
    /// A piece of it.
    Part,
    /// Arguments joined to one path.
    Path(Facet),
    /// Arguments joined to one text.
    Text,
    /// A parsed address; its parts are told apart.
    Url,
    /// The first argument itself: a function, a module.
    First,
    /// Calls the first argument with the following ones.
    Calls(u8),
    /// An object whose parts are those of the arguments.
    Merge,
    /// A list of the argument's parts.
    Parts,
    /// Never comes back.
    Exit,
    /// An outside object that carries its arguments: `Path(x)`.
    Carrier,
    /// What it is called on.
    Receiver,
    /// The part of what it is called on that the first argument names: `request.RequireString("x")`.
    Field,
    /// The part of the first argument that the second names.
    FieldOf,
    /// Nothing: what it is called on, or the first argument, is written to the nth argument.
    Into(u8),
    /// The first argument with the others in its places.
    Format,
    /// The same of the arguments after the first, which it is added to.
    Printed,
    /// The third argument with the pattern, the first, replaced by the second.
    ReplacedIn,
    /// The elements of the first argument with the second between them.
    Joined,
    /// The first argument, a list, with the others at its end.
    Appended,
    /// What this method of the first argument gives.
    Method(&'static str),
    /// Whether the second argument holds the first.
    In,
    /// Where the second argument begins in the first.
    Prefix,
    /// Whether both are the same.
    Equal,
    /// Whether the pattern, the first argument, is found in the second.
    Matches,
    /// The same, from end to end.
    MatchesWhole,
    /// Whether the pattern, the second argument, is found in the first.
    MatchesIn,
    /// Whether the first argument is one of the others.
    Matched,
    /// A pattern.
    Pattern,
    /// The way from the first path to the second.
    Relative,
    /// The first argument as an absolute path, below the second where it is relative.
    Expanded,
    /// A test that proves these kinds gone when it is true.
    Proves(Kinds),
    /// The beginning of a command: the program.
    Words,
    /// What it is called on with further words of a command.
    Word,
    /// A list of its arguments.
    List,
    /// A list whose every element stands for the whole of the first argument: nodes of a syntax tree. What is proved of each is
    /// proved of the text.
    Everywhere,
    /// An outside object with these fields, in the order of the arguments, and those of an object among them.
    Fields(&'static [&'static str]),
    /// Comes back only when the first argument is true.
    Assert,
    /// A text that is empty, whatever the arguments say of its size.
    Empty,
    /// Whether the first argument, a look-up, found something.
    There,
    /// The part of an address that the second argument names, or the parsed address.
    UrlPart,
    /// A text after a check that the other arguments choose: PHP's `filter_var`.
    Filtered,
}

/// An outside function that is no sink.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    pub api: &'static str,
    pub gives: Gives,
}

const fn sink(api: &'static str, kind: Kinds, at: At, when: When, source: &'static str) -> Sink {
    Sink {
        api,
        kind,
        at,
        when,
        source,
    }
}
const fn api(api: &'static str, gives: Gives) -> Api {
    Api { api, gives }
}

/// The tables of one language family.
#[derive(Debug)]
pub struct Tables {
    sinks: FxHashMap<&'static str, Vec<&'static Sink>>,
    apis: FxHashMap<&'static str, Gives>,
}

impl Tables {
    pub fn of(language: Language) -> &'static Tables {
        static JS: OnceLock<Tables> = OnceLock::new();
        static PY: OnceLock<Tables> = OnceLock::new();
        static GO: OnceLock<Tables> = OnceLock::new();
        static RUST: OnceLock<Tables> = OnceLock::new();
        static JVM: OnceLock<Tables> = OnceLock::new();
        static CS: OnceLock<Tables> = OnceLock::new();
        static PHP: OnceLock<Tables> = OnceLock::new();
        static RUBY: OnceLock<Tables> = OnceLock::new();
        let build = |sinks: &'static [Sink], apis: &'static [Api]| {
            let mut by_name: FxHashMap<&'static str, Vec<&'static Sink>> = FxHashMap::default();
            for s in sinks {
                by_name.entry(s.api).or_default().push(s);
            }
            Tables {
                sinks: by_name,
                apis: apis.iter().map(|a| (a.api, a.gives)).collect(),
            }
        };
        match language {
            Language::Python => PY.get_or_init(|| build(python::SINKS, python::APIS)),
            Language::JavaScript | Language::TypeScript => JS.get_or_init(|| build(js::SINKS, js::APIS)),
            Language::Go => GO.get_or_init(|| build(native::go::SINKS, native::go::APIS)),
            Language::Rust => RUST.get_or_init(|| build(native::rust::SINKS, native::rust::APIS)),
            Language::Java | Language::Kotlin => JVM.get_or_init(|| build(native::jvm::SINKS, native::jvm::APIS)),
            Language::CSharp => CS.get_or_init(|| build(native::csharp::SINKS, native::csharp::APIS)),
            Language::Php => PHP.get_or_init(|| build(native::php::SINKS, native::php::APIS)),
            Language::Ruby => RUBY.get_or_init(|| build(native::ruby::SINKS, native::ruby::APIS)),
        }
    }
    /// Sinks of exactly this name.
    pub fn sinks(&self, name: &str) -> &[&'static Sink] {
        self.sinks.get(name).map_or(&[], Vec::as_slice)
    }
    /// What a function of exactly this name gives.
    pub fn gives(&self, name: &str) -> Option<Gives> {
        self.apis.get(name).copied()
    }
}

/// The name under which the tables know an outside function: one spelling per module, `…Sync` and `promises` folded.
pub fn canonical(language: Language, name: &str) -> String {
    if language == Language::Python {
        return python::canonical(name);
    }
    if language.is_native() {
        return native::canonical(language, name);
    }
    js::canonical(name)
}

/// Programs whose options run commands, write files or send data elsewhere (GTFOBins; CWE-88).
pub const OPTION_PROGRAMS: &[&str] = &[
    "git",
    "tar",
    "curl",
    "wget",
    "ssh",
    "scp",
    "sftp",
    "rsync",
    "find",
    "zip",
    "unzip",
    "7z",
    "ffmpeg",
    "npm",
    "npx",
    "pnpm",
    "yarn",
    "pip",
    "uv",
    "uvx",
    "docker",
    "podman",
    "kubectl",
    "helm",
    "terraform",
    "hg",
    "svn",
    "gh",
    "aws",
    "gcloud",
    "az",
    "psql",
    "mysql",
    "sqlite3",
    "awk",
    "sed",
    "sort",
    "man",
    "nmap",
    "tcpdump",
    "chromium",
    "google-chrome",
    "convert",
    "magick",
    "dbt",
    "make",
    "cargo",
    "go",
    "mvn",
    "gradle",
    "adb",
    "xcrun",
    "idb",
    "rg",
    "grep",
    "python",
    "python3",
    "node",
    "deno",
    "bun",
    "ruby",
    "perl",
    "php",
    "yt-dlp",
    "youtube-dl",
    "pandoc",
    "wkhtmltopdf",
    "openssl",
    "env",
    "xargs",
    "nc",
    "socat",
    "vim",
    "less",
    "journalctl",
    "systemctl",
    "certbot",
    "ansible",
    "ansible-playbook",
    "playwright",
    "semgrep",
    "pytest",
];

/// Shells and what makes them run a text.
pub const SHELLS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "fish",
    "cmd",
    "cmd.exe",
    "powershell",
    "powershell.exe",
    "pwsh",
    "wsl",
    "osascript",
];
