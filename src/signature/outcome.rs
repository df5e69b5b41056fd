//! What the checks of a signature value gave: every step, not only the first fault.

use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::pki::Certificate;

/// A step of checking a signature value, in the order in which they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// The container is one sound structure (RFC 5652 5.1, GB/T 35275).
    Format,
    /// There is exactly one signer.
    Signers,
    /// The signing certificate is at hand (EN 319 102-1 5.2.3).
    SigningCertificate,
    /// Each signed attribute stands once and is well formed (RFC 5652 5.3).
    SignedAttributes,
    /// contentType fits (RFC 5652 11.1).
    ContentType,
    /// eContent is absent, or what the form allows it to be.
    Content,
    /// The signed reference names the certificate that was used (RFC 5035 5).
    CertificateReference,
    /// Algorithms are known and agree with each other (RFC 6211).
    Algorithms,
    /// messageDigest is the digest of the document (RFC 5652 11.2).
    MessageDigest,
    /// The signature value verifies with the signer's public key (RFC 5652 5.6).
    Value,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepResult {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It could not be decided.
    Indeterminate,
    /// Something needed for it is missing.
    NotRun,
    /// There is nothing to check.
    NotApplicable,
}

/// Why a step did not simply pass, or what was odd although it passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The bytes are no container of a known form.
    Malformed,
    /// Non-zero bytes follow the container.
    TrailingBytes,
    /// Non-zero bytes stand in the padding of a PDF's /Contents.
    PaddingNonzero,
    /// Zero bytes follow the container where no padding is due.
    Padded,
    /// Lengths or strings are BER.
    BerEncoding,
    /// The signed attributes are not sorted.
    AttributesUnsorted,
    /// No SignerInfo.
    NoSigner,
    /// More than one SignerInfo.
    SeveralSigners,
    /// The signing certificate is not at hand.
    NoSigningCertificate,
    /// The signing certificate's key cannot be read.
    KeyUnusable,
    /// A signed attribute is repeated or malformed.
    AttributeMalformed,
    /// signingTime is repeated or no time.
    SigningTimeMalformed,
    /// contentType or messageDigest is missing among the signed attributes.
    AttributeMissing,
    /// contentType differs from eContentType, or is not the one of this form.
    ContentTypeMismatch,
    /// eContent in a detached form.
    ContentPresent,
    /// No eContent in a form that needs it.
    ContentMissing,
    /// eContent is not the digest of the document.
    ContentMismatch,
    /// PAdES without signing-certificate (ETSI EN 319 142-1).
    CertificateReferenceMissing,
    /// The signed reference names another certificate.
    CertificateReferenceMismatch,
    /// The signed reference has the right digest and another issuer or serial.
    IssuerSerialMismatch,
    /// The digest algorithm of the signer and that of the signature algorithm differ.
    DigestInconsistent,
    /// The digest algorithm is not among the digestAlgorithms of the container.
    DigestNotAnnounced,
    /// CMSAlgorithmProtection names other algorithms.
    AlgorithmProtectionMismatch,
    /// An algorithm that is not known here.
    AlgorithmUnsupported,
    /// Algorithm and key do not fit.
    AlgorithmConfusion,
    /// messageDigest differs from the document's digest.
    MessageDigestMismatch,
    /// A digest of the document that was asked for was not given.
    DigestNotGiven,
    /// The value does not verify.
    ValueMismatch,
    /// The value is not one of its algorithm.
    ValueMalformed,
    /// The value is raw r || s instead of DER.
    ValueRaw,
    /// The SM2 digest was made without Z (against GB/T 32918.2 5.5).
    DigestWithoutZ,
    /// There are no signed attributes, and the document could be read as signed attributes itself.
    AttributesAmbiguous,
}

