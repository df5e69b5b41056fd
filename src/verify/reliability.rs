//! Article 13 of the Electronic Signature Law: the four conditions, each from the steps that show it.

use crate::report::{Code, Condition, Coverage, Indication, Kind, LaterChanges, Reliability, Reliable, StepResult};
use crate::verify::draft::Draft;

/// Fills in the four conditions. Called after the draft was concluded.
pub(crate) fn assess(draft: &mut Draft) {
    let mut reliability = Reliability {
        exclusive: exclusive(draft),
        sole_control: sole_control(draft),
        signature_alteration: signature_alteration(draft),
        content_alteration: content_alteration(draft),
    };
    // A seal out of its validity, a time in the future: what did not pass is called reliable by nobody.
    if draft.report.indication != Indication::TotalPassed && reliability.conclusion() == Reliable::Yes {
        reliability.sole_control = Condition::NotProvable;
    }
    draft.report.reliability = reliability;
}

/// Condition 1, 专有: the key belongs to the signer. The path to an accepted CA shows it, and for a seal the seal's list.
/// That the key was made by its owner is the CA's practice: presumed at best, met never.
fn exclusive(draft: &Draft) -> Condition {
    let refuted = [Code::ChainConstraints, Code::CertNotInSeal, Code::SigningCertificateMismatch];
    if draft.report.findings.iter().any(|f| refuted.contains(&f.code)) || failed(draft, "signature-value") {
        return Condition::NotMet;
    }
    let bound = draft.report.kind != Kind::Seal || draft.passed("signer-in-seal");
    if bound && draft.passed("certificate-path") && draft.passed("signature-value") {
        Condition::Presumed
    } else {
        Condition::NotProvable
    }
}

/// Condition 2, 由签名人控制: nothing says that anybody else controlled the key when it was used.
fn sole_control(draft: &Draft) -> Condition {
    if failed(draft, "revocation") || failed(draft, "certificate-validity") {
        return Condition::NotMet;
    }
    let steps = ["certificate-path", "certificate-validity", "revocation"];
    if steps.iter().all(|step| draft.passed(step)) { Condition::Presumed } else { Condition::NotProvable }
}

/// Condition 3: the value holds, and it stands over every part of the signature.
fn signature_alteration(draft: &Draft) -> Condition {
    let parts =
        ["byte-range", "signature-xml", "container-format", "signature-value", "content-digest", "seal-signature"];
    if parts.iter().any(|step| failed(draft, step)) {
        return Condition::NotMet;
    }
    if draft.passed("signature-value") && draft.passed("content-digest") {
        Condition::Met
    } else {
        Condition::NotProvable
    }
}

/// Condition 4: the whole document is covered, and later changes are none or each is listed and allowed.
fn content_alteration(draft: &Draft) -> Condition {
    let steps = [
        "content-digest",
        "references",
        "references-strength",
        "policy-changes",
        "signed-revision",
        "later-changes",
        "coverage",
    ];
    if steps.iter().any(|step| failed(draft, step)) || draft.report.later_changes == LaterChanges::Other {
        return Condition::NotMet;
    }
    match draft.report.coverage {
        Coverage::WholeDocument | Coverage::WholeRevision => {}
        Coverage::Partial | Coverage::None => return Condition::NotMet,
    }
    let run: Vec<_> = draft.report.steps.iter().filter(|s| steps.contains(&s.step)).collect();
    let held = run.iter().all(|s| matches!(s.result, StepResult::Passed | StepResult::NotApplicable));
    if held && draft.passed("content-digest") { Condition::Met } else { Condition::NotProvable }
}

fn failed(draft: &Draft, step: &str) -> bool {
    draft.report.steps.iter().any(|s| s.step == step && s.result == StepResult::Failed)
}
