//! Signature values made here: read back, checked, and flipped byte by byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use eseal::crypto::{DigestAlgorithm, KeyKind, PrivateKey};
use eseal::pki::cms::SignedData;
use eseal::signature::{
    BuildError, Container, DocumentDigests, Form, Profile, Reason, SignatureBuilder, Statement, Step, StepResult,
    Unverified, detect,
};
use eseal::time::Time;

#[path = "support/maker.rs"]
mod maker;

use maker::{Maker, TIME, maker};

const DOCUMENT: &[u8] = b"%PDF-1.7 the bytes of a document";

fn make(maker: &Maker, form: Form) -> Vec<u8> {
    let builder = SignatureBuilder::new(maker.certificate.clone(), Vec::new(), form).unwrap();
    let bound = builder.upper_bound().unwrap();
    let digest = builder.digest_algorithm().digest(DOCUMENT);
    let value = builder.document_digest(&digest).unwrap().sign(&maker.key).unwrap();
    assert!(value.len() <= bound && value.len() + 8 > bound, "{} against {bound}", value.len());
    value
}

#[test]
fn what_is_made_verifies_and_only_over_its_document() {
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let maker = maker(kind);
        for (form, profile) in forms() {
            let value = make(&maker, form);
            let container = if kind == KeyKind::Sm2 { Container::Gbt35275 } else { Container::Cms };
            assert_eq!(detect(&value), container);
            let unverified = Unverified::read(&value, profile, &[]);
            let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, DOCUMENT));
            assert!(outcome.verified().is_some(), "{kind:?} {form:?} {:?}", outcome.checks());
            assert_eq!(outcome.oddities(), &[]);
            let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, b"another"));
            assert_eq!(outcome.result_of(Step::MessageDigest), StepResult::Failed);
            assert_eq!(outcome.result_of(Step::Value), StepResult::Passed);
            assert!(outcome.verified().is_none());
            let outcome = unverified.verify(&DocumentDigests::default());
            assert_eq!(outcome.result_of(Step::MessageDigest), StepResult::NotRun);
            assert!(outcome.verified().is_none());
        }
    }
}

#[test]
fn form_b_has_three_attributes_and_pades_no_signing_time() {
    let sm2 = maker(KeyKind::Sm2);
    let data = SignedData::read(&make(&sm2, forms()[1].0)).unwrap();
    let attributes = data.signer_infos[0].signed_attributes.clone().unwrap();
    assert_eq!(attributes.attributes().as_slice().len(), 3);
    assert_eq!(attributes.signing_time().unwrap(), Some(Time::from_unix(TIME)));
    assert_eq!(data.signer_infos[0].signature_algorithm.oid, "1.2.156.10197.1.301.1");
    assert_eq!(data.content_type, "1.2.156.10197.6.1.4.2.1");
    assert_eq!(data.content, None);
    assert_eq!(data.facts, []);
    let p256 = maker(KeyKind::P256);
    let data = SignedData::read(&make(&p256, Form::Pdf)).unwrap();
    let attributes = data.signer_infos[0].signed_attributes.clone().unwrap();
    assert_eq!(attributes.signing_time().unwrap(), None);
    assert!(attributes.is_sorted());
    let reference = attributes.signing_certificate().unwrap().unwrap();
    assert_eq!(reference.ids[0].digest_oid, DigestAlgorithm::Sha256.oid());
    assert!(reference.ids[0].issuer_serial.is_some());
}

#[test]
fn a_statement_travels_among_the_signed_attributes() {
    let maker = maker(KeyKind::P256);
    let statement =
        Statement { role: Some("handler".into()), organisation: Some("示例".into()), ..Statement::default() };
    let builder = SignatureBuilder::new(maker.certificate.clone(), Vec::new(), Form::Pdf).unwrap();
    let builder = builder.statement(statement.clone());
    let digest = builder.digest_algorithm().digest(DOCUMENT);
    let value = builder.document_digest(&digest).unwrap().sign(&maker.key).unwrap();
    let unverified = Unverified::read(&value, Profile::Pades, &[]);
    assert_eq!(unverified.statement(), Some(statement));
    let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, DOCUMENT));
    assert!(outcome.verified().is_some());
}

