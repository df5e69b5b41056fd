//! Keys and signature values both ways against the `openssl` command.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a fault here should stop the test")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use eseal::crypto::{
    DigestAlgorithm, KeyError, KeyKind, PrivateKey, PublicKey, RandomSource, SecretBytes, SignatureAlgorithm,
    SignatureBytes, Signer, VerifyError,
};

const MESSAGE: &[u8] = "电子印章 message".as_bytes();

/// SHA-256 over a counter: the same keys in every run.
struct Fixed(AtomicU64);

impl RandomSource for Fixed {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        for piece in buffer.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            let bytes = DigestAlgorithm::Sha256.digest(&count.to_le_bytes());
            piece.copy_from_slice(&bytes.as_bytes()[..piece.len()]);
        }
        Ok(())
    }
}

/// A folder of its own, with the message in it; `None` where openssl is absent.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            assert!(std::env::var_os("ESEAL_REQUIRE").is_none_or(|v| v != "1"), "no openssl");
            eprintln!("skipped: no openssl");
            return None;
        }
        let bench = Bench(tempfile::tempdir().unwrap());
        bench.write("message", MESSAGE);
        Some(bench)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn run(&self, arguments: &str) -> bool {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(Path::new(self.0.path())).output();
        let output = output.unwrap();
        if !output.status.success() {
            eprintln!("openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        }
        output.status.success()
    }

    /// Signs here and verifies there, and the other way, with the same key.
    fn both_ways(&self, key: &PrivateKey, options: &str) {
        self.write("key.pem", pem("PRIVATE KEY", key.to_pkcs8().expose()).as_bytes());
        self.write("public.pem", pem("PUBLIC KEY", key.public_key().spki()).as_bytes());
        self.write("ours", key.sign(MESSAGE).unwrap().as_bytes());
        assert!(
            self.run(&format!("pkeyutl -verify -pubin -inkey public.pem -in message -sigfile ours -rawin {options}"))
        );
        assert!(self.run(&format!("pkeyutl -sign -inkey key.pem -in message -out theirs -rawin {options}")));
        let theirs = SignatureBytes::new(self.read("theirs"));
        let (public, algorithm) = (key.public_key(), key.algorithm());
        assert_eq!(public.verify(algorithm, MESSAGE, &theirs), Ok(()), "{}", algorithm.name());
        assert_eq!(public.verify(algorithm, b"other", &theirs), Err(VerifyError::Mismatch));
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn generate(kind: KeyKind) -> PrivateKey {
    PrivateKey::generate(kind, &Fixed(AtomicU64::new(7))).unwrap()
}

#[test]
fn sm2_both_ways() {
    let Some(bench) = Bench::new() else { return };
    bench.both_ways(&generate(KeyKind::Sm2), "-digest sm3 -pkeyopt distid:1234567812345678");
}

#[test]
fn p256_both_ways() {
    let Some(bench) = Bench::new() else { return };
    bench.both_ways(&generate(KeyKind::P256), "-digest sha256");
}

#[test]
fn rsa_both_ways() {
    let Some(bench) = Bench::new() else { return };
    let key = generate(KeyKind::Rsa2048);
    bench.both_ways(&key, "-digest sha256");
    for (digest, name, salt) in [
        (DigestAlgorithm::Sha256, "sha256", 32),
        (DigestAlgorithm::Sha384, "sha384", 48),
        (DigestAlgorithm::Sha512, "sha512", 64),
    ] {
        let key = PrivateKey::from_der(key.to_pkcs8().expose()).unwrap();
        let key = key.with_algorithm(SignatureAlgorithm::RsaPss { digest, salt }).unwrap();
        bench.both_ways(&key, &format!("-digest {name} -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:{salt}"));
    }
    // Any other salt is verified, and only with that length.
    let options = "-digest sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:222";
    assert!(bench.run(&format!("pkeyutl -sign -inkey key.pem -in message -out theirs -rawin {options}")));
    let theirs = SignatureBytes::new(bench.read("theirs"));
    let pss = |salt| SignatureAlgorithm::RsaPss { digest: DigestAlgorithm::Sha256, salt };
    assert_eq!(key.public_key().verify(pss(222), MESSAGE, &theirs), Ok(()));
    assert_eq!(key.public_key().verify(pss(32), MESSAGE, &theirs), Err(VerifyError::Mismatch));
}

/// Curves that we only verify, with digests shorter and longer than the order.
#[test]
fn other_keys_verify() {
    let Some(bench) = Bench::new() else { return };
    let digests =
        [("sha1", DigestAlgorithm::Sha1), ("sha256", DigestAlgorithm::Sha256), ("sha512", DigestAlgorithm::Sha512)];
    for (curve, name) in [("P-256", "P-256"), ("P-384", "P-384"), ("P-521", "P-521")] {
        assert!(bench.run(&format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve} -out key.pem")));
        assert!(bench.run("pkey -in key.pem -pubout -outform DER -out public.der"));
        let key = PublicKey::from_spki(&bench.read("public.der")).unwrap();
        assert_eq!(key.name(), name);
        for (digest, algorithm) in digests {
            assert!(
                bench.run(&format!("pkeyutl -sign -inkey key.pem -in message -out theirs -rawin -digest {digest}"))
            );
            let theirs = SignatureBytes::new(bench.read("theirs"));
            let algorithm = SignatureAlgorithm::Ecdsa(algorithm);
            assert_eq!(key.verify(algorithm, MESSAGE, &theirs), Ok(()), "{curve} {digest}");
            assert_eq!(key.verify(algorithm, b"other", &theirs), Err(VerifyError::Mismatch));
        }
    }
    assert!(bench.run("genpkey -algorithm ED25519 -out key.pem"));
    assert!(bench.run("pkey -in key.pem -pubout -outform DER -out public.der"));
    assert!(bench.run("pkeyutl -sign -inkey key.pem -in message -out theirs -rawin"));
    let key = PublicKey::from_spki(&bench.read("public.der")).unwrap();
    let theirs = SignatureBytes::new(bench.read("theirs"));
    let mut stream = key.message_hasher(SignatureAlgorithm::Ed25519).unwrap();
    MESSAGE.chunks(5).for_each(|piece| stream.update(piece));
    assert_eq!(key.verify_digest(stream, &theirs), Ok(()));
    assert_eq!(key.verify(SignatureAlgorithm::Ed25519, b"other", &theirs), Err(VerifyError::Mismatch));
}

#[test]
fn encrypted_keys_of_openssl_are_read() {
    let Some(bench) = Bench::new() else { return };
    let password = SecretBytes::new(b"secret".to_vec());
    let wrong = SecretBytes::new(b"Secret".to_vec());
    for curve in ["SM2", "P-256"] {
        assert!(bench.run(&format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve} -out key.pem")));
        let plain = PrivateKey::from_file(&bench.read("key.pem"), None).unwrap();
        for scheme in [
            "-v2 aes-256-cbc",
            "-v2 aes-128-cbc -v2prf hmacWithSHA512",
            "-v2 des3 -v2prf hmacWithSHA1",
            "-v2 sm4-cbc",
            "-scrypt",
        ] {
            assert!(bench.run(&format!("pkcs8 -topk8 -in key.pem -out enc.pem -passout pass:secret {scheme}")));
            let file = bench.read("enc.pem");
            let key = PrivateKey::from_file(&file, Some(&password)).unwrap();
            assert_eq!(key.public_key(), plain.public_key(), "{scheme}");
            assert_eq!(PrivateKey::from_file(&file, None).unwrap_err(), KeyError::PassphraseNeeded);
            assert!(PrivateKey::from_file(&file, Some(&wrong)).is_err(), "{scheme}");
        }
    }
    assert!(bench.run("ecparam -name SM2 -genkey -out sec1.pem"));
    assert_eq!(PrivateKey::from_file(&bench.read("sec1.pem"), None).unwrap().public_key().name(), "SM2");
    assert!(bench.run("genrsa -traditional -out rsa.pem 2048"));
    assert_eq!(PrivateKey::from_file(&bench.read("rsa.pem"), None).unwrap().public_key().name(), "RSA-2048");
}

#[test]
fn explicit_curves_of_openssl_are_refused() {
    let Some(bench) = Bench::new() else { return };
    let explicit = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit -out key.pem";
    assert!(bench.run(explicit));
    assert!(bench.run("pkey -in key.pem -pubout -outform DER -out public.der"));
    assert!(matches!(PublicKey::from_spki(&bench.read("public.der")), Err(KeyError::Unsupported(_))));
    assert!(PrivateKey::from_file(&bench.read("key.pem"), None).is_err());
}
