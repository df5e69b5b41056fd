//! What a signer states beside the document: role, organisation, business number. Our own signed attribute.
//!
//! ```text
//! Statement ::= SEQUENCE { role [0] IMPLICIT UTF8String OPTIONAL, organisation [1] IMPLICIT UTF8String OPTIONAL,
//!     reference [2] IMPLICIT UTF8String OPTIONAL, reason [3] IMPLICIT UTF8String OPTIONAL,
//!     location [4] IMPLICIT UTF8String OPTIONAL }
//! ```

use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::write;

/// Identifier of the statement, in CMS signed attributes and in ExtData of seals: the UUID
/// 6d42b847-9877-4190-a726-1dd2d8058f57 in the arc 2.25 (ITU-T X.667), which needs no registration.
pub const STATEMENT_OID: &str = "2.25.145232280768971632477699429268067815255";
/// What a signer states about the signing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// In which role: `self`, `legal-representative`, `handler`.
    pub role: Option<String>,
    /// On behalf of which organisation.
    pub organisation: Option<String>,
    /// Business number.
    pub reference: Option<String>,
    /// Why; only where the document's format has no place for it, which is OFD.
    pub reason: Option<String>,
    /// Where; as above.
    pub location: Option<String>,
}

impl Statement {
    /// Whether nothing is stated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Statement::default()
    }

    fn texts(&self) -> [&Option<String>; 5] {
        [&self.role, &self.organisation, &self.reference, &self.reason, &self.location]
    }

    /// The value in DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let mut content = Vec::new();
        for (number, text) in (0..).zip(self.texts()) {
            if let Some(text) = text {
                content.extend_from_slice(&write::tlv(tag::context_primitive(number), text.as_bytes()));
            }
        }
        write::tlv(tag::SEQUENCE, &content)
    }

    /// Reads the value.
    ///
    /// # Errors
    /// [`BerError`].
    pub fn read(der: &[u8]) -> Result<Self, BerError> {
        let whole = Reader::only(der, Encoding::Der)?;
        let mut fields = Reader::new(whole.bytes, Encoding::Der).enter(tag::SEQUENCE)?;
        let mut text = |number| match fields.optional(tag::context_primitive(number))? {
            Some(value) => String::from_utf8(value.content.to_vec()).map(Some).map_err(|_| BerError::Content),
            None => Ok(None),
        };
        let statement = Statement {
            role: text(0)?,
            organisation: text(1)?,
            reference: text(2)?,
            reason: text(3)?,
            location: text(4)?,
        };
        fields.end()?;
        Ok(statement)
    }
}

#[cfg(test)]
mod tests {
    use crate::signature::Statement;

    #[test]
    fn a_statement_comes_back() {
        let statement = Statement {
            role: Some("handler".into()),
            location: Some("x".into()),
            reference: Some("〔2026〕7号".into()),
            ..Statement::default()
        };
        assert_eq!(Statement::read(&statement.to_der()).unwrap(), statement);
        assert!(Statement::read(&[0x30, 0x02, 0x85, 0x00]).is_err());
    }
}
