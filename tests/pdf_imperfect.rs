//! Files with an unusable cross-reference: sealed where the objects can be found in one way only, refused in words
//! elsewhere. What is sealed is sound by its own cross-reference; verifying repairs nothing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail as tests do")]

#[path = "support/pdf.rs"]
mod pdf;
#[path = "support/world.rs"]
mod world;

use std::rc::Rc;

use eseal::crypto::KeyKind;
use eseal::limits::Budget;
use eseal::pdf::{Document, NoteKind, PdfError, RebuildProblem};
use eseal::report::Indication;
use eseal::sign::ContainerChoice;
use eseal::source::Bytes;

use pdf::Builder;
use world::{World, codes};

fn open(bytes: &[u8]) -> Result<Document, PdfError> {
    Document::open_for_sealing(Bytes::shared(bytes), Rc::new(Budget::default()))
}

fn refused(bytes: &[u8]) -> RebuildProblem {
    match open(bytes) {
        Err(PdfError::NotRebuilt { problem }) => problem,
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("it was opened"),
    }
}

fn is_rebuilt(document: &Document) -> bool {
    document.notes().iter().any(|note| note.kind == NoteKind::Rebuilt)
}

/// The objects of one page, then whatever.
fn page_then(rest: &[u8]) -> Vec<u8> {
    Builder::one_page().raw(rest).bytes
}

const TRAILER: &[u8] = b"trailer\n<</Root 1 0 R/Size 5>>\nstartxref\n99999\n%%EOF\n";

/// Sealed and judged: the seal holds, and nothing about the structure had to be repaired.
fn seals(bytes: &[u8]) {
    assert!(Document::open(Bytes::shared(bytes), Rc::new(Budget::default())).is_err());
    assert!(is_rebuilt(&open(bytes).unwrap()));
    let world = World::new(KeyKind::Sm2);
    let sealed = world.on_pdf(bytes, false, ContainerChoice::Auto);
    assert!(sealed.starts_with(bytes));
    let report = world.verify(&sealed);
    assert_eq!(report.signatures.len(), 1);
    let fresh = &report.signatures[0];
    assert_eq!(fresh.indication, Indication::TotalPassed, "{:?}", codes(&report));
    assert!(!codes(&report).iter().any(|code| code.starts_with("STRUCTURE")), "{:?}", codes(&report));
    // Sound by itself: the ordinary reader reads it, as one revision without a predecessor.
    let document = Document::open(Bytes::shared(&*sealed), Rc::new(Budget::default())).unwrap();
    assert_eq!(document.revisions().len(), 1);
    assert!(document.revisions()[0].trailer.get("Prev").is_none());
    assert_eq!(document.current().unwrap().page_count().unwrap(), 1);
    assert!(document.notes().is_empty(), "{:?}", document.notes());
}

#[test]
fn startxref_that_points_nowhere() {
    seals(&page_then(TRAILER));
}

#[test]
fn no_cross_reference_at_all() {
    seals(&page_then(b""));
    seals(Builder::one_page().bytes.trim_ascii_end());
}

#[test]
fn a_damaged_table() {
    let table = [&b"xref\n0 5\n0000000x00 65535 f \n"[..], TRAILER].concat();
    assert_eq!(refused(&page_then(&table)), RebuildProblem::Junk { offset: Builder::one_page().len() + 9 });
    let table = [&b"xref\n0 5\n0000000000 65535 f \n0000000015 00000 n \n"[..], TRAILER].concat();
    seals(&page_then(&table));
}

#[test]
fn objects_in_object_streams() {
    let held = b"1 0 2 29 <</Type/Catalog/Pages 2 0 R>><</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 144]>>";
    let file = Builder::new()
        .object(3, b"<</Type/Page/Parent 2 0 R/Resources<<>>>>")
        .stream(4, "/Type/ObjStm/N 2/First 9", held)
        .raw(b"startxref\n5\n%%EOF\n");
    seals(&file.bytes);
}

#[test]
fn a_length_that_stands_behind_its_stream() {
    let body = b"<</Length 6 0 R>>\nstream\nq Q\nendstream";
    let right = Builder::one_page().object(5, body).object(6, b"3");
    seals(&right.raw(TRAILER).bytes);
    let other = Builder::one_page().object(5, b"<</Length 6 0 R>>\nstream\nq Q\nendstream").object(6, b"30");
    assert!(matches!(open(&other.raw(TRAILER).bytes), Err(PdfError::StreamEnd { .. })));
}

