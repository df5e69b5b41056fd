//! Seals made by other programs, and seals of our own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a fault here should stop the test")]

mod support;

use eseal::crypto::{DigestAlgorithm, KeyKind, PrivateKey, RandomSource, Signer};
use eseal::pki::{Certificate, write as w};
use eseal::seal::{
    CertList, ExtData, HolderList, IssueError, Listed, PictureRequest, Seal, SealError, SealRequest, SealType,
    SealVersion, ValueForm, issue,
};
use eseal::signature::ses::{SesRequest, SesSignature};
use eseal::time::{Time, Validity};

fn sample(name: &str) -> Option<Vec<u8>> {
    support::samples().map(|folder| std::fs::read(folder.join("seals").join(name)).unwrap())
}

#[test]
fn seals_of_three_standards_verify() {
    for (name, version) in
        [("UserV1.esl", SealVersion::V1), ("UserV4.esl", SealVersion::V4), ("UserV5.esl", SealVersion::V5)]
    {
        let Some(bytes) = sample(name) else { return };
        let seal = Seal::from_der(&bytes).unwrap();
        assert_eq!((seal.version(), seal.as_der()), (version, bytes.as_slice()), "{name}");
        assert_eq!(seal.picture().kind, "PNG");
        assert_eq!((seal.picture().width_mm, seal.picture().height_mm), (40, 40));
        assert_eq!(seal.verify_maker().unwrap().value_form(), ValueForm::Standard);
        let CertList::Certificates(list) = seal.list() else { panic!("{name}: no certificates") };
        assert_eq!(seal.lists_certificate(&list[0]), Listed::Yes);
        assert_eq!(seal.lists_certificate(seal.maker_certificate()), Listed::No);
    }
}

#[test]
fn the_bad_seal_is_read_and_does_not_verify() {
    let Some(bytes) = sample("SESealData.DER") else { return };
    let seal = Seal::from_der(&bytes).unwrap();
    assert_eq!(seal.extensions().len(), 3);
    assert_eq!(seal.extensions().iter().filter(|extension| extension.critical).count(), 1);
    assert_eq!(seal.picture().kind, "GIF");
    assert!(matches!(seal.verify_maker(), Err(SealError::Signature(_))));
}

/// No flip of a bit and no cut gives a seal that verifies. Bytes of the picture are sampled: there are many of them.
#[test]
fn no_flip_verifies() {
    for name in ["UserV1.esl", "UserV4.esl", "UserV5.esl"] {
        let Some(bytes) = sample(name) else { return };
        // The maker's certificate is not covered by the signature of V4 and V5, but its key is what verifies, and the
        // path decides on the rest: only flips outside it are tried here.
        let seal = Seal::from_der(&bytes).unwrap();
        let maker = bytes.windows(seal.maker_certificate().len()).position(|w| w == seal.maker_certificate()).unwrap();
        let maker = maker..maker + seal.maker_certificate().len();
        for at in (0..bytes.len()).filter(|at| (*at < 750 || at % 97 == 0 || *at > 16_300) && !maker.contains(at)) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            let verified = Seal::from_der(&damaged).and_then(|seal| seal.verify_maker());
            assert!(verified.is_err(), "{name} at {at}");
        }
        for length in (0..bytes.len()).step_by(61) {
            assert!(Seal::from_der(&bytes[..length]).is_err(), "{name} cut to {length}");
        }
        assert!(Seal::from_der(&[bytes.as_slice(), &[0]].concat()).is_err(), "{name} with a byte behind");
    }
}

/// SHA-256 over a counter.
struct Fixed(std::sync::atomic::AtomicU64);

impl RandomSource for Fixed {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        for piece in buffer.chunks_mut(32) {
            let count = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let bytes = DigestAlgorithm::Sha256.digest(&count.to_le_bytes());
            piece.copy_from_slice(&bytes.as_bytes()[..piece.len()]);
        }
        Ok(())
    }
}

fn at(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap()
}

/// A self-signed certificate of 2026 with these key usage bits.
fn certificate(key: &PrivateKey, usage: &[u8]) -> Certificate {
    let identifier = key.algorithm().identifier();
    let common = w::sequence(&[&w::oid("2.5.4.3").unwrap(), &w::utf8("Maker")]);
    let name = w::sequence(&[&w::set(&[&common])]);
    let validity = w::sequence(&[&w::x509_time(at("2026-01-01")), &w::x509_time(at("2027-01-01"))]);
    let usage = w::octet_string(&w::named_bits(usage));
    let usage = w::sequence(&[&w::oid("2.5.29.15").unwrap(), &w::boolean(true), &usage]);
    let extensions = w::explicit(3, &w::sequence(&[&usage]));
    let version = w::explicit(0, &w::integer(2));
    let spki = key.public_key().spki();
    let tbs = w::sequence(&[&version, &w::integer(1), &identifier, &name, &validity, &name, spki, &extensions]);
    let value = w::bit_string(key.sign(&tbs).unwrap().as_bytes());
    Certificate::from_der(&w::sequence(&[&tbs, &identifier, &value])).unwrap()
}

