//! A signer for tests: a fixed key and a certificate around it.
#![allow(unreachable_pub, clippy::unwrap_used)]

use eseal::crypto::{KeyKind, PrivateKey, Signer};
use eseal::pki::{Certificate, write};
use eseal::time::Time;

/// When the certificate begins, and when tests sign.
pub const TIME: i64 = 1_795_000_000;

/// Who signs in a test.
pub struct Maker {
    pub key: PrivateKey,
    pub certificate: Certificate,
}

/// A key and a certificate for it; the certificate's own signature is not looked at in this room.
pub fn maker(kind: KeyKind) -> Maker {
    let key = PrivateKey::from_scalar(kind, &[0x17; 32]).unwrap();
    let name =
        write::sequence(&[&write::set(&[&write::sequence(&[&write::oid("2.5.4.3").unwrap(), &write::utf8("Maker")])])]);
    let algorithm = key.algorithm().identifier();
    let validity = write::sequence(&[
        &write::x509_time(Time::from_unix(TIME)),
        &write::x509_time(Time::from_unix(TIME).plus_days(365)),
    ]);
    let tbs = write::sequence(&[
        &write::explicit(0, &write::integer(2)),
        &write::integer(0x1234_5678),
        &algorithm,
        &name,
        &validity,
        &name,
        key.public_key().spki(),
    ]);
    let value = key.sign(&tbs).unwrap();
    let der = write::sequence(&[&tbs, &algorithm, &write::bit_string(value.as_bytes())]);
    Maker { certificate: Certificate::from_der(&der).unwrap(), key }
}
