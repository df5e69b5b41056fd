//! The report of a verification as one page that stands alone: no script, nothing fetched, verdict first, in the language
//! asked for and beside it the other one.

mod signature;
mod writer;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::cli::messages::{Language, Messages};
use crate::cli::output::html::writer::Html;
use crate::cli::output::policy::used_lines;
use crate::operations::SealImage;
use crate::report::{Code, Finding, Indication, Level, Report};

/// One file of the page.
pub(crate) struct Judged {
    pub(crate) report: Report,
    /// The pictures of its seals.
    pub(crate) images: Vec<SealImage>,
}

/// Both languages, the one that was asked for first.
struct Tongues<'a> {
    first: &'a Messages,
    second: Messages,
}

/// The page.
pub(crate) fn report_html(files: &[Judged], m: &Messages) -> String {
    let other = if m.language() == Language::En { Language::ZhCn } else { Language::En };
    let tongues = Tongues { first: m, second: Messages::new(other) };
    let mut html = Html::default();
    html.raw("<!DOCTYPE html>\n");
    html.element("html", &[("lang", m.language().tag())], |html| {
        html.element("head", &[], |html| head(html, files, m));
        html.raw("\n");
        html.element("body", &[], |html| body(html, files, &tongues));
    });
    html.finish()
}