impl Reason {
    /// The reason code that reports carry; several reasons share one code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reason::Malformed
            | Reason::TrailingBytes
            | Reason::Padded
            | Reason::NoSigner
            | Reason::SeveralSigners
            | Reason::AttributeMalformed
            | Reason::AttributeMissing
            | Reason::ContentTypeMismatch
            | Reason::ContentPresent
            | Reason::ContentMissing
            | Reason::AlgorithmProtectionMismatch
            | Reason::AttributesAmbiguous => "FORMAT_FAILURE",
            Reason::PaddingNonzero => "CONTENTS_PADDING_NONZERO",
            Reason::BerEncoding => "BER_ENCODING",
            Reason::AttributesUnsorted => "ATTRIBUTES_UNSORTED",
            Reason::NoSigningCertificate | Reason::KeyUnusable => "NO_SIGNING_CERTIFICATE_FOUND",
            Reason::ContentMismatch | Reason::MessageDigestMismatch => "HASH_FAILURE",
            Reason::SigningTimeMalformed
            | Reason::CertificateReferenceMissing
            | Reason::DigestInconsistent
            | Reason::DigestNotGiven => "SIG_CONSTRAINTS_FAILURE",
            Reason::CertificateReferenceMismatch | Reason::IssuerSerialMismatch => "SIGNING_CERTIFICATE_MISMATCH",
            Reason::DigestNotAnnounced => "DIGEST_NOT_ANNOUNCED",
            Reason::AlgorithmUnsupported => "CRYPTO_CONSTRAINTS_FAILURE",
            Reason::AlgorithmConfusion => "ALGORITHM_CONFUSION",
            Reason::ValueMismatch | Reason::ValueMalformed => "SIG_CRYPTO_FAILURE",
            Reason::ValueRaw => "VALUE_RAW",
            Reason::DigestWithoutZ => "DIGEST_WITHOUT_Z",
        }
    }
}

/// One step with its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which step.
    pub step: Step,
    /// How it ended.
    pub result: StepResult,
    /// Why, where it did not pass.
    pub reason: Option<Reason>,
}

/// Everything that checking one signature value gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub(crate) checks: Vec<Check>,
    pub(crate) oddities: Vec<Reason>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) algorithm: Option<SignatureAlgorithm>,
    pub(crate) digest_algorithm: Option<DigestAlgorithm>,
}

/// A signature value that was verified: made by [`Outcome::verified`] alone, where every step passed.
#[derive(Clone, Debug)]
pub struct Verified {
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
}

impl Outcome {
    /// Every step, in order; a step may stand several times where it has several faults.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// What was odd without changing the result of a step.
    #[must_use]
    pub fn oddities(&self) -> &[Reason] {
        &self.oddities
    }

    /// The signing certificate, where it was found. Its path is not validated.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// Signature algorithm, where it is known.
    #[must_use]
    pub fn algorithm(&self) -> Option<SignatureAlgorithm> {
        self.algorithm
    }

    /// Digest algorithm over the document, where it is known.
    #[must_use]
    pub fn digest_algorithm(&self) -> Option<DigestAlgorithm> {
        self.digest_algorithm
    }

    /// The worst result of a step; a step that stands twice counts with its worst.
    #[must_use]
    pub fn result_of(&self, step: Step) -> StepResult {
        let results: Vec<StepResult> = self.checks.iter().filter(|c| c.step == step).map(|c| c.result).collect();
        let order = [StepResult::Failed, StepResult::Indeterminate, StepResult::NotRun, StepResult::Passed];
        for candidate in order {
            if results.contains(&candidate) {
                return candidate;
            }
        }
        if results.is_empty() { StepResult::NotRun } else { StepResult::NotApplicable }
    }

    /// Whether a reason was met, as a fault or as an oddity.
    #[must_use]
    pub fn has(&self, reason: Reason) -> bool {
        self.oddities.contains(&reason) || self.checks.iter().any(|check| check.reason == Some(reason))
    }

    /// The verified value, only where the value's step passed and no step failed, was undecided or did not run.
    #[must_use]
    pub fn verified(&self) -> Option<Verified> {
        let good = |check: &Check| matches!(check.result, StepResult::Passed | StepResult::NotApplicable);
        if !self.checks.iter().all(good) || self.result_of(Step::Value) != StepResult::Passed {
            return None;
        }
        Some(Verified { certificate: self.certificate.clone()?, algorithm: self.algorithm? })
    }
}

impl Verified {
    /// The certificate whose key verified the value.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The algorithm of the value.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}
