//! Issuing certificates.

use crate::crypto::{DigestAlgorithm, PublicKey, RandomSource, SignError, Signer};
use crate::pki::ber::tag;
use crate::pki::extension::{Usage, oid};
use crate::pki::write::{self, WriteError};
use crate::pki::{Certificate, Name};
use crate::time::Validity;

/// What an issued certificate may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Issues certificates and revocation lists.
    Authority,
    /// Signs seals.
    SealMaker,
    /// Signs documents.
    Signer,
    /// Signs timestamps (RFC 3161 2.3).
    Tsa,
}

/// What a new certificate says.
#[derive(Clone, Copy, Debug)]
pub struct CertificateRequest<'a> {
    /// Whom it names.
    pub subject: &'a Name,
    /// The subject's key.
    pub public_key: &'a PublicKey,
    /// From when to when.
    pub validity: Validity,
    /// What for.
    pub profile: Profile,
    /// Where its issuer publishes the revocation list.
    pub crl_url: Option<&'a str>,
}

/// Who issues: a name and a key identifier.
#[derive(Clone, Debug)]
pub struct Issuer<'a> {
    name: &'a Name,
    key_id: Vec<u8>,
}

/// Why nothing was issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The issuer's key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A value that its ASN.1 type cannot hold, such as a URL that is not ASCII.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The issuer's certificate does not hold the key that signs.
    #[error("the issuer's certificate does not belong to the issuer's key")]
    WrongKey,
    /// No random bytes.
    #[error("no random bytes for the serial number")]
    Random,
    /// The fresh certificate could not be read or verified again.
    #[error("the fresh certificate does not verify")]
    SelfCheck,
}

impl<'a> Issuer<'a> {
    /// A root that issues its own certificate.
    #[must_use]
    pub fn own(subject: &'a Name, key: &PublicKey) -> Self {
        Issuer { name: subject, key_id: key_id(key) }
    }

    /// The holder of this CA certificate.
    ///
    /// # Errors
    /// [`IssueError::WrongKey`] where it does not hold `key`.
    pub fn holder(certificate: &'a Certificate, key: &PublicKey) -> Result<Self, IssueError> {
        if certificate.public_key().ok().as_ref().map(PublicKey::key_bits) != Some(key.key_bits()) {
            return Err(IssueError::WrongKey);
        }
        let own = certificate.subject_key_id().ok().flatten();
        Ok(Issuer { name: certificate.subject(), key_id: own.unwrap_or_else(|| key_id(key)) })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.name
    }

    /// The extension authorityKeyIdentifier (RFC 5280 4.2.1.1).
    pub(crate) fn authority_key_id(&self) -> Result<Vec<u8>, WriteError> {
        let value = write::sequence(&[&write::implicit_primitive(0, &self.key_id)]);
        extension(oid::AUTHORITY_KEY_IDENTIFIER, Critical::No, &value)
    }
}

/// Issues a certificate of version 3 (RFC 5280 4.1) with a random serial number of 16 bytes, and verifies it before it
/// is returned.
///
/// # Errors
/// [`IssueError`].
pub fn issue(
    request: &CertificateRequest<'_>,
    issuer: &Issuer<'_>,
    signer: &dyn Signer,
    random: &dyn RandomSource,
) -> Result<Certificate, IssueError> {
    let algorithm = signer.algorithm().identifier();
    let validity = request.validity;
    let period = write::sequence(&[&write::x509_time(validity.not_before), &write::x509_time(validity.not_after)]);
    let tbs = write::sequence(&[
        &write::explicit(0, &write::integer(2)),
        &serial(random)?,
        &algorithm,
        issuer.name.as_der(),
        &period,
        request.subject.as_der(),
        request.public_key.spki(),
        &write::explicit(3, &extensions(request, issuer)?),
    ]);
    let value = signer.sign(&tbs)?;
    let der = write::sequence(&[&tbs, &algorithm, &write::bit_string(value.as_bytes())]);
    let certificate = Certificate::from_der(&der).map_err(|_| IssueError::SelfCheck)?;
    certificate.verify_signature_by(signer.public_key()).map_err(|_| IssueError::SelfCheck)?;
    Ok(certificate)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Critical {
    Yes,
    No,
}

/// Extensions by profile (RFC 5280 4.2.1).
fn extensions(request: &CertificateRequest<'_>, issuer: &Issuer<'_>) -> Result<Vec<u8>, WriteError> {
    let (usages, purposes): (&[Usage], &[&str]) = match request.profile {
        Profile::Authority => (&[Usage::KeyCertSign, Usage::CrlSign], &[]),
        Profile::SealMaker => (&[Usage::DigitalSignature, Usage::NonRepudiation], &[]),
        Profile::Signer => {
            (&[Usage::DigitalSignature, Usage::NonRepudiation], &[oid::DOCUMENT_SIGNING, oid::EMAIL_PROTECTION])
        }
        Profile::Tsa => (&[Usage::DigitalSignature], &[oid::TIME_STAMPING]),
    };
    let mut list = Vec::new();
    let constraints = match request.profile {
        Profile::Authority => write::sequence(&[&write::boolean(true)]),
        // cA is FALSE by default and then left out (X.690 11.5).
        _ => write::sequence(&[]),
    };
    list.push(extension(oid::BASIC_CONSTRAINTS, Critical::Yes, &constraints)?);
    let bits: Vec<u8> = usages.iter().map(|usage| *usage as u8).collect();
    list.push(extension(oid::KEY_USAGE, Critical::Yes, &write::named_bits(&bits))?);
    if !purposes.is_empty() {
        let purposes: Vec<Vec<u8>> = purposes.iter().map(|purpose| write::oid(purpose)).collect::<Result<_, _>>()?;
        // RFC 3161 2.3: critical for a time-stamping authority.
        let critical = if request.profile == Profile::Tsa { Critical::Yes } else { Critical::No };
        list.push(extension(oid::EXTENDED_KEY_USAGE, critical, &write::tlv(tag::SEQUENCE, &purposes.concat()))?);
    }
    let own = write::octet_string(&key_id(request.public_key));
    list.push(extension(oid::SUBJECT_KEY_IDENTIFIER, Critical::No, &own)?);
    list.push(issuer.authority_key_id()?);
    if let Some(url) = request.crl_url {
        write::ia5(url)?;
        let name = write::explicit(0, &write::explicit(0, &write::implicit_primitive(6, url.as_bytes())));
        let points = write::sequence(&[&write::sequence(&[&name])]);
        list.push(extension(oid::CRL_DISTRIBUTION_POINTS, Critical::No, &points)?);
    }
    Ok(write::tlv(tag::SEQUENCE, &list.concat()))
}

fn extension(oid: &str, critical: Critical, value: &[u8]) -> Result<Vec<u8>, WriteError> {
    let flag = if critical == Critical::Yes { write::boolean(true) } else { Vec::new() };
    Ok(write::sequence(&[&write::oid(oid)?, &flag, &write::octet_string(value)]))
}

/// Key identifier: the leftmost 160 bits of SHA-256 over the key bits (RFC 7093 section 2, method 1), since SHA-1 is
/// never written here.
fn key_id(key: &PublicKey) -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(key.key_bits()).as_bytes().iter().take(20).copied().collect()
}

/// Positive, never zero, 126 random bits (RFC 5280 4.1.2.2: at most 20 bytes).
fn serial(random: &dyn RandomSource) -> Result<Vec<u8>, IssueError> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes).map_err(|_| IssueError::Random)?;
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x7F | 0x40;
    }
    Ok(write::unsigned(&bytes))
}
