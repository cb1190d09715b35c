//! The rule contract: one rule is one file that says what it finds, why that matters, how to fix it, and proves it by examples.

use crate::{Context, Findings};
use hub_model::{Category, FixCode, RelPath, Severity};

/// A check over one analysed artifact. [`declare_rule!`](crate::declare_rule) writes the [`Declared`] half.
pub trait Rule: Declared + Sync {
    /// Looks, and reports into `out`. Must be deterministic and linear in its input.
    fn check(&self, cx: &Context<'_>, out: &mut Findings);
}

/// What the rule book prints.
pub trait Declared {
    /// The rule's description.
    fn meta(&self) -> &'static RuleMeta;
}

/// What a rule has to look at; without it the rule does not run and the report says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Needs {
    /// Names, texts and schemas: there in every scan.
    Metadata,
    /// Source code: not there in a hosted scan.
    Source,
    /// A live listing: not there in a source scan.
    Endpoint,
    /// The list of tools the user expects.
    ExpectedTools,
    /// The published source that a live server names as its own.
    PublishedSource,
    /// An earlier report of the same server.
    EarlierScan,
    /// A client configuration.
    ClientConfig,
    /// Advisories about the packages of the artifact.
    Advisories,
    /// Several servers that are used together.
    OtherServers,
    /// What a registry says of a published package.
    Registry,
    /// A published package's repository.
    Repository,
}

impl Needs {
    /// Why a rule with this need did not run.
    #[must_use]
    pub fn reason_not_run(self) -> &'static str {
        match self {
            Self::Metadata => "nothing was listed",
            Self::Source => "the scan has no source code (hosted scan)",
            Self::Endpoint => "the scan has no live endpoint",
            Self::ExpectedTools => "no list of expected tools was given",
            Self::PublishedSource => "the live list was not held against a published source (`endpoint_checks` says why)",
            Self::EarlierScan => "no earlier scan of this server was given",
            Self::ClientConfig => "no client configuration was given",
            Self::Advisories => {
                "no advisory data: known faults of packages were not looked at (set HUB_ADVISORIES_DIR or HUB_ADVISORIES_URL)"
            }
            Self::OtherServers => "the scan is of one server on its own",
            Self::Registry => "the target was not obtained from a package registry",
            Self::Repository => "the package was not held against its repository (--repository, or set HUB_FETCH_COMPARE_REPOSITORY)",
        }
    }
}

/// A rule's description, printed into `docs/rules/` and `mcp-hub rules`.
#[derive(Debug)]
pub struct RuleMeta {
    /// States the fault, never the cure; never reused: `shell-injection`.
    pub id: &'static str,
    /// What is wrong, as a sentence without a full stop.
    pub title: &'static str,
    pub category: Category,
    /// Default severity; a finding may carry a lower one, with its reason.
    pub severity: Severity,
    /// Ids of the class catalogue, primary first.
    pub classes: &'static [&'static str],
    /// Empty: what [`catalogue`](crate::catalogue) says of the classes.
    pub cwe: &'static [u32],
    /// Empty: what the catalogue says of the classes.
    pub owasp_mcp: &'static [&'static str],
    /// Empty: what the catalogue says of the classes.
    pub owasp_llm: &'static [&'static str],
    /// Version of the rule set that brought it.
    pub since: &'static str,
    /// `None`: what its category usually needs (see [`RuleMeta::needs`]).
    pub needs: Option<Needs>,
    /// The doc comment as written: `## What it finds`, `## Why it matters`, `## How to fix it`, and the fenced examples.
    pub doc: &'static str,
    pub references: &'static [&'static str],
}

impl RuleMeta {
    /// What [`declare_rule!`](crate::declare_rule) starts from.
    pub const BLANK: RuleMeta = RuleMeta {
        id: "",
        title: "",
        category: Category::Poisoning,
        severity: Severity::Info,
        classes: &[],
        cwe: &[],
        owasp_mcp: &[],
        owasp_llm: &[],
        since: "0.1.0",
        needs: None,
        doc: "",
        references: &[],
    };

    /// What it has to look at.
    #[must_use]
    pub fn needs(&self) -> Needs {
        self.needs.unwrap_or(match self.category {
            Category::Injection | Category::Access | Category::Malware | Category::SupplyChain | Category::Robustness => Needs::Source,
            Category::Endpoint => Needs::Endpoint,
            Category::Configuration => Needs::ClientConfig,
            Category::History => Needs::EarlierScan,
            Category::Poisoning | Category::Secrets | Category::Contract => Needs::Metadata,
        })
    }

