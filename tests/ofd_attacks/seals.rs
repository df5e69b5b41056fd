//! 49 to 67: the seal and its signature.

use eseal::crypto::DigestAlgorithm;
use eseal::pki::write as w;
use eseal::seal::{HolderList, Seal};
use eseal::time::Validity;

use crate::case::Wanted::{Doubt, Failed};
use crate::case::{Case, On, Stage, case};
use crate::forge::{SEAL, Ses, VALUE, XML, forged, reworded};
use crate::world::{NOW, SIGNED, World, time};

/// The package sealed with another seal, Seal.esl and all.
fn with_seal(s: &Stage<'_>, seal: &Seal) -> Vec<u8> {
    let der = seal.as_der().to_vec();
    forged(s, |zip| zip.put(SEAL, &der), |ses| ses.seal = der.clone())
}

/// The parts of the seal: eSealInfo, cert, signAlgID, signedValue.
fn seal_parts(world: &World) -> [Vec<u8>; 4] {
    let seal = &world.seal;
    [
        seal.signed_bytes().to_vec(),
        w::octet_string(seal.maker_certificate()),
        w::oid(seal.algorithm()).unwrap(),
        w::bit_string(seal.signed_value()),
    ]
}

/// The package with a seal put together by hand.
fn with_seal_der(s: &Stage<'_>, parts: [Vec<u8>; 4]) -> Vec<u8> {
    let der = w::sequence(&[&parts[0], &parts[1], &parts[2], &parts[3]]);
    forged(s, |zip| zip.put(SEAL, &der), |ses| ses.seal = der.clone())
}

fn value_only<'w>(s: &Stage<'w>, change: impl FnOnce(&mut Ses<'w>)) -> Vec<u8> {
    forged(s, |_| (), change)
}

pub fn cases() -> Vec<Case> {
    let mut all = bindings();
    all.extend(times());
    all.extend(forms());
    all
}

