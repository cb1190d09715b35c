//! A saved listing as a surface: what a client, an inspector or a test run wrote down.

use crate::tap::{self, MAX_DEPTH};
use crate::{ConnectError, ConnectLimits};
use hub_model::{Surface, Transport};
use serde_json::Value;

/// The surface of a saved `tools/list` answer.
///
/// Accepted: the result object (`tools`, perhaps with `prompts`, `resources`, `resourceTemplates`, `instructions`,
/// `serverInfo`, `capabilities`, `protocolVersion`), the same inside a JSON-RPC answer (`result`), an array of such
/// answers, or a bare array of tools. A tool without a description is no error. `name` is shown as the endpoint.
/// The text is counted before it is parsed: it may come from anywhere, and JSON takes many times its text in memory.
///
/// # Errors
/// [`ConnectError::NotAListing`] says what is missing; [`ConnectError::TooManyValues`]; [`ConnectError::TooDeep`].
pub fn surface_from_listing(text: &[u8], name: &str, limits: &ConnectLimits) -> Result<Surface, ConnectError> {
    let listing = tap::parse(text, "tools/list as it was saved", limits.max_json_nodes, MAX_DEPTH).map_err(|e| match e {
        ConnectError::Malformed { why, .. } => ConnectError::NotAListing(format!("it is no JSON ({why})")),
        other => other,
    })?;
    let mut surface = Surface {
        endpoint: name.to_owned(),
        transport: Transport::File,
        protocol_version: None,
        server_info: None,
        instructions: None,
        capabilities: None,
        tools: Vec::new(),
        prompts: Vec::new(),
        resources: Vec::new(),
        resource_templates: Vec::new(),
        expected_tools: None,
        published: None,
        facts: Vec::new(),
        warnings: Vec::new(),
    };
    let answers: Vec<&Value> = match &listing {
        Value::Array(items) if items.iter().any(is_answer) => items.iter().collect(),
        Value::Array(tools) => {
            surface.tools = objects(tools, "the array of tools")?;
            return Ok(surface);
        }
        Value::Object(_) => vec![&listing],
        _ => return Err(ConnectError::NotAListing("it is neither an object nor an array".to_owned())),
    };
    let mut found = false;
    for answer in answers {
        if let Some(error) = answer.get("error").filter(|e| e.is_object()) {
            let message = error.get("message").and_then(Value::as_str).unwrap_or("no message");
            return Err(ConnectError::NotAListing(format!(
                "it is an error answer (`{}`)",
                crate::text::plain(message, 120)
            )));
        }
        found |= merge(answer.get("result").filter(|r| r.is_object()).unwrap_or(answer), &mut surface)?;
    }
    if found {
        Ok(surface)
    } else {
        Err(ConnectError::NotAListing(
            "it has none of `tools`, `prompts`, `resources`, `resourceTemplates`".to_owned(),
        ))
    }
}

/// An answer rather than a tool: JSON-RPC around it, or one of the lists in it. A tool always has a `name`.
fn is_answer(value: &Value) -> bool {
    value.get("name").is_none()
        && ["result", "error", "tools", "prompts", "resources", "resourceTemplates"]
            .iter()
            .any(|k| value.get(k).is_some())
}

fn merge(result: &Value, surface: &mut Surface) -> Result<bool, ConnectError> {
    let mut found = false;
    for (key, list) in [
        ("tools", &mut surface.tools),
        ("prompts", &mut surface.prompts),
        ("resources", &mut surface.resources),
        ("resourceTemplates", &mut surface.resource_templates),
    ] {
        match result.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                found = true;
                list.extend(objects(items, &format!("`{key}`"))?);
            }
            Some(_) => return Err(ConnectError::NotAListing(format!("`{key}` is no array"))),
        }
    }
    if let Some(Value::String(next)) = result.get("nextCursor")
        && !next.is_empty()
    {
        surface
            .warnings
            .push("the saved listing has a nextCursor: it is only one page of the list".to_owned());
    }
    let text = |key: &str| result.get(key).and_then(Value::as_str).map(str::to_owned);
    if let Some(instructions) = text("instructions") {
        surface.instructions = Some(instructions);
    }
    if let Some(version) = text("protocolVersion") {
        surface.protocol_version = Some(crate::text::plain(&version, 40));
    }
    for (key, place) in [
        ("serverInfo", &mut surface.server_info),
        ("capabilities", &mut surface.capabilities),
    ] {
        if let Some(value) = result.get(key).filter(|v| v.is_object()) {
            *place = Some(value.clone());
        }
    }
    Ok(found)
}

