//! Trust anchors.

use serde_json::{Value, json};

use crate::cli::messages::escape;
use crate::operations::AnchorView;

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
