//! `mcp-hub rules`.

use crate::args::{BookFormat, RulesArgs};
use crate::output;
use crate::run::Failure;
use crate::status;
use std::path::Path;

/// Prints the rule book.
pub(crate) fn print(args: &RulesArgs) -> Result<u8, Failure> {
    let text = match args.format {
        BookFormat::Json => format!("{:#}\n", hub_rules::book::json()),
        BookFormat::Markdown => match &args.output {
            Some(folder) => return pages(folder),
            None => hub_rules::book::pages()
                .into_iter()
                .map(|p| p.markdown)
                .collect::<Vec<_>>()
                .join("\n"),
        },
        BookFormat::Table => table(),
    };
    output::write(&text, args.output.as_deref())?;
    Ok(status::CLEAN)
}

fn pages(folder: &Path) -> Result<u8, Failure> {
    std::fs::create_dir_all(folder).map_err(|e| Failure::output(folder, &e))?;
    for page in hub_rules::book::pages() {
        let file = folder.join(&page.file);
        std::fs::write(&file, page.markdown).map_err(|e| Failure::output(&file, &e))?;
    }
    Ok(status::CLEAN)
}

fn table() -> String {
    let rules: Vec<_> = hub_rules::all().iter().map(|r| r.meta()).collect();
    let width = rules.iter().map(|m| m.id.len()).max().unwrap_or(0);
    let mut lines: Vec<String> = rules
        .iter()
        .map(|m| format!("{:width$}  {:8}  {:11}  {}", m.id, m.severity, m.classes.join(" "), m.title))
        .collect();
    lines.push(String::new());
    lines.join("\n")
}
