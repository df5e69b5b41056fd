//! OFDEntries.xml (GM/T 0099-2020 annex D): the signed list of a package's files, made with the test keys, good and
//! wrong in one way each.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/integrity.rs"]
mod integrity;
#[path = "support/world.rs"]
mod world;
#[path = "support/zip.rs"]
mod zip;

use eseal::crypto::KeyKind;
use eseal::pki::build::Profile;
use eseal::report::{Coverage, Indication, Report};
use eseal::sign::Closing;
use eseal::signature::{Form, SignatureBuilder};
use eseal::time::Validity;

use integrity::{LIST, VALUE, entries, listed, listed_with, value, value_without_attributes};
use world::{NOW, SIGNED, World, codes, fixture, time, verify_untrusted};
use zip::Zip;

const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";

/// A sealed package with its list.
fn sealed(world: &World) -> Zip {
    listed(world, &world.seal_ofd(&fixture("notice.ofd")))
}

/// Codes of the document itself about the list, with their places.
fn about(report: &Report) -> Vec<(&'static str, String)> {
    let ours = report.findings.iter().filter(|finding| finding.code.name().starts_with("INTEGRITY_"));
    ours.map(|finding| (finding.code.name(), finding.place.clone().unwrap_or_default())).collect()
}

fn assert_says(report: &Report, indication: Indication, wanted: &[(&str, &str)]) {
    let wanted: Vec<(&str, String)> = wanted.iter().map(|(code, place)| (*code, (*place).to_owned())).collect();
    assert_eq!(about(report), wanted, "{} {:?}", report.indication, codes(report));
    assert_eq!(report.indication, indication, "{:?}", codes(report));
}

#[test]
fn a_good_list_is_no_stowaway() {
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let world = World::new(kind);
        let report = world.verify(&sealed(&world).build());
        assert_says(&report, Indication::TotalPassed, &[("INTEGRITY_HOLDS", "/OFDEntries.xml")]);
        assert_eq!(report.signatures[0].coverage, Coverage::WholeDocument);
        assert_eq!(report.signatures[0].uncovered, [""; 0]);
    }
    let world = World::new(KeyKind::Sm2);
    for (seal, closing) in [(false, Closing::Open), (true, Closing::Locked), (false, Closing::Locked)] {
        let package = world.on_ofd(&fixture("notice.ofd"), seal, closing);
        let report = world.verify(&listed(&world, &package).build());
        assert_says(&report, Indication::TotalPassed, &[("INTEGRITY_HOLDS", "/OFDEntries.xml")]);
    }
}

#[test]
fn a_package_may_have_a_list_and_no_signature() {
    let world = World::new(KeyKind::Sm2);
    let report = world.verify(&listed(&world, &fixture("notice.ofd")).build());
    assert_says(&report, Indication::NoSignature, &[("INTEGRITY_HOLDS", "/OFDEntries.xml")]);
    assert_eq!(report.exit_status, 4);
    // What the list says is a trace of who signed it: a stowaway is never "no signature".
    let mut zip = listed(&world, &fixture("notice.ofd"));
    zip.put("Doc_0/extra.bin", b"x");
    let report = world.verify(&zip.build());
    assert_eq!((report.indication, report.exit_status), (Indication::TotalFailed, 1));
    assert!(codes(&report).contains(&"INTEGRITY_ENTRY_UNLISTED"));
}

#[test]
fn a_seal_may_follow_the_list_and_covers_it() {
    let world = World::new(KeyKind::Sm2);
    let package = listed(&world, &fixture("notice.ofd")).build();
    let once = world.seal_ofd(&package);
    for bytes in [&once, &world.seal_ofd(&once), &world.on_ofd(&once, true, Closing::Locked)] {
        let report = world.verify(bytes);
        let told = [("INTEGRITY_SIGNED_LATER", ""), ("INTEGRITY_HOLDS", "/OFDEntries.xml")];
        assert_says(&report, Indication::TotalPassed, &told);
        let last = Zip::of(bytes);
        assert!(last.text("Doc_0/Signs/Sign_0/Signature.xml").contains("/OFDEntries.xml"));
    }
}

