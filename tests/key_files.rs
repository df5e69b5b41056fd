//! Keys and certificates from elsewhere: files that openssl makes, that CFCA hands out, and double certificates.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a fault here should stop the test")]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use eseal::crypto::{KeyKind, PrivateKey, SecretBytes, Signer, open_enveloped};
use eseal::pki::ber::{Encoding, Reader, tag};
use eseal::pki::key_material::{self, FileKind, KeyMaterial, MaterialError, MaterialFault};
use eseal::pki::{pem, write};
use serde_json::Value;
use support::skip;

const WORD: &str = "秘密 pass";

/// A folder with keys and certificates that openssl made; `None` where there is no openssl.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            skip("no openssl");
            return None;
        }
        let bench = Bench(tempfile::tempdir().unwrap());
        for (name, kind) in [
            ("sm2", "EC -pkeyopt ec_paramgen_curve:SM2"),
            ("p256", "EC -pkeyopt ec_paramgen_curve:P-256"),
            ("p384", "EC -pkeyopt ec_paramgen_curve:P-384"),
            ("rsa", "RSA"),
        ] {
            bench.openssl(&format!("genpkey -algorithm {kind} -out {name}.pem"));
            bench.openssl(&format!("req -x509 -new -key {name}.pem -subj /CN={name} -out {name}.crt"));
        }
        Some(bench)
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).env("WORD", WORD).current_dir(self.0.path()).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn eseal(&self, arguments: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
        command.args(arguments.split(' ')).current_dir(self.0.path());
        command.env("ESEAL_STORE", self.0.path().join("store")).env("ESEAL_KEY_FILE", self.0.path().join("store-key"));
        command.env("LC_ALL", "C").output().unwrap()
    }

    fn done(&self, arguments: &str) -> String {
        let output = self.eseal(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// It ends with that status and names that reason.
    fn refused(&self, arguments: &str, status: i32, reason: &str) {
        let output = self.eseal(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments}: {said}");
        assert!(said.contains(&format!("[{reason}]")), "{arguments}: {said}");
    }
}

fn secret(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

fn error(result: Result<KeyMaterial, MaterialError>) -> MaterialError {
    result.err().unwrap()
}

/// A certs-only SignedData with the identifiers of GM/T 0010 and lengths that are indefinite (X.690 8.1.3.6).
fn gm(bytes: &[u8]) -> Vec<u8> {
    let signed = eseal::pki::cms::SignedData::read(bytes).unwrap();
    let data = write::sequence(&[&write::oid("1.2.156.10197.6.1.4.2.1").unwrap()]);
    let certificates = write::implicit_constructed(0, &signed.certificates.concat());
    let inner = [write::integer(1), write::set(&[]), data, certificates, write::set(&[])].concat();
    let oid = write::oid("1.2.156.10197.6.1.4.2.2").unwrap();
    [&[0x30, 0x80], oid.as_slice(), &[0xA0, 0x80, 0x30, 0x80], &inner, &[0; 6]].concat()
}

/// Every recipe of the table, with the right password, a wrong one and none; then with every eighth byte damaged.
#[test]
fn files_of_every_kind_are_read() {
    let Some(bench) = Bench::new() else { return };
    let table: toml::Table = include_str!("data/key_files.toml").parse().unwrap();
    let cases = table["file"].as_array().unwrap();
    assert!(cases.len() >= 29);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        case["run"].as_array().unwrap().iter().for_each(|run| bench.openssl(run.as_str().unwrap()));
        let mut bytes = bench.read("x");
        if case.get("gm").is_some() {
            bytes = gm(&bytes);
        }
        let result = key_material::read(&bytes, Some(&secret(WORD)));
        if let Some(refused) = case.get("refused") {
            assert_eq!(error(result).to_string(), refused.as_str().unwrap(), "{name}");
            continue;
        }
        let encrypted = case.get("encrypted").is_some();
        let password = secret(if encrypted { WORD } else { "" });
        let found = key_material::read(&bytes, Some(&password)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let keys: Vec<String> = found.keys.iter().map(|key| key.public_key().name()).collect();
        let wanted = case.get("keys").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        assert_eq!(keys, wanted.iter().map(|key| key.as_str().unwrap()).collect::<Vec<_>>(), "{name}");
        let certificates = case.get("certificates").and_then(toml::Value::as_integer).unwrap_or_default();
        assert_eq!(found.certificates.len() as i64, certificates, "{name}");
        for key in &found.keys {
            let value = key.sign(b"message").unwrap();
            assert!(key.public_key().verify(key.algorithm(), b"message", &value).is_ok(), "{name}");
        }
        if encrypted {
            assert_eq!(error(key_material::read(&bytes, None)).fault, MaterialFault::PasswordNeeded, "{name}");
            let wrong = error(key_material::read(&bytes, Some(&secret("wrong"))));
            assert_eq!(wrong.fault, MaterialFault::PasswordWrong, "{name}");
        }
        for at in (0..bytes.len()).step_by(bytes.len() / 40) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x15;
            // No panic; and what is read all the same are whole keys and certificates.
            let _ = key_material::read(&damaged, None);
            let _ = key_material::read(&bytes[..at], None);
        }
    }
}

/// A file of the test CA of CFCA; the password is printed with it.
#[test]
fn the_file_of_cfca_is_read() {
    let text = include_bytes!("data/cfca-test.sm2");
    let found = key_material::read(text, Some(&secret("123456"))).unwrap();
    let (key, certificate) = (&found.keys[0], &found.certificates[0]);
    assert_eq!(certificate.public_key().unwrap().key_bits(), key.public_key().key_bits());
    assert!(certificate.subject().to_string().contains("CFCA TEST OCA1"));
    let digits: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let digits = String::from_utf8(digits).unwrap();
    let der = pem::blocks(format!("-----BEGIN CFCA KEY-----\n{digits}\n-----END CFCA KEY-----\n").as_bytes()).unwrap();
    let der = der[0].bytes.clone();
    assert_eq!(key_material::read(&der, Some(&secret("123456"))).unwrap().keys.len(), 1);
    let fault = |password: Option<&str>| {
        let error = error(key_material::read(&der, password.map(secret).as_ref()));
        assert_eq!(error.kind, FileKind::CfcaSm2);
        error.fault
    };
    assert_eq!(fault(Some("123457")), MaterialFault::PasswordWrong);
    assert_eq!(fault(Some("")), MaterialFault::PasswordNeeded);
    assert_eq!(fault(None), MaterialFault::PasswordNeeded);
    for at in 0..der.len() {
        let mut damaged = der.clone();
        damaged[at] ^= 0x40;
        if let Ok(found) = key_material::read(&damaged, Some(&secret("123456"))) {
            // What is still read is a pair that belongs together.
            assert_eq!(found.keys[0].public_key().key_bits(), key.public_key().key_bits(), "{at}");
        }
        let _ = key_material::read(&der[..at], Some(&secret("123456")));
    }
}

/// RFC 9579: openssl derives the key and computes the code, since it cannot write such a file before 3.4.
#[test]
fn pbmac1_is_checked() {
    let Some(bench) = Bench::new() else { return };
    bench.openssl("pkcs12 -export -nomac -inkey p256.pem -in p256.crt -passout pass:word -out x");
    let bytes = bench.read("x");
    let mut fields = Reader::new(&bytes, Encoding::Der).enter(tag::SEQUENCE).unwrap();
    let version = fields.next().unwrap().bytes;
    let safe = fields.next().unwrap().bytes;
    let mut info = Reader::new(safe, Encoding::Der).enter(tag::SEQUENCE).unwrap();
    info.next().unwrap();
    bench.write("safe", info.enter(tag::context(0)).unwrap().next().unwrap().content);
    bench.openssl("kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt pass:word -kdfopt hexsalt:0102030405060708 -kdfopt iter:2048 -binary -out key PBKDF2");
    let key: String = bench.read("key").iter().map(|byte| format!("{byte:02x}")).collect();
    bench.openssl(&format!("dgst -sha512 -mac HMAC -macopt hexkey:{key} -binary -out code safe"));
    let oid = |dotted: &str| write::oid(dotted).unwrap();
    let file = |length: u64, prf: &str, code: &[u8]| {
        let salt = write::octet_string(&[1, 2, 3, 4, 5, 6, 7, 8]);
        let prf = write::sequence(&[&oid(prf), &write::null()]);
        let parameters = write::sequence(&[&salt, &write::integer(2048), &write::integer(length), &prf]);
        let pbkdf2 = write::sequence(&[&oid("1.2.840.113549.1.5.12"), &parameters]);
        let hmac = write::sequence(&[&oid("1.2.840.113549.2.11"), &write::null()]);
        let algorithm = write::sequence(&[&oid("1.2.840.113549.1.5.14"), &write::sequence(&[&pbkdf2, &hmac])]);
        let info = write::sequence(&[&algorithm, &write::octet_string(code)]);
        let mac = write::sequence(&[&info, &write::octet_string(b"NOT USED"), &write::integer(1)]);
        write::sequence(&[version, safe, &mac])
    };
    let sha256 = "1.2.840.113549.2.9";
    let code = bench.read("code");
    let good = file(32, sha256, &code);
    assert_eq!(key_material::read(&good, Some(&secret("word"))).unwrap().keys.len(), 1);
    let fault = |file: &[u8], word: &str| error(key_material::read(file, Some(&secret(word)))).fault;
    assert_eq!(fault(&good, "Word"), MaterialFault::PasswordWrong);
    assert_eq!(fault(&file(32, "1.2.840.113549.2.10", &code), "word"), MaterialFault::PasswordWrong);
    assert_eq!(fault(&file(32, sha256, &[0; 64]), "word"), MaterialFault::PasswordWrong);
    assert!(matches!(fault(&file(16, sha256, &code), "word"), MaterialFault::Unsupported(_)));
}

/// Two thousand million rounds, in each place that names rounds: refused before they are run.
#[test]
fn key_derivation_has_a_limit() {
    let oid = |dotted: &str| write::oid(dotted).unwrap();
    let rounds = write::integer(0x7FFF_FFFF);
    let salt = write::octet_string(&[1; 8]);
    let pbkdf2 = write::sequence(&[&oid("1.2.840.113549.1.5.12"), &write::sequence(&[&salt, &rounds])]);
    let aes = write::sequence(&[&oid("2.16.840.1.101.3.4.1.42"), &write::octet_string(&[2; 16])]);
    let pbes2 = write::sequence(&[&oid("1.2.840.113549.1.5.13"), &write::sequence(&[&pbkdf2, &aes])]);
    let old = write::sequence(&[&oid("1.2.840.113549.1.12.1.3"), &write::sequence(&[&salt, &rounds])]);
    let text = write::octet_string(&[3; 64]);
    for scheme in [&pbes2, &old] {
        let error = error(key_material::read(&write::sequence(&[scheme, &text]), Some(&secret("x"))));
        assert_eq!(error.kind, FileKind::EncryptedPkcs8);
        assert!(matches!(error.fault, MaterialFault::Unsupported(_)), "{error}");
    }
    let data = write::explicit(0, &write::octet_string(&write::sequence(&[])));
    let safe = write::sequence(&[&oid("1.2.840.113549.1.7.1"), &data]);
    let hmac = write::sequence(&[&oid("1.2.840.113549.2.9")]);
    let pbmac1 = write::sequence(&[&oid("1.2.840.113549.1.5.14"), &write::sequence(&[&pbkdf2, &hmac])]);
    let sha256 = write::sequence(&[&oid("2.16.840.1.101.3.4.2.1")]);
    for algorithm in [&pbmac1, &sha256] {
        let info = write::sequence(&[algorithm, &write::octet_string(&[4; 32])]);
        let mac = write::sequence(&[&info, &salt, &rounds]);
        let file = write::sequence(&[&write::integer(3), &safe, &mac]);
        let error = error(key_material::read(&file, Some(&secret("x"))));
        assert_eq!((error.kind, error.fault), (FileKind::Pkcs12, MaterialFault::TooCostly));
    }
}

#[test]
fn other_key_files_are_named() {
    let ssh = b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    assert_eq!(error(key_material::read(ssh, None)).kind, FileKind::OpenSsh);
    let java = [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2];
    assert_eq!(error(key_material::read(&java, None)).kind, FileKind::JavaKeyStore);
    for bytes in [&b""[..], b"text", b"0", b"0\x80", b"-----BEGIN A", &[0x30; 4000]] {
        assert!(key_material::read(bytes, None).is_err());
    }
}

/// An SM2 key enveloped to another by openssl: `SM2EnvelopedKey` (GB/T 35276 7.4).
fn envelope(bench: &Bench, inside: &PrivateKey, scalar: &[u8], to: &PrivateKey) -> Vec<u8> {
    bench.write("to.pem", pem::encode("PRIVATE KEY", to.to_pkcs8().expose()));
    bench.write("session", b"0123456789abcdef");
    bench.write("scalar", scalar);
    bench.openssl("pkeyutl -encrypt -inkey to.pem -in session -out session.enc");
    let key = "30313233343536373839616263646566";
    bench.openssl(&format!("enc -sm4-ecb -nopad -K {key} -in scalar -out scalar.enc"));
    let algorithm = write::sequence(&[&write::oid("1.2.156.10197.1.104.1").unwrap(), &write::null()]);
    let point = write::bit_string(inside.public_key().key_bits());
    let encrypted = write::bit_string(&bench.read("scalar.enc"));
    write::sequence(&[&algorithm, &bench.read("session.enc"), &point, &encrypted])
}

#[test]
fn an_enveloped_key_opens_with_its_key_alone() {
    let Some(bench) = Bench::new() else { return };
    let key = |byte: u8| PrivateKey::from_scalar(KeyKind::Sm2, &[byte; 32]).unwrap();
    let der = envelope(&bench, &key(7), &[7; 32], &key(5));
    assert_eq!(open_enveloped(&key(5), &der).unwrap().public_key(), key(7).public_key());
    assert!(open_enveloped(&key(6), &der).is_err());
    // Another key than the structure says.
    assert!(open_enveloped(&key(5), &envelope(&bench, &key(7), &[8; 32], &key(5))).is_err());
    for at in 0..der.len() {
        let mut damaged = der.clone();
        damaged[at] ^= 0x21;
        if let Ok(opened) = open_enveloped(&key(5), &damaged) {
            assert_eq!(opened.public_key(), key(7).public_key(), "{at}");
        }
        assert!(open_enveloped(&key(5), &der[..at]).is_err(), "{at}");
    }
}

/// Signing and encryption certificate of one holder by one CA, made by openssl.
fn double(bench: &Bench) -> (PrivateKey, PrivateKey) {
    let (sign, encrypt) = ([5; 32], [7; 32]);
    let keys = [sign, encrypt].map(|scalar| PrivateKey::from_scalar(KeyKind::Sm2, &scalar).unwrap());
    bench.write("sign.key", pem::encode("PRIVATE KEY", keys[0].to_pkcs8().expose()));
    bench.write("encrypt.key", pem::encode("PRIVATE KEY", keys[1].to_pkcs8().expose()));
    for (name, usage) in [("sign", "digitalSignature"), ("encrypt", "keyEncipherment,dataEncipherment,keyAgreement")] {
        bench.openssl(&format!("req -new -key {name}.key -subj /CN=Office/O=Example -out {name}.csr"));
        bench.write("usage", format!("keyUsage=critical,{usage}\n"));
        bench.openssl(&format!(
            "x509 -req -in {name}.csr -CA sm2.crt -CAkey sm2.pem -CAcreateserial -extfile usage -out {name}.cer"
        ));
    }
    bench.write("enveloped.key", envelope(bench, &keys[1], &encrypt, &keys[0]));
    let [sign, encrypt] = keys;
    (sign, encrypt)
}

fn shown(bench: &Bench, name: &str) -> Value {
    serde_json::from_str(&bench.done(&format!("cert show {name} --format json"))).unwrap()
}

#[test]
fn double_certificates_are_kept_together_and_the_signing_one_signs() {
    let Some(bench) = Bench::new() else { return };
    double(&bench);
    bench.write("note", "text");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/notice.pdf"), bench.0.path().join("a.pdf")).unwrap();
    bench.done("init");
    // In whatever order the files are named, with the key enveloped or plain, and out of one PKCS#12 file.
    bench.openssl(
        "crl2pkcs7 -nocrl -certfile encrypt.cer -certfile sm2.crt -certfile sign.cer -outform DER -out all.p7b",
    );
    bench.openssl("pkcs12 -export -inkey sign.key -in sign.cer -passout env:WORD -out sign.p12");
    bench.write("word", WORD);
    for (name, files) in [
        ("one", "sign.cer encrypt.cer enveloped.key sm2.crt --key sign.key"),
        ("two", "encrypt.cer sign.cer sm2.crt encrypt.key --key sign.key"),
        ("three", "all.p7b enveloped.key --key sign.key"),
        ("four", "sign.p12 encrypt.cer enveloped.key --password-file word"),
    ] {
        bench.done(&format!("cert import {name} {files}"));
        let view = shown(&bench, name);
        assert_eq!(view["private_key"], true, "{name}");
        assert_eq!(view["encryption"]["private_key"], true, "{name}");
        assert_ne!(view["encryption"]["serial"], view["serial"], "{name}");
        bench.done(&format!("sign a.pdf --cert {name} -o {name}.pdf"));
        assert!(bench.done(&format!("cert show {name}")).contains("encryption certificate"), "{name}");
    }
    // Without keys: the signing one of the two, whichever is first.
    bench.done("cert import bare encrypt.cer sign.cer");
    let view = shown(&bench, "bare");
    assert_eq!((&view["private_key"], &view["encryption"]["private_key"]), (&Value::Bool(false), &Value::Bool(false)));
    assert_eq!(view["serial"], shown(&bench, "one")["serial"]);
    // An encryption certificate alone is kept under its name and never signs.
    bench.done("cert import lone encrypt.cer --key encrypt.key");
    bench.refused("sign a.pdf --cert lone -o lone.pdf", 7, "not-a-signer");
    // A key enveloped to another key.
    bench.refused("cert import x sign.cer encrypt.cer enveloped.key", 5, "key-mismatch");
    bench.refused("cert import x p256.crt enveloped.key --key p256.pem", 5, "key-mismatch");
    bench.refused("cert import x sign.cer --key encrypt.key", 5, "key-mismatch");
    // An enveloped key without its certificate would be lost.
    bench.refused("cert import x sign.cer enveloped.key --key sign.key", 5, "key-mismatch");
}

/// The key made here by `cert request`, then both certificates from the authority, with the enveloped key.
#[test]
fn an_enveloped_key_opens_with_the_key_that_waits_in_the_store() {
    let Some(bench) = Bench::new() else { return };
    let (_, encrypt) = double(&bench);
    bench.done("init");
    bench.done("cert request office --subject CN=Office,O=Example -o office.csr");
    bench.write("usage", "keyUsage=critical,digitalSignature\n");
    bench.openssl("x509 -req -in office.csr -CA sm2.crt -CAkey sm2.pem -CAcreateserial -extfile usage -out office.cer -vfyopt distid:1234567812345678");
    bench.openssl("x509 -in office.cer -pubkey -noout -out office.pub");
    bench.write("session", b"0123456789abcdef");
    bench.openssl("pkeyutl -encrypt -pubin -inkey office.pub -in session -out session.enc");
    let algorithm = write::sequence(&[&write::oid("1.2.156.10197.1.104.1").unwrap()]);
    let point = write::bit_string(encrypt.public_key().key_bits());
    let text = write::bit_string(&bench.read("scalar.enc"));
    bench.write("office.key", write::sequence(&[&algorithm, &bench.read("session.enc"), &point, &text]));
    // Names are compared as a whole: the authority wrote another order for the encryption certificate.
    bench.openssl("req -new -key encrypt.key -subj /O=Example/CN=Office -out encrypt.csr");
    bench.write("usage", "keyUsage=critical,keyEncipherment\n");
    bench.openssl("x509 -req -in encrypt.csr -CA sm2.crt -CAkey sm2.pem -CAcreateserial -extfile usage -out both.cer");
    bench.done("cert import office office.cer both.cer office.key");
    assert_eq!(shown(&bench, "office")["encryption"]["private_key"], true);
}

#[test]
fn passwords_and_kinds_have_their_exit_statuses() {
    let Some(bench) = Bench::new() else { return };
    bench.write("right", WORD);
    bench.write("wrong", "other");
    bench.openssl("pkcs12 -export -inkey p256.pem -in p256.crt -passout env:WORD -out x.p12");
    bench.openssl("pkcs12 -export -nomac -inkey p256.pem -in p256.crt -passout env:WORD -out nomac.p12");
    bench.openssl("ec -in p256.pem -aes256 -passout env:WORD -out x.key");
    bench.openssl("req -new -key p256.pem -subj /CN=a -outform DER -out x.csr");
    bench.done("init");
    for files in ["x.p12", "p256.crt --key x.key"] {
        bench.refused(&format!("cert import a {files}"), 5, "password-needed");
        bench.refused(&format!("cert import a {files} --password-file wrong"), 7, "key-password-wrong");
    }
    bench.refused("cert import a nomac.p12 --password-file right", 5, "import-unusable");
    bench.refused("cert import a x.csr", 5, "import-unusable");
    bench.refused("cert import a word", 6, "file-not-found");
    bench.done("cert import a x.p12 --password-file right");
    bench.done("cert import b p256.crt --key x.key --password-file right");
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cfca-test.sm2"), bench.0.path().join("c.sm2"))
        .unwrap();
    bench.refused("cert import c c.sm2 --password-file right", 7, "key-password-wrong");
    bench.write("cfca", "123456\n");
    bench.done("cert import c c.sm2 --password-file cfca");
    assert_eq!(shown(&bench, "c")["private_key"], true);
    // Its time is over.
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/notice.pdf"), bench.0.path().join("a.pdf")).unwrap();
    bench.refused("sign a.pdf --cert c", 7, "cert-expired");
}

#[test]
fn the_sample_key_file_is_imported() {
    let Some(samples) = support::samples() else { return };
    let bytes = std::fs::read(samples.join("seals/USER.p12")).unwrap();
    let found = key_material::read(&bytes, Some(&secret("777777"))).unwrap();
    assert_eq!(found.keys[0].public_key().name(), "SM2");
    assert_eq!(error(key_material::read(&bytes, Some(&secret("7777777")))).fault, MaterialFault::PasswordWrong);
    assert_eq!(error(key_material::read(&bytes, None)).fault, MaterialFault::PasswordNeeded);
}
