//! What a verifier knows: anchors, candidates, lists, and the register of the store, gathered once for many documents.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::crypto::{Digest, SecretBytes};
use crate::files::read_small;
use crate::limits::VALUE_BYTES;
use crate::operations::trust::FoundCertificates;
use crate::operations::{CertificateFiles, Context, OperationError, read_certificates};
use crate::pki::path::{Purpose, TrustAnchor};
use crate::pki::revocation::{CarriedEvidence, NotEvidence};
use crate::pki::{Certificate, Crl, pem};
use crate::policy::Policy;
use crate::seal::{Seal, SealChange, SealHistory, SealState, StatusList, Told};
use crate::store::{self, EmbeddedStore, Finality, Name, Store, StoreError};
use crate::time::Time;
use crate::verify::{Evidence, OwnStatus, Register, RegisterUnreadable, SealStates};

/// Whether the store's own anchors count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreTrust {
    /// They do.
    #[default]
    Counts,
    /// Only those named in the request do.
    Ignored,
}

/// What is trusted and known beside the store.
#[derive(Clone, Debug, Default)]
pub struct EvidenceRequest {
    /// Files and folders of certificates to trust.
    pub trust: Vec<CertificateFiles>,
    /// Whether the store's anchors count.
    pub store_trust: StoreTrust,
    /// Files of certificates that may help.
    pub untrusted: Vec<PathBuf>,
    /// Files of revocation lists and OCSP responses.
    pub revocation: Vec<PathBuf>,
    /// The time of judgement; now unless given.
    pub at: Option<Time>,
}

/// How much evidence there was.
#[derive(Clone, Copy, Debug)]
pub(in crate::operations) struct Mark {
    untrusted: usize,
    crls: usize,
    responses: usize,
}

/// Evidence gathered, owned.
pub struct Gathered {
    anchors: Vec<TrustAnchor>,
    untrusted: Vec<Certificate>,
    revocation: CarriedEvidence,
    register: StoreRegister,
    policy: Policy,
    time: Time,
    passwords: Vec<SecretBytes>,
    passed_over: Vec<PathBuf>,
    given_evidence: bool,
}

impl Gathered {
    /// From the store, where there is one, and from files.
    ///
    /// # Errors
    /// [`OperationError`] when a named file cannot be read or the store is not in order.
    pub fn gather(context: &Context<'_>, request: &EvidenceRequest) -> Result<Self, OperationError> {
        let mut gathered = Gathered::of_store(context.open_if_there()?, request.store_trust)?;
        gathered.time = request.at.unwrap_or_else(|| context.now());
        for files in &request.trust {
            let FoundCertificates { found, passed_over } = files.read()?;
            gathered.anchors.extend(found.into_iter().map(|(_, certificate)| TrustAnchor::new(certificate)));
            gathered.passed_over.extend(passed_over);
        }
        for path in &request.untrusted {
            gathered.untrusted.extend(read_certificates(path)?);
        }
        gathered.given_evidence = !request.revocation.is_empty();
        for path in &request.revocation {
            let bytes = read_small(path, VALUE_BYTES)?;
            let no_list = || OperationError::NotARevocationList { path: path.display().to_string() };
            for der in pem::evidence(&bytes).map_err(|_| no_list())? {
                gathered.revocation.add(&der).map_err(|_| no_list())?;
            }
        }
        Ok(gathered)
    }