#[test]
fn a_file_that_the_list_does_not_name_fails() {
    let world = World::new(KeyKind::Sm2);
    let mut zip = sealed(&world);
    zip.put("Doc_0/Res/extra.bin", b"x");
    let report = world.verify(&zip.build());
    assert_eq!(about(&report)[0], ("INTEGRITY_ENTRY_UNLISTED", "/Doc_0/Res/extra.bin".to_owned()));
    assert_eq!(report.indication, Indication::TotalFailed);
    // Nor does a list hold that was signed without one of the files.
    let zip = listed_with(&world, &world.seal_ofd(&fixture("notice.ofd")), |names| names.retain(|name| name != PAGE));
    let report = world.verify(&zip.build());
    assert_eq!(about(&report)[0], ("INTEGRITY_ENTRY_UNLISTED", format!("/{PAGE}")));
    assert_eq!(report.indication, Indication::TotalFailed);
}

#[test]
fn a_file_that_the_list_names_and_that_is_gone_fails() {
    let world = World::new(KeyKind::Sm2);
    let mut zip = Zip::of(&fixture("notice.ofd"));
    zip.put("Doc_0/Res/extra.bin", b"x");
    let mut zip = listed(&world, &zip.build());
    drop(zip.remove("Doc_0/Res/extra.bin"));
    let report = world.verify(&zip.build());
    assert_eq!(about(&report)[0], ("INTEGRITY_ENTRY_MISSING", "/Doc_0/Res/extra.bin".to_owned()));
    assert_eq!((report.indication, report.exit_status), (Indication::TotalFailed, 1));
    // A place outside of the package is none either.
    let package = world.seal_ofd(&fixture("notice.ofd"));
    let zip = listed_with(&world, &package, |names| names.push("../../etc/passwd".to_owned()));
    let report = world.verify(&zip.build());
    assert_eq!(about(&report)[0], ("INTEGRITY_ENTRY_MISSING", "/../../etc/passwd".to_owned()));
    assert_eq!(report.indication, Indication::TotalFailed);
}

#[test]
fn a_list_that_was_edited_fails() {
    let world = World::new(KeyKind::Sm2);
    let mut zip = sealed(&world);
    zip.put("Doc_0/Res/extra.bin", b"x");
    let entry = "<ofd:FileList>";
    zip.edit(LIST, entry, &format!("{entry}<ofd:File ID=\"99\" FileLoc=\"/Doc_0/Res/extra.bin\"/>"));
    let report = world.verify(&zip.build());
    let found = about(&report);
    assert_eq!(found, [("INTEGRITY_SIGNATURE", "/signedvalue.dat".to_owned())]);
    assert_eq!(report.indication, Indication::TotalFailed);
    let detail = report.findings.iter().find(|f| f.code.name() == "INTEGRITY_SIGNATURE").unwrap();
    assert!(detail.arguments.iter().any(|(_, value)| value.contains("HASH_FAILURE")), "{detail:?}");
    // The seal says what it covers, and that the rest is nobody's.
    assert!(codes(&report).contains(&"OFD_UNSIGNED_ENTRY"));
}

