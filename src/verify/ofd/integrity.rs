//! OFDEntries.xml (GM/T 0099-2020 7.4.6, annex D): its signature, and the files that it lists against those that are
//! there. What it says of the package as a whole is told in findings of the document; it says nothing of their content.

use std::collections::BTreeSet;

use crate::container::EntryPath;
use crate::limits::{Budget, VALUE_BYTES};
use crate::ofd::{Document, IntegrityContent, IntegrityList, OfdError, Provider, Reach, Role, SignatureContent};
use crate::report::{Code, Effect, Finding, Indication, Kind};
use crate::signature::{Container, detect};
use crate::verify::Evidence;
use crate::verify::draft::Draft;
use crate::verify::ofd::value;
use crate::verify::words::words;

const VALUE: &str = "GM/T 0099-2020 7.4.6";
const LIST: &str = "GM/T 0099-2020 annex D";

/// What the list came to.
#[derive(Default)]
pub(crate) struct Integrity {
    /// For the document as a whole.
    pub(crate) findings: Vec<Finding>,
    /// The list and its value, where they hold: they belong to no document, and no signature need cover them.
    pub(crate) files: BTreeSet<EntryPath>,
}

/// Judges the list of a package, where it has one.
///
/// # Errors
/// [`OfdError`] when the package cannot be read any more.
pub(crate) fn judge(
    document: &Document,
    reach: &Reach,
    budget: &Budget,
    evidence: &Evidence<'_>,
) -> Result<Integrity, OfdError> {
    let Some(list) = document.integrity() else { return Ok(Integrity::default()) };
    let malformed = |detail: String| {
        Finding::new(Code::IntegrityMalformed).clause(LIST).at(list.path.absolute()).with("detail", detail)
    };
    let content = match &list.content {
        Ok(content) => content,
        Err(fault) => return Ok(Integrity { findings: vec![malformed(words(fault))], ..Integrity::default() }),
    };
    let mut findings: Vec<Finding> = content.anomalies.iter().map(|anomaly| malformed(words(anomaly))).collect();
    // What cannot be read in one way says nothing of files.
    if !findings.is_empty() {
        return Ok(Integrity { findings, ..Integrity::default() });
    }
    compare(document, reach, list, content, &mut findings);
    if let Some(value) = &content.signed_value_path {
        findings.push(signature(document, budget, evidence, (list, content, value))?);
    }
    let files = match findings.iter().any(|finding| finding.code.effect() == Effect::Fail) {
        true => {
            // A good signature does not mend what it is over.
            findings.retain(|finding| finding.code != Code::IntegrityHolds);
            BTreeSet::new()
        }
        false => content.signed_value_path.iter().chain([&list.path]).cloned().collect(),
    };
    Ok(Integrity { findings, files })
}

/// Files of the list that are not there, and files that are there and not in the list. Those of a signature made later
/// are no content (7.4.2 asks for the files of the content) and are merely told.
fn compare(
    document: &Document,
    reach: &Reach,
    list: &IntegrityList,
    content: &IntegrityContent,
    findings: &mut Vec<Finding>,
) {
    for file in content.files.iter().filter(|file| !file.is_present) {
        findings.push(Finding::new(Code::IntegrityEntryMissing).clause(LIST).at(&file.file_loc));
    }
    let listed: BTreeSet<&EntryPath> = content.files.iter().filter_map(|file| file.path.as_ref()).collect();
    let mut later: usize = 0;
    for entry in document.package().files() {
        let path = entry.path();
        if listed.contains(path) || *path == list.path || Some(path) == content.signed_value_path.as_ref() {
            continue;
        }
        match reach.files.get(path).map(|(role, _)| *role) {
            Some(Role::SignatureList | Role::Signature | Role::SignedValue | Role::Seal) => {
                later = later.saturating_add(1);
            }
            _ => findings.push(Finding::new(Code::IntegrityEntryUnlisted).clause(LIST).at(path.absolute())),
        }
    }
    if later > 0 {
        findings.push(Finding::new(Code::IntegritySignedLater).clause(LIST).with("files", later));
    }
}

/// The value over the list: GB/T 35275 (7.4.3), judged as a signature of a document is.
fn signature(
    document: &Document,
    budget: &Budget,
    evidence: &Evidence<'_>,
    (list, content, value): (&IntegrityList, &IntegrityContent, &EntryPath),
) -> Result<Finding, OfdError> {
    let at = |code: Code| Finding::new(code).clause(VALUE).at(value.absolute());
    // The place was looked up when the list was read; where nothing is there, an anomaly says so.
    let Some(file) = document.package().get_folded(value) else {
        return Ok(at(Code::IntegritySignature).with("detail", "missing"));
    };
    let Ok(bytes) = document.package().read_at_most(file, VALUE_BYTES, budget) else {
        return Ok(at(Code::IntegritySignature).with("detail", "damaged"));
    };
    let container = detect(&bytes);
    if !matches!(container, Container::Gbt35275 | Container::Cms | Container::Raw) {
        return Ok(at(Code::IntegritySignature).with("detail", container.name()));
    }
    let mut draft = Draft::new(list.path.as_str(), Kind::Signature);
    value::plain(evidence, &described(content), &bytes, container, &mut draft);
    draft.conclude();
    let report = draft.report;
    let signer = report.signer.map(|signer| signer.subject).unwrap_or_default();
    let judged = |code: Code| {
        let decisive = |finding: &&Finding| matches!(finding.code.effect(), Effect::Fail | Effect::Doubt);
        let codes: Vec<&str> = report.findings.iter().filter(decisive).map(|finding| finding.code.name()).collect();
        at(code).with("signer", &signer).with("detail", codes.join(", "))
    };
    Ok(match report.indication {
        Indication::TotalPassed => Finding::new(Code::IntegrityHolds)
            .clause(VALUE)
            .at(list.path.absolute())
            .with("files", content.files.len())
            .with("signer", signer),
        Indication::Indeterminate => judged(Code::IntegrityUnproven),
        _ => judged(Code::IntegritySignature),
    })
}

/// The list in the shape of what a plain value is over. CreationDate has no clock time to compare with.
fn described(content: &IntegrityContent) -> SignatureContent {
    SignatureContent {
        xml: content.xml.clone(),
        provider: Provider { name: content.creator.clone().unwrap_or_default(), ..Provider::default() },
        method: None,
        date_time: None,
        check_method: None,
        references: Vec::new(),
        stamps: Vec::new(),
        seal_path: None,
        signed_value_path: content.signed_value_path.clone(),
        anomalies: Vec::new(),
    }
}
