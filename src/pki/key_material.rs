//! What a file of keys and certificates holds, whichever of the kinds that authorities and programs hand out it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use crate::crypto::{KeyError, PrivateKey, SecretBytes, Signer as _, is_enveloped, open_cfca_key};
use crate::limits::VALUE_BYTES;
use crate::pki::Certificate;
use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::cms::SignedData;
use crate::pki::pkcs12::{self, Pkcs12Error};

/// Most PEM blocks that are read of one file.
const BLOCKS: usize = 1_000;

/// Certificates and keys, in the order of the file.
#[derive(Default)]
pub struct KeyMaterial {
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// Private keys.
    pub keys: Vec<PrivateKey>,
    /// `SM2EnvelopedKey` structures (GB/T 35276 7.4): private keys that another private key opens.
    pub enveloped: Vec<Vec<u8>>,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named by `name`")]
pub enum FileKind {
    Certificate,
    CertificateRequest,
    RevocationList,
    PublicKey,
    Pkcs7,
    Pkcs12,
    CfcaSm2,
    Pkcs8,
    EncryptedPkcs8,
    Sec1,
    Pkcs1,
    PemKey,
    EnvelopedKey,
    JavaKeyStore,
    OpenSsh,
    Pem,
    Unknown,
}

impl FileKind {
    /// Its name, the same in every language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Certificate => "X.509",
            FileKind::CertificateRequest => "PKCS#10",
            FileKind::RevocationList => "X.509 CRL",
            FileKind::PublicKey => "SubjectPublicKeyInfo",
            FileKind::Pkcs7 => "PKCS#7",
            FileKind::Pkcs12 => "PKCS#12",
            FileKind::CfcaSm2 => "CFCA SM2",
            FileKind::Pkcs8 => "PKCS#8",
            FileKind::EncryptedPkcs8 => "PKCS#8 (EncryptedPrivateKeyInfo)",
            FileKind::Sec1 => "SEC1",
            FileKind::Pkcs1 => "PKCS#1",
            FileKind::PemKey => "PEM PRIVATE KEY",
            FileKind::EnvelopedKey => "SM2EnvelopedKey",
            FileKind::JavaKeyStore => "Java KeyStore",
            FileKind::OpenSsh => "OpenSSH",
            FileKind::Pem => "PEM",
            FileKind::Unknown => "?",
        }
    }
}

/// Why a file gives nothing, and what kind it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {fault}", kind.name())]
pub struct MaterialError {
    /// What it is.
    pub kind: FileKind,
    /// What is wrong.
    pub fault: MaterialFault,
}

/// Why a file gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MaterialFault {
    /// Encrypted, and no password was given.
    #[error("a password is needed")]
    PasswordNeeded,
    /// The password does not open it.
    #[error("wrong password")]
    PasswordWrong,
    /// It asks for more work than a file may.
    #[error("too large, or too many iterations of key derivation")]
    TooCostly,
    /// Not the structure that it seems to be.
    #[error("damaged")]
    Damaged,
    /// Its key and its certificate do not belong together.
    #[error("the key does not belong to the certificate")]
    Mismatch,
    /// An algorithm or protection that is not known here.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// Readable, and without certificate or private key.
    #[error("holds neither certificate nor private key")]
    Nothing,
}

/// Reads a file: certificates and keys as PEM, DER, or base64 alone; PKCS#7 (RFC 5652, GB/T 35275), PKCS#12 (RFC 7292),
/// PKCS#8, SEC1, PKCS#1, `SM2EnvelopedKey`, and the `.sm2` files of CFCA.
///
/// # Errors
/// [`MaterialError`].
pub fn read(bytes: &[u8], password: Option<&SecretBytes>) -> Result<KeyMaterial, MaterialError> {
    if bytes.len() as u64 > VALUE_BYTES {
        return Err(MaterialError { kind: FileKind::Unknown, fault: MaterialFault::TooCostly });
    }
    let mut reading = Reading { password, found: KeyMaterial::default(), kind: FileKind::Unknown };
    let result = reading.file(bytes);
    let kind = reading.kind;
    let fail = |fault| Err(MaterialError { kind, fault });
    match result {
        Err(fault) => fail(fault),
        Ok(()) if reading.found.is_empty() => fail(MaterialFault::Nothing),
        Ok(()) => Ok(reading.found),
    }
}

