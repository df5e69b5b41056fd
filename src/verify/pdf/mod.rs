//! Signatures of a PDF: found, their range checked, digested, judged, and what came later.
//!
//! The letters are those of the checklist in `src/verify/PDF_CHECKLIST.md`.

mod found;
mod long_term;
mod proofs;
mod range;
mod value;
mod wreck;

use crate::geometry::Rect;
use crate::pdf::object::Object;
use crate::pdf::{Document, NoteKind, PdfError, Reading, Widget, decode_text, related_key};
use crate::report::{Code, Coverage, Finding, Kind, LaterChanges, Placement, Statements};
use crate::time::Time;
use crate::verify::Evidence;
use crate::verify::changes;
use crate::verify::demands;
use crate::verify::draft::Draft;
use crate::verify::past::{Existence, Shown};
use crate::verify::pdf::found::{Found, Standing};
use crate::verify::pdf::range::{Covered, SignedRevision};
use crate::verify::reliability;
use crate::verify::timestamps;
use crate::verify::words::words;

pub(crate) use wreck::unreadable;

/// What was found in one document.
pub(crate) struct Judged {
    /// Of the document as a whole.
    pub(crate) findings: Vec<Finding>,
    /// One for each signature.
    pub(crate) drafts: Vec<Draft>,
}

/// Judges every signature of a PDF.
///
/// # Errors
/// [`PdfError`] when the document cannot be read at all.
pub(crate) fn judge(document: &Document, evidence: &Evidence<'_>) -> Result<Judged, PdfError> {
    document.readable()?;
    let found = found::signatures(document)?;
    let long_term = long_term::gather(document, evidence)?;
    let mut findings = long_term.findings.clone();
    let evidence =
        &Evidence { untrusted: &long_term.certificates, revocation: long_term.revocation.evidence(), ..*evidence };
    let enabling = found::usage_rights(document)?;
    for id in &enabling {
        findings.push(Finding::new(Code::UsageRights).clause("ISO 32000-1 12.8.2.3").at(range::object_name(*id)));
    }
    for offset in found::hidden_traces(document, &found, &enabling)? {
        findings.push(Finding::new(Code::SignatureRemoved).clause("checklist G").at(format!("offset {offset}")));
    }
    let existence = proofs::gather(document, evidence, &found)?;
    let context = Context { document, evidence, existence: &existence };
    let mut drafts = Vec::new();
    let mut ranges: Vec<(usize, Covered)> = Vec::new();
    let (mut beginnings, mut surveys) = (value::Beginnings::default(), changes::Surveys::default());
    for (at, one) in found.iter().enumerate() {
        let (draft, covered) = signature(&context, one, &mut beginnings, &mut surveys)?;
        drafts.push(draft);
        ranges.extend(covered.map(|covered| (at, covered)));
    }
    overlapping(&ranges, &mut drafts);
    covering(&mut drafts);
    timestamps::order(&mut drafts);
    findings.extend(repairs(document, &ranges));
    demands::conclude(&mut drafts, evidence);
    for draft in &mut drafts {
        reliability::assess(draft);
    }
    Ok(Judged { findings, drafts })
}

/// What is known before the first signature is judged.
struct Context<'a> {
    document: &'a Document,
    evidence: &'a Evidence<'a>,
    /// What the document's own timestamps prove.
    existence: &'a Existence,
}

/// One signature, step by step.
fn signature(
    context: &Context<'_>,
    found: &Found,
    beginnings: &mut value::Beginnings,
    surveys: &mut changes::Surveys,
) -> Result<(Draft, Option<Covered>), PdfError> {
    let Context { document, evidence, existence } = *context;
    let mut draft = introduce(document, found)?;
    if found.standing == Standing::Removed {
        draft.find(Finding::new(Code::SignatureRemoved).clause("checklist G"));
    }
    for name in &found.shared_with {
        draft.find(Finding::new(Code::SignatureShared).clause("checklist I").with("field", name));
    }
    let Some(covered) = format(document, found, &mut draft)? else { return Ok((draft, None)) };
    let signed = revision(document, &covered, &mut draft)?;
    if let Some(missing) = evidence.missing {
        missing.uses().begin(related_key(&covered.contents));
    }
    let shown = Shown { since: existence.of_beginning(covered.end()), existence };
    value::judge(&value::Signature { document, evidence, found, covered: &covered, shown }, beginnings, &mut draft)?;
    if let Some(signed) = signed {
        later(document, found, &signed, surveys, &mut draft)?;
    } else {
        draft.not_run("later-changes", "ISO 32000-2 12.8.2.2");
    }
    Ok((draft, Some(covered)))
}