    /// What a store knows, judged at the epoch until a time is set.
    pub(in crate::operations) fn of_store(
        store: Option<EmbeddedStore>,
        trust: StoreTrust,
    ) -> Result<Self, OperationError> {
        let mut gathered = Gathered {
            anchors: Vec::new(),
            untrusted: Vec::new(),
            revocation: CarriedEvidence::default(),
            register: StoreRegister::default(),
            policy: Policy::default(),
            time: Time::from_unix(0),
            passwords: Vec::new(),
            passed_over: Vec::new(),
            given_evidence: false,
        };
        let Some(store) = store else { return Ok(gathered) };
        if trust == StoreTrust::Counts {
            for anchor in store.anchors()? {
                let Ok(certificate) = Certificate::from_der(&anchor.der) else { continue };
                let purposes = anchor.purposes.iter().map(|purpose| path_purpose(*purpose)).collect();
                gathered.anchors.push(TrustAnchor::for_purposes(certificate, purposes));
            }
        }
        let mut issued = HashMap::new();
        for record in store.certificates()? {
            if let Some(issuer) = &record.issuer {
                issued.insert(record.der.clone(), issuer.clone());
            }
            let chain = record.chain.iter().chain(std::iter::once(&record.der));
            gathered.untrusted.extend(chain.filter_map(|der| Certificate::from_der(der).ok()));
        }
        gathered.revocation.crls = store.crls()?.iter().filter_map(|crl| Crl::from_der(&crl.der).ok()).collect();
        // They were read when they were kept, so that one which cannot be read now is damage. The newest come first:
        // where signature checks run out, the old ones are left.
        for kept in store.evidence()? {
            gathered.revocation.add(&kept.der).map_err(|NotEvidence| OperationError::StoreDamaged {})?;
        }
        gathered.register = StoreRegister::new(store, issued)?;
        Ok(gathered)
    }

    /// With another time of judgement.
    #[must_use]
    pub fn at(mut self, time: Time) -> Self {
        self.time = time;
        self
    }

    /// With other rules than the default ones.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// With passwords to try on encrypted documents.
    #[must_use]
    pub fn with_passwords(mut self, passwords: Vec<SecretBytes>) -> Self {
        self.passwords = passwords;
        self
    }

    /// Further certificates that may help to build a path.
    pub(in crate::operations) fn add_untrusted(&mut self, certificates: impl Iterator<Item = Certificate>) {
        self.untrusted.extend(certificates);
    }

    /// Further evidence of revocation, in DER.
    pub(in crate::operations) fn add_evidence(&mut self, der: &[u8]) -> Result<(), NotEvidence> {
        self.revocation.add(der)
    }

    /// How much there is, so that what is added after can be taken away again.
    pub(in crate::operations) fn mark(&self) -> Mark {
        Mark {
            untrusted: self.untrusted.len(),
            crls: self.revocation.crls.len(),
            responses: self.revocation.responses.len(),
        }
    }

    /// Takes away what was added since.
    pub(in crate::operations) fn back_to(&mut self, mark: &Mark) {
        self.untrusted.truncate(mark.untrusted);
        self.revocation.crls.truncate(mark.crls);
        self.revocation.responses.truncate(mark.responses);
    }

    /// Whether evidence of revocation was named in the request.
    pub(in crate::operations) fn has_given_evidence(&self) -> bool {
        self.given_evidence
    }

    /// Files in folders of certificates that hold none.
    #[must_use]
    pub fn passed_over(&self) -> &[PathBuf] {
        &self.passed_over
    }

    /// What is tried on encrypted documents.
    #[must_use]
    pub fn passwords(&self) -> &[SecretBytes] {
        &self.passwords
    }

    /// What the store knows of a certificate as its issuer.
    ///
    /// # Errors
    /// As the store says.
    pub(in crate::operations) fn own_status(&self, certificate: &Certificate) -> Result<OwnStatus, OperationError> {
        Ok(self.register.status(certificate)?)
    }

    /// As the verifier takes it.
    #[must_use]
    pub fn evidence(&self) -> Evidence<'_> {
        Evidence {
            anchors: &self.anchors,
            untrusted: &self.untrusted,
            revocation: self.revocation.evidence(),
            register: &self.register,
            policy: &self.policy,
            time: self.time,
            passwords: &self.passwords,
            missing: None,
        }
    }
}

/// The register and trail of a store as evidence. Without a store it knows nothing.
#[derive(Default)]
pub(in crate::operations) struct StoreRegister {
    store: Option<EmbeddedStore>,
    /// CAs of this store by their subject and key.
    authorities: HashMap<Vec<u8>, Vec<(Certificate, Name)>>,
    /// Certificates that the store keeps with the CA of this store that issued them, by their DER.
    issued: HashMap<Vec<u8>, Name>,
}

impl StoreRegister {
    fn new(store: EmbeddedStore, issued: HashMap<Vec<u8>, Name>) -> Result<Self, OperationError> {
        let mut authorities: HashMap<Vec<u8>, Vec<(Certificate, Name)>> = HashMap::new();
        for ca in store.cas()? {
            let record = store.certificate(&ca.name)?;
            let certificate = record.and_then(|record| Certificate::from_der(&record.der).ok());
            if let Some(certificate) = certificate {
                let key = certificate.subject().as_der().to_vec();
                authorities.entry(key).or_default().push((certificate, ca.name));
            }
        }
        Ok(StoreRegister { store: Some(store), authorities, issued })
    }

