//! Which container a signature value is, told by its content and not by the name that a document gives it.

use crate::pki::ber::{Encoding, Reader, tag};
use crate::pki::cms::oid;

/// A kind of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Container {
    /// RFC 5652 `SignedData`.
    Cms,
    /// SES_Signature of GM/T 0031-2014.
    SesV1,
    /// SES_Signature of GB/T 38540-2020.
    SesV4,
    /// SES_Signature of GM/T 0031-2025.
    SesV5,
    /// `SignedData` of GB/T 35275, formerly GM/T 0010.
    Gbt35275,
    /// A bare signature value.
    Raw,
    /// None of these.
    Unknown,
}

impl Container {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Container::Cms => "cms",
            Container::SesV1 => "ses-v1",
            Container::SesV4 => "ses-v4",
            Container::SesV5 => "ses-v5",
            Container::Gbt35275 => "gbt35275",
            Container::Raw => "raw",
            Container::Unknown => "unknown",
        }
    }
}

/// Tells the container. What follows the value is not looked at; whether the value is sound is not judged.
#[must_use]
pub fn detect(bytes: &[u8]) -> Container {
    match structured(bytes) {
        Some(container) => container,
        // r || s of 32 bytes each, as some makers store SM2 values.
        None if bytes.len() == 64 => Container::Raw,
        None => Container::Unknown,
    }
}

fn structured(bytes: &[u8]) -> Option<Container> {
    let mut outer = Reader::new(bytes, Encoding::Ber);
    let value = outer.next().ok()?;
    // A PKCS#1 value as adbe.x509.rsa_sha1 stores it (ISO 32000-1 12.8.3.2).
    if value.tag == tag::OCTET_STRING {
        return Some(Container::Raw);
    }
    if value.tag != tag::SEQUENCE {
        return None;
    }
    let mut fields = outer.inside(&value).ok()?;
    let first = fields.next().ok()?;
    match first.tag {
        tag::OID => match first.oid().ok()?.as_str() {
            oid::SIGNED_DATA => Some(Container::Cms),
            oid::GM_SIGNED_DATA => Some(Container::Gbt35275),
            _ => None,
        },
        tag::INTEGER => {
            let second = fields.next().ok()?;
            (second.tag == tag::INTEGER && fields.is_empty()).then_some(Container::Raw)
        }
        tag::SEQUENCE => {
            let mut tbs = fields.inside(&first).ok()?;
            let version = tbs.expect(tag::INTEGER).ok()?.unsigned().ok()?;
            tbs.expect(tag::SEQUENCE).ok()?;
            seal_signature(version, fields)
        }
        _ => None,
    }
}

/// SES_Signature has two members in V1; in V4 and V5 four, or five with a timestamp. V4 and V5 differ by the version.
fn seal_signature(version: u64, mut rest: Reader<'_>) -> Option<Container> {
    let mut members = 1_u8;
    while !rest.is_empty() && members < 6 {
        rest.next().ok()?;
        members += 1;
    }
    match (members, version) {
        (2, _) => Some(Container::SesV1),
        (4 | 5, 5) => Some(Container::SesV5),
        (4 | 5, _) => Some(Container::SesV4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::signature::{Container, detect};

    #[test]
    fn a_bare_value_is_raw_and_rubbish_is_unknown() {
        assert_eq!(detect(&[0x30, 6, 2, 1, 1, 2, 1, 1]), Container::Raw);
        assert_eq!(detect(&[0xAB; 64]), Container::Raw);
        assert_eq!(detect(&[0xAB; 63]), Container::Unknown);
        assert_eq!(detect(&[]), Container::Unknown);
        assert_eq!(detect(&[0x30, 0x03, 0x06, 0x01, 0x2A]), Container::Unknown);
    }
}
