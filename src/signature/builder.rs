//! Making of detached SignedData: PAdES B-B and plain CMS (RFC 5652), and GB/T 35275 for SM2.
//!
//! Everything is written in DER, signed attributes sorted (X.690 11.6).

use crate::crypto::{Digest, DigestAlgorithm, PublicKey, SignError, SignatureAlgorithm, SignatureBytes, Signer};
use crate::pki::Certificate;
use crate::pki::ber::tag;
use crate::pki::cms::{certificate_reference, oid};
use crate::pki::write::{self, WriteError};
use crate::signature::statement::{STATEMENT_OID, Statement};
use crate::time::Time;

/// Which form is made; the key decides between RFC 5652 and GB/T 35275.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// /Contents of a PDF signature. P-256 and RSA: PAdES B-B, without signingTime (EN 319 142-1 6.3). SM2: GM/T 0010
    /// for `/GM.sm2cms.detached`, with a signed reference to the certificate.
    Pdf,
    /// `SignedValue.dat` of an OFD signature: the attributes contentType, messageDigest and signingTime (form B of
    /// GB/T 35275); for other keys than SM2 a signed reference to the certificate too.
    Ofd {
        /// The time that the signer states.
        signing_time: Time,
    },
    /// A file `.p7s` beside any document: as for OFD, with a signed reference to the certificate.
    File {
        /// The time that the signer states.
        signing_time: Time,
    },
}

/// Why nothing was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The certificate's key cannot be read.
    #[error("the certificate's key cannot be used")]
    CertificateKey,
    /// The signer's key is not the certificate's, or signs by another algorithm.
    #[error("the key does not belong to the certificate")]
    KeyMismatch,
    /// The digest was made by another algorithm than the signature needs.
    #[error("the document was digested with {found}, {needed} is needed")]
    DigestMismatch {
        /// Algorithm of the digest given.
        found: &'static str,
        /// Algorithm that is needed.
        needed: &'static str,
    },
    /// The key refused.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A constant could not be encoded.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What is known before the document is digested.
#[derive(Clone, Debug)]
pub struct SignatureBuilder {
    certificate: Certificate,
    chain: Vec<Certificate>,
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    form: Form,
    statement: Option<Statement>,
}

/// Signed attributes around one document digest, waiting for the signature value.
#[derive(Clone, Debug)]
pub struct ToBeSigned {
    builder: SignatureBuilder,
    /// Contents of the SET of attributes, sorted.
    attributes: Vec<u8>,
}

impl SignatureBuilder {
    /// For a signer's certificate; `chain` are the certificates above it that travel along.
    ///
    /// # Errors
    /// [`BuildError::CertificateKey`].
    pub fn new(certificate: Certificate, chain: Vec<Certificate>, form: Form) -> Result<Self, BuildError> {
        let key = certificate.public_key().map_err(|_| BuildError::CertificateKey)?;
        let algorithm = key.default_algorithm();
        Ok(SignatureBuilder { certificate, chain, key, algorithm, form, statement: None })
    }

    /// Adds what the signer states, as a signed attribute of our own.
    #[must_use]
    pub fn statement(mut self, statement: Statement) -> Self {
        self.statement = Some(statement).filter(|s| !s.is_empty());
        self
    }

