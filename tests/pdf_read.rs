//! The PDF reader on files written for the purpose, one a rule, and on mutations of them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail as tests do")]

use std::io::Write as _;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use eseal::geometry::{Rotation, UserRect};
use eseal::limits::Budget;
use eseal::pdf::object::{Object, ObjectId};
use eseal::pdf::{
    ByteRangeValue, ContentsValue, Document, FieldKind, HexForm, Location, NoteKind, PdfError, Reading, SignatureHome,
    TraceKind, TracePlace, TreeProblem, UnaccountedKind, UnsupportedEncryption,
};
use eseal::source::{Bytes, Source};
use proptest::prelude::*;

#[path = "support/pdf.rs"]
mod pdf;
use pdf::Builder;

fn open(bytes: &[u8]) -> Result<Document, PdfError> {
    Document::open(Bytes::shared(bytes), Rc::new(Budget::default()))
}

fn id(number: u32) -> ObjectId {
    ObjectId { number, generation: 0 }
}

fn kinds(document: &Document) -> Vec<NoteKind> {
    document.notes().iter().map(|note| note.kind).collect()
}

#[test]
fn a_plain_file_is_read_without_a_note() {
    let file = Builder::minimal();
    let document = open(&file.bytes).unwrap();
    let view = document.current().unwrap();
    assert_eq!(view.page_count(), Ok(1));
    let page = view.page(0).unwrap();
    assert_eq!(page.id, Some(id(3)));
    assert_eq!(page.page_box.crop, UserRect { x0: 0.0, y0: 0.0, x1: 300.0, y1: 144.0 });
    assert_eq!(view.page(1).unwrap_err(), PdfError::PageOutOfRange { index: 1, count: 1 });
    assert_eq!(document.revisions().len(), 1);
    assert_eq!(document.revisions()[0].end, Some(file.len()));
    assert_eq!(document.revisions()[0].eof, Some(file.len() - 1));
    assert_eq!(document.notes(), []);
    let whole = document.account(0).unwrap();
    assert!(whole.iter().all(|gap| gap.kind == UnaccountedKind::Comment), "{whole:?}");
}

#[test]
fn each_revision_sees_its_own_objects() {
    let file = Builder::minimal();
    let first = file.len();
    let file = file.object(3, b"<</Type/Page/Parent 2 0 R/Rotate 90>>").object(5, b"(new)").table("/Root 1 0 R");
    let document = open(&file.bytes).unwrap();
    assert_eq!(document.revisions().len(), 2);
    assert_eq!(document.revisions()[0].end, Some(first));
    let (old, new) = (document.at(0).unwrap(), document.current().unwrap());
    assert_eq!(old.page(0).unwrap().page_box.rotation, Rotation::None);
    assert_eq!(new.page(0).unwrap().page_box.rotation, Rotation::Right);
    assert_eq!(old.get(id(5)), Ok(Object::Null));
    assert_eq!(new.get(id(5)), Ok(Object::String(b"new".to_vec())));
    assert_eq!(old.location(id(1)), new.location(id(1)));
    let changed: Vec<u32> = document.rows(1).unwrap().iter().map(|row| row.id.number).collect();
    assert_eq!(changed, [3, 5]);
    assert_eq!(document.account(first), Ok(Vec::new()));
    // The prefix alone is the first revision.
    let prefix = Document::open_prefix(Bytes::shared(file.bytes), first, Rc::default()).unwrap();
    assert_eq!(prefix.revisions().len(), 1);
    assert_eq!(prefix.len(), first);
}

