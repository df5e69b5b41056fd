//! Imperfect files made by recipe: a sound file of ours, what is changed in it, and what has to come of it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The recipes: `defects.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipes {
    pub defect: Vec<Defect>,
}

/// One recipe.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    pub name: String,
    /// The files it is made of, see [`base`]; all of them unless named.
    #[serde(default)]
    pub of: Vec<String>,
    /// Bodies of objects that are written other than usual.
    #[serde(default)]
    pub objects: BTreeMap<String, String>,
    /// What is done to the finished file, in turn.
    #[serde(default)]
    pub edit: Vec<Edit>,
    /// The words of a refusal; sealed unless given.
    pub refused: Option<String>,
    /// Codes that leave a doubt on the seal; passed without any unless given.
    #[serde(default)]
    pub doubts: Vec<String>,
    /// Programs (pdfsig, pyhanko, qpdf) that do not read the result, and why this cannot be helped.
    #[serde(default)]
    pub except: BTreeMap<String, String>,
}

/// One change. Texts are taken as Latin-1.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    pub find: Option<String>,
    #[serde(default)]
    pub put: String,
    #[serde(default)]
    pub which: Which,
    /// Everything from the place found on is dropped.
    #[serde(default)]
    pub cut: bool,
    pub before: Option<String>,
    pub after: Option<String>,
    /// A whole new line end for every entry of a table.
    pub entry_end: Option<String>,
    /// Added to the offset of every entry of a table.
    pub shift: Option<i64>,
    /// Every line end of the file.
    pub lines: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    #[default]
    Last,
    First,
    All,
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

fn places(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|at| bytes[*at..].starts_with(needle)).collect()
}

/// Whether `line` is `nnnnnnnnnn ggggg n`.
fn is_entry(line: &[u8]) -> bool {
    line.len() == 18
        && line[..10].iter().all(u8::is_ascii_digit)
        && line[10] == b' '
        && line[11..16].iter().all(u8::is_ascii_digit)
        && matches!(&line[16..], b" n" | b" f")
}

impl Edit {
    /// `None` where there is nothing to change.
    fn apply(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if let Some(text) = &self.before {
            return Some([&latin1(text), bytes].concat());
        }
        if let Some(text) = &self.after {
            return Some([bytes, &latin1(text)].concat());
        }
        if let Some(end) = &self.lines {
            let mut out = Vec::new();
            bytes.iter().for_each(|byte| if *byte == b'\n' { out.extend(latin1(end)) } else { out.push(*byte) });
            return Some(out);
        }
        if self.entry_end.is_some() || self.shift.is_some() {
            return self.entries(bytes);
        }
        let needle = latin1(self.find.as_ref()?);
        let mut found = places(bytes, &needle);
        match self.which {
            Which::First => found.truncate(1),
            Which::Last => found = found.split_off(found.len().saturating_sub(1)),
            Which::All => {}
        }
        let first = *found.first()?;
        if self.cut {
            return Some([&bytes[..first], &latin1(&self.put)].concat());
        }
        let (mut out, mut at) = (Vec::new(), 0);
        for place in found {
            if place < at {
                continue;
            }
            out.extend_from_slice(&bytes[at..place]);
            out.extend(latin1(&self.put));
            at = place + needle.len();
        }
        out.extend_from_slice(&bytes[at..]);
        Some(out)
    }

    fn entries(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (mut out, mut at, mut any) = (Vec::new(), 0, false);
        while at < bytes.len() {
            let line = bytes.get(at..at + 18).filter(|line| is_entry(line) && bytes.get(at + 18) == Some(&b' '));
            let Some(line) = line else {
                out.push(bytes[at]);
                at += 1;
                continue;
            };
            any = true;
            let offset: i64 = std::str::from_utf8(&line[..10]).unwrap().parse().unwrap();
            let moved = if line[17] == b'n' { offset + self.shift.unwrap_or(0) } else { offset };
            out.extend(format!("{moved:010}").bytes());
            out.extend_from_slice(&line[10..]);
            match &self.entry_end {
                Some(end) => out.extend(latin1(end)),
                None => out.extend_from_slice(&bytes[at + 18..at + 20]),
            }
            at += 20;
        }
        any.then_some(out)
    }
}

