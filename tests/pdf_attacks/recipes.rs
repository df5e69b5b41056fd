//! The recipes: name, what is done, verdict, and the codes of which one must be said.

use std::rc::Rc;

use eseal::crypto::KeyKind;
use eseal::limits::Budget;
use eseal::pdf::object::{Object, ObjectId};
use eseal::pdf::{Document, Location};
use eseal::source::Bytes;

use crate::craft;

/// Verdict that is wanted.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    Failed,
    Doubt,
    /// No verdict can be given, or a failing one.
    Refused,
    Passed,
}

/// A sealed file and its places.
pub struct Sealed {
    pub bytes: Vec<u8>,
    pub kind: KeyKind,
    /// a, b, c, d of /ByteRange.
    pub range: [usize; 4],
    pub signature: ObjectId,
    pub catalog: ObjectId,
    pub page: ObjectId,
    pub contents: ObjectId,
    /// The node above the page.
    pub pages: ObjectId,
    pub startxref: usize,
    pub size: i64,
}

/// On which files a recipe works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// On any signed file.
    Any,
    /// It makes its own.
    Own,
}

pub struct Recipe {
    pub name: &'static str,
    pub on: On,
    pub make: fn(&Sealed) -> Option<Vec<u8>>,
    pub wanted: Wanted,
    pub codes: &'static [&'static str],
}

use Wanted::{Doubt, Failed, Passed, Refused};

const fn r(
    name: &'static str,
    wanted: Wanted,
    codes: &'static [&'static str],
    make: fn(&Sealed) -> Option<Vec<u8>>,
) -> Recipe {
    Recipe { name, on: On::Any, make, wanted, codes }
}

const fn own(
    name: &'static str,
    wanted: Wanted,
    codes: &'static [&'static str],
    make: fn(&Sealed) -> Option<Vec<u8>>,
) -> Recipe {
    Recipe { name, on: On::Own, make, wanted, codes }
}

const HASH: &[&str] = &["SES_DATAHASH", "HASH_FAILURE"];
const RANGE: &[&str] = &["BYTERANGE_MALFORMED", "BYTERANGE_GAP_NOT_CONTENTS", "CONTENTS_MALFORMED", "FORMAT_FAILURE"];
const AFTER: &[&str] = &["BYTES_AFTER_SIGNED_RANGE"];

