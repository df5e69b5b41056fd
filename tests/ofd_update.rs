//! Signatures are added to OFD packages: what is covered, what stays as it was, what is refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use eseal::container::{DosTime, EntryPath, NewEntry, Rewrite};
use eseal::crypto::DigestAlgorithm;
use eseal::geometry::{Millimetres, Rect, Size};
use eseal::limits::Budget;
use eseal::ofd::{
    Document, Lock, OfdError, Provider, SignatureKind, SignedPackage, Stamp, UpdateError, UpdateRequest, prepare,
};
use eseal::source::{Bytes, SharedSource};
use eseal::time::Time;
use proptest::prelude::*;

fn notice() -> Document {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/notice.ofd");
    open(Bytes::shared(std::fs::read(path).unwrap()))
}

fn open(source: SharedSource) -> Document {
    Document::open(source, &Budget::default()).unwrap()
}

fn path(text: &str) -> EntryPath {
    EntryPath::parse(text).unwrap()
}

fn request(lock: Lock) -> UpdateRequest {
    let size = Size { width: Millimetres(42.0), height: Millimetres(42.0) };
    let rect = Rect::centred(Millimetres(150.0), Millimetres(230.0), size);
    UpdateRequest {
        body: 0,
        kind: SignatureKind::Seal,
        stamps: vec![Stamp { page: 0, rect, clip: None }],
        provider: Provider { name: "eseal".into(), version: Some("0.1".into()), company: Some("<&\">".into()) },
        check: DigestAlgorithm::Sm3,
        signature_method: "1.2.156.10197.1.501".into(),
        date_time: Time::parse_rfc3339("2026-11-22T06:00:00Z").unwrap(),
        seal: Some(b"a seal".to_vec()),
        lock,
        modified: DosTime::FIRST,
    }
}

fn signed(document: &Document, request: UpdateRequest) -> SignedPackage {
    prepare(document, request, &Budget::default()).unwrap().fill(b"a value".to_vec()).unwrap()
}

/// Every reference holds, and everything but the open files is covered.
fn check(document: &Document, index: usize, uncovered: &[&str]) {
    let entry = &document.bodies()[0].signatures().unwrap().entries()[index];
    let content = entry.content.as_ref().unwrap();
    assert_eq!(content.anomalies, []);
    assert_eq!(content.check_method.as_deref(), Some("1.2.156.10197.1.401"));
    for reference in &content.references {
        let file = document.package().get(reference.path.as_ref().unwrap()).unwrap();
        let bytes = document.read(file, &Budget::default()).unwrap();
        let digest = DigestAlgorithm::Sm3.digest(&bytes);
        assert_eq!(reference.check_value.as_deref(), Some(digest.as_bytes()), "{}", reference.file_ref);
    }
    let covered = |path: &EntryPath| content.references.iter().any(|r| r.path.as_ref() == Some(path));
    let mut open: Vec<&str> =
        document.package().files().map(|file| file.path()).filter(|p| !covered(p)).map(|p| p.as_str()).collect();
    open.sort_unstable();
    assert_eq!(open, uncovered);
}

