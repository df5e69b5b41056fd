//! Answers of OCSP responders (RFC 6960), as read; `pki::revocation` judges them.
//!
//! ```text
//! OCSPResponse      ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT ResponseBytes OPTIONAL }
//! ResponseBytes     ::= SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING }
//! BasicOCSPResponse ::= SEQUENCE { tbsResponseData ResponseData, signatureAlgorithm AlgorithmIdentifier,
//!                                  signature BIT STRING, certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
//! ResponseData      ::= SEQUENCE { version [0] EXPLICIT DEFAULT v1, responderID ResponderID,
//!                                  producedAt GeneralizedTime, responses SEQUENCE OF SingleResponse,
//!                                  responseExtensions [1] EXPLICIT Extensions OPTIONAL }
//! SingleResponse    ::= SEQUENCE { certID CertID, certStatus CertStatus, thisUpdate GeneralizedTime,
//!                                  nextUpdate [0] EXPLICIT GeneralizedTime OPTIONAL, singleExtensions [1] EXPLICIT }
//! ```

use std::fmt;
use std::sync::Arc;

use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm, SignatureBytes};
use crate::limits::VALUE_BYTES;
use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::certificate::{read_time, signature_value};
use crate::pki::extension::{Extension, oid, read_extensions};
use crate::pki::{Certificate, CertificateError, Name, RevocationReason, SignatureFault, write};
use crate::time::Time;

/// ENUMERATED.
const ENUMERATED: u8 = 0x0A;
/// Most certificates of a response that are looked at: a responder sends its own and perhaps a chain.
const CERTIFICATES: usize = 16;
/// Most single responses that are kept.
const SINGLES: usize = 10_000;

/// Why bytes are no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspError {
    /// The structure is broken.
    #[error("not an OCSP response: {0}")]
    Structure(#[from] BerError),
    /// A date is none.
    #[error("not an OCSP response: a date is malformed")]
    Time,
    /// The responder gave no answer: responseStatus of RFC 6960 4.2.1 (1 malformedRequest, 2 internalError,
    /// 3 tryLater, 5 sigRequired, 6 unauthorized).
    #[error("the OCSP responder answered with status {status} and no response")]
    NotSuccessful {
        /// Its number.
        status: u64,
    },
    /// An answer of another type than id-pkix-ocsp-basic.
    #[error("an OCSP response of unknown type")]
    UnknownType,
    /// Larger than any answer may be.
    #[error("the OCSP response is larger than {VALUE_BYTES} bytes")]
    TooLarge,
}

/// Who answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponderId {
    /// By its subject.
    ByName(Name),
    /// By SHA-1 over the bits of its key.
    ByKey(Vec<u8>),
}

impl ResponderId {
    /// Whether this certificate is meant. Which digest makes the identifier is fixed (RFC 6960 4.2.1); SM2 responders
    /// also write SM3.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            ResponderId::ByName(name) => certificate.subject().matches(name),
            ResponderId::ByKey(hash) => certificate.public_key().is_ok_and(|key| {
                let of = |algorithm: DigestAlgorithm| algorithm.digest(key.key_bits()).as_bytes() == hash;
                of(DigestAlgorithm::Sha1) || of(DigestAlgorithm::Sm3)
            }),
        }
    }
}

/// `CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING, serialNumber }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertId {
    /// `None` for one that is not known here: then nobody is named.
    algorithm: Option<DigestAlgorithm>,
    issuer_name: Vec<u8>,
    issuer_key: Vec<u8>,
    serial: Vec<u8>,
}

impl CertId {
    /// Whether this certificate of this issuer is meant.
    #[must_use]
    pub fn names(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        if self.serial != certificate.serial() {
            return false;
        }
        let (Some(algorithm), Ok(key)) = (self.algorithm, issuer.public_key()) else { return false };
        let digest = |bytes: &[u8]| algorithm.digest(bytes).as_bytes().to_vec();
        // The name stands in both certificates, perhaps in other string types.
        let named = [certificate.issuer(), issuer.subject()].iter().any(|n| digest(n.as_der()) == self.issuer_name);
        named && digest(key.key_bits()) == self.issuer_key
    }
}

