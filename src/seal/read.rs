//! Reading of SESeal.

use std::sync::Arc;

use crate::limits::VALUE_BYTES;
use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::seal::parts::Parts;
use crate::seal::{CertList, CertificateDigest, ExtData, Picture, Seal, SealError, SealOddity, SealType, SealVersion};
use crate::time::{Time, Validity};

/// A seal larger than this in mm was most likely measured in pixels.
const LARGE_MM: u64 = 100;

impl Seal {
    /// Reads one seal; nothing may follow it.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, SealError> {
        if bytes.len() as u64 > VALUE_BYTES {
            return Err(SealError::TooLarge { length: bytes.len() });
        }
        let mut outer = Reader::new(bytes, Encoding::Der);
        let mut seal = outer.enter(tag::SEQUENCE).map_err(bad("SESeal"))?;
        outer.end().map_err(bad("SESeal"))?;
        let info = seal.expect(tag::SEQUENCE).map_err(bad("eSealInfo"))?;
        let signing =
            if seal.peek() == Some(tag::SEQUENCE) { read_v1(&mut seal, &info)? } else { read_v4(&mut seal, &info)? };
        seal.end().map_err(bad("SESeal"))?;
        read_info(bytes, seal.inside(&info).map_err(bad("eSealInfo"))?, signing)
    }
}

/// What stands beside `eSealInfo`.
struct Signing {
    is_v1: bool,
    maker: Vec<u8>,
    algorithm: String,
    value: Vec<u8>,
    signed: Vec<u8>,
    timestamp: Option<Vec<u8>>,
}

/// GM/T 0031-2014: `SES_SignInfo ::= SEQUENCE { cert, signatureAlgorithm, signData }`; the maker signs
/// `SEQUENCE { esealInfo, cert, signatureAlgorithm }`.
fn read_v1(seal: &mut Reader<'_>, info: &Tlv<'_>) -> Result<Signing, SealError> {
    let mut inner = seal.enter(tag::SEQUENCE).map_err(bad("signInfo"))?;
    let cert = inner.expect(tag::OCTET_STRING).map_err(bad("cert"))?;
    let algorithm = inner.expect(tag::OID).map_err(bad("signatureAlgorithm"))?;
    let value = inner.expect(tag::BIT_STRING).map_err(bad("signData"))?;
    inner.end().map_err(bad("signInfo"))?;
    Ok(Signing {
        is_v1: true,
        maker: cert.content.to_vec(),
        algorithm: algorithm.oid().map_err(bad("signatureAlgorithm"))?,
        value: filled_bits(&value, "signData")?.to_vec(),
        signed: crate::pki::write::sequence(&[info.bytes, cert.bytes, algorithm.bytes]),
        timestamp: None,
    })
}

/// GB/T 38540-2020 and GM/T 0031-2025: `cert, signAlgID, signedValue, timeStamp [0] OPTIONAL`; the maker signs
/// `eSealInfo`.
fn read_v4(seal: &mut Reader<'_>, info: &Tlv<'_>) -> Result<Signing, SealError> {
    let cert = seal.expect(tag::OCTET_STRING).map_err(bad("cert"))?;
    let algorithm = seal.expect(tag::OID).map_err(bad("signAlgID"))?;
    let value = seal.expect(tag::BIT_STRING).map_err(bad("signedValue"))?;
    let timestamp = match seal.optional(tag::context(0)).map_err(bad("timeStamp"))? {
        None => None,
        Some(field) => {
            let mut field = seal.inside(&field).map_err(bad("timeStamp"))?;
            let token = field.expect(tag::BIT_STRING).map_err(bad("timeStamp"))?;
            field.end().map_err(bad("timeStamp"))?;
            Some(filled_bits(&token, "timeStamp")?.to_vec())
        }
    };
    Ok(Signing {
        is_v1: false,
        maker: cert.content.to_vec(),
        algorithm: algorithm.oid().map_err(bad("signAlgID"))?,
        value: filled_bits(&value, "signedValue")?.to_vec(),
        signed: info.bytes.to_vec(),
        timestamp,
    })
}

