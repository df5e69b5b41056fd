//! What other programs say of what was sealed: pdfsig and pyHanko find a valid signature, qpdf finds nothing new, and the
//! page shows what it showed before.

use std::path::{Path, PathBuf};

use eseal::pki::{Certificate, pem};
use serde_json::Value;

use crate::tools::{find, run};

/// A file before and after.
pub struct Sealed {
    pub name: String,
    pub input: PathBuf,
    pub output: PathBuf,
    /// Programs that cannot read it.
    pub except: Vec<String>,
}

/// What is wrong, in the eyes of those programs that there are.
pub fn complaints(folder: &Path, root: &Certificate, sealed: &[Sealed]) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(program) = find("pdfsig") {
        wrong.extend(sealed.iter().filter(|file| !pdfsig(&program, file)).map(|file| format!("{}: pdfsig", file.name)));
    }
    if let Some(program) = find("pdftotext") {
        // What it showed before it shows now; of what it could not read before, it shows more.
        let text = |path: &Path| run(&program, [path, Path::new("-")]).out.trim().to_owned();
        let other = |file: &&Sealed| {
            let before = text(&file.input);
            !before.is_empty() && before != text(&file.output)
        };
        wrong.extend(sealed.iter().filter(other).map(|file| format!("{}: poppler shows another text", file.name)));
    }
    if let Some(program) = find("mutool") {
        let text = |path: &Path| {
            let words = [Path::new("draw"), Path::new("-q"), Path::new("-F"), Path::new("txt"), path];
            run(&program, words).out.replace('\u{c}', "").trim().to_owned()
        };
        let other = |file: &&Sealed| {
            let before = text(&file.input);
            !before.is_empty() && before != text(&file.output) && !excepted(file, "mutool")
        };
        wrong.extend(sealed.iter().filter(other).map(|file| format!("{}: MuPDF shows another text", file.name)));
    }
    if let Some(program) = find("qpdf") {
        for file in sealed {
            let (before, after) = (qpdf(&program, &file.input), qpdf(&program, &file.output));
            let new: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
            // What it could not read at all it had nothing to say of.
            if !new.is_empty()
                && !before.iter().any(|line| line.starts_with("unable to find"))
                && !excepted(file, "qpdf")
            {
                wrong.push(format!("{}: qpdf: {new:?}", file.name));
            }
        }
    }
    if let Some(program) = find("pyhanko") {
        wrong.extend(pyhanko(&program, folder, root, sealed));
    }
    wrong
}

fn excepted(file: &Sealed, program: &str) -> bool {
    file.except.iter().any(|name| name == program)
}

fn pdfsig(program: &Path, file: &Sealed) -> bool {
    let said = run(program, [Path::new("-nocert"), &file.output]).out;
    let valid = said.contains("Signature Validation: Signature is Valid.");
    (valid && said.contains("- Total document signed")) || excepted(file, "pdfsig")
}

/// What qpdf complains of, places left out.
fn qpdf(program: &Path, file: &Path) -> Vec<String> {
    let said = run(program, [Path::new("--check"), file]);
    let plain = |line: &str| {
        let said = line.rsplit_once("): ").or_else(|| line.rsplit_once(": ")).map_or(line, |(_, said)| said);
        said.chars().filter(|c| !c.is_ascii_digit()).collect::<String>()
    };
    said.err.lines().map(plain).filter(|line| !line.starts_with("qpdf")).collect()
}

fn pyhanko(program: &Path, folder: &Path, root: &Certificate, sealed: &[Sealed]) -> Vec<String> {
    let anchor = folder.join("root.pem");
    std::fs::write(&anchor, pem::encode("CERTIFICATE", root.as_der())).unwrap();
    let script = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/judge.py"));
    let python = program.with_file_name("python3");
    let files = sealed.iter().map(|file| file.output.as_path());
    let said = run(&python, [script, &anchor].into_iter().chain(files));
    assert!(said.success, "{}", said.err);
    let mut wrong = Vec::new();
    for (file, line) in sealed.iter().zip(said.out.lines()) {
        let answer: Value = serde_json::from_str(line).unwrap();
        let signature = &answer["signatures"][0];
        let fine = signature["bottom_line"] == true && signature["coverage"] == "ENTIRE_FILE";
        if !fine && !excepted(file, "pyhanko") {
            wrong.push(format!("{}: pyHanko: {answer}", file.name));
        }
    }
    wrong
}
