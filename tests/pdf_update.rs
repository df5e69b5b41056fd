//! Signatures put on PDF documents of every make: what was there stays, what is added is found, other programs agree.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod support;

use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;

use eseal::drawing::{Raster, SealDesign, SealStyle};
use eseal::geometry::{Millimetres, Rect, Size};
use eseal::limits::Budget;
use eseal::pdf::object::Object;
use eseal::pdf::{
    Appearance, DocMdp, Document, FieldChoice, FieldLock, LockState, LockedFields, PanelItem, PanelPart, PdfError,
    PicturePart, PreparedPicture, SectionKind, SignatureKind, SignatureRequest, SignatureWidget, SignedRevision,
    Statement, TextAlign, UpdateError, Visibility, lock_state, prepare_signature,
};
use eseal::source::{Bytes, SharedSource};
use eseal::time::Time;

const PAGES: [&str; 6] = [
    "/MediaBox [0 0 595 842]",
    "/MediaBox [0 0 595 842] /Rotate 90",
    "/MediaBox [0 0 595 842] /Rotate 180",
    "/MediaBox [0 0 595 842] /Rotate -90",
    "/MediaBox [0 0 695 942] /CropBox [100 50 695 892]",
    "/MediaBox [0 0 297.5 421] /UserUnit 2",
];

/// Objects 1 (catalog), 2 (pages), 3.. (one page each).
fn objects(catalog: &str, pages: &[&str]) -> Vec<String> {
    let kids: Vec<String> = (0..pages.len()).map(|n| format!("{} 0 R", n + 3)).collect();
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{catalog}>>"),
        format!("<</Type/Pages/Count {}/Kids[{}]>>", pages.len(), kids.join(" ")),
    ];
    objects.extend(pages.iter().map(|page| format!("<</Type/Page/Parent 2 0 R/Resources<<>>{page}>>")));
    objects
}

/// A file with a classical table.
fn classical(objects: &[String]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (n, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", n + 1).bytes());
    }
    let start = file.len();
    let size = objects.len() + 1;
    file.extend(table.bytes());
    file.extend(format!("trailer\n<</Size {size}/Root 1 0 R/ID[<00><01>]>>\nstartxref\n{start}\n%%EOF").bytes());
    file
}

/// A file whose objects all lie in one object stream, found by a cross-reference stream.
fn compressed(objects: &[String]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let (mut index, mut body) = (String::new(), String::new());
    for (n, object) in objects.iter().enumerate() {
        index += &format!("{} {} ", n + 1, body.len());
        body += &format!("{object} ");
    }
    let (stream, section) = (objects.len() + 1, objects.len() + 2);
    let at = file.len();
    let (first, length) = (index.len(), index.len() + body.len());
    file.extend(
        format!(
            "{stream} 0 obj\n<</Type/ObjStm/N {}/First {first}/Length {length}>>\nstream\n{index}{body}\nendstream\nendobj\n",
            objects.len()
        )
        .bytes(),
    );
    let start = file.len();
    let mut rows = vec![0_u8, 0, 0, 0, 0];
    for n in 0..objects.len() {
        rows.extend([2, 0, 0, u8::try_from(stream).unwrap(), u8::try_from(n).unwrap()]);
    }
    for offset in [at, start] {
        rows.push(1);
        rows.extend(&u32::try_from(offset).unwrap().to_be_bytes()[1..]);
        rows.push(0);
    }
    let size = section + 1;
    file.extend(
        format!("{section} 0 obj\n<</Type/XRef/W[1 3 1]/Size {size}/Root 1 0 R/Length {}>>\nstream\n", rows.len())
            .bytes(),
    );
    file.extend(rows);
    file.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
    file
}

/// A red F with a transparent ground: no turn or mirror image of it looks the same.
fn letter() -> Arc<PreparedPicture> {
    let rows = ["......", ".####.", ".#....", ".###..", ".#....", ".#....", "......"];
    let alpha: Vec<u8> = rows.iter().flat_map(|row| row.bytes().map(|b| if b == b'#' { 255 } else { 40 })).collect();
    let rgb = [230, 0, 18].repeat(alpha.len());
    Arc::new(PreparedPicture::from_raster(&Raster::new(6, 7, rgb, Some(alpha)).unwrap()))
}

fn picture() -> Appearance {
    Appearance::Picture { picture: letter(), part: PicturePart::WHOLE }
}

fn at(page: usize, x: f64, y: f64) -> SignatureWidget {
    let size = Size { width: Millimetres(36.0), height: Millimetres(42.0) };
    SignatureWidget { page, rect: Rect::centred(Millimetres(x), Millimetres(y), size), appearance: picture() }
}

