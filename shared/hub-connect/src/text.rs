//! Hostile text made fit for messages.

use hub_model::is_secret_name;
use url::Url;

/// Printable, on one line, at most `max` characters.
pub(crate) fn plain(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut space = false;
    for c in text.trim().chars() {
        if out.chars().count() >= max {
            out.push('…');
            break;
        }
        // Format characters (bidirectional overrides, zero width) and controls would let a server forge what a log shows.
        let c = if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}') {
            ' '
        } else {
            c
        };
        if c == ' ' && space {
            continue;
        }
        space = c == ' ';
        out.push(c);
    }
    out
}

/// Letters and digits that nobody guesses.
pub(crate) fn random_word(length: usize) -> String {
    use rand::RngExt as _;
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(rng.sample(rand::distr::Alphanumeric))).collect()
}

/// The URL as it may be shown: no user name, password or fragment, and the values of query parameters that look like secrets hidden.
pub(crate) fn shown_url(url: &Url) -> String {
    let mut shown = url.clone();
    // Both only fail for URLs without a host, which have no user name either.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_fragment(None);
    if shown.query().is_some_and(|q| !q.is_empty()) {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(k, v)| (k.to_string(), if is_secret_name(&k) { "***".to_owned() } else { v.to_string() }))
            .collect();
        if pairs.iter().any(|(_, v)| v == "***") {
            let text: Vec<String> = pairs
                .iter()
                .map(|(k, v)| if v.is_empty() { k.clone() } else { format!("{k}={v}") })
                .collect();
            shown.set_query(Some(&text.join("&")));
        }
    }
    plain(shown.as_str(), 300)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_server_cannot_forge_lines_or_hide_itself() {
        assert_eq!(plain(" a\r\nb\u{202e}c\u{1b}[31m ", 80), "a b c [31m");
        assert_eq!(plain(&"x".repeat(50), 10), format!("{}…", "x".repeat(10)));
    }

    #[test]
    fn a_shown_url_keeps_no_secret() {
        let url: Url = "https://u:p@h.example/mcp?api_key=s3cret&team=a#f".parse().expect("a URL");
        assert_eq!(shown_url(&url), "https://h.example/mcp?api_key=***&team=a");
    }
}