/// Name, kind and what the dictionary states.
fn introduce(document: &Document, found: &Found) -> Result<Draft, PdfError> {
    let dictionary = &found.field.dictionary;
    let name =
        |key: &str| dictionary.get(key).and_then(Object::as_name).map(|n| String::from_utf8_lossy(n).into_owned());
    let sub_filter = name("SubFilter");
    let stamp = sub_filter.as_deref() == Some("ETSI.RFC3161") || name("Type").as_deref() == Some("DocTimeStamp");
    let kind = if stamp { Kind::Timestamp } else { Kind::Signature };
    let mut draft = Draft::new(found.field.field.name.clone(), kind);
    draft.report.sub_filter = sub_filter;
    let view = document.at(found.last_seen)?;
    let text = |key: &str| match view.lookup(dictionary, key) {
        Ok(Object::String(bytes)) => Some(decode_text(&bytes)).filter(|text| !text.is_empty()),
        _ => None,
    };
    draft.report.statements =
        Statements { reason: text("Reason"), location: text("Location"), ..Statements::default() };
    if let Some((time, zone)) = text("M").and_then(|text| Time::parse_pdf_zoned(&text).ok()) {
        draft.report.claimed_time = Some(time);
        draft.zone = zone;
    }
    let shown = |widget: &&Widget| widget.rect.is_some_and(|r| r.x1 > r.x0 && r.y1 > r.y0);
    let widgets: Vec<Widget> = found.field.field.widgets.iter().filter(shown).cloned().collect();
    for (widget, page) in widgets.iter().zip(view.pages_of(&widgets)?) {
        let (Some(rect), Some((page, page_box))) = (widget.rect, page) else { continue };
        let rectangle: Rect = page_box.to_viewed(rect);
        let page = u32::try_from(page).unwrap_or(u32::MAX).saturating_add(1);
        draft.report.placements.push(Placement { page, rectangle, clip: None });
    }
    Ok(draft)
}

/// Lines A and B.
fn format(document: &Document, found: &Found, draft: &mut Draft) -> Result<Option<Covered>, PdfError> {
    const STEP: &str = "byte-range";
    const CLAUSE: &str = "ISO 32000-1 12.8.1";
    let view = document.at(found.last_seen)?;
    let Some(home) = found.field.home() else {
        // Neither the signature nor its field is an object whose place could be compared.
        draft.end(STEP, CLAUSE, Finding::new(Code::ByteRangeMalformed).with("detail", "direct dictionary"));
        return Ok(None);
    };
    let dictionary = match view.signature_dictionary(home) {
        Ok(dictionary) => dictionary,
        Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => return Err(error),
        Err(error) => {
            draft.end(STEP, CLAUSE, Finding::new(Code::FormatFailure).with("detail", error));
            return Ok(None);
        }
    };
    match range::covered(document, dictionary) {
        Ok(covered) => {
            draft.pass(STEP, CLAUSE);
            Ok(Some(covered))
        }
        Err(findings) => {
            draft.settle(STEP, CLAUSE, findings);
            Ok(None)
        }
    }
}