    /// What the store knows of a certificate as its issuer.
    fn status(&self, certificate: &Certificate) -> Result<OwnStatus, StoreError> {
        let (Some(ca), Some(store)) = (self.issuer(certificate), self.store.as_ref()) else {
            return Ok(OwnStatus::Elsewhere);
        };
        let revocation = store.revocation(ca, certificate.serial())?;
        Ok(revocation.map_or(OwnStatus::Good, |revocation| OwnStatus::Revoked { at: revocation.time }))
    }

    /// The CA of this store that signed a certificate.
    fn issuer(&self, certificate: &Certificate) -> Option<&Name> {
        // Recorded when it was issued: no need to check its signature again.
        if let Some(name) = self.issued.get(certificate.as_der()) {
            return Some(name);
        }
        let same_name = self.authorities.get(certificate.issuer().as_der())?;
        let signed = |ca: &Certificate| ca.public_key().is_ok_and(|key| certificate.verify_signature_by(&key).is_ok());
        same_name.iter().find(|(ca, _)| signed(ca)).map(|(_, name)| name)
    }
}

impl Register for StoreRegister {
    fn sealed_at(&self, value: &Digest) -> Result<Option<Time>, RegisterUnreadable> {
        let Some(store) = self.store.as_ref() else { return Ok(None) };
        let record = store.sealing_by_value(value).map_err(|_| RegisterUnreadable)?;
        Ok(record.filter(|record| record.finality == Finality::Done).map(|record| record.time))
    }

    fn own_status(&self, certificate: &Certificate) -> OwnStatus {
        self.status(certificate).unwrap_or(OwnStatus::Unreadable)
    }

    fn seal_states(&self, seal: &Seal) -> SealStates {
        match self.store.as_ref() {
            None => SealStates::Untold,
            Some(store) => states_of(store, seal).unwrap_or(SealStates::Unreadable),
        }
    }
}

fn states_of(store: &EmbeddedStore, seal: &Seal) -> Result<SealStates, StoreError> {
    let records = store.seals_by_number(seal.number())?;
    let lists = status_lists(store)?;
    let listed = lists.iter().find_map(|list| list.history(seal));
    if let Some(record) = records.into_iter().find(|record| record.der == seal.as_der()) {
        let own = store.seal_history(&record.name)?;
        return Ok(SealStates::Known(merged(own, listed)));
    }
    Ok(match listed {
        Some(history) => SealStates::Known(history),
        None if lists.iter().any(|list| list.is_of_maker(seal)) => SealStates::NotListed,
        None => SealStates::Untold,
    })
}

/// The lists that were taken in. They were checked then, so that one which does not hold now is damage.
pub(in crate::operations) fn status_lists(store: &(impl Store + ?Sized)) -> Result<Vec<StatusList>, StoreError> {
    let lists = store.status_lists()?;
    lists.iter().map(|der| StatusList::from_der(der).map_err(|_| StoreError::Damaged)).collect()
}

/// The register's own changes, and what the maker's list adds to them: a seal that its maker cancelled is cancelled for
/// those who use it too, and one that is merely kept here is as its maker says.
pub(in crate::operations) fn merged(own: Vec<SealChange>, listed: Option<SealHistory>) -> SealHistory {
    let untouched = own.iter().all(|change| change.state == SealState::Active);
    match listed {
        None => SealHistory::new(Told::ByRegister, own),
        Some(listed) if untouched => listed,
        Some(listed) => {
            let cancelled = listed.changes().iter().filter(|change| change.state == SealState::Cancelled).cloned();
            SealHistory::new(Told::ByRegister, own.into_iter().chain(cancelled).collect())
        }
    }
}

fn path_purpose(purpose: store::Purpose) -> Purpose {
    match purpose {
        store::Purpose::Any => Purpose::Any,
        store::Purpose::SealMaker => Purpose::SealMaker,
        store::Purpose::Signer => Purpose::Signer,
        store::Purpose::Tsa => Purpose::Tsa,
    }
}