fn objects(items: &[Value], place: &str) -> Result<Vec<Value>, ConnectError> {
    match items.iter().position(|item| !item.is_object()) {
        Some(at) => Err(ConnectError::NotAListing(format!("element {at} of {place} is no object"))),
        None => Ok(items.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(listing: &Value) -> Result<Surface, ConnectError> {
        surface_from_listing(listing.to_string().as_bytes(), "saved.json", &ConnectLimits::default())
    }

    fn tools(listing: &Value) -> Vec<String> {
        let surface = read(listing).unwrap_or_else(|e| panic!("{listing}: {e}"));
        surface.tools.iter().map(|t| t["name"].as_str().unwrap_or("?").to_owned()).collect()
    }

    #[test]
    fn every_usual_way_to_save_a_listing_is_read() {
        let tool = json!({"name": "a", "inputSchema": {"type": "object"}});
        for listing in [
            json!([tool]),
            json!({"tools": [tool]}),
            json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": [tool]}}),
            json!([{"jsonrpc": "2.0", "id": 0, "result": {"serverInfo": {"name": "s"}, "instructions": "i"}}, {"jsonrpc": "2.0", "id": 1, "result": {"tools": [tool]}}]),
            json!({"serverInfo": {"name": "s"}, "tools": [tool], "prompts": [], "resources": [{"uri": "x:"}], "resourceTemplates": null}),
        ] {
            assert_eq!(tools(&listing), ["a"]);
        }
        assert_eq!(tools(&json!([])), Vec::<String>::new());
    }

    #[test]
    fn all_parts_arrive_and_a_single_page_is_said_to_be_one() {
        let listing = json!({"tools": [], "prompts": [{"name": "p"}], "resources": [{"uri": "r:"}], "resourceTemplates": [{"uriTemplate": "t:"}],
            "instructions": "be good", "serverInfo": {"name": "s", "x": 1}, "protocolVersion": "2025-06-18", "nextCursor": "2"});
        let s = read(&listing).expect("a listing");
        assert_eq!((s.prompts.len(), s.resources.len(), s.resource_templates.len()), (1, 1, 1));
        assert_eq!(
            (s.instructions.as_deref(), s.protocol_version.as_deref(), s.endpoint.as_str()),
            (Some("be good"), Some("2025-06-18"), "saved.json")
        );
        assert_eq!(s.server_info, Some(json!({"name": "s", "x": 1})));
        assert_eq!(s.warnings.len(), 1);
    }

    #[test]
    fn a_listing_of_too_many_values_or_levels_is_refused_before_it_costs_anything() {
        let limits = ConnectLimits {
            max_json_nodes: 1_000,
            ..ConnectLimits::default()
        };
        let many = format!("[{}0]", "0,".repeat(2_000));
        let error = surface_from_listing(many.as_bytes(), "f", &limits).expect_err("too many values");
        assert!(matches!(error, ConnectError::TooManyValues { limit: 1_000, .. }), "{error}");
        // 123 levels this program could read itself, and the one that analyses could not: the surface adds its own.
        for levels in [500, 123] {
            let inner = levels - 2;
            let deep = format!(r#"[{{"name":"a","x":{}{}}}]"#, "[".repeat(inner), "]".repeat(inner));
            let error = surface_from_listing(deep.as_bytes(), "f", &limits).expect_err("too deep");
            assert!(matches!(error, ConnectError::TooDeep { limit: MAX_DEPTH, .. }), "{levels}: {error}");
        }
        let inner = MAX_DEPTH - 2;
        let deep = format!(r#"[{{"name":"a","x":{}{}}}]"#, "[".repeat(inner), "]".repeat(inner));
        let surface = surface_from_listing(deep.as_bytes(), "f", &limits).expect("as deep as may be");
        let passed_on = serde_json::to_vec(&surface).expect("JSON");
        assert!(
            serde_json::from_slice::<Surface>(&passed_on).is_ok(),
            "what is taken can be read again"
        );
    }

    #[test]
    fn what_is_no_listing_says_why() {
        for (listing, why) in [
            (json!("x"), "neither"),
            (json!({"hello": 1}), "none of"),
            (json!({"tools": {}}), "no array"),
            (json!({"tools": [1]}), "element 0"),
            (json!({"jsonrpc": "2.0", "error": {"code": -1, "message": "nope"}}), "nope"),
        ] {
            let error = read(&listing).expect_err("no listing").to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
