//! Other programs: finding and running them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a program answered.
pub struct Answer {
    pub success: bool,
    pub out: String,
    pub err: String,
}

/// A program in the folder `ESEAL_PEERS` or on the PATH.
pub fn find(name: &str) -> Option<PathBuf> {
    let own = std::env::var_os("ESEAL_PEERS").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.into_iter().chain(std::env::split_paths(&path)).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The programs; `None`, with a message, where one is missing.
pub fn need<const N: usize>(names: [&str; N]) -> Option<[PathBuf; N]> {
    let mut found = Vec::new();
    for name in names {
        match find(name) {
            Some(path) => found.push(path),
            None => {
                let required = std::env::var("ESEAL_REQUIRE").is_ok_and(|value| value == "1" || value == "peers");
                assert!(!required, "required: {name}");
                eprintln!("skipped: no {name}");
                return None;
            }
        }
    }
    found.try_into().ok()
}

/// Runs a program to its end.
pub fn run<I: AsRef<OsStr>>(program: &Path, arguments: impl IntoIterator<Item = I>) -> Answer {
    let output =
        Command::new(program).args(arguments).env("LC_ALL", "C").output().expect("a program that is there runs");
    Answer {
        success: output.status.success(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
