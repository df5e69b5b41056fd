//! Which certificate a signer names.

use crate::pki::Certificate;
use crate::pki::cms::{EssComparison, SignedData, SignerIdentifier};

impl SignedData {
    /// The certificate that the one signer names, among those that travel along and `extra`. Where several fit, the one
    /// that the signed reference names is taken. Nothing is judged.
    #[must_use]
    pub fn signing_certificate(&self, extra: &[Certificate]) -> Option<Certificate> {
        let [info] = self.signer_infos.as_slice() else { return None };
        let inside = self.certificates.iter().filter_map(|der| Certificate::from_der(der).ok());
        let mut fitting: Vec<Certificate> =
            inside.chain(extra.iter().cloned()).filter(|certificate| is_named(certificate, &info.sid)).collect();
        if let Some(Ok(Some(reference))) = info.signed_attributes.as_ref().map(|a| a.signing_certificate()) {
            let equal = |c: &Certificate| {
                reference.compare(c.as_der(), c.issuer().as_der(), c.serial()) == EssComparison::Equal
            };
            if let Some(named) = fitting.iter().find(|certificate| equal(certificate)) {
                return Some(named.clone());
            }
        }
        if fitting.is_empty() { None } else { Some(fitting.swap_remove(0)) }
    }
}

fn is_named(certificate: &Certificate, sid: &SignerIdentifier) -> bool {
    match sid {
        // Byte for byte: no signature covers the sid, so another spelling of the name is not accepted as the same.
        SignerIdentifier::IssuerAndSerial { issuer, serial } => {
            certificate.serial() == serial && certificate.issuer().as_der() == issuer
        }
        SignerIdentifier::SubjectKeyIdentifier(identifier) => {
            matches!(certificate.subject_key_id(), Ok(Some(own)) if own == *identifier)
        }
    }
}
