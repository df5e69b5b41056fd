//! Certificates and keys from elsewhere.

use std::path::{Path, PathBuf};

use crate::audit::Act;
use crate::crypto::{KeyError, PrivateKey, PublicKey, SecretBytes, Signer, open_enveloped};
use crate::files::read_small;
use crate::limits::VALUE_BYTES;
use crate::operations::certificate::{CertificateView, view};
use crate::operations::token::{TokenPlace, on_token, prove};
use crate::operations::{Context, OperationError};
use crate::pki::Certificate;
use crate::pki::extension::Usage;
use crate::pki::key_material::{self, FileKind, KeyMaterial, MaterialError, MaterialFault};
use crate::store::{CertificateRecord, Changes, Custody, Name, Role, StoreError};

/// A certificate to be taken in.
pub struct ImportRequest {
    /// Its name in the store.
    pub name: Name,
    /// Files: certificates, keys, and files that hold both.
    pub files: Vec<PathBuf>,
    /// The private key's file.
    pub key: Option<PathBuf>,
    /// Where on a token the private key is.
    pub token: Option<TokenPlace>,
    /// Password of the key or PKCS#12 file.
    pub password: Option<SecretBytes>,
}

/// Takes in a certificate from outside, with its key where one is given, or for the key that waits for it under this
/// name. Of double certificates (GM/T 0034) the one that may sign gets the name, the encryption certificate is kept with
/// it.
///
/// # Errors
/// [`OperationError`]; nothing is kept then.
pub fn import_certificate(context: &Context<'_>, request: &ImportRequest) -> Result<CertificateView, OperationError> {
    let found = Found::read(request)?;
    // What the command line shows to be wrong is said before any secret is asked for.
    request.token.as_ref().map(|token| token.record(&request.name)).transpose()?;
    let mut store = context.unlock()?;
    let now = context.now();
    let mut draft = context.draft(Act::CertificateImported);
    draft.certificate = Some(request.name.to_string());
    store.act(draft, |store, draft| {
        let taken = found.arrange(store, request)?;
        let record = CertificateRecord {
            name: request.name.clone(),
            der: taken.certificate.as_der().to_vec(),
            chain: taken.chain.iter().map(|c| c.as_der().to_vec()).collect(),
            role: Role::Imported,
            issuer: None,
            serial: taken.certificate.serial().to_vec(),
            added: now,
        };
        store.add_certificate(&record)?;
        if let Some(token) = &request.token {
            let token = token.record(&request.name)?;
            prove(on_token(context, &token, &taken.certificate)?.as_ref(), &token.uri)?;
            *draft = draft.clone().with("token", &token.uri);
            store.add_token(&token)?;
        } else if let Some(key) = &taken.key {
            store.add_key(&request.name, key)?;
        }
        let subject = taken.certificate.subject().to_string();
        *draft = draft.clone().with("serial", &taken.certificate.serial_hex()).with("subject", &subject);
        if let Some((companion, key)) = &taken.companion {
            store.add_companion(&request.name, companion.as_der(), key.as_ref())?;
            *draft = draft.clone().with("encryption_serial", &companion.serial_hex());
        }
        view(&*store, &record)
    })
}

/// What all files hold.
struct Found {
    certificates: Vec<Certificate>,
    keys: Vec<PrivateKey>,
    /// Each with the file it is from.
    enveloped: Vec<(String, Vec<u8>)>,
}

/// The same, with its parts given out.
struct Arranged {
    certificate: Certificate,
    key: Option<PrivateKey>,
    /// The encryption certificate of the same holder, and its key.
    companion: Option<(Certificate, Option<PrivateKey>)>,
    chain: Vec<Certificate>,
}

impl Found {
    fn read(request: &ImportRequest) -> Result<Self, OperationError> {
        let mut found = Found { certificates: Vec::new(), keys: Vec::new(), enveloped: Vec::new() };
        let password = request.password.as_ref();
        for path in &request.files {
            found.take(path, material(path, password, Wanted::Certificate)?);
        }
        if let Some(path) = &request.key {
            let material = material(path, password, Wanted::Key)?;
            if material.keys.is_empty() && material.enveloped.is_empty() {
                return Err(OperationError::NotAKey { path: path.display().to_string() });
            }
            found.take(path, KeyMaterial { certificates: Vec::new(), ..material });
        }
        if found.certificates.is_empty() {
            let path = request.files.first().map(|file| file.display().to_string()).unwrap_or_default();
            return Err(OperationError::NotACertificate { path });
        }
        Ok(found)
    }

    fn take(&mut self, path: &Path, material: KeyMaterial) {
        self.certificates.extend(material.certificates);
        self.keys.extend(material.keys);
        let place = path.display().to_string();
        self.enveloped.extend(material.enveloped.into_iter().map(|der| (place.clone(), der)));
    }

