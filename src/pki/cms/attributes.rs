//! Attributes of a signer (RFC 5652 5.3 and 11).
//!
//! ```text
//! Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }
//! ```

use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::cms::encoding::{CmsError, definite, is_der, members};
use crate::pki::cms::ess::{EssVersion, SigningCertificate};
use crate::pki::cms::oid;
use crate::pki::write;
use crate::time::Time;

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// `attrType`, dotted.
    pub oid: String,
    /// `attrValues`, each as stored.
    pub values: Vec<Vec<u8>>,
    /// The whole attribute as stored.
    pub raw: Vec<u8>,
}

/// Attributes in the order in which they are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(Vec<Attribute>);

/// Signed attributes, with the bytes that the signature value covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAttributes {
    attributes: Attributes,
    messages: Vec<Vec<u8>>,
}

/// The algorithms that CMSAlgorithmProtection names, each an `AlgorithmIdentifier` (RFC 6211 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedAlgorithms {
    /// Digest algorithm.
    pub digest: Vec<u8>,
    /// Signature algorithm.
    pub signature: Vec<u8>,
}

/// The rules that a signer says the signature was made by (RFC 5126 5.8.1).
///
/// ```text
/// SignaturePolicy ::= CHOICE { signaturePolicyId SignaturePolicyId, signaturePolicyImplied NULL }
/// SignaturePolicyId ::= SEQUENCE { sigPolicyId OBJECT IDENTIFIER, sigPolicyHash SigPolicyHash,
///     sigPolicyQualifiers SEQUENCE SIZE (1..MAX) OF SigPolicyQualifierInfo OPTIONAL }
/// SigPolicyHash ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashValue OCTET STRING }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignaturePolicy {
    /// By context: none is named.
    Implied,
    /// One that is named.
    Explicit {
        /// Its dotted identifier.
        oid: String,
        /// Digest of its text; empty where none is given, as some old makers do.
        digest: Vec<u8>,
    },
}

/// Why an attribute cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeFault {
    /// It stands there more than once.
    #[error("the attribute is repeated")]
    Duplicate,
    /// It has no value, or several where one is allowed.
    #[error("the attribute has not exactly one value")]
    ValueCount,
    /// Its value is not of its type.
    #[error("the attribute's value is malformed")]
    Malformed,
}

impl Attributes {
    /// All of them, in stored order.
    #[must_use]
    pub fn as_slice(&self) -> &[Attribute] {
        &self.0
    }

    /// All attributes of one type.
    pub fn all<'a>(&'a self, oid: &'a str) -> impl Iterator<Item = &'a Attribute> {
        self.0.iter().filter(move |attribute| attribute.oid == oid)
    }

    /// The one value of the one attribute of a type; `None` where there is no such attribute.
    ///
    /// # Errors
    /// [`AttributeFault`].
    pub fn single<'a>(&'a self, oid: &str) -> Result<Option<&'a [u8]>, AttributeFault> {
        let mut found = self.0.iter().filter(|attribute| attribute.oid == oid);
        let Some(attribute) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(AttributeFault::Duplicate);
        }
        match attribute.values.as_slice() {
            [value] => Ok(Some(value)),
            _ => Err(AttributeFault::ValueCount),
        }
    }

    /// Timestamp tokens over the signature value, each a `ContentInfo` as stored (RFC 3161 appendix A).
    #[must_use]
    pub fn timestamp_tokens(&self) -> Vec<&[u8]> {
        self.all(oid::SIGNATURE_TIME_STAMP).flat_map(|a| a.values.iter().map(Vec::as_slice)).collect()
    }

    pub(crate) fn read(outside: &Reader<'_>, set: &Tlv<'_>) -> Result<Self, CmsError> {
        members(outside, set, read_attribute).map(Attributes)
    }
}

impl SignedAttributes {
    /// The attributes.
    #[must_use]
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// The messages that the signature value may cover: the attributes as a SET, that is, the stored bytes with 0x31 in
    /// place of 0xA0 (RFC 5652 5.4); where lengths are not DER, also with DER lengths, as the standard has it.
    #[must_use]
    pub fn messages(&self) -> &[Vec<u8>] {
        &self.messages
    }

    /// contentType (RFC 5652 11.1), dotted.
    ///
    /// # Errors
    /// [`AttributeFault`].
    pub fn content_type(&self) -> Result<Option<String>, AttributeFault> {
        self.typed(oid::CONTENT_TYPE, |value| value.oid())
    }

    /// messageDigest (RFC 5652 11.2).
    ///
    /// # Errors
    /// [`AttributeFault`].
    pub fn message_digest(&self) -> Result<Option<Vec<u8>>, AttributeFault> {
        self.typed(oid::MESSAGE_DIGEST, |value| value.octets().map(<[u8]>::to_vec))
    }

    /// signingTime (RFC 5652 11.3): claimed, not proven.
    ///
    /// # Errors
    /// [`AttributeFault`].
    pub fn signing_time(&self) -> Result<Option<Time>, AttributeFault> {
        self.typed(oid::SIGNING_TIME, |value| {
            let text = std::str::from_utf8(value.content).map_err(|_| BerError::Content)?;
            match value.tag {
                tag::UTC_TIME => Time::parse_utc_time(text).map_err(|_| BerError::Content),
                tag::GENERALIZED_TIME => Time::parse_generalized(text).map_err(|_| BerError::Content),
                _ => Err(BerError::UnexpectedTag),
            }
        })
    }

