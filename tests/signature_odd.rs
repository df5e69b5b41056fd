//! Containers put together by hand, each odd in one way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use base64::Engine as _;
use eseal::crypto::{DigestAlgorithm, KeyKind, Signer};
use eseal::pki::ber::{Encoding, Reader};
use eseal::pki::cms::oid;
use eseal::pki::write;
use eseal::signature::{DocumentDigests, Outcome, Profile, Reason, Step, StepResult, Unverified};

#[path = "support/maker.rs"]
mod maker;

use maker::{Maker, maker};

const DOCUMENT: &[u8] = b"the bytes of a document";

/// What goes into a container; everything right to begin with.
struct Parts {
    maker: Maker,
    gm: bool,
    content: Option<Vec<u8>>,
    attributes: Option<Vec<Vec<u8>>>,
    digest: DigestAlgorithm,
    signature_algorithm: Vec<u8>,
    value: Option<Vec<u8>>,
    certificates: bool,
    signers: usize,
}

impl Parts {
    fn new(kind: KeyKind) -> Self {
        let maker = maker(kind);
        let digest = maker.key.algorithm().digest();
        let attributes = Some(vec![
            attribute(oid::CONTENT_TYPE, &write::oid(oid::DATA).unwrap()),
            attribute(oid::MESSAGE_DIGEST, &write::octet_string(digest.digest(DOCUMENT).as_bytes())),
        ]);
        let signature_algorithm = maker.key.algorithm().identifier();
        let gm = kind == KeyKind::Sm2;
        #[rustfmt::skip]
        let parts = Parts {
            maker, gm, content: None, attributes, digest, signature_algorithm, value: None, certificates: true, signers: 1,
        };
        parts
    }

    fn with_attribute(mut self, oid: &str, value: &[u8]) -> Self {
        self.attributes.get_or_insert_default().push(attribute(oid, value));
        self
    }

    fn without_attribute(mut self, oid: &str) -> Self {
        let prefix = write::oid(oid).unwrap();
        let holds = |a: &Vec<u8>| a.windows(prefix.len()).any(|window| window == prefix);
        self.attributes = self.attributes.map(|all| all.into_iter().filter(|a| !holds(a)).collect());
        self
    }

    /// What the value is made over where none is given.
    fn message(&self) -> Vec<u8> {
        match (&self.attributes, &self.content) {
            (Some(attributes), _) => write::tlv(0x31, &attributes.concat()),
            (None, Some(content)) => content.clone(),
            (None, None) => DOCUMENT.to_vec(),
        }
    }

    fn build(&self) -> Vec<u8> {
        let certificate = &self.maker.certificate;
        let digest = write::sequence(&[&write::oid(self.digest.oid()).unwrap()]);
        let value = match &self.value {
            Some(value) => value.clone(),
            None => self.maker.key.sign(&self.message()).unwrap().as_bytes().to_vec(),
        };
        let sid = write::sequence(&[certificate.issuer().as_der(), &write::integer_content(certificate.serial())]);
        let attributes = self.attributes.as_ref().map(|all| write::tlv(0xA0, &all.concat())).unwrap_or_default();
        let info = write::sequence(&[
            &write::integer(1),
            &sid,
            &digest,
            &attributes,
            &self.signature_algorithm,
            &write::octet_string(&value),
        ]);
        let content = self.content.as_ref().map(|c| write::explicit(0, &write::octet_string(c))).unwrap_or_default();
        let certificates = if self.certificates { write::tlv(0xA0, certificate.as_der()) } else { Vec::new() };
        let infos = vec![info.as_slice(); self.signers];
        let signed_data = write::sequence(&[
            &write::integer(1),
            &write::set(&[&digest]),
            &write::sequence(&[&write::oid(oid::DATA).unwrap(), &content]),
            &certificates,
            &write::set(&infos),
        ]);
        let outer = if self.gm { oid::GM_SIGNED_DATA } else { oid::SIGNED_DATA };
        write::sequence(&[&write::oid(outer).unwrap(), &write::explicit(0, &signed_data)])
    }

    fn judged(&self, profile: Profile) -> Outcome {
        judged(&self.build(), profile, DOCUMENT)
    }
}

fn judged(bytes: &[u8], profile: Profile, document: &[u8]) -> Outcome {
    let unverified = Unverified::read(bytes, profile, &[]);
    unverified.clone().verify(&DocumentDigests::of(&unverified, document))
}

fn attribute(oid: &str, value: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::oid(oid).unwrap(), &write::set(&[value])])
}

