//! Reading a policy's text, strictly: what is not understood is refused with its line, never passed over.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::policy::algorithms::{CURVES, DIGESTS, End, SIGNATURES};
use crate::policy::rules::{Choice, ClaimedTime, ProofOfTime, RevocationNeed, Rules};
use crate::policy::{Fault, FaultKind, Policy, named_text};
use crate::time::Time;

/// Largest text of a policy, in bytes: a hundred times the default's.
pub const POLICY_BYTES: usize = 256 << 10;
/// Longest name of a policy, in characters.
const NAME: usize = 64;
/// Most identifiers in one list: nobody names more purposes or policies of certificates.
const LIST: usize = 256;
/// Sizes of RSA keys that can be meant, in bits.
const RSA: std::ops::RangeInclusive<u32> = 512..=65_536;
/// Longest age of evidence that can be asked for: ten years, in hours.
const HOURS: std::ops::RangeInclusive<i64> = 1..=87_600;

/// Tables of a policy.
const TABLES: [&[&str]; 13] = [
    &["algorithms"],
    &["algorithms", "digests"],
    &["algorithms", "signatures"],
    &["algorithms", "curves"],
    &["algorithms", "rsa"],
    &["time"],
    &["timestamps"],
    &["revocation"],
    &["coverage"],
    &["changes"],
    &["seals"],
    &["certificates"],
    &["signature-policies"],
];
/// A table whose keys are dotted identifiers.
const ACCEPTED: &[&str] = &["signature-policies", "accepted"];
/// Keys that a policy may leave out though it extends none.
const OPTIONAL: [&str; 6] = [
    "extends",
    "revocation.max-age-hours",
    "certificates.purposes",
    "certificates.policies",
    "signature-policies.accepted",
    "algorithms.rsa",
];

/// Name, base and rules of a text.
pub(super) struct Parsed {
    pub(super) name: String,
    pub(super) extends: Option<String>,
    pub(super) rules: Rules,
}

/// Reads a text; every fault in it is told, in the order of lines.
pub(super) fn parse(text: &str) -> Result<Parsed, Vec<Fault>> {
    if text.len() > POLICY_BYTES {
        return Err(vec![Fault { line: 0, key: String::new(), kind: FaultKind::TooLarge { limit: POLICY_BYTES } }]);
    }
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line(text, &span));
        vec![Fault { line, key: String::new(), kind: FaultKind::Syntax { detail: error.message().to_owned() } }]
    })?;
    let mut reader = Reader { text, faults: Vec::new(), lines: BTreeMap::new(), rules: Rules::closed() };
    let table = table.get_ref();
    let name = reader.name(table);
    let extends = reader.base(table);
    if let Some(base) = &extends {
        reader.rules = base.rules().clone();
    }
    reader.table(&[], table);
    if entry(table, "extends").is_none() {
        reader.complete();
    }
    reader.contradictions();
    let Reader { mut faults, rules, .. } = reader;
    if faults.is_empty() {
        return Ok(Parsed { name, extends: extends.map(|base| base.name().to_owned()), rules });
    }
    faults.sort_by_key(|fault| fault.line);
    Err(faults)
}

/// The text of a policy that says all that `rules` say and extends none.
pub(super) fn write(name: &str, rules: &Rules) -> String {
    let mut text = format!("name = {}\n", quoted(name));
    let algorithms = &rules.algorithms;
    for (table, ends) in
        [("digests", &algorithms.digests), ("signatures", &algorithms.signatures), ("curves", &algorithms.curves)]
    {
        let _ = writeln!(text, "\n[algorithms.{table}]");
        for (key, end) in ends {
            let _ = writeln!(text, "{key} = {end}");
        }
    }
    let _ = writeln!(text, "\n[algorithms.rsa]");
    for (bits, end) in &algorithms.rsa {
        let _ = writeln!(text, "{bits} = {end}");
    }
    let mut open = "";
    for (key, value) in rules.choices() {
        let (table, key) = key.split_once('.').unwrap_or(("", key));
        if table != open {
            let _ = writeln!(text, "\n[{table}]");
            open = table;
        }
        let _ = writeln!(text, "{key} = \"{value}\"");
        match (table, key) {
            ("revocation", "required") => {
                let _ = rules.max_age_hours.map(|hours| writeln!(text, "max-age-hours = {hours}"));
            }
            ("certificates", "key-usage") => {
                let _ = writeln!(text, "purposes = {}", list(&rules.purposes));
                let _ = writeln!(text, "policies = {}", list(&rules.policies));
            }
            _ => {}
        }
    }
    let _ = writeln!(text, "\n[signature-policies.accepted]");
    for (oid, digest) in &rules.accepted_policies {
        let _ = writeln!(text, "{} = {}", quoted(oid), quoted(digest.as_deref().unwrap_or("any")));
    }
    text
}

