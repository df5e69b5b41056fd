//! Imperfect files: sealed where other readers come to one reading of them, refused in words elsewhere. What is sealed
//! is sound by its own cross-reference; verifying repairs nothing. `ESEAL_KEEP` names a folder that keeps the files.
#![allow(missing_docs, unreachable_pub)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "pdf_imperfect/defects.rs"]
mod defects;
#[path = "support/pdf.rs"]
mod pdf;
#[path = "pdf_imperfect/readers.rs"]
mod readers;
#[path = "support/mod.rs"]
mod support;
#[path = "peers/tools.rs"]
#[allow(dead_code, reason = "another suite uses the rest")]
mod tools;
#[path = "support/world.rs"]
mod world;

use std::path::PathBuf;
use std::rc::Rc;

use eseal::crypto::KeyKind;
use eseal::limits::Budget;
use eseal::pdf::object::Object;
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
fn a_chain_that_leads_back_to_itself() {
    let file = Builder::one_page();
    let trailer = format!("/Root 1 0 R/Prev {}", file.len());
    seals(&file.section(&trailer).raw(b"%%EOF\n").bytes);
}

#[test]
fn hostile_files_end() {
    // Objects without an end, each of which the rest of the file might belong to.
    let open_objects: String = (5..20_000).map(|n| format!("{n} 0 obj\n<</A [\n")).collect();
    seals(&page_then(&[open_objects.as_bytes(), TRAILER].concat()));
    // A stream full of words that end objects.
    let words = "endobj ".repeat(50_000);
    let body = format!("5 0 obj\n<</Length 1>>\nstream\n{words}\nendstream\nendobj\n");
    seals(&page_then(&[body.as_bytes(), TRAILER].concat()));
    // A tower of trailers.
    let trailers = "trailer\n<</A (\n".repeat(2_000);
    let _ = open(&page_then(trailers.as_bytes()));
}

#[test]
fn no_cross_reference_at_all() {
    seals(&page_then(b""));
    seals(Builder::one_page().bytes.trim_ascii_end());
}

#[test]
fn a_damaged_table() {
    let table = [&b"xref\n0 5\n0000000x00 65535 f \n"[..], TRAILER].concat();
    seals(&page_then(&table));
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
    // A wrong one leads nowhere; one that leads to another `endstream` makes two readings.
    let wrong = Builder::one_page().object(5, body).object(6, b"30");
    seals(&wrong.raw(TRAILER).bytes);
    let both = b"<</Length 6 0 R>>\nstream\nq Q\nendstream\nendobj\nq Q\nendstream";
    let other = Builder::one_page().object(5, both).object(6, b"24");
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
fn the_last_definition_counts_as_for_every_reader() {
    let second = b"3 0 obj\n<</Type/Page/Parent 2 0 R/Rotate 90>>\nendobj\n";
    let twice = page_then(&[&second[..], TRAILER].concat());
    seals(&twice);
    let page = open(&twice).unwrap().current().unwrap().page(0).unwrap();
    assert_eq!(page.dictionary.get("Rotate").and_then(Object::as_integer), Some(90));
    let copy = b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 144]>>\nendobj\n";
    seals(&page_then(&[&copy[..], TRAILER].concat()));
    // Of what the file deletes where nobody can read it, and of words on lines of their own, nobody knows.
    let freed = b"xref\n0 1\n0000000000 65535 f \n4 1\n0000000000 00001 f \n";
    seals(&page_then(&[&freed[..], TRAILER].concat()));
    seals(&page_then(&[&b"hello\n"[..], TRAILER].concat()));
    // A trailer that names no catalog.
    seals(&page_then(&[&b"trailer\n<</Root 2 0 R>>\n"[..], TRAILER].concat()));
}

#[test]
fn two_readings_are_refused() {
    let generation = b"3 1 obj\n<</Type/Page/Parent 2 0 R/Resources<<>>>>\nendobj\n";
    assert_eq!(refused(&page_then(&[&generation[..], TRAILER].concat())), RebuildProblem::DefinedTwice { number: 3 });
    let catalog = b"5 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n";
    assert_eq!(refused(&page_then(catalog)), RebuildProblem::Root { count: 2 });
    let named = [&catalog[..], b"trailer\n<</Root 5 0 R>>\n", TRAILER].concat();
    assert_eq!(refused(&page_then(&named)), RebuildProblem::Root { count: 2 });
    let offset = Builder::one_page().len();
    let hidden = b"hello 3 0 obj\n<</Type/Page/Parent 2 0 R>>\nendobj\n";
    assert_eq!(refused(&page_then(&[&hidden[..], TRAILER].concat())), RebuildProblem::Junk { offset });
    // In an object stream and by itself.
    let held = b"3 0 <</Type/Page/Parent 2 0 R/Rotate 90>>";
    let file = Builder::one_page().stream(5, "/Type/ObjStm/N 1/First 4", held).raw(TRAILER);
    assert_eq!(refused(&file.bytes), RebuildProblem::DefinedTwice { number: 3 });
}

