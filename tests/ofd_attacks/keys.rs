//! 68 to 72: values, keys and certificates.

use eseal::crypto::{DigestAlgorithm, PrivateKey, PublicKey, Signer};
use eseal::pki::write as w;
use eseal::pki::{Certificate, Name};
use eseal::seal::HolderList;

use rsa::signature::hazmat::PrehashSigner as _;

use crate::case::Wanted::{Doubt, Failed};
use crate::case::{Case, On, Stage, case};
use crate::forge::{SEAL, Ses, VALUE, XML, forged};
use crate::world::{Numbers, SIGNED, World, long, time};

/// Order of the SM2 curve (GM/T 0003.5).
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x72, 0x03, 0xDF,
    0x6B, 0x21, 0xC6, 0x05, 0x2B, 0x53, 0xBB, 0xF4, 0x09, 0x39, 0xD5, 0x41, 0x23,
];

/// What a certificate made by hand says.
pub struct Plan<'a> {
    pub subject: &'a str,
    pub spki: &'a [u8],
    /// Numbers of the bits of keyUsage.
    pub usages: &'a [u8],
    pub issuer: &'a Name,
}

/// A certificate with nothing but keyUsage in its extensions.
pub fn certificate(plan: &Plan<'_>, key: &dyn Signer) -> Certificate {
    let algorithm = key.algorithm().identifier();
    let tbs = tbs(plan, &algorithm);
    let value = key.sign(&tbs).unwrap();
    assembled(&tbs, &algorithm, value.as_bytes())
}

fn tbs(plan: &Plan<'_>, algorithm: &[u8]) -> Vec<u8> {
    let usage =
        w::sequence(&[&w::oid("2.5.29.15").unwrap(), &w::boolean(true), &w::octet_string(&w::named_bits(plan.usages))]);
    let subject = Name::parse(&format!("CN={},O=Test,C=CN", plan.subject)).unwrap();
    let validity = long();
    w::sequence(&[
        &w::explicit(0, &w::integer(2)),
        &w::integer(0x4711),
        algorithm,
        plan.issuer.as_der(),
        &w::sequence(&[&w::x509_time(validity.not_before), &w::x509_time(validity.not_after)]),
        subject.as_der(),
        plan.spki,
        &w::explicit(3, &w::sequence(&[&usage])),
    ])
}

fn assembled(tbs: &[u8], algorithm: &[u8], value: &[u8]) -> Certificate {
    Certificate::from_der(&w::sequence(&[tbs, algorithm, &w::bit_string(value)])).unwrap()
}

/// A certificate that its own key signed.
pub fn self_signed(key: &PrivateKey, subject: &str) -> Certificate {
    let issuer = Name::parse(&format!("CN={subject},O=Test,C=CN")).unwrap();
    certificate(&Plan { subject, spki: key.public_key().spki(), usages: &[0, 1], issuer: &issuer }, key)
}

fn value_only<'w>(s: &Stage<'w>, change: impl FnOnce(&mut Ses<'w>)) -> Vec<u8> {
    forged(s, |_| (), change)
}

/// The package with a value made like this from the honest r and s.
fn with_value(s: &Stage<'_>, make: fn([u8; 32], [u8; 32]) -> Vec<u8>) -> Vec<u8> {
    let key = &s.world.signer.key;
    value_only(s, |ses| {
        ses.sign = Box::new(move |tbs| {
            let value = key.sign(tbs).unwrap();
            let (r, s) = integers(value.as_bytes());
            make(r, s)
        });
    })
}

/// r and s of a value in DER.
fn integers(der: &[u8]) -> ([u8; 32], [u8; 32]) {
    let mut out = [[0; 32]; 2];
    let mut at = 2;
    for number in &mut out {
        let length = usize::from(der[at + 1]);
        let digits = &der[at + 2..at + 2 + length];
        let digits = if digits[0] == 0 { &digits[1..] } else { digits };
        number[32 - digits.len()..].copy_from_slice(digits);
        at += 2 + length;
    }
    (out[0], out[1])
}

fn pair(r: &[u8], s: &[u8]) -> Vec<u8> {
    w::sequence(&[&w::unsigned(r), &w::unsigned(s)])
}

