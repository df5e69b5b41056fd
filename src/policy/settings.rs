//! The rules of a policy as a list of keys, for printing.

use std::collections::BTreeMap;

use crate::policy::{End, Rules};

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A word, or a date such as `2010-12-31`.
    Text(String),
    /// A number.
    Number(u32),
    /// Several words.
    List(Vec<String>),
}

/// Every key that has a value, dotted as in [`crate::policy::Policy::loosened`].
pub(super) fn settings(rules: &Rules) -> Vec<(String, Setting)> {
    let mut all = Vec::new();
    let algorithms = &rules.algorithms;
    let end = |end: &End| Setting::Text(end.to_string().trim_matches('"').to_owned());
    let mut table = |name: &str, ends: &BTreeMap<&'static str, End>| {
        all.extend(ends.iter().map(|(key, value)| (format!("algorithms.{name}.{key}"), end(value))));
    };
    table("digests", &algorithms.digests);
    table("signatures", &algorithms.signatures);
    table("curves", &algorithms.curves);
    all.extend(algorithms.rsa.iter().map(|(bits, value)| (format!("algorithms.rsa.{bits}"), end(value))));
    for (key, value) in rules.choices() {
        all.push((key.to_owned(), Setting::Text(value.to_owned())));
        match key {
            "revocation.required" => {
                let hours = rules.max_age_hours.map(Setting::Number);
                all.extend(hours.map(|hours| ("revocation.max-age-hours".to_owned(), hours)));
            }
            "certificates.key-usage" => {
                all.push(("certificates.purposes".to_owned(), Setting::List(rules.purposes.clone())));
                all.push(("certificates.policies".to_owned(), Setting::List(rules.policies.clone())));
            }
            _ => {}
        }
    }
    let accepted = rules.accepted_policies.iter().map(|(oid, digest)| {
        let digest = digest.clone().unwrap_or_else(|| "any".to_owned());
        (format!("signature-policies.accepted.{oid}"), Setting::Text(digest))
    });
    all.extend(accepted);
    all
}
