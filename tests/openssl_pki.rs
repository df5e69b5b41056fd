//! Certificates, revocation lists and key files against the openssl command.
#![allow(clippy::unwrap_used, reason = "a test ends where a step of its making fails")]

use std::path::Path;
use std::process::{Command, Output};

use eseal::crypto::{KeyKind, PrivateKey, RandomSource, SecretBytes, Signer};
use eseal::limits::Budget;
use eseal::pki::build::{CertificateRequest, Issuer, Profile, issue};
use eseal::pki::path::{PathFailure, PathValidator, Purpose, RevocationEvidence, RevocationStatus, TrustAnchor};
use eseal::pki::{Certificate, Crl, CrlRequest, Name, RevocationReason, Revoked, pem, pkcs12};
use eseal::time::{Time, Validity};

struct System;

impl RandomSource for System {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(buffer).map_err(|_| std::io::Error::other("no random bytes"))
    }
}

struct Chain {
    root: Certificate,
    root_key: PrivateKey,
    leaf: Certificate,
}

fn at(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap()
}

fn chain(kind: KeyKind, profile: Profile) -> Chain {
    let validity = Validity { not_before: at("2020-01-01"), not_after: at("2060-01-01") };
    let root_key = PrivateKey::generate(kind, &System).unwrap();
    let leaf_key = PrivateKey::generate(kind, &System).unwrap();
    let name = Name::parse("CN=Example Root,O=Example,C=CN").unwrap();
    let subject = Name::parse("CN=示例市行政审批局,O=Example,C=CN").unwrap();
    let issuer = Issuer::own(&name, root_key.public_key());
    let request = CertificateRequest {
        subject: &name,
        public_key: root_key.public_key(),
        validity,
        profile: Profile::Authority,
        crl_url: None,
    };
    let root = issue(&request, &issuer, &root_key, &System).unwrap();
    let issuer = Issuer::holder(&root, root_key.public_key()).unwrap();
    let request = CertificateRequest {
        subject: &subject,
        public_key: leaf_key.public_key(),
        profile,
        crl_url: Some("http://ca.example/root.crl"),
        ..request
    };
    let leaf = issue(&request, &issuer, &root_key, &System).unwrap();
    Chain { root, root_key, leaf }
}

fn openssl(folder: &Path, arguments: &[&str]) -> Option<Output> {
    match Command::new("openssl").current_dir(folder).args(arguments).output() {
        Ok(output) => Some(output),
        Err(_) => {
            assert_ne!(std::env::var("ESEAL_REQUIRE").as_deref(), Ok("1"), "openssl is required");
            eprintln!("skipped: no openssl command");
            None
        }
    }
}

