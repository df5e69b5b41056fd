//! Signatures in OFD as makers write them: one thing of a sealed package is written in another way and signed again with
//! the test keys. Each gets its answer, and a further seal changes nothing about it.
#![allow(missing_docs, unreachable_pub, dead_code, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::too_many_lines, reason = "a table of forms is as long as its rows")]

#[path = "ofd_attacks/case.rs"]
mod case;
#[path = "ofd_attacks/forge.rs"]
mod forge;
#[path = "support/world.rs"]
mod world;
#[path = "support/zip.rs"]
mod zip;

use eseal::crypto::{DigestAlgorithm, KeyKind};
use eseal::report::Indication::{self, Indeterminate, TotalPassed};

use case::{On, Stage, stages};
use forge::{LIST, SEAL, VALUE, XML, check_value, drop_reference, resign, reword, reworded};
use world::{World, codes};
use zip::Zip;

/// Name, verdict, codes that must be told, recipe on a package sealed once.
type Form = (&'static str, Indication, &'static [&'static str], fn(&Stage<'_>) -> Vec<u8>);

const CHECK: &str = "CheckMethod=\"1.2.156.10197.1.401\"";

/// The digests made with another algorithm, which is named like this.
fn digested(s: &Stage<'_>, algorithm: DigestAlgorithm, name: &str) -> Vec<u8> {
    let mut zip = s.zip();
    for file in zip.names() {
        let data = zip.get(&file);
        let text = zip.text(XML).replace(&check_value(DigestAlgorithm::Sm3, &data), &check_value(algorithm, &data));
        zip.put(XML, text.as_bytes());
    }
    zip.edit(XML, CHECK, &format!("CheckMethod=\"{name}\""));
    resign(&mut zip, s, |_| ());
    zip.build()
}

/// Signature.xml with another text, signed again.
fn rewritten(s: &Stage<'_>, change: impl FnOnce(&str) -> Vec<u8>) -> Vec<u8> {
    let mut zip = s.zip();
    let text = zip.text(XML);
    let changed = change(&text);
    assert_ne!(changed, text.as_bytes());
    zip.put(XML, &changed);
    resign(&mut zip, s, |_| ());
    zip.build()
}

/// What stands between two texts, these included.
fn part<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap();
    let end = text[start..].find(to).unwrap() + start + to.len();
    &text[start..end]
}

fn digests() -> Vec<Form> {
    vec![
        ("SM3 by name", TotalPassed, &[], |s| reworded(s, CHECK, "CheckMethod=\"SM3\"", |_| ())),
        ("SM3 in small letters", TotalPassed, &[], |s| reworded(s, CHECK, "CheckMethod=\"sm3\"", |_| ())),
        ("SM3 by its other identifier", TotalPassed, &[], |s| {
            reworded(s, CHECK, "CheckMethod=\"1.2.156.10197.1.401.1\"", |_| ())
        }),
        ("CheckMethod as an element", TotalPassed, &[], |s| {
            rewritten(s, |text| {
                let element = "<ofd:References><ofd:CheckMethod>1.2.156.10197.1.401</ofd:CheckMethod>";
                text.replace(&format!("<ofd:References {CHECK}>"), element).into_bytes()
            })
        }),
        ("SHA-256", TotalPassed, &[], |s| digested(s, DigestAlgorithm::Sha256, "SHA-256")),
        ("SHA-256 by its identifier", TotalPassed, &[], |s| {
            digested(s, DigestAlgorithm::Sha256, "2.16.840.1.101.3.4.2.1")
        }),
        ("SHA-1", Indeterminate, &["CRYPTO_CONSTRAINTS_FAILURE"], |s| digested(s, DigestAlgorithm::Sha1, "SHA1")),
        ("SHA-1 with its hyphen", Indeterminate, &["CRYPTO_CONSTRAINTS_FAILURE"], |s| {
            digested(s, DigestAlgorithm::Sha1, "SHA-1")
        }),
        ("SHA-1 by its identifier", Indeterminate, &["CRYPTO_CONSTRAINTS_FAILURE"], |s| {
            digested(s, DigestAlgorithm::Sha1, "1.3.14.3.2.26")
        }),
        ("MD5 by name", Indeterminate, &["CRYPTO_CONSTRAINTS_FAILURE"], |s| digested(s, DigestAlgorithm::Md5, "md5")),
        ("MD5 by its identifier", Indeterminate, &["CRYPTO_CONSTRAINTS_FAILURE"], |s| {
            digested(s, DigestAlgorithm::Md5, "1.2.840.113549.2.5")
        }),
        ("keyed SM3", Indeterminate, &["DIGEST_UNCHECKABLE"], |s| {
            reworded(s, CHECK, "CheckMethod=\"1.2.156.10197.1.401.2\"", |_| ())
        }),
    ]
}

