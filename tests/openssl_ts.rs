//! `openssl ts` at the other end: it reads our requests and accepts our answers, and we read its requests and judge its
//! timestamps, of RSA and P-256.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where a step of its making fails")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

const TEXT: &str = "What is to be stamped.\n";

/// How `openssl ts -reply` is set up, and what its certificate is for.
const CONFIGURATION: &str = "[tsa]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\n\
                             digests = sha256, sha384, sha512\naccuracy = secs:1\nordering = no\ntsa_name = yes\n\
                             ess_cert_id_chain = no\ness_cert_id_alg = sha256\n\
                             [ext]\nbasicConstraints = CA:FALSE\nkeyUsage = critical,digitalSignature\n\
                             extendedKeyUsage = critical,timeStamping\nsubjectKeyIdentifier = hash\n\
                             authorityKeyIdentifier = keyid\n";

fn openssl(folder: &Path, line: &str) -> Option<Output> {
    match Command::new("openssl").current_dir(folder).args(line.split(' ')).output() {
        Ok(output) => Some(output),
        Err(_) => {
            assert_ne!(std::env::var("ESEAL_REQUIRE").as_deref(), Ok("1"), "openssl is required");
            eprintln!("skipped: no openssl command");
            None
        }
    }
}

fn eseal(folder: &Path, line: &str) -> (i32, String) {
    let program = Command::new(env!("CARGO_BIN_EXE_eseal"))
        .current_dir(folder)
        .env("ESEAL_STORE", folder.join("store"))
        .args(["--key-file", "key", "--lang", "en"])
        .args(line.split(' '))
        .output()
        .unwrap();
    let said = [program.stdout, program.stderr].concat();
    (program.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn done(folder: &Path, line: &str) {
    let (status, said) = eseal(folder, line);
    assert_eq!(status, 0, "{line}: {said}");
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(folder.path().join("text"), TEXT).unwrap();
    fs::write(folder.path().join("other"), "Something else.\n").unwrap();
    folder
}

/// A root and an authority below it, made by openssl.
fn office(at: &Path, key: &str) -> Option<()> {
    fs::write(at.join("ts.cnf"), CONFIGURATION).unwrap();
    fs::write(at.join("serial"), "1000\n").unwrap();
    let root = "-x509 -subj /CN=Root -days 30 -keyout root.key -out root.pem";
    for line in [
        format!("req -newkey {key} -nodes {root} -addext keyUsage=critical,keyCertSign,cRLSign"),
        format!("req -newkey {key} -nodes -subj /CN=Time -keyout time.key -out time.csr"),
        "x509 -req -in time.csr -CA root.pem -CAkey root.key -set_serial 7 -days 30 -extfile ts.cnf -extensions ext -out time.pem"
            .to_owned(),
    ] {
        let made = openssl(at, &line)?;
        assert!(made.status.success(), "{line}: {made:?}");
    }
    Some(())
}

#[test]
fn openssl_accepts_our_answers_to_its_requests() {
    for suite in ["rsa", "p256"] {
        let kept = folder();
        let at = kept.path();
        let Some(asked) = openssl(at, "ts -query -data text -sha256 -cert -out text.tsq") else { return };
        assert!(asked.status.success(), "{asked:?}");
        done(at, "init");
        if suite == "rsa" {
            // No CA of a store has an RSA key: such a certificate comes from elsewhere.
            office(at, "rsa:2048").unwrap();
            done(at, "cert import clock time.pem --key time.key");
        } else {
            done(at, "ca create root --subject CN=Root --suite p256");
            done(at, "cert issue clock --ca root --profile tsa --subject CN=Clock");
            done(at, "cert export root -o root.pem");
        }
        done(at, "timestamp reply text.tsq --cert clock -o text.tsr");
        for against in ["-queryfile text.tsq", "-data text"] {
            let judged = openssl(at, &format!("ts -verify {against} -in text.tsr -CAfile root.pem")).unwrap();
            assert!(judged.status.success(), "{suite} {against}: {judged:?}");
        }
        let judged = openssl(at, "ts -verify -data other -in text.tsr -CAfile root.pem").unwrap();
        assert!(!judged.status.success(), "{suite}: {judged:?}");
        // A digest that is not good enough any more is not stamped.
        assert!(openssl(at, "ts -query -data text -sha1 -cert -out weak.tsq").unwrap().status.success());
        let (status, said) = eseal(at, "timestamp reply weak.tsq --cert clock -o weak.tsr");
        assert!(status == 7 && said.contains("timestamp-not-granted"), "{said}");
        assert!(!at.join("weak.tsr").exists());
    }
}

#[test]
fn timestamps_of_openssl_are_judged() {
    for key in ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256"] {
        let kept = folder();
        let at = kept.path();
        if office(at, key).is_none() {
            return;
        }
        done(at, "timestamp request text -o text.tsq");
        let reply = "ts -reply -config ts.cnf -section tsa -signer time.pem -inkey time.key -queryfile text.tsq";
        let answered = openssl(at, &format!("{reply} -out text.tsr")).unwrap();
        assert!(answered.status.success(), "{answered:?}");
        let token = openssl(at, &format!("{reply} -token_out -out text.token")).unwrap();
        assert!(token.status.success(), "{token:?}");
        for (file, data, trust, expected) in [
            ("text.tsr", "text", " --trust root.pem", 0),
            ("text.token", "text", " --trust root.pem", 0),
            ("text.tsr", "other", " --trust root.pem", 1),
            ("text.tsr", "text", "", 3),
        ] {
            let line = format!("timestamp verify {file} --data {data} --request text.tsq{trust}");
            let (status, said) = eseal(at, &line);
            assert_eq!(status, expected, "{key} {line}: {said}");
        }
        // The answer to one request is none to another over the same bytes.
        done(at, "timestamp request text -o again.tsq");
        let (status, said) = eseal(at, "timestamp verify text.tsr --data text --request again.tsq --trust root.pem");
        assert!(status == 1 && said.contains("TIMESTAMP_NOT_OF_REQUEST"), "{said}");
        // Every byte of the signature's value counts.
        let mut forged = fs::read(at.join("text.token")).unwrap();
        let last = forged.len() - 1;
        forged[last] ^= 1;
        fs::write(at.join("forged.token"), forged).unwrap();
        let (status, said) = eseal(at, "timestamp verify forged.token --data text --trust root.pem");
        assert!(status == 1 && said.contains("TIMESTAMP_SIGNATURE"), "{said}");
    }
}
