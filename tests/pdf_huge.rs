//! Files beyond 2, 4 and 10 GB: sealed and verified by the program itself in bounded memory. Behind an environment variable,
//! for it writes each file twice: `ESEAL_HUGE=/folder/with/30/GB cargo test --release --test pdf_huge -- --nocapture`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Most resident memory that a process may take, in KiB.
const MOST: u64 = 32 << 10;

/// The forms of a cross-reference section.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Table,
    Stream,
}

/// A file with an attachment of `bytes` zeros, a hole on most file systems, in front of its page: whoever reads the page
/// works with offsets beyond it.
fn write(path: &Path, bytes: u64, section: Section) {
    let mut out = File::create(path).unwrap();
    let mut offsets = Vec::new();
    out.write_all(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n").unwrap();
    offsets.push(out.stream_position().unwrap());
    write!(out, "1 0 obj\n<</Type/EmbeddedFile/Length {bytes}>>\nstream\n").unwrap();
    out.seek(SeekFrom::Current(i64::try_from(bytes).unwrap())).unwrap();
    out.write_all(b"\nendstream\nendobj\n").unwrap();
    let bodies = [
        "<</Type/Catalog/Pages 3 0 R/Names<</EmbeddedFiles<</Names[(zeros)5 0 R]>>>>>>",
        "<</Type/Pages/Kids[4 0 R]/Count 1>>",
        "<</Type/Page/Parent 3 0 R/MediaBox[0 0 595 842]/Resources<<>>>>",
        "<</Type/Filespec/F(zeros)/UF(zeros)/EF<</F 1 0 R>>>>",
    ];
    for body in bodies {
        offsets.push(out.stream_position().unwrap());
        write!(out, "{} 0 obj\n{body}\nendobj\n", offsets.len()).unwrap();
    }
    let start = out.stream_position().unwrap();
    let size = offsets.len() + 1;
    match section {
        Section::Table => {
            write!(out, "xref\n0 {size}\n0000000000 65535 f \n").unwrap();
            offsets.iter().for_each(|offset| writeln!(out, "{offset:010} 00000 n ").unwrap());
            write!(out, "trailer\n<</Size {size}/Root 2 0 R>>\n").unwrap();
        }
        Section::Stream => {
            offsets.push(start);
            let rows: String = offsets.iter().map(|offset| format!("01{offset:016X}")).collect();
            let keys = format!("/W[1 8 0]/Index[1 {size}]/Size {}/Root 2 0 R", size + 1);
            let length = rows.len() + 1;
            write!(out, "{size} 0 obj\n<</Type/XRef{keys}/Filter/ASCIIHexDecode/Length {length}>>\nstream\n").unwrap();
            write!(out, "{rows}>\nendstream\nendobj\n").unwrap();
        }
    }
    write!(out, "startxref\n{start}\n%%EOF\n").unwrap();
}

/// Runs the program; how long it took and its peak of resident memory in KiB.
fn run(folder: &Path, words: &[&str]) -> (Duration, u64) {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_eseal"))
        .args(words)
        .args(["--store", "store", "--key-file", "key"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let done = loop {
        if let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            peak = line.and_then(|kib| kib.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        }
        if let Some(done) = child.try_wait().unwrap() {
            break done;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(done.success(), "{words:?}: {done}");
    (start.elapsed(), peak)
}

#[test]
fn files_beyond_two_four_and_ten_gigabytes() {
    let Some(folder) = std::env::var_os("ESEAL_HUGE") else {
        eprintln!("skipped: ESEAL_HUGE names no folder");
        return;
    };
    let folder = tempfile::tempdir_in(folder).unwrap();
    let folder = folder.path();
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/seal.png"), folder.join("seal.png")).unwrap();
    for words in [
        "init",
        "ca create root --subject CN=Root",
        "cert issue maker --ca root --profile seal-maker --subject CN=Maker",
        "cert issue clerk --ca root --profile signer --subject CN=Clerk",
        "seal issue office --maker maker --holder clerk --name Office --picture seal.png --size 42",
    ] {
        run(folder, &words.split(' ').collect::<Vec<_>>());
    }
    let files = [
        (2_200_000_000, Section::Table, 1),
        (4_400_000_000, Section::Stream, 1),
        (4_400_000_000, Section::Table, 2),
        // Beyond what ten digits hold.
        (10_100_000_000, Section::Stream, 1),
    ];
    for (bytes, section, rounds) in files {
        let form = if section == Section::Table { "table" } else { "stream" };
        write(&folder.join("input.pdf"), bytes, section);
        for round in 1..=rounds {
            let apply = run(folder, &["apply", "input.pdf", "--seal", "office", "--at", "100,100", "-o", "sealed.pdf"]);
            let verify = run(folder, &["verify", "sealed.pdf"]);
            for (what, (took, peak)) in [("apply", apply), ("verify", verify)] {
                let (seconds, mib) = (took.as_secs_f64(), peak / 1024);
                eprintln!("{:.1} GB, {form}, seal {round}: {what} {seconds:.1} s, {mib} MiB", bytes as f64 / 1e9);
                assert!(peak <= MOST, "{what}: {peak} KiB");
            }
            std::fs::rename(folder.join("sealed.pdf"), folder.join("input.pdf")).unwrap();
        }
    }
}
