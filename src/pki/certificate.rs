//! X.509 certificates as they were issued: the bytes, and what they say.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::crypto::{
    Digest, DigestAlgorithm, Hasher, KeyError, PublicKey, SignatureAlgorithm, SignatureBytes, VerifyError,
};
use crate::limits::VALUE_BYTES;
use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::distribution::{DistributionPoint, distribution_points};
use crate::pki::extension::{
    self, AuthorityKeyId, BasicConstraints, BrokenExtension, Extension, GeneralName, KeyUsage, oid,
};
use crate::pki::name::Name;
use crate::time::{NotATime, Time, Validity};

/// A certificate (RFC 5280 4.1) that has been read and not judged. Cheap to clone; equal when its bytes are.
///
/// ```text
/// Certificate    ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue BIT STRING }
/// TBSCertificate ::= SEQUENCE { version [0] DEFAULT v1, serialNumber, signature, issuer, validity, subject,
///                               subjectPublicKeyInfo, issuerUniqueID [1], subjectUniqueID [2], extensions [3] }
/// ```
/// Reading is tolerant where real CAs err: a broken extension is known by [`Certificate::broken_extensions`] and fails
/// nothing until somebody needs it.
#[derive(Clone)]
pub struct Certificate(Arc<Parts>);

struct Parts {
    raw: Vec<u8>,
    tbs: Vec<u8>,
    version: u64,
    serial: Vec<u8>,
    inner_algorithm: Vec<u8>,
    outer_algorithm: Vec<u8>,
    signature: SignatureBytes,
    issuer: Name,
    subject: Name,
    validity: Validity,
    spki: Vec<u8>,
    extensions: Vec<Extension>,
    /// Read from `spki` when first asked for.
    key: OnceLock<Result<PublicKey, KeyError>>,
}

thread_local! {
    /// Issuers' signatures that were found good on this thread, by a digest over certificate and key.
    ///
    /// One document asks for the same few links many times: for the path, for revocation, for the register, for seal and
    /// signer. The answer hangs on these bytes alone, so it is computed once. Only success is remembered.
    static GOOD_LINKS: RefCell<HashSet<Vec<u8>>> = RefCell::default();
}

/// Most links remembered: 32 bytes each; beyond it the memory starts anew.
const LINKS: usize = 1024;

/// Why bytes are no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The outer structure is broken.
    #[error("not a certificate: {0}")]
    Structure(#[from] BerError),
    /// A date is none.
    #[error("not a certificate: its validity is malformed")]
    Validity,
    /// Larger than any certificate may be.
    #[error("the certificate is larger than {VALUE_BYTES} bytes")]
    TooLarge,
}

/// Why the issuer's signature on a certificate or revocation list was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFault {
    /// The algorithm inside the signed part is not the one outside (RFC 5280 4.1.1.2).
    #[error("the algorithms inside and outside the signed part differ")]
    AlgorithmsDiffer,
    /// An algorithm that this program does not know.
    #[error("unknown signature algorithm")]
    UnknownAlgorithm,
    /// The value is wrong.
    #[error(transparent)]
    Value(#[from] VerifyError),
}

