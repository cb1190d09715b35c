use hub_engine::conduct::{ActKind, Conduct};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ModuleId;
use hub_syntax::ir::{ExprId, ExprKind};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A regular expression in a tool that takes exponential time (a repeated group whose inside is repeated too), or one that the caller
    /// writes, run by an engine that backtracks.
    /// ## Why it matters
    /// A text of thirty characters can keep the server busy for hours.
    /// ## How to fix it
    /// Rewrite the expression without nested repetition; run patterns of the caller with an engine that takes linear time (`re2`), or with
    /// a time limit in another process.
    /// ```py vulnerable
    /// import re
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("check")
    ///
    /// @mcp.tool()
    /// def is_name(text: str) -> bool:
    ///     """Checks a name."""
    ///     return re.match(r"^([a-z]+)+$", text) is not None
    /// ```
    /// ```py vulnerable
    /// import re
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("check")
    ///
    /// @mcp.tool()
    /// def grep(pattern: str, text: str) -> list:
    ///     """Searches a text."""
    ///     return re.findall(pattern, text)
    /// ```
    /// ```py safe
    /// import re
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("check")
    ///
    /// @mcp.tool()
    /// def find(word: str, text: str) -> list:
    ///     """Searches a text."""
    ///     return re.findall(r"(?:\d+\.)+" + re.escape(word), text)
    /// ```
    pub struct BacktrackingPattern {
        id: "backtracking-pattern",
        title: "A regular expression can take exponential time",
        category: Robustness,
        severity: Low,
        classes: &["S26"],
        references: &["https://cwe.mitre.org/data/definitions/1333.html"],
    }
}

impl Rule for BacktrackingPattern {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(conduct) = cx.conduct else { return };
        let mut seen = BTreeSet::new();
        for (entry, runs) in conduct.entries() {
            for act in conduct.acts(runs).filter(|a| a.kind == ActKind::CompilesPattern) {
                let Some(operand) = act.operand else { continue };
                let argument = conduct.argument(act.module, operand);
                let from_caller = argument.is_some_and(|a| !a.is_escaped) && is_alone(conduct, act.module, operand);
                let nested = act.texts.iter().any(|t| explodes(t));
                if (from_caller || nested) && seen.insert((act.module, act.function)) {
                    out.report(Self::META)
                        .on(entry.subject())
                        .at(act.at.clone())
                        .evidence(act.code.clone())
                        .title(if nested {
                            "A regular expression with nested repetition is run on input"
                        } else {
                            "The caller's own regular expression is run"
                        })
                        .severity(Severity::Low)
                        .confidence(if nested { Confidence::Medium } else { Confidence::High })
                        .key(act.api.clone())
                        .add();
                }
            }
            for f in runs {
                for (at, e) in conduct.exprs_in(*f) {
                    let module = conduct.program().module(f.module);
                    if let ExprKind::Regex { pattern, .. } = e.kind
                        && explodes(module.str(pattern))
                        && seen.insert((f.module, *f))
                    {
                        let place = module.location(module.expr(at).span);
                        out.report(Self::META)
                            .on(entry.subject())
                            .evidence(hub_engine::taint::line_of(module, &place))
                            .at(place)
                            .title("A regular expression with nested repetition is run on input")
                            .severity(Severity::Low)
                            .confidence(Confidence::Medium)
                            .add();
                    }
                }
            }
        }
    }
}

/// The caller's text is the pattern, not a word inside one.
fn is_alone(conduct: &Conduct<'_>, id: ModuleId, e: ExprId) -> bool {
    matches!(
        conduct.program().module(id).expr(e).kind,
        ExprKind::Ident(_) | ExprKind::Member { .. } | ExprKind::Index { .. }
    )
}