    /// The digest and signature algorithms that CMSAlgorithmProtection names (RFC 6211 2), as DER identifiers.
    ///
    /// # Errors
    /// [`AttributeFault`].
    pub fn algorithm_protection(&self) -> Result<Option<ProtectedAlgorithms>, AttributeFault> {
        self.typed(oid::ALGORITHM_PROTECTION, |value| {
            let mut fields = Reader::new(value.bytes, Encoding::Ber).enter(tag::SEQUENCE)?;
            let digest = fields.expect(tag::SEQUENCE)?;
            // [1] signatureAlgorithm IMPLICIT; [2] would be a MAC algorithm, which signed data cannot have.
            let signature = fields.expect(tag::context(1))?;
            fields.end()?;
            let (digest, signature) = (digest.bytes.to_vec(), write::sequence(&[signature.content]));
            Ok(ProtectedAlgorithms { digest, signature })
        })
    }

    /// sigPolicyId (RFC 5126 5.8.1).
    ///
    /// # Errors
    /// [`AttributeFault`].
    pub fn signature_policy(&self) -> Result<Option<SignaturePolicy>, AttributeFault> {
        self.typed(oid::SIGNATURE_POLICY, |value| {
            if value.tag == tag::NULL {
                return if value.content.is_empty() { Ok(SignaturePolicy::Implied) } else { Err(BerError::Content) };
            }
            let mut fields = Reader::new(value.bytes, Encoding::Ber).enter(tag::SEQUENCE)?;
            let oid = fields.next()?.oid()?;
            let digest = if fields.is_empty() {
                Vec::new()
            } else {
                let mut hash = fields.enter(tag::SEQUENCE)?;
                hash.expect(tag::SEQUENCE)?;
                let digest = hash.next()?.octets()?.to_vec();
                hash.end()?;
                digest
            };
            Ok(SignaturePolicy::Explicit { oid, digest })
        })
    }

    /// The ESS reference to the signer's certificate: version 2 (RFC 5035 3), else version 1 (RFC 2634 5.4).
    ///
    /// # Errors
    /// [`AttributeFault`].
    pub fn signing_certificate(&self) -> Result<Option<SigningCertificate>, AttributeFault> {
        for (oid, version) in
            [(oid::SIGNING_CERTIFICATE_V2, EssVersion::V2), (oid::SIGNING_CERTIFICATE, EssVersion::V1)]
        {
            if let Some(value) = self.attributes.single(oid)? {
                let parsed = SigningCertificate::read(value, version).map_err(|_| AttributeFault::Malformed)?;
                return Ok(Some(parsed));
            }
        }
        Ok(None)
    }

    /// Whether the attributes stand in the order of DER (X.690 11.6).
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        self.attributes.0.is_sorted_by(|a, b| a.raw <= b.raw)
    }

    /// Types that occur more than once.
    #[must_use]
    pub fn duplicates(&self) -> Vec<String> {
        let mut oids: Vec<&String> = self.attributes.0.iter().map(|attribute| &attribute.oid).collect();
        oids.sort_unstable();
        let mut repeated: Vec<String> = oids
            .windows(2)
            .filter_map(|pair| if let [a, b] = pair { (a == b).then(|| (*a).clone()) } else { None })
            .collect();
        repeated.dedup();
        repeated
    }

    pub(crate) fn read(outside: &Reader<'_>, set: &Tlv<'_>) -> Result<Self, CmsError> {
        let attributes = Attributes::read(outside, set)?;
        let mut messages = Vec::new();
        if !set.indefinite {
            messages.push(as_set(set.bytes.to_vec()));
        }
        if !is_der(Reader::new(set.bytes, Encoding::Der)) {
            let recoded = as_set(definite(outside, set)?);
            if !messages.contains(&recoded) {
                messages.push(recoded);
            }
        }
        Ok(SignedAttributes { attributes, messages })
    }

    fn typed<T>(
        &self,
        oid: &str,
        read: impl FnOnce(&Tlv<'_>) -> Result<T, BerError>,
    ) -> Result<Option<T>, AttributeFault> {
        let Some(value) = self.attributes.single(oid)? else { return Ok(None) };
        let value = Reader::only(value, Encoding::Ber).map_err(|_| AttributeFault::Malformed)?;
        read(&value).map(Some).map_err(|_| AttributeFault::Malformed)
    }
}

fn read_attribute(reader: &mut Reader<'_>) -> Result<Attribute, CmsError> {
    let whole = reader.expect(tag::SEQUENCE)?;
    let mut fields = reader.inside(&whole)?;
    let oid = fields.next()?.oid()?;
    let set = fields.expect(tag::SET)?;
    fields.end()?;
    let values = members(&fields, &set, |value| Ok(value.next()?.bytes.to_vec()))?;
    Ok(Attribute { oid, values, raw: whole.bytes.to_vec() })
}

/// The identifier of a SET in place of `[0]` (RFC 5652 5.4).
fn as_set(mut attributes: Vec<u8>) -> Vec<u8> {
    if let Some(first) = attributes.first_mut() {
        *first = tag::SET;
    }
    attributes
}
