//! One line on standard error that says what is going on; only to a terminal, never when asked to be quiet.

use std::io::{IsTerminal, Write};

/// Shows steps.
pub(crate) struct Progress {
    shown: bool,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        Self {
            shown: !quiet && std::io::stderr().is_terminal(),
        }
    }

    /// Replaces the line.
    pub(crate) fn step(&self, text: &str) {
        if self.shown {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[2K{}", crate::output::clean(text));
            let _ = std::io::stderr().flush();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[2K");
        }
    }
}
