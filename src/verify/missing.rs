//! What a verdict lacked, and what it rests on. Whoever may go online fetches it and judges again; the verdict itself reaches for nothing.

use std::cell::RefCell;

use crate::pki::Certificate;
use crate::pki::path::{PathReport, RevocationStatus};
use crate::policy::Rules;
use crate::time::Time;
use crate::verify::used::{Use, Uses};
use crate::verify::{Evidence, OwnStatus};

/// Most lacks of one document that are told: more certificates than its signatures have.
const LACKS: usize = 256;

/// Something that would have helped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Evidence of revocation of a certificate on a path to an anchor (RFC 5280 6.3).
    Status {
        /// The certificate.
        certificate: Certificate,
        /// The one above it.
        issuer: Certificate,
        /// What was said before is too old for the policy (EN 319 102-1 5.2.5).
        not_before: Option<Time>,
    },
    /// The issuer of the certificate at which a path ended without an anchor (RFC 5280 4.2.2.1, caIssuers).
    Issuer {
        /// Where it ended.
        of: Certificate,
    },
}

/// Gathers what verdicts lacked.
#[derive(Debug, Default)]
pub struct Missing {
    lacks: RefCell<Vec<Lack>>,
    uses: Uses,
}

impl Missing {
    /// What was lacking, each once.
    #[must_use]
    pub fn into_lacks(self) -> Vec<Lack> {
        self.lacks.into_inner()
    }

    /// What verdicts of a PDF rest on, path by path.
    #[must_use]
    pub fn into_uses(self) -> Vec<Use> {
        self.uses.into_uses()
    }

    /// What verdicts rest on.
    pub(crate) fn uses(&self) -> &Uses {
        &self.uses
    }

    /// What a path lacks, judged at `at`: evidence, or such as is young enough for the policy. Of certificates of this
    /// store's own CAs the register knows all.
    pub(crate) fn note(&self, report: &PathReport, evidence: &Evidence<'_>, at: Time) {
        let not_before = oldest(evidence.policy.rules(), at);
        let certificates = report.certificates();
        if report.anchor().is_none() {
            if let Some(last) = certificates.last() {
                self.add(Lack::Issuer { of: last.clone() });
            }
            return;
        }
        for (position, certificate) in certificates.iter().enumerate() {
            let lacking = match report.revocation().get(position) {
                Some(RevocationStatus::Unknown) => true,
                Some(RevocationStatus::Good) => report.said().get(position).copied().flatten() < not_before,
                _ => false,
            };
            let elsewhere = || evidence.register.own_status(certificate) == OwnStatus::Elsewhere;
            let issuer = certificates.get(position.saturating_add(1)).filter(|_| lacking && elsewhere());
            if let Some(issuer) = issuer {
                let (certificate, issuer) = (certificate.clone(), issuer.clone());
                self.add(Lack::Status { certificate, issuer, not_before });
            }
        }
    }

    /// Newer evidence of a certificate than there is; `not_before` where such of that time would help already.
    pub(crate) fn note_status(&self, certificate: &Certificate, issuer: &Certificate, not_before: Option<Time>) {
        self.add(Lack::Status { certificate: certificate.clone(), issuer: issuer.clone(), not_before });
    }

    fn add(&self, lack: Lack) {
        let mut all = self.lacks.borrow_mut();
        if all.len() < LACKS && !all.contains(&lack) {
            all.push(lack);
        }
    }
}

/// Before when nothing may have been said that counts at `at`; `None` where the policy asks for no age
/// (EN 319 102-1 5.2.5).
pub(crate) fn oldest(rules: &Rules, at: Time) -> Option<Time> {
    Some(at.plus_seconds(-i64::from(rules.max_age_hours?).saturating_mul(3600)))
}
