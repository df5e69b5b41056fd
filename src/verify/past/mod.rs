//! Validation in the past (EN 319 102-1 V1.3.1 clause 5.6): what has been proven to exist early enough stays valid when
//! certificates, authorities and algorithms end.
//!
//! A trusted timestamp proves that what it covers existed at its time ([`Existence`]). That is an upper bound: nothing
//! says that it was made only then. So a signature counts where it is shown to exist before the first instant from which
//! on its certificate could not be relied on any more: the control time of [`mod@slide`].

mod existence;
mod slide;

pub(crate) use existence::{Existence, NOTHING, Shown};

use crate::limits::Budget;
use crate::pki::path::{PathReport, PathValidator};
use crate::pki::revocation::CarriedEvidence;
use crate::pki::{Certificate, RevocationReason};
use crate::policy::RevocationNeed;
use crate::report::{Code, Finding};
use crate::time::Time;
use crate::verify::Evidence;
use crate::verify::past::slide::{Cause, Grounds, Slide, slide};

/// What is known of a path whose use lies in the past.
pub(crate) struct Past<'a> {
    /// What the verifier knows.
    pub(crate) evidence: &'a Evidence<'a>,
    /// What is proven to exist since when.
    pub(crate) existence: &'a Existence,
    /// Certificates that travel with the signature.
    pub(crate) inside: &'a [Certificate],
    /// Evidence that travels with the signature.
    pub(crate) carried: &'a CarriedEvidence,
    /// Since when the signature is shown to exist; the time of validation where nothing shows it.
    pub(crate) shown: Time,
}

/// Revocation of every certificate of a path that was judged at `past.shown` (past certificate validation, 5.6.2.1, and
/// past signature validation, 5.6.2.4).
pub(crate) fn revocation(past: &Past<'_>, report: &PathReport) -> Vec<Finding> {
    if report.anchor().is_none() {
        return Vec::new();
    }
    let mut candidates = past.evidence.untrusted.to_vec();
    candidates.extend(past.inside.iter().cloned());
    let at_hand = past.carried.joined(past.evidence.revocation);
    let validator = PathValidator {
        anchors: past.evidence.anchors,
        candidates: &candidates,
        revocation: at_hand.evidence(),
        policies: None,
    };
    let rules = past.evidence.policy.rules();
    let Ok(history) = validator.history(report, &Budget::default()) else {
        return vec![Finding::new(Code::ChainGeneral).with("detail", "too many signatures to check")];
    };
    let grounds = Grounds {
        history: &history,
        existence: past.existence,
        register: past.evidence.register,
        // The clock of an authority may run a little ahead of the verifier's.
        now: past.evidence.time.max(past.shown),
        shown: past.shown,
        max_age: rules.max_age_hours.map(|hours| i64::from(hours).saturating_mul(3600)),
    };
    findings(past, report, &slide(report.certificates(), &grounds))
}

/// What follows from where the control time came to stand.
fn findings(past: &Past<'_>, report: &PathReport, slide: &Slide) -> Vec<Finding> {
    let shown = past.shown;
    let need = past.evidence.policy.rules().revocation;
    let mut findings = Vec::new();
    for stop in &slide.stops {
        let subject = report.certificates().get(stop.position).map(|c| c.subject().to_string()).unwrap_or_default();
        let finding = |code: Code| Finding::new(code).with("subject", &subject);
        let early = shown <= stop.control;
        let lacking = match stop.cause {
            Cause::Missing | Cause::Unproven => true,
            Cause::Stale { .. } => !early,
            _ => false,
        };
        if lacking && need == RevocationNeed::Never {
            findings.push(finding(Code::RevocationNotAsked));
            continue;
        }
        let (certificate, issuer) =
            (report.certificates().get(stop.position), report.certificates().get(stop.position.saturating_add(1)));
        if let (true, Some(missing), Some((certificate, issuer))) =
            (lacking, past.evidence.missing, certificate.zip(issuer))
        {
            let newer = if let Cause::Stale { issued } = stop.cause { Some(issued.plus_seconds(1)) } else { None };
            missing.note_status(certificate, issuer, newer);
        }
        let found = match stop.cause {
            Cause::Revoked { at, .. } if early => finding(Code::RevokedLater).with("time", at),
            Cause::Revoked { reason: RevocationReason::CertificateHold, .. } => {
                finding(Code::TryLater).with("detail", "certificateHold")
            }
            Cause::Revoked { at, .. } if stop.position == 0 => finding(Code::RevokedNoPoe).with("time", at),
            Cause::Revoked { at, .. } => finding(Code::RevokedCaNoPoe).with("time", at),
            Cause::Stale { issued } if !early => {
                finding(Code::TryLater).with("detail", format!("the newest evidence was issued at {issued}"))
            }
            // The end of the signer's own certificate is judged with its validity.
            Cause::Ended { .. } if !early && stop.position > 0 => finding(Code::OutOfBoundsNoPoe),
            Cause::Unproven => finding(Code::RevocationOutOfBoundsNoPoe),
            Cause::CertificateUnproven => finding(Code::NoChainNoPoe),
            Cause::Missing => finding(Code::TryLater),
            Cause::Unreadable => finding(Code::RegisterUnreadable),
            Cause::NotPublished if need == RevocationNeed::Always => finding(Code::RevocationUnknown),
            Cause::NotPublished => finding(Code::RevocationNotPublished),
            Cause::Stale { .. } | Cause::Ended { .. } => continue,
        };
        if !findings.contains(&found) {
            findings.push(found);
        }
    }
    findings
}
