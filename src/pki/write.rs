//! A small writer of DER (X.690): each function gives the complete bytes of one value.
//!
//! Values are put together from the inside out: `sequence(&[&integer(1), &utf8("name")])`. What is written is small
//! (certificates, seals, signature values), so a plain vector for each value is all that is needed. Identifiers are
//! encoded by the `der` crate.

use der::asn1::{Ia5StringRef, ObjectIdentifier, PrintableStringRef};

use crate::pki::ber::tag;
use crate::time::Time;

/// Why a text cannot be written as the ASN.1 type that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Not a dotted object identifier.
    #[error("not an object identifier")]
    NotAnOid,
    /// A character outside PrintableString (X.680 41.4).
    #[error("not a PrintableString")]
    NotPrintable,
    /// A character outside IA5String, which is ASCII.
    #[error("not an IA5String")]
    NotIa5,
}

/// One value from its identifier byte and its contents, with the shortest definite length (X.690 10.1).
#[must_use]
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len().saturating_add(6));
    out.push(tag);
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|b| **b == 0).count();
    let field = length.get(zeros..).unwrap_or(&[]);
    match field {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        // At most eight bytes of length, so the count fits in seven bits.
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

/// SEQUENCE or SEQUENCE OF the values given.
#[must_use]
pub fn sequence(values: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &values.concat())
}

/// SET OF the values given, sorted as DER demands (X.690 11.6).
#[must_use]
pub fn set_of(values: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SET, &sorted(values))
}

/// Contents of a SET OF in the order of DER (X.690 11.6), for a SET that travels under another identifier.
#[must_use]
pub fn sorted(values: &[&[u8]]) -> Vec<u8> {
    let mut order = values.to_vec();
    // X.690 11.6 pads the shorter with zero bytes. No value that begins with a complete shorter one exists, so plain
    // lexicographic order is the same.
    order.sort_unstable();
    order.concat()
}

/// SET of the values in the order given, for a SET of one member or one whose order is already known.
#[must_use]
pub fn set(values: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SET, &values.concat())
}

/// INTEGER from a small number.
#[must_use]
pub fn integer(number: u64) -> Vec<u8> {
    unsigned(&number.to_be_bytes())
}

/// INTEGER from the big-endian bytes of a number that is not negative; leading zeros are dropped or added as needed.
#[must_use]
pub fn unsigned(big_endian: &[u8]) -> Vec<u8> {
    let zeros = big_endian.iter().take_while(|b| **b == 0).count();
    let digits = big_endian.get(zeros..).unwrap_or(&[]);
    let mut content = Vec::with_capacity(digits.len().saturating_add(1));
    if digits.first().is_none_or(|b| b & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    tlv(tag::INTEGER, &content)
}

/// INTEGER from its contents as they were read (two's complement, minimal), for example a serial number.
#[must_use]
pub fn integer_content(content: &[u8]) -> Vec<u8> {
    tlv(tag::INTEGER, content)
}

/// ENUMERATED.
#[must_use]
pub fn enumerated(number: u8) -> Vec<u8> {
    if number < 0x80 { tlv(0x0A, &[number]) } else { tlv(0x0A, &[0, number]) }
}

/// BOOLEAN; TRUE is 0xFF in DER (X.690 11.1). Remember that a value equal to its DEFAULT is left out (X.690 11.5).
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if value { 0xFF } else { 0 }])
}

/// NULL.
#[must_use]
pub fn null() -> Vec<u8> {
    tlv(tag::NULL, &[])
}

/// OBJECT IDENTIFIER from dotted text.
///
/// # Errors
/// [`WriteError::NotAnOid`].
pub fn oid(dotted: &str) -> Result<Vec<u8>, WriteError> {
    let arcs: Option<Vec<u128>> = dotted.split('.').map(|arc| arc.parse().ok()).collect();
    let arcs = arcs.ok_or(WriteError::NotAnOid)?;
    // X.660 A.2: below the roots 0 and 1 there are 40 arcs; arcs under 2.25 are UUIDs of 128 bits (X.667).
    let (first, second, rest) = match arcs.as_slice() {
        [first @ 0..=1, second @ 0..=39, rest @ ..] => (*first, *second, rest),
        [2, second, rest @ ..] => (2, *second, rest),
        _ => return Err(WriteError::NotAnOid),
    };
    let joined = (first * 40).checked_add(second).ok_or(WriteError::NotAnOid)?;
    let mut content = base128(joined);
    rest.iter().for_each(|arc| content.extend(base128(*arc)));
    Ok(tlv(tag::OID, &content))
}

/// A number in groups of seven bits, every byte but the last marked (X.690 8.19.2).
fn base128(number: u128) -> Vec<u8> {
    let mut groups = vec![(number & 0x7F) as u8];
    let mut rest = number >> 7;
    while rest > 0 {
        groups.push((rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    groups.reverse();
    groups
}

/// OBJECT IDENTIFIER from a constant checked at compile time (`ObjectIdentifier::new_unwrap`).
#[must_use]
pub fn object_identifier(oid: ObjectIdentifier) -> Vec<u8> {
    tlv(tag::OID, oid.as_bytes())
}

/// OCTET STRING.
#[must_use]
pub fn octet_string(bytes: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, bytes)
}

/// BIT STRING of whole bytes.
#[must_use]
pub fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &[&[0], bytes].concat())
}