/// `SES_SealInfo ::= SEQUENCE { header, esID, property, picture, extDatas OPTIONAL }`.
fn read_info(bytes: &[u8], mut info: Reader<'_>, signing: Signing) -> Result<Seal, SealError> {
    let mut oddities = Vec::new();
    let (header_version, vendor) = read_header(info.enter(tag::SEQUENCE).map_err(bad("header"))?)?;
    let version = match (signing.is_v1, header_version) {
        (_, 0) | (_, 12..) => return Err(SealError::UnknownVersion { version: header_version }),
        (true, _) => SealVersion::V1,
        (false, 5) => SealVersion::V5,
        (false, _) if signing.timestamp.is_some() => SealVersion::V5,
        (false, _) => SealVersion::V4,
    };
    if !signing.is_v1 && !matches!(header_version, 4 | 5) {
        oddities.push(SealOddity::HeaderVersion);
    }
    let number = text(&info.expect(tag::IA5_STRING).map_err(bad("esID"))?, "esID")?;
    let mut property = info.enter(tag::SEQUENCE).map_err(bad("property"))?;
    let kind = SealType(number_of(&mut property, "type")?);
    let name = text(&property.expect(tag::UTF8_STRING).map_err(bad("name"))?, "name")?;
    let list = read_list(&mut property, version, &mut oddities)?;
    let created = read_date(&mut property, version, "createDate", &mut oddities)?;
    let not_before = read_date(&mut property, version, "validStart", &mut oddities)?;
    let not_after = read_date(&mut property, version, "validEnd", &mut oddities)?;
    property.end().map_err(bad("property"))?;
    let picture = read_picture(info.enter(tag::SEQUENCE).map_err(bad("picture"))?)?;
    if picture.width_mm > LARGE_MM || picture.height_mm > LARGE_MM {
        oddities.push(SealOddity::PictureLarge);
    }
    let extensions = read_info_extensions(&mut info)?;
    info.end().map_err(bad("eSealInfo"))?;
    Ok(Seal(Arc::new(Parts {
        bytes: bytes.to_vec(),
        version,
        header_version,
        vendor,
        number,
        kind,
        name,
        list,
        created,
        validity: Validity { not_before, not_after },
        picture,
        extensions,
        maker: signing.maker,
        algorithm: signing.algorithm,
        value: signing.value,
        signed: signing.signed,
        timestamp: signing.timestamp,
        oddities,
    })))
}

/// `SES_Header ::= SEQUENCE { ID IA5String "ES", version INTEGER, Vid IA5String }`.
fn read_header(mut header: Reader<'_>) -> Result<(u64, String), SealError> {
    let id = header.expect(tag::IA5_STRING).map_err(bad("header.ID"))?;
    if id.content != b"ES" {
        return Err(SealError::NotASeal);
    }
    let version = number_of(&mut header, "header.version")?;
    let vendor = text(&header.expect(tag::IA5_STRING).map_err(bad("header.Vid"))?, "header.Vid")?;
    header.end().map_err(bad("header"))?;
    Ok((version, vendor))
}

/// `certListType` (not in V1) and `certList`.
fn read_list(
    property: &mut Reader<'_>,
    version: SealVersion,
    oddities: &mut Vec<SealOddity>,
) -> Result<CertList, SealError> {
    let kind = if version == SealVersion::V1 { 1 } else { number_of(property, "certListType")? };
    let mut list = property.enter(tag::SEQUENCE).map_err(bad("certList"))?;
    match kind {
        1 => {
            let mut certificates = Vec::new();
            while !list.is_empty() {
                let item = list.next().map_err(bad("certList"))?;
                if item.tag != tag::OCTET_STRING {
                    // One maker writes IA5String "1" here: the list then names nobody.
                    oddities.push(SealOddity::ListUnreadable);
                    return Ok(CertList::Unreadable);
                }
                certificates.push(item.content.to_vec());
            }
            Ok(CertList::Certificates(certificates))
        }
        2 => {
            let mut digests = Vec::new();
            while !list.is_empty() {
                let mut item = list.enter(tag::SEQUENCE).map_err(bad("certDigestList"))?;
                let algorithm = item.expect(tag::PRINTABLE_STRING).map_err(bad("CertDigestObj.type"))?;
                let value = item.expect(tag::OCTET_STRING).map_err(bad("CertDigestObj.value"))?;
                item.end().map_err(bad("CertDigestObj"))?;
                let algorithm = text(&algorithm, "CertDigestObj.type")?;
                digests.push(CertificateDigest { algorithm, value: value.content.to_vec() });
            }
            Ok(CertList::Digests(digests))
        }
        kind => Err(SealError::UnknownListType { kind }),
    }
}

