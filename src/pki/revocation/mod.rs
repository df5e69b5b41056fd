//! Whether a certificate was revoked, by the evidence at hand (RFC 5280 6.3).
//!
//! Every piece of evidence is verified before it is believed. A revocation that any of it proves outranks all that is
//! good; a certificate is good only where evidence in force covers every reason.

mod carried;
mod history;
mod lists;
mod responses;

pub use carried::{CarriedEvidence, NotEvidence};
pub(crate) use history::Force;
pub use history::{Says, Statement, evidence_digest};

use crate::limits::{Budget, Exhausted};
use crate::pki::distribution::Reasons;
use crate::pki::extension::oid;
use crate::pki::ocsp::OcspResponse;
use crate::pki::{Certificate, Crl, RevocationReason};
use crate::time::Time;

/// What is known of a certificate's revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationStatus {
    /// Evidence in force at the time of judgement does not name it.
    Good,
    /// It is revoked; whether that was before the time of judgement says the fault beside it.
    Revoked {
        /// Since when.
        at: Time,
        /// Why. A certificate on hold may be released again.
        reason: RevocationReason,
    },
    /// The certificate names a source, and no usable evidence is at hand.
    Unknown,
    /// The certificate names no source, and no evidence is at hand.
    NotPublished,
    /// A trust anchor: not asked.
    Anchor,
}

/// Evidence of revocation at hand, from wherever it came; each piece is verified before it is believed.
#[derive(Clone, Copy, Debug, Default)]
pub struct RevocationEvidence<'a> {
    /// Revocation lists: full, delta, indirect, of one distribution point.
    pub crls: &'a [Crl],
    /// Answers of OCSP responders.
    pub responses: &'a [OcspResponse],
}

/// Whether a list may be used to prove its own issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Circle {
    /// The certificate's issuer named that issuer of lists for that certificate itself.
    Named,
    /// Nobody did.
    Unnamed,
}

/// Finds out whether somebody who signs evidence has a path to the same anchor (RFC 5280 6.3.3 f).
pub(crate) trait Prover {
    /// Whether it has.
    fn proves(&self, certificate: &Certificate, circle: Circle) -> Result<bool, Exhausted>;
}

/// One certificate of a path, and what helps to judge it.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) certificate: &'a Certificate,
    /// The certificate above it on the path.
    pub(crate) issuer: &'a Certificate,
    pub(crate) at: Time,
    /// When a piece of evidence has to be in force.
    pub(crate) force: Force,
    pub(crate) evidence: RevocationEvidence<'a>,
    /// Certificates of which some may have signed evidence.
    pub(crate) signers: &'a [&'a Certificate],
    pub(crate) prover: &'a dyn Prover,
    pub(crate) budget: &'a Budget,
}

/// The status of a certificate, and, where it is good, how fresh the evidence is that says so.
pub(crate) fn status(question: &Question<'_>) -> Result<(RevocationStatus, Option<Time>), Exhausted> {
    let mut testimony = Testimony::default();
    lists::ask(question, &mut testimony)?;
    responses::ask(question, &mut testimony)?;
    let status = testimony.conclude(question.at).unwrap_or_else(|| published(question.certificate));
    let said = if status == RevocationStatus::Good { testimony.freshest() } else { None };
    Ok((status, said))
}

/// Everything that verified evidence says of a certificate, whatever its age.
pub(crate) fn history(question: &Question<'_>) -> Result<Vec<Statement>, Exhausted> {
    let mut testimony = Testimony::default();
    lists::ask(question, &mut testimony)?;
    responses::ask(question, &mut testimony)?;
    let mut statements = testimony.statements;
    statements.sort_by(Statement::order);
    Ok(statements)
}

/// Without evidence: whether the certificate names a source for it.
pub(crate) fn published(certificate: &Certificate) -> RevocationStatus {
    let named = certificate.extension(oid::CRL_DISTRIBUTION_POINTS).is_some()
        || !matches!(certificate.ocsp_urls(), Ok(None)) && certificate.ocsp_urls() != Ok(Some(Vec::new()));
    if named { RevocationStatus::Unknown } else { RevocationStatus::NotPublished }
}

