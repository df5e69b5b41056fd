//! Files changed by chance: whatever is cut, doubled, overwritten or flipped, no reader panics, and no changed document
//! is called valid by one who trusts nobody.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a fault here should stop the test")]

#[path = "support/exercise.rs"]
mod exercise;
#[path = "support/integrity.rs"]
mod integrity;
#[path = "support/world.rs"]
mod world;
#[path = "support/zip.rs"]
mod zip;

use std::sync::LazyLock;

use eseal::crypto::{KeyKind, Signer};
use eseal::pki::build::Issuer;
use eseal::pki::{Crl, CrlRequest, RevocationReason, Revoked};
use eseal::sign::{Closing, ContainerChoice};
use proptest::prelude::*;

use crate::world::{NOW, World, fixture, png, time};

/// Honest files to start from.
struct Honest {
    pdfs: Vec<Vec<u8>>,
    ofds: Vec<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    crl: Vec<u8>,
    containers: Vec<Vec<u8>>,
    seal: Vec<u8>,
    picture: Vec<u8>,
    records: Vec<Vec<u8>>,
}

static HONEST: LazyLock<Honest> = LazyLock::new(|| {
    let (sm2, p256) = (World::new(KeyKind::Sm2), World::new(KeyKind::P256));
    let (pdf, ofd) = (fixture("notice.pdf"), fixture("notice.ofd"));
    let pdfs = vec![
        sm2.on_pdf(&pdf, true, ContainerChoice::Auto),
        p256.on_pdf(&p256.on_pdf(&pdf, true, ContainerChoice::Auto), false, ContainerChoice::Auto),
    ];
    let pair = sm2.seal_document(&fixture("pair.ofd"), 1, None).unwrap();
    let listed = integrity::listed(&sm2, &sm2.seal_ofd(&ofd)).build();
    let ofds = vec![sm2.seal_ofd(&ofd), p256.on_ofd(&ofd, false, Closing::Open), pair, listed];
    let containers = pdfs.iter().flat_map(|file| contents(file)).collect();
    let certificates = [&sm2, &p256].map(|world| world.signer.certificate.as_der().to_vec()).to_vec();
    let records = vec![
        sm2.picture.to_bytes(),
        br#"{"seq":1,"act":"init","time":"2026-01-01T00:00:00Z","operator":"a","host":"b"}"#.to_vec(),
    ];
    Honest {
        pdfs,
        ofds,
        certificates,
        crl: list(&sm2),
        containers,
        seal: sm2.seal.as_der().to_vec(),
        picture: png(),
        records,
    }
});

fn list(world: &World) -> Vec<u8> {
    let serial = world.signer.certificate.serial().to_vec();
    let revoked = [Revoked { serial, at: time(NOW), reason: RevocationReason::KeyCompromise }];
    let request =
        CrlRequest { number: 1, this_update: time(NOW), next_update: time(NOW).plus_days(7), revoked: &revoked };
    let issuer = Issuer::holder(&world.root.certificate, world.root.key.public_key()).unwrap();
    Crl::issue(&request, &issuer, &world.root.key).unwrap().as_der().to_vec()
}

/// The signature values of a PDF: every hexadecimal string of more than a thousand digits.
fn contents(file: &[u8]) -> Vec<Vec<u8>> {
    let strings = file.split(|byte| *byte == b'<').filter_map(|part| part.split(|byte| *byte == b'>').next());
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let decode = |text: &[u8]| text.chunks(2).map(|two| Some(digit(two[0])? << 4 | digit(*two.get(1)?)?)).collect();
    strings.filter(|text| text.len() > 1000).filter_map(decode).collect()
}

/// One change of a file.
#[derive(Clone, Debug)]
enum Change {
    Flip(usize, u8),
    Write(usize, Vec<u8>),
    Cut(usize, usize),
    Double(usize, usize),
    End(usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = || any::<usize>();
    let one = prop_oneof![
        4 => (at(), 1..=255_u8).prop_map(|(at, mask)| Change::Flip(at, mask)),
        2 => (at(), proptest::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Change::Write(at, bytes)),
        2 => (at(), 1..64_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        1 => (at(), 1..400_usize).prop_map(|(at, length)| Change::Double(at, length)),
        1 => at().prop_map(Change::End),
    ];
    proptest::collection::vec(one, 1..5)
}

fn changed(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes {
        let length = bytes.len().max(1);
        let end = |at: usize, size: usize, all: usize| (at + size).min(all);
        match change {
            Change::Flip(at, mask) => {
                if let Some(byte) = bytes.get_mut(at % length) {
                    *byte ^= mask;
                }
            }
            Change::Write(at, new) => {
                bytes.iter_mut().skip(at % length).zip(new).for_each(|(old, new)| *old = *new);
            }
            Change::Cut(at, size) => {
                let (at, all) = (at % length, bytes.len());
                bytes.drain(at.min(all)..end(at, *size, all));
            }
            Change::Double(at, size) => {
                let (at, all) = (at % length, bytes.len());
                let piece = bytes[at.min(all)..end(at, *size, all)].to_vec();
                bytes.splice(at.min(all)..at.min(all), piece);
            }
            Change::End(at) => bytes.truncate(at % length),
        }
    }
    bytes
}

fn pick(files: &[Vec<u8>], which: prop::sample::Index) -> &[u8] {
    &files[which.index(files.len())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_pdf_is_judged(which: prop::sample::Index, changes in changes()) {
        let bytes = changed(pick(&HONEST.pdfs, which), &changes);
        exercise::document(&bytes);
        exercise::pdf(&bytes);
    }

    #[test]
    fn a_changed_package_is_judged(which: prop::sample::Index, changes in changes()) {
        let bytes = changed(pick(&HONEST.ofds, which), &changes);
        exercise::document(&bytes);
        exercise::ofd(&bytes);
    }

    #[test]
    fn changed_certificates_and_lists_are_read_or_refused(which: prop::sample::Index, changes in changes()) {
        let certificate = changed(pick(&HONEST.certificates, which), &changes);
        exercise::ber(&certificate);
        exercise::certificate(&certificate);
        exercise::crl(&changed(&HONEST.crl, &changes));
    }

    #[test]
    fn changed_containers_and_seals_are_read_or_refused(which: prop::sample::Index, changes in changes()) {
        let container = changed(pick(&HONEST.containers, which), &changes);
        exercise::cms(&container);
        exercise::seal(&container);
        exercise::seal(&changed(&HONEST.seal, &changes));
    }

    #[test]
    fn changed_pictures_and_records_are_read_or_refused(which: prop::sample::Index, changes in changes()) {
        exercise::picture(&changed(&HONEST.picture, &changes));
        exercise::records(&changed(pick(&HONEST.records, which), &changes));
    }

    #[test]
    fn rubbish_is_refused_by_every_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        exercise::document(&bytes);
        exercise::ber(&bytes);
        exercise::certificate(&bytes);
        exercise::crl(&bytes);
        exercise::cms(&bytes);
        exercise::seal(&bytes);
        exercise::key_file(&bytes);
        exercise::picture(&bytes);
        exercise::records(&bytes);
    }
}

#[test]
fn the_honest_files_are_what_they_seem() {
    let honest = &*HONEST;
    for file in honest.pdfs.iter().chain(&honest.ofds) {
        assert!(!exercise::document(file).signatures.is_empty(), "nothing is signed");
    }
    assert!(honest.containers.len() >= 3, "{} containers", honest.containers.len());
    assert!(eseal::seal::Seal::from_der(&honest.seal).is_ok() && Crl::from_der(&honest.crl).is_ok());
}