/// CertStatus (RFC 6960 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertStatus {
    /// Not revoked as far as the responder knows.
    Good,
    /// Revoked.
    Revoked {
        /// Since when.
        at: Time,
        /// Why.
        reason: RevocationReason,
    },
    /// The responder does not know the certificate.
    Unknown,
}

/// The answer about one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleResponse {
    /// Which certificate.
    pub id: CertId,
    /// Its status.
    pub status: CertStatus,
    /// When this was known to be so.
    pub this_update: Time,
    /// When newer knowledge will be there.
    pub next_update: Option<Time>,
    /// Since when the responder keeps what it knows of expired certificates (RFC 6960 4.4.4).
    pub archive_cutoff: Option<Time>,
    understood: bool,
}

/// A response of type id-pkix-ocsp-basic that has been read and not judged. Cheap to clone.
#[derive(Clone)]
pub struct OcspResponse(Arc<Parts>);

struct Parts {
    raw: Vec<u8>,
    tbs: Vec<u8>,
    algorithm: Vec<u8>,
    signature: SignatureBytes,
    responder: ResponderId,
    produced_at: Time,
    singles: Vec<SingleResponse>,
    extensions: Vec<Extension>,
    certificates: Vec<Certificate>,
}

impl OcspResponse {
    /// Reads an `OCSPResponse`, as responders send it and /DSS of a PDF holds it.
    ///
    /// # Errors
    /// [`OcspError`].
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() as u64 > VALUE_BYTES {
            return Err(OcspError::TooLarge);
        }
        let mut reader = Reader::new(der, Encoding::Der);
        let mut outer = reader.enter(tag::SEQUENCE)?;
        reader.end()?;
        let status = outer.expect(ENUMERATED)?;
        let status =
            status.content.iter().fold(0_u64, |n, byte| n.saturating_mul(256).saturating_add(u64::from(*byte)));
        if status != 0 {
            return Err(OcspError::NotSuccessful { status });
        }
        let mut explicit = outer.enter(tag::context(0))?;
        outer.end()?;
        let mut bytes = explicit.enter(tag::SEQUENCE)?;
        explicit.end()?;
        let kind = bytes.expect(tag::OID)?.oid()?;
        let basic = bytes.expect(tag::OCTET_STRING)?;
        bytes.end()?;
        if kind != oid::OCSP_BASIC { Err(OcspError::UnknownType) } else { Self::from_basic_der(basic.content) }
    }

    /// Reads a `BasicOCSPResponse`, as the attributes of CMS hold it (RFC 5126 6.3.4).
    ///
    /// # Errors
    /// [`OcspError`].
    pub fn from_basic_der(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() as u64 > VALUE_BYTES {
            return Err(OcspError::TooLarge);
        }
        let mut reader = Reader::new(der, Encoding::Der);
        let mut parts = reader.enter(tag::SEQUENCE)?;
        reader.end()?;
        let tbs = parts.expect(tag::SEQUENCE)?;
        let algorithm = parts.expect(tag::SEQUENCE)?.bytes.to_vec();
        let signature = signature_value(&parts.expect(tag::BIT_STRING)?);
        let certificates = match parts.optional(tag::context(0))? {
            Some(value) => certificates(parts.inside(&value)?)?,
            None => Vec::new(),
        };
        parts.end()?;
        let mut body = parts.inside(&tbs)?;
        body.optional(tag::context(0))?;
        let responder = responder(&mut body)?;
        let produced_at = time(&body.expect(tag::GENERALIZED_TIME)?)?;
        let singles = singles(body.enter(tag::SEQUENCE)?)?;
        let extensions = extensions(&mut body)?;
        body.end()?;
        Ok(OcspResponse(Arc::new(Parts {
            raw: der.to_vec(),
            tbs: tbs.bytes.to_vec(),
            algorithm,
            signature,
            responder,
            produced_at,
            singles,
            extensions,
            certificates,
        })))
    }

    /// The `BasicOCSPResponse`, byte for byte.
    #[must_use]
    pub fn as_basic_der(&self) -> &[u8] {
        &self.0.raw
    }

    /// As an `OCSPResponse`, which is how it is kept in files (RFC 6960 4.2.1).
    ///
    /// # Errors
    /// [`write::WriteError`].
    pub fn to_der(&self) -> Result<Vec<u8>, write::WriteError> {
        let bytes = write::sequence(&[&write::oid(oid::OCSP_BASIC)?, &write::octet_string(self.as_basic_der())]);
        Ok(write::sequence(&[&write::tlv(ENUMERATED, &[0]), &write::explicit(0, &bytes)]))
    }

    /// Who answered.
    #[must_use]
    pub fn responder(&self) -> &ResponderId {
        &self.0.responder
    }

    /// When the answer was signed.
    #[must_use]
    pub fn produced_at(&self) -> Time {
        self.0.produced_at
    }

    /// The answers.
    #[must_use]
    pub fn singles(&self) -> &[SingleResponse] {
        &self.0.singles
    }

    /// Certificates that travel with it: nothing is believed of them.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    /// The nonce that it repeats (RFC 6960 4.4.1, RFC 9654): who asked with one compares it.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        let extension = self.0.extensions.iter().find(|one| one.oid == oid::OCSP_NONCE)?;
        // Some responders leave the OCTET STRING out.
        let inner = Reader::only(&extension.value, Encoding::Der).ok().and_then(|value| value.octets().ok());
        Some(inner.unwrap_or(&extension.value))
    }

    /// Whether nothing critical in it is unknown here (RFC 6960 4.4).
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.0.extensions.iter().all(|one| !one.critical || one.oid == oid::OCSP_NONCE)
            && self.0.singles.iter().all(|single| single.understood)
    }

    /// The algorithm of its signature; `None` for an unknown one.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        SignatureAlgorithm::from_identifier(&self.0.algorithm, None)
    }

    /// Verifies the signature. This says nothing of the signer's right to answer.
    ///
    /// # Errors
    /// [`SignatureFault`].
    pub fn verify_signature_by(&self, responder: &PublicKey) -> Result<(), SignatureFault> {
        let algorithm = self.signature_algorithm().ok_or(SignatureFault::UnknownAlgorithm)?;
        Ok(responder.verify(algorithm, &self.0.tbs, &self.0.signature)?)
    }
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        self.0.raw == other.0.raw
    }
}

