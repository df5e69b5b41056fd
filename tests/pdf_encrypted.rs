//! Encrypted PDF files: read with their passwords as their plain originals are, and continued under the same key.
//! The files are made by qpdf where it is installed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail as tests do")]

mod support;
#[path = "support/world.rs"]
mod world;

use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use eseal::crypto::{KeyKind, SecretBytes};
use eseal::limits::Budget;
use eseal::pdf::object::{Dictionary, Object, ObjectId};
use eseal::pdf::{Document, FieldIs, Opened, PdfError, Permission, View};
use eseal::report::Indication;
use eseal::sign::{ContainerChoice, Remark};
use eseal::source::Bytes;

use crate::world::World;

fn open(bytes: &[u8]) -> Document {
    Document::open(Bytes::shared(bytes), Rc::new(Budget::default())).unwrap()
}

fn unlocked(bytes: &[u8], password: &str) -> Document {
    let mut document = open(bytes);
    document.unlock(&secret(password)).unwrap();
    document
}

fn secret(password: &str) -> SecretBytes {
    SecretBytes::new(password.as_bytes().to_vec())
}

/// Every way of encrypting that qpdf knows: a name and its arguments between the passwords and `--`.
const WAYS: [(&str, &[&str]); 7] = [
    ("V1 RC4-40", &["40"]),
    ("V2 RC4-128", &["128", "--use-aes=n"]),
    ("V4 RC4-128", &["128", "--force-V4"]),
    ("V4 AES-128", &["128", "--use-aes=y"]),
    ("V4 AES-128, metadata clear", &["128", "--use-aes=y", "--cleartext-metadata"]),
    ("V5 R5 AES-256", &["256", "--force-R5"]),
    ("V5 R6 AES-256, metadata clear", &["256", "--cleartext-metadata"]),
];

/// A file as qpdf encrypts it; `None` where there is no qpdf.
fn encrypt(folder: &Path, plain: &[u8], user: &str, owner: &str, way: &[&str], more: &[&str]) -> Option<Vec<u8>> {
    let (input, output) = (folder.join("plain.pdf"), folder.join("encrypted.pdf"));
    std::fs::write(&input, plain).unwrap();
    let result = Command::new("qpdf")
        .args(["--allow-weak-crypto", "--static-id"])
        .args(more)
        .args(["--encrypt", user, owner])
        .args(way)
        .arg("--")
        .args([&input, &output])
        .output();
    let Ok(result) = result else {
        support::skip("qpdf is not installed");
        return None;
    };
    assert!(matches!(result.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&result.stderr));
    Some(std::fs::read(output).unwrap())
}

/// A document with strings in every place, a metadata stream, an attached file and content.
fn plain() -> Vec<u8> {
    let metadata = "<?xpacket?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R/Names<</EmbeddedFiles<</Names[(a.txt)7 0 R]>>>>/Lang(zh-CN)>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents 4 0 R/Annots[9 0 R]>>".to_owned(),
        "<</Length 30>>\nstream\n0 0 1 rg 10 10 50 50 re f % 1 \nendstream".to_owned(),
        format!("<</Type/Metadata/Subtype/XML/Length {}>>\nstream\n{metadata}\nendstream", metadata.len()),
        "<</Title(\\376\\377z\\340)/Author(A \\(b\\))/Empty()/Sixteen(0123456789abcdef)>>".to_owned(),
        "<</Type/Filespec/F(a.txt)/UF(a.txt)/EF<</F 8 0 R>>>>".to_owned(),
        "<</Type/EmbeddedFile/Params<</CheckSum<00112233445566778899AABBCCDDEEFF>>>/Length 5>>\nstream\nhello\nendstream".to_owned(),
        "<</Type/Annot/Subtype/Text/Rect[1 1 9 9]/Contents(a note)/T[(x)[(y)<</Z(z)>>]]>>".to_owned(),
    ];
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (n, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", n + 1).bytes());
    }
    let start = file.len();
    file.extend(table.bytes());
    let id = "[<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]";
    let size = objects.len() + 1;
    file.extend(format!("trailer\n<</Size {size}/Root 1 0 R/Info 6 0 R/ID{id}>>\nstartxref\n{start}\n%%EOF\n").bytes());
    file
}

