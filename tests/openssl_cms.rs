//! What is made here is verified by the openssl command: P-256 and RSA. OpenSSL 3.0 takes SM2 in CMS only with an empty
//! identifier, so SM2 is left to the other suites.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;
use std::process::Command;

use eseal::crypto::PrivateKey;
use eseal::pki::Certificate;
use eseal::signature::{DocumentDigests, Form, Profile, SignatureBuilder, Unverified};
use eseal::time::Time;

mod support;

#[test]
fn openssl_verifies_what_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, key) in [
        ("p256", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        ("rsa", ["-newkey", "rsa:2048", "-sha256", "-utf8"]),
    ] {
        let (key_file, certificate_file) = (format!("{name}.key"), format!("{name}.pem"));
        #[rustfmt::skip]
        let made = openssl(folder, &[
            &["req", "-x509", "-nodes", "-subj", "/CN=Signer/O=Example/C=CN", "-days", "30", "-keyout", &key_file,
              "-out", &certificate_file], &key[..],
        ].concat());
        if made.is_none() {
            return support::skip("no openssl command");
        }
        let der_file = format!("{name}.der");
        openssl(folder, &["x509", "-in", &certificate_file, "-outform", "DER", "-out", &der_file]).unwrap();
        let certificate = Certificate::from_der(&std::fs::read(folder.join(&der_file)).unwrap()).unwrap();
        let key = PrivateKey::from_file(&std::fs::read(folder.join(&key_file)).unwrap(), None).unwrap();
        let signing_time = Time::from_unix(1_795_000_000);
        for (form, profile) in [(Form::Pdf, Profile::Pades), (Form::File { signing_time }, Profile::File)] {
            let document = b"line one\nline two\r\n";
            std::fs::write(folder.join("document"), document).unwrap();
            let builder = SignatureBuilder::new(certificate.clone(), Vec::new(), form).unwrap();
            let bound = builder.upper_bound().unwrap();
            let digest = builder.digest_algorithm().digest(document);
            let value = builder.document_digest(&digest).unwrap().sign(&key).unwrap();
            assert!(value.len() <= bound);
            std::fs::write(folder.join("value"), &value).unwrap();
            assert_eq!(verify(folder, &certificate_file), Some(true), "{name} {form:?}");
            let unverified = Unverified::read(&value, profile, &[]);
            let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, document));
            assert!(outcome.verified().is_some(), "{name} {:?}", outcome.checks());
            std::fs::write(folder.join("document"), b"changed").unwrap();
            assert_eq!(verify(folder, &certificate_file), Some(false));
        }
    }
}

#[test]
fn what_openssl_makes_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let document = b"a document\n";
    std::fs::write(folder.join("document"), document).unwrap();
    #[rustfmt::skip]
    let made = openssl(folder, &["req", "-x509", "-nodes", "-subj", "/CN=Signer", "-days", "30", "-keyout", "key",
        "-out", "certificate", "-newkey", "rsa:2048"]);
    if made.is_none() {
        return support::skip("no openssl command");
    }
    let variants: [&[&str]; 5] =
        [&[], &["-noattr"], &["-keyid"], &["-cades"], &["-keyopt", "rsa_padding_mode:pss", "-md", "sha384"]];
    for extra in variants {
        let sign = ["cms", "-sign", "-binary", "-in", "document", "-signer", "certificate", "-inkey", "key"];
        openssl(folder, &[&sign[..], &["-outform", "DER", "-out", "value"], extra].concat()).unwrap();
        let value = std::fs::read(folder.join("value")).unwrap();
        let profile = if extra == ["-cades"] { Profile::Pades } else { Profile::File };
        let unverified = Unverified::read(&value, profile, &[]);
        let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, document));
        assert!(outcome.verified().is_some(), "{extra:?} {:?}", outcome.checks());
        let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, b"another\n"));
        assert!(outcome.verified().is_none(), "{extra:?}");
    }
}

fn verify(folder: &Path, certificate: &str) -> Option<bool> {
    #[rustfmt::skip]
    let arguments = ["cms", "-verify", "-inform", "DER", "-in", "value", "-content", "document", "-binary", "-CAfile",
        certificate, "-purpose", "any", "-out", "verified"];
    let status = Command::new("openssl").current_dir(folder).args(arguments).output().ok()?.status;
    Some(status.success())
}

/// Runs openssl; `None` where there is no such command.
fn openssl(folder: &Path, arguments: &[&str]) -> Option<()> {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().ok()?;
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(())
}