/// What the evidence says, piece by piece.
#[derive(Debug, Default)]
struct Testimony {
    revoked: Vec<Accusation>,
    good: Vec<Acquittal>,
    /// All of it, with what it rests on.
    statements: Vec<Statement>,
}

/// A piece that says "revoked".
#[derive(Debug)]
struct Accusation {
    at: Time,
    reason: RevocationReason,
    /// When it was said.
    said: Time,
}

/// A piece in force that does not.
#[derive(Debug)]
struct Acquittal {
    reasons: Reasons,
    said: Time,
}

impl Testimony {
    fn conclude(&self, at: Time) -> Option<RevocationStatus> {
        let standing = self.revoked.iter().filter(|one| !self.released(one, at));
        if let Some(earliest) = standing.min_by_key(|one| (one.reason == RevocationReason::CertificateHold, one.at)) {
            return Some(RevocationStatus::Revoked { at: earliest.at, reason: earliest.reason });
        }
        let covered = self.good.iter().fold(Reasons::NONE, |all, one| all | one.reasons);
        covered.is_all().then_some(RevocationStatus::Good)
    }

    /// When the newest piece was said that covers every reason by itself; of pieces that do so only together, the oldest.
    fn freshest(&self) -> Option<Time> {
        let whole = self.good.iter().filter(|one| one.reasons.is_all()).map(|one| one.said).max();
        whole.or_else(|| self.good.iter().map(|one| one.said).min())
    }

    /// A hold ends where a later piece, itself not later than the time of judgement, does not know it any more
    /// (RFC 5280 5.3.1, certificateHold). No other reason ever ends.
    fn released(&self, accusation: &Accusation, at: Time) -> bool {
        let later = |one: &Acquittal| one.said > accusation.said && one.said <= at && one.reasons.is_all();
        accusation.reason == RevocationReason::CertificateHold && self.good.iter().any(later)
    }
}

#[cfg(test)]
mod tests {
    use crate::pki::RevocationReason;
    use crate::pki::distribution::Reasons;
    use crate::pki::revocation::{Accusation, Acquittal, RevocationStatus, Testimony};
    use crate::time::Time;

    fn at(n: i64) -> Time {
        Time::from_unix(n)
    }

    fn accuse(since: i64, reason: RevocationReason, said: i64) -> Accusation {
        Accusation { at: at(since), reason, said: at(said) }
    }

    fn acquit(said: i64) -> Acquittal {
        Acquittal { reasons: Reasons::ALL, said: at(said) }
    }

    #[test]
    fn a_hold_ends_and_a_revocation_does_not() {
        let hold = RevocationReason::CertificateHold;
        let mut testimony =
            Testimony { revoked: vec![accuse(10, hold, 20)], good: vec![acquit(30)], ..Testimony::default() };
        assert_eq!(testimony.conclude(at(40)), Some(RevocationStatus::Good));
        assert!(matches!(testimony.conclude(at(25)), Some(RevocationStatus::Revoked { .. })), "on hold then");
        testimony.revoked.push(accuse(15, RevocationReason::KeyCompromise, 16));
        let expected = RevocationStatus::Revoked { at: at(15), reason: RevocationReason::KeyCompromise };
        assert_eq!(testimony.conclude(at(40)), Some(expected));
    }

    #[test]
    fn an_older_list_releases_nobody() {
        let testimony = Testimony {
            revoked: vec![accuse(10, RevocationReason::CertificateHold, 20)],
            good: vec![acquit(15)],
            ..Testimony::default()
        };
        assert!(matches!(testimony.conclude(at(40)), Some(RevocationStatus::Revoked { .. })));
    }

    #[test]
    fn some_reasons_are_not_all() {
        let good = vec![Acquittal { reasons: Reasons::NONE, said: at(1) }];
        let testimony = Testimony { good, ..Testimony::default() };
        assert_eq!(testimony.conclude(at(2)), None);
    }
}
