//! Docstrings split into their description and the texts for parameters, as newer `fastmcp` versions serve them.

/// What a docstring says, apart from its sections.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) description: String,
    pub(super) parameters: Vec<(String, String)>,
    /// A section was recognised.
    pub(super) structured: bool,
}

const PARAMETER_SECTIONS: &[&str] = &["args", "arguments", "params", "parameters"];
const OTHER_PARAMETERS: &[&str] = &[
    "keyword args",
    "keyword arguments",
    "other args",
    "other arguments",
    "other params",
    "other parameters",
];
/// Sections of Google's style that are no parameters.
const SECTIONS: &[&str] = &[
    "raises",
    "exceptions",
    "warns",
    "warnings",
    "returns",
    "yields",
    "receives",
    "examples",
    "attributes",
    "type args",
    "type arguments",
    "type params",
    "type parameters",
    "functions",
    "methods",
    "classes",
    "modules",
    "type aliases",
];
/// Headings that end the description although they are prose.
const ADMONITIONS: &[&str] = &[
    "attention",
    "caution",
    "danger",
    "error",
    "example",
    "hint",
    "important",
    "note",
    "notes",
    "raise",
    "references",
    "return",
    "see also",
    "tip",
    "todo",
    "warning",
    "yield",
];

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Splits a cleaned docstring. `strict`: only a parameter section counts as structure (fastmcp 3.2).
pub(super) fn parse(doc: &str, strict: bool) -> Parsed {
    for parser in [google, numpy, sphinx] {
        let parsed = parser(doc);
        if !parsed.parameters.is_empty() || parsed.structured && !strict {
            return parsed;
        }
    }
    Parsed {
        description: doc.to_owned(),
        ..Parsed::default()
    }
}

/// `Args:` and an indented block.
fn google(doc: &str) -> Parsed {
    let lines: Vec<&str> = doc.split('\n').collect();
    let mut out = Parsed::default();
    let mut description: Option<Vec<&str>> = None;
    let mut text: Vec<&str> = Vec::new();
    let mut at = 0;
    let mut fenced = false;
    while at < lines.len() {
        let line = lines[at];
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let heading = (!fenced).then(|| google_heading(line)).flatten();
        // A section has white space above and an indented block right below; everything else is text.
        let block_follows = lines
            .get(at + 1)
            .is_some_and(|next| next.starts_with(' ') && !next.trim().is_empty());
        let blank_above = at == 0 || lines[at - 1].trim().is_empty();
        let Some(heading) = heading.filter(|_| block_follows && blank_above) else {
            text.push(line);
            at += 1;
            continue;
        };
        let known = PARAMETER_SECTIONS.contains(&heading.as_str())
            || OTHER_PARAMETERS.contains(&heading.as_str())
            || SECTIONS.contains(&heading.as_str());
        if description.is_none() && text.iter().any(|line| !line.trim().is_empty()) {
            description = Some(std::mem::take(&mut text));
        }
        text.clear();
        at += 1;
        let mut block: Vec<&str> = Vec::new();
        while at < lines.len() && (lines[at].trim().is_empty() || indent(lines[at]) > 0) {
            block.push(lines[at]);
            at += 1;
        }
        if PARAMETER_SECTIONS.contains(&heading.as_str()) {
            let items = google_items(&block);
            out.structured |= !items.is_empty();
            out.parameters.extend(items);
        } else if known || ADMONITIONS.contains(&heading.as_str()) {
            out.structured = true;
        }
    }
    let text = description.unwrap_or(text);
    out.description = text.join("\n").trim_end_matches('\n').to_owned();
    out
}

/// `Word:` or `Two words:` alone on a line without indentation; lower case, without the colon.
fn google_heading(line: &str) -> Option<String> {
    let line = line.trim_end();
    let (word, title) = line.split_once(':')?;
    if indent(line) > 0 || word.is_empty() || !title.is_empty() && !title.starts_with(' ') {
        return None;
    }
    let word_like = word.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-') || c.is_whitespace());
    word_like.then(|| word.to_lowercase())
}

/// `name (type): text`, continued on deeper lines.
fn google_items(block: &[&str]) -> Vec<(String, String)> {
    let Some(base) = block.iter().find(|line| !line.trim().is_empty()).map(|line| indent(line)) else {
        return Vec::new();
    };
    let mut out: Vec<(String, String)> = Vec::new();
    for line in block {
        if line.trim().is_empty() {
            if let Some((_, text)) = out.last_mut() {
                text.push('\n');
            }
            continue;
        }
        if indent(line) > base {
            if let Some((_, text)) = out.last_mut() {
                text.push('\n');
                let deeper = (base + 4).min(indent(line));
                text.push_str(line.get(deeper..).unwrap_or_else(|| line.trim_start()));
            }
            continue;
        }
        let Some((head, text)) = line.trim().split_once(':') else {
            continue;
        };
        let name = head.split('(').next().unwrap_or(head).trim().trim_start_matches('*');
        if !name.is_empty() && !name.contains(' ') {
            out.push((name.to_owned(), text.trim_start().to_owned()));
        }
    }
    for (_, text) in &mut out {
        *text = text.trim().to_owned();
    }
    out
}

