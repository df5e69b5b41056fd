//! What revocation lists say of a certificate (RFC 5280 6.3.3).

use crate::limits::{Exhausted, Limit};
use crate::pki::distribution::{
    Contains, Directness, DistributionPoint, IssuingDistributionPoint, PointName, Reasons, share_a_name,
};
use crate::pki::extension::{GeneralName, Usage, oid};
use crate::pki::revocation::{Accusation, Acquittal, Circle, Force, Question, Says, Statement, Testimony, history};
use crate::pki::{Certificate, Crl, Name, RevocationReason, Revoked};

/// Asks every list that speaks for a distribution point of the certificate, then those of its issuer that no point
/// names.
pub(super) fn ask(question: &Question<'_>, testimony: &mut Testimony) -> Result<(), Exhausted> {
    let mut points = question.certificate.distribution_points().ok().flatten().unwrap_or_default();
    points.push(implied(question.certificate));
    let lists: Vec<&Crl> = question.evidence.crls.iter().filter(|crl| crl.is_understood()).collect();
    let mut known: Vec<Option<Option<Certificate>>> = vec![None; lists.len()];
    for point in &points {
        for (crl, known) in lists.iter().zip(&mut known) {
            let Some(reasons) = scope(point, crl, question.certificate) else { continue };
            let signer = match known {
                Some(signer) => signer.clone(),
                None => {
                    // RFC 5280 6.3.3 f and g.
                    let circle = if point.crl_issuer.is_empty() { Circle::Unnamed } else { Circle::Named };
                    known.insert(signer(question, crl, circle)?).clone()
                }
            };
            let Some(signer) = signer else { continue };
            let delta = delta_of(crl, &signer, &lists, question)?;
            judge(question, (crl, delta), &signer, reasons, testimony);
            if question.force == Force::Issue && delta.is_some() {
                // The list by itself may be shown to exist since a time at which its delta cannot.
                judge(question, (crl, None), &signer, reasons, testimony);
            }
        }
    }
    Ok(())
}

/// "Assume a DP with both the reasons and the cRLIssuer fields omitted and a distribution point name of the
/// certificate issuer."
fn implied(certificate: &Certificate) -> DistributionPoint {
    let mut names = vec![GeneralName::Directory(certificate.issuer().clone())];
    names.extend(certificate.issuer_alt_names().ok().flatten().unwrap_or_default());
    DistributionPoint { name: Some(PointName::Full(names)), ..DistributionPoint::default() }
}

/// For which reasons a complete list speaks for a certificate at a point; `None` where it does not (6.3.3 b and d).
fn scope(point: &DistributionPoint, crl: &Crl, certificate: &Certificate) -> Option<Reasons> {
    if crl.is_delta() {
        return None;
    }
    let own = crl.issuing_distribution_point().ok()?.unwrap_or_default();
    let issuer = crl.issuer();
    if point.crl_issuer.is_empty() {
        if !issuer.matches(certificate.issuer()) {
            return None;
        }
    } else {
        let named = share_a_name(&point.crl_issuer, &[GeneralName::Directory(issuer.clone())]);
        if !named || own.directness != Directness::Indirect {
            return None;
        }
    }
    if !is_point(point, &own, issuer) || !contains(&own, certificate) {
        return None;
    }
    let all = Reasons::ALL;
    Some(own.reasons.unwrap_or(all).common(point.reasons.unwrap_or(all)))
}

/// 6.3.3 b 2 i.
fn is_point(point: &DistributionPoint, own: &IssuingDistributionPoint, issuer: &Name) -> bool {
    let Some(name) = &own.name else { return true };
    let names = name.names(issuer);
    match &point.name {
        Some(wanted) => share_a_name(&names, &wanted.names(issuer)),
        None => share_a_name(&names, &point.crl_issuer),
    }
}

/// 6.3.3 b 2 ii to iv.
fn contains(own: &IssuingDistributionPoint, certificate: &Certificate) -> bool {
    let is_ca = certificate.basic_constraints().ok().flatten().is_some_and(|constraints| constraints.is_ca);
    match own.contains {
        Contains::All => true,
        Contains::UserCertificates => !is_ca,
        Contains::CaCertificates => is_ca,
        Contains::Nothing => false,
    }
}

/// Whose key signed a list, where that is the certificate's issuer or somebody with a path to the same anchor.
fn signer(question: &Question<'_>, crl: &Crl, circle: Circle) -> Result<Option<Certificate>, Exhausted> {
    if signed_by(question, crl, question.issuer)? {
        return Ok(Some(question.issuer.clone()));
    }
    for candidate in question.signers {
        if *candidate != question.issuer
            && signed_by(question, crl, candidate)?
            && question.prover.proves(candidate, circle)?
        {
            return Ok(Some((*candidate).clone()));
        }
    }
    Ok(None)
}

