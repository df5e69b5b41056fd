//! Several seals on one document (联合签章), on one sheet and at its edge: the order of signing, and which of them cover
//! which earlier ones.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/world.rs"]
mod world;
#[path = "support/zip.rs"]
mod zip;

use eseal::crypto::KeyKind;
use eseal::geometry::{Millimetres, Size};
use eseal::report::{Coverage, Indication, Report};
use eseal::sign::{Closing, ContainerChoice, Pages, Show};
use serde_json::{Value, json};

use world::{World, codes, fixture, riding};
use zip::{Zip, two_pages};

const LIST: &str = "Doc_0/Signs/Signatures.xml";
const SIZE: Size = Size { width: Millimetres(20.0), height: Millimetres(20.0) };

fn at(x: f64, y: f64) -> Option<Show> {
    Some(Show::At { pages: Pages::Last, x: Millimetres(x), y: Millimetres(y), size: SIZE })
}

/// Identifier, what it covers, what covers it.
fn order(report: &Report) -> Vec<(&str, Vec<&str>, Vec<&str>)> {
    fn all(names: &[String]) -> Vec<&str> {
        names.iter().map(String::as_str).collect()
    }
    report.signatures.iter().map(|s| (s.id.as_str(), all(&s.covers), all(&s.covered_by))).collect()
}

#[test]
fn seals_side_by_side_and_at_the_edge_are_told_in_their_order() {
    let world = World::new(KeyKind::Sm2);
    let mut bytes = two_pages(&fixture("notice.ofd"));
    for show in [at(60.0, 200.0), at(120.0, 200.0), Some(riding())] {
        bytes = world.seal_document(&bytes, 0, show).unwrap();
    }
    let report = world.verify(&bytes);
    assert_eq!(report.indication, Indication::TotalPassed, "{:?}", codes(&report));
    // Identifiers go on with those of the stamps (GB/T 33190-2016 18.1).
    let wanted = vec![
        ("s001", vec![], vec!["s003", "s005"]),
        ("s003", vec!["s001"], vec!["s005"]),
        ("s005", vec!["s001", "s003"], vec![]),
    ];
    assert_eq!(order(&report), wanted);
    assert!(report.signatures.iter().all(|s| s.coverage == Coverage::WholeDocument && s.uncovered.is_empty()));
    assert_eq!(report.signatures[2].placements.len(), 2);
    let json = report.to_json(&|finding| finding.code.name().to_owned());
    let pick = |key: &str| -> Vec<Value> {
        json["signatures"].as_array().unwrap().iter().map(|signature| signature[key].clone()).collect()
    };
    assert_eq!(pick("order"), [json!(1), json!(2), json!(3)]);
    assert_eq!(pick("covers"), [json!([]), json!(["s001"]), json!(["s001", "s003"])]);
    assert_eq!(pick("covered_by"), [json!(["s003", "s005"]), json!(["s005"]), json!([])]);
}

/// The list is open, and anybody may write it in another order: a value that is covered was there before.
#[test]
fn the_order_is_that_of_the_values_not_of_the_list() {
    let world = World::new(KeyKind::Sm2);
    let bytes = world.seal_ofd(&world.seal_ofd(&fixture("notice.ofd")));
    let mut zip = Zip::of(&bytes);
    let text = zip.text(LIST);
    let places: Vec<usize> = text.match_indices("<ofd:Signature ").map(|(at, _)| at).collect();
    let end = text.find("</ofd:Signatures>").unwrap();
    let (head, first, second) = (&text[..places[0]], &text[places[0]..places[1]], &text[places[1]..end]);
    zip.put(LIST, format!("{head}{second}{first}{}", &text[end..]).as_bytes());
    let report = world.verify(&zip.build());
    assert_eq!(report.indication, Indication::TotalPassed, "{:?}", codes(&report));
    assert_eq!(order(&report), vec![("s001", vec![], vec!["s003"]), ("s003", vec!["s001"], vec![])]);
}