#[test]
fn what_is_encrypted_signed_or_torn_is_refused() {
    let encrypted = b"trailer\n<</Root 1 0 R/Encrypt 9 0 R>>\n";
    assert!(matches!(open(&page_then(encrypted)).unwrap().readable(), Err(PdfError::EncryptionMalformed { .. })));
    let handler = b"5 0 obj\n<</Filter/Standard/V 1/R 2/O(a)/U(b)/P -4>>\nendobj\n";
    assert!(matches!(refused(&page_then(handler)), RebuildProblem::EncryptionUnnamed { .. }));
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

/// One file that a recipe makes.
struct Made {
    name: String,
    recipe: defects::Defect,
    bytes: Vec<u8>,
}

fn recipes() -> Vec<defects::Defect> {
    let text = include_str!("pdf_imperfect/defects.toml");
    toml::from_str::<defects::Recipes>(text).unwrap().defect
}

/// Every recipe on every file that it is meant for.
fn made() -> Vec<Made> {
    let mut all = Vec::new();
    for recipe in recipes() {
        let bases: Vec<&str> = match recipe.of.as_slice() {
            [] => defects::BASES.to_vec(),
            named => named.iter().map(String::as_str).collect(),
        };
        let before = all.len();
        for base in bases {
            if let Some(bytes) = recipe.make(defects::base(base, &recipe.objects)) {
                let name = format!("{}, {base}", recipe.name).replace(' ', "-").replace(',', "");
                all.push(Made { name, recipe: recipe.clone(), bytes });
            } else {
                assert!(recipe.of.is_empty(), "{} changes nothing in {base}", recipe.name);
            }
        }
        assert!(all.len() > before, "{} makes nothing", recipe.name);
    }
    all
}

/// Seals every file; what is wrong with the results, and how many there are.
fn judge(all: &[Made], others: Others) -> (Vec<String>, usize) {
    let world = World::new(KeyKind::P256);
    let keep = std::env::var_os("ESEAL_KEEP").map(PathBuf::from);
    let passing = tempfile::tempdir().unwrap();
    let folder = keep.unwrap_or_else(|| passing.path().to_path_buf());
    let mut wrong = Vec::new();
    let mut sealed = Vec::new();
    for Made { name, recipe, bytes } in all {
        let input = folder.join(format!("{name}.pdf"));
        std::fs::write(&input, bytes).unwrap();
        // Pages of other files may be too small to show a seal.
        let shown = others == Others::AsWritten;
        let result = match (world.try_on_pdf(bytes, shown, ContainerChoice::Auto), &recipe.refused) {
            (Ok(_), Some(words)) => Err(format!("sealed, not refused: {words}")),
            (Ok(result), None) => Ok(result),
            (Err(error), Some(words)) if error.to_string().contains(words.as_str()) => continue,
            (Err(error), _) => Err(error.to_string()),
        };
        let result = match result {
            Ok(result) => result,
            Err(error) if others == Others::MayBeRefused => {
                eprintln!("{name}: {error}");
                continue;
            }
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let report = world.verify(&result);
        let codes: Vec<String> = codes(&report).into_iter().map(str::to_owned).collect();
        let fine = if others == Others::MayBeRefused {
            report.indication != Indication::TotalFailed
        } else {
            let expected = if recipe.doubts.is_empty() { Indication::TotalPassed } else { Indication::Indeterminate };
            let doubts = codes.iter().filter(|code| code.starts_with("STRUCTURE_AMBIGUOUS"));
            report.indication == expected && doubts.eq(recipe.doubts.iter())
        };
        if !fine {
            wrong.push(format!("{name}: {} {codes:?}", report.indication));
        }
        let output = folder.join(format!("{name}.sealed.pdf"));
        std::fs::write(&output, &result).unwrap();
        let except = recipe.except.keys().cloned().collect();
        sealed.push(readers::Sealed { name: name.clone(), input, output, except });
    }
    wrong.extend(readers::complaints(&folder, &world.root.certificate, &sealed));
    (wrong, sealed.len())
}

/// What is asked of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    AsWritten,
    MayBeRefused,
}

#[test]
fn every_defect_is_sealed_or_refused_in_words() {
    let all = made();
    let (wrong, sealed) = judge(&all, Others::AsWritten);
    eprintln!("{sealed} of {} files sealed", all.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What can be done to any file is done to documents of our own and of others, a part of it to each.
#[test]
fn defects_of_other_files_never_make_a_seal_fail() {
    let mut files = vec![("notice".to_owned(), include_bytes!("../fixtures/notice.pdf").to_vec())];
    if let Some(samples) = support::samples() {
        for path in support::files_below(&samples.join("pdf/unsigned"), "pdf") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            files.push((name, std::fs::read(path).unwrap()));
        }
    }
    let general = recipes().into_iter().filter(|recipe| recipe.of.is_empty() && recipe.objects.is_empty());
    let mut all = Vec::new();
    for (row, recipe) in general.enumerate() {
        for (column, (file, bytes)) in files.iter().enumerate() {
            let chosen = column == 0 || (row + column) % 5 == 0;
            if let Some(bytes) = recipe.make(bytes.clone()).filter(|_| chosen) {
                let name = format!("{} {file}", recipe.name).replace(' ', "-").replace(',', "");
                all.push(Made { name, recipe: recipe.clone(), bytes });
            }
        }
    }
    let (wrong, sealed) = judge(&all, Others::MayBeRefused);
    eprintln!("{sealed} of {} files sealed", all.len());
    assert!(sealed * 4 >= all.len() * 3, "{sealed} of {}", all.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
