//! Malformed signature values made from good ones, as Wycheproof does, and round trips.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a fault here should stop the test")]

use eseal::crypto::{KeyKind, PrivateKey, SignatureBytes, Signer, VerifyError};
use proptest::prelude::*;

const SM2_N: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
const P256_N: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn integer(content: &[u8]) -> Vec<u8> {
    [&[2, content.len() as u8], content].concat()
}

fn pair(r: &[u8], s: &[u8]) -> Vec<u8> {
    let body = [integer(r), integer(s)].concat();
    [&[0x30, body.len() as u8], body.as_slice()].concat()
}

/// Contents of the two integers of a good value.
fn parts(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let middle = 4 + usize::from(der[3]);
    (der[4..middle].to_vec(), der[middle + 2..].to_vec())
}

/// a + b, big-endian, one byte longer.
fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0_u16;
    let mut out = vec![0; 33];
    for at in 0..33 {
        let digit = |number: &[u8]| number.iter().rev().nth(at).map_or(0, |byte| u16::from(*byte));
        carry += digit(a) + digit(b);
        out[32 - at] = carry as u8;
        carry >>= 8;
    }
    out
}

#[test]
fn malformed_values_are_refused() {
    for (kind, n) in [(KeyKind::Sm2, SM2_N), (KeyKind::P256, P256_N)] {
        let key = PrivateKey::from_scalar(kind, &[0x11; 32]).unwrap();
        let good = key.sign(b"message").unwrap().as_bytes().to_vec();
        let (r, s) = parts(&good);
        let n = unhex(n);
        let padded_n = [&[0], n.as_slice()].concat();
        let unsigned = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
        let minimal = |number: Vec<u8>| {
            let digits = unsigned(&number);
            if digits[0] & 0x80 != 0 { [&[0], digits.as_slice()].concat() } else { digits }
        };
        let long_form = [&[0x30, 0x81, good[1]], &good[2..]].concat();
        let indefinite = [&[0x30, 0x80], &good[2..], &[0, 0]].concat();
        let mut set = good.clone();
        set[0] = 0x31;
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("empty", Vec::new()),
            ("BER length", long_form),
            ("indefinite", indefinite),
            ("SET", set),
            ("trailing", [good.as_slice(), &[0]].concat()),
            ("cut", good[..good.len() - 1].to_vec()),
            ("leading zero of r", pair(&[&[0], r.as_slice()].concat(), &s)),
            ("leading zeros of s", pair(&r, &[&[0, 0], s.as_slice()].concat())),
            ("r = 0", pair(&[0], &s)),
            ("s = 0", pair(&r, &[0])),
            ("r = n", pair(&padded_n, &s)),
            ("s = n", pair(&r, &padded_n)),
            ("r + n", pair(&minimal(sum(&r, &n)), &s)),
            ("s + n", pair(&r, &minimal(sum(&s, &n)))),
            ("negative r", pair(&[0x80, 1], &s)),
            ("empty integer", pair(&[], &s)),
            ("one integer", [&[0x30, r.len() as u8 + 2], integer(&r).as_slice()].concat()),
            ("raw", [vec![0; 0], good[2..].to_vec()].concat()),
        ];
        let check = |value: Vec<u8>| key.public_key().verify(key.algorithm(), b"message", &SignatureBytes::new(value));
        assert_eq!(check(good.clone()), Ok(()));
        for (name, value) in cases {
            assert_eq!(check(value), Err(VerifyError::Malformed), "{kind:?} {name}");
        }
        assert_eq!(check(pair(&s, &r)), Err(VerifyError::Mismatch));
        for bit in 0..good.len() * 8 {
            let mut damaged = good.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(check(damaged).is_err(), "{kind:?} bit {bit}");
        }
    }
}

/// A key whose point begins 04 3F, as an OCTET STRING of its length would: it was refused once.
#[test]
fn a_point_that_looks_like_an_octet_string_is_a_point() {
    let scalar: [u8; 32] = [
        210, 17, 47, 3, 13, 231, 31, 249, 63, 139, 47, 185, 120, 126, 71, 128, 148, 242, 222, 122, 163, 237, 254, 109,
        224, 187, 152, 5, 67, 196, 147, 194,
    ];
    let key = PrivateKey::from_scalar(KeyKind::Sm2, &scalar).unwrap();
    assert_eq!(key.public_key().key_bits().get(..2), Some(&[0x04, 0x3F][..]));
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let keys = (0_u32..600).map(|n| {
            let mut scalar = scalar;
            scalar[4..8].copy_from_slice(&n.to_be_bytes());
            PrivateKey::from_scalar(kind, &scalar)
        });
        assert!(keys.into_iter().all(|key| key.is_ok()), "{kind:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_signed_verifies_in_any_pieces(
        scalar in proptest::array::uniform32(1_u8..0xFF), message: Vec<u8>, piece in 1_usize..64,
    ) {
        for kind in [KeyKind::Sm2, KeyKind::P256] {
            let key = PrivateKey::from_scalar(kind, &scalar).unwrap();
            let value = key.sign(&message).unwrap();
            let again = PrivateKey::from_der(key.to_pkcs8().expose()).unwrap();
            prop_assert_eq!(again.public_key(), key.public_key());
            prop_assert_eq!(again.sign(&message).unwrap(), value.clone());
            let mut hasher = key.public_key().message_hasher(key.algorithm()).unwrap();
            message.chunks(piece).for_each(|bytes| hasher.update(bytes));
            prop_assert_eq!(key.public_key().verify_digest(hasher, &value), Ok(()));
        }
    }
}
