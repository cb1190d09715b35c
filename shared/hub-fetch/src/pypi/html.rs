//! The HTML form of an index's project page (PEP 503), for indexes that have no other.

use super::releases::IndexFile;
use serde_json::Value;
use std::collections::HashMap;

/// Reads the page's anchors: `<a href="URL#sha256=DIGEST" data-yanked="WHY">FILE NAME</a>`.
pub(super) fn read(page: &str) -> Vec<IndexFile> {
    let mut files = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let Some(end) = end_of_tag(rest) else { break };
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        let Some(attributes) = tag.strip_prefix(['a', 'A']).filter(|t| t.starts_with(char::is_whitespace)) else {
            continue;
        };
        let attributes = read_attributes(attributes);
        let Some(href) = attributes.get("href") else { continue };
        let (url, fragment) = href.split_once('#').unwrap_or((href, ""));
        let named = after.split('<').next().unwrap_or("").trim();
        let filename = if named.is_empty() {
            url.rsplit('/').next().unwrap_or(url).to_owned()
        } else {
            unescape(named)
        };
        let hashes: HashMap<String, String> = fragment
            .split_once('=')
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into_iter()
            .collect();
        // Its presence alone counts; its value is the reason.
        let yanked = if attributes.contains_key("data-yanked") {
            Value::Bool(true)
        } else {
            Value::Bool(false)
        };
        let provenance = attributes.get("data-provenance").map(|p| Value::String(p.clone()));
        files.push(IndexFile {
            filename,
            url: url.to_owned(),
            hashes,
            yanked,
            provenance,
            uploaded: None,
        });
    }
    files
}

/// Where a tag ends: at the first `>` outside quotes (`data-requires-python=">=3.8"` is often written unescaped).
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.char_indices().find_map(|(at, c)| {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if c == q => quote = None,
            _ => {}
        }
        None
    })
}

fn read_attributes(text: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quoted = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            (value, rest) = match quoted {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            };
            rest = rest.trim_start();
        }
        if end == 0 && value.is_empty() {
            // Neither a name nor a value: step over whatever it is.
            rest = rest.char_indices().nth(1).map_or("", |(at, _)| &rest[at..]);
            continue;
        }
        found.entry(name).or_insert_with(|| unescape(value));
    }
    found
}

fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x2B;", "+")
        .replace("&#43;", "+")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_read_whatever_their_style() {
        let page = "<!DOCTYPE html><html><body><h1>Links</h1>\n\
            <a href=\"../../files/x-1.0-py3-none-any.whl#sha256=abc\" data-requires-python=\">=3.8\">x-1.0-py3-none-any.whl</a><br>\n\
            <A class='f' HREF='https://f.example/x-0.9.tar.gz?a=1&amp;b=2' data-yanked>\n x-0.9.tar.gz </A><abbr href=\"no\">n</abbr><a name=top>top</a>";
        let files = read(page);
        let seen: Vec<_> = files
            .iter()
            .map(|f| (f.filename.as_str(), f.url.as_str(), f.sha256(), f.is_yanked()))
            .collect();
        assert_eq!(
            seen,
            [
                ("x-1.0-py3-none-any.whl", "../../files/x-1.0-py3-none-any.whl", Some("abc"), false),
                ("x-0.9.tar.gz", "https://f.example/x-0.9.tar.gz?a=1&b=2", None, true),
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_page_makes_it_panic_or_run_for_ever(page in "[<a =\"'>/hrefé&;#]{0,200}") {
            let _ = read(&page);
        }
    }
}
