//! What the room `signature` found about a value, as steps and findings of the report.

use crate::crypto::{DigestAlgorithm, KeyError};
use crate::pki::Certificate;
use crate::policy::{Ended, Policy, Used, Weakness};
use crate::report::{Code, Finding, StepResult};
use crate::signature::{Outcome, Reason, Step};
use crate::verify::draft::Draft;
use crate::verify::words::words;

/// Adds every check of a value to the draft.
pub(crate) fn take(draft: &mut Draft, outcome: &Outcome) {
    for check in outcome.checks() {
        let (step, clause) = name(check.step);
        let result = result(check.result);
        let code = check.reason.and_then(code);
        draft.report.steps.push(crate::report::Step { step, clause, result, code });
        if let Some(code) = code.filter(|_| result != StepResult::NotApplicable) {
            draft.find(
                Finding::new(code).clause(clause).with("detail", words(&check.reason.unwrap_or(Reason::Malformed))),
            );
        }
    }
    for oddity in outcome.oddities() {
        if let Some(code) = code(*oddity) {
            draft.find(Finding::new(code).with("detail", words(oddity)));
        }
    }
    draft.report.algorithm = outcome.algorithm().map(crate::crypto::SignatureAlgorithm::name);
}

/// Algorithms and key size of the value against the policy (EN 319 102-1 5.2.8.4.2).
pub(crate) fn strength(draft: &mut Draft, policy: &Policy, outcome: &Outcome, used: Used) {
    const STEP: &str = "cryptographic-strength";
    const CLAUSE: &str = "EN 319 102-1 5.2.8.4.2";
    let Some(algorithm) = outcome.algorithm() else { return draft.not_run(STEP, CLAUSE) };
    let key = match outcome.certificate().map(Certificate::public_key) {
        Some(Ok(key)) => key,
        Some(Err(error)) => return draft.end(STEP, CLAUSE, unusable(&error)),
        None => return draft.not_run(STEP, CLAUSE),
    };
    let document = outcome.digest_algorithm().and_then(|digest| policy.weak_digest(digest, used));
    let weak = document.or_else(|| policy.weakness(algorithm, &key, used));
    let findings = weak.map(|w| weakness(&w)).into_iter().collect();
    draft.settle(STEP, CLAUSE, findings);
}

/// The finding for a key that cannot be read: of an algorithm or a curve that is not accepted (explicit parameters among
/// them, RFC 5480 2.1.1), or broken.
pub(crate) fn unusable(error: &KeyError) -> Finding {
    let code = match error {
        KeyError::Unsupported(_) => Code::CryptoConstraints,
        _ => Code::NoSigningCertificate,
    };
    Finding::new(code).with("detail", error).with("what", error)
}

/// The finding for something too weak (EN 319 102-1 table 6: without a proof, it may have been used while it was good).
pub(crate) fn weakness(weakness: &Weakness) -> Finding {
    match weakness.ended {
        Ended::NeverAccepted => Finding::new(Code::CryptoConstraints).with("algorithm", &weakness.what),
        Ended::Before(end) => {
            Finding::new(Code::CryptoConstraints).with("algorithm", &weakness.what).with("to", end.plus_seconds(-1))
        }
        Ended::Unproven(end) => Finding::new(Code::CryptoConstraintsNoPoe)
            .with("algorithm", &weakness.what)
            .with("to", end.plus_seconds(-1)),
    }
}

/// Whether an algorithm is one of the GM/T family.
pub(crate) fn is_gm(digest: DigestAlgorithm) -> bool {
    digest == DigestAlgorithm::Sm3
}

fn code(reason: Reason) -> Option<Code> {
    Code::by_name(reason.code())
}

fn result(result: crate::signature::StepResult) -> StepResult {
    match result {
        crate::signature::StepResult::Passed => StepResult::Passed,
        crate::signature::StepResult::Failed => StepResult::Failed,
        crate::signature::StepResult::Indeterminate => StepResult::Indeterminate,
        crate::signature::StepResult::NotRun => StepResult::NotRun,
        crate::signature::StepResult::NotApplicable => StepResult::NotApplicable,
    }
}

/// Stable name and clause of a step.
fn name(step: Step) -> (&'static str, &'static str) {
    match step {
        Step::Format => ("container-format", "RFC 5652 5.1"),
        Step::Signers => ("one-signer", "RFC 5652 5.3"),
        Step::SigningCertificate => ("signing-certificate", "EN 319 102-1 5.2.3"),
        Step::SignedAttributes => ("signed-attributes", "RFC 5652 5.3"),
        Step::ContentType => ("content-type", "RFC 5652 11.1"),
        Step::Content => ("encapsulated-content", "RFC 5652 5.2"),
        Step::CertificateReference => ("certificate-reference", "RFC 5035 5"),
        Step::Algorithms => ("algorithms-agree", "RFC 6211 3"),
        Step::MessageDigest => ("content-digest", "RFC 5652 11.2"),
        Step::Value => ("signature-value", "RFC 5652 5.6"),
    }
}

#[cfg(test)]
mod tests {
    use crate::report::Code;
    use crate::signature::Reason;
    use crate::verify::value::code;

    #[test]
    fn every_reason_of_a_value_has_a_code_in_the_table() {
        use Reason::*;
        let reasons = [
            Malformed,
            TrailingBytes,
            PaddingNonzero,
            Padded,
            BerEncoding,
            AttributesUnsorted,
            NoSigner,
            SeveralSigners,
            NoSigningCertificate,
            KeyUnusable,
            AttributeMalformed,
            SigningTimeMalformed,
            AttributeMissing,
            ContentTypeMismatch,
            ContentPresent,
            ContentMissing,
            ContentMismatch,
            CertificateReferenceMissing,
            CertificateReferenceMismatch,
            IssuerSerialMismatch,
            DigestInconsistent,
            DigestNotAnnounced,
            AlgorithmProtectionMismatch,
            AlgorithmUnsupported,
            AlgorithmConfusion,
            MessageDigestMismatch,
            DigestNotGiven,
            ValueMismatch,
            ValueMalformed,
            ValueRaw,
            DigestWithoutZ,
            AttributesAmbiguous,
        ];
        for reason in reasons {
            assert!(code(reason).is_some_and(|c| Code::ALL.contains(&c)), "{reason:?}");
        }
    }
}
