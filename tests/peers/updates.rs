//! What other programs do to signed files after signing, honest and not, on files signed here and by pyHanko: no honest
//! update is a false alarm, each is told at its level, and none of the others passes.

use std::path::PathBuf;

use eseal::crypto::KeyKind;
use eseal::report::{Indication, StepResult};
use eseal::sign::Closing;
use serde_json::Value;

use crate::documents::classical;
use crate::office::{How, office};
use crate::{judges, tools};

#[test]
fn updates_of_other_programs_are_told_from_attacks() {
    let Some([pyhanko]) = tools::need(["pyhanko"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let office = office(KeyKind::P256);
    let mut arguments = vec![
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/updates.py")),
        folder.path().to_path_buf(),
        write("base.pdf", &form()),
    ];
    let closings =
        [Closing::Open, Closing::CertifyNothing, Closing::CertifyForms, Closing::CertifyAnnotations].into_iter();
    for (permission, closing) in closings.enumerate() {
        let signed = office.on_pdf(&form(), &How::seal(150.0, 230.0, 42.0).closing(closing)).unwrap();
        arguments.push(write(&format!("ours-{permission}.pdf"), &signed));
        arguments.push(PathBuf::from(permission.to_string()));
    }
    let said = tools::run(&judges::python(&pyhanko), &arguments);
    assert!(said.success, "{}", said.err);
    let updates: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut faults = Vec::new();
    for update in &updates {
        let report = office.verify(&std::fs::read(update["file"].as_str().unwrap()).unwrap());
        let first = report.signatures.iter().min_by_key(|one| one.revision).unwrap();
        let step = first.steps.iter().find(|step| step.step == "later-changes").map(|step| step.result);
        let right = if update["honest"] == true {
            step == Some(StepResult::Passed)
                && report.indication != Indication::TotalFailed
                && first.later_changes.name() == update["level"]
        } else {
            report.indication == Indication::TotalFailed
        };
        if !right {
            let codes: Vec<&str> = first.findings.iter().map(|finding| finding.code.name()).collect();
            faults.push(format!("{update}: {} {step:?} {:?} {codes:?}", report.indication, first.later_changes));
        }
    }
    assert!(updates.len() > 40, "{}", updates.len());
    assert!(faults.is_empty(), "{} of {}\n{}", faults.len(), updates.len(), faults.join("\n"));
}

/// Two pages with text, a layer, a note, metadata, and a form with a text, a tick, a choice and an empty signature.
fn form() -> Vec<u8> {
    let stream = |entries: &str, data: &str| format!("<<{entries}/Length {}>>\nstream\n{data}\nendstream", data.len());
    let page = |content: u32, more: &str| {
        let resources = "/Resources<</Font<</F1 12 0 R>>/Properties<</L 13 0 R>>>>";
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]{resources}/Contents {content} 0 R{more}>>")
    };
    let field = |name: &str, top: u32, more: &str| {
        format!("<</Type/Annot/Subtype/Widget/T({name})/F 4/P 3 0 R/Rect[50 {} 250 {top}]{more}>>", top - 20)
    };
    let shown = |text: &str| format!("/Tx BMC q BT /Helv 12 Tf 2 5 Td ({text}) Tj ET Q EMC");
    let drawn = "/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</Helv 12 0 R>>>>";
    let xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>\
               </x:xmpmeta>";
    classical(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm 10 0 R/Metadata 11 0 R\
         /OCProperties<</OCGs[13 0 R]/D<</ON[13 0 R]/OFF[]>>>>>>"
            .to_owned(),
        "<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>".to_owned(),
        page(14, "/Annots[6 0 R 7 0 R 8 0 R 9 0 R 5 0 R]"),
        page(15, ""),
        "<</Type/Annot/Subtype/Text/Rect[400 700 420 720]/Contents(a note)/P 3 0 R>>".to_owned(),
        field("name", 700, "/FT/Tx/V(old)/DA(/Helv 12 Tf 0 g)/AP<</N 16 0 R>>"),
        field("agree", 670, "/FT/Btn/V/Off/AS/Off/AP<</N<</Yes 17 0 R/Off 18 0 R>>>>"),
        field("combo", 640, "/FT/Ch/Ff 131072/Opt[(one)(two)]/V(one)/DA(/Helv 12 Tf 0 g)/AP<</N 19 0 R>>"),
        field("Ready", 610, "/FT/Sig"),
        "<</Fields[6 0 R 7 0 R 8 0 R 9 0 R]/DR<</Font<</Helv 12 0 R>>>>/DA(/Helv 12 Tf 0 g)>>".to_owned(),
        stream("/Type/Metadata/Subtype/XML", xmp),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
        "<</Type/OCG/Name(Layer)>>".to_owned(),
        stream("", "BT /F1 14 Tf 72 760 Td (Pay 100) Tj ET /OC /L BDC BT /F1 14 Tf 72 300 Td (layer) Tj ET EMC"),
        stream("", "BT /F1 14 Tf 72 760 Td (Page two) Tj ET"),
        stream(drawn, &shown("old")),
        stream("/Type/XObject/Subtype/Form/BBox[0 0 20 20]", "0 0 20 20 re f"),
        stream("/Type/XObject/Subtype/Form/BBox[0 0 20 20]", ""),
        stream(drawn, &shown("one")),
    ])
}
