//! What the policy asks of a signature beyond the building blocks: strength of its path, proof of time, coverage, later
//! changes, document timestamps (EN 319 102-1 5.1.4.2, constraints given from outside).
//!
//! Nothing here makes a verdict better: each demand adds a step that passes, or a finding.

use crate::pki::Certificate;
use crate::pki::extension::Usage;
use crate::pki::path::PathReport;
use crate::policy::{
    CoverageNeed, DocumentTimestamps, HighestChange, Overlays, PartialCoverage, ProofOfTime, SignerUsage, Used,
};
use crate::report::{Code, Coverage, Finding, Indication, Kind, LaterChanges};
use crate::verify::draft::Draft;
use crate::verify::{Evidence, value};

const PROOF: (&str, &str) = ("proof-of-time", "EN 319 102-1 5.5");
const COVERAGE: (&str, &str) = ("policy-coverage", "Electronic Signature Law article 13 (4)");
const CHANGES: (&str, &str) = ("policy-changes", "ISO 32000-2 12.8.2.2");
const STAMPS: (&str, &str) = ("document-timestamp", "EN 319 142-1 5.4");

/// Judges every draft by the demands of the policy and concludes it: timestamps first, for others rest on them.
pub(crate) fn conclude(drafts: &mut [Draft], evidence: &Evidence<'_>) {
    let (mut stamps, mut others): (Vec<&mut Draft>, Vec<&mut Draft>) =
        drafts.iter_mut().partition(|draft| draft.report.kind == Kind::Timestamp);
    for stamp in &mut stamps {
        changes(stamp, evidence);
        stamp.conclude();
    }
    let passed: Vec<(String, bool)> =
        stamps.iter().map(|s| (s.report.id.clone(), s.report.indication == Indication::TotalPassed)).collect();
    for draft in &mut others {
        proof(draft, evidence);
        coverage(draft, evidence);
        changes(draft, evidence);
        stamped(draft, evidence, &passed);
        draft.conclude();
    }
}

/// Every key and signature of a path against the policy, at the time of signing where that is proven; an anchor's own
/// signature proves nothing and is not looked at (EN 319 102-1 5.2.6.4, cryptographic constraints).
pub(crate) fn path_strength(report: &PathReport, evidence: &Evidence<'_>, used: Used) -> Vec<Finding> {
    let mut findings = Vec::new();
    let last = report.certificates().len().saturating_sub(1);
    for (position, certificate) in report.certificates().iter().enumerate() {
        let anchor = position == last && report.anchor().is_some();
        let key = certificate.public_key().ok().and_then(|key| evidence.policy.weak_key(&key, used));
        let algorithm = certificate.signature_algorithm().filter(|_| !anchor);
        let signed = algorithm.and_then(|algorithm| evidence.policy.weak_signature(algorithm, used));
        let weak = key.into_iter().chain(signed);
        findings.extend(weak.map(|w| value::weakness(&w).with("subject", certificate.subject())));
    }
    findings
}

/// Key usage and extended key usage that the policy asks of a signer.
pub(crate) fn usage(certificate: &Certificate, evidence: &Evidence<'_>) -> Vec<Finding> {
    let rules = evidence.policy.rules();
    let finding = |detail: &str| Finding::new(Code::ChainConstraints).at("signer").with("detail", detail);
    let mut findings = Vec::new();
    let repudiable = !matches!(certificate.key_usage(), Ok(Some(usage)) if usage.has(Usage::NonRepudiation));
    if rules.key_usage == SignerUsage::NonRepudiation && repudiable {
        findings.push(finding("the policy asks for nonRepudiation (certificates.key-usage)"));
    }
    let purposes = certificate.extended_key_usage().ok().flatten().unwrap_or_default();
    if !rules.purposes.is_empty() && !purposes.iter().any(|one| rules.purposes.contains(one)) {
        findings.push(finding("none of the extended key usages that the policy asks for (certificates.purposes)"));
    }
    findings
}

/// `time.proof`.
fn proof(draft: &mut Draft, evidence: &Evidence<'_>) {
    if evidence.policy.rules().proof == ProofOfTime::Required {
        let missing = draft.report.proven_time.is_none().then(|| Finding::new(Code::TimeUnproven));
        draft.settle(PROOF.0, PROOF.1, missing.into_iter().collect());
    }
}

/// `coverage.required` and `coverage.partial`.
fn coverage(draft: &mut Draft, evidence: &Evidence<'_>) {
    let rules = evidence.policy.rules();
    let mut findings = Vec::new();
    let covered = draft.report.coverage;
    if rules.partial == PartialCoverage::Fails && matches!(covered, Coverage::Partial | Coverage::None) {
        findings.push(Finding::new(Code::CoverageForbidden).with("detail", "coverage.partial"));
    }
    let later = draft.report.later_changes > LaterChanges::LongTermData;
    if rules.coverage == CoverageNeed::Document && covered == Coverage::WholeRevision && later {
        findings.push(Finding::new(Code::CoverageInsufficient).with("detail", "coverage.required"));
    }
    if rules.coverage == CoverageNeed::Document || rules.partial == PartialCoverage::Fails {
        draft.settle(COVERAGE.0, COVERAGE.1, findings);
    }
}

/// `changes.highest` and `changes.overlays`.
fn changes(draft: &mut Draft, evidence: &Evidence<'_>) {
    let rules = evidence.policy.rules();
    let highest = match rules.highest_change {
        HighestChange::None => LaterChanges::None,
        HighestChange::LongTermData => LaterChanges::LongTermData,
        HighestChange::FormFilling => LaterChanges::FormFilling,
        HighestChange::Annotations => LaterChanges::Annotations,
    };
    let mut findings = Vec::new();
    let level = draft.report.later_changes;
    // What lies above annotations is refused by the rules of comparison themselves.
    if level > highest && level < LaterChanges::Other {
        findings.push(Finding::new(Code::PolicyForbidsChange).with("level", level.name()));
    }
    if rules.overlays == Overlays::Fail {
        let over = draft.report.findings.iter().filter(|f| f.code == Code::AnnotationOverlaysContent);
        let places: Vec<Option<String>> = over.map(|finding| finding.place.clone()).collect();
        findings.extend(places.into_iter().map(|place| {
            let finding = Finding::new(Code::OverlayForbidden);
            if let Some(place) = place { finding.at(place) } else { finding }
        }));
    }
    if rules.overlays == Overlays::Fail || rules.highest_change != HighestChange::Annotations {
        draft.settle(CHANGES.0, CHANGES.1, findings);
    }
}

/// `timestamps.document`. Only timestamps that hold are named as covering (`passed` says which of them also pass).
fn stamped(draft: &mut Draft, evidence: &Evidence<'_>, passed: &[(String, bool)]) {
    let need = evidence.policy.rules().document_timestamps;
    if need == DocumentTimestamps::Optional {
        return;
    }
    let over: Vec<&(String, bool)> = passed.iter().filter(|(id, _)| draft.report.covered_by.contains(id)).collect();
    let mut findings = Vec::new();
    for (id, _) in over.iter().filter(|(_, passes)| !passes) {
        findings.push(Finding::new(Code::DocumentTimestampUntrusted).at(id.clone()));
    }
    if need == DocumentTimestamps::Required && !over.iter().any(|(_, passes)| *passes) {
        findings.push(Finding::new(Code::DocumentTimestampMissing));
    }
    draft.settle(STAMPS.0, STAMPS.1, findings);
}