/// Everything that a document's trailer reaches, references followed, without places.
fn whole(document: &Document) -> String {
    let view = document.current().unwrap();
    let mut text = String::new();
    for key in ["Root", "Info"] {
        if let Some(value) = view.trailer().get(key) {
            describe(&view, value, &mut Vec::new(), &mut text);
        }
    }
    text
}

fn describe(view: &View<'_>, value: &Object, seen: &mut Vec<ObjectId>, text: &mut String) {
    let dictionary = |dictionary: &Dictionary, seen: &mut Vec<ObjectId>, text: &mut String| {
        let mut entries: Vec<_> = dictionary.iter().collect();
        entries.sort_by_key(|(key, _)| *key);
        for (key, value) in entries {
            // How a stream is compressed is the writer's business, and that R 5 needs an extension.
            if !matches!(key, b"Length" | b"Filter" | b"DecodeParms" | b"Extensions") {
                text.push_str(&format!("/{}", String::from_utf8_lossy(key)));
                describe(view, value, seen, text);
            }
        }
    };
    match value {
        Object::Reference(id) if seen.contains(id) => text.push_str("(seen)"),
        Object::Reference(id) => {
            seen.push(*id);
            describe(view, &view.get(*id).unwrap(), seen, text);
        }
        Object::Array(items) => items.iter().for_each(|item| describe(view, item, seen, text)),
        Object::Dictionary(entries) => dictionary(entries, seen, text),
        Object::Stream(stream) => {
            dictionary(&stream.dictionary, seen, text);
            text.push_str(&String::from_utf8_lossy(&view.stream_data(stream, 1 << 20).unwrap()));
        }
        other => text.push_str(&format!(" {other:?}")),
    }
}

#[test]
fn every_string_and_stream_is_read_as_in_the_plain_file() {
    let folder = tempfile::tempdir().unwrap();
    let original = whole(&open(&plain()));
    assert!(original.contains("hello") && original.contains("xmpmeta") && original.contains("50 re f"), "{original}");
    for (name, way) in WAYS {
        for more in [&["--object-streams=disable"][..], &["--object-streams=generate"]] {
            let Some(file) = encrypt(folder.path(), &plain(), "user", "owner", way, more) else { return };
            let document = open(&file);
            assert!(document.encryption().is_some(), "{name}");
            assert_eq!(document.readable(), Err(PdfError::Encrypted), "{name}");
            assert_eq!(document.current().unwrap().catalog(), Err(PdfError::Encrypted), "{name}");
            for (password, opened) in [("user", Opened::User), ("owner", Opened::Owner)] {
                let mut document = open(&file);
                assert_eq!(document.unlock(&secret("usher")), Err(PdfError::WrongPassword), "{name}");
                assert_eq!(document.opened(), None);
                assert_eq!(document.unlock(&secret(password)), Ok(()), "{name}");
                assert_eq!(document.opened(), Some(opened), "{name}");
                assert_eq!(whole(&document), original, "{name} {more:?}");
                assert_eq!(document.notes(), [], "{name}");
            }
        }
    }
}

#[test]
fn a_file_that_the_empty_password_opens_is_open() {
    let folder = tempfile::tempdir().unwrap();
    for (name, way) in WAYS {
        let Some(file) = encrypt(folder.path(), &plain(), "", "owner", way, &[]) else { return };
        let mut document = open(&file);
        assert_eq!(document.opened(), Some(Opened::Freely), "{name}");
        assert_eq!(whole(&document), whole(&open(&plain())), "{name}");
        assert_eq!(document.unlock(&secret("nonsense")), Err(PdfError::WrongPassword), "{name}");
        assert_eq!(document.readable(), Ok(()), "{name}: a wrong password locks nothing");
        assert_eq!(document.unlock(&secret("owner")), Ok(()), "{name}");
        assert_eq!(document.opened(), Some(Opened::Owner), "{name}");
    }
}

