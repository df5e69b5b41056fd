//! What verified evidence said of a certificate, piece by piece with its times: for judging the past (EN 319 102-1 V1.3.1
//! 5.6.2.2), where what counts is when a piece was issued and since when it can be shown to exist.

use std::cmp::Ordering;

use crate::crypto::{Digest, DigestAlgorithm};
use crate::pki::RevocationReason;
use crate::pki::distribution::Reasons;
use crate::pki::ocsp::OcspResponse;
use crate::pki::revocation::Question;
use crate::pki::{Certificate, Crl};
use crate::time::Time;

/// One thing that verified evidence says of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it says.
    pub says: Says,
    /// When it was said: thisUpdate.
    pub issued: Time,
    /// Until when newer evidence is promised: nextUpdate. Without it, nobody can say how long it is in force.
    pub until: Option<Time>,
    /// The end of the certificate of whoever signed it.
    pub signer_ends: Time,
    /// What it rests on, each piece by [`evidence_digest`]: a list, its delta, an answer.
    pub pieces: Vec<Digest>,
}

/// What a statement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Revoked since.
    Revoked {
        /// Since when.
        at: Time,
        /// Why.
        reason: RevocationReason,
    },
    /// Not revoked for any reason.
    Good,
    /// Not revoked for some reasons: by itself it acquits nobody.
    GoodForSome,
}

impl Statement {
    /// Good for these reasons.
    pub(super) fn good(reasons: Reasons) -> Says {
        if reasons.is_all() { Says::Good } else { Says::GoodForSome }
    }

    /// By its time of issue, what says "revoked" first.
    #[must_use]
    pub fn order(&self, other: &Statement) -> Ordering {
        let revoked = |one: &Statement| matches!(one.says, Says::Revoked { .. });
        revoked(other).cmp(&revoked(self)).then(self.issued.cmp(&other.issued))
    }
}

/// By what a piece of evidence is known: SHA-256 of a list or of a `BasicOCSPResponse` in DER.
#[must_use]
pub fn evidence_digest(der: &[u8]) -> Digest {
    DigestAlgorithm::Sha256.digest(der)
}

/// Which instant a piece of evidence has to be in force at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Force {
    /// The time of judgement.
    Judgement,
    /// Its own time of issue: what follows from its age is left to who judges the past.
    Issue,
}

impl Question<'_> {
    /// The instant at which a piece that was issued at `issued` has to be in force.
    pub(super) fn when(&self, issued: Time) -> Time {
        match self.force {
            Force::Judgement => self.at,
            Force::Issue => issued,
        }
    }
}

/// A statement by a list, with the delta that continues it.
pub(super) fn of_list(says: Says, (base, delta): (&Crl, Option<&Crl>), signer: &Certificate) -> Statement {
    let newest = delta.unwrap_or(base);
    let ends = [Some(base), delta].into_iter().flatten().map(Crl::next_update);
    // Without an end of either, there is none.
    let until = ends.reduce(|one, other| one.zip(other).map(|(one, other)| one.min(other))).flatten();
    Statement {
        says,
        issued: newest.this_update(),
        until,
        signer_ends: signer.validity().not_after,
        pieces: [Some(base), delta].into_iter().flatten().map(|crl| evidence_digest(crl.as_der())).collect(),
    }
}

/// A statement by an answer.
pub(super) fn of_answer(
    says: Says,
    (issued, until): (Time, Option<Time>),
    response: &OcspResponse,
    signer_ends: Time,
) -> Statement {
    Statement { says, issued, until, signer_ends, pieces: vec![evidence_digest(response.as_basic_der())] }
}
