//! The report of a verification: verdict first, then each signature, then what to do.

use serde_json::Value;

use crate::cli::messages::{Messages, escape};
use crate::cli::output::policy::used_lines;
use crate::cli::output::table;
use crate::report::{Finding, Indication, Level, Placement, Report, SignatureReport};

/// Whether a terminal takes colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    Yes,
    No,
}

/// One object, as interface.md fixes it.
pub(crate) fn report_json(report: &Report, m: &Messages) -> Value {
    report.to_json(&|finding| m.finding(finding))
}

/// Plain words.
pub(crate) fn report_text(report: &Report, m: &Messages, colours: Colours) -> String {
    let mut lines = vec![
        format!("{}: {}", escape(&report.file), verdict(report.indication, m, colours)),
        format!("  {}", m.word(&format!("meaning-{}", report.indication.name()))),
    ];
    lines.extend(used_lines(&report.policy, m));
    report.findings.iter().for_each(|finding| lines.extend(finding_lines(finding, m, 2)));
    for (n, signature) in report.signatures.iter().enumerate() {
        lines.push(String::new());
        let number = (n.saturating_add(1), report.signatures.len());
        lines.extend(signature_lines(number, signature, m, colours));
    }
    lines.join("\n")
}

pub(super) fn verdict(indication: Indication, m: &Messages, colours: Colours) -> String {
    let word = format!("{} ({})", m.word(&format!("indication-{}", indication.name())), indication.name());
    let colour = match indication {
        Indication::TotalPassed => 32,
        Indication::TotalFailed | Indication::Refused => 31,
        Indication::Indeterminate | Indication::NoSignature => 33,
    };
    match colours {
        Colours::Yes => format!("\u{1b}[1;{colour}m{word}\u{1b}[0m"),
        Colours::No => word,
    }
}

/// A signature with its number and how many there are.
fn signature_lines(
    (number, count): (usize, usize),
    s: &SignatureReport,
    m: &Messages,
    colours: Colours,
) -> Vec<String> {
    let kind = m.word(&format!("kind-{}", s.kind.name()));
    let sub = s.sub_indication.map(|sub| format!(", {sub}")).unwrap_or_default();
    let verdict = verdict(s.indication, m, colours);
    let mut lines = vec![format!("  {number}. {kind} {}: {verdict}{sub}", escape(&s.id))];
    let words = rows(s, m).into_iter().map(|(label, value)| (m.word(label), value));
    let mut rows: Vec<(String, String)> = words.collect();
    if count > 1 {
        let order = m.say("order-of", &[("order", &number.to_string()), ("count", &count.to_string())]);
        rows.insert(0, (m.word("label-order"), order));
    }
    lines.push(table(&rows, 5));
    s.findings.iter().for_each(|finding| lines.extend(finding_lines(finding, m, 5)));
    lines
}

/// What is known of a signature: identifiers of labels, and values, some empty.
pub(super) fn rows(s: &SignatureReport, m: &Messages) -> Vec<(&'static str, String)> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let time = |value: &Option<crate::time::Time>| value.map(|t| t.to_string()).unwrap_or_default();
    let mut rows = Vec::new();
    if let Some(seal) = &s.seal {
        rows.push(("label-seal", seal.name.clone()));
        rows.push(("label-seal-number", seal.id.clone()));
        rows.push(("label-maker", seal.maker.clone()));
        rows.push(("label-valid", format!("{} - {}", seal.valid_from, seal.valid_to)));
    }
    if let Some(signer) = &s.signer {
        rows.push(("label-signer", signer.subject.clone()));
        rows.push(("label-issuer", signer.issuer.clone()));
    }
    rows.push(("label-anchor", text(&s.anchor)));
    rows.push(("label-algorithm", text(&s.algorithm)));
    rows.push(("label-claimed-time", time(&s.claimed_time)));
    rows.push(("label-proven-time", time(&s.proven_time)));
    rows.push(("label-reason", text(&s.statements.reason)));
    rows.push(("label-location", text(&s.statements.location)));
    rows.push(("label-role", role(s.statements.role.as_deref(), m)));
    rows.push(("label-on-behalf-of", text(&s.statements.on_behalf_of)));
    rows.push(("label-reference", text(&s.statements.reference)));
    rows.push(("label-coverage", m.word(&format!("coverage-{}", s.coverage.name()))));
    rows.push(("label-covers", s.covers.join(", ")));
    rows.push(("label-covered-by", s.covered_by.join(", ")));
    rows.push(("label-later-changes", m.word(&format!("changes-{}", s.later_changes.name()))));
    for p in &s.placements {
        let page = m.say("label-page", &[("page", &p.page.to_string())]);
        let r = &p.rectangle;
        rows.push((
            "label-place",
            format!("{page}: {:.1},{:.1} {:.1} x {:.1} mm{}", r.x.0, r.y.0, r.width.0, r.height.0, strip(p, m)),
        ));
    }
    rows.push(("label-reliable", m.word(&format!("reliable-{}", s.reliability.conclusion().name()))));
    rows
}

