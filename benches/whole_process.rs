//! Whole processes on a one-page document, beside other programs in the same run: `cargo bench --bench whole_process`,
//! with `-- 51` for 51 turns of each. Files lie in memory where there is `/dev/shm`, so that no disk is measured; all
//! calls that sync are made nevertheless.
//!
//! Other programs are looked for in the folder `ESEAL_PEERS`, then on the PATH, and left out where they are missing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_eseal");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
/// Turns of each line unless told otherwise.
const TURNS: usize = 21;

/// One line of the table.
struct Line {
    what: &'static str,
    command: Vec<OsString>,
    /// What the command makes and what must go before it runs again.
    makes: Option<PathBuf>,
    /// The line that it is compared with.
    beside: Option<&'static str>,
}

/// What was measured.
struct Measured {
    median: Duration,
    least: Duration,
    /// Peak of resident memory in KiB, where the system tells.
    peak: Option<u64>,
}

fn main() {
    let turns = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(TURNS).max(1);
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let office = Office::open(folder.path());
    let lines = office.lines();
    let measured: Vec<Option<Measured>> = measure(&lines, turns);
    println!("{turns} turns of each, in {}", folder.path().display());
    println!("{:<44} {:>10} {:>10} {:>10}  ratio of medians", "", "median ms", "least ms", "peak MiB");
    for (line, found) in lines.iter().zip(&measured) {
        let Some(found) = found else {
            println!("{:<44} failed", line.what);
            continue;
        };
        let peak = found.peak.map_or_else(|| "-".to_owned(), |kib| format!("{:.1}", kib as f64 / 1024.0));
        let beside = line.beside.and_then(|name| {
            let at = lines.iter().position(|other| other.what == name)?;
            let other = measured[at].as_ref()?;
            Some(format!("{:.2} of {name}", found.median.as_secs_f64() / other.median.as_secs_f64()))
        });
        println!(
            "{:<44} {:>10.2} {:>10.2} {:>10}  {}",
            line.what,
            found.median.as_secs_f64() * 1e3,
            found.least.as_secs_f64() * 1e3,
            peak,
            beside.unwrap_or_default()
        );
    }
}

/// All lines in turn, again and again, so that what else the machine does falls on all of them alike.
fn measure(lines: &[Line], turns: usize) -> Vec<Option<Measured>> {
    let peaks: Vec<Option<Option<u64>>> = lines.iter().map(peak).collect();
    let mut times = vec![Vec::new(); lines.len()];
    for _ in 0..turns {
        for (line, times) in lines.iter().zip(&mut times) {
            clear(line);
            let start = Instant::now();
            let done = start_child(line).wait().unwrap().success();
            if done {
                times.push(start.elapsed());
            }
        }
    }
    peaks
        .into_iter()
        .zip(times)
        .map(|(peak, mut times)| {
            times.sort();
            let (median, least) = (*times.get(times.len() / 2)?, *times.first()?);
            Some(Measured { median, least, peak: peak? })
        })
        .collect()
}

/// Runs a line once and watches its memory; outer `None` where it fails.
fn peak(line: &Line) -> Option<Option<u64>> {
    clear(line);
    let mut child = start_child(line);
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        // VmHWM only rises, so that the last look before the end is nearly the whole truth.
        if let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            peak = line.and_then(|kib| kib.trim().trim_end_matches(" kB").parse().ok()).or(peak);
        }
        if let Some(ended) = child.try_wait().unwrap() {
            return ended.success().then_some(peak);
        }
    }
}

fn clear(line: &Line) {
    if let Some(made) = &line.makes {
        let _ = std::fs::remove_file(made);
    }
}

