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
    let programs =
        Programs { pdfsig: find("pdfsig"), pdftotext: find("pdftotext"), mutool: find("mutool"), qpdf: find("qpdf") };
    let mut wrong = Vec::new();
    // Most of the time goes into starting programs.
    std::thread::scope(|scope| {
        let parts = sealed.chunks(sealed.len().div_ceil(4).max(1));
        let programs = &programs;
        let each: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().flat_map(|file| programs.judge(file)).collect()))
            .collect();
        for part in each {
            let found: Vec<String> = part.join().unwrap();
            wrong.extend(found);
        }
    });
    if let Some(program) = find("pyhanko") {
        wrong.extend(pyhanko(&program, folder, root, sealed));
    }
    wrong
}

struct Programs {
    pdfsig: Option<PathBuf>,
    pdftotext: Option<PathBuf>,
    mutool: Option<PathBuf>,
    qpdf: Option<PathBuf>,
}

impl Programs {
    fn judge(&self, file: &Sealed) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.pdfsig.as_ref().is_some_and(|program| !pdfsig(program, file)) {
            wrong.push(format!("{}: pdfsig", file.name));
        }
        // What they showed before they show now; of what they could not read before, they show more.
        let other = |text: &dyn Fn(&Path) -> String| {
            let before = text(&file.input);
            !before.is_empty() && before != text(&file.output)
        };
        let poppler = |program: &PathBuf| {
            other(&|path| run(program, [path, Path::new("-")]).out.trim().to_owned()) && !excepted(file, "pdftotext")
        };
        if self.pdftotext.as_ref().is_some_and(poppler) {
            wrong.push(format!("{}: poppler shows another text", file.name));
        }
        let mupdf = |program: &PathBuf| {
            let draw = |path: &Path| {
                let words = [Path::new("draw"), Path::new("-q"), Path::new("-F"), Path::new("txt"), path];
                run(program, words).out.replace('\u{c}', "").trim().to_owned()
            };
            other(&draw) && !excepted(file, "mutool")
        };
        if self.mutool.as_ref().is_some_and(mupdf) {
            wrong.push(format!("{}: MuPDF shows another text", file.name));
        }
        if let Some(program) = self.qpdf.as_ref().filter(|_| !excepted(file, "qpdf")) {
            let (before, after) = (qpdf(program, &file.input), qpdf(program, &file.output));
            let new: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
            // What it could not read at all it had nothing to say of.
            if !new.is_empty() && !before.iter().any(|line| line.starts_with("unable to find")) {
                wrong.push(format!("{}: qpdf: {new:?}", file.name));
            }
        }
        wrong
    }
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
