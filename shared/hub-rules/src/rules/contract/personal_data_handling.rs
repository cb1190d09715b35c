use hub_engine::capability::words_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::Info;
use hub_model::{Confidence, EvidenceLevel, Subject, Tool};
use std::collections::BTreeMap;

declare_rule! {
    /// ## What it finds
    /// Which classes of personal data the tools take or give, by their names, parameters and first sentences. A fact about the server, told once; it counts against nobody.
    /// ## Why it matters
    /// Personal data that a model handles ends up in conversations, logs and other tools; who runs the server has to know which data that is.
    /// ## How to fix it
    /// Ask for the fewest fields that do the work, and say in the description what happens to them.
    /// ```json vulnerable
    /// {"tools": [{"name": "get_patient", "description": "Gets a patient's record with diagnosis and medication.", "inputSchema": {"type": "object", "properties": {"patient_id": {"type": "string"}}}}]}
    /// ```
    /// ```json vulnerable
    /// {"tools": [{"name": "create_customer", "description": "Creates a customer.", "inputSchema": {"type": "object", "properties": {"email": {"type": "string"}, "date_of_birth": {"type": "string"}}}}]}
    /// ```
    /// ```json safe
    /// {"tools": [{"name": "get_weather", "description": "Gets the weather.", "inputSchema": {"type": "object", "properties": {"location": {"type": "string"}, "address": {"type": "string", "description": "IP address of the sensor"}}}}]}
    /// ```
    /// ```json safe
    /// {"tools": [{"name": "add_card", "description": "Adds a card to a board.", "inputSchema": {"type": "object", "properties": {"name": {"type": "string"}}}}]}
    /// ```
    pub struct PersonalDataHandling { id: "personal-data-handling", title: "The tools handle personal data", category: Contract, severity: Info, classes: &["M20"], references: &["https://cwe.mitre.org/data/definitions/359.html"] }
}

/// Classes of personal data and the words, one behind the other, that name them.
const KINDS: &[(&str, &[&[&str]])] = &[
    (
        "contact data",
        &[
            &["email"],
            &["emails"],
            &["e", "mail"],
            &["phone"],
            &["telephone"],
            &["mobile", "number"],
            &["contact"],
            &["contacts"],
            &["postal", "address"],
            &["home", "address"],
            &["street", "address"],
            &["mailing", "address"],
        ],
    ),
    (
        "birth and person",
        &[
            &["birthday"],
            &["birthdate"],
            &["dob"],
            &["date", "of", "birth"],
            &["birth", "date"],
            &["gender"],
            &["nationality"],
            &["marital", "status"],
            &["maiden", "name"],
            &["first", "name"],
            &["last", "name"],
        ],
    ),
    (
        "identity papers and numbers",
        &[
            &["passport"],
            &["ssn"],
            &["social", "security"],
            &["national", "id"],
            &["tax", "id"],
            &["identity", "card"],
            &["driver", "licence"],
            &["driver", "license"],
            &["drivers", "license"],
        ],
    ),
    (
        "bank and card data",
        &[
            &["iban"],
            &["bank", "account"],
            &["card", "number"],
            &["credit", "card"],
            &["sort", "code"],
            &["account", "holder"],
        ],
    ),
    (
        "health data",
        &[
            &["patient"],
            &["patients"],
            &["diagnosis"],
            &["diagnoses"],
            &["medication"],
            &["medications"],
            &["medical", "record"],
            &["medical", "records"],
            &["symptoms"],
            &["prescription"],
            &["heart", "rate"],
        ],
    ),
    (
        "whereabouts of people",
        &[
            &["location", "history"],
            &["live", "location"],
            &["user", "location"],
            &["device", "location"],
            &["geolocation"],
        ],
    ),
    (
        "employment data",
        &[
            &["salary"],
            &["payroll"],
            &["employee"],
            &["employees"],
            &["candidate"],
            &["candidates"],
            &["resume"],
        ],
    ),
    (
        "biometric data",
        &[
            &["biometric"],
            &["biometrics"],
            &["faceprint"],
            &["voiceprint"],
            &["face", "recognition"],
        ],
    ),
];

/// Tools named for each class.
const MAX_TOOLS: usize = 4;

impl Rule for PersonalDataHandling {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let mut found: BTreeMap<usize, (Vec<String>, usize)> = BTreeMap::new();
        for tool in &cx.inventory.tools {
            let places = places(tool);
            for (kind, (_, names)) in KINDS.iter().enumerate() {
                if let Some(words) = named(&places, names) {
                    let (tools, count) = found.entry(kind).or_default();
                    *count += 1;
                    if tools.len() < MAX_TOOLS {
                        tools.push(format!("{} ({words})", tool.name));
                    }
                }
            }
        }
        if found.is_empty() {
            return;
        }
        let shown: Vec<String> = found
            .iter()
            .map(|(kind, (tools, count))| {
                let more = if *count > tools.len() {
                    format!(" and {} more", count - tools.len())
                } else {
                    String::new()
                };
                format!("{}: {}{more}", KINDS[*kind].0, tools.join(", "))
            })
            .collect();
        let kinds: Vec<&str> = found.keys().map(|k| KINDS[*k].0).collect();
        out.report(Self::META)
            .on(Subject::Server)
            .field("tools")
            .title(format!("The tools handle personal data: {}", kinds.join(", ")))
            .evidence(shown.join("; "))
            .severity(Info)
            .confidence(Confidence::Medium)
            .level(EvidenceLevel::Signal)
            .add();
    }
}

/// The words of where a tool names what it handles: each parameter, its name, its first sentence.
fn places(tool: &Tool) -> Vec<Vec<String>> {
    let lead = tool.description.as_deref().unwrap_or_default();
    let lead = lead.split(['.', '\n']).next().unwrap_or_default();
    let parameters = tool.parameter_names();
    parameters.into_iter().chain([tool.name.as_str(), lead]).map(words_of).collect()
}

/// The words by which the tool names one of these.
fn named(places: &[Vec<String>], names: &[&[&str]]) -> Option<String> {
    places.iter().find_map(|words| {
        let hit = names.iter().find(|wanted| {
            words
                .windows(wanted.len())
                .any(|w| w.iter().map(String::as_str).eq(wanted.iter().copied()))
        })?;
        Some(hit.join(" "))
    })
}
