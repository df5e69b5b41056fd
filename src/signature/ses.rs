//! SES_Signature of GM/T 0031-2014 (V1), GB/T 38540-2020 (V4) and GM/T 0031-2025 (V5): read strictly, and made (V4).
//!
//! ```text
//! V4, V5: SES_Signature ::= SEQUENCE { toSign TBS_Sign, cert OCTET STRING, signatureAlgID OBJECT IDENTIFIER,
//!                                      signature BIT STRING, timeStamp [0] BIT STRING OPTIONAL }
//!         TBS_Sign ::= SEQUENCE { version INTEGER, eseal SESeal, timeInfo GeneralizedTime, dataHash BIT STRING,
//!                                 propertyInfo IA5String, extDatas [0] ExtensionDatas OPTIONAL }
//! V1:     SES_Signature ::= SEQUENCE { toSign TBS_Sign, signature BIT STRING }
//!         TBS_Sign ::= SEQUENCE { version INTEGER, eseal SESeal, timeInfo BIT STRING, dataHash BIT STRING,
//!                                 propertyInfo IA5String, cert OCTET STRING, signatureAlgorithm OBJECT IDENTIFIER }
//! ```

use crate::crypto::{DigestAlgorithm, SignError, SignatureAlgorithm, SignatureBytes, Signer, VerifyError};
use crate::limits::VALUE_BYTES;
use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::write::{
    WriteError, bit_string, boolean, explicit, generalized_time, ia5, integer, octet_string, oid, sequence,
};
use crate::pki::{Certificate, CertificateError};
use crate::seal::{ExtData, Seal, SealError, SealVersion, ValueForm, read_extensions, read_time};
use crate::time::Time;

/// Offset of China's time from UTC, in which V1 writes text times without a zone.
const CHINA_SECONDS: i32 = 8 * 3600;

/// Why bytes are no SES_Signature, or its value is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SesError {
    /// Larger than any signature may be.
    #[error("a seal signature of {length} bytes is too large")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// A part is broken.
    #[error("malformed seal signature: {part}: {cause}")]
    Malformed {
        /// Name of the part in the standard.
        part: &'static str,
        /// What is wrong.
        cause: BerError,
    },
    /// A BIT STRING whose last byte is not whole.
    #[error("malformed seal signature: {part} has unused bits")]
    UnusedBits {
        /// Name of the part in the standard.
        part: &'static str,
    },
    /// A BIT STRING without contents.
    #[error("malformed seal signature: {part} is empty")]
    Empty {
        /// Name of the part in the standard.
        part: &'static str,
    },
    /// A version that no standard knows.
    #[error("unknown version {version} of a seal signature")]
    UnknownVersion {
        /// What is written.
        version: u64,
    },
    /// The seal inside is broken.
    #[error("the seal: {0}")]
    Seal(#[from] SealError),
}

/// Why the signer's value is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SesVerifyError {
    /// The signer's certificate cannot be read.
    #[error("the signer's certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// The signer's key cannot be used.
    #[error("the signer's key cannot be used")]
    Key,
    /// An algorithm that this program does not know.
    #[error("unknown signature algorithm {oid}")]
    UnknownAlgorithm {
        /// Its object identifier.
        oid: String,
    },
    /// The value is not good.
    #[error(transparent)]
    Value(#[from] VerifyError),
}

/// How `timeInfo` is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// GeneralizedTime in UTC: the form of V4 and V5.
    Generalized,
    /// DER UTCTime or GeneralizedTime inside a BIT STRING or OCTET STRING (V1).
    Wrapped,
    /// Text with its zone (V1).
    Text,
    /// Text without a zone, taken as China's time (V1).
    LocalText,
    /// A timestamp token (V1), not verified here.
    Token,
    /// Nothing that is known.
    Unreadable,
}

/// `timeInfo`: what the signer says the time was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeInfo {
    /// Contents as stored; for a token the token.
    pub raw: Vec<u8>,
    /// How it is written.
    pub form: TimeForm,
    /// The instant; `None` for a token and where unreadable.
    pub time: Option<Time>,
}

