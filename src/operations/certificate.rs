//! Certification authorities and certificates of the store.

use std::path::{Path, PathBuf};

use crate::audit::Act;
use crate::crypto::{DigestAlgorithm, KeyKind, PrivateKey, PublicKey, Signer};
use crate::files::{Access, OutputFile, Overwrite};
use crate::operations::{Context, OperationError};
use crate::pki::build::{CertificateRequest, Issuer, Profile, issue};
use crate::pki::{Certificate, Crl, CrlRequest, Name as Subject, RevocationReason, Revoked, pem};
use crate::store::{
    AnchorRecord, CaRecord, CertificateRecord, Changes, CompanionRecord, CrlRecord, Custody, Name, Purpose, Revocation,
    Role, Store,
};
use crate::time::{Standing, Time, Validity};

/// Days of a CA unless told otherwise: 20 years.
const CA_DAYS: u32 = 7300;
/// Days of another certificate unless told otherwise: 3 years.
const CERT_DAYS: u32 = 1095;

/// How long something new shall be valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Term {
    /// Its begin; now unless given.
    pub from: Option<Time>,
    /// Its days; the default, cut to the issuer's end, unless given.
    pub days: Option<u32>,
}

impl Term {
    /// The period, within that of an issuer. A default is cut to the issuer's end; what was asked for is not.
    ///
    /// # Errors
    /// [`OperationError::ValidityOutside`].
    pub fn within(
        self,
        now: Time,
        default_days: u32,
        issuer: Option<(&str, Validity)>,
    ) -> Result<Validity, OperationError> {
        let not_before = self.from.unwrap_or(now);
        let end = |days: u32| not_before.plus_days(i64::from(days));
        let Some((name, outer)) = issuer else {
            return Ok(Validity { not_before, not_after: end(self.days.unwrap_or(default_days)) });
        };
        let not_after = self.days.map_or_else(|| end(default_days).min(outer.not_after), end);
        let validity = Validity { not_before, not_after };
        if validity.is_within(&outer) && not_before <= not_after {
            Ok(validity)
        } else {
            let Validity { not_before, not_after } = outer;
            Err(OperationError::ValidityOutside { issuer: name.to_owned(), not_before, not_after })
        }
    }
}

/// A CA to be made.
#[derive(Clone, Debug)]
pub struct CaRequest {
    /// Its name in the store.
    pub name: Name,
    /// Its distinguished name, as text.
    pub subject: String,
    /// Kind of its key; that of the parent, or SM2, unless given.
    pub key: Option<KeyKind>,
    /// How long.
    pub term: Term,
    /// The CA above it; it signs itself unless given.
    pub parent: Option<Name>,
    /// Where its certificates say that revocations are published.
    pub crl_url: Option<String>,
}

/// A certificate to be issued.
#[derive(Clone, Debug)]
pub struct IssueRequest {
    /// Its name in the store.
    pub name: Name,
    /// The CA.
    pub ca: Name,
    /// Its distinguished name, as text.
    pub subject: String,
    /// What for.
    pub profile: CertificateProfile,
    /// Kind of its key; that of the CA unless given.
    pub key: Option<KeyKind>,
    /// How long.
    pub term: Term,
}

/// What a certificate is issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CertificateProfile {
    SealMaker,
    Signer,
    Tsa,
}

/// What is shown of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CertificateView {
    pub name: String,
    pub role: &'static str,
    pub subject: String,
    pub issuer: String,
    pub serial: String,
    pub validity: Validity,
    pub algorithm: String,
    pub sha256: String,
    /// Where the private key is.
    pub key_here: KeyPlace,
    /// Which key on a token it is, where it is on one (RFC 7512).
    pub token: Option<String>,
    /// The encryption certificate that belongs to it.
    pub encryption: Option<EncryptionView>,
    pub revoked: Option<Time>,
}