fn bindings() -> Vec<Case> {
    vec![
        case(
            49,
            "dataHash over another Signature.xml",
            On::Once,
            |s| {
                value_only(s, |ses| {
                    ses.hash = w::bit_string(DigestAlgorithm::Sm3.digest(b"another").as_bytes());
                })
            },
            Failed("SES_DATAHASH"),
        ),
        case(
            49,
            "dataHash by SHA-256",
            On::Once,
            |s| {
                let xml = s.zip.get(XML);
                value_only(s, |ses| ses.hash = w::bit_string(DigestAlgorithm::Sha256.digest(&xml).as_bytes()))
            },
            Failed("SES_DATAHASH"),
        ),
        case(
            49,
            "Signature.xml changed",
            On::Open,
            |s| s.with(|zip| zip.edit(XML, "ProviderName=\"eseal\"", "ProviderName=\"Eseal\"")),
            Failed("HASH_FAILURE"),
        ),
        case(
            50,
            "propertyInfo names another file",
            On::Once,
            |s| {
                value_only(s, |ses| {
                    ses.property = w::ia5("/Doc_0/Signs/Sign_1/Signature.xml").unwrap();
                })
            },
            Failed("PROPERTY_INFO_MISMATCH"),
        ),
        case(
            50,
            "propertyInfo is empty",
            On::Once,
            |s| value_only(s, |ses| ses.property = w::ia5("").unwrap()),
            Failed("PROPERTY_INFO_MISMATCH"),
        ),
        case(
            51,
            "Seal.esl is another seal",
            On::Once,
            |s| {
                let other = s.world.seal_with(|request| request.number = "X".to_owned());
                forged(s, |zip| zip.put(SEAL, other.as_der()), |_| ())
            },
            Failed("SEAL_MISMATCH"),
        ),
        case(
            51,
            "Seal.esl was changed",
            On::Once,
            |s| {
                s.with(|zip| {
                    let mut seal = zip.get(SEAL);
                    seal[100] ^= 1;
                    zip.put(SEAL, &seal);
                })
            },
            Failed("SEAL_MISMATCH"),
        ),
        case(
            51,
            "Seal.esl is missing",
            On::Once,
            |s| s.with(|zip| drop(zip.remove(SEAL))),
            Failed("REFERENCE_MISSING"),
        ),
        case(
            52,
            "a signer whom the seal does not list",
            On::Once,
            |s| {
                let seal = s.world.seal_with(|request| {
                    request.holders = HolderList::Certificates(vec![s.world.root.certificate.clone()]);
                });
                with_seal(s, &seal)
            },
            Failed("CERT_NOT_IN_SEAL"),
        ),
        case(
            53,
            "a list of digests that are others",
            On::Once,
            |s| {
                let seal = s.world.seal_with(|request| {
                    request.holders = HolderList::Digests(vec![s.world.root.certificate.clone()], DigestAlgorithm::Sm3);
                });
                with_seal(s, &seal)
            },
            Failed("CERT_NOT_IN_SEAL"),
        ),
        case(
            54,
            "the maker's value is zero",
            On::Once,
            |s| {
                let mut parts = seal_parts(s.world);
                parts[3] = w::bit_string(&w::sequence(&[&w::integer(0), &w::integer(0)]));
                with_seal_der(s, parts)
            },
            Failed("SEAL_SIGNATURE"),
        ),
        case(
            54,
            "the seal's title was changed",
            On::Once,
            |s| {
                let mut parts = seal_parts(s.world);
                let at = parts[0].windows(9).position(|bytes| bytes == b"Test seal").unwrap();
                parts[0][at] = b'B';
                with_seal_der(s, parts)
            },
            Failed("SEAL_SIGNATURE"),
        ),
        case(
            54,
            "the maker's value is that of the signer",
            On::Once,
            |s| {
                let mut parts = seal_parts(s.world);
                parts[3] =
                    w::bit_string(eseal::crypto::Signer::sign(&s.world.signer.key, &parts[0]).unwrap().as_bytes());
                with_seal_der(s, parts)
            },
            Failed("SEAL_SIGNATURE"),
        ),
        case(
            55,
            "a maker whom nobody trusts",
            On::Once,
            |s| {
                // The same names, other keys below another root of the same name.
                let key = eseal::crypto::PrivateKey::from_scalar(s.world.kind, &[0x55; 32]).unwrap();
                let maker = crate::keys::self_signed(&key, "Maker");
                let mut parts = seal_parts(s.world);
                parts[1] = w::octet_string(maker.as_der());
                parts[3] = w::bit_string(eseal::crypto::Signer::sign(&key, &parts[0]).unwrap().as_bytes());
                with_seal_der(s, parts)
            },
            Doubt("NO_CERTIFICATE_CHAIN_FOUND"),
        ),
    ]
}

fn times() -> Vec<Case> {
    vec![
        case(
            56,
            "the seal had expired",
            On::Once,
            |s| {
                let seal = s.world.seal_with(|request| {
                    request.validity =
                        Validity { not_before: time(NOW).plus_days(-30), not_after: time(SIGNED).plus_seconds(-1) };
                });
                with_seal(s, &seal)
            },
            Failed("SEAL_EXPIRED"),
        ),
        case(
            57,
            "the seal had not begun",
            On::Once,
            |s| {
                let seal = s.world.seal_with(|request| request.validity.not_before = time(SIGNED).plus_seconds(1));
                with_seal(s, &seal)
            },
            Failed("SEAL_NOT_YET_VALID"),
        ),
        case(
            57,
            "the signer's certificate had ended",
            On::Once,
            |s| {
                let key = &s.world.signer.key;
                let period =
                    Validity { not_before: time(NOW).plus_days(-10), not_after: time(SIGNED).plus_seconds(-1) };
                let ended = s.world.issue(
                    "Signer",
                    eseal::crypto::Signer::public_key(key),
                    period,
                    eseal::pki::build::Profile::Signer,
                );
                let seal = s.world.seal_with(|request| request.holders = HolderList::Certificates(vec![ended.clone()]));
                let der = seal.as_der().to_vec();
                forged(
                    s,
                    |zip| zip.put(SEAL, &der),
                    |ses| {
                        ses.seal = der.clone();
                        ses.certificate = w::octet_string(ended.as_der());
                    },
                )
            },
            Failed("EXPIRED"),
        ),
        case(
            58,
            "two times, six minutes apart",
            On::Once,
            |s| {
                value_only(s, |ses| {
                    ses.time = w::generalized_time(time(SIGNED).plus_seconds(-360));
                })
            },
            Doubt("TIME_CONFLICT"),
        ),
        case(
            58,
            "a SignatureDateTime that is no time",
            On::Once,
            |s| {
                let text = s.zip.text(XML);
                let (_, rest) = text.split_once("<ofd:SignatureDateTime>").unwrap();
                let (stated, _) = rest.split_once('<').unwrap();
                reworded(s, stated, "yesterday", |_| ())
            },
            Doubt("TIME_CONFLICT"),
        ),
    ]
}

