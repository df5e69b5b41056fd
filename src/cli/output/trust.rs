//! Trust anchors, and the evidence of revocation that is kept.

use serde_json::{Value, json};

use crate::cli::messages::escape;
use crate::operations::{AnchorView, EvidenceView};

/// One object.
pub(crate) fn anchor_json(a: &AnchorView) -> Value {
    json!({
        "id": a.id,
        "subject": a.subject,
        "not_before": a.validity.not_before.to_string(),
        "not_after": a.validity.not_after.to_string(),
        "purposes": a.purposes,
        "source": a.source,
        "added": a.added.to_string(),
    })
}

/// One line of a list; sixteen digits of the identifier are enough to name it.
pub(crate) fn anchor_text(a: &AnchorView) -> String {
    let id = a.id.get(..16).unwrap_or(&a.id);
    format!("{id}  {}  {}  {}", a.purposes.join(","), a.validity.not_after, escape(&a.subject))
}

/// One object.
pub(crate) fn evidence_json(e: &EvidenceView) -> Value {
    json!({
        "id": e.id,
        "kind": e.kind,
        "issuer": e.issuer,
        "this_update": e.this_update.to_string(),
        "next_update": e.next_update.map(|time| time.to_string()),
        "entries": e.entries,
        "bytes": e.bytes,
        "source": e.source,
        "added": e.added.to_string(),
    })
}

/// One line of a list: identifier, kind, thisUpdate, nextUpdate, issuer.
pub(crate) fn evidence_text(e: &EvidenceView) -> String {
    let id = e.id.get(..16).unwrap_or(&e.id);
    let next = e.next_update.map_or_else(|| "-".to_owned(), |time| time.to_string());
    format!("{id}  {}  {}  {next}  {}", e.kind, e.this_update, escape(&e.issuer))
}