fn head(html: &mut Html, files: &[Judged], m: &Messages) {
    html.raw("<meta charset=\"utf-8\">");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    // Nothing is ever fetched or run, should anything have slipped through.
    html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; ");
    html.raw("style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">");
    html.raw("<meta name=\"referrer\" content=\"no-referrer\">");
    let name = files.first().filter(|_| files.len() == 1).map_or("", |file| file.report.file.as_str());
    let title = if name.is_empty() { m.word("html-title") } else { format!("{} - {name}", m.word("html-title")) };
    html.line("title", &[], &title);
    html.raw("<style>");
    html.raw(include_str!("style.css"));
    html.raw("</style>");
}

fn body(html: &mut Html, files: &[Judged], t: &Tongues<'_>) {
    html.element("header", &[], |html| html.element("h1", &[], |html| t.both(html, "html-title")));
    html.element("main", &[], |html| {
        if files.len() > 1 {
            summary(html, files, t);
        }
        for (number, file) in files.iter().enumerate() {
            html.raw("\n");
            article(html, number.saturating_add(1), file, t);
        }
    });
    html.raw("\n");
    html.element("footer", &[], |html| {
        html.element("p", &[], |html| t.both(html, "html-note"));
        html.line("p", &[], concat!("eseal ", env!("CARGO_PKG_VERSION")));
    });
}

/// One line for each file.
fn summary(html: &mut Html, files: &[Judged], t: &Tongues<'_>) {
    html.element("article", &[], |html| {
        html.element("h2", &[], |html| t.both(html, "html-summary"));
        let heads = ["html-file", "html-verdict", "html-signatures"];
        table(html, &heads, t, |html| {
            for (number, file) in files.iter().enumerate() {
                let link = format!("#file-{}", number.saturating_add(1));
                html.element("tr", &[], |html| {
                    html.element("td", &[], |html| html.line("a", &[("href", &link)], &file.report.file));
                    html.element("td", &[("class", class(file.report.indication))], |html| {
                        t.both(html, &format!("indication-{}", file.report.indication.name()));
                    });
                    html.line("td", &[], &file.report.signatures.len().to_string());
                });
            }
        });
    });
}

fn article(html: &mut Html, number: usize, file: &Judged, t: &Tongues<'_>) {
    let report = &file.report;
    html.element("article", &[("id", &format!("file-{number}"))], |html| {
        html.line("h2", &[], &report.file);
        verdict(html, report.indication, t);
        html.element("p", &[], |html| t.both(html, &format!("meaning-{}", report.indication.name())));
        html.element("dl", &[], |html| {
            term(html, "html-validation-time", &report.validation_time.to_string(), t);
            term(html, "html-format", report.format.map_or("", crate::report::Format::name), t);
            term(html, "html-policy", &format!("{} (SHA-256 {})", report.policy.name, report.policy.sha256), t);
        });
        for line in used_lines(&report.policy, t.first) {
            html.line("p", &[], line.trim());
        }
        findings(html, &report.findings, t);
        for (at, one) in report.signatures.iter().enumerate() {
            let image = file.images.iter().find(|image| image.id == one.id);
            signature::section(html, (at.saturating_add(1), report.signatures.len()), one, image, t);
        }
    });
}

/// The verdict in plain words, and its name.
fn verdict(html: &mut Html, indication: Indication, t: &Tongues<'_>) {
    let class = format!("verdict {}", class(indication));
    html.element("p", &[("class", &class)], |html| {
        t.both(html, &format!("indication-{}", indication.name()));
        html.line("small", &[], indication.name());
    });
}

/// What was found, what it means and what to do.
fn findings(html: &mut Html, findings: &[Finding], t: &Tongues<'_>) {
    if findings.is_empty() {
        return;
    }
    html.element("h4", &[], |html| t.both(html, "html-findings"));
    html.element("ul", &[], |html| findings.iter().for_each(|finding| item(html, finding, t)));
}

fn item(html: &mut Html, finding: &Finding, t: &Tongues<'_>) {
    let level = finding.code.level();
    html.element("li", &[("class", level.name())], |html| {
        html.element("p", &[], |html| {
            html.element("b", &[], |html| t.both(html, &format!("level-{}", level.name())));
            html.raw(" ");
            html.line("code", &[], finding.code.name());
        });
        html.element("p", &[], |html| t.pair(html, |m| m.sentence(finding)));
        let mut fact = |label: &str, value: &str| {
            if !value.is_empty() {
                html.line("p", &[("class", "o")], &format!("{}: {value}", t.first.word(label)));
            }
        };
        fact("label-where", finding.place.as_deref().unwrap_or_default());
        fact("argument-detail", &t.first.detail(finding).unwrap_or_default());
        fact("label-clause", finding.clause.unwrap_or_default());
        if level != Level::Information {
            advice(html, finding.code, t);
        }
    });
}

fn advice(html: &mut Html, code: Code, t: &Tongues<'_>) {
    if t.first.advice(code).is_some() {
        html.element("p", &[], |html| {
            html.line("b", &[], &format!("{}: ", t.first.word("label-what-to-do")));
            t.pair(html, |m| m.advice(code).unwrap_or_default());
        });
    }
}

/// A label and its value; nothing where there is no value.
fn term(html: &mut Html, label: &str, value: &str, t: &Tongues<'_>) {
    if !value.is_empty() {
        html.element("dt", &[], |html| t.both(html, label));
        html.line("dd", &[], value);
    }
}

/// A table with these heads.
fn table(html: &mut Html, heads: &[&str], t: &Tongues<'_>, rows: impl FnOnce(&mut Html)) {
    html.element("div", &[("class", "scroll")], |html| {
        html.element("table", &[], |html| {
            html.element("thead", &[], |html| {
                html.element("tr", &[], |html| {
                    heads.iter().for_each(|head| html.element("th", &[("scope", "col")], |html| t.both(html, head)));
                });
            });
            html.element("tbody", &[], rows);
        });
    });
}

/// The colour of a verdict.
fn class(indication: Indication) -> &'static str {
    match indication {
        Indication::TotalPassed => "passed",
        Indication::TotalFailed | Indication::Refused => "failed",
        Indication::Indeterminate | Indication::NoSignature => "open",
    }
}

/// A picture as an address that holds it.
fn data_address(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(png))
}

