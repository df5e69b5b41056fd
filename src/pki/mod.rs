//! DER and BER, X.509 certificates, revocation lists, certificate paths, RFC 5652 containers.
//!
//! A [`Certificate`] is read and not judged.

pub mod ber;
mod certificate;
pub mod cms;
pub mod extension;
mod name;
pub mod write;

pub use certificate::{Certificate, CertificateError, SignatureFault};
pub use name::{Attribute, Name, NameError};