pub const RECIPES: &[Recipe] = &[
    r("flip a signed byte", Failed, HASH, |s| Some(s.flipped(s.range[1] / 2))),
    r("flip a byte behind the value", Failed, &[], |s| Some(s.flipped(s.range[2] + 3))),
    r("flip the end of the value", Failed, &["SIG_CRYPTO_FAILURE", "FORMAT_FAILURE", "CERT_NOT_IN_SEAL"], |s| {
        let at = s.value_end()? - 1;
        let mut bytes = s.bytes.clone();
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        Some(bytes)
    }),
    r("contents all zero", Failed, &["CONTENTS_MALFORMED", "FORMAT_FAILURE"], |s| {
        let mut bytes = s.bytes.clone();
        bytes[s.range[1] + 1..s.range[2] - 1].fill(b'0');
        Some(bytes)
    }),
    r("contents empty", Failed, RANGE, |s| {
        let mut bytes = s.bytes.clone();
        bytes[s.range[1] + 1] = b'>';
        bytes[s.range[1] + 2..s.range[2]].fill(b' ');
        Some(bytes)
    }),
    r("contents null", Failed, RANGE, |s| {
        let mut bytes = s.bytes.clone();
        bytes[s.range[1]..s.range[2]].fill(b' ');
        bytes[s.range[1] + 1..s.range[1] + 5].copy_from_slice(b"null");
        Some(bytes)
    }),
    r("contents renamed", Failed, RANGE, |s| {
        s.replaced(b"/Contents <", b"/Contentz <").or_else(|| s.replaced(b"/Contents<", b"/Contentz<"))
    }),
    r("white space inside contents", Failed, RANGE, |s| {
        let mut bytes = s.bytes.clone();
        let at = s.range[2] - 3;
        bytes[at..at + 2].fill(b' ');
        Some(bytes)
    }),
    r("range renamed", Failed, RANGE, |s| s.replaced(b"/ByteRange", b"/ByteRangf")),
    r("range null", Failed, RANGE, |s| s.with_range(" null")),
    r("range empty", Failed, RANGE, |s| s.with_range("[]")),
    r("range zeros", Failed, RANGE, |s| s.with_range("[0 0 0 0]")),
    r("range negative", Failed, RANGE, |s| s.with_range("[0 -1 5 5]")),
    r("range of two", Failed, RANGE, |s| s.with_range(&format!("[0 {}]", s.bytes.len()))),
    r("range huge", Failed, RANGE, |s| s.with_range("[0 18446744073709551615 1 1]")),
    r("range overflowing", Failed, RANGE, |s| s.with_range("[0 9 9223372036854775807 9223372036854775807]")),
    r("range of reals", Failed, RANGE, |s| {
        s.with_range(&format!("[0 {}.0 {} {}]", s.range[1], s.range[2], s.range[3]))
    }),
    r("range overlapping", Failed, RANGE, |s| {
        s.with_range(&format!("[0 {} {} {}]", s.range[2], s.range[1], s.range[3]))
    }),
    r("range not from the start", Failed, RANGE, |s| {
        s.with_range(&format!("[1 {} {} {}]", s.range[1] - 1, s.range[2], s.range[3]))
    }),
    r("second range short", Failed, &[], |s| {
        s.with_range(&format!("[0 {} {} {}]", s.range[1], s.range[2], s.range[3] - 7))
    }),
    r("range beyond the file", Failed, RANGE, |s| {
        s.with_range(&format!("[0 {} {} {}]", s.range[1], s.range[2], s.range[3] + 1))
    }),
    r("an end of line behind the end", Passed, &[], |s| Some(s.followed(b"\n"))),
    r("a comment behind the end", Failed, AFTER, |s| Some(s.followed(b"%junk\n"))),
    r("NULs behind the end", Failed, AFTER, |s| Some(s.followed(&[0; 64]))),
    r("a second %%EOF behind the end", Failed, AFTER, |s| Some(s.followed(b"%%EOF\n"))),
    r("an object without a section behind the end", Failed, AFTER, |s| Some(s.followed(&s.evil_content()))),
    r("an object without a section but with %%EOF", Failed, AFTER, |s| {
        Some(s.followed(&[&s.evil_content()[..], b"%%EOF\n"].concat()))
    }),
    r("page content overridden by an update", Failed, &[], |s| {
        Some(s.updated(&[(s.contents, s.evil_stream())], "", true))
    }),
    r("the same without the final %%EOF", Failed, AFTER, |s| {
        Some(s.updated(&[(s.contents, s.evil_stream())], "", false))
    }),
    r("an update without /Prev", Failed, AFTER, |s| {
        let bytes = s.updated(&[(s.contents, s.evil_stream())], "", true);
        let from = s.bytes.len();
        let mut tail = String::from_utf8_lossy(&bytes[from..]).into_owned();
        tail = tail.replacen("/Prev", "/Prew", 1);
        Some([&bytes[..from], tail.as_bytes()].concat())
    }),
    r("a whole new document behind the end", Failed, &[], |s| {
        let mut bytes = s.bytes.clone();
        let base = bytes.len();
        let mut tail = b"%PDF-1.7\n".to_vec();
        let mut offsets = Vec::new();
        for (n, body) in [
            (1, "<</Type/Catalog/Pages 2 0 R>>"),
            (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>"),
            (3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"),
        ] {
            offsets.push(base + tail.len());
            tail.extend(format!("{n} 0 obj\n{body}\nendobj\n").bytes());
        }
        let xref = base + tail.len();
        tail.extend(b"xref\n0 4\n0000000000 65535 f \n".iter());
        for offset in offsets {
            tail.extend(format!("{offset:010} 00000 n \n").bytes());
        }
        tail.extend(format!("trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n").bytes());
        bytes.extend(tail);
        Some(bytes)
    }),
    r(
        "the signature dictionary copied by an update",
        Failed,
        &["SIGNATURE_MODIFIED", "BYTERANGE_GAP_NOT_CONTENTS"],
        |s| {
            let body = s.body(s.signature)?;
            Some(s.updated(&[(s.signature, body)], "", true))
        },
    ),
    r("the reason replaced by an update", Failed, &["SIGNATURE_MODIFIED", "BYTERANGE_GAP_NOT_CONTENTS"], |s| {
        let body = s.body(s.signature)?;
        let at = find(&body, b"/Reason")?;
        let mut changed = body[..at].to_vec();
        changed.extend_from_slice(b"/Reasom");
        changed.extend_from_slice(&body[at + 7..]);
        Some(s.updated(&[(s.signature, changed)], "", true))
    }),
    r("the form stripped by an update", Failed, &["SIGNATURE_REMOVED", "ACROFORM_REMOVED"], |s| {
        let body = s.body(s.catalog)?;
        let at = find(&body, b"/AcroForm")?;
        let mut changed = body[..at].to_vec();
        changed.extend_from_slice(b"/AcroFrom");
        changed.extend_from_slice(&body[at + 9..]);
        Some(s.updated(&[(s.catalog, changed)], "", true))
    }),
    r("the signature freed by an update", Failed, &[], |s| Some(s.freed(s.signature))),
    r("the page content freed by an update", Failed, &[], |s| Some(s.freed(s.contents))),
    r(
        "wrapping: the second range moved",
        Failed,
        &["BYTERANGE_GAP_NOT_CONTENTS", "SIGNATURE_MODIFIED", "BYTERANGE_MALFORMED"],
        craft::wrapped,
    ),
    r(
        "wrapping: an evil section where startxref points, in the hole",
        Failed,
        &["BYTERANGE_GAP_NOT_CONTENTS", "SIGNATURE_MODIFIED", "BYTERANGE_MALFORMED"],
        craft::wrapped_with_section,
    ),
    r("a hybrid update whose stream alone replaces the content", Failed, &[], craft::hybrid),
    r("an update whose /Prev names itself", Failed, &[], |s| {
        let bytes = s.updated(&[(s.contents, s.evil_stream())], "", true);
        let (old, new) = (format!("/Prev {}", s.startxref), format!("/Prev {}", find_last(&bytes, b"xref\n0 1")?));
        let at = find_last(&bytes, old.as_bytes())?;
        Some([&bytes[..at], new.as_bytes(), &bytes[at + old.len()..]].concat())
    }),
    r("a page tree that leads back to itself", Failed, &[], |s| {
        let body = s.body(s.pages)?;
        let open = find(&body, b"/Kids")? + 5;
        let open = open + body[open..].iter().position(|byte| *byte == b'[')? + 1;
        let kid = format!("{} {} R ", s.pages.number, s.pages.generation);
        let body = [&body[..open], kid.as_bytes(), &body[open..]].concat();
        Some(s.updated(&[(s.pages, body)], "", true))
    }),
    own("the value of another document", Failed, HASH, |s| {
        let other = craft::signed(s.kind, &craft::Form { text: "pay 9 to Mallory", ..craft::Form::default() });
        let (own, other) = (craft::signed(s.kind, &craft::Form::default()), Sealed::new(other, s.kind));
        let own = Sealed::new(own, s.kind);
        let mut bytes = own.bytes.clone();
        let value = &other.bytes[other.range[1]..other.range[2]];
        bytes[own.range[1]..own.range[2]].copy_from_slice(value);
        Some(bytes)
    }),
    own("shadow, hide and replace: a section alone brings other pages to light", Failed, &["PAGES_MODIFIED"], |s| {
        let hidden = "2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n";
        craft::shadow(s.kind, hidden, 2)
    }),
    own("shadow, hide and replace: a section alone brings other content to light", Failed, &["PAGE_MODIFIED"], |s| {
        let hidden = "5 0 obj\n<</Length 1>>\nstream\nq\nendstream\nendobj\n";
        craft::shadow(s.kind, hidden, 5)
    }),
    own(
        "shadow, hide and replace: a section alone brings another catalog to light",
        Failed,
        &["CATALOG_MODIFIED", "ACROFORM_REMOVED", "SIGNATURE_REMOVED"],
        |s| {
            let hidden = "1 0 obj\n<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript>>>>\nendobj\n";
            craft::shadow(s.kind, hidden, 1)
        },
    ),
    r("the tail cut off", Failed, &[], |s| Some(s.bytes[..s.bytes.len() - 40].to_vec())),
    r("cut in the middle", Refused, &[], |s| Some(s.bytes[..s.bytes.len() / 2].to_vec())),
    r("bytes put in front", Failed, &[], |s| Some([b"%!PS\n".as_slice(), &s.bytes].concat())),
    r("padding not zero", Doubt, &["CONTENTS_PADDING_NONZERO"], |s| {
        let mut bytes = s.bytes.clone();
        let at = s.range[2] - 2;
        (s.value_end()? < at).then(|| {
            bytes[at] = b'1';
            bytes
        })
    }),
    own("a SubFilter that nobody knows", Doubt, &["SUBFILTER_UNSUPPORTED"], |s| {
        Some(craft::signed(s.kind, &craft::Form { sub_filter: "Some.Other", ..craft::Form::default() }))
    }),
    own("contents as a literal string", Failed, &["BYTERANGE_GAP_NOT_CONTENTS"], |s| {
        Some(craft::signed(s.kind, &craft::Form { open: "(", close: ")", ..craft::Form::default() }))
    }),
    own("a comment in the gap", Failed, RANGE, |s| {
        Some(craft::signed(s.kind, &craft::Form { close: ">%evil\n", ..craft::Form::default() }))
    }),
    own("a repeated key", Failed, &["DUPLICATE_KEYS"], |s| {
        Some(craft::signed(s.kind, &craft::Form { more: "/SubFilter/ETSI.CAdES.detached", ..craft::Form::default() }))
    }),
    own("a key written with escapes", Failed, &["DUPLICATE_KEYS"], |s| {
        Some(craft::signed(s.kind, &craft::Form { contents_key: "/Cont#65nts", ..craft::Form::default() }))
    }),
    own("the craft itself", Passed, &[], |s| Some(craft::signed(s.kind, &craft::Form::default()))),
    // ISO 32000-1 7.9.4: a date without its relation to UTC may be of any zone, such as Beijing's, eight hours ahead.
    own("a time without a zone", Passed, &[], |s| {
        Some(craft::signed(s.kind, &craft::Form { time: "D:20260701080000", ..craft::Form::default() }))
    }),
    own("the same time in UTC", Doubt, &["SIGNING_TIME_IN_FUTURE"], |s| {
        Some(craft::signed(s.kind, &craft::Form { time: "D:20260701080000Z", ..craft::Form::default() }))
    }),
    own("a time without a zone that nowhere has come", Doubt, &["SIGNING_TIME_IN_FUTURE"], |s| {
        Some(craft::signed(s.kind, &craft::Form { time: "D:20260701150000", ..craft::Form::default() }))
    }),
    own("a dangling reference filled later", Failed, &[], |s| {
        let file = craft::signed(s.kind, &craft::Form { dangling: true, ..craft::Form::default() });
        let sealed = Sealed::new(file, s.kind);
        let id = ObjectId { number: 77, generation: 0 };
        Some(sealed.updated(&[(id, sealed.evil_stream())], "", true))
    }),
    own(
        "two fields with one signature",
        Failed,
        &["SIGNATURE_SHARED", "UNEXPECTED_FORM_FIELD", "SIGNATURE_MODIFIED"],
        |s| Some(craft::signed(s.kind, &craft::Form { twice: true, ..craft::Form::default() })),
    ),
    // ISO 32000-1 12.7.4.5 leaves it open whether the dictionary is an object of its own.
    own("the dictionary inside its field", Passed, &[], |s| {
        Some(craft::signed(s.kind, &craft::Form { direct: true, ..craft::Form::default() }))
    }),
    own(
        "the dictionary inside its field, which an update writes anew",
        Failed,
        &["BYTERANGE_GAP_NOT_CONTENTS", "SIGNATURE_MODIFIED"],
        |s| {
            let file = craft::signed(s.kind, &craft::Form { direct: true, ..craft::Form::default() });
            let sealed = Sealed::new(file, s.kind);
            let body = sealed.body(sealed.signature)?;
            Some(sealed.updated(&[(sealed.signature, body)], "", true))
        },
    ),
    own("a signature inside its field written over by another", Failed, &["SIGNATURE_REMOVED"], |s| {
        Some(craft::signed_away(s.kind, &craft::Form { direct: true, ..craft::Form::default() }))
    }),
    own("a signature written over by another", Failed, &["SIGNATURE_REMOVED"], |s| {
        Some(craft::signed_away(s.kind, &craft::Form::default()))
    }),
    own("a placeholder that an update fills in", Passed, &[], |s| Some(craft::placeholder_filled(s.kind))),
    r("the catalog moved to another object", Failed, &[], |s| {
        let id = ObjectId { number: u32::try_from(s.size).unwrap() + 1, generation: 0 };
        let body = s.body(s.catalog)?;
        let root = format!("/Root {} 0 R", id.number);
        Some(s.updated(&[(id, body)], &root, true))
    }),
    r("encryption announced by an update", Refused, &[], |s| {
        Some(s.updated(
            &[(s.page, s.body(s.page)?)],
            "/Encrypt<</Filter/Standard/V 1/R 2/P -4/O(00000000000000000000000000000000)/U(00000000000000000000000000000000)>>",
            true,
        ))
    }),
    r("only an equal copy of the page by an update", Passed, &[], |s| {
        Some(s.updated(&[(s.page, s.body(s.page)?)], "", true))
    }),
];

impl Sealed {
    pub fn new(bytes: Vec<u8>, kind: KeyKind) -> Self {
        Sealed { kind, ..Self::read(bytes).unwrap() }
    }

    /// The places of any signed file whose first page has contents and whose newest signature lies in an object.
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let document = Document::open(Bytes::shared(bytes.clone()), Rc::new(Budget::default())).ok()?;
        let view = document.current().unwrap();
        let ranges = view.signatures().ok()?.into_iter().filter_map(|signature| {
            let items = signature.dictionary.get("ByteRange").and_then(Object::as_array)?;
            let numbers = items.iter().map(|item| usize::try_from(item.as_integer()?).ok());
            let range: [usize; 4] = numbers.collect::<Option<Vec<usize>>>()?.try_into().ok()?;
            Some((range, signature.home()?.object()))
        });
        let (range, signature) = ranges.max_by_key(|(range, _)| range[2] + range[3])?;
        let page = view.page(0).ok()?;
        let contents = match page.dictionary.get("Contents")? {
            Object::Array(items) => items[0].as_reference()?,
            one => one.as_reference()?,
        };
        Some(Sealed {
            kind: KeyKind::P256,
            range,
            signature,
            catalog: view.root_id().unwrap(),
            page: page.id?,
            pages: page.dictionary.get("Parent")?.as_reference()?,
            contents,
            startxref: usize::try_from(document.revisions().last().unwrap().xref_offset).unwrap(),
            size: view.trailer().get("Size").and_then(Object::as_integer)?,
            bytes,
        })
    }

    fn flipped(&self, at: usize) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes[at] ^= 1;
        bytes
    }

    /// Where the digits of the value's DER end; `None` where it has no definite length.
    pub fn value_end(&self) -> Option<usize> {
        let digits = &self.bytes[self.range[1] + 1..self.range[2] - 1];
        let byte =
            |at: usize| usize::from_str_radix(std::str::from_utf8(&digits[2 * at..2 * at + 2]).unwrap(), 16).unwrap();
        let length = match byte(1) {
            0x80 => return None,
            short @ 0..=0x7F => 2 + short,
            long => {
                let count = long & 0x7F;
                2 + count + (0..count).fold(0, |n, at| n << 8 | byte(2 + at))
            }
        };
        Some(self.range[1] + 1 + 2 * length)
    }

    fn replaced(&self, old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
        assert_eq!(old.len(), new.len());
        let at = find_last(&self.bytes, old)?;
        let mut bytes = self.bytes.clone();
        bytes[at..at + old.len()].copy_from_slice(new);
        Some(bytes)
    }

    /// /ByteRange written anew in its place.
    fn with_range(&self, text: &str) -> Option<Vec<u8>> {
        let key = find_last(&self.bytes, b"/ByteRange")?;
        let open = key + self.bytes[key..].iter().position(|b| *b == b'[')?;
        let close = open + self.bytes[open..].iter().position(|b| *b == b']')?;
        let mut bytes = self.bytes.clone();
        let place = &mut bytes[open..=close];
        if text.len() > place.len() {
            // Some writers leave no room.
            return None;
        }
        place.fill(b' ');
        place[..text.len()].copy_from_slice(text.as_bytes());
        Some(bytes)
    }

    fn followed(&self, tail: &[u8]) -> Vec<u8> {
        [&self.bytes, tail].concat()
    }

    /// The value of an object as it is written; `None` for one in an object stream.
    pub fn body(&self, id: ObjectId) -> Option<Vec<u8>> {
        let document = Document::open(Bytes::shared(self.bytes.clone()), Rc::new(Budget::default())).unwrap();
        let location = document.current().unwrap().location(id).unwrap();
        let Some(Location::Offset(offset)) = location else { return None };
        let rest = &self.bytes[usize::try_from(offset).unwrap()..];
        let start = find(rest, b"obj")? + 3;
        let end = find(rest, b"endobj")?;
        Some(rest[start..end].to_vec())
    }

    pub fn evil_stream(&self) -> Vec<u8> {
        let text = b"BT /F1 24 Tf 72 500 Td (PAY 1000000 TO MALLORY) Tj ET";
        [format!("<</Length {}>>\nstream\n", text.len()).as_bytes(), text, b"\nendstream"].concat()
    }

    fn evil_content(&self) -> Vec<u8> {
        let head = format!("{} {} obj\n", self.contents.number, self.contents.generation);
        [head.as_bytes(), &self.evil_stream(), b"\nendobj\n"].concat()
    }

    /// An incremental update with a classical section.
    pub fn updated(&self, objects: &[(ObjectId, Vec<u8>)], trailer: &str, eof: bool) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let mut section = b"xref\n0 1\n0000000000 65535 f \n".to_vec();
        for (id, body) in objects {
            section.extend(format!("{} 1\n{:010} {:05} n \n", id.number, bytes.len(), id.generation).bytes());
            bytes.extend(format!("{} {} obj\n", id.number, id.generation).bytes());
            bytes.extend(body);
            bytes.extend(b"\nendobj\n");
        }
        self.end(bytes, &section, trailer, eof)
    }

    fn freed(&self, id: ObjectId) -> Vec<u8> {
        let section = format!("xref\n0 1\n{:010} 65535 f \n{} 1\n0000000000 00001 f \n", id.number, id.number);
        self.end(self.bytes.clone(), section.as_bytes(), "", true)
    }

    pub fn end(&self, mut bytes: Vec<u8>, section: &[u8], trailer: &str, eof: bool) -> Vec<u8> {
        let at = bytes.len();
        bytes.extend(section);
        let root = if trailer.contains("/Root") { String::new() } else { format!("/Root {} 0 R", self.catalog.number) };
        let size = self.size + 100;
        bytes.extend(
            format!("trailer\n<</Size {size}{root}/Prev {}{trailer}>>\nstartxref\n{at}\n", self.startxref).bytes(),
        );
        if eof {
            bytes.extend(b"%%EOF\n");
        }
        bytes
    }
}

pub fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

pub fn find_last(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}
