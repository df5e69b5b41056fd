//! Printing: plain data in, text or JSON out. Everything that comes from a document is escaped.

mod certificate;
mod document;
mod html;
mod path;
mod policy;
mod report;
mod seal;
mod trail;
mod trust;

pub(crate) use certificate::{certificate_json, certificate_line, certificate_text};
pub(crate) use document::{hits_json, shown_json, tree};
pub(crate) use html::{Judged, report_html};
pub(crate) use path::{path_json, path_text};
pub(crate) use policy::{checked_json, checked_text, policy_json};
pub(crate) use report::{Colours, report_json, report_text};
pub(crate) use seal::{seal_json, seal_line, seal_text};
pub(crate) use trail::{entry_json, entry_text};
pub(crate) use trust::{anchor_json, anchor_text, evidence_json, evidence_text};

/// Lines `label: value`, the values in one column; empty ones are left out.
pub(crate) fn table(rows: &[(String, String)], indent: usize) -> String {
    let width = |text: &str| text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let widest = rows.iter().filter(|row| !row.1.is_empty()).map(|row| width(&row.0)).max().unwrap_or(0);
    let line = |(label, value): &(String, String)| {
        let space = " ".repeat(widest.saturating_sub(width(label)).saturating_add(2));
        format!("{}{label}{space}{}", " ".repeat(indent), crate::cli::messages::escape(value))
    };
    rows.iter().filter(|row| !row.1.is_empty()).map(line).collect::<Vec<_>>().join("\n")
}
