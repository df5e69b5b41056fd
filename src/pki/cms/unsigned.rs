//! Putting an unsigned attribute into a container that is there: no signed byte changes (RFC 5652 5.3, 11).

use crate::limits::VALUE_BYTES;
use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::cms::{CmsError, oid};
use crate::pki::write;

/// The container with a timestamp token over the value of its one signer (RFC 3161 appendix A). Every other part stays
/// byte for byte; lengths around it are DER.
///
/// # Errors
/// [`CmsError`], also where there is not exactly one signer.
pub fn with_timestamp(container: &[u8], token: &[u8]) -> Result<Vec<u8>, CmsError> {
    if container.len() as u64 > VALUE_BYTES {
        return Err(CmsError::TooLarge);
    }
    let mut outer = Reader::new(container, Encoding::Ber);
    let mut info = outer.enter(tag::SEQUENCE)?;
    outer.end()?;
    let kind = info.expect(tag::OID)?;
    let mut explicit = info.enter(tag::context(0))?;
    info.end()?;
    let mut fields = explicit.enter(tag::SEQUENCE)?;
    explicit.end()?;
    let mut members = Vec::new();
    let mut last = None;
    while !fields.is_empty() {
        members.extend(last.replace(fields.next()?).map(|value| value.bytes));
    }
    // signerInfos stands last (RFC 5652 5.1).
    let infos = last.filter(|value| value.tag == tag::SET).ok_or(BerError::UnexpectedTag)?;
    let mut infos = fields.inside(&infos)?;
    let signer = infos.expect(tag::SEQUENCE)?;
    infos.end()?;
    let signer = stamped(infos.inside(&signer)?, token)?;
    let set = write::set(&[&signer]);
    members.push(&set);
    let signed_data = write::sequence(&members);
    Ok(write::sequence(&[kind.bytes, &write::explicit(0, &signed_data)]))
}

/// SignerInfo with the attribute, its unsigned attributes sorted (X.690 11.6).
fn stamped(mut fields: Reader<'_>, token: &[u8]) -> Result<Vec<u8>, CmsError> {
    let stamp = write::oid(oid::SIGNATURE_TIME_STAMP).map_err(|_| BerError::Content)?;
    let stamp = write::sequence(&[&stamp, &write::set(&[token])]);
    let mut members = Vec::new();
    let mut attributes = vec![stamp.as_slice()];
    while !fields.is_empty() {
        let value = fields.next()?;
        // Only unsignedAttrs [1] stands behind the value.
        if value.tag == tag::context(1) && fields.is_empty() {
            let mut inside = fields.inside(&value)?;
            while !inside.is_empty() {
                attributes.push(inside.next()?.bytes);
            }
        } else {
            members.push(value.bytes);
        }
    }
    let unsigned = write::tlv(tag::context(1), &write::sorted(&attributes));
    members.push(&unsigned);
    Ok(write::sequence(&members))
}
