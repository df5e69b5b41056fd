//! What a store holds, and the two traits behind which any database can stand.

use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::audit::{ChainFault, Record, Summary};
use crate::crypto::{Digest, PrivateKey, Signer};
use crate::seal::{SealChange, SealState};
use crate::store::{Name, StoreError};
use crate::time::Time;

/// What a certificate is for in this store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A certification authority of this store.
    Ca,
    /// Signs seals (制章人).
    SealMaker,
    /// Signs documents, with or without a seal.
    Signer,
    /// Signs timestamps.
    Tsa,
    /// Taken in from outside; its extensions tell what it is for.
    Imported,
}

/// Where a certificate's private key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Custody {
    /// In this store.
    Here,
    /// On a token that this store knows.
    Token,
    /// Not in this store.
    Elsewhere,
}

/// An encryption certificate that belongs to a signing certificate: the authority gives both to one holder (the double
/// certificates of GM/T 0034). Nothing is ever signed with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanionRecord {
    /// Name of the signing certificate.
    pub name: Name,
    /// Its DER, as issued.
    pub der: Vec<u8>,
    /// Where its private key is.
    pub custody: Custody,
}

/// A private key that a token holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// Name of the certificate.
    pub name: Name,
    /// File of the PKCS#11 module, absolute.
    pub module: PathBuf,
    /// Which key on which token: a URI of RFC 7512, without PIN.
    pub uri: String,
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRecord {
    /// Its name.
    pub name: Name,
    /// Its DER, as issued.
    pub der: Vec<u8>,
    /// The certificates above it as far as known, nearest first, DER.
    pub chain: Vec<Vec<u8>>,
    /// What it is for.
    pub role: Role,
    /// The CA of this store that issued it; `None` for a root or one from outside.
    pub issuer: Option<Name>,
    /// Serial number, the contents of its INTEGER; unique for each issuer of this store.
    pub serial: Vec<u8>,
    /// When it came into the store.
    pub added: Time,
}

/// What belongs to a certification authority beside its certificate of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaRecord {
    /// Its name, and that of its certificate and key.
    pub name: Name,
    /// Where its revocation lists will be found, for the certificates it issues.
    pub crl_url: Option<String>,
    /// Number of its next revocation list (RFC 5280 5.2.3).
    pub next_crl: u64,
    /// The CA above it in this store.
    pub parent: Option<Name>,
}

/// A seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRecord {
    /// Its name.
    pub name: Name,
    /// The SESeal in DER, as issued.
    pub der: Vec<u8>,
    /// The number in its header (esID).
    pub number: String,
    /// The maker's certificate, if it is in this store.
    pub maker: Option<Name>,
    /// The holders' certificates in this store.
    pub holders: Vec<Name>,
    /// Its state now.
    pub state: SealState,
    /// When it came into the store.
    pub added: Time,
}

/// What a trust anchor is trusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Everything.
    Any,
    /// Certificates of seal makers.
    SealMaker,
    /// Certificates of signers.
    Signer,
    /// Certificates of time stamping authorities.
    Tsa,
}

/// Identifier of a trust anchor: SHA-256 of its DER in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AnchorId(pub String);

/// A trust anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorRecord {
    /// Its certificate, DER.
    pub der: Vec<u8>,
    /// What it is trusted for.
    pub purposes: Vec<Purpose>,
    /// Where it came from: a file name, `ca NAME`.
    pub source: String,
    /// When it came into the store.
    pub added: Time,
}

impl AnchorRecord {
    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> AnchorId {
        AnchorId(crate::crypto::DigestAlgorithm::Sha256.digest(&self.der).to_hex())
    }
}

/// Identifier of a piece of evidence: SHA-256 of its DER in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EvidenceId(pub String);

/// A revocation list or OCSP response of an authority outside. Nothing of it is believed before its signature is
/// verified where it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRecord {
    /// The CertificateList (RFC 5280 5.1) or BasicOCSPResponse (RFC 6960 4.2.1), DER.
    pub der: Vec<u8>,
    /// When it says it was issued.
    pub issued: Time,
    /// The file it came from.
    pub source: String,
    /// When it came into the store.
    pub added: Time,
}

impl EvidenceRecord {
    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> EvidenceId {
        EvidenceId(crate::crypto::DigestAlgorithm::Sha256.digest(&self.der).to_hex())
    }
}

