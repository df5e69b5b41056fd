//! 1 to 18: the package.

use crate::case::Wanted::{Doubt, Failed, Refused, Told};
use crate::case::{Case, On, case};
use crate::zip::{Entry, Zip, deflate, end};

const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";

/// Changes one field of the local header of the page.
fn local(zip: &Zip, change: impl FnOnce(&mut Entry)) -> Vec<u8> {
    let mut zip = zip.clone();
    let at = zip.at(PAGE);
    change(&mut zip.entries[at]);
    zip.build()
}

fn extra_entry(zip: &Zip, entry: Entry) -> Vec<u8> {
    let mut zip = zip.clone();
    zip.entries.push(entry);
    zip.build()
}

/// A page with other content.
fn evil(zip: &Zip) -> Vec<u8> {
    zip.text(PAGE).replace("示例市", "别处市").into_bytes()
}

pub fn cases() -> Vec<Case> {
    let mut all = doubles();
    all.extend(headers());
    all.extend(refusals());
    all.extend(names());
    all
}

fn doubles() -> Vec<Case> {
    vec![
        case(
            1,
            "a name twice, equal bytes",
            On::All,
            |s| {
                s.with(|zip| {
                    let again = zip.entries[zip.at(PAGE)].clone();
                    zip.entries.push(again);
                })
            },
            Failed("ZIP_DUPLICATE_ENTRY"),
        ),
        case(
            2,
            "a name twice, other bytes last",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored(PAGE, &evil(&s.zip()))),
            Failed("ZIP_DUPLICATE_ENTRY"),
        ),
        case(
            2,
            "a name twice, other bytes first",
            On::All,
            |s| {
                s.with(|zip| {
                    let other = Entry::stored(PAGE, &evil(zip));
                    zip.entries.insert(0, other);
                })
            },
            Failed("ZIP_DUPLICATE_ENTRY"),
        ),
        case(
            3,
            "names that differ by case",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("doc_0/pages/PAGE_0/content.XML", &evil(&s.zip()))),
            Failed("ZIP_AMBIGUOUS_NAME"),
        ),
        case(
            3,
            "names that differ by width of a letter",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("ＯFD.xml", &s.zip().get("OFD.xml"))),
            Failed("ZIP_AMBIGUOUS_NAME"),
        ),
        case(
            3,
            "names that differ by Unicode form",
            On::All,
            |s| {
                s.with(|zip| {
                    zip.put("r\u{e9}sum\u{e9}.xml", b"<a/>");
                    zip.put("re\u{301}sume\u{301}.xml", b"<b/>");
                })
            },
            Failed("ZIP_AMBIGUOUS_NAME"),
        ),
        case(
            3,
            "names that differ by ./",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("./OFD.xml", &s.zip().get("OFD.xml"))),
            Failed("ZIP_AMBIGUOUS_NAME"),
        ),
        case(
            3,
            "names that differ by a backslash",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("Doc_0\\Document.xml", &s.zip().get("Doc_0/Document.xml"))),
            Failed("ZIP_AMBIGUOUS_NAME"),
        ),
    ]
}

