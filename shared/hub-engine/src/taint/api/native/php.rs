//! PHP.

use crate::taint::api::{Api, At, Gives, Sink, When, api, sink};
use crate::taint::value::{Facet, Kinds};
use At::Arg;
use When::{Always, CommandLine, QueryText};

const EXEC: &str = "https://www.php.net/manual/en/function.escapeshellcmd.php";
const PATH: &str = "https://www.php.net/manual/en/security.filesystem.php";
const URL: &str = "https://cwe.mitre.org/data/definitions/918.html";
const SQL: &str = "https://www.php.net/manual/en/security.database.sql-injection.php";
const DESER: &str = "https://www.php.net/manual/en/function.unserialize.php";
const CODE: &str = "https://www.php.net/manual/en/function.eval.php";
const TPL: &str = "https://cwe.mitre.org/data/definitions/1336.html";

pub(in crate::taint::api) const SINKS: &[Sink] = &[
    sink("shell_exec", Kinds::SHELL, Arg(0, "command"), Always, EXEC),
    sink("exec", Kinds::SHELL, Arg(0, "command"), Always, EXEC),
    sink("system", Kinds::SHELL, Arg(0, "command"), Always, EXEC),
    sink("passthru", Kinds::SHELL, Arg(0, "command"), Always, EXEC),
    sink("popen", Kinds::SHELL, Arg(0, "command"), Always, EXEC),
    sink("pcntl_exec", Kinds::SHELL, Arg(0, "path"), Always, EXEC),
    sink("`", Kinds::SHELL, Arg(0, ""), Always, EXEC),
    sink("proc_open", Kinds::SHELL, Arg(0, "command"), CommandLine, EXEC),
    sink(
        "Process.fromShellCommandline",
        Kinds::SHELL,
        Arg(0, ""),
        Always,
        "https://symfony.com/doc/current/components/process.html",
    ),
    sink(
        "Process",
        Kinds::SHELL,
        Arg(0, ""),
        CommandLine,
        "https://symfony.com/doc/current/components/process.html",
    ),
    // Files.
    sink("file_get_contents", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("file_get_contents", Kinds::URL, Arg(0, ""), Always, URL),
    sink("file_put_contents", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("fopen", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("readfile", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("file", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("unlink", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("rmdir", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("mkdir", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("rename", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("rename", Kinds::PATH, Arg(1, ""), Always, PATH),
    sink("copy", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("copy", Kinds::PATH, Arg(1, ""), Always, PATH),
    sink("scandir", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("glob", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("opendir", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("include", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("SplFileObject", Kinds::PATH, Arg(0, ""), Always, PATH),
    // Requests.
    sink("curl_init", Kinds::URL, Arg(0, ""), Always, URL),
    sink("get_headers", Kinds::URL, Arg(0, ""), Always, URL),
    sink("fsockopen", Kinds::URL, Arg(0, ""), Always, URL),
    sink("Http.get", Kinds::URL, Arg(0, ""), Always, URL),
    sink("Http.post", Kinds::URL, Arg(0, ""), Always, URL),
    sink("Client().get", Kinds::URL, Arg(0, ""), Always, URL),
    sink("Client().post", Kinds::URL, Arg(0, ""), Always, URL),
    sink("Client().request", Kinds::URL, Arg(1, ""), Always, URL),
    // Queries.
    sink("*.query", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("*.exec", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("*.prepare", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("*.multi_query", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("mysqli_query", Kinds::QUERY, Arg(1, ""), Always, SQL),
    sink("pg_query", Kinds::QUERY, Arg(1, ""), Always, SQL),
    sink("DB.select", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("DB.statement", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("DB.unprepared", Kinds::QUERY, Arg(0, ""), Always, SQL),
    sink("DB.raw", Kinds::QUERY, Arg(0, ""), Always, SQL),
    sink("*.whereRaw", Kinds::QUERY, Arg(0, ""), Always, SQL),
    // Objects, code, templates.
    sink("unserialize", Kinds::OBJECT, Arg(0, ""), Always, DESER),
    sink("eval", Kinds::CODE, Arg(0, ""), Always, CODE),
    sink("assert", Kinds::CODE, Arg(0, ""), Always, CODE),
    sink("create_function", Kinds::CODE, Arg(1, ""), Always, CODE),
    sink("*.createTemplate", Kinds::TEMPLATE, Arg(0, ""), Always, TPL),
    sink("Blade.render", Kinds::TEMPLATE, Arg(0, ""), Always, TPL),
];

pub(in crate::taint::api) const APIS: &[Api] = &[
    api("intval", Gives::Clean),
    api("floatval", Gives::Clean),
    api("strlen", Gives::Clean),
    api("count", Gives::Clean),
    api("is_numeric", Gives::Proves(Kinds::ALL)),
    api("ctype_digit", Gives::Proves(Kinds::ALL)),
    api("ctype_alnum", Gives::Proves(Kinds::ALL)),
    api("is_int", Gives::Proves(Kinds::ALL)),
    api("file_exists", Gives::Clean),
    api("is_file", Gives::Clean),
    api("is_dir", Gives::Clean),
    api("file_get_contents", Gives::Clean),
    api("exit", Gives::Exit),
    api("die", Gives::Exit),
    api("sprintf", Gives::Format),
    api("trim", Gives::First),
    api("rtrim", Gives::First),
    api("ltrim", Gives::First),
    api("strtolower", Gives::First),
    api("strtoupper", Gives::First),
    api("explode", Gives::Part),
    api("implode", Gives::Text),
    api("array_map", Gives::Same(Facet::Plain)),
    api(
        "json_encode",
        Gives::Without(Kinds::URL.or(Kinds::PATH).or(Kinds::SCHEME).or(Kinds::ARGUMENT)),
    ),
    api("base64_decode", Gives::Same(Facet::Plain)),
    api("str_starts_with", Gives::Method("startsWith")),
    api("str_ends_with", Gives::Method("endsWith")),
    api("str_contains", Gives::Method("includes")),
    api("strpos", Gives::Prefix),
    api("in_array", Gives::In),
    api("array_key_exists", Gives::In),
    api("preg_match", Gives::Matches),
    api("filter_var", Gives::Same(Facet::Plain)),
    api("realpath", Gives::Same(Facet::Real)),
    api("basename", Gives::Without(Kinds::PATH)),
    api("dirname", Gives::Same(Facet::Plain)),
    api("parse_url", Gives::Url),
    api("gethostbyname", Gives::Same(Facet::Host)),
    api("urlencode", Gives::Without(Kinds::URL.or(Kinds::PATH).or(Kinds::SCHEME))),
    api("rawurlencode", Gives::Without(Kinds::URL.or(Kinds::PATH).or(Kinds::SCHEME))),
    api("http_build_query", Gives::Without(Kinds::URL.or(Kinds::PATH).or(Kinds::SCHEME))),
    api("escapeshellarg", Gives::Without(Kinds::SHELL)),
    api("htmlspecialchars", Gives::Without(Kinds::MARKUP)),
    api("htmlentities", Gives::Without(Kinds::MARKUP)),
    api("mysqli_real_escape_string", Gives::Without(Kinds::QUERY)),
    api("addslashes", Gives::Same(Facet::Plain)),
];
