//! Checking a token against what it stamps (RFC 3161 2.4.2, RFC 5652 5.4 and 5.6, RFC 5816 2.2.1).

use crate::crypto::{Digest, DigestAlgorithm, PublicKey, SignatureAlgorithm, SignatureBytes, VerifyError};
use crate::limits::Budget;
use crate::pki::Certificate;
use crate::pki::ber::BerError;
use crate::pki::cms::{CmsError, EssComparison, Fact, SignedAttributes, SignerIdentifier, SignerInfo, oid};
use crate::pki::path::{PathReport, PathValidator, Purpose};
use crate::pki::revocation::CarriedEvidence;
use crate::pki::timestamp::info::TstInfo;
use crate::pki::timestamp::token::TimestampToken;
use crate::time::Time;

/// What is wrong with a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampFault {
    /// The container cannot be read.
    #[error(transparent)]
    Container(#[from] CmsError),
    /// The container holds something else than a timestamp.
    #[error("not a timestamp token")]
    NotAToken,
    /// Something follows the token.
    #[error("bytes after the timestamp token")]
    TrailingBytes,
    /// TSTInfo cannot be read.
    #[error("malformed TSTInfo: {0}")]
    Info(BerError),
    /// The imprint is not that of what the token is said to stamp: a token of something else, or a copied one.
    #[error("the token stamps something else")]
    ImprintMismatch,
    /// The imprint's digest algorithm is not known here.
    #[error("unknown digest algorithm {oid} of the imprint")]
    ImprintAlgorithm {
        /// Dotted.
        oid: String,
    },
    /// There is not exactly one signer (RFC 3161 2.4.2).
    #[error("{count} signers, where a token has one")]
    Signers {
        /// How many there are.
        count: usize,
    },
    /// Signed attributes are missing, repeated or malformed (RFC 5652 5.3).
    #[error("signed attributes missing, repeated or malformed")]
    Attributes,
    /// contentType is not that of a token (RFC 5652 11.1).
    #[error("contentType is not that of a token")]
    ContentType,
    /// messageDigest is not the digest of TSTInfo (RFC 5652 11.2).
    #[error("messageDigest is not the digest of TSTInfo")]
    MessageDigest,
    /// The authority's certificate is neither in the token nor at hand.
    #[error("the authority's certificate is not at hand")]
    NoCertificate,
    /// Its key cannot be used.
    #[error("the authority's key cannot be used")]
    Key,
    /// The signed reference to the certificate is missing (RFC 3161 2.4.2, RFC 5816 2.2.1).
    #[error("no signed reference to the authority's certificate")]
    ReferenceMissing,
    /// The signed reference names another certificate.
    #[error("the signed reference names another certificate")]
    ReferenceMismatch,
    /// The digest algorithm of the signed reference is not known here.
    #[error("unknown digest algorithm of the signed reference")]
    ReferenceAlgorithm,
    /// The signer's algorithms are not known here, or do not fit each other.
    #[error("algorithms unknown or not fitting each other")]
    Algorithm,
    /// CMSAlgorithmProtection names other algorithms (RFC 6211 3).
    #[error("the signed attributes name other algorithms")]
    AlgorithmProtection,
    /// Algorithm and key are of different kinds.
    #[error("the algorithm is not one of the authority's key")]
    AlgorithmConfusion,
    /// Versions that the standard does not have at this place (RFC 5652 5.1 and 5.3).
    #[error("a version that does not belong here")]
    Version,
    /// The value does not verify.
    #[error("the authority's signature does not verify")]
    Value,
    /// A critical extension that is not known here.
    #[error("unknown critical extension {oid}")]
    CriticalExtension {
        /// Dotted.
        oid: String,
    },
}

/// What a fault does to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is not what it claims to be.
    Broken,
    /// Nobody can tell here; it proves nothing.
    Undecided,
}

/// Everything that is wrong with a token; at least one fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct TimestampFaults(Vec<TimestampFault>);

/// A token whose one signer's value holds over exactly what it was checked against. Trust is not judged. Made by
/// [`TimestampToken::verify`] alone.
#[derive(Clone, Debug)]
pub struct VerifiedTimestamp {
    token: TimestampToken,
    imprint: Digest,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
    digest: DigestAlgorithm,
}

impl TimestampFault {
    /// What it does to the token.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        match self {
            TimestampFault::ImprintAlgorithm { .. }
            | TimestampFault::NoCertificate
            | TimestampFault::Key
            | TimestampFault::ReferenceMissing
            | TimestampFault::ReferenceAlgorithm
            | TimestampFault::Algorithm
            | TimestampFault::CriticalExtension { .. } => FaultKind::Undecided,
            _ => FaultKind::Broken,
        }
    }
}

impl TimestampFaults {
    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[TimestampFault] {
        &self.0
    }

    /// Broken where any fault breaks it.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        let broken = self.0.iter().any(|fault| fault.kind() == FaultKind::Broken);
        if broken { FaultKind::Broken } else { FaultKind::Undecided }
    }
}

