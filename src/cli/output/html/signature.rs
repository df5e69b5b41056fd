//! One signature of the page: verdict, picture, who and when, what came later, each step, article 13.

use crate::cli::output::html::writer::Html;
use crate::cli::output::html::{Tongues, class, data_address, findings, table, term, verdict};
use crate::cli::output::report::rows;
use crate::operations::SealImage;
use crate::report::{Code, Finding, Indication, SignatureReport, StepResult};

/// A signature with its number and how many there are.
pub(super) fn section(
    html: &mut Html,
    (number, count): (usize, usize),
    s: &SignatureReport,
    image: Option<&SealImage>,
    t: &Tongues<'_>,
) {
    html.raw("\n");
    html.element("section", &[], |html| {
        html.element("h3", &[], |html| {
            html.text(&format!("{number}/{count} "));
            t.both(html, &format!("kind-{}", s.kind.name()));
            html.raw(" ");
            html.line("code", &[], &s.id);
        });
        if let Some(image) = image {
            picture(html, s.indication, image, t);
        }
        verdict(html, s.indication, t);
        if let Some(sub) = s.sub_indication {
            html.element("p", &[], |html| html.line("code", &[], sub.name()));
        }
        html.element("dl", &[], |html| rows(s, t.first).iter().for_each(|(id, value)| term(html, id, value, t)));
        html.raw("<div class=\"clear\"></div>");
        findings(html, &s.findings, t);
        changes(html, s, t);
        timestamps(html, s, t);
        reliability(html, s, t);
        steps(html, s, t);
    });
}

/// The seal as the file carries it; grey where the verdict is not good, so that nobody takes it for proof.
fn picture(html: &mut Html, indication: Indication, image: &SealImage, t: &Tongues<'_>) {
    let class = if indication == Indication::TotalPassed { "good" } else { "doubt" };
    html.element("figure", &[("class", class)], |html| {
        let source = data_address(&image.png);
        html.start("img", &[("alt", &t.first.word("html-picture")), ("src", &source)]);
        html.element("figcaption", &[], |html| t.both(html, "html-picture"));
    });
}

fn changes(html: &mut Html, s: &SignatureReport, t: &Tongues<'_>) {
    if s.changes.is_empty() {
        return;
    }
    html.element("h4", &[], |html| t.both(html, "label-later-changes"));
    let heads = ["html-change", "html-level", "html-page", "html-field", "html-before", "html-after", "html-rule"];
    table(html, &heads, t, |html| {
        for change in &s.changes {
            html.element("tr", &[], |html| {
                html.element("td", &[], |html| {
                    t.pair(html, |m| m.sentence(&Finding::new(change.code)));
                    html.raw(" ");
                    html.line("code", &[], change.code.name());
                });
                html.element("td", &[], |html| t.both(html, &format!("changes-{}", change.level.name())));
                html.line("td", &[], &change.page.map(|page| page.to_string()).unwrap_or_default());
                for value in [&change.field, &change.before, &change.after] {
                    html.line("td", &[], value.as_deref().unwrap_or_default());
                }
                html.element("td", &[], |html| html.line("code", &[], change.rule));
            });
        }
    });
}

fn timestamps(html: &mut Html, s: &SignatureReport, t: &Tongues<'_>) {
    if s.timestamps.is_empty() {
        return;
    }
    html.element("h4", &[], |html| t.both(html, "html-timestamps"));
    table(html, &["html-kind", "html-time", "html-authority", "html-result"], t, |html| {
        for stamp in &s.timestamps {
            html.element("tr", &[], |html| {
                html.line("td", &[], stamp.kind);
                html.line("td", &[], &stamp.time.map(|time| time.to_string()).unwrap_or_default());
                html.line("td", &[], &stamp.authority);
                result(html, stamp.result, None, t);
            });
        }
    });
}

/// The four conditions of article 13 of the Electronic Signature Law.
fn reliability(html: &mut Html, s: &SignatureReport, t: &Tongues<'_>) {
    let r = &s.reliability;
    html.element("h4", &[], |html| {
        t.both(html, "label-reliable");
        html.raw(": ");
        t.both(html, &format!("reliable-{}", r.conclusion().name()));
    });
    let conditions = [
        ("condition-exclusive", r.exclusive),
        ("condition-sole-control", r.sole_control),
        ("condition-signature-alteration", r.signature_alteration),
        ("condition-content-alteration", r.content_alteration),
    ];
    table(html, &["html-condition", "html-result"], t, |html| {
        for (id, condition) in conditions {
            html.element("tr", &[], |html| {
                html.element("td", &[], |html| t.both(html, id));
                html.element("td", &[], |html| t.both(html, &format!("condition-is-{}", condition.name())));
            });
        }
    });
}

fn steps(html: &mut Html, s: &SignatureReport, t: &Tongues<'_>) {
    if s.steps.is_empty() {
        return;
    }
    html.element("h4", &[], |html| t.both(html, "html-steps"));
    table(html, &["html-step", "label-clause", "html-result"], t, |html| {
        for step in &s.steps {
            html.element("tr", &[], |html| {
                html.element("td", &[], |html| t.both(html, &format!("step-{}", step.step)));
                html.line("td", &[], step.clause);
                result(html, step.result, step.code, t);
            });
        }
    });
}

fn result(html: &mut Html, result: StepResult, code: Option<Code>, t: &Tongues<'_>) {
    let colour = match result {
        StepResult::Passed => class(Indication::TotalPassed),
        StepResult::Failed => class(Indication::TotalFailed),
        StepResult::Indeterminate | StepResult::NotRun => class(Indication::Indeterminate),
        StepResult::NotApplicable => "",
    };
    html.element("td", &[("class", colour)], |html| {
        t.both(html, &format!("step-is-{}", result.name()));
        if let Some(code) = code {
            html.raw(" ");
            html.line("code", &[], code.name());
        }
    });
}