/// What is shown of an encryption certificate beside its signing certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct EncryptionView {
    pub serial: String,
    pub issuer: String,
    pub validity: Validity,
    pub sha256: String,
    pub key_here: KeyPlace,
}

/// Where a private key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the store.
    Here,
    /// On a token that the store knows.
    Token,
    /// Somewhere else.
    Elsewhere,
}

/// Makes a CA; its certificate becomes an anchor of this store.
///
/// # Errors
/// [`OperationError`].
pub fn create_ca(context: &Context<'_>, request: &CaRequest) -> Result<CertificateView, OperationError> {
    let subject = subject(&request.subject)?;
    let mut store = context.unlock()?;
    let now = context.now();
    let mut draft = context.draft(Act::CaCreated);
    draft.certificate = Some(request.name.to_string());
    store.act(draft, |store, draft| {
        let parent = request.parent.as_ref().map(|name| Authority::load(store, name, now)).transpose()?;
        let kind = request.key.or(parent.as_ref().map(Authority::key_kind)).unwrap_or(KeyKind::Sm2);
        let key = PrivateKey::generate(kind, context.random)?;
        let issuer = parent.as_ref().map(|p| (p.record.name.as_str(), p.certificate.validity()));
        let validity = request.term.within(now, CA_DAYS, issuer)?;
        let wanted = CertificateRequest {
            subject: &subject,
            public_key: key.public_key(),
            validity,
            profile: Profile::Authority,
            crl_url: parent.as_ref().and_then(|p| p.ca.crl_url.as_deref()),
        };
        let certificate = match &parent {
            Some(parent) => parent.issue(&wanted, context)?,
            None => issue(&wanted, &Issuer::own(&subject, key.public_key()), &key, context.random)?,
        };
        let record = new_record(&request.name, &certificate, parent.as_ref(), Role::Ca, now);
        store.add_certificate(&record)?;
        store.add_key(&request.name, &key)?;
        store.add_ca(&CaRecord {
            name: request.name.clone(),
            crl_url: request.crl_url.clone(),
            next_crl: 1,
            parent: request.parent.clone(),
        })?;
        store.add_anchor(&AnchorRecord {
            der: certificate.as_der().to_vec(),
            purposes: vec![Purpose::Any],
            source: format!("ca {}", request.name),
            added: now,
        })?;
        *draft = draft.clone().with("serial", &certificate.serial_hex()).with("subject", &subject.to_string());
        view(&*store, &record)
    })
}

/// Issues a certificate with a new key kept in the store.
///
/// # Errors
/// [`OperationError`].
pub fn issue_certificate(context: &Context<'_>, request: &IssueRequest) -> Result<CertificateView, OperationError> {
    let subject = subject(&request.subject)?;
    let mut store = context.unlock()?;
    let now = context.now();
    let mut draft = context.draft(Act::CertificateIssued);
    draft.certificate = Some(request.name.to_string());
    store.act(draft, |store, draft| {
        let authority = Authority::load(store, &request.ca, now)?;
        let key = PrivateKey::generate(request.key.unwrap_or(authority.key_kind()), context.random)?;
        let issuer = (authority.record.name.as_str(), authority.certificate.validity());
        let validity = request.term.within(now, CERT_DAYS, Some(issuer))?;
        let (profile, role) = match request.profile {
            CertificateProfile::SealMaker => (Profile::SealMaker, Role::SealMaker),
            CertificateProfile::Signer => (Profile::Signer, Role::Signer),
            CertificateProfile::Tsa => (Profile::Tsa, Role::Tsa),
        };
        let crl_url = authority.ca.crl_url.as_deref();
        let wanted = CertificateRequest { subject: &subject, public_key: key.public_key(), validity, profile, crl_url };
        let certificate = authority.issue(&wanted, context)?;
        let record = new_record(&request.name, &certificate, Some(&authority), role, now);
        store.add_certificate(&record)?;
        store.add_key(&request.name, &key)?;
        *draft = draft
            .clone()
            .with("ca", request.ca.as_str())
            .with("serial", &certificate.serial_hex())
            .with("subject", &subject.to_string());
        view(&*store, &record)
    })
}