/// One of our roles in words; anything else as it is stated.
fn role(stated: Option<&str>, m: &Messages) -> String {
    match stated {
        Some(known @ ("self" | "legal-representative" | "handler")) => m.word(&format!("role-{known}")),
        other => other.unwrap_or_default().to_owned(),
    }
}

/// The strip that is seen of a riding seal.
fn strip(place: &Placement, m: &Messages) -> String {
    place.clip.map_or_else(String::new, |c| {
        format!(" ({} {:.1},{:.1} {:.1} x {:.1} mm)", m.word("label-strip"), c.x.0, c.y.0, c.width.0, c.height.0)
    })
}

pub(super) fn finding_lines(finding: &Finding, m: &Messages, indent: usize) -> Vec<String> {
    let space = " ".repeat(indent);
    let level = m.word(&format!("level-{}", finding.code.level().name()));
    let place = finding.place.as_ref().map(|place| format!(" [{}: {}]", m.word("label-where"), escape(place)));
    let text = m.sentence(finding);
    let mut lines = vec![format!("{space}{level} {}: {text}{}", finding.code.name(), place.unwrap_or_default())];
    if let Some(detail) = m.detail(finding) {
        lines.push(format!("{space}  {}: {detail}", m.word("argument-detail")));
    }
    if let Some(clause) = finding.clause {
        lines.push(format!("{space}  {}: {clause}", m.word("label-clause")));
    }
    if finding.code.level() != Level::Information {
        let advice = m.advice(finding.code).map(|advice| format!("{space}  {}: {advice}", m.word("label-what-to-do")));
        lines.extend(advice);
    }
    lines
}

#[cfg(test)]
mod tests {
    use crate::cli::messages::{Language, Messages};
    use crate::cli::output::report::{Colours, report_text};
    use crate::report::{Code, Finding, Indication, Kind, PolicyUsed, Report, SignatureReport};
    use crate::time::Time;

    #[test]
    fn the_verdict_comes_first_and_nothing_escapes() {
        let mut signature = SignatureReport::new("s\u{1b}]0;x\u{7}", Kind::Seal);
        signature.indication = Indication::TotalFailed;
        signature.findings.push(Finding::new(Code::SesDataHash).at("Doc_0/\u{202e}Signs"));
        signature.statements.reason = Some("line\nbreak".to_owned());
        let report = Report {
            file: "a.ofd".to_owned(),
            format: None,
            validation_time: Time::from_unix(0),
            policy: PolicyUsed::default(),
            indication: Indication::TotalFailed,
            exit_status: 1,
            findings: Vec::new(),
            signatures: vec![signature],
        };
        let text = report_text(&report, &Messages::new(Language::En), Colours::No);
        assert!(text.starts_with("a.ofd: INVALID (TOTAL-FAILED)\n"), "{text}");
        assert!(text.contains("error SES_DATAHASH: The digest inside the seal's signature"), "{text}");
        assert!(text.contains("what to do: Do not use this copy."), "{text}");
        assert!(text.contains("line\\u{a}break"), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }
}