impl Eq for OcspResponse {}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspResponse({:?}, {}, {} answers)", self.0.responder, self.0.produced_at, self.0.singles.len())
    }
}

/// A question about one certificate, without a signature (RFC 6960 4.1.1), as DER. SHA-1 names the issuer, as every
/// responder understands it (RFC 5019 2.1.1) and nothing hangs on its strength; SM2 issuers are named by SM3.
///
/// # Errors
/// [`SignatureFault::Value`] where the issuer's key is not usable.
pub fn request(certificate: &Certificate, issuer: &Certificate, nonce: &[u8]) -> Result<Vec<u8>, RequestError> {
    let key = issuer.public_key().map_err(|_| RequestError::Key)?;
    let algorithm = if key.is_sm2() { DigestAlgorithm::Sm3 } else { DigestAlgorithm::Sha1 };
    let hash = |bytes: &[u8]| write::octet_string(algorithm.digest(bytes).as_bytes());
    let id = write::sequence(&[
        &write::sequence(&[&write::oid(algorithm.oid())?, &write::tlv(tag::NULL, &[])]),
        &hash(certificate.issuer().as_der()),
        &hash(key.key_bits()),
        &write::integer_content(certificate.serial()),
    ]);
    let list = write::sequence(&[&write::sequence(&[&id])]);
    let value = write::octet_string(&write::octet_string(nonce));
    let extensions = write::sequence(&[&write::sequence(&[&write::oid(oid::OCSP_NONCE)?, &value])]);
    Ok(write::sequence(&[&write::sequence(&[&list, &write::explicit(2, &extensions)])]))
}

/// Why no question could be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The issuer's key is not usable.
    #[error("the issuer's key is not usable")]
    Key,
    /// A value does not fit its type.
    #[error(transparent)]
    Write(#[from] write::WriteError),
}

fn time(value: &Tlv<'_>) -> Result<Time, OcspError> {
    read_time(value).map_err(|_| OcspError::Time)
}