fn request(visibility: Visibility) -> SignatureRequest {
    SignatureRequest {
        field: FieldChoice::New { name: None },
        kind: SignatureKind::Signature,
        filter: "Adobe.PPKLite",
        sub_filter: "ETSI.CAdES.detached",
        contents_capacity: 64,
        statement: Statement {
            time: Some(Time::from_unix(1_700_000_000)),
            reason: Some("同意".into()),
            name: Some("Clerk".into()),
            ..Statement::default()
        },
        doc_mdp: None,
        lock: None,
        seal: None,
        extra: Vec::new(),
        visibility,
    }
}

fn open(source: SharedSource) -> Document {
    Document::open(source, Rc::new(Budget::default())).unwrap()
}

fn bytes_of(signed: &SignedRevision) -> Vec<u8> {
    let mut bytes = Vec::new();
    signed.write_to(&mut bytes).unwrap();
    bytes
}

/// Signs with a dummy value and checks what must hold for every signed file.
fn signed(file: &[u8], request: &SignatureRequest) -> Vec<u8> {
    let document = open(Bytes::shared(file));
    let prepared = prepare_signature(&document, request).unwrap();
    let mut fed = Vec::new();
    prepared.feed(|piece| fed.extend_from_slice(piece)).unwrap();
    let signed = prepared.fill(&[0x30, 0x03, 0x02, 0x01, 0x07]).unwrap();
    let whole = bytes_of(&signed);
    assert!(whole.starts_with(file), "the old bytes are changed");
    let [_, a, b, c] = signed.byte_range().map(|n| usize::try_from(n).unwrap());
    assert_eq!([&whole[..a], &whole[b..]].concat(), fed);
    assert_eq!((whole[a], whole[b - 1], b + c), (b'<', b'>', whole.len()));

    let after = open(signed.as_source());
    let view = after.current().unwrap();
    let found = view.signatures().unwrap();
    let ours = found.iter().find(|f| f.field.name == signed.field()).expect("the new signature is found");
    assert_eq!(ours.dictionary.get("Contents").unwrap().as_string().unwrap()[..5], [0x30, 0x03, 0x02, 0x01, 0x07]);
    let range: Vec<i64> =
        ours.dictionary.get("ByteRange").unwrap().as_array().unwrap().iter().map(|n| n.as_integer().unwrap()).collect();
    assert_eq!(range, signed.byte_range().map(|n| i64::try_from(n).unwrap()));
    assert!(!ours.field.widgets.is_empty());
    for widget in &ours.field.widgets {
        assert!(view.page_of(widget).unwrap().is_some(), "a widget is on no page");
    }
    whole
}

/// What qpdf says of a file; `None` where there is no qpdf.
fn qpdf(path: &Path) -> Option<(bool, String)> {
    match Command::new("qpdf").arg("--check").arg(path).output() {
        Ok(output) => Some((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())),
        Err(_) => {
            eprintln!("skipped: no qpdf");
            None
        }
    }
}

fn assert_clean(file: &[u8], what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.pdf");
    std::fs::write(&path, file).unwrap();
    if let Some((clean, said)) = qpdf(&path) {
        assert!(clean, "{what}: {said}");
    }
}

#[test]
fn three_signatures_on_every_form_of_file() {
    for (what, file, kind) in [
        ("classical", classical(&objects("", &PAGES)), SectionKind::Table),
        ("compressed", compressed(&objects("", &PAGES)), SectionKind::Stream),
        ("indirect form", classical(&objects("/AcroForm<</Fields[]/SigFlags 1>>", &PAGES)), SectionKind::Table),
    ] {
        let first = signed(&file, &request(Visibility::Invisible));
        let second = signed(&first, &request(Visibility::Widgets(vec![at(0, 100.0, 100.0)])));
        let all = (0..PAGES.len()).map(|page| at(page, 60.0, 60.0)).collect();
        let third = signed(&second, &request(Visibility::Widgets(all)));
        assert_clean(&third, what);
        let document = open(Bytes::shared(third));
        assert_eq!(document.revisions().len(), 4, "{what}");
        assert!(document.revisions().iter().all(|revision| revision.kind == kind), "{what}");
        let ids: Vec<Option<Object>> = document.revisions().iter().map(|r| r.trailer.get("ID").cloned()).collect();
        for pair in ids.windows(2).filter(|pair| pair[0].is_some()) {
            let [old, new] = [0, 1].map(|n| pair[n].as_ref().unwrap().as_array().unwrap());
            assert_eq!(old[0], new[0], "the permanent identifier is kept");
            assert_ne!(old[1], new[1], "the changing identifier is renewed");
        }
        let names: Vec<String> =
            document.current().unwrap().signatures().unwrap().into_iter().map(|s| s.field.name).collect();
        assert_eq!(names, ["Signature1", "Signature2", "Signature3"]);
        let form = document.current().unwrap().form().unwrap().unwrap();
        assert_eq!(form.get("SigFlags"), Some(&Object::Integer(3)));
    }
}

