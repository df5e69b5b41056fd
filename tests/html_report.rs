//! The page of `verify --format html`, made of real documents: whole, self-contained, every text there.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a fault here should stop the test")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents");
    let mut pending = vec![folder];
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        match path.is_dir() {
            true => pending.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path())),
            false => files.push(path),
        }
    }
    files.sort();
    files
}

fn page(files: &[PathBuf], language: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
    command.env_clear().args(["verify", "--format", "html", "--lang", language, "--store", "none"]).args(files);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Every element is closed by its own tag, in order.
fn unbalanced(page: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    for piece in page.split('<').skip(1) {
        let tag = piece.split('>').next()?;
        let name = tag.split([' ', '\n']).next()?;
        match name.strip_prefix('/') {
            Some(name) if open.pop() == Some(name) => {}
            Some(name) => return Some(format!("</{name}> after {open:?}")),
            None if ["!DOCTYPE", "meta", "img"].contains(&name) => {}
            None => open.push(name),
        }
    }
    (!open.is_empty()).then(|| format!("{open:?} stay open"))
}

#[test]
fn a_page_of_many_documents_is_whole() {
    let files = documents();
    assert!(files.len() > 3);
    for language in ["en", "zh"] {
        let page = page(&files, language);
        assert_eq!(unbalanced(&page), None);
        assert_eq!(page.matches("<article").count(), files.len() + 1, "one for each file and the summary");
        assert!(page.contains("src=\"data:image/png;base64,iVBOR"), "a seal's picture");
        assert!(!page.contains("<script") && !page.contains("<link") && !page.contains("@import"));
        assert_eq!(page.matches("src=\"").count(), page.matches("src=\"data:image/png;base64,").count());
        // A text that is missing is its own identifier.
        for id in
            ["html", "step", "condition", "label", "changes", "kind", "meaning", "level", "coverage", "indication"]
        {
            assert!(!page.contains(&format!(">{id}-")), "{id}: {:?}", page.split(&format!(">{id}-")).nth(1));
        }
        assert!(page.contains("lang=\"zh-CN\"") && page.contains("有效"));
    }
}

#[test]
fn only_verify_gives_pages() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
    let output = command.env_clear().args(["seal", "list", "--format", "html"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("format-unfit"));
}