impl KeyMaterial {
    fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.keys.is_empty() && self.enveloped.is_empty()
    }
}

struct Reading<'a> {
    password: Option<&'a SecretBytes>,
    found: KeyMaterial,
    kind: FileKind,
}

impl Reading<'_> {
    fn file(&mut self, bytes: &[u8]) -> Result<(), MaterialFault> {
        const BEGIN: &[u8] = b"-----BEGIN ";
        if bytes.first() == Some(&tag::SEQUENCE) {
            return self.der(bytes);
        }
        if bytes.starts_with(&[0xFE, 0xED, 0xFE, 0xED]) || bytes.starts_with(&[0xCE, 0xCE, 0xCE, 0xCE]) {
            self.kind = FileKind::JavaKeyStore;
            return Err(MaterialFault::Unsupported(FileKind::JavaKeyStore.name().to_owned()));
        }
        if memmem::find(bytes, BEGIN).is_some() {
            return self.pem(bytes);
        }
        // Chinese authorities hand out base64 without armour.
        let digits: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        match STANDARD.decode(&digits).map(SecretBytes::new) {
            Ok(der) if der.expose().first() == Some(&tag::SEQUENCE) => self.der(der.expose()),
            _ => Err(MaterialFault::Nothing),
        }
    }

    /// Every block (RFC 7468); what is around them may be in any character set.
    fn pem(&mut self, bytes: &[u8]) -> Result<(), MaterialFault> {
        self.kind = FileKind::Pem;
        let mut rest = bytes;
        for _ in 0..BLOCKS {
            let Some(start) = memmem::find(rest, b"-----BEGIN ") else { return Ok(()) };
            let block = rest.get(start..).unwrap_or_default();
            let end = memmem::find(block, b"-----END ").ok_or(MaterialFault::Damaged)?;
            let tail = block.get(end + 9..).unwrap_or_default();
            let close = memmem::find(tail, b"-----").ok_or(MaterialFault::Damaged)?;
            let length = end + 9 + close + 5;
            let section = block.get(..length).unwrap_or_default();
            rest = block.get(length..).unwrap_or_default();
            let section = std::str::from_utf8(section).map_err(|_| MaterialFault::Damaged)?;
            self.section(section)?;
        }
        Err(MaterialFault::TooCostly)
    }

    fn section(&mut self, section: &str) -> Result<(), MaterialFault> {
        let (label, body) = section
            .strip_prefix("-----BEGIN ")
            .and_then(|rest| rest.split_once("-----"))
            .ok_or(MaterialFault::Damaged)?;
        if label == "OPENSSH PRIVATE KEY" {
            self.kind = FileKind::OpenSsh;
            return Err(MaterialFault::Unsupported(FileKind::OpenSsh.name().to_owned()));
        }
        if label.ends_with("PRIVATE KEY") {
            self.kind = FileKind::PemKey;
            return self.private_key(section.as_bytes());
        }
        // Parameters of a curve stand before its key; public keys say nothing new.
        if matches!(label, "EC PARAMETERS" | "SM2 PARAMETERS" | "DH PARAMETERS" | "PUBLIC KEY" | "RSA PUBLIC KEY") {
            return Ok(());
        }
        let body = body.split_once("-----END ").ok_or(MaterialFault::Damaged)?.0;
        let digits: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let der = SecretBytes::new(STANDARD.decode(digits).map_err(|_| MaterialFault::Damaged)?);
        self.der(der.expose())
    }

    fn der(&mut self, der: &[u8]) -> Result<(), MaterialFault> {
        self.kind = kind_of(der);
        match self.kind {
            FileKind::Certificate => {
                let certificate = Certificate::from_der(der).map_err(|_| MaterialFault::Damaged)?;
                self.found.certificates.push(certificate);
                Ok(())
            }
            FileKind::Pkcs7 => self.pkcs7(der),
            FileKind::Pkcs12 => self.pkcs12(der),
            FileKind::CfcaSm2 => self.cfca(der),
            FileKind::Pkcs8 | FileKind::EncryptedPkcs8 | FileKind::Sec1 | FileKind::Pkcs1 => self.private_key(der),
            FileKind::EnvelopedKey => {
                self.found.enveloped.push(der.to_vec());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn private_key(&mut self, bytes: &[u8]) -> Result<(), MaterialFault> {
        let key = PrivateKey::from_file(bytes, self.password).map_err(|error| self.key_fault(error))?;
        self.found.keys.push(key);
        Ok(())
    }

    fn key_fault(&self, error: KeyError) -> MaterialFault {
        match error {
            KeyError::PassphraseNeeded => MaterialFault::PasswordNeeded,
            KeyError::WrongPassphrase if self.password.is_none() => MaterialFault::PasswordNeeded,
            KeyError::WrongPassphrase => MaterialFault::PasswordWrong,
            KeyError::Unsupported(what) => MaterialFault::Unsupported(what),
            KeyError::Malformed => MaterialFault::Damaged,
        }
    }

    /// The certificates of a `SignedData` (RFC 5652 5.1; GB/T 35275 clause 8), which need not sign anything.
    fn pkcs7(&mut self, der: &[u8]) -> Result<(), MaterialFault> {
        let signed = SignedData::read(der).map_err(|_| MaterialFault::Damaged)?;
        for der in &signed.certificates {
            self.found.certificates.push(Certificate::from_der(der).map_err(|_| MaterialFault::Damaged)?);
        }
        Ok(())
    }

    fn pkcs12(&mut self, der: &[u8]) -> Result<(), MaterialFault> {
        // Without a password it may still be one with an empty password.
        let empty = SecretBytes::new(Vec::new());
        let file = pkcs12::read(der, self.password.unwrap_or(&empty)).map_err(|error| match error {
            Pkcs12Error::WrongPassword if self.password.is_none() => MaterialFault::PasswordNeeded,
            Pkcs12Error::WrongPassword => MaterialFault::PasswordWrong,
            Pkcs12Error::TooCostly => MaterialFault::TooCostly,
            Pkcs12Error::Unsupported(what) => MaterialFault::Unsupported(what),
            Pkcs12Error::Key(error) => self.key_fault(error),
            Pkcs12Error::NoMac => MaterialFault::Unsupported("no integrity code".to_owned()),
            Pkcs12Error::Structure(_) | Pkcs12Error::Certificate(_) => MaterialFault::Damaged,
        })?;
        self.found.keys.extend(file.keys);
        self.found.certificates.extend(file.certificates);
        Ok(())
    }

    /// A `.sm2` file of CFCA, which its SADK calls PKCS12_SM2. There is no published standard; the outline is known from
    /// files and from public programs that read them (gmsm, package cfca):
    ///
    /// ```text
    /// SEQUENCE {
    ///   version INTEGER (1),
    ///   SEQUENCE { OBJECT IDENTIFIER data (GM/T 0010), OBJECT IDENTIFIER SM4, OCTET STRING encrypted private key },
    ///   SEQUENCE { OBJECT IDENTIFIER data (GM/T 0010), OCTET STRING certificate } }
    /// ```
    fn cfca(&mut self, der: &[u8]) -> Result<(), MaterialFault> {
        let damaged = |_: BerError| MaterialFault::Damaged;
        let mut outer = Reader::new(der, Encoding::Ber);
        let mut file = outer.enter(tag::SEQUENCE).map_err(damaged)?;
        file.expect(tag::INTEGER).map_err(damaged)?;
        let mut key = file.enter(tag::SEQUENCE).map_err(damaged)?;
        key.expect(tag::OID).map_err(damaged)?;
        let cipher = key.expect(tag::OID).and_then(|oid| oid.oid()).map_err(damaged)?;
        if cipher != "1.2.156.10197.1.104" && cipher != "1.2.156.10197.1.104.2" {
            return Err(MaterialFault::Unsupported(cipher));
        }
        let encrypted = key.expect(tag::OCTET_STRING).map_err(damaged)?;
        let mut certificate = file.enter(tag::SEQUENCE).map_err(damaged)?;
        certificate.expect(tag::OID).map_err(damaged)?;
        let certificate = certificate.expect(tag::OCTET_STRING).map_err(damaged)?;
        let certificate = Certificate::from_der(certificate.content).map_err(|_| MaterialFault::Damaged)?;
        let password = self.password.filter(|password| !password.expose().is_empty());
        let password = password.ok_or(MaterialFault::PasswordNeeded)?;
        let key = open_cfca_key(encrypted.content, password).map_err(|error| self.key_fault(error))?;
        // The file has no integrity code: the certificate shows whether the key came out right.
        if !certificate.public_key().is_ok_and(|public| public.key_bits() == key.public_key().key_bits()) {
            return Err(MaterialFault::PasswordWrong);
        }
        self.found.certificates.push(certificate);
        self.found.keys.push(key);
        Ok(())
    }
}

/// The kind of a DER or BER value by its outline alone.
fn kind_of(der: &[u8]) -> FileKind {
    outline(der).unwrap_or(FileKind::Unknown)
}

fn outline(der: &[u8]) -> Result<FileKind, BerError> {
    let mut outer = Reader::new(der, Encoding::Ber);
    let mut fields = outer.enter(tag::SEQUENCE)?;
    match fields.peek() {
        // ContentInfo.
        Some(tag::OID) => Ok(FileKind::Pkcs7),
        Some(tag::INTEGER) => after_version(&mut fields),
        Some(tag::SEQUENCE) => after_sequence(der, &mut fields),
        _ => Ok(FileKind::Unknown),
    }
}

fn after_version(fields: &mut Reader<'_>) -> Result<FileKind, BerError> {
    fields.next()?;
    match fields.peek() {
        Some(tag::OCTET_STRING) => Ok(FileKind::Sec1),
        Some(tag::INTEGER) => Ok(FileKind::Pkcs1),
        Some(tag::SEQUENCE) => {
            let mut second = fields.enter(tag::SEQUENCE)?;
            second.expect(tag::OID)?;
            // PFX: ContentInfo, its content tagged [0]. CFCA: type, cipher, text. PKCS#8: AlgorithmIdentifier, key.
            match (second.peek(), fields.peek()) {
                (Some(0xA0), _) => Ok(FileKind::Pkcs12),
                (_, Some(tag::OCTET_STRING)) => Ok(FileKind::Pkcs8),
                (Some(tag::OID), Some(tag::SEQUENCE)) => Ok(FileKind::CfcaSm2),
                _ => Ok(FileKind::Unknown),
            }
        }
        _ => Ok(FileKind::Unknown),
    }
}

fn after_sequence(der: &[u8], fields: &mut Reader<'_>) -> Result<FileKind, BerError> {
    if is_enveloped(der) {
        return Ok(FileKind::EnvelopedKey);
    }
    let mut first = fields.enter(tag::SEQUENCE)?;
    match fields.peek() {
        Some(tag::OCTET_STRING) => Ok(FileKind::EncryptedPkcs8),
        Some(tag::BIT_STRING) => Ok(FileKind::PublicKey),
        Some(tag::SEQUENCE) => {
            // TBSCertificate has its serial number, CertificationRequestInfo its subject, TBSCertList its algorithm or
            // its issuer after the version.
            let version = first.optional(tag::context(0))?.is_some();
            let number = first.optional(tag::INTEGER)?.is_some();
            match (version, number) {
                (true, true) => Ok(FileKind::Certificate),
                (false, true) => {
                    first.expect(tag::SEQUENCE)?;
                    first.expect(tag::SEQUENCE)?;
                    // v1 certificate: issuer, then validity, subject, key. CRL: issuer, thisUpdate. Request: key, [0].
                    match first.peek() {
                        Some(tag::SEQUENCE) => Ok(FileKind::Certificate),
                        Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Ok(FileKind::RevocationList),
                        _ => Ok(FileKind::CertificateRequest),
                    }
                }
                _ => Ok(FileKind::RevocationList),
            }
        }
        _ => Ok(FileKind::Unknown),
    }
}