/// An SES_Signature as it was read; nothing has been verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SesSignature {
    standard: SealVersion,
    version: u64,
    tbs: Vec<u8>,
    seal: Seal,
    time_info: TimeInfo,
    data_hash: Vec<u8>,
    property_info: String,
    extensions: Vec<ExtData>,
    certificate: Vec<u8>,
    algorithm: String,
    value: Vec<u8>,
    timestamp: Option<Vec<u8>>,
}

/// A signature whose value is good over TBS_Sign. Nothing is said of document, seal, certificate or time.
#[derive(Clone, Debug)]
pub struct VerifiedSes {
    signer: Certificate,
    form: ValueForm,
    algorithm: SignatureAlgorithm,
}

impl VerifiedSes {
    /// The signer's certificate.
    #[must_use]
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// How the value is written; [`ValueForm::Raw`] is the finding VALUE_RAW.
    #[must_use]
    pub fn value_form(&self) -> ValueForm {
        self.form
    }

    /// The algorithm that it was signed with.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}

impl SesSignature {
    /// Reads one signature; nothing may follow it.
    ///
    /// # Errors
    /// [`SesError`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, SesError> {
        if bytes.len() as u64 > VALUE_BYTES {
            return Err(SesError::TooLarge { length: bytes.len() });
        }
        let mut outer = Reader::new(bytes, Encoding::Der);
        let mut members = outer.enter(tag::SEQUENCE).map_err(bad("SES_Signature"))?;
        outer.end().map_err(bad("SES_Signature"))?;
        let tbs = members.expect(tag::SEQUENCE).map_err(bad("toSign"))?;
        let inner = members.inside(&tbs).map_err(bad("toSign"))?;
        if members.peek() == Some(tag::BIT_STRING) {
            read_v1(members, &tbs, inner)
        } else {
            read_v4(members, &tbs, inner)
        }
    }

    /// Which standard it follows, told by the structure and the version.
    #[must_use]
    pub fn standard(&self) -> SealVersion {
        self.standard
    }

    /// `TBS_Sign.version` as written.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// TBS_Sign as stored, identifier and length included: what the signer signed.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        &self.tbs
    }

    /// The seal.
    #[must_use]
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// `timeInfo`.
    #[must_use]
    pub fn time_info(&self) -> &TimeInfo {
        &self.time_info
    }

    /// `dataHash`: digest of Signature.xml (OFD) or of the ByteRange (PDF).
    #[must_use]
    pub fn data_hash(&self) -> &[u8] {
        &self.data_hash
    }

    /// `propertyInfo`: in OFD the absolute path of Signature.xml.
    #[must_use]
    pub fn property_info(&self) -> &str {
        &self.property_info
    }

    /// `TBS_Sign.extDatas`; empty where absent.
    #[must_use]
    pub fn extensions(&self) -> &[ExtData] {
        &self.extensions
    }

    /// DER of the signer's certificate, as stored.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Dotted object identifier of the signature algorithm.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// The signature value, without the count of unused bits.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The timestamp token over the value, not verified.
    #[must_use]
    pub fn timestamp(&self) -> Option<&[u8]> {
        self.timestamp.as_deref()
    }

    /// Checks the signer's value over TBS_Sign as stored (GB/T 38540-2020, check of a signature, step 2). A raw value of
    /// 64 bytes is accepted for SM2 and reported by [`VerifiedSes::value_form`].
    ///
    /// # Errors
    /// [`SesVerifyError`].
    pub fn verify_value(&self) -> Result<VerifiedSes, SesVerifyError> {
        let signer = Certificate::from_der(&self.certificate)?;
        let key = signer.public_key().map_err(|_| SesVerifyError::Key)?;
        let digest = key.is_sm2().then_some(DigestAlgorithm::Sm3);
        let algorithm = SignatureAlgorithm::from_oid(&self.algorithm, digest)
            .ok_or_else(|| SesVerifyError::UnknownAlgorithm { oid: self.algorithm.clone() })?;
        let strict = key.verify(algorithm, &self.tbs, &SignatureBytes::new(self.value.clone()));
        let raw = SignatureBytes::from_raw(&self.value).filter(|_| algorithm == SignatureAlgorithm::Sm2Sm3);
        let form = match (strict, raw) {
            (Err(VerifyError::Malformed), Some(raw)) => {
                key.verify(algorithm, &self.tbs, &raw)?;
                ValueForm::Raw
            }
            (strict, _) => {
                strict?;
                ValueForm::Standard
            }
        };
        Ok(VerifiedSes { signer, form, algorithm })
    }
}

