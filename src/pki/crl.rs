//! Certificate revocation lists: issue, read, look up.

use std::fmt;
use std::sync::Arc;

use crate::crypto::{PublicKey, SignatureAlgorithm, SignatureBytes, Signer};
use crate::limits::VALUE_BYTES;
use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::build::{IssueError, Issuer};
use crate::pki::certificate::read_time;
use crate::pki::extension::{Extension, oid, read_extensions};
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
    /// Since when.
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
    revoked: Vec<Revoked>,
    extensions: Vec<Extension>,
    strange_entries: bool,
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
        let signature = SignatureBytes::new(parts.expect(tag::BIT_STRING)?.bits()?.to_vec());
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
        let (revoked, strange_entries) = entries(&mut body)?;
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
            revoked,
            extensions,
            strange_entries,
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
        &self.0.revoked
    }

    /// The entry of a serial number (contents of the INTEGER), the earliest where there are several.
    #[must_use]
    pub fn lookup(&self, serial: &[u8]) -> Option<&Revoked> {
        self.0.revoked.iter().filter(|entry| entry.serial == serial).min_by_key(|entry| entry.at)
    }

    /// cRLNumber, contents of the INTEGER.
    #[must_use]
    pub fn number(&self) -> Option<Vec<u8>> {
        let extension = self.0.extensions.iter().find(|extension| extension.oid == oid::CRL_NUMBER)?;
        Some(Reader::only(&extension.value, Encoding::Der).ok()?.integer().ok()?.to_vec())
    }

    /// Whether this is a full list that speaks for all certificates of its issuer. Delta, indirect and partitioned
    /// lists, and lists with a critical extension that is not known here, are not (RFC 5280 5.2): nothing may be
    /// concluded from them.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let foreign = |extension: &Extension| extension.critical || extension.oid == oid::DELTA_CRL_INDICATOR;
        !self.0.strange_entries && !self.0.extensions.iter().any(foreign)
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
        write!(f, "Crl({}, {}, {} entries)", self.0.issuer, self.0.this_update, self.0.revoked.len())
    }
}

fn time(value: &Tlv<'_>) -> Result<Time, CertificateError> {
    read_time(value).map_err(|_| CertificateError::Validity)
}

/// revokedCertificates, and whether any entry has a critical extension (then it may be another issuer's, RFC 5280
/// 5.3.3, and the list cannot be used).
fn entries(body: &mut Reader<'_>) -> Result<(Vec<Revoked>, bool), CertificateError> {
    let (mut revoked, mut strange) = (Vec::new(), false);
    let Some(list) = body.optional(tag::SEQUENCE)? else { return Ok((revoked, strange)) };
    let mut list = body.inside(&list)?;
    while !list.is_empty() {
        let mut entry = list.enter(tag::SEQUENCE)?;
        let serial = entry.expect(tag::INTEGER)?.content.to_vec();
        let at = time(&entry.next()?)?;
        let mut reason = RevocationReason::Unspecified;
        if let Some(value) = entry.optional(tag::SEQUENCE)? {
            for extension in read_extensions(&mut entry.inside(&value)?)? {
                if extension.oid == oid::REASON_CODE {
                    let number = extension.value.last().copied().unwrap_or(0);
                    reason = RevocationReason::from_number(u64::from(number));
                } else if extension.critical {
                    strange = true;
                }
            }
        }
        entry.end()?;
        revoked.push(Revoked { serial, at, reason });
    }
    Ok((revoked, strange))
}