/// Lines B, E and F.
fn revision(document: &Document, covered: &Covered, draft: &mut Draft) -> Result<Option<SignedRevision>, PdfError> {
    const STEP: &str = "signed-revision";
    const CLAUSE: &str = "ISO 32000-1 7.5.6, 12.8.1";
    match range::signed_revision(document, covered) {
        Err(findings) => {
            draft.report.coverage = Coverage::Partial;
            draft.settle(STEP, CLAUSE, findings);
            Ok(None)
        }
        Ok(signed) => {
            draft.report.revision = u32::try_from(signed.index + 1).ok();
            let newest = signed.index + 1 == document.revisions().len();
            draft.report.coverage = if newest { Coverage::WholeDocument } else { Coverage::WholeRevision };
            draft.settle(STEP, CLAUSE, range::after(document, covered, &signed)?);
            Ok(Some(signed))
        }
    }
}

/// Line J: what later revisions changed.
fn later(
    document: &Document,
    found: &Found,
    signed: &SignedRevision,
    surveys: &mut changes::Surveys,
    draft: &mut Draft,
) -> Result<(), PdfError> {
    const STEP: &str = "later-changes";
    const CLAUSE: &str = "ISO 32000-2 12.8.2.2";
    let scope = changes::Scope { signature: found.field.value_id, field: &found.field.field.name };
    let outcome = changes::compare(document, signed.index, &scope, surveys)?;
    draft.report.later_changes = outcome.level;
    draft.report.changes = outcome.changes;
    if outcome.level > LaterChanges::None {
        draft.find(Finding::new(Code::LaterSignature).with("level", outcome.level.name()));
    }
    draft.settle(STEP, CLAUSE, outcome.findings);
    Ok(())
}

/// Two signatures whose ranges cross: neither can be believed.
fn overlapping(ranges: &[(usize, Covered)], drafts: &mut [Draft]) {
    for (position, (_, earlier)) in ranges.iter().enumerate() {
        for (at, later) in ranges.iter().skip(position + 1) {
            let crossing = range::overlaps(earlier, later);
            if let Some(draft) = drafts.get_mut(*at).filter(|_| crossing) {
                draft.find(Finding::new(Code::ByteRangeOverlap).clause("checklist A"));
            }
        }
    }
}

/// Tells each signature which earlier ones it covers: its range reaches over the whole revision of each.
fn covering(drafts: &mut [Draft]) {
    let holds = |draft: &Draft| {
        ["byte-range", "signed-revision", "signature-value"].iter().all(|step| draft.passed(step))
            && !draft.report.findings.iter().any(|finding| finding.code == Code::HashFailure)
    };
    let all: Vec<(String, Option<u32>, bool)> =
        drafts.iter().map(|draft| (draft.report.id.clone(), draft.report.revision, holds(draft))).collect();
    for draft in drafts {
        let Some(own) = draft.report.revision else { continue };
        let holds = holds(draft);
        let earlier = all.iter().filter(|(_, revision, _)| holds && revision.is_some_and(|other| other < own));
        draft.report.covers = earlier.map(|(id, ..)| id.clone()).collect();
        let later = all.iter().filter(|(_, revision, holds)| *holds && revision.is_some_and(|other| other > own));
        draft.report.covered_by = later.map(|(id, ..)| id.clone()).collect();
    }
}

/// What the reader had to tolerate: inside the oldest signed revision and with one reading a warning, else a doubt.
fn repairs(document: &Document, ranges: &[(usize, Covered)]) -> Vec<Finding> {
    let signed = ranges.iter().map(|(_, c)| c.end()).min().unwrap_or(u64::MAX);
    let mut findings: Vec<Finding> = Vec::new();
    for note in document.notes() {
        // White space before a number and hybrid files (ISO 32000-1 7.5.8.4) are no repairs: every reader takes them.
        if note.kind == NoteKind::LeadingSpace {
            continue;
        }
        let harmless = note.kind == NoteKind::Hybrid || (note.reading() == Reading::One && note.offset < signed);
        let code = if harmless { Code::StructureRepaired } else { Code::StructureAmbiguous };
        let finding = Finding::new(code).with("detail", words(&note.kind)).at(format!("offset {}", note.offset));
        if !findings.contains(&finding) && findings.len() < 100 {
            findings.push(finding);
        }
    }
    findings
}