/// Asserts that a step ended so, for this reason, and that nothing counts as verified.
fn assert_fault(outcome: &Outcome, step: Step, result: StepResult, reason: Reason) {
    assert_eq!(outcome.result_of(step), result, "{:?}", outcome.checks());
    assert!(outcome.has(reason), "{:?}", outcome.checks());
    assert!(outcome.verified().is_none());
}

#[test]
fn the_parts_are_right_to_begin_with() {
    for kind in [KeyKind::P256, KeyKind::Sm2] {
        let outcome = Parts::new(kind).judged(Profile::PdfDetached);
        assert!(outcome.verified().is_some(), "{:?}", outcome.checks());
    }
}

#[test]
fn several_or_no_signers_are_a_format_failure() {
    let two = Parts { signers: 2, ..Parts::new(KeyKind::P256) };
    assert_fault(&two.judged(Profile::PdfDetached), Step::Signers, StepResult::Failed, Reason::SeveralSigners);
    let none = Parts { signers: 0, ..Parts::new(KeyKind::P256) };
    assert_fault(&none.judged(Profile::PdfDetached), Step::Signers, StepResult::Failed, Reason::NoSigner);
}

#[test]
fn without_a_certificate_nothing_is_verified() {
    let parts = Parts { certificates: false, ..Parts::new(KeyKind::Sm2) };
    let outcome = parts.judged(Profile::Ofd);
    let step = Step::SigningCertificate;
    assert_fault(&outcome, step, StepResult::Indeterminate, Reason::NoSigningCertificate);
    assert_eq!(outcome.result_of(Step::Value), StepResult::NotRun);
    let unverified = Unverified::read(&parts.build(), Profile::Ofd, std::slice::from_ref(&parts.maker.certificate));
    let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, DOCUMENT));
    assert!(outcome.verified().is_some());
}

#[test]
fn attributes_stand_once() {
    let wrong = write::octet_string(&[0; 32]);
    let parts = Parts::new(KeyKind::P256).with_attribute(oid::MESSAGE_DIGEST, &wrong);
    let outcome = parts.judged(Profile::PdfDetached);
    assert_fault(&outcome, Step::SignedAttributes, StepResult::Failed, Reason::AttributeMalformed);
    assert_eq!(outcome.result_of(Step::MessageDigest), StepResult::Failed);
    let parts = Parts::new(KeyKind::P256).without_attribute(oid::MESSAGE_DIGEST);
    let outcome = parts.judged(Profile::PdfDetached);
    assert_fault(&outcome, Step::MessageDigest, StepResult::Failed, Reason::AttributeMissing);
    let parts = Parts::new(KeyKind::P256).without_attribute(oid::CONTENT_TYPE);
    let outcome = parts.judged(Profile::PdfDetached);
    assert_fault(&outcome, Step::ContentType, StepResult::Failed, Reason::AttributeMissing);
}

#[test]
fn another_content_type_is_no_signature_of_a_document() {
    let parts = Parts::new(KeyKind::P256).without_attribute(oid::CONTENT_TYPE);
    let parts = parts.with_attribute(oid::CONTENT_TYPE, &write::oid(oid::TST_INFO).unwrap());
    let outcome = parts.judged(Profile::PdfDetached);
    assert_fault(&outcome, Step::ContentType, StepResult::Failed, Reason::ContentTypeMismatch);
}

#[test]
fn the_signed_reference_must_name_the_certificate() {
    let named = |certificate: &[u8]| {
        let hash = write::octet_string(DigestAlgorithm::Sha256.digest(certificate).as_bytes());
        write::sequence(&[&write::sequence(&[&write::sequence(&[&hash])])])
    };
    let own = maker(KeyKind::P256).certificate;
    let parts = Parts::new(KeyKind::P256).with_attribute(oid::SIGNING_CERTIFICATE_V2, &named(own.as_der()));
    assert!(parts.judged(Profile::Pades).verified().is_some());
    let parts = Parts::new(KeyKind::P256).with_attribute(oid::SIGNING_CERTIFICATE_V2, &named(b"another"));
    let (step, reason) = (Step::CertificateReference, Reason::CertificateReferenceMismatch);
    assert_fault(&parts.judged(Profile::Pades), step, StepResult::Failed, reason);
    assert_fault(&parts.judged(Profile::PdfDetached), step, StepResult::Failed, reason);
    let outcome = Parts::new(KeyKind::P256).judged(Profile::Pades);
    assert_fault(&outcome, step, StepResult::Indeterminate, Reason::CertificateReferenceMissing);
}