#[test]
fn every_byte_behind_a_revision_is_accounted_for() {
    let base = Builder::minimal();
    let end = base.len();
    let unaccounted = |bytes: &[u8]| open(bytes).unwrap().account(end).unwrap();
    let with = |tail: &[u8]| [base.bytes.as_slice(), tail].concat();
    assert_eq!(unaccounted(&with(b"\r\n \n")), []);
    for junk in [&b"%junk\n"[..], b"\0\0", b"5 0 obj\n(x)\nendobj\n", b"%PDF-1.4\n", b"x\n%%EOF\n"] {
        let found = unaccounted(&with(junk));
        assert_eq!(found.len(), 1, "{junk:?}");
        assert_eq!(found[0].kind, UnaccountedKind::Other, "{junk:?}");
        assert_eq!(found[0].range.start, end);
        assert!(kinds(&open(&with(junk)).unwrap()).contains(&NoteKind::BytesAfterEnd) || junk[0] == 0);
    }
    // An object that the update does not list, and one that lies inside a stream of another.
    let file = Builder::minimal().object(5, b"(seen)").raw(b"6 0 obj (hidden) endobj\n").table("/Root 1 0 R");
    assert_eq!(unaccounted(&file.bytes).len(), 1);
    let comment = Builder::minimal().raw(b"% made by a program\n").object(5, b"1").table("/Root 1 0 R");
    assert_eq!(unaccounted(&comment.bytes)[0].kind, UnaccountedKind::Comment);
}

#[test]
fn an_object_inside_another_is_noted() {
    let mut file = Builder::minimal();
    let end = file.len();
    let inner = file.len() + 8 + "<</Length 25>>\nstream\n".len() as u64;
    file = file.object(5, b"<</Length 25>>\nstream\n6 0 obj\n(evil)\nendobj\n   \nendstream");
    file.entry(6, inner);
    let file = file.table("/Root 1 0 R");
    let document = open(&file.bytes).unwrap();
    assert_eq!(document.current().unwrap().get(id(6)), Ok(Object::String(b"evil".to_vec())));
    document.account(end).unwrap();
    assert!(kinds(&document).contains(&NoteKind::Overlap), "{:?}", document.notes());
}

#[test]
fn an_update_without_its_end_is_two_readings() {
    let base = Builder::minimal();
    let previous = base.last();
    let file = base.object(5, b"(evil)").section(&format!("/Root 1 0 R/Prev {previous}"));
    let document = open(&file.bytes).unwrap();
    assert_eq!(document.revisions().len(), 2);
    assert_eq!(document.revisions()[1].end, None);
    let note = document.notes()[0];
    assert_eq!((note.kind, note.reading()), (NoteKind::EofMissing, Reading::Two));
}

#[test]
fn chains_that_loop_or_lead_forward_are_refused() {
    let file = Builder::one_page();
    let at = file.len();
    let file = file.section(&format!("/Root 1 0 R/Prev {at}")).raw(b"%%EOF\n");
    assert_eq!(open(&file.bytes).err(), Some(PdfError::XrefLoop { offset: at }));

    let first = Builder::one_page();
    let (from, mut text) = (first.len(), first);
    text = text.section("/Root 1 0 R/Prev 0000000000").raw(b"%%EOF\n");
    let to = text.len();
    let file = text.raw(b"xref\n0 0\ntrailer\n<</Size 1>>\nstartxref\n").raw(format!("{from}\n%%EOF\n").as_bytes());
    let text = String::from_utf8_lossy(&file.bytes).into_owned();
    let place = text.find("0000000000/Size").unwrap();
    let delta = text.len() - file.bytes.len();
    let mut bytes = file.bytes;
    bytes[place - delta..place - delta + 10].copy_from_slice(format!("{to:010}").as_bytes());
    assert_eq!(open(&bytes).err(), Some(PdfError::PrevForward { from, to }));
}

#[test]
fn a_linearised_file_is_one_revision() {
    let head = Builder::new().object(9, b"<</Linearized 1>>");
    let first = head.len();
    // The first-page section names the main one, which stands behind it.
    let skeleton = |main: u64| {
        format!(
            "xref\n9 1\n0000000015 00000 n \ntrailer\n<</Size 10/Root 1 0 R/Prev {main:010}>>\nstartxref\n0\n%%EOF\n"
        )
    };
    let mut file = head.raw(skeleton(0).as_bytes());
    let place = file.bytes.len();
    file = file.object(1, b"<</Type/Catalog/Pages 2 0 R>>").object(2, b"<</Type/Pages/Kids[]/Count 0>>");
    let offsets: Vec<usize> = ["1 0 obj", "2 0 obj"]
        .iter()
        .map(|text| file.bytes.windows(7).skip(place).position(|w| w == text.as_bytes()).unwrap() + place)
        .collect();
    let main = file.len();
    let table = format!(
        "xref\n0 3\n0000000000 65535 f \n{:010} 00000 n \n{:010} 00000 n \ntrailer\n<</Size 3>>\nstartxref\n{first}\n%%EOF\n",
        offsets[0], offsets[1]
    );
    let mut bytes = file.raw(table.as_bytes()).bytes;
    let at = usize::try_from(first).unwrap();
    bytes[at..at + skeleton(main).len()].copy_from_slice(skeleton(main).as_bytes());
    let document = open(&bytes).unwrap();
    assert_eq!(document.revisions().len(), 1);
    assert_eq!(document.revisions()[0].end, Some(bytes.len() as u64));
    assert_eq!(document.current().unwrap().page_count(), Ok(0));
    assert_eq!(document.notes(), []);
    assert!(document.account(0).unwrap().iter().all(|gap| gap.kind == UnaccountedKind::Comment));
}

