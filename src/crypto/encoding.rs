//! The little DER that this room writes, and the strict reading of the pair (r, s).
//!
//! Reading elsewhere in the room is done by the crate `der`; `pki` lies above this room.

use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode, Reader as _, SliceReader};

pub(crate) const TAG_INTEGER: u8 = 0x02;
pub(crate) const TAG_BIT_STRING: u8 = 0x03;
pub(crate) const TAG_OCTET_STRING: u8 = 0x04;
pub(crate) const TAG_NULL: u8 = 0x05;
pub(crate) const TAG_OID: u8 = 0x06;
pub(crate) const TAG_SEQUENCE: u8 = 0x30;

/// One DER value (X.690 8.1, 10.1).
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    if let Some(length) = u8::try_from(content.len()).ok().filter(|length| *length < 0x80) {
        out.push(length);
    } else {
        let bytes = content.len().to_be_bytes();
        let digits: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        // At most eight bytes, so the cast loses nothing.
        out.push(0x80 | digits.len().to_le_bytes().first().copied().unwrap_or(0));
        out.extend_from_slice(&digits);
    }
    out.extend_from_slice(content);
    out
}

/// Contents of an OBJECT IDENTIFIER of the tables of this room; empty for text that is none.
pub(crate) fn oid_value(oid: &str) -> Vec<u8> {
    ObjectIdentifier::new(oid).map(|oid| oid.as_bytes().to_vec()).unwrap_or_default()
}

/// Strict DER `SEQUENCE { r INTEGER, s INTEGER }` (GB/T 35276 7.3, RFC 3279 2.2.3) to a fixed-size `r || s` with
/// `size` bytes for each: shortest lengths, no padding, no sign, nothing behind. The range 1 .. n-1 is checked by the
/// curve.
pub(crate) fn read_pair(der: &[u8], size: usize) -> Option<Vec<u8>> {
    let pair = <der::asn1::AnyRef<'_> as Decode>::from_der(der).ok()?;
    if der.first() != Some(&TAG_SEQUENCE) {
        return None;
    }
    let mut reader = SliceReader::new(pair.value()).ok()?;
    let r: UintRef<'_> = reader.decode().ok()?;
    let s: UintRef<'_> = reader.decode().ok()?;
    if !reader.is_finished() {
        return None;
    }
    let mut out = Vec::with_capacity(size * 2);
    for number in [r.as_bytes(), s.as_bytes()] {
        let padding = size.checked_sub(number.len())?;
        out.resize(out.len() + padding, 0);
        out.extend_from_slice(number);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use crate::crypto::encoding::{read_pair, tlv};

    #[test]
    fn lengths_are_the_shortest() {
        assert_eq!(tlv(4, &[])[..], [4, 0]);
        assert_eq!(tlv(4, &[0; 127])[..2], [4, 127]);
        assert_eq!(tlv(4, &[0; 128])[..3], [4, 0x81, 128]);
        assert_eq!(tlv(4, &[0; 256])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn only_strict_pairs_are_read() {
        assert_eq!(read_pair(&[0x30, 6, 2, 1, 1, 2, 1, 2], 2), Some(vec![0, 1, 0, 2]));
        let bad: [&[u8]; 9] = [
            &[],
            &[0x30, 0x81, 6, 2, 1, 1, 2, 1, 2],
            &[0x30, 0x80, 2, 1, 1, 2, 1, 2, 0, 0],
            &[0x30, 6, 2, 1, 1, 2, 1, 2, 0],
            &[0x30, 7, 2, 2, 0, 1, 2, 1, 2],
            &[0x30, 6, 2, 1, 0x81, 2, 1, 2],
            &[0x30, 8, 2, 1, 1, 2, 1, 2, 5, 0],
            &[0x31, 6, 2, 1, 1, 2, 1, 2],
            &[0x30, 8, 2, 3, 1, 2, 3, 2, 1, 2],
        ];
        for der in bad {
            assert_eq!(read_pair(der, 2), None, "{der:02x?}");
        }
    }
}