/// A group that repeats without bound and whose inside may match one text in many ways: it ends (and begins) with an unbounded
/// repetition of the same thing, `(a+)+`, `([a-z]+)*`, `(a|a)*`, `(.*)*`.
pub(crate) fn explodes(pattern: &str) -> bool {
    let chars: Vec<char> = pattern.chars().take(2_000).collect();
    let mut open: Vec<usize> = Vec::new();
    let mut in_class = false;
    let mut i = 0;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 1,
            '[' if !in_class => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => open.push(i),
            ')' if !in_class => {
                let Some(start) = open.pop() else { return false };
                let inside = &chars[start + 1..i];
                let more = chars.len() > i + 2;
                if matches!(chars.get(i + 1), Some('+' | '*')) && (is_ambiguous(inside) || more && may_be_one_unit(inside)) {
                    return true;
                }
            }
            _ => {}
        }
        i += 1;
    }
    false
}

/// One unit repeated without bound and nothing else, or alternatives that begin alike.
fn is_ambiguous(inside: &[char]) -> bool {
    let text: String = inside.iter().collect();
    let text = text.strip_prefix("?:").unwrap_or(&text);
    if text.starts_with('?') {
        return false;
    }
    let alternatives: Vec<&str> = text.split('|').collect();
    if alternatives.len() > 1 && !text.contains(['(', '[', '\\']) {
        let simple = |a: &str| !a.is_empty() && a.chars().all(char::is_alphanumeric);
        return alternatives.iter().enumerate().any(|(i, a)| {
            simple(a)
                && alternatives
                    .iter()
                    .skip(i + 1)
                    .any(|b| simple(b) && (a.starts_with(b) || b.starts_with(a)))
        });
    }
    // One unit: a character, an escape or a class, then `+` or `*`.
    let mut chars = text.chars();
    let rest: String = match chars.next() {
        Some('[') => match text.find(']') {
            Some(end) => text[end + 1..].to_owned(),
            None => return false,
        },
        Some('\\') => text.chars().skip(2).collect(),
        Some('(') => return false,
        Some(_) => text.chars().skip(1).collect(),
        None => return false,
    };
    matches!(rest.as_str(), "+" | "*" | "+?" | "*?")
}

/// Several units of which all but one may be left out, and that one repeats without bound: `[a-z]+[._-]?`. The repeated group then cuts
/// one text in many ways.
fn may_be_one_unit(inside: &[char]) -> bool {
    let text: String = inside.iter().collect();
    let mut rest = text.strip_prefix("?:").unwrap_or(&text);
    let (mut needed, mut unbounded) = (0, 0);
    while !rest.is_empty() {
        let unit = match rest.chars().next() {
            Some('[') => match rest.find(']') {
                Some(end) => end + 1,
                None => return false,
            },
            Some('\\') => match rest.chars().nth(1) {
                Some(c) if !matches!(c, 'b' | 'B') => 1 + c.len_utf8(),
                _ => return false,
            },
            Some('(' | ')' | '|' | '^' | '$' | '?' | '*' | '+' | '{') | None => return false,
            Some(c) => c.len_utf8(),
        };
        rest = &rest[unit..];
        match rest.chars().next() {
            Some('+') => {
                needed += 1;
                unbounded += 1;
            }
            Some('*') => unbounded += 1,
            Some('?') => {}
            _ => return false,
        }
        rest = &rest[1..];
    }
    needed <= 1 && unbounded == 1
}

#[cfg(test)]
mod tests {
    use super::explodes;

    #[test]
    fn nested_repetition_is_told_from_repetition_with_a_separator() {
        for bad in [
            "(a+)+b",
            "(a*)*b",
            "(a|ab)*c",
            "([a-zA-Z]+)*[a-zA-Z]",
            r"^(\w+)+$",
            "(?:x+)*y",
            "(.*)*",
            r"^([a-zA-Z0-9]+[._-]?)+@",
            r"^(?:-?\w+)*$",
        ] {
            assert!(explodes(bad), "{bad}");
        }
        for good in [
            r"(\d+\.)+",
            "(a|b)+",
            "(?:[a-z]+-)*",
            "[(]+)+",
            "(abc)+",
            r"(\w+\s)*",
            "(?=a+)+",
            "(https?|ftp)+",
            r"(\w+\s?)+",
            r"^(\w+\s?-)+$",
        ] {
            assert!(!explodes(good), "{good}");
        }
    }
}
