//! Extensions of certificates and revocation lists (RFC 5280 4.2 and 5.2), as read.

use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::name::Name;

/// Object identifiers of extensions and purposes.
#[allow(missing_docs)]
pub mod oid {
    pub const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
    pub const KEY_USAGE: &str = "2.5.29.15";
    pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
    pub const ISSUER_ALT_NAME: &str = "2.5.29.18";
    pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
    pub const CRL_NUMBER: &str = "2.5.29.20";
    pub const REASON_CODE: &str = "2.5.29.21";
    pub const DELTA_CRL_INDICATOR: &str = "2.5.29.27";
    pub const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
    pub const INVALIDITY_DATE: &str = "2.5.29.24";
    pub const CERTIFICATE_ISSUER: &str = "2.5.29.29";
    pub const FRESHEST_CRL: &str = "2.5.29.46";
    /// X.509 9.5.2.8.
    pub const EXPIRED_CERTS_ON_CRL: &str = "2.5.29.60";
    pub const ANY_POLICY: &str = "2.5.29.32.0";
    pub const CPS_QUALIFIER: &str = "1.3.6.1.5.5.7.2.1";
    pub const USER_NOTICE_QUALIFIER: &str = "1.3.6.1.5.5.7.2.2";
    pub const NAME_CONSTRAINTS: &str = "2.5.29.30";
    pub const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
    pub const CERTIFICATE_POLICIES: &str = "2.5.29.32";
    pub const POLICY_MAPPINGS: &str = "2.5.29.33";
    pub const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
    pub const POLICY_CONSTRAINTS: &str = "2.5.29.36";
    pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
    pub const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
    pub const AUTHORITY_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";
    pub const ACCESS_OCSP: &str = "1.3.6.1.5.5.7.48.1";
    pub const ACCESS_CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
    pub const ANY_EXTENDED_KEY_USAGE: &str = "2.5.29.37.0";
    pub const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
    pub const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
    pub const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
    /// RFC 9336.
    pub const DOCUMENT_SIGNING: &str = "1.3.6.1.5.5.7.3.36";
    /// id-pkix-ocsp-nocheck, RFC 6960 4.2.2.2.1.
    pub const OCSP_NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
    pub const OCSP_BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
    pub const OCSP_NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
    pub const OCSP_ARCHIVE_CUTOFF: &str = "1.3.6.1.5.5.7.48.1.6";
}

/// One extension as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Dotted object identifier.
    pub oid: String,
    /// Whether a reader that does not know it must refuse (RFC 5280 4.2).
    pub critical: bool,
    /// Contents of extnValue.
    pub value: Vec<u8>,
}

/// An extension is there and cannot be read, or is there twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the extension {oid} is malformed")]
pub struct BrokenExtension {
    /// Which one.
    pub oid: String,
}

/// Bits of keyUsage (RFC 5280 4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
#[repr(u8)]
pub enum Usage {
    DigitalSignature = 0,
    /// Also named contentCommitment.
    NonRepudiation = 1,
    KeyEncipherment = 2,
    DataEncipherment = 3,
    KeyAgreement = 4,
    KeyCertSign = 5,
    CrlSign = 6,
    EncipherOnly = 7,
    DecipherOnly = 8,
}

impl Usage {
    /// All of them, in the order of their bits.
    pub const ALL: [Usage; 9] = [
        Usage::DigitalSignature,
        Usage::NonRepudiation,
        Usage::KeyEncipherment,
        Usage::DataEncipherment,
        Usage::KeyAgreement,
        Usage::KeyCertSign,
        Usage::CrlSign,
        Usage::EncipherOnly,
        Usage::DecipherOnly,
    ];

    /// The name of the standard, `digitalSignature`, `nonRepudiation`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Usage::DigitalSignature => "digitalSignature",
            Usage::NonRepudiation => "nonRepudiation",
            Usage::KeyEncipherment => "keyEncipherment",
            Usage::DataEncipherment => "dataEncipherment",
            Usage::KeyAgreement => "keyAgreement",
            Usage::KeyCertSign => "keyCertSign",
            Usage::CrlSign => "cRLSign",
            Usage::EncipherOnly => "encipherOnly",
            Usage::DecipherOnly => "decipherOnly",
        }
    }
}

/// keyUsage as a set of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// Whether a bit is set.
    #[must_use]
    pub fn has(self, usage: Usage) -> bool {
        self.0 & (0x8000 >> (usage as u16)) != 0
    }

    /// The bits that are set.
    #[must_use]
    pub fn usages(self) -> Vec<Usage> {
        Usage::ALL.into_iter().filter(|usage| self.has(*usage)).collect()
    }
}