#[test]
fn bytes_before_the_header_are_read_by_either_base() {
    let file = Builder::minimal();
    let shifted = [b"junk\n".as_slice(), &file.bytes].concat();
    let document = open(&shifted).unwrap();
    assert_eq!((document.header_offset(), document.offset_base()), (5, 5));
    assert_eq!(document.current().unwrap().page_count(), Ok(1));
    assert_eq!(document.current().unwrap().location(id(1)), Ok(Some(Location::Offset(20))));
    assert_eq!(kinds(&document), [NoteKind::BytesBeforeHeader]);
    assert_eq!(open(&[vec![b' '; 2000], file.bytes].concat()).err(), Some(PdfError::NotPdf));
}

#[test]
fn startxref_is_repaired_only_where_one_reading_is_left() {
    let file = Builder::minimal();
    let at = file.last();
    let text = |value: u64| {
        let cut = file.bytes.len() - format!("startxref\n{at}\n%%EOF\n").len();
        [&file.bytes[..cut], format!("startxref\n{value}\n%%EOF\n").as_bytes()].concat()
    };
    assert_eq!(kinds(&open(&text(at + 1)).unwrap()), [NoteKind::XrefOffset]);
    assert_eq!(kinds(&open(&text(at - 1)).unwrap()), [NoteKind::LeadingSpace]);
    assert_eq!(open(&text(20)).err(), Some(PdfError::XrefUnusable { offset: 20 }));
    assert!(matches!(open(&text(u64::MAX)).err(), Some(PdfError::XrefUnusable { .. })));
    assert_eq!(open(b"%PDF-1.7\n").err(), Some(PdfError::StartXrefMissing));
    assert_eq!(open(b"").err(), Some(PdfError::NotPdf));
}

#[test]
fn tables_with_other_white_space_are_read_and_noted() {
    let text = String::from_utf8_lossy(&Builder::minimal().bytes).replace(" n \n", " n\n");
    // The replaced header bytes are three times as long in UTF-8: cut to ASCII first.
    let ascii: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'%')).collect();
    let document = open(&ascii).unwrap();
    assert_eq!(document.current().unwrap().page_count(), Ok(1));
    assert!(kinds(&document).iter().all(|kind| *kind == NoteKind::XrefWhiteSpace));
    assert!(!document.notes().is_empty());
}

#[test]
fn a_table_that_counts_from_one_by_mistake_is_read_from_zero() {
    let file = Builder::one_page();
    let at = file.len();
    let offsets: Vec<usize> = (1..=4)
        .map(|n| {
            let header = format!("\n{n} 0 obj\n");
            file.bytes.windows(header.len()).position(|w| w == header.as_bytes()).unwrap() + 1
        })
        .collect();
    let mut table = String::from("xref\n1 5\n0000000000 65535 f \n");
    for offset in offsets {
        table.push_str(&format!("{offset:010} 00000 n \n"));
    }
    table.push_str(&format!("trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n"));
    let document = open(&file.raw(table.as_bytes()).bytes).unwrap();
    assert_eq!(document.current().unwrap().page_count(), Ok(1));
    assert_eq!(kinds(&document), [NoteKind::XrefFirstNumber]);
}

