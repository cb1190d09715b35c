//! Names that say that what they stand for is a secret.

/// Parts of a name that say so.
const SECRET: [&str; 13] = [
    "key",
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "auth",
    "bearer",
    "sig",
    "credential",
    "cred",
    "jwt",
];

/// Words that hold such a part by chance.
const HARMLESS: [&str; 6] = ["keyword", "keyboard", "monkey", "author", "design", "signal"];

/// Whether a name (of a query parameter, an environment variable, an option) says that its value is a secret: `tavilyApiKey`,
/// `auth_token`, `X-Signature`. Rather one too many: what is hidden in vain costs little.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let mut name = name.to_ascii_lowercase().replace("authoriz", "auth").replace("authoris", "auth");
    for word in HARMLESS {
        name = name.replace(word, " ");
    }
    SECRET.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_name_in_any_spelling() {
        for name in [
            "key",
            "api_key",
            "tavilyApiKey",
            "apiToken",
            "auth_token",
            "client_secret",
            "jwt",
            "Authorization",
            "X-Signature",
            "sig",
            "PASSWORD",
            "authorKey",
            "access-token",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["tenant", "author", "keywords", "design", "page", "q", "version", "signal", ""] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