fn headers() -> Vec<Case> {
    vec![
        case(
            4,
            "another name in the local header",
            On::All,
            |s| {
                local(&s.zip(), |entry| {
                    entry.local.name = b"Doc_0/Pages/Page_0/Zontent.xml".to_vec();
                })
            },
            Failed("ZIP_HEADER_MISMATCH"),
        ),
        case(
            5,
            "another size in the local header",
            On::All,
            |s| local(&s.zip(), |entry| entry.local.size += 1),
            Failed("ZIP_HEADER_MISMATCH"),
        ),
        case(
            5,
            "another stored size in the local header",
            On::All,
            |s| local(&s.zip(), |entry| entry.local.compressed -= 1),
            Failed("ZIP_HEADER_MISMATCH"),
        ),
        case(
            5,
            "another CRC in the local header",
            On::All,
            |s| local(&s.zip(), |entry| entry.local.crc ^= 1),
            Failed("ZIP_HEADER_MISMATCH"),
        ),
        case(
            5,
            "another method in the local header",
            On::All,
            |s| local(&s.zip(), |entry| entry.local.method = 8),
            Failed("ZIP_HEADER_MISMATCH"),
        ),
        case(
            5,
            "another size in the directory",
            On::All,
            |s| {
                local(&s.zip(), |entry| {
                    entry.central.size -= 3;
                    entry.central.compressed -= 3;
                })
            },
            Failed("ZIP_HEADER_MISMATCH"),
        ),
        case(
            6,
            "an entry that the directory does not list",
            On::All,
            |s| {
                let mut hidden = Entry::stored("Doc_0/Pages/Page_0/Hidden.xml", b"<a/>");
                hidden.listed = false;
                extra_entry(&s.zip(), hidden)
            },
            Failed("ZIP_HIDDEN_ENTRY"),
        ),
        case(
            6,
            "a second body of a page that the directory does not list",
            On::All,
            |s| {
                s.with(|zip| {
                    let mut hidden = Entry::stored(PAGE, &evil(zip));
                    hidden.listed = false;
                    zip.entries.insert(0, hidden);
                })
            },
            Failed("ZIP_HIDDEN_ENTRY"),
        ),
        case(
            7,
            "two entries over the same bytes",
            On::All,
            |s| {
                s.with(|zip| {
                    let mut shared = zip.entries[zip.at(PAGE)].clone();
                    shared.central.name = b"Doc_0/Pages/Page_0/Shared.xml".to_vec();
                    shared.shares = Some(zip.at(PAGE));
                    zip.entries.push(shared);
                })
            },
            Failed("ZIP_OVERLAP"),
        ),
        case(
            7,
            "an entry inside the data of another",
            On::All,
            |s| {
                s.with(|zip| {
                    let inner = Zip { entries: vec![Entry::stored("a", b"b")], ..Zip::default() }.build();
                    zip.entries.push(Entry::stored("outer", &inner[..32]));
                    let outer = zip.entries.len() - 1;
                    // The record of `a` points into the data of `outer`: 30 bytes of header and its name further on.
                    let mut record = Entry::stored("a", b"b");
                    record.shares = Some(outer);
                    zip.entries.push(record);
                })
            },
            Failed("ZIP_OVERLAP"),
        ),
        case(
            8,
            "two end records",
            On::All,
            |s| {
                let mut bytes = s.zip().build();
                let empty = end(0, 0, bytes.len() as u32, &[]);
                bytes.extend_from_slice(&empty);
                bytes
            },
            Failed("ZIP_AMBIGUOUS_END"),
        ),
        case(
            8,
            "a comment that holds an end record",
            On::All,
            |s| s.with(|zip| zip.comment = end(0, 0, 0, &[])),
            Failed("ZIP_AMBIGUOUS_END"),
        ),
        case(
            8,
            "a comment that holds a whole package",
            On::All,
            |s| {
                s.with(|zip| {
                    zip.comment = Zip { entries: vec![Entry::stored("OFD.xml", b"<a/>")], ..Zip::default() }.build();
                })
            },
            Failed("ZIP_AMBIGUOUS_END"),
        ),
        case(
            9,
            "bytes in front, offsets that know of them",
            On::All,
            |s| s.with(|zip| zip.before = b"junk".to_vec()),
            Doubt("ZIP_EXTRA_BYTES"),
        ),
        case(
            9,
            "bytes in front, offsets that do not know of them",
            On::All,
            |s| {
                s.with(|zip| {
                    zip.before = b"junk".to_vec();
                    zip.offsets_from_start = false;
                })
            },
            Doubt("ZIP_EXTRA_BYTES"),
        ),
        case(
            9,
            "bytes after the end record",
            On::All,
            |s| s.with(|zip| zip.after = b"junk".to_vec()),
            Doubt("ZIP_EXTRA_BYTES"),
        ),
        case(
            9,
            "bytes before the directory",
            On::All,
            |s| s.with(|zip| zip.gap = b"junk".to_vec()),
            Doubt("ZIP_EXTRA_BYTES"),
        ),
        case(9, "a comment", On::All, |s| s.with(|zip| zip.comment = b"junk".to_vec()), Told("ZIP_ODDITY")),
    ]
}

