//! Certificate revocation lists: issue, read, look up.

use std::fmt;
use std::sync::Arc;

use crate::crypto::{PublicKey, SignatureAlgorithm, SignatureBytes, Signer};
use crate::limits::VALUE_BYTES;
use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::build::{IssueError, Issuer};
use crate::pki::certificate::{read_time, signature_value};
use crate::pki::distribution::{IssuingDistributionPoint, issuing_distribution_point};
use crate::pki::extension::{self, Extension, GeneralName, oid, read_extensions};
use crate::pki::{CertificateError, Name, SignatureFault, write};
use crate::time::Time;

/// Why a certificate was revoked (RFC 5280 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum RevocationReason {
    Unspecified = 0,
    KeyCompromise = 1,
    CaCompromise = 2,
    AffiliationChanged = 3,
    Superseded = 4,
    CessationOfOperation = 5,
    CertificateHold = 6,
    RemoveFromCrl = 8,
    PrivilegeWithdrawn = 9,
    AaCompromise = 10,
}

impl RevocationReason {
    /// From its number; one that the standard does not know is [`RevocationReason::Unspecified`].
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        match number {
            1 => RevocationReason::KeyCompromise,
            2 => RevocationReason::CaCompromise,
            3 => RevocationReason::AffiliationChanged,
            4 => RevocationReason::Superseded,
            5 => RevocationReason::CessationOfOperation,
            6 => RevocationReason::CertificateHold,
            8 => RevocationReason::RemoveFromCrl,
            9 => RevocationReason::PrivilegeWithdrawn,
            10 => RevocationReason::AaCompromise,
            _ => RevocationReason::Unspecified,
        }
    }
}

/// One revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Serial number, contents of the INTEGER.
    pub serial: Vec<u8>,
    /// Since when: the date of revocation, or the invalidityDate where that is earlier (RFC 5280 5.3.2).
    pub at: Time,
    /// Why.
    pub reason: RevocationReason,
}

/// A revocation list (RFC 5280 5.1) that has been read and not judged.
#[derive(Clone)]
pub struct Crl(Arc<Parts>);

struct Parts {
    raw: Vec<u8>,
    tbs: Vec<u8>,
    inner_algorithm: Vec<u8>,
    outer_algorithm: Vec<u8>,
    signature: SignatureBytes,
    issuer: Name,
    this_update: Time,
    next_update: Option<Time>,
    entries: Entries,
    extensions: Vec<Extension>,
}

/// revokedCertificates as read.
#[derive(Default)]
struct Entries {
    revoked: Vec<Revoked>,
    /// From which entry on another issuer is meant (certificateIssuer, RFC 5280 5.3.3).
    issuers: Vec<(usize, Name)>,
    /// Some entry has a critical extension that is not known here, or names no issuer where it should.
    strange: bool,
}

/// What a new list says.
#[derive(Clone, Copy, Debug)]
pub struct CrlRequest<'a> {
    /// Its number, greater than that of every earlier list of this issuer (RFC 5280 5.2.3).
    pub number: u64,
    /// When it is issued.
    pub this_update: Time,
    /// Until when the next one will be there.
    pub next_update: Time,
    /// Everything that this issuer has revoked.
    pub revoked: &'a [Revoked],
}

