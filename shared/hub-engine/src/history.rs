//! What changed in what a server shows, between an earlier scan and this one.

use hub_model::{Digest, Inventory, PackageFacts, Prompt, Resource, Tool};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Longest text of one side of a change, in characters.
const MAX_SHOWN_CHARS: usize = 600;
/// Words of each text that are compared one by one; what differs beyond is told as one piece.
const MAX_WORDS: usize = 2_000;
/// How deep schemas are compared member by member.
const MAX_DEPTH: usize = 24;

/// The same server, as it was.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Earlier {
    /// What the earlier report is called, for people: a scan's id or a file name.
    pub name: String,
    pub inventory: Inventory,
    /// Commit, package version, or what the live server called its version.
    pub source_version: String,
    pub artifact_digest: Option<Digest>,
    /// Where its source came from: `npm:pkg`, a repository's URL.
    pub origin: Option<String>,
    /// What the registry said of it.
    #[serde(default)]
    pub package: Option<PackageFacts>,
}

/// What kind of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    Tool,
    Resource,
    Prompt,
    /// The server's own name and instructions.
    Server,
}

/// One item whose definition is another one now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redefined {
    pub kind: ItemKind,
    pub name: String,
    pub old_hash: Option<Digest>,
    pub new_hash: Option<Digest>,
    pub changes: Vec<FieldChange>,
    /// Kinds of capability it did not have before.
    pub new_capabilities: Vec<String>,
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// `description`, `inputSchema.properties.path`.
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// For texts: what was taken out and put in, in context: `Adds [-two-] {+three+} numbers`.
    pub diff: Option<String>,
}

/// An item by its kind and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemName {
    pub kind: ItemKind,
    pub name: String,
}

/// All that changed between two inventories.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    pub added: Vec<ItemName>,
    pub removed: Vec<ItemName>,
    pub redefined: Vec<Redefined>,
}

impl Changes {
    /// Compares item by item; an item is the same one when kind and name (of a resource: URI) are.
    #[must_use]
    pub fn between(old: &Inventory, new: &Inventory) -> Self {
        let mut out = Self::default();
        out.compare(
            ItemKind::Tool,
            items(&old.tools, |t| &t.name, tool),
            items(&new.tools, |t| &t.name, tool),
        );
        out.compare(
            ItemKind::Resource,
            items(&old.resources, |r| &r.uri, resource),
            items(&new.resources, |r| &r.uri, resource),
        );
        out.compare(
            ItemKind::Prompt,
            items(&old.prompts, |p| &p.name, prompt),
            items(&new.prompts, |p| &p.name, prompt),
        );
        let server = |i: &Inventory| {
            let mut map = Map::new();
            put(&mut map, "instructions", i.server.instructions.as_ref());
            map
        };
        let mut changes = Vec::new();
        differ("", &Value::Object(server(old)), &Value::Object(server(new)), 0, &mut changes);
        if !changes.is_empty() {
            out.redefined.push(Redefined {
                kind: ItemKind::Server,
                name: new.server.name.clone().unwrap_or_default(),
                old_hash: None,
                new_hash: None,
                changes,
                new_capabilities: Vec::new(),
            });
        }
        out
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.redefined.is_empty()
    }

    fn compare(&mut self, kind: ItemKind, mut old: BTreeMap<&str, Item>, new: BTreeMap<&str, Item>) {
        for (name, now) in new {
            let Some(before) = old.remove(name) else {
                self.added.push(ItemName {
                    kind,
                    name: name.to_owned(),
                });
                continue;
            };
            if before.hash == now.hash {
                continue;
            }
            let mut changes = Vec::new();
            differ("", &Value::Object(before.fields), &Value::Object(now.fields), 0, &mut changes);
            self.redefined.push(Redefined {
                kind,
                name: name.to_owned(),
                old_hash: Some(before.hash),
                new_hash: Some(now.hash),
                changes,
                new_capabilities: now.capabilities.into_iter().filter(|c| !before.capabilities.contains(c)).collect(),
            });
        }
        self.removed.extend(old.into_keys().map(|name| ItemName {
            kind,
            name: name.to_owned(),
        }));
    }
}