#[test]
fn a_first_signature_covers_all_but_its_own_files() {
    let before = notice();
    let prepared = prepare(&before, request(Lock::Open), &Budget::default()).unwrap();
    assert_eq!(prepared.signature_path().absolute(), "/Doc_0/Signs/Sign_0/Signature.xml");
    let xml = prepared.signature_xml().to_vec();
    let text = std::str::from_utf8(&xml).unwrap();
    assert!(text.contains("<ofd:StampAnnot ID=\"s002\" PageRef=\"1\" Boundary=\"129 209 42 42\"/>"), "{text}");
    let order = [
        "<ofd:Provider",
        "<ofd:SignatureMethod",
        "<ofd:SignatureDateTime>20261122060000Z<",
        "<ofd:References",
        "<ofd:StampAnnot",
        "<ofd:Seal>",
        "<ofd:SignedValue>",
    ];
    let places: Vec<usize> = order.iter().map(|element| text.find(element).unwrap()).collect();
    assert!(places.is_sorted());
    let package = prepared.fill(b"a value".to_vec()).unwrap();
    let mut written = Vec::new();
    package.write_to(&mut written).unwrap();
    let after = open(Bytes::shared(written));
    assert_eq!((after.package_findings(), after.notes()), (&[][..], &[][..]));
    let list = after.bodies()[0].signatures().unwrap();
    assert_eq!((list.path().as_str(), list.max_sign_id()), ("Doc_0/Signs/Signatures.xml", Some("s002")));
    assert_eq!(list.entries()[0].content.as_ref().unwrap().xml, xml);
    assert_eq!(list.entries()[0].content.as_ref().unwrap().provider.company.as_deref(), Some("<&\">"));
    let sign = "Doc_0/Signs/Sign_0";
    check(
        &after,
        0,
        &[&format!("{sign}/Signature.xml"), &format!("{sign}/SignedValue.dat"), "Doc_0/Signs/Signatures.xml"],
    );
    let unreached = after.reachable(&Budget::default()).unwrap();
    assert_eq!(unreached.files.len(), after.package().files().count());
}

#[test]
fn a_second_signature_leaves_the_first_valid_and_a_locked_one_is_the_last() {
    let first = open(signed(&notice(), request(Lock::Open)).as_source());
    let second = open(signed(&first, request(Lock::Locked)).as_source());
    let list = "Doc_0/Signs/Signatures.xml";
    let own =
        |n: usize| [format!("Doc_0/Signs/Sign_{n}/Signature.xml"), format!("Doc_0/Signs/Sign_{n}/SignedValue.dat")];
    let [xml, value] = own(1);
    check(&second, 1, &[&xml, &value]);
    let ([first_xml, first_value], seal) = (own(0), "Doc_0/Signs/Sign_1/Seal.esl");
    check(&second, 0, &[&first_xml, &first_value, seal, &xml, &value, list]);
    let entries = second.bodies()[0].signatures().unwrap().entries();
    assert_eq!((entries[0].id.as_str(), entries[1].id.as_str()), ("s001", "s003"));
    let error = prepare(&second, request(Lock::Open), &Budget::default()).unwrap_err();
    assert!(matches!(error, UpdateError::Locked { id } if id == "s003"));
}

#[test]
fn what_cannot_be_sealed_is_refused_with_a_reason() {
    let document = notice();
    let refused = |change: &dyn Fn(&mut UpdateRequest)| {
        let mut request = request(Lock::Open);
        change(&mut request);
        prepare(&document, request, &Budget::default()).unwrap_err()
    };
    let error = refused(&|r| r.stamps[0].page = 1);
    assert!(matches!(error, UpdateError::Document(OfdError::PageOutOfRange { page: 2, count: 1 })));
    let error = refused(&|r| r.stamps[0].rect.x = Millimetres(180.0));
    assert!(matches!(error, UpdateError::OffPage { page: 1, overhang, .. } if (overhang.0 - 12.0).abs() < 1e-9));
    assert!(matches!(refused(&|r| r.stamps[0].rect.width = Millimetres(f64::NAN)), UpdateError::NoSize { page: 1 }));
    assert!(matches!(refused(&|r| r.body = 1), UpdateError::Document(OfdError::BodyOutOfRange { .. })));
    // A slice of a riding seal: the whole is off the page, the slice is not.
    let mut riding = request(Lock::Open);
    riding.stamps[0].rect.x = Millimetres(202.0);
    let mm = Millimetres;
    riding.stamps[0].clip = Some(Rect { x: mm(0.0), y: mm(0.0), width: mm(8.0), height: mm(42.0) });
    let after = open(signed(&document, riding).as_source());
    let content = after.bodies()[0].signatures().unwrap().entries()[0].content.as_ref().unwrap().clone();
    assert_eq!(content.stamps[0].clip.unwrap().width, mm(8.0));
}