#[test]
fn a_wrong_length_is_repaired_when_one_end_is_possible() {
    let stream = |length: &str, data: &str| {
        let body = format!("<</Length {length}>>\nstream\n{data}\nendstream");
        let file = Builder::minimal().object(5, body.as_bytes()).object(6, b"7").table("/Root 1 0 R");
        let document = open(&file.bytes).unwrap();
        let view = document.current().unwrap();
        let data = view.get(id(5)).map(|object| match object {
            Object::Stream(stream) => view.stream_data(&stream, 1000).unwrap(),
            other => panic!("{other:?}"),
        });
        (data, kinds(&document))
    };
    assert_eq!(stream("7", "content"), (Ok(b"content".to_vec()), vec![]));
    assert_eq!(stream("6 0 R", "content"), (Ok(b"content".to_vec()), vec![]));
    assert_eq!(stream("5 0 R", "content"), (Ok(b"content".to_vec()), vec![NoteKind::StreamLength]));
    assert_eq!(stream("3", "content"), (Ok(b"content".to_vec()), vec![NoteKind::StreamLength]));
    assert_eq!(stream("99999999", "content"), (Ok(b"content".to_vec()), vec![NoteKind::StreamLength]));
    let (two, _) = stream("1", "con endstream tent");
    assert!(matches!(two, Err(PdfError::StreamEnd { .. })), "{two:?}");
}

#[test]
fn a_missing_endobj_is_noted_and_junk_before_it_is_two_readings() {
    let object = |body: &[u8]| {
        let mut file = Builder::minimal();
        let at = file.len();
        file = file.raw(body);
        file.entry(5, at);
        let file = file.object(6, b"1").table("/Root 1 0 R");
        let document = open(&file.bytes).unwrap();
        let value = document.current().unwrap().get(id(5));
        (value, kinds(&document))
    };
    assert_eq!(object(b"5 0 obj\n(a)\n"), (Ok(Object::String(b"a".to_vec())), vec![NoteKind::EndObjectMissing]));
    assert_eq!(
        object(b"5 0 obj\n(a) (b)\nendobj\n"),
        (Ok(Object::String(b"a".to_vec())), vec![NoteKind::EndObjectJunk])
    );
    let wrong = object(b"15 0 obj\n(a)\nendobj\n").0;
    assert!(matches!(wrong, Err(PdfError::ObjectHeader { .. })), "{wrong:?}");
    // One byte beside its place, the only one near.
    assert_eq!(object(b" 5 0 obj\n(a)\nendobj\n").1, [NoteKind::LeadingSpace]);
}

#[test]
fn repeated_keys_are_noted_and_the_last_counts() {
    let file = Builder::minimal().object(5, b"<</A 1/B 2/A 3>>").table("/Root 1 0 R");
    let document = open(&file.bytes).unwrap();
    let Ok(Object::Dictionary(dictionary)) = document.current().unwrap().get(id(5)) else { panic!() };
    assert_eq!(dictionary.get("A"), Some(&Object::Integer(3)));
    assert_eq!(dictionary.len(), 2);
    let note = document.notes()[0];
    assert_eq!((note.kind, note.reading()), (NoteKind::DuplicateKey, Reading::Two));
}

