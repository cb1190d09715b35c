//! The formats a report can be had in.

use hub_model::Report;
use std::str::FromStr;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Table,
    Json,
    Sarif,
    Html,
    Markdown,
    Csv,
}

/// A format that the API answers with: all but the table, which is made for a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AnswerFormat(pub Format);

/// Not one of the formats.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a report format; use one of json, sarif, html, markdown, csv")]
pub struct BadFormat(String);

impl Format {
    /// All of them.
    pub const ALL: [Format; 6] = [Self::Table, Self::Json, Self::Sarif, Self::Html, Self::Markdown, Self::Csv];

    /// The word of `--format` and `?format=`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
        }
    }

    /// The media type of the answer.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Table => "text/plain; charset=utf-8",
            Self::Json => "application/json",
            Self::Sarif => "application/sarif+json",
            Self::Html => "text/html; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// The report in this format; `name` is what was scanned, as the user wrote it.
    #[must_use]
    pub fn write(self, report: &Report, name: &str) -> String {
        use crate::formats;
        match self {
            Self::Table => formats::table::write(report, name),
            Self::Json => formats::json::write(report),
            Self::Sarif => formats::sarif::write(report, name),
            Self::Html => formats::html::write(report, name),
            Self::Markdown => formats::markdown::write(report, name),
            Self::Csv => formats::csv::write(report),
        }
    }
}

impl FromStr for AnswerFormat {
    type Err = BadFormat;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Format::ALL
            .into_iter()
            .find(|f| f.as_str() == s && *f != Format::Table)
            .map(Self)
            .ok_or_else(|| BadFormat(s.chars().take(40).collect()))
    }
}
