//! Keys on a token: SoftHSM2 as the token. Compiled with the feature `pkcs11` alone.

#![cfg(feature = "pkcs11")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a fault here should stop the test")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use support::skip;

const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// A store, a CA by openssl, and a token with a P-256 and an RSA key whose certificates the CA made.
struct Bench {
    folder: tempfile::TempDir,
    module: PathBuf,
}

impl Bench {
    fn new() -> Option<Self> {
        let module = MODULES.iter().map(PathBuf::from).find(|module| module.is_file());
        let tools = ["openssl", "softhsm2-util"].map(|tool| Command::new(tool).arg("--version").output().is_ok());
        let (Some(module), [true, true]) = (module, tools) else {
            skip("no SoftHSM2 or no openssl");
            return None;
        };
        let bench = Bench { folder: tempfile::tempdir().unwrap(), module };
        std::fs::create_dir(bench.path("tokens")).unwrap();
        let tokens = bench.path("tokens");
        bench.write("softhsm.conf", &format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()));
        bench.tool("softhsm2-util --init-token --free --label Office --pin 123456 --so-pin 87654321");
        bench.tool("openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=Outside -days 3650");
        for (name, id, kind) in [("p256", "01", "EC -pkeyopt ec_paramgen_curve:P-256"), ("rsa", "02", "RSA")] {
            bench.tool(&format!("openssl genpkey -algorithm {kind} -out {name}.key"));
            bench.tool(&format!("openssl pkcs8 -topk8 -nocrypt -in {name}.key -out {name}.p8"));
            bench.tool(&format!("openssl req -new -key {name}.key -subj /CN={name} -out {name}.csr"));
            bench.write("usage", "keyUsage=critical,digitalSignature,nonRepudiation\n");
            bench.tool(&format!(
                "openssl x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile usage -days 900 -out {name}.pem"
            ));
            bench.tool(&format!(
                "softhsm2-util --import {name}.p8 --token Office --label {name} --id {id} --pin 123456"
            ));
            // From here on the key is on the token alone.
            std::fs::remove_file(bench.path(&format!("{name}.key"))).unwrap();
            std::fs::remove_file(bench.path(&format!("{name}.p8"))).unwrap();
        }
        for fixture in ["notice.pdf", "notice.ofd", "seal.png"] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture);
            std::fs::copy(from, bench.path(fixture)).unwrap();
        }
        bench.secret("pin", "123456\n");
        bench.secret("wrong", "654321\n");
        bench.done("init");
        Some(bench)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn secret(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        self.write(name, text);
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn run(&self, mut command: Command) -> Output {
        command.current_dir(self.folder.path()).env("SOFTHSM2_CONF", self.path("softhsm.conf")).env("LC_ALL", "C");
        command.env("ESEAL_STORE", self.path("store")).env("ESEAL_KEY_FILE", self.path("store-key"));
        command.env("PIN", "123456").stdin(std::process::Stdio::null()).output().unwrap()
    }

    fn tool(&self, line: &str) {
        let mut words = line.split(' ');
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        let output = self.run(command);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}: {said}{}", String::from_utf8_lossy(&output.stdout));
    }

    fn eseal(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
        command.args(line.split(' '));
        self.run(command)
    }

    fn done(&self, line: &str) -> String {
        let output = self.eseal(line);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let out = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {said}{out}");
        out
    }

    fn refused(&self, line: &str, status: i32, reason: &str) {
        let output = self.eseal(line);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{line}: {said}");
        assert!(said.contains(&format!("[{reason}]")), "{line}: {said}");
    }

    fn import(&self, name: &str, file: &str, uri: &str, pin: &str) -> String {
        format!("cert import {name} {file} --pkcs11 {uri} --pkcs11-module {} {pin}", self.module.display())
    }
}

