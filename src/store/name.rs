//! Names of things in a store.

use std::fmt;
use std::str::FromStr;

/// A name: 1 to 64 characters, no control character, no slash. CAs and certificates share one name space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// Most characters of a name.
const LONGEST: usize = 64;

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// No character, or more than 64.
    #[error("a name has 1 to 64 characters, this one has {0}")]
    Length(usize),
    /// A control character, a slash, or an invisible character that turns the direction of writing.
    #[error("a name has no slash, control or direction character; this one has U+{:04X}", *.0 as u32)]
    Character(char),
}

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let count = text.chars().count();
        if count == 0 || count > LONGEST {
            return Err(NameError::Length(count));
        }
        match text.chars().find(|c| forbidden(*c)) {
            Some(character) => Err(NameError::Character(character)),
            None => Ok(Name(text.to_owned())),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Direction overrides and isolates make a name look like another (Unicode TR 36).
fn forbidden(c: char) -> bool {
    c.is_control()
        || c == '/'
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use crate::store::{Name, NameError};

    #[test]
    fn names_are_bounded() {
        let name = |text: &str| text.parse::<Name>();
        assert_eq!(name("办公章 1").unwrap().as_str(), "办公章 1");
        assert!(name(&"章".repeat(64)).is_ok());
        assert_eq!(name(&"a".repeat(65)), Err(NameError::Length(65)));
        assert_eq!(name(""), Err(NameError::Length(0)));
        for c in ['/', '\n', '\0', '\u{7f}', '\u{9b}', '\u{202e}'] {
            assert_eq!(name(&format!("a{c}")), Err(NameError::Character(c)));
        }
    }
}
