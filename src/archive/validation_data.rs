//! What must be in a document so that it can be judged later without anything else: certificates, lists and answers of
//! every path (ETSI EN 319 142-1 5.4.2).

use std::fmt;

use crate::archive::{ArchiveError, Note};
use crate::pdf::StoreAddition;
use crate::report::{Format, Indication, Kind, Report};
use crate::source::SharedSource;
use crate::time::Time;
use crate::verify::{Evidence, Missing, Reach, Use, verify};

/// Something that is wanting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanting {
    /// A path from this certificate to a trust anchor.
    Path {
        /// Its subject.
        subject: String,
    },
    /// Evidence of revocation of this certificate, which names a source of it.
    Revocation {
        /// Its subject.
        subject: String,
    },
}

impl fmt::Display for Wanting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wanting::Path { subject } => write!(f, "a path to a trust anchor for {subject}"),
            Wanting::Revocation { subject } => write!(f, "evidence of revocation for {subject}"),
        }
    }
}

/// What the verdicts of a document rest on.
pub struct ValidationData {
    report: Report,
    uses: Vec<Use>,
}

impl ValidationData {
    /// Judges a PDF and gathers what was used.
    ///
    /// # Errors
    /// [`ArchiveError::NotPdf`]; [`ArchiveError::Fails`] where a signature fails.
    pub fn of(source: &SharedSource, evidence: &Evidence<'_>) -> Result<Self, ArchiveError> {
        let missing = Missing::default();
        let report = verify(source, "", &Evidence { missing: Some(&missing), ..*evidence });
        if report.format != Some(Format::Pdf) {
            return Err(ArchiveError::NotPdf);
        }
        let failed = report.signatures.iter().find(|one| one.indication == Indication::TotalFailed);
        if let Some(failed) = failed {
            return Err(ArchiveError::Fails { id: failed.id.clone() });
        }
        Ok(ValidationData { report, uses: missing.into_uses() })
    }

    /// How many signatures and seals there are, timestamps apart.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.report.signatures.iter().filter(|one| one.kind != Kind::Timestamp).count()
    }

    /// How many of them no trusted timestamp proves.
    #[must_use]
    pub fn unstamped(&self) -> usize {
        let signatures = self.report.signatures.iter().filter(|one| one.kind != Kind::Timestamp);
        signatures.filter(|one| self.stamped(&one.id).is_none()).count()
    }

    /// What is wanting, each once.
    #[must_use]
    pub fn wanting(&self) -> Vec<Wanting> {
        let mut all = Vec::new();
        let mut add = |one: Wanting| {
            if !all.contains(&one) {
                all.push(one);
            }
        };
        for one in &self.uses {
            let end = one.certificates.first().map(|c| c.subject().to_string()).unwrap_or_default();
            if one.reach == Reach::Open {
                add(Wanting::Path { subject: end });
            }
            one.open.iter().for_each(|open| add(Wanting::Revocation { subject: open.subject().to_string() }));
        }
        all
    }

    /// What whoever keeps the document should know.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        // What is shown to exist since the newest of all proofs bounds every signature.
        let newest = self.report.signatures.iter().filter_map(|one| self.stamped(&one.id)).max();
        for one in &self.uses {
            let end = one.certificates.first().map(|c| c.subject().to_string()).unwrap_or_default();
            let note = Note::OldEvidence { subject: end };
            let old = one.oldest.zip(newest).is_some_and(|(oldest, newest)| oldest < newest);
            if old && !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }

    /// As the document security store takes it, signature by signature.
    ///
    /// # Errors
    /// [`ArchiveError::Write`].
    pub fn additions(&self) -> Result<Vec<StoreAddition>, ArchiveError> {
        let mut additions: Vec<StoreAddition> = Vec::new();
        for one in &self.uses {
            let at = additions.iter().position(|known| known.key == one.key);
            let addition = match at.and_then(|at| additions.get_mut(at)) {
                Some(known) => known,
                None => {
                    additions.push(StoreAddition { key: one.key.clone(), ..StoreAddition::default() });
                    let Some(last) = additions.last_mut() else { continue };
                    last
                }
            };
            let crls = one.crls.iter().map(|crl| crl.as_der().to_vec());
            let responses = one.responses.iter().map(crate::pki::ocsp::OcspResponse::to_der);
            let responses = responses.collect::<Result<Vec<_>, _>>()?;
            append(&mut addition.certificates, one.certificates.iter().map(|c| c.as_der().to_vec()));
            append(&mut addition.crls, crls);
            append(&mut addition.responses, responses.into_iter());
        }
        Ok(additions)
    }

    /// The time that a trusted timestamp proves for a signature.
    fn stamped(&self, id: &str) -> Option<Time> {
        use crate::report::StepResult;
        let one = self.report.signatures.iter().find(|one| one.id == id)?;
        let own = one.timestamps.iter().filter(|stamp| stamp.kind == "signature");
        let covering = self
            .report
            .signatures
            .iter()
            .filter(|other| other.kind == Kind::Timestamp && one.covered_by.contains(&other.id));
        let covering = covering.flat_map(|other| &other.timestamps);
        let trusted = own.chain(covering).filter(|stamp| stamp.result == StepResult::Passed);
        trusted.filter_map(|stamp| stamp.time).min()
    }
}

fn append(list: &mut Vec<Vec<u8>>, more: impl Iterator<Item = Vec<u8>>) {
    for one in more {
        if !list.contains(&one) {
            list.push(one);
        }
    }
}
