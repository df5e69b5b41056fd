//! `TimeStampReq` (RFC 3161 2.4.1, GM/T 0033-2014 7.1).
//!
//! ```text
//! TimeStampReq ::= SEQUENCE { version INTEGER { v1(1) }, messageImprint MessageImprint,
//!     reqPolicy OBJECT IDENTIFIER OPTIONAL, nonce INTEGER OPTIONAL, certReq BOOLEAN DEFAULT FALSE,
//!     extensions [0] IMPLICIT Extensions OPTIONAL }
//! ```

use crate::crypto::{Digest, DigestAlgorithm};
use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::extension::{Extension, read_extensions};
use crate::pki::timestamp::info::read_imprint;
use crate::pki::write::{self, WriteError};

/// Largest request that is read: 64 KiB; real ones stay below 200 bytes.
const REQUEST_BYTES: usize = 64 << 10;

/// What an authority is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampRequest {
    digest_oid: String,
    imprint: Vec<u8>,
    policy: Option<String>,
    /// Contents of the INTEGER.
    nonce: Option<Vec<u8>>,
    certificates: CertificateWish,
    extensions: Vec<Extension>,
}

/// Whether the authority's certificate is to travel in the token (`certReq`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateWish {
    /// It is.
    Included,
    /// It is not.
    Omitted,
}

/// Why bytes are no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Not the structure, or not of version 1.
    #[error("malformed timestamp request: {0}")]
    Malformed(#[from] BerError),
    /// Larger than any request.
    #[error("the timestamp request is too large")]
    TooLarge,
}

impl TimestampRequest {
    /// For something of this digest, with the authority's certificate in the token.
    #[must_use]
    pub fn over(digest: &Digest) -> Self {
        TimestampRequest {
            digest_oid: digest.algorithm().oid().to_owned(),
            imprint: digest.as_bytes().to_vec(),
            policy: None,
            nonce: None,
            certificates: CertificateWish::Included,
            extensions: Vec::new(),
        }
    }

    /// With a number of which the answer must repeat the very value: random bytes (RFC 3161 2.4.1 advises 64 bits).
    #[must_use]
    pub fn with_nonce(mut self, random: &[u8]) -> Self {
        let integer = write::unsigned(random);
        // Contents of an INTEGER of less than 128 bytes stand behind two bytes.
        self.nonce = integer.get(2..).filter(|_| random.len() < 120).map(<[u8]>::to_vec);
        self
    }

    /// Under one policy of the authority, dotted.
    #[must_use]
    pub fn with_policy(mut self, policy: String) -> Self {
        self.policy = Some(policy);
        self
    }

    /// With or without the authority's certificate.
    #[must_use]
    pub fn with_certificates(mut self, wish: CertificateWish) -> Self {
        self.certificates = wish;
        self
    }

    /// Reads a request; nothing may follow it.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > REQUEST_BYTES {
            return Err(RequestError::TooLarge);
        }
        let mut outer = Reader::new(bytes, Encoding::Der);
        let mut fields = outer.enter(tag::SEQUENCE)?;
        outer.end()?;
        if fields.next()?.unsigned()? != 1 {
            return Err(BerError::Content.into());
        }
        let (digest_oid, imprint) = read_imprint(&mut fields)?;
        let policy = fields.optional(tag::OID)?.map(|value| value.oid()).transpose()?;
        let nonce = fields.optional(tag::INTEGER)?.map(|value| value.integer().map(<[u8]>::to_vec)).transpose()?;
        let asked = fields.optional(tag::BOOLEAN)?.is_some_and(|value| value.content != [0]);
        let certificates = if asked { CertificateWish::Included } else { CertificateWish::Omitted };
        let extensions = match fields.optional(tag::context(0))? {
            Some(value) => read_extensions(&mut fields.inside(&value)?)?,
            None => Vec::new(),
        };
        fields.end()?;
        Ok(TimestampRequest { digest_oid, imprint, policy, nonce, certificates, extensions })
    }

    /// DER.
    ///
    /// # Errors
    /// [`WriteError::NotAnOid`] for a policy that is no object identifier.
    pub fn to_der(&self) -> Result<Vec<u8>, WriteError> {
        let policy = self.policy.as_deref().map(write::oid).transpose()?.unwrap_or_default();
        let nonce = self.nonce.as_deref().map(write::integer_content).unwrap_or_default();
        let certificates = match self.certificates {
            CertificateWish::Included => write::boolean(true),
            CertificateWish::Omitted => Vec::new(),
        };
        Ok(write::sequence(&[&write::integer(1), &self.imprint_der()?, &policy, &nonce, &certificates]))
    }

    /// Digest of what is to be stamped, where its algorithm is known here and the length is that of the algorithm
    /// (RFC 3161 2.4.1).
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        Digest::from_stored(DigestAlgorithm::from_oid(&self.digest_oid)?, &self.imprint)
    }

    /// Dotted digest algorithm of the imprint.
    #[must_use]
    pub fn digest_oid(&self) -> &str {
        &self.digest_oid
    }

    /// The imprint as it stands.
    #[must_use]
    pub fn imprint(&self) -> &[u8] {
        &self.imprint
    }

    /// The policy asked for, dotted.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// Contents of the nonce INTEGER.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Whether the certificate is asked for.
    #[must_use]
    pub fn certificates(&self) -> CertificateWish {
        self.certificates
    }

    /// Extensions; an authority that knows none of them must refuse (RFC 3161 2.4.1).
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// `MessageImprint`, parameters of the algorithm absent (RFC 5754 2).
    pub(super) fn imprint_der(&self) -> Result<Vec<u8>, WriteError> {
        let algorithm = write::sequence(&[&write::oid(&self.digest_oid)?]);
        Ok(write::sequence(&[&algorithm, &write::octet_string(&self.imprint)]))
    }
}
