//! Functions and methods of the languages' own libraries whose result is known from their arguments.

use super::value::Val;
use std::rc::Rc;

type Args = [(Option<Rc<str>>, Val)];

/// Methods that give what they are called on, in some other form of the same text or value.
const SAME: &[&str] = &[
    "to_string",
    "to_owned",
    "into",
    "clone",
    "as_str",
    "as_ref",
    "to_s",
    "freeze",
    "dup",
    "toString",
    "ToString",
    "unwrap",
    "expect",
    "into_owned",
    "intern",
    "to_sym",
    "as_deref",
    "as_object",
    "as_object_mut",
    "unwrap_or_default",
    "cloned",
    "iter",
    "into_iter",
    "asList",
    "toList",
    "to_vec",
    "ToArray",
    "ToList",
    "build",
    "Build",
];

/// Names of outside functions that give their only argument.
const WRAPPERS: &[&str] = &[
    "String.from",
    "Some",
    "Ok",
    "Arc.new",
    "Rc.new",
    "Box.new",
    "Cow.Borrowed",
    "Cow.from",
    "Cow.Owned",
    "string",
    "errors.New",
    "Optional.of",
    "Mono.just",
    "Task.FromResult",
    "CompletableFuture.completedFuture",
    "std.borrow.Cow.Borrowed",
    "borrow.Cow.Borrowed",
    "std.sync.Arc.new",
    "sync.Arc.new",
    "Json",
];

fn one(args: &Args) -> Option<&Val> {
    match args {
        [(_, value)] => Some(value),
        _ => None,
    }
}

/// A method of a known value.
pub(super) fn method(on: &Val, name: &str, args: &Args) -> Option<Val> {
    match on {
        Val::Str(text) => {
            let arg = |n: usize| args.get(n).and_then(|(_, v)| v.as_str());
            Some(match name {
                _ if SAME.contains(&name) => on.clone(),
                "trim" | "strip" | "Trim" | "trim_start" | "trim_end" | "chomp" | "trimStart" | "trimEnd" => Val::text(text.trim()),
                "trimIndent" | "stripIndent" => Val::text(trim_indent(text)),
                "trimMargin" => {
                    let lines = text.trim().lines().map(|l| {
                        let l = l.trim_start();
                        l.strip_prefix('|').unwrap_or(l)
                    });
                    Val::text(lines.collect::<Vec<_>>().join("\n"))
                }
                "squish" => Val::text(text.split_whitespace().collect::<Vec<_>>().join(" ")),
                "lower" | "lowercase" | "toLowerCase" | "ToLower" | "downcase" | "to_lowercase" => Val::text(text.to_lowercase()),
                "upper" | "uppercase" | "toUpperCase" | "ToUpper" | "upcase" | "to_uppercase" => Val::text(text.to_uppercase()),
                "concat" => Val::text(format!("{text}{}", arg(0)?)),
                "replace" | "Replace" | "gsub" => Val::text(text.replace(arg(0)?, arg(1)?)),
                "formatted" => format_text(text, args)?,
                _ => return None,
            })
        }
        Val::List(items) => match name {
            "join" => {
                let sign = args.first().map_or(Some(""), |(_, v)| v.as_str())?;
                let texts: Option<Vec<&str>> = items.iter().map(Val::as_str).collect();
                Some(Val::text(texts?.join(sign)))
            }
            _ if SAME.contains(&name) => Some(on.clone()),
            _ => None,
        },
        // A parsed template, asked for its text.
        Val::Call(call) if matches!(name, "Raw" | "String" | "Template" | "toString") && args.is_empty() => match call.args.as_slice() {
            [(None, Val::Str(text))] if call.name.contains("emplate") => Some(Val::Str(text.clone())),
            _ => None,
        },
        Val::Map(_) if SAME.contains(&name) => Some(on.clone()),
        Val::Name(_) if matches!(name, "to_string" | "to_owned" | "into" | "as_str") => Some(on.clone()),
        Val::Unknown(_) if SAME.contains(&name) => Some(on.clone()),
        _ => None,
    }
}

