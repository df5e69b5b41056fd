//! `TSTInfo`, the content of a timestamp token (RFC 3161 2.4.2).
//!
//! ```text
//! TSTInfo ::= SEQUENCE { version INTEGER { v1(1) }, policy OBJECT IDENTIFIER, messageImprint MessageImprint,
//!     serialNumber INTEGER, genTime GeneralizedTime, accuracy Accuracy OPTIONAL, ordering BOOLEAN DEFAULT FALSE,
//!     nonce INTEGER OPTIONAL, tsa [0] GeneralName OPTIONAL, extensions [1] IMPLICIT Extensions OPTIONAL }
//! MessageImprint ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashedMessage OCTET STRING }
//! Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL, millis [0] INTEGER (1..999) OPTIONAL,
//!     micros [1] INTEGER (1..999) OPTIONAL }
//! ```

use crate::crypto::DigestAlgorithm;
use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::cms::AlgorithmIdentifier;
use crate::pki::extension::{Extension, GeneralName, read_extensions};
use crate::pki::write;
use crate::time::Time;

/// What a token says; nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TstInfo {
    /// The authority's policy, dotted.
    pub policy: String,
    /// Digest algorithm of the imprint, dotted.
    pub digest_oid: String,
    /// Digest of the bytes that the token stamps.
    pub imprint: Vec<u8>,
    /// Contents of the serial INTEGER.
    pub serial: Vec<u8>,
    /// The time stated; a fraction of a second is cut off.
    pub time: Time,
    /// How far the time may be off, to both sides.
    pub accuracy: Option<Accuracy>,
    /// Whether the authority promises that its tokens can be ordered by their times alone.
    pub ordering: bool,
    /// Contents of the nonce INTEGER.
    pub nonce: Option<Vec<u8>>,
    /// The name that the authority gives itself.
    pub tsa: Option<GeneralName>,
    /// Extensions.
    pub extensions: Vec<Extension>,
}

/// How far a time may be off, to both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accuracy {
    /// Microseconds.
    pub micros: u64,
}

impl Accuracy {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Accuracy { micros: seconds.saturating_mul(1_000_000) }
    }

    /// In seconds, rounded up.
    #[must_use]
    pub fn ceiling(self) -> i64 {
        i64::try_from(self.micros.div_ceil(1_000_000)).unwrap_or(i64::MAX)
    }

    /// DER.
    pub(crate) fn to_der(self) -> Vec<u8> {
        let (seconds, millis, micros) = (self.micros / 1_000_000, self.micros / 1_000 % 1_000, self.micros % 1_000);
        let small = |n: u8, value: u64| match value {
            0 => Vec::new(),
            // The contents of an INTEGER under a context tag.
            value => write::implicit_primitive(n, write::integer(value).get(2..).unwrap_or(&[])),
        };
        let seconds = if seconds == 0 { Vec::new() } else { write::integer(seconds) };
        write::sequence(&[&seconds, &small(0, millis), &small(1, micros)])
    }

    fn read(mut fields: Reader<'_>) -> Result<Self, BerError> {
        let seconds = fields.optional(tag::INTEGER)?.map_or(Ok(0), |value| value.unsigned())?;
        let millis = part(&mut fields, 0)?;
        let micros = part(&mut fields, 1)?;
        fields.end()?;
        let small = millis * 1_000 + micros;
        Ok(Accuracy { micros: seconds.saturating_mul(1_000_000).saturating_add(small) })
    }
}

/// `[n] INTEGER (1..999)`; zero where absent.
fn part(fields: &mut Reader<'_>, n: u8) -> Result<u64, BerError> {
    let Some(value) = fields.optional(tag::context_primitive(n))? else { return Ok(0) };
    match (Tlv { tag: tag::INTEGER, ..value }).unsigned()? {
        // Zero is out of range, and written by some.
        number @ 0..=999 => Ok(number),
        _ => Err(BerError::Content),
    }
}

impl TstInfo {
    /// Reads the content of a token. Values that no standard knows may not follow.
    ///
    /// # Errors
    /// [`BerError`].
    pub fn read(content: &[u8]) -> Result<Self, BerError> {
        let whole = Reader::only(content, Encoding::Ber)?;
        let mut fields = Reader::new(whole.bytes, Encoding::Ber).enter(tag::SEQUENCE)?;
        if fields.next()?.unsigned()? != 1 {
            return Err(BerError::Content);
        }
        let policy = fields.next()?.oid()?;
        let (digest_oid, imprint) = read_imprint(&mut fields)?;
        let serial = fields.next()?.integer()?.to_vec();
        let text = fields.expect(tag::GENERALIZED_TIME)?.content;
        let text = std::str::from_utf8(text).map_err(|_| BerError::Content)?;
        let time = Time::parse_generalized(text).map_err(|_| BerError::Content)?;
        let accuracy = match fields.optional(tag::SEQUENCE)? {
            Some(value) => Some(Accuracy::read(fields.inside(&value)?)?),
            None => None,
        };
        let ordering = fields.optional(tag::BOOLEAN)?.is_some_and(|value| value.content != [0]);
        let nonce = fields.optional(tag::INTEGER)?.map(|value| value.integer().map(<[u8]>::to_vec)).transpose()?;
        let tsa = match fields.optional(tag::context(0))? {
            // GeneralName is a CHOICE, so the tag is explicit (X.680 31.2.7).
            Some(value) => {
                let mut inside = fields.inside(&value)?;
                let name = GeneralName::read(&inside.next()?)?;
                inside.end()?;
                Some(name)
            }
            None => None,
        };
        let extensions = match fields.optional(tag::context(1))? {
            Some(value) => read_extensions(&mut fields.inside(&value)?)?,
            None => Vec::new(),
        };
        fields.end()?;
        #[rustfmt::skip]
        let info = TstInfo { policy, digest_oid, imprint, serial, time, accuracy, ordering, nonce, tsa, extensions };
        Ok(info)
    }

    /// Digest algorithm of the imprint, where it is known here.
    #[must_use]
    pub fn digest_algorithm(&self) -> Option<DigestAlgorithm> {
        DigestAlgorithm::from_oid(&self.digest_oid)
    }

    /// Serial number in hexadecimal.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        use std::fmt::Write as _;
        self.serial.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The latest instant that the stated time can mean.
    #[must_use]
    pub fn latest(&self) -> Time {
        self.time.plus_seconds(self.accuracy.map_or(0, Accuracy::ceiling))
    }

    /// The earliest instant that the stated time can mean.
    #[must_use]
    pub fn earliest(&self) -> Time {
        self.time.plus_seconds(self.accuracy.map_or(0, Accuracy::ceiling).saturating_neg())
    }
}

/// `MessageImprint`: the dotted digest algorithm and the digest.
pub(super) fn read_imprint(fields: &mut Reader<'_>) -> Result<(String, Vec<u8>), BerError> {
    let mut message_imprint = fields.enter(tag::SEQUENCE)?;
    let digest_oid = AlgorithmIdentifier::read(&mut message_imprint)?.oid;
    let imprint = message_imprint.next()?.octets()?.to_vec();
    message_imprint.end()?;
    Ok((digest_oid, imprint))
}
