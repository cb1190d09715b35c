//! Methods and idioms of Go, Rust, Java, Kotlin, C#, PHP and Ruby that no table can say.

use super::calls::ArgVal;
use super::engine::Engine;
use super::guards;
use super::patterns;
use super::value::{Entity, Facet, Head, Kinds, Lit, Value, Weak};
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, Language, Span};

impl Engine<'_> {
    pub fn is_native(&self) -> bool {
        self.module().language.is_native()
    }

    /// A method that values of the language's own types have. None: no such method is known.
    pub fn native_method(&mut self, at: ExprId, recv: &Value, name: &str, args: &[ArgVal], span: Span) -> Option<Value> {
        let language = self.module().language;
        let arg = |i: usize| Self::positional(args, i).cloned().unwrap_or_default();
        let first = arg(0);
        let callback = args.iter().any(|a| a.value.refs.iter().any(|r| matches!(r, Entity::Function(_))));
        Some(match name {
            // The same value, or what stands in for it.
            "to_string" | "to_owned" | "as_str" | "clone" | "cloned" | "into" | "as_ref" | "as_deref" | "unwrap" | "expect" | "ok"
            | "ok_or" | "iter" | "into_iter" | "to_lowercase" | "to_uppercase" | "as_bytes" | "to_path_buf" | "as_path" | "display"
            | "to_str" | "to_string_lossy" | "into_owned" | "toFile" | "toPath" | "stream" | "orElseThrow" | "ToString" | "Trim"
            | "TrimEnd" | "TrimStart" | "ToLower" | "ToLowerInvariant" | "ToUpper" | "ToUpperInvariant" | "to_s" | "to_sym" | "chomp"
            | "downcase" | "upcase" | "freeze" | "dup" | "String" | "asText" | "asString" | "textValue" | "lowercase" | "uppercase"
            | "trim_start" | "trim_end" | "toAbsolutePath" | "as_os_str" | "as_array" | "as_object" | "getAsString" | "GetString"
            | "ToArray" | "ToList" | "toList" | "collect" | "to_a" | "to_h" | "toTypedArray" | "await" | "ConfigureAwait"
            | "unwrap_or_default" => recv.clone(),
            "unwrap_or" | "orElse" | "getOrDefault" if args.len() == 1 => recv.clone().joined(&first),
            "ok_or_else" | "map_err" | "with_context" | "context" | "or_else" => recv.clone(),
            "unwrap_or_else" | "orElseGet" | "ifEmpty" | "ifBlank" => recv.clone(),
            // From here on a path is only its text, which is compared letter by letter.
            "toString" | "getPath" | "getAbsolutePath" if self.is_path(recv) => Value {
                refs: Default::default(),
                ..recv.clone()
            },
            "getCanonicalPath" => Value {
                facet: Facet::Real,
                refs: Default::default(),
                ..recv.clone()
            },
            // Functions that take the value, or each of several.
            "let" | "map" | "and_then" | "flatMap" | "flat_map" | "mapNotNull" | "filter_map" | "Select" | "then" | "thenApply" | "run"
                if callback =>
            {
                let one = if recv.shape.is_some() { self.element(recv) } else { recv.clone() };
                let f = args.last().map(|a| a.value.clone()).unwrap_or_default();
                let made = self.call_back(&f, &[one]);
                if recv.shape.is_some() {
                    let mut out = Value::default();
                    out.add_rest(&made);
                    out
                } else {
                    made
                }
            }
            "also" | "apply" | "use" | "each" | "forEach" | "for_each" | "ForEach" | "ifPresent" | "tap" | "each_with_index"
                if callback =>
            {
                let one = if recv.shape.is_some() { self.element(recv) } else { recv.clone() };
                let f = args.last().map(|a| a.value.clone()).unwrap_or_default();
                let made = self.call_back(&f, &[one]);
                if name == "use" { made } else { recv.clone() }
            }
            "any" | "all" if callback && recv.facet == Facet::Names => self.names_tested(recv, name == "all", args),
            "any" | "all" | "Any" | "All" | "any?" | "all?" | "anyMatch" | "allMatch" | "none?" | "noneMatch" | "none" if callback => {
                let one = self.element(recv);
                let f = args.last().map(|a| a.value.clone()).unwrap_or_default();
                let t = self.call_back(&f, &[one]);
                Value {
                    cond: t.cond,
                    ..Value::default()
                }
            }
            // Parts.
            "get" | "getOrDefault" | "dig" | "fetch" | "getString" | "get_string" | "opt" | "optString" | "GetProperty" | "pointer"
            | "GetValueOrDefault" | "getValue" | "get_str"
                if !callback && recv.any_atom() =>
            {
                match first.text().map(str::to_owned) {
                    Some(key) => {
                        let key = self.names.intern(key.trim_start_matches('/'));
                        let v = self.member(recv, key, Some(span));
                        if args.len() > 1 { v.joined(&arg(1)) } else { v }
                    }
                    None => self.element(recv),
                }
            }
            // Checks.
            "starts_with" | "StartsWith" | "startsWith" | "start_with?" => self.begins_with(recv, &first, language),
            "ends_with" | "EndsWith" | "end_with?" => guards::ends_with(recv, &first),
            "contains" | "Contains" | "contains_key" | "containsKey" | "ContainsKey" | "include?" | "key?" | "has_key?" | "member?"
            | "containsValue" => guards::contains(self, recv, &first),
            "equals" | "Equals" | "equalsIgnoreCase" | "eq" | "eq_ignore_ascii_case" | "eql?" => {
                guards::compared(self, BinaryOp::Eq, recv, &first)
            }
            "matcher" if recv.facet == Facet::Pattern => {
                let mut v = recv.clone();
                v.absorb(&first, &mut Some);
                v
            }
            "matches" | "find" | "lookingAt" | "is_match" | "MatchString" | "Match" | "IsMatch" | "match?" | "match" | "matchEntire"
            | "containsMatchIn" | "=~"
                if recv.facet == Facet::Pattern || first.facet == Facet::Pattern || name == "matches" && first.text().is_some() =>
            {
                let whole = matches!(name, "matches" | "matchEntire");
                let (pattern, subject) = if recv.facet != Facet::Pattern {
                    (first, recv.clone())
                } else if args.is_empty() {
                    (recv.clone(), recv.clone())
                } else {
                    (recv.clone(), first)
                };
                let subject = Value {
                    facet: Facet::Plain,
                    ..subject
                };
                self.tested(&subject, &pattern, whole)
            }
            // Addresses of an organisation's own nets: only together with the two that the machine itself answers to.
            "IsPrivate" | "is_private" | "private?" | "isSiteLocalAddress"
                if matches!(recv.facet, Facet::Ip | Facet::Host) && self.asks_all_local() =>
            {
                guards::proves_if_false(recv, Kinds::HOST)
            }
            "IsPrivate" | "is_private" | "private?" | "isSiteLocalAddress" | "IsLoopback" | "is_loopback" | "loopback?"
            | "isLoopbackAddress" | "isAnyLocalAddress" | "IsLinkLocalUnicast" | "is_link_local" | "link_local?" | "isLinkLocalAddress"
            | "IsUnspecified"
                if matches!(recv.facet, Facet::Ip | Facet::Host) =>
            {
                guards::weak_check(recv, Kinds::URL, Weak::DENY_LIST, false)
            }
            // Addresses.
            "Hostname" | "host_str" | "host" | "getHost" | "domain" if recv.facet == Facet::ParsedUrl => {
                let key = self.names.intern("hostname");
                self.member(recv, key, Some(span))
            }
            "scheme" | "getScheme" if recv.facet == Facet::ParsedUrl => {
                let key = self.names.intern("protocol");
                self.member(recv, key, Some(span))
            }
            // Paths.
            "join" if language == Language::Rust && recv.items().is_empty() => self.joined_path(recv, &first, span),
            "resolve" | "resolveSibling" if args.len() == 1 => self.joined_path(recv, &first, span),
            "+" | "join" if language == Language::Ruby && self.is_path(recv) => self.joined_path(recv, &first, span),
            "canonicalize" | "toRealPath" | "getCanonicalFile" | "realpath" => Value {
                facet: Facet::Real,
                ..recv.clone()
            },
            "normalize" | "cleanpath" | "expand_path" if args.is_empty() => Value {
                facet: Facet::Resolved,
                ..recv.clone()
            },
            "file_name" | "getFileName" | "getName" | "basename" if self.is_path(recv) => recv.without(Kinds::PATH),
            // Texts.
            "gsub" | "ReplaceAllString" | "ReplaceAll" | "replace_all" | "tr" | "delete"
                if recv.any_atom() || recv.facet == Facet::Pattern =>
            {
                self.replaced_natively(recv, name, args)
            }
            "replace" | "replaceAll" | "Replace" if recv.any_atom() => self.replaced_natively(recv, name, args),
            "formatted" | "format" if recv.text().is_some() => {
                let mut parts = vec![ArgVal::plain(recv.clone())];
                parts.extend(args.iter().cloned());
                self.formatted(&parts)
            }
            "shellescape" => recv.without(Kinds::SHELL),
            "is_err" | "is_none" if recv.cond.is_some() => guards::swapped(recv.clone()),
            "parse" | "to_i" | "toInt" | "toLong" | "toDouble" | "to_f" | "as_i64" | "as_u64" | "as_f64" | "as_bool" | "asInt"
            | "intValue" | "toIntOrNull" | "GetInt32" | "GetBoolean" | "length" | "len" | "size" | "count" | "is_empty" | "isEmpty"
            | "isBlank" | "empty?" | "nil?" | "is_some" | "is_none" | "is_ok" | "is_err" | "isPresent" | "hashCode" => Value {
                cond: recv.cond.clone().filter(|_| matches!(name, "is_some" | "isPresent" | "is_ok")),
                ..Value::default()
            },
            // Texts that grow.
            "append" | "Append" | "AppendLine" | "appendLine" | "push_str" | "WriteString" if !args.is_empty() && recv.shape.is_none() => {
                self.grown(at, recv, args)
            }
            "<<" if language == Language::Ruby && recv.shape.is_none() && (recv.text().is_some() || recv.head != Head::Open) => {
                self.grown(at, recv, args)
            }
            // The names of a path: none of them may lead out of the folder that it is joined to.
            "components" if language == Language::Rust => Value {
                facet: Facet::Names,
                ..recv.clone()
            },
            // Without any character that has a meaning in paths, a separator included.
            "IndexOfAny" if self.asks_for_invalid_names(args) => Value {
                facet: Facet::Position,
                cond: guards::proves_if_false(recv, Kinds::PATH).cond,
                ..Value::default()
            },
            "strip_prefix" if matches!(recv.facet, Facet::Resolved | Facet::Real) && first.text().is_none_or(|t| t.len() > 1) => Value {
                cond: guards::proves_if_true(recv, Kinds::PATH).cond,
                ..recv.clone()
            },
            // The characters of a text that a test lets through.
            "filter" | "Where" | "select" if callback && recv.shape.is_none() && recv.any_atom() => {
                let kept = self.characters_kept(args);
                recv.without(kept)
            }
            "toHttpUrl" | "toHttpUrlOrNull" | "toURI" | "toURL" | "toUrl" if !self.is_path(recv) => Value {
                facet: Facet::ParsedUrl,
                ..recv.clone()
            },
            "relative_path_from" => Value {
                facet: Facet::Relative,
                ..recv.clone()
            },
            // Lists.
            "Add" | "<<" | "AddRange" | "concat" | "addAll" | "extend_from_slice" if !recv.any_atom() || !args.is_empty() => {
                let mut list = recv.clone();
                for a in args {
                    if matches!(name, "AddRange" | "addAll" | "concat" | "extend_from_slice") && a.value.shape.is_some() {
                        for i in a.value.items().to_vec() {
                            list.push_word(i);
                        }
                        if let Some(rest) = a.value.shape.as_ref().and_then(|s| s.rest.clone()) {
                            list.add_rest(&rest);
                        }
                    } else {
                        list.push_word(a.value.clone());
                    }
                }
                self.update_receiver(at, list.clone());
                list
            }
            _ => return None,
        })
    }

    /// `sql.append(…)`: the text with more at its end, also for whoever holds it.
    fn grown(&mut self, at: ExprId, text: &Value, args: &[ArgVal]) -> Value {
        /// Longest chain of calls on one text that is followed back to its variable.
        const MAX_CHAIN: usize = 200;
        let mut parts: Vec<Value> = Vec::new();
        if !text.is_bottom() || text.head != Head::Open {
            parts.push(text.clone());
        }
        parts.extend(args.iter().map(|a| a.value.clone()));
        let out = self.concat(&parts);
        let module = self.module();
        let mut holder = at;
        for _ in 0..MAX_CHAIN {
            let ExprKind::Call { callee, .. } = module.expr(holder).kind else {
                break;
            };
            let ExprKind::Member { object, .. } = module.expr(callee).kind else {
                break;
            };
            holder = object;
        }
        self.update_receiver(holder, out.clone());
        out
    }

    /// `path.components().any(|c| !matches!(c, Component::Normal(_)))`.
    fn names_tested(&mut self, path: &Value, all: bool, args: &[ArgVal]) -> Value {
        let test = self.text_of_callback(args);
        if test.contains("Normal") {
            return if all {
                guards::proves_if_true(path, Kinds::PATH)
            } else {
                guards::proves_if_false(path, Kinds::PATH)
            };
        }
        if all || !test.contains("ParentDir") {
            return Value::default();
        }
        // Without `..` an absolute path still takes the place of the folder it is joined to.
        let around = self.text_around();
        if test.contains("RootDir") || ["is_absolute", "is_relative", "has_root"].iter().any(|w| around.contains(w)) {
            guards::proves_if_false(path, Kinds::PATH)
        } else {
            guards::weak_check(path, Kinds::PATH, Weak::DENY_LIST, false)
        }
    }

    /// What a text of only those characters cannot do that a test asks for: letters and digits alone are neither paths nor commands.
    fn characters_kept(&self, args: &[ArgVal]) -> Kinds {
        let test = self.text_of_callback(args);
        let closed = [
            "alphanumeric",
            "is_ascii_digit",
            "is_numeric",
            "is_alphabetic",
            "LetterOrDigit",
            "isDigit",
            "IsDigit",
        ]
        .iter()
        .any(|w| test.contains(w));
        let opens = test.contains('!')
            || ["'/'", "'\\\\'", "' '", "';'", "'$'", "'|'", "'&'", "':'", "'\\''", "'\"'"]
                .iter()
                .any(|c| test.contains(c));
        match (closed && !opens, test.contains("'.'"), test.contains("'-'")) {
            (false, ..) => Kinds::NONE,
            (true, true, _) => Kinds::ALL.without(Kinds::PATH.or(Kinds::URL)),
            (true, false, true) => Kinds::ALL.without(Kinds::ARGUMENT),
            (true, false, false) => Kinds::ALL,
        }
    }

    /// The text of the function that is the first argument.
    fn text_of_callback(&self, args: &[ArgVal]) -> &str {
        let written = args.first().and_then(|a| {
            a.value.refs.iter().find_map(|r| match r {
                Entity::Function(f) => {
                    let m = self.program.module(f.module);
                    Some(m.text(m.function(f.function).span))
                }
                _ => None,
            })
        });
        written.unwrap_or("")
    }

    /// A loop over the names of a path that goes on only past plain ones.
    pub fn refuses_other_names(&self, path: &Value, text: &str) -> bool {
        let ends = ["Err(", "bail!", "panic!"].iter().any(|w| text.contains(w));
        let closed = text.contains("_ =>") || text.contains("ParentDir") && text.contains("RootDir");
        path.facet == Facet::Names && ends && text.contains("Normal") && closed && !text.contains("=> continue")
    }

    /// `name.IndexOfAny(Path.GetInvalidFileNameChars())`.
    fn asks_for_invalid_names(&self, args: &[ArgVal]) -> bool {
        args.first().is_some_and(|a| {
            a.value
                .refs
                .iter()
                .any(|r| matches!(r, Entity::External(n) if self.names.text(*n).contains("GetInvalidFileNameChars")))
        })
    }

    /// Whether the function around a check asks for addresses of the machine itself and of its link too.
    fn asks_all_local(&self) -> bool {
        let around = self.text_around();
        let asks = |names: &[&str]| names.iter().any(|n| around.contains(n));
        asks(&["IsLoopback", "is_loopback", "loopback?", "isLoopbackAddress"])
            && asks(&[
                "IsLinkLocalUnicast",
                "is_link_local",
                "is_unicast_link_local",
                "link_local?",
                "isLinkLocalAddress",
            ])
    }

    /// The text of the function being run.
    fn text_around(&self) -> &str {
        /// Longest function that is read for a check, in bytes; a check in a longer one stays a weak one.
        const MAX_READ: usize = 8_000;
        let module = self.module();
        let around = self.frame().function.map_or("", |f| module.text(module.function(f).span));
        if around.len() > MAX_READ { "" } else { around }
    }

    /// Whether a value is a path as an object, whose comparisons go by whole names.
    pub fn is_path(&self, v: &Value) -> bool {
        v.refs.iter().any(|r| match r {
            Entity::External(n) => {
                let text = &**self.names.text(*n);
                ["Path", "File()", "Pathname"].iter().any(|w| text.contains(w))
            }
            _ => false,
        })
    }

    pub fn joined_path(&mut self, folder: &Value, name: &Value, span: Span) -> Value {
        let mut out = self.path_join(&[folder.clone(), name.clone()], Facet::Plain, span);
        let path = self.names.intern("Path()");
        out.add_ref(&Entity::External(path));
        if self.is_path(folder) {
            folder.refs.iter().for_each(|r| out.add_ref(r));
        }
        out
    }

    /// `x.startsWith(folder)`: of paths as objects it compares whole names, and needs no separator.
    pub fn begins_with(&mut self, x: &Value, prefix: &Value, language: Language) -> Value {
        let by_names =
            matches!(language, Language::Rust | Language::Java | Language::Kotlin) && self.is_path(x) || language == Language::Rust;
        if by_names && matches!(x.facet, Facet::Resolved | Facet::Real) && x.any_atom() && prefix.text().is_none_or(|t| t.len() > 2) {
            return guards::proves_if_true(x, Kinds::PATH);
        }
        guards::starts_with(self, x, prefix)
    }

    /// A pattern applied to a text, with the meaning its language gives to the anchors.
    pub fn tested(&mut self, subject: &Value, pattern: &Value, whole: bool) -> Value {
        let Some(text) = pattern.text().map(str::to_owned) else {
            return Value::default();
        };
        let mut text = text;
        match self.module().language {
            // `^` and `$` are those of each line: only `\A` and `\z` hold.
            Language::Ruby if text.starts_with('^') || text.ends_with('$') => text = format!("(?:{text})?"),
            Language::Php => {
                let (pattern, flags) = undelimited(&text);
                let of_lines = flags.contains('m') && (pattern.starts_with('^') || pattern.ends_with('$'));
                text = if of_lines { format!("(?:{pattern})?") } else { pattern };
            }
            _ => {}
        }
        patterns::matched(subject, &text, false, whole)
    }

    /// `x.gsub(/[^a-z]/, "")`, `re.ReplaceAllString(x, "")`: as a replacement that is made everywhere.
    pub fn replaced_natively(&mut self, recv: &Value, name: &str, args: &[ArgVal]) -> Value {
        if recv.facet == Facet::Pattern {
            let subject = Self::positional(args, 0).cloned().unwrap_or_default();
            let pattern = Value {
                anchored: true,
                ..recv.clone()
            };
            let with = Self::positional(args, 1).cloned().unwrap_or_default();
            return self.replaced(&subject, "replaceAll", &[ArgVal::plain(pattern), ArgVal::plain(with)]);
        }
        // Go's `strings.Replace` says how often; only below zero is it everywhere.
        if let (Language::Go, Some(count)) = (self.module().language, Self::positional(args, 2))
            && !matches!(count.lit, Lit::Number(n) if n < 0.0)
        {
            return self.replaced(recv, "replace", args);
        }
        let mut args = args.to_vec();
        if let Some(a) = args.first_mut() {
            a.value.anchored = true;
            // Java's `replaceAll` takes a pattern.
            if name == "replaceAll" && a.value.text().is_some() {
                a.value.facet = Facet::Pattern;
            }
        }
        self.replaced(recv, "replaceAll", &args)
    }

    /// A text with places for values: `%s`, `{}`, `{0}`.
    pub fn formatted(&mut self, args: &[ArgVal]) -> Value {
        let Some(format) = args.first() else { return Value::default() };
        let Some(text) = format.value.text().map(str::to_owned) else {
            let parts: Vec<Value> = args.iter().map(|a| a.value.clone()).collect();
            return self.concat(&parts);
        };
        let mut parts = Vec::new();
        let mut values = args.iter().skip(1).map(|a| a.value.clone());
        let mut rest = text.as_str();
        // Text up to the next real hole: one part, however many signs in it only look like one.
        let mut literal = String::new();
        while let Some(at) = rest.find(['%', '{']) {
            let (before, hole) = rest.split_at(at);
            literal.push_str(before);
            if hole.starts_with("%%") || hole.starts_with("{{") {
                rest = &hole[2..];
                continue;
            }
            let Some(length) = hole_length(hole) else {
                literal.push_str(&hole[..1]);
                rest = &hole[1..];
                continue;
            };
            parts.push(Value::str(&std::mem::take(&mut literal)));
            if let Some(v) = values.next() {
                // Numbers and quoted texts are no way out of what is around them.
                let verb = hole.as_bytes()[length - 1];
                parts.push(if matches!(verb, b'd' | b'f' | b'x') && hole.starts_with('%') {
                    Value {
                        head: Head::Fixed,
                        ..Value::default()
                    }
                } else {
                    v
                });
            }
            rest = &hole[length..];
        }
        literal.push_str(rest);
        parts.push(Value::str(&literal));
        parts.extend(values);
        parts.retain(|p| p.text() != Some(""));
        self.concat(&parts)
    }
}

