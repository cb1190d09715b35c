//! How each kind of fault is mended, in the language it stands in.

use hub_engine::taint::Kinds;
use hub_syntax::ir::Language;

/// The command for whoever mends it, with code that compiles in the language.
pub(in super::super) fn fix(kind: Kinds, language: Language) -> &'static str {
    use Language::{CSharp, Go, Java, Kotlin, Php, Python, Ruby, Rust};
    match (kind, language) {
        (Kinds::SHELL, Python) => {
            "Pass the arguments as a list: `subprocess.run([\"program\", value])` without `shell=True`; where a shell is needed, quote with `shlex.quote`."
        }
        (Kinds::SHELL, Go) => "Start the program itself: `exec.Command(\"program\", value)` instead of `sh -c`.",
        (Kinds::SHELL, Rust) => "Start the program itself: `Command::new(\"program\").arg(value)` instead of `sh -c`.",
        (Kinds::SHELL, Java) => "Start the program itself: `new ProcessBuilder(\"program\", value).start()` instead of one command line.",
        (Kinds::SHELL, Kotlin) => "Start the program itself: `ProcessBuilder(\"program\", value).start()` instead of one command line.",
        (Kinds::SHELL, CSharp) => {
            "Start the program itself, each argument on its own: `Process.Start(\"program\", new[] { value })` instead of a shell and one text."
        }
        (Kinds::SHELL, Php) => {
            "Start the program with a list: `proc_open([\"program\", $value], $spec, $pipes)`; where a shell is needed, quote with `escapeshellarg($value)`."
        }
        (Kinds::SHELL, Ruby) => {
            "Pass the arguments one by one: `system(\"program\", value)`; where a shell is needed, quote with `Shellwords.escape(value)`."
        }
        (Kinds::SHELL, _) => "Use `execFile(\"program\", [value])` or `spawn` without `shell: true` instead of a command line.",

        (Kinds::ARGUMENT, Python) => "Put `\"--\"` before the value in the list, or raise when `value.startswith(\"-\")`.",
        (Kinds::ARGUMENT, Go) => "Put `\"--\"` before the value, or return an error when `strings.HasPrefix(value, \"-\")`.",
        (Kinds::ARGUMENT, Rust) => "Put `.arg(\"--\")` before the value, or return an error when `value.starts_with('-')`.",
        (Kinds::ARGUMENT, Java | Kotlin) => "Put `\"--\"` before the value, or throw when `value.startsWith(\"-\")`.",
        (Kinds::ARGUMENT, CSharp) => "Put `\"--\"` before the value, or throw when `value.StartsWith('-')`.",
        (Kinds::ARGUMENT, Php) => "Put `\"--\"` before the value, or throw when `str_starts_with($value, \"-\")`.",
        (Kinds::ARGUMENT, Ruby) => "Put `\"--\"` before the value, or raise when `value.start_with?(\"-\")`.",
        (Kinds::ARGUMENT, _) => "Put `\"--\"` before the value in the array, or throw when `value.startsWith(\"-\")`.",

        (Kinds::CODE, Python) => {
            "Replace it by `ast.literal_eval`, a parser of your own, or a look-up in a dict of allowed names; run foreign code only in a separate, confined process."
        }
        (Kinds::CODE, Php) => {
            "Replace it by `json_decode`, a parser of your own, or a `match` over allowed names; run foreign code only in a separate, confined process."
        }
        (Kinds::CODE, Ruby) => {
            "Replace it by `JSON.parse`, a parser of your own, or a look-up in a hash of allowed names; run foreign code only in a separate, confined process."
        }
        (Kinds::CODE, Go | Rust | Java | Kotlin | CSharp) => {
            "Replace it by a parser of your own or a look-up in a map of allowed names; run foreign code only in a separate, confined process."
        }
        (Kinds::CODE, _) => {
            "Replace it by `JSON.parse`, a parser of your own, or a look-up in a table of allowed names; run foreign code only in a separate, confined process."
        }

        (Kinds::TEMPLATE, Python) => {
            "Keep the template constant and pass the value to `render(value=…)`; for templates from outside use `jinja2.sandbox.SandboxedEnvironment`."
        }
        (Kinds::TEMPLATE, Go) => "Keep the template constant and pass the value as data: `t.Execute(w, value)`.",
        (Kinds::TEMPLATE, Ruby) => {
            "Keep the template constant and pass the value as data: `ERB.new(TEMPLATE).result_with_hash(value: value)`."
        }
        (Kinds::TEMPLATE, _) => "Keep the template constant and pass the value in its data object.",

        (Kinds::PATH, Python) => "Resolve it and check it: `p = (base / value).resolve()`, then raise unless `p.is_relative_to(base)`.",
        (Kinds::PATH, Go) => {
            "Open it below a root: `root, err := os.OpenRoot(base)` and `root.Open(value)`; before Go 1.24 refuse it unless `filepath.IsLocal(value)`."
        }
        (Kinds::PATH, Rust) => {
            "Resolve it and check it: `let p = base.join(value).canonicalize()?`, then return an error unless `p.starts_with(&base)`, with `base` canonical too."
        }
        (Kinds::PATH, Java) => {
            "Resolve it and check it: `Path p = base.resolve(value).normalize()`, then throw unless `p.startsWith(base)` (follow links with `toRealPath()`)."
        }
        (Kinds::PATH, Kotlin) => {
            "Resolve it and check it: `val p = base.resolve(value).normalize()`, then throw unless `p.startsWith(base)` (follow links with `toRealPath()`)."
        }
        (Kinds::PATH, CSharp) => {
            "Resolve it and check it: `var p = Path.GetFullPath(Path.Combine(root, value))`, then throw unless `p.StartsWith(root + Path.DirectorySeparatorChar)`."
        }
        (Kinds::PATH, Php) => {
            "Resolve it and check it: `$p = realpath($base . \"/\" . $value)`, then throw unless `$p !== false && str_starts_with($p, $base . \"/\")`."
        }
        (Kinds::PATH, Ruby) => {
            "Resolve it and check it: `p = File.expand_path(value, base)`, then raise unless `p.start_with?(base + \"/\")` (follow links with `File.realpath`)."
        }
        (Kinds::PATH, _) => {
            "Resolve it and check it: `const p = path.resolve(base, value)`, then throw unless `p.startsWith(base + path.sep)` (follow links with `fs.realpath` first)."
        }

        (Kinds::URL, Python) => {
            "Check `urlparse(url).hostname` against a list of hosts, or resolve it and refuse addresses where `ipaddress.ip_address(ip).is_private`; do not follow redirects unchecked."
        }
        (Kinds::URL, Go) => {
            "Check `u.Hostname()` of `u, err := url.Parse(value)` against a list of hosts, or refuse private addresses in the `Control` of the client's `net.Dialer`."
        }
        (Kinds::URL, Rust) => {
            "Check `Url::parse(value)?.host_str()` against a list of hosts, or resolve it and refuse private addresses; set `redirect::Policy::none()`."
        }
        (Kinds::URL, Java | Kotlin) => {
            "Check `URI.create(value).getHost()` against a list of hosts, or resolve it and refuse `isSiteLocalAddress()`, `isLoopbackAddress()` and `isLinkLocalAddress()`; do not follow redirects unchecked."
        }
        (Kinds::URL, CSharp) => {
            "Check `new Uri(value).Host` against a list of hosts, or resolve it and refuse private addresses; set `AllowAutoRedirect = false`."
        }
        (Kinds::URL, Php) => {
            "Check `parse_url($value, PHP_URL_HOST)` against a list of hosts, or resolve it and refuse private addresses with `FILTER_FLAG_NO_PRIV_RANGE | FILTER_FLAG_NO_RES_RANGE`."
        }
        (Kinds::URL, Ruby) => {
            "Check `URI.parse(value).host` against a list of hosts, or resolve it and refuse addresses that are `private?`, `loopback?` or `link_local?` by `IPAddr.new(ip)`."
        }
        (Kinds::URL, _) => {
            "Check `new URL(url).hostname` against a list of hosts, or resolve it and refuse private addresses; do not follow redirects unchecked."
        }

        (Kinds::QUERY, Python) => {
            "Write a placeholder and pass the value beside the query: `cursor.execute(\"… WHERE name = ?\", (value,))`; take table and column names from a fixed list."
        }
        (Kinds::QUERY, Go) => {
            "Write a placeholder and pass the value beside the query: `db.Query(\"… WHERE name = $1\", value)`; take table and column names from a fixed list."
        }
        (Kinds::QUERY, Rust) => {
            "Write a placeholder and bind the value: `sqlx::query(\"… WHERE name = $1\").bind(value)`; take table and column names from a fixed list."
        }
        (Kinds::QUERY, Java | Kotlin) => {
            "Write a placeholder and set the value: `prepareStatement(\"… WHERE name = ?\")` and `setString(1, value)`; take table and column names from a fixed list."
        }
        (Kinds::QUERY, CSharp) => {
            "Write a placeholder and add the value: `command.Parameters.AddWithValue(\"@name\", value)`; take table and column names from a fixed list."
        }
        (Kinds::QUERY, Php) => {
            "Write a placeholder and pass the value: `$statement = $pdo->prepare(\"… WHERE name = ?\"); $statement->execute([$value]);`; take table and column names from a fixed list."
        }
        (Kinds::QUERY, Ruby) => {
            "Pass the value beside the query: `where(\"name = ?\", value)`, `execute(sql, [value])`; take table and column names from a fixed list."
        }
        (Kinds::QUERY, _) => {
            "Write a placeholder and pass the value beside the query: `query(\"… WHERE name = $1\", [value])`; take table and column names from a fixed list."
        }

        (Kinds::OBJECT, Python) => "Use `json.loads` or `yaml.safe_load`; for tensors `torch.load(…, weights_only=True)`.",
        (Kinds::OBJECT, Java | Kotlin) => "Read JSON into a type of your own: `new ObjectMapper().readValue(text, Note.class)`.",
        (Kinds::OBJECT, CSharp) => "Read JSON into a type of your own: `JsonSerializer.Deserialize<Note>(text)`.",
        (Kinds::OBJECT, Php) => "Use `json_decode($text, true)`.",
        (Kinds::OBJECT, Ruby) => "Use `JSON.parse(text)` or `YAML.safe_load(text)`.",
        (Kinds::OBJECT, _) => "Use `JSON.parse`.",

        (Kinds::ENTITY, Java | Kotlin) => {
            "Refuse document types: `factory.setFeature(\"http://apache.org/xml/features/disallow-doctype-decl\", true)`."
        }
        (Kinds::ENTITY, CSharp) => {
            "Leave the resolver out and refuse document types: `new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit }`."
        }
        (Kinds::ENTITY, Php) => "Leave `LIBXML_NOENT` and `LIBXML_DTDLOAD` out: `$doc->loadXML($xml, LIBXML_NONET)`.",
        (Kinds::ENTITY, Ruby) => "Leave `noent` and `dtdload` out: `Nokogiri::XML(xml)`.",
        _ => "Accept only values from a fixed list.",
    }
}