#[test]
fn an_entry_that_points_elsewhere() {
    let sound = Builder::minimal().bytes;
    let at = sound.windows(7).position(|bytes| bytes == b"3 0 obj").unwrap();
    let text = String::from_utf8_lossy(&sound).into_owned();
    assert!(!is_rebuilt(&open(&sound).unwrap()));
    let entry = format!("{at:010} 00000 n");
    let place = sound.windows(entry.len()).position(|bytes| bytes == entry.as_bytes()).unwrap();
    assert!(text.contains(&entry));
    let mut wrong = sound;
    wrong[place..place + 10].copy_from_slice(b"0000000300");
    assert!(is_rebuilt(&open(&wrong).unwrap()));
    let world = World::new(KeyKind::Sm2);
    let report = world.verify(&world.on_pdf(&wrong, false, ContainerChoice::Auto));
    assert_eq!(report.signatures[0].indication, Indication::TotalPassed, "{:?}", codes(&report));
    // A number that the file calls free is not brought back.
    wrong[place..place + 18].copy_from_slice(b"0000000000 65535 f");
    assert!(!open(&wrong).is_ok_and(|document| is_rebuilt(&document)));
}

#[test]
fn two_readings_are_refused() {
    let second = b"3 0 obj\n<</Type/Page/Parent 2 0 R/Resources<<>>>>\nendobj\n";
    assert_eq!(refused(&page_then(&[&second[..], TRAILER].concat())), RebuildProblem::DefinedTwice { number: 3 });
    let copy = b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 144]>>\nendobj\n";
    seals(&page_then(&[&copy[..], TRAILER].concat()));
    let other = b"trailer\n<</Root 2 0 R>>\n";
    assert_eq!(refused(&page_then(&[&other[..], TRAILER].concat())), RebuildProblem::Root { count: 2 });
    let catalog = b"5 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n";
    assert_eq!(refused(&page_then(catalog)), RebuildProblem::Root { count: 2 });
    let freed = b"xref\n0 1\n0000000000 65535 f \n4 1\n0000000000 00001 f \n";
    assert_eq!(refused(&page_then(&[&freed[..], TRAILER].concat())), RebuildProblem::Freed { number: 4 });
    let offset = Builder::one_page().len();
    assert_eq!(refused(&page_then(&[&b"hello\n"[..], TRAILER].concat())), RebuildProblem::Junk { offset });
}

#[test]
fn what_is_encrypted_signed_or_torn_is_refused() {
    let encrypted = b"trailer\n<</Root 1 0 R/Encrypt 9 0 R>>\n";
    assert_eq!(refused(&page_then(encrypted)), RebuildProblem::Encrypted);
    let handler = b"5 0 obj\n<</Filter/Standard/V 1/R 2/O(a)/U(b)/P -4>>\nendobj\n";
    assert_eq!(refused(&page_then(handler)), RebuildProblem::Encrypted);
    assert!(open(&page_then(b"5 0 obj\n<</Length 40>>\nstream\nq Q")).is_err());
    let world = World::new(KeyKind::Sm2);
    let signed = world.on_pdf(&Builder::minimal().bytes, false, ContainerChoice::Auto);
    let at = signed.windows(9).rposition(|bytes| bytes == b"startxref").unwrap();
    let torn = &signed[..at];
    assert!(open(&[torn, b"startxref\n99999\n%%EOF\n"].concat()).is_err());
    assert!(matches!(
        refused(&page_then(b"5 0 obj\n<</Type/Sig/ByteRange[0 1 2 3]>>\nendobj\n")),
        RebuildProblem::Signed { .. }
    ));
}

#[test]
fn a_missing_end_mark_is_written_before_the_update() {
    let notice = include_bytes!("../fixtures/notice.pdf");
    let end = notice.windows(5).rposition(|bytes| bytes == b"%%EOF").unwrap();
    let world = World::new(KeyKind::Sm2);
    for open in [&notice[..end], &notice[..end - 1]] {
        let sealed = world.on_pdf(open, true, ContainerChoice::Auto);
        assert!(sealed.starts_with(open));
        let report = world.verify(&sealed);
        assert_eq!(report.indication, Indication::TotalPassed, "{:?}", codes(&report));
        assert!(!codes(&report).iter().any(|code| code.starts_with("STRUCTURE")), "{:?}", codes(&report));
    }
}