/// a + b or a - b, as numbers of 33 bytes.
fn sum(a: &[u8], b: &[u8], minus: bool) -> Vec<u8> {
    let wide = |number: &[u8]| [&vec![0; 33 - number.len()][..], number].concat();
    let (a, b) = (wide(a), wide(b));
    let mut out = vec![0; 33];
    let mut carry = 0_i32;
    for at in (0..33).rev() {
        let other = if minus { -i32::from(b[at]) } else { i32::from(b[at]) };
        let digit = i32::from(a[at]) + other + carry;
        out[at] = digit.rem_euclid(256) as u8;
        carry = digit.div_euclid(256);
    }
    out
}

/// Signs with the signer's scalar under another identifier.
fn sm2_sign(id: &str, tbs: &[u8]) -> Vec<u8> {
    use sm2::dsa::signature::Signer as _;
    let key = sm2::dsa::SigningKey::new(id, &sm2::SecretKey::from_slice(&[0x33; 32]).unwrap()).unwrap();
    let value: sm2::dsa::Signature = key.sign(tbs);
    let raw = value.to_bytes();
    pair(&raw[..32], &raw[32..])
}

/// Signs a bare digest.
fn sm2_sign_bare(tbs: &[u8]) -> Vec<u8> {
    use sm2::dsa::signature::hazmat::PrehashSigner as _;
    let id = "1234567812345678";
    let key = sm2::dsa::SigningKey::new(id, &sm2::SecretKey::from_slice(&[0x33; 32]).unwrap()).unwrap();
    let value: sm2::dsa::Signature = key.sign_prehash(DigestAlgorithm::Sm3.digest(tbs).as_bytes()).unwrap();
    let raw = value.to_bytes();
    pair(&raw[..32], &raw[32..])
}

/// A seal and a signature by a certificate with these usages.
fn with_usages(s: &Stage<'_>, usages: &[u8]) -> Vec<u8> {
    let signer = &s.world.signer.key;
    let issuer = s.world.root.certificate.subject();
    let plan = Plan { subject: "Signer", spki: signer.public_key().spki(), usages, issuer };
    with_certificate(s, certificate(&plan, &s.world.root.key), |_| ())
}

/// A seal that lists a certificate, and a signature that carries it.
fn with_certificate<'w>(s: &Stage<'w>, holder: Certificate, change: impl FnOnce(&mut Ses<'w>)) -> Vec<u8> {
    let seal = s.world.seal_with(|request| request.holders = HolderList::Certificates(vec![holder.clone()]));
    let der = seal.as_der().to_vec();
    forged(
        s,
        |zip| zip.put(SEAL, &der),
        |ses| {
            ses.seal = der.clone();
            ses.certificate = w::octet_string(holder.as_der());
            change(ses);
        },
    )
}

/// SM2 with all parameters of the curve written out (X9.62 6.2).
fn explicit_curve(key: &PublicKey) -> Vec<u8> {
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let p = hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF");
    let a = hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC");
    let b = hex("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93");
    let g = hex(
        "0432C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0",
    );
    let field = w::sequence(&[&w::oid("1.2.840.10045.1.1").unwrap(), &w::unsigned(&p)]);
    let curve = w::sequence(&[&w::octet_string(&a), &w::octet_string(&b)]);
    let parameters =
        w::sequence(&[&w::integer(1), &field, &curve, &w::octet_string(&g), &w::unsigned(&ORDER), &w::integer(1)]);
    let algorithm = w::sequence(&[&w::oid("1.2.840.10045.2.1").unwrap(), &parameters]);
    w::sequence(&[&algorithm, &w::bit_string(key.key_bits())])
}

/// An RSA key of this size, always the same.
fn rsa_key(bits: usize) -> rsa::RsaPrivateKey {
    struct Fixed(Numbers);
    impl rsa::rand_core::TryRng for Fixed {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            let mut bytes = [0; 4];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u32::from_le_bytes(bytes))
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            let mut bytes = [0; 8];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u64::from_le_bytes(bytes))
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            eseal::crypto::RandomSource::fill(&self.0, bytes).unwrap();
            Ok(())
        }
    }
    impl rsa::rand_core::TryCryptoRng for Fixed {}
    rsa::RsaPrivateKey::new_with_exp(&mut Fixed(Numbers::new(99)), bits, 65_537_u64.into()).unwrap()
}

