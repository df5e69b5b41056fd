//! Whole processes on large documents, beside other programs in the same run: `cargo bench --bench large_documents`, with
//! `-- 11` for 11 turns of each. Files lie in memory where there is `/dev/shm`, so that no disk is measured; all calls that
//! sync are made nevertheless. The documents are made anew: some 3 GB are needed.
//!
//! Other programs are looked for in the folder `ESEAL_PEERS`, then on the PATH, and left out where they are missing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::cast_precision_loss, missing_docs)]
#![allow(unreachable_pub)]

mod documents;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use documents::{Pdf, ofd};

const PROGRAM: &str = env!("CARGO_BIN_EXE_eseal");
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/seal.png");
/// Turns of each line unless told otherwise.
const TURNS: usize = 5;

/// One line of the table.
struct Line {
    what: String,
    command: Vec<OsString>,
    /// What the command makes and what must go before it runs again.
    makes: Option<PathBuf>,
    /// Lines whose medians together are what it is compared with.
    beside: Vec<&'static str>,
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
    let lines = Office::open(folder.path()).lines();
    let measured = measure(&lines, turns);
    let median = |name: &str| -> Option<f64> {
        let at = lines.iter().position(|line| line.what == name)?;
        Some(measured[at].as_ref()?.median.as_secs_f64())
    };
    println!("{turns} turns of each, in {}", folder.path().display());
    println!("{:<50} {:>10} {:>10} {:>9}  ratio of medians", "", "median ms", "least ms", "peak MiB");
    for (line, found) in lines.iter().zip(&measured) {
        let Some(found) = found else {
            println!("{:<50} failed", line.what);
            continue;
        };
        let peak = found.peak.map_or_else(|| "-".to_owned(), |kib| format!("{:.1}", kib as f64 / 1024.0));
        let beside = line.beside.iter().map(|name| median(name)).sum::<Option<f64>>().filter(|sum| *sum > 0.0);
        let own = found.median.as_secs_f64();
        let ratio = beside.map(|sum| format!("{:.2} of {}", own / sum, line.beside.join(" + "))).unwrap_or_default();
        println!("{:<50} {:>10.1} {:>10.1} {peak:>9}  {ratio}", line.what, own * 1e3, found.least.as_secs_f64() * 1e3);
    }
}

/// All lines in turn, again and again, so that what else the machine does falls on all of them alike.
fn measure(lines: &[Line], turns: usize) -> Vec<Option<Measured>> {
    let mut times = vec![Vec::new(); lines.len()];
    let mut peaks = vec![None; lines.len()];
    for _ in 0..turns {
        for ((line, times), peak) in lines.iter().zip(&mut times).zip(&mut peaks) {
            if let Some(made) = &line.makes {
                let _ = std::fs::remove_file(made);
            }
            let start = Instant::now();
            let mut child = start_child(&line.command);
            let seen = watch(&mut child);
            let took = start.elapsed();
            if child.wait().unwrap().success() {
                times.push(took);
                *peak = (*peak).max(seen);
            }
        }
    }
    let median = |(mut times, peak): (Vec<Duration>, _)| {
        times.sort();
        let (median, least) = (*times.get(times.len() / 2)?, *times.first()?);
        Some(Measured { median, least, peak })
    };
    times.into_iter().zip(peaks).map(median).collect()
}

