//! What other programs say of signed files.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::office::Office;
use crate::tools::{find, run};

/// What pdfsig lists.
#[derive(Debug)]
pub struct Listed {
    pub valid: bool,
    pub total: bool,
}

pub fn pdfsig(program: &Path, file: &Path) -> Vec<Listed> {
    // Its trust store is not ours: certificates are left to pyHanko.
    let said = run(program, [Path::new("-nocert"), file]).out;
    let signed = |part: &&str| !part.contains("The signature form field is not signed");
    let listed = |part: &str| Listed {
        valid: part.contains("Signature Validation: Signature is Valid."),
        total: part.contains("- Total document signed"),
    };
    said.split("Signature #").skip(1).filter(signed).map(listed).collect()
}

/// What MuPDF lists: how many signatures cover the whole file, how many an earlier state of it. It knows no root of
/// ours.
pub fn mutool(program: &Path, file: &Path) -> (usize, usize) {
    let said = run(program, [Path::new("sign"), Path::new("-v"), file]);
    let count = |text: &str| said.out.matches(text).count() + said.err.matches(text).count();
    let listed = count("Distinguished name:");
    let whole = count("The document is unchanged since signing.");
    let earlier = count("The signature is valid but there have been edits since signing.");
    assert_eq!(listed, whole + earlier, "{}: {}{}", file.display(), said.out, said.err);
    (whole, earlier)
}

/// What qpdf complains of, places left out, sorted; the same complaint counts once.
pub fn qpdf(program: &Path, file: &Path) -> Vec<String> {
    let said = run(program, [Path::new("--check"), file]);
    let name = file.display().to_string();
    let mut complaints: Vec<String> = said
        .err
        .lines()
        .map(|line| line.replace(&name, "").chars().filter(|c| !c.is_ascii_digit()).collect::<String>())
        .filter(|line| !line.starts_with("qpdf:"))
        .collect();
    complaints.sort();
    complaints.dedup();
    complaints
}

/// What pyHanko says of each file.
pub fn pyhanko(program: &Path, office: &Office, files: &[PathBuf]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, office.root_pem()).unwrap();
    let script = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/judge.py"));
    let python = python(program);
    let arguments = [script, &root].into_iter().chain(files.iter().map(PathBuf::as_path));
    let said = run(&python, arguments);
    assert!(said.success, "{}", said.err);
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The Python that a pyHanko command belongs to.
pub fn python(pyhanko: &Path) -> PathBuf {
    let beside = pyhanko.with_file_name("python3");
    if beside.is_file() { beside } else { find("python3").expect("pyHanko comes with a Python") }
}
