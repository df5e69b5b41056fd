//! Every reader of what strangers send, each behind one function of bytes: nothing may panic, hang or grow without
//! bound. `tests/hostile.rs` feeds them mutated files, and the targets of `fuzz` whatever a fuzzer thinks of.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::rc::Rc;

use eseal::audit::Entry;
use eseal::crypto::protect::Protection;
use eseal::crypto::{KeyKind, PrivateKey, SecretBytes, open_enveloped};
use eseal::drawing::PictureLimits;
use eseal::limits::Budget;
use eseal::pdf::PreparedPicture;
use eseal::pki::ber::{Encoding, Reader};
use eseal::pki::cms::SignedData;
use eseal::pki::ocsp::OcspResponse;
use eseal::pki::path::TrustAnchor;
use eseal::pki::timestamp::{TimestampRequest, TimestampResponse, TimestampToken, TstInfo};
use eseal::pki::{Certificate, Crl, key_material, pem, pkcs12};
use eseal::policy::Policy;
use eseal::report::{Indication, Report};
use eseal::seal::{Seal, StatusList};
use eseal::signature::ses::SesSignature;
use eseal::signature::{DocumentDigests, Profile, Statement, Unverified, detect};
use eseal::source::Bytes;
use eseal::time::Time;
use eseal::verify::{Evidence, NoRegister, verify};

/// 2026-11-22 06:00 UTC.
const NOW: i64 = 1_795_327_200;

/// PDF and OFD: opened and judged, the report written out.
pub fn document(bytes: &[u8]) -> Report {
    judged(bytes, &[])
}

/// As [`document`], by one who trusts somebody.
pub fn judged(bytes: &[u8], anchors: &[TrustAnchor]) -> Report {
    let policy = Policy::default();
    let evidence = Evidence {
        anchors,
        untrusted: &[],
        revocation: eseal::pki::path::RevocationEvidence::default(),
        register: &NoRegister,
        policy: &policy,
        passwords: &[],
        missing: None,
        time: Time::from_unix(NOW),
    };
    let report = verify(&Bytes::shared(bytes.to_vec()), "file", &evidence);
    let _ = report.to_json(&|finding| finding.code.name().to_owned()).to_string();
    assert!(!anchors.is_empty() || report.indication != Indication::TotalPassed, "passed without any trust");
    report
}

/// A PDF: pages, fields and signatures of every revision, and an update as a seal makes it.
pub fn pdf(bytes: &[u8]) {
    let budget = Rc::new(Budget::default());
    if let Ok(document) = eseal::pdf::Document::open_for_sealing(Bytes::shared(bytes.to_vec()), budget)
        && let Ok(mut update) = eseal::pdf::Update::new(&document)
        && update.add(eseal::pdf::object::Object::Null).is_ok()
    {
        // What is continued is read again as one reads any file.
        if let Ok(appended) = update.finish() {
            let again = eseal::pdf::Document::open(appended.as_source(), Rc::new(Budget::default()));
            assert!(again.is_ok(), "an update cannot be read: {:?}", again.err());
        }
    }
    if let Ok(document) = eseal::pdf::Document::open(Bytes::shared(bytes.to_vec()), Rc::new(Budget::default())) {
        for index in 0..document.revisions().len().min(4) {
            let Ok(view) = document.at(index) else { continue };
            let _ = view.signatures();
            let _ = view.page(0);
            let _ = view.security_store();
        }
    }
}

/// An OFD package: what it reaches, and the size of its first page.
pub fn ofd(bytes: &[u8]) {
    let budget = Budget::default();
    if let Ok(document) = eseal::ofd::Document::open(Bytes::shared(bytes.to_vec()), &budget) {
        let _ = document.reachable(&budget);
        let _ = document.page_size(0, 0, &budget);
    }
}

/// BER as such, by depth first.
pub fn ber(bytes: &[u8]) {
    for encoding in [Encoding::Der, Encoding::Ber] {
        let mut pending = vec![Reader::new(bytes, encoding)];
        while let Some(mut reader) = pending.pop() {
            while let Ok(value) = reader.next() {
                let _ = (value.oid(), value.unsigned(), value.integer().is_ok(), value.bits().is_ok());
                if value.tag & 0x20 != 0
                    && let Ok(inside) = reader.inside(&value)
                {
                    pending.push(inside);
                }
            }
        }
    }
}

/// A certificate, in DER or PEM, with all its extensions.
pub fn certificate(bytes: &[u8]) {
    let _ = pem::certificates(bytes);
    if let Ok(certificate) = Certificate::from_der(bytes) {
        let _ = (certificate.subject().to_string(), certificate.issuer().is_within(certificate.subject()));
        let _ = (certificate.key_usage().is_ok(), certificate.extended_key_usage(), certificate.basic_constraints());
        let _ = (certificate.subject_alt_names().is_ok(), certificate.crl_urls(), certificate.ocsp_urls());
        let _ = (certificate.authority_key_id().is_ok(), certificate.broken_extensions(), certificate.serial_hex());
        if let Ok(key) = certificate.public_key() {
            let _ = certificate.verify_signature_by(&key);
        }
    }
}