fn locations() -> Vec<Form> {
    vec![
        ("FileRef relative to Signature.xml", TotalPassed, &[], |s| {
            rewritten(s, |text| text.replace("FileRef=\"/", "FileRef=\"../../../").into_bytes())
        }),
        ("FileRef from the root without its slash", TotalPassed, &["ZIP_ODDITY"], |s| {
            rewritten(s, |text| text.replace("FileRef=\"/", "FileRef=\"").into_bytes())
        }),
        ("FileRef of Windows", TotalPassed, &["ZIP_ODDITY"], |s| {
            rewritten(s, |text| {
                let change = |piece: &str| piece.replace('/', "\\");
                let mut out = text.to_owned();
                for name in s.zip.names() {
                    let place = format!("/{name}");
                    let quoted = |place: &str| format!("FileRef=\"{place}\"");
                    out = out.replace(&quoted(&place), &quoted(&change(&place)));
                }
                out.into_bytes()
            })
        }),
        ("FileRef in another case", TotalPassed, &["ZIP_ODDITY"], |s| {
            reworded(s, "FileRef=\"/Doc_0/Document.xml\"", "FileRef=\"/Doc_0/document.XML\"", |_| ())
        }),
        ("a relative SignedValue", TotalPassed, &[], |s| {
            reworded(s, "/Doc_0/Signs/Sign_0/SignedValue.dat", "SignedValue.dat", |_| ())
        }),
        ("a relative place of the seal", TotalPassed, &[], |s| {
            let place = "<ofd:BaseLoc>/Doc_0/Signs/Sign_0/Seal.esl";
            reworded(s, place, "<ofd:BaseLoc>./Seal.esl", |_| ())
        }),
        ("a relative BaseLoc in the list", TotalPassed, &[], |s| {
            s.with(|zip| zip.edit(LIST, "BaseLoc=\"/Doc_0/Signs/Sign_0", "BaseLoc=\"Sign_0"))
        }),
        ("a BaseLoc of Windows in the list", TotalPassed, &["ZIP_ODDITY"], |s| {
            s.with(|zip| zip.edit(LIST, "/Doc_0/Signs/Sign_0/", "\\Doc_0\\Signs\\Sign_0\\"))
        }),
        ("propertyInfo without its slash", TotalPassed, &[], |s| {
            reword(s, |_| (), |ses| ses.property = eseal::pki::write::ia5(XML).unwrap())
        }),
        ("propertyInfo of Windows", TotalPassed, &[], |s| {
            let path = format!("\\{}", XML.replace('/', "\\"));
            reword(s, |_| (), |ses| ses.property = eseal::pki::write::ia5(&path).unwrap())
        }),
        ("other names of the files", TotalPassed, &[], |s| {
            let mut zip = s.zip();
            let (xml, _) = (zip.remove(XML), zip.remove(VALUE));
            let text = String::from_utf8(xml).unwrap().replace("SignedValue.dat", "SignedValue.data");
            let path = "Doc_0/Signs/Sign_0/sign.xml";
            zip.put(path, text.as_bytes());
            zip.put("Doc_0/Signs/Sign_0/SignedValue.data", &forge::Ses::new(s.world, text.as_bytes(), path).der());
            zip.edit(LIST, "Signature.xml", "sign.xml");
            zip.build()
        }),
    ]
}

