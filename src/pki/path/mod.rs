//! Certificate paths: finding one to a trust anchor, and judging it at a given time (RFC 5280 section 6).
//!
//! [`PathValidator::report`] gives the best path with all that is wrong with it, so that a caller who knows more about
//! the signing time can judge an expired certificate; only a path without fault becomes a [`ValidatedPath`].

mod policies;
mod rules;
mod search;

pub use policies::{AnyPolicy, ExplicitPolicy, PolicyInputs, PolicyMapping};

use crate::limits::{Budget, Exhausted};
use crate::pki::revocation::Statement;
pub use crate::pki::revocation::{RevocationEvidence, RevocationStatus};
use crate::pki::{Certificate, RevocationReason};
use crate::time::Time;

/// What a certificate is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Any end use: only the chain is judged.
    Any,
    /// Signing seals.
    SealMaker,
    /// Signing documents.
    Signer,
    /// Signing timestamps.
    Tsa,
}

/// A certificate that is trusted without proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustAnchor {
    certificate: Certificate,
    purposes: Vec<Purpose>,
}

impl TrustAnchor {
    /// Trusted for every purpose.
    #[must_use]
    pub fn new(certificate: Certificate) -> Self {
        TrustAnchor { certificate, purposes: vec![Purpose::Any] }
    }

    /// Trusted for these purposes alone.
    #[must_use]
    pub fn for_purposes(certificate: Certificate, purposes: Vec<Purpose>) -> Self {
        TrustAnchor { certificate, purposes }
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn serves(&self, purpose: Purpose) -> bool {
        purpose == Purpose::Any || self.purposes.contains(&Purpose::Any) || self.purposes.contains(&purpose)
    }
}

/// What is wrong with a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathFailure {
    /// No path leads to a trust anchor.
    #[error("no certificate path to a trust anchor")]
    NoChain,
    /// The certificate has ended before the time of judgement.
    #[error("the certificate expired at {not_after}")]
    Expired {
        /// Its last instant.
        not_after: Time,
    },
    /// The certificate begins after the time of judgement.
    #[error("the certificate is not valid before {not_before}")]
    NotYetValid {
        /// Its first instant.
        not_before: Time,
    },
    /// Revoked at or before the time of judgement.
    #[error("the certificate was revoked at {at}")]
    Revoked {
        /// Since when.
        at: Time,
        /// Why.
        reason: RevocationReason,
    },
    /// Its key may not be used for the purpose (RFC 5280 4.2.1.3, 4.2.1.12).
    #[error("the certificate's key may not be used for this purpose")]
    KeyUsage,
    /// An issuer that is no CA (RFC 5280 6.1.4 k, l).
    #[error("the issuing certificate is not one of a CA")]
    NotCa,
    /// More CA certificates below one than it allows (RFC 5280 6.1.4 m).
    #[error("more certificates below a CA than its path length allows")]
    PathLength,
    /// An issuer whose key may not sign certificates (RFC 5280 6.1.4 n).
    #[error("the issuing certificate's key may not sign certificates")]
    KeyCertSign,
    /// A name outside what a CA above allows, or a constraint that is not understood (RFC 5280 6.1.3 b, c).
    #[error("a name lies outside the name constraints of a CA")]
    NameConstraints,
    /// No certificate policy holds on the whole path, and one is asked for (RFC 5280 6.1.3 f, 6.1.5 g).
    #[error("no acceptable certificate policy holds on the whole path")]
    Policy,
    /// A mapping from or to anyPolicy (RFC 5280 6.1.4 a).
    #[error("a certificate maps anyPolicy")]
    PolicyMapping,
    /// The issuer's signature is wrong.
    #[error("the issuer's signature does not verify")]
    Signature,
    /// A critical extension that is not known here (RFC 5280 6.1.4 o, 6.1.5 f).
    #[error("unknown critical extension {oid}")]
    UnknownCritical {
        /// Its dotted identifier.
        oid: String,
    },
    /// An extension that is needed and malformed.
    #[error("malformed extension {oid}")]
    BrokenExtension {
        /// Its dotted identifier.
        oid: String,
    },
    /// Signed with a digest or a key that is too weak.
    #[error("weak algorithm {name}")]
    WeakAlgorithm {
        /// Which one.
        name: String,
    },
    /// A public key that cannot be used.
    #[error("the certificate's key is not usable")]
    Key,
    /// Too many candidates were tried.
    #[error(transparent)]
    Limit(#[from] Exhausted),
}

/// One fault and the certificate it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathFault {
    /// Place in [`PathReport::certificates`]; 0 is the certificate that was asked about.
    pub position: usize,
    /// What is wrong.
    pub failure: PathFailure,
}