impl Certificate {
    /// Reads one certificate; nothing may follow it.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() as u64 > VALUE_BYTES {
            return Err(CertificateError::TooLarge);
        }
        let outer = Reader::only(der, Encoding::Der)?;
        if outer.tag != tag::SEQUENCE {
            return Err(BerError::UnexpectedTag.into());
        }
        let mut parts = Reader::new(outer.content, Encoding::Der);
        let tbs = parts.expect(tag::SEQUENCE)?;
        let outer_algorithm = parts.expect(tag::SEQUENCE)?.bytes.to_vec();
        let signature = signature_value(&parts.expect(tag::BIT_STRING)?);
        parts.end()?;
        let mut body = parts.inside(&tbs)?;
        let version = version(&mut body)?;
        // Contents as they stand: some CAs issue negative or padded serial numbers (RFC 5280 4.1.2.2).
        let serial = body.expect(tag::INTEGER)?.content.to_vec();
        let inner_algorithm = body.expect(tag::SEQUENCE)?.bytes.to_vec();
        let issuer = Name::from_der(body.expect(tag::SEQUENCE)?.bytes)?;
        let validity = validity(&mut body.enter(tag::SEQUENCE)?)?;
        let subject = Name::from_der(body.expect(tag::SEQUENCE)?.bytes)?;
        let spki = body.expect(tag::SEQUENCE)?.bytes.to_vec();
        let extensions = extensions(&mut body)?;
        let (raw, tbs) = (der.to_vec(), tbs.bytes.to_vec());
        Ok(Certificate(Arc::new(Parts {
            raw,
            tbs,
            version,
            serial,
            inner_algorithm,
            outer_algorithm,
            signature,
            issuer,
            subject,
            validity,
            spki,
            extensions,
            key: OnceLock::new(),
        })))
    }

    /// The certificate, byte for byte as it was read.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.raw
    }

    /// What its issuer signed, byte for byte.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        &self.0.tbs
    }

    /// 1, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.0.version
    }

    /// Serial number: contents of the INTEGER, big-endian.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// Serial number in lower-case hexadecimal.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        self.0.serial.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Who issued it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// Whom it names.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// From when to when it is valid, both ends included (RFC 5280 4.1.2.5).
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.0.validity
    }

    /// DER of the subjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.0.spki
    }

    /// The subject's key.
    ///
    /// # Errors
    /// [`KeyError`] for a key that this program does not know or accept.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        self.0.key.get_or_init(|| PublicKey::from_spki(&self.0.spki)).clone()
    }

    /// DER of the algorithm identifier beside the signature value.
    #[must_use]
    pub fn signature_algorithm_identifier(&self) -> &[u8] {
        &self.0.outer_algorithm
    }

    /// The algorithm that its issuer used; `None` for an unknown one.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        SignatureAlgorithm::from_identifier(&self.0.outer_algorithm, None)
    }

    /// The issuer's signature value.
    #[must_use]
    pub fn signature(&self) -> &SignatureBytes {
        &self.0.signature
    }

    /// Verifies the issuer's signature. This says nothing of the issuer's right to issue.
    ///
    /// # Errors
    /// [`SignatureFault`].
    pub fn verify_signature_by(&self, issuer: &PublicKey) -> Result<(), SignatureFault> {
        // RFC 5280 4.1.1.2: both identifiers must be the same.
        if self.0.inner_algorithm != self.0.outer_algorithm {
            return Err(SignatureFault::AlgorithmsDiffer);
        }
        let algorithm = self.signature_algorithm().ok_or(SignatureFault::UnknownAlgorithm)?;
        let link = self.link(issuer);
        if GOOD_LINKS.with_borrow(|links| links.contains(&link)) {
            return Ok(());
        }
        issuer.verify(algorithm, &self.0.tbs, &self.0.signature)?;
        GOOD_LINKS.with_borrow_mut(|links| {
            if links.len() >= LINKS {
                links.clear();
            }
            links.insert(link);
        });
        Ok(())
    }

    /// What the issuer's signature on this certificate hangs on: the whole certificate and the key, each with its length.
    fn link(&self, issuer: &PublicKey) -> Vec<u8> {
        let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
        for part in [self.as_der(), issuer.spki()] {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        hasher.finish().as_bytes().to_vec()
    }

    /// Digest of the whole certificate.
    #[must_use]
    pub fn fingerprint(&self, algorithm: DigestAlgorithm) -> Digest {
        algorithm.digest(&self.0.raw)
    }

    /// Whether issuer and subject are the same name (RFC 5280 3.2, "self-issued").
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.issuer.matches(&self.0.subject)
    }

    /// All extensions in the order of the certificate.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// The extension with this dotted identifier (the first, where there are several).
    #[must_use]
    pub fn extension(&self, oid: &str) -> Option<&Extension> {
        self.0.extensions.iter().find(|extension| extension.oid == oid)
    }

    /// keyUsage (RFC 5280 4.2.1.3).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn key_usage(&self) -> Result<Option<KeyUsage>, BrokenExtension> {
        self.read(oid::KEY_USAGE, extension::key_usage)
    }

    /// extKeyUsage (RFC 5280 4.2.1.12): dotted purposes.
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn extended_key_usage(&self) -> Result<Option<Vec<String>>, BrokenExtension> {
        self.read(oid::EXTENDED_KEY_USAGE, extension::extended_key_usage)
    }

    /// basicConstraints (RFC 5280 4.2.1.9).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn basic_constraints(&self) -> Result<Option<BasicConstraints>, BrokenExtension> {
        self.read(oid::BASIC_CONSTRAINTS, extension::basic_constraints)
    }

    /// subjectKeyIdentifier (RFC 5280 4.2.1.2).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn subject_key_id(&self) -> Result<Option<Vec<u8>>, BrokenExtension> {
        self.read(oid::SUBJECT_KEY_IDENTIFIER, extension::subject_key_id)
    }

    /// authorityKeyIdentifier (RFC 5280 4.2.1.1).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn authority_key_id(&self) -> Result<Option<AuthorityKeyId>, BrokenExtension> {
        self.read(oid::AUTHORITY_KEY_IDENTIFIER, extension::authority_key_id)
    }

    /// subjectAltName (RFC 5280 4.2.1.6).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn subject_alt_names(&self) -> Result<Option<Vec<GeneralName>>, BrokenExtension> {
        self.read(oid::SUBJECT_ALT_NAME, extension::general_names)
    }

    /// URLs where revocation lists are published (RFC 5280 4.2.1.13).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn crl_urls(&self) -> Result<Option<Vec<String>>, BrokenExtension> {
        self.read(oid::CRL_DISTRIBUTION_POINTS, extension::crl_urls)
    }

    /// Where its status is published (RFC 5280 4.2.1.13).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn distribution_points(&self) -> Result<Option<Vec<DistributionPoint>>, BrokenExtension> {
        self.read(oid::CRL_DISTRIBUTION_POINTS, distribution_points)
    }

    /// Other names of its issuer (RFC 5280 4.2.1.7).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn issuer_alt_names(&self) -> Result<Option<Vec<GeneralName>>, BrokenExtension> {
        self.read(oid::ISSUER_ALT_NAME, extension::general_names)
    }

    /// URLs of OCSP responders (RFC 5280 4.2.2.1).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn ocsp_urls(&self) -> Result<Option<Vec<String>>, BrokenExtension> {
        self.read(oid::AUTHORITY_INFO_ACCESS, |value| extension::access_urls(value, oid::ACCESS_OCSP))
    }

    /// URLs of certificates of its issuer (caIssuers, RFC 5280 4.2.2.1).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn issuer_urls(&self) -> Result<Option<Vec<String>>, BrokenExtension> {
        self.read(oid::AUTHORITY_INFO_ACCESS, |value| extension::access_urls(value, oid::ACCESS_CA_ISSUERS))
    }

    /// URLs of delta lists (freshestCRL, RFC 5280 4.2.1.15).
    ///
    /// # Errors
    /// [`BrokenExtension`].
    pub fn freshest_urls(&self) -> Result<Option<Vec<String>>, BrokenExtension> {
        self.read(oid::FRESHEST_CRL, extension::crl_urls)
    }

    /// Contents of nameConstraints as they stand (RFC 5280 4.2.1.10).
    #[must_use]
    pub fn name_constraints(&self) -> Option<&[u8]> {
        self.extension(oid::NAME_CONSTRAINTS).map(|extension| extension.value.as_slice())
    }

    /// Contents of certificatePolicies as they stand (RFC 5280 4.2.1.4).
    #[must_use]
    pub fn policies(&self) -> Option<&[u8]> {
        self.extension(oid::CERTIFICATE_POLICIES).map(|extension| extension.value.as_slice())
    }

    /// Identifiers of the known extensions that are malformed or there twice.
    #[must_use]
    pub fn broken_extensions(&self) -> Vec<BrokenExtension> {
        [
            self.key_usage().err(),
            self.extended_key_usage().err(),
            self.basic_constraints().err(),
            self.subject_key_id().err(),
            self.authority_key_id().err(),
            self.subject_alt_names().err(),
            self.crl_urls().err(),
            self.ocsp_urls().err(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn read<T>(&self, oid: &str, parse: impl Fn(&[u8]) -> Result<T, BerError>) -> Result<Option<T>, BrokenExtension> {
        let mut found = self.0.extensions.iter().filter(|extension| extension.oid == oid);
        let Some(extension) = found.next() else { return Ok(None) };
        let broken = || BrokenExtension { oid: oid.to_owned() };
        // RFC 5280 4.2: not more than one instance of an extension.
        if found.next().is_some() {
            return Err(broken());
        }
        parse(&extension.value).map(Some).map_err(|_| broken())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.raw == other.0.raw
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject(), self.serial_hex())
    }
}

/// `version [0] EXPLICIT INTEGER DEFAULT v1`.
fn version(body: &mut Reader<'_>) -> Result<u64, BerError> {
    let Some(value) = body.optional(tag::context(0))? else { return Ok(1) };
    let mut inside = body.inside(&value)?;
    let version = inside.expect(tag::INTEGER)?.unsigned()?;
    inside.end()?;
    if version > 2 { Err(BerError::Content) } else { Ok(version + 1) }
}

/// Smallest RSA modulus that is accepted in certificates (ETSI TS 119 312: 1900 bits and more).
const RSA_BITS: usize = 2048;

/// Whether a key is too weak for whoever signs certificates or evidence, or is certified.
pub(crate) fn is_weak_key(key: &PublicKey) -> bool {
    key.name().starts_with("RSA") && key.bits() < RSA_BITS
}

/// The value of a signature as it stands. One with unused bits keeps their count, and so is never right: the
/// certificate is read, and its signature fails.
pub(crate) fn signature_value(bits: &Tlv<'_>) -> SignatureBytes {
    SignatureBytes::new(bits.bits().unwrap_or(bits.content).to_vec())
}

fn validity(body: &mut Reader<'_>) -> Result<Validity, CertificateError> {
    let not_before = read_time(&body.next()?).map_err(|_| CertificateError::Validity)?;
    let not_after = read_time(&body.next()?).map_err(|_| CertificateError::Validity)?;
    body.end()?;
    Ok(Validity { not_before, not_after })
}

/// `Time ::= CHOICE { UTCTime, GeneralizedTime }`, whichever of them the year would demand: CAs mix them up. UTCTime
/// without seconds and either with an offset instead of `Z` are BER (X.680 46 and 47) and are read too.
pub(crate) fn read_time(value: &Tlv<'_>) -> Result<Time, NotATime> {
    let text = std::str::from_utf8(value.content).map_err(|_| NotATime)?;
    let (digits, zone) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(NotATime)?);
    let offset = match zone.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), rest @ ..] if rest.len() == 4 && rest.iter().all(u8::is_ascii_digit) => {
            let number = rest.iter().fold(0, |n, digit| n * 10 + i32::from(digit - b'0'));
            let seconds = (number / 100) * 3600 + (number % 100) * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return Err(NotATime),
    };
    match value.tag {
        tag::GENERALIZED_TIME => Time::parse_digits(digits.split('.').next().unwrap_or(digits), offset),
        tag::UTC_TIME => {
            let century = if digits.starts_with(['5', '6', '7', '8', '9']) { "19" } else { "20" };
            let seconds = if digits.len() == 10 { "00" } else { "" };
            Time::parse_digits(&format!("{century}{digits}{seconds}"), offset)
        }
        _ => Err(NotATime),
    }
}

/// What stands after the key: unique identifiers, passed over, and extensions.
fn extensions(body: &mut Reader<'_>) -> Result<Vec<Extension>, BerError> {
    for n in [1, 2] {
        if body.optional(tag::context_primitive(n))?.is_none() {
            body.optional(tag::context(n))?;
        }
    }
    let extensions = match body.optional(tag::context(3))? {
        Some(value) => {
            let mut inside = body.inside(&value)?;
            let mut list = inside.enter(tag::SEQUENCE)?;
            inside.end()?;
            extension::read_extensions(&mut list)?
        }
        None => Vec::new(),
    };
    body.end()?;
    Ok(extensions)
}
