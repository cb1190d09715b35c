//! Are session ids worth something? Two handshakes give two ids to compare; one session is used without credentials, one after its
//! end, one that never was.

use super::{Checked, Looking, Outcome, is_refusal};
use crate::ConnectError;
use crate::ledger::Purpose;
use crate::listing::{Extent, fact};
use crate::text::random_word;
use crate::wire::Manner;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}"#;
/// Fewer bits than this can be guessed (OWASP session management: 64 bits of entropy).
const ENOUGH_BITS: u32 = 64;
/// Two ids that are this near follow each other.
const NEAR: u128 = 4096;

impl Looking<'_> {
    pub(super) async fn sessions(&mut self) -> Checked {
        if self.wire.ledger().sessions().is_empty() {
            return Ok(Outcome::NotApplicable("the server opens no sessions"));
        }
        self.second_session().await?;
        let sessions = self.wire.ledger().sessions();
        let ids: Vec<&str> = sessions.iter().map(|s| s.id.as_str()).collect();
        for (why, detail) in weaknesses(&ids) {
            self.facts
                .push(fact("weak_session_id", [("why", json!(why)), ("detail", json!(detail))]));
        }
        if let Some(ended) = sessions.iter().rfind(|s| s.ended)
            && self.lists_in(&ended.id).await?
        {
            self.facts.push(fact("session_survives_its_end", []));
        }
        if self.lists_in(&format!("mcp-hub-check-{}", random_word(22))).await? {
            self.facts.push(fact("invented_session_accepted", []));
        }
        Ok(Outcome::Done)
    }

    /// Opens another session and, where that says something, goes on in it without credentials.
    async fn second_session(&mut self) -> Result<(), ConnectError> {
        if self.bare_is_refused != Some(true) {
            self.again(Manner::of(Purpose::Sessions), Extent::Nothing).await?;
            return Ok(());
        }
        let manner = Manner {
            bare_after_handshake: true,
            ..Manner::of(Purpose::Sessions)
        };
        match self.again(manner, Extent::Tools).await {
            Ok(seen) if !seen.tools.is_empty() => {
                self.facts
                    .push(fact("session_replaces_credentials", [("tools", json!(seen.tools.len()))]));
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) if is_refusal(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn lists_in(&self, id: &str) -> Result<bool, ConnectError> {
        let Ok(value) = HeaderValue::from_str(id) else { return Ok(false) };
        let mut headers = HeaderMap::new();
        headers.insert(SESSION, value);
        match self.post(Purpose::Sessions, "a list in another session", LIST, headers).await {
            Ok(said) => Ok(said.is_result()),
            Err(ConnectError::TimedOut { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// What is weak about these ids of one server, each with what shows it. The ids themselves are not shown.
fn weaknesses(ids: &[&str]) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let (Some(first), true) = (ids.first(), ids.len() > 1) else {
        return found;
    };
    if ids.iter().all(|id| id == first) {
        found.push(("shared", format!("{} handshakes got the same id", ids.len())));
        return found;
    }
    let (start, end) = common(ids);
    let parts: Vec<&str> = ids.iter().map(|id| &id[start..id.len() - end]).collect();
    if let Some(step) = largest_step(&parts) {
        found.push(("sequential", format!("one id follows the other, at a distance of {step}")));
        return found;
    }
    let length = parts.iter().map(|p| p.len()).max().unwrap_or(0);
    // Random ids share a character here or there: those still count as drawn.
    let drawn = length + if start + end <= 2 { start + end } else { 0 };
    let bits = bits(&ids.concat(), drawn);
    if bits < ENOUGH_BITS {
        found.push(("short", format!("at most {bits} bits differ from one id to the next")));
    }
    found
}

/// How many bytes all ids have in common at their beginning and end.
fn common(ids: &[&str]) -> (usize, usize) {
    let shortest = ids.iter().map(|id| id.len()).min().unwrap_or(0);
    let first = ids[0].as_bytes();
    let start = (0..shortest)
        .take_while(|&i| ids.iter().all(|id| id.as_bytes()[i] == first[i]))
        .count();
    let from_end = |id: &str, i: usize| id.as_bytes()[id.len() - 1 - i];
    let end = (0..shortest - start)
        .take_while(|&i| ids.iter().all(|id| from_end(id, i) == from_end(ids[0], i)))
        .count();
    (start, end)
}

/// The largest distance between neighbours, where all parts are numbers that near each other.
fn largest_step(parts: &[&str]) -> Option<u128> {
    let decimal = parts.iter().all(|p| p.len() <= 38 && p.bytes().all(|b| b.is_ascii_digit()));
    let radix = if decimal { 10 } else { 16 };
    let numbers: Option<Vec<u128>> = parts
        .iter()
        .map(|p| {
            if p.is_empty() {
                Some(0)
            } else {
                u128::from_str_radix(p, radix).ok()
            }
        })
        .collect();
    let largest = numbers?.windows(2).map(|w| w[0].abs_diff(w[1])).max()?;
    // A part of one or two characters in the middle of a long id is no counter but luck.
    let whole = parts.iter().map(|p| p.len()).max().unwrap_or(0);
    (largest <= NEAR && whole <= 38).then_some(largest)
}

/// How many bits `length` characters of the alphabet that `sample` shows can hold.
fn bits(sample: &str, length: usize) -> u32 {
    let has = |test: fn(&u8) -> bool| sample.as_bytes().iter().any(test);
    let hexadecimal = sample.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let per_character = if sample.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        3.32
    } else if hexadecimal {
        4.0
    } else if has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) {
        5.95
    } else {
        5.17
    };
    // Lengths are bounded where ids are received.
    (length as f64 * per_character) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(ids: &[&str]) -> Vec<&'static str> {
        weaknesses(ids).into_iter().map(|(why, _)| why).collect()
    }

    #[test]
    fn ids_that_can_be_guessed_are_weak_and_random_ones_are_not() {
        assert_eq!(why(&["session", "session"]), ["shared"]);
        assert_eq!(why(&["1", "2"]), ["sequential"]);
        assert_eq!(why(&["session-000017", "session-000018"]), ["sequential"]);
        assert_eq!(why(&["1764000000123", "1764000000911"]), ["sequential"]);
        assert_eq!(why(&["a3f1c29b", "77e0d14a"]), ["short"]);
        assert_eq!(why(&["s-4821", "s-9310"]), ["short"]);
        for strong in [
            ["7d444840-9dc0-11d1-b245-5ffdce74fad2", "e58ed763-928c-4155-bee9-fdbaaadc15f3"],
            ["0123456789abcdef0123456789abcdef", "0fedcba9876543210fedcba987654321"],
            ["V1StGXR8_Z5jdHi6B-myT", "W3StAbc8_Z5jdHi6B-qqT"],
            ["01JG9Z6K5N8Q2VTR4M7WX3YACD", "01JG9Z6K9TB4HSE1PFV0CJ6KQN"],
        ] {
            assert_eq!(why(&strong), Vec::<&str>::new(), "{strong:?}");
        }
        assert_eq!(why(&["only-one"]), Vec::<&str>::new());
    }
}
