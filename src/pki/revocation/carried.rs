//! Evidence of revocation that travels with a signature. Nothing is believed of it before it is verified; what cannot
//! be read is left aside, as if it were not there.

use crate::pki::Crl;
use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::cms::SignedData;
use crate::pki::ocsp::OcspResponse;
use crate::pki::revocation::RevocationEvidence;

/// adbe-revocationInfoArchival, a signed attribute (ISO 32000-1 12.8.3.3.2).
const ADOBE_ARCHIVAL: &str = "1.2.840.113583.1.1.8";
/// id-aa-ets-revocationValues, an unsigned attribute (RFC 5126 6.3.4).
const REVOCATION_VALUES: &str = "1.2.840.113549.1.9.16.2.24";
/// id-ri-ocsp-response (RFC 5940 2.1).
const OTHER_OCSP: &str = "1.3.6.1.5.5.7.16.2";

/// Lists and answers from a signature container, from /DSS of a PDF, or from files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarriedEvidence {
    /// Revocation lists.
    pub crls: Vec<Crl>,
    /// Answers of OCSP responders.
    pub responses: Vec<OcspResponse>,
}

impl CarriedEvidence {
    /// From the `crls` of a container (RFC 5652 10.2.1) and the attributes of its signers.
    #[must_use]
    pub fn of_signed_data(signed: &SignedData) -> Self {
        let mut all = CarriedEvidence::default();
        signed.crls.iter().for_each(|choice| all.add_choice(choice));
        for signer in &signed.signer_infos {
            let signed = signer.signed_attributes.as_ref().map(|attributes| attributes.attributes());
            for (attributes, oid) in [(signed, ADOBE_ARCHIVAL), (Some(&signer.unsigned_attributes), REVOCATION_VALUES)]
            {
                let value = attributes.and_then(|attributes| attributes.single(oid).ok().flatten());
                // A broken attribute gives what stands before the break.
                let _ = value.map(|value| all.add_values(value));
            }
        }
        all
    }

    /// Adds a list or an answer in DER, whichever it is; tells whether it is one.
    pub fn add(&mut self, der: &[u8]) -> Result<(), NotEvidence> {
        if let Ok(crl) = Crl::from_der(der) {
            self.crls.push(crl);
        } else if let Ok(response) = OcspResponse::from_der(der).or_else(|_| OcspResponse::from_basic_der(der)) {
            self.responses.push(response);
        } else {
            return Err(NotEvidence);
        }
        Ok(())
    }

    /// As the path validator takes it.
    #[must_use]
    pub fn evidence(&self) -> RevocationEvidence<'_> {
        RevocationEvidence { crls: &self.crls, responses: &self.responses }
    }

    /// With what else is at hand. Lists and answers are shared, not copied.
    #[must_use]
    pub fn joined(&self, other: RevocationEvidence<'_>) -> CarriedEvidence {
        CarriedEvidence {
            crls: other.crls.iter().chain(&self.crls).cloned().collect(),
            responses: other.responses.iter().chain(&self.responses).cloned().collect(),
        }
    }

    /// `RevocationInfoChoice ::= CHOICE { crl CertificateList, other [1] IMPLICIT OtherRevocationInfoFormat }`
    fn add_choice(&mut self, choice: &[u8]) {
        if choice.first() != Some(&tag::context(1)) {
            let _ = self.add(choice);
            return;
        }
        let other = || -> Result<Option<&[u8]>, BerError> {
            let value = Reader::only(choice, Encoding::Ber)?;
            let mut inside = Reader::new(value.content, Encoding::Ber);
            let kind = inside.expect(tag::OID)?.oid()?;
            Ok((kind == OTHER_OCSP).then_some(inside.rest()))
        };
        if let Ok(Some(der)) = other() {
            let _ = self.add(der);
        }
    }

    /// `SEQUENCE { crls [0] EXPLICIT SEQUENCE OF ..., ocsp [1] EXPLICIT SEQUENCE OF ..., ... }`, the shape of both
    /// attributes.
    fn add_values(&mut self, value: &[u8]) -> Result<(), BerError> {
        let mut reader = Reader::new(value, Encoding::Ber);
        let mut body = reader.enter(tag::SEQUENCE)?;
        for n in [0, 1] {
            let Some(explicit) = body.optional(tag::context(n))? else { continue };
            let mut list = body.inside(&explicit)?.enter(tag::SEQUENCE)?;
            while !list.is_empty() {
                let _ = self.add(list.next()?.bytes);
            }
        }
        Ok(())
    }
}

/// Neither a revocation list nor an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a revocation list nor an OCSP response")]
pub struct NotEvidence;

#[cfg(test)]
mod tests {
    use crate::crypto::{KeyKind, PrivateKey, Signer};
    use crate::pki::build::Issuer;
    use crate::pki::cms::{Family, SignedData};
    use crate::pki::revocation::CarriedEvidence;
    use crate::pki::revocation::carried::OTHER_OCSP;
    use crate::pki::{Crl, CrlRequest, Name, write};
    use crate::time::Time;

    fn crl(number: u64) -> Vec<u8> {
        let key = PrivateKey::from_scalar(KeyKind::P256, &[1; 32]).unwrap();
        let name = Name::parse("CN=lists").unwrap();
        let (this_update, next_update) = (Time::from_unix(1_700_000_000), Time::from_unix(1_800_000_000));
        let request = CrlRequest { number, this_update, next_update, revoked: &[] };
        Crl::issue(&request, &Issuer::own(&name, key.public_key()), &key).unwrap().as_der().to_vec()
    }

    /// A BasicOCSPResponse without answers; nobody verifies it here.
    fn basic() -> Vec<u8> {
        let name = Name::parse("CN=answers").unwrap();
        let produced = write::generalized_time(Time::from_unix(1_700_000_000));
        let data = write::sequence(&[&write::explicit(1, name.as_der()), &produced, &write::sequence(&[])]);
        let algorithm = write::sequence(&[&write::oid("1.2.840.10045.4.3.2").unwrap()]);
        write::sequence(&[&data, &algorithm, &write::bit_string(&[0])])
    }

    #[test]
    fn lists_and_answers_of_a_container_are_found() {
        let other = write::implicit_constructed(1, &[write::oid(OTHER_OCSP).unwrap(), basic()].concat());
        let strange = write::implicit_constructed(1, &[write::oid("1.2.3").unwrap(), basic()].concat());
        let signed = SignedData {
            family: Family::Rfc5652,
            version: 1,
            digest_algorithms: Vec::new(),
            content_type: String::new(),
            content: None,
            certificates: Vec::new(),
            crls: vec![crl(1), other, strange, vec![0x30, 0]],
            signer_infos: Vec::new(),
            facts: Vec::new(),
            length: 0,
        };
        let found = CarriedEvidence::of_signed_data(&signed);
        assert_eq!((found.crls.len(), found.responses.len()), (1, 1));
    }

    #[test]
    fn both_attributes_have_one_shape() {
        let lists = write::explicit(0, &write::sequence(&[&crl(1), &crl(2)]));
        let answers = write::explicit(1, &write::sequence(&[&basic()]));
        let mut found = CarriedEvidence::default();
        assert_eq!(found.add_values(&write::sequence(&[&lists, &answers])), Ok(()));
        assert_eq!((found.crls.len(), found.responses.len()), (2, 1));
        assert!(found.add_values(&write::octet_string(&[1])).is_err());
        let joined = found.joined(found.evidence());
        assert_eq!((joined.crls.len(), joined.responses.len()), (4, 2));
    }
}