#[test]
fn a_foreign_key_or_digest_is_refused() {
    let maker_a = maker(KeyKind::P256);
    let other = PrivateKey::from_scalar(KeyKind::P256, &[0x18; 32]).unwrap();
    let builder = SignatureBuilder::new(maker_a.certificate.clone(), Vec::new(), Form::Pdf).unwrap();
    let wrong = DigestAlgorithm::Sm3.digest(DOCUMENT);
    assert!(matches!(builder.clone().document_digest(&wrong), Err(BuildError::DigestMismatch { .. })));
    let prepared = builder.document_digest(&DigestAlgorithm::Sha256.digest(DOCUMENT)).unwrap();
    assert_eq!(prepared.sign(&other), Err(BuildError::KeyMismatch));
}

#[test]
fn bytes_after_the_container_are_told_by_place() {
    let maker = maker(KeyKind::P256);
    let value = make(&maker, Form::Pdf);
    let judged = |tail: &[u8], profile| {
        let bytes = [&value, tail].concat();
        let unverified = Unverified::read(&bytes, profile, &[]);
        unverified.clone().verify(&DocumentDigests::of(&unverified, DOCUMENT))
    };
    assert!(judged(&[0; 9], Profile::Pades).verified().is_some());
    let padded = judged(&[0, 1, 0], Profile::Pades);
    assert_eq!(padded.result_of(Step::Format), StepResult::Indeterminate);
    assert!(padded.has(Reason::PaddingNonzero));
    assert_eq!(judged(&[0; 9], Profile::File).result_of(Step::Format), StepResult::Failed);
    assert_eq!(judged(&[7], Profile::Ofd).result_of(Step::Format), StepResult::Failed);
}

/// Flips every bit of a value. Neutral, because no signature covers them: the two `version` numbers and
/// `digestAlgorithms`; and in form B, which has no signed reference to the certificate, the bytes of the certificate,
/// whose own signature the path validation checks.
#[test]
fn no_flip_of_a_covered_bit_verifies() {
    for (kind, form, profile) in [
        (KeyKind::Sm2, forms()[1].0, Profile::Ofd),
        (KeyKind::Sm2, Form::Pdf, Profile::PdfDetached),
        (KeyKind::P256, Form::Pdf, Profile::Pades),
    ] {
        let maker = maker(kind);
        let value = make(&maker, form);
        let at = |needle: &[u8]| value.windows(needle.len()).position(|window| window == needle).unwrap();
        let certificate = at(maker.certificate.as_der());
        let certificate = certificate..certificate + maker.certificate.as_der().len();
        // SignedData: header of four bytes, version, then the SET of digest algorithms up to encapContentInfo.
        let version = at(&[0x02, 0x01, 0x01]) + 2;
        let algorithms = version + 1..version + 3 + usize::from(value[version + 2]);
        let signer_version =
            certificate.end + value[certificate.end..].windows(3).position(|w| w == [2, 1, 1]).unwrap() + 2;
        for place in 0..value.len() {
            let form_b = matches!(form, Form::Ofd { .. }) && certificate.contains(&place);
            let neutral = place == version || place == signer_version || algorithms.contains(&place) || form_b;
            for bit in 0..8 {
                let mut flipped = value.clone();
                flipped[place] ^= 1 << bit;
                let unverified = Unverified::read(&flipped, profile, &[]);
                let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, DOCUMENT));
                assert!(neutral || outcome.verified().is_none(), "{kind:?} {form:?} byte {place} bit {bit}");
            }
        }
    }
}

fn forms() -> [(Form, Profile); 3] {
    let signing_time = Time::from_unix(TIME);
    [
        (Form::Pdf, Profile::Pades),
        (Form::Ofd { signing_time }, Profile::Ofd),
        (Form::File { signing_time }, Profile::File),
    ]
}