impl From<TimestampFault> for TimestampFaults {
    fn from(fault: TimestampFault) -> Self {
        TimestampFaults(vec![fault])
    }
}

impl VerifiedTimestamp {
    /// The time stated; a fraction of a second is cut off.
    #[must_use]
    pub fn time(&self) -> Time {
        self.token.info().time
    }

    /// What it says: time, accuracy, serial number, policy, nonce.
    #[must_use]
    pub fn info(&self) -> &TstInfo {
        self.token.info()
    }

    /// The token as read.
    #[must_use]
    pub fn token(&self) -> &TimestampToken {
        &self.token
    }

    /// The token as stored.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.token.as_der()
    }

    /// The digest that it stamps: that of the data it was checked against.
    #[must_use]
    pub fn imprint(&self) -> &Digest {
        &self.imprint
    }

    /// The authority's certificate. Its path is not validated.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The algorithm of the value.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The algorithm by which TSTInfo was digested.
    #[must_use]
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.digest
    }

    /// Certificates that travel in the token: candidates, nothing more.
    #[must_use]
    pub fn certificates(&self) -> Vec<Certificate> {
        let all = &self.token.signed_data().certificates;
        all.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
    }

    /// Evidence of revocation that travels in the token; nothing of it is believed before it is verified.
    #[must_use]
    pub fn carried(&self) -> CarriedEvidence {
        CarriedEvidence::of_signed_data(self.token.signed_data())
    }

    /// The best path of the authority's certificate, judged at `at` for timestamps: the extended key usage must be
    /// critical and timeStamping alone (RFC 3161 2.3). Certificates and evidence of the token help.
    #[must_use]
    pub fn path(&self, validator: &PathValidator<'_>, at: Time, budget: &Budget) -> PathReport {
        let mut candidates = validator.candidates.to_vec();
        candidates.extend(self.certificates());
        let at_hand = self.carried().joined(validator.revocation);
        let with_own = PathValidator { candidates: &candidates, revocation: at_hand.evidence(), ..*validator };
        with_own.report(&self.certificate, Purpose::Tsa, at, budget)
    }
}

/// All checks, in the order of the standard; nothing stops at the first fault.
pub(super) fn verify(
    token: TimestampToken,
    digest: Option<&Digest>,
    extra: &[Certificate],
) -> Result<VerifiedTimestamp, TimestampFaults> {
    let mut faults = Vec::new();
    let imprint = imprint(token.info(), digest, &mut faults);
    faults.extend(critical(token.info()));
    let signed_data = token.signed_data();
    let info = match signed_data.signer_infos.as_slice() {
        [info] => info,
        others => {
            faults.push(TimestampFault::Signers { count: others.len() });
            return Err(TimestampFaults(faults));
        }
    };
    // RFC 5652 5.1: 3, since the content is not data. Many writers, those of GB/T 35275 among them, write 1.
    if !matches!(signed_data.version, 1 | 3) || !version_fits(info) {
        faults.push(TimestampFault::Version);
    }
    if signed_data.facts.iter().any(|fact| matches!(fact, Fact::DuplicateAttribute(_))) {
        faults.push(TimestampFault::Attributes);
    }
    let algorithms = algorithms(&token, info, &mut faults);
    let certificate = token.certificate(extra);
    let Some(attributes) = &info.signed_attributes else {
        faults.push(TimestampFault::Attributes);
        return Err(TimestampFaults(faults));
    };
    let content = signed_data.content.as_deref().unwrap_or_default();
    faults.extend(signed_attributes(attributes, algorithms.map(|(digest, _)| digest), content));
    let Some(certificate) = certificate else {
        faults.push(TimestampFault::NoCertificate);
        return Err(TimestampFaults(faults));
    };
    faults.extend(reference(attributes, &certificate));
    faults.extend(protection(attributes, info));
    match (certificate.public_key(), algorithms) {
        (Err(_), _) => faults.push(TimestampFault::Key),
        (Ok(_), None) => {}
        (Ok(key), Some((_, algorithm))) => faults.extend(value(&key, algorithm, attributes, &info.signature)),
    }
    match (imprint, algorithms) {
        (Some(imprint), Some((digest, algorithm))) if faults.is_empty() => {
            Ok(VerifiedTimestamp { token, imprint, certificate, algorithm, digest })
        }
        _ => Err(TimestampFaults(faults)),
    }
}

/// RFC 3161 2.4.2: the imprint is the digest of what is stamped.
fn imprint(info: &TstInfo, digest: Option<&Digest>, faults: &mut Vec<TimestampFault>) -> Option<Digest> {
    let Some(algorithm) = info.digest_algorithm() else {
        faults.push(TimestampFault::ImprintAlgorithm { oid: info.digest_oid.clone() });
        return None;
    };
    let equal = digest.filter(|digest| digest.algorithm() == algorithm && digest.as_bytes() == info.imprint);
    if equal.is_none() {
        faults.push(TimestampFault::ImprintMismatch);
    }
    equal.cloned()
}

