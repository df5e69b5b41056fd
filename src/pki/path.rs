//! Certificate paths: finding one to a trust anchor, and judging it at a given time (RFC 5280 section 6).
//!
//! [`PathValidator::report`] gives the best path with all that is wrong with it, so that a caller who knows more about
//! the signing time can judge an expired certificate; only a path without fault becomes a [`ValidatedPath`].

use crate::crypto::PublicKey;
use crate::limits::{Budget, Exhausted, Limit, PATH_LENGTH};
use crate::pki::extension::{Usage, oid};
use crate::pki::name_constraints;
use crate::pki::{Certificate, Crl, RevocationReason};
use crate::time::{Standing, Time};

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

/// What is known of a certificate's revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationStatus {
    /// A list in force at the time of judgement does not name it.
    Good,
    /// A list names it; whether that was before the time of judgement says the fault beside it.
    Revoked {
        /// Since when.
        at: Time,
        /// Why.
        reason: RevocationReason,
    },
    /// The certificate names a source, and no usable evidence is at hand.
    Unknown,
    /// The certificate names no source, and no evidence is at hand.
    NotPublished,
    /// A trust anchor: not asked.
    Anchor,
}

/// The best path found and everything that is wrong with it.
#[derive(Clone, Debug)]
pub struct PathReport {
    certificates: Vec<Certificate>,
    anchored: bool,
    faults: Vec<PathFault>,
    revocation: Vec<RevocationStatus>,
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
    /// Revocation lists at hand; each is verified before it is believed.
    pub crls: &'a [Crl],
}

/// Certificates of a path being built, and whether the last one is an anchor.
type Chain = Vec<Certificate>;

impl PathValidator<'_> {
    /// The best path from `target` to an anchor, judged at `at`.
    #[must_use]
    pub fn report(&self, target: &Certificate, purpose: Purpose, at: Time, budget: &Budget) -> PathReport {
        let mut search = Search { validator: self, purpose, at, budget, best: None, longest: vec![target.clone()] };
        let mut bad_signature = false;
        let end = search.extend(&mut vec![target.clone()], &mut bad_signature);
        let mut report = search.best.unwrap_or_else(|| {
            let failure = if bad_signature { PathFailure::Signature } else { PathFailure::NoChain };
            let position = search.longest.len().saturating_sub(1);
            let mut faults = judge(&search.longest, purpose, at);
            faults.push(PathFault { position, failure });
            let revocation = search.longest.iter().map(published).collect();
            PathReport { certificates: search.longest, anchored: false, faults, revocation, at }
        });
        if let Err(exhausted) = end {
            // An unfinished search may have missed a better path, and may not have checked this one's revocation.
            report.faults.push(PathFault { position: 0, failure: exhausted.into() });
        }
        report
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

struct Search<'a> {
    validator: &'a PathValidator<'a>,
    purpose: Purpose,
    at: Time,
    budget: &'a Budget,
    best: Option<PathReport>,
    longest: Chain,
}

