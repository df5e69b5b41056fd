//! Signatures of an OFD package (GB/T 33190-2016 chapter 18): references, value, seal, and what of the document each
//! of them covers.

mod coverage;
mod integrity;
mod references;
mod stamps;
mod value;

use crate::container::Package;
use crate::limits::Budget;
use crate::ofd::{Document, OfdError, Reach, SignatureContent, SignatureEntry, SignatureKind};
use crate::report::{Code, Coverage, Finding, Kind};
use crate::source::Bytes;
use crate::verify::Evidence;
use crate::verify::demands;
use crate::verify::draft::Draft;
use crate::verify::ofd::references::DigestCache;
use crate::verify::reliability;
use crate::verify::words::words;

/// What was found in one package.
pub(crate) struct Judged {
    /// Of the package as a whole.
    pub(crate) findings: Vec<Finding>,
    /// One for each signature.
    pub(crate) drafts: Vec<Draft>,
}

/// A signature with its draft while coverage is still open.
struct Work<'d> {
    body: usize,
    entry: &'d SignatureEntry,
    draft: Draft,
}

/// Judges every signature of a package.
///
/// # Errors
/// [`OfdError`] when the package cannot be read at all.
pub(crate) fn judge(document: &Document, budget: &Budget, evidence: &Evidence<'_>) -> Result<Judged, OfdError> {
    let reach = document.reachable(budget)?;
    let mut findings = of_package(document, &reach);
    refuse_nested_bombs(document, &reach, budget)?;
    let mut cache = DigestCache::default();
    let mut sizes = stamps::PageSizes::default();
    let mut works = Vec::new();
    for (body, content) in document.bodies().iter().enumerate() {
        for entry in content.signatures().map(crate::ofd::SignatureList::entries).unwrap_or_default() {
            let mut draft = introduce(document, body, entry);
            if entry.id.is_empty() {
                draft.find(Finding::new(Code::SigConstraints).at(&entry.base_loc).with("detail", "no ID in the list"));
            }
            if let Some(content) = readable(entry, &mut draft) {
                references::check(document, content, &mut cache, &mut draft)?;
                value::check(document, budget, evidence, (entry, content), &mut draft)?;
                references::strength(content, evidence, &mut draft);
                stamps::check((document, budget), body, content, &mut sizes, &mut draft);
            }
            works.push(Work { body, entry, draft });
        }
    }
    replayed(&mut works);
    let integrity = integrity::judge(document, &reach, budget, evidence)?;
    findings.extend(integrity.findings);
    coverage::check(document, &reach, &integrity.files, &mut works);
    let mut drafts: Vec<Draft> = works.into_iter().map(|work| work.draft).collect();
    demands::conclude(&mut drafts, evidence);
    for draft in &mut drafts {
        reliability::assess(draft);
    }
    Ok(Judged { findings, drafts })
}

/// Oddities of the package, and signature files that no list names.
fn of_package(document: &Document, reach: &Reach) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |finding: Finding| {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    };
    for found in document.package_findings() {
        let code = Code::by_name(found.kind.code()).unwrap_or(Code::ZipOddity);
        let place = found.entry.clone().unwrap_or_else(|| format!("offset {}", found.offset));
        add(Finding::new(code).at(place).with("detail", words(&found.kind)));
    }
    for note in document.notes().iter().chain(&reach.notes) {
        let code = Code::by_name(note.kind.code()).unwrap_or(Code::OfdStructure);
        add(Finding::new(code).at(note.file.absolute()).with("detail", &note.text));
    }
    for (index, body) in document.bodies().iter().enumerate() {
        if body.signatures().is_some_and(crate::ofd::SignatureList::max_sign_id_is_low) {
            add(Finding::new(Code::MaxSignIdLow).with("document", index));
        }
    }
    for path in reach.unlisted(document) {
        add(Finding::new(Code::SignatureUnlisted).at(path.absolute()));
    }
    findings
}

/// Packages that travel in a package without belonging to its document are never unpacked here, but whoever gets the
/// file may do it: what they claim to inflate to counts against the same limit.
fn refuse_nested_bombs(document: &Document, reach: &Reach, budget: &Budget) -> Result<(), OfdError> {
    for path in reach.stowaways(document) {
        let Some(entry) = document.package().get(path).filter(|entry| entry.size() <= NESTED_BYTES) else { continue };
        let mut head: Vec<u8> = Vec::new();
        let mut start = |piece: &[u8]| head.extend(piece.iter().take(4_usize.saturating_sub(head.len())));
        if document.package().stream(entry, &mut start).is_err() || head != b"PK\x03\x04" {
            continue;
        }
        let Ok(bytes) = document.package().read_at_most(entry, NESTED_BYTES, budget) else { continue };
        use crate::container::ContainerError::{InflateLimit, Ratio};
        if let Err(error @ (InflateLimit { .. } | Ratio { .. })) = Package::open(Bytes::shared(bytes), budget) {
            return Err(error.into());
        }
    }
    Ok(())
}

/// Largest stowaway that is looked into: as much as other files are taken into memory (32 MiB).
const NESTED_BYTES: u64 = 32 << 20;

fn introduce(document: &Document, body: usize, entry: &SignatureEntry) -> Draft {
    let id = if document.bodies().len() > 1 { format!("{body}:{}", entry.id) } else { entry.id.clone() };
    let kind = if entry.kind == SignatureKind::Sign { Kind::Signature } else { Kind::Seal };
    let mut draft = Draft::new(id, kind);
    draft.report.coverage = Coverage::None;
    draft
}

/// The parsed Signature.xml, with its anomalies as findings.
fn readable<'e>(entry: &'e SignatureEntry, draft: &mut Draft) -> Option<&'e SignatureContent> {
    const STEP: &str = "signature-xml";
    const CLAUSE: &str = "GB/T 33190-2016 18.2";
    match &entry.content {
        Err(fault) => {
            let code = match fault {
                crate::ofd::EntryFault::Missing => Code::SignatureFileMissing,
                _ => Code::FormatFailure,
            };
            draft.end(STEP, CLAUSE, Finding::new(code).at(&entry.base_loc).with("detail", words(fault)));
            None
        }
        Ok(content) => {
            draft.report.sub_filter = content.method.clone();
            let of = |anomaly: &crate::ofd::Anomaly| {
                let code = Code::by_name(anomaly.code()).unwrap_or(Code::FormatFailure);
                Finding::new(code).with("detail", words(anomaly))
            };
            draft.settle(STEP, CLAUSE, content.anomalies.iter().map(of).collect());
            Some(content)
        }
    }
}

/// One Signature.xml listed twice: an older seal shown again.
fn replayed(works: &mut [Work<'_>]) {
    for at in 0..works.len() {
        let again = {
            let (before, rest) = works.split_at(at);
            let this = rest.first().and_then(|work| work.entry.path.as_ref());
            this.is_some() && before.iter().any(|work| work.entry.path.as_ref() == this)
        };
        if let Some(work) = works.get_mut(at).filter(|_| again) {
            work.draft.find(Finding::new(Code::SignatureReplayed).at(&work.entry.base_loc));
        }
    }
}