/// `ResponderID ::= CHOICE { byName [1] Name, byKey [2] KeyHash }`, both explicit.
fn responder(body: &mut Reader<'_>) -> Result<ResponderId, OcspError> {
    let value = body.next()?;
    let mut inside = body.inside(&value)?;
    let id = match value.tag {
        0xA1 => ResponderId::ByName(Name::from_der(inside.expect(tag::SEQUENCE)?.bytes)?),
        0xA2 => ResponderId::ByKey(inside.expect(tag::OCTET_STRING)?.content.to_vec()),
        _ => return Err(BerError::UnexpectedTag.into()),
    };
    inside.end()?;
    Ok(id)
}

fn certificates(mut explicit: Reader<'_>) -> Result<Vec<Certificate>, OcspError> {
    let mut list = explicit.enter(tag::SEQUENCE)?;
    explicit.end()?;
    let mut found = Vec::new();
    while !list.is_empty() {
        let der = list.expect(tag::SEQUENCE)?.bytes;
        if found.len() < CERTIFICATES {
            found.extend(Certificate::from_der(der).map_err(|error| match error {
                CertificateError::Structure(error) => OcspError::Structure(error),
                _ => OcspError::Structure(BerError::Content),
            }));
        }
    }
    Ok(found)
}

fn singles(mut list: Reader<'_>) -> Result<Vec<SingleResponse>, OcspError> {
    let mut found = Vec::new();
    while !list.is_empty() {
        found.push(single(list.enter(tag::SEQUENCE)?)?);
        if found.len() > SINGLES {
            return Err(OcspError::TooLarge);
        }
    }
    Ok(found)
}

fn single(mut one: Reader<'_>) -> Result<SingleResponse, OcspError> {
    let mut id = one.enter(tag::SEQUENCE)?;
    let algorithm = id.enter(tag::SEQUENCE)?.expect(tag::OID)?.oid()?;
    let id = CertId {
        algorithm: DigestAlgorithm::from_oid(&algorithm),
        issuer_name: id.expect(tag::OCTET_STRING)?.content.to_vec(),
        issuer_key: id.expect(tag::OCTET_STRING)?.content.to_vec(),
        serial: id.expect(tag::INTEGER)?.content.to_vec(),
    };
    let value = one.next()?;
    let status = match value.tag {
        0x80 => CertStatus::Good,
        0xA1 => revoked(one.inside(&value)?)?,
        0x82 => CertStatus::Unknown,
        _ => return Err(BerError::UnexpectedTag.into()),
    };
    let this_update = time(&one.expect(tag::GENERALIZED_TIME)?)?;
    let next_update = match one.optional(tag::context(0))? {
        Some(value) => Some(time(&one.inside(&value)?.expect(tag::GENERALIZED_TIME)?)?),
        None => None,
    };
    let extensions = extensions(&mut one)?;
    one.end()?;
    let cutoff = extensions.iter().find(|extension| extension.oid == oid::OCSP_ARCHIVE_CUTOFF);
    let cutoff = cutoff.and_then(|extension| Reader::only(&extension.value, Encoding::Der).ok());
    Ok(SingleResponse {
        id,
        status,
        this_update,
        next_update,
        archive_cutoff: cutoff.and_then(|value| read_time(&value).ok()),
        understood: extensions.iter().all(|extension| !extension.critical),
    })
}

/// `RevokedInfo ::= SEQUENCE { revocationTime GeneralizedTime, revocationReason [0] EXPLICIT CRLReason OPTIONAL }`
fn revoked(mut info: Reader<'_>) -> Result<CertStatus, OcspError> {
    let at = time(&info.expect(tag::GENERALIZED_TIME)?)?;
    let mut reason = RevocationReason::Unspecified;
    if let Some(value) = info.optional(tag::context(0))? {
        let number = info.inside(&value)?.expect(ENUMERATED)?.content.last().copied().unwrap_or(0);
        reason = RevocationReason::from_number(u64::from(number));
    }
    info.end()?;
    Ok(CertStatus::Revoked { at, reason })
}

/// `[1] EXPLICIT Extensions OPTIONAL`.
fn extensions(body: &mut Reader<'_>) -> Result<Vec<Extension>, OcspError> {
    let Some(value) = body.optional(tag::context(1))? else { return Ok(Vec::new()) };
    let mut inside = body.inside(&value)?;
    let extensions = read_extensions(&mut inside.enter(tag::SEQUENCE)?)?;
    inside.end()?;
    Ok(extensions)
}