#[test]
fn filters_decode_and_stop_at_the_limit() {
    let decode = |entries: &str, data: &[u8], limit: u64| {
        let file = Builder::minimal().stream(5, entries, data).table("/Root 1 0 R");
        let document = open(&file.bytes).unwrap();
        let view = document.current().unwrap();
        let Ok(Object::Stream(stream)) = view.get(id(5)) else { panic!() };
        view.stream_data(&stream, limit)
    };
    let deflate = |data: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    };
    assert_eq!(decode("/Filter/ASCIIHexDecode", b"48 65 6C6c 7>", 100), Ok(b"Hellp".to_vec()));
    assert_eq!(decode("/Filter/ASCII85Decode", b"87cURDZ~>", 100), Ok(b"Hello".to_vec()));
    assert_eq!(decode("/Filter/RunLengthDecode", b"\x01ab\xFEc\x80", 100), Ok(b"abccc".to_vec()));
    // ISO 32000-1 7.4.4.2, example 1.
    let lzw = b"\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01";
    assert_eq!(decode("/Filter/LZWDecode", lzw, 100), Ok(b"-----A---B".to_vec()));
    assert_eq!(
        decode("/Filter[/ASCIIHexDecode/FlateDecode]", hex(&deflate(b"chain")).as_bytes(), 100),
        Ok(b"chain".to_vec())
    );
    let png = deflate(b"\x02\x01\x02\x03\x02\x01\x01\x01");
    let up = decode("/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 3>>", &png, 100);
    assert_eq!(up, Ok(vec![1, 2, 3, 2, 3, 4]));
    let unknown = decode("/Filter/JBIG2Decode", b"x", 100);
    assert_eq!(unknown, Err(PdfError::FilterUnsupported { name: b"JBIG2Decode".to_vec() }));
    let bomb = deflate(&vec![0; 50_000_000]);
    assert!(matches!(decode("/Filter/FlateDecode", &bomb, 1_000_000), Err(PdfError::Limit(_))));
    assert!(matches!(decode("/Filter/FlateDecode", &bomb, u64::MAX), Ok(data) if data.len() == 50_000_000));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[test]
fn deep_nesting_and_reference_loops_end() {
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    let file = Builder::minimal().object(5, &deep).object(6, b"7 0 R").object(7, b"6 0 R").table("/Root 1 0 R");
    let document = open(&file.bytes).unwrap();
    let view = document.current().unwrap();
    assert!(matches!(view.get(id(5)), Err(PdfError::Limit(_))));
    assert!(matches!(view.resolve(&Object::Reference(id(6))), Err(PdfError::ReferenceLoop { .. })));
}

#[test]
fn object_and_cross_reference_streams_are_read() {
    let file = Builder::new().object(2, b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 10 20]>>");
    let two = 15_u64;
    let container = file.len();
    let body = b"1 0 3 29 <</Type/Catalog/Pages 2 0 R>> <</Type/Page/Parent 2 0 R>>";
    let file = file.stream(5, "/Type/ObjStm/N 2/First 9", body);
    let at = file.len();
    let mut rows = Vec::new();
    for (kind, second, third) in
        [(0, 0, 255), (2, 5, 0), (1, two, 0), (2, 5, 1), (0, 0, 0), (1, container, 0), (1, at, 0)]
    {
        rows.push(kind);
        rows.extend_from_slice(&u16::try_from(second).unwrap().to_be_bytes());
        rows.push(third);
    }
    let file = file.stream(6, "/Type/XRef/W[1 2 1]/Size 7/Root 1 0 R", &rows);
    let file = file.raw(format!("startxref\n{at}\n%%EOF\n").as_bytes());
    let document = open(&file.bytes).unwrap();
    let view = document.current().unwrap();
    assert_eq!(view.location(id(3)), Ok(Some(Location::InStream { stream: 5, index: 1 })));
    assert_eq!(view.page(0).unwrap().page_box.crop.y1, 20.0);
    assert_eq!(view.location(id(4)), Ok(Some(Location::Free)));
    assert_eq!(document.notes(), []);
    assert_eq!(document.account(15), Ok(Vec::new()));
    // A signature dictionary must lie in the file itself.
    assert_eq!(
        view.signature_dictionary(SignatureHome::Object(id(1))).unwrap_err(),
        PdfError::NotDictionary { id: id(1) }
    );
}