    /// The doc comment without its examples: markdown.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for part in Parts::of(self.doc) {
            if let Part::Line(line) = part {
                out.push_str(line);
                out.push('\n');
            }
        }
        out.trim().to_owned()
    }

    /// The text under one heading of the doc comment, folded into one paragraph: `How to fix it`.
    #[must_use]
    pub fn section(&self, heading: &str) -> String {
        let mut inside = false;
        let mut words = Vec::new();
        for part in Parts::of(self.doc) {
            let Part::Line(line) = part else { continue };
            if let Some(title) = line.strip_prefix("## ") {
                inside = title.trim().eq_ignore_ascii_case(heading);
            } else if inside {
                words.extend(line.split_whitespace());
            }
        }
        words.join(" ")
    }

    /// How code is without the fault, in the language of a file: the rule's own `safe` example, which the tests parse and run.
    #[must_use]
    pub fn fix_in(&self, file: &RelPath) -> Option<FixCode> {
        if self.needs() != Needs::Source && self.category != Category::Secrets {
            return None;
        }
        let language = hub_syntax::language_of(file)?;
        let speaks = |example: &Example| {
            let named = format!("x.{}", example.language)
                .parse()
                .ok()
                .and_then(|path| hub_syntax::language_of(&path));
            named.is_some_and(|own| own == language || own.is_script() && language.is_script())
        };
        let mut safe = self.examples().into_iter().filter(|e| e.level == Level::Safe && speaks(e));
        safe.next().map(|example| FixCode {
            language: language.name().to_owned(),
            code: example.code.trim_end().to_owned(),
            replaces: None,
        })
    }

    /// The fenced examples of the doc comment, in order.
    #[must_use]
    pub fn examples(&self) -> Vec<Example> {
        Parts::of(self.doc)
            .filter_map(|part| if let Part::Example(example) = part { Some(example) } else { None })
            .collect()
    }
}

/// What an example is proof of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The rule must report it.
    Vulnerable,
    /// The rule must stay silent.
    Safe,
}

/// A case that the test suite runs: source code, or a tool listing as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub level: Level,
    /// `ts`, `js`, `py` (a whole source file), a file name (`Dockerfile`, `package.json`), or `json` (an object with `tools`, `prompts`, `resources`, `instructions`, `serverInfo`).
    pub language: &'static str,
    pub code: String,
}

enum Part {
    Line(&'static str),
    Example(Example),
}

/// Walks a doc comment: lines of text, and fenced blocks whose info string is `<language> vulnerable` or `<language> safe`.
struct Parts {
    lines: std::str::Lines<'static>,
}

impl Parts {
    fn of(doc: &'static str) -> Self {
        Self { lines: doc.lines() }
    }
}

impl Iterator for Parts {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let line = self.lines.next()?;
        let line = line.strip_prefix(' ').unwrap_or(line);
        let mut info = line.trim_start().strip_prefix("```").unwrap_or("").split_whitespace();
        let (Some(language), Some(level)) = (info.next(), info.next()) else {
            return Some(Part::Line(line));
        };
        let level = match level {
            "vulnerable" => Level::Vulnerable,
            "safe" => Level::Safe,
            _ => return Some(Part::Line(line)),
        };
        let mut code = String::new();
        for line in self.lines.by_ref() {
            let line = line.strip_prefix(' ').unwrap_or(line);
            if line.trim_start().starts_with("```") {
                break;
            }
            code.push_str(line);
            code.push('\n');
        }
        Some(Part::Example(Example { level, language, code }))
    }
}

/// Declares a rule: its doc comment is its page in the rule book, and the fenced examples in it are run by the test suite.
///
/// `id`, `title`, `category`, `severity` and `classes` are needed; `cwe`, `owasp_mcp`, `owasp_llm` default to what the class
/// catalogue says, `needs` to what the category usually needs, `since` to `"0.1.0"`, `references` to none.
///
/// ```
/// use hub_engine::{declare_rule, Context, Declared as _, Findings, Level, Rule};
/// declare_rule! {
///     /// ## What it finds
///     /// A tool handler that hands an argument of the call to a shell.
///     /// ## How to fix it
///     /// Pass arguments as a list.
///     /// ```ts safe
///     /// execFile("ping", [host]);
///     /// ```
///     pub struct ShellInjection { id: "shell-injection", title: "Tool argument reaches a shell", category: Injection, severity: Critical, classes: &["S01"] }
/// }
/// impl Rule for ShellInjection {
///     fn check(&self, _cx: &Context<'_>, _out: &mut Findings) {}
/// }
/// assert_eq!(ShellInjection.meta().id, "shell-injection");
/// assert_eq!(ShellInjection.meta().section("How to fix it"), "Pass arguments as a list.");
/// assert_eq!(ShellInjection.meta().examples()[0].level, Level::Safe);
/// ```
#[macro_export]
macro_rules! declare_rule {
    (
        $(#[doc = $doc:literal])+
        $vis:vis struct $name:ident { $($field:ident : $value:expr),+ $(,)? }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug)]
        $vis struct $name;

        impl $name {
            /// What the rule book prints.
            pub const META: &'static $crate::RuleMeta = {
                #[allow(unused_imports)]
                use $crate::{category::*, needs::*, severity::*};
                &$crate::RuleMeta { doc: concat!($($doc, "\n"),+), $($field: $value,)+ ..$crate::RuleMeta::BLANK }
            };
        }

        impl $crate::Declared for $name {
            fn meta(&self) -> &'static $crate::RuleMeta {
                Self::META
            }
        }
    };
}
