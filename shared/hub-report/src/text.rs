//! Texts of a scanned server, made fit to print.

use std::fmt::Write as _;

/// Control, format, direction and otherwise invisible characters as `\u{…}`; line ends and tabs as spaces.
/// (The engine escapes what stands in findings; here it is done for names and descriptions, which a report keeps as they are.)
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if is_unseen(c) => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

/// The same, cut to `max` characters.
pub(crate) fn cut(text: &str, max: usize) -> String {
    let end = text.char_indices().nth(max + 1).map_or(text.len(), |(i, _)| i);
    let line = one_line(&text[..end]);
    match line.char_indices().nth(max) {
        Some((i, _)) => format!("{}…", &line[..i]),
        None => line,
    }
}

/// The lines of code of a fix, each safe to print.
pub(crate) fn fix_lines(finding: &hub_model::Finding) -> impl Iterator<Item = String> {
    finding.fix.iter().flat_map(|fix| fix.code.lines()).map(one_line)
}

/// The line of code as it was written, of a finding in a file made from others.
pub(crate) fn written(finding: &hub_model::Finding) -> Option<String> {
    let original = finding.location.as_ref()?.original.as_ref()?;
    (!original.excerpt.is_empty()).then(|| one_line(&original.excerpt))
}

/// `3 findings are not counted: 2 in the baseline, 1 suppressed`; nothing when all are.
pub(crate) fn not_counted(report: &hub_model::Report) -> Option<String> {
    let total = report.suppressed.len();
    let baseline = report
        .suppressed
        .iter()
        .filter(|s| s.by == hub_model::SuppressedBy::Baseline)
        .count();
    (total > 0).then(|| {
        format!(
            "{total} finding{} not counted: {} suppressed, {baseline} in the baseline",
            if total == 1 { " is" } else { "s are" },
            total - baseline
        )
    })
}

/// One of them, in a line: what, where, and who decided.
pub(crate) fn suppressed_line(s: &hub_model::Suppressed) -> String {
    let title = s.finding.as_ref().map_or("", |f| f.title.as_str());
    let by = match (&s.owner, &s.expires) {
        (Some(owner), Some(expires)) => format!(" ({owner}, until {expires})"),
        _ => String::new(),
    };
    one_line(&format!("{} {}: {}{by}", s.rule_id, title, s.reason))
}

/// Broken at spaces into lines of at most `width` characters.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let size = word.chars().count();
        if length > 0 && length + 1 + size > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += size;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e
            | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe000..=0xf8ff | 0xe0000..=0xe0fff
            | 0xf0000..=0x10ffff)
}
