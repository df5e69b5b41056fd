//! Timestamps for new signatures: from an authority on the network, or from one of the store's own.

use crate::crypto::{DigestAlgorithm, SignatureAlgorithm, Signer};
use crate::operations::instrument::{chain, parse};
use crate::operations::{Context, Gathered, OperationError};
use crate::pki::extension::oid;
use crate::pki::timestamp::{Authority, HttpAuthority, OwnAuthority, TimestampSource};
use crate::pki::{Certificate, Fetch};
use crate::sign::Need;
use crate::store::{Name, Store, UnlockedStore};
use crate::verify::OwnStatus;

/// Where timestamps come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TsaPlace {
    /// A server (RFC 3161 3.4).
    Url(String),
    /// A certificate of this store, of the profile for timestamps.
    Store(Name),
}

/// A timestamp that a new signature is to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampOrder {
    /// Where it comes from.
    pub place: TsaPlace,
    /// Whether the signature may do without.
    pub need: Need,
}

/// An authority, found.
pub(in crate::operations) enum Keeper {
    Url(String),
    Own { signer: Box<dyn Signer>, certificate: Certificate, chain: Vec<Certificate> },
}

impl Keeper {
    /// Finds the authority; one of the store must not be revoked. That its certificate is for timestamps and in force
    /// is seen when it stamps.
    pub(in crate::operations) fn find(
        store: &UnlockedStore,
        gathered: &Gathered,
        place: &TsaPlace,
    ) -> Result<Self, OperationError> {
        let name = match place {
            TsaPlace::Url(url) => return Ok(Keeper::Url(url.clone())),
            TsaPlace::Store(name) => name,
        };
        let record = store.certificate(name)?;
        let record = record.ok_or_else(|| OperationError::CertUnknown { name: name.to_string() })?;
        let certificate = parse(&record.der)?;
        if !for_timestamps(&certificate) {
            return Err(OperationError::NotATsa { name: name.to_string() });
        }
        match gathered.evidence().register.own_status(&certificate) {
            OwnStatus::Revoked { at: time } => {
                return Err(OperationError::CertRevoked { name: name.to_string(), time });
            }
            OwnStatus::Unreadable => return Err(OperationError::StoreDamaged {}),
            OwnStatus::Good | OwnStatus::Elsewhere => {}
        }
        let above = chain(gathered, &certificate, &record.chain);
        let chain = above.into_iter().filter(|above| !above.is_self_issued()).collect();
        Ok(Keeper::Own { signer: store.signer(name)?, certificate, chain })
    }

    /// The digest that is stamped: an authority of SM2 stamps those of SM3.
    pub(in crate::operations) fn digest(&self) -> DigestAlgorithm {
        match self {
            Keeper::Own { signer, .. } if signer.algorithm() == SignatureAlgorithm::Sm2Sm3 => DigestAlgorithm::Sm3,
            _ => DigestAlgorithm::Sha256,
        }
    }

    /// As a source of tokens.
    pub(in crate::operations) fn source<'a>(
        &'a self,
        context: &'a Context<'_>,
        network: &'a dyn Fetch,
    ) -> Box<dyn TimestampSource + 'a> {
        match self {
            Keeper::Url(url) => Box::new(HttpAuthority { fetch: network, url, random: context.random }),
            Keeper::Own { signer, certificate, chain } => {
                let authority = Authority { signer: signer.as_ref(), certificate, chain };
                Box::new(OwnAuthority { authority, time: context.now(), random: context.random })
            }
        }
    }
}

/// Whether a certificate is one of an authority: its extended key usage critical, and nothing else in it (RFC 3161 2.3).
pub(in crate::operations) fn for_timestamps(certificate: &Certificate) -> bool {
    let critical = certificate.extension(oid::EXTENDED_KEY_USAGE).is_some_and(|one| one.critical);
    critical && certificate.extended_key_usage().ok().flatten().is_some_and(|purposes| purposes == [oid::TIME_STAMPING])
}
