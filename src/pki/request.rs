//! A request for a certificate (PKCS#10, RFC 2986): the subject and the public key, signed with the private one.

use crate::crypto::{SignError, Signer};
use crate::pki::{Name, write};

/// `CertificationRequest` in DER, without attributes (RFC 2986 4): what the certificate is for, its authority decides.
///
/// # Errors
/// [`SignError`].
pub fn certificate_request(subject: &Name, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    let info = write::sequence(&[
        &write::integer(0),
        subject.as_der(),
        signer.public_key().spki(),
        // attributes [0] IMPLICIT SET, empty but not absent (RFC 2986 4.1).
        &write::implicit_constructed(0, &[]),
    ]);
    let value = signer.sign(&info)?;
    Ok(write::sequence(&[&info, &signer.algorithm().identifier(), &write::bit_string(value.as_bytes())]))
}