impl Tongues<'_> {
    /// A word or sentence in both languages.
    fn both(&self, html: &mut Html, id: &str) {
        self.pair(html, |m| m.word(id));
    }

    /// What is said in both languages; once where both say the same.
    fn pair(&self, html: &mut Html, say: impl Fn(&Messages) -> String) {
        let (first, second) = (say(self.first), say(&self.second));
        html.text(&first);
        if first != second {
            html.raw(" ");
            html.line("span", &[("class", "o"), ("lang", self.second.language().tag())], &second);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::messages::{Language, Messages};
    use crate::cli::output::html::{Judged, report_html};
    use crate::operations::SealImage;
    use crate::report::{
        Change, Code, Finding, Indication, Kind, LaterChanges, PolicyUsed, Report, SignatureReport, TimestampSummary,
    };
    use crate::time::Time;

    const HOSTILE: &str = "</td></title><script>alert(1)</script><img src=x onerror='a()'>\"\u{202e}\u{0}&lt;";

    fn hostile() -> Judged {
        let mut signature = SignatureReport::new(HOSTILE, Kind::Seal);
        signature.indication = Indication::TotalFailed;
        signature
            .findings
            .push(Finding::new(Code::SesDataHash).at(HOSTILE).with("detail", HOSTILE).with("files", HOSTILE));
        signature.statements.reason = Some(HOSTILE.to_owned());
        signature.uncovered.push(HOSTILE.to_owned());
        signature.timestamps.push(TimestampSummary { authority: HOSTILE.to_owned(), ..TimestampSummary::default() });
        let value = || Some(HOSTILE.to_owned());
        let (level, rule) = (LaterChanges::Other, "page-content");
        let (field, before, after) = (value(), value(), value());
        signature.changes.push(Change { code: Code::SesDataHash, level, page: Some(2), field, before, after, rule });
        let report = Report {
            file: HOSTILE.to_owned(),
            format: None,
            validation_time: Time::from_unix(0),
            policy: PolicyUsed { name: HOSTILE.to_owned(), ..PolicyUsed::default() },
            indication: Indication::TotalFailed,
            exit_status: 1,
            findings: Vec::new(),
            signatures: vec![signature],
        };
        Judged { report, images: vec![SealImage { id: HOSTILE.to_owned(), png: vec![1, 2, 3] }] }
    }

    /// Names of all tags, and everything inside them.
    fn tags(page: &str) -> Vec<&str> {
        page.split('<').skip(1).map(|piece| piece.split('>').next().unwrap()).collect()
    }

    #[test]
    fn nothing_of_a_document_becomes_markup() {
        const KNOWN: [&str; 37] = [
            "!DOCTYPE",
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "header",
            "h1",
            "main",
            "article",
            "h2",
            "p",
            "small",
            "dl",
            "dt",
            "dd",
            "ul",
            "li",
            "b",
            "code",
            "section",
            "h3",
            "h4",
            "figure",
            "img",
            "figcaption",
            "div",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "span",
            "footer",
            "a",
        ];
        for language in Language::ALL {
            let page = report_html(&[hostile(), hostile()], &Messages::new(language));
            assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
            for tag in tags(&page) {
                let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
                assert!(KNOWN.contains(&name), "{tag}");
                assert!(!tag.contains(" on") && !tag.contains("http:") && !tag.contains("https:"), "{tag}");
            }
            assert!(!page.contains('\u{202e}') && !page.contains('\u{0}'));
        }
    }

    #[test]
    fn the_verdict_comes_first_and_all_is_said_in_both_languages() {
        for (language, verdict) in [(Language::En, "INVALID"), (Language::ZhCn, "无效")] {
            let page = report_html(&[hostile()], &Messages::new(language));
            let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
            assert!(at(verdict) < at("<section") && at("TOTAL-FAILED") < at("<dl"));
            for text in [
                "INVALID",
                "无效",
                "data:image/png;base64,AQID",
                "SES_DATAHASH",
                "Do not use this copy.",
                "请勿使用此副本",
            ] {
                at(text);
            }
            assert!(page.contains("class=\"doubt\""), "the picture of a seal that fails is grey");
            assert!(page.contains("<th scope=\"col\">") && page.contains("2</td>"));
            for missing in [">html-", ">step-", ">condition-", ">label-", ">changes-", ">kind-", ">meaning-", ">level-"]
            {
                assert!(!page.contains(missing), "{missing}");
            }
        }
    }
}