/// Definite lengths in a longer form than needed: BER, not DER.
fn long_length(der: Vec<u8>) -> Vec<u8> {
    let (tag, content) = (der[0], &der[der.len() - content_length(&der)..]);
    let mut out = vec![tag, 0x84];
    out.extend_from_slice(&(content.len() as u32).to_be_bytes());
    out.extend_from_slice(content);
    out
}

fn content_length(der: &[u8]) -> usize {
    match der[1] {
        short if short < 0x80 => usize::from(short),
        long => der[2..2 + usize::from(long & 0x7F)].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
    }
}

fn forms() -> Vec<Case> {
    vec![
        case(
            59,
            "SM2 key under the name of ECDSA",
            On::Once,
            |s| {
                reworded(s, "1.2.156.10197.1.501", "1.2.840.10045.4.3.2", |ses| {
                    ses.algorithm = w::oid("1.2.840.10045.4.3.2").unwrap();
                })
            },
            Failed("ALGORITHM_CONFUSION"),
        ),
        case(
            59,
            "SM2 key under the name of RSA",
            On::Once,
            |s| value_only(s, |ses| ses.algorithm = w::oid("1.2.840.113549.1.1.11").unwrap()),
            Failed("ALGORITHM_CONFUSION"),
        ),
        case(
            59,
            "the maker's SM2 key under the name of ECDSA",
            On::Once,
            |s| {
                let mut parts = seal_parts(s.world);
                parts[2] = w::oid("1.2.840.10045.4.3.2").unwrap();
                with_seal_der(s, parts)
            },
            Failed("SEAL_SIGNATURE"),
        ),
        case(
            60,
            "Signature.xml names ECDSA",
            On::Once,
            |s| reworded(s, "1.2.156.10197.1.501", "1.2.840.10045.4.3.2", |_| ()),
            Failed("ALGORITHM_CONFUSION"),
        ),
        case(
            60,
            "Signature.xml of a plain signature names ECDSA",
            On::Signed,
            |s| reworded(s, "1.2.156.10197.1.501", "1.2.840.10045.4.3.2", |_| ()),
            Failed("ALGORITHM_CONFUSION"),
        ),
        case(
            61,
            "an empty value",
            On::Once,
            |s| value_only(s, |ses| ses.bits = |_| w::bit_string(&[])),
            Failed("FORMAT_FAILURE"),
        ),
        case(
            61,
            "a BIT STRING without even its first byte",
            On::Once,
            |s| value_only(s, |ses| ses.bits = |_| w::tlv(3, &[])),
            Failed("FORMAT_FAILURE"),
        ),
        case(
            61,
            "an empty dataHash",
            On::Once,
            |s| value_only(s, |ses| ses.hash = w::bit_string(&[])),
            Failed("FORMAT_FAILURE"),
        ),
        case(
            61,
            "an empty value of the maker",
            On::Once,
            |s| {
                let mut parts = seal_parts(s.world);
                parts[3] = w::bit_string(&[]);
                with_seal_der(s, parts)
            },
            Failed("FORMAT_FAILURE"),
        ),
        case(
            62,
            "unused bits in the value",
            On::Once,
            |s| value_only(s, |ses| ses.bits = |value| w::tlv(3, &[&[1], value].concat())),
            Failed("FORMAT_FAILURE"),
        ),
        case(
            62,
            "unused bits in dataHash",
            On::Once,
            |s| {
                value_only(s, |ses| {
                    let at = 2;
                    ses.hash[at] = 3;
                })
            },
            Failed("FORMAT_FAILURE"),
        ),
        case(63, "version 0", On::Once, |s| value_only(s, |ses| ses.version = w::integer(0)), Failed("FORMAT_FAILURE")),
        case(
            63,
            "version 99",
            On::Once,
            |s| value_only(s, |ses| ses.version = w::integer(99)),
            Failed("FORMAT_FAILURE"),
        ),
        case(
            63,
            "version -1",
            On::Once,
            |s| value_only(s, |ses| ses.version = w::tlv(2, &[0xFF])),
            Failed("FORMAT_FAILURE"),
        ),
        case(
            64,
            "toSign in BER, signed in DER",
            On::Once,
            |s| value_only(s, |ses| ses.stored = long_length),
            Failed("NON_DER"),
        ),
        case(
            64,
            "dataHash in BER, signed so",
            On::Once,
            |s| {
                value_only(s, |ses| {
                    ses.hash = long_length(ses.hash.clone());
                })
            },
            Failed("NON_DER"),
        ),
        case(
            65,
            "bytes after SES_Signature",
            On::Once,
            |s| value_only(s, |ses| ses.tail = vec![0]),
            Failed("FORMAT_FAILURE"),
        ),
        case(
            65,
            "a second SES_Signature after the first",
            On::Once,
            |s| {
                let again = s.zip.get(VALUE);
                value_only(s, |ses| ses.tail = again)
            },
            Failed("FORMAT_FAILURE"),
        ),
        case(
            65,
            "bytes after a value of GB/T 35275",
            On::Signed,
            |s| {
                s.with(|zip| {
                    let mut value = zip.get(VALUE);
                    value.push(0);
                    zip.put(VALUE, &value);
                })
            },
            Failed("FORMAT_FAILURE"),
        ),
        case(
            66,
            "nested 10 000 deep",
            On::Open,
            |s| {
                s.with(|zip| {
                    let mut value = Vec::new();
                    for _ in 0..10_000 {
                        value = w::sequence(&[&value]);
                    }
                    zip.put(VALUE, &value);
                })
            },
            Failed("FORMAT_FAILURE"),
        ),
        case(
            66,
            "a seal nested 10 000 deep",
            On::Once,
            |s| {
                let mut seal = Vec::new();
                for _ in 0..10_000 {
                    seal = w::sequence(&[&seal]);
                }
                value_only(s, |ses| ses.seal = seal)
            },
            Failed("FORMAT_FAILURE"),
        ),
        case(
            67,
            "a length of 1 GiB in 100 bytes",
            On::Open,
            |s| {
                s.with(|zip| {
                    let mut value = vec![0x30, 0x84, 0x40, 0, 0, 0];
                    value.resize(100, 0x30);
                    zip.put(VALUE, &value);
                })
            },
            Failed("FORMAT_FAILURE"),
        ),
        case(
            67,
            "a length of 1 GiB inside",
            On::Once,
            |s| {
                value_only(s, |ses| {
                    ses.hash = [&[0x03, 0x84, 0x40, 0, 0, 0][..], &[0; 40]].concat();
                })
            },
            Failed("FORMAT_FAILURE"),
        ),
        case(67, "an empty SignedValue.dat", On::Open, |s| s.with(|zip| zip.put(VALUE, b"")), Failed("FORMAT_FAILURE")),
    ]
}
