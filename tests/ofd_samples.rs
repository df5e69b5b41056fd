//! Every sample OFD opens and lists what it holds.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use eseal::limits::Budget;
use eseal::ofd::{Document, SignatureKind};
use eseal::source::Bytes;

/// name, pages, kinds of signatures, files that nothing reaches
const EXPECTED: [(&str, usize, &str, &[&str]); 19] = [
    ("gbt35275-form-b-two-signatures", 1, "gg", &["Doc_0/Document.xml", "Doc_0/DocumentRes.xml"]),
    ("ofdrw-made-gbt35275-form-a", 1, "g", &[]),
    ("ofdrw-made-gbt35275-form-b", 1, "g", &[]),
    ("ofdrw-made-v1", 1, "s", &[]),
    ("ofdrw-made-v4-twice", 1, "ss", &[]),
    ("ofdrw-made-v5", 1, "s", &[]),
    ("sign-bare-sm2", 1, "g", &[]),
    ("v1-keyed-sm3", 2, "s", &[]),
    ("v4-raw64-and-gbt35275", 1, "sg", &["Doc_0/Signs/Sign_1/signFilePaths.dat"]),
    ("v4-riding-seal", 5, "s", &[]),
    ("v4-second-breaks-first", 5, "ss", &[]),
    ("v4-signed-after-expiry", 1, "s", &[]),
    ("v4-tax-loopback-urls", 1, "s", &["Doc_0/Tags/CustomTags.xml", "Doc_0/Tags/Tag_Invoice.xml"]),
    ("v4-tax-nested-ofd-picture", 1, "s", &[]),
    ("1-1", 3, "", &[]),
    ("fptpl", 1, "", &[]),
    ("page1", 1, "", &[]),
    ("testPathFillOpacity", 1, "", &[]),
    ("z", 4, "", &[]),
];

#[test]
fn every_sample_opens_and_lists_what_it_holds() {
    let Some(samples) = support::samples() else { return };
    let files = support::files_below(&samples.join("ofd"), "ofd");
    assert_eq!(files.len(), EXPECTED.len());
    for (name, pages, kinds, stowaways) in EXPECTED {
        let path = files.iter().find(|path| path.file_stem().unwrap() == name).unwrap();
        let budget = Budget::default();
        let document = Document::open(Bytes::shared(std::fs::read(path).unwrap()), &budget).unwrap();
        assert_eq!(document.package_findings(), [], "{name}");
        let body = document.body(0).unwrap();
        assert_eq!(body.pages().len(), pages, "{name}");
        for page in 0..pages {
            let size = document.page_size(0, page, &budget).unwrap();
            assert!(size.width.0 >= 200.0 && size.height.0 >= 90.0, "{name} {size:?}");
        }
        let entries = body.signatures().map_or(&[][..], |list| list.entries());
        let found: String = entries.iter().map(|e| if e.kind == SignatureKind::Seal { 's' } else { 'g' }).collect();
        assert_eq!(found, kinds, "{name}");
        for entry in entries {
            let content = entry.content.as_ref().unwrap();
            assert!(content.references.iter().all(|reference| reference.check_value.is_some()));
            assert!(content.signed_value_path.is_some() && content.method.is_some() && content.date_time.is_some());
            assert!(content.stamps.iter().all(|s| s.boundary.is_some()), "{name}");
            eprintln!("{name} {} {:?} {} {:?}", entry.id, entry.kind, content.references.len(), content.anomalies);
        }
        let reach = document.reachable(&budget).unwrap();
        let mut unreached: Vec<&str> = document
            .package()
            .files()
            .map(|e| e.path().as_str())
            .filter(|p| !reach.files.keys().any(|k| k.as_str() == *p))
            .collect();
        unreached.sort_unstable();
        eprintln!("{name} notes {:?} {:?} unreached {unreached:?}", document.notes(), reach.notes);
        assert_eq!(unreached, stowaways, "{name}");
        for file in document.package().files() {
            let bytes = document.read(file, &budget).unwrap();
            assert_eq!(bytes.len() as u64, file.size(), "{name} {}", file.path());
        }
    }
}