    /// The digest algorithm that the document must be digested with.
    #[must_use]
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.algorithm.digest()
    }

    /// The algorithm that signs.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// No result is longer than this, in bytes: what to reserve for /Contents.
    ///
    /// # Errors
    /// [`BuildError::Write`].
    pub fn upper_bound(&self) -> Result<usize, BuildError> {
        // DER lengths grow with their contents, so the longest value gives the longest container.
        let longest = match self.algorithm {
            SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss { .. } => self.key.bits().div_ceil(8),
            SignatureAlgorithm::Ed25519 => 64,
            // SEQUENCE of two INTEGERs, each with a leading zero at most.
            SignatureAlgorithm::Sm2Sm3 | SignatureAlgorithm::Ecdsa(_) => 2 * (self.key.bits().div_ceil(8) + 3) + 4,
        };
        let digest = self.digest_algorithm().digest(&[]);
        let prepared = self.clone().document_digest(&digest)?;
        Ok(prepared.assemble(&vec![0xFF; longest])?.len())
    }

    /// Takes the digest of the document: the bytes of the ByteRange, Signature.xml, or the file.
    ///
    /// # Errors
    /// [`BuildError::DigestMismatch`], [`BuildError::Write`].
    pub fn document_digest(self, digest: &Digest) -> Result<ToBeSigned, BuildError> {
        let needed = self.digest_algorithm();
        if digest.algorithm() != needed {
            return Err(BuildError::DigestMismatch { found: digest.algorithm().name(), needed: needed.name() });
        }
        let mut attributes = vec![
            attribute(write::oid(oid::CONTENT_TYPE)?, &write::oid(self.content_type())?),
            attribute(write::oid(oid::MESSAGE_DIGEST)?, &write::octet_string(digest.as_bytes())),
        ];
        match self.form {
            Form::Pdf => {}
            // RFC 5652 11.3: UTCTime through 2049, GeneralizedTime from 2050.
            Form::Ofd { signing_time } | Form::File { signing_time } => {
                attributes.push(attribute(write::oid(oid::SIGNING_TIME)?, &write::x509_time(signing_time)));
            }
        }
        if !(self.is_gm() && matches!(self.form, Form::Ofd { .. })) {
            let reference = certificate_reference(&self.certificate, self.digest_algorithm())?;
            attributes.push(attribute(write::oid(oid::SIGNING_CERTIFICATE_V2)?, &reference));
        }
        if let Some(statement) = &self.statement {
            attributes.push(attribute(write::oid(STATEMENT_OID)?, &statement.to_der()));
        }
        let attributes = write::sorted(&attributes.iter().map(Vec::as_slice).collect::<Vec<_>>());
        Ok(ToBeSigned { builder: self, attributes })
    }

    fn is_gm(&self) -> bool {
        self.algorithm == SignatureAlgorithm::Sm2Sm3
    }

    fn content_type(&self) -> &'static str {
        if self.is_gm() { oid::GM_DATA } else { oid::DATA }
    }

    /// `AlgorithmIdentifier` of the digest: parameters absent (RFC 5754 2).
    fn digest_identifier(&self) -> Result<Vec<u8>, BuildError> {
        Ok(write::sequence(&[&write::oid(self.digest_algorithm().oid())?]))
    }

    /// `AlgorithmIdentifier` of the signature; GB/T 35275 names SM2 as 1.2.156.10197.1.301.1.
    fn signature_identifier(&self) -> Result<Vec<u8>, BuildError> {
        if self.is_gm() {
            return Ok(write::sequence(&[&write::oid(oid::GM_SM2_SIGNATURE)?]));
        }
        Ok(self.algorithm.identifier())
    }
}

impl ToBeSigned {
    /// The message that the signature value must cover: the signed attributes as a SET (RFC 5652 5.4).
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        write::tlv(tag::SET, &self.attributes)
    }

    /// Signs and puts the container together.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn sign(self, signer: &dyn Signer) -> Result<Vec<u8>, BuildError> {
        let fits =
            signer.public_key().spki() == self.builder.key.spki() && signer.algorithm() == self.builder.algorithm;
        if !fits {
            return Err(BuildError::KeyMismatch);
        }
        // A signer has verified its value before it returns it.
        let value = signer.sign(&self.message())?;
        self.assemble(value.as_bytes())
    }

    /// Puts the container together around a value made elsewhere over [`ToBeSigned::message`].
    ///
    /// # Errors
    /// [`BuildError::KeyMismatch`] where the value does not verify with the certificate's key.
    pub fn finish(self, value: &SignatureBytes) -> Result<Vec<u8>, BuildError> {
        let verified = self.builder.key.verify(self.builder.algorithm, &self.message(), value);
        verified.map_err(|_| BuildError::KeyMismatch)?;
        self.assemble(value.as_bytes())
    }

    fn assemble(&self, value: &[u8]) -> Result<Vec<u8>, BuildError> {
        let builder = &self.builder;
        let digest = builder.digest_identifier()?;
        let certificate = &builder.certificate;
        let sid = write::sequence(&[certificate.issuer().as_der(), &write::integer_content(certificate.serial())]);
        let info = write::sequence(&[
            &write::integer(1),
            &sid,
            &digest,
            &write::tlv(tag::context(0), &self.attributes),
            &builder.signature_identifier()?,
            &write::octet_string(value),
        ]);
        let mut certificates = vec![certificate.as_der()];
        certificates.extend(builder.chain.iter().map(Certificate::as_der).filter(|der| *der != certificate.as_der()));
        certificates.dedup();
        let signed_data = write::sequence(&[
            // Version 1: certificates of X.509 alone, content of type data, issuerAndSerialNumber (RFC 5652 5.1).
            &write::integer(1),
            &write::set(&[&digest]),
            &write::sequence(&[&write::oid(builder.content_type())?]),
            &write::tlv(tag::context(0), &write::sorted(&certificates)),
            &write::set(&[&info]),
        ]);
        let outer = if builder.is_gm() { oid::GM_SIGNED_DATA } else { oid::SIGNED_DATA };
        Ok(write::sequence(&[&write::oid(outer)?, &write::tlv(tag::context(0), &signed_data)]))
    }
}

fn attribute(oid: Vec<u8>, value: &[u8]) -> Vec<u8> {
    write::sequence(&[&oid, &write::set(&[value])])
}
