//! The manual pages in `man/` are those that the program makes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a fault here should stop the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn the_manual_is_the_programs_help() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    let pages = eseal::cli::manual();
    for (name, text) in &pages {
        let kept = fs::read_to_string(folder.join(name)).unwrap_or_else(|_| panic!("man/{name} is missing"));
        assert!(kept == *text, "man/{name} differs: run `eseal man man`");
    }
    let made: BTreeSet<String> = pages.into_iter().map(|(name, _)| name).collect();
    for entry in fs::read_dir(&folder).expect("man is there") {
        let name = entry.expect("readable").file_name().to_string_lossy().into_owned();
        assert!(!name.ends_with(".1") || made.contains(&name), "man/{name} belongs to no command");
    }
}

#[test]
fn every_command_has_an_example() {
    for (name, text) in eseal::cli::manual() {
        let group = [
            "eseal-ca.1",
            "eseal-cert.1",
            "eseal-seal.1",
            "eseal-trust.1",
            "eseal-audit.1",
            "eseal-policy.1",
            "eseal-timestamp.1",
        ];
        assert!(group.contains(&name.as_str()) || text.contains("Example:"), "{name} has no example");
    }
}
