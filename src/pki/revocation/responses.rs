//! What OCSP responders say of a certificate (RFC 6960 3.2 and 4.2.2).

use crate::limits::{Exhausted, Limit};
use crate::pki::Certificate;
use crate::pki::certificate::is_weak_key;
use crate::pki::distribution::Reasons;
use crate::pki::extension::{Usage, oid};
use crate::pki::ocsp::{CertStatus, OcspResponse, SingleResponse};
use crate::pki::revocation::{
    Accusation, Acquittal, Question, RevocationStatus, Says, Statement, Testimony, history, lists, published,
};
use crate::time::{Standing, Time};

/// How long an answer without nextUpdate is taken for the present: ten minutes. "Newer revocation information is
/// available all the time" (RFC 6960 4.2.2.1), so it is no answer for later.
const PRESENT: i64 = 600;

/// Asks every response that names the certificate.
pub(super) fn ask(question: &Question<'_>, testimony: &mut Testimony) -> Result<(), Exhausted> {
    for response in question.evidence.responses.iter().filter(|response| response.is_understood()) {
        let about = |single: &&SingleResponse| single.id.names(question.certificate, question.issuer);
        let mut singles = response.singles().iter().filter(about).peekable();
        if singles.peek().is_none() {
            continue;
        }
        let Some(ends) = authorised_until(question, response)? else { continue };
        for single in singles {
            judge(question, single, testimony, |says| {
                let until = single.next_update.unwrap_or_else(|| single.this_update.plus_seconds(PRESENT));
                history::of_answer(says, (single.this_update, Some(until)), response, ends)
            });
        }
    }
    Ok(())
}

fn judge(
    question: &Question<'_>,
    single: &SingleResponse,
    testimony: &mut Testimony,
    state: impl Fn(Says) -> Statement,
) {
    let said = single.this_update;
    match single.status {
        CertStatus::Revoked { at, reason } => {
            testimony.statements.push(state(Says::Revoked { at, reason }));
            testimony.revoked.push(Accusation { at, reason, said });
        }
        CertStatus::Good if is_in_force(single, question.when(said)) && still_known(single, question.certificate) => {
            testimony.statements.push(state(Says::Good));
            testimony.good.push(Acquittal { reasons: Reasons::ALL, said });
        }
        CertStatus::Good | CertStatus::Unknown => {}
    }
}

/// RFC 6960 3.2 rules 5 and 6.
fn is_in_force(single: &SingleResponse, at: Time) -> bool {
    at <= single.next_update.unwrap_or_else(|| single.this_update.plus_seconds(PRESENT))
}

/// Of an expired certificate a responder may know nothing any more, unless it says since when it keeps what it knew
/// (RFC 6960 4.4.4).
fn still_known(single: &SingleResponse, certificate: &Certificate) -> bool {
    let end = certificate.validity().not_after;
    single.this_update <= end || single.archive_cutoff.is_some_and(|cutoff| cutoff <= end)
}

/// RFC 6960 4.2.2.2: signed by the issuer itself, or by somebody whom the issuer certified for this, with the same key.
/// Gives the end of the signer's certificate; `None` for a response that nobody authorised made.
fn authorised_until(question: &Question<'_>, response: &OcspResponse) -> Result<Option<Time>, Exhausted> {
    if response.signature_algorithm().is_none_or(|algorithm| algorithm.digest().is_weak()) {
        return Ok(None);
    }
    if response.responder().names(question.issuer) && signed_by(question, response, question.issuer)? {
        return Ok(Some(question.issuer.validity().not_after));
    }
    for responder in response.certificates().iter().chain(question.signers.iter().copied()) {
        if response.responder().names(responder)
            && may_answer(question, responder, response.produced_at())
            && issued_by(question, responder)?
            && signed_by(question, response, responder)?
            && !may_be_revoked(question, responder, response.produced_at())?
        {
            return Ok(Some(responder.validity().not_after));
        }
    }
    Ok(None)
}

fn signed_by(question: &Question<'_>, response: &OcspResponse, signer: &Certificate) -> Result<bool, Exhausted> {
    let Ok(key) = signer.public_key() else { return Ok(false) };
    question.budget.spend(Limit::SignatureChecks, 1)?;
    Ok(response.verify_signature_by(&key).is_ok())
}

/// Directly below the issuer, by the same key as the certificate in question.
fn issued_by(question: &Question<'_>, responder: &Certificate) -> Result<bool, Exhausted> {
    let named = responder.issuer().matches(question.issuer.subject());
    let Some(key) = question.issuer.public_key().ok().filter(|_| named) else { return Ok(false) };
    question.budget.spend(Limit::SignatureChecks, 1)?;
    let weak = responder.signature_algorithm().is_none_or(|algorithm| algorithm.digest().is_weak());
    Ok(!weak && responder.verify_signature_by(&key).is_ok())
}

/// id-kp-OCSPSigning by name, a key that may sign, in force when it answered and not ended at the time of judgement.
fn may_answer(question: &Question<'_>, responder: &Certificate, produced: Time) -> bool {
    let known = [oid::KEY_USAGE, oid::EXTENDED_KEY_USAGE, oid::BASIC_CONSTRAINTS, oid::OCSP_NO_CHECK];
    let understood = responder.extensions().iter().all(|one| !one.critical || known.contains(&one.oid.as_str()));
    let purposes = responder.extended_key_usage().ok().flatten().unwrap_or_default();
    let signs = responder.key_usage().is_ok_and(|usage| {
        usage.is_none_or(|usage| usage.has(Usage::DigitalSignature) || usage.has(Usage::NonRepudiation))
    });
    let period = responder.validity();
    understood
        && signs
        && purposes.iter().any(|one| one == oid::OCSP_SIGNING)
        && responder.public_key().is_ok_and(|key| !is_weak_key(&key))
        && period.standing(produced) == Standing::Valid
        && question.when(produced) <= period.not_after
}

/// RFC 6960 4.2.2.2.1: not asked where the issuer says so; else by lists. A responder that names no source of them is
/// believed, as the same section leaves to policy.
fn may_be_revoked(question: &Question<'_>, responder: &Certificate, produced: Time) -> Result<bool, Exhausted> {
    if responder.extension(oid::OCSP_NO_CHECK).is_some() {
        return Ok(false);
    }
    let mut testimony = Testimony::default();
    lists::ask(&Question { certificate: responder, ..*question }, &mut testimony)?;
    let status = testimony.conclude(question.when(produced)).unwrap_or_else(|| published(responder));
    Ok(!matches!(status, RevocationStatus::Good | RevocationStatus::NotPublished))
}
