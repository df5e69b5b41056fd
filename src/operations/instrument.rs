//! The check before: whether seal and certificate are known, in force, not revoked, and belong together.

use std::sync::Arc;

use crate::limits::Budget;
use crate::operations::orders::Instrument;
use crate::operations::seal_life::in_use;
use crate::operations::{Context, Gathered, OperationError, StoreTrust};
use crate::pdf::PreparedPicture;
use crate::pki::Certificate;
use crate::pki::path::{PathFailure, PathValidator, Purpose};
use crate::seal::{Listed, Seal};
use crate::store::{EmbeddedStore, Name, SealRecord, Store};
use crate::time::{Standing, Time};
use crate::verify::OwnStatus;

/// A seal and certificate that may be used now.
pub(in crate::operations) struct Checked {
    pub(in crate::operations) gathered: Gathered,
    /// Of the certificate.
    pub(in crate::operations) name: Name,
    pub(in crate::operations) certificate: Certificate,
    pub(in crate::operations) chain: Vec<Certificate>,
    pub(in crate::operations) seal: Option<UsableSeal>,
}

pub(in crate::operations) struct UsableSeal {
    pub(in crate::operations) name: Name,
    pub(in crate::operations) seal: Seal,
    pub(in crate::operations) picture: Arc<PreparedPicture>,
}

impl Checked {
    pub(in crate::operations) fn check(context: &Context<'_>, instrument: &Instrument) -> Result<Self, OperationError> {
        let reading = context.open()?;
        let now = context.now();
        let (seal_record, certificate_name) = choose(&reading, instrument, now)?;
        let record = reading.certificate(&certificate_name)?;
        let record = record.ok_or_else(|| OperationError::CertUnknown { name: certificate_name.to_string() })?;
        let certificate = parse(&record.der)?;
        let picture = seal_record.as_ref().map(|seal| reading.seal_picture(&seal.name)).transpose()?.flatten();
        let gathered = Gathered::of_store(Some(reading), StoreTrust::Counts)?.at(now);
        usable(&certificate_name, &certificate, &gathered, now)?;
        let seal = seal_record.map(|record| UsableSeal::load(record, picture, now)).transpose()?;
        if let Some(used) = &seal
            && used.seal.lists_certificate(certificate.as_der()) != Listed::Yes
        {
            let (name, seal) = (certificate_name.to_string(), used.name.to_string());
            return Err(OperationError::CertNotInSeal { name, seal });
        }
        let chain = chain(&gathered, &certificate, &record.chain);
        Ok(Checked { gathered, name: certificate_name, certificate, chain, seal })
    }
}

/// Nothing is unlocked for a name that the store does not know.
pub(in crate::operations) fn known(store: &EmbeddedStore, instrument: &Instrument) -> Result<(), OperationError> {
    let (seal, certificate) = match instrument {
        Instrument::Seal { name, holder } => (Some(name), holder.as_ref()),
        Instrument::Certificate(name) => (None, Some(name)),
    };
    if let Some(name) = seal
        && store.seal(name)?.is_none()
    {
        return Err(OperationError::SealUnknown { name: name.to_string() });
    }
    match certificate {
        Some(name) if store.certificate(name)?.is_none() => Err(OperationError::CertUnknown { name: name.to_string() }),
        _ => Ok(()),
    }
}

/// The seal, if any, and the certificate that signs.
fn choose(
    store: &EmbeddedStore,
    instrument: &Instrument,
    now: Time,
) -> Result<(Option<SealRecord>, Name), OperationError> {
    let (name, holder) = match instrument {
        Instrument::Certificate(name) => return Ok((None, name.clone())),
        Instrument::Seal { name, holder } => (name, holder),
    };
    let record = store.seal(name)?.ok_or_else(|| OperationError::SealUnknown { name: name.to_string() })?;
    in_use(store, &record, now)?;
    if let Some(holder) = holder {
        return Ok((Some(record), holder.clone()));
    }
    let mut able = Vec::new();
    for holder in &record.holders {
        if store.custody(holder)? != crate::store::Custody::Elsewhere {
            able.push(holder.clone());
        }
    }
    // Of several holders, one whose certificate is in force now is meant.
    if able.len() > 1 {
        able.retain(|holder| {
            let record = store.certificate(holder).ok().flatten();
            let certificate = record.and_then(|record| Certificate::from_der(&record.der).ok());
            certificate.is_some_and(|certificate| certificate.validity().standing(now) == Standing::Valid)
        });
    }
    match able.as_slice() {
        [only] => Ok((Some(record), only.clone())),
        [] => Err(OperationError::HolderMissing { seal: name.to_string() }),
        _ => Err(OperationError::HolderAmbiguous { seal: name.to_string() }),
    }
}