fn signed_by(question: &Question<'_>, crl: &Crl, signer: &Certificate) -> Result<bool, Exhausted> {
    if !signer.subject().matches(crl.issuer()) {
        return Ok(false);
    }
    // RFC 5280 6.3.3 f: where keyUsage is there, cRLSign must be set.
    let may_sign = signer.key_usage().is_ok_and(|usage| usage.is_none_or(|usage| usage.has(Usage::CrlSign)));
    let Some(key) = signer.public_key().ok().filter(|_| may_sign) else { return Ok(false) };
    question.budget.spend(Limit::SignatureChecks, 1)?;
    let weak = crl.signature_algorithm().is_some_and(|algorithm| algorithm.digest().is_weak());
    Ok(!weak && crl.verify_signature_by(&key).is_ok())
}

/// The newest delta that continues a complete list (RFC 5280 5.2.4, 6.3.3 c and h).
fn delta_of<'a>(
    base: &Crl,
    signer: &Certificate,
    lists: &[&'a Crl],
    question: &Question<'_>,
) -> Result<Option<&'a Crl>, Exhausted> {
    let Some(number) = base.number() else { return Ok(None) };
    let mut newest: Option<&Crl> = None;
    for delta in lists.iter().filter(|delta| delta.is_delta() && continues(delta, base, &number)) {
        let in_force = delta.next_update().is_some_and(|next| question.when(delta.this_update()) <= next);
        let newer = newest.is_none_or(|newest| order(&newest.number()).lt(&order(&delta.number())));
        if in_force && newer && signed_by(question, delta, signer)? {
            newest = Some(delta);
        }
    }
    Ok(newest)
}

/// Same issuer, same scope, same key, and numbers that follow each other.
fn continues(delta: &Crl, base: &Crl, number: &[u8]) -> bool {
    let value = |crl: &Crl, oid| crl.extension(oid).map(|extension| extension.value.clone());
    let same = |oid| value(delta, oid) == value(base, oid);
    let number = order(&Some(number.to_vec()));
    delta.issuer().matches(base.issuer())
        && same(oid::ISSUING_DISTRIBUTION_POINT)
        && same(oid::AUTHORITY_KEY_IDENTIFIER)
        && delta.base_number().is_some_and(|from| order(&Some(from)) <= number)
        && order(&delta.number()) > number
}

/// A non-negative INTEGER so that it can be compared: length without leading zeros, then bytes.
fn order(number: &Option<Vec<u8>>) -> (usize, Vec<u8>) {
    let bytes: Vec<u8> = number.iter().flatten().copied().skip_while(|byte| *byte == 0).collect();
    (bytes.len(), bytes)
}

/// 6.3.3 i to l.
fn judge(
    question: &Question<'_>,
    (base, delta): (&Crl, Option<&Crl>),
    signer: &Certificate,
    reasons: Reasons,
    testimony: &mut Testimony,
) {
    let certificate = question.certificate;
    let state = |says: Says| history::of_list(says, (base, delta), signer);
    let entry = |crl: &Crl| crl.entry_of(certificate.issuer(), certificate.serial()).cloned();
    let accuse = |entry: Revoked, by: &Crl| Accusation { at: entry.at, reason: entry.reason, said: by.this_update() };
    let listed = entry(base);
    match delta.and_then(|delta| entry(delta).map(|found| (found, delta))) {
        // The delta releases what the complete list holds; no other reason ever ends.
        Some((found, _))
            if found.reason == RevocationReason::RemoveFromCrl
                && listed.as_ref().is_none_or(|entry| entry.reason == RevocationReason::CertificateHold) => {}
        Some((found, delta)) if found.reason != RevocationReason::RemoveFromCrl => {
            testimony.statements.push(state(Says::Revoked { at: found.at, reason: found.reason }));
            return testimony.revoked.push(accuse(found, delta));
        }
        _ => {
            if let Some(found) = listed {
                testimony.statements.push(state(Says::Revoked { at: found.at, reason: found.reason }));
                return testimony.revoked.push(accuse(found, base));
            }
        }
    }
    // Without nextUpdate nobody can say how long a list is in force.
    let in_force = base.next_update().is_some_and(|next| question.when(base.this_update()) <= next);
    // An expired certificate may be gone from the list (RFC 5280 3.3), unless the list says that it keeps them.
    let end = certificate.validity().not_after;
    let still_listed = base.this_update() <= end || base.expired_since().is_some_and(|since| since <= end);
    if in_force && still_listed {
        testimony.statements.push(state(Statement::good(reasons)));
        testimony.good.push(Acquittal { reasons, said: delta.unwrap_or(base).this_update() });
    }
}
