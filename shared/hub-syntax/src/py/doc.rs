//! Docstrings, as Python's own tools show them.

/// The text of a docstring without the indentation of the code around it: tabs become spaces up to columns of eight, the
/// first line loses its leading space, the others the indentation they share, and empty lines at both ends go.
#[must_use]
pub fn clean_doc(raw: &str) -> String {
    let expanded = expand_tabs(raw);
    let mut lines: Vec<&str> = expanded.split('\n').collect();
    let indent = |line: &str| line.chars().take_while(|c| c.is_whitespace()).count();
    let margin = lines
        .iter()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| indent(line))
        .min();
    if let Some(first) = lines.first_mut() {
        *first = first.trim_start();
    }
    if let Some(margin) = margin {
        for line in lines.iter_mut().skip(1) {
            // A blank line may be shorter than the margin.
            *line = line.char_indices().nth(margin).map_or("", |(at, _)| &line[at..]);
        }
    }
    let from = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let to = lines.iter().rposition(|line| !line.is_empty()).map_or(from, |last| last + 1);
    lines[from..to].join("\n")
}

fn expand_tabs(text: &str) -> String {
    if !text.contains('\t') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let fill = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', fill));
                column += fill;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}