/// A revocation by a CA of this store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The CA.
    pub ca: Name,
    /// Serial number, the contents of its INTEGER.
    pub serial: Vec<u8>,
    /// When.
    pub time: Time,
    /// CRLReason (RFC 5280 5.3.1).
    pub reason: u8,
}

/// A revocation list issued by a CA of this store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlRecord {
    /// The CA.
    pub ca: Name,
    /// Its number.
    pub number: u64,
    /// Its DER.
    pub der: Vec<u8>,
    /// When it was issued.
    pub issued: Time,
}

/// How far a sealing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// The file is written aside; the rename is near.
    Prepared,
    /// The file is in its place.
    Done,
    /// The file was discarded.
    Voided,
    /// After a crash the file was nowhere: it may have been moved by somebody. It was signed at that time all the same.
    Unaccounted,
}

/// A seal or signature put on a document by this store: the register that proves its time to `verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealingRecord {
    /// Number in this store.
    pub id: u64,
    /// How far it came.
    pub finality: Finality,
    /// When it was prepared.
    pub time: Time,
    /// The seal; `None` for a bare signature.
    pub seal: Option<Name>,
    /// The signer's certificate.
    pub certificate: Name,
    /// Digest of the document as it came.
    pub before: Option<Digest>,
    /// Digest of the document as it went.
    pub after: Digest,
    /// SHA-256 of the signature value.
    pub value: Digest,
    /// Where it was written first.
    pub temporary: PathBuf,
    /// Where it was put.
    pub target: PathBuf,
    /// Number of the trail's record of its preparation.
    pub prepared_by: u64,
}

/// Reading. Certificates, seals, anchors, lists and the trail are public data: no passphrase is needed.
///
/// Every method fails with [`StoreError::Locked`], [`StoreError::Damaged`] or a fault of the database.
#[allow(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Store {
    /// A certificate by name.
    fn certificate(&self, name: &Name) -> Result<Option<CertificateRecord>, StoreError>;
    /// All certificates by name.
    fn certificates(&self) -> Result<Vec<CertificateRecord>, StoreError>;
    /// Whether the private key of that name is here.
    fn custody(&self, name: &Name) -> Result<Custody, StoreError>;
    /// The encryption certificate that belongs to the certificate of that name.
    fn companion(&self, name: &Name) -> Result<Option<CompanionRecord>, StoreError>;
    /// Where on a token the private key of that name is.
    fn token(&self, name: &Name) -> Result<Option<TokenRecord>, StoreError>;
    /// A CA by name.
    fn ca(&self, name: &Name) -> Result<Option<CaRecord>, StoreError>;
    /// All CAs by name.
    fn cas(&self) -> Result<Vec<CaRecord>, StoreError>;
    /// A seal by name.
    fn seal(&self, name: &Name) -> Result<Option<SealRecord>, StoreError>;
    /// All seals by name.
    fn seals(&self) -> Result<Vec<SealRecord>, StoreError>;
    /// Seals that carry this number (esID).
    fn seals_by_number(&self, number: &str) -> Result<Vec<SealRecord>, StoreError>;
    /// The prepared picture of a seal.
    fn seal_picture(&self, name: &Name) -> Result<Option<Vec<u8>>, StoreError>;
    /// Every state of a seal since it came, oldest first.
    fn seal_history(&self, name: &Name) -> Result<Vec<SealChange>, StoreError>;
    /// All trust anchors.
    fn anchors(&self) -> Result<Vec<AnchorRecord>, StoreError>;
    /// All revocations of a CA, by serial number.
    fn revocations(&self, ca: &Name) -> Result<Vec<Revocation>, StoreError>;
    /// The revocation of one certificate.
    fn revocation(&self, ca: &Name, serial: &[u8]) -> Result<Option<Revocation>, StoreError>;
    /// The newest list of seal states of each maker that was taken in, DER.
    fn status_lists(&self) -> Result<Vec<Vec<u8>>, StoreError>;
    /// The evidence of revocation kept from outside, the newest first. [`StoreError::Damaged`] where a piece is not as
    /// it was kept: an older one must not speak in its place.
    fn evidence(&self) -> Result<Vec<EvidenceRecord>, StoreError>;
    /// The newest revocation list of each CA.
    fn crls(&self) -> Result<Vec<CrlRecord>, StoreError>;
    /// The sealing whose signature value has this SHA-256.
    fn sealing_by_value(&self, value: &Digest) -> Result<Option<SealingRecord>, StoreError>;
    /// The sealings that gave a document of this digest.
    fn sealings_by_document(&self, after: &Digest) -> Result<Vec<SealingRecord>, StoreError>;
    /// Sealings that are prepared and neither done nor void.
    fn open_sealings(&self) -> Result<Vec<SealingRecord>, StoreError>;
    /// The records of the trail from a number on, in order, until told to stop.
    fn trail(&self, from: u64, take: &mut dyn FnMut(Record) -> ControlFlow<()>) -> Result<(), StoreError>;
    /// Checks the trail in one consistent view: the hashes, and the MACs too where the store is unlocked.
    fn verify_trail(&self) -> Result<Result<Summary, ChainFault>, StoreError>;
}