#[test]
fn protected_algorithms_must_be_the_ones_used() {
    let protection = |digest: DigestAlgorithm, kind| {
        let digest = write::sequence(&[&write::oid(digest.oid()).unwrap(), &write::null()]);
        let signature = maker(kind).key.algorithm().identifier();
        write::sequence(&[&digest, &[&[0xA1], &signature[1..]].concat()])
    };
    let fine = protection(DigestAlgorithm::Sha256, KeyKind::P256);
    let parts = Parts::new(KeyKind::P256).with_attribute(oid::ALGORITHM_PROTECTION, &fine);
    assert!(parts.judged(Profile::PdfDetached).verified().is_some());
    for other in [protection(DigestAlgorithm::Sha1, KeyKind::P256), protection(DigestAlgorithm::Sha256, KeyKind::Sm2)] {
        let parts = Parts::new(KeyKind::P256).with_attribute(oid::ALGORITHM_PROTECTION, &other);
        let outcome = parts.judged(Profile::PdfDetached);
        assert_fault(&outcome, Step::Algorithms, StepResult::Failed, Reason::AlgorithmProtectionMismatch);
    }
}

#[test]
fn algorithms_and_keys_fit() {
    let mut parts = Parts::new(KeyKind::P256);
    parts.signature_algorithm = maker(KeyKind::Sm2).key.algorithm().identifier();
    let outcome = parts.judged(Profile::PdfDetached);
    assert_fault(&outcome, Step::Value, StepResult::Failed, Reason::AlgorithmConfusion);
    let mut parts = Parts::new(KeyKind::P256).without_attribute(oid::MESSAGE_DIGEST);
    parts.digest = DigestAlgorithm::Sha384;
    let digest = write::octet_string(parts.digest.digest(DOCUMENT).as_bytes());
    let outcome = parts.with_attribute(oid::MESSAGE_DIGEST, &digest).judged(Profile::PdfDetached);
    assert_fault(&outcome, Step::Algorithms, StepResult::Indeterminate, Reason::DigestInconsistent);
}

#[test]
fn raw_values_are_read_and_told() {
    for kind in [KeyKind::P256, KeyKind::Sm2] {
        let mut parts = Parts::new(kind);
        let der = parts.maker.key.sign(&parts.message()).unwrap();
        let mut both = Reader::new(der.as_bytes(), Encoding::Der).enter(0x30).unwrap();
        let mut half = || {
            let number = both.next().unwrap().content;
            let number = number.strip_prefix(&[0]).unwrap_or(number);
            [vec![0; 32 - number.len()], number.to_vec()].concat()
        };
        parts.value = Some([half(), half()].concat());
        let outcome = parts.judged(Profile::PdfDetached);
        assert!(outcome.verified().is_some(), "{:?}", outcome.checks());
        assert!(outcome.has(Reason::ValueRaw));
        if let Some(value) = &mut parts.value {
            value[5] ^= 1;
        }
        assert_fault(&parts.judged(Profile::PdfDetached), Step::Value, StepResult::Failed, Reason::ValueMismatch);
    }
}

#[test]
fn gm_content_is_the_digest_of_the_document() {
    let digest = DigestAlgorithm::Sm3.digest(DOCUMENT);
    let text = base64::engine::general_purpose::STANDARD.encode(digest.as_bytes());
    for content in [digest.as_bytes().to_vec(), text.into_bytes()] {
        let parts = Parts { attributes: None, content: Some(content), ..Parts::new(KeyKind::Sm2) };
        let outcome = parts.judged(Profile::PdfDetached);
        assert!(outcome.verified().is_some(), "{:?}", outcome.checks());
        let outcome = judged(&parts.build(), Profile::PdfDetached, b"another");
        assert_fault(&outcome, Step::Content, StepResult::Failed, Reason::ContentMismatch);
    }
    let parts = Parts { attributes: None, content: Some(DOCUMENT.to_vec()), ..Parts::new(KeyKind::Sm2) };
    assert_fault(&parts.judged(Profile::Ofd), Step::Content, StepResult::Failed, Reason::ContentMismatch);
    let parts = Parts { attributes: None, content: Some(digest.as_bytes().to_vec()), ..Parts::new(KeyKind::P256) };
    assert_fault(&parts.judged(Profile::Ofd), Step::Content, StepResult::Failed, Reason::ContentPresent);
}

