//! Distribution points of revocation lists: where a certificate says its status is published (RFC 5280 4.2.1.13), and
//! what part of the whole a list speaks for (5.2.5).

use std::ops::BitOr;

use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::extension::{self, GeneralName};
use crate::pki::name::Name;

/// Reasons of revocation, as a set of the bits of ReasonFlags (RFC 5280 4.2.1.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reasons(u16);

impl Reasons {
    /// None of them.
    pub const NONE: Reasons = Reasons(0);
    /// keyCompromise (1) to aACompromise (8); bit 0 is unused.
    pub const ALL: Reasons = Reasons(0x7F80);

    /// What is in both.
    #[must_use]
    pub fn common(self, other: Reasons) -> Reasons {
        Reasons(self.0 & other.0)
    }

    /// Whether every reason is there.
    #[must_use]
    pub fn is_all(self) -> bool {
        self == Reasons::ALL
    }

    /// ReasonFlags, `[n] IMPLICIT BIT STRING`.
    fn read(value: &Tlv<'_>) -> Result<Reasons, BerError> {
        match value.content {
            [unused @ 0..=7, bytes @ ..] => {
                let mut word = 0_u16;
                for (n, byte) in bytes.iter().take(2).enumerate() {
                    word |= u16::from(*byte) << (8 * (1 - n));
                }
                // Bits declared unused say nothing.
                let used = 16_usize.min(bytes.len() * 8).saturating_sub(usize::from(*unused).min(bytes.len() * 8));
                let mask = u16::MAX.checked_shl(16 - used as u32).unwrap_or(0);
                Ok(Reasons(word & mask).common(Reasons::ALL))
            }
            _ => Err(BerError::Content),
        }
    }
}

impl BitOr for Reasons {
    type Output = Reasons;

    fn bitor(self, other: Reasons) -> Reasons {
        Reasons(self.0 | other.0)
    }
}

/// `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RDN }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointName {
    /// Names, each for the same list.
    Full(Vec<GeneralName>),
    /// Contents of the SET of an RDN below the name of the list's issuer.
    Relative(Vec<u8>),
}

impl PointName {
    fn read(mut inside: Reader<'_>) -> Result<Self, BerError> {
        let name = match inside.peek() {
            Some(0xA0) => PointName::Full(extension::general_names_of(inside.enter(0xA0)?)?),
            Some(0xA1) => PointName::Relative(inside.expect(0xA1)?.content.to_vec()),
            _ => return Err(BerError::UnexpectedTag),
        };
        inside.end()?;
        Ok(name)
    }

    /// The names meant, where the list's issuer is `issuer`.
    #[must_use]
    pub fn names(&self, issuer: &Name) -> Vec<GeneralName> {
        match self {
            PointName::Full(names) => names.clone(),
            PointName::Relative(rdn) => issuer.with_rdn(rdn).map(GeneralName::Directory).into_iter().collect(),
        }
    }
}

/// Whether one of these names is one of those.
#[must_use]
pub fn share_a_name(some: &[GeneralName], others: &[GeneralName]) -> bool {
    some.iter().any(|one| others.iter().any(|other| is_same(one, other)))
}

fn is_same(one: &GeneralName, other: &GeneralName) -> bool {
    match (one, other) {
        (GeneralName::Directory(one), GeneralName::Directory(other)) => one.matches(other),
        // Its contents are not known.
        (GeneralName::Other(_), _) => false,
        _ => one == other,
    }
}

/// `DistributionPoint ::= SEQUENCE { distributionPoint [0] OPTIONAL, reasons [1] OPTIONAL, cRLIssuer [2] OPTIONAL }`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistributionPoint {
    /// Where the list is.
    pub name: Option<PointName>,
    /// For which reasons; `None` for all.
    pub reasons: Option<Reasons>,
    /// Who issues the list, if not the certificate's issuer.
    pub crl_issuer: Vec<GeneralName>,
}

/// cRLDistributionPoints and freshestCRL.
pub(crate) fn distribution_points(value: &[u8]) -> Result<Vec<DistributionPoint>, BerError> {
    let mut reader = Reader::new(value, Encoding::Der);
    let mut list = reader.enter(tag::SEQUENCE)?;
    reader.end()?;
    let mut points = Vec::new();
    while !list.is_empty() {
        let mut one = list.enter(tag::SEQUENCE)?;
        let mut point = DistributionPoint::default();
        if let Some(name) = one.optional(tag::context(0))? {
            point.name = Some(PointName::read(one.inside(&name)?)?);
        }
        point.reasons = one.optional(tag::context_primitive(1))?.map(|value| Reasons::read(&value)).transpose()?;
        if let Some(names) = one.optional(tag::context(2))? {
            point.crl_issuer = extension::general_names_of(one.inside(&names)?)?;
        }
        one.end()?;
        points.push(point);
    }
    Ok(points)
}

