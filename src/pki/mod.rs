//! DER and BER, X.509 certificates, revocation lists, certificate paths, RFC 5652 containers.

pub mod ber;
pub mod cms;
pub mod write;
