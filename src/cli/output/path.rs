//! The path of one certificate: verdict first, then the path, then what is wrong.

use serde_json::Value;

use crate::cli::messages::{Messages, escape};
use crate::cli::output::policy::used_lines;
use crate::cli::output::report::{finding_lines, verdict};
use crate::cli::output::{Colours, table};
use crate::report::CertificateReport;

/// One object.
pub(crate) fn path_json(report: &CertificateReport, m: &Messages) -> Value {
    report.to_json(&|finding| m.finding(finding))
}

/// Plain words.
pub(crate) fn path_text(report: &CertificateReport, m: &Messages, colours: Colours) -> String {
    let mut lines = vec![format!("{}: {}", escape(&report.file), verdict(report.indication, m, colours))];
    let mut rows = vec![(m.word("label-subject"), report.subject.clone())];
    for status in &report.path {
        let at = status.revoked_at.map(|time| format!(" {time}")).unwrap_or_default();
        let word = m.word(&format!("status-{}", status.revocation));
        rows.push((m.word("label-path"), format!("{} ({word}{at})", status.subject)));
    }
    rows.push((m.word("label-anchor"), report.anchor.clone().unwrap_or_default()));
    rows.push((m.word("label-policies"), report.policies.join(", ")));
    lines.push(table(&rows, 2));
    lines.extend(used_lines(&report.policy, m));
    report.findings.iter().for_each(|finding| lines.extend(finding_lines(finding, m, 2)));
    lines.join("\n")
}