    /// Gives out the parts. A key may wait in the store since `cert request`.
    fn arrange(mut self, store: &dyn Changes, request: &ImportRequest) -> Result<Arranged, OperationError> {
        let waiting = match store.custody(&request.name)? {
            Custody::Here => Some(store.signer(&request.name)?.public_key().clone()),
            Custody::Token | Custody::Elsewhere => None,
        };
        let named = request.key.as_ref().or(request.files.first());
        let path = named.map(|file| file.display().to_string()).unwrap_or_default();
        let mismatch = || OperationError::KeyMismatch { path: path.clone() };
        let certificate = self.choose(waiting.as_ref()).ok_or_else(mismatch)?;
        let key = self.key_of(&certificate);
        let mut opened = Vec::new();
        for (path, der) in std::mem::take(&mut self.enveloped) {
            let inside = match &key {
                Some(key) => open_enveloped(key, &der),
                None if waiting.is_some() => match store.open_enveloped(&request.name, &der) {
                    Err(StoreError::Key(error)) => Err(error),
                    other => Ok(other?),
                },
                None => Err(KeyError::WrongPassphrase),
            };
            let inside = inside.map_err(|error| envelope_fault(path, error))?;
            opened.push(inside.public_key().clone());
            self.keys.push(inside);
        }
        let companion = self.companion(&certificate);
        // An enveloped key that belongs to no certificate would be lost unseen.
        if self.keys.iter().any(|key| opened.iter().any(|one| same(one, key.public_key()))) {
            return Err(mismatch());
        }
        Ok(Arranged { chain: path_of(&certificate, self.certificates), certificate, key, companion })
    }

    /// The certificate that gets the name: of those with a key one that may sign, else any; without keys the first, or
    /// the signing one of double certificates. `None` where no key fits.
    fn choose(&mut self, waiting: Option<&PublicKey>) -> Option<Certificate> {
        let own = |certificate: &Certificate| {
            let Ok(public) = certificate.public_key() else { return false };
            waiting.is_some_and(|key| same(key, &public)) || self.keys.iter().any(|key| same(key.public_key(), &public))
        };
        let at = if self.keys.is_empty() && waiting.is_none() {
            let first = self.certificates.first()?;
            let other = |c: &Certificate| may_sign(c) && c.subject() == first.subject();
            if may_only_encrypt(first) { self.certificates.iter().position(other).unwrap_or(0) } else { 0 }
        } else {
            let signing = self.certificates.iter().position(|c| own(c) && may_sign(c));
            signing.or_else(|| self.certificates.iter().position(own))?
        };
        Some(self.certificates.remove(at))
    }

    /// Takes out the key of a certificate.
    fn key_of(&mut self, certificate: &Certificate) -> Option<PrivateKey> {
        let public = certificate.public_key().ok()?;
        let at = self.keys.iter().position(|key| same(key.public_key(), &public))?;
        Some(self.keys.remove(at))
    }

    /// Takes out the encryption certificate of the holder of a signing certificate.
    fn companion(&mut self, signing: &Certificate) -> Option<(Certificate, Option<PrivateKey>)> {
        if !may_sign(signing) {
            return None;
        }
        let at = self.certificates.iter().position(|c| may_only_encrypt(c) && c.subject() == signing.subject())?;
        let certificate = self.certificates.remove(at);
        let key = self.key_of(&certificate);
        Some((certificate, key))
    }
}

fn same(one: &PublicKey, other: &PublicKey) -> bool {
    one.key_bits() == other.key_bits()
}

/// RFC 5280 4.2.1.3: without keyUsage everything is allowed. What cannot be read is judged when it signs.
fn may_sign(certificate: &Certificate) -> bool {
    match certificate.key_usage() {
        Ok(Some(usage)) => usage.has(Usage::DigitalSignature) || usage.has(Usage::NonRepudiation),
        _ => true,
    }
}

fn may_only_encrypt(certificate: &Certificate) -> bool {
    let encrypts = |usage: crate::pki::extension::KeyUsage| {
        [Usage::KeyEncipherment, Usage::DataEncipherment, Usage::KeyAgreement].into_iter().any(|one| usage.has(one))
    };
    !may_sign(certificate) && matches!(certificate.key_usage(), Ok(Some(usage)) if encrypts(usage))
}

/// The issuers, nearest first; what is no issuer of the path stands behind them, as it came.
fn path_of(certificate: &Certificate, mut rest: Vec<Certificate>) -> Vec<Certificate> {
    let mut path = Vec::new();
    let mut last = certificate.clone();
    while let Some(at) = rest.iter().position(|c| c.subject() == last.issuer() && !last.is_self_issued()) {
        last = rest.remove(at);
        path.push(last.clone());
    }
    path.extend(rest);
    path
}

/// Which of its parts a file was named for.
#[derive(Clone, Copy)]
enum Wanted {
    Certificate,
    Key,
}

fn material(path: &Path, password: Option<&SecretBytes>, wanted: Wanted) -> Result<KeyMaterial, OperationError> {
    let bytes = SecretBytes::new(read_small(path, VALUE_BYTES)?);
    let path = path.display().to_string();
    key_material::read(bytes.expose(), password).map_err(|MaterialError { kind, fault }| match fault {
        MaterialFault::PasswordNeeded => OperationError::PasswordNeeded { path },
        MaterialFault::PasswordWrong => OperationError::KeyPasswordWrong { path },
        _ if kind == FileKind::Unknown => match wanted {
            Wanted::Certificate => OperationError::NotACertificate { path },
            Wanted::Key => OperationError::NotAKey { path },
        },
        fault => OperationError::ImportUnusable { path, kind: kind.name().to_owned(), fault: fault.to_string() },
    })
}

fn envelope_fault(path: String, error: KeyError) -> OperationError {
    match error {
        KeyError::WrongPassphrase | KeyError::PassphraseNeeded => OperationError::KeyMismatch { path },
        fault => OperationError::ImportUnusable {
            path,
            kind: FileKind::EnvelopedKey.name().to_owned(),
            fault: fault.to_string(),
        },
    }
}