#[test]
fn page_trees_inherit_and_loops_are_refused() {
    let tree = |root: &str, leaf: &str| {
        let file = Builder::new()
            .object(1, b"<</Type/Catalog/Pages 2 0 R>>")
            .object(2, root.as_bytes())
            .object(3, leaf.as_bytes())
            .table("/Root 1 0 R");
        let document = open(&file.bytes).unwrap();
        let page = document.current().unwrap().page(0);
        let count = document.current().unwrap().page_count();
        (page.map(|page| page.page_box), count, kinds(&document))
    };
    let inherited = "<</Type/Pages/Kids[3 0 R]/MediaBox[100 200 0 0]/CropBox[-5 10 50 900]/Rotate -90>>";
    let (page, ..) = tree(inherited, "<</Type/Page/UserUnit 2>>");
    let page = page.unwrap();
    assert_eq!(page.crop, UserRect { x0: 0.0, y0: 10.0, x1: 50.0, y1: 200.0 });
    assert_eq!((page.rotation, page.user_unit), (Rotation::Left, 2.0));
    let (page, _, notes) = tree("<</Type/Pages/Kids[3 0 R]>>", "<</Type/Page>>");
    assert!((page.unwrap().viewed_size().height.0 - 297.0).abs() < 0.1);
    assert_eq!(notes, [NoteKind::MediaBoxMissing]);
    let (_, count, _) = tree("<</Type/Pages/Kids[3 0 R 2 0 R]/MediaBox[0 0 1 1]>>", "<</Type/Page>>");
    assert_eq!(count, Err(PdfError::PageTree { problem: TreeProblem::Loop }));
    let (_, count, notes) = tree("<</Type/Pages/Kids[3 0 R 3 0 R]/MediaBox[0 0 1 1]>>", "<</Type/Page>>");
    assert_eq!((count, notes), (Ok(2), vec![NoteKind::PageTree]));
}

