//! Reading of `SignedData` (RFC 5652 5.1, GB/T 35275).
//!
//! ```text
//! ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY }
//! SignedData  ::= SEQUENCE { version INTEGER, digestAlgorithms SET OF AlgorithmIdentifier,
//!     encapContentInfo SEQUENCE { eContentType OBJECT IDENTIFIER, eContent [0] EXPLICIT OCTET STRING OPTIONAL },
//!     certificates [0] IMPLICIT SET OF OPTIONAL, crls [1] IMPLICIT SET OF OPTIONAL, signerInfos SET OF SignerInfo }
//! SignerInfo  ::= SEQUENCE { version INTEGER, sid SignerIdentifier, digestAlgorithm AlgorithmIdentifier,
//!     signedAttrs [0] IMPLICIT SET OF Attribute OPTIONAL, signatureAlgorithm AlgorithmIdentifier,
//!     signature OCTET STRING, unsignedAttrs [1] IMPLICIT SET OF Attribute OPTIONAL }
//! ```

use crate::limits::VALUE_BYTES;
use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::cms::attributes::{Attributes, SignedAttributes};
use crate::pki::cms::encoding::{AlgorithmIdentifier, CmsError, definite, is_der, members};
use crate::pki::cms::oid;

/// Identifier of a constructed OCTET STRING, BER only (X.690 8.7.3).
const CONSTRUCTED_OCTET_STRING: u8 = 0x24;

/// Whose object identifiers the container uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// RFC 5652.
    Rfc5652,
    /// GB/T 35275, GM/T 0010.
    Gm,
}

/// Something unusual that was read; the reader does not judge it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// Lengths or strings as BER allows them and DER does not, outside certificates, CRLs and unsigned attributes.
    NotDer,
    /// The signed attributes are not sorted as DER demands (X.690 11.6).
    AttributesNotSorted,
    /// A signed attribute of this type stands there more than once (against RFC 5652 5.3).
    DuplicateAttribute(String),
    /// This many zero bytes follow the container.
    ZeroPadding(usize),
    /// This many bytes follow the container, and not all of them are zero.
    TrailingBytes(usize),
    /// The certificates hold another choice than an X.509 certificate (RFC 5652 10.2.2); it is left aside.
    OtherCertificateChoice,
}

/// How a signer names its certificate (RFC 5652 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerIdentifier {
    /// By issuer and serial number.
    IssuerAndSerial {
        /// The issuer `Name`, lengths in DER.
        issuer: Vec<u8>,
        /// Contents of the serial INTEGER.
        serial: Vec<u8>,
    },
    /// By subject key identifier.
    SubjectKeyIdentifier(Vec<u8>),
}

/// One signer (RFC 5652 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerInfo {
    /// `version`: 1 or 3.
    pub version: u64,
    /// `sid`.
    pub sid: SignerIdentifier,
    /// `digestAlgorithm`.
    pub digest_algorithm: AlgorithmIdentifier,
    /// `signedAttrs`.
    pub signed_attributes: Option<SignedAttributes>,
    /// `signatureAlgorithm`.
    pub signature_algorithm: AlgorithmIdentifier,
    /// `signature`.
    pub signature: Vec<u8>,
    /// `unsignedAttrs`, timestamp tokens among them.
    pub unsigned_attributes: Attributes,
}

/// A signed message as read; nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedData {
    /// Which standard's identifiers it uses.
    pub family: Family,
    /// `version`.
    pub version: u64,
    /// `digestAlgorithms`, dotted.
    pub digest_algorithms: Vec<String>,
    /// `eContentType`, dotted.
    pub content_type: String,
    /// `eContent`: the contents of the OCTET STRING, joined where it is constructed.
    pub content: Option<Vec<u8>>,
    /// X.509 certificates, each as stored.
    pub certificates: Vec<Vec<u8>>,
    /// Revocation lists, each as stored.
    pub crls: Vec<Vec<u8>>,
    /// `signerInfos`.
    pub signer_infos: Vec<SignerInfo>,
    /// What is unusual.
    pub facts: Vec<Fact>,
    /// Length of the container without what follows it, in bytes.
    pub length: usize,
}