/// Names are plain, but a quote or a backslash in one must not end its string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
}

struct Reader<'t> {
    text: &'t str,
    faults: Vec<Fault>,
    /// Where each key stands.
    lines: BTreeMap<String, usize>,
    rules: Rules,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn fault(&mut self, span: &Range<usize>, key: &str, kind: FaultKind) {
        let line = line(self.text, span);
        self.faults.push(Fault { line, key: key.to_owned(), kind });
    }

    fn name(&mut self, table: &DeTable<'_>) -> String {
        let Some(value) = entry(table, "name") else {
            self.faults.push(Fault { line: 0, key: "name".to_owned(), kind: FaultKind::Missing });
            return String::new();
        };
        let Some(name) = self.string("name", value) else { return String::new() };
        let fits = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.chars().count() > NAME || !name.chars().all(fits) {
            let expected = "[a-z A-Z 0-9 - _ .]{1,64}".to_owned();
            self.fault(&value.span(), "name", FaultKind::BadValue { value: name.clone(), expected });
        } else if named_text(&name).is_some_and(|text| text != self.text) {
            // Else a report could say "default" of rules that are not.
            self.fault(&value.span(), "name", FaultKind::NameTaken { name: name.clone() });
        }
        name
    }

    fn base(&mut self, table: &DeTable<'_>) -> Option<Policy> {
        let value = entry(table, "extends")?;
        let name = self.string("extends", value)?;
        // The texts of named policies extend only what stands before them, so that this comes to an end.
        let base = Policy::named(&name);
        if base.is_none() {
            let expected = Policy::NAMES.join(", ");
            self.fault(&value.span(), "extends", FaultKind::BadValue { value: name, expected });
        }
        base
    }

    fn table(&mut self, prefix: &[&str], table: &DeTable<'_>) {
        for (name, value) in table {
            let name: &str = name.get_ref();
            let mut path = prefix.to_vec();
            path.push(name);
            let key = path.join(".");
            self.lines.insert(key.clone(), line(self.text, &value.span()));
            let is_table = TABLES.contains(&path.as_slice()) || path == ACCEPTED;
            match value.get_ref() {
                DeValue::Table(inner) if path == ACCEPTED => self.accepted(inner),
                DeValue::Table(inner) if is_table => self.table(&path, inner),
                _ if is_table => self.wrong(&key, value, "table"),
                _ => self.leaf(&path, &key, value),
            }
        }
    }

    fn leaf(&mut self, path: &[&str], key: &str, value: &Value<'_>) {
        match path {
            ["name" | "extends"] => {}
            ["algorithms", "digests", name] => self.named_end(&DIGESTS, name, key, value),
            ["algorithms", "signatures", name] => self.named_end(&SIGNATURES, name, key, value),
            ["algorithms", "curves", name] => self.named_end(&CURVES, name, key, value),
            ["algorithms", "rsa", bits] => self.rsa(bits, key, value),
            ["revocation", "max-age-hours"] => self.hours(key, value),
            ["certificates", "purposes"] => {
                if let Some(list) = self.identifiers(key, value) {
                    self.rules.purposes = list;
                }
            }
            ["certificates", "policies"] => {
                if let Some(list) = self.identifiers(key, value) {
                    self.rules.policies = list;
                }
            }
            _ => self.choice(path, key, value),
        }
    }

    fn choice(&mut self, path: &[&str], key: &str, value: &Value<'_>) {
        macro_rules! set {
            ($field:ident) => {
                if let Some(choice) = self.one_of(key, value) {
                    self.rules.$field = choice;
                }
            };
        }
        match path {
            ["time", "claimed"] => set!(claimed),
            ["time", "proof"] => set!(proof),
            ["timestamps", "document"] => set!(document_timestamps),
            ["revocation", "required"] => set!(revocation),
            ["coverage", "required"] => set!(coverage),
            ["coverage", "partial"] => set!(partial),
            ["changes", "highest"] => set!(highest_change),
            ["changes", "overlays"] => set!(overlays),
            ["seals", "claimed-outside"] => set!(claimed_outside),
            ["seals", "state"] => set!(seal_state),
            ["certificates", "key-usage"] => set!(key_usage),
            ["signature-policies", "unknown"] => set!(unknown_policy),
            _ => self.fault(&value.span(), key, FaultKind::UnknownKey),
        }
    }

    fn one_of<C: Choice>(&mut self, key: &str, value: &Value<'_>) -> Option<C> {
        let text = self.string(key, value)?;
        let found = C::ALL.iter().copied().find(|choice| choice.text() == text);
        if found.is_none() {
            let expected = C::ALL.iter().map(|choice| choice.text()).collect::<Vec<_>>().join(", ");
            self.fault(&value.span(), key, FaultKind::BadValue { value: text, expected });
        }
        found
    }

    fn named_end(&mut self, names: &[&'static str], name: &str, key: &str, value: &Value<'_>) {
        let Some(known) = names.iter().copied().find(|known| *known == name) else {
            return self.fault(&value.span(), key, FaultKind::UnknownKey);
        };
        let Some(end) = self.end(key, value) else { return };
        let table = match key.split('.').nth(1) {
            Some("digests") => &mut self.rules.algorithms.digests,
            Some("signatures") => &mut self.rules.algorithms.signatures,
            _ => &mut self.rules.algorithms.curves,
        };
        table.insert(known, end);
    }

    fn rsa(&mut self, bits: &str, key: &str, value: &Value<'_>) {
        let plain = bits.parse::<u32>().ok().filter(|number| RSA.contains(number) && number.to_string() == bits);
        let Some(bits) = plain else {
            return self.fault(&value.span(), key, FaultKind::UnknownKey);
        };
        if let Some(end) = self.end(key, value) {
            self.rules.algorithms.rsa.insert(bits, end);
        }
    }

    fn end(&mut self, key: &str, value: &Value<'_>) -> Option<End> {
        const EXPECTED: &str = "\"open\", \"never\", 2010-12-31";
        match value.get_ref() {
            DeValue::String(text) if text == "open" => Some(End::Open),
            DeValue::String(text) if text == "never" => Some(End::Never),
            DeValue::Datetime(date) if date.time.is_none() && date.offset.is_none() => {
                let midnight = Time::parse_rfc3339(&format!("{date}T00:00:00Z")).ok();
                if midnight.is_none() {
                    let kind = FaultKind::BadValue { value: date.to_string(), expected: EXPECTED.to_owned() };
                    self.fault(&value.span(), key, kind);
                }
                midnight.map(|midnight| End::Until(midnight.plus_days(1)))
            }
            DeValue::String(text) => {
                let kind = FaultKind::BadValue { value: text.to_string(), expected: EXPECTED.to_owned() };
                self.fault(&value.span(), key, kind);
                None
            }
            _ => {
                self.wrong(key, value, "end");
                None
            }
        }
    }

    fn hours(&mut self, key: &str, value: &Value<'_>) {
        let DeValue::Integer(number) = value.get_ref() else { return self.wrong(key, value, "integer") };
        let text = number.to_string();
        match i64::from_str_radix(number.as_str(), number.radix()).ok().filter(|hours| HOURS.contains(hours)) {
            Some(hours) => self.rules.max_age_hours = u32::try_from(hours).ok(),
            None => {
                let expected = format!("{} to {}", HOURS.start(), HOURS.end());
                self.fault(&value.span(), key, FaultKind::BadValue { value: text, expected });
            }
        }
    }

    fn identifiers(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<String>> {
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(key, value, "array");
            return None;
        };
        if items.len() > LIST {
            let expected = format!("<= {LIST}");
            self.fault(&value.span(), key, FaultKind::BadValue { value: items.len().to_string(), expected });
            return None;
        }
        let mut found: Vec<String> = Vec::new();
        for item in items.iter() {
            let text = self.string(key, item)?;
            let kind = if !is_identifier(&text) {
                FaultKind::BadValue { value: text, expected: "\"1.2.840.113583.1.1.5\"".to_owned() }
            } else if found.contains(&text) {
                FaultKind::Repeated { value: text }
            } else {
                found.push(text);
                continue;
            };
            self.fault(&item.span(), key, kind);
            return None;
        }
        Some(found)
    }

    fn accepted(&mut self, table: &DeTable<'_>) {
        for (name, value) in table.iter().take(LIST) {
            let oid = name.get_ref().to_string();
            let key = format!("signature-policies.accepted.{oid}");
            if !is_identifier(&oid) {
                self.fault(&value.span(), &key, FaultKind::UnknownKey);
                continue;
            }
            let Some(text) = self.string(&key, value) else { continue };
            let hex = text.len() >= 32 && text.len() <= 128 && text.bytes().all(|c| c.is_ascii_hexdigit());
            let digest = match text.as_str() {
                "any" => None,
                _ if hex && text.len().is_multiple_of(2) => Some(text.to_ascii_lowercase()),
                _ => {
                    let expected = "\"any\", \"0123456789abcdef...\"".to_owned();
                    self.fault(&value.span(), &key, FaultKind::BadValue { value: text, expected });
                    continue;
                }
            };
            self.rules.accepted_policies.insert(oid, digest);
        }
    }

    fn string(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => {
                self.wrong(key, value, "string");
                None
            }
        }
    }

    fn wrong(&mut self, key: &str, value: &Value<'_>, expected: &'static str) {
        let found = value.get_ref().type_str();
        self.fault(&value.span(), key, FaultKind::WrongType { expected, found });
    }

    /// Without a base nothing may be left to a guess.
    fn complete(&mut self) {
        let tables = ["algorithms.digests", "algorithms.signatures", "algorithms.curves"];
        let keys = self.rules.choices().into_iter().map(|(key, _)| key);
        let missing: Vec<&str> = tables.into_iter().chain(keys).filter(|key| !self.lines.contains_key(*key)).collect();
        for key in missing.into_iter().filter(|key| !OPTIONAL.contains(key)) {
            self.faults.push(Fault { line: 0, key: key.to_owned(), kind: FaultKind::Missing });
        }
    }

    /// Rules that cannot be meant together.
    fn contradictions(&mut self) {
        let rules = &self.rules;
        let mut found: Vec<(&str, &'static str)> = Vec::new();
        if rules.claimed == ClaimedTime::Accepted && rules.proof == ProofOfTime::Required {
            found.push(("time.claimed", "time.proof"));
        }
        if rules.revocation == RevocationNeed::Never && rules.max_age_hours.is_some() {
            found.push(("revocation.max-age-hours", "revocation.required"));
        }
        let algorithms = &rules.algorithms;
        let none = |table: &BTreeMap<&'static str, End>| table.values().all(|end| *end == End::Never);
        for (key, table) in
            [("algorithms.digests", &algorithms.digests), ("algorithms.signatures", &algorithms.signatures)]
        {
            if none(table) && self.faults.is_empty() {
                found.push((key, "name"));
            }
        }
        // A larger key never ends before a smaller one.
        let steps: Vec<(u32, End)> = algorithms.rsa.iter().map(|(bits, end)| (*bits, *end)).collect();
        let falling = steps.windows(2).any(|pair| matches!(pair, [(_, small), (_, large)] if small > large));
        if falling {
            found.push(("algorithms.rsa", "algorithms.rsa"));
        }
        for (key, with) in found {
            let stands = |key: &str| self.lines.get(key).copied();
            let line = stands(key).or_else(|| stands(with)).unwrap_or(0);
            self.faults.push(Fault { line, key: key.to_owned(), kind: FaultKind::Contradiction { with } });
        }
    }
}

fn entry<'t, 'i>(table: &'t DeTable<'i>, name: &str) -> Option<&'t Value<'i>> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

/// Digits and dots as a dotted object identifier has them (X.660).
fn is_identifier(text: &str) -> bool {
    let arc =
        |arc: &str| !arc.is_empty() && arc.bytes().all(|c| c.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'));
    text.len() <= 128 && text.split('.').count() >= 2 && text.split('.').all(arc) && text.starts_with(['0', '1', '2'])
}

/// The line, from 1.
fn line(text: &str, span: &Range<usize>) -> usize {
    let before = text.as_bytes().get(..span.start.min(text.len())).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1)
}
