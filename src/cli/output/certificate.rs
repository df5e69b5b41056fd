//! Certificates.

use serde_json::{Value, json};

use crate::cli::messages::{Messages, escape};
use crate::cli::output::table;
use crate::operations::{CertificateView, KeyPlace};

/// One object.
pub(crate) fn certificate_json(c: &CertificateView) -> Value {
    json!({
        "name": c.name,
        "profile": c.role,
        "subject": c.subject,
        "issuer": c.issuer,
        "serial": c.serial,
        "not_before": c.validity.not_before.to_string(),
        "not_after": c.validity.not_after.to_string(),
        "algorithm": c.algorithm,
        "sha256": c.sha256,
        "private_key": c.key_here != KeyPlace::Elsewhere,
        "token": c.token,
        "encryption": c.encryption.as_ref().map(|e| json!({
            "issuer": e.issuer,
            "serial": e.serial,
            "not_before": e.validity.not_before.to_string(),
            "not_after": e.validity.not_after.to_string(),
            "sha256": e.sha256,
            "private_key": e.key_here != KeyPlace::Elsewhere,
        })),
        "revoked": c.revoked.map(|time| time.to_string()),
    })
}

/// One line of a list.
pub(crate) fn certificate_line(c: &CertificateView) -> String {
    let state = if c.revoked.is_some() { " [revoked]" } else { "" };
    format!("{}  {}  {}  {}{state}", escape(&c.name), c.role, escape(&c.subject), c.validity.not_after)
}

/// Everything.
pub(crate) fn certificate_text(c: &CertificateView, m: &Messages) -> String {
    let mut rows = vec![
        (m.word("label-name"), c.name.clone()),
        (m.word("label-profile"), c.role.to_owned()),
        (m.word("label-subject"), c.subject.clone()),
        (m.word("label-issuer"), c.issuer.clone()),
        (m.word("label-serial"), c.serial.clone()),
        (m.word("label-valid"), format!("{} - {}", c.validity.not_before, c.validity.not_after)),
        (m.word("label-algorithm"), c.algorithm.clone()),
        (m.word("label-key"), c.token.clone().unwrap_or_else(|| m.word(place(c.key_here)))),
        (m.word("label-revoked"), c.revoked.map(|time| time.to_string()).unwrap_or_default()),
        (m.word("label-fingerprint"), c.sha256.clone()),
    ];
    if let Some(e) = &c.encryption {
        let valid = format!("{} - {}", e.validity.not_before, e.validity.not_after);
        rows.push((m.word("label-encryption"), format!("{}  {valid}  {}", e.serial, m.word(place(e.key_here)))));
    }
    table(&rows, 0)
}

fn place(place: KeyPlace) -> &'static str {
    match place {
        KeyPlace::Here => "key-here",
        KeyPlace::Token => "key-token",
        KeyPlace::Elsewhere => "key-elsewhere",
    }
}
