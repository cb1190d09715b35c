//! The front door: a file's text becomes a [`Module`], or the reason why not.

use crate::ir::{Language, Module};
use hub_model::{Blame, Budget, ErrorCode, RelPath, Retry};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Why a file was not parsed. Each costs a warning and the one file, never the scan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("`{path}` is in no language that is parsed")]
    Language { path: RelPath },
    #[error("`{path}` has {bytes} bytes; at most {max} are parsed (HUB_MAX_PARSE_BYTES)")]
    TooLarge { path: RelPath, bytes: usize, max: usize },
    #[error("`{path}` nests {depth} levels deep; at most {max} are parsed (HUB_MAX_NESTING)")]
    TooDeep { path: RelPath, depth: usize, max: usize },
    #[error("`{path}` has syntax that the parser could not recover from")]
    Syntax { path: RelPath },
    #[error("`{path}` costs the parser more than {max} steps (HUB_MAX_PARSE_STEPS)")]
    Steps { path: RelPath, max: u64 },
    #[error("the parser failed on `{path}`")]
    Parser { path: RelPath },
    #[error("no memory for the stack that parsing `{path}` needs")]
    Stack { path: RelPath },
}

impl ErrorCode for ParseError {
    fn code(&self) -> &'static str {
        match self {
            Self::Language { .. } => "unknown_language",
            Self::TooLarge { .. } => "file_too_large",
            Self::TooDeep { .. } => "nested_too_deep",
            Self::Syntax { .. } => "syntax_error",
            Self::Steps { .. } => "parse_too_long",
            Self::Parser { .. } => "parser_failed",
            Self::Stack { .. } => "no_stack",
        }
    }
    fn retry(&self) -> Retry {
        match self {
            Self::Stack { .. } => Retry::Later,
            _ => Retry::Never,
        }
    }
    fn blame(&self) -> Blame {
        match self {
            Self::Parser { .. } => Blame::Hub,
            _ => Blame::World,
        }
    }
}

/// The language of a file by its extension; none when it is not parsed (declaration files, `.d.ts`, hold no code and are not).
#[must_use]
pub fn language_of(path: &RelPath) -> Option<Language> {
    let name = path.file_name();
    if [".d.ts", ".d.mts", ".d.cts"].iter().any(|e| name.ends_with(e)) {
        return None;
    }
    let extension = path.extension()?;
    match extension {
        "py" | "pyw" => Some(Language::Python),
        other => crate::js::language(other).or_else(|| crate::sitter::language(other)),
    }
}

/// The language of a file by its extension, or, where it has none, by the interpreter that its first line names: commands are often
/// written so.
#[must_use]
pub fn language_of_file(path: &RelPath, text: &str) -> Option<Language> {
    if path.extension().is_some() {
        return language_of(path);
    }
    let line = text.strip_prefix("#!")?.lines().next()?;
    let mut words = line
        .split(['/', ' ', '\t'])
        .filter(|word| !word.is_empty() && !word.starts_with('-'));
    words.find_map(|word| match word {
        "node" | "nodejs" | "bun" | "deno" | "tsx" => Some(Language::JavaScript),
        "php" => Some(Language::Php),
        "ruby" => Some(Language::Ruby),
        python if python.starts_with("python") => Some(Language::Python),
        _ => None,
    })
}

/// Parses one file, choosing the language as [`language_of_file`] does. Checks size and nesting first, then parses on a stack large
/// enough for what passed. A file with syntax errors still gives a module (see [`Module::syntax_errors`]) when the parser recovers.
///
/// # Errors
/// Why the file gave no module.
pub fn parse(path: &RelPath, text: &Arc<str>, budget: &Budget) -> Result<Module, ParseError> {
    let Some(language) = language_of_file(path, text) else {
        return Err(ParseError::Language { path: path.clone() });
    };
    if text.len() > budget.max_parse_bytes {
        return Err(ParseError::TooLarge {
            path: path.clone(),
            bytes: text.len(),
            max: budget.max_parse_bytes,
        });
    }
    let run = || match language {
        Language::JavaScript | Language::TypeScript => crate::js::parse(path, text, budget),
        Language::Python => Ok(crate::py::lower(path.clone(), text.clone(), budget)),
        native => crate::sitter::parse(native, path, text, budget),
    };
    on_big_stack(|| catch_unwind(AssertUnwindSafe(run)))
        .ok_or_else(|| ParseError::Stack { path: path.clone() })?
        .unwrap_or_else(|_| Err(ParseError::Parser { path: path.clone() }))
}

/// Address space for the stack, in bytes; pages are only taken when touched. Twenty thousand levels of the parser's deepest
/// frames fit in a debug build.
const BIG_STACK: usize = 256 << 20;

thread_local! {
    static ON_BIG_STACK: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` on a thread with a large stack and waits for it; directly when already on one. None when no such thread can be had.
/// A panic of `work` goes on in the caller.
pub fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    if ON_BIG_STACK.with(Cell::get) {
        return Some(work());
    }
    std::thread::scope(|scope| {
        let handle = std::thread::Builder::new()
            .name("parse".to_owned())
            .stack_size(BIG_STACK)
            .spawn_scoped(scope, || {
                ON_BIG_STACK.with(|flag| flag.set(true));
                work()
            });
        match handle.ok()?.join() {
            Ok(value) => Some(value),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