/// Which certificates a list speaks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contains {
    /// All kinds.
    #[default]
    All,
    /// onlyContainsUserCerts.
    UserCertificates,
    /// onlyContainsCACerts.
    CaCertificates,
    /// onlyContainsAttributeCerts, or several of the three at once: no public key certificate.
    Nothing,
}

/// Whether a list has entries of other issuers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Directness {
    /// Certificates of its own issuer alone.
    #[default]
    Direct,
    /// indirectCRL.
    Indirect,
}

/// `IssuingDistributionPoint` (RFC 5280 5.2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuingDistributionPoint {
    /// Its point.
    pub name: Option<PointName>,
    /// Its certificates.
    pub contains: Contains,
    /// Its reasons; `None` for all.
    pub reasons: Option<Reasons>,
    /// Its issuers.
    pub directness: Directness,
}

/// issuingDistributionPoint.
pub(crate) fn issuing_distribution_point(value: &[u8]) -> Result<IssuingDistributionPoint, BerError> {
    let mut reader = Reader::new(value, Encoding::Der);
    let mut body = reader.enter(tag::SEQUENCE)?;
    reader.end()?;
    let mut point = IssuingDistributionPoint::default();
    if let Some(name) = body.optional(tag::context(0))? {
        point.name = Some(PointName::read(body.inside(&name)?)?);
    }
    let users = flag(&mut body, 1)?;
    let authorities = flag(&mut body, 2)?;
    point.reasons = body.optional(tag::context_primitive(3))?.map(|value| Reasons::read(&value)).transpose()?;
    point.directness = if flag(&mut body, 4)? { Directness::Indirect } else { Directness::Direct };
    let attributes = flag(&mut body, 5)?;
    body.end()?;
    point.contains = match (users, authorities, attributes) {
        (false, false, false) => Contains::All,
        (true, false, false) => Contains::UserCertificates,
        (false, true, false) => Contains::CaCertificates,
        _ => Contains::Nothing,
    };
    Ok(point)
}

/// `[n] IMPLICIT BOOLEAN DEFAULT FALSE`.
fn flag(body: &mut Reader<'_>, n: u8) -> Result<bool, BerError> {
    Ok(body.optional(tag::context_primitive(n))?.is_some_and(|value| value.content != [0]))
}

#[cfg(test)]
mod tests {
    use crate::pki::Name;
    use crate::pki::distribution::{
        Contains, Directness, PointName, Reasons, distribution_points, issuing_distribution_point, share_a_name,
    };
    use crate::pki::extension::GeneralName;
    use crate::pki::write;

    #[test]
    fn a_point_has_name_reasons_and_issuer() {
        let rdn = write::sequence(&[&write::oid("2.5.4.3").unwrap(), &write::utf8("list")]);
        let issuer = Name::parse("CN=lists,C=CN").unwrap();
        let point = write::sequence(&[
            &write::explicit(0, &write::implicit_constructed(1, &rdn)),
            &write::implicit_primitive(1, &[1, 0x60]),
            &write::explicit(2, &write::explicit(4, issuer.as_der())),
        ]);
        let points = distribution_points(&write::sequence(&[&point])).unwrap();
        let point = points.first().unwrap();
        assert_eq!(point.reasons, Some(Reasons(0x6000)));
        let names = point.name.as_ref().unwrap().names(&issuer);
        assert!(share_a_name(&names, &[GeneralName::Directory(Name::parse("CN=LIST,CN=lists,C=CN").unwrap())]));
        assert!(share_a_name(&point.crl_issuer, &[GeneralName::Directory(issuer)]));
    }

    #[test]
    fn scopes_are_told_apart() {
        let scope = |parts: &[&[u8]]| issuing_distribution_point(&write::sequence(parts)).unwrap();
        let yes = |n| write::implicit_primitive(n, &[0xFF]);
        assert_eq!(scope(&[]).contains, Contains::All);
        assert_eq!(scope(&[&yes(1)]).contains, Contains::UserCertificates);
        assert_eq!(scope(&[&yes(2)]).contains, Contains::CaCertificates);
        assert_eq!(scope(&[&yes(5)]).contains, Contains::Nothing);
        assert_eq!(scope(&[&yes(1), &yes(2)]).contains, Contains::Nothing);
        let indirect = scope(&[&write::implicit_primitive(3, &[0, 0x7F, 0x80]), &yes(4)]);
        assert_eq!(indirect.directness, Directness::Indirect);
        assert!(indirect.reasons.unwrap().is_all());
        assert_eq!(scope(&[&write::implicit_primitive(3, &[5, 0x7F])]).reasons, Some(Reasons(0x6000)));
        let url = write::implicit_primitive(6, b"http://ca.example/1.crl");
        let named = scope(&[&write::explicit(0, &write::explicit(0, &url))]);
        let expected = GeneralName::Uri("http://ca.example/1.crl".to_owned());
        assert_eq!(named.name, Some(PointName::Full(vec![expected])));
    }
}
