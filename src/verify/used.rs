//! What verdicts of a document rest on: the paths of signers, of authorities of timestamps and of makers of seals, and
//! the evidence about them. Whoever keeps a document provable takes it from here (ETSI EN 319 142-1 5.4.2).

use std::cell::RefCell;

use crate::limits::Budget;
use crate::pki::extension::oid;
use crate::pki::ocsp::OcspResponse;
use crate::pki::path::{PathReport, PathValidator, RevocationStatus};
use crate::pki::revocation::{RevocationEvidence, Says, Statement, evidence_digest, published};
use crate::pki::{Certificate, Crl};
use crate::time::Time;
use crate::verify::{OwnStatus, Register};

/// One path that was judged, and what speaks about its certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The signature by [`crate::pdf::related_key`].
    pub key: String,
    /// The path, its end first; with those who signed evidence about it behind.
    pub certificates: Vec<Certificate>,
    /// Whether it reaches an anchor.
    pub reach: Reach,
    /// Revocation lists about them.
    pub crls: Vec<Crl>,
    /// Answers about them.
    pub responses: Vec<OcspResponse>,
    /// Certificates that name a source of evidence, of which there is none.
    pub open: Vec<Certificate>,
    /// The oldest of the evidence: what was signed later is not covered by it once it is not in force any more.
    pub oldest: Option<Time>,
}

/// Whether a path reaches an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It does.
    Anchored,
    /// It does not.
    Open,
}

/// Gathers what verdicts rest on, signature by signature.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    uses: RefCell<Vec<Use>>,
    key: RefCell<Option<String>>,
}

impl Uses {
    pub(crate) fn into_uses(self) -> Vec<Use> {
        self.uses.into_inner()
    }

    /// What is noted from now on belongs to this signature.
    pub(crate) fn begin(&self, key: String) {
        *self.key.borrow_mut() = Some(key);
    }

    /// A path, judged with what the validator has.
    pub(crate) fn note(&self, report: &PathReport, validator: &PathValidator<'_>, register: &dyn Register) {
        let Some(key) = self.key.borrow().clone() else { return };
        let reach = if report.anchor().is_some() { Reach::Anchored } else { Reach::Open };
        let mut one = Use {
            key,
            certificates: report.certificates().to_vec(),
            reach,
            crls: Vec::new(),
            responses: Vec::new(),
            open: Vec::new(),
            oldest: None,
        };
        if reach == Reach::Anchored {
            let history = validator.history(report, &Budget::default()).unwrap_or_default();
            for (position, certificate) in report.certificates().iter().enumerate() {
                let status = report.revocation().get(position).unwrap_or(&RevocationStatus::Unknown);
                if *status != RevocationStatus::Anchor {
                    let own = register.own_status(certificate);
                    let all = history.get(position).map(Vec::as_slice).unwrap_or_default();
                    one.take(certificate, all, &validator.revocation, own);
                }
            }
        }
        let mut uses = self.uses.borrow_mut();
        if !uses.contains(&one) {
            uses.push(one);
        }
    }
}

impl Use {
    /// The newest evidence about one certificate.
    fn take(
        &mut self,
        certificate: &Certificate,
        history: &[Statement],
        at_hand: &RevocationEvidence<'_>,
        own: OwnStatus,
    ) {
        let revoked = |one: &&Statement| matches!(one.says, Says::Revoked { .. });
        let good = history.iter().filter(|one| one.says == Says::Good).max_by_key(|one| one.issued);
        let Some(statement) = history.iter().find(revoked).or(good) else {
            // What the store knows of its own certificates nobody else can read out of a document.
            let named = published(certificate) == RevocationStatus::Unknown;
            if named || matches!(own, OwnStatus::Revoked { .. }) {
                self.open.push(certificate.clone());
            }
            return;
        };
        self.oldest = Some(self.oldest.map_or(statement.issued, |oldest| oldest.min(statement.issued)));
        for crl in at_hand.crls {
            if statement.pieces.contains(&evidence_digest(crl.as_der())) {
                self.add_crl(crl);
            }
        }
        for response in at_hand.responses {
            if !statement.pieces.contains(&evidence_digest(response.as_basic_der())) {
                continue;
            }
            if !self.responses.contains(response) {
                self.responses.push(response.clone());
            }
            // RFC 6960 4.2.2.2.1: a responder whose issuer does not vouch for it is asked about, too.
            for responder in response.certificates() {
                if !self.certificates.contains(responder) {
                    self.certificates.push(responder.clone());
                }
                if responder.extension(oid::OCSP_NO_CHECK).is_none() {
                    let about = at_hand.crls.iter().filter(|crl| crl.issuer().matches(responder.issuer()));
                    about.for_each(|crl| self.add_crl(crl));
                }
            }
        }
    }

    fn add_crl(&mut self, crl: &Crl) {
        if !self.crls.iter().any(|known| known.as_der() == crl.as_der()) {
            self.crls.push(crl.clone());
        }
    }
}
