//! Every well-formed sample and our own notice, signed three times over in several ways.

use std::path::{Path, PathBuf};

use eseal::crypto::KeyKind;
use eseal::report::Indication;
use eseal::sign::Closing;
use serde_json::Value;

use crate::office::{How, Office, office};
use crate::{judges, support, tools};

const NOTICE: &[u8] = include_bytes!("../../fixtures/notice.pdf");

/// What follows what.
fn courses(side: f64) -> Vec<(&'static str, Vec<How>)> {
    let seal = |x: f64, y: f64| How::seal(x * side, y * side, side * 0.9);
    vec![
        ("seals", vec![seal(0.5, 0.5), seal(0.6, 0.6), seal(0.5, 0.5)]),
        ("unseen and seen", vec![How::sign(), seal(0.5, 0.5), How::sign()]),
        ("certified", vec![seal(0.5, 0.5).closing(Closing::CertifyForms), How::sign(), How::sign()]),
        ("certified for notes", vec![How::sign().closing(Closing::CertifyAnnotations), How::sign()]),
        ("locked at once", vec![seal(0.5, 0.5).closing(Closing::Locked)]),
        ("certified for good", vec![How::sign().closing(Closing::CertifyNothing)]),
        ("locked later", vec![seal(0.5, 0.5), How::sign(), seal(0.5, 0.5).closing(Closing::Locked)]),
    ]
}

/// Samples in which pyHanko itself stumbles, over what was there before us, and what it then says.
const PYHANKO_FAILS: [(&str, &str); 5] = [
    ("CompactedPDFSyntaxTest", "TypeError: 'NullObject' object is not subscriptable"),
    ("broken-objstream4", "No container reference available"),
    ("minimal-illegal-header", "Illegal PDF header"),
    ("page-tree-direct-kid", "Array contains direct objects"),
    ("struct-tree-circular-ref", "Circular reference in structure tree"),
];

struct Round {
    what: String,
    path: PathBuf,
    count: usize,
    original: PathBuf,
}

#[test]
fn p256_on_every_sample() {
    let mut originals = vec![("notice".to_owned(), NOTICE.to_vec())];
    if let Some(samples) = support::samples() {
        for path in support::files_below(&samples.join("pdf/unsigned"), "pdf") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            originals.push((name, std::fs::read(&path).unwrap()));
        }
    }
    judge_all("p256", office(KeyKind::P256), &originals);
}

#[test]
fn rsa_on_the_notice() {
    judge_all("rsa", office(KeyKind::Rsa2048), &[("notice".to_owned(), NOTICE.to_vec())]);
}

fn judge_all(what: &str, office: &Office, originals: &[(String, Vec<u8>)]) {
    let Some([pdfsig, qpdf, mutool, pyhanko]) = tools::need(["pdfsig", "qpdf", "mutool", "pyhanko"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("ESEAL_KEEP").map_or_else(|| folder.path().to_path_buf(), PathBuf::from).join(what);
    std::fs::create_dir_all(&folder).unwrap();
    let mut rounds = Vec::new();
    for (name, original) in originals {
        rounds.extend(sign_all(office, name, original, &folder));
    }
    let files: Vec<PathBuf> = rounds.iter().map(|round| round.path.clone()).collect();
    let answers = judges::pyhanko(&pyhanko, office, &files);
    assert_eq!(answers.len(), rounds.len());
    let mut faults = Vec::new();
    for (round, answer) in rounds.iter().zip(&answers) {
        let mut fault = |who: &str, said: String| faults.push(format!("{}: {who}: {said}", round.what));
        let listed = judges::pdfsig(&pdfsig, &round.path);
        let right = listed.len() == round.count
            && listed.iter().all(|one| one.valid)
            && listed.iter().filter(|one| one.total).count() == 1;
        if !right {
            fault("pdfsig", format!("{listed:?}"));
        }
        let before = judges::qpdf(&qpdf, &round.original);
        let new: Vec<String> = judges::qpdf(&qpdf, &round.path).into_iter().filter(|c| !before.contains(c)).collect();
        if !new.is_empty() {
            fault("qpdf", format!("{new:?}"));
        }
        let beaten = PYHANKO_FAILS.iter().find(|(name, _)| round.what.starts_with(&format!("{name},")));
        match beaten {
            Some((_, why)) if round.count > 1 && !answer.to_string().contains(why) => {
                fault("pyHanko no longer fails", answer.to_string());
            }
            Some(_) => {}
            None => pyhanko_faults(answer, round.count).into_iter().for_each(|said| fault("pyHanko", said)),
        }
        let listed = judges::mutool(&mutool, &round.path);
        if listed != (1, round.count - 1) {
            fault("mutool", format!("{listed:?}"));
        }
        let report = office.verify(&std::fs::read(&round.path).unwrap());
        let (last, earlier) = report.signatures.split_last().unwrap();
        if last.indication != Indication::TotalPassed {
            fault("eseal", format!("{} {:?}", last.indication, last.findings));
        }
        for one in earlier.iter().filter(|one| one.indication != Indication::TotalPassed) {
            fault("eseal, earlier", format!("{} {:?} {:?}", one.indication, one.findings, one.changes));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// What pyHanko finds at fault in a file with so many signatures.
fn pyhanko_faults(answer: &Value, count: usize) -> Vec<String> {
    let signatures = answer["signatures"].as_array().unwrap();
    if answer["error"].is_string() || signatures.len() != count {
        return vec![answer.to_string()];
    }
    let bad = |one: &&Value| one["bottom_line"] != true || one["trusted"] != true || one["docmdp_ok"] != true;
    signatures.iter().filter(bad).map(Value::to_string).collect()
}

/// Each course on one document; documents that are refused are told of.
fn sign_all(office: &Office, name: &str, original: &[u8], folder: &Path) -> Vec<Round> {
    let before = folder.join(format!("{name}.pdf"));
    std::fs::write(&before, original).unwrap();
    // Small pages get small seals.
    let side = if original.len() > 20_000 { 60.0 } else { 20.0 };
    let mut rounds = Vec::new();
    for (course, hows) in courses(side) {
        let mut file = original.to_vec();
        for (n, how) in hows.iter().enumerate() {
            file = match office.on_pdf(&file, how) {
                Ok(file) => file,
                Err(error) => {
                    eprintln!("{name}: {course} {n}: {error}");
                    break;
                }
            };
            let path = folder.join(format!("{name}-{}-{n}.pdf", course.replace([' ', ','], "_")));
            std::fs::write(&path, &file).unwrap();
            rounds.push(Round {
                what: format!("{name}, {course}, {}", n + 1),
                path,
                count: n + 1,
                original: before.clone(),
            });
        }
    }
    rounds
}