impl SignedData {
    /// Reads a `ContentInfo` that holds `SignedData`, in DER or BER. What follows it is kept as a [`Fact`].
    ///
    /// # Errors
    /// [`CmsError`].
    pub fn read(bytes: &[u8]) -> Result<Self, CmsError> {
        if bytes.len() as u64 > VALUE_BYTES {
            return Err(CmsError::TooLarge);
        }
        let mut outer = Reader::new(bytes, Encoding::Ber);
        let content_info = outer.expect(tag::SEQUENCE)?;
        let mut reading = Reading { facts: Vec::new() };
        reading.tail(outer.rest());
        let mut fields = outer.inside(&content_info)?;
        let family = match fields.next()?.oid()?.as_str() {
            oid::SIGNED_DATA => Family::Rfc5652,
            oid::GM_SIGNED_DATA => Family::Gm,
            _ => return Err(CmsError::NotSignedData),
        };
        let explicit = fields.expect(tag::context(0))?;
        fields.end()?;
        let mut explicit_inside = fields.inside(&explicit)?;
        let signed_data = explicit_inside.expect(tag::SEQUENCE)?;
        explicit_inside.end()?;
        for header in [&content_info, &explicit, &signed_data] {
            reading.der_header(header);
        }
        let members = explicit_inside.inside(&signed_data)?;
        reading.signed_data(members, family, content_info.bytes.len())
    }

    /// Whether a fact was met.
    #[must_use]
    pub fn has_fact(&self, wanted: &Fact) -> bool {
        self.facts.contains(wanted)
    }
}

/// The state of one reading: what was unusual so far.
struct Reading {
    facts: Vec<Fact>,
}

impl Reading {
    fn note(&mut self, fact: Fact) {
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
    }

    /// What follows the container.
    fn tail(&mut self, rest: &[u8]) {
        if rest.iter().any(|b| *b != 0) {
            self.note(Fact::TrailingBytes(rest.len()));
        } else if !rest.is_empty() {
            self.note(Fact::ZeroPadding(rest.len()));
        }
    }

    /// Notes a header that is not DER: identifier and length of this value alone.
    fn der_header(&mut self, value: &Tlv<'_>) {
        if Reader::only(value.bytes, Encoding::Der).is_err() {
            self.note(Fact::NotDer);
        }
    }

    /// Notes what is not DER in a value and in all that it holds.
    fn der_deep(&mut self, value: &Tlv<'_>) {
        if !is_der(Reader::new(value.bytes, Encoding::Der)) {
            self.note(Fact::NotDer);
        }
    }

    fn signed_data(mut self, mut fields: Reader<'_>, family: Family, length: usize) -> Result<SignedData, CmsError> {
        let version = fields.next()?;
        let algorithms = fields.expect(tag::SET)?;
        let digest_algorithms = members(&fields, &algorithms, |reader| Ok(AlgorithmIdentifier::read(reader)?.oid))?;
        let encapsulated = fields.expect(tag::SEQUENCE)?;
        for value in [&version, &algorithms, &encapsulated] {
            self.der_deep(value);
        }
        let mut inner = fields.inside(&encapsulated)?;
        let content_type = inner.next()?.oid()?;
        let content = match inner.optional(tag::context(0))? {
            Some(explicit) => Some(encapsulated_content(&inner, &explicit)?),
            None => None,
        };
        inner.end()?;
        let certificates = self.certificates(&mut fields)?;
        let crls = self.raw_members(&mut fields, tag::context(1))?;
        let infos = fields.expect(tag::SET)?;
        self.der_header(&infos);
        fields.end()?;
        let signer_infos = members(&fields, &infos, |reader| self.signer_info(reader))?;
        let facts = self.facts;
        let version = version.unsigned()?;
        #[rustfmt::skip]
        let all = SignedData {
            family, version, digest_algorithms, content_type, content, certificates, crls, signer_infos, facts, length,
        };
        Ok(all)
    }