/// Whether a certificate may sign documents now: its period, its revocation, its key usage.
fn usable(name: &Name, certificate: &Certificate, gathered: &Gathered, now: Time) -> Result<(), OperationError> {
    let name = name.to_string();
    let validity = certificate.validity();
    match validity.standing(now) {
        Standing::NotYetValid => {
            return Err(OperationError::CertNotYetValid { name, not_before: validity.not_before });
        }
        Standing::Expired => return Err(OperationError::CertExpired { name, not_after: validity.not_after }),
        Standing::Valid => {}
    }
    let evidence = gathered.evidence();
    if let OwnStatus::Revoked { at: time } = gathered.own_status(certificate)? {
        return Err(OperationError::CertRevoked { name, time });
    }
    let validator = PathValidator {
        anchors: evidence.anchors,
        candidates: evidence.untrusted,
        revocation: evidence.revocation,
        policies: None,
    };
    let report = validator.report(certificate, Purpose::Signer, now, &Budget::default());
    for fault in report.faults() {
        match &fault.failure {
            PathFailure::KeyUsage if fault.position == 0 => return Err(OperationError::NotASigner { name }),
            // Under an issuer that is revoked nothing new is signed either.
            PathFailure::Revoked { at, .. } => {
                let issuer = report.certificates().get(fault.position).filter(|_| fault.position > 0);
                let name = issuer.map_or(name, |issuer| issuer.subject().to_string());
                return Err(OperationError::CertRevoked { name, time: *at });
            }
            _ => {}
        }
    }
    Ok(())
}

impl UsableSeal {
    fn load(record: SealRecord, picture: Option<Vec<u8>>, now: Time) -> Result<Self, OperationError> {
        let damaged = || OperationError::StoreDamaged {};
        let seal = Seal::from_der(&record.der).map_err(|_| damaged())?;
        let name = record.name.to_string();
        let validity = seal.validity();
        match validity.standing(now) {
            Standing::NotYetValid => {
                return Err(OperationError::SealNotYetValid { seal: name, not_before: validity.not_before });
            }
            Standing::Expired => return Err(OperationError::SealExpired { seal: name, not_after: validity.not_after }),
            Standing::Valid => {}
        }
        let picture = PreparedPicture::from_bytes(&picture.ok_or_else(damaged)?).map_err(|_| damaged())?;
        // Documents show the picture that the maker signed and no other.
        if !picture.shows(&seal.picture().data) {
            return Err(damaged());
        }
        Ok(UsableSeal { name: record.name, seal, picture: Arc::new(picture) })
    }
}

/// Issuers of a certificate, nearest first: those of the store's path, else those it came with.
pub(in crate::operations) fn chain(
    gathered: &Gathered,
    certificate: &Certificate,
    stored: &[Vec<u8>],
) -> Vec<Certificate> {
    let evidence = gathered.evidence();
    let validator = PathValidator { anchors: evidence.anchors, candidates: evidence.untrusted, ..Default::default() };
    let report = validator.report(certificate, Purpose::Any, evidence.time, &Budget::default());
    if report.anchor().is_some() {
        // The anchor stays out: a verifier has it or does not trust it, and nothing in the container signs it.
        let above = report.certificates().iter().skip(1);
        return above.filter(|certificate| !certificate.is_self_issued()).cloned().collect();
    }
    stored.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
}

pub(in crate::operations) fn parse(der: &[u8]) -> Result<Certificate, OperationError> {
    Certificate::from_der(der).map_err(|_| OperationError::StoreDamaged {})
}
