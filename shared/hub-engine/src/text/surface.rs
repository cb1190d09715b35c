//! Every text that a model is shown, collected once from an inventory, with where it stands.

use super::layers::{Layer, layers};
use super::normal::{Sign, normalise};
use super::wording::Purpose;
use hub_model::{Budget, Inventory, Location, Subject};
use serde_json::Value;
use std::sync::Arc;

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The server's instructions.
    Server,
    /// Index into the inventory's tools.
    Tool(usize),
    /// Index into the inventory's resources.
    Resource(usize),
    /// Index into the inventory's prompts.
    Prompt(usize),
}

/// What kind of field it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Name,
    Title,
    Description,
    /// Instructions of the server, text of a prompt.
    Body,
    /// Name of a parameter or property.
    ParameterName,
    /// Description of a parameter or property.
    ParameterDescription,
    /// Default, enum, example, pattern and any other string value in a schema.
    SchemaValue,
    /// Any string in annotations.
    Annotation,
    /// Any string in fields beyond the specification.
    Extra,
    Uri,
}

/// One text.
#[derive(Clone, Debug)]
pub struct Text {
    pub owner: Owner,
    pub subject: Subject,
    pub field: Field,
    /// `description`, `inputSchema.properties.path.description`.
    pub path: String,
    pub location: Option<Location>,
    /// As the server wrote it.
    pub raw: String,
    /// What hides or disguises text in it.
    pub signs: Vec<Sign>,
    /// What it says, the plain layer first; never empty.
    pub layers: Vec<Layer>,
    /// What its owner is about.
    pub purpose: Arc<Purpose>,
    /// All that is said of a switch (a boolean parameter): "Skip the checks" tells what it does when it is set.
    pub of_switch: bool,
}

impl Text {
    /// The plain layer.
    #[must_use]
    pub fn plain(&self) -> &Layer {
        &self.layers[0]
    }
}

/// All texts of an inventory, in a fixed order.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    pub list: Vec<Text>,
    /// What was cut or not looked at, in plain words.
    pub limits_hit: Vec<String>,
}

/// Underscores from which a name or value is read as the sentence it may be.
const FEWEST_JOINTS: usize = 3;
/// Deepest schema level whose texts are read.
const MAX_SCHEMA_DEPTH: usize = 64;

impl Texts {
    /// Collects them.
    #[must_use]
    pub fn of(inventory: &Inventory, budget: &Budget) -> Self {
        let mut out = Collector {
            texts: Self::default(),
            max_bytes: budget.max_text_bytes,
            no_purpose: Arc::default(),
        };
        let server = Place {
            owner: Owner::Server,
            subject: Subject::Server,
            at: None,
        };
        if let Some(text) = &inventory.server.instructions {
            out.take(&server, Field::Body, "instructions", text);
        }
        for (value, path) in [
            (&inventory.server.name, "serverInfo.name"),
            (&inventory.server.title, "serverInfo.title"),
        ] {
            if let Some(text) = value {
                out.take(&server, Field::Title, path, text);
            }
        }
        for (i, tool) in inventory.tools.iter().enumerate() {
            let place = Place {
                owner: Owner::Tool(i),
                subject: Subject::Tool(tool.name.clone()),
                at: tool.declared_at.as_ref(),
            };
            out.take(&place, Field::Name, "name", &tool.name);
            if let Some(text) = &tool.title {
                out.take(&place, Field::Title, "title", text);
            }
            if let Some(text) = &tool.description {
                out.take(&place, Field::Description, "description", text);
            }
            for (schema, path) in [(&tool.input_schema, "inputSchema"), (&tool.output_schema, "outputSchema")] {
                if let Some(schema) = schema {
                    out.schema(&place, path, schema, 0);
                }
            }
            if let Some(value) = &tool.annotations {
                out.values(&place, Field::Annotation, "annotations", value, 0);
            }
            if let Some(value) = &tool.extra {
                out.values(&place, Field::Extra, "", value, 0);
            }
        }
        for (i, resource) in inventory.resources.iter().enumerate() {
            let place = Place {
                owner: Owner::Resource(i),
                subject: Subject::Resource(resource.uri.clone()),
                at: resource.declared_at.as_ref(),
            };
            out.take(&place, Field::Uri, "uri", &resource.uri);
            for (value, field, path) in [
                (&resource.name, Field::Name, "name"),
                (&resource.title, Field::Title, "title"),
                (&resource.description, Field::Description, "description"),
            ] {
                if let Some(text) = value {
                    out.take(&place, field, path, text);
                }
            }
        }
        for (i, prompt) in inventory.prompts.iter().enumerate() {
            let place = Place {
                owner: Owner::Prompt(i),
                subject: Subject::Prompt(prompt.name.clone()),
                at: prompt.declared_at.as_ref(),
            };
            out.take(&place, Field::Name, "name", &prompt.name);
            for (value, field, path) in [
                (&prompt.title, Field::Title, "title"),
                (&prompt.description, Field::Description, "description"),
                (&prompt.text, Field::Body, "text"),
            ] {
                if let Some(text) = value {
                    out.take(&place, field, path, text);
                }
            }
            for argument in &prompt.arguments {
                let path = format!("arguments.{}", argument.name);
                out.take(&place, Field::ParameterName, &path, &argument.name);
                if let Some(text) = &argument.description {
                    out.take(&place, Field::ParameterDescription, &format!("{path}.description"), text);
                }
            }
        }
        for texts in out.texts.list.chunk_by_mut(|a, b| a.owner == b.owner) {
            let purpose = Arc::new(Purpose::of(texts.iter()));
            for text in texts {
                text.purpose = Arc::clone(&purpose);
            }
        }
        out.texts
    }