fn texts() -> Vec<Form> {
    vec![
        ("digests in lines", TotalPassed, &[], |s| {
            rewritten(s, |text| text.replace("<ofd:CheckValue>", "<ofd:CheckValue>\r\n    ").into_bytes())
        }),
        ("CR LF and indents", TotalPassed, &[], |s| rewritten(s, |text| text.replace("><", ">\r\n\t<").into_bytes())),
        ("a byte order mark", TotalPassed, &[], |s| rewritten(s, |text| format!("\u{feff}{text}").into_bytes())),
        ("the older namespace", TotalPassed, &["NAMESPACE_OLD"], |s| {
            let mut zip = s.zip();
            zip.edit(XML, "ofdspec.org/2016", "ofdspec.org");
            zip.edit(LIST, "ofdspec.org/2016", "ofdspec.org");
            resign(&mut zip, s, |_| ());
            zip.build()
        }),
        ("an odd namespace", Indeterminate, &["NAMESPACE_UNKNOWN"], |s| {
            reworded(s, "ofdspec.org/2016", "ofdspec.org/2020", |_| ())
        }),
        ("GBK", TotalPassed, &[], |s| {
            rewritten(s, |text| {
                let text = text.replace("UTF-8", "GBK").replace("ProviderName=\"eseal\"", "ProviderName=\"签章\"");
                let (bytes, _, unmappable) = encoding_rs::GBK.encode(&text);
                assert!(!unmappable);
                bytes.into_owned()
            })
        }),
        ("another prefix", TotalPassed, &[], |s| {
            rewritten(s, |text| text.replace("ofd:", "").replace("xmlns:ofd", "xmlns").into_bytes())
        }),
        ("elements of GM/T 0099", TotalPassed, &[], |s| {
            rewritten(s, |text| {
                let provider = part(text, "<ofd:Provider", "/>");
                let more = format!(
                    "{} ProtocolVer=\"2.0\"><ofd:ExtendData>x</ofd:ExtendData></ofd:Provider><ofd:Parameters>\
                     <ofd:Parameter Name=\"a\">1</ofd:Parameter></ofd:Parameters>",
                    provider.trim_end_matches("/>")
                );
                text.replace(provider, &more).into_bytes()
            })
        }),
        ("another order of elements", TotalPassed, &[], |s| {
            rewritten(s, |text| {
                let (stamp, seal) = (part(text, "<ofd:StampAnnot", "/>"), part(text, "<ofd:Seal>", "</ofd:Seal>"));
                let rest = text.replace(stamp, "").replace(seal, "");
                rest.replace("<ofd:SignedInfo>", &format!("<ofd:SignedInfo>{seal}{stamp}")).into_bytes()
            })
        }),
        ("SignedValue first", TotalPassed, &[], |s| {
            rewritten(s, |text| {
                let value = part(text, "<ofd:SignedValue>", "</ofd:SignedValue>");
                text.replace(value, "").replace("<ofd:SignedInfo>", &format!("{value}<ofd:SignedInfo>")).into_bytes()
            })
        }),
        ("no time and no method", TotalPassed, &[], |s| {
            rewritten(s, |text| {
                let time = part(text, "<ofd:SignatureDateTime>", "</ofd:SignatureDateTime>");
                let method = part(text, "<ofd:SignatureMethod>", "</ofd:SignatureMethod>");
                text.replace(time, "").replace(method, "").into_bytes()
            })
        }),
        ("the time of Beijing in words", TotalPassed, &[], |s| {
            rewritten(s, |text| {
                let time = part(text, "<ofd:SignatureDateTime>", "</ofd:SignatureDateTime>");
                let beijing = "<ofd:SignatureDateTime>2026-11-22 13:00:00</ofd:SignatureDateTime>";
                text.replace(time, beijing).into_bytes()
            })
        }),
        ("a method in words", TotalPassed, &[], |s| {
            rewritten(s, |text| {
                let method = part(text, "<ofd:SignatureMethod>", "</ofd:SignatureMethod>");
                text.replace(method, "<ofd:SignatureMethod>SM2</ofd:SignatureMethod>").into_bytes()
            })
        }),
        ("a provider without a name", TotalPassed, &[], |s| {
            rewritten(s, |text| text.replace(part(text, "<ofd:Provider", "/>"), "<ofd:Provider/>").into_bytes())
        }),
    ]
}