/// Writing, within an act. Reached only through [`crate::store::UnlockedStore::act`].
///
/// Beside the errors named, every method fails with those of [`Store`].
#[allow(clippy::missing_errors_doc, reason = "named method by method")]
pub trait Changes: Store {
    /// Adds a certificate. [`StoreError::NameTaken`], [`StoreError::SerialTaken`].
    fn add_certificate(&mut self, certificate: &CertificateRecord) -> Result<(), StoreError>;
    /// Makes the certificate of the same name, added before, a CA. [`StoreError::NameTaken`].
    fn add_ca(&mut self, ca: &CaRecord) -> Result<(), StoreError>;
    /// Adds a private key, wrapped under the store's master key. [`StoreError::NameTaken`].
    fn add_key(&mut self, name: &Name, key: &PrivateKey) -> Result<(), StoreError>;
    /// Adds the encryption certificate of the certificate of that name, with its private key where it is there.
    /// [`StoreError::Unknown`], [`StoreError::AlreadyThere`].
    fn add_companion(&mut self, name: &Name, der: &[u8], key: Option<&PrivateKey>) -> Result<(), StoreError>;
    /// Notes that the private key of that name is on a token. [`StoreError::NameTaken`] where there is a key already.
    fn add_token(&mut self, token: &TokenRecord) -> Result<(), StoreError>;
    /// Opens what was enveloped to the key of that name (GB/T 35276 7.4). [`StoreError::NoKey`], [`StoreError::Key`].
    fn open_enveloped(&self, name: &Name, enveloped: &[u8]) -> Result<PrivateKey, StoreError>;
    /// The key of that name, for use within this act. [`StoreError::NoKey`].
    fn signer(&self, name: &Name) -> Result<Box<dyn Signer>, StoreError>;
    /// Adds a seal with its prepared picture; its state is the first of its history. [`StoreError::NameTaken`].
    fn add_seal(&mut self, seal: &SealRecord, picture: &[u8]) -> Result<(), StoreError>;
    /// Changes the state of a seal. [`StoreError::Unknown`], [`StoreError::SealState`] where it was cancelled or is in
    /// that state.
    fn set_seal_state(&mut self, name: &Name, change: &SealChange) -> Result<(), StoreError>;
    /// Keeps a list of seal states, known by the digest of its maker's certificate, in the place of the one before.
    fn put_status_list(&mut self, maker: &Digest, der: &[u8], now: Time) -> Result<(), StoreError>;
    /// Adds a trust anchor. [`StoreError::AlreadyThere`].
    fn add_anchor(&mut self, anchor: &AnchorRecord) -> Result<(), StoreError>;
    /// Removes a trust anchor; tells whether it was there.
    fn remove_anchor(&mut self, id: &AnchorId) -> Result<Option<AnchorRecord>, StoreError>;
    /// Keeps a piece of evidence of revocation. [`StoreError::AlreadyThere`].
    fn add_evidence(&mut self, evidence: &EvidenceRecord) -> Result<(), StoreError>;
    /// Removes a piece of evidence; tells whether it was there.
    fn remove_evidence(&mut self, id: &EvidenceId) -> Result<Option<EvidenceRecord>, StoreError>;
    /// Revokes. [`StoreError::AlreadyRevoked`].
    fn add_revocation(&mut self, revocation: &Revocation) -> Result<(), StoreError>;
    /// Adds a revocation list and moves the CA's next number beyond it. [`StoreError::AlreadyThere`].
    fn add_crl(&mut self, crl: &CrlRecord) -> Result<(), StoreError>;
}