#[test]
fn openssl_accepts_the_chains() {
    for kind in [KeyKind::Sm2, KeyKind::P256, KeyKind::Rsa2048] {
        for profile in [Profile::SealMaker, Profile::Signer, Profile::Tsa] {
            let chain = chain(kind, profile);
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("root.pem"), pem::encode("CERTIFICATE", chain.root.as_der())).unwrap();
            std::fs::write(folder.path().join("leaf.pem"), pem::encode("CERTIFICATE", chain.leaf.as_der())).unwrap();
            let mut arguments = vec!["verify", "-x509_strict"];
            if kind == KeyKind::Sm2 {
                arguments.extend(["-vfyopt", "distid:1234567812345678"]);
            }
            arguments.extend(["-CAfile", "root.pem", "leaf.pem"]);
            let Some(output) = openssl(folder.path(), &arguments) else { return };
            assert!(output.status.success(), "{kind:?} {profile:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// A chain of P-384, made by openssl, to a subject whose name would write over the terminal.
#[test]
fn chains_of_p384_hold_under_whatever_name() {
    const CURVE: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes"];
    let folder = tempfile::tempdir().unwrap();
    let root = ["req", "-x509", "-utf8", "-sha384", "-days", "3650", "-keyout", "ca.key", "-out", "ca.pem"];
    let usage = ["-subj", "/CN=省级根/O=\"甲\"", "-addext", "keyUsage=critical,keyCertSign"];
    let Some(made) = openssl(folder.path(), &[&root[..], &CURVE, &usage].concat()) else { return };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let subject = "/CN=市\"局\"\u{1b}[31m\u{202e}x";
    let request = ["req", "-new", "-utf8", "-keyout", "end.key", "-out", "end.csr", "-subj", subject];
    assert!(openssl(folder.path(), &[&request[..], &CURVE].concat()).unwrap().status.success());
    for digest in ["-sha384", "-sha256"] {
        let sign = ["x509", "-req", "-in", "end.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
        let end = ["-days", "300", "-out", "end.pem", digest];
        assert!(openssl(folder.path(), &[&sign[..], &end].concat()).unwrap().status.success());
        let read = |name: &str| {
            let bytes = std::fs::read(folder.path().join(name)).unwrap();
            pem::certificates(&bytes).unwrap().remove(0)
        };
        let (anchor, target) = (read("ca.pem"), read("end.pem"));
        let shown = target.subject().to_string();
        assert!(shown.starts_with("CN=市\\\"局\\\"") && !shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
        let report = |target: &Certificate| {
            let (anchors, candidates) = ([TrustAnchor::new(anchor.clone())], [anchor.clone()]);
            let revocation = RevocationEvidence::default();
            let validator = PathValidator { anchors: &anchors, candidates: &candidates, revocation, policies: None };
            let time = target.validity().not_before.plus_seconds(3600);
            validator.report(target, Purpose::Any, time, &Budget::default())
        };
        assert!(report(&target).validated().is_ok(), "{digest}: {:?}", report(&target).faults());
        let mut flipped = target.as_der().to_vec();
        *flipped.last_mut().unwrap() ^= 1;
        let flipped = Certificate::from_der(&flipped).unwrap();
        assert_eq!(report(&flipped).validated().unwrap_err(), PathFailure::Signature, "{digest}");
    }
}

#[test]
fn a_path_is_judged_by_time_revocation_and_purpose() {
    let chain = chain(KeyKind::Sm2, Profile::Signer);
    let anchors = [TrustAnchor::new(chain.root.clone())];
    let validator = PathValidator { anchors: &anchors, ..PathValidator::default() };
    let now = at("2026-11-22");
    let judge = |validator: &PathValidator<'_>, purpose, time| {
        validator.validate(&chain.leaf, purpose, time, &Budget::default()).map(|path| path.revocation().to_vec())
    };
    assert_eq!(judge(&validator, Purpose::Signer, now).unwrap(), [RevocationStatus::Unknown, RevocationStatus::Anchor]);
    assert_eq!(judge(&validator, Purpose::Tsa, now), Err(PathFailure::KeyUsage));
    assert!(matches!(judge(&validator, Purpose::Signer, at("2061-01-01")), Err(PathFailure::Expired { .. })));
    assert!(matches!(judge(&validator, Purpose::Signer, at("2019-01-01")), Err(PathFailure::NotYetValid { .. })));
    assert_eq!(judge(&PathValidator::default(), Purpose::Signer, now), Err(PathFailure::NoChain));
    let issuer = Issuer::holder(&chain.root, chain.root_key.public_key()).unwrap();
    let gone = [Revoked {
        serial: chain.leaf.serial().to_vec(),
        at: at("2026-06-01"),
        reason: RevocationReason::KeyCompromise,
    }];
    let request =
        CrlRequest { number: 1, this_update: at("2026-06-02"), next_update: at("2027-01-01"), revoked: &gone };
    let crls = [Crl::issue(&request, &issuer, &chain.root_key).unwrap()];
    let validator = PathValidator { revocation: RevocationEvidence { crls: &crls, responses: &[] }, ..validator };
    assert!(matches!(judge(&validator, Purpose::Signer, now), Err(PathFailure::Revoked { .. })));
    // Before the revocation the path holds, and the report still tells of it.
    let earlier = judge(&validator, Purpose::Signer, at("2026-05-01")).unwrap();
    assert!(matches!(earlier.first(), Some(RevocationStatus::Revoked { .. })));
}

#[test]
fn a_flipped_bit_in_a_certificate_breaks_the_path() {
    let chain = chain(KeyKind::P256, Profile::Signer);
    let anchors = [TrustAnchor::new(chain.root.clone())];
    let validator = PathValidator { anchors: &anchors, ..PathValidator::default() };
    for position in (0..chain.leaf.as_der().len()).step_by(7) {
        let mut der = chain.leaf.as_der().to_vec();
        der[position] ^= 1;
        let Ok(changed) = Certificate::from_der(&der) else { continue };
        assert!(validator.validate(&changed, Purpose::Signer, at("2026-11-22"), &Budget::default()).is_err());
    }
}

#[test]
fn openssl_reads_the_revocation_list() {
    let chain = chain(KeyKind::P256, Profile::Signer);
    let issuer = Issuer::holder(&chain.root, chain.root_key.public_key()).unwrap();
    let gone = [Revoked { serial: vec![0x5A], at: at("2026-06-01"), reason: RevocationReason::Superseded }];
    let request =
        CrlRequest { number: 7, this_update: at("2026-06-02"), next_update: at("2027-01-01"), revoked: &gone };
    let crl = Crl::issue(&request, &issuer, &chain.root_key).unwrap();
    assert_eq!(crl.lookup(&[0x5A]).unwrap().reason, RevocationReason::Superseded);
    assert!(crl.is_complete());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("root.pem"), pem::encode("CERTIFICATE", chain.root.as_der())).unwrap();
    std::fs::write(folder.path().join("x.crl"), pem::encode("X509 CRL", crl.as_der())).unwrap();
    let arguments = ["crl", "-in", "x.crl", "-CAfile", "root.pem", "-noout", "-text"];
    let Some(output) = openssl(folder.path(), &arguments) else { return };
    assert!(String::from_utf8_lossy(&output.stderr).contains("verify OK"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Superseded"));
}

#[test]
fn key_files_of_openssl_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=a"];
    let Some(output) = openssl(folder.path(), &make) else { return };
    assert!(output.status.success());
    for extra in [&[][..], &["-legacy"][..]] {
        let mut arguments =
            vec!["pkcs12", "-export", "-inkey", "k.pem", "-in", "c.pem", "-out", "x.p12", "-passout", "pass:secret"];
        arguments.extend(extra);
        assert!(openssl(folder.path(), &arguments).unwrap().status.success());
        check_key_file(&std::fs::read(folder.path().join("x.p12")).unwrap(), "secret");
    }
}

#[test]
fn the_key_file_with_indefinite_lengths_is_read() {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples");
    let samples = std::env::var("ESEAL_SAMPLES").unwrap_or_else(|_| beside.to_owned());
    let Ok(bytes) = std::fs::read(Path::new(&samples).join("seals/USER.p12")) else {
        eprintln!("skipped: no samples");
        return;
    };
    check_key_file(&bytes, "777777");
}

fn check_key_file(bytes: &[u8], password: &str) {
    let file = pkcs12::read(bytes, &SecretBytes::new(password.as_bytes().to_vec())).unwrap();
    let key = file.keys.first().unwrap().public_key().key_bits().to_vec();
    assert!(file.certificates.iter().any(|one| one.public_key().unwrap().key_bits() == key));
    let wrong = pkcs12::read(bytes, &SecretBytes::new(b"other".to_vec()));
    assert!(matches!(wrong.err(), Some(pkcs12::Pkcs12Error::WrongPassword)));
}

#[test]
fn openssl_verifies_requests_for_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let subject = Name::parse("CN=示例市行政审批局,O=Example,C=CN").unwrap();
    for (kind, options) in [
        (KeyKind::P256, &[][..]),
        (KeyKind::Rsa2048, &[][..]),
        (KeyKind::Sm2, &["-vfyopt", "distid:1234567812345678"][..]),
    ] {
        let key = PrivateKey::generate(kind, &System).unwrap();
        let mut der = eseal::pki::certificate_request(&subject, &key).unwrap();
        let verify = |der: &[u8]| {
            let path = folder.path().join("request.csr");
            std::fs::write(&path, pem::encode("CERTIFICATE REQUEST", der)).unwrap();
            let words = [&["req", "-in", "request.csr", "-verify", "-noout", "-subject", "-nameopt", "utf8"], options];
            openssl(folder.path(), &words.concat())
        };
        let Some(output) = verify(&der) else { return };
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success() && text.contains("verify OK") && text.contains("示例市行政审批局"), "{text}");
        // A byte of the value: the check is one that can fail.
        let last = der.len() - 1;
        der[last] ^= 1;
        let output = verify(&der).unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(!text.contains("verify OK"), "{text}");
    }
}
