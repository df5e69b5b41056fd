//! The recipes on files that other programs signed, and the flip test over them. What they say about trust is taken from
//! the files themselves: whoever is found in a signature is trusted, at the time that it states, so that nothing but
//! the attack stands between the file and a pass.

use eseal::pki::Certificate;
use eseal::pki::cms::SignedData;
use eseal::pki::path::TrustAnchor;
use eseal::policy::Policy;
use eseal::report::{Effect, Indication, Report};
use eseal::source::Bytes;
use eseal::time::Time;
use eseal::verify::{Evidence, NoRegister, verify};

use crate::recipes::{On, RECIPES, Sealed, Wanted, find};
use crate::{judge, said, support};

/// A file, and who is trusted with it.
struct Foreign {
    name: String,
    bytes: Vec<u8>,
    anchors: Vec<TrustAnchor>,
    time: Time,
}

impl Foreign {
    fn new(name: &str, bytes: Vec<u8>) -> Foreign {
        let mut file =
            Foreign { name: name.to_owned(), anchors: Vec::new(), time: time("2026-11-22T00:00:00Z"), bytes };
        for value in values(&file.bytes) {
            let inside = SignedData::read(&value).map(|data| data.certificates).unwrap_or_default();
            let certificates = inside.iter().filter_map(|der| Certificate::from_der(der).ok());
            file.anchors.extend(certificates.map(TrustAnchor::new));
        }
        let stated = file.verify(&file.bytes).signatures.iter().filter_map(|one| one.claimed_time).max();
        file.time = stated.map_or(file.time, |time| time.plus_seconds(60));
        file
    }

    fn verify(&self, bytes: &[u8]) -> Report {
        let policy = Policy::default();
        let evidence = Evidence {
            anchors: &self.anchors,
            untrusted: &[],
            revocation: eseal::pki::path::RevocationEvidence::default(),
            register: &NoRegister,
            policy: &policy,
            passwords: &[],
            missing: None,
            time: self.time,
        };
        verify(&Bytes::shared(bytes.to_vec()), &self.name, &evidence)
    }
}

fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap()
}

/// The values of all signatures, by a plain scan for `/Contents<...>`.
fn values(bytes: &[u8]) -> Vec<Vec<u8>> {
    let key = b"/Contents";
    let mut values = Vec::new();
    for at in (0..bytes.len().saturating_sub(key.len())).filter(|at| bytes[*at..].starts_with(key)) {
        let rest = &bytes[at + key.len()..];
        let start = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        let Some(digits) = rest[start..].strip_prefix(b"<") else { continue };
        let Some(end) = digits.iter().position(|byte| *byte == b'>') else { continue };
        let Ok(text) = std::str::from_utf8(&digits[..end]) else { continue };
        if text.len() % 2 == 0 && text.len() > 100 && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
            values.push((0..text.len()).step_by(2).map(byte).collect());
        }
    }
    values
}

/// The samples whose signatures hold.
fn intact() -> Option<Vec<Foreign>> {
    let folder = support::samples()?.join("pdf");
    let table = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let rows = table.lines().skip(1).filter_map(|line| line.split_once('\t'));
    let named = rows.filter(|(_, rest)| rest.starts_with("intact\t"));
    Some(named.map(|(name, _)| Foreign::new(name, std::fs::read(folder.join(name)).unwrap())).collect())
}

#[test]
fn no_recipe_gets_through_on_files_of_other_programs() {
    let Some(files) = intact() else { return };
    let (mut faults, mut passing, mut tried) = (Vec::new(), 0, 0);
    for file in &files {
        let before = file.verify(&file.bytes);
        passing += usize::from(before.indication == Indication::TotalPassed);
        let Some(sealed) = Sealed::read(file.bytes.clone()) else { continue };
        for recipe in RECIPES.iter().filter(|recipe| recipe.on == On::Any) {
            let Some(attacked) = (recipe.make)(&sealed) else { continue };
            tried += 1;
            let report = file.verify(&attacked);
            let fault = match recipe.wanted {
                Wanted::Passed if report.indication == before.indication => None,
                // What is cut off before the signature is as if it had never been there.
                Wanted::Refused if report.indication == Indication::NoSignature && !traced(&attacked) => None,
                // One beside signatures counts only where it fails.
                Wanted::Doubt if report.signatures.iter().any(|one| one.indication == Indication::Indeterminate) => {
                    None
                }
                // A flipped byte may lie in the structure: then the file is refused.
                Wanted::Failed if recipe.name.starts_with("flip") => judge(Wanted::Refused, &[], &report),
                wanted => judge(wanted, &[], &report).or_else(|| unreasoned(wanted, &report)),
            };
            faults.extend(fault.map(|fault| format!("{} on {}: {fault}; {}", recipe.name, file.name, said(&report))));
        }
    }
    assert!(faults.is_empty(), "{} of {tried}\n{}", faults.len(), faults.join("\n"));
    // Else the trust that was given would prove nothing.
    assert!(passing * 2 > files.len() && tried > 30 * files.len(), "{passing} of {}, {tried}", files.len());
}

