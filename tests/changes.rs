//! What later revisions of a PDF changed, and what `verify` makes of it.

use eseal::policy::Policy;
use eseal::report::{Effect, Indication, Report};
use eseal::source::Bytes;
use eseal::time::Time;
use eseal::verify::{Evidence, NoRegister, verify};

#[path = "support/mod.rs"]
mod support;

fn judged(bytes: Vec<u8>, name: &str) -> Report {
    let policy = Policy::default();
    let evidence = Evidence {
        anchors: &[],
        untrusted: &[],
        crls: &[],
        register: &NoRegister,
        policy: &policy,
        time: Time::parse_rfc3339("2026-11-22T00:00:00Z").unwrap(),
        passwords: &[],
    };
    verify(&Bytes::shared(bytes), name, &evidence)
}

fn described(report: &Report) -> String {
    let mut text = format!("{} {:?}\n", report.file, report.indication);
    for finding in &report.findings {
        text.push_str(&format!("  {} {:?} {:?}\n", finding.code.name(), finding.arguments, finding.place));
    }
    for signature in &report.signatures {
        text.push_str(&format!(
            "  [{}] revision {:?} {:?} later {:?}\n",
            signature.id, signature.revision, signature.indication, signature.later_changes
        ));
        for finding in signature.findings.iter().filter(|finding| finding.code.effect() != Effect::Tell) {
            text.push_str(&format!("      {} {:?} {:?}\n", finding.code.name(), finding.arguments, finding.place));
        }
        for change in &signature.changes {
            text.push_str(&format!("      change {change:?}\n"));
        }
    }
    text
}

#[test]
fn the_samples_of_other_programs_are_judged_as_expected() {
    let Some(folder) = support::samples() else { return };
    let folder = folder.join("pdf");
    let table = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut wrong = Vec::new();
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (file, class) = (fields[0], fields[1]);
        let report = judged(std::fs::read(folder.join(file)).unwrap(), file);
        let failed = report.indication == Indication::TotalFailed;
        let right = match class {
            "intact" => !failed && report.indication != Indication::Refused,
            "modified" => failed,
            _ => continue,
        };
        if !right {
            wrong.push(format!("{class}: {}", described(&report)));
        } else {
            eprintln!("ok {class}: {}", described(&report));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
