//! DER and BER, X.509 certificates, revocation lists, certificate paths, RFC 5652 containers, timestamps.
//!
//! A [`Certificate`] is read and not judged.

pub mod ber;
pub mod build;
mod certificate;
pub mod cms;
mod crl;
pub mod distribution;
pub mod extension;
mod fetch;
pub mod key_material;
mod name;
mod name_constraints;
mod name_text;
pub mod ocsp;
pub mod path;
pub mod pem;
pub mod pkcs12;
mod request;
pub mod revocation;
pub mod timestamp;
pub mod write;

pub use certificate::{Certificate, CertificateError, SignatureFault};
pub use crl::{Crl, CrlRequest, RevocationReason, Revoked};
pub use fetch::{Fetch, FetchError, FetchLimits, Network};
pub use name::{Attribute, Name, NameError};
pub use request::certificate_request;
