//! The owner of a seal by its unified social credit code (统一社会信用代码, GB 32100-2015), as our own extension data:
//! GB/T 38540-2020 has no member for it, and every reader passes over what is not critical.

use crate::pki::write::utf8;
use crate::seal::{ExtData, Seal};

/// Identifier of the extension: the UUID b0d1b0c6-5a0e-4c68-9a52-3f2d6c1e7a41 in the arc 2.25 (ITU-T X.667).
pub const OWNER_CODE_OID: &str = "2.25.235032902720716329798596137226833132097";

/// The characters of a code, each counting as its place (GB 32100-2015 5.2).
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Weights of the first seventeen characters: 3 to the power of the place, modulo 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// A code of eighteen characters of the right alphabet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerCode(String);

/// Whether the last character is the check character. Some early real codes fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckCharacter {
    /// It is.
    Right,
    /// It is not.
    Wrong,
}

/// A text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a unified social credit code of 18 characters")]
pub struct NotAnOwnerCode;

impl OwnerCode {
    /// Reads a code.
    ///
    /// # Errors
    /// [`NotAnOwnerCode`] for another length or alphabet. A wrong check character is no error.
    pub fn parse(text: &str) -> Result<Self, NotAnOwnerCode> {
        let fits = text.len() == 18 && text.bytes().all(|byte| ALPHABET.contains(&byte));
        if fits { Ok(OwnerCode(text.to_owned())) } else { Err(NotAnOwnerCode) }
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The check character against the others (GB 32100-2015 5.2): (31 - sum mod 31) mod 31.
    #[must_use]
    pub fn check(&self) -> CheckCharacter {
        let place = |byte: u8| ALPHABET.iter().position(|c| *c == byte).unwrap_or_default();
        let sum: usize = self.0.bytes().zip(WEIGHTS).map(|(byte, weight)| place(byte) * weight).sum();
        let expected = (31 - sum % 31) % 31;
        let last = self.0.bytes().next_back().map(place);
        if last == Some(expected) { CheckCharacter::Right } else { CheckCharacter::Wrong }
    }

    /// As extension data of a seal.
    #[must_use]
    pub fn extension(&self) -> ExtData {
        ExtData { oid: OWNER_CODE_OID.to_owned(), critical: false, value: utf8(&self.0) }
    }
}

impl Seal {
    /// The owner's code, where this program wrote one.
    #[must_use]
    pub fn owner_code(&self) -> Option<OwnerCode> {
        use crate::pki::ber::{Encoding, Reader, tag};
        let extension = self.extensions().iter().find(|extension| extension.oid == OWNER_CODE_OID)?;
        let value = Reader::only(&extension.value, Encoding::Der).ok().filter(|value| value.tag == tag::UTF8_STRING)?;
        OwnerCode::parse(std::str::from_utf8(value.content).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use crate::seal::{CheckCharacter, OwnerCode};

    #[test]
    fn the_check_character_finds_a_changed_one() {
        let code = OwnerCode::parse("12100000K00002351Y").unwrap();
        assert_eq!(code.check(), CheckCharacter::Right);
        assert_eq!(OwnerCode::parse("12100000K00002361Y").unwrap().check(), CheckCharacter::Wrong);
    }

    #[test]
    fn letters_that_look_like_digits_are_refused() {
        for text in ["12100000I00002351Y", "12100000K00002351", "12100000k00002351Y", "", "12100000K00002351YY"] {
            assert!(OwnerCode::parse(text).is_err(), "{text}");
        }
    }
}