fn request(holder: &Certificate) -> SealRequest {
    SealRequest {
        standard: eseal::seal::SealStandard::V4,
        vendor: "eseal".to_owned(),
        number: "52010000012345".to_owned(),
        kind: SealType(1),
        name: "测试单位公章".to_owned(),
        holders: HolderList::Certificates(vec![holder.clone()]),
        created: at("2026-02-01"),
        validity: Validity { not_before: at("2026-02-01"), not_after: at("2026-12-31") },
        picture: PictureRequest { data: b"\x89PNG\r\n\x1a\n rest".to_vec(), width_mm: 42, height_mm: 42 },
        extensions: vec![ExtData { oid: "1.2.3.4".to_owned(), critical: true, value: vec![1] }],
    }
}

#[test]
fn a_seal_of_ours_signs_a_document() {
    for kind in [KeyKind::Sm2, KeyKind::P256, KeyKind::Rsa2048] {
        let key = PrivateKey::generate(kind, &Fixed(7.into())).unwrap();
        let maker = certificate(&key, &[0, 1]);
        let seal = issue(&request(&maker), &maker, &key).unwrap();
        assert_eq!(seal.version(), SealVersion::V4);
        assert_eq!((seal.number(), seal.name(), seal.kind()), ("52010000012345", "测试单位公章", SealType(1)));
        assert_eq!(seal.lists_certificate(maker.as_der()), Listed::Yes);
        assert!(seal.oddities().is_empty());
        let ses = SesRequest {
            seal: seal.clone(),
            time: at("2026-03-01"),
            data_hash: vec![7; 32],
            property_info: "/Doc_0/Signs/Sign_0/Signature.xml".to_owned(),
            extensions: Vec::new(),
        };
        let der = ses.prepare().unwrap().sign(&key, maker.as_der()).unwrap();
        let read = SesSignature::from_der(&der).unwrap();
        assert_eq!((read.seal(), read.data_hash(), read.version()), (&seal, [7; 32].as_slice(), 4));
        assert_eq!(read.time_info().time, Some(at("2026-03-01")));
        assert_eq!(read.verify_value().unwrap().value_form(), ValueForm::Standard);
        // Flips in TBS_Sign: either it no longer reads or the value no longer fits.
        for place in (0..read.tbs().len()).step_by(7) {
            let mut damaged = der.clone();
            damaged[place + 4] ^= 1;
            assert!(!verifies(&damaged), "{place}");
        }
        assert!(SesSignature::from_der(&[der.as_slice(), &[0]].concat()).is_err());
    }
}

fn verifies(der: &[u8]) -> bool {
    SesSignature::from_der(der).is_ok_and(|ses| ses.verify_value().is_ok())
}

#[test]
fn a_list_of_digests_names_its_holder() {
    let key = PrivateKey::generate(KeyKind::Sm2, &Fixed(7.into())).unwrap();
    let maker = certificate(&key, &[0, 1]);
    let mut wanted = request(&maker);
    wanted.holders = HolderList::Digests(vec![maker.clone()], DigestAlgorithm::Sm3);
    let seal = issue(&wanted, &maker, &key).unwrap();
    assert_eq!(seal.lists_certificate(maker.as_der()), Listed::Yes);
    assert_eq!(seal.lists_certificate(b"other"), Listed::No);
}

#[test]
fn bad_requests_are_refused() {
    let key = PrivateKey::generate(KeyKind::Sm2, &Fixed(7.into())).unwrap();
    let maker = certificate(&key, &[0, 1]);
    let refused = |change: &dyn Fn(&mut SealRequest)| {
        let mut wanted = request(&maker);
        change(&mut wanted);
        issue(&wanted, &maker, &key).unwrap_err()
    };
    assert_eq!(refused(&|r| r.number = String::new()), IssueError::Number);
    assert_eq!(refused(&|r| r.number = "1".repeat(65)), IssueError::Number);
    assert_eq!(refused(&|r| r.number = "12-34".to_owned()), IssueError::Number);
    assert_eq!(refused(&|r| r.name = " ".to_owned()), IssueError::Title);
    assert_eq!(refused(&|r| r.holders = HolderList::Certificates(Vec::new())), IssueError::NoHolder);
    assert_eq!(refused(&|r| r.picture.data = b"text".to_vec()), IssueError::NotAPicture);
    assert_eq!(refused(&|r| r.picture.width_mm = 0), IssueError::NoSize);
    let outside = refused(&|r| r.validity.not_after = at("2027-01-02"));
    assert!(matches!(outside, IssueError::OutsideMaker { .. }));
    let encipher = certificate(&key, &[2]);
    assert_eq!(issue(&request(&encipher), &encipher, &key), Err(IssueError::MakerMayNotSign));
    let other = PrivateKey::generate(KeyKind::Sm2, &Fixed(99.into())).unwrap();
    assert_eq!(issue(&request(&maker), &maker, &other), Err(IssueError::OtherKey));
}