fn refusals() -> Vec<Case> {
    vec![
        case(
            10,
            "../",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("../evil", b"x")),
            Refused("ZIP_PATH_TRAVERSAL"),
        ),
        case(
            10,
            "../ further in",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("Doc_0/../../evil", b"x")),
            Refused("ZIP_PATH_TRAVERSAL"),
        ),
        case(
            10,
            "..\\",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("..\\evil", b"x")),
            Refused("ZIP_PATH_TRAVERSAL"),
        ),
        case(
            10,
            "an absolute path",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("/etc/evil", b"x")),
            Refused("ZIP_PATH_TRAVERSAL"),
        ),
        case(
            10,
            "a drive",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("C:\\evil", b"x")),
            Refused("ZIP_PATH_TRAVERSAL"),
        ),
        case(
            11,
            "a symbolic link",
            On::All,
            |s| {
                let mut link = Entry::stored("Doc_0/link", b"/etc/passwd");
                link.attributes = 0o120_777 << 16;
                extra_entry(&s.zip(), link)
            },
            Refused("DOCUMENT_MALFORMED"),
        ),
        case(
            12,
            "an entry that inflates beyond the limit",
            On::All,
            |s| {
                let bomb = Entry::deflated("bomb", &[0; 4096]).both(|header| header.size = 2 << 30);
                extra_entry(&s.zip(), bomb)
            },
            Refused("LIMIT_INFLATE"),
        ),
        case(
            12,
            "entries that together inflate beyond the limit",
            On::All,
            |s| {
                s.with(|zip| {
                    for number in 0..400 {
                        zip.entries.push(
                            Entry::deflated(&format!("b{number}"), &[0; 512]).both(|header| header.size = 3 << 20),
                        );
                    }
                })
            },
            Refused("LIMIT_INFLATE"),
        ),
        case(
            12,
            "a package of packages",
            On::All,
            |s| {
                let inner = Zip { entries: vec![Entry::deflated("zeros", &vec![0; 32 << 20])], ..Zip::default() };
                extra_entry(&s.zip(), Entry::stored("inner.zip", &inner.build()))
            },
            Refused("LIMIT_INFLATE"),
        ),
        case(
            13,
            "1:1000 for an entry of 8 MiB",
            On::All,
            |s| extra_entry(&s.zip(), Entry::deflated("zeros", &vec![0; 8 << 20])),
            Refused("LIMIT_INFLATE"),
        ),
        case(
            14,
            "10 001 entries",
            On::Once,
            |s| {
                s.with(|zip| {
                    for number in 0..10_001 {
                        zip.entries.push(Entry::stored(&format!("e{number}"), b""));
                    }
                })
            },
            Refused("LIMIT_REACHED"),
        ),
        case(
            15,
            "an encrypted entry",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("secret", b"x").both(|header| header.flags |= 1)),
            Refused("ENCRYPTED_INPUT"),
        ),
        case(
            16,
            "LZMA",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("lzma", b"x").both(|header| header.method = 14)),
            Refused("DOCUMENT_MALFORMED"),
        ),
        case(
            17,
            "a Zip64 field that is missing",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("large", b"x").both(|header| header.size = u32::MAX)),
            Refused("DOCUMENT_MALFORMED"),
        ),
        case(
            17,
            "a Zip64 field that tells another size",
            On::All,
            |s| {
                let lie = Entry::stored("large", b"x").both(|header| {
                    header.extra = [&[1, 0, 8, 0][..], &77_u64.to_le_bytes()].concat();
                });
                extra_entry(&s.zip(), lie)
            },
            Refused("DOCUMENT_MALFORMED"),
        ),
        case(
            17,
            "a Zip64 end record that tells another number",
            On::All,
            |s| {
                let bytes = s.zip().build();
                let (body, tail) = bytes.split_at(bytes.len() - 22);
                let mut out = body.to_vec();
                let head = out.len() as u64;
                out.extend_from_slice(b"PK\x06\x06");
                out.extend_from_slice(&44_u64.to_le_bytes());
                out.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                let (size, start) = (&tail[12..16], &tail[16..20]);
                for field in [1_u64, 1] {
                    out.extend_from_slice(&field.to_le_bytes());
                }
                for field in [size, start] {
                    out.extend_from_slice(field);
                    out.extend_from_slice(&[0; 4]);
                }
                out.extend_from_slice(b"PK\x06\x07\x00\x00\x00\x00");
                out.extend_from_slice(&head.to_le_bytes());
                out.extend_from_slice(&1_u32.to_le_bytes());
                out.extend_from_slice(tail);
                out
            },
            Refused("DOCUMENT_MALFORMED"),
        ),
    ]
}

fn names() -> Vec<Case> {
    vec![
        case(
            18,
            "a name with NUL",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("OFD.xml\0.txt", b"x")),
            Failed("ZIP_NAME_UNSAFE"),
        ),
        case(
            18,
            "a name with ESC",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("a\x1b[2Jb", b"x")),
            Failed("ZIP_NAME_UNSAFE"),
        ),
        case(
            18,
            "a name with a direction override",
            On::All,
            |s| extra_entry(&s.zip(), Entry::stored("Doc_0/a\u{202e}lmx.exe", b"x")),
            Failed("ZIP_NAME_UNSAFE"),
        ),
        case(
            18,
            "a compressed page that ends early",
            On::All,
            |s| {
                s.with(|zip| {
                    let data = zip.get(PAGE);
                    let mut cut = Entry::deflated(PAGE, &data);
                    let short = deflate(&data[..data.len() - 1]);
                    (cut.local.compressed, cut.central.compressed) = (short.len() as u32, short.len() as u32);
                    cut.data = short;
                    let at = zip.at(PAGE);
                    zip.entries[at] = cut;
                })
            },
            Failed("HASH_FAILURE"),
        ),
    ]
}