fn lists() -> Vec<Form> {
    vec![
        ("no Type", TotalPassed, &[], |s| s.with(|zip| zip.edit(LIST, " Type=\"Seal\"", ""))),
        ("no highest number", TotalPassed, &[], |s| {
            s.with(|zip| {
                let text = zip.text(LIST);
                let max = part(&text, "<ofd:MaxSignId>", "</ofd:MaxSignId>").to_owned();
                zip.edit(LIST, &max, "");
            })
        }),
        ("a highest number after the signatures", TotalPassed, &[], |s| {
            s.with(|zip| {
                let text = zip.text(LIST);
                let max = part(&text, "<ofd:MaxSignId>", "</ofd:MaxSignId>");
                let moved = text.replace(max, "").replace("</ofd:Signatures>", &format!("{max}</ofd:Signatures>"));
                zip.put(LIST, moved.as_bytes());
            })
        }),
        ("plain numbers", TotalPassed, &[], |s| s.with(|zip| zip.edit(LIST, "ID=\"s001\"", "ID=\"1\""))),
        ("numbers with zeros", TotalPassed, &[], |s| s.with(|zip| zip.edit(LIST, "ID=\"s001\"", "ID=\"001\""))),
        ("a name", TotalPassed, &[], |s| s.with(|zip| zip.edit(LIST, "ID=\"s001\"", "ID=\"office\""))),
        ("white space in the list", TotalPassed, &[], |s| {
            s.with(|zip| {
                let text = zip.text(LIST).replace("><", ">\r\n  <");
                zip.put(LIST, text.as_bytes());
            })
        }),
        ("an empty element for the signature", TotalPassed, &[], |s| {
            s.with(|zip| {
                let text = zip.text(LIST);
                let entry = part(&text, "<ofd:Signature ", "/>");
                let open = format!("{}></ofd:Signature>", entry.trim_end_matches("/>"));
                let text = text.replace(entry, &open);
                zip.put(LIST, text.as_bytes());
            })
        }),
        ("no Seal.esl, as tax seals", TotalPassed, &[], |s| {
            let mut zip = s.zip();
            drop_reference(&mut zip, SEAL);
            drop(zip.remove(SEAL));
            let text = zip.text(XML);
            let seal = part(&text, "<ofd:Seal>", "</ofd:Seal>").to_owned();
            zip.edit(XML, &seal, "");
            resign(&mut zip, s, |_| ());
            zip.build()
        }),
        ("the digests of an open OFD.xml left out", Indeterminate, &["OFD_ROOT_OPEN"], |s| {
            let mut zip = s.zip();
            drop_reference(&mut zip, "OFD.xml");
            resign(&mut zip, s, |_| ());
            zip.build()
        }),
    ]
}