#[test]
fn passwords_outside_ascii_and_of_any_length_open() {
    let folder = tempfile::tempdir().unwrap();
    let long = "长".repeat(42);
    let bytes = ["--password-mode=bytes"];
    for (way, password) in [(WAYS[6].1, "章é"), (WAYS[5].1, "é\u{aa}"), (WAYS[6].1, long.as_str())] {
        let Some(file) = encrypt(folder.path(), &plain(), password, "owner", way, &bytes) else { return };
        let mut document = open(&file);
        assert_eq!(document.unlock(&secret(password)), Ok(()), "{password}");
        assert_eq!(document.opened(), Some(Opened::User), "{password}");
    }
    // The standard asks for PDFDocEncoding up to R 4: qpdf chooses it for what is Unicode.
    let Some(file) = encrypt(folder.path(), &plain(), "é", "owner", WAYS[1].1, &["--password-mode=unicode"]) else {
        return;
    };
    assert_eq!(unlocked(&file, "é").opened(), Some(Opened::User));
}

#[test]
fn samples_of_other_programs_open_with_their_passwords() {
    let Some(samples) = support::samples() else { return };
    let folder = samples.join("pdf/unsigned");
    for (name, passwords) in [
        ("minimal-aes256.pdf", ["ownersecret", "usersecret"]),
        ("minimal-rc4.pdf", ["ownersecret", "usersecret"]),
        ("malformed-encrypt-dict1.pdf", ["ownersecret", "usersecret"]),
    ] {
        let file = std::fs::read(folder.join(name)).unwrap();
        for password in passwords {
            let document = unlocked(&file, password);
            let view = document.current().unwrap();
            let page = view.page(0).unwrap();
            let Some(contents) = page.dictionary.get("Contents") else { panic!("{name}: no contents") };
            let Object::Stream(stream) = view.resolve(contents).unwrap() else { panic!("{name}: no stream") };
            let content = view.stream_data(&stream, 1 << 20).unwrap();
            assert!(content.windows(2).any(|pair| pair == b"Tj"), "{name}: {}", String::from_utf8_lossy(&content));
        }
    }
}

/// What another program says of a file: its status and its words. `None` where it is not installed.
fn asked(program: &str, arguments: &[&str], folder: &Path, file: &[u8]) -> Option<(Option<i32>, String)> {
    let path = folder.join("asked.pdf");
    std::fs::write(&path, file).unwrap();
    let Ok(said) = Command::new(program).args(arguments).arg(&path).output() else {
        support::skip(&format!("{program} is not installed"));
        return None;
    };
    let words = [said.stdout, said.stderr].concat();
    Some((said.status.code(), String::from_utf8_lossy(&words).into_owned()))
}

/// Seals with one password, signs with the other, and asks everybody.
fn sealed_twice(what: &str, world: &World, file: &[u8], [user, owner]: [&str; 2], folder: &Path) {
    let once = world.on_document(&unlocked(file, user), true, ContainerChoice::Auto);
    let twice = world.on_document(&unlocked(&once, owner), false, ContainerChoice::Auto);
    assert!(twice.starts_with(&once) && once.starts_with(file), "{what}");
    for (number, signed) in [&once, &twice].into_iter().enumerate() {
        for password in [user, owner] {
            let report = world.verify_encrypted(signed, &["nonsense", password]);
            assert_eq!(report.indication, Indication::TotalPassed, "{what}: {:?}", world::codes(&report));
            assert_eq!(report.signatures.len(), number + 1, "{what}");
        }
        for none in [&[][..], &["nonsense"]] {
            let report = world.verify_encrypted(signed, none);
            assert_eq!((report.indication, report.exit_status), (Indication::Refused, 5), "{what}");
            assert_eq!(world::codes(&report), ["ENCRYPTED_INPUT"], "{what}");
        }
        let password = format!("--password={user}");
        if let Some((status, words)) = asked("qpdf", &[&password, "--check"], folder, signed) {
            assert_eq!(status, Some(0), "{what}: {words}");
        }
        if world.kind == KeyKind::P256
            && let Some((_, words)) = asked("pdfsig", &["-nocert", "-upw", user], folder, signed)
        {
            let valid = words.matches("Signature Validation: Signature is Valid.").count();
            assert_eq!(valid, number + 1, "{what}: {words}");
        }
    }
    let added = &twice[file.len()..];
    assert!(!added.windows(6).any(|bytes| bytes == b"Signer"), "{what}: a string was written in clear");
    let document = unlocked(&twice, user);
    assert_eq!(document.notes(), [], "{what}");
    for signature in document.current().unwrap().signatures().unwrap() {
        assert_eq!(signature.dictionary.get("Name"), Some(&Object::text("Signer")), "{what}");
    }
}

