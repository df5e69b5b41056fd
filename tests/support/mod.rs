//! What several suites need.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;

/// The folder of sample documents made by other programs; `None`, with a message, where it is absent. Where
/// `ESEAL_SAMPLES` names a folder, its absence is a failure.
pub fn samples() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples");
    let folder = std::env::var_os("ESEAL_SAMPLES").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("ESEAL_SAMPLES").is_none(), "no samples at {}", folder.display());
    eprintln!("skipped: no samples at {}", folder.display());
    None
}

/// All files with this ending below a folder, sorted.
pub fn files_below(folder: &std::path::Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Says that a test is skipped, or fails where everything is required.
pub fn skip(why: &str) {
    assert!(std::env::var_os("ESEAL_REQUIRE").is_none_or(|v| v != "1"), "required: {why}");
    eprintln!("skipped: {why}");
}

/// A PDF that nobody has signed.
pub fn plain_pdf() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/notice.pdf")).unwrap()
}