#[test]
fn every_form_gets_its_answer_and_keeps_it_under_a_further_seal() {
    let world = World::new(KeyKind::Sm2);
    let stages = stages(&world);
    let stage = stages.iter().find(|stage| stage.kind == On::Once).unwrap();
    let mut wrong = Vec::new();
    for (name, wanted, told, make) in [digests(), locations(), texts(), lists()].concat() {
        let bytes = make(stage);
        let report = world.verify(&bytes);
        let found = codes(&report);
        let missing: Vec<&&str> = told.iter().filter(|code| !found.contains(code)).collect();
        if report.indication != wanted || !missing.is_empty() {
            wrong.push(format!("{name}: {} {found:?}, missing {missing:?}", report.indication));
            continue;
        }
        match world.try_on_ofd(&bytes, true, eseal::sign::Closing::Open) {
            Ok(again) => {
                let after = world.verify(&again);
                let (old, new) = (&report.signatures[0], after.signatures.first().map(|s| s.indication));
                // What stands open may be closed by a later seal, and nothing gets worse.
                if after.signatures.len() != 2 || new != Some(old.indication) {
                    wrong.push(format!("{name}, sealed again: {} {:?}", after.indication, codes(&after)));
                } else if after.signatures[1].indication != TotalPassed || after.signatures[1].covers.len() != 1 {
                    wrong.push(format!("{name}, the second seal: {:?}", codes(&after)));
                }
            }
            Err(error) => wrong.push(format!("{name}, a further seal: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{} forms:\n{}", wrong.len(), wrong.join("\n"));
}

/// Signatures beyond any number of real documents end the reading, quickly and in words.
#[test]
fn a_list_of_thousands_is_refused() {
    let world = World::new(KeyKind::Sm2);
    let mut zip = Zip::of(&world.seal_ofd(&world::fixture("notice.ofd")));
    let text = zip.text(LIST);
    let entry = part(&text, "<ofd:Signature ", "/>").to_owned();
    zip.edit(LIST, &entry, &entry.repeat(2_000));
    let report = world.verify(&zip.build());
    assert_eq!((report.indication, report.exit_status), (Indication::Refused, 5));
    assert_eq!(codes(&report), ["LIMIT_REACHED"]);
}

/// A hundred thousand references and stamps are judged without end to neither time nor report.
#[test]
fn a_signature_of_many_faults_is_judged_soon() {
    let world = World::new(KeyKind::Sm2);
    let stages = stages(&world);
    let stage = stages.iter().find(|stage| stage.kind == On::Once).unwrap();
    let bytes = rewritten(stage, |text| {
        let references: String = (0..50_000).map(|n| forge::reference_to(&format!("/no/{n}"), "AAAA")).collect();
        let stamp = part(text, "<ofd:StampAnnot", "/>");
        let stamps: String = (0..50_000).map(|n| stamp.replace("ID=\"s002\"", &format!("ID=\"x{n}\""))).collect();
        let text = text.replace("</ofd:References>", &format!("{references}</ofd:References>"));
        text.replace(stamp, &stamps).into_bytes()
    });
    let report = world.verify(&bytes);
    assert_eq!(report.indication, Indication::TotalFailed);
    assert!(codes(&report).contains(&"REFERENCE_MISSING"));
    assert!(report.signatures[0].findings.len() < 2_000, "{}", report.signatures[0].findings.len());
}

/// A Seal.esl whose data do not unpack is there all the same.
#[test]
fn a_damaged_seal_file_is_not_called_missing() {
    let world = World::new(KeyKind::Sm2);
    let mut zip = Zip::of(&world.seal_ofd(&world::fixture("notice.ofd")));
    let at = zip.at(SEAL);
    zip.entries[at] = zip.entries[at].clone().both(|header| header.crc ^= 1);
    let report = world.verify(&zip.build());
    assert_eq!(report.indication, Indication::TotalFailed);
    let found = codes(&report);
    assert!(found.contains(&"HASH_FAILURE") && found.contains(&"SEAL_MALFORMED"), "{found:?}");
    assert!(!found.contains(&"SIGNATURE_FILE_MISSING"), "{found:?}");
    drop(zip.remove(SEAL));
    assert!(codes(&world.verify(&zip.build())).contains(&"SIGNATURE_FILE_MISSING"));
}
