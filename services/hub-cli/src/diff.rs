//! `mcp-hub diff`: two reports, or two targets, of one server.

use crate::args::{Cli, Command, DiffArgs, DiffFormat};
use crate::decisions::read_json;
use crate::input::Input;
use crate::progress::Progress;
use crate::run::{Depth, Failure, Settings, report_of};
use crate::{output, status};
use clap::Parser;
use hub_model::Severity;
use hub_report::{Diff, ReadReport};
use std::io::IsTerminal;
use std::path::Path;

/// Prints what changed.
pub(crate) async fn diff(args: &DiffArgs) -> Result<u8, Failure> {
    let (old, new) = (read(&args.old, args.quiet).await?, read(&args.new, args.quiet).await?);
    let diff = Diff::between(&old, &new);
    let to_person = args.output.is_none() && std::io::stdout().is_terminal();
    let text = match args.format.unwrap_or(if to_person { DiffFormat::Table } else { DiffFormat::Json }) {
        DiffFormat::Table => diff.table(),
        DiffFormat::Json => diff.json(),
    };
    output::write(&text, args.output.as_deref())?;
    let worse = diff.worst() >= Severity::from(args.fail_on) || !diff.items.redefined.is_empty() || diff.artefact_moved;
    Ok(if worse { status::FINDINGS } else { status::CLEAN })
}

/// A report in a file, or the report of a target.
async fn read(what: &str, quiet: bool) -> Result<ReadReport, Failure> {
    let path = Path::new(what);
    if path.is_file() && path.extension().is_some_and(|e| e == "json") {
        return ReadReport::from_json(&read_json(path)?).map_err(|e| Failure::usage(format!("`{what}`: {e}")));
    }
    // As `mcp-hub scan TARGET` would read it, with its defaults.
    let cli = Cli::try_parse_from(["mcp-hub", "scan", "--", what]).map_err(|e| Failure::usage(e.to_string()))?;
    let Command::Scan(scan) = cli.command else {
        return Err(Failure::usage(format!("`{what}` is no target")));
    };
    let settings = Settings::read()?;
    let input = Input::read(&scan.what, &settings.hosts)?;
    let report = report_of(input, &scan.what, None, &settings, &Progress::new(quiet), Depth::Full).await?;
    Ok(ReadReport::from(&report))
}
