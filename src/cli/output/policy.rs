//! Policies: what they say, what they loosen, and what is wrong with them.

use serde_json::{Map, Value, json};

use crate::cli::messages::{Messages, escape};
use crate::operations::{CheckedPolicy, Policy, PolicyFault, PolicyFaultKind, Setting};
use crate::report::PolicyUsed;

/// One object; `rules` has every key with its value, those of the policy that it extends too.
pub(crate) fn policy_json(policy: &Policy) -> Value {
    let value = |setting: Setting| match setting {
        Setting::Text(text) => Value::from(text),
        Setting::Number(number) => Value::from(number),
        Setting::List(list) => Value::from(list),
    };
    let rules: Map<String, Value> = policy.settings().into_iter().map(|(key, setting)| (key, value(setting))).collect();
    json!({
        "schema": "eseal-policy/1",
        "name": policy.name(),
        "extends": policy.extends(),
        "sha256": policy.sha256(),
        "loosened": policy.loosened(),
        "rules": rules,
        "text": policy.text(),
    })
}

/// One object.
pub(crate) fn checked_json(checked: &CheckedPolicy, m: &Messages) -> Value {
    let (policy, faults) = match &checked.policy {
        Ok(policy) => (Some(policy), &[][..]),
        Err(faults) => (None, faults.as_slice()),
    };
    let one = |fault: &PolicyFault| {
        json!({
            "line": fault.line,
            "key": fault.key,
            "fault": fault.kind.name(),
            "message": fault_text(fault, m),
        })
    };
    json!({
        "file": checked.path.display().to_string(),
        "usable": policy.is_some(),
        "name": policy.map(Policy::name),
        "extends": policy.and_then(Policy::extends),
        "sha256": policy.map(Policy::sha256),
        "loosened": policy.map(Policy::loosened).unwrap_or_default(),
        "faults": faults.iter().map(one).collect::<Vec<_>>(),
    })
}

/// Plain words.
pub(crate) fn checked_text(checked: &CheckedPolicy, m: &Messages) -> String {
    let path = checked.path.display().to_string();
    match &checked.policy {
        Ok(policy) => {
            let mut lines = vec![m.say("policy-usable", &[("path", &path), ("name", policy.name())])];
            lines.push(format!("  SHA-256: {}", policy.sha256()));
            lines.extend(loosened_lines(&policy.loosened(), m));
            lines.join("\n")
        }
        Err(faults) => {
            let mut lines = vec![m.say("policy-not-usable", &[("path", &path)])];
            lines.extend(faults.iter().map(|fault| {
                let line = fault.line.to_string();
                let place = if fault.line == 0 {
                    String::new()
                } else {
                    format!("{}: ", m.say("policy-line", &[("line", &line)]))
                };
                let key = if fault.key.is_empty() { String::new() } else { format!("{}: ", escape(&fault.key)) };
                format!("  {place}{key}{}", fault_text(fault, m))
            }));
            lines.join("\n")
        }
    }
}

/// Which policy gave a verdict, where it is not the default, and every loosening of it.
pub(crate) fn used_lines(policy: &PolicyUsed, m: &Messages) -> Vec<String> {
    if policy.name == "default" && policy.loosened.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!("  {}", m.say("policy-used", &[("name", &policy.name), ("sha256", &policy.sha256)]))];
    lines.extend(loosened_lines(&policy.loosened, m));
    lines
}

fn loosened_lines(loosened: &[String], m: &Messages) -> Vec<String> {
    let one = |key: &String| {
        let id = format!("loosened-{}", key.replace('.', "-"));
        let told = m.word(&id);
        // Algorithms have one sentence for all of them.
        let told = if told == id { m.word("loosened-algorithms") } else { told };
        format!("  {} {}: {told}", m.word("policy-looser"), escape(key))
    };
    loosened.iter().map(one).collect()
}

fn fault_text(fault: &PolicyFault, m: &Messages) -> String {
    let mut arguments = fault.kind.arguments();
    if let PolicyFaultKind::WrongType { .. } = fault.kind {
        for (_, kind) in &mut arguments {
            *kind = m.word(&format!("policy-type-{kind}"));
        }
    }
    let values: Vec<(&str, &str)> = arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
    m.say(&format!("policy-fault-{}", fault.kind.name()), &values)
}