#[test]
fn fields_have_full_names_and_signatures_have_places() {
    let contents = "00AAff00";
    let signature = format!("<</Type/Sig/ByteRange[0 10 20 30]/Contents <{contents}>/Reason(x)/Reason(y)/#4eame(n)>>");
    let file = Builder::new()
        .object(1, b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>")
        .object(2, b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 144]>>")
        .object(3, b"<</Type/Page/Parent 2 0 R/Annots[6 0 R 8 0 R]>>")
        .object(5, b"<</T(group)/FT/Sig/Kids[6 0 R 7 0 R]>>")
        .object(6, b"<</T(one)/Parent 5 0 R/V 9 0 R/Subtype/Widget/Rect[10 10 50 50]/P 3 0 R>>")
        .object(7, b"<</T<FEFF4E8C>/Parent 5 0 R/Kids[8 0 R]>>")
        .object(8, b"<</Parent 7 0 R/Subtype/Widget/Rect[0 0 0 0]>>")
        .object(9, signature.as_bytes())
        .table("/Root 1 0 R");
    let document = open(&file.bytes).unwrap();
    let view = document.current().unwrap();
    let fields = view.fields().unwrap();
    let names: Vec<(&str, FieldKind)> = fields.iter().map(|field| (field.name.as_str(), field.kind)).collect();
    use FieldKind::{Group, Terminal};
    assert_eq!(names, [("group", Group), ("group.one", Terminal), ("group.二", Terminal)]);
    assert_eq!(fields[2].widgets[0].rect, None);
    assert_eq!(view.page_of(&fields[2].widgets[0]), Ok(Some(0)));
    let signatures = view.signatures().unwrap();
    assert_eq!(signatures.len(), 1);
    assert_eq!(signatures[0].field.name, "group.one");

    let parsed = view.signature_dictionary(signatures[0].home().unwrap()).unwrap();
    assert_eq!(parsed.byte_range, ByteRangeValue::Direct([0, 10, 20, 30]));
    assert_eq!(parsed.duplicate_keys, [b"Reason".to_vec()]);
    assert_eq!(parsed.escaped_keys, [b"Name".to_vec()]);
    let ContentsValue::Hex { token, form, bytes } = parsed.contents else { panic!() };
    let range = usize::try_from(token.start).unwrap()..usize::try_from(token.end).unwrap();
    assert_eq!(&file.bytes[range], format!("<{contents}>").as_bytes());
    assert_eq!((form, bytes), (HexForm::Plain, vec![0, 0xAA, 0xFF, 0]));
}

#[test]
fn malformed_signature_values_are_told_apart() {
    let parse = |entries: &str| {
        let file = Builder::minimal().object(5, format!("<<{entries}>>").as_bytes()).table("/Root 1 0 R");
        let document = open(&file.bytes).unwrap();
        let parsed = document.current().unwrap().signature_dictionary(SignatureHome::Object(id(5))).unwrap();
        (parsed.byte_range, parsed.contents)
    };
    for bad in [
        "[0 1 2]",
        "[0 1 2 3 4]",
        "[0 -1 2 3]",
        "[0 1.0 2 3]",
        "[0 1 2 4 0 R]",
        "6 0 R",
        "null",
        "[0 1 2 99999999999999999999]",
    ] {
        assert_eq!(parse(&format!("/ByteRange {bad}")).0, ByteRangeValue::Malformed, "{bad}");
    }
    assert_eq!(parse(""), (ByteRangeValue::Missing, ContentsValue::Missing));
    for bad in ["(abc)", "6 0 R", "/Name"] {
        assert!(matches!(parse(&format!("/Contents {bad}")).1, ContentsValue::NotHex { .. }), "{bad}");
    }
    for bad in ["<0 0>", "<000>", "<00\n>"] {
        assert!(
            matches!(parse(&format!("/Contents {bad}")).1, ContentsValue::Hex { form: HexForm::Irregular, .. }),
            "{bad}"
        );
    }
}

#[test]
fn traces_of_signatures_are_found_wherever_they_stand() {
    let file = Builder::minimal()
        .object(5, b"<</Type /Sig/ByteRange[0 1 2 3]>>")
        .object(6, b"<</FT/Sig/SigFlags 3/T(a)>>")
        .stream(7, "", b"<</Type/Sig>>")
        .table("/Root 1 0 R");
    let document = open(&file.bytes).unwrap();
    let found: Vec<_> =
        document.scan_signature_traces().unwrap().into_iter().map(|t| (t.kind, t.object, t.place)).collect();
    assert_eq!(
        found,
        [
            (TraceKind::SignatureType, Some(id(5)), TracePlace::Object),
            (TraceKind::ByteRange, Some(id(5)), TracePlace::Object),
            (TraceKind::SignatureType, Some(id(7)), TracePlace::Stream),
        ]
    );
    // Also where a step of the scan ends in the middle.
    for pad in 262_120..262_150_usize {
        let file = Builder::new().raw(&vec![b' '; pad]).raw(b"/ByteRange[\n");
        let bytes = file.object(1, b"<</Type/Catalog>>").table("/Root 1 0 R").bytes;
        assert_eq!(open(&bytes).unwrap().scan_signature_traces().unwrap().len(), 1, "{pad}");
    }
}

#[test]
fn an_encrypted_file_is_refused_in_words() {
    let file = Builder::one_page().object(5, b"<</Filter/Standard>>").table("/Root 1 0 R/Encrypt 5 0 R");
    let document = open(&file.bytes).unwrap();
    assert!(document.encryption().is_some());
    let unknown = UnsupportedEncryption::Version { version: 0, revision: 0 };
    assert_eq!(document.current().unwrap().page_count(), Err(PdfError::EncryptionUnsupported { what: unknown }));
}

/// A source that counts what is read of it.
struct Counting {
    bytes: Bytes,
    read: AtomicU64,
}

impl Source for Counting {
    fn len(&self) -> u64 {
        self.bytes.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.read.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        self.bytes.read_at(offset, buffer)
    }
}

#[test]
fn the_cost_follows_what_is_asked_for_not_the_size_of_the_file() {
    let mut file = Builder::one_page();
    for number in 5..20_000 {
        file = file.object(
            number,
            b"<</Some(thing of a hundred bytes or so, so that the file has a few megabytes of objects)>>",
        );
    }
    // One table of 20-byte entries in a row, as writers make it.
    let mut table = String::from("xref\n0 20000\n0000000000 65535 f \n");
    let at = file.len();
    let mut offset = 15;
    for number in 1..20_000 {
        let header = format!("{number} 0 obj\n");
        let rest = &file.bytes[offset..];
        assert!(rest.starts_with(header.as_bytes()), "{number}");
        table.push_str(&format!("{offset:010} 00000 n \n"));
        offset += rest.windows(8).position(|window| window == b"\nendobj\n").unwrap() + 8;
    }
    table.push_str(&format!("trailer\n<</Size 20000/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n"));
    let base = file.raw(table.as_bytes());
    let end = base.len();
    let bytes = base.raw(format!("20000 0 obj\n(new)\nendobj\nxref\n20000 1\n{end:010} 00000 n \ntrailer\n<</Size 20001/Root 1 0 R/Prev {at}>>\nstartxref\n{}\n%%EOF\n", end + 25).as_bytes()).bytes;
    let length = bytes.len();
    assert!(length > 2_000_000);
    let source = Arc::new(Counting { bytes: Bytes::new(bytes), read: AtomicU64::new(0) });
    let document = Document::open(source.clone(), Rc::default()).unwrap();
    let view = document.current().unwrap();
    assert!(view.page(0).is_ok());
    assert_eq!(view.get(id(20_000)), Ok(Object::String(b"new".to_vec())));
    assert_eq!(document.account(end), Ok(Vec::new()));
    assert_eq!(document.notes(), []);
    let read = source.read.load(Ordering::Relaxed);
    assert!(read < 100_000, "{read} of {length} bytes were read");
}

#[test]
fn what_is_read_again_and_again_is_paid_for() {
    // A page of a megabyte of white space, reached a hundred thousand times.
    let kids = "3 0 R ".repeat(100_000);
    let blank = [b"<</Type/Page".to_vec(), vec![b' '; 1 << 21], b">>".to_vec()].concat();
    let file = Builder::new()
        .object(1, b"<</Type/Catalog/Pages 2 0 R>>")
        .object(2, format!("<</Type/Pages/Kids[{kids}]/MediaBox[0 0 1 1]>>").as_bytes())
        .object(3, &blank)
        .table("/Root 1 0 R");
    let source = Arc::new(Counting { bytes: Bytes::new(file.bytes), read: AtomicU64::new(0) });
    let document = Document::open(source.clone(), Rc::default()).unwrap();
    let count = document.current().unwrap().page_count();
    assert!(matches!(count, Err(PdfError::Limit(_))), "{count:?}");
    assert!(source.read.load(Ordering::Relaxed) < 1 << 30);
}

/// Reads everything that can be read of a file: it must end, whatever the bytes are.
fn exhaust(bytes: &[u8]) {
    let Ok(document) = open(bytes) else { return };
    for revision in 0..document.revisions().len() {
        let view = document.at(revision).unwrap();
        let _ = (view.page_count(), view.fields(), view.signatures().map(|found| found.len()));
        for row in document.rows(revision).unwrap_or_default() {
            let object = view.get(row.id);
            if let Ok(Object::Stream(stream)) = &object {
                let _ = view.stream_data(stream, 1 << 20);
            }
            let _ = view.signature_dictionary(SignatureHome::Object(row.id));
        }
    }
    let _ = (document.account(0), document.scan_signature_traces(), document.notes());
}

fn seeds() -> Vec<Vec<u8>> {
    let updated = Builder::minimal()
        .object(3, b"<</Type/Page/Parent 2 0 R/Rotate 90/Annots[<</A#20(x\\)\\053)/B<abc>>>]>>")
        .stream(5, "/Type/ObjStm/N 2/First 8", b"6 0 7 3 [1 .5 -2 true null] <</V 1 0 R>>")
        .table("/Root 1 0 R");
    let streams = Builder::one_page();
    let at = streams.len();
    let streams = streams
        .stream(6, "/Type/XRef/W[1 2 1]/Size 7/Root 1 0 R/Index[1 1 6 1]", &[1, 0, 15, 0, 1, 0, 0, 0])
        .raw(format!("startxref\n{at}\n%%EOF\n").as_bytes());
    vec![updated.bytes, streams.bytes]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_never_panic(
        seed in 0..2_usize,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..8),
    ) {
        let mut bytes = seeds().swap_remove(seed);
        for (place, value, what) in edits {
            let at = place.index(bytes.len());
            match what {
                0 => bytes[at] = value,
                1 => bytes[at] = b"0123456789 <>[]()/%\n"[usize::from(value) % 20],
                2 => bytes.insert(at, value),
                _ => drop(bytes.remove(at)),
            }
        }
        exhaust(&bytes);
    }

    #[test]
    fn cut_and_doubled_files_never_panic(seed in 0..2_usize, from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let bytes = seeds().swap_remove(seed);
        let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
        exhaust(&bytes[from.min(to)..from.max(to)]);
        exhaust(&[&bytes[..from], &bytes[to..]].concat());
    }
}
