//! A signed list of the states of a maker's seals, for verifiers without a network.
//!
//! Neither GB/T 38540 nor GM/T 0031 has one; it is built like a seal, so that the same steps check it:
//!
//! ```text
//! SealStatusList ::= SEQUENCE {
//!   list          StatusInfo,
//!   cert          OCTET STRING,        -- the maker's certificate, the one that signed the seals
//!   signAlgID     OBJECT IDENTIFIER,
//!   signedValue   BIT STRING }         -- over StatusInfo as stored
//! StatusInfo ::= SEQUENCE {
//!   version       INTEGER (1),
//!   thisUpdate    GeneralizedTime,
//!   nextUpdate    GeneralizedTime,
//!   seals         SEQUENCE OF SealStatus }
//! SealStatus ::= SEQUENCE {
//!   esID          IA5String,
//!   sealDigest    OCTET STRING,        -- SHA-256 of the SESeal
//!   changes       SEQUENCE OF SEQUENCE { time GeneralizedTime, state ENUMERATED { active(0), suspended(1), cancelled(2) },
//!                                        reason UTF8String } }
//! ```
//! A file holds one or more lists, one for each maker, one behind the other.

use crate::crypto::{DigestAlgorithm, SignError, SignatureAlgorithm, Signer};
use crate::limits::VALUE_BYTES;
use crate::pki::Certificate;
use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::write::{WriteError, enumerated, generalized_time, ia5, integer, octet_string, oid, sequence, utf8};
use crate::pki::{CertificateError, write};
use crate::seal::check::verify_value;
use crate::seal::read::read_time;
use crate::seal::{Seal, SealChange, SealHistory, SealState, Told};
use crate::time::Time;

/// The form that is written and read.
const VERSION: u64 = 1;

/// The states of one seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSeal {
    /// Its number.
    pub number: String,
    /// SHA-256 of its SESeal.
    pub digest: Vec<u8>,
    /// Its states.
    pub changes: Vec<SealChange>,
}

/// A list that was read; its signature has been verified with the key of the certificate inside. Whether that certificate
/// is to be believed is the seal's own matter: the list speaks of seals that the same certificate signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    bytes: Vec<u8>,
    maker: Certificate,
    issued: Time,
    next: Time,
    seals: Vec<ListedSeal>,
}

