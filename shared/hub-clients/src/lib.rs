#![doc = include_str!("../README.md")]

mod dialects;
mod entry;
mod launch;
mod mask;
mod text;

pub use dialects::{DIALECTS, Dialect, Place, find_servers};
pub use entry::{Entry, Reach};
pub use launch::{Launched, Launcher, find_launched, find_placeholder, program};
pub use mask::{FoundSecret, SecretFormats};
pub use text::{Document, Syntax};

use hub_model::ClientConfig;

hub_model::settings! {
    /// What is read of a client configuration.
    pub struct ClientLimits {
        /// Largest configuration file, in bytes.
        pub max_config_bytes: usize = "HUB_MAX_CLIENT_CONFIG_BYTES", 4 << 20;
        /// Most servers of one configuration file.
        pub max_config_entries: usize = "HUB_MAX_CLIENT_CONFIG_ENTRIES", 1_000;
    }
}

/// Why a file is no client configuration.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// `why` names the place in the file, never its content: it may be secret.
    #[error("`{file}` is not readable as {syntax}: {why}")]
    Syntax { file: String, syntax: &'static str, why: String },
    #[error("`{file}` has {bytes} bytes; at most {max} are read (HUB_MAX_CLIENT_CONFIG_BYTES)")]
    TooLarge { file: String, bytes: usize, max: usize },
    #[error("`{file}` names {count} servers; at most {max} are read (HUB_MAX_CLIENT_CONFIG_ENTRIES)")]
    TooMany { file: String, count: usize, max: usize },
    #[error("`{file}` names no servers; expected `mcpServers` or where another client keeps them ({known})")]
    NoServers { file: String, known: String },
}

/// A file that was read. Holds secrets in clear: see [`Entry`].
pub struct Clients {
    pub file: String,
    pub client: &'static str,
    pub entries: Vec<Entry>,
    /// Names that stand twice in one object.
    pub repeated: Vec<String>,
}

impl Clients {
    /// Reads the text of a configuration; `file` is its name, from which client and syntax are guessed.
    ///
    /// # Errors
    /// [`ClientsError`]; its text holds nothing of the file's content but names of members.
    pub fn read(file: &str, text: &str, limits: &ClientLimits) -> Result<Self, ClientsError> {
        if text.len() > limits.max_config_bytes {
            return Err(ClientsError::TooLarge {
                file: file.to_owned(),
                bytes: text.len(),
                max: limits.max_config_bytes,
            });
        }
        let document = Document::read(file, text)?;
        let places = find_servers(&document.value);
        if places.is_empty() {
            let mut known: Vec<&str> = DIALECTS.iter().flat_map(|d| d.places).map(|p| p.trim_start_matches('/')).collect();
            known.sort_unstable();
            known.dedup();
            return Err(ClientsError::NoServers {
                file: file.to_owned(),
                known: known.join(", "),
            });
        }
        let count = places.len();
        if count > limits.max_config_entries {
            return Err(ClientsError::TooMany {
                file: file.to_owned(),
                count,
                max: limits.max_config_entries,
            });
        }
        let client = dialects::client_of(file, &places);
        let mut from = 0;
        let entries = places
            .iter()
            .map(|place| {
                let line = document.line_of(&place.name, &mut from);
                Entry::read(place, line)
            })
            .collect();
        Ok(Self {
            file: file.to_owned(),
            client,
            entries,
            repeated: document.repeated,
        })
    }

    /// What rules may see.
    #[must_use]
    pub fn masked(&self, formats: &SecretFormats<'_>) -> ClientConfig {
        ClientConfig {
            file: self.file.clone(),
            client: self.client.to_owned(),
            entries: self.entries.iter().map(|e| e.masked(formats)).collect(),
            repeated: self.repeated.clone(),
        }
    }
}
