use crate::own::own_calls;
use hub_engine::code::named_values;
use hub_engine::taint::{Known, OutsideCall};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{ExprId, ExprKind, Language, Module};
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// Encryption with a broken cipher (DES, RC4, Blowfish), in a mode that shows equal blocks (ECB), or with the same
    /// initialisation vector every time.
    /// ## Why it matters
    /// What is encrypted so can be read, in whole or in part, by who has no key.
    /// ## How to fix it
    /// Use AES-256-GCM with a random nonce for each message, or a library that chooses for you (Fernet, libsodium).
    /// ```ts vulnerable
    /// import crypto from "node:crypto";
    /// const key = crypto.randomBytes(32);
    /// server.tool("seal", "Encrypts a note.", { note: z.string() }, async ({ note }) => {
    ///   const cipher = crypto.createCipheriv("aes-256-cbc", key, Buffer.alloc(16));
    ///   return { content: [{ type: "text", text: cipher.update(note, "utf8", "hex") + cipher.final("hex") }] };
    /// });
    /// ```
    /// ```py vulnerable
    /// from Crypto.Cipher import AES
    /// from Crypto.Random import get_random_bytes
    /// KEY = get_random_bytes(32)
    ///
    /// @mcp.tool()
    /// def seal(note: str) -> bytes:
    ///     """Encrypts a note."""
    ///     return AES.new(KEY, AES.MODE_ECB).encrypt(note.encode())
    /// ```
    /// ```ts safe
    /// import crypto from "node:crypto";
    /// const key = crypto.randomBytes(32);
    /// server.tool("seal", "Encrypts a note.", { note: z.string() }, async ({ note }) => {
    ///   const iv = crypto.randomBytes(12);
    ///   const cipher = crypto.createCipheriv("aes-256-gcm", key, iv);
    ///   return { content: [{ type: "text", text: iv.toString("hex") + cipher.update(note, "utf8", "hex") + cipher.final("hex") }] };
    /// });
    /// ```
    /// ```py safe
    /// from Crypto.Cipher import AES
    /// from Crypto.Random import get_random_bytes
    /// KEY = get_random_bytes(32)
    ///
    /// @mcp.tool()
    /// def seal(note: str) -> bytes:
    ///     """Encrypts a note."""
    ///     cipher = AES.new(KEY, AES.MODE_GCM)
    ///     data, tag = cipher.encrypt_and_digest(note.encode())
    ///     return cipher.nonce + tag + data
    /// ```
    /// ```ts safe
    /// import crypto from "node:crypto";
    /// const key = crypto.randomBytes(32);
    /// server.tool("seal", "Encrypts a note.", { note: z.string() }, async ({ note }) => {
    ///   const iv = Buffer.alloc(16);
    ///   crypto.randomFillSync(iv);
    ///   const cipher = crypto.createCipheriv("aes-256-cbc", key, iv);
    ///   return { content: [{ type: "text", text: iv.toString("hex") + cipher.update(note, "utf8", "hex") + cipher.final("hex") }] };
    /// });
    /// ```
    pub struct WeakCipher {
        id: "weak-cipher",
        title: "Encryption that can be read without the key",
        category: Access,
        severity: Medium,
        classes: &["S25"],
        cwe: &[327, 329],
        references: &["https://cwe.mitre.org/data/definitions/327.html", "https://cwe.mitre.org/data/definitions/329.html"],
    }
}

static BROKEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)^(?:des|rc4|rc2|bf|blowfish|cast|seed)\b|-ecb$").ok());
static CONSTANT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^(?:new )?(?:Buffer\.alloc\(\s*\d+\s*(?:,\s*\d+\s*)?\)|Buffer\.from\(\s*["'`][^)$]*\)|Uint8Array\(\s*\d+\s*\)|bytes\(\s*\d+\s*\)|b["'][^"']*["'](?:\s*\*\s*\d+)?|["'][^"']+["'](?:\.encode\([^)]*\))?)$"#).ok()
});

impl Rule for WeakCipher {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let mut known: Option<(u32, Settled<'_>)> = None;
        for (call, module) in own_calls(cx) {
            let mut lookup = |name: &str| {
                if known.as_ref().is_none_or(|(id, _)| *id != call.module.0) {
                    known = Some((call.module.0, settled(module)));
                }
                known.as_ref().and_then(|(_, v)| v.get(name).copied().flatten())
            };
            let Some(what) = fault(call, module, &mut lookup) else { continue };
            out.report(Self::META)
                .at(call.at.clone())
                .evidence(call.code.clone())
                .title(what)
                .fix(if module.language.is_script() {
                    "Use `crypto.createCipheriv(\"aes-256-gcm\", key, crypto.randomBytes(12))` and keep the nonce beside the text."
                } else if module.language != Language::Python {
                    "Use AES-256 in GCM mode of the language's own library, with a random nonce for each message."
                } else {
                    "Use `cryptography.fernet.Fernet`, or AES in GCM mode with a random nonce."
                })
                .severity(Severity::Medium)
                .confidence(Confidence::High)
                .key(call.last().to_owned())
                .add();
        }
    }
}

fn fault(call: &OutsideCall, module: &Module, lookup: &mut dyn FnMut(&str) -> Option<ExprId>) -> Option<String> {
    let text = |k: Option<&Known>| match k {
        Some(Known::Text(t) | Known::Named(t)) => Some(t.clone()),
        _ => None,
    };
    match call.name.as_str() {
        "crypto.createCipher" => Some("The key is derived with MD5 and no initialisation vector (`createCipher`)".to_owned()),
        "crypto.createCipheriv" => {
            let algorithm = text(call.positional(0)).unwrap_or_default();
            if BROKEN.as_ref()?.is_match(&algorithm) {
                return Some(format!("Encrypts with `{algorithm}`"));
            }
            is_constant(module, argument(module, call, 2, "iv")?, lookup)
                .then(|| "Every message is encrypted with the same initialisation vector".to_owned())
        }
        name if name.starts_with("Crypto") && name.ends_with(".new") && !name.contains("hash") && !name.contains("Hash") => {
            let cipher = name.rsplit('.').nth(1)?;
            if matches!(cipher, "DES" | "ARC4" | "ARC2" | "DES3" | "Blowfish" | "CAST") {
                return Some(format!("Encrypts with `{cipher}`"));
            }
            if text(call.positional(1)).is_some_and(|m| m.ends_with("MODE_ECB")) {
                return Some("Encrypts in ECB mode".to_owned());
            }
            let iv = argument(module, call, 2, "iv").or_else(|| argument(module, call, 9, "nonce"))?;
            is_constant(module, iv, lookup).then(|| "Every message is encrypted with the same initialisation vector".to_owned())
        }
        name if name.starts_with("cryptography.") && matches!(call.last(), "ECB" | "ARC4" | "TripleDES" | "Blowfish") => {
            Some(format!("Encrypts with `{}`", call.last()))
        }
        name if name.starts_with("crypto-js") && call.last() == "encrypt" => {
            let cipher = name.rsplit('.').nth(1)?;
            matches!(cipher, "DES" | "TripleDES" | "RC4" | "Rabbit").then(|| format!("Encrypts with `{cipher}`"))
        }
        _ if module.language == Language::Go => {
            let ExprKind::Call { callee, .. } = module.expr(call.expr).kind else {
                return None;
            };
            let name = module.dotted(callee)?;
            matches!(
                name.as_str(),
                "des.NewCipher" | "des.NewTripleDESCipher" | "rc4.NewCipher" | "blowfish.NewCipher"
            )
            .then(|| format!("Encrypts with `{name}`"))
        }
        _ => None,
    }
}

/// An argument of the call by place or by name.
pub(super) fn argument(module: &Module, call: &OutsideCall, place: usize, name: &str) -> Option<ExprId> {
    let ExprKind::Call { args, .. } = &module.expr(call.expr).kind else {
        return None;
    };
    args.iter()
        .find(|a| a.name.is_some_and(|n| module.str(n) == name))
        .or_else(|| args.iter().filter(|a| a.name.is_none() && !a.spread).nth(place))
        .map(|a| a.value)
}

fn is_constant(module: &Module, e: ExprId, lookup: &mut dyn FnMut(&str) -> Option<ExprId>) -> bool {
    let e = match &module.expr(e).kind {
        ExprKind::Ident(n) => match lookup(module.str(*n)) {
            Some(value) => value,
            None => return false,
        },
        _ => e,
    };
    let text = module.text(module.expr(e).span);
    text.len() < 120 && CONSTANT.as_ref().is_some_and(|c| c.is_match(text.trim()))
}

/// Names of a module and the one value each is given; none where there are several, or where it is a buffer that is filled afterwards.
type Settled<'m> = BTreeMap<&'m str, Option<ExprId>>;

fn settled(module: &Module) -> Settled<'_> {
    let mut out = Settled::new();
    for v in named_values(module) {
        out.entry(v.name).and_modify(|e| *e = None).or_insert(Some(v.value));
    }
    for name in filled(module) {
        out.insert(name, None);
    }
    out
}

/// Buffers that something writes into: `randomFillSync(iv)`, `getRandomValues(iv)`, `salt.copy(iv)`, `iv.set(…)`.
fn filled(module: &Module) -> impl Iterator<Item = &str> {
    let name_of = |e: ExprId| match &module.expr(e).kind {
        ExprKind::Ident(n) => Some(module.str(*n)),
        _ => None,
    };
    module.exprs.iter().filter_map(move |e| {
        let ExprKind::Call { callee, args, .. } = &e.kind else {
            return None;
        };
        let (on, method) = match &module.expr(*callee).kind {
            ExprKind::Member { object, property, .. } => (Some(*object), module.str(*property)),
            ExprKind::Ident(n) => (None, module.str(*n)),
            _ => return None,
        };
        match method {
            "randomFill" | "randomFillSync" | "getRandomValues" | "copy" => name_of(args.first()?.value),
            "set" => name_of(on?),
            _ => None,
        }
    })
}