/// A key for a certificate of an outside authority.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// Its name in the store.
    pub name: Name,
    /// Distinguished name.
    pub subject: String,
    /// Kind of key.
    pub key: KeyKind,
}

/// Makes a key and writes a request for its certificate, PEM (RFC 2986). Where the key is there and still waits for its
/// certificate, the request is written for that one.
///
/// # Errors
/// [`OperationError`]; nothing is kept or written then.
pub fn request_certificate(
    context: &Context<'_>,
    request: &KeyRequest,
    (target, overwrite): (&Path, Overwrite),
) -> Result<PathBuf, OperationError> {
    let subject = subject(&request.subject)?;
    let mut store = context.unlock()?;
    let mut draft = context.draft(Act::CertificateRequested);
    draft.certificate = Some(request.name.to_string());
    draft.file = Some(target.display().to_string());
    store.act(draft.with("subject", &subject.to_string()), |store, _| {
        if store.certificate(&request.name)?.is_some() {
            return Err(OperationError::NameTaken { name: request.name.to_string() });
        }
        if store.custody(&request.name)? == Custody::Elsewhere {
            store.add_key(&request.name, &PrivateKey::generate(request.key, context.random)?)?;
        }
        let signer = store.signer(&request.name)?;
        let der = crate::pki::certificate_request(&subject, signer.as_ref())?;
        write_file(target, overwrite, pem::encode("CERTIFICATE REQUEST", &der).as_bytes())
    })
}

/// All certificates of the store.
///
/// # Errors
/// [`OperationError`].
pub fn list_certificates(context: &Context<'_>) -> Result<Vec<CertificateView>, OperationError> {
    let store = context.open()?;
    store.certificates()?.iter().map(|record| view(&store, record)).collect()
}

/// One certificate of the store.
///
/// # Errors
/// [`OperationError::CertUnknown`].
pub fn show_certificate(context: &Context<'_>, name: &Name) -> Result<CertificateView, OperationError> {
    let store = context.open()?;
    let record = certificate_record(&store, name)?;
    view(&store, &record)
}

/// What of a path is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainExport {
    /// The certificate alone.
    Leaf,
    /// The certificates of its issuers after it.
    Whole,
}

/// Writes a certificate as PEM.
///
/// # Errors
/// [`OperationError`]; nothing is written then.
pub fn export_certificate(
    context: &Context<'_>,
    name: &Name,
    chain: ChainExport,
    (target, overwrite): (&Path, Overwrite),
) -> Result<PathBuf, OperationError> {
    let store = context.open()?;
    let record = certificate_record(&store, name)?;
    let mut text = pem::encode("CERTIFICATE", &record.der);
    if chain == ChainExport::Whole {
        record.chain.iter().for_each(|der| text.push_str(&pem::encode("CERTIFICATE", der)));
    }
    write_file(target, overwrite, text.as_bytes())
}

/// Revokes a certificate that a CA of this store issued.
///
/// # Errors
/// [`OperationError`].
pub fn revoke_certificate(context: &Context<'_>, name: &Name, reason: RevocationReason) -> Result<(), OperationError> {
    let mut store = context.unlock()?;
    let now = context.now();
    let mut draft = context.draft(Act::CertificateRevoked);
    draft.certificate = Some(name.to_string());
    store.act(draft.with("reason", &(reason as u8).to_string()), |store, _| {
        let record = certificate_record(&*store, name)?;
        let ca = record.issuer.ok_or_else(|| OperationError::NotIssuedHere { name: name.to_string() })?;
        if let Some(earlier) = store.revocation(&ca, &record.serial)? {
            return Err(OperationError::CertRevoked { name: name.to_string(), time: earlier.time });
        }
        store.add_revocation(&Revocation { ca, serial: record.serial, time: now, reason: reason as u8 })?;
        Ok(())
    })
}