#[test]
fn encrypted_files_are_sealed_and_stay_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let notice = world::fixture("notice.pdf");
    for kind in [KeyKind::P256, KeyKind::Sm2] {
        let world = World::new(kind);
        for (name, way) in WAYS {
            for more in ["--object-streams=disable", "--object-streams=generate"] {
                let Some(file) = encrypt(folder.path(), &notice, "user", "owner", way, &[more]) else { return };
                sealed_twice(&format!("{name} {more} {kind:?}"), &world, &file, ["user", "owner"], folder.path());
            }
        }
    }
}

#[test]
fn encrypted_samples_of_other_programs_are_sealed() {
    let Some(samples) = support::samples() else { return };
    let folder = tempfile::tempdir().unwrap();
    for kind in [KeyKind::P256, KeyKind::Sm2] {
        let world = World::new(kind);
        for name in ["minimal-aes256.pdf", "minimal-rc4.pdf"] {
            let file = std::fs::read(samples.join("pdf/unsigned").join(name)).unwrap();
            let sealed = world.on_document(&unlocked(&file, "usersecret"), false, ContainerChoice::Auto);
            let report = world.verify_encrypted(&sealed, &["ownersecret"]);
            assert_eq!(report.indication, Indication::TotalPassed, "{name}: {:?}", world::codes(&report));
            if let Some((status, words)) = asked("qpdf", &["--password=usersecret", "--check"], folder.path(), &sealed)
            {
                assert_eq!(status, Some(0), "{name}: {words}");
            }
        }
    }
}

/// A revision whose trailer is that of the last one with one entry replaced, or left out.
fn with_trailer(file: &[u8], last: &Document, key: &str, value: Option<&str>) -> Vec<u8> {
    let (previous, start) = (last.revisions().last().unwrap().xref_offset, file.len() + 1);
    let mut later = file.to_vec();
    later.extend(b"\nxref\n0 0\ntrailer\n<<");
    for (name, entry) in last.revisions().last().unwrap().trailer.iter() {
        let name = String::from_utf8_lossy(name).into_owned();
        if ["Size", "Root", "Info", "ID", "Encrypt"].contains(&name.as_str()) && name != key {
            later.extend(format!("/{name} ").bytes());
            entry.write(&mut later);
        }
    }
    if let Some(value) = value {
        later.extend(format!("/{key} {value}").bytes());
    }
    later.extend(format!("/Prev {previous}>>\nstartxref\n{start}\n%%EOF\n").bytes());
    later
}

#[test]
fn an_encryption_that_comes_with_a_later_revision_never_passes() {
    let world = World::new(KeyKind::P256);
    let file = world.on_pdf(&plain(), false, ContainerChoice::Auto);
    assert_eq!(world.verify(&file).indication, Indication::TotalPassed);
    let strings = format!("/O<{0}>/U<{0}>", "00".repeat(32));
    for encrypt in [
        format!("<</Filter/Standard/V 2/R 3/Length 128/P -4{strings}>>"),
        // Every string and stream is left as it is: what is shown does not change.
        format!(
            "<</Filter/Standard/V 4/R 4/Length 128/P -4{strings}/CF<<>>/StmF/Identity/StrF/Identity/EncryptMetadata false>>"
        ),
        "<</Filter/Unknown/V 9>>".to_owned(),
        "<<>>".to_owned(),
        "99 0 R".to_owned(),
        "true".to_owned(),
    ] {
        let later = with_trailer(&file, &open(&file), "Encrypt", Some(&encrypt));
        let mut document = open(&later);
        assert!(matches!(document.readable(), Err(PdfError::EncryptionChanged { .. })), "{:?}", document.readable());
        assert!(matches!(document.unlock(&secret("")), Err(PdfError::EncryptionChanged { .. })));
        for passwords in [&[][..], &[""], &["user"]] {
            let report = world.verify_encrypted(&later, passwords);
            assert_eq!(report.indication, Indication::TotalFailed, "{encrypt}: {:?}", world::codes(&report));
        }
    }
}

