//! SM2 values inside every container that is made here, verified by the openssl command.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use eseal::crypto::KeyKind;
use eseal::limits::Budget;
use eseal::pdf::Document;
use eseal::pki::cms::SignedData;
use eseal::pki::{Certificate, pem};
use eseal::seal::Seal;
use eseal::sign::{ContainerChoice, Pages};
use eseal::signature::ses::SesSignature;
use eseal::source::Bytes;

use crate::office::{How, at, office};
use crate::tools::{self, run};

const NOTICE_PDF: &[u8] = include_bytes!("../../fixtures/notice.pdf");
const NOTICE_OFD: &[u8] = include_bytes!("../../fixtures/notice.ofd");

/// A value with what it covers and who made it.
struct Piece {
    what: &'static str,
    message: Vec<u8>,
    value: Vec<u8>,
    certificate: Certificate,
}

#[test]
fn openssl_verifies_every_sm2_value() {
    let Some([openssl, qpdf]) = tools::need(["openssl", "qpdf"]) else { return };
    let office = office(KeyKind::Sm2);
    let seal = How { show: at(Pages::Last, 150.0, 230.0, 42.0, 42.0), ..How::seal(0.0, 0.0, 0.0) };
    let cms_seal = How { container: ContainerChoice::Cms, ..seal.clone() };
    let folder = tempfile::tempdir().unwrap();

    let mut pieces = vec![of_seal(&office.seal)];
    let sealed = office.on_pdf(NOTICE_PDF, &seal).unwrap();
    pieces.push(of_ses("a seal in PDF", &contents(&sealed)));
    let signed = office.on_pdf(&sealed, &How::sign()).unwrap();
    pieces.push(of_cms("a signature in PDF", &contents(&signed)));
    let carried = office.on_pdf(&signed, &cms_seal).unwrap();
    pieces.push(of_cms("a seal beside CMS in PDF", &contents(&carried)));
    let ofd_sealed = office.on_ofd(NOTICE_OFD, &seal).unwrap();
    pieces.push(of_ses("a seal in OFD", &signed_value(&ofd_sealed)));
    let ofd_signed = office.on_ofd(&ofd_sealed, &How::sign()).unwrap();
    pieces.push(of_cms("a signature in OFD", &signed_value(&ofd_signed)));

    for piece in &pieces {
        assert!(verified(&openssl, folder.path(), piece), "{}", piece.what);
        let mut changed = piece.message.clone();
        *changed.last_mut().unwrap() ^= 1;
        let changed = Piece {
            message: changed,
            what: piece.what,
            value: piece.value.clone(),
            certificate: piece.certificate.clone(),
        };
        assert!(!verified(&openssl, folder.path(), &changed), "{}", piece.what);
    }
    let file = folder.path().join("carried.pdf");
    std::fs::write(&file, carried).unwrap();
    let said = run(&qpdf, [Path::new("--check"), &file]);
    assert!(said.success, "{}", said.err);
}

/// A SM2 value is over SM3 of Z and the message (GM/T 0009-2012 8 and 9), with the identifier that all use.
fn verified(openssl: &Path, folder: &Path, piece: &Piece) -> bool {
    let file = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let key = file("key.pem", pem::encode("PUBLIC KEY", piece.certificate.spki()).as_bytes());
    let message = file("message", &piece.message);
    let value = file("value", &piece.value);
    #[rustfmt::skip]
    let arguments = ["pkeyutl", "-verify", "-pubin", "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678",
        "-inkey", key.to_str().unwrap(), "-in", message.to_str().unwrap(), "-sigfile", value.to_str().unwrap()];
    run(openssl, arguments).success
}

fn of_seal(seal: &Seal) -> Piece {
    Piece {
        what: "the seal itself",
        message: seal.signed_bytes().to_vec(),
        value: seal.signed_value().to_vec(),
        certificate: Certificate::from_der(seal.maker_certificate()).unwrap(),
    }
}

fn of_ses(what: &'static str, bytes: &[u8]) -> Piece {
    let read = SesSignature::from_der(bytes).unwrap();
    Piece {
        what,
        message: read.tbs().to_vec(),
        value: read.value().to_vec(),
        certificate: Certificate::from_der(read.certificate()).unwrap(),
    }
}

fn of_cms(what: &'static str, bytes: &[u8]) -> Piece {
    let info = SignedData::read(bytes).unwrap().signer_infos.remove(0);
    Piece {
        what,
        message: info.signed_attributes.as_ref().unwrap().messages()[0].clone(),
        value: info.signature,
        certificate: office(KeyKind::Sm2).clerk.clone(),
    }
}

/// The value of the last signature of a PDF, without the zeros behind it.
fn contents(file: &[u8]) -> Vec<u8> {
    let document = Document::open(Bytes::shared(file), Rc::new(Budget::default())).unwrap();
    let signature = document.current().unwrap().signatures().unwrap().pop().unwrap();
    let bytes = signature.dictionary.get("Contents").unwrap().as_string().unwrap().to_vec();
    let digits = usize::from(bytes[1] & 0x7F);
    let length = bytes[2..2 + digits].iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    bytes[..2 + digits + length].to_vec()
}

/// The value of the last signature of an OFD.
fn signed_value(file: &[u8]) -> Vec<u8> {
    let budget = Budget::default();
    let document = eseal::ofd::Document::open(Bytes::shared(file), &budget).unwrap();
    let list = document.bodies()[0].signatures().unwrap();
    let content = list.entries().last().unwrap().content.as_ref().unwrap();
    let path = content.signed_value_path.as_ref().unwrap();
    let entry = document.package().files().find(|file| file.path() == path).unwrap();
    document.read(entry, &budget).unwrap()
}