/// Sealing and signing with both kinds of key, several files with one PIN, which the program itself judges and openssl
/// after it.
#[test]
fn documents_are_signed_with_keys_of_a_token() {
    let Some(bench) = Bench::new() else { return };
    for (name, uri) in [("p256", "pkcs11:token=Office;object=p256"), ("rsa", "pkcs11:token=Office;id=%02;type=private")]
    {
        bench.done(&bench.import(name, &format!("{name}.pem ca.pem"), uri, "--pin-file pin"));
        let view: Value = serde_json::from_str(&bench.done(&format!("cert show {name} --format json"))).unwrap();
        assert_eq!((&view["private_key"], &view["token"]), (&Value::Bool(true), &Value::String(uri.to_owned())));
        std::fs::copy(bench.path("notice.pdf"), bench.path("a.pdf")).unwrap();
        std::fs::copy(bench.path("notice.pdf"), bench.path("b.pdf")).unwrap();
        let out = format!("out-{name}");
        std::fs::create_dir(bench.path(&out)).unwrap();
        bench.done(&format!("sign a.pdf b.pdf --cert {name} --out-dir {out} --pin-env PIN"));
        let judged = bench.done(&format!("verify {out}/a.signed.pdf {out}/b.signed.pdf --trust ca.pem --format json"));
        assert_eq!(judged.lines().count(), 2);
        for line in judged.lines() {
            let report: Value = serde_json::from_str(line).unwrap();
            assert_eq!(report["indication"], "TOTAL-PASSED", "{report}");
            assert!(report["signatures"][0]["signer"]["subject"].as_str().unwrap().contains(name), "{report}");
        }
        assert!(bench.done(&format!("cert show {name}")).contains(uri));
    }
    // The trail names the certificate and never the PIN.
    let trail = bench.done("audit show --format json");
    assert!(trail.contains("p256") && !trail.contains("123456"));
}

/// A seal whose holder's key is on the token, on a PDF and an OFD in one run; and a seal whose maker's is.
#[test]
fn seals_are_made_and_applied_with_keys_of_a_token() {
    let Some(bench) = Bench::new() else { return };
    bench.done(&bench.import("p256", "p256.pem", "pkcs11:token=Office;object=p256", "--pin-file pin"));
    bench.done("ca create root --suite p256 --subject CN=Root");
    bench.done("cert issue maker --ca root --profile seal-maker --subject CN=Maker");
    bench.done("seal issue office --maker maker --holder p256 --name Office --picture seal.png --size 42");
    bench.done("apply notice.pdf notice.ofd --seal office --at 100,200 --pin-file pin");
    let judged = bench.done("verify notice.sealed.pdf notice.sealed.ofd --trust ca.pem --format json");
    assert_eq!(judged.matches("\"indication\":\"TOTAL-PASSED\"").count(), 4, "{judged}");
    // Without its PIN nothing is written.
    bench.refused("apply notice.pdf --seal office --at 100,200 -o x.pdf", 7, "pin-needed");
    bench.refused("apply notice.pdf --seal office --at 100,200 -o x.pdf --pin-file wrong", 7, "pin-wrong");
    // The token is gone.
    std::fs::rename(bench.path("tokens"), bench.path("elsewhere")).unwrap();
    std::fs::create_dir(bench.path("tokens")).unwrap();
    bench.refused("apply notice.pdf --seal office --at 100,200 -o x.pdf --pin-file pin", 6, "token-absent");
    assert!(!bench.path("x.pdf").exists());
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_is_kept() {
    let Some(bench) = Bench::new() else { return };
    let good = "pkcs11:token=Office;object=p256";
    for (file, uri, pin, status, reason) in [
        ("p256.pem", good, "--pin-file wrong", 7, "pin-wrong"),
        ("p256.pem", good, "", 7, "pin-needed"),
        ("rsa.pem", good, "--pin-file pin", 6, "token-failed"),
        ("p256.pem", "pkcs11:token=Other;object=p256", "--pin-file pin", 6, "token-absent"),
        ("p256.pem", "pkcs11:token=Office;object=other", "--pin-file pin", 7, "token-key-absent"),
        ("p256.pem", "pkcs11:token=Office", "--pin-file pin", 2, "token-uri-unfit"),
        ("p256.pem", "pkcs11:object=p256?pin-value=123456", "--pin-file pin", 2, "token-uri-pin"),
        ("p256.pem", "p256", "--pin-file pin", 2, "token-uri-unfit"),
    ] {
        bench.refused(bench.import("x", file, uri, pin).trim_end(), status, reason);
    }
    // Another key of the same kind.
    bench.tool(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -out other.pem -subj /CN=o",
    );
    bench.refused(&bench.import("x", "other.pem", good, "--pin-file pin"), 5, "key-mismatch");
    let module = bench.path("seal.png");
    bench.refused(
        &format!("cert import x p256.pem --pkcs11 {good} --pkcs11-module {} --pin-file pin", module.display()),
        6,
        "token-module",
    );
    bench.refused("cert show x", 7, "cert-unknown");
}
