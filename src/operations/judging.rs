//! Judging documents.

use std::path::Path;

use crate::files::{InputFile, ReadError};
use crate::operations::{Gathered, Retrieval};
use crate::report::{Code, Finding, Report};
use crate::verify::{refused, verify};

/// Judges one document. A file that cannot be read is a report too: every file of a list is judged.
#[must_use]
pub fn verify_document(path: &Path, gathered: &Gathered) -> Report {
    let name = path.display().to_string();
    let evidence = gathered.evidence();
    match InputFile::open(path) {
        Ok(file) => verify(&file.shared(), &name, &evidence),
        Err(error) => {
            let code = match error {
                ReadError::NotFound { .. } => Code::FileNotFound,
                _ => Code::FileUnreadable,
            };
            let mut report = refused(&name, explained(code, &error), &evidence);
            // Interface: a missing or unreadable file is status 6, not a document that cannot be used.
            report.exit_status = UNREADABLE;
            report
        }
    }
}

/// Judges one document, and fetches what the verdict lacks from the places that the certificates name. What was fetched
/// is named in the report and serves this document alone.
#[must_use]
pub fn verify_document_online(path: &Path, gathered: &mut Gathered, retrieval: &mut Retrieval<'_>) -> Report {
    let name = path.display().to_string();
    let Ok(file) = InputFile::open(path) else { return verify_document(path, gathered) };
    let source = file.shared();
    let mut report = retrieval.judged(gathered, |evidence| verify(&source, &name, evidence));
    retrieval.tell(&mut report);
    report
}

/// That a file is not there is its whole story; of other faults the system says more.
fn explained(code: Code, error: &ReadError) -> Finding {
    let finding = Finding::new(code);
    if code == Code::FileNotFound { finding } else { finding.with("detail", error) }
}

/// Exit status for files that are missing or not readable.
const UNREADABLE: u8 = 6;
