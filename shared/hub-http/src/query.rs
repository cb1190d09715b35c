//! Query parameters, each wrong one named.

use hub_wire::api::FieldErrors;
use std::fmt::Display;
use std::str::FromStr;

/// Reads query parameters one by one and collects what is wrong. Unknown parameters are ignored, empty ones count as absent.
#[derive(Debug)]
pub struct QueryReader {
    pairs: Vec<(String, String)>,
    /// What was wrong so far.
    pub errors: FieldErrors,
}

impl QueryReader {
    /// Reads the part behind `?`.
    #[must_use]
    pub fn new(query: Option<&str>) -> Self {
        let uri = format!("/?{}", query.unwrap_or(""));
        let parsed = uri
            .parse()
            .ok()
            .and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
        let mut errors = FieldErrors::default();
        if parsed.is_none() {
            errors.push("?", "the query cannot be read; is it percent-encoded?");
        }
        Self {
            pairs: parsed.map(|q| q.0).unwrap_or_default(),
            errors,
        }
    }

    /// The text of a parameter.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// A parameter that parses, `None` if absent or wrong (then it is noted).
    pub fn parsed<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let parsed = self.text(name)?.parse::<T>();
        self.errors.check(&format!("?{name}"), parsed)
    }

    /// A whole number within bounds, or the default.
    pub fn number(&mut self, name: &str, default: u32, least: u32, most: u32) -> u32 {
        match self.text(name).map(str::parse::<u32>) {
            None => default,
            Some(Ok(n)) if (least..=most).contains(&n) => n,
            Some(_) => {
                self.errors
                    .push(format!("?{name}"), format!("must be a whole number from {least} to {most}"));
                default
            }
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.text(name) {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(_) => {
                self.errors.push(format!("?{name}"), "must be true or false");
                false
            }
        }
    }
}