/// Issues the revocation list of a CA, keeps it and writes it, DER. Returns its number.
///
/// # Errors
/// [`OperationError`].
pub fn issue_crl(
    context: &Context<'_>,
    name: &Name,
    days: u32,
    (target, overwrite): (&Path, Overwrite),
) -> Result<u64, OperationError> {
    let mut store = context.unlock()?;
    let now = context.now();
    let mut file = OutputFile::create(target, overwrite, Access::Shared, &[])?;
    let mut draft = context.draft(Act::CrlIssued);
    draft.certificate = Some(name.to_string());
    draft.file = Some(target.display().to_string());
    let number = store.act(draft, |store, draft| {
        let authority = Authority::load(store, name, now)?;
        let number = authority.ca.next_crl;
        let revoked: Vec<Revoked> = store.revocations(name)?.into_iter().map(entry).collect();
        let next_update = now.plus_days(i64::from(days));
        let request = CrlRequest { number, this_update: now, next_update, revoked: &revoked };
        let issuer = Issuer::holder(&authority.certificate, authority.signer.public_key())?;
        let crl = Crl::issue(&request, &issuer, authority.signer.as_ref())?;
        let der = crl.as_der().to_vec();
        store.add_crl(&CrlRecord { ca: name.clone(), number, der: der.clone(), issued: now })?;
        *draft = draft.clone().with("number", &number.to_string());
        fill(&mut file, target, &der)?;
        Ok::<_, OperationError>(number)
    })?;
    file.commit()?;
    Ok(number)
}

/// A CA of this store, able to issue.
struct Authority {
    record: CertificateRecord,
    ca: CaRecord,
    certificate: Certificate,
    signer: Box<dyn Signer>,
}

impl Authority {
    fn load(store: &dyn Changes, name: &Name, now: Time) -> Result<Self, OperationError> {
        let unknown = || OperationError::CaUnknown { name: name.to_string() };
        let ca = store.ca(name)?.ok_or_else(unknown)?;
        let record = store.certificate(name)?.ok_or_else(unknown)?;
        let certificate = parsed(&record.der)?;
        usable(store, &record, &certificate, now)?;
        let signer = store.signer(name)?;
        Ok(Authority { record, ca, certificate, signer })
    }

    fn key_kind(&self) -> KeyKind {
        kind_of(self.signer.public_key())
    }

    fn issue(&self, request: &CertificateRequest<'_>, context: &Context<'_>) -> Result<Certificate, OperationError> {
        let issuer = Issuer::holder(&self.certificate, self.signer.public_key())?;
        Ok(issue(request, &issuer, self.signer.as_ref(), context.random)?)
    }
}

/// Refuses a certificate that is revoked here or outside its period.
pub(in crate::operations) fn usable(
    store: &(impl Store + ?Sized),
    record: &CertificateRecord,
    certificate: &Certificate,
    now: Time,
) -> Result<(), OperationError> {
    let name = record.name.to_string();
    if let Some(revocation) = revocation(store, record)? {
        return Err(OperationError::CertRevoked { name, time: revocation.time });
    }
    let Validity { not_before, not_after } = certificate.validity();
    match certificate.validity().standing(now) {
        Standing::Valid => Ok(()),
        Standing::NotYetValid => Err(OperationError::CertNotYetValid { name, not_before }),
        Standing::Expired => Err(OperationError::CertExpired { name, not_after }),
    }
}

pub(in crate::operations) fn certificate_record(
    store: &(impl Store + ?Sized),
    name: &Name,
) -> Result<CertificateRecord, OperationError> {
    store.certificate(name)?.ok_or_else(|| OperationError::CertUnknown { name: name.to_string() })
}

/// A certificate that the store keeps: only a damaged store holds one that cannot be read.
pub(in crate::operations) fn parsed(der: &[u8]) -> Result<Certificate, OperationError> {
    Certificate::from_der(der).map_err(|_| OperationError::StoreDamaged {})
}