impl Search<'_> {
    /// Depth first; ends when a path without fault is found. Depth is bounded by [`PATH_LENGTH`].
    fn extend(&mut self, chain: &mut Chain, bad_signature: &mut bool) -> Result<(), Exhausted> {
        let Some(last) = chain.last().cloned() else { return Ok(()) };
        if chain.len() > self.longest.len() {
            self.longest.clone_from(chain);
        }
        let validator = self.validator;
        let anchors = validator.anchors.iter().filter(|anchor| anchor.serves(self.purpose));
        if anchors.clone().any(|anchor| anchor.certificate == last) {
            return self.judge(chain);
        }
        if chain.len() >= PATH_LENGTH {
            return Ok(());
        }
        let mut issuers: Vec<&Certificate> =
            anchors.map(TrustAnchor::certificate).chain(validator.candidates).filter(|c| may_issue(c, &last)).collect();
        // Those whose key identifier fits come first (RFC 4158 3.5.12); anchors stay before candidates.
        issuers.sort_by_key(|issuer| !key_id_fits(issuer, &last));
        for issuer in issuers {
            // A loop: the same name and key again (RFC 4158 5.2).
            if chain.iter().any(|c| c.subject() == issuer.subject() && c.spki() == issuer.spki()) {
                continue;
            }
            self.budget.spend(Limit::SignatureChecks, 1)?;
            let signed = issuer.public_key().ok().is_some_and(|key| last.verify_signature_by(&key).is_ok());
            if !signed {
                *bad_signature = true;
                continue;
            }
            chain.push(issuer.clone());
            let end = self.extend(chain, bad_signature);
            chain.pop();
            end?;
            if self.best.as_ref().is_some_and(|best| best.faults.is_empty()) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Judges a complete chain and keeps it if it is the best.
    fn judge(&mut self, chain: &Chain) -> Result<(), Exhausted> {
        let mut faults = judge(chain, self.purpose, self.at);
        let mut revocation = Vec::new();
        for (position, certificate) in chain.iter().enumerate() {
            let status = match chain.get(position + 1) {
                Some(issuer) => revocation_status(certificate, issuer, self.validator.crls, self.at, self.budget)?,
                None => RevocationStatus::Anchor,
            };
            if let RevocationStatus::Revoked { at, reason } = status
                && at <= self.at
            {
                faults.push(PathFault { position, failure: PathFailure::Revoked { at, reason } });
            }
            revocation.push(status);
        }
        faults.sort_by_key(|fault| fault.position);
        let better = self.best.as_ref().is_none_or(|best| faults.len() < best.faults.len());
        if better {
            self.best =
                Some(PathReport { certificates: chain.clone(), anchored: true, faults, revocation, at: self.at });
        }
        Ok(())
    }
}

/// Name chaining (RFC 5280 6.1.3 a 4).
fn may_issue(issuer: &Certificate, subject: &Certificate) -> bool {
    !subject.issuer().is_empty() && issuer.subject().matches(subject.issuer())
}

fn key_id_fits(issuer: &Certificate, subject: &Certificate) -> bool {
    let wanted = subject.authority_key_id().ok().flatten().and_then(|id| id.key_id);
    wanted.is_some() && wanted == issuer.subject_key_id().ok().flatten()
}

/// Everything but signatures, which were checked while the chain was built, and revocation.
fn judge(chain: &[Certificate], purpose: Purpose, at: Time) -> Vec<PathFault> {
    let mut faults = Vec::new();
    // CA certificates below the present one that are not self-issued (RFC 5280 6.1.4 l).
    let mut below = 0_u64;
    for (position, certificate) in chain.iter().enumerate() {
        let mut failures = validity(certificate, at);
        failures.extend(critical(certificate));
        if position == 0 {
            failures.extend(end_usage(certificate, purpose));
        } else {
            failures.extend(authority(certificate, below));
            let covered = chain.get(..position).unwrap_or(&[]);
            if name_constraints::check(certificate, covered).is_err() {
                failures.push(PathFailure::NameConstraints);
            }
            if !certificate.is_self_issued() {
                below = below.saturating_add(1);
            }
        }
        let is_anchor = position + 1 == chain.len() && position > 0;
        failures.extend(strength(certificate, is_anchor));
        faults.extend(failures.into_iter().map(|failure| PathFault { position, failure }));
    }
    faults
}

/// RFC 5280 6.1.3 a 2.
fn validity(certificate: &Certificate, at: Time) -> Vec<PathFailure> {
    let period = certificate.validity();
    match period.standing(at) {
        Standing::Valid => Vec::new(),
        Standing::Expired => vec![PathFailure::Expired { not_after: period.not_after }],
        Standing::NotYetValid => vec![PathFailure::NotYetValid { not_before: period.not_before }],
    }
}

/// Extensions that are processed here, or that constrain nothing while no policy is asked for. Not among them:
/// policyConstraints, which may ask for one by itself.
const KNOWN: [&str; 10] = [
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::SUBJECT_ALT_NAME,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::INHIBIT_ANY_POLICY,
];

fn critical(certificate: &Certificate) -> Vec<PathFailure> {
    let extensions = certificate.extensions().iter().filter(|extension| extension.critical);
    extensions
        .filter(|extension| !KNOWN.contains(&extension.oid.as_str()))
        .map(|extension| PathFailure::UnknownCritical { oid: extension.oid.clone() })
        .collect()
}

/// RFC 5280 6.1.4 k to n.
fn authority(certificate: &Certificate, below: u64) -> Vec<PathFailure> {
    let mut failures = Vec::new();
    match certificate.basic_constraints() {
        Ok(Some(constraints)) if constraints.is_ca => {
            if constraints.path_length.is_some_and(|most| below > most) {
                failures.push(PathFailure::PathLength);
            }
        }
        // A root of version 1 cannot say that it is a CA; the anchor's own name and key are what is trusted.
        Ok(None) if certificate.version() < 3 && certificate.is_self_issued() => {}
        Ok(_) => failures.push(PathFailure::NotCa),
        Err(broken) => failures.push(PathFailure::BrokenExtension { oid: broken.oid }),
    }
    match certificate.key_usage() {
        Ok(Some(usage)) if !usage.has(Usage::KeyCertSign) => failures.push(PathFailure::KeyCertSign),
        Ok(_) => {}
        Err(broken) => failures.push(PathFailure::BrokenExtension { oid: broken.oid }),
    }
    failures
}

/// Purposes that have nothing to do with documents: a certificate for these alone signs none.
const FOREIGN: [&str; 5] =
    ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.3", oid::TIME_STAMPING, oid::OCSP_SIGNING, "1.3.6.1.5.5.7.3.17"];

/// keyUsage and extKeyUsage of the end certificate.
fn end_usage(certificate: &Certificate, purpose: Purpose) -> Vec<PathFailure> {
    let (usage, purposes) = match (certificate.key_usage(), certificate.extended_key_usage()) {
        (Ok(usage), Ok(purposes)) => (usage, purposes),
        (Err(broken), _) | (_, Err(broken)) => return vec![PathFailure::BrokenExtension { oid: broken.oid }],
    };
    // Extra bits are no fault; real tax seals have keyEncipherment too.
    let signs = usage.is_none_or(|usage| usage.has(Usage::DigitalSignature) || usage.has(Usage::NonRepudiation));
    let allowed = match purpose {
        Purpose::Any => return Vec::new(),
        Purpose::SealMaker | Purpose::Signer => {
            purposes.is_none_or(|list| !list.iter().all(|one| FOREIGN.contains(&one.as_str())))
        }
        // RFC 3161 2.3: the only purpose, and critical.
        Purpose::Tsa => {
            let critical = certificate.extension(oid::EXTENDED_KEY_USAGE).is_some_and(|one| one.critical);
            critical && purposes.is_some_and(|list| list == [oid::TIME_STAMPING])
        }
    };
    if signs && allowed { Vec::new() } else { vec![PathFailure::KeyUsage] }
}

/// Smallest RSA modulus that is accepted (ETSI TS 119 312: 1900 bits and more).
const RSA_BITS: usize = 2048;

/// The strength of the key, and of the signature on it where that is not an anchor's own.
fn strength(certificate: &Certificate, is_anchor: bool) -> Vec<PathFailure> {
    let mut failures = Vec::new();
    match certificate.public_key() {
        Ok(key) if weak_key(&key) => failures.push(PathFailure::WeakAlgorithm { name: key.name() }),
        Ok(_) => {}
        Err(_) => failures.push(PathFailure::Key),
    }
    if let Some(algorithm) = certificate.signature_algorithm().filter(|_| !is_anchor)
        && algorithm.digest().is_weak()
    {
        failures.push(PathFailure::WeakAlgorithm { name: algorithm.name() });
    }
    failures
}

fn weak_key(key: &PublicKey) -> bool {
    key.name().starts_with("RSA") && key.bits() < RSA_BITS
}

/// Status of a certificate by the lists at hand (RFC 5280 6.3, full lists of its own issuer).
fn revocation_status(
    certificate: &Certificate,
    issuer: &Certificate,
    crls: &[Crl],
    at: Time,
    budget: &Budget,
) -> Result<RevocationStatus, Exhausted> {
    // RFC 5280 6.3.3 f: where keyUsage is there, cRLSign must be set.
    let may_sign = issuer.key_usage().is_ok_and(|usage| usage.is_none_or(|usage| usage.has(Usage::CrlSign)));
    let Some(key) = issuer.public_key().ok().filter(|_| may_sign) else { return Ok(published(certificate)) };
    let mut good = false;
    let mut revoked: Option<(Time, RevocationReason)> = None;
    for crl in crls.iter().filter(|crl| crl.is_complete() && crl.issuer().matches(certificate.issuer())) {
        budget.spend(Limit::SignatureChecks, 1)?;
        if crl.verify_signature_by(&key).is_err() {
            continue;
        }
        match crl.lookup(certificate.serial()) {
            Some(entry) if revoked.is_none_or(|(earlier, _)| entry.at < earlier) => {
                revoked = Some((entry.at, entry.reason));
            }
            Some(_) => {}
            // Without nextUpdate nobody can say how long a list is in force.
            None => good |= crl.next_update().is_some_and(|next| at <= next),
        }
    }
    Ok(match revoked {
        Some((at, reason)) => RevocationStatus::Revoked { at, reason },
        None if good => RevocationStatus::Good,
        None => published(certificate),
    })
}

/// Without evidence: whether the certificate names a source for it.
fn published(certificate: &Certificate) -> RevocationStatus {
    let named = certificate.extension(oid::CRL_DISTRIBUTION_POINTS).is_some()
        || !matches!(certificate.ocsp_urls(), Ok(None)) && certificate.ocsp_urls() != Ok(Some(Vec::new()));
    if named { RevocationStatus::Unknown } else { RevocationStatus::NotPublished }
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
