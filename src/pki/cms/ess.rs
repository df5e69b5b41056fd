//! The signed reference to the signer's certificate: RFC 2634 5.4 (SHA-1) and RFC 5035 (any digest).
//!
//! ```text
//! SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies SEQUENCE OF PolicyInformation OPTIONAL }
//! ESSCertIDv2  ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT {id-sha256}, certHash OCTET STRING,
//!                             issuerSerial IssuerSerial OPTIONAL }
//! IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER }
//! ```

use crate::crypto::DigestAlgorithm;
use crate::pki::Certificate;
use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::cms::encoding::AlgorithmIdentifier;
use crate::pki::write::{self, WriteError};

/// Most certificates named by one attribute that are read.
const NAMED: usize = 64;

/// Which attribute it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EssVersion {
    /// signing-certificate: SHA-1 alone.
    V1,
    /// signing-certificate-v2.
    V2,
}

/// One certificate as the signer names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EssCertId {
    /// Dotted digest algorithm.
    pub digest_oid: String,
    /// Digest of the certificate's bytes.
    pub hash: Vec<u8>,
    /// Issuer and serial number; `None` where they are absent or the issuer is no directoryName.
    pub issuer_serial: Option<IssuerSerial>,
}

/// Which certificate of which issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerSerial {
    /// The issuer's `Name` as stored.
    pub issuer: Vec<u8>,
    /// Contents of the serial INTEGER.
    pub serial: Vec<u8>,
}

/// The attribute's value; the first certificate is the signer's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningCertificate {
    /// Which attribute.
    pub version: EssVersion,
    /// The certificates, the signer's first.
    pub ids: Vec<EssCertId>,
}

/// How a certificate compares with the reference to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EssComparison {
    /// Digest, and issuer and serial where given, are the certificate's.
    Equal,
    /// The digest is another's.
    HashDiffers,
    /// The digest is the certificate's, issuer or serial are not.
    IssuerSerialDiffers,
    /// The digest algorithm is not known here.
    UnknownDigest,
    /// The attribute names no certificate.
    Empty,
}

impl SigningCertificate {
    /// Compares the signer's certificate, its bytes as stored, its issuer `Name` and the contents of its serial.
    #[must_use]
    pub fn compare(&self, certificate: &[u8], issuer: &[u8], serial: &[u8]) -> EssComparison {
        let Some(id) = self.ids.first() else { return EssComparison::Empty };
        let Some(algorithm) = DigestAlgorithm::from_oid(&id.digest_oid) else { return EssComparison::UnknownDigest };
        if algorithm.digest(certificate).as_bytes() != id.hash {
            return EssComparison::HashDiffers;
        }
        match &id.issuer_serial {
            Some(named) if named.issuer != issuer || named.serial != serial => EssComparison::IssuerSerialDiffers,
            _ => EssComparison::Equal,
        }
    }

    pub(crate) fn read(value: &[u8], version: EssVersion) -> Result<Self, BerError> {
        let whole = Reader::only(value, Encoding::Ber)?;
        let mut fields = Reader::new(whole.bytes, Encoding::Ber).enter(tag::SEQUENCE)?;
        let mut certs = fields.enter(tag::SEQUENCE)?;
        let mut ids = Vec::new();
        while !certs.is_empty() && ids.len() < NAMED {
            ids.push(cert_id(certs.enter(tag::SEQUENCE)?, version)?);
        }
        fields.optional(tag::SEQUENCE)?;
        fields.end()?;
        Ok(SigningCertificate { version, ids })
    }
}

/// SigningCertificateV2 with one ESSCertIDv2 (RFC 5035 3 and 4): SHA-256 is the default and left out (X.690 11.5).
///
/// # Errors
/// [`WriteError`] never for the digests that this program writes.
pub fn certificate_reference(certificate: &Certificate, digest: DigestAlgorithm) -> Result<Vec<u8>, WriteError> {
    let hash = write::octet_string(digest.digest(certificate.as_der()).as_bytes());
    let algorithm = match digest {
        DigestAlgorithm::Sha256 => Vec::new(),
        other => write::sequence(&[&write::oid(other.oid())?]),
    };
    let name = write::tlv(tag::context(4), certificate.issuer().as_der());
    let serial = write::integer_content(certificate.serial());
    let issuer_serial = write::sequence(&[&write::sequence(&[&name]), &serial]);
    let id = write::sequence(&[&algorithm, &hash, &issuer_serial]);
    Ok(write::sequence(&[&write::sequence(&[&id])]))
}

fn cert_id(mut fields: Reader<'_>, version: EssVersion) -> Result<EssCertId, BerError> {
    let digest_oid = match version {
        EssVersion::V1 => DigestAlgorithm::Sha1.oid().to_owned(),
        EssVersion::V2 if fields.peek() == Some(tag::SEQUENCE) => AlgorithmIdentifier::read(&mut fields)?.oid,
        EssVersion::V2 => DigestAlgorithm::Sha256.oid().to_owned(),
    };
    let hash = fields.next()?.octets()?.to_vec();
    let issuer_serial = if fields.is_empty() { None } else { issuer_serial(fields.enter(tag::SEQUENCE)?)? };
    fields.end()?;
    Ok(EssCertId { digest_oid, hash, issuer_serial })
}

/// `IssuerSerial` (RFC 5280 style GeneralNames); only a single directoryName `[4]` can be compared.
fn issuer_serial(mut fields: Reader<'_>) -> Result<Option<IssuerSerial>, BerError> {
    let mut names = fields.enter(tag::SEQUENCE)?;
    let serial = fields.expect(tag::INTEGER)?.content.to_vec();
    fields.end()?;
    let Some(mut name) = names.optional(tag::context(4))?.map(|n| names.inside(&n)).transpose()? else {
        return Ok(None);
    };
    let issuer = name.expect(tag::SEQUENCE)?.bytes.to_vec();
    Ok(Some(IssuerSerial { issuer, serial }))
}
