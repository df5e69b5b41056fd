//! `TSTInfo`, the content of a timestamp token (RFC 3161 2.4.2). Only what a signature check needs is read here.
//!
//! ```text
//! TSTInfo ::= SEQUENCE { version INTEGER, policy OBJECT IDENTIFIER, messageImprint MessageImprint,
//!     serialNumber INTEGER, genTime GeneralizedTime, ... }
//! MessageImprint ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashedMessage OCTET STRING }
//! ```

use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::cms::encoding::AlgorithmIdentifier;
use crate::time::Time;

/// What a token says; nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TstInfo {
    /// The authority's policy, dotted.
    pub policy: String,
    /// Digest algorithm of the imprint, dotted.
    pub digest_oid: String,
    /// Digest of the bytes that the token stamps.
    pub imprint: Vec<u8>,
    /// Contents of the serial INTEGER.
    pub serial: Vec<u8>,
    /// The time stated.
    pub time: Time,
}

impl TstInfo {
    /// Reads the content of a token. What follows genTime (accuracy, nonce, tsa, extensions) is left unread.
    ///
    /// # Errors
    /// [`BerError`].
    pub fn read(content: &[u8]) -> Result<Self, BerError> {
        let whole = Reader::only(content, Encoding::Ber)?;
        let mut fields = Reader::new(whole.bytes, Encoding::Ber).enter(tag::SEQUENCE)?;
        if fields.next()?.unsigned()? != 1 {
            return Err(BerError::Content);
        }
        let policy = fields.next()?.oid()?;
        let mut message_imprint = fields.enter(tag::SEQUENCE)?;
        let digest_oid = AlgorithmIdentifier::read(&mut message_imprint)?.oid;
        let imprint = message_imprint.next()?.octets()?.to_vec();
        message_imprint.end()?;
        let serial = fields.expect(tag::INTEGER)?.content.to_vec();
        let text = fields.expect(tag::GENERALIZED_TIME)?.content;
        let text = std::str::from_utf8(text).map_err(|_| BerError::Content)?;
        let time = Time::parse_generalized(text).map_err(|_| BerError::Content)?;
        Ok(TstInfo { policy, digest_oid, imprint, serial, time })
    }
}