/// An outside function.
pub(super) fn function(name: &str, args: &Args) -> Option<Val> {
    let text = |n: usize| args.get(n).and_then(|(_, v)| v.as_str());
    Some(match name {
        _ if WRAPPERS.contains(&name) => one(args)?.clone(),
        "append" => {
            let mut out = match args.first() {
                Some((_, Val::List(items))) => (**items).clone(),
                Some((_, Val::Null)) => Vec::new(),
                Some((_, Val::Open(local))) => return Some(Val::Open(*local)),
                _ => return None,
            };
            out.extend(args[1..].iter().map(|(_, v)| v.clone()));
            Val::List(Rc::new(out))
        }
        "make" => match args.first() {
            Some((_, Val::Name(n))) if &**n == "map" => Val::Map(Rc::default()),
            _ => Val::List(Rc::default()),
        },
        "List.of"
        | "listOf"
        | "mutableListOf"
        | "arrayOf"
        | "Arrays.asList"
        | "Set.of"
        | "setOf"
        | "emptyList"
        | "Collections.emptyList"
        | "vec!" => Val::List(Rc::new(args.iter().map(|(_, v)| v.clone()).collect())),
        "Map.of" | "mapOf" | "mutableMapOf" | "Map.ofEntries" | "Collections.emptyMap" | "emptyMap" => {
            let mut out = Vec::new();
            match args.first() {
                Some((_, Val::List(_))) => {
                    for (_, pair) in args {
                        if let Val::List(pair) = pair
                            && let [Val::Str(k), v] = pair.as_slice()
                        {
                            out.push((k.clone(), v.clone()));
                        }
                    }
                }
                _ => {
                    for pair in args.chunks(2) {
                        if let [(_, Val::Str(k)), (_, v)] = pair {
                            out.push((k.clone(), v.clone()));
                        }
                    }
                }
            }
            Val::Map(Rc::new(out))
        }
        "Map.entry" | "Pair" => Val::List(Rc::new(args.iter().map(|(_, v)| v.clone()).collect())),
        "fmt.Sprintf" | "fmt.Sprint" | "String.format" | "sprintf" | "format" | "string.Format" | "String.Format" => {
            format_text(text(0)?, &args[1..])?
        }
        "format!" => format_text(text(0)?, &args[1..])?,
        "strings.TrimSpace" | "dedent.Dedent" | "heredoc.Doc" | "trim" => Val::text(text(0)?.trim()),
        "strings.ToUpper" | "strtoupper" => Val::text(text(0)?.to_uppercase()),
        "strings.ToLower" | "strtolower" => Val::text(text(0)?.to_lowercase()),
        "strings.ReplaceAll" => Val::text(text(0)?.replace(text(1)?, text(2)?)),
        "strings.Join" | "String.join" | "string.Join" => {
            let (list, sign) = match (args.first(), args.get(1)) {
                (Some((_, Val::List(list))), Some((_, Val::Str(sign)))) | (Some((_, Val::Str(sign))), Some((_, Val::List(list)))) => {
                    (list, sign)
                }
                _ => return None,
            };
            let texts: Option<Vec<&str>> = list.iter().map(Val::as_str).collect();
            Val::text(texts?.join(sign))
        }
        "implode" => match (text(0), args.get(1)) {
            (Some(sign), Some((_, Val::List(list)))) => {
                let texts: Option<Vec<&str>> = list.iter().map(Val::as_str).collect();
                Val::text(texts?.join(sign))
            }
            _ => return None,
        },
        _ => return None,
    })
}

fn trim_indent(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.first().is_some_and(|l| l.trim().is_empty()) {
        lines.remove(0);
    }
    if lines.last().is_some_and(|l| l.trim().is_empty()) {
        lines.pop();
    }
    let filled = lines.iter().filter(|l| !l.trim().is_empty());
    let indent = filled.map(|l| l.len() - l.trim_start().len()).min().unwrap_or(0);
    let cut: Vec<&str> = lines.iter().map(|l| l.get(indent..).unwrap_or("")).collect();
    cut.join("\n")
}

/// `%s`, `%d`, `%v`, `%q`, `{}`, `{0}` and `{name}` with what is known.
fn format_text(format: &str, args: &Args) -> Option<Val> {
    for (_, arg) in args {
        if let Val::Open(local) = arg {
            return Some(Val::Open(*local));
        }
    }
    let mut out = String::new();
    let mut next = args.iter().filter(|(n, _)| n.is_none());
    let mut rest = format;
    while let Some(at) = rest.find(['%', '{', '}']) {
        out.push_str(&rest[..at]);
        let sign = &rest[at..];
        if let Some(tail) = ["%%", "{{", "}}"].iter().find_map(|d| sign.strip_prefix(d)) {
            out.push_str(&sign[..1]);
            rest = tail;
            continue;
        }
        let shown = |value: &Val| match value {
            Val::Str(s) => Some(s.to_string()),
            Val::Num(n) => Some(n.to_string()),
            Val::Bool(b) => Some(b.to_string()),
            _ => None,
        };
        if let Some(verb) = sign.strip_prefix('%') {
            let end = verb.find(|c: char| c.is_ascii_alphabetic()).map(|e| e + 1)?;
            let value = shown(&next.next()?.1)?;
            if sign[end..].starts_with('q') {
                out.push_str(&format!("{value:?}"));
            } else {
                out.push_str(&value);
            }
            rest = &sign[end + 1..];
        } else if let Some(end) = sign.find('}').filter(|_| sign.starts_with('{')) {
            let name = sign[1..end].split(':').next().unwrap_or("");
            let value = if name.is_empty() {
                &next.next()?.1
            } else if let Ok(n) = name.parse::<usize>() {
                &args.get(n)?.1
            } else {
                &args.iter().find(|(k, _)| k.as_deref() == Some(name))?.1
            };
            out.push_str(&shown(value)?);
            rest = &sign[end + 1..];
        } else {
            out.push_str(&sign[..1]);
            rest = &sign[1..];
        }
    }
    out.push_str(rest);
    Some(Val::text(out))
}
