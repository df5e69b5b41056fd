//! The checks of a signature value, one function a step. Nothing stops at the first fault.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::{
    Digest, DigestAlgorithm, MessageHasher, PublicKey, SignatureAlgorithm, SignatureBytes, VerifyError,
};
use crate::pki::ber::{Encoding, Reader, tag};
use crate::pki::cms::{AttributeFault, EssComparison, Fact, SignedAttributes, SignedData, SignerInfo, oid};
use crate::pki::timestamp::TstInfo;
use crate::signature::outcome::{Check, Outcome, Reason, Step, StepResult};
use crate::signature::unverified::{Body, ContentRole, DocumentDigests, Profile, Tail, Unverified, is_data};

impl Unverified {
    /// Checks everything that can be checked without a certificate path, in order.
    #[must_use]
    pub fn verify(self, digests: &DocumentDigests) -> Outcome {
        let mut judging = Judging { given: &self, digests, checks: Vec::new(), oddities: Vec::new() };
        match &self.body {
            Body::Cms(signed_data) => judging.cms(signed_data),
            Body::Bare { value, tail, .. } => judging.bare(value, *tail),
            Body::Broken => judging.fault(Step::Format, StepResult::Failed, Reason::Malformed),
        }
        let Judging { checks, oddities, .. } = judging;
        let (algorithm, digest_algorithm) = (self.algorithm(), self.digest_algorithm());
        Outcome { checks, oddities, certificate: self.certificate, algorithm, digest_algorithm }
    }
}

struct Judging<'a> {
    given: &'a Unverified,
    digests: &'a DocumentDigests,
    checks: Vec<Check>,
    oddities: Vec<Reason>,
}