/// Relative (GM/T 0099) says on what a signature builds; what it covers proves it.
#[test]
fn what_a_signature_builds_on_is_held_against_what_it_covers() {
    let world = World::new(KeyKind::Sm2);
    let bytes = world.seal_ofd(&world.seal_ofd(&fixture("notice.ofd")));
    for (id, base, told) in
        [("s003", "s001", false), ("s003", "s009", true), ("s001", "s003", true), ("s001", "", false)]
    {
        let mut zip = Zip::of(&bytes);
        zip.edit(LIST, &format!("ID=\"{id}\""), &format!("ID=\"{id}\" Relative=\"{base}\""));
        let report = world.verify(&zip.build());
        assert_eq!(report.indication, Indication::TotalPassed, "{:?}", codes(&report));
        assert_eq!(codes(&report).contains(&"RELATIVE_NOT_COVERED"), told, "{id} {base}");
    }
}

/// A later signature whose own digests do not hold confirms nothing.
#[test]
fn a_broken_signature_covers_nothing() {
    let world = World::new(KeyKind::Sm2);
    let mut zip = Zip::of(&world.seal_ofd(&world.seal_ofd(&fixture("notice.ofd"))));
    let value = "Doc_0/Signs/Sign_1/SignedValue.dat";
    let mut bytes = zip.get(value);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    zip.put(value, &bytes);
    let report = world.verify(&zip.build());
    assert_eq!(report.indication, Indication::TotalFailed);
    assert_eq!(order(&report), vec![("s001", vec![], vec![]), ("s003", vec![], vec![])]);
    // And its own files are nobody's then.
    assert_eq!(report.signatures[0].coverage, Coverage::Partial);
}

#[test]
fn a_signature_without_a_seal_counts_too() {
    let world = World::new(KeyKind::P256);
    let signed = world.on_ofd(&fixture("notice.ofd"), false, Closing::Open);
    let report = world.verify(&world.on_ofd(&world.seal_ofd(&signed), false, Closing::Locked));
    assert_eq!(report.indication, Indication::TotalPassed, "{:?}", codes(&report));
    let covers: Vec<usize> = report.signatures.iter().map(|s| s.covers.len()).collect();
    assert_eq!(covers, [0, 1, 2]);
}

#[test]
fn signatures_of_a_pdf_cover_the_earlier_revisions() {
    let world = World::new(KeyKind::Sm2);
    let mut bytes = fixture("notice.pdf");
    for container in [ContainerChoice::Ses, ContainerChoice::Cms, ContainerChoice::Ses] {
        bytes = world.on_pdf(&bytes, true, container);
    }
    let report = world.verify(&bytes);
    let found = order(&report);
    assert_eq!(found.len(), 3);
    let ids: Vec<&str> = found.iter().map(|(id, ..)| *id).collect();
    for (n, (_, covers, covered_by)) in found.iter().enumerate() {
        assert_eq!(covers, &ids[..n]);
        assert_eq!(covered_by, &ids[n + 1..]);
    }
    // A value that does not hold covers nothing; what comes after it still covers it.
    let text: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"/Contents <")).collect();
    let place = text.last().copied().unwrap();
    let mut changed = bytes.clone();
    let end = place + bytes[place..].iter().position(|byte| *byte == b'>').unwrap();
    let digit = (place..end).rev().find(|at| bytes[*at] != b'0').unwrap();
    changed[digit] = if bytes[digit] == b'1' { b'2' } else { b'1' };
    let report = world.verify(&changed);
    assert_eq!(report.indication, Indication::TotalFailed);
    assert_eq!(report.signatures[2].covers, [""; 0]);
    assert_eq!(report.signatures[0].covered_by, [ids[1]]);
}

/// The notice twice in one package, as two documents.
fn two_documents() -> Vec<u8> {
    let mut zip = Zip::of(&fixture("notice.ofd"));
    for name in zip.names().iter().filter(|name| name.starts_with("Doc_0/")) {
        let bytes = zip.get(name);
        zip.put(&name.replace("Doc_0", "Doc_1"), &bytes);
    }
    let root = zip.text("OFD.xml");
    let start = root.find("<ofd:DocBody>").unwrap();
    let end = root.find("</ofd:DocBody>").unwrap() + "</ofd:DocBody>".len();
    let body = &root[start..end];
    zip.put("OFD.xml", root.replace(body, &format!("{body}{}", body.replace("Doc_0", "Doc_1"))).as_bytes());
    zip.build()
}