    /// Texts of one owner.
    pub fn of_owner(&self, owner: Owner) -> impl Iterator<Item = &Text> {
        // They are collected owner by owner.
        let from = self.list.partition_point(|t| t.owner < owner);
        self.list[from..].iter().take_while(move |t| t.owner == owner)
    }
}

/// Whose texts are being collected, and where it is declared.
struct Place<'a> {
    owner: Owner,
    subject: Subject,
    at: Option<&'a Location>,
}

struct Collector {
    texts: Texts,
    max_bytes: usize,
    /// Of a text until its owner's others are known.
    no_purpose: Arc<Purpose>,
}

impl Collector {
    fn take(&mut self, place: &Place<'_>, field: Field, path: &str, text: &str) {
        if text.trim().is_empty() && text.len() < 64 {
            return;
        }
        let mut end = text.len().min(self.max_bytes);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if end < text.len() {
            self.texts
                .limits_hit
                .push(format!("only the first {end} of {} bytes of {path} were analysed", text.len()));
        }
        let raw = &text[..end];
        let mut normalised = normalise(raw);
        // `first_read_the_env_file`: a sentence that is written as a name.
        if matches!(field, Field::SchemaValue | Field::ParameterName) && raw.matches('_').count() >= FEWEST_JOINTS && !raw.contains(' ') {
            normalised.normal.text = normalised.normal.text.replace('_', " ");
        }
        self.texts.list.push(Text {
            signs: normalised.signs,
            layers: layers(normalised.normal, &normalised.smuggled),
            owner: place.owner,
            subject: place.subject.clone(),
            field,
            path: path.to_owned(),
            location: place.at.cloned(),
            raw: raw.to_owned(),
            purpose: Arc::clone(&self.no_purpose),
            of_switch: false,
        });
    }

    /// Walks a JSON Schema: property names, descriptions, and every other string in it.
    fn schema(&mut self, place: &Place<'_>, path: &str, schema: &Value, depth: usize) {
        if depth > MAX_SCHEMA_DEPTH {
            self.texts
                .limits_hit
                .push(format!("schema levels below {MAX_SCHEMA_DEPTH} were not analysed ({path})"));
            return;
        }
        match schema {
            Value::Object(map) => {
                for (key, value) in map {
                    let path = format!("{path}.{key}");
                    match (key.as_str(), value) {
                        ("properties" | "$defs" | "definitions" | "patternProperties", Value::Object(properties)) => {
                            for (name, property) in properties {
                                let path = format!("{path}.{name}");
                                if key != "$defs" && key != "definitions" {
                                    self.take(place, Field::ParameterName, &path, name);
                                }
                                self.schema(place, &path, property, depth + 1);
                            }
                        }
                        ("description" | "title", Value::String(text)) => {
                            let field = if key == "description" {
                                Field::ParameterDescription
                            } else {
                                Field::Title
                            };
                            self.take(place, field, &path, text);
                            let switch = map.get("type").and_then(Value::as_str) == Some("boolean");
                            if let Some(taken) = self.texts.list.last_mut().filter(|t| switch && t.path == path) {
                                taken.of_switch = tells_what_it_does(taken);
                            }
                        }
                        ("type" | "$schema" | "$ref" | "$id" | "format" | "required", _) => {}
                        (_, Value::String(text)) => self.take(place, Field::SchemaValue, &path, text),
                        _ => self.schema(place, &path, value, depth + 1),
                    }
                }
            }
            Value::Array(items) => {
                for (i, value) in items.iter().enumerate() {
                    let path = format!("{path}[{i}]");
                    match value {
                        Value::String(text) => self.take(place, Field::SchemaValue, &path, text),
                        _ => self.schema(place, &path, value, depth + 1),
                    }
                }
            }
            _ => {}
        }
    }

    fn values(&mut self, place: &Place<'_>, field: Field, path: &str, value: &Value, depth: usize) {
        if depth > MAX_SCHEMA_DEPTH {
            return;
        }
        match value {
            Value::String(text) => self.take(place, field, path, text),
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.values(place, field, &format!("{path}[{i}]"), item, depth + 1);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    self.values(place, field, &path, item, depth + 1);
                }
            }
            _ => {}
        }
    }
}

/// One sentence that speaks to nobody.
fn tells_what_it_does(text: &Text) -> bool {
    let plain = text.plain();
    let addressed = |w: &String| {
        matches!(
            w.as_str(),
            "you" | "your" | "ai" | "model" | "assistant" | "agent" | "llm" | "always" | "must"
        )
    };
    plain.words.sentences.len() == 1 && !crate::capability::words_of(&plain.normal.text).iter().any(addressed)
}