/// A seal signature by an RSA key of this size with this digest.
fn by_rsa(s: &Stage<'_>, bits: usize, oid: &'static str) -> Vec<u8> {
    use rsa::pkcs8::EncodePublicKey as _;
    let key = rsa_key(bits);
    let spki = key.to_public_key().to_public_key_der().unwrap().into_vec();
    let issuer = s.world.root.certificate.subject();
    let holder = certificate(&Plan { subject: "Signer", spki: &spki, usages: &[0, 1], issuer }, &s.world.root.key);
    let sha1 = oid == "1.2.840.113549.1.1.5";
    let digest = if sha1 { DigestAlgorithm::Sha1 } else { DigestAlgorithm::Sha256 };
    let mut zip = s.zip();
    zip.edit(XML, "1.2.156.10197.1.501", oid);
    let seal = s.world.seal_with(|request| request.holders = HolderList::Certificates(vec![holder.clone()]));
    zip.put(SEAL, seal.as_der());
    crate::forge::rereference(&mut zip, XML);
    let mut ses = Ses::new(s.world, &zip.get(XML), XML);
    ses.seal = seal.as_der().to_vec();
    ses.certificate = w::octet_string(holder.as_der());
    ses.algorithm = w::oid(oid).unwrap();
    ses.hash = w::bit_string(digest.digest(&zip.get(XML)).as_bytes());
    ses.sign = Box::new(move |tbs| {
        let hash = digest.digest(tbs);
        if sha1 {
            rsa::pkcs1v15::SigningKey::<sha1::Sha1>::new(key.clone())
                .sign_prehash(hash.as_bytes())
                .map(Box::<[u8]>::from)
                .unwrap()
                .to_vec()
        } else {
            rsa::pkcs1v15::SigningKey::<sha2::Sha256>::new(key.clone())
                .sign_prehash(hash.as_bytes())
                .map(Box::<[u8]>::from)
                .unwrap()
                .to_vec()
        }
    });
    zip.put(VALUE, &ses.der());
    zip.build()
}

pub fn cases() -> Vec<Case> {
    let mut all = values();
    all.extend(certificates());
    all
}

fn values() -> Vec<Case> {
    const WRONG: crate::case::Wanted = Failed("SIG_CRYPTO_FAILURE");
    vec![
        case(68, "r is 0", On::Once, |s| with_value(s, |_, s| pair(&[0], &s)), WRONG),
        case(68, "s is 0", On::Once, |s| with_value(s, |r, _| pair(&r, &[0])), WRONG),
        case(68, "both are 0", On::Once, |s| with_value(s, |_, _| pair(&[0], &[0])), WRONG),
        case(68, "r is the order", On::Once, |s| with_value(s, |_, s| pair(&ORDER, &s)), WRONG),
        case(68, "r + n in place of r", On::Once, |s| with_value(s, |r, s| pair(&sum(&r, &ORDER, false), &s)), WRONG),
        case(68, "s + n in place of s", On::Once, |s| with_value(s, |r, s| pair(&r, &sum(&s, &ORDER, false))), WRONG),
        case(
            68,
            "r is negative",
            On::Once,
            |s| with_value(s, |r, s| w::sequence(&[&w::tlv(2, &[&[0x80], &r[1..]].concat()), &w::unsigned(&s)])),
            WRONG,
        ),
        case(68, "t is 0", On::Once, |s| with_value(s, |r, _| pair(&r, &sum(&ORDER, &r, true))), WRONG),
        case(68, "r and s changed places", On::Once, |s| with_value(s, |r, s| pair(&s, &r)), WRONG),
        case(
            68,
            "a third integer",
            On::Once,
            |s| with_value(s, |r, s| w::sequence(&[&w::unsigned(&r), &w::unsigned(&s), &w::integer(1)])),
            WRONG,
        ),
        case(68, "raw 64 bytes of zero", On::Once, |s| with_value(s, |_, _| vec![0; 64]), WRONG),
        case(
            69,
            "an empty identifier",
            On::Once,
            |s| value_only(s, |ses| ses.sign = Box::new(|tbs| sm2_sign("", tbs))),
            WRONG,
        ),
        case(
            69,
            "another identifier",
            On::Once,
            |s| value_only(s, |ses| ses.sign = Box::new(|tbs| sm2_sign("ALICE123@YAHOO.COM", tbs))),
            WRONG,
        ),
        case(69, "no Z", On::Once, |s| value_only(s, |ses| ses.sign = Box::new(sm2_sign_bare)), WRONG),
        case(
            69,
            "no Z in a bare value",
            On::Signed,
            |s| {
                let mut zip = s.zip();
                let value = sm2_sign_bare(&zip.get(XML));
                zip.put(VALUE, &value);
                zip.build()
            },
            Doubt("NO_SIGNING_CERTIFICATE_FOUND"),
        ),
        case(
            69,
            "no Z in GB/T 35275 without attributes",
            On::Signed,
            |s| {
                let mut zip = s.zip();
                let value = form_a(s.world, &zip.get(XML), sm2_sign_bare);
                zip.put(VALUE, &value);
                zip.build()
            },
            WRONG,
        ),
        case(
            69,
            "another identifier in GB/T 35275",
            On::Signed,
            |s| {
                let mut zip = s.zip();
                let value =
                    form_a(s.world, &zip.get(XML), |xml| sm2_sign("", DigestAlgorithm::Sm3.digest(xml).as_bytes()));
                zip.put(VALUE, &value);
                zip.build()
            },
            WRONG,
        ),
    ]
}