/// BIT STRING of named bits, numbered as in the standard; trailing zero bits are dropped (X.690 11.2.2). Bits above 31
/// are not offered and are left out.
#[must_use]
pub fn named_bits(numbers: &[u8]) -> Vec<u8> {
    let word = numbers.iter().filter(|n| **n < 32).fold(0_u32, |word, n| word | (1 << 31) >> u32::from(*n));
    if word == 0 {
        return tlv(tag::BIT_STRING, &[0]);
    }
    let zeros = word.trailing_zeros();
    let size = 4 - (zeros / 8) as usize;
    let mut content = vec![(zeros % 8) as u8];
    content.extend(word.to_be_bytes().iter().take(size));
    tlv(tag::BIT_STRING, &content)
}

/// UTF8String.
#[must_use]
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(tag::UTF8_STRING, text.as_bytes())
}

/// PrintableString.
///
/// # Errors
/// [`WriteError::NotPrintable`].
pub fn printable(text: &str) -> Result<Vec<u8>, WriteError> {
    PrintableStringRef::new(text).map_err(|_| WriteError::NotPrintable)?;
    Ok(tlv(tag::PRINTABLE_STRING, text.as_bytes()))
}

/// IA5String.
///
/// # Errors
/// [`WriteError::NotIa5`].
pub fn ia5(text: &str) -> Result<Vec<u8>, WriteError> {
    Ia5StringRef::new(text).map_err(|_| WriteError::NotIa5)?;
    Ok(tlv(tag::IA5_STRING, text.as_bytes()))
}

/// GeneralizedTime `YYYYMMDDHHMMSSZ` (RFC 5280 4.1.2.5.2).
#[must_use]
pub fn generalized_time(time: Time) -> Vec<u8> {
    tlv(tag::GENERALIZED_TIME, time.to_generalized().as_bytes())
}

/// UTCTime `YYMMDDHHMMSSZ` (RFC 5280 4.1.2.5.1). The century is lost: the year must lie in 1950 to 2049.
#[must_use]
pub fn utc_time(time: Time) -> Vec<u8> {
    let text = time.to_generalized();
    tlv(tag::UTC_TIME, text.get(2..).unwrap_or("").as_bytes())
}

/// The time type that RFC 5280 4.1.2.5 and RFC 5652 11.3 choose: UTCTime up to 2049, GeneralizedTime from 2050.
#[must_use]
pub fn x509_time(time: Time) -> Vec<u8> {
    if (1950..2050).contains(&time.year()) { utc_time(time) } else { generalized_time(time) }
}

/// `[n] EXPLICIT`: a complete value inside a constructed context tag. `n` up to 30.
#[must_use]
pub fn explicit(n: u8, value: &[u8]) -> Vec<u8> {
    tlv(tag::context(n), value)
}

/// `[n] IMPLICIT` over a constructed type: contents alone inside a constructed context tag.
#[must_use]
pub fn implicit_constructed(n: u8, content: &[u8]) -> Vec<u8> {
    tlv(tag::context(n), content)
}

/// `[n] IMPLICIT` over a primitive type: contents alone inside a primitive context tag.
#[must_use]
pub fn implicit_primitive(n: u8, content: &[u8]) -> Vec<u8> {
    tlv(tag::context_primitive(n), content)
}

#[cfg(test)]
mod tests {
    use der::Encode;

    use crate::pki::ber::{Encoding, Reader};
    use crate::pki::write;
    use crate::time::Time;

    #[test]
    fn lengths_are_shortest() {
        for size in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let bytes = write::octet_string(&vec![7; size]);
            let value = Reader::only(&bytes, Encoding::Der).unwrap();
            assert_eq!(value.content.len(), size);
        }
    }

    #[test]
    fn integers_agree_with_the_der_crate() {
        for n in [0_u64, 1, 127, 128, 255, 256, 0x8000, u64::MAX] {
            assert_eq!(write::integer(n), n.to_der().unwrap(), "{n}");
        }
        assert_eq!(write::unsigned(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(write::unsigned(&[]), [2, 1, 0]);
    }

    #[test]
    fn named_bits_drop_trailing_zeros() {
        // keyCertSign (5) and cRLSign (6): 0000011 with one unused bit (RFC 5280 4.2.1.3).
        assert_eq!(write::named_bits(&[5, 6]), [3, 2, 1, 0x06]);
        assert_eq!(write::named_bits(&[0, 1]), [3, 2, 6, 0xC0]);
        assert_eq!(write::named_bits(&[8]), [3, 3, 7, 0, 0x80]);
        assert_eq!(write::named_bits(&[]), [3, 1, 0]);
    }

    #[test]
    fn times_choose_their_type() {
        let early = Time::parse_rfc3339("2049-12-31T23:59:59Z").unwrap();
        let late = Time::parse_rfc3339("2050-01-01T00:00:00Z").unwrap();
        assert_eq!(write::x509_time(early), b"\x17\x0D491231235959Z");
        assert_eq!(write::x509_time(late), b"\x18\x0F20500101000000Z");
    }

    #[test]
    fn what_does_not_fit_its_type_is_refused() {
        assert!(write::printable("a@b").is_err());
        assert!(write::ia5("印").is_err());
        assert!(write::oid("1").is_err());
        let uuid = "2.25.235032902720716329798596137226833132097";
        assert_eq!(Reader::only(&write::oid(uuid).unwrap(), Encoding::Der).unwrap().oid().unwrap(), uuid);
        for wrong in ["", "1.40", "3.1", "1..2", "1.a", "1.2.340282366920938463463374607431768211456"] {
            assert!(write::oid(wrong).is_err(), "{wrong}");
        }
        let oid = write::oid("1.2.156.10197.1.501").unwrap();
        assert_eq!(Reader::only(&oid, Encoding::Der).unwrap().oid().unwrap(), "1.2.156.10197.1.501");
    }

    #[test]
    fn a_set_is_sorted() {
        assert_eq!(write::set_of(&[&write::integer(2), &write::integer(1)]), [0x31, 6, 2, 1, 1, 2, 1, 2]);
    }
}