/// `Parameters` over a line of dashes.
fn numpy(doc: &str) -> Parsed {
    const HEADINGS: &[&str] = &[
        "deprecated",
        "parameters",
        "other parameters",
        "returns",
        "yields",
        "receives",
        "raises",
        "warns",
        "examples",
        "attributes",
        "functions",
        "methods",
        "classes",
        "modules",
        "type aliases",
    ];
    let lines: Vec<&str> = doc.split('\n').collect();
    let is_heading = |at: usize| {
        let title = lines.get(at).map(|line| line.trim().to_lowercase()).unwrap_or_default();
        HEADINGS.contains(&title.as_str())
            && lines
                .get(at + 1)
                .is_some_and(|line| line.trim().len() >= 3 && line.trim().bytes().all(|b| b == b'-'))
    };
    let mut out = Parsed::default();
    let mut description: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if !is_heading(at) {
            if !out.structured {
                description.push(lines[at]);
            }
            at += 1;
            continue;
        }
        let title = lines[at].trim().to_lowercase();
        out.structured = true;
        at += 2;
        let mut item: Option<(String, Vec<&str>)> = None;
        let finish = |item: Option<(String, Vec<&str>)>, out: &mut Parsed| {
            if let Some((names, text)) = item {
                for name in names.split(',') {
                    out.parameters
                        .push((name.trim().trim_start_matches('*').to_owned(), text.join("\n").trim().to_owned()));
                }
            }
        };
        while at < lines.len() && !is_heading(at) {
            let line = lines[at];
            if title == "parameters" {
                if indent(line) == 0 && !line.trim().is_empty() {
                    finish(item.take(), &mut out);
                    item = Some((line.split(':').next().unwrap_or(line).trim().to_owned(), Vec::new()));
                } else if let Some((_, text)) = &mut item {
                    text.push(line.trim());
                }
            }
            at += 1;
        }
        finish(item, &mut out);
    }
    out.description = description.join("\n").trim().to_owned();
    out
}

/// `:param name: text`.
fn sphinx(doc: &str) -> Parsed {
    let mut out = Parsed::default();
    let mut description: Vec<&str> = Vec::new();
    let mut last: Option<usize> = None;
    for line in doc.split('\n') {
        let trimmed = line.trim_start();
        let field = trimmed.strip_prefix(':').and_then(|rest| rest.split_once(':'));
        match field.map(|(head, text)| (head.split_whitespace().collect::<Vec<_>>(), text.trim())) {
            Some((head, text))
                if matches!(
                    head.first().copied(),
                    Some("param" | "parameter" | "arg" | "argument" | "key" | "keyword")
                ) && head.len() > 1 =>
            {
                out.structured = true;
                out.parameters.push((head[head.len() - 1].to_owned(), text.to_owned()));
                last = Some(out.parameters.len() - 1);
            }
            Some((head, _))
                if matches!(
                    head.first().copied(),
                    Some(
                        "type"
                            | "return"
                            | "returns"
                            | "rtype"
                            | "raises"
                            | "raise"
                            | "except"
                            | "exception"
                            | "var"
                            | "ivar"
                            | "cvar"
                            | "vartype"
                    )
                ) =>
            {
                out.structured = true;
                last = None;
            }
            _ if !out.structured => description.push(line),
            _ => {
                if let (Some(at), true) = (last, indent(line) > 0 && !trimmed.is_empty()) {
                    let text = &mut out.parameters[at].1;
                    text.push('\n');
                    text.push_str(trimmed);
                } else if indent(line) == 0 {
                    last = None;
                }
            }
        }
    }
    out.description = description.join("\n").trim().to_owned();
    out
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sections_leave_the_description() {
        for (doc, description, parameters) in [
            (
                "One.\n\nArgs:\n    a: first\n    b (int): second\n        more\n\nReturns:\n    x",
                "One.",
                vec![("a", "first"), ("b", "second\nmore")],
            ),
            ("One.\n\nReturns:\n    a dict", "One.", vec![]),
            (
                "One.\n\nRules:\n    - no sections\n    - at all",
                "One.\n\nRules:\n    - no sections\n    - at all",
                vec![],
            ),
            (
                "One.\n\nParameters\n----------\na : int\n    first\nb, c\n    both\n\nReturns\n-------\nint",
                "One.",
                vec![("a", "first"), ("b", "both"), ("c", "both")],
            ),
            (
                "One.\n\n:param a: first\n:param int b: second\n:returns: x",
                "One.",
                vec![("a", "first"), ("b", "second")],
            ),
            ("Just text.\nMore: of it", "Just text.\nMore: of it", vec![]),
        ] {
            let parsed = parse(doc, false);
            assert_eq!(parsed.description, description, "{doc}");
            let got: Vec<(&str, &str)> = parsed.parameters.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
            assert_eq!(got, parameters, "{doc}");
        }
    }
}
