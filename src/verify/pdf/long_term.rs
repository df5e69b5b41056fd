//! What travels in the document security store of a PDF: certificates that may help, evidence of revocation to be
//! verified (ISO 32000-2 12.8.4.3, ETSI EN 319 142-1 5.4.2).
//!
//! Anybody can append a store. So nothing of it is trusted: certificates are candidates, and each list and answer is
//! verified where it is used. What cannot be read is a warning, as if it were not there.

use std::collections::HashSet;

use crate::pdf::{Document, PdfError, SecurityStore, StoreFault, StorePart, StoredValue, View};
use crate::pki::Certificate;
use crate::pki::revocation::CarriedEvidence;
use crate::report::{Code, Finding};
use crate::verify::Evidence;

const CLAUSE: &str = "ISO 32000-2 12.8.4.3";

/// What a store gives, together with what is at hand otherwise.
#[derive(Debug, Default)]
pub(crate) struct LongTerm {
    /// Candidates for paths.
    pub(crate) certificates: Vec<Certificate>,
    /// Lists and answers.
    pub(crate) revocation: CarriedEvidence,
    /// What could not be read.
    pub(crate) findings: Vec<Finding>,
}

/// Reads the store of the final revision, and joins to it what the verifier knows.
///
/// # Errors
/// [`PdfError::Limit`], [`PdfError::Read`].
pub(crate) fn gather(document: &Document, evidence: &Evidence<'_>) -> Result<LongTerm, PdfError> {
    let mut all = LongTerm { certificates: evidence.untrusted.to_vec(), ..LongTerm::default() };
    if let Some(store) = store_of(document.current()?)? {
        all.take(&store);
    }
    all.revocation = all.revocation.joined(evidence.revocation);
    Ok(all)
}

/// The store of a revision; none where its catalog cannot be read, which is told elsewhere.
///
/// # Errors
/// [`PdfError::Limit`], [`PdfError::Read`].
pub(crate) fn store_of(view: View<'_>) -> Result<Option<SecurityStore>, PdfError> {
    match view.security_store() {
        Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => Err(error),
        other => Ok(other.ok().flatten()),
    }
}

impl LongTerm {
    fn take(&mut self, store: &SecurityStore) {
        let known: HashSet<Vec<u8>> = self.certificates.iter().map(|one| one.as_der().to_vec()).collect();
        for value in &store.certificates {
            match Certificate::from_der(&value.data) {
                Ok(certificate) if !known.contains(certificate.as_der()) => self.certificates.push(certificate),
                Ok(_) => {}
                Err(_) => self.tell(value, StorePart::Certificates),
            }
        }
        for (values, part) in [(&store.crls, StorePart::Crls), (&store.responses, StorePart::Responses)] {
            for value in values {
                if self.revocation.add(&value.data).is_err() {
                    self.tell(value, part);
                }
            }
        }
        for fault in &store.faults {
            self.findings.push(Finding::new(Code::DssMalformed).clause(CLAUSE).with("detail", fault));
        }
    }

    fn tell(&mut self, value: &StoredValue, part: StorePart) {
        let finding = Finding::new(Code::DssMalformed).clause(CLAUSE);
        let place = format!("{} {} obj", value.id.number, value.id.generation);
        self.findings.push(finding.at(place).with("detail", StoreFault::Malformed { part }));
    }
}