#[test]
fn a_value_that_was_changed_fails() {
    let world = World::new(KeyKind::Sm2);
    let good = sealed(&world);
    let bytes = good.get(VALUE);
    let mut wrong = Vec::new();
    // Every byte of the value itself at the end, and some of the rest.
    let places = (0..bytes.len()).filter(|at| *at + 72 > bytes.len() || at % 37 == 0);
    for at in places {
        let mut zip = good.clone();
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        zip.put(VALUE, &changed);
        let report = world.verify(&zip.build());
        let codes = codes(&report);
        let told = codes.iter().any(|code| matches!(*code, "INTEGRITY_SIGNATURE" | "INTEGRITY_UNPROVEN"));
        if report.indication == Indication::TotalPassed || !told || codes.contains(&"INTEGRITY_HOLDS") {
            wrong.push((at, codes));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    for other in [b"".as_slice(), b"no value", &good.get("Doc_0/Signs/Sign_0/SignedValue.dat")] {
        let mut zip = good.clone();
        zip.put(VALUE, other);
        let report = world.verify(&zip.build());
        assert_says(&report, Indication::TotalFailed, &[("INTEGRITY_SIGNATURE", "/signedvalue.dat")]);
    }
    let mut zip = good.clone();
    drop(zip.remove(VALUE));
    assert_says(&world.verify(&zip.build()), Indication::TotalFailed, &[("INTEGRITY_SIGNATURE", "/signedvalue.dat")]);
    // A value without its list is a signature that nothing lists.
    let mut zip = good;
    drop(zip.remove(LIST));
    let report = world.verify(&zip.build());
    assert_eq!(report.indication, Indication::TotalFailed);
    assert!(codes(&report).contains(&"SIGNATURE_UNLISTED"));
}

#[test]
fn a_list_of_somebody_unknown_leaves_doubt() {
    let world = World::new(KeyKind::Sm2);
    let bytes = sealed(&world).build();
    let report = verify_untrusted(bytes.clone(), NOW);
    assert_eq!(about(&report), [("INTEGRITY_UNPROVEN", "/signedvalue.dat".to_owned())]);
    // A certificate that has ended, and no proof of when the list was signed.
    let late = Validity { not_before: time(SIGNED).plus_days(-9), not_after: time(NOW).plus_days(3) };
    let key = &world.signer.key;
    let certificate = world.issue("Composer", eseal::crypto::Signer::public_key(key), late, Profile::Signer);
    let mut zip = Zip::of(&bytes);
    let form = Form::Ofd { signing_time: time(SIGNED) };
    let builder = SignatureBuilder::new(certificate, Vec::new(), form).unwrap();
    let digest = builder.digest_algorithm().digest(&zip.get(LIST));
    zip.put(VALUE, &builder.document_digest(&digest).unwrap().sign(key).unwrap());
    let bytes = zip.build();
    assert_says(&world.verify(&bytes), Indication::TotalPassed, &[("INTEGRITY_HOLDS", "/OFDEntries.xml")]);
    let report = world.verify_with(&bytes, &[], &eseal::verify::NoRegister, NOW + 10 * 86_400);
    assert_says(&report, Indication::Indeterminate, &[("INTEGRITY_UNPROVEN", "/signedvalue.dat")]);
    // The seal is not blamed for it.
    assert_eq!(report.signatures[0].indication, Indication::TotalPassed);
}

#[test]
fn a_list_with_two_readings_or_none_is_not_used() {
    let world = World::new(KeyKind::Sm2);
    let package = world.seal_ofd(&fixture("notice.ofd"));
    let good = entries(&Zip::of(&package).names());
    let second = "<ofd:FileList></ofd:FileList></ofd:DocEntries>";
    let variants = [
        good.replace("</ofd:DocEntries>", second),
        good.replace("<ofd:FileList>", "<ofd:Wrap><ofd:FileList>")
            .replace("</ofd:FileList>", "</ofd:FileList></ofd:Wrap>"),
        good.replace("<ofd:FileList>", "<?x y?><ofd:FileList>"),
        good.replace("/signedvalue.dat", "/signed<!-- -->value.dat"),
        good.replace("/signedvalue.dat", "../../signedvalue.dat"),
        good.replace("<ofd:SignedValueLoc>/signedvalue.dat</ofd:SignedValueLoc>", ""),
        good.replace("ofd:DocEntries", "ofd:Other"),
        "<a".to_owned(),
        String::new(),
    ];
    for text in variants {
        assert_ne!(text, good);
        let mut zip = Zip::of(&package);
        zip.put(LIST, text.as_bytes());
        zip.put(VALUE, &value(&world, text.as_bytes()));
        let report = world.verify(&zip.build());
        let codes = codes(&report);
        assert!(codes.contains(&"INTEGRITY_MALFORMED"), "{text}: {codes:?}");
        assert!(codes.contains(&"OFD_UNSIGNED_ENTRY"), "{text}: {codes:?}");
        assert_ne!(report.indication, Indication::TotalPassed, "{text}");
    }
    let mut zip = Zip::of(&package);
    zip.put(LIST, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>");
    assert_eq!(world.verify(&zip.build()).indication, Indication::Refused);
}

#[test]
fn other_ways_of_writing_the_list_are_taken() {
    let world = World::new(KeyKind::Sm2);
    let package = world.seal_ofd(&fixture("notice.ofd"));
    let good = entries(&Zip::of(&package).names());
    let variants = [
        good.replace("ofd:", "").replace("xmlns:ofd", "xmlns"),
        good.replace("FileLoc=\"/", "FileLoc=\""),
        good.replace("2016", ""),
        format!("\u{feff}{}", good.replace("><", ">\r\n  <")),
        good.replace("/signedvalue.dat", "signedvalue.dat"),
    ];
    for text in variants {
        let text = text.replace("ofdspec.org/\"", "ofdspec.org\"");
        let mut zip = Zip::of(&package);
        zip.put(LIST, text.as_bytes());
        zip.put(VALUE, &value(&world, text.as_bytes()));
        let report = world.verify(&zip.build());
        assert_eq!(report.indication, Indication::TotalPassed, "{text}: {:?}", codes(&report));
        assert_eq!(about(&report), [("INTEGRITY_HOLDS", "/OFDEntries.xml".to_owned())]);
    }
}

/// The list is no way around the seal: it says which files there are, not what is in them.
#[test]
fn a_list_vouches_for_no_content() {
    let world = World::new(KeyKind::Sm2);
    let mut zip = Zip::of(&world.seal_ofd(&fixture("notice.ofd")));
    zip.put("Doc_0/Res/extra.bin", b"x");
    let report = world.verify(&listed(&world, &zip.build()).build());
    assert_eq!(report.indication, Indication::Indeterminate);
    assert_eq!(report.signatures[0].uncovered, ["/Doc_0/Res/extra.bin"]);
    // A file of the document stays one, though the list calls it its value.
    let mut zip = Zip::of(&world.seal_ofd(&fixture("notice.ofd")));
    let list = entries(&zip.names()).replace(&format!("/{VALUE}"), &format!("/{PAGE}"));
    zip.put(LIST, list.as_bytes());
    let report = world.verify(&zip.build());
    assert_says(&report, Indication::TotalFailed, &[("INTEGRITY_SIGNATURE", &format!("/{PAGE}"))]);
    let mut zip = sealed(&world);
    zip.edit(PAGE, "示例市", "别处市");
    assert!(codes(&world.verify(&zip.build())).contains(&"HASH_FAILURE"));
}

#[test]
fn the_list_is_shown_by_inspect() {
    let world = World::new(KeyKind::Sm2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("listed.ofd");
    let shown = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let inspected = eseal::operations::Inspected { path: &path, passwords: &[] };
        eseal::operations::inspect(inspected).unwrap()["integrity"].clone()
    };
    let good = shown(&sealed(&world).build());
    assert_eq!((&good["path"], &good["creator"]), (&"/OFDEntries.xml".into(), &"test".into()));
    assert_eq!(good["files"].as_array().unwrap().len(), 8);
    assert_eq!(good["value"]["container"], "gbt35275");
    assert!(shown(&fixture("notice.ofd")).is_null());
    let mut zip = sealed(&world);
    zip.put(LIST, b"<a");
    assert_eq!(shown(&zip.build())["readable"], false);
}

/// As the best-known library writes it: no attributes, no time.
#[test]
fn a_value_without_attributes_is_taken_and_checked() {
    let world = World::new(KeyKind::Sm2);
    let mut zip = sealed(&world);
    let good = value_without_attributes(&world, &zip.get(LIST));
    zip.put(VALUE, &good);
    let report = world.verify(&zip.build());
    assert_says(&report, Indication::TotalPassed, &[("INTEGRITY_HOLDS", "/OFDEntries.xml")]);
    let over_another = value_without_attributes(&world, b"another list");
    let mut flipped = good.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    for wrong in [over_another, flipped] {
        zip.put(VALUE, &wrong);
        let report = world.verify(&zip.build());
        assert_says(&report, Indication::TotalFailed, &[("INTEGRITY_SIGNATURE", "/signedvalue.dat")]);
    }
    // The list's text changed under a good value.
    zip.put(VALUE, &good);
    zip.edit(LIST, "CreatorName=\"test\"", "CreatorName=\"best\"");
    assert_says(&world.verify(&zip.build()), Indication::TotalFailed, &[("INTEGRITY_SIGNATURE", "/signedvalue.dat")]);
}