impl Crl {
    /// Issues a list of version 2 (RFC 5280 5.1) with authorityKeyIdentifier and cRLNumber.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn issue(request: &CrlRequest<'_>, issuer: &Issuer<'_>, signer: &dyn Signer) -> Result<Self, IssueError> {
        let mut entries = Vec::new();
        for revoked in request.revoked {
            let mut entry = vec![write::integer_content(&revoked.serial), write::x509_time(revoked.at)];
            // RFC 5280 5.3.1: unspecified is said by leaving the extension out.
            if revoked.reason != RevocationReason::Unspecified {
                let reason = write::octet_string(&write::enumerated(revoked.reason as u8));
                let reason = write::sequence(&[&write::oid(oid::REASON_CODE)?, &reason]);
                entry.push(write::sequence(&[&reason]));
            }
            entries.push(write::tlv(tag::SEQUENCE, &entry.concat()));
        }
        let number = write::octet_string(&write::integer(request.number));
        let number = write::sequence(&[&write::oid(oid::CRL_NUMBER)?, &number]);
        let algorithm = signer.algorithm().identifier();
        let mut body = vec![
            write::integer(1),
            algorithm.clone(),
            issuer.name().as_der().to_vec(),
            write::x509_time(request.this_update),
            write::x509_time(request.next_update),
        ];
        // RFC 5280 5.1.2.6: the list is absent where nothing is revoked.
        if !entries.is_empty() {
            body.push(write::tlv(tag::SEQUENCE, &entries.concat()));
        }
        body.push(write::explicit(0, &write::sequence(&[&issuer.authority_key_id()?, &number])));
        let tbs = write::tlv(tag::SEQUENCE, &body.concat());
        let value = signer.sign(&tbs)?;
        let der = write::sequence(&[&tbs, &algorithm, &write::bit_string(value.as_bytes())]);
        let crl = Crl::from_der(&der).map_err(|_| IssueError::SelfCheck)?;
        crl.verify_signature_by(signer.public_key()).map_err(|_| IssueError::SelfCheck)?;
        Ok(crl)
    }

    /// Reads one list; nothing may follow it.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() as u64 > VALUE_BYTES {
            return Err(CertificateError::TooLarge);
        }
        let outer = Reader::only(der, Encoding::Der)?;
        if outer.tag != tag::SEQUENCE {
            return Err(BerError::UnexpectedTag.into());
        }
        let mut parts = Reader::new(outer.content, Encoding::Der);
        let tbs = parts.expect(tag::SEQUENCE)?;
        let outer_algorithm = parts.expect(tag::SEQUENCE)?.bytes.to_vec();
        let signature = signature_value(&parts.expect(tag::BIT_STRING)?);
        parts.end()?;
        let mut body = parts.inside(&tbs)?;
        body.optional(tag::INTEGER)?;
        let inner_algorithm = body.expect(tag::SEQUENCE)?.bytes.to_vec();
        let issuer = Name::from_der(body.expect(tag::SEQUENCE)?.bytes)?;
        let this_update = time(&body.next()?)?;
        let next = match body.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(time(&body.next()?)?),
            _ => None,
        };
        let entries = entries(&mut body)?;
        let mut extensions = Vec::new();
        if let Some(value) = body.optional(tag::context(0))? {
            let mut inside = body.inside(&value)?;
            extensions = read_extensions(&mut inside.enter(tag::SEQUENCE)?)?;
            inside.end()?;
        }
        body.end()?;
        Ok(Crl(Arc::new(Parts {
            raw: der.to_vec(),
            tbs: tbs.bytes.to_vec(),
            inner_algorithm,
            outer_algorithm,
            signature,
            issuer,
            this_update,
            next_update: next,
            entries,
            extensions,
        })))
    }

    /// The list, byte for byte.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.raw
    }

    /// Who issued it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// When it was issued.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.0.this_update
    }

    /// When the next one is due.
    #[must_use]
    pub fn next_update(&self) -> Option<Time> {
        self.0.next_update
    }

    /// All entries.
    #[must_use]
    pub fn revoked(&self) -> &[Revoked] {
        &self.0.entries.revoked
    }

    /// The entry of a serial number (contents of the INTEGER), the earliest where there are several.
    #[must_use]
    pub fn lookup(&self, serial: &[u8]) -> Option<&Revoked> {
        self.0.entries.revoked.iter().filter(|entry| entry.serial == serial).min_by_key(|entry| entry.at)
    }

    /// The entry of a certificate, known by issuer and serial number (contents of the INTEGER): in an indirect list an
    /// entry belongs to the issuer that it or the last one before it names (RFC 5280 5.3.3). The earliest where there
    /// are several.
    #[must_use]
    pub fn entry_of(&self, issuer: &Name, serial: &[u8]) -> Option<&Revoked> {
        let entries = self.0.entries.revoked.iter().enumerate().filter(|(_, entry)| entry.serial == serial);
        entries.filter(|(n, _)| self.issuer_at(*n).matches(issuer)).map(|(_, entry)| entry).min_by_key(|entry| entry.at)
    }

    /// Whose certificate an entry means.
    fn issuer_at(&self, position: usize) -> &Name {
        let issuers = &self.0.entries.issuers;
        let after = issuers.partition_point(|(from, _)| *from <= position);
        after.checked_sub(1).and_then(|n| issuers.get(n)).map_or(&self.0.issuer, |(_, name)| name)
    }

    /// cRLNumber, contents of the INTEGER.
    #[must_use]
    pub fn number(&self) -> Option<Vec<u8>> {
        self.integer(oid::CRL_NUMBER)
    }

    /// BaseCRLNumber of a delta list, contents of the INTEGER (RFC 5280 5.2.4).
    #[must_use]
    pub fn base_number(&self) -> Option<Vec<u8>> {
        self.integer(oid::DELTA_CRL_INDICATOR)
    }

    /// Whether this is a delta list.
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.extension(oid::DELTA_CRL_INDICATOR).is_some()
    }

    /// What it speaks for (RFC 5280 5.2.5); for everything of its issuer where nothing is said.
    ///
    /// # Errors
    /// [`BerError`] of an extension that is malformed: nothing may be concluded from such a list.
    pub fn issuing_distribution_point(&self) -> Result<Option<IssuingDistributionPoint>, BerError> {
        self.extension(oid::ISSUING_DISTRIBUTION_POINT).map(|one| issuing_distribution_point(&one.value)).transpose()
    }

    /// URLs of delta lists that continue it (freshestCRL, RFC 5280 5.2.6); none of an extension that is malformed.
    #[must_use]
    pub fn freshest_urls(&self) -> Vec<String> {
        let found = self.extension(oid::FRESHEST_CRL).and_then(|one| extension::crl_urls(&one.value).ok());
        found.unwrap_or_default()
    }

    /// Since when expired certificates stay on it (X.509 9.5.2.8); else they may be gone.
    #[must_use]
    pub fn expired_since(&self) -> Option<Time> {
        let extension = self.extension(oid::EXPIRED_CERTS_ON_CRL)?;
        read_time(&Reader::only(&extension.value, Encoding::Der).ok()?).ok()
    }

    /// The extension with this dotted identifier (the first, where there are several).
    #[must_use]
    pub fn extension(&self, oid: &str) -> Option<&Extension> {
        self.0.extensions.iter().find(|extension| extension.oid == oid)
    }

    fn integer(&self, oid: &str) -> Option<Vec<u8>> {
        Some(Reader::only(&self.extension(oid)?.value, Encoding::Der).ok()?.integer().ok()?.to_vec())
    }

    /// Whether this is a full list that speaks for all certificates of its issuer: no delta, indirect or partitioned
    /// one, none with a critical extension.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let foreign = |extension: &Extension| extension.critical || extension.oid == oid::DELTA_CRL_INDICATOR;
        !self.0.entries.strange && !self.0.extensions.iter().any(foreign)
    }

    /// Whether all that is critical in it is known here. Nothing may be concluded from a list of which something is
    /// not (RFC 5280 5.2).
    #[must_use]
    pub fn is_understood(&self) -> bool {
        const KNOWN: [&str; 4] =
            [oid::CRL_NUMBER, oid::AUTHORITY_KEY_IDENTIFIER, oid::DELTA_CRL_INDICATOR, oid::ISSUING_DISTRIBUTION_POINT];
        let extensions = &self.0.extensions;
        let known = |one: &Extension| !one.critical || KNOWN.contains(&one.oid.as_str());
        let single = |oid: &&str| extensions.iter().filter(|one| one.oid == **oid).count() <= 1;
        !self.0.entries.strange && extensions.iter().all(known) && KNOWN.iter().all(single)
    }

    /// The algorithm of its signature; `None` for an unknown one.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        SignatureAlgorithm::from_identifier(&self.0.outer_algorithm, None)
    }

    /// Verifies the signature.
    ///
    /// # Errors
    /// [`SignatureFault`].
    pub fn verify_signature_by(&self, issuer: &PublicKey) -> Result<(), SignatureFault> {
        // RFC 5280 5.1.1.2.
        if self.0.inner_algorithm != self.0.outer_algorithm {
            return Err(SignatureFault::AlgorithmsDiffer);
        }
        let algorithm = self.signature_algorithm().ok_or(SignatureFault::UnknownAlgorithm)?;
        Ok(issuer.verify(algorithm, &self.0.tbs, &self.0.signature)?)
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.0.raw == other.0.raw
    }
}

