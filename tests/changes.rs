//! What later revisions of a PDF changed, and what `verify` makes of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fault here should stop the test"
)]

use eseal::policy::Policy;
use eseal::report::{Code, Effect, Indication, LaterChanges, Report, StepResult};
use eseal::source::Bytes;
use eseal::time::Time;
use eseal::verify::{Evidence, NoRegister, verify};

#[path = "support/pdf.rs"]
mod pdf;
#[path = "changes/rules.rs"]
mod rules;
#[path = "support/mod.rs"]
mod support;
use pdf::Builder;

fn judged(bytes: Vec<u8>, name: &str) -> Report {
    judged_by(&Policy::default(), bytes, name)
}

fn judged_by(policy: &Policy, bytes: Vec<u8>, name: &str) -> Report {
    let evidence = Evidence {
        anchors: &[],
        untrusted: &[],
        revocation: eseal::pki::path::RevocationEvidence::default(),
        register: &NoRegister,
        policy,
        time: Time::parse_rfc3339("2026-11-22T00:00:00Z").unwrap(),
        passwords: &[],
        missing: None,
    };
    verify(&Bytes::shared(bytes), name, &evidence)
}

fn described(report: &Report) -> String {
    let mut text = format!("{} {:?}\n", report.file, report.indication);
    for finding in &report.findings {
        text.push_str(&format!("  {} {:?} {:?}\n", finding.code.name(), finding.arguments, finding.place));
    }
    for signature in &report.signatures {
        text.push_str(&format!(
            "  [{}] revision {:?} {:?} later {:?}\n",
            signature.id, signature.revision, signature.indication, signature.later_changes
        ));
        for finding in signature.findings.iter().filter(|finding| finding.code.effect() != Effect::Tell) {
            text.push_str(&format!("      {} {:?} {:?}\n", finding.code.name(), finding.arguments, finding.place));
        }
        for change in &signature.changes {
            text.push_str(&format!("      change {change:?}\n"));
        }
    }
    text
}

#[test]
fn the_samples_of_other_programs_are_judged_as_expected() {
    let Some(folder) = support::samples() else { return };
    let folder = folder.join("pdf");
    let table = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut wrong = Vec::new();
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (file, class) = (fields[0], fields[1]);
        let report = judged(std::fs::read(folder.join(file)).unwrap(), file);
        let failed = report.indication == Indication::TotalFailed;
        let refused = report.indication == Indication::Refused;
        let right = match class {
            "intact" => !failed && !refused,
            "modified" => failed,
            // Exit 1 or 5: a verdict, or a refusal in words.
            "broken" => {
                failed || (refused && report.findings.iter().any(|finding| finding.code.effect() == Effect::Refuse))
            }
            // That it ends is the point: this suite has no clock, but it would never get here. It is no valid file.
            "hostile" => failed || refused,
            other => panic!("{file}: no such class: {other}"),
        };
        if right && failed {
            let reasons = report.signatures.iter().flat_map(|signature| &signature.findings).chain(&report.findings);
            assert!(reasons.into_iter().any(|f| f.code.effect() == Effect::Fail), "{}", described(&report));
        }
        if !right {
            wrong.push(format!("{class}: {}", described(&report)));
        } else {
            eprintln!("ok {class}: {}", described(&report));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What a later revision does to the document of [`signed`], and what must be said of it.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    /// `P` of a certification; 0 for an approval signature.
    permission: u8,
    change: fn(Builder) -> Builder,
    expected: Expected,
}

#[derive(Clone, Copy)]
enum Expected {
    Allowed(LaterChanges, &'static [&'static str]),
    Refused(&'static str),
}

use Expected::{Allowed, Refused};
use LaterChanges::{Annotations, FormFilling, LongTermData};

const PAGE: &str = "/Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 15 0 R>>/XObject<</Im 11 0 R>>>>";
const CATALOG: &str = "/Type/Catalog/Pages 2 0 R/AcroForm 5 0 R/Outlines 12 0 R/StructTreeRoot 16 0 R/Metadata 14 0 R";
const TEXT: &str = "/FT/Tx/T(name)/Type/Annot/Subtype/Widget/Rect[10 10 90 30]/P 3 0 R";
const EMPTY: &str = "/FT/Sig/T(second)/Type/Annot/Subtype/Widget/Rect[10 60 90 80]/P 3 0 R";
const FIRST: &str = "/FT/Sig/T(first)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R/V 10 0 R";
const FORM: &str = "/Fields[6 0 R 7 0 R 8 0 R]/SigFlags 3/DA(/F1 0 Tf)";
const OUTLINE: &str = "/Title(One)/Parent 12 0 R/Dest[3 0 R/Fit]";
const XMP: &[u8] = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>";
const SIGNATURE: &str = "<</Type/Sig/Filter/A/SubFilter/adbe.pkcs7.detached/ByteRange[0 1 2 3]/Contents<00>>>";
const TIMESTAMP: &str = "<</Type/DocTimeStamp/Filter/A/SubFilter/ETSI.RFC3161/ByteRange[0 1 2 3]/Contents<00>>>";

/// One page with text, an image and an outline, tagged; a signed field, a text field, an empty signature field.
fn signed(permission: u8) -> Builder {
    signed_with(permission, "null")
}

/// The same with an object that nothing reaches.
fn signed_with(permission: u8, lonely: &str) -> Builder {
    built(permission, &Base { lonely, ..Base::default() })
}

/// What else the signed document holds.
struct Base<'a> {
    /// In the catalog.
    catalog: &'a str,
    /// In the form.
    form: &'a str,
    /// In the signed field.
    field: &'a str,
    /// In the signature dictionary's /Reference.
    reference: &'a str,
    /// Object 22.
    lonely: &'a str,
    /// Further objects.
    more: fn(Builder) -> Builder,
}

