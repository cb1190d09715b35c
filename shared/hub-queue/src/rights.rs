//! One broker user per service, each held to its row of the table "who may touch what" in ARCHITECTURE.md.

use crate::QueueSettings;
use crate::topology;
use base64::Engine as _;
use hub_wire::Topic;
use rand::RngExt as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What one service's user may do: RabbitMQ permission patterns (regular expressions over names of queues and exchanges).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// The user's name, the service's own: `hub-fetcher`.
    pub user: &'static str,
    pub configure: String,
    pub write: String,
    pub read: String,
}

/// The rights of every service for this prefix. `hub-admin` alone may create the topology.
#[must_use]
pub fn rights(settings: &QueueSettings) -> Vec<Rights> {
    let name = |topic: Topic| pattern(&format!("{}{}", settings.prefix, topic.as_str()));
    let control = pattern(&topology::control_exchange(settings));
    // A worker listens for cancellations on an exclusive queue of its own, named below the control exchange.
    let own_control = format!(r"{control}\.[0-9a-f]+");
    let none = || "^$".to_owned();
    let any = |names: &[&str]| format!("^({})$", names.join("|"));
    let (fetch, connect, analyze) = (name(Topic::Fetch), name(Topic::Connect), name(Topic::Analyze));
    let (events, dead) = (name(Topic::Events), name(Topic::Dead));
    let published = name(Topic::Published);
    let worker = |user, from: &[&str], onward: &[&str]| {
        // Retries go back through the topic's own exchange; what is buried goes to the dead letters.
        let write = [from, &[&events, &dead, &own_control], onward].concat();
        let read = [from, &[&control, &own_control]].concat();
        Rights {
            user,
            configure: any(&[&own_control]),
            write: any(&write),
            read: any(&read),
        }
    };
    let everything = || format!("^{}.*", pattern(&settings.prefix));
    vec![
        Rights {
            user: "hub-admin",
            configure: everything(),
            write: everything(),
            read: everything(),
        },
        Rights {
            user: "hub-gateway",
            configure: none(),
            write: any(&[&fetch, &connect]),
            read: none(),
        },
        worker("hub-fetcher", &[&fetch, &published], &[&analyze]),
        worker("hub-connector", &[&connect], &[&published, &analyze]),
        worker("hub-analyzer", &[&analyze], &[]),
        Rights {
            user: "hub-results",
            configure: none(),
            // Cancelling is an outcome, so the writer of outcomes announces it.
            write: any(&[&events, &dead, &control]),
            read: any(&[&events, &dead]),
        },
    ]
}

/// A definitions file for `load_definitions`: users with the passwords that `password_of` gives, and their rights on `vhost`.
/// A service without a password is left out.
#[must_use]
pub fn definitions(rights: &[Rights], vhost: &str, password_of: impl Fn(&str) -> Option<String>) -> Value {
    let (mut users, mut permissions) = (Vec::new(), Vec::new());
    for r in rights {
        let Some(password) = password_of(r.user) else { continue };
        users.push(json!({
            "name": r.user, "password_hash": password_hash(&password, rand::rng().random()),
            "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "", "limits": {},
        }));
        permissions.push(json!({ "user": r.user, "vhost": vhost, "configure": r.configure, "write": r.write, "read": r.read }));
    }
    json!({ "vhosts": [{ "name": vhost }], "users": users, "permissions": permissions })
}

/// RabbitMQ's own form: base64(salt + SHA-256(salt + password)), salt of four bytes.
fn password_hash(password: &str, salt: [u8; 4]) -> String {
    let hash = Sha256::new().chain_update(salt).chain_update(password).finalize();
    base64::engine::general_purpose::STANDARD.encode([salt.as_slice(), hash.as_slice()].concat())
}

/// Names hold no other special character than the dot.
fn pattern(name: &str) -> String {
    name.replace('.', r"\.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_worker_may_read_another_ones_queue_or_change_the_topology() {
        let all = rights(&QueueSettings::default());
        let of = |user: &str| all.iter().find(|r| r.user == user).unwrap();
        assert_eq!(of("hub-gateway").read, "^$");
        assert!(of("hub-fetcher").read.contains(r"scan\.fetch"));
        assert!(!of("hub-fetcher").read.contains("connect") && !of("hub-fetcher").write.contains("connect"));
        assert!(!of("hub-connector").write.contains(r"scan\.fetch") && of("hub-connector").write.contains(r"scan\.published"));
        assert!(!of("hub-analyzer").write.contains(r"scan\.fetch"));
        assert!(
            all.iter()
                .filter(|r| r.user != "hub-admin")
                .all(|r| !r.configure.contains(r"scan\.events"))
        );
    }

    #[test]
    fn a_password_hash_has_the_broker_s_own_form() {
        // The example of RabbitMQ's guide on passwords: "test12" with the salt 908D C60A.
        assert_eq!(
            password_hash("test12", [0x90, 0x8d, 0xc6, 0x0a]),
            "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
        );
    }
}