/// GB/T 35275 without attributes: the digest of Signature.xml as content, and a value made like this.
fn form_a(world: &World, xml: &[u8], sign: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let sm3 = w::sequence(&[&w::oid("1.2.156.10197.1.401").unwrap()]);
    let certificate = &world.signer.certificate;
    let info = w::sequence(&[
        &w::integer(1),
        &w::sequence(&[certificate.issuer().as_der(), &w::integer_content(certificate.serial())]),
        &sm3,
        &w::sequence(&[&w::oid("1.2.156.10197.1.301.1").unwrap()]),
        &w::octet_string(&sign(xml)),
    ]);
    let digest = DigestAlgorithm::Sm3.digest(xml);
    let content = w::explicit(0, &w::octet_string(digest.as_bytes()));
    let data = w::sequence(&[
        &w::integer(1),
        &w::set(&[&sm3]),
        &w::sequence(&[&w::oid("1.2.156.10197.6.1.4.2.1").unwrap(), &content]),
        &w::implicit_constructed(0, certificate.as_der()),
        &w::set(&[&info]),
    ]);
    w::sequence(&[&w::oid("1.2.156.10197.6.1.4.2.2").unwrap(), &w::explicit(0, &data)])
}

fn certificates() -> Vec<Case> {
    vec![
        case(
            70,
            "a certificate for encryption",
            On::Once,
            |s| with_usages(s, &[2, 3, 4]),
            Doubt("CHAIN_CONSTRAINTS_FAILURE"),
        ),
        case(
            70,
            "a certificate for certificates",
            On::Once,
            |s| with_usages(s, &[5, 6]),
            Doubt("CHAIN_CONSTRAINTS_FAILURE"),
        ),
        case(
            70,
            "a plain signature by a certificate for encryption",
            On::Signed,
            |s| {
                let signer = &s.world.signer.key;
                let issuer = s.world.root.certificate.subject();
                let plan = Plan { subject: "Signer", spki: signer.public_key().spki(), usages: &[2, 3], issuer };
                let holder = certificate(&plan, &s.world.root.key);
                let mut zip = s.zip();
                let form = eseal::signature::Form::Ofd { signing_time: time(SIGNED) };
                let builder = eseal::signature::SignatureBuilder::new(holder, Vec::new(), form).unwrap();
                let digest = builder.digest_algorithm().digest(&zip.get(XML));
                let value = builder.document_digest(&digest).unwrap().sign(signer).unwrap();
                zip.put(VALUE, &value);
                zip.build()
            },
            Doubt("CHAIN_CONSTRAINTS_FAILURE"),
        ),
        case(
            72,
            "explicit parameters of the curve",
            On::Once,
            |s| {
                let spki = explicit_curve(s.world.signer.key.public_key());
                let issuer = s.world.root.certificate.subject();
                let plan = Plan { subject: "Signer", spki: &spki, usages: &[0, 1], issuer };
                with_certificate(s, certificate(&plan, &s.world.root.key), |_| ())
            },
            Doubt("CRYPTO_CONSTRAINTS_FAILURE"),
        ),
        case(
            72,
            "RSA-1024",
            On::Once,
            |s| by_rsa(s, 1024, "1.2.840.113549.1.1.11"),
            Doubt("CRYPTO_CONSTRAINTS_FAILURE"),
        ),
        case(72, "SHA-1", On::Once, |s| by_rsa(s, 2048, "1.2.840.113549.1.1.5"), Doubt("CRYPTO_CONSTRAINTS_FAILURE")),
    ]
}