impl Default for Base<'_> {
    fn default() -> Self {
        Base { catalog: "", form: "", field: "", reference: "", lonely: "null", more: |file| file }
    }
}

fn built(permission: u8, base: &Base<'_>) -> Builder {
    let certification = match permission {
        0 => String::new(),
        p => format!("<</Type/SigRef/TransformMethod/DocMDP/Data 1 0 R/TransformParams<</P {p}/V/1.2>>>>"),
    };
    let reference = match certification + base.reference {
        none if none.is_empty() => none,
        some => format!("/Reference[{some}]"),
    };
    let perms = if permission == 0 { "" } else { "/Perms<</DocMDP 10 0 R>>" };
    let Base { catalog, form, field, lonely, .. } = base;
    let file = Builder::new()
        .object(1, format!("<<{CATALOG}{perms}{catalog}>>").as_bytes())
        .object(2, b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 144]>>")
        .object(3, format!("<<{PAGE}/Annots[6 0 R 7 0 R 8 0 R 20 0 R]>>").as_bytes())
        .stream(4, "", b"BT /F1 12 Tf (Pay 100) Tj ET /Im Do")
        .object(5, format!("<<{FORM}{form}>>").as_bytes())
        .object(6, format!("<<{FIRST}{field}>>").as_bytes())
        .object(7, format!("<<{TEXT}/V(old)/AP<</N 9 0 R>>>>").as_bytes())
        .object(8, format!("<<{EMPTY}>>").as_bytes())
        .stream(9, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]", b"BT (old) Tj ET")
        .stream(11, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]", b"0 0 80 20 re f")
        .object(12, b"<</Type/Outlines/First 13 0 R/Last 13 0 R/Count 1>>")
        .object(13, format!("<<{OUTLINE}>>").as_bytes())
        .stream(14, "/Type/Metadata/Subtype/XML", XMP)
        .object(15, b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
        .object(16, b"<</Type/StructTreeRoot/K[17 0 R]/ParentTree 18 0 R/ParentTreeNextKey 1>>")
        .object(17, b"<</Type/StructElem/S/Document/P 16 0 R/K[19 0 R]>>")
        .object(18, b"<</Nums[0 [19 0 R]]>>")
        .object(19, b"<</Type/StructElem/S/P/P 17 0 R/Pg 3 0 R/K 0>>")
        .object(20, b"<</Type/Annot/Subtype/Text/Rect[200 100 220 120]/Contents(a note)>>")
        .object(22, lonely.as_bytes());
    let file = (base.more)(file);
    closed(file, 10, &reference, "/Root 1 0 R/Info 21 0 R")
}

/// The section of a revision with a signature dictionary whose range covers it.
fn closed(file: Builder, number: u32, reference: &str, trailer: &str) -> Builder {
    let gap = "00".repeat(64);
    let template = format!(
        "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached{reference}\
         /ByteRange[0 AAAAAAAAAA BBBBBBBBBB CCCCCCCCCC]/Contents<{gap}>>>"
    );
    let mut file = file.object(number, template.as_bytes()).table(trailer);
    let find = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).rposition(|window| window == text).unwrap();
    let start = find(&file.bytes, format!("<{gap}>").as_bytes());
    let end = start + gap.len() + 2;
    for (mark, value) in [("AAAAAAAAAA", start), ("BBBBBBBBBB", end), ("CCCCCCCCCC", file.bytes.len() - end)] {
        let at = find(&file.bytes, mark.as_bytes());
        file.bytes[at..at + 10].copy_from_slice(format!("{value:<10}").as_bytes());
    }
    file
}

