//! `complete_result`, indented.

use crate::complete_result;
use crate::text::is_unseen;
use hub_model::Report;
use std::fmt::Write as _;

/// The document as text, with a line end. Characters that hide or turn text are written as `\\uXXXX`, so a terminal shows
/// what is there and a JSON reader gets exactly what the server wrote.
#[must_use]
pub fn write(report: &Report) -> String {
    print(&complete_result(report))
}

/// Indented JSON with every character that hides or turns text escaped.
pub(crate) fn print(document: &serde_json::Value) -> String {
    let plain = format!("{document:#}\n");
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        // serde_json has escaped C0 controls inside strings; the line ends left are its own.
        if c != '\n' && is_unseen(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}