fn read_v1(mut members: Reader<'_>, tbs: &Tlv<'_>, mut inner: Reader<'_>) -> Result<SesSignature, SesError> {
    let value = bits(&members.expect(tag::BIT_STRING).map_err(bad("signature"))?, "signature")?.to_vec();
    members.end().map_err(bad("SES_Signature"))?;
    let version = read_version(&mut inner)?;
    let seal = read_seal(&mut inner)?;
    // Some files write OCTET STRING for these two.
    let time_info = read_v1_time(&bits_or_octets(&mut inner, "timeInfo")?);
    let data_hash = bits_or_octets(&mut inner, "dataHash")?;
    let property_info = read_property_info(&mut inner)?;
    let certificate = inner.expect(tag::OCTET_STRING).map_err(bad("cert"))?.content.to_vec();
    let algorithm = inner.expect(tag::OID).and_then(|value| value.oid()).map_err(bad("signatureAlgorithm"))?;
    inner.end().map_err(bad("toSign"))?;
    Ok(SesSignature {
        standard: SealVersion::V1,
        version,
        tbs: tbs.bytes.to_vec(),
        seal,
        time_info,
        data_hash,
        property_info,
        extensions: Vec::new(),
        certificate,
        algorithm,
        value,
        timestamp: None,
    })
}

fn read_v4(mut members: Reader<'_>, tbs: &Tlv<'_>, mut inner: Reader<'_>) -> Result<SesSignature, SesError> {
    let certificate = members.expect(tag::OCTET_STRING).map_err(bad("cert"))?.content.to_vec();
    let algorithm = members.expect(tag::OID).and_then(|value| value.oid()).map_err(bad("signatureAlgID"))?;
    let value = bits(&members.expect(tag::BIT_STRING).map_err(bad("signature"))?, "signature")?.to_vec();
    let timestamp = match members.optional(tag::context(0)).map_err(bad("timeStamp"))? {
        None => None,
        Some(field) => {
            let mut field = members.inside(&field).map_err(bad("timeStamp"))?;
            let token = bits(&field.expect(tag::BIT_STRING).map_err(bad("timeStamp"))?, "timeStamp")?.to_vec();
            field.end().map_err(bad("timeStamp"))?;
            Some(token)
        }
    };
    members.end().map_err(bad("SES_Signature"))?;
    let version = read_version(&mut inner)?;
    let seal = read_seal(&mut inner)?;
    let time = inner.expect(tag::GENERALIZED_TIME).map_err(bad("timeInfo"))?;
    let instant = read_time(&time).map_err(bad("timeInfo"))?;
    let time_info = TimeInfo { raw: time.content.to_vec(), form: TimeForm::Generalized, time: Some(instant) };
    let data_hash = bits(&inner.expect(tag::BIT_STRING).map_err(bad("dataHash"))?, "dataHash")?.to_vec();
    let property_info = read_property_info(&mut inner)?;
    let extensions = match inner.optional(tag::context(0)).map_err(bad("extDatas"))? {
        None => Vec::new(),
        Some(field) => {
            let mut field = inner.inside(&field).map_err(bad("extDatas"))?;
            let list = field.expect(tag::SEQUENCE).map_err(bad("extDatas"))?;
            field.end().map_err(bad("extDatas"))?;
            read_extensions(&list).map_err(bad("extDatas"))?
        }
    };
    inner.end().map_err(bad("toSign"))?;
    let standard = if version == 5 { SealVersion::V5 } else { SealVersion::V4 };
    Ok(SesSignature {
        standard,
        version,
        tbs: tbs.bytes.to_vec(),
        seal,
        time_info,
        data_hash,
        property_info,
        extensions,
        certificate,
        algorithm,
        value,
        timestamp,
    })
}