#[test]
fn without_attributes_the_value_covers_the_document_or_for_sm2_its_digest() {
    for kind in [KeyKind::P256, KeyKind::Sm2] {
        let parts = Parts { attributes: None, ..Parts::new(kind) };
        assert!(parts.judged(Profile::PdfDetached).verified().is_some());
        let outcome = judged(&parts.build(), Profile::PdfDetached, b"another");
        assert_fault(&outcome, Step::Value, StepResult::Failed, Reason::ValueMismatch);
    }
    let mut parts = Parts { attributes: None, ..Parts::new(KeyKind::Sm2) };
    let digest = DigestAlgorithm::Sm3.digest(DOCUMENT);
    parts.value = Some(parts.maker.key.sign(digest.as_bytes()).unwrap().as_bytes().to_vec());
    assert!(parts.judged(Profile::PdfDetached).verified().is_some());
}

/// Some makers of GM/T 0010 put the digest where GB/T 32918.2 puts SM3(Z || message). The value was made apart, in plain
/// arithmetic, with the maker's key, over SM3 of the document.
#[test]
fn a_value_over_the_digest_without_z_is_read_and_told() {
    let hex = "41A5E664AB8EC107BB626DF88BF90C777CD34B7E672931DC5DA2057D9F259523\
               A7DB1531249C1996B741555C753A605A5C864425EC95C8B9C36A9C3D6D62C012";
    let value: Vec<u8> = (0..64).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
    let digest = DigestAlgorithm::Sm3.digest(DOCUMENT);
    for content in [None, Some(digest.as_bytes().to_vec())] {
        let parts = Parts { attributes: None, content, value: Some(value.clone()), ..Parts::new(KeyKind::Sm2) };
        let outcome = parts.judged(Profile::PdfDetached);
        assert!(outcome.verified().is_some(), "{:?}", outcome.checks());
        assert!(outcome.has(Reason::DigestWithoutZ));
        assert!(judged(&parts.build(), Profile::PdfDetached, b"another").verified().is_none());
    }
    // With attributes the value covers those, and nothing else will do.
    let parts = Parts { value: Some(value), ..Parts::new(KeyKind::Sm2) };
    assert_fault(&parts.judged(Profile::PdfDetached), Step::Value, StepResult::Failed, Reason::ValueMismatch);
}

#[test]
fn attributes_cannot_be_turned_into_a_document() {
    let parts = Parts::new(KeyKind::P256);
    let message = parts.message();
    let value = parts.maker.key.sign(&message).unwrap();
    let parts = Parts { attributes: None, value: Some(value.as_bytes().to_vec()), ..parts };
    let outcome = judged(&parts.build(), Profile::File, &message);
    assert_fault(&outcome, Step::SignedAttributes, StepResult::Failed, Reason::AttributesAmbiguous);
}

#[test]
fn unsorted_attributes_are_verified_as_stored() {
    let mut parts = Parts::new(KeyKind::Sm2);
    parts.attributes.as_mut().unwrap().reverse();
    let outcome = parts.judged(Profile::Ofd);
    assert!(outcome.verified().is_some(), "{:?}", outcome.checks());
    assert!(outcome.has(Reason::AttributesUnsorted));
}

#[test]
fn indefinite_lengths_are_verified_as_der() {
    for kind in [KeyKind::P256, KeyKind::Sm2] {
        let parts = Parts::new(kind);
        let ber = indefinite(&parts.build(), parts.maker.certificate.as_der());
        let outcome = judged(&ber, Profile::PdfDetached, DOCUMENT);
        assert!(outcome.verified().is_some(), "{:?}", outcome.checks());
        assert!(outcome.has(Reason::BerEncoding));
        let outcome = judged(&ber, Profile::PdfDetached, b"another");
        assert_fault(&outcome, Step::MessageDigest, StepResult::Failed, Reason::MessageDigestMismatch);
    }
}

#[test]
fn rubbish_of_any_length_is_a_format_failure() {
    let value = Parts::new(KeyKind::P256).build();
    for end in 0..value.len() {
        let outcome = judged(&value[..end], Profile::PdfDetached, DOCUMENT);
        assert_fault(&outcome, Step::Format, StepResult::Failed, Reason::Malformed);
    }
    let deep = [0x30_u8, 0x80].repeat(10_000);
    let outcome = judged(&deep, Profile::PdfDetached, DOCUMENT);
    assert_fault(&outcome, Step::Format, StepResult::Failed, Reason::Malformed);
}

/// The same value with every constructed length indefinite, but for the certificate.
fn indefinite(der: &[u8], certificate: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut reader = Reader::new(der, Encoding::Der);
    while !reader.is_empty() {
        let value = reader.next().unwrap();
        if value.tag & 0x20 == 0 || value.bytes == certificate {
            out.extend_from_slice(value.bytes);
        } else {
            out.extend_from_slice(&[value.tag, 0x80]);
            out.extend(indefinite(value.content, certificate));
            out.extend_from_slice(&[0, 0]);
        }
    }
    out
}