/// What a value may be made over.
enum Covered<'a> {
    Message(&'a [u8]),
    Streamed(&'a MessageHasher),
    BareDigest(&'a Digest),
}

impl Judging<'_> {
    fn fault(&mut self, step: Step, result: StepResult, reason: Reason) {
        self.checks.push(Check { step, result, reason: Some(reason) });
    }

    fn settle(&mut self, step: Step, result: StepResult) {
        if !self.checks.iter().any(|check| check.step == step) {
            self.checks.push(Check { step, result, reason: None });
        }
    }

    fn odd(&mut self, reason: Reason) {
        if !self.oddities.contains(&reason) {
            self.oddities.push(reason);
        }
    }

    fn cms(&mut self, signed_data: &SignedData) {
        self.format(signed_data);
        let info = match signed_data.signer_infos.as_slice() {
            [info] => info,
            [] => return self.fault(Step::Signers, StepResult::Failed, Reason::NoSigner),
            _ => return self.fault(Step::Signers, StepResult::Failed, Reason::SeveralSigners),
        };
        self.settle(Step::Signers, StepResult::Passed);
        self.certificate();
        self.attributes(info, &signed_data.facts);
        self.content_type(signed_data, info);
        self.content(signed_data);
        self.certificate_reference(info);
        self.algorithms(signed_data, info);
        self.message_digest(signed_data, info);
        self.cms_value(signed_data, info);
    }

    fn bare(&mut self, value: &[u8], tail: Tail) {
        match (tail, self.given.profile.is_padded()) {
            (Tail::Nothing, _) | (Tail::Zeros, true) => self.settle(Step::Format, StepResult::Passed),
            (Tail::Zeros, false) => self.fault(Step::Format, StepResult::Failed, Reason::Padded),
            (Tail::Other, true) => self.fault(Step::Format, StepResult::Indeterminate, Reason::PaddingNonzero),
            (Tail::Other, false) => self.fault(Step::Format, StepResult::Failed, Reason::TrailingBytes),
        }
        self.certificate();
        let Some(key) = self.given.key() else {
            return self.settle(Step::Value, StepResult::NotRun);
        };
        match (self.given.algorithm(), &self.digests.message) {
            (Some(algorithm), Some(message)) => {
                self.value(&key, algorithm, value, &[Covered::Streamed(message)]);
            }
            (None, _) => self.fault(Step::Value, StepResult::Indeterminate, Reason::AlgorithmUnsupported),
            (Some(algorithm), None) => self.no_message(&key, algorithm),
        }
    }

    /// RFC 5652 5.1; ISO 32000-1 12.8.3.3 for the padding of /Contents.
    fn format(&mut self, signed_data: &SignedData) {
        let padded = self.given.profile.is_padded();
        for fact in &signed_data.facts {
            match fact {
                Fact::NotDer => self.odd(Reason::BerEncoding),
                Fact::AttributesNotSorted => self.odd(Reason::AttributesUnsorted),
                Fact::TrailingBytes(_) if padded => {
                    self.fault(Step::Format, StepResult::Indeterminate, Reason::PaddingNonzero);
                }
                Fact::TrailingBytes(_) => self.fault(Step::Format, StepResult::Failed, Reason::TrailingBytes),
                Fact::ZeroPadding(_) if !padded => self.fault(Step::Format, StepResult::Failed, Reason::Padded),
                // Repeated attributes belong to their own step; other certificate choices are left aside.
                _ => {}
            }
        }
        self.settle(Step::Format, StepResult::Passed);
    }

    /// EN 319 102-1 5.2.3: without the certificate nothing is verified.
    fn certificate(&mut self) {
        let step = Step::SigningCertificate;
        match &self.given.certificate {
            None => self.fault(step, StepResult::Indeterminate, Reason::NoSigningCertificate),
            Some(certificate) if certificate.public_key().is_err() => {
                self.fault(step, StepResult::Indeterminate, Reason::KeyUnusable);
            }
            Some(_) => self.settle(step, StepResult::Passed),
        }
    }

    /// RFC 5652 5.3 and 11: no attribute twice; those that are used here must be readable.
    fn attributes(&mut self, info: &SignerInfo, facts: &[Fact]) {
        let step = Step::SignedAttributes;
        let Some(attributes) = &info.signed_attributes else {
            return self.settle(step, StepResult::NotApplicable);
        };
        if facts.iter().any(|fact| matches!(fact, Fact::DuplicateAttribute(_))) {
            self.fault(step, StepResult::Failed, Reason::AttributeMalformed);
        }
        let faults: [Option<AttributeFault>; 4] = [
            attributes.content_type().err(),
            attributes.message_digest().err(),
            attributes.signing_certificate().err(),
            attributes.algorithm_protection().err(),
        ];
        if faults.iter().any(Option::is_some) {
            self.fault(step, StepResult::Failed, Reason::AttributeMalformed);
        }
        // A time that cannot be read proves nothing and hides nothing; it is claimed only.
        if attributes.signing_time().is_err() {
            self.fault(step, StepResult::Indeterminate, Reason::SigningTimeMalformed);
        }
        self.settle(step, StepResult::Passed);
    }

    /// RFC 5652 11.1; ISO 32000-1 12.8.3.3 and EN 319 142-1 for data; RFC 3161 2.4.2 for tokens.
    fn content_type(&mut self, signed_data: &SignedData, info: &SignerInfo) {
        let step = Step::ContentType;
        let stated = &signed_data.content_type;
        let due = match self.given.profile {
            Profile::PdfTimestamp => stated == oid::TST_INFO,
            _ => is_data(stated),
        };
        if !due {
            self.fault(step, StepResult::Failed, Reason::ContentTypeMismatch);
        }
        if let Some(attributes) = &info.signed_attributes {
            match attributes.content_type() {
                Ok(Some(own)) if own == *stated || (self.given.is_gm() && is_data(&own) && is_data(stated)) => {}
                Ok(None) => self.fault(step, StepResult::Failed, Reason::AttributeMissing),
                _ => self.fault(step, StepResult::Failed, Reason::ContentTypeMismatch),
            }
        }
        self.settle(step, StepResult::Passed);
    }

    /// What eContent is allowed to be.
    fn content(&mut self, signed_data: &SignedData) {
        let step = Step::Content;
        let content = signed_data.content.as_deref().unwrap_or(&[]);
        match self.given.content_role() {
            Some(ContentRole::Detached) => self.settle(step, StepResult::NotApplicable),
            Some(ContentRole::Missing) => self.fault(step, StepResult::Failed, Reason::ContentMissing),
            Some(ContentRole::Forbidden) | None => self.fault(step, StepResult::Failed, Reason::ContentPresent),
            Some(ContentRole::DocumentDigest(algorithm)) => match self.digests.get(algorithm) {
                None => self.fault(step, StepResult::NotRun, Reason::DigestNotGiven),
                Some(digest) if is_digest(content, digest, self.given.is_gm()) => {
                    self.settle(step, StepResult::Passed);
                }
                Some(_) => self.fault(step, StepResult::Failed, Reason::ContentMismatch),
            },
            Some(ContentRole::Timestamp) => self.imprint(content),
        }
    }

    /// messageImprint of a document timestamp (RFC 3161 2.4.2, EN 319 142-1 5.4.3).
    fn imprint(&mut self, content: &[u8]) {
        let step = Step::Content;
        let Ok(info) = TstInfo::read(content) else {
            return self.fault(step, StepResult::Failed, Reason::Malformed);
        };
        let Some(algorithm) = DigestAlgorithm::from_oid(&info.digest_oid) else {
            return self.fault(step, StepResult::Indeterminate, Reason::AlgorithmUnsupported);
        };
        match self.digests.get(algorithm) {
            None => self.fault(step, StepResult::NotRun, Reason::DigestNotGiven),
            Some(digest) if digest.as_bytes() == info.imprint => self.settle(step, StepResult::Passed),
            Some(_) => self.fault(step, StepResult::Failed, Reason::ContentMismatch),
        }
    }

    /// RFC 5035 5 and EN 319 142-1 6.3: the signed reference must name the certificate that is used.
    fn certificate_reference(&mut self, info: &SignerInfo) {
        let step = Step::CertificateReference;
        let reference = info.signed_attributes.as_ref().map(SignedAttributes::signing_certificate);
        let (Some(Ok(Some(reference))), Some(certificate)) = (&reference, &self.given.certificate) else {
            return match (reference, self.given.profile) {
                (Some(Ok(Some(_)) | Err(_)), _) => self.settle(step, StepResult::NotRun),
                (_, Profile::Pades) => {
                    self.fault(step, StepResult::Indeterminate, Reason::CertificateReferenceMissing);
                }
                _ => self.settle(step, StepResult::NotApplicable),
            };
        };
        match reference.compare(certificate.as_der(), certificate.issuer().as_der(), certificate.serial()) {
            EssComparison::Equal => self.settle(step, StepResult::Passed),
            EssComparison::HashDiffers | EssComparison::Empty => {
                self.fault(step, StepResult::Failed, Reason::CertificateReferenceMismatch);
            }
            EssComparison::IssuerSerialDiffers => {
                self.fault(step, StepResult::Failed, Reason::IssuerSerialMismatch);
            }
            EssComparison::UnknownDigest => {
                self.fault(step, StepResult::Indeterminate, Reason::AlgorithmUnsupported);
            }
        }
    }

    /// RFC 5652 5.3 and 5.4, RFC 6211 3.
    fn algorithms(&mut self, signed_data: &SignedData, info: &SignerInfo) {
        let step = Step::Algorithms;
        let digest = DigestAlgorithm::from_oid(&info.digest_algorithm.oid);
        match (digest, self.given.algorithm()) {
            (Some(digest), Some(algorithm)) => {
                if algorithm != SignatureAlgorithm::Ed25519 && algorithm.digest() != digest {
                    self.fault(step, StepResult::Indeterminate, Reason::DigestInconsistent);
                }
            }
            _ => self.fault(step, StepResult::Indeterminate, Reason::AlgorithmUnsupported),
        }
        if !signed_data.digest_algorithms.contains(&info.digest_algorithm.oid) {
            self.odd(Reason::DigestNotAnnounced);
        }
        let protection = info.signed_attributes.as_ref().map(SignedAttributes::algorithm_protection);
        if let Some(Ok(Some(protected))) = protection {
            let equal = same_algorithm(&protected.digest, &info.digest_algorithm.raw)
                && same_algorithm(&protected.signature, &info.signature_algorithm.raw);
            if !equal {
                self.fault(step, StepResult::Failed, Reason::AlgorithmProtectionMismatch);
            }
        }
        self.settle(step, StepResult::Passed);
    }

    /// RFC 5652 11.2 and 5.4: the digest of the content; for a GM container that carries the document's digest as its
    /// content, also that digest itself.
    fn message_digest(&mut self, signed_data: &SignedData, info: &SignerInfo) {
        let step = Step::MessageDigest;
        let Some(attributes) = &info.signed_attributes else {
            return self.settle(step, StepResult::NotApplicable);
        };
        let stated = match attributes.message_digest() {
            Ok(Some(stated)) => stated,
            Ok(None) => return self.fault(step, StepResult::Failed, Reason::AttributeMissing),
            Err(_) => return self.fault(step, StepResult::Failed, Reason::AttributeMalformed),
        };
        let Some(algorithm) = DigestAlgorithm::from_oid(&info.digest_algorithm.oid) else {
            return self.settle(step, StepResult::NotRun);
        };
        let document = self.digests.get(algorithm);
        let equal = match &signed_data.content {
            Some(content) => {
                algorithm.digest(content).as_bytes() == stated
                    || (self.given.is_gm() && document.is_some_and(|digest| digest.as_bytes() == stated))
            }
            None => match document {
                Some(digest) => digest.as_bytes() == stated,
                None => return self.fault(step, StepResult::NotRun, Reason::DigestNotGiven),
            },
        };
        if equal {
            self.settle(step, StepResult::Passed);
        } else {
            self.fault(step, StepResult::Failed, Reason::MessageDigestMismatch);
        }
    }

    /// RFC 5652 5.6.
    fn cms_value(&mut self, signed_data: &SignedData, info: &SignerInfo) {
        let Some(key) = self.given.key() else {
            return self.settle(Step::Value, StepResult::NotRun);
        };
        let Some(algorithm) = self.given.algorithm() else {
            return self.fault(Step::Value, StepResult::Indeterminate, Reason::AlgorithmUnsupported);
        };
        let digests = self.digests;
        let document = digests.get(algorithm.digest()).filter(|_| algorithm == SignatureAlgorithm::Sm2Sm3);
        let mut covered: Vec<Covered<'_>> = Vec::new();
        match (&info.signed_attributes, &signed_data.content) {
            (Some(attributes), _) => covered.extend(attributes.messages().iter().map(|m| Covered::Message(m))),
            (None, Some(content)) => covered.push(Covered::Message(content)),
            (None, None) => {
                if digests.looks_like_attributes() {
                    self.fault(Step::SignedAttributes, StepResult::Failed, Reason::AttributesAmbiguous);
                }
                let Some(message) = &digests.message else { return self.no_message(&key, algorithm) };
                covered.push(Covered::Streamed(message));
            }
        }
        // Variants of the field: SM2 over the digest bytes with Z, or with the digest in place of e, without Z.
        if let (None, Some(document)) = (&info.signed_attributes, document) {
            covered.push(Covered::Message(document.as_bytes()));
            covered.push(Covered::BareDigest(document));
        }
        self.value(&key, algorithm, &info.signature, &covered);
    }

    /// No hasher was made: because key and algorithm do not fit, or because the caller did not hash.
    fn no_message(&mut self, key: &PublicKey, algorithm: SignatureAlgorithm) {
        match key.message_hasher(algorithm) {
            Err(VerifyError::AlgorithmConfusion) => {
                self.fault(Step::Value, StepResult::Failed, Reason::AlgorithmConfusion);
            }
            Err(_) => self.fault(Step::Value, StepResult::Indeterminate, Reason::AlgorithmUnsupported),
            Ok(_) => self.fault(Step::Value, StepResult::NotRun, Reason::DigestNotGiven),
        }
    }

    /// Tries the value in both forms over everything that it may cover. All of these bind the same document.
    fn value(&mut self, key: &PublicKey, algorithm: SignatureAlgorithm, stored: &[u8], covered: &[Covered<'_>]) {
        let step = Step::Value;
        let mut error = VerifyError::Malformed;
        for candidate in covered {
            let plain = check(key, algorithm, candidate, &SignatureBytes::new(stored.to_vec()));
            // GB/T 35276 6.2 wants DER; the raw form is read in containers alone.
            let raw = match (plain, raw_form(algorithm, stored)) {
                (Err(VerifyError::Malformed), Some(raw)) => Some(check(key, algorithm, candidate, &raw)),
                _ => None,
            };
            match raw.unwrap_or(plain) {
                Ok(()) => {
                    if raw.is_some() {
                        self.odd(Reason::ValueRaw);
                    }
                    if matches!(candidate, Covered::BareDigest(_)) {
                        self.odd(Reason::DigestWithoutZ);
                    }
                    return self.settle(step, StepResult::Passed);
                }
                Err(found) if error == VerifyError::Malformed => error = found,
                Err(_) => {}
            }
        }
        match error {
            VerifyError::AlgorithmConfusion => self.fault(step, StepResult::Failed, Reason::AlgorithmConfusion),
            VerifyError::Mismatch => self.fault(step, StepResult::Failed, Reason::ValueMismatch),
            VerifyError::Malformed => self.fault(step, StepResult::Failed, Reason::ValueMalformed),
            _ => self.fault(step, StepResult::Indeterminate, Reason::AlgorithmUnsupported),
        }
    }
}

fn check(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    covered: &Covered<'_>,
    value: &SignatureBytes,
) -> Result<(), VerifyError> {
    match covered {
        Covered::Message(message) => key.verify(algorithm, message, value),
        Covered::Streamed(message) => key.verify_digest((*message).clone(), value),
        Covered::BareDigest(digest) => key.verify_bare_digest(algorithm, digest, value),
    }
}

/// r || s of 64 bytes as DER.
fn raw_form(algorithm: SignatureAlgorithm, stored: &[u8]) -> Option<SignatureBytes> {
    match algorithm {
        SignatureAlgorithm::Sm2Sm3 | SignatureAlgorithm::Ecdsa(_) => SignatureBytes::from_raw(stored),
        _ => None,
    }
}

/// Whether eContent is this digest; GM makers also store its base64 text.
fn is_digest(content: &[u8], digest: &Digest, gm: bool) -> bool {
    content == digest.as_bytes()
        || (gm && STANDARD.decode(content.trim_ascii()).is_ok_and(|bytes| bytes == digest.as_bytes()))
}

/// Whether two `AlgorithmIdentifier` values say the same; absent parameters and NULL are one (RFC 5754 2).
fn same_algorithm(a: &[u8], b: &[u8]) -> bool {
    fn parts(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let whole = Reader::only(value, Encoding::Ber).ok()?;
        let mut fields = Reader::new(whole.bytes, Encoding::Ber).enter(tag::SEQUENCE).ok()?;
        let identifier = fields.expect(tag::OID).ok()?.content.to_vec();
        let rest = fields.rest();
        let parameters = if rest == [tag::NULL, 0] { &[] } else { rest };
        Some((identifier, parameters.to_vec()))
    }
    match (parts(a), parts(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}