impl Eq for Crl {}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {}, {} entries)", self.0.issuer, self.0.this_update, self.revoked().len())
    }
}

fn time(value: &Tlv<'_>) -> Result<Time, CertificateError> {
    read_time(value).map_err(|_| CertificateError::Validity)
}

/// revokedCertificates.
fn entries(body: &mut Reader<'_>) -> Result<Entries, CertificateError> {
    let mut entries = Entries::default();
    let Some(list) = body.optional(tag::SEQUENCE)? else { return Ok(entries) };
    let mut list = body.inside(&list)?;
    while !list.is_empty() {
        let mut entry = list.enter(tag::SEQUENCE)?;
        let serial = entry.expect(tag::INTEGER)?.content.to_vec();
        let at = time(&entry.next()?)?;
        let mut revoked = Revoked { serial, at, reason: RevocationReason::Unspecified };
        if let Some(value) = entry.optional(tag::SEQUENCE)? {
            for extension in read_extensions(&mut entry.inside(&value)?)? {
                entry_extension(&extension, &mut revoked, &mut entries);
            }
        }
        entry.end()?;
        entries.revoked.push(revoked);
    }
    Ok(entries)
}

/// RFC 5280 5.3.
fn entry_extension(extension: &Extension, revoked: &mut Revoked, entries: &mut Entries) {
    match extension.oid.as_str() {
        oid::REASON_CODE => {
            let number = extension.value.last().copied().unwrap_or(0);
            revoked.reason = RevocationReason::from_number(u64::from(number));
        }
        oid::INVALIDITY_DATE => {
            let date = Reader::only(&extension.value, Encoding::Der).ok().and_then(|value| read_time(&value).ok());
            revoked.at = date.map_or(revoked.at, |date| date.min(revoked.at));
        }
        oid::CERTIFICATE_ISSUER => {
            let names = extension::general_names(&extension.value).unwrap_or_default();
            let directory = |name| if let GeneralName::Directory(name) = name { Some(name) } else { None };
            match names.into_iter().find_map(directory) {
                Some(name) => entries.issuers.push((entries.revoked.len(), name)),
                None => entries.strange = true,
            }
        }
        _ => entries.strange |= extension.critical,
    }
}