/// The files that recipes are made of.
pub const BASES: [&str; 6] = ["table", "revised", "form", "streams", "revised-streams", "hybrid"];

/// The text of the page, as every base shows it.
pub const TEXT: &str = "Total 120.00";

/// A file, with some objects written otherwise.
pub fn base(name: &str, objects: &BTreeMap<String, String>) -> Vec<u8> {
    let content = format!("BT /F1 18 Tf 40 100 Td ({TEXT}) Tj ET");
    let form = if name == "form" { "/AcroForm<</Fields[8 0 R]/DA(/Helv 0 Tf 0 g)>>" } else { "" };
    let annots = if name == "form" { "/Annots[8 0 R]" } else { "" };
    let mut parts = vec![
        (1, format!("<</Type/Catalog/Pages 2 0 R{form}>>")),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>".to_owned()),
        (3, format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>{annots}>>")),
        (4, format!("<</Length {}>>\nstream\n{content}\nendstream", content.len())),
        (5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned()),
        (6, "<</Title(Account)>>".to_owned()),
    ];
    if name == "form" {
        let field = "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(x)/F 4/P 3 0 R/Rect[40 40 200 60]>>";
        parts.push((8, field.to_owned()));
    }
    for (number, body) in &mut parts {
        if let Some(other) = objects.get(&number.to_string()) {
            body.clone_from(other);
        }
    }
    for (number, body) in objects {
        let number: u32 = number.parse().unwrap();
        if !parts.iter().any(|(known, _)| *known == number) {
            parts.push((number, body.clone()));
        }
    }
    let mut file = Draft { bytes: b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(), entries: Vec::new(), last: None, top: 0 };
    let (later, first): (Vec<_>, Vec<_>) = if name.starts_with("revised") {
        let old = TEXT.replace("120", "999");
        let older = parts.iter().map(|(n, body)| (*n, body.replace(TEXT, &old))).collect();
        (parts.into_iter().filter(|(n, _)| matches!(n, 3 | 4)).collect(), older)
    } else {
        (Vec::new(), parts)
    };
    for parts in [first, later] {
        match name {
            _ if parts.is_empty() => {}
            "streams" | "revised-streams" => file.with_streams(&parts),
            "hybrid" => file.hybrid(&parts),
            _ => file.with_table(&parts),
        }
    }
    file.bytes
}

struct Draft {
    bytes: Vec<u8>,
    entries: Vec<(u32, String, String)>,
    last: Option<u64>,
    top: u32,
}

impl Draft {
    fn object(&mut self, number: u32, body: &str) {
        let offset = self.bytes.len();
        self.entries.push((number, format!("{offset:010} 00000 n \n"), format!("01{offset:08X}0000")));
        self.bytes.extend(format!("{number} 0 obj\n").bytes());
        self.bytes.extend(latin1(body));
        self.bytes.extend(b"\nendobj\n");
        self.top = self.top.max(number);
    }

    fn trailer(&self) -> String {
        let previous = self.last.map(|at| format!("/Prev {at}")).unwrap_or_default();
        let id = "<494D504552464543542D46494C452D31>";
        format!("/Root 1 0 R/Info 6 0 R/ID[{id}{id}]/Size {}{previous}", self.top + 1)
    }

    /// A table of all entries so far, in one subsection where they allow it.
    fn table(&mut self, more: &str) {
        let at = self.bytes.len() as u64;
        let mut text = String::from("xref\n");
        let mut entries = std::mem::take(&mut self.entries);
        if self.last.is_none() {
            entries.push((0, "0000000000 65535 f \n".to_owned(), String::new()));
        }
        entries.sort();
        let mut runs: Vec<Vec<(u32, String, String)>> = Vec::new();
        for entry in entries {
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|last| last.0 + 1 == entry.0) => run.push(entry),
                _ => runs.push(vec![entry]),
            }
        }
        for run in runs {
            text.push_str(&format!("{} {}\n", run[0].0, run.len()));
            run.iter().for_each(|entry| text.push_str(&entry.1));
        }
        text.push_str(&format!("trailer\n<<{}{more}>>\nstartxref\n{at}\n%%EOF\n", self.trailer()));
        self.bytes.extend(text.bytes());
        self.last = Some(at);
    }

    fn with_table(&mut self, parts: &[(u32, String)]) {
        parts.iter().for_each(|(number, body)| self.object(*number, body));
        self.table("");
    }

    /// What is no stream goes into an object stream, readable.
    fn hold(&mut self, parts: &[(u32, String)]) {
        let (plain, held): (Vec<_>, Vec<_>) = parts.iter().partition(|(_, body)| body.contains("stream\n"));
        plain.iter().for_each(|(number, body)| self.object(*number, body));
        let (mut head, mut data) = (String::new(), String::new());
        let own = self.top.max(parts.iter().map(|(number, _)| *number).max().unwrap()) + 1;
        for (index, (number, body)) in held.iter().enumerate() {
            head.push_str(&format!("{number} {} ", data.len()));
            data.push_str(&format!("{body} "));
            self.entries.push((*number, String::new(), format!("02{own:08X}{index:04X}")));
        }
        let (count, first, length) = (held.len(), head.len(), head.len() + data.len());
        let body = format!("<</Type/ObjStm/N {count}/First {first}/Length {length}>>\nstream\n{head}{data}\nendstream");
        self.object(own, &body);
    }

    fn section(&mut self, more: &str) -> u64 {
        let at = self.bytes.len() as u64;
        let own = self.top + 1;
        self.object(own, "");
        self.bytes.truncate(usize::try_from(at).unwrap());
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort();
        let index: String = entries.iter().map(|entry| format!("{} 1 ", entry.0)).collect();
        let rows: String = entries.iter().map(|entry| format!("{}\n", entry.2)).collect();
        let keys = "/Type/XRef/Filter/ASCIIHexDecode/W[1 4 2]";
        let text = format!(
            "{own} 0 obj\n<<{keys}/Index[{}]/Length {}{}{more}>>\nstream\n{rows}>\nendstream\nendobj\n",
            index.trim_end(),
            rows.len() + 1,
            self.trailer()
        );
        self.bytes.extend(text.bytes());
        at
    }

    fn with_streams(&mut self, parts: &[(u32, String)]) {
        self.hold(parts);
        let at = self.section("");
        self.bytes.extend(format!("startxref\n{at}\n%%EOF\n").bytes());
        self.last = Some(at);
    }

    /// The font and the information stand in an object stream that only the stream of the trailer knows.
    fn hybrid(&mut self, parts: &[(u32, String)]) {
        let (held, plain): (Vec<_>, Vec<_>) = parts.iter().cloned().partition(|(number, _)| matches!(number, 5 | 6));
        plain.iter().for_each(|(number, body)| self.object(*number, body));
        let mut shown = std::mem::take(&mut self.entries);
        shown.extend(held.iter().map(|(number, _)| (*number, "0000000000 00000 f \n".to_owned(), String::new())));
        self.top = self.top.max(6);
        self.hold(&held);
        let stream = self.section("");
        self.entries = shown;
        self.table(&format!("/XRefStm {stream}"));
    }
}

impl Defect {
    /// The file, made of a base or of any other; `None` where a change finds nothing to change.
    pub fn make(&self, sound: Vec<u8>) -> Option<Vec<u8>> {
        let mut bytes = sound;
        for edit in &self.edit {
            bytes = edit.apply(&bytes)?;
        }
        Some(bytes)
    }
}
