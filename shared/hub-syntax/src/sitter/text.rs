//! Strings and comments as they are meant: without quotes, escapes and stars.

/// A string literal without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quoted<'s> {
    pub(super) inner: &'s str,
    pub(super) escapes: Escapes,
    /// Common indentation is taken off (text blocks, heredocs, raw strings of C#).
    pub(super) dedent: bool,
}

/// How a backslash counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Not at all.
    None,
    /// As in C, with `\u1234`, `\u{1234}`, `\x41`, octal, and a line's end left out.
    C,
    /// Only `\\` and `\'`.
    Quote,
    /// `""` is a quote.
    Doubled,
}

/// `text` between `open` and `close`, as far as they are there.
pub(super) fn between<'s>(text: &'s str, open: &str, close: &str) -> &'s str {
    let text = text.strip_prefix(open).unwrap_or(text);
    text.strip_suffix(close).unwrap_or(text)
}

pub(super) fn plain<'s>(text: &'s str, open: &str, close: &str, escapes: Escapes) -> Quoted<'s> {
    Quoted {
        inner: between(text, open, close),
        escapes,
        dedent: false,
    }
}

/// The text that escapes stand for. What is no escape stays as written.
pub(super) fn unescape(text: &str, escapes: Escapes) -> String {
    match escapes {
        Escapes::None => text.to_owned(),
        Escapes::Doubled => text.replace("\"\"", "\""),
        Escapes::Quote => text.replace("\\'", "'").replace("\\\\", "\\"),
        Escapes::C => unescape_c(text),
    }
}

fn unescape_c(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push('\\');
            return out;
        };
        let after = &rest[c.len_utf8()..];
        let code = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        let fixed = |n: usize| after.get(..n).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        rest = match c {
            'n' => push(&mut out, '\n', after),
            't' => push(&mut out, '\t', after),
            'r' => push(&mut out, '\r', after),
            'a' => push(&mut out, '\u{7}', after),
            'b' => push(&mut out, '\u{8}', after),
            'f' => push(&mut out, '\u{c}', after),
            'v' => push(&mut out, '\u{b}', after),
            'e' => push(&mut out, '\u{1b}', after),
            's' => push(&mut out, ' ', after),
            // A line's end and the indentation of the next line are left out.
            '\n' | '\r' => after.trim_start(),
            'x' | 'u' | 'U' if after.starts_with('{') => match after.split_once('}') {
                Some((digits, tail)) => {
                    out.extend(code(&digits[1..]));
                    tail
                }
                None => after,
            },
            'x' => match fixed(2) {
                Some(digits) => {
                    out.extend(code(digits));
                    &after[2..]
                }
                None => after,
            },
            'u' => unit(after, &mut out),
            'U' => match fixed(8) {
                Some(digits) => {
                    out.extend(code(digits));
                    &after[8..]
                }
                None => after,
            },
            '0'..='7' => {
                let len = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                out.extend(u32::from_str_radix(&rest[..len], 8).ok().and_then(char::from_u32));
                &rest[len..]
            }
            other => push(&mut out, other, after),
        };
    }
    out.push_str(rest);
    out
}

fn push<'s>(out: &mut String, c: char, rest: &'s str) -> &'s str {
    out.push(c);
    rest
}

/// `\u1234`, two of them where they are halves of one character.
fn unit<'s>(after: &'s str, out: &mut String) -> &'s str {
    let four = |s: &str| s.get(..4).and_then(|d| u32::from_str_radix(d, 16).ok());
    let Some(first) = four(after) else { return after };
    let rest = &after[4..];
    if (0xd800..0xdc00).contains(&first)
        && let Some(second) = rest.strip_prefix("\\u").and_then(four)
        && (0xdc00..0xe000).contains(&second)
    {
        out.extend(char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
        return &rest[6..];
    }
    out.push(char::from_u32(first).unwrap_or('\u{fffd}'));
    rest
}

/// Takes the indentation that all lines share, the last (where the closing quotes stand) included, off each; and the line
/// breaks after the opening and before the closing quotes.
pub(super) fn dedent(text: &str, keep_last_break: bool) -> String {
    let text = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).unwrap_or(text);
    let lines: Vec<&str> = text.split('\n').collect();
    let last = lines.len().saturating_sub(1);
    let indent = lines
        .iter()
        .enumerate()
        .filter(|(i, l)| *i == last || !l.trim().is_empty())
        .map(|(_, l)| l.len() - l.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0);
    let mut out = Vec::with_capacity(lines.len());
    for line in &lines {
        out.push(line.get(indent..).unwrap_or("").trim_end_matches('\r'));
    }
    let mut whole = out.join("\n");
    if lines.last().is_some_and(|l| l.trim().is_empty()) && lines.len() > 1 {
        let cut = whole.rfind('\n').unwrap_or(whole.len());
        whole.truncate(if keep_last_break { cut + 1 } else { cut });
    }
    whole
}

/// The text of a documentation comment: `/** … */`, `/// …`; none for other comments.
pub(super) fn doc_comment(text: &str) -> Option<String> {
    if let Some(line) = text.strip_prefix("///") {
        return Some(line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned());
    }
    let inner = text.strip_prefix("/**")?.strip_suffix("*/")?;
    let lines: Vec<&str> = inner
        .lines()
        .map(|l| {
            let l = l.trim();
            l.strip_prefix('*').map_or(l, |l| l.strip_prefix(' ').unwrap_or(l))
        })
        .collect();
    Some(lines.join("\n").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_what_they_stand_for() {
        assert_eq!(
            unescape(r#"a\tb\"c\\d\u00e9\x41\101\u{1F600}"#, Escapes::C),
            "a\tb\"c\\d\u{e9}AA\u{1F600}"
        );
        assert_eq!(unescape(r"\ud83d\ude00", Escapes::C), "\u{1F600}");
        assert_eq!(unescape("a\\\n     b", Escapes::C), "ab");
        assert_eq!(unescape(r"\", Escapes::C), "\\");
        assert_eq!(unescape(r"it\'s \n", Escapes::Quote), r"it's \n");
    }

    #[test]
    fn indentation_is_measured_up_to_the_closing_quotes() {
        assert_eq!(dedent("\n    a\n      b\n    ", false), "a\n  b");
        assert_eq!(dedent("\n    a\n  ", true), "  a\n");
        assert_eq!(dedent("one line", false), "one line");
    }

    #[test]
    fn only_documentation_comments_document() {
        assert_eq!(doc_comment("/// One.").as_deref(), Some("One."));
        assert_eq!(doc_comment("/**\n * One.\n * Two.\n */").as_deref(), Some("One.\nTwo."));
        assert_eq!(doc_comment("// no"), None);
        assert_eq!(doc_comment("/* no */"), None);
    }
}
