//! The signature policy that a signer names (RFC 5126 5.8.1, EN 319 122-1 5.2.9.1; EN 319 102-1 5.2.4.4).
//!
//! Its text is nowhere at hand, so it is never judged by: what it asks for is unknown unless the verifier's own policy
//! accepts its identifier, and a digest where one is given.

use crate::pki::cms::SignaturePolicy;
use crate::policy::UnknownPolicy;
use crate::report::{Code, Finding};
use crate::signature::Unverified;
use crate::verify::Evidence;
use crate::verify::draft::Draft;

const STEP: &str = "signature-policy";
const CLAUSE: &str = "EN 319 102-1 5.2.4.4";

/// Adds the step where a signature names a policy.
pub(crate) fn settle(draft: &mut Draft, evidence: &Evidence<'_>, unverified: &Unverified) {
    let Some(attributes) = unverified.signer_info().and_then(|info| info.signed_attributes.as_ref()) else { return };
    match attributes.signature_policy() {
        Ok(None) => {}
        Ok(Some(policy)) => draft.settle(STEP, CLAUSE, vec![judge(&policy, evidence)]),
        Err(fault) => draft.end(STEP, CLAUSE, Finding::new(Code::PolicyProcessingError).with("detail", fault)),
    }
}

fn judge(policy: &SignaturePolicy, evidence: &Evidence<'_>) -> Finding {
    let SignaturePolicy::Explicit { oid, digest } = policy else {
        return Finding::new(Code::SignaturePolicyImplied);
    };
    let rules = evidence.policy.rules();
    match rules.accepted_policies.get(oid) {
        Some(None) => Finding::new(Code::SignaturePolicyAccepted).with("oid", oid),
        Some(Some(expected)) => {
            let named: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            if named == *expected {
                return Finding::new(Code::SignaturePolicyAccepted).with("oid", oid);
            }
            // Another text under the same name: what it asks for is not what was accepted.
            Finding::new(Code::PolicyProcessingError).with("oid", oid).with("found", named).with("expected", expected)
        }
        None => {
            let code = match rules.unknown_policy {
                UnknownPolicy::Warn => Code::SignaturePolicyUnknown,
                UnknownPolicy::Doubt => Code::SignaturePolicyNotAvailable,
            };
            Finding::new(code).with("oid", oid)
        }
    }
}
