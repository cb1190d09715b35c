//! What each kind of operation looks like when it is right: code that parses, with names of its own.

use hub_engine::taint::Kinds;
use hub_syntax::ir::Language;

/// Statements of the language; none where the words of the fix say it all.
pub(super) fn pattern(kind: Kinds, language: Language) -> Option<&'static str> {
    use Language::{CSharp, Go, Java, JavaScript, Kotlin, Php, Python, Ruby, Rust, TypeScript};
    Some(match (kind, language) {
        (Kinds::SHELL, JavaScript | TypeScript) => {
            "import { execFile } from \"node:child_process\";\nexecFile(\"program\", [\"--\", value]);"
        }
        (Kinds::SHELL, Python) => "import subprocess\nsubprocess.run([\"program\", \"--\", value], check=True)",
        (Kinds::SHELL, Go) => "output, err := exec.Command(\"program\", \"--\", value).Output()",
        (Kinds::SHELL, Rust) => "let output = std::process::Command::new(\"program\").arg(\"--\").arg(value).output()?;",
        (Kinds::SHELL, Java) => "Process process = new ProcessBuilder(\"program\", \"--\", value).start();",
        (Kinds::SHELL, Kotlin) => "val process = ProcessBuilder(\"program\", \"--\", value).start()",
        (Kinds::SHELL, CSharp) => "var process = System.Diagnostics.Process.Start(\"program\", new[] { \"--\", value });",
        (Kinds::SHELL, Php) => "$process = proc_open([\"program\", \"--\", $value], [1 => [\"pipe\", \"w\"]], $pipes);",
        (Kinds::SHELL, Ruby) => "system(\"program\", \"--\", value)",

        (Kinds::ARGUMENT, JavaScript | TypeScript) => "if (value.startsWith(\"-\")) throw new Error(\"a value must not begin with -\");",
        (Kinds::ARGUMENT, Python) => "if value.startswith(\"-\"):\n    raise ValueError(\"a value must not begin with -\")",
        (Kinds::ARGUMENT, Go) => "if strings.HasPrefix(value, \"-\") {\n\treturn nil, errors.New(\"a value must not begin with -\")\n}",
        (Kinds::ARGUMENT, Rust) => "if value.starts_with('-') {\n    return Err(\"a value must not begin with -\".into());\n}",
        (Kinds::ARGUMENT, Java) => {
            "if (value.startsWith(\"-\")) {\n    throw new IllegalArgumentException(\"a value must not begin with -\");\n}"
        }
        (Kinds::ARGUMENT, Kotlin) => "require(!value.startsWith(\"-\")) { \"a value must not begin with -\" }",
        (Kinds::ARGUMENT, CSharp) => "if (value.StartsWith('-')) throw new ArgumentException(\"a value must not begin with -\");",
        (Kinds::ARGUMENT, Php) => {
            "if (str_starts_with($value, \"-\")) {\n    throw new InvalidArgumentException(\"a value must not begin with -\");\n}"
        }
        (Kinds::ARGUMENT, Ruby) => "raise ArgumentError, \"a value must not begin with -\" if value.start_with?(\"-\")",

        (Kinds::CODE, JavaScript | TypeScript) => {
            "const allowed = new Map([[\"double\", (x) => 2 * x]]);\nconst action = allowed.get(value);\nif (!action) throw new Error(\"this action is not known\");"
        }
        (Kinds::CODE, Python) => "import ast\nresult = ast.literal_eval(value)",
        (Kinds::CODE, Php) => "$result = json_decode($value, true, 32, JSON_THROW_ON_ERROR);",
        (Kinds::CODE, Ruby) => "result = JSON.parse(value)",

        (Kinds::TEMPLATE, Python) => {
            "from jinja2 import Environment\nresult = Environment(autoescape=True).from_string(\"Hello {{ name }}\").render(name=value)"
        }
        (Kinds::TEMPLATE, Ruby) => "result = ERB.new(\"Hello <%= name %>\").result_with_hash(name: value)",
        (Kinds::TEMPLATE, Go) => "err := template.Must(template.New(\"page\").Parse(\"Hello {{.}}\")).Execute(w, value)",

        (Kinds::PATH, JavaScript | TypeScript) => {
            "import path from \"node:path\";\nconst root = path.resolve(\"data\");\nconst file = path.resolve(root, value);\nif (!file.startsWith(root + path.sep)) throw new Error(\"the path lies outside of its folder\");"
        }
        (Kinds::PATH, Python) => {
            "from pathlib import Path\nroot = Path(\"data\").resolve()\nfile = (root / value).resolve()\nif not file.is_relative_to(root):\n    raise ValueError(\"the path lies outside of its folder\")"
        }
        (Kinds::PATH, Go) => {
            "root, err := os.OpenRoot(\"data\")\nif err != nil {\n\treturn nil, err\n}\ndefer root.Close()\nfile, err := root.Open(value)"
        }
        (Kinds::PATH, Rust) => {
            "let root = std::path::Path::new(\"data\").canonicalize()?;\nlet file = root.join(value).canonicalize()?;\nif !file.starts_with(&root) {\n    return Err(\"the path lies outside of its folder\".into());\n}"
        }
        (Kinds::PATH, Java) => {
            "Path root = Path.of(\"data\").toRealPath();\nPath file = root.resolve(value).toRealPath();\nif (!file.startsWith(root)) {\n    throw new IllegalArgumentException(\"the path lies outside of its folder\");\n}"
        }
        (Kinds::PATH, Kotlin) => {
            "val root = Path.of(\"data\").toRealPath()\nval file = root.resolve(value).toRealPath()\nrequire(file.startsWith(root)) { \"the path lies outside of its folder\" }"
        }
        (Kinds::PATH, CSharp) => {
            "var root = Path.GetFullPath(\"data\");\nvar file = Path.GetFullPath(Path.Combine(root, value));\nif (!file.StartsWith(root + Path.DirectorySeparatorChar)) throw new ArgumentException(\"the path lies outside of its folder\");"
        }
        (Kinds::PATH, Php) => {
            "$root = realpath(\"data\");\n$file = realpath($root . \"/\" . $value);\nif ($file === false || !str_starts_with($file, $root . \"/\")) {\n    throw new InvalidArgumentException(\"the path lies outside of its folder\");\n}"
        }
        (Kinds::PATH, Ruby) => {
            "root = File.realpath(\"data\")\nfile = File.realpath(value, root)\nraise ArgumentError, \"the path lies outside of its folder\" unless file.start_with?(root + \"/\")"
        }

        (Kinds::URL, JavaScript | TypeScript) => {
            "const address = new URL(value);\nif (![\"api.example.com\"].includes(address.hostname)) throw new Error(\"this host is not allowed\");"
        }
        (Kinds::URL, Python) => {
            "from urllib.parse import urlparse\nif urlparse(value).hostname not in {\"api.example.com\"}:\n    raise ValueError(\"this host is not allowed\")"
        }
        (Kinds::URL, Go) => {
            "address, err := url.Parse(value)\nif err != nil || address.Hostname() != \"api.example.com\" {\n\treturn nil, errors.New(\"this host is not allowed\")\n}"
        }
        (Kinds::URL, Rust) => {
            "let address = url::Url::parse(value)?;\nif address.host_str() != Some(\"api.example.com\") {\n    return Err(\"this host is not allowed\".into());\n}"
        }
        (Kinds::URL, Java) => {
            "URI address = URI.create(value);\nif (!\"api.example.com\".equals(address.getHost())) {\n    throw new IllegalArgumentException(\"this host is not allowed\");\n}"
        }
        (Kinds::URL, Kotlin) => "require(URI.create(value).host == \"api.example.com\") { \"this host is not allowed\" }",
        (Kinds::URL, CSharp) => {
            "var address = new Uri(value);\nif (address.Host != \"api.example.com\") throw new ArgumentException(\"this host is not allowed\");"
        }
        (Kinds::URL, Php) => {
            "if (parse_url($value, PHP_URL_HOST) !== \"api.example.com\") {\n    throw new InvalidArgumentException(\"this host is not allowed\");\n}"
        }
        (Kinds::URL, Ruby) => "raise ArgumentError, \"this host is not allowed\" unless URI.parse(value).host == \"api.example.com\"",

        (Kinds::QUERY, JavaScript | TypeScript) => "const rows = await db.query(\"SELECT id FROM people WHERE name = $1\", [value]);",
        (Kinds::QUERY, Python) => "rows = cursor.execute(\"SELECT id FROM people WHERE name = ?\", (value,))",
        (Kinds::QUERY, Go) => "rows, err := db.Query(\"SELECT id FROM people WHERE name = $1\", value)",
        (Kinds::QUERY, Rust) => "let rows = sqlx::query(\"SELECT id FROM people WHERE name = $1\").bind(value).fetch_all(&pool).await?;",
        (Kinds::QUERY, Java) => {
            "PreparedStatement statement = connection.prepareStatement(\"SELECT id FROM people WHERE name = ?\");\nstatement.setString(1, value);\nResultSet rows = statement.executeQuery();"
        }
        (Kinds::QUERY, Kotlin) => {
            "val statement = connection.prepareStatement(\"SELECT id FROM people WHERE name = ?\")\nstatement.setString(1, value)\nval rows = statement.executeQuery()"
        }
        (Kinds::QUERY, CSharp) => {
            "command.CommandText = \"SELECT id FROM people WHERE name = @name\";\ncommand.Parameters.AddWithValue(\"@name\", value);"
        }
        (Kinds::QUERY, Php) => "$statement = $pdo->prepare(\"SELECT id FROM people WHERE name = ?\");\n$statement->execute([$value]);",
        (Kinds::QUERY, Ruby) => "rows = db.execute(\"SELECT id FROM people WHERE name = ?\", [value])",

        (Kinds::OBJECT, JavaScript | TypeScript) => "const state = JSON.parse(value);",
        (Kinds::OBJECT, Python) => "import json\nstate = json.loads(value)",
        (Kinds::OBJECT, Java) => "Note note = new ObjectMapper().readValue(value, Note.class);",
        (Kinds::OBJECT, Kotlin) => "val note = ObjectMapper().readValue(value, Note::class.java)",
        (Kinds::OBJECT, CSharp) => "var note = JsonSerializer.Deserialize<Note>(value);",
        (Kinds::OBJECT, Php) => "$state = json_decode($value, true);",
        (Kinds::OBJECT, Ruby) => "state = JSON.parse(value)",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::pattern;
    use hub_engine::taint::Kinds;
    use hub_model::Budget;
    use hub_syntax::ir::Language;

    #[test]
    fn every_pattern_is_code_of_its_language() {
        let kinds = [
            Kinds::SHELL,
            Kinds::ARGUMENT,
            Kinds::CODE,
            Kinds::TEMPLATE,
            Kinds::PATH,
            Kinds::URL,
            Kinds::QUERY,
            Kinds::OBJECT,
        ];
        let languages = [
            (Language::JavaScript, "a.mjs", "", ""),
            (Language::TypeScript, "a.ts", "", ""),
            (Language::Python, "a.py", "", ""),
            (Language::Go, "a.go", "package a\n\nfunc f() (any, error) {\n", "\n}\n"),
            (
                Language::Rust,
                "a.rs",
                "async fn f() -> Result<(), Box<dyn std::error::Error>> {\n",
                "\nOk(())\n}\n",
            ),
            (Language::Java, "A.java", "class A {\n void f() throws Exception {\n", "\n }\n}\n"),
            (Language::Kotlin, "a.kt", "fun f() {\n", "\n}\n"),
            (Language::CSharp, "A.cs", "class A {\n void F() {\n", "\n }\n}\n"),
            (Language::Php, "a.php", "<?php\n", "\n"),
            (Language::Ruby, "a.rb", "", "\n"),
        ];
        let mut wrong = Vec::new();
        for (language, path, before, after) in languages {
            for kind in kinds {
                let Some(code) = pattern(kind, language) else { continue };
                let text = format!("{before}{code}{after}");
                let path = path.parse().unwrap_or_else(|e| panic!("{path}: {e}"));
                match hub_syntax::parse(&path, &text.as_str().into(), &Budget::default()) {
                    Ok(module) if module.syntax_errors == 0 => {}
                    _ => wrong.push(text),
                }
            }
            // What most faults are made of has a pattern in every language.
            for kind in [Kinds::SHELL, Kinds::ARGUMENT, Kinds::PATH, Kinds::URL, Kinds::QUERY] {
                assert!(pattern(kind, language).is_some(), "{language:?}");
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
    }
}