/// basicConstraints (RFC 5280 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject may issue certificates.
    pub is_ca: bool,
    /// How many CA certificates may follow below it, self-issued ones not counted.
    pub path_length: Option<u64>,
}

/// authorityKeyIdentifier (RFC 5280 4.2.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyId {
    /// keyIdentifier.
    pub key_id: Option<Vec<u8>>,
    /// The first directory name of authorityCertIssuer.
    pub issuer: Option<Name>,
    /// authorityCertSerialNumber, contents of the INTEGER.
    pub serial: Option<Vec<u8>>,
}

/// A GeneralName (RFC 5280 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeneralName {
    /// An address of electronic mail.
    Rfc822(String),
    /// A host name.
    Dns(String),
    /// A distinguished name.
    Directory(Name),
    /// A URI.
    Uri(String),
    /// An address of four or sixteen bytes; in name constraints twice that, with the mask.
    Ip(Vec<u8>),
    /// Another form, by its tag number.
    Other(u8),
}

impl GeneralName {
    /// Reads one.
    ///
    /// # Errors
    /// [`BerError`].
    pub fn read(value: &Tlv<'_>) -> Result<Self, BerError> {
        let text = || String::from_utf8(value.content.to_vec()).map_err(|_| BerError::Content);
        Ok(match value.tag {
            0x81 => GeneralName::Rfc822(text()?),
            0x82 => GeneralName::Dns(text()?),
            // Name is a CHOICE, so the tag is explicit (X.680 31.2.7).
            0xA4 => GeneralName::Directory(Name::from_der(value.content)?),
            0x86 => GeneralName::Uri(text()?),
            0x87 => GeneralName::Ip(value.content.to_vec()),
            other if other & 0xC0 == 0x80 => GeneralName::Other(other & 0x1F),
            _ => return Err(BerError::UnexpectedTag),
        })
    }
}

/// Reads `Extensions ::= SEQUENCE OF Extension`. The structure must hold; values are not looked at.
///
/// # Errors
/// [`BerError`].
pub(crate) fn read_extensions(list: &mut Reader<'_>) -> Result<Vec<Extension>, BerError> {
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let mut one = list.enter(tag::SEQUENCE)?;
        let oid = one.expect(tag::OID)?.oid()?;
        // FALSE written out is not DER, and common.
        let critical = one.optional(tag::BOOLEAN)?.is_some_and(|value| value.content != [0]);
        let value = one.expect(tag::OCTET_STRING)?.content.to_vec();
        one.end()?;
        extensions.push(Extension { oid, critical, value });
    }
    Ok(extensions)
}

/// keyUsage. An empty set of bits is broken (RFC 5280 4.2.1.3: at least one bit must be set).
pub(crate) fn key_usage(value: &[u8]) -> Result<KeyUsage, BerError> {
    let bits = Reader::only(value, Encoding::Der)?;
    if bits.tag != tag::BIT_STRING {
        return Err(BerError::UnexpectedTag);
    }
    match bits.content {
        [unused @ 0..=7, bytes @ ..] if !bytes.is_empty() => {
            let mut word = 0_u16;
            for (n, byte) in bytes.iter().take(2).enumerate() {
                word |= u16::from(*byte) << (8 * (1 - n));
            }
            // Bits declared unused say nothing.
            if bytes.len() == 1 {
                word &= 0xFF00_u16 << unused;
            }
            if word == 0 { Err(BerError::Content) } else { Ok(KeyUsage(word)) }
        }
        _ => Err(BerError::Content),
    }
}

/// basicConstraints.
pub(crate) fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, BerError> {
    let mut reader = Reader::new(value, Encoding::Der);
    let mut body = reader.enter(tag::SEQUENCE)?;
    reader.end()?;
    let is_ca = body.optional(tag::BOOLEAN)?.is_some_and(|value| value.content != [0]);
    let path_length = body.optional(tag::INTEGER)?.map(|value| value.unsigned()).transpose()?;
    body.end()?;
    Ok(BasicConstraints { is_ca, path_length })
}

/// extKeyUsage: dotted purposes.
pub(crate) fn extended_key_usage(value: &[u8]) -> Result<Vec<String>, BerError> {
    let mut reader = Reader::new(value, Encoding::Der);
    let mut list = reader.enter(tag::SEQUENCE)?;
    reader.end()?;
    let mut purposes = Vec::new();
    while !list.is_empty() {
        purposes.push(list.expect(tag::OID)?.oid()?);
    }
    if purposes.is_empty() { Err(BerError::Content) } else { Ok(purposes) }
}

/// subjectKeyIdentifier.
pub(crate) fn subject_key_id(value: &[u8]) -> Result<Vec<u8>, BerError> {
    Ok(Reader::only(value, Encoding::Der)?.octets()?.to_vec())
}

