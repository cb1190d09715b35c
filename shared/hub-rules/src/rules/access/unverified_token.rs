use super::{flow_finding, is_of_client};
use crate::own::{own_calls, own_modules};
use hub_engine::code::function_around;
use hub_engine::taint::{Kinds, Known, line_of};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{Language, Module, Span};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A token of a client that is read without a check of its signature: decoded only, checked with the check switched off, or
    /// with the algorithm `none` allowed; and a token of another issuer whose audience is not checked, so that one made for any
    /// other service is taken.
    /// ## Why it matters
    /// Anyone writes a token that says what they like. Without the check it is a claim, not a proof.
    /// ## How to fix it
    /// Verify signature, expiry, issuer and audience against the issuer's keys before a claim is read.
    /// ```ts vulnerable
    /// import express from "express";
    /// import jwt from "jsonwebtoken";
    /// const app = express();
    /// app.post("/mcp", (req, res) => {
    ///   const token = req.headers.authorization.split(" ")[1];
    ///   const user = jwt.decode(token);
    ///   res.json({ hello: user.sub });
    /// });
    /// ```
    /// ```py vulnerable
    /// import jwt
    /// from fastapi import FastAPI, Request
    /// app = FastAPI()
    ///
    /// @app.get("/me")
    /// async def me(request: Request):
    ///     token = request.headers["authorization"].removeprefix("Bearer ")
    ///     return jwt.decode(token, options={"verify_signature": False})
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    /// ```
    /// ```py vulnerable
    /// import base64, json
    ///
    /// def validate_token(token: str) -> dict:
    ///     payload = token.split(".")[1]
    ///     return json.loads(base64.urlsafe_b64decode(payload + "=="))
    ///
    /// @mcp.tool()
    /// def note(token: str) -> str:
    ///     """Shows a note."""
    ///     return validate_token(token)["sub"]
    /// ```
    /// ```ts vulnerable
    /// import { createRemoteJWKSet, jwtVerify } from "jose";
    /// const keys = createRemoteJWKSet(new URL("https://issuer.example.com/jwks"));
    /// export async function verifyToken(token: string) {
    ///   const { payload } = await jwtVerify(token, keys, { issuer: "https://issuer.example.com" });
    ///   return payload.sub;
    /// }
    /// ```
    /// ```ts vulnerable
    /// import jwt from "jsonwebtoken";
    /// import jwksClient from "jwks-rsa";
    /// const client = jwksClient({ jwksUri: "https://issuer.example.com/jwks" });
    /// function getKey(header: any, done: any) { client.getSigningKey(header.kid, (error, key) => done(error, key?.getPublicKey())); }
    /// export function authenticate(req: any, res: any, next: any) {
    ///   const token = req.headers.authorization?.replace("Bearer ", "");
    ///   jwt.verify(token, getKey, { algorithms: ["RS256"] }, (error, claims) => {
    ///     if (error) return res.status(401).end();
    ///     req.user = claims;
    ///     next();
    ///   });
    /// }
    /// ```
    /// ```ts safe
    /// import { createRemoteJWKSet, jwtVerify } from "jose";
    /// const keys = createRemoteJWKSet(new URL("https://issuer.example.com/jwks"));
    /// export async function verifyToken(token: string) {
    ///   const { payload } = await jwtVerify(token, keys, { issuer: "https://issuer.example.com", audience: "https://mcp.example.com" });
    ///   return payload.sub;
    /// }
    /// ```
    /// ```ts safe
    /// import express from "express";
    /// import jwt from "jsonwebtoken";
    /// const app = express();
    /// app.post("/mcp", (req, res) => {
    ///   const token = req.headers.authorization.split(" ")[1];
    ///   const kid = jwt.decode(token, { complete: true }).header.kid;
    ///   const user = jwt.verify(token, keys.get(kid), { algorithms: ["RS256"], audience: "https://mcp.example.com" });
    ///   res.json({ hello: user.sub });
    /// });
    /// server.tool("decode_jwt", "Shows what is in a token, without checking it.", { token: z.string() }, async ({ token }) => ({ content: [{ type: "text", text: JSON.stringify(jwt.decode(token)) }] }));
    /// ```
    /// ```py safe
    /// import jwt, httpx
    ///
    /// def expires(answer: dict) -> int:
    ///     # The token that the issuer just gave this program.
    ///     return jwt.decode(answer["access_token"], options={"verify_signature": False})["exp"]
    ///
    /// @mcp.tool()
    /// def note() -> int:
    ///     """Shows when the session ends."""
    ///     return expires(httpx.post("https://issuer.example.com/token").json())
    /// ```
    pub struct UnverifiedToken {
        id: "unverified-token",
        title: "A client's token is read without a check of its signature",
        category: Access,
        severity: High,
        classes: &["S20", "S18"],
        cwe: &[347],
        references: &["https://cwe.mitre.org/data/definitions/347.html", "https://modelcontextprotocol.io/specification/2025-06-18/basic/authorization#token-handling"],
    }
}