/// Files of V1 carry 1, 2 and 3, its text says 11; V4 and V5 are themselves. All else is no version.
fn read_version(inner: &mut Reader<'_>) -> Result<u64, SesError> {
    let version = inner.expect(tag::INTEGER).and_then(|value| value.unsigned()).map_err(bad("version"))?;
    match version {
        1..=5 | 11 => Ok(version),
        _ => Err(SesError::UnknownVersion { version }),
    }
}

fn read_seal(inner: &mut Reader<'_>) -> Result<Seal, SesError> {
    let seal = inner.expect(tag::SEQUENCE).map_err(bad("eseal"))?;
    Ok(Seal::from_der(seal.bytes)?)
}

fn read_property_info(inner: &mut Reader<'_>) -> Result<String, SesError> {
    let text = inner.expect(tag::IA5_STRING).map_err(bad("propertyInfo"))?;
    // IA5String is ASCII; file names of the field are UTF-8 or GBK all the same.
    if let Ok(text) = std::str::from_utf8(text.content) {
        return Ok(text.to_owned());
    }
    let gbk = encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(text.content);
    gbk.map(std::borrow::Cow::into_owned).ok_or_else(|| bad("propertyInfo")(BerError::Content))
}

/// Whole bytes, at least one.
fn bits<'a>(value: &Tlv<'a>, part: &'static str) -> Result<&'a [u8], SesError> {
    match value.content {
        [] | [0] => Err(SesError::Empty { part }),
        [0, bits @ ..] => Ok(bits),
        _ => Err(SesError::UnusedBits { part }),
    }
}

fn bits_or_octets(inner: &mut Reader<'_>, part: &'static str) -> Result<Vec<u8>, SesError> {
    let value = inner.next().map_err(bad(part))?;
    match value.tag {
        tag::BIT_STRING => bits(&value, part).map(<[u8]>::to_vec),
        tag::OCTET_STRING if value.content.is_empty() => Err(SesError::Empty { part }),
        tag::OCTET_STRING => Ok(value.content.to_vec()),
        _ => Err(bad(part)(BerError::UnexpectedTag)),
    }
}

/// The many forms of V1: a DER time, a timestamp token, or text.
fn read_v1_time(raw: &[u8]) -> TimeInfo {
    let info = |form, time| TimeInfo { raw: raw.to_vec(), form, time };
    if let Ok(value) = Reader::only(raw, Encoding::Ber) {
        if let Ok(time) = read_time(&value) {
            return info(TimeForm::Wrapped, Some(time));
        }
        if value.tag == tag::SEQUENCE {
            return info(TimeForm::Token, None);
        }
    }
    let Ok(text) = std::str::from_utf8(raw) else { return info(TimeForm::Unreadable, None) };
    let zoned = Time::parse_rfc3339(text).ok().filter(|_| text.len() > 10);
    if let Some(time) = zoned.or_else(|| Time::parse_generalized(text).ok()) {
        return info(TimeForm::Text, Some(time));
    }
    // `yyyy-MM-dd HH:mm:ss` and `yyyyMMddHHmmss`.
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let separators = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '/' | ':' | ' ' | 'T'));
    match Time::parse_digits(&digits, CHINA_SECONDS) {
        Ok(time) if separators => info(TimeForm::LocalText, Some(time)),
        _ => info(TimeForm::Unreadable, None),
    }
}

fn bad(part: &'static str) -> impl Fn(BerError) -> SesError {
    move |cause| SesError::Malformed { part, cause }
}

/// What an SES_Signature of V4 is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SesRequest {
    /// The seal; its bytes are put in as they are.
    pub seal: Seal,
    /// `timeInfo`.
    pub time: Time,
    /// `dataHash`.
    pub data_hash: Vec<u8>,
    /// `propertyInfo`, ASCII.
    pub property_info: String,
    /// `extDatas`; left out where empty.
    pub extensions: Vec<ExtData>,
}