/// The best path found and everything that is wrong with it.
#[derive(Clone, Debug)]
pub struct PathReport {
    certificates: Vec<Certificate>,
    anchored: bool,
    faults: Vec<PathFault>,
    revocation: Vec<RevocationStatus>,
    said: Vec<Option<Time>>,
    policies: Vec<String>,
    at: Time,
}

impl PathReport {
    /// The certificate asked about first, the anchor last. Without a chain: as far as it went.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The anchor, where one was reached.
    #[must_use]
    pub fn anchor(&self) -> Option<&Certificate> {
        self.certificates.last().filter(|_| self.anchored)
    }

    /// What is wrong, nearest to the end certificate first.
    #[must_use]
    pub fn faults(&self) -> &[PathFault] {
        &self.faults
    }

    /// One status for each certificate.
    #[must_use]
    pub fn revocation(&self) -> &[RevocationStatus] {
        &self.revocation
    }

    /// For each certificate that is good: when the freshest evidence was issued that says so (thisUpdate).
    #[must_use]
    pub fn said(&self) -> &[Option<Time>] {
        &self.said
    }

    /// The certificate policies that hold on the whole path and are accepted, dotted; `2.5.29.32.0` for any
    /// (user-constrained-policy-set, RFC 5280 6.1.6).
    #[must_use]
    pub fn policies(&self) -> &[String] {
        &self.policies
    }

    /// The path, where nothing is wrong with it.
    ///
    /// # Errors
    /// The weightiest fault; this report, with all of them, stays with the caller.
    pub fn validated(&self) -> Result<ValidatedPath, PathFailure> {
        match self.faults.iter().min_by_key(|fault| weight(&fault.failure)) {
            Some(fault) => Err(fault.failure.clone()),
            None if self.anchored => Ok(ValidatedPath { report: self.clone() }),
            None => Err(PathFailure::NoChain),
        }
    }
}

/// A path without fault at its time of judgement. Made by [`PathReport::validated`] alone.
#[derive(Clone, Debug)]
pub struct ValidatedPath {
    report: PathReport,
}

impl ValidatedPath {
    /// The certificate asked about first, the anchor last.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.report.certificates
    }

    /// One status for each certificate.
    #[must_use]
    pub fn revocation(&self) -> &[RevocationStatus] {
        &self.report.revocation
    }

    /// The time of judgement.
    #[must_use]
    pub fn at(&self) -> Time {
        self.report.at
    }
}

/// Finds and judges paths with the evidence at hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct PathValidator<'a> {
    /// What is trusted.
    pub anchors: &'a [TrustAnchor],
    /// Certificates that may help to reach an anchor; nothing is believed of them.
    pub candidates: &'a [Certificate],
    /// Evidence of revocation at hand; each piece is verified before it is believed.
    pub revocation: RevocationEvidence<'a>,
    /// What is asked of certificate policies; `None` asks for nothing.
    pub policies: Option<&'a PolicyInputs>,
}

impl PathValidator<'_> {
    /// The best path from `target` to an anchor, judged at `at`.
    #[must_use]
    pub fn report(&self, target: &Certificate, purpose: Purpose, at: Time, budget: &Budget) -> PathReport {
        search::best(self, target, purpose, at, budget)
    }

    /// Everything that evidence says of each certificate of a path that was found, whatever its age; nothing of its anchor.
    ///
    /// # Errors
    /// [`Exhausted`] where there is more of it than is checked.
    pub fn history(&self, report: &PathReport, budget: &Budget) -> Result<Vec<Vec<Statement>>, Exhausted> {
        search::history(self, report, budget)
    }

    /// [`PathValidator::report`] and [`PathReport::validated`] in one.
    ///
    /// # Errors
    /// The weightiest fault of the best path.
    pub fn validate(
        &self,
        target: &Certificate,
        purpose: Purpose,
        at: Time,
        budget: &Budget,
    ) -> Result<ValidatedPath, PathFailure> {
        self.report(target, purpose, at, budget).validated()
    }
}

/// Which fault speaks for the path: what nobody can mend first, time last.
fn weight(failure: &PathFailure) -> u8 {
    match failure {
        PathFailure::Limit(_) => 0,
        PathFailure::Signature => 1,
        PathFailure::NoChain => 2,
        PathFailure::Revoked { .. } => 4,
        PathFailure::NotYetValid { .. } => 5,
        PathFailure::Expired { .. } => 6,
        _ => 3,
    }
}
