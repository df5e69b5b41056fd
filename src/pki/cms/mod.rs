//! Signed messages: RFC 5652 `SignedData` and its Chinese twin of GB/T 35275 (formerly GM/T 0010).
//!
//! [`SignedData::read`] keeps every signed part as the bytes that are stored, so that nothing is ever verified over a
//! re-encoding. Reading judges nothing: what is unusual is kept as [`Fact`], and the room `signature` judges it.

mod attributes;
mod encoding;
mod ess;
pub mod oid;
mod signed_data;
mod signer;
mod unsigned;

pub use attributes::{Attribute, AttributeFault, Attributes, ProtectedAlgorithms, SignaturePolicy, SignedAttributes};
pub use encoding::{AlgorithmIdentifier, CmsError};
pub use ess::{EssCertId, EssComparison, EssVersion, IssuerSerial, SigningCertificate, certificate_reference};
pub use signed_data::{Fact, Family, SignedData, SignerIdentifier, SignerInfo};
pub use unsigned::with_timestamp;