/// Why no SES_Signature was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SesBuildError {
    /// A text that cannot be written.
    #[error(transparent)]
    Text(#[from] WriteError),
    /// There is no digest of the document.
    #[error("the digest of the document is empty")]
    NoDigest,
    /// The key is not that of the certificate.
    #[error("the key is not that of the signer's certificate")]
    OtherKey,
    /// The certificate cannot be read.
    #[error("the signer's certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What was made does not read back.
    #[error("the new signature does not read back: {0}")]
    SelfCheck(#[from] SesError),
    /// What was made reads back as something else.
    #[error("the new signature reads back as another")]
    Altered,
}

/// TBS_Sign of GB/T 38540-2020, ready for its signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SesToBeSigned {
    tbs: Vec<u8>,
}

impl SesRequest {
    /// Writes TBS_Sign. The version is that of the seal: 5 for a V5 seal, else 4.
    ///
    /// # Errors
    /// [`SesBuildError`].
    pub fn prepare(&self) -> Result<SesToBeSigned, SesBuildError> {
        if self.data_hash.is_empty() {
            return Err(SesBuildError::NoDigest);
        }
        let version = if self.seal.version() == SealVersion::V5 { 5 } else { 4 };
        let extensions = write_extensions(&self.extensions)?;
        let tbs = sequence(&[
            &integer(version),
            self.seal.as_der(),
            &generalized_time(self.time),
            &bit_string(&self.data_hash),
            &ia5(&self.property_info)?,
            &extensions,
        ]);
        Ok(SesToBeSigned { tbs })
    }
}

impl SesToBeSigned {
    /// TBS_Sign: the message that the signer signs.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        &self.tbs
    }

    /// Signs, puts the signature together and reads it back. The signer has verified the value over these very bytes;
    /// the caller verifies the whole document once more before it lets go of it.
    ///
    /// # Errors
    /// [`SesBuildError`].
    pub fn sign(self, signer: &dyn Signer, certificate: &[u8]) -> Result<Vec<u8>, SesBuildError> {
        let key = Certificate::from_der(certificate)?.public_key().map_err(|_| SesBuildError::OtherKey)?;
        if key != *signer.public_key() {
            return Err(SesBuildError::OtherKey);
        }
        let value = signer.sign(&self.tbs)?;
        let algorithm = oid(signer.algorithm().oid())?;
        let der = sequence(&[&self.tbs, &octet_string(certificate), &algorithm, &bit_string(value.as_bytes())]);
        let read = SesSignature::from_der(&der)?;
        if read.tbs != self.tbs || read.value != value.as_bytes() || read.certificate != certificate {
            return Err(SesBuildError::Altered);
        }
        Ok(der)
    }
}

/// A signature of V4 or V5 with a timestamp token over its value; a token that is there already is replaced. All else
/// stays byte for byte (GB/T 38540-2020 7.1: `timeStamp [0] EXPLICIT BIT STRING`).
///
/// # Errors
/// [`SesError`], also for a signature of V1, which has no place for a token.
pub fn with_timestamp(signature: &[u8], token: &[u8]) -> Result<Vec<u8>, SesError> {
    let read = SesSignature::from_der(signature)?;
    if read.standard == SealVersion::V1 {
        return Err(bad("timeStamp")(BerError::UnexpectedTag));
    }
    let mut outer = Reader::new(signature, Encoding::Der);
    let mut fields = outer.enter(tag::SEQUENCE).map_err(bad("SES_Signature"))?;
    let mut members = Vec::new();
    for part in ["toSign", "cert", "signatureAlgID", "signature"] {
        members.push(fields.next().map_err(bad(part))?.bytes);
    }
    let stamp = explicit(0, &bit_string(token));
    members.push(&stamp);
    Ok(sequence(&members))
}

/// `extDatas [0] EXPLICIT`; nothing for an empty list.
fn write_extensions(extensions: &[ExtData]) -> Result<Vec<u8>, WriteError> {
    if extensions.is_empty() {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    for extension in extensions {
        let critical = if extension.critical { boolean(true) } else { Vec::new() };
        items.extend(sequence(&[&oid(&extension.oid)?, &critical, &octet_string(&extension.value)]));
    }
    Ok(explicit(0, &sequence(&[&items])))
}