/// A module that checks tokens as well: what is decoded there is looked at before or after.
static VERIFIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)jwt\.verify\(|jsonwebtoken\.verify\(|\bverify\(\s*\w*token|jwtVerify\(|verifyIdToken\(|verify_oauth2_token\(|introspect",
    )
    .ok()
});
/// Functions that say who is asking.
static ASKS_WHO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)auth(?:enticate|orize|_?middleware|_?check)?$|(?:verify|validate|check|require)_?\w*(?:token|jwt|auth|user|session|request)|(?:current|request)_?user|user_?from_?(?:token|jwt|request)|get_?user$|middleware$|dispatch$").ok()
});
/// The middle part of a token, taken apart by hand.
static BY_HAND: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"\.split\(\s*["']\.["']\s*\)"#).ok());

impl Rule for UnverifiedToken {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(flows), Some(program)) = (cx.flows, cx.program) else {
            return;
        };
        let own = own_modules(cx);
        let verifying: BTreeSet<u32> = own
            .iter()
            .filter(|(_, m)| VERIFIES.as_ref().is_some_and(|v| v.is_match(&m.source)))
            .map(|(id, _)| id.0)
            .collect();
        let verifies = |id: u32| verifying.contains(&id);
        // A middleware in another file may have checked the token before.
        let weight = |severity: Severity, confidence: Confidence| {
            if verifying.is_empty() {
                (severity, confidence)
            } else {
                (Severity::Low, Confidence::Low)
            }
        };
        let mut seen: BTreeSet<(u32, u32)> = BTreeSet::new();
        for cause in flows.causes(program, Kinds::CLAIMS) {
            let module = program.module(cause.place.module);
            if !is_of_client(cause.shown) || verifies(cause.place.module.0) {
                continue;
            }
            let (severity, confidence) = weight(Severity::High, Confidence::High);
            seen.insert((cause.place.module.0, cause.place.at.line));
            flow_finding(out, Self::META, cx, &cause)
                .title(format!(
                    "A client's token is read by `{}` without a check of its signature",
                    cause.shown.operation()
                ))
                .fix(fix(module))
                .severity(severity)
                .confidence(confidence)
                .add();
        }
        for (call, module) in own_calls(cx) {
            let span = module.expr(call.expr).span;
            let off = |name: &str| call_says(call.args.as_slice(), name);
            let none = matches!(
                call.name.as_str(),
                "jwt.decode" | "jose.jwt.decode" | "jsonwebtoken.verify" | "jose.jwtVerify"
            ) && call.named("algorithms").is_some_and(allows_none);
            let unchecked = matches!(call.name.as_str(), "jwt.decode" | "jose.jwt.decode") && (off("verify_signature") || off("verify"));
            let decoded = call.name == "jsonwebtoken.decode";
            let asks = function_around(module, span)
                .and_then(|f| module.function(f).name)
                .is_some_and(|n| ASKS_WHO.as_ref().is_some_and(|a| a.is_match(module.str(n))));
            if (none || (unchecked || decoded) && asks && !verifies(call.module.0)) && seen.insert((call.module.0, call.at.line)) {
                let (severity, confidence) = if none {
                    (Severity::Medium, Confidence::Medium)
                } else {
                    weight(Severity::Medium, Confidence::Medium)
                };
                out.report(Self::META)
                    .at(call.at.clone())
                    .evidence(call.code.clone())
                    .title(if none {
                        "A token with the algorithm `none`, that is, without a signature, is accepted"
                    } else {
                        "Who is asking is read from a token whose signature is not checked"
                    })
                    .fix(fix(module))
                    .severity(severity)
                    .confidence(confidence)
                    .key(call.last().to_owned())
                    .add();
            }
        }
        for (call, module) in own_calls(cx) {
            let foreign = match call.name.as_str() {
                // Tokens that the program signed itself are for itself.
                "jose.jwtVerify" | "jsonwebtoken.verify" => {
                    ["createRemoteJWKSet", "jwks"].iter().any(|w| module.source.contains(w))
                        && !module.source.contains(".aud")
                        && match call.positional(2) {
                            None => true,
                            Some(Known::Object(fields)) => !fields.iter().any(|(k, _)| k == "audience"),
                            _ => false,
                        }
                }
                "jwt.decode" => call_says(call.args.as_slice(), "verify_aud") && !module.source.contains("[\"aud\"]"),
                _ => false,
            };
            if foreign && seen.insert((call.module.0, call.at.line)) {
                out.report(Self::META)
                    .at(call.at.clone())
                    .evidence(call.code.clone())
                    .title("A token made for another service is accepted: its audience is not checked")
                    .fix(fix(module))
                    .severity(Severity::Medium)
                    .confidence(Confidence::Medium)
                    .key("audience")
                    .add();
            }
        }
        for (id, module) in own {
            let Some(by_hand) = BY_HAND.as_ref() else { continue };
            if verifies(id.0) {
                continue;
            }
            let (severity, confidence) = weight(Severity::Medium, Confidence::Medium);
            for found in by_hand.find_iter(&module.source).take(20) {
                let span = Span {
                    start: found.start() as u32,
                    end: found.end() as u32,
                };
                let Some(f) = function_around(module, span).map(|f| module.function(f)) else {
                    continue;
                };
                let text = module.text(f.span);
                let name = f.name.map_or("", |n| module.str(n));
                let asks = ASKS_WHO.as_ref().is_some_and(|a| a.is_match(name));
                let reads = text.len() < 4_000
                    && ["base64", "b64decode", "atob"].iter().any(|w| text.contains(w))
                    && ["JSON.parse", "json.loads"].iter().any(|w| text.contains(w));
                let checks = ["hmac", "createHmac", "compare_digest", "timingSafeEqual", "signature", "subtle"]
                    .iter()
                    .any(|w| text.contains(w));
                let at = module.location(span);
                if asks && reads && !checks && seen.insert((id.0, at.line)) {
                    out.report(Self::META)
                        .evidence(line_of(module, &at))
                        .at(at)
                        .title(format!("`{name}` takes a token apart and believes what it says"))
                        .fix(fix(module))
                        .severity(severity)
                        .confidence(confidence)
                        .key(name.to_owned())
                        .add();
                }
            }
        }
    }
}

fn fix(module: &Module) -> &'static str {
    if module.language.is_script() {
        "Use `jwtVerify(token, createRemoteJWKSet(new URL(jwksUri)), { issuer, audience })` of `jose`."
    } else if module.language != Language::Python {
        "Verify signature, expiry, issuer and audience with the JWT library of the language before a claim is read."
    } else {
        "Use `jwt.decode(token, key, algorithms=[\"RS256\"], audience=…, issuer=…)` with the issuer's key."
    }
}

fn allows_none(k: &Known) -> bool {
    match k {
        Known::Text(t) => t.eq_ignore_ascii_case("none"),
        Known::List(items) => items.iter().any(allows_none),
        _ => false,
    }
}

/// A flag that is false: a keyword, or a field of an object among the arguments.
fn call_says(args: &[(Option<String>, Known)], name: &str) -> bool {
    args.iter().any(|(n, v)| match v {
        Known::Flag(false) => n.as_deref() == Some(name),
        Known::Object(fields) => fields.iter().any(|(k, v)| k == name && *v == Known::Flag(false)),
        _ => false,
    })
}