    /// `CertificateSet` (RFC 5652 10.2.3): certificates are SEQUENCEs, other choices carry context tags.
    fn certificates(&mut self, fields: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, CmsError> {
        let all = self.raw_members(fields, tag::context(0))?;
        let (certificates, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|c| c.first() == Some(&tag::SEQUENCE));
        if !others.is_empty() {
            self.note(Fact::OtherCertificateChoice);
        }
        Ok(certificates)
    }

    /// Members of an optional implicit SET as stored.
    fn raw_members(&mut self, fields: &mut Reader<'_>, tag: u8) -> Result<Vec<Vec<u8>>, CmsError> {
        let Some(set) = fields.optional(tag)? else { return Ok(Vec::new()) };
        self.der_header(&set);
        members(fields, &set, |reader| Ok(reader.next()?.bytes.to_vec()))
    }

    fn signer_info(&mut self, reader: &mut Reader<'_>) -> Result<SignerInfo, CmsError> {
        let whole = reader.expect(tag::SEQUENCE)?;
        self.der_header(&whole);
        let mut fields = reader.inside(&whole)?;
        let checked = fields;
        let version = fields.next()?.unsigned()?;
        let sid = signer_identifier(&mut fields)?;
        let digest_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signed_attributes = match fields.optional(tag::context(0))? {
            Some(value) => Some(SignedAttributes::read(&fields, &value)?),
            None => None,
        };
        let signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signature = octets(&mut fields)?;
        let signed_part = checked.rest().len().saturating_sub(fields.rest().len());
        if !is_der(Reader::new(checked.rest().get(..signed_part).unwrap_or(&[]), Encoding::Der)) {
            self.note(Fact::NotDer);
        }
        let unsigned_attributes = match fields.optional(tag::context(1))? {
            Some(value) => Attributes::read(&fields, &value)?,
            None => Attributes::default(),
        };
        fields.end()?;
        if let Some(attributes) = &signed_attributes {
            self.attribute_facts(attributes);
        }
        #[rustfmt::skip]
        let info = SignerInfo {
            version, sid, digest_algorithm, signed_attributes, signature_algorithm, signature, unsigned_attributes,
        };
        Ok(info)
    }

    fn attribute_facts(&mut self, attributes: &SignedAttributes) {
        if !attributes.is_sorted() {
            self.note(Fact::AttributesNotSorted);
        }
        for duplicate in attributes.duplicates() {
            self.note(Fact::DuplicateAttribute(duplicate));
        }
    }
}

/// `eContent`: an OCTET STRING, whole or in pieces. PKCS#7 content of other types is refused as malformed.
fn encapsulated_content(outside: &Reader<'_>, explicit: &Tlv<'_>) -> Result<Vec<u8>, CmsError> {
    let mut reader = outside.inside(explicit)?;
    let content = octets(&mut reader)?;
    reader.end()?;
    Ok(content)
}

/// Contents of an OCTET STRING, joined where it is constructed (X.690 8.7.3).
fn octets(reader: &mut Reader<'_>) -> Result<Vec<u8>, CmsError> {
    let mut out = Vec::new();
    let value = reader.next()?;
    join(reader, &value, &mut out)?;
    Ok(out)
}

/// Depth is bounded by [`Reader::inside`]; the output never exceeds the input.
fn join(outside: &Reader<'_>, value: &Tlv<'_>, out: &mut Vec<u8>) -> Result<(), BerError> {
    match value.tag {
        tag::OCTET_STRING => out.extend_from_slice(value.content),
        CONSTRUCTED_OCTET_STRING => {
            let mut parts = outside.inside(value)?;
            while !parts.is_empty() {
                let part = parts.next()?;
                join(&parts, &part, out)?;
            }
        }
        _ => return Err(BerError::UnexpectedTag),
    }
    Ok(())
}

fn signer_identifier(fields: &mut Reader<'_>) -> Result<SignerIdentifier, CmsError> {
    if let Some(identifier) = fields.optional(tag::context_primitive(0))? {
        return Ok(SignerIdentifier::SubjectKeyIdentifier(identifier.content.to_vec()));
    }
    let mut both = fields.enter(tag::SEQUENCE)?;
    // With lengths in DER, as in the certificate that it is compared with.
    let issuer = both.expect(tag::SEQUENCE)?;
    let issuer = definite(&both, &issuer)?;
    // Shortest form, which BER demands as well (X.690 8.3.2): two spellings of one number would name two certificates.
    let serial = both.next()?.integer()?.to_vec();
    both.end()?;
    Ok(SignerIdentifier::IssuerAndSerial { issuer, serial })
}