#[test]
fn an_encryption_that_a_later_revision_changes_never_passes() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(KeyKind::P256);
    for (name, way) in WAYS {
        let Some(file) = encrypt(folder.path(), &plain(), "user", "owner", way, &[]) else { return };
        let file = world.on_document(&unlocked(&file, "user"), false, ContainerChoice::Auto);
        assert_eq!(world.verify_encrypted(&file, &["user"]).indication, Indication::TotalPassed, "{name}");
        let last = unlocked(&file, "user");
        let same = with_trailer(&file, &last, "Nothing", None);
        assert_eq!(world.verify_encrypted(&same, &["user"]).indication, Indication::TotalPassed, "{name}: as it was");
        for other in [None, Some("null"), Some("<</Filter/Standard/V 1/R 2/P -4/O<00>/U<00>>>")] {
            let later = with_trailer(&file, &last, "Encrypt", other);
            for passwords in [&[][..], &["user"], &["owner"]] {
                let report = world.verify_encrypted(&later, passwords);
                let known = if passwords.is_empty() { Indication::Refused } else { Indication::TotalFailed };
                assert_eq!(report.indication, known, "{name} {other:?}: {:?}", world::codes(&report));
            }
        }
    }
}

#[test]
fn permissions_are_asked_of_whom_the_user_s_password_let_in() {
    use Permission::{Granted, Withheld};
    let folder = tempfile::tempdir().unwrap();
    let rows: [(&[&str], Permission, Permission); 5] = [
        (&["128", "--use-aes=y"], Granted, Granted),
        (&["128", "--use-aes=y", "--modify=none"], Withheld, Withheld),
        (&["128", "--use-aes=y", "--modify=form"], Withheld, Granted),
        (&["256", "--modify=annotate"], Withheld, Granted),
        (&["40", "--annotate=n"], Withheld, Withheld),
    ];
    for (way, new, there) in rows {
        let Some(file) = encrypt(folder.path(), &plain(), "", "owner", way, &[]) else { return };
        let freely = open(&file);
        assert_eq!(freely.signing_permission(FieldIs::New), new, "{way:?}");
        assert_eq!(freely.signing_permission(FieldIs::There), there, "{way:?}");
        let owner = unlocked(&file, "owner");
        assert_eq!(owner.signing_permission(FieldIs::New), Granted, "{way:?}");
        let world = World::new(KeyKind::Sm2);
        let told = |document: &Document| world.remarks(document).contains(&Remark::PermissionsWithheld);
        assert_eq!((told(&freely), told(&owner)), (new == Withheld, false), "{way:?}");
    }
}

#[test]
fn a_damaged_file_stays_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    for (name, way) in WAYS {
        for more in [&["--object-streams=disable"][..], &["--object-streams=generate"]] {
            let Some(mut file) = encrypt(folder.path(), &plain(), "", "owner", way, more) else { return };
            let at = file.windows(9).rposition(|bytes| bytes == b"startxref").unwrap();
            file.truncate(at);
            file.extend_from_slice(b"startxref\n7\n%%EOF\n");
            let document = Document::open_for_sealing(Bytes::shared(&*file), Rc::new(Budget::default()))
                .unwrap_or_else(|error| panic!("{name} {more:?}: {error}"));
            let world = World::new(KeyKind::Sm2);
            let sealed = world.on_document(&document, false, ContainerChoice::Auto);
            let report = world.verify(&sealed);
            assert_eq!(report.indication, Indication::TotalPassed, "{name} {more:?}: {:?}", world::codes(&report));
            let again = open(&sealed);
            assert!(again.encryption().is_some(), "{name}");
            let info = again.current().unwrap();
            let info = info.lookup(info.trailer(), "Info").unwrap();
            let title = info.as_dictionary().unwrap().get("Author").and_then(Object::as_string).unwrap();
            assert_eq!(title, b"A (b)", "{name} {more:?}");
        }
    }
}