/// RFC 3161 2.4.2, extensions as in RFC 5280 4.2: none is known here that would have to be understood.
fn critical(info: &TstInfo) -> Option<TimestampFault> {
    let unknown = info.extensions.iter().find(|extension| extension.critical)?;
    Some(TimestampFault::CriticalExtension { oid: unknown.oid.clone() })
}

/// RFC 5652 5.3: 1 with issuer and serial number, 3 with a key identifier.
fn version_fits(info: &SignerInfo) -> bool {
    match info.sid {
        SignerIdentifier::IssuerAndSerial { .. } => info.version == 1,
        SignerIdentifier::SubjectKeyIdentifier(_) => info.version == 3,
    }
}

/// Digest and signature algorithm, where both are known and fit (RFC 5652 5.3).
fn algorithms(
    token: &TimestampToken,
    info: &SignerInfo,
    faults: &mut Vec<TimestampFault>,
) -> Option<(DigestAlgorithm, SignatureAlgorithm)> {
    let digest = DigestAlgorithm::from_oid(&info.digest_algorithm.oid);
    let algorithm = SignatureAlgorithm::from_identifier(&info.signature_algorithm.raw, digest);
    let announced = token.signed_data().digest_algorithms.contains(&info.digest_algorithm.oid);
    let both = digest.zip(algorithm).filter(|(digest, algorithm)| {
        announced && (*algorithm == SignatureAlgorithm::Ed25519 || algorithm.digest() == *digest)
    });
    if both.is_none() {
        faults.push(TimestampFault::Algorithm);
    }
    both
}

/// RFC 5652 5.3: where the content is not data, the signed attributes hold its type and digest.
fn signed_attributes(
    attributes: &SignedAttributes,
    digest: Option<DigestAlgorithm>,
    content: &[u8],
) -> Vec<TimestampFault> {
    let mut faults = Vec::new();
    match attributes.content_type() {
        Ok(Some(own)) if own == oid::TST_INFO => {}
        Ok(Some(_)) => faults.push(TimestampFault::ContentType),
        _ => faults.push(TimestampFault::Attributes),
    }
    match attributes.message_digest() {
        Ok(Some(stated)) => {
            if digest.is_some_and(|algorithm| algorithm.digest(content).as_bytes() != stated) {
                faults.push(TimestampFault::MessageDigest);
            }
        }
        _ => faults.push(TimestampFault::Attributes),
    }
    faults
}

/// The signed reference to the certificate: ESSCertID or ESSCertIDv2 (RFC 3161 2.4.2, RFC 5816 2.2.1).
fn reference(attributes: &SignedAttributes, certificate: &Certificate) -> Option<TimestampFault> {
    let reference = match attributes.signing_certificate() {
        Ok(Some(reference)) => reference,
        Ok(None) => return Some(TimestampFault::ReferenceMissing),
        Err(_) => return Some(TimestampFault::Attributes),
    };
    match reference.compare(certificate.as_der(), certificate.issuer().as_der(), certificate.serial()) {
        EssComparison::Equal => None,
        EssComparison::UnknownDigest => Some(TimestampFault::ReferenceAlgorithm),
        _ => Some(TimestampFault::ReferenceMismatch),
    }
}

/// RFC 6211 3: where the signer protects the algorithms, they are those that are used.
fn protection(attributes: &SignedAttributes, info: &SignerInfo) -> Option<TimestampFault> {
    match attributes.algorithm_protection() {
        Ok(None) => None,
        Ok(Some(protected)) => {
            let equal =
                protected.digest == info.digest_algorithm.raw && protected.signature == info.signature_algorithm.raw;
            (!equal).then_some(TimestampFault::AlgorithmProtection)
        }
        Err(_) => Some(TimestampFault::Attributes),
    }
}

/// RFC 5652 5.4 and 5.6: the value over the signed attributes as a SET, as stored.
fn value(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    attributes: &SignedAttributes,
    stored: &[u8],
) -> Option<TimestampFault> {
    let strict = SignatureBytes::new(stored.to_vec());
    // Some makers of SM2 tokens write r || s; GB/T 35276 6.2 wants DER.
    let raw = SignatureBytes::from_raw(stored).filter(|_| algorithm == SignatureAlgorithm::Sm2Sm3);
    let mut fault = TimestampFault::Value;
    for message in attributes.messages() {
        let mut result = key.verify(algorithm, message, &strict);
        if let (Err(VerifyError::Malformed), Some(raw)) = (result, &raw) {
            result = key.verify(algorithm, message, raw);
        }
        match result {
            Ok(()) => return None,
            Err(VerifyError::AlgorithmConfusion) => fault = TimestampFault::AlgorithmConfusion,
            Err(VerifyError::Mismatch | VerifyError::Malformed) => {}
            Err(_) => fault = TimestampFault::Algorithm,
        }
    }
    Some(fault)
}