#[test]
fn a_widget_lies_where_it_is_asked_for_on_every_page() {
    let widgets: Vec<SignatureWidget> = (0..PAGES.len()).map(|page| at(page, 150.0, 60.0)).collect();
    let file = signed(&classical(&objects("", &PAGES)), &request(Visibility::Widgets(widgets.clone())));
    let document = open(Bytes::shared(file));
    let view = document.current().unwrap();
    let field = view.signatures().unwrap().remove(0).field;
    assert_eq!(field.widgets.len(), PAGES.len());
    for (asked, widget) in widgets.iter().zip(&field.widgets) {
        assert_eq!(view.page_of(widget).unwrap(), Some(asked.page));
        assert_eq!(widget.dictionary.get("V"), field.value.as_ref(), "poppler takes the widget for unsigned");
        let seen = view.page(asked.page).unwrap().page_box.to_viewed(widget.rect.unwrap());
        assert!((seen.x.0 - asked.rect.x.0).abs() < 1e-4 && (seen.y.0 - asked.rect.y.0).abs() < 1e-4, "{}", asked.page);
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_its_reason() {
    let file = classical(&objects("", &PAGES[..2]));
    let document = open(Bytes::shared(file.clone()));
    let refusal = |request: &SignatureRequest| prepare_signature(&document, request).unwrap_err();
    let error = refusal(&request(Visibility::Widgets(vec![at(2, 50.0, 50.0)])));
    assert_eq!(error, UpdateError::PageOutOfRange { index: 2, count: 2 });
    match refusal(&request(Visibility::Widgets(vec![at(0, 200.0, 50.0)]))) {
        UpdateError::OffPage { index: 0, by } => assert!((by.0 - 8.1).abs() < 0.01, "{by}"),
        other => panic!("{other}"),
    }
    let mut wide = at(0, 50.0, 50.0);
    wide.rect.width = Millimetres(f64::NAN);
    assert_eq!(refusal(&request(Visibility::Widgets(vec![wide]))), UpdateError::RectangleEmpty);
    let mut existing = request(Visibility::Invisible);
    existing.field = FieldChoice::Existing { name: "Sig".into() };
    assert_eq!(refusal(&existing), UpdateError::FieldUnknown { name: "Sig".into() });
    existing.field = FieldChoice::New { name: Some("a.b".into()) };
    assert_eq!(refusal(&existing), UpdateError::FieldName { name: "a.b".into() });

    let once = signed(&file, &request(Visibility::Invisible));
    let document = open(Bytes::shared(once));
    existing.field = FieldChoice::Existing { name: "Signature1".into() };
    let error = prepare_signature(&document, &existing).unwrap_err();
    assert_eq!(error, UpdateError::FieldSigned { name: "Signature1".into() });
    let mut certification = request(Visibility::Invisible);
    certification.doc_mdp = Some(DocMdp::FormFilling);
    assert_eq!(prepare_signature(&document, &certification).unwrap_err(), UpdateError::CertificationNotFirst);
}

#[test]
fn a_closed_document_takes_no_signature_but_a_timestamp() {
    let file = classical(&objects("", &PAGES[..1]));
    assert_eq!(lock_state(&open(Bytes::shared(file.clone()))).unwrap(), LockState::Open);
    let mut certifying = request(Visibility::Invisible);
    certifying.doc_mdp = Some(DocMdp::NoChanges);
    let mut locking = request(Visibility::Invisible);
    locking.lock = Some(FieldLock { fields: LockedFields::All, permission: Some(DocMdp::NoChanges) });
    let once = signed(&file, &request(Visibility::Invisible));
    for (closed, by) in [(signed(&file, &certifying), "Signature1"), (signed(&once, &locking), "Signature2")] {
        let document = open(Bytes::shared(closed.clone()));
        assert_eq!(lock_state(&document).unwrap(), LockState::Closed { by: by.into() });
        let error = prepare_signature(&document, &request(Visibility::Invisible)).unwrap_err();
        assert_eq!(error, UpdateError::DocumentLocked { by: by.into() });
        let mut timestamp = request(Visibility::Invisible);
        timestamp.kind = SignatureKind::DocTimeStamp;
        signed(&closed, &timestamp);
        assert_clean(&closed, by);
    }
    let mut forms = request(Visibility::Invisible);
    forms.doc_mdp = Some(DocMdp::FormFilling);
    let certified = open(Bytes::shared(signed(&file, &forms)));
    let visible = request(Visibility::Widgets(vec![at(0, 60.0, 60.0)]));
    let error = prepare_signature(&certified, &visible).unwrap_err();
    assert_eq!(error, UpdateError::VisibleAfterCertification);
    let state = lock_state(&certified).unwrap();
    assert_eq!(state, LockState::Restricted { permission: DocMdp::FormFilling, by: "Signature1".into() });
}

#[test]
fn the_seal_travels_in_the_dictionary_and_text_is_shown() {
    let mut request = request(Visibility::Widgets(vec![SignatureWidget {
        appearance: Appearance::Text { lines: vec!["Clerk (1)".into(), "张三".into(), "2026-11-22".into()] },
        ..at(0, 50.0, 50.0)
    }]));
    let seal: Vec<u8> = (0..5000_u32).map(|n| (n * 31 % 256) as u8).collect();
    request.seal = Some(seal.clone());
    request.extra = vec![("Prop_Note", Object::text("x")), ("Contents", Object::Null)];
    let file = signed(&compressed(&objects("", &PAGES)), &request);
    assert_clean(&file, "text");
    let document = open(Bytes::shared(file));
    let view = document.current().unwrap();
    let signature = view.signatures().unwrap().remove(0).dictionary;
    assert_eq!(signature.get("ESEAL_Seal").unwrap().as_string().unwrap(), seal);
    assert_eq!(signature.get("Prop_Note"), Some(&Object::text("x")));
}

/// A document that claims a part of PDF/A, with or without an output intent.
fn archival(part: &str, intent: &str) -> Vec<u8> {
    let xmp = format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" {part}</rdf:RDF></x:xmpmeta>"
    );
    let mut all = objects(&format!("/Metadata 4 0 R{intent}"), &PAGES[..1]);
    all.push(format!("<</Type/Metadata/Subtype/XML/Length {}>>\nstream\n{xmp}\nendstream", xmp.len()));
    classical(&all)
}

const INTENT: &str = "/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)>>]";

#[test]
fn pdf_a_stays_pdf_a() {
    let element = "rdf:about=\"\"><pdfaid:part>PART</pdfaid:part></rdf:Description>";
    let attribute = "rdf:about=\"\" pdfaid:part='PART' pdfaid:conformance='B'/>";
    let drawing = SealDesign::new(SealStyle::Company, "示例市行政审批局").draw().unwrap();
    let outlines = Arc::new(PreparedPicture::from_drawing(&drawing, b"").unwrap());
    let whole = PicturePart::WHOLE;
    for (part, intent, blended) in
        [("1", INTENT, false), ("1", "", false), ("2", INTENT, true), ("3", "", false), ("4", INTENT, true)]
    {
        for form in [element, attribute] {
            for picture in [&outlines, &letter()] {
                let file = archival(&form.replace("PART", part), intent);
                let appearance = Appearance::Picture { picture: Arc::clone(picture), part: whole };
                let widget = SignatureWidget { appearance, ..at(0, 60.0, 60.0) };
                let out = signed(&file, &request(Visibility::Widgets(vec![widget])));
                assert_clean(&out, "archival");
                let added = String::from_utf8_lossy(&out[file.len()..]).into_owned();
                let has = |text: &str| added.contains(text);
                assert_eq!(has("/Multiply"), blended, "part {part} {intent}");
                assert!(has("/CalRGB") && !has("/DeviceRGB") && !has(" rg\n"), "part {part}");
                if Arc::ptr_eq(picture, &outlines) {
                    assert!(has("/Ink cs") && !has("/SMask"));
                } else {
                    assert_eq!((has("/SMask"), has("/ImageMask true")), (blended, !blended), "part {part}");
                }
            }
        }
    }
    // Where nothing is claimed nothing is forbidden.
    let plain = classical(&objects("", &PAGES[..1]));
    let out = signed(&plain, &request(Visibility::Widgets(vec![at(0, 60.0, 60.0)])));
    let added = String::from_utf8_lossy(&out[plain.len()..]).into_owned();
    assert!(added.contains("/Multiply") && added.contains("/SMask") && !added.contains("/CalRGB"));
}

#[test]
fn text_is_shown_in_a_font_that_the_document_carries() {
    let lines = vec!["Clerk (1)".to_owned(), "张三😀".to_owned()];
    let text = PanelPart {
        place: PicturePart { top: 0.7, ..PicturePart::WHOLE },
        item: PanelItem::Text { lines, align: TextAlign::Centre },
    };
    let seal =
        PanelPart { place: PicturePart { bottom: 0.7, ..PicturePart::WHOLE }, item: PanelItem::Picture(letter()) };
    let appearance = Appearance::Panel { parts: vec![seal, text] };
    let widgets: Vec<SignatureWidget> =
        (0..3).map(|page| SignatureWidget { appearance: appearance.clone(), ..at(page, 60.0, 60.0) }).collect();
    let plain = classical(&objects("", &PAGES));
    let file = signed(&plain, &request(Visibility::Widgets(widgets)));
    assert_clean(&file, "text");
    let added = String::from_utf8_lossy(&file[plain.len()..]).into_owned();
    // One font and one image for three places.
    for once in ["/CIDFontType0C", "/ToUnicode", "/CIDSet", "/Subtype /Image", "/SMask"] {
        assert!(added.matches(once).count() >= 1, "{once}");
    }
    assert_eq!(added.matches("/CIDFontType0C").count(), 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.pdf");
    std::fs::write(&path, &file).unwrap();
    // Where poppler is installed, it reads the text back.
    if let Ok(read) = Command::new("pdftotext").arg(&path).arg("-").output() {
        let read = String::from_utf8_lossy(&read.stdout).into_owned();
        assert!(read.contains("张三") && read.contains("Clerk (1)"), "{read}");
    }
}

#[test]
fn samples_of_other_programs_are_signed_or_refused() {
    let Some(samples) = support::samples() else { return };
    let refused = ["minimal-aes256", "minimal-rc4", "malformed-encrypt-dict1", "minimal-badxref", "circular"];
    let mut count = 0;
    for path in support::files_below(&samples.join("pdf/unsigned"), "pdf") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = std::fs::read(&path).unwrap();
        let opened = Document::open(Bytes::shared(file.clone()), Rc::new(Budget::default()));
        let prepared = opened
            .map_err(UpdateError::from)
            .and_then(|document| prepare_signature(&document, &request(Visibility::Widgets(vec![at(0, 20.0, 22.0)]))));
        if let Err(error) = prepared {
            eprintln!("{name}: refused: {error}");
            let expected = refused.iter().any(|part| name.contains(part));
            let odd = ["startxref", "broken", "direct-kid", "illegal", "orphaned", "annotless"]
                .iter()
                .any(|part| name.contains(part));
            assert!(expected || odd || matches!(error, UpdateError::OffPage { .. }), "{name}: {error}");
            continue;
        }
        let once = signed(&file, &request(Visibility::Widgets(vec![at(0, 20.0, 22.0)])));
        let twice = signed(&once, &request(Visibility::Widgets(vec![at(0, 45.0, 26.0)])));
        count += 1;
        let before = qpdf(&path).is_none_or(|(clean, _)| clean);
        if before {
            assert_clean(&twice, &name);
        }
        if let Some(folder) = std::env::var_os("ESEAL_KEEP") {
            std::fs::write(Path::new(&folder).join(name), twice).unwrap();
        }
    }
    assert!(count >= 15, "{count}");
}

#[test]
fn an_existing_field_is_signed_in_its_own_rectangle() {
    let Some(samples) = support::samples() else { return };
    let file = std::fs::read(samples.join("pdf/unsigned/minimal-two-fields.pdf")).unwrap();
    let names: Vec<String> =
        open(Bytes::shared(file.clone())).current().unwrap().fields().unwrap().into_iter().map(|f| f.name).collect();
    let mut file = file;
    for name in names {
        let mut request = request(Visibility::OwnRectangle(picture()));
        request.field = FieldChoice::Existing { name };
        file = signed(&file, &request);
    }
    assert_clean(&file, "two fields");
    if let Some(folder) = std::env::var_os("ESEAL_KEEP") {
        std::fs::write(Path::new(&folder).join("own-rectangle.pdf"), file).unwrap();
    }
}

#[test]
fn a_page_beyond_the_end_is_the_readers_error_too() {
    let document = open(Bytes::shared(classical(&objects("", &PAGES))));
    let error = document.current().unwrap().page(6).unwrap_err();
    assert_eq!(error, PdfError::PageOutOfRange { index: 6, count: 6 });
}