const CASES: &[Case] = &[
    Case {
        name: "a text field is filled in",
        permission: 2,
        change: |file| {
            file.object(7, format!("<<{TEXT}/V(new)/AP<</N 30 0 R>>>>").as_bytes()).stream(
                30,
                "/Type/XObject/Subtype/Form/BBox[0 0 80 20]",
                b"BT (new) Tj ET",
            )
        },
        expected: Allowed(FormFilling, &["FIELD_FILLED"]),
    },
    Case {
        name: "a text field is filled in under P=1",
        permission: 1,
        change: |file| file.object(7, format!("<<{TEXT}/V(new)/AP<</N 9 0 R>>>>").as_bytes()),
        expected: Refused("LATER_CHANGE_FORBIDDEN"),
    },
    Case {
        name: "only the appearance of a field changes",
        permission: 0,
        change: |file| {
            file.object(7, format!("<<{TEXT}/V(old)/AP<</N 30 0 R>>>>").as_bytes()).stream(30, "", b"BT (evil) Tj ET")
        },
        expected: Refused("FIELD_MODIFIED"),
    },
    Case {
        name: "only the appearance of a field changes, under its number",
        permission: 0,
        change: |file| file.stream(9, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]", b"BT (evil) Tj ET"),
        expected: Refused("FIELD_MODIFIED"),
    },
    Case {
        name: "a field is moved",
        permission: 0,
        change: |file| {
            file.object(7, format!("<<{}/V(old)/AP<</N 9 0 R>>>>", TEXT.replace("[10 10", "[50 50")).as_bytes())
        },
        expected: Refused("FIELD_MODIFIED"),
    },
    Case {
        name: "a field is removed",
        permission: 0,
        change: |file| file.object(5, b"<</Fields[6 0 R 8 0 R]/SigFlags 3/DA(/F1 0 Tf)>>"),
        expected: Refused("FIELD_REMOVED"),
    },
    Case {
        name: "a text field is added",
        permission: 0,
        change: |file| {
            file.object(5, b"<</Fields[6 0 R 7 0 R 8 0 R 30 0 R]/SigFlags 3/DA(/F1 0 Tf)>>")
                .object(30, b"<</FT/Tx/T(more)/Type/Annot/Subtype/Widget/Rect[0 0 9 9]>>")
        },
        expected: Refused("UNEXPECTED_FORM_FIELD"),
    },
    Case {
        name: "the empty field is signed",
        permission: 2,
        change: |file| file.object(8, format!("<<{EMPTY}/V 30 0 R>>").as_bytes()).object(30, SIGNATURE.as_bytes()),
        expected: Allowed(FormFilling, &["LATER_SIGNATURE"]),
    },
    Case {
        name: "a visible signature comes to an approved document",
        permission: 0,
        change: |file| new_signature(file, "[10 90 90 110]", SIGNATURE),
        expected: Allowed(FormFilling, &["SIGNATURE_FIELD_ADDED", "LATER_SIGNATURE"]),
    },
    Case {
        name: "a visible signature comes to a certified document",
        permission: 3,
        change: |file| new_signature(file, "[10 90 90 110]", SIGNATURE),
        expected: Refused("UNEXPECTED_FORM_FIELD"),
    },
    Case {
        name: "a document timestamp under P=1",
        permission: 1,
        change: |file| new_signature(file, "[0 0 0 0]", TIMESTAMP),
        expected: Allowed(LongTermData, &["SIGNATURE_FIELD_ADDED", "LATER_SIGNATURE"]),
    },
    Case {
        name: "an invisible signature under P=1",
        permission: 1,
        change: |file| new_signature(file, "[0 0 0 0]", SIGNATURE),
        expected: Refused("LATER_CHANGE_FORBIDDEN"),
    },
    Case {
        name: "validation data under P=1",
        permission: 1,
        change: |file| {
            file.object(1, format!("<<{CATALOG}/Perms<</DocMDP 10 0 R>>/DSS 30 0 R>>").as_bytes())
                .object(30, b"<</Type/DSS/Certs[31 0 R]/VRI<</AA 32 0 R>>>>")
                .stream(31, "", b"certificate")
                .object(32, b"<</Cert[31 0 R]/TU(D:20260101000000Z)>>")
        },
        expected: Allowed(LongTermData, &["LONG_TERM_DATA_ADDED"]),
    },
    Case {
        name: "validation data that hide an action",
        permission: 0,
        change: |file| {
            file.object(1, format!("<<{CATALOG}/DSS 30 0 R>>").as_bytes())
                .object(30, b"<</Type/DSS/Certs[31 0 R]>>")
                .object(31, b"<</S/JavaScript>>")
        },
        expected: Refused("DSS_MODIFIED"),
    },
    Case {
        name: "page content under its number",
        permission: 3,
        change: |file| file.stream(4, "", b"BT /F1 12 Tf (Pay 900) Tj ET"),
        expected: Refused("PAGE_MODIFIED"),
    },
    Case {
        name: "page content under another number",
        permission: 3,
        change: |file| {
            let page = PAGE.replace("4 0 R", "30 0 R");
            file.object(3, format!("<<{page}/Annots[6 0 R 7 0 R 8 0 R 20 0 R]>>").as_bytes()).stream(30, "", b"f")
        },
        expected: Refused("PAGE_MODIFIED"),
    },
    Case {
        name: "an image that covered text goes away",
        permission: 3,
        change: |file| file.stream(11, "/Type/XObject/Subtype/Form/BBox[0 0 0 0]", b""),
        expected: Refused("PAGE_MODIFIED"),
    },
    Case {
        name: "a font is redefined",
        permission: 2,
        change: |file| file.object(15, b"<</Type/Font/Subtype/Type1/BaseFont/Evil>>"),
        expected: Refused("PAGE_MODIFIED"),
    },
    Case {
        name: "a page is added",
        permission: 3,
        change: |file| {
            file.object(2, b"<</Type/Pages/Kids[3 0 R 30 0 R]/Count 2/MediaBox[0 0 300 144]>>")
                .object(30, b"<</Type/Page/Parent 2 0 R>>")
        },
        expected: Refused("PAGES_MODIFIED"),
    },
    Case {
        name: "the page is turned by its parent",
        permission: 3,
        change: |file| file.object(2, b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 144]/Rotate 90>>"),
        expected: Refused("PAGES_MODIFIED"),
    },
    Case {
        name: "a producer leaves its mark on the page tree",
        permission: 2,
        change: |file| file.object(2, b"<</ITXT(5)/Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 144]>>"),
        expected: Allowed(LaterChanges::None, &[]),
    },
    Case {
        name: "everything is written again under new numbers",
        permission: 1,
        change: |file| {
            file.object(1, format!("<<{}/Perms<</DocMDP 10 0 R>>>>", CATALOG.replace("12 0", "30 0")).as_bytes())
                .object(30, b"<</Count 1/First 31 0 R/Type/Outlines/Last 31 0 R>>")
                .object(31, format!("<<{}>>", OUTLINE.replace("12 0", "30 0")).as_bytes())
        },
        expected: Allowed(LaterChanges::None, &[]),
    },
    Case {
        name: "an outline leads elsewhere",
        permission: 2,
        change: |file| file.object(13, b"<</Title(One)/Parent 12 0 R/A<</S/URI/URI(http://evil)>>>>"),
        expected: Refused("UNEXPECTED_ENTRY_IN_XREF"),
    },
    Case {
        name: "a note is added under P=3",
        permission: 3,
        change: |file| note(file),
        expected: Allowed(Annotations, &["ANNOTATION_CHANGED"]),
    },
    Case {
        name: "a note is added under P=2",
        permission: 2,
        change: |file| note(file),
        expected: Refused("ANNOTATIONS_MODIFIED"),
    },
    Case {
        name: "a note is changed under P=3",
        permission: 3,
        change: |file| file.object(20, b"<</Type/Annot/Subtype/Text/Rect[200 100 220 120]/Contents(more)>>"),
        expected: Allowed(Annotations, &["ANNOTATION_CHANGED"]),
    },
    Case {
        name: "a note becomes a widget",
        permission: 3,
        change: |file| file.object(20, b"<</Type/Annot/Subtype/Widget/Rect[200 100 220 120]>>"),
        expected: Refused("PAGE_ANNOTATIONS_MODIFIED"),
    },
    Case {
        name: "a field's widget leaves its page",
        permission: 2,
        change: |file| file.object(3, format!("<<{PAGE}/Annots[6 0 R 8 0 R 20 0 R]>>").as_bytes()),
        expected: Refused("PAGE_ANNOTATIONS_MODIFIED"),
    },
    Case {
        name: "the catalog gains an open action",
        permission: 3,
        change: |file| file.object(1, format!("<<{CATALOG}/OpenAction<</S/JavaScript/JS(x)>>>>").as_bytes()),
        expected: Refused("CATALOG_MODIFIED"),
    },
    Case {
        name: "the certification is taken from the catalog",
        permission: 2,
        change: |file| file.object(1, format!("<<{CATALOG}>>").as_bytes()),
        expected: Refused("PERMISSIONS_REMOVED"),
    },
    Case {
        name: "the form is taken away",
        permission: 0,
        change: |file| file.object(1, format!("<<{}>>", CATALOG.replace("/AcroForm 5 0 R", "")).as_bytes()),
        expected: Refused("ACROFORM_REMOVED"),
    },
    Case {
        name: "the signature is another object of the same bytes",
        permission: 0,
        change: |file| {
            file.object(6, b"<</FT/Sig/T(first)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R/V 30 0 R>>")
                .object(30, SIGNATURE.as_bytes())
        },
        expected: Refused("FIELD_MODIFIED"),
    },
    Case {
        name: "the signature is overridden",
        permission: 0,
        change: |file| file.object(10, SIGNATURE.as_bytes()),
        expected: Refused("BYTERANGE_GAP_NOT_CONTENTS"),
    },
    Case {
        name: "metadata are renewed under P=1",
        permission: 1,
        change: |file| {
            file.stream(14, "/Type/Metadata/Subtype/XML", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><a/></x:xmpmeta>")
        },
        expected: Allowed(LongTermData, &["METADATA_CHANGED"]),
    },
    Case {
        name: "metadata that are no XML",
        permission: 0,
        change: |file| file.stream(14, "/Type/Metadata/Subtype/XML", b"0 0 9 9 re f"),
        expected: Refused("METADATA_MALFORMED"),
    },
    Case {
        name: "an element for the widget of a new signature",
        permission: 0,
        change: |file| {
            new_signature(file, "[0 0 0 0]", SIGNATURE)
                .object(17, b"<</Type/StructElem/S/Document/P 16 0 R/K[19 0 R 40 0 R]>>")
                .object(40, b"<</Type/StructElem/S/Form/P 17 0 R/Pg 3 0 R/K<</Type/OBJR/Obj 31 0 R>>>>")
                .object(18, b"<</Nums[0 [19 0 R] 1 40 0 R]>>")
                .object(16, b"<</Type/StructTreeRoot/K[17 0 R]/ParentTree 18 0 R/ParentTreeNextKey 2>>")
        },
        expected: Allowed(FormFilling, &["STRUCT_TREE_EXTENDED"]),
    },
    Case {
        name: "an element for content that was there",
        permission: 0,
        change: |file| {
            file.object(17, b"<</Type/StructElem/S/Document/P 16 0 R/K[19 0 R 40 0 R]>>")
                .object(40, b"<</Type/StructElem/S/P/P 17 0 R/Pg 3 0 R/K 1>>")
        },
        expected: Refused("STRUCT_TREE_MODIFIED"),
    },
    Case {
        name: "an element says something else",
        permission: 3,
        change: |file| file.object(19, b"<</Type/StructElem/S/P/P 17 0 R/Pg 3 0 R/K 0/ActualText(Pay 900)>>"),
        expected: Refused("STRUCT_TREE_MODIFIED"),
    },
    Case {
        name: "an appearance that a page draws too",
        permission: 0,
        change: |file| {
            // Object 11 is the page's image; here it becomes the field's appearance, and is then overridden.
            file.object(7, format!("<<{TEXT}/V(new)/AP<</N 11 0 R>>>>").as_bytes()).stream(
                11,
                "/Type/XObject/Subtype/Form/BBox[0 0 80 20]",
                b"BT (new) Tj ET",
            )
        },
        expected: Refused("PAGE_MODIFIED"),
    },
    Case {
        name: "the catalog is another object",
        permission: 0,
        change: |file| file.object(30, format!("<<{CATALOG}>>").as_bytes()).table("/Root 30 0 R/Info 21 0 R"),
        expected: Refused("CATALOG_MODIFIED"),
    },
    Case {
        name: "changed and changed back",
        permission: 0,
        change: |file| {
            file.stream(4, "", b"BT /F1 12 Tf (Pay 900) Tj ET").table("/Root 1 0 R").stream(
                4,
                "",
                b"BT /F1 12 Tf (Pay 100) Tj ET /Im Do",
            )
        },
        expected: Refused("PAGE_MODIFIED"),
    },
    Case {
        name: "content is compressed and says the same",
        permission: 1,
        change: |file| {
            file.stream(
                4,
                "/Filter/ASCIIHexDecode",
                b"4254202F46312031322054662028506179203130302920546A204554202F496D20446F>",
            )
        },
        expected: Allowed(LaterChanges::None, &[]),
    },
    Case {
        name: "a field gets an action",
        permission: 0,
        change: |file| file.object(8, format!("<<{EMPTY}/AA<</Fo<</S/JavaScript/JS(x)>>>>>>").as_bytes()),
        expected: Refused("FIELD_MODIFIED"),
    },
    Case {
        name: "the trailer leads somewhere new",
        permission: 0,
        change: |file| file.object(30, b"<<>>").table("/Root 1 0 R/Info 21 0 R/More 30 0 R"),
        expected: Refused("UNEXPECTED_ENTRY_IN_XREF"),
    },
    Case {
        name: "version and extensions rise",
        permission: 1,
        change: |file| {
            let more = "/Perms<</DocMDP 10 0 R>>/Version/2.0/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 5>>>>";
            file.object(1, format!("<<{CATALOG}{more}>>").as_bytes())
        },
        expected: Allowed(LongTermData, &["EXTENSIONS_CHANGED"]),
    },
    Case {
        name: "an object that was dangling comes to life",
        permission: 0,
        change: |file| file.object(21, b"<</Title(x)>>"),
        expected: Allowed(LongTermData, &[]),
    },
    Case {
        name: "an object that nothing reaches",
        permission: 1,
        change: |file| file.object(30, b"(lonely)"),
        expected: Allowed(LongTermData, &["OBJECT_UNREACHED"]),
    },
];

fn new_signature(file: Builder, rect: &str, value: &str) -> Builder {
    file.object(3, format!("<<{PAGE}/Annots[6 0 R 7 0 R 8 0 R 20 0 R 31 0 R]>>").as_bytes())
        .object(5, b"<</Fields[6 0 R 7 0 R 8 0 R 31 0 R]/SigFlags 3/DA(/F1 0 Tf)>>")
        .object(
            31,
            format!("<</FT/Sig/T(third)/Type/Annot/Subtype/Widget/Rect{rect}/P 3 0 R/F 132/V 32 0 R>>").as_bytes(),
        )
        .object(32, value.as_bytes())
}

fn note(file: Builder) -> Builder {
    file.object(3, format!("<<{PAGE}/Annots[6 0 R 7 0 R 8 0 R 20 0 R 30 0 R]>>").as_bytes())
        .object(30, b"<</Type/Annot/Subtype/FreeText/Rect[10 10 200 100]/Contents(Pay 900)>>")
}

#[test]
fn each_change_is_explained_or_refused() {
    let mut wrong = Vec::new();
    for case in CASES {
        wrong.extend(fault(case, signed(case.permission)));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What is wrong with the verdict on a change.
fn fault(case: &Case, file: Builder) -> Option<String> {
    let file = (case.change)(file).table("/Root 1 0 R/Info 21 0 R");
    let report = judged(file.bytes, case.name);
    let first = report.signatures.iter().find(|signature| signature.id == "first").unwrap();
    let step = first.steps.iter().find(|step| step.step == "later-changes").map(|step| step.result);
    let fits = match case.expected {
        Allowed(level, codes) => {
            let named = |code: &&str| first.changes.iter().any(|change| change.code.name() == *code);
            step == Some(StepResult::Passed) && first.later_changes == level && codes.iter().all(named)
        }
        Refused(code) => {
            let mut findings = report.signatures.iter().flat_map(|signature| &signature.findings);
            step != Some(StepResult::Passed) && findings.any(|finding| finding.code.name() == code)
        }
    };
    (!fits).then(|| format!("{}: {step:?}\n{}", case.name, described(&report)))
}

#[test]
fn an_annotation_on_a_certified_document_is_named_with_its_place() {
    let report = judged(note(signed(3)).table("/Root 1 0 R").bytes, "overlay");
    let finding = report.signatures[0].findings.iter().find(|f| f.code == Code::AnnotationOverlaysContent).unwrap();
    assert_eq!(finding.place.as_deref(), Some("page 1"));
    assert!(finding.arguments.iter().any(|(name, value)| *name == "rectangle" && value.ends_with("mm")));
}

/// The key `changes.overlays` of a policy: what is told by default fails by the strict one, and by a policy that says no more.
#[test]
fn a_policy_refuses_what_lies_over_a_certified_page() {
    let file = note(signed(3)).table("/Root 1 0 R").bytes;
    let codes = |rules: &str| -> Vec<Code> {
        let policy = Policy::parse(&format!("name = \"test\"\nextends = \"default\"\n{rules}")).unwrap();
        let report = judged_by(&policy, file.clone(), "overlay");
        report.signatures[0].findings.iter().map(|finding| finding.code).collect()
    };
    assert!(!codes("").contains(&Code::OverlayForbidden));
    assert!(codes("[changes]\noverlays = \"fail\"").contains(&Code::OverlayForbidden));
    let strict = judged_by(&Policy::named("strict").unwrap(), file.clone(), "overlay");
    assert_eq!(strict.signatures[0].indication, Indication::TotalFailed);
}

#[test]
fn a_second_catalog_in_a_signed_file_is_a_warning() {
    let plain = judged(signed(0).bytes, "plain");
    assert!(!plain.signatures[0].findings.iter().any(|finding| finding.code == Code::ShadowPrepared));
    let prepared = judged(signed_with(0, "<</Type/Catalog/Pages 2 0 R>>").bytes, "prepared");
    assert!(prepared.signatures[0].findings.iter().any(|finding| finding.code == Code::ShadowPrepared));
}
