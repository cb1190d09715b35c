//! Where answers and complaints go.

use crate::args::{Format, OutputArgs};
use crate::run::Failure;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// The format asked for, or the one that fits where the output goes.
pub(crate) fn format(args: &OutputArgs) -> hub_report::Format {
    let to_person = args.output.is_none() && std::io::stdout().is_terminal();
    match args.format {
        Some(format) => format.into(),
        None if to_person => hub_report::Format::Table,
        None => hub_report::Format::Json,
    }
}

impl From<Format> for hub_report::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Json => Self::Json,
            Format::Sarif => Self::Sarif,
            Format::Html => Self::Html,
            Format::Markdown => Self::Markdown,
            Format::Csv => Self::Csv,
        }
    }
}

/// Writes all of `text` to the file, or to standard output. A reader that went away is no error.
pub(crate) fn write(text: &str, to: Option<&Path>) -> Result<(), Failure> {
    match to {
        Some(file) => std::fs::write(file, text).map_err(|e| Failure::output(file, &e)),
        None => {
            let mut out = std::io::stdout().lock();
            match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::output(Path::new("standard output"), &e)),
                _ => Ok(()),
            }
        }
    }
}

/// Says on standard error what could not be done, with its causes.
pub(crate) fn complain(failure: &Failure) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "mcp-hub: {failure}");
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        // An error that only repeats its cause's words is shown once.
        if !failure.to_string().contains(&error.to_string()) {
            let _ = writeln!(err, "  because: {}", clean(&error.to_string()));
        }
        cause = error.source();
    }
}

/// Says something on standard error that must not be missed.
pub(crate) fn warn(what: &str) {
    let _ = writeln!(std::io::stderr().lock(), "mcp-hub: warning: {what}");
}

/// Errors may quote what a hostile server sent.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c })
        .collect()
}