#[test]
fn a_root_file_that_a_signature_covers_is_not_changed() {
    // A signed document whose list of signatures hangs on a second document: adding to the first changes OFD.xml.
    let signed_once = open(signed(&notice(), request(Lock::Open)).as_source());
    let root = signed_once.package().get(&path("OFD.xml")).unwrap();
    let xml = String::from_utf8(signed_once.read(root, &Budget::default()).unwrap()).unwrap();
    let end = xml.find("</ofd:DocBody>").unwrap() + "</ofd:DocBody>".len();
    let start = xml.find("<ofd:DocBody>").unwrap();
    let plain = xml[start..end].replace("<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>", "");
    let two = format!("{}{plain}{}", &xml[..start], &xml[start..]);
    let mut rewrite = Rewrite::new(signed_once.package()).unwrap();
    rewrite.replace(NewEntry { path: path("OFD.xml"), bytes: two.into_bytes(), modified: DosTime::FIRST }).unwrap();
    let document = open(rewrite.finish().unwrap().as_source());
    let error = prepare(&document, request(Lock::Open), &Budget::default()).unwrap_err();
    assert!(matches!(error, UpdateError::BreaksSignature { id, file } if id == "s001" && file.as_str() == "OFD.xml"));
}

#[test]
fn samples_are_sealed_and_keep_every_other_entry_or_are_refused() {
    let Some(samples) = support::samples() else { return };
    let mut sealed = 0;
    for file in support::files_below(&samples.join("ofd"), "ofd") {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let old = std::fs::read(&file).unwrap();
        let document = open(Bytes::shared(old.clone()));
        let mut request = request(Lock::Open);
        request.stamps[0].rect.x = Millimetres(100.0);
        request.stamps[0].rect.y = Millimetres(20.0);
        let prepared = match prepare(&document, request, &Budget::default()) {
            Ok(prepared) => prepared,
            Err(UpdateError::Locked { .. }) => continue,
            Err(error) => panic!("{name}: {error}"),
        };
        sealed += 1;
        let after = open(prepared.fill(b"value".to_vec()).unwrap().as_source());
        assert_eq!(after.package_findings(), [], "{name}");
        let budget = Budget::default();
        for entry in document.package().files() {
            let kept = after.package().get(entry.path()).unwrap();
            if ["OFD.xml", "Signatures.xml"].contains(&entry.path().file_name()) {
                continue;
            }
            assert_eq!((kept.crc(), kept.compressed_size()), (entry.crc(), entry.compressed_size()), "{name}");
            assert_eq!(after.read(kept, &budget).unwrap(), document.read(entry, &budget).unwrap(), "{name}");
        }
        let list = after.bodies()[0].signatures().unwrap();
        let before = document.bodies()[0].signatures().map_or(0, |list| list.entries().len());
        assert_eq!(list.entries().len(), before + 1, "{name}");
        assert!(!list.max_sign_id_is_low(), "{name} {:?}", list.max_sign_id());
        let entry = list.entries().last().unwrap();
        assert_eq!(entry.content.as_ref().unwrap().anomalies, [], "{name}");
    }
    assert!(sealed >= 8, "{sealed}");
}

proptest! {
    #[test]
    fn no_mutated_xml_panics(file in 0_usize..6, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let document = open(signed(&notice(), request(Lock::Open)).as_source());
        let names = ["OFD.xml", "Doc_0/Document.xml", "Doc_0/PublicRes.xml", "Doc_0/Pages/Page_0/Content.xml", "Doc_0/Signs/Signatures.xml", "Doc_0/Signs/Sign_0/Signature.xml"];
        let budget = Budget::default();
        let entry = document.package().get(&path(names[file])).unwrap();
        let mut bytes = document.read(entry, &budget).unwrap();
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        let mut rewrite = Rewrite::new(document.package()).unwrap();
        rewrite.replace(NewEntry { path: path(names[file]), bytes, modified: DosTime::FIRST }).unwrap();
        if let Ok(mutant) = Document::open(rewrite.finish().unwrap().as_source(), &Budget::default()) {
            let _ = mutant.reachable(&budget);
            let _ = mutant.page_size(0, 0, &budget);
            if let Ok(prepared) = prepare(&mutant, request(Lock::Open), &budget) {
                let again = prepared.fill(Vec::new()).unwrap();
                prop_assert!(Document::open(again.as_source(), &Budget::default()).is_ok());
            }
        }
    }
}