fn start_child(line: &Line) -> Child {
    let mut command = Command::new(&line.command[0]);
    command.args(&line.command[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("LC_ALL", "C.UTF-8").spawn().expect("a program that is there runs")
}

/// Two stores with a seal each, SM2 and P-256, and the documents.
struct Office {
    folder: PathBuf,
}

impl Office {
    fn open(folder: &Path) -> Self {
        let office = Office { folder: folder.to_path_buf() };
        for name in ["notice.pdf", "notice.ofd", "seal.png"] {
            std::fs::copy(Path::new(FIXTURES).join(name), office.path(name)).unwrap();
        }
        let picture = office.text("seal.png");
        for suite in ["sm2", "p256"] {
            let run = |words: &[&str]| office.must(suite, words);
            run(&["init"]);
            run(&["ca", "create", "root", "--subject", "CN=Root,C=CN", "--suite", suite]);
            run(&["cert", "issue", "maker", "--ca", "root", "--profile", "seal-maker", "--subject", "CN=Maker,C=CN"]);
            run(&["cert", "issue", "clerk", "--ca", "root", "--profile", "signer", "--subject", "CN=Clerk,C=CN"]);
            #[rustfmt::skip]
            run(&["seal", "issue", "office", "--maker", "maker", "--holder", "clerk", "--name", "Office",
                "--picture", &picture, "--size", "42"]);
            for ending in ["pdf", "ofd"] {
                office.must(suite, &office.apply(ending, &format!("{suite}.{ending}")));
            }
        }
        office.must("p256", &["cert", "export", "root", "-o", &office.text("root.pem")]);
        office
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn apply(&self, ending: &str, output: &str) -> Vec<String> {
        let input = self.text(&format!("notice.{ending}"));
        let output = self.text(output);
        ["apply", &input, "--seal", "office", "--page", "1", "--at", "150,230", "-o", &output]
            .map(str::to_owned)
            .to_vec()
    }

    fn must<S: AsRef<str>>(&self, suite: &str, words: &[S]) {
        let command = self.ours(suite, words);
        let output = Command::new(&command[0]).args(&command[1..]).output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn ours<S: AsRef<str>>(&self, suite: &str, words: &[S]) -> Vec<OsString> {
        let mut command = vec![OsString::from(PROGRAM)];
        command.extend(words.iter().map(|word| OsString::from(word.as_ref())));
        let (store, key) = (self.text(&format!("{suite}.store")), self.text(&format!("{suite}.key")));
        command.extend(["--store".to_owned(), store, "--key-file".to_owned(), key].map(OsString::from));
        command
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let line = |what, command, makes: Option<&str>, beside| Line {
            what,
            command,
            makes: makes.map(|name| self.path(name)),
            beside,
        };
        let apply = |suite: &str, ending: &str, out: &str| self.ours(suite, &self.apply(ending, out));
        let verify = |suite: &str, ending: &str| {
            self.ours(suite, &["verify".to_owned(), self.text(&format!("{suite}.{ending}"))])
        };
        let (pyhanko, pdfsig) = ("pyHanko, sign PDF (P-256)", "pdfsig, verify PDF (P-256)");
        lines.push(line("eseal, nothing (--version)", vec![PROGRAM.into(), "--version".into()], None, Some("cp")));
        lines.push(line("eseal, apply to PDF (SM2)", apply("sm2", "pdf", "out1.pdf"), Some("out1.pdf"), Some(pyhanko)));
        lines.push(line(
            "eseal, apply to PDF (P-256)",
            apply("p256", "pdf", "out2.pdf"),
            Some("out2.pdf"),
            Some(pyhanko),
        ));
        lines.push(line("eseal, apply to OFD (SM2)", apply("sm2", "ofd", "out3.ofd"), Some("out3.ofd"), Some(pyhanko)));
        lines.push(line("eseal, verify PDF (SM2)", verify("sm2", "pdf"), None, Some(pdfsig)));
        lines.push(line("eseal, verify PDF (P-256)", verify("p256", "pdf"), None, Some(pdfsig)));
        lines.push(line("eseal, verify OFD (SM2)", verify("sm2", "ofd"), None, Some(pdfsig)));
        lines.extend(self.peers());
        lines
    }

    /// Other programs on the same files.
    fn peers(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let (notice, sealed) = (self.text("notice.pdf"), self.text("p256.pdf"));
        let mut add = |what, program: &str, words: &[&str], makes: Option<&str>| {
            if let Some(program) = find(program) {
                let mut command = vec![program.into_os_string()];
                command.extend(words.iter().map(OsString::from));
                lines.push(Line { what, command, makes: makes.map(|name| self.path(name)), beside: None });
            }
        };
        add("cp", "cp", &[&notice, &self.text("copy.pdf")], Some("copy.pdf"));
        add("openssl, digest", "openssl", &["dgst", "-sha256", &sealed], None);
        add("pdfsig, verify PDF (P-256)", "pdfsig", &["-nocert", &sealed], None);
        let root = self.text("root.pem");
        let judge = ["sign", "validate", "--trust", &root, "--trust-replace", &sealed];
        add("pyHanko, verify PDF (P-256)", "pyhanko", &judge, None);
        let (key, certificate) = (self.text("peer.key"), self.text("peer.pem"));
        #[rustfmt::skip]
        let made = find("openssl").is_some_and(|openssl| Command::new(openssl).args(["req", "-x509", "-nodes", "-subj",
            "/CN=Peer", "-days", "30", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", &key, "-out",
            &certificate]).output().is_ok_and(|output| output.status.success()));
        if made {
            #[rustfmt::skip]
            add("pyHanko, sign PDF (P-256)", "pyhanko", &["sign", "addsig", "--field", "1/390,140,510,260/Signature1", "pemder",
                "--key", &key, "--cert", &certificate, "--no-pass", &notice, &self.text("peer.pdf")], Some("peer.pdf"));
        }
        lines
    }
}

fn find(name: &str) -> Option<PathBuf> {
    let own = std::env::var_os("ESEAL_PEERS").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.into_iter().chain(std::env::split_paths(&path)).map(|folder| folder.join(name)).find(|file| file.is_file())
}