/// Bytes of the hole that a text begins with: `{…}`, `%` up to its verb. None: it begins with a sign that only looks like one.
fn hole_length(text: &str) -> Option<usize> {
    /// Longest hole, in bytes; what is longer is text.
    const MAX_HOLE: usize = 40;
    let near = &text.as_bytes()[..text.len().min(MAX_HOLE)];
    let ends = |b: &u8| {
        if near[0] == b'{' { *b == b'}' } else { b.is_ascii_alphabetic() }
    };
    near.iter().skip(1).position(ends).map(|i| i + 2)
}

/// A pattern of PHP, which is replaced everywhere.
pub fn php_pattern(written: Value) -> Value {
    let Some(text) = written.text() else { return written };
    let (pattern, _) = undelimited(text);
    Value {
        facet: Facet::Pattern,
        anchored: true,
        ..Value::str(&pattern)
    }
}

/// The pattern and the flags of `/pattern/flags`, as PHP writes them.
fn undelimited(text: &str) -> (String, String) {
    let bare = || (text.to_owned(), String::new());
    let mut chars = text.chars();
    let Some(open) = chars.next().filter(|c| !c.is_alphanumeric() && *c != '\\') else {
        return bare();
    };
    let close = match open {
        '(' => ')',
        '{' => '}',
        '[' => ']',
        other => other,
    };
    match chars.as_str().rsplit_once(close) {
        Some((pattern, flags)) => (pattern.to_owned(), flags.to_owned()),
        None => bare(),
    }
}