struct Item {
    hash: Digest,
    fields: Map<String, Value>,
    capabilities: Vec<String>,
}

/// The first item of each name: a second one is another rule's business.
fn items<'i, T>(list: &'i [T], name: impl Fn(&'i T) -> &'i String, item: impl Fn(&'i T) -> Item) -> BTreeMap<&'i str, Item> {
    let mut out = BTreeMap::new();
    for entry in list {
        out.entry(name(entry).as_str()).or_insert_with(|| item(entry));
    }
    out
}

fn put<T: Serialize>(map: &mut Map<String, Value>, name: &str, value: Option<T>) {
    if let Some(value) = value
        && let Ok(value) = serde_json::to_value(value)
        && !value.is_null()
    {
        map.insert(name.to_owned(), value);
    }
}

fn tool(t: &Tool) -> Item {
    let mut fields = Map::new();
    put(&mut fields, "title", t.title.as_ref());
    put(&mut fields, "description", t.description.as_ref());
    put(&mut fields, "inputSchema", t.input_schema.as_ref());
    put(&mut fields, "outputSchema", t.output_schema.as_ref());
    put(&mut fields, "annotations", t.annotations.as_ref());
    Item {
        hash: t.definition_hash(),
        fields,
        capabilities: t.capabilities.iter().map(|c| c.kind.clone()).collect(),
    }
}

fn resource(r: &Resource) -> Item {
    let mut fields = Map::new();
    put(&mut fields, "name", r.name.as_ref());
    put(&mut fields, "title", r.title.as_ref());
    put(&mut fields, "description", r.description.as_ref());
    put(&mut fields, "mimeType", r.mime_type.as_ref());
    put(&mut fields, "annotations", r.annotations.as_ref());
    Item {
        hash: r.definition_hash(),
        fields,
        capabilities: Vec::new(),
    }
}

fn prompt(p: &Prompt) -> Item {
    let mut fields = Map::new();
    put(&mut fields, "title", p.title.as_ref());
    put(&mut fields, "description", p.description.as_ref());
    put(&mut fields, "arguments", Some(&p.arguments));
    Item {
        hash: p.definition_hash(),
        fields,
        capabilities: Vec::new(),
    }
}

fn differ(at: &str, old: &Value, new: &Value, depth: usize, out: &mut Vec<FieldChange>) {
    if old == new {
        return;
    }
    let step = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    if let (Value::Object(a), Value::Object(b)) = (old, new)
        && depth < MAX_DEPTH
    {
        for (name, was) in a {
            match b.get(name) {
                Some(is) => differ(&step(name), was, is, depth + 1, out),
                None => out.push(change(step(name), Some(was), None)),
            }
        }
        for (name, is) in b.iter().filter(|(name, _)| !a.contains_key(*name)) {
            out.push(change(step(name), None, Some(is)));
        }
        return;
    }
    let mut change = change(at.to_owned(), Some(old), Some(new));
    if let (Value::String(a), Value::String(b)) = (old, new) {
        change.diff = Some(word_diff(a, b));
    }
    out.push(change);
}

fn change(field: String, old: Option<&Value>, new: Option<&Value>) -> FieldChange {
    let text = |v: &Value| match v {
        Value::String(s) => cut(s),
        other => cut(&other.to_string()),
    };
    FieldChange {
        field,
        old: old.map(text),
        new: new.map(text),
        diff: None,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What was taken out (`[-…-]`) and put in (`{+…+}`), word by word, with a few words around each change.
#[must_use]
pub fn word_diff(old: &str, new: &str) -> String {
    let a: Vec<&str> = old.split_whitespace().collect();
    let b: Vec<&str> = new.split_whitespace().collect();
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a[start..]
        .iter()
        .rev()
        .zip(b[start..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (gone, come) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    let mut out = Vec::new();
    if start > 0 {
        let from = start.saturating_sub(6);
        out.push(format!("{}{}", if from > 0 { "… " } else { "" }, a[from..start].join(" ")));
    }
    if gone.len() * come.len() <= MAX_WORDS * 200 {
        pieces(gone, come, &mut out);
    } else {
        piece(gone, come, &mut out);
    }
    if end > 0 {
        let tail = &a[a.len() - end..];
        out.push(format!(
            "{}{}",
            tail[..tail.len().min(6)].join(" "),
            if tail.len() > 6 { " …" } else { "" }
        ));
    }
    if gone.is_empty() && come.is_empty() {
        out.push("only white space differs".to_owned());
    }
    cut(&out.join(" "))
}

/// Longest common subsequence of words; both sides are bounded by the caller.
fn pieces(a: &[&str], b: &[&str], out: &mut Vec<String>) {
    let width = b.len() + 1;
    let mut best = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            best[i * width + j] = if a[i] == b[j] {
                best[(i + 1) * width + j + 1] + 1
            } else {
                best[(i + 1) * width + j].max(best[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut gone, mut come, mut same): (Vec<&str>, Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new(), Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            if !gone.is_empty() || !come.is_empty() {
                piece(&gone, &come, out);
                gone.clear();
                come.clear();
            }
            same.push(a[i]);
            i += 1;
            j += 1;
            continue;
        }
        if !same.is_empty() {
            out.push(if same.len() > 12 {
                format!("{} … {}", same[..6].join(" "), same[same.len() - 6..].join(" "))
            } else {
                same.join(" ")
            });
            same.clear();
        }
        if j >= b.len() || i < a.len() && best[(i + 1) * width + j] >= best[i * width + j + 1] {
            gone.push(a[i]);
            i += 1;
        } else {
            come.push(b[j]);
            j += 1;
        }
    }
    if !gone.is_empty() || !come.is_empty() {
        piece(&gone, &come, out);
    }
    if !same.is_empty() {
        out.push(same.join(" "));
    }
}

fn piece(gone: &[&str], come: &[&str], out: &mut Vec<String>) {
    if !gone.is_empty() {
        out.push(format!("[-{}-]", gone.join(" ")));
    }
    if !come.is_empty() {
        out.push(format!("{{+{}+}}", come.join(" ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hub_model::Discovered;
    use serde_json::json;

    #[test]
    fn a_text_change_reads_as_words_taken_out_and_put_in() {
        assert_eq!(
            word_diff("Adds two numbers.", "Adds three numbers."),
            "Adds [-two-] {+three+} numbers."
        );
        assert_eq!(
            word_diff("Reads a file.", "Reads a file. Always send it."),
            "Reads a file. {+Always send it.+}"
        );
        assert_eq!(word_diff("a b c d", "a x c y"), "a [-b-] {+x+} c [-d-] {+y+}");
        assert_eq!(word_diff("a b", "a  b"), "a b only white space differs");
    }

    #[test]
    fn a_long_text_is_compared_in_bounded_time() {
        let old = "word ".repeat(200_000);
        let new = format!("first {old} last other");
        assert!(word_diff(&old, &new).chars().count() <= MAX_SHOWN_CHARS + 1);
    }

    #[test]
    fn added_removed_and_redefined_items_are_told_apart() {
        let tool = |name: &str, description: &str| Tool {
            description: Some(description.to_owned()),
            input_schema: Some(json!({"type": "object", "properties": {"a": {"type": "string"}}})),
            ..Tool::named(name, Discovered::Live, "live")
        };
        let old = Inventory {
            tools: vec![tool("same", "Same."), tool("gone", "Gone."), tool("other", "Adds two.")],
            ..Inventory::default()
        };
        let mut changed = tool("other", "Adds three.");
        changed.input_schema = Some(json!({"type": "object", "properties": {"a": {"type": "string"}, "notes": {"type": "string"}}}));
        let new = Inventory {
            tools: vec![tool("new", "New."), tool("same", "Same."), changed],
            ..Inventory::default()
        };
        let changes = Changes::between(&old, &new);
        assert_eq!(changes.added[0].name, "new");
        assert_eq!(changes.removed[0].name, "gone");
        let fields: Vec<&str> = changes.redefined[0].changes.iter().map(|c| c.field.as_str()).collect();
        assert_eq!(fields, ["description", "inputSchema.properties.notes"]);
        assert!(Changes::between(&new, &new).is_empty());
    }
}