/// Waits for the end and watches the memory: VmHWM only rises, so that the last look before the end is nearly the whole
/// truth. A look each millisecond costs these long runs nothing.
fn watch(child: &mut Child) -> Option<u64> {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        if let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            peak = line.and_then(|kib| kib.trim().trim_end_matches(" kB").parse().ok()).or(peak);
        }
        if child.try_wait().unwrap().is_some() {
            return peak;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn start_child(command: &[OsString]) -> Child {
    let mut child = Command::new(&command[0]);
    child.args(&command[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    child.env("LC_ALL", "C.UTF-8").spawn().unwrap()
}

/// Two stores with a seal each, SM2 and P-256, and the documents.
struct Office {
    folder: PathBuf,
}

/// The document that has seals already, of the store that seals it again: the other one knows none of their anchors.
const REVISED: &str = "revised.pdf";

/// What a store seals.
fn original(suite: &str, name: &str) -> String {
    if name == REVISED { format!("{suite}.before.{name}") } else { name.to_owned() }
}

/// Name of the file, and what it is.
const DOCUMENTS: [(&str, &str); 5] = [
    ("pages.pdf", "300 pages"),
    ("objects.pdf", "200 000 objects"),
    ("large.pdf", "200 MB"),
    (REVISED, "200 MB in 5 revisions"),
    ("large.ofd", "500 pages, 200 MB, OFD"),
];

impl Office {
    fn open(folder: &Path) -> Self {
        let office = Office { folder: folder.to_path_buf() };
        Pdf { pages: 300, objects: 0, bytes: 0 }.write(&office.path("pages.pdf"));
        Pdf { pages: 10, objects: 200_000, bytes: 0 }.write(&office.path("objects.pdf"));
        Pdf { pages: 100, objects: 0, bytes: 200_000_000 }.write(&office.path("large.pdf"));
        ofd(&office.path("large.ofd"), 500, 200_000_000);
        for suite in ["sm2", "p256"] {
            let run = |words: &[&str]| office.must(suite, words);
            run(&["init"]);
            run(&["ca", "create", "root", "--subject", "CN=Root,C=CN", "--suite", suite]);
            run(&["cert", "issue", "maker", "--ca", "root", "--profile", "seal-maker", "--subject", "CN=Maker,C=CN"]);
            run(&["cert", "issue", "clerk", "--ca", "root", "--profile", "signer", "--subject", "CN=Clerk,C=CN"]);
            #[rustfmt::skip]
            run(&["seal", "issue", "office", "--maker", "maker", "--holder", "clerk", "--name", "Office",
                "--picture", PICTURE, "--size", "42"]);
        }
        for suite in ["sm2", "p256"] {
            office.revise(suite);
            for (name, _) in DOCUMENTS {
                office.must(suite, &office.apply(&original(suite, name), &format!("{suite}.{name}")));
            }
        }
        office
    }

    /// Four seals, each a revision, on the large document; the one of the measurement is the fifth.
    fn revise(&self, suite: &str) {
        let file = original(suite, REVISED);
        std::fs::copy(self.path("large.pdf"), self.path(&file)).unwrap();
        for _ in 0..4 {
            self.must(suite, &self.apply(&file, "next.pdf"));
            std::fs::rename(self.path("next.pdf"), self.path(&file)).unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn apply(&self, input: &str, output: &str) -> Vec<String> {
        let (input, output) = (self.text(input), self.text(output));
        ["apply", &input, "--seal", "office", "--page", "1", "--at", "100,100", "-o", &output]
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
        for (name, what) in DOCUMENTS {
            for (suite, title, digest) in [("sm2", "SM2", "openssl, SM3"), ("p256", "P-256", "openssl, SHA-256")] {
                let large = name.starts_with("large") || name.starts_with("revised");
                let own = |words: &[&'static str]| if large { words.to_vec() } else { Vec::new() };
                let (out, sealed) = (format!("out.{name}"), self.text(&format!("{suite}.{name}")));
                lines.push(Line {
                    what: format!("eseal, apply, {what} ({title})"),
                    command: self.ours(suite, &self.apply(&original(suite, name), &out)),
                    makes: Some(self.path(&out)),
                    beside: own(&["cp", digest, digest]),
                });
                lines.push(Line {
                    what: format!("eseal, verify, {what} ({title})"),
                    command: self.ours(suite, &["verify", &sealed]),
                    makes: None,
                    beside: own(&[digest]),
                });
            }
        }
        lines.extend(self.peers());
        lines
    }

    /// Other programs on the same files.
    fn peers(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let (large, sealed, copy) = (self.text("large.pdf"), self.text("p256.large.pdf"), self.text("copy.pdf"));
        let mut add = |what: &str, program: &str, words: &[&str], makes: Option<&str>| {
            if let Some(program) = find(program) {
                let mut command = vec![program.into_os_string()];
                command.extend(words.iter().map(OsString::from));
                let makes = makes.map(|name| self.path(name));
                lines.push(Line { what: what.to_owned(), command, makes, beside: Vec::new() });
            }
        };
        add("cp", "cp", &[&large, &copy], Some("copy.pdf"));
        add("openssl, SM3", "openssl", &["dgst", "-sm3", &large], None);
        add("openssl, SHA-256", "openssl", &["dgst", "-sha256", &large], None);
        add("pdfsig, verify, 200 MB (P-256)", "pdfsig", &["-nocert", &sealed], None);
        add("mutool, verify, 200 MB (P-256)", "mutool", &["sign", "-v", &sealed], None);
        add("pdfsig, verify, 300 pages (P-256)", "pdfsig", &["-nocert", &self.text("p256.pages.pdf")], None);
        add("pdfsig, verify, 200 000 objects (P-256)", "pdfsig", &["-nocert", &self.text("p256.objects.pdf")], None);
        lines
    }
}

fn find(name: &str) -> Option<PathBuf> {
    let own = std::env::var_os("ESEAL_PEERS").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.into_iter().chain(std::env::split_paths(&path)).map(|folder| folder.join(name)).find(|file| file.is_file())
}
