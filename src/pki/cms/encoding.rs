//! What all readers of this folder share: errors, bounded lists, and lengths brought into DER.

use crate::pki::ber::{BerError, Reader, Tlv, tag};
use crate::pki::write;

/// Most members of a SET (certificates, signers, attributes) that are kept. Real containers hold below 30.
const MEMBERS: usize = 1_000;

/// Why bytes are no `SignedData`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CmsError {
    /// Not the structure.
    #[error("malformed SignedData: {0}")]
    Malformed(#[from] BerError),
    /// A ContentInfo of another type than signed data.
    #[error("the container is not SignedData")]
    NotSignedData,
    /// More bytes or members than are accepted.
    #[error("the container is too large")]
    TooLarge,
}

/// An `AlgorithmIdentifier`: its object identifier and all of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmIdentifier {
    /// Dotted object identifier.
    pub oid: String,
    /// The whole value, lengths in DER.
    pub raw: Vec<u8>,
}

impl AlgorithmIdentifier {
    /// Reads one value.
    ///
    /// # Errors
    /// [`BerError`].
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, BerError> {
        let value = reader.expect(tag::SEQUENCE)?;
        let mut fields = reader.inside(&value)?;
        let oid = fields.next()?.oid()?;
        Ok(AlgorithmIdentifier { oid, raw: definite(reader, &value)? })
    }
}

/// Each member of a SET or SEQUENCE OF, bounded in number.
pub(crate) fn members<T>(
    outside: &Reader<'_>,
    set: &Tlv<'_>,
    mut read: impl FnMut(&mut Reader<'_>) -> Result<T, CmsError>,
) -> Result<Vec<T>, CmsError> {
    let mut reader = outside.inside(set)?;
    let mut all = Vec::new();
    while !reader.is_empty() {
        if all.len() >= MEMBERS {
            return Err(CmsError::TooLarge);
        }
        all.push(read(&mut reader)?);
    }
    Ok(all)
}

/// Whether all values, and all that they hold, have DER lengths and no constructed strings (X.690 10.1, 10.2).
pub(crate) fn is_der(mut reader: Reader<'_>) -> bool {
    while !reader.is_empty() {
        let Ok(value) = reader.next() else { return false };
        let constructed = value.tag & 0x20 != 0;
        let universal = value.tag & 0xC0 == 0;
        if constructed && universal && !matches!(value.tag, tag::SEQUENCE | tag::SET) {
            return false;
        }
        if constructed && !reader.inside(&value).is_ok_and(is_der) {
            return false;
        }
    }
    true
}

/// A constructed value with every length in DER.
pub(crate) fn definite(outside: &Reader<'_>, value: &Tlv<'_>) -> Result<Vec<u8>, BerError> {
    Ok(write::tlv(value.tag, &definite_content(outside, value)?))
}

/// Contents of a constructed value with every length inside it in DER; order and strings stay as they are. Depth is
/// bounded by [`Reader::inside`].
fn definite_content(outside: &Reader<'_>, value: &Tlv<'_>) -> Result<Vec<u8>, BerError> {
    let mut reader = outside.inside(value)?;
    let mut out = Vec::new();
    while !reader.is_empty() {
        let member = reader.next()?;
        if member.tag & 0x20 == 0 {
            out.extend_from_slice(&write::tlv(member.tag, member.content));
        } else {
            out.extend_from_slice(&write::tlv(member.tag, &definite_content(&reader, &member)?));
        }
    }
    Ok(out)
}