/// Why there is no list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatusListError {
    /// Too long.
    #[error("a list of {length} bytes is too long")]
    TooLarge {
        /// Its length.
        length: usize,
    },
    /// Not the structure.
    #[error("{part}: {cause}")]
    Malformed {
        /// Where.
        part: &'static str,
        /// Why.
        cause: BerError,
    },
    /// Of a later form.
    #[error("version {0} is not known")]
    Version(u64),
    /// The maker's certificate cannot be read.
    #[error("the maker's certificate: {0}")]
    Maker(#[from] CertificateError),
    /// The maker's signature does not verify.
    #[error("the maker's signature does not verify")]
    Signature,
    /// The key is not that of the maker's certificate.
    #[error("the key is not that of the maker's certificate")]
    OtherKey,
    /// A text that cannot be written.
    #[error(transparent)]
    Text(#[from] WriteError),
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl ListedSeal {
    /// A seal with its states.
    #[must_use]
    pub fn of(seal: &Seal, changes: Vec<SealChange>) -> Self {
        let digest = digest(seal.as_der());
        ListedSeal { number: seal.number().to_owned(), digest, changes }
    }
}

impl StatusList {
    /// Writes and signs a list, then reads it back.
    ///
    /// # Errors
    /// [`StatusListError`].
    pub fn issue(
        seals: &[ListedSeal],
        (issued, next): (Time, Time),
        maker: &Certificate,
        signer: &dyn Signer,
    ) -> Result<Self, StatusListError> {
        if maker.public_key().map_err(|_| StatusListError::OtherKey)? != *signer.public_key() {
            return Err(StatusListError::OtherKey);
        }
        let mut entries = Vec::new();
        for seal in seals {
            let changes: Vec<u8> = seal.changes.iter().flat_map(write_change).collect();
            entries.extend(sequence(&[&ia5(&seal.number)?, &octet_string(&seal.digest), &sequence(&[&changes])]));
        }
        let info =
            sequence(&[&integer(VERSION), &generalized_time(issued), &generalized_time(next), &sequence(&[&entries])]);
        let value = signer.sign(&info)?;
        let algorithm = oid(signer.algorithm().oid())?;
        let der = sequence(&[&info, &octet_string(maker.as_der()), &algorithm, &write::bit_string(value.as_bytes())]);
        StatusList::from_der(&der)
    }

    /// The lists of a file.
    ///
    /// # Errors
    /// [`StatusListError`] of the first that is not sound.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, StatusListError> {
        if bytes.len() as u64 > VALUE_BYTES {
            return Err(StatusListError::TooLarge { length: bytes.len() });
        }
        let mut reader = Reader::new(bytes, Encoding::Der);
        let mut lists = vec![StatusList::from_der(reader.next().map_err(bad("SealStatusList"))?.bytes)?];
        while !reader.is_empty() {
            lists.push(StatusList::from_der(reader.next().map_err(bad("SealStatusList"))?.bytes)?);
        }
        Ok(lists)
    }

    /// Reads one list and verifies its signature.
    ///
    /// # Errors
    /// [`StatusListError`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, StatusListError> {
        let mut outer = Reader::new(bytes, Encoding::Der);
        let mut list = outer.enter(tag::SEQUENCE).map_err(bad("SealStatusList"))?;
        outer.end().map_err(bad("SealStatusList"))?;
        let info = list.expect(tag::SEQUENCE).map_err(bad("list"))?;
        let maker = list.expect(tag::OCTET_STRING).map_err(bad("cert"))?;
        let algorithm = list.expect(tag::OID).and_then(|value| value.oid()).map_err(bad("signAlgID"))?;
        let value = list.expect(tag::BIT_STRING).map_err(bad("signedValue"))?;
        list.end().map_err(bad("SealStatusList"))?;
        let maker = Certificate::from_der(maker.content)?;
        let key = maker.public_key().map_err(|_| StatusListError::Signature)?;
        let digest = key.is_sm2().then_some(DigestAlgorithm::Sm3);
        let algorithm = SignatureAlgorithm::from_oid(&algorithm, digest).ok_or(StatusListError::Signature)?;
        let value = value.bits().map_err(bad("signedValue"))?;
        verify_value(&key, algorithm, info.bytes, value).map_err(|_| StatusListError::Signature)?;
        let mut fields = list.inside(&info).map_err(bad("list"))?;
        let version = fields.expect(tag::INTEGER).and_then(|value| value.unsigned()).map_err(bad("version"))?;
        if version != VERSION {
            return Err(StatusListError::Version(version));
        }
        let issued = fields.next().and_then(|value| read_time(&value)).map_err(bad("thisUpdate"))?;
        let next = fields.next().and_then(|value| read_time(&value)).map_err(bad("nextUpdate"))?;
        let mut entries = fields.enter(tag::SEQUENCE).map_err(bad("seals"))?;
        fields.end().map_err(bad("list"))?;
        let mut seals = Vec::new();
        while !entries.is_empty() {
            seals.push(read_seal(entries.enter(tag::SEQUENCE).map_err(bad("SealStatus"))?)?);
        }
        Ok(StatusList { bytes: bytes.to_vec(), maker, issued, next, seals })
    }

    /// Exactly as it was read.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.bytes
    }

    /// The certificate that signed it.
    #[must_use]
    pub fn maker(&self) -> &Certificate {
        &self.maker
    }

    /// When it was issued.
    #[must_use]
    pub fn issued(&self) -> Time {
        self.issued
    }

    /// When the next one will be there at the latest.
    #[must_use]
    pub fn next(&self) -> Time {
        self.next
    }

    /// What it lists.
    #[must_use]
    pub fn seals(&self) -> &[ListedSeal] {
        &self.seals
    }

    /// Whether it speaks of the seals of this maker.
    #[must_use]
    pub fn is_of_maker(&self, seal: &Seal) -> bool {
        seal.maker_certificate() == self.maker.as_der()
    }

    /// The states of a seal; `None` where the list is another maker's or does not name it.
    #[must_use]
    pub fn history(&self, seal: &Seal) -> Option<SealHistory> {
        if !self.is_of_maker(seal) {
            return None;
        }
        let digest = digest(seal.as_der());
        let listed = self.seals.iter().find(|listed| listed.digest == digest)?;
        let told = Told::ByList { issued: self.issued, next: self.next };
        Some(SealHistory::new(told, listed.changes.clone()))
    }
}

fn digest(seal: &[u8]) -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(seal).as_bytes().to_vec()
}

fn write_change(change: &SealChange) -> Vec<u8> {
    let state = match change.state {
        SealState::Active => 0,
        SealState::Suspended => 1,
        SealState::Cancelled => 2,
    };
    sequence(&[&generalized_time(change.time), &enumerated(state), &utf8(&change.reason)])
}

fn read_seal(mut fields: Reader<'_>) -> Result<ListedSeal, StatusListError> {
    let number = text(fields.expect(tag::IA5_STRING).map_err(bad("esID"))?.content, "esID")?;
    let digest = fields.expect(tag::OCTET_STRING).map_err(bad("sealDigest"))?.content.to_vec();
    let mut items = fields.enter(tag::SEQUENCE).map_err(bad("changes"))?;
    fields.end().map_err(bad("SealStatus"))?;
    let mut changes = Vec::new();
    while !items.is_empty() {
        let mut item = items.enter(tag::SEQUENCE).map_err(bad("changes"))?;
        let time = item.next().and_then(|value| read_time(&value)).map_err(bad("time"))?;
        let state = match item.expect(tag::ENUMERATED).map_err(bad("state"))?.content {
            [0] => SealState::Active,
            [1] => SealState::Suspended,
            [2] => SealState::Cancelled,
            _ => return Err(bad("state")(BerError::Content)),
        };
        let reason = text(item.expect(tag::UTF8_STRING).map_err(bad("reason"))?.content, "reason")?;
        item.end().map_err(bad("changes"))?;
        changes.push(SealChange { time, state, reason });
    }
    Ok(ListedSeal { number, digest, changes })
}

fn text(bytes: &[u8], part: &'static str) -> Result<String, StatusListError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| bad(part)(BerError::Content))
}

fn bad(part: &'static str) -> impl Fn(BerError) -> StatusListError {
    move |cause| StatusListError::Malformed { part, cause }
}