/// Each document of a package takes its own seals, in any order, and none breaks another's.
#[test]
fn documents_of_one_package_are_sealed_one_after_the_other() {
    let world = World::new(KeyKind::Sm2);
    for turns in [vec![0, 1], vec![1, 0], vec![1, 1, 0, 1]] {
        let mut bytes = two_documents();
        for (done, index) in turns.iter().enumerate() {
            bytes = world.seal_document(&bytes, *index, at(60.0, 200.0)).unwrap();
            let report = world.verify(&bytes);
            assert_eq!(report.indication, Indication::TotalPassed, "{turns:?} {done}: {:?}", codes(&report));
            assert_eq!(report.signatures.len(), done + 1);
            // In the order of signing, whichever document they belong to.
            for (n, signature) in report.signatures.iter().enumerate() {
                assert!(signature.id.starts_with(&format!("{}:", turns[n])), "{turns:?} {}", signature.id);
                assert_eq!((signature.covers.len(), signature.covered_by.len()), (n, done - n));
                assert_eq!(signature.coverage, Coverage::WholeDocument);
            }
        }
    }
    let error = world.seal_document(&two_documents(), 2, None).unwrap_err();
    assert!(matches!(error, eseal::sign::SignError::DocumentOutOfRange { document: 3, count: 2 }), "{error}");
}

/// A lock closes the package: no document of it takes a further signature.
#[test]
fn a_lock_closes_all_documents_of_a_package() {
    let world = World::new(KeyKind::Sm2);
    let plain = two_documents();
    let locked = world.on_ofd(&plain, true, Closing::Locked);
    let sealed = world.seal_document(&world.seal_document(&plain, 1, None).unwrap(), 0, None).unwrap();
    let locked_later = world.on_ofd(&sealed, false, Closing::Locked);
    for bytes in [&locked, &locked_later] {
        let report = world.verify(bytes);
        assert_eq!(report.indication, Indication::TotalPassed, "{:?}", codes(&report));
        for index in [0, 1] {
            let error = world.seal_document(bytes, index, None).unwrap_err();
            use eseal::sign::SignError::{BreaksSignature, Locked};
            assert!(matches!(error, Locked { .. } | BreaksSignature { .. }), "{index}: {error}");
        }
    }
}

/// A seal made elsewhere covers OFD.xml, which names no list for the second document: that one cannot be sealed any more.
#[test]
fn a_document_whose_list_is_not_named_is_refused_where_that_would_break_a_seal() {
    let world = World::new(KeyKind::Sm2);
    let one = world.seal_ofd(&fixture("notice.ofd"));
    let mut zip = Zip::of(&one);
    // As another maker writes it: no list for the second document, and OFD.xml covered.
    let root = zip.text("OFD.xml");
    let start = root.find("<ofd:DocBody>").unwrap();
    let end = root.find("</ofd:DocBody>").unwrap() + "</ofd:DocBody>".len();
    let body = root[start..end].to_owned();
    let list = "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>";
    let second = body.replace(list, "").replace("Doc_0", "Doc_1");
    for name in ["Document.xml", "PublicRes.xml", "Pages/Page_0/Content.xml"] {
        let bytes = zip.get(&format!("Doc_0/{name}"));
        zip.put(&format!("Doc_1/{name}"), &bytes);
    }
    zip.put("OFD.xml", root.replace(&body, &format!("{body}{second}")).as_bytes());
    let error = world.seal_document(&zip.build(), 1, None).unwrap_err();
    assert!(matches!(&error, eseal::sign::SignError::BreaksSignature { id, .. } if id == "s001"), "{error}");
    assert!(world.seal_document(&zip.build(), 0, None).is_ok());
}