/// A revocation list.
pub fn crl(bytes: &[u8]) {
    let _ = pem::crls(bytes);
    if let Ok(response) = OcspResponse::from_der(bytes).or_else(|_| OcspResponse::from_basic_der(bytes)) {
        let _ = (response.nonce().is_some(), response.is_understood(), response.singles().len());
    }
    if let Ok(list) = Crl::from_der(bytes) {
        let _ = (list.number(), list.is_complete(), list.lookup(&[1]).is_some());
    }
}

/// A CMS or GB/T 35275 container, read and verified over a document that is not its own.
pub fn cms(bytes: &[u8]) {
    let _ = (detect(bytes), SignedData::read(bytes).is_ok(), TstInfo::read(bytes).is_ok());
    let _ = Statement::read(bytes);
    for profile in [Profile::Ofd, Profile::Pades] {
        let unverified = Unverified::read(bytes, profile, &[]);
        let digests = DocumentDigests::of(&unverified, b"another document");
        assert!(unverified.verify(&digests).verified().is_none(), "a value verifies over another document");
    }
}

/// A timestamp: its request, its response, the token by itself and padded.
pub fn timestamp(bytes: &[u8]) {
    if let Ok(request) = TimestampRequest::from_der(bytes) {
        let _ = (request.digest().is_some(), request.to_der().is_ok());
    }
    if let Ok(response) = TimestampResponse::from_der(bytes) {
        let _ = response.granted();
    }
    for token in [TimestampToken::read(bytes), TimestampToken::read_padded(bytes)].into_iter().flatten() {
        let _ = (token.info().latest(), token.info().earliest(), token.info().serial_hex());
        assert!(token.verify(b"other data", &[]).is_err(), "a token stamps other data");
    }
}

/// A seal, a seal signature, or lists of seal states.
pub fn seal(bytes: &[u8]) {
    if let Ok(lists) = StatusList::read_all(bytes) {
        for list in lists {
            assert_eq!(StatusList::from_der(list.as_der()).as_ref(), Ok(&list), "a list reads as another");
        }
    }
    if let Ok(seal) = Seal::from_der(bytes) {
        let _ = seal.verify_maker();
    }
    if let Ok(signature) = SesSignature::from_der(bytes) {
        let _ = signature.verify_value();
    }
}

/// A file of keys and certificates, of any kind.
pub fn key_file(bytes: &[u8]) {
    let password = SecretBytes::new(b"777777".to_vec());
    let _ = pkcs12::read(bytes, &password);
    let _ = PrivateKey::from_der(bytes);
    let _ = pem::blocks(bytes);
    for password in [None, Some(&password)] {
        let _ = key_material::read(bytes, password);
    }
    if let Ok(key) = PrivateKey::from_scalar(KeyKind::Sm2, &[7; 32]) {
        let _ = open_enveloped(&key, bytes);
    }
}

/// A picture; small limits, so that a fuzzer spends its time on the formats and not on memory.
pub fn picture(bytes: &[u8]) {
    let limits = PictureLimits { side: 512, memory: 4 << 20 };
    if let Ok(prepared) = PreparedPicture::from_picture(bytes, limits) {
        let again = PreparedPicture::from_bytes(&prepared.to_bytes());
        assert!(again.is_ok(), "what was prepared is not read back");
    }
}

/// The text of a policy: what is taken says the same when it is written out.
pub fn policy(bytes: &[u8]) {
    match Policy::from_bytes(bytes) {
        Ok(policy) => {
            let whole = policy.whole_text();
            // A named policy's own text alone bears its name.
            let whole = if Policy::NAMES.contains(&policy.name()) {
                whole.replacen(&format!("\"{}\"", policy.name()), "\"copy\"", 1)
            } else {
                whole
            };
            let again = Policy::parse(&whole).unwrap();
            assert_eq!(again.rules(), policy.rules());
            assert_eq!(again.loosened(), policy.loosened());
        }
        Err(faults) => assert!(!faults.is_empty()),
    }
}

/// What the store keeps in columns of bytes: prepared pictures, protections of the master key, lines of the trail.
pub fn records(bytes: &[u8]) {
    let _ = PreparedPicture::from_bytes(bytes);
    let _ = Protection::from_bytes(bytes);
    if let Ok(entry) = Entry::from_line(bytes) {
        assert!(entry.to_line().is_ok_and(|line| line == bytes), "two lines are one entry");
    }
}
