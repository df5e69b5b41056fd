//! A timestamp token as read: `ContentInfo` with `SignedData` around `TSTInfo` (RFC 3161 2.4.2, GM/T 0033-2014 7.2).

use crate::crypto::{Digest, DigestAlgorithm};
use crate::pki::Certificate;
use crate::pki::cms::{CmsError, SignedData, oid};
use crate::pki::timestamp::check::{self, TimestampFault, TimestampFaults, VerifiedTimestamp};
use crate::pki::timestamp::info::TstInfo;

/// A token as read; nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampToken {
    der: Vec<u8>,
    signed_data: SignedData,
    info: TstInfo,
}

impl TimestampToken {
    /// Reads a token; nothing may follow it.
    ///
    /// # Errors
    /// [`TimestampFault`]: always one that breaks the token.
    pub fn read(bytes: &[u8]) -> Result<Self, TimestampFault> {
        let token = TimestampToken::read_padded(bytes)?;
        if token.der.len() == bytes.len() { Ok(token) } else { Err(TimestampFault::TrailingBytes) }
    }

    /// Reads a token from a place that is longer than it: /Contents of a document timestamp. What follows is not looked
    /// at; whoever reads the place judges its padding.
    ///
    /// # Errors
    /// [`TimestampFault`]: always one that breaks the token.
    pub fn read_padded(bytes: &[u8]) -> Result<Self, TimestampFault> {
        let signed_data = SignedData::read(bytes).map_err(|error| match error {
            CmsError::NotSignedData => TimestampFault::NotAToken,
            error => TimestampFault::Container(error),
        })?;
        // RFC 3161 2.4.2; GM/T 0033-2014 7.2 names the same content.
        if signed_data.content_type != oid::TST_INFO {
            return Err(TimestampFault::NotAToken);
        }
        let content = signed_data.content.as_deref().ok_or(TimestampFault::NotAToken)?;
        let info = TstInfo::read(content).map_err(TimestampFault::Info)?;
        let der = bytes.get(..signed_data.length).unwrap_or(bytes).to_vec();
        Ok(TimestampToken { der, signed_data, info })
    }

    /// The token as stored, without what follows it.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// What it says.
    #[must_use]
    pub fn info(&self) -> &TstInfo {
        &self.info
    }

    /// The container.
    #[must_use]
    pub fn signed_data(&self) -> &SignedData {
        &self.signed_data
    }

    /// The algorithm by which what it stamps must be digested; `None` where it is not known here.
    #[must_use]
    pub fn imprint_algorithm(&self) -> Option<DigestAlgorithm> {
        self.info.digest_algorithm()
    }

    /// The certificate that the authority names, among those of the token and `extra`.
    #[must_use]
    pub fn certificate(&self, extra: &[Certificate]) -> Option<Certificate> {
        self.signed_data.signing_certificate(extra)
    }

    /// Checks everything but trust: that the token stamps exactly `data`, that its one signer's value holds over it,
    /// and that the certificate is the one that the signer has referred to. `extra` are certificates from elsewhere
    /// among which the authority's may be.
    ///
    /// # Errors
    /// [`TimestampFaults`]: everything that is wrong.
    pub fn verify(self, data: &[u8], extra: &[Certificate]) -> Result<VerifiedTimestamp, TimestampFaults> {
        let digest = self.imprint_algorithm().map(|algorithm| algorithm.digest(data));
        check::verify(self, digest.as_ref(), extra)
    }

    /// As [`TimestampToken::verify`], for data that was digested elsewhere by [`TimestampToken::imprint_algorithm`].
    ///
    /// # Errors
    /// [`TimestampFaults`]; a digest by another algorithm is a mismatch.
    pub fn verify_digest(self, digest: &Digest, extra: &[Certificate]) -> Result<VerifiedTimestamp, TimestampFaults> {
        check::verify(self, Some(digest), extra)
    }
}
