//! The PDF reader on files of other programs. Page counts are compared with qpdf where it is installed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail as tests do")]

mod support;

use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use eseal::limits::Budget;
use eseal::pdf::object::Object;
use eseal::pdf::{ByteRangeValue, ContentsValue, Document, HexForm, PdfError, Reading, TracePlace, UnaccountedKind};
use eseal::source::Bytes;

fn open(path: &Path) -> Result<Document, PdfError> {
    Document::open(Bytes::shared(std::fs::read(path).unwrap()), Rc::new(Budget::default()))
}

/// What `qpdf --show-npages` says, where it is installed and the file is sound to it.
fn qpdf_pages(path: &Path) -> Option<usize> {
    let output = Command::new("qpdf").arg("--show-npages").arg(path).output().ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Files to be refused, and how; every other one must open. All are unsound by themselves.
fn expected_error(name: &str) -> Option<fn(&PdfError) -> bool> {
    Some(match name {
        // The entry of the page points at another object.
        "minimal-annotless.pdf" => |error| matches!(error, PdfError::ObjectHeader { .. }),
        // The heads of these object streams and the cross-reference stream disagree.
        "broken-objstream1.pdf" => |error| matches!(error, PdfError::ObjectStream { .. }),
        "circular-page-tree.pdf" => |error| matches!(error, PdfError::PageTree { .. }),
        // startxref points into nowhere; the second was cut by a conversion of line ends.
        "minimal-startxref-hopeless.pdf" | "dss__pades_infinite_loop.pdf" => {
            |error| matches!(error, PdfError::XrefUnusable { .. })
        }
        "malformed-encrypt-dict1.pdf" | "minimal-aes256.pdf" | "minimal-rc4.pdf" => {
            |error| matches!(error, PdfError::Encrypted)
        }
        _ => return None,
    })
}

#[test]
fn samples_open_with_the_pages_that_qpdf_counts() {
    let Some(samples) = support::samples() else { return };
    let files = support::files_below(&samples.join("pdf"), "pdf");
    assert!(files.len() > 50);
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let count = open(&path).and_then(|document| document.current()?.page_count());
        match (expected_error(&name), count) {
            (Some(expected), Err(error)) => assert!(expected(&error), "{name}: {error:?}"),
            (Some(_), Ok(count)) => panic!("{name}: opens with {count} pages, though it should not"),
            (None, count) => {
                let count = count.unwrap_or_else(|error| panic!("{name}: {error:?}"));
                if let Some(qpdf) = qpdf_pages(&path) {
                    assert_eq!(count, qpdf, "{name}");
                }
            }
        }
    }
}

#[test]
fn every_object_of_a_sound_file_is_read() {
    let Some(samples) = support::samples() else { return };
    for path in support::files_below(&samples.join("pdf"), "pdf") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if expected_error(&name).is_some() || name.starts_with("broken-") {
            continue;
        }
        let document = open(&path).unwrap();
        for revision in 0..document.revisions().len() {
            let view = document.at(revision).unwrap();
            for row in document.rows(revision).unwrap() {
                match view.get(row.id) {
                    Ok(Object::Stream(stream)) => match view.stream_data(&stream, 64 << 20) {
                        Ok(_) | Err(PdfError::FilterUnsupported { .. }) => {}
                        Err(error) => panic!("{name}: {:?}: {error:?}", row.id),
                    },
                    Ok(_) => {}
                    Err(error) => panic!("{name}: {:?}: {error:?}", row.id),
                }
            }
        }
    }
}

/// Checklist lines A, B, E and F of a verifier hold for every intact file: this reader raises no false alarm.
#[test]
fn intact_signatures_have_their_places_and_nothing_unexplained_behind() {
    let Some(samples) = support::samples() else { return };
    let list = std::fs::read_to_string(samples.join("pdf/expected.tsv")).unwrap();
    let intact = list.lines().filter(|line| line.split('\t').nth(1) == Some("intact"));
    let mut checked = 0;
    for name in intact.filter_map(|line| line.split('\t').next()) {
        let document = open(&samples.join("pdf").join(name)).unwrap();
        let view = document.current().unwrap();
        for signature in view.signatures().unwrap() {
            let parsed = view.signature_dictionary(signature.home().unwrap()).unwrap();
            let ByteRangeValue::Direct([start, length, second, rest]) = parsed.byte_range else {
                panic!("{name}: {:?}", parsed.byte_range)
            };
            let ContentsValue::Hex { token, form, .. } = parsed.contents else { panic!("{name}") };
            assert_eq!((start, token), (0, length..second), "{name}");
            assert_eq!(form, HexForm::Plain, "{name}");
            assert_eq!(parsed.duplicate_keys, Vec::<Vec<u8>>::new(), "{name}");
            let end = second + rest;
            let whole = document.revisions().iter().any(|revision| [revision.end, revision.eof].contains(&Some(end)));
            assert!(whole, "{name}: the range ends at {end}");
            let left = document.account(end).unwrap();
            assert!(left.iter().all(|gap| gap.kind == UnaccountedKind::Comment), "{name}: {left:?}");
            checked += 1;
        }
        let traces = document.scan_signature_traces().unwrap();
        assert!(traces.iter().all(|trace| trace.place == TracePlace::Object), "{name}");
        let two: Vec<_> = document.notes().into_iter().filter(|note| note.reading() == Reading::Two).collect();
        assert_eq!(two, [], "{name}");
    }
    assert!(checked > 30, "only {checked} signatures");
}
