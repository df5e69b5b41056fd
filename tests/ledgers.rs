//! The ledgers beside the code (clause, our answer, the test that shows it): every test that they name exists, and
//! every row names one or says that there is none yet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a fault here should stop the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// Words of the last column for what nothing shows: honest, and few.
const NOTHING_YET: &str = "none yet";
/// How many rows may say so.
const MOST_WITHOUT: usize = 5;

#[test]
fn every_test_that_a_ledger_names_exists() {
    let (tests, ledgers) = (tests(), ledgers());
    assert!(tests.len() > 200 && ledgers.len() >= 5, "{} tests, {} ledgers", tests.len(), ledgers.len());
    let (mut faults, mut without) = (Vec::new(), 0);
    for ledger in ledgers {
        let text = fs::read_to_string(&ledger).unwrap();
        let name = ledger.file_name().unwrap().to_string_lossy().into_owned();
        let rows: Vec<&str> = text.lines().filter(|line| is_row(line)).collect();
        assert!(rows.len() > 5, "{name} has no table");
        for row in rows {
            let cell = last_cell(row);
            if cell.is_empty() {
                faults.push(format!("{name}: no test: {row}"));
            }
            without += usize::from(cell == NOTHING_YET);
            let unknown = quoted(cell).into_iter().filter(|word| !is_known(word, &tests));
            faults.extend(unknown.map(|word| format!("{name}: `{word}` is neither a test nor a file")));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(without <= MOST_WITHOUT, "{without} rows of the ledgers have no test");
}

#[test]
fn the_reader_of_ledgers_sees_what_it_should() {
    assert!(is_row("| 7.1 | ours | `a` |") && !is_row("|---|---|---|") && !is_row("| clause | answer | test |"));
    assert_eq!(last_cell("| 7.1 | `x` | `a`, `b` |"), "`a`, `b`");
    assert_eq!(quoted("`a`, X `b`"), ["a", "b"]);
    assert!(tests().contains("the_reader_of_ledgers_sees_what_it_should"));
    assert!(!is_known("a_test_that_nobody_wrote", &tests()));
    assert!(is_known("tests/ledgers.rs", &tests()) && !is_known("tests/nothing.rs", &tests()));
}

/// A row of a table, neither its head nor the line below it.
fn is_row(line: &str) -> bool {
    line.starts_with('|') && !line.starts_with("|--") && !line.ends_with("| test |")
}

fn last_cell(row: &str) -> &str {
    row.trim_end().trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim()
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// A name with a slash or a dot is a file of the project; any other one is a test.
fn is_known(word: &str, tests: &BTreeSet<String>) -> bool {
    if word.contains(['/', '.']) { root().join(word).exists() } else { tests.contains(word) }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The ledgers: every Markdown file under `src`.
fn ledgers() -> Vec<PathBuf> {
    // A README tells where things come from, and promises no clause.
    files(&root().join("src"), "md").into_iter().filter(|path| !path.ends_with("README.md")).collect()
}

/// The names of all test functions of the project.
fn tests() -> BTreeSet<String> {
    let mut found = Tests::default();
    for path in files(&root().join("src"), "rs").into_iter().chain(files(&root().join("tests"), "rs")) {
        found.visit_file(&syn::parse_file(&fs::read_to_string(path).unwrap()).expect("a source file parses"));
    }
    found.0
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let (mut pending, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found
}

/// The functions marked `#[test]`, those of `proptest!` among them.
#[derive(Default)]
struct Tests(BTreeSet<String>);

impl<'ast> Visit<'ast> for Tests {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if function.attrs.iter().any(|attribute| attribute.path().is_ident("test")) {
            self.0.insert(function.sig.ident.to_string());
        }
        visit::visit_item_fn(self, function);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if mac.path.is_ident("proptest") {
            let tokens = mac.tokens.to_string();
            let words: Vec<&str> = tokens.split_whitespace().collect();
            let after_fn = words.windows(2).filter(|pair| pair[0] == "fn");
            let name = |pair: &[&str]| pair[1].split('(').next().unwrap_or_default().to_owned();
            self.0.extend(after_fn.map(name));
        }
    }
}