/// Writes a whole small file.
pub(in crate::operations) fn write_file(
    target: &Path,
    overwrite: Overwrite,
    bytes: &[u8],
) -> Result<PathBuf, OperationError> {
    let mut file = OutputFile::create(target, overwrite, Access::Shared, &[])?;
    fill(&mut file, target, bytes)?;
    Ok(file.commit()?.path().to_path_buf())
}

fn fill(file: &mut OutputFile, target: &Path, bytes: &[u8]) -> Result<(), OperationError> {
    use std::io::Write;
    file.write_all(bytes).map_err(|fault| crate::files::OutputError::new(target, fault).into())
}

fn revocation(store: &(impl Store + ?Sized), record: &CertificateRecord) -> Result<Option<Revocation>, OperationError> {
    match &record.issuer {
        Some(ca) => Ok(store.revocation(ca, &record.serial)?),
        None => Ok(None),
    }
}

fn entry(revocation: Revocation) -> Revoked {
    let reason = RevocationReason::from_number(u64::from(revocation.reason));
    Revoked { serial: revocation.serial, at: revocation.time, reason }
}

fn kind_of(key: &PublicKey) -> KeyKind {
    match key.name().as_str() {
        "SM2" => KeyKind::Sm2,
        "P-256" => KeyKind::P256,
        _ => KeyKind::Rsa2048,
    }
}

fn subject(text: &str) -> Result<Subject, OperationError> {
    Subject::parse(text).map_err(|_| OperationError::SubjectMalformed { subject: text.to_owned() })
}

fn new_record(
    name: &Name,
    certificate: &Certificate,
    issuer: Option<&Authority>,
    role: Role,
    now: Time,
) -> CertificateRecord {
    let chain = issuer.map(|i| std::iter::once(i.record.der.clone()).chain(i.record.chain.clone()).collect());
    CertificateRecord {
        name: name.clone(),
        der: certificate.as_der().to_vec(),
        chain: chain.unwrap_or_default(),
        role,
        issuer: issuer.map(|i| i.record.name.clone()),
        serial: certificate.serial().to_vec(),
        added: now,
    }
}

pub(in crate::operations) fn view(
    store: &(impl Store + ?Sized),
    record: &CertificateRecord,
) -> Result<CertificateView, OperationError> {
    let certificate = parsed(&record.der)?;
    let role = match record.role {
        Role::Ca => "ca",
        Role::SealMaker => "seal-maker",
        Role::Signer => "signer",
        Role::Tsa => "tsa",
        Role::Imported => "imported",
    };
    Ok(CertificateView {
        name: record.name.to_string(),
        role,
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial: certificate.serial_hex(),
        validity: certificate.validity(),
        algorithm: certificate.public_key().map_or_else(|_| "unknown".to_owned(), |key| key.name()),
        sha256: certificate.fingerprint(DigestAlgorithm::Sha256).to_hex(),
        key_here: place(store.custody(&record.name)?),
        token: store.token(&record.name)?.map(|token| token.uri),
        encryption: store.companion(&record.name)?.map(encryption_view).transpose()?,
        revoked: revocation(store, record)?.map(|r| r.time),
    })
}

fn place(custody: Custody) -> KeyPlace {
    match custody {
        Custody::Here => KeyPlace::Here,
        Custody::Token => KeyPlace::Token,
        Custody::Elsewhere => KeyPlace::Elsewhere,
    }
}

fn encryption_view(record: CompanionRecord) -> Result<EncryptionView, OperationError> {
    let certificate = parsed(&record.der)?;
    Ok(EncryptionView {
        serial: certificate.serial_hex(),
        issuer: certificate.issuer().to_string(),
        validity: certificate.validity(),
        sha256: certificate.fingerprint(DigestAlgorithm::Sha256).to_hex(),
        key_here: place(record.custody),
    })
}
