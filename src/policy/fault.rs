//! What is wrong with the text of a policy.

/// One fault, with the place where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {key}: {kind}")]
pub struct Fault {
    /// The line, from 1; 0 where something is missing and stands on none.
    pub line: usize,
    /// The key concerned, dotted; empty where the text is no TOML.
    pub key: String,
    /// What it is.
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// The text is larger than any policy.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The text is not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The text is no TOML.
    #[error("not TOML: {detail}")]
    Syntax {
        /// The parser's words.
        detail: String,
    },
    /// A key that no policy has.
    #[error("no such key")]
    UnknownKey,
    /// A value of another type.
    #[error("{expected} is needed, not {found}")]
    WrongType {
        /// What is needed, by TOML's word; `end` for a string or a date.
        expected: &'static str,
        /// What was found.
        found: &'static str,
    },
    /// A value that is none of those that are known.
    #[error("{value} is none of: {expected}")]
    BadValue {
        /// The value.
        value: String,
        /// What is expected.
        expected: String,
    },
    /// Something stands twice in a list.
    #[error("{value} stands twice")]
    Repeated {
        /// What.
        value: String,
    },
    /// A policy that extends none has to say everything.
    #[error("missing")]
    Missing,
    /// The name of a policy that the program knows, with another text.
    #[error("{name} is the name of another policy")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Two rules that cannot both be meant.
    #[error("contradicts {with}")]
    Contradiction {
        /// The other key.
        with: &'static str,
    },
}

impl FaultKind {
    /// The names of all, as [`FaultKind::name`] gives them: what the messages must have texts for.
    pub const NAMES: [&'static str; 10] = [
        "too-large",
        "not-utf8",
        "syntax",
        "unknown-key",
        "wrong-type",
        "bad-value",
        "repeated",
        "missing",
        "name-taken",
        "contradiction",
    ];

    /// A stable name, by which its texts are found.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            FaultKind::TooLarge { .. } => "too-large",
            FaultKind::NotUtf8 => "not-utf8",
            FaultKind::Syntax { .. } => "syntax",
            FaultKind::UnknownKey => "unknown-key",
            FaultKind::WrongType { .. } => "wrong-type",
            FaultKind::BadValue { .. } => "bad-value",
            FaultKind::Repeated { .. } => "repeated",
            FaultKind::Missing => "missing",
            FaultKind::NameTaken { .. } => "name-taken",
            FaultKind::Contradiction { .. } => "contradiction",
        }
    }

    /// The values that explain it, by name.
    #[must_use]
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            FaultKind::TooLarge { limit } => vec![("limit", limit.to_string())],
            FaultKind::Syntax { detail } => vec![("detail", detail.clone())],
            FaultKind::NotUtf8 | FaultKind::UnknownKey | FaultKind::Missing => Vec::new(),
            FaultKind::WrongType { expected, found } => {
                vec![("expected", (*expected).to_owned()), ("found", (*found).to_owned())]
            }
            FaultKind::BadValue { value, expected } => vec![("value", value.clone()), ("expected", expected.clone())],
            FaultKind::Repeated { value } => vec![("value", value.clone())],
            FaultKind::NameTaken { name } => vec![("name", name.clone())],
            FaultKind::Contradiction { with } => vec![("with", (*with).to_owned())],
        }
    }
}
