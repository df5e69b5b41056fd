//! Fields that the document brought along, and signatures seen at several places.

use std::path::PathBuf;
use std::rc::Rc;

use eseal::crypto::KeyKind;
use eseal::limits::Budget;
use eseal::pdf::object::Object;
use eseal::pdf::{Document, Update};
use eseal::sign::{Pages, Show};
use eseal::source::Bytes;

use crate::documents::{form, striped};
use crate::office::{How, at, office};
use crate::{judges, tools};

/// A field with two widgets by another program, our signature in it, then the other one, which locks `Given`.
#[test]
fn fields_of_the_document_are_signed_and_locks_hold() {
    let Some([pdfsig, qpdf, pyhanko]) = tools::need(["pdfsig", "qpdf", "pyhanko"]) else { return };
    let office = office(KeyKind::P256);
    let field = |name: &str| How { show: Show::Field { name: name.to_owned() }, ..How::seal(0.0, 0.0, 0.0) };
    let first = office.on_pdf(&form(), &field("First")).unwrap();
    let filled = fill(&first, "Given", "one");
    let second = office.on_pdf(&filled, &field("Second")).unwrap();
    let free = fill(&second, "Free", "two");
    let broken = fill(&second, "Given", "three");

    let folder = tempfile::tempdir().unwrap();
    let folder =
        std::env::var_os("ESEAL_KEEP").map_or_else(|| folder.path().to_path_buf(), PathBuf::from).join("fields");
    std::fs::create_dir_all(&folder).unwrap();
    let files: Vec<PathBuf> =
        [("first", first), ("filled", filled), ("second", second), ("free", free), ("broken", broken)]
            .into_iter()
            .map(|(name, bytes)| {
                let path = folder.join(format!("{name}.pdf"));
                std::fs::write(&path, bytes).unwrap();
                path
            })
            .collect();
    for path in &files {
        assert_eq!(judges::qpdf(&qpdf, path), Vec::<String>::new(), "{}", path.display());
        assert!(judges::pdfsig(&pdfsig, path).iter().all(|one| one.valid));
    }
    let answers = judges::pyhanko(&pyhanko, office, &files);
    let expected: [&[(&str, &str)]; 5] = [
        &[("First", "NONE")],
        &[("First", "FORM_FILLING")],
        &[("First", "FORM_FILLING"), ("Second", "NONE")],
        &[("First", "FORM_FILLING"), ("Second", "FORM_FILLING")],
        &[("First", "FORM_FILLING"), ("Second", "OTHER")],
    ];
    for (n, (answer, expected)) in answers.iter().zip(expected).enumerate() {
        let signatures = answer["signatures"].as_array().unwrap();
        let found: Vec<(&str, &str)> =
            signatures.iter().map(|one| (one["field"].as_str().unwrap(), one["level"].as_str().unwrap())).collect();
        assert_eq!(found, expected, "{answer}");
        // The last file changes what the second signature locks: it alone must be called broken, and is.
        for one in signatures {
            let good = n < 4 || one["field"] != "Second";
            assert_eq!(one["docmdp_ok"] == true, good, "{n}: {one}");
        }
    }
}

#[test]
fn a_seal_on_every_page_is_one_signature() {
    let Some([pdfsig, pyhanko]) = tools::need(["pdfsig", "pyhanko"]) else { return };
    let office = office(KeyKind::P256);
    let everywhere = How { show: at(Pages::All, 60.0, 60.0, 42.0, 42.0), ..How::seal(0.0, 0.0, 0.0) };
    let once = office.on_pdf(&striped(), &everywhere).unwrap();
    let twice = office.on_pdf(&once, &How { show: at(Pages::All, 150.0, 150.0, 42.0, 42.0), ..everywhere }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("everywhere.pdf");
    std::fs::write(&path, twice).unwrap();
    let answers = judges::pyhanko(&pyhanko, office, std::slice::from_ref(&path));
    let signatures = answers[0]["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 2, "{answers:?}");
    for one in signatures {
        assert_eq!(one["bottom_line"], true, "{one}");
    }
    // pdfsig lists a signature once for each of its widgets.
    let listed = judges::pdfsig(&pdfsig, &path);
    assert!(!listed.is_empty() && listed.iter().all(|one| one.valid), "{listed:?}");
}

/// Fills a text field in a new revision, as any program would.
fn fill(file: &[u8], name: &str, text: &str) -> Vec<u8> {
    let document = Document::open(Bytes::shared(file), Rc::new(Budget::default())).unwrap();
    let field = document.current().unwrap().fields().unwrap().into_iter().find(|field| field.name == name).unwrap();
    let mut update = Update::new(&document).unwrap();
    let mut dictionary = field.dictionary.clone();
    dictionary.set("V", Object::text(text));
    update.put(field.id.unwrap(), Object::Dictionary(dictionary));
    let mut bytes = Vec::new();
    update.finish().unwrap().write_to(&mut bytes).unwrap();
    bytes
}
