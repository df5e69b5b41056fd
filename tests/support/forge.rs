//! Certificates and revocation lists with whatever is in them, for tests of paths.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use eseal::crypto::{DigestAlgorithm, KeyKind, PrivateKey, Signer};
use eseal::pki::ber::tag;
use eseal::pki::extension::oid;
use eseal::pki::{Certificate, Crl, Name, write};
use eseal::time::Time;

/// 2026-11-22 06:00 UTC.
pub const NOW: i64 = 1_795_327_200;

pub fn now() -> Time {
    Time::from_unix(NOW)
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// A key known by a number.
pub fn key(kind: KeyKind, number: u8) -> PrivateKey {
    PrivateKey::from_scalar(kind, &[number; 32]).unwrap()
}

/// One extension in DER.
pub fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag = if critical { write::boolean(true) } else { Vec::new() };
    write::sequence(&[&write::oid(oid).unwrap(), &flag, &write::octet_string(value)])
}

pub fn authority() -> Vec<u8> {
    extension(oid::BASIC_CONSTRAINTS, true, &write::sequence(&[&write::boolean(true)]))
}

pub fn usage(bits: &[u8]) -> Vec<u8> {
    extension(oid::KEY_USAGE, true, &write::named_bits(bits))
}

/// certificatePolicies.
pub fn policies(dotted: &[String]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = dotted.iter().map(|one| write::sequence(&[&write::oid(one).unwrap()])).collect();
    extension(oid::CERTIFICATE_POLICIES, false, &write::tlv(tag::SEQUENCE, &all.concat()))
}

/// What a certificate says.
pub struct Wish<'a> {
    pub subject: &'a Name,
    pub issuer: &'a Name,
    pub key: &'a PrivateKey,
    pub serial: u64,
    pub days: (i64, i64),
    pub extensions: Vec<Vec<u8>>,
}

impl<'a> Wish<'a> {
    pub fn new(subject: &'a Name, issuer: &'a Name, key: &'a PrivateKey, extensions: &[Vec<u8>]) -> Self {
        Wish { subject, issuer, key, serial: 1, days: (-1000, 1000), extensions: extensions.to_vec() }
    }

    /// Signed by whatever key.
    pub fn signed_by(&self, signer: &PrivateKey) -> Certificate {
        let algorithm = signer.algorithm().identifier();
        let (from, to) = self.days;
        let validity =
            write::sequence(&[&write::x509_time(now().plus_days(from)), &write::x509_time(now().plus_days(to))]);
        let extensions = write::tlv(tag::SEQUENCE, &self.extensions.concat());
        let tbs = write::sequence(&[
            &write::explicit(0, &write::integer(2)),
            &write::integer(self.serial),
            &algorithm,
            self.issuer.as_der(),
            &validity,
            self.subject.as_der(),
            self.key.public_key().spki(),
            &write::explicit(3, &extensions),
        ]);
        let value = signer.sign(&tbs).unwrap();
        let der = write::sequence(&[&tbs, &algorithm, &write::bit_string(value.as_bytes())]);
        Certificate::from_der(&der).unwrap()
    }
}

/// A revocation list: serial numbers, each with the extensions of its entry, and extensions of its own.
pub fn list(issuer: &Name, signer: &PrivateKey, entries: &[(u64, Vec<Vec<u8>>)], extensions: &[Vec<u8>]) -> Crl {
    list_at(now().plus_days(-1), (issuer, signer), entries, extensions)
}