/// authorityKeyIdentifier.
pub(crate) fn authority_key_id(value: &[u8]) -> Result<AuthorityKeyId, BerError> {
    let mut reader = Reader::new(value, Encoding::Der);
    let mut body = reader.enter(tag::SEQUENCE)?;
    reader.end()?;
    let key_id = body.optional(tag::context_primitive(0))?.map(|value| value.content.to_vec());
    let mut issuer = None;
    if let Some(names) = body.optional(tag::context(1))? {
        let mut names = body.inside(&names)?;
        while !names.is_empty() {
            if let GeneralName::Directory(name) = GeneralName::read(&names.next()?)? {
                issuer.get_or_insert(name);
            }
        }
    }
    let serial = body.optional(tag::context_primitive(2))?.map(|value| value.content.to_vec());
    body.end()?;
    Ok(AuthorityKeyId { key_id, issuer, serial })
}

/// subjectAltName and the like.
pub(crate) fn general_names(value: &[u8]) -> Result<Vec<GeneralName>, BerError> {
    let mut reader = Reader::new(value, Encoding::Der);
    let list = reader.enter(tag::SEQUENCE)?;
    reader.end()?;
    general_names_of(list)
}

/// Contents of GeneralNames.
pub(crate) fn general_names_of(mut list: Reader<'_>) -> Result<Vec<GeneralName>, BerError> {
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(GeneralName::read(&list.next()?)?);
    }
    Ok(names)
}

/// URLs of cRLDistributionPoints (RFC 5280 4.2.1.13). Points without a URL (directory names alone) are passed over, so
/// the list may be empty though the extension is there.
pub(crate) fn crl_urls(value: &[u8]) -> Result<Vec<String>, BerError> {
    let mut reader = Reader::new(value, Encoding::Der);
    let mut list = reader.enter(tag::SEQUENCE)?;
    reader.end()?;
    let mut urls = Vec::new();
    while !list.is_empty() {
        let mut point = list.enter(tag::SEQUENCE)?;
        let Some(name) = point.optional(tag::context(0))? else { continue };
        let mut name = point.inside(&name)?;
        let Some(full) = name.optional(tag::context(0))? else { continue };
        let mut full = name.inside(&full)?;
        while !full.is_empty() {
            if let GeneralName::Uri(url) = GeneralName::read(&full.next()?)? {
                urls.push(url);
            }
        }
    }
    Ok(urls)
}

/// URLs of one method in authorityInfoAccess (RFC 5280 4.2.2.1).
pub(crate) fn access_urls(value: &[u8], wanted: &str) -> Result<Vec<String>, BerError> {
    let mut reader = Reader::new(value, Encoding::Der);
    let mut list = reader.enter(tag::SEQUENCE)?;
    reader.end()?;
    let mut urls = Vec::new();
    while !list.is_empty() {
        let mut access = list.enter(tag::SEQUENCE)?;
        let method = access.expect(tag::OID)?.oid()?;
        if let GeneralName::Uri(url) = GeneralName::read(&access.next()?)?
            && method == wanted
        {
            urls.push(url);
        }
    }
    Ok(urls)
}

#[cfg(test)]
mod tests {
    use crate::pki::extension::{Usage, basic_constraints, crl_urls, key_usage};
    use crate::pki::write;

    #[test]
    fn key_usage_bits_stand_where_the_standard_has_them() {
        let usage = key_usage(&write::named_bits(&[5, 6])).unwrap();
        assert_eq!(usage.usages(), [Usage::KeyCertSign, Usage::CrlSign]);
        assert!(key_usage(&write::named_bits(&[8])).unwrap().has(Usage::DecipherOnly));
        assert!(key_usage(&write::named_bits(&[])).is_err());
        assert!(key_usage(&[3, 2, 7, 0x40]).is_err());
    }

    #[test]
    fn basic_constraints_are_read() {
        let ca = write::sequence(&[&write::boolean(true), &write::integer(3)]);
        let ca = basic_constraints(&ca).unwrap();
        assert!(ca.is_ca);
        assert_eq!(ca.path_length, Some(3));
        assert!(!basic_constraints(&write::sequence(&[])).unwrap().is_ca);
        assert!(basic_constraints(&write::octet_string(&[])).is_err());
    }

    #[test]
    fn distribution_points_give_urls() {
        let url = write::implicit_primitive(6, b"http://ca.example/x.crl");
        let point = write::sequence(&[&write::explicit(0, &write::explicit(0, &url))]);
        assert_eq!(crl_urls(&write::sequence(&[&point])).unwrap(), ["http://ca.example/x.crl"]);
    }
}