/// UTCTime in V1, GeneralizedTime since; the other one is read as an oddity.
fn read_date(
    property: &mut Reader<'_>,
    version: SealVersion,
    part: &'static str,
    oddities: &mut Vec<SealOddity>,
) -> Result<Time, SealError> {
    let value = property.next().map_err(bad(part))?;
    let expected = if version == SealVersion::V1 { tag::UTC_TIME } else { tag::GENERALIZED_TIME };
    if value.tag != expected && !oddities.contains(&SealOddity::DateType) {
        oddities.push(SealOddity::DateType);
    }
    read_time(&value).map_err(bad(part))
}

/// A GeneralizedTime or UTCTime in UTC.
///
/// # Errors
/// [`BerError::UnexpectedTag`] for another type, [`BerError::Content`] for what is no time.
pub fn read_time(value: &Tlv<'_>) -> Result<Time, BerError> {
    let text = std::str::from_utf8(value.content).map_err(|_| BerError::Content)?;
    match value.tag {
        tag::GENERALIZED_TIME => Time::parse_generalized(text).map_err(|_| BerError::Content),
        tag::UTC_TIME => Time::parse_utc_time(text).map_err(|_| BerError::Content),
        _ => Err(BerError::UnexpectedTag),
    }
}

fn read_picture(mut picture: Reader<'_>) -> Result<Picture, SealError> {
    let kind = text(&picture.expect(tag::IA5_STRING).map_err(bad("picture.type"))?, "picture.type")?;
    let data = picture.expect(tag::OCTET_STRING).map_err(bad("picture.data"))?.content.to_vec();
    let width_mm = number_of(&mut picture, "picture.width")?;
    let height_mm = number_of(&mut picture, "picture.height")?;
    picture.end().map_err(bad("picture"))?;
    Ok(Picture { kind, data, width_mm, height_mm })
}

/// Untagged in every file seen; `[0]` is accepted as well.
fn read_info_extensions(info: &mut Reader<'_>) -> Result<Vec<ExtData>, SealError> {
    let list = match info.optional(tag::context(0)).map_err(bad("extDatas"))? {
        None => info.optional(tag::SEQUENCE).map_err(bad("extDatas"))?,
        Some(field) => {
            let mut field = info.inside(&field).map_err(bad("extDatas"))?;
            let list = field.expect(tag::SEQUENCE).map_err(bad("extDatas"))?;
            field.end().map_err(bad("extDatas"))?;
            Some(list)
        }
    };
    match list {
        None => Ok(Vec::new()),
        Some(list) => read_extensions(&list).map_err(bad("extDatas")),
    }
}

/// `ExtensionDatas ::= SEQUENCE OF ExtData`; an explicit `critical FALSE` is no fault.
///
/// # Errors
/// [`BerError`].
pub fn read_extensions(list: &Tlv<'_>) -> Result<Vec<ExtData>, BerError> {
    let mut list = Reader::new(list.content, Encoding::Der);
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let mut item = list.enter(tag::SEQUENCE)?;
        let oid = item.expect(tag::OID)?.oid()?;
        let critical = match item.optional(tag::BOOLEAN)? {
            None => false,
            Some(value) => match value.content {
                [flag] => *flag != 0,
                _ => return Err(BerError::Content),
            },
        };
        let value = item.expect(tag::OCTET_STRING)?.content.to_vec();
        item.end()?;
        extensions.push(ExtData { oid, critical, value });
    }
    Ok(extensions)
}

/// Contents of a BIT STRING of whole bytes that is not empty.
fn filled_bits<'a>(value: &Tlv<'a>, part: &'static str) -> Result<&'a [u8], SealError> {
    let bits = value.bits().map_err(bad(part))?;
    if bits.is_empty() { Err(bad(part)(BerError::Content)) } else { Ok(bits) }
}

fn number_of(reader: &mut Reader<'_>, part: &'static str) -> Result<u64, SealError> {
    reader.expect(tag::INTEGER).and_then(|value| value.unsigned()).map_err(bad(part))
}

fn text(value: &Tlv<'_>, part: &'static str) -> Result<String, SealError> {
    std::str::from_utf8(value.content).map(str::to_owned).map_err(|_| bad(part)(BerError::Content))
}

fn bad(part: &'static str) -> impl Fn(BerError) -> SealError {
    move |cause| SealError::Malformed { part, cause }
}