/// The same, issued at another time, for two days.
pub fn list_at(
    this_update: Time,
    (issuer, signer): (&Name, &PrivateKey),
    entries: &[(u64, Vec<Vec<u8>>)],
    extensions: &[Vec<u8>],
) -> Crl {
    let algorithm = signer.algorithm().identifier();
    let entries: Vec<Vec<u8>> = entries
        .iter()
        .map(|(serial, extensions)| {
            let mut parts = vec![write::integer(*serial), write::x509_time(now().plus_days(-10))];
            if !extensions.is_empty() {
                parts.push(write::tlv(tag::SEQUENCE, &extensions.concat()));
            }
            write::tlv(tag::SEQUENCE, &parts.concat())
        })
        .collect();
    let mut body = vec![
        write::integer(1),
        algorithm.clone(),
        issuer.as_der().to_vec(),
        write::x509_time(this_update),
        write::x509_time(this_update.plus_days(2)),
    ];
    if !entries.is_empty() {
        body.push(write::tlv(tag::SEQUENCE, &entries.concat()));
    }
    if !extensions.is_empty() {
        body.push(write::explicit(0, &write::tlv(tag::SEQUENCE, &extensions.concat())));
    }
    let tbs = write::tlv(tag::SEQUENCE, &body.concat());
    let value = signer.sign(&tbs).unwrap();
    Crl::from_der(&write::sequence(&[&tbs, &algorithm, &write::bit_string(value.as_bytes())])).unwrap()
}

/// authorityInfoAccess with an OCSP responder.
pub fn responder_url() -> Vec<u8> {
    let url = write::implicit_primitive(6, b"http://ocsp.example/");
    let access = write::sequence(&[&write::oid(oid::ACCESS_OCSP).unwrap(), &url]);
    extension(oid::AUTHORITY_INFO_ACCESS, false, &write::sequence(&[&access]))
}

/// extKeyUsage id-kp-OCSPSigning.
pub fn ocsp_signing() -> Vec<u8> {
    extension(oid::EXTENDED_KEY_USAGE, false, &write::sequence(&[&write::oid(oid::OCSP_SIGNING).unwrap()]))
}

/// What an OCSP responder says of one certificate: its status in DER, and from when to when.
pub struct Answer<'a> {
    pub certificate: &'a Certificate,
    pub issuer: &'a Certificate,
    pub status: Vec<u8>,
    pub this_update: Time,
    pub next_update: Option<Time>,
}

/// Status `good`.
pub fn good() -> Vec<u8> {
    write::implicit_primitive(0, &[])
}

/// Status `revoked` since a time, for a reason.
pub fn revoked(at: Time, reason: u8) -> Vec<u8> {
    let reason = write::explicit(0, &write::enumerated(reason));
    write::implicit_constructed(1, &[write::generalized_time(at), reason].concat())
}

impl Answer<'_> {
    /// The whole `OCSPResponse`, signed by a responder that names itself, with the certificates that it sends along.
    pub fn signed_by(&self, responder: &Name, signer: &PrivateKey, certificates: &[&Certificate]) -> Vec<u8> {
        let hash = DigestAlgorithm::Sha256;
        let of = |bytes: &[u8]| write::octet_string(hash.digest(bytes).as_bytes());
        let id = write::sequence(&[
            &write::sequence(&[&write::oid(hash.oid()).unwrap()]),
            &of(self.certificate.issuer().as_der()),
            &of(self.issuer.public_key().unwrap().key_bits()),
            &write::integer_content(self.certificate.serial()),
        ]);
        let next = self.next_update.map(|next| write::explicit(0, &write::generalized_time(next)));
        let single = write::sequence(&[
            &id,
            &self.status,
            &write::generalized_time(self.this_update),
            &next.unwrap_or_default(),
        ]);
        let data = write::sequence(&[
            &write::explicit(1, responder.as_der()),
            &write::generalized_time(self.this_update),
            &write::sequence(&[&single]),
        ]);
        let value = signer.sign(&data).unwrap();
        let sent: Vec<u8> = certificates.iter().flat_map(|one| one.as_der().to_vec()).collect();
        let basic = write::sequence(&[
            &data,
            &signer.algorithm().identifier(),
            &write::bit_string(value.as_bytes()),
            &write::explicit(0, &write::tlv(tag::SEQUENCE, &sent)),
        ]);
        let bytes = write::sequence(&[&write::oid(oid::OCSP_BASIC).unwrap(), &write::octet_string(&basic)]);
        write::sequence(&[&write::enumerated(0), &write::explicit(0, &bytes)])
    }
}