/// A failure must have its reason, whichever of those that fit.
fn unreasoned(wanted: Wanted, report: &Report) -> Option<String> {
    let mut findings = report.findings.iter().chain(report.signatures.iter().flat_map(|one| &one.findings));
    let reasoned = !matches!(wanted, Wanted::Failed) || findings.any(|finding| finding.code.effect() == Effect::Fail);
    (!reasoned).then(|| "no reason".to_owned())
}

fn traced(bytes: &[u8]) -> bool {
    [&b"/ByteRange"[..], b"/Contents <30", b"/Contents<30"].iter().any(|text| find(bytes, text).is_some())
}

/// The last byte of every value's own signature, told from what stands around it by reading the value.
#[test]
fn a_flipped_signature_of_another_program_fails() {
    let Some(files) = intact() else { return };
    let mut tried = 0;
    for file in &files {
        for value in values(&file.bytes) {
            let Ok(data) = SignedData::read(&value) else { continue };
            let signature = &data.signer_infos[0].signature;
            let at = find(&value, signature).unwrap() + signature.len() - 1;
            let lower: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            let start = find(&file.bytes.to_ascii_lowercase(), lower.as_bytes()).unwrap();
            let mut bytes = file.bytes.clone();
            let place = start + 2 * at;
            bytes[place..place + 2].copy_from_slice(format!("{:02X}", value[at] ^ 1).as_bytes());
            let report = file.verify(&bytes);
            assert_eq!(report.indication, Indication::TotalFailed, "{}: {}", file.name, said(&report));
            assert!(said(&report).contains("SIG_CRYPTO_FAILURE"), "{}: {}", file.name, said(&report));
            tried += 1;
        }
    }
    assert!(tried > files.len(), "{tried}");
}

/// Every byte that a signature covers, and those around its value; some for each file, others for the next.
#[test]
fn no_flipped_byte_of_other_programs_passes() {
    let Some(files) = intact() else { return };
    let mut faults = Vec::new();
    for (turn, file) in files.iter().enumerate() {
        let Some(sealed) = Sealed::read(file.bytes.clone()) else { continue };
        let [_, gap, second, length] = sealed.range;
        let covered = second + length;
        let step = covered / 24 + 1;
        let mut places: Vec<usize> = ((turn * 7919) % step..covered).step_by(step).collect();
        places.extend([gap - 1, gap, second - 1, second, covered - 7, covered - 1]);
        for at in places {
            let mut bytes = file.bytes.clone();
            bytes[at] ^= 0x20;
            let report = file.verify(&bytes);
            let signed = !(gap..second).contains(&at);
            let failed = matches!(report.indication, Indication::TotalFailed | Indication::Refused);
            // In the digits of the value a flip changes a digit, its case alone, or makes it none.
            let fine = if signed {
                failed
            } else {
                report.indication != Indication::TotalPassed || same(&bytes, &file.bytes, at)
            };
            if !fine {
                faults.push(format!("{} at {at}: {}", file.name, said(&report)));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Values of signatures and document timestamps, put into another file of the same writer where they fit.
#[test]
fn a_value_copied_from_another_file_fails() {
    let Some(files) = intact() else { return };
    let sealed: Vec<(&Foreign, Sealed)> =
        files.iter().filter_map(|file| Some((file, Sealed::read(file.bytes.clone())?))).collect();
    let value = |one: &Sealed| one.bytes[one.range[1] + 1..one.range[2] - 1].to_vec();
    let mut tried = 0;
    for (file, target) in &sealed {
        for (_, source) in sealed.iter().filter(|(_, source)| source.bytes != target.bytes).take(6) {
            let mut digits = value(source);
            let room = target.range[2] - target.range[1] - 2;
            while digits.len() > room && digits.last() == Some(&b'0') {
                digits.pop();
            }
            if digits.len() > room || digits == value(target) {
                continue;
            }
            digits.resize(room, b'0');
            let mut bytes = file.bytes.clone();
            bytes[target.range[1] + 1..target.range[2] - 1].copy_from_slice(&digits);
            let report = file.verify(&bytes);
            assert_eq!(report.indication, Indication::TotalFailed, "{}: {}", file.name, said(&report));
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

/// Whether a changed byte is the same digit.
fn same(new: &[u8], old: &[u8], at: usize) -> bool {
    new[at].is_ascii_hexdigit() && new[at].eq_ignore_ascii_case(&old[at])
}
