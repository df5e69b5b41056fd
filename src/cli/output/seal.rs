//! Seals.

use serde_json::{Value, json};

use crate::cli::messages::{Messages, escape};
use crate::cli::output::table;
use crate::operations::SealView;

/// One object.
pub(crate) fn seal_json(s: &SealView) -> Value {
    json!({
        "name": s.label,
        "number": s.number,
        "title": s.title,
        "type": s.kind,
        "version": s.version,
        "standard": s.standard,
        "owner_code": s.owner_code,
        "maker": s.maker,
        "holders": s.holders,
        "valid_from": s.validity.not_before.to_string(),
        "valid_to": s.validity.not_after.to_string(),
        "created": s.created.to_string(),
        "size_mm": [s.size_mm.0, s.size_mm.1],
        "picture": { "type": s.picture_kind, "bytes": s.picture_bytes },
        "state": s.state,
    })
}

/// One line of a list.
pub(crate) fn seal_line(s: &SealView) -> String {
    let (label, title) = (escape(&s.label), escape(&s.title));
    format!("{label}  {title}  {}  {}  {}", escape(&s.number), s.state, s.validity.not_after)
}

/// Everything.
pub(crate) fn seal_text(s: &SealView, m: &Messages) -> String {
    table(
        &[
            (m.word("label-seal"), s.title.clone()),
            (m.word("label-name"), s.label.clone()),
            (m.word("label-seal-number"), s.number.clone()),
            (m.word("label-type"), s.kind.to_string()),
            (m.word("label-state"), s.state.to_owned()),
            (m.word("label-version"), format!("{} ({})", s.version, s.standard)),
            (m.word("label-valid"), format!("{} - {}", s.validity.not_before, s.validity.not_after)),
            (m.word("label-owner-code"), s.owner_code.clone().unwrap_or_default()),
            (m.word("label-maker"), s.maker.clone()),
            (m.word("label-holders"), s.holders.join("; ")),
            (m.word("label-size"), format!("{} x {} mm", s.size_mm.0, s.size_mm.1)),
            (m.word("label-picture"), format!("{}, {} B", s.picture_kind, s.picture_bytes)),
        ],
        0,
    )
}
