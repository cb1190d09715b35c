//! What attacker-chosen text can still do, and the checks that only look like protection.

/// What an attacker-controlled text can still do. Sanitizers and guards take kinds away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kinds(pub u32);

impl Kinds {
    pub const NONE: Self = Self(0);
    /// Run by a shell (CWE-78).
    pub const SHELL: Self = Self(1);
    /// Taken as an option of a program (CWE-88).
    pub const ARGUMENT: Self = Self(1 << 1);
    /// Run as code (CWE-94).
    pub const CODE: Self = Self(1 << 2);
    /// Rendered as a template (CWE-1336).
    pub const TEMPLATE: Self = Self(1 << 3);
    /// Names a file outside the folder meant (CWE-22).
    pub const PATH: Self = Self(1 << 4);
    /// Chooses the host of a request (CWE-918), also by where that one sends it on to.
    pub const URL: Self = Self(Self::HOST.0 | Self::HOP.0);
    /// Chooses the host that is asked first: what a check of the address that a host has takes away.
    pub const HOST: Self = Self(1 << 5);
    /// Chooses a host that may answer with a redirect to any other: only a list of known hosts takes it away.
    pub const HOP: Self = Self(1 << 16);
    /// Is part of a query's text (CWE-89, CWE-943, CWE-90, CWE-643).
    pub const QUERY: Self = Self(1 << 6);
    /// Is turned into objects (CWE-502).
    pub const OBJECT: Self = Self(1 << 7);
    /// Is shown as markup (CWE-79).
    pub const MARKUP: Self = Self(1 << 8);
    /// Opens an address of any scheme (CWE-939).
    pub const SCHEME: Self = Self(1 << 9);
    /// Is run as a whole statement or pipeline of a data base: by design often, and then only as harmless as what checks it.
    pub const STATEMENT: Self = Self(1 << 11);
    /// Tells a language model what to do (CWE-1427).
    pub const PROMPT: Self = Self(1 << 12);
    /// Goes out in the headers of a request (CWE-441).
    pub const HEADER: Self = Self(1 << 13);
    /// Is read as a token without a check of its signature (CWE-347).
    pub const CLAIMS: Self = Self(1 << 14);
    /// Chooses where a browser is sent (CWE-601): whatever can choose the host of a request can.
    pub const REDIRECT: Self = Self(1 << 15);
    /// Is read as XML whose entities may name files and addresses (CWE-611).
    pub const ENTITY: Self = Self(1 << 17);
    pub const ALL: Self = Self(0x3_7bff);
    /// Stands inside markup; gained on the way, and worth something only beside [`Kinds::MARKUP`].
    pub const PAGE: Self = Self(1 << 10);

    /// What data must still be able to do to count for this kind.
    #[must_use]
    pub const fn needed(self) -> Self {
        match self {
            Self::REDIRECT | Self::URL => Self::HOST,
            kind => kind,
        }
    }

    /// What is left after a value of `self` went through a function that left `inner` of it.
    #[must_use]
    pub const fn through(self, inner: Self) -> Self {
        let both = self.and(inner);
        let page = (self.0 | inner.0) & Self::PAGE.0;
        if both.0 & Self::MARKUP.0 != 0 {
            Self(both.0 & Self::ALL.0 | page)
        } else {
            Self(both.0 & Self::ALL.0)
        }
    }

    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0 && other.0 != 0
    }
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 & Self::ALL.0 == 0
    }
}

/// Checks that look like protection and are not enough; named in the finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Weak(pub u8);

impl Weak {
    pub const PREFIX_WITHOUT_SEPARATOR: Self = Self(1);
    pub const UNANCHORED_PATTERN: Self = Self(1 << 1);
    pub const DENY_LIST: Self = Self(1 << 2);
    pub const QUOTES_ONLY: Self = Self(1 << 3);
    pub const UNKNOWN_CHECK: Self = Self(1 << 4);
    pub const URL_PREFIX: Self = Self(1 << 5);
    pub const STAND_IN: Self = Self(1 << 6);

    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// In words, for the finding.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        [
            (
                Self::PREFIX_WITHOUT_SEPARATOR,
                "a prefix check without a separator (`/data` also lets `/data-old` pass)",
            ),
            (Self::UNANCHORED_PATTERN, "a pattern that is not anchored on both ends"),
            (Self::DENY_LIST, "a deny-list"),
            (Self::QUOTES_ONLY, "escaping of quotes only"),
            (Self::UNKNOWN_CHECK, "a check whose strength could not be told"),
            (Self::URL_PREFIX, "a prefix check on the address"),
            (Self::STAND_IN, "a cleaning that takes another text only when nothing is left"),
        ]
        .into_iter()
        .filter(|(w, _)| self.0 & w.0 != 0)
        .map(|(_, text)| text)
        .collect()
    }
}
