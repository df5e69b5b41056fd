//! Small signed PDF files whose signature dictionary is written by the attacker, with the signer's help.

use eseal::crypto::KeyKind;
use eseal::signature::{Form as Kind, SignatureBuilder};

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
        }
    }
}

/// Digits reserved for the value.
const DIGITS: usize = 6000;

/// A signed one-page document.
pub fn signed(kind: KeyKind, form: &Form) -> Vec<u8> {
    let (filter, detached) = match kind {
        KeyKind::Sm2 => ("ESeal.GMPkiLite", "GM.sm2cms.detached"),
        _ => ("Adobe.PPKLite", "ETSI.CAdES.detached"),
    };
    let sub_filter = if form.sub_filter.is_empty() { detached } else { form.sub_filter };
    let contents = if form.dangling { "/Contents[5 0 R 77 0 R]" } else { "/Contents 5 0 R" };
    let fields = if form.twice { "[6 0 R 8 0 R]" } else { "[6 0 R]" };
    let page = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]{contents}/Annots{fields}/Resources<</Font<</F1 4 0 R>>>>>>"
    );
    let field =
        |name: &str| format!("<</Type/Annot/Subtype/Widget/FT/Sig/T({name})/V 7 0 R/F 132/P 3 0 R/Rect[0 0 0 0]>>");
    let text = "BT /F1 24 Tf 72 500 Td (pay 1 to Alice) Tj ET";
    let mut bodies = vec![
        (1, format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields{fields}>>>>")),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()),
        (3, page),
        (4, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned()),
        (5, format!("<</Length {}>>\nstream\n{text}\nendstream", text.len())),
        (6, field("S")),
        (
            7,
            format!(
                "<</Type/Sig/Filter/{filter}/SubFilter/{sub_filter}{}/M(D:20260601003000Z)/ByteRange[{}]{} {}{}{}>>",
                form.more,
                " ".repeat(60),
                form.contents_key,
                form.open,
                "0".repeat(DIGITS),
                form.close,
            ),
        ),
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
    let at = bytes.len();
    bytes.extend(section.bytes());
    bytes.extend(format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n", bodies.len() + 1).bytes());

    let digits = find(&bytes, "0".repeat(DIGITS).as_bytes()).unwrap();
    let (gap, behind) = (digits - form.open.len(), digits + DIGITS + form.close.len());
    let numbers = format!("0 {gap} {behind} {}", bytes.len() - behind);
    let place = find_last(&bytes, b"/ByteRange[").unwrap() + 11;
    bytes[place..place + numbers.len()].copy_from_slice(numbers.as_bytes());
    let covered = [&bytes[..gap], &bytes[behind..]].concat();
    let value = office(kind).cms(&covered);
    let hex: String = value.iter().map(|b| format!("{b:02X}")).collect();
    bytes[digits..digits + hex.len()].copy_from_slice(hex.as_bytes());
    bytes
}

/// Signature wrapping: the second range is moved away by the length of an evil update, which is put into the hole
/// together with a new dictionary that covers the moved range.
pub fn wrapped(s: &Sealed) -> Vec<u8> {
    let [_, gap, second, length] = s.range;
    let mut evil = Vec::new();
    let content_at = second + evil.len();
    evil.extend(format!("\n{} {} obj\n", s.contents.number, s.contents.generation).bytes());
    evil.extend(s.evil_stream());
    evil.extend(b"\nendobj\n");
    let body = s.body(s.signature);
    let dictionary_at = second + evil.len();
    // The new dictionary has a range that skips the hole; its length does not depend on the numbers.
    let old = find_last(&body, b"/ByteRange").unwrap();
    let open = old + body[old..].iter().position(|b| *b == b'[').unwrap();
    let close = open + body[open..].iter().position(|b| *b == b']').unwrap();
    let width = close - open - 1;
    let head = format!("{} 0 obj\n", s.signature.number);
    let total = evil.len() + head.len() + body.len() + "\nendobj\n".len();
    let numbers = format!("0 {gap} {} {length}", second + total);
    let mut moved = body.clone();
    moved[open + 1..close].copy_from_slice(format!("{numbers:<width$}").as_bytes());
    evil.extend(head.bytes());
    evil.extend(moved);
    evil.extend(b"\nendobj\n");
    assert_eq!(evil.len(), total);
    let mut bytes = s.bytes[..second].to_vec();
    bytes.extend(&evil);
    bytes.extend(&s.bytes[second..]);
    // A section behind makes the moved objects live.
    let at = bytes.len();
    let mut section = b"xref\n0 1\n0000000000 65535 f \n".to_vec();
    for (number, offset) in [(s.contents.number, content_at + 1), (s.signature.number, dictionary_at)] {
        section.extend(format!("{number} 1\n{offset:010} 00000 n \n").bytes());
    }
    bytes.extend(section);
    let prev = if s.startxref >= second { s.startxref + total } else { s.startxref };
    let (size, root) = (s.size, s.catalog.number);
    bytes.extend(format!("trailer\n<</Size {size}/Root {root} 0 R/Prev {prev}>>\nstartxref\n{at}\n%%EOF\n").bytes());
    bytes
}

impl crate::office::Office {
    /// A detached CMS value over bytes.
    pub fn cms(&self, covered: &[u8]) -> Vec<u8> {
        let builder = SignatureBuilder::new(self.clerk.clone(), vec![self.root.clone()], Kind::Pdf).unwrap();
        let digest = builder.digest_algorithm().digest(covered);
        builder.document_digest(&digest).unwrap().sign(self.signer()).unwrap()
    }
}
