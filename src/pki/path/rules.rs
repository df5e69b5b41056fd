//! What each certificate of a path must be (RFC 5280 6.1.3 and 6.1.4), and what its end must be for its purpose.

use crate::limits::{Budget, Exhausted};
use crate::pki::Certificate;
use crate::pki::certificate::is_weak_key;
use crate::pki::extension::{Usage, oid};
use crate::pki::name_constraints::{self, Refused};
use crate::pki::path::{PathFailure, PathFault, Purpose};
use crate::time::{Standing, Time};

/// Everything but signatures, which were checked while the chain was built, policies and revocation.
pub(super) fn judge(
    chain: &[Certificate],
    purpose: Purpose,
    at: Time,
    budget: &Budget,
) -> Result<Vec<PathFault>, Exhausted> {
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
            match name_constraints::check(certificate, covered, budget) {
                Ok(()) => {}
                Err(Refused::Outside) => failures.push(PathFailure::NameConstraints),
                Err(Refused::Limit(end)) => return Err(end),
            }
            if !certificate.is_self_issued() {
                below = below.saturating_add(1);
            }
        }
        let is_anchor = position + 1 == chain.len() && position > 0;
        failures.extend(strength(certificate, is_anchor));
        faults.extend(failures.into_iter().map(|failure| PathFault { position, failure }));
    }
    Ok(faults)
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

/// Extensions that are processed here.
const KNOWN: [&str; 12] = [
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::SUBJECT_ALT_NAME,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
    oid::CRL_DISTRIBUTION_POINTS,
];

/// Critical extensions that are not known, and known ones that are there twice (RFC 5280 4.2).
fn critical(certificate: &Certificate) -> Vec<PathFailure> {
    let all = certificate.extensions();
    let unknown = all.iter().filter(|one| one.critical && !KNOWN.contains(&one.oid.as_str()));
    let unknown = unknown.map(|extension| PathFailure::UnknownCritical { oid: extension.oid.clone() });
    let twice = KNOWN.iter().filter(|oid| all.iter().filter(|one| one.oid == **oid).count() > 1);
    unknown.chain(twice.map(|oid| PathFailure::BrokenExtension { oid: (*oid).to_owned() })).collect()
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

/// The strength of the key, and of the signature on it where that is not an anchor's own.
fn strength(certificate: &Certificate, is_anchor: bool) -> Vec<PathFailure> {
    let mut failures = Vec::new();
    match certificate.public_key() {
        Ok(key) if is_weak_key(&key) => failures.push(PathFailure::WeakAlgorithm { name: key.name() }),
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
