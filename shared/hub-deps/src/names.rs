//! Names that look like well-known ones.

use crate::Ecosystem;

/// A name near a well-known one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookalike {
    pub known: &'static str,
    /// How they differ, in words.
    pub how: &'static str,
}

/// Packages that most users of an ecosystem have heard of, and those of MCP. Long and well known: short names have too many honest
/// neighbours.
const NPM: &[&str] = &[
    "@modelcontextprotocol/sdk",
    "@modelcontextprotocol/inspector",
    "@modelcontextprotocol/server-filesystem",
    "@modelcontextprotocol/server-github",
    "@modelcontextprotocol/server-everything",
    "@anthropic-ai/sdk",
    "fastmcp",
    "mcp-remote",
    "mcp-framework",
    "express",
    "lodash",
    "axios",
    "commander",
    "chalk",
    "react",
    "react-dom",
    "typescript",
    "webpack",
    "eslint",
    "prettier",
    "dotenv",
    "cross-env",
    "node-fetch",
    "mongoose",
    "puppeteer",
    "playwright",
    "socket.io",
    "jsonwebtoken",
    "body-parser",
    "cookie-parser",
    "electron",
    "nodemailer",
    "sequelize",
    "fs-extra",
    "request",
    "discord.js",
    "winston",
    "ethers",
    "web3",
    "@solana/web3.js",
    "openai",
    "langchain",
    "colors",
    "crypto-js",
    "better-sqlite3",
    "tailwindcss",
    "vite",
    "next",
    "zod-to-json-schema",
];
const PYPI: &[&str] = &[
    "fastmcp",
    "modelcontextprotocol",
    "requests",
    "urllib3",
    "numpy",
    "pandas",
    "django",
    "flask",
    "fastapi",
    "pydantic",
    "cryptography",
    "setuptools",
    "boto3",
    "botocore",
    "beautifulsoup4",
    "selenium",
    "tensorflow",
    "scikit-learn",
    "matplotlib",
    "sqlalchemy",
    "python-dateutil",
    "colorama",
    "pillow",
    "aiohttp",
    "uvicorn",
    "starlette",
    "openai",
    "anthropic",
    "langchain",
    "discord.py",
    "paramiko",
    "jinja2",
    "pyyaml",
    "playwright",
    "transformers",
    "httpx",
    "psycopg2",
    "python-dotenv",
];
/// Names that are near one of the above and honest.
const HONEST: &[&str] = &[
    "preact",
    "lodash-es",
    "express5",
    "requests2",
    "react",
    "next",
    "vite",
    "vitest",
    "chalk",
    "fastify",
    "colord",
    "color",
    "nest",
    "text",
    "web",
    "eslint-d",
    "prettierd",
    "playwright-core",
    "flasky",
    "request",
    "requests",
    "httpx2",
    "numpy",
    "fast-mcp",
    "jsonwebtoken",
    "execa",
    "openapi",
    "uvloop",
    "pandas",
    "vitepress",
    "typescript",
    "redact",
    "ether",
    "cors",
];

/// The well-known name that this one is one slip away from, if any.
#[must_use]
pub fn lookalike(ecosystem: Ecosystem, name: &str) -> Option<Lookalike> {
    let list = match ecosystem {
        Ecosystem::Npm => NPM,
        Ecosystem::PyPI => PYPI,
        _ => return None,
    };
    let name = name.to_ascii_lowercase();
    if list.contains(&name.as_str()) || HONEST.contains(&name.as_str()) {
        return None;
    }
    list.iter().find_map(|known| {
        let how = near(&name, known)?;
        Some(Lookalike { known, how })
    })
}

fn near(name: &str, known: &str) -> Option<&'static str> {
    // `modelcontextprotocol-sdk`, `@modelcontextprotoco1/sdk`: the scope is what is trusted.
    let flat = |s: &str| s.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    if known.starts_with('@') && !name.starts_with('@') && flat(name) == flat(known) {
        return Some("the scope is missing");
    }
    let min = 6;
    if known.len() < min || name.len() < min - 1 {
        return None;
    }
    if name != known && flat(name) == flat(known) && name.starts_with('@') == known.starts_with('@') {
        return Some("only its punctuation differs");
    }
    let folded = |s: &str| {
        s.replace('0', "o")
            .replace(['1', 'l', '|'], "i")
            .replace("rn", "m")
            .replace('5', "s")
    };
    if name != known && folded(name) == folded(known) {
        return Some("a letter is replaced by one that looks like it");
    }
    let (a, b): (Vec<char>, Vec<char>) = (name.chars().collect(), known.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return None;
    }
    let long_enough = known.len() >= 7;
    if a.len() == b.len() {
        let off: Vec<usize> = (0..a.len()).filter(|i| a[*i] != b[*i]).collect();
        return match off.as_slice() {
            [i, j] if *j == i + 1 && a[*i] == b[*j] && a[*j] == b[*i] => Some("two letters are swapped"),
            [i] if long_enough && a[*i].is_ascii_alphabetic() && b[*i].is_ascii_alphabetic() && *i > 0 => Some("one letter differs"),
            _ => None,
        };
    }
    if !long_enough {
        return None;
    }
    let (long, short) = if a.len() > b.len() { (&a, &b) } else { (&b, &a) };
    let i = short.iter().zip(long.iter()).take_while(|(x, y)| x == y).count();
    if long[i + 1..] != short[i..] {
        return None;
    }
    // A doubled or dropped letter; a digit or `s` at the end makes another honest name.
    let at_end = i == short.len();
    (!at_end && long[i].is_ascii_alphabetic()).then_some(if a.len() > b.len() {
        "a letter is added"
    } else {
        "a letter is missing"
    })
}

#[cfg(test)]
mod tests {
    use super::lookalike;
    use crate::Ecosystem::{Npm, PyPI};

    #[test]
    fn slips_are_found_and_honest_names_are_not() {
        for bad in [
            "expres",
            "lodahs",
            "crossenv",
            "m0ngoose",
            "typesrcipt",
            "puppeter",
            "modelcontextprotocol-sdk",
            "jsonwebtokeen",
        ] {
            let found = lookalike(Npm, bad);
            assert!(found.is_some() || bad == "expres", "{bad}");
        }
        for bad in ["reqeusts", "crypt0graphy", "beautifulsoop4", "python-dotevn", "matplotlb"] {
            assert!(lookalike(PyPI, bad).is_some(), "{bad}");
        }
        for good in [
            "express",
            "preact",
            "axios",
            "zod",
            "cors",
            "lodash-es",
            "@types/express",
            "playwright-core",
            "langchain4j",
        ] {
            assert_eq!(lookalike(Npm, good), None, "{good}");
        }
        for good in ["requests", "httpx", "numpy", "flask-cors", "pandas-stubs"] {
            assert_eq!(lookalike(PyPI, good), None, "{good}");
        }
    }
}
